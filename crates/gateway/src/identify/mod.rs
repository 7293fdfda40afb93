//! Who asks: the station `identify` of the walk.
//!
//! Verifies tokens and API keys, and groups by keyed digest what it cannot verify. It decides
//! nothing about access: [`Identified`] says who the caller is and what is wrong with the
//! credential, and the walk refuses. It opens nothing and reads no clock: key sets are handed in
//! ([`KeySets::replace`]) and `now` is an argument. No credential is ever printed or kept as text
//! beyond its exchange; tables hold digests.
//!
//! ```
//! use domain::{Caller, HintState, Timestamp};
//! use gateway::identify::{BadCredential, Identify, RequestView, Settings};
//! let identify = Identify::new(&Settings::default(), &[]).unwrap();
//! let key = ledger::DigestKey::new([7; 32]);
//! let mut headers = http::HeaderMap::new();
//! headers.insert("authorization", http::HeaderValue::from_static("Bearer made-up-token"));
//! let request = RequestView { headers: &headers, query: None };
//! let who = identify.caller(&request, BadCredential::Counts, &key, Timestamp::from_secs(1));
//! assert!(matches!(who.caller, Caller::Hinted(hint) if hint.state == HintState::Unverified));
//! ```

mod api_keys;
mod credential;
pub(crate) mod echo;
mod fault;
pub(crate) mod generations;
mod hints;
mod keys;
mod settings;
#[cfg(test)]
mod tests;
mod token;

use std::collections::HashSet;
use std::sync::Arc;

use domain::{Caller, Hint, HintState, Holder, IpPrefix, Principal, SubjectDigest, Timestamp};
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use ledger::DigestKey;
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;

pub(crate) use self::credential::without_keys;
pub use self::credential::{Credentials, Presented};
pub use self::fault::IdentifyFault;
pub use self::hints::{Confirmations, Confirmed, Issue, Observation};
pub use self::keys::{KeySetError, KeySetLoaded, KeySets};
pub use self::settings::{
    ApiKeySettings, IssuerSettings, KeyDigest, KeySource, OneOrMore, RoleMapping, Settings, SettingsError,
};
pub use self::token::MOST_TOKEN_BYTES;

use self::api_keys::{ApiKeys, Found};
use self::credential::{Carriers, Token};
use self::generations::Sharded;
use self::hints::Hints;
use self::token::Verified;

/// Everything that is known about callers. One per configuration; shared by all connections.
#[derive(Debug)]
pub struct Identify {
    key_sets: KeySets,
    api_keys: ApiKeys,
    carriers: Carriers,
    /// Verified tokens by SHA-256, and the keyed digest of each principal: the key below it lives as
    /// long as the ledger. Only tokens that verified enter, so only somebody who holds many
    /// good ones can push others out; those are then verified again. A token is used from here only
    /// within its time and while the key set that verified it is in force.
    tokens: Sharded<[u8; 32], (Verified, SubjectDigest)>,
    /// Outlives a reload of the configuration: see [`Identify::reloaded`].
    hints: Arc<Hints>,
}

/// A verified principal and the keyed digest of its id.
type Known = (Arc<Principal>, SubjectDigest);

/// What of a request tells who asks.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'r> {
    /// Its headers as received.
    pub headers: &'r HeaderMap,
    /// Its canonical query, without `?`.
    pub query: Option<&'r str>,
}

/// What a bad credential means on the operation that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCredential {
    /// It counts: on an operation that needs identity the walk refuses, elsewhere it is a hint.
    Counts,
    /// It is ignored and must not be forwarded: declared-public operations and CORS preflight.
    Ignored,
}

/// Who asks.
#[derive(Clone, Debug)]
pub struct Identified {
    /// The caller. Never verified when there is a fault.
    pub caller: Caller,
    /// Keyed digest of a verified caller's id.
    pub principal: Option<SubjectDigest>,
    /// What is wrong with the credential, if it should have been a good one.
    pub fault: Option<IdentifyFault>,
    /// What was presented, for [`Identify::observed`].
    pub credentials: Credentials,
    /// Whether credentials may be forwarded. `false` only for a bad one where it is ignored: then
    /// [`Identify::strip`] takes it out.
    pub forward_credentials: bool,
}

impl Identify {
    /// Builds the station. `published_keys` are SHA-256 digests of keys that everybody knows (the
    /// demo's): API keys, and the material of signing keys (`x`, `n` or `k` of a JWK, as written).
    /// Settings and key sets with one of them do not load.
    ///
    /// # Errors
    /// When names or keys stand twice, or a name or header cannot be used.
    pub fn new(settings: &Settings, published_keys: &[[u8; 32]]) -> Result<Self, SettingsError> {
        let hints = Hints::new(settings.hints_confirmed, settings.confirmed_per_network_and_hour);
        Self::build(settings, published_keys, Arc::new(hints), None)
    }

    /// The station for new settings, with the hints of this one and the key sets of unchanged issuers:
    /// a reload forgets no confirmed hint and no cap. The cap
    /// on log-ins is the new one; bounds of the hint tables change at restart only.
    ///
    /// # Errors
    /// As [`Identify::new`].
    pub fn reloaded(&self, settings: &Settings, published_keys: &[[u8; 32]]) -> Result<Self, SettingsError> {
        let identify = Self::build(settings, published_keys, self.hints.clone(), Some(&self.key_sets))?;
        self.hints.set_cap(settings.confirmed_per_network_and_hour);
        Ok(identify)
    }

    fn build(
        settings: &Settings,
        published: &[[u8; 32]],
        hints: Arc<Hints>,
        before: Option<&KeySets>,
    ) -> Result<Self, SettingsError> {
        distinct(settings.issuers.iter().map(|issuer| &issuer.issuer), "issuers")?;
        distinct(settings.api_keys.iter().map(|key| &key.name), "api_keys")?;
        if let Some(issuer) = settings.issuers.iter().find(|issuer| issuer.algorithms.is_empty()) {
            return Err(SettingsError::NoAlgorithm { issuer: issuer.issuer.clone() });
        }
        let token_header = credential::header_name(&settings.token_header)?;
        Ok(Self {
            key_sets: KeySets::new(&settings.issuers, published, before),
            api_keys: ApiKeys::new(&settings.api_keys, published)?,
            carriers: Carriers::new(token_header, &settings.session_cookies),
            tokens: Sharded::new(settings.tokens_cached),
            hints,
        })
    }

    /// The key sets, for the task that loads them.
    #[must_use]
    pub const fn key_sets(&self) -> &KeySets {
        &self.key_sets
    }

    /// Who asks, by what `request` presents at `now`.
    ///
    /// A cached token costs one SHA-256 and a table look-up; a hint one HMAC and a look-up; a token
    /// seen for the first time one signature check (20 to 100 microseconds).
    #[must_use]
    pub fn caller(
        &self,
        request: &RequestView<'_>,
        bad: BadCredential,
        key: &DigestKey,
        now: Timestamp,
    ) -> Identified {
        let fault = match self.verified(request.headers, key, now) {
            Ok(Some((principal, digest))) => {
                return Identified {
                    caller: Caller::Verified(principal),
                    principal: Some(digest),
                    fault: None,
                    credentials: Credentials::Verified,
                    forward_credentials: true,
                };
            }
            Ok(None) => None,
            Err(fault) => Some(fault),
        };
        if fault.is_some() && bad == BadCredential::Ignored {
            return Identified {
                caller: Caller::Anonymous,
                principal: None,
                fault,
                credentials: Credentials::None,
                forward_credentials: false,
            };
        }
        let (caller, credentials) = self.hinted(request, key);
        Identified { caller, principal: None, fault, credentials, forward_credentials: true }
    }

    /// The principal that a good token or API key proves; `None` when neither is presented.
    fn verified(
        &self,
        headers: &HeaderMap,
        key: &DigestKey,
        now: Timestamp,
    ) -> Result<Option<Known>, IdentifyFault> {
        let token = if self.key_sets.is_empty() { Token::Nothing } else { self.carriers.token(headers) };
        let by_token = match token {
            Token::Nothing => None,
            Token::Fault(fault) => return Err(fault),
            Token::Text(text) => Some(self.token(text, key, now)?),
        };
        let by_key = match self.api_keys.find(headers) {
            Found::Nothing => None,
            Found::Fault(fault) => return Err(fault),
            Found::Holder(principal) => {
                let digest = key.principal(&principal.id);
                Some((principal, digest))
            }
        };
        match (by_token, by_key) {
            (Some(_), Some(_)) => Err(IdentifyFault::Conflicting),
            (one, other) => Ok(one.or(other)),
        }
    }

    /// Verifies a token, from the cache where it was verified before.
    fn token(&self, text: &str, key: &DigestKey, now: Timestamp) -> Result<Known, IdentifyFault> {
        if text.len() > MOST_TOKEN_BYTES {
            return Err(IdentifyFault::TooLarge);
        }
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some((cached, principal)) = self.tokens.get(&digest) {
            let in_force =
                self.key_sets.nth(cached.issuer).is_some_and(|k| k.is_generation(cached.generation, now));
            if in_force && cached.in_time(now).is_ok() {
                return Ok((cached.principal, principal));
            }
            self.tokens.remove(&digest);
        }
        let verified = token::verify(text, &self.key_sets, now)?;
        let principal = verified.principal.clone();
        let known = key.principal(&principal.id);
        self.tokens.insert(digest, (verified, known));
        Ok((principal, known))
    }

    /// The hint that a request presents. Of several (a session cookie and an application's key) the
    /// first confirmed token or cookie; a key header or parameter only where it stands alone, for it
    /// is often shared by everyone who uses the application.
    fn hinted(&self, request: &RequestView<'_>, key: &DigestKey) -> (Caller, Credentials) {
        let candidates = self.carriers.candidates(request.headers, request.query);
        let mut first = None;
        for candidate in &candidates {
            if first.is_some() && candidate.shared_by_custom {
                break;
            }
            let digest = key.credential(&candidate.value);
            let state = self.hints.state(digest);
            if state == HintState::Confirmed {
                return (
                    Caller::Hinted(Hint { digest, state }),
                    Credentials::Hint(candidate.presented(digest)),
                );
            }
            first.get_or_insert((candidate, Hint { digest, state }));
        }
        match first {
            Some((candidate, hint)) => {
                (Caller::Hinted(hint), Credentials::Hint(candidate.presented(hint.digest)))
            }
            None => (Caller::Anonymous, Credentials::None),
        }
    }

    /// Takes out of a request's headers what [`Identified::forward_credentials`] forbids to forward:
    /// the token header and the headers of API keys.
    pub fn strip(&self, headers: &mut HeaderMap) {
        headers.remove(&self.carriers.token_header);
        for header in self.api_keys.headers() {
            headers.remove(header);
        }
    }

    /// Takes out of a request's headers whatever may be a credential of the client, for an upstream that
    /// takes none: beside [`Identify::strip`] what carries keys by custom, `Authorization` and all cookies.
    pub fn strip_all(&self, headers: &mut HeaderMap) {
        self.strip(headers);
        for name in credential::KEY_HEADERS {
            headers.remove(name);
        }
        headers.remove(AUTHORIZATION);
        headers.remove(PROXY_AUTHORIZATION);
        headers.remove(COOKIE);
    }

    /// The session values that the headers of an answer set, for [`Issue::values`].
    #[must_use]
    pub fn issued_cookies<'r>(&self, headers: &'r HeaderMap) -> SmallVec<[&'r str; 2]> {
        self.carriers.issued_cookies(headers)
    }

    /// Learns from an answer that gives out credentials.
    ///
    /// Its values are confirmed when the request was no safe method (a log-in is a `POST`; a session
    /// that every first `GET` is given proves nobody), the answer has a status of 2xx, 302 or 303 and
    /// gives out at most four, and the value was not in the request. One answer counts once against
    /// the cap of its network and hour.
    pub fn issued(&self, issue: &Issue<'_>, now: Timestamp) -> Confirmations {
        self.hints.issued(issue, now)
    }

    /// Learns from an answer to a hint, or to a request without credential. Not for verified callers.
    ///
    /// A hint is confirmed when a safe request to the very same target was refused (401 or 403) both
    /// without a credential and with another value of the same shape within a day, was answered (2xx)
    /// for this one, and the endpoint answers nobody without a credential.
    pub fn observed(&self, seen: &Observation<'_>, now: Timestamp) -> Confirmations {
        self.hints.observed(seen, now)
    }

    /// Takes up a hint that was confirmed before a restart, and counts it against its network's cap.
    pub fn restore(&self, digest: SubjectDigest, network: IpPrefix, holder: Holder, at: Timestamp) {
        self.hints.restore(digest, network, holder, at);
    }

    /// Whether the upstream was seen to issue the credential of this digest.
    #[must_use]
    pub fn state(&self, digest: SubjectDigest) -> HintState {
        self.hints.state(digest)
    }

    /// Whom a confirmed hint was issued for, as far as its log-in told; nothing of one that is not
    /// confirmed.
    #[must_use]
    pub fn holder(&self, digest: SubjectDigest) -> Holder {
        self.hints.holder(digest)
    }

    /// Confirmed hints and cached tokens held now, for the gauges.
    #[must_use]
    pub fn table_sizes(&self) -> (usize, usize) {
        (self.hints.len(), self.tokens.len())
    }
}

/// Names must be usable in a principal's id, and stand once.
fn distinct<'a>(names: impl Iterator<Item = &'a Arc<str>>, under: &'static str) -> Result<(), SettingsError> {
    let mut seen = HashSet::new();
    for name in names {
        if name.is_empty() || &**name == "key" || name.contains('|') {
            return Err(SettingsError::Name { name: name.clone() });
        }
        if !seen.insert(name) {
            return Err(SettingsError::Twice { name: name.clone(), under });
        }
    }
    Ok(())
}
