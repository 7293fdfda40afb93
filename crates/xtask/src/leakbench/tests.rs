//! The bench itself, small: it holds the attackers' marks, says nothing of honest people, and did its work.

use super::*;
use testkit::days::Town;

/// Smaller towns than in the full run, so that a debug build is done in seconds.
const SMALL: u32 = 60;

#[test]
fn every_attacker_is_seen_or_bounded_and_nobody_beside_it_is_refused() {
    for plan in attackers::plans() {
        // Twenty free requests for each are not worth a minute of a debug build, nor one a second; the fast
        // one is played at its pace below.
        let plan = attackers::Plan { every: plan.every.max(20_000), ..plan };
        let row = attackers::play(plan, SMALL, 3).unwrap();
        assert!(row.holds(), "{row:?}");
        assert!(row.day > 0 && row.contained.is_some(), "it got something, and was stopped: {row:?}");
        assert!(row.requests > 300, "{row:?}");
        // Whose token was stolen is refused with it; and at a door where people read strangers' records,
        // a few of them find what is there for everybody spent.
        let most = match row.name {
            "stolen-staff" => u64::MAX,
            "tokens-50-among-people" => 20,
            _ => 0,
        };
        assert!(row.innocents <= most, "{row:?}");
    }
}

/// At its own pace, ten a second, for an hour: a debug build has no time for a day of it.
#[test]
fn an_attacker_as_fast_as_it_can_is_bounded_like_any_other() {
    let plan = attackers::plans().into_iter().find(|plan| plan.name == "single-fast").unwrap();
    assert_eq!(plan.every, 100);
    let row = attackers::play_for(plan, SMALL, 3, 3_600_000).unwrap();
    assert!(row.requests > 1_500, "it is fast, and slowed at most: {row:?}");
    assert!(row.holds() && row.contained.is_some() && row.innocents == 0, "{row:?}");
    let (requests, people, _) = row.signal.clone().unwrap();
    assert!(requests <= 20 && people <= 20, "seen within two seconds: {row:?}");
}

#[test]
fn nineteen_thousand_honest_client_days_over_a_months_end_are_quiet() {
    let mut town = Town::new(3, 600);
    let quiet = quiet::days(&mut town, 35, gate::Switches::default(), 3).unwrap();
    for (group, habits) in marks::MARKED {
        let counts = quiet.of(habits);
        assert_eq!((counts.alarms, counts.refusals), (0, 0), "{group}: {:?}", counts.why);
        assert!(counts.client_days > 4_500, "{group}: {}", counts.client_days);
    }
    let work = quiet.work;
    assert!(quiet.client_days() > 19_000, "{}", quiet.client_days());
    assert!(work.exchanges > 150_000, "{work:?}");
    assert!(work.counted > 50_000 && work.told > 500_000, "people were told of, and counted: {work:?}");
}

#[test]
fn each_detector_alone_sees_its_own_attack() {
    let seen = alone::play(3).unwrap();
    for id in detect::DetectorId::ALL {
        assert!(seen.iter().any(|one| one.detector == id), "{id} has an attack");
    }
    for one in seen {
        let (requests, people) = one.spoke.unwrap_or_else(|| panic!("silent: {one:?}"));
        assert!(requests <= 5000 && people <= 3000, "{one:?}");
    }
}

#[test]
fn parts_that_no_scenario_of_the_demo_misses_are_missed_here() {
    for row in without::play(3).unwrap() {
        let with = row.with.unwrap_or_else(|| panic!("nothing happens with it: {row:?}"));
        assert!(row.without.is_none_or(|without| without > with), "{row:?}");
    }
}

#[test]
fn a_gate_that_is_switched_off_lets_the_attacker_have_everything() {
    let switches = gate::Switches { acts: false, ..gate::Switches::default() };
    let mut gate = gate::Gate::new(switches, 3).unwrap();
    let plan = attackers::plans().into_iter().find(|plan| plan.name == "shuffled").unwrap();
    let mut attacker = attackers::Attacker::new(plan, 3);
    let mut told = 0;
    for second in 0..3000 {
        let outcome = gate.exchange(&attacker.next(), quiet::at(0, second * 1000));
        assert_eq!(outcome.refusal, None);
        told += outcome.strangers;
    }
    assert_eq!(told, 3000);
    assert!(gate.work.signals > 0 && gate.work.actions > 0);
}

#[test]
fn the_same_seed_gives_the_same_figures_on_one_thread_and_on_two() {
    let figures = |threads: usize| {
        let quiet = quiet::live(1_500, 30, 5, threads).unwrap();
        (quiet.habits.clone(), quiet.work)
    };
    assert_eq!(figures(1), figures(2));
    let row = |seed: u64| attackers::play(attackers::plans()[4], SMALL, seed).unwrap();
    assert_eq!(row(5), row(5));
}

#[test]
fn a_budget_of_twice_the_people_refuses_fewer_behind_a_shared_address() {
    let refused = |budget: u32| {
        let cell = curve::cell(budget, 100, 3).unwrap();
        (cell.refused, cell.refused_with_detectors)
    };
    let (tight, loose) = (refused(10), refused(200));
    assert!(tight.0 > 300, "eighty of a hundred find a day's twenty spent: {tight:?}");
    assert_eq!(loose.0, 0, "{loose:?}");
    assert!(loose.1 > 0, "detectors know nothing of the budget: {loose:?}");
}

#[test]
fn a_missed_mark_is_told() {
    let row = attackers::Row { name: "made-up", hour: 21, day: 40, marks: [20, 40], ..Default::default() };
    let cost = |megabytes: u64| cost::Cost {
        walk_nanos: 1.0,
        detect_nanos: 1.0,
        counted_nanos: 1.0,
        keys: 1_000_000,
        budgets: 0,
        limits: 0,
        detectors: 0,
        resident: megabytes * 1_000_000,
    };
    let missed = |attackers: &[attackers::Row], megabytes: u64| {
        let (attackers, cost) = (attackers.to_vec(), Some(cost(megabytes)));
        let missed = marks::missed(&Figures { attackers, cost, ..Figures::default() });
        missed.into_iter().map(|missed| missed.measured).collect::<Vec<_>>()
    };
    for (attackers, megabytes, expected) in [
        (&[][..], 249, &[][..]),
        (&[row.clone()][..], 249, &["21 and 40"][..]),
        (&[][..], 251, &["251 MB"][..]),
        (&[row][..], 900, &["21 and 40", "900 MB"][..]),
    ] {
        assert_eq!(missed(attackers, megabytes), expected, "{megabytes}");
    }
}
