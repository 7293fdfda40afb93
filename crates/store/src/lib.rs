//! The only crate that writes a file format to disk: the exposure ledger, incidents, files of lines, and
//! alerts that wait for their receiver ([`Spool`]).
//!
//! [`Ledger`] takes exposures in and answers when they are durable; [`LedgerReader`] answers
//! questions, also while a server writes. The meaning of entries and the arithmetic are `ledger`'s;
//! output formats are `report`'s. [`IncidentFile`] keeps what `respond` knows. Nothing here decides whether something may leave.
//!
//! Growth: an answer about one person under three keys is 97 bytes and its completion 22, so about
//! 119 MB per million exchanges with every read written; each further person adds 50 bytes. Own-record
//! reads cost 97 + 22 bytes for the first within an hour and 96 for the count of all further ones.
//! `cargo run --release -p store --example ledger_bench` measures it, and the disk, on your machine.
//!
//! ```
//! use std::sync::Arc;
//! use domain::{Completion, Timestamp};
//! use store::{FileSystem, Ledger, LedgerReader, LedgerSettings};
//! # use domain::*;
//! # fn an_exposure(key: &ledger::DigestKey, now: Timestamp) -> Exposure {
//! #     let ann = key.subject(&SubjectKey::new(KeyKind::Email, "ann@example.com"));
//! #     Exposure { exchange: ExchangeId::new(1), at: now, endpoint: "GET /orders/{id}".parse().unwrap(), operator: None,
//! #       recipient: Recipient { kind: "anonymous".into(), principal: None, role: None, client: "192.0.2.7".parse().unwrap() },
//! #       subjects: vec![ExposedSubject { digests: [ann].into_iter().collect(), classes: [DataClass::Email].into_iter().collect(), basis: Basis::Budget }] }
//! # }
//! # let state = tempfile::tempdir()?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! # runtime.block_on(async {
//! let now = Timestamp::from_secs(1_800_000_000);
//! let (ledger, opening) =
//!     Ledger::open(state.path(), LedgerSettings::default(), Arc::new(FileSystem), now, &mut |_| {})?;
//! assert_eq!(opening.segments, 0);
//! let exposure = an_exposure(&ledger.digest_key(), now);
//! let durable = ledger.append(ledger::Entry::Intended(exposure)).await?; // only now may bytes leave
//! ledger.complete(&durable, Completion::Sent, now);
//! ledger.close();
//!
//! let reader = LedgerReader::open(state.path(), &FileSystem)?;
//! let (account, _) = reader.account(&ledger::Filter::default())?;
//! assert_eq!((account.subjects.at_least, account.subjects.at_most), (1, 1));
//! assert!(reader.verify(Some(ledger.head()))?.faults.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod coalesce;
mod disk;
mod handle;
mod incidents;
pub mod kept;
mod keys;
mod layout;
mod line_log;
mod loss;
mod opening;
mod query;
mod queue;
mod replay;
mod retain;
mod segment;
mod settings;
mod spool;
mod summary;
pub mod testing;
mod verify;
mod writer;

pub use disk::{Disk, DiskFile, FileSystem};
pub use handle::{AppendError, Durable, EntriesByKind, Ledger, LedgerStats};
pub use incidents::{FoundIncidents, IncidentFile, IncidentFileError, SetAside, read_incidents};
pub use keys::{KeyError, Period, erase_period};
pub use ledger::{Anchor, Fault, Verification};
pub use line_log::{LineLog, QUEUE as LINE_LOG_QUEUE};
pub use loss::Loss;
pub use opening::{OpenError, Opening, Restored};
pub use query::{FoundEntry, LedgerReader, Reading};
pub use settings::LedgerSettings;
pub use spool::{Put, Spool, SpoolError, SpoolId, SpoolLimits, SpoolOpening, Spooled};
pub use verify::ReadError;
