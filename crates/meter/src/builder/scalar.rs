//! What a scalar is: its key first, then its own form.

use super::Builder;
use crate::fact::{Kind, NONE, Value};
use crate::key::{Flags, Meaning};
use crate::key_table::{Key, Word};
use crate::shapes::{hidden, text};
use crate::value::{Kinds, date, email, government, is_masked, payment, phone, place, secret, wide};

use super::Form;

/// A scalar that is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    Null,
    Bool,
}

/// Where a scalar stands: its index in an array, and whether its contacts are a business's.
#[derive(Clone, Copy)]
struct Place {
    index: u32,
    rank: u8,
}

impl Builder<'_> {
    /// A text under `key`, without quotes and escapes.
    #[inline]
    pub(crate) fn string(&mut self, key: Key, name: Value<'_>, value: Value<'_>, kinds: Kinds) {
        let (key, meaning, at) = self.arrive(key, value.bytes, true);
        if key.first | key.last != 0 {
            self.note_text(key, value);
        }
        if key.flags.has(Flags::CONTACT) {
            self.contact_name(name);
        }
        // Ids stay as they are written: what is equal only to the eye is not equal to its owner.
        if kinds.any(Kinds::ESCAPE)
            && !matches!(meaning, Meaning::Id | Meaning::Reference)
            && let Some(folded) = wide::fold(value.bytes)
        {
            let value = Value { bytes: &folded, start: 0, foreign: true };
            return self.classify(key, meaning, value, Kinds::of(&folded), at);
        }
        self.classify(key, meaning, value, kinds, at);
    }

    /// Keeps what a text is, by its meaning.
    #[inline]
    fn classify(&mut self, key: Key, meaning: Meaning, value: Value<'_>, kinds: Kinds, at: Place) {
        let letters = kinds.any(Kinds::LETTER);
        match meaning {
            Meaning::First if is_name(value, kinds) => self.keep(Kind::First, value, at.index, Word::NONE, 0),
            Meaning::Last if is_name(value, kinds) => self.keep(Kind::Last, value, at.index, Word::NONE, 0),
            Meaning::Full if is_name(value, kinds) => self.keep(Kind::Full, value, at.index, Word::NONE, 0),
            Meaning::Name if is_name(value, kinds) && !kinds.any(Kinds::DIGIT) => {
                self.keep(Kind::Name, value, at.index, Word::NONE, 0);
            }
            Meaning::Email if kinds.any(Kinds::AT) => self.emails(value, kinds, at),
            Meaning::Phone => self.phones(value, kinds, at),
            Meaning::Street if letters && place::is_street(value.bytes) => {
                self.keep(Kind::Street, value, at.index, Word::NONE, 0);
            }
            Meaning::Address if place::is_plausible(value.bytes) => {
                self.keep(Kind::Address, value, at.index, Word::NONE, 0);
            }
            Meaning::PostCode if kinds.any(Kinds::DIGIT) && (3..=10).contains(&value.bytes.len()) => {
                self.keep(Kind::PostCode, value, at.index, Word::NONE, 0);
            }
            Meaning::City if letters && !kinds.any(Kinds::AT) && value.bytes.len() <= 80 => {
                self.keep(Kind::City, value, at.index, Word::NONE, 0);
            }
            Meaning::Birth if date::is_day(value.bytes) => {
                self.keep(Kind::Birth, value, at.index, Word::NONE, 0)
            }
            Meaning::Government if government::is_plausible(value.bytes) => {
                self.keep(Kind::Government, value, at.index, Word::NONE, 0);
            }
            Meaning::Payment if payment::is_plausible(value.bytes) => {
                self.keep(Kind::Payment, value, at.index, Word::NONE, 0);
            }
            Meaning::Account if is_account_number(value.bytes) => {
                self.keep(Kind::Payment, value, at.index, Word::NONE, 0);
            }
            Meaning::Credential if secret::is_plausible(value.bytes) => {
                self.keep(Kind::Credential, value, at.index, Word::NONE, 0);
            }
            Meaning::Token if secret::is_token(value.bytes) => self.issue(value),
            Meaning::Id => self.id(id_kind(key), key, value, kinds, at),
            Meaning::Reference => self.reference(key, value, kinds, at),
            Meaning::Person => self.person(key, value, kinds, at),
            Meaning::Type => self.type_name(value, kinds),
            Meaning::Plain => {
                if kinds.any(Kinds::AT.with(Kinds::ESCAPE)) {
                    self.emails(value, kinds, at);
                }
            }
            Meaning::Code => self.by_form(value, kinds, at, false),
            _ => self.by_form(value, kinds, at, true),
        }
    }

    /// A number under `key`, as it is written.
    #[inline]
    pub(crate) fn number(&mut self, key: Key, name: Value<'_>, value: Value<'_>) {
        let (key, meaning, at) = self.arrive(key, value.bytes, false);
        if key.first | key.last != 0 {
            self.note_number(key, value);
        }
        if key.flags.has(Flags::CONTACT) {
            self.contact_name(name);
        }
        let kind = match meaning {
            Meaning::Id => id_kind(key),
            Meaning::Reference => return self.reference(key, value, Kinds::DIGIT, at),
            // `guest: 1` and `subscriber: 0` are yes and no.
            Meaning::Person if matches!(value.bytes, b"0" | b"1") => return,
            Meaning::Person => return self.reference(key, value, Kinds::DIGIT, at),
            Meaning::Phone if is_integer(value.bytes) && phone::is_plausible(value.bytes) => Kind::Phone,
            Meaning::PostCode if is_integer(value.bytes) && (3..=10).contains(&value.bytes.len()) => {
                Kind::PostCode
            }
            Meaning::Birth if date::is_day_number(value.bytes) => Kind::Birth,
            Meaning::Government if is_integer(value.bytes) && value.bytes.len() >= 5 => Kind::Government,
            Meaning::Payment if is_integer(value.bytes) && payment::is_plausible(value.bytes) => {
                Kind::Payment
            }
            Meaning::Account if is_account_number(value.bytes) => Kind::Payment,
            Meaning::Credential if is_integer(value.bytes) && value.bytes.len() >= 4 => Kind::Credential,
            _ => return,
        };
        if matches!(kind, Kind::Id | Kind::WeakId) && !is_integer(value.bytes) {
            return;
        }
        self.keep(kind, value, at.index, Word::NONE, at.rank);
    }

    /// Null, true or false under `key`.
    #[inline]
    pub(crate) fn literal(&mut self, key: Key, name: Value<'_>, literal: Literal) {
        let (key, ..) = self.arrive(key, &[], false);
        if key.first | key.last != 0 {
            self.note_literal(key, literal);
        }
        if key.flags.has(Flags::CONTACT) {
            self.contact_name(name);
        }
    }

    /// Text without form: every contact in it. `free` also looks for national telephone numbers.
    pub(crate) fn free_text(&mut self, value: Value<'_>, free: bool) {
        self.plain_text(value, free);
        if let Some(decoded) = text::unhide(value.bytes) {
            self.plain_text(Value { bytes: &decoded, start: 0, foreign: true }, free);
        }
        hidden::runs(self, value.bytes);
    }

    fn plain_text(&mut self, value: Value<'_>, free: bool) {
        self.emails(value, Kinds::AT, Place { index: NONE, rank: 0 });
        if free {
            for range in phone::find(value.bytes) {
                self.keep(Kind::Phone, value.sub(range), NONE, Word::NONE, 0);
                if self.is_over() {
                    return;
                }
            }
        }
    }

    /// What stands behind `tel:`.
    pub(crate) fn dialled(&mut self, value: Value<'_>) {
        if phone::is_plausible(value.bytes) {
            self.keep(Kind::Phone, value, NONE, Word::NONE, 0);
        }
    }

    /// A map's key that is a contact itself.
    pub(super) fn contact_name(&mut self, name: Value<'_>) {
        if name.bytes.starts_with(b"+") {
            if phone::is_unmistakable(name.bytes) {
                self.keep(Kind::Phone, name, NONE, Word::NONE, 0);
            }
        } else {
            self.emails(name, Kinds::AT, Place { index: NONE, rank: 0 });
        }
    }

    /// Counts the scalar in; tells the key that speaks for it and what it means here.
    #[inline]
    fn arrive(&mut self, key: Key, value: &[u8], is_text: bool) -> (Key, Meaning, Place) {
        let mut key = key;
        let Some(open) = self.scratch.open.last_mut() else {
            return (key, key.meaning, Place { index: NONE, rank: 0 });
        };
        let index = open.count;
        open.count = open.count.saturating_add(1);
        open.scalars = open.scalars.saturating_add(1);
        let mut context = open.context;
        let place = if open.form == Form::Array {
            let names_columns = open.first_row || open.key.flags.has(Flags::COLUMNS);
            if names_columns && index < MOST_COLUMNS {
                let column =
                    if is_text && value.len() <= 40 { self.scratch.keys.key(value) } else { Key::default() };
                self.scratch.headers.push(column);
            }
            let (from, to) = open.header;
            let column = usize::try_from(index).unwrap_or(usize::MAX);
            let is_row = to > from;
            if is_row {
                let named = from.saturating_add(column);
                key = if named < to {
                    self.scratch.headers.get(named).copied().unwrap_or_default()
                } else {
                    key
                };
                context = Meaning::Unknown;
            } else {
                key = open.key;
                context = if is_context_of_elements(key.meaning) { Meaning::Unknown } else { context };
            }
            Place {
                index: if is_row { NONE } else { index },
                rank: u8::from(open.official || key.flags.has(Flags::OFFICIAL)),
            }
        } else {
            open.signal |= key.flags.has(Flags::SIGNAL);
            Place { index: NONE, rank: u8::from(open.official || key.flags.has(Flags::OFFICIAL)) }
        };
        (key, in_context(key, context), place)
    }

    /// A value whose key says nothing. `digits` are believed to be a telephone or card number only
    /// where the key is not one of an order, an article or the like.
    fn by_form(&mut self, value: Value<'_>, kinds: Kinds, at: Place, digits: bool) {
        let bytes = value.bytes;
        if bytes.len() < SHORTEST {
            return;
        }
        if kinds.any(Kinds::AT.with(Kinds::ESCAPE)) {
            self.emails(value, kinds, at);
        }
        let dialled = Kinds::DIGIT.with(Kinds::PLUS).with(Kinds::SPACE).with(Kinds::JOINT);
        if kinds.any(Kinds::DIGIT) && kinds.only(dialled) {
            let found = if digits && government::is_unmistakable(bytes) {
                Kind::Government
            } else if (digits || bytes.starts_with(b"+")) && phone::is_unmistakable(bytes) {
                Kind::Phone
            } else if digits && payment::is_card(bytes) {
                Kind::Payment
            } else {
                return;
            };
            let rank = if found == Kind::Phone { at.rank } else { 0 };
            return self.keep(found, value, at.index, Word::NONE, rank);
        }
        if secret::is_unmistakable(bytes) {
            self.keep(Kind::Credential, value, at.index, Word::NONE, 0);
        } else if bytes.starts_with(b"eyJ") && secret::is_jwt(bytes) {
            self.issue(value);
        } else if kinds.any(Kinds::DIGIT) && !kinds.any(Kinds::AT) && (8..=160).contains(&bytes.len()) {
            let upper = bytes.first().is_some_and(u8::is_ascii_uppercase);
            if upper
                && kinds.only(Kinds::DIGIT.with(Kinds::LETTER).with(Kinds::SPACE))
                && payment::is_iban(bytes)
            {
                self.keep(Kind::Payment, value, at.index, Word::NONE, 0);
            } else if upper && bytes.len() <= 18 && government::is_unmistakable(bytes) {
                self.keep(Kind::Government, value, at.index, Word::NONE, 0);
            } else if kinds.any(Kinds::SPACE) && place::is_address(bytes) {
                self.keep(Kind::Address, value, at.index, Word::NONE, 0);
            }
        }
        if kinds.any(Kinds::PLUS) && kinds.any(Kinds::LETTER) && kinds.any(Kinds::DIGIT) {
            self.international(value, at);
        }
    }

    /// Telephone numbers with their plus within a text.
    fn international(&mut self, value: Value<'_>, at: Place) {
        for range in phone::find(value.bytes) {
            if value.bytes.get(range.start) == Some(&b'+') {
                self.keep(Kind::Phone, value.sub(range), at.index, Word::NONE, at.rank);
            }
        }
    }

    fn emails(&mut self, value: Value<'_>, kinds: Kinds, at: Place) {
        for range in email::find(value.bytes) {
            self.keep(Kind::Email, value.sub(range), at.index, Word::NONE, at.rank);
            if self.is_over() {
                return;
            }
        }
        if kinds.any(Kinds::ESCAPE)
            && let Some(decoded) = text::unhide(value.bytes)
        {
            let decoded = Value { bytes: &decoded, start: 0, foreign: true };
            for range in email::find(decoded.bytes) {
                self.keep(Kind::Email, decoded.sub(range), at.index, Word::NONE, at.rank);
            }
        }
    }

    fn phones(&mut self, value: Value<'_>, kinds: Kinds, at: Place) {
        if kinds.any(Kinds::AT) {
            self.emails(value, kinds, at);
        }
        if phone::is_plausible(value.bytes) {
            self.keep(Kind::Phone, value, at.index, Word::NONE, at.rank);
        } else if kinds.any(Kinds::DIGIT) {
            for range in phone::find(value.bytes) {
                self.keep(Kind::Phone, value.sub(range), at.index, Word::NONE, at.rank);
            }
        }
    }

    fn id(&mut self, kind: Kind, key: Key, value: Value<'_>, kinds: Kinds, at: Place) {
        let value = value.trimmed();
        if (1..=128).contains(&value.bytes.len()) {
            self.keep(kind, value, at.index, key.word, 0);
        }
        self.by_form(value, kinds, at, false);
    }

    fn reference(&mut self, key: Key, value: Value<'_>, kinds: Kinds, at: Place) {
        let value = value.trimmed();
        let fits = (1..=128).contains(&value.bytes.len())
            && !kinds.any(Kinds::SPACE)
            && !value.bytes.contains(&b'.');
        if fits && !kinds.any(Kinds::AT) {
            self.keep(Kind::Reference, value, at.index, key.word, reference_rank(key));
        }
        self.by_form(value, kinds, at, false);
    }

    /// `customer: 5`, `customer: "Ann Miller"`, `user: "ann@example.com"`; `client: "web"` names nobody.
    fn person(&mut self, key: Key, value: Value<'_>, kinds: Kinds, at: Place) {
        if kinds.any(Kinds::SPACE) && !kinds.any(Kinds::AT.with(Kinds::DIGIT)) && is_name(value, kinds) {
            self.keep(Kind::Full, value, at.index, Word::NONE, 0);
        } else if kinds.any(Kinds::DIGIT) && value.bytes.len() > 1 {
            self.reference(key, value, kinds, at);
        } else {
            self.by_form(value, kinds, at, false);
        }
    }

    /// `"type": "customers"`, `"__typename": "Customer"`: the noun of the object around it.
    fn type_name(&mut self, value: Value<'_>, kinds: Kinds) {
        let holds = Flags::PERSON.with(Flags::THING).with(Flags::BUSINESS);
        if value.bytes.len() > 40 || kinds.any(Kinds::SPACE.with(Kinds::DIGIT)) {
            return;
        }
        let noun = self.scratch.keys.key(value.bytes);
        if noun.flags.has(holds)
            && !noun.word.is_none()
            && let Some(open) = self.scratch.open.last_mut()
        {
            (open.word, open.noun) = (noun.word, noun.flags);
        }
    }
}

/// A reference to a customer says more than one to a user, and that more than one to an owner.
pub(super) fn reference_rank(key: Key) -> u8 {
    if key.flags.has(Flags::OWNER) { 2 } else { u8::from(key.flags.has(Flags::LOGIN)) }
}

/// `number` alone is an id only where nothing better is.
const fn id_kind(key: Key) -> Kind {
    if key.flags.has(Flags::NUMBER) { Kind::WeakId } else { Kind::Id }
}

/// What a key means in a container that speaks for its scalars.
pub(crate) fn in_context(key: Key, context: Meaning) -> Meaning {
    let general = matches!(key.meaning, Meaning::Generic) || !key.named && key.meaning == Meaning::Unknown;
    match (context, key.meaning) {
        (Meaning::Unknown, Meaning::FirstPart | Meaning::LastPart | Meaning::Generic) => Meaning::Unknown,
        (Meaning::Unknown, meaning) => meaning,
        (Meaning::Name | Meaning::Full | Meaning::First, Meaning::FirstPart) => Meaning::First,
        (Meaning::Name | Meaning::Full | Meaning::Last, Meaning::LastPart) => Meaning::Last,
        (Meaning::Name, _) if general => Meaning::Full,
        (Meaning::Address, _) if general => Meaning::Street,
        (Meaning::Account, _) if general => Meaning::Account,
        (context, _) if general => context,
        (Meaning::Phone | Meaning::Payment | Meaning::Government, Meaning::Id)
            if key.flags.has(Flags::NUMBER) =>
        {
            context
        }
        // `birth: {"date": …}`: the value must still be a day.
        (Meaning::Birth, Meaning::Plain) => Meaning::Birth,
        (Meaning::Address, Meaning::Id | Meaning::Name) => Meaning::Unknown,
        (_, meaning) => meaning,
    }
}

/// Columns beyond this have no names.
const MOST_COLUMNS: u32 = 4096;

/// Length of the shortest value with a form of its own: `a@b.de`.
const SHORTEST: usize = 6;

/// Whether the elements of an array under such a key are what the key says.
const fn is_context_of_elements(meaning: Meaning) -> bool {
    !matches!(meaning, Meaning::Unknown | Meaning::Generic)
}

fn is_name(value: Value<'_>, kinds: Kinds) -> bool {
    kinds.any(Kinds::LETTER)
        && !kinds.any(Kinds::AT)
        && (1..=120).contains(&value.bytes.len())
        && !value.bytes.starts_with(b"http")
        && (is_plainly_unmasked(value.bytes, kinds) || !is_masked(value.bytes))
}

/// A word of letters that begins like none of the words for a blanked-out value.
fn is_plainly_unmasked(bytes: &[u8], kinds: Kinds) -> bool {
    !kinds.any(Kinds::OTHER)
        && matches!(bytes.first(), Some(b'a'..=b'z' | b'A'..=b'Z'))
        && !matches!(bytes.first(), Some(b'x' | b'X' | b'r' | b'R' | b'h' | b'H' | b'n' | b'N'))
        && bytes.is_ascii()
}

fn is_integer(digits: &[u8]) -> bool {
    let digits = digits.strip_prefix(b"-").unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

fn is_account_number(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    (8..=17).contains(&digits) && digits == text.len() || payment::is_iban(text)
}
