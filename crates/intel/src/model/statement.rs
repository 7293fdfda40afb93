//! Statements: clauses with their place in the discourse.

use serde::{Deserialize, Serialize};

use super::Span;

/// The place of a statement in the discourse. Only what is `stated` or `claimed` about the attack may
/// become an observed technique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discourse {
    /// The report says so.
    Stated,
    /// The report says that somebody says so.
    Claimed,
    /// It may be so.
    Hypothetical,
    /// It is not so.
    Negated,
    /// It should be done: a defence.
    Recommended,
    /// It may follow.
    Consequence,
    /// It is about the report, its author or its site.
    Boilerplate,
}

/// A clause of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Where it stands.
    pub span: Span,
    /// Its sentence, counted from 0: clauses of one sentence have the same.
    pub sentence: usize,
    /// What it is.
    pub role: Discourse,
    /// Who says so, where the report names somebody; also beside `negated` and `hypothetical`.
    pub by: Option<String>,
    /// Why it is that, the word or the rule: `may`, `section: recommendations`.
    pub because: String,
    /// Its text as it was read: mark-up left out, white space folded.
    pub text: String,
}

/// Why a part of the report was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DroppedAs {
    /// Menus, cookies, sharing, subscriptions, copyright.
    Navigation,
    /// Who wrote it.
    Biography,
    /// What the page says about itself.
    Slogan,
    /// Scripts, styles, comments, hidden elements.
    NotShown,
    /// Struck out in the report itself.
    Withdrawn,
    /// Beyond what is read of one report.
    TooLong,
}

/// A part of the report that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Where.
    pub span: Span,
    /// Why.
    pub reason: DroppedAs,
}

/// What was mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RepairKind {
    /// Two sentences stood without a space between them.
    SentencesGlued,
    /// Cells of a table stood without a space between them.
    CellsGlued,
    /// An id stood without a space after a word.
    IdGlued,
    /// A sentence has lost its beginning.
    BeginningLost,
}

/// A place where the text was mended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// What.
    pub kind: RepairKind,
    /// Where: the bytes around the seam, or the sentence without a beginning.
    pub span: Span,
}
