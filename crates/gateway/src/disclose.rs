//! Whether a piece of a response may leave: meter, own, budget, actions, ledger, in this order.
//!
//! A piece is a whole buffered body, or a batch of records of a larger one. What comes out is
//! [`Released`]: bytes together with the ledger's evidence that their exposure is durable. There is
//! no other way to get one.
//!
//! INVARIANT (ledger-before-bytes): a [`Released`] with subjects exists only after its entry is
//! durable.

// long: meter, own, budget and ledger of one piece are one transaction, read in one go by whoever checks the invariant.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use domain::{
    Basis, Claim, ClassSet, Completion, ExchangeId, ExposedSubject, Exposure, Holder, KeyKind, Mode,
    OwnerSeen, Recipient, Refusal, RefusalKind, SubjectDigest, Timestamp,
};
use ledger::{DigestKey, Entry};
use meter::{Disclosure, OwnerValue, Plan, Scratch, Shape, Unmeterable};
use policy::authorize::{Permit, RequestFacts};
use policy::budget::{Charge, ChargedSubject, Payer, Receipt};
use policy::own::{self, OwnersPermit, Whose};
use smallvec::SmallVec;
use store::Durable;

use crate::Gateway;
use crate::ablate::{Station, off};
use crate::doors::Door;
use crate::identify::echo;
use crate::label::{self, Label};
use crate::named;
use crate::owned::{self, Asked};
use crate::pieces::Piece;
use crate::request::sent::Sent;
use crate::settle::{Settled, Unsettled, settle};

/// Most preferred digests that an exchange record keeps.
const MOST_RECORDED: usize = 256;

/// What is the same for every piece of one response.
pub(crate) struct Asking<'w, 'f> {
    pub(crate) gateway: &'w Gateway,
    pub(crate) permit: &'w Permit,
    /// The mode in force when the exchange began.
    pub(crate) mode: Mode,
    pub(crate) facts: &'w RequestFacts<'f>,
    pub(crate) door: &'w Door,
    pub(crate) plan: &'w Plan,
    pub(crate) payer: Payer<'w>,
    /// Whom the session that asks was issued for.
    pub(crate) holder: Holder,
    /// Facts by which actions in force judge the answer; `None` where the operation is declared public.
    pub(crate) acting: Option<respond::Facts>,
    /// What the client sent; `None` for a piece of a stream, which issues nothing.
    pub(crate) sent: Option<Sent<'w>>,
    pub(crate) recipient: &'w Recipient,
    pub(crate) operator: Option<Arc<str>>,
    pub(crate) parent_shown: &'w (dyn Fn(&domain::Endpoint) -> bool + Sync),
    /// Normalised contacts that the request itself brought.
    pub(crate) brought: &'w Brought,
    pub(crate) digests: &'w DigestKey,
    pub(crate) at: Timestamp,
    /// Whether foreign records can be cut out: only of a body that is there as a whole.
    pub(crate) may_strip: bool,
    /// What the body is said to be, should nobody be able to read it.
    pub(crate) label: Label,
    /// Most bytes of a body that are held while a record has no end.
    pub(crate) most_held: usize,
}

/// The people that a request brings: keys of their e-mails and phones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brought {
    pub(crate) digests: SmallVec<[SubjectDigest; 4]>,
    /// Which of them are of e-mails.
    pub(crate) emails: SmallVec<[SubjectDigest; 2]>,
}

/// What was found in a piece, for the exchange record and the metrics.
#[derive(Debug, Default, Clone)]
pub(crate) struct Found {
    pub(crate) records: u32,
    pub(crate) disclosed: u32,
    pub(crate) new_subjects: u32,
    pub(crate) own_subjects: u32,
    /// Records that were cut out.
    pub(crate) cut: u32,
    /// How many left who were new to the caller and are not taken for it.
    pub(crate) strangers: u32,
    /// Their preferred digests, where exchanges are recorded.
    pub(crate) strange: Vec<SubjectDigest>,
    pub(crate) by_basis: [u32; 6],
    pub(crate) classes: ClassSet,
    /// Preferred digests of the others, where exchanges are recorded.
    pub(crate) subjects: Vec<SubjectDigest>,
    /// How many of those are canaries' and stand before the rest: what is cut off is not one of them.
    pub(crate) canaries: usize,
    /// Whether a subject whom the request brought was among them.
    pub(crate) looked_up: bool,
    /// Token and session values that the answer issues.
    pub(crate) issued: Vec<String>,
    /// Whom the answer to a request that changes something tells of, if it is one person.
    pub(crate) told: Option<Holder>,
    /// Whether a half-open action let it through.
    pub(crate) trickled: bool,
    /// Whether the caller's own budget of people refused it, or would have.
    pub(crate) spent: bool,
    /// What of it equals a claim of the caller, where exchanges are recorded and no owner is declared.
    pub(crate) owned: SmallVec<[OwnerSeen; 1]>,
}

impl Found {
    /// Adds what a further piece held. Canaries of the further piece stand behind the people of this one.
    pub(crate) fn add(&mut self, other: Self) {
        self.canaries = if self.subjects.is_empty() { other.canaries } else { self.canaries };
        self.told = if self.disclosed == 0 { other.told } else { None };
        self.records = self.records.saturating_add(other.records);
        self.disclosed = self.disclosed.saturating_add(other.disclosed);
        self.new_subjects = self.new_subjects.saturating_add(other.new_subjects);
        self.own_subjects = self.own_subjects.saturating_add(other.own_subjects);
        self.cut = self.cut.saturating_add(other.cut);
        self.strangers = self.strangers.saturating_add(other.strangers);
        let room = MOST_RECORDED.saturating_sub(self.strange.len());
        self.strange.extend(other.strange.into_iter().take(room));
        for (sum, more) in self.by_basis.iter_mut().zip(other.by_basis) {
            *sum = sum.saturating_add(more);
        }
        self.classes = self.classes.union(other.classes);
        self.looked_up |= other.looked_up;
        let room = MOST_RECORDED.saturating_sub(self.subjects.len());
        self.subjects.extend(other.subjects.into_iter().take(room));
        self.issued.extend(other.issued);
        self.trickled |= other.trickled;
        self.spent |= other.spent;
        self.owned.extend(other.owned);
        self.owned.truncate(8);
    }

    /// The same of an answer that did not leave after all.
    fn withheld(mut self) -> Self {
        self.strangers = 0;
        let strange = std::mem::take(&mut self.strange);
        let behind = self.canaries.min(self.subjects.len());
        self.subjects.splice(behind..behind, strange);
        self.subjects.truncate(MOST_RECORDED);
        self
    }

    /// How many the request itself brought.
    pub(crate) fn looked_up_people(&self) -> u32 {
        self.by_basis.get(basis_index(Basis::LookUp)).copied().unwrap_or(0)
    }

    /// Preferred digests for the record, the strangers first; a canary among the others has its place.
    pub(crate) fn recorded(&self) -> Vec<SubjectDigest> {
        let strange = self.strange.iter().take(MOST_RECORDED.saturating_sub(self.canaries));
        strange.chain(&self.subjects).copied().take(MOST_RECORDED).collect()
    }
}

/// Bytes that may leave, and the evidence for it.
pub(crate) struct Released {
    pub(crate) body: Bytes,
    /// Whether the body is not the upstream's any more: records were cut out.
    pub(crate) stripped: bool,
    pub(crate) account: Account,
    pub(crate) found: Found,
    /// In observe mode: what guard would have refused.
    pub(crate) noted: Option<Refusal>,
}

/// How a release is completed: the entry to complete and the charge to refund if nothing left.
#[derive(Debug, Default)]
pub(crate) struct Account {
    durable: Option<Durable>,
    receipt: Option<Receipt>,
}

impl Account {
    /// Whether nothing personal leaves, so that nobody need hear how it ended.
    pub(crate) fn is_empty(&self) -> bool {
        self.durable.is_none()
    }

    /// Notes how the release ended. A charge comes back only if no byte left.
    pub(crate) fn complete(self, gateway: &Gateway, completion: Completion, at: Timestamp) {
        if let Some(durable) = &self.durable {
            gateway.ledger.complete(durable, completion, at);
        }
        if let (Some(receipt), Completion::Nothing) = (self.receipt, completion) {
            gateway.budgets().refund(receipt, at);
        }
    }
}

/// A refusal, and what was found before it.
pub(crate) struct Withheld {
    pub(crate) refusal: Refusal,
    pub(crate) found: Found,
}

impl From<Refusal> for Withheld {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, found: Found::default() }
    }
}

/// Judges `piece` and, when it may leave, makes its exposure durable.
///
/// `extra` are further texts of the response that leave with it: header values. `exchange` is the id
/// of the entry; each piece of one response has its own.
///
/// # Errors
/// [`Withheld`] with the reason; nothing was charged then.
pub(crate) async fn release(
    asking: &Asking<'_, '_>,
    exchange: ExchangeId,
    piece: Piece,
    shape: Shape,
    extra: &[u8],
) -> Result<Released, Box<Withheld>> {
    // A gzip file is judged by what is inside, and leaves as it came.
    let unpacked = (shape == Shape::Opaque && piece.context == 0)
        .then(|| label::unpacked(&piece.metered, asking.most_held))
        .flatten();
    let judged = match &unpacked {
        None => judge(asking, exchange, &piece.metered, shape, asking.may_strip, extra)?,
        Some(inside) => judge(asking, exchange, inside, label::shape(None, inside), false, extra)?,
    };
    let Judged { stripped, exposure, receipt, found, noted } = judged;
    let durable = match exposure {
        None => None,
        Some(exposure) => match write(asking.gateway, exposure).await {
            Ok(durable) => Some(durable),
            Err(refusal) => {
                asking.gateway.budgets().refund(receipt, asking.at);
                return Err(Box::new(Withheld { refusal, found: found.withheld() }));
            }
        },
    };
    let account = Account { durable, receipt: Some(receipt) };
    let is_stripped = stripped.is_some();
    let body =
        stripped.map_or_else(|| piece.metered.slice(piece.context.min(piece.metered.len())..), Bytes::from);
    Ok(Released { body, stripped: is_stripped, account, found, noted })
}

/// Everything that is decided without waiting: between the two lies only the ledger.
struct Judged {
    stripped: Option<Vec<u8>>,
    exposure: Option<Exposure>,
    receipt: Receipt,
    found: Found,
    noted: Option<Refusal>,
}

fn judge(
    asking: &Asking<'_, '_>,
    exchange: ExchangeId,
    body: &[u8],
    shape: Shape,
    may_strip: bool,
    extra: &[u8],
) -> Result<Judged, Box<Withheld>> {
    asking.gateway.with_scratch(|scratch| {
        let metered = if off(Station::Meter) {
            Ok(Disclosure::default())
        } else {
            meter::meter(body, shape, asking.plan, &asking.gateway.meter_bounds, scratch)
        };
        let disclosure = metered.or_else(|fault| unmeterable(asking, fault))?;
        let mut found = Found {
            records: count(disclosure.records.len()),
            disclosed: count(disclosure.subjects.len()),
            classes: disclosure.classes,
            issued: disclosure.issued.iter().map(|value| value.clone().into_owned()).collect(),
            ..Found::default()
        };
        if asking.gateway.logs() {
            let Asking { permit, facts, plan, .. } = *asking;
            let asked = Asked { permit, facts, plan, bounds: &asking.gateway.meter_bounds };
            found.owned = owned::seen(&asked, &disclosure, body, shape, scratch);
        }
        let owners = match whose(asking, &disclosure) {
            Ok(owners) => owners,
            Err(refusal) => return Err(Box::new(Withheld { refusal, found })),
        };
        let mut subjects = subjects(asking, &disclosure, &owners);
        if let Err(fault) = add_header_subjects(asking, extra, scratch, &mut subjects, &mut found) {
            return Err(Box::new(Withheld {
                refusal: Refusal::new(RefusalKind::Unmeterable, fault.to_string()),
                found,
            }));
        }
        found.own_subjects = count(subjects.iter().filter(|subject| subject.basis == Basis::Own).count());
        found.told = told(asking, &disclosure, &subjects);
        found.looked_up = subjects.iter().any(|subject| subject.basis == Basis::LookUp);
        let names_all = asking.gateway.logs() || asking.gateway.watch.has_canaries();
        if names_all {
            (found.subjects, found.canaries) = recorded(asking, subjects.iter());
        }

        let mut noted = owners.noted().cloned();
        let charged: SmallVec<[ChargedSubject; 4]> =
            subjects.iter().map(|subject| subject.charged(&asking.holder)).collect();
        let charge = Charge {
            payer: asking.payer,
            endpoint: asking.door.number,
            declared: asking.permit.intent().map_or(&[], |intent| intent.budget.as_slice()),
            subjects: &charged,
        };
        let is_brought = |place: usize| {
            subjects
                .get(place)
                .is_none_or(|subject: &Judging| subject.basis == Basis::LookUp || subject.is_named())
        };
        let settled = settle(
            asking.mode.acts(),
            || asking.gateway.charge(&charge, asking.mode, asking.at),
            is_brought,
            |strangers| asking.gateway.incidents.judge_answer(asking.acting.as_ref(), strangers),
            |receipt| {
                asking.gateway.budgets().refund(receipt, asking.at);
            },
        );
        let Settled { receipt, over, new_subjects, strangers, trickled } = match settled {
            Ok(settled) => settled,
            Err(unsettled) => {
                let Unsettled { refusal, was_charged, trickled } = *unsettled;
                (found.trickled, found.spent) = (trickled, refusal.is_of_own_budget());
                let Some((new_subjects, strangers)) = was_charged else {
                    return Err(Box::new(Withheld { refusal, found }));
                };
                (found.new_subjects, found.strangers) = (new_subjects, strangers);
                return Err(Box::new(Withheld { refusal, found: found.withheld() }));
            }
        };
        (found.new_subjects, found.strangers) = (new_subjects, count(strangers.len()));
        (found.trickled, found.spent) = (trickled, over.as_ref().is_some_and(Refusal::is_of_own_budget));
        if asking.gateway.records() && found.strangers > 0 {
            found.strange = recorded(asking, strangers.iter().filter_map(|place| subjects.get(*place))).0;
            if names_all {
                let strange: HashSet<usize> = strangers.iter().copied().collect();
                let others = subjects.iter().enumerate().filter(|(place, _)| !strange.contains(place));
                (found.subjects, found.canaries) = recorded(asking, others.map(|(_, subject)| subject));
            }
        }
        for place in receipt.claimed() {
            if let Some(subject) = subjects.get_mut(*place).filter(|subject| subject.basis == Basis::Budget) {
                subject.basis = if subject.is_named() { Basis::Named } else { Basis::Claimed };
            }
        }
        if over.is_some() {
            for subject in &mut subjects {
                if subject.basis == Basis::Budget {
                    subject.basis = Basis::WouldRefuse;
                }
            }
            noted = noted.or(over);
        }
        for subject in &subjects {
            if let Some(sum) = found.by_basis.get_mut(basis_index(subject.basis)) {
                *sum = sum.saturating_add(1);
            }
        }
        let stripped = if owners.cuts() {
            let cut = |(nth, record): (usize, &meter::Record<'_>)| {
                (verdict(&owners, nth) == Whose::Cut).then_some((record.span.start, record.span.end))
            };
            let cut: HashSet<(usize, usize)> =
                disclosure.records.iter().enumerate().filter_map(cut).collect();
            found.cut = count(cut.len());
            let keep = |record: &meter::Record<'_>| !cut.contains(&(record.span.start, record.span.end));
            let cut_out =
                if may_strip { meter::strip::strip(body, shape, &disclosure.records, keep) } else { None };
            match cut_out {
                Some(stripped) => Some(stripped),
                None => {
                    asking.gateway.budgets().refund(receipt, asking.at);
                    let refusal =
                        Refusal::new(RefusalKind::Foreign, "foreign records cannot be cut out of this shape");
                    return Err(Box::new(Withheld { refusal, found: found.withheld() }));
                }
            }
        } else {
            None
        };
        Ok(Judged { stripped, exposure: exposure(asking, exchange, subjects), receipt, found, noted })
    })
}

/// Digests to record of these people, canaries before the rest so that none is cut off, and how many
/// canaries there are.
fn recorded<'s>(
    asking: &Asking<'_, '_>,
    people: impl Iterator<Item = &'s Judging>,
) -> (Vec<SubjectDigest>, usize) {
    let watch = &asking.gateway.watch;
    let digests = people.filter_map(|subject| watch.recorded(&subject.digests));
    if !watch.has_canaries() {
        return (digests.take(MOST_RECORDED).collect(), 0);
    }
    let (mut first, others): (Vec<_>, Vec<_>) = digests.partition(|digest| watch.is_canary(digest));
    first.truncate(MOST_RECORDED);
    let canaries = first.len();
    first.extend(others.into_iter().take(MOST_RECORDED - canaries));
    (first, canaries)
}

/// A body that nobody can read: it leaves where no personal data is known or declared, or where its
/// owner declared why it may; else not, except in observe mode. See [`crate::label`] for texts and
/// pictures.
fn unmeterable<'b>(asking: &Asking<'_, '_>, fault: Unmeterable) -> Result<Disclosure<'b>, Box<Withheld>> {
    let intent = asking.permit.intent();
    let declared_personal = intent.is_some_and(|intent| !intent.classes.is_empty() || intent.owner.is_some());
    let streams = asking.permit.obligations().stream.is_some();
    let is_personal = match asking.label {
        Label::Text => true,
        Label::Media => declared_personal,
        Label::Other => declared_personal || asking.door.is_personal(),
    };
    if streams || !is_personal || !asking.mode.acts() {
        return Ok(Disclosure::default());
    }
    Err(Box::new(Refusal::new(RefusalKind::Unmeterable, fault.to_string()).into()))
}

fn whose(asking: &Asking<'_, '_>, disclosure: &Disclosure<'_>) -> Result<OwnersPermit, Refusal> {
    let judged = if off(Station::Own) { &[][..] } else { disclosure.records.as_slice() };
    let records = judged.iter().map(|record| {
        let values: SmallVec<[own::OwnerValue<'_>; 1]> = record.owners.iter().map(owner_value).collect();
        values
    });
    own::decide_owners(asking.permit, asking.facts, asking.parent_shown, records, asking.at)
}

/// Whose the `nth` record is.
fn verdict(owners: &OwnersPermit, nth: usize) -> Whose {
    if off(Station::Own) { Whose::Foreign } else { owners.of(nth) }
}

fn owner_value<'v>(value: &'v OwnerValue<'_>) -> own::OwnerValue<'v> {
    match value {
        OwnerValue::Missing => own::OwnerValue::Missing,
        OwnerValue::Null => own::OwnerValue::Null,
        OwnerValue::Text(text) => own::OwnerValue::Text(std::borrow::Cow::Borrowed(text)),
        OwnerValue::Unusable => own::OwnerValue::Unusable,
    }
}

/// A subject while its basis is being found.
struct Judging {
    keys: SmallVec<[KeyKind; 3]>,
    digests: SmallVec<[SubjectDigest; 3]>,
    classes: ClassSet,
    basis: Basis,
    /// How it stands to the token of the caller.
    by_token: Claim,
}

impl Judging {
    /// Whether the token of the caller names this person.
    fn is_named(&self) -> bool {
        self.by_token == Claim::Own
    }

    fn charged(&self, holder: &Holder) -> ChargedSubject {
        let keys = self.keys.iter().copied().zip(self.digests.iter().copied());
        let claim = if holder.is_known() { holder.claim(&self.keys, &self.digests) } else { self.by_token };
        ChargedSubject { claim, ..ChargedSubject::new(keys, self.classes.weight(), self.basis) }
    }
}

/// The subjects that leave: those of cut records do not.
fn subjects(asking: &Asking<'_, '_>, disclosure: &Disclosure<'_>, owners: &OwnersPermit) -> Vec<Judging> {
    // A subject is the caller's own when every record about it is; it leaves when any record does.
    let mut verdicts: Vec<Option<Whose>> = vec![None; disclosure.subjects.len()];
    for (nth, record) in disclosure.records.iter().enumerate() {
        let slot = usize::try_from(record.subject).ok().and_then(|subject| verdicts.get_mut(subject));
        let Some(slot) = slot else { continue };
        *slot = Some(match (*slot, verdict(owners, nth)) {
            (None, whose) => whose,
            (Some(Whose::Cut), whose) | (Some(whose), Whose::Cut) => whose,
            (Some(Whose::Own), Whose::Own) => Whose::Own,
            (Some(_), _) => Whose::Foreign,
        });
    }
    // Each contact that the request brought covers one subject of an answer, not all that share it.
    let mut covered: SmallVec<[SubjectDigest; 4]> = SmallVec::new();
    let mut list = Vec::with_capacity(disclosure.subjects.len());
    for (subject, verdict) in disclosure.subjects.iter().zip(verdicts) {
        if verdict == Some(Whose::Cut) {
            continue;
        }
        let keys: SmallVec<[KeyKind; 3]> = subject.keys.iter().map(|key| key.kind).collect();
        let digests: SmallVec<[SubjectDigest; 3]> =
            subject.keys.iter().map(|key| asking.digests.subject(key)).collect();
        let basis = if verdict == Some(Whose::Own) {
            Basis::Own
        } else if asking.looks_up(&keys, &digests, &mut covered) {
            Basis::LookUp
        } else {
            Basis::Budget
        };
        let by_token = named::claim(asking.permit.caller(), &subject.keys);
        list.push(Judging { keys, digests, classes: subject.classes, basis, by_token });
    }
    list
}

impl Asking<'_, '_> {
    /// Whether the request asked for this very person: it brought the contacts, and at this door they
    /// stand for nobody else.
    fn looks_up(
        &self,
        keys: &[KeyKind],
        digests: &[SubjectDigest],
        covered: &mut SmallVec<[SubjectDigest; 4]>,
    ) -> bool {
        let before = covered.len();
        if !self.brought.covers(keys, digests, covered) {
            return false;
        }
        let contacts: SmallVec<[u64; 4]> = covered.iter().skip(before).map(SubjectDigest::short).collect();
        // What names the person apart from the contacts; a subject that is nothing else is nobody else.
        let person = digests.iter().find(|digest| !self.brought.digests.contains(digest));
        person.is_none_or(|person| {
            self.gateway.looked_up.stand_for(self.door.number, &contacts, person.short())
        })
    }
}

impl Brought {
    /// The person that a log-in with these contacts would be of: where it brought two e-mails, nobody
    /// can say by which.
    pub(crate) fn holder(&self) -> Holder {
        let only = |digests: &[SubjectDigest]| match digests {
            [one] => Some(*one),
            _ => None,
        };
        let phones: SmallVec<[SubjectDigest; 2]> =
            self.digests.iter().copied().filter(|digest| !self.emails.contains(digest)).collect();
        Holder { email: only(&self.emails), phone: only(&phones), person: None }
    }

    /// Whether the request brought this subject: all its e-mails where it has any, else all its
    /// phones. A hotline in a request must not make everyone who shares it a look-up.
    fn covers(
        &self,
        keys: &[KeyKind],
        digests: &[SubjectDigest],
        covered: &mut SmallVec<[SubjectDigest; 4]>,
    ) -> bool {
        if self.digests.is_empty() {
            return false;
        }
        let kind = if keys.contains(&KeyKind::Email) { KeyKind::Email } else { KeyKind::Phone };
        let mut contacts =
            keys.iter().zip(digests).filter(|(key, _)| **key == kind).map(|(_, digest)| *digest).peekable();
        if contacts.peek().is_none() {
            return false;
        }
        let contacts: SmallVec<[SubjectDigest; 4]> = contacts.collect();
        let fits =
            contacts.iter().all(|contact| self.digests.contains(contact) && !covered.contains(contact));
        if fits {
            covered.extend(contacts);
        }
        fits
    }
}

/// Whom an answer tells of, if it is one person: for the sessions that it may issue. The id counts
/// only where it stood nowhere in the request, or a client could name somebody else's.
fn told(asking: &Asking<'_, '_>, disclosure: &Disclosure<'_>, subjects: &[Judging]) -> Option<Holder> {
    let ([subject], [known]) = (subjects, disclosure.subjects.as_slice()) else { return None };
    if matches!(asking.facts.method, domain::Method::Get | domain::Method::Head) {
        return None;
    }
    let only = |kind: KeyKind| {
        let mut of_kind = subject.keys.iter().zip(&subject.digests).filter(|(key, _)| **key == kind);
        match (of_kind.next(), of_kind.next()) {
            (Some((_, digest)), None) => Some(*digest),
            _ => None,
        }
    };
    let sent = asking.sent.and_then(|sent| sent.pieces());
    let named = |key: &&domain::SubjectKey<'_>| {
        let id = key.text.rsplit('/').next().unwrap_or_default().as_bytes();
        matches!(key.kind, KeyKind::Declared | KeyKind::Reference | KeyKind::OwnId)
            && sent.as_ref().is_some_and(|sent| !echo::stands_in(id, sent))
    };
    let person = known.keys.first().filter(named).and(subject.digests.first().copied());
    Some(Holder { email: only(KeyKind::Email), phone: only(KeyKind::Phone), person })
}

/// People named in headers leave with the body and count like any other.
fn add_header_subjects(
    asking: &Asking<'_, '_>,
    extra: &[u8],
    scratch: &mut Scratch,
    subjects: &mut Vec<Judging>,
    found: &mut Found,
) -> Result<(), Unmeterable> {
    if extra.is_empty() || off(Station::Meter) {
        return Ok(());
    }
    let bounds = &asking.gateway.meter_bounds;
    let disclosure = match meter::meter(extra, Shape::Text, &Plan::default(), bounds, scratch) {
        Ok(disclosure) => disclosure,
        Err(_) if !asking.mode.acts() => return Ok(()),
        Err(fault) => return Err(fault),
    };
    let mut covered = SmallVec::new();
    for subject in &disclosure.subjects {
        let keys: SmallVec<[KeyKind; 3]> = subject.keys.iter().map(|key| key.kind).collect();
        let digests: SmallVec<[SubjectDigest; 3]> =
            subject.keys.iter().map(|key| asking.digests.subject(key)).collect();
        found.classes = found.classes.union(subject.classes);
        let known =
            subjects.iter_mut().find(|known| known.digests.iter().any(|digest| digests.contains(digest)));
        if let Some(known) = known {
            known.classes = known.classes.union(subject.classes);
            continue;
        }
        let basis =
            if asking.looks_up(&keys, &digests, &mut covered) { Basis::LookUp } else { Basis::Budget };
        found.disclosed = found.disclosed.saturating_add(1);
        let by_token = named::claim(asking.permit.caller(), &subject.keys);
        subjects.push(Judging { keys, digests, classes: subject.classes, basis, by_token });
    }
    Ok(())
}

fn exposure(asking: &Asking<'_, '_>, exchange: ExchangeId, subjects: Vec<Judging>) -> Option<Exposure> {
    if subjects.is_empty() {
        return None;
    }
    let subjects = subjects
        .into_iter()
        .map(|subject| ExposedSubject {
            digests: subject.digests,
            classes: subject.classes,
            basis: subject.basis,
        })
        .collect();
    Some(Exposure {
        exchange,
        at: asking.at,
        endpoint: (*asking.door.shown()).clone(),
        operator: asking.operator.clone(),
        recipient: asking.recipient.clone(),
        subjects,
    })
}

/// Makes an exposure durable; repeated reads of own records are only counted.
async fn write(gateway: &Gateway, exposure: Exposure) -> Result<Durable, Refusal> {
    let since = Instant::now();
    let own = exposure.subjects.iter().all(|subject| subject.basis == Basis::Own);
    if own && let Some(durable) = gateway.ledger.own_is_durable(&exposure) {
        return Ok(durable);
    }
    // In a box: waiting for the disk is the rarer way, and its timer would enlarge every exchange.
    let written = Box::pin(async {
        if own {
            gateway.ledger.append_new_own(exposure).await
        } else {
            gateway.ledger.append(Entry::Intended(exposure)).await
        }
    })
    .await;
    telemetry::metrics().ledger_wait.observe(since.elapsed());
    written.map_err(|error| Refusal::new(RefusalKind::LedgerUnavailable, error.to_string()))
}

const fn basis_index(basis: Basis) -> usize {
    match basis {
        Basis::Own => 0,
        Basis::LookUp => 1,
        Basis::Budget => 2,
        Basis::WouldRefuse => 3,
        Basis::Claimed => 4,
        Basis::Named => 5,
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
