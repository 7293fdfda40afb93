//! Names: runs of capitalised words that are no common words.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use super::words::{AUTHORITY_HEADS, AUTHORITY_NAMES};
use crate::model::Discourse;
use crate::reading::{Kind, Reading};
use crate::report::Report;
use crate::source::BlockKind;
use crate::syntax::Tag;
use crate::syntax::verbs::Form;

/// Capitalised words that are never part of a name.
const NEVER: &str = "the a an this that these those in on at by for from it its they he she we no not while when after \
    before if as and but or to of with without what how why who which where there here api apis http https post get \
    put url pii ioc iocs owasp mitre bola idor bfla waf siem gdpr ccpa hipaa january february march april may june july \
    august september october november december monday tuesday wednesday thursday friday saturday sunday however because \
    our your their his her each all any some both more most many every anyone nobody nothing somebody someone i ip id ids \
    json rest sql cve cwe graphql html xml csv pdf sms tls jwt oauth sim imei vin mfa ssn ssns faq q also according since \
    during until although though once then thus so yet still under over between following based today yesterday dear \
    cvss ciso ceo cto csv sdk ui urls uri vpn utc gmt cet pst est am pm tlp ddos cors ssh";

/// Capitalised words that name no one when they stand alone, and may be part of a name.
const ALONE: &str = "security data incident report summary timeline researchers researcher attackers attacker customers users \
    names one application programming interface top broken object level authorization social numbers first second personal \
    information identifiable detection exploit active scanning vulnerability automated exfiltration published english australian \
    american british european german french dutch norwegian swedish danish irish italian spanish canadian indian japanese chinese \
    russian state federal national office court police commission authority regulator ministry department agency commissioner \
    board council service services company group bank system systems update advisory notice statement cause measures lessons fix \
    issue product severity status consequence recommended indicators android ios windows internet web email phone name address \
    passwords tokens hackers two three four five six seven eight nine ten new old last next version table figure section article \
    part note question answer impact details solution affected weakness background discovery disclosure response reported acknowledged us eu uk usa \
    step phase day week month year english member members account accounts order orders apology north south east west";

/// Words that join the words of one name: `Office of the Comptroller`.
const JOINTS: &[&str] = &["of", "for", "the", "and", "&", "de"];

/// Heads that go on with `of` or `for`: `Department of Justice`.
const OPENERS: &str = "office department bank university ministry commission commissioner court city council bureau board institute \
    state agency authority house college school county republic kingdom information";

/// Longest run of capitalised words that is a name.
const WORDS_MAX: usize = 7;

/// A name with where it stands.
pub(super) struct Name {
    pub(super) words: String,
    pub(super) tokens: Range<usize>,
}

/// The words of the lists above, each with the lists that it stands in.
fn is_in(list: &'static str, word: &str) -> bool {
    static ONCE: OnceLock<HashMap<&'static str, HashSet<&'static str>>> = OnceLock::new();
    let all = ONCE.get_or_init(|| {
        let lists = [NEVER, ALONE, OPENERS, AUTHORITY_HEADS];
        lists.iter().map(|list| (*list, list.split_whitespace().collect())).collect()
    });
    all.get(list).is_some_and(|words| words.contains(word.to_lowercase().as_str()))
}

/// Every name, in order.
pub(super) fn names(report: &Report) -> Vec<Name> {
    let reading = &report.reading;
    let mut names = Vec::new();
    // Words with a capital in the midst of a sentence.
    let inside = inside(reading);
    for clause in &report.discoursed.clauses {
        let sentence = reading.sentences.get(clause.sentence);
        let opens = sentence.map_or(clause.tokens.start, |sentence| sentence.tokens.start);
        let titled =
            sentence.is_some_and(|sentence| is_title(reading, sentence.tokens.clone(), sentence.kind));
        if clause.role == Discourse::Boilerplate || titled {
            continue;
        }
        let mut at = clause.tokens.start;
        while at < clause.tokens.end {
            let end = run(report, at, clause.tokens.end);
            if end == at {
                at += 1;
                continue;
            }
            let tokens = trimmed(report, at..end, opens);
            if is_name(report, &tokens, opens, &inside) {
                names.push(Name { words: reading.words(tokens.clone()), tokens });
            }
            at = end;
        }
    }
    names
}

/// A headline in which most words have capitals, or a line that shouts: its capitals name nobody.
fn is_title(reading: &Reading, tokens: Range<usize>, kind: BlockKind) -> bool {
    let words = reading.tokens.get(tokens.clone()).unwrap_or_default();
    let long = words.iter().filter(|token| token.kind == Kind::Word && token.range.len() > 3);
    let (capitals, all) =
        long.fold((0, 0), |(capitals, all), token| (capitals + usize::from(token.is_capital), all + 1));
    // `Found by: Jo Doe` is a label with what it labels.
    if tokens.clone().take(4).any(|at| reading.word(at) == ":") {
        return false;
    }
    let shouts = !reading.words(tokens).chars().any(char::is_lowercase);
    shouts
        || (all > 1 && capitals * 10 > all * 7 && kind == BlockKind::Heading)
        || (all > 3 && capitals * 10 > all * 8)
}

/// Words with a capital that stand behind a small word.
fn inside(reading: &Reading) -> HashSet<&str> {
    let mut found = HashSet::new();
    for (before, token) in reading.tokens.iter().zip(reading.tokens.iter().skip(1)) {
        if token.is_capital && before.kind == Kind::Word && !before.is_capital {
            found.insert(reading.text().get(token.range.clone()).unwrap_or_default());
        }
    }
    found
}

/// Whether a token can be part of a name: a capital, `23andMe`, `Booking.com`.
fn is_part(reading: &Reading, at: usize) -> bool {
    let word = reading.word(at);
    reading.tokens.get(at).is_some_and(|token| match token.kind {
        Kind::Word => token.is_capital && !is_in(NEVER, word) && !is_id(word),
        Kind::Number => {
            !word.contains('.')
                && word.chars().filter(char::is_ascii_digit).count() < 3
                && word.chars().filter(|letter| letter.is_alphabetic()).count() > 3
        }
        Kind::Code => {
            word.starts_with(char::is_uppercase)
                && word.chars().all(|letter| letter.is_alphanumeric() || letter == '.' || letter == '-')
                && word.chars().any(char::is_lowercase)
        }
        Kind::Sign(_) => false,
    })
}

/// A few capitals and figures: `T1190`, `API3`.
fn is_id(word: &str) -> bool {
    let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    letters.len() < word.len()
        && !letters.is_empty()
        && letters.chars().all(|letter| letter.is_ascii_uppercase())
}

/// Whether capitals stand within a word: `GitHub`.
fn is_camel(word: &str) -> bool {
    word.chars().any(char::is_lowercase) && word.chars().skip(1).any(char::is_uppercase)
}

fn is_possessive(reading: &Reading, at: usize) -> bool {
    let end = reading.tokens.get(at).map_or(0, |token| token.range.end);
    let rest = reading.text().get(end..).unwrap_or_default();
    ["'s", "’s"].iter().any(|mark| rest.starts_with(mark))
        || (reading.word(at).ends_with('s') && ["' ", "’ "].iter().any(|mark| rest.starts_with(mark)))
}

/// The end of the run of parts that begins here; `at` where none does.
fn run(report: &Report, at: usize, end: usize) -> usize {
    let reading = &report.reading;
    let mut last = at;
    while last < end && last - at < WORDS_MAX {
        if is_part(reading, last) {
            last += 1;
            if is_possessive(reading, last - 1) {
                break;
            }
            // `Google+`
            let touches = reading.tokens.get(last).zip(reading.tokens.get(last - 1));
            if touches.is_some_and(|(sign, word)| sign.is_sign(&['+']) && sign.range.start == word.range.end)
            {
                last += 1;
            }
            continue;
        }
        if last == at {
            return at;
        }
        let joints = (last..end.min(last + 2))
            .take_while(|at| JOINTS.contains(&reading.word(*at).to_lowercase().as_str()));
        let joints = joints.count();
        if joints == 0 || !is_part(reading, last + joints) || !joins(reading, at..last, last, end) {
            break;
        }
        last += joints;
    }
    last
}

/// Whether a joint goes on with the name that stands before it.
fn joins(reading: &Reading, before: Range<usize>, joint: usize, end: usize) -> bool {
    match reading.word(joint).to_lowercase().as_str() {
        "of" | "for" | "de" => before
            .clone()
            .any(|at| is_in(OPENERS, reading.word(at)) || is_in(AUTHORITY_HEADS, reading.word(at))),
        // `Communications and Media Authority`, `Attorney General and Reporter` do, `Stripe and PayPal` do not.
        "and" | "&" => {
            let touches = reading.tokens.get(joint).zip(reading.tokens.get(joint.saturating_sub(1)));
            let glued = touches.is_some_and(|(sign, word)| sign.range.start == word.range.end);
            let rest = (joint + 1..end.min(joint + 5)).take_while(|at| is_part(reading, *at));
            glued
                || rest
                    .last()
                    .is_some_and(|last| last > joint + 1 && is_in(AUTHORITY_HEADS, reading.word(last)))
        }
        _ => false,
    }
}

/// Without what opens the sentence and is no part of the name: `Under`, `Researchers`.
fn trimmed(report: &Report, tokens: Range<usize>, opens: usize) -> Range<usize> {
    let reading = &report.reading;
    let mut start = tokens.start;
    // Only the word that opens a sentence can have its capital from there.
    if start == opens && tokens.len() > 1 {
        let tag = report.syntax.tag(start);
        let plain = reading.tokens.get(start).is_some_and(|token| token.stem != 0);
        let common = is_in(ALONE, reading.word(start));
        let goes_on = is_in(AUTHORITY_HEADS, reading.word(tokens.end - 1)) || tokens.len() > 2;
        if !matches!(tag, Tag::Noun | Tag::Adj | Tag::Num) || (plain || common) && !goes_on {
            start += 1;
        }
    }
    start..tokens.end
}

fn is_name(report: &Report, tokens: &Range<usize>, opens: usize, inside: &HashSet<&str>) -> bool {
    let reading = &report.reading;
    if tokens.is_empty() || tokens.clone().all(|at| is_in(ALONE, reading.word(at))) {
        let last = reading.word(tokens.end.saturating_sub(1));
        // `Data Protection Authority`, `Federal Court`: plain words that together name a body.
        return tokens.len() > 1 && is_in(AUTHORITY_HEADS, last);
    }
    if tokens.len() > 1 {
        return tokens.start != opens
            || !tokens.clone().all(|at| reading.tokens.get(at).is_some_and(|token| token.stem != 0));
    }
    let at = tokens.start;
    let Some(token) = reading.tokens.get(at) else { return false };
    let word = reading.word(at);
    if token.kind == Kind::Number || is_camel(word) || AUTHORITY_NAMES.contains(&word) {
        return true;
    }
    let known = inside.contains(word);
    // A word of the lexicon is a name where something owns by it, or where it is a name elsewhere.
    if token.stem != 0 && !((is_possessive(reading, at) || acts(report, at)) && at != opens) {
        return false;
    }
    // A lone word that opens a sentence has its capital from there, unless something shows a name.
    at != opens || known || shows_name(report, at)
}

/// Whether a verb that can be nothing else stands behind a word.
fn acts(report: &Report, at: usize) -> bool {
    let reading = &report.reading;
    let past = matches!(report.syntax.tag(at + 1), Tag::Verb(Form::Past | Form::PastOrParticiple));
    past || matches!(report.syntax.tag(at + 1), Tag::Be | Tag::Have | Tag::Do | Tag::Modal)
        || reading.says(at + 1, &["let", "left", "says", "writes"])
}

/// Whether a word is a name by what stands after it.
fn shows_name(report: &Report, at: usize) -> bool {
    let noun = report.syntax.tag(at) == Tag::Noun;
    is_possessive(&report.reading, at) || noun && (acts(report, at) || report.reading.word(at + 1) == ",")
}
