//! Who has read our defaults and stays just below: the honest headline.
//!
//! The attacker has so many sources, each in a network of its own, and each reads a steady number of
//! people in uneven pauses by day, shuffled, from a door that honest people use as well. The bench
//! raises the pace until somebody speaks of it or something is refused within three weeks, and tells the
//! greatest pace at which nothing was. It begins after nine days, when baselines are known.

use std::collections::HashSet;

use anyhow::Result;
use detect::ErrorBudget;
use serde::Serialize;
use testkit::days::{Ask, Door, Moment, Tells, Town, Who};
use testkit::dice::Dice;

use super::attackers::{ALL, CUSTOMERS, OWN, address};
use super::gate::{Gate, Switches};
use super::quiet::{Quiet, Today};

/// Days before it begins, and after.
const BEFORE: u32 = 9;
const DAYS: u32 = 21;
/// People per source in twenty days.
const PACES: [u32; 14] = [1, 2, 4, 7, 10, 15, 20, 30, 40, 60, 80, 100, 130, 160];

/// How it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Way {
    /// Without identity, at the profiles that honest visitors read.
    Anonymous,
    /// Signed in with an account of its own per source, at the orders of others.
    Session,
}

/// How far it came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Pace {
    pub(crate) way: Way,
    pub(crate) sources: u32,
    /// People a day, all sources together, at the greatest pace of which nothing was said.
    pub(crate) a_day: u64,
    /// And of which nothing was refused, over the three weeks.
    pub(crate) in_all: u64,
    /// People per source and twenty days at that pace.
    pub(crate) per_source: u32,
    /// What ended the next pace, and how many people it had by then.
    pub(crate) ended_by: String,
    pub(crate) then: u64,
}

/// Looks for the greatest pace.
pub(crate) fn play(way: Way, sources: u32, size: u32, seed: u64) -> Result<Pace> {
    let mut best =
        Pace { way, sources, a_day: 0, in_all: 0, per_source: 0, ended_by: String::new(), then: 0 };
    for per_source in PACES {
        let (had, ended) = at_pace(way, sources, per_source, size, seed)?;
        if let Some(ended) = ended {
            (best.ended_by, best.then) = (ended, had);
            return Ok(best);
        }
        best.in_all = had;
        best.a_day = had / u64::from(DAYS);
        best.per_source = per_source;
    }
    Ok(best)
}

/// Three weeks at one pace: people, and what was said or refused first.
fn at_pace(way: Way, sources: u32, per_source: u32, size: u32, seed: u64) -> Result<(u64, Option<String>)> {
    let mut gate = Gate::new(Switches::default(), seed)?;
    let mut town = Town::new(seed, size);
    let (mut day, mut quiet) = (Vec::new(), Quiet::default());
    let mut dice = Dice::new(seed ^ 0xada);
    let mut order: Vec<u64> = (0..ALL).collect();
    dice.shuffle(&mut order);
    let mut targets = order.into_iter();
    let mut had: HashSet<u64> = HashSet::new();
    for nth in 0..BEFORE + DAYS {
        town.day(nth, &mut day);
        let honest = day.len();
        if nth >= BEFORE {
            add(&mut day, way, (sources, per_source), nth - BEFORE, &mut dice, &mut targets);
        }
        let mut today = Today::new(&town);
        let mut ended = None;
        let mut played: Vec<Moment> = day.drain(honest..).collect();
        played.sort_by_key(|moment| moment.at);
        let mut attack = played.into_iter().peekable();
        for moment in &day {
            while let Some(theirs) = attack.next_if(|theirs| theirs.at <= moment.at) {
                let outcome = gate.exchange(&theirs.ask, super::quiet::at(nth, theirs.at));
                if outcome.refusal.is_none() {
                    had.extend(theirs.ask.tells.people().filter(|person| *person < OWN));
                }
                let said = outcome.said.iter().find(|(signal, _)| signal.error != ErrorBudget::Fact);
                let said = said.map(|(signal, _)| format!("{} ({})", signal.detector, signal.evidence.case));
                ended = ended.or(said).or(outcome.refusal.map(|refusal| refusal.detail));
            }
            if ended.is_some() {
                break;
            }
            today.play(&mut gate, &mut quiet, nth, moment);
        }
        if ended.is_some() {
            return Ok((u64::try_from(had.len()).unwrap_or(0), ended));
        }
    }
    Ok((u64::try_from(had.len()).unwrap_or(0), None))
}

/// The attacker's requests of a day.
fn add(
    day: &mut Vec<Moment>,
    way: Way,
    (sources, per_source): (u32, u32),
    nth: u32,
    dice: &mut Dice,
    targets: &mut impl Iterator<Item = u64>,
) {
    for source in 0..sources {
        let from = address(u64::from(source));
        let account = OWN + u64::from(source);
        let who = match way {
            Way::Anonymous => Who::Nobody,
            Way::Session => Who::Session(account),
        };
        if way == Way::Session && nth == 0 {
            let ask = Ask::of(from, Who::Nobody, Door::LogIn);
            let own = Tells::One(account);
            let ask = Ask { brings: Some(account), tells: own, issues: Some(account), ..ask };
            let at = u32::try_from(dice.below(6 * 3_600_000)).unwrap_or(0);
            day.push(Moment { at, client: 0, ask });
        }
        // People per source and day with its fraction spread over the days and sources.
        let until = |day: u32| (u64::from(day) + u64::from(source) % 20) * u64::from(per_source) / 20;
        for _ in until(nth)..until(nth + 1) {
            let Some(target) = targets.next() else { return };
            let number = CUSTOMERS + target;
            let door = if way == Way::Anonymous { Door::Profile } else { Door::Order };
            let at = 7 * 3_600_000 + u32::try_from(dice.below(16 * 3_600_000)).unwrap_or(0);
            // Names of profiles and orders look like nothing.
            let object = Some(Dice::new(number).roll() >> 20);
            day.push(Moment {
                at,
                client: 0,
                ask: Ask { object, tells: Tells::One(number), ..Ask::of(from, who, door) },
            });
        }
    }
}
