//! Requests that bring the e-mail of the person they ask for.

use domain::{Basis, RefusalKind, networks_of};
use policy::budget::{Answer, ChargedSubject};

use crate::world::{Gate, Who, at, digest, guard, keyed, person};

const GUESTS: u32 = 4;
const LOGIN: u32 = 5;

/// Asks for the e-mail `n`; `None` when the upstream was not asked.
fn look_up(gate: &mut Gate, who: &Who, door: u32, n: u64, exists: bool) -> Option<bool> {
    let networks = networks_of(who.address());
    let brought = [n << 8];
    let now = gate.time();
    gate.budgets.look_up_allowed(&networks, door, &brought, now).ok()?;
    let answer = if exists { Answer::Found } else { Answer::NotFound };
    gate.budgets.look_up_result(&networks, door, &brought, answer, now);
    if !exists {
        return Some(false);
    }
    // The order, under its own number, with the e-mail that was brought.
    let subject = ChargedSubject { basis: Basis::LookUp, ..keyed(&[n + 1_000_000, n], 0b10) };
    Some(gate.tells(who, door, &[subject]))
}

#[test]
fn guessing_e_mails_ends_after_twenty_questions() {
    let mut gate = guard();
    let (mut asked, mut found) = (0, 0);
    for n in 0..20_000u64 {
        match look_up(&mut gate, &at("192.0.2.7"), GUESTS, n + 1, n % 10 == 3) {
            Some(true) => (asked, found) = (asked + 1, found + 1),
            Some(false) => asked += 1,
            None => {}
        }
    }
    assert_eq!((asked, found), (20, 2));
    gate.now += 86_400 + 3601;
    assert!(look_up(&mut gate, &at("192.0.2.7"), GUESTS, 77_777, true).is_some());
}

#[test]
fn a_block_that_guesses_together_gets_sixty() {
    let mut gate = guard();
    let asked = (0..20_000u64)
        .filter(|n| {
            let who = at(&format!("192.0.2.{}", n % 250));
            look_up(&mut gate, &who, GUESTS, n + 1, n % 10 == 3).is_some()
        })
        .count();
    assert_eq!(asked, 60);
}

#[test]
fn a_burst_of_guesses_is_not_through_before_its_first_answer_is() {
    let mut gate = guard();
    let networks = networks_of("192.0.2.7".parse().unwrap());
    let now = gate.time();
    let granted: Vec<u64> = (1..=200)
        .filter(|n| gate.budgets.look_up_allowed(&networks, GUESTS, &[n << 8], now).is_ok())
        .collect();
    assert_eq!(granted.len(), 40);
    for n in &granted {
        gate.budgets.look_up_result(&networks, GUESTS, &[n << 8], Answer::NotFound, now);
    }
    assert!(gate.budgets.look_up_allowed(&networks, GUESTS, &[999 << 8], now).is_err());
}

#[test]
fn four_hundred_guests_behind_one_address_are_served_each_hour_with_a_typing_error_now_and_then() {
    let mut gate = guard();
    let office = at("198.51.100.9");
    for n in 0..400u64 {
        let typo = n % 9 == 8;
        let served = look_up(&mut gate, &office, GUESTS, n + 1, !typo);
        assert_eq!(served, Some(!typo), "guest {n}");
    }
    let refusal = {
        let networks = networks_of(office.address());
        let now = gate.time();
        gate.budgets.look_up_allowed(&networks, GUESTS, &[999_999 << 8], now).unwrap_err()
    };
    assert_eq!(refusal.kind, RefusalKind::LookUpsSpent);
    assert_eq!(refusal.detail, "look-ups of the address are spent: 400 look-ups per 1h");
    assert_eq!(refusal.retry_after.unwrap().secs_ceil(), 3601);
    // Whoever comes back is served.
    assert_eq!(look_up(&mut gate, &office, GUESTS, 1, true), Some(true));
}

#[test]
fn a_few_typing_errors_at_first_tighten_nothing() {
    let mut gate = guard();
    let office = at("198.51.100.9");
    for n in 0..9 {
        assert_eq!(look_up(&mut gate, &office, LOGIN, n + 1, false), Some(false));
    }
    for n in 0..300 {
        assert_eq!(look_up(&mut gate, &office, LOGIN, n + 1000, true), Some(true));
    }
}

#[test]
fn a_wrong_password_that_is_put_right_is_no_miss() {
    let mut gate = guard();
    let office = at("198.51.100.9");
    for n in 0..40 {
        look_up(&mut gate, &office, LOGIN, n + 1, false);
        assert_eq!(look_up(&mut gate, &office, LOGIN, n + 1, true), Some(true), "person {n}");
    }
}

#[test]
fn sign_ups_elsewhere_do_not_pay_for_guesses() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    let mut asked = 0;
    for n in 0..300u64 {
        look_up(&mut gate, &who, LOGIN, n + 500_000, true);
        asked += usize::from(look_up(&mut gate, &who, GUESTS, n + 1, n % 10 == 3).is_some());
    }
    assert_eq!(asked, 20);
}

#[test]
fn an_upstream_that_does_not_answer_uses_nothing_up() {
    let mut gate = guard();
    let networks = networks_of("192.0.2.7".parse().unwrap());
    for n in 0..1000u64 {
        let now = gate.time();
        gate.budgets.look_up_allowed(&networks, GUESTS, &[n << 8], now).unwrap();
        gate.budgets.look_up_result(&networks, GUESTS, &[n << 8], Answer::None, now);
    }
}

#[test]
fn a_bulk_of_e_mails_in_one_request_counts_each() {
    let mut gate = guard();
    let networks = networks_of("192.0.2.7".parse().unwrap());
    let now = gate.time();
    let brought: Vec<u64> = (1..=500).map(|n| n << 8).collect();
    assert!(gate.budgets.look_up_allowed(&networks, GUESTS, &brought, now).is_err());
    assert!(gate.budgets.look_up_allowed(&networks, GUESTS, &brought[..40], now).is_ok());
    assert!(gate.budgets.look_up_allowed(&networks, GUESTS, &brought[40..50], now).is_err());
}

#[test]
fn a_subject_called_looked_up_that_was_never_granted_is_charged_as_any_other() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    let told = (1..=100u64)
        .filter(|&n| gate.tells(&who, GUESTS, &[ChargedSubject { basis: Basis::LookUp, ..keyed(&[n], 1) }]))
        .count();
    assert_eq!(told, 20);
}

#[test]
fn looked_up_people_leave_the_ordinary_budget_alone_and_others_beside_them_do_not() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    for n in 0..100 {
        assert_eq!(look_up(&mut gate, &who, GUESTS, n + 1, true), Some(true));
    }
    assert_eq!(gate.scrape(&who, 0, 50_001, 100, 1), 20);
    assert!(!gate.tells(&who, GUESTS, &[person(70_000)]));
}

#[test]
fn the_look_ups_that_found_someone_survive_a_restart() {
    let mut gate = guard();
    let exposure = |n: u64| domain::Exposure {
        exchange: domain::ExchangeId::new(u128::from(n)),
        at: domain::Timestamp::from_secs(crate::world::START),
        endpoint: "POST /lookup".parse().unwrap(),
        operator: None,
        recipient: domain::Recipient {
            kind: "anonymous".into(),
            principal: None,
            role: None,
            client: "198.51.100.9".parse().unwrap(),
        },
        subjects: vec![domain::ExposedSubject {
            digests: [digest((n + 1_000_000) << 8), digest(n << 8)].into_iter().collect(),
            classes: domain::ClassSet::from_bits(2),
            basis: Basis::LookUp,
        }],
    };
    for n in 1..=400 {
        gate.budgets.restore(&exposure(n), GUESTS, &[], domain::Holder::default());
    }
    let office = at("198.51.100.9");
    assert_eq!(look_up(&mut gate, &office, GUESTS, 999, true), None);
    assert_eq!(look_up(&mut gate, &office, GUESTS, 7, true), Some(true), "asked for before");
    assert_eq!(gate.scrape(&office, 0, 50_001, 100, 1), 20);
}

#[test]
fn a_flood_of_log_ins_displaces_no_budget_and_frees_no_guesser() {
    use policy::budget::{LookUpSettings, Settings};
    let look_ups = LookUpSettings { keys: 64, ..LookUpSettings::default() };
    let mut gate = Gate::new(Settings { look_ups, ..Settings::default() });
    let guesser = at("192.0.2.7");
    let asked = (0..100).filter(|&n| look_up(&mut gate, &guesser, GUESTS, n + 1, false).is_some()).count();
    assert_eq!(asked, 20);
    let accounts = gate.budgets.accounts();
    for n in 0..5000u32 {
        look_up(&mut gate, &crate::world::v4(0x3000_0000 + n * 65_536 / 4), LOGIN, 7, true);
    }
    assert_eq!(gate.budgets.accounts(), accounts);
    assert_eq!(look_up(&mut gate, &guesser, GUESTS, 5000, true), None);
}

#[test]
fn many_doors_give_no_more_guesses_than_one() {
    for (hits, most) in [(u64::MAX, 20), (10, 24)] {
        let mut gate = guard();
        let who = at("192.0.2.7");
        let asked = (0..20_000u64)
            .filter(|&n| {
                let door = 100 + u32::try_from(n).unwrap();
                look_up(&mut gate, &who, door, n + 1, n % hits == hits - 1).is_some()
            })
            .count();
        // A find pays for one more miss at its own door.
        assert!((20..=most).contains(&asked), "{asked} of at most {most}");
    }
}

#[test]
fn an_e_mail_of_ones_own_found_at_every_door_covers_nothing() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    let mut missed = 0;
    for n in 0..2000u64 {
        let door = 100 + u32::try_from(n).unwrap();
        look_up(&mut gate, &who, door, 999_999, true);
        missed += usize::from(look_up(&mut gate, &who, door, n + 1, false).is_some());
    }
    assert_eq!(missed, 21, "the one that the first find covered, and twenty");
}

#[test]
fn guesses_at_made_up_doors_close_no_door_where_people_are_found() {
    let mut gate = guard();
    let office = at("198.51.100.9");
    for n in 0..20 {
        assert_eq!(look_up(&mut gate, &office, LOGIN, n + 1, true), Some(true));
    }
    let asked = (0..500u64)
        .filter(|&n| look_up(&mut gate, &office, 100 + u32::try_from(n).unwrap(), n + 5000, false).is_some())
        .count();
    assert_eq!(asked, 20);
    for n in 0..200 {
        let typo = n % 9 == 8;
        assert_eq!(look_up(&mut gate, &office, LOGIN, n + 1000, !typo), Some(!typo), "person {n}");
    }
}

#[test]
fn a_burst_over_many_doors_is_not_through_before_its_first_answer_is() {
    let mut gate = guard();
    let networks = networks_of("192.0.2.7".parse().unwrap());
    let now = gate.time();
    let granted = (1..=200u64)
        .filter(|n| {
            let door = 100 + u32::try_from(*n).unwrap();
            gate.budgets.look_up_allowed(&networks, door, &[n << 8], now).is_ok()
        })
        .count();
    assert_eq!(granted, 40);
}

/// Brings `n` to `door`, which does something and names nobody; whether it was granted.
fn done(gate: &mut Gate, who: &Who, door: u32, n: u64) -> bool {
    let (networks, now) = (networks_of(who.address()), gate.time());
    let granted = gate.budgets.look_up_allowed(&networks, door, &[n << 8], now).is_ok();
    if granted {
        gate.budgets.look_up_result(&networks, door, &[n << 8], Answer::Done, now);
    }
    granted
}

#[test]
fn answers_that_name_nobody_at_doors_never_seen_to_name_anybody_are_bounded_by_use() {
    // People asked for at each door, and how many of 2,000 are asked for.
    for (each, most) in [(1, 20), (2, 20), (3, 29), (10, 92), (2000, 400)] {
        let mut gate = guard();
        let who = at("192.0.2.7");
        let asked = (0..2000u64)
            .filter(|&n| done(&mut gate, &who, 100 + u32::try_from(n / each).unwrap(), n + 1))
            .count();
        assert_eq!(asked, most, "{each} at each door");
    }
}

#[test]
fn an_office_at_nine_doors_that_name_nobody_is_served() {
    let mut gate = guard();
    let office = at("198.51.100.9");
    for n in 0..360u64 {
        assert!(done(&mut gate, &office, 100 + u32::try_from(n % 9).unwrap(), n + 1), "{n}");
        gate.now += 10;
    }
}

#[test]
fn a_newsletter_at_a_door_outweighs_no_guess_there() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    for n in 0..100 {
        assert!(done(&mut gate, &who, GUESTS, n + 1));
    }
    let guessed = (0..500).filter(|&n| look_up(&mut gate, &who, GUESTS, n + 1000, false).is_some()).count();
    assert_eq!(
        guessed, 10,
        "then most of those who can be told were missed, and the hour has had its twenty"
    );
}

#[test]
fn an_upstream_that_fails_instead_of_saying_nobody_is_asked_thirty_times_by_any_number_of_doors() {
    let mut gate = guard();
    let networks = networks_of("192.0.2.7".parse().unwrap());
    let mut fails = |door: u32, n: u64| {
        let now = gate.time();
        let granted = gate.budgets.look_up_allowed(&networks, door, &[n << 8], now).is_ok();
        if granted {
            gate.budgets.look_up_result(&networks, door, &[n << 8], Answer::Failed, now);
        }
        granted
    };
    assert_eq!((1..=2000).filter(|&n| fails(100 + u32::try_from(n).unwrap(), n)).count(), 30);
    // Who tries again is served: an upstream that is down for a while refuses nobody who insists.
    assert!((1..=30).all(|n| fails(100 + u32::try_from(n).unwrap(), n)));
    // When it answers again, those whom it finds are no misses any more.
    let now = gate.time();
    for n in 1..=30u64 {
        let door = 100 + u32::try_from(n).unwrap();
        gate.budgets.look_up_result(&networks, door, &[n << 8], Answer::Found, now);
    }
    assert!(gate.budgets.look_up_allowed(&networks, GUESTS, &[777 << 8], now).is_ok());
}
