//! # No answer to too many requests described
//!
//! **Sees** an operation that returns, names or makes records and describes no 429 (nor 4XX, nor a
//! default).
//!
//! **Matters** because a limit that clients do not know of is either absent or breaks them, and is
//! then raised until it stops nobody.
//!
//! **Misses** limits that are described and not kept.
//!
//! **Mend** by describing 429 with `Retry-After`.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-103",
    name: "MissingSlowDown",
    title: "no answer to too many requests is described",
    many: "operations describe no 429",
    weight: Weight::Warning,
    owasp: &["API4:2023", "API9:2023"],
    cwe: &["CWE-770"],
    d3fend: &["D3-DEM"],
    attack: &["T1119"],
    needs_intent: false,
    page: page!("missing_slow_down.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        (facts.lacks_slow_down && facts.yields_records).then(|| {
            found(facts.operation.at, format!("`{}` describes no 429", facts.subject))
                .label("returns or names records, and nothing says what happens when they are asked for too fast")
                .help("describe 429 with `Retry-After`")
                .add("\"429\": { description: too many requests }\n")
        })
    })
}
