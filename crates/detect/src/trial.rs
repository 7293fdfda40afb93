//! One sequential test of one source: the arithmetic that all detectors share.
//!
//! A trial weighs evidence that a source is no honest one. It begins at nothing, rises by what
//! speaks for the attack, falls by what speaks against it or by time, and never falls below nothing
//! (CUSUM). Each rise from nothing is an *excursion*, which is one test of Wald's: under the null
//! hypothesis that its detector declares, the evidence is a supermartingale, so the chance that one
//! excursion ever reaches `h` is at most `e^-h`.
//!
//! INVARIANT (purse): the `j`th excursion that begins on a day needs
//! `h(j) = ln(1/alpha) + ln(j(j+1))`. Since the sum of `1/(j(j+1))` is 1, all excursions that begin
//! on one day together raise a false alarm with chance at most `alpha`, however many they are and
//! however often the program restarts: `j` and its day are part of the state that is saved.

use crate::codec::{Reader, Writer};
use crate::nats::{ln, narrow};

/// Seconds of a day, the unit of the error budget.
pub(crate) const DAY_SECS: u32 = 86_400;
/// After this much silence of a source that was spoken of, its trial begins anew.
const QUIET_SECS: u32 = DAY_SECS;
/// A trial speaks at `h`, 2`h`, 4`h`, ... 64`h` and then at every 64`h`: one scrape is one alert that grows.
const MOST_DOUBLINGS: u8 = 6;

/// What one trial may spend: `ln(1/alpha)`, in millionths of a nat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purse(u32);

impl Purse {
    /// One false alarm in `days` source-days, shared by `tests` trials.
    pub(crate) fn one_in(days: u64, tests: u64) -> Self {
        Self(ln(days.max(1).saturating_mul(tests)))
    }

    /// What the `nth` excursion of a day needs.
    pub(crate) fn needs(self, nth: u16) -> u32 {
        let nth = u64::from(nth.max(1));
        self.0.saturating_add(ln(nth * (nth + 1)))
    }
}

/// How many units at once and how many a day, for ever, a trial bears without speaking.
///
/// A unit weighs `h(1) / burst`, and time takes `per_day` units a day away. For single units that
/// come at random this is the exact test of the rate `a * per_day / (e^a - 1)` a day with
/// `a = h(1) / burst`: see `docs/detect.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) burst: u32,
    pub(crate) per_day: u32,
}

impl Bucket {
    /// The weight of one unit.
    pub(crate) fn unit(self, purse: Purse) -> u32 {
        (purse.needs(1) / self.burst.max(1)).max(1)
    }

    /// The same for `times` as many sources.
    pub(crate) fn times(self, times: u32) -> Self {
        Self { burst: self.burst.saturating_mul(times), per_day: self.per_day.saturating_mul(times) }
    }

    /// Adds `units` at `now` for `people` told of; whether the trial speaks.
    pub(crate) fn pour(self, trial: &mut Trial, now: u32, units: u32, people: u32, purse: Purse) -> bool {
        let unit = self.unit(purse);
        trial.drain(now, u64::from(unit).saturating_mul(u64::from(self.per_day)));
        trial.rise(now, unit.saturating_mul(units), people, purse)
    }
}

/// The state of one test: 28 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trial {
    /// Evidence, in millionths of a nat.
    pub(crate) level: u32,
    /// The second of the last step.
    at: u32,
    /// When the excursion began.
    pub(crate) since: u32,
    /// People told of in it.
    pub(crate) people: u32,
    /// Steps in it.
    pub(crate) steps: u32,
    /// The day of the newest excursion, and how many began on it.
    day: u16,
    begun: u16,
    /// How often it has spoken in this excursion.
    spoken: u8,
}

impl Trial {
    /// Takes away what the time since the last step is worth, at `per_day` millionths a day.
    pub(crate) fn drain(&mut self, now: u32, per_day: u64) {
        let elapsed = u64::from(now.saturating_sub(self.at));
        self.level = self.level.saturating_sub(narrow(elapsed.saturating_mul(per_day) / u64::from(DAY_SECS)));
    }

    /// Evidence for the attack; whether the trial speaks.
    pub(crate) fn rise(&mut self, now: u32, weight: u32, people: u32, purse: Purse) -> bool {
        let quiet = self.spoken > 0 && now.saturating_sub(self.at) >= QUIET_SECS;
        if self.level == 0 || quiet {
            let day = u16::try_from(now / DAY_SECS).unwrap_or(u16::MAX);
            self.begun = if day == self.day { self.begun.saturating_add(1) } else { 1 };
            (self.day, self.since, self.people, self.steps) = (day, now, 0, 0);
            (self.level, self.spoken) = (0, 0);
        }
        self.at = self.at.max(now);
        self.people = self.people.saturating_add(people);
        self.steps = self.steps.saturating_add(1);
        self.level = self.level.saturating_add(weight);
        let bound = u64::from(purse.needs(self.begun)) << self.spoken;
        if u64::from(self.level) < bound {
            return false;
        }
        if self.spoken < MOST_DOUBLINGS {
            self.spoken += 1;
        } else {
            // Not nothing, or another excursion would begin.
            self.level = 1;
        }
        true
    }

    /// Evidence against it.
    pub(crate) fn fall(&mut self, now: u32, weight: u32) {
        self.at = self.at.max(now);
        self.level = self.level.saturating_sub(weight);
    }

    /// Whether it has spoken and its source was not quiet for a day since.
    pub(crate) fn is_speaking(&self, now: u32) -> bool {
        self.spoken > 0 && self.level > 0 && now.saturating_sub(self.at) < QUIET_SECS
    }

    /// How far it is, of 255: what is remembered of it when its source leaves the table.
    pub(crate) fn part(&self, purse: Purse) -> u8 {
        let needed = u64::from(purse.needs(self.begun)).max(1);
        u8::try_from((u64::from(self.level) * 255).div_ceil(needed).min(255)).unwrap_or(u8::MAX)
    }

    /// How many excursions began on the day of `now`: what is remembered when its source leaves the table.
    pub(crate) fn begun(&self, now: u32) -> u8 {
        let is_today = now / DAY_SECS == u32::from(self.day);
        if is_today { u8::try_from(self.begun).unwrap_or(u8::MAX) } else { 0 }
    }

    /// Begins where one that was remembered with `part` stood, at most just below the bound, as the `begun`th
    /// excursion of its day: to be evicted buys no fresh part of the error budget.
    pub(crate) fn resume(&mut self, part: u8, begun: u8, at: u32, purse: Purse) {
        let day = u16::try_from(at / DAY_SECS).unwrap_or(u16::MAX);
        let begun = u16::from(begun);
        *self = Self { day, begun, ..Self::default() };
        if part > 0 {
            let begun = begun.max(1);
            let level = u64::from(purse.needs(begun)) * u64::from(part.min(254)) / 255;
            *self = Self { level: narrow(level).max(1), at, since: at, begun, ..*self };
        }
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let Self { level, at, since, people, steps, day, begun, spoken } = *self;
        for number in [level, at, since, people, steps] {
            out.u32(number);
        }
        out.u16(day);
        out.u16(begun);
        out.u8(spoken);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            level: from.u32()?,
            at: from.u32()?,
            since: from.u32()?,
            people: from.u32()?,
            steps: from.u32()?,
            day: from.u16()?,
            begun: from.u16()?,
            spoken: from.u8()?.min(MOST_DOUBLINGS),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purse() -> Purse {
        Purse::one_in(1_000_000, 33)
    }

    #[test]
    fn the_excursions_of_a_day_spend_no_more_than_the_day_has() {
        // exp(-h(j)) summed over every j that can be counted, as a part of alpha.
        let alpha = 1.0 / 33e6;
        let spent: f64 = (1..=u16::MAX).map(|j| (-f64::from(purse().needs(j)) / 1e6).exp()).sum();
        assert!(spent <= alpha * 1.0001, "{spent} {alpha}");
        assert!(spent > alpha * 0.99, "nothing is wasted: {spent} {alpha}");
    }

    #[test]
    fn a_bucket_bears_its_burst_and_speaks_at_it() {
        let bucket = Bucket { burst: 14, per_day: 50 };
        let mut trial = Trial::default();
        let mut spoke = Vec::new();
        for _ in 0..60 {
            if bucket.pour(&mut trial, 1000, 1, 1, purse()) {
                spoke.push(trial.people);
            }
        }
        assert_eq!(spoke, [15, 29, 57], "it speaks again at each doubling");
        let mut slow = Trial::default();
        let mut spoke = (0..20_000u32).filter(|n| bucket.pour(&mut slow, n * 1728, 1, 1, purse()));
        assert_eq!(spoke.next(), None, "50 a day, evenly, for more than a year");
    }

    #[test]
    fn excursions_are_counted_by_the_day_on_which_they_begin() {
        let bucket = Bucket { burst: 10, per_day: 240 };
        let mut trial = Trial::default();
        for hour in 0..30u32 {
            bucket.pour(&mut trial, 19_000 * DAY_SECS + hour * 3600, 1, 1, purse());
        }
        assert_eq!((trial.day, trial.begun), (19_001, 6));
    }

    #[test]
    fn eviction_buys_no_fresh_part_of_the_days_budget() {
        let bucket = Bucket { burst: 10, per_day: 240 };
        let now = 19_000 * DAY_SECS;
        let mut trial = Trial::default();
        for hour in 0..6 {
            bucket.pour(&mut trial, now + hour * 3600, 1, 1, purse());
        }
        let (later, part) = (now + 6 * 3600, trial.part(purse()));
        let (begun, mut back) = (trial.begun(later), Trial::default());
        assert_eq!((begun, trial.begun(later + DAY_SECS)), (6, 0));
        back.resume(part, begun, later, purse());
        assert_eq!((back.begun, back.day), (6, 19_000));
        assert!(purse().needs(back.begun) > purse().needs(1));
        // One that had nothing left began as many.
        back.resume(0, begun, later, purse());
        bucket.pour(&mut back, later, 1, 1, purse());
        assert_eq!(back.begun, 7);
    }

    #[test]
    fn a_trial_that_spoke_is_silent_after_a_quiet_day() {
        let mut trial = Trial::default();
        assert!(trial.rise(DAY_SECS, u32::MAX / 64, 1, purse()));
        assert!(trial.is_speaking(2 * DAY_SECS - 1) && !trial.is_speaking(2 * DAY_SECS));
        assert!(!trial.rise(2 * DAY_SECS, 1, 1, purse()));
        assert_eq!((trial.level, trial.people), (1, 1));
    }

    /// The chance of a false alarm, by playing the null hypothesis itself: with a budget of one in a
    /// hundred, of 20,000 honest days at exactly the certified rate no more than that many speak.
    #[test]
    fn honest_days_at_the_certified_rate_spend_at_most_the_budget() {
        let purse = Purse::one_in(100, 1);
        let bucket = Bucket { burst: 6, per_day: 24 };
        let a = f64::from(bucket.unit(purse)) / 1e6;
        let rate = a * 24.0 / (a.exp() - 1.0);
        let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
        let mut uniform = || {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            f64::from(u32::try_from(dice >> 33).unwrap()) / f64::from(1u32 << 31)
        };
        let (days, mut alarms) = (20_000u32, 0u32);
        for day in 1..=days {
            let (mut trial, mut at, mut spoke) = (Trial::default(), 0.0, false);
            loop {
                at -= uniform().max(1e-9).ln() / rate * 86_400.0;
                if at >= 86_400.0 {
                    break;
                }
                #[expect(
                    clippy::as_conversions,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "below a day"
                )]
                let now = day * DAY_SECS + at as u32;
                spoke |= bucket.pour(&mut trial, now, 1, 1, purse);
            }
            alarms += u32::from(spoke);
        }
        assert!(alarms <= days / 100, "{alarms} of {days}");
    }
}
