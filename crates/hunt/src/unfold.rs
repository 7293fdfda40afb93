//! Values of a query that hold more than one thing: lists of ids, JSON, GraphQL documents, names in brackets.
//!
//! `?ids=1,2,3`, `?ids[]=1&ids[]=2`, `?filter={"id":7}` and `?query={customer(id:7){name}}` name the objects
//! that `?id=1&id=2` and a body of JSON name. What is no list and no document stays as it is.

use std::borrow::Cow;

use domain::ObjectRefPlace;
use reading::attributes::{AttributeValue, Attributes};

/// Longest part of a list.
const MOST_PART: usize = 64;

/// Adds the pairs of a query, decoded, with what is in them.
pub(crate) fn query<'r>(pairs: impl Iterator<Item = (&'r str, &'r str)>, into: &mut Attributes<'r>) {
    for (name, value) in pairs {
        let name = name_of(name);
        let is_document = value.contains('{');
        match value.trim_start().as_bytes() {
            _ if is_document && name == "query" => into.graphql(value),
            [b'{' | b'[', ..] if is_document => into.json(value.as_bytes()),
            _ if list(value).next().is_some() => {
                for part in list(value) {
                    push(into, name.clone(), part);
                }
            }
            _ => push(into, name, value),
        }
    }
}

/// Adds a value of a path: an id, or a list of ids.
pub(crate) fn path<'r>(value: &'r str, into: &mut Attributes<'r>) {
    if list(value).next().is_none() {
        into.push(ObjectRefPlace::Path, "id", AttributeValue::Text(value.into()));
    }
    // As in a query, each is an object of its own: `/users/7/orders/9` is one.
    list(value).for_each(|part| push(into, "ids".into(), part));
}

fn push<'r>(into: &mut Attributes<'r>, name: Cow<'r, str>, value: &'r str) {
    into.push(ObjectRefPlace::Query, name, AttributeValue::Text(value.into()));
}

/// The parts of a list: two and more, each short and with a digit, as ids have. Nothing, where it is none.
fn list(value: &str) -> impl Iterator<Item = &str> {
    let is_mark = |c: char| matches!(c, '[' | ']' | '"' | '\'' | ' ');
    let split = move |separators: &'static [char]| {
        value.split(separators).map(move |part| part.trim_matches(is_mark)).filter(|part| !part.is_empty())
    };
    let is_list = |separators: &'static [char]| {
        let is_id = |part: &str| {
            part.len() <= MOST_PART
                && part.bytes().any(|byte| byte.is_ascii_digit())
                && !part.bytes().any(|byte| byte.is_ascii_whitespace() || byte == b':')
        };
        split(separators).nth(1).is_some() && split(separators).all(is_id)
    };
    // Nearly every value is none, and one look tells.
    let may_be_one = value.bytes().any(|byte| matches!(byte, b',' | b'|' | b';' | b' '));
    let separators: [&'static [char]; 3] = [&[',', '|'], &[';'], &[' ']];
    let found = separators.into_iter().filter(|_| may_be_one).find(|separators| is_list(separators));
    found.into_iter().flat_map(split)
}

/// A name in brackets by its last part: `filter[id]`, `ids[]`, `ids[0]`; `page[number]` is `pagenumber`.
fn name_of(name: &str) -> Cow<'_, str> {
    let Some((first, rest)) = name.split_once('[') else { return Cow::Borrowed(name) };
    let mut parts = rest.split(['[', ']']).filter(|part| !part.is_empty());
    let last = parts.rfind(|part| !part.bytes().all(|byte| byte.is_ascii_digit()));
    match last {
        Some(last @ ("number" | "size" | "limit")) if first == "page" => Cow::Owned(format!("page{last}")),
        Some(last) => Cow::Borrowed(last),
        None => Cow::Borrowed(first),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> String {
        let mut attributes = Attributes::new();
        query(pairs.iter().copied(), &mut attributes);
        let shown = attributes
            .list()
            .iter()
            .filter_map(|one| one.value.text().map(|value| format!("{}={value}", one.name)));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_holds_several_is_read_as_several() {
        for (name, value, expected) in [
            ("id", "17", "id=17"),
            ("q", "red shoes", "q=red shoes"),
            ("q", "size:7,colour:8", "q=size:7,colour:8"),
            ("name", "Doe,Ann", "name=Doe,Ann"),
            ("ids", "1,2,3", "ids=1 ids=2 ids=3"),
            ("ids", "[1, \"2\"]", "ids=1 ids=2"),
            ("ids", "1 2", "ids=1 ids=2"),
            ("ids", "c-1|c-2", "ids=c-1 ids=c-2"),
            ("ids[]", "1", "ids=1"),
            ("ids[0]", "1", "ids=1"),
            ("filter[customer][id]", "1", "id=1"),
            ("page[number]", "3", "pagenumber=3"),
            ("page[cursor]", "x", "cursor=x"),
            ("filter", "{\"id\":7}", "id=7"),
            ("input", "{\"0\":{\"json\":{\"orderId\":\"a7\"}}}", "0.json.orderId=a7"),
            ("query", "{customer(id:7){name}}", "id=7"),
            ("query", "query q { customer(id: \"c7\") { name } }", "id=c7"),
            ("query", "ann", "query=ann"),
            ("x", "{no json", ""),
        ] {
            assert_eq!(read(&[(name, value)]), expected, "{name}={value}");
        }
    }

    #[test]
    fn a_list_in_a_path_is_a_list() {
        let mut attributes = Attributes::new();
        ["17", "1,2"].into_iter().for_each(|value| path(value, &mut attributes));
        let places: Vec<_> = attributes.list().iter().map(|one| one.place).collect();
        assert_eq!(places, [ObjectRefPlace::Path, ObjectRefPlace::Query, ObjectRefPlace::Query]);
    }

    proptest! {
        #[test]
        fn nothing_of_a_pair_is_lost_and_a_document_gives_no_more_than_it_has_bytes(name in "[a-c\\[\\]0]{0,8}", value in "[a1,;| {}\\[\\]\":()]{0,40}") {
            // Names are left out of what is compared: in a document they are its own.
            let mut attributes = Attributes::new();
            query(std::iter::once((name.as_str(), value.as_str())), &mut attributes);
            let read = attributes.list();
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            if value.contains('{') {
                prop_assert!(read.len() <= value.len(), "{} of {value}", read.len());
            } else {
                let values: String = read.iter().filter_map(|one| one.value.text()).map(letters).collect();
                prop_assert_eq!(values, letters(&value));
            }
        }
    }
}
