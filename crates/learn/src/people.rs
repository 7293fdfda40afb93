//! Distinct people, or callers, up to a bound.

use std::collections::HashSet;

/// Most that one set tells apart; beyond, it says "at least".
const MOST: usize = 65_536;

/// Distinct numbers (short digests, addresses). At most 65,536; what comes later is not told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    known: HashSet<u64>,
    more: bool,
}

impl People {
    /// Takes one in; `room` is what all sets together may still hold.
    pub fn add(&mut self, one: u64, room: &mut usize) {
        if self.known.contains(&one) {
            return;
        }
        if self.known.len() >= MOST || *room == 0 {
            self.more = true;
            return;
        }
        *room -= 1;
        self.known.insert(one);
    }

    /// Notes that there were more than can be named.
    pub fn and_more(&mut self) {
        self.more = true;
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && !self.more
    }

    /// Whether there are more than [`People::len`].
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.more
    }

    pub(crate) fn contains(&self, one: u64) -> bool {
        self.known.contains(&one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_the_bound_it_says_that_there_are_more() {
        let (mut people, mut room) = (People::default(), 3);
        for one in [1, 1, 2, 3] {
            people.add(one, &mut room);
        }
        assert_eq!((people.len(), people.has_more(), room), (3, false, 0));
        people.add(4, &mut room);
        people.add(1, &mut room);
        assert_eq!((people.len(), people.has_more()), (3, true));
    }
}
