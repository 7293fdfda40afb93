//! # Personal data in a public answer
//!
//! **Sees** an operation of any method that is open to everyone (declared public, or `internal` for
//! networks that are everyone, or opened by its document), and whose answer holds personal data that
//! nobody declared under `classes`: by field names, formats and examples of the answer, nested too, or
//! by what anonymous callers were seen to get. Names count where the answer lists a collection of people,
//! and so does what tells of somebody's health (`diagnosis`), for which there is no class. Of a read and of a list everything counts; of another
//! answer what the request itself did not bring, so that a sign-up may say back what was sent.
//!
//! **Matters** because this is the founding incident: customer records behind a POST that asked nobody
//! who they were (OWASP API3:2023).
//!
//! **Misses** answers that are not described; other names alone, which many public answers have by right; one
//! record that a log-in returns to a caller who sent a password, a code or a token; another person's
//! record of no further classes than the request's.
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
        let health = facts.health.filter(|_| facts.leaks.is_empty());
        (facts.for_everyone && (!facts.leaks.is_empty() || health.is_some())).then(|| {
            let message = format!("personal data for anyone from `{}`", operation.endpoint);
            let (at, label) = match facts.leaking_field.or(health) {
                Some(field) if health.is_some() => {
                    (field.at, format!("`{}` tells of somebody's health", field.path))
                }
                Some(field) => (field.at, format!("`{}` gives {}", field.path, facts.leaks)),
                None => (operation.id_at, format!("anonymous callers were seen to get {}", facts.leaks)),
            };
            let classes: Vec<&str> = facts.leaks.iter().map(domain::DataClass::word).collect();
            let found = found(at, message)
                .label(label)
                .also_at(operation.security.at.filter(|_| operation.security.open), "lets everyone in");
            let declared = operation.intent.declared();
            let silent = declared.is_some_and(|intent| intent.classes.is_empty());
            let help = match declared {
                _ if health.is_some() => "ask for a credential, or leave the field out".to_owned(),
                Some(_) if silent => {
                    "ask for a credential, leave the field out, or declare under `x-tidegate` what may go to everyone".to_owned()
                }
                Some(_) => {
                    let more = classes.join(", ");
                    format!("ask for a credential, leave the field out, or add `{more}` to its `classes`")
                }
                None => "ask for a credential, leave the field out, or declare it public and what may go".to_owned(),
            };
            let add = format!("classes: [{}]\n", classes.join(", "));
            found.help(help).add(if silent && health.is_none() { add } else { String::new() })
        })
    })
}
