//! Who asks: verified, confirmed, unverified, anonymous.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::SubjectDigest;

/// Who a request comes from, as far as that is known.
///
/// Only a [`Caller::Verified`] principal reaches Cedar. A confirmed hint counts as a principal for
/// budgets; an unverified one groups exchanges and is charged to its networks.
#[derive(Clone, Debug, PartialEq)]
pub enum Caller {
    /// No credential, or one that does not count on this operation.
    Anonymous,
    /// A credential that nobody verified, in the state that [`Hint`] says.
    Hinted(Hint),
    /// Identity was verified: token, API key or certificate.
    Verified(Arc<Principal>),
}

impl Caller {
    /// The closed word for logs and metrics: `anonymous`, `unverified`, `confirmed`, `verified`, `partner`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Hinted(hint) => match hint.state {
                HintState::Unverified => "unverified",
                HintState::Confirmed => "confirmed",
            },
            Self::Verified(principal) => match principal.kind {
                PrincipalKind::Partner(_) => "partner",
                PrincipalKind::Token | PrincipalKind::ApiKey => "verified",
            },
        }
    }
}

/// A token or cookie that was not verified, by keyed digest of its exact value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hint {
    /// Keyed digest of the value; the value itself is never kept.
    pub digest: SubjectDigest,
    /// Whether the upstream vouched for it.
    pub state: HintState,
}

/// Whether an unverified credential was seen to be the upstream's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HintState {
    /// Anyone could have made it up: it has no budget of its own.
    Unverified,
    /// The upstream issued this very value, or refused the operation without it and with another
    /// value of its shape.
    Confirmed,
}

/// The stable name of a verified principal: issuer and subject of a token, or the name of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalId(Arc<str>);

impl PrincipalId {
    /// The principal called `name`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Its text.
    ///
    /// # Security
    /// May be personal (an e-mail as `sub`): for Cedar, for keyed digests and for `explain`, whose user
    /// holds the token; never for a log line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a role whose budget is declared, such as `staff`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(Arc<str>);

impl RoleName {
    /// The role called `name`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a principal proved itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A signed token (JWT, RFC 7519).
    Token,
    /// An API key of somebody who is no partner.
    ApiKey,
    /// The API key or certificate of the named partner.
    Partner(Arc<str>),
}

/// A verified caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// Its name, unique over all issuers and keys.
    pub id: PrincipalId,
    /// How it proved itself.
    pub kind: PrincipalKind,
    /// Its roles, as the configuration maps them from claims or keys.
    pub roles: SmallVec<[RoleName; 2]>,
    /// What its token says of it.
    pub claims: Claims,
}

/// Claims of a verified token as texts by a written rule.
///
/// Strings stand as they are, integers in decimal, booleans as `true` / `false`, arrays as several
/// texts, nested objects under dotted names (`realm_access.roles`). Null and fractional numbers are
/// left out: nothing may be owned through them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Names and texts one after the other: claims are read for every answer, and one text that lies
    /// together is read faster than twenty.
    text: String,
    /// Where each name and each text ends.
    ends: Vec<(usize, usize)>,
}

impl Claims {
    /// Adds one text under `name`; a name may hold several.
    pub fn push(&mut self, name: &str, value: &str) {
        self.text.push_str(name);
        let name_end = self.text.len();
        self.text.push_str(value);
        self.ends.push((name_end, self.text.len()));
    }

    /// The only text under `name`; `None` when there is none or more than one.
    #[must_use]
    pub fn single(&self, name: &str) -> Option<&str> {
        let mut found = self.iter().filter(|(key, _)| *key == name).map(|(_, value)| value);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// Every text under `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value)
    }

    /// All names and texts, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |&(name_end, end)| {
            let name = self.text.get(start..name_end).unwrap_or_default();
            start = end;
            (name, self.text.get(name_end..end).unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_with_two_values_owns_nothing_by_itself() {
        let mut claims = Claims::default();
        claims.push("sub", "c1");
        claims.push("groups", "a");
        claims.push("groups", "b");
        assert_eq!(claims.single("sub"), Some("c1"));
        assert_eq!(claims.single("groups"), None);
        assert_eq!(claims.single("missing"), None);
        assert_eq!(claims.all("groups").count(), 2);
    }
}
