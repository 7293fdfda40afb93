//! # An older version left open
//!
//! **Sees** an operation, or a route of a front, that lets anyone in while a newer version of the same
//! door asks for a credential. The version may stand in the path (`/v1/`), in the host name of the
//! server, in the example of a version parameter, or in a route's path.
//!
//! **Matters** because what was mended in the new version still leaks in the old one (OWASP
//! API9:2023), and attackers try `v1` first.
//!
//! **Misses** versions in a media type or header, and doors whose path changed between versions.
//!
//! **Mend** by guarding the old version as the new one, or take it down.

use super::{operations, routes, security_at};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-010",
    name: "UnguardedVersion",
    title: "an older version is open while the newer asks for a credential",
    many: "older versions are open while newer ones ask for a credential",
    weight: Weight::Blocker,
    owasp: &["API9:2023", "API2:2023"],
    cwe: &["CWE-288"],
    d3fend: &["D3-ACH", "D3-AA"],
    attack: &["T1190", "T1595.003"],
    needs_intent: false,
    page: page!("unguarded_version.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = operations(facts, &CHECK, |facts, found| {
        let newer = facts.newer_guarded.as_ref()?;
        let operation = facts.operation;
        (facts.open && !facts.open_by_nature && facts.audience != Some("public")).then(|| {
            let message = format!("`{}` is open, its newer version is not", operation.endpoint);
            found(security_at(operation), message)
                .label("lets everyone in")
                .also(newer.at, format!("`{}` asks for a credential", newer.subject))
                .help("guard the old version as the new one, or take it down")
        })
    });
    found.extend(routes(facts, |route| {
        let newer = route.newer_guarded.as_ref().filter(|_| !route.spoken_for && !route.open_by_nature)?;
        let message = format!("`{}` is open while the newer `{}` is not", route.subject, newer.subject);
        Some(
            Finding::new(&CHECK, route.subject.as_str(), route.route.at, message)
                .label("a call without a credential gets through here")
                .also(newer.at, "asks for a credential")
                .help("guard the old version as the new one, or take it down"),
        )
    }));
    found
}
