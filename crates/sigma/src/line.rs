//! A line of JSON whose keys are the names of fields: samples of rules, and logs in that form.
//!
//! It knows no product's log format (see `events`).

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use domain::Timestamp;
use serde_json::{Map, Value as Json};

use crate::event::Value;
use crate::field::{Field, Fields, Kind};

/// What other categories call a field; as in `rules/pipeline.yml`, and held to it by a test.
pub(crate) const ALSO_CALLED: &[(&str, Field)] = &[
    ("c-uri", Field::Uri),
    ("c-uri-stem", Field::Stem),
    ("c-uri-query", Field::Query),
    ("c-useragent", Field::Agent),
    ("cs-referrer", Field::Referer),
    ("cs-user", Field::User),
    ("src_ip", Field::Client),
    ("r-dns", Field::Host),
];

/// Keys under which a line may tell its time.
const TIMES: [&str; 3] = ["at", "time", "timestamp"];

/// An exchange as one line of JSON tells it. Its `Debug` names fields and shows no value.
#[derive(Clone, Default)]
pub struct Line {
    given: Fields,
    values: Vec<(Field, Held)>,
    at: Option<Timestamp>,
}

impl fmt::Debug for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.values.iter().map(|(field, _)| field.name())).finish()
    }
}

#[derive(Clone)]
enum Held {
    Text(Vec<u8>),
    Address(IpAddr),
    Number(u64),
    Flag(bool),
    Words(Vec<Cow<'static, [u8]>>),
}

/// Why a line of JSON is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Nothing in it is a field.
    #[error("no key of it is a field; `tidegate sigma check --fields` lists them")]
    NoField,
    /// A value does not fit its field.
    #[error("`{field}` is no {wanted}")]
    Value {
        /// The key.
        field: &'static str,
        /// What stands there usually.
        wanted: &'static str,
    },
    /// The time cannot be read.
    #[error("the time is neither RFC 3339 nor milliseconds since 1970")]
    Time,
}

/// The field called `name`, here or in another category.
pub(crate) fn field_called(name: &str) -> Option<Field> {
    Field::named(name)
        .or_else(|| ALSO_CALLED.iter().find(|(other, _)| *other == name).map(|(_, field)| *field))
}

impl Line {
    /// Reads an object. `null` says that the source tells of the field and nothing was sent; a key that is
    /// not there, that the source does not tell of it. Keys that are no fields are passed over.
    ///
    /// # Errors
    /// When no key is a field, or a value does not fit its field.
    pub fn read(object: &Map<String, Json>) -> Result<Self, LineError> {
        let mut line = Self::default();
        for (key, value) in object {
            if let Some(field) = field_called(key) {
                line.given = line.given.with(field);
                line.values.extend(held(field, value)?.map(|held| (field, held)));
            } else if TIMES.contains(&&**key) {
                line.at = Some(time(value).ok_or(LineError::Time)?);
            }
        }
        if line.given.is_empty() {
            return Err(LineError::NoField);
        }
        line.complete();
        Ok(line)
    }

    /// Path and query from the whole, or the whole from both.
    fn complete(&mut self) {
        let text = |field: Field| match self.value(field) {
            Some(Value::Text(text)) => Some(text.to_vec()),
            _ => None,
        };
        let target = Fields::of(&[Field::Uri, Field::Stem, Field::Query]);
        if self.given.has(Field::Uri) && !self.given.has(Field::Stem) && !self.given.has(Field::Query) {
            if let Some(uri) = text(Field::Uri) {
                let mut parts = uri.splitn(2, |byte| *byte == b'?');
                let stem = parts.next().unwrap_or_default().to_vec();
                let query = parts.next().map(<[u8]>::to_vec);
                self.values.push((Field::Stem, Held::Text(stem)));
                self.values.extend(query.map(|query| (Field::Query, Held::Text(query))));
            }
            self.given = self.given.union(target);
        } else if self.given.has(Field::Stem) && !self.given.has(Field::Uri) {
            if let Some(mut uri) = text(Field::Stem) {
                if let Some(query) = text(Field::Query) {
                    uri.push(b'?');
                    uri.extend(query);
                }
                self.values.push((Field::Uri, Held::Text(uri)));
            }
            self.given = self.given.union(target);
        }
    }

    /// What the line tells of.
    #[must_use]
    pub const fn given(&self) -> Fields {
        self.given
    }

    /// When, where the line says so.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// What stands in `field`.
    pub(crate) fn value(&self, field: Field) -> Option<Value<'_>> {
        let (_, held) = self.values.iter().find(|(known, _)| *known == field)?;
        Some(match held {
            Held::Text(text) => Value::Text(text),
            Held::Address(address) => Value::Address(*address),
            Held::Number(number) => Value::Number(*number),
            Held::Flag(flag) => Value::Flag(*flag),
            Held::Words(words) => Value::Words(words),
        })
    }
}

fn held(field: Field, value: &Json) -> Result<Option<Held>, LineError> {
    let wrong = |wanted| LineError::Value { field: field.name(), wanted };
    if value.is_null() {
        return Ok(None);
    }
    let held = match field.kind() {
        Kind::Text => Held::Text(word(value).ok_or(wrong("text"))?.into_bytes()),
        Kind::Address => {
            let address = value.as_str().and_then(|text| text.parse().ok());
            Held::Address(address.ok_or(wrong("IP address"))?)
        }
        Kind::Number => {
            let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
            Held::Number(number.ok_or(wrong("whole number"))?)
        }
        Kind::Flag => Held::Flag(value.as_bool().ok_or(wrong("`true` or `false`"))?),
        Kind::List => {
            let list = match value {
                Json::Array(items) => items.iter().map(word).collect::<Option<Vec<_>>>(),
                other => word(other).map(|one| vec![one]),
            };
            let words = list.ok_or(wrong("list of words"))?;
            Held::Words(words.into_iter().map(|word| Cow::Owned(word.into_bytes())).collect())
        }
    };
    Ok(Some(held))
}

fn word(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn time(value: &Json) -> Option<Timestamp> {
    match value {
        Json::Number(millis) => millis.as_u64().map(Timestamp::from_millis),
        Json::String(text) if text.len() > 10 => Timestamp::parse_expiry(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Line, LineError> {
        Line::read(serde_json::from_str::<Json>(text).unwrap().as_object().unwrap())
    }

    #[test]
    fn a_null_is_told_of_and_a_missing_key_is_not() {
        let line =
            read(r#"{"cs-method":"GET","cs-referer":null,"at":"2026-11-26T12:00:00Z","other":1}"#).unwrap();
        assert!(line.given().has(Field::Referer) && line.value(Field::Referer).is_none());
        assert!(!line.given().has(Field::Agent));
        assert_eq!(line.at(), Some(Timestamp::from_secs(1_795_694_400)));
    }

    #[test]
    fn path_and_query_make_the_whole_and_the_whole_makes_both() {
        let text = |line: &Line, field| match line.value(field) {
            Some(Value::Text(text)) => Some(String::from_utf8(text.to_vec()).unwrap()),
            _ => None,
        };
        let line = read(r#"{"c-uri":"/a?b=1?2"}"#).unwrap();
        assert_eq!(
            (text(&line, Field::Stem), text(&line, Field::Query)),
            (Some("/a".into()), Some("b=1?2".into()))
        );
        let line = read(r#"{"cs-uri-stem":"/a","cs-uri-query":"b"}"#).unwrap();
        assert_eq!(text(&line, Field::Uri), Some("/a?b".into()));
        let line = read(r#"{"cs-uri":"/a"}"#).unwrap();
        assert!(line.given().has(Field::Query) && text(&line, Field::Query).is_none());
    }

    #[test]
    fn what_does_not_fit_its_field_is_refused() {
        for (text, error) in [
            ("{}", LineError::NoField),
            (r#"{"CommandLine":"curl"}"#, LineError::NoField),
            (r#"{"c-ip":"nobody"}"#, LineError::Value { field: "c-ip", wanted: "IP address" }),
            (r#"{"sc-status":-1}"#, LineError::Value { field: "sc-status", wanted: "whole number" }),
            (r#"{"cs-method":"GET","at":"noon"}"#, LineError::Time),
        ] {
            assert_eq!(read(text).unwrap_err(), error, "{text}");
        }
    }
}
