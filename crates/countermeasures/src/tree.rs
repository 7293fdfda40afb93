//! YAML as a tree, and its text: nothing that stands in a tree can end a scalar early.
//!
//! Scalars are written plain only where their letters cannot mean anything else in YAML 1.1 or 1.2; all
//! others stand in double quotes, in ASCII.

use std::fmt::Write as _;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yaml {
    /// A text.
    Text(String),
    /// A whole number.
    Number(u64),
    /// `true` or `false`.
    Flag(bool),
    /// A list.
    List(Vec<Yaml>),
    /// Keys and values, in order.
    Map(Vec<(String, Yaml)>),
}

impl From<&str> for Yaml {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Yaml {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<Yaml>> for Yaml {
    fn from(list: Vec<Yaml>) -> Self {
        Self::List(list)
    }
}

/// A list of texts.
pub(crate) fn texts<T: AsRef<str>>(list: &[T]) -> Yaml {
    Yaml::List(list.iter().map(|text| text.as_ref().into()).collect())
}

/// A mapping.
pub(crate) fn map<const N: usize>(entries: [(&str, Yaml); N]) -> Yaml {
    Yaml::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

impl Yaml {
    /// One document, without marks.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.block(0, &mut out);
        out
    }

    fn block(&self, depth: usize, out: &mut String) {
        let blank = "  ".repeat(depth);
        match self {
            Self::Map(entries) => {
                for (key, value) in entries {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "{blank}{}:", scalar(key));
                    value.after(depth + 1, out);
                }
            }
            Self::List(list) => {
                for value in list {
                    let _ = write!(out, "{blank}- {}", value.flow());
                    out.push('\n');
                }
            }
            other => {
                let _ = writeln!(out, "{blank}{}", other.flow());
            }
        }
    }

    /// What follows a key.
    fn after(&self, depth: usize, out: &mut String) {
        match self {
            Self::Map(entries) if !entries.is_empty() => {
                out.push('\n');
                self.block(depth, out);
            }
            Self::List(list) if list.iter().any(|one| matches!(one, Self::Text(_))) => {
                out.push('\n');
                self.block(depth, out);
            }
            other => {
                let _ = writeln!(out, " {}", other.flow());
            }
        }
    }

    /// On one line.
    fn flow(&self) -> String {
        match self {
            Self::Text(text) => scalar(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(list) => {
                format!("[{}]", list.iter().map(Self::flow).collect::<Vec<_>>().join(", "))
            }
            Self::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| format!("{}: {}", scalar(key), value.flow()));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// Words that YAML 1.1 or 1.2 reads as something else than text.
const MEANT: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];

fn scalar(text: &str) -> String {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-|.".contains(&b);
    if first && text.bytes().all(plain) && !MEANT.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// A UUID made of `parts`, the same whenever they are: its digits are those of a SHA-256, its version is
/// `version` by form only.
pub(crate) fn uuid(version: char, parts: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let hex = digest.iter().take(16).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let piece = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    format!(
        "{}-{}-{version}{}-a{}-{}",
        piece(0, 8),
        piece(8, 12),
        piece(13, 16),
        piece(17, 20),
        piece(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_mean_something_in_yaml_stands_in_quotes() {
        for (text, written) in [
            ("POST", "POST"),
            ("page|gte", "page|gte"),
            ("no", "\"no\""),
            ("1h", "\"1h\""),
            ("a: b", "\"a: b\""),
            ("!!python/object x", "\"!!python/object x\""),
            ("x\n- y", "\"x\\U0000000a- y\""),
            ("a\"b\\", "\"a\\\"b\\\\\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text), written, "{text}");
        }
    }

    #[test]
    fn a_uuid_has_the_form_of_one_and_hangs_on_every_part() {
        let one = uuid('5', &["a", "bc"]);
        assert_eq!(one.len(), 36);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(one, uuid('5', &["ab", "c"]));
        assert_eq!(one.split('-').nth(2).unwrap().chars().next(), Some('5'));
    }
}
