//! The list of checks: id, title, weight and where each stands in the field's own catalogues.

use crate::checks;
use crate::facts::Facts;
use crate::finding::Finding;

/// One item of the checklist.
pub struct Check {
    /// Stable id: `ACH-004`. Blockers are below 100, warnings from 101.
    pub id: &'static str,
    /// The fault as a noun: `MissingOwnership`.
    pub name: &'static str,
    /// The fault in a few words.
    pub title: &'static str,
    /// Whether it stops a deployment.
    pub weight: Weight,
    /// Ids of the OWASP API Security Top 10 2023, such as `API1:2023`.
    pub owasp: &'static [&'static str],
    /// Ids of CWE.
    pub cwe: &'static [&'static str],
    /// Ids of D3FEND.
    pub d3fend: &'static [&'static str],
    /// Ids of ATT&CK Enterprise.
    pub attack: &'static [&'static str],
    /// What only intent can say: in a document without any intent these are one finding together.
    pub needs_intent: bool,
    /// Its page: the file's own doc comment.
    pub page: &'static str,
    /// Finds it.
    pub run: fn(&Facts<'_>) -> Vec<Finding>,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Something to look at.
    Warning,
    /// A deployment must not go on.
    Blocker,
}

impl Weight {
    /// The word used in output: `warning`, `error`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Blocker => "error",
        }
    }
}

/// Every check, in the order of their ids.
pub static CATALOGUE: &[&Check] = &[&checks::missing_ownership::CHECK];
