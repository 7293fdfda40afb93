//! One check, one file. The file's doc comment is its page in the catalogue.
//!
//! A check says what follows from [`Facts`] and nothing else, so that the same check in Rego
//! (`rego/`), which is given the same facts, can say the same.

pub(crate) mod broken_ownership;
pub(crate) mod cacheable_records;
pub(crate) mod credential_in_url;
pub(crate) mod ended_declaration;
pub(crate) mod ended_patch;
pub(crate) mod enumerable_id;
pub(crate) mod exposed_internal;
pub(crate) mod missing_intent;
pub(crate) mod missing_limit;
pub(crate) mod missing_ownership;
pub(crate) mod missing_refusal;
pub(crate) mod missing_slow_down;
pub(crate) mod open_ended_answer;
pub(crate) mod open_front;
pub(crate) mod open_operation;
pub(crate) mod open_sibling;
pub(crate) mod ordinary_admin;
pub(crate) mod own_rule;
pub(crate) mod plain_http;
pub(crate) mod public_personal_data;
pub(crate) mod released_records;
pub(crate) mod secret_example;
pub(crate) mod shadow_endpoint;
pub(crate) mod unbounded_records;
pub(crate) mod undeclared_classes;
pub(crate) mod unguarded_version;
pub(crate) mod unlimited_front;
pub(crate) mod unreachable_operator;
pub(crate) mod weakened_intent;
pub(crate) mod zombie_version;

use spec::inventory::{IntentState, Operation, Place};

use crate::catalogue::Check;
use crate::facts::{Facts, OperationFacts, RouteFacts};
use crate::finding::Finding;

/// A finding of `check` about each operation for which `judge` gives a place and a message.
fn operations(
    facts: &Facts<'_>,
    check: &'static Check,
    judge: impl Fn(&OperationFacts<'_>, &dyn Fn(Place, String) -> Finding) -> Option<Finding>,
) -> Vec<Finding> {
    let judged = facts.operations.iter().filter_map(|operation| {
        let found = |at, message| {
            Finding::new(check, operation.subject.as_str(), at, message).operation(operation.position)
        };
        judge(operation, &found)
    });
    judged.collect()
}

/// A finding of `check` about each route of each front for which `judge` gives one.
fn routes(facts: &Facts<'_>, judge: impl Fn(&RouteFacts<'_>) -> Option<Finding>) -> Vec<Finding> {
    facts.fronts.iter().flat_map(|front| &front.routes).filter_map(judge).collect()
}

/// Where an operation's intent is declared, else where its name stands.
const fn intent_at(operation: &Operation) -> Place {
    match &operation.intent {
        IntentState::Declared { at, .. } | IntentState::Unreadable { at } => *at,
        IntentState::Absent => operation.id_at,
    }
}

/// Where its document says who may call it, else where its name stands.
fn security_at(operation: &Operation) -> Place {
    operation.security.at.unwrap_or(operation.id_at)
}

/// A declaration for an operation that has none, from what its own names suggest.
pub(crate) fn declaration(facts: &OperationFacts<'_>) -> String {
    let mut lines = "x-tidegate:\n  audience: authenticated\n".to_owned();
    match &facts.suggested_owner {
        Some(owner) => lines.push_str(&format!("  owner: {owner}\n")),
        None if !facts.operation.object_refs.is_empty() => lines.push_str("  roles: [staff]\n"),
        None => {}
    }
    lines.push_str("  limit: [{ requests: 60, per: 1m }]\n");
    lines
}
