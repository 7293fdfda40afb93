//! What went through each door since the program began: for `tidegate inventory`, in a few counters.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use detect::CallerKind;
use domain::{ClassSet, Endpoint, Outcome, Timestamp};
use serde::{Deserialize, Serialize};

/// Counters of one door. Nothing waits for them, and they decide nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    answers: [AtomicU64; 5],
    refused: AtomicU64,
    classes: AtomicU8,
    last: AtomicU64,
    is_declared: AtomicBool,
}

/// One exchange, as far as it is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) caller: CallerKind,
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
    pub(crate) classes: ClassSet,
    pub(crate) is_declared: bool,
    pub(crate) at: Timestamp,
}

/// A door as `tidegate inventory` is told of it over the admin socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorState {
    /// Method and template, as they may be written.
    pub endpoint: Endpoint,
    /// Whether its intent was declared at the last exchange.
    pub declared: bool,
    /// Answers of success by kind of caller: anonymous, unverified, confirmed, verified, partner.
    pub callers: [u64; 5],
    /// Exchanges that were refused.
    pub refused: u64,
    /// Data classes of answers that left.
    pub classes: ClassSet,
    /// The last exchange.
    pub last: Timestamp,
}

impl Tally {
    pub(crate) fn count(&self, counted: &Counted) {
        let Counted { caller, outcome, status, classes, is_declared, at } = *counted;
        self.last.fetch_max(at.millis(), Ordering::Relaxed);
        self.is_declared.store(is_declared, Ordering::Relaxed);
        if matches!(outcome, Outcome::Refused(_)) {
            self.refused.fetch_add(1, Ordering::Relaxed);
        } else if (200..300).contains(&status) {
            let place = match caller {
                CallerKind::Anonymous => 0,
                CallerKind::Unverified => 1,
                CallerKind::Confirmed => 2,
                CallerKind::Verified => 3,
                CallerKind::Partner => 4,
            };
            if let Some(answers) = self.answers.get(place) {
                answers.fetch_add(1, Ordering::Relaxed);
            }
            if !classes.is_empty() {
                self.classes.fetch_or(classes.bits(), Ordering::Relaxed);
            }
        }
    }

    /// What was counted; `None` where nobody asked yet.
    pub(crate) fn state(&self, endpoint: &Endpoint) -> Option<DoorState> {
        let last = self.last.load(Ordering::Relaxed);
        (last > 0).then(|| DoorState {
            endpoint: endpoint.clone(),
            declared: self.is_declared.load(Ordering::Relaxed),
            callers: std::array::from_fn(|place| {
                self.answers.get(place).map_or(0, |answers| answers.load(Ordering::Relaxed))
            }),
            refused: self.refused.load(Ordering::Relaxed),
            classes: ClassSet::from_bits(self.classes.load(Ordering::Relaxed)),
            last: Timestamp::from_millis(last),
        })
    }
}
