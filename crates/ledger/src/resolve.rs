//! Pairs what was intended with how it ended, in order and in bounded memory.

use std::collections::{HashMap, VecDeque};

use domain::{Completion, ExchangeId, Exposure};
use smallvec::SmallVec;

use crate::Entry;

/// What comes out of a [`Resolver`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// An exposure and its end; `None` where the entries ran out before it was known.
    Exposure(Exposure, Option<Completion>),
    /// A completion whose exposure is not, or no longer, waiting.
    Late(Entry),
    /// Any other entry, unchanged.
    Other(Entry),
}

/// Holds exposures back until their completion is seen, and lets them go in the order they came.
///
/// At most `most_waiting` exposures and `most_subjects` subjects wait; above that the oldest goes
/// without its completion, which then counts as unknown: accounted, never forgotten.
#[derive(Debug)]
pub struct Resolver {
    waiting: VecDeque<(Exposure, Option<Completion>)>,
    /// Places of a waiting exchange (a large answer is released in parts, each with its exposure),
    /// counted from the first one ever; `gone` have left the queue.
    places: HashMap<ExchangeId, SmallVec<[u64; 1]>>,
    gone: u64,
    subjects: usize,
    most_waiting: usize,
    most_subjects: usize,
}

impl Resolver {
    /// A resolver with the given bounds.
    #[must_use]
    pub fn new(most_waiting: usize, most_subjects: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            places: HashMap::new(),
            gone: 0,
            subjects: 0,
            most_waiting,
            most_subjects,
        }
    }

    /// Takes the next entry; `out` receives what is decided by it.
    pub fn push(&mut self, entry: Entry, out: &mut impl FnMut(Resolved)) {
        match entry {
            Entry::Intended(exposure) => {
                let place = self.gone.saturating_add(u64::try_from(self.waiting.len()).unwrap_or(0));
                self.places.entry(exposure.exchange).or_default().push(place);
                self.subjects = self.subjects.saturating_add(exposure.subjects.len());
                self.waiting.push_back((exposure, None));
                while self.waiting.len() > self.most_waiting
                    || (self.subjects > self.most_subjects && self.waiting.len() > 1)
                {
                    self.release(out);
                }
            }
            Entry::Completed { exchange, completion, at } => {
                match self.places.get(&exchange) {
                    Some(places) => {
                        let nth = |place: &u64| usize::try_from(place.checked_sub(self.gone)?).ok();
                        for nth in places.iter().filter_map(nth) {
                            if let Some((_, end)) = self.waiting.get_mut(nth) {
                                // The first word stands: a segment's summary has seen no second.
                                end.get_or_insert(completion);
                            }
                        }
                    }
                    None => out(Resolved::Late(Entry::Completed { exchange, completion, at })),
                }
                while self.waiting.front().is_some_and(|(_, end)| end.is_some()) {
                    self.release(out);
                }
            }
            Entry::Started(started) => {
                self.finish(out);
                out(Resolved::Other(Entry::Started(started)));
            }
            other => out(Resolved::Other(other)),
        }
    }

    /// Lets everything go that still waits.
    pub fn finish(&mut self, out: &mut impl FnMut(Resolved)) {
        while !self.waiting.is_empty() {
            self.release(out);
        }
    }

    fn release(&mut self, out: &mut impl FnMut(Resolved)) {
        if let Some((exposure, end)) = self.waiting.pop_front() {
            if let Some(places) = self.places.get_mut(&exposure.exchange) {
                places.retain(|place| *place != self.gone);
                if places.is_empty() {
                    self.places.remove(&exposure.exchange);
                }
            }
            self.gone = self.gone.saturating_add(1);
            self.subjects = self.subjects.saturating_sub(exposure.subjects.len());
            out(Resolved::Exposure(exposure, end));
        }
    }
}
