//! What a caller does again and again: the batch of a partner, the sync of a branch.
//!
//! On its first night such a batch is what a thief's is. It is told apart by the nights after it: the same
//! list at the same hour, or as much of a longer one, on most days until the log ends. Somebody who comes
//! twice in ten days, who takes more each time, or who comes at another hour has no habit.
//!
//! Bound: [`MOST`] sittings of 32 bytes. What comes later is not looked at.

use domain::Timestamp;

/// A pause that ends a sitting.
const PAUSE_SECS: u64 = 6 * 3600;
/// How much earlier or later another sitting may begin.
const HOUR_SECS: u64 = 2 * 3600;
/// Sittings that read new things each time, until they are a habit.
const FRESH: usize = 4;
/// Sittings after the first one, until it is seen whether somebody comes back.
const LATER: usize = 3;
const MOST: usize = 64;
const DAY_SECS: u64 = 86_400;

/// What was read without a longer pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sitting {
    from: u64,
    to: u64,
    /// Exchanges that counted, and those that asked for what was asked for before.
    fresh: u32,
    again: u32,
}

/// The sittings of a caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habit(Vec<Sitting>);

impl Habit {
    /// Notes that something new was read, or something again.
    pub(crate) fn note(&mut self, at: Timestamp, is_fresh: bool) {
        let at = at.secs();
        let is_over = self.0.last().is_none_or(|last| at > last.to + PAUSE_SECS);
        if is_over && self.0.len() < MOST {
            self.0.push(Sitting { from: at, to: at, fresh: 0, again: 0 });
        }
        let Some(last) = self.0.last_mut().filter(|last| at <= last.to + PAUSE_SECS) else { return };
        last.to = last.to.max(at);
        let counter = if is_fresh { &mut last.fresh } else { &mut last.again };
        *counter = counter.saturating_add(1);
    }

    /// Whether each sitting after the first is as it was, on most days until `end`; why, in words.
    pub(crate) fn holds(&self, end: Timestamp) -> Option<&'static str> {
        let (first, rest) = self.0.split_first()?;
        let days = end.secs().saturating_sub(first.from) / DAY_SECS + 1;
        let many = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        if rest.is_empty() || many * 2 < days.min(u64::try_from(MOST).unwrap_or(0)) {
            return None;
        }
        let at_one_hour = rest.iter().all(|one| {
            let apart = one.from.abs_diff(first.from) % DAY_SECS;
            apart.min(DAY_SECS - apart) <= HOUR_SECS
        });
        let as_long = first.to - first.from + HOUR_SECS;
        if !at_one_hour || rest.iter().any(|one| one.to - one.from > as_long) {
            return None;
        }
        let is_same = |one: &Sitting| {
            one.fresh.saturating_mul(10) <= first.fresh
                && one.again.saturating_mul(5) >= first.fresh.saturating_mul(4)
        };
        let is_as_much = |one: &Sitting| {
            let [one, first] = [one, first].map(|sitting| sitting.fresh.saturating_add(sitting.again));
            one.saturating_mul(2) <= first.saturating_mul(3)
                && first.saturating_mul(2) <= one.saturating_mul(3)
        };
        if rest.iter().all(is_same) {
            Some(
                "a caller with a name reads the same list again at the same hour of other days: it looks like a batch",
            )
        } else if self.0.len() >= FRESH && rest.iter().all(is_as_much) {
            Some("a caller with a name reads as much at the same hour of other days: it looks like a batch")
        } else {
            None
        }
    }
}

impl Habit {
    /// Whether what is read after the first day is mostly read again, and on no day much more than on the
    /// first, on most days until `end`: people who come back to what is theirs. A thief has no use for it.
    pub(crate) fn comes_back(&self, end: Timestamp) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return false };
        let days = end.secs().saturating_sub(first.from) / DAY_SECS + 1;
        let many = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        if rest.len() < LATER || many * 2 < days.min(u64::try_from(MOST).unwrap_or(0)) {
            return false;
        }
        let total = |one: &Sitting| u64::from(one.fresh) + u64::from(one.again);
        let sum = |part: fn(&Sitting) -> u32| rest.iter().map(|one| u64::from(part(one))).sum::<u64>();
        sum(|one| one.again) >= sum(|one| one.fresh)
            && rest
                .iter()
                .all(|one| total(one) * 2 <= total(first) * 3 && u64::from(one.fresh) <= total(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_back_to_what_is_theirs_and_no_thief_does() {
        let comes_back = |days: &[(u32, u32)], end: u64| {
            let mut habit = Habit::default();
            for ((fresh, again), day) in days.iter().zip(0u64..) {
                for nth in 0..fresh + again {
                    let at = (20_000 + day) * DAY_SECS + 8 * 3600 + u64::from(nth) * 20;
                    habit.note(Timestamp::from_secs(at), nth < *fresh);
                }
            }
            habit.comes_back(Timestamp::from_secs((20_000 + end) * DAY_SECS))
        };
        for (name, days, end, expected) in [
            ("an office", vec![(400, 20), (250, 170), (180, 240), (120, 300), (90, 330)], 5, true),
            ("an office, of which the log has three days", vec![(400, 20), (250, 170), (180, 240)], 3, false),
            ("a walk of five days", vec![(400, 0); 5], 5, false),
            (
                "a walk that reads each object twice, but for one",
                vec![(400, 0), (200, 199), (200, 199), (200, 199), (200, 199)],
                5,
                false,
            ),
            (
                "one that takes more and more",
                vec![(50, 0), (40, 60), (80, 120), (160, 200), (300, 400)],
                5,
                false,
            ),
            (
                "five days of a month",
                vec![(400, 20), (120, 300), (120, 300), (120, 300), (120, 300)],
                30,
                false,
            ),
        ] {
            assert_eq!(comes_back(&days, end), expected, "{name}");
        }
    }

    /// Sittings as day, hour, fresh, again; the day on which the log ends.
    fn holds(sittings: &[(u64, u64, u32, u32)], end: u64) -> bool {
        let mut habit = Habit::default();
        for (day, hour, fresh, again) in sittings {
            for nth in 0..fresh + again {
                let at = 20_000 * DAY_SECS + day * DAY_SECS + hour * 3600 + u64::from(nth) * 20;
                habit.note(Timestamp::from_secs(at), nth < *fresh);
            }
        }
        habit.holds(Timestamp::from_secs((20_000 + end) * DAY_SECS)).is_some()
    }

    #[test]
    fn a_batch_comes_each_night_and_reads_the_same_or_as_much() {
        for (name, sittings, end, expected) in [
            ("once", vec![(0, 1, 20, 0)], 2, false),
            ("twice the same", vec![(0, 1, 20, 0), (1, 2, 0, 20)], 2, true),
            ("across midnight", vec![(0, 23, 300, 0), (2, 0, 0, 300)], 3, true),
            ("twice the same, and some of it new", vec![(0, 1, 20, 0), (1, 1, 5, 15)], 2, false),
            ("goes on where it was", vec![(0, 1, 20, 0), (1, 1, 20, 0)], 2, false),
            ("as much four times", (0..4).map(|day| (day, 1, 20, 0)).collect(), 4, true),
            (
                "more each time",
                (0..4).map(|day| (day, 1, 20 + u32::try_from(day).unwrap() * 20, 0)).collect(),
                4,
                false,
            ),
            ("at another hour", vec![(0, 1, 20, 0), (1, 9, 0, 20)], 2, false),
            ("twice in ten days", vec![(0, 1, 20, 0), (1, 1, 0, 20)], 10, false),
            ("once more than half of it", vec![(0, 1, 20, 0), (1, 1, 0, 9)], 2, false),
        ] {
            assert_eq!(holds(&sittings, end), expected, "{name}");
        }
    }
}
