//! What is asked of actions, by people and by the ladder, and what is answered.

use domain::Window;

use crate::action::{ActionId, Ended, Measure, Rung};
use crate::incident::IncidentId;
use crate::target::Target;
use crate::traffic::Innocents;

/// Longest reason or name, in characters; what is longer is cut.
pub const MOST_TEXT: usize = 200;
/// Longest name of an endpoint or upstream that is kept with an action, in characters.
const MOST_NAME: usize = 512;

/// An action that a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The step: `refuse` (of a source or kind), `quarantine`, `isolate`, `slow`.
    pub rung: Rung,
    /// Against what.
    pub target: Target,
    /// How its endpoint or upstream is called, for people.
    pub named: Option<String>,
    /// For how long. At most a day.
    pub span: Window,
    /// Who asks.
    pub who: String,
    /// Why.
    pub reason: String,
    /// The incident it is about.
    pub incident: Option<IncidentId>,
}

/// Why an action was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActError {
    /// No reason was given.
    #[error("an action needs a reason and a name")]
    Nameless,
    /// The span is none.
    #[error("an action by hand lasts between 1s and {most}, not {span}")]
    Span {
        /// As asked.
        span: Window,
        /// The most.
        most: Window,
    },
    /// The step and the target do not belong together.
    #[error("`{}` is not done to such a target", rung.word())]
    Mismatch {
        /// The step.
        rung: Rung,
    },
    /// The same is in force or proposed.
    #[error("{0} does the same")]
    Same(ActionId),
    /// A bound is reached.
    #[error("there are as many actions of this sort as there may be; undo one first")]
    Full,
    /// There is no such proposal.
    #[error("{0} is no open proposal")]
    NotProposed(ActionId),
}

/// Why an action was not undone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UndoError {
    /// It is over.
    #[error("{0} is over: it is not in force and not proposed")]
    Over(ActionId),
    /// Nothing is known of it: it never was, or ended long ago.
    #[error("there is no {0}, or it ended long ago and is forgotten")]
    Unknown(ActionId),
}

/// What time or a trickle did to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It half-opened.
    HalfOpened(ActionId),
    /// It was renewed.
    Renewed(ActionId),
    /// It ended.
    Ended(ActionId, Ended),
}

/// What the ladder decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) incident: IncidentId,
    pub(crate) rung: Rung,
    pub(crate) target: Target,
    pub(crate) named: Option<String>,
    pub(crate) measure: Measure,
    pub(crate) reason: String,
    pub(crate) innocents: Innocents,
    /// Whether it is taken without being asked.
    pub(crate) automatic: bool,
    pub(crate) span: Window,
}

/// A name for people: an endpoint may be long.
pub(crate) fn name(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(MOST_NAME).map(clean).collect()
}

/// Text of people and rules, bounded and on one line.
pub(crate) fn short(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text.trim().chars().take(MOST_TEXT).map(clean).collect()
}
