//! What reached the shop: the upstream's own witness beside the attacker's.

use std::sync::atomic::{AtomicU64, Ordering};

use super::door::{DOORS, Door};

/// Requests per door, and how many of them came from a known customer asking for nobody else.
#[derive(Debug)]
pub struct Counters {
    rows: [(AtomicU64, AtomicU64); DOORS.len() + 1],
}

/// What reached one door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Requests.
    pub requests: u64,
    /// Those of a customer who proved who it was and asked for its own record.
    pub own: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Self { rows: std::array::from_fn(|_| Default::default()) }
    }
}

impl Counters {
    pub(crate) fn note(&self, door: Door, own: bool) {
        if let Some((requests, owned)) = self.rows.get(door.row()) {
            requests.fetch_add(1, Ordering::Relaxed);
            owned.fetch_add(u64::from(own), Ordering::Relaxed);
        }
    }

    /// What reached `door` so far.
    #[must_use]
    pub fn at(&self, door: Door) -> Reached {
        self.rows.get(door.row()).map_or_else(Reached::default, |(requests, own)| Reached {
            requests: requests.load(Ordering::Relaxed),
            own: own.load(Ordering::Relaxed),
        })
    }

    /// Requests at all doors together, those that reached none included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.rows.iter().map(|(requests, _)| requests.load(Ordering::Relaxed)).sum()
    }
}
