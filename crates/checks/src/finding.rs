//! What a check reports.

use std::sync::Arc;

use spec::inventory::Place;

use crate::catalogue::{Check, Weight};
use crate::radius::Radius;

/// A fault that lets records out, with its place and what to do.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The check that found it.
    pub check: &'static Check,
    /// The operation or route that it is about, as `GET /orders/{id}`; for a finding about a whole
    /// document its name.
    pub subject: Arc<str>,
    /// The position of its operation in [`crate::Facts::operations`], where it is about one.
    pub operation: Option<usize>,
    /// What is wrong: small first letter, no full stop, the user's words in backticks.
    pub message: String,
    /// Where.
    pub at: Place,
    /// What to say at the place itself.
    pub label: Label,
    /// Another place that belongs to it.
    pub also: Option<Also>,
    /// What to do, in one sentence.
    pub help: String,
    /// The exact lines to add, indented as they should stand; empty where no lines would mend it.
    pub add: String,
    /// What else is to be said of it, such as a suppression that has ended.
    pub note: Option<String>,
    /// Whether only intent can say it: see [`Check::needs_intent`].
    pub of_intent: bool,
    /// How much could leave; filled in by the ranking for blockers.
    pub radius: Option<Radius>,
    /// Further operations of the same finding, riskiest first, where one finding stands for many.
    pub others: Vec<Arc<str>>,
    /// How many operations it stands for; 1 for most.
    pub count: usize,
}

/// What to say at a place.
pub type Label = String;

/// Another place of a finding.
#[derive(Clone, Debug)]
pub struct Also {
    /// Where.
    pub at: Place,
    /// What to say there.
    pub label: Label,
}

impl Finding {
    /// A finding of `check` about `subject`.
    #[must_use]
    pub fn new(
        check: &'static Check,
        subject: impl Into<Arc<str>>,
        at: Place,
        message: impl Into<String>,
    ) -> Self {
        Self {
            check,
            subject: subject.into(),
            operation: None,
            message: message.into(),
            at,
            label: String::new(),
            also: None,
            help: String::new(),
            add: String::new(),
            note: None,
            of_intent: check.needs_intent,
            radius: None,
            others: Vec::new(),
            count: 1,
        }
    }

    /// About the operation at `position`.
    #[must_use]
    pub fn operation(mut self, position: usize) -> Self {
        self.operation = Some(position);
        self
    }

    /// With `text` at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// With a second place.
    #[must_use]
    pub fn also(mut self, at: Place, label: impl Into<String>) -> Self {
        self.also = Some(Also { at, label: label.into() });
        self
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = text.into();
        self
    }

    /// With the exact lines to add.
    #[expect(clippy::should_implement_trait, reason = "lines to add, not a sum")]
    #[must_use]
    pub fn add(mut self, lines: impl Into<String>) -> Self {
        self.add = lines.into();
        self
    }

    /// With a second place, where there is one.
    #[must_use]
    pub(crate) fn also_at(mut self, at: Option<Place>, label: impl Into<String>) -> Self {
        self.also = at.map(|at| Also { at, label: label.into() });
        self
    }

    /// Something that the document itself shows, whatever its intent.
    #[must_use]
    pub(crate) const fn shown_by_the_document(mut self) -> Self {
        self.of_intent = false;
        self
    }

    /// Whether a deployment must not go on.
    #[must_use]
    pub fn is_blocker(&self) -> bool {
        self.check.weight == Weight::Blocker
    }

    /// What tells this finding from others across runs, whatever line it stands on: check, subject
    /// and file. A baseline and SARIF's fingerprints are made of it.
    #[must_use]
    pub fn identity(&self, file: &str) -> String {
        format!("{}|{}|{file}", self.check.id, self.subject)
    }
}
