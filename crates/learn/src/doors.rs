//! What traffic says of each door: who was served, what of whom, when last.

use std::collections::HashMap;

use detect::CallerKind;
use domain::{ClassSet, Endpoint, Exchange, Outcome, Timestamp};

use crate::people::People;

/// Most doors. The gateway learns fewer; exchanges of those beyond are counted and left out.
const MOST_DOORS: usize = 65_536;
/// Most people that all doors together tell apart.
const MOST_PEOPLE: usize = 4_000_000;

/// A door in traffic.
#[derive(Clone, Debug)]
pub struct DoorSeen {
    /// Method and template, as the gateway knew or learned it.
    pub endpoint: Endpoint,
    /// Whether its intent was declared, at the latest exchange.
    pub declared: bool,
    /// Answers of success (2xx) that left.
    pub served: u64,
    /// Of these, by kind of caller: anonymous, unverified, confirmed, verified, partner.
    pub callers: [u64; 5],
    /// Exchanges that were refused.
    pub refused: u64,
    /// Data classes of answers that left.
    pub classes: ClassSet,
    /// Distinct people of whom answers told, as far as digests of one period can tell.
    pub told: People,
    /// The first line that speaks of it.
    pub line: u32,
    /// The last exchange.
    pub last: Timestamp,
}

/// All doors of some traffic.
///
/// Keyed by what the gateway learned; at most 65,536 doors and four million people in all. Nothing is
/// evicted: what comes later is counted in [`Doors::left_out`], and people are told as "at least".
#[derive(Debug)]
pub struct Doors {
    doors: HashMap<Endpoint, DoorSeen>,
    left_out: u64,
    room: usize,
}

impl Default for Doors {
    fn default() -> Self {
        Self { doors: HashMap::new(), left_out: 0, room: MOST_PEOPLE }
    }
}

impl Doors {
    /// Takes in one exchange of the log's `line`.
    pub fn take(&mut self, exchange: &Exchange, line: u32) {
        if !self.doors.contains_key(&exchange.endpoint) {
            if self.doors.len() >= MOST_DOORS {
                self.left_out = self.left_out.saturating_add(1);
                return;
            }
            let door = DoorSeen {
                endpoint: exchange.endpoint.clone(),
                declared: exchange.declared,
                served: 0,
                callers: [0; 5],
                refused: 0,
                classes: ClassSet::EMPTY,
                told: People::default(),
                line,
                last: exchange.at,
            };
            self.doors.insert(exchange.endpoint.clone(), door);
        }
        let Some(door) = self.doors.get_mut(&exchange.endpoint) else { return };
        door.declared = exchange.declared;
        door.last = door.last.max(exchange.at);
        // A later part of an answer is no exchange more; whom it tells of counts.
        let once = u64::from(exchange.continues.is_none());
        if matches!(exchange.outcome, Outcome::Refused(_)) {
            door.refused = door.refused.saturating_add(once);
            return;
        }
        if !(200..300).contains(&exchange.status) {
            return;
        }
        door.served = door.served.saturating_add(once);
        // A word that is none of ours counts for no kind: not for nobody either.
        let place = KINDS.iter().position(|kind| *kind == &*exchange.caller);
        if let Some(count) = place.and_then(|place| door.callers.get_mut(place)) {
            *count = count.saturating_add(once);
        }
        door.classes = door.classes.union(exchange.classes);
        for person in &exchange.subjects {
            door.told.add(person.short(), &mut self.room);
        }
        if usize::try_from(exchange.disclosed).is_ok_and(|disclosed| disclosed > exchange.subjects.len()) {
            door.told.and_more();
        }
    }

    /// The doors, by method and template.
    #[must_use]
    pub fn sorted(self) -> Vec<DoorSeen> {
        let mut doors: Vec<DoorSeen> = self.doors.into_values().collect();
        doors.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
        doors
    }

    /// Exchanges of doors beyond the bound.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Whether nothing was taken in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.doors.is_empty()
    }
}

impl DoorSeen {
    /// Served to nobody in particular: callers without a verified or confirmed identity.
    #[must_use]
    pub fn anonymous(&self) -> u64 {
        let [anonymous, unverified, ..] = self.callers;
        anonymous.saturating_add(unverified)
    }
}

/// The words of the kinds, in the order of [`DoorSeen::callers`].
const KINDS: [&str; 5] = ["anonymous", "unverified", "confirmed", "verified", "partner"];

/// The place of a kind of caller in [`DoorSeen::callers`].
pub(crate) const fn place(kind: CallerKind) -> usize {
    match kind {
        CallerKind::Anonymous => 0,
        CallerKind::Unverified => 1,
        CallerKind::Confirmed => 2,
        CallerKind::Verified => 3,
        CallerKind::Partner => 4,
    }
}
