//! Which signals are one incident.

use detect::{DetectorId, Severity};
use domain::DataClass;
use respond::{Change, Happened, Incidents, Seen, SeverityRule, State};

use crate::world::{at, crowd, digest, read, read_by, said};

fn incidents() -> Incidents {
    Incidents::new(SeverityRule::defaults())
}

const WALK: DetectorId = DetectorId::SequentialIds;

/// Takes the signals in; how many signals each incident has, in the order in which they were opened.
fn joined(list: &[(detect::Signal, Seen<'static>)]) -> Vec<u32> {
    let mut incidents = incidents();
    for (signal, seen) in list {
        incidents.observe(signal, seen);
    }
    incidents.iter().map(|incident| incident.signals).collect()
}

fn pair(detector: DetectorId, people: u32, seen: Seen<'static>) -> (detect::Signal, Seen<'static>) {
    (said(detector, people, &seen), seen)
}

#[test]
fn signals_join_by_what_they_share() {
    let a = |secs| pair(WALK, 11, read(secs, "192.0.2.1", 0));
    let with_agent = |client: &str, agent| {
        let seen = Seen { agent: Some(digest(agent)), ..read(5, client, 0) };
        pair(WALK, 11, seen)
    };
    let with_ids = |client: &str, ids: &[u64]| {
        let seen = Seen { ids: ids.iter().copied().collect(), ..read(5, client, 0) };
        pair(WALK, 11, seen)
    };
    let crowd_at = |nth| {
        let seen = read(9, "203.0.113.99", nth);
        (crowd(206, 50, &seen), seen)
    };
    let anonymous_at = |nth| {
        let seen = read(9, "203.0.113.99", nth);
        let mut signal = said(DetectorId::AnonymousData, 10, &seen);
        signal.source = detect::Source::Endpoint(seen.facts.door);
        (signal, seen)
    };
    // It speaks of the address, at exchanges of verified accounts.
    let minting = || {
        let seen = read_by(9, "198.51.100.1", 0, 7);
        let mut signal = said(DetectorId::SessionMinting, 20, &seen);
        signal.source = detect::Source::Network(domain::networks_of(seen.facts.client)[0]);
        (signal, seen)
    };
    let other = |client: &str, nth| pair(WALK, 11, read(3, client, nth));
    let v6 = |client: &str| pair(WALK, 11, read(3, client, 1));
    for (why, list, expected) in [
        ("the same address", vec![a(0), a(60)], vec![2]),
        ("the same /24, another endpoint", vec![a(0), other("192.0.2.200", 1)], vec![2]),
        ("the same /48", vec![v6("2001:db8:7:1::1"), v6("2001:db8:7:ffff::1")], vec![2]),
        ("another /48", vec![v6("2001:db8:7:1::1"), v6("2001:db8:8:1::1")], vec![1, 1]),
        ("another /24", vec![a(0), other("198.51.100.1", 0)], vec![1, 1]),
        (
            "one principal, two networks",
            vec![
                pair(WALK, 29, read_by(0, "192.0.2.1", 0, 7)),
                pair(WALK, 29, read_by(9, "198.51.100.1", 1, 7)),
            ],
            vec![2],
        ),
        ("a crowd, and its sources", vec![a(0), other("198.51.100.1", 0), crowd_at(0)], vec![3]),
        ("a crowd first", vec![crowd_at(0), a(0), other("198.51.100.1", 0)], vec![3]),
        ("a crowd elsewhere", vec![a(0), crowd_at(1)], vec![1, 1]),
        ("anonymous data, and a stranger who takes it", vec![anonymous_at(0), a(3)], vec![2]),
        (
            "anonymous data, and a principal",
            vec![anonymous_at(0), pair(WALK, 29, read_by(9, "198.51.100.1", 0, 7))],
            vec![1, 1],
        ),
        (
            "anonymous data, and an address whose accounts are many",
            vec![anonymous_at(0), minting()],
            vec![1, 1],
        ),
        (
            "one agent, one endpoint, one detector",
            vec![with_agent("192.0.2.1", 5), with_agent("198.51.100.1", 5)],
            vec![2],
        ),
        ("two agents", vec![with_agent("192.0.2.1", 5), with_agent("198.51.100.1", 6)], vec![1, 1]),
        (
            "shares of one walk",
            vec![with_ids("192.0.2.1", &[1, 2]), with_ids("198.51.100.1", &[3, 4])],
            vec![2],
        ),
        (
            "two who walk the same",
            vec![with_ids("192.0.2.1", &[1, 2]), with_ids("198.51.100.1", &[2, 3])],
            vec![1, 1],
        ),
        ("an hour apart", vec![a(0), a(3600)], vec![1, 1]),
        ("a minute less than an hour apart", vec![a(0), a(3540)], vec![2]),
    ] {
        assert_eq!(joined(&list), expected, "{why}");
    }
}

#[test]
fn a_signal_that_relates_to_two_incidents_makes_them_one_and_both_names_find_it() {
    let mut incidents = incidents();
    let (first, second) = (read(0, "192.0.2.1", 0), read(5, "198.51.100.1", 0));
    let (a, _) = incidents.observe(&said(WALK, 11, &first), &first);
    let (b, _) = incidents.observe(&said(WALK, 12, &second), &second);
    let third = read(9, "203.0.113.9", 0);
    let (into, changes) = incidents.observe(&crowd(206, 50, &third), &third);
    assert_eq!(into, a, "the one that began first keeps its name");
    assert!(changes.contains(&Change::Merged(a, b)), "{changes:?}");
    assert_eq!(incidents.iter().count(), 1);
    let incident = incidents.find(b).unwrap();
    assert_eq!((incident.id, incident.signals, incident.parties.len()), (a, 3, 2));
}

#[test]
fn one_scrape_is_one_incident_that_is_told_of_when_it_grows() {
    let mut incidents = incidents();
    let mut told = Vec::new();
    for n in 1..=2700u32 {
        let seen = read(u64::from(n), "192.0.2.1", 0);
        let (_, changes) = incidents.observe(&said(WALK, n * 10, &seen), &seen);
        told.extend(changes.into_iter().filter(|change| !matches!(change, Change::Joined(_))));
    }
    let id = incidents.iter().next().unwrap().id;
    // Opened with 10 people; critical from 100; then tenfold each time.
    let grew = Change::Grew(id);
    assert_eq!(told, [Change::Opened(id), grew, grew, grew]);
    let incident = incidents.find(id).unwrap();
    assert_eq!((incident.signals, incident.people()), (2700, 27_000));
    let timeline = incident.timeline.moments();
    assert!(timeline.len() <= 6, "{timeline:?}");
}

#[test]
fn how_grave_it_is_follows_the_rules() {
    let one = |detector, people, classes: &[DataClass]| {
        let mut incidents = incidents();
        let seen = Seen { classes: classes.iter().copied().collect(), ..read(0, "192.0.2.1", 0) };
        let mut signal = said(detector, people, &seen);
        signal.severity = signal.severity.min(Severity::Medium);
        incidents.observe(&signal, &seen);
        incidents.iter().next().unwrap().severity
    };
    for (detector, people, classes, expected) in [
        (DetectorId::SurfaceScan, 0, vec![], Severity::Low),
        (DetectorId::MissStorm, 0, vec![], Severity::Medium),
        (DetectorId::Volume, 5, vec![], Severity::Medium),
        (WALK, 19, vec![DataClass::Email], Severity::Medium),
        (WALK, 20, vec![DataClass::Email], Severity::High),
        (WALK, 99, vec![DataClass::Email], Severity::High),
        (WALK, 100, vec![DataClass::Email], Severity::Critical),
        (WALK, 1, vec![DataClass::Payment], Severity::High),
        (WALK, 20, vec![DataClass::Email, DataClass::GovernmentId], Severity::Critical),
        (DetectorId::Canary, 1, vec![], Severity::Critical),
    ] {
        assert_eq!(one(detector, people, &classes), expected, "{detector} {people} {classes:?}");
    }
}

#[test]
fn five_sources_of_twenty_people_are_critical() {
    let mut incidents = incidents();
    for n in 1..=5u32 {
        let seen = read(u64::from(n), &format!("192.0.2.{n}"), 0);
        let mut signal = said(WALK, 4, &seen);
        signal.severity = Severity::Low;
        incidents.observe(&signal, &seen);
        let incident = incidents.iter().next().unwrap();
        assert_eq!(incident.severity == Severity::Critical, n == 5, "{n}: {:?}", incident.severity);
        assert_eq!((incident.people(), incident.sources()), (4 * n, n));
    }
}

#[test]
fn people_of_an_address_of_its_network_and_of_its_endpoint_are_not_added_up() {
    let mut incidents = incidents();
    let seen = read(0, "192.0.2.1", 0);
    incidents.observe(&said(WALK, 30, &seen), &seen);
    let mut network = said(WALK, 71, &seen);
    network.source = detect::Source::Network("192.0.2.0/24".parse().unwrap());
    incidents.observe(&network, &seen);
    incidents.observe(&crowd(60, 9, &seen), &seen);
    let incident = incidents.iter().next().unwrap();
    assert_eq!((incident.people(), incident.sources()), (71, 9));
}

#[test]
fn an_incident_is_contained_then_closed_and_reopened_by_the_same_within_a_day() {
    let mut incidents = incidents();
    let seen = read(0, "192.0.2.1", 0);
    let (id, _) = incidents.observe(&said(WALK, 11, &seen), &seen);
    assert!(incidents.tick(at(59), |_| true).is_empty());
    assert_eq!(incidents.tick(at(60), |_| true).as_slice(), [Change::Contained(id)]);
    assert!(incidents.tick(at(3600), |_| true).is_empty(), "something is done about it still");
    assert_eq!(incidents.tick(at(3601), |_| false).as_slice(), [Change::Closed(id)]);

    // The same endpoint alone is not the same.
    let other = read(5000, "198.51.100.1", 0);
    let (second, _) = incidents.observe(&said(WALK, 11, &other), &other);
    assert_ne!(second, id);
    let again = read(3601 + 86_399, "192.0.2.77", 1);
    let (third, changes) = incidents.observe(&said(WALK, 11, &again), &again);
    assert_eq!((third, changes.as_slice()), (id, &[Change::Reopened(id)][..]));
    let incident = incidents.find(id).unwrap();
    assert_eq!((incident.state, incident.reopened, incident.closed), (State::Open, 1, None));
    // The story goes on below: what happens again is told again.
    let story: Vec<_> = incident.timeline.moments().iter().map(|moment| &moment.what).collect();
    let back = story.iter().position(|what| **what == Happened::CameBack).unwrap();
    assert_eq!(*story[back - 1], Happened::Went(State::Closed), "{story:?}");
    assert!(matches!(story[back + 1..], [Happened::Said { .. }]), "{story:?}");
    assert_eq!(incident.timeline.moments()[back].first, again.at);

    let mut later = incidents.clone();
    later.tick(at(3601 + 86_399 + 3600), |_| false);
    let late = read(3601 + 86_399 + 3600 + 86_400, "192.0.2.1", 0);
    assert_ne!(later.observe(&said(WALK, 11, &late), &late).0, id, "a day is over");
}

#[test]
fn a_contained_incident_opens_again_when_it_goes_on() {
    let mut incidents = incidents();
    let seen = read(0, "192.0.2.1", 0);
    let (id, _) = incidents.observe(&said(WALK, 11, &seen), &seen);
    incidents.tick(at(60), |_| true);
    let on = read(70, "192.0.2.1", 0);
    let (_, changes) = incidents.observe(&said(WALK, 12, &on), &on);
    assert_eq!(changes.as_slice(), [Change::Resumed(id)]);
    let (_, changes) = incidents.observe(&said(WALK, 13, &on), &on);
    assert_eq!(changes.as_slice(), [Change::Joined(id)], "it goes on already");
    let incident = incidents.find(id).unwrap();
    assert_eq!(
        (incident.state, incident.resumed, incident.reopened),
        (State::Open, 1, 0),
        "it was never closed"
    );
}

#[test]
fn a_network_around_a_source_that_is_named_is_no_source_beside_it() {
    let seen = read(0, "192.0.2.1", 0);
    let mut of_network = said(DetectorId::NewObjects, 70, &seen);
    of_network.source = detect::Source::Network("192.0.2.0/24".parse().unwrap());
    for (signals, sources) in [
        (vec![said(DetectorId::SequentialIds, 11, &seen), of_network], 1),
        (vec![of_network], 1),
        (vec![of_network, said(DetectorId::SequentialIds, 11, &seen)], 1),
    ] {
        let mut incidents = respond::Incidents::new(respond::SeverityRule::defaults());
        let ids: Vec<_> = signals.iter().map(|signal| incidents.observe(signal, &seen).0).collect();
        assert_eq!(incidents.find(ids[0]).unwrap().sources(), sources, "{signals:?}");
    }
}
