//! What a report has in common with earlier ones: a count of shared facts, never a hint at who did it.
//!
//! The facts of a bundle are its techniques, weaknesses, kinds of data, acts and faults, and observables,
//! as far as the report asserts them. How near two bundles are is the number of facts that they share,
//! divided by the number of facts that either has.

use std::collections::BTreeSet;

use catalog::attack;
use intel::Knowledge;
use serde::Serialize;
use serde_json::Value;

use crate::evidence::EVIDENCE_EXTENSION;

/// Earlier bundles that are named: the nearest.
const NEAREST_MAX: usize = 5;

/// The facts of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is called, such as the path of its file.
    pub name: String,
    /// The title of its report.
    pub title: String,
    /// The id of its report object: tells whether two bundles are of one report.
    pub report: String,
    /// SHA-256 of its report, where the bundle says it.
    pub sha256: String,
    /// `technique T1190`, `weakness CWE-306`, `data email`, `frame no-authentication`, `observable ...`.
    pub facts: BTreeSet<String>,
}

impl Known {
    /// Reads the facts of a bundle; none where it is no bundle.
    #[must_use]
    pub fn read(name: &str, bundle: &str) -> Option<Self> {
        let bundle: Value = serde_json::from_str(bundle).ok()?;
        if text(&bundle, "type") != "bundle" {
            return None;
        }
        let objects = bundle.get("objects")?.as_array()?;
        let mut known = Self {
            name: name.to_owned(),
            title: String::new(),
            report: String::new(),
            sha256: String::new(),
            facts: BTreeSet::new(),
        };
        for object in objects {
            match text(object, "type") {
                "report" => {
                    text(object, "name").clone_into(&mut known.title);
                    text(object, "id").clone_into(&mut known.report);
                    let extension = object.get("extensions").and_then(|all| all.get(EVIDENCE_EXTENSION));
                    extension
                        .map(|extension| text(extension, "report_sha256"))
                        .unwrap_or_default()
                        .clone_into(&mut known.sha256);
                }
                "relationship" => known.facts.extend(linked(objects, object)),
                "incident" => known.facts.extend(told(object)),
                "indicator" if text(object, "pattern_type") == "stix" => {
                    known.facts.insert(format!("observable {}", text(object, "pattern")));
                }
                _ => {}
            }
        }
        Some(known)
    }
}

fn text<'a>(object: &'a Value, property: &str) -> &'a str {
    object.get(property).and_then(Value::as_str).unwrap_or_default()
}

fn is_asserted(status: &str) -> bool {
    matches!(status, "stated" | "claimed")
}

/// The technique or weakness that a relationship asserts of the incident. Bundles of others have no
/// status; what they relate to an incident, they assert.
fn linked(objects: &[Value], relationship: &Value) -> Option<String> {
    let extension = relationship.get("extensions").and_then(|all| all.get(EVIDENCE_EXTENSION));
    if !extension.is_none_or(|extension| is_asserted(text(extension, "status"))) {
        return None;
    }
    let target = text(relationship, "target_ref");
    let kind = text(relationship, "relationship_type");
    let noun = match (target.split_once("--")?.0, kind) {
        ("attack-pattern", "uses") => "technique",
        ("vulnerability", "related-to" | "targets" | "has") => "weakness",
        _ => return None,
    };
    let object = objects.iter().find(|object| text(object, "id") == target)?;
    let reference = object.get("external_references")?.as_array()?.first()?;
    Some(format!("{noun} {}", text(reference, "external_id")))
}

/// Kinds of data, acts and faults.
fn told(incident: &Value) -> Vec<String> {
    let extension = incident.get("extensions").and_then(|all| all.get(EVIDENCE_EXTENSION));
    let facts = extension.and_then(|extension| extension.get("facts")).and_then(Value::as_array);
    let asserted = facts.into_iter().flatten().filter(|fact| is_asserted(text(fact, "status")));
    asserted
        .filter_map(|fact| match text(fact, "kind") {
            "data-exposed" => Some(format!("data {}", text(fact, "text"))),
            "frame" => Some(format!("frame {}", text(fact, "text"))),
            _ => None,
        })
        .collect()
}

/// An earlier bundle with what it shares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Nearest {
    /// What it is called.
    pub name: String,
    /// The title of its report.
    pub title: String,
    /// The facts that both have, sorted.
    pub shared: Vec<String>,
    /// The count, such as `7 shared / (9 + 12 - 7) = 0.500`.
    pub arithmetic: String,
    /// Shared facts in a thousand of all facts of either.
    pub per_mille: usize,
}

/// Groups and campaigns that ATT&CK has an example of a technique for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Context {
    /// The technique, such as `T1190`.
    pub technique: String,
    /// `G0016 APT29`, by id: who is known to use it. It says nothing about who did it here.
    pub used_by: Vec<String>,
}

/// What a report has in common with others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Correlation {
    /// What the result is, and what it is not.
    pub says: String,
    /// What ids were held against.
    pub knowledge: Vec<Knowledge>,
    /// How many earlier bundles were compared.
    pub compared: usize,
    /// The facts of this report, sorted.
    pub facts: Vec<String>,
    /// The nearest earlier bundles that share at least one fact, the nearest first.
    pub nearest: Vec<Nearest>,
    /// For each asserted technique, whom ATT&CK knows to use it.
    pub context: Vec<Context>,
}

/// Compares a bundle with earlier ones; those of the same report are left out.
#[must_use]
pub fn correlate(this: &Known, library: &[Known], knowledge: &[Knowledge]) -> Correlation {
    let others: Vec<&Known> = library
        .iter()
        .filter(|other| {
            other.report != this.report && (other.sha256 != this.sha256 || this.sha256.is_empty())
        })
        .collect();
    let mut nearest: Vec<Nearest> = others.iter().filter_map(|other| compare(this, other)).collect();
    nearest.sort_by(|one, other| {
        (other.per_mille, other.shared.len(), &one.name).cmp(&(one.per_mille, one.shared.len(), &other.name))
    });
    nearest.truncate(NEAREST_MAX);
    let context = this
        .facts
        .iter()
        .filter_map(|fact| attack::technique(fact.strip_prefix("technique ")?))
        .map(|technique| Context {
            technique: technique.id.to_owned(),
            used_by: technique.actors().map(|actor| format!("{} {}", actor.id, actor.name)).collect(),
        })
        .collect();
    Correlation {
        says: format!(
            "Shared facts are counted; they do not say that the same people did it. Groups and campaigns are those with an example in ATT&CK {}: context, no attribution.",
            catalog::ATTACK_VERSION
        ),
        knowledge: knowledge.to_vec(),
        compared: others.len(),
        facts: this.facts.iter().cloned().collect(),
        nearest,
        context,
    }
}

fn compare(this: &Known, other: &Known) -> Option<Nearest> {
    let shared: Vec<String> = this.facts.intersection(&other.facts).cloned().collect();
    let either = this.facts.union(&other.facts).count();
    let per_mille = shared.len().saturating_mul(1000).checked_div(either)?;
    if shared.is_empty() {
        return None;
    }
    let (count, mine, theirs) = (shared.len(), this.facts.len(), other.facts.len());
    Some(Nearest {
        name: other.name.clone(),
        title: other.title.clone(),
        arithmetic: format!("{count} shared / ({mine} + {theirs} - {count}) = 0.{per_mille:03}")
            .replace("0.1000", "1.000"),
        shared,
        per_mille,
    })
}
