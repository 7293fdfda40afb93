//! The 27,000 customers of the demo, their orders, and nothing that is real.
//!
//! Both shops serve the same directory; attackers count against it. It is made from a seed in some
//! tens of milliseconds and never changes afterwards.

use std::collections::HashMap;

use crate::dice::Dice;
use crate::names::{
    AMERICAN_AREAS, BRITAIN, BRITISH_BLOCKS, FAMILY, GERMAN_BLOCKS, GERMANY, GIVEN, Region, STATES, in_ascii,
};

/// How many customers there are: the incident's number.
pub const CUSTOMERS: usize = 27_000;

/// The id of the first customer; the others follow one by one.
pub const FIRST_CUSTOMER: u64 = 1_000_001;

/// The id of the first order. The first 27,000 orders belong to 27,000 different customers.
pub const FIRST_ORDER: u64 = 500_001;

/// Every tenth customer has this many orders beyond the first.
const MORE_ORDERS: usize = 11;

/// One synthetic customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Sequential id, seven digits.
    pub id: u64,
    /// Random id.
    pub uuid: String,
    /// Given name.
    pub given: &'static str,
    /// Family name.
    pub family: &'static str,
    /// Address under `example.com`, `.org` or `.net` (RFC 2606), unique.
    pub email: String,
    /// Fictional number in international form, unique.
    pub phone: String,
    /// Street and house number.
    pub street: String,
    /// City.
    pub city: &'static str,
    /// Postcode.
    pub postcode: String,
    /// Country code.
    pub country: &'static str,
}

impl Customer {
    /// Given and family name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// The password with which this customer logs in to either shop.
    #[must_use]
    pub fn password(&self) -> String {
        format!("pw-{}", self.uuid.get(..8).unwrap_or(""))
    }
}

/// All customers and orders of one seed.
#[derive(Debug)]
pub struct Directory {
    customers: Vec<Customer>,
    by_email: HashMap<String, usize>,
    by_uuid: HashMap<String, usize>,
    order_customer: Vec<usize>,
    customer_orders: Vec<Vec<u64>>,
}

impl Directory {
    /// The directory of `seed`: equal seeds give equal directories.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut lines: Vec<usize> = (0..CUSTOMERS).collect();
        dice.shuffle(&mut lines);
        let customers: Vec<Customer> =
            (FIRST_CUSTOMER..).zip(&lines).map(|(id, line)| customer(id, *line, &mut dice)).collect();
        let index = |key: fn(&Customer) -> &String| {
            customers.iter().enumerate().map(|(at, one)| (key(one).clone(), at)).collect::<HashMap<_, _>>()
        };
        let (by_email, by_uuid) = (index(|one| &one.email), index(|one| &one.uuid));

        let mut order_customer: Vec<usize> = (0..CUSTOMERS).collect();
        dice.shuffle(&mut order_customer);
        let more = (0..CUSTOMERS).step_by(10).flat_map(|at| std::iter::repeat_n(at, MORE_ORDERS));
        order_customer.extend(more);
        let mut customer_orders = vec![Vec::new(); CUSTOMERS];
        for (id, at) in (FIRST_ORDER..).zip(&order_customer) {
            if let Some(orders) = customer_orders.get_mut(*at) {
                orders.push(id);
            }
        }
        Self { customers, by_email, by_uuid, order_customer, customer_orders }
    }

    /// All customers, by ascending id.
    #[must_use]
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// The customer with this id.
    #[must_use]
    pub fn by_id(&self, id: u64) -> Option<&Customer> {
        let at = usize::try_from(id.checked_sub(FIRST_CUSTOMER)?).ok()?;
        self.customers.get(at)
    }

    /// The customer with this e-mail address, in any case.
    #[must_use]
    pub fn by_email(&self, email: &str) -> Option<&Customer> {
        self.customers.get(*self.by_email.get(&email.to_ascii_lowercase())?)
    }

    /// The customer with this random id.
    #[must_use]
    pub fn by_uuid(&self, uuid: &str) -> Option<&Customer> {
        self.customers.get(*self.by_uuid.get(uuid)?)
    }

    /// The customer who placed this order.
    #[must_use]
    pub fn by_order(&self, order: u64) -> Option<&Customer> {
        let at = usize::try_from(order.checked_sub(FIRST_ORDER)?).ok()?;
        self.customers.get(*self.order_customer.get(at)?)
    }

    /// The ids of this customer's orders, ascending: twelve for every tenth customer, else one.
    #[must_use]
    pub fn orders_of(&self, customer: u64) -> &[u64] {
        customer
            .checked_sub(FIRST_CUSTOMER)
            .and_then(|at| usize::try_from(at).ok())
            .and_then(|at| self.customer_orders.get(at))
            .map_or(&[], Vec::as_slice)
    }
}

/// One customer; `line` picks the telephone line and with it the country.
fn customer(id: u64, line: usize, dice: &mut Dice) -> Customer {
    let (given, family) = (dice.pick(GIVEN), dice.pick(FAMILY));
    let domain = dice.pick(&["example.com", "example.org", "example.net"]);
    let (phone, region) = telephone(line);
    let (city, zone) = region.cities.get(dice.index(region.cities.len())).copied().unwrap_or(("", ""));
    let (street, number) = (dice.pick(region.streets), dice.below(180) + 1);
    let (street, postcode) = match region.country {
        "DE" => (format!("{street} {number}"), format!("{zone}{:03}", dice.below(1000))),
        "US" => (format!("{number} {street}"), format!("{zone}{:02}", dice.below(100))),
        _ => (
            format!("{number} {street}"),
            format!(
                "{zone}{} {}{}",
                dice.below(20) + 1,
                dice.below(9) + 1,
                dice.pick(&["AB", "DE", "HJ", "NP", "QT"])
            ),
        ),
    };
    Customer {
        id,
        uuid: dice.uuid(),
        given,
        family,
        email: format!("{}.{}{}@{domain}", in_ascii(given), in_ascii(family), id % 100_000),
        phone,
        street,
        city,
        postcode,
        country: region.country,
    }
}

/// The `line`-th fictional number and where it would ring.
fn telephone(line: usize) -> (String, &'static Region) {
    let (block, last) = (line / 1000, line % 1000);
    if let Some(prefix) = BRITISH_BLOCKS.get(block) {
        return (format!("{prefix}{last:03}"), &BRITAIN);
    }
    let block = block.saturating_sub(BRITISH_BLOCKS.len());
    if let Some(prefix) = GERMAN_BLOCKS.get(block) {
        return (format!("{prefix}{last:03}"), &GERMANY);
    }
    let line = line.saturating_sub((BRITISH_BLOCKS.len() + GERMAN_BLOCKS.len()) * 1000);
    let area = AMERICAN_AREAS.get(line / 100).copied().unwrap_or(999);
    (format!("+1 {area}-555-01{:02}", line % 100), &STATES)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_customers_and_another_seed_others() {
        let (one, same, other) = (Directory::new(7), Directory::new(7), Directory::new(8));
        assert_eq!(one.customers(), same.customers());
        assert_eq!(one.order_customer, same.order_customer);
        assert_ne!(one.customers(), other.customers());
    }

    #[test]
    fn no_two_customers_share_a_key_and_no_contact_is_real() {
        let directory = Directory::new(1);
        assert_eq!(directory.customers().len(), CUSTOMERS);
        let distinct = |key: fn(&Customer) -> String| {
            directory.customers().iter().map(key).collect::<HashSet<_>>().len()
        };
        assert_eq!(distinct(|one| one.id.to_string()), CUSTOMERS);
        assert_eq!(distinct(|one| one.uuid.clone()), CUSTOMERS);
        assert_eq!(distinct(|one| one.email.clone()), CUSTOMERS);
        assert_eq!(distinct(|one| one.phone.clone()), CUSTOMERS);
        for one in directory.customers() {
            let (_, host) = one.email.split_once('@').unwrap();
            assert!(matches!(host, "example.com" | "example.org" | "example.net"), "{}", one.email);
            assert!(one.email.is_ascii() && !one.phone.contains("+1 999"), "{one:?}");
            assert!(!one.street.is_empty() && !one.city.is_empty() && !one.postcode.is_empty());
        }
    }

    #[test]
    fn every_way_to_a_customer_leads_to_the_same_one() {
        let directory = Directory::new(1);
        for one in directory.customers().iter().step_by(997) {
            assert_eq!(directory.by_id(one.id), Some(one));
            assert_eq!(directory.by_email(&one.email.to_uppercase()), Some(one));
            assert_eq!(directory.by_uuid(&one.uuid), Some(one));
            for order in directory.orders_of(one.id) {
                assert_eq!(directory.by_order(*order), Some(one));
            }
        }
        assert_eq!(directory.orders_of(FIRST_CUSTOMER).len(), 12);
        assert_eq!(directory.orders_of(FIRST_CUSTOMER + 1).len(), 1);
        assert_eq!(directory.by_id(FIRST_CUSTOMER - 1), None);
        assert_eq!(directory.by_id(FIRST_CUSTOMER + 27_000), None);
        assert_eq!(directory.by_order(0), None);
    }
}
