//! Random sequences of look-ups, against a slow model: plain lists, searched from the end.

use std::collections::BTreeMap;

use domain::{BudgetDecl, networks_of};
use policy::budget::{Answer, LookUpSettings, Settings};
use proptest::prelude::*;

use crate::world::{Gate, at, windows};

const DAY: u64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    UnderWay,
    Missed,
    Found,
    Settled,
    Done,
}

#[derive(Clone, Debug)]
struct Line {
    digest: u64,
    at: u64,
    mark: Mark,
}

type List = Vec<Line>;

/// What one block of addresses asked: by door, over all doors, and failures that were free.
#[derive(Clone, Debug, Default)]
struct Block {
    doors: BTreeMap<u32, List>,
    all: List,
    failures: List,
}

fn known(list: &List, digest: u64, now: u64) -> Option<usize> {
    list.iter().rposition(|line| line.digest == digest && line.at + DAY >= now)
}

fn count(list: &List, secs: u64, now: u64, marks: &[Mark]) -> u32 {
    list.iter().filter(|line| line.at + secs >= now && marks.contains(&line.mark)).count() as u32
}

const ANY: [Mark; 5] = [Mark::UnderWay, Mark::Missed, Mark::Found, Mark::Settled, Mark::Done];

fn full(list: &List, bounds: &[BudgetDecl], now: u64, marks: &[Mark], more: u32) -> bool {
    bounds.iter().any(|bound| count(list, bound.per.secs_ceil(), now, marks) + more + 1 > bound.subjects)
}

/// Whether the block lets `digest` be asked for at `door`.
fn allows(block: &Block, settings: &LookUpSettings, address: bool, door: u32, digest: u64, now: u64) -> bool {
    let (loose, missing) = if address {
        (&settings.address, &settings.address_missing)
    } else {
        (&settings.network, &settings.network_missing)
    };
    if known(&block.all, digest, now).is_some_and(|place| block.all[place].mark == Mark::Found) {
        return true;
    }
    let none = List::new();
    let here = block.doors.get(&door).unwrap_or(&none);
    let missed = count(here, DAY, now, &[Mark::Missed]);
    let found = count(here, DAY, now, &[Mark::Found]);
    let answered = count(here, DAY, now, &[Mark::Found, Mark::Settled]);
    let room = settings.unanswered + 2 * (answered + count(here, DAY, now, &[Mark::Done]));
    let crowded = |list: &List| address && count(list, 60, now, &[Mark::UnderWay]) + 1 > room;
    if known(here, digest, now).is_none() {
        let mostly_missed = missed >= settings.misses && missed > answered;
        if mostly_missed && full(here, missing, now, &ANY, 0)
            || full(here, loose, now, &ANY, 0)
            || crowded(here)
        {
            return false;
        }
    }
    if known(&block.all, digest, now).is_some() {
        return true;
    }
    if full(&block.all, loose, now, &ANY, 0) {
        return false;
    }
    if found > missed {
        return true;
    }
    let under_way = count(&block.all, 60, now, &[Mark::UnderWay]);
    let tight = missing.iter().any(|bound| {
        let missed = count(&block.all, bound.per.secs_ceil(), now, &[Mark::Missed]);
        missed >= settings.misses && missed + under_way + 1 > bound.subjects
    });
    !tight && !crowded(&block.all)
}

fn asked(block: &mut Block, door: u32, digest: u64, now: u64) {
    for list in [block.doors.entry(door).or_default(), &mut block.all] {
        if known(list, digest, now).is_none() {
            list.push(Line { digest, at: now, mark: Mark::UnderWay });
        }
    }
}

fn answered(
    block: &mut Block,
    settings: &LookUpSettings,
    address: bool,
    (door, digest): (u32, u64),
    answer: Answer,
    now: u64,
) {
    let failing = if address { &settings.address_failing } else { &settings.network_failing };
    let longest = failing.iter().map(|bound| bound.per.secs_ceil()).max().unwrap();
    let answer = if answer == Answer::Failed {
        let forgiven = block.failures.iter().any(|line| line.digest == digest && line.at + longest >= now);
        if !forgiven && full(&block.failures, failing, now, &ANY, 0) {
            Answer::NotFound
        } else {
            if !forgiven {
                block.failures.push(Line { digest, at: now, mark: Mark::Missed });
            }
            return;
        }
    } else {
        answer
    };
    let found_before =
        known(&block.all, digest, now).is_some_and(|place| block.all[place].mark == Mark::Found);
    let here = block.doors.entry(door).or_default();
    let spare = count(here, DAY, now, &[Mark::Found]) > count(here, DAY, now, &[Mark::Missed]);
    let place = known(here, digest, now).unwrap();
    let before = here[place].mark;
    let covered = before == Mark::UnderWay && spare;
    let in_use = before == Mark::UnderWay && count(here, DAY, now, &[Mark::Done]) >= 2;
    match (answer, before) {
        (_, Mark::Found) => {}
        (Answer::Found, _) => here[place].mark = if found_before { Mark::Settled } else { Mark::Found },
        (Answer::Done, Mark::UnderWay | Mark::Missed) => here[place].mark = Mark::Done,
        (Answer::NotFound, Mark::UnderWay) => here[place].mark = Mark::Missed,
        (Answer::None, Mark::UnderWay) => drop(here.remove(place)),
        _ => {}
    }
    let place = known(&block.all, digest, now).unwrap();
    match (answer, block.all[place].mark) {
        (_, Mark::Found) => {}
        (Answer::Found, _) => block.all[place].mark = Mark::Found,
        (Answer::Done, Mark::UnderWay) => {
            block.all[place].mark = if in_use { Mark::Settled } else { Mark::Missed };
        }
        (Answer::NotFound, Mark::UnderWay) => {
            block.all[place].mark = if covered { Mark::Settled } else { Mark::Missed };
        }
        (Answer::None, Mark::UnderWay) => drop(block.all.remove(place)),
        _ => {}
    }
}

/// Bounds so low that random sequences reach all of them.
fn tight() -> LookUpSettings {
    LookUpSettings {
        address: windows(&[(9, 3600), (14, DAY)]),
        address_missing: windows(&[(3, 3600), (5, DAY)]),
        network: windows(&[(12, 3600), (20, DAY)]),
        network_missing: windows(&[(5, 3600), (8, DAY)]),
        address_failing: windows(&[(2, 3600), (3, DAY)]),
        network_failing: windows(&[(3, 3600)]),
        misses: 2,
        unanswered: 3,
        ..LookUpSettings::default()
    }
}

type Step = (u8, u32, u64, Option<Answer>, u64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let answer = prop::sample::select(vec![
        None,
        Some(Answer::Found),
        Some(Answer::Found),
        Some(Answer::Done),
        Some(Answer::NotFound),
        Some(Answer::NotFound),
        Some(Answer::NotFound),
        Some(Answer::Failed),
        Some(Answer::None),
    ]);
    let gap = prop_oneof![6 => Just(0u64), 4 => 1u64..70, 2 => 600u64..4000, 1 => 20_000u64..100_000];
    prop::collection::vec((0u8..2, 0u32..6, 1u64..40, answer, gap), 1..120)
}

proptest! {
    #[test]
    fn every_look_up_is_granted_or_refused_as_the_list_of_all_look_ups_says(steps in steps()) {
        let settings = tight();
        let mut gate = Gate::new(Settings { look_ups: settings.clone(), ..Settings::default() });
        let mut blocks: BTreeMap<String, Block> = BTreeMap::new();
        for (who, door, digest, answer, gap) in steps {
            gate.now += gap;
            let networks = networks_of(at(&format!("192.0.2.{}", 7 + who)).address());
            let (now, time) = (gate.now, gate.time());
            let allowed = networks.iter().enumerate().all(|(nth, network)| {
                let block = blocks.entry(network.to_string()).or_default();
                allows(block, &settings, nth == 0, door, digest, now)
            });
            let granted = gate.budgets.look_up_allowed(&networks, door, &[digest << 8], time).is_ok();
            prop_assert_eq!(granted, allowed, "{} at {} for {}", digest, door, who);
            if !granted {
                continue;
            }
            for (nth, network) in networks.iter().enumerate() {
                let block = blocks.get_mut(&network.to_string()).unwrap();
                asked(block, door, digest, now);
                if let Some(answer) = answer {
                    answered(block, &settings, nth == 0, (door, digest), answer, now);
                }
            }
            if let Some(answer) = answer {
                gate.budgets.look_up_result(&networks, door, &[digest << 8], answer, time);
            }
        }
    }
}
