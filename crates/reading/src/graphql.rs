//! Arguments that stand in a GraphQL document itself: `customer(id: 5) { email }`.
//!
//! Variables arrive as JSON fields already; this reads the literals between parentheses, so that an
//! id written into the document is an object reference like any other. It is a scan, not a parser:
//! what it cannot read it skips, and it never fails (GraphQL October 2021, section 2.6).

use std::borrow::Cow;

use domain::ObjectRefPlace;

use crate::attributes::{AttributeValue, Attributes};

/// Adds every `name: literal` inside parentheses of `document`.
pub(crate) fn arguments<'r>(document: &str, into: &mut Attributes<'r>) {
    let mut rest = document;
    let mut depth = 0_u32;
    let mut name: Option<&str> = None;
    while let Some(first) = rest.chars().next() {
        match first {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            '#' => {
                rest = rest.split_once('\n').map_or("", |(_, after)| after);
                continue;
            }
            '"' => {
                let (text, after) = string(rest);
                if let (Some(name), true) = (name.take(), depth > 0) {
                    into.push(
                        ObjectRefPlace::Graphql,
                        Cow::Owned(name.to_owned()),
                        AttributeValue::Text(Cow::Owned(text)),
                    );
                }
                rest = after;
                continue;
            }
            c if c.is_ascii_alphanumeric() || c == '_' || c == '-' => {
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || "_-.".contains(c)))
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                let names = after.trim_start().starts_with(':');
                if names {
                    name = Some(word);
                    rest = after.split_once(':').map_or("", |(_, value)| value);
                    // A list value keeps the name for each of its elements.
                    continue;
                }
                if let (Some(name), true) = (name, depth > 0) {
                    into.push(
                        ObjectRefPlace::Graphql,
                        Cow::Owned(name.to_owned()),
                        AttributeValue::Text(Cow::Owned(word.to_owned())),
                    );
                }
                rest = after;
                continue;
            }
            _ => {}
        }
        rest = rest.get(first.len_utf8()..).unwrap_or("");
    }
}

/// The text of the string that `rest` starts with, and what comes after it.
fn string(rest: &str) -> (String, &str) {
    if let Some(block) = rest.strip_prefix("\"\"\"") {
        let (text, after) = block.split_once("\"\"\"").unwrap_or((block, ""));
        return (text.to_owned(), after);
    }
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, rest.get(at + 1..).unwrap_or("")),
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            c => text.push(c),
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> String {
        let mut attributes = Attributes::new();
        arguments(document, &mut attributes);
        let shown: Vec<_> = attributes
            .list()
            .iter()
            .map(|a| format!("{}={}", a.name, a.value.text().unwrap_or("?")))
            .collect();
        shown.join(" ")
    }

    #[test]
    fn literals_between_parentheses_are_arguments() {
        for (document, expected) in [
            ("{ customer(id: 5) { email } }", "id=5"),
            (r#"{ a: customer(id: "c-1") { email } b: customer(id: "c-2") { email } }"#, "id=c-1 id=c-2"),
            ("{ customers(ids: [1, 2, 3]) { name } }", "ids=1 ids=2 ids=3"),
            ("query Q($id: ID!) { customer(id: $id) { name } }", "id=ID id=id"),
            ("# customer(id: 9)\n{ shop { name } }", ""),
            ("{ customer(id: \"unclosed", "id=unclosed"),
        ] {
            assert_eq!(read(document), expected, "{document}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(document in ".{0,200}") {
            read(&document);
        }
    }
}
