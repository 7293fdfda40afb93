//! Who goes to the second shop.

use super::visit::{Papers, Person, Step};
use super::{Crowd, Kind};
use crate::client::Ask;
use crate::dice::Dice;
use crate::directory::{CUSTOMERS, Customer};
use crate::places::home;

/// 120 customers who read their own file at the open door too, and 180 visitors.
const PEOPLE: usize = 300;

/// Everybody, in the order in which they come.
pub(super) fn people(crowd: &Crowd) -> Vec<Person> {
    let mut dice = Dice::new(crowd.seed ^ 0x2d_70);
    let mut everyone: Vec<usize> = (0..CUSTOMERS).collect();
    dice.shuffle(&mut everyone);
    let customers = everyone.into_iter().filter_map(|at| Some((at, crowd.directory.customers().get(at)?)));
    let person = |(nth, (at, one)): (usize, (usize, &Customer))| {
        let (kind, steps) = match nth % 5 {
            0 => (Kind::Customer, customer(one, Papers::Token)),
            1 => (Kind::CookieCustomer, customer(one, Papers::Cookie)),
            _ => (Kind::Visitor, visitor(nth)),
        };
        Person { kind, source: home(nth), behind: None, own: Some(at), packs: nth % 2 == 0, steps }
    };
    customers.take(PEOPLE).enumerate().map(person).collect()
}

fn step(ask: Ask, papers: Papers, holds: String) -> Step {
    Step { ask, papers, status: 200, holds: vec![holds], of_many: false }
}

fn customer(one: &Customer, papers: Papers) -> Vec<Step> {
    let number = format!("K-{}", one.id);
    let body = serde_json::json!({ "benutzer": one.email, "kennwort": one.password() }).to_string();
    let mut steps = vec![step(Ask::post("/anmelden", body), Papers::Earns, number.clone())];
    for _ in 0..8 {
        steps.push(step(Ask::get("/mein/konto"), papers, number.clone()));
        steps.push(step(Ask::get(format!("/akte/{number}")), papers, number.clone()));
    }
    steps
}

fn visitor(nth: usize) -> Vec<Step> {
    (0..17)
        .map(|turn| {
            let page = (nth * 7 + turn) % 60 + 1;
            step(Ask::get(format!("/waren?seite={page}")), Papers::None, format!("\"seite\":{page}"))
        })
        .collect()
}
