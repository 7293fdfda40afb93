//! # Records without an owner
//!
//! **Sees** an operation for signed-in callers that names a record (in path, query, header or body)
//! and declares neither whose record it is nor a role or partner that may read others', where no Cedar
//! policy keeps ordinary callers out. The same where no record is named and everybody's come at once: a
//! list of personal data (of people their names too), or an undescribed answer or whole file (CSV, an
//! archive) of a collection of people, that is not the caller's own by its path or id (`/me/...`).
//! Reference data that is declared `shared`, with a reason and an owner, is left alone where the operation
//! reads, its answer is described to the end and nothing in it is personal.
//!
//! **Matters** because then every signed-in customer reads everybody's records, one id after the
//! other: the most frequent fault of APIs (OWASP API1:2023).
//!
//! **Misses** operations whose specification does not mention the input that names the record, and
//! inputs whose names say nothing of a record: `ref`, `number`, `doc`, a header `X-Tenant`.
//!
//! **Mend** with `owner:` under `x-tidegate`; or `roles:`; or `shared:` for what is nobody's own;
//! or declare the operation public.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::{Facts, OperationFacts};
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-004",
    name: "MissingOwnership",
    title: "records are addressed by an id, and nobody says whose they are",
    many: "operations address records of which nobody says whose they are",
    weight: Weight::Blocker,
    owasp: &["API1:2023"],
    cwe: &["CWE-639"],
    d3fend: &["D3-ACH", "D3-UAP"],
    attack: &["T1213"],
    needs_intent: true,
    page: page!("missing_ownership.rs"),
    run,
};

/// What a caller does with the records of others.
fn what(facts: &OperationFacts<'_>) -> &'static str {
    let operation = facts.operation;
    let into = operation.object_refs.iter().all(|object| matches!(&*object.place, "body" | "form"));
    match operation.endpoint.method().as_str() {
        _ if facts.reads => "read any record",
        "DELETE" => "delete any record",
        "POST" if into => "name any record",
        _ => "change any record",
    }
}

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let object = operation.object_refs.first();
        if object.is_none() && !facts.everybodys {
            return None;
        }
        let intent = operation.intent.declared().filter(|_| facts.audience == Some("authenticated"))?;
        let narrowed = !intent.roles.is_empty() || operation.gated.narrowed_by.is_some();
        (intent.owner.is_none() && !narrowed && !facts.shared).then(|| {
            let found = found(operation.id_at, format!("no ownership rule on `{}`", operation.endpoint))
                .label(match object {
                    Some(_) => format!("any signed-in caller can {} here", what(facts)),
                    None => "every signed-in caller gets everybody's records here".to_owned(),
                })
                .also_at(object.map(|object| object.at), "names the record");
            match &facts.suggested_owner {
                Some(owner) => found
                    .help("say whose record it is under `x-tidegate`, or which roles may read others'")
                    .add(format!("owner: {owner}\n")),
                None => found
                    .help("no field names an owner: say with `owner` whose record it is, or which roles may read it; \
                           reference data is `shared`, with a reason and an owner")
                    .add("roles: [staff]\n"),
            }
        })
    })
}
