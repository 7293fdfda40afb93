//! JSON lines: one walk over a line, and a table per dialect of where a product writes what.
//!
//! A dialect is a [`Shape`]: rows of a key's path (`request.headers.user-agent`, in small letters)
//! and what it tells, the more trustworthy row first, and a judge who says whether the line is one of
//! that product's exchanges. Nested objects and keys with dots are the same path, as Elastic has it;
//! an item of an array has the path of the array.
//!
//! # Rules
//! - A key that stands twice counts as it stood first: what a product writes of itself stands before
//!   what a client could have written into a field that nobody escaped.
//! - `null`, `""`, `"-"` and nothing at all are no value: the next row that has one is taken.
//! - Faults that hand-written formats of JSON have are read: missing and surplus commas, numbers that
//!   are empty, `-` or `0.1, 0.2`, and nginx's `\x22` in a string. A string that does not end, a value
//!   after a value, and more than [`walk::MOST_DEEP`] levels are none of them: the line is rejected.
//! - A line may hold several exchanges: an array, objects one after another (Amazon Data Firehose),
//!   and the wrappers of [`wrap`].
//!
//! No call stack, no copy and no loop grows with anything but the line's length. What holds no escape
//! is borrowed from the line.

mod draft;
mod keys;
mod text;
mod value;
mod walk;
mod wrap;

pub(crate) use draft::Draft;
pub(crate) use keys::{Role, Row, Shape};
pub(crate) use wrap::carried;

use crate::{Event, Reject};

/// What a judge says of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It tells of an exchange.
    Exchange,
    /// It is the product's, about something else.
    Other,
    /// It is another product's.
    Foreign,
}

impl Judged {
    /// An exchange when `ours`, else another product's.
    pub(crate) fn exchange_if(ours: bool) -> Self {
        if ours { Self::Exchange } else { Self::Foreign }
    }
}

/// Gives the exchanges that `line` tells of to `each`.
///
/// # Errors
/// [`Reject::Shape`] when the line, or one of the objects in it, is not of this `shape`; those before
/// and after it were given.
pub(crate) fn read<'l>(shape: &Shape, line: &'l [u8], each: &mut dyn FnMut(Event<'l>)) -> Result<(), Reject> {
    read_within(shape, line, 0, each)
}

/// As [`read`], within `wrappers` wrappers.
fn read_within<'l>(
    shape: &Shape,
    line: &'l [u8],
    wrappers: u8,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    let mut rest = line.trim_ascii();
    if let Some(inside) = rest.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
        rest = inside.trim_ascii();
    }
    let mut result = if rest.is_empty() { Err(Reject::Shape) } else { Ok(()) };
    while !rest.is_empty() {
        let mut draft = Draft::default();
        let after = walk::walk(rest, &mut |step| draft.take(shape, step)).ok_or(Reject::Shape)?;
        let (object, after) = rest.split_at_checked(rest.len() - after.len()).unwrap_or((rest, &[]));
        let mut event = draft.event();
        match shape.judge(&draft, &mut event) {
            Judged::Exchange => each(event),
            Judged::Other => {}
            Judged::Foreign => {
                if let Err(reject) = wrap::read(shape, object, wrappers, each) {
                    result = Err(reject);
                }
            }
        }
        rest = after.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
    }
    result
}
