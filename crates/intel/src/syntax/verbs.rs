//! Verbs of general English by what they do to their object, with every form of each.
//!
//! Classes follow how verbs are used, not what incidents are called: who takes, who sees, what gives,
//! what holds. A verb without a class stands here so that it is known for a verb.

// long: two tables of words.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

/// What a verb does; a bit for each.
pub(crate) type Class = u32;

/// Somebody gets the object for himself.
pub(crate) const TAKE: Class = 1;
/// Somebody sees the object.
pub(crate) const SEE: Class = 1 << 1;
/// Something hands its object to whoever asks.
pub(crate) const GIVE: Class = 1 << 2;
/// The object comes into the open, whoever sees it.
pub(crate) const EXPOSE: Class = 1 << 3;
/// The subject has the object in it.
pub(crate) const HOLD: Class = 1 << 4;
/// The subject has so many of the object: customers, rows.
pub(crate) const COUNT: Class = 1 << 5;
/// The object is touched, in whatever way.
pub(crate) const AFFECT: Class = 1 << 6;
/// Somebody sends the object.
pub(crate) const CALL: Class = 1 << 7;
/// The object is what a caller has to bring.
pub(crate) const BRING: Class = 1 << 8;
/// Somebody looks whether something is so.
pub(crate) const CHECK: Class = 1 << 9;
/// Somebody is told.
pub(crate) const TELL: Class = 1 << 10;
/// The object is offered to others.
pub(crate) const SELL: Class = 1 << 11;
/// The subject is safe: of adjectives.
pub(crate) const SAFE: Class = 1 << 12;
/// The subject is in the open: of adjectives, and of verbs without an object.
pub(crate) const OPEN: Class = 1 << 13;
/// What follows with `to` was done: `managed to`, `was able to`.
pub(crate) const DID: Class = 1 << 14;
/// What follows with `to` was not done: `failed to`.
pub(crate) const DID_NOT: Class = 1 << 15;
/// A flaw is put to use.
pub(crate) const EXPLOIT: Class = 1 << 16;

/// Base forms by class. `hand+out`: with that word soon after it.
const VERBS: &[(Class, &str)] = &[
    (
        TAKE,
        "take obtain steal download copy extract exfiltrate harvest scrape siphon pull fetch retrieve collect \
         gather export save drain lift grab capture acquire amass compile crawl hoover snatch pilfer swipe \
         loot seize get receive clone mirror empty rip purloin misappropriate stockpile gain draw reconstruct assemble piece+together dump walk+off \
         redeem bring+back bring+home come+with walk+away make+off get+away help+themselves help+himself help+herself carry+off carry+away read+out \
         suck+out come+away come+by get+hold lay+hands",
    ),
    (
        SEE,
        "access view read see open consult browse query peruse look+at look+up call+up pull+up bring+up look+into \
         reach intercept listen overhear play stream watch track page+through scroll+through flip+through leaf+through sift+through click+through log+in log+into sign+in sign+into break+into get+into broke+into enumerate list eavesdrop observe identify recognise",
    ),
    (
        GIVE,
        "return answer hand deliver yield serve give send output print supply provide transmit emit spit respond \
         reply pass forward present",
    ),
    (
        EXPOSE,
        "reveal disclose expose show display leak publish spill divulge release compromise breach betray surrender \
         broadcast lay+bare lay+open put+risk place+risk leave+open leave+exposed leave+risk leave+unprotected leave+vulnerable leave+accessible give+away give+out hand+out hand+over put+out",
    ),
    (
        HOLD,
        "contain include comprise consist hold carry bear feature index print cover encompass list store have span bundle embed",
    ),
    (
        COUNT,
        "have serve count store hold keep register total number manage host maintain operate boast exist reside enrol \
         enroll insure use subscribe rely depend fill treat look+after employ lie+in lay+in sit+in live+in hang+on run+on",
    ),
    (
        AFFECT,
        "affect impact concern involve relate belong hit touch pertain hurt harm endanger catch+up strike jeopardise \
         jeopardize imperil hijack unlock reprogram deface",
    ),
    (
        CALL,
        "send issue submit fire call request post try attempt put direct launch place log process receive",
    ),
    (
        BRING,
        "know enter supply require need ask guess use change alter reset submit type swap feed upload increment try \
         iterate put add replace input give choose pick test",
    ),
    (
        CHECK,
        "check verify validate examine inspect ascertain compare test ask demand require insist confirm enforce ensure authenticate authorize \
         authorise restrict protect guard establish determine match identify look+whether make+sure",
    ),
    (TELL, "tell inform notify alert warn contact message write mail email brief"),
    (
        SELL,
        "sell offer promise tout trade auction post advertise peddle circulate share put+sale put+forum put+market hawk market",
    ),
    (
        OPEN,
        "leak surface escape appear emerge get+out leak+out come+out come+back come+along stand+open lie+open turn+up",
    ),
    (
        SAFE,
        "mask redact encrypt hide conceal withhold spare omit exclude pseudonymise pseudonymize anonymise anonymize",
    ),
    (DID, "manage succeed proceed go use begin start continue suffice help come allow enable let permit"),
    (DID_NOT, "fail neglect forget omit decline refuse cease"),
    (EXPLOIT, "take+advantage exploit abuse misuse leverage weaponise weaponize bypass circumvent"),
    (
        0,
        "run begin stop want plan make become remain stay seem happen occur follow lead cause result find discover \
         notice detect spot learn realise realize think believe say state claim allege estimate announce deny \
         dispute admit acknowledge explain add note report speak talk build create develop design deploy introduce \
         move remove fix patch close shut disable switch turn block revoke rotate restore update upgrade help work \
         function act behave pay buy order travel ship drive ride book meet play live stand lie sit fall rise grow \
         drop set bring leave arrive pass cross attack hack break sign apply wait expire last end finish complete \
         investigate review assess evaluate analyse analyze scan probe script automate loop forge mint \
         tamper inject decrypt hash delete destroy erase wipe fine sue charge arrest sentence settle agree accept \
         reject impose oblige apologise apologize regret recommend advise urge remind care matter mean depend rely \
         trust assume expect hope fear undertake reply read prove seek rate limit throttle cap slow raise lower cut \
         show turn fetch lead win lose spend earn cost miss skip drop point refer visit make watch track trace map record \
         document describe label name call handle support combine join connect attach link come look rule prevent thwart foil avert attempt \
         intend play",
    ),
];

/// Adjectives that say of their subject that it is in the open, or safe.
const ADJECTIVES: &[(Class, &str)] = &[
    (
        OPEN,
        "visible accessible reachable available open readable public retrievable viewable obtainable unprotected \
         unsecured downloadable discoverable searchable unencrypted exposed vulnerable",
    ),
    (
        SAFE,
        "safe unaffected untouched secure intact unreadable inaccessible separate elsewhere unavailable invisible unreachable",
    ),
];

/// Base, past, participle where they are not regular. A participle that is left out is the past form.
const IRREGULAR: &str = "take took taken|steal stole stolen|get got got|give gave given|see saw seen|read read read|\
    know knew known|write wrote written|tell told told|sell sold sold|send sent sent|hold held held|keep kept kept|\
    make made made|put put put|hide hid hidden|lay laid laid|lie lay lain|come came come|go went gone|run ran run|\
    begin began begun|find found found|think thought thought|say said said|build built built|become became become|\
    leave left left|bring brought brought|stand stood stood|speak spoke spoken|pay paid paid|buy bought bought|\
    meet met met|fall fell fallen|rise rose risen|grow grew grown|set set set|shut shut shut|break broke broken|\
    show showed shown|bear bore borne|hit hit hit|hurt hurt hurt|strike struck struck|let let let|forget forgot forgotten|\
    spit spat spat|feed fed fed|choose chose chosen|withhold withheld withheld|seek sought sought|win won won|\
    lose lost lost|spend spent spent|cut cut cut|mean meant meant|lead led led|drive drove driven|ride rode ridden|\
    sit sat sat|undertake undertook undertaken|input input input|spill spilt spilt|learn learnt learnt|cost cost cost|\
    broadcast broadcast broadcast|catch caught caught|bind bound bound|draw drew drawn|reset reset reset";

/// A form of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Base,
    Third,
    /// Only past: `took`.
    Past,
    /// Only participle: `taken`.
    Participle,
    /// Either: `downloaded`.
    PastOrParticiple,
    Ing,
}

/// What is known of a word as a verb.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) form: Form,
    pub(crate) class: Class,
    /// Classes together with a word soon after.
    pub(crate) with: Vec<(&'static str, Class)>,
}

/// The verb that a word, in small letters, is a form of.
pub(crate) fn known(word: &str) -> Option<&'static Known> {
    forms().get(word)
}

/// What an adjective says of its subject.
pub(crate) fn adjective(word: &str) -> Class {
    static ONCE: OnceLock<HashMap<&str, Class>> = OnceLock::new();
    let all = ONCE.get_or_init(|| {
        ADJECTIVES
            .iter()
            .flat_map(|(class, words)| words.split_whitespace().map(|word| (word, *class)))
            .collect()
    });
    all.get(word).copied().unwrap_or_default()
}

#[derive(Default)]
struct Entry {
    class: Class,
    with: Vec<(&'static str, Class)>,
}

fn forms() -> &'static HashMap<String, Known> {
    static ONCE: OnceLock<HashMap<String, Known>> = OnceLock::new();
    ONCE.get_or_init(|| {
        // In order, so that a form of two verbs is always one of the same.
        let mut bases: BTreeMap<&'static str, Entry> = BTreeMap::new();
        for (class, words) in VERBS {
            for word in words.split_whitespace() {
                let (base, with) =
                    word.split_once('+').map_or((word, None), |(base, with)| (base, Some(with)));
                let entry = bases.entry(base).or_default();
                match with {
                    Some(with) => entry.with.push((with, *class)),
                    None => entry.class |= class,
                }
            }
        }
        let irregular: HashMap<&str, (&str, &str)> = IRREGULAR
            .split('|')
            .filter_map(|row| {
                let mut parts = row.split_whitespace();
                Some((parts.next()?, (parts.next()?, parts.next()?)))
            })
            .collect();
        let mut forms = HashMap::new();
        for (base, entry) in &bases {
            let mut put = |word: String, form: Form| {
                forms.entry(word).or_insert_with(|| Known {
                    form,
                    class: entry.class,
                    with: entry.with.clone(),
                });
            };
            match irregular.get(base) {
                Some((past, participle)) if past == participle => {
                    put((*past).to_owned(), if past == base { Form::Base } else { Form::PastOrParticiple });
                }
                Some((past, participle)) => {
                    put((*past).to_owned(), Form::Past);
                    put(
                        (*participle).to_owned(),
                        if participle == base { Form::Base } else { Form::Participle },
                    );
                }
                None => put(joined(base, "ed"), Form::PastOrParticiple),
            }
            put((*base).to_owned(), Form::Base);
            put(third(base), Form::Third);
            put(joined(base, "ing"), Form::Ing);
        }
        // `learned`, `spilled` beside their irregular forms.
        for (regular, of) in [("learned", "learnt"), ("spilled", "spilt")] {
            if let Some(known) = forms.get(of).cloned() {
                forms.insert(regular.to_owned(), known);
            }
        }
        forms
    })
}

fn third(base: &str) -> String {
    let vowel = |letter: Option<char>| matches!(letter, Some('a' | 'e' | 'i' | 'o' | 'u'));
    if let Some(stem) = base.strip_suffix('y').filter(|stem| !vowel(stem.chars().next_back())) {
        return format!("{stem}ies");
    }
    if base == "have" {
        return "has".to_owned();
    }
    let hisses = ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| base.ends_with(end));
    format!("{base}{}", if hisses { "es" } else { "s" })
}

/// A base with `ed` or `ing`: `copied`, `scraping`, `dumped`, `grabbed`.
fn joined(base: &str, end: &str) -> String {
    let vowel = |letter: char| matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u');
    if let Some(stem) = base.strip_suffix('e').filter(|stem| !stem.ends_with(['e', 'o', 'y'])) {
        return format!("{stem}{end}");
    }
    if end == "ed" {
        if base.ends_with('e') {
            return format!("{base}d");
        }
        if let Some(stem) = base.strip_suffix('y').filter(|stem| !stem.ends_with(vowel)) {
            return format!("{stem}ied");
        }
    }
    // One short vowel before one consonant doubles it, in words of one syllable and in those listed.
    let letters: Vec<char> = base.chars().collect();
    let doubles = match letters.as_slice() {
        [.., before, inner, last] => {
            let one = letters.iter().filter(|letter| vowel(**letter)).count() == 1;
            vowel(*inner)
                && !vowel(*before)
                && !vowel(*last)
                && !matches!(last, 'w' | 'x' | 'y')
                && (one || matches!(base, "begin" | "omit" | "forget" | "submit" | "input" | "compel"))
        }
        _ => false,
    };
    match letters.last().filter(|_| doubles) {
        Some(last) => format!("{base}{last}{end}"),
        None => format!("{base}{end}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_verb_is_known() {
        for (word, form, class) in [
            ("took", Form::Past, TAKE),
            ("taken", Form::Participle, TAKE),
            ("grabbed", Form::PastOrParticiple, TAKE),
            ("scraping", Form::Ing, TAKE),
            ("copies", Form::Third, TAKE),
            ("viewed", Form::PastOrParticiple, SEE),
            ("submitted", Form::PastOrParticiple, CALL),
            ("siphoned", Form::PastOrParticiple, TAKE),
            ("verified", Form::PastOrParticiple, CHECK),
            ("comprises", Form::Third, HOLD),
        ] {
            let known = known(word).unwrap();
            assert_eq!((known.form, known.class & class), (form, class), "{word}");
        }
        assert!(known("table").is_none());
    }
}
