//! Log dialects: lines that other programs wrote, read as [`Event`]s.
//!
//! One file per dialect below `dialect/`, each with the product's line as its documentation. A
//! [`Reader`] recognises the dialect from the first lines ([`Reader::recognise`]), peels what syslog,
//! containers and journals put before a line, and gives each line's events to a closure. Nothing here
//! opens a file, decompresses or asks a clock; nothing judges ([`hunt`] does).
//!
//! Outside bytes never panic, cost is linear in a line's length, and what is borrowed is not copied:
//! a plain line of the common formats allocates nothing.
//!
//! ```
//! use events::Reader;
//! let log = br#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET /v1/orders/7 HTTP/1.1" 200 803 "-" "curl/8.5.0""#;
//! let lines = log.split(|byte| *byte == b'\n');
//! let verdict = Reader::recognise(lines.clone()).expect("a dialect that reads it");
//! let mut reader = verdict.reader();
//! let mut targets = Vec::new();
//! for line in lines {
//!     reader.read(line, &mut |event| targets.extend(event.target.map(|text| text.into_owned())))?;
//! }
//! reader.finish(&mut |_| ())?;
//! assert_eq!(targets, [b"/v1/orders/7"]);
//! # Ok::<(), events::Reject>(())
//! ```
//!
//! [`hunt`]: ../hunt/index.html

mod dialect;
mod event;
pub mod exchange_line;
mod field;
mod json;
mod peel;
mod reader;
mod scan;
mod table;

pub use dialect::Dialect;
pub use event::{Event, Reject, Text};
pub use field::Field;
pub use peel::Prefix;
pub use reader::{Reader, Verdict};

/// Bytes of a line beyond which it is rejected unread: 4 MiB, for firewalls log whole bodies.
pub const MOST_LINE: usize = 4 << 20;

/// Rules of one event that are kept ([`Event::rules`]).
pub const MOST_RULES: usize = 32;
