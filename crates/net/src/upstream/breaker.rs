//! Leaves an upstream alone that does not answer, so that its callers do not wait in vain.
//!
//! After so many failures in a row it is *open*: nothing is sent for a while, and callers hear at once when
//! to come again. Then one exchange is let through as a trial; its answer closes the breaker, its failure
//! opens it anew. An answer of any status is an answer: what 5xx means is for whoever judges answers.
//! Nothing is shared between upstreams, so that one that hangs costs the others nothing.
//!
//! Two words without a lock: an exchange through a closed breaker is one load and, at its end, one load.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use domain::Window;
use serde::{Deserialize, Serialize};

/// When an upstream is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerSettings {
    /// Failures in a row after which it is: no connection, no answer in time, broken off. 0: never.
    /// Default 20.
    pub failures: u32,
    /// For how long, before one exchange tries it. Default `5s`.
    pub open: Window,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 20, open: Window::from_secs(5) }
    }
}

pub(super) struct Breaker {
    settings: BreakerSettings,
    failures: AtomicU32,
    /// Milliseconds of the caller's clock before which nothing is sent; 0: closed.
    shut_until: AtomicU64,
}

impl Breaker {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self { settings, failures: AtomicU32::new(0), shut_until: AtomicU64::new(0) }
    }

    /// Whether an exchange may be sent now, in milliseconds of a clock that never goes back; it is asked for
    /// only where something is wrong.
    ///
    /// # Errors
    /// How long nothing is sent yet.
    pub(super) fn pass(&self, now: impl FnOnce() -> u64) -> Result<(), Window> {
        let shut_until = self.shut_until.load(Ordering::Relaxed);
        if shut_until == 0 {
            return Ok(());
        }
        let now = now();
        if now < shut_until {
            return Err(Window::from_millis(shut_until - now));
        }
        // Whoever moves it first is the trial; a trial that never ends is followed by another.
        let next = self.shut_at(now);
        match self.shut_until.compare_exchange(shut_until, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => Ok(()),
            Err(_) => Err(self.settings.open),
        }
    }

    /// An answer came.
    pub(super) fn answered(&self) {
        if self.failures.load(Ordering::Relaxed) != 0 {
            self.failures.store(0, Ordering::Relaxed);
            self.shut_until.store(0, Ordering::Relaxed);
        }
    }

    /// No answer came, and the upstream is at fault.
    pub(super) fn failed(&self, now: u64) {
        if self.settings.failures == 0 {
            return;
        }
        let before = self.failures.fetch_add(1, Ordering::Relaxed);
        if before >= self.settings.failures - 1 {
            // Not above it for ever: it would come round to 0.
            self.failures.store(self.settings.failures, Ordering::Relaxed);
            self.shut_until.store(self.shut_at(now), Ordering::Relaxed);
        }
    }

    /// Whether nothing is sent for now.
    pub(super) fn is_open(&self) -> bool {
        self.shut_until.load(Ordering::Relaxed) != 0
    }

    fn shut_at(&self, now: u64) -> u64 {
        now.saturating_add(self.settings.open.millis()).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker(failures: u32) -> Breaker {
        Breaker::new(BreakerSettings { failures, open: Window::from_secs(5) })
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_trial_at_a_time_decides() {
        let breaker = breaker(3);
        let pass = |second: u64| breaker.pass(|| second * 1000);
        for _ in 0..2 {
            breaker.failed(0);
        }
        breaker.answered();
        for _ in 0..2 {
            breaker.failed(0);
            assert_eq!(pass(0), Ok(()), "not in a row");
        }
        breaker.failed(0);
        assert_eq!((pass(0), pass(4)), (Err(Window::from_secs(5)), Err(Window::from_secs(1))));
        assert_eq!((pass(5), pass(5)), (Ok(()), Err(Window::from_secs(5))), "one trial");
        breaker.failed(6000);
        assert!(breaker.is_open() && pass(10).is_err(), "one failure is enough now");
        assert_eq!(pass(11), Ok(()));
        breaker.answered();
        assert!(!breaker.is_open());
        assert_eq!((pass(11), pass(11)), (Ok(()), Ok(())));
    }

    #[test]
    fn a_trial_that_never_ends_is_followed_by_another_and_zero_never_opens() {
        let one = breaker(1);
        one.failed(0);
        for turn in 1..4 {
            assert_eq!(one.pass(|| turn * 5000), Ok(()));
            assert!(one.pass(|| turn * 5000).is_err());
        }
        let never = breaker(0);
        (0..100).for_each(|_| never.failed(0));
        assert_eq!(never.pass(|| 0), Ok(()));
    }
}
