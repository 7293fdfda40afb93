//! # A secret in an example
//!
//! **Sees** examples and defaults with something that looks like a real secret: a token, a private key,
//! a password, a key of a known service.
//!
//! **Matters** because documents are published, and examples are copied from real calls.
//!
//! **Misses** secrets in prose, and such as look like nothing in particular.
//!
//! **Mend** by writing a made-up value, and by changing the secret: it is known.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-105",
    name: "SecretExample",
    title: "an example holds a secret",
    many: "operations have a secret in an example",
    weight: Weight::Warning,
    owasp: &["API8:2023"],
    cwe: &["CWE-538"],
    d3fend: &["D3-CS", "D3-CRO"],
    attack: &["T1552.001"],
    needs_intent: false,
    page: page!("secret_example.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let example = facts.operation.examples.first()?;
        let message = format!("an example of `{}` holds {}", facts.subject, example.what);
        Some(
            found(example.at, message)
                .label("looks like a real one")
                .help("write a made-up value; if it was real, change it now"),
        )
    })
}
