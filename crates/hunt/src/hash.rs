//! Names as numbers. Fast, keyed by a seed, and no secret: what meets in a bounded table only costs a
//! little sharpness.

use domain::SubjectDigest;

/// The key of all tables: the same in every run, so that one log gives one answer. It is public, so who knows
/// that a log will be hunted can choose names that meet in one place of a table; what that costs is in the
/// tables' own bounds.
pub(crate) const SEED: u64 = 0x7469_6465_6761_7465;

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The full product of both, folded.
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ ODD).wrapping_mul(u128::from(b ^ 0xa409_3822_299f_31d0));
    let [a, b, c, d, e, f, g, h, low @ ..] = product.to_be_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h]) ^ u64::from_be_bytes(low)
}

/// A text.
pub(crate) fn bytes(seed: u64, text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut hash = words.iter().fold(seed, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    if !rest.is_empty() {
        let last = rest.iter().fold(0u64, |word, byte| word << 8 | u64::from(*byte));
        hash = mix(hash, last);
    }
    mix(hash, u64::try_from(text.len()).unwrap_or(0))
}

/// A digest that detectors can compare.
pub(crate) fn digest(seed: u64, text: &[u8]) -> SubjectDigest {
    wide(bytes(seed, text))
}

/// A digest of a number that is a hash already. Its upper half is what `SubjectDigest::short` reads.
pub(crate) fn wide(hash: u64) -> SubjectDigest {
    SubjectDigest::new((u128::from(hash) << 64 | u128::from(mix(hash, 7))).to_be_bytes())
}

/// An address.
pub(crate) fn address(seed: u64, ip: std::net::IpAddr) -> u64 {
    match ip.to_canonical() {
        std::net::IpAddr::V4(v4) => mix(seed, u64::from(v4.to_bits())),
        std::net::IpAddr::V6(v6) => {
            // A host may take any address of its /64 (see `domain::networks_of`).
            mix(seed ^ 6, u64::try_from(v6.to_bits() >> 64).unwrap_or(0))
        }
    }
}

/// The network around an address: /24, /48.
pub(crate) fn network(ip: std::net::IpAddr) -> u64 {
    match ip.to_canonical() {
        std::net::IpAddr::V4(v4) => mix(4, u64::from(v4.to_bits() >> 8)),
        std::net::IpAddr::V6(v6) => mix(6, u64::try_from(v6.to_bits() >> 80).unwrap_or(0)),
    }
}
