//! A finding that somebody answers for, until a day.

use std::sync::Arc;

use domain::Timestamp;

use super::Place;

/// A suppression: which check, where, why, on whose word, until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The check's id, such as `ACH-102`.
    pub check: Arc<str>,
    /// Why the finding is no fault here.
    pub reason: Arc<str>,
    /// Who answers for it.
    pub owner: Arc<str>,
    /// From this time on the finding counts again.
    pub expires: Timestamp,
    /// Which findings it is about.
    pub scope: Scope,
    /// Where it is written.
    pub at: Place,
}

/// Which findings a suppression is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those whose place lies within this one: an operation, a path, a whole file, a line.
    Within(Place),
    /// The one with this subject in this file: an entry of a baseline.
    Subject {
        /// As in the finding: `GET /orders/{id}`.
        subject: Arc<str>,
        /// The file's name.
        file: Arc<str>,
    },
}

impl Scope {
    /// Whether a finding about `subject` at `at`, in the file called `file`, is meant.
    #[must_use]
    pub fn holds(&self, subject: &str, at: Place, file: &str) -> bool {
        match self {
            Self::Within(within) => {
                within.source == at.source
                    && within.span.start <= at.span.start
                    && at.span.start < within.span.end.max(within.span.start.saturating_add(1))
            }
            Self::Subject { subject: named, file: of } => &**named == subject && &**of == file,
        }
    }
}
