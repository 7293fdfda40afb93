//! Volume: an endpoint tells of more strangers than it ever did.
//!
//! # Sees
//! Spikes over all callers together, from however many sources; and a rarely used endpoint that wakes
//! up: the named case `rarely-used`, where a dozen strangers in an hour are a spike.
//!
//! # Misses
//! What stays below twice the busiest hour of a week or one and a half times that of five weeks, and
//! everything below the absolute cap for the first seven days of a gateway (its cold start). Own
//! records, look-ups and published people, which do not count. A campaign that honestly brings four
//! times as many strangers is a spike too.
//!
//! # Evidence
//! `case` = `spike` or `rarely-used`; the strangers told of, and about how many sources took part.
//!
//! # Error budget
//! Poisson CUSUM against `rate` strangers an hour, a burst of `rate` and at least twelve. `rate` begins at the
//! absolute cap and only falls: after seven clean days to twice the busiest hour of the last seven, or
//! one and a half times that of the last 35, whichever is more, two at least. People are strangers
//! again a month after they were told of, so what a gateway saw in its first days comes back: a
//! baseline that forgets sooner than budgets do would call that a leak. A day under signal is no clean
//! day, and what sources under signal were told of is not learned. One of three trials of an
//! endpoint-day.
//!
//! # References
//! OWASP API6:2023, API9:2023. ATT&CK T1119, T1020. D3FEND D3-NTA, D3-UDTA.

use crate::codec::{Reader, Writer};
use crate::nats::narrow;
use crate::trial::{Bucket, DAY_SECS};

/// No baseline of an endpoint is below this many an hour.
const LEAST: u32 = 2;
/// Nor bears less than this many at once.
const LEAST_AT_ONCE: u32 = 12;
/// Days after which a baseline is known; twice the busiest hour of so many is borne.
const WEEK: usize = 7;
/// Days that a baseline remembers: those after which whom a caller knows is forgotten, and some more.
/// One and a half times the busiest hour of so many is borne.
const DAYS: usize = 35;

/// What is usual in the busiest hours of an endpoint (strangers), or of an address (sessions that meet
/// strangers).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Baseline {
    /// Units an hour; it only falls, and not below `least`.
    rate: u32,
    least: u32,
    hour: u32,
    in_hour: u32,
    day: u32,
    today: u32,
    /// Busiest hours of clean days, the newest first.
    busiest: [u32; DAYS],
    clean_days: u32,
    tainted: bool,
}

impl Baseline {
    /// Of an endpoint of which nothing is known since `now`; `cap` is borne.
    pub(crate) fn new(cap: u32, now: u32) -> Self {
        Self::from(cap, LEAST, now)
    }

    /// Nothing is known since `now`, and `cap` is borne.
    pub(crate) fn from(cap: u32, least: u32, now: u32) -> Self {
        Self {
            rate: cap.max(least),
            least,
            hour: 0,
            in_hour: 0,
            day: now / DAY_SECS,
            today: 0,
            busiest: [0; DAYS],
            clean_days: 0,
            tainted: false,
        }
    }

    /// Brings the days to `now`.
    pub(crate) fn roll(&mut self, now: u32) {
        let (hour, day) = (now / 3600, now / DAY_SECS);
        if hour != self.hour {
            self.today = self.today.max(self.in_hour);
            (self.hour, self.in_hour) = (hour, 0);
        }
        if day <= self.day {
            return;
        }
        let passed = usize::try_from(day - self.day).unwrap_or(DAYS).min(DAYS + 1);
        for nth in 0..passed {
            // After the day that was seen come those on which nothing happened.
            if nth > 0 || !self.tainted {
                self.busiest.rotate_right(1);
                if let Some(newest) = self.busiest.first_mut() {
                    *newest = if nth == 0 { self.today } else { 0 };
                }
                self.clean_days = self.clean_days.saturating_add(1);
            }
        }
        (self.day, self.today, self.tainted) = (day, 0, false);
        if self.clean_days >= u32::try_from(WEEK).unwrap_or(7) {
            let of = |days: usize| self.busiest.iter().take(days).copied().max().unwrap_or(0);
            let (week, all) = (of(WEEK).saturating_mul(2), of(DAYS).saturating_mul(3).div_ceil(2));
            self.rate = self.rate.min(week.max(all).max(self.least));
        }
    }

    /// Units an hour that are borne.
    pub(crate) fn rate(&self) -> u32 {
        self.rate
    }

    /// What is borne now.
    pub(crate) fn bucket(&self) -> Bucket {
        Bucket { burst: self.rate.max(LEAST_AT_ONCE), per_day: narrow(u64::from(self.rate) * 24) }
    }

    /// Begins anew at `cap`: as on the first day of a gateway, seven clean days long. What was borne before.
    pub(crate) fn reset(&mut self, cap: u32, now: u32) -> u32 {
        let before = self.rate;
        *self = Self::from(cap, self.least, now);
        before
    }

    /// Learns that `strangers` were told of in an exchange that nothing was said of.
    pub(crate) fn learn(&mut self, strangers: u32) {
        self.in_hour = self.in_hour.saturating_add(strangers);
    }

    /// This day is no clean one.
    pub(crate) fn taint(&mut self) {
        self.tainted = true;
    }

    /// Whether nearly nothing is usual here.
    pub(crate) fn is_rare(&self) -> bool {
        self.rate <= 2 * LEAST
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let Self { rate, least, hour, in_hour, day, today, busiest, clean_days, tainted } = self;
        for number in [rate, least, hour, in_hour, day, today, clean_days].into_iter().chain(busiest) {
            out.u32(*number);
        }
        out.u8(u8::from(*tainted));
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        let [rate, least, hour, in_hour] = [from.u32()?, from.u32()?, from.u32()?, from.u32()?];
        let [day, today, clean_days] = [from.u32()?, from.u32()?, from.u32()?];
        let mut busiest = [0; DAYS];
        for slot in &mut busiest {
            *slot = from.u32()?;
        }
        let tainted = from.u8()? != 0;
        Some(Self { rate, least, hour, in_hour, day, today, busiest, clean_days, tainted })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u32 = DAY_SECS;

    #[test]
    fn a_baseline_only_falls_and_never_below_its_floor() {
        let mut baseline = Baseline::new(400, 0);
        let mut rates = Vec::new();
        for (day, busy) in
            [(0, 30), (1, 50), (2, 10), (3, 0), (4, 0), (5, 0), (6, 0), (7, 300), (8, 0), (20, 0), (50, 0)]
        {
            baseline.roll(day * DAY + 60);
            baseline.learn(busy);
            rates.push(baseline.rate);
        }
        assert_eq!(rates, [400, 400, 400, 400, 400, 400, 400, 100, 100, 100, 2]);
    }

    #[test]
    fn the_busiest_hour_of_a_month_ago_is_borne_and_half_as_much_again() {
        let mut baseline = Baseline::new(400, 0);
        let rates = (0..=40).map(|day| {
            baseline.roll(day * DAY + 60);
            baseline.learn(if day == 0 { 100 } else { 1 });
            baseline.rate()
        });
        let rates: Vec<u32> = rates.collect();
        assert_eq!((rates[6], rates[7], rates[8]), (400, 200, 150));
        assert_eq!((rates[31], rates[35], rates[36]), (150, 150, 2));
    }

    #[test]
    fn a_day_under_signal_teaches_nothing() {
        let mut baseline = Baseline::new(400, 0);
        for day in 0..12 {
            baseline.roll(day * DAY + 60);
            baseline.learn(if day == 3 { 390 } else { 10 });
            if day == 3 {
                baseline.taint();
            }
        }
        assert_eq!((baseline.rate, baseline.clean_days), (20, 10));
    }
}
