//! What one part of a path looks like.

use std::borrow::Cow;

/// The names of learned parameters. `slug` is that of a position that collapsed.
pub(super) const NAMES: [&str; 6] = ["id", "uuid", "hash", "email", "token", SLUG];
/// The name of a parameter that was words.
pub(super) const SLUG: &str = "slug";

/// What a part of a path is, judged by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'s> {
    /// A word, in small letters.
    Literal(Cow<'s, str>),
    /// An id; the name says of which kind.
    Parameter(&'static str),
}

/// Words that hold digits and name things all the same.
pub(super) const WORDS: [&str; 32] = [
    "2fa", "3d", "a11y", "b2b", "b2c", "base64", "css3", "ec2", "h264", "html5", "http2", "i18n", "ipv4",
    "ipv6", "iso8601", "k8s", "l10n", "latin1", "log4j", "md5", "mp3", "mp4", "oauth2", "p2p", "s3", "sha1",
    "sha256", "sha512", "utf8", "web3", "x509", "x86",
];

/// Longest literal, in bytes.
const MOST_LITERAL: usize = 64;
/// A word of letters that is shorter than this is no token.
const SHORT: usize = 16;

impl<'s> Kind<'s> {
    /// The kind of `part`, which is not empty.
    pub(super) fn of(part: &'s str) -> Self {
        Self::at_once(part).unwrap_or_else(|| Self::looked_at(part))
    }

    /// The kind of what nearly every part is: a short word in small letters, or digits.
    fn at_once(part: &'s str) -> Option<Self> {
        if part.len() < SHORT && part.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Some(Self::Literal(Cow::Borrowed(part)));
        }
        let is_number = part.len() <= MOST_LITERAL && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(Self::Parameter("id"))
    }

    fn looked_at(part: &'s str) -> Self {
        if part.len() > MOST_LITERAL {
            return Self::Parameter("token");
        }
        if is_email(part) {
            return Self::Parameter("email");
        }
        if is_uuid(part) {
            return Self::Parameter("uuid");
        }
        let stem = without_ending(part);
        let digits = stem.bytes().filter(u8::is_ascii_digit).count();
        let numeric = |byte: u8| byte.is_ascii_digit() || b"-+.,:_~ ".contains(&byte);
        if digits > 0 && stem.bytes().all(numeric) {
            return Self::Parameter("id");
        }
        // Anything that is no plain word (spaces, brackets, letters beyond ASCII) is a value. Only a
        // collapse makes a `{slug}`.
        let wordlike = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~$:".contains(&byte);
        if !part.bytes().all(wordlike) {
            return Self::Parameter("id");
        }
        let word: Cow<'s, str> = if part.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(part.to_ascii_lowercase())
        } else {
            Cow::Borrowed(part)
        };
        let hex = stem.len() >= 8 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex && digits > 0 {
            return Self::Parameter("hash");
        }
        if digits > 0 && !names_something(&word, digits) {
            return Self::Parameter(if stem.len() >= 16 { "token" } else { "id" });
        }
        if looks_random(part) {
            return Self::Parameter("token");
        }
        Self::Literal(word)
    }
}

/// Versions and a few words: the digits do not make an id of them. `word` is in small letters.
fn names_something(word: &str, digits: usize) -> bool {
    if WORDS.binary_search(&word).is_ok() {
        return true;
    }
    // `step1`, `area2`: one digit after a word of at least three letters.
    let letters = word.len() - digits;
    let numbered_word = digits == 1
        && letters >= 3
        && word.ends_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_version(word) || numbered_word
}

/// `v1`, `v2.1`.
pub(super) fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|rest| {
        rest.len() <= 8
            && rest.starts_with(|c: char| c.is_ascii_digit())
            && !rest.contains(|c: char| !c.is_ascii_digit() && c != '.')
    })
}

/// `5.json` is as much a number as `5`.
fn without_ending(part: &str) -> &str {
    match part.rsplit_once('.') {
        Some((stem, ending))
            if !stem.is_empty()
                && (2..=5).contains(&ending.len())
                && ending.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
        {
            stem
        }
        _ => part,
    }
}

fn is_email(part: &str) -> bool {
    part.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
}

fn is_uuid(part: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths = part.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && part.split('-').all(hex)
}

/// Letters without an order that words have: many capitals after small letters, or no vowel for long.
fn looks_random(part: &str) -> bool {
    if part.contains(['-', '_', '.', ':', '~', '$']) {
        // Words with separators: a title of five words or more is somebody's text.
        return part.split(['-', '_']).filter(|word| !word.is_empty()).count() >= 5;
    }
    let humps = part
        .as_bytes()
        .windows(2)
        .filter(
            |pair| matches!(pair, [small, large] if small.is_ascii_lowercase() && large.is_ascii_uppercase()),
        )
        .count();
    let vowelless = part.split(|c: char| "aeiouyAEIOUY".contains(c)).map(str::len).max().unwrap_or(0);
    part.len() > 40 || part.len() >= SHORT && (humps * 5 >= part.len() || vowelless >= 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_told_at_once_is_what_a_closer_look_tells(part in "[a-z]{1,18}|[0-9]{1,70}|[a-c0-2A@.-]{1,24}") {
            if let Some(kind) = Kind::at_once(&part) {
                proptest::prop_assert_eq!(kind, Kind::looked_at(&part), "{}", part);
            }
        }
    }

    #[test]
    fn ids_are_told_from_words() {
        for (part, expected) in [
            ("orders", "orders"),
            ("Orders", "orders"),
            ("v1", "v1"),
            ("v2.1", "v2.1"),
            ("V1", "v1"),
            ("oauth2", "oauth2"),
            ("i18n", "i18n"),
            ("step1", "step1"),
            ("getCustomerByEmailAddress", "getcustomerbyemailaddress"),
            ("pre-orders", "pre-orders"),
            ("items:batchGet", "items:batchget"),
            ("$metadata", "$metadata"),
            ("index.html", "index.html"),
            ("deadbeef", "deadbeef"),
            ("facade", "facade"),
            (".well-known", ".well-known"),
            ("7", "{id}"),
            ("-7", "{id}"),
            ("007", "{id}"),
            ("1.5", "{id}"),
            ("2026-11-23", "{id}"),
            ("1,2,3", "{id}"),
            ("5.json", "{id}"),
            ("c1", "{id}"),
            ("order-77", "{id}"),
            ("iphone15", "{id}"),
            ("SKU-99-A", "{id}"),
            ("123e4567-e89b-12d3-a456-426614174000", "{uuid}"),
            ("123E4567-E89B-12D3-A456-426614174000", "{uuid}"),
            ("d41d8cd98f00b204e9800998ecf8427e", "{hash}"),
            ("deadbeef1", "{hash}"),
            ("ann@example.com", "{email}"),
            ("@ann", "{id}"),
            ("eyJhbGciOiJIUzI1NiJ9.e30.x", "{token}"),
            ("QWxhZGRpbjpPcGVuU2VzYW1l", "{token}"),
            ("app.3f2a9c.js", "{id}"),
            ("Müller", "{id}"),
            ("red shoe", "{id}"),
            ("Products(5)", "{id}"),
            ("how-to-mend-a-tide-gate", "{token}"),
            ("xkcdfghjklmnpqrs", "{token}"),
        ] {
            let shown = match Kind::of(part) {
                Kind::Literal(word) => word.into_owned(),
                Kind::Parameter(name) => format!("{{{name}}}"),
            };
            assert_eq!(shown, expected, "{part}");
        }
        assert_eq!(Kind::of(&"a".repeat(65)), Kind::Parameter("token"));
        assert!(WORDS.is_sorted());
    }
}
