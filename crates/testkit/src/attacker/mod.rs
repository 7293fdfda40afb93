//! Attackers: real HTTP clients that count the different customers they received.
//!
//! One [`Attack`] per scenario; [`run`] sends it at a server, straight at the shop or through a
//! gateway, and says what it got by ground truth ([`crate::truth`]). An attack ends when everyone
//! was received, when its requests are used up, when [`Bounds::patience`] answers in a row or
//! [`Bounds::fruitless`] brought nobody new (it takes itself for contained), or when its time is over.

mod crowds;
mod engine;
mod orders;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::client::{Address, Ask};
use crate::directory::Directory;
use crate::places::{ATTACKER, in_block, scattered};
use crate::truth::Truth;

pub use orders::ALIASES;

/// What an attacker does. Each is the scenario of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attack {
    /// The incident: `POST /api/customers`, page by page, ten a page.
    PostBatches,
    /// `GET /api/customers?id=n`, upwards.
    QueryIds,
    /// `GET /api/orders/{id}` of everyone, with the attacker's own valid token.
    PathIdsBola,
    /// The query form in random order, every third request an innocent catalogue page.
    Shuffled,
    /// `GET /api/profiles/{uuid}`; the ids were collected before.
    Uuid,
    /// Ids in a JSON body, 100 at a time, fewer when that is refused.
    Bulk,
    /// `GET /api/customers/feed`, following the cursor, forging it when refused.
    Cursor,
    /// The incident over 200 connections that all fire at once.
    Parallel200,
    /// The incident with another made-up credential on every request.
    FreshTokenEach,
    /// Signs up, or logs in with an account of its own, anew for every record, at several doors.
    FreshLoginEach,
    /// The same with accounts whose log-in brings no e-mail and is answered with none.
    FreshNameEach,
    /// The incident under sixteen spellings of the path.
    AliasedPaths,
    /// The CSV export in byte ranges, then whole.
    RangeAndCsv,
    /// The beginning of the CSV export in ranges too short to hold anything, put together again.
    RangeSlivers,
    /// The incident from hundreds of addresses, under sixteen spellings of the path.
    AliasedFlood,
    /// `size=100000`, then smaller and smaller.
    OversizePage,
    /// The same people by twelve doors in turn.
    ManyEndpoints,
    /// The incident, with the gateway killed after the first batch and again after containment.
    Restart,
    /// Contained, it floods from thousands of addresses with made-up tokens, then comes back.
    EvictFlood,
    /// A valid staff token and a valid partner key.
    Stolen,
    /// 20,000 guessed e-mails at the guest look-up; one in ten exists.
    GuestHarvest,
    /// The query form, ids upwards, from 50 addresses in turn.
    ManyAddresses50,
    /// The query form in random order, from 500 addresses in turn.
    ManyAddresses500,
    /// `GET /api/orders/{id}` with 50 tokens in turn, each of its own sign-up and address.
    ManyTokens50,
    /// The query form from 500 IPv6 networks (/64) of one /48.
    Ipv6Block,
    /// One new record, then nine requests that bring nothing new: own record, re-reads, catalogue.
    Diluted,
    /// The query form in random order, one request a minute, for four hours.
    Slow,
    /// Knows the defaults: 500 addresses, two people from each, each at another door, in random order.
    Adaptive,
    /// Trips every alarm on purpose, at every door, from 60 addresses and with 20 tokens.
    InducedQuarantine,
    /// The query form, ids upwards: somebody on the way does not exist.
    Canary,
}

impl Attack {
    /// The addresses that it comes from beside [`ATTACKER`], where honest people live too.
    #[must_use]
    pub fn beside(self) -> Vec<IpAddr> {
        match self {
            Self::ManyAddresses50 | Self::ManyTokens50 => (0..50).map(|nth| scattered(nth).into()).collect(),
            Self::ManyAddresses500 | Self::Adaptive => (0..500).map(|nth| scattered(nth).into()).collect(),
            Self::InducedQuarantine => (0..60).map(|nth| scattered(nth).into()).collect(),
            Self::Ipv6Block => (0..500).map(|nth| in_block(nth).into()).collect(),
            _ => Vec::new(),
        }
    }
}

/// When an attack gives up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Answers in a row without a new customer after which it takes itself for contained.
    pub patience: u64,
    /// Time without a new customer after which it takes itself for contained too: where it is slowed
    /// down, that many answers take minutes.
    pub fruitless: Duration,
    /// Longest time of the whole attack.
    pub time: Duration,
    /// How many e-mails `guest-harvest` guesses.
    pub guesses: usize,
    /// How many addresses `evict-flood` floods from.
    pub flood: usize,
}

impl Default for Bounds {
    /// 300 answers, 3 and 40 seconds, 20,000 guesses, 5,000 addresses.
    fn default() -> Self {
        let (fruitless, time) = (Duration::from_secs(3), Duration::from_secs(40));
        Self { patience: 300, fruitless, time, guesses: 20_000, flood: 5_000 }
    }
}

/// Kills the server that is attacked and starts it again; resolves when it listens. With no gateway
/// in between there is nothing to kill: see [`no_restart`].
pub type Restart = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync>;

/// A [`Restart`] that does nothing.
#[must_use]
pub fn no_restart() -> Restart {
    Arc::new(|| Box::pin(std::future::ready(Ok(()))))
}

/// Where and how an attack goes.
#[derive(Clone)]
pub struct Field {
    /// The server.
    pub server: Address,
    /// Its customers, as the attacker may know them.
    pub directory: Arc<Directory>,
    /// Ground truth about them.
    pub truth: Arc<Truth>,
    /// Whether the attacker also signs up and sends its own valid token on every second request:
    /// where doors ask for one (enforce), an attacker without is no test.
    pub signs_up: bool,
    /// Picks order and made-up credentials.
    pub seed: u64,
    /// When it gives up.
    pub bounds: Bounds,
    /// For `restart`.
    pub restart: Restart,
    /// How long one minute of the server's clock takes, for attacks that wait. `None`: they do not.
    pub minute: Option<Duration>,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field")
            .field("server", &self.server)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

/// What an attack got.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Harvest {
    /// Different customers received.
    pub customers: usize,
    /// Requests sent, the attacker's own sign-up included.
    pub requests: u64,
    /// The number of the first request after which nobody new was received, counted in the order
    /// of sending from 1: one more than the number of the last request that brought somebody new;
    /// 1 when none did. An attack that got everyone was never contained: then it is one more than
    /// all requests it needed.
    pub requests_until_contained: u64,
    /// Answers with a status of 400 or above.
    pub refused: u64,
    /// Requests that got no answer at all.
    pub unreachable: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// Sends `attack` at the server of `field`.
///
/// # Errors
/// The restart failed, or a token for `stolen` could not be minted. What the server does is no error.
pub async fn run(attack: Attack, field: &Field) -> anyhow::Result<Harvest> {
    let engine = engine::Engine::new(field);
    orders::carry_out(attack, field, &engine).await?;
    Ok(engine.harvest())
}

/// Sends `shots` requests from the attacker's address over `lanes` connections and counts what they bring;
/// for attacks that are no scenario. With one lane, what the `n`-th brings is the same in every run.
pub async fn harvest_of(
    field: &Field,
    shots: usize,
    lanes: usize,
    ask: impl Fn(usize) -> Ask + Send + Sync + 'static,
) -> Harvest {
    let engine = engine::Engine::new(field);
    let shot = move |turn| engine::Shot { from: ATTACKER, ask: ask(turn) };
    engine.fire(engine::Volley { lanes, ..engine::Volley::new(shots, shot) }).await;
    engine.harvest()
}
