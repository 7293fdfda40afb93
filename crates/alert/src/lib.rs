//! Brings what was found to people: a webhook, a syslog server, a program of their own.
//!
//! [`Teller::tell`] takes every state of every incident and never waits; [`group`](Grouping) makes one
//! alert that grows of one scrape; each receiver has what waits for it on disk, in an order of its own,
//! and a task that tries until it is taken. Nothing here judges what an incident is (`respond`), or how
//! it is written ([`report::finding`]); nothing of a notice and nothing that a receiver answers reaches
//! a log.
//!
//! Delivery is at least once: an alert that was under way when the process was killed comes again, with
//! the same `Idempotency-Key`. A notice is on disk some milliseconds after it was told; whoever tells
//! keeps the incident itself, and tells its state again at a start.
//!
//! ```no_run
//! # async fn run(settings: alert::AlertSettings, tls: net::upstream::Tls, notice: alert::Notice) -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! let disk: Arc<dyn store::Disk> = Arc::new(store::FileSystem);
//! let alerts = alert::Alerts::start(&settings, "./tidegate-state".as_ref(), &disk, &tls, 7)?;
//! alerts.teller().tell(notice);
//! let report = alerts.stop().await;
//! assert_eq!(report.left, 0);
//! # Ok(()) }
//! ```

mod alerts;
mod backoff;
mod clock;
mod command;
mod fault;
mod group;
mod held_back;
mod notice;
mod outlet;
mod settings;
pub mod sign;
mod syslog;
mod webhook;

pub use domain::Severity;

pub use alerts::{AlertStats, Alerts, MOST_RECEIVERS, StartError, StopReport, Teller, faults};
pub use backoff::RetrySettings;
pub use command::{CommandError, CommandSettings};
pub use fault::DeliveryFault;
pub use group::{Due, Grouping, GroupingCounts, GroupingSettings, Summary};
pub use notice::{GroupId, GroupIdError, MOST_BODY_BYTES, MOST_TITLE_CHARS, Notice};
pub use outlet::OutletStats;
pub use settings::{AlertSettings, SpoolSettings};
pub use syslog::{SyslogError, SyslogSettings, message::Content};
pub use webhook::{WebhookError, WebhookSettings};
