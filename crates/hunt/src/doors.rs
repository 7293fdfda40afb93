//! The endpoints of a log: what each is about, what its peers do, what it answered.
//!
//! Bound: as many as the learner gives ids ([`spec::learn::Bounds::ids`]), about 650 bytes each; those that
//! a specification declares stand before them.

use domain::{Endpoint, Timestamp};

use crate::asks::Asks;
use crate::callers::Gate;
use crate::download::Downloads;
use crate::matter::Matter;
use crate::passes::Daily;
use crate::storms::Storms;

/// Sessions of which each had a vote before they say anything.
const ENOUGH: u32 = 10;
/// First objects that were everybody's, in a hundred, that make a catalogue of an endpoint.
const SHARED: u32 = 20;
/// Objects that a session may read at an endpoint before anything is known of its peers: its own.
const OWN: u16 = 2;
/// Most that peers can lift it to.
const MOST_OWN: u16 = 1000;

/// One endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) endpoint: Endpoint,
    /// [`detect::endpoint_key`].
    pub(crate) key: u64,
    /// Hash of the template up to its last parameter: what an id below it is an id of.
    pub(crate) resource: u64,
    /// By its words.
    words: Matter,
    pub(crate) objects: Peers,
    pub(crate) pages: Peers,
    pub(crate) hidden: Peers,
    /// Of those that give data.
    pub(crate) downloads: Option<Box<Downloads>>,
    pub(crate) own: Daily,
    /// Sessions whose first object here is known, and how many of those objects were others' as well.
    votes: u32,
    shared: u32,
    /// Successes from which the learner was told, up to the number from which it need not be.
    pub(crate) confirmed: u8,
    pub(crate) count: Count,
    pub(crate) answers: Answers,
    pub(crate) gate: Gate,
    pub(crate) asks: Asks,
    pub(crate) storms: Storms,
}

/// What an endpoint answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Exchanges.
    pub exchanges: u64,
    /// Successes.
    pub good: u64,
    /// 401 and 403.
    pub refused: u64,
    /// Other statuses from 400 to 499.
    pub faults: u64,
    /// From 500 on.
    pub errors: u64,
    /// Bytes sent, where the log has them.
    pub sent: u64,
    /// The first exchange.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
}

impl Count {
    pub(crate) fn take(&mut self, status: u16, sent: u64, at: Timestamp) {
        let counter = match status {
            401 | 403 => &mut self.refused,
            400..=499 => &mut self.faults,
            500..=999 => &mut self.errors,
            _ => &mut self.good,
        };
        *counter += 1;
        if self.exchanges == 0 {
            self.first = at;
        }
        self.exchanges += 1;
        self.sent = self.sent.saturating_add(sent);
        self.last = self.last.max(at);
    }
}

/// Sizes of the answers for an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers(Option<[u64; 2]>);

impl Answers {
    pub(crate) fn take(&mut self, sent: Option<u64>) {
        let Some(sent) = sent else { return };
        let [low, high] = self.0.unwrap_or([sent; 2]);
        self.0 = Some([low.min(sent), high.max(sent)]);
    }

    /// Whether `sent` is a size that they have, give or take the half.
    pub(crate) fn are_like(self, sent: Option<u64>) -> bool {
        let known = self.0.zip(sent);
        known.is_some_and(|([low, high], sent)| sent >= low / 2 && sent <= high.saturating_mul(2))
    }
}

impl Door {
    pub(crate) fn new(endpoint: Endpoint) -> Self {
        let text = endpoint.template().as_str();
        let end = text.rfind('}').map_or(text.len(), |at| at + 1);
        let resource = crate::hash::bytes(1, text.get(..end).unwrap_or(text).as_bytes());
        Self {
            key: detect::endpoint_key(&endpoint),
            resource,
            words: Matter::of(&endpoint),
            downloads: Downloads::of(&endpoint),
            own: Daily::default(),
            endpoint,
            objects: Peers::default(),
            pages: Peers::default(),
            hidden: Peers::default(),
            votes: 0,
            shared: 0,
            confirmed: 0,
            count: Count::default(),
            answers: Answers::default(),
            gate: Gate::default(),
            asks: Asks::default(),
            storms: Storms::default(),
        }
    }

    /// The door of what is not there: nothing is read at it.
    pub(crate) fn unseen(endpoint: Endpoint) -> Self {
        Self { words: Matter::Page, ..Self::new(endpoint) }
    }

    /// Whether its template has one parameter, and that at its end.
    pub(crate) fn has_one_parameter(&self) -> bool {
        let text = self.endpoint.template().as_str();
        text.ends_with('}') && text.matches('{').count() == 1 && !text.contains("{*")
    }

    /// What it is about, as far as it is known by now.
    pub(crate) fn matter(&self) -> Matter {
        let is_public = self.votes >= ENOUGH && self.shared * 100 >= self.votes * SHARED;
        match self.words {
            Matter::Data | Matter::Page if is_public => Matter::Catalogue,
            other => other,
        }
    }

    /// Takes in the first object that a session asked for here, and whether another network did before.
    ///
    /// One vote for each session's first object: what somebody reads afterwards, in a walk, has none.
    pub(crate) fn vote(&mut self, is_shared: bool) {
        self.votes = self.votes.saturating_add(1);
        self.shared = self.shared.saturating_add(u32::from(is_shared));
    }
}

/// How many distinct objects the sessions of an endpoint read: what is usual among peers.
///
/// What counts as usual was learned before today, as soon as there is a day before: a crowd that comes
/// within a day does not make itself usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Peers {
    /// Sessions by [`Peers::STEPS`], until now and until today.
    sessions: [u32; Self::STEPS.len()],
    settled: [u32; Self::STEPS.len()],
    day: u16,
}

impl Peers {
    const STEPS: [u16; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512];

    /// On `day` a session goes from `distinct - 1` to `distinct`.
    pub(crate) fn note(&mut self, distinct: u16, day: u16) {
        if day > self.day {
            (self.settled, self.day) = (self.sessions, day);
        }
        let Ok(at) = Self::STEPS.binary_search(&distinct) else { return };
        if let Some(before) = at.checked_sub(1).and_then(|before| self.sessions.get_mut(before)) {
            *before = before.saturating_sub(1);
        }
        if let Some(step) = self.sessions.get_mut(at) {
            *step = step.saturating_add(1);
        }
    }

    /// Sessions by which it is judged.
    fn judges(&self) -> (&[u32; Self::STEPS.len()], u32) {
        let settled = self.settled.iter().sum();
        if settled >= ENOUGH {
            (&self.settled, settled)
        } else {
            (&self.sessions, self.sessions.iter().sum())
        }
    }

    /// What nine sessions in ten read at most.
    pub(crate) fn usual(&self) -> u16 {
        let (judges, all) = self.judges();
        let mut sum = 0;
        for (nth, sessions) in judges.iter().enumerate() {
            sum += sessions;
            if sum * 10 >= all * 9 {
                let next = Self::STEPS.get(nth + 1).map_or(u16::MAX, |next| next - 1);
                return next;
            }
        }
        u16::MAX
    }

    /// What a session may read before it is no longer taken for its own: twice the usual.
    pub(crate) fn allowance(&self) -> u16 {
        if !self.is_known() {
            return OWN;
        }
        self.usual().saturating_mul(2).clamp(OWN, MOST_OWN)
    }

    /// Whether peers are known.
    pub(crate) fn is_known(&self) -> bool {
        self.judges().1 >= ENOUGH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(text: &str) -> Door {
        Door::new(text.parse().unwrap())
    }

    #[test]
    fn what_everybody_reads_first_is_a_catalogue_unless_it_is_about_people() {
        for (text, shared, matter) in [
            ("GET /api/widgets/{id}", 6, Matter::Catalogue),
            ("GET /api/widgets/{id}", 1, Matter::Data),
            ("GET /api/customers/{id}", 9, Matter::People),
        ] {
            let mut door = door(text);
            for nth in 0..10 {
                door.vote(nth < shared);
            }
            assert_eq!(door.matter(), matter, "{text} {shared}");
        }
    }

    #[test]
    fn peers_lift_what_a_session_may_read_and_one_walker_does_not() {
        let mut peers = Peers::default();
        for session in 0..12 {
            let reads = if session == 0 { 500 } else { 5 };
            (1..=reads).for_each(|distinct| peers.note(distinct, 1));
        }
        assert_eq!((peers.judges().1, peers.usual(), peers.allowance()), (12, 5, 10));
        for _ in 0..100 {
            (1..=60).for_each(|distinct| peers.note(distinct, 2));
        }
        assert_eq!(peers.allowance(), 10, "a crowd of today does not make itself usual");
        assert_eq!(Peers::default().allowance(), OWN);
    }

    #[test]
    fn an_id_below_two_templates_of_one_resource_is_the_same_object() {
        let resource = |text: &str| door(text).resource;
        assert_eq!(resource("GET /orders/{id}"), resource("DELETE /orders/{id}/items"));
        assert_ne!(resource("GET /orders/{id}"), resource("GET /users/{id}"));
    }
}
