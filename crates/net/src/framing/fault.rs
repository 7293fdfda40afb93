//! What is odd about a request's head, in a closed set of words.

use std::fmt;

use http::{HeaderValue, Method, request};
use smallvec::SmallVec;

use super::clean::{overrides_method, overrides_path};
use super::{is_host, options};
use crate::target::Target;

/// Something in a request's head that two programs could read in two ways, or that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeadFault {
    /// `CONNECT`, or an `Upgrade` header (RFC 9110 section 7.8).
    Upgrade,
    /// No `Host` in HTTP/1.1.
    MissingHost,
    /// `Host` twice, or one that is no host.
    BadHost,
    /// `Host` differs from the host of an absolute-form target (RFC 9112 section 3.2.2).
    HostMismatch,
    /// `Authorization` twice.
    DuplicateAuthorization,
    /// `Content-Type` twice.
    DuplicateContentType,
    /// `Content-Length` twice, or beside `Transfer-Encoding`.
    AmbiguousLength,
    /// A `Transfer-Encoding` other than `chunked`.
    TransferCoding,
    /// A `Content-Encoding` on a request: its body would be judged unread.
    EncodedBody,
    /// `Connection` names a field that is not for this hop, such as `Authorization` or `Cookie`.
    ConnectionNamesField,
    /// A header that gives the request another method: `X-HTTP-Method-Override` and its like.
    MethodOverride,
    /// `_method` in the query.
    MethodInQuery,
    /// A header that gives the request another path: `X-Original-URL`, `X-Rewrite-URL`.
    PathOverride,
}

impl HeadFault {
    /// Every fault.
    pub const ALL: [Self; 13] = [
        Self::Upgrade,
        Self::MissingHost,
        Self::BadHost,
        Self::HostMismatch,
        Self::DuplicateAuthorization,
        Self::DuplicateContentType,
        Self::AmbiguousLength,
        Self::TransferCoding,
        Self::EncodedBody,
        Self::ConnectionNamesField,
        Self::MethodOverride,
        Self::MethodInQuery,
        Self::PathOverride,
    ];

    /// The word used in logs, metrics and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::MissingHost => "missing-host",
            Self::BadHost => "bad-host",
            Self::HostMismatch => "host-mismatch",
            Self::DuplicateAuthorization => "duplicate-authorization",
            Self::DuplicateContentType => "duplicate-content-type",
            Self::AmbiguousLength => "ambiguous-length",
            Self::TransferCoding => "transfer-coding",
            Self::EncodedBody => "encoded-body",
            Self::ConnectionNamesField => "connection-names-field",
            Self::MethodOverride => "method-override",
            Self::MethodInQuery => "method-in-query",
            Self::PathOverride => "path-override",
        }
    }

    /// Whether it is refused in every mode. The others can be repaired: [`super::remove_overrides`],
    /// [`Target::without_query`]; an encoded body can be decoded by [`crate::encoding`].
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        !matches!(self, Self::MethodOverride | Self::MethodInQuery | Self::PathOverride | Self::EncodedBody)
    }
}

impl fmt::Display for HeadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What is odd about a request's head, each fault once. Empty for every ordinary request.
#[must_use]
pub fn head_faults(head: &request::Parts, target: &Target) -> SmallVec<[HeadFault; 2]> {
    let mut faults = SmallVec::new();
    let mut note = |holds: bool, fault: HeadFault| {
        if holds && !faults.contains(&fault) {
            faults.push(fault);
        }
    };
    note(head.method == Method::CONNECT, HeadFault::Upgrade);
    let mut host: Option<&HeaderValue> = None;
    let (mut authorizations, mut types, mut lengths, mut codings) = (0, 0, 0, 0);
    for (name, value) in &head.headers {
        let is = |text: &str| value.as_bytes().eq_ignore_ascii_case(text.as_bytes());
        match name.as_str() {
            "host" => {
                note(host.is_some() || !is_host(value.as_bytes()), HeadFault::BadHost);
                host = Some(value);
            }
            "upgrade" => note(true, HeadFault::Upgrade),
            "authorization" => authorizations += 1,
            "content-type" => types += 1,
            "content-length" => lengths += 1,
            "transfer-encoding" => {
                codings += 1;
                note(codings > 1 || !is("chunked"), HeadFault::TransferCoding);
            }
            "content-encoding" => note(!is("identity"), HeadFault::EncodedBody),
            "connection" => note(options(value).any(is_end_to_end), HeadFault::ConnectionNamesField),
            other => {
                note(overrides_method(other), HeadFault::MethodOverride);
                note(overrides_path(other), HeadFault::PathOverride);
            }
        }
    }
    match (host, target.authority()) {
        (None, None) => note(head.version == http::Version::HTTP_11, HeadFault::MissingHost),
        (Some(host), Some(authority)) => {
            let same = authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes());
            note(!same, HeadFault::HostMismatch);
        }
        _ => {}
    }
    note(authorizations > 1, HeadFault::DuplicateAuthorization);
    note(types > 1, HeadFault::DuplicateContentType);
    note(lengths > 1 || lengths > 0 && codings > 0, HeadFault::AmbiguousLength);
    note(target.query().any(|(name, _)| name.eq_ignore_ascii_case("_method")), HeadFault::MethodInQuery);
    faults
}

/// Fields whose removal would change what the upstream reads from what was judged.
fn is_end_to_end(option: &[u8]) -> bool {
    let fields: [&[u8]; 10] = [
        b"authorization",
        b"cookie",
        b"host",
        b"content-type",
        b"content-length",
        b"content-encoding",
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
    ];
    fields.iter().any(|name| option.eq_ignore_ascii_case(name))
}
