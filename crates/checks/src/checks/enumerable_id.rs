//! # Ids that can be guessed
//!
//! **Sees** an operation that reads a record by an id whose values follow each other or are known:
//! integers, short digits, user names, e-mail addresses, phone numbers; without an owner declared.
//!
//! **Matters** because a missing check of ownership then costs an attacker a loop from 1 to 27,000
//! instead of a guess among 2^122 (CWE-340). It is no substitute for the check.
//!
//! **Misses** ids whose schema says only `string`.
//!
//! **Mend** with random ids (`format: uuid`), or declare the owner, which makes guessing worthless.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-101",
    name: "EnumerableId",
    title: "records are addressed by ids that can be guessed",
    many: "operations take ids that can be guessed",
    weight: Weight::Warning,
    owasp: &["API1:2023"],
    cwe: &["CWE-340"],
    d3fend: &["D3-ACH"],
    attack: &["T1119", "T1213"],
    needs_intent: false,
    page: page!("enumerable_id.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let owned = operation.intent.declared().is_some_and(|intent| intent.owner.is_some());
        let object = operation.object_refs.iter().find(|object| object.enumerable.is_some())?;
        let kind = object.enumerable.as_deref()?;
        let inside = facts.audience == Some("internal");
        (facts.reads && !owned && !inside).then(|| {
            let message = format!("records of `{}` can be counted through", operation.endpoint);
            found(object.at, message)
                .label(format!("`{}` can be guessed: {kind}", object.name))
                .help("use random ids, or declare the owner of the records")
                .add("format: uuid\n")
        })
    })
}
