//! What a gateway decides about one door, asked with every question that is worth asking.

use std::collections::BTreeSet;

use domain::{Audience, Endpoint, IpPrefix, Timestamp};
use policy::authorize::survey::{Kind, Probe};
use spec::inventory::{Inventory, Named};

use super::{Gate, is_ordinary, named};

/// What follows from all answers.
#[derive(Debug)]
pub(crate) struct Decided {
    /// Whether any caller gets through.
    pub(crate) anyone: bool,
    /// Whether a caller whom nobody verified does.
    pub(crate) anonymous: bool,
    /// The networks from which alone callers get through; `None`: from everywhere.
    pub(crate) networks: Option<Vec<IpPrefix>>,
    /// The policy without which more would get through.
    pub(crate) by: Option<Named>,
    /// See [`spec::inventory::Gated::narrowed_by`].
    pub(crate) narrowed_by: Option<Named>,
    /// See [`spec::inventory::Gated::released_by`].
    pub(crate) released_by: Option<Named>,
}

/// Asks `gate` about `endpoint`, with at most `most` questions.
pub(crate) fn decide(
    gate: &Gate,
    inventory: &Inventory,
    endpoint: &Endpoint,
    most: usize,
    now: Timestamp,
) -> Decided {
    let policies = &gate.policies;
    let probes = policies.words(endpoint).probes(endpoint, most);
    let passes = |probe: &Probe, foreign| policies.lets_through(endpoint, probe, foreign, gate.mode, now);
    let passing: Vec<&Probe> = probes.iter().filter(|probe| passes(probe, false)).collect();
    let intent = policies.intent(endpoint);
    let policy = |probe: &Probe| {
        let why = policies.why(endpoint, probe, false, gate.mode, now);
        // What decided, else the `permit` that would have had to.
        let decided = why.considered.iter().find(|policy| why.determined_by.contains(&policy.id));
        let decided = decided.or_else(|| why.considered.iter().find(|policy| policy.effect == "permit"));
        decided.map(|policy| named(gate, inventory, &policy.id, &policy.at))
    };
    let releases = |probe: &Probe| {
        let ids = policies.released_by(endpoint, probe, gate.mode, now);
        let why = policies.why(endpoint, probe, true, gate.mode, now);
        let released = why.on_response.iter().find(|policy| ids.contains(&policy.id));
        let released = released.or_else(|| why.on_response.iter().find(|policy| policy.effect == "permit"));
        released.map(|policy| named(gate, inventory, &policy.id, &policy.at))
    };
    let admitted_by_audience = |probe: &&Probe| match intent.map(|intent| &intent.audience) {
        Some(Audience::Authenticated | Audience::Partner(_)) => is_ordinary(&probe.kind),
        _ => matches!(probe.kind, Kind::Anonymous),
    };
    let stopped = probes.iter().filter(admitted_by_audience).find(|probe| !passes(probe, false));
    let ordinary = || passing.iter().filter(|probe| is_ordinary(&probe.kind));
    let authenticated = matches!(intent.map(|intent| &intent.audience), Some(Audience::Authenticated));
    let narrowed = authenticated && ordinary().next().is_none();
    let owned = intent.is_some_and(|intent| intent.owner.is_some());
    // Whoever needs neither a claim nor an address for it: these may be earned.
    let anywhere = |probe: &Probe| probe.network.is_none_or(|network| network.length() == 0);
    let plain = |probe: &&&Probe| probe.claims.is_empty() && anywhere(probe);
    let released = owned.then(|| ordinary().filter(plain).find(|probe| passes(probe, true))).flatten();
    let networks: Option<BTreeSet<IpPrefix>> = passing.iter().map(|probe| probe.network).collect();
    Decided {
        anyone: !passing.is_empty(),
        anonymous: passing.iter().any(|probe| probe.kind == Kind::Anonymous),
        networks: networks.map(|networks| networks.into_iter().collect()),
        by: stopped.and_then(policy),
        narrowed_by: stopped.filter(|_| narrowed).and_then(policy),
        released_by: released.and_then(|probe| releases(probe)),
    }
}
