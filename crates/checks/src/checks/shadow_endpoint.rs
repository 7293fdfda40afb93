//! # Served, not specified
//!
//! **Sees** an endpoint that traffic shows to be served and no specification has; and a front's route to
//! the same service as a specified one, to paths that no specification has.
//!
//! **Matters** because what nobody wrote down nobody guards, reviews or retires: a shadow (OWASP
//! API9:2023).
//!
//! **Misses** endpoints that neither the traffic given here nor a route of its own shows; catch-all
//! routes; what answers other than with success; as long as no personal data left there, questions of
//! browsers (CORS preflight), health, assets, documentation, and paths of which the gateway knew no door
//! (`{*unseen}`, of which the file's own line tells).
//!
//! **Mend** by specifying it with its intent, or by no longer serving it.

use super::routes;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-017",
    name: "ShadowEndpoint",
    title: "an endpoint is served that no specification has",
    many: "endpoints are served that no specification has",
    weight: Weight::Blocker,
    owasp: &["API9:2023"],
    cwe: &["CWE-912"],
    d3fend: &["D3-AI", "D3-ITF"],
    attack: &["T1190", "T1595.003"],
    needs_intent: false,
    page: page!("shadow_endpoint.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let shadows = facts.traffic.iter().filter(|seen| seen.unspecified && seen.newer.is_none());
    let mut found: Vec<Finding> = shadows
        .map(|seen| {
            let message = format!("`{}` is served and not specified", seen.subject);
            let classes = if seen.seen.classes.is_empty() {
                String::new()
            } else {
                format!(", and {} left", seen.seen.classes)
            };
            let counts = format!(
                "{} answers, {} to callers whom nobody verified",
                seen.seen.served, seen.seen.anonymous
            );
            Finding::new(&CHECK, seen.subject.as_str(), seen.seen.at, message)
                .label(format!("{counts}{classes}"))
                .help("specify it with its intent, or stop serving it")
        })
        .collect();
    found.extend(routes(facts, |route| {
        let beside = route.unspecified_beside.as_ref()?;
        let message = format!("`{}` leads to what no specification has", route.subject);
        Some(
            Finding::new(&CHECK, route.subject.as_str(), route.route.at, message)
                .label("leads to the same service as specified operations")
                .also(beside.at, format!("`{}` serves what is specified", beside.subject))
                .help("specify what it leads to, with its intent, or take the route out"),
        )
    }));
    found
}
