//! The other error: how many attackers at exactly the strength that a test is designed for are not seen
//! within so many records. The table of `docs/detect.md` declares it; what is measured stays below.

use detect::{DetectorId as Id, Detectors, Observed, Settings};

use crate::world::{address, play, reads, scatter};

/// Attackers of each kind.
const MANY: u64 = 400;

/// Whether the `nth` throw of attacker `who` is one of `in_100`.
fn fits(who: u64, nth: u64, in_100: u64) -> bool {
    scatter(who.wrapping_mul(0x51_7cc1_b727) ^ scatter(nth)) % 100 < in_100
}

/// Of 1,000 attackers those of whom nothing was said.
fn missed(id: Id, attacker: impl Fn(u64) -> Vec<Observed<'static>>) -> u64 {
    let small = || Detectors::new(Settings { sources: 64, ..Settings::default() }, 42).only(&[id]);
    let is_silent = |who: &u64| play(&mut small(), attacker(*who)).is_empty();
    let silent = (0..MANY).filter(is_silent).count();
    u64::try_from(silent).unwrap() * 1000 / MANY
}

/// A walk of which 85 in 100 numbers are the next one, the others anywhere.
fn walker(who: u64, records: u64) -> Vec<Observed<'static>> {
    let mut at = 5_000_000;
    let step = |nth| {
        let number = if fits(who, nth, 85) {
            at += 3;
            at
        } else {
            10_000_000 + scatter(who ^ nth << 20) % 90_000_000
        };
        reads(nth * 7, Some(number))
    };
    (0..records).map(step).collect()
}

/// Reads of which 80 in 100 pauses are five minutes, the others of any length.
fn clock(who: u64, records: u64) -> Vec<Observed<'static>> {
    let mut second = 0;
    let step = |nth| {
        second += if fits(who, nth, 80) { 300 } else { 60 + scatter(who ^ nth << 20) % 3000 };
        reads(second, None)
    };
    (0..records).map(step).collect()
}

/// A sweep by fifty addresses in turn, of which 90 in 100 numbers are the next one downwards.
fn sweep(who: u64, records: u64) -> Vec<Observed<'static>> {
    let mut at = 90_000_000;
    let step = |nth: u64| {
        let number = if fits(who, nth, 90) {
            at -= 3;
            at
        } else {
            scatter(who ^ nth << 20) % 80_000_000
        };
        Observed { client: address(u32::try_from(nth % 50).unwrap()), ..reads(nth * 7, Some(number)) }
    };
    (0..records).map(step).collect()
}

#[test]
fn at_most_ten_attackers_in_a_thousand_at_the_design_are_missed_within_the_records_declared() {
    let missed = [
        missed(Id::SequentialIds, |who| walker(who, 150)),
        missed(Id::Automation, |who| clock(who, 100)),
        missed(Id::EndpointSweep, |who| sweep(who, 150)),
    ];
    assert!(missed.iter().all(|of_1000| *of_1000 <= 10), "walk, clock, sweep: {missed:?}");
    // Nobody could be: fewer records than the evidence needs are never enough.
    let least = self::missed(Id::SequentialIds, |who| walker(who, 8));
    assert_eq!(least, 1000);
}
