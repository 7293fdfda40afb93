//! Confirms hints: which unverified credentials are the upstream's own.
//!
//! A confirmed hint has a budget of its own, so the question is what an attacker can get confirmed.
//! Tokens it makes up: none that the upstream did not issue, and none at an endpoint that answers
//! everyone. Tokens it is given for signing up: at most the cap per network and hour, with the
//! networks' own budgets above them. It can get nobody else's hint unconfirmed.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use domain::{Endpoint, HintState, Holder, IpPrefix, Method, SubjectDigest, Timestamp, Window};
use smallvec::SmallVec;

use super::credential::{Credentials, Presented};
use super::generations::{Generations, Sharded};

/// An answer to a request, as far as it tells what the upstream thinks of a credential.
#[derive(Debug)]
pub struct Observation<'a> {
    /// The door.
    pub endpoint: &'a Endpoint,
    /// The canonical target, path and query, as it was forwarded.
    pub target: &'a str,
    /// What the request presented ([`super::Identified::credentials`]); [`Credentials::None`] when a
    /// credential was taken out before the request was forwarded.
    pub credentials: &'a Credentials,
    /// The upstream's status.
    pub status: u16,
    /// The client.
    pub client: IpAddr,
}

/// An answer that gives out credentials.
#[derive(Debug)]
pub struct Issue<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// What the client sent: target, header values, body. A value that stands in it is an echo.
    pub request: &'a [&'a [u8]],
    /// The upstream's status.
    pub status: u16,
    /// The values, with their digests: `Disclosure::issued`, and [`super::Identify::issued_cookies`].
    pub values: &'a [(&'a str, SubjectDigest)],
    /// Whom the values are for, as far as request and answer tell.
    pub holder: Holder,
    /// The client.
    pub client: IpAddr,
}

/// A hint that was confirmed just now: for `ledger::Entry::Confirmed`, so that it survives restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Keyed digest of its value.
    pub digest: SubjectDigest,
    /// The network it was confirmed for.
    pub network: IpPrefix,
    /// Whom it was issued for.
    pub holder: Holder,
    /// When.
    pub at: Timestamp,
}

/// What came of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmations {
    /// Newly confirmed hints.
    pub confirmed: SmallVec<[Confirmed; 2]>,
    /// Whether some were left out because the network has had its share of this hour.
    pub capped: bool,
}

/// Confirmed hints and the evidence on the way there.
#[derive(Debug)]
pub(super) struct Hints {
    /// Bound and eviction: see [`Sharded`]; a forgotten hint is unverified again.
    confirmed: Sharded<SubjectDigest, Holder>,
    caps: Mutex<Caps>,
    /// By endpoint and target; at most 16,384, the ones unused for longest go first.
    evidence: Mutex<Generations<u64, Evidence>>,
    open: OpenEndpoints,
    hasher: RandomState,
}

/// What the upstream refused at one endpoint and target.
#[derive(Clone, Debug, Default)]
struct Evidence {
    /// When it refused a request without any credential.
    without: Option<Timestamp>,
    /// Shapes and digests of values that it refused; the newest four.
    refused: SmallVec<[(u64, SubjectDigest, Timestamp); 4]>,
}

impl Hints {
    /// How long a refusal, or an answer to everyone, is remembered.
    const MEMORY: Window = Window::DAY;
    const MOST_EVIDENCE: usize = 16_384;
    /// More values in one answer are a listing, not a log-in.
    const MOST_ISSUED: usize = 4;

    pub(super) fn new(most: usize, per_network_and_hour: u32) -> Self {
        Self {
            confirmed: Sharded::new(most),
            caps: Mutex::new(Caps::new(per_network_and_hour)),
            evidence: Mutex::new(Generations::new(Self::MOST_EVIDENCE)),
            open: OpenEndpoints::default(),
            hasher: RandomState::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.confirmed.len()
    }

    pub(super) fn state(&self, digest: SubjectDigest) -> HintState {
        match self.confirmed.get(&digest) {
            Some(_) => HintState::Confirmed,
            None => HintState::Unverified,
        }
    }

    /// Whom a confirmed hint was issued for.
    pub(super) fn holder(&self, digest: SubjectDigest) -> Holder {
        self.confirmed.get(&digest).unwrap_or_default()
    }

    /// Uses another cap from now on; what was counted stays.
    pub(super) fn set_cap(&self, per_network_and_hour: u32) {
        locked(&self.caps).most = per_network_and_hour;
    }

    pub(super) fn restore(&self, digest: SubjectDigest, network: IpPrefix, holder: Holder, at: Timestamp) {
        self.confirmed.insert(digest, holder);
        locked(&self.caps).count(network, at);
    }

    /// See [`super::Identify::issued`].
    pub(super) fn issued(&self, issue: &Issue<'_>, now: Timestamp) -> Confirmations {
        let answered = matches!(issue.status, 200..=299 | 302 | 303);
        if !answered || is_safe(issue.method) || issue.values.len() > Self::MOST_ISSUED {
            return Confirmations::default();
        }
        let made = issue.values.iter().filter(|(value, _)| super::echo::is_new(value, issue.request));
        let digests: SmallVec<[SubjectDigest; 4]> = made.map(|(_, digest)| *digest).collect();
        self.confirm(&digests, issue.holder, issue.client, now)
    }

    /// See [`super::Identify::observed`].
    pub(super) fn observed(&self, seen: &Observation<'_>, now: Timestamp) -> Confirmations {
        let none = Confirmations::default();
        if !is_safe(seen.endpoint.method()) {
            return none;
        }
        let endpoint = self.hasher.hash_one(seen.endpoint);
        match (seen.credentials, seen.status) {
            (Credentials::None, 200..=299) => self.open.mark(endpoint, now),
            (Credentials::None, 401 | 403) => {
                self.change(self.place(seen), |evidence| evidence.without = Some(now));
            }
            (Credentials::Hint(presented), 401 | 403) => {
                let shape = presented.shape(&self.hasher, now);
                self.change(self.place(seen), |evidence| evidence.refuse(shape, presented.digest, now));
            }
            (Credentials::Hint(presented), 200..=299) => {
                let known = self.state(presented.digest) == HintState::Confirmed;
                if !known && !self.open.contains(endpoint, now) && self.vouched(seen, presented, now) {
                    return self.confirm(&[presented.digest], Holder::default(), seen.client, now);
                }
            }
            _ => {}
        }
        none
    }

    /// Whether the upstream refused this very target both without a credential and with another
    /// value of the same shape.
    fn vouched(&self, seen: &Observation<'_>, presented: &Presented, now: Timestamp) -> bool {
        let place = self.place(seen);
        let mut table = locked(&self.evidence);
        let Some(mut evidence) = table.get(&place) else {
            return false;
        };
        // A value that is refused at one time and answered at another was not refused for itself.
        let before = evidence.refused.len();
        evidence.refused.retain(|(_, digest, _)| *digest != presented.digest);
        if evidence.refused.len() != before {
            table.insert(place, evidence.clone());
        }
        drop(table);
        let fresh = |at: Timestamp| now.millis_since(at) <= Self::MEMORY.millis();
        if !evidence.without.is_some_and(fresh) || evidence.refused.is_empty() {
            return false;
        }
        let shape = presented.shape(&self.hasher, now);
        evidence.refused.iter().any(|(other, _, at)| *other == shape && fresh(*at))
    }

    /// The key of the evidence: endpoint and target, so that nobody gets a refusal at one object and
    /// an answer at another.
    fn place(&self, seen: &Observation<'_>) -> u64 {
        self.hasher.hash_one((seen.endpoint, seen.target))
    }

    fn change(&self, place: u64, act: impl FnOnce(&mut Evidence)) {
        let mut table = locked(&self.evidence);
        let mut evidence = table.get(&place).unwrap_or_default();
        act(&mut evidence);
        table.insert(place, evidence);
    }

    /// Confirms those of `digests` that are not yet, as one unit of the network's cap.
    fn confirm(
        &self,
        digests: &[SubjectDigest],
        holder: Holder,
        client: IpAddr,
        now: Timestamp,
    ) -> Confirmations {
        let new: SmallVec<[SubjectDigest; 4]> =
            digests.iter().copied().filter(|digest| self.state(*digest) == HintState::Unverified).collect();
        if new.is_empty() {
            return Confirmations::default();
        }
        let network = network_of(client);
        if !locked(&self.caps).admit(network, now) {
            return Confirmations { confirmed: SmallVec::new(), capped: true };
        }
        let confirmed = new
            .into_iter()
            .map(|digest| {
                self.confirmed.insert(digest, holder);
                Confirmed { digest, network, holder, at: now }
            })
            .collect();
        Confirmations { confirmed, capped: false }
    }
}

impl Evidence {
    fn refuse(&mut self, shape: u64, digest: SubjectDigest, now: Timestamp) {
        self.refused.retain(|(_, have, _)| *have != digest);
        if self.refused.len() >= 4 {
            self.refused.remove(0);
        }
        self.refused.push((shape, digest, now));
    }
}

/// Methods that change nothing (RFC 9110 section 9.2.1). Log-ins use others; and only with these is
/// the target all that a request asks for.
const fn is_safe(method: &Method) -> bool {
    matches!(method, Method::Get | Method::Head | Method::Options | Method::Trace)
}

/// The network whose cap counts: /24, or /48 in IPv6 (what one site is given, RFC 6177).
fn network_of(client: IpAddr) -> IpPrefix {
    let length = if client.to_canonical().is_ipv4() { 24 } else { 48 };
    IpPrefix::of(client, length)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every value behind these locks is whole after each single call, so a panic elsewhere spoils none.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Confirmations per network in the current hour.
///
/// Bound: 65,536 networks. Eviction rule: networks of past hours go first; when all are of this
/// hour, every further network counts against one cap that they share.
#[derive(Debug)]
struct Caps {
    most: u32,
    hour: u64,
    counts: HashMap<IpPrefix, u32>,
    others: u32,
    /// The answer that was restored last: its other values count no more.
    restored: Option<(IpPrefix, Timestamp)>,
}

impl Caps {
    const MOST_NETWORKS: usize = 65_536;

    fn new(most: u32) -> Self {
        Self { most, hour: 0, counts: HashMap::new(), others: 0, restored: None }
    }

    /// Counts one if the network is below its cap.
    fn admit(&mut self, network: IpPrefix, now: Timestamp) -> bool {
        let most = self.most;
        self.turn(now);
        let count = self.cell(network);
        if *count >= most {
            return false;
        }
        *count += 1;
        true
    }

    /// Counts one that was confirmed before a restart; values of one answer have one time, and count once.
    fn count(&mut self, network: IpPrefix, at: Timestamp) {
        self.turn(at);
        let first = self.restored.replace((network, at)) != Some((network, at));
        if first && hour(at) == self.hour {
            let count = self.cell(network);
            *count = count.saturating_add(1);
        }
    }

    /// Starts a new hour; a clock that steps back starts none, so that no count is lost.
    fn turn(&mut self, now: Timestamp) {
        if hour(now) > self.hour {
            self.hour = hour(now);
            self.counts.clear();
            self.others = 0;
        }
    }

    fn cell(&mut self, network: IpPrefix) -> &mut u32 {
        if self.counts.len() >= Self::MOST_NETWORKS && !self.counts.contains_key(&network) {
            return &mut self.others;
        }
        self.counts.entry(network).or_insert(0)
    }
}

const fn hour(at: Timestamp) -> u64 {
    at.millis() / Window::HOUR.millis()
}

/// Endpoints that answered a request without any credential: there, an answer proves nothing about
/// a token.
///
/// Bound: 16,384 endpoints. Eviction rule: those whose last such answer is a day old; when none is,
/// every endpoint that is not in the table counts as open, and none of its tokens is confirmed.
#[derive(Debug, Default)]
struct OpenEndpoints {
    seen: RwLock<HashMap<u64, AtomicU64>>,
}

impl OpenEndpoints {
    const MOST: usize = 16_384;

    fn mark(&self, endpoint: u64, now: Timestamp) {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = seen.get(&endpoint) {
            at.store(now.millis(), Ordering::Relaxed);
            return;
        }
        let full = seen.len() >= Self::MOST;
        drop(seen);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if full {
            seen.retain(|_, at| !is_old(at, now));
        }
        if seen.len() < Self::MOST {
            seen.insert(endpoint, AtomicU64::new(now.millis()));
        }
    }

    fn contains(&self, endpoint: u64, now: Timestamp) -> bool {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        match seen.get(&endpoint) {
            Some(at) => !is_old(at, now),
            None => seen.len() >= Self::MOST,
        }
    }
}

fn is_old(at: &AtomicU64, now: Timestamp) -> bool {
    let at = Timestamp::from_millis(at.load(Ordering::Relaxed));
    now.millis_since(at) > Hints::MEMORY.millis()
}
