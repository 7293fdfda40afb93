//! All incidents: signals in, changes out.
//!
//! Bounds: 256 that are not closed, 1,024 in all. Eviction rule: of closed ones, where none is closed of
//! all, first those that told of nobody and are not critical, then the least grave, of these the one with
//! the fewest people, of these the oldest. So guesses that find nobody push out no leak. What is forgotten
//! stays in [`Folded`].

use detect::Signal;
use domain::{Severity, Timestamp, Window};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::asked::short;
use crate::incident::{Incident, IncidentId, State};
use crate::joining::marks;
use crate::seen::Seen;
use crate::severity::SeverityRule;
use crate::timeline::Happened;

/// Most that are not closed.
pub(crate) const MOST_OPEN: usize = 256;
/// Most in all.
pub(crate) const MOST: usize = 1024;
/// Signals this far apart are not the same incident, and one that is silent this long is closed.
const QUIET: Window = Window::HOUR;
/// An incident about which something is done is contained when it was silent this long.
const CONTAINED: Window = Window::MINUTE;
/// A closed incident is reopened when the same comes back within this.
const REOPEN: Window = Window::DAY;
/// An incident is told of again when it has so many times the people.
const GROWTH: u32 = 10;

/// What signals, time or people did to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is new: somebody should hear of it.
    Opened(IncidentId),
    /// It is graver than was told, or has tenfold the people: the same alert, updated.
    Grew(IncidentId),
    /// One more signal, nothing that a person must hear.
    Joined(IncidentId),
    /// It goes on after it was contained: the same source, or another that no action holds.
    Resumed(IncidentId),
    /// It came back after it was closed.
    Reopened(IncidentId),
    /// The second turned out to be the first.
    Merged(IncidentId, IncidentId),
    /// It is silent, and something is done about it.
    Contained(IncidentId),
    /// It is over.
    Closed(IncidentId),
    /// It was forgotten, for there were too many; its counts are kept.
    Forgotten(IncidentId),
}

/// What is left of incidents that were forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// How many, by severity, the least first.
    pub incidents: [u32; 4],
    /// Their signals.
    pub signals: u64,
    /// Their people, at least.
    pub people: u64,
}

/// All incidents. See the module for bounds.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    all: Vec<Incident>,
    folded: Folded,
    rules: Vec<SeverityRule>,
}

impl Incidents {
    /// No incident yet, and the rules of how grave they are.
    #[must_use]
    pub fn new(rules: Vec<SeverityRule>) -> Self {
        Self { all: Vec::new(), folded: Folded::default(), rules }
    }

    pub(crate) fn restore(kept: Vec<Incident>, folded: Folded, rules: Vec<SeverityRule>) -> Self {
        let mut incidents = Self { all: Vec::new(), folded, rules };
        for mut incident in kept {
            incident.bound();
            if incidents.find(incident.id).is_none() {
                incidents.all.push(incident);
                incidents.forget(None);
            }
        }
        incidents
    }

    /// Adds a signal that was said of `seen`: the incident that it belongs to, and what changed.
    ///
    /// Signals of one hour may come in any order.
    pub fn observe(&mut self, signal: &Signal, seen: &Seen<'_>) -> (IncidentId, SmallVec<[Change; 2]>) {
        let mut changes = SmallVec::new();
        let marks = marks(signal, seen);
        let at = signal.last;
        let mut related: SmallVec<[IncidentId; 2]> = SmallVec::new();
        let open = self.all.iter().filter(|incident| incident.state != State::Closed);
        let meets = |incident: &&Incident| {
            at < incident.last.plus(QUIET)
                && incident.first < at.plus(QUIET)
                && marks.iter().any(|mark| incident.marks.iter().any(|other| mark.relates(other)))
        };
        related.extend(open.filter(meets).map(|incident| incident.id));
        // The one that began first keeps its name.
        let oldest = |id: &IncidentId| self.find(*id).map(|incident| (incident.first, *id));
        let into = related.iter().copied().min_by_key(oldest);
        let (id, change) = match into {
            Some(id) => (id, Change::Joined(id)),
            None => match self.came_back(&marks, at) {
                Some(id) => (id, Change::Reopened(id)),
                None => {
                    let id = self.name(signal);
                    self.all.push(Incident::new(id, signal));
                    (id, Change::Opened(id))
                }
            },
        };
        for other in related.into_iter().filter(|other| *other != id) {
            self.merge(id, other, at);
            changes.push(Change::Merged(id, other));
        }
        changes.insert(0, self.add(id, signal, seen, &marks, change));
        self.forget(Some(id)).into_iter().for_each(|gone| changes.push(Change::Forgotten(gone)));
        (id, changes)
    }

    /// Takes the signal in; what must be told of it.
    fn add(
        &mut self,
        id: IncidentId,
        signal: &Signal,
        seen: &Seen<'_>,
        marks: &[crate::joining::Mark],
        change: Change,
    ) -> Change {
        let rules = &self.rules;
        let Some(incident) = self.all.iter_mut().find(|incident| incident.id == id) else { return change };
        let was = (incident.state, incident.severity);
        if was.0 == State::Closed {
            incident.timeline.add(signal.last, Happened::CameBack);
        }
        incident.take(signal, seen, marks);
        incident.severity = SeverityRule::judge(rules, incident);
        if incident.state != State::Open || matches!(change, Change::Opened(_)) {
            incident.reopened = incident.reopened.saturating_add(u32::from(was.0 == State::Closed));
            (incident.state, incident.closed) = (State::Open, None);
            if was.0 != State::Closed {
                incident.resumed = incident.resumed.saturating_add(u32::from(was.0 == State::Contained));
                incident.timeline.add(signal.last, Happened::Went(State::Open));
            }
        }
        if incident.severity != was.1 {
            incident.timeline.add(signal.last, Happened::Became(incident.severity));
        }
        let people = incident.people();
        let (told, people_told) = incident.told;
        let grew = incident.severity > told || people / GROWTH >= people_told.max(1);
        let change = match change {
            Change::Joined(_) if grew => Change::Grew(id),
            Change::Joined(_) if was.0 == State::Contained => Change::Resumed(id),
            other => other,
        };
        if !matches!(change, Change::Joined(_)) {
            incident.told = (incident.severity.max(told), people.max(people_told));
        }
        change
    }

    /// What time alone does. `acts` says whether something is in force about an incident.
    pub fn tick(&mut self, now: Timestamp, acts: impl Fn(IncidentId) -> bool) -> SmallVec<[Change; 2]> {
        let mut changes = SmallVec::new();
        for incident in self.all.iter_mut().filter(|incident| incident.state != State::Closed) {
            let acted = acts(incident.id);
            let to = if now >= incident.last.plus(QUIET) && !acted {
                State::Closed
            } else if acted && incident.state == State::Open && now >= incident.last.plus(CONTAINED) {
                State::Contained
            } else {
                continue;
            };
            incident.state = to;
            incident.timeline.add(now, Happened::Went(to));
            if to == State::Closed {
                incident.closed = Some(now);
                changes.push(Change::Closed(incident.id));
            } else {
                changes.push(Change::Contained(incident.id));
            }
        }
        changes
    }

    /// Closes an incident by hand. `false` where there is none, or it is closed.
    pub(crate) fn close(&mut self, id: IncidentId, who: &str, now: Timestamp) -> bool {
        let Some(incident) = self.find_mut(id).filter(|incident| incident.state != State::Closed) else {
            return false;
        };
        (incident.state, incident.closed) = (State::Closed, Some(now));
        incident.timeline.add(now, Happened::ClosedBy(short(who)));
        true
    }

    /// Adds a note. `false` where there is no such incident.
    pub(crate) fn note(&mut self, id: IncidentId, who: &str, text: &str, now: Timestamp) -> bool {
        self.find_mut(id).map(|incident| incident.note(now, who, text)).is_some()
    }

    /// Adds to an incident's timeline.
    pub(crate) fn happened(&mut self, id: IncidentId, at: Timestamp, what: Happened) {
        if let Some(incident) = self.find_mut(id) {
            incident.timeline.add(at, what);
        }
    }

    /// All of them, in the order in which they were opened.
    pub fn iter(&self) -> impl Iterator<Item = &Incident> {
        self.all.iter()
    }

    /// One of them, also by a name that it had before it turned out to be another.
    #[must_use]
    pub fn find(&self, id: IncidentId) -> Option<&Incident> {
        let by_name = self.all.iter().find(|incident| incident.id == id);
        by_name.or_else(|| self.all.iter().find(|incident| incident.merged.contains(&id)))
    }

    /// What is left of those that were forgotten.
    #[must_use]
    pub fn folded(&self) -> Folded {
        self.folded
    }

    pub(crate) fn set_rules(&mut self, rules: Vec<SeverityRule>) {
        self.rules = rules;
    }

    fn find_mut(&mut self, id: IncidentId) -> Option<&mut Incident> {
        let id = self.find(id)?.id;
        self.all.iter_mut().find(|incident| incident.id == id)
    }

    /// The closed incident that this is again: the one that was closed last.
    fn came_back(&self, marks: &[crate::joining::Mark], at: Timestamp) -> Option<IncidentId> {
        let closed = self.all.iter().filter_map(|incident| incident.closed.map(|closed| (closed, incident)));
        let same = |(closed, incident): &(Timestamp, &Incident)| {
            at < closed.plus(REOPEN)
                && marks.iter().any(|mark| incident.marks.iter().any(|other| mark.is_same(other)))
        };
        closed.filter(same).max_by_key(|(closed, _)| *closed).map(|(_, incident)| incident.id)
    }

    fn merge(&mut self, into: IncidentId, from: IncidentId, at: Timestamp) {
        let Some(place) = self.all.iter().position(|incident| incident.id == from) else { return };
        let other = self.all.remove(place);
        if let Some(incident) = self.all.iter_mut().find(|incident| incident.id == into) {
            incident.merge(other);
            incident.timeline.add(at, Happened::Merged(from));
        }
    }

    /// A name that no incident has, from its first signal.
    fn name(&self, signal: &Signal) -> IncidentId {
        let folded =
            signal.last.millis().wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ signal.endpoint.rotate_left(17);
        let mut id = IncidentId::new(u32::try_from(folded >> 34).unwrap_or(0));
        while self.find(id).is_some() {
            id = id.next();
        }
        id
    }

    fn forget(&mut self, spare: Option<IncidentId>) -> SmallVec<[IncidentId; 1]> {
        let mut gone = SmallVec::new();
        loop {
            let open = self.all.iter().filter(|incident| incident.state != State::Closed).count();
            if open <= MOST_OPEN && self.all.len() <= MOST {
                return gone;
            }
            let rank = |incident: &Incident| {
                let is_closed = incident.state == State::Closed;
                // Closed ones make no room among the open.
                ((open > MOST_OPEN) == is_closed, incident.gravity(), incident.last)
            };
            let least = self.all.iter().enumerate().filter(|(_, incident)| Some(incident.id) != spare);
            let Some(place) = least.min_by_key(|(_, incident)| rank(incident)).map(|(place, _)| place) else {
                return gone;
            };
            let incident = self.all.remove(place);
            gone.push(incident.id);
            let people = u64::from(incident.people());
            let slot = Severity::ALL.iter().position(|severity| *severity == incident.severity);
            if let Some(count) = slot.and_then(|slot| self.folded.incidents.get_mut(slot)) {
                *count = count.saturating_add(1);
            }
            self.folded.signals = self.folded.signals.saturating_add(u64::from(incident.signals));
            self.folded.people = self.folded.people.saturating_add(people);
        }
    }
}
