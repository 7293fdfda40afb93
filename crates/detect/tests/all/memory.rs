//! Memory is bounded, and small for whoever is seen once.

use detect::{Detectors, Observed, Settings};

use crate::world::{address, quiet, reads};

/// Kilobytes that the process holds, where the system tells.
fn resident_kilobytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_million_sources_nine_in_ten_seen_once_stay_below_60_megabytes() {
    let settings = Settings { sources: 1_000_000, ..Settings::default() };
    let before = resident_kilobytes();
    let mut detectors = Detectors::new(settings, 42);
    // Each exchange is two sources: an address and the network around it.
    for n in 0..500_000u32 {
        let seen = Observed { client: address(n), ..reads(u64::from(n) / 100, None) };
        detectors.observe(&seen);
        if n % 10 == 0 {
            detectors.observe(&Observed { at: crate::world::at(u64::from(n) / 100 + 9), ..seen });
        }
    }
    let (sources, bytes) = (detectors.sources(), detectors.bytes());
    println!("{sources} sources, {bytes} bytes, {} each", bytes / sources);
    assert_eq!(sources, 1_000_000);
    assert!(bytes < 60_000_000, "{bytes}");
    if let (Some(before), Some(after)) = (before, resident_kilobytes()) {
        println!("{} kilobytes resident", after - before);
        assert!(after.saturating_sub(before) < 80_000, "the count leaves nothing out: {before} {after}");
    }
    // Another million: the bound holds.
    for n in 500_000..1_000_000u32 {
        detectors.observe(&Observed { client: address(n), ..reads(9000, None) });
    }
    assert_eq!(detectors.sources(), 1_000_000);
    assert!(detectors.bytes() < 80_000_000, "{}", detectors.bytes());
}

#[test]
fn endpoints_beyond_the_bound_share_one() {
    let mut detectors = Detectors::new(Settings { endpoints: 3, ..Settings::default() }, 42);
    detectors.observe(&quiet(0));
    let empty = detectors.bytes();
    for n in 0..1000u32 {
        detectors.observe(&Observed { endpoint: u64::from(n) + 1, ..reads(u64::from(n) * 90_000, None) });
    }
    assert!(detectors.bytes() - empty < 20_000, "{}", detectors.bytes() - empty);
}

#[test]
fn an_endpoint_that_was_silent_for_long_makes_room_for_a_new_one() {
    const DAY: u64 = 86_400;
    let told = |second: u64, endpoint: u64| Observed {
        endpoint,
        subjects: Box::leak(Box::new([crate::world::digest(second), crate::world::digest(second + 1)])),
        strangers: 2,
        ..reads(second, None)
    };
    let only = [detect::DetectorId::AnonymousData];
    let mut detectors = Detectors::new(Settings { endpoints: 2, ..Settings::default() }, 42).only(&only);
    let mut speaks = |second, endpoint| !detectors.observe(&told(second, endpoint)).is_empty();
    assert!(speaks(0, 1) && speaks(10, 2) && speaks(20, 3));
    assert!(!speaks(30, 4), "3 and 4 share one memory: what is said of one is said of both");
    assert!(!speaks(20 * DAY, 1) && !speaks(40 * DAY, 1), "1 is in use");
    assert!(speaks(40 * DAY + 9, 5), "2 was silent for forty days");
    assert!(!speaks(40 * DAY + 19, 1) && !speaks(40 * DAY + 29, 5));
}
