//! # An answer that may hold anything
//!
//! **Sees** a reading operation about records or personal data whose described answer lets any further
//! fields through: `additionalProperties: true`, or an object without properties.
//!
//! **Matters** because whatever the table has goes out, also the column that is added next year (OWASP
//! API3:2023).
//!
//! **Misses** answers that list too many fields by name.
//!
//! **Mend** by listing the fields that clients need, with `additionalProperties: false`.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-104",
    name: "OpenEndedAnswer",
    title: "the answer may hold any field",
    many: "operations may answer with any field",
    weight: Weight::Warning,
    owasp: &["API3:2023"],
    cwe: &["CWE-213", "CWE-359"],
    d3fend: &["D3-DEM"],
    attack: &["T1213"],
    needs_intent: false,
    page: page!("open_ended_answer.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let about_records = facts.personal.weight() > 0 || !operation.object_refs.is_empty();
        (facts.reads && operation.answer.open_ended && operation.answer.described && about_records).then(
            || {
                let message = format!("the answer of `{}` may hold any field", operation.endpoint);
                found(operation.answer.at.unwrap_or(operation.id_at), message)
                    .label("whatever the record has may go out")
                    .help("list the fields that clients need")
                    .add("additionalProperties: false\n")
            },
        )
    })
}
