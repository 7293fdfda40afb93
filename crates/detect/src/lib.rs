//! Recognises leaks from what exchanges add up to: who walks, sweeps, guesses, mints and scans.
//!
//! [`Detectors::observe`] takes one exchange at a time, in the order of the exchange log, and gives
//! the signals that it completes. Each detector is a sequential test with a stated error budget (see
//! `docs/detect.md`); none blocks anyone, reads a clock or draws a number. The same exchanges give the
//! same signals wherever they are read: in the gateway, following its log, or in yesterday's.
//!
//! What a client can produce for free (re-reads, own records, catalogue pages, 304) is no evidence in
//! either direction and changes no state: [`Observed::is_free`].
//!
//! ```
//! # use detect::{DetectorId, Detectors, Observed, Settings};
//! # use domain::Timestamp;
//! let mut detectors = Detectors::new(Settings::default(), 42);
//! let client = "198.51.100.7".parse().unwrap();
//! let records = (1..=30).find(|&n| {
//!     let at = Timestamp::from_secs(1_800_000_000 + n);
//!     let order = Observed { numbers: [Some(1000 + 7 * n), None], strangers: 1, ..Observed::quiet(at, client, 5) };
//!     detectors.observe(&order).iter().any(|signal| signal.detector == DetectorId::SequentialIds)
//! });
//! assert_eq!(records, Some(11)); // a walk by sevens, after eleven of them
//! ```

mod codec;
mod common;
mod detectors;
mod door;
mod event;
mod groups;
mod hash;
mod nats;
mod observe;
mod observed;
mod ring;
mod save;
mod settings;
mod signal;
mod table;
mod track;
mod trial;
mod usual;
mod watched;

pub use detectors::canary::touches;
pub use detectors::surface_scan::is_bait;
pub use groups::{Grouped, Groups, Joining};
pub use observe::Detectors;
pub use observed::{CallerKind, Observed, Page};
pub use save::{RestoreError, Saving};
pub use settings::{Allowance, Settings, SettingsError};
pub use signal::{DetectorId, ErrorBudget, Evidence, Severity, Signal, Source};
pub use watched::{Said, Watched, counts};

/// The key of an endpoint from its text, such as `GET /v1/orders/{id}`. It is the same in every run.
#[must_use]
pub fn endpoint_key(endpoint: &domain::Endpoint) -> u64 {
    let method = hash::text(0, endpoint.method().as_str());
    hash::text(method, endpoint.template().as_str())
}
