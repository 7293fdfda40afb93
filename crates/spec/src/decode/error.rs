//! Faults of decoding, and how serde's messages become ours.

use std::fmt;

use serde::de::{Expected, Unexpected};

use crate::diagnostic::Diagnostic;
use crate::tree::Span;

/// A fault of a decoded document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What is wrong, in the user's words.
    pub message: String,
    /// Where: the key or the value at fault.
    pub at: Span,
    /// What to do, where that is known.
    pub help: Option<String>,
}

impl Fault {
    /// A fault of one's own, such as a file that a decoded path does not lead to.
    #[must_use]
    pub fn new(message: impl Into<String>, at: Span) -> Self {
        Self { message: message.into(), at, help: None }
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// The fault as a diagnostic with `code`.
    #[must_use]
    pub fn diagnostic(&self, code: &'static str) -> Diagnostic {
        let fault = Diagnostic::error(code, self.message.clone(), self.at);
        match &self.help {
            Some(help) => fault.help(help.clone()),
            None => fault,
        }
    }
}

/// The error inside serde: it learns its place on the way out.
#[derive(Debug)]
pub(crate) struct Error {
    message: String,
    help: Option<String>,
    /// What to underline.
    pub(super) at: Option<Span>,
    /// The part to leave out in the next round: an entry by its key, an element by itself.
    pub(super) part: Option<Span>,
    /// The mapping that it was raised in.
    pub(super) within: Option<Span>,
    /// Whether a key is missing.
    pub(super) missing_key: bool,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, at: None, part: None, within: None, missing_key: false }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Sets what to underline, where no inner place did.
    pub(super) fn or_at(mut self, at: Span) -> Self {
        self.at.get_or_insert(at);
        self
    }

    /// Sets what to leave out, where no inner place did.
    pub(super) fn or_part(mut self, part: Span) -> Self {
        self.part.get_or_insert(part);
        self
    }

    /// Sets the mapping, where no inner place did.
    pub(super) fn or_within(mut self, mapping: Span) -> Self {
        self.within.get_or_insert(mapping);
        self
    }

    pub(super) fn into_fault(self, root: Span) -> Fault {
        Fault { message: self.message, at: self.at.unwrap_or(root), help: self.help }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch(&found(unexpected), &wanted(&expected.to_string()))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        mismatch(&found(unexpected), &wanted(&expected.to_string()))
    }

    fn invalid_length(len: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {len} values", wanted(&expected.to_string())))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("unknown value `{}`{}", short(variant), or_nearest(variant, expected)))
            .help(format!("use one of {}", listed(expected)))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let error = Self::new(format!("unknown key `{}`{}", short(field), or_nearest(field, expected)));
        match expected {
            [] => error.help("no keys are allowed here"),
            some => error.help(format!("the keys here are {}", listed(some))),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        let error = Self::new(format!("the key `{field}` is missing here"));
        Self { missing_key: true, ..error.help(format!("add `{field}:`")) }
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("the key `{field}` stands twice"))
    }
}

/// `expected ..., found ...`, with the cure where the slip is a common one.
pub(super) fn mismatch(found: &str, wanted: &str) -> Error {
    let error = Error::new(format!("expected {wanted}, found {found}"));
    if wanted.starts_with("`true`")
        && ["`yes`", "`on`", "`no`", "`off`"].iter().any(|word| found.ends_with(word))
    {
        error.help("write `true` or `false`; `yes`, `no`, `on` and `off` are text in YAML 1.2")
    } else if wanted.contains("text") && (found.contains("number") || found.starts_with('`')) {
        error.help("put the value in quotes")
    } else if wanted == "a list" {
        error.help("write each element on a line of its own that starts with `- `")
    } else if wanted == "a mapping" {
        error.help("write `key: value` lines, indented below")
    } else {
        error
    }
}

/// What stands there, in the user's words.
fn found(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(number) => format!("the number `{number}`"),
        Unexpected::Signed(number) => format!("the number `{number}`"),
        Unexpected::Float(number) => format!("the number `{number}`"),
        Unexpected::Char(sign) => format!("text `{sign}`"),
        Unexpected::Str(text) => format!("text `{}`", short(text)),
        Unexpected::Bytes(_) => "bytes".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        Unexpected::NewtypeStruct | Unexpected::NewtypeVariant | Unexpected::TupleVariant => {
            "a value".to_owned()
        }
        Unexpected::StructVariant => "a mapping".to_owned(),
        Unexpected::UnitVariant => "a word without a value".to_owned(),
        Unexpected::Enum => "a word".to_owned(),
        Unexpected::Other(text) => text.to_owned(),
    }
}

/// What serde's visitors say they expect, without Rust's names.
fn wanted(expected: &str) -> String {
    let words = match expected {
        "a boolean" => "`true` or `false`",
        "a string" | "str" | "a borrowed string" => "text",
        "a sequence" => "a list",
        "a map" | "map" => "a mapping",
        "a nonzero u8" | "a nonzero u16" | "a nonzero u32" | "a nonzero u64" | "a nonzero usize" => {
            "a whole number of at least 1"
        }
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number of at least 0",
        "f32" | "f64" => "a number",
        "unit" => "nothing",
        "IP address" => "an IP address, such as `127.0.0.1`",
        "socket address" | "an IPv4 socket address" => "an address and port, such as `127.0.0.1:8080`",
        other if other.starts_with("struct ") => "a mapping",
        other if other.starts_with("enum ") || other.starts_with("variant ") => {
            "one of the words listed in the manual"
        }
        other if other.starts_with("a sequence") || other.starts_with("tuple") => "a list",
        other => other,
    };
    words.to_owned()
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

fn listed(words: &[&str]) -> String {
    let mut words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} and {last}", words.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}

fn or_nearest(word: &str, known: &[&str]) -> String {
    nearest(word, known.iter().copied()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The word in `known` that is so near to `word` that it was probably meant.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Long outside text is not worth a comparison that costs its square.
    if word.len() > 64 {
        return None;
    }
    let folded = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let word = folded(word);
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(&word, &folded(known)), known))
        .filter(|(distance, known)| {
            *distance <= 1 + known.len() / 5 || (word.len() >= 4 && known.starts_with(&word))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
