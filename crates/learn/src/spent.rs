//! How many people a caller read in its busiest clock hour and day.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::Exchange;

const HOUR: u64 = 3_600_000;
const DAY: u64 = 86_400_000;

/// The most in one clock hour and in one day (UTC), weighted as budgets weigh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Busiest {
    /// In one hour.
    pub hour: u32,
    /// In one day.
    pub day: u32,
}

impl Busiest {
    pub(crate) fn most(self, other: Self) -> Self {
        Self { hour: self.hour.max(other.hour), day: self.day.max(other.day) }
    }
}

/// Days of callers: what each read on each of its days.
///
/// At most 65,536 caller-days and, in the sets of the days under way, four million people; what comes
/// later is counted without being told apart, which makes numbers larger and never smaller. Caller-days
/// beyond the bound are counted in [`Days::left_out`].
#[derive(Debug, Default)]
pub(crate) struct Days {
    spent: BTreeMap<(u64, u64), Busiest>,
    now: HashMap<u64, Now>,
    held: usize,
    pub(crate) left_out: u64,
}

#[derive(Debug, Default)]
struct Now {
    hour: u64,
    in_hour: HashSet<u64>,
    hour_weight: u32,
    day: u64,
    in_day: HashSet<u64>,
    day_weight: u32,
}

const MOST_DAYS: usize = 65_536;
const MOST_HELD: usize = 4_000_000;

impl Days {
    /// Takes in whom an answer told `caller` of.
    ///
    /// A log is in order but for exchanges that overlap: who comes late counts to the hour under way.
    pub(crate) fn take(&mut self, caller: u64, exchange: &Exchange) {
        let (hour, day) = (exchange.at.millis() / HOUR, exchange.at.millis() / DAY);
        let now = self.now.entry(caller).or_default();
        if hour > now.hour {
            self.held = self.held.saturating_sub(now.in_hour.len());
            now.in_hour.clear();
            (now.hour, now.hour_weight) = (hour, 0);
        }
        if day > now.day {
            self.held = self.held.saturating_sub(now.in_day.len());
            now.in_day.clear();
            (now.day, now.day_weight) = (day, 0);
        }
        let weight = exchange.classes.weight();
        for person in &exchange.subjects {
            let person = person.short();
            for (known, sum) in
                [(&mut now.in_hour, &mut now.hour_weight), (&mut now.in_day, &mut now.day_weight)]
            {
                let is_new =
                    if self.held < MOST_HELD { known.insert(person) } else { !known.contains(&person) };
                if is_new {
                    self.held += usize::from(self.held < MOST_HELD);
                    *sum = sum.saturating_add(weight);
                }
            }
        }
        // The log names 256 people of an answer; the others count as new.
        let named = u32::try_from(exchange.subjects.len()).unwrap_or(u32::MAX);
        let unnamed = exchange.disclosed.saturating_sub(named).saturating_mul(weight);
        now.hour_weight = now.hour_weight.saturating_add(unnamed);
        now.day_weight = now.day_weight.saturating_add(unnamed);
        let busiest = Busiest { hour: now.hour_weight, day: now.day_weight };
        let key = (caller, now.day);
        if self.spent.len() >= MOST_DAYS && !self.spent.contains_key(&key) {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        let known = self.spent.entry(key).or_default();
        *known = known.most(busiest);
    }

    /// Caller, day, and what was read.
    pub(crate) fn each(&self) -> impl Iterator<Item = (u64, u64, Busiest)> + '_ {
        self.spent.iter().map(|((caller, day), busiest)| (*caller, *day, *busiest))
    }
}

/// The day of an exchange.
pub(crate) fn day_of(exchange: &Exchange) -> u64 {
    exchange.at.millis() / DAY
}
