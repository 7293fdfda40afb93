//! Comma-separated values with a header: what indexes, consoles and spreadsheets export.
//!
//! ```text
//! timestamp,client_ip,method,path,status,user_agent
//! 2026-11-26T11:42:06Z,192.0.2.7,GET,/orders/7,200,curl/8.5.0
//! ```
//!
//! Columns are known by the names that many products give ([`crate::table::of_csv`]); a header with fewer
//! than three known ones, or without a target, is none. Cells are separated by comma, semicolon or tab and
//! quoted as in RFC 4180; a quoted cell with a line feed in it is not read.

use std::borrow::Cow;

use super::{About, Memory};
use crate::table::{Column, MOST_COLUMNS, Row, of_csv};
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "csv",
    title: "CSV with a header",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::User,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Scheme,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Received,
        Field::Micros,
        Field::Agent,
        Field::Referer,
        Field::Authorization,
        Field::Cookie,
        Field::RequestType,
        Field::RequestBody,
        Field::ResponseType,
        Field::ResponseBody,
        Field::Upstream,
        Field::Rules,
        Field::Blocked,
        Field::Id,
    ],
    proven: false,
    counts_headers: false,
    source: "https://www.rfc-editor.org/rfc/rfc4180",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    if memory.columns.is_empty() {
        return header(line, memory);
    }
    // Parts that were put one behind the other repeat the header.
    if line == memory.header {
        return Ok(());
    }
    let mut row = Row::default();
    let mut columns = memory.columns.iter();
    let mut rest = Some(line);
    while let Some(cells) = rest {
        let &column = columns.next().ok_or(Reject::Shape)?;
        let (cell, after) = cell(cells, memory.separator).ok_or(Reject::Shape)?;
        row.put(column, cell);
        rest = after;
    }
    if columns.next().is_some() {
        return Err(Reject::Shape);
    }
    each(row.event()?);
    Ok(())
}

fn header(line: &[u8], memory: &mut Memory) -> Result<(), Reject> {
    for separator in [b',', b';', b'\t'] {
        let names = names(line, separator);
        let known = names.iter().filter(|column| **column != Column::Other).count();
        let target = |column: &Column| matches!(column, Column::Target | Column::Path | Column::RequestLine);
        if known >= 3 && names.iter().any(target) {
            (memory.columns, memory.separator, memory.header) = (names, separator, line.to_vec());
            return Ok(());
        }
    }
    Err(Reject::Shape)
}

fn names(line: &[u8], separator: u8) -> Vec<Column> {
    let mut names = Vec::new();
    let mut rest = Some(line);
    while let Some((name, after)) = rest.and_then(|cells| cell(cells, separator)) {
        if names.len() == MOST_COLUMNS {
            break;
        }
        names.push(of_csv(&name));
        rest = after;
    }
    // A day beside a clock is a part of a time; alone it is the whole.
    let clock = names.iter().position(|column| *column == Column::At);
    match (names.contains(&Column::Day), clock.and_then(|at| names.get_mut(at))) {
        (true, Some(clock)) => *clock = Column::Clock,
        (true, None) => {
            names.iter_mut().filter(|column| **column == Column::Day).for_each(|day| *day = Column::At)
        }
        _ => {}
    }
    names
}

/// The first cell, and what follows its separator; `None` where a quote is not closed.
fn cell(cells: &[u8], separator: u8) -> Option<(Text<'_>, Option<&[u8]>)> {
    let Some(inner) = cells.strip_prefix(b"\"") else {
        return Some(match memchr::memchr(separator, cells) {
            Some(at) => (Cow::Borrowed(cells.get(..at)?), Some(cells.get(at + 1..)?)),
            None => (Cow::Borrowed(cells), None),
        });
    };
    let mut text = Cow::Borrowed(&b""[..]);
    let mut rest = inner;
    loop {
        let at = memchr::memchr(b'"', rest)?;
        let (plain, after) = (rest.get(..at)?, rest.get(at + 1..)?);
        match &mut text {
            Cow::Borrowed(b"") => text = Cow::Borrowed(plain),
            text => text.to_mut().extend_from_slice(plain),
        }
        match after {
            [] => return Some((text, None)),
            [b'"', after @ ..] => {
                text.to_mut().push(b'"');
                rest = after;
            }
            [byte, after @ ..] if *byte == separator => return Some((text, Some(after))),
            _ => return None,
        }
    }
}
