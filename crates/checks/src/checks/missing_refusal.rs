//! # No refusal described
//!
//! **Sees** an operation that asks for a credential and describes neither 401 nor 403 (nor 4XX, nor a
//! default).
//!
//! **Matters** because clients and tests made from the document do not know that it can say no, and
//! nobody tests that it does.
//!
//! **Misses** refusals that are described and never given: `tidegate probe` asks.
//!
//! **Mend** by describing both.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-102",
    name: "MissingRefusal",
    title: "no refusal is described",
    many: "operations describe no refusal (401, 403)",
    weight: Weight::Warning,
    owasp: &["API8:2023", "API9:2023"],
    // What is missing is missing in a document: CWE forbids to map to its entries about documentation
    // (CWE-1059 and below), and no technique of ATT&CK lives on it.
    cwe: &[],
    d3fend: &["D3-DEM"],
    attack: &[],
    needs_intent: false,
    page: page!("missing_refusal.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        facts.lacks_refusal.then(|| {
            found(facts.operation.at, format!("`{}` describes no refusal", facts.subject))
                .label("asks for a credential, and neither 401 nor 403 is described")
                .help("describe what it answers without a credential, and with one that is not enough")
                .add("\"401\": { description: no valid credential }\n\"403\": { description: not allowed }\n")
        })
    })
}
