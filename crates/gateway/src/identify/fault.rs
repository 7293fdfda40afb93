//! Why a credential does not count.

use std::fmt;

use domain::RefusalKind;
use telemetry::CredentialFault;

/// What is wrong with a credential that was presented. A closed set, without any part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentifyFault {
    /// The same header carries two credentials.
    Duplicate,
    /// A token and an API key are presented, and not both are good and of one principal.
    Conflicting,
    /// A token above 16 KiB.
    TooLarge,
    /// No token: not three parts, no base64url, no JSON, or with a `crit` that is not understood.
    Malformed,
    /// The algorithm is `none`, unknown, not allowed, or not that of the key.
    Algorithm,
    /// No issuer of this name is configured.
    Issuer,
    /// The issuer's key set has no such key; a refresh was asked for.
    UnknownKey,
    /// The issuer's key set was never loaded, or is older than it may be.
    KeySetUnavailable,
    /// The signature does not fit.
    Signature,
    /// The token is meant for somebody else.
    Audience,
    /// The token has expired, or does not say when it will.
    Expired,
    /// The token is not valid yet.
    NotYetValid,
    /// The token names no principal, or says more than 256 things of it.
    Claims,
    /// Nobody holds this API key.
    UnknownApiKey,
}

impl IdentifyFault {
    /// The kind of refusal on an operation that needs identity.
    ///
    /// A key set that cannot be resolved closes the door: nobody could pass it, and the caller is
    /// not at fault.
    #[must_use]
    pub const fn kind(self) -> RefusalKind {
        match self {
            Self::KeySetUnavailable => RefusalKind::ClosedEndpoint,
            _ => RefusalKind::Unauthenticated,
        }
    }

    /// The word for it in the log.
    #[must_use]
    pub const fn word(self) -> CredentialFault {
        match self {
            Self::Duplicate => CredentialFault::Duplicate,
            Self::Conflicting => CredentialFault::Conflicting,
            Self::TooLarge => CredentialFault::TooLarge,
            Self::Malformed => CredentialFault::Malformed,
            Self::Algorithm => CredentialFault::Algorithm,
            Self::Issuer => CredentialFault::Issuer,
            Self::UnknownKey => CredentialFault::UnknownKey,
            Self::KeySetUnavailable => CredentialFault::KeySet,
            Self::Signature => CredentialFault::Signature,
            Self::Audience => CredentialFault::Audience,
            Self::Expired => CredentialFault::Expired,
            Self::NotYetValid => CredentialFault::NotYetValid,
            Self::Claims => CredentialFault::Claims,
            Self::UnknownApiKey => CredentialFault::UnknownApiKey,
        }
    }

    /// For `explain` and the log: a phrase without any part of the credential.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Duplicate => "two credentials in one header",
            Self::Conflicting => "a token and an API key that do not name one principal",
            Self::TooLarge => "token above 16 KiB",
            Self::Malformed => "malformed token",
            Self::Algorithm => "token algorithm not allowed for its key",
            Self::Issuer => "token of an unknown issuer",
            Self::UnknownKey => "token key not in the issuer's key set",
            Self::KeySetUnavailable => "the issuer's key set is not available",
            Self::Signature => "token signature does not fit",
            Self::Audience => "token for another audience",
            Self::Expired => "token expired or without expiry",
            Self::NotYetValid => "token not valid yet",
            Self::Claims => "token names no usable principal",
            Self::UnknownApiKey => "unknown API key",
        }
    }
}

impl fmt::Display for IdentifyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.phrase())
    }
}
