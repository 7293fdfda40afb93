//! # Personal data in a public answer
//!
//! **Sees** an operation that reads, is open to everyone (declared public, or opened by its document),
//! and whose answer holds personal data that nobody declared under `classes`: by field names, formats
//! and examples of the answer, nested too, or by what anonymous callers were seen to get.
//!
//! **Matters** because this is the founding incident: customer records behind a POST that asked nobody
//! who they were (OWASP API3:2023).
//!
//! **Misses** answers that are not described; names alone, which many public answers have by right; a
//! credential that a log-in returns.
//!
//! **Mend** by asking for a credential, by leaving the field out, or, where it is meant (a shop's own
//! address), by declaring it under `classes`.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-008",
    name: "PublicPersonalData",
    title: "the answer to anyone holds personal data",
    many: "operations give personal data to anyone",
    weight: Weight::Blocker,
    owasp: &["API3:2023", "API2:2023"],
    cwe: &["CWE-359", "CWE-306"],
    d3fend: &["D3-ACH", "D3-AA"],
    attack: &["T1213", "T1119"],
    needs_intent: false,
    page: page!("public_personal_data.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let open = facts.audience == Some("public") || facts.audience.is_none() && facts.opened;
        (open && !facts.leaks.is_empty()).then(|| {
            let message = format!("personal data for anyone from `{}`", operation.endpoint);
            let (at, label) = match facts.leaking_field {
                Some(field) => (field.at, format!("`{}` gives {}", field.path, facts.leaks)),
                None => (operation.id_at, format!("anonymous callers were seen to get {}", facts.leaks)),
            };
            let classes: Vec<&str> = facts.leaks.iter().map(domain::DataClass::word).collect();
            found(at, message)
                .label(label)
                .also_at(operation.security.at.filter(|_| operation.security.open), "lets everyone in")
                .help("ask for a credential, leave the field out, or declare what may go to everyone")
                .add(format!("classes: [{}]\n", classes.join(", ")))
        })
    })
}
