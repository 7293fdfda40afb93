//! Error storms: an hour in which an endpoint answers with errors as it never did.
//!
//! It says that something happened there: a fault, an overload, somebody who feeds it what it cannot
//! digest. Which of them the log does not say, so it is a note and no finding.

use domain::Timestamp;

/// Errors in an hour that are worth a note.
const LEAST: u32 = 50;
/// How many times the usual hour.
const TIMES: u64 = 10;

/// Errors of one endpoint by the hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Storms {
    hour: u32,
    exchanges: u32,
    errors: u32,
    /// Errors of an hour by exponential smoothing, in 256ths.
    usual: u64,
    said: bool,
}

/// One storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storm {
    /// The hour.
    pub at: Timestamp,
    /// Errors (5xx) in it when it was noted.
    pub errors: u32,
    /// Exchanges in it until then.
    pub exchanges: u32,
}

impl Storms {
    /// Takes an answer in; the storm when it is noted, once in its hour.
    pub(crate) fn take(&mut self, status: u16, at: Timestamp) -> Option<Storm> {
        let hour = u32::try_from(at.secs() / 3600).unwrap_or(0);
        if hour > self.hour {
            for passed in 0..(hour - self.hour).min(64) {
                let errors = if passed == 0 { self.errors } else { 0 };
                self.usual = (self.usual * 7 + u64::from(errors) * 256) / 8;
            }
            *self = Self { hour, usual: self.usual, ..Self::default() };
        }
        self.exchanges = self.exchanges.saturating_add(1);
        if status < 500 {
            return None;
        }
        self.errors = self.errors.saturating_add(1);
        let is_storm = self.errors >= LEAST
            && self.errors * 4 >= self.exchanges
            && u64::from(self.errors) * 256 >= self.usual * TIMES;
        if !is_storm || std::mem::replace(&mut self.said, true) {
            return None;
        }
        let at = Timestamp::from_secs(u64::from(hour) * 3600);
        Some(Storm { at, errors: self.errors, exchanges: self.exchanges })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(usual: u64, storm: u64) -> usize {
        let mut storms = Storms::default();
        let mut take = |hour: u64, errors: u64| {
            let statuses = std::iter::repeat_n(500, usize::try_from(errors).unwrap()).chain([200; 20]);
            statuses
                .filter(|status| {
                    storms.take(*status, Timestamp::from_secs(1_800_000_000 + hour * 3600)).is_some()
                })
                .count()
        };
        (0..48).map(|hour| take(hour, usual)).sum::<usize>() + take(48, storm)
    }

    #[test]
    fn an_hour_ten_times_worse_than_usual_is_noted_once() {
        for (usual, storm, times) in [(0, 200, 1), (5, 200, 1), (0, 49, 0), (40, 200, 0)] {
            assert_eq!(noted(usual, storm), times, "{usual} {storm}");
        }
    }
}
