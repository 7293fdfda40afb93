//! YAML 1.2 to a tree.

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as Stretch, Tag};

use crate::tree::build::{AliasFault, Builder};
use crate::tree::error::TreeError;
use crate::tree::node::{Key, Node, Span, Value};
use crate::tree::scalar;

/// What a tag of an application (`!Ref`) means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tags {
    /// Nothing: it is an error.
    Refused,
    /// A mapping with the tag as its only key, as CloudFormation means it: `!Ref A` is `{Ref: A}`, and
    /// every other `!Sub A` is `{Fn::Sub: A}`.
    Functions,
}

/// A piece of a text: where it begins, and how many nodes the pieces before it had.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) byte: u32,
    pub(super) line: u32,
    pub(super) nodes: usize,
}

impl Piece {
    pub(super) const WHOLE: Self = Self { byte: 0, line: 0, nodes: 0 };
}

/// The pieces of `text` that begin at lines with `---`, with the byte and the line before each.
///
/// YAML allows no such line within a document, not even in quotes (YAML 1.2.2, rule `c-forbidden`), so
/// cutting there is what a reader does, and one broken document leaves the others whole.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = (&str, u32, u32)> {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut starts = vec![(0_usize, 0_u32)];
    let (mut byte, mut line) = (0, 0_u32);
    for part in text.split_inclusive('\n') {
        let marks = part
            .strip_prefix("---")
            .is_some_and(|rest| rest.trim_end() == "" || rest.starts_with([' ', '\t']));
        if marks && byte > 0 {
            starts.push((byte, line));
        }
        byte += part.len();
        line = line.saturating_add(1);
    }
    let ends: Vec<usize> = starts.iter().skip(1).map(|(start, _)| *start).chain([text.len()]).collect();
    starts
        .into_iter()
        .zip(ends)
        .map(move |((start, line), end)| (text.get(start..end).unwrap_or_default(), number(start), line))
}

/// The bracket with which a list or mapping at `at` begins, if it begins with one.
fn bracket(text: &str, piece: Piece, at: Span) -> Option<Span> {
    let start = usize::try_from(at.start.saturating_sub(piece.byte)).ok()?;
    let opens = text.as_bytes().get(start).is_some_and(|byte| matches!(byte, b'[' | b'{'));
    opens.then(|| Span { end: at.start.saturating_add(1), ..at })
}

fn is_blank_from(text: &str, start: u32) -> bool {
    let rest = usize::try_from(start).ok().and_then(|start| text.get(start..));
    rest.is_none_or(|rest| rest.trim().is_empty())
}

/// Reads one YAML document that begins in the text as `piece` says, and counts its nodes.
pub(super) fn read(text: &str, piece: Piece, tags: Tags) -> (Result<Node, TreeError>, usize) {
    let mut builder = Builder::after(piece.nodes);
    let fed = feed(text, piece, tags, &mut builder);
    let nodes = builder.nodes();
    (fed.and_then(|()| builder.finish()), nodes)
}

fn feed(text: &str, piece: Piece, tags: Tags, builder: &mut Builder) -> Result<(), TreeError> {
    let mut places = Places::new(text, piece);
    let mut parser = Parser::new_from_str(text);
    let mut documents = 0;
    // Of every open list and mapping, whether its tag put a mapping around it.
    let mut wrapped: Vec<bool> = Vec::new();
    // Every open list and mapping; with its place where it begins with a bracket.
    let mut brackets: Vec<Option<Span>> = Vec::new();
    while let Some(event) = parser.next_event() {
        let (event, stretch) = event.map_err(|error| {
            let at = places.point(*error.marker());
            // The scanner has a bound of its own, at 255 brackets that it looks ahead.
            if error.info().contains("recursion limit") {
                return TreeError::TooDeep { at };
            }
            let within = Span { start: at.start.saturating_sub(piece.byte), ..at };
            if let Some(open) = brackets.iter().rev().flatten().next()
                && is_blank_from(text, within.start)
            {
                // The end of the text is far from what is wrong.
                return syntax(
                    "this is never closed".to_owned(),
                    *open,
                    Some("close it: every `[` and `{` needs its `]` and `}`"),
                );
            }
            syntax(words(error.info()), at, help_for(error.info(), text, within))
        })?;
        let at = places.span(stretch);
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => brackets.push(bracket(text, piece, at)),
            Event::SequenceEnd | Event::MappingEnd => {
                brackets.pop();
            }
            _ => {}
        }
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
                } else if let Some(function) = function(tags, tag.as_deref()) {
                    builder.open_mapping(at, anchor)?;
                    builder.key(Key { text: function.into(), span: at });
                    builder.scalar(Node { value: value_of(text, style, None, at)?, span: at }, 0)?;
                    builder.close(at.end).map_err(not_mergeable)?;
                } else {
                    let value = value_of(text, style, tag.as_deref(), at)?;
                    builder.scalar(Node { value, span: at }, anchor)?;
                }
            }
            Event::SequenceStart(anchor, tag) => {
                let anchor = wrap(tags, tag.as_deref(), builder, &mut wrapped, anchor, at, "seq")?;
                builder.open_sequence(at, anchor)?;
            }
            Event::MappingStart(anchor, tag) => {
                let anchor = wrap(tags, tag.as_deref(), builder, &mut wrapped, anchor, at, "map")?;
                builder.open_mapping(at, anchor)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                builder.close(at.start).map_err(not_mergeable)?;
                if wrapped.pop() == Some(true) {
                    builder.close(at.start).map_err(not_mergeable)?;
                }
            }
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
    Ok(())
}

/// The key that stands for an application's tag.
fn function(tags: Tags, tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tags == Tags::Functions && tag.handle == "!" && !tag.suffix.is_empty())?;
    Some(match tag.suffix.as_str() {
        own @ ("Ref" | "Condition") => own.to_owned(),
        other => format!("Fn::{other}"),
    })
}

/// Puts a mapping around a tagged list or mapping; returns the anchor that is left for it.
fn wrap(
    tags: Tags,
    tag: Option<&Tag>,
    builder: &mut Builder,
    wrapped: &mut Vec<bool>,
    anchor: usize,
    at: Span,
    own: &str,
) -> Result<usize, TreeError> {
    let function = function(tags, tag);
    collection(builder, tag.filter(|_| function.is_none()), own, at)?;
    wrapped.push(function.is_some());
    let Some(function) = function else { return Ok(anchor) };
    builder.open_mapping(at, anchor)?;
    builder.key(Key { text: function.into(), span: at });
    Ok(0)
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
    piece: Piece,
    ascii: bool,
    /// A character and the byte where it starts, from which the next place is sought.
    character: usize,
    byte: usize,
}

impl<'t> Places<'t> {
    fn new(text: &'t str, piece: Piece) -> Self {
        Self { text, piece, ascii: text.is_ascii(), character: 0, byte: 0 }
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
        let start = self.byte(marker.index()).saturating_add(self.piece.byte);
        let line = number(marker.line()).saturating_add(self.piece.line);
        Span { start, end: start, line, column: number(marker.col() + 1) }
    }

    fn span(&mut self, stretch: Stretch) -> Span {
        let start = self.point(stretch.start);
        let end = self.byte(stretch.end.index()).saturating_add(self.piece.byte);
        Span { end: end.max(start.start), ..start }
    }
}
