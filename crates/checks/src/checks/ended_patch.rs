//! # A virtual patch that has ended
//!
//! **Sees** a virtual patch whose `@expires` is past.
//!
//! **Matters** because it forbids nothing any more: what it closed is open again, unless the service was
//! mended meanwhile.
//!
//! **Misses** patches that end tomorrow, and whether the fault behind one is mended.
//!
//! **Mend** by removing it once the service is mended; else give it a new day.

use super::Finding;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;

pub(crate) static CHECK: Check = Check {
    id: "ACH-109",
    name: "EndedPatch",
    title: "a virtual patch has ended, and forbids nothing any more",
    many: "virtual patches have ended",
    weight: Weight::Warning,
    owasp: &["API8:2023"],
    cwe: &["CWE-672"],
    d3fend: &["D3-ACH"],
    attack: &["T1190"],
    needs_intent: false,
    page: page!("ended_patch.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let ended = facts.patches.iter().filter(|patch| patch.expired);
    ended
        .map(|patch| {
            let message = format!("the patch `{}` ended {}", patch.subject, patch.patch.expires);
            Finding::new(&CHECK, patch.subject, patch.patch.at, message)
                .label(format!("forbids nothing any more: {}", patch.patch.reason))
                .help("remove it where the service is mended; else give it a new last day under `@expires`")
        })
        .collect()
}
