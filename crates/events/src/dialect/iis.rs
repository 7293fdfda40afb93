//! IIS and Azure App Service: W3C extended, columns by choice.
//!
//! ```text
//! #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken
//! 2026-11-26 11:42:06 192.0.2.1 GET /orders/7 fields=all 443 - 192.0.2.7 curl/8.5.0 - 200 0 0 15
//! ```
//!
//! The time is in UTC and says when the request ended. IIS writes `+` for a space within a header; a `+`
//! that was sent is read as one too. Path and query stay as written: IIS decodes some of the path.

use std::borrow::Cow;

use super::w3c::{self, Form};
use super::{About, Memory};
use crate::scan::said;
use crate::table::Column;
use crate::{Event, Field, Reject, Text};

pub(super) const ABOUT: About = About {
    word: "iis",
    title: "IIS and Azure App Service, W3C extended",
    tells: &[
        Field::At,
        Field::Client,
        Field::Forwarded,
        Field::User,
        Field::Method,
        Field::Target,
        Field::Protocol,
        Field::Host,
        Field::Status,
        Field::Sent,
        Field::Received,
        Field::Micros,
        Field::Agent,
        Field::Referer,
        Field::Cookie,
        Field::Upstream,
    ],
    proven: false,
    counts_headers: true,
    source: "https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging",
};

const FORM: Form = Form {
    separator: b' ',
    seconds: false,
    usual: "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) \
            cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
    text,
};

pub(super) fn read<'l>(
    line: &'l [u8],
    memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    // Rows are separated by tabs elsewhere.
    if line.contains(&b'\t') {
        return Err(Reject::Shape);
    }
    w3c::read(line, memory, &FORM, each)
}

fn text(cell: &[u8], column: Column) -> Option<Text<'_>> {
    let header = matches!(column, Column::Agent | Column::Referer | Column::Cookie | Column::Forwarded);
    if header && cell.contains(&b'+') {
        return Some(Cow::Owned(cell.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()));
    }
    said(cell)
}
