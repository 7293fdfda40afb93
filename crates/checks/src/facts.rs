//! The inventory as checks see it: every operation, route and endpoint seen, with what follows for it
//! from time, family, version, fronts and traffic.
//!
//! These facts, as JSON, are also the input of the same checks in Rego, so nothing that a check asks
//! for may be anywhere else. The names of that JSON are stable; `docs/check-facts.md` lists them, and a
//! test holds the page against a serialised example.
//!
//! Costs one pass over the operations, for each of them a look at the routes of each front whose paths
//! may be its own, for each open route one over the routes of its front, and maps no larger than the
//! operations.

mod fronts;
mod newest;
mod operation;
mod ownership;
pub(crate) mod path;
pub(crate) mod people;
mod serving;
pub(crate) mod words;

use std::collections::HashMap;

use domain::Timestamp;
use serde::Serialize;
use spec::inventory::{Inventory, Kind, Patch, Place};

pub use fronts::{FrontFacts, ListenerFacts, RouteFacts, SeenFacts};
pub use operation::{Named, OperationFacts, ServedBy, Unbounded};
pub use ownership::OwnerFault;
pub(crate) use serving::literal;
pub use words::Sign;

/// Version of the names in the JSON. Grows when a name goes or changes its meaning; new names do not
/// make a new version.
pub const SCHEMA: u32 = 1;

/// All facts of one run.
#[derive(Debug, Serialize)]
pub struct Facts<'i> {
    /// [`SCHEMA`].
    pub schema: u32,
    /// When it is judged, in milliseconds since 1970.
    pub now: Timestamp,
    /// The files; a place's `source` counts them from 0.
    pub sources: Vec<SourceFacts<'i>>,
    /// Operations of every specification, in the order of the inventory.
    pub operations: Vec<OperationFacts<'i>>,
    /// What stands in front of them.
    pub fronts: Vec<FrontFacts<'i>>,
    /// What was seen in traffic.
    pub traffic: Vec<SeenFacts<'i>>,
    /// Virtual patches.
    pub patches: Vec<PatchFacts<'i>>,
    /// What was read.
    #[serde(skip)]
    pub inventory: &'i Inventory,
}

/// A file.
#[derive(Debug, Serialize)]
pub struct SourceFacts<'i> {
    /// Its path.
    pub name: &'i str,
    /// What it is.
    pub kind: Kind,
    /// Whether any of its operations declares an intent.
    pub declares: bool,
}

/// A virtual patch with what follows.
#[derive(Debug, Serialize)]
pub struct PatchFacts<'i> {
    /// What its file says.
    #[serde(flatten)]
    pub patch: &'i Patch,
    /// Its name in findings.
    pub subject: &'i str,
    /// Whether its last moment is past.
    pub expired: bool,
}

/// Something that a finding points at beside its own place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Peer {
    /// What it is called in findings: `GET /v2/orders`, `location /api/`.
    pub subject: String,
    /// Where it stands.
    pub at: Place,
}

impl<'i> Facts<'i> {
    /// The facts of `inventory` at `now`.
    #[must_use]
    pub fn new(inventory: &'i Inventory, now: Timestamp) -> Self {
        let mut exact: HashMap<String, usize> = HashMap::new();
        let mut versions: HashMap<String, Vec<(u64, usize)>> = HashMap::new();
        let mut newest = newest::Newest::default();
        for (at, operation) in inventory.operations.iter().enumerate() {
            exact.entry(path::door(&operation.endpoint)).or_insert(at);
            let (version, rest) = path::versioned(operation);
            versions.entry(rest).or_default().push((version.unwrap_or(0), at));
            newest.push(at, path::shape(&operation.endpoint));
        }
        let doors = fronts::Doors { inventory, exact, versions, newest };
        let fronts = fronts::fronts(&doors);
        let seen_as = operation::seen_as(&doors);
        let traffic = fronts::traffic(&doors, &seen_as);
        let operations = operation::operations(&doors, &fronts, &seen_as, now);
        let mut sources: Vec<SourceFacts<'i>> = inventory
            .sources
            .iter()
            .map(|source| SourceFacts { name: &source.name, kind: source.kind, declares: false })
            .collect();
        for operation in &operations {
            let source = usize::try_from(operation.operation.at.source.0).ok();
            if let Some(source) = source.and_then(|source| sources.get_mut(source)) {
                source.declares |= operation.document_declares;
            }
        }
        let patches = inventory.patches.iter();
        let patches =
            patches.map(|patch| PatchFacts { patch, subject: &patch.id, expired: patch.expires < now });
        let patches = patches.collect();
        Self { schema: SCHEMA, now, sources, operations, fronts, traffic, patches, inventory }
    }
}
