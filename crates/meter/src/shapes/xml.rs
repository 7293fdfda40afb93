//! XML: an element with children or attributes is an object, one with text alone is a field.
//!
//! Entities other than the five of XML and character references are not expanded; of a document type
//! definition, comments and instructions only the contacts are told.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::builder::{Builder, Form};
use crate::fact::Value;
use crate::key_table::Key;
use crate::shapes::hidden;
use crate::value::Kinds;

/// An element that has begun, and is a field until something in it says that it is an object.
struct Pending {
    name: Vec<u8>,
    start: usize,
    text: Vec<u8>,
}

/// Reads the document; what comes after a fault in it is read as plain text.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8]) {
    let mut reader = Reader::from_reader(body);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut tree = Tree { base: builder.depth(), beyond: 0, pending: None, mixed: Vec::new() };
    loop {
        let start = position(&reader);
        let event = reader.read_event();
        let end = position(&reader);
        if builder.is_over() {
            return;
        }
        match event {
            Ok(Event::Start(tag)) => tree.begin(builder, &tag, start),
            Ok(Event::Empty(tag)) => {
                tree.begin(builder, &tag, start);
                tree.end(builder, end);
            }
            Ok(Event::End(_)) => tree.end(builder, end),
            Ok(Event::Text(text)) => tree.append(&text),
            Ok(Event::CData(text)) => tree.append(&text),
            Ok(Event::GeneralRef(entity)) => tree.append(&character(&entity)),
            Ok(Event::Comment(text)) => aside(builder, &text),
            Ok(Event::PI(text)) => aside(builder, &text),
            Ok(Event::DocType(text)) => aside(builder, &text),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                tree.open_pending(builder);
                let rest = body.get(start..).unwrap_or_default();
                builder.free_text(Value { bytes: rest, start, foreign: false }, true);
                break;
            }
        }
    }
    tree.open_pending(builder);
    tree.flush(builder);
    while builder.depth() > tree.base {
        builder.close(body.len());
    }
}

/// The elements around the reader.
struct Tree {
    /// Containers that were open before the document.
    base: usize,
    /// Elements deeper than the bound: what is in them belongs to the deepest one that is kept.
    beyond: usize,
    pending: Option<Pending>,
    /// Text between child elements.
    mixed: Vec<u8>,
}

impl Tree {
    /// An element begins; with attributes it is an object at once.
    fn begin(&mut self, builder: &mut Builder<'_>, tag: &BytesStart<'_>, start: usize) {
        self.flush(builder);
        self.open_pending(builder);
        self.pending = Some(Pending { name: tag.local_name().as_ref().to_vec(), start, text: Vec::new() });
        let mut attributes = tag.attributes();
        attributes.with_checks(false);
        for attribute in attributes.flatten().take(MOST_ATTRIBUTES) {
            let technical =
                attribute.key.prefix().is_some_and(|p| matches!(p.as_ref(), b"xmlns" | b"xsi" | b"xml"));
            let name = attribute.key.local_name();
            if technical || name.as_ref() == b"xmlns" {
                continue;
            }
            self.open_pending(builder);
            let key = builder.scratch.keys.key(name.as_ref());
            scalar(builder, key, &references(&attribute.value));
        }
    }

    /// The element before turns out to be an object.
    fn open_pending(&mut self, builder: &mut Builder<'_>) {
        let Some(Pending { name, start, text }) = self.pending.take() else { return };
        if builder.depth() > builder.bounds.depth {
            self.beyond = self.beyond.saturating_add(1);
        } else {
            let key = builder.scratch.keys.key(&name);
            let name = Value { bytes: &name, start: 0, foreign: true };
            builder.open(Form::Object, key, name, start, false);
        }
        if !text.trim_ascii().is_empty() {
            scalar(builder, Key::default(), &text);
        }
    }

    /// An element ends: a field, or an object.
    fn end(&mut self, builder: &mut Builder<'_>, end: usize) {
        self.flush(builder);
        match self.pending.take() {
            Some(Pending { name, text, .. }) => {
                let key = builder.scratch.keys.key(&name);
                scalar(builder, key, &text);
            }
            None if self.beyond > 0 => self.beyond = self.beyond.saturating_sub(1),
            None if builder.depth() > self.base => builder.close(end),
            None => {}
        }
    }

    fn append(&mut self, text: &[u8]) {
        match &mut self.pending {
            Some(pending) => pending.text.extend_from_slice(text),
            None => self.mixed.extend_from_slice(text),
        }
    }

    fn flush(&mut self, builder: &mut Builder<'_>) {
        if !self.mixed.trim_ascii().is_empty() {
            scalar(builder, Key::default(), &self.mixed);
        }
        self.mixed.clear();
    }
}

const MOST_ATTRIBUTES: usize = 256;

/// What is no element: comments, instructions, definitions.
fn aside(builder: &mut Builder<'_>, text: &[u8]) {
    builder.free_text(Value { bytes: text, start: 0, foreign: true }, false);
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn scalar(builder: &mut Builder<'_>, key: Key, text: &[u8]) {
    let none = Value { bytes: &[], start: 0, foreign: true };
    let value = Value { bytes: text, start: 0, foreign: true }.trimmed();
    if matches!(value.bytes, [b'{', .., b'}'] | [b'[', .., b']']) {
        return builder.embed(key, none, value.bytes);
    }
    hidden::string(builder, key, none, value, Kinds::of(value.bytes));
}

fn character(entity: &BytesRef<'_>) -> Vec<u8> {
    let mut text = Vec::from(&b"&"[..]);
    text.extend_from_slice(entity);
    text.push(b';');
    references(&text)
}

/// The five entities of XML and character references; others stay as they are.
fn references(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    match quick_xml::escape::unescape(&text) {
        Ok(plain) => plain.into_owned().into_bytes(),
        Err(_) => text.into_owned().into_bytes(),
    }
}
