//! Request bodies that two programs would read in two ways.
//!
//! One pass over the bytes, bounded in depth: duplicate keys anywhere (after unescaping), NUL,
//! malformed JSON, and a content type that does not fit the body. The upstream gets the body as it
//! came; a body with a fault has no single reading.

mod walk;

use std::fmt;

pub use self::walk::check_json;

/// What kind of body a request has, by its content type and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// No bytes.
    Empty,
    /// `application/json` and `+json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// Anything else that says what it is.
    Other,
}

/// What is wrong with a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyFault {
    /// A JSON object has a key twice.
    DuplicateKey,
    /// A form has a field twice. Ordinary for lists (`ids=1&ids=2`): a fault where policy reads it.
    DuplicateField,
    /// It says JSON and is none, or a form and is none.
    Malformed,
    /// The content type names another kind of body than the bytes are.
    WrongType,
    /// A charset other than UTF-8 on JSON or a form.
    Charset,
    /// A NUL, escaped or not.
    Nul,
    /// Nested deeper than the bound.
    TooDeep,
}

impl BodyFault {
    /// Every fault.
    pub const ALL: [Self; 7] = [
        Self::DuplicateKey,
        Self::DuplicateField,
        Self::Malformed,
        Self::WrongType,
        Self::Charset,
        Self::Nul,
        Self::TooDeep,
    ];

    /// The word used in logs, metrics and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DuplicateKey => "duplicate-key",
            Self::DuplicateField => "duplicate-field",
            Self::Malformed => "malformed-body",
            Self::WrongType => "wrong-content-type",
            Self::Charset => "charset",
            Self::Nul => "nul",
            Self::TooDeep => "too-deep",
        }
    }

    /// Whether honest clients send it every day, so that only a policy that reads it should mind.
    #[must_use]
    pub const fn is_ordinary(self) -> bool {
        matches!(self, Self::DuplicateField)
    }
}

impl fmt::Display for BodyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Deepest nesting of a request's JSON.
pub const MOST_DEPTH: usize = 64;

/// Checks a whole request `body` against its content type. Says its kind, and the first fault.
#[must_use]
pub fn check_body(content_type: Option<&str>, body: &[u8]) -> (BodyKind, Option<BodyFault>) {
    if body.is_empty() {
        return (BodyKind::Empty, None);
    }
    let (essence, charset) = split_type(content_type.unwrap_or_default());
    let utf8 = charset
        .is_none_or(|name| name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii"));
    let is = |name: &str| essence.eq_ignore_ascii_case(name);
    if is("application/json") || is("text/json") || ends_with_json(essence) {
        let fault = if utf8 { check_json(body, MOST_DEPTH).err() } else { Some(BodyFault::Charset) };
        return (BodyKind::Json, fault);
    }
    if is("application/x-www-form-urlencoded") {
        return (BodyKind::Form, check_form(body, utf8).err());
    }
    if is("multipart/form-data") {
        return (BodyKind::Multipart, None);
    }
    // Some frameworks read JSON under any type, or under none: then it would pass unread here.
    let looks_like_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    let names_json = essence.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"json"));
    let fault = match looks_like_json.then(|| check_json(body, MOST_DEPTH)) {
        None | Some(Err(BodyFault::Malformed)) => None,
        Some(Err(fault)) => Some(fault),
        Some(Ok(())) => (!names_json).then_some(BodyFault::WrongType),
    };
    (BodyKind::Other, fault)
}

fn check_form(body: &[u8], utf8: bool) -> Result<(), BodyFault> {
    if !utf8 {
        return Err(BodyFault::Charset);
    }
    if matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return Err(BodyFault::WrongType);
    }
    let fields = crate::form::decode(body).map_err(|error| match error {
        crate::form::FormError::Nul => BodyFault::Nul,
        _ => BodyFault::Malformed,
    })?;
    if crate::form::has_duplicates(&fields) { Err(BodyFault::DuplicateField) } else { Ok(()) }
}

/// `type/subtype` and the charset of a content type.
fn split_type(content_type: &str) -> (&str, Option<&str>) {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    (essence, charset)
}

fn ends_with_json(essence: &str) -> bool {
    essence.len() > 5 && essence.as_bytes().iter().rev().zip(b"nosj+").all(|(a, b)| a.eq_ignore_ascii_case(b))
}

#[cfg(test)]
mod tests;
