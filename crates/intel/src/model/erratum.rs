//! Errata: where a report contradicts itself, a knowledge base or arithmetic.

use serde::{Deserialize, Serialize};

use super::Span;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErratumKind {
    /// The label (OWASP, weakness) is not what its definition says of what happened.
    LabelAgainstDefinition,
    /// The advice or the rule watches something that the attack as told does not do.
    AdviceMissesAttack,
    /// A word is illustrated by its opposite.
    IllustrationContradictsTerm,
    /// A tool is named for what it does not do.
    ToolMisplaced,
    /// One number counts different things in different places.
    MixedUnits,
    /// A defence is paired with a technique that its ontology does not link to it.
    PairingNotInOntology,
    /// A defence is named that is a category in its ontology, not a technique.
    CategoryNotTechnique,
    /// A step that must lie between the named ones is not named.
    MissingTactic,
    /// Two statements cannot both hold.
    Contradiction,
    /// A cause is stated as certain that rests on what is only supposed.
    CertaintyUnsupported,
    /// The advice stops one source, where the attack can come from many.
    SingleSourceAdvice,
    /// The advice limits requests, where one request carries many records.
    RequestsNotRecords,
    /// The advice needs a session or identity that the attack did not have.
    NeedsIdentity,
    /// The arithmetic of the report does not hold.
    Arithmetic,
    /// An id does not exist.
    UnknownId,
    /// An id was revoked or deprecated.
    RevokedId,
    /// An id is given another name than its own.
    NameAgainstId,
    /// Times that cannot follow each other as told.
    OrderOfEvents,
    /// A number is told of as taken that was only within reach.
    ReachTakenForTaken,
}

/// One place of a contradiction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where in the report; null for a place in a knowledge base.
    pub span: Option<Span>,
    /// What stands there, in a few words of ours.
    pub says: String,
}

/// A fault in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erratum {
    /// What is wrong.
    pub kind: ErratumKind,
    /// One sentence for people.
    pub message: String,
    /// What contradicts what: at least one place in the report, at least two places in all.
    pub places: Vec<Place>,
}
