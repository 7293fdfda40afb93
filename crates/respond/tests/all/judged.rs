//! The scenario `induced-quarantine`: an attacker trips every alarm on purpose, to have others shut out.

use detect::{DetectorId, Source};
use domain::{IpPrefix, Window};
use respond::{Response, Seen, Settings, Verdict};

use crate::world::{DOORS, at, before, crowd, door, ip, is_refused, lines, read, read_by, refuses, said};

/// Every detector, of every source, at every endpoint, again and again, until nothing new is done.
fn trip_every_alarm(response: &mut Response) {
    for round in 0..8u64 {
        for (nth, detector) in (0..DOORS.len()).flat_map(|nth| DetectorId::ALL.map(|id| (nth, id))) {
            for n in 0..4u64 {
                let secs = round * 60 + n * 12;
                let client = format!("192.0.2.{}", n + 1);
                let people = 1000 * u32::try_from(round + 1).unwrap();
                let mut seen =
                    if n == 3 { read_by(secs, &client, nth, 900) } else { read(secs, &client, nth) };
                seen.facts.upstream = 1;
                let network = Source::Network(IpPrefix::of(ip(&client), 24));
                let signal = said(detector, people, &seen);
                let of_network = detect::Signal { source: network, ..signal };
                response.observe(&[signal, of_network, crowd(people, 40, &seen)], &seen, seen.at);
            }
        }
    }
}

#[test]
fn an_attacker_who_trips_every_alarm_gets_nobody_elses_own_records_refused() {
    let mut response = Response::new(Settings::default(), 7);
    (0..DOORS.len()).for_each(|nth| before(&mut response, nth, 0, 0));
    trip_every_alarm(&mut response);
    let led = lines(&response);
    for expected in ["quarantine at 0", "quarantine at 3", "isolate upstream 1 (proposed)"] {
        assert!(led.iter().any(|line| line == expected), "{expected}: {led:#?}");
    }

    // A thousand people behind the attacker's own address, and behind others.
    let in_force = response.in_force();
    let now = at(490);
    let mut refused = 0;
    for who in 0..1000u64 {
        for nth in 0..DOORS.len() {
            let client = if who % 2 == 0 { "192.0.2.1" } else { "203.0.113.5" };
            let mut own = read_by(490, client, nth, who).facts;
            own.upstream = 1;
            refused += u32::from(refuses(&in_force.judge(&own, now)));
            refused += u32::from(refuses(&in_force.judge_answer(&own, 0, now)));
        }
    }
    assert_eq!(refused, 0);

    // And the attacker gets nothing more, not with a token either.
    for nth in 0..DOORS.len() {
        for facts in [read(490, "192.0.2.1", nth).facts, read_by(490, "192.0.2.1", nth, 900).facts] {
            assert!(is_refused(&response, &facts, 1, now), "{nth}");
        }
    }
}

#[test]
fn a_quarantined_endpoint_says_when_to_come_back() {
    let mut response = Response::new(Settings::default(), 7);
    before(&mut response, 1, 0, 0);
    trip_every_alarm(&mut response);
    let stranger = read(490, "203.0.113.5", 1).facts;
    let refused = response.in_force().judge(&stranger, at(490));
    let Verdict::Refuse { status, retry_after, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(status, 503);
    assert!(retry_after > Window::from_secs(1) && retry_after <= Window::from_secs(900), "{retry_after}");
}

#[test]
fn slow_lets_few_wait_and_never_a_neighbour() {
    let mut response = Response::new(Settings { slow_held: 2, ..Settings::default() }, 7);
    before(&mut response, 0, 0, 0);
    let scan = read(0, "192.0.2.1", 0);
    response.observe(&[said(DetectorId::SurfaceScan, 0, &scan)], &scan, at(0));
    let in_force = response.in_force();
    let ask = || in_force.judge(&scan.facts, at(1));
    let (first, second) = (ask(), ask());
    assert!(matches!(first, Verdict::Slow { delay, .. } if delay == Window::from_secs(2)), "{first:?}");
    assert!(matches!(second, Verdict::Slow { .. }));
    assert!(matches!(ask(), Verdict::Refuse { status: 429, .. }), "a third does not wait");
    drop(first);
    assert!(matches!(ask(), Verdict::Slow { .. }), "a place is free again");
    let neighbour = read_by(1, "192.0.2.1", 0, 5).facts;
    assert!(matches!(in_force.judge(&neighbour, at(1)), Verdict::Pass { .. }));
    let _ = second;

    // Who is slowed itself, and is known, is never refused for being slow.
    let principal = read_by(2, "198.51.100.1", 0, 6);
    response.observe(&[said(DetectorId::MissStorm, 0, &principal)], &principal, at(2));
    let in_force = response.in_force();
    let waiting: Vec<_> = (0..3).map(|_| in_force.judge(&principal.facts, at(3))).collect();
    assert!(matches!(waiting.as_slice(), [Verdict::Slow { .. }, Verdict::Slow { .. }, Verdict::Pass { .. }]));
    assert!(
        matches!(in_force.judge(&scan.facts, at(2000)), Verdict::Pass { .. }),
        "slow ends and that is all"
    );
}

#[test]
fn what_was_seen_before_a_snapshot_is_shared_with_the_next() {
    let mut response = Response::new(Settings { slow_held: 1, ..Settings::default() }, 7);
    before(&mut response, 0, 0, 0);
    let scan = read(0, "192.0.2.1", 0);
    response.observe(&[said(DetectorId::SurfaceScan, 0, &scan)], &scan, at(0));
    let waiting = response.in_force().judge(&scan.facts, at(1));
    assert!(matches!(waiting, Verdict::Slow { .. }));
    assert!(matches!(response.in_force().judge(&scan.facts, at(1)), Verdict::Refuse { .. }));
}

#[test]
fn nothing_in_force_asks_nothing() {
    let response = Response::new(Settings::default(), 7);
    let in_force = response.in_force();
    assert!(in_force.is_empty());
    let seen = Seen { strangers: 9, ..read(0, "192.0.2.1", 0) };
    assert!(matches!(in_force.judge(&seen.facts, at(0)), Verdict::Pass { trickled: false }));
    assert_eq!(seen.facts.door, door(0));
}
