//! Claims into nodes. The id of a node says its kind and what it is, so that two reports can be compared.

use serde::Serialize;

use super::build::{Build, node};
use super::{Node, NodeKind, When};
use crate::model::{
    Amount, Bound, Claim, EntityKind, Intel, NumberRole, Origin, Span, Status, TechniqueClaim,
};

/// The id of the report's node.
pub(super) const REPORT: &str = "report";
/// The id of the incident's node.
pub(super) const INCIDENT: &str = "incident";

/// Adds a node for each claim, the short lists first: they are never what is left out.
pub(super) fn add(build: &mut Build, intel: &Intel) {
    add_the_case(build, intel);
    for claim in &intel.techniques {
        build.node(technique(claim, NodeKind::Technique));
    }
    for claim in &intel.consequences {
        build.node(technique(claim, NodeKind::Consequence));
    }
    for (claims, prefix, kind) in [
        (&intel.tactics, "tactic", NodeKind::Tactic),
        (&intel.owasp, "owasp", NodeKind::Owasp),
        (&intel.owasp_stated, "label", NodeKind::Owasp),
        (&intel.cwe, "weakness", NodeKind::Weakness),
        (&intel.capec, "pattern", NodeKind::AttackPattern),
        (&intel.cves, "vulnerability", NodeKind::Vulnerability),
        (&intel.d3fend, "defence", NodeKind::Defence),
        (&intel.mitigations, "defence", NodeKind::Defence),
    ] {
        for claim in claims {
            build.node(of_claim(claim, prefix, kind));
        }
    }
    for (claims, is_out) in [(&intel.data_classes_exposed, true), (&intel.data_classes_not_exposed, false)] {
        for claim in claims {
            let word = claim.class.word();
            let label = if is_out { word.to_owned() } else { format!("{word}: not exposed") };
            let because = if is_out { "data class" } else { "data class, not exposed" };
            let id = data_id(word, is_out);
            let mut made = node(id, NodeKind::Data, &label, claim.status, because, &claim.spans);
            made.detail = format!("in the report's words: {}", claim.words);
            build.node(made);
        }
    }
    for frame in &intel.frames {
        let word = word(&frame.kind);
        let because = if frame.is_negated { "frame, denied" } else { "frame" };
        let id = frame_id(&word, frame.is_negated);
        let label = if frame.is_negated { format!("not {word}") } else { word };
        build.node(node(id, NodeKind::Frame, &label.replace('-', " "), frame.status, because, &[frame.span]));
    }
    for (nth, erratum) in intel.errata.iter().enumerate() {
        let spans: Vec<Span> = erratum.places.iter().filter_map(|place| place.span).collect();
        let kind = word(&erratum.kind).replace('-', " ");
        let mut made = node(erratum_id(nth), NodeKind::Erratum, &kind, Status::Suggested, "errata", &spans);
        made.detail.clone_from(&erratum.message);
        build.node(made);
    }
    add_the_lists(build, intel);
}

fn add_the_case(build: &mut Build, intel: &Intel) {
    let title = intel.title.as_ref();
    build.node(node(
        REPORT.to_owned(),
        NodeKind::Report,
        title.map_or("report", |claim| claim.id.as_str()),
        Status::Stated,
        "the report itself",
        title.map_or(&[], |claim| claim.spans.as_slice()),
    ));
    if intel.is_incident {
        let mut made = node(
            INCIDENT.to_owned(),
            NodeKind::Incident,
            "incident",
            Status::Stated,
            "tells of something that happened",
            &intel.is_incident_because,
        );
        if let Some(risk) = &intel.risk {
            made.detail = format!("risk {}: {}", word(&risk.level), risk.arithmetic);
        }
        build.node(made);
    }
    for entity in &intel.entities {
        let kind = match entity.kind {
            EntityKind::Organisation | EntityKind::Person => NodeKind::Identity,
            EntityKind::System | EntityKind::Product => NodeKind::Infrastructure,
            EntityKind::Tool => NodeKind::Tool,
        };
        let role = word(&entity.role);
        let mut made =
            node(entity_id(&role, &entity.name), kind, &entity.name, entity.status, &role, &entity.spans);
        made.detail = match &entity.sector {
            Some(sector) => format!("{role}, {sector}"),
            None => role,
        };
        build.node(made);
    }
}

fn add_the_lists(build: &mut Build, intel: &Intel) {
    for number in &intel.numbers {
        let bound = match number.bound {
            Bound::Exact => "",
            Bound::About => "about ",
            Bound::AtLeast => "at least ",
            Bound::AtMost => "at most ",
        };
        let role = word(&number.role);
        let says = match number.role {
            NumberRole::Other => String::new(),
            NumberRole::Requests => String::new(),
            _ => format!(", {}", role.replace('_', " ")),
        };
        let label = format!("{bound}{} {}{says}", amount(number.value), number.unit);
        let id = number_id(&role, number.value, &number.unit);
        let mut made = node(id, NodeKind::Number, &label, number.status, "number", &number.spans);
        made.detail = role.replace('_', " ");
        build.node(made);
    }
    for (nth, event) in intel.timeline.iter().enumerate() {
        let kind = word(&event.kind).replace('-', " ");
        let mut made =
            node(event_id(nth), NodeKind::Event, &kind, event.status, &event.because, &event.spans);
        made.at = Some(When { order: event.order, date: event.date.clone() });
        made.detail = match (&event.date, event.is_ongoing) {
            (Some(date), _) => match &event.until {
                Some(until) => format!("{kind}: {date} to {until}"),
                None => format!("{kind}: {date}"),
            },
            (None, true) => format!("{kind}, and goes on"),
            (None, false) => kind,
        };
        build.node(made);
    }
    for observable in &intel.observables {
        let kind = word(&observable.kind);
        let id = observable_id(&kind, &observable.value);
        let role = word(&observable.role);
        let mut made =
            node(id, NodeKind::Observable, &observable.value, observable.status, &role, &observable.spans);
        made.detail = format!("{kind}, {role}");
        build.node(made);
    }
}

fn technique(claim: &TechniqueClaim, kind: NodeKind) -> Node {
    let label = format!("{} {}", claim.id, claim.name);
    let mut made = node(technique_id(claim, kind), kind, &label, claim.status, &claim.because, &claim.spans);
    made.detail = claim.tactics.join(", ");
    made
}

fn of_claim(claim: &Claim, prefix: &str, kind: NodeKind) -> Node {
    let label = if claim.name.is_empty() { claim.id.clone() } else { format!("{} {}", claim.id, claim.name) };
    let mut made = node(claim_id(prefix, claim), kind, &label, claim.status, &claim.because, &claim.spans);
    if prefix == "label" {
        made.detail = "as the report labels it".to_owned();
    } else if claim.origin == Origin::Frame {
        made.detail = "by definition from what happened".to_owned();
    }
    made
}

pub(super) fn technique_id(claim: &TechniqueClaim, kind: NodeKind) -> String {
    let prefix = if kind == NodeKind::Consequence { "consequence" } else { "technique" };
    format!("{prefix}:{}", claim.id)
}

pub(super) fn claim_id(prefix: &str, claim: &Claim) -> String {
    format!("{prefix}:{}", claim.id)
}

pub(super) fn data_id(word: &str, is_out: bool) -> String {
    format!("data:{}{word}", if is_out { "" } else { "not-" })
}

pub(super) fn frame_id(word: &str, is_negated: bool) -> String {
    format!("frame:{}{word}", if is_negated { "not-" } else { "" })
}

pub(super) fn entity_id(role: &str, name: &str) -> String {
    format!("identity:{role}:{name}")
}

pub(super) fn number_id(role: &str, value: Amount, unit: &str) -> String {
    format!("number:{role}:{}:{unit}", amount(value))
}

pub(super) fn event_id(nth: usize) -> String {
    format!("event:{nth:04}")
}

pub(super) fn observable_id(kind: &str, value: &str) -> String {
    format!("observable:{kind}:{value}")
}

pub(super) fn erratum_id(nth: usize) -> String {
    format!("erratum:{nth:03}")
}

fn amount(value: Amount) -> String {
    match value {
        Amount::Whole(whole) => whole.to_string(),
        Amount::Decimal(decimal) => decimal.to_string(),
    }
}

/// The word of a value of a plain enum, as in JSON.
pub(super) fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
