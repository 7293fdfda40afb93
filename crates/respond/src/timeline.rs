//! What happened in an incident, in order, without repeating itself.

use std::borrow::Cow;

use domain::{DetectorId, Severity, Timestamp};
use serde::{Deserialize, Serialize};

use crate::action::ActionId;
use crate::incident::{IncidentId, State};

/// Most entries.
const MOST: usize = 64;
/// The first entries are never dropped: they say how it began.
const BEGINNING: usize = 8;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// A detector spoke.
    Said {
        /// Which.
        detector: DetectorId,
        /// Its case.
        case: Cow<'static, str>,
    },
    /// It became graver.
    Became(Severity),
    /// It was opened, contained, closed by silence.
    Went(State),
    /// A person closed it.
    ClosedBy(String),
    /// It came back after it was closed. What happens from here on stands below it, also where the same
    /// happened before.
    CameBack,
    /// Another incident turned out to be this one.
    Merged(IncidentId),
    /// An action was proposed.
    Proposed(ActionId),
    /// An action was taken.
    Taken(ActionId),
    /// An action let a trickle through.
    HalfOpened(ActionId),
    /// An action was renewed, because the leak went on.
    Renewed(ActionId),
    /// An action ended.
    Ended(ActionId),
    /// Somebody wrote a note.
    Noted,
}

/// An entry: the same thing, once or more often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When it first happened.
    pub first: Timestamp,
    /// When it last happened.
    pub last: Timestamp,
    /// How often.
    pub count: u32,
    /// What.
    pub what: Happened,
}

/// At most 64 entries; the same again is counted, not added, until the incident comes back. Of too many the
/// ninth leaves: how it began and how it stands are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    moments: Vec<Moment>,
    dropped: u32,
}

impl Timeline {
    pub(crate) fn add(&mut self, at: Timestamp, what: Happened) {
        self.put(Moment { first: at, last: at, count: 1, what });
    }

    fn put(&mut self, one: Moment) {
        let mut lately = self.moments.iter_mut().rev().take_while(|moment| moment.what != Happened::CameBack);
        if let Some(moment) = lately.find(|moment| moment.what == one.what) {
            moment.first = moment.first.min(one.first);
            moment.last = moment.last.max(one.last);
            moment.count = moment.count.saturating_add(one.count);
            return;
        }
        if self.moments.len() >= MOST {
            let gone = self.moments.remove(BEGINNING);
            self.dropped = self.dropped.saturating_add(gone.count);
        }
        self.moments.push(one);
    }

    /// Takes in what happened in an incident that turned out to be this one.
    pub(crate) fn merge(&mut self, other: Self) {
        self.dropped = self.dropped.saturating_add(other.dropped);
        other.moments.into_iter().for_each(|moment| self.put(moment));
        self.moments.sort_by_key(|moment| moment.first);
    }

    pub(crate) fn bound(&mut self) {
        let surplus = self.moments.len().saturating_sub(MOST);
        let gone = self.moments.drain(..).skip(surplus).collect();
        self.moments = gone;
    }

    /// Its entries, in the order in which they first happened.
    #[must_use]
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// How many happenings were dropped.
    #[must_use]
    pub fn dropped(&self) -> u32 {
        self.dropped
    }
}
