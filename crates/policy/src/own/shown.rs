//! Which objects were shown to whom as their own: what `parent` ownership rules ask.

use std::collections::{HashMap, VecDeque};

use domain::{SubjectDigest, Timestamp, Window};

/// Who was shown which object, at which door, as its own.
///
/// Bounded to `bound` entries of 48 bytes and their key in the queue (about 120 bytes each). The
/// entry noted longest ago makes room; an entry lasts for `lasts`. Whoever's entry is gone reads
/// the parent again first: an eviction refuses, it never permits. It is keyed by what verified
/// callers were *granted*, not by what they ask for, so a stranger cannot fill it.
#[derive(Debug)]
pub struct ShownParents {
    bound: usize,
    lasts: Window,
    shown: HashMap<Key, Timestamp>,
    order: VecDeque<(Key, Timestamp)>,
}

/// Digests of principal, door and object.
type Key = (SubjectDigest, SubjectDigest, SubjectDigest);

impl ShownParents {
    /// An empty memory of at most `bound` objects, each for `lasts`.
    #[must_use]
    pub fn new(bound: usize, lasts: Window) -> Self {
        Self { bound, lasts, shown: HashMap::new(), order: VecDeque::new() }
    }

    /// Notes that `principal` was shown `object` at `door` as its own.
    pub fn note(
        &mut self,
        principal: SubjectDigest,
        door: SubjectDigest,
        object: SubjectDigest,
        now: Timestamp,
    ) {
        if self.bound == 0 {
            return;
        }
        let key = (principal, door, object);
        // Noted again within the same second: nothing to queue.
        if self.shown.get(&key).is_some_and(|at| now.millis_since(*at) < 1000 && *at <= now) {
            return;
        }
        self.shown.insert(key, now);
        self.order.push_back((key, now));
        while self.shown.len() > self.bound || self.order.len() > self.bound.saturating_mul(2) {
            let Some((oldest, at)) = self.order.pop_front() else { break };
            // Older queue entries of a key that was noted again say nothing about it.
            if self.shown.get(&oldest) == Some(&at) {
                self.shown.remove(&oldest);
            }
        }
    }

    /// Objects remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Whether `principal` was shown `object` at `door` as its own, not too long before `now`.
    #[must_use]
    pub fn was_shown(
        &self,
        principal: SubjectDigest,
        door: SubjectDigest,
        object: SubjectDigest,
        now: Timestamp,
    ) -> bool {
        let noted = self.shown.get(&(principal, door, object));
        noted.is_some_and(|at| now.millis_since(*at) <= self.lasts.millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(n: u8) -> SubjectDigest {
        SubjectDigest::new([n; 16])
    }

    #[test]
    fn what_was_shown_is_remembered_for_that_caller_and_object_only() {
        let mut memory = ShownParents::new(8, Window::HOUR);
        let now = Timestamp::from_secs(10);
        memory.note(digest(1), digest(2), digest(3), now);
        assert!(memory.was_shown(digest(1), digest(2), digest(3), now));
        assert!(!memory.was_shown(digest(9), digest(2), digest(3), now));
        assert!(!memory.was_shown(digest(1), digest(9), digest(3), now));
        assert!(!memory.was_shown(digest(1), digest(2), digest(9), now));
        let later = now.plus(Window::HOUR);
        assert!(memory.was_shown(digest(1), digest(2), digest(3), later));
        assert!(!memory.was_shown(digest(1), digest(2), digest(3), later.plus(Window::from_millis(1))));
    }

    #[test]
    fn the_longest_unseen_makes_room_and_the_freshly_seen_stays() {
        let mut memory = ShownParents::new(4, Window::HOUR);
        for nth in 0..100u8 {
            let now = Timestamp::from_secs(u64::from(nth) * 2);
            memory.note(digest(200), digest(0), digest(200), now);
            memory.note(digest(nth), digest(0), digest(nth), now);
            assert!(memory.shown.len() <= 4 && memory.order.len() <= 8);
            assert!(memory.was_shown(digest(200), digest(0), digest(200), now));
            assert!(memory.was_shown(digest(nth), digest(0), digest(nth), now));
        }
    }
}
