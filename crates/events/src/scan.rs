//! Pieces that lines of text have in common: quoted text, numbers, addresses, times, request lines.
//!
//! Each takes bytes and answers in one pass with `None` for what has not its shape; none panics.

mod address;
mod number;
mod quoted;
mod request;
mod time;

pub(crate) use address::{address, address_of_pair, is_host};
pub(crate) use number::{micros_of_millis, micros_of_seconds, number, status};
pub(crate) use quoted::{Raw, hex, quoted, quoted_plain, quoted_request, unescape};
pub(crate) use request::request;
pub(crate) use time::{civil, clf, epoch, error_log, lacks_zone, month};

use crate::Text;

/// The text before the first space of `text`, and what follows the space.
pub(crate) fn word(text: &[u8]) -> (&[u8], &[u8]) {
    cut(text, b' ').unwrap_or((text, &[]))
}

/// What stands before and after the first `by` of `text`.
pub(crate) fn cut(text: &[u8], by: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(by, text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before and after the last `by` of `text`.
pub(crate) fn cut_last(text: &[u8], by: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memrchr(by, text)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// `text`, unless the product writes it for "nothing": `-`, or nothing at all.
pub(crate) fn said(text: &[u8]) -> Option<Text<'_>> {
    (!matches!(text, b"-" | b"")).then_some(Text::Borrowed(text))
}
