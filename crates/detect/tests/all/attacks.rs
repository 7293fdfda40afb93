//! Each detector alone (the others and all budgets off) sees its own attack, in every form of it.

use detect::{CallerKind, DetectorId as Id, Detectors, Observed, Page, Settings, Severity};
use domain::{ClassSet, DataClass};

use crate::world::{address, alone, at, digest, fresh, manual_holds, play, quiet, reads, scatter, signed_in};

type Attack = Box<dyn Iterator<Item = Observed<'static>>>;

/// Twenty free exchanges after each one: re-reads, own records, pages of the catalogue.
fn diluted(attack: Attack) -> Attack {
    Box::new(attack.flat_map(|seen| {
        let free = Observed { strangers: 0, ..seen };
        let own = Observed { strangers: 0, numbers: [Some(77), None], ..seen };
        [seen].into_iter().chain((0..10).flat_map(move |_| [free, own]))
    }))
}

fn paged(second: u64, page: Page, strangers: u32) -> Observed<'static> {
    Observed { page: Some(page), strangers, ..quiet(second) }
}

/// The fifty addresses of a crowd, by turns.
fn crowd(n: u64) -> Observed<'static> {
    let source = u32::try_from(n % 50).unwrap();
    Observed { client: address(source), ..reads(2 * n, Some(scatter(n) % 27_000)) }
}

fn attacks() -> Vec<(Id, &'static str, Attack)> {
    let walk = |step: fn(u64) -> u64| -> Attack { Box::new((0..2000).map(move |n| reads(n, Some(step(n))))) };
    let every = |secs: u64| -> Attack { Box::new((0..5000).map(move |n| reads(n * secs, Some(scatter(n))))) };
    let pages = |page: fn(u64) -> Page, strangers: u32| -> Attack {
        Box::new((0..500).map(move |n| paged(n, page(n), strangers)))
    };
    let token = |n: u64| signed_in(n % 50, CallerKind::Confirmed, reads(n * 3, Some(scatter(n))));
    let lost = |n: u64, bait: bool| Observed { status: 404, failed_path: Some(digest(n)), bait, ..quiet(n) };
    let missing = |n: u64| Observed { status: 404, object: Some(scatter(n)), ..quiet(n) };
    let foreign = |n: u64| {
        let asked = Observed { foreign: true, status: 403, object: Some(scatter(n)), ..quiet(n) };
        signed_in(1, CallerKind::Verified, asked)
    };
    let spent = |n: u64| {
        let asked = Observed { spent: true, status: 429, object: Some(scatter(n)), ..quiet(n) };
        signed_in(1, CallerKind::Verified, asked)
    };
    vec![
        (Id::SpentBudget, "an account at its end", Box::new((0..9).map(spent))),
        (Id::SequentialIds, "upwards", walk(|n| 1000 + n)),
        (Id::SequentialIds, "backwards", walk(|n| 90_000 - n)),
        (Id::SequentialIds, "by sevens", walk(|n| 1000 + 7 * n)),
        (Id::SequentialIds, "three walks interleaved", walk(|n| n % 3 * 50_000 + n / 3)),
        (
            Id::SequentialIds,
            "workers out of order",
            walk(|n| n / 8 * 8 + [3, 1, 0, 2, 7, 5, 6, 4][(n % 8) as usize]),
        ),
        (
            Id::SequentialIds,
            "by turns at six endpoints",
            Box::new((0..900).map(|n| Observed { endpoint: n % 6, ..reads(n, Some(n)) })),
        ),
        (
            Id::SequentialIds,
            "in the query, beside a fixed shop",
            Box::new((0..900).map(|n| Observed { numbers: [Some(4), Some(n)], ..reads(n, None) })),
        ),
        (
            Id::SequentialIds,
            "every other one missing",
            Box::new((0..900).map(move |n| {
                if n % 2 == 0 {
                    reads(n, Some(n))
                } else {
                    Observed { numbers: [Some(n), None], ..missing(n) }
                }
            })),
        ),
        (Id::SequentialIds, "one a day", Box::new((0..900).map(|n| reads(n * 86_400, Some(n))))),
        (
            Id::SequentialIds,
            "a fourth of it at random",
            walk(|n| if n % 4 == 0 { scatter(n) } else { n - n / 4 }),
        ),
        (Id::SequentialIds, "diluted", diluted(walk(|n| 1000 + n))),
        (Id::NewObjects, "one a second", every(1)),
        (Id::NewObjects, "one a minute", every(60)),
        (Id::NewObjects, "one in two hours", every(7200)),
        (Id::NewObjects, "without numbers", Box::new((0..900).map(|n| reads(n, None)))),
        (
            Id::NewObjects,
            "by a confirmed token",
            Box::new((0..900).map(|n| signed_in(1, CallerKind::Confirmed, reads(n, None)))),
        ),
        (
            Id::NewObjects,
            "from all over a /48",
            Box::new((0..4000).map(|n| Observed {
                client: format!("2001:db8:0:{n:x}::1").parse().unwrap(),
                ..reads(n, None)
            })),
        ),
        (Id::NewObjects, "diluted", diluted(every(60))),
        (Id::PageWalk, "ten a page", pages(Page::Number, 10)),
        (Id::PageWalk, "offsets backwards", pages(|n| Page::Number(50_000 - 10 * n), 10)),
        (Id::PageWalk, "cursors", pages(|n| Page::Cursor(scatter(n)), 10)),
        (Id::PageWalk, "shuffled", pages(|n| Page::Number(scatter(n) % 2700), 10)),
        (Id::PageWalk, "two a page", pages(Page::Number, 2)),
        (Id::PageWalk, "a hundred a page", pages(Page::Number, 100)),
        (Id::PageWalk, "diluted", diluted(pages(Page::Number, 10))),
        (
            Id::Bulk,
            "twenty at a time",
            Box::new((0..90).map(|n| Observed { strangers: 20, ..quiet(n * 600) })),
        ),
        (
            Id::Bulk,
            "a thousand at a time",
            Box::new((0..90).map(|n| Observed { strangers: 1000, ..quiet(n * 600) })),
        ),
        (
            Id::Bulk,
            "everything at once",
            Box::new((0..1).map(|n| Observed { strangers: 27_000, ..quiet(n) })),
        ),
        (Id::MissStorm, "guesses at random", Box::new((0..900).map(missing))),
        (
            Id::MissStorm,
            "nine hits for a miss",
            Box::new((0..9000).map(move |n| if n % 10 == 0 { missing(n) } else { quiet(n) })),
        ),
        (
            Id::AnonymousData,
            "the incident's first answer",
            Box::new((0..9).map(|n| Observed {
                strangers: 10,
                classes: ClassSet::from_bits(0b1111),
                ..quiet(n)
            })),
        ),
        (
            Id::AnonymousData,
            "one e-mail at a time",
            Box::new(
                (0..9)
                    .map(|n| Observed { classes: ClassSet::from_iter([DataClass::Email]), ..reads(n, None) }),
            ),
        ),
        (Id::Foreign, "others' records", Box::new((0..90).map(foreign))),
        (
            Id::Volume,
            "500 addresses, cold start",
            Box::new(
                (0..9000)
                    .map(|n| Observed { client: address(u32::try_from(n % 500).unwrap()), ..reads(n, None) }),
            ),
        ),
        (
            Id::Volume,
            "a rarely used endpoint",
            Box::new(std::iter::once(Observed { endpoint: 9, ..reads(0, None) }).chain((0..900).map(
                move |n| Observed {
                    client: address(u32::try_from(n % 500).unwrap()),
                    ..reads(9 * 86_400 + n, None)
                },
            ))),
        ),
        (Id::EndpointSweep, "50 addresses, shuffled", Box::new((0..9000).map(crowd))),
        (
            Id::EndpointSweep,
            "50 addresses, in order",
            Box::new(
                std::iter::once(reads(0, Some(27_000)))
                    .chain((0..9000).map(|n| Observed { numbers: [Some(n), None], ..crowd(n) })),
            ),
        ),
        (Id::SurfaceScan, "a word list", Box::new((0..90).map(move |n| lost(n, false)))),
        (Id::SurfaceScan, "what scanners ask for", Box::new((0..90).map(move |n| lost(n, true)))),
        (Id::SessionMinting, "50 tokens by turns", Box::new((0..900).map(token))),
        (
            Id::SessionMinting,
            "free sign-ups",
            Box::new((0..9000).map(|n| Observed { issued: 1, ..quiet(n) })),
        ),
        (Id::Automation, "one every 40 minutes", Box::new((0..900).map(|n| reads(n * 2400, None)))),
        (
            Id::Automation,
            "one a minute, a little uneven",
            Box::new((0..900).map(|n| reads(n * 60 + scatter(n) % 3, None))),
        ),
        (Id::Automation, "diluted", diluted(every(2400))),
    ]
}

#[test]
fn each_detector_alone_sees_its_own_attack() {
    let mut table = String::new();
    for (id, form, attack) in attacks() {
        let (told, signal) = alone(id, attack).unwrap_or_else(|| panic!("{id} is silent: {form}"));
        assert_eq!(signal.detector, id);
        assert!(signal.first <= signal.last);
        table +=
            &format!("| {id} | {form} | {told} | {} | {} |\n", signal.evidence.case, signal.evidence.steps);
    }
    manual_holds(
        "records",
        &format!("| detector | attack | strangers told of | case | steps |\n|---|---|---|---|---|\n{table}"),
    );
}

/// Others' records that are refused are no doors that are not there.
#[test]
fn a_walk_through_records_that_are_refused_is_no_surface_scan() {
    let refused = (0..200).map(|n| {
        let asked =
            Observed { foreign: true, status: 403, failed_path: Some(digest(n)), ..reads(n, Some(n)) };
        signed_in(1, CallerKind::Verified, Observed { strangers: 0, ..asked })
    });
    let said = play(&mut fresh(), refused);
    assert!(!said.is_empty() && said.iter().all(|(_, signal)| signal.detector == Id::Foreign), "{said:?}");
}

#[test]
fn a_canary_speaks_at_the_first_touch_even_in_a_free_exchange() {
    let mut detectors = fresh();
    detectors.watch_for(&[digest(9), digest(3)]);
    let subjects = [digest(1), digest(3)];
    let named = [domain::ObjectRef {
        name: "id".into(),
        place: domain::ObjectRefPlace::Path,
        number: None,
        digest: digest(9),
    }];
    for (seen, case) in [
        (Observed { subjects: &subjects, ..quiet(0) }, Some("told")),
        (Observed { objects: &named, ..quiet(1) }, Some("named")),
        (Observed { subjects: &subjects[..1], ..quiet(2) }, None),
    ] {
        let said = detectors.observe(&seen);
        assert_eq!(said.first().map(|signal| signal.evidence.case), case);
        assert!(said.iter().all(|signal| signal.severity == Severity::Critical));
    }
    assert_eq!(detectors.sources(), 0, "it needs no state");
}

#[test]
fn one_scrape_is_a_few_signals_and_not_thousands() {
    let said = play(&mut fresh(), (0..27_000).map(|n| reads(n, Some(n))));
    let walks = said.iter().filter(|(_, signal)| signal.detector == Id::SequentialIds).count();
    assert!((14..160).contains(&walks), "{walks}");
    let first = said.iter().map(|(told, _)| *told).min().unwrap();
    assert!(first <= 9, "{first}");
}

#[test]
fn a_walk_goes_on_over_a_restart() {
    let mut detectors = fresh();
    assert!(play(&mut detectors, (0..7).map(|n| reads(n, Some(n)))).is_empty_of_tests());
    let mut restored = Detectors::restore(Settings::default(), &detectors.save()).unwrap();
    let said = play(&mut restored, (7..20).map(|n| reads(n, Some(n))));
    assert_eq!(
        said.iter().find(|(_, signal)| signal.detector == Id::SequentialIds).map(|(told, _)| *told),
        Some(2)
    );
}

#[test]
fn an_evicted_source_comes_back_as_far_as_it_was() {
    let mut detectors =
        Detectors::new(Settings { sources: 64, ..Settings::default() }, 42).only(&[Id::NewObjects]);
    assert!(play(&mut detectors, (0..12).map(|n| reads(n, None))).is_empty());
    // A hundred others that went as far, later: the table holds 64, and of equals the oldest leaves.
    for n in 1..=100 {
        let other = (0..12).map(|nth| Observed { client: address(n), ..reads(12 + nth, None) });
        assert!(play(&mut detectors, other).iter().all(|(_, signal)| signal.detector == Id::NewObjects));
    }
    let said = play(&mut detectors, (30..60).map(|n| reads(n, None)));
    let address = said
        .iter()
        .find(|(_, signal)| matches!(signal.source, detect::Source::Network(net) if net.length() == 32));
    assert!(address.unwrap().0 <= 4, "{said:?}");
}

#[test]
fn a_baseline_learns_nothing_from_a_source_under_signal() {
    let crowd = |day: u64, n: u64| Observed {
        client: address(u32::try_from(n).unwrap()),
        ..Observed { at: at(day * 86_400 + n * 60), ..reads(0, None) }
    };
    let quiet_days = |detectors: &mut Detectors, thief: bool| {
        for day in 0..9 {
            let said = play(detectors, (1..4).map(|n| crowd(day, n)));
            assert!(said.iter().all(|(_, signal)| signal.detector != Id::Volume));
            if thief {
                // One source walks 300 a day, and is under signal nearly from the start.
                play(detectors, (0..300).map(|n| reads(day * 86_400 + 9000 + n, Some(day * 300 + n))));
            }
        }
    };
    let spike = |detectors: &mut Detectors| {
        let said = play(detectors, (500..900).map(|n| crowd(11, n)));
        said.iter().find(|(_, signal)| signal.detector == Id::Volume).map(|(told, _)| *told)
    };
    let (mut clean, mut taught) = (fresh(), fresh());
    quiet_days(&mut clean, false);
    quiet_days(&mut taught, true);
    let (clean, taught) = (spike(&mut clean).unwrap(), spike(&mut taught).unwrap());
    assert!(clean <= 20, "{clean}");
    assert!(taught <= 60, "the thief taught at most what it took before its first signal: {taught}");
}

/// Fifty tokens by turns, one in ten minutes, from an address that was never seen before.
#[test]
fn an_address_that_appears_later_has_no_first_days_of_its_own() {
    let slow = |begins: u64, n: u64| {
        let told = Observed { client: address(3), ..reads(begins + n * 600, Some(scatter(n))) };
        signed_in(n % 50, CallerKind::Confirmed, told)
    };
    let first = |begins: u64| {
        let mut detectors = fresh().only(&[Id::SessionMinting]);
        play(&mut detectors, [reads(0, None)]);
        play(&mut detectors, (0..300).map(|n| slow(begins, n))).first().map(|(told, _)| *told)
    };
    assert_eq!(first(9 * 86_400), Some(15), "a week after the start only one session an hour is usual");
    assert_eq!(first(0), None, "the cold start: budgets bound it");
}

#[test]
fn whoever_works_under_an_allowance_is_seen_beyond_twice_of_it() {
    let allowed = detect::Allowance { per_hour: 60, per_day: 300 };
    let settings =
        Settings { roles: [(domain::RoleName::new("staff"), allowed)].into(), ..Settings::default() };
    let mut detectors = Detectors::new(settings, 42);
    let stolen =
        |n: u64| Observed { role: Some("staff"), ..signed_in(1, CallerKind::Verified, reads(n, Some(n))) };
    let said = play(&mut detectors, (0..5000).map(stolen));
    let (told, first) = said.first().unwrap();
    assert_eq!((first.detector, first.evidence.case), (Id::NewObjects, "burst"));
    assert!((115..=125).contains(told), "{told}");
}

/// What states a fact is no test.
trait Tests {
    fn is_empty_of_tests(&self) -> bool;
}

impl Tests for Vec<(u32, detect::Signal)> {
    fn is_empty_of_tests(&self) -> bool {
        self.iter().all(|(_, signal)| signal.error == detect::ErrorBudget::Fact)
    }
}

#[test]
fn a_walk_of_guesses_that_told_of_nobody_is_less_grave_than_one_that_told() {
    let walk = |strangers: u32, status: u16| {
        let steps = (0..14).map(move |n| Observed { strangers, status, ..reads(n, Some(100 + n)) });
        alone(Id::SequentialIds, steps).unwrap().1
    };
    let (guesses, leak) = (walk(0, 404), walk(1, 200));
    assert_eq!((guesses.evidence.people, guesses.severity), (0, detect::Severity::Medium));
    assert!(leak.evidence.people > 0 && leak.severity == detect::Severity::High);
}

#[test]
fn a_door_that_opens_again_after_a_month_is_told_of_again() {
    const DAY: u64 = 86_400;
    let told = |second: u64, n: u64| Observed {
        subjects: Box::leak(Box::new([crate::world::digest(n), crate::world::digest(n + 1)])),
        strangers: 2,
        ..reads(second, None)
    };
    let mut detectors = fresh().only(&[Id::AnonymousData]);
    let spoke: Vec<bool> = [(0, 0), (DAY, 2), (30 * DAY, 4), (60 * DAY, 6), (61 * DAY, 8)]
        .into_iter()
        .map(|(second, n)| !detectors.observe(&told(second, n)).is_empty())
        .collect();
    assert_eq!(spoke, [true, false, false, true, false], "thirty quiet days, and not thirty days");
}

#[test]
fn a_door_that_tells_in_pages_of_contacts_is_told_of_again_at_the_twentieth_and_then_no_more() {
    let page = |second: u64, n: u64| Observed {
        subjects: Box::leak(Box::new(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(|one| crate::world::digest(n + one)),
        )),
        strangers: 10,
        classes: [domain::DataClass::Email, domain::DataClass::Phone].into_iter().collect(),
        ..reads(second, None)
    };
    let mut detectors = fresh().only(&[Id::AnonymousData]);
    let said: Vec<(&str, u32)> = (0..40)
        .flat_map(|n| detectors.observe(&page(n, n * 10)).to_vec())
        .map(|signal| (signal.evidence.case, signal.evidence.people))
        .collect();
    assert_eq!(said, [("contacts", 10), ("twenty-people", 20)]);
}

#[test]
fn a_baseline_that_a_person_resets_bears_its_cap_again_and_no_other_does() {
    const DAY: u64 = 86_400;
    // A hundred visitors of an hour, each told of one person, at a door that told two an hour for nine days.
    let sale = |reset: Option<u64>| {
        let mut detectors = fresh().only(&[Id::Volume]);
        play(&mut detectors, (0..9 * 24).map(|n| Observed { client: address(1), ..reads(n * 3600, None) }));
        let before = reset.map(|endpoint| detectors.reset_baseline(endpoint, crate::world::at(9 * DAY)));
        let visits = (0..100).map(|n: u64| Observed {
            client: address(100 + u32::try_from(n).unwrap()),
            ..reads(9 * DAY + n * 30, None)
        });
        (before, play(&mut detectors, visits).len())
    };
    assert!(sale(None).1 > 0);
    assert_eq!(sale(Some(6)).0, Some(None), "a door that is not known");
    let (before, signals) = sale(Some(5));
    assert_eq!((before.flatten().unwrap()[0], signals), (2, 0));
}
