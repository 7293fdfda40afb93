//! # No limit
//!
//! **Sees** an operation with declared intent that returns, names or makes records, and for which
//! neither the intent has a `limit` or `budget` nor a front limits the pace. More than 1,000 requests or
//! people a second are no limit, nor are more than 3,600,000 in a window, however long, which may be spent at once, but at a gateway of ours, which keeps budgets beside its pace. Whole
//! files (CSV, a sheet, an archive, a stream) are records, and so is JSON or XML that nobody describes
//! where it is read, where everyone gets it, or where path, id or summary speak of a collection of people.
//!
//! **Matters** because a script then takes the whole table as fast as the line allows: the founding
//! incident's 5,000 records were 500 requests (OWASP API4:2023).
//!
//! **Misses** limits inside the service, which no file here shows.
//!
//! **Mend** with `limit:` (requests, or distinct objects) or `budget:` (people) under `x-tidegate`.
//! Operations for `internal` callers need none.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-006",
    name: "MissingLimit",
    title: "nothing limits how fast records can be taken",
    many: "operations have no limit",
    weight: Weight::Blocker,
    owasp: &["API4:2023"],
    cwe: &["CWE-770", "CWE-799"],
    d3fend: &["D3-ACH", "D3-ITF"],
    attack: &["T1119"],
    needs_intent: true,
    page: page!("missing_limit.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let audience = facts.audience.filter(|audience| *audience != "internal")?;
        (facts.yields_records && !facts.limited).then(|| {
            let who = if audience == "public" { "anyone" } else { "one caller" };
            let found = found(operation.id_at, format!("no limit on `{}`", operation.endpoint))
                .label(format!("{who} can ask as fast as the line allows"));
            if operation.intent.declared().is_some_and(|intent| !intent.limit.is_empty()) {
                return found.help("declare fewer: more than 1,000 requests a second limit nobody");
            }
            found
                .help("say under `x-tidegate` how often one caller may ask, or whose data of how many people may go")
                .add("limit: [{ requests: 60, per: 1m }]\n")
        })
    })
}
