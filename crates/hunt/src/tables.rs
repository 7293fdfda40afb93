//! What is remembered of clients and objects: tables of fixed size, allocated as they are touched.
//!
//! Bound: the number of places, given once. Eviction rule: a place belongs to one of eight beside each
//! other, and the newcomer takes that of the one that was silent longest. What is forgotten counts as new
//! again: an object adds evidence a second time ([`crate::doors::Door`] weighs it), and a client is granted
//! its first objects as its own again. With the sizes that `crate::foreign` gives it takes about two million
//! distinct objects, or a million pairs of client and door, within [`DAYS`] days.

use crate::hash::mix;

/// After so many days an object is new to a client again, as in the gateway's longest budget window.
const DAYS: u16 = 30;
/// Places that a key may have.
const WAYS: usize = 8;

fn first_place(key: u64, len: usize) -> usize {
    let sets = u64::try_from(len / WAYS).unwrap_or(1).max(1);
    let set = ((key & 0xffff_ffff) * sets) >> 32;
    usize::try_from(set).unwrap_or(0) * WAYS
}

/// Which objects a client asked for: 8 bytes each.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// 48 bits of the key, 16 of the day; 0 where nothing is.
    places: Vec<u64>,
}

impl Asked {
    pub(crate) fn new(places: usize) -> Self {
        Self { places: vec![0; places.max(WAYS)] }
    }

    /// Whether `client` asked for `object` within thirty days before `day`.
    pub(crate) fn has(&self, client: u64, object: u64, day: u16) -> bool {
        let key = mix(client, object);
        let from = first_place(key, self.places.len());
        let tag = (key >> 16) | 1;
        let set = self.places.iter().skip(from).take(WAYS);
        let is_recent = |place: &u64| day.saturating_sub(u16::try_from(place & 0xffff).unwrap_or(0)) <= DAYS;
        set.filter(|place| **place >> 16 == tag).any(is_recent)
    }

    /// Notes that `client` asked for `object` on `day`; whether it had not within the last thirty days.
    pub(crate) fn is_new(&mut self, client: u64, object: u64, day: u16) -> bool {
        let key = mix(client, object);
        let from = first_place(key, self.places.len());
        let Some(set) = self.places.get_mut(from..from + WAYS) else { return true };
        let tag = (key >> 16) | 1;
        let packed = tag << 16 | u64::from(day);
        let tag = packed >> 16;
        let day_of = |place: u64| u16::try_from(place & 0xffff).unwrap_or(0);
        if let Some(held) = set.iter_mut().find(|place| **place >> 16 == tag) {
            let is_old = day.saturating_sub(day_of(*held)) > DAYS;
            *held = packed;
            return is_old;
        }
        if let Some(oldest) = set.iter_mut().min_by_key(|place| day_of(**place)) {
            *oldest = packed;
        }
        true
    }
}

/// What one session did at one door: 12 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pair {
    tag: u32,
    /// The day of the last exchange.
    day: u16,
    /// Distinct objects or pages.
    pub(crate) distinct: u16,
    /// Those of them that were let pass as its own.
    pub(crate) own: u16,
}

/// Sessions and addresses at doors.
#[derive(Clone, Debug)]
pub(crate) struct Pairs {
    places: Vec<Pair>,
}

impl Pairs {
    pub(crate) fn new(places: usize) -> Self {
        Self { places: vec![Pair::default(); places.max(WAYS)] }
    }

    /// The pair of `who` and `door`, made if it is not there; whether it is new or a month old.
    pub(crate) fn of(&mut self, who: u64, door: u64, day: u16) -> (&mut Pair, bool) {
        let key = mix(who, door);
        let from = first_place(key, self.places.len());
        let tag = crate::upper(key).max(1);
        let mut found = from;
        let mut is_held = false;
        let mut oldest = u16::MAX;
        for (nth, pair) in self.places.iter().enumerate().skip(from).take(WAYS) {
            if pair.tag == tag {
                (found, is_held) = (nth, true);
                break;
            }
            let at = if pair.tag == 0 { 0 } else { pair.day };
            if at < oldest {
                (found, oldest) = (nth, at);
            }
        }
        #[expect(clippy::indexing_slicing, reason = "`found` is `from` or a place that was just looked at")]
        let pair = &mut self.places[found];
        let is_new = !is_held || day.saturating_sub(pair.day) > DAYS;
        if is_new {
            *pair = Pair { tag, ..Pair::default() };
        }
        pair.day = pair.day.max(day);
        (pair, is_new)
    }
}

/// Which objects more than one network asked for: 8 bytes each, one place for a key.
///
/// Eviction rule: the newcomer takes the place. A forgotten object makes a door look less public, never
/// more.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    places: Vec<u64>,
}

impl Shared {
    pub(crate) fn new(places: usize) -> Self {
        Self { places: vec![0; places.max(1)] }
    }

    /// Notes that `network` asked for `object`; whether another one did before.
    pub(crate) fn meet(&mut self, object: u64, network: u64) -> bool {
        let count = u64::try_from(self.places.len()).unwrap_or(1);
        let at = usize::try_from(((object & 0xffff_ffff) * count) >> 32).unwrap_or(0);
        let Some(place) = self.places.get_mut(at) else { return false };
        let tag = u64::from(crate::upper(object).max(1));
        // 31 bits of the network, and whether there were two.
        let (held, shared, last) = (*place >> 32, *place & 1, *place >> 1 & 0x7fff_ffff);
        let network = network & 0x7fff_ffff;
        let is_other = held == tag && (shared == 1 || last != network);
        *place = tag << 32 | network << 1 | u64::from(is_other);
        is_other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_new_to_a_client_once_a_month() {
        let mut asked = Asked::new(1024);
        assert!(asked.is_new(1, 7, 100));
        assert!(!asked.is_new(1, 7, 100) && !asked.is_new(1, 7, 125));
        assert!(asked.is_new(2, 7, 100), "to another it is");
        assert!(asked.has(2, 7, 130) && !asked.has(2, 7, 131) && !asked.has(3, 7, 100));
        assert!(asked.is_new(1, 7, 156), "31 days after it was last asked for");
    }

    #[test]
    fn a_full_set_forgets_whom_it_did_not_see_for_longest() {
        let mut asked = Asked::new(WAYS);
        for object in 0..8 {
            assert!(asked.is_new(1, object, 10 + u16::try_from(object).unwrap()));
        }
        assert!(asked.is_new(1, 99, 30));
        assert!(!asked.is_new(1, 7, 30) && asked.is_new(1, 0, 30));
    }

    #[test]
    fn an_object_is_shared_when_two_networks_met_it() {
        let mut shared = Shared::new(4096);
        assert!(!shared.meet(5 << 32 | 5, 1) && !shared.meet(5 << 32 | 5, 1));
        assert!(shared.meet(5 << 32 | 5, 2) && shared.meet(5 << 32 | 5, 1));
    }
}
