//! Honest days: what is said of people, and what is refused to them, that should not be.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use detect::{ErrorBudget, Source};
use domain::Timestamp;
use serde::Serialize;
use testkit::days::{Habit, Moment, Town};

use super::gate::{Gate, Switches, Work};

/// A Monday, midnight.
pub(crate) const START: u64 = 1_800_000_000 - 1_800_000_000 % 86_400;
/// Clients a day of a town.
const SIZE: u32 = 20_000;

/// What became of the people of one habit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    /// Days on which a client did something, summed over clients.
    pub(crate) client_days: u64,
    /// Their requests.
    pub(crate) exchanges: u64,
    /// Client-days of whose exchanges a signal was said that is no fact.
    pub(crate) alarms: u64,
    /// Client-days on which something was refused.
    pub(crate) refusals: u64,
    /// Requests that were refused.
    pub(crate) refused: u64,
    /// Requests that an action let wait.
    pub(crate) slowed: u64,
    /// Alarms and refusals by the day of the gateway, where there were any.
    pub(crate) days: BTreeMap<u32, [u64; 2]>,
    /// Why, by detector and case or by the text of the refusal.
    pub(crate) why: BTreeMap<String, u64>,
}

/// What became of everybody.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Quiet {
    pub(crate) habits: BTreeMap<Habit, Counts>,
    pub(crate) work: Work,
    /// Days of single endpoints that told of strangers.
    pub(crate) endpoint_days: u64,
    /// Signals that speak of an endpoint and are no facts.
    pub(crate) endpoint_signals: u64,
    /// Facts that were said: personal data to anonymous callers.
    pub(crate) facts: u64,
    /// Incidents that were opened.
    pub(crate) incidents: u64,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        let Self { client_days, exchanges, alarms, refusals, refused, slowed, days, why } = other;
        self.client_days += client_days;
        self.exchanges += exchanges;
        self.alarms += alarms;
        self.refusals += refusals;
        self.refused += refused;
        self.slowed += slowed;
        for (day, [alarms, refusals]) in days {
            let held = self.days.entry(*day).or_default();
            *held = [held[0] + alarms, held[1] + refusals];
        }
        for (reason, count) in why {
            *self.why.entry(reason.clone()).or_default() += count;
        }
    }
}

impl Quiet {
    fn add(&mut self, other: &Self) {
        for (habit, counts) in &other.habits {
            self.habits.entry(*habit).or_default().add(counts);
        }
        self.work.add(other.work);
        self.endpoint_days += other.endpoint_days;
        self.endpoint_signals += other.endpoint_signals;
        self.facts += other.facts;
        self.incidents += other.incidents;
    }

    /// The people of these habits together.
    pub(crate) fn of(&self, habits: &[Habit]) -> Counts {
        let mut all = Counts::default();
        habits.iter().filter_map(|habit| self.habits.get(habit)).for_each(|counts| all.add(counts));
        all
    }

    /// Everybody.
    pub(crate) fn client_days(&self) -> u64 {
        self.habits.values().map(|counts| counts.client_days).sum()
    }
}

/// Lives so many client-days, in towns of so many days with a gateway each, on two threads at most.
pub(crate) fn live(client_days: u64, count: u32, seed: u64, threads: usize) -> Result<Quiet> {
    let full = u64::from(SIZE) * u64::from(count);
    let towns = client_days.div_ceil(full).max(1);
    let size = u32::try_from(client_days / towns / u64::from(count)).unwrap_or(SIZE).max(50);
    let next = AtomicU64::new(0);
    let work = || -> Result<Vec<(u64, Quiet)>> {
        let mut lived = Vec::new();
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            if nth >= towns {
                return Ok(lived);
            }
            let mut town = Town::new(seed.wrapping_add(nth.wrapping_mul(0x9e37_79b9)), size);
            lived.push((nth, days(&mut town, count, Switches::default(), seed ^ nth)?));
        }
    };
    let mut all = std::thread::scope(|scope| -> Result<Vec<_>> {
        let others: Vec<_> = (1..threads.clamp(1, 2)).map(|_| scope.spawn(work)).collect();
        let mut all = work()?;
        for other in others {
            all.extend(other.join().map_err(|_| anyhow::anyhow!("a thread of the bench panicked"))??);
        }
        Ok(all)
    })?;
    all.sort_by_key(|(nth, _)| *nth);
    let mut quiet = Quiet::default();
    all.iter().for_each(|(_, one)| quiet.add(one));
    Ok(quiet)
}

/// Lives the first `count` days of a town before a gateway.
pub(crate) fn days(town: &mut Town, count: u32, switches: Switches, seed: u64) -> Result<Quiet> {
    let mut gate = Gate::new(switches, seed)?;
    let mut quiet = Quiet::default();
    let mut day = Vec::new();
    for nth in 0..count {
        town.day(nth, &mut day);
        let mut today = Today::new(town);
        for moment in &day {
            today.play(&mut gate, &mut quiet, nth, moment);
        }
        today.close(town, &mut quiet, nth);
    }
    quiet.work = gate.work;
    quiet.incidents = u64::try_from(gate.incidents()).unwrap_or(0);
    Ok(quiet)
}

/// Milliseconds since 1970 of a moment of a day.
pub(crate) fn at(day: u32, millis: u32) -> Timestamp {
    Timestamp::from_millis((START + u64::from(day) * 86_400) * 1000 + u64::from(millis))
}

/// What happened to each client today.
pub(crate) struct Today {
    habits: Vec<Habit>,
    /// Bits: was here, was spoken of, was refused.
    flags: Vec<u8>,
    doors: u32,
}

const HERE: u8 = 1;
const SPOKEN_OF: u8 = 2;
const REFUSED: u8 = 4;

impl Today {
    pub(crate) fn new(town: &Town) -> Self {
        let habits: Vec<_> = town.clients().iter().map(|client| client.habit).collect();
        Self { flags: vec![0; habits.len()], habits, doors: 0 }
    }

    pub(crate) fn play(&mut self, gate: &mut Gate, quiet: &mut Quiet, day: u32, moment: &Moment) {
        let outcome = gate.exchange(&moment.ask, at(day, moment.at));
        let place = usize::try_from(moment.client).unwrap_or(usize::MAX);
        let (Some(flags), Some(habit)) = (self.flags.get_mut(place), self.habits.get(place)) else { return };
        let counts = quiet.habits.entry(*habit).or_default();
        *flags |= HERE;
        counts.exchanges += 1;
        counts.slowed += u64::from(outcome.delay_millis > 0);
        if outcome.strangers > 0 {
            self.doors |= 1 << super::gate::place(moment.ask.door).min(31);
        }
        if let Some(refusal) = outcome.refusal {
            *flags |= REFUSED;
            counts.refused += 1;
            *counts.why.entry(format!("refused: {}", refusal.detail)).or_default() += 1;
        }
        for (signal, _) in &outcome.said {
            if signal.error == ErrorBudget::Fact {
                quiet.facts += 1;
                continue;
            }
            *flags |= SPOKEN_OF;
            quiet.endpoint_signals += u64::from(matches!(signal.source, Source::Endpoint(_)));
            let source = match signal.source {
                Source::Principal(_) => "principal".to_owned(),
                Source::Network(prefix) => format!("/{}", prefix.length()),
                Source::Endpoint(_) => format!("endpoint {}", moment.ask.door.text()),
            };
            let reason = format!("said: {} {} of {source}", signal.detector, signal.evidence.case);
            *counts.why.entry(reason).or_default() += 1;
        }
    }

    pub(crate) fn close(self, town: &Town, quiet: &mut Quiet, day: u32) {
        for (flags, client) in self.flags.iter().zip(town.clients()) {
            if flags & HERE == 0 {
                continue;
            }
            let counts = quiet.habits.entry(client.habit).or_default();
            counts.client_days += 1;
            let events = [SPOKEN_OF, REFUSED].map(|flag| u64::from(flags & flag > 0));
            counts.alarms += events[0];
            counts.refusals += events[1];
            if events != [0, 0] {
                let held = counts.days.entry(day).or_default();
                *held = [held[0] + events[0], held[1] + events[1]];
            }
        }
        quiet.endpoint_days += u64::from(self.doors.count_ones());
    }
}
