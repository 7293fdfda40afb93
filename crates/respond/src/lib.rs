//! Makes incidents of signals, and says what to do about them: narrowly, and not for long.
//!
//! [`Response`] takes what detectors say and gives back what changed: an incident opened or grew, an
//! action was taken or only proposed. It performs nothing. The gateway asks [`InForce`], a snapshot
//! without locks, what to do with each exchange, and is the only one that refuses.
//!
//! Two rules hold whatever signals come, and a property test each holds them:
//!
//! - *Nobody's own records are withheld by an automatic action.* For a confirmed or verified principal
//!   an automatic action is judged on the answer, and withholds only what tells of strangers.
//! - *Nothing lasts.* An automatic action ends after 15 minutes, is half-open for five more, and goes on
//!   only if the half-open door shows that the leak does.
//!
//! No clock, no randomness: `now` is an argument, and the seed is given. `docs/respond.md` is the manual.
//!
//! ```
//! # use respond::{Facts, Response, Seen, Settings, Verdict};
//! # use detect::{CallerKind, DetectorId, ErrorBudget, Evidence, Severity, Signal, Source};
//! # use domain::{Endpoint, Timestamp};
//! let door: Endpoint = "POST /v1/preorders".parse().unwrap();
//! let now = Timestamp::from_secs(1_800_000_000);
//! let seen = Seen { strangers: 10, ..Seen::quiet(now, "198.51.100.7".parse().unwrap(), &door) };
//! let signal = Signal {
//!     detector: DetectorId::SequentialIds,
//!     source: Source::Network("198.51.100.7/32".parse().unwrap()),
//!     endpoint: detect::endpoint_key(&door),
//!     severity: Severity::High,
//!     evidence: Evidence { case: "walk", people: 11, steps: 9, ..Evidence::default() },
//!     error: ErrorBudget::OneInClientDays(1_000_000),
//!     first: now,
//!     last: now,
//! };
//! let mut response = Response::new(Settings::default(), 42);
//! assert_eq!(response.observe(&[signal], &seen, now).acted.len(), 1);
//!
//! let in_force = response.in_force();
//! assert!(matches!(in_force.judge_answer(&seen.facts, seen.strangers, now), Verdict::Refuse { .. }));
//! assert!(matches!(in_force.judge_answer(&seen.facts, 0, now), Verdict::Pass { .. }));
//! ```

mod action;
mod actions;
mod asked;
mod duty;
mod hearing;
mod in_force;
mod incident;
mod incidents;
mod joining;
mod kept;
mod key;
mod ladder;
mod party;
mod prevention;
mod response;
mod seen;
mod settings;
mod severity;
mod target;
mod timeline;
mod traffic;

pub use action::{Action, ActionId, By, Ended, MOST_BY_HAND, Measure, Phase, Rung};
pub use actions::Actions;
pub use asked::{ActError, ByHand, MOST_TEXT, Turn, UndoError};
pub use duty::{Duty, duties};
pub use hearing::{Ended as HowEnded, hear};
pub use in_force::{Held, InForce, Verdict};
pub use incident::{Door, Incident, IncidentId, MOST_NOTE, Note, PartyTally, State, Tally};
pub use incidents::{Change, Folded, Incidents};
pub use kept::{Kept, RestoreError, VERSION};
pub use party::Party;
pub use prevention::{PATCHED_FOR, Passes, Prevention, preventions};
pub use response::{Acted, Response, Told};
pub use seen::{Facts, Seen};
pub use settings::Settings;
pub use severity::SeverityRule;
pub use target::{Callers, Target, What};
pub use timeline::{Happened, Moment, Timeline};
pub use traffic::{Innocents, Traffic};
