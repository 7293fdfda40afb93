//! A response larger than the buffer, or one that leaves as it comes ([`crate::pace`]): records leave
//! batch by batch, each batch after its entry.
//!
//! The first batch is judged before the status line leaves, so that a caller without budget gets a
//! refusal like any other. A later batch that may not leave resets the connection: the client never
//! takes a part for the whole.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::{
    Caller, Completion, Endpoint, ExchangeId, Holder, Method, Mode, ObjectRef, Outcome, PageRef, Recipient,
    Refusal, RefusalKind, SubjectDigest, Timestamp, networks_of,
};
use http::{HeaderMap, HeaderValue, Response, response};
use ledger::DigestKey;
use meter::split::OversizeRecord;
use meter::{Plan, Shape};
use net::Body;
use net::body::Feeder;
use policy::authorize::{AttributeName, Permit, RequestFacts};
use reading::attributes::Attributes;
use smallvec::SmallVec;
use tokio::time::timeout;

use crate::answer::{Question, after, clean, withhold};
use crate::conclude::Concluded;
use crate::disclose::{self, Account, Asking, Brought, Found, Released, Withheld};
use crate::doors::Door;
use crate::incoming::Incoming;
use crate::label::Label;
use crate::pace::LULL;
use crate::pieces::{Piece, Pieces};
use crate::request::facts;
use crate::tell::Refused;
use crate::walk::Walk;
use crate::{Gateway, clock, locked};

/// Batches that may wait for a slow client.
const WAITING: usize = 2;

/// Entries of one response that wait for its end. Bound on what a stream without end holds in memory.
const OPEN: usize = 256;

/// A body of which a first part is there.
pub(crate) struct Coming {
    pub(crate) shape: Shape,
    /// Whether it is server-sent events.
    pub(crate) events: bool,
    /// Whether its parts leave as they come, and not once they are large enough.
    pub(crate) live: bool,
    pub(crate) first: Bytes,
    pub(crate) incoming: Incoming,
}

/// What came next of a body.
enum Next {
    Piece(Bytes),
    /// Nothing for now.
    Lull,
    End,
}

impl Coming {
    fn pieces(&self, most: usize) -> Pieces {
        if self.events { Pieces::of_events(most) } else { Pieces::new(self.shape, most) }
    }

    /// Waits for more; of a live body no longer than `patience`.
    async fn next(&mut self, patience: Option<Duration>) -> Result<Next, Refusal> {
        let piece = match patience.filter(|_| self.live) {
            None => self.incoming.next().await?,
            Some(patience) => match timeout(patience, self.incoming.next()).await {
                Err(_) => return Ok(Next::Lull),
                Ok(piece) => piece?,
            },
        };
        Ok(piece.map_or(Next::End, Next::Piece))
    }
}

/// Judges the first batch of a large or live body, and on success hands the rest to a task of its own.
pub(crate) async fn answer(
    walk: &mut Walk<'_>,
    question: &Question<'_, '_>,
    asking: &Asking<'_, '_>,
    mut head: response::Parts,
    mut coming: Coming,
    extra: &[u8],
) -> Result<Response<Body>, Refusal> {
    let shape = coming.shape;
    let too_large = |error: OversizeRecord| Refusal::new(RefusalKind::Unmeterable, error.to_string());
    let mut pieces = coming.pieces(asking.most_held);
    pieces.push(&coming.first).map_err(too_large)?;
    let mut ended = false;
    let batch = loop {
        if let Some(batch) = pieces.batch() {
            break batch;
        }
        // A live body of which nothing came yet has waited already.
        match coming.next(Some(LULL)).await? {
            Next::Piece(piece) => pieces.push(&piece).map_err(too_large)?,
            // Without a first part the head leaves alone.
            Next::Lull => break pieces.early().unwrap_or_default(),
            Next::End => {
                ended = true;
                break std::mem::replace(&mut pieces, coming.pieces(asking.most_held)).finish();
            }
        }
    };
    let as_shape = pieces.shape(shape);
    let released = disclose::release(asking, walk.id, batch, as_shape, extra).await;
    let Released { body, stripped, account, found, noted } =
        released.map_err(|withheld| withhold(walk, *withheld))?;
    after(walk, question, &head, &found);
    walk.found.add(found);
    if let Some(noted) = noted {
        walk.noted.get_or_insert(noted);
    }
    clean(&mut head, stripped, true, question);
    head.headers.remove(http::header::CONTENT_LENGTH);
    walk.tell_limits(&mut head.headers);
    // The record of the first part takes it.
    let agent_text = walk.agent_text.clone();
    let outcome = walk.noted.as_ref().map_or(Outcome::Served, |noted| Outcome::WouldRefuse(noted.kind));
    walk.done(outcome, head.status.as_u16(), u64::try_from(body.len()).unwrap_or(u64::MAX));

    let accounts = Arc::new(Mutex::new(vec![account]));
    let (feeder, out) = Body::channel(WAITING);
    let kept = Kept::of(walk, question, asking, head.status.as_u16(), agent_text);
    let told = Arc::clone(&accounts);
    let gateway = Arc::clone(walk.gateway);
    let out = out.on_completion(move |completion: Completion| {
        for account in std::mem::take(&mut *locked(&told)) {
            account.complete(&gateway, completion, clock::now());
        }
    });
    tokio::spawn(async move {
        if !body.is_empty() && feeder.send(body).await.is_err() {
            return;
        }
        if ended {
            // A client that is gone at the very end has heard it all.
            let _ = feeder.finish().await;
        } else {
            rest(&kept, pieces, coming, feeder, &accounts).await;
        }
    });
    Ok(Response::from_parts(head, out))
}

/// Feeds the rest, batch by batch; ends with a clean end only when everything left.
async fn rest(
    kept: &Kept,
    mut pieces: Pieces,
    mut coming: Coming,
    feeder: Feeder,
    accounts: &Mutex<Vec<Account>>,
) {
    let as_shape = pieces.shape(coming.shape);
    // Whether anything came since the last lull.
    let mut fresh = true;
    loop {
        while let Some(batch) = pieces.batch() {
            if !kept.feed(batch, as_shape, &feeder, accounts).await {
                return feeder.abort();
            }
        }
        match coming.next(fresh.then_some(LULL)).await {
            Ok(Next::Piece(piece)) if pieces.push(&piece).is_ok() => fresh = true,
            Ok(Next::Lull) => {
                fresh = false;
                if let Some(batch) = pieces.early()
                    && !kept.feed(batch, as_shape, &feeder, accounts).await
                {
                    return feeder.abort();
                }
            }
            Ok(Next::End) => break,
            Ok(Next::Piece(_)) | Err(_) => return feeder.abort(),
        }
    }
    if kept.feed(pieces.finish(), as_shape, &feeder, accounts).await {
        // A client that is gone at the very end has heard it all.
        let _ = feeder.finish().await;
    }
}

/// What the rest of a response is judged by, owned: the walk that began it has ended.
struct Kept {
    gateway: Arc<Gateway>,
    permit: Permit,
    endpoint: Endpoint,
    method: Method,
    path: String,
    caller: Caller,
    client: IpAddr,
    mode: Mode,
    attributes: Attributes<'static>,
    headers: HeaderMap,
    segments: Vec<String>,
    door: Arc<Door>,
    plan: Plan,
    recipient: Recipient,
    holder: Holder,
    acting: Option<respond::Facts>,
    operator: Option<Arc<str>>,
    brought: Brought,
    digests: Arc<DigestKey>,
    label: Label,
    most_held: usize,
    /// What the exchange was recorded as, and each later part is.
    first: First,
}

/// What of the request is recorded of each part.
struct First {
    id: ExchangeId,
    started: Instant,
    facts: respond::Facts,
    declared: bool,
    public: bool,
    allowed: Option<[u32; 2]>,
    objects: SmallVec<[ObjectRef; 2]>,
    page: Option<PageRef>,
    agent: Option<SubjectDigest>,
    agent_text: Option<HeaderValue>,
    status: u16,
    upstream_status: Option<u16>,
}

/// How a part was decided about.
struct Decided {
    exchange: ExchangeId,
    at: Timestamp,
    outcome: Outcome,
    by_action: Option<Arc<str>>,
    bytes: usize,
}

impl Kept {
    fn of(
        walk: &Walk<'_>,
        question: &Question<'_, '_>,
        asking: &Asking<'_, '_>,
        status: u16,
        agent_text: Option<HeaderValue>,
    ) -> Self {
        Self {
            first: First {
                id: walk.id,
                started: walk.started,
                facts: walk.facts(),
                declared: walk.declared,
                public: walk.public,
                allowed: walk.allowed,
                objects: walk.objects.clone(),
                page: walk.page,
                agent: walk.agent,
                agent_text,
                status,
                upstream_status: walk.upstream_status,
            },
            gateway: Arc::clone(walk.gateway),
            permit: question.permit.clone(),
            endpoint: question.facts.endpoint.clone(),
            method: question.facts.method.clone(),
            path: question.facts.path.to_owned(),
            caller: walk.caller.clone(),
            client: walk.client.ip,
            mode: walk.rules.mode,
            attributes: question.attributes.to_owned(),
            headers: question.head.headers.clone(),
            segments: question.segments.iter().map(|segment| (*segment).to_owned()).collect(),
            door: Arc::clone(&walk.door),
            plan: asking.plan.clone(),
            recipient: asking.recipient.clone(),
            holder: asking.holder,
            acting: asking.acting,
            operator: asking.operator.clone(),
            brought: question.brought.clone(),
            digests: Arc::clone(question.digests),
            label: asking.label,
            most_held: asking.most_held,
        }
    }

    /// Releases one batch to the client; `false` when nothing may follow.
    async fn feed(
        &self,
        batch: Piece,
        shape: Shape,
        feeder: &Feeder,
        accounts: &Mutex<Vec<Account>>,
    ) -> bool {
        let (at, exchange) = (clock::now(), self.gateway.next_exchange());
        match self.release(batch, shape, at, exchange).await {
            Ok(Released { body, account, found, noted, stripped: _ }) => {
                if !found.classes.is_empty() {
                    self.door.note_personal();
                }
                let (outcome, by) = match noted {
                    None => (Outcome::Served, None),
                    Some(noted) => (Outcome::WouldRefuse(noted.kind), noted.action),
                };
                let by_action = by.map(|by| Arc::from(&*by.action));
                self.conclude(&found, Decided { exchange, at, outcome, by_action, bytes: body.len() });
                if !account.is_empty() {
                    let taken = {
                        let mut open = locked(accounts);
                        open.push(account);
                        (open.len() > OPEN).then(|| open.remove(0))
                    };
                    // The connection has taken it long ago: no more than a few parts wait for it.
                    if let Some(taken) = taken {
                        taken.complete(&self.gateway, Completion::Sent, clock::now());
                    }
                }
                body.is_empty() || feeder.send(body).await.is_ok()
            }
            Err(withheld) => {
                let Withheld { refusal, found } = *withheld;
                self.tell(&refusal);
                let by_action = refusal.action.as_ref().map(|by| Arc::from(&*by.action));
                let outcome = Outcome::Refused(refusal.kind);
                self.conclude(&found, Decided { exchange, at, outcome, by_action, bytes: 0 });
                false
            }
        }
    }

    /// Detectors, incidents and log learn of a later part as they do of the first. One that was let go
    /// and holds nothing personal is not worth a line.
    fn conclude(&self, found: &Found, decided: Decided) {
        let Decided { exchange, at, outcome, by_action, bytes } = decided;
        let holds_nothing = found.disclosed == 0 && found.classes.is_empty() && !found.trickled;
        if !self.gateway.records() || holds_nothing && outcome == Outcome::Served {
            return;
        }
        let first = &self.first;
        self.gateway.conclude(Concluded {
            id: exchange,
            continues: Some(first.id),
            at,
            took: first.started.elapsed(),
            client: self.client,
            caller: &self.caller,
            recipient: self.recipient.clone(),
            shown: self.door.shown(),
            declared: first.declared,
            public: first.public,
            allowed: first.allowed,
            objects: &first.objects,
            page: first.page,
            // What the request asked for was counted with the first part.
            failed_path: None,
            bait: false,
            agent: first.agent,
            agent_text: first.agent_text.clone(),
            status: first.status,
            upstream_status: first.upstream_status,
            request_bytes: 0,
            response_bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            issued: 0,
            found,
            facts: first.facts,
            trickled: false,
            outcome,
            by_action,
            mode: self.mode,
        });
    }

    async fn release(
        &self,
        batch: Piece,
        shape: Shape,
        at: Timestamp,
        exchange: ExchangeId,
    ) -> Result<Released, Box<Withheld>> {
        let lookup = |name: &AttributeName| facts::attribute(name, &self.attributes, &self.headers);
        let facts = RequestFacts {
            endpoint: &self.endpoint,
            method: &self.method,
            path: &self.path,
            caller: &self.caller,
            client: self.client,
            internal_listener: false,
            mode: self.mode,
            attribute: &lookup,
        };
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        let shown =
            |door: &Endpoint| self.gateway.parent_shown(door, &segments, &self.recipient, &self.digests, at);
        let networks = networks_of(self.client);
        let asking = Asking {
            gateway: &self.gateway,
            permit: &self.permit,
            mode: self.mode,
            facts: &facts,
            door: &self.door,
            plan: &self.plan,
            payer: self.gateway.payer(&self.caller, &self.recipient, self.holder, &networks),
            holder: self.holder,
            acting: self.acting,
            // A body this large is no answer to a log-in.
            sent: None,
            recipient: &self.recipient,
            operator: self.operator.clone(),
            parent_shown: &shown,
            brought: &self.brought,
            digests: &self.digests,
            at,
            may_strip: false,
            label: self.label,
            most_held: self.most_held,
        };
        disclose::release(&asking, exchange, batch, shape, &[]).await
    }

    /// A batch that may not leave: the head has left long ago, so only the operator hears why.
    fn tell(&self, refusal: &Refusal) {
        let refused = Refused {
            exchange: self.gateway.next_exchange(),
            endpoint: &self.door.shown(),
            caller: &self.caller,
            source: domain::networks_of(self.recipient.client).first().copied(),
            fault: None,
            mode: self.mode,
            at: clock::now(),
        };
        self.gateway.told.refusal(&refused, refusal);
        self.gateway.ledger.refused(ledger::Withheld {
            at: clock::now(),
            endpoint: (*self.door.shown()).clone(),
            operator: self.operator.clone(),
            recipient: self.recipient.clone(),
            kind: refusal.kind,
            subjects: 0,
            count: 1,
            budget: refusal.budget,
        });
    }
}
