//! Rows with named columns: W3C extended logs, Zeek, CSV.
//!
//! A header names the columns; a row gives one event. Cells are joined to a target where a product
//! keeps path and query apart, and to a time where it keeps day and clock apart.

mod names;

use std::borrow::Cow;

use domain::Timestamp;

pub(crate) use names::{of_csv, of_w3c, of_zeek};

use crate::scan;
use crate::{Event, MOST_RULES, Reject, Text};

/// Columns of a header that are looked at.
pub(crate) const MOST_COLUMNS: usize = 256;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Nothing of use here.
    Other,
    /// A whole time: civil, NCSA, or since 1970 in seconds, milliseconds, microseconds or nanoseconds.
    At,
    /// The day of a time.
    Day,
    /// The clock of a time.
    Clock,
    Client,
    Forwarded,
    User,
    Method,
    /// Path and query, or a whole URL.
    Target,
    Path,
    Query,
    /// `GET / HTTP/1.1`.
    RequestLine,
    Protocol,
    /// `1.1`.
    Version,
    Scheme,
    Host,
    Status,
    Sent,
    Received,
    Seconds,
    Millis,
    Micros,
    Nanos,
    Agent,
    Referer,
    Authorization,
    Cookie,
    RequestType,
    ResponseType,
    RequestBody,
    ResponseBody,
    Upstream,
    Rule,
    /// `block`, `allow` and the like.
    Action,
    Id,
}

/// A row on its way to an event.
#[derive(Default)]
pub(crate) struct Row<'l> {
    event: Event<'l>,
    day: Option<Text<'l>>,
    clock: Option<Text<'l>>,
    path: Option<Text<'l>>,
    query: Option<Text<'l>>,
}

impl<'l> Row<'l> {
    /// Puts a cell into its place. An empty one and `-` say nothing; of two columns for one field the
    /// first that says something counts.
    pub(crate) fn put(&mut self, column: Column, cell: Text<'l>) {
        if column == Column::Other || matches!(&*cell, b"" | b"-") {
            return;
        }
        let event = &mut self.event;
        let text = match column {
            Column::Other => return,
            Column::At => {
                event.is_zone_assumed |= event.at.is_none() && scan::lacks_zone(&cell);
                return set(&mut event.at, any_time(&cell));
            }
            Column::Client => {
                return set(&mut event.client, scan::address(&cell).or_else(|| scan::address_of_pair(&cell)));
            }
            Column::Status => return set(&mut event.status, scan::status(&cell)),
            Column::Sent => return set(&mut event.sent, scan::number(&cell)),
            Column::Received => return set(&mut event.received, scan::number(&cell)),
            Column::Seconds => return set(&mut event.micros, scan::micros_of_seconds(&cell)),
            Column::Millis => return set(&mut event.micros, scan::micros_of_millis(&cell)),
            Column::Micros => return set(&mut event.micros, scan::number(&cell)),
            Column::Nanos => return set(&mut event.micros, scan::number(&cell).map(|nanos| nanos / 1000)),
            Column::Version => return set(&mut event.protocol, protocol(&cell)),
            Column::Action => return set(&mut event.blocked, blocked(&cell)),
            Column::Rule if event.rules.len() < MOST_RULES => return event.rules.push(cell),
            Column::Rule => return,
            Column::RequestLine => {
                let mut read = Event::default();
                scan::request(scan::Raw { bytes: &cell, escaped: false }, &mut read);
                let Event { method, target, protocol, .. } = read.into_owned();
                set(&mut event.method, method);
                set(&mut event.target, target);
                return set(&mut event.protocol, protocol);
            }
            Column::Day => &mut self.day,
            Column::Clock => &mut self.clock,
            Column::Path => &mut self.path,
            Column::Query => &mut self.query,
            Column::Forwarded => &mut event.forwarded,
            Column::User => &mut event.user,
            Column::Method => &mut event.method,
            Column::Target => &mut event.target,
            Column::Protocol => &mut event.protocol,
            Column::Scheme => &mut event.scheme,
            Column::Host => &mut event.host,
            Column::Agent => &mut event.agent,
            Column::Referer => &mut event.referer,
            Column::Authorization => &mut event.authorization,
            Column::Cookie => &mut event.cookie,
            Column::RequestType => &mut event.request_type,
            Column::ResponseType => &mut event.response_type,
            Column::RequestBody => &mut event.request_body,
            Column::ResponseBody => &mut event.response_body,
            Column::Upstream => &mut event.upstream,
            Column::Id => &mut event.id,
        };
        text.get_or_insert(cell);
    }

    /// The event: the parts of the time and of the target put together.
    pub(crate) fn event(self) -> Result<Event<'l>, Reject> {
        let Self { mut event, day, clock, path, query } = self;
        if let (None, Some(day), Some(clock)) = (event.at, day, clock) {
            event.at = scan::civil(&[&*day, b" ", &*clock].concat());
            if event.at.is_none() {
                return Err(Reject::Field("time"));
            }
        }
        if event.target.is_none() {
            event.target = match (path, query) {
                (path, None) => path,
                (path, Some(query)) => {
                    let query = query.strip_prefix(b"?").unwrap_or(&query);
                    Some(Cow::Owned([path.as_deref().unwrap_or_default(), b"?", query].concat()))
                }
            };
        }
        if event.target.is_none() && event.client.is_none() && event.status.is_none() {
            return Err(Reject::Shape);
        }
        Ok(event)
    }
}

fn set<T>(place: &mut Option<T>, value: Option<T>) {
    if place.is_none() {
        *place = value;
    }
}

/// A time in any of the forms that tables have; a whole number by its size.
pub(crate) fn any_time(text: &[u8]) -> Option<Timestamp> {
    if let Some(number) = scan::number(text) {
        let millis = match number {
            0..100_000_000_000 => number * 1000,
            100_000_000_000..100_000_000_000_000 => number,
            100_000_000_000_000..100_000_000_000_000_000 => number / 1000,
            _ => number / 1_000_000,
        };
        return Some(Timestamp::from_millis(millis));
    }
    scan::civil(text).or_else(|| scan::clf(text)).or_else(|| scan::epoch(text))
}

/// `HTTP/1.1` of `1.1`.
fn protocol<'l>(version: &[u8]) -> Option<Text<'l>> {
    Some(Cow::Borrowed(match version {
        b"0.9" => b"HTTP/0.9",
        b"1.0" => b"HTTP/1.0",
        b"1.1" => b"HTTP/1.1",
        b"2" | b"2.0" => b"HTTP/2",
        b"3" | b"3.0" => b"HTTP/3",
        _ => return None,
    }))
}

/// What the word of an action says; another word says nothing.
pub(crate) fn blocked(action: &[u8]) -> Option<bool> {
    match &*action.to_ascii_lowercase() {
        b"block" | b"blocked" | b"deny" | b"denied" | b"drop" | b"dropped" | b"reject" | b"rejected" => {
            Some(true)
        }
        b"allow" | b"allowed" | b"pass" | b"passed" | b"permit" | b"permitted" | b"detected" | b"log"
        | b"count" => Some(false),
        _ => None,
    }
}

/// The row of cells that one byte separates, as many as there are columns.
pub(crate) fn separated<'l>(
    line: &'l [u8],
    by: u8,
    columns: &[Column],
    text: impl Fn(&'l [u8], Column) -> Option<Text<'l>>,
) -> Result<Event<'l>, Reject> {
    let mut row = Row::default();
    let mut columns = columns.iter();
    for cell in line.split(|byte| *byte == by) {
        let &column = columns.next().ok_or(Reject::Shape)?;
        if column != Column::Other
            && let Some(cell) = text(cell, column)
        {
            row.put(column, cell);
        }
    }
    if columns.next().is_some() {
        return Err(Reject::Shape);
    }
    row.event()
}
