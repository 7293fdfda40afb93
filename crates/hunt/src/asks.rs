//! Endpoints that asked for credentials, and stopped.
//!
//! A door that belongs to somebody refuses now and then: expired tokens, curious visitors. When it goes on
//! being asked and never refuses any more, somebody took its lock away. A sequential test: with `p` the
//! refusals among answers until now, `n` answers without one have the chance `(1 - p)^n`, and at one in a
//! thousand million it speaks. Refusals in a row to the same network count once, so that one burst of
//! guesses does not make `p` look large, and there must have been refusals on three days.

use domain::Timestamp;

/// Refusals that make a habit.
const HABIT: u32 = 12;
/// Days with one.
const DAYS: u32 = 3;
/// `ln 10^9`, in thousandths.
const BOUND: u64 = 20_723;

/// What an endpoint refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asks {
    /// Answers until the last refusal, and refusals among them.
    answers: u32,
    refused: u32,
    days: u32,
    day: u32,
    network: u64,
    /// Answers since, the first of them, and whether it was said.
    since: u32,
    first: Timestamp,
    said: bool,
}

/// That an endpoint stopped asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Refusals before, networks in a row once.
    pub refused: u32,
    /// Answers before.
    pub answers: u32,
    /// Answers since without a refusal.
    pub since: u32,
    /// The first of them.
    pub first: Timestamp,
}

impl Asks {
    /// Takes an answer in.
    pub(crate) fn take(&mut self, status: u16, network: u64, at: Timestamp) -> Option<Stopped> {
        match status {
            401 | 403 => {
                let day = u32::try_from(at.secs() / 86_400).unwrap_or(0);
                self.days += u32::from(day != self.day);
                self.day = day;
                self.answers = self.answers.saturating_add(self.since);
                if network != self.network {
                    self.refused = self.refused.saturating_add(1);
                    self.answers = self.answers.saturating_add(1);
                }
                (self.network, self.since, self.said) = (network, 0, false);
                None
            }
            200..=299 => {
                if self.since == 0 {
                    self.first = at;
                }
                self.since = self.since.saturating_add(1);
                let is_habit = self.refused >= HABIT && self.days >= DAYS;
                if self.said || !is_habit || !self.is_unlikely() {
                    return None;
                }
                self.said = true;
                let Self { refused, answers, since, first, .. } = *self;
                Some(Stopped { refused, answers, since, first })
            }
            _ => None,
        }
    }

    /// `-ln(1 - p) >= p`, so that `n p` never overstates.
    fn is_unlikely(&self) -> bool {
        let weight = u64::from(self.since) * u64::from(self.refused) * 1000;
        weight.checked_div(u64::from(self.answers.max(1))).unwrap_or(0) >= BOUND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(days: u64, per_day: u64, after: u64) -> Vec<Stopped> {
        let mut asks = Asks::default();
        let mut said = Vec::new();
        let mut take = |status, nth: u64, day: u64| {
            let at = Timestamp::from_secs(1_800_000_000 + day * 86_400 + nth);
            said.extend(asks.take(status, nth % 50, at));
        };
        for day in 0..days {
            for nth in 0..per_day {
                take(if nth % 10 == 0 { 401 } else { 200 }, nth, day);
            }
        }
        (0..after).for_each(|nth| take(200, nth, days));
        said
    }

    #[test]
    fn a_door_that_refused_a_tenth_and_then_nobody_is_told_of_once() {
        let said = fed(4, 100, 5000);
        assert_eq!(said.len(), 1);
        assert!((190..260).contains(&said[0].since), "{said:?}");
    }

    #[test]
    fn a_door_that_goes_on_refusing_or_hardly_ever_did_is_silent() {
        assert_eq!(fed(400, 100, 100), []);
        assert_eq!(fed(2, 100, 5000), [], "two days are no habit");
        assert_eq!(fed(4, 20, 5000), [], "eight refusals are none");
    }
}
