//! What the readers of all shapes hand to the builder, and what it keeps of it.

use std::borrow::Cow;

use domain::{ClassSet, DataClass};

use crate::key_table::Word;

/// No record yet; no index.
pub(crate) const NONE: u32 = u32::MAX;

/// A piece of a document that is being read.
#[derive(Clone, Copy)]
pub(crate) struct Value<'x> {
    pub(crate) bytes: &'x [u8],
    /// Its place in the body; meaningless where `foreign`.
    pub(crate) start: usize,
    /// Whether the bytes are decoded ones that do not stand in the body.
    pub(crate) foreign: bool,
}

impl<'x> Value<'x> {
    /// The whole body.
    pub(crate) const fn of_body(bytes: &'x [u8]) -> Self {
        Self { bytes, start: 0, foreign: false }
    }

    /// The piece `range` of this one; the empty one where the range does not fit.
    pub(crate) fn sub(self, range: std::ops::Range<usize>) -> Self {
        let start = self.start.saturating_add(range.start);
        Self { bytes: self.bytes.get(range).unwrap_or_default(), start, foreign: self.foreign }
    }

    /// Without white space around it.
    pub(crate) fn trimmed(self) -> Self {
        let left = self.bytes.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let right = left.saturating_add(self.bytes.trim_ascii().len());
        self.sub(left..right)
    }
}

/// Where a kept text stands: in the body, or in the arena of decoded texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    start: u32,
    end: u32,
}

const ARENA: u32 = 1 << 31;

/// Most bytes of a body or an arena that a [`Text`] can address.
pub(crate) const MOST_BYTES: usize = (1 << 31) - 1;

impl Text {
    pub(crate) fn in_body(start: usize, length: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(0);
        Self { start, end: start.saturating_add(u32::try_from(length).unwrap_or(0)) }
    }

    pub(crate) fn in_arena(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(0);
        Self { start: start | ARENA, end: u32::try_from(end).unwrap_or(0) }
    }

    pub(crate) const fn is_in_body(self) -> bool {
        self.start & ARENA == 0
    }

    /// Where in an arena of `length` bytes it stands; empty for a text in the body.
    pub(crate) fn arena_range(self, length: usize) -> std::ops::Range<usize> {
        let range = self.range();
        if self.is_in_body() || range.end > length || range.start > range.end { 0..0 } else { range }
    }

    fn range(self) -> std::ops::Range<usize> {
        let wide = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        wide(self.start & !ARENA)..wide(self.end)
    }

    /// Its bytes.
    #[inline]
    pub(crate) fn bytes<'t>(self, body: &'t [u8], arena: &'t [u8]) -> &'t [u8] {
        let whole = if self.is_in_body() { body } else { arena };
        whole.get(self.range()).unwrap_or_default()
    }

    /// Its text for the outside: borrowed where it stands in the body.
    pub(crate) fn resolve<'b>(self, body: &'b [u8], arena: &[u8]) -> Cow<'b, str> {
        if self.is_in_body() {
            lossy(body.get(self.range()).unwrap_or_default())
        } else {
            Cow::Owned(lossy(arena.get(self.range()).unwrap_or_default()).into_owned())
        }
    }
}

/// Text as it is where it is UTF-8, as nearly all of it.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// What a kept value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Email,
    Phone,
    First,
    Last,
    Full,
    /// `name` alone: a person's only where the object is one.
    Name,
    Street,
    Address,
    PostCode,
    City,
    Birth,
    Government,
    Payment,
    Credential,
    /// The object's own id.
    Id,
    /// `number` alone, or the id of a facet: an own id where there is no other.
    WeakId,
    /// The key of the map in which the object stands.
    MapId,
    /// An id of another person or of the person the record is about.
    Reference,
}

impl Kind {
    pub(crate) const fn bit(self) -> Have {
        Have(match self {
            Self::Email => 1,
            Self::Phone => 1 << 1,
            Self::First => 1 << 2,
            Self::Last => 1 << 3,
            Self::Full => 1 << 4,
            Self::Name => 1 << 5,
            Self::Street => 1 << 6,
            Self::Address => 1 << 7,
            Self::PostCode => 1 << 8,
            Self::City => 1 << 9,
            Self::Birth => 1 << 10,
            Self::Government => 1 << 11,
            Self::Payment => 1 << 12,
            Self::Credential => 1 << 13,
            Self::Id => 1 << 14,
            Self::WeakId => 1 << 15,
            Self::MapId => 1 << 16,
            Self::Reference => 1 << 17,
        })
    }
}

/// The kinds of values that an object carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Have(u32);

impl Have {
    pub(crate) const NOTHING: Self = Self(0);
    pub(crate) const CONTACT: Self = Kind::Email.bit().with(Kind::Phone.bit());
    pub(crate) const NAMES: Self = Kind::First.bit().with(Kind::Last.bit()).with(Kind::Full.bit());
    pub(crate) const PLACE: Self = Kind::Street.bit().with(Kind::Address.bit());
    pub(crate) const HEAVY: Self =
        Kind::Birth.bit().with(Kind::Government.bit()).with(Kind::Payment.bit()).with(Kind::Credential.bit());
    /// Makes an object a record wherever it stands.
    pub(crate) const PERSONAL: Self = Self::CONTACT.with(Self::NAMES).with(Self::PLACE).with(Self::HEAVY);
    pub(crate) const IDS: Self = Kind::Id.bit().with(Kind::WeakId.bit()).with(Kind::MapId.bit());
    /// Says whom an object is about.
    pub(crate) const NAMING: Self = Self::IDS.with(Kind::Reference.bit());
    /// Two parts of an object that both have one of these are about two people.
    pub(crate) const COLLIDES: Self = Self::PERSONAL;

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline]
    pub(crate) const fn any(self, wanted: Self) -> bool {
        self.0 & wanted.0 != 0
    }

    pub(crate) const fn has(self, kind: Kind) -> bool {
        self.any(kind.bit())
    }

    /// The data classes; `named` says whether a bare `name` is a person's.
    pub(crate) fn classes(self, named: bool) -> ClassSet {
        let person = self.any(Self::NAMES) || named && self.has(Kind::Name);
        let place = self.any(Self::PLACE)
            || self.has(Kind::PostCode) && self.has(Kind::City) && (person || self.any(Self::CONTACT));
        [
            (person, DataClass::Name),
            (self.has(Kind::Email), DataClass::Email),
            (self.has(Kind::Phone), DataClass::Phone),
            (place, DataClass::PostalAddress),
            (self.has(Kind::Birth), DataClass::BirthDate),
            (self.has(Kind::Government), DataClass::GovernmentId),
            (self.has(Kind::Payment), DataClass::Payment),
            (self.has(Kind::Credential), DataClass::Credential),
        ]
        .into_iter()
        .filter_map(|(yes, class)| yes.then_some(class))
        .collect()
    }
}

/// One kept value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fact {
    pub(crate) text: Text,
    /// The record it belongs to, once that is known.
    pub(crate) record: u32,
    /// Its place in an array of scalars, else [`NONE`].
    pub(crate) index: u32,
    /// The noun of the person a reference names.
    pub(crate) word: Word,
    pub(crate) kind: Kind,
    /// A contact of a business; of a reference: how weak it is.
    pub(crate) rank: u8,
}

/// What stands at an owner path, as the builder keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    /// No object on the way has the field yet.
    Unset,
    /// The nearest object has the path's first name, but nothing at its end.
    Absent,
    Null,
    Text(Text),
    Unusable,
}
