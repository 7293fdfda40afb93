//! Points and spans of time, always passed in, never read here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time: whole milliseconds since 1970-01-01T00:00:00Z (no leap seconds).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The point `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The point `secs` seconds after the Unix epoch. Saturates.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0 / 1000
    }

    /// Milliseconds from `earlier` to `self`; 0 when `earlier` is later (a clock that stepped back).
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This point plus `window`. Saturates.
    #[must_use]
    pub const fn plus(self, window: Window) -> Self {
        Self(self.0.saturating_add(window.millis()))
    }

    /// Reads a day as its last millisecond (UTC): `2027-06-30`; or an RFC 3339 time.
    ///
    /// # Errors
    /// A sentence that shows the form, when `text` is neither or lies before 1970.
    pub fn parse_expiry(text: &str) -> Result<Self, String> {
        let wrong = || {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is no day or time; write `2027-06-30` or `2027-06-30T12:00:00Z`")
        };
        let day = |day: jiff::civil::Date| {
            day.at(23, 59, 59, 999_000_000).to_zoned(jiff::tz::TimeZone::UTC).map(|at| at.timestamp())
        };
        let at = match text.parse::<jiff::civil::Date>() {
            // The last day that can be written ends after the last moment that can be counted.
            Ok(date) if text.len() == 10 => day(date).unwrap_or(jiff::Timestamp::MAX),
            _ => text.parse::<jiff::Timestamp>().map_err(|_| wrong())?,
        };
        u64::try_from(at.as_millisecond()).map(Self).map_err(|_| wrong())
    }

    /// This point minus `window`; the epoch at the earliest.
    #[must_use]
    pub const fn minus(self, window: Window) -> Self {
        Self(self.0.saturating_sub(window.millis()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; a point beyond the year 9999 prints as its milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).map(jiff::Timestamp::from_millisecond) {
            Ok(Ok(at)) => write!(f, "{at}"),
            _ => write!(f, "{}ms", self.0),
        }
    }
}

/// A span of time, in configuration written as `250ms`, `90s`, `5m`, `1h`, `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    millis: u64,
}

impl Window {
    /// One minute.
    pub const MINUTE: Self = Self::from_secs(60);
    /// One hour.
    pub const HOUR: Self = Self::from_secs(3600);
    /// One day of 24 hours.
    pub const DAY: Self = Self::from_secs(86_400);
    /// Thirty days.
    pub const MONTH: Self = Self::from_secs(30 * 86_400);

    /// `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self { millis: secs.saturating_mul(1000) }
    }

    /// `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self { millis }
    }

    /// Length in milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.millis
    }

    /// Length in whole seconds, rounded up: what `Retry-After` may say.
    #[must_use]
    pub const fn secs_ceil(self) -> u64 {
        self.millis.div_ceil(1000)
    }

    /// The same span for the standard library's timers.
    #[must_use]
    pub const fn duration(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.millis)
    }
}

/// Why a text is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no span of time; write a whole number and a unit, such as `250ms`, `90s`, `5m`, `1h`, `30d`"
)]
pub struct WindowError {
    text: String,
}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Self, WindowError> {
        let wrong = || WindowError { text: text.chars().take(40).collect() };
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let unit_millis = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(wrong()),
        };
        number.checked_mul(unit_millis).map(Self::from_millis).ok_or_else(wrong)
    }
}

impl fmt::Display for Window {
    /// The largest unit that divides the span, but seconds up to two minutes: `90s`, `5m`, `24h`, `30d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.millis;
        match millis {
            m if m % 1000 != 0 => write!(f, "{m}ms"),
            m if m % 86_400_000 == 0 && m > 86_400_000 => write!(f, "{}d", m / 86_400_000),
            m if m % 3_600_000 == 0 && m > 0 => write!(f, "{}h", m / 3_600_000),
            m if m % 60_000 == 0 && m > 0 => write!(f, "{}m", m / 60_000),
            m => write!(f, "{}s", m / 1000),
        }
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Window;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a span of time, such as `10s` or `5m`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Window, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Window, E> {
                Err(E::custom(format!(
                    "`{number}` is a number without a unit; write for example `{number}s`"
                )))
            }
        }
        input.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_reads_back_what_it_prints() {
        for text in ["250ms", "90s", "5m", "1h", "24h", "30d", "0s"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["", "5", "m", "-5m", "5 m", "1.5h", "5weeks", "99999999999999999999d", "307445734561825861d"]
        {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_clock_that_steps_back_measures_zero() {
        assert_eq!(Timestamp::from_secs(5).millis_since(Timestamp::from_secs(9)), 0);
    }
}
