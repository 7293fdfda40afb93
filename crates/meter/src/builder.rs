//! From containers and scalars to records.
//!
//! The readers of all shapes speak to the [`Builder`] in the same few calls: open an object or an
//! array, give a scalar, close. It keeps only values that may matter, and decides at the end of each
//! object whether what lies in it is a record of its own, a part of what is around it, or nothing.

use std::ops::Range;

use smallvec::SmallVec;

use crate::disclosure::Unmeterable;
use crate::fact::{Fact, Have, Kind, MOST_BYTES, NONE, Text, Value};
use crate::key::{Flags, Meaning};
use crate::key_table::{Key, Word};
use crate::plan::{Bounds, Plan};
use crate::scratch::Scratch;

mod close;
mod paths;
pub(crate) mod scalar;

pub(crate) use paths::Hit;
pub(crate) use scalar::in_context;

/// The kind of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Object,
    Array,
    /// Around everything: what would be an element of an array if there were one.
    Root,
}

/// A container that is not closed yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    form: Form,
    key: Key,
    start: usize,
    foreign: bool,
    /// Lengths of the builder's lists when it was opened.
    fact: usize,
    record: usize,
    deferred: usize,
    hit: usize,
    header_mark: usize,
    /// Kinds in it and in its parts.
    have: Have,
    /// Kinds of its own scalars.
    direct: Have,
    /// Members or elements so far.
    count: u32,
    scalars: u32,
    /// What scalars with general names in it mean.
    context: Meaning,
    /// The noun of what it holds, with what kind of noun that is.
    word: Word,
    noun: Flags,
    official: bool,
    /// Whether a field that only things have was seen.
    signal: bool,
    /// Arrays of scalars in it that may be columns, and their common length.
    columns: u32,
    rows: u32,
    ragged: bool,
    /// Names of the columns of rows in it.
    header: (usize, usize),
    /// Whether the array is the first row of rows, and may so be a header.
    first_row: bool,
}

/// A closed object with personal values that may be a part of what is around it.
#[derive(Clone, Debug)]
pub(crate) struct Deferred {
    facts: Range<usize>,
    span: Range<usize>,
    have: Have,
    word: Word,
    noun: Flags,
    signal: bool,
    /// An element of a list of parts, such as `addresses`.
    facet: bool,
}

/// A record before its subject is known.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) span: Range<usize>,
    pub(crate) facts: Range<usize>,
    pub(crate) have: Have,
    pub(crate) word: Word,
    pub(crate) noun: Flags,
    pub(crate) signal: bool,
    /// The reference of an object around it, or [`NONE`].
    pub(crate) above: u32,
}

/// Collects records while a body is read.
pub(crate) struct Builder<'s> {
    pub(crate) scratch: &'s mut Scratch,
    pub(crate) body: &'s [u8],
    pub(crate) bounds: Bounds,
    /// The plan's paths as ids of names: owners first, then the subject's.
    pub(crate) paths: SmallVec<[SmallVec<[u32; 4]>; 2]>,
    /// How many owner values each record gets.
    pub(crate) owners: usize,
    /// Whether the last path is the subject's.
    pub(crate) has_subject_path: bool,
    /// Whether some record's values stand between another's.
    pub(crate) scattered: bool,
    /// How many texts the document that is being read was found within.
    pub(crate) level: usize,
    error: Option<Unmeterable>,
}

/// Most issued values that are told.
const MOST_ISSUED: usize = 16;

impl<'s> Builder<'s> {
    /// Begins a body.
    pub(crate) fn new(body: &'s [u8], plan: &Plan, bounds: &Bounds, scratch: &'s mut Scratch) -> Self {
        scratch.begin();
        let paths = paths::ids(plan, &mut scratch.keys);
        let resource =
            plan.resource.as_deref().map(|name| scratch.keys.key(name.as_bytes())).unwrap_or_default();
        let builder = Self {
            scratch,
            body,
            bounds: *bounds,
            paths,
            owners: plan.owners.len(),
            has_subject_path: plan.subject.is_some(),
            scattered: false,
            level: 0,
            error: None,
        };
        let root = Open {
            form: Form::Root,
            key: Key::default(),
            word: resource.word,
            noun: resource.flags,
            ..builder.fresh(Form::Root, Key::default(), 0, true)
        };
        builder.scratch.open.push(root);
        builder
    }

    /// Closes whatever is open.
    ///
    /// # Errors
    /// The bound that was exceeded.
    pub(crate) fn finish(&mut self, end: usize) -> Result<(), Unmeterable> {
        while self.scratch.open.len() > 1 {
            self.close(end);
        }
        self.close_root();
        match self.error {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Whether a bound was exceeded: then reading on is in vain.
    pub(crate) const fn is_over(&self) -> bool {
        self.error.is_some()
    }

    /// How many containers are open.
    pub(crate) fn depth(&self) -> usize {
        self.scratch.open.len()
    }

    /// The form of the innermost container.
    #[inline]
    pub(crate) fn form(&self) -> Form {
        self.scratch.open.last().map_or(Form::Root, |open| open.form)
    }

    /// The form of the container that was opened as the `at`th.
    pub(crate) fn form_at(&self, at: usize) -> Option<Form> {
        self.scratch.open.get(at).map(|open| open.form)
    }

    /// JSON within a string under `key`.
    pub(crate) fn embed(&mut self, key: Key, name: Value<'_>, doc: &[u8]) {
        self.level = self.level.saturating_add(1);
        crate::shapes::json::read_under(self, key, name, doc);
        self.level = self.level.saturating_sub(1);
    }

    /// Reads what was decoded from a text that was counted in already: it is no element of its own.
    pub(crate) fn aside(&mut self, read: impl FnOnce(&mut Self)) {
        let at = self.scratch.open.len().saturating_sub(1);
        let count = self.scratch.open.get(at).map(|open| open.count);
        self.level = self.level.saturating_add(1);
        read(self);
        self.level = self.level.saturating_sub(1);
        if let Some((open, count)) = self.scratch.open.get_mut(at).zip(count) {
            open.count = count;
        }
    }

    /// Nobody can say what the body discloses.
    pub(crate) fn refuse(&mut self, why: Unmeterable) {
        self.error.get_or_insert(why);
    }

    fn fresh(&self, form: Form, key: Key, start: usize, foreign: bool) -> Open {
        Open {
            form,
            key,
            start,
            foreign,
            fact: self.scratch.facts.len(),
            record: self.scratch.records.len(),
            deferred: self.scratch.deferred.len(),
            hit: self.scratch.hits.len(),
            header_mark: self.scratch.headers.len(),
            have: Have::NOTHING,
            direct: Have::NOTHING,
            count: 0,
            scalars: 0,
            context: Meaning::Unknown,
            word: Word::NONE,
            noun: Flags::default(),
            official: false,
            signal: false,
            columns: 0,
            rows: 0,
            ragged: false,
            header: (0, 0),
            first_row: false,
        }
    }

    /// Opens an object or array that stands under `key` at `start`.
    pub(crate) fn open(&mut self, form: Form, key: Key, name: Value<'_>, start: usize, foreign: bool) {
        let mut inner = self.fresh(form, key, start, foreign);
        if key.first | key.last != 0 {
            self.note_container(key, form);
            inner.hit = self.scratch.hits.len();
        }
        if let Some(outer) = self.scratch.open.last_mut() {
            outer.count = outer.count.saturating_add(1);
            let holds = Flags::PERSON.with(Flags::THING).with(Flags::BUSINESS);
            let transparent =
                Flags::WRAPPER.with(Flags::FACET).with(Flags::ID).with(Flags::CONTACT).with(Flags::COLUMNS);
            let own_noun =
                key.named && !key.word.is_none() && (key.flags.has(holds) || !key.flags.has(transparent));
            (inner.word, inner.noun) =
                if own_noun { (key.word, key.flags) } else { (outer.word, outer.noun) };
            inner.official = key.flags.has(Flags::BUSINESS.with(Flags::OFFICIAL))
                || outer.official && !key.flags.has(Flags::PERSON);
            inner.context = match key.meaning {
                _ if !key.named => outer.context,
                Meaning::Generic | Meaning::Id => outer.context,
                meaning if is_context(meaning) => meaning,
                _ => Meaning::Unknown,
            };
            if form == Form::Array && matches!(outer.form, Form::Array | Form::Root) {
                inner.header = outer.header;
                inner.first_row = outer.count == 1 && outer.header.0 == outer.header.1;
            } else if form == Form::Array {
                inner.header = outer.header;
            }
        }
        self.scratch.open.push(inner);
        if key.flags.has(Flags::ID) {
            self.keep(Kind::MapId, name, NONE, Word::NONE, 0);
        } else if key.flags.has(Flags::CONTACT) {
            self.contact_name(name);
        }
    }

    /// Keeps a value in the innermost container.
    fn keep(&mut self, kind: Kind, value: Value<'_>, index: u32, word: Word, rank: u8) {
        if self.scratch.facts.len() >= self.bounds.values {
            self.error = Some(Unmeterable::TooManyValues { most: self.bounds.values });
            return;
        }
        let text = self.text(value);
        self.scratch.facts.push(Fact { text, record: NONE, index, word, kind, rank });
        if let Some(open) = self.scratch.open.last_mut() {
            open.have = open.have.with(kind.bit());
            open.direct = open.direct.with(kind.bit());
        }
    }

    /// Where the value's text stands from now on.
    fn text(&mut self, value: Value<'_>) -> Text {
        if !value.foreign {
            return Text::in_body(value.start, value.bytes.len());
        }
        let start = self.scratch.arena.len();
        if start.saturating_add(value.bytes.len()) > MOST_BYTES {
            self.error = Some(Unmeterable::TooLarge { most: MOST_BYTES });
            return Text::default();
        }
        self.scratch.arena.extend_from_slice(value.bytes);
        Text::in_arena(start, self.scratch.arena.len())
    }

    /// Whether two kept texts are equal.
    fn same(&self, a: Text, b: Text) -> bool {
        a.bytes(self.body, &self.scratch.arena) == b.bytes(self.body, &self.scratch.arena)
    }

    fn issue(&mut self, value: Value<'_>) {
        if self.scratch.issued.len() < MOST_ISSUED {
            let text = self.text(value);
            self.scratch.issued.push(text);
        }
    }
}

/// Whether a container under such a key tells what the scalars in it are.
pub(crate) const fn is_context(meaning: Meaning) -> bool {
    matches!(
        meaning,
        Meaning::Email
            | Meaning::Phone
            | Meaning::First
            | Meaning::Last
            | Meaning::Full
            | Meaning::Name
            | Meaning::Street
            | Meaning::Address
            | Meaning::Birth
            | Meaning::Government
            | Meaning::Payment
            | Meaning::Account
            | Meaning::Credential
            | Meaning::Token
    )
}
