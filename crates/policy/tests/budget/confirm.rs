//! New confirmed principals.

use domain::{Timestamp, networks_of};
use policy::budget::{ConfirmCap, ConfirmSettings, Issue};

use crate::world::{START, digest};

fn confirmed(
    cap: &mut ConfirmCap,
    issue: Issue,
    address: impl Fn(u64) -> String,
    count: u64,
    secs: u64,
) -> usize {
    (0..count)
        .filter(|&n| {
            let networks = networks_of(address(n).parse().unwrap());
            cap.allow(&networks, digest((n + 1) << 8), issue, Timestamp::from_secs(START + secs))
        })
        .count()
}

#[test]
fn an_address_signs_in_two_hundred_times_an_hour_and_a_block_four_hundred() {
    let mut cap = ConfirmCap::new(ConfirmSettings::default(), 1);
    assert_eq!(confirmed(&mut cap, Issue::LogIn, |_| "192.0.2.7".into(), 1000, 0), 200);
    assert_eq!(
        confirmed(&mut cap, Issue::LogIn, |_| "192.0.2.7".into(), 200, 60),
        200,
        "known ones are free"
    );
    assert_eq!(confirmed(&mut cap, Issue::LogIn, |n| format!("198.51.100.{}", n % 200), 1000, 0), 400);
    assert_eq!(confirmed(&mut cap, Issue::LogIn, |_| "203.0.113.1".into(), 150, 0), 150);
}

#[test]
fn sessions_that_anyone_is_handed_are_few() {
    let mut cap = ConfirmCap::new(ConfirmSettings::default(), 1);
    assert_eq!(confirmed(&mut cap, Issue::Handed, |_| "192.0.2.7".into(), 1000, 0), 20);
    assert_eq!(confirmed(&mut cap, Issue::LogIn, |_| "192.0.2.7".into(), 100, 0), 100);
}

#[test]
fn a_flood_of_addresses_resets_no_cap() {
    let mut cap = ConfirmCap::new(ConfirmSettings { keys: 16, ..ConfirmSettings::default() }, 1);
    assert_eq!(confirmed(&mut cap, Issue::Handed, |_| "192.0.2.7".into(), 1000, 0), 20);
    confirmed(&mut cap, Issue::Handed, |n| format!("10.{}.{}.1", n / 200, n % 200), 10_000, 1);
    assert_eq!(confirmed(&mut cap, Issue::Handed, |_| "192.0.2.7".into(), 1000, 2), 0);
}

#[test]
fn a_client_without_an_address_confirms_nothing() {
    let mut cap = ConfirmCap::new(ConfirmSettings::default(), 1);
    assert!(!cap.allow(&[], digest(1), Issue::LogIn, Timestamp::from_secs(START)));
}
