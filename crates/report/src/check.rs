//! What `tidegate check` found, in the forms that people and their tools read.
//!
//! One form, one file. All of them print the same findings in the same order; what does not fit a
//! form is said there, not dropped.

mod fingerprint;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::sync::Arc;

use checks::{Finding, Radius, Verdict, Weight};
use domain::Timestamp;
use spec::diagnostic::Severity;
use spec::inventory::{Fault, Inventory, Kind, Place};

use crate::grouped;

pub use github::github;
pub use gitlab::gitlab;
pub use json::{FORMAT, json};
pub use junit::junit;
pub use markdown::markdown;
pub use sarif::sarif;
pub use text::text;

/// Everything that one run has to say.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'c> {
    /// What was read.
    pub inventory: &'c Inventory,
    /// What was found.
    pub verdict: &'c Verdict<'c>,
    /// What a change newly lets through; empty without `--base`.
    pub widened: &'c [checks::Widening],
    /// How much more it newly lets through, for which somebody answers.
    pub answered: usize,
    /// Whether the run compared with an older version.
    pub compared: bool,
    /// Records in the table whose emptying is timed.
    pub table: u64,
    /// When it was judged.
    pub at: Timestamp,
}

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Findings that stop a deployment.
    pub blockers: usize,
    /// Findings to look at.
    pub warnings: usize,
    /// Findings that somebody answers for.
    pub suppressed: usize,
    /// Things that a change newly lets through.
    pub widened: usize,
    /// Files, or parts of files, that cannot be judged.
    pub unjudged: usize,
    /// Operations that specifications describe.
    pub operations: usize,
    /// Routes of proxies, gateways and clusters.
    pub routes: usize,
    /// Files that were judged.
    pub files: usize,
    /// Files that are none of ours.
    pub unrecognised: usize,
}

impl<'c> Checked<'c> {
    /// The numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let told = &self.verdict.told;
        let blockers = told.iter().filter(|finding| finding.is_blocker()).count();
        let sources = &self.inventory.sources;
        let unrecognised = sources.iter().filter(|source| source.kind == Kind::Unrecognised).count();
        Summary {
            blockers,
            warnings: told.len() - blockers,
            suppressed: self.verdict.suppressed.len() + self.answered,
            widened: self.widened.len(),
            unjudged: self.errors().count(),
            operations: self.inventory.operations.len(),
            routes: self.inventory.fronts.iter().map(|front| front.routes.len()).sum(),
            files: sources.len() - unrecognised,
            unrecognised,
        }
    }

    /// What cannot be judged.
    fn errors(&self) -> impl Iterator<Item = &'c Fault> + use<'c> {
        self.inventory.faults.iter().filter(|fault| fault.diagnostic.severity == Severity::Error)
    }

    fn file(&self, place: Place) -> Arc<str> {
        self.inventory.source(place.source).map(|source| source.name.clone()).unwrap_or_default()
    }
}

/// `OWASP API1:2023, CWE-639, D3FEND D3-ACH, D3FEND D3-UAP, ATT&CK T1213`.
fn standing(finding: &Finding) -> String {
    let check = finding.check;
    let mut parts: Vec<String> = check.owasp.iter().map(|id| format!("OWASP {id}")).collect();
    parts.extend(check.cwe.iter().map(|id| (*id).to_owned()));
    parts.extend(check.d3fend.iter().map(|id| format!("D3FEND {id}")));
    parts.extend(check.attack.iter().map(|id| format!("ATT&CK {id}")));
    parts.join(", ")
}

/// `unbounded`, or `36,000 records an hour; 27,000 records are gone in 45 minutes`.
fn radius(radius: &Radius, table: u64) -> String {
    match (radius.records_per_hour, radius.seconds_to_empty) {
        (Some(rate), Some(seconds)) => {
            format!(
                "{} records an hour; {} records are gone in {}",
                whole(rate),
                grouped(table),
                span(seconds)
            )
        }
        (Some(_), None) => "nothing leaves".to_owned(),
        (None, _) => "unbounded: nothing states how many records leave in an hour".to_owned(),
    }
}

/// A rate without a fraction: `36,000`.
fn whole(rate: f64) -> String {
    let text = format!("{:.0}", rate.max(0.0));
    text.parse().map_or(text, grouped)
}

/// `45 minutes`, `3.1 hours`, `12 days`.
fn span(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 90.0 => (s, "seconds"),
        s if s < 5_400.0 => (s / 60.0, "minutes"),
        s if s < 172_800.0 => (s / 3_600.0, "hours"),
        s => (s / 86_400.0, "days"),
    };
    if value >= 10.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

/// `1 blocker`, `2 blockers`.
fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

const fn level(weight: Weight) -> &'static str {
    weight.word()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_as_people_say_them() {
        let radius = |records_per_hour, seconds_to_empty| Radius { records_per_hour, seconds_to_empty };
        for (found, said) in [
            (
                radius(Some(36_000.0), Some(2_700.0)),
                "36,000 records an hour; 27,000 records are gone in 45 minutes",
            ),
            (radius(Some(60.0), Some(1_620_000.0)), "60 records an hour; 27,000 records are gone in 19 days"),
            (radius(Some(0.0), None), "nothing leaves"),
            (radius(None, None), "unbounded: nothing states how many records leave in an hour"),
        ] {
            assert_eq!(super::radius(&found, 27_000), said);
        }
        assert_eq!(
            ["1", "12", "123", "1,234", "12,345,678"],
            [1, 12, 123, 1234, 12_345_678].map(grouped).each_ref().map(String::as_str)
        );
    }
}
