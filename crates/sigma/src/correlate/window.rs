//! What a group of a correlation remembers: counts, orders and sums within a window.
//!
//! Time does not run backwards here: an event that is earlier than the group's last one counts as of
//! that moment (logs write a request when it ends).

use std::collections::VecDeque;

use super::distinct::Distinct;

/// Most entries of a sum; beyond it the two oldest become one with the older's time, so that a sum may
/// be short by what should still count and is never too large.
pub(crate) const MOST_SUMMED: usize = 4096;

/// What one group remembers.
#[derive(Clone, Debug)]
pub(super) enum Memory {
    /// Times of events, at most one more than the largest threshold.
    Events(VecDeque<u64>),
    /// Values by when they were last seen.
    Values(Distinct),
    /// For each rule when it matched last; 0 is never, so times are kept plus one.
    Hits(Vec<u64>),
    /// For each rule the latest beginning of a chain of matches in order that ends with it, plus one.
    Chain(Vec<u64>),
    /// Times, sums and counts.
    Sums { entries: VecDeque<(u64, u128, u64)>, sum: u128, count: u64 },
}

/// What is seen of one event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seen {
    Event,
    Value(u64),
    Rule(usize),
    Number(u64),
}

impl Memory {
    /// What is left of it when its group leaves: nothing, of different values with their room. It counts as
    /// one that is new.
    pub(super) fn emptied(self) -> Self {
        match self {
            Self::Values(values) => Self::Values(values.emptied()),
            _ => Self::Hits(Vec::new()),
        }
    }

    /// How many entries it holds, for the bound.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Events(times) => times.len(),
            Self::Values(values) => values.len(),
            Self::Hits(hits) | Self::Chain(hits) => hits.len(),
            Self::Sums { entries, .. } => entries.len(),
        }
    }

    /// Takes in what was seen `at`; what is before `since` is forgotten. Of events and values at most
    /// `most` are counted.
    pub(super) fn see(&mut self, seen: Seen, at: u64, since: u64, most: usize) {
        match (self, seen) {
            (Self::Events(times), _) => {
                times.push_back(at);
                while times.len() > most || times.front().is_some_and(|time| *time < since) {
                    times.pop_front();
                }
            }
            (Self::Values(values), Seen::Value(value)) => values.see(value, at, since, most),
            (Self::Hits(hits), Seen::Rule(rule)) => {
                if let Some(hit) = hits.get_mut(rule) {
                    *hit = at.saturating_add(1);
                }
            }
            (Self::Chain(chain), Seen::Rule(rule)) => {
                let begun = match rule.checked_sub(1) {
                    None => at.saturating_add(1),
                    Some(before) => chain.get(before).copied().unwrap_or(0),
                };
                if let Some(held) = chain.get_mut(rule) {
                    *held = begun.max(*held);
                }
            }
            (Self::Sums { entries, sum, count }, Seen::Number(number)) => {
                let number = u128::from(number);
                match entries.back_mut() {
                    Some((time, held, n)) if *time == at => {
                        *held += number;
                        *n += 1;
                    }
                    _ => entries.push_back((at, number, 1)),
                }
                *sum += number;
                *count += 1;
                while entries.front().is_some_and(|(time, _, _)| *time < since) {
                    if let Some((_, gone, n)) = entries.pop_front() {
                        *sum -= gone;
                        *count -= n;
                    }
                }
                if entries.len() > MOST_SUMMED
                    && let (Some((time, a, n)), Some((_, b, m))) = (entries.pop_front(), entries.pop_front())
                {
                    entries.push_front((time, a + b, n + m));
                }
            }
            _ => {}
        }
    }

    /// Which rules matched since `since`.
    pub(super) fn hit(&self, rule: usize, since: u64) -> bool {
        match self {
            Self::Hits(hits) | Self::Chain(hits) => hits.get(rule).is_some_and(|hit| *hit > since),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn events_and_sums_are_what_a_recount_gives(
            events in proptest::collection::vec((0u64..1000, 0u64..40), 1..300),
            window in 1u64..200,
            most in 1usize..50,
        ) {
            let mut times = Memory::Events(VecDeque::new());
            let mut sums = Memory::Sums { entries: VecDeque::new(), sum: 0, count: 0 };
            let mut all: Vec<(u64, u64)> = Vec::new();
            let mut now = 1000;
            for (number, pause) in events {
                now += pause / 8;
                all.push((number, now));
                times.see(Seen::Event, now, now - window, most);
                sums.see(Seen::Number(number), now, now - window, most);
                let recent: Vec<u64> = all.iter().filter(|(_, at)| *at >= now - window).map(|(n, _)| *n).collect();
                prop_assert_eq!(times.len(), recent.len().min(most));
                let Memory::Sums { sum, count, .. } = &sums else { unreachable!() };
                prop_assert_eq!(*sum, recent.iter().map(|n| u128::from(*n)).sum::<u128>());
                prop_assert_eq!(*count, u64::try_from(recent.len()).unwrap());
            }
        }

        #[test]
        fn a_chain_is_there_when_a_search_of_all_orders_finds_one(
            hits in proptest::collection::vec((0usize..3, 0u64..20), 1..40),
            window in 1u64..60,
        ) {
            let mut chain = Memory::Chain(vec![0; 3]);
            let mut all: Vec<(usize, u64)> = Vec::new();
            let mut now = 1000;
            for (rule, pause) in hits {
                now += pause / 4;
                all.push((rule, now));
                let since = now - window;
                chain.see(Seen::Rule(rule), now, since, 0);
                // Every first, second and third in the order of arrival, all within the window.
                let recent: Vec<usize> = all.iter().filter(|(_, at)| *at >= since).map(|(rule, _)| *rule).collect();
                let found = recent.iter().enumerate().any(|(a, first)| *first == 0
                    && recent.iter().enumerate().skip(a + 1).any(|(b, second)| *second == 1
                        && recent.iter().skip(b + 1).any(|third| *third == 2)));
                prop_assert_eq!(chain.hit(2, since), found);
            }
        }
    }

    #[test]
    fn a_sum_beyond_its_bound_is_short_and_never_too_large() {
        let mut sums = Memory::Sums { entries: VecDeque::new(), sum: 0, count: 0 };
        for n in 0..20_000u64 {
            sums.see(Seen::Number(1), n, n.saturating_sub(10_000), 0);
            let Memory::Sums { entries, sum, .. } = &sums else { unreachable!() };
            assert!(entries.len() <= MOST_SUMMED && *sum <= u128::from(n.min(10_000) + 1));
        }
    }
}
