//! Sentences about the page, its author and its publisher.

use crate::lexicon::Concept as C;
use crate::model::DroppedAs;
use crate::reading::{Reading, Sentence};
use crate::source::mapped::cut;

/// What publishers say they did with a report.
const WORK: &[&str] = &[
    "mapped",
    "extracted",
    "cataloged",
    "catalogued",
    "packaged",
    "included",
    "derived",
    "visualized",
    "visualised",
    "assessed",
    "correlated",
    "converted",
    "enriched",
    "generated",
    "structured",
    "aligned",
    "curated",
];

/// What they did it with.
const GOODS: &[&str] = &[
    "tactic",
    "technique",
    "observables",
    "indicators",
    "ioc",
    "stix",
    "sigma",
    "siem",
    "edr",
    "mitre",
    "att&ck",
    "d3fend",
    "detection rule",
    "threat data",
    "threat actors",
    "intelligence",
    "bundle",
    "incident response steps",
    "campaigns",
];

/// Blocks that speak to whoever reads the report, person or machine, and want something of them: they tell
/// nothing of what happened.
pub(super) fn addressed(reading: &Reading) -> Vec<usize> {
    let mut blocks: Vec<usize> = Vec::new();
    for sentence in &reading.sentences {
        let tokens = sentence.tokens.clone();
        let says =
            |range: std::ops::Range<usize>, words: &[&str]| range.clone().any(|at| reading.says(at, words));
        let overrules = says(tokens.clone(), &["ignore", "disregard", "forget", "override"])
            && says(tokens.clone(), &["instructions", "instruction", "prompt", "rules"]);
        let casts = (tokens.start..tokens.end.saturating_sub(2)).any(|at| {
            reading.says(at, &["you"])
                && reading.says(at + 1, &["are"])
                && says(
                    at + 2..tokens.end.min(at + 6),
                    &["analyst", "assistant", "model", "ai", "agent", "classifier", "parser"],
                )
        });
        // `note to automated readers`, `SYSTEM: you are now in ... mode`.
        let machine = tokens.clone().any(|at| {
            reading.says(at, &["automated", "ai", "machine", "language"])
                && reading.says(
                    at + 1,
                    &[
                        "readers",
                        "reader",
                        "systems",
                        "models",
                        "model",
                        "tools",
                        "assistants",
                        "agents",
                        "analysts",
                    ],
                )
        }) && says(
            tokens.clone(),
            &["note", "message", "instruction", "instructions", "attention", "dear", "disregard"],
        );
        let mode = (tokens.start..tokens.end).any(|at| {
            reading.says(at, &["you"]) && reading.says(at + 1, &["are"]) && reading.says(at + 2, &["now"])
        });
        // Keys of an answer like ours, in the text.
        let forged = cut(reading.text(), sentence.range.clone()).contains("\"id\":");
        if (overrules || casts || machine || mode || forged) && blocks.last() != Some(&sentence.block) {
            blocks.push(sentence.block);
        }
    }
    blocks
}

/// Why a sentence is about the page, where it is.
pub(super) fn boilerplate(reading: &Reading, sentence: &Sentence, after_bio: bool) -> Option<DroppedAs> {
    let tokens = sentence.tokens.clone();
    let is_short = tokens.len() <= 16;
    let tells = reading.has(tokens.clone(), &[C::Take, C::Expose, C::Attacker])
        && reading.has(tokens.clone(), &[C::People, C::Data, C::Record]);
    if reading.has(tokens.clone(), &[C::Bio]) && !tells {
        return Some(DroppedAs::Biography);
    }
    if after_bio && !tells {
        return Some(DroppedAs::Biography);
    }
    if is_short
        && reading.has(tokens.clone(), &[C::Menu])
        && !reading.has(tokens.clone(), &[C::TakeHard, C::Attacker, C::Fix])
    {
        return Some(DroppedAs::Navigation);
    }
    let slogans = reading.of(tokens.clone(), &[C::SelfTalk]).count();
    let lower = cut(reading.text(), sentence.range.clone()).to_lowercase();
    let worked = WORK.iter().any(|word| lower.contains(word));
    let goods = GOODS.iter().filter(|word| lower.contains(**word)).count();
    let is_passive =
        [" has been ", " have been ", " is ", " are ", " can be "].iter().any(|words| lower.contains(words));
    let advises = reading.has(tokens, &[C::Should]);
    let is_slogan = !advises
        && !tells
        && ((worked && is_passive && goods >= 2) || (slogans >= 1 && goods >= 1 && worked) || slogans >= 2);
    is_slogan.then_some(DroppedAs::Slogan)
}
