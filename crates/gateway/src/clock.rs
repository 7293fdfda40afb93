//! The only place in the gateway that reads the clock.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// Since when the clock is hurried, and how many times as fast it runs.
static HURRIED: OnceLock<(Instant, Timestamp, u32)> = OnceLock::new();

/// The system's time. Engines get it as an argument.
#[must_use]
pub fn now() -> Timestamp {
    match HURRIED.get() {
        None => system(),
        Some((since, began, times)) => {
            let elapsed = since.elapsed().saturating_mul(*times).as_millis();
            let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
            Timestamp::from_millis(began.millis().saturating_add(elapsed))
        }
    }
}

/// From now on the clock of this process runs `times` as fast, for the demo of a leak that takes hours.
/// Windows, baselines and actions pass accordingly; timeouts of connections do not. The first call counts.
pub fn hurry(times: u32) {
    let _first = HURRIED.get_or_init(|| (Instant::now(), system(), times.max(1)));
}

fn system() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
