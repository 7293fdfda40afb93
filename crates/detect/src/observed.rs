//! What detectors see of one exchange: no more than a line of the exchange log tells.
//!
//! Live and offline cannot disagree (DESIGN.md section 7.4), for this is all there is to disagree
//! about: there is no second argument for the time, the time is the exchange's own.

use std::net::IpAddr;

use domain::{
    ClassSet, Exchange, ObjectRef, ObjectRefPlace, Outcome, PageRef, RefusalKind, SubjectDigest, Timestamp,
};

use crate::hash::mix;

/// How the caller stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// No credential.
    Anonymous,
    /// A credential that nobody vouched for: as good as none.
    Unverified,
    /// A credential that the upstream was seen to issue.
    Confirmed,
    /// A verified token or key.
    Verified,
    /// A verified partner.
    Partner,
}

impl CallerKind {
    /// From [`domain::Caller::word`]; an unknown word is nobody.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "unverified" => Self::Unverified,
            "confirmed" => Self::Confirmed,
            "verified" => Self::Verified,
            "partner" => Self::Partner,
            _ => Self::Anonymous,
        }
    }

    /// Whether the caller is someone, and not just somewhere.
    #[must_use]
    pub fn is_principal(self) -> bool {
        !matches!(self, Self::Anonymous | Self::Unverified)
    }
}

/// A page that a request asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// A page number or an offset.
    Number(u64),
    /// A cursor, by digest.
    Cursor(u64),
}

impl Page {
    /// As the exchange log has it.
    #[must_use]
    pub fn of(page: PageRef) -> Self {
        match page {
            PageRef::Number(number) => Self::Number(number),
            PageRef::Cursor(digest) => Self::Cursor(digest.short()),
        }
    }
}

/// One exchange.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'x> {
    /// When the request was complete: the only clock there is.
    pub at: Timestamp,
    /// The client's address.
    pub client: IpAddr,
    /// How the caller stood.
    pub caller: CallerKind,
    /// Digest of principal or hint.
    pub principal: Option<SubjectDigest>,
    /// The role whose budget counts for the caller.
    pub role: Option<&'x str>,
    /// The endpoint, by [`crate::endpoint_key`].
    pub endpoint: u64,
    /// Whether the endpoint is declared public: whom it tells of is published.
    pub public: bool,
    /// What the operation's declared budget lets a partner read, in an hour and a day: its work.
    pub allowed: Option<[u32; 2]>,
    /// Numbers among the object references: the sum of those in the path, and of those elsewhere.
    /// A sum keeps the stride of the one that moves.
    pub numbers: [Option<u64>; 2],
    /// Short digest of the object references together.
    pub object: Option<u64>,
    /// All object references, for canaries.
    pub objects: &'x [ObjectRef],
    /// The page asked for.
    pub page: Option<Page>,
    /// Status that the client got.
    pub status: u16,
    /// Whether it was refused because the records are others', or would have been.
    pub foreign: bool,
    /// Whether the caller's own budget of people refused it, or would have.
    pub spent: bool,
    /// Disclosed people who were new to the caller and neither its own, nor looked up, nor taken for
    /// the holder of its session. Only whoever left counts.
    pub strangers: u32,
    /// Records that were cut out of the answer because they are others'.
    pub cut: u32,
    /// Preferred digests of the disclosed people, the strangers first.
    pub subjects: &'x [SubjectDigest],
    /// What was told of them.
    pub classes: ClassSet,
    /// Sessions that the answer issued.
    pub issued: u32,
    /// Digest of the path, where the answer was no success or `bait` is set.
    pub failed_path: Option<SubjectDigest>,
    /// The path is one that only scanners ask for.
    pub bait: bool,
    /// Whether it is a later part of an answer: the people are new, the request and its time are not.
    pub continues: bool,
}

impl<'x> Observed<'x> {
    /// What a line of the exchange log tells.
    #[must_use]
    pub fn of(exchange: &'x Exchange) -> Self {
        Self {
            at: exchange.at,
            client: exchange.client,
            caller: CallerKind::of(&exchange.caller),
            principal: exchange.principal,
            role: exchange.role.as_deref(),
            endpoint: crate::endpoint_key(&exchange.endpoint),
            public: exchange.public,
            allowed: exchange.allowed,
            numbers: Self::numbers(&exchange.objects),
            object: Self::object(&exchange.objects),
            objects: &exchange.objects,
            page: exchange.page.map(Page::of),
            status: exchange.status,
            foreign: Self::is_refused_as_foreign(exchange.outcome),
            spent: exchange.spent,
            strangers: exchange.strangers,
            cut: exchange.cut,
            subjects: &exchange.subjects,
            classes: exchange.classes,
            issued: exchange.issued,
            failed_path: exchange.failed_path,
            bait: exchange.bait,
            continues: exchange.continues.is_some(),
        }
    }
}

impl Observed<'_> {
    /// Numbers among object references, for [`Observed::numbers`].
    #[must_use]
    pub fn numbers(objects: &[ObjectRef]) -> [Option<u64>; 2] {
        let sum = |in_path: bool| {
            let of_place = objects.iter().filter(|object| (object.place == ObjectRefPlace::Path) == in_path);
            of_place.filter_map(|object| object.number).reduce(u64::wrapping_add)
        };
        [sum(true), sum(false)]
    }

    /// Short digest of object references together, for [`Observed::object`].
    #[must_use]
    pub fn object(objects: &[ObjectRef]) -> Option<u64> {
        objects.iter().map(|object| object.digest.short()).reduce(mix)
    }

    /// Whether an exchange that ended so was about others' records, for [`Observed::foreign`].
    #[must_use]
    pub fn is_refused_as_foreign(outcome: Outcome) -> bool {
        matches!(outcome, Outcome::Refused(RefusalKind::Foreign) | Outcome::WouldRefuse(RefusalKind::Foreign))
    }

    /// An exchange at `at` from `client` that tells of nobody: for tests and simulations, which
    /// change what matters.
    #[must_use]
    pub fn quiet(at: Timestamp, client: IpAddr, endpoint: u64) -> Self {
        Self {
            at,
            client,
            caller: CallerKind::Anonymous,
            principal: None,
            role: None,
            endpoint,
            public: false,
            allowed: None,
            numbers: [None; 2],
            object: None,
            objects: &[],
            page: None,
            status: 200,
            foreign: false,
            spent: false,
            strangers: 0,
            cut: 0,
            subjects: &[],
            classes: ClassSet::EMPTY,
            issued: 0,
            failed_path: None,
            bait: false,
            continues: false,
        }
    }

    /// Whether this exchange counts for nothing: a client can produce any number of such exchanges
    /// (re-reads, own records, catalogue pages, 304), so none of them changes any state. The gateway
    /// need not take a lock for it. Canaries are looked for all the same, and need no state.
    #[must_use]
    pub fn is_free(&self) -> bool {
        !self.is_fresh()
            && !self.is_miss()
            && !self.is_lost()
            && !self.is_foreign()
            && !self.is_spent()
            && self.issued == 0
    }

    /// Whether it told of strangers.
    pub(crate) fn is_fresh(&self) -> bool {
        self.strangers > 0 && !self.public
    }

    /// Whether it named an object that is not there, or not for this caller.
    pub(crate) fn is_miss(&self) -> bool {
        let misses = matches!(self.status, 403 | 404 | 410) && !self.continues;
        self.object.is_some() && misses && !self.foreign && !self.is_fresh()
    }

    /// Whether it asked for a door that is not there, or that only scanners ask for.
    pub(crate) fn is_lost(&self) -> bool {
        self.bait
            || self.failed_path.is_some()
                && !self.is_miss()
                && !self.is_foreign()
                && matches!(self.status, 401 | 403 | 404 | 405 | 410 | 501)
    }

    /// Whether it found the own budget of somebody spent whom nobody shares.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent && self.caller.is_principal()
    }

    /// Whether it asked for records that are others'.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign || self.cut > 0
    }
}
