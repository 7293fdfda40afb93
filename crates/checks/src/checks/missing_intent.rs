//! # No intent declared
//!
//! **Sees** an operation without `x-tidegate` in a document that declares the intent of others. In a
//! document that declares none, all operations are one finding with their number and the ten riskiest.
//!
//! **Matters** because nobody has said who may call it, whose the records are and how many may go. The
//! founding incident's operation was open because nobody had to say that it should not be.
//!
//! **Misses** whether the declaration is true: `tidegate probe` and the gateway hold it against the
//! running service.
//!
//! **Mend** with `audience:`, and for records `owner:` and `limit:`, under `x-tidegate`.

use spec::inventory::IntentState;

use super::{declaration, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-001",
    name: "MissingIntent",
    title: "nobody says who may call the operation",
    many: "operations declare no intent",
    weight: Weight::Blocker,
    owasp: &["API2:2023", "API9:2023"],
    cwe: &["CWE-306", "CWE-862"],
    d3fend: &["D3-ACH", "D3-AM"],
    attack: &["T1190"],
    needs_intent: true,
    page: page!("missing_intent.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        matches!(operation.intent, IntentState::Absent).then(|| {
            let message = format!("no intent declared for `{}`", operation.endpoint);
            let label = if facts.open {
                "anyone may call it, and nobody says that this is meant"
            } else {
                "nobody says who may call it and whose records it returns"
            };
            found(operation.id_at, message)
                .label(label)
                .help("say who may call it; or declare it public with reason, owner and expiry")
                .add(declaration(facts))
        })
    })
}
