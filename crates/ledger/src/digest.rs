//! Keyed digests: how the ledger names a person without knowing them.

use std::fmt;

use domain::{PrincipalId, SubjectDigest, SubjectKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The keys below every digest, with the key schedule computed once.
///
/// A digest is HMAC-SHA-256 over one tag byte and the text, cut to 16 bytes: two compressions for
/// texts up to 54 bytes, no allocation. Two keys, because they live differently:
///
/// - *subjects*: one per period; erasing it makes every digest of the period unlinkable;
/// - *callers* (principals, credentials, agents): as long as the ledger, so that neither a budget
///   nor a confirmed hint is forgotten at the seam between two periods.
///
/// ```
/// use ledger::DigestKey;
/// let key = DigestKey::new([7; 32]);
/// assert_eq!(key.digest(b'e', "ann@example.com"), key.digest(b'e', "ann@example.com"));
/// assert_ne!(key.digest(b'e', "5"), key.digest(b'p', "5"));
/// assert_eq!(format!("{key:?}"), "DigestKey(***)");
/// ```
#[derive(Clone)]
pub struct DigestKey {
    subjects: Hmac<Sha256>,
    callers: Hmac<Sha256>,
}

impl DigestKey {
    /// One key for subjects and callers alike: for tests, and for digests that never rotate.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self::with_callers(key, key)
    }

    /// The key of a period for subjects, and the ledger's own key for callers.
    #[must_use]
    pub fn with_callers(subjects: [u8; 32], callers: [u8; 32]) -> Self {
        Self { subjects: keyed(subjects), callers: keyed(callers) }
    }

    /// The digest of `text` under the period's key; `tag` keeps kinds apart.
    #[must_use]
    pub fn digest(&self, tag: u8, text: &str) -> SubjectDigest {
        cut(&self.subjects, tag, text)
    }

    /// The digest of a subject's key.
    #[must_use]
    pub fn subject(&self, key: &SubjectKey<'_>) -> SubjectDigest {
        self.digest(key.kind.tag(), &key.text)
    }

    /// The digest of an object reference's value.
    #[must_use]
    pub fn object(&self, value: &str) -> SubjectDigest {
        self.digest(b'o', value)
    }

    /// The digest of a principal's id. Outlives periods.
    #[must_use]
    pub fn principal(&self, id: &PrincipalId) -> SubjectDigest {
        cut(&self.callers, b'P', id.as_str())
    }

    /// The digest of a credential's exact value (a hint). Outlives periods.
    #[must_use]
    pub fn credential(&self, value: &str) -> SubjectDigest {
        cut(&self.callers, b'c', value)
    }

    /// The digest of a `User-Agent`. Outlives periods.
    #[must_use]
    pub fn agent(&self, value: &str) -> SubjectDigest {
        cut(&self.callers, b'a', value)
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DigestKey(***)")
    }
}

/// RFC 2104 pads a key shorter than a block with zeros, so a padded key is the same key.
pub(crate) fn keyed(key: [u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    let (head, _) = block.split_at_mut(32);
    head.copy_from_slice(&key);
    Hmac::new(&block.into())
}

fn cut(key: &Hmac<Sha256>, tag: u8, text: &str) -> SubjectDigest {
    let mut mac = key.clone();
    mac.update(&[tag]);
    mac.update(text.as_bytes());
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = full;
    SubjectDigest::new([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::KeyKind;

    /// RFC 4231 test case 2 has a short key; padded with zeros to 32 bytes it is the same key.
    #[test]
    fn a_digest_is_the_hmac_of_rfc_4231_cut_to_half() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let digest = DigestKey::new(key).digest(b'w', "hat do ya want for nothing?");
        assert_eq!(digest.to_string(), "5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn a_caller_keeps_its_digest_when_the_period_ends_and_a_subject_does_not() {
        let (old, new) =
            (DigestKey::with_callers([1; 32], [9; 32]), DigestKey::with_callers([2; 32], [9; 32]));
        let id = PrincipalId::new("issuer|c1");
        assert_eq!(old.principal(&id), new.principal(&id));
        assert_eq!(old.credential("t"), new.credential("t"));
        let ann = SubjectKey::new(KeyKind::Email, "ann@example.com");
        assert_ne!(old.subject(&ann), new.subject(&ann));
    }

    #[test]
    fn kinds_of_text_never_meet() {
        let key = DigestKey::new([3; 32]);
        let same = "42";
        let digests = [
            key.subject(&SubjectKey::new(KeyKind::OwnId, same)),
            key.subject(&SubjectKey::new(KeyKind::Email, same)),
            key.subject(&SubjectKey::new(KeyKind::Phone, same)),
            key.subject(&SubjectKey::new(KeyKind::Values, same)),
            key.object(same),
            key.principal(&PrincipalId::new(same)),
            key.credential(same),
            key.agent(same),
        ];
        let distinct: std::collections::HashSet<_> = digests.iter().collect();
        assert_eq!(distinct.len(), digests.len());
    }
}
