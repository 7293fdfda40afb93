//! The inventory as checks see it: every operation with what follows from time, family and fronts.
//!
//! These facts, as JSON, are also the input of the same checks in Rego, so nothing that a check asks
//! for may be anywhere else.

use domain::{Audience, Timestamp};
use serde::Serialize;
use spec::inventory::{Inventory, Operation};

/// All facts of one run.
#[derive(Debug, Serialize)]
pub struct Facts<'i> {
    /// Operations of every specification, in the order of the inventory.
    pub operations: Vec<OperationFacts<'i>>,
    /// What was read.
    #[serde(skip)]
    pub inventory: &'i Inventory,
    /// When it is judged.
    pub now: Timestamp,
}

/// One operation with what follows for it.
#[derive(Debug, Serialize)]
pub struct OperationFacts<'i> {
    /// What the specification says.
    #[serde(flatten)]
    pub operation: &'i Operation,
    /// Whether its declaration has ended.
    pub expired: bool,
}

impl<'i> Facts<'i> {
    /// The facts of `inventory` at `now`.
    #[must_use]
    pub fn new(inventory: &'i Inventory, now: Timestamp) -> Self {
        let operations = inventory
            .operations
            .iter()
            .map(|operation| OperationFacts { operation, expired: is_expired(operation, now) })
            .collect();
        Self { operations, inventory, now }
    }
}

fn is_expired(operation: &Operation, now: Timestamp) -> bool {
    match operation.intent.declared().map(|intent| &intent.audience) {
        Some(Audience::Public(public)) => public.expires <= now,
        _ => false,
    }
}
