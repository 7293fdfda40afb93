//! The most frequent of many, in a short list: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi, 2005).
//!
//! Whoever makes more than one in so many exchanges as the list has places is in it, however many others
//! come in between: decoys push nobody out. Counts are those since it was taken in, so never too high.
//!
//! Bound: as many as its user says. Eviction rule: a newcomer takes the place of the rarest, and inherits its
//! rank, without its count.

/// One that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place<K> {
    key: K,
    rank: u64,
    times: u64,
}

/// The most frequent keys.
#[derive(Clone, Debug)]
pub(crate) struct Frequent<K> {
    places: Vec<Place<K>>,
    has_more: bool,
}

impl<K> Default for Frequent<K> {
    fn default() -> Self {
        Self { places: Vec::new(), has_more: false }
    }
}

impl<K: Copy + PartialEq> Frequent<K> {
    /// Counts one; at most so many are kept.
    pub(crate) fn count(&mut self, key: K, most: usize) {
        if let Some(place) = self.places.iter_mut().find(|place| place.key == key) {
            (place.rank, place.times) = (place.rank + 1, place.times + 1);
        } else if self.places.len() < most {
            self.places.push(Place { key, rank: 1, times: 1 });
        } else if let Some(rarest) = self.places.iter_mut().min_by_key(|place| place.rank) {
            *rarest = Place { key, rank: rarest.rank + 1, times: 1 };
            self.has_more = true;
        }
    }

    /// Keys with how often they came at least, the most frequent first.
    pub(crate) fn listed(&self) -> Vec<(K, u64)> {
        let mut listed: Vec<_> = self.places.iter().map(|place| (place.key, place.times)).collect();
        listed.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        listed
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = K> {
        self.places.iter().map(|place| place.key)
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether others came than those that are kept.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoys_push_nobody_out_who_comes_often() {
        let mut frequent = Frequent::default();
        for n in 0..9000u64 {
            frequent.count(if n % 40 == 0 { 0 } else { 1 + n % 2300 }, 64);
        }
        let listed = frequent.listed();
        assert_eq!((listed[0].0, frequent.len(), frequent.has_more()), (0, 64, true));
        assert!((150..=225).contains(&listed[0].1), "{listed:?}");
    }

    #[test]
    fn as_long_as_there_is_room_counts_are_exact() {
        let mut frequent = Frequent::default();
        for n in [1, 2, 2, 3, 3, 3] {
            frequent.count(n, 4);
        }
        assert_eq!((frequent.listed(), frequent.has_more()), (vec![(3, 3), (2, 2), (1, 1)], false));
    }
}
