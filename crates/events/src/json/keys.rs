//! The table of a dialect: which path tells what.

use std::sync::OnceLock;

use super::{Draft, Judged};
use crate::Event;

/// What a value tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// When: RFC 3339, NCSA, C's `asctime`, or a number since 1970 whose size says its unit.
    At,
    /// The client's address, with or without its port.
    Client,
    /// `X-Forwarded-For` or `Forwarded`; several values at one path are one list.
    Forwarded,
    User,
    Method,
    /// `GET /path?query HTTP/1.1`.
    RequestLine,
    /// Path and query as sent.
    Target,
    /// Scheme, host, path and query together.
    Url,
    /// The path alone; [`Role::Query`] is put behind it.
    Path,
    Query,
    /// `HTTP/1.1`, or the version alone.
    Protocol,
    /// `http`, `https`.
    Scheme,
    /// What is there, or is not `off` or `false`, where TLS was used.
    Tls,
    Host,
    Status,
    Sent,
    Received,
    Seconds,
    Millis,
    Micros,
    Nanos,
    /// A number with its unit behind it: `0.058927s`, `2.5ms`.
    Span,
    Agent,
    Referer,
    Authorization,
    Cookie,
    RequestType,
    RequestBody,
    ResponseType,
    ResponseBody,
    Upstream,
    /// One rule of a firewall; all are kept.
    Rule,
    Id,
    /// What the judge looks at: the kind of the line.
    Kind,
    /// What the judge looks at: what the product did.
    Action,
    /// The name of a header in a list of objects.
    HeaderName,
    /// The value of a request's header in a list of objects.
    RequestHeader,
    /// The value of a response's header in a list of objects.
    ResponseHeader,
    /// The key's last part is the name of a request's header. For rows that end in `*`.
    RequestHeaders,
    /// The key's last part is the name of a response's header. For rows that end in `*`.
    ResponseHeaders,
}

/// A row: a path in small letters, or its beginning with `*` behind, and what it tells. Of two rows that
/// tell the same the first is believed. At most 200 in a table.
pub(crate) type Row = (&'static str, Role);

/// A judge sees the draft and the event made of it, and may change the event.
pub(crate) type Judge = for<'l> fn(&Draft<'l>, &mut Event<'l>) -> Judged;

/// What a dialect of JSON looks like.
pub(crate) struct Shape {
    rows: &'static [Row],
    judge: Judge,
    keys: OnceLock<Keys>,
}

impl Shape {
    /// Lines with `rows`, of which `judge` says whether they are the product's.
    pub(crate) const fn new(rows: &'static [Row], judge: Judge) -> Self {
        Self { rows, judge, keys: OnceLock::new() }
    }

    pub(super) fn judge<'l>(&self, draft: &Draft<'l>, event: &mut Event<'l>) -> Judged {
        (self.judge)(draft, event)
    }

    /// What `path` tells, and its rank: the lower, the more it is to be trusted.
    pub(super) fn look_up<'p>(&self, path: &'p [u8]) -> Option<Known<'p>> {
        self.keys.get_or_init(|| Keys::of(self.rows)).look_up(path)
    }
}

/// What a path tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known<'p> {
    pub role: Role,
    pub rank: u8,
    /// What stands in place of the `*` of its row.
    pub name: &'p [u8],
}

/// The rows of a shape, found by the length of a path: few are of one length, so that a path is
/// compared with three rows or so.
struct Keys {
    by_length: Vec<Vec<(&'static [u8], Role, u8)>>,
    prefixes: Vec<(&'static [u8], Role, u8)>,
}

impl Keys {
    fn of(rows: &[Row]) -> Self {
        let longest = rows.iter().map(|(path, _)| path.len()).max().unwrap_or_default();
        let mut keys = Self { by_length: vec![Vec::new(); longest + 1], prefixes: Vec::new() };
        for (&(path, role), rank) in rows.iter().zip(0_u8..) {
            match path.strip_suffix('*') {
                Some(prefix) => keys.prefixes.push((prefix.as_bytes(), role, rank)),
                None => {
                    if let Some(same) = keys.by_length.get_mut(path.len()) {
                        same.push((path.as_bytes(), role, rank));
                    }
                }
            }
        }
        keys
    }

    fn look_up<'p>(&self, path: &'p [u8]) -> Option<Known<'p>> {
        let same = self.by_length.get(path.len()).map(Vec::as_slice).unwrap_or_default();
        if let Some(&(_, role, rank)) = same.iter().find(|(row, ..)| *row == path) {
            return Some(Known { role, rank, name: &[] });
        }
        self.prefixes.iter().find_map(|&(prefix, role, rank)| {
            path.strip_prefix(prefix).map(|name| Known { role, rank, name })
        })
    }
}
