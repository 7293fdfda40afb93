//! Tables keyed by digests, without hashing twice.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use domain::SubjectDigest;

/// A map keyed by digests. They come from a keyed hash: nobody outside can choose ones that collide.
pub(crate) type DigestMap<V> = HashMap<SubjectDigest, V, BuildHasherDefault<Mix>>;
/// A set of digests; as [`DigestMap`].
pub(crate) type DigestSet = HashSet<SubjectDigest, BuildHasherDefault<Mix>>;

/// Folds eight bytes at a time with one multiplication (Knuth's 64-bit constant).
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// The length before an array is the same for every digest.
    fn write_usize(&mut self, _: usize) {}
}
