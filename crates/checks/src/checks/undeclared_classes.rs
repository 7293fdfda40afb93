//! # Classes or budget not declared
//!
//! **Sees** an operation with declared intent whose described answer holds personal data, and which
//! declares no `classes`, or neither `owner` nor `budget`.
//!
//! **Matters** because what is allowed to leave is then whatever leaves: the gateway can neither refuse
//! a class that was never meant to go nor keep to a number of people that somebody chose.
//!
//! **Misses** answers that are not described.
//!
//! **Mend** with `classes:` and `budget:` under `x-tidegate`.

use super::{intent_at, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-108",
    name: "UndeclaredClasses",
    title: "personal data is returned, and classes or budget are not declared",
    many: "operations declare no classes or no budget",
    weight: Weight::Warning,
    owasp: &["API3:2023", "API4:2023"],
    cwe: &["CWE-213"],
    d3fend: &["D3-ACH", "D3-DEM"],
    attack: &["T1213"],
    needs_intent: false,
    page: page!("undeclared_classes.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let intent = facts.operation.intent.declared().filter(|intent| intent.operator.is_none())?;
        let unnamed = intent.classes.is_empty();
        let unbudgeted = intent.budget.is_empty() && intent.owner.is_none();
        (facts.personal.weight() > 0 && (unnamed || unbudgeted)).then(|| {
            let what = match (unnamed, unbudgeted) {
                (true, true) => "neither classes nor budget",
                (true, false) => "no classes",
                _ => "no budget",
            };
            let classes: Vec<&str> = facts.personal.iter().map(domain::DataClass::word).collect();
            let mut add = String::new();
            if unnamed {
                add.push_str(&format!("classes: [{}]\n", classes.join(", ")));
            }
            if unbudgeted {
                add.push_str("budget: [{ subjects: 20, per: 1h }]\n");
            }
            found(intent_at(facts.operation), format!("`{}` declares {what}", facts.subject))
                .label(format!("returns {}", facts.personal))
                .also_at(facts.operation.answer.at, "as its answer says")
                .help("say what may leave, and whose data of how many people")
                .add(add)
        })
    })
}
