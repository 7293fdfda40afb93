//! Names as numbers under a seed, so that nobody outside can choose names that meet.

/// The full product of both, folded: every bit of the result depends on every bit of both.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(u128::from(b ^ 0xa409_3822_299f_31d0));
    let [a, b, c, d, e, f, g, h, low @ ..] = product.to_be_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ u64::from_be_bytes(low)
}

/// A wide number.
pub(crate) fn wide(seed: u64, number: u128, kind: u64) -> u64 {
    let [a, b, c, d, e, f, g, h, low @ ..] = number.to_be_bytes();
    let high = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    mix(mix(high ^ seed, u64::from_be_bytes(low) ^ kind.rotate_left(32)), seed.rotate_left(29) ^ kind)
}

/// A text.
pub(crate) fn text(seed: u64, text: &str) -> u64 {
    let mut hash = seed ^ 0x1319_8a2e_0370_7344;
    for chunk in text.as_bytes().chunks(8) {
        let number = chunk.iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
        hash = mix(hash, number ^ 0x4528_21e6_38d0_1377);
    }
    mix(hash, u64::try_from(text.len()).unwrap_or(0))
}

/// The upper half of a number.
pub(crate) fn upper(number: u64) -> u32 {
    u32::try_from(number >> 32).unwrap_or(0)
}
