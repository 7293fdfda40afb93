//! The upstream's answer: what of it may leave, and how.
//!
//! Three ways out: judged whole (up to the buffer bound), judged batch by batch (larger bodies that
//! have records), or passed through unread (what cannot be metered, where nothing personal is known
//! of the door). Whatever leaves by the first two carries the ledger's evidence.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use domain::{
    Caller, Completion, HintState, Holder, OnForeign, Outcome, Refusal, RefusalKind, SubjectDigest,
};
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED,
};
use http::{HeaderMap, Response, StatusCode, request, response};
use meter::Plan;
use net::Body;
use net::framing;
use net::upstream::UpstreamBody;
use policy::authorize::{Permit, RequestFacts};
use policy::budget::Payer;
use reading::attributes::Attributes;
use smallvec::SmallVec;
use telemetry::Vouched;

use crate::ablate::{Station, off};
use crate::disclose::{self, Asking, Brought, Released, Withheld};
use crate::identify::{Credentials, Identified, Issue, Observation};
use crate::incoming::{Filled, Incoming};
use crate::label::{self, Label};
use crate::pace::{Pace, is_events};
use crate::pieces::Piece;
use crate::request::sent::Sent;
use crate::rules::{Operation, meter_plan};
use crate::stream::{self, Coming};
use crate::walk::Walk;
use crate::{clock, problem};

/// What the answer is judged against.
pub(crate) struct Question<'q, 'f> {
    pub(crate) permit: &'q Permit,
    pub(crate) facts: &'q RequestFacts<'f>,
    pub(crate) attributes: &'q Attributes<'q>,
    pub(crate) operation: Option<&'q Operation>,
    pub(crate) segments: &'q [&'q str],
    pub(crate) target: &'q str,
    pub(crate) identified: &'q Identified,
    pub(crate) brought: &'q Brought,
    pub(crate) digests: &'q Arc<ledger::DigestKey>,
    pub(crate) is_preflight: bool,
    pub(crate) is_plain: bool,
    /// What the client sent.
    pub(crate) sent: Sent<'q>,
    pub(crate) head: &'q request::Parts,
}

/// Judges the upstream's answer and gives what may leave of it.
pub(crate) async fn answer(
    walk: &mut Walk<'_>,
    question: &Question<'_, '_>,
    response: Response<UpstreamBody>,
    asked: Instant,
) -> Result<Response<Body>, Refusal> {
    let (mut head, body) = response.into_parts();
    framing::remove_hop_by_hop(&mut head.headers);
    // The upstream's own reason phrase would leave with them, and nobody meters it.
    head.extensions.clear();
    walk.cors = Some(cors_of(&head.headers));
    learn(walk, question, &head);
    walk.act_again()?;
    walk.door.note_cors(&head.headers);
    vouch(walk, question, &head);

    let content_type = head.headers.get(CONTENT_TYPE).cloned();
    let content_type = content_type.as_ref().and_then(|value| value.to_str().ok());
    let plan = plan(walk, question);
    let encoded = head.headers.contains_key(CONTENT_ENCODING);
    let obligations = question.permit.obligations();
    let streams = obligations.stream.is_some();
    let strips = obligations.owner.is_some() && obligations.on_foreign == OnForeign::Strip;
    let pace = Pace::of(content_type, streams, strips);
    let mut incoming = Incoming::new(body, &head.headers, walk, streams, asked)?;
    let has_no_body = question.head.method == http::Method::HEAD
        || matches!(head.status.as_u16(), 204 | 304)
        || head.status.is_informational();
    let first = if has_no_body {
        incoming.ended();
        Filled::Whole(Bytes::new())
    } else {
        incoming.fill(walk.rules.bounds.buffer.len(), pace).await?
    };
    let sample = match &first {
        Filled::Whole(bytes) | Filled::More(bytes) => bytes,
    };
    let shape = label::shape(content_type, sample);
    let extra = header_texts(&head.headers);

    let gateway = Arc::clone(walk.gateway);
    let recipient = walk.recipient();
    let networks = walk.networks.clone();
    let at = walk.at;
    let payer_caller = walk.caller.clone();
    let holder = match &payer_caller {
        Caller::Hinted(hint) => walk.rules.identify.holder(hint.digest),
        Caller::Anonymous | Caller::Verified(_) => Holder::default(),
    };
    let payer = gateway.payer(&payer_caller, &recipient, holder, &networks);
    let shown = |door: &domain::Endpoint| {
        gateway.parent_shown(door, question.segments, &recipient, question.digests, at)
    };
    let door = Arc::clone(&walk.door);
    let asking = Asking {
        gateway: &gateway,
        permit: question.permit,
        mode: walk.rules.mode,
        facts: question.facts,
        door: &door,
        plan: &plan,
        payer,
        holder,
        acting: walk.acting(),
        sent: Some(question.sent),
        recipient: &recipient,
        operator: walk.operator.clone(),
        parent_shown: &shown,
        brought: question.brought,
        digests: question.digests,
        at,
        may_strip: true,
        label: Label::of(content_type, sample),
        most_held: walk.rules.bounds.buffer.len().saturating_mul(2),
    };
    if head.status == StatusCode::PARTIAL_CONTENT || head.headers.contains_key(CONTENT_RANGE) {
        partial(walk, &asking)?;
    }
    match first {
        Filled::Whole(bytes) => {
            let released =
                disclose::release(&asking, walk.id, Piece { metered: bytes, context: 0 }, shape, &extra)
                    .await;
            let released = released.map_err(|withheld| withhold(walk, *withheld))?;
            Ok(whole(walk, question, head, released, encoded))
        }
        Filled::More(bytes) => {
            // In a box: large bodies are rare, and every exchange's future would hold room for one.
            let coming = Coming {
                shape,
                events: is_events(content_type),
                live: pace != Pace::Whole,
                first: bytes,
                incoming,
            };
            Box::pin(stream::answer(walk, question, &asking, head, coming, &extra)).await
        }
    }
}

/// The refusal of what may not leave. Its door is known from now on to hold personal data: else the
/// same people could be had in a form that cannot be read.
pub(crate) fn withhold(walk: &mut Walk<'_>, withheld: Withheld) -> Refusal {
    let Withheld { refusal, found } = withheld;
    if !found.classes.is_empty() {
        walk.door.note_personal();
    }
    walk.found.add(found);
    refusal
}

/// A whole body that may leave, with a hook that tells the ledger how it ended.
fn whole(
    walk: &mut Walk<'_>,
    question: &Question<'_, '_>,
    mut head: response::Parts,
    released: Released,
    encoded: bool,
) -> Response<Body> {
    let Released { body, stripped, account, found, noted } = released;
    after(walk, question, &head, &found);
    walk.found.add(found);
    if let Some(noted) = noted {
        walk.noted.get_or_insert(noted);
    }
    let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
    clean(&mut head, stripped, encoded, question);
    walk.tell_limits(&mut head.headers);
    let outcome = walk.noted.as_ref().map_or(Outcome::Served, |noted| Outcome::WouldRefuse(noted.kind));
    walk.done(outcome, head.status.as_u16(), bytes);
    let gateway = Arc::clone(walk.gateway);
    let body = Body::full(body);
    let body = if account.is_empty() {
        body
    } else {
        body.on_completion(move |completion: Completion| account.complete(&gateway, completion, clock::now()))
    };
    Response::from_parts(head, body)
}

/// What follows from an answer that leaves: the door is known to hold personal data, tokens that it
/// issued are vouched for, objects that it showed may be parents.
pub(crate) fn after(
    walk: &mut Walk<'_>,
    question: &Question<'_, '_>,
    head: &response::Parts,
    found: &disclose::Found,
) {
    if !found.classes.is_empty() {
        walk.door.note_personal();
    }
    issued(walk, question, head, found);
    if head.status.is_success() {
        let all_own = found.own_subjects > 0 && found.own_subjects == found.disclosed;
        if all_own && walk.rules.uses_parents {
            walk.gateway.note_parent(
                &walk.door.endpoint,
                question.segments,
                &walk.recipient(),
                question.digests,
                walk.at,
            );
        }
    }
}

/// Removes what is not true any more of a body that was decoded, cut or may not be resumed.
pub(crate) fn clean(head: &mut response::Parts, stripped: bool, decoded: bool, question: &Question<'_, '_>) {
    head.headers.remove(ACCEPT_RANGES);
    if decoded || stripped {
        head.headers.remove(CONTENT_ENCODING);
    }
    if stripped {
        for name in [ETAG, LAST_MODIFIED] {
            head.headers.remove(name);
        }
    }
    let tells_length_of_get =
        question.head.method == http::Method::HEAD || head.status == StatusCode::NOT_MODIFIED;
    if !tells_length_of_get || decoded || stripped {
        head.headers.remove(CONTENT_LENGTH);
    }
}

/// Doors that stand in no specification are learned from answers that succeed, never from guesses.
fn learn(walk: &mut Walk<'_>, question: &Question<'_, '_>, head: &response::Parts) {
    if question.operation.is_none() && !question.is_preflight && spec::learn::confirms(head.status.as_u16()) {
        walk.door = walk.gateway.learn(question.facts.method, question.segments, walk.client.ip);
    }
}

/// A refused or granted credential tells about others of its shape.
fn vouch(walk: &mut Walk<'_>, question: &Question<'_, '_>, head: &response::Parts) {
    if matches!(question.identified.credentials, Credentials::Verified)
        || question.is_preflight
        || off(Station::Confirm)
    {
        return;
    }
    let credentials = if question.identified.forward_credentials {
        &question.identified.credentials
    } else {
        &Credentials::None
    };
    let seen = Observation {
        endpoint: &walk.door.endpoint,
        target: question.target,
        credentials,
        status: head.status.as_u16(),
        client: walk.client.ip,
    };
    let confirmations = walk.rules.identify.observed(&seen, walk.at);
    walk.gateway.keep_confirmed(&confirmations, Vouched::Refused);
}

/// Token and session values that this very answer issues. What the request itself brought is an
/// echo and vouches for nothing.
fn issued(walk: &mut Walk<'_>, question: &Question<'_, '_>, head: &response::Parts, found: &disclose::Found) {
    let cookies = walk.rules.identify.issued_cookies(&head.headers);
    let values: SmallVec<[(&str, SubjectDigest); 4]> = found
        .issued
        .iter()
        .map(String::as_str)
        .chain(cookies)
        .map(|value| (value, question.digests.credential(value)))
        .collect();
    walk.issued = walk.issued.saturating_add(u32::try_from(values.len()).unwrap_or(u32::MAX));
    if values.is_empty() || off(Station::Confirm) {
        return;
    }
    // What may be an echo of a body that nobody read is nobody's word.
    let Some(sent) = question.sent.pieces() else { return };
    let issue = Issue {
        method: question.facts.method,
        request: &sent,
        status: head.status.as_u16(),
        values: &values,
        holder: holder(walk, question, found),
        client: walk.client.ip,
    };
    let confirmations = walk.rules.identify.issued(&issue, walk.at);
    walk.gateway.keep_confirmed(&confirmations, Vouched::Issued);
}

/// Whom the values of this answer are for: the one person that the answer tells of, where it shows no
/// contact the one that the request brought, else the holder of the session that the request came with (a session
/// that is renewed).
///
/// The answer is the upstream's word and what it tells has left already, so nobody gains by it. The
/// request is the client's word: it only ever says who somebody else is *not*.
fn holder(walk: &Walk<'_>, question: &Question<'_, '_>, found: &disclose::Found) -> Holder {
    let (told, brought) = (found.told.unwrap_or_default(), question.brought.holder());
    let holder = Holder {
        email: told.email.or(brought.email),
        phone: told.phone.or(brought.phone),
        person: told.person,
    };
    match &walk.caller {
        Caller::Hinted(hint) if !holder.is_known() => walk.rules.identify.holder(hint.digest),
        _ => holder,
    }
}

fn plan(walk: &Walk<'_>, question: &Question<'_, '_>) -> Plan {
    let mut plan = match question.operation {
        Some(operation) => operation.plan.clone(),
        None => meter_plan(&walk.door.endpoint, None),
    };
    let declares_classes =
        question.permit.intent().is_some_and(|intent| !intent.classes.is_empty() || intent.owner.is_some());
    plan.static_asset =
        question.is_plain && !walk.door.endpoint.template().has_parameters() && !declares_classes;
    plan
}

/// A part of a whole cannot be metered as the whole: its records may be cut anywhere.
fn partial(walk: &mut Walk<'_>, asking: &Asking<'_, '_>) -> Result<(), Refusal> {
    let declared =
        asking.permit.intent().is_some_and(|intent| !intent.classes.is_empty() || intent.owner.is_some());
    if (asking.door.is_personal() || declared) && !off(Station::Range) {
        walk.judge(Refusal::new(RefusalKind::Unmeterable, "partial content"))?;
    }
    Ok(())
}

fn cors_of(headers: &HeaderMap) -> HeaderMap {
    problem::CORS.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone()))).collect()
}

/// Header values in which personal data could stand, one a line. Fields whose values are fixed by
/// HTTP itself or are made by servers count only where an address could hide in them; an entity tag
/// is whatever the application makes of its record.
fn header_texts(headers: &HeaderMap) -> Vec<u8> {
    const FIXED: [&str; 18] = [
        "content-type",
        "content-length",
        "date",
        "server",
        "last-modified",
        "cache-control",
        "expires",
        "vary",
        "age",
        "connection",
        "accept-ranges",
        "strict-transport-security",
        "content-encoding",
        "via",
        "x-content-type-options",
        "x-frame-options",
        "traceparent",
        "x-request-id",
    ];
    let mut texts = Vec::new();
    for (name, value) in headers {
        let value = value.as_bytes();
        if !FIXED.contains(&name.as_str()) || value.iter().any(|b| matches!(b, b'@' | b'%')) {
            texts.extend_from_slice(value);
            texts.push(b'\n');
        }
    }
    texts
}

/// Who pays for what a caller receives.
impl crate::Gateway {
    pub(crate) fn payer<'a>(
        &self,
        caller: &'a domain::Caller,
        recipient: &'a domain::Recipient,
        holder: Holder,
        networks: &'a [domain::IpPrefix],
    ) -> Payer<'a> {
        use domain::PrincipalKind;
        match (caller, recipient.principal) {
            (Caller::Hinted(hint), _) if hint.state == HintState::Confirmed => {
                Payer::Confirmed { digest: hint.digest, holder, networks }
            }
            (Caller::Verified(principal), Some(digest)) => match (&principal.kind, recipient.role.as_deref())
            {
                (PrincipalKind::Partner(_), _) => Payer::Partner { digest, networks },
                (_, Some(name)) => Payer::Role { name, digest, networks },
                (_, None) => Payer::Verified { digest, networks },
            },
            _ => Payer::Networks(networks),
        }
    }
}
