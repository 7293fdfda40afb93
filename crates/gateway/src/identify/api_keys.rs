//! API keys: known by hash only, found without a comparison that leaks where it stops.
//!
//! SHA-256 without salt or stretching is enough here: a key is random with 128 bits or more, so
//! there is nothing to guess and nothing that two keys have in common.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use domain::{Claims, Principal, PrincipalId, PrincipalKind};
use http::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;
use subtle::ConstantTimeEq as _;

use super::IdentifyFault;
use super::settings::{ApiKeySettings, SettingsError};

/// The configured keys; as many as the configuration has.
pub(super) struct ApiKeys {
    /// Under a random hash of the digest: which bucket is looked at says nothing about a key, and
    /// within a bucket all are compared in constant time.
    index: HashMap<u64, SmallVec<[Holder; 1]>>,
    hasher: RandomState,
    /// The headers that any key uses, each once.
    headers: Vec<HeaderName>,
}

struct Holder {
    digest: [u8; 32],
    header: HeaderName,
    principal: Arc<Principal>,
}

/// What the configured headers of a request say.
pub(super) enum Found {
    /// None of them is there.
    Nothing,
    /// A key, and who holds it.
    Holder(Arc<Principal>),
    /// A key that nobody holds, two keys, or no text.
    Fault(IdentifyFault),
}

impl ApiKeys {
    /// Reads the settings. `published` are the digests of keys that everybody knows.
    pub(super) fn new(settings: &[ApiKeySettings], published: &[[u8; 32]]) -> Result<Self, SettingsError> {
        let hasher = RandomState::new();
        let mut keys = Self { index: HashMap::new(), hasher, headers: Vec::new() };
        let mut seen: HashMap<[u8; 32], &Arc<str>> = HashMap::new();
        for key in settings {
            if published.contains(&key.digest.0) {
                return Err(SettingsError::DemoKey { name: key.name.clone() });
            }
            if let Some(first) = seen.insert(key.digest.0, &key.name) {
                return Err(SettingsError::SameKey { first: first.clone(), second: key.name.clone() });
            }
            let header = super::credential::header_name(&key.header)?;
            if !keys.headers.contains(&header) {
                keys.headers.push(header.clone());
            }
            let holder = Holder { digest: key.digest.0, header, principal: Arc::new(principal(key)) };
            keys.index.entry(keys.hasher.hash_one(key.digest.0)).or_default().push(holder);
        }
        Ok(keys)
    }

    /// The headers that any key uses.
    pub(super) fn headers(&self) -> &[HeaderName] {
        &self.headers
    }

    /// Looks at every header that a key may stand in. Two keys are refused, also in two headers.
    pub(super) fn find(&self, headers: &HeaderMap) -> Found {
        let mut presented =
            self.headers.iter().flat_map(|name| headers.get_all(name).iter().map(move |value| (name, value)));
        let Some((header, value)) = presented.next() else {
            return Found::Nothing;
        };
        if presented.next().is_some() {
            return Found::Fault(IdentifyFault::Duplicate);
        }
        let digest: [u8; 32] = Sha256::digest(value.as_bytes()).into();
        let bucket = self.index.get(&self.hasher.hash_one(digest)).map_or(&[][..], SmallVec::as_slice);
        let holds = |holder: &&Holder| bool::from(holder.digest.ct_eq(&digest)) && holder.header == *header;
        match bucket.iter().find(holds) {
            Some(holder) => Found::Holder(holder.principal.clone()),
            None => Found::Fault(IdentifyFault::UnknownApiKey),
        }
    }
}

impl std::fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKeys({})", self.index.len())
    }
}

fn principal(key: &ApiKeySettings) -> Principal {
    let kind = match &key.partner {
        Some(partner) => PrincipalKind::Partner(partner.clone()),
        None => PrincipalKind::ApiKey,
    };
    // No issuer may be called `key` (see `Settings`): keys and tokens never share a principal.
    let id = PrincipalId::new(&format!("key|{}", key.name));
    Principal { id, kind, roles: key.roles.iter().cloned().collect(), claims: Claims::default() }
}
