//! Contacts that a request brings.

use std::borrow::Cow;
use std::fmt;

use domain::KeyKind;

use crate::{Bounds, Plan, Scratch, Shape, meter};

/// The e-mail addresses and telephone numbers in a request, normalised, at most [`Contacts::MOST`] of each.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contacts<'b> {
    /// In lower case.
    pub emails: Vec<Cow<'b, str>>,
    /// In E.164, or as dialled.
    pub phones: Vec<Cow<'b, str>>,
}

impl Contacts<'_> {
    /// More contacts than this in one request are no look-up of a person: none is told.
    pub const MOST: usize = 16;

    /// Whether the request brings none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.emails.is_empty() && self.phones.is_empty()
    }
}

impl fmt::Debug for Contacts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contacts")
            .field("emails", &self.emails.len())
            .field("phones", &self.phones.len())
            .finish()
    }
}

/// The contacts in a request's query ([`Shape::Form`]) or body.
///
/// What cannot be metered, and a request with more than [`Contacts::MOST`] contacts, brings none.
///
/// ```
/// use meter::{Shape, contacts};
/// let found = contacts(b"order=7&email=Ann%40Example.com", Shape::Form);
/// assert_eq!(found.emails, ["ann@example.com"]);
/// ```
#[must_use]
pub fn contacts(bytes: &[u8], shape: Shape) -> Contacts<'_> {
    contacts_with(bytes, shape, &mut Scratch::default())
}

/// The same with working memory that is kept.
pub fn contacts_with<'b>(bytes: &'b [u8], shape: Shape, scratch: &mut Scratch) -> Contacts<'b> {
    let bounds = Bounds { records: 64, values: 4096, ..Bounds::default() };
    let mut found = Contacts::default();
    let Ok(disclosure) = meter(bytes, shape, &Plan::default(), &bounds, scratch) else { return found };
    let most = disclosure.dimensions.emails.max(disclosure.dimensions.phones);
    if usize::try_from(most).unwrap_or(usize::MAX) > Contacts::MOST {
        return found;
    }
    for key in disclosure.subjects.into_iter().flat_map(|subject| subject.keys) {
        match key.kind {
            KeyKind::Email => found.emails.push(key.text),
            KeyKind::Phone => found.phones.push(key.text),
            _ => {}
        }
    }
    found
}
