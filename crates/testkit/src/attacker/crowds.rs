//! Attacks that detectors and actions are there for: many sources, much that is innocent, much time,
//! much knowledge, and noise on purpose.

use std::sync::Arc;
use std::time::Duration;

use super::Field;
use super::engine::{Engine, Shot, Volley};
use super::orders::{Papers, at_door, bulk_ask, from_attacker, number, page, query_id, sign_up};
use crate::client::Ask;
use crate::dice::Dice;
use crate::directory::{CUSTOMERS, Directory, FIRST_CUSTOMER, FIRST_ORDER};
use crate::places::{EDGE, in_block, scattered};
use crate::shop::{Door, OPEN_DOORS};

/// Ids upwards, `each` from every one of `addresses` in turn.
pub(super) fn upwards(addresses: usize, each: usize) -> Volley {
    let shot = move |turn: usize| Shot {
        from: scattered(turn % addresses),
        ask: query_id(FIRST_CUSTOMER + number(turn)),
    };
    Volley { stubborn: true, ..Volley::new(addresses * each, shot) }
}

/// The same in random order.
pub(super) fn shuffled(addresses: usize, each: usize, seed: u64) -> Volley {
    let ids = in_no_order(seed);
    let shot = move |turn: usize| Shot { from: scattered(turn % addresses), ask: query_id(at(&ids, turn)) };
    Volley { stubborn: true, ..Volley::new(addresses * each, shot) }
}

/// Every customer's id once, in random order.
fn in_no_order(seed: u64) -> Vec<u64> {
    let mut ids: Vec<u64> = (FIRST_CUSTOMER..).take(CUSTOMERS).collect();
    Dice::new(seed ^ 0x5fff).shuffle(&mut ids);
    ids
}

fn at(ids: &[u64], turn: usize) -> u64 {
    ids.get(turn).copied().unwrap_or(FIRST_CUSTOMER)
}

/// Signs up once from each of `many` addresses; the tokens that came.
async fn sign_ups(engine: &Engine, many: usize, seed: u64) -> Vec<Arc<str>> {
    let mut tokens = Vec::new();
    for nth in 0..many {
        let mail = format!("mallory.{:08x}.{nth}@example.net", Dice::new(seed).roll() >> 32);
        let ask =
            Ask::post("/api/signup", format!(r#"{{"name":"Mallory","email":"{mail}","password":"m"}}"#));
        let answer = engine.send(&mut engine.client(scattered(nth)), &ask).await;
        tokens.extend(answer.ok().and_then(|answer| {
            let json = answer.json();
            Some(Arc::from(json.get("access_token")?.as_str()?))
        }));
    }
    tokens
}

/// Orders upwards, each with the next of the tokens, from the address that signed up for it.
fn orders(tokens: Vec<Arc<str>>, each: usize) -> Volley {
    let shots = tokens.len() * each;
    let shot = move |turn: usize| {
        let nth = turn % tokens.len().max(1);
        let ask = Ask::get(format!("/api/orders/{}", FIRST_ORDER + number(turn)));
        Shot { from: scattered(nth), ask: tokens.get(nth).map_or(ask.clone(), |token| ask.bearer(token)) }
    };
    Volley { stubborn: true, ..Volley::new(shots, shot) }
}

/// 60 orders with each of `many` tokens.
pub(super) async fn tokens(engine: &Engine, many: usize, seed: u64) {
    let tokens = sign_ups(engine, many, seed).await;
    within(LOUD, engine.fire(orders(tokens, 60))).await;
}

/// Longest time that a volley goes on which does not stop where nothing comes back: it may be slowed down.
const LOUD: Duration = Duration::from_secs(6);

/// What is under way when the time is over is dropped; what came is counted.
async fn within(time: Duration, attack: impl Future<Output = ()>) {
    let _over = tokio::time::timeout(time, attack).await;
}

/// Ids in random order by a trusted proxy, each from the next network of one IPv6 block.
pub(super) fn block(networks: usize, seed: u64) -> Volley {
    let ids = in_no_order(seed);
    let shot = move |turn: usize| Shot {
        from: EDGE,
        ask: query_id(at(&ids, turn)).with("x-forwarded-for", in_block(turn % networks).to_string()),
    };
    Volley { stubborn: true, ..Volley::new(networks * 6, shot) }
}

/// One new record in ten requests. The others are what anybody may produce for nothing: the own record,
/// a record read before, catalogue pages.
pub(super) async fn diluted(engine: &Engine, field: &Field, papers: Papers) {
    const RECORDS: usize = 1_000;
    let papers = if papers.0.is_some() { papers } else { sign_up(engine, field).await };
    let me = match &papers.0 {
        Some(token) => Ask::get("/api/me").bearer(token),
        None => Ask::get("/"),
    };
    let shot = move |turn: usize| {
        from_attacker(match turn % 10 {
            0 => query_id(FIRST_CUSTOMER + number(turn / 10)),
            1 | 4 | 7 => me.clone(),
            2 | 5 | 8 => query_id(FIRST_CUSTOMER + number(turn / 20)),
            _ => Ask::get(format!("/catalogue/products?page={}", turn % 40 + 1)),
        })
    };
    engine.fire(Volley::new(RECORDS * 10, shot)).await;
}

/// One request a minute of the server's clock.
pub(super) async fn slow(engine: &Engine, field: &Field) {
    const MINUTES: u32 = 4 * 60;
    let ids = in_no_order(field.seed);
    let mut client = engine.client(crate::places::ATTACKER);
    let started = tokio::time::Instant::now();
    for (minute, id) in (0..MINUTES).zip(&ids) {
        let due = field.minute.unwrap_or(Duration::ZERO).saturating_mul(minute);
        tokio::time::sleep_until(started + due).await;
        if engine.is_at_an_end() {
            return;
        }
        // What came is counted already.
        let _counted = engine.send(&mut client, &query_id(*id)).await;
    }
}

/// Two people from each of 500 addresses, each at another door: whatever counts per source, endpoint or
/// order sees nothing beyond what honest visitors do.
pub(super) fn just_below(directory: Arc<Directory>, seed: u64) -> Volley {
    const ADDRESSES: usize = 500;
    let mut places: Vec<usize> = (0..CUSTOMERS).collect();
    Dice::new(seed ^ 0xada).shuffle(&mut places);
    let shot = move |turn: usize| {
        let place = places.get(turn).copied().unwrap_or(0);
        let door = OPEN_DOORS.get(turn % OPEN_DOORS.len()).copied().unwrap_or(Door::Customers);
        let one = directory.customers().get(place);
        let ask = one.map_or_else(|| Ask::get("/"), |one| at_door(door, one, place));
        Shot { from: scattered(turn % ADDRESSES), ask }
    };
    Volley { stubborn: true, ..Volley::new(2 * ADDRESSES, shot) }
}

/// Takes as much as it can by every open door from many addresses, walks through orders with many tokens,
/// then guesses and scans: every step of an answer seems called for. What it wants is that honest people
/// are refused.
pub(super) async fn every_alarm(engine: &Engine, field: &Field) {
    const ADDRESSES: usize = 60;
    const TOKENS: usize = 20;
    let directory = Arc::clone(&field.directory);
    let walk = move |turn: usize| {
        let place = turn / OPEN_DOORS.len();
        let door = OPEN_DOORS.get(turn % OPEN_DOORS.len()).copied().unwrap_or(Door::Customers);
        let one = directory.customers().get(place);
        let ask = one.map_or_else(|| Ask::get("/"), |one| at_door(door, one, place));
        Shot { from: scattered(place % ADDRESSES), ask }
    };
    let greedy = |turn: usize| {
        let first = FIRST_CUSTOMER + number(turn * 100);
        let pages = page("/api/customers", turn + 1, 10);
        Shot {
            from: scattered(turn % ADDRESSES),
            ask: if turn.is_multiple_of(2) { bulk_ask((first..).take(100)) } else { pages },
        }
    };
    let guess = |turn: usize| {
        let id = 9_000_001 + 7 * number(turn);
        from_attacker(Ask::get(format!("/api/customers/{id}")))
    };
    let scan = |turn: usize| {
        let baits =
            ["/.env", "/wp-login.php", "/.git/config", "/actuator/env", "/swagger.json", "/admin.php"];
        let bait = baits.get(turn % baits.len()).copied().unwrap_or("/.env");
        from_attacker(Ask::get(if turn.is_multiple_of(2) {
            format!("{bait}?{turn}")
        } else {
            format!("/api/internal-{turn}/dump")
        }))
    };
    let tokens = sign_ups(engine, TOKENS, field.seed).await;
    within(2 * LOUD, async {
        engine.fire(loud(12 * 300, walk)).await;
        engine.fire(Volley { lanes: 8, ..orders(tokens, 60) }).await;
        engine.fire(loud(240, greedy)).await;
        engine.fire(loud(300, guess)).await;
        engine.fire(loud(160, scan)).await;
    })
    .await;
}

/// Eight at a time, whatever comes back.
fn loud(shots: usize, make: impl Fn(usize) -> Shot + Send + Sync + 'static) -> Volley {
    Volley { lanes: 8, stubborn: true, ..Volley::new(shots, make) }
}
