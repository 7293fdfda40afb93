//! # Personal data that a shared cache may keep
//!
//! **Sees** a GET with personal data whose answer describes no `Cache-Control: no-store` or `private`,
//! and whose credential is a cookie, a key outside `Authorization`, or none: such answers a shared cache
//! may keep and give to others (RFC 9111 section 3.5 spares only `Authorization`).
//!
//! **Matters** because one customer then sees the page of the customer before.
//!
//! **Misses** headers that the service sends and the document does not describe; then describe them.
//!
//! **Mend** with a described header `Cache-Control` that says `no-store`.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-106",
    name: "CacheableRecords",
    title: "a shared cache may keep personal data",
    many: "operations let a shared cache keep personal data",
    weight: Weight::Warning,
    owasp: &["API8:2023"],
    cwe: &["CWE-524"],
    d3fend: &["D3-ACH"],
    attack: &["T1213"],
    needs_intent: false,
    page: page!("cacheable_records.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        facts.cacheable.then(|| {
            let message = format!("a shared cache may keep answers of `{}`", operation.endpoint);
            found(operation.answer.at.unwrap_or(operation.id_at), message)
                .label(format!("holds {}, and nothing forbids to keep it", facts.personal))
                .help("describe and send `Cache-Control: no-store`")
                .add("headers:\n  Cache-Control: { schema: { type: string, const: no-store } }\n")
        })
    })
}
