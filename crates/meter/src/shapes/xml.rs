//! XML: an element with children or attributes is an object, one with text alone is a field.
//!
//! Entities other than the five of XML and character references are not expanded; a document type
//! definition is skipped.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::builder::{Builder, Form};
use crate::fact::Value;
use crate::key_table::Key;
use crate::value::Kinds;

/// An element that has begun, and is a field until something in it says that it is an object.
struct Pending {
    name: Vec<u8>,
    start: usize,
    text: Vec<u8>,
    has_attributes: bool,
}

/// Reads the document; what comes after a fault in it is read as plain text.
pub(crate) fn read(builder: &mut Builder<'_>, body: &[u8]) {
    let mut reader = Reader::from_reader(body);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let base = builder.depth();
    let mut pending: Option<Pending> = None;
    let mut mixed = Vec::new();
    loop {
        let start = position(&reader);
        let event = reader.read_event();
        let end = position(&reader);
        if builder.is_over() {
            return;
        }
        match event {
            Ok(Event::Start(tag)) => {
                flush(builder, &mut mixed);
                open(builder, pending.take());
                pending = begin(builder, &tag, start);
            }
            Ok(Event::Empty(tag)) => {
                flush(builder, &mut mixed);
                open(builder, pending.take());
                if let Some(empty) = begin(builder, &tag, start) {
                    finish(builder, Some(empty), end, base);
                } else {
                    builder.close(end);
                }
            }
            Ok(Event::End(_)) => {
                flush(builder, &mut mixed);
                finish(builder, pending.take(), end, base);
            }
            Ok(Event::Text(text)) => append(&mut pending, &mut mixed, &text),
            Ok(Event::CData(text)) => append(&mut pending, &mut mixed, &text),
            Ok(Event::GeneralRef(entity)) => append(&mut pending, &mut mixed, &character(&entity)),
            Ok(Event::Comment(text)) => {
                let comment = text.into_inner();
                builder.free_text(Value { bytes: &comment, start: 0, foreign: true }, false);
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                let rest = body.get(start..).unwrap_or_default();
                open(builder, pending.take());
                builder.free_text(Value { bytes: rest, start, foreign: false }, true);
                break;
            }
        }
    }
    open(builder, pending.take());
    flush(builder, &mut mixed);
    while builder.depth() > base {
        builder.close(body.len());
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// An element waits for what comes; with attributes it is an object at once.
fn begin(builder: &mut Builder<'_>, tag: &BytesStart<'_>, start: usize) -> Option<Pending> {
    let name = tag.local_name().as_ref().to_vec();
    let mut attributes = tag.attributes();
    attributes.with_checks(false);
    let mut pending = Pending { name, start, text: Vec::new(), has_attributes: false };
    let mut opened = false;
    for attribute in attributes.flatten().take(256) {
        let key = attribute.key.local_name();
        if key.as_ref() == b"xmlns"
            || attribute
                .key
                .prefix()
                .is_some_and(|prefix| matches!(prefix.as_ref(), b"xmlns" | b"xsi" | b"xml"))
        {
            continue;
        }
        if !opened {
            pending.has_attributes = true;
            open(builder, Some(Pending { name: pending.name.clone(), text: Vec::new(), ..pending }));
            opened = true;
        }
        let key = builder.scratch.keys.key(key.as_ref());
        let decoded = references(&attribute.value);
        scalar(builder, key, &decoded);
    }
    (!opened).then_some(pending)
}

/// The element before turns out to be an object.
fn open(builder: &mut Builder<'_>, pending: Option<Pending>) {
    let Some(Pending { name, start, text, .. }) = pending else { return };
    let key = builder.scratch.keys.key(&name);
    let name = Value { bytes: &name, start: 0, foreign: true };
    builder.open(Form::Object, key, name, start, false);
    if !text.trim_ascii().is_empty() {
        scalar(builder, Key::default(), &text);
    }
}

/// An end: of a field, or of an object.
fn finish(builder: &mut Builder<'_>, pending: Option<Pending>, end: usize, base: usize) {
    match pending {
        Some(Pending { name, text, .. }) => {
            let key = builder.scratch.keys.key(&name);
            scalar(builder, key, &text);
        }
        None if builder.depth() > base => builder.close(end),
        None => {}
    }
}

/// Text between child elements.
fn flush(builder: &mut Builder<'_>, mixed: &mut Vec<u8>) {
    if !mixed.trim_ascii().is_empty() {
        scalar(builder, Key::default(), mixed);
    }
    mixed.clear();
}

fn append(pending: &mut Option<Pending>, mixed: &mut Vec<u8>, text: &[u8]) {
    match pending {
        Some(pending) => pending.text.extend_from_slice(text),
        None => mixed.extend_from_slice(text),
    }
}

fn scalar(builder: &mut Builder<'_>, key: Key, text: &[u8]) {
    let none = Value { bytes: &[], start: 0, foreign: true };
    let value = Value { bytes: text, start: 0, foreign: true }.trimmed();
    if matches!(value.bytes, [b'{', .., b'}'] | [b'[', .., b']']) {
        return builder.embed(key, none, value.bytes, 1);
    }
    builder.string(key, none, value, Kinds::of(value.bytes));
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
