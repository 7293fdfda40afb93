//! What holds for any exchanges at all.

use std::net::{IpAddr, Ipv4Addr};

use detect::{CallerKind, Detectors, Observed, Page, Settings, Signal};
use domain::Timestamp;
use proptest::prelude::*;

use crate::world::{START, digest, scatter};

/// Any exchange, in few enough values that things meet.
fn exchanges(most: usize) -> impl Strategy<Value = Vec<Observed<'static>>> {
    let one = (
        (0u64..4000, 0u32..6, 0u8..5, 0u64..4, 0u64..3),
        (prop::option::of(0u64..60), prop::option::of(0u64..9), 0u8..4, 0u8..12, any::<bool>()),
    );
    prop::collection::vec(one, 1..most).prop_map(|list| {
        let mut millis = START * 1000;
        let each = list.into_iter().map(
            |((pause, host, caller, who, endpoint), (number, page, ending, what, public))| {
                millis += pause * pause;
                let caller = match caller {
                    0 => CallerKind::Anonymous,
                    1 => CallerKind::Unverified,
                    2 => CallerKind::Confirmed,
                    3 => CallerKind::Verified,
                    _ => CallerKind::Partner,
                };
                let client: IpAddr = Ipv4Addr::from_bits(0x0a00_0000 + host % 3 + ((host / 3) << 8)).into();
                let quiet = Observed {
                    caller,
                    principal: (caller != CallerKind::Anonymous).then(|| digest(who)),
                    numbers: [number, None],
                    object: number.map(scatter),
                    ..Observed::quiet(Timestamp::from_millis(millis), client, endpoint)
                };
                match what {
                    0..=5 => Observed {
                        strangers: u32::from(what) + 1,
                        page: page.map(Page::Number),
                        public: public && what == 0,
                        ..quiet
                    },
                    6 => Observed { strangers: 40, ..quiet },
                    7 => Observed { status: 404, ..quiet },
                    8 => Observed {
                        status: 404,
                        failed_path: Some(digest(number.unwrap_or(1))),
                        object: None,
                        bait: public,
                        ..quiet
                    },
                    9 => Observed { issued: 3, ..quiet },
                    10 => Observed { foreign: ending == 0, status: 403, ..quiet },
                    _ => quiet,
                }
            },
        );
        each.collect()
    })
}

/// One false alarm in a hundred days, so that short runs have something to say.
fn eager() -> Settings {
    Settings { false_alarm_in_client_days: 100, false_alarm_in_endpoint_days: 100, ..Settings::default() }
}

fn said<'x>(detectors: &mut Detectors, list: impl IntoIterator<Item = Observed<'x>>) -> Vec<Signal> {
    list.into_iter().flat_map(|seen| detectors.observe(&seen)).collect()
}

/// A free exchange at the time and from the caller of `like`.
fn free(like: Observed<'static>, nth: u64) -> Observed<'static> {
    let quiet = Observed {
        caller: like.caller,
        principal: like.principal,
        numbers: [Some(nth), Some(nth * 3)],
        object: Some(nth),
        page: Some(Page::Number(nth)),
        ..Observed::quiet(like.at, like.client, like.endpoint)
    };
    match nth % 4 {
        0 => quiet,
        1 => Observed { status: 304, ..quiet },
        2 => Observed { strangers: 9, public: true, ..quiet },
        _ => Observed { status: 500, ..quiet },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Dilution: free exchanges, however many and wherever, change no signal and no state.
    #[test]
    fn free_exchanges_change_nothing(list in exchanges(120), places in prop::collection::vec((any::<prop::sample::Index>(), 0u64..50), 0..60)) {
        let (mut pure, mut diluted) = (Detectors::new(eager(), 3), Detectors::new(eager(), 3));
        let mut after: Vec<Vec<u64>> = vec![Vec::new(); list.len()];
        for (place, nth) in places {
            after[place.index(list.len())].push(nth);
        }
        for (seen, more) in list.iter().zip(after) {
            prop_assert_eq!(pure.observe(seen), diluted.observe(seen));
            for nth in more {
                let free = free(*seen, nth);
                prop_assert!(free.is_free());
                prop_assert!(diluted.observe(&free).is_empty());
            }
        }
        prop_assert_eq!(pure, diluted);
    }

    /// The same exchanges give the same signals, in one run or in two.
    #[test]
    fn a_restart_changes_nothing(list in exchanges(160), cut in any::<prop::sample::Index>()) {
        let mut whole = Detectors::new(eager(), 3);
        let all = said(&mut whole, list.iter().copied());
        let cut = cut.index(list.len());
        let mut first = Detectors::new(eager(), 3);
        let mut halves = said(&mut first, list[..cut].iter().copied());
        let mut second = Detectors::restore(eager(), &first.save()).unwrap();
        prop_assert_eq!(&second, &first);
        halves.extend(said(&mut second, list[cut..].iter().copied()));
        prop_assert_eq!(all, halves);
        prop_assert_eq!(whole, second);
    }

    /// What is said of a source does not depend on who else came in between, as long as they share
    /// neither network nor endpoint: nothing hangs on the order of a map.
    #[test]
    fn strangers_to_each_other_do_not_disturb(list in exchanges(120), other in exchanges(120)) {
        let elsewhere = |seen: &Observed<'static>| Observed {
            client: IpAddr::V4(match seen.client {
                IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() | 0x0100_0000),
                IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
            }),
            principal: seen.principal.map(|digest| crate::world::digest(digest.short() | 1 << 40)),
            endpoint: seen.endpoint + 100,
            ..*seen
        };
        let mut alone = Detectors::new(eager(), 3);
        // The first exchange that counts is when endpoints are known since: the same in both runs.
        let opening = Observed { issued: 1, ..Observed::quiet(Timestamp::from_secs(START), "203.0.113.9".parse().unwrap(), 999) };
        let quietly = said(&mut alone, std::iter::once(opening).chain(list.iter().copied()));
        let mut crowded = Detectors::new(eager(), 3);
        let mut others = other.iter().map(elsewhere);
        let mut ours = said(&mut crowded, [opening]);
        for seen in &list {
            ours.extend(crowded.observe(seen));
            if let Some(other) = others.next() {
                crowded.observe(&other);
            }
        }
        prop_assert_eq!(quietly, ours);
    }

    #[test]
    fn no_bytes_make_a_restart_panic(list in exchanges(40), cut in any::<prop::sample::Index>(), junk in prop::collection::vec(any::<u8>(), 0..64), places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40)) {
        let mut detectors = Detectors::new(eager(), 3);
        said(&mut detectors, list.iter().copied());
        let saved = detectors.save();
        let cut = cut.index(saved.len());
        prop_assert!(Detectors::restore(eager(), &saved[..cut]).is_err());
        let mut damaged = saved;
        for (place, byte) in places {
            let place = place.index(damaged.len());
            damaged[place] = byte;
        }
        for bytes in [junk, damaged] {
            if let Ok(mut read) = Detectors::restore(eager(), &bytes) {
                said(&mut read, list.iter().copied());
            }
        }
    }
}

/// The seed decides who leaves a full table and how a number of sources is guessed, and nothing else:
/// whoever reads the log says the same. Eight networks share a list of words and one of people, so that
/// words and people become common.
#[test]
fn no_signal_hangs_on_the_seed() {
    let people: Vec<_> = (0..1500).map(digest).collect();
    let by = |seed: u64| {
        let mut detectors = Detectors::new(Settings::default(), seed);
        let mut said = Vec::new();
        for n in 0..24_000u64 {
            // Each begins elsewhere in it, so that some meet a word before five others did and some after.
            let (source, word) = (n % 8, (n / 8 + 130 * (n % 8)) % 1500);
            let client = crate::world::address(u32::try_from(source).unwrap());
            let asked = Observed::quiet(Timestamp::from_secs(START + n), client, 5);
            let told = usize::try_from(word).unwrap();
            let seen = if n < 12_000 {
                Observed { status: 404, failed_path: Some(digest(9000 + word)), ..asked }
            } else {
                Observed { strangers: 1, subjects: &people[told..=told], ..asked }
            };
            let signals = detectors.observe(&seen).into_iter();
            said.extend(
                signals.map(|signal| (n, signal.detector, signal.evidence.case, signal.evidence.steps)),
            );
        }
        said
    };
    let first = by(0);
    assert!(!first.is_empty());
    for seed in 1..6 {
        assert_eq!(by(seed * 0x9e37_79b9), first);
    }
}
