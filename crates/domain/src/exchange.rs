//! One request and its response, as the gateway saw it or a log recorded it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use crate::{ClassSet, Endpoint, Mode, RefusalKind, SignalMark, SubjectDigest, Timestamp};

/// The id of an exchange: random in its upper half per start of the program, counting in its lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(u128);

impl ExchangeId {
    /// Wraps a number.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// The id of the `nth` exchange of a run whose random part is `run`.
    #[must_use]
    pub fn of(run: u64, nth: u64) -> Self {
        Self((u128::from(run) << 64) | u128::from(nth))
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.0
    }
}

impl fmt::Display for ExchangeId {
    /// 32 hexadecimal digits: a W3C trace id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for ExchangeId {
    type Err = String;

    /// # Errors
    /// A sentence, when `text` is not 32 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("an exchange id is 32 hexadecimal digits".into());
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|e| e.to_string())
    }
}

impl Serialize for ExchangeId {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ExchangeId {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An object that a request names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The name of the parameter or field, without index: `id`, `customer_id`, `ids`.
    pub name: Arc<str>,
    /// Where it stood.
    pub place: ObjectRefPlace,
    /// The value where it is a number of at most 18 digits; in a longer id, the digits at its end or
    /// before a short mark there (`INV-2024-00017`, `00017-DE`: 17); else `None`.
    pub number: Option<u64>,
    /// Keyed digest of the value.
    pub digest: SubjectDigest,
}

/// Where in a request an object reference stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectRefPlace {
    /// A path parameter.
    Path,
    /// A query value.
    Query,
    /// A header.
    Header,
    /// A JSON body.
    Body,
    /// A form body.
    Form,
    /// An argument in a GraphQL document or its variables.
    Graphql,
}

/// The page of a list that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageRef {
    /// A page number or an offset.
    Number(u64),
    /// Keyed digest of a cursor.
    Cursor(SubjectDigest),
}

/// That a field of an answer, or a parameter of its path, held what a claim of the caller's token says:
/// names and counts, no value. Evidence for an ownership rule that nobody declared yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OwnerSeen {
    /// The left side of the rule: `$.customer_id`, `path.id`.
    pub field: Arc<str>,
    /// The claim's dotted name.
    pub claim: Arc<str>,
    /// Records of which the field equals the claim.
    pub equal: u32,
    /// Records of the answer.
    pub of: u32,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The upstream's answer went to the client.
    Served,
    /// Refused, for this kind of reason.
    Refused(RefusalKind),
    /// Served in observe mode; guard would have refused it for this kind of reason.
    WouldRefuse(RefusalKind),
    /// The connection broke on the client's side.
    ClientGone,
}

/// What is recorded of an exchange: enough that detectors give the same signals live and offline
/// (DESIGN.md section 7.4), and no personal data beyond the client's address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its id.
    pub id: ExchangeId,
    /// Of a later part of an answer that left in parts: the exchange that it belongs to. What the request
    /// said stands in each; what was found (records, people, bytes) is of this part alone.
    pub continues: Option<ExchangeId>,
    /// Its place in the order of decisions of this run, from 0.
    pub order: u64,
    /// When the request was complete.
    pub at: Timestamp,
    /// Milliseconds from the complete request to the last byte released.
    pub duration_millis: u64,
    /// The client's address.
    pub client: IpAddr,
    /// [`crate::Caller::word`].
    pub caller: Arc<str>,
    /// Keyed digest of the principal or hint.
    pub principal: Option<SubjectDigest>,
    /// The role whose budget counted for the caller.
    pub role: Option<Arc<str>>,
    /// What the configuration calls a verified caller: its roles, with a budget or without. At most 8.
    pub roles: SmallVec<[Arc<str>; 1]>,
    /// The name of the partner.
    pub partner: Option<Arc<str>>,
    /// The door.
    pub endpoint: Endpoint,
    /// Whether the door was declared; else it is a shadow endpoint.
    pub declared: bool,
    /// Whether it was declared public.
    pub public: bool,
    /// How many people in an hour, and a day, the operation's declared budget lets a partner read, where
    /// a partner asked.
    pub allowed: Option<[u32; 2]>,
    /// Objects that the request named, at most 64.
    pub objects: SmallVec<[ObjectRef; 2]>,
    /// The page that it asked for.
    pub page: Option<PageRef>,
    /// Keyed digest of method and path, where the client got no success (status 400 and above) or only
    /// scanners ask for it: a path that is no door has no template that would tell it from others.
    pub failed_path: Option<SubjectDigest>,
    /// Whether the path is one that only scanners ask for.
    pub bait: bool,
    /// Keyed digest of the `User-Agent`.
    pub agent: Option<SubjectDigest>,
    /// Status sent to the client.
    pub status: u16,
    /// Status received from the upstream, if it was asked.
    pub upstream_status: Option<u16>,
    /// Bytes of the request body.
    pub request_bytes: u64,
    /// Bytes of the response body as released.
    pub response_bytes: u64,
    /// Records in the upstream's answer.
    pub records: u32,
    /// Disclosed subjects in the upstream's answer (DESIGN.md section 3).
    pub disclosed: u32,
    /// How many of them were new to the caller within the longest window.
    pub new_subjects: u32,
    /// How many of those left who were strangers: new to the caller, and neither its own, nor looked
    /// up, nor taken for the holder of its session.
    pub strangers: u32,
    /// How many of them were proved the caller's own.
    pub own_subjects: u32,
    /// How many of them the request itself brought.
    pub looked_up: u32,
    /// Records that were cut out of the answer because they are others'.
    pub cut: u32,
    /// Sessions and tokens that the answer issued.
    pub issued: u32,
    /// Keyed digests of their preferred keys, at most 256, the strangers first.
    pub subjects: Vec<SubjectDigest>,
    /// Data classes in the upstream's answer.
    pub classes: ClassSet,
    /// What of the answer equals a claim, where no owner is declared. At most 8.
    pub owned: SmallVec<[OwnerSeen; 1]>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether the caller's own budget of people refused it, or would have.
    pub spent: bool,
    /// The action that refused it, or would have: `ACT-12`.
    pub action: Option<Arc<str>>,
    /// The mode that decided.
    pub mode: Mode,
    /// What detectors said of it. Never read by a detector: who reads the log says it again.
    pub signals: SmallVec<[SignalMark; 2]>,
}
