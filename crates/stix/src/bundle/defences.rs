//! Defences: mitigations of ATT&CK under MITRE's ids, defensive techniques of D3FEND, and what the two
//! knowledge bases link them to.

use catalog::{attack, d3fend};
use intel::{Claim, Span, Status};
use serde_json::json;

use super::Subject;
use crate::evidence::{Basis, Provenance};
use crate::ids;
use crate::making::Making;

/// Adds them, what the report says of each, and the links.
pub(super) fn defences(making: &mut Making<'_>, subject: &Subject) {
    let intel = making.intel;
    for claim in &intel.mitigations {
        let Some(mitigation) = attack::mitigation(&claim.id) else { continue };
        let own = json!({
            "name": mitigation.name,
            "external_references": [{ "source_name": "mitre-attack", "external_id": mitigation.id }],
        });
        let id = making.known("course-of-action", &mitigation.stix_id(), true, own);
        said(making, subject, &id, claim);
        let because = format!("ATT&CK {} links {} to the technique", catalog::ATTACK_VERSION, claim.id);
        link(making, &id, claim, &because, |technique| {
            attack::technique(technique)
                .is_some_and(|technique| technique.mitigations().any(|mitigation| mitigation.id == claim.id))
        });
    }
    for claim in &intel.d3fend {
        let Some(defence) = d3fend::technique(&claim.id) else { continue };
        let own = json!({
            "name": defence.label,
            "external_references": [{ "source_name": "mitre-d3fend", "external_id": defence.id }],
        });
        let id = making.known("course-of-action", &ids::id("course-of-action", defence.id), false, own);
        said(making, subject, &id, claim);
        let because =
            format!("D3FEND {} links {} to the technique by an artifact", catalog::D3FEND_VERSION, claim.id);
        link(making, &id, claim, &because, |technique| d3fend::is_pair(technique, &claim.id));
    }
}

fn said(making: &mut Making<'_>, subject: &Subject, id: &str, claim: &Claim) {
    let basis = Basis::of(claim.status, &claim.because, claim.by.as_deref(), &claim.spans);
    making.relate(id, "related-to", &subject.id, "defence that the report speaks of", &basis);
}

/// `mitigates`, for the techniques that the knowledge base links to the defence.
fn link(making: &mut Making<'_>, id: &str, claim: &Claim, because: &str, links: impl Fn(&str) -> bool) {
    let intel = making.intel;
    for technique in intel.techniques.iter().filter(|technique| links(&technique.id)) {
        let Some(target) = attack::technique(&technique.id).map(attack::Technique::stix_id) else { continue };
        if !making.has(&target) {
            continue;
        }
        let first = |spans: &[Span]| spans.first().copied();
        let basis = Basis {
            // No surer than either end stands in the report.
            status: claim.status.max(technique.status).max(Status::Stated),
            provenance: Provenance::Knowledge,
            because,
            by: None,
            spans: first(&claim.spans).into_iter().chain(first(&technique.spans)).collect(),
        };
        making.relate(
            id,
            "mitigates",
            &target,
            "link of a knowledge base between two things that the report speaks of",
            &basis,
        );
    }
}
