//! What a response discloses, as values that borrow from its body.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use domain::{ClassSet, SubjectKey};
use smallvec::SmallVec;

/// Most keys that one subject carries.
pub const MOST_KEYS: usize = 8;

/// Who leaves with a body, and what about them.
///
/// INVARIANT (one-subject-each): `subjects.len()` equals [`Dimensions::largest`], and each subject's
/// first key differs from every other subject's.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Disclosure<'b> {
    /// One per disclosed person.
    pub subjects: Vec<Subject<'b>>,
    /// The objects that carry personal data, in the order in which they end in the body.
    pub records: Vec<Record<'b>>,
    /// Every class that occurs.
    pub classes: ClassSet,
    /// What was counted.
    pub dimensions: Dimensions,
    /// Token and session values that this answer hands out, at most 16.
    pub issued: Vec<Cow<'b, str>>,
}

impl Disclosure<'_> {
    /// Disclosed subjects (DESIGN.md section 3).
    #[must_use]
    pub fn disclosed(&self) -> usize {
        self.subjects.len()
    }

    /// The same disclosure, owning its texts.
    #[must_use]
    pub fn into_owned(self) -> Disclosure<'static> {
        self.owned()
    }

    /// The same as [`Self::into_owned`], for any lifetime: inline lists are invariant in theirs.
    pub(crate) fn owned<'a>(self) -> Disclosure<'a> {
        let Self { subjects, records, classes, dimensions, issued } = self;
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Disclosure {
            subjects: subjects
                .into_iter()
                .map(|Subject { keys, classes }| Subject {
                    keys: keys.into_iter().map(|key| -> SubjectKey<'a> { key.into_owned() }).collect(),
                    classes,
                })
                .collect(),
            records: records
                .into_iter()
                .map(|Record { span, owners, subject, classes }| Record {
                    span,
                    owners: owners
                        .into_iter()
                        .map(|owner| -> OwnerValue<'a> { owner.into_owned() })
                        .collect(),
                    subject,
                    classes,
                })
                .collect(),
            classes,
            dimensions,
            issued: issued.into_iter().map(own).collect(),
        }
    }
}

impl fmt::Debug for Disclosure<'_> {
    /// Counts and classes only: the rest is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disclosure")
            .field("records", &self.records.len())
            .field("classes", &self.classes)
            .field("dimensions", &self.dimensions)
            .field("issued", &self.issued.len())
            .finish_non_exhaustive()
    }
}

/// One disclosed person.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject<'b> {
    /// The preferred key first, its aliases after it. At least one, at most [`MOST_KEYS`].
    pub keys: SmallVec<[SubjectKey<'b>; 3]>,
    /// What is disclosed about this person.
    pub classes: ClassSet,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("keys", &self.keys.iter().map(|key| key.kind).collect::<Vec<_>>())
            .field("classes", &self.classes)
            .finish()
    }
}

/// One object that carries personal data: the smallest one that does.
#[derive(Clone, PartialEq, Eq)]
pub struct Record<'b> {
    /// Its bytes in the body; empty where it has none of its own (columns, plain text, JSON in a string).
    pub span: Range<usize>,
    /// One per [`crate::Plan::owners`], in that order.
    pub owners: SmallVec<[OwnerValue<'b>; 1]>,
    /// Index into [`Disclosure::subjects`].
    pub subject: u32,
    /// What it carries.
    pub classes: ClassSet,
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("span", &self.span)
            .field("subject", &self.subject)
            .field("classes", &self.classes)
            .finish_non_exhaustive()
    }
}

/// What stands at an owner path of a record.
///
/// # Security
/// Only [`OwnerValue::Text`] can ever prove ownership; the other three are foreign.
#[derive(Clone, PartialEq, Eq)]
pub enum OwnerValue<'b> {
    /// Neither the record nor an object around it has the field.
    Missing,
    /// The field is null.
    Null,
    /// A text, or an integer in decimal.
    Text(Cow<'b, str>),
    /// A fraction, a boolean, an object, or several different values.
    Unusable,
}

impl OwnerValue<'_> {
    /// The same value, owning its text.
    #[must_use]
    pub fn into_owned(self) -> OwnerValue<'static> {
        match self {
            Self::Missing => OwnerValue::Missing,
            Self::Null => OwnerValue::Null,
            Self::Text(text) => OwnerValue::Text(Cow::Owned(text.into_owned())),
            Self::Unusable => OwnerValue::Unusable,
        }
    }
}

impl fmt::Debug for OwnerValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Null => "Null",
            Self::Text(_) => "Text(***)",
            Self::Unusable => "Unusable",
        })
    }
}

/// The distinct values that were counted; the largest of them is the number of disclosed subjects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dimensions {
    /// Records with the same key, or whose contact values are all equal, are one group.
    pub groups: u32,
    /// Distinct normalised e-mail addresses.
    pub emails: u32,
    /// Distinct normalised telephone numbers.
    pub phones: u32,
    /// Distinct pairs of a person's name and a postal address. Where each record is a group of its own,
    /// simply the records that have both: they cannot decide then.
    pub name_addresses: u32,
    /// Distinct ids of persons.
    pub keys: u32,
}

impl Dimensions {
    /// The number of disclosed subjects.
    #[must_use]
    pub fn largest(&self) -> u32 {
        let Self { groups, emails, phones, name_addresses, keys } = *self;
        groups.max(emails).max(phones).max(name_addresses).max(keys)
    }
}

/// Why nobody can say what a body discloses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unmeterable {
    /// Images, archives, fonts, binary formats, text with NUL bytes.
    #[error("the body has no form that can be read")]
    Opaque,
    /// More bytes than can be addressed.
    #[error("the body has more than {most} bytes")]
    TooLarge {
        /// The bound.
        most: usize,
    },
    /// Texts within texts beyond [`crate::Bounds::embedded`], in an encoding that hides what they say.
    #[error("the body has encoded texts within more than {most} others")]
    TooDeep {
        /// The bound.
        most: usize,
    },
    /// More records than [`crate::Bounds::records`].
    #[error("the body has more than {most} records")]
    TooManyRecords {
        /// The bound.
        most: usize,
    },
    /// More relevant values than [`crate::Bounds::values`].
    #[error("the body has more than {most} values that must be looked at together")]
    TooManyValues {
        /// The bound.
        most: usize,
    },
}
