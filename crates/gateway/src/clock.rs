//! The only place in the gateway that reads the clock.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// The system's time. Engines get it as an argument.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
