//! What happened as an Attack Flow 2 (an extension of STIX by the Center for Threat-Informed Defense).
//!
//! Faults that made it possible are conditions, techniques are actions, the open door and the data are
//! assets. Actions follow each other in the order of ATT&CK's tactics: that order is our inference, and
//! each action says so. What is only suggested or feared is left out.

use std::collections::BTreeMap;

use catalog::attack;
use intel::{EntityRole, Frame, Intel, Span, Status, TechniqueClaim};
use rstix::{Bundle, ParseOptions};
use serde_json::{Value, json};

use crate::BundleError;
use crate::bundle::techniques;
use crate::evidence::{Basis, Provenance};
use crate::facts::word;
use crate::making::Making;
use crate::options::Options;

const EXTENSION: &str = "extension-definition--fb9c968a-745b-4ade-9b25-c324172197f4";
const CREATOR: &str = "identity--fb9c968a-745b-4ade-9b25-c324172197f4";
const CREATED: &str = "2022-08-02T19:34:35.143Z";

/// The flow, indented, with a last line feed; none where the report tells of no incident, or of neither a
/// fault nor a technique. The same arguments give the same bytes.
///
/// # Errors
/// When what was made is refused by `rstix`, which would be a fault of ours.
pub fn attack_flow(intel: &Intel, report: &[u8], options: &Options) -> Result<Option<String>, BundleError> {
    let mut making = Making::new(intel, report, options);
    let steps = steps(intel);
    let faults = faults(intel);
    if !intel.is_incident || steps.is_empty() && faults.is_empty() {
        return Ok(None);
    }
    extension(&mut making);
    let assets = assets(&mut making);
    // From the last step to the first, so that each knows what follows it.
    let mut next: Vec<String> = Vec::new();
    for (_, claims) in steps.into_iter().rev() {
        next = claims.iter().filter_map(|claim| action(&mut making, claim, &assets, &next)).collect();
    }
    let starts: Vec<String> =
        faults.iter().map(|(fault, spans)| condition(&mut making, fault, spans, &next)).collect();
    let starts = if starts.is_empty() { next } else { starts };
    let spans = intel.is_incident_because.clone();
    let name = intel.title.as_ref().map_or("Incident", |title| title.id.as_str());
    let own = json!({
        "name": name.chars().take(200).collect::<String>(),
        "description": format!(
            "Conditions and techniques as the report tells them. Their order follows ATT&CK's tactics and is inferred. Held against {}.",
            intel.held_against()
        ),
        "scope": "incident",
        "start_refs": starts,
        "extensions": mark(),
    });
    making.about("attack-flow", "flow", &Basis::of(Status::Stated, "", None, &spans), own);
    let text = serde_json::to_string_pretty(&making.finish()).map_err(BundleError::Written)? + "\n";
    Bundle::parse_with_options(&text, &ParseOptions::default().allow_custom(true))
        .map_err(|error| BundleError::Refused(Box::new(error)))?;
    Ok(Some(text))
}

fn mark() -> Value {
    json!({ EXTENSION: { "extension_type": "new-sdo" } })
}

fn extension(making: &mut Making<'_>) {
    making.put(json!({
        "type": "identity",
        "spec_version": "2.1",
        "id": CREATOR,
        "created_by_ref": CREATOR,
        "created": CREATED,
        "modified": CREATED,
        "name": "MITRE Center for Threat-Informed Defense",
        "identity_class": "organization"
    }));
    making.put(json!({
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": EXTENSION,
        "created_by_ref": CREATOR,
        "created": CREATED,
        "modified": CREATED,
        "name": "Attack Flow",
        "description": "Attack flows in STIX 2.1.",
        "schema": "https://center-for-threat-informed-defense.github.io/attack-flow/stix/attack-flow-schema-2.0.0.json",
        "version": "2.0.0",
        "extension_types": ["new-sdo"]
    }));
}

/// Techniques of the report by the place of their first tactic in the matrix.
fn steps(intel: &Intel) -> BTreeMap<usize, Vec<&TechniqueClaim>> {
    let mut steps: BTreeMap<usize, Vec<&TechniqueClaim>> = BTreeMap::new();
    for claim in intel.techniques.iter().filter(|claim| claim.status < Status::Suggested) {
        let Some(technique) = attack::technique(&claim.id) else { continue };
        let order = technique.tactics().map(|tactic| tactic.order).min().unwrap_or(usize::MAX);
        steps.entry(order).or_default().push(claim);
    }
    steps
}

/// Faults that the report asserts, by kind.
fn faults(intel: &Intel) -> BTreeMap<String, Vec<Frame>> {
    let mut faults: BTreeMap<String, Vec<Frame>> = BTreeMap::new();
    let told = intel
        .frames
        .iter()
        .filter(|frame| frame.kind.is_fault() && frame.status.is_asserted() && !frame.is_negated);
    for frame in told {
        faults.entry(word(&frame.kind)).or_default().push(frame.clone());
    }
    faults
}

fn action(
    making: &mut Making<'_>,
    claim: &TechniqueClaim,
    assets: &[String],
    next: &[String],
) -> Option<String> {
    let technique = attack::technique(&claim.id)?;
    let pattern = techniques::put(making, technique);
    let mut own = json!({
        "name": technique.full_name(),
        "technique_id": technique.id,
        "technique_ref": pattern,
        "description": "The place of this action among the others is inferred from its tactic.",
        "extensions": mark(),
    });
    if let Some(own) = own.as_object_mut() {
        if let Some(tactic) = technique.tactics().min_by_key(|tactic| tactic.order) {
            own.insert("tactic_id".into(), json!(tactic.id));
        }
        for (property, refs) in [("asset_refs", assets), ("effect_refs", next)] {
            if !refs.is_empty() {
                own.insert(property.into(), json!(refs));
            }
        }
    }
    let basis = Basis::of(claim.status, &claim.because, claim.by.as_deref(), &claim.spans);
    Some(making.about("attack-action", &claim.id, &basis, own))
}

fn condition(making: &mut Making<'_>, fault: &str, frames: &[Frame], next: &[String]) -> String {
    let status = frames.iter().map(|frame| frame.status).min().unwrap_or(Status::Stated);
    let by = frames.iter().find(|frame| frame.status == status).and_then(|frame| frame.by.as_deref());
    let spans: Vec<Span> = frames.iter().map(|frame| frame.span).collect();
    let mut own = json!({ "description": fault.replace('-', " "), "extensions": mark() });
    if let (Some(own), false) = (own.as_object_mut(), next.is_empty()) {
        own.insert("on_true_refs".into(), json!(next));
    }
    making.about("attack-condition", fault, &Basis::of(status, "", by, &spans), own)
}

/// The open doors and the data that got out.
fn assets(making: &mut Making<'_>) -> Vec<String> {
    let intel = making.intel;
    let mut assets = Vec::new();
    for entity in intel.entities.iter().filter(|entity| entity.role == EntityRole::Target).take(20) {
        let basis = Basis::of(entity.status, "", entity.by.as_deref(), &entity.spans);
        let own = json!({ "name": entity.name, "extensions": mark() });
        assets.push(making.about("attack-asset", &format!("door|{}", entity.name), &basis, own));
    }
    let exposed: Vec<_> =
        intel.data_classes_exposed.iter().filter(|claim| claim.status.is_asserted()).collect();
    if !exposed.is_empty() {
        let words: Vec<&str> = exposed.iter().map(|claim| claim.class.word()).collect();
        let basis = Basis {
            status: exposed.iter().map(|claim| claim.status).min().unwrap_or(Status::Stated),
            provenance: Provenance::Report,
            because: "",
            by: None,
            spans: exposed.iter().flat_map(|claim| claim.spans.iter().copied()).collect(),
        };
        let own = json!({ "name": "Personal data", "description": words.join(", "), "extensions": mark() });
        assets.push(making.about("attack-asset", "data", &basis, own));
    }
    assets
}
