//! The deployment checklist: what lets records out of an API, found before it runs.
//!
//! [`check`] takes an inventory ([`spec::inventory`]) and the time, and returns findings, the largest
//! blast radius first. One check is one file under `checks/`; its doc comment is its page in the
//! catalogue. Checks are plain functions over [`facts::Facts`], which are also what the same checks
//! written as Rego are given.
//!
//! It opens no file, prints nothing, and knows no clock.

pub mod catalogue;
mod checks;
pub mod export;
pub mod facts;
mod finding;
pub mod gate;
mod mend;
pub mod owasp;
mod radius;
mod rank;
pub mod rego;
mod suppress;
mod widen;

use domain::Timestamp;
use spec::inventory::Inventory;

pub use catalogue::{CATALOGUE, Check, OWN_RULES, Weight};
pub use facts::Facts;
pub use finding::{Also, Finding, Label};
pub use gate::Gate;
pub use mend::{Mend, Mended, Placeholder, mend};
pub use radius::Radius;
pub use suppress::{Verdict, suppress};
pub use widen::{Widening, gate_widenings, told_once, widenings};

/// How strictly to judge.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// List what only intent can say operation by operation, also in documents that declare nothing.
    pub strict: bool,
    /// Records in the table whose emptying is timed. Default 27,000: the founding incident's.
    pub table: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { strict: false, table: 27_000 }
    }
}

/// Judges an inventory at `now`.
///
/// Blockers are at most one per operation, the worst; warnings at most one per operation and check.
/// Costs one pass over the operations per check.
#[must_use]
pub fn check(inventory: &Inventory, options: Options, now: Timestamp) -> Vec<Finding> {
    let facts = Facts::new(inventory, now);
    rank::rank(&facts, CATALOGUE.iter().flat_map(|check| (check.run)(&facts)).collect(), options)
}
