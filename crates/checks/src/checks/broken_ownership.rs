//! # An ownership rule that names what does not exist
//!
//! **Sees** a rule over a field that is not in the described answer, over a path parameter that is not
//! in the path, over a parent endpoint that no specification has, or over a claim that no credential of
//! the operation can carry: keys and certificates carry none but `sub`, and so does everything at a
//! gateway of ours that believes no issuer. And a rule over a field of the answer on an operation that
//! changes a record: the answer comes when the change is made, and a deletion has none.
//!
//! **Matters** because such a rule never holds: the gateway refuses everyone, somebody switches the
//! rule off, and the records have no owner again (OWASP API1:2023); one that is known too late lets every
//! signed-in caller change and delete what is not theirs.
//!
//! **Misses** fields of answers that are described loosely or not at all, and claims of tokens: what an
//! issuer puts into a token stands in no specification.
//!
//! **Mend** by naming what the answer, the path or the token has; on changes with `path.NAME`,
//! `parent GET ...` or `roles` in place of `owner`.

use super::{intent_at, operations};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::{Facts, OwnerFault};
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-005",
    name: "BrokenOwnership",
    title: "the ownership rule names something that does not exist",
    many: "ownership rules name something that does not exist",
    weight: Weight::Blocker,
    owasp: &["API1:2023"],
    cwe: &["CWE-863"],
    d3fend: &["D3-ACH", "D3-UAP"],
    attack: &["T1213"],
    needs_intent: false,
    page: page!("broken_ownership.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let fault = facts.owner_faults.first()?;
        let operation = facts.operation;
        let message = format!("the owner of records of `{}` cannot be told", operation.endpoint);
        let help = match &fault.nearest {
            Some(nearest) => format!("write `{}`, which is what there is", mended(fault, nearest)),
            None if fault.missing == "proof" => {
                "write a rule over the path (`path.id = claim.sub`), `parent GET` with the endpoint that shows \
                 the record first, or `roles` in its place"
                    .to_owned()
            }
            None => {
                "name a field of the answer, a parameter of the path or an operation that exists".to_owned()
            }
        };
        let field = operation.answer.at.filter(|_| fault.missing == "field");
        let label = match fault.missing {
            "proof" => format!("`{}` is known from the answer, when the change is made", fault.rule),
            _ => format!("`{}` needs {}, which does not exist", fault.rule, what(fault)),
        };
        Some(
            found(intent_at(operation), message)
                .label(label)
                .also_at(field, "the answer is described here")
                .help(help),
        )
    })
}

fn what(fault: &OwnerFault) -> String {
    let kind = match fault.missing {
        "field" => "the field",
        "parameter" => "the path parameter",
        "parent" => "the endpoint",
        _ => "the claim",
    };
    format!("{kind} `{}`", fault.name)
}

/// The rule with what exists in place of what does not.
fn mended(fault: &OwnerFault, nearest: &str) -> String {
    fault.rule.replacen(&fault.name, nearest, 1)
}
