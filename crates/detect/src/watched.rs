//! Detectors and the groups of their signals, fed together, in the one order that there is.
//!
//! The gateway holds this behind its lock and a simulation holds it bare: both feed the same code.

use domain::SubjectDigest;
use smallvec::SmallVec;

use crate::detectors::canary::touches;
use crate::groups::{Grouped, Groups};
use crate::observe::Detectors;
use crate::observed::Observed;
use crate::signal::Signal;

/// Signals of one exchange, and the group of each.
pub type Said = SmallVec<[(Signal, Grouped); 2]>;

/// Detectors, and the groups of what they say.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The detectors.
    pub detectors: Detectors,
    /// Groups of their signals.
    pub groups: Groups,
}

impl Watched {
    /// These detectors, and no group yet.
    #[must_use]
    pub fn new(detectors: Detectors) -> Self {
        Self { detectors, groups: Groups::default() }
    }

    /// Takes an exchange in. To be asked only of one that [`counts`]: any other changes nothing.
    pub fn observe(&mut self, seen: &Observed<'_>) -> Said {
        let signals = self.detectors.observe(seen);
        signals.into_iter().map(|signal| (signal, self.groups.take(&signal, seen))).collect()
    }
}

/// Whether an exchange is worth a lock: it counts for something, or touches one of the `canaries`
/// (sorted).
#[must_use]
pub fn counts(canaries: &[SubjectDigest], seen: &Observed<'_>) -> bool {
    !seen.is_free() || touches(canaries, seen)
}
