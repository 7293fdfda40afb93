//! Signals that belong together, and what they add up to.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use detect::Signal;
use domain::{ClassSet, DetectorId, Endpoint, Severity, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::joining::Mark;
use crate::party::Party;
use crate::seen::Seen;
use crate::target::Callers;
use crate::timeline::{Happened, Timeline};

/// Most parties of an incident by name; further ones are counted.
const MOST_PARTIES: usize = 32;
/// Most endpoints of an incident by name.
const MOST_DOORS: usize = 16;
/// Most traits by which others join it.
const MOST_MARKS: usize = 64;
/// Most notes; the oldest leaves.
const MOST_NOTES: usize = 32;
/// Longest note of an incident, in characters; what is longer is cut.
pub const MOST_NOTE: usize = 1000;
/// Most incidents that it is known to have been, by name.
const MOST_MERGED: usize = 16;
/// The digits of an id: no letter that is read as another.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The name of an incident, such as `INC-7K3Q9M`. It never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(u32);

impl IncidentId {
    /// From the lower thirty bits of a number.
    pub(crate) const fn new(number: u32) -> Self {
        Self(number & 0x3fff_ffff)
    }

    pub(crate) const fn next(self) -> Self {
        Self::new(self.0.wrapping_add(1))
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("INC-")?;
        (0..6u32).rev().try_for_each(|place| {
            let digit = usize::try_from(self.0 >> (5 * place) & 31).unwrap_or(0);
            write!(f, "{}", char::from(DIGITS.get(digit).copied().unwrap_or(b'0')))
        })
    }
}

impl FromStr for IncidentId {
    type Err = String;

    /// # Errors
    /// A sentence that shows the form.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix("INC-").filter(|digits| digits.len() == 6).and_then(|digits| {
            digits.bytes().try_fold(0u32, |number, byte| {
                let digit = DIGITS.iter().position(|digit| *digit == byte.to_ascii_uppercase())?;
                Some(number << 5 | u32::try_from(digit).ok()?)
            })
        });
        number.map(Self).ok_or_else(|| {
            format!(
                "`{}` is no incident; incidents are written like `INC-7K3Q9M`",
                text.chars().take(40).collect::<String>()
            )
        })
    }
}

impl Serialize for IncidentId {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IncidentId {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It goes on, or may.
    Open,
    /// Something is done about it, and no signal came for a minute.
    Contained,
    /// No signal came for an hour and nothing is done any more, or a person closed it.
    Closed,
}

impl State {
    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Contained => "contained",
            Self::Closed => "closed",
        }
    }
}

/// What one detector said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Which.
    pub detector: DetectorId,
    /// Its gravest case.
    pub case: Cow<'static, str>,
    /// How often.
    pub signals: u32,
    /// How grave at most.
    pub severity: Severity,
    /// Its most people in one signal.
    pub people: u32,
    /// When what it first spoke of began.
    pub first: Timestamp,
    /// When it last spoke.
    pub last: Timestamp,
}

/// What one party did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyTally {
    /// Who.
    pub party: Party,
    /// Signals of it.
    pub signals: u32,
    /// People it was told of, at least.
    pub people: u32,
    /// Its latest signal.
    pub last: Timestamp,
}

/// What happened at one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Its key, by [`detect::endpoint_key`].
    #[serde(with = "crate::key")]
    pub key: u64,
    /// The endpoint as it is shown.
    pub shown: Endpoint,
    /// The upstream behind it.
    #[serde(with = "crate::key")]
    pub upstream: u64,
    /// Signals at it.
    pub signals: u32,
    /// People it told all sources of, at least, as its own detectors say.
    pub people: u32,
    /// The narrowest class that holds all of whom signals spoke here.
    pub callers: Callers,
    /// Whether its intent was declared at the latest signal.
    #[serde(default)]
    pub declared: bool,
    /// The earliest page at which a signal spoke; `None` where one spoke of no page.
    pub page: Option<u64>,
    /// The latest signal.
    pub last: Timestamp,
}

/// What a person wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What. At most 1,000 characters.
    pub text: String,
}

/// Signals that belong together. Bound: 32 parties, 16 endpoints, 64 traits, 64 moments, 32 notes.
/// Eviction rule: the party with the fewest people is counted and no longer named; of endpoints and traits
/// the one that was silent longest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its name.
    pub id: IncidentId,
    /// Where it stands.
    pub state: State,
    /// How grave, by the rules.
    pub severity: Severity,
    /// Its gravest signal.
    pub gravest: Severity,
    /// When what its signals speak of began.
    pub began: Timestamp,
    /// Its first signal.
    pub first: Timestamp,
    /// Its latest signal.
    pub last: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// How often it came back after it was closed.
    pub reopened: u32,
    /// How often it went on after it was contained.
    #[serde(default)]
    pub resumed: u32,
    /// Signals.
    pub signals: u32,
    /// Classes that were told.
    pub classes: ClassSet,
    /// By detector.
    pub tallies: Vec<Tally>,
    /// By party, the first first.
    pub parties: Vec<PartyTally>,
    /// Parties that are counted only, at most, and their people.
    pub more_parties: (u32, u32),
    /// About how many sources took part, as detectors of crowds say.
    pub crowd: u32,
    /// By endpoint.
    pub doors: Vec<Door>,
    /// What happened.
    pub timeline: Timeline,
    /// What people wrote.
    pub notes: Vec<Note>,
    /// Incidents that turned out to be this one.
    pub merged: Vec<IncidentId>,
    /// How grave it was and how many people it had when somebody last had to hear of it.
    pub(crate) told: (Severity, u32),
    pub(crate) marks: Vec<Mark>,
}

impl Incident {
    pub(crate) fn new(id: IncidentId, signal: &Signal) -> Self {
        Self {
            id,
            state: State::Open,
            severity: Severity::Low,
            gravest: Severity::Low,
            began: signal.first,
            first: signal.last,
            last: signal.last,
            closed: None,
            reopened: 0,
            resumed: 0,
            signals: 0,
            classes: ClassSet::EMPTY,
            tallies: Vec::new(),
            parties: Vec::new(),
            more_parties: (0, 0),
            crowd: 0,
            doors: Vec::new(),
            timeline: Timeline::default(),
            notes: Vec::new(),
            merged: Vec::new(),
            told: (Severity::Low, 0),
            marks: Vec::new(),
        }
    }

    /// People who left, at least: what addresses and principals were told of together, or a network
    /// around them, or endpoints, whichever is most. They overlap, so they are never added up.
    #[must_use]
    pub fn people(&self) -> u32 {
        let sum = |people: &mut dyn Iterator<Item = u32>| people.fold(0u32, u32::saturating_add);
        let singles =
            sum(&mut self.parties.iter().filter(|party| party.party.is_single()).map(|party| party.people));
        let networks = self.parties.iter().map(|party| party.people).max().unwrap_or(0);
        let doors = sum(&mut self.doors.iter().map(|door| door.people));
        singles.saturating_add(self.more_parties.1).max(networks).max(doors)
    }

    /// By what incidents are held against one another: first whether anybody was told, or it is critical all
    /// the same (a canary was named); then how grave it is, then how many people.
    pub(crate) fn gravity(&self) -> (bool, Severity, u32) {
        let people = self.people();
        (people > 0 || self.severity == Severity::Critical, self.severity, people)
    }

    /// Sources that took part, about. A network around others that are named is none beside them.
    #[must_use]
    pub fn sources(&self) -> u32 {
        let parties = self.parties.iter().map(|tally| tally.party);
        let is_around = |party: &Party| self.parties.iter().any(|other| party.is_around(&other.party));
        let named = u32::try_from(parties.filter(|party| !is_around(party)).count()).unwrap_or(u32::MAX);
        named.saturating_add(self.more_parties.0).max(self.crowd)
    }

    /// Adds a signal.
    pub(crate) fn take(&mut self, signal: &Signal, seen: &Seen<'_>, marks: &[Mark]) {
        self.began = self.began.min(signal.first);
        self.first = self.first.min(signal.last);
        self.last = self.last.max(signal.last);
        self.signals = self.signals.saturating_add(1);
        self.gravest = self.gravest.max(signal.severity);
        self.classes = self.classes.union(seen.classes);
        self.crowd = self.crowd.max(signal.evidence.sources.unwrap_or(0));
        let case = Cow::Borrowed(signal.evidence.case);
        self.tally(Tally {
            detector: signal.detector,
            case: case.clone(),
            signals: 1,
            severity: signal.severity,
            people: signal.evidence.people,
            first: signal.first,
            last: signal.last,
        });
        let (people, last) = (signal.evidence.people, signal.last);
        let party = Party::of(signal.source);
        if let Some(party) = party {
            self.party(PartyTally { party, signals: 1, people, last });
        }
        self.door(Door {
            key: signal.endpoint,
            shown: seen.endpoint.clone(),
            upstream: seen.facts.upstream,
            signals: 1,
            people: if party.is_none() { people } else { 0 },
            callers: Callers::of(&seen.facts),
            declared: seen.declared,
            page: seen.facts.page,
            last,
        });
        marks.iter().for_each(|mark| self.mark(mark.clone()));
        self.timeline.add(signal.last, Happened::Said { detector: signal.detector, case });
    }

    /// Takes in another incident that turned out to be this one.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self { id, state, severity: _, gravest, began, first, last, closed: _, reopened, .. } = other;
        self.state = self.state.min(state);
        self.gravest = self.gravest.max(gravest);
        self.began = self.began.min(began);
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        self.reopened = self.reopened.max(reopened);
        self.resumed = self.resumed.max(other.resumed);
        self.signals = self.signals.saturating_add(other.signals);
        self.classes = self.classes.union(other.classes);
        self.crowd = self.crowd.max(other.crowd);
        other.tallies.into_iter().for_each(|tally| self.tally(tally));
        other.parties.into_iter().for_each(|party| self.party(party));
        self.more_parties.0 = self.more_parties.0.saturating_add(other.more_parties.0);
        self.more_parties.1 = self.more_parties.1.saturating_add(other.more_parties.1);
        other.doors.into_iter().for_each(|door| self.door(door));
        other.marks.into_iter().for_each(|mark| self.mark(mark));
        self.timeline.merge(other.timeline);
        self.told = (self.told.0.max(other.told.0), self.told.1.max(other.told.1));
        self.notes.extend(other.notes);
        self.notes.sort_by_key(|note| note.at);
        self.merged.push(id);
        self.merged.extend(other.merged);
        self.bound();
    }

    pub(crate) fn note(&mut self, at: Timestamp, who: &str, text: &str) {
        let clean = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
        let text = text.trim().chars().take(MOST_NOTE).map(clean).collect();
        self.notes.push(Note { at, who: crate::asked::short(who), text });
        self.timeline.add(at, Happened::Noted);
        self.bound();
    }

    fn tally(&mut self, one: Tally) {
        let Some(tally) = self.tallies.iter_mut().find(|tally| tally.detector == one.detector) else {
            self.tallies.push(one);
            self.tallies.sort_by_key(|tally| tally.detector);
            return;
        };
        if (one.severity, &one.case) > (tally.severity, &tally.case) {
            tally.case = one.case;
        }
        tally.signals = tally.signals.saturating_add(one.signals);
        tally.severity = tally.severity.max(one.severity);
        tally.people = tally.people.max(one.people);
        tally.first = tally.first.min(one.first);
        tally.last = tally.last.max(one.last);
    }

    fn party(&mut self, one: PartyTally) {
        if let Some(known) = self.parties.iter_mut().find(|known| known.party == one.party) {
            known.signals = known.signals.saturating_add(one.signals);
            known.people = known.people.max(one.people);
            known.last = known.last.max(one.last);
            return;
        }
        self.parties.push(one);
        if self.parties.len() > MOST_PARTIES {
            let least = self.parties.iter().enumerate().min_by_key(|(_, party)| (party.people, party.last));
            if let Some(place) = least.map(|(place, _)| place) {
                let gone = self.parties.remove(place);
                self.more_parties.0 = self.more_parties.0.saturating_add(1);
                let people = if gone.party.is_single() { gone.people } else { 0 };
                self.more_parties.1 = self.more_parties.1.saturating_add(people);
            }
        }
    }

    fn door(&mut self, one: Door) {
        if let Some(known) = self.doors.iter_mut().find(|known| known.key == one.key) {
            known.signals = known.signals.saturating_add(one.signals);
            known.people = known.people.max(one.people);
            known.callers = known.callers.max(one.callers);
            known.page = known.page.zip(one.page).map(|(known, one)| known.min(one));
            if one.last >= known.last {
                known.declared = one.declared;
            }
            known.last = known.last.max(one.last);
            return;
        }
        self.doors.push(one);
        if self.doors.len() > MOST_DOORS {
            let silent = self.doors.iter().enumerate().min_by_key(|(_, door)| door.last);
            if let Some(place) = silent.map(|(place, _)| place) {
                self.doors.remove(place);
            }
        }
    }

    fn mark(&mut self, one: Mark) {
        if let Some(known) = self.marks.iter_mut().find(|known| known.of == one.of) {
            known.speaks |= one.speaks;
            known.last = known.last.max(one.last);
            return;
        }
        self.marks.push(one);
        if self.marks.len() > MOST_MARKS {
            let silent = self.marks.iter().enumerate().min_by_key(|(_, mark)| mark.last);
            if let Some(place) = silent.map(|(place, _)| place) {
                self.marks.remove(place);
            }
        }
    }

    /// Cuts what came from outside (another incident, a file) to its bounds.
    pub(crate) fn bound(&mut self) {
        let surplus = self.notes.len().saturating_sub(MOST_NOTES);
        self.notes.drain(..surplus);
        self.merged.truncate(MOST_MERGED);
        self.parties.truncate(MOST_PARTIES);
        self.doors.truncate(MOST_DOORS);
        self.marks.truncate(MOST_MARKS);
        self.tallies.truncate(DetectorId::ALL.len());
        self.timeline.bound();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_what_it_prints() {
        for number in [0, 1, 31, 32, 0x3fff_ffff, 123_456_789] {
            let id = IncidentId::new(number);
            assert_eq!(id.to_string().parse::<IncidentId>().unwrap(), id);
        }
        for text in ["", "INC-", "INC-12345", "INC-1234567", "INC-12345U", "inc-123456", "INC-é2345"] {
            assert!(text.parse::<IncidentId>().is_err(), "{text}");
        }
    }
}
