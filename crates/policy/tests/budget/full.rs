//! A full table: nobody is given a fresh budget, nobody's memory grows without bound, and people
//! who read what is theirs notice nothing.

use domain::Basis;
use policy::budget::{ChargedSubject, LookUpSettings, Settings};

use crate::world::{Gate, Who, at, people, person, v4};

fn small(keys: u32) -> Gate {
    Gate::new(Settings { keys, ..Settings::default() })
}

/// Fills the table with accounts of as many networks, each told of the same five contacts as long as
/// it is told anything.
fn flood(gate: &mut Gate, addresses: impl Iterator<Item = u32>) {
    let told = addresses.filter(|&n| gate.tells(&v4(n), 9, &people(70_001, 5))).count();
    assert!(told > 30);
}

#[test]
fn an_attacker_who_floods_the_table_gets_no_second_budget() {
    let mut gate = small(200);
    let who = at("192.0.2.7");
    assert_eq!(gate.scrape(&who, 0, 1, 100, 10), 20);
    flood(&mut gate, (0..20_000).map(|n| 0x3000_0000 + n * 65_536 / 4));
    assert!(gate.budgets.accounts() <= 200);
    assert_eq!(gate.scrape(&who, 0, 1001, 100, 1), 0);
    gate.now += 3601;
    assert_eq!(gate.scrape(&who, 0, 1001, 100, 1), 20, "the hour ends as it would have");
}

#[test]
fn a_principal_that_was_evicted_has_no_second_budget_from_another_address() {
    let mut gate = small(64);
    let told = gate.scrape(&Who::Verified(1, "192.0.2.7".parse().unwrap()), 0, 1, 100, 10);
    flood(&mut gate, (0..5000).map(|n| 0x3000_0000 + n * 65_536 / 4));
    let again = gate.scrape(&Who::Verified(1, "198.51.100.7".parse().unwrap()), 0, 1001, 100, 1);
    assert_eq!((told, again), (50, 0));
}

#[test]
fn own_records_are_served_when_the_table_is_full_and_take_no_place() {
    let mut gate = small(16);
    flood(&mut gate, (0..500).map(|n| 0x3000_0000 + n * 65_536));
    for n in 0..1000 {
        let own = [ChargedSubject { basis: Basis::Own, ..person(n + 1) }];
        assert!(gate.tells(&Who::Verified(n, "192.0.2.7".parse().unwrap()), 0, &own));
    }
}

#[test]
fn one_provider_with_twenty_thousand_networks_flushes_only_itself() {
    let mut gate = small(2000);
    // Two hundred people from everywhere know the catalogue.
    let people_of = |n: u32| v4(0x0a00_0001 + n * 0x0051_3000);
    for n in 0..200 {
        assert!(gate.tells(&people_of(n), 9, &people(70_001, 5)));
    }
    for n in 0..20_000u32 {
        gate.tells(&at(&format!("2001:db8:{n:x}::1")), 9, &people(70_001, 5));
    }
    // Were they evicted, their five would count anew. One region of 64 is the flood's own.
    let kept = (0..200)
        .filter(|&n| {
            gate.charge(&people_of(n), 9, &[], &people(70_001, 5))
                .is_ok_and(|receipt| receipt.new_subjects() == 0)
        })
        .count();
    assert!(kept >= 190, "{kept}");
    // Newcomers from everywhere are served; of the flood's own region they may not be.
    let served =
        (0..640).filter(|&n| gate.tells(&v4(0x0b00_0001 + n * 0x0031_7000), 9, &people(70_001, 5))).count();
    assert!(served >= 610, "{served}");
}

#[test]
fn a_day_with_more_visitors_than_places_refuses_no_visitor() {
    let mut gate = small(2000);
    for n in 0..5000u32 {
        gate.now += 17;
        assert!(gate.tells(&v4(n.wrapping_mul(0x9e37_79b9)), 9, &people(70_001, 5)), "visitor {n}");
    }
}

#[test]
fn a_giant_account_is_thinned_and_keeps_its_sums() {
    let mut gate = Gate::new(Settings { subjects: 1000, ..Settings::default() });
    let networks = domain::networks_of("192.0.2.7".parse().unwrap());
    let payer = policy::budget::Payer::Networks(&networks);
    for n in 0..500 {
        let subjects = people(1 + n * 10, 10);
        let charge = policy::budget::Charge { payer, endpoint: 0, declared: &[], subjects: &subjects };
        let _ = gate.budgets.charge_anyway(&charge, gate.time());
    }
    assert!(gate.budgets.entries() <= 1000);
    let charge = policy::budget::Charge { payer, endpoint: 0, declared: &[], subjects: &[] };
    assert!(gate.budgets.standing(&charge, gate.time()).iter().all(|standing| standing.used >= 5000));
}

#[test]
fn an_account_costs_what_the_manual_says() {
    let keys = 20_000;
    let look_ups = LookUpSettings { keys: 16, ..LookUpSettings::default() };
    let mut gate = Gate::new(Settings { keys, look_ups, ..Settings::default() });
    for n in 0..keys / 2 {
        assert!(gate.tells(&v4(n * 256), 9, &people(70_001, 1)));
    }
    let each = gate.budgets.bytes() as u64 / u64::from(keys);
    assert!((150..=200).contains(&each), "{each} bytes for each account");
    // Above three entries: 16 bytes of log, grown by doubling, and 8 to 16 of index.
    let before = gate.budgets.bytes();
    let principal = Who::Partner(1, "192.0.2.7".parse().unwrap());
    assert!(gate.charge(&principal, 0, &crate::world::windows(&[(5000, 3600)]), &people(1, 3000)).is_ok());
    let each = (gate.budgets.bytes() - before) / 3000;
    assert!((16..=40).contains(&each), "{each} bytes for each subject");
}
