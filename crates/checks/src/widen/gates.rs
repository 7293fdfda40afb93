//! What a change of a gateway's configuration or of its policies newly lets through: the policies before
//! and after, asked the same questions.
//!
//! Asked is, for each door of both versions, every kind of caller that the intents and policies of both
//! can tell apart, with every value that they name, about its own records and about those of others. The
//! answers are those of the gateway's own decision ([`policy::authorize::survey`]), now: what a change
//! lets through only after a day in the future is not told.

use std::collections::BTreeSet;

use domain::{BudgetDecl, Endpoint, Mode, Timestamp};
use policy::authorize::survey::{Kind, Probe};
use policy::limit::Rate;
use spec::inventory::{Inventory, Kind as SourceKind, Place, Reach};

use super::Widening;
use crate::gate::{Gate, named, survey_size};

/// What the gateways of `new` let through and those of `old` did not. `inventory` is that of `new`.
///
/// A gateway is compared with the one whose configuration has the same file name; one that is new, with
/// all that were there. Where there was none, nothing is compared: what stands before an API for the
/// first time lets nothing more through.
#[must_use]
pub fn gate_widenings(old: &[Gate], new: &[Gate], inventory: &Inventory, now: Timestamp) -> Vec<Widening> {
    if old.is_empty() {
        return Vec::new();
    }
    // One that stands there and cannot be judged is told as that, and the gate stays shut.
    if new.is_empty() && inventory.sources.iter().any(|source| source.kind == SourceKind::Tidegate) {
        return Vec::new();
    }
    if new.is_empty() {
        let names: Vec<String> = old.iter().map(|gate| format!("`{}`", gate.name)).collect();
        return vec![Widening {
            message: format!("no gateway stands before the API any more: {} is gone", names.join(", ")),
            request: "# any request: nothing of what it decided is decided now".to_owned(),
            at: Place::default(),
        }];
    }
    let file = |gate: &Gate| gate.name.rsplit('/').next().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for gate in new {
        let same: Vec<&Gate> = old.iter().filter(|before| file(before) == file(gate)).collect();
        let before: Vec<&Gate> = if same.is_empty() { old.iter().collect() } else { same };
        doors(&before, gate, inventory, now, &mut found);
        if let Some(before) = before.first() {
            settings(before, gate, &mut found);
        }
    }
    found
}

/// Each message once: an intent that changes, or is new, is told by the documents and by the gateway.
#[must_use]
pub fn told_once(widenings: Vec<Widening>) -> Vec<Widening> {
    let mut told = BTreeSet::new();
    let said = |widening: &Widening| widening.message.trim_end_matches(", which is new").to_owned();
    widenings.into_iter().filter(|widening| told.insert(said(widening))).collect()
}

/// Compares the decisions about every door.
fn doors(before: &[&Gate], gate: &Gate, inventory: &Inventory, now: Timestamp, found: &mut Vec<Widening>) {
    let mut endpoints: BTreeSet<&Endpoint> = gate.doors.iter().map(|door| &door.endpoint).collect();
    endpoints.extend(before.iter().flat_map(|gate| &gate.doors).map(|door| &door.endpoint));
    let most = survey_size(endpoints.len());
    // A mode that acts less is told once, as such, and the rest as if it had not changed.
    let loosest = before.iter().map(|gate| gate.mode).min_by_key(|mode| strictness(*mode));
    let mode =
        loosest.into_iter().chain([gate.mode]).max_by_key(|mode| strictness(*mode)).unwrap_or(gate.mode);
    for endpoint in endpoints {
        let mut words = gate.policies.words(endpoint);
        before.iter().for_each(|before| words.join(before.policies.words(endpoint)));
        let owned = gate.policies.intent(endpoint).is_some_and(|intent| intent.owner.is_some());
        let mut told: Vec<(Kind, bool)> = Vec::new();
        for foreign in [true, false] {
            for probe in words.probes(endpoint, most) {
                // Who may have those of others may have its own; who is told once, is told once.
                let known = told.iter().any(|(kind, _)| covers(kind, &probe.kind));
                let passes =
                    |gate: &Gate, mode| gate.policies.lets_through(endpoint, &probe, foreign, mode, now);
                if known || !passes(gate, mode) || before.iter().any(|before| passes(before, before.mode)) {
                    continue;
                }
                found.push(widening(gate, inventory, endpoint, &probe, foreign, owned, mode, now));
                told.push((probe.kind.clone(), foreign));
            }
        }
        stream(before, gate, endpoint, inventory, found);
    }
}

const fn strictness(mode: Mode) -> u8 {
    match mode {
        Mode::Observe => 0,
        Mode::Guard => 1,
        Mode::Enforce => 2,
    }
}

/// Whether what is told of `kind` says it of `other` too.
fn covers(kind: &Kind, other: &Kind) -> bool {
    kind == other || *kind == Kind::Anonymous || *kind == Kind::SignedIn && !matches!(other, Kind::Anonymous)
}

#[expect(clippy::too_many_arguments, reason = "one sentence of eight facts, told in one place")]
fn widening(
    gate: &Gate,
    inventory: &Inventory,
    endpoint: &Endpoint,
    probe: &Probe,
    foreign: bool,
    owned: bool,
    mode: Mode,
    now: Timestamp,
) -> Widening {
    let operation = inventory.operations.iter().find(|operation| operation.endpoint == *endpoint);
    let verb = if operation.is_none_or(super::reads) { "read" } else { "reach" };
    let personal = operation.is_some_and(|operation| !super::personal(operation).is_empty());
    let does = match (foreign, owned) {
        (true, owned) if personal || owned => format!("{verb} records of others by"),
        (true, _) => format!("{verb} records by"),
        (false, true) => format!("{verb} their own records by"),
        // Where nobody owns them, all records are those of others.
        (false, false) => "call".to_owned(),
    };
    let why = gate.policies.why(endpoint, probe, foreign, mode, now);
    let considered = if foreign {
        why.on_response.iter().chain(&why.considered)
    } else {
        why.considered.iter().chain(&why.on_response)
    };
    let releases = if foreign { gate.policies.released_by(endpoint, probe, mode, now) } else { Vec::new() };
    let decided = considered.clone().find(|policy| releases.contains(&policy.id));
    let decided = decided.or_else(|| considered.clone().find(|policy| policy.effect == "permit"));
    let door = gate.doors.iter().find(|door| door.endpoint == *endpoint);
    let at = match (decided, door) {
        (Some(policy), _) => named(gate, inventory, &policy.id, &policy.at).at,
        (None, Some(door)) => door.at,
        (None, None) => gate.key("mode"),
    };
    let condition = condition(probe);
    Widening {
        message: format!("{} can now {does} {endpoint}{condition}", who(&probe.kind)),
        request: request(endpoint, probe),
        at,
    }
}

fn who(kind: &Kind) -> String {
    match kind {
        Kind::Anonymous => "anonymous callers".to_owned(),
        Kind::SignedIn => "any signed-in caller".to_owned(),
        Kind::Role(role) => format!("callers in the role `{role}`"),
        Kind::SomePartner => "any partner".to_owned(),
        Kind::Partner(partner) => format!("the partner `{partner}`"),
        Kind::Named(name) => format!("the caller `{name}`"),
    }
}

/// What else the request must be like, where it is not the plainest.
fn condition(probe: &Probe) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(probe.network.map(|network| format!("from {network}")));
    parts.extend(probe.claims.iter().map(|(name, value)| format!("with the claim `{name}` = `{value}`")));
    parts.extend(probe.attributes.iter().map(|(name, value)| format!("with `{name}` = `{value}`")));
    parts.extend(probe.with_stranger.then(|| "beside records of somebody else".to_owned()));
    if parts.is_empty() { String::new() } else { format!(", {}", parts.join(", ")) }
}

fn request(endpoint: &Endpoint, probe: &Probe) -> String {
    let said = |place: &str| {
        let named = probe.attributes.iter();
        named
            .filter_map(|(name, value)| Some((name.as_str().strip_prefix(place)?.to_owned(), value.clone())))
            .collect::<Vec<_>>()
    };
    let path = said("path.");
    let filled = endpoint.template().segments().map(|segment| match segment {
        domain::Segment::Literal(text) => format!("/{text}"),
        domain::Segment::Parameter(name) | domain::Segment::Rest(name) => {
            let value = path.iter().find(|(known, _)| **known == *name).map(|(_, value)| value.as_str());
            format!("/{}", value.unwrap_or("1001"))
        }
    });
    let mut line: String = filled.collect();
    let query: Vec<String> = said("query.").iter().map(|(name, value)| format!("{name}={value}")).collect();
    if !query.is_empty() {
        line.push_str(&format!("?{}", query.join("&")));
    }
    let mut text = format!("# as {}{}\n", who(&probe.kind), condition(probe));
    text.push_str(&format!("{} {line} HTTP/1.1", endpoint.method()));
    for (name, value) in said("header.") {
        text.push_str(&format!("\n{name}: {value}"));
    }
    let body: Vec<String> =
        said("body.").iter().map(|(name, value)| format!("{name:?}: {value:?}")).collect();
    if !body.is_empty() {
        text.push_str(&format!("\ncontent-type: application/json\n\n{{{}}}", body.join(", ")));
    }
    text
}

/// Tells of answers that may pass unmetered now.
fn stream(
    before: &[&Gate],
    gate: &Gate,
    endpoint: &Endpoint,
    inventory: &Inventory,
    found: &mut Vec<Widening>,
) {
    let streams = |gate: &Gate| gate.policies.intent(endpoint).is_some_and(|intent| intent.stream.is_some());
    if streams(gate) && !before.iter().any(|before| streams(before)) {
        let door = gate.doors.iter().find(|door| door.endpoint == *endpoint);
        let known = inventory.operations.iter().find(|operation| operation.endpoint == *endpoint);
        found.push(Widening {
            message: format!("answers of {endpoint} may now leave unmetered, whoever's records they hold"),
            request: known.map_or_else(
                || format!("{endpoint} HTTP/1.1"),
                |operation| super::request(operation, "a caller whom it admits"),
            ),
            at: door.map_or(gate.at, |door| door.at),
        });
    }
}

/// Compares what holds for every door.
fn settings(before: &Gate, gate: &Gate, found: &mut Vec<Widening>) {
    let mut tell = |message: String, request: &str, at: Place| {
        found.push(Widening { message, request: request.to_owned(), at });
    };
    match (before.mode, gate.mode) {
        (Mode::Guard | Mode::Enforce, Mode::Observe) => tell(
            "nothing is refused any more: `observe` only says what it would refuse".to_owned(),
            "# any request that was refused",
            gate.key("mode"),
        ),
        (Mode::Enforce, Mode::Guard) => tell(
            "anyone can now reach operations that nobody declared, within budgets".to_owned(),
            "GET /anything/undeclared HTTP/1.1",
            gate.key("mode"),
        ),
        _ => {}
    }
    for proxy in &gate.trusts {
        let known = before
            .trusts
            .iter()
            .any(|known| known.length() <= proxy.length() && known.contains(proxy.base()));
        if !known {
            tell(
                format!("callers from {proxy} can now say of themselves from which address they come"),
                "GET / HTTP/1.1\nx-forwarded-for: 10.0.0.1",
                gate.key("trust"),
            );
        }
    }
    if before.forwarding_header != gate.forwarding_header
        && !gate.trusts.is_empty()
        && !before.trusts.is_empty()
    {
        let header = &gate.forwarding_header;
        tell(
            format!(
                "callers can now say of themselves from which address they come, where the proxies leave `{header}` as they find it"
            ),
            &format!(
                "GET / HTTP/1.1\n{header}: {}",
                if &**header == "forwarded" { "for=10.0.0.1" } else { "10.0.0.1" }
            ),
            gate.key("forwarding_header"),
        );
    }
    for (issuer, is) in &gate.leeways {
        if let Some(was) = before.leeways.get(issuer).filter(|was| *was < is) {
            let seconds = |millis: &u64| millis / 1000;
            tell(
                format!(
                    "tokens of `{issuer}` can now prove who somebody is until {} s after their end, instead of {} s",
                    seconds(is),
                    seconds(was)
                ),
                "# with a token that has ended\nGET / HTTP/1.1",
                gate.key("identify"),
            );
        }
    }
    for (belief, at) in &gate.believes {
        if !before.believes.iter().any(|(known, _)| known == belief) {
            tell(
                format!("{belief} can now prove who somebody is"),
                "# with such a credential\nGET / HTTP/1.1",
                *at,
            );
        }
    }
    if let (Some(listener), Some(_)) = (&gate.listener, &before.listener)
        && reached(before) < reached(gate)
    {
        // What a firewall keeps away from it stands in no file.
        let who = if reached(gate) == Reached::Everyone { "everyone" } else { "who goes past the proxies" };
        tell(
            format!("{who} can now reach the gateway itself, at `{}`", listener.address),
            "GET / HTTP/1.1",
            listener.at,
        );
    }
    let rates = |gate: &Gate| {
        let limits = &gate.limits;
        [
            ("limits.client", limits.client),
            ("limits.principal", limits.principal),
            ("limits.endpoint", limits.endpoint),
        ]
    };
    for ((key, was), (_, is)) in rates(before).into_iter().zip(rates(gate)) {
        if let Some(message) = faster(was, is) {
            tell(format!("the limit `{key}` lets {message} through"), "# so many requests", gate.key(key));
        }
    }
    for ((key, was), (_, is)) in budgets(before).into_iter().zip(budgets(gate)) {
        if let Some(message) = roomier(&was, &is) {
            tell(
                format!("the budget `{key}` now lets {message}"),
                "# reads one record after the other",
                gate.key(&key),
            );
        }
    }
    roles(before, gate, found);
}

/// Who reaches a gateway at its own address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Near,
    Others,
    Everyone,
}

fn reached(gate: &Gate) -> Reached {
    match &gate.listener {
        _ if gate.near => Reached::Near,
        Some(listener) if listener.reach == Reach::World => Reached::Everyone,
        _ => Reached::Others,
    }
}

/// A role's own budget takes the place of that of any verified caller.
fn roles(before: &Gate, gate: &Gate, found: &mut Vec<Widening>) {
    for (role, is) in &gate.budgets.roles {
        let was = before.budgets.roles.get(role).unwrap_or(&before.budgets.verified);
        if let Some(message) = roomier(was, is) {
            let key = format!("budgets.roles.{role}");
            let message = format!("the budget of the role `{role}` now lets {message}");
            let request = "# reads one record after the other".to_owned();
            found.push(Widening { message, request, at: gate.key(&key) });
        }
    }
    for (role, was) in before.budgets.roles.iter().filter(|(role, _)| !gate.budgets.roles.contains_key(role))
    {
        if let Some(message) = roomier(was, &gate.budgets.verified) {
            let message = format!("without a budget of its own, the role `{role}` now lets {message}");
            let request = "# reads one record after the other".to_owned();
            found.push(Widening { message, request, at: gate.key("budgets.roles") });
        }
    }
}

/// The lists of a gateway's budgets by their keys.
fn budgets(gate: &Gate) -> Vec<(String, Vec<BudgetDecl>)> {
    let policy::budget::Settings {
        address,
        network,
        confirmed,
        verified,
        partner,
        roles: _,
        anonymous_endpoint,
        anonymous_everywhere,
        signed_in_endpoint,
        signed_in_address,
        signed_in_network,
        signed_in_first_address,
        signed_in_first_network,
        look_ups,
        keys: _,
        subjects: _,
    } = &gate.budgets;
    [
        ("address", address),
        ("network", network),
        ("confirmed", confirmed),
        ("verified", verified),
        ("partner", partner),
        ("anonymous_endpoint", anonymous_endpoint),
        ("anonymous_everywhere", anonymous_everywhere),
        ("signed_in_endpoint", signed_in_endpoint),
        ("signed_in_address", signed_in_address),
        ("signed_in_network", signed_in_network),
        ("signed_in_first_address", signed_in_first_address),
        ("signed_in_first_network", signed_in_first_network),
        ("look_ups.address", &look_ups.address),
        ("look_ups.address_missing", &look_ups.address_missing),
        ("look_ups.network", &look_ups.network),
        ("look_ups.network_missing", &look_ups.network_missing),
        ("look_ups.address_failing", &look_ups.address_failing),
        ("look_ups.network_failing", &look_ups.network_failing),
    ]
    .map(|(key, list)| (format!("budgets.{key}"), list.clone()))
    .into()
}

/// What `is` allows beyond `was`.
fn faster(was: Option<Rate>, is: Option<Rate>) -> Option<String> {
    let hourly = |rate: &Rate| u64::from(rate.requests).saturating_mul(3_600_000) / rate.per.millis().max(1);
    let burst = |rate: &Rate| rate.burst.unwrap_or(rate.requests);
    match (was, is) {
        (Some(was), None) => Some(format!("any number instead of {} requests an hour", hourly(&was))),
        (Some(was), Some(is)) if hourly(&is) > hourly(&was) => {
            Some(format!("{} instead of {} requests an hour", hourly(&is), hourly(&was)))
        }
        // One that is not stated goes with the window, which may be as wide as the day for the same pace.
        (Some(was), Some(is)) if is.burst.is_some() && burst(&is) > burst(&was) => {
            Some(format!("{} instead of {} requests at once", burst(&is), burst(&was)))
        }
        _ => None,
    }
}

/// What `is` allows beyond `was` in some span of time that either names.
fn roomier(was: &[BudgetDecl], is: &[BudgetDecl]) -> Option<String> {
    let bound = |list: &[BudgetDecl], span: u64| -> Option<u64> {
        let one = |window: &BudgetDecl| {
            u64::from(window.subjects).saturating_mul(span.div_ceil(window.per.millis().max(1)))
        };
        list.iter().map(one).min()
    };
    let mut spans: Vec<_> = was.iter().chain(is).map(|window| window.per).collect();
    spans.sort_by_key(|span| span.millis());
    spans.into_iter().find_map(|span| match (bound(was, span.millis()), bound(is, span.millis())) {
        (Some(was), None) => Some(format!("data of any number instead of {was} people leave per {span}")),
        (Some(was), Some(is)) if is > was => {
            Some(format!("data of {is} instead of {was} people leave per {span}"))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use domain::Window;

    use super::*;

    #[test]
    fn a_budget_is_roomier_where_some_span_of_time_lets_more_people_go() {
        let list = |windows: &[(u32, Window)]| -> Vec<BudgetDecl> {
            windows.iter().map(|(subjects, per)| BudgetDecl { subjects: *subjects, per: *per }).collect()
        };
        let (hour, day) = (Window::HOUR, Window::DAY);
        let was = list(&[(20, hour), (40, day)]);
        for (is, told) in [
            (&[(20, hour), (40, day)][..], None),
            (&[(10, hour), (40, day)], None),
            (&[(5, hour), (40, day)], None),
            (&[(40, day)], Some("data of 40 instead of 20 people leave per 1h")),
            (&[(20, hour)], Some("data of 480 instead of 40 people leave per 24h")),
            (&[(21, hour), (40, day)], Some("data of 21 instead of 20 people leave per 1h")),
            (&[], Some("data of any number instead of 20 people leave per 1h")),
        ] {
            assert_eq!(roomier(&was, &list(is)).as_deref(), told, "{is:?}");
        }
        assert_eq!(roomier(&[], &was), None);
    }
}
