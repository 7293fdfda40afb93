//! What the operator hears of exchanges: one line for each refusal, and rarely what repeats itself.
//!
//! A refusal has the line that says most: a spent budget, a closed operation and a policy that failed
//! have their own, the others `exchange refused`. What one source can cause over and over again is a
//! warning once a minute.

use std::collections::HashSet;
use std::sync::Mutex;

use detect::{Grouped, Joining, Signal};
use domain::{Caller, Endpoint, ExchangeId, IpPrefix, Mode, Refusal, RefusalKind, Timestamp};
use policy::authorize::Policies;
use telemetry::{CallerWord, Configured, CredentialFault, Occurrence, Seldom, SourceWord};

use crate::doors::Door;
use crate::identify::IdentifyFault;
use crate::locked;
use detect::Said;

/// Most names of shadow endpoints that are remembered as told. The learner knows no more doors than
/// this by far; beyond it a name may be told again.
const MOST_SHADOWS: usize = 65_536;

/// What was told lately.
#[derive(Debug, Default)]
pub(crate) struct Told {
    spent: Seldom,
    closed: Seldom,
    expired: Seldom,
    /// Bound: [`MOST_SHADOWS`] names, of templates in which words are hidden; beyond it none is kept.
    shadows: Mutex<HashSet<Endpoint>>,
}

/// An exchange that is refused.
pub(crate) struct Refused<'r> {
    pub(crate) exchange: ExchangeId,
    pub(crate) endpoint: &'r Endpoint,
    pub(crate) caller: &'r Caller,
    /// The narrowest network that it came from.
    pub(crate) source: Option<IpPrefix>,
    /// What is wrong with the credential that was presented.
    pub(crate) fault: Option<IdentifyFault>,
    pub(crate) mode: Mode,
    pub(crate) at: Timestamp,
}

impl Told {
    /// Writes the one line of a refusal.
    pub(crate) fn refusal(&self, refused: &Refused<'_>, refusal: &Refusal) {
        let Refused { exchange, endpoint, caller, source, fault, mode, at } = *refused;
        let (kind, detail) = (refusal.kind, Configured(&refusal.detail));
        let word = CallerWord::of(caller);
        if let Some(policies) = policy::authorize::failed_policies(refusal) {
            let policy = Configured(policies);
            telemetry::PolicyFailed { exchange, endpoint, kind, policy }.emit();
        } else if kind == RefusalKind::BudgetSpent && self.spent.first(source, at) {
            telemetry::BudgetSpent { exchange, endpoint, kind, caller: word, budget: detail, mode }.emit();
        } else if kind == RefusalKind::ClosedEndpoint && self.closed.first(endpoint, at) {
            telemetry::EndpointClosed { exchange, endpoint, kind, cause: detail }.emit();
        } else {
            let cause = (kind == RefusalKind::Unauthenticated).then(|| cause(caller, fault));
            let by = refusal.action.as_deref();
            let action = by.map(|by| Configured(&by.action));
            let incident = by.and_then(|by| by.incident.as_deref()).map(Configured);
            telemetry::ExchangeRefused {
                exchange,
                endpoint,
                kind,
                cause,
                action,
                incident,
                caller: word,
                mode,
            }
            .emit();
        }
    }

    /// A request came to a door of which an expired patch was.
    pub(crate) fn expired_patch(
        &self,
        policies: &Policies,
        exchange: ExchangeId,
        endpoint: &Endpoint,
        door: &Door,
        at: Timestamp,
    ) {
        if let Some(patch) = policies.expired_about(endpoint, at)
            && self.expired.first(&patch.id, at)
        {
            let (expired, patch) = (patch.expires, Configured(&patch.id));
            telemetry::ExpiredPatchMet { exchange, endpoint: &door.shown(), patch, expired }.emit();
        }
    }

    /// A shadow endpoint was learned: each is counted, and told once as it is written.
    pub(crate) fn shadow(&self, shown: &Endpoint) {
        let seen = telemetry::ShadowEndpointSeen { endpoint: shown };
        seen.count(telemetry::metrics());
        let mut told = locked(&self.shadows);
        if told.contains(shown) {
            return;
        }
        if told.len() < MOST_SHADOWS {
            told.insert(shown.clone());
        }
        drop(told);
        seen.log();
    }
}

/// An exchange of which detectors spoke.
pub(crate) struct SpokenOf<'s> {
    pub(crate) exchange: ExchangeId,
    pub(crate) endpoint: &'s Endpoint,
    pub(crate) caller: CallerWord,
    pub(crate) mode: Mode,
}

impl SpokenOf<'_> {
    /// Counts each signal; one line for what is news, and one for what grew.
    pub(crate) fn tell(&self, said: &Said) {
        let Self { exchange, endpoint, caller, mode } = *self;
        for (signal, group) in said {
            let Signal { detector, source, endpoint: _, severity, evidence, error: _, first, last: _ } =
                *signal;
            let detect::Evidence { case, people, steps, stride, sources, millinats: _ } = evidence;
            let source = match source {
                detect::Source::Principal(_) => SourceWord::Principal,
                detect::Source::Network(_) => SourceWord::Network,
                detect::Source::Endpoint(_) => SourceWord::Endpoint,
            };
            let Grouped { id, joining, signals, detectors } = *group;
            match joining {
                Joining::Opened => telemetry::SignalRaised {
                    group: id,
                    detector,
                    case: Configured(case),
                    severity,
                    source,
                    caller,
                    exchange,
                    endpoint,
                    people,
                    steps,
                    stride,
                    sources,
                    since: first,
                    mode,
                }
                .emit(),
                Joining::Grew => telemetry::SignalGroupGrew {
                    group: id,
                    detector,
                    case: Configured(case),
                    severity,
                    exchange,
                    endpoint,
                    people,
                    stride,
                    sources,
                    signals,
                    detectors,
                }
                .emit(),
                Joining::Joined => telemetry::SignalJoined { group: id, detector, exchange }.emit(),
            }
        }
    }
}

/// Why a caller is not known.
fn cause(caller: &Caller, fault: Option<IdentifyFault>) -> CredentialFault {
    match (fault, caller) {
        (Some(fault), _) => fault.word(),
        (None, Caller::Anonymous) => CredentialFault::Missing,
        (None, Caller::Hinted(_) | Caller::Verified(_)) => CredentialFault::Unverified,
    }
}
