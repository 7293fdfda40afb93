//! Why one request would be answered as it would: for `tidegate explain`.
//!
//! Runs the stations up to the upstream on a request that nobody sent, with the same functions as the
//! walk, and says what each found. It charges nothing and asks no upstream.

use std::net::IpAddr;

use domain::{Caller, Method, Mode, OnForeign, Refusal, Timestamp, networks_of};
use http::{HeaderMap, HeaderValue};
use ledger::DigestKey;
use net::json_check::check_body;
use net::target::Target;
use policy::authorize::{Explanation, Obligations, RequestFacts};
use policy::budget::{Budgets, Charge, Payer};
use serde::Serialize;

use crate::identify::{BadCredential, RequestView};
use crate::memory::LearnedDoors;
use crate::request::facts;
use crate::rules::Rules;

/// A request that nobody sent.
#[derive(Debug)]
pub struct Supposed<'s> {
    /// Its method.
    pub method: &'s Method,
    /// Its target: a path with query, or a URL.
    pub target: &'s str,
    /// Its headers.
    pub headers: &'s HeaderMap,
    /// Its body.
    pub body: &'s [u8],
    /// Where it comes from.
    pub client: IpAddr,
}

/// What each station found.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// The mode in force.
    pub mode: Mode,
    /// The canonical target that the upstream would get.
    pub target: String,
    /// What is odd about its spelling; enforce refuses these.
    pub spelling: Vec<&'static str>,
    /// What is odd about its body; enforce refuses these.
    pub body: Option<&'static str>,
    /// `anonymous`, `unverified`, `verified` or `partner`.
    pub caller: &'static str,
    /// The name of a verified caller: `ISSUER|SUBJECT`, or that of the API key.
    pub principal: Option<String>,
    /// The roles of a verified caller.
    pub roles: Vec<String>,
    /// What is wrong with the credential.
    pub credential_fault: Option<&'static str>,
    /// The door, its policies, and the decision.
    pub decision: Explanation,
    /// Declared request limits.
    pub limits: Vec<String>,
    /// Budgets that a disclosure here would be charged to.
    pub budgets: Vec<BudgetLine>,
    /// Roles that records are for, where the operation names some.
    pub for_roles: Vec<String>,
    /// What becomes of the records of an answer; absent where the upstream is not asked.
    pub records: Option<RecordsFate>,
    /// The refusal that the client would get before the upstream is asked, if any.
    pub refused: Option<String>,
}

/// What becomes of the records of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordsFate {
    /// They leave, within budgets.
    Charged,
    /// Each is held against its owner; the caller's own leave, and what policies permit.
    Held,
    /// None can be the caller's, and no policy can permit one: the answer is refused.
    Refused,
    /// The same, and they are cut out.
    Cut,
}

/// One window of one account.
#[derive(Clone, Debug, Serialize)]
pub struct BudgetLine {
    /// Whose account.
    pub account: &'static str,
    /// Data subjects allowed.
    pub subjects: u32,
    /// Within this window.
    pub per: String,
}

/// Explains `request` under `rules`.
///
/// # Errors
/// A sentence, when the target has no reading at all.
pub fn explain(
    rules: &Rules,
    budgets: &Budgets,
    request: &Supposed<'_>,
    key: &DigestKey,
    now: Timestamp,
) -> Result<Explained, String> {
    let target = Target::parse(request.target).map_err(|error| format!("`{}`: {error}", request.target))?;
    let segments = target.segments();
    let operation = rules.route(request.method, &segments).map(|(operation, _)| operation);
    let endpoint = match operation {
        Some(operation) => operation.endpoint.clone(),
        None => match rules.patched_door(request.method, &segments) {
            Some(endpoint) => endpoint.clone(),
            None => LearnedDoors::default().confirm(request.method, &segments, request.client).door.endpoint,
        },
    };
    let bad = if operation.is_some_and(crate::Operation::is_public) {
        BadCredential::Ignored
    } else {
        BadCredential::Counts
    };
    let view = RequestView { headers: request.headers, query: target.path_and_query().query() };
    let identified = rules.identify.caller(&view, bad, key, now);
    let content_type =
        request.headers.get(http::header::CONTENT_TYPE).and_then(|value: &HeaderValue| value.to_str().ok());
    let (kind, body_fault) = check_body(content_type, request.body);
    let mut attributes = facts::path_and_query(rules, &endpoint, request.method, &target, &segments);
    facts::body(kind, request.body, &mut attributes);
    let lookup =
        |name: &policy::authorize::AttributeName| facts::attribute(name, &attributes, request.headers);
    let facts = RequestFacts {
        endpoint: &endpoint,
        method: request.method,
        path: target.path(),
        caller: &identified.caller,
        client: request.client,
        internal_listener: false,
        mode: rules.mode,
        attribute: &lookup,
    };
    let decision = rules.policies.explain(&facts, now);
    let spelling: Vec<&'static str> =
        target.faults().iter().filter(|fault| !fault.is_ordinary()).map(|f| f.word()).collect();
    let body = body_fault.filter(|fault| !fault.is_ordinary()).map(|fault| fault.word());
    let (records, refused) = first_refusal(
        rules,
        &spelling,
        body,
        &identified,
        operation.is_some_and(|op| op.intent.is_some()),
        &facts,
        now,
    );

    let networks = networks_of(request.client);
    let recipient_digest = match &identified.caller {
        Caller::Verified(principal) => Some(key.principal(&principal.id)),
        _ => None,
    };
    let payer = match (&identified.caller, recipient_digest) {
        (Caller::Verified(principal), Some(digest)) => match (&principal.kind, principal.roles.first()) {
            (domain::PrincipalKind::Partner(_), _) => Payer::Partner { digest, networks: &networks },
            (_, Some(role)) => Payer::Role { name: role.as_str(), digest, networks: &networks },
            (_, None) => Payer::Verified { digest, networks: &networks },
        },
        _ => Payer::Networks(&networks),
    };
    let intent = operation.and_then(|operation| operation.intent.as_deref());
    let charge =
        Charge { payer, endpoint: 0, declared: intent.map_or(&[], |i| i.budget.as_slice()), subjects: &[] };
    let budgets = budgets
        .standing(&charge, now)
        .into_iter()
        .map(|standing| BudgetLine {
            account: standing.account,
            subjects: standing.limit,
            per: standing.per.to_string(),
        })
        .collect();
    let limits = intent.map_or(&[][..], |intent| intent.limit.as_slice()).iter().map(|limit| {
        let requests = limit.requests.map(|n| format!("{n} requests per {}", limit.per));
        let distinct = limit.distinct.map(|n| format!("{n} distinct objects per {}", limit.per));
        requests.into_iter().chain(distinct).collect::<Vec<_>>().join(", ")
    });
    let (principal, roles) = match &identified.caller {
        Caller::Verified(principal) => (
            Some(principal.id.as_str().to_owned()),
            principal.roles.iter().map(ToString::to_string).collect(),
        ),
        _ => (None, Vec::new()),
    };
    Ok(Explained {
        mode: rules.mode,
        target: target.path_and_query().to_string(),
        spelling,
        body,
        caller: identified.caller.word(),
        principal,
        roles,
        credential_fault: identified.fault.map(|fault| fault.phrase()),
        limits: limits.collect(),
        budgets,
        for_roles: intent.map_or(&[][..], |intent| &intent.roles).iter().map(ToString::to_string).collect(),
        records,
        refused: refused
            .map(|refusal| format!("{} {}: {}", refusal.kind.status(), refusal.kind, refusal.detail)),
        decision,
    })
}

/// The first station that would refuse, in the order of the walk; else what becomes of records.
fn first_refusal(
    rules: &Rules,
    spelling: &[&'static str],
    body: Option<&'static str>,
    identified: &crate::identify::Identified,
    declared: bool,
    facts: &RequestFacts<'_>,
    now: Timestamp,
) -> (Option<RecordsFate>, Option<Refusal>) {
    if rules.mode == Mode::Enforce
        && let Some(fault) = spelling.first().copied().or(body)
    {
        return (None, Some(Refusal::new(domain::RefusalKind::Ambiguous, fault)));
    }
    if let Some(fault) = identified.fault
        && declared
        && identified.forward_credentials
    {
        return (None, Some(Refusal::new(fault.kind(), fault.phrase())));
    }
    match rules.policies.authorize(facts, now) {
        Ok(permit) => match permit.noted() {
            Some(refusal) => (None, Some(refusal.clone())),
            None => (Some(fate(&permit.obligations(), facts.caller)), None),
        },
        Err(refusal) => (None, Some(refusal)),
    }
}

/// What [`policy::own`] will do with any record, as far as the request alone tells.
fn fate(owed: &Obligations<'_>, caller: &Caller) -> RecordsFate {
    let Obligations { owner, on_foreign, reads_others, for_roles, ask_on_response, stream: _ } = *owed;
    let withheld = match owner {
        _ if reads_others => return RecordsFate::Charged,
        // Only a verified caller owns anything.
        Some(_) if matches!(caller, Caller::Verified(_)) || ask_on_response => return RecordsFate::Held,
        Some(_) => true,
        None => for_roles,
    };
    match (withheld, on_foreign) {
        (false, _) => RecordsFate::Charged,
        (true, OnForeign::Refuse) => RecordsFate::Refused,
        (true, OnForeign::Strip) => RecordsFate::Cut,
    }
}
