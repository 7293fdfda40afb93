//! A day of a shop in virtual time: who asks what, when, and what the shop alone would answer.
//!
//! | who | how many | what they do in a day |
//! |---|---|---|
//! | staff | 40 | 8:00 to 17:00; 4 to 12 pages of 25 customers and 10 to 40 single ones, in bursts |
//! | partner | 1 | a batch at 2:00: 15 to 20 pages of 100 parcels, one every half minute |
//! | poller | 5 | every five minutes, up to five new parcels each time |
//! | customer | 400 | one or two visits, up to four own orders; a token each |
//! | visitor | 600 | 5 to 20 pages of the catalogue, without any identity |

use std::net::Ipv4Addr;

use testkit::dice::Dice;

/// Customers of the shop.
pub(crate) const CUSTOMERS: u64 = 27_000;
/// Addressees of parcels have numbers from here on.
const ADDRESSEES: u64 = 1 << 40;
const HOUR: u64 = 3_600_000;
const MINUTE: u64 = 60_000;
const SECOND: u64 = 1000;

/// What somebody is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Habit {
    Staff,
    Partner,
    Poller,
    Customer,
    Visitor,
    Attacker,
}

impl Habit {
    pub(crate) const HONEST: [Self; 5] =
        [Self::Staff, Self::Partner, Self::Poller, Self::Customer, Self::Visitor];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Partner => "partner",
            Self::Poller => "poller",
            Self::Customer => "customer",
            Self::Visitor => "visitor",
            Self::Attacker => "attacker",
        }
    }
}

/// How a request says who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    /// A verified token of a customer.
    Customer(u64),
    /// A verified token with the role `staff`.
    Staff(u64),
    /// The key of a partner: `courier`, or a locker.
    Partner(u64),
}

/// The doors of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Catalogue,
    Order,
    DeskPage,
    DeskOne,
    Shipments,
    Tracking,
    /// The hole: customers in batches of ten, for anybody.
    Batch,
}

impl Door {
    pub(crate) const ALL: [Self; 7] = [
        Self::Catalogue,
        Self::Order,
        Self::DeskPage,
        Self::DeskOne,
        Self::Shipments,
        Self::Tracking,
        Self::Batch,
    ];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Catalogue => "GET /catalogue/{sku}",
            Self::Order => "GET /orders/{id}",
            Self::DeskPage => "GET /desk/customers",
            Self::DeskOne => "GET /desk/customers/{id}",
            Self::Shipments => "GET /partner/shipments",
            Self::Tracking => "GET /partner/tracking",
            Self::Batch => "POST /preorders",
        }
    }
}

/// One request, and the people of the shop's answer: so many from the first on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ask {
    /// Milliseconds since midnight.
    pub(crate) at: u64,
    pub(crate) habit: Habit,
    pub(crate) from: Ipv4Addr,
    pub(crate) who: Who,
    pub(crate) door: Door,
    pub(crate) object: Option<u64>,
    pub(crate) page: Option<u64>,
    pub(crate) first: u64,
    pub(crate) people: u64,
}

/// A block of addresses, each in a /24 of its own.
fn home(block: u8, nth: u64) -> Ipv4Addr {
    let [.., high, low] = nth.to_be_bytes();
    Ipv4Addr::new(block, high, low, 10)
}

/// What honest people ask on a day, in the order of time. `share` is the part of them that is there, in
/// hundredths.
pub(crate) fn honest(seed: u64, day: u64, share: u64) -> Vec<Ask> {
    let mut dice = Dice::new(seed ^ day << 32);
    let mut asks = Vec::new();
    let many = |all: u64| (all * share / 100).max(3);
    for nth in 0..many(40) {
        staff(nth, &mut dice, &mut asks);
    }
    partner(day, &mut dice, &mut asks);
    for nth in 0..5 {
        poller(day, nth, &mut dice, &mut asks);
    }
    for nth in 0..many(400) {
        customer(nth, &mut dice, &mut asks);
    }
    for nth in 0..many(600) {
        visitor(nth, &mut dice, &mut asks);
    }
    asks.sort_by_key(|ask| ask.at);
    asks
}

fn ask(at: u64, habit: Habit, from: Ipv4Addr, who: Who, door: Door) -> Ask {
    Ask { at, habit, from, who, door, object: None, page: None, first: 0, people: 0 }
}

fn staff(nth: u64, dice: &mut Dice, asks: &mut Vec<Ask>) {
    // Everybody works from the office: one address.
    let one = |at, door| ask(at, Habit::Staff, Ipv4Addr::new(203, 0, 113, 10), Who::Staff(nth), door);
    for _ in 0..4 + dice.below(9) {
        let page = dice.below(CUSTOMERS / 25);
        let at = 8 * HOUR + dice.below(9 * HOUR);
        asks.push(Ask { page: Some(page), first: page * 25, people: 25, ..one(at, Door::DeskPage) });
    }
    let mut left = 10 + dice.below(31);
    while left > 0 {
        let mut at = 8 * HOUR + dice.below(8 * HOUR);
        for _ in 0..left.min(1 + dice.below(10)) {
            let customer = dice.below(CUSTOMERS);
            at += 5 * SECOND + dice.below(90 * SECOND);
            asks.push(Ask { object: Some(customer), first: customer, people: 1, ..one(at, Door::DeskOne) });
            left -= 1;
        }
    }
}

fn partner(day: u64, dice: &mut Dice, asks: &mut Vec<Ask>) {
    for page in 0..15 + dice.below(6) {
        let one = ask(
            2 * HOUR + page * MINUTE / 2,
            Habit::Partner,
            Ipv4Addr::new(203, 0, 113, 40),
            Who::Partner(0),
            Door::Shipments,
        );
        let first = ADDRESSEES + day * 100_000 + page * 100;
        asks.push(Ask { page: Some(page), first, people: 100, ..one });
    }
}

fn poller(day: u64, nth: u64, dice: &mut Dice, asks: &mut Vec<Ask>) {
    let mut next = ADDRESSEES * 2 + nth * 1_000_000_000 + day * 100_000;
    let last = u8::try_from(60 + nth).unwrap_or(u8::MAX);
    for turn in 0..24 * 12 {
        let at = turn * 5 * MINUTE + nth * SECOND;
        let from = Ipv4Addr::new(203, 0, 113, last);
        let people = dice.below(6);
        asks.push(Ask {
            first: next,
            people,
            ..ask(at, Habit::Poller, from, Who::Partner(1 + nth), Door::Tracking)
        });
        next += people;
    }
}

fn customer(nth: u64, dice: &mut Dice, asks: &mut Vec<Ask>) {
    for _ in 0..1 + dice.below(2) {
        let mut at = 6 * HOUR + dice.below(17 * HOUR);
        for order in 0..1 + dice.below(4) {
            at += 2 * SECOND + dice.below(MINUTE);
            let one = ask(at, Habit::Customer, home(10, nth), Who::Customer(nth), Door::Order);
            asks.push(Ask { object: Some(nth * 8 + order), first: nth, people: 1, ..one });
        }
    }
}

fn visitor(nth: u64, dice: &mut Dice, asks: &mut Vec<Ask>) {
    let mut at = dice.below(22 * HOUR);
    for _ in 0..5 + dice.below(16) {
        at += SECOND + dice.below(40 * SECOND);
        let one = ask(at, Habit::Visitor, home(11, nth), Who::Nobody, Door::Catalogue);
        asks.push(Ask { object: Some(dice.below(5000)), ..one });
    }
}

/// Attacks, each with its mark: how many people it may be told of at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    /// The incident, one batch a second.
    Single,
    /// The same from 500 addresses by turns.
    Addresses500,
    /// A customer's token at the hole.
    Token,
    /// A customer's token through the numbers of orders.
    OrdersOfOthers,
    /// A stolen staff token, a page every two seconds for an hour.
    StolenStaff,
    /// The stolen key of the partner, a page every two seconds for an hour.
    StolenPartner,
}

impl Attack {
    pub(crate) const ALL: [Self; 6] = [
        Self::Single,
        Self::Addresses500,
        Self::Token,
        Self::OrdersOfOthers,
        Self::StolenStaff,
        Self::StolenPartner,
    ];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Single => "single-fast",
            Self::Addresses500 => "many-addresses-500",
            Self::Token => "own-token",
            Self::OrdersOfOthers => "orders-of-others",
            Self::StolenStaff => "stolen-staff",
            Self::StolenPartner => "stolen-partner",
        }
    }

    /// What it asks, from ten o'clock on, for an hour.
    pub(crate) fn asks(self) -> Vec<Ask> {
        let one = |nth: u64| {
            let (from, who, door) = match self {
                Self::Single => (Ipv4Addr::new(198, 51, 100, 7), Who::Nobody, Door::Batch),
                Self::Addresses500 => (home(12, nth % 500), Who::Nobody, Door::Batch),
                Self::Token => (Ipv4Addr::new(198, 51, 100, 7), Who::Customer(26_999), Door::Batch),
                Self::OrdersOfOthers => (Ipv4Addr::new(198, 51, 100, 7), Who::Customer(26_999), Door::Order),
                Self::StolenStaff => (Ipv4Addr::new(198, 51, 100, 7), Who::Staff(1), Door::DeskPage),
                Self::StolenPartner => (Ipv4Addr::new(198, 51, 100, 7), Who::Partner(0), Door::Shipments),
            };
            let (first, people) = match self {
                Self::Single | Self::Addresses500 | Self::Token => (nth * 10 % CUSTOMERS, 10),
                Self::OrdersOfOthers => (nth % 26_000, 1),
                Self::StolenStaff => (nth * 25 % CUSTOMERS, 25),
                Self::StolenPartner => (ADDRESSEES * 3 + nth * 100, 100),
            };
            let object = (self == Self::OrdersOfOthers).then_some(first * 8);
            let page = (self != Self::OrdersOfOthers).then_some(nth);
            let at = 10 * HOUR + nth * 2 * SECOND;
            Ask { object, page, first, people, ..ask(at, Habit::Attacker, from, who, door) }
        };
        (0..1800).map(one).collect()
    }
}
