//! The groups of one correlation, bounded in number and in what they remember together.
//!
//! Bound: `groups` groups with `held` entries in all. Eviction rule: a group that was not touched for a
//! whole window has nothing to say and leaves first; where all are younger, the one that was not touched
//! for longest leaves (its count begins anew when it comes back, and [`Groups::forgotten`] says how often
//! that happened). Who fills the table with made-up groups can make others forget: a rule that groups by
//! what a client chooses is as weak as that.

use super::distinct::Index;
use super::window::Memory;

const NONE: u32 = u32::MAX;

/// A group.
#[derive(Clone, Debug)]
pub(super) struct Group {
    key: u64,
    older: u32,
    newer: u32,
    /// When it was touched last.
    pub(super) last: u64,
    /// When its condition was told last.
    pub(super) told: Option<u64>,
    /// Whether its condition held at its last event.
    pub(super) held: bool,
    pub(super) memory: Memory,
}

/// All groups.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    index: Index,
    groups: Vec<Group>,
    free: Vec<u32>,
    oldest: u32,
    newest: u32,
    /// Entries of all groups.
    entries: usize,
    most_groups: usize,
    most_entries: usize,
    forgotten: u64,
}

impl Groups {
    pub(super) fn new(most_groups: usize, most_entries: usize) -> Self {
        Self {
            index: Index::default(),
            groups: Vec::new(),
            free: Vec::new(),
            oldest: NONE,
            newest: NONE,
            entries: 0,
            most_groups: most_groups.max(1),
            most_entries: most_entries.max(1),
            forgotten: 0,
        }
    }

    /// How many groups left while they still counted.
    pub(super) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Lets `with` change the group of `key`, which is made by `new` where it is not there. The time
    /// that `with` is given is no earlier than the group's last.
    pub(super) fn touch<T>(
        &mut self,
        key: u64,
        at: u64,
        window: u64,
        new: impl FnOnce() -> Memory,
        with: impl FnOnce(&mut Group, u64) -> T,
    ) -> Option<T> {
        for _ in 0..2 {
            let stale = self.group(self.oldest).is_some_and(|group| group.last.saturating_add(window) < at);
            if stale {
                self.evict();
            }
        }
        let place = match self.index.get(&key) {
            Some(place) => {
                let place = *place;
                self.unlink(place);
                place
            }
            None => {
                if self.index.len() >= self.most_groups {
                    self.forget();
                }
                let memory = self.left().unwrap_or_else(new);
                self.insert(Group { key, older: NONE, newer: NONE, last: 0, told: None, held: false, memory })
            }
        };
        self.link(place);
        let group = self.groups.get_mut(usize::try_from(place).ok()?)?;
        let now = at.max(group.last);
        group.last = now;
        let before = group.memory.len();
        let result = with(group, now);
        let after = group.memory.len();
        self.entries = (self.entries + after).saturating_sub(before);
        while self.entries > self.most_entries && self.oldest != self.newest {
            self.forget();
        }
        Some(result)
    }

    fn group(&self, place: u32) -> Option<&Group> {
        self.groups.get(usize::try_from(place).ok()?)
    }

    fn group_mut(&mut self, place: u32) -> Option<&mut Group> {
        self.groups.get_mut(usize::try_from(place).ok()?)
    }

    /// The room that the group left whose place is taken next: all groups of a correlation count alike.
    fn left(&mut self) -> Option<Memory> {
        let place = *self.free.last()?;
        let memory = &mut self.group_mut(place)?.memory;
        matches!(memory, Memory::Values(_)).then(|| std::mem::replace(memory, Memory::Hits(Vec::new())))
    }

    fn insert(&mut self, group: Group) -> u32 {
        self.entries += group.memory.len();
        let key = group.key;
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(held) = self.group_mut(place) {
                    *held = group;
                }
                place
            }
            None => {
                self.groups.push(group);
                u32::try_from(self.groups.len() - 1).unwrap_or(NONE)
            }
        };
        self.index.insert(key, place);
        place
    }

    fn link(&mut self, place: u32) {
        let before = self.newest;
        if let Some(group) = self.group_mut(place) {
            (group.older, group.newer) = (before, NONE);
        }
        match self.group_mut(before) {
            Some(group) => group.newer = place,
            None => self.oldest = place,
        }
        self.newest = place;
    }

    fn unlink(&mut self, place: u32) {
        let Some((older, newer)) = self.group(place).map(|group| (group.older, group.newer)) else { return };
        match self.group_mut(older) {
            Some(group) => group.newer = newer,
            None => self.oldest = newer,
        }
        match self.group_mut(newer) {
            Some(group) => group.older = older,
            None => self.newest = older,
        }
    }

    fn forget(&mut self) {
        self.forgotten += 1;
        self.evict();
    }

    fn evict(&mut self) {
        let place = self.oldest;
        let Some((key, entries)) = self.group(place).map(|group| (group.key, group.memory.len())) else {
            return;
        };
        self.unlink(place);
        self.index.remove(&key);
        self.entries = self.entries.saturating_sub(entries);
        if let Some(group) = self.group_mut(place) {
            group.memory = std::mem::replace(&mut group.memory, Memory::Hits(Vec::new())).emptied();
        }
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::distinct::Distinct;
    use super::super::window::Seen;
    use super::*;
    use std::collections::VecDeque;

    fn see(groups: &mut Groups, key: u64, at: u64) -> usize {
        let new = || Memory::Events(VecDeque::new());
        let count = groups.touch(key, at, 100, new, |group, now| {
            group.memory.see(Seen::Event, now, now.saturating_sub(100), 1000);
            group.memory.len()
        });
        count.unwrap()
    }

    #[test]
    fn the_group_that_was_silent_longest_leaves_a_full_table() {
        let mut groups = Groups::new(3, 1000);
        for (key, at) in [(1, 1), (2, 2), (3, 3), (1, 4), (4, 5)] {
            see(&mut groups, key, at);
        }
        assert_eq!(groups.forgotten(), 1);
        assert_eq!(see(&mut groups, 1, 6), 3);
        assert_eq!(see(&mut groups, 2, 7), 1);
    }

    #[test]
    fn what_all_groups_remember_is_bounded_and_the_speaking_group_stays() {
        let mut groups = Groups::new(100, 10);
        for n in 0..50 {
            see(&mut groups, n % 5, n);
            assert!(groups.entries <= 10);
        }
        for n in 0..30 {
            assert_eq!(see(&mut groups, 77, 50), n + 1);
        }
        assert_eq!(groups.index.len(), 1);
    }

    #[test]
    fn a_group_without_an_event_in_the_window_is_not_counted_as_forgotten() {
        let mut groups = Groups::new(2, 1000);
        for n in 0..50 {
            see(&mut groups, n, n * 101);
        }
        assert_eq!(groups.forgotten(), 0);
        assert!(groups.groups.len() <= 2);
    }

    #[test]
    fn who_takes_the_place_of_a_group_that_left_begins_at_nothing() {
        for (values, most) in [(1, 2), (3, 2), (40, 1)] {
            let mut groups = Groups::new(most, 1000);
            let mut count = |key: u64, at: u64, value: u64| {
                let new = || Memory::Values(Distinct::new());
                groups.touch(key, at, 100, new, |group, now| {
                    group.memory.see(Seen::Value(value), now, now.saturating_sub(100), 1000);
                    group.memory.len()
                })
            };
            let first = (0..values).filter_map(|value| count(1, 1, value)).last();
            assert_eq!(first, usize::try_from(values).ok());
            assert_eq!(count(2, 300, 7), Some(1), "{values} values, {most} groups");
            assert_eq!(count(1, 310, 0), Some(1), "{values} values, {most} groups");
        }
    }

    #[test]
    fn time_does_not_run_backwards_in_a_group() {
        let mut groups = Groups::new(2, 1000);
        see(&mut groups, 1, 500);
        assert_eq!(see(&mut groups, 1, 100), 2);
        assert_eq!(see(&mut groups, 1, 601), 1);
    }
}
