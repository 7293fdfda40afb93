//! Whom a record is about.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a subject key was made from. The order is the order of preference (DESIGN.md section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// The declared `subject:` path.
    Declared,
    /// A reference to a person in or above the record (`customer_id`, `user.id`).
    Reference,
    /// The record's own id, where it describes a person itself.
    OwnId,
    /// A normalised e-mail address.
    Email,
    /// A telephone number in E.164, or its digits where the country is not known.
    Phone,
    /// The record's personal values together.
    Values,
}

impl KeyKind {
    /// One byte that separates the kinds inside a digest: an id `5` is no phone `5`.
    ///
    /// `Declared`, `Reference` and `OwnId` share one byte, for `customer_id: 5` in an order and
    /// `id: 5` in a customer name the same person when their resource names agree.
    #[must_use]
    pub const fn tag(self) -> u8 {
        match self {
            Self::Declared | Self::Reference | Self::OwnId => b'i',
            Self::Email => b'e',
            Self::Phone => b'p',
            Self::Values => b'v',
        }
    }
}

/// One key of a subject, normalised: equal texts of equal tag mean the same person.
///
/// Texts by kind: `customer/1042` (resource name in singular, slash, id) for ids, `ann@example.com`,
/// `+4915112345678`, or the personal values joined by U+001F.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey<'a> {
    /// What it was made from.
    pub kind: KeyKind,
    /// The normalised text. Personal data: digest it before it goes anywhere.
    pub text: Cow<'a, str>,
}

impl<'a> SubjectKey<'a> {
    /// A key of `kind` with the normalised `text`.
    pub fn new(kind: KeyKind, text: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, text: text.into() }
    }

    /// The same key, owning its text.
    #[must_use]
    pub fn into_owned(self) -> SubjectKey<'static> {
        SubjectKey { kind: self.kind, text: Cow::Owned(self.text.into_owned()) }
    }
}

/// The first 16 bytes of an HMAC-SHA-256 over a subject key, principal or credential.
///
/// Pseudonymous personal data still: whoever holds the key can test a guess.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SubjectDigest([u8; 16]);

impl SubjectDigest {
    /// Wraps the bytes of a digest.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first eight bytes as a number: enough for tables that are bounded far below 2^32 entries.
    #[must_use]
    pub const fn short(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for SubjectDigest {
    /// 32 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SubjectDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 32 hexadecimal digits")]
pub struct DigestError;

impl FromStr for SubjectDigest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(DigestError);
        }
        u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| DigestError)
    }
}

impl Serialize for SubjectDigest {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectDigest {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_what_it_prints() {
        let digest = SubjectDigest::new([0xab, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xef]);
        assert_eq!(digest.to_string().parse::<SubjectDigest>().unwrap(), digest);
        assert!("ab".parse::<SubjectDigest>().is_err());
        assert!("+b000102030405060708090a0b0c0def0".parse::<SubjectDigest>().is_err());
    }

    #[test]
    fn ids_of_every_origin_share_a_tag_and_differ_from_phones() {
        assert_eq!(KeyKind::Reference.tag(), KeyKind::OwnId.tag());
        assert_ne!(KeyKind::OwnId.tag(), KeyKind::Phone.tag());
    }
}
