//! `cargo xtask learnbench`: a day is recorded, `config propose` reads it, the proposal is loaded, and the
//! days after it are played: whom it refuses, and what attackers get.
//!
//! The day that is recorded has an attack in it, so that the proposal must tell the two apart. Everything
//! is in virtual time, on the types of the gateway ([`gate`]).

mod day;
mod gate;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use domain::{Mode, RefusalKind, Timestamp};
use learn::{Evidence, Proposal, Replay, Suspects};

use self::day::{Ask, Attack, Door, Habit};
use self::gate::Gate;

/// What is played.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Settings {
    /// Seed of everything that is synthetic.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Days after the one that is recorded.
    #[arg(long, default_value_t = 7)]
    days: u64,
    /// How many of the people are there, in hundredths.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100))]
    share: u64,
    /// Print the proposal.
    #[arg(long)]
    print: bool,
}

/// Midnight of the day that is recorded: 2026-11-02.
const MIDNIGHT: u64 = 20_759 * 86_400_000;

/// Who callers are, and nothing else: what a day is recorded with.
const OBSERVING: &str = "mode: observe
direct: true
upstreams:
  shop: {url: \"http://127.0.0.1:8080\"}
identify:
  issuers:
    - issuer: https://login.shop.example
      audience: shop
      jwks: jwks.json
      roles: [{claim: roles, is: staff, role: staff}]
";

/// What was played.
pub(crate) struct Played {
    pub(crate) yaml: String,
    pub(crate) recorded: u64,
    pub(crate) set_aside: u64,
    /// Requests and refusals of honest people after the proposal was loaded, by habit.
    pub(crate) honest: BTreeMap<Habit, (u64, u64)>,
    /// Kinds of refusals that honest people met.
    pub(crate) why: BTreeMap<(Habit, RefusalKind), u64>,
    /// People that each attack was told of, and its mark.
    pub(crate) attacks: Vec<(Attack, usize, usize)>,
}

/// Plays it and prints the tables.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let played = play(settings)?;
    if settings.print {
        println!("{}", played.yaml);
    }
    println!("recorded: one day, {} exchanges, {} not learned from\n", played.recorded, played.set_aside);
    println!("{} days under the proposal, in guard", settings.days);
    println!("{:<12} {:>10} {:>8}", "who", "requests", "refused");
    for (habit, (sent, refused)) in &played.honest {
        println!("{:<12} {sent:>10} {refused:>8}", habit.word());
    }
    for ((habit, kind), many) in &played.why {
        println!("  {} refused as {}: {many}", habit.word(), kind.word());
    }
    println!("\n{:<20} {:>10} {:>8}", "attack", "people", "mark");
    for (attack, people, mark) in &played.attacks {
        println!("{:<20} {people:>10} {mark:>8}", attack.word());
    }
    let above = played.attacks.iter().filter(|(_, people, mark)| people > mark).count();
    let refused: u64 = played.honest.values().map(|(_, refused)| refused).sum();
    anyhow::ensure!(
        above == 0 && refused == 0,
        "{refused} honest requests refused, {above} attacks above their mark"
    );
    Ok(())
}

fn at(day: u64, ask: &Ask) -> Timestamp {
    Timestamp::from_millis(MIDNIGHT + day * 86_400_000 + ask.at)
}

/// Records, proposes, loads, plays.
pub(crate) fn play(settings: &Settings) -> anyhow::Result<Played> {
    let Settings { seed, days, share, .. } = *settings;
    let lines = recorded(seed, share)?;
    let (proposal, yaml) = proposed(&lines)?;
    let guarding = yaml.replace("mode: observe", "mode: guard");
    let start = Timestamp::from_millis(MIDNIGHT + 86_400_000);

    let mut honest: BTreeMap<Habit, (u64, u64)> = Habit::HONEST.map(|habit| (habit, (0, 0))).into();
    let mut why = BTreeMap::new();
    let mut gate = Gate::new(&guarding, Mode::Guard, seed, start)?;
    for day in 1..=days {
        for ask in day::honest(seed, day, share) {
            let done = gate.exchange(&ask, at(day, &ask))?;
            let (sent, refused) = honest.entry(ask.habit).or_default();
            *sent += 1;
            if let Some(kind) = done.refusal {
                *refused += 1;
                *why.entry((ask.habit, kind)).or_default() += 1;
            }
        }
    }
    let mut attacks = Vec::new();
    for attack in Attack::ALL {
        let people = attacked(&guarding, attack, seed, share, start, &mut honest, &mut why)?;
        attacks.push((attack, people, mark(attack, &proposal)));
    }
    let set_aside = proposal.aside;
    Ok(Played { yaml, recorded: proposal.exchanges, set_aside, honest, why, attacks })
}

/// The log of a day without any declaration, with the incident in it.
fn recorded(seed: u64, share: u64) -> anyhow::Result<Vec<String>> {
    let mut gate = Gate::new(OBSERVING, Mode::Observe, seed, Timestamp::from_millis(MIDNIGHT))?;
    let mut asks = day::honest(seed, 0, share);
    asks.extend(Attack::Single.asks());
    asks.extend(Attack::Addresses500.asks());
    asks.sort_by_key(|ask| ask.at);
    let lines = asks.iter().map(|ask| {
        let done = gate.exchange(ask, at(0, ask))?;
        anyhow::ensure!(done.refusal.is_none(), "observe refuses nothing");
        Ok(report::exchange::line(&done.exchange))
    });
    lines.collect()
}

/// What `tidegate config propose` makes of the log.
fn proposed(lines: &[String]) -> anyhow::Result<(Proposal, String)> {
    let exchanges = || lines.iter().map(|line| report::exchange::parse(line).context("read the log"));
    let budgets = policy::budget::Settings::default();
    let (mut suspects, mut evidence) = (Suspects::default(), Evidence::default());
    for exchange in exchanges() {
        suspects.take(&exchange?);
    }
    for exchange in exchanges() {
        evidence.take(&exchange?, &suspects);
    }
    let proposal = learn::propose(&evidence, &suspects, &budgets);
    let mut replay = Replay::new(&proposal, &budgets);
    for exchange in exchanges() {
        replay.take(&exchange?, &suspects);
    }
    let yaml = report::proposal::yaml(
        Some(OBSERVING),
        &proposal,
        &replay,
        &suspects,
        report::proposal::Origin::Log,
    )?;
    Ok((proposal, yaml))
}

/// An attack on a day of honest people, on a gateway of its own: how many people it was told of.
fn attacked(
    guarding: &str,
    attack: Attack,
    seed: u64,
    share: u64,
    start: Timestamp,
    honest: &mut BTreeMap<Habit, (u64, u64)>,
    why: &mut BTreeMap<(Habit, RefusalKind), u64>,
) -> anyhow::Result<usize> {
    let mut gate = Gate::new(guarding, Mode::Guard, seed ^ 0xa77a, start)?;
    let mut asks = day::honest(seed, 1, share);
    // A thief shares the budget of whom it stole from: that one is counted as refused to the thief.
    let stolen = attack.asks().first().map(|ask| ask.who);
    asks.extend(attack.asks());
    asks.sort_by_key(|ask| ask.at);
    let mut told = BTreeSet::new();
    for ask in &asks {
        let done = gate.exchange(ask, at(1, ask))?;
        if ask.habit == Habit::Attacker {
            if done.refusal.is_none() {
                told.extend(ask.first..ask.first + ask.people);
            }
        } else if ask.who == self::day::Who::Nobody || Some(ask.who) != stolen {
            let (sent, refused) = honest.entry(ask.habit).or_default();
            *sent += 1;
            if let Some(kind) = done.refusal {
                *refused += 1;
                *why.entry((ask.habit, kind)).or_default() += 1;
            }
        }
    }
    Ok(told.len())
}

/// The marks of guard, and for what is stolen the proposed budget of a day: whom its owner read that day
/// is told again for nothing.
fn mark(attack: Attack, proposal: &Proposal) -> usize {
    let day = |people: Option<u32>| people.and_then(|people| usize::try_from(people).ok()).unwrap_or(0);
    match attack {
        Attack::Single => 20,
        Attack::Addresses500 => 400,
        Attack::Token => 50,
        Attack::OrdersOfOthers => 0,
        Attack::StolenStaff => day(proposal.roles.iter().map(|role| role.per_day).max()),
        Attack::StolenPartner => {
            let door = proposal.doors.iter().find(|door| door.endpoint.to_string() == Door::Shipments.text());
            day(door.and_then(|door| door.intent.budget.iter().map(|budget| budget.subjects).max()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_day_taught_refuses_no_staff_partner_or_poller_and_stops_every_attack() {
        let settings = Settings { seed: 7, days: 3, share: 25, print: false };
        let played = play(&settings).unwrap();
        for habit in [Habit::Staff, Habit::Partner, Habit::Poller] {
            let (sent, refused) = played.honest[&habit];
            assert!(sent > 100 && refused == 0, "{habit:?}: {refused} of {sent} refused: {:?}", played.why);
        }
        assert!(played.honest.values().all(|(_, refused)| *refused == 0), "{:?}", played.why);
        for (attack, people, mark) in &played.attacks {
            assert!(people <= mark, "{attack:?} was told of {people}, mark {mark}\n{}", played.yaml);
        }
        assert!(played.set_aside >= 1800, "the attack of the day is not learned from");
        assert!(!played.yaml.contains("\"POST /preorders\":"), "{}", played.yaml);
        assert!(played.yaml.contains("# decide: POST /preorders"), "{}", played.yaml);
    }

    #[test]
    fn without_the_proposal_staff_and_partner_are_refused() {
        let start = Timestamp::from_millis(MIDNIGHT);
        let mut gate = Gate::new(&OBSERVING.replace("observe", "guard"), Mode::Guard, 7, start).unwrap();
        let refused: BTreeSet<Habit> = day::honest(7, 0, 25)
            .iter()
            .filter(|ask| gate.exchange(ask, at(0, ask)).unwrap().refusal.is_some())
            .map(|ask| ask.habit)
            .collect();
        assert!(refused.contains(&Habit::Staff) && refused.contains(&Habit::Partner), "{refused:?}");
    }
}
