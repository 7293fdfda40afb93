//! # Records without an owner
//!
//! **Sees** an operation for signed-in callers that names a record (in path, query, header or body)
//! and declares neither whose record it is nor a role or partner that may read others'.
//!
//! **Matters** because then every signed-in customer reads everybody's records, one id after the
//! other: the most frequent fault of APIs (OWASP API1:2023).
//!
//! **Misses** operations whose specification does not mention the input that names the record.
//!
//! **Mend** with `owner:` under `x-tidegate`; or `roles:`; or declare the operation public.

use domain::Audience;

use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-004",
    name: "MissingOwnership",
    title: "records are addressed by an id, and nobody says whose they are",
    weight: Weight::Blocker,
    owasp: &["API1:2023"],
    cwe: &["CWE-639"],
    d3fend: &["D3-ACH"],
    attack: &["T1213"],
    needs_intent: true,
    page: "",
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (position, facts) in facts.operations.iter().enumerate() {
        let operation = facts.operation;
        let Some(object) = operation.object_refs.first() else { continue };
        let Some(intent) = operation.intent.declared() else { continue };
        let open_to_all = matches!(intent.audience, Audience::Authenticated);
        if !open_to_all || intent.owner.is_some() || !intent.roles.is_empty() {
            continue;
        }
        let message = format!("no ownership rule on `{}`", operation.endpoint);
        findings.push(
            Finding::new(&CHECK, operation.endpoint.to_string(), operation.id_at, message)
                .operation(position)
                .label("any signed-in caller can read any record here")
                .also(object.at, "names the record")
                .help("say whose record it is under `x-tidegate`, or which roles may read others'")
                .add("owner: $.customer_id = claim.sub"),
        );
    }
    findings
}
