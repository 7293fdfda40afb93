//! From the key of an account to where it stands: open addressing, four bytes a slot.
//!
//! The keys themselves stand in the accounts, so whoever asks says how to find them there. They are keyed
//! hashes, so that nobody outside can choose a long row.
//!
//! Bound: a third more slots than the table has accounts, rounded up to a power of two, reserved at once.

/// Handles by key. A slot holds a handle and 1; 0 stands for none, so that what was never touched costs no
/// memory yet.
#[derive(Debug)]
pub(crate) struct Places {
    slots: Vec<u32>,
}

impl Places {
    /// Room for `keys` handles, each below `u32::MAX`.
    pub(crate) fn for_keys(keys: usize) -> Self {
        let slots = keys.saturating_add(keys / 3).saturating_add(2).next_power_of_two();
        Self { slots: vec![0; slots] }
    }

    fn mask(&self) -> usize {
        self.slots.len().wrapping_sub(1)
    }

    /// Where the row of `key` begins. The low bits of a key name its region and are no hash.
    fn home(&self, key: u64) -> usize {
        usize::try_from(key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).unwrap_or(0) & self.mask()
    }

    /// The slots of a row up to the first that is free, with what they hold.
    fn row(&self, key: u64) -> impl Iterator<Item = (usize, u32)> {
        let (home, mask) = (self.home(key), self.mask());
        let slots = (0..=mask).map(move |step| home.wrapping_add(step) & mask);
        slots.map_while(|slot| Some((slot, self.slots.get(slot)?.checked_sub(1)?)))
    }

    /// The handle of `key`, where `key_of` tells the key of a handle.
    pub(crate) fn find(&self, key: u64, key_of: impl Fn(u32) -> Option<u64>) -> Option<u32> {
        self.row(key).map(|(_, handle)| handle).find(|handle| key_of(*handle) == Some(key))
    }

    /// Enters a key that is not there yet.
    pub(crate) fn insert(&mut self, key: u64, handle: u32) {
        let slot =
            self.row(key).last().map_or(self.home(key), |(slot, _)| slot.wrapping_add(1) & self.mask());
        if let Some(free) = self.slots.get_mut(slot).filter(|held| **held == 0) {
            *free = handle.saturating_add(1);
        }
    }

    /// Gives `key` another handle.
    pub(crate) fn replace(&mut self, key: u64, old: u32, new: u32) {
        let slot = self.row(key).find(|(_, handle)| *handle == old).map(|(slot, _)| slot);
        if let Some(held) = slot.and_then(|slot| self.slots.get_mut(slot)) {
            *held = new.saturating_add(1);
        }
    }

    /// Forgets `key`; the rest of its row moves up, so that no row has a gap. To be called while `key_of`
    /// still tells the keys of all handles.
    pub(crate) fn remove(&mut self, key: u64, handle: u32, key_of: impl Fn(u32) -> Option<u64>) {
        let Some((mut gap, _)) = self.row(key).find(|(_, held)| *held == handle) else { return };
        let (mask, mut slot) = (self.mask(), gap);
        for _ in 0..mask {
            slot = slot.wrapping_add(1) & mask;
            let held = self.slots.get(slot).copied().unwrap_or(0);
            let Some(other) = held.checked_sub(1).and_then(&key_of) else { break };
            // One whose row begins behind the gap stays where it is.
            if slot.wrapping_sub(self.home(other)) & mask >= slot.wrapping_sub(gap) & mask {
                self.put(gap, held);
                gap = slot;
            }
        }
        self.put(gap, 0);
    }

    fn put(&mut self, slot: usize, held: u32) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = held;
        }
    }

    /// Bytes of all slots.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.capacity().saturating_mul(size_of::<u32>())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The slow model is a map; the table is small, so that rows meet, wrap around and close.
        #[test]
        fn it_finds_what_a_map_finds(steps in prop::collection::vec((0u64..24, 0u8..3), 1..200)) {
            let mut places = Places::for_keys(20);
            let (mut keys, mut map): (Vec<u64>, BTreeMap<u64, u32>) = (Vec::new(), BTreeMap::new());
            for (number, what) in steps {
                // Few homes for many keys.
                let key = (number % 5) << 59 | number << 20;
                let key_of = |keys: &Vec<u64>, handle: u32| keys.get(usize::try_from(handle).unwrap()).copied();
                match (what, map.get(&key).copied()) {
                    (0, None) if map.len() < 20 => {
                        let handle = u32::try_from(keys.len()).unwrap();
                        keys.push(key);
                        places.insert(key, handle);
                        map.insert(key, handle);
                    }
                    (1, Some(handle)) => {
                        places.remove(key, handle, |handle| key_of(&keys, handle));
                        map.remove(&key);
                    }
                    (2, Some(old)) => {
                        let new = u32::try_from(keys.len()).unwrap();
                        keys.push(key);
                        places.replace(key, old, new);
                        map.insert(key, new);
                    }
                    _ => {}
                }
                for number in 0..24 {
                    let key = (number % 5) << 59 | number << 20;
                    let found = places.find(key, |handle| key_of(&keys, handle));
                    prop_assert_eq!(found, map.get(&key).copied());
                }
            }
        }
    }
}
