//! Signals, and the action that each leads to.

use detect::{CallerKind, DetectorId, Severity};
use respond::{Response, Rung, Seen, Settings};

use crate::world::{at, before, crowd, is_refused, line, lines, read, read_by, said};

const WALK: DetectorId = DetectorId::SequentialIds;

fn response() -> Response {
    Response::new(Settings::default(), 7)
}

/// What one signal leads to.
fn leads(response: &mut Response, signal: &detect::Signal, seen: &Seen<'_>) -> Vec<String> {
    let told = response.observe(&[*signal], seen, seen.at);
    let id = |acted: &respond::Acted| match acted {
        respond::Acted::Taken(id) | respond::Acted::Proposed(id) => *id,
    };
    told.acted.iter().map(|acted| line(response.actions().find(id(acted)).unwrap())).collect()
}

#[test]
fn one_signal_leads_to_the_narrowest_action_that_would_have_stopped_it() {
    let anonymous = || read(0, "192.0.2.1", 0);
    let paged = |page| {
        let mut seen = read(0, "192.0.2.1", 2);
        seen.facts.page = Some(page);
        seen
    };
    let v6 = read(0, "2001:db8:7::1", 0);
    let principal = read_by(0, "192.0.2.1", 0, 9);
    for (why, seen, signal, honest, expected) in [
        (
            "a scan tells nobody anything",
            anonymous(),
            said(DetectorId::SurfaceScan, 0, &anonymous()),
            0,
            Some("slow 192.0.2.1/32 everywhere any"),
        ),
        (
            "nor do guesses",
            anonymous(),
            said(DetectorId::MissStorm, 0, &anonymous()),
            0,
            Some("slow 192.0.2.1/32 everywhere any"),
        ),
        (
            "others' records that were refused are refused however fast somebody asks",
            principal.clone(),
            said(DetectorId::Foreign, 0, &principal),
            0,
            None,
        ),
        (
            "a walk of a source nobody shares",
            anonymous(),
            said(WALK, 11, &anonymous()),
            0,
            Some("refuse-source 192.0.2.1/32 at 0 any"),
        ),
        (
            "an IPv6 source",
            v6.clone(),
            said(WALK, 11, &v6),
            0,
            Some("refuse-source 2001:db8:7::/64 at 0 any"),
        ),
        (
            "a walk of a principal",
            principal.clone(),
            said(WALK, 29, &principal),
            0,
            Some("refuse-source principal at 0 strangers"),
        ),
        (
            "a crowd where nobody honest reads",
            anonymous(),
            crowd(206, 50, &anonymous()),
            0,
            Some("refuse-kind unidentified at 0 any"),
        ),
        (
            "a crowd where people read strangers' records",
            anonymous(),
            crowd(206, 50, &anonymous()),
            4,
            Some("refuse-kind unidentified at 0 strangers"),
        ),
        (
            "a crowd where too many do",
            anonymous(),
            crowd(206, 50, &anonymous()),
            40,
            Some("refuse-kind unidentified at 0 strangers (proposed)"),
        ),
        (
            "a crowd that pages",
            paged(3),
            crowd(206, 50, &paged(3)),
            4,
            Some("refuse-kind unidentified at 2 from-page-3"),
        ),
        (
            "a crowd on first pages",
            paged(1),
            crowd(206, 50, &paged(1)),
            4,
            Some("refuse-kind unidentified at 2 strangers"),
        ),
        (
            "a crowd of principals",
            principal.clone(),
            crowd(206, 50, &principal),
            0,
            Some("refuse-kind unnamed at 0 any"),
        ),
        (
            "a canary that was only named",
            anonymous(),
            said(DetectorId::Canary, 0, &anonymous()),
            0,
            Some("refuse-source 192.0.2.1/32 at 0 any"),
        ),
    ] {
        let mut response = response();
        let nth = usize::from(seen.facts.door == crate::world::door(2)) * 2;
        before(&mut response, nth, honest, honest);
        assert_eq!(
            leads(&mut response, &signal, &seen),
            Vec::from_iter(expected.map(str::to_owned)),
            "{why}"
        );
    }
}

#[test]
fn what_is_not_grave_enough_for_a_step_leads_to_nothing() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let seen = read(0, "192.0.2.1", 0);
    let mut signal = said(WALK, 2, &seen);
    signal.severity = Severity::Low;
    assert_eq!(leads(&mut response, &signal, &seen), Vec::<String>::new());
    let mut crowd = crowd(3, 2, &seen);
    crowd.severity = Severity::Medium;
    assert_eq!(leads(&mut response, &crowd, &seen), Vec::<String>::new());
}

#[test]
fn where_the_time_before_is_not_known_only_what_tells_of_strangers_is_withheld() {
    let mut response = response();
    let seen = read(0, "192.0.2.1", 0);
    let led = leads(&mut response, &said(WALK, 11, &seen), &seen);
    assert_eq!(led, ["refuse-source 192.0.2.1/32 at 0 strangers"]);
    assert!(!is_refused(&response, &seen.facts, 0, at(1)) && is_refused(&response, &seen.facts, 1, at(1)));
}

#[test]
fn the_reason_of_an_action_counts_those_of_its_own_signal_and_says_what_is_of_the_incident() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let seen = read(0, "192.0.2.1", 0);
    leads(&mut response, &said(WALK, 36, &seen), &seen);
    // Who guesses found nobody; who is near walked eleven.
    let guesser = read(9, "192.0.2.9", 1);
    leads(&mut response, &said(DetectorId::MissStorm, 0, &guesser), &guesser);
    let near = read(9, "192.0.2.7", 0);
    leads(&mut response, &said(WALK, 11, &near), &near);
    let reasons: Vec<&str> = response.actions().iter().map(|action| action.reason.as_str()).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[0].ends_with(", at least 36 people"), "{reasons:?}");
    assert!(reasons[1].ends_with(", nobody told; of the incident at least 36"), "{reasons:?}");
    assert!(reasons[2].ends_with(", at least 11 people; of the incident at least 47"), "{reasons:?}");
}

#[test]
fn it_climbs_only_when_the_leak_goes_on_in_spite_of_it() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let seen = |secs| read(secs, "192.0.2.1", 0);
    let again = |response: &mut Response, secs, people| {
        leads(response, &said(WALK, people, &seen(secs)), &seen(secs))
    };
    assert_eq!(again(&mut response, 0, 11), ["refuse-source 192.0.2.1/32 at 0 any"]);
    assert_eq!(again(&mut response, 4, 12), [""; 0], "an exchange that was under way");
    // It is refused, and strangers leave all the same (it was not enforced, or it streams): for one source
    // nobody else is refused unasked.
    assert_eq!(again(&mut response, 6, 13), ["refuse-kind unidentified at 0 any (proposed)"]);
    assert_eq!(again(&mut response, 12, 100), [""; 0], "that is proposed already");

    let mut response = self::response();
    before(&mut response, 0, 0, 0);
    let again =
        |response: &mut Response, secs, people| leads(response, &crowd(people, 50, &seen(secs)), &seen(secs));
    assert_eq!(again(&mut response, 0, 200), ["refuse-kind unidentified at 0 any"]);
    assert_eq!(again(&mut response, 4, 210), [""; 0], "an exchange that was under way");
    assert_eq!(again(&mut response, 6, 400), ["quarantine at 0"]);
    assert_eq!(again(&mut response, 12, 1000), ["isolate upstream 0 (proposed)"]);
    assert_eq!(again(&mut response, 18, 2000), [""; 0], "that is proposed already");
}

#[test]
fn what_an_endpoint_tells_everybody_is_an_incident_and_no_reason_to_refuse_anybody() {
    for known in [false, true] {
        for people in [2, 3, 10, 27_000] {
            let mut response = response();
            if known {
                before(&mut response, 0, 0, 0);
            }
            let seen = Seen { strangers: people, ..read(0, "192.0.2.1", 0) };
            let mut signal = said(DetectorId::AnonymousData, people, &seen);
            signal.source = detect::Source::Endpoint(seen.facts.door);
            let told = response.observe(&[signal], &seen, seen.at);
            assert!(matches!(told.changes.as_slice(), [respond::Change::Opened(_)]), "{told:?}");
            assert_eq!(lines(&response), [""; 0], "{people} {known}");
        }
    }
}

#[test]
fn more_than_a_source_is_refused_unasked_only_where_its_innocents_are_known_and_sources_are_many() {
    for (known, sources, expected) in [
        (true, 50, "refuse-kind unidentified at 0 any"),
        (true, 5, "refuse-kind unidentified at 0 any"),
        (true, 4, "refuse-kind unidentified at 0 any (proposed)"),
        (true, 1, "refuse-kind unidentified at 0 any (proposed)"),
        (false, 50, "refuse-kind unidentified at 0 strangers (proposed)"),
        (false, 1, "refuse-kind unidentified at 0 strangers (proposed)"),
    ] {
        let mut response = response();
        // Other doors are known for long.
        before(&mut response, 2, 0, 9);
        if known {
            before(&mut response, 0, 0, 0);
        }
        let seen = read(0, "192.0.2.1", 0);
        assert_eq!(leads(&mut response, &crowd(206, sources, &seen), &seen), [expected], "{known} {sources}");
        assert_eq!(
            is_refused(&response, &read(1, "203.0.113.1", 0).facts, 1, at(1)),
            !expected.contains('(')
        );
    }
}

#[test]
fn who_visited_since_an_endpoint_tells_everybody_counts_as_innocent_of_a_sweep_that_comes_later() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let first = Seen { strangers: 10, ..read(0, "192.0.2.1", 0) };
    let mut fact = said(DetectorId::AnonymousData, 10, &first);
    fact.source = detect::Source::Endpoint(first.facts.door);
    response.observe(&[fact], &first, first.at);
    // Forty visitors in the half hour after it, then a sweep.
    for n in 0..40u64 {
        response.saw(&read(1200 + 14 * n, &format!("198.51.100.{n}"), 0));
    }
    let sweep = read(1800, "203.0.113.1", 0);
    let led = leads(&mut response, &crowd(206, 50, &sweep), &sweep);
    assert_eq!(led, ["refuse-kind unidentified at 0 any (proposed)"]);
    let action = response.actions().iter().next().unwrap();
    assert_eq!((action.innocents.people, action.innocents.known), (40, true));
}

#[test]
fn a_source_that_goes_on_elsewhere_is_refused_everywhere() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let first = read(0, "192.0.2.1", 0);
    leads(&mut response, &said(WALK, 11, &first), &first);
    let elsewhere = read(60, "192.0.2.1", 1);
    let led = leads(&mut response, &said(WALK, 11, &elsewhere), &elsewhere);
    assert_eq!(led, ["refuse-source 192.0.2.1/32 everywhere any"]);
}

#[test]
fn when_sources_come_one_after_the_other_the_kind_of_traffic_is_refused() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    for n in 1..=6u32 {
        let seen = read(u64::from(n) * 30, &format!("192.0.2.{n}"), 0);
        leads(&mut response, &said(WALK, 11, &seen), &seen);
    }
    let led = lines(&response);
    assert_eq!(led.len(), 6, "{led:?}");
    assert_eq!(led[4], "refuse-source 192.0.2.5/32 at 0 any");
    assert_eq!(led[5], "refuse-kind unidentified at 0 any");
}

#[test]
fn who_said_to_ask_first_is_asked_first() {
    let settings = Settings { automatic: false, ..Settings::default() };
    let mut response = Response::new(settings, 7);
    before(&mut response, 0, 0, 0);
    let seen = read(0, "192.0.2.1", 0);
    let led = leads(&mut response, &said(WALK, 11, &seen), &seen);
    assert_eq!(led, ["refuse-source 192.0.2.1/32 at 0 any (proposed)"]);
    assert!(response.in_force().is_empty());
}

#[test]
fn a_principal_behind_a_refused_address_reads_on_and_one_who_sweeps_does_not() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let seen = read(0, "192.0.2.1", 0);
    leads(&mut response, &said(WALK, 11, &seen), &seen);
    let neighbour = read_by(1, "192.0.2.1", 0, 5).facts;
    assert!(!is_refused(&response, &neighbour, 0, at(1)));
    assert!(is_refused(&response, &neighbour, 1, at(1)));
    let mut unverified = seen.facts;
    unverified.caller = CallerKind::Unverified;
    assert!(is_refused(&response, &unverified, 0, at(1)), "a made-up token changes nothing");
}

#[test]
fn whose_work_it_is_to_read_of_strangers_reads_on_while_a_crowd_of_tokens_is_refused() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let token = read_by(0, "192.0.2.1", 0, 9);
    let mut staff = read_by(1, "198.51.100.1", 0, 5);
    staff.facts.works = true;
    leads(&mut response, &crowd(206, 50, &token), &token);
    assert!(is_refused(&response, &token.facts, 1, at(1)));
    assert!(!is_refused(&response, &staff.facts, 30, at(1)));

    // Unless one of them is of the crowd.
    let mut response = self::response();
    before(&mut response, 0, 0, 0);
    assert_eq!(leads(&mut response, &crowd(206, 50, &staff), &staff), ["refuse-kind anyone at 0 any"]);
    assert!(is_refused(&response, &staff.facts, 30, at(1)));
}

#[test]
fn a_kind_holds_all_of_whom_signals_spoke_and_not_only_the_last() {
    let mut response = response();
    before(&mut response, 0, 0, 0);
    let token = read_by(0, "192.0.2.1", 0, 9);
    leads(&mut response, &said(WALK, 29, &token), &token);
    let anonymous = read(60, "198.51.100.1", 0);
    let led = leads(&mut response, &crowd(206, 50, &anonymous), &anonymous);
    assert_eq!(led, ["refuse-kind unnamed at 0 any"]);
}

#[test]
fn where_an_endpoint_is_public_only_requests_are_refused_for_no_answer_is_withheld() {
    let public = |seen: Seen<'static>| Seen { public: true, strangers: 0, ..seen };
    let anonymous = || public(read(0, "192.0.2.1", 0));
    let principal = public(read_by(0, "192.0.2.1", 0, 9));
    for (why, known, seen, signal, expected) in [
        (
            "a canary, though the time before is not known",
            false,
            anonymous(),
            said(DetectorId::Canary, 1, &anonymous()),
            Some("refuse-source 192.0.2.1/32 at 0 any"),
        ),
        (
            "a canary that a principal read: no action would hold it",
            false,
            principal.clone(),
            said(DetectorId::Canary, 1, &principal),
            None,
        ),
        (
            "a crowd at an endpoint that was observed before",
            true,
            anonymous(),
            crowd(206, 50, &anonymous()),
            Some("refuse-kind unidentified at 0 any"),
        ),
        (
            "a crowd, and what was before is not known",
            false,
            anonymous(),
            crowd(206, 50, &anonymous()),
            Some("refuse-kind unidentified at 0 any (proposed)"),
        ),
    ] {
        let mut response = response();
        if known {
            before(&mut response, 0, 0, 0);
        }
        let led = leads(&mut response, &signal, &seen);
        assert_eq!(led, Vec::from_iter(expected.map(str::to_owned)), "{why}");
    }
}

#[test]
fn a_step_that_is_off_is_as_if_it_were_not_there() {
    for (off, detector, people, expected) in [
        (Rung::Slow, DetectorId::SurfaceScan, 0, None),
        (Rung::Slow, WALK, 11, Some("refuse-source 192.0.2.1/32 at 0 any")),
        (Rung::RefuseSource, WALK, 11, Some("refuse-kind unidentified at 0 any (proposed)")),
        (Rung::RefuseKind, WALK, 11, Some("refuse-source 192.0.2.1/32 at 0 any")),
    ] {
        let mut response = Response::new(Settings { off: [off].into(), ..Settings::default() }, 7);
        before(&mut response, 0, 0, 0);
        let seen = read(0, "192.0.2.1", 0);
        let led = leads(&mut response, &said(detector, people, &seen), &seen);
        assert_eq!(led, Vec::from_iter(expected.map(str::to_owned)), "{off:?} {detector}");
    }
    let mut response = Response::new(Settings { off: [Rung::Quarantine].into(), ..Settings::default() }, 7);
    before(&mut response, 0, 0, 0);
    let led: Vec<_> = [(0, 11), (6, 13), (12, 100), (18, 200)]
        .into_iter()
        .flat_map(|(secs, people)| {
            let seen = read(secs, "192.0.2.1", 0);
            leads(&mut response, &crowd(people, 50, &seen), &seen)
        })
        .collect();
    assert!(led.iter().any(|step| step == "isolate upstream 0 (proposed)"), "{led:?}");
    assert!(led.iter().all(|step| !step.starts_with("quarantine")), "{led:?}");
}
