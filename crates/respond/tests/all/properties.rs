//! What holds whatever signals come, in whatever order.

use std::collections::BTreeMap;

use detect::{CallerKind, DetectorId, Severity, Signal, Source};
use domain::{IpPrefix, Timestamp, Window};
use proptest::prelude::*;
use respond::{
    ByHand, Callers, Facts, Incidents, Party, Phase, Response, Rung, Seen, Settings, SeverityRule, Target,
    What,
};

use crate::world::{DOORS, at, before, crowd, digest, door, ip, read, read_by, refuses, said};

pub(crate) const CLIENTS: [&str; 7] = [
    "192.0.2.1",
    "192.0.2.200",
    "198.51.100.7",
    "203.0.113.9",
    "2001:db8:7:1::1",
    "2001:db8:7:2::1",
    "2001:db8:8:1::1",
];

/// Something that happens to a [`Response`].
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Signal(u64, Signal, Seen<'static>),
    Showed(u64, Seen<'static>),
    Act(u64, ByHand),
    Accept(u64, prop::sample::Index),
    Undo(u64, prop::sample::Index),
    Tick(u64),
}

impl Step {
    pub(crate) fn secs(&self) -> u64 {
        match self {
            Self::Signal(secs, ..)
            | Self::Showed(secs, _)
            | Self::Act(secs, _)
            | Self::Accept(secs, _)
            | Self::Undo(secs, _)
            | Self::Tick(secs) => *secs,
        }
    }
}

fn seen() -> impl Strategy<Value = Seen<'static>> {
    let one = (prop::sample::select(CLIENTS.to_vec()), 0usize..4, prop::option::of(0u64..4), 0u64..3);
    (one, prop::option::of(0u64..6), 0u32..3, prop::option::of(0u64..2), 0u64..6).prop_map(
        |((client, nth, who, upstream), page, strangers, agent, id)| {
            let mut seen = match who {
                Some(who) => read_by(0, client, nth, who),
                None => read(0, client, nth),
            };
            (seen.facts.page, seen.facts.upstream, seen.strangers) = (page, upstream, strangers);
            seen.facts.works = who == Some(3);
            seen.agent = agent.map(digest);
            seen.ids = [id, id + 1].into_iter().collect();
            seen
        },
    )
}

fn signal() -> impl Strategy<Value = (Signal, Seen<'static>)> {
    let detector = prop::sample::select(DetectorId::ALL.to_vec());
    let severity = prop::sample::select(Severity::ALL.to_vec());
    (seen(), detector, severity, 0u32..400, 0u8..4).prop_map(|(seen, detector, severity, people, of)| {
        let mut signal = match of {
            0 => crowd(people, people / 4, &seen),
            _ => said(detector, people, &seen),
        };
        if of == 1 {
            signal.source = Source::Network(IpPrefix::of(
                seen.facts.client,
                if seen.facts.client.is_ipv4() { 24 } else { 48 },
            ));
        }
        signal.severity = severity;
        (signal, seen)
    })
}

fn by_hand() -> impl Strategy<Value = ByHand> {
    let party = prop_oneof![
        (prop::sample::select(CLIENTS.to_vec()), 0u8..40)
            .prop_map(|(client, length)| Party::Network(IpPrefix::of(ip(client), length))),
        (0u64..4).prop_map(|who| Party::Principal(digest(who))),
    ];
    let what = prop_oneof![Just(What::Any), Just(What::Strangers), (1u64..6).prop_map(What::FromPage)];
    let callers = prop::sample::select(vec![Callers::Unidentified, Callers::Unnamed, Callers::Anyone]);
    let target = (0u8..5, party, what, callers, 0usize..4, any::<bool>(), 0u64..3).prop_map(
        |(of, party, what, callers, nth, here, upstream)| match of {
            0 | 1 => (
                if of == 0 { Rung::RefuseSource } else { Rung::Slow },
                Target::Source { party, door: here.then(|| door(nth)), what },
            ),
            2 => (Rung::RefuseKind, Target::Kind { door: door(nth), callers, what }),
            3 => (Rung::Quarantine, Target::Endpoint(door(nth))),
            _ => (Rung::Isolate, Target::Upstream(upstream)),
        },
    );
    (target, 1u64..2000).prop_map(|((rung, target), secs)| ByHand {
        rung,
        target,
        named: None,
        span: Window::from_secs(secs),
        who: "ops@example.com".into(),
        reason: "a hunch".into(),
        incident: None,
    })
}

/// Up to `most` steps, in the order of their times.
pub(crate) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    // Pauses from none to twenty minutes, mostly short.
    let pause = prop_oneof![3 => 0u64..6, 1 => 0u64..35].prop_map(|root| root * root);
    let what = prop_oneof![
        8 => signal().prop_map(|(signal, seen)| Step::Signal(0, signal, seen)),
        2 => seen().prop_map(|seen| Step::Showed(0, seen)),
        2 => by_hand().prop_map(|asked| Step::Act(0, asked)),
        1 => any::<prop::sample::Index>().prop_map(|index| Step::Accept(0, index)),
        1 => any::<prop::sample::Index>().prop_map(|index| Step::Undo(0, index)),
        1 => Just(Step::Tick(0)),
    ];
    prop::collection::vec((pause, what), 1..most).prop_map(|list| {
        let mut now = 0;
        let each = list.into_iter().map(|(pause, step)| {
            now += pause;
            match step {
                Step::Signal(_, signal, seen) => {
                    let (signal, seen) = later(signal, seen, now);
                    Step::Signal(now, signal, seen)
                }
                Step::Showed(_, seen) => Step::Showed(now, Seen { at: at(now), ..seen }),
                Step::Act(_, asked) => Step::Act(now, asked),
                Step::Accept(_, index) => Step::Accept(now, index),
                Step::Undo(_, index) => Step::Undo(now, index),
                Step::Tick(_) => Step::Tick(now),
            }
        });
        each.collect()
    })
}

fn later(signal: Signal, seen: Seen<'static>, secs: u64) -> (Signal, Seen<'static>) {
    (Signal { first: at(secs), last: at(secs), ..signal }, Seen { at: at(secs), ..seen })
}

/// What one step does. What cannot be done is not done.
pub(crate) fn play(response: &mut Response, step: &Step) {
    let now = at(step.secs());
    let open = response.actions().iter().filter(|action| !matches!(action.phase, Phase::Ended { .. }));
    let all: Vec<_> = open.map(|action| action.id).collect();
    match step {
        Step::Signal(_, signal, seen) => {
            response.saw(seen);
            response.observe(&[*signal], seen, now);
        }
        Step::Showed(_, seen) => {
            response.showed(seen, now);
        }
        Step::Act(_, asked) => {
            let _ = response.act(asked.clone(), now);
        }
        Step::Accept(_, index) if !all.is_empty() => {
            let _ = response.accept(*index.get(&all), "ops@example.com", now);
        }
        Step::Undo(_, index) if !all.is_empty() => {
            let _ = response.undo(*index.get(&all), "ops@example.com", now);
        }
        Step::Accept(..) | Step::Undo(..) | Step::Tick(_) => {
            response.tick(now);
        }
    }
}

/// A response that knows quiet times: then it dares more.
fn knowing() -> Response {
    let mut response = Response::new(Settings::default(), 7);
    (0..DOORS.len()).for_each(|nth| before(&mut response, nth, 0, 0));
    response
}

/// Every principal at every endpoint, from everywhere, with every page.
fn own_record_readers() -> Vec<Facts> {
    let mut all = Vec::new();
    for caller in [CallerKind::Confirmed, CallerKind::Verified, CallerKind::Partner] {
        for (client, nth) in CLIENTS.iter().flat_map(|client| (0..DOORS.len()).map(move |nth| (client, nth)))
        {
            for (who, upstream) in (0..6).flat_map(|who| (0..3).map(move |upstream| (who, upstream))) {
                let page = Some(who);
                let identity = Some(digest(who));
                let works = caller == CallerKind::Partner;
                let client = ip(client);
                all.push(Facts { client, caller, identity, works, door: door(nth), upstream, page });
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn nobodys_own_records_are_withheld_by_automatic_actions_whatever_signals(
        list in steps(60),
        after in 0u64..1300,
    ) {
        let mut response = knowing();
        let mut now = 0;
        for step in list.iter().filter(|step| !matches!(step, Step::Act(..))) {
            play(&mut response, step);
            now = step.secs();
        }
        let in_force = response.in_force();
        for facts in own_record_readers() {
            for secs in [now, now + after] {
                prop_assert!(!refuses(&in_force.judge(&facts, at(secs))), "{:?} {:?}", facts, response.actions());
                prop_assert!(!refuses(&in_force.judge_answer(&facts, 0, at(secs))), "{:?}", facts);
            }
        }
    }

    #[test]
    fn there_is_no_action_without_an_expiry(list in steps(60)) {
        let mut response = knowing();
        for step in &list {
            play(&mut response, step);
            let now = at(step.secs());
            for action in response.actions().iter().filter(|action| action.is_in_force(now)) {
                prop_assert!(action.until <= action.ends, "{:?}", action);
                if action.by.is_automatic() {
                    prop_assert!(action.until <= now.plus(Window::from_secs(900)), "{:?}", action);
                    prop_assert!(action.ends <= action.until.plus(Window::from_secs(300)), "{:?}", action);
                } else {
                    prop_assert_eq!(action.until, action.ends);
                    prop_assert!(action.ends <= action.taken.plus(Window::from_secs(2000)), "{:?}", action);
                }
            }
        }
        // Nobody does anything any more: it is all over within twenty minutes, or as people said.
        let last = list.last().map_or(0, Step::secs);
        let in_force = response.in_force();
        let over = last + 2000;
        for facts in own_record_readers().into_iter().take(200) {
            let anonymous = Facts { caller: CallerKind::Anonymous, identity: None, ..facts };
            for facts in [facts, anonymous] {
                prop_assert!(!refuses(&in_force.judge(&facts, at(over))));
                prop_assert!(!refuses(&in_force.judge_answer(&facts, 9, at(over))));
            }
        }
        response.tick(at(over));
        prop_assert!(response.in_force().is_empty());
    }

    #[test]
    fn undoing_restores_exactly_what_was(list in steps(40), asked in by_hand()) {
        let mut response = knowing();
        list.iter().for_each(|step| play(&mut response, step));
        let now = at(list.last().map_or(0, Step::secs));
        response.tick(now);
        let was = format!("{:?}", response.in_force());
        let len = response.in_force().len();
        if let Ok(id) = response.act(asked, now) {
            prop_assert_eq!(response.in_force().len(), len + 1);
            response.undo(id, "ops@example.com", now).unwrap();
        }
        prop_assert_eq!(format!("{:?}", response.in_force()), was);
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was(list in steps(40)) {
        let mut response = knowing();
        list.iter().for_each(|step| play(&mut response, step));
        let now = at(list.last().map_or(0, Step::secs));
        response.tick(now);
        let text = serde_json::to_string(&response.kept()).unwrap();
        let restored =
            Response::restore(Settings::default(), 9, serde_json::from_str(&text).unwrap(), now).unwrap();
        prop_assert_eq!(restored.kept(), response.kept());
        prop_assert_eq!(restored.in_force().len(), response.in_force().len());
    }

    #[test]
    fn signals_of_one_hour_join_in_any_order(
        list in prop::collection::vec((0u64..3600, signal()), 1..24),
        order in prop::collection::vec(any::<u32>(), 24),
    ) {
        let list: Vec<_> = list.into_iter().map(|(secs, (signal, seen))| later(signal, seen, secs)).collect();
        let mut shuffled: Vec<_> = (0..list.len()).collect();
        shuffled.sort_by_key(|nth| order.get(*nth).copied());
        let straight: Vec<_> = (0..list.len()).collect();
        prop_assert_eq!(partition(&list, &straight), partition(&list, &shuffled));
    }
}

/// What the incidents of these signals add up to: members, people, sources, severity, span.
type Sums = (Vec<usize>, u32, u32, Severity, Timestamp, Timestamp);

fn partition(list: &[(Signal, Seen<'static>)], order: &[usize]) -> Vec<Sums> {
    let mut incidents = Incidents::new(SeverityRule::defaults());
    let mut names = BTreeMap::new();
    for nth in order {
        let (signal, seen) = &list[*nth];
        names.insert(*nth, incidents.observe(signal, seen).0);
    }
    let mut members: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (nth, name) in names {
        members.entry(incidents.find(name).unwrap().id).or_default().push(nth);
    }
    let mut sums: Vec<_> = members
        .into_iter()
        .map(|(id, members)| {
            let incident = incidents.find(id).unwrap();
            assert_eq!(incident.signals, u32::try_from(members.len()).unwrap());
            let (people, sources) = (incident.people(), incident.sources());
            (members, people, sources, incident.severity, incident.first, incident.last)
        })
        .collect();
    sums.sort();
    sums
}

#[test]
fn these_steps_reach_every_phase_and_every_step_of_the_ladder() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut met = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let list = steps(60).new_tree(&mut runner).unwrap().current();
        let mut response = knowing();
        for step in &list {
            play(&mut response, step);
            for action in response.actions().iter() {
                let phase = match &action.phase {
                    Phase::Proposed => "proposed".to_owned(),
                    Phase::InForce if action.renewals > 0 => "renewed".to_owned(),
                    Phase::InForce if action.is_half_open(at(step.secs())) => "half-open".to_owned(),
                    Phase::InForce => "in force".to_owned(),
                    Phase::Ended { how, .. } => format!("{how:?}").split(' ').next().unwrap().to_owned(),
                };
                met.insert(phase);
                if action.by.is_automatic() {
                    met.insert(action.rung.word().to_owned());
                }
            }
        }
    }
    let expected = [
        "proposed",
        "renewed",
        "half-open",
        "in force",
        "Undone",
        "Declined",
        "Lifted",
        "Expired",
        "Lapsed",
        "slow",
        "refuse-source",
        "refuse-kind",
        "quarantine",
        "isolate",
    ];
    let missing: Vec<_> = expected.iter().filter(|word| !met.contains(**word)).collect();
    assert_eq!(missing, [""; 0].iter().collect::<Vec<_>>(), "{met:?}");
}
