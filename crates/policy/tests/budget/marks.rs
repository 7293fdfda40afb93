//! What the product promises of its defaults, and who must not be refused by them.

use domain::{Basis, Claim, IpPrefix, RoleName, Timestamp, Window, networks_of};
use policy::budget::{Budgets, Charge, ChargedSubject, Payer, Settings};

use crate::world::{Gate, Who, at, digest, guard, holder_of, keyed, people, person, v4, windows};

const CUSTOMERS: u32 = 0;
const ORDERS: u32 = 1;
const CATALOGUE: u32 = 2;

/// A record that shows the contact of the session's log-in.
fn own(subject: ChargedSubject) -> ChargedSubject {
    ChargedSubject { claim: Claim::Own, ..subject }
}

fn charge_of<'a>(who: &Who, networks: &'a [IpPrefix]) -> Charge<'a> {
    Charge { payer: who.payer(networks), endpoint: 0, declared: &[], subjects: &[] }
}

/// Addresses in a /24 each.
fn far(n: u32) -> Who {
    v4(0x0b00_0007 + n * 256)
}

/// The service numbers of the shop.
fn hotlines() -> Vec<ChargedSubject> {
    (9001..9006).map(|n| keyed(&[n], 1)).collect()
}

#[test]
fn one_anonymous_source_is_told_of_twenty_people_whatever_the_page_size_and_however_many_doors() {
    for page in [1, 2, 5, 10, 20] {
        assert_eq!(guard().scrape(&at("192.0.2.7"), CUSTOMERS, 1, 27_000, page), 20, "page of {page}");
    }
    assert_eq!(guard().scrape(&at("192.0.2.7"), CUSTOMERS, 1, 100_000, 100_000), 0);
    let mut gate = guard();
    let doors: u64 = (0..12).map(|door| gate.scrape(&at("192.0.2.7"), door, 1, 100, 10)).sum();
    assert_eq!(doors, 12 * 20, "the same twenty people by twelve doors");
    let mut gate = guard();
    let doors: u64 =
        (0..12).map(|door| gate.scrape(&at("192.0.2.7"), door, 1 + u64::from(door) * 100, 100, 10)).sum();
    assert_eq!(doors, 20, "other people by twelve doors");
}

#[test]
fn a_verified_or_confirmed_principal_is_told_of_fifty_from_wherever_it_asks() {
    let home = "192.0.2.7".parse().unwrap();
    assert_eq!(guard().scrape(&Who::Verified(1, home), ORDERS, 1, 2000, 1), 50);
    assert_eq!(guard().scrape(&Who::Confirmed(1, home), ORDERS, 1, 2000, 10), 50);
    let mut gate = guard();
    let told: u64 = (0..40)
        .map(|n| gate.scrape(&Who::Confirmed(1, far(n).address()), ORDERS, 1 + u64::from(n) * 50, 50, 1))
        .sum();
    assert_eq!(told, 50);
}

#[test]
fn five_hundred_addresses_in_networks_of_their_own_are_told_of_four_hundred() {
    let mut gate = guard();
    let told: u64 = (0..500).map(|n| gate.scrape(&far(n), CUSTOMERS, 1 + u64::from(n) * 50, 50, 10)).sum();
    assert_eq!(told, 400);
    let mut gate = guard();
    let told: u64 = (0..500).map(|n| gate.scrape(&far(n), n % 12, 1 + u64::from(n) * 50, 50, 10)).sum();
    assert_eq!(told, 1000, "by twelve doors");
}

#[test]
fn a_whole_block_of_addresses_is_told_of_a_hundred() {
    let mut gate = guard();
    let block = |n: u32| v4(0xc000_0200 + n);
    let told: u64 = (0..256).map(|n| gate.scrape(&block(n), CUSTOMERS, 1 + u64::from(n) * 50, 50, 10)).sum();
    assert_eq!(told, 100);
    let mut gate = guard();
    let line = |n: u32| at(&format!("2001:db8:1:{n:x}::1"));
    let told: u64 = (0..4000).map(|n| gate.scrape(&line(n), CUSTOMERS, 1 + u64::from(n) * 50, 20, 10)).sum();
    assert_eq!(told, 100, "an IPv6 /48");
}

#[test]
fn the_day_and_the_month_hold_as_well() {
    let mut gate = guard();
    let (mut day, mut from) = (0, 1);
    for hour in 0..24 * 40 {
        let told = gate.scrape(&at("192.0.2.7"), CUSTOMERS, from, 40, 1);
        from += 40;
        day += told;
        gate.now += 3600;
        match hour {
            23 => assert_eq!(day, 40),
            719 => assert_eq!(day, 200, "in thirty days"),
            _ => {}
        }
    }
    assert_eq!(day, 400, "in forty days");
}

#[test]
fn reading_somebody_again_is_free_for_thirty_days_also_when_everything_is_spent() {
    let mut gate = guard();
    let first = people(1, 20);
    assert!(gate.tells(&at("192.0.2.7"), CUSTOMERS, &first));
    for n in 1..100 {
        gate.scrape(&far(n), CUSTOMERS, u64::from(n) * 1000, 20, 1);
    }
    for _ in 0..29 {
        assert!(!gate.tells(&at("192.0.2.7"), CUSTOMERS, &people(15, 50)));
        assert!(gate.tells(&at("192.0.2.7"), CUSTOMERS, &first));
        gate.now += 86_400;
    }
}

#[test]
fn visitors_of_the_catalogue_are_never_refused_while_the_shop_is_scraped() {
    let mut gate = guard();
    assert!(gate.tells(&at("203.0.113.1"), CATALOGUE, &hotlines()));
    for n in 0..500 {
        gate.scrape(&far(n), n % 2, 1 + u64::from(n) * 50, 50, 10);
        // A visitor from anywhere, and one from the attacker's own block.
        assert!(gate.tells(&v4(0x1f00_0000 + n * 777), CATALOGUE, &hotlines()));
        assert!(gate.tells(&v4(0x0b00_0030 + n * 256), CATALOGUE, &hotlines()));
    }
}

#[test]
fn a_thousand_people_behind_one_address_read_their_own_orders_while_a_neighbour_scrapes() {
    let mut gate = guard();
    let office = "198.51.100.9".parse().unwrap();
    for n in 10_000..11_000u64 {
        let who = Who::Confirmed(n, office);
        // Log-in answers, the profile, and two pages of orders name one and the same person.
        for door in [CUSTOMERS, ORDERS, ORDERS] {
            assert!(gate.tells(&who, door, &[own(keyed(&[n + 50_001, n], 0b10))]));
        }
        // Orders under another number, with the same e-mail; addresses under a number alone.
        assert!(gate.tells(&who, ORDERS, &[own(keyed(&[n + 70_001, n], 0b10))]));
        assert!(gate.tells(&who, CATALOGUE, &[keyed(&[n + 70_001], 0)]));
        // The neighbour reads others', one by one.
        gate.tells(&Who::Confirmed(77, office), ORDERS, &[person(n + 90_001)]);
    }
    assert_eq!(gate.scrape(&Who::Confirmed(77, office), ORDERS, 900_000, 50, 1), 0);
}

/// Sessions of which each reads one record of somebody else, door after door in turn.
fn one_record_each(sessions: impl Iterator<Item = u64>, claim: Claim) -> usize {
    let mut gate = guard();
    let home = "192.0.2.7".parse().unwrap();
    (0u64..)
        .zip(sessions)
        .filter(|&(turn, n)| {
            let door = u32::try_from(turn % 12).unwrap();
            gate.tells(&Who::Confirmed(n, home), door, &[ChargedSubject { claim, ..person(500_000 + turn) }])
        })
        .count()
}

#[test]
fn who_logs_in_anew_for_each_record_is_told_of_fifty_and_by_name_of_a_hundred_more() {
    assert_eq!(one_record_each(10_000..10_400, Claim::Foreign), 50);
    // Nothing tells these from as many honest people: the bound is what is granted to those.
    assert_eq!(one_record_each(0..400, Claim::Unknown), 150);
    assert_eq!(one_record_each(10_000..10_400, Claim::Unknown), 150, "records without contacts");
    // One account, however often it logs in, has one first person.
    let again = (0..400).map(|_| 10_000);
    assert_eq!(one_record_each(again, Claim::Unknown), 50);
}

#[test]
fn a_session_is_taken_for_one_person_at_all_doors_together() {
    let mut gate = guard();
    let home = "192.0.2.7".parse().unwrap();
    let told = (0..200u64).filter(|&n| {
        let who = Who::Confirmed(n / 12, home);
        gate.tells(&who, u32::try_from(n % 12).unwrap(), &[person(1000 + n)])
    });
    assert_eq!(told.count(), 17 + 50, "the first of seventeen sessions, and fifty");
}

#[test]
fn one_record_that_shows_number_and_e_mail_links_both_and_a_shared_contact_links_six_at_most() {
    let mut gate = guard();
    let who = Who::Confirmed(1, "192.0.2.7".parse().unwrap());
    let claimed = |gate: &mut Gate, subject: ChargedSubject| {
        let receipt = gate.charge(&who, ORDERS, &[], &[subject]).unwrap();
        !receipt.claimed().is_empty()
    };
    assert!(claimed(&mut gate, keyed(&[7, 8], 0b10)));
    assert!(claimed(&mut gate, keyed(&[9, 8], 0b10)), "a random id, with the e-mail");
    assert!(!claimed(&mut gate, keyed(&[10], 0)));
    let linked = (20..40).filter(|&n| claimed(&mut gate, keyed(&[n, 8], 0b10))).count();
    assert_eq!(linked, 4, "with the two before");
}

#[test]
fn a_contact_that_stands_in_everybodys_record_makes_six_of_them_the_holder() {
    let mut gate = guard();
    let home = "192.0.2.7".parse().unwrap();
    let told = (0..400u64)
        .filter(|&n| gate.tells(&Who::Confirmed(10_000, home), 0, &[own(keyed(&[n + 1, 10_000], 0b10))]));
    assert_eq!(told.count(), 50, "the principal's own budget");
    let charged: Vec<_> = gate
        .budgets
        .standing(&charge_of(&Who::Confirmed(10_000, home), &networks_of(home)), gate.time())
        .into_iter()
        .filter(|standing| standing.limit == 50 && standing.account.contains("network"))
        .map(|standing| standing.used)
        .collect();
    assert_eq!(charged, [44]);
}

#[test]
fn who_names_somebody_elses_e_mail_spends_and_raises_nothing_of_that_persons() {
    let mut gate = guard();
    let (thief, victim) = ("192.0.2.7".parse().unwrap(), "198.51.100.9".parse().unwrap());
    // The thief's sessions brought the victim's e-mail; the upstream ignored it.
    let told = gate.scrape(&Who::Confirmed(10_007, thief), ORDERS, 1000, 100, 1);
    assert_eq!(told, 1 + 49);
    // The session of the victim is another one with the same e-mail, from elsewhere.
    let sessions = |n: u64| ChargedSubject { claim: Claim::Own, ..keyed(&[n, 10_007], 0b10) };
    let networks = networks_of(victim);
    let payer = Payer::Confirmed { digest: digest(5), holder: holder_of(10_007), networks: &networks };
    let subjects = [sessions(42)];
    let charge = Charge { payer, endpoint: ORDERS, declared: &[], subjects: &subjects };
    let now = gate.time();
    assert_eq!(gate.budgets.charge(&charge, now).unwrap().claimed(), [0]);
    assert!(gate.budgets.standing(&charge, now).iter().skip(3).take(4).all(|standing| standing.used == 0));
}

#[test]
fn sessions_of_a_person_whom_the_upstream_named_are_one_principal() {
    let mut gate = guard();
    let far = |n: u32| far(n).address();
    let told: u64 = (0..40u32)
        .map(|n| gate.scrape(&Who::Confirmed(20_000, far(n)), ORDERS, 1 + u64::from(n) * 50, 50, 1))
        .sum();
    assert_eq!(told, 50);
}

#[test]
fn who_went_free_because_of_a_charge_that_came_back_stays_counted() {
    let mut gate = guard();
    let networks = networks_of("192.0.2.7".parse().unwrap());
    let mut told = 0;
    for n in 0..400u64 {
        // Two sessions of one sign-up ask for the same stranger; the first does not take the answer.
        let subjects = [keyed(&[n + 1], 0)];
        let holder = holder_of(10_000 + n);
        let of = |session: u64| Charge {
            payer: Payer::Confirmed { digest: digest(session), holder, networks: &networks },
            endpoint: 0,
            declared: &[],
            subjects: &subjects,
        };
        let now = gate.time();
        let first = gate.budgets.charge(&of(1_000_000 + n), now);
        told += u32::from(gate.budgets.charge(&of(2_000_000 + n), now).is_ok());
        if let Ok(first) = first {
            gate.budgets.refund(first, now);
        }
    }
    assert!(told <= 150, "{told}");
}

#[test]
fn who_signs_in_ten_times_has_no_ten_budgets() {
    let home = "192.0.2.7".parse().unwrap();
    let told = |page: u64| -> u64 {
        let mut gate = guard();
        (0..10).map(|n| gate.scrape(&Who::Confirmed(n, home), CUSTOMERS, 1 + n * 100, 100, page)).sum()
    };
    // Nine of ten count beyond the first subject of each session: five pages are 45, a sixth is not.
    assert_eq!(told(10), 50);
    // One by one: 49 beyond the first, then one more, then everyone's first only.
    assert_eq!(told(1), 50 + 2 + 8);
}

#[test]
fn all_confirmed_principals_together_stop_at_three_hundred_beyond_their_own() {
    let mut gate = guard();
    let told: u64 = (0..200)
        .map(|n| gate.scrape(&Who::Confirmed(n, far(n as u32).address()), CUSTOMERS, 1 + n * 100, 50, 10))
        .sum();
    // Six read fifty each (49 beyond their first); the others one page at most while there is room.
    assert!((300..=340).contains(&told), "{told}");
}

#[test]
fn a_role_has_its_own_finite_budget_and_an_unnamed_one_has_none() {
    let mut gate = Gate::new(Settings {
        roles: [(RoleName::new("staff"), windows(&[(500, 86_400)]))].into_iter().collect(),
        ..Settings::default()
    });
    let desk = "192.0.2.7".parse().unwrap();
    assert_eq!(gate.scrape(&Who::Role("staff", 1, desk), CUSTOMERS, 1, 5000, 10), 500);
    assert_eq!(gate.scrape(&Who::Role("manager", 2, desk), CUSTOMERS, 1, 5000, 10), 50);
    assert_eq!(gate.scrape(&Who::Partner(3, desk), CUSTOMERS, 1, 5000, 10), 50);
}

#[test]
fn a_declared_budget_replaces_the_default_and_stands_by_itself() {
    let mut gate = guard();
    let shops = windows(&[(60, 3600)]);
    let who = at("192.0.2.7");
    assert!(gate.charge(&who, CATALOGUE, &shops, &people(1, 60)).is_ok());
    assert!(gate.charge(&who, CATALOGUE, &shops, &[person(61)]).is_err());
    assert_eq!(gate.scrape(&who, CUSTOMERS, 1000, 100, 10), 20, "elsewhere the default is untouched");
    let none = windows(&[(0, 3600)]);
    let refusal = gate.charge(&who, ORDERS, &none, &[person(5000)]).unwrap_err();
    assert_eq!(refusal.retry_after, Some(Window::HOUR));
    // A store finder with 500 shops, declared: two hundred visitors read all of it.
    let all = windows(&[(500, 3600)]);
    for n in 0..200 {
        assert!(gate.charge(&far(n), 3, &all, &people(10_000, 500)).is_ok());
    }
}

#[test]
fn payment_data_weighs_five_and_is_charged_also_for_people_already_known_by_their_e_mail() {
    let heavy = |n: u64| ChargedSubject { weight: 5, ..person(n) };
    let mut gate = guard();
    let who = at("192.0.2.7");
    let paid = (1..=27).filter(|&n| gate.tells(&who, CUSTOMERS, &[heavy(n)])).count();
    assert_eq!(paid, 4);
    let mut gate = guard();
    assert!(gate.tells(&who, CUSTOMERS, &people(1, 12)));
    let paid = (1..=12).filter(|&n| gate.tells(&who, ORDERS, &[heavy(n)])).count();
    assert_eq!(paid, 2, "eight of twenty are left, four more for each");
}

#[test]
fn names_alone_and_own_records_cost_nothing_and_leave_no_trace() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    let names: Vec<_> = people(1, 200).into_iter().map(|one| ChargedSubject { weight: 0, ..one }).collect();
    let own: Vec<_> =
        people(1, 200).into_iter().map(|one| ChargedSubject { basis: Basis::Own, ..one }).collect();
    assert!(gate.tells(&who, CATALOGUE, &names) && gate.tells(&who, ORDERS, &own));
    assert_eq!(gate.budgets.accounts(), 0);
}

#[test]
fn a_hotline_shared_by_strangers_makes_nobody_known() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    let customer = |n: u64| keyed(&[n, n + 1000, 9999], 0b110);
    let told = (1..=100).filter(|&n| gate.tells(&who, CUSTOMERS, &[customer(n)])).count();
    assert_eq!(told, 20);
    // Who is told by a number is known by it alone, whatever contacts stand beside it; who is told by
    // the e-mail is the person that it belongs to.
    assert!(!gate.tells(&who, ORDERS, &[keyed(&[5000, 1001, 9999], 0b110)]));
    assert!(gate.tells(&who, ORDERS, &[keyed(&[1001], 0b1)]));
    assert!(!gate.tells(&who, ORDERS, &[keyed(&[5001, 1777, 9999], 0b110)]));
}

#[test]
fn a_parallel_burst_is_charged_one_by_one() {
    // The gateway holds a lock around each charge: two hundred at the same millisecond.
    let mut gate = guard();
    assert_eq!(gate.scrape(&at("192.0.2.7"), CUSTOMERS, 1, 2000, 10), 20);
    assert_eq!(gate.now, crate::world::START);
}

#[test]
fn a_response_that_never_left_costs_nothing_and_one_that_others_relied_on_stays() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    for n in 0..100 {
        let receipt = gate.charge(&who, CUSTOMERS, &[], &people(n * 20 + 1, 20)).unwrap();
        assert_eq!((receipt.new_subjects(), receipt.weight()), (20, 20));
        let now = gate.time();
        assert!(gate.budgets.refund(receipt, now));
    }
    assert!(gate.budgets.entries() <= 64, "{}", gate.budgets.entries());
    let first = gate.charge(&who, CUSTOMERS, &[], &people(1, 20)).unwrap();
    // A second response with the same people leaves, the first one does not.
    assert_eq!(gate.charge(&who, CUSTOMERS, &[], &people(1, 20)).unwrap().new_subjects(), 0);
    let now = gate.time();
    assert!(!gate.budgets.refund(first, now));
    assert!(!gate.tells(&who, CUSTOMERS, &[person(500)]));
}

#[test]
fn observe_charges_everything_and_says_what_guard_would_have_refused() {
    let mut gate = guard();
    let networks = domain::networks_of("192.0.2.7".parse().unwrap());
    let mut refused = 0;
    for n in 0..300 {
        let subjects = people(1 + n * 10, 10);
        let payer = policy::budget::Payer::Networks(&networks);
        let charge = policy::budget::Charge { payer, endpoint: 0, declared: &[], subjects: &subjects };
        let (receipt, refusal) = gate.budgets.charge_anyway(&charge, gate.time());
        assert_eq!(receipt.new_subjects(), 10);
        refused += usize::from(refusal.is_some());
    }
    assert_eq!(refused, 298);
    let standing = gate.budgets.standing(
        &policy::budget::Charge {
            payer: policy::budget::Payer::Networks(&networks),
            endpoint: 0,
            declared: &[],
            subjects: &[],
        },
        gate.time(),
    );
    assert_eq!((standing[0].used, standing[0].limit), (3000, 20));
    assert_eq!(standing.len(), 3 + 3 + 2 + 2);
}

#[test]
fn whoever_left_above_the_budget_in_observe_counts_once_and_is_not_granted_in_guard() {
    let mut gate = guard();
    let who = at("192.0.2.7");
    let networks = domain::networks_of(who.address());
    let observe = |gate: &mut crate::world::Gate, from: u64| {
        let subjects = people(from, 10);
        let payer = policy::budget::Payer::Networks(&networks);
        let charge =
            policy::budget::Charge { payer, endpoint: CUSTOMERS, declared: &[], subjects: &subjects };
        let (receipt, refusal) = gate.budgets.charge_anyway(&charge, gate.time());
        (receipt.new_subjects(), refusal.is_some())
    };
    // Three pages, each read twice: the third is above the budget both times, and counts once.
    let read: Vec<_> = [1, 11, 21, 1, 11, 21].map(|from| observe(&mut gate, from)).into();
    assert_eq!(read, [(10, false), (10, false), (10, true), (0, false), (0, false), (0, true)]);
    // Then guard: what was granted stays free, what was not is refused.
    let told: Vec<bool> = [1, 11, 21, 31].map(|from| gate.tells(&who, CUSTOMERS, &people(from, 10))).into();
    assert_eq!(told, [true, true, false, false]);
    // An hour later there is room for them, and they count as any other: 20 of 40 a day are left.
    gate.now += 3601;
    let told: Vec<bool> = [21, 21, 31].map(|from| gate.tells(&who, CUSTOMERS, &people(from, 10))).into();
    assert_eq!(told, [true, true, false], "thirty of the day, and ten again");
}

#[test]
fn a_refusal_names_the_budget_and_nobody() {
    let mut gate = guard();
    gate.scrape(&at("192.0.2.7"), CUSTOMERS, 1, 20, 10);
    gate.now += 600;
    let refusal = gate.charge(&at("192.0.2.7"), CUSTOMERS, &[], &[person(100)]).unwrap_err();
    assert_eq!(refusal.kind, domain::RefusalKind::BudgetSpent);
    assert_eq!(refusal.detail, "budget of the address of the client is spent: 20 subjects per 1h");
    assert_eq!(refusal.retry_after, Some(Window::from_secs(3001)));
}

#[test]
fn a_hotline_in_every_record_makes_no_stranger_known() {
    let mut budgets = Budgets::new(Settings::default(), 7);
    let networks = networks_of("192.0.2.7".parse().unwrap());
    let told = (1..=60_u64).filter(|n| {
        // An id of its own, and the phone that all share.
        let subjects = [keyed(&[n << 8, 5], 0b10)];
        let charge =
            Charge { payer: Payer::Networks(&networks), endpoint: 1, declared: &[], subjects: &subjects };
        budgets.charge(&charge, Timestamp::from_secs(1_800_000_000 + n)).is_ok()
    });
    assert_eq!(told.count(), 20);
}
