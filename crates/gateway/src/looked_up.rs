//! Whom each look-up was answered with.
//!
//! A look-up is not charged as a disclosure, for whoever brings an e-mail asks for its person. So one
//! contact must stand for one person: an address that the upstream repeats in every record (its own,
//! or whatever the request said) would else make everybody a look-up.

use std::sync::Mutex;

use crate::identify::generations::Generations;
use crate::locked;

/// The person that each contact stands for at each door.
///
/// Bound: 65,536 contacts, about 3 MB. Eviction rule: those unused for longest go first; a forgotten
/// contact may stand for another person then, within the budget of look-ups.
#[derive(Debug)]
pub(crate) struct LookedUp(Mutex<Generations<(u32, u64), u64>>);

impl Default for LookedUp {
    fn default() -> Self {
        Self(Mutex::new(Generations::new(65_536)))
    }
}

impl LookedUp {
    /// Whether `contacts`, brought to `door`, stand for `person`: they do from the first time on.
    pub(crate) fn stand_for(&self, door: u32, contacts: &[u64], person: u64) -> bool {
        let mut known = locked(&self.0);
        let strangers =
            contacts.iter().any(|contact| known.get(&(door, *contact)).is_some_and(|known| known != person));
        if !strangers {
            contacts.iter().for_each(|contact| known.insert((door, *contact), person));
        }
        !strangers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_stands_for_one_person_at_each_door() {
        let looked_up = LookedUp::default();
        assert!(looked_up.stand_for(1, &[7], 100));
        assert!(looked_up.stand_for(1, &[7], 100));
        assert!(!looked_up.stand_for(1, &[7], 101));
        assert!(!looked_up.stand_for(1, &[8, 7], 101));
        assert!(looked_up.stand_for(1, &[8], 101));
        assert!(looked_up.stand_for(2, &[7], 101));
    }
}
