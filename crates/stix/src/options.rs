//! What whoever writes a bundle decides: how it may be passed on, and when the report came out.

use std::str::FromStr;

use intel::Span;

/// The time of a report that gives none, where none is given for it.
pub const UNDATED: &str = "1970-01-01T00:00:00.000Z";

/// Decisions of whoever writes the outputs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How the outputs may be passed on. Default: `amber`.
    pub tlp: Tlp,
    /// When the report came out, from [`published`]; used where the report does not say it.
    pub published: Option<String>,
    /// Rules for logs that were made from the report: each becomes an indicator.
    pub rules: Vec<SigmaRule>,
}

/// A Sigma rule that was made from the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigmaRule {
    /// Its title.
    pub title: String,
    /// What it finds.
    pub description: String,
    /// The rule, in YAML.
    pub text: String,
    /// Techniques of ATT&CK that it finds, by id.
    pub techniques: Vec<String>,
    /// What of the report it was made from. Not empty.
    pub spans: Vec<Span>,
}

/// The Traffic Light Protocol 2.0 (FIRST): how far something may be passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tlp {
    /// To everybody.
    Clear,
    /// Within the community.
    Green,
    /// Within the organization and its clients. The default: nothing is passed on by oversight.
    #[default]
    Amber,
    /// Within the organization.
    AmberStrict,
    /// To the named recipients.
    Red,
}

impl Tlp {
    /// Every label, from the widest.
    pub const ALL: [Self; 5] = [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict, Self::Red];

    /// The word of the option and of STIX.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::AmberStrict => "amber+strict",
            Self::Red => "red",
        }
    }

    /// The id that OASIS gave the marking (common objects of STIX, TLP 2.0).
    #[must_use]
    pub const fn marking(self) -> &'static str {
        match self {
            Self::Clear => "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
            Self::Green => "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
            Self::Amber => "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
            Self::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
            Self::Red => "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
        }
    }
}

impl FromStr for Tlp {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let word = word.to_ascii_lowercase();
        let word = word.strip_prefix("tlp:").unwrap_or(&word);
        Self::ALL
            .into_iter()
            .find(|tlp| tlp.word() == word)
            .ok_or_else(|| "not one of clear, green, amber, amber+strict, red".to_owned())
    }
}

/// Why a time of publication is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a day such as `2026-05-17` nor a time such as `2026-05-17T09:00:00Z`")]
pub struct PublishedError;

/// The time of publication as STIX writes it, from a day (its beginning, UTC) or a time with its offset.
///
/// # Errors
/// When `text` is neither.
pub fn published(text: &str) -> Result<String, PublishedError> {
    let stamp = match text.parse::<jiff::civil::Date>() {
        Ok(day) if text.len() == 10 => {
            day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| PublishedError)?.timestamp()
        }
        _ => text.parse::<jiff::Timestamp>().map_err(|_| PublishedError)?,
    };
    let text = format!("{stamp:.3}");
    // Years outside of four digits are no times of STIX.
    if text.len() == 24 { Ok(text) } else { Err(PublishedError) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_publication_is_a_day_or_an_instant() {
        for (text, stamp) in [
            ("2026-05-17", Some("2026-05-17T00:00:00.000Z")),
            ("2026-05-17T09:30:00Z", Some("2026-05-17T09:30:00.000Z")),
            ("2026-05-17T09:30:00.1234+02:00", Some("2026-05-17T07:30:00.123Z")),
            ("2026-02-30", None),
            ("2026-05", None),
            ("yesterday", None),
            ("-000001-05-17", None),
            ("", None),
        ] {
            assert_eq!(published(text).ok().as_deref(), stamp, "{text}");
        }
    }

    #[test]
    fn labels_are_read_as_people_write_them() {
        assert_eq!("TLP:AMBER+STRICT".parse(), Ok(Tlp::AmberStrict));
        assert_eq!("clear".parse(), Ok(Tlp::Clear));
        assert!("white".parse::<Tlp>().is_err());
    }
}
