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

/// Every check, in the order of their ids, which is the order of harm.
///
/// Of several blockers of one operation the first is told. First what nobody said (001), then what is
/// said and no longer true (002) or not kept by the document (003); then whose the records are (004,
/// 005) and how many may go (006, 007); then what the document itself gives away (008 to 013); then
/// where the parts disagree: front against intent (014 to 016), traffic against specification (017,
/// 018), the gateway's configuration and policies against the document (019, 020). What comes earlier makes what comes later moot: where nobody said who may call, a missing
/// limit is not yet the question.
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
