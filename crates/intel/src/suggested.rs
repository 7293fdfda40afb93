//! Techniques beyond the lexicon: what a trained classifier suggests for the sentences that tell of the attack.
//!
//! Never asserted. The classifier ([`suggest`]) reads neither denial nor advice, so it is shown only sentences
//! all of whose clauses tell of what happened; and only what it is confident of is passed on. It was trained
//! on reports about intrusions: of faults that only APIs have it knows nothing, those are the frames' matter.

use std::cmp::Reverse;

use suggest::{Model, Reader};

use crate::discourse::Clause;
use crate::model::{Claim, Discourse, Origin, Span, Status, TechniqueClaim};
use crate::report::Report;
use crate::source::BlockKind;
use crate::techniques;

/// The most suggestions of one report; the likeliest are kept.
const MOST: usize = 6;
/// Shorter sentences say too little.
const LEAST_TOKENS: usize = 6;
/// In reports on malware an API is the operating system's (Native API); here it is somebody's service.
const NOT_HERE: &[&str] = &["T1106"];

/// Suggestions, the likeliest first, none for a technique (or its parent, or a child) that is `known`.
pub(crate) fn suggested(report: &Report, known: &[TechniqueClaim]) -> Vec<TechniqueClaim> {
    let model = Model::embedded();
    let mut spans: Vec<Span> = Vec::new();
    let mut sentences: Vec<String> = Vec::new();
    for (nth, clauses) in told(&report.discoursed.clauses) {
        let Some(sentence) = report.reading.sentences.get(nth) else { continue };
        let is_text = matches!(sentence.kind, BlockKind::Paragraph | BlockKind::Item);
        if !is_text || sentence.tokens.len() < LEAST_TOKENS || !clauses.iter().all(tells) {
            continue;
        }
        let Some(span) = report.span(sentence.range.clone()) else { continue };
        spans.push(span);
        sentences.push(report.reading.words(sentence.tokens.clone()));
    }
    let mut found: Vec<(&'static str, u32, Span)> = Vec::new();
    for one in Reader::new(model).report(sentences.iter().map(String::as_str)) {
        let is_shown = one.probability >= model.confident() && !NOT_HERE.contains(&one.technique);
        if let Some(span) = spans.get(one.sentence).filter(|_| is_shown && !is_known(known, one.technique)) {
            found.push((one.technique, percent(one.probability), *span));
        }
    }
    found.sort_by_key(|(technique, percent, _)| (Reverse(*percent), *technique));
    let claim = |(id, percent, span): (&str, u32, Span)| {
        let technique = catalog::attack::technique(id)?;
        Some(techniques::with_tactics(Claim {
            id: id.to_owned(),
            name: technique.full_name(),
            status: Status::Suggested,
            origin: Origin::Classifier,
            by: None,
            because: format!("a classifier's suggestion ({percent} %)"),
            spans: vec![span],
        }))
    };
    found.into_iter().take(MOST).filter_map(claim).collect()
}

/// The sentences with their clauses, in order.
fn told(clauses: &[Clause]) -> impl Iterator<Item = (usize, &[Clause])> {
    clauses
        .chunk_by(|left, right| left.sentence == right.sentence)
        .filter_map(|chunk| Some((chunk.first()?.sentence, chunk)))
}

/// Whether a clause says what happened, without a doubt and without a denial.
fn tells(clause: &Clause) -> bool {
    matches!(clause.role, Discourse::Stated | Discourse::Claimed)
        && !clause.is_hedged
        && !clause.is_possible
        && clause.denied.is_empty()
}

fn is_known(known: &[TechniqueClaim], id: &str) -> bool {
    let parent = |id: &str| id.split('.').next().unwrap_or(id).to_owned();
    known.iter().any(|claim| parent(&claim.id) == parent(id))
}

/// Whole percents, so that no last digit of a machine's arithmetic is told.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 100 right before"
)]
fn percent(probability: f32) -> u32 {
    (probability * 100.0).floor().clamp(0.0, 99.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCIDENT: &str = "On 2 May 2024 an attacker called an API of the shop that asked for no login, and \
         downloaded 5,000 customer records with names and email addresses. The API was closed on 3 May 2024. ";
    const MORE: &str = "The attackers dumped credentials from the memory of LSASS with Mimikatz.";

    fn classified(text: &str) -> Vec<TechniqueClaim> {
        let intel = crate::understand(text.as_bytes(), "report.txt").unwrap();
        assert!(intel.is_incident || !text.starts_with(INCIDENT), "{text}");
        intel.techniques.into_iter().filter(|claim| claim.origin == Origin::Classifier).collect()
    }

    #[test]
    fn what_no_rule_reads_is_suggested_with_its_sentence_and_never_asserted() {
        let text = format!("{INCIDENT}{MORE}");
        let found = classified(&text);
        let claim = found.iter().find(|claim| claim.id == "T1003.001").unwrap();
        assert_eq!(claim.status, Status::Suggested);
        assert_eq!(text.get(claim.spans[0].start..claim.spans[0].end), Some(MORE));
        assert!(claim.because.contains('%') && claim.tactics == ["credential-access"], "{claim:?}");
    }

    #[test]
    fn advice_doubt_denial_what_is_known_and_what_is_no_incident_suggest_nothing() {
        for more in [
            "The attackers did not dump credentials from the memory of LSASS with Mimikatz.",
            "The attackers may have dumped credentials from the memory of LSASS with Mimikatz.",
            "Companies should prevent attackers from dumping credentials from the memory of LSASS.",
            "ATT&CK: T1003.001. The attackers dumped credentials from the memory of LSASS with Mimikatz.",
        ] {
            let found = classified(&format!("{INCIDENT}{more}"));
            assert!(!found.iter().any(|claim| claim.id.starts_with("T1003")), "{more} {found:?}");
        }
        let guide = "This guide is about credentials that are dumped from the memory of LSASS with Mimikatz.";
        assert_eq!(classified(guide), []);
    }
}
