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

use std::collections::HashSet;
use std::sync::Arc;

use domain::Timestamp;
use spec::inventory::Inventory;

pub use catalogue::{CATALOGUE, Check, OWN_RULES, Weight};
pub use facts::Facts;
pub use finding::{Also, Finding, Label};
pub use gate::Gate;
pub use mend::{Mended, mend};
pub use radius::Radius;
pub use suppress::{Named, Verdict, answered};
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
    rank::rank(&facts, found(&facts), options)
}

/// Judges an inventory at `now` with its suppressions: as [`check`], of what nobody answers for.
///
/// `own` are findings of the user's own rules; of what is `known` from an older version nothing is told.
#[must_use]
pub fn judge<'i>(
    inventory: &'i Inventory,
    own: Vec<Finding>,
    known: Option<&Known>,
    options: Options,
    now: Timestamp,
) -> Verdict<'i> {
    let facts = Facts::new(inventory, now);
    let mut all = found(&facts);
    all.extend(own);
    let mut verdict = suppress::suppress(inventory, all, now);
    if let Some(known) = known {
        // What somebody answered for until a day that is past is told, though it is nothing new.
        verdict.told.retain(|finding| finding.note.is_some() || !known.holds(finding));
    }
    verdict.each = verdict.told.iter().map(Named::of).collect();
    verdict.each.sort();
    verdict.each.dedup();
    let is_own = |finding: &Finding| OWN_RULES.iter().any(|rule| rule.id == finding.check.id);
    let (mut own, ours) = std::mem::take(&mut verdict.told).into_iter().partition::<Vec<_>, _>(is_own);
    verdict.told = rank::rank(&facts, ours, options);
    verdict.told.append(&mut own);
    // A form that is cut must not lose a blocker to a warning.
    verdict.told.sort_by_key(|finding| !finding.is_blocker());
    verdict
}

/// What an older version had already, whatever folder its files stand in and whatever hid it there.
#[derive(Debug, Default)]
pub struct Known(HashSet<(&'static str, Arc<str>)>);

impl Known {
    /// Everything that is found in `inventory`, and by the user's `own` rules.
    #[must_use]
    pub fn of(inventory: &Inventory, own: Vec<Finding>, now: Timestamp) -> Self {
        let mut all = found(&Facts::new(inventory, now));
        all.extend(own);
        Self(all.into_iter().map(|finding| (finding.check.id, finding.subject)).collect())
    }

    fn holds(&self, finding: &Finding) -> bool {
        self.0.contains(&(finding.check.id, finding.subject.clone()))
    }
}

/// Everything that the checks find, in the order of the catalogue.
fn found(facts: &Facts<'_>) -> Vec<Finding> {
    CATALOGUE.iter().flat_map(|check| (check.run)(facts)).collect()
}
