//! One subject per disclosed person.

use domain::{ClassSet, DataClass, SubjectKey};
use smallvec::SmallVec;

use super::tables::Tag;
use crate::builder::Builder;
use crate::disclosure::{Dimensions, MOST_KEYS, Subject};
use crate::fact::NONE;

/// A subject before its texts are resolved.
struct Draft {
    keys: SmallVec<[u32; 4]>,
    classes: ClassSet,
}

/// The subjects, and for each record the one it is about.
///
/// One per group first. Where the largest dimension exceeds the groups, further ones come from
/// groups that hold several people of it, until there are as many as the dimension says.
///
/// INVARIANT (one key, one subject): a key belongs to the subject that prefers it, else to the first
/// that has it. A switchboard's number that twenty people share must not make them one person.
pub(super) fn make<'b>(
    builder: &mut Builder<'_>,
    body: &'b [u8],
    dimensions: Dimensions,
) -> (Vec<Subject<'b>>, Vec<u32>) {
    let mut drafts: Vec<Draft> = Vec::with_capacity(index(dimensions.largest()).unwrap_or(0));
    let of_group = groups(builder, &mut drafts);
    let of_record = if dimensions.largest() == dimensions.groups {
        of_group
    } else {
        part(builder, dimensions, &mut drafts, &of_group)
    };
    for (nth, draft) in of_record.iter().enumerate() {
        describe(builder, &mut drafts, *draft, nth);
    }
    let scratch = &*builder.scratch;
    let subjects = drafts
        .into_iter()
        .map(|draft| Subject {
            keys: draft
                .keys
                .iter()
                .filter_map(|key| scratch.tables.ident(*key))
                .map(|ident| SubjectKey { kind: ident.kind, text: ident.text.resolve(body, &scratch.arena) })
                .collect(),
            classes: draft.classes,
        })
        .collect();
    (subjects, of_record)
}

/// One draft per group, with the preferred key of its first record; for each record its group's draft.
fn groups(builder: &mut Builder<'_>, drafts: &mut Vec<Draft>) -> Vec<u32> {
    let tables = &mut builder.scratch.tables;
    let records = u32::try_from(tables.persons.len()).unwrap_or(NONE);
    let mut of_record: Vec<u32> = Vec::with_capacity(tables.persons.len());
    for number in 0..records {
        // A group is named by its first record, which was seen before all others of it.
        let group = tables.group(number);
        if group != number {
            let draft = index(group).and_then(|group| of_record.get(group)).copied().unwrap_or(0);
            of_record.push(draft);
            continue;
        }
        let draft = u32::try_from(drafts.len()).unwrap_or(NONE);
        let key = index(number)
            .and_then(|nth| tables.persons.get(nth))
            .and_then(|person| person.keys.first().copied());
        let mut keys = SmallVec::new();
        if let Some(key) = key
            && let Some(ident) = tables.ident_mut(key)
        {
            ident.subject = draft;
            keys.push(key);
        }
        drafts.push(Draft { keys, classes: ClassSet::EMPTY });
        of_record.push(draft);
    }
    of_record
}

/// Adds to a draft what record `nth` tells of it.
fn describe(builder: &mut Builder<'_>, drafts: &mut [Draft], draft: u32, nth: usize) {
    let tables = &mut builder.scratch.tables;
    let Some(slot) = index(draft).and_then(|draft| drafts.get_mut(draft)) else { return };
    let Some(person) = tables.persons.get(nth) else { return };
    slot.classes = slot.classes.union(person.classes);
    for key in person.keys.clone() {
        if slot.keys.len() >= MOST_KEYS {
            return;
        }
        if let Some(ident) = tables.ident_mut(key)
            && ident.subject == NONE
        {
            ident.subject = draft;
            slot.keys.push(key);
        }
    }
}

/// Parts groups by the values of the largest dimension; for each record its draft.
fn part(
    builder: &mut Builder<'_>,
    dimensions: Dimensions,
    drafts: &mut Vec<Draft>,
    of_group: &[u32],
) -> Vec<u32> {
    let by = Dimension::largest(dimensions);
    let mut spare = dimensions.largest().saturating_sub(dimensions.groups);
    // Whether a group's own draft stands for a value of the dimension already.
    let mut taken: Vec<bool> =
        drafts.iter().map(|draft| draft.keys.iter().any(|key| by.has(builder, *key))).collect();
    let mut of_record = Vec::with_capacity(of_group.len());
    for (nth, first) in of_group.iter().copied().enumerate() {
        let mut mine = NONE;
        for value in by.values(builder, nth) {
            let Some(ident) = builder.scratch.tables.ident_mut(value) else { continue };
            if ident.subject == NONE {
                let taken = index(first).and_then(|first| taken.get_mut(first));
                match taken {
                    Some(taken) if !*taken => {
                        *taken = true;
                        ident.subject = first;
                        claim(drafts, first, value, by);
                    }
                    _ if spare > 0 => {
                        spare = spare.saturating_sub(1);
                        ident.subject = u32::try_from(drafts.len()).unwrap_or(NONE);
                        let keys = [value].into_iter().collect();
                        drafts.push(Draft { keys, classes: by.classes() });
                    }
                    _ => {
                        ident.subject = first;
                        claim(drafts, first, value, by);
                    }
                }
            }
            if mine == NONE {
                mine = ident.subject;
            }
        }
        of_record.push(if mine == NONE { first } else { mine });
    }
    of_record
}

/// A draft that stands for a value has it as a key; pairs of name and address only where they stand alone.
fn claim(drafts: &mut [Draft], draft: u32, value: u32, by: Dimension) {
    if let Some(draft) = index(draft).and_then(|draft| drafts.get_mut(draft))
        && draft.keys.len() < MOST_KEYS
        && by != Dimension::Pairs
    {
        draft.keys.push(value);
    }
}

fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

/// The dimension by which groups are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Keys,
    Emails,
    Phones,
    Pairs,
}

impl Dimension {
    fn largest(dimensions: Dimensions) -> Self {
        let most = dimensions.largest();
        if dimensions.keys == most {
            Self::Keys
        } else if dimensions.emails == most {
            Self::Emails
        } else if dimensions.phones == most {
            Self::Phones
        } else {
            Self::Pairs
        }
    }

    fn classes(self) -> ClassSet {
        match self {
            Self::Emails => [DataClass::Email].into_iter().collect(),
            Self::Phones => [DataClass::Phone].into_iter().collect(),
            Self::Keys | Self::Pairs => ClassSet::EMPTY,
        }
    }

    /// Whether the distinct text `key` is a value of this dimension.
    fn has(self, builder: &Builder<'_>, key: u32) -> bool {
        builder.scratch.tables.ident(key).is_some_and(|ident| match self {
            Self::Keys => ident.tag == Tag::Id && (ident.own || ident.preferred) && !ident.repeated,
            Self::Emails => ident.tag == Tag::Email,
            Self::Phones => ident.tag == Tag::Phone,
            Self::Pairs => ident.is_pair,
        })
    }

    /// The values of this dimension that record `nth` carries.
    fn values(self, builder: &Builder<'_>, nth: usize) -> SmallVec<[u32; 4]> {
        let Some(person) = builder.scratch.tables.persons.get(nth) else { return SmallVec::new() };
        let all: &[u32] = match self {
            Self::Keys => &person.keys,
            Self::Emails | Self::Phones => &person.contacts,
            Self::Pairs => std::slice::from_ref(&person.pair),
        };
        all.iter().copied().filter(|key| self.has(builder, *key)).collect()
    }
}
