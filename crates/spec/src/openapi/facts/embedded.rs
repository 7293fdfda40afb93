//! Examples that are whole bodies written as text: JSON, XML, rows.
//!
//! Enough of a text is read to name its fields, each with a first value; it is no judge of whether the
//! text is well formed. One pass; nothing within a text is taken for a text of its own.

use serde_json::{Map, Value};

/// Deepest element of XML.
const MOST_LEVELS: usize = 64;
/// Most columns of rows.
const MOST_COLUMNS: usize = 1_000;

/// What the text shows; rows only where `whole`, for a comma and a line end stand in any prose.
pub(super) fn shown(text: &str, whole: bool) -> Option<Value> {
    let text = text.trim();
    match (text.as_bytes().first()?, text.as_bytes().last()?) {
        (b'{', b'}') | (b'[', b']') => serde_json::from_str(text).ok(),
        (b'<', b'>') => xml(text),
        _ if whole => rows(text),
        _ => None,
    }
}

/// The elements with their attributes; those that stand twice below another are a list.
fn xml(text: &str) -> Option<Value> {
    let mut open: Vec<(&str, Value)> = vec![("", Value::Null)];
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        let said = before.trim();
        if let Some((_, value)) = open.last_mut().filter(|(_, value)| value.is_null() && !said.is_empty()) {
            *value = Value::String(said.to_owned());
        }
        if let Some(data) = tag.strip_prefix("![CDATA[") {
            let (said, after) = data.split_once("]]>")?;
            if let Some((_, value)) = open.last_mut() {
                *value = Value::String(said.to_owned());
            }
            rest = after;
            continue;
        }
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.split_once("-->")?.1;
            continue;
        }
        let (tag, after) = tag.split_once('>')?;
        rest = after;
        if tag.starts_with(['?', '!']) {
            continue;
        }
        if tag.starts_with('/') {
            close(&mut open)?;
            continue;
        }
        let (name, attributes) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let name = name.trim_end_matches('/');
        if open.len() > MOST_LEVELS || name.is_empty() {
            return None;
        }
        open.push((name, told(attributes)));
        if tag.ends_with('/') {
            close(&mut open)?;
        }
    }
    open.into_iter().next().map(|(_, value)| value).filter(Value::is_object)
}

/// Puts the innermost element into the one around it.
fn close(open: &mut Vec<(&str, Value)>) -> Option<()> {
    let (name, value) = open.pop()?;
    let (_, around) = open.last_mut()?;
    if !around.is_object() {
        *around = Value::Object(Map::new());
    }
    // Without the prefix of its name space.
    let name = name.rsplit(':').next().unwrap_or(name);
    let members = around.as_object_mut()?;
    match members.get_mut(name) {
        None => {
            members.insert(name.to_owned(), value);
        }
        Some(Value::Array(all)) => all.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
    Some(())
}

/// Attributes as members; null where there are none.
fn told(attributes: &str) -> Value {
    let mut members = Map::new();
    let mut rest = attributes;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|quote| matches!(quote, '"' | '\'')) else { break };
        let Some((value, after)) = after.strip_prefix(quote).and_then(|after| after.split_once(quote)) else {
            break;
        };
        let name = name.trim();
        if !name.starts_with("xmlns") {
            members.insert(name.to_owned(), Value::String(value.to_owned()));
        }
        rest = after;
    }
    if members.is_empty() { Value::Null } else { Value::Object(members) }
}

/// A heading and a first row, parted by tabs, semicolons or commas, of the same number of cells.
fn rows(text: &str) -> Option<Value> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (heading, row) = (lines.next()?, lines.next()?);
    ['\t', ';', ','].into_iter().find_map(|parted| {
        let names = cells(heading, parted);
        let row = cells(row, parted);
        // A heading has names.
        let named = names.iter().all(|name| !name.is_empty() && name.len() <= 64 && !name.contains('.'));
        if names.len() < 2 || names.len() > MOST_COLUMNS || names.len() != row.len() || !named {
            return None;
        }
        let record: Map<String, Value> = names.into_iter().zip(row.into_iter().map(Value::String)).collect();
        Some(Value::Array(vec![Value::Object(record)]))
    })
}

/// The cells of a row, without their quotes; within quotes nothing parts them.
fn cells(row: &str, parted: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for letter in row.chars() {
        match letter {
            '"' => quoted = !quoted,
            _ if letter == parted && !quoted => cells.push(String::new()),
            _ => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(letter);
                }
            }
        }
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_written_as_text_shows_its_fields() {
        for (text, expected) in [
            (r#"{"email": "ann@example.com"}"#, r#"{"email":"ann@example.com"}"#),
            ("[1]", "[1]"),
            ("{not json}", "none"),
            (
                "<?xml version=\"1.0\"?><a:customers xmlns:a=\"urn:x\"><customer id=\"1\"><email>e@example.com</email></customer><customer/></a:customers>",
                r#"{"customers":{"customer":[{"email":"e@example.com","id":"1"},null]}}"#,
            ),
            ("<a><!-- <b>1</b> --><c><![CDATA[x<y]]></c></a>", r#"{"a":{"c":"x<y"}}"#),
            ("<p", "none"),
            ("</p>", "none"),
            (
                "name,email\nAnn,ann@example.com\nBob,b@example.com",
                r#"[{"email":"ann@example.com","name":"Ann"}]"#,
            ),
            ("name;note\n\"Ann; B\";x", r#"[{"name":"Ann; B","note":"x"}]"#),
            ("Dear Ann, thank you.\nYours, the shop", "none"),
            ("name,email", "none"),
            ("", "none"),
        ] {
            let expected: Option<Value> = serde_json::from_str(expected).ok();
            assert_eq!(shown(text, true), expected, "{text}");
        }
        assert_eq!(shown("a,b\n1,2", false), None, "rows are told only of whole bodies");
        assert_eq!(shown(&format!("{}x>", "<a>".repeat(100)), true), None, "depth is bounded");
    }
}
