//! The keys of one record: whom it is about, in DESIGN.md's order of preference.

use domain::{ClassSet, DataClass, KeyKind};
use smallvec::SmallVec;

use super::tables::{Person, Tag};
use crate::builder::Builder;
use crate::disclosure::MOST_KEYS;
use crate::fact::{Fact, Have, Kind, NONE, Owned, Text};
use crate::hash::hash;
use crate::key::Flags;
use crate::key_table::Word;
use crate::normalise;

/// Interns the keys of record `nth`; the classes it carries.
pub(super) fn add_record(builder: &mut Builder<'_>, nth: usize) -> ClassSet {
    let number = u32::try_from(nth).unwrap_or(NONE);
    let Some(raw) = builder.scratch.records.get(nth).cloned() else { return ClassSet::EMPTY };
    let mut parts = Parts::default();
    for at in raw.facts.clone() {
        let Some(fact) = builder.scratch.facts.get(at).copied().filter(|fact| fact.record == number) else {
            continue;
        };
        match fact.kind {
            Kind::Email => {
                let ident = contact(builder, fact, Tag::Email);
                parts.add_contact(ident, fact.rank);
            }
            Kind::Phone => {
                let ident = contact(builder, fact, Tag::Phone);
                parts.add_contact(ident, fact.rank);
            }
            Kind::Id | Kind::MapId if fact.index == NONE => match parts.id {
                Some((Kind::Id, _)) => {}
                Some(_) if fact.kind == Kind::MapId => {}
                _ => parts.id = Some((fact.kind, fact.text)),
            },
            Kind::WeakId if fact.index == NONE && parts.id.is_none() => {
                parts.id = Some((fact.kind, fact.text))
            }
            Kind::Reference
                if fact.index == NONE && parts.reference.is_none_or(|best| fact.rank < best.rank) =>
            {
                parts.reference = Some(fact);
            }
            _ => {}
        }
    }
    let official_only = parts.own_contacts == 0 && !parts.contacts.is_empty() && !raw.have.any(Have::NAMES);
    let named = names_count(raw.have, raw.noun, raw.signal);
    let classes = raw.have.classes(named);
    let is_person = !official_only && describes(raw.have, raw.noun, raw.signal, named);

    let mut keys: SmallVec<[u32; 4]> = SmallVec::new();
    let mut own_id = NONE;
    if let Some(text) = declared(builder, nth) {
        let ident = plain(builder, KeyKind::Declared, text);
        keys.push(ident);
    }
    if !official_only {
        let own = parts.id.filter(|_| is_person);
        let reference = match parts.reference {
            Some(fact) => Some(fact),
            // A person with an id of its own is not overruled by whoever stands around it.
            None if own.is_some() => None,
            None => {
                usize::try_from(raw.above).ok().and_then(|above| builder.scratch.facts.get(above)).copied()
            }
        };
        if let Some(fact) = reference {
            let ident = id(builder, KeyKind::Reference, fact.word, fact.text, "person");
            push_new(&mut keys, ident);
        }
        if let Some((_, text)) = own {
            let ident = id(builder, KeyKind::OwnId, raw.word, text, "person");
            if let Some(ident) = builder.scratch.tables.ident_mut(ident) {
                ident.own = true;
            }
            push_new(&mut keys, ident);
            own_id = ident;
        }
    }
    let own = if parts.own_contacts == 0 { parts.contacts.len() } else { parts.own_contacts };
    for tag in [Tag::Email, Tag::Phone] {
        for ident in parts.contacts.iter().take(own) {
            if builder.scratch.tables.ident(*ident).is_some_and(|ident| ident.tag == tag) {
                push_new(&mut keys, *ident);
            }
        }
    }
    if keys.is_empty() {
        let ident = values(builder, nth);
        keys.push(ident);
    }
    let has_pair = classes.contains(DataClass::PostalAddress) && classes.contains(DataClass::Name);
    let preferred = keys.first().copied().unwrap_or(NONE);
    let tables = &mut builder.scratch.tables;
    if let Some(ident) = tables.ident_mut(preferred) {
        ident.preferred = true;
    }
    for contact in &parts.contacts {
        if let Some(ident) = tables.ident_mut(*contact) {
            ident.uses = ident.uses.saturating_add(1);
        }
    }
    let record = tables.add(Person {
        keys,
        contacts: parts.contacts,
        classes,
        pair: if has_pair { PAIRED } else { NONE },
        own: own_id,
        parent: NONE,
    });
    tables.hold(record, preferred);
    classes
}

/// A name and an address, not compared with others yet.
pub(super) const PAIRED: u32 = NONE - 1;

/// Joins the records whose contacts are all equal.
///
/// Only a record that shares each of its contacts can have a twin, so most sets are never put together.
pub(super) fn join_twins(builder: &mut Builder<'_>) {
    for nth in 0..builder.scratch.tables.persons.len() {
        let tables = &builder.scratch.tables;
        let Some(person) = tables.persons.get(nth) else { continue };
        let shared = |contact: &u32| tables.ident(*contact).is_some_and(|ident| ident.uses > 1);
        if person.contacts.is_empty() || !person.contacts.iter().all(shared) {
            continue;
        }
        let mut contacts = person.contacts.clone();
        contacts.sort_unstable();
        contacts.dedup();
        let all = together(builder, &contacts);
        builder.scratch.tables.hold(u32::try_from(nth).unwrap_or(NONE), all);
    }
}

/// The distinct set of contacts.
fn together(builder: &mut Builder<'_>, contacts: &[u32]) -> u32 {
    let scratch = &mut *builder.scratch;
    let start = scratch.arena.len();
    for contact in contacts {
        scratch.arena.extend_from_slice(&contact.to_le_bytes());
    }
    intern_arena(builder, Tag::Contacts, KeyKind::Values, start)
}

/// Whether a bare `name` in such a record is a person's.
fn names_count(have: Have, noun: Flags, signal: bool) -> bool {
    if noun.has(Flags::BUSINESS) {
        return false;
    }
    noun.has(Flags::PERSON) || !signal && have.any(Kind::Email.bit().with(Have::PLACE).with(Have::HEAVY))
}

/// Whether the record itself describes a person, so that its id is the person's.
fn describes(have: Have, noun: Flags, signal: bool, named: bool) -> bool {
    if noun.has(Flags::PERSON) {
        return true;
    }
    if noun.has(Flags::THING) || noun.has(Flags::BUSINESS) || signal {
        return false;
    }
    have.any(Have::NAMES.with(Have::HEAVY)) || have.has(Kind::Email) && have.has(Kind::Name) && named
}

#[derive(Default)]
struct Parts {
    /// Contacts of the person first, then those of a business.
    contacts: SmallVec<[u32; 4]>,
    own_contacts: usize,
    id: Option<(Kind, Text)>,
    reference: Option<Fact>,
}

impl Parts {
    fn add_contact(&mut self, ident: u32, rank: u8) {
        if rank == 0 {
            self.contacts.insert(self.own_contacts, ident);
            self.own_contacts = self.own_contacts.saturating_add(1);
        } else {
            self.contacts.push(ident);
        }
    }
}

fn push_new(keys: &mut SmallVec<[u32; 4]>, ident: u32) {
    if keys.len() < MOST_KEYS && !keys.contains(&ident) {
        keys.push(ident);
    }
}

/// What stands at the declared subject path.
fn declared(builder: &Builder<'_>, nth: usize) -> Option<Text> {
    let stride = builder.paths.len();
    let last = stride.checked_sub(1).filter(|_| builder.has_subject_path)?;
    match builder.scratch.owned.get(nth.checked_mul(stride)?.checked_add(last)?)? {
        Owned::Text(text) => Some(*text),
        _ => None,
    }
}

/// A declared key: the value alone, since the declaration says what it names.
fn plain(builder: &mut Builder<'_>, kind: KeyKind, text: Text) -> u32 {
    let start = builder.scratch.arena.len();
    copy(&mut builder.scratch.arena, builder.body, text);
    intern_arena(builder, Tag::Id, kind, start)
}

/// `customer/5`.
fn id(builder: &mut Builder<'_>, kind: KeyKind, word: Word, text: Text, otherwise: &str) -> u32 {
    let scratch = &mut *builder.scratch;
    let start = scratch.arena.len();
    let word = if word.is_none() { otherwise } else { scratch.keys.word(word) };
    scratch.arena.extend_from_slice(word.as_bytes());
    scratch.arena.push(b'/');
    copy(&mut scratch.arena, builder.body, text);
    intern_arena(builder, Tag::Id, kind, start)
}

/// An e-mail or phone in its one spelling.
fn contact(builder: &mut Builder<'_>, fact: Fact, tag: Tag) -> u32 {
    let scratch = &mut *builder.scratch;
    let bytes = fact.text.bytes(builder.body, &scratch.arena);
    let (is_normal, kind) = match tag {
        Tag::Email => (!any(bytes, |b| b >= 0x80 || b.is_ascii_uppercase()), KeyKind::Email),
        _ => {
            let digits = bytes.strip_prefix(b"+").unwrap_or(bytes);
            (!any(digits, |b| !b.is_ascii_digit()) && !bytes.starts_with(b"00"), KeyKind::Phone)
        }
    };
    if is_normal {
        return scratch.tables.intern(tag, kind, fact.text, builder.body, &scratch.arena).0;
    }
    let start = scratch.arena.len();
    let mut copied: SmallVec<[u8; 64]> = SmallVec::new();
    let bytes = if fact.text.is_in_body() {
        fact.text.bytes(builder.body, &[])
    } else {
        copied.extend_from_slice(bytes);
        &copied
    };
    if tag == Tag::Email {
        scratch.arena.extend_from_slice(normalise::lowercase(&String::from_utf8_lossy(bytes)).as_bytes());
    } else {
        normalise::phone_into(bytes, &mut scratch.arena);
    }
    intern_arena(builder, tag, kind, start)
}

/// Whether any byte is one of `those`; looks at all, for that is faster in short texts than to stop.
fn any(bytes: &[u8], those: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, byte| found | those(*byte))
}

/// A name, with the bare one.
const NAMES: Have = Have::NAMES.with(Kind::Name.bit());
/// An address in all its parts.
const PLACES: Have = Have::PLACE.with(Kind::PostCode.bit()).with(Kind::City.bit());

/// The key of a record that has no better one: all its personal values.
fn values(builder: &mut Builder<'_>, nth: usize) -> u32 {
    let text = folded(builder, nth, Have::PERSONAL.with(NAMES).with(PLACES));
    intern_values(builder, &text)
}

/// The values of record `nth` of these kinds, folded, in an order that is the same wherever they stood,
/// joined by U+001F.
fn folded(builder: &Builder<'_>, nth: usize, kinds: Have) -> Vec<u8> {
    const MOST: usize = 64;
    let scratch = &*builder.scratch;
    let number = u32::try_from(nth).unwrap_or(NONE);
    let Some(raw) = scratch.records.get(nth) else { return Vec::new() };
    let facts = scratch.facts.get(raw.facts.clone()).unwrap_or_default();
    let mut parts: Vec<(Kind, Vec<u8>)> = Vec::with_capacity(8);
    for fact in facts.iter().filter(|fact| fact.record == number && fact.kind.bit().any(kinds)).take(MOST) {
        let mut text = Vec::new();
        normalise::fold_into(fact.text.bytes(builder.body, &scratch.arena), &mut text);
        parts.push((fact.kind, text));
    }
    parts.sort_unstable();
    parts.dedup();
    let texts: Vec<&[u8]> = parts.iter().map(|(_, text)| text.as_slice()).collect();
    texts.join(&0x1f)
}

fn intern_values(builder: &mut Builder<'_>, text: &[u8]) -> u32 {
    let start = builder.scratch.arena.len();
    builder.scratch.arena.extend_from_slice(text);
    intern_arena(builder, Tag::Values, KeyKind::Values, start)
}

/// Compares the pairs of name and address, and counts the distinct ones.
///
/// Where every record is a group of its own the pairs cannot be more, and are counted without comparing.
pub(super) fn distinct_pairs(builder: &mut Builder<'_>, groups: u32) -> u32 {
    let persons = builder.scratch.tables.persons.len();
    if usize::try_from(groups).ok() == Some(persons) {
        let paired = builder.scratch.tables.persons.iter().filter(|person| person.pair == PAIRED).count();
        return u32::try_from(paired).unwrap_or(NONE);
    }
    for nth in 0..persons {
        if builder.scratch.tables.persons.get(nth).is_some_and(|person| person.pair == PAIRED) {
            let pair = name_address(builder, nth);
            if let Some(person) = builder.scratch.tables.persons.get_mut(nth) {
                person.pair = pair;
            }
        }
    }
    let pairs = builder.scratch.tables.idents.iter().filter(|ident| ident.is_pair).count();
    u32::try_from(pairs).unwrap_or(NONE)
}

/// The pair of name and address of record `nth`. It may be what another record is known by.
fn name_address(builder: &mut Builder<'_>, nth: usize) -> u32 {
    let text = folded(builder, nth, NAMES.with(PLACES));
    let pair = intern_values(builder, &text);
    if let Some(ident) = builder.scratch.tables.ident_mut(pair) {
        ident.is_pair = true;
    }
    pair
}

/// Interns the end of the arena from `start`; gives the room back if the text is known.
fn intern_arena(builder: &mut Builder<'_>, tag: Tag, kind: KeyKind, start: usize) -> u32 {
    let scratch = &mut *builder.scratch;
    let text = Text::in_arena(start, scratch.arena.len());
    let (ident, is_new) = scratch.tables.intern(tag, kind, text, builder.body, &scratch.arena);
    if !is_new {
        scratch.arena.truncate(start);
    }
    ident
}

/// Appends a text as it will be shown: two that differ only in what is no UTF-8 are one key.
fn copy(arena: &mut Vec<u8>, body: &[u8], text: Text) {
    let bytes = text.bytes(body, arena);
    if !bytes.is_ascii() {
        let shown = String::from_utf8_lossy(bytes).into_owned();
        arena.extend_from_slice(shown.as_bytes());
    } else if text.is_in_body() {
        arena.extend_from_slice(text.bytes(body, &[]));
    } else {
        arena.extend_from_within(text.arena_range(arena.len()));
    }
}

/// The number of distinct persons' ids.
///
/// Own ids in one group whose records carry the same personal values are one person with several
/// records (ten orders that look like customers, fifty products with one hotline).
pub(super) fn distinct(builder: &mut Builder<'_>, groups: u32) -> u32 {
    let persons = builder.scratch.tables.persons.len();
    if usize::try_from(groups).unwrap_or(0) < persons {
        mark_repeated(builder, persons);
    }
    let ids = || builder.scratch.tables.idents.iter().filter(|ident| ident.tag == Tag::Id && !ident.repeated);
    let preferred = ids().filter(|ident| ident.preferred).count();
    let own = ids().filter(|ident| ident.own).count();
    u32::try_from(preferred.max(own)).unwrap_or(NONE)
}

/// Marks own ids that are nobody's first: each of their records has the values of an earlier one of its group.
fn mark_repeated(builder: &mut Builder<'_>, persons: usize) {
    let mut seen: Vec<(u32, u64, usize, u32)> = Vec::new();
    for nth in 0..persons {
        let own = builder.scratch.tables.persons.get(nth).map_or(NONE, |person| person.own);
        if own != NONE {
            let group = builder.scratch.tables.group(u32::try_from(nth).unwrap_or(NONE));
            seen.push((group, fingerprint(builder, nth), nth, own));
        }
    }
    seen.sort_unstable();
    let tables = &mut builder.scratch.tables;
    for (.., own) in &seen {
        if let Some(ident) = tables.ident_mut(*own) {
            ident.repeated = true;
        }
    }
    for same in seen.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        if let Some((.., own)) = same.first()
            && let Some(ident) = tables.ident_mut(*own)
        {
            ident.repeated = false;
        }
    }
}

/// A hash of the personal values of a record.
fn fingerprint(builder: &Builder<'_>, nth: usize) -> u64 {
    hash(0, &folded(builder, nth, Have::PERSONAL.with(NAMES)))
}
