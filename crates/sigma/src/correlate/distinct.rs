//! How many different values within a window, in constant time per value.
//!
//! Values stand in the order in which they were last seen. Beyond `most` the one that was not seen for
//! longest leaves: a rule with thresholds up to T asks no more than whether there are up to T + 1, so
//! that T + 1 values are enough for an exact answer, whatever the window and however many pass by.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Up to so many values are searched one by one.
const FEW: usize = 16;
/// Values for which a first one makes room.
const LEAST: usize = 4;
const NONE: u32 = u32::MAX;

/// A hasher for numbers that are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |number, byte| number.rotate_left(8) ^ u64::from(*byte));
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

pub(super) type Index = HashMap<u64, u32, BuildHasherDefault<Same>>;

/// The values of one group.
#[derive(Clone, Debug)]
pub(super) enum Distinct {
    /// The longest unseen first.
    Few(Vec<(u64, u64)>),
    Many(Box<Many>),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Many {
    index: Index,
    nodes: Vec<Node>,
    free: Vec<u32>,
    oldest: u32,
    newest: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    value: u64,
    at: u64,
    older: u32,
    newer: u32,
}

impl Distinct {
    pub(super) const fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// Nothing, in the room of what it held, where that is the least: each group has as much.
    pub(super) fn emptied(self) -> Self {
        match self {
            Self::Few(mut values) if values.capacity() <= LEAST => {
                values.clear();
                Self::Few(values)
            }
            _ => Self::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(values) => values.len(),
            Self::Many(many) => many.index.len(),
        }
    }

    /// Takes `value` in at `at`, forgets what was last seen before `since`, and holds at most `most`.
    pub(super) fn see(&mut self, value: u64, at: u64, since: u64, most: usize) {
        match self {
            Self::Few(values) => {
                values.retain(|(known, seen)| *known != value && *seen >= since);
                values.push((value, at));
                let over = values.len().saturating_sub(most);
                values.drain(..over);
                if values.len() > FEW {
                    let mut many = Many { oldest: NONE, newest: NONE, ..Many::default() };
                    for (value, at) in values.drain(..) {
                        many.see(value, at);
                    }
                    *self = Self::Many(Box::new(many));
                }
            }
            Self::Many(many) => {
                many.see(value, at);
                while many.index.len() > most || many.oldest_seen().is_some_and(|seen| seen < since) {
                    many.forget_oldest();
                }
                if many.index.len() <= FEW / 2 {
                    *self = Self::Few(many.in_order());
                }
            }
        }
    }
}

impl Many {
    fn node(&mut self, place: u32) -> Option<&mut Node> {
        self.nodes.get_mut(usize::try_from(place).ok()?)
    }

    fn oldest_seen(&mut self) -> Option<u64> {
        let oldest = self.oldest;
        self.node(oldest).map(|node| node.at)
    }

    fn see(&mut self, value: u64, at: u64) {
        let place = match self.index.get(&value) {
            Some(place) => {
                let place = *place;
                if place == self.newest {
                    if let Some(node) = self.node(place) {
                        node.at = at;
                    }
                    return;
                }
                self.unlink(place);
                place
            }
            None => {
                let node = Node { value, at, older: NONE, newer: NONE };
                let place = match self.free.pop() {
                    Some(place) => {
                        if let Some(held) = self.node(place) {
                            *held = node;
                        }
                        place
                    }
                    None => {
                        self.nodes.push(node);
                        u32::try_from(self.nodes.len() - 1).unwrap_or(NONE)
                    }
                };
                self.index.insert(value, place);
                place
            }
        };
        let before = self.newest;
        if let Some(node) = self.node(place) {
            (node.at, node.older, node.newer) = (at, before, NONE);
        }
        match self.node(before) {
            Some(node) => node.newer = place,
            None => self.oldest = place,
        }
        self.newest = place;
    }

    fn unlink(&mut self, place: u32) {
        let Some(Node { older, newer, .. }) = self.node(place).copied() else { return };
        match self.node(older) {
            Some(node) => node.newer = newer,
            None => self.oldest = newer,
        }
        match self.node(newer) {
            Some(node) => node.older = older,
            None => self.newest = older,
        }
    }

    fn forget_oldest(&mut self) {
        let place = self.oldest;
        let Some(value) = self.node(place).map(|node| node.value) else { return };
        self.unlink(place);
        self.index.remove(&value);
        self.free.push(place);
    }

    /// Values with their times, the longest unseen first.
    fn in_order(&mut self) -> Vec<(u64, u64)> {
        let mut values = Vec::with_capacity(self.index.len());
        let mut place = self.oldest;
        while let Some(node) = self.node(place).copied() {
            values.push((node.value, node.at));
            place = node.newer;
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_counts_as_a_recount_of_everything_does(
            events in proptest::collection::vec((0u64..60, 0u64..40), 1..400),
            window in 1u64..200,
            most in 1usize..50,
        ) {
            let mut distinct = Distinct::new();
            let mut all: Vec<(u64, u64)> = Vec::new();
            let mut now = 1000;
            for (value, pause) in events {
                now += pause / 8;
                all.push((value, now));
                distinct.see(value, now, now - window.min(now), most);
                let mut recent: Vec<u64> =
                    all.iter().filter(|(_, at)| *at >= now - window.min(now)).map(|(value, _)| *value).collect();
                recent.sort_unstable();
                recent.dedup();
                prop_assert_eq!(distinct.len(), recent.len().min(most));
            }
        }
    }
}
