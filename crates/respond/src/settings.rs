//! What people may set.

use std::collections::BTreeSet;

use domain::{Severity, Window};
use serde::{Deserialize, Serialize};

use crate::action::{MOST_AUTOMATIC, Rung};
use crate::severity::SeverityRule;

/// When what is done by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether actions are taken without asking. Else all are proposed.
    pub automatic: bool,
    /// How long an automatic action is in force before it half-opens. Between 10 s and 15 m.
    pub action_span: Window,
    /// Innocents that an automatic action may hit in ten minutes, for an incident that is `low`, `medium`,
    /// `high`, `critical`. Beyond it the action is proposed.
    pub innocents: [u32; 4],
    /// How grave an incident must be for `slow`, `refuse-source`, `refuse-kind`, `quarantine`, `isolate`.
    pub from: [Severity; 5],
    /// Steps that are neither taken nor proposed; the next one is looked at in their place.
    pub off: BTreeSet<Rung>,
    /// By how many milliseconds `slow` delays. At most 30,000.
    pub slow_millis: u32,
    /// How many exchanges one `slow` lets wait at a time.
    pub slow_held: u32,
    /// When so many sources of one incident are refused at an endpoint and another comes, the kind of
    /// traffic is refused instead. Where fewer take part, more than a source is only proposed.
    pub crowd: u32,
    /// Exchanges that began before an action was taken may end after it for so long: what they show
    /// does not mean that the action failed.
    pub grace: Window,
    /// How grave incidents are.
    pub severity: Vec<SeverityRule>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            automatic: true,
            action_span: MOST_AUTOMATIC,
            innocents: [0, 1, 5, 20],
            from: [Severity::Low, Severity::Medium, Severity::High, Severity::Critical, Severity::Critical],
            off: BTreeSet::new(),
            slow_millis: 2000,
            slow_held: 32,
            crowd: 5,
            grace: Window::from_secs(5),
            severity: SeverityRule::defaults(),
        }
    }
}

impl Settings {
    /// The span of an automatic action, within its bounds whatever was set.
    pub(crate) fn span(&self) -> Window {
        self.action_span.clamp(Window::from_secs(10), MOST_AUTOMATIC)
    }

    pub(crate) fn innocents(&self, severity: Severity) -> u32 {
        let [low, medium, high, critical] = self.innocents;
        match severity {
            Severity::Low => low,
            Severity::Medium => medium,
            Severity::High => high,
            Severity::Critical => critical,
        }
    }

    pub(crate) fn from(&self, rung: Rung) -> Severity {
        let [slow, source, kind, quarantine, isolate] = self.from;
        match rung {
            Rung::Slow => slow,
            Rung::RefuseSource => source,
            Rung::RefuseKind => kind,
            Rung::Quarantine => quarantine,
            Rung::Isolate => isolate,
        }
    }
}
