//! What servers, proxies and clouds write of a request: lines of logs, made from scratch.
//!
//! A [`Logged`] is one request with its answer; [`RENDERERS`] write it as a product does. They share no
//! code with what reads logs, and write plain values only (no quotes, no escapes but those of JSON): how
//! escapes are undone is for the readers' own tests. [`shop`] makes requests of a town's people.

mod dialects;
pub mod shop;

use std::net::IpAddr;

pub use dialects::{RENDERERS, Renderer};

/// One request and its answer, as a server knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Milliseconds since 1970.
    pub at: u64,
    /// From where.
    pub from: IpAddr,
    /// Whom the server authenticated.
    pub user: Option<String>,
    /// `Authorization`.
    pub token: Option<String>,
    /// The method.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The body of the request.
    pub body: String,
    /// The status.
    pub status: u16,
    /// Bytes of the answer's body.
    pub sent: u64,
    /// `User-Agent`.
    pub agent: &'static str,
}

impl Logged {
    /// A `GET` without user, token and body.
    #[must_use]
    pub fn get(at: u64, from: IpAddr, target: String, status: u16, sent: u64, agent: &'static str) -> Self {
        Self {
            at,
            from,
            user: None,
            token: None,
            method: "GET",
            target,
            body: String::new(),
            status,
            sent,
            agent,
        }
    }

    /// The path and the query, if there is one.
    #[must_use]
    pub fn parts(&self) -> (&str, Option<&str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.target, None),
        }
    }
}

/// A moment of the calendar (UTC), worked out here: what reads logs must not be its own witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The year.
    pub year: u64,
    /// From 1.
    pub month: u64,
    /// From 1.
    pub day: u64,
    /// Hour, minute, second, millisecond.
    pub clock: [u64; 4],
}

/// Short names of the months.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Moment {
    /// Of milliseconds since 1970, until the year 2100.
    #[must_use]
    pub fn of(millis: u64) -> Self {
        let mut days = millis / 86_400_000;
        let rest = millis % 86_400_000;
        let (mut year, mut month) = (1970, 1);
        let leap = |year: u64| year.is_multiple_of(4);
        while days >= 365 + u64::from(leap(year)) {
            days -= 365 + u64::from(leap(year));
            year += 1;
        }
        let february = 28 + u64::from(leap(year));
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        let clock = [rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60, rest % 1000];
        Self { year, month, day: days + 1, clock }
    }

    /// `2026-11-26T10:00:00.123`, without a zone.
    #[must_use]
    pub fn iso(&self) -> String {
        let Self { year, month, day, clock: [hour, minute, second, milli] } = self;
        format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}")
    }

    /// `26/Nov/2026:10:00:00`, without a zone and parts of a second.
    #[must_use]
    pub fn clf(&self) -> String {
        let Self { year, month, day, clock: [hour, minute, second, _] } = self;
        let name = usize::try_from(*month).ok().and_then(|month| MONTHS.get(month - 1)).copied();
        format!("{day:02}/{}/{year}:{hour:02}:{minute:02}:{second:02}", name.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_knows_leap_years_and_ends_of_months() {
        for (millis, iso) in [
            (0, "1970-01-01T00:00:00.000"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999"),
            (1_795_693_602_123, "2026-11-26T11:46:42.123"),
            (1_798_761_600_000, "2027-01-01T00:00:00.000"),
        ] {
            assert_eq!(Moment::of(millis).iso(), iso);
        }
        assert_eq!(Moment::of(1_795_693_602_123).clf(), "26/Nov/2026:11:46:42");
    }
}
