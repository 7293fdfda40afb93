//! The objects of a PDF by their number.
//!
//! The table of places that a PDF ends in is not read: it may be broken, or lie (many entries that lead to
//! one object make a reader work for hours). The file is read once from its beginning to its end, and where
//! a number is given twice the later object counts, as it does in a file that was added to.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aho_corasick::AhoCorasick;

use super::Fault;
use super::filter::unpacked;
use super::object::{Dictionary, Object, Reader};

/// Objects of one file.
const OBJECTS_MAX: usize = 500_000;
/// Bytes that all streams of a file may unpack to.
const UNPACKED_MAX: usize = 32 * 1024 * 1024;
/// Bytes that are read as objects, those that are read again counted again.
const READ_MAX: usize = 128 * 1024 * 1024;
/// References that lead to references.
const CHAIN_MAX: usize = 16;

/// Where an object stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Where in the file it, or the stream that it is packed in, begins: the later one counts.
    defined_at: usize,
    /// Which of the packed streams; none: in the file itself.
    pack: Option<usize>,
    /// First byte of its value there.
    at: usize,
}

/// A file.
pub(super) struct File<'b> {
    bytes: &'b [u8],
    places: BTreeMap<u32, Place>,
    packs: Vec<Vec<u8>>,
    root: Option<u32>,
    /// Bytes that may yet be unpacked.
    left: usize,
    /// Bytes that may yet be read as objects.
    readable: usize,
}

/// An object with its stream.
pub(super) struct Stream {
    pub(super) dictionary: Dictionary,
    pub(super) bytes: Vec<u8>,
}

impl<'b> File<'b> {
    /// Reads where everything is.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Fault> {
        let mut file = Self {
            bytes,
            places: BTreeMap::new(),
            packs: Vec::new(),
            root: None,
            left: UNPACKED_MAX,
            readable: READ_MAX,
        };
        let packs = file.scan()?;
        for (at, number) in packs {
            file.unpack(at, number)?;
        }
        Ok(file)
    }

    /// The objects in the order of the file; gives the streams that hold further objects.
    fn scan(&mut self) -> Result<Vec<(usize, u32)>, Fault> {
        let words = AhoCorasick::new(["obj", "trailer"]).map_err(|_| Fault::Broken)?;
        let (mut at, mut packs) = (0, Vec::new());
        let mut last_catalog = None;
        while let Some(word) = words.find(self.bytes.get(at..).unwrap_or_default()) {
            let (begins, ends) = (at + word.start(), at + word.end());
            at = ends;
            let is_trailer = word.pattern().as_usize() == 1;
            let number = if is_trailer { None } else { self.numbered(begins) };
            if number.is_none() && !is_trailer {
                continue;
            }
            let mut reader = Reader::new(self.bytes, ends);
            let value = reader.value();
            at = reader.at.max(ends);
            let Some(number) = number else {
                self.trailer(value.as_ref().and_then(Object::dictionary))?;
                continue;
            };
            if self.places.len() >= OBJECTS_MAX {
                return Err(Fault::TooMuch);
            }
            self.places.insert(number, Place { defined_at: begins, pack: None, at: ends });
            let Some(dictionary) = value.as_ref().and_then(Object::dictionary) else { continue };
            let kind = dictionary.get(b"Type".as_slice()).and_then(Object::name);
            match kind {
                Some(b"XRef") => self.trailer(Some(dictionary))?,
                Some(b"ObjStm") => packs.push((begins, number)),
                Some(b"Catalog") => last_catalog = Some(number),
                _ => {}
            }
            if let Some((_, end)) = self.stream_at(at, dictionary) {
                at = end;
            }
        }
        self.root = self.root.or(last_catalog);
        Ok(packs)
    }

    /// The number of the object whose `obj` stands at `at`.
    fn numbered(&self, at: usize) -> Option<u32> {
        let head = self.bytes.get(at.saturating_sub(24)..at)?;
        let mut parts = head.rsplit(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
        let generation = parts.next()?;
        let ends_free = head.last().is_some_and(u8::is_ascii_whitespace);
        let digits =
            |part: &[u8]| !part.is_empty() && part.len() <= 10 && part.iter().all(u8::is_ascii_digit);
        let number = parts.next()?;
        // What stands right before the number may be anything, such as `endobj`.
        let number = number.rsplit(|byte| !byte.is_ascii_digit()).next()?;
        let fits = ends_free && digits(generation) && digits(number);
        std::str::from_utf8(number).ok().filter(|_| fits)?.parse().ok()
    }

    fn trailer(&mut self, trailer: Option<&Dictionary>) -> Result<(), Fault> {
        let Some(trailer) = trailer else { return Ok(()) };
        if trailer.get(b"Encrypt".as_slice()).is_some_and(|encrypt| *encrypt != Object::Null) {
            return Err(Fault::Encrypted);
        }
        if let Some(Object::Reference(root)) = trailer.get(b"Root".as_slice()) {
            self.root = Some(*root);
        }
        Ok(())
    }

    /// The stream that begins at or after `at`: its bytes as a range, and where the file goes on.
    fn stream_at(&self, at: usize, dictionary: &Dictionary) -> Option<(std::ops::Range<usize>, usize)> {
        let mut reader = Reader::new(self.bytes, at);
        reader.skip_space();
        let rest = self.bytes.get(reader.at..)?.strip_prefix(b"stream")?;
        let eol = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        let start = self.bytes.len() - rest.len() + eol;
        let said = dictionary.get(b"Length".as_slice()).and_then(Object::count);
        if let Some(end) = said.and_then(|length| start.checked_add(length)) {
            let after = self.bytes.get(end..).unwrap_or_default().trim_ascii_start();
            if after.starts_with(b"endstream") {
                return Some((start..end, self.bytes.len() - after.len()));
            }
        }
        let rest = self.bytes.get(start..)?;
        let len = memchr::memmem::find(rest, b"endstream").unwrap_or(rest.len());
        Some((start..start + len, start + len))
    }

    /// The objects of a packed stream.
    fn unpack(&mut self, defined_at: usize, number: u32) -> Result<(), Fault> {
        let current = self.places.get(&number).is_some_and(|place| place.defined_at == defined_at);
        let Some(stream) = self.stream(number)?.filter(|_| current) else { return Ok(()) };
        let count = |key: &[u8]| stream.dictionary.get(key).and_then(Object::count).unwrap_or(0);
        let (members, first) = (count(b"N"), count(b"First"));
        let mut reader = Reader::new(&stream.bytes, 0);
        for _ in 0..members {
            let (number, offset) = (reader.value(), reader.value());
            let (Some(number), Some(offset)) =
                (number.and_then(|number| number.count()), offset.and_then(|offset| offset.count()))
            else {
                break;
            };
            let Ok(number) = u32::try_from(number) else { continue };
            if self.places.len() >= OBJECTS_MAX {
                return Err(Fault::TooMuch);
            }
            let place = Place { defined_at, pack: Some(self.packs.len()), at: first.saturating_add(offset) };
            let held = self.places.entry(number).or_insert(place);
            if held.defined_at <= defined_at {
                *held = place;
            }
        }
        self.packs.push(stream.bytes);
        Ok(())
    }

    /// The object of this number, read anew.
    fn object(&mut self, number: u32) -> Result<Option<(Object, Place, usize)>, Fault> {
        let Some(place) = self.places.get(&number).copied() else { return Ok(None) };
        let bytes = match place.pack {
            Some(pack) => self.packs.get(pack).map(Vec::as_slice).unwrap_or_default(),
            None => self.bytes,
        };
        let mut reader = Reader::new(bytes, place.at);
        let value = reader.value();
        let end = reader.at;
        self.readable = self.readable.checked_sub(end.saturating_sub(place.at)).ok_or(Fault::TooMuch)?;
        Ok(value.map(|value| (value, place, end)))
    }

    /// `object`, or what it refers to.
    pub(super) fn resolved(&mut self, object: &Object) -> Result<Object, Fault> {
        let mut object = object.clone();
        for _ in 0..CHAIN_MAX {
            let Object::Reference(number) = object else { return Ok(object) };
            object = match self.object(number)? {
                Some((value, _, _)) => value,
                None => Object::Null,
            };
        }
        Ok(Object::Null)
    }

    /// What `dictionary` has under `key`, or what that refers to.
    pub(super) fn entry(&mut self, dictionary: &Dictionary, key: &[u8]) -> Result<Object, Fault> {
        match dictionary.get(key) {
            Some(object) => self.resolved(object),
            None => Ok(Object::Null),
        }
    }

    /// The same as a dictionary; an empty one where it is none.
    pub(super) fn dictionary(&mut self, dictionary: &Dictionary, key: &[u8]) -> Result<Dictionary, Fault> {
        Ok(match self.entry(dictionary, key)? {
            Object::Dictionary(found) => found,
            _ => Dictionary::new(),
        })
    }

    /// The stream of this number, unpacked; `None` where the object has none.
    pub(super) fn stream(&mut self, number: u32) -> Result<Option<Stream>, Fault> {
        let Some((Object::Dictionary(mut dictionary), place, end)) = self.object(number)? else {
            return Ok(None);
        };
        if place.pack.is_some() {
            return Ok(None);
        }
        let Some((range, _)) = self.stream_at(end, &dictionary) else { return Ok(None) };
        for key in [b"Filter".as_slice(), b"DecodeParms"] {
            if let Some(value) = dictionary.get(key).cloned() {
                let value = self.resolved(&value)?;
                dictionary.insert(key.to_owned(), value);
            }
        }
        self.readable = self.readable.checked_sub(range.len()).ok_or(Fault::TooMuch)?;
        let raw = self.bytes.get(range).unwrap_or_default();
        let bytes = unpacked(raw, &dictionary, &mut self.left)?;
        Ok(Some(Stream { dictionary, bytes }))
    }

    /// The pages in order, each with the resources that it has or inherits; at most `most`, and how many
    /// more there are.
    pub(super) fn pages(&mut self, most: usize) -> Result<(Vec<Page>, usize), Fault> {
        let root = self.root.ok_or(Fault::Broken)?;
        let Object::Dictionary(catalog) = self.resolved(&Object::Reference(root))? else {
            return Err(Fault::Broken);
        };
        let (mut pages, mut more) = (Vec::new(), 0);
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        let first = catalog.get(b"Pages".as_slice()).cloned().unwrap_or(Object::Null);
        let mut stack: Vec<Page> = vec![Page { node: first, resources: Rc::new(Object::Null) }];
        while let Some(Page { node, resources }) = stack.pop() {
            if let Object::Reference(number) = node
                && !seen.insert(number)
            {
                continue;
            }
            let Object::Dictionary(mut found) = self.resolved(&node)? else { continue };
            let kind = found.get(b"Type".as_slice()).and_then(Object::name).unwrap_or(b"Page");
            let is_page = kind == b"Page";
            let resources = found.remove(b"Resources".as_slice()).map_or(resources, Rc::new);
            if let Object::List(kids) = self.entry(&found, b"Kids")? {
                let kids = kids.into_iter().rev();
                stack.extend(kids.map(|node| Page { node, resources: Rc::clone(&resources) }));
            } else if is_page && pages.len() < most {
                pages.push(Page { node, resources });
            } else {
                more += usize::from(is_page);
            }
            if stack.len() > OBJECTS_MAX {
                return Err(Fault::TooMuch);
            }
        }
        Ok((pages, more))
    }
}

/// A page.
pub(super) struct Page {
    /// The page, or the reference to it.
    pub(super) node: Object,
    /// Its resources, or the reference to them.
    pub(super) resources: Rc<Object>,
}
