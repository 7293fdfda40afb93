//! The generic cell rate algorithm (ITU-T I.371) over a bounded table of keys.
//!
//! One number is kept per key: the theoretical arrival time (TAT), in nanoseconds. A request
//! conforms while the TAT is at most a burst ahead of now, and moves it on by one interval.
//!
//! Bound: eight keys to a bucket, 17 bytes per key, all reserved at once. Eviction rule: a key whose
//! TAT has passed stands exactly where a new one does and is written over without loss; else the key
//! with the earliest TAT leaves and raises its bucket's floor to it. A key that is not in its bucket
//! begins at the floor, at most a full burst ahead. So a key that comes back is never better off
//! than if it had stayed; a stranger in such a bucket may find its burst spent, and regains it at
//! its own rate.

use domain::{LimitDecl, Window};

const WAYS: usize = 8;
const NANOS_PER_MILLI: u64 = 1_000_000;

/// How many requests, how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    interval: u64,
    burst: u32,
    requests: u32,
    per: Window,
}

impl Quota {
    /// `requests` per `per`, evenly, and `burst` at once; both at least 1.
    #[must_use]
    pub fn new(requests: u32, per: Window, burst: u32) -> Self {
        let requests = requests.max(1);
        let nanos = per.millis().max(1).saturating_mul(NANOS_PER_MILLI);
        Self { interval: (nanos / u64::from(requests)).max(1), burst: burst.max(1), requests, per }
    }

    /// A declared limit: its whole number at once, regained evenly. `None` where it limits no requests.
    #[must_use]
    pub fn declared(decl: &LimitDecl) -> Option<Self> {
        decl.requests.map(|requests| Self::new(requests, decl.per, requests))
    }

    /// Requests per [`Quota::per`].
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// The window.
    #[must_use]
    pub fn per(&self) -> Window {
        self.per
    }

    /// Requests at once.
    #[must_use]
    pub fn burst(&self) -> u32 {
        self.burst
    }

    fn full(&self) -> u64 {
        self.interval.saturating_mul(u64::from(self.burst))
    }

    /// How far ahead of now the TAT may be for one more request.
    fn tolerance(&self) -> u64 {
        self.full().saturating_sub(self.interval)
    }

    /// Where a key stands whose TAT is `tat`.
    fn standing(&self, tat: u64, now: u64) -> Standing {
        let ahead = tat.saturating_sub(now);
        let left = self.full().saturating_sub(ahead) / self.interval;
        let remaining = u32::try_from(left).unwrap_or(u32::MAX).min(self.burst);
        // One more is there when the TAT is this far ahead.
        let then =
            self.full().saturating_sub(self.interval.saturating_mul(u64::from(remaining).saturating_add(1)));
        let wait = if remaining < self.burst { ahead.saturating_sub(then) } else { 0 };
        Standing { remaining, more_in: Window::from_millis(wait.div_ceil(NANOS_PER_MILLI)) }
    }
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests that would pass now.
    pub remaining: u32,
    /// When one more than that would pass.
    pub more_in: Window,
}

#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// A keyed hash; 0 for an empty way.
    key: u64,
    tat: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    ways: [Way; WAYS],
    /// The latest TAT that was evicted from here.
    floor: u64,
}

/// Theoretical arrival times by key.
#[derive(Debug)]
pub(crate) struct Gcra {
    buckets: Vec<Bucket>,
    /// The latest time seen; a clock that steps back stands still.
    latest: u64,
    /// Ways in use.
    held: usize,
}

impl Gcra {
    /// A table for `keys` keys, rounded up to whole buckets.
    pub(crate) fn new(keys: u32) -> Self {
        let keys = usize::try_from(keys).unwrap_or(usize::MAX);
        Self { buckets: vec![Bucket::default(); keys.div_ceil(WAYS).max(1)], latest: 0, held: 0 }
    }

    /// Time for the other calls: nanoseconds that never go back.
    pub(crate) fn tick(&mut self, now: domain::Timestamp) -> u64 {
        self.latest = self.latest.max(now.millis().saturating_mul(NANOS_PER_MILLI));
        self.latest
    }

    fn place(&self, key: u64) -> usize {
        let count = u128::try_from(self.buckets.len()).unwrap_or(1);
        usize::try_from((u128::from(key) * count) >> 64).unwrap_or(0)
    }

    fn tat(&self, key: u64, quota: &Quota, now: u64) -> u64 {
        let Some(bucket) = self.buckets.get(self.place(key)) else { return u64::MAX };
        match bucket.ways.iter().find(|way| way.key == key) {
            Some(way) => way.tat,
            None => bucket.floor.min(now.saturating_add(quota.full())),
        }
    }

    /// Where `key` stands, and whether one more request passes.
    pub(crate) fn look(&self, key: u64, quota: &Quota, now: u64) -> (bool, Standing) {
        let tat = self.tat(named(key), quota, now);
        (tat <= now.saturating_add(quota.tolerance()), quota.standing(tat, now))
    }

    /// Counts one request that passes.
    pub(crate) fn count(&mut self, key: u64, quota: &Quota, now: u64) -> Standing {
        let key = named(key);
        let tat = self.tat(key, quota, now).max(now).saturating_add(quota.interval);
        let place = self.place(key);
        if let Some(bucket) = self.buckets.get_mut(place) {
            let held = bucket.ways.iter().position(|way| way.key == key);
            let earliest = || (0..).zip(&bucket.ways).min_by_key(|(_, way)| way.tat).map(|(at, _)| at);
            if let Some(way) = held.or_else(earliest).and_then(|at| bucket.ways.get_mut(at)) {
                if way.key != key && way.tat > now {
                    bucket.floor = bucket.floor.max(way.tat);
                }
                self.held = self.held.saturating_add(usize::from(way.key == 0));
                *way = Way { key, tat };
            }
        }
        quota.standing(tat, now)
    }

    /// Keys held.
    pub(crate) fn len(&self) -> usize {
        self.held
    }

    /// Bytes of the table.
    pub(crate) fn bytes(&self) -> usize {
        self.buckets.len().saturating_mul(size_of::<Bucket>())
    }
}

/// 0 stands for an empty way.
fn named(key: u64) -> u64 {
    key.max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::num::NonZeroU32;
    use std::time::Duration;

    use domain::Timestamp;
    use governor::clock::FakeRelativeClock;
    use governor::{Quota as Theirs, RateLimiter};
    use proptest::prelude::*;

    use super::*;

    fn asks() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((0u64..40, prop_oneof![Just(0u64), 0u64..50, 0u64..4000]), 1..200)
    }

    /// Keys spread over buckets as keyed hashes do.
    fn hashed(key: u64) -> u64 {
        (key + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    proptest! {
        #[test]
        fn it_decides_as_governor_does(
            requests in 1u32..50, per in 1u64..3000, burst in 1u32..12, asks in asks(),
        ) {
            let quota = Quota::new(requests, Window::from_millis(per), burst);
            let clock = FakeRelativeClock::default();
            let theirs = Theirs::with_period(Duration::from_nanos(quota.interval)).unwrap();
            let oracle = RateLimiter::hashmap_with_clock(
                theirs.allow_burst(NonZeroU32::new(burst).unwrap()), clock.clone());
            let mut ours = Gcra::new(4096);
            let mut at = 1_000_000u64;
            for (key, gap) in asks {
                at += gap;
                clock.advance(Duration::from_millis(gap));
                let now = ours.tick(Timestamp::from_millis(at));
                let (passes, standing) = ours.look(hashed(key), &quota, now);
                prop_assert_eq!(passes, oracle.check_key(&key).is_ok());
                prop_assert_eq!(passes, standing.remaining > 0);
                if passes {
                    let after = ours.count(hashed(key), &quota, now);
                    prop_assert_eq!(after.remaining, standing.remaining - 1);
                }
            }
        }

        #[test]
        fn a_table_of_one_bucket_grants_nothing_that_unlimited_memory_would_refuse(
            requests in 1u32..20, per in 1u64..60_000, burst in 1u32..6, asks in asks(),
        ) {
            let quota = Quota::new(requests, Window::from_millis(per), burst);
            let mut ours = Gcra::new(8);
            let mut exact: HashMap<u64, u64> = HashMap::new();
            let mut at = 1_000_000u64;
            for (key, gap) in asks {
                at += gap;
                let now = ours.tick(Timestamp::from_millis(at));
                if ours.look(hashed(key), &quota, now).0 {
                    ours.count(hashed(key), &quota, now);
                    let tat = exact.entry(key).or_insert(0);
                    prop_assert!(*tat <= now + quota.tolerance(), "key {}", key);
                    *tat = (*tat).max(now) + quota.interval;
                }
            }
        }

        #[test]
        fn one_more_passes_when_it_was_said_to(
            requests in 1u32..50, per in 1u64..100_000, burst in 1u32..9, asks in asks(),
        ) {
            let quota = Quota::new(requests, Window::from_millis(per), burst);
            let mut ours = Gcra::new(4096);
            let mut at = 1_000_000u64;
            for (_, gap) in asks {
                at += gap;
                let now = ours.tick(Timestamp::from_millis(at));
                let (passes, standing) = ours.look(hashed(1), &quota, now);
                let then = ours.tick(Timestamp::from_millis(at + standing.more_in.millis()));
                prop_assert!(ours.look(hashed(1), &quota, then).1.remaining > standing.remaining
                    || standing.remaining == burst);
                if standing.more_in.millis() > 1 {
                    let before = Timestamp::from_millis(at + standing.more_in.millis() - 2).millis() * NANOS_PER_MILLI;
                    prop_assert_eq!(ours.look(hashed(1), &quota, before).1.remaining, standing.remaining);
                }
                at += standing.more_in.millis();
                if passes {
                    let now = ours.tick(Timestamp::from_millis(at));
                    ours.count(hashed(1), &quota, now);
                }
            }
        }
    }

    #[test]
    fn a_key_costs_seventeen_bytes() {
        assert_eq!(Gcra::new(8000).bytes(), 8000 * 17);
    }

    #[test]
    fn a_clock_that_steps_back_gives_nothing_away() {
        let quota = Quota::new(1, Window::HOUR, 1);
        let mut table = Gcra::new(64);
        let now = table.tick(Timestamp::from_secs(10_000));
        assert!(table.look(7, &quota, now).0);
        table.count(7, &quota, now);
        let back = table.tick(Timestamp::from_secs(10));
        assert!(!table.look(7, &quota, back).0);
    }
}
