//! Key sets: which keys of which issuer may verify, with which one algorithm each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwapOption;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{Timestamp, Window};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;

use super::IdentifyFault;
use super::settings::{IssuerSettings, KeySource};

/// The key sets of all issuers, each replaced as a whole.
///
/// Nothing here reads a file or a URL: a task of the gateway asks [`KeySets::due`], fetches, and
/// calls [`KeySets::replace`] or [`KeySets::failed`].
#[derive(Debug)]
pub struct KeySets {
    issuers: Vec<IssuerKeys>,
    /// SHA-256 of the key material (`x`, `n` or `k`, as written) of keys that everybody knows.
    published: Vec<[u8; 32]>,
}

#[derive(Debug)]
pub(super) struct IssuerKeys {
    pub(super) settings: Arc<IssuerSettings>,
    set: ArcSwapOption<KeySet>,
    /// Milliseconds of the last successful load; 0 for never.
    loaded: AtomicU64,
    /// Milliseconds of the last attempt; 0 for never.
    attempted: AtomicU64,
    /// A token named a key that the set does not have.
    asked: AtomicBool,
}

/// The keys of one issuer at one time.
pub(super) struct KeySet {
    keys: Vec<VerifyingKey>,
    digest: [u8; 32],
    /// Counts up with each set that differs from the one before.
    pub(super) generation: u64,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeySet({} keys, generation {})", self.keys.len(), self.generation)
    }
}

/// A key that may verify with exactly one algorithm.
///
/// INVARIANT (one-algorithm-per-key): the algorithm is fixed when the set is loaded, from the key's
/// `alg` or its type. What a token's header says can only fail to match it (RFC 8725 section 3.1).
pub(super) struct VerifyingKey {
    id: Option<String>,
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// What a loaded key set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySetLoaded {
    /// Keys that can verify.
    pub keys: usize,
    /// Keys left out: for encryption, of an unknown type, or with an algorithm that is not allowed.
    pub skipped: usize,
    /// Whether the text differs from the one before: then every cached token is verified again.
    pub changed: bool,
}

/// Why a text is no key set for an issuer. The set in force stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// There is no such issuer in the settings.
    #[error("no issuer `{issuer}` is configured")]
    UnknownIssuer {
        /// Its name.
        issuer: String,
    },
    /// More than 1 MiB or 256 keys.
    #[error("a key set of more than 1 MiB or 256 keys is not read")]
    TooLarge,
    /// No JSON object with `keys`.
    #[error("this is no key set: a JSON object with a list `keys` is expected")]
    Unparsable(#[source] serde_json::Error),
    /// Nothing in it can verify.
    #[error("none of its {skipped} keys can verify with an algorithm that is allowed for the issuer")]
    NoUsableKey {
        /// Keys left out.
        skipped: usize,
    },
    /// One of its keys is published together with its private half.
    #[error("it holds the demo's published key: whoever trusts it trusts everybody")]
    Published,
}

impl KeySets {
    /// How often an unknown key id or a missing set may cause a fetch.
    pub const SOONEST_RETRY: Window = Window::from_secs(30);
    const MOST_BYTES: usize = 1 << 20;
    const MOST_KEYS: usize = 256;

    /// Starts with the sets of `before` for issuers whose source and algorithms are the same, so that
    /// a reload of the configuration refuses nobody; the others are fetched first. A set in a file is due
    /// at once all the same: whoever reloads has written it anew, or will not mind that it is read.
    pub(super) fn new(issuers: &[IssuerSettings], published: &[[u8; 32]], before: Option<&Self>) -> Self {
        let start = |settings: &IssuerSettings| {
            let old =
                before.and_then(|before| before.find(&settings.issuer)).map(|(_, old)| old).filter(|old| {
                    old.settings.jwks == settings.jwks && old.settings.algorithms == settings.algorithms
                });
            let millis =
                |of: fn(&IssuerKeys) -> &AtomicU64| old.map_or(0, |old| of(old).load(Ordering::Acquire));
            let is_file = matches!(settings.jwks, KeySource::File(_));
            let attempted = if is_file { 0 } else { millis(|old| &old.attempted) };
            IssuerKeys {
                settings: Arc::new(settings.clone()),
                loaded: AtomicU64::new(millis(|old| &old.loaded)),
                attempted: AtomicU64::new(attempted),
                set: ArcSwapOption::from(old.and_then(|old| old.set.load_full())),
                asked: AtomicBool::new(is_file),
            }
        };
        Self { issuers: issuers.iter().map(start).collect(), published: published.to_vec() }
    }

    /// The issuers whose key set shall be fetched now: never tried, older than their `refresh`, or
    /// asked for by an unknown key id; after a failure not before [`Self::SOONEST_RETRY`].
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = &Arc<IssuerSettings>> {
        self.issuers.iter().filter(move |issuer| issuer.is_due(now)).map(|issuer| &issuer.settings)
    }

    /// Puts the key set `text` of `issuer` into force.
    ///
    /// # Errors
    /// When the text is no usable key set; the set in force, if any, stays.
    pub fn replace(&self, issuer: &str, text: &str, now: Timestamp) -> Result<KeySetLoaded, KeySetError> {
        let found = self.issuers.iter().find(|have| *have.settings.issuer == *issuer);
        let keys = found.ok_or_else(|| KeySetError::UnknownIssuer { issuer: issuer.to_owned() })?;
        keys.attempt(now);
        keys.replace(text, &self.published, now)
    }

    /// Notes that the key set of `issuer` could not be fetched. Returns whether one is still in force.
    pub fn failed(&self, issuer: &str, now: Timestamp) -> bool {
        let Some(keys) = self.issuers.iter().find(|have| *have.settings.issuer == *issuer) else {
            return false;
        };
        keys.attempt(now);
        keys.current(now).is_some()
    }

    /// The issuers without a key set in force: what `/readyz` shows.
    pub fn missing(&self, now: Timestamp) -> impl Iterator<Item = &Arc<IssuerSettings>> {
        self.issuers.iter().filter(move |i| i.current(now).is_none()).map(|i| &i.settings)
    }

    /// Whether no issuer is configured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    pub(super) fn find(&self, issuer: &str) -> Option<(usize, &IssuerKeys)> {
        self.issuers.iter().enumerate().find(|(_, have)| *have.settings.issuer == *issuer)
    }

    pub(super) fn nth(&self, at: usize) -> Option<&IssuerKeys> {
        self.issuers.get(at)
    }
}

impl IssuerKeys {
    fn is_due(&self, now: Timestamp) -> bool {
        let since = |millis: &AtomicU64| match millis.load(Ordering::Relaxed) {
            0 => u64::MAX,
            millis => now.millis_since(Timestamp::from_millis(millis)),
        };
        let wanted =
            since(&self.loaded) >= self.settings.refresh.millis() || self.asked.load(Ordering::Relaxed);
        wanted && since(&self.attempted) >= KeySets::SOONEST_RETRY.millis()
    }

    fn attempt(&self, now: Timestamp) {
        self.attempted.store(now.millis().max(1), Ordering::Relaxed);
        self.asked.store(false, Ordering::Relaxed);
    }

    /// The set in force: loaded at most `keep` ago.
    pub(super) fn current(&self, now: Timestamp) -> Option<Arc<KeySet>> {
        let loaded = Timestamp::from_millis(self.loaded.load(Ordering::Acquire));
        if now.millis_since(loaded) > self.settings.keep.millis() {
            return None;
        }
        self.set.load_full()
    }

    /// Whether the set in force is still that of `generation`: without touching a reference count.
    pub(super) fn is_generation(&self, generation: u64, now: Timestamp) -> bool {
        let loaded = Timestamp::from_millis(self.loaded.load(Ordering::Acquire));
        now.millis_since(loaded) <= self.settings.keep.millis()
            && self.set.load().as_ref().is_some_and(|set| set.generation == generation)
    }

    fn replace(
        &self,
        text: &str,
        published: &[[u8; 32]],
        now: Timestamp,
    ) -> Result<KeySetLoaded, KeySetError> {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let before = self.set.load_full();
        let (keys, skipped) = read(text, &self.settings.algorithms, published)?;
        let changed = before.as_ref().is_none_or(|set| set.digest != digest);
        let loaded = KeySetLoaded { keys: keys.len(), skipped, changed };
        if changed {
            let generation = before.map_or(1, |set| set.generation + 1);
            self.set.store(Some(Arc::new(KeySet { keys, digest, generation })));
        }
        self.loaded.store(now.millis().max(1), Ordering::Release);
        Ok(loaded)
    }

    /// Asks for a refresh, because a token names a key that the set does not have.
    pub(super) fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }
}

impl KeySet {
    /// The keys that may have signed a token with this header. Mostly one; several only where the
    /// issuer gave them the same id.
    pub(super) fn candidates(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<SmallVec<[&VerifyingKey; 2]>, IdentifyFault> {
        let named: SmallVec<[&VerifyingKey; 2]> =
            self.keys.iter().filter(|key| id.is_none() || key.id.as_deref() == id).collect();
        if named.is_empty() {
            return Err(IdentifyFault::UnknownKey);
        }
        let fitting: SmallVec<[&VerifyingKey; 2]> =
            named.into_iter().filter(|key| key.algorithm == algorithm).collect();
        match (id, fitting.len()) {
            (_, 0) => Err(IdentifyFault::Algorithm),
            // Without an id the set must leave no choice (OpenID Connect Core section 10.1).
            (None, 2..) => Err(IdentifyFault::UnknownKey),
            _ => Ok(fitting),
        }
    }
}

/// Reads the keys that can verify with one of `allowed`; and how many were left out.
fn read(
    text: &str,
    allowed: &[Algorithm],
    published: &[[u8; 32]],
) -> Result<(Vec<VerifyingKey>, usize), KeySetError> {
    #[derive(serde::Deserialize)]
    struct Set {
        // One unreadable key (a type of the future) must not cost the readable ones.
        keys: Vec<serde_json::Value>,
    }
    if text.len() > KeySets::MOST_BYTES {
        return Err(KeySetError::TooLarge);
    }
    let set: Set = serde_json::from_str(text).map_err(KeySetError::Unparsable)?;
    let all = set.keys.len();
    if all > KeySets::MOST_KEYS {
        return Err(KeySetError::TooLarge);
    }
    if set.keys.iter().any(|key| is_published(key, published)) {
        return Err(KeySetError::Published);
    }
    let keys: Vec<_> = set.keys.into_iter().filter_map(|key| verifying(key, allowed)).collect();
    let skipped = all - keys.len();
    if keys.is_empty() { Err(KeySetError::NoUsableKey { skipped }) } else { Ok((keys, skipped)) }
}

/// Whether the material of `key` is known to everybody.
fn is_published(key: &serde_json::Value, published: &[[u8; 32]]) -> bool {
    ["x", "n", "k"].iter().filter_map(|name| key.get(name)?.as_str()).any(|material| {
        let digest: [u8; 32] = Sha256::digest(material.as_bytes()).into();
        published.contains(&digest)
    })
}

fn verifying(key: serde_json::Value, allowed: &[Algorithm]) -> Option<VerifyingKey> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    if jwk.common.key_operations.as_ref().is_some_and(|all| !all.contains(&KeyOperations::Verify)) {
        return None;
    }
    let fits = |algorithm: &Algorithm| fits(&jwk.algorithm, *algorithm) && allowed.contains(algorithm);
    let algorithm = match jwk.common.key_algorithm {
        Some(named) => named.to_string().parse::<Algorithm>().ok().filter(fits)?,
        None => *allowed.iter().find(|algorithm| fits(algorithm))?,
    };
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    Some(VerifyingKey { id: jwk.common.key_id, algorithm, key })
}

/// Whether a key of this type can verify `algorithm`: never HMAC with an asymmetric key.
fn fits(key: &AlgorithmParameters, algorithm: Algorithm) -> bool {
    match key {
        AlgorithmParameters::RSA(_) => algorithm.family() == AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => algorithm == Algorithm::ES256,
            EllipticCurve::P384 => algorithm == Algorithm::ES384,
            EllipticCurve::P521 | EllipticCurve::Ed25519 => false,
        },
        AlgorithmParameters::OctetKeyPair(key) => {
            key.curve == EllipticCurve::Ed25519 && algorithm == Algorithm::EdDSA
        }
        // RFC 7518 section 3.2: no shorter than the hash. A short secret can be guessed offline.
        AlgorithmParameters::OctetKey(key) => {
            let bytes = URL_SAFE_NO_PAD.decode(&key.value).map_or(0, |secret| secret.len());
            match algorithm {
                Algorithm::HS256 => bytes >= 32,
                Algorithm::HS384 => bytes >= 48,
                Algorithm::HS512 => bytes >= 64,
                _ => false,
            }
        }
    }
}
