//! What people set about incidents: the section `respond` of the configuration.

use std::collections::BTreeSet;

use domain::{Severity, Window};
use respond::{Rung, SeverityRule};
use serde::{Deserialize, Serialize};

/// Who acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Signals become no incidents. What a person does by hand is done.
    Off,
    /// Signals become incidents, and a person takes the actions.
    Propose,
    /// Actions are taken as far as predicted innocents allow it.
    #[default]
    Act,
}

/// What is done about incidents (`docs/respond.md`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// `off` (no incidents), `propose` (a person takes each action) or `act` (by themselves). Default `act`. Where the gateway's own mode is `observe`, nobody is
    /// refused or slowed by it, and it is only told.
    pub mode: Mode,
    /// How long an automatic action is in force before it half-opens. Between `10s` and `15m`.
    pub action_span: Window,
    /// Innocents that an automatic action may hit in ten minutes, for an incident that is `low`, `medium`,
    /// `high`, `critical`. Beyond it the action is proposed.
    pub innocents: [u32; 4],
    /// How grave an incident must be for `slow`, `refuse-source`, `refuse-kind`, `quarantine`, `isolate`.
    pub from: [Severity; 5],
    /// Steps that are neither taken nor proposed by themselves; the next one is looked at in their place.
    pub off: BTreeSet<Rung>,
    /// By how many milliseconds `slow` delays. At most 30,000.
    pub slow_millis: u32,
    /// How many exchanges one `slow` lets wait at a time.
    pub slow_held: u32,
    /// When so many sources of one incident are refused at an endpoint and another comes, the kind of
    /// traffic is refused instead. Where fewer take part, more than a source is only proposed. At least 1.
    pub crowd: u32,
    /// What an exchange shows that ends so soon after an action was taken does not mean that it failed.
    pub grace: Window,
    /// How grave incidents are. Default: the table of `docs/respond.md`.
    pub severity: Vec<SeverityRule>,
}

impl Default for Settings {
    fn default() -> Self {
        let respond::Settings {
            automatic: _,
            action_span,
            innocents,
            from,
            off,
            slow_millis,
            slow_held,
            crowd,
            grace,
            severity,
        } = respond::Settings::default();
        let mode = Mode::default();
        Self { mode, action_span, innocents, from, off, slow_millis, slow_held, crowd, grace, severity }
    }
}

impl Settings {
    /// As the engine takes it.
    pub(crate) fn engine(&self) -> respond::Settings {
        let Self { mode, action_span, innocents, from, off, slow_millis, slow_held, crowd, grace, severity } =
            self.clone();
        respond::Settings {
            automatic: mode == Mode::Act,
            action_span,
            innocents,
            from,
            off,
            slow_millis,
            slow_held,
            crowd,
            grace,
            severity,
        }
    }

    /// What cannot be meant: the key, and a sentence.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let (least, most) = (Window::from_secs(10), Window::from_secs(15 * 60));
        let checks = [
            (
                "action_span",
                self.action_span < least || self.action_span > most,
                "write between `10s` and `15m`",
            ),
            ("slow_millis", self.slow_millis > 30_000, "write at most 30000"),
            ("crowd", self.crowd == 0, "write at least 1"),
            ("grace", self.grace > Window::MINUTE, "write at most `60s`"),
            ("severity", self.severity.len() > 64, "write at most 64 rules"),
        ];
        checks.into_iter().filter(|(_, is_wrong, _)| *is_wrong).map(|(key, _, help)| (key, help)).collect()
    }
}
