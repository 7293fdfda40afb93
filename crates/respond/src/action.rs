//! One thing that is done about an incident: against whom, why, until when, by whom.

use std::fmt;
use std::str::FromStr;

use domain::{Timestamp, Window};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::incident::IncidentId;
use crate::target::Target;
use crate::traffic::Innocents;

/// Longest time that an automatic action is in force before it half-opens.
pub(crate) const MOST_AUTOMATIC: Window = Window::from_secs(15 * 60);
/// Longest time that an action by hand is in force.
pub const MOST_BY_HAND: Window = Window::DAY;
/// How long an automatic action is half-open.
pub(crate) const HALF_OPEN: Window = Window::from_secs(5 * 60);
/// A half-open action lets one exchange through in so many milliseconds.
pub(crate) const TRICKLE_MILLIS: u64 = 10_000;
/// So many trickled exchanges that show nothing lift an action.
pub(crate) const CLEAN: u32 = 5;

/// The number of an action, shown as `ACT-12`. It is never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub(crate) u64);

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ACT-{}", self.0)
    }
}

impl FromStr for ActionId {
    type Err = String;

    /// # Errors
    /// A sentence that shows the form.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix("ACT-").filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        number.and_then(|digits| digits.parse().ok()).map(Self).ok_or_else(|| {
            format!(
                "`{}` is no action; actions are written like `ACT-12`",
                text.chars().take(40).collect::<String>()
            )
        })
    }
}

impl Serialize for ActionId {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ActionId {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The steps of the ladder, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// Slow a source down.
    Slow,
    /// Refuse a source.
    RefuseSource,
    /// Refuse a kind of traffic at an endpoint.
    RefuseKind,
    /// Close an endpoint.
    Quarantine,
    /// Close all endpoints of an upstream.
    Isolate,
}

impl Rung {
    /// The word for output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::RefuseSource => "refuse-source",
            Self::RefuseKind => "refuse-kind",
            Self::Quarantine => "quarantine",
            Self::Isolate => "isolate",
        }
    }
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Answers come late.
    Slow {
        /// By so much.
        delay_millis: u32,
        /// So many exchanges wait at a time, at most. Of further ones those of principals pass, the
        /// others are told to come again.
        held: u32,
    },
    /// 429, with `Retry-After`.
    Refuse,
    /// 503, with `Retry-After`: the endpoint or upstream is closed.
    Close,
}

/// Who decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// The ladder.
    Rule,
    /// A person, as the admin socket knows them.
    Hand {
        /// Their name.
        who: String,
    },
}

impl By {
    /// Whether nobody looked at it.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        *self == Self::Rule
    }
}

/// How an action ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// A person undid it, or closed its incident.
    Undone {
        /// Who.
        who: String,
    },
    /// It was a proposal, and a person turned it down.
    Declined {
        /// Who.
        who: String,
    },
    /// The half-open door showed nothing more.
    Lifted,
    /// Its time was over.
    Expired,
    /// It was a proposal that nobody took within an hour.
    Lapsed,
    /// It was a proposal, and a graver one needed its room.
    Displaced,
}

/// Where an action stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It would hit more innocents than may be hit unasked: a person must take it.
    Proposed,
    /// In force until [`Action::until`], then half-open until [`Action::ends`].
    InForce,
    /// Over.
    Ended {
        /// When.
        at: Timestamp,
        /// How.
        how: Ended,
    },
}

/// Something that is done, was done, or is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its number.
    pub id: ActionId,
    /// Its incident; an action by hand may have none.
    pub incident: Option<IncidentId>,
    /// The step of the ladder.
    pub rung: Rung,
    /// Against what.
    pub target: Target,
    /// How the endpoint or upstream of the target is called; keys name nothing. Of an upstream that the
    /// ladder speaks of, the endpoint by which it was met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<String>,
    /// What is done.
    pub measure: Measure,
    /// By whom.
    pub by: By,
    /// Why. At most 200 characters.
    pub reason: String,
    /// When it was decided.
    pub taken: Timestamp,
    /// When it was taken or last renewed.
    pub since: Timestamp,
    /// In full force before this.
    pub until: Timestamp,
    /// Half-open before this; the same as `until` where it just ends.
    pub ends: Timestamp,
    /// How often it was renewed.
    pub renewals: u32,
    /// Trickled exchanges that showed nothing, since it half-opened.
    pub clean: u32,
    /// Whom it was predicted to hit beside those it is meant for.
    pub innocents: Innocents,
    /// Where it stands.
    pub phase: Phase,
}

impl Action {
    /// Whether it acts at `now`, half-open or in full.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.phase == Phase::InForce && now < self.ends
    }

    /// Whether it lets a trickle through at `now`.
    #[must_use]
    pub fn is_half_open(&self, now: Timestamp) -> bool {
        self.is_in_force(now) && now >= self.until
    }

    /// Puts it in force from `now` for `span`; an automatic refusal half-opens thereafter.
    pub(crate) fn run(&mut self, now: Timestamp, span: Window) {
        let is_slow = matches!(self.measure, Measure::Slow { .. });
        self.since = now;
        self.until = now.plus(span);
        self.ends = if self.by.is_automatic() && !is_slow { self.until.plus(HALF_OPEN) } else { self.until };
        self.clean = 0;
        self.phase = Phase::InForce;
    }

    /// The longest span it may be given.
    pub(crate) fn most(&self) -> Window {
        if self.by.is_automatic() { MOST_AUTOMATIC } else { MOST_BY_HAND }
    }
}
