//! The real detectors, the ladder and the table in one loop: what leaves before it is stopped.

use detect::{Detectors, Observed};
use domain::Timestamp;
use respond::{Facts, Response, Seen, Settings, Verdict};

use crate::world::{DOORS, START, before, ip, read_by, refuses};

struct Loop {
    detectors: Detectors,
    response: Response,
    /// People who left to the attacker.
    leaked: u32,
    /// Own-record reads that were refused.
    innocents_refused: u32,
}

impl Loop {
    /// At endpoint 1, after ten quiet minutes.
    fn new() -> Self {
        let mut response = Response::new(Settings::default(), 7);
        before(&mut response, 1, 0, 30);
        let detectors = Detectors::new(detect::Settings::default(), 42);
        Self { detectors, response, leaked: 0, innocents_refused: 0 }
    }

    /// One exchange that asks for stranger `number`; whether it was answered.
    fn ask(&mut self, millis: u64, client: &str, token: Option<u64>, number: u64) -> bool {
        let now = Timestamp::from_millis(START * 1000 + millis);
        let in_force = self.response.in_force();
        let mut seen = match token {
            Some(who) => read_by(0, client, 1, who),
            None => Seen { strangers: 1, ..Seen::quiet(now, ip(client), &DOORS[1]) },
        };
        seen.at = now;
        seen.ids = [number].into_iter().collect();
        let facts: Facts = seen.facts;
        let verdicts = [in_force.judge(&facts, now), in_force.judge_answer(&facts, 1, now)];
        if verdicts.iter().any(refuses) {
            return false;
        }
        if verdicts.iter().any(|verdict| matches!(verdict, Verdict::Pass { trickled: true })) {
            self.response.showed(&seen, now);
        }
        self.leaked += 1;
        self.response.saw(&seen);
        let observed = Observed {
            caller: facts.caller,
            principal: facts.identity,
            numbers: [Some(number), None],
            object: Some(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            strangers: 1,
            ..Observed::quiet(now, facts.client, facts.door)
        };
        let signals = self.detectors.observe(&observed);
        self.response.observe(&signals, &seen, now);
        true
    }

    /// A principal behind the same address reads what is its own.
    fn read_own(&mut self, millis: u64, client: &str, who: u64) {
        let now = Timestamp::from_millis(START * 1000 + millis);
        let own = read_by(0, client, 1, 1000 + who).facts;
        let in_force = self.response.in_force();
        let refused = refuses(&in_force.judge(&own, now)) || refuses(&in_force.judge_answer(&own, 0, now));
        self.innocents_refused += u32::from(refused);
    }
}

#[test]
fn an_anonymous_walk_ends_with_the_signal_and_a_walk_with_a_token_too() {
    for (token, most) in [(None, 11), (Some(3), 11)] {
        let mut all = Loop::new();
        for n in 0..600 {
            all.ask(n * 1000, "192.0.2.1", token, 5000 + n * 7);
            all.read_own(n * 1000 + 500, "192.0.2.1", n % 50);
        }
        assert_eq!((all.leaked, all.innocents_refused), (most, 0), "{token:?}");
    }
}

#[test]
fn fifty_addresses_of_one_crowd_are_stopped_as_a_kind() {
    let mut all = Loop::new();
    for n in 0..3000u64 {
        let client = format!("10.{}.7.9", n % 50);
        all.ask(n * 200, &client, None, 5000 + n);
        all.read_own(n * 200 + 100, &client, n % 50);
    }
    assert_eq!(all.innocents_refused, 0);
    // Four of each: none of them is seen by itself, and what they were told of together is.
    assert!(all.leaked <= 210, "{}", all.leaked);
    let kinds = crate::world::lines(&all.response);
    assert!(kinds.iter().any(|line| line.starts_with("refuse-kind unidentified at 1")), "{kinds:?}");
}

#[test]
fn a_page_with_people_is_served_to_everybody_and_one_incident_is_told_at_its_first_answer() {
    // The first visitor of a page is no attack on those who come after: two contacts on a page, or a store
    // finder with ten, from five networks or from two hundred, at a new door or one that is known.
    for (people, networks, known) in
        [(2, 5, false), (3, 5, false), (10, 5, false), (10, 200, false), (2, 5, true), (10, 200, true)]
    {
        let mut response = Response::new(Settings::default(), 7);
        before(&mut response, 3, 0, 60);
        if known {
            before(&mut response, 2, 0, 3);
        }
        let mut detectors = Detectors::new(detect::Settings::default(), 42);
        let subjects: Vec<_> = (0..people).map(|n| crate::world::digest(900 + n)).collect();
        for n in 0..networks {
            let now = Timestamp::from_secs(START + 3 * n);
            let client = ip(&format!("198.51.{n}.7"));
            let seen =
                Seen { strangers: u32::try_from(people).unwrap(), ..Seen::quiet(now, client, &DOORS[2]) };
            assert!(!crate::world::is_refused(&response, &seen.facts, seen.strangers, now), "{people} {n}");
            response.saw(&seen);
            let observed = Observed {
                strangers: seen.strangers,
                subjects: &subjects,
                classes: [domain::DataClass::Email, domain::DataClass::Phone].into_iter().collect(),
                ..Observed::quiet(now, client, seen.facts.door)
            };
            let signals = detectors.observe(&observed);
            let told = response.observe(&signals, &seen, now);
            let opened = told.changes.iter().filter(|change| matches!(change, respond::Change::Opened(_)));
            assert_eq!(opened.count(), usize::from(n == 0), "{people} {n}: {told:?}");
        }
        assert_eq!(crate::world::lines(&response), [""; 0], "{people} {networks} {known}");
    }
}

#[test]
fn at_a_door_that_nobody_knows_yet_a_crowd_is_proposed_and_each_of_its_sources_is_bounded_by_budgets() {
    let mut all = Loop::new();
    all.response = Response::new(Settings::default(), 7);
    for n in 0..600u64 {
        all.ask(n * 200, &format!("10.{}.7.9", n % 50), None, 5000 + n);
    }
    let lines = crate::world::lines(&all.response);
    let kind = "refuse-kind unidentified at 1 strangers (proposed)";
    assert!(lines.iter().any(|line| line == kind), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("refuse-kind") && line != kind), "{lines:?}");
}

#[test]
fn over_hours_the_half_open_door_costs_three_records_each_time() {
    let mut all = Loop::new();
    let hours = 6;
    for n in 0..hours * 3600 {
        all.ask(n * 1000, "192.0.2.1", None, 5000 + n);
    }
    let turns = u32::try_from(hours).unwrap() * 4;
    assert!(all.leaked <= 11 + 3 * turns, "{}", all.leaked);
    assert!(all.leaked >= 11 + 2 * (turns - 1), "it was half-open: {}", all.leaked);
}
