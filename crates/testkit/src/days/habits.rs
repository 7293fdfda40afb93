//! What somebody with a habit does on a day.
//!
//! The numbers are choices, not measurements of anybody's shop; they lie on the busy side of what we
//! would expect: one order in twenty-five names another recipient, one customer in fifty looks at the
//! colleagues of a small firm, one guest in twenty mistypes the own e-mail, one visitor in twenty reads
//! twelve profiles in a few minutes.

use std::net::IpAddr;

use super::people::{ADDRESSEES, COLLEAGUES, MISTYPED, PROFILES, RECIPIENTS, SELLERS};
use super::town::Client;
use super::{Ask, Door, Habit, Moment, Tells, Who};
use crate::dice::Dice;

const SECOND: u32 = 1000;
const MINUTE: u32 = 60 * SECOND;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;
/// Sessions last so many days.
const SESSION_DAYS: u32 = 7;
const ORDERS_PER_PAGE: u64 = 5;
/// Profiles that people look at; a few are looked at by most.
const ALL_PROFILES: u64 = 5000;

/// A visit under way.
pub(super) struct Visit<'t> {
    pub(super) day: u32,
    pub(super) client: u32,
    pub(super) from: IpAddr,
    pub(super) at: u32,
    pub(super) dice: &'t mut Dice,
    pub(super) out: &'t mut Vec<Moment>,
}

/// A number that is the same for the same two.
fn mixed(a: u64, b: u64) -> u64 {
    Dice::new(a.wrapping_mul(0x0100_0000_01b3) ^ b).roll()
}

impl Visit<'_> {
    pub(super) fn live(&mut self, client: &mut Client) {
        match client.habit {
            Habit::SignedIn | Habit::SignedInOffice => {
                self.at = self.waking();
                self.customer(client);
            }
            Habit::FlashSignedIn => {
                self.at = 20 * HOUR + self.within(10 * MINUTE);
                self.customer(client);
            }
            Habit::Mobile => self.application(client),
            Habit::OwnMail | Habit::OwnMailOffice => {
                self.at = self.waking();
                self.guest(client);
            }
            Habit::FlashOwnMail => {
                self.at = 20 * HOUR + self.within(10 * MINUTE);
                self.guest(client);
            }
            Habit::Staff => self.staff(client),
            Habit::Partner => self.batch(client),
            Habit::Poller => self.poll(client),
            Habit::Crawler => self.crawl(client),
            Habit::Browser => {
                // One in ten is there daily, three every third day, the others every tenth.
                let every = [1, 3, 3, 3, 10, 10, 10, 10, 10, 10].get(self.nth(client)).copied().unwrap_or(1);
                if self.dice.below(every) > 0 {
                    return;
                }
                self.at = self.waking();
                let profiles = match self.dice.below(20) {
                    0 => 9 + self.dice.below(4),
                    1..=5 => 4 + self.dice.below(5),
                    _ => 1 + self.dice.below(3),
                };
                self.browse(profiles);
            }
            Habit::BrowserOffice => {
                self.at = 8 * HOUR + self.within(9 * HOUR);
                self.browse(1);
            }
        }
    }

    fn nth(&self, client: &Client) -> usize {
        usize::try_from(client.nth % 10).unwrap_or(0)
    }

    fn within(&mut self, span: u32) -> u32 {
        u32::try_from(self.dice.below(u64::from(span))).unwrap_or(0)
    }

    /// A time between seven and twenty-three, most likely at three in the afternoon.
    fn waking(&mut self) -> u32 {
        7 * HOUR + self.within(8 * HOUR) + self.within(8 * HOUR)
    }

    /// Somebody reads what came, for two to thirty seconds.
    fn pause(&mut self) {
        self.at = (self.at + 2 * SECOND + self.within(28 * SECOND)).min(DAY - 1);
    }

    fn push(&mut self, ask: Ask) {
        self.out.push(Moment { at: self.at, client: self.client, ask });
        self.pause();
    }

    fn ask(&self, who: Who, door: Door) -> Ask {
        Ask::of(self.from, who, door)
    }

    fn catalogue(&mut self, who: Who, pages: u64) {
        for _ in 0..pages {
            let ask = Ask { object: Some(self.dice.below(400)), ..self.ask(who, Door::Catalogue) };
            self.push(ask);
        }
        if self.dice.below(10) == 0 {
            let seller = self.dice.below(400);
            let ask = self.ask(who, Door::Seller);
            self.push(Ask { object: Some(seller), tells: Tells::One(SELLERS + seller), ..ask });
        }
    }

    /// The session of a client; where it is over or there is none yet, a log-in first.
    fn session(&mut self, client: &mut Client) -> Who {
        let is_old = |since: u32| self.day - since >= SESSION_DAYS + client.nth % 3;
        let since = match client.signed_in.filter(|since| !is_old(*since)) {
            Some(since) => since,
            None => {
                let token = mixed(client.person, u64::from(self.day));
                let own = Tells::One(client.person);
                let ask = self.ask(Who::Nobody, Door::LogIn);
                self.push(Ask { brings: Some(client.person), tells: own, issues: Some(token), ..ask });
                client.signed_in = Some(self.day);
                self.day
            }
        };
        Who::Session(mixed(client.person, u64::from(since)))
    }

    fn customer(&mut self, client: &mut Client) {
        let pages = 1 + self.dice.below(4);
        self.catalogue(Who::Nobody, pages);
        let who = self.session(client);
        let own = Tells::One(client.person);
        let ask = Ask { page: Some(1), tells: own, ..self.ask(who, Door::Orders) };
        self.push(ask);
        let has = 1 + mixed(client.person, 1) % 14;
        let reads = if self.dice.below(20) == 0 { has } else { 1 + self.dice.below(3) };
        for _ in 0..reads {
            let order = client.person * 16 + self.dice.below(has);
            self.order(who, client.person, order);
        }
        if mixed(client.person, 2).is_multiple_of(50) {
            // An office has one directory, a firm at home its own.
            let firm = if client.habit == Habit::SignedInOffice {
                u64::from(client.nth / 1000)
            } else {
                client.person
            };
            let team = Tells::Row(COLLEAGUES + firm * 64, u32::try_from(4 + mixed(firm, 3) % 9).unwrap_or(4));
            let ask = self.ask(who, Door::Team);
            self.push(Ask { tells: team, ..ask });
        }
    }

    fn order(&mut self, who: Who, person: u64, order: u64) {
        let is_gift = mixed(order, 4).is_multiple_of(25);
        let tells = if is_gift { Tells::Two(person, RECIPIENTS + order) } else { Tells::One(person) };
        let ask = self.ask(who, Door::Order);
        self.push(Ask { object: Some(order), tells, ..ask });
    }

    /// Refreshes the first page every hour or so, and once a day pages through all.
    fn application(&mut self, client: &mut Client) {
        self.at = 6 * HOUR + self.within(HOUR);
        let who = self.session(client);
        let has = 1 + mixed(client.person, 1) % 14;
        let own = Tells::One(client.person);
        for nth in 0..8 {
            let ask = Ask { page: Some(1), tells: own, ..self.ask(who, Door::Orders) };
            self.push(ask);
            if nth == 4 {
                for page in 2..=has.div_ceil(ORDERS_PER_PAGE) {
                    let ask = Ask { page: Some(page), tells: own, ..self.ask(who, Door::Orders) };
                    self.push(ask);
                }
                let order = client.person * 16 + self.dice.below(has);
                self.order(who, client.person, order);
            }
            self.at += 2 * HOUR - self.at % MINUTE;
            self.at = self.at.min(DAY - MINUTE) + self.within(30 * SECOND);
        }
    }

    fn guest(&mut self, client: &Client) {
        let pages = 1 + self.dice.below(2);
        self.catalogue(Who::Nobody, pages);
        if self.dice.below(20) == 0 {
            let nobody = MISTYPED + mixed(client.person, u64::from(self.day)) % (1 << 30);
            let ask = Ask { brings: Some(nobody), status: 404, ..self.ask(Who::Nobody, Door::Guest) };
            self.push(ask);
        }
        for _ in 0..1 + self.dice.below(3) {
            let own = Tells::One(client.person);
            let ask = Ask { brings: Some(client.person), tells: own, ..self.ask(Who::Nobody, Door::Guest) };
            self.push(ask);
        }
    }

    /// At most 300 people a day, 110 in an hour.
    fn staff(&mut self, client: &Client) {
        let who = Who::Staff(u64::from(client.nth));
        let customers = |roll: u64| 1_000_000 + roll * 25;
        self.at = 8 * HOUR + self.within(HOUR);
        for _ in 0..4 + self.dice.below(4) {
            let page = self.dice.below(1000);
            let tells = Tells::Row(customers(page), 25);
            let ask = Ask { page: Some(page), tells, ..self.ask(who, Door::Desk) };
            self.push(ask);
            let single = self.dice.below(4);
            for _ in 0..single {
                let one = 1_000_000 + self.dice.below(25_000);
                let ask = Ask { object: Some(one), tells: Tells::One(one), ..self.ask(who, Door::Desk) };
                self.push(ask);
            }
            self.at += 30 * MINUTE + self.within(HOUR);
        }
    }

    /// Twenty pages of a hundred parcels between one and two at night, other ones every day.
    fn batch(&mut self, client: &Client) {
        let who = Who::Partner(u64::from(client.nth));
        self.at = HOUR + self.within(30 * MINUTE);
        let first = ADDRESSEES + u64::from(client.nth) * (1 << 30) + u64::from(self.day) * 2000;
        for page in 0..20 {
            let tells = Tells::Row(first + page * 100, 100);
            let ask = Ask { page: Some(page + 1), tells, ..self.ask(who, Door::Shipments) };
            self.push(ask);
        }
    }

    /// Every half hour the two parcels that are new.
    fn poll(&mut self, client: &Client) {
        let who = Who::Partner(1_000_000 + u64::from(client.nth));
        let first = ADDRESSEES + (1 << 39) + u64::from(client.nth) * (1 << 20) + u64::from(self.day) * 96;
        for nth in 0..48u32 {
            self.at = nth * 30 * MINUTE + self.client % 60 * SECOND;
            let tells = Tells::Row(first + u64::from(nth) * 2, 2);
            let ask = Ask { tells, ..self.ask(who, Door::Shipments) };
            self.push(ask);
        }
    }

    /// Every product and every seller, one a minute.
    fn crawl(&mut self, client: &Client) {
        for nth in 0..800u32 {
            self.at = nth * MINUTE + client.nth * SECOND;
            let number = u64::from(nth / 2);
            let (door, tells) = if nth.is_multiple_of(2) {
                (Door::Catalogue, Tells::Nobody)
            } else {
                (Door::Seller, Tells::One(SELLERS + number))
            };
            let ask = Ask { object: Some(number), tells, ..self.ask(Who::Nobody, door) };
            self.push(ask);
        }
    }

    fn browse(&mut self, profiles: u64) {
        for _ in 0..profiles {
            // The smallest of three rolls: what is popular is read by most.
            let rolls = [(); 3].map(|()| self.dice.below(ALL_PROFILES));
            let profile = rolls.into_iter().min().unwrap_or(0);
            let name = mixed(profile, 5) >> 20;
            let tells = Tells::One(PROFILES + profile);
            let ask = Ask { object: Some(name), tells, ..self.ask(Who::Nobody, Door::Profile) };
            self.push(ask);
        }
    }
}
