//! Sends many requests over several connections and keeps count.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{Bounds, Field, Harvest};
use crate::client::{Address, Answer, Ask, Client, Unreachable, all_bytes};
use crate::truth::{Seen, Truth};

/// One request and the address it comes from.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    pub(super) from: Ipv4Addr,
    pub(super) ask: Ask,
}

/// Many requests: the `n`-th is made when its turn comes.
pub(super) struct Volley {
    pub(super) shots: usize,
    pub(super) lanes: usize,
    /// All lanes connect first and fire their first shot together.
    pub(super) at_once: bool,
    /// Goes on although nobody new is received.
    pub(super) stubborn: bool,
    pub(super) make: Box<dyn Fn(usize) -> Shot + Send + Sync>,
}

impl Volley {
    pub(super) fn new(shots: usize, make: impl Fn(usize) -> Shot + Send + Sync + 'static) -> Self {
        Self { shots, lanes: 4, at_once: false, stubborn: false, make: Box::new(make) }
    }
}

/// The count of one attack; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Engine(Arc<Count>);

#[derive(Debug)]
struct Count {
    server: Address,
    truth: Arc<Truth>,
    bounds: Bounds,
    until: Instant,
    started: Instant,
    seen: Mutex<Seen>,
    sent: AtomicU64,
    last_new: AtomicU64,
    fruitless: AtomicU64,
    /// Milliseconds from the start to the last new customer, or to the last change of plan.
    heartened: AtomicU64,
    refused: AtomicU64,
    unreachable: AtomicU64,
}

impl Engine {
    pub(super) fn new(field: &Field) -> Self {
        let started = Instant::now();
        Self(Arc::new(Count {
            server: field.server.clone(),
            truth: Arc::clone(&field.truth),
            bounds: field.bounds,
            until: started + field.bounds.time,
            started,
            seen: Mutex::new(Seen::nobody(&field.truth)),
            sent: AtomicU64::new(0),
            last_new: AtomicU64::new(0),
            fruitless: AtomicU64::new(0),
            heartened: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            unreachable: AtomicU64::new(0),
        }))
    }

    /// A caller at `from` of the attacked server.
    pub(super) fn client(&self, from: Ipv4Addr) -> Client {
        Client::new(from, &self.0.server)
    }

    /// Sends one request and counts what it brought.
    pub(super) async fn send(&self, client: &mut Client, ask: &Ask) -> Result<Answer, Unreachable> {
        let count = &*self.0;
        let number = count.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let answer = client.send(ask).await;
        let fresh = match &answer {
            Ok(answer) => {
                if answer.status >= 400 {
                    count.refused.fetch_add(1, Ordering::Relaxed);
                }
                let found = count.truth.find(&all_bytes(answer));
                if found.is_empty() { 0 } else { self.seen(|seen| seen.add(&found)) }
            }
            Err(_) => {
                count.unreachable.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                0
            }
        };
        if fresh > 0 {
            count.last_new.fetch_max(number, Ordering::Relaxed);
            self.take_heart();
        } else {
            count.fruitless.fetch_add(1, Ordering::Relaxed);
        }
        answer
    }

    /// Counts whom the attacker finds in what it put together from several answers.
    pub(super) fn put_together(&self, bytes: &[u8]) {
        let found = self.0.truth.find(bytes);
        if !found.is_empty() && self.seen(|seen| seen.add(&found)) > 0 {
            self.0.last_new.fetch_max(self.0.sent.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Forgets how long nobody new came: another way is tried.
    pub(super) fn take_heart(&self) {
        self.0.fruitless.store(0, Ordering::Relaxed);
        self.0.heartened.store(self.elapsed_millis(), Ordering::Relaxed);
    }

    fn elapsed_millis(&self) -> u64 {
        u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether to stop: everyone received, time over, or patience lost.
    pub(super) fn is_over(&self) -> bool {
        let count = &*self.0;
        let idle = self.elapsed_millis().saturating_sub(count.heartened.load(Ordering::Relaxed));
        self.is_at_an_end()
            || count.fruitless.load(Ordering::Relaxed) >= count.bounds.patience
            || u128::from(idle) >= count.bounds.fruitless.as_millis()
    }

    /// Whether nothing more can come: everyone received, or time over.
    pub(super) fn is_at_an_end(&self) -> bool {
        Instant::now() >= self.0.until || self.seen(|seen| seen.count()) == self.0.truth.len()
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.0.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fires a volley and waits for its last answer.
    pub(super) async fn fire(&self, volley: Volley) {
        self.take_heart();
        let volley = Arc::new(volley);
        let next = Arc::new(AtomicUsize::new(0));
        let ready = Arc::new(Barrier::new(if volley.at_once { volley.lanes } else { 1 }));
        let mut lanes = JoinSet::new();
        for _ in 0..volley.lanes {
            let (engine, volley, next, ready) =
                (self.clone(), Arc::clone(&volley), Arc::clone(&next), Arc::clone(&ready));
            lanes.spawn(async move { engine.lane(&volley, &next, &ready).await });
        }
        // A lane cannot panic; one that did would show as requests that were never sent.
        while lanes.join_next().await.is_some() {}
    }

    async fn lane(&self, volley: &Volley, next: &AtomicUsize, ready: &Barrier) {
        let mut caller: Option<(Ipv4Addr, Client)> = None;
        if volley.at_once {
            let from = (volley.make)(0).from;
            let mut client = self.client(from);
            // A refused connection is seen again by the first request.
            let _refused = client.connect().await;
            caller = Some((from, client));
            ready.wait().await;
        }
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let over = if volley.stubborn { self.is_at_an_end() } else { self.is_over() };
            if turn >= volley.shots || over {
                return;
            }
            let Shot { from, ask } = (volley.make)(turn);
            let mut client = match caller.take() {
                Some((old, client)) if old == from => client,
                _ => self.client(from),
            };
            // What came is counted already.
            let _counted = self.send(&mut client, &ask).await;
            caller = Some((from, client));
        }
    }

    pub(super) fn harvest(&self) -> Harvest {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let count = &*self.0;
        Harvest {
            customers: self.seen(|seen| seen.count()),
            requests: read(&count.sent),
            requests_until_contained: read(&count.last_new) + 1,
            refused: read(&count.refused),
            unreachable: read(&count.unreachable),
            seconds: count.started.elapsed().as_secs_f64(),
        }
    }
}
