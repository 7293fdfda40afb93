//! What of a learned template may be shown, and which accounts it has.
//!
//! A word in a path may be somebody's name (`/users/anna-schmidt`), and templates stand in logs, in
//! the exchange log and in the ledger. So a word shows as `{word}` until one of two things holds:
//!
//! 1. it is a *plain word of APIs* ([`super::plain`]), alone or with others;
//! 2. it is one word of letters, [`Standing::ENOUGH`] neighbourhoods (IPv4 /24, IPv6 /48) were served
//!    it, no id was ever seen at its position, and at most [`Standing::MOST_BESIDE`] other such words
//!    were. That is what a word of the API's own language looks like; a list of members does not.
//!
//! What remains: a page under one person's first name, among few such pages, that five neighbourhoods
//! read. Whoever wants other names, or these sooner, declares the operation: its template is shown as
//! it is written.
//!
//! Accounts must not depend on what was learned when: a collapse, a promotion or a restart would else
//! hand out fresh budgets. So they are kept under the [`shape`] of a template, a function of its text
//! alone, in which every word that is not plain is a parameter, whether it is shown or not.

use domain::{Endpoint, PathTemplate, Segment};
use smallvec::SmallVec;

use super::plain::is_plain;

/// What a word shows as until it may be shown.
pub(super) const HIDDEN: &str = PathTemplate::HIDDEN;

/// Whether a word may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It may.
    Shown,
    /// Not yet. The neighbourhoods that were served it; fewer than [`Standing::ENOUGH`].
    Hidden(SmallVec<[u64; 4]>),
}

impl Default for Standing {
    fn default() -> Self {
        Self::Hidden(SmallVec::new())
    }
}

impl Standing {
    /// Neighbourhoods that make a word one of the API's own.
    pub(super) const ENOUGH: usize = 5;
    /// Words of no list at one position, above which they look like values.
    pub(super) const MOST_BESIDE: usize = 8;

    /// Notes a neighbourhood; whether there are enough from now on. `few`: whether the words at this
    /// position are few enough to be the API's.
    pub(super) fn heard(&mut self, neighbourhood: u64, few: bool) -> bool {
        let Self::Hidden(heard) = self else { return false };
        if heard.contains(&neighbourhood) {
            return false;
        }
        if heard.len() + 1 < Self::ENOUGH {
            heard.push(neighbourhood);
            return false;
        }
        few
    }
}

/// The template under which the accounts of a learned `endpoint` are kept: plain words stay, every
/// other word and every parameter is a parameter, named by its place.
///
/// A function of the text alone. The shown template of an endpoint has the shape of the endpoint.
///
/// ```
/// let shape = |text: &str| spec::learn::shape(&text.parse().unwrap()).to_string();
/// assert_eq!(shape("GET /users/anna/orders/{id}"), "GET /users/{2}/orders/{4}");
/// assert_eq!(shape("GET /users/{word}/orders/{uuid}"), "GET /users/{2}/orders/{4}");
/// assert_eq!(shape("GET /users/{slug}/orders"), "GET /users/{2}/orders");
/// ```
#[must_use]
pub fn shape(endpoint: &Endpoint) -> Endpoint {
    let mut text = String::new();
    for (place, segment) in (1_usize..).zip(endpoint.template().segments()) {
        text.push('/');
        match segment {
            Segment::Literal(word) if word.is_empty() || is_plain(&word) => text.push_str(&word),
            Segment::Literal(_) | Segment::Parameter(_) => text.push_str(&format!("{{{place}}}")),
            Segment::Rest(name) => text.push_str(&format!("{{*{name}}}")),
        }
    }
    // As long as the template or shorter by a few bytes for each of at most 64 parts: it parses.
    let template = PathTemplate::parse(&text).unwrap_or_else(|_| PathTemplate::elsewhere());
    Endpoint::new(endpoint.method().clone(), template)
}

/// `template` and one more part.
pub(super) fn extended(template: &PathTemplate, part: &str) -> Option<PathTemplate> {
    PathTemplate::parse(&format!("{}/{part}", template.as_str().trim_end_matches('/'))).ok()
}

/// A parameter of kind `kind` that is not in `template` yet, with its braces.
pub(super) fn named(template: &PathTemplate, kind: &str) -> String {
    let mut part = format!("{{{kind}}}");
    let mut nth = 1;
    while template.as_str().contains(&part) {
        nth += 1;
        part = format!("{{{kind}{nth}}}");
    }
    part
}
