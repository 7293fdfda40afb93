//! The walk of one exchange, station by station (DESIGN.md section 5).
//!
//! ```text
//! framing -> route -> identify -> authorize -> act -> limit -> forward -> answer (meter, own, budget, act, ledger, release)
//! ```
//! Each station refuses with its own reason or hands on what the next one needs. In observe mode a
//! judgement is noted and the walk goes on; what cannot be read, forwarded or accounted is refused
//! in every mode.

// long: the walk is one page on purpose: its stations in their order, each a short function.

use std::sync::Arc;

use bytes::Bytes;
use detect::CallerKind;
use domain::{
    Caller, Endpoint, ExchangeId, HintState, IpPrefix, Method, Mode, Outcome, Recipient, Refusal,
    RefusalKind, SubjectDigest, SubjectKey, Timestamp, Window, networks_of,
};
use http::header::{
    ACCEPT, ACCEPT_CHARSET, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, IF_RANGE, ORIGIN, RANGE,
    TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderValue, Request, Response, request};
use meter::Shape;
use net::address::ClientAddress;
use net::framing::{self, HeadFault};
use net::json_check::{BodyKind, check_body};
use net::listener::ConnectionInfo;
use net::target::{Target, TargetError};
use net::upstream::UpstreamError;
use net::{Body, Incoming};
use policy::authorize::{AttributeName, Permit, RequestFacts};
use policy::budget::Answer as LookUp;
use reading::{objects, paging};
use respond::Facts;
use smallvec::SmallVec;
use telemetry::{CallerWord, Configured, ExchangeDone, ExchangeWouldBeRefused, Occurrence, UpstreamFault};

use crate::ablate::{Station, off};
use crate::conclude::Concluded;
use crate::disclose::{Brought, Found};
use crate::doors::{Door, Seen};
use crate::identify::{BadCredential, Identified, IdentifyFault, RequestView};
use crate::incidents;
use crate::label;
use crate::request::facts;
use crate::request::sent::Sent;
use crate::rules::{NamedUpstream, Operation, Rules};
use crate::settle::Acting;
use crate::tally::Counted;
use crate::tell::Refused;
use crate::{Gateway, answer, clock, problem};

/// Serves one exchange: whatever happens, the client gets an answer or a reset, and the exchange is
/// recorded.
pub async fn exchange(
    gateway: Arc<Gateway>,
    connection: ConnectionInfo,
    request: Request<Incoming>,
) -> Response<Body> {
    let _in_flight = telemetry::metrics().begin();
    let rules = gateway.rules();
    let (head, body) = request.into_parts();
    let mut walk = Walk::new(&gateway, &rules, &head, connection);
    match walk.run(head, body).await {
        Ok(response) => response,
        Err(refusal) => walk.refused(refusal),
    }
}

/// What is known of the exchange so far, and what will be recorded of it.
pub(crate) struct Walk<'g> {
    pub(crate) gateway: &'g Arc<Gateway>,
    pub(crate) rules: &'g Rules,
    pub(crate) id: ExchangeId,
    pub(crate) at: Timestamp,
    pub(crate) client: ClientAddress,
    /// The client's blocks, narrowest first.
    pub(crate) networks: SmallVec<[IpPrefix; 3]>,
    pub(crate) caller: Caller,
    pub(crate) door: Arc<Door>,
    pub(crate) declared: bool,
    pub(crate) operator: Option<Arc<str>>,
    pub(crate) found: Found,
    pub(crate) upstream_status: Option<u16>,
    pub(crate) request_bytes: u64,
    pub(crate) noted: Option<Refusal>,
    /// CORS headers of the answer that a refusal must repeat.
    pub(crate) cors: Option<HeaderMap>,
    /// Limits of which the client is told.
    pub(crate) applied: policy::limit::AllApplied,
    /// `Origin` of the request: a refusal to it carries the route's CORS headers.
    origin: Option<HeaderValue>,
    /// Keyed digest of the verified principal, once it is known.
    principal: Option<SubjectDigest>,
    /// What is wrong with the credential that was presented.
    fault: Option<IdentifyFault>,
    pub(crate) started: std::time::Instant,
    pub(crate) objects: SmallVec<[domain::ObjectRef; 2]>,
    pub(crate) agent: Option<domain::SubjectDigest>,
    /// Sessions and tokens that the answer issued.
    pub(crate) issued: u32,
    /// The operation is declared public.
    pub(crate) public: bool,
    /// What its declared budget lets a partner read in an hour and a day.
    pub(crate) allowed: Option<[u32; 2]>,
    pub(crate) page: Option<domain::PageRef>,
    /// Method and path; where exchanges are recorded.
    asked: Option<(Method, http::uri::PathAndQuery)>,
    /// Only scanners ask for the path.
    bait: bool,
    /// The number of the upstream that is asked.
    upstream: u64,
    /// `User-Agent`, for those who make incidents of signals.
    pub(crate) agent_text: Option<HeaderValue>,
    /// Whether a half-open action let the request through.
    trickled: bool,
    /// The endpoint as which actions judged the request.
    judged_as: Option<u64>,
    /// The action that refused it, or would have.
    by_action: Option<Arc<str>>,
}

/// A request that has been read in its one way.
struct Read<'r> {
    head: request::Parts,
    target: Target,
    method: Method,
    operation: Option<&'r Operation>,
    upstream: &'r NamedUpstream,
    endpoint: Endpoint,
}

impl<'g> Walk<'g> {
    fn new(
        gateway: &'g Arc<Gateway>,
        rules: &'g Rules,
        head: &request::Parts,
        connection: ConnectionInfo,
    ) -> Self {
        let client = rules.trust.client(connection.peer, &head.headers);
        if let Some(header) = rules.trust.unanswered(&client) {
            telemetry::ProxyNamesNobody { header: telemetry::Configured(header) }.emit();
        }
        Self {
            gateway,
            rules,
            id: gateway.next_exchange(),
            at: clock::now(),
            networks: networks_of(client.ip),
            client,
            caller: Caller::Anonymous,
            door: gateway.unread_door(),
            declared: false,
            operator: None,
            found: Found::default(),
            upstream_status: None,
            request_bytes: 0,
            noted: None,
            cors: None,
            applied: policy::limit::AllApplied::new(),
            origin: head.headers.get(ORIGIN).cloned(),
            principal: None,
            fault: None,
            started: std::time::Instant::now(),
            objects: SmallVec::new(),
            agent: None,
            issued: 0,
            public: false,
            allowed: None,
            page: None,
            asked: None,
            bait: false,
            upstream: 0,
            agent_text: head.headers.get(http::header::USER_AGENT).cloned(),
            trickled: false,
            judged_as: None,
            by_action: None,
        }
    }

    /// The mode in force.
    pub(crate) fn mode(&self) -> Mode {
        self.rules.mode
    }

    /// Carries a refusal out, or only notes it, as the mode says.
    pub(crate) fn judge(&mut self, refusal: Refusal) -> Result<(), Refusal> {
        if self.mode().acts() || !refusal.kind.is_judgement() {
            return Err(refusal);
        }
        self.noted.get_or_insert(refusal);
        Ok(())
    }

    async fn run(&mut self, head: request::Parts, body: Incoming) -> Result<Response<Body>, Refusal> {
        let read = self.read(head)?;
        let is_preflight = self.is_preflight(&read);
        let digests = self.gateway.ledger.digest_key();
        let mut identified = self.identify(&read, is_preflight, &digests)?;
        // What the upstream does not get, its answer says nothing about.
        identified.forward_credentials &= read.upstream.takes_credentials;

        let segments = segments_of(&read.target, &read.head.uri);
        let reads_body = !is_preflight && self.rules.policies.reads_body(&read.endpoint);
        let has_body = !http_body::Body::is_end_stream(&body);
        let unnamed = self.mode() == Mode::Enforce && names_no_shape(&read.head.headers) && has_body;
        let (body, whole) = if reads_body || unnamed || wants_reading(&read.head.headers) {
            let (kind, bytes) = Box::pin(self.read_body(&read, body)).await?;
            (Body::full(bytes.clone()), Some((kind, bytes)))
        } else {
            (self.bounded(&read, body)?, None)
        };
        let mut attributes =
            facts::path_and_query(self.rules, &read.endpoint, &read.method, &read.target, &segments);
        if let Some((kind, bytes)) = &whole {
            facts::body(*kind, bytes, &mut attributes);
        }

        let lookup = |name: &AttributeName| facts::attribute(name, &attributes, &read.head.headers);
        let facts = RequestFacts {
            endpoint: &read.endpoint,
            method: &read.method,
            path: read.target.path(),
            caller: &self.caller.clone(),
            client: self.client.ip,
            internal_listener: false,
            mode: self.mode(),
            attribute: &lookup,
        };
        let told = &self.gateway.told;
        told.expired_patch(&self.rules.policies, self.id, &read.endpoint, &self.door, self.at);
        let permit = self.authorize(&facts, is_preflight)?;
        if self.gateway.records() || counts_objects(&permit) {
            let named = self.gateway.logs();
            self.objects = objects::objects(&attributes, named, |value| digests.object(value));
        }
        if self.gateway.logs() {
            let agent = read.head.headers.get(http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
            self.agent = agent.map(|agent| digests.agent(agent));
        }
        if self.gateway.records() {
            self.page = paging::page(&attributes, |value| digests.object(value));
        }
        self.act().await?;
        self.limit(&permit)?;
        let brought = self.brought(&read, whole.as_ref(), &digests);
        let asked = self.look_up(&brought)?;

        let outgoing = self.outgoing(&read, &identified, body);
        let sent = std::time::Instant::now();
        let answered = read.upstream.upstream.send(outgoing).await;
        let response = match answered {
            Ok(response) => response,
            Err(error) => {
                let cause = match error {
                    UpstreamError::Connect(_) | UpstreamError::Busy => UpstreamFault::Connect,
                    UpstreamError::ConnectTimeout
                    | UpstreamError::ResponseTimeout
                    | UpstreamError::BodyTimeout => UpstreamFault::Timeout,
                    UpstreamError::Broken(_) => UpstreamFault::Reset,
                    UpstreamError::LeftAlone { .. } => UpstreamFault::LeftAlone,
                    _ => UpstreamFault::Protocol,
                };
                let unreached = matches!(
                    error,
                    UpstreamError::Connect(_)
                        | UpstreamError::Busy
                        | UpstreamError::ConnectTimeout
                        | UpstreamError::LeftAlone { .. }
                );
                let result = if unreached { LookUp::None } else { LookUp::Failed };
                self.look_up_result(&asked, &brought, result);
                self.upstream_failed(&read, cause);
                let refusal = Refusal::new(error.refusal(), error.to_string());
                return Err(match error {
                    UpstreamError::LeftAlone { again } => refusal.retry_after(again),
                    _ => refusal,
                });
            }
        };
        self.upstream_status = Some(response.status().as_u16());
        let question = answer::Question {
            permit: &permit,
            facts: &facts,
            attributes: &attributes,
            operation: read.operation,
            segments: &segments,
            target: read.target.path_and_query().as_str(),
            identified: &identified,
            brought: &brought,
            digests: &digests,
            is_preflight,
            is_plain: is_plain(&read, &self.caller),
            sent: Sent {
                target: read.target.path_and_query().as_str(),
                head: &read.head,
                body: whole.as_ref().map(|(_, bytes)| bytes.as_ref()),
                unread: has_body && whole.is_none(),
            },
            head: &read.head,
        };
        let answered = answer::answer(self, &question, response, sent).await;
        // It answered, and broke off or stopped before its answer was complete.
        match &answered {
            Err(refusal) if refusal.kind == RefusalKind::UpstreamUnavailable => {
                self.upstream_failed(&read, UpstreamFault::Reset);
            }
            Err(refusal) if refusal.kind == RefusalKind::UpstreamTimeout => {
                self.upstream_failed(&read, UpstreamFault::Timeout);
            }
            _ => {}
        }
        let look_up = match (&answered, self.upstream_status) {
            (_, Some(status)) if status >= 500 => LookUp::Failed,
            // Before what the answer tells: "no account for ann@example.com" tells of nobody.
            (_, Some(status)) if (400..500).contains(&status) && status != 429 => LookUp::NotFound,
            _ if brought.digests.is_empty() => LookUp::None,
            _ if self.found.looked_up || !self.found.issued.is_empty() => LookUp::Found,
            _ if self.gateway.doors.looks_up(&self.door) => LookUp::NotFound,
            // Nobody had used this path: it may be made up, for an upstream that ignores paths.
            _ if asked.number != self.door.number => LookUp::NotFound,
            _ => LookUp::Done,
        };
        if let Some(network) = self.networks.last().filter(|_| look_up != LookUp::None) {
            self.door.note_asker(*network);
        }
        if self.found.looked_up && look_up == LookUp::Found {
            self.door.note_look_up();
        }
        self.look_up_result(&asked, &brought, look_up);
        answered
    }

    /// Framing: one reading, or none.
    fn read(&mut self, mut head: request::Parts) -> Result<Read<'g>, Refusal> {
        let mut target = Target::read(&head.uri).map_err(|error| match error {
            TargetError::TooLong => Refusal::new(RefusalKind::TooLarge, error.to_string()),
            _ => Refusal::new(RefusalKind::Ambiguous, error.to_string()),
        })?;
        for fault in framing::head_faults(&head, &target) {
            if fault == HeadFault::Upgrade {
                return Err(Refusal::new(RefusalKind::Upgrade, fault.word()));
            }
            if fault.is_fatal() || self.mode() == Mode::Enforce {
                return Err(Refusal::new(RefusalKind::Ambiguous, fault.word()));
            }
            match fault {
                HeadFault::MethodInQuery => {
                    target = target
                        .without_query("_method")
                        .map_err(|error| Refusal::new(RefusalKind::Ambiguous, error.to_string()))?;
                }
                _ => framing::remove_overrides(&mut head.headers),
            }
        }
        if let Some(fault) = target.faults().iter().find(|fault| !fault.is_ordinary())
            && self.mode() == Mode::Enforce
            && !off(Station::Framing)
        {
            return Err(Refusal::new(RefusalKind::Ambiguous, fault.word()));
        }
        let method: Method = head.method.as_str().parse().map_err(|_| {
            Refusal::new(RefusalKind::Ambiguous, "the method is no token of at most 32 bytes")
        })?;
        let segments = segments_of(&target, &head.uri);
        let operation = self.rules.route(&method, &segments).map(|(operation, _)| operation);
        let (endpoint, door) = match operation {
            Some(operation) => (operation.endpoint.clone(), self.gateway.doors.of(&operation.endpoint)),
            None => {
                let seen = match self.rules.patched_door(&method, &segments) {
                    Some(patched) => Seen { endpoint: patched.clone(), shown: patched.clone() },
                    None => self.gateway.learned.peek(&method, &segments),
                };
                let door = self.gateway.doors.learned(&seen);
                (seen.endpoint, door)
            }
        };
        self.public = operation.is_some_and(Operation::is_public);
        self.allowed = operation.and_then(|operation| operation.allowed);
        if self.gateway.records() {
            self.asked = Some((method.clone(), target.path_and_query().clone()));
            self.bait = detect::is_bait(&segments);
        }
        self.declared = operation.is_some_and(|operation| operation.intent.is_some());
        self.operator =
            operation.map_or_else(|| self.rules.default_operator(), |operation| operation.operator.clone());
        self.door = door;
        let upstream = self
            .rules
            .upstream(operation)
            .ok_or_else(|| Refusal::new(RefusalKind::UpstreamUnavailable, "no upstream is configured"))?;
        self.upstream = upstream.number;
        drop(segments);
        Ok(Read { head, target, method, operation, upstream, endpoint })
    }

    /// A CORS preflight (Fetch standard, section 4.8): it carries no credential and passes where its
    /// path has the method it asks for.
    fn is_preflight(&self, read: &Read<'_>) -> bool {
        let headers = &read.head.headers;
        let asked = headers.get(http::header::ACCESS_CONTROL_REQUEST_METHOD);
        if read.method != Method::Options || !headers.contains_key(ORIGIN) {
            return false;
        }
        let Some(Ok(method)) = asked.and_then(|asked| asked.to_str().ok()).map(str::parse::<Method>) else {
            return false;
        };
        self.mode() != Mode::Enforce || self.rules.declares(&method, &read.target.segments())
    }

    fn identify(
        &mut self,
        read: &Read<'_>,
        is_preflight: bool,
        digests: &ledger::DigestKey,
    ) -> Result<Identified, Refusal> {
        let view = RequestView { headers: &read.head.headers, query: read.target.path_and_query().query() };
        let ignored = is_preflight || read.operation.is_some_and(Operation::is_public);
        let bad = if ignored { BadCredential::Ignored } else { BadCredential::Counts };
        let mut identified = self.rules.identify.caller(&view, bad, digests, self.at);
        if off(Station::Identify) {
            identified.caller = Caller::Anonymous;
            identified.fault = None;
        }
        self.caller = identified.caller.clone();
        self.fault = identified.fault;
        if matches!(self.caller, Caller::Verified(_)) {
            self.principal = identified.principal;
        }
        if let Some(fault) = identified.fault
            && !ignored
            && read.operation.is_some_and(|operation| operation.intent.is_some())
        {
            self.judge(Refusal::new(fault.kind(), fault.phrase()))?;
        }
        Ok(identified)
    }

    fn authorize(&mut self, facts: &RequestFacts<'_>, is_preflight: bool) -> Result<Permit, Refusal> {
        let permit = if is_preflight {
            // A preflight asks for nothing yet: its own door need not be declared. Patches still act.
            let mode = if facts.mode == Mode::Enforce { Mode::Guard } else { facts.mode };
            let RequestFacts { endpoint, method, path, caller, client, internal_listener, attribute, .. } =
                *facts;
            let open =
                RequestFacts { endpoint, method, path, caller, client, internal_listener, mode, attribute };
            self.rules.policies.authorize(&open, self.at)?
        } else if off(Station::Authorize) {
            let RequestFacts { endpoint, method, path, caller, client, internal_listener, attribute, .. } =
                *facts;
            let mode = Mode::Observe;
            let open =
                RequestFacts { endpoint, method, path, caller, client, internal_listener, mode, attribute };
            return self.rules.policies.authorize(&open, self.at);
        } else {
            self.rules.policies.authorize(facts, self.at)?
        };
        if let Some(noted) = permit.noted() {
            self.noted.get_or_insert(noted.clone());
        }
        Ok(permit)
    }

    /// What actions about incidents do with it: before the upstream is asked.
    async fn act(&mut self) -> Result<(), Refusal> {
        let slowed = self.acted()?;
        if let Some((delay, held)) = slowed.filter(|_| self.mode().acts()) {
            // Those who wait are counted until they have waited, and a client that leaves waits no more.
            tokio::time::sleep(delay.duration()).await;
            drop(held);
        }
        Ok(())
    }

    /// The same once more where the answer has taught what the endpoint is called: else the first request
    /// to one that stands in no specification would pass its quarantine after every restart. Nobody waits
    /// twice.
    pub(crate) fn act_again(&mut self) -> Result<(), Refusal> {
        let known = self.judged_as;
        if known == Some(detect::endpoint_key(&self.door.shown())) {
            return Ok(());
        }
        self.acted().map(drop)
    }

    /// What actions refuse, and for how long the exchange should wait.
    fn acted(&mut self) -> Result<Option<(Window, respond::Held)>, Refusal> {
        self.judged_as = Some(detect::endpoint_key(&self.door.shown()));
        let Acting { refusal, slowed, trickled } = self.gateway.incidents.judge(|| self.facts());
        self.trickled |= trickled;
        if let Some(refusal) = refusal {
            self.judge(refusal)?;
        }
        Ok(slowed)
    }

    /// What actions are judged by.
    pub(crate) fn facts(&self) -> Facts {
        let (identity, has_role) = match &self.caller {
            Caller::Anonymous => (None, false),
            Caller::Hinted(hint) => (Some(hint.digest), false),
            Caller::Verified(principal) => (self.principal, self.gateway.budget_role(principal).is_some()),
        };
        let caller = CallerKind::of(self.caller.word());
        let page = self.page.and_then(|page| match page {
            domain::PageRef::Number(number) => Some(number),
            domain::PageRef::Cursor(_) => None,
        });
        Facts {
            client: self.client.ip,
            caller,
            identity,
            works: incidents::works(caller, has_role),
            door: detect::endpoint_key(&self.door.shown()),
            upstream: self.upstream,
            page,
        }
    }

    /// What actions judge the answer by. Whom a public operation tells of is nobody's stranger.
    pub(crate) fn acting(&self) -> Option<Facts> {
        (!self.public).then(|| self.facts())
    }

    /// Requests, and distinct objects that they name.
    fn limit(&mut self, permit: &Permit) -> Result<(), Refusal> {
        let objects: SmallVec<[u64; 4]> = self.objects.iter().map(|object| object.digest.short()).collect();
        let request = policy::limit::Request {
            networks: &self.networks,
            principal: self.limit_principal(),
            endpoint: self.door.number,
            declared: permit.intent().map_or(&[][..], |intent| intent.limit.as_slice()),
            objects: &objects,
        };
        if off(Station::Limit) {
            return Ok(());
        }
        let checked = self.gateway.limits().check(&request, self.at);
        let (applied, refused) = match checked {
            Ok(applied) => (applied, None),
            Err(limited) => (limited.applied, Some(limited.refusal)),
        };
        // The gateway's own limits are far above what people meet; declared ones are told.
        if refused.is_some() || !request.declared.is_empty() {
            self.applied = applied;
        }
        refused.map_or(Ok(()), |refusal| self.judge(refusal))
    }

    /// Reads a body that is judged; one that has two readings is refused in enforce.
    async fn read_body(&mut self, read: &Read<'_>, body: Incoming) -> Result<(BodyKind, Bytes), Refusal> {
        let limit = self.rules.bounds.request_body.len();
        let deadline = tokio::time::Instant::now() + self.rules.bounds.request_timeout.duration();
        let bytes = net::read_all(body, limit, deadline).await.map_err(|error| {
            let kind = match error {
                net::ReadError::TooLarge { .. } => RefusalKind::TooLarge,
                net::ReadError::TooSlow => RefusalKind::TooSlow,
                _ => RefusalKind::Ambiguous,
            };
            Refusal::new(kind, error.to_string())
        })?;
        self.request_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let content_type = read.head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let (kind, fault) = check_body(content_type, &bytes);
        if let Some(fault) = fault.filter(|fault| !fault.is_ordinary())
            && self.mode() == Mode::Enforce
        {
            return Err(Refusal::new(RefusalKind::Ambiguous, fault.word()));
        }
        Ok((kind, bytes))
    }

    /// A body that passes unread, up to its bound.
    fn bounded(&mut self, read: &Read<'_>, body: Incoming) -> Result<Body, Refusal> {
        let announced = read
            .head
            .headers
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > self.rules.bounds.upload.bytes()) {
            return Err(Refusal::new(RefusalKind::TooLarge, "the body is larger than `upload`"));
        }
        self.request_bytes = announced.unwrap_or(0);
        Ok(Body::from(body))
    }

    /// The people whom the request itself names: by e-mail or phone in path, query and body.
    fn brought(
        &self,
        read: &Read<'_>,
        body: Option<&(BodyKind, Bytes)>,
        digests: &ledger::DigestKey,
    ) -> Brought {
        let mut brought = Brought::default();
        if matches!(self.caller, Caller::Verified(_)) || off(Station::LookUp) {
            // Whoever is verified is charged to the own budget, whomever the request names.
            return brought;
        }
        let mut add = |contacts: meter::Contacts<'_>| {
            for email in &contacts.emails {
                let digest = digests.subject(&SubjectKey::new(domain::KeyKind::Email, email.as_ref()));
                if brought.emails.len() < 2 && !brought.emails.contains(&digest) {
                    brought.emails.push(digest);
                }
            }
            let emails =
                contacts.emails.iter().map(|text| SubjectKey::new(domain::KeyKind::Email, text.as_ref()));
            let phones =
                contacts.phones.iter().map(|text| SubjectKey::new(domain::KeyKind::Phone, text.as_ref()));
            for digest in emails.chain(phones).map(|key| digests.subject(&key)).take(16) {
                if !brought.digests.contains(&digest) {
                    brought.digests.push(digest);
                }
            }
        };
        for segment in read.target.segments().iter().filter(|segment| segment.contains('@')) {
            add(meter::contacts(segment.as_bytes(), Shape::Text));
        }
        if let Some(query) = read.target.path_and_query().query() {
            add(meter::contacts(query.as_bytes(), Shape::Form));
        }
        match body {
            Some((BodyKind::Json, bytes)) => add(meter::contacts(bytes, Shape::Json)),
            Some((BodyKind::Form, bytes)) => add(meter::contacts(bytes, Shape::Form)),
            _ => {}
        }
        brought
    }

    /// Grants a look-up before the upstream is asked, so that guesses stop reaching it.
    fn look_up(&mut self, brought: &Brought) -> Result<Arc<Door>, Refusal> {
        let asked = Arc::clone(&self.door);
        if brought.digests.is_empty() {
            return Ok(asked);
        }
        let networks = networks_of(self.client.ip);
        let short = brought.short();
        let granted = self.gateway.budgets().look_up_allowed(&networks, asked.number, &short, self.at);
        if let Err(refusal) = granted {
            self.judge(refusal)?;
            self.gateway.budgets().look_up_anyway(&networks, asked.number, &short, self.at);
        }
        Ok(asked)
    }

    fn look_up_result(&self, asked: &Door, brought: &Brought, result: LookUp) {
        if !brought.digests.is_empty() {
            let networks = networks_of(self.client.ip);
            self.gateway.budgets().look_up_result(&networks, asked.number, &brought.short(), result, self.at);
        }
    }

    /// The request as the upstream gets it: written anew from what was judged.
    fn outgoing(&self, read: &Read<'_>, identified: &Identified, body: Body) -> Request<Body> {
        let mut head = read.head.clone();
        let origin = framing::origin(&head.headers, &self.client);
        framing::remove_hop_by_hop(&mut head.headers);
        framing::set_forwarding(&mut head.headers, &self.client, &origin);
        framing::set_trace(&mut head.headers, self.id);
        if !off(Station::Range) {
            head.headers.remove(RANGE);
            head.headers.remove(IF_RANGE);
        }
        head.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        // Nor may the client choose an alphabet that the meter cannot read.
        head.headers.remove(ACCEPT_CHARSET);
        if let Some(accept) = head.headers.get(ACCEPT).and_then(label::without_charset) {
            head.headers.insert(ACCEPT, accept);
        }
        if !identified.forward_credentials {
            self.rules.identify.strip(&mut head.headers);
        }
        let mut request = net::upstream::outgoing(head, &read.target, body);
        read.upstream.present(&self.rules.identify, &mut request);
        request
    }

    fn upstream_failed(&self, read: &Read<'_>, cause: UpstreamFault) {
        let upstream = telemetry::Configured(&read.upstream.name);
        telemetry::UpstreamFailed { exchange: self.id, upstream, cause }.emit();
    }

    /// Whom limits count a request towards, beside its address.
    fn limit_principal(&self) -> Option<SubjectDigest> {
        match &self.caller {
            Caller::Verified(_) => self.principal,
            Caller::Hinted(hint) if hint.state == HintState::Confirmed => Some(hint.digest),
            Caller::Anonymous | Caller::Hinted(_) => None,
        }
    }

    /// Who received what leaves, for ledger and record.
    pub(crate) fn recipient(&self) -> Recipient {
        let (principal, role) = match &self.caller {
            Caller::Anonymous => (None, None),
            Caller::Hinted(hint) => (Some(hint.digest), None),
            Caller::Verified(principal) => (self.principal, self.gateway.budget_role(principal)),
        };
        Recipient { kind: self.gateway.word(self.caller.word()), principal, role, client: self.client.ip }
    }

    /// The refusal as the client sees it, counted and recorded.
    fn refused(&mut self, refusal: Refusal) -> Response<Body> {
        let cors = match self.cors.take() {
            Some(cors) => cors,
            None => self.door.cors(self.origin.as_ref()),
        };
        let mut response = problem::response(&refusal, &self.id.to_string(), &cors);
        self.tell_limits(response.headers_mut());
        let refused = Refused {
            exchange: self.id,
            endpoint: &self.door.shown(),
            caller: &self.caller,
            source: self.networks.first().copied(),
            fault: self.fault,
            mode: self.mode(),
            at: self.at,
        };
        self.gateway.told.refusal(&refused, &refusal);
        self.by_action = refusal.action.as_ref().map(|by| Arc::from(&*by.action));
        if self.found.disclosed > 0 || refusal.kind.is_judgement() {
            self.withheld(&refusal);
        }
        self.done(
            Outcome::Refused(refusal.kind),
            response.status().as_u16(),
            u64::try_from(response.body().len()).unwrap_or(0),
        );
        response.map(Body::full)
    }

    /// `RateLimit` fields of the limits that the client should know (draft-ietf-httpapi-ratelimit-headers-11).
    pub(crate) fn tell_limits(&self, headers: &mut HeaderMap) {
        let fields = [
            ("ratelimit-policy", policy::limit::rate_limit_policy(&self.applied)),
            ("ratelimit", policy::limit::rate_limit(&self.applied)),
        ];
        for (name, value) in fields {
            if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
                headers.insert(name, value);
            }
        }
    }

    /// Notes in the ledger what an answer held that was refused.
    fn withheld(&self, refusal: &Refusal) {
        self.gateway.ledger.refused(ledger::Withheld {
            at: self.at,
            endpoint: (*self.door.shown()).clone(),
            operator: self.operator.clone(),
            recipient: self.recipient(),
            kind: refusal.kind,
            subjects: u64::from(self.found.disclosed),
            count: 1,
            budget: refusal.budget,
        });
    }

    /// Counts and records the exchange.
    pub(crate) fn done(&mut self, outcome: Outcome, status: u16, response_bytes: u64) {
        let took = self.started.elapsed();
        ExchangeDone {
            exchange: self.id,
            endpoint: &self.door.shown(),
            caller: CallerWord::of(&self.caller),
            outcome,
            mode: self.mode(),
            status,
            took,
            subjects: if matches!(outcome, Outcome::Refused(_)) { [0; 6] } else { self.found.by_basis },
        }
        .emit();
        self.door.count(&Counted {
            caller: CallerKind::of(self.caller.word()),
            outcome,
            status,
            classes: self.found.classes,
            is_declared: self.declared,
            at: self.at,
        });
        if let Outcome::WouldRefuse(kind) = outcome {
            let noted = self.noted.as_ref().and_then(|noted| noted.action.as_ref());
            self.by_action = noted.map(|by| Arc::from(&*by.action));
            ExchangeWouldBeRefused {
                exchange: self.id,
                endpoint: &self.door.shown(),
                kind,
                action: self.by_action.as_deref().map(Configured),
                caller: CallerWord::of(&self.caller),
            }
            .emit();
        }
        if self.gateway.records() {
            self.recorded(outcome, status, response_bytes, took);
        }
    }

    /// Shows the exchange to the detectors, says what they say, and writes the line of the log.
    fn recorded(&mut self, outcome: Outcome, status: u16, response_bytes: u64, took: std::time::Duration) {
        self.gateway.conclude(Concluded {
            id: self.id,
            continues: None,
            at: self.at,
            took,
            client: self.client.ip,
            caller: &self.caller,
            recipient: self.recipient(),
            shown: self.door.shown(),
            declared: self.declared,
            public: self.public,
            allowed: self.allowed,
            objects: &self.objects,
            page: self.page,
            failed_path: self.failed_path(status),
            bait: self.bait,
            agent: self.agent,
            agent_text: self.agent_text.take(),
            status,
            upstream_status: self.upstream_status,
            request_bytes: self.request_bytes,
            response_bytes,
            issued: self.issued,
            found: &self.found,
            facts: self.facts(),
            trickled: self.trickled,
            outcome,
            by_action: self.by_action.clone(),
            mode: self.mode(),
        });
    }

    /// The digest of method and path, where the client got no success or only scanners ask for it.
    fn failed_path(&self, status: u16) -> Option<SubjectDigest> {
        let (method, target) = self.asked.as_ref().filter(|_| status >= 400 || self.bait)?;
        Some(self.gateway.ledger.digest_key().object(&format!("{method} {}", target.path())))
    }
}

impl Brought {
    fn short(&self) -> SmallVec<[u64; 4]> {
        self.digests.iter().map(domain::SubjectDigest::short).collect()
    }
}

/// The parts of the path by which a request is judged: those of its one reading. With framing off,
/// those that the client wrote, so that each spelling is a door of its own.
fn segments_of<'r>(target: &'r Target, uri: &'r http::Uri) -> SmallVec<[&'r str; 8]> {
    if off(Station::Framing) {
        return uri.path().split('/').skip(1).collect();
    }
    target.segments()
}

/// Whether a limit of the operation counts distinct objects.
fn counts_objects(permit: &Permit) -> bool {
    permit.intent().is_some_and(|intent| intent.limit.iter().any(|limit| limit.distinct.is_some()))
}

/// Bodies that some frameworks read as JSON all the same: enforce looks whether they are.
fn names_no_shape(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers.get(CONTENT_TYPE) else { return true };
    content_type.as_bytes().get(..10).is_some_and(|essence| essence.eq_ignore_ascii_case(b"text/plain"))
}

/// Bodies that policies, object references and look-ups read: JSON and forms.
fn wants_reading(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("json")
        || essence == "application/x-www-form-urlencoded"
        || essence == "application/graphql"
}

/// A request as a page makes it for its scripts and styles: no query, no body, no credential. Whether
/// the path has a parameter is known once its door is.
fn is_plain(read: &Read<'_>, caller: &Caller) -> bool {
    matches!(caller, Caller::Anonymous)
        && read.target.path_and_query().query().is_none()
        && !has_body(&read.head.headers)
        && matches!(read.method, Method::Get | Method::Head)
}

/// A body asks for something too, also on a GET.
fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(TRANSFER_ENCODING)
        || headers.get(CONTENT_LENGTH).is_some_and(|length| length.as_bytes() != b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_get_with_a_body_is_not_what_a_page_sends_for_its_scripts() {
        let headers = |name: http::HeaderName, value: &'static str| {
            HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
        };
        assert!(has_body(&headers(CONTENT_LENGTH, "12")));
        assert!(has_body(&headers(TRANSFER_ENCODING, "chunked")));
        assert!(!has_body(&headers(CONTENT_LENGTH, "0")));
        assert!(!has_body(&HeaderMap::new()));
    }
}
