//! Memory is bounded whatever comes, and what is forgotten is counted.

use std::str::FromStr;

use detect::DetectorId;
use domain::{Endpoint, Window};
use respond::{
    ActError, ActionId, ByHand, Incidents, Party, Response, Rung, Seen, Settings, SeverityRule, State,
    Target, What,
};

use crate::world::{at, digest, ip, lines, read, said};

/// An address in a /24 of its own.
fn client(n: u32) -> String {
    let [_, a, b, c] = n.to_be_bytes();
    format!("{}.{b}.{c}.1", 11 + a)
}

#[test]
fn ten_thousand_incidents_are_a_thousand_and_a_count() {
    let mut incidents = Incidents::new(SeverityRule::defaults());
    let many = 10_000u32;
    for n in 0..many {
        let seen = Seen::quiet(at(u64::from(n)), ip(&client(n)), &crate::world::DOORS[0]);
        // Every hundredth is grave.
        let (detector, people) =
            if n % 100 == 0 { (DetectorId::SequentialIds, 200) } else { (DetectorId::SurfaceScan, 0) };
        incidents.observe(&said(detector, people, &seen), &seen);
        if n % 500 == 0 {
            incidents.tick(at(u64::from(n)), |_| false);
        }
    }
    let open = incidents.iter().filter(|incident| incident.state != State::Closed).count();
    assert!(open <= 256 && incidents.iter().count() <= 1024, "{open}");
    let folded = incidents.folded();
    let kept: u64 = incidents.iter().map(|incident| u64::from(incident.signals)).sum();
    assert_eq!(kept + folded.signals, u64::from(many));
    let kept: u64 = incidents.iter().map(|incident| u64::from(incident.people())).sum();
    assert_eq!(kept + folded.people, 200 * u64::from(many) / 100);
    assert_eq!(u64::from(folded.incidents.iter().sum::<u32>()), folded.signals);
    assert_eq!(folded.incidents[2..], [0, 0], "no grave one was forgotten");
}

#[test]
fn the_least_grave_closed_one_is_forgotten_first() {
    let mut incidents = Incidents::new(SeverityRule::defaults());
    let add = |incidents: &mut Incidents, n: u32, people| {
        let seen = read(u64::from(n), &client(n), 0);
        let detector = if people > 0 { DetectorId::SequentialIds } else { DetectorId::SurfaceScan };
        incidents.observe(&said(detector, people, &seen), &seen).0
    };
    let grave = add(&mut incidents, 0, 500);
    let mild = add(&mut incidents, 1, 0);
    incidents.tick(at(4000), |_| false);
    let mut last = mild;
    for n in 0..1023 {
        // Closed as they come, so that the bound of open ones is not met.
        last = add(&mut incidents, 5000 + n, 0);
        incidents.tick(at(50_000), |_| false);
    }
    assert_eq!(incidents.iter().count(), 1024);
    assert!(incidents.find(grave).is_some() && incidents.find(last).is_some());
    assert!(incidents.find(mild).is_none());
}

#[test]
fn one_incident_of_everything_stays_small() {
    let mut incidents = Incidents::new(SeverityRule::defaults());
    for n in 0..3000u32 {
        let endpoint: Endpoint = format!("GET /v{}/things/{{id}}", n % 200).parse().unwrap();
        let endpoint: &'static Endpoint = Box::leak(Box::new(endpoint));
        let host = format!("192.0.2.{}", n % 250);
        let mut seen = Seen { strangers: 1, ..Seen::quiet(at(u64::from(n)), ip(&host), endpoint) };
        seen.agent = Some(digest(u64::from(n)));
        seen.ids = [u64::from(n)].into_iter().collect();
        incidents.observe(&said(DetectorId::ALL[usize::try_from(n % 14).unwrap()], 2, &seen), &seen);
    }
    assert_eq!(incidents.iter().count(), 1);
    let incident = incidents.iter().next().unwrap();
    assert_eq!((incident.signals, incident.parties.len(), incident.doors.len()), (3000, 32, 16));
    assert!(incident.timeline.moments().len() <= 64 && incident.tallies.len() == DetectorId::ALL.len());
    let text = serde_json::to_string(incident).unwrap();
    assert!(text.len() < 40_000, "{}", text.len());
}

#[test]
fn a_timeline_keeps_its_beginning_and_its_end() {
    let mut response = Response::new(Settings::default(), 7);
    let mut ids = Vec::new();
    for n in 0..200u64 {
        let seen = read(n, "192.0.2.1", 0);
        let told = response.observe(&[said(DetectorId::SequentialIds, 11, &seen)], &seen, at(n));
        ids.extend(told.acted);
        let in_force: Vec<_> = response.actions().iter().filter(|one| one.is_in_force(at(n))).collect();
        if let Some(id) = in_force.first().map(|action| action.id) {
            response.undo(id, "ops@example.com", at(n)).unwrap();
        }
        let incident = response.incidents().iter().next().unwrap().id;
        let by_hand = ByHand {
            rung: Rung::RefuseSource,
            target: Target::Source { party: Party::Principal(digest(n)), door: None, what: What::Any },
            named: None,
            span: Window::HOUR,
            who: "ops@example.com".into(),
            reason: "a hunch".into(),
            incident: Some(incident),
        };
        response.act(by_hand, at(n)).unwrap();
        let last = response.actions().iter().last().unwrap().id;
        response.undo(last, "ops@example.com", at(n)).unwrap();
    }
    let incident = response.incidents().iter().next().unwrap();
    let moments = incident.timeline.moments();
    assert_eq!(moments.len(), 64);
    assert!(incident.timeline.dropped() > 100);
    assert!(matches!(moments[0].what, respond::Happened::Said { .. }));
    assert_eq!(moments[63].first, at(199));
}

#[test]
fn actions_are_bounded_and_many_sources_become_one_kind() {
    let mut response = Response::new(Settings { crowd: 10_000, ..Settings::default() }, 7);
    for n in 0..2000u32 {
        let seen = read(u64::from(n) / 10, &client(n), 0);
        response.observe(&[said(DetectorId::SequentialIds, 25, &seen)], &seen, seen.at);
    }
    let led = lines(&response);
    let sources = led.iter().filter(|line| line.starts_with("refuse-source")).count();
    assert_eq!(sources, 256);
    assert!(led.iter().any(|line| line.starts_with("refuse-kind unidentified at 0")), "{:?}", led.last());
    assert!(led.len() <= 256 + 128, "{}", led.len());
}

#[test]
fn actions_by_hand_are_bounded_and_ended_ones_are_forgotten() {
    let mut response = Response::new(Settings::default(), 7);
    let asked = |n: u64| ByHand {
        rung: Rung::RefuseSource,
        target: Target::Source { party: Party::Principal(digest(n)), door: None, what: What::Any },
        named: None,
        span: Window::HOUR,
        who: "ops@example.com".into(),
        reason: "a hunch".into(),
        incident: None,
    };
    let taken = (0..100).filter(|n| response.act(asked(*n), at(0)).is_ok()).count();
    assert_eq!(taken, 64);
    assert_eq!(response.act(asked(99), at(0)), Err(ActError::Full));
    for n in 0..2000 {
        let last = response.actions().iter().last().unwrap().id;
        response.undo(last, "ops@example.com", at(1)).unwrap();
        response.act(asked(1000 + n), at(1)).unwrap();
    }
    assert_eq!(response.actions().iter().count(), 512 + 64);

    // Under one key eight, of networks of unusual lengths sixteen.
    let mut response = Response::new(Settings::default(), 7);
    let of = |party, n: usize| {
        let target = Target::Source { party, door: None, what: What::FromPage(u64::try_from(n).unwrap()) };
        ByHand { target, ..asked(0) }
    };
    let tried = |response: &mut Response, network: &str| {
        let party = Party::Network(network.parse().unwrap());
        (0..30).filter(|n| response.act(of(party, *n), at(0)).is_ok()).count()
    };
    assert_eq!(tried(&mut response, "192.0.2.0/24"), 8);
    assert_eq!(tried(&mut response, "192.0.0.0/16"), 16);
    assert_eq!(tried(&mut response, "198.51.0.0/16"), 0);
    assert_eq!(tried(&mut response, "198.51.100.0/24"), 8);
}

#[test]
fn recent_traffic_forgets_the_endpoint_that_was_silent_longest() {
    let mut response = Response::new(Settings::default(), 7);
    for n in 0..400u32 {
        let endpoint: Endpoint = format!("GET /v{n}/things").parse().unwrap();
        for host in 0..60u8 {
            let client = std::net::IpAddr::from([192, 0, 2, host]);
            response.saw(&Seen::quiet(at(u64::from(n)), client, &endpoint));
        }
    }
    assert!(response.traffic().len() <= 256 * 48, "{}", response.traffic().len());
    assert!(response.traffic().len() >= 256 * 20, "{}", response.traffic().len());
}

#[test]
fn people_of_sources_that_are_no_longer_named_are_counted_still() {
    let mut incidents = Incidents::new(SeverityRule::defaults());
    for n in 1..=50u32 {
        let seen = read(u64::from(n), &format!("192.0.2.{n}"), 0);
        incidents.observe(&said(DetectorId::SequentialIds, 3, &seen), &seen);
    }
    let incident = incidents.iter().next().unwrap();
    assert_eq!((incident.parties.len(), incident.more_parties), (32, (18, 18 * 3)));
    assert_eq!((incident.people(), incident.sources()), (150, 50));
}

#[test]
fn scanners_from_everywhere_leave_room_to_refuse_a_thief() {
    let mut response = Response::new(Settings::default(), 7);
    for n in 0..300u32 {
        let seen = Seen::quiet(at(0), ip(&client(n)), &crate::world::DOORS[0]);
        response.observe(&[said(DetectorId::SurfaceScan, 0, &seen)], &seen, seen.at);
    }
    let slowed = lines(&response).iter().filter(|line| line.starts_with("slow")).count();
    assert_eq!(slowed, 256, "the bound of its own");
    let seen = read(1, "203.0.113.7", 1);
    response.observe(&[said(DetectorId::SequentialIds, 25, &seen)], &seen, seen.at);
    assert_eq!(lines(&response).last().unwrap(), "refuse-source 203.0.113.7/32 at 1 strangers");
}

/// A hundred and twenty-eight proposals, each about an incident of its own with so many people.
fn full_of_proposals(people: u32) -> Response {
    let mut response = Response::new(Settings { automatic: false, ..Settings::default() }, 7);
    for n in 0..128u32 {
        let seen = read(0, &client(n), 0);
        response.observe(&[said(DetectorId::SequentialIds, people, &seen)], &seen, seen.at);
    }
    assert_eq!(lines(&response).iter().filter(|line| line.ends_with("(proposed)")).count(), 128);
    response
}

#[test]
fn the_gravest_proposal_displaces_the_least_grave_one() {
    let mut response = full_of_proposals(11);
    let seen = read(1, "203.0.113.7", 1);
    let told = response.observe(&[said(DetectorId::SequentialIds, 200, &seen)], &seen, seen.at);
    assert_eq!(told.no_room, None);
    let gone = ActionId::from_str("ACT-1").unwrap();
    assert_eq!(told.turns.as_slice(), [respond::Turn::Ended(gone, respond::Ended::Displaced)]);
    let open: Vec<_> = lines(&response).into_iter().filter(|line| line.ends_with("(proposed)")).collect();
    assert_eq!(open.len(), 128);
    assert_eq!(open[127], "refuse-source 203.0.113.7/32 at 1 strangers (proposed)");
}

#[test]
fn a_proposal_that_finds_no_room_is_said() {
    let mut response = full_of_proposals(200);
    let seen = read(1, "203.0.113.7", 1);
    let told = response.observe(&[said(DetectorId::SequentialIds, 11, &seen)], &seen, seen.at);
    assert_eq!(told.no_room.map(|(_, rung)| rung), Some(Rung::RefuseSource));
    assert!(told.turns.is_empty() && !told.is_empty());
}

#[test]
fn of_incidents_those_that_told_of_nobody_are_forgotten_first() {
    let mut incidents = Incidents::new(SeverityRule::defaults());
    let mut add = |n: u32, detector, people| {
        let seen = read(u64::from(n), &client(n), 0);
        incidents.observe(&said(detector, people, &seen), &seen).0
    };
    let few = add(0, DetectorId::Automation, 3);
    let canary = add(1, DetectorId::Canary, 0);
    // Guesses that found nobody are as grave as their detector says, and no more.
    for n in 2..700 {
        add(n, DetectorId::SequentialIds, 0);
    }
    assert!(incidents.find(few).is_some() && incidents.find(canary).is_some());
}
