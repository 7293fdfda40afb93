//! # A rule of your own
//!
//! **Sees** what a Rego rule of yours says under `deny` or `warn` (`tidegate check --policy DIR`); the
//! message begins with the rule's name.
//!
//! **Matters** because you said so.
//!
//! **Misses** what the rule does not ask.
//!
//! **Mend** as the rule says.

use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

/// A finding of a rule under `deny`.
pub(crate) static DENY: Check = Check {
    id: "OWN-001",
    name: "OwnRule",
    title: "a rule of your own denies it",
    many: "findings of your own rules",
    weight: Weight::Blocker,
    owasp: &[],
    cwe: &[],
    d3fend: &["D3-ACH"],
    attack: &[],
    needs_intent: false,
    page: page!("own_rule.rs"),
    run,
};

/// A finding of a rule under `warn`.
pub(crate) static WARN: Check = Check {
    id: "OWN-101",
    name: "OwnWarning",
    title: "a rule of your own warns of it",
    many: "warnings of your own rules",
    weight: Weight::Warning,
    owasp: &[],
    cwe: &[],
    d3fend: &["D3-ACH"],
    attack: &[],
    needs_intent: false,
    page: page!("own_rule.rs"),
    run,
};

/// Its findings come from [`crate::rego`].
const fn run(_: &Facts<'_>) -> Vec<Finding> {
    Vec::new()
}
