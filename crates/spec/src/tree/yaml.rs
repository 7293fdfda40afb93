//! YAML 1.2 to a tree.

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as Stretch, Tag};

use crate::tree::build::{AliasFault, Builder};
use crate::tree::error::TreeError;
use crate::tree::node::{Key, Node, Span, Value};
use crate::tree::scalar;

/// Reads one YAML document.
pub(super) fn read(text: &str) -> Result<Node, TreeError> {
    let mut places = Places::new(text);
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, stretch) = event.map_err(|error| {
            let at = places.point(*error.marker());
            // The scanner has a bound of its own, at 255 brackets that it looks ahead.
            if error.info().contains("recursion limit") {
                return TreeError::TooDeep { at };
            }
            syntax(words(error.info()), at, help_for(error.info(), text, at))
        })?;
        let at = places.span(stretch);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(syntax(
                        "a second document starts here".to_owned(),
                        at,
                        Some("write one document per file"),
                    ));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                if builder.wants_key() {
                    if style == ScalarStyle::Plain && text == "<<" && tag.is_none() {
                        builder.merge_key(at);
                    } else {
                        builder.key(Key { text: text.into(), span: at });
                    }
                } else {
                    let value = value_of(text, style, tag.as_deref(), at)?;
                    builder.scalar(Node { value, span: at }, anchor)?;
                }
            }
            Event::SequenceStart(anchor, tag) => {
                collection(&builder, tag.as_deref(), "seq", at)?;
                builder.open_sequence(at, anchor)?;
            }
            Event::MappingStart(anchor, tag) => {
                collection(&builder, tag.as_deref(), "map", at)?;
                builder.open_mapping(at, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => builder.close(at.start).map_err(not_mergeable)?,
            Event::Alias(anchor) => builder.alias(anchor, at).map_err(|fault| match fault {
                AliasFault::Bound(error) => error,
                AliasFault::Merge(at) => key_not_text(at),
                AliasFault::Unfinished => syntax(
                    "this alias names an anchor that it is part of, or that is none".to_owned(),
                    at,
                    Some("write out the value"),
                ),
            })?,
        }
    }
    builder.finish()
}

fn syntax(what: String, at: Span, help: Option<&'static str>) -> TreeError {
    TreeError::Syntax { what, at, help }
}

fn key_not_text(at: Span) -> TreeError {
    syntax(
        "a key must be text".to_owned(),
        at,
        Some("put the key on one line, in quotes where it holds `{`, `[` or `*`"),
    )
}

fn not_mergeable(at: Span) -> TreeError {
    syntax("`<<` merges mappings, and this is none".to_owned(), at, Some("name the anchor of a mapping"))
}

/// Refuses lists and mappings as keys, and tags that are not YAML's own.
fn collection(builder: &Builder, tag: Option<&Tag>, own: &str, at: Span) -> Result<(), TreeError> {
    if builder.wants_key() {
        return Err(key_not_text(at));
    }
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == own) => Err(unknown_tag(tag, at)),
        _ => Ok(()),
    }
}

fn unknown_tag(tag: &Tag, at: Span) -> TreeError {
    let shown: String = tag.to_string().chars().take(80).collect();
    syntax(
        format!("the tag `{shown}` has no meaning here"),
        at,
        Some("remove the tag and write the value itself"),
    )
}

fn value_of(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, at: Span) -> Result<Value, TreeError> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => scalar::plain(&text),
            _ => Value::Text(text.into()),
        });
    };
    // `! 5`: the non-specific tag makes any scalar text.
    if tag.handle.is_empty() && tag.suffix == "!" || tag.handle == "!" && tag.suffix.is_empty() {
        return Ok(Value::Text(text.into()));
    }
    if !tag.is_yaml_core_schema() {
        return Err(unknown_tag(tag, at));
    }
    let plain = scalar::plain(&text);
    match (tag.suffix.as_str(), plain) {
        ("str", _) => Ok(Value::Text(text.into())),
        ("null", Value::Null) => Ok(Value::Null),
        ("bool", value @ Value::Bool(_))
        | ("int", value @ Value::Integer(_))
        | ("float", value @ (Value::Float(_) | Value::Integer(_))) => Ok(value),
        ("null" | "bool" | "int" | "float", _) => Err(syntax(
            format!("the tag `!!{}` does not fit its value", tag.suffix),
            at,
            Some("remove the tag, or correct the value"),
        )),
        _ => Err(unknown_tag(tag, at)),
    }
}

/// The scanner's message in our manner: small first letter, no full stop, one line.
fn words(info: &str) -> String {
    if info.starts_with("unexpected character") {
        return "text cannot start with this character".to_owned();
    }
    let mut chars = info.trim().trim_end_matches('.').chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

/// What to do, by what stands at the place rather than by the scanner's wording.
fn help_for(info: &str, text: &str, at: Span) -> Option<&'static str> {
    let start = at.range().start.min(text.len());
    let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent: &str = line.split(|c: char| !c.is_whitespace()).next().unwrap_or_default();
    let info = info.to_ascii_lowercase();
    if indent.contains('\t') || info.contains("tab") {
        Some("indent with spaces: YAML allows no tabs there")
    } else if line.trim_start().starts_with(['`', '@', '%']) || info.contains("unexpected character") {
        Some("put the value in quotes: it starts with a sign that YAML keeps for itself")
    } else if info.contains("mapping values are not allowed")
        || info.contains("expected ':'")
        || info.contains("simple key")
    {
        Some("check the indentation, and put text that holds `: ` or ends in `:` in quotes")
    } else if info.contains("quoted") || info.contains("escape") {
        Some("check that the quote is closed; in double quotes a backslash must be doubled")
    } else if info.contains("anchor") {
        Some("define the anchor above its use, or put the text in quotes if it is no alias")
    } else if info.contains("flow") || info.contains("expected ','") || info.contains("illegal placement") {
        Some("check that every `[` and `{` has its `]` and `}`")
    } else {
        Some("check the indentation of this line and of the one above")
    }
}

/// Places of the scanner, which counts characters, as byte offsets.
struct Places<'t> {
    text: &'t str,
    ascii: bool,
    /// A character and the byte where it starts, from which the next place is sought.
    character: usize,
    byte: usize,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, ascii: text.is_ascii(), character: 0, byte: 0 }
    }

    /// The byte where character `index` starts. Scanner places nearly always grow, so the walk from
    /// the last one is short.
    fn byte(&mut self, index: usize) -> u32 {
        if self.ascii {
            return u32::try_from(index.min(self.text.len())).unwrap_or(u32::MAX);
        }
        let bytes = self.text.as_bytes();
        let starts_character =
            |byte: usize| bytes.get(byte).is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000);
        while self.character < index && self.byte < bytes.len() {
            self.byte += 1;
            if starts_character(self.byte) {
                self.character += 1;
            }
        }
        while self.character > index && self.byte > 0 {
            self.byte -= 1;
            if starts_character(self.byte) {
                self.character -= 1;
            }
        }
        u32::try_from(self.byte).unwrap_or(u32::MAX)
    }

    fn point(&mut self, marker: Marker) -> Span {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let start = self.byte(marker.index());
        Span { start, end: start, line: number(marker.line()), column: number(marker.col() + 1) }
    }

    fn span(&mut self, stretch: Stretch) -> Span {
        let start = self.point(stretch.start);
        let end = self.byte(stretch.end.index());
        Span { end: end.max(start.start), ..start }
    }
}
