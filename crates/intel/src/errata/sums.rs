//! Numbers, times and statements that cannot all hold.

use super::{Claims, at, erratum};
use crate::lexicon::Concept as C;
use crate::model::{Amount, Discourse, Erratum, ErratumKind as K, FrameKind as F, Number, NumberRole as R};
use crate::report::Report;

pub(super) fn check(report: &Report, claims: &Claims<'_>, out: &mut Vec<Erratum>) {
    units(claims.numbers, out);
    parts(claims.numbers, out);
    slogans(report, out);
    order(report, out);
}

/// One number that counts different things.
fn units(numbers: &[Number], out: &mut Vec<Erratum>) {
    for (nth, one) in numbers.iter().enumerate() {
        let counts = |number: &Number| matches!(number.role, R::Exist | R::Exposed | R::Accessed);
        let other = numbers.iter().skip(nth + 1).find(|other| {
            counts(one)
                && counts(other)
                && one.value == other.value
                && (one.unit.trim_end_matches('s') != other.unit.trim_end_matches('s'))
                    != (one.role != other.role)
        });
        if let (Some(other), Some(first)) = (other, one.spans.first().copied())
            && let Some(second) = other.spans.iter().copied().find(|span| *span != first)
            && !out.iter().any(|erratum| {
                erratum.kind == K::MixedUnits
                    && erratum.places.first().is_some_and(|place| place.span == Some(first))
            })
        {
            let word = |number: &Number| {
                format!(
                    "{} {}",
                    number.unit,
                    match number.role {
                        R::Exist => "that exist",
                        R::Accessed => "that were taken",
                        _ => "that were exposed",
                    }
                )
            };
            let message = format!("one number counts {} here and {} there", word(one), word(other));
            out.push(erratum(K::MixedUnits, message, vec![at(first, word(one)), at(second, word(other))]));
        }
    }
}

/// A part that is larger than the whole; a share that does not fit.
fn parts(numbers: &[Number], out: &mut Vec<Erratum>) {
    let largest = |role: R| {
        numbers
            .iter()
            .filter(move |number| {
                number.role == role
                    && !number.unit.contains(" per ")
                    && number.bound != crate::model::Bound::AtMost
            })
            .filter_map(|number| match number.value {
                Amount::Whole(value) => Some((value, number)),
                Amount::Decimal(_) => None,
            })
            .max_by_key(|(value, _)| *value)
    };
    if let (Some((taken, part)), Some((all, whole))) = (largest(R::Accessed), largest(R::Exist))
        && taken > all
        && part.unit == whole.unit
        && let (Some(first), Some(second)) = (part.spans.first(), whole.spans.first())
    {
        let message = format!("{taken} were taken of {all} that exist");
        out.push(erratum(K::Arithmetic, message, vec![at(*first, "taken"), at(*second, "exist")]));
    }
    // requests x records per call must reach what was taken
    if let (Some((taken, records)), Some((batch, per)), Some((many, requests))) =
        (largest(R::Accessed), largest(R::PerCall), largest(R::Requests))
        && many.saturating_mul(batch).saturating_mul(10) < taken.saturating_mul(9)
        && let (Some(first), Some(second), Some(third)) =
            (records.spans.first(), per.spans.first(), requests.spans.first())
    {
        let message =
            format!("{many} requests of {batch} records give {}, not {taken}", many.saturating_mul(batch));
        out.push(erratum(
            K::Arithmetic,
            message,
            vec![at(*first, "taken"), at(*second, "with one request"), at(*third, "requests")],
        ));
    }
}

/// What the page says about itself against what the report says.
fn slogans(report: &Report, out: &mut Vec<Erratum>) {
    let clauses = || report.discoursed.clauses.iter().enumerate();
    let said = |clause: &crate::discourse::Clause| report.reading.words(clause.tokens.clone()).to_lowercase();
    let denial = clauses().find(|(_, clause)| {
        let said = said(clause);
        (said.contains("no specific") || said.starts_with("no ") || said.contains(" no "))
            && ["indicators of compromise", "iocs", "indicators"].iter().any(|words| said.contains(words))
            && clause.role != Discourse::Boilerplate
    });
    let boast = clauses().find(|(_, clause)| {
        let said = said(clause);
        clause.role == Discourse::Boilerplate
            && ["indicators", "iocs", "threat actors"].iter().any(|words| said.contains(words))
            && ["extracted", "correlated", "cataloged", "catalogued", "mapped", "included"]
                .iter()
                .any(|words| said.contains(words))
    });
    if let (Some((denial, _)), Some((boast, _))) = (denial, boast)
        && let (Some(first), Some(second)) = (report.clause_span(denial), report.clause_span(boast))
    {
        out.push(erratum(K::Contradiction, "the page says that indicators were extracted and actors correlated; the report says that there are none", vec![at(first, "there are none"), at(second, "they were extracted")]));
    }
    // A kind of data that got out in one place and did not in another, both by the report itself.
    let reached = report.discoursed.clauses.iter().enumerate().find(|(_, clause)| {
        clause.role == Discourse::Stated
            && report.reading.has(clause.tokens.clone(), &[C::TakeHard])
            && said(clause).contains("all records")
    });
    let stopped = report.told(F::Stopped).next();
    if let (Some((nth, _)), Some(stopped)) = (reached, stopped)
        && let Some(span) = report.clause_span(nth)
    {
        out.push(erratum(
            K::ReachTakenForTaken,
            "all records are told of as taken, and that the taking stopped before",
            vec![at(span, "all were taken"), at(stopped.frame.span, "it stopped before")],
        ));
    }
}

/// Mended before it was found, told before it was found.
fn order(report: &Report, out: &mut Vec<Erratum>) {
    let dated = |kinds: &[F]| {
        report
            .frames
            .iter()
            .filter(|framed| kinds.contains(&framed.frame.kind) && !framed.frame.is_negated)
            .find_map(|framed| {
                let clause = report.discoursed.clauses.get(framed.clause)?;
                let date = report
                    .dates
                    .iter()
                    .find(|dated| clause.tokens.contains(&dated.tokens.start) && dated.value.len() == 10)?;
                Some((date.value.clone(), framed.frame.span))
            })
    };
    for (earlier, later, names) in [
        (&[F::Found, F::FoundByProbing][..], &[F::Fixed][..], ("found", "mended")),
        (&[F::Retrieved], &[F::Notified], ("taken", "told")),
    ] {
        if let (Some((first, one)), Some((second, two))) = (dated(earlier), dated(later))
            && second < first
        {
            let message = format!("it was {} on {second}, and {} only on {first}", names.1, names.0);
            out.push(erratum(
                K::OrderOfEvents,
                message,
                vec![at(one, format!("{} {first}", names.0)), at(two, format!("{} {second}", names.1))],
            ));
        }
    }
}
