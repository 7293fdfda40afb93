//! # A policy that releases everybody's records
//!
//! **Sees** an operation with an `owner` for which a Cedar `permit` on `Action::"disclose"` lets any
//! signed-in caller have the records of others. The policies are asked as the gateway asks them.
//!
//! **Matters** because the owner rule then stops nobody (OWASP API1:2023).
//!
//! **Misses** policies that release records to callers of whom a claim says so: whether the claim is
//! earned stands in no file.
//!
//! **Mend** by saying in the policy whose records may go to whom: by role, or by a claim that is held
//! against `context.owners`.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-020",
    name: "ReleasedRecords",
    title: "a policy lets any signed-in caller have the records of others",
    many: "operations have their records released by a policy",
    weight: Weight::Blocker,
    owasp: &["API1:2023"],
    cwe: &["CWE-639", "CWE-863"],
    d3fend: &["D3-ACH", "D3-UAP"],
    attack: &["T1213"],
    needs_intent: false,
    page: page!("released_records.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let policy = operation.gated.released_by.as_ref()?;
        let message = format!(
            "`{}` lets any signed-in caller have records of others by `{}`",
            policy.name, facts.subject
        );
        Some(
            found(policy.at, message)
                .label("holds for everybody, whosever the records are")
                .also(super::intent_at(operation), "declares an owner")
                .help("narrow it to a role, or hold a claim against `context.owners`"),
        )
    })
}
