//! A bounded map that forgets what was not used for longest, in constant time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use domain::SubjectDigest;

/// Two generations of entries: new and used ones live in the young half; when it is full it becomes
/// the old half, and what was left in the old half is forgotten.
///
/// Bound: `2 * half` entries. Eviction rule: an entry is kept at least until `half` other keys were
/// inserted or used after its own last use, and forgotten at latest when `2 * half` were.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Generations<K, V> {
    /// Holds at most `most` entries (at least two).
    pub(crate) fn new(most: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: (most / 2).max(1) }
    }

    /// The value of `key`, which counts as a use.
    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.old.remove_entry(key)?;
        self.insert(key, value.clone());
        Some(value)
    }

    /// Sets the value of `key`, which counts as a use.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Forgets `key`.
    pub(super) fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Entries held.
    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

const SHARDS: usize = 16;

/// A key that is a digest: any of its bytes spreads keys evenly.
pub(super) trait Digested {
    /// One byte of it.
    fn byte(&self) -> u8;
}

impl Digested for [u8; 32] {
    fn byte(&self) -> u8 {
        let [.., byte] = self;
        *byte
    }
}

impl Digested for SubjectDigest {
    fn byte(&self) -> u8 {
        let [.., byte] = self.bytes();
        *byte
    }
}

/// [`Generations`] behind sixteen locks, for tables on the way of every request.
///
/// Bound and eviction rule hold per shard, a sixteenth of the whole each.
#[derive(Debug)]
pub(super) struct Sharded<K, V> {
    shards: [Mutex<Generations<K, V>>; SHARDS],
}

impl<K: Digested + Hash + Eq + Clone, V: Clone> Sharded<K, V> {
    /// Holds at most `most` entries, rounded up to sixteen times two.
    pub(super) fn new(most: usize) -> Self {
        let each = most.div_ceil(SHARDS);
        Self { shards: std::array::from_fn(|_| Mutex::new(Generations::new(each))) }
    }

    /// Runs `act` on the shard of `key`. Never blocks for longer than another such call.
    pub(super) fn with<T>(&self, key: &K, act: impl FnOnce(&mut Generations<K, V>) -> T) -> Option<T> {
        // A panic elsewhere leaves a map that is whole: each operation above is one map call.
        let shard = self.shards.get(usize::from(key.byte()) % SHARDS)?;
        Some(act(&mut shard.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The value of `key`, which counts as a use.
    pub(super) fn get(&self, key: &K) -> Option<V> {
        self.with(key, |shard| shard.get(key)).flatten()
    }

    /// Sets the value of `key`.
    pub(super) fn insert(&self, key: K, value: V) {
        self.with(&key.clone(), |shard| shard.insert(key, value));
    }

    /// Forgets `key`.
    pub(super) fn remove(&self, key: &K) {
        self.with(key, |shard| shard.remove(key));
    }

    /// Entries held in all shards.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow obvious one: every key with its value, most recently used last.
    #[derive(Default)]
    struct Recency(Vec<(u8, u32)>);

    impl Recency {
        fn take(&mut self, key: u8) -> Option<u32> {
            let at = self.0.iter().position(|(have, _)| *have == key)?;
            Some(self.0.remove(at).1)
        }
    }

    proptest! {
        #[test]
        fn the_recently_used_half_is_always_there_and_the_bound_is_never_passed(
            most in 2_usize..24,
            acts in prop::collection::vec((any::<u8>().prop_map(|k| k % 40), prop::option::of(any::<u32>())), 0..300),
        ) {
            let mut fast = Generations::new(most);
            let mut slow = Recency::default();
            for (key, written) in acts {
                // What the rule promises before the act: the `most / 2` used last are there.
                let promised = slow.0.iter().rev().take(most / 2).any(|(have, _)| *have == key);
                match written {
                    Some(value) => {
                        fast.insert(key, value);
                        slow.take(key);
                        slow.0.push((key, value));
                    }
                    None => {
                        let got = fast.get(&key);
                        let want = slow.take(key);
                        prop_assert!(got.is_none() || got == want);
                        prop_assert!(!promised || got == want);
                        if let Some(value) = got {
                            slow.0.push((key, value));
                        }
                    }
                }
                prop_assert!(fast.len() <= most);
            }
        }

        #[test]
        fn shards_together_keep_the_bound(keys in prop::collection::vec(any::<[u8; 32]>(), 0..2000)) {
            let map = Sharded::new(320);
            for key in &keys {
                map.insert(*key, ());
            }
            prop_assert!(map.len() <= 320);
            if let Some(last) = keys.last() {
                prop_assert_eq!(map.get(last), Some(()));
                map.remove(last);
                prop_assert_eq!(map.get(last), None);
            }
        }
    }
}
