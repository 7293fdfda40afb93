//! Whom an action would hit that did nothing.

use domain::Timestamp;
use respond::{Callers, Innocents, Measure, Party, Seen, Target, Traffic, What};

use crate::world::{DOORS, START, at, digest, door, ip, read, read_by};

const MINUTE: u64 = 60;

fn kind(what: What) -> Target {
    Target::Kind { door: door(0), callers: Callers::Unidentified, what }
}

/// Traffic that was observed at every door for an hour before [`START`].
fn traffic() -> Traffic {
    let mut traffic = Traffic::new(3);
    for door in DOORS.iter() {
        traffic.take(&Seen::quiet(Timestamp::from_secs(START - 3600), ip("10.9.9.9"), door));
    }
    traffic
}

fn early(secs_before: u64, seen: Seen<'static>) -> Seen<'static> {
    Seen { at: Timestamp::from_secs(START - secs_before), ..seen }
}

fn predicted(traffic: &Traffic, target: Target, parties: &[Party]) -> Innocents {
    traffic.predict(&target, Measure::Refuse, true, parties, at(0), at(30))
}

#[test]
fn whoever_came_before_it_began_counts_and_whoever_came_after_does_not() {
    let mut traffic = traffic();
    traffic.take(&early(5 * MINUTE, read(0, "192.0.2.1", 0)));
    traffic.take(&early(20 * MINUTE, read(0, "192.0.2.2", 0)));
    traffic.take(&read(10, "192.0.2.3", 0));
    assert_eq!(predicted(&traffic, kind(What::Any), &[]), Innocents { people: 1, known: true });
}

#[test]
fn each_action_counts_whom_it_would_have_hit() {
    let mut traffic = traffic();
    let quiet = |client: &str| Seen { strangers: 0, ..early(300, read(0, client, 0)) };
    traffic.take(&quiet("192.0.2.1"));
    traffic.take(&early(300, read(0, "192.0.2.2", 0)));
    let mut paged = quiet("192.0.2.3");
    paged.facts.page = Some(4);
    traffic.take(&paged);
    traffic.take(&early(300, read_by(0, "192.0.2.4", 0, 1)));
    traffic.take(&Seen { strangers: 0, ..early(300, read_by(0, "192.0.2.5", 0, 2)) });
    traffic.take(&early(300, read(0, "192.0.2.6", 1)));
    let network = Party::Network("192.0.2.0/24".parse().unwrap());
    let source = |door, what| Target::Source { party: network, door, what };
    for (target, expected) in [
        (kind(What::Any), 3),
        (kind(What::Strangers), 1),
        (kind(What::FromPage(4)), 1),
        (kind(What::FromPage(5)), 0),
        (Target::Kind { door: door(0), callers: Callers::Anyone, what: What::Any }, 4),
        (Target::Kind { door: door(0), callers: Callers::Anyone, what: What::Strangers }, 2),
        (Target::Endpoint(door(0)), 4),
        (Target::Upstream(0), 5),
        (source(None, What::Any), 5),
        (source(Some(door(0)), What::Strangers), 2),
        (source(Some(door(1)), What::Any), 1),
        (source(Some(door(2)), What::Any), 0),
        (Target::Source { party: Party::Principal(digest(1)), door: None, what: What::Strangers }, 1),
    ] {
        assert_eq!(predicted(&traffic, target, &[]).people, expected, "{target:?}");
    }
    // By hand it would also hit the principal who reads what is its own.
    let by_hand = traffic.predict(&Target::Endpoint(door(0)), Measure::Close, false, &[], at(0), at(30));
    assert_eq!(by_hand.people, 5);
}

#[test]
fn parties_are_no_innocents_but_those_behind_their_address_are() {
    let mut traffic = traffic();
    for agent in 0..3 {
        traffic.take(&Seen { agent: Some(digest(agent)), ..early(300, read(0, "192.0.2.1", 0)) });
    }
    traffic.take(&early(300, read_by(0, "192.0.2.1", 0, 5)));
    let party = [Party::Network("192.0.2.1/32".parse().unwrap())];
    let address = |what| Target::Source { party: party[0], door: Some(door(0)), what };
    assert_eq!(predicted(&traffic, address(What::Any), &party).people, 2 + 1);
    assert_eq!(predicted(&traffic, address(What::Strangers), &party).people, 1, "the principal");
    let principal = [party[0], Party::Principal(digest(5))];
    assert_eq!(predicted(&traffic, address(What::Strangers), &principal).people, 0);
}

#[test]
fn where_the_time_before_is_not_known_all_who_came_lately_count() {
    let mut fresh = Traffic::new(3);
    for n in 1..=9 {
        fresh.take(&read(n, &format!("192.0.2.{n}"), 0));
    }
    assert_eq!(predicted(&fresh, kind(What::Any), &[]), Innocents { people: 9, known: false });
    // It began a day ago, which nobody remembers.
    let mut old = traffic();
    old.take(&read(0, "192.0.2.1", 0));
    let long_ago = Timestamp::from_secs(START - 86_400);
    let innocents = old.predict(&kind(What::Any), Measure::Refuse, true, &[], long_ago, at(30));
    assert_eq!(innocents, Innocents { people: 1, known: false });
}

#[test]
fn a_door_is_known_once_it_was_observed_for_the_ten_minutes_that_are_looked_at() {
    let source = Target::Source {
        party: Party::Network("192.0.2.0/24".parse().unwrap()),
        door: Some(door(0)),
        what: What::Any,
    };
    for (seen_first_secs_before, known) in
        [(3600, true), (901, true), (601, true), (600, false), (599, false), (1, false), (0, false)]
    {
        let mut traffic = Traffic::new(3);
        // Other doors are known for long: that says nothing of this one.
        for minutes in 1..=60 {
            let other = Timestamp::from_secs(START - minutes * MINUTE);
            traffic.take(&Seen::quiet(other, ip("10.9.9.9"), &DOORS[3]));
        }
        traffic.take(&early(seen_first_secs_before, read(0, "198.51.100.1", 0)));
        for target in [kind(What::Any), kind(What::Strangers), Target::Endpoint(door(0)), source] {
            let found = predicted(&traffic, target, &[]).known;
            assert_eq!(found, known, "{seen_first_secs_before} {target:?}");
        }
    }
    let never = Target::Endpoint(door(2));
    assert!(
        !predicted(&traffic_at_other_doors(), never, &[]).known,
        "nobody came is not known of a new door"
    );
}

fn traffic_at_other_doors() -> Traffic {
    let mut traffic = Traffic::new(3);
    traffic.take(&Seen::quiet(Timestamp::from_secs(START - 3600), ip("10.9.9.9"), &DOORS[3]));
    traffic
}

#[test]
fn by_hand_everybody_in_a_network_counts_and_of_an_address_those_behind_it() {
    let mut traffic = traffic();
    for n in 1..=10u64 {
        let client = format!("192.0.2.{n}");
        traffic.take(&read(n, &client, 0));
    }
    let by_hand = |network: &str| {
        let party = Party::Network(network.parse().unwrap());
        let target = Target::Source { party, door: None, what: What::Any };
        let parties = if party.is_single() { vec![party] } else { Vec::new() };
        traffic.predict_now(&target, Measure::Refuse, &parties, at(30))
    };
    for (network, people) in [
        ("0.0.0.0/0", 10),
        ("192.0.2.0/24", 10),
        ("192.0.2.8/29", 3),
        ("192.0.2.1/32", 0),
        ("198.51.100.0/24", 0),
    ] {
        assert_eq!(by_hand(network), Innocents { people, known: true }, "{network}");
    }
}

#[test]
fn many_are_estimated_and_cost_no_more_than_few() {
    for many in [40u32, 1000, 20_000] {
        let mut traffic = traffic();
        let before = traffic.len();
        for n in 0..many {
            let client = std::net::IpAddr::from((0x0a00_0000 + n).to_be_bytes());
            let seen =
                Seen { strangers: 1, ..Seen::quiet(Timestamp::from_secs(START - 100), client, &DOORS[0]) };
            traffic.take(&seen);
        }
        assert!(traffic.len() - before <= 48, "{}", traffic.len());
        let people = predicted(&traffic, kind(What::Strangers), &[]).people;
        let (low, high) = if many <= 48 { (many, many) } else { (many * 6 / 10, many * 15 / 10) };
        assert!((low..=high).contains(&people), "{people} of {many}");
    }
}

#[test]
fn a_clock_that_jumps_forgets_and_one_that_steps_back_is_borne() {
    let mut traffic = traffic();
    traffic.take(&read(100_000, "192.0.2.1", 0));
    traffic.take(&read(0, "192.0.2.2", 0));
    let innocents = traffic.predict(&kind(What::Any), Measure::Refuse, true, &[], at(100_000), at(100_001));
    assert_eq!(innocents, Innocents { people: 0, known: true });
}

#[test]
fn who_came_twice_counts_once() {
    let mut traffic = traffic();
    for secs_before in [100, 400, 500] {
        traffic.take(&early(secs_before, read(0, "192.0.2.1", 0)));
    }
    assert_eq!(predicted(&traffic, kind(What::Any), &[]).people, 1);
}

#[test]
fn whose_work_it_is_to_read_of_strangers_is_hit_only_by_what_names_everybody() {
    let mut traffic = traffic();
    let mut staff = early(300, read_by(0, "192.0.2.1", 0, 1));
    staff.facts.works = true;
    traffic.take(&staff);
    let people = |callers| {
        let target = Target::Kind { door: door(0), callers, what: What::Strangers };
        predicted(&traffic, target, &[]).people
    };
    assert_eq!([Callers::Unidentified, Callers::Unnamed, Callers::Anyone].map(people), [0, 0, 1]);
}
