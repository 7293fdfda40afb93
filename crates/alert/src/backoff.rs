//! How long to wait before the next try.

use std::time::Duration;

use domain::Window;
use serde::{Deserialize, Serialize};

/// Waits between tries of one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrySettings {
    /// The first wait; each further one is twice as long. Default `1s`.
    pub first: Window,
    /// The longest wait. Default `5m`.
    pub longest: Window,
    /// What waits for longer than this is given up. Default `3d`.
    pub give_up: Window,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            first: Window::from_secs(1),
            longest: Window::from_secs(300),
            give_up: Window::from_secs(3 * 86_400),
        }
    }
}

/// Numbers without pattern from a seed (SplitMix64): many gateways that lost one receiver at the same
/// moment do not come back at the same moment.
#[derive(Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The wait after `failures` failures in a row, from 1: between half and the whole of
    /// `first` x 2^(failures - 1), at most `longest`.
    pub(crate) fn wait(&mut self, settings: &RetrySettings, failures: u32) -> Duration {
        let doubled = 1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
        let whole =
            settings.first.millis().max(1).saturating_mul(doubled).min(settings.longest.millis().max(1));
        let half = whole / 2;
        Duration::from_millis(half + self.next() % (whole - half + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_vary_by_half() {
        let settings = RetrySettings::default();
        for seed in 0..200 {
            let mut jitter = Jitter::new(seed);
            for (failures, whole) in [
                (1, 1_000),
                (2, 2_000),
                (5, 16_000),
                (9, 256_000),
                (10, 300_000),
                (64, 300_000),
                (u32::MAX, 300_000),
            ] {
                let wait = u64::try_from(jitter.wait(&settings, failures).as_millis()).unwrap();
                assert!((whole / 2..=whole).contains(&wait), "{failures}: {wait}");
            }
        }
    }

    #[test]
    fn one_seed_gives_one_row_of_waits_and_another_another() {
        let row = |seed| {
            let mut jitter = Jitter::new(seed);
            (1..9).map(|failures| jitter.wait(&RetrySettings::default(), failures)).collect::<Vec<_>>()
        };
        assert_eq!(row(7), row(7));
        assert_ne!(row(7), row(8));
    }
}
