//! Exchanges as tests write them.

use std::net::{IpAddr, Ipv4Addr};

use detect::{CallerKind, DetectorId, Detectors, Observed, Settings, Signal};
use domain::{SubjectDigest, Timestamp};

/// A Monday, 08:00.
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(START + second)
}

/// The `n`th address, each in a /24 of its own.
pub(crate) fn address(n: u32) -> IpAddr {
    Ipv4Addr::from_bits(0x0a00_0007 + (n << 8)).into()
}

pub(crate) fn digest(n: u64) -> SubjectDigest {
    let mixed = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    SubjectDigest::new(((u128::from(mixed) << 64) | u128::from(n)).to_be_bytes())
}

/// A number that looks like nothing, the same for the same `n`.
pub(crate) fn scatter(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x1234_5678).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ x >> 32
}

/// The first address reads a record of one stranger.
pub(crate) fn reads(second: u64, number: Option<u64>) -> Observed<'static> {
    Observed { numbers: [number, None], object: number.map(scatter), strangers: 1, ..quiet(second) }
}

/// The first address is told of nobody.
pub(crate) fn quiet(second: u64) -> Observed<'static> {
    Observed::quiet(at(second), address(0), 5)
}

/// The same by a principal.
pub(crate) fn signed_in(n: u64, kind: CallerKind, seen: Observed<'static>) -> Observed<'static> {
    Observed { caller: kind, principal: Some(digest(n)), ..seen }
}

pub(crate) fn fresh() -> Detectors {
    Detectors::new(Settings::default(), 42)
}

/// Everything that is said, and how many strangers had been told of by then.
pub(crate) fn play<'x>(
    detectors: &mut Detectors,
    exchanges: impl IntoIterator<Item = Observed<'x>>,
) -> Vec<(u32, Signal)> {
    let mut told = 0;
    let mut said = Vec::new();
    for seen in exchanges {
        told += seen.strangers;
        said.extend(detectors.observe(&seen).into_iter().map(|signal| (told, signal)));
    }
    said
}

/// Strangers told of before the detector speaks, alone.
pub(crate) fn alone<'x>(
    id: DetectorId,
    exchanges: impl IntoIterator<Item = Observed<'x>>,
) -> Option<(u32, Signal)> {
    play(&mut fresh().only(&[id]), exchanges).into_iter().next()
}

/// Holds the part `name` of `docs/detect.md` to `text`, or writes it there under `UPDATE_EXPECT=1`.
pub(crate) fn manual_holds(name: &str, text: &str) {
    static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = WRITING.lock();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/detect.md");
    let manual = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let (before, rest) = manual.split_once(&begin).unwrap();
    let (held, after) = rest.split_once(&end).unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, format!("{before}{begin}{text}{end}{after}")).unwrap();
    } else {
        let differs = held.lines().zip(text.lines()).find(|(held, text)| held != text);
        assert!(
            held == text,
            "docs/detect.md differs at {differs:?}: `UPDATE_EXPECT=1 cargo test -p detect --test all` writes it"
        );
    }
}
