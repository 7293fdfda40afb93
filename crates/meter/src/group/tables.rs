//! Distinct texts, and which records share them.

use domain::{ClassSet, KeyKind};
use smallvec::SmallVec;

use crate::fact::{NONE, Text};
use crate::hash::{hash, slot};
use crate::scratch::empty;

/// What a distinct text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Id,
    Email,
    Phone,
    Values,
    /// All contacts of a record together.
    Contacts,
}

/// One distinct text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ident {
    hash: u64,
    pub(crate) text: Text,
    pub(crate) tag: Tag,
    pub(crate) kind: KeyKind,
    /// The first record that prefers it, or has it as all of its contacts.
    holder: u32,
    /// The first record whose alias it is, and whether records of another group have it too.
    alias_of: u32,
    /// Whether it is a person's own id.
    pub(crate) own: bool,
    /// Whether a record prefers it.
    pub(crate) preferred: bool,
    /// Whether it is one more id of records that another own id of the group has already.
    pub(crate) repeated: bool,
    /// Whether it is the pair of some record's name and address.
    pub(crate) is_pair: bool,
    /// How many records have it as a contact.
    pub(crate) uses: u32,
    /// The subject whose key it is.
    pub(crate) subject: u32,
}

/// What is known of a record's subject.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Its keys as indices of [`Ident`]s, the preferred one first.
    pub(crate) keys: SmallVec<[u32; 4]>,
    /// Every contact it has, also those of a business.
    pub(crate) contacts: SmallVec<[u32; 4]>,
    pub(crate) classes: ClassSet,
    /// The pair of its name and address.
    pub(crate) pair: u32,
    /// Its own id among the keys, or [`NONE`].
    pub(crate) own: u32,
    /// The record whose group it joined; set by [`Tables::add`] and [`Tables::hold`].
    pub(crate) parent: u32,
}

/// Distinct texts and the persons of records. Bounded by the bounds on records and values.
#[derive(Debug)]
pub(crate) struct Tables {
    seed: u64,
    slots: Vec<u32>,
    pub(crate) idents: Vec<Ident>,
    pub(crate) persons: Vec<Person>,
}

const FEWEST_SLOTS: usize = 64;

impl Tables {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, slots: vec![0; FEWEST_SLOTS], idents: Vec::new(), persons: Vec::new() }
    }

    pub(crate) fn begin(&mut self, most: usize) {
        if self.slots.len() > FEWEST_SLOTS && self.idents.len().saturating_mul(8) < self.slots.len() {
            self.slots.truncate(FEWEST_SLOTS);
            self.slots.shrink_to(most);
        }
        self.slots.fill(0);
        empty(&mut self.idents, most);
        empty(&mut self.persons, most);
    }

    /// The distinct text equal to `text` under `tag`; whether it is new.
    pub(crate) fn intern(
        &mut self,
        tag: Tag,
        kind: KeyKind,
        text: Text,
        body: &[u8],
        arena: &[u8],
    ) -> (u32, bool) {
        let bytes = text.bytes(body, arena);
        let hashed = hash(self.seed, bytes) ^ tag.salt();
        let mut at = slot(hashed, self.slots.len());
        let mask = self.slots.len().saturating_sub(1);
        while let Some(taken) = self.slots.get(at).copied().filter(|taken| *taken != 0) {
            let found = self.ident(taken.saturating_sub(1));
            if let Some(found) = found
                && found.hash == hashed
                && found.tag == tag
                && found.text.bytes(body, arena) == bytes
            {
                return (taken.saturating_sub(1), false);
            }
            at = at.wrapping_add(1) & mask;
        }
        self.idents.push(Ident {
            hash: hashed,
            text,
            tag,
            kind,
            holder: NONE,
            alias_of: NONE,
            own: false,
            preferred: false,
            repeated: false,
            subject: NONE,
            uses: 0,
            is_pair: false,
        });
        let number = u32::try_from(self.idents.len()).unwrap_or(NONE);
        if let Some(free) = self.slots.get_mut(at) {
            *free = number;
        }
        if self.idents.len().saturating_mul(2) > self.slots.len() {
            self.grow();
        }
        (number.saturating_sub(1), true)
    }

    fn grow(&mut self) {
        let length = self.slots.len().saturating_mul(4);
        self.slots.clear();
        self.slots.resize(length, 0);
        for (nth, ident) in self.idents.iter().enumerate() {
            let mut at = slot(ident.hash, length);
            while self.slots.get(at).is_some_and(|taken| *taken != 0) {
                at = at.wrapping_add(1) & length.saturating_sub(1);
            }
            if let Some(free) = self.slots.get_mut(at) {
                *free = u32::try_from(nth).unwrap_or(0).saturating_add(1);
            }
        }
    }

    pub(crate) fn ident(&self, index: u32) -> Option<&Ident> {
        self.idents.get(usize::try_from(index).ok()?)
    }

    pub(crate) fn ident_mut(&mut self, index: u32) -> Option<&mut Ident> {
        self.idents.get_mut(usize::try_from(index).ok()?)
    }

    pub(crate) fn classes(&self, record: usize) -> ClassSet {
        self.persons.get(record).map(|person| person.classes).unwrap_or_default()
    }

    /// Adds the person of the next record.
    pub(crate) fn add(&mut self, person: Person) -> u32 {
        let record = u32::try_from(self.persons.len()).unwrap_or(NONE);
        self.persons.push(Person { parent: record, ..person });
        record
    }

    /// Whoever shares `ident` as preferred key, or as all contacts, is in one group.
    pub(crate) fn hold(&mut self, record: u32, ident: u32) {
        let Some(ident) = self.ident_mut(ident) else { return };
        if ident.holder == NONE {
            ident.holder = record;
        } else {
            let holder = ident.holder;
            self.join(holder, record);
        }
    }

    /// The group of `record`: its first record.
    pub(crate) fn group(&mut self, record: u32) -> u32 {
        let mut at = record;
        while let Some(parent) = self.parent(at)
            && parent != at
        {
            let above = self.parent(parent).unwrap_or(parent);
            if let Some(person) = self.person_mut(at) {
                person.parent = above;
            }
            at = above;
        }
        at
    }

    fn parent(&self, record: u32) -> Option<u32> {
        Some(self.persons.get(usize::try_from(record).ok()?)?.parent)
    }

    fn person_mut(&mut self, record: u32) -> Option<&mut Person> {
        self.persons.get_mut(usize::try_from(record).ok()?)
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.group(a), self.group(b));
        let (first, second) = (a.min(b), a.max(b));
        if let Some(person) = self.person_mut(second) {
            person.parent = first;
        }
    }

    /// A record known only by a contact joins the group that has it as an alias, if there is just one.
    pub(crate) fn join_by_alias(&mut self) {
        const SHARED: u32 = NONE - 1;
        if self.persons.len() < 2 {
            return;
        }
        for record in 0..u32::try_from(self.persons.len()).unwrap_or(NONE) {
            let group = self.group(record);
            let keys = self
                .persons
                .get(usize::try_from(record).unwrap_or(usize::MAX))
                .map(|person| person.keys.clone());
            for key in keys.iter().flatten().skip(1) {
                let Some(known) = self.ident(*key).map(|ident| ident.alias_of) else { continue };
                let shared = match known {
                    NONE => group,
                    SHARED => SHARED,
                    other if self.group(other) == group => other,
                    _ => SHARED,
                };
                if let Some(ident) = self.ident_mut(*key) {
                    ident.alias_of = shared;
                }
            }
        }
        for nth in 0..self.idents.len() {
            let Some(ident) = self.idents.get(nth).copied() else { continue };
            let contact = matches!(ident.tag, Tag::Email | Tag::Phone);
            if contact && ident.preferred && ident.holder != NONE && ident.alias_of < SHARED {
                self.join(ident.holder, ident.alias_of);
            }
        }
    }

    pub(crate) fn groups(&mut self) -> u32 {
        let first = (0_u32..).zip(&self.persons).filter(|(record, person)| person.parent == *record).count();
        u32::try_from(first).unwrap_or(NONE)
    }

    pub(crate) fn count(&self, tag: Tag) -> u32 {
        u32::try_from(self.idents.iter().filter(|ident| ident.tag == tag).count()).unwrap_or(NONE)
    }
}

impl Tag {
    const fn salt(self) -> u64 {
        match self {
            Self::Id => 0,
            Self::Email => 0x5851_f42d_4c95_7f2d,
            Self::Phone => 0x1405_7b7e_f767_814f,
            Self::Values => 0x2545_f491_4f6c_dd1d,
            Self::Contacts => 0xff51_afd7_ed55_8ccd,
        }
    }
}
