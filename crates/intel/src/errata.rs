//! Where a report contradicts itself, a knowledge base or arithmetic.
//!
//! General rules only: each needs two places, of which one is in the report.

mod advice;
mod ids;
mod sums;

use crate::model::{Erratum, ErratumKind, Number, Place, Span, TechniqueClaim};
use crate::report::Report;
use crate::weaknesses::Weaknesses;

/// What the rules look at beside the report.
pub(crate) struct Claims<'a> {
    pub(crate) techniques: &'a [TechniqueClaim],
    pub(crate) weaknesses: &'a Weaknesses,
    pub(crate) numbers: &'a [Number],
}

/// Every fault that is found, by kind and place.
pub(crate) fn errata(report: &Report, claims: &Claims<'_>) -> Vec<Erratum> {
    let mut errata = Vec::new();
    ids::check(report, claims, &mut errata);
    advice::check(report, claims, &mut errata);
    sums::check(report, claims, &mut errata);
    errata.retain(|erratum: &Erratum| {
        erratum.places.len() > 1 && erratum.places.iter().any(|place| place.span.is_some())
    });
    errata.sort_by_key(|erratum| (erratum.kind, erratum.places.first().and_then(|place| place.span)));
    errata
}

fn erratum(kind: ErratumKind, message: impl Into<String>, places: Vec<Place>) -> Erratum {
    Erratum { kind, message: message.into(), places }
}

fn at(span: Span, says: impl Into<String>) -> Place {
    Place { span: Some(span), says: says.into() }
}

fn known(says: impl Into<String>) -> Place {
    Place { span: None, says: says.into() }
}
