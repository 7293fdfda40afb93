//! What is told: one state of one incident.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use domain::{Severity, Timestamp};
use store::Spooled;

/// The largest body, in bytes.
pub const MOST_BODY_BYTES: usize = 256 * 1024;
/// Most characters of a title; the rest is cut.
pub const MOST_TITLE_CHARS: usize = 300;

/// The name of an incident: 1 to 64 letters, digits, `-`, `_`, `.` and `:` of ASCII, so that it may
/// stand in a header, a structured data field and an environment variable as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(Arc<str>);

/// Why a text names no group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a group is named by 1 to 64 letters, digits, `-`, `_`, `.` and `:`")]
pub struct GroupIdError;

impl FromStr for GroupId {
    type Err = GroupIdError;

    fn from_str(text: &str) -> Result<Self, GroupIdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.into()))
        } else {
            Err(GroupIdError)
        }
    }
}

/// The group of the alerts that say how much is held back: the newest supersedes those that wait.
pub(crate) const HELD_BACK: &str = "held-back";

impl GroupId {
    pub(crate) fn held_back() -> Self {
        Self(HELD_BACK.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One state of one incident, to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// The incident.
    pub group: GroupId,
    /// Counts its states, from 1. What is not above an earlier one is ignored.
    pub sequence: u64,
    /// How grave it is now.
    pub severity: Severity,
    /// Records that may have left by now: twice as many are worth telling.
    pub records: u64,
    /// Sources that took part: twice as many are worth telling.
    pub sources: u64,
    /// How often it went on after it had been contained or over: that another source did is worth telling.
    pub resumed: u32,
    /// The incident is over, and says so once.
    pub over: bool,
    /// One line for people, without personal data.
    pub title: String,
    /// An OCSF Detection Finding ([`report::finding::line`]); at most [`MOST_BODY_BYTES`], else the
    /// notice goes without.
    pub body: Bytes,
    /// When it was made.
    pub at: Timestamp,
}

impl fmt::Debug for Notice {
    /// Without title and body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notice({} #{} {} {})", self.group, self.sequence, self.severity, self.records)
    }
}

/// The rank of a severity in the spool.
pub(crate) const fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Low => 0,
        Severity::Medium => 1,
        Severity::High => 2,
        Severity::Critical => 3,
    }
}

/// The severity of a rank; the gravest of ranks that there are not.
pub(crate) const fn severity(rank: u8) -> Severity {
    match rank {
        0 => Severity::Low,
        1 => Severity::Medium,
        2 => Severity::High,
        _ => Severity::Critical,
    }
}

/// The notice as it waits for its receivers; they share title and body.
pub(crate) fn spooled(notice: &Notice) -> Spooled {
    let Notice { group, sequence, severity, records, sources: _, resumed: _, over: _, title, body, at } =
        notice;
    let body = if body.len() > MOST_BODY_BYTES { b"{}" } else { &**body };
    Spooled {
        group: Arc::clone(&group.0),
        sequence: *sequence,
        rank: rank(*severity),
        title: inert(title).into(),
        records: *records,
        at: *at,
        body: body.into(),
    }
}

/// One line of bounded length that nothing can be smuggled in with: control characters, separators
/// and marks of direction become spaces.
fn inert(title: &str) -> String {
    let acts = |char: char| {
        char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    title.chars().take(MOST_TITLE_CHARS).map(|char| if acts(char) { ' ' } else { char }).collect()
}

/// The id of one delivery: the same whenever it is tried again, so that a receiver may drop doubles.
pub(crate) fn delivery_id(notice: &Spooled) -> String {
    format!("{}-{}", notice.group, notice.sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_a_short_plain_name() {
        for (text, fits) in [
            ("inc-7", true),
            ("a.b:c_D9", true),
            ("", false),
            ("a b", false),
            ("a\r\nx", false),
            ("a\"b", false),
            ("ü", false),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(text.parse::<GroupId>().is_ok(), fits, "{text:?}");
        }
    }

    #[test]
    fn a_title_is_one_inert_line_and_a_body_is_bounded() {
        let notice = Notice {
            group: "g".parse().unwrap(),
            sequence: 1,
            severity: Severity::High,
            records: 1,
            sources: 1,
            resumed: 0,
            over: false,
            title: format!("a\r\nb\u{202e}c{}", "x".repeat(1000)),
            body: vec![b'x'; MOST_BODY_BYTES + 1].into(),
            at: Timestamp::from_secs(1),
        };
        let waits = spooled(&notice);
        assert!(waits.title.starts_with("a  b cxx"));
        assert_eq!(waits.title.chars().count(), MOST_TITLE_CHARS);
        assert_eq!(&*waits.body, b"{}");
        assert_eq!(format!("{notice:?}"), "Notice(g #1 high 1)");
    }

    #[test]
    fn ranks_are_severities() {
        for one in Severity::ALL {
            assert_eq!(severity(rank(one)), one);
        }
        assert!(Severity::ALL.map(rank).is_sorted());
    }
}
