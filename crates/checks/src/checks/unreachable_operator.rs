//! # A vendor whom nobody can reach
//!
//! **Sees** an operation whose upstream somebody else operates (`operator:`) and for which no contact,
//! no classes or no budget are declared.
//!
//! **Matters** because the founding incident's fault lay in a vendor's platform: then one must know whom
//! to call, what they may return and how much of it.
//!
//! **Misses** vendors that no declaration names.
//!
//! **Mend** with `operator: { name: ..., contact: ... }`, `classes:` and `budget:`.

use super::{intent_at, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-107",
    name: "UnreachableOperator",
    title: "somebody else operates the service, and contact, classes or budget are missing",
    many: "operations of somebody else's lack contact, classes or budget",
    weight: Weight::Warning,
    owasp: &["API9:2023", "API10:2023"],
    cwe: &["CWE-1357"],
    d3fend: &["D3-DEM", "D3-SVCDM"],
    attack: &["T1213"],
    needs_intent: false,
    page: page!("unreachable_operator.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let intent = facts.operation.intent.declared()?;
        let operator = intent.operator.as_ref()?;
        let missing = missing(intent);
        (!missing.is_empty()).then(|| {
            let message = format!("`{}` is operated by `{}`, {missing}", facts.subject, operator.name);
            found(intent_at(facts.operation), message)
                .label("somebody else's service")
                .help("say how to reach them, what it may return and whose data of how many people")
                .add(format!(
                    "operator: {{ name: {}, contact: security@example.com }}\nclasses: [email]\nbudget: [{{ subjects: 20, per: 1h }}]\n",
                    operator.name
                ))
        })
    })
}

/// What is not declared, as a list.
fn missing(intent: &domain::Intent) -> String {
    let contact = intent.operator.as_ref().is_some_and(|operator| operator.contact.is_some());
    let said = [
        ("without contact", contact),
        ("without classes", !intent.classes.is_empty()),
        ("without budget", !intent.budget.is_empty()),
    ];
    let missing: Vec<&str> = said.into_iter().filter(|(_, said)| !said).map(|(word, _)| word).collect();
    missing.join(", ")
}
