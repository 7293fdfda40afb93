//! The operations of a page (ISO 32000-1, 8.4 and 9.4): pieces of text with their place on the page.
//!
//! Only what moves or shows text is followed. Drawing, colour and clipping are not: what is drawn white on
//! white, or behind something, is read like everything else.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Fault;
use super::file::File;
use super::font::Font;
use super::object::{Dictionary, Object, Reader};

/// Widths and meanings of all fonts of a file.
const FONT_ENTRIES_MAX: usize = 1_000_000;
/// Operations of one file.
const OPERATIONS_MAX: usize = 5_000_000;
/// Pieces of text of one page.
const PIECES_MAX: usize = 200_000;
/// Operands that are kept of one operation.
const OPERANDS_MAX: usize = 64;
/// States that are kept (`q`), and marks within each other.
const STATES_MAX: usize = 512;
/// Forms within forms.
const FORMS_MAX: usize = 8;

/// Text that was shown in one go.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Where it begins and ends along the line, and its base line, in units of the page (1/72 inch).
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) base: f64,
    /// Height of the letters.
    pub(super) size: f64,
    /// It does not run from left to right.
    pub(super) is_turned: bool,
    /// How wide its letters are is a guess.
    pub(super) is_guessed: bool,
    /// The file says that it is no part of the text: a running head, a page number.
    pub(super) is_artifact: bool,
    /// Codes of it that mean no letter.
    pub(super) unknown: usize,
}

/// A matrix `[a b c d e f]`: a place `(x, y)` is `(a x + c y + e, b x + d y + f)`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Matrix([f64; 6]);

impl Matrix {
    const NONE: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    /// This one, and then `after`.
    fn then(self, after: Self) -> Self {
        let ([a, b, c, d, e, f], [p, q, r, s, t, u]) = (self.0, after.0);
        Self([
            a * p + b * r,
            a * q + b * s,
            c * p + d * r,
            c * q + d * s,
            e * p + f * r + t,
            e * q + f * s + u,
        ])
    }

    fn moved(x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }
}

/// What `q` keeps.
#[derive(Clone)]
struct State {
    page: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    letter_space: f64,
    word_space: f64,
    stretch: f64,
    leading: f64,
}

impl State {
    const fn new(page: Matrix) -> Self {
        Self { page, font: None, size: 0.0, letter_space: 0.0, word_space: 0.0, stretch: 1.0, leading: 0.0 }
    }
}

/// Reads pages one after the other; fonts and bounds hold for the whole file.
#[derive(Default)]
pub(super) struct Walk {
    fonts: BTreeMap<u32, Rc<Font>>,
    font_entries: usize,
    operations: usize,
    pieces: Vec<Piece>,
}

/// One stream of operations.
struct Act {
    state: State,
    states: Vec<State>,
    text: Matrix,
    line: Matrix,
    /// Whether each mark that is open is an artifact's.
    marks: Vec<bool>,
}

impl Walk {
    /// The pieces of a page, in the order in which they are shown; and why the rest of it was not read.
    pub(super) fn page(
        &mut self,
        file: &mut File<'_>,
        page: &Object,
        resources: &Object,
    ) -> (Vec<Piece>, Option<Fault>) {
        self.pieces.clear();
        let done = self.read_page(file, page, resources);
        (std::mem::take(&mut self.pieces), done.err())
    }

    fn read_page(&mut self, file: &mut File<'_>, page: &Object, resources: &Object) -> Result<(), Fault> {
        let Object::Dictionary(page) = file.resolved(page)? else { return Ok(()) };
        let Some(contents) = page.get(b"Contents".as_slice()) else { return Ok(()) };
        // Several streams are one: operations may be cut in two.
        let parts = match contents {
            Object::Reference(number) => match file.resolved(contents)? {
                Object::List(parts) => parts,
                _ => vec![Object::Reference(*number)],
            },
            Object::List(parts) => parts.clone(),
            _ => Vec::new(),
        };
        let mut bytes = Vec::new();
        for part in parts {
            let Object::Reference(number) = part else { continue };
            if let Some(stream) = file.stream(number)? {
                bytes.extend(stream.bytes);
                bytes.push(b'\n');
            }
        }
        let resources = match file.resolved(resources)? {
            Object::Dictionary(resources) => resources,
            _ => Dictionary::new(),
        };
        self.act(file, &bytes, &resources, Matrix::NONE, 0)
    }

    fn act(
        &mut self,
        file: &mut File<'_>,
        bytes: &[u8],
        resources: &Dictionary,
        page: Matrix,
        depth: usize,
    ) -> Result<(), Fault> {
        let mut act = Act {
            state: State::new(page),
            states: Vec::new(),
            text: Matrix::NONE,
            line: Matrix::NONE,
            marks: Vec::new(),
        };
        let fonts = file.dictionary(resources, b"Font")?;
        let mut reader = Reader::new(bytes, 0);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(value) = reader.value() {
            let Object::Word(word) = value else {
                if operands.len() < OPERANDS_MAX {
                    operands.push(value);
                }
                continue;
            };
            self.operations += 1;
            if self.operations > OPERATIONS_MAX || self.pieces.len() > PIECES_MAX {
                return Err(Fault::TooMuch);
            }
            match word.as_slice() {
                b"ID" => reader.skip_image(),
                b"Tf" => {
                    if let [Object::Name(name), size] = operands.as_slice() {
                        act.state.font = self.font(file, &fonts, name)?;
                        act.state.size = size.number().unwrap_or(0.0);
                    }
                }
                b"Do" => {
                    if let ([Object::Name(name)], true) = (operands.as_slice(), depth < FORMS_MAX) {
                        self.form(file, resources, name, act.state.page, depth)?;
                    }
                }
                word => self.operation(&mut act, word, &operands),
            }
            operands.clear();
        }
        Ok(())
    }

    /// A font by its name; of those with a number of their own each is read once.
    fn font(
        &mut self,
        file: &mut File<'_>,
        fonts: &Dictionary,
        name: &[u8],
    ) -> Result<Option<Rc<Font>>, Fault> {
        let Some(found) = fonts.get(name) else { return Ok(None) };
        let number = if let Object::Reference(number) = found { Some(*number) } else { None };
        if let Some(font) = number.and_then(|number| self.fonts.get(&number)) {
            return Ok(Some(Rc::clone(font)));
        }
        let Object::Dictionary(dictionary) = file.resolved(found)? else { return Ok(None) };
        let font = Rc::new(Font::of(file, &dictionary)?);
        self.font_entries += font.entries() + 1;
        if self.font_entries > FONT_ENTRIES_MAX {
            return Err(Fault::TooMuch);
        }
        if let Some(number) = number {
            self.fonts.insert(number, Rc::clone(&font));
        }
        Ok(Some(font))
    }

    /// A form: operations that a page uses under a name.
    fn form(
        &mut self,
        file: &mut File<'_>,
        resources: &Dictionary,
        name: &[u8],
        page: Matrix,
        depth: usize,
    ) -> Result<(), Fault> {
        let forms = file.dictionary(resources, b"XObject")?;
        let Some(Object::Reference(number)) = forms.get(name).cloned() else { return Ok(()) };
        let head = file.resolved(&Object::Reference(number))?;
        let kind = head.dictionary().and_then(|head| head.get(b"Subtype".as_slice()));
        if kind.and_then(Object::name) != Some(b"Form") {
            return Ok(());
        }
        let Some(stream) = file.stream(number)? else { return Ok(()) };
        let matrix = file.entry(&stream.dictionary, b"Matrix")?;
        let matrix = matrix.list().and_then(matrix_of).unwrap_or(Matrix::NONE);
        let own = file.dictionary(&stream.dictionary, b"Resources")?;
        let resources = if own.is_empty() { resources } else { &own };
        self.act(file, &stream.bytes, resources, matrix.then(page), depth + 1)
    }

    fn operation(&mut self, act: &mut Act, word: &[u8], operands: &[Object]) {
        let number = |nth: usize| operands.get(nth).and_then(Object::number).unwrap_or(0.0);
        match word {
            b"q" if act.states.len() < STATES_MAX => act.states.push(act.state.clone()),
            b"Q" => act.state = act.states.pop().unwrap_or_else(|| act.state.clone()),
            b"cm" => {
                if let Some(matrix) = matrix_of(operands) {
                    act.state.page = matrix.then(act.state.page);
                }
            }
            b"BT" => (act.text, act.line) = (Matrix::NONE, Matrix::NONE),
            b"Tc" => act.state.letter_space = number(0),
            b"Tw" => act.state.word_space = number(0),
            b"Tz" => act.state.stretch = number(0) / 100.0,
            b"TL" => act.state.leading = number(0),
            b"Td" => act.next_line(number(0), number(1)),
            b"TD" => {
                act.state.leading = -number(1);
                act.next_line(number(0), number(1));
            }
            b"T*" => act.next_line(0.0, -act.state.leading),
            b"Tm" => {
                if let Some(matrix) = matrix_of(operands) {
                    (act.text, act.line) = (matrix, matrix);
                }
            }
            b"Tj" => self.show(act, operands.first()),
            b"'" => {
                act.next_line(0.0, -act.state.leading);
                self.show(act, operands.first());
            }
            b"\"" => {
                (act.state.word_space, act.state.letter_space) = (number(0), number(1));
                act.next_line(0.0, -act.state.leading);
                self.show(act, operands.get(2));
            }
            b"TJ" => {
                let mut is_first = true;
                for one in operands.first().and_then(Object::list).unwrap_or_default() {
                    match one {
                        Object::Number(back) => {
                            act.advance(-back / 1000.0 * act.state.size * act.state.stretch);
                        }
                        text => {
                            let begins = self.pieces.len();
                            self.show(act, Some(text));
                            // Gaps within are told, however wide the letters are.
                            let shown = self.pieces.get_mut(begins).filter(|_| !is_first);
                            shown.into_iter().for_each(|piece| piece.is_guessed = false);
                            is_first = false;
                        }
                    }
                }
            }
            b"BMC" | b"BDC" if act.marks.len() < STATES_MAX => {
                act.marks.push(operands.first().and_then(Object::name) == Some(b"Artifact"));
            }
            b"EMC" => drop(act.marks.pop()),
            _ => {}
        }
    }

    fn show(&mut self, act: &mut Act, text: Option<&Object>) {
        let (Some(Object::Text(bytes)), Some(font)) = (text, act.state.font.clone()) else { return };
        let start = act.text.then(act.state.page);
        let mut piece = Piece {
            text: String::new(),
            from: 0.0,
            to: 0.0,
            base: 0.0,
            size: 0.0,
            is_turned: false,
            is_guessed: font.guesses_widths,
            is_artifact: act.marks.contains(&true),
            unknown: 0,
        };
        for glyph in font.glyphs(bytes) {
            piece.unknown += usize::from(glyph.text.is_empty());
            piece.text.push_str(&glyph.text);
            let word_space = if glyph.is_space { act.state.word_space } else { 0.0 };
            let width = glyph.width * act.state.size + act.state.letter_space + word_space;
            act.advance(width * act.state.stretch);
        }
        let end = act.text.then(act.state.page);
        let ([a, b, c, d, x, y], [.., to_x, to_y]) = (start.0, end.0);
        // Along the line, and across it.
        piece.is_turned = b.abs() > a.abs() || a < 0.0;
        (piece.from, piece.to, piece.base) = if piece.is_turned { (y, to_y, x) } else { (x, to_x, y) };
        piece.size = act.state.size.abs() * c.hypot(d);
        let is_there = [piece.from, piece.to, piece.base, piece.size].iter().all(|number| number.is_finite());
        if is_there && (!piece.text.is_empty() || piece.unknown > 0) {
            self.pieces.push(piece);
        }
    }
}

impl Act {
    fn advance(&mut self, by: f64) {
        self.text = Matrix::moved(by, 0.0).then(self.text);
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::moved(x, y).then(self.line);
        self.text = self.line;
    }
}

fn matrix_of(operands: &[Object]) -> Option<Matrix> {
    let numbers: Vec<f64> = operands.iter().filter_map(Object::number).collect();
    numbers.try_into().ok().map(Matrix)
}
