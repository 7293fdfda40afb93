//! What a hunt found in logs, in every form: text for people, JSON, rows, OCSF, a page with pictures.
//!
//! It names addresses, paths and user agents as the logs have them, for whoever reads them has the logs.
//! Every text from outside is inert, every list bounded by the hunt.

pub mod blind;
mod chart;
mod html;
mod json;
mod ocsf;
pub mod proposal;
mod rules;
mod text;

use hunt::{Basis, Fields, Finding, Told};

pub use html::html;
pub use json::{csv, json, ndjson};
pub use ocsf::ocsf;
pub use text::{news, text};

/// One log that was read.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name, or that of its newest part.
    pub name: String,
    /// Its dialect, by the word for `--dialect`; `None` where none was recognised.
    pub dialect: Option<events::Dialect>,
    /// Lines.
    pub lines: u64,
    /// Those that could not be read.
    pub unreadable: u64,
    /// What stood in them.
    pub fields: Fields,
}

/// Everything that is told.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was found.
    pub told: &'a Told,
    /// What was read.
    pub inputs: &'a [Input],
    /// The command without what may be added to it, such as `tidegate hunt access.log`.
    pub command: &'a str,
}

impl Report<'_> {
    /// Whether there is something that a person must see.
    #[must_use]
    pub fn is_found(&self) -> bool {
        let told = self.told;
        let is_said = !told.findings.is_empty() || !told.stopped.is_empty() || told.untold > 0;
        is_said || told.rules.iter().any(rules::is_alarm) || told.untold_matches > 0
    }
}

/// What the numbers of a finding rest upon, in a sentence.
fn basis(finding: &Finding) -> String {
    if finding.bases.is_empty() {
        return "the statuses of the log show it; no record left by what counted".into();
    }
    let says = |basis: &Basis| match basis {
        Basis::Nothing => "",
        Basis::Counted => "the bodies were counted by the gateway",
        Basis::Object => {
            "each object stands in its request; what the answers held does not stand in this log, so \"at most\""
        }
        Basis::Page => "the pages stand in the requests; how many records a page had is bounded by its size",
        Basis::Bytes => {
            "nothing in the requests says what the answers held: they are large where data about people is given out, \
             and a record is taken for 200 bytes"
        }
        Basis::Sizes => {
            "the requests' bodies are not in this log: many answers of nearly one size, each another, are the trace of \
             a page walk"
        }
        Basis::Pace => {
            "the requests' bodies are not in this log, and sizes of answers repeat: what speaks is a hundred answers \
             and more, each large enough for ten records, one after the other at a pace that no person has"
        }
    };
    let said: Vec<&str> = finding.bases.iter().map(says).chain(finding.innocent).collect();
    said.join("; ")
}

/// How many records left, in words.
fn records(finding: &Finding) -> String {
    let least = crate::grouped(finding.at_least);
    match finding.at_most {
        Some(0) => "no record".into(),
        Some(most) if most == finding.at_least => format!("{least} records"),
        Some(most) => format!("at least {least}, at most {} records", crate::grouped(most)),
        None => format!("at least {least} records, at most unknown: the log has no sizes"),
    }
}
