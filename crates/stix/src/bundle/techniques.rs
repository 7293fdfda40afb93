//! Techniques of ATT&CK, under MITRE's own ids, and patterns of CAPEC.

use catalog::attack;
use intel::{Status, TechniqueClaim};
use serde_json::{Value, json};

use super::Subject;
use crate::evidence::Basis;
use crate::ids;
use crate::making::Making;

/// Adds them and what the report says of each. What it asserts is `uses`; what it holds possible, what we
/// suggest and what is only feared is `related-to`, so that no importer takes it for an observation.
pub(super) fn techniques(making: &mut Making<'_>, subject: &Subject) {
    let intel = making.intel;
    for claim in &intel.techniques {
        let Some(technique) = technique(making, claim) else { continue };
        let basis = Basis::of(claim.status, &claim.because, claim.by.as_deref(), &claim.spans);
        let (kind, what) = match claim.status {
            Status::Stated | Status::Claimed if subject.is_incident => ("uses", "technique of the incident"),
            Status::Stated | Status::Claimed => ("related-to", "technique that the report names"),
            Status::Hypothetical => ("related-to", "technique that the report holds possible"),
            Status::Suggested => ("related-to", "technique that is suggested, not told"),
        };
        making.relate(&subject.id, kind, &technique, what, &basis);
    }
    for claim in &intel.consequences {
        let Some(technique) = technique(making, claim) else { continue };
        let basis = Basis::of(claim.status.max(Status::Hypothetical), &claim.because, None, &claim.spans);
        making.relate(
            &subject.id,
            "related-to",
            &technique,
            "technique that may follow, no part of what happened",
            &basis,
        );
    }
    for claim in &intel.capec {
        let id = ids::id("attack-pattern", &claim.id);
        let own = json!({
            "name": claim.id,
            "external_references": [{ "source_name": "capec", "external_id": claim.id }],
        });
        let pattern = making.known("attack-pattern", &id, false, own);
        let basis = Basis::of(claim.status, &claim.because, claim.by.as_deref(), &claim.spans);
        making.relate(&subject.id, "related-to", &pattern, "attack pattern that the report names", &basis);
    }
}

fn technique(making: &mut Making<'_>, claim: &TechniqueClaim) -> Option<String> {
    let technique = attack::technique(&claim.id)?;
    Some(put(making, technique))
}

/// Adds a technique by MITRE's id.
pub(crate) fn put(making: &mut Making<'_>, technique: &attack::Technique) -> String {
    making.known("attack-pattern", &technique.stix_id(), true, object(technique))
}

/// The properties of a technique: its id, name and tactics, no word of MITRE's descriptions.
pub(crate) fn object(technique: &attack::Technique) -> Value {
    let phases: Vec<Value> = technique
        .tactics()
        .map(|tactic| json!({ "kill_chain_name": "mitre-attack", "phase_name": tactic.shortname }))
        .collect();
    let mut own = json!({
        "name": technique.name,
        "external_references": [{ "source_name": "mitre-attack", "external_id": technique.id }],
    });
    if let (Some(own), false) = (own.as_object_mut(), phases.is_empty()) {
        own.insert("kill_chain_phases".into(), Value::Array(phases));
    }
    own
}
