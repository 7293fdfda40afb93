//! Keyed digests: how the ledger names a person without knowing them.

use std::fmt;

use domain::{PrincipalId, SubjectDigest, SubjectKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sha2::block_api::compress256;

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
    subjects: Key,
    callers: Key,
}

/// One key, for texts of any length and, ready to use, for those that fit into one block.
#[derive(Clone)]
struct Key {
    long: Hmac<Sha256>,
    short: OneBlock,
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
        Self { subjects: Key::new(subjects), callers: Key::new(callers) }
    }

    /// The digest of `text` under the period's key; `tag` keeps kinds apart.
    #[must_use]
    pub fn digest(&self, tag: u8, text: &str) -> SubjectDigest {
        self.subjects.digest(tag, text)
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
        self.callers.digest(b'P', id.as_str())
    }

    /// The digest of a credential's exact value (a hint). Outlives periods.
    #[must_use]
    pub fn credential(&self, value: &str) -> SubjectDigest {
        self.callers.digest(b'c', value)
    }

    /// The digest of a `User-Agent`. Outlives periods.
    #[must_use]
    pub fn agent(&self, value: &str) -> SubjectDigest {
        self.callers.digest(b'a', value)
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

impl Key {
    fn new(key: [u8; 32]) -> Self {
        Self { long: keyed(key), short: OneBlock::new(key) }
    }

    fn digest(&self, tag: u8, text: &str) -> SubjectDigest {
        self.short.digest(tag, text).unwrap_or_else(|| self.any_length(tag, text))
    }

    /// The slow obvious way, right for every length.
    fn any_length(&self, tag: u8, text: &str) -> SubjectDigest {
        let mut mac = self.long.clone();
        mac.update(&[tag]);
        mac.update(text.as_bytes());
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, ..] = full;
        SubjectDigest::new([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }
}

/// HMAC-SHA-256 (RFC 2104) of texts that fill one block with tag and padding: the states after the
/// two padded keys, and two compressions per text. Several digests are made for every record that
/// leaves; buffering for any length costs about as much again.
#[derive(Clone)]
struct OneBlock {
    inner: [u32; 8],
    outer: [u32; 8],
}

impl OneBlock {
    /// The initial hash value (FIPS 180-4 section 5.3.3).
    const INITIAL: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];

    fn new(key: [u8; 32]) -> Self {
        let after = |pad: u8| {
            let mut block = [pad; 64];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            let mut state = Self::INITIAL;
            compress256(&mut state, &[block]);
            state
        };
        Self { inner: after(0x36), outer: after(0x5c) }
    }

    /// The digest of tag and `text`; `None` where they do not fit into one block.
    fn digest(&self, tag: u8, text: &str) -> Option<SubjectDigest> {
        let mut block = [0; 64];
        let [first, rest @ ..] = &mut block;
        *first = tag;
        let (written, padding) = rest.split_at_mut_checked(text.len())?;
        written.copy_from_slice(text.as_bytes());
        // FIPS 180-4 section 5.1.1: a one, zeros, and the length in bits, the key's block included.
        let bits = u64::try_from(text.len()).ok()?.checked_add(65)?.checked_mul(8)?;
        *padding.last_chunk_mut()? = bits.to_be_bytes();
        // The one must stand before the length.
        *padding.split_last_chunk_mut::<8>()?.0.first_mut()? = 0x80;
        let mut inner = self.inner;
        compress256(&mut inner, &[block]);

        let mut block = [0; 64];
        let (hash, padding) = block.split_at_mut(32);
        hash.chunks_exact_mut(4).zip(inner).for_each(|(to, word)| to.copy_from_slice(&word.to_be_bytes()));
        *padding.first_mut()? = 0x80;
        *padding.last_chunk_mut()? = (96 * 8_u64).to_be_bytes();
        let mut outer = self.outer;
        compress256(&mut outer, &[block]);
        let mut digest = [0; 16];
        digest.chunks_exact_mut(4).zip(outer).for_each(|(to, word)| to.copy_from_slice(&word.to_be_bytes()));
        Some(SubjectDigest::new(digest))
    }
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
    fn a_text_in_one_block_has_the_digest_that_any_length_gives() {
        let key = Key::new([0xa5; 32]);
        for length in 0..130 {
            let text = "x".repeat(length);
            assert_eq!(key.digest(b'e', &text), key.any_length(b'e', &text), "{length}");
            assert_eq!(key.short.digest(b'e', &text).is_some(), length <= 54, "{length}");
        }
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
