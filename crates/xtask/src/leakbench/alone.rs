//! Each detector alone: budgets, actions and all other detectors off, its own attack before it.

use std::collections::HashSet;

use anyhow::Result;
use detect::DetectorId;
use domain::Timestamp;
use serde::Serialize;
use testkit::days::{Ask, Door, Tells, Who};

use super::attackers::{ALL, Attacker, CUSTOMERS, Order, Plan, Sources};
use super::gate::{Gate, Switches};
use super::quiet::at;

/// Most requests of one attack.
const MOST: u64 = 20_000;

/// What a detector saw of its own attack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    pub(crate) detector: DetectorId,
    pub(crate) attack: &'static str,
    /// Requests, and people that had left, when it spoke; nothing where it stayed silent.
    pub(crate) spoke: Option<(u64, u64)>,
    pub(crate) case: String,
}

/// An attack: so many milliseconds after the one before, this request.
pub(crate) type Attack = Box<dyn FnMut(u64) -> (u64, Ask)>;

/// All of them, with the detector that each is for.
pub(crate) fn attacks() -> Vec<(DetectorId, &'static str, Attack)> {
    use DetectorId as Id;
    let walk = |sources: Sources, order: Order, every: u64, door: Door| -> Attack {
        let plan =
            Plan { name: "", sources, order, every, door, diluted: false, office: false, hour: 0, day: 0 };
        let mut attacker = Attacker::new(plan, 7);
        Box::new(move |_| {
            // Pauses of people, unless the attack is a clock: a detector is to see what it is for.
            let pause = if every >= 2_400_000 { every } else { attacker.uneven(every) };
            (pause, attacker.next())
        })
    };
    let one = Sources::Addresses(1);
    let asks = |change: fn(u64, Ask) -> Ask| -> Attack {
        let mut attacker = Attacker::new(
            Plan {
                name: "",
                sources: one,
                order: Order::Shuffled,
                every: 1000,
                door: Door::Customer,
                diluted: false,
                office: false,
                hour: 0,
                day: 0,
            },
            7,
        );
        Box::new(move |nth| (attacker.uneven(1000), change(nth, attacker.next())))
    };
    vec![
        (Id::SequentialIds, "upwards", walk(one, Order::Upwards, 1000, Door::Customer)),
        (Id::SequentialIds, "backwards", walk(one, Order::Backwards, 1000, Door::Customer)),
        (Id::SequentialIds, "by sevens", walk(one, Order::Strided, 1000, Door::Customer)),
        (Id::NewObjects, "shuffled, one a second", walk(one, Order::Shuffled, 1000, Door::Customer)),
        (
            Id::NewObjects,
            "shuffled, one in half an hour",
            walk(one, Order::Shuffled, 1_800_000, Door::Customer),
        ),
        (Id::NewObjects, "all of an IPv6 /48", walk(Sources::Site, Order::Shuffled, 1000, Door::Customer)),
        (Id::PageWalk, "batches of ten", walk(one, Order::Upwards, 1000, Door::Batch)),
        (
            Id::Bulk,
            "fifty at a time",
            asks(|nth, ask| Ask { tells: Tells::Row(CUSTOMERS + nth * 50 % ALL, 50), object: None, ..ask }),
        ),
        (Id::MissStorm, "guesses", asks(|_, ask| Ask { tells: Tells::Nobody, status: 404, ..ask })),
        (Id::AnonymousData, "batches of ten", walk(one, Order::Upwards, 1000, Door::Batch)),
        (
            Id::Foreign,
            "others' records, refused",
            asks(|nth, ask| {
                let account = 7 << 40;
                if nth == 0 {
                    let own = Tells::One(account);
                    let ask = Ask { brings: Some(account), tells: own, issues: Some(account), ..ask };
                    return Ask { door: Door::LogIn, object: None, ..ask };
                }
                Ask { who: Who::Session(account), foreign: true, ..ask }
            }),
        ),
        (Id::Volume, "500 addresses", walk(Sources::Addresses(500), Order::Shuffled, 200, Door::Customer)),
        (
            Id::EndpointSweep,
            "50 addresses, shuffled",
            walk(Sources::Addresses(50), Order::Shuffled, 1000, Door::Customer),
        ),
        (
            Id::EndpointSweep,
            "50 addresses, in order",
            walk(Sources::Addresses(50), Order::Upwards, 1000, Door::Customer),
        ),
        (
            Id::SurfaceScan,
            "a word list",
            asks(|nth, ask| Ask {
                door: Door::Nowhere,
                object: Some(nth),
                tells: Tells::Nobody,
                status: 404,
                ..ask
            }),
        ),
        (
            Id::SessionMinting,
            "50 tokens by turns",
            walk(Sources::Tokens(50, 1), Order::Shuffled, 1000, Door::Customer),
        ),
        (
            Id::SessionMinting,
            "free sign-ups",
            walk(Sources::SignUps(1, 1), Order::Shuffled, 1000, Door::Catalogue),
        ),
        (Id::Automation, "one every 40 minutes", walk(one, Order::Shuffled, 2_400_000, Door::Customer)),
        (
            Id::SpentBudget,
            "a stolen token of the staff",
            walk(Sources::Staff, Order::Upwards, 1000, Door::Desk),
        ),
        (Id::Canary, "shuffled, one canary in a thousand", walk(one, Order::Shuffled, 1000, Door::Customer)),
    ]
}

/// Plays every detector's own attacks.
pub(crate) fn play(seed: u64) -> Result<Vec<Seen>> {
    let canaries: Vec<u64> = (0..ALL / 1000).map(|nth| CUSTOMERS + nth * 1000 + 7).collect();
    attacks()
        .into_iter()
        .map(|(detector, attack, mut next)| {
            let only = Some(vec![detector]);
            let switches = Switches { acts: false, only, canaries: canaries.clone(), ..Switches::default() };
            let mut gate = Gate::new(switches, seed)?;
            let mut had: HashSet<u64> = HashSet::new();
            let mut seen = Seen { detector, attack, spoke: None, case: String::new() };
            let mut clock = at(0, 0).millis();
            for nth in 0..MOST {
                let (pause, ask) = next(nth);
                clock += pause;
                let outcome = gate.exchange(&ask, Timestamp::from_millis(clock));
                if outcome.strangers > 0 {
                    had.extend(ask.tells.people());
                }
                if let Some((signal, _)) = outcome.said.first() {
                    anyhow::ensure!(signal.detector == detector, "{} spoke for {detector}", signal.detector);
                    seen.spoke = Some((nth + 1, u64::try_from(had.len()).unwrap_or(0)));
                    signal.evidence.case.clone_into(&mut seen.case);
                    break;
                }
            }
            Ok(seen)
        })
        .collect()
}
