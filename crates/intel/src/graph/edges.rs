//! What links the claims: what the report says, what knowledge bases have between two of its claims, and
//! what follows from its order.

use super::build::{Build, Link};
use super::nodes::{
    INCIDENT, REPORT, claim_id, data_id, entity_id, erratum_id, event_id, frame_id, number_id, observable_id,
    technique_id, word,
};
use super::{NodeKind, Provenance as P, Relation as R};
use crate::model::{
    Claim, EntityKind, EntityRole, Intel, NumberRole, ObservableRole, Origin, Span, Status, TechniqueClaim,
};

/// Adds every edge. One whose end was left out falls away later.
pub(super) fn add(build: &mut Build, intel: &Intel) {
    // What a report without an incident says hangs at the report.
    let centre = if build.has(INCIDENT) { INCIDENT } else { REPORT };
    if intel.is_incident {
        said(build, REPORT, INCIDENT.to_owned(), R::Describes, Status::Stated, &intel.is_incident_because);
    }
    of_entities(build, intel, centre);
    of_techniques(build, intel, centre);
    of_weaknesses(build, intel, centre);
    of_defences(build, intel);
    of_what_happened(build, intel, centre);
}

fn of_entities(build: &mut Build, intel: &Intel, centre: &str) {
    for entity in &intel.entities {
        let relation = match (entity.role, entity.kind) {
            (EntityRole::Reference, _) => R::RelatedTo,
            (_, EntityKind::Tool) => R::Uses,
            (EntityRole::Victim | EntityRole::Target, _) => R::Targets,
            (
                EntityRole::Discoverer
                | EntityRole::Attacker
                | EntityRole::ThirdParty
                | EntityRole::Affected
                | EntityRole::Authority,
                _,
            ) => R::Involves,
        };
        // Whom a report merely names is no part of the incident.
        let from = if entity.role == EntityRole::Reference { REPORT } else { centre };
        said(
            build,
            from,
            entity_id(&word(&entity.role), &entity.name),
            relation,
            entity.status,
            &entity.spans,
        );
    }
}

fn of_techniques(build: &mut Build, intel: &Intel, centre: &str) {
    for claim in &intel.techniques {
        let id = technique_id(claim, NodeKind::Technique);
        by_origin(
            build,
            centre,
            id.clone(),
            R::Uses,
            claim.origin,
            claim.status,
            &claim.because,
            &claim.spans,
        );
        if claim.origin == Origin::Frame {
            from_frames(build, intel, &id, claim.status, &claim.because, &claim.spans);
        }
        for tactic in intel.tactics.iter().filter(|tactic| is_of(claim, tactic)) {
            known(
                build,
                id.clone(),
                claim_id("tactic", tactic),
                R::PartOf,
                attack("tactic of the technique"),
            );
        }
    }
    for claim in &intel.consequences {
        let id = technique_id(claim, NodeKind::Consequence);
        said(build, centre, id, R::LeadsTo, claim.status, &claim.spans);
    }
    for tactic in intel.tactics.iter().filter(|tactic| tactic.origin == Origin::Id) {
        said(build, centre, claim_id("tactic", tactic), R::RelatedTo, tactic.status, &tactic.spans);
    }
}

fn of_weaknesses(build: &mut Build, intel: &Intel, centre: &str) {
    for (claims, prefix) in [
        (&intel.owasp, "owasp"),
        (&intel.cwe, "weakness"),
        (&intel.capec, "pattern"),
        (&intel.cves, "vulnerability"),
    ] {
        for claim in claims {
            let id = claim_id(prefix, claim);
            by_origin(
                build,
                centre,
                id.clone(),
                R::Exploits,
                claim.origin,
                claim.status,
                &claim.because,
                &claim.spans,
            );
            if claim.origin == Origin::Frame {
                from_frames(build, intel, &id, claim.status, &claim.because, &claim.spans);
            }
        }
    }
    for claim in &intel.owasp_stated {
        said(build, REPORT, claim_id("label", claim), R::RelatedTo, claim.status, &claim.spans);
    }
    for risk in &intel.owasp {
        let weaknesses =
            catalog::owasp::risk(&risk.id).into_iter().flat_map(catalog::owasp::Risk::weaknesses);
        for weakness in weaknesses {
            let to = format!("weakness:{}", weakness.id());
            known(
                build,
                claim_id("owasp", risk),
                to,
                R::RelatedTo,
                format!("OWASP API Security Top 10 {}: its page refers to it", catalog::OWASP_API_EDITION),
            );
        }
    }
    for claim in &intel.cwe {
        let number = claim.id.strip_prefix("CWE-").and_then(|number| number.parse().ok());
        for pattern in
            number.and_then(catalog::cwe::weakness).into_iter().flat_map(|weakness| weakness.patterns())
        {
            let from = format!("pattern:CAPEC-{pattern}");
            let because = format!("{}: the pattern exploits it", catalog::CAPEC_LINKS_VERSION);
            known(build, from, claim_id("weakness", claim), R::Exploits, because);
        }
    }
}

fn of_defences(build: &mut Build, intel: &Intel) {
    for defence in intel.d3fend.iter().chain(&intel.mitigations) {
        let id = claim_id("defence", defence);
        let (relation, because) = (R::Recommends, &defence.because);
        by_origin(build, REPORT, id, relation, defence.origin, defence.status, because, &defence.spans);
    }
    for (claims, kind) in
        [(&intel.techniques, NodeKind::Technique), (&intel.consequences, NodeKind::Consequence)]
    {
        for claim in claims {
            let Some(technique) = catalog::attack::technique(&claim.id) else { continue };
            let to = technique_id(claim, kind);
            for mitigation in technique.mitigations() {
                let from = format!("defence:{}", mitigation.id);
                known(build, from, to.clone(), R::Mitigates, attack("mitigation of the technique"));
            }
            if intel.d3fend.is_empty() {
                continue;
            }
            for counter in catalog::d3fend::counters(&claim.id) {
                let from = format!("defence:{}", counter.defence.id);
                if let Some(path) = counter.paths.first().filter(|_| build.has(&from)) {
                    let because = format!("D3FEND {}: {path}", catalog::D3FEND_VERSION);
                    known(build, from, to.clone(), R::Mitigates, because);
                }
            }
        }
    }
}

fn of_what_happened(build: &mut Build, intel: &Intel, centre: &str) {
    for (claims, relation) in
        [(&intel.data_classes_exposed, R::Exposes), (&intel.data_classes_not_exposed, R::Spares)]
    {
        for claim in claims {
            let id = data_id(claim.class.word(), relation == R::Exposes);
            said(build, centre, id, relation, claim.status, &claim.spans);
        }
    }
    for frame in &intel.frames {
        let id = frame_id(&word(&frame.kind), frame.is_negated);
        said(build, centre, id, R::Has, frame.status, &[frame.span]);
    }
    for number in &intel.numbers {
        let id = number_id(&word(&number.role), number.value, &number.unit);
        let relation = if number.role == NumberRole::Other { R::RelatedTo } else { R::Counts };
        said(build, centre, id, relation, number.status, &number.spans);
    }
    let mut before: Vec<(usize, usize)> = Vec::new();
    for (nth, event) in intel.timeline.iter().enumerate() {
        said(build, centre, event_id(nth), R::Has, event.status, &event.spans);
        before.push((event.order, nth));
    }
    before.sort_unstable();
    for pair in before.chunk_by(|one, other| one.0 == other.0).collect::<Vec<_>>().windows(2) {
        let [earlier, later] = pair else { continue };
        // The last of those at one time before the first of those at the next: a line, not a net.
        if let (Some((_, from)), Some((_, to))) = (earlier.last(), later.first()) {
            let because = "timeline: order of events".to_owned();
            inferred(build, event_id(*from), event_id(*to), R::Precedes, because, &[]);
        }
    }
    for observable in &intel.observables {
        let id = observable_id(&word(&observable.kind), &observable.value);
        match observable.role {
            ObservableRole::Indicator => {
                link_said(build, id, centre.to_owned(), R::Indicates, observable.status, &observable.spans)
            }
            ObservableRole::Hunting
            | ObservableRole::Example
            | ObservableRole::Placeholder
            | ObservableRole::Reference => {
                said(build, REPORT, id, R::RelatedTo, observable.status, &observable.spans);
            }
        }
    }
    for (nth, erratum) in intel.errata.iter().enumerate() {
        let spans: Vec<Span> = erratum.places.iter().filter_map(|place| place.span).collect();
        inferred(build, erratum_id(nth), REPORT.to_owned(), R::Contradicts, "errata".to_owned(), &spans);
    }
}

/// Whether a tactic of the report is one of the technique's.
fn is_of(claim: &TechniqueClaim, tactic: &Claim) -> bool {
    catalog::attack::technique(&claim.id)
        .is_some_and(|technique| technique.tactics().any(|other| other.id == tactic.id))
}

/// From the frames at a claim's own places to the claim: it was made of them.
fn from_frames(build: &mut Build, intel: &Intel, to: &str, status: Status, because: &str, spans: &[Span]) {
    for frame in intel.frames.iter().filter(|frame| !frame.is_negated && spans.contains(&frame.span)) {
        build.link(Link {
            from: frame_id(&word(&frame.kind), false),
            to: to.to_owned(),
            relation: R::Indicates,
            provenance: P::Inferred,
            status,
            because: because.to_owned(),
            spans: vec![frame.span],
        });
    }
}

/// An edge by what its claim was taken from: the report's own word, a definition, a knowledge base.
#[expect(clippy::too_many_arguments, reason = "the fields of an edge, once")]
fn by_origin(
    build: &mut Build,
    from: &str,
    to: String,
    relation: R,
    origin: Origin,
    status: Status,
    because: &str,
    spans: &[Span],
) {
    let provenance = match origin {
        Origin::Id | Origin::Name if status != Status::Suggested => P::Report,
        Origin::Id | Origin::Name | Origin::Frame | Origin::Knowledge | Origin::Classifier => P::Inferred,
    };
    build.link(Link {
        from: from.to_owned(),
        to,
        relation,
        provenance,
        status,
        because: because.to_owned(),
        spans: spans.to_vec(),
    });
}

fn said(build: &mut Build, from: &str, to: String, relation: R, status: Status, spans: &[Span]) {
    link_said(build, from.to_owned(), to, relation, status, spans);
}

fn link_said(build: &mut Build, from: String, to: String, relation: R, status: Status, spans: &[Span]) {
    let provenance = if status == Status::Suggested || spans.is_empty() { P::Inferred } else { P::Report };
    let because = "said there".to_owned();
    build.link(Link { from, to, relation, provenance, status, because, spans: spans.to_vec() });
}

fn inferred(build: &mut Build, from: String, to: String, relation: R, because: String, spans: &[Span]) {
    let (provenance, status) = (P::Inferred, Status::Suggested);
    build.link(Link { from, to, relation, provenance, status, because, spans: spans.to_vec() });
}

fn known(build: &mut Build, from: String, to: String, relation: R, because: String) {
    let (provenance, status) = (P::Knowledge, Status::Suggested);
    build.link(Link { from, to, relation, provenance, status, because, spans: Vec::new() });
}

fn attack(what: &str) -> String {
    format!("ATT&CK {}: {what}", catalog::ATTACK_VERSION)
}
