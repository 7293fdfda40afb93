//! # The configuration takes an intent back
//!
//! **Sees** an operation whose document declares its intent, and for which `endpoints:` of the gateway's
//! configuration puts a weaker one in its place: more callers, no owner, a higher limit or budget.
//!
//! **Matters** because the gateway follows its configuration: who reads the document believes in a
//! guard that is gone (OWASP API8:2023).
//!
//! **Misses** a weaker intent in a configuration that is not among the files.
//!
//! **Mend** in one place: take the intent out of the configuration, or change the document as well.

use super::{intent_at, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-019",
    name: "WeakenedIntent",
    title: "the configuration of the gateway takes back what the document declares",
    many: "intents are taken back by the configuration of the gateway",
    weight: Weight::Blocker,
    owasp: &["API8:2023", "API1:2023"],
    cwe: &["CWE-863"],
    d3fend: &["D3-ACH", "D3-UAP"],
    attack: &["T1190"],
    needs_intent: false,
    page: page!("weakened_intent.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let weakened = facts.weakened.first()?;
        let message = format!("the configuration takes back what is declared of `{}`", operation.endpoint);
        let replaced = operation.gated.replaced.as_ref();
        Some(
            found(intent_at(operation), message)
                .label(weakened.clone())
                .also_at(replaced.map(|replaced| replaced.at), "declared here, and not in force")
                .help("remove the endpoint from the configuration, or declare the same in the document"),
        )
    })
}
