//! Honest people, of whom nothing may be said.

use detect::{Allowance, CallerKind, Detectors, ErrorBudget, Observed, Page, Settings};
use domain::RoleName;

use crate::world::{address, digest, fresh, play, quiet, reads, scatter, signed_in};

const DAY: u64 = 86_400;

type Behaviour = Box<dyn Iterator<Item = Observed<'static>>>;

fn digests(range: std::ops::Range<u64>) -> &'static [domain::SubjectDigest] {
    Box::leak(range.map(digest).collect())
}

fn honest() -> Vec<(&'static str, Behaviour)> {
    let office = |n: u64| signed_in(n, CallerKind::Confirmed, quiet(n * 2));
    let hotline = digests(7..8);
    vec![
        // The eleventh object of a burst, and an attacker's every pause is no shorter.
        (
            "a burst of twelve profiles",
            Box::new((0..12).map(|n| reads(n * 9 + scatter(n) % 8, Some(scatter(n))))),
        ),
        (
            "a burst of twelve every other day for a year",
            Box::new((0..180 * 6).map(|n| reads(n / 6 * 2 * DAY + scatter(n) % 900, Some(scatter(n))))),
        ),
        (
            "twenty-five colleagues, signed in",
            Box::new((0..25).map(|n| {
                signed_in(1, CallerKind::Confirmed, reads(n * 5 + scatter(n) % 4, Some(scatter(n))))
            })),
        ),
        (
            "own orders, all pages of them, again and again",
            Box::new((0..9000).map(|n| {
                signed_in(
                    1,
                    CallerKind::Verified,
                    Observed { strangers: 0, page: Some(Page::Number(n % 90)), ..reads(n, Some(n)) },
                )
            })),
        ),
        (
            "a first page of ten contacts every day",
            Box::new((0..90).map(|n| Observed {
                strangers: 3,
                page: Some(Page::Number(1)),
                ..quiet(n * DAY + scatter(n) % 4000)
            })),
        ),
        // The server sends an event every five minutes: its clock, and nobody's that reads.
        (
            "a stream of news about others, by the server's clock",
            Box::new((0..13).map(|n| Observed {
                continues: n > 0,
                object: Some(9),
                ..reads(n * 300, Some(9))
            })),
        ),
        (
            "a thousand people behind one address sign in",
            Box::new((0..1000).map(move |n| Observed { issued: 1, ..office(n) })),
        ),
        (
            "and read their own orders all day",
            Box::new(
                (0..50_000).map(move |n| Observed { numbers: [Some(n % 1000), None], ..office(n % 1000) }),
            ),
        ),
        (
            "a thousand visitors of a page with a hotline",
            Box::new((0..1000).map(move |n| Observed {
                client: address(u32::try_from(n).unwrap()),
                subjects: hotline,
                ..reads(n * 3, None)
            })),
        ),
        (
            "a poller of something that is gone",
            Box::new((0..9000).map(|n| Observed { status: 404, object: Some(n % 5), ..quiet(n * 10) })),
        ),
        (
            "a page with thirty broken pictures",
            Box::new((0..900).map(|n| Observed {
                client: address(u32::try_from(n / 30).unwrap()),
                status: 404,
                failed_path: Some(digest(n % 30)),
                ..quiet(n)
            })),
        ),
        (
            "an office full of typing errors",
            Box::new((0..150).map(|n| Observed { status: 404, object: Some(scatter(n)), ..quiet(n * 576) })),
        ),
        (
            "staff at work, in order",
            Box::new((0..30 * 300).map(|n| Observed {
                role: Some("staff"),
                ..signed_in(1, CallerKind::Verified, reads(n / 300 * DAY + n % 300 * 96, Some(n)))
            })),
        ),
        (
            "a partner's batch at night",
            Box::new(
                (0..20 * 5000)
                    .map(|n| signed_in(2, CallerKind::Partner, reads(n / 5000 * DAY + n % 5000, Some(n)))),
            ),
        ),
        (
            "a partner that polls every minute",
            Box::new((0..9000).map(|n| signed_in(3, CallerKind::Partner, reads(n * 60, Some(n))))),
        ),
        (
            "a page of documentation that loads its openapi.json all day",
            Box::new((0..5000).map(|n| Observed {
                failed_path: Some(digest(1)),
                bait: true,
                ..quiet(n * 17)
            })),
        ),
        (
            "a crawler on public pages",
            Box::new((0..9000).map(|n| Observed {
                public: true,
                strangers: 5,
                page: Some(Page::Number(n)),
                ..quiet(n)
            })),
        ),
        (
            "guests who bring their own e-mail in a flash sale",
            Box::new((0..9000).map(|n| Observed {
                client: address(u32::try_from(n).unwrap()),
                numbers: [Some(n), None],
                ..quiet(n / 10)
            })),
        ),
        (
            "visitors who each read one record",
            Box::new((0..3000).map(|n| Observed {
                client: address(u32::try_from(n).unwrap()),
                ..reads(n * 40, Some(scatter(n) % 90_000))
            })),
        ),
    ]
}

/// A thousand people behind one address, each new to the gateway on the day that begins at `begins`: a
/// hundred of them meet one stranger that day, fewer on the days after, most in the afternoon.
fn office(begins: u64) -> Vec<Observed<'static>> {
    let mut list = Vec::new();
    for (day, sessions) in [105, 61, 45, 33, 24, 18, 13, 10, 7, 5].into_iter().enumerate() {
        let day = u64::try_from(day).unwrap();
        for nth in 0..sessions {
            let roll = |salt: u64| scatter(begins + day * 1000 + nth * 7 + salt) % (8 * 3600);
            let who = begins + day * 1000 + nth;
            let at = begins + day * DAY + roll(1) + roll(2);
            list.push(signed_in(who, CallerKind::Confirmed, reads(at, Some(scatter(who)))));
        }
    }
    list.sort_by_key(|seen| seen.at);
    list
}

/// A month later everybody is new to everybody again.
#[test]
fn an_office_that_meets_strangers_in_the_first_days_and_a_month_later_is_never_spoken_of() {
    let mut detectors = fresh();
    let said: Vec<_> = [0, 30].into_iter().flat_map(|day| play(&mut detectors, office(day * DAY))).collect();
    assert!(said.is_empty(), "{said:?}");
    // An office that moves in later is not known, and an address that was one may not be any other.
    let elsewhere = |seen: Observed<'static>| Observed { client: address(9), ..seen };
    let said = play(&mut detectors, office(41 * DAY).into_iter().map(elsewhere));
    assert!(said.iter().any(|(_, signal)| signal.detector == detect::DetectorId::SessionMinting), "{said:?}");
}

/// A firm in a hundred customers: the first time one of its people signs in, one answer tells of eight
/// colleagues. On the first day many do, and in ten minutes of a sale on the tenth day a few more.
#[test]
fn directories_of_firms_in_a_sale_are_no_sweep() {
    let directory = |who: u64, second: u64| {
        let client = address(u32::try_from(who).unwrap());
        signed_in(who, CallerKind::Confirmed, Observed { client, strangers: 8, ..quiet(second) })
    };
    let first = (0..430).map(|who| directory(who, who * 200));
    let sale = (430..450).map(|who| directory(who, 9 * DAY + (who - 430) * 30));
    let said = play(&mut fresh(), first.chain(sale));
    assert!(said.is_empty(), "{said:?}");
}

fn settings() -> Settings {
    Settings {
        roles: [(RoleName::new("staff"), Allowance { per_hour: 60, per_day: 300 })].into(),
        partner: Some(Allowance { per_hour: 5000, per_day: 5000 }),
        ..Settings::default()
    }
}

#[test]
fn honest_people_are_never_spoken_of() {
    for (who, exchanges) in honest() {
        let said = play(&mut Detectors::new(settings(), 42), exchanges);
        let tests: Vec<_> = said.iter().filter(|(_, signal)| signal.error != ErrorBudget::Fact).collect();
        assert!(tests.is_empty(), "{who}: {tests:?}");
    }
}

#[test]
fn a_partner_works_within_the_budget_that_its_operation_declares() {
    let batch = |n: u64, allowed| Observed {
        allowed,
        ..signed_in(
            2,
            CallerKind::Partner,
            Observed { strangers: 20, page: Some(Page::Number(n)), ..quiet(n * 9) },
        )
    };
    let mut detectors = fresh();
    assert!(play(&mut detectors, (0..200).map(|n| batch(n, Some([5000, 5000])))).is_empty());
    assert_eq!(detectors.sources(), 1, "no network and no endpoint counts its work");
    let said = play(&mut detectors, (200..600).map(|n| batch(n, Some([5000, 5000]))));
    let told = 4000 + said.first().unwrap().0;
    // Twice of it, and what the day gave back meanwhile.
    assert!((10_000..10_400).contains(&told), "{told}");
    assert!(!play(&mut fresh(), (0..200).map(|n| batch(n, None))).is_empty());
    // An allowance is a partner's: a customer who asks there is held to be one.
    let customer =
        (0..200).map(|n| Observed { caller: CallerKind::Verified, ..batch(n, Some([5000, 5000])) });
    assert!(!play(&mut fresh(), customer).is_empty());
}

#[test]
fn who_reads_nothing_of_others_leaves_no_trace() {
    let mut detectors = fresh();
    for n in 0..5000 {
        let client = address(u32::try_from(n).unwrap());
        detectors.observe(&Observed { client, page: Some(Page::Number(n)), ..quiet(n) });
    }
    assert_eq!(detectors.sources(), 0);
    assert_eq!(detectors, fresh());
}
