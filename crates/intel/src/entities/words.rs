//! What verbs and nouns say of the part that somebody plays, by plain English.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::lexicon::stem;

/// What a verb says of who does it and of whom it is done to; a bit for each.
pub(super) type Deed = u32;

/// Who does it found a fault.
pub(super) const FIND: Deed = 1;
/// Who does it answers for what happened.
pub(super) const RESPOND: Deed = 1 << 1;
/// Who does it does harm, and whom it is done to is harmed.
pub(super) const HARM: Deed = 1 << 2;
/// Who does it judges.
pub(super) const JUDGE: Deed = 1 << 3;
/// Who does it works for another.
pub(super) const WORK: Deed = 1 << 4;
/// Whom it is done to is told.
pub(super) const TELL: Deed = 1 << 5;
/// Who does it lets something out.
pub(super) const LET_OUT: Deed = 1 << 6;
/// Who does it takes records.
pub(super) const TAKE: Deed = 1 << 7;
/// Who does it offers or publishes what was taken.
pub(super) const OFFER: Deed = 1 << 8;

const DEEDS: &[(Deed, &str)] = &[
    (
        FIND,
        "find found discover notice spot uncover identify detect stumble realise realize demonstrate report disclose flag \
         tip reveal unearth observe came point pointed document write wrote show showed prove",
    ),
    (
        RESPOND,
        "confirm acknowledge admit apologise apologize fix patch close shut disable notify inform investigate deny suffer \
         reset revoke rotate withdraw respond announce launch leave left repair correct switch turn take took pull remove secure \
         add restrict block urge advise offer hire engage pay award thank say said state tell told write wrote estimate invalidate \
         replace mend regret promise run operate learn learned",
    ),
    (
        HARM,
        "hack breach attack compromise rob extort blackmail infiltrate target raid hit defraud scrape steal stole stolen \
         exfiltrate siphon harvest ransom defac",
    ),
    (
        JUDGE,
        "fine reprimand sanction order sue prosecute charge arrest convict sentence penalise penalize rule impose censure warn oblige",
    ),
    (
        WORK,
        "host run operate build built supply maintain provide develop deliver process manage print make made administer",
    ),
    (TELL, "tell told inform notify alert warn contact approach email write wrote reach brief"),
    (LET_OUT, "expose leak reveal disclose spill return answer publish"),
    (
        TAKE,
        "copy download take took fetch scrape steal stole exfiltrate siphon harvest extract pull collect access read use exploit abuse enumerate",
    ),
    (OFFER, "sell sold offer post publish advertise auction claim demand leak release upload threaten"),
];

/// What a verb in any form says.
pub(super) fn deed(word: &str) -> Deed {
    static ONCE: OnceLock<HashMap<String, Deed>> = OnceLock::new();
    let all = ONCE.get_or_init(|| {
        let mut all: HashMap<String, Deed> = HashMap::new();
        for (deed, words) in DEEDS {
            for word in words.split_whitespace() {
                *all.entry(stem(word)).or_default() |= deed;
            }
        }
        all
    });
    all.get(&stem(word)).copied().unwrap_or_default()
}

/// Last words of the names of those who are told, or who judge.
pub(super) const AUTHORITY_HEADS: &str = "authority authorities commission commissioner commissioners commissioner's office regulator ombudsman \
    ombudsperson court tribunal police prosecutor prosecutors justice bureau attorney general watchdog inspectorate \
    directorate constabulary ministry board currency directorates treasury";

/// Short names of bodies that are told, or that judge.
pub(super) const AUTHORITY_NAMES: &[&str] = &[
    "ICO", "OAIC", "FTC", "FCC", "SEC", "CNIL", "DPC", "HHS", "OCR", "AEPD", "ACMA", "OCC", "FBI", "NCSC",
    "EDPB", "BSI", "PDPC", "CERT", "NCA", "Europol", "Interpol", "CISA", "NSM", "ANPD", "OPC", "PIPC", "AP",
    "ACSC",
];

/// Nouns that say what somebody or something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    /// A body with customers.
    Body,
    /// A body that works for another.
    Helper,
    /// Who looks for faults as a trade.
    Finder,
    /// Any person.
    Person,
    /// Who does harm.
    Villain,
    /// Who judges or must be told.
    Judge,
    /// A thing with a name: an app, a portal.
    Product,
    /// Who writes in public.
    Press,
}

const NOUNS: &[(Noun, &str)] = &[
    (
        Noun::Body,
        "company firm organisation organization operator retailer carrier airline bank hospital startup manufacturer maker insurer \
         university college school council telco chain business corporation brand lender broker exchange publisher charity clinic \
         dealership automaker carmaker utility municipality institute institution foundation association club marketplace shop store \
         library museum practice pharmacy cooperative co-operative union network society federation laboratory lab hotel group platform \
         giant agency ministry department city county district service site website restaurant bakery airport port railway \
         studio parish church zoo theatre cinema venue landlord kindergarten gym employer",
    ),
    (
        Noun::Helper,
        "vendor supplier contractor subcontractor processor integrator reseller provider outsourcer consultancy \
         subprocessor distributor integrators",
    ),
    (
        Noun::Finder,
        "researcher hunter tester hacktivist tinkerer hobbyist whistleblower expert consultant analyst professional specialist",
    ),
    (
        Noun::Person,
        "student pupil nurse doctor neighbour reader student patient passenger customer user reader employee designer programmer developer engineer journalist reporter \
         subscriber member visitor guest parent tenant driver buyer policyholder taxpayer citizen resident pupil teacher lecturer \
         broker agent participant volunteer somebody someone man woman pensioner nurse pharmacist blogger listener merchant tipster",
    ),
    (
        Noun::Villain,
        "attacker hacker intruder thief criminal cybercriminal extortionist adversary perpetrator actor gang fraudster crook \
         burglar seller culprit scraper extorter blackmailer",
    ),
    (
        Noun::Judge,
        "regulator authority commissioner commission watchdog ombudsman court tribunal police prosecutor inspectorate ministry \
         inspector constabulary attorney",
    ),
    (
        Noun::Product,
        "app application programme program portal product plugin plug-in software service platform api site website console gateway appliance \
         dashboard tool package client library module browser extension store marketplace system",
    ),
    (
        Noun::Press,
        "newspaper magazine journal outlet blog broadcaster publication website weekly daily radio reporter journalist",
    ),
];

/// What a noun, in singular or plural, may say; the first is what it says before all.
pub(super) fn nouns(word: &str) -> &'static [Noun] {
    static ONCE: OnceLock<HashMap<String, Vec<Noun>>> = OnceLock::new();
    let all = ONCE.get_or_init(|| {
        let mut all: HashMap<String, Vec<Noun>> = HashMap::new();
        for (noun, words) in NOUNS {
            for word in words.split_whitespace() {
                all.entry(word.to_owned()).or_default().push(*noun);
                all.entry(plural(word)).or_default().push(*noun);
            }
        }
        all
    });
    all.get(word).map(Vec::as_slice).unwrap_or_default()
}

/// The plural of a noun.
fn plural(word: &str) -> String {
    let vowel = |letter: char| matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u');
    match word.strip_suffix('y').filter(|rest| !rest.ends_with(vowel)) {
        Some(rest) => format!("{rest}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|end| word.ends_with(end)) => format!("{word}es"),
        None if word == "thief" => "thieves".to_owned(),
        None => format!("{word}s"),
    }
}

/// The singular of a noun that [`nouns`] knows.
pub(super) fn singular(word: &str) -> String {
    let cut = |end: &str| word.strip_suffix(end).map(str::to_owned);
    if word == "thieves" {
        return "thief".to_owned();
    }
    let candidates = [cut("ies").map(|rest| rest + "y"), cut("es"), cut("s")];
    candidates
        .into_iter()
        .flatten()
        .find(|one| !nouns(one).is_empty() && plural(one) == word)
        .unwrap_or_else(|| word.to_owned())
}
