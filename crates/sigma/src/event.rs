//! One exchange as rules see it: borrowed, with what its source can tell at all.
//!
//! It parses nothing and keeps nothing. Whoever reads logs fills it; the running gateway fills it from
//! the exchange itself.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use domain::{ClassSet, Exchange, Outcome, PageRef, SubjectDigest};
use rsigma_eval::EventValue;

use crate::field::{Field, Fields};
use crate::hash;
use crate::line::Line;

/// One exchange. `None` is what was not sent, or what the source does not tell: [`Event::given`] says which.
///
/// # Security
/// Its `Debug` writes the names of the fields that it has, and no value: cookies and bodies are among them,
/// and tokens stand in queries.
#[derive(Clone, Copy, Default)]
pub struct Event<'e> {
    /// What the source can tell of an exchange, whether this one had it or not. A rule that would hold
    /// because of something which the source does not tell (`not cs-referer: ...` over a log without
    /// referers) never matches.
    pub given: Fields,
    /// What wrote the line, such as `nginx`; empty where that is not known.
    pub product: &'e str,
    /// The method as sent.
    pub method: Option<&'e [u8]>,
    /// Path and query as sent.
    pub target: Option<&'e [u8]>,
    /// The protocol as written.
    pub version: Option<&'e [u8]>,
    /// The host that was asked for.
    pub host: Option<&'e [u8]>,
    /// `User-Agent`.
    pub agent: Option<&'e [u8]>,
    /// `Referer`.
    pub referer: Option<&'e [u8]>,
    /// `Cookie`.
    pub cookie: Option<&'e [u8]>,
    /// The user that the product authenticated.
    pub user: Option<&'e [u8]>,
    /// `X-Forwarded-For` or `Forwarded`.
    pub forwarded: Option<&'e [u8]>,
    /// `Content-Type` of the request.
    pub request_type: Option<&'e [u8]>,
    /// Body of the request.
    pub request_body: Option<&'e [u8]>,
    /// `Content-Type` of the response.
    pub response_type: Option<&'e [u8]>,
    /// Body of the response.
    pub response_body: Option<&'e [u8]>,
    /// Upstream, backend, service or route.
    pub upstream: Option<&'e [u8]>,
    /// The client's address.
    pub client: Option<IpAddr>,
    /// The status that the client got.
    pub status: Option<u16>,
    /// Bytes of the response.
    pub sent: Option<u64>,
    /// Bytes of the request.
    pub received: Option<u64>,
    /// Milliseconds that it took.
    pub millis: Option<u64>,
    /// Ids of a firewall's rules that spoke.
    pub waf_rules: &'e [Cow<'e, [u8]>],
    /// Whether the product itself refused it.
    pub waf_blocked: Option<bool>,
    /// The path template.
    pub endpoint: Option<&'e str>,
    /// The number of the first object that the request names.
    pub object: Option<u64>,
    /// How many objects the request names.
    pub objects: Option<u64>,
    /// The page or offset that the request asks for.
    pub page: Option<u64>,
    /// Keyed digest of the principal or hint.
    pub principal: Option<&'e str>,
    /// The exchange itself, where the source is our own log: it tells the rest.
    pub exchange: Option<&'e Exchange>,
    /// A line of JSON that has the fields under their own names: then nothing else counts.
    pub line: Option<&'e Line>,
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = Field::ALL.iter().filter(|field| self.value(**field).is_some());
        out.debug_set().entries(held.map(|field| field.name())).finish()
    }
}

/// A value of a field.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'e> {
    Text(&'e [u8]),
    Address(IpAddr),
    Number(u64),
    Flag(bool),
    Words(&'e [Cow<'e, [u8]>]),
    Classes(ClassSet),
    Digest(SubjectDigest),
}

impl<'e> Event<'e> {
    /// An event that tells what the exchange log tells of `exchange`.
    ///
    /// The gateway keeps no raw path; [`Field::Stem`] and its like are not given.
    #[must_use]
    pub fn of(exchange: &'e Exchange) -> Self {
        Self {
            given: Fields::EXCHANGE,
            product: "tidegate",
            method: Some(exchange.endpoint.method().as_str().as_bytes()),
            client: Some(exchange.client),
            status: Some(exchange.status),
            sent: Some(exchange.response_bytes),
            received: Some(exchange.request_bytes),
            millis: Some(exchange.duration_millis),
            endpoint: Some(exchange.endpoint.template().as_str()),
            object: exchange.objects.iter().find_map(|object| object.number),
            objects: u64::try_from(exchange.objects.len()).ok(),
            page: match exchange.page {
                Some(PageRef::Number(number)) => Some(number),
                Some(PageRef::Cursor(_)) | None => None,
            },
            exchange: Some(exchange),
            ..Self::default()
        }
    }

    /// The event that a line of JSON tells.
    #[must_use]
    pub fn of_line(line: &'e Line) -> Self {
        Self { given: line.given(), line: Some(line), ..Self::default() }
    }

    /// Whether it can have the fields that only our own log tells.
    pub(crate) const fn tells_exchange(&self) -> bool {
        self.exchange.is_some() || self.line.is_some()
    }

    /// Path without query.
    fn stem(&self) -> Option<&'e [u8]> {
        let target = self.target?;
        let end = memchr::memchr(b'?', target).unwrap_or(target.len());
        target.get(..end)
    }

    /// What follows the first `?`.
    fn query(&self) -> Option<&'e [u8]> {
        let target = self.target?;
        let mark = memchr::memchr(b'?', target)?;
        target.get(mark + 1..)
    }

    /// What stands in `field`.
    pub(crate) fn value(&self, field: Field) -> Option<Value<'e>> {
        if let Some(line) = self.line {
            return line.value(field);
        }
        let text = |text: Option<&'e [u8]>| text.map(Value::Text);
        let number = |number: Option<u64>| number.map(Value::Number);
        match field {
            Field::Method => text(self.method),
            Field::Stem => text(self.stem()),
            Field::Query => text(self.query()),
            Field::Uri => text(self.target),
            Field::Version => text(self.version),
            Field::Host => text(self.host),
            Field::Agent => text(self.agent),
            Field::Referer => text(self.referer),
            Field::Cookie => text(self.cookie),
            Field::User => text(self.user),
            Field::Forwarded => text(self.forwarded),
            Field::RequestType => text(self.request_type),
            Field::RequestBody => text(self.request_body),
            Field::ResponseType => text(self.response_type),
            Field::ResponseBody => text(self.response_body),
            Field::Upstream => text(self.upstream),
            Field::Client => self.client.map(Value::Address),
            Field::Status => self.status.map(|status| Value::Number(u64::from(status))),
            Field::Sent => number(self.sent),
            Field::Received => number(self.received),
            Field::Taken => number(self.millis),
            Field::WafRules => (!self.waf_rules.is_empty()).then_some(Value::Words(self.waf_rules)),
            Field::WafBlocked => self.waf_blocked.map(Value::Flag),
            Field::Endpoint => text(self.endpoint.map(str::as_bytes)),
            Field::ObjectNumber => number(self.object),
            Field::Objects => number(self.objects),
            Field::Page => number(self.page),
            Field::Principal => match (self.principal, self.exchange) {
                (Some(principal), _) => Some(Value::Text(principal.as_bytes())),
                (None, exchange) => exchange?.principal.map(Value::Digest),
            },
            Field::Records
            | Field::Subjects
            | Field::Strangers
            | Field::Classes
            | Field::Caller
            | Field::Role
            | Field::Partner
            | Field::Declared
            | Field::Public
            | Field::Bait
            | Field::Outcome
            | Field::Refusal
            | Field::Issued => of_exchange(self.exchange?, field),
        }
    }

    /// A number that is equal for equal values; `None` where the field is absent or has several values.
    pub(crate) fn digest(&self, seed: u64, field: Field) -> Option<u64> {
        Some(match self.value(field)? {
            Value::Text(text) => hash::bytes(seed, text),
            Value::Number(number) => hash::mix(seed, number),
            Value::Flag(flag) => hash::mix(seed, u64::from(flag)),
            Value::Address(IpAddr::V4(address)) => hash::mix(seed, u64::from(address.to_bits())),
            Value::Address(IpAddr::V6(address)) => hash::bytes(seed, &address.octets()),
            Value::Digest(digest) => hash::bytes(seed, digest.to_string().as_bytes()),
            Value::Words(_) | Value::Classes(_) => return None,
        })
    }

    /// The number in `field`.
    pub(crate) fn number(&self, field: Field) -> Option<u64> {
        match self.value(field)? {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// What stands in `field`, for people. Secrets and several values give `None`.
    pub(crate) fn shown(&self, field: Field) -> Option<String> {
        if !field.may_be_shown() {
            return None;
        }
        Some(match self.value(field)? {
            Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::Address(address) => address.to_string(),
            Value::Digest(digest) => digest.to_string(),
            Value::Words(_) | Value::Classes(_) => return None,
        })
    }
}

/// What only our own log tells.
fn of_exchange(exchange: &Exchange, field: Field) -> Option<Value<'_>> {
    let count = |count: u32| Some(Value::Number(u64::from(count)));
    let word = |word: Option<&'static str>| word.map(|word| Value::Text(word.as_bytes()));
    match field {
        Field::Records => count(exchange.records),
        Field::Subjects => count(exchange.disclosed),
        Field::Strangers => count(exchange.strangers),
        Field::Issued => count(exchange.issued),
        Field::Classes => (!exchange.classes.is_empty()).then_some(Value::Classes(exchange.classes)),
        Field::Caller => Some(Value::Text(exchange.caller.as_bytes())),
        Field::Role => exchange.role.as_ref().map(|role| Value::Text(role.as_bytes())),
        Field::Partner => exchange.partner.as_ref().map(|partner| Value::Text(partner.as_bytes())),
        Field::Declared => Some(Value::Flag(exchange.declared)),
        Field::Public => Some(Value::Flag(exchange.public)),
        Field::Bait => Some(Value::Flag(exchange.bait)),
        Field::Outcome => word(Some(match exchange.outcome {
            Outcome::Served => "served",
            Outcome::Refused(_) => "refused",
            Outcome::WouldRefuse(_) => "would-refuse",
            Outcome::ClientGone => "client-gone",
        })),
        Field::Refusal => word(match exchange.outcome {
            Outcome::Refused(kind) | Outcome::WouldRefuse(kind) => Some(kind.word()),
            Outcome::Served | Outcome::ClientGone => None,
        }),
        _ => None,
    }
}

impl<'e> Value<'e> {
    pub(crate) fn for_rsigma(self) -> EventValue<'e> {
        let integer = |number: u64| EventValue::Int(i64::try_from(number).unwrap_or(i64::MAX));
        match self {
            // What is UTF-8 as it stands is known so sooner than what is mended.
            Self::Text(text) => EventValue::Str(
                std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed),
            ),
            Self::Address(address) => EventValue::Str(address.to_string().into()),
            Self::Digest(digest) => EventValue::Str(digest.to_string().into()),
            Self::Number(number) => integer(number),
            Self::Flag(flag) => EventValue::Bool(flag),
            Self::Words(words) => EventValue::Array(
                words.iter().map(|word| EventValue::Str(String::from_utf8_lossy(word))).collect(),
            ),
            Self::Classes(classes) => EventValue::Array(
                classes.iter().map(|class| EventValue::Str(Cow::Borrowed(class.word()))).collect(),
            ),
        }
    }
}

/// Fields in which a keyword (a value without a field) is looked for.
pub(crate) const SEARCHED: [Field; 8] = [
    Field::Uri,
    Field::Agent,
    Field::Referer,
    Field::Host,
    Field::User,
    Field::Forwarded,
    Field::RequestBody,
    Field::Cookie,
];

impl rsigma_eval::Event for Event<'_> {
    fn get_field(&self, path: &str) -> Option<EventValue<'_>> {
        self.value(Field::named(path)?).map(Value::for_rsigma)
    }

    fn any_string_value(&self, holds: &dyn Fn(&str) -> bool) -> bool {
        SEARCHED.iter().any(|field| match self.value(*field) {
            Some(Value::Text(text)) => holds(&String::from_utf8_lossy(text)),
            _ => false,
        })
    }

    fn all_string_values(&self) -> Vec<Cow<'_, str>> {
        let texts = SEARCHED.iter().filter_map(|field| match self.value(*field) {
            Some(Value::Text(text)) => Some(String::from_utf8_lossy(text)),
            _ => None,
        });
        texts.collect()
    }

    fn to_json(&self) -> serde_json::Value {
        let fields = Field::ALL.iter().filter(|field| field.may_be_shown());
        let told = fields.filter_map(|field| {
            self.value(*field).map(|value| (field.name().to_owned(), value.for_rsigma().to_json()))
        });
        serde_json::Value::Object(told.collect())
    }
}
