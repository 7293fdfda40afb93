//! Attacks as requests: those of `leakbench`, and those of the demo that have a shape of their own.

use std::net::IpAddr;

use anyhow::Result;
use testkit::days::{Ask, Door, Tells, Who};
use testkit::dice::Dice;
use testkit::logs::{Logged, Renderer, shop};

use crate::leakbench::{ALL, Attacker, CUSTOMERS, Plan, START, address, plans};

/// What of a request shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// An id in the path, or the path itself.
    Path,
    /// An id or page in the query.
    Query,
    /// Statuses of paths.
    Status,
    /// A page in a body, or the sizes of what comes back.
    Sizes,
    /// An id in a body, where the log has bodies.
    Body,
    /// One answer alone, by its size.
    Answer,
}

/// An attack, with the records of each of its answers.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) is_in_small: bool,
    shows: Shows,
    pub(crate) requests: Vec<(Logged, u64)>,
}

/// When attacks begin: nine o'clock of the second day.
const BEGINS: u64 = (START + 86_400 + 9 * 3600) * 1000;
const DAY: u64 = 86_400_000;
/// Most requests of one.
const MOST: usize = 1500;

impl Attack {
    /// Whether a line of `renderer` holds what it is seen by.
    pub(crate) fn is_visible(&self, renderer: &Renderer) -> bool {
        let has_body = ["nginx-json", "apisix", "modsecurity-json", "coraza"].contains(&renderer.word);
        match self.shows {
            Shows::Path => renderer.has_answer,
            Shows::Query => renderer.has_query && renderer.has_answer,
            Shows::Status | Shows::Sizes | Shows::Answer => renderer.has_answer,
            Shows::Body => has_body,
        }
    }
}

/// All of them.
pub(crate) fn all(seed: u64) -> Result<Vec<Attack>> {
    let single = plans().into_iter().find(|plan| plan.name == "single-fast");
    let slow = single.map(|plan| Plan { name: "one-in-ten-minutes", every: 600_000, ..plan });
    let mut all: Vec<Attack> = plans()
        .into_iter()
        .chain(slow)
        .filter(|plan| plan.name != "addresses-5000")
        .map(|plan| planned(plan, seed))
        .collect();
    all.extend(demo(seed));
    Ok(all)
}

fn planned(plan: Plan, seed: u64) -> Attack {
    let shows = match plan.door {
        Door::Batch => Shows::Sizes,
        Door::Desk => Shows::Query,
        _ => Shows::Path,
    };
    let mut attacker = Attacker::new(plan, seed);
    let mut requests = Vec::new();
    let (mut clock, midnight) = (BEGINS, BEGINS - 9 * 3_600_000);
    while requests.len() < MOST && clock < BEGINS + DAY * 3 / 2 {
        let ask = attacker.next();
        let records =
            ask.tells.people().filter(|person| (CUSTOMERS..CUSTOMERS + ALL).contains(person)).count();
        let one = shop::request(&ask, clock, agent(plan.name, ask.from));
        requests.push((one, u64::try_from(records).unwrap_or(u64::MAX)));
        clock += attacker.pause((clock - midnight) % DAY).max(1);
    }
    let is_in_small = ["incident", "single-fast", "one-a-minute", "addresses-500"].contains(&plan.name);
    Attack { name: plan.name, is_in_small, shows, requests }
}

/// Two of them say that they are scripts; others have a browser's name.
fn agent(name: &str, from: IpAddr) -> &'static str {
    match (name, from) {
        ("incident", _) => "curl/8.5.0",
        ("single-fast", _) => "python-requests/2.32.5",
        (_, IpAddr::V4(from)) => shop::browser(u64::from(from.to_bits())),
        (_, IpAddr::V6(_)) => shop::browser(6),
    }
}

/// Attacks of the demo whose shape no plan has, each from one address.
fn demo(seed: u64) -> Vec<Attack> {
    let mut dice = Dice::new(seed);
    let mut all = Vec::new();
    let mut add = |name, shows, every: u64, requests: Vec<(Logged, u64)>| {
        let timed = requests.into_iter().zip(0..).map(|((mut one, records), nth)| {
            one.at = BEGINS + nth * every;
            (one, records)
        });
        let is_in_small = ["query-ids", "guessed-ids", "surface-scan"].contains(&name);
        all.push(Attack { name, is_in_small, shows, requests: timed.collect() });
    };
    let query = |nth: u64| get(format!("/api/customers?id={}", CUSTOMERS + nth), 1, nth);
    add("query-ids", Shows::Query, 900, (0..300).map(query).collect());
    let uuid = |_| (dice.uuid(), ());
    let uuids: Vec<String> = (0..300).map(uuid).map(|(uuid, ())| uuid).collect();
    let uuid = |(nth, uuid): (u64, &String)| get(format!("/api/profiles/{uuid}"), 1, nth);
    add("uuid", Shows::Path, 1100, (0..).zip(&uuids).map(uuid).collect());
    let feed = |nth: u64| get(format!("/api/customers/feed?cursor=c{:016x}", shop::mixed(nth, 21)), 20, nth);
    add("cursor", Shows::Query, 1300, (0..60).map(feed).collect());
    let pages = |nth: u64| get(format!("/api/customers?page={}&size=100", nth + 1), 100, nth);
    add("pages", Shows::Query, 1300, (0..60).map(pages).collect());
    let batch = |nth: u64| {
        let ids: Vec<String> = (0..100).map(|one| (CUSTOMERS + nth * 100 + one).to_string()).collect();
        posted("/api/customers/batch", format!("{{\"ids\":[{}]}}", ids.join(",")), 100, nth)
    };
    add("bulk-ids", Shows::Sizes, 1500, (0..40).map(batch).collect());
    let graph = |nth: u64| {
        let body =
            format!("{{\"query\":\"query q {{ customer(id: {}) {{ name email }} }}\"}}", CUSTOMERS + nth);
        posted("/api/graphql", body, 1, nth)
    };
    add("graphql-ids", Shows::Body, 800, (0..300).map(graph).collect());
    let guess = |nth: u64| {
        let (mut one, records) = get(format!("/api/customers/{}", shop::mixed(nth, 5) % 90_000_000), 0, nth);
        if nth % 25 == 24 {
            return (one, 1);
        }
        (one.status, one.sent) = (404, 48);
        (one, records)
    };
    add("guessed-ids", Shows::Status, 700, (0..1000).map(guess).collect());
    let scan = |nth: u64| {
        let paths = ["/.env", "/.git/config", "/wp-login.php", "/backup.sql", "/actuator/env"];
        let path = usize::try_from(nth).ok().and_then(|nth| paths.get(nth));
        let path = path.map_or_else(|| format!("/old{nth}/config.bak"), |path| (*path).to_owned());
        let (mut one, _) = get(path, 0, nth);
        (one.status, one.sent) = (404, 153);
        (one, 0)
    };
    add("surface-scan", Shows::Status, 300, (0..120).map(scan).collect());
    let token = |nth: u64| {
        let (mut one, records) = posted("/api/preorders", format!("{{\"page\":{}}}", nth + 1), 10, nth);
        one.token = Some(format!("Bearer {:016x}", shop::mixed(nth, 31)));
        (one, records)
    };
    add("fresh-token-each", Shows::Sizes, 1000, (0..300).map(token).collect());
    let alias = |nth: u64| {
        let paths = ["/api/customers", "/api//customers", "/api/./customers", "/api/%63ustomers"];
        let path = usize::try_from(nth % 4).ok().and_then(|nth| paths.get(nth)).copied().unwrap_or_default();
        get(format!("{path}/{}", CUSTOMERS + nth), 1, nth)
    };
    add("aliased-paths", Shows::Path, 900, (0..300).map(alias).collect());
    let doors = |nth: u64| {
        let door = ["customers", "profiles", "orders", "invoices", "accounts", "members"];
        let door = usize::try_from(nth % 6).ok().and_then(|nth| door.get(nth)).copied().unwrap_or_default();
        get(format!("/api/{door}/{}", CUSTOMERS + nth), 1, nth)
    };
    add("many-doors", Shows::Path, 900, (0..300).map(doors).collect());
    add("oversize-page", Shows::Answer, 1, vec![get("/api/customers?size=100000".into(), 27_000, 0)]);
    let mut export = get("/api/customers/export.csv".into(), 27_000, 0);
    export.0.sent = 27_000 * 96;
    add("csv-export", Shows::Answer, 1, vec![export]);
    all
}

fn thief() -> IpAddr {
    address(31_000)
}

fn get(target: String, people: u32, nth: u64) -> (Logged, u64) {
    let first = CUSTOMERS + nth * u64::from(people);
    let ask = Ask { tells: Tells::Row(first, people), ..Ask::of(thief(), Who::Nobody, Door::Catalogue) };
    let mut one = shop::request(&ask, 0, shop::browser(3));
    (one.target, one.sent) = (target, shop::size(ask.tells));
    (one, u64::from(people))
}

fn posted(target: &str, body: String, people: u32, nth: u64) -> (Logged, u64) {
    let (mut one, records) = get(target.to_owned(), people, nth);
    (one.method, one.body) = ("POST", body);
    (one, records)
}
