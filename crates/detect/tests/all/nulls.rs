//! Null hypotheses at their worst: small collections, where any order has strides in it.
//!
//! With a budget of one in a hundred client-days over 33 trials, 4,000 honest sources may raise two
//! alarms in one trial of theirs; up to five are chance.

use detect::{CallerKind, DetectorId, Detectors, Observed, Settings};

use crate::world::{address, digest, reads, scatter, signed_in};

fn eager(id: DetectorId) -> Detectors {
    let days = (100, 100);
    let settings = Settings {
        false_alarm_in_client_days: days.0,
        false_alarm_in_endpoint_days: days.1,
        ..Settings::default()
    };
    Detectors::new(settings, 42).only(&[id])
}

/// `take` different numbers below `all`, in an order that `seed` chooses.
fn drawn(all: u64, take: usize, seed: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..all).collect();
    numbers.sort_by_key(|number| scatter(number.wrapping_mul(0x5851_f42d) ^ scatter(seed)));
    numbers.truncate(take);
    numbers
}

#[test]
fn who_looks_up_a_fifth_of_a_small_firm_in_any_order_walks_nowhere() {
    for (all, take) in [(60, 12), (125, 25)] {
        let mut detectors = eager(DetectorId::SequentialIds);
        let mut alarms = 0;
        for who in 0..4_000u64 {
            for (nth, number) in drawn(all, take, who).into_iter().enumerate() {
                let seen = reads(u64::try_from(nth).unwrap() * 7, Some(number));
                let seen = Observed { client: address(u32::try_from(who).unwrap()), ..seen };
                let said = detectors.observe(&signed_in(who, CallerKind::Verified, seen));
                alarms += said.len();
            }
        }
        assert!(alarms <= 5, "{alarms} of 4,000 who read {take} of {all}");
    }
}

#[test]
fn visitors_of_a_small_collection_tile_nothing() {
    let mut alarms = 0;
    for round in 0..300u64 {
        let mut detectors = eager(DetectorId::EndpointSweep);
        for (nth, number) in drawn(400, 80, round).into_iter().enumerate() {
            let visitor = u32::try_from(nth).unwrap();
            let seen = reads(u64::from(visitor) * 1000, Some(number));
            let subjects = [digest(number)];
            let seen = Observed { client: address(visitor), subjects: &subjects, ..seen };
            alarms += detectors.observe(&seen).len();
        }
    }
    // One in a hundred endpoint-days over three trials.
    assert!(alarms <= 3, "{alarms} of 300 days");
}
