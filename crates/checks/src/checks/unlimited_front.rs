//! # A limit that nothing keeps
//!
//! **Sees** an operation with a declared `limit` whose fronts have none, or let more requests through
//! than it declares. A gateway of ours keeps the limits of the operations that its configuration names,
//! in `guard` and `enforce`; in `observe` it keeps none.
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
        let limited = operation.intent.declared().is_some_and(|intent| !intent.limit.is_empty());
        if let (Some(route), true) = (&facts.served_unlimited, limited) {
            let message = format!("nothing keeps the limit of `{}`", operation.endpoint);
            return Some(
                found(route.at, message)
                    .label(format!("`{}` has none", route.subject))
                    .also(intent_at(operation), "declares a limit")
                    .help(
                        "limit the route at the front, or put the gateway before it, in `guard` or `enforce`",
                    ),
            );
        }
        let route = facts.served_faster.as_ref()?;
        let pace = facts.front_per_hour.unwrap_or_default();
        let declared = crate::radius::requests_per_hour(operation).unwrap_or_default();
        let message = format!("nothing keeps the limit of `{}` as it is declared", operation.endpoint);
        Some(
            found(route.at, message)
                .label(format!("`{}` lets {pace:.0} an hour through", route.subject))
                .also(intent_at(operation), format!("declares {declared:.0} requests an hour"))
                .help("limit the route at the front as declared, or put the gateway before it"),
        )
    })
}
