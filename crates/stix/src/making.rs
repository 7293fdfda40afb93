//! A bundle in the making: objects by id, with the properties that all have.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use intel::Intel;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::evidence::{self, Basis};
use crate::ids;
use crate::options::{Options, UNDATED};

/// MITRE's own identity, which created the objects of ATT&CK.
const MITRE: &str = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5";
/// Whoever published the extension for TLP 2.0.
const OASIS: &str = "identity--b3bca3c2-1f3d-4b54-b44f-dac42c3a8f01";
const TLP_EXTENSION: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";
/// When OASIS published the markings.
const TLP_CREATED: &str = "2022-10-01T00:00:00.000Z";

/// Objects of one report.
pub(crate) struct Making<'a> {
    pub(crate) intel: &'a Intel,
    pub(crate) report: &'a [u8],
    pub(crate) options: &'a Options,
    /// The time of every object about the report.
    pub(crate) stamp: String,
    /// What tells this report, these options and this edition of the knowledge from all others.
    seed: String,
    objects: BTreeMap<String, Value>,
}

impl<'a> Making<'a> {
    pub(crate) fn new(intel: &'a Intel, report: &'a [u8], options: &'a Options) -> Self {
        let stamp = intel
            .published
            .as_deref()
            .and_then(|day| crate::published(day).ok())
            .or_else(|| options.published.clone())
            .unwrap_or_else(|| UNDATED.to_owned());
        // Another edition may say other things: it must not give them the same ids and times.
        let seed = format!(
            "{}|{}|{}|{}|{stamp}|{}",
            intel.source.sha256,
            intel.schema,
            env!("CARGO_PKG_VERSION"),
            catalog::digest(),
            options.tlp.word()
        );
        let mut making = Self { intel, report, options, stamp, seed, objects: BTreeMap::new() };
        making.put(system(&ours(), "Tidegate", "system", "Reads incident reports; see docs/intel.md."));
        making.put(evidence::definition(&ours()));
        making.marking();
        making
    }

    fn marking(&mut self) {
        let tlp = self.options.tlp;
        self.put(json!({
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": tlp.marking(),
            "created": TLP_CREATED,
            "name": format!("TLP:{}", tlp.word().to_uppercase()),
            "extensions": { TLP_EXTENSION: { "extension_type": "property-extension", "tlp_2_0": tlp.word() } }
        }));
        self.put(system(OASIS, "OASIS Cyber Threat Intelligence Technical Committee", "organization", ""));
        self.put(json!({
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": TLP_EXTENSION,
            "created_by_ref": OASIS,
            "created": TLP_CREATED,
            "modified": TLP_CREATED,
            "name": "TLP 2.0",
            "description": "Marks objects with the Traffic Light Protocol 2.0 of FIRST.",
            "schema": "tlp_2_0: clear, green, amber, amber+strict or red.",
            "version": "1.0.0",
            "extension_types": ["property-extension"]
        }));
    }

    /// The id of an object about the report.
    pub(crate) fn id(&self, kind: &str, key: &str) -> String {
        ids::id(kind, &format!("{}|{key}", self.seed))
    }

    /// Adds an object; the first one of an id stays.
    pub(crate) fn put(&mut self, object: Value) -> String {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.objects.entry(id.clone()).or_insert(object);
        id
    }

    /// Adds an object about the report, with its evidence; `own` are the properties of its kind.
    pub(crate) fn about(&mut self, kind: &str, key: &str, basis: &Basis<'_>, own: Value) -> String {
        self.about_with(kind, key, basis, own, Map::new())
    }

    /// The same, with more in the extension.
    pub(crate) fn about_with(
        &mut self,
        kind: &str,
        key: &str,
        basis: &Basis<'_>,
        own: Value,
        more: Map<String, Value>,
    ) -> String {
        let id = self.id(kind, key);
        let mut object = head(kind, &id, &self.stamp, &ours());
        if let Value::Object(own) = own {
            object.extend(own);
        }
        let labels = object.entry("labels").or_insert_with(|| json!([]));
        if let Value::Array(labels) = labels {
            labels.extend(basis.labels().into_iter().map(Value::String));
        }
        object.insert("confidence".into(), json!(basis.confidence()));
        object.insert("object_marking_refs".into(), json!([self.options.tlp.marking()]));
        // A kind that is itself an extension brings its own entry.
        let mut extensions = basis.extensions(self.report, more);
        if let (Some(Value::Object(own)), Some(all)) =
            (object.remove("extensions"), extensions.as_object_mut())
        {
            all.extend(own);
        }
        object.insert("extensions".into(), extensions);
        self.put(Value::Object(object))
    }

    /// Adds an object of a knowledge base, the same in every bundle.
    pub(crate) fn known(&mut self, kind: &str, id: &str, by_mitre: bool, own: Value) -> String {
        let creator = if by_mitre {
            let text = "Keeps ATT&CK. Objects of this creator stand here by id and name; MITRE's own collection has all of them.";
            self.put(system(MITRE, "The MITRE Corporation", "organization", text))
        } else {
            ours()
        };
        let mut object = head(kind, id, UNDATED, &creator);
        if let Value::Object(own) = own {
            object.extend(own);
        }
        self.put(Value::Object(object))
    }

    /// Adds a relationship. `what` says what it tells, and tells apart those of the same ends.
    pub(crate) fn relate(&mut self, from: &str, kind: &str, to: &str, what: &str, basis: &Basis<'_>) {
        let key = format!("{from}|{kind}|{to}|{what}");
        let own = json!({
            "relationship_type": kind,
            "source_ref": from,
            "target_ref": to,
            "description": what,
        });
        self.about("relationship", &key, basis, own);
    }

    /// Whether there is an object of this id.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.objects.contains_key(id)
    }

    /// Ids of what the report object names: everything but markings and extensions.
    pub(crate) fn named(&self) -> Vec<String> {
        let hidden = ["marking-definition--", "extension-definition--"];
        self.objects.keys().filter(|id| !hidden.iter().any(|kind| id.starts_with(kind))).cloned().collect()
    }

    /// The bundle, named by its content.
    pub(crate) fn finish(self) -> Value {
        let objects: Vec<Value> = self.objects.into_values().collect();
        let mut hash = Sha256::new();
        for object in &objects {
            hash.update(object.to_string());
            hash.update([0]);
        }
        let mut digest = String::with_capacity(64);
        for byte in hash.finalize() {
            let _ = write!(digest, "{byte:02x}");
        }
        json!({ "type": "bundle", "id": ids::id("bundle", &digest), "objects": objects })
    }
}

fn head(kind: &str, id: &str, stamp: &str, creator: &str) -> Map<String, Value> {
    let mut object = Map::new();
    for (property, value) in [
        ("type", kind),
        ("spec_version", "2.1"),
        ("id", id),
        ("created_by_ref", creator),
        ("created", stamp),
        ("modified", stamp),
    ] {
        object.insert(property.into(), json!(value));
    }
    object
}

/// The identity that everything of ours is created by.
pub(crate) fn ours() -> String {
    ids::id("identity", "tidegate")
}

fn system(id: &str, name: &str, class: &str, description: &str) -> Value {
    let mut object = Map::new();
    for (property, value) in [
        ("type", "identity"),
        ("spec_version", "2.1"),
        ("id", id),
        ("created", UNDATED),
        ("modified", UNDATED),
        ("name", name),
        ("description", description),
        ("identity_class", class),
    ] {
        if !value.is_empty() {
            object.insert(property.into(), json!(value));
        }
    }
    Value::Object(object)
}
