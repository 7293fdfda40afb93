//! # An ownership rule that names what does not exist
//!
//! **Sees** a rule over a field that is not in the described answer, over a path parameter that is not
//! in the path, over a parent endpoint that no specification has, or over a claim that no credential of
//! the operation can carry.
//!
//! **Matters** because such a rule never holds: the gateway refuses everyone, somebody switches the
//! rule off, and the records have no owner again (OWASP API1:2023).
//!
//! **Misses** fields of answers that are described loosely or not at all, and claims of tokens: what an
//! issuer puts into a token stands in no specification.
//!
//! **Mend** by naming what the answer, the path or the token has.

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
            None => {
                "name a field of the answer, a parameter of the path or an operation that exists".to_owned()
            }
        };
        let add = fault.nearest.as_ref().map(|nearest| format!("owner: {}\n", mended(fault, nearest)));
        let field = operation.answer.at.filter(|_| fault.missing == "field");
        let label = format!("`{}` needs {}, which does not exist", fault.rule, what(fault));
        Some(
            found(intent_at(operation), message)
                .label(label)
                .also_at(field, "the answer is described here")
                .help(help)
                .add(add.unwrap_or_default()),
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
