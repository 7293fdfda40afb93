//! Whether each statement of a bundle has evidence, and whether the evidence stands in the report.
//!
//! Nothing of how bundles are made is used here: it reads what is written, as a stranger would.

use std::collections::BTreeSet;

use intel::Span;
use serde_json::Value;

use crate::evidence::{EVIDENCE_EXTENSION, quote};

/// Something in a bundle that the report does not bear out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unproven {
    /// The id of the object; empty where it is the whole bundle.
    pub object: String,
    /// What is wrong, in a few words.
    pub what: String,
}

/// What in a bundle (or an attack flow) has no evidence, or evidence that does not stand in the report. In
/// the order of the bundle.
#[must_use]
pub fn unproven(bundle: &str, report: &[u8]) -> Vec<Unproven> {
    let whole = |what: &str| vec![Unproven { object: String::new(), what: what.to_owned() }];
    let Ok(bundle) = serde_json::from_str::<Value>(bundle) else { return whole("no JSON") };
    let Some(objects) = bundle.get("objects").and_then(Value::as_array) else { return whole("no bundle") };
    let mut faults = Vec::new();
    let mut borne: BTreeSet<&str> = BTreeSet::new();
    for object in objects {
        let Some(extension) = extension(object) else { continue };
        match fault(extension, report) {
            Some(what) => faults.push(Unproven { object: text(object, "id").to_owned(), what }),
            None => borne.extend(bears(object)),
        }
    }
    let creators: BTreeSet<&str> = objects.iter().map(|object| text(object, "created_by_ref")).collect();
    for object in objects.iter().filter(|object| extension(object).is_none()) {
        let id = text(object, "id");
        let says_nothing = match text(object, "type") {
            "marking-definition" | "extension-definition" => true,
            "identity" => creators.contains(id),
            _ => false,
        };
        if !says_nothing && !borne.contains(id) {
            faults.push(Unproven {
                object: id.to_owned(),
                what: "no evidence, and nothing with evidence leads to it".to_owned(),
            });
        }
    }
    faults
}

fn extension(object: &Value) -> Option<&Value> {
    object.get("extensions")?.get(EVIDENCE_EXTENSION)
}

fn text<'a>(object: &'a Value, property: &str) -> &'a str {
    object.get(property).and_then(Value::as_str).unwrap_or_default()
}

/// What an object with evidence leads to: the ends of a relationship, what was observed, the technique of
/// an action. A report or a note that merely lists things bears none of them.
fn bears(object: &Value) -> Vec<&str> {
    match text(object, "type") {
        "relationship" => vec![text(object, "source_ref"), text(object, "target_ref")],
        "attack-action" => vec![text(object, "technique_ref")],
        "observed-data" => {
            let refs = object.get("object_refs").and_then(Value::as_array);
            refs.into_iter().flatten().filter_map(Value::as_str).collect()
        }
        _ => Vec::new(),
    }
}

fn fault(extension: &Value, report: &[u8]) -> Option<String> {
    if let Some(what) = places(extension, report) {
        return Some(what);
    }
    let facts = extension.get("facts").and_then(Value::as_array);
    facts.into_iter().flatten().find_map(|fact| {
        let what = places(fact, report)?;
        Some(format!("fact `{}`: {what}", text(fact, "text")))
    })
}

fn places(holder: &Value, report: &[u8]) -> Option<String> {
    let places = holder.get("evidence").and_then(Value::as_array).filter(|places| !places.is_empty());
    let Some(places) = places else { return Some("no evidence".to_owned()) };
    places.iter().find_map(|place| {
        let at = |name: &str| place.get(name).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
        let (Some(start), Some(end)) = (at("start"), at("end")) else {
            return Some("evidence without a place".to_owned());
        };
        if start >= end || end > report.len() {
            return Some(format!("bytes {start}-{end} are no place in the report"));
        }
        let said = quote(report, Span { start, end });
        (text(place, "quote") != said)
            .then(|| format!("bytes {start}-{end} of the report say something else"))
    })
}
