//! The exchange log that `tidegate serve --exchange-log` writes: see [`crate::exchange_line`].
//!
//! A line tells what the gateway saw, under [`Event::exchange`]: template, numbers and digests in place
//! of paths, ids and tokens. What other dialects tell of a request stands beside it where it is the same
//! thing; a template is no target, so there is none.

use std::borrow::Cow;

use domain::Outcome;

use super::{About, Memory};
use crate::exchange_line::{self, ExchangeLineError};
use crate::{Event, Field, Reject};

pub(super) const ABOUT: About = About {
    word: "tidegate",
    title: "Tidegate's exchange log",
    tells: &[
        Field::At,
        Field::Client,
        Field::Method,
        Field::Status,
        Field::Sent,
        Field::Received,
        Field::Micros,
        Field::Blocked,
        Field::Id,
        Field::Exchange,
    ],
    proven: true,
    counts_headers: false,
    source: "https://schema.ocsf.io/1.3.0/classes/api_activity",
};

pub(super) fn read<'l>(
    line: &'l [u8],
    _memory: &mut Memory,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    // Most lines are of another dialect while one is looked for: they cost this and no more.
    if memchr::memmem::find(line, b"\"tidegate\"").is_none() {
        return Err(Reject::Shape);
    }
    let line = std::str::from_utf8(line).map_err(|_| Reject::Shape)?;
    let exchange = exchange_line::parse(line).map_err(|error| match error {
        ExchangeLineError::OtherClass { .. } => Reject::Field("class"),
        _ => Reject::Shape,
    })?;
    each(Event {
        at: Some(exchange.at),
        client: Some(exchange.client),
        method: Some(Cow::Owned(exchange.endpoint.method().as_str().as_bytes().to_vec())),
        status: Some(exchange.status),
        sent: Some(exchange.response_bytes),
        received: Some(exchange.request_bytes),
        micros: Some(exchange.duration_millis.saturating_mul(1000)),
        blocked: Some(matches!(exchange.outcome, Outcome::Refused(_))),
        id: Some(Cow::Owned(exchange.id.to_string().into_bytes())),
        exchange: Some(Box::new(exchange)),
        ..Event::default()
    });
    Ok(())
}
