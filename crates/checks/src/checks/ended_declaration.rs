//! # A declaration that has ended
//!
//! **Sees** an operation that is declared public until a day which is past.
//!
//! **Matters** because an exception that outlives its reason is how yesterday's campaign becomes
//! tomorrow's leak. The gateway closes such an operation with 503.
//!
//! **Misses** declarations that still run and whose reason is gone.
//!
//! **Mend** by looking at it again: a new day under `expires:`, or another audience.

use domain::Audience;

use super::{intent_at, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-002",
    name: "EndedDeclaration",
    title: "the operation is declared public until a day that is past",
    many: "declarations have ended",
    weight: Weight::Blocker,
    owasp: &["API8:2023", "API9:2023"],
    cwe: &["CWE-672"],
    d3fend: &["D3-ACH"],
    attack: &["T1190"],
    needs_intent: false,
    page: page!("ended_declaration.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let intent = operation.intent.declared().filter(|_| facts.expired)?;
        let Audience::Public(public) = &intent.audience else { return None };
        let message = format!("the declaration of `{}` ended on {}", operation.endpoint, public.expires);
        let label = format!("`{}` answered for it until then: {}", public.owner, public.reason);
        let help = "look at it again: give it a new last day under `expires`, or another audience";
        Some(found(intent_at(operation), message).label(label).help(help))
    })
}
