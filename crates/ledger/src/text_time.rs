//! Times in JSON stand as RFC 3339 texts, not as milliseconds.

use domain::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

pub(crate) fn rfc3339<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(at)
}

pub(crate) fn maybe_rfc3339<S: Serializer>(at: &Option<Timestamp>, out: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => out.collect_str(at),
        None => out.serialize_none(),
    }
}

pub(crate) fn rfc3339_each<S: Serializer>(times: &[Timestamp], out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(times.iter().map(ToString::to_string))
}

pub(crate) fn from_rfc3339<'de, D: Deserializer<'de>>(input: D) -> Result<Timestamp, D::Error> {
    Timestamp::parse_expiry(&String::deserialize(input)?).map_err(serde::de::Error::custom)
}
