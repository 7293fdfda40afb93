//! What becomes of an exchange once it is decided: detectors see it, incidents hear of it, the log has it.
//!
//! It is the same for an exchange and for each later part of an answer that leaves in parts: such a part
//! has a line and a place in the order of its own, and says which exchange it goes on with. Nothing is
//! decided here.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use detect::{CallerKind, Observed, Page};
use domain::{
    Caller, Endpoint, Exchange, ExchangeId, Mode, ObjectRef, Outcome, PageRef, PrincipalKind, Recipient,
    SubjectDigest, Timestamp,
};
use http::HeaderValue;
use respond::Facts;
use smallvec::SmallVec;
use telemetry::CallerWord;

use crate::Gateway;
use crate::disclose::Found;
use crate::incidents::Passed;
use crate::tell::SpokenOf;

/// An exchange, or a later part of its answer, as it ended.
pub(crate) struct Concluded<'c> {
    pub(crate) id: ExchangeId,
    /// The exchange that this is a later part of.
    pub(crate) continues: Option<ExchangeId>,
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
    pub(crate) client: IpAddr,
    pub(crate) caller: &'c Caller,
    pub(crate) recipient: Recipient,
    pub(crate) shown: Arc<Endpoint>,
    pub(crate) declared: bool,
    pub(crate) public: bool,
    /// What the operation's declared budget lets a partner read in an hour and a day.
    pub(crate) allowed: Option<[u32; 2]>,
    pub(crate) objects: &'c SmallVec<[ObjectRef; 2]>,
    pub(crate) page: Option<PageRef>,
    pub(crate) failed_path: Option<SubjectDigest>,
    pub(crate) bait: bool,
    pub(crate) agent: Option<SubjectDigest>,
    pub(crate) agent_text: Option<HeaderValue>,
    pub(crate) status: u16,
    pub(crate) upstream_status: Option<u16>,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
    pub(crate) issued: u32,
    pub(crate) found: &'c Found,
    pub(crate) facts: Facts,
    /// Whether a half-open action let it through.
    pub(crate) trickled: bool,
    pub(crate) outcome: Outcome,
    /// The action that refused it, or would have.
    pub(crate) by_action: Option<Arc<str>>,
    pub(crate) mode: Mode,
}

impl Gateway {
    /// Shows it to the detectors, says what they say, and writes the line of the log.
    pub(crate) fn conclude(&self, one: Concluded<'_>) {
        let Concluded {
            id, at, client, recipient, shown, public, page, status, found, outcome, mode, ..
        } = one;
        let subjects = found.recorded();
        let caller = CallerKind::of(&recipient.kind);
        let allowed = one.allowed.filter(|_| caller == CallerKind::Partner);
        let seen = Observed {
            caller,
            principal: recipient.principal,
            role: recipient.role.as_deref(),
            public,
            allowed,
            numbers: Observed::numbers(one.objects),
            object: Observed::object(one.objects),
            objects: one.objects,
            page: page.map(Page::of),
            status,
            foreign: Observed::is_refused_as_foreign(outcome),
            spent: found.spent,
            strangers: found.strangers,
            cut: found.cut,
            subjects: &subjects,
            classes: found.classes,
            issued: one.issued,
            failed_path: one.failed_path,
            bait: one.bait,
            continues: one.continues.is_some(),
            ..Observed::quiet(at, client, detect::endpoint_key(&shown))
        };
        let (order, said) = self.watch.observe(&seen);
        SpokenOf { exchange: id, endpoint: &shown, caller: CallerWord::of(one.caller), mode }.tell(&said);
        let misses = matches!(status, 403 | 404 | 410) && one.continues.is_none();
        let passed = Passed {
            exchange: id,
            at,
            facts: one.facts,
            endpoint: Arc::clone(&shown),
            agent: one.agent_text,
            ids: respond::Seen::ids(one.objects),
            strangers: if public { 0 } else { found.strangers },
            public,
            declared: one.declared,
            classes: found.classes,
            missed: Observed::is_refused_as_foreign(outcome) || misses,
            refused: matches!(outcome, Outcome::Refused(kind) if kind.is_of_action()),
            trickled: one.trickled || found.trickled,
        };
        self.incidents.hear(passed, &said);
        self.record(|| Exchange {
            id,
            continues: one.continues,
            order,
            at,
            duration_millis: u64::try_from(one.took.as_millis()).unwrap_or(u64::MAX),
            client,
            caller: recipient.kind,
            principal: recipient.principal,
            role: recipient.role,
            roles: roles(one.caller),
            partner: partner(one.caller),
            endpoint: (*shown).clone(),
            declared: one.declared,
            public,
            allowed,
            objects: one.objects.clone(),
            page,
            failed_path: one.failed_path,
            bait: one.bait,
            agent: one.agent,
            status,
            upstream_status: one.upstream_status,
            request_bytes: one.request_bytes,
            response_bytes: one.response_bytes,
            records: found.records,
            disclosed: found.disclosed,
            new_subjects: found.new_subjects,
            strangers: found.strangers,
            own_subjects: found.own_subjects,
            looked_up: found.looked_up_people(),
            cut: found.cut,
            issued: one.issued,
            subjects,
            classes: found.classes,
            owned: found.owned.clone(),
            outcome,
            spent: found.spent,
            action: one.by_action,
            mode,
            signals: crate::watch::marks(&said),
        });
    }
}

/// What the configuration calls a verified caller.
fn roles(caller: &Caller) -> SmallVec<[Arc<str>; 1]> {
    match caller {
        Caller::Verified(principal) => {
            principal.roles.iter().take(8).map(|role| role.as_str().into()).collect()
        }
        Caller::Anonymous | Caller::Hinted(_) => SmallVec::new(),
    }
}

fn partner(caller: &Caller) -> Option<Arc<str>> {
    match caller {
        Caller::Verified(principal) => match &principal.kind {
            PrincipalKind::Partner(name) => Some(Arc::clone(name)),
            PrincipalKind::Token | PrincipalKind::ApiKey => None,
        },
        Caller::Anonymous | Caller::Hinted(_) => None,
    }
}
