//! What part of speech a word is, by closed lists of English, the verbs that are known, and its neighbours.

use std::ops::Range;

use super::verbal::{Place, is_object};
use super::verbs::{self, Form};
use crate::reading::{Kind, Reading};

/// A part of speech, as coarse as the rules of `predicate` need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// `the`, `its`, `some`.
    Det,
    /// `no`, `none`, `neither`, `nobody`, `nothing`.
    No,
    /// `he`, `they`, `it`.
    Pron,
    Prep,
    /// `and`, `or`, `nor`.
    Join,
    /// `which`, `that`, `because`: a clause begins.
    Sub,
    /// `but`, `so`, `while`: another clause.
    Turn,
    /// `could`.
    Modal,
    Be,
    Have,
    Do,
    /// `not`, `never`.
    Neg,
    Adv,
    Adj,
    Noun,
    Num,
    Verb(Form),
    /// `to` before a verb.
    To,
    /// `,`, `(` and the like: a list goes on over it.
    Mark,
    /// `;`, `:`, `—`: no list goes on over it.
    Stop,
    /// The border of two cells.
    Cell,
}

impl Tag {
    /// Whether a group of nouns can hold it.
    pub(crate) const fn is_nominal(self) -> bool {
        matches!(
            self,
            Self::Det
                | Self::No
                | Self::Prep
                | Self::Join
                | Self::Adv
                | Self::Adj
                | Self::Noun
                | Self::Num
                | Self::Mark
                | Self::Pron
        )
    }
}

const CLOSED: &[(Tag, &str)] = &[
    (
        Tag::Det,
        "the a an this these those its his her their our my your some any every each all both another such several many \
         few most more much other whose certain various numerous",
    ),
    (Tag::No, "no none neither nobody nothing noone"),
    (
        Tag::Pron,
        "he she they it we i you him them us me one someone somebody anyone anybody everyone everybody whoever themselves himself herself itself everything something anything",
    ),
    (
        Tag::Prep,
        "of in on at by for from with without to into onto through via over under between among amongst across per \
         during after before since until till within against toward towards about around above below beyond near as \
         like than except besides despite upon behind beside concerning regarding excluding throughout inside outside \
         off out up down according",
    ),
    (Tag::Join, "and or nor plus"),
    (
        Tag::Sub,
        "which who whom that where when because if whether unless how why what once insofar wherever whenever",
    ),
    (Tag::Turn, "but while whereas although though yet so however instead"),
    (
        Tag::Modal,
        "can could may might would should must shall will cannot can't couldn't won't wouldn't shouldn't cant couldnt",
    ),
    (Tag::Be, "is are was were be been being am isn't aren't wasn't weren't isnt arent wasnt werent"),
    (Tag::Have, "has have had having hasn't haven't hadn't hasnt havent hadnt"),
    (Tag::Do, "do does did don't doesn't didn't dont doesnt didnt"),
    (Tag::Neg, "not never nowhere hardly"),
    (
        Tag::Adv,
        "also then there here now only just even still again already thus indeed often always ever later soon first \
         too very quite rather simply instead together alone almost nearly approximately roughly afterwards further \
         back away meanwhile elsewhere",
    ),
    (
        Tag::Adj,
        "hashed encrypted salted scanned able unable possible impossible capable own same full whole entire personal private public new old",
    ),
];

fn closed(word: &str) -> Option<Tag> {
    use std::collections::HashMap;
    use std::sync::OnceLock;
    static ONCE: OnceLock<HashMap<&str, Tag>> = OnceLock::new();
    let all = ONCE.get_or_init(|| {
        let mut all = HashMap::new();
        for (tag, words) in CLOSED {
            for word in words.split_whitespace() {
                all.entry(word).or_insert(*tag);
            }
        }
        all
    });
    all.get(word).copied()
}

/// Whether a word of denial is in a word of help: `weren't`.
pub(super) fn denies(word: &str) -> bool {
    let lower = word.to_lowercase();
    lower == "cannot"
        || lower.ends_with("n't")
        || lower.ends_with("n’t")
        || matches!(
            lower.as_str(),
            "cant"
                | "couldnt"
                | "isnt"
                | "arent"
                | "wasnt"
                | "werent"
                | "hasnt"
                | "havent"
                | "hadnt"
                | "dont"
                | "doesnt"
                | "didnt"
        )
}

/// The tags of a sentence, token by token.
pub(super) fn tags(reading: &Reading, tokens: Range<usize>) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::with_capacity(tokens.len());
    for at in tokens.clone() {
        let before = tags.last().copied();
        let tag = one(reading, at, tokens.end, before, &tags);
        tags.push(tag);
    }
    tags
}

fn one(reading: &Reading, at: usize, end: usize, before: Option<Tag>, so_far: &[Tag]) -> Tag {
    let Some(token) = reading.tokens.get(at) else { return Tag::Stop };
    match token.kind {
        // An address counts nothing.
        Kind::Number if reading.word(at).matches('.').count() > 2 => return Tag::Noun,
        Kind::Number => return Tag::Num,
        Kind::Code => return Tag::Noun,
        Kind::Sign('|') => return Tag::Cell,
        Kind::Sign(';' | ':' | '—' | '–' | '.' | '!' | '?' | '…' | '•') => return Tag::Stop,
        Kind::Sign('&') => return Tag::Join,
        // A quotation goes on as if it had no marks.
        Kind::Sign('"' | '“' | '”' | '„' | '«' | '»' | '*' | '_') => return Tag::Adv,
        Kind::Sign(_) => return Tag::Mark,
        Kind::Word => {}
    }
    let word = reading.word(at).to_lowercase().replace('’', "'");
    let next = if at + 1 < end { reading.word(at + 1).to_lowercase() } else { String::new() };
    let next_tag = || closed(&next).unwrap_or(if next.is_empty() { Tag::Stop } else { Tag::Noun });
    match word.as_str() {
        "to" => {
            let base = verbs::known(&next).is_some_and(|known| known.form == Form::Base)
                || next == "be"
                || next == "have";
            // `access to records` has no verb; `to record` has one.
            return if base { Tag::To } else { Tag::Prep };
        }
        "that" => {
            // `That makes 32,000 entries.`
            let stands_for = matches!(before, None | Some(Tag::Stop | Tag::Join))
                && matches!(
                    next.as_str(),
                    "makes" | "means" | "gives" | "equals" | "leaves" | "is" | "was" | "were" | "are"
                );
            if stands_for {
                return Tag::Pron;
            }
            let particle = at > 0 && reading.says(at - 1, &["out", "up", "off"]);
            let opens = !particle
                && matches!(before, None | Some(Tag::Mark | Tag::Stop | Tag::Prep | Tag::Turn | Tag::Join));
            return if opens && matches!(next_tag(), Tag::Noun | Tag::Adj) { Tag::Det } else { Tag::Sub };
        }
        "may" if token.is_capital && !so_far.is_empty() => return Tag::Noun,
        _ => {}
    }
    // `not only names but also addresses`.
    if word == "but"
        && next == "also"
        && (at.saturating_sub(14)..at).any(|at| reading.says(at, &["only", "just"]))
    {
        return Tag::Join;
    }
    // `no more than 300` denies nothing.
    let measures = matches!(word.as_str(), "no" | "not")
        && matches!(next.as_str(), "more" | "fewer" | "less")
        && reading.says(at + 2, &["than"]);
    if measures {
        return Tag::Adv;
    }
    // `not one of them`.
    if word == "not" && next == "one" {
        return Tag::No;
    }
    if let Some(tag) = closed(&word) {
        // `but not passwords`: it denies a noun.
        let of_noun = word == "not"
            && !matches!(before, Some(Tag::Be | Tag::Have | Tag::Do | Tag::Modal))
            && matches!(next_tag(), Tag::Noun | Tag::Det | Tag::Adj)
            && verbs::known(&next).is_none_or(|known| known.form == Form::Base)
            && !matches!(next.as_str(), "only" | "just" | "least" | "even");
        return if of_noun { Tag::No } else { tag };
    }
    if number_word(&word) {
        return Tag::Num;
    }
    // `government-issued`, `self-reported`: a part of a word.
    let glued = reading.text().as_bytes().get(token.range.start.wrapping_sub(1)) == Some(&b'-')
        && before == Some(Tag::Noun);
    if glued {
        let participle =
            verbs::known(&word).is_some_and(|known| !matches!(known.form, Form::Base | Form::Third));
        return if participle || word.ends_with("ed") || word.ends_with("ing") {
            Tag::Adj
        } else {
            Tag::Noun
        };
    }
    let after_noun = matches!(before, Some(Tag::Det | Tag::No | Tag::Adj | Tag::Num | Tag::Prep));
    if let Some(known) = verbs::known(&word) {
        let place = Place { reading, at, word: &word, next: &next, next_tag: next_tag(), before, so_far };
        return place.tag(known.form);
    }
    if word.len() > 4 && word.ends_with("ed") && !word.ends_with("eed") {
        // `a poorly secured door`.
        let measured = before == Some(Tag::Adv)
            && matches!(so_far.iter().rev().nth(1), Some(Tag::Det | Tag::No | Tag::Adj | Tag::Prep));
        let attributive = (after_noun || measured || is_object(before, so_far))
            && matches!(next_tag(), Tag::Noun | Tag::Adj)
            && !next.is_empty();
        return if attributive { Tag::Adj } else { Tag::Verb(Form::PastOrParticiple) };
    }
    if word.len() > 5 && word.ends_with("ing") {
        // `billing address` describes; `spanning three years` is done.
        let verbal = !after_noun
            && (before == Some(Tag::Be)
                || matches!(next_tag(), Tag::Det | Tag::Num | Tag::Pron | Tag::Prep | Tag::No));
        return if verbal { Tag::Verb(Form::Ing) } else { Tag::Adj };
    }
    if word.len() > 4 && word.ends_with("ly") {
        return Tag::Adv;
    }
    if verbs::adjective(&word) != 0
        || (word.len() > 5
            && !NOUNS_IN_IVE.contains(&word.as_str())
            && ["ous", "ful", "able", "ible", "less", "ive"].iter().any(|end| word.ends_with(end)))
    {
        return Tag::Adj;
    }
    Tag::Noun
}

/// Nouns with the ending of an adjective.
const NOUNS_IN_IVE: &[&str] = &[
    "archive",
    "archives",
    "executive",
    "detective",
    "representative",
    "narrative",
    "initiative",
    "objective",
    "directive",
    "perspective",
    "incentive",
    "collective",
    "relative",
    "native",
    "variable",
    "vehicle",
    "table",
    "cable",
    "timetable",
];

/// A number in words.
pub(crate) fn number_word(word: &str) -> bool {
    matches!(
        word,
        "two"
            | "three"
            | "four"
            | "five"
            | "six"
            | "seven"
            | "eight"
            | "nine"
            | "ten"
            | "eleven"
            | "twelve"
            | "thirteen"
            | "fourteen"
            | "fifteen"
            | "sixteen"
            | "seventeen"
            | "eighteen"
            | "nineteen"
            | "twenty"
            | "thirty"
            | "forty"
            | "fifty"
            | "sixty"
            | "seventy"
            | "eighty"
            | "ninety"
            | "hundred"
            | "hundreds"
            | "thousand"
            | "thousands"
            | "million"
            | "millions"
            | "billion"
            | "billions"
            | "dozen"
            | "dozens"
            | "half"
            | "quarter"
    )
}
