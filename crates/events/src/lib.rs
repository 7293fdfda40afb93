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
//! [`hunt`]: ../hunt/index.html

mod dialect;
mod event;
mod reader;

pub use dialect::Dialect;
pub use event::{Event, Reject, Text};
pub use reader::{Reader, Verdict};

/// Bytes of a line beyond which it is rejected unread: 4 MiB, for firewalls log whole bodies.
pub const MOST_LINE: usize = 4 << 20;
