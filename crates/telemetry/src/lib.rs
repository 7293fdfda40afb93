//! Occurrences as structs: each is one log line and one metric.
//!
//! The rest of the house says *what happened* by building a struct and calling
//! [`Occurrence::emit`]; how it reads in the log and what it counts is written here once. Nothing
//! here decides anything, opens a socket or keeps history, and no personal data can enter: the
//! fields of an occurrence implement a sealed trait that texts and addresses from outside do not
//! have, and lines of other crates never reach the log (see [`log`]).
//!
//! ```
//! use std::time::Duration;
//! use domain::{Caller, ExchangeId, Mode, Outcome, RefusalKind};
//! use telemetry::{CallerWord, ExchangeDone, Metrics, Occurrence};
//! let metrics = Metrics::new();
//! let endpoint = "GET /v1/orders/{id}".parse().unwrap();
//! let done = ExchangeDone {
//!     exchange: ExchangeId::of(7, 1),
//!     endpoint: &endpoint,
//!     caller: CallerWord::of(&Caller::Anonymous),
//!     outcome: Outcome::Refused(RefusalKind::BudgetSpent),
//!     mode: Mode::Guard,
//!     status: 429,
//!     took: Duration::from_micros(900),
//!     subjects: [0; 6],
//! };
//! done.count(&metrics); // `done.emit()` counts in the metrics of the process, and logs
//! assert!(metrics.text().contains(r#"tidegate_refusals_total{kind="budget-spent"} 1"#));
//! ```
//!
//! A field that could carry personal data does not compile:
//!
//! ```compile_fail
//! fn is_field<T: telemetry::Field>() {}
//! is_field::<String>();
//! ```
//! ```compile_fail
//! fn is_field<T: telemetry::Field>() {}
//! is_field::<&str>();
//! ```
//! ```compile_fail
//! fn is_field<T: telemetry::Field>() {}
//! is_field::<std::net::IpAddr>();
//! ```

mod exposition;
mod field;
mod gate;
pub mod log;
mod metrics;
mod occurrence;
mod word;

pub use field::{Configured, Field, HeadHash, Inert};
pub use gate::Seldom;
pub use metrics::{Count, Counts, Gauges, Histogram, InFlight, Metrics, metrics};
pub use occurrence::*;
pub use word::{
    ActionWord, AlertReceiver, CallerWord, CredentialFault, DecidedWord, HeardWord, IncidentWord,
    KeySetFault, LedgerFault, LedgerKind, LostBudgets, OutcomeWord, SourceWord, Success, Surface, Table,
    UpstreamFault, Vouched, Word,
};
