//! # No bound on records per call
//!
//! **Sees** a page size without a maximum, or with one (as every bound here) above 100,000; a list in the request, each element of which names or makes
//! a record, without `maxItems`; an answer that is a list of personal data (of people their names too) with neither a page size nor
//! a length, and neither owner nor budget; likewise a whole file (CSV, a sheet, an archive, a stream)
//! that by path, id or summary is of a collection of people or an export, and an undescribed answer of
//! one that is open to everyone.
//!
//! **Matters** because `?limit=100000` turns a limit on requests into no limit on records (OWASP
//! API4:2023): one call is the leak.
//!
//! **Misses** bounds that the service keeps and the document does not mention; one record by its id in an
//! envelope that could hold more.
//!
//! **Mend** with `maximum:` or `maxItems:` in the document.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-007",
    name: "UnboundedRecords",
    title: "one call can ask for any number of records",
    many: "operations bound no call's records",
    weight: Weight::Blocker,
    owasp: &["API4:2023"],
    cwe: &["CWE-770", "CWE-1284"],
    d3fend: &["D3-ACH"],
    attack: &["T1119", "T1213"],
    needs_intent: false,
    page: page!("unbounded_records.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let unbounded = facts.unbounded.as_ref()?;
        let endpoint = &facts.operation.endpoint;
        let (message, label, add) = match unbounded.what {
            "page-size" => (
                format!("no largest page on `{endpoint}`"),
                format!("`{}` takes any number", unbounded.name),
                "maximum: 100\n",
            ),
            "bulk" => (
                format!("no longest list in a request to `{endpoint}`"),
                format!("`{}` takes any number of records", unbounded.name),
                "maxItems: 100\n",
            ),
            "undescribed" => (
                format!("no longest answer of `{endpoint}`"),
                "nothing says what is in it, nor how many records".to_owned(),
                "",
            ),
            _ => (
                format!("no longest answer of `{endpoint}`"),
                "every record there is can be in one answer".to_owned(),
                // Only where the answer itself is the list do the lines belong to its schema.
                if facts.operation.answer.fields.iter().all(|field| field.path.starts_with("[]")) {
                    "maxItems: 100\n"
                } else {
                    ""
                },
            ),
        };
        let help = if unbounded.what == "undescribed" {
            "describe the answer and its longest list, or declare `owner` or `budget` under `x-tidegate`"
        } else {
            "say in its schema how many at most, and let the service keep to it"
        };
        Some(found(unbounded.at, message).label(label).help(help).add(add))
    })
}
