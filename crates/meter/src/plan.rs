//! What is known about a body before it is read: declared paths, the resource's name, bounds.

use std::sync::Arc;

use domain::{FieldPath, PathTemplate, Segment};

use crate::key;

/// What the endpoint's intent and path say about its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The declared path of the subject, if any.
    pub subject: Option<FieldPath>,
    /// The declared owner paths. The first [`Plan::MOST_OWNERS`] are read, others are `Missing`.
    pub owners: Vec<FieldPath>,
    /// The resource's name in singular, such as `customer`.
    pub resource: Option<Arc<str>>,
    /// Whether the path has no parameter, query or credential: then a script carries no subjects.
    pub static_asset: bool,
}

impl Plan {
    /// Most owner paths that are read from each record.
    pub const MOST_OWNERS: usize = 15;

    /// The resource that the last telling segment of `template` names, in singular.
    ///
    /// ```
    /// use domain::PathTemplate;
    /// let of = |path: &str| meter::Plan::resource_of(&PathTemplate::parse(path).unwrap());
    /// assert_eq!(of("/api/v1/customers/{id}").as_deref(), Some("customer"));
    /// assert_eq!(of("/api/customers/search").as_deref(), Some("customer"));
    /// assert_eq!(of("/api/v2"), None);
    /// ```
    #[must_use]
    pub fn resource_of(template: &PathTemplate) -> Option<Arc<str>> {
        let mut found = None;
        for segment in template.segments() {
            if let Segment::Literal(text) = segment
                && let Some(word) = key::resource_word(&text)
            {
                found = Some(word.into());
            }
        }
        found
    }
}

/// Bounds on what one body may make the meter hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Containers within containers. What lies deeper is read as plain text. Default 64.
    pub depth: usize,
    /// Records in one body. Default 200,000.
    pub records: usize,
    /// Values that may be personal or name a person. Default 2,000,000.
    pub values: usize,
    /// JSON or base64 within a string within JSON. Default 3 levels; what lies deeper is read as plain
    /// text, and base64 that would still have to be decoded is refused.
    pub embedded: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { depth: 64, records: 200_000, values: 2_000_000, embedded: 3 }
    }
}
