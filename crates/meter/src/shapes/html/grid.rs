//! Tables and lists of definitions: rows are records, header cells and terms name their fields.
//!
//! A row of header cells names the columns, and so does a first row whose texts all do. A row that
//! begins with a name is a field of the record that the table shows (with several cells behind the
//! name, a column of it). A term and its definition are a field, or a person and an address.

use crate::builder::{Builder, Form};
use crate::fact::Value;
use crate::key::{Flags, Meaning};
use crate::key_table::Key;
use crate::shapes::hidden;
use crate::shapes::text::decode_entities;
use crate::value::Kinds;

/// A table or list that has begun.
#[derive(Debug)]
pub(super) struct Grid {
    is_list: bool,
    /// Containers that were open around it.
    base: usize,
    /// What the columns are called.
    columns: Vec<Key>,
    /// Rows so far, while none named the columns.
    tried: u8,
    /// The texts of the cells of this row, one behind the other.
    text: Vec<u8>,
    cells: Vec<Cell>,
    in_cell: bool,
    in_row: bool,
    /// The first name of the fields of the record that the table shows, while it is open.
    shown: Option<Key>,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    start: usize,
    end: usize,
    is_head: bool,
}

/// Cells of one row beyond this are read as text.
const MOST_CELLS: usize = 4096;
/// Rows that may name the columns without header cells.
const MOST_TRIED: u8 = 3;
/// Longest text of a cell that may be a name.
const MOST_NAME: usize = 40;

const NO_NAME: Value<'static> = Value { bytes: &[], start: 0, foreign: true };

impl Grid {
    /// Begins a table, or a list of definitions.
    pub(super) fn begin(builder: &mut Builder<'_>, is_list: bool, at: usize) -> Self {
        let base = builder.depth();
        builder.open(Form::Array, Key::default(), NO_NAME, at, false);
        Self {
            is_list,
            base,
            columns: Vec::new(),
            tried: 0,
            text: Vec::new(),
            cells: Vec::new(),
            in_cell: false,
            in_row: false,
            shown: None,
        }
    }

    pub(super) const fn is_list(&self) -> bool {
        self.is_list
    }

    pub(super) const fn in_cell(&self) -> bool {
        self.in_cell
    }

    /// Text in a cell.
    pub(super) fn append(&mut self, text: &[u8]) {
        decode_entities(text, &mut self.text);
    }

    /// A line break in a cell.
    pub(super) fn break_line(&mut self) {
        if self.in_cell {
            self.text.push(b'\n');
        }
    }

    /// `<tr>`.
    pub(super) fn begin_row(&mut self, builder: &mut Builder<'_>, at: usize) {
        self.end_row(builder, at);
        self.in_row = true;
        if self.shown.is_none() {
            builder.open(Form::Object, Key::default(), NO_NAME, at, false);
        }
    }

    /// `<td>`, `<th>`, `<dd>`, `<dt>`.
    pub(super) fn begin_cell(&mut self, builder: &mut Builder<'_>, is_head: bool, at: usize) {
        self.end_cell(builder);
        if self.is_list && is_head && self.cells.iter().any(|cell| !cell.is_head) {
            self.end_row(builder, at);
        }
        if !self.in_row {
            self.begin_row(builder, at);
        }
        self.in_cell = true;
        self.cells.push(Cell { start: self.text.len(), end: self.text.len(), is_head });
    }

    pub(super) fn end_cell(&mut self, builder: &mut Builder<'_>) {
        if !std::mem::take(&mut self.in_cell) {
            return;
        }
        let end = self.text.len();
        if let Some(cell) = self.cells.last_mut() {
            cell.end = end;
        }
        if self.cells.len() > MOST_CELLS
            && let Some(cell) = self.cells.pop()
        {
            let bytes = self.text.get(cell.start..).unwrap_or_default();
            builder.free_text(Value { bytes, start: 0, foreign: true }, true);
            self.text.truncate(cell.start);
        }
    }

    /// A row ends: it names the columns, or is a field, or a record.
    pub(super) fn end_row(&mut self, builder: &mut Builder<'_>, at: usize) {
        self.end_cell(builder);
        if !std::mem::take(&mut self.in_row) {
            return;
        }
        let cells = std::mem::take(&mut self.cells);
        let text = std::mem::take(&mut self.text);
        let texts: Vec<(Value<'_>, bool)> = cells
            .iter()
            .map(|cell| {
                let bytes = text.get(cell.start..cell.end).unwrap_or_default();
                (Value { bytes, start: 0, foreign: true }.trimmed(), cell.is_head)
            })
            .collect();
        match texts.as_slice() {
            [] => {}
            row if self.names_columns(builder, row) => {
                self.columns = row.iter().map(|(text, _)| builder.scratch.keys.key(text.bytes)).collect();
                self.close_record(builder, at);
                (self.cells, self.text) = (cells, text);
                self.cells.clear();
                self.text.clear();
                return;
            }
            [(term, true), rest @ ..] if self.is_list => self.field(builder, *term, rest, at),
            [(name, is_head), rest @ ..]
                if self.columns.is_empty()
                    && (*is_head || rest.len() == 1)
                    && is_field(builder, *name, rest) =>
            {
                self.field(builder, *name, rest, at);
            }
            row => {
                self.new_record(builder, at);
                for (nth, (text, is_head)) in row.iter().enumerate() {
                    let named = self.columns.get(nth).copied();
                    // The header of a row in a table without others: whom the row is about.
                    let key = match named {
                        None if *is_head && nth == 0 => builder.scratch.keys.key(b"name"),
                        named => named.unwrap_or_default(),
                    };
                    cell(builder, key, *text);
                }
                self.close_record(builder, at);
            }
        }
        if self.shown.is_none() {
            self.close_record(builder, at);
        }
        (self.cells, self.text) = (cells, text);
        self.cells.clear();
        self.text.clear();
    }

    /// The end of the table.
    pub(super) fn end(&mut self, builder: &mut Builder<'_>, at: usize) {
        self.end_row(builder, at);
        while builder.depth() > self.base {
            builder.close(at);
        }
    }

    /// Whether the texts of a row are what the columns are called.
    fn names_columns(&mut self, builder: &Builder<'_>, row: &[(Value<'_>, bool)]) -> bool {
        let filled = || row.iter().filter(|(text, _)| !text.bytes.is_empty());
        let all_heads = filled().all(|(_, is_head)| *is_head);
        if self.is_list
            || row.len() < 2
            || !all_heads && (!self.columns.is_empty() || self.tried >= MOST_TRIED)
        {
            return false;
        }
        self.tried = self.tried.saturating_add(1);
        let known = filled().filter(|(text, _)| meaning(builder, *text) != Meaning::Unknown).count();
        let tells = filled().any(|(text, _)| tells(meaning(builder, *text)));
        let all = filled().count();
        // Without header cells a row of values with one word of the lexicon among them must not do.
        let enough = if all_heads {
            known.saturating_mul(2) >= all.min(4)
        } else {
            known == all || known >= 3 && known.saturating_mul(2) > all
        };
        tells && enough
    }

    /// A field of the record that the table shows; a name that comes again begins the next record.
    fn field(&mut self, builder: &mut Builder<'_>, name: Value<'_>, values: &[(Value<'_>, bool)], at: usize) {
        if !tells(meaning(builder, name)) {
            // A person and an address, maybe: a record of their own.
            self.new_record(builder, at);
            let key = builder.scratch.keys.key(b"name");
            cell(builder, key, name);
            for (value, _) in values {
                cell(builder, Key::default(), *value);
            }
            return self.close_record(builder, at);
        }
        let key = builder.scratch.keys.key(name.bytes);
        if self.shown == Some(key) {
            self.new_record(builder, at);
        }
        self.shown.get_or_insert(key);
        match values {
            [(value, _)] => cell(builder, key, *value),
            values => {
                builder.open(Form::Array, key, name, at, true);
                for (value, _) in values {
                    cell(builder, Key::default(), *value);
                }
                builder.close(at);
            }
        }
    }

    /// Ends the record that the table shows, if any, and begins one.
    fn new_record(&mut self, builder: &mut Builder<'_>, at: usize) {
        if self.shown.take().is_some() {
            self.close_record(builder, at);
            builder.open(Form::Object, Key::default(), NO_NAME, at, false);
        }
    }

    fn close_record(&mut self, builder: &mut Builder<'_>, at: usize) {
        self.shown = None;
        while builder.depth() > self.base.saturating_add(1) {
            builder.close(at);
        }
    }
}

/// A cell's text; one in which nothing was found by its form is looked through.
fn cell(builder: &mut Builder<'_>, key: Key, text: Value<'_>) {
    let before = builder.scratch.facts.len();
    hidden::string(builder, key, NO_NAME, text, Kinds::of(text.bytes));
    if builder.scratch.facts.len() == before {
        builder.free_text(text, true);
    }
}

/// Whether the first text of a row names what the others are.
fn is_field(builder: &Builder<'_>, name: Value<'_>, rest: &[(Value<'_>, bool)]) -> bool {
    !rest.is_empty()
        && tells(meaning(builder, name))
        && rest.iter().all(|(text, is_head)| !is_head && !tells(meaning(builder, *text)))
}

/// What a text says as a name.
fn meaning(builder: &Builder<'_>, text: Value<'_>) -> Meaning {
    let is_name =
        (1..=MOST_NAME).contains(&text.bytes.len()) && !text.bytes.iter().any(|b| matches!(b, b'@' | b'\n'));
    let key = if is_name { builder.scratch.keys.peek(text.bytes) } else { Key::default() };
    if key.flags.has(Flags::ID.with(Flags::CONTACT)) { Meaning::Unknown } else { key.meaning }
}

const fn tells(meaning: Meaning) -> bool {
    !matches!(meaning, Meaning::Unknown | Meaning::Plain | Meaning::Generic | Meaning::Type)
}
