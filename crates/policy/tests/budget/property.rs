//! Random sequences of charges, against the model.

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::{
    Basis, BudgetDecl, Claim, ClassSet, Endpoint, ExchangeId, ExposedSubject, Exposure, Holder, KeyKind,
    Recipient, RoleName, SubjectDigest, Timestamp, networks_of,
};
use policy::budget::{ChargedSubject, Settings};
use proptest::prelude::*;

use crate::model::{Event, permits};
use crate::world::{Gate, HOTLINE, START, Who, holder_of, key, person, v4, windows};

/// Bounds so low that random sequences reach all of them.
fn tight(keys: u32, subjects: u32) -> Settings {
    Settings {
        address: windows(&[(4, 3600), (7, 86_400), (12, 30 * 86_400)]),
        network: windows(&[(7, 3600), (12, 86_400)]),
        confirmed: windows(&[(2, 60), (5, 3600), (9, 86_400)]),
        verified: windows(&[(5, 3600), (9, 30 * 86_400)]),
        partner: windows(&[(3, 3600)]),
        roles: [(RoleName::new("staff"), windows(&[(8, 3600)]))].into_iter().collect(),
        anonymous_endpoint: windows(&[(9, 3600), (20, 86_400)]),
        anonymous_everywhere: windows(&[(11, 3600)]),
        signed_in_endpoint: windows(&[(4, 3600)]),
        signed_in_address: windows(&[(2, 3600)]),
        signed_in_network: windows(&[(3, 3600)]),
        signed_in_first_address: windows(&[(2, 3600)]),
        signed_in_first_network: windows(&[(3, 3600), (4, 86_400)]),
        keys,
        subjects,
        ..Settings::default()
    }
}

fn anyone() -> impl Strategy<Value = Who> {
    let addresses: Vec<IpAddr> =
        ["192.0.2.1", "192.0.2.2", "198.51.100.1", "2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:100::1"]
            .map(|text| text.parse().unwrap())
            .to_vec();
    (0u8..12, 0u64..3, prop::sample::select(&SESSIONS[..]), prop::sample::select(addresses)).prop_map(
        |(kind, n, session, address)| match kind {
            0..=4 => Who::Anonymous(address),
            5..=7 => Who::Confirmed(session, address),
            8 | 9 => Who::Verified(n, address),
            10 => Who::Role(if n == 2 { "unnamed" } else { "staff" }, n, address),
            _ => Who::Partner(n, address),
        },
    )
}

/// A session of which nothing is known; one that brought an e-mail; one whose log-in was answered with
/// the person too; another of the second's e-mail, with a hotline; one that brought that hotline only.
const SESSIONS: [u64; 5] = [1, 10_003, 20_005, 30_003, 40_000 + HOTLINE];

/// What the keys of [`subject`] are.
fn kind(key: u64) -> KeyKind {
    match key {
        0..=100 | 10_005 => KeyKind::Reference,
        101..=200 | 10_003 | 20_005 => KeyKind::Email,
        _ => KeyKind::Phone,
    }
}

/// How each subject stands to the one who asks.
fn claim(who: &Who, subject: &ChargedSubject) -> Claim {
    let n = match who {
        Who::Confirmed(n, _) => n,
        // The token of the nth account names the nth person by its id, and has an e-mail that nobody shows.
        Who::Verified(n, _) | Who::Role(_, n, _) => {
            let is_email = |digest: &u64| kind(digest >> 8) == KeyKind::Email;
            return match &subject.digests[..] {
                [id, ..] if *id == (n + 1) << 8 => Claim::Own,
                digests if digests.iter().any(is_email) => Claim::Foreign,
                _ => Claim::Unknown,
            };
        }
        _ => return Claim::Unknown,
    };
    let keys: Vec<KeyKind> = subject.digests.iter().map(|digest| kind(digest >> 8)).collect();
    let digests: Vec<SubjectDigest> = subject.digests.iter().map(|digest| key(digest >> 8)).collect();
    holder_of(*n).claim(&keys, &digests)
}

/// People with a number, an e-mail and one of two hotlines, under changing sets of keys.
fn subject() -> impl Strategy<Value = ChargedSubject> {
    (0u64..14, 0u8..6, prop::sample::select(vec![0u32, 1, 1, 1, 1, 1, 5]), 0u8..12).prop_map(
        |(n, keys, weight, basis)| {
            // Two of them hold sessions.
            let (id, email) = match n {
                3 => (4, 10_003),
                5 => (10_005, 20_005),
                _ => (n + 1, n + 101),
            };
            let hotline = HOTLINE + n % 2;
            let (digests, contacts): (&[u64], u8) = match keys {
                0 | 1 => (&[id], 0),
                2 => (&[id, email], 0b10),
                3 => (&[email], 0b1),
                4 => (&[id, email, hotline], 0b110),
                _ => (&[hotline], 0b1),
            };
            let basis = if basis == 0 { Basis::Own } else { Basis::Budget };
            let digests = digests.iter().map(|n| n << 8).collect();
            ChargedSubject { digests, contacts, weight, basis, claim: Claim::Unknown }
        },
    )
}

fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => Just(0i64),
        4 => 0i64..90,
        3 => 600i64..4000,
        2 => 20_000i64..100_000,
        1 => 1_000_000i64..3_000_000,
        1 => -5000i64..0,
    ]
}

#[derive(Clone, Debug)]
struct Step {
    event: Event,
    gap: i64,
    refund: u8,
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (anyone(), 0u32..4, prop::collection::vec(subject(), 1..5), gap(), 0u8..8).prop_map(
        |(who, endpoint, subjects, gap, refund)| {
            let declared = if endpoint == 3 { windows(&[(3, 3600)]) } else { Vec::new() };
            let mut subjects: Vec<ChargedSubject> = subjects;
            subjects.iter_mut().for_each(|subject| subject.claim = claim(&who, subject));
            Step { event: Event { at: 0, who, endpoint, declared, subjects, claimed: vec![] }, gap, refund }
        },
    );
    prop::collection::vec(step, 1..most)
}

/// Whether after `event` no window of any of its accounts tells of more than it allows.
///
/// A forgotten account charges again what it forgot, so entries come later than in the list of all
/// charges. What is promised of it, and checked here, is about people: in no window is anyone told
/// of more weight, of people who were not told of within the longest window before it, than the
/// window allows.
fn stays_within(settings: &Settings, granted: &[Event], event: &Event) -> bool {
    let all = || granted.iter().chain([event]);
    let declared = |other: &Event| (!other.declared.is_empty()).then_some(other.endpoint);
    let own = |other: &Event| match other.who {
        Who::Anonymous(address) => (format!("{}", networks_of(address)[0]), declared(other)),
        Who::Confirmed(n, _) => (format!("confirmed {n}"), declared(other)),
        Who::Role("staff", n, _) => (format!("staff {n}"), None),
        Who::Verified(n, _) | Who::Role(_, n, _) => (format!("verified {n}"), declared(other)),
        Who::Partner(n, _) => (format!("partner {n}"), declared(other)),
    };
    let own_bounds = match &event.who {
        Who::Role("staff", ..) => &settings.roles[&RoleName::new("staff")],
        _ if !event.declared.is_empty() => &event.declared,
        Who::Anonymous(_) => &settings.address,
        Who::Confirmed(..) => &settings.confirmed,
        Who::Verified(..) | Who::Role(..) => &settings.verified,
        Who::Partner(..) => &settings.partner,
    };
    let longest = |bounds: &[BudgetDecl]| bounds.iter().map(|bound| bound.per.secs_ceil()).max().unwrap();
    let mine = all().filter(|other| own(other) == own(event)).collect();
    if !holds(event.at, mine, &[], own_bounds, longest(own_bounds)) {
        return false;
    }
    if !matches!(event.who, Who::Anonymous(_)) || !event.declared.is_empty() {
        return true;
    }
    // The accounts around count what is new to the payer, which remembers for its longest window.
    let longest = longest(&settings.address);
    let anonymous =
        || all().filter(|other| matches!(other.who, Who::Anonymous(_)) && other.declared.is_empty());
    let widest = |other: &Event| networks_of(other.who.address()).pop();
    let near = anonymous().filter(|other| widest(other) == widest(event)).collect();
    // Who is told of somebody by one door is told again by any other.
    let (here, elsewhere): (Vec<&Event>, Vec<&Event>) =
        anonymous().partition(|other| other.endpoint == event.endpoint);
    holds(event.at, near, &[], &settings.network, longest)
        && holds(event.at, here, &elsewhere, &settings.anonymous_endpoint, longest)
        && holds(event.at, anonymous().collect(), &[], &settings.anonymous_everywhere, longest)
}

/// Whether in no window of `bounds` that ends now `events` tell of more than it allows, people left
/// out who are told of `elsewhere`, or in the `longest` seconds before the window.
fn holds(now: u64, events: Vec<&Event>, elsewhere: &[&Event], bounds: &[BudgetDecl], longest: u64) -> bool {
    let told = |events: &[&Event], from: u64, until: u64| {
        let mut weights: BTreeMap<u64, u32> = BTreeMap::new();
        let within = events.iter().filter(|other| (from..until).contains(&other.at));
        for one in within.flat_map(|other| &other.subjects).filter(|one| one.basis != Basis::Own) {
            let weight = weights.entry(one.digests[0]).or_default();
            *weight = one.weight.max(*weight);
        }
        weights
    };
    bounds.iter().all(|bound| {
        let start = now - bound.per.secs_ceil();
        let known = [told(&events, start - longest, start), told(elsewhere, start - longest, now + 1)];
        let new = |(digest, weight): (u64, u32)| {
            let before = known.iter().filter_map(|known| known.get(&digest)).max().copied().unwrap_or(0);
            weight.saturating_sub(before)
        };
        told(&events, start, now + 1).into_iter().map(new).sum::<u32>() <= bound.subjects
    })
}

fn one_key_each(mut steps: Vec<Step>) -> Vec<Step> {
    for subject in steps.iter_mut().flat_map(|step| &mut step.event.subjects) {
        subject.digests.truncate(1);
        subject.contacts = 0;
    }
    for event in steps.iter_mut().map(|step| &mut step.event) {
        let Event { who, subjects, .. } = event;
        subjects.iter_mut().for_each(|subject| subject.claim = claim(who, subject));
    }
    steps
}

/// Runs `steps`; `judge` sees the events granted (and not refunded) before, this one, and whether
/// it was granted.
fn run(
    gate: &mut Gate,
    steps: Vec<Step>,
    refunds: bool,
    mut judge: impl FnMut(&[Event], &Event, bool) -> Result<(), TestCaseError>,
) -> Result<Vec<Event>, TestCaseError> {
    let mut granted: Vec<Event> = Vec::new();
    let mut receipts = Vec::new();
    let mut latest = 0;
    for Step { mut event, gap, refund } in steps {
        gate.now = gate.now.saturating_add_signed(gap);
        latest = latest.max(gate.now);
        event.at = latest;
        let outcome = gate.charge(&event.who, event.endpoint, &event.declared, &event.subjects);
        judge(&granted, &event, outcome.is_ok())?;
        if let Ok(receipt) = outcome {
            event.claimed = receipt.claimed().to_vec();
            receipts.push((granted.len(), receipt));
            granted.push(event);
        }
        if refunds && refund < 3 && !receipts.is_empty() {
            // One of the last charges turns out to have sent nothing.
            let back = receipts.len().saturating_sub(1 + usize::from(refund));
            let (place, receipt) = receipts.remove(back);
            let time = gate.time();
            if gate.budgets.refund(receipt, time) {
                granted.remove(place);
                for (other, _) in receipts.iter_mut().filter(|(other, _)| *other > place) {
                    *other -= 1;
                }
            }
        }
    }
    gate.now = gate.now.max(latest);
    Ok(granted)
}

proptest! {
    // The default number, or the one of the environment, by four: the model takes its time.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn every_decision_is_the_one_that_the_list_of_all_charges_gives(steps in steps(60)) {
        let settings = tight(10_000, 100_000);
        let mut gate = Gate::new(settings.clone());
        run(&mut gate, steps, false, |granted, event, passed| {
            prop_assert_eq!(passed, permits(&settings, granted, event));
            Ok(())
        })?;
    }

    /// What left is the list of charges that were granted and not taken back: with room for sixteen
    /// accounts, however they are evicted, thinned and refunded. People have one key each: who is met
    /// under two keys that a forgotten record linked is one person again when a later record links
    /// them.
    #[test]
    fn with_room_for_sixteen_accounts_no_window_tells_of_more_than_it_allows(
        steps in steps(60), subjects in prop::sample::select(vec![256u32, 100_000]),
    ) {
        let settings = tight(16, subjects);
        let mut gate = Gate::new(settings.clone());
        run(&mut gate, one_key_each(steps), true, |granted, event, passed| {
            prop_assert!(!passed || stays_within(&settings, granted, event));
            Ok(())
        })?;
        prop_assert!(gate.budgets.accounts() <= 16);
    }

    #[test]
    fn with_room_for_one_account_and_eight_entries_it_does_not_either(steps in steps(60)) {
        let settings = Settings { keys: 1, subjects: 8, ..tight(16, 256) };
        let mut gate = Gate { budgets: policy::budget::Budgets::new(settings.clone(), 3), now: START };
        run(&mut gate, one_key_each(steps), true, |granted, event, passed| {
            prop_assert!(!passed || stays_within(&settings, granted, event));
            Ok(())
        })?;
        prop_assert!(gate.budgets.accounts() <= 1);
        prop_assert!(gate.budgets.entries() <= 8);
    }

    #[test]
    fn a_refund_gives_back_what_was_charged_and_no_more(steps in steps(60)) {
        let settings = tight(10_000, 100_000);
        let mut gate = Gate::new(settings.clone());
        run(&mut gate, steps, true, |granted, event, passed| {
            prop_assert!(!passed || permits(&settings, granted, event));
            Ok(())
        })?;
    }

    /// The ledger does not say which digests are contacts: who went free by all of their contacts
    /// is charged when it is read back. Otherwise the restart changes nothing.
    #[test]
    fn after_a_restart_every_decision_is_the_one_that_the_ledger_gives(
        before in steps(40), after in steps(20), keys in prop::sample::select(vec![24u32, 10_000]),
    ) {
        let settings = tight(keys, 100_000);
        let mut gate = Gate::new(settings.clone());
        let mut known = run(&mut gate, before, false, |_, _, _| Ok(()))?;
        for event in &mut known {
            event.subjects.iter_mut().for_each(|subject| subject.contacts = 0);
        }
        let mut restarted = restart(settings.clone(), &known, &mut gate);
        let mut latest = gate.now;
        for Step { mut event, gap, .. } in after {
            restarted.now = restarted.now.saturating_add_signed(gap);
            latest = latest.max(restarted.now);
            event.at = latest;
            let passed = restarted.charge(&event.who, event.endpoint, &event.declared, &event.subjects).is_ok();
            let exact = permits(&settings, &known, &event);
            prop_assert!(exact || !passed);
            prop_assert!(passed || !exact || keys == 24);
            if passed {
                known.push(event);
            }
        }
    }

    #[test]
    fn where_every_person_has_one_key_nobody_can_tell_that_there_was_a_restart(
        before in steps(40), after in steps(20), keys in prop::sample::select(vec![24u32, 10_000]),
    ) {
        let settings = tight(keys, 100_000);
        let mut gate = Gate::new(settings.clone());
        let granted = run(&mut gate, one_key_each(before), false, |_, _, _| Ok(()))?;
        let mut restarted = restart(settings, &granted, &mut gate);
        for Step { event, gap, .. } in one_key_each(after) {
            gate.now = gate.now.saturating_add_signed(gap);
            restarted.now = gate.now;
            let one = gate.charge(&event.who, event.endpoint, &event.declared, &event.subjects);
            let two = restarted.charge(&event.who, event.endpoint, &event.declared, &event.subjects);
            prop_assert_eq!(one.map(|receipt| receipt.weight()), two.map(|receipt| receipt.weight()));
        }
    }

    #[test]
    fn the_same_charge_passes_at_the_time_that_the_refusal_named_and_not_before(
        gaps in prop::collection::vec(prop_oneof![0u64..60, 600u64..3000, 20_000u64..50_000], 1..30),
        page in 1u64..5,
    ) {
        let settings = tight(1000, 10_000);
        let who = v4(77);
        let mut gate = Gate::new(settings.clone());
        let mut granted = Vec::new();
        for (nth, gap) in (0u64..).zip(gaps) {
            gate.now += gap;
            let subjects: Vec<_> = (0..page).map(|n| person(1000 + nth * 10 + n)).collect();
            let event = Event { at: gate.now, who: who.clone(), endpoint: 0, declared: vec![], subjects, claimed: vec![] };
            match gate.charge(&who, 0, &[], &event.subjects) {
                Ok(_) => granted.push(event),
                Err(refusal) => {
                    let wait = refusal.retry_after.unwrap().secs_ceil();
                    let later = |secs: u64| Event { at: event.at + secs, ..event.clone() };
                    prop_assert!(permits(&settings, &granted, &later(wait)));
                    prop_assert!(!permits(&settings, &granted, &later(wait - 1)));
                }
            }
        }
    }
}

fn holder(who: &Who) -> Holder {
    if let Who::Confirmed(n, _) = who { holder_of(*n) } else { Holder::default() }
}

/// Another gate that knows what the ledger kept, at the time of `gate`.
pub(crate) fn restart(settings: Settings, granted: &[Event], gate: &mut Gate) -> Gate {
    let mut restarted = Gate::new(settings);
    for event in granted {
        restarted.budgets.restore(&exposure(event), event.endpoint, &event.declared, holder(&event.who));
    }
    restarted.now = gate.now;
    // Both clocks stand at the latest time, also where the last charges were refused.
    assert!(restarted.tells(&v4(1), 0, &[]) && gate.tells(&v4(1), 0, &[]));
    restarted
}

/// The ledger's entry about a charge.
fn exposure(event: &Event) -> Exposure {
    let (kind, principal, role) = match event.who {
        Who::Anonymous(_) => ("anonymous", None, None),
        Who::Confirmed(n, _) => ("confirmed", Some(n), None),
        Who::Verified(n, _) => ("verified", Some(n), None),
        Who::Role(name, n, _) => ("verified", Some(n), Some(name.into())),
        Who::Partner(n, _) => ("partner", Some(n), None),
    };
    let classes = |weight: u32| match weight {
        0 => ClassSet::from_bits(1),
        1 => ClassSet::from_bits(2),
        _ => ClassSet::from_bits(1 << 6),
    };
    let subjects = event.subjects.iter().enumerate().map(|(nth, subject)| ExposedSubject {
        digests: subject
            .digests
            .iter()
            .map(|digest| {
                let mut bytes = [0; 16];
                bytes[..8].copy_from_slice(&digest.to_be_bytes());
                SubjectDigest::new(bytes)
            })
            .collect(),
        classes: classes(subject.weight),
        basis: match (event.claimed.contains(&nth), &event.who) {
            (true, Who::Confirmed(..)) => Basis::Claimed,
            (true, _) if subject.claim == Claim::Own => Basis::Named,
            (true, _) => Basis::Claimed,
            (false, _) => subject.basis,
        },
    });
    Exposure {
        exchange: ExchangeId::new(1),
        at: Timestamp::from_secs(event.at),
        endpoint: "GET /v1/orders".parse::<Endpoint>().unwrap(),
        operator: None,
        recipient: Recipient {
            kind: kind.into(),
            principal: principal.map(crate::world::digest),
            role,
            client: event.who.address(),
        },
        subjects: subjects.collect(),
    }
}
