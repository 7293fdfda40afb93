//! # An administrator's function for ordinary callers
//!
//! **Sees** an operation that by path, tag or name is for administrators (`admin`, `internal`,
//! `actuator`, `impersonate`, an export of everything) and that any signed-in caller, or anyone, may
//! call: no role, partner, network or scope that says otherwise. Also an open route of a front to such
//! a path.
//!
//! **Matters** because an ordinary account then reads and changes everybody's records (OWASP
//! API5:2023), and these paths are the first that a scanner tries.
//!
//! **Misses** functions with innocent names, and services that look up the role by themselves: then
//! say so with `roles:`.
//!
//! **Mend** with `roles:`, or `audience: { internal: [...] }`.

use super::{intent_at, operations, routes};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-011",
    name: "OrdinaryAdmin",
    title: "an administrator's function can be reached with an ordinary credential",
    many: "administrators' functions can be reached with an ordinary credential",
    weight: Weight::Blocker,
    owasp: &["API5:2023"],
    cwe: &["CWE-862"],
    d3fend: &["D3-ACH", "D3-UAP"],
    attack: &["T1078", "T1190"],
    needs_intent: true,
    page: page!("ordinary_admin.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = operations(facts, &CHECK, |facts, found| {
        let sign = facts.admin.as_ref().filter(|_| !facts.narrowed && !facts.sign_in)?;
        let operation = facts.operation;
        let who = if facts.open { "anyone" } else { "any signed-in caller" };
        let message = format!("{who} can call `{}`", operation.endpoint);
        let found = found(intent_at(operation), message)
            .label(format!("for administrators, as its {} `{}` says", sign.from, sign.word))
            .help("say which roles may call it, or from which networks")
            .add("roles: [admin]\n");
        Some(if facts.opened { found.shown_by_the_document() } else { found })
    });
    found.extend(routes(facts, |route| {
        let sign = route.admin.as_ref().filter(|_| !route.spoken_for && route.open && route.outside)?;
        let message = format!("anyone can call `{}`", route.subject);
        Some(
            Finding::new(&CHECK, route.subject.as_str(), route.route.at, message)
                .label(format!("for administrators, as `{}` says, and nothing guards it", sign.word))
                .help("ask for a credential here, or let only your own networks in")
                .shown_by_the_document(),
        )
    }));
    found
}
