//! Whom and what the report speaks of.

use intel::{Entity, EntityKind, EntityRole, Span};
use serde_json::{Value, json};

use super::Subject;
use crate::evidence::Basis;
use crate::facts::word;
use crate::making::Making;

/// The most that become objects: the first ones; the object of `--format json` has all.
const ENTITIES_MAX: usize = 200;

/// Sectors of STIX (`industry-sector-ov`) that a word of ours is.
const SECTORS: &[&str] = &[
    "agriculture",
    "aerospace",
    "automotive",
    "chemical",
    "commercial",
    "communications",
    "construction",
    "defense",
    "education",
    "energy",
    "entertainment",
    "financial-services",
    "government",
    "healthcare",
    "hospitality-leisure",
    "infrastructure",
    "insurance",
    "manufacturing",
    "mining",
    "non-profit",
    "pharmaceuticals",
    "retail",
    "technology",
    "telecommunications",
    "transportation",
    "utilities",
];

/// The doors that were open.
#[derive(Default)]
pub(super) struct Targets(Vec<(String, Vec<Span>)>);

impl Targets {
    /// The door, where the report names exactly one.
    pub(super) fn only(&self) -> Option<(&str, &[Span])> {
        match self.0.as_slice() {
            [(id, spans)] => Some((id, spans)),
            _ => None,
        }
    }
}

/// Adds those that have a part in what happened; what is named for reference only is left out.
pub(super) fn entities(making: &mut Making<'_>, subject: &Subject) -> Targets {
    let mut targets = Targets::default();
    let part = making.intel.entities.iter().filter(|entity| entity.role != EntityRole::Reference);
    for entity in part.take(ENTITIES_MAX) {
        let key = format!("{}|{}|{}", word(&entity.kind), word(&entity.role), entity.name);
        let basis = Basis::of(entity.status, "", entity.by.as_deref(), &entity.spans);
        let id = match entity.role {
            EntityRole::Target => {
                let own = json!({ "name": entity.name, "infrastructure_types": ["unknown"] });
                making.about("infrastructure", &key, &basis, own)
            }
            EntityRole::Attacker => {
                let own = json!({ "name": entity.name, "threat_actor_types": ["unknown"] });
                making.about("threat-actor", &key, &basis, own)
            }
            _ => making.about("identity", &key, &basis, identity(entity)),
        };
        if entity.role == EntityRole::Target {
            targets.0.push((id.clone(), entity.spans.clone()));
        }
        let targeted = matches!(entity.role, EntityRole::Target | EntityRole::Victim);
        let kind = if targeted && entity.status.is_asserted() && subject.is_incident {
            "targets"
        } else {
            "related-to"
        };
        making.relate(&subject.id, kind, &id, role(entity.role), &basis);
    }
    targets
}

fn identity(entity: &Entity) -> Value {
    let class = match (entity.kind, entity.is_named) {
        (EntityKind::Organisation, _) => "organization",
        (EntityKind::Person, true) => "individual",
        (EntityKind::Person, false) => "class",
        (EntityKind::System | EntityKind::Tool | EntityKind::Product, _) => "system",
    };
    let mut own = json!({ "name": entity.name, "identity_class": class, "roles": [word(&entity.role)] });
    let sector = entity.sector.as_deref().filter(|sector| SECTORS.contains(sector));
    if let (Some(sector), Some(own)) = (sector, own.as_object_mut()) {
        own.insert("sectors".into(), json!([sector]));
    }
    own
}

const fn role(role: EntityRole) -> &'static str {
    match role {
        EntityRole::Victim => "whose data or system it was",
        EntityRole::Discoverer => "who found it, no attacker",
        EntityRole::Attacker => "who did it to do harm, by the report",
        EntityRole::ThirdParty => "whose platform it may have been",
        EntityRole::Affected => "whose data it is",
        EntityRole::Authority => "who is to be told, or judges",
        EntityRole::Target => "what was used to get at the data",
        EntityRole::Reference => "named for reference",
    }
}
