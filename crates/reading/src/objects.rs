//! Object references: which attributes of a request name an object.
//!
//! Path parameters always do. Elsewhere a name does when it ends like one (`id`, `ids`, `uuid`,
//! `customer_id`, `orderIds`, `number`, `email`) and the value is no sentence; names that page
//! (`page`, `offset`, `limit`, `cursor`) never do: a page walk is no object walk.

use std::sync::{Arc, LazyLock};

use domain::{ObjectRef, ObjectRefPlace, SubjectDigest};
use smallvec::SmallVec;

use crate::attributes::Attributes;

/// Most object references that are kept of one request.
pub const MOST: usize = 64;

/// The name of what nobody asks the name of: detectors look at numbers and digests.
static UNNAMED: LazyLock<Arc<str>> = LazyLock::new(|| "".into());

/// The object references among `attributes`, digested by `digest`, at most [`MOST`]. Names are left out
/// unless they are `named`: each costs an allocation.
pub fn objects(
    attributes: &Attributes<'_>,
    named: bool,
    digest: impl Fn(&str) -> SubjectDigest,
) -> SmallVec<[ObjectRef; 2]> {
    let list = attributes.list().iter().filter_map(|attribute| {
        let value = attribute.value.text()?;
        let names = attribute.place == ObjectRefPlace::Path || names_object(&attribute.name);
        (names && is_reference(value)).then(|| ObjectRef {
            name: if named { attribute.name.as_ref().into() } else { Arc::clone(&UNNAMED) },
            place: attribute.place,
            number: number(value),
            digest: digest(value),
        })
    });
    list.take(MOST).collect()
}

/// Whether the last part of a dotted name ends like the name of an id.
fn names_object(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let lower = last.to_ascii_lowercase();
    let whole = [
        "id", "ids", "uuid", "uuids", "guid", "key", "keys", "ref", "number", "no", "code", "email", "user",
        "customer", "order", "account", "username", "login",
    ];
    if whole.contains(&lower.as_str()) {
        return true;
    }
    let endings =
        ["_id", "_ids", "-id", "-ids", "_uuid", "_uuids", "_number", "_no", "_ref", "_key", "_code"];
    let camel = ["Id", "Ids", "ID", "IDs", "Uuid", "Uuids", "Number", "No", "Ref", "Key"];
    endings.iter().any(|ending| lower.ends_with(ending)) || camel.iter().any(|ending| last.ends_with(ending))
}

/// A value that can be an id: short, one word.
fn is_reference(value: &str) -> bool {
    (1..=200).contains(&value.len()) && !value.bytes().any(|byte| byte.is_ascii_whitespace())
}

/// The number that a value is, when it has at most 18 digits; in a longer id the digits at its end, or
/// before a short mark there (`INV-00017-DE`, `00017-4`).
///
/// What is random throughout has no such end: UUIDs, hexadecimal and base64 of some length, where the
/// digits follow a letter. Nor has an e-mail, whose digits would tell of a person.
fn number(value: &str) -> Option<u64> {
    if value.len() > 40 || value.contains('@') || is_uuid(value) {
        return None;
    }
    if let Some(number) = number_at_end(value) {
        return Some(number);
    }
    // A country, a check digit, a letter: up to three characters after a separator.
    let (before, mark) = value.rsplit_once(|c: char| !c.is_alphanumeric())?;
    let is_mark = (1..=3).contains(&mark.len()) && !before.is_empty();
    if is_mark { number_at_end(before).filter(|_| before.len() > 1) } else { None }
}

fn number_at_end(value: &str) -> Option<u64> {
    let digits = value.len() - value.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (before, digits) = value.split_at_checked(digits)?;
    if digits.len() > 18 {
        return None;
    }
    let stands_apart = match before.as_bytes() {
        [] => !digits.is_empty(),
        // `R00017`, but not `9f8c17`.
        [letter] => letter.is_ascii_alphabetic() && digits.len() >= 3,
        [.., last] => !last.is_ascii_alphanumeric() && digits.len() >= 2,
    };
    if stands_apart { digits.parse().ok() } else { None }
}

/// 36 characters with hyphens where RFC 9562 has them.
fn is_uuid(value: &str) -> bool {
    let hyphens = value.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(nth, _)| nth);
    value.len() == 36 && hyphens.eq([8, 13, 18, 23])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::AttributeValue;

    fn named(list: &[(ObjectRefPlace, &str, &str)]) -> String {
        let mut attributes = Attributes::new();
        for (place, name, value) in list {
            attributes.push(*place, (*name).to_owned(), AttributeValue::Text((*value).to_owned().into()));
        }
        let found = objects(&attributes, true, |_| SubjectDigest::default());
        found.iter().map(|o| format!("{}:{:?}", o.name, o.number)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ids_are_references_and_pages_are_not() {
        use ObjectRefPlace::{Body, Path, Query};
        for (list, expected) in [
            (vec![(Path, "slug", "ann")], "slug:None"),
            (vec![(Query, "id", "17"), (Query, "page", "3")], "id:Some(17)"),
            (
                vec![(Body, "customer.id", "c-1"), (Body, "filter.customerIds", "5")],
                "customer.id:None filter.customerIds:Some(5)",
            ),
            (vec![(Query, "offset", "10"), (Query, "limit", "10"), (Query, "valid", "1")], ""),
            (vec![(Query, "id", "9999999999999999999")], "id:None"),
            (vec![(Body, "message.id", "hello there")], ""),
        ] {
            assert_eq!(named(&list), expected);
        }
    }

    #[test]
    fn digits_inside_a_longer_id_are_its_number() {
        for (value, expected) in [
            ("17", Some(17)),
            ("INV-2024-00017", Some(17)),
            ("order:000123", Some(123)),
            ("R00017", Some(17)),
            ("123456789012345678", Some(123_456_789_012_345_678)),
            ("1234567890123456789", None),
            ("9f8c17", None),
            ("a-7", None),
            ("INV-00017-DE", Some(17)),
            ("00017-4", Some(17)),
            ("2024/00017/A", Some(17)),
            ("7-DE", None),
            ("00017-DEUX", None),
            ("-", None),
            ("--x", None),
            ("ann.1985", Some(1985)),
            ("ann1985@example.com", None),
            ("0b5e1c9e-7a5d-4c7f-9b7a-123456789012", None),
            ("slug", None),
        ] {
            assert_eq!(number(value), expected, "{value}");
        }
    }

    #[test]
    fn a_request_with_a_thousand_ids_keeps_a_bounded_number() {
        let list: Vec<_> = (0..400).map(|_| (ObjectRefPlace::Body, "ids", "7")).collect();
        assert_eq!(named(&list).split(' ').count(), MOST);
    }
}
