//! Weaknesses (CWE, OWASP API Security Top 10) and vulnerabilities (CVE).

use intel::{Claim, Status};
use serde_json::json;

use super::Subject;
use super::entities::Targets;
use crate::evidence::{Basis, Provenance};
use crate::ids;
use crate::making::Making;

/// Adds them. STIX has no weakness: a vulnerability that names CWE or OWASP stands for it.
pub(super) fn weaknesses(making: &mut Making<'_>, subject: &Subject, targets: &Targets) {
    let intel = making.intel;
    for (source, claims, what, is_of_the_door) in [
        ("cve", &intel.cves, "vulnerability that the report names", false),
        ("cwe", &intel.cwe, "weakness", true),
        ("owasp-api", &intel.owasp, "weakness by OWASP's definition", true),
        // A label is what the report calls it; `errata` say where it is not what it tells.
        ("owasp-api", &intel.owasp_stated, "weakness as the report labels it", false),
    ] {
        for claim in claims {
            let id = put(making, source, claim);
            let basis = Basis::of(claim.status, &claim.because, claim.by.as_deref(), &claim.spans);
            making.relate(&subject.id, "related-to", &id, what, &basis);
            // Which of several doors had it, the report does not say.
            if let (Some((door, spans)), true) =
                (targets.only(), is_of_the_door && claim.status.is_asserted())
            {
                let basis = Basis {
                    status: Status::Suggested,
                    provenance: Provenance::Inferred,
                    because: "the only door that the report names",
                    by: None,
                    spans: spans.iter().chain(&claim.spans).copied().collect(),
                };
                let door = door.to_owned();
                making.relate(&door, "has", &id, what, &basis);
            }
        }
    }
}

fn put(making: &mut Making<'_>, source: &str, claim: &Claim) -> String {
    let name = match catalog::entry(&claim.id).map(|entry| entry.name()) {
        Some(name) if !name.is_empty() => format!("{}: {name}", claim.id),
        _ => claim.id.clone(),
    };
    let own = json!({
        "name": name,
        "external_references": [{ "source_name": source, "external_id": claim.id }],
    });
    making.known("vulnerability", &ids::id("vulnerability", &claim.id), false, own)
}
