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

use spec::inventory::{IntentState, Operation, Place, Scheme};

use crate::catalogue::Check;
use crate::facts::{Facts, OperationFacts, RouteFacts, words};
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

/// A declaration for an operation that has none, from what its own names suggest; empty where nobody but
/// its owner can write it: a log-in, a web hook, a health page (public, for a reason), a partner's door.
pub(crate) fn declaration(facts: &OperationFacts<'_>) -> String {
    let operation = facts.operation;
    let schemes = &operation.security.schemes;
    let for_partner = !schemes.is_empty() && schemes.iter().all(is_partners);
    if facts.sign_in || facts.open_by_nature || for_partner {
        return String::new();
    }
    let mut lines = String::new();
    if facts.open && !operation.security.own {
        lines.push_str(&requirement(facts, false).unwrap_or_default());
    }
    lines.push_str("x-tidegate:\n  audience: authenticated\n");
    match &facts.suggested_owner {
        _ if facts.admin.is_some() => lines.push_str("  roles: [admin]\n"),
        Some(owner) => lines.push_str(&format!("  owner: {owner}\n")),
        None if !operation.object_refs.is_empty() || facts.everybodys => lines.push_str("  roles: [staff]\n"),
        None => {}
    }
    lines.push_str("  limit: [{ requests: 60, per: 1m }]\n");
    lines
}

/// The declaration of one operation where a finding stands for many.
pub(crate) fn declaration_of_one(facts: &OperationFacts<'_>) -> String {
    let lines = declaration(facts);
    if lines.is_empty() { lines } else { format!("# for `{}` alone\n{lines}", facts.subject) }
}

/// Whether a scheme is a partner's by its name or kind.
fn is_partners(scheme: &Scheme) -> bool {
    let names = ["partner", "partners", "supplier", "vendor"];
    words::words(&scheme.name).iter().any(|word| names.contains(&word.as_str()))
}

/// The scheme to ask for: of those that the operation itself names, else of those that its document
/// declares, the one that fits its callers; `None`: there is none.
fn fitting<'f>(facts: &OperationFacts<'f>, for_partner: bool) -> Option<&'f Scheme> {
    let security = &facts.operation.security;
    if let Some(named) = security.schemes.first() {
        return Some(named);
    }
    let misfit = |scheme: &&Scheme| {
        let partners = is_partners(scheme);
        let personal = matches!(&*scheme.kind, "bearer" | "oauth2" | "openid-connect" | "aws-cognito");
        match (for_partner, partners, personal) {
            (true, true, _) | (false, false, true) => 0,
            (true, false, false) | (false, false, false) => 1,
            (true, false, true) => 2,
            (false, true, _) => 3,
        }
    };
    security.offers.iter().min_by_key(misfit).filter(|scheme| misfit(scheme) < 3)
}

/// The lines that ask for [`fitting`].
fn requirement(facts: &OperationFacts<'_>, for_partner: bool) -> Option<String> {
    fitting(facts, for_partner).map(|scheme| format!("security:\n  - {}: []\n", scheme.name))
}
