//! # Specified as protected, served open
//!
//! **Sees** an operation that intent or specification protect while a front that guards other routes
//! leaves the one to it open, or asks for a credential that may be missing, and no other front on the
//! way asks for one; while a route that takes its prefix away leads to it under another name; while another
//! way to the same service is open beside a front that guards (a second front, a function URL, a load
//! balancer's or node's port of a Kubernetes Service that leads to the same pods); and one that callers
//! without a verified identity were seen to be served.
//!
//! **Matters** because the document is believed and the front decides: this is drift, and drift is
//! where audits and reality part (OWASP API8:2023).
//!
//! **Misses** fronts that guard nothing at all, where the service is left to do it.
//!
//! **Mend** at the front: guard this route as the others.

use super::{operations, security_at};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-015",
    name: "OpenFront",
    title: "it is specified as protected and served open",
    many: "operations are specified as protected and served open",
    weight: Weight::Blocker,
    owasp: &["API8:2023", "API2:2023"],
    cwe: &["CWE-306", "CWE-288"],
    d3fend: &["D3-ACH", "D3-PBWSAM"],
    attack: &["T1190"],
    needs_intent: false,
    page: page!("open_front.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let protected = match facts.audience {
            Some(audience) => matches!(audience, "authenticated" | "partner"),
            None => operation.security.declared && !operation.security.open,
        };
        let served = facts.served_open.as_ref().or(facts.seen_open.as_ref()).filter(|_| protected)?;
        let message = format!("`{}` is specified as protected and served open", operation.endpoint);
        let label = if facts.served_open.is_some() {
            format!("`{}` lets callers without a credential through", served.subject)
        } else {
            "callers without a verified identity were served".to_owned()
        };
        Some(
            found(served.at, message)
                .label(label)
                .also(security_at(operation), "asks for a credential")
                .help("guard it at the front as its other routes, or say that it is public"),
        )
    })
}
