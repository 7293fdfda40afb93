//! What somebody gains who signs up again and again, with contacts that stand in others' records.

use std::net::IpAddr;

use domain::{Basis, Claim, Holder, KeyKind, networks_of};
use policy::budget::{Charge, ChargedSubject, Payer, Settings};

use crate::model::Event;
use crate::property::restart;
use crate::world::{Gate, HOTLINE, Who, digest, guard, holder_of, key, keyed, people, person, windows};

/// A record under `keys`, as it stands to `holder`.
fn shown(holder: &Holder, keys: &[(KeyKind, u64)]) -> ChargedSubject {
    let numbers: Vec<u64> = keys.iter().map(|(_, n)| *n).collect();
    let contacts = (0..).zip(keys).filter(|(_, (kind, _))| *kind != KeyKind::Reference);
    let bits = contacts.fold(0, |bits, (nth, _)| bits | 1 << nth);
    let (kinds, digests): (Vec<_>, Vec<_>) = keys.iter().map(|&(kind, n)| (kind, key(n))).unzip();
    ChargedSubject { claim: holder.claim(&kinds, &digests), ..keyed(&numbers, bits) }
}

/// Whether session `n` of `holder` at `address` is told of `subject`.
fn tells(gate: &mut Gate, n: u64, holder: Holder, address: IpAddr, subject: ChargedSubject) -> bool {
    let networks = networks_of(address);
    let payer = Payer::Confirmed { digest: digest(n), holder, networks: &networks };
    let (subjects, now) = ([subject], gate.time());
    let charge = Charge { payer, endpoint: 0, declared: &[], subjects: &subjects };
    gate.budgets.charge(&charge, now).is_ok()
}

fn told(holder: impl Fn(u64) -> Holder, address: impl Fn(u64) -> IpAddr, keys: &[(KeyKind, u64)]) -> usize {
    let mut gate = guard();
    let record = |n: u64| -> Vec<_> {
        [(KeyKind::Reference, 1_000_000 + n)].into_iter().chain(keys.iter().copied()).collect()
    };
    // Eight records for each sign-up.
    (0..3200u64)
        .filter(|&n| {
            let (session, holder) = (n / 8, holder(n / 8));
            tells(&mut gate, session, holder, address(session), shown(&holder, &record(n)))
        })
        .count()
}

#[test]
fn who_signs_up_with_contacts_of_others_records_stays_within_the_marks() {
    let home = |_: u64| "192.0.2.7".parse().unwrap();
    let block = |n: u64| format!("192.0.2.{}", n % 256).parse().unwrap();
    let lines = |n: u64| format!("2001:db8:1:{n:x}::1").parse().unwrap();
    let (support, nobody) = (5000, Holder::default());
    let junk = |n: u64| Holder { email: Some(key(10_000 + n)), phone: Some(key(HOTLINE)), person: None };
    let email = |_: u64| Holder { email: Some(key(support)), ..nobody };
    let phone = |_: u64| Holder { phone: Some(key(HOTLINE)), ..nobody };
    let (by_email, by_phone) = ([(KeyKind::Email, support)], [(KeyKind::Phone, HOTLINE)]);
    assert_eq!(told(junk, home, &by_phone), 100 + 50, "junk e-mails and the hotline");
    // The six keys of one contact, and what the accounts around allow.
    assert_eq!(told(email, home, &by_email), 6 + 50, "the support e-mail at one address");
    assert_eq!(told(phone, home, &by_phone), 6 + 50, "the hotline at one address");
    assert_eq!(told(email, block, &by_email), 6 + 150, "the support e-mail in a /24");
    assert_eq!(told(email, lines, &by_email), 6 + 150, "the support e-mail in a /48");
    assert_eq!(told(phone, lines, &by_phone), 6 + 150, "the hotline in a /48");
}

#[test]
fn a_person_with_six_numbers_is_free_in_all_of_a_network_and_by_each_again() {
    let mut gate = guard();
    let holder = Holder { email: Some(key(5)), ..Holder::default() };
    for turn in 0..40u64 {
        let address = format!("2001:db8:1:{turn:x}::1").parse().unwrap();
        for n in 0..6 {
            let subject = shown(&holder, &[(KeyKind::Reference, 100 + n), (KeyKind::Email, 5)]);
            assert!(tells(&mut gate, turn, holder, address, subject));
        }
        let networks = networks_of(address);
        let payer = Payer::Confirmed { digest: digest(turn), holder, networks: &networks };
        let charge = Charge { payer, endpoint: 0, declared: &[], subjects: &[] };
        let standing = gate.budgets.standing(&charge, gate.time());
        let around = standing.iter().filter(|standing| standing.account != "confirmed principal");
        assert!(around.clone().count() > 4 && around.clone().all(|standing| standing.used == 0));
    }
}

/// Sign-ups of which each asks for a stranger twice: from `one` at a door with a budget of its own,
/// where it does not take the answer; then from `other`, where it does.
fn told_after_refunds(one: &str, other: &str) -> usize {
    let mut gate = guard();
    let networks = [one, other].map(|address| networks_of(address.parse().unwrap()));
    let declared = windows(&[(50, 3600)]);
    (0..400u64)
        .filter(|&n| {
            let (subjects, now) = ([keyed(&[1_000_000 + n], 0)], gate.time());
            let payer =
                |networks| Payer::Confirmed { digest: digest(n), holder: Holder::default(), networks };
            let first =
                Charge { payer: payer(&networks[0]), endpoint: 1, declared: &declared, subjects: &subjects };
            let second =
                Charge { payer: payer(&networks[1]), endpoint: 0, declared: &[], subjects: &subjects };
            let back = gate.budgets.charge(&first, now);
            let told = gate.budgets.charge(&second, now).is_ok();
            if let Ok(receipt) = back {
                gate.budgets.refund(receipt, now);
            }
            told
        })
        .count()
}

#[test]
fn whom_a_session_was_taken_for_at_one_address_counts_at_the_next_as_well() {
    assert!(told_after_refunds("192.0.2.7", "192.0.2.7") <= 150);
    let elsewhere = told_after_refunds("192.0.2.7", "198.51.100.9");
    assert!(elsewhere <= 150, "{elsewhere}");
}

#[test]
fn a_restart_gives_no_second_hundred_to_junk_e_mails_beside_the_hotline() {
    let mut gate = guard();
    let mut granted = Vec::new();
    let mut told = |gate: &mut Gate, sessions: std::ops::Range<u64>| {
        for n in sessions {
            let who = Who::Confirmed(n, "192.0.2.7".parse().unwrap());
            let record = [(KeyKind::Reference, 1_000_000 + n), (KeyKind::Phone, HOTLINE)];
            let subjects = vec![shown(&holder_of(n), &record)];
            if let Ok(receipt) = gate.charge(&who, 0, &[], &subjects) {
                let claimed = receipt.claimed().to_vec();
                let declared = Vec::new();
                granted.push(Event { at: gate.now, who, endpoint: 0, declared, subjects, claimed });
            }
        }
        granted.clone()
    };
    let before = told(&mut gate, 30_000..30_100);
    assert_eq!(before.len(), 100);
    let mut restarted = restart(Settings::default(), &before, &mut gate);
    assert_eq!(told(&mut restarted, 30_100..30_400).len(), 100 + 50);
}

/// How many of `people` strangers accounts of an issuer are told of, each account of `each` of them, and
/// the `n`th at `address(n)`.
fn told_by_accounts(gate: &mut Gate, address: impl Fn(u64) -> IpAddr, each: u64) -> u64 {
    (0..2000u64).map(|n| gate.scrape(&Who::Verified(n, address(n)), 0, 1_000_000 + n * each, each, 1)).sum()
}

#[test]
fn an_account_of_an_issuer_for_each_record_is_no_budget_for_each_record() {
    let home = |_: u64| "192.0.2.7".parse().unwrap();
    let block = |n: u64| format!("192.0.2.{}", n % 256).parse().unwrap();
    let lines = |n: u64| format!("2001:db8:1:{n:x}::1").parse().unwrap();
    // The first person of each, of whom the token says nothing, and what the accounts around allow.
    for (address, each, told, what) in [
        (&home as &dyn Fn(u64) -> IpAddr, 1, 100 + 50, "one address, a record each"),
        (&home, 10, 100 + 50, "one address, ten records each"),
        (&block, 1, 200 + 150, "a /24"),
        (&lines, 1, 200 + 150, "a /48"),
    ] {
        assert_eq!(told_by_accounts(&mut guard(), address, each), told, "{what}");
    }
    let everywhere = |n: u64| std::net::Ipv4Addr::from_bits(0x0a00_0001 + n as u32 * 0x0002_0300).into();
    let told = told_by_accounts(&mut guard(), everywhere, 10);
    assert_eq!(told, 2000 + 300, "from everywhere: one for each account, and what the operation allows");
}

#[test]
fn a_thousand_accounts_behind_one_address_each_read_whom_their_token_names_and_nobody_waits() {
    let mut gate = guard();
    let home = "192.0.2.7".parse().unwrap();
    for n in 0..1000 {
        let own = [ChargedSubject { claim: Claim::Own, ..person(1 + n) }];
        assert!(gate.tells(&Who::Verified(n, home), 0, &own), "{n}");
    }
    let told = gate.scrape(&Who::Verified(5000, home), 0, 1_000_000, 100, 1);
    assert_eq!(told, 50, "they fill no account around them");
    // A token that would name everybody names six.
    let mut gate = guard();
    let named = people(1, 500).into_iter().map(|person| ChargedSubject { claim: Claim::Own, ..person });
    let told = named
        .enumerate()
        .filter(|(n, one)| gate.tells(&Who::Verified(*n as u64 / 10, home), 0, std::slice::from_ref(one)));
    assert_eq!(told.count(), 50 * 6 + 50);
}

#[test]
fn a_role_with_a_budget_of_its_own_pays_alone() {
    let staff = windows(&[(500, 3600)]);
    let roles = [(domain::RoleName::new("staff"), staff)].into_iter().collect();
    let mut gate = Gate::new(Settings { roles, ..Settings::default() });
    let home = "192.0.2.7".parse().unwrap();
    assert_eq!(gate.scrape(&Who::Role("staff", 1, home), 0, 1, 1000, 10), 500);
    assert_eq!(gate.scrape(&Who::Role("unnamed", 2, home), 0, 10_001, 1000, 10), 50);
    let told = gate.scrape(&Who::Role("unnamed", 3, home), 0, 20_001, 1000, 1);
    assert_eq!(told, 1 + 1, "its first person, and the fiftieth of those around");
}

#[test]
fn whom_an_account_is_taken_for_on_no_evidence_is_a_stranger_to_detectors_and_of_a_session_is_none() {
    let home = "192.0.2.7".parse().unwrap();
    for (who, claim, strangers) in [
        (Who::Verified(1, home), Claim::Unknown, 1),
        (Who::Verified(1, home), Claim::Own, 0),
        (Who::Confirmed(1, home), Claim::Unknown, 0),
    ] {
        let receipt = guard().charge(&who, 0, &[], &[ChargedSubject { claim, ..person(7) }]).unwrap();
        assert_eq!(
            (receipt.claimed(), receipt.strangers().len()),
            (&[0][..], strangers),
            "{who:?} {claim:?}"
        );
    }
}

#[test]
fn what_staff_and_partners_looked_up_is_spent_after_a_restart_too() {
    let roles = [(domain::RoleName::new("staff"), windows(&[(5, 3600)]))].into_iter().collect();
    let settings = Settings { roles, partner: windows(&[(5, 3600)]), ..Settings::default() };
    let home = "192.0.2.7".parse().unwrap();
    for who in [Who::Role("staff", 1, home), Who::Partner(1, home)] {
        let mut gate = Gate::new(settings.clone());
        let mut granted = Vec::new();
        for n in 0..5 {
            let subjects = vec![ChargedSubject { basis: Basis::LookUp, ..keyed(&[500 + n], 0b1) }];
            assert!(gate.tells(&who, 0, &subjects), "{who:?} {n}");
            let (declared, claimed) = (Vec::new(), Vec::new());
            granted.push(Event { at: gate.now, who: who.clone(), endpoint: 0, declared, subjects, claimed });
        }
        assert!(!gate.tells(&who, 0, &people(900, 1)), "{who:?}");
        let mut restarted = restart(settings.clone(), &granted, &mut gate);
        assert!(!restarted.tells(&who, 0, &people(900, 1)), "{who:?} after a restart");
    }
}

#[test]
fn a_spent_budget_is_said_to_be_the_callers_also_where_another_account_is_full_for_longer() {
    let home = "192.0.2.7".parse().unwrap();
    let mut gate = guard();
    assert_eq!(gate.scrape(&Who::Verified(1, home), 0, 1, 100, 1), 50);
    gate.now += 3601;
    // With the second, the address has had its hundred of the day.
    assert_eq!(gate.scrape(&Who::Verified(2, home), 0, 1001, 100, 1), 50);
    let whose = |gate: &mut Gate, n: u64| {
        let refusal = gate.charge(&Who::Verified(n, home), 0, &[], &people(5000, 4)).unwrap_err();
        refusal.is_of_own_budget()
    };
    assert!(whose(&mut gate, 2));
    assert!(!whose(&mut gate, 3), "who has read nothing finds the address's spent");
}
