//! The list of checks: id, title, weight and where each stands in the field's own catalogues.

pub(crate) mod page;

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
    /// What is said where one finding stands for many, after their number: `operations have no limit`.
    pub many: &'static str,
    /// Whether it stops a deployment.
    pub weight: Weight,
    /// Ids of the OWASP API Security Top 10 2023, such as `API1:2023`.
    pub owasp: &'static [&'static str],
    /// Ids of CWE, none to which CWE itself prohibits or discourages to map; where none fits, none.
    pub cwe: &'static [&'static str],
    /// Ids of D3FEND: what mends it. `D3-ACH` where that is a changed configuration.
    pub d3fend: &'static [&'static str],
    /// Ids of ATT&CK Enterprise: what somebody does who finds it first; where none fits, none.
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

/// Blockers, the one that does the most harm first: of several of one operation the first is told.
///
/// First what nobody said (001), then what is said and no longer true (002) or not kept by the document
/// (003); then who else gets in: anyone to personal data (008), through a forgotten door (009, 010), to
/// an administrator's function (011), past the front (014, 015), by a configuration that takes an intent
/// back (019) or a policy that hands records out (020); then whose the records are (004, 005)
/// and how many may go (006, 007, 016); then how they travel (012, 013); then what only traffic or
/// routes show (017, 018). What comes earlier makes what comes later moot: where anyone reads
/// everybody's data, the length of a page is not yet the question.
pub const HARM: [&str; 20] = [
    "ACH-001", "ACH-002", "ACH-003", "ACH-008", "ACH-009", "ACH-010", "ACH-011", "ACH-014", "ACH-015",
    "ACH-019", "ACH-020", "ACH-004", "ACH-005", "ACH-006", "ACH-007", "ACH-016", "ACH-012", "ACH-013",
    "ACH-017", "ACH-018",
];

/// The place of a blocker in [`HARM`]; warnings come after all.
#[must_use]
pub fn harm(id: &str) -> usize {
    HARM.iter().position(|known| *known == id).unwrap_or(HARM.len())
}

/// Every check, in the order of their ids.
pub static CATALOGUE: &[&Check] = &[
    &checks::missing_intent::CHECK,
    &checks::ended_declaration::CHECK,
    &checks::open_operation::CHECK,
    &checks::missing_ownership::CHECK,
    &checks::broken_ownership::CHECK,
    &checks::missing_limit::CHECK,
    &checks::unbounded_records::CHECK,
    &checks::public_personal_data::CHECK,
    &checks::open_sibling::CHECK,
    &checks::unguarded_version::CHECK,
    &checks::ordinary_admin::CHECK,
    &checks::credential_in_url::CHECK,
    &checks::plain_http::CHECK,
    &checks::exposed_internal::CHECK,
    &checks::open_front::CHECK,
    &checks::unlimited_front::CHECK,
    &checks::shadow_endpoint::CHECK,
    &checks::zombie_version::CHECK,
    &checks::weakened_intent::CHECK,
    &checks::released_records::CHECK,
    &checks::enumerable_id::CHECK,
    &checks::missing_refusal::CHECK,
    &checks::missing_slow_down::CHECK,
    &checks::open_ended_answer::CHECK,
    &checks::secret_example::CHECK,
    &checks::cacheable_records::CHECK,
    &checks::unreachable_operator::CHECK,
    &checks::undeclared_classes::CHECK,
    &checks::ended_patch::CHECK,
];

/// Rules of a user's own, in Rego. They are no part of the catalogue: their findings say which rule.
pub static OWN_RULES: [&Check; 2] = [&checks::own_rule::DENY, &checks::own_rule::WARN];
