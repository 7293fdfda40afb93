//! What it costs: nanoseconds per exchange, bytes per key.

use std::time::Instant;

use anyhow::Result;
use detect::{Detectors, Observed};
use domain::{Basis, Claim, IpPrefix, Timestamp, networks_of};
use policy::budget::{Budgets, Charge, ChargedSubject, Payer};
use policy::limit::{Limits, Request};
use serde::Serialize;
use testkit::days::Town;

use super::bound::float;
use super::gate::{Gate, Switches};
use super::quiet::at;

/// Most bytes of a million keys.
pub(crate) const MOST_BYTES: u64 = 250_000_000;

/// Costs of one run; of the machine that it ran on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cost {
    /// Nanoseconds of a request of a town's day in all tables, and in detectors alone.
    pub(crate) walk_nanos: f64,
    pub(crate) detect_nanos: f64,
    /// The same of those that count for something.
    pub(crate) counted_nanos: f64,
    /// Keys: clients of one endpoint, each with a limiter, its subjects and its detectors.
    pub(crate) keys: u64,
    /// Bytes by what each table says of itself, and what the process grew by.
    pub(crate) budgets: u64,
    pub(crate) limits: u64,
    pub(crate) detectors: u64,
    pub(crate) resident: u64,
}

/// Measures. `keys` clients of one endpoint, four to a /24, nine in ten of them seen once; the tables have
/// room for their networks too.
pub(crate) fn measure(keys: u32, seed: u64) -> Result<Cost> {
    let (detect_nanos, counted_nanos) = detectors(seed)?;
    let walk_nanos = walk(seed)?;
    let before = resident();
    let settings = policy::budget::Settings { keys: keys + keys / 2, ..Default::default() };
    let mut budgets = Budgets::new(settings, seed);
    let mut limits = Limits::new(policy::limit::Settings { keys, ..Default::default() }, seed);
    let sources = keys + keys / 2;
    let mut detectors =
        Detectors::new(detect::Settings { sources, endpoint_per_hour: u32::MAX, ..Default::default() }, seed);
    // Far above what an address may read: refused charges would leave no account.
    let mut see = |nth: u32, again: u32| {
        let bits = 0x0b00_0000_u32.wrapping_add((nth / 4) << 8).wrapping_add(nth % 4 * 50 + 1);
        let client = std::net::IpAddr::from(std::net::Ipv4Addr::from_bits(bits));
        let networks = networks_of(client);
        let now = Timestamp::from_secs(at(0, 0).secs() + u64::from(nth) / 1000 + u64::from(again) * 2000);
        charge(&mut budgets, &networks, (u64::from(nth) << 3) | u64::from(again), now);
        let request =
            Request { networks: &networks, principal: None, endpoint: 0, declared: &[], objects: &[] };
        let passed = limits.check(&request, now).is_ok();
        let number = Some(u64::from(nth).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20);
        detectors.observe(&Observed {
            numbers: [number, None],
            object: number,
            strangers: 1,
            ..Observed::quiet(now, client, 1)
        });
        passed
    };
    let mut passed = 0_u32;
    for nth in 0..keys {
        passed += u32::from(see(nth, 0));
    }
    for nth in (0..keys).step_by(10) {
        passed += u32::from(see(nth, 1));
    }
    anyhow::ensure!(passed == keys + keys.div_ceil(10), "limits were asked for every key: {passed}");
    let resident = resident().saturating_sub(before);
    let wide = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    anyhow::ensure!(detectors.sources() >= usize::try_from(keys)?, "every key has a source");
    anyhow::ensure!(budgets.accounts() >= usize::try_from(keys)?, "every key has an account");
    let cost = Cost {
        walk_nanos,
        detect_nanos,
        counted_nanos,
        keys: u64::from(keys),
        budgets: wide(budgets.bytes()),
        limits: wide(limits.bytes()),
        detectors: wide(detectors.bytes()),
        resident,
    };
    Ok(cost)
}

fn charge(budgets: &mut Budgets, networks: &[IpPrefix], person: u64, now: Timestamp) {
    let digest = testkit::dice::Dice::new(person).roll();
    let subjects = [ChargedSubject {
        digests: [digest].into_iter().collect(),
        contacts: 0,
        weight: 1,
        basis: Basis::Budget,
        claim: Claim::Unknown,
    }];
    let charge = Charge { payer: Payer::Networks(networks), endpoint: 0, declared: &[], subjects: &subjects };
    // Anyway: totals over everybody would refuse a million strangers an hour, and remember nothing.
    let _kept = budgets.charge_anyway(&charge, now);
}

/// A day of a town through all tables.
fn walk(seed: u64) -> Result<f64> {
    let mut town = Town::new(seed, 20_000);
    let mut day = Vec::new();
    let mut gate = Gate::new(Switches::default(), seed)?;
    town.day(0, &mut day);
    day.iter().for_each(|moment| drop(gate.exchange(&moment.ask, at(0, moment.at))));
    town.day(1, &mut day);
    let began = Instant::now();
    day.iter().for_each(|moment| drop(gate.exchange(&moment.ask, at(1, moment.at))));
    Ok(began.elapsed().as_secs_f64() * 1e9 / float(u64::try_from(day.len())?))
}

/// What the detectors see of the same day: nanoseconds of each, and of those that count.
fn detectors(seed: u64) -> Result<(f64, f64)> {
    const EXCHANGES: u32 = 2_000_000;
    let mut detectors = Detectors::new(super::doors::detect(), seed);
    let mut run = |free: bool, from: u32| {
        let began = Instant::now();
        for nth in 0..EXCHANGES {
            let bits = 0x0a00_0000 + ((nth % 50_000 / 4) << 8) + nth % 4 * 50 + 1;
            let client = std::net::Ipv4Addr::from_bits(bits).into();
            let now = Timestamp::from_millis(at(0, 0).millis() + u64::from(from + nth) * 40);
            let strangers = u32::from(!free && nth.is_multiple_of(10));
            let number = Some(u64::from(nth).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20);
            let seen = Observed {
                numbers: [number, None],
                object: number,
                strangers,
                ..Observed::quiet(now, client, 1)
            };
            std::hint::black_box(detectors.observe(std::hint::black_box(&seen)));
        }
        began.elapsed().as_secs_f64() * 1e9 / f64::from(EXCHANGES)
    };
    let free = run(true, 0);
    let mixed = run(false, EXCHANGES);
    Ok((mixed, (mixed - free * 0.9) * 10.0))
}

/// Bytes that the process holds, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes =
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|text| text.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1000
}
