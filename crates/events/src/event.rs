//! What one line of a log says of one exchange: everything a dialect may write, nothing guessed.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use domain::{Exchange, Timestamp};

/// Text as the client sent it: the log's own escaping is undone, bytes need not be UTF-8.
pub type Text<'l> = Cow<'l, [u8]>;

/// One request and its response, as a line tells them. `None` is what the line does not say; `-` and
/// the like are `None`, an empty text that was sent is `Some(b"")` where the dialect can tell.
///
/// # Security
/// Its `Debug` writes `***` for what is a secret or may hold one: credentials, cookies, bodies, and the
/// queries of targets, in which tokens stand as well.
#[derive(Clone, Default, PartialEq)]
pub struct Event<'l> {
    /// When: in most dialects when the request ended, in some when it began. The dialect says which.
    pub at: Option<Timestamp>,
    /// Whether the time stands there without a zone, so that it was read as UTC: nothing in the line says
    /// another.
    pub is_zone_assumed: bool,
    /// The address that the product takes for the client's. Who sent it is not known to be true
    /// where a header named it.
    pub client: Option<IpAddr>,
    /// The client's name, where the product writes that in place of its address (Apache with
    /// `HostnameLookups On`).
    pub client_name: Option<Text<'l>>,
    /// `X-Forwarded-For` or `Forwarded` as sent, where the line has it.
    pub forwarded: Option<Text<'l>>,
    /// The user that the product authenticated (HTTP basic, consumer, principal).
    pub user: Option<Text<'l>>,
    /// The method as sent.
    pub method: Option<Text<'l>>,
    /// Path and query as sent, still percent-encoded; an absolute target keeps its scheme and host.
    pub target: Option<Text<'l>>,
    /// `HTTP/1.1` and the like, as written.
    pub protocol: Option<Text<'l>>,
    /// `http` or `https`.
    pub scheme: Option<Text<'l>>,
    /// The host that was asked for.
    pub host: Option<Text<'l>>,
    /// The status that the client got; `None` when it got none.
    pub status: Option<u16>,
    /// Bytes of the response: of the body where the dialect tells both.
    pub sent: Option<u64>,
    /// Bytes of the request: of the body where the dialect tells both.
    pub received: Option<u64>,
    /// How long it took, in microseconds.
    pub micros: Option<u64>,
    /// `User-Agent`.
    pub agent: Option<Text<'l>>,
    /// `Referer`.
    pub referer: Option<Text<'l>>,
    /// `Authorization`, or what stands for it. A secret: to be digested, never shown.
    pub authorization: Option<Text<'l>>,
    /// `Cookie`. A secret as well.
    pub cookie: Option<Text<'l>>,
    /// `Content-Type` of the request.
    pub request_type: Option<Text<'l>>,
    /// The request's body, where the product logs it.
    pub request_body: Option<Text<'l>>,
    /// `Content-Type` of the response.
    pub response_type: Option<Text<'l>>,
    /// The response's body, where the product logs it.
    pub response_body: Option<Text<'l>>,
    /// Where the product sent it on to: upstream, backend, service, route.
    pub upstream: Option<Text<'l>>,
    /// What a firewall said: ids of rules, at most 32.
    pub rules: Vec<Text<'l>>,
    /// Whether the product itself refused it (a firewall's block, an authorizer's deny).
    pub blocked: Option<bool>,
    /// The product's id of the request: lines of several logs that tell of one exchange share it.
    pub id: Option<Text<'l>>,
    /// Our own log says more than all of these.
    pub exchange: Option<Box<Exchange>>,
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Every field stands here, so that a new one is thought of.
        let Self {
            at,
            is_zone_assumed,
            client,
            client_name,
            forwarded,
            user,
            method,
            target,
            protocol,
            scheme,
            host,
            status,
            sent,
            received,
            micros,
            agent,
            referer,
            authorization,
            cookie,
            request_type,
            request_body,
            response_type,
            response_body,
            upstream,
            rules,
            blocked,
            id,
            exchange,
        } = self;
        let mut shown = out.debug_struct("Event");
        macro_rules! show {
            ($($name:ident = $value:expr;)+) => {
                $(if let Some(value) = $value {
                    shown.field(stringify!($name), &value);
                })+
            };
        }
        show! {
            at = at;
            is_zone_assumed = is_zone_assumed.then_some(true);
            client = client;
            client_name = plain(client_name);
            forwarded = plain(forwarded);
            user = plain(user);
            method = plain(method);
            target = without_query(target);
            protocol = plain(protocol);
            scheme = plain(scheme);
            host = plain(host);
            status = status;
            sent = sent;
            received = received;
            micros = micros;
            agent = plain(agent);
            referer = without_query(referer);
            authorization = masked(authorization);
            cookie = masked(cookie);
            request_type = plain(request_type);
            request_body = masked(request_body);
            response_type = plain(response_type);
            response_body = masked(response_body);
            upstream = plain(upstream);
            rules = (!rules.is_empty()).then(|| rules.iter().map(|rule| escaped(rule)).collect::<Vec<_>>());
            blocked = blocked;
            id = plain(id);
            exchange = exchange;
        }
        shown.finish_non_exhaustive()
    }
}

/// Text of a line, its control characters escaped.
struct Escaped(String);

impl fmt::Debug for Escaped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn escaped(text: &[u8]) -> Escaped {
    Escaped(text.escape_ascii().to_string())
}

fn plain(text: &Option<Text<'_>>) -> Option<Escaped> {
    text.as_deref().map(escaped)
}

fn masked(text: &Option<Text<'_>>) -> Option<Escaped> {
    text.as_ref().map(|_| Escaped("***".to_owned()))
}

fn without_query(text: &Option<Text<'_>>) -> Option<Escaped> {
    let text = text.as_deref()?;
    Some(match memchr::memchr2(b'?', b'#', text) {
        Some(at) => Escaped(format!("{}?***", text.get(..at).unwrap_or_default().escape_ascii())),
        None => escaped(text),
    })
}

impl Event<'_> {
    /// The same event without a loan from its line.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        fn own(text: Option<Text<'_>>) -> Option<Text<'static>> {
            text.map(|text| Cow::Owned(text.into_owned()))
        }
        Event {
            at: self.at,
            is_zone_assumed: self.is_zone_assumed,
            client: self.client,
            client_name: own(self.client_name),
            forwarded: own(self.forwarded),
            user: own(self.user),
            method: own(self.method),
            target: own(self.target),
            protocol: own(self.protocol),
            scheme: own(self.scheme),
            host: own(self.host),
            status: self.status,
            sent: self.sent,
            received: self.received,
            micros: self.micros,
            agent: own(self.agent),
            referer: own(self.referer),
            authorization: own(self.authorization),
            cookie: own(self.cookie),
            request_type: own(self.request_type),
            request_body: own(self.request_body),
            response_type: own(self.response_type),
            response_body: own(self.response_body),
            upstream: own(self.upstream),
            rules: self.rules.into_iter().map(|rule| Cow::Owned(rule.into_owned())).collect(),
            blocked: self.blocked,
            id: own(self.id),
            exchange: self.exchange,
        }
    }
}

/// Why a line gave no event. It is counted, and kept for whoever asked for the rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
pub enum Reject {
    /// The line has not the shape of the dialect.
    #[error("not a line of this dialect")]
    Shape,
    /// A field that must be there for any use of the line holds nothing readable.
    #[error("the {0} cannot be read")]
    Field(&'static str),
    /// Longer than [`crate::MOST_LINE`].
    #[error("longer than a line may be")]
    Long,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_of_an_event_holds_no_secret() {
        let text = |text: &'static str| Some(Text::Borrowed(text.as_bytes()));
        let event = Event {
            target: text("/orders/7?token=s3cret"),
            referer: text("https://shop.example/?code=s3cret"),
            authorization: text("Bearer s3cret"),
            cookie: text("session=s3cret"),
            request_body: text("password=s3cret"),
            response_body: text("{\"token\":\"s3cret\"}"),
            agent: text("curl/8\u{1b}[31m"),
            status: Some(200),
            ..Event::default()
        };
        let shown = format!("{event:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert_eq!(
            shown,
            "Event { target: /orders/7?***, status: 200, agent: curl/8\\x1b[31m, referer: https://shop.example/?***, \
             authorization: ***, cookie: ***, request_body: ***, response_body: ***, .. }"
        );
    }
}
