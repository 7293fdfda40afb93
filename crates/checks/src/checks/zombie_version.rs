//! # An old version still served
//!
//! **Sees** an endpoint in traffic, or a front's route, of a version that the specification no longer
//! has or marks as deprecated, while a newer version of it is specified.
//!
//! **Matters** because old versions are guarded by old rules and watched by nobody: a zombie (OWASP
//! API9:2023).
//!
//! **Misses** old versions whose path differs by more than the version, and versions in headers.
//!
//! **Mend** by taking it down at the front; until then guard it as the new one.

use super::routes;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-018",
    name: "ZombieVersion",
    title: "an old version is still served",
    many: "old versions are still served",
    weight: Weight::Blocker,
    owasp: &["API9:2023"],
    cwe: &["CWE-672"],
    d3fend: &["D3-AI", "D3-ITF"],
    attack: &["T1190", "T1595.003"],
    needs_intent: false,
    page: page!("zombie_version.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let zombies = facts.traffic.iter().filter_map(|seen| Some((seen, seen.newer.as_ref()?)));
    let mut found: Vec<Finding> = zombies
        .map(|(seen, newer)| {
            let message = format!("the old `{}` is still served", seen.subject);
            Finding::new(&CHECK, seen.subject.as_str(), seen.seen.at, message)
                .label(format!("{} answers", seen.seen.served))
                .also(newer.at, format!("`{}` is newer", newer.subject))
                .help("take the old version down at the front, or guard it as the new one")
        })
        .collect();
    found.extend(routes(facts, |route| {
        let newer = route.newer_specified.as_ref()?;
        let message = format!("`{}` leads to a version that no specification has", route.subject);
        Some(
            Finding::new(&CHECK, route.subject.as_str(), route.route.at, message)
                .label("an old version is still served here")
                .also(newer.at, format!("`{}` is newer", newer.subject))
                .help("take the route out, or specify the old version too"),
        )
    }));
    found
}
