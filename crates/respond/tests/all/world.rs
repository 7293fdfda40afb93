//! Signals and exchanges in few words.

use std::net::IpAddr;
use std::sync::LazyLock;

use detect::{CallerKind, DetectorId, ErrorBudget, Evidence, Severity, Signal, Source};
use domain::{Endpoint, SubjectDigest, Timestamp};
use respond::{Action, ActionId, Facts, Phase, Response, Seen, Target, Told, Verdict, What};

/// A morning in 2027.
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(START + secs)
}

pub(crate) static DOORS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let texts = ["POST /v1/preorders", "GET /v1/orders/{id}", "GET /v1/customers", "GET /v1/bills/{id}"];
    texts.iter().map(|text| text.parse().unwrap()).collect()
});

pub(crate) fn door(nth: usize) -> u64 {
    detect::endpoint_key(&DOORS[nth])
}

pub(crate) fn digest(who: u64) -> SubjectDigest {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&who.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes[15] = 1;
    SubjectDigest::new(bytes)
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// An anonymous exchange at `secs` that told of one stranger.
pub(crate) fn read(secs: u64, client: &str, nth: usize) -> Seen<'static> {
    Seen { strangers: 1, ..Seen::quiet(at(secs), ip(client), &DOORS[nth]) }
}

/// As [`read`], by a confirmed principal.
pub(crate) fn read_by(secs: u64, client: &str, nth: usize, who: u64) -> Seen<'static> {
    let mut seen = read(secs, client, nth);
    (seen.facts.caller, seen.facts.identity) = (CallerKind::Confirmed, Some(digest(who)));
    seen
}

/// The signal of `detector` that so many people were told of to whoever made `seen`.
pub(crate) fn said(detector: DetectorId, people: u32, seen: &Seen<'_>) -> Signal {
    let source = match seen.facts.principal() {
        Some(digest) => Source::Principal(digest),
        None => Source::Network(domain::networks_of(seen.facts.client)[0]),
    };
    let severity = match detector {
        DetectorId::Canary => Severity::Critical,
        DetectorId::SurfaceScan => Severity::Low,
        DetectorId::MissStorm | DetectorId::Automation | DetectorId::Volume => Severity::Medium,
        _ => Severity::High,
    };
    Signal {
        detector,
        source,
        endpoint: seen.facts.door,
        severity,
        evidence: Evidence { case: "case", people, steps: people, ..Evidence::default() },
        error: ErrorBudget::OneInClientDays(1_000_000),
        first: seen.at,
        last: seen.at,
    }
}

/// The signal of a crowd at the endpoint of `seen`.
pub(crate) fn crowd(people: u32, sources: u32, seen: &Seen<'_>) -> Signal {
    let mut signal = said(DetectorId::EndpointSweep, people, seen);
    signal.source = Source::Endpoint(seen.facts.door);
    signal.evidence.sources = Some(sources);
    signal
}

/// An action in one line: step, target, phase.
pub(crate) fn line(action: &Action) -> String {
    let nth = |key: u64| (0..DOORS.len()).find(|nth| door(*nth) == key).unwrap();
    let here = |key: Option<u64>| key.map_or("everywhere".to_owned(), |key| format!("at {}", nth(key)));
    let what = |what: What| what.to_string();
    let target = match action.target {
        Target::Source { party, door, what: one } => {
            let party = party.to_string();
            let party = if party.starts_with("principal:") { "principal" } else { &party };
            format!("{party} {} {}", here(door), what(one))
        }
        Target::Kind { door, callers, what: one } => format!("{callers} {} {}", here(Some(door)), what(one)),
        Target::Endpoint(door) => here(Some(door)),
        Target::Upstream(upstream) => format!("upstream {upstream}"),
    };
    let phase = match &action.phase {
        Phase::Proposed => " (proposed)",
        Phase::InForce => "",
        Phase::Ended { .. } => " (ended)",
    };
    format!("{} {target}{phase}", action.rung.word())
}

pub(crate) fn lines(response: &Response) -> Vec<String> {
    response.actions().iter().map(line).collect()
}

/// The only action that was taken or proposed.
pub(crate) fn only(told: &Told) -> ActionId {
    match told.acted.as_slice() {
        [respond::Acted::Taken(id) | respond::Acted::Proposed(id)] => *id,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn refuses(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Refuse { .. })
}

/// Whether an exchange with these facts, whose answer tells of so many strangers, is refused.
pub(crate) fn is_refused(response: &Response, facts: &Facts, strangers: u32, now: Timestamp) -> bool {
    let in_force = response.in_force();
    refuses(&in_force.judge(facts, now)) || refuses(&in_force.judge_answer(facts, strangers, now))
}

/// Ten quiet minutes of honest traffic at endpoint `nth` before `START`: so many who were told of a
/// stranger, so many who were not.
pub(crate) fn before(response: &mut Response, nth: usize, told: u32, untold: u32) {
    // Nobody: the door was observed for long enough, whoever came, and so was the table.
    for nth in [nth, 3] {
        response.saw(&Seen::quiet(Timestamp::from_secs(START - 1900), ip("10.9.9.9"), &DOORS[nth]));
    }
    for n in 0..told + untold {
        let client = IpAddr::from([10, 1, u8::try_from(n / 250).unwrap(), u8::try_from(n % 250).unwrap()]);
        let early = Timestamp::from_secs(START - 590 + u64::from(n % 580));
        let mut seen = Seen::quiet(early, client, &DOORS[nth]);
        seen.strangers = u32::from(n < told);
        response.saw(&seen);
    }
}
