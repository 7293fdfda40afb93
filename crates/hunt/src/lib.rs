//! Yesterday's logs tell who walked through the records: lines of logs to what the gateway's detectors see.
//!
//! [`Hunt::take`] takes one [`events::Event`] at a time. A line of our own exchange log goes to the very
//! detectors of the gateway as it is ([`detect::Observed::of`]), so that the same exchanges give the same
//! signals (DESIGN.md section 7.4). A line of anybody else's log is read with the gateway's own reading of
//! targets, objects and pages (the crate `reading`) and its own learner of templates ([`spec::learn`]);
//! what such a line cannot show, the people of an answer, is replaced by weaker evidence, and every finding
//! says which ([`Basis`]) and counts *at least* and *at most*.
//!
//! It opens no file, knows no format of output (see `report::hunt`) and blocks nobody.
//!
//! **Memory** is bounded, whatever the log: see `docs/hunt.md`.
//!
//! ```
//! # use events::Event;
//! # use hunt::{Hunt, LineRef, Settings};
//! # use domain::Timestamp;
//! let mut hunt = Hunt::new(Settings::default());
//! for n in 0..40u64 {
//!     let target = format!("/api/orders/{}", 1000 + n);
//!     let event = Event {
//!         at: Some(Timestamp::from_secs(1_800_000_000 + n)),
//!         client: Some("198.51.100.7".parse().unwrap()),
//!         method: Some(b"GET"[..].into()),
//!         target: Some(target.as_bytes().into()),
//!         status: Some(200),
//!         sent: Some(412),
//!         ..Event::default()
//!     };
//!     hunt.take(&event, LineRef { input: 0, line: n + 1 });
//! }
//! let told = hunt.told();
//! assert_eq!(told.findings.len(), 1);
//! assert_eq!(told.findings[0].signals[0].detector.word(), "sequential-ids");
//! ```

mod agents;
mod answers;
mod asks;
mod bound;
mod callers;
mod cases;
mod clients;
mod doors;
mod download;
mod fields;
mod foreign;
mod frequent;
mod habit;
mod hash;
mod heads;
mod hidden;
mod hunt;
mod matter;
mod moment;
mod names;
mod own;
mod passes;
mod replay;
mod request;
mod routes;
mod ruled;
mod settings;
mod storms;
mod tables;
mod told;
mod unfold;
mod weeks;

pub use agents::AgentKind;
pub use asks::Stopped;
pub use bound::most_bytes;
pub use cases::{Point, Said, Who};
pub use clients::Client;
pub use doors::Count;
pub use fields::Fields;
pub use hunt::Hunt;
pub use matter::Matter;
pub use moment::{Basis, LineRef};
pub use replay::{MOST_PROPOSALS, Proposal, Refused, Replay, RuleReplay};
pub use ruled::{Blind, Group, Ruling};
pub use settings::{Scope, Settings, Totals};
pub use storms::Storm;
pub use told::{Aside, Confidence, Finding, Told};
pub use weeks::UnusualHour;

/// The upper half of a number.
fn upper(number: u64) -> u32 {
    u32::try_from(number >> 32).unwrap_or(0)
}
