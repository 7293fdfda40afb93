//! Events of log lines as rules see them.

use std::collections::HashMap;

use crate::event::Event;
use crate::field::{Field, Fields};

/// What a dialect can tell, as fields of rules.
#[must_use]
pub fn given(dialect: events::Dialect) -> Fields {
    let of = |told: &events::Field| match told {
        events::Field::Client => Fields::of(&[Field::Client]),
        events::Field::Forwarded => Fields::of(&[Field::Forwarded]),
        events::Field::User => Fields::of(&[Field::User]),
        events::Field::Method => Fields::of(&[Field::Method]),
        events::Field::Target => Fields::of(&[Field::Uri, Field::Stem, Field::Query]),
        events::Field::Protocol => Fields::of(&[Field::Version]),
        events::Field::Host => Fields::of(&[Field::Host]),
        events::Field::Status => Fields::of(&[Field::Status]),
        events::Field::Sent => Fields::of(&[Field::Sent]),
        events::Field::Received => Fields::of(&[Field::Received]),
        events::Field::Micros => Fields::of(&[Field::Taken]),
        events::Field::Agent => Fields::of(&[Field::Agent]),
        events::Field::Referer => Fields::of(&[Field::Referer]),
        events::Field::Cookie => Fields::of(&[Field::Cookie]),
        events::Field::RequestType => Fields::of(&[Field::RequestType]),
        events::Field::RequestBody => Fields::of(&[Field::RequestBody]),
        events::Field::ResponseType => Fields::of(&[Field::ResponseType]),
        events::Field::ResponseBody => Fields::of(&[Field::ResponseBody]),
        events::Field::Upstream => Fields::of(&[Field::Upstream]),
        events::Field::Rules => Fields::of(&[Field::WafRules]),
        events::Field::Blocked => Fields::of(&[Field::WafBlocked]),
        events::Field::Exchange => Fields::EXCHANGE,
        events::Field::At
        | events::Field::ClientName
        | events::Field::Scheme
        | events::Field::Authorization
        | events::Field::Id => Fields::NONE,
    };
    dialect.tells().iter().map(of).fold(Fields::NONE, Fields::union)
}

/// [`given`] of every dialect, worked out once.
#[derive(Clone, Debug)]
pub struct Given(HashMap<events::Dialect, Fields>);

impl Default for Given {
    fn default() -> Self {
        Self(events::Dialect::ALL.iter().map(|dialect| (*dialect, given(*dialect))).collect())
    }
}

impl Given {
    /// What `dialect` can tell.
    #[must_use]
    pub fn of(&self, dialect: events::Dialect) -> Fields {
        self.0.get(&dialect).copied().unwrap_or_default()
    }
}

/// `event` of a log that tells `given`, written by `product`.
///
/// An address, template or object that the reader of the log worked out is set on the result, and its
/// field added to `given`.
#[must_use]
pub fn event<'e>(event: &'e events::Event<'_>, given: Fields, product: &'e str) -> Event<'e> {
    let base = match &event.exchange {
        Some(exchange) => Event::of(exchange),
        None => Event::default(),
    };
    Event {
        given: given.union(base.given),
        product: if base.exchange.is_some() { base.product } else { product },
        method: event.method.as_deref().or(base.method),
        target: event.target.as_deref(),
        version: event.protocol.as_deref(),
        host: event.host.as_deref(),
        agent: event.agent.as_deref(),
        referer: event.referer.as_deref(),
        cookie: event.cookie.as_deref(),
        user: event.user.as_deref(),
        forwarded: event.forwarded.as_deref(),
        request_type: event.request_type.as_deref(),
        request_body: event.request_body.as_deref(),
        response_type: event.response_type.as_deref(),
        response_body: event.response_body.as_deref(),
        upstream: event.upstream.as_deref(),
        client: event.client.or(base.client),
        status: event.status.or(base.status),
        sent: event.sent.or(base.sent),
        received: event.received.or(base.received),
        millis: event.micros.map(|micros| micros / 1000).or(base.millis),
        waf_rules: &event.rules,
        waf_blocked: event.blocked,
        ..base
    }
}
