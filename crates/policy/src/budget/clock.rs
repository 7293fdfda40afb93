//! Whole seconds that never go back, and spans in whole seconds.

use domain::{Timestamp, Window};

/// One hour in seconds.
pub(crate) const HOUR_SECS: u32 = 3600;
/// The longest window in seconds: 30 days.
pub(crate) const LONGEST_SECS: u32 = 30 * 24 * HOUR_SECS;

/// The latest second seen.
///
/// A clock that steps back stands still here until it has caught up: windows only grow longer by
/// it. A clock that jumps ahead ages everything at once, so whoever passes the time should carry a
/// monotonic clock forward from one reading of the wall clock at start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    latest: u32,
}

impl Clock {
    /// `now` in seconds, or the latest second seen if that is later.
    pub(crate) fn tick(&mut self, now: Timestamp) -> u32 {
        self.latest = self.latest.max(u32::try_from(now.secs()).unwrap_or(u32::MAX));
        self.latest
    }

    /// What [`Clock::tick`] would return.
    pub(crate) fn read(self, now: Timestamp) -> u32 {
        let mut clock = self;
        clock.tick(now)
    }
}

/// A window in seconds, rounded up, between one second and 30 days. Entries count from `now - secs`
/// on, the second at the edge included: rounding to seconds only ever makes a window longer.
pub(crate) fn secs(window: Window) -> u32 {
    u32::try_from(window.secs_ceil()).unwrap_or(u32::MAX).clamp(1, LONGEST_SECS)
}
