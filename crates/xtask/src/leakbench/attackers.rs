//! Attackers, and what each of them has after a day.
//!
//! An attacker knows the doors and does not stop when it is refused: it goes on with the next source at
//! the same pace until the day is over. It reads from a shop with a town of honest people, who were there
//! the day before and are there beside it.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::Result;
use detect::ErrorBudget;
use serde::Serialize;
use testkit::days::{Ask, Door, Habit, Moment, Tells, Town, Who};
use testkit::dice::Dice;

use super::gate::{Gate, Outcome, Switches};
use super::quiet::{Quiet, Today};

/// Customers of the shop, from this number on.
pub(crate) const CUSTOMERS: u64 = 2_000_000;
/// How many there are.
pub(crate) const ALL: u64 = 100_000;
/// Accounts that attackers made for themselves, from this number on.
pub(crate) const OWN: u64 = 7 << 40;
const DAY_MILLIS: u64 = 86_400_000;
const HOUR_MILLIS: u64 = 3_600_000;

/// Where requests come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sources {
    /// So many addresses, each in a /24 of its own.
    Addresses(u32),
    /// All of one IPv6 /48, another /64 for each request.
    Site,
    /// So many sessions, behind so many addresses.
    Tokens(u32, u32),
    /// A new account for every so many requests, behind so many addresses.
    SignUps(u32, u32),
    /// A new account at the issuer, out of the gateway's sight, for every so many requests, behind so many
    /// addresses; whether its tokens have an e-mail.
    Accounts { requests: u32, addresses: u32, has_email: bool },
    /// The token of a member of the staff.
    Staff,
}

/// In which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Upwards,
    Backwards,
    Strided,
    Shuffled,
}

/// One attacker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) sources: Sources,
    pub(crate) order: Order,
    /// Milliseconds from one request to the next.
    pub(crate) every: u64,
    pub(crate) door: Door,
    /// Twenty free requests after each that asks for something new.
    pub(crate) diluted: bool,
    /// Only from nine to five, with uneven pauses.
    pub(crate) office: bool,
    /// Most people that it may have after an hour and after a day.
    pub(crate) hour: u64,
    pub(crate) day: u64,
}

/// What one attacker got.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) sources: u32,
    pub(crate) requests: u64,
    /// People when it was refused for the first time.
    pub(crate) contained: Option<u64>,
    /// People after an hour, and after a day.
    pub(crate) hour: u64,
    pub(crate) day: u64,
    /// Most that it may have then.
    pub(crate) marks: [u64; 2],
    /// Requests and people until the first signal that is no fact, and the detector.
    pub(crate) signal: Option<(u64, u64, String)>,
    /// People until the gateway said that anonymous callers are told of people.
    pub(crate) fact: Option<u64>,
    /// Actions that were taken.
    pub(crate) actions: u64,
    /// Requests of honest people that were refused meanwhile: of those with tokens, own e-mails or roles,
    /// and of those without identity who read others' profiles.
    pub(crate) innocents: u64,
    pub(crate) readers: u64,
}

const fn plan(name: &'static str, sources: Sources, order: Order, every: u64, marks: [u64; 2]) -> Plan {
    let [hour, day] = marks;
    Plan { name, sources, order, every, door: Door::Customer, diluted: false, office: false, hour, day }
}

/// All attackers, and their marks: what the default budgets leave in an hour and a day to an address
/// (20 and 40 people), to a network (100 and 200), to the sessions of one address (50 and 100, and 40
/// more as nobody in particular), to all sessions at one operation (300 and 900) and to everybody
/// without identity at one operation (400 and 1,200), and to staff what their role may read. Accounts
/// whose tokens say nothing of whose they are have one person each beside, at most 100 and 400 an address.
pub(crate) fn plans() -> Vec<Plan> {
    use Order::{Backwards, Shuffled, Strided, Upwards};
    use Sources::{Accounts, Addresses, SignUps, Site, Staff, Tokens};
    let accounts = |addresses, has_email| Accounts { requests: 10, addresses, has_email };
    let one = Addresses(1);
    let (single, crowd, sessions) = ([20, 40], [400, 1200], [300, 900]);
    vec![
        Plan { door: Door::Batch, ..plan("incident", one, Upwards, 1000, single) },
        plan("single-fast", one, Upwards, 100, single),
        plan("one-a-minute", one, Upwards, 60_000, single),
        Plan { diluted: true, ..plan("diluted", one, Upwards, 1000, single) },
        plan("shuffled", one, Shuffled, 1000, single),
        plan("strided", one, Strided, 1000, single),
        plan("backwards", one, Backwards, 1000, single),
        Plan { office: true, ..plan("like-an-office", one, Shuffled, 60_000, single) },
        plan("addresses-50", Addresses(50), Shuffled, 1000, crowd),
        plan("addresses-50-in-order", Addresses(50), Upwards, 1000, crowd),
        plan("addresses-500", Addresses(500), Shuffled, 500, crowd),
        Plan {
            door: Door::Profile,
            ..plan("addresses-500-among-people", Addresses(500), Shuffled, 500, crowd)
        },
        plan("addresses-5000", Addresses(5000), Shuffled, 200, crowd),
        plan("ipv6-48", Site, Shuffled, 1000, [100, 200]),
        plan("tokens-50", Tokens(50, 1), Shuffled, 1000, [50, 100]),
        plan("tokens-50-addresses-50", Tokens(50, 50), Shuffled, 1000, sessions),
        Plan {
            door: Door::Order,
            ..plan("tokens-50-among-people", Tokens(50, 50), Shuffled, 1000, sessions)
        },
        plan("sign-ups", SignUps(10, 1), Shuffled, 1000, [70, 140]),
        plan("sign-ups-addresses-50", SignUps(10, 50), Shuffled, 1000, sessions),
        plan("accounts", accounts(1, true), Shuffled, 1000, [50, 100]),
        plan("accounts-untold", accounts(1, false), Shuffled, 1000, [150, 500]),
        plan("accounts-addresses-50", accounts(50, true), Shuffled, 1000, sessions),
        plan("accounts-untold-addresses-50", accounts(50, false), Shuffled, 1000, [660, 9540]),
        Plan { door: Door::Desk, ..plan("stolen-staff", Staff, Upwards, 1000, [220, 500]) },
    ]
}

impl Sources {
    pub(crate) fn count(self) -> u32 {
        match self {
            Self::Addresses(count) | Self::Tokens(count, _) => count,
            Self::SignUps(_, addresses) | Self::Accounts { addresses, .. } => addresses,
            Self::Site => 65_536,
            Self::Staff => 1,
        }
    }
}

/// An attacker at work.
pub(crate) struct Attacker {
    plan: Plan,
    dice: Dice,
    order: Vec<u32>,
    /// Requests so far, and those that asked for something new.
    sent: u64,
    asked: u64,
    /// The account of the session in use, and those that are signed in.
    accounts: u64,
    latest: Option<Ask>,
}

impl Attacker {
    pub(crate) fn new(plan: Plan, seed: u64) -> Self {
        let mut order: Vec<u32> = (0..u32::try_from(ALL).unwrap_or(0)).collect();
        let mut dice = Dice::new(seed);
        match plan.order {
            Order::Upwards => {}
            Order::Backwards => order.reverse(),
            Order::Strided => order.sort_by_key(|number| (number % 7, *number)),
            Order::Shuffled => dice.shuffle(&mut order),
        }
        Self { plan, dice, order, sent: 0, asked: 0, accounts: 0, latest: None }
    }

    /// A pause as people make it: around `every` milliseconds.
    pub(crate) fn uneven(&mut self, every: u64) -> u64 {
        every / 3 + self.dice.below(every * 4 / 3)
    }

    /// Milliseconds until the next request.
    pub(crate) fn pause(&mut self, since_midnight: u64) -> u64 {
        if !self.plan.office {
            return self.plan.every;
        }
        if since_midnight >= 17 * HOUR_MILLIS {
            return DAY_MILLIS - since_midnight + 9 * HOUR_MILLIS;
        }
        self.uneven(self.plan.every)
    }

    /// The next request.
    pub(crate) fn next(&mut self) -> Ask {
        let nth = self.sent;
        self.sent += 1;
        if self.plan.diluted
            && !nth.is_multiple_of(21)
            && let Some(latest) = self.latest
        {
            let free = Ask { object: Some(nth % 400), ..Ask::of(latest.from, latest.who, Door::Catalogue) };
            return if nth.is_multiple_of(2) { latest } else { free };
        }
        let (from, who) = match self.plan.sources {
            Sources::Addresses(count) => (address(nth % u64::from(count)), Who::Nobody),
            Sources::Site => {
                let site = Ipv6Addr::new(0x2001, 0xdb8, 7, 0, 0, 0, 0, 1).to_bits();
                (Ipv6Addr::from_bits(site | (u128::from(nth % 65_536) << 64)).into(), Who::Nobody)
            }
            Sources::Staff => (address(0), Who::Staff(0)),
            Sources::Tokens(count, addresses) => {
                if self.accounts < u64::from(count) {
                    return self.sign_in(addresses);
                }
                let account = nth % u64::from(count);
                (address(account % u64::from(addresses)), Who::Session(OWN + account))
            }
            Sources::SignUps(requests, addresses) => {
                if nth.is_multiple_of(u64::from(requests) + 1) {
                    return self.sign_in(addresses);
                }
                let account = self.accounts - 1;
                (address(account % u64::from(addresses)), Who::Session(OWN + account))
            }
            Sources::Accounts { requests, addresses, has_email } => {
                let account = nth / u64::from(requests);
                (address(account % u64::from(addresses)), Who::Account { person: OWN + account, has_email })
            }
        };
        let ask = self.new_people(Ask::of(from, who, self.plan.door));
        self.latest = Some(ask);
        ask
    }

    fn new_people(&mut self, ask: Ask) -> Ask {
        let nth = self.asked;
        self.asked += 1;
        match self.plan.door {
            Door::Batch => {
                let page = nth % (ALL / 10);
                Ask { page: Some(page + 1), tells: Tells::Row(CUSTOMERS + page * 10, 10), ..ask }
            }
            Door::Desk => {
                let page = nth % (ALL / 25);
                Ask { page: Some(page + 1), tells: Tells::Row(CUSTOMERS + page * 25, 25), ..ask }
            }
            _ => {
                let place = usize::try_from(nth % ALL).unwrap_or(0);
                let number = CUSTOMERS + u64::from(self.order.get(place).copied().unwrap_or(0));
                Ask { object: Some(number), tells: Tells::One(number), ..ask }
            }
        }
    }

    /// A sign-up, or a log-in of an account of its own.
    fn sign_in(&mut self, addresses: u32) -> Ask {
        let account = self.accounts;
        self.accounts += 1;
        let person = OWN + account;
        let ask = Ask::of(address(account % u64::from(addresses)), Who::Nobody, Door::LogIn);
        Ask { brings: Some(person), tells: Tells::One(person), issues: Some(person), ..ask }
    }
}

/// The `nth` address of an attacker, in a /24 of its own.
pub(crate) fn address(nth: u64) -> IpAddr {
    Ipv4Addr::from_bits(0x0a80_0007 + (u32::try_from(nth % 32_768).unwrap_or(0) << 8)).into()
}

/// Plays one attacker on the second day of a town of `size`.
pub(crate) fn play(plan: Plan, size: u32, seed: u64) -> Result<Row> {
    play_for(plan, size, seed, DAY_MILLIS)
}

/// The same for so long.
pub(crate) fn play_for(plan: Plan, size: u32, seed: u64, span_millis: u64) -> Result<Row> {
    let mut gate = Gate::new(Switches::default(), seed)?;
    let mut town = Town::new(seed, size);
    let (mut day, mut before, mut quiet) = (Vec::new(), Quiet::default(), Quiet::default());
    town.day(0, &mut day);
    let mut today = Today::new(&town);
    day.iter().for_each(|moment| today.play(&mut gate, &mut before, 0, moment));
    town.day(1, &mut day);
    let mut row = Row {
        name: plan.name,
        sources: plan.sources.count(),
        marks: [plan.hour, plan.day],
        ..Row::default()
    };
    let mut attacker = Attacker::new(plan, seed);
    let mut had: HashSet<u64> = HashSet::new();
    // It begins at nine, and is over after its span.
    let begins = 9 * HOUR_MILLIS;
    let mut clock = begins;
    let mut today = Today::new(&town);
    let mut honest: std::iter::Peekable<std::vec::IntoIter<Moment>> = day.into_iter().peekable();
    let before_actions = gate.work.actions;
    while clock < begins + span_millis {
        while let Some(moment) = honest.next_if(|moment| u64::from(moment.at) <= clock) {
            today.play(&mut gate, &mut quiet, 1, &moment);
        }
        let ask = attacker.next();
        let now = super::quiet::at(1, 0).millis() + clock;
        let outcome = gate.exchange(&ask, domain::Timestamp::from_millis(now));
        row.take(&ask, &outcome, &mut had, clock - begins);
        clock += attacker.pause(clock % DAY_MILLIS).max(1) + outcome.delay_millis;
    }
    row.day = people(&had);
    row.actions = gate.work.actions - before_actions;
    row.innocents = super::marks::MARKED.iter().map(|(_, habits)| quiet.of(habits).refused).sum();
    row.readers = quiet.of(&[Habit::Browser]).refused;
    Ok(row)
}

fn people(had: &HashSet<u64>) -> u64 {
    u64::try_from(had.len()).unwrap_or(u64::MAX)
}

impl Row {
    /// Whether it had no more than its marks.
    pub(crate) fn holds(&self) -> bool {
        let [hour, day] = self.marks;
        self.hour <= hour && self.day <= day
    }

    fn take(&mut self, ask: &Ask, outcome: &Outcome, had: &mut HashSet<u64>, since: u64) {
        self.requests += 1;
        if outcome.refusal.is_none() {
            had.extend(ask.tells.people().filter(|person| *person < OWN));
        } else {
            self.contained.get_or_insert(people(had));
        }
        if since < HOUR_MILLIS {
            self.hour = people(had);
        }
        for (signal, _) in &outcome.said {
            if signal.error == ErrorBudget::Fact {
                self.fact.get_or_insert(people(had));
            } else if self.signal.is_none() {
                let who = format!("{} ({})", signal.detector, signal.evidence.case);
                self.signal = Some((self.requests, people(had), who));
            }
        }
    }
}
