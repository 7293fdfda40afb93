//! One scrape is one group that grows.

use detect::{CallerKind, Detectors, Groups, Joining, Observed, Settings};

use crate::world::{address, fresh, quiet, reads, scatter, signed_in};

/// How many signals opened a group, grew one, joined one.
fn grouped<'x>(detectors: &mut Detectors, exchanges: impl IntoIterator<Item = Observed<'x>>) -> [usize; 3] {
    let mut groups = Groups::default();
    let mut counts = [0; 3];
    for seen in exchanges {
        for signal in detectors.observe(&seen) {
            counts[match groups.take(&signal, &seen).joining {
                Joining::Opened => 0,
                Joining::Grew => 1,
                Joining::Joined => 2,
            }] += 1;
        }
    }
    counts
}

#[test]
fn one_scrape_is_one_group_however_many_signals_it_is() {
    let [opened, grew, joined] = grouped(&mut fresh(), (0..27_000).map(|n| reads(n, Some(n))));
    assert_eq!(opened, 1);
    assert!((1..=6).contains(&grew), "{grew}: each tenfold, and graver once");
    assert!(joined > 50, "{joined}");
}

#[test]
fn five_hundred_addresses_of_one_sweep_are_few_groups() {
    let sweep = (0..20_000).map(|n| Observed {
        client: address(u32::try_from(n % 500).unwrap()),
        ..reads(n / 4, Some(scatter(n)))
    });
    let mut detectors = Detectors::new(Settings::default(), 42);
    let [opened, _, joined] = grouped(&mut detectors, sweep);
    assert_eq!(opened, 1);
    assert!(joined > 500, "{joined}: each address speaks, and all are one");
}

#[test]
fn a_session_that_changes_its_address_stays_one_group() {
    let wandering = (0..2000).map(|n| {
        let seen = Observed { client: address(u32::try_from(n / 7).unwrap()), ..reads(n, Some(n)) };
        signed_in(1, CallerKind::Verified, seen)
    });
    let mut detectors = fresh().only(&[detect::DetectorId::SequentialIds, detect::DetectorId::NewObjects]);
    assert_eq!(grouped(&mut detectors, wandering)[0], 1);
}

#[test]
fn two_thieves_in_different_networks_are_two_groups_and_an_hour_of_silence_ends_one() {
    let thief = |host: u32, from: u64| {
        (0..40).map(move |n| Observed {
            client: address(host),
            endpoint: u64::from(host),
            ..reads(from + n, Some(n))
        })
    };
    let mut detectors = fresh().only(&[detect::DetectorId::SequentialIds]);
    assert_eq!(grouped(&mut detectors, thief(1, 0).chain(thief(2, 100)))[0], 2);
    let again = |pause: u64| {
        let mut detectors = fresh().only(&[detect::DetectorId::SequentialIds]);
        let later = (40..4000).map(move |n| reads(pause + n, Some(n)));
        grouped(&mut detectors, thief(0, 0).chain(later))[0]
    };
    assert_eq!((again(100), again(2 * 3600)), (1, 2));
}

#[test]
fn open_groups_are_bounded() {
    let mut groups = Groups::default();
    let mut detectors = fresh().only(&[detect::DetectorId::Bulk]);
    for n in 0..3000u32 {
        let seen = Observed { client: address(n), strangers: 27_000, ..quiet(u64::from(n) / 10) };
        for signal in detectors.observe(&seen) {
            groups.take(&signal, &seen);
        }
    }
    assert_eq!(groups.len(), 1024);
}
