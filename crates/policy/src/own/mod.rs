//! Whose records an answer holds, decided for every record before any byte leaves.
//!
//! The check that the application forgot is made here on what it answered, whatever the request
//! looked like. Ownership rules of intent run natively, per record; Cedar is asked at most once per
//! answer, about the set of distinct foreign owners.
//!
//! # The rule (ADR 2)
//! 1. A record is the caller's **own** when every part of the ownership rule holds for it. A missing,
//!    null or unusable owner is no owner: the record is foreign. So is every record where nothing
//!    is declared, or nobody is verified.
//! 2. Answers whose records are all the caller's own are never put to Cedar.
//! 3. Foreign records may leave where neither a rule nor `roles` are declared (the budgets charge
//!    them), where the caller has one of the intent's `roles`, or where a `permit` on
//!    `Action::"disclose"` is satisfied for the whole set of their owners. A record without owner is in no such set, so that
//!    no policy can permit it: an empty set would satisfy `containsAll` by saying nothing.
//! 4. A satisfied `forbid` on `Action::"disclose"` refuses the answer, whatever else permits.
//! 5. What may not leave is refused or cut, as `on_foreign` says.
//!
//! The owner of a record, for `context.owners`, is the text of its owner field; where a rule has
//! several parts, their texts in order, joined by U+001F.
//!
//! ```
//! use domain::{Audience, Caller, Intent, Method, Mode, OperationId, RefusalKind, Timestamp};
//! use policy::authorize::{Attribute, Declared, Policies, RequestFacts};
//! use policy::own::{OwnerValue, decide_owners};
//!
//! let mut intent = Intent::new(Audience::Internal(vec!["0.0.0.0/0".parse().unwrap()]));
//! intent.owner = Some("$.customer_id = claim.sub".parse().unwrap());
//! let endpoint: domain::Endpoint = "GET /orders".parse().unwrap();
//! let orders =
//!     Declared { id: OperationId::new("listOrders"), endpoint: endpoint.clone(), intent: Some(intent.into()) };
//! let now = Timestamp::from_secs(0);
//! let policies = Policies::load(&[orders], &[], &[], now).unwrap().policies;
//! let facts = RequestFacts {
//!     endpoint: &endpoint,
//!     method: &Method::Get,
//!     path: "/orders",
//!     caller: &Caller::Anonymous,
//!     client: "192.0.2.7".parse().unwrap(),
//!     internal_listener: false,
//!     mode: Mode::Enforce,
//!     attribute: &|_| Attribute::Missing,
//! };
//! let permit = policies.authorize(&facts, now).unwrap();
//! let records = [[OwnerValue::Text("ann".into())], [OwnerValue::Missing]];
//! let refusal = decide_owners(&permit, &facts, &|_| false, records, now).unwrap_err();
//! assert_eq!(refusal.kind, RefusalKind::Foreign);
//! ```

mod shown;

use std::borrow::Cow;
use std::collections::BTreeSet;

use domain::{Caller, Endpoint, Mode, OnForeign, Ownership, Refusal, RefusalKind, Timestamp};

pub use shown::ShownParents;

use crate::authorize::{Attribute, AttributeName, Permit, RequestFacts};

/// Most distinct foreign owners that are put to a policy; an answer with more is refused where a
/// policy would have to see them.
pub const MOST_OWNERS: usize = 4096;

/// Joins the parts of an owner that a rule tells by several fields.
const JOIN: char = '\u{1f}';

/// What stands at an owner path of a record.
#[derive(Clone, PartialEq, Eq)]
pub enum OwnerValue<'b> {
    /// Nothing.
    Missing,
    /// Null.
    Null,
    /// One text; integers in decimal.
    Text(Cow<'b, str>),
    /// A fractional number, an object, or several different values.
    Unusable,
}

impl std::fmt::Debug for OwnerValue<'_> {
    /// Never shows the value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Null => "Null",
            Self::Text(_) => "Text(..)",
            Self::Unusable => "Unusable",
        })
    }
}

impl OwnerValue<'_> {
    /// The text, unless it could be mistaken for several joined ones.
    fn usable(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() && !text.contains(JOIN) => Some(text),
            Self::Text(_) | Self::Missing | Self::Null | Self::Unusable => None,
        }
    }
}

/// Whose one record is, and whether it may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// Proved the caller's own: free.
    Own,
    /// Of someone else, or of nobody known: it may leave, charged to a budget.
    Foreign,
    /// Of someone else: it must be cut out of the answer.
    Cut,
}

/// Proof that the records of an answer were held against their owners. Only [`decide_owners`]
/// builds one.
#[derive(Clone, Debug)]
pub struct OwnersPermit {
    records: Vec<Whose>,
    noted: Option<Refusal>,
}

impl OwnersPermit {
    /// Whose each record is, in the order they were given.
    #[must_use]
    pub fn records(&self) -> &[Whose] {
        &self.records
    }

    /// Whose the `nth` record is. A record that was not given is nobody's and must be cut.
    #[must_use]
    pub fn of(&self, nth: usize) -> Whose {
        self.records.get(nth).copied().unwrap_or(Whose::Cut)
    }

    /// Whether records must be cut out before the answer leaves.
    #[must_use]
    pub fn cuts(&self) -> bool {
        self.records.contains(&Whose::Cut)
    }

    /// In observe mode: what would have been refused, and why. Nothing is cut then.
    #[must_use]
    pub const fn noted(&self) -> Option<&Refusal> {
        self.noted.as_ref()
    }
}

/// Decides whether the records of the answer to a permitted request may leave.
///
/// `records` gives for each record what stands at the paths of [`Ownership::field_paths`], in that
/// order. `parent_shown` says whether the object that the request's path names was shown to the
/// caller, as its own, at another door (see [`ShownParents`]).
///
/// # Errors
/// [`RefusalKind::Foreign`] where foreign records may not leave and `on_foreign` is `refuse`;
/// [`RefusalKind::Forbidden`] or [`RefusalKind::Patched`] where a policy forbids or cannot be
/// evaluated. The detail names policies and counts, no owner. In observe mode never: the permit
/// notes it instead.
pub fn decide_owners<'b, R: AsRef<[OwnerValue<'b>]>>(
    permit: &Permit,
    facts: &RequestFacts<'_>,
    parent_shown: &dyn Fn(&Endpoint) -> bool,
    records: impl IntoIterator<Item = R>,
    now: Timestamp,
) -> Result<OwnersPermit, Refusal> {
    let obligations = permit.obligations();
    let rule = obligations.owner.map(|rule| Rule::of(rule, permit.caller(), facts, parent_shown));
    let mut told = Told::default();
    let collect = obligations.ask_on_response;
    for record in records {
        told.add(rule.as_ref(), record.as_ref(), collect);
    }
    let judged = judge(permit, facts, &told, rule.is_some(), now);
    match (judged, permit.mode()) {
        (Ok(cuts), mode) if mode.acts() || !cuts.any() => {
            Ok(OwnersPermit { records: told.verdicts(cuts), noted: None })
        }
        (Ok(cuts), _) => {
            let noted = Some(foreign(told.count(cuts), "would be cut"));
            Ok(OwnersPermit { records: told.verdicts(Cuts::NONE), noted })
        }
        (Err(refusal), Mode::Observe) => {
            Ok(OwnersPermit { records: told.verdicts(Cuts::NONE), noted: Some(refusal) })
        }
        (Err(refusal), Mode::Guard | Mode::Enforce) => Err(refusal),
    }
}

/// Which foreign records must not leave.
#[derive(Clone, Copy, Debug)]
struct Cuts {
    owned: bool,
    unowned: bool,
}

impl Cuts {
    const NONE: Self = Self { owned: false, unowned: false };

    const fn any(self) -> bool {
        self.owned || self.unowned
    }
}

fn judge(
    permit: &Permit,
    facts: &RequestFacts<'_>,
    told: &Told,
    declared: bool,
    now: Timestamp,
) -> Result<Cuts, Refusal> {
    let obligations = permit.obligations();
    let free = obligations.reads_others || (!declared && !obligations.for_roles);
    if told.owned == 0 && told.unowned == 0 {
        return Ok(Cuts::NONE);
    }
    if !free && told.unowned > 0 && obligations.on_foreign == OnForeign::Refuse {
        // Denied before Cedar is asked: in a set of owners these records would not appear.
        return Err(foreign(told.unowned, "without owner"));
    }
    // Records that will be cut anyway are not put to Cedar.
    let nothing_left = !free && told.owned == 0;
    let permitted = if obligations.ask_on_response && !nothing_left {
        if told.too_many {
            return Err(foreign(told.owned, "of more owners than a policy can judge"));
        }
        permit.discloses(facts, &told.owners, told.unowned > 0, now)?
    } else {
        false
    };
    let cuts = if free {
        Cuts::NONE
    } else {
        Cuts { owned: told.owned > 0 && !permitted, unowned: told.unowned > 0 }
    };
    match obligations.on_foreign {
        OnForeign::Refuse if cuts.any() => Err(foreign(told.count(cuts), "of others")),
        OnForeign::Refuse | OnForeign::Strip => Ok(cuts),
    }
}

fn foreign(records: usize, what: &str) -> Refusal {
    Refusal::new(RefusalKind::Foreign, format!("owner rule: {records} records {what}"))
}

/// The records of an answer, each told own or foreign.
#[derive(Default)]
struct Told {
    records: Vec<Tell>,
    owners: BTreeSet<String>,
    owned: usize,
    unowned: usize,
    too_many: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tell {
    Own,
    OfOther,
    OfNobody,
}

impl Told {
    fn add(&mut self, rule: Option<&Rule<'_>>, values: &[OwnerValue<'_>], collect: bool) {
        let told = match rule {
            Some(rule) if rule.owns(values) => Tell::Own,
            Some(rule) if rule.names_owner(values) => Tell::OfOther,
            Some(_) | None => Tell::OfNobody,
        };
        self.records.push(told);
        match told {
            Tell::Own => {}
            Tell::OfNobody => self.unowned += 1,
            Tell::OfOther => {
                self.owned += 1;
                if collect && let Some(owner) = rule.and_then(|rule| rule.owner(values)) {
                    if self.owners.len() < MOST_OWNERS {
                        self.owners.insert(owner);
                    } else if !self.owners.contains(&owner) {
                        self.too_many = true;
                    }
                }
            }
        }
    }

    fn count(&self, cuts: Cuts) -> usize {
        (if cuts.owned { self.owned } else { 0 }) + (if cuts.unowned { self.unowned } else { 0 })
    }

    fn verdicts(self, cuts: Cuts) -> Vec<Whose> {
        let verdict = |told| match told {
            Tell::Own => Whose::Own,
            Tell::OfOther if cuts.owned => Whose::Cut,
            Tell::OfNobody if cuts.unowned => Whose::Cut,
            Tell::OfOther | Tell::OfNobody => Whose::Foreign,
        };
        self.records.into_iter().map(verdict).collect()
    }
}

/// An ownership rule with everything filled in that is the same for all records of one answer.
struct Rule<'r> {
    parts: Vec<Part<'r>>,
}

enum Part<'r> {
    /// The next owner field of the record must equal the caller's claim.
    Field { claim: Option<&'r str> },
    /// The path names this owner, and it is the caller or is not.
    Path { value: Option<String>, own: bool },
    /// The parent was shown as the caller's, or was not.
    Parent { shown: bool },
}

impl<'r> Rule<'r> {
    fn of(
        rule: &'r Ownership,
        caller: &'r Caller,
        facts: &RequestFacts<'_>,
        parent_shown: &dyn Fn(&Endpoint) -> bool,
    ) -> Self {
        let mut parts = Vec::new();
        fill(rule, caller, facts, parent_shown, &mut parts);
        Self { parts }
    }

    /// Each part, with the record's value where it is a field.
    fn with<'v, 'b>(
        &self,
        values: &'v [OwnerValue<'b>],
    ) -> impl Iterator<Item = (&Part<'r>, Option<&'v str>)> {
        let mut values = values.iter();
        self.parts.iter().map(move |part| match part {
            Part::Field { .. } => (part, values.next().and_then(OwnerValue::usable)),
            Part::Path { .. } | Part::Parent { .. } => (part, None),
        })
    }

    fn owns(&self, values: &[OwnerValue<'_>]) -> bool {
        !self.parts.is_empty()
            && self.with(values).all(|(part, value)| match part {
                Part::Field { claim } => claim.is_some() && *claim == value,
                Part::Path { own, .. } => *own,
                Part::Parent { shown } => *shown,
            })
    }

    /// Whether the record names an owner at all: every field and path part has a text.
    fn names_owner(&self, values: &[OwnerValue<'_>]) -> bool {
        let named = |(part, value): (&Part<'_>, Option<&str>)| match part {
            Part::Field { .. } => value.is_some(),
            Part::Path { value, .. } => value.is_some(),
            Part::Parent { .. } => true,
        };
        let parent = |part: &Part<'_>| matches!(part, Part::Parent { .. });
        !self.parts.iter().all(parent) && self.with(values).all(named)
    }

    fn owner(&self, values: &[OwnerValue<'_>]) -> Option<String> {
        let mut owner: Option<String> = None;
        for (part, value) in self.with(values) {
            let text = match part {
                Part::Field { .. } => value?,
                Part::Path { value, .. } => value.as_deref()?,
                Part::Parent { .. } => continue,
            };
            match &mut owner {
                None => owner = Some(text.to_owned()),
                Some(joined) => {
                    joined.push(JOIN);
                    joined.push_str(text);
                }
            }
        }
        owner
    }
}

fn fill<'r>(
    rule: &'r Ownership,
    caller: &'r Caller,
    facts: &RequestFacts<'_>,
    parent_shown: &dyn Fn(&Endpoint) -> bool,
    parts: &mut Vec<Part<'r>>,
) {
    let claim = |name: &str| match caller {
        Caller::Verified(principal) => principal.claims.single(name).filter(|text| !text.is_empty()),
        Caller::Anonymous | Caller::Hinted(_) => None,
    };
    match rule {
        Ownership::Field { path: _, claim: name } => parts.push(Part::Field { claim: claim(name) }),
        Ownership::PathParameter { name, claim: of } => {
            let value = match (facts.attribute)(&AttributeName::path(name)) {
                Attribute::Text(text) if !text.is_empty() && !text.contains(JOIN) => Some(text.into_owned()),
                Attribute::Text(_) | Attribute::Missing | Attribute::Null | Attribute::Unusable => None,
            };
            let own = value.is_some() && value.as_deref() == claim(of);
            parts.push(Part::Path { value, own });
        }
        Ownership::Parent { endpoint } => {
            // Only a verified caller can have been shown anything as its own.
            let shown = matches!(caller, Caller::Verified(_)) && parent_shown(endpoint);
            parts.push(Part::Parent { shown });
        }
        Ownership::All(all) => all.iter().for_each(|part| fill(part, caller, facts, parent_shown, parts)),
    }
}
