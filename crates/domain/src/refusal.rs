//! Why something did not pass.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Window;

/// The kinds of refusal, a closed set: metric labels and exchange logs use these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The request can be read in two ways, or not at all.
    Ambiguous,
    /// A header, body or target above its size limit.
    TooLarge,
    /// The client took longer than its limit to send the request.
    TooSlow,
    /// `Upgrade` or `CONNECT`, which are refused for now.
    Upgrade,
    /// No declared operation at this door (enforce).
    UnknownEndpoint,
    /// The door's declaration has expired or cannot be resolved: it is closed.
    ClosedEndpoint,
    /// The operation needs a verified identity and there is none.
    Unauthenticated,
    /// A policy says no, or no policy says yes, or a policy failed to evaluate.
    Forbidden,
    /// A virtual patch forbids it.
    Patched,
    /// The response holds records that are not the caller's.
    Foreign,
    /// More requests than the limit.
    RateLimited,
    /// More distinct objects than the limit.
    DistinctLimited,
    /// More data subjects than the budget.
    BudgetSpent,
    /// More look-ups of people than the look-up budget.
    LookUpsSpent,
    /// The response cannot be metered and the door is known or declared to hold personal data.
    Unmeterable,
    /// The ledger cannot make the exposure durable.
    LedgerUnavailable,
    /// The upstream cannot be reached or broke off.
    UpstreamUnavailable,
    /// The upstream took longer than its limit.
    UpstreamTimeout,
    /// The gateway is at its bound of concurrent work, or draining.
    Overloaded,
    /// An action about an incident refuses this source or kind of traffic for now.
    Contained,
    /// An action about an incident has closed the endpoint or its upstream for now.
    Quarantined,
}

impl RefusalKind {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Ambiguous,
        Self::TooLarge,
        Self::TooSlow,
        Self::Upgrade,
        Self::UnknownEndpoint,
        Self::ClosedEndpoint,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::Patched,
        Self::Foreign,
        Self::RateLimited,
        Self::DistinctLimited,
        Self::BudgetSpent,
        Self::LookUpsSpent,
        Self::Unmeterable,
        Self::LedgerUnavailable,
        Self::UpstreamUnavailable,
        Self::UpstreamTimeout,
        Self::Overloaded,
        Self::Contained,
        Self::Quarantined,
    ];

    /// The status that the client sees (RFC 9110 section 15, RFC 6585).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Ambiguous => 400,
            Self::TooLarge => 413,
            Self::TooSlow => 408,
            Self::Upgrade => 501,
            Self::UnknownEndpoint => 404,
            Self::Unauthenticated => 401,
            Self::Forbidden | Self::Patched | Self::Foreign => 403,
            Self::RateLimited
            | Self::DistinctLimited
            | Self::BudgetSpent
            | Self::LookUpsSpent
            | Self::Contained => 429,
            Self::Unmeterable | Self::UpstreamUnavailable => 502,
            Self::ClosedEndpoint | Self::LedgerUnavailable | Self::Overloaded | Self::Quarantined => 503,
            Self::UpstreamTimeout => 504,
        }
    }

    /// Whether observe mode lets it pass and only notes it. Refusals that have nothing to release
    /// (the upstream is gone, the request unreadable) stand in every mode; and so does the ledger's,
    /// for nothing unaccounted leaves in any mode.
    #[must_use]
    pub const fn is_judgement(self) -> bool {
        matches!(
            self,
            Self::UnknownEndpoint
                | Self::ClosedEndpoint
                | Self::Unauthenticated
                | Self::Forbidden
                | Self::Patched
                | Self::Foreign
                | Self::RateLimited
                | Self::DistinctLimited
                | Self::BudgetSpent
                | Self::LookUpsSpent
                | Self::Unmeterable
                | Self::Contained
                | Self::Quarantined
        )
    }

    /// Whether an action about an incident refused it.
    #[must_use]
    pub const fn is_of_action(self) -> bool {
        matches!(self, Self::Contained | Self::Quarantined)
    }

    /// The word used in logs, metrics and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::Upgrade => "upgrade",
            Self::UnknownEndpoint => "unknown-endpoint",
            Self::ClosedEndpoint => "closed-endpoint",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::Patched => "patched",
            Self::Foreign => "foreign",
            Self::RateLimited => "rate-limited",
            Self::DistinctLimited => "distinct-limited",
            Self::BudgetSpent => "budget-spent",
            Self::LookUpsSpent => "look-ups-spent",
            Self::Unmeterable => "unmeterable",
            Self::LedgerUnavailable => "ledger-unavailable",
            Self::UpstreamUnavailable => "upstream-unavailable",
            Self::UpstreamTimeout => "upstream-timeout",
            Self::Overloaded => "overloaded",
            Self::Contained => "contained",
            Self::Quarantined => "quarantined",
        }
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Whose budget was spent, where a refusal is about a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The caller's own.
    Caller,
    /// That of a network around the caller.
    Network,
    /// That of everybody of the caller's kind together.
    Everyone,
}

impl Whose {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Caller, Self::Network, Self::Everyone];
}

/// A refusal: what the client may know, and what the log shall know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind, which picks the status.
    pub kind: RefusalKind,
    /// When a retry could succeed.
    pub retry_after: Option<Window>,
    /// For log and `explain` only: which rule, limit or budget. Never personal data, never sent.
    pub detail: String,
    /// Whose budget it is about, if it is about one.
    pub budget: Option<Whose>,
    /// The action that refuses it, if one does. For logs only.
    pub action: Option<Arc<ByAction>>,
}

/// An action about an incident, by the names under which people find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByAction {
    /// Such as `ACT-12`.
    pub action: String,
    /// Such as `INC-7K3Q9M`; an action by hand may have none.
    pub incident: Option<String>,
}

impl Refusal {
    /// A refusal of `kind`, for the reason `detail` (log only).
    #[must_use]
    pub fn new(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self { kind, retry_after: None, detail: detail.into(), budget: None, action: None }
    }

    /// The same, with the time after which a retry could succeed.
    #[must_use]
    pub fn retry_after(mut self, wait: Window) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same, by an action.
    #[must_use]
    pub fn by(mut self, action: ByAction) -> Self {
        self.action = Some(Arc::new(action));
        self
    }

    /// Whether the caller's own budget of people is spent.
    #[must_use]
    pub fn is_of_own_budget(&self) -> bool {
        self.kind == RefusalKind::BudgetSpent && self.budget == Some(Whose::Caller)
    }

    /// The same, about the budget of `whose`.
    #[must_use]
    pub fn about(mut self, whose: Whose) -> Self {
        self.budget = Some(whose);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_serialised_word_and_a_refusing_status() {
        for kind in RefusalKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.word()));
            assert!((400..=599).contains(&kind.status()));
        }
    }

    #[test]
    fn nothing_unaccounted_leaves_even_in_observe_mode() {
        assert!(!RefusalKind::LedgerUnavailable.is_judgement());
    }
}
