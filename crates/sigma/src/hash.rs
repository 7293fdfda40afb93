//! Texts and numbers as 64 bits under a seed, so that nobody outside can choose values that meet.
//!
//! Two values of one set of 100,000 meet with a chance of 3 in 10,000,000,000 (the birthday bound at
//! 64 bits); then a distinct count is one too low.

/// The full product of both, folded: every bit of the result depends on every bit of both.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(u128::from(b ^ 0xa409_3822_299f_31d0));
    let [a, b, c, d, e, f, g, h, low @ ..] = product.to_be_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ u64::from_be_bytes(low)
}

/// Bytes.
pub(crate) fn bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = seed ^ 0x1319_8a2e_0370_7344;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        hash = mix(hash, u64::from_le_bytes(*chunk) ^ 0x4528_21e6_38d0_1377);
    }
    let tail = rest.iter().fold(1u64, |number, &byte| number << 8 | u64::from(byte));
    mix(mix(hash, tail), u64::try_from(bytes.len()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn close_texts_do_not_meet_and_another_seed_gives_other_numbers() {
        let texts: Vec<Vec<u8>> = (0..20_000u32)
            .flat_map(|n| [format!("{n}").into_bytes(), format!("/api/v1/orders/{n}").into_bytes()])
            .chain((0..32usize).map(|len| vec![0; len]))
            .collect();
        let numbers: HashSet<u64> = texts.iter().map(|text| bytes(7, text)).collect();
        assert_eq!(numbers.len(), texts.len());
        assert!(texts.iter().all(|text| bytes(7, text) != bytes(8, text)));
    }
}
