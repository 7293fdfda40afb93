//! Nanoseconds per exchange for all detectors, and bytes per tracked key, printed.
//!
//! `cargo run --release -p detect --example detect_bench`. It fails when the work was not done: sources
//! must be held, and the walk among the exchanges must have been spoken of.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::as_conversions, reason = "a bench")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use detect::{CallerKind, DetectorId, Detectors, Observed, Saving, Settings};
use domain::{SubjectDigest, Timestamp};

const START: u64 = 1_800_000_000;
const EXCHANGES: u32 = 1_000_000;

fn address(n: u32) -> IpAddr {
    Ipv4Addr::from_bits(0x0a00_0007 + (n << 8)).into()
}

/// Spread as a digest is.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    (n ^ (n >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d) ^ (n >> 33)
}

fn quiet(n: u32, client: IpAddr) -> Observed<'static> {
    Observed::quiet(Timestamp::from_millis(START * 1000 + u64::from(n) * 20), client, u64::from(n % 40))
}

/// Somebody reads a record of one stranger.
fn reads(n: u32, client: IpAddr) -> Observed<'static> {
    let number = mixed(u64::from(n)) >> 20;
    Observed { numbers: [Some(number), None], object: Some(mixed(number)), strangers: 1, ..quiet(n, client) }
}

fn timed(name: &str, count: u32, mut each: impl FnMut(u32)) {
    let start = Instant::now();
    (0..count).for_each(&mut each);
    println!("{name:<66} {:>8.0} ns", start.elapsed().as_secs_f64() * 1e9 / f64::from(count));
}

fn principal(n: u32) -> SubjectDigest {
    SubjectDigest::new((u128::from(mixed(u64::from(n))) << 64 | u128::from(n)).to_be_bytes())
}

fn main() {
    let settings = Settings { sources: 1_000_000, endpoint_per_hour: u32::MAX, ..Settings::default() };
    let mut detectors = Detectors::new(settings, 7);

    timed("own record, re-read or catalogue page: changes nothing", EXCHANGES, |n| {
        let seen = Observed { numbers: [Some(u64::from(n)), None], ..quiet(n, address(n % 5000)) };
        black_box(detectors.observe(black_box(&seen)));
    });
    assert_eq!(detectors.sources(), 0, "nothing was remembered");

    let mut walked = false;
    timed("a stranger's record to one of 5,000 addresses seen before", EXCHANGES, |n| {
        let mut seen = reads(n, address(n % 5000));
        if n % 5000 == 7 {
            seen.numbers = [Some(u64::from(n / 5000)), None];
        }
        let said = detectors.observe(black_box(&seen));
        walked |= said.iter().any(|signal| signal.detector == DetectorId::SequentialIds);
        black_box(said);
    });
    assert!(walked, "the walk among them was spoken of");

    timed("the same by signed-in principals: four sources each", EXCHANGES / 4, |n| {
        let seen = Observed {
            caller: CallerKind::Verified,
            principal: Some(principal(n % 20_000)),
            ..reads(n, address(n % 5000))
        };
        black_box(detectors.observe(black_box(&seen)));
    });
    timed("a door that is not there, each another", EXCHANGES / 4, |n| {
        let seen = Observed { status: 404, failed_path: Some(principal(n)), ..quiet(n, address(n % 5000)) };
        black_box(detectors.observe(black_box(&seen)));
    });
    // As many addresses in networks of their own as fit, and as many again that displace them.
    timed("a stranger's record to an address never seen: two sources each", EXCHANGES, |n| {
        black_box(detectors.observe(black_box(&reads(n, address(10_000 + n)))));
    });
    assert_eq!(detectors.sources(), 1_000_000, "the table is full");
    println!("{:<66} {:>8} MB", "all of it, with a million sources", detectors.bytes() / 1_000_000);

    let settings = Settings { sources: 1_000_000, ..Settings::default() };
    let mut detectors = Detectors::new(settings, 7);
    for n in 0..500_000 {
        detectors.observe(&reads(n, address(n)));
        if n % 10 == 0 {
            detectors.observe(&reads(EXCHANGES + n, address(n)));
        }
    }
    let each = detectors.bytes() / detectors.sources();
    println!("{:<66} {each:>8} bytes", "a source, of a million of which nine in ten were seen once");

    let (mut saving, mut bytes, mut parts) = (Saving::default(), 0, Vec::new());
    loop {
        let start = Instant::now();
        let Some(part) = detectors.save_part(&mut saving) else { break };
        parts.push(start.elapsed().as_secs_f64());
        bytes += part.len();
    }
    println!("{:<66} {:>8} MB", "the same written out", bytes / 1_000_000);
    println!("{:<66} {:>8.1} ms", "writing it out, all parts", parts.iter().sum::<f64>() * 1e3);
    parts.sort_by(f64::total_cmp);
    let of = |share: usize| parts.get(parts.len() * share / 1000).copied().unwrap_or_default() * 1e6;
    println!("{:<66} {:>8.0} us", "a part, for which exchanges wait: median", of(500));
    println!("{:<66} {:>8.0} us", "99 of 100 take no longer than", of(990));
}
