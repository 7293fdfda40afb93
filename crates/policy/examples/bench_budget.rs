//! Nanoseconds per charge and bytes per account, printed.
//!
//! `cargo run --release -p policy --example bench_budget`
#![allow(clippy::print_stdout, clippy::expect_used, clippy::indexing_slicing, reason = "a bench")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;

use domain::{Basis, Claim, Holder, IpPrefix, LimitDecl, SubjectDigest, Timestamp, Window, networks_of};
use policy::budget::{Budgets, Charge, ChargedSubject, Payer, Settings};
use policy::limit::{Limits, Request};
use smallvec::SmallVec;

const START: u64 = 1_800_000_000;
const CALLERS: u32 = 100_000;

fn digest(n: u64) -> SubjectDigest {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mixed(n).to_be_bytes());
    SubjectDigest::new(bytes)
}

/// Spread as an HMAC is.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    (n ^ (n >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d) ^ (n >> 33)
}

fn person(n: u64) -> ChargedSubject {
    // A number, an e-mail and a phone, as the meter finds them.
    let digests: SmallVec<[u64; 3]> = [n * 3, n * 3 + 1, n * 3 + 2].map(mixed).into_iter().collect();
    ChargedSubject { digests, contacts: 0b110, weight: 1, basis: Basis::Budget, claim: Claim::Unknown }
}

fn timed(name: &str, count: u32, mut each: impl FnMut(u32)) {
    let start = Instant::now();
    for n in 0..count {
        each(n);
    }
    println!("{name:<58} {:>8.0} ns", start.elapsed().as_secs_f64() * 1e9 / f64::from(count));
}

fn main() {
    let roomy = Settings {
        anonymous_endpoint: vec![],
        anonymous_everywhere: vec![],
        signed_in_endpoint: vec![],
        ..Settings::default()
    };
    let mut budgets = Budgets::new(roomy, 7);
    let empty = budgets.bytes();
    let now = Timestamp::from_secs(START);
    let networks: Vec<SmallVec<[IpPrefix; 3]>> =
        (0..CALLERS).map(|n| networks_of(IpAddr::V4(Ipv4Addr::from_bits(0x0b00_0000 + n * 37)))).collect();
    let own: Vec<ChargedSubject> = (0..u64::from(CALLERS)).map(person).collect();
    let digests: Vec<SubjectDigest> = (0..u64::from(CALLERS)).map(digest).collect();
    let page: Vec<ChargedSubject> = (0..10).map(|n| person(10_000_000 + n)).collect();
    let at = |n: u32| usize::try_from(n).expect("small");

    let mut charge = |payer: Payer<'_>, subjects: &[ChargedSubject]| {
        let charge = Charge { payer, endpoint: 3, declared: &[], subjects };
        black_box(budgets.charge(&charge, now).is_ok())
    };
    let verified = |n: u32| Payer::Verified { digest: digests[at(n)], networks: &networks[at(n)] };
    let confirmed = |n: u32| Payer::Confirmed {
        digest: digests[at(n)],
        holder: Holder::default(),
        networks: &networks[at(n)],
    };
    let one = |n: u32| std::slice::from_ref(&own[at(n)]);
    timed("verified, first subject (a new account)", CALLERS, |n| {
        charge(verified(n), one(n));
    });
    timed("verified, the same again, 100,000 callers in turn", CALLERS, |n| {
        charge(verified(n), one(n));
    });
    timed("verified, the same again, one caller", CALLERS, |_| {
        charge(verified(5), one(5));
    });
    timed("confirmed, first subject (two new accounts)", CALLERS, |n| {
        charge(confirmed(n), one(n));
    });
    timed("confirmed, the same again, 100,000 callers in turn", CALLERS, |n| {
        charge(confirmed(n), one(n));
    });
    timed("anonymous, one new subject (address, network)", CALLERS, |n| {
        charge(Payer::Networks(&networks[at(n)]), one(n % 50));
    });
    timed("anonymous, ten subjects again, one caller", CALLERS / 10, |_| {
        charge(Payer::Networks(&networks[9]), &page);
    });
    timed("verified, ten new subjects", 1000, |n| {
        let page: Vec<ChargedSubject> = (0..10).map(|m| person(20_000_000 + u64::from(n) * 10 + m)).collect();
        charge(verified(n), &page);
    });
    timed("anonymous, ten subjects refused, one caller", CALLERS / 10, |n| {
        let page: Vec<ChargedSubject> = (0..10).map(|m| person(30_000_000 + u64::from(n) * 10 + m)).collect();
        charge(Payer::Networks(&networks[9]), &page);
    });
    println!(
        "{} accounts, {} entries, {} bytes of heap beyond the reserved {} MB",
        budgets.accounts(),
        budgets.entries(),
        budgets.bytes() - empty,
        empty / 1_000_000
    );

    let mut small = Budgets::new(Settings { keys: 20_000, ..Settings::default() }, 7);
    let contact = [person(1)];
    timed("IPv6 flood into a full table of 20,000", CALLERS, |n| {
        let networks = networks_of(IpAddr::V6(Ipv6Addr::from_bits(u128::from(n) << 84 | 0x2001_0db8 << 96)));
        let payer = Payer::Networks(&networks);
        black_box(
            small.charge(&Charge { payer, endpoint: 0, declared: &[], subjects: &contact }, now).is_ok(),
        );
    });

    let mut limits = Limits::new(policy::limit::Settings::default(), 7);
    let declared = [LimitDecl { requests: Some(1000), distinct: None, per: Window::MINUTE }];
    timed("limits: client and operation, 100,000 callers in turn", CALLERS, |n| {
        let networks = &networks[at(n)];
        let request = Request { networks, principal: None, endpoint: 0, declared: &declared, objects: &[] };
        black_box(limits.check(&request, now).is_ok());
    });
}
