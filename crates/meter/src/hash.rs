//! A fast hash of short texts.

/// Hashes `bytes` under `seed`: eight bytes a step, folded multiplication.
///
/// Good enough for tables that compare the texts after it; no defence by itself against an upstream
/// that crafts collisions, which is why [`crate::Scratch::seeded`] takes a secret seed.
#[inline]
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut state = seed ^ length.wrapping_mul(FIRST);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in chunks.by_ref() {
        let word = <[u8; 8]>::try_from(chunk).map_or(0, u64::from_le_bytes);
        state = fold(state ^ word, FIRST);
    }
    let rest = chunks.remainder();
    let mut word = 0_u64;
    for byte in rest {
        word = (word << 8) | u64::from(*byte);
    }
    fold(state ^ word, SECOND)
}

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xd6e8_feb8_6659_fd93;

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a).wrapping_mul(u128::from(b));
    let [low, high] = [wide & u128::from(u64::MAX), wide >> 64].map(|half| u64::try_from(half).unwrap_or(0));
    low ^ high
}

/// The slot of `hash` in a table whose length is a power of two.
#[inline]
pub(crate) fn slot(hash: u64, length: usize) -> usize {
    let mask = length.saturating_sub(1);
    usize::try_from(hash >> 7).unwrap_or(0) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_length_content_or_seed_hash_apart() {
        let texts: Vec<Vec<u8>> =
            (0..2000_u32).map(|n| format!("customer{n}@example.com").into_bytes()).collect();
        let mut all: Vec<u64> = texts.iter().map(|text| hash(1, text)).collect();
        all.extend(texts.iter().map(|text| hash(2, text)));
        all.extend([hash(1, b""), hash(1, b"\0"), hash(1, b"\0\0")]);
        all.sort_unstable();
        let before = all.len();
        all.dedup();
        assert_eq!(all.len(), before);
    }
}
