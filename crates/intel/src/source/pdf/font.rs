//! What the codes of a font mean, and how wide they are (ISO 32000-1, 9.6 to 9.10).

use std::collections::BTreeMap;

use super::Fault;
use super::file::File;
use super::glyphs;
use super::meaning::Meaning;
use super::object::{Dictionary, Object};

/// Widths, or ranges of them, that are kept of one font.
const WIDTHS_MAX: usize = 70_000;

/// Codes from the first to the second are this wide, in ems.
type Width = (u32, u32, f64);

/// A font.
#[derive(Clone, Debug)]
pub(super) struct Font {
    /// Bytes of a code.
    code_bytes: usize,
    /// Its own table of meanings, which is asked first.
    meaning: Option<Meaning>,
    /// Meanings of single bytes.
    letters: BTreeMap<u8, String>,
    /// Codes of two bytes that are UTF-16 themselves.
    is_utf16: bool,
    /// By the first code.
    widths: Vec<Width>,
    default_width: f64,
    /// The file gives no widths: they are those of Helvetica, more or less.
    pub(super) guesses_widths: bool,
}

/// A code of a text that is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Glyph {
    /// What it means; empty where nobody knows.
    pub(super) text: String,
    /// How far it moves, in ems.
    pub(super) width: f64,
    /// A space of one byte, which the word spacing widens.
    pub(super) is_space: bool,
}

impl Font {
    /// The font with `dictionary`.
    pub(super) fn of(file: &mut File<'_>, dictionary: &Dictionary) -> Result<Self, Fault> {
        let meaning = match dictionary.get(b"ToUnicode".as_slice()) {
            Some(Object::Reference(number)) => match file.stream(*number) {
                Ok(stream) => stream.map(|stream| Meaning::of(&stream.bytes)),
                Err(Fault::TooMuch) => return Err(Fault::TooMuch),
                Err(_) => None,
            },
            _ => None,
        };
        let mut font = Self {
            code_bytes: 1,
            meaning: meaning.filter(|meaning| !meaning.is_empty()),
            letters: BTreeMap::new(),
            is_utf16: false,
            widths: Vec::new(),
            default_width: 0.5,
            guesses_widths: false,
        };
        let kind = dictionary.get(b"Subtype".as_slice()).and_then(Object::name).unwrap_or_default();
        if kind == b"Type0" {
            font.composite(file, dictionary)?
        } else {
            font.simple(file, dictionary, kind)?
        }
        Ok(font)
    }

    /// A font whose codes are bytes.
    fn simple(&mut self, file: &mut File<'_>, dictionary: &Dictionary, kind: &[u8]) -> Result<(), Fault> {
        let encoding = file.entry(dictionary, b"Encoding")?;
        let (base, differences) = match &encoding {
            Object::Name(name) => (Some(name.clone()), Object::Null),
            Object::Dictionary(encoding) => {
                let base = file.entry(encoding, b"BaseEncoding")?;
                (base.name().map(<[u8]>::to_vec), file.entry(encoding, b"Differences")?)
            }
            _ => (None, Object::Null),
        };
        // Without a base, the codes of a font that stands in the file are its own; Windows' are what most are.
        self.letters = glyphs::base(base.as_deref().unwrap_or(b"WinAnsiEncoding"));
        let mut code = 0_usize;
        for one in differences.list().unwrap_or_default() {
            match one {
                Object::Number(_) => code = one.count().unwrap_or(0),
                Object::Name(name) => {
                    if let Ok(byte) = u8::try_from(code) {
                        match glyphs::named(name) {
                            Some(text) => self.letters.insert(byte, text),
                            None => self.letters.remove(&byte),
                        };
                    }
                    code += 1;
                }
                _ => {}
            }
        }
        let first = file.entry(dictionary, b"FirstChar")?.count().unwrap_or(0);
        // What an em is, is a matter of the font where its letters are drawn by operations.
        let scale = if kind == b"Type3" {
            let matrix = file.entry(dictionary, b"FontMatrix")?;
            matrix.list().and_then(<[Object]>::first).and_then(Object::number).unwrap_or(0.001).abs()
        } else {
            0.001
        };
        if let Object::List(widths) = file.entry(dictionary, b"Widths")? {
            for (code, width) in (first..).zip(&widths).take(256) {
                if let (Ok(code), Some(width)) = (u32::try_from(code), width.number()) {
                    self.widths.push((code, code, width * scale));
                }
            }
        } else {
            self.guesses_widths = true;
            self.widths = glyphs::widths(dictionary.get(b"BaseFont".as_slice()).and_then(Object::name));
        }
        Ok(())
    }

    /// A font whose codes have several bytes, and stand for numbers of letters.
    fn composite(&mut self, file: &mut File<'_>, dictionary: &Dictionary) -> Result<(), Fault> {
        self.code_bytes = 2;
        if let Object::Name(name) = file.entry(dictionary, b"Encoding")? {
            let name = String::from_utf8_lossy(&name).into_owned();
            self.is_utf16 = name.contains("UCS2") || name.contains("UTF16");
        }
        if let Some(bytes) = self.meaning.as_ref().and_then(Meaning::code_bytes) {
            self.code_bytes = bytes;
        }
        self.default_width = 1.0;
        let descendants = file.entry(dictionary, b"DescendantFonts")?;
        let Some(first) = descendants.list().and_then(<[Object]>::first) else { return Ok(()) };
        let Object::Dictionary(descendant) = file.resolved(first)? else { return Ok(()) };
        if let Some(width) = file.entry(&descendant, b"DW")?.number() {
            self.default_width = width / 1000.0;
        }
        let Object::List(widths) = file.entry(&descendant, b"W")? else { return Ok(()) };
        // `first [w w w]` or `first last w`
        let mut rest = widths.iter();
        while let (Some(first), Some(second)) = (rest.next(), rest.next()) {
            let Some(first) = first.count().and_then(|code| u32::try_from(code).ok()) else { break };
            match file.resolved(second)? {
                Object::List(list) => {
                    let each = (first..).zip(list.iter().filter_map(Object::number));
                    self.widths.extend(each.map(|(code, width)| (code, code, width / 1000.0)));
                }
                last => {
                    let last = last.count().and_then(|code| u32::try_from(code).ok());
                    let width = rest.next().and_then(Object::number);
                    let (Some(last), Some(width)) = (last, width) else { break };
                    self.widths.push((first, last, width / 1000.0));
                }
            }
            if self.widths.len() > WIDTHS_MAX {
                break;
            }
        }
        self.widths.sort_by_key(|(first, ..)| *first);
        Ok(())
    }

    /// The letters of `text`, in order.
    pub(super) fn glyphs(&self, text: &[u8]) -> Vec<Glyph> {
        text.chunks(self.code_bytes.max(1)).map(|code| self.glyph(code)).collect()
    }

    fn width(&self, code: u32) -> f64 {
        let before = self.widths.partition_point(|(first, ..)| *first <= code);
        let near = before.checked_sub(1).and_then(|nth| self.widths.get(nth));
        near.filter(|(_, last, _)| code <= *last).map_or(self.default_width, |(.., width)| *width)
    }

    /// How much is kept of it.
    pub(super) fn entries(&self) -> usize {
        self.widths.len() + self.meaning.as_ref().map_or(0, Meaning::len)
    }

    fn glyph(&self, bytes: &[u8]) -> Glyph {
        let code = bytes.iter().fold(0_u32, |code, byte| (code << 8) | u32::from(*byte));
        let of_byte = || match bytes {
            [byte] => self.letters.get(byte).cloned(),
            _ => None,
        };
        let of_itself = || self.is_utf16.then(|| char::from_u32(code)).flatten().map(String::from);
        let known = self.meaning.as_ref().and_then(|meaning| meaning.of_code(code));
        Glyph {
            text: known.or_else(of_byte).or_else(of_itself).unwrap_or_default(),
            width: self.width(code),
            is_space: bytes == b" ",
        }
    }
}
