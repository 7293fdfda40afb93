//! The arithmetic of a leak, on leaks small enough to count by hand, and against a slow way.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::panic,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};

use domain::*;
use ledger::*;
use proptest::prelude::*;

fn digest(n: u8) -> SubjectDigest {
    SubjectDigest::new([n; 16])
}

/// `keys` per person: `[[1, 2], [3]]` is one person under two keys and another under one.
fn exposure(nth: u64, door: &str, client: &str, people: &[&[u8]]) -> Exposure {
    Exposure {
        exchange: ExchangeId::of(1, nth),
        at: Timestamp::from_secs(1000 + nth),
        endpoint: door.parse().unwrap(),
        operator: Some(if door.contains("partner") { "vendor" } else { "shop" }.into()),
        recipient: Recipient {
            kind: "anonymous".into(),
            principal: None,
            role: None,
            client: client.parse().unwrap(),
        },
        subjects: people
            .iter()
            .map(|keys| ExposedSubject {
                digests: keys.iter().map(|n| digest(*n)).collect(),
                classes: [DataClass::Name, DataClass::Email].into_iter().collect(),
                basis: Basis::Budget,
            })
            .collect(),
    }
}

fn fold(exposures: &[(Exposure, Completion)]) -> Account {
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    exposures.iter().for_each(|(exposure, end)| fold.exposure(exposure, *end));
    fold.finish()
}

fn bounds(account: &Account) -> (u64, u64) {
    (account.subjects.at_least, account.subjects.at_most)
}

const A: &str = "POST /api/customers";
const B: &str = "GET /partner/{id}";

#[test]
fn the_same_person_read_twice_counts_once() {
    let account = fold(&[
        (exposure(1, A, "192.0.2.1", &[&[1], &[2]]), Completion::Sent),
        (exposure(2, A, "192.0.2.2", &[&[2], &[3]]), Completion::Sent),
    ]);
    assert_eq!(bounds(&account), (3, 3));
    assert_eq!(account.recipients.iter().map(|r| r.subjects.at_most).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(account.reads.budget, 4);
}

#[test]
fn what_broke_off_is_at_most_and_what_never_left_is_nothing() {
    let account = fold(&[
        (exposure(1, A, "192.0.2.1", &[&[1]]), Completion::Sent),
        (exposure(2, A, "192.0.2.1", &[&[2]]), Completion::Partly),
        (exposure(3, A, "192.0.2.1", &[&[3]]), Completion::Unknown),
        (exposure(4, A, "192.0.2.1", &[&[4]]), Completion::Nothing),
    ]);
    assert_eq!(bounds(&account), (1, 3));
    assert_eq!(account.exposures, Ends { sent: 1, partly: 1, unknown: 1, nothing: 1 });
    assert_eq!(account.last, Some(Timestamp::from_secs(1003)));
}

#[test]
fn a_record_with_two_keys_links_doors_and_without_it_they_count_twice() {
    let unlinked = [
        (exposure(1, A, "192.0.2.1", &[&[1], &[2]]), Completion::Sent),
        (exposure(2, B, "192.0.2.1", &[&[11], &[12]]), Completion::Sent),
    ];
    assert_eq!(bounds(&fold(&unlinked)), (2, 4));
    let mut linked = unlinked.to_vec();
    linked.push((exposure(3, A, "192.0.2.1", &[&[1, 11], &[2, 12]]), Completion::Sent));
    let account = fold(&linked);
    assert_eq!(bounds(&account), (2, 2));
    assert_eq!(account.operators.len(), 2);
    assert_eq!(account.endpoints[0].exposures.sent + account.endpoints[1].exposures.sent, 3);
}

#[test]
fn two_key_periods_can_only_widen_the_bounds() {
    let mut fold =
        Fold::new(AccountBounds::default(), vec![Timestamp::from_secs(0), Timestamp::from_secs(1002)]);
    fold.exposure(&exposure(1, A, "192.0.2.1", &[&[1], &[2]]), Completion::Sent);
    fold.exposure(&exposure(5, A, "192.0.2.1", &[&[101], &[102]]), Completion::Sent);
    assert_eq!(bounds(&fold.finish()), (2, 4));
}

#[test]
fn ones_own_record_is_no_leak_and_is_counted_with_its_repeats() {
    let mut own = exposure(1, A, "192.0.2.1", &[&[1], &[2]]);
    own.subjects[0].basis = Basis::Own;
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    fold.exposure(&own, Completion::Sent);
    own.subjects.truncate(1);
    fold.repeated(&own, 41);
    let account = fold.finish();
    assert_eq!(bounds(&account), (1, 1));
    assert_eq!((account.own_subjects, account.reads.own, account.reads.budget), (1, 42, 1));
}

#[test]
fn ordinary_traffic_cannot_crowd_a_leak_out_of_the_table() {
    let mut fold = Fold::new(AccountBounds { subjects: 3, recipients: 9 }, vec![]);
    for n in 0..50_u8 {
        let mut own = exposure(u64::from(n), A, "192.0.2.1", &[&[n]]);
        own.subjects[0].basis = Basis::Own;
        fold.exposure(&own, Completion::Sent);
    }
    fold.exposure(&exposure(60, A, "192.0.2.1", &[&[1], &[2]]), Completion::Sent);
    let account = fold.finish();
    assert_eq!(bounds(&account), (2, 2));
    assert_eq!(account.own_subjects, 50);
}

#[test]
fn full_tables_never_lower_a_figure() {
    let small = AccountBounds { subjects: 3, recipients: 2 };
    let mut fold = Fold::new(small, vec![]);
    for n in 0..10_u8 {
        fold.exposure(&exposure(u64::from(n), A, &format!("192.0.2.{n}"), &[&[n]]), Completion::Sent);
    }
    let account = fold.finish();
    assert_eq!(bounds(&account), (3, 10));
    assert_eq!(account.recipients.len(), 3);
    assert_eq!(account.overflow.recipients, 8);
    let others = account.recipients.iter().find(|line| &*line.kind == "others").unwrap();
    assert_eq!(others.exposures.sent, 8);
}

fn world() -> impl Strategy<Value = Vec<(Exposure, Completion)>> {
    let end = prop_oneof![
        Just(Completion::Sent),
        Just(Completion::Partly),
        Just(Completion::Nothing),
        Just(Completion::Unknown)
    ];
    let people = prop::collection::vec(prop::collection::vec(0_u8..20, 1..4), 0..4);
    prop::collection::vec((prop::bool::ANY, 0_u8..4, people, end), 0..25).prop_map(|all| {
        let exposures = all.into_iter().enumerate().map(|(nth, (door, client, people, end))| {
            let people: Vec<&[u8]> = people.iter().map(Vec::as_slice).collect();
            let client = format!("192.0.2.{client}");
            (exposure(nth as u64, if door { A } else { B }, &client, &people), end)
        });
        exposures.collect()
    })
}

proptest! {
    /// The slow, obvious way: join groups of keys until none overlap, then count.
    #[test]
    fn the_bounds_are_those_of_counting_by_hand(world in world()) {
        let mut groups: Vec<BTreeSet<SubjectDigest>> = Vec::new();
        let left = |end: Completion| end != Completion::Nothing;
        for subject in world.iter().filter(|(_, end)| left(*end)).flat_map(|(e, _)| &e.subjects) {
            let mut joined: BTreeSet<_> = subject.digests.iter().copied().collect();
            groups.retain(|group| {
                let apart = group.is_disjoint(&joined);
                if !apart { joined.extend(group) }
                apart
            });
            groups.push(joined);
        }
        // One more pass in case a join bridged two earlier groups.
        let of = |d: &SubjectDigest| groups.iter().position(|g| g.contains(d)).unwrap();
        let mut sent: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (exposure, _) in world.iter().filter(|(_, end)| *end == Completion::Sent) {
            let door = sent.entry(exposure.endpoint.to_string()).or_default();
            door.extend(exposure.subjects.iter().map(|s| of(&s.digests[0])));
        }
        let account = fold(&world);
        prop_assert_eq!(account.subjects.at_most, groups.len() as u64);
        prop_assert_eq!(account.subjects.at_least, sent.values().map(BTreeSet::len).max().unwrap_or(0) as u64);
        prop_assert!(account.recipients.iter().all(|line| line.subjects.at_most <= account.subjects.at_most));
        prop_assert!(account.classes.iter().all(|line| line.subjects == account.subjects));
    }

    /// However completions are spread, every exposure comes out once, in order, with its own end.
    #[test]
    fn the_resolver_keeps_order_and_loses_nothing(
        ends in prop::collection::vec((prop::option::of(0..4_usize), 0..30_usize), 0..40),
        most in 1..50_usize,
    ) {
        let all = [Completion::Sent, Completion::Partly, Completion::Nothing, Completion::Unknown];
        let mut timeline: Vec<(usize, Entry)> = Vec::new();
        for (nth, (end, later)) in ends.iter().enumerate() {
            let exposure = exposure(nth as u64, A, "192.0.2.1", &[&[1]]);
            let exchange = exposure.exchange;
            timeline.push((2 * nth, Entry::Intended(exposure)));
            if let Some(end) = end {
                let at = Timestamp::from_secs(1);
                timeline.push((2 * (nth + later) + 1, Entry::Completed { exchange, completion: all[*end], at }));
            }
        }
        timeline.sort_by_key(|(place, _)| *place);
        let mut resolver = Resolver::new(most, 1000);
        let (mut out, mut late) = (Vec::new(), 0);
        let mut give = |resolved: Resolved| match resolved {
            Resolved::Exposure(exposure, end) => out.push((exposure.exchange, end)),
            Resolved::Late(_) => late += 1,
            Resolved::Other(_) => unreachable!(),
        };
        timeline.into_iter().for_each(|(_, entry)| resolver.push(entry, &mut give));
        resolver.finish(&mut give);
        prop_assert_eq!(out.len(), ends.len());
        let mut unknown = 0;
        for (nth, (exchange, end)) in out.iter().enumerate() {
            prop_assert_eq!(*exchange, ExchangeId::of(1, nth as u64));
            let truth = ends[nth].0.map(|n| all[n]);
            prop_assert!(*end == truth || end.is_none());
            unknown += usize::from(*end != truth);
        }
        prop_assert_eq!(unknown, late);
        prop_assert!(most < ends.len() || late == 0);
    }
}

#[test]
fn parts_of_a_large_answer_share_their_end() {
    let mut resolver = Resolver::new(10, 1000);
    let mut out = Vec::new();
    let part = exposure(1, A, "192.0.2.1", &[&[1]]);
    let exchange = part.exchange;
    for entry in [
        Entry::Intended(part.clone()),
        Entry::Intended(part),
        Entry::Completed { exchange, completion: Completion::Sent, at: Timestamp::from_secs(1) },
    ] {
        resolver.push(entry, &mut |resolved| out.push(resolved));
    }
    assert!(out.iter().all(|r| matches!(r, Resolved::Exposure(_, Some(Completion::Sent)))));
    assert_eq!(out.len(), 2);
}

#[test]
fn an_exchange_ends_once() {
    let mut resolver = Resolver::new(10, 1000);
    let (mut ends, first, second) =
        (Vec::new(), exposure(1, A, "::1", &[&[1]]), exposure(2, A, "::1", &[&[1]]));
    let completed = |completion| Entry::Completed {
        exchange: ExchangeId::of(1, 2),
        completion,
        at: Timestamp::from_secs(1),
    };
    for entry in [
        Entry::Intended(first),
        Entry::Intended(second),
        completed(Completion::Partly),
        completed(Completion::Sent),
    ] {
        resolver.push(entry, &mut |_| panic!("the first still waits"));
    }
    resolver.finish(&mut |resolved| match resolved {
        Resolved::Exposure(_, end) => ends.push(end),
        other => panic!("{other:?}"),
    });
    assert_eq!(ends, [None, Some(Completion::Partly)]);
}

fn refusal(at: u64, door: &str, kind: RefusalKind, subjects: u64) -> Withheld {
    let Exposure { endpoint, operator, recipient, .. } = exposure(0, door, "192.0.2.1", &[]);
    Withheld {
        at: Timestamp::from_secs(at),
        endpoint,
        operator,
        recipient,
        kind,
        subjects,
        count: 3,
        budget: None,
    }
}

fn dossier(refusals: &[Withheld]) -> Dossier {
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    fold.exposure(&exposure(5, A, "192.0.2.1", &[&[1]]), Completion::Sent);
    refusals.iter().for_each(|refusal| fold.refusal(refusal));
    Dossier::new(Timestamp::from_secs(9), vec![], fold.finish(), 1, false, vec![], Head::GENESIS)
}

#[test]
fn a_dossier_says_what_stopped_it() {
    assert_eq!(dossier(&[]).stopped, Stopped::NothingOnRecord);
    // Another door's refusals stopped nothing here; of two at this door the one that held back more did.
    let stopped = dossier(&[
        refusal(2000, B, RefusalKind::Patched, 900),
        refusal(2000, A, RefusalKind::BudgetSpent, 30),
        refusal(2001, A, RefusalKind::RateLimited, 0),
    ])
    .stopped;
    let Stopped::Refused { kind, withheld, refusals, but_more_left, .. } = stopped else { panic!() };
    assert_eq!((kind, withheld, refusals, but_more_left), (RefusalKind::BudgetSpent, 30, 3, false));
    // A refusal before the last exposure did not stop it.
    let Stopped::Refused { but_more_left, .. } =
        dossier(&[refusal(1005, A, RefusalKind::Forbidden, 1)]).stopped
    else {
        panic!()
    };
    assert!(!but_more_left);
    assert_eq!(dossier(&[refusal(500, A, RefusalKind::Forbidden, 1)]).stopped, Stopped::NothingOnRecord);
}

/// One person's data went to `client` as `kind`; the refusals came after.
fn stopped_after(kind: &str, client: &str, refusals: &[Withheld]) -> Stopped {
    let mut fold = Fold::new(AccountBounds::default(), vec![]);
    let mut leak = exposure(5, A, client, &[&[1]]);
    leak.recipient.kind = kind.into();
    fold.exposure(&leak, Completion::Sent);
    refusals.iter().for_each(|refusal| fold.refusal(refusal));
    let account = fold.finish();
    Dossier::new(Timestamp::from_secs(9), vec![], account, 1, false, vec![], Head::GENESIS).stopped
}

/// Finding 3 of the first trial: a partner took 200 people, and a stranger's 403 was named as the end.
#[test]
fn only_refusals_that_met_a_recipient_or_its_budgets_stopped_it() {
    let met = |kind: &str, client: &str, budget: Option<Whose>| {
        let mut refusal = refusal(2000, A, RefusalKind::BudgetSpent, 30);
        refusal.recipient.kind = kind.into();
        refusal.recipient.client = client.parse().unwrap();
        refusal.budget = budget;
        refusal
    };
    let anonymous = "anonymous";
    for (what, refusal, stops) in [
        ("itself", met(anonymous, "192.0.2.1", Some(Whose::Caller)), true),
        ("a stranger's own budget", met(anonymous, "192.0.2.2", Some(Whose::Caller)), false),
        ("a stranger, nobody knows why", met(anonymous, "192.0.2.2", None), false),
        ("its network, by a neighbour", met(anonymous, "192.0.2.2", Some(Whose::Network)), true),
        ("another network", met(anonymous, "198.51.100.2", Some(Whose::Network)), false),
        ("everybody without identity", met("unverified", "198.51.100.2", Some(Whose::Everyone)), true),
        ("all confirmed principals", met("confirmed", "192.0.2.1", Some(Whose::Everyone)), false),
    ] {
        let stopped = stopped_after(anonymous, "192.0.2.1", &[refusal]);
        let is_stopped = matches!(stopped, Stopped::Refused { recipients: 1, .. });
        assert_eq!(is_stopped, stops, "{what}: {stopped:?}");
        assert_eq!(stopped == Stopped::NothingOnRecord, !stops, "{what}");
    }
    let partner =
        stopped_after("partner", "192.0.2.1", &[met(anonymous, "192.0.2.1", Some(Whose::Everyone))]);
    assert_eq!(partner, Stopped::NothingOnRecord, "a partner shares nobody's budget");
}

#[test]
fn a_dossier_names_what_was_exposed_and_what_was_not() {
    let dossier = dossier(&[]);
    assert_eq!(dossier.exposed.to_string(), "name, email");
    assert_eq!(dossier.not_exposed.iter().count(), 6);
    assert!(!dossier.not_exposed.contains(DataClass::Email));
    let classes: Vec<_> = dossier.consequences.iter().map(|c| c.class).collect();
    assert_eq!(classes, [DataClass::Email, DataClass::Name]);
    assert!(dossier.caveats.contains(&Caveat::NotExposedMeansNotSeen));
    assert!(!dossier.caveats.contains(&Caveat::UnlinkedKeys));
}
