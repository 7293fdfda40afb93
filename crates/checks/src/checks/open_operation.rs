//! # Declared for known callers, open in the document
//!
//! **Sees** an operation that is declared `authenticated` or `partner` while its document lets a call
//! without any credential pass: no `security` anywhere, `security: []`, or an alternative `{}`; and no
//! front before it asks for one.
//!
//! **Matters** because servers, gateways and clients made from the document leave the door open
//! (OWASP API2:2023). An optional credential is none: an attacker leaves it out.
//!
//! **Misses** services that ask for a credential although their document does not say so; then the
//! document is wrong, and still worth mending.
//!
//! **Mend** with `security:` at the operation or at the root.

use super::{operations, security_at};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-003",
    name: "OpenOperation",
    title: "the operation is meant for known callers, and its document lets anyone in",
    many: "operations are meant for known callers and open in the document",
    weight: Weight::Blocker,
    owasp: &["API2:2023"],
    cwe: &["CWE-306"],
    d3fend: &["D3-ACH", "D3-AA"],
    attack: &["T1190"],
    needs_intent: false,
    page: page!("open_operation.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let audience = facts.audience.filter(|word| matches!(*word, "authenticated" | "partner"))?;
        facts.open.then(|| {
            let message = format!("no credential needed for `{}`", operation.endpoint);
            let label = match (operation.security.declared, operation.security.schemes.is_empty()) {
                (false, _) => "nothing here or at the root asks for a credential",
                (true, true) => "this lets every caller in",
                (true, false) => "an alternative without any credential lets every caller in",
            };
            found(security_at(operation), message)
                .label(label)
                .also(super::intent_at(operation), format!("declared as `{audience}`"))
                .help("ask for a credential; or declare the operation public with reason, owner and expiry")
                .add(scheme(facts))
        })
    })
}

/// The requirement that the operation's own alternatives name, else the one a reader expects.
fn scheme(facts: &crate::facts::OperationFacts<'_>) -> String {
    let named = facts.operation.security.schemes.first().map_or("bearerAuth", |scheme| &scheme.name);
    format!("security:\n  - {named}: []\n")
}
