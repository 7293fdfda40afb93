//! # A limit that nothing keeps
//!
//! **Sees** an operation with a declared `limit` whose fronts have none, where no Tidegate
//! configuration is among the files (the gateway keeps declared limits by itself).
//!
//! **Matters** because a limit on paper stops no script: drift (OWASP API4:2023).
//!
//! **Misses** limits inside the service, and fronts that are not among the files.
//!
//! **Mend** by limiting the route at the front, or put the gateway in front of it.

use super::{intent_at, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-016",
    name: "UnlimitedFront",
    title: "the declared limit is absent in the front",
    many: "declared limits are absent in the front",
    weight: Weight::Blocker,
    owasp: &["API4:2023"],
    cwe: &["CWE-770", "CWE-799"],
    d3fend: &["D3-ACH", "D3-ITF"],
    attack: &["T1119"],
    needs_intent: false,
    page: page!("unlimited_front.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let route = facts.served_unlimited.as_ref()?;
        let limited = operation.intent.declared().is_some_and(|intent| !intent.limit.is_empty());
        limited.then(|| {
            let message = format!("nothing keeps the limit of `{}`", operation.endpoint);
            found(route.at, message)
                .label(format!("`{}` has none", route.subject))
                .also(intent_at(operation), "declares a limit")
                .help("limit the route at the front, or put the gateway before it")
        })
    })
}
