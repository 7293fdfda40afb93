//! Honest people, at the same time and at the same doors as the attacker.
//!
//! Three hundred and more, each with an address of its own, an office behind one address, and
//! neighbours in the attacker's network: visitors of the catalogue, customers who log in and read
//! what is theirs (also at the doors that are being emptied), guests who know their own e-mail,
//! people who sign up. They know what the shop alone would answer; everything else is counted.
//!
//! Nobody here paces: each does one thing after the other, as fast as the server answers,
//! twenty-four people at a time.

mod population;
mod second;
mod visit;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Serialize, Serializer};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::client::Address;
use crate::directory::Directory;
use crate::truth::Truth;

pub use population::IDENTITIES;

/// How many people are busy at one time: enough to overlap, few enough for 1,024 file descriptors
/// with shop, gateway and attacker in one process.
const AT_ONCE: usize = 24;

/// How long people try to reach a server that is being restarted.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What somebody is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Reads the catalogue, the front page and its script bundle.
    Visitor,
    /// Logs in, sends the token, reads its own record at every door that has one.
    Customer,
    /// The same with the session cookie. Where doors ask for a verified identity, it sends the token.
    CookieCustomer,
    /// Logs in by customer number, which brings no e-mail and is answered with none, and reads its own
    /// orders and record.
    NameCustomer,
    /// Logs in and reads its own orders page by page and one by one.
    OrderPager,
    /// Asks the guest look-up for its own orders; some have none, or mistype.
    Guest,
    /// Asks the attacked doors for its own record, with nothing but its own e-mail in the request.
    /// Where doors ask for a verified identity, it asks the guest look-up.
    OwnMail,
    /// Signs up and looks at its new account.
    SignUp,
    /// All of these behind one address.
    Office,
    /// All of these in the attacker's /24.
    Neighbour,
    /// Staff who read many customers, as is their work.
    Staff,
    /// A partner's nightly batch.
    Partner,
    /// Honest people without a session behind an address of the attacker: counted apart.
    Shared,
}

/// What became of the requests of one kind of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests that were answered.
    pub sent: u64,
    /// Answers of 400 or above that the shop alone would not have given.
    pub refused: u64,
    /// Attempts while nothing listened or the connection was cut; each was tried again.
    pub unreachable: u64,
    /// Other answers than the shop would have given: something is missing, or somebody else's.
    pub wrong_content: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.refused += other.refused;
        self.unreachable += other.unreachable;
        self.wrong_content += other.wrong_content;
    }
}

/// What became of everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    kinds: BTreeMap<Kind, Counts>,
    /// Up to ten things that went wrong, for tests and `--verbose`: door, expected and actual status.
    pub complaints: Vec<String>,
}

impl Tally {
    /// The people of one kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Counts {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// Everybody but those behind the attacker's very address.
    #[must_use]
    pub fn benign(&self) -> Counts {
        let mut all = Counts::default();
        self.kinds.iter().filter(|(kind, _)| **kind != Kind::Shared).for_each(|(_, counts)| all.add(*counts));
        all
    }

    /// Adds what became of others.
    pub fn join(&mut self, others: Self) {
        for (kind, counts) in others.kinds {
            self.kinds.entry(kind).or_default().add(counts);
        }
        self.complain(others.complaints);
    }

    fn complain(&mut self, complaints: Vec<String>) {
        let room = 10_usize.saturating_sub(self.complaints.len());
        self.complaints.extend(complaints.into_iter().take(room));
    }
}

impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.kinds.serialize(out)
    }
}

/// Which shop the people go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Town {
    /// [`crate::shop`].
    #[default]
    Harbour,
    /// [`crate::second_shop`]: customers, file readers and visitors only, all of them as in guard.
    Second,
}

/// How the people are told apart from scenario to scenario.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// Which shop stands behind the server.
    pub town: Town,
    /// The server they talk to.
    pub server: Address,
    /// Who they may be.
    pub directory: Arc<Directory>,
    /// What is whose.
    pub truth: Arc<Truth>,
    /// Picks the people and their order.
    pub seed: u64,
    /// Whether the attacked doors ask for a verified identity (enforce): then nobody goes there
    /// without a token.
    pub identified: bool,
    /// Whether staff and the partner work too.
    pub with_staff: bool,
    /// How long one of them tries to reach a server that does not listen; [`PATIENCE`] as a rule.
    pub patience: Duration,
    /// Further addresses of the attacker at which every third of them lives.
    pub beside: Vec<IpAddr>,
    /// Positions in the directory of people who do not exist: nobody is one of them.
    pub nobody: Vec<usize>,
}

/// How far the people have come; clones look at the same people.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Steps>);

#[derive(Debug, Default)]
struct Steps {
    done: AtomicU64,
    planned: AtomicU64,
    /// The last person has left, or nobody can be reached any more.
    over: AtomicBool,
    moved: Notify,
}

impl Progress {
    /// Requests answered so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.0.done.load(Ordering::Relaxed)
    }

    /// Requests planned; 0 before the people start.
    #[must_use]
    pub fn planned(&self) -> u64 {
        self.0.planned.load(Ordering::Relaxed)
    }

    /// Resolves when one request in `share` has been answered, or when no more will be. May be
    /// dropped midway.
    pub async fn reached(&self, share: u64) {
        loop {
            let moved = self.0.moved.notified();
            let planned = self.planned();
            if planned > 0 && (self.is_over() || self.done().saturating_mul(share) >= planned) {
                return;
            }
            moved.await;
        }
    }

    fn begin(&self, planned: usize) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.over.store(false, Ordering::Relaxed);
        self.0.planned.store(u64::try_from(planned).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn end(&self) {
        self.0.over.store(true, Ordering::Relaxed);
        self.0.moved.notify_waiters();
    }

    fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Relaxed)
    }

    fn step(&self) {
        self.0.done.fetch_add(1, Ordering::Relaxed);
        self.0.moved.notify_waiters();
    }
}

/// Everybody does what they came for; resolves when the last has left. When somebody could not
/// reach the server for [`Crowd::patience`], everybody goes home. `progress` starts anew.
pub async fn live(crowd: &Crowd, progress: &Progress) -> Tally {
    let people = Arc::new(match crowd.town {
        Town::Harbour => population::people(crowd),
        Town::Second => second::people(crowd),
    });
    progress.begin(people.iter().map(|person| person.steps.len()).sum());
    let next = Arc::new(AtomicUsize::new(0));
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut lanes = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (people, next, tally) = (Arc::clone(&people), Arc::clone(&next), Arc::clone(&tally));
        let (crowd, progress) = (crowd.clone(), progress.clone());
        lanes.spawn(async move {
            while let Some(person) = people.get(next.fetch_add(1, Ordering::Relaxed)) {
                let (counts, complaints) = visit::visit(person, &crowd, &progress).await;
                let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                tally.kinds.entry(person.kind).or_default().add(counts);
                tally.complain(complaints);
            }
        });
    }
    // A lane cannot panic; one that did would show in the number of requests.
    while lanes.join_next().await.is_some() {}
    progress.end();
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    tally.clone()
}
