//! Object references: which attributes of a request name an object.
//!
//! Path parameters always do. Elsewhere a name does when it ends like one (`id`, `ids`, `uuid`,
//! `customer_id`, `orderIds`, `number`, `email`) and the value is no sentence; names that page
//! (`page`, `offset`, `limit`, `cursor`) never do: a page walk is no object walk.

use domain::{ObjectRef, ObjectRefPlace, SubjectDigest};
use smallvec::SmallVec;

use super::attributes::Attributes;

/// Most object references that are kept of one request.
pub(crate) const MOST: usize = 64;

/// The object references among `attributes`, digested by `digest`, at most [`MOST`].
pub(crate) fn objects(
    attributes: &Attributes<'_>,
    digest: impl Fn(&str) -> SubjectDigest,
) -> SmallVec<[ObjectRef; 2]> {
    let named = attributes.list().iter().filter_map(|attribute| {
        let value = attribute.value.text()?;
        let names = attribute.place == ObjectRefPlace::Path || names_object(&attribute.name);
        (names && is_reference(value)).then(|| ObjectRef {
            name: attribute.name.as_ref().into(),
            place: attribute.place,
            number: number(value),
            digest: digest(value),
        })
    });
    named.take(MOST).collect()
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

/// The number that a value is, when it has at most 18 digits and nothing else.
fn number(value: &str) -> Option<u64> {
    if value.len() <= 18 && !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::attributes::AttributeValue;
    use super::*;

    fn named(list: &[(ObjectRefPlace, &str, &str)]) -> String {
        let mut attributes = Attributes::new();
        for (place, name, value) in list {
            attributes.push(*place, (*name).to_owned(), AttributeValue::Text((*value).to_owned().into()));
        }
        let found = objects(&attributes, |_| SubjectDigest::default());
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
    fn a_request_with_a_thousand_ids_keeps_a_bounded_number() {
        let list: Vec<_> = (0..400).map(|_| (ObjectRefPlace::Body, "ids", "7")).collect();
        assert_eq!(named(&list).split(' ').count(), MOST);
    }
}
