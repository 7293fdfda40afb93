//! # An internal operation that the outside can reach
//!
//! **Sees** an operation declared for `internal` networks that a front's route leads to from everywhere,
//! or from networks beyond the declared ones, also past the gateway that would keep them out; one whose
//! networks are all there are, or that a gateway keeps by addresses which whoever connects may claim
//! (`trust`); and a Kubernetes Service behind it that such callers reach without passing the front.
//!
//! **Matters** because an internal operation rests on nobody reaching it: it often has no other guard
//! (OWASP API8:2023, CWE-419).
//!
//! **Misses** ways past the files given here: a second front, a public address of the service itself.
//!
//! **Mend** at the front: let only the declared networks in, or do not route it at all.
//! `tidegate check --export networkpolicy` and `--export nftables` write what the intent implies.

use super::{intent_at, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-014",
    name: "ExposedInternal",
    title: "an internal operation can be reached from outside",
    many: "internal operations can be reached from outside",
    weight: Weight::Blocker,
    owasp: &["API8:2023", "API9:2023"],
    cwe: &["CWE-419", "CWE-420"],
    d3fend: &["D3-NI", "D3-ITF"],
    attack: &["T1190", "T1133"],
    needs_intent: false,
    page: page!("exposed_internal.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let route = facts.served_outside.as_ref()?;
        let message = format!("the outside can reach the internal `{}`", facts.subject);
        Some(
            found(route.at, message)
                .label(format!("`{}` lets others in", route.subject))
                .also(intent_at(facts.operation), "declared for callers from inside")
                .help("let only the declared networks in at the front, or do not route it there"),
        )
    })
}
