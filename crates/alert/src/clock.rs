//! The only place in this crate that reads the system's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
