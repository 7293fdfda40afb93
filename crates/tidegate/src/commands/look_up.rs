//! How a value that a person typed may stand in the ledger.
//!
//! The ledger knows people by keyed digests of keys (`customer/1042`, an e-mail, a phone), so a value
//! is only found under the key that a record showed. Whoever asks seldom knows it in that form: every
//! sensible reading is tried, and told.

use std::collections::BTreeSet;

use domain::{Endpoint, KeyKind, Segment, SubjectKey, Timestamp};

/// Nouns tried for an id that comes without its resource.
const MOST_NOUNS: usize = 256;
/// The resource of a person whom nothing names.
const NAMELESS: &str = "person";

/// A value, read in every sensible way.
pub(crate) struct Readings {
    pub(crate) keys: Vec<SubjectKey<'static>>,
    /// Whether an id without its resource was tried under several: they may be several people.
    pub(crate) is_bare: bool,
    /// Whether it is a phone without its country: records that show it with one have another key.
    pub(crate) is_local_phone: bool,
}

/// Reads `value`; `doors` name the resources under which a bare id may stand.
pub(crate) fn readings(value: &str, doors: &BTreeSet<Endpoint>) -> Readings {
    let value = value.trim();
    let mut texts: Vec<(KeyKind, String)> = Vec::new();
    let mut add = |kind: KeyKind, text: String| {
        let known = texts.iter().any(|(other, known)| other.tag() == kind.tag() && *known == text);
        if !known && !text.is_empty() {
            texts.push((kind, text));
        }
    };
    let email = meter::normalise::email(value);
    let phone = meter::normalise::phone(value);
    let is_local_phone = phone.as_deref().is_some_and(|phone| !phone.starts_with('+')) && is_dialled(value);
    if let Some(email) = &email {
        add(KeyKind::Email, email.clone().into_owned());
    }
    if let Some(phone) = &phone {
        add(KeyKind::Phone, phone.clone().into_owned());
    }
    // As it stands: with its resource, or what a declared `subject:` path holds.
    add(KeyKind::OwnId, value.to_owned());
    let mut is_bare = false;
    if let Some((resource, id)) = with_resource(value) {
        add(KeyKind::OwnId, format!("{resource}/{id}"));
        if let Some(noun) = meter::normalise::resource(resource) {
            add(KeyKind::OwnId, format!("{noun}/{id}"));
        }
    } else if email.is_none() && !value.starts_with('+') && !value.contains('/') {
        is_bare = true;
        let nouns = doors.iter().flat_map(nouns).take(MOST_NOUNS).collect::<BTreeSet<String>>();
        for noun in nouns.iter().map(String::as_str).chain([NAMELESS]) {
            add(KeyKind::OwnId, format!("{noun}/{value}"));
        }
    }
    let keys = texts.into_iter().map(|(kind, text)| SubjectKey::new(kind, text)).collect();
    Readings { keys, is_bare, is_local_phone }
}

/// The last two parts of `customers/1042`, of a path or of a URL without its query.
fn with_resource(value: &str) -> Option<(&str, &str)> {
    let path = value.split(['?', '#']).next()?.trim_end_matches('/');
    let (before, id) = path.rsplit_once('/')?;
    let resource = before.rsplit('/').next()?;
    (!resource.is_empty() && !id.is_empty()).then_some((resource, id))
}

/// Digits as people write telephone numbers, and no plain number.
fn is_dialled(value: &str) -> bool {
    value.starts_with('0') || value.bytes().any(|byte| matches!(byte, b' ' | b'-' | b'(' | b'/'))
}

/// The resources that the words of a path name, in singular.
fn nouns(door: &Endpoint) -> Vec<String> {
    let words = door.template().segments().filter_map(|segment| match segment {
        Segment::Literal(word) => meter::normalise::resource(&word),
        _ => None,
    });
    words.collect()
}

impl Readings {
    /// What is to be said beside the answer, one line each; `found` tells whether it has anything in it.
    pub(crate) fn remarks(&self, found: bool) -> Vec<String> {
        let mut remarks = Vec::new();
        let names: Vec<String> = self.keys.iter().map(|key| format!("`{}`", key.text)).collect();
        let (last, before) =
            names.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
        let names =
            if before.is_empty() { last.to_owned() } else { format!("{} or {last}", before.join(", ")) };
        if !found {
            remarks.push(format!(
                "nothing is on record under {names}; an id is found with the name of its resource in singular, such as `customer/1042`"
            ));
        } else if self.is_bare {
            remarks.push(format!(
                "the id was looked up as {names}; these may be different people: ask with the resource for one of them"
            ));
        }
        if self.is_local_phone {
            remarks.push(
                "a phone is looked up with its country code, such as `+49 30 901820`: records that show it with one cannot be found without".to_owned(),
            );
        }
        remarks
    }
}

/// That a part of the ledger was written with a key that is gone, in words.
pub(crate) fn key_gone(spans: &[(Timestamp, Option<Timestamp>)]) -> String {
    let spans = spans.iter().map(|(from, until)| match until {
        Some(until) => format!("from {from} to {until}"),
        None => format!("from {from} on"),
    });
    format!(
        "error: the key of what was written {} is gone (erased or lost): nobody can say whether this person is in it\n  help: if it was not erased on purpose, restore `keys/` from a backup and ask again",
        spans.collect::<Vec<_>>().join(" and ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(value: &str) -> Vec<String> {
        let doors = ["GET /api/v2/customers/{id}", "POST /export", "GET /orders/{id}/receiver"];
        let doors = doors.iter().map(|door| door.parse().unwrap()).collect();
        let tag = |key: &SubjectKey<'_>| char::from(key.kind.tag());
        readings(value, &doors).keys.iter().map(|key| format!("{}:{}", tag(key), key.text)).collect()
    }

    #[test]
    fn a_value_is_looked_up_in_every_way_that_it_may_stand() {
        let cases: [(&str, &[&str]); 9] = [
            ("customer/1042", &["i:customer/1042"]),
            ("customers/1042", &["i:customers/1042", "i:customer/1042"]),
            ("/api/v2/customers/1042", &["i:/api/v2/customers/1042", "i:customers/1042", "i:customer/1042"]),
            ("https://shop.example/customers/7/?a=b", &["i:customers/7", "i:customer/7"]),
            ("1042", &["i:1042", "i:customer/1042", "i:order/1042", "i:receiver/1042", "i:person/1042"]),
            ("Ann@Example.com", &["e:ann@example.com", "i:Ann@Example.com"]),
            ("+49 30 901820", &["p:+4930901820", "i:+49 30 901820"]),
            ("030 901820", &["p:030901820"]),
            (" customer/7 ", &["i:customer/7"]),
        ];
        for (value, expected) in cases {
            let found = texts(value);
            for key in expected {
                assert!(found.iter().any(|found| found == key), "{value}: {key} is not in {found:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_found_is_said() {
        let doors = BTreeSet::new();
        let said = |value: &str, found: bool| readings(value, &doors).remarks(found).join("\n");
        assert!(said("030 55500000", false).contains("country code"));
        assert!(!said("+49 30 55500000", false).contains("country code"));
        assert!(said("1042", true).contains("`1042` or `person/1042`"), "{}", said("1042", true));
        assert!(said("customers/1042", false).contains("`customers/1042` or `customer/1042`"));
        assert_eq!(said("customer/1042", true), "");
    }
}
