//! Combined logs, as nginx writes them: honest people of several kinds, and walkers of several shapes among
//! them. Each attack is one finding with its own address; of honest people nothing is said.
// long: two days of a town, and everybody who walks through them
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use detect::Severity;
use domain::Timestamp;
use events::{Dialect, Reader};
use hunt::{Basis, Confidence, Hunt, LineRef, Settings, Told};

/// The target of the nth request.
type Target = fn(u64) -> String;
/// Writes the lines of somebody into a log.
type Write = fn(&mut Log);

/// A midnight.
const START: u64 = 1_794_960_000;
/// When attacks begin: on the second day.
const ATTACK: u64 = 86_400 + 30_000;
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";

/// Spread as random numbers are.
fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    (n ^ (n >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d) ^ (n >> 33)
}

/// A log while it is made: lines with their seconds.
#[derive(Clone, Default)]
struct Log(Vec<(u64, String)>);

/// Two honest days, made once.
static HONEST: LazyLock<Log> = LazyLock::new(|| {
    let mut log = Log::default();
    (0..2).for_each(|day| honest(&mut log, day));
    log
});

impl Log {
    fn add(&mut self, at: u64, from: &str, request: &str, status: u16, sent: u64, agent: &str) {
        self.named(at, [from, "-"], request, status, sent, agent);
    }

    /// From an address under a name.
    fn named(
        &mut self,
        at: u64,
        [from, user]: [&str; 2],
        request: &str,
        status: u16,
        sent: u64,
        agent: &str,
    ) {
        let when = jiff::Timestamp::from_second(i64::try_from(START + at).unwrap()).unwrap();
        let when = when.strftime("%d/%b/%Y:%H:%M:%S +0000");
        self.0.push((
            at,
            format!("{from} - {user} [{when}] \"{request} HTTP/1.1\" {status} {sent} \"-\" \"{agent}\""),
        ));
    }

    fn get(&mut self, at: u64, from: &str, path: &str, sent: u64) {
        self.add(at, from, &format!("GET {path}"), 200, sent, BROWSER);
    }

    fn told(mut self) -> Told {
        self.0.sort_by_key(|(at, _)| *at);
        let mut reader = Reader::new(Dialect::Combined);
        let mut hunt = Hunt::new(Settings::default());
        for (nth, (_, line)) in self.0.iter().enumerate() {
            let at = LineRef { input: 0, line: u64::try_from(nth).unwrap() + 1 };
            reader.read(line.as_bytes(), &mut |event| hunt.take(&event, at)).unwrap();
        }
        hunt.finish();
        hunt.told()
    }
}

fn address(kind: u8, n: u64) -> String {
    Ipv4Addr::new(10, kind, (n >> 8) as u8, n as u8).to_string()
}

/// A day of honest people: shoppers in a catalogue, customers who read their orders, an app that lists its
/// messages, staff, health checks, a crawler that announces itself.
fn honest(log: &mut Log, day: u64) {
    let midnight = day * 86_400;
    // Shoppers: 300 people, each in a network of its own, popular products more often than others.
    for person in 0..300u64 {
        let from = address(1, person * 251 % 65_536);
        let start = midnight + mixed(person + day * 7) % 80_000;
        for nth in 0..4 + mixed(person + 9) % 20 {
            let dice = mixed(person * 1000 + nth + day * 333) % 10_000;
            let product = dice * dice / 100_000;
            log.get(start + nth * 20, &from, &format!("/api/widgets/{product}"), 900 + product % 70);
            log.get(start + nth * 20 + 1, &from, &format!("/static/p{product}.jpg"), 40_000);
            if nth % 5 == 0 {
                log.get(
                    start + nth * 20 + 2,
                    &from,
                    &format!("/api/widgets?page={}", 1 + nth % 4),
                    9000 + nth,
                );
            }
        }
    }
    // Customers read two of their own orders, again and again.
    for person in 0..250u64 {
        let from = address(2, person * 257 % 65_536);
        let start = midnight + mixed(person + 77 + day) % 80_000;
        for nth in 0..6 {
            let order = 10_000 + mixed(person * 2 + nth % 2) % 20_000;
            log.get(start + nth * 400, &from, &format!("/api/orders/{order}"), 600 + order % 90);
        }
    }
    // Eight colleagues behind one address read two of their own orders each, on the second day.
    for nth in 0..if day == 1 { 16 } else { 0 } {
        let agent = format!("{BROWSER} {}", nth / 2);
        let order = format!("GET /api/orders/{}", 10_000 + mixed(nth + 5555) % 20_000);
        log.add(midnight + 40_000 + nth * 60, "10.6.0.1", &order, 200, 600 + nth, &agent);
    }
    // Forty colleagues behind one address sign in, where everybody must, and read two of their own each.
    for nth in 0..120u64 {
        let (who, at) = (nth / 3, midnight + 30_000 + nth * 40);
        let (user, status) = if nth % 3 == 0 { ("-".to_owned(), 401) } else { (format!("c{who}"), 200) };
        let request = format!("GET /intranet/orders/{}", 700 + mixed(who * 2 + nth % 2) % 5000);
        log.named(at, ["10.8.0.1", &user], &request, status, 600 + nth, BROWSER);
    }
    batch(log, midnight + 3600, PARTNER);
    // An app shows each of its people dozens of their own messages.
    for person in 0..120u64 {
        let from = address(3, person * 263 % 65_536);
        let start = midnight + mixed(person + 177 + day) % 60_000;
        for nth in 0..25 + mixed(person) % 10 {
            let message = mixed(person * 4096 + nth + day * 50) % 10_000_000;
            log.get(start + nth * 31, &from, &format!("/api/messages/{message}"), 300 + message % 200);
        }
    }
    // Forty colleagues fetch a list of a megabyte, and an app its own orders of 20 KB every hour.
    for nth in 0..40 {
        log.get(
            midnight + 32_000 + nth * 90,
            &address(8, nth * 256),
            "/api/staff/export",
            1_000_000 + day * 7,
        );
    }
    for nth in 0..240 {
        let sent = 20_000 + mixed(nth + day) % 900;
        log.get(midnight + nth * 360, &address(9, 256 + nth % 10), "/api/orders", sent);
    }
    // Pictures beside records, thirty on a page.
    for nth in 0..600u64 {
        let from = address(7, nth / 30 + day * 20);
        let picture = format!("/api/orders/{}.png", 10_000 + mixed(nth + day * 600) % 20_000);
        log.get(midnight + 50_000 + nth, &from, &picture, 9000 + mixed(nth) % 30_000);
    }
    for nth in 0..2880u64 {
        log.add(midnight + nth * 30, "10.4.0.1", "GET /healthz", 200, 2, "kube-probe/1.31");
        log.add(midnight + nth * 30, "10.4.0.2", "POST /api/poll", 200, 310 + nth % 2, "Poller/2.0");
    }
    for nth in 0..400u64 {
        let crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
        log.add(midnight + nth * 60, "10.5.0.1", &format!("GET /articles/{nth}"), 200, 20_000, crawler);
    }
}

const PARTNER: [&str; 2] = ["10.9.0.1", "partner-1"];

/// The parcels of the day, page by page.
fn batch(log: &mut Log, at: u64, from: [&str; 2]) {
    for page in 1..=20 {
        let request = format!("GET /api/partner/shipments?page={page}");
        log.named(at + page * 13, from, &request, 200, 15_000 + mixed(at + page) % 900, "PartnerSync/2.4");
    }
}

fn check(name: &str, attack: impl FnOnce(&mut Log)) -> Told {
    let mut log = HONEST.clone();
    attack(&mut log);
    let told = log.told();
    // Of a crowd of thousands one in fifty may be somebody who came along.
    let is_honest = |one: &&hunt::Finding| {
        let honest = one.addresses.iter().filter(|(address, _)| address.to_string().starts_with("10."));
        let honest: u64 = honest.map(|(_, times)| times).sum();
        honest * if one.more_addresses > 0 { 50 } else { 1_000_000 } > one.exchanges
    };
    let shown = |one: &hunt::Finding| {
        format!("{} {:?} {:?} {:?} of {}", one.id, one.signals, one.doors, one.addresses, one.exchanges)
    };
    let strangers: Vec<String> = told.findings.iter().filter(is_honest).map(shown).collect();
    assert!(strangers.is_empty(), "{name}: honest people are spoken of: {strangers:#?}");
    assert!(told.stopped.is_empty(), "{name}");
    told
}

#[test]
fn of_an_honest_day_nothing_is_said() {
    let told = check("honest", |_| {});
    assert_eq!(told.findings.len(), 0);
}

const THIEF: &str = "198.51.100.7";

/// Name, detector that must be among those who speak, records that left in truth, the attack.
type Attack = (&'static str, &'static str, u64, fn(&mut Log));

const ATTACKS: &[Attack] = &[
    ("upwards", "sequential-ids", 30, |log| {
        (0..30).for_each(|n| log.get(ATTACK + n, THIEF, &format!("/api/orders/{}", 500 + n), 610 + n % 40));
    }),
    ("backwards by sevens, in the query", "sequential-ids", 30, |log| {
        (0..30).for_each(|n| {
            log.get(ATTACK + n * 9, THIEF, &format!("/api/customers?id={}", 9000 - 7 * n), 410 + n % 40)
        });
    }),
    ("half of them not there", "sequential-ids", 30, |log| {
        for n in 0..60 {
            let status = if n % 2 == 0 { 200 } else { 404 };
            log.add(
                ATTACK + n,
                THIEF,
                &format!("GET /api/orders/{}", 500 + n),
                status,
                610 + n % 40,
                "curl/8.5.0",
            );
        }
    }),
    ("a query that cannot be decoded", "sequential-ids", 30, |log| {
        (0..30)
            .for_each(|n| log.get(ATTACK + n, THIEF, &format!("/api/orders/{}?%zz", 500 + n), 610 + n % 40));
    }),
    ("bytes that are no text in the query", "sequential-ids", 30, |log| {
        (0..30).for_each(|n| {
            log.get(ATTACK + n, THIEF, &format!("/api/customers?id={}&q=%ff%fe", 500 + n), 610 + n % 40)
        });
    }),
    ("as if they were styles", "sequential-ids", 30, |log| {
        (0..30)
            .for_each(|n| log.get(ATTACK + n, THIEF, &format!("/api/orders/{}.css", 500 + n), 610 + n % 40));
    }),
    ("as if they were styles, behind a semicolon", "sequential-ids", 30, |log| {
        (0..30).for_each(|n| {
            log.get(ATTACK + n, THIEF, &format!("/api/customers/{};.css", 500 + n), 610 + n % 40)
        });
    }),
    ("as if they were pictures", "sequential-ids", 30, |log| {
        (0..30)
            .for_each(|n| log.get(ATTACK + n, THIEF, &format!("/api/orders/{}.png", 500 + n), 610 + n % 40));
    }),
    ("as a part with a health check's name", "sequential-ids", 30, |log| {
        (0..30).for_each(|n| {
            log.get(ATTACK + n, THIEF, &format!("/api/orders/{}/status", 500 + n), 610 + n % 40)
        });
    }),
    ("in the query of a health check", "sequential-ids", 30, |log| {
        (0..30).for_each(|n| log.get(ATTACK + n, THIEF, &format!("/status?id={}", 500 + n), 610 + n % 40));
    }),
    ("in random order", "new-objects", 40, |log| {
        (0..40).for_each(|n| {
            log.get(ATTACK + n, THIEF, &format!("/api/orders/{}", mixed(n) % 1_000_000), 610 + n % 40)
        });
    }),
    ("another user agent each time", "sequential-ids", 30, |log| {
        for n in 0..30 {
            log.add(
                ATTACK + n,
                THIEF,
                &format!("GET /api/orders/{}", 500 + n),
                200,
                610 + n % 40,
                &format!("agent/{n}"),
            );
        }
    }),
    ("a made-up name each time", "sequential-ids", 70, |log| {
        for n in 0..70 {
            let request = format!("GET /api/orders/{}", 500 + n);
            log.named(ATTACK + n, [THIEF, &format!("ann{n}")], &request, 200, 610 + n % 40, BROWSER);
        }
    }),
    ("page by page", "page-walk", 300, |log| {
        (0..30).for_each(|n| {
            log.get(ATTACK + n, THIEF, &format!("/api/customers?page={n}&limit=10"), 4100 + n % 90)
        });
    }),
    ("a page number in a body that is not logged", "page-walk", 500, |log| {
        for n in 0..50u64 {
            log.add(ATTACK + n * 2, THIEF, "POST /api/preorders", 200, 2900 + mixed(n) % 300, "curl/8.5.0");
        }
    }),
    ("the same, with an odd answer among them", "page-walk", 490, |log| {
        for n in 0..50u64 {
            let sent = if n % 50 == 3 { 40_000 } else { 2900 + mixed(n) % 300 };
            log.add(ATTACK + n * 2, THIEF, "POST /api/preorders", 200, sent, "curl/8.5.0");
        }
    }),
    ("the founding attack, with pages of one length", "page-walk", 5000, |log| {
        (0..500).for_each(|n| log.add(ATTACK + n * 2, THIEF, "POST /api/preorders", 200, 2310, "curl/8.5.0"));
    }),
    ("the same with four lengths, under a browser's name", "page-walk", 5000, |log| {
        for n in 0..500 {
            let sent = 2310 + mixed(n) % 4;
            log.add(ATTACK + n / 3, THIEF, "POST /api/v1/lookup", 200, sent, BROWSER);
        }
    }),
    ("everything at once, in lists of ids", "bulk", 200, |log| {
        for n in 0..4 {
            let ids: Vec<String> = (0..50).map(|k| format!("ids={}", mixed(n * 50 + k) % 90_000)).collect();
            log.get(ATTACK + n * 60, THIEF, &format!("/api/customers?{}", ids.join("&")), 21_000 + n);
        }
    }),
    ("lists of ids with commas", "bulk", 200, |log| {
        for n in 0..4 {
            let ids: Vec<String> = (0..50).map(|k| (mixed(n * 50 + k) % 90_000).to_string()).collect();
            log.get(ATTACK + n * 60, THIEF, &format!("/api/customers?ids={}", ids.join(",")), 21_000 + n);
        }
    }),
    ("lists of ids in the path", "bulk", 200, |log| {
        for n in 0..4 {
            let ids: Vec<String> = (0..50).map(|k| (mixed(n * 50 + k) % 90_000).to_string()).collect();
            log.get(ATTACK + n * 60, THIEF, &format!("/api/customers/{}", ids.join(",")), 21_000 + n);
        }
    }),
    ("ids in JSON in the query", "sequential-ids", 30, |log| {
        for n in 0..30 {
            let target = format!("/api/customers?filter=%7B%22id%22:{}%7D", 500 + n);
            log.get(ATTACK + n, THIEF, &target, 410 + n % 40);
        }
    }),
    ("ids in GraphQL in the query", "sequential-ids", 30, |log| {
        for n in 0..30 {
            let target = format!("/api/graphql?query=%7Bcustomer(id:{})%7Bname%20email%7D%7D", 500 + n);
            log.get(ATTACK + n, THIEF, &target, 410 + n % 40);
        }
    }),
    ("ids under names in brackets", "sequential-ids", 30, |log| {
        (0..30).for_each(|n| {
            log.get(ATTACK + n, THIEF, &format!("/api/customers?filter%5Bid%5D={}", 500 + n), 410 + n % 40)
        });
    }),
    ("one export", "endpoint-sweep", 27_000, |log| {
        log.get(ATTACK, THIEF, "/api/customers/export.csv", 2_600_000);
    }),
    ("everybody on one page", "bulk", 27_000, |log| {
        log.get(ATTACK, THIEF, "/api/customers?size=100000", 4_800_000);
    }),
    ("searches that find many", "bulk", 4000, |log| {
        (0..40).for_each(|n| {
            log.get(
                ATTACK + n * 30,
                THIEF,
                &format!("/api/customers?q={}", mixed(n)),
                20_000 + mixed(n) % 900,
            )
        });
    }),
    ("guesses that miss", "miss-storm", 0, |log| {
        log.get(10, "203.0.113.9", "/api/orders/1", 600);
        (0..80).for_each(|n| {
            log.add(
                ATTACK + n,
                THIEF,
                &format!("GET /api/orders/{}", mixed(n)),
                404,
                20,
                "python-requests/2.32",
            );
        });
    }),
    ("a word list", "surface-scan", 0, |log| {
        (0..60).for_each(|n| log.add(ATTACK + n, THIEF, &format!("GET /x{n}admin"), 404, 20, BROWSER));
    }),
];

#[test]
fn each_attack_among_honest_people_is_one_finding_with_bounds_that_hold() {
    for (name, detector, records, attack) in ATTACKS {
        let told = check(name, *attack);
        let shown: Vec<_> = told.findings.iter().map(|one| (&one.signals, &one.addresses)).collect();
        assert_eq!(told.findings.len(), 1, "{name}: {shown:#?} {:?}", told.aside.len());
        let finding = &told.findings[0];
        assert!(finding.addresses.iter().all(|(address, _)| address.to_string() == THIEF), "{name}");
        assert!(finding.signals.iter().any(|said| said.detector.word() == *detector), "{name}: {shown:#?}");
        assert!(finding.at_least <= *records, "{name}: at least {}", finding.at_least);
        assert!(
            finding.at_most.is_none_or(|most| most + 24 >= *records),
            "{name}: at most {:?}",
            finding.at_most
        );
        assert_eq!(finding.at_most == Some(0), *records == 0, "{name}");
        assert!(finding.first >= Timestamp::from_secs(START + ATTACK), "{name}: {}", finding.first);
        if *name == "a page number in a body that is not logged" {
            assert!(finding.confidence < Confidence::High, "{name}");
        }
    }
}

#[test]
fn thousands_of_addresses_with_an_object_each_are_found() {
    let one_each: [(&str, Target); 2] = [
        ("one IPv6 /48, a new /64 each time", |n| format!("2001:db8:7:{n:x}::1")),
        ("a new network each time", |n| format!("198.{}.{}.{}", 18 + (n >> 8) % 2, n % 256, 1 + n / 512)),
    ];
    for (name, from) in one_each {
        let told = check(name, |log| {
            for n in 0..4000u64 {
                let order = format!("/api/orders/{}", mixed(n + 1_000_000) % 900_000);
                log.get(ATTACK + n * 3, &from(n), &order, 600 + n % 90);
            }
        });
        let left: Option<u64> = told.findings.iter().map(|one| one.at_most).sum();
        assert!(left.is_some_and(|left| left >= 1000), "{name}: {left:?} {:#?}", told.aside.len());
    }
}

#[test]
fn a_thief_among_decoys_is_named() {
    let told = check("decoys", |log| {
        for n in 0..2300u64 {
            let from = format!("198.{}.{}.{}", 18 + (n >> 8) % 2, n % 256, 1 + n / 512);
            for k in 0..8 {
                let order = mixed(n * 8 + k + 7_000_000) % 900_000;
                log.get(ATTACK + n * 4 + k * 300, &from, &format!("/api/orders/{order}"), 600 + n % 90);
            }
        }
        for n in 0..1500u64 {
            let order = mixed(n + 9_000_000) % 900_000;
            log.get(ATTACK + 3600 + n * 2, THIEF, &format!("/api/orders/{order}"), 600 + n % 90);
        }
    });
    let named = |one: &hunt::Finding| one.addresses.first().is_some_and(|(ip, _)| ip.to_string() == THIEF);
    assert!(told.findings.iter().any(named), "{:#?}", told.findings.len());
}

/// What honest programs and people do that leaves the trace of a walk: a name, whether it is told as proven
/// that records left, and what they do.
const INNOCENT: &[(&str, bool, Write)] = &[
    ("beacons", false, |log| {
        for n in 0..300 {
            log.add(ATTACK + n * 5, THIEF, "POST /api/collect", 200, 300 + mixed(n) % 60, "Reporter/1.0");
        }
    }),
    ("log-ins behind one address", false, |log| {
        for n in 0..60 {
            let agent = format!("{BROWSER} {}", n % 20);
            log.add(ATTACK + n * 90, THIEF, "POST /api/login", 200, 420 + mixed(n) % 80, &agent);
        }
    }),
    ("polling by cursor", true, |log| {
        for n in 0..200 {
            let request = format!("GET /api/orders/feed?cursor=c{:016x}", mixed(n));
            let sent = if mixed(n + 7).is_multiple_of(3) { 400 + mixed(n) % 900 } else { 61 };
            log.add(ATTACK + n * 60 + mixed(n) % 25, THIEF, &request, 200, sent, "Sync/2.0");
        }
    }),
    ("staff who turn pages", true, |log| {
        for n in 0..30 {
            let request = format!("GET /api/customers?page={n}");
            log.named(ATTACK + n * 7, [THIEF, "ann"], &request, 200, 4100 + mixed(n) % 90, BROWSER);
        }
    }),
];

#[test]
fn what_honest_programs_do_too_is_medium_at_most_and_says_so() {
    for (name, is_proven, acts) in INNOCENT {
        let told = check(name, *acts);
        for finding in &told.findings {
            assert!(
                finding.severity <= Severity::Medium && finding.innocent.is_some(),
                "{name}: {finding:#?}"
            );
            assert_eq!(finding.at_least > 0, *is_proven, "{name}: {}", finding.at_least);
            // Of 200 polls, two in three were answered that there is nothing.
            assert!(finding.at_least <= 80, "{name}: {}", finding.at_least);
        }
    }
    let (name, _, _, walk) = ATTACKS.iter().find(|(name, ..)| *name == "page by page").unwrap();
    let finding = &check(name, *walk).findings[0];
    assert_eq!((finding.severity, finding.innocent), (Severity::High, None), "nobody's name");
}

/// Who comes again and is no partner at its work: a name, and what it does.
const NO_HABIT: &[(&str, Write)] = &[
    ("the partner's name from elsewhere", |log| batch(log, ATTACK, [THIEF, PARTNER[1]])),
    ("the partner's name at another list", |log| {
        for page in 1..=20 {
            let request = format!("GET /api/customers?page={page}");
            log.named(ATTACK + page * 13, PARTNER, &request, 200, 4100 + page % 90, "PartnerSync/2.4");
        }
    }),
    ("nobody's name, on two nights", |log| {
        (0..2).for_each(|day| batch(log, day * 86_400 + 7200, [THIEF, "-"]));
    }),
    ("another name on one night of two", |log| batch(log, 7200, [THIEF, "partner-2"])),
];

/// Programs and people who post often, of whom nothing is said: a name, and what they do.
const UNTOLD: &[(&str, Write)] = &[
    ("a poller", |log| {
        (0..3000).for_each(|n| log.add(n * 30, THIEF, "POST /api/poll", 200, 2310, "Poller/2.0"));
    }),
    ("a quick poller, day and night", |log| {
        (0..57_600).for_each(|n| log.add(n * 3, THIEF, "POST /api/poll", 200, 2310, "Poller/2.0"));
    }),
    ("programs that all poll so", |log| {
        for n in 0..3000u64 {
            let from = format!("198.51.{}.7", 100 + n % 5);
            log.add(ATTACK + n / 5, &from, "POST /api/poll", 200, 2310, "Poller/2.0");
        }
    }),
    ("webhooks", |log| {
        (0..600).for_each(|n| log.add(ATTACK + n, THIEF, "POST /api/hooks/orders", 200, 17, "Hookshot/3"));
    }),
    ("a health check by POST", |log| {
        (0..600).for_each(|n| log.add(ATTACK + n, THIEF, "POST /healthz", 200, 900, "curl/8.5.0"));
    }),
    ("a monitor that signs in", |log| {
        (0..600).for_each(|n| log.add(ATTACK + n, THIEF, "POST /api/login", 200, 900, "UptimeRobot/2.0"));
    }),
    ("orders that are placed", |log| {
        (0..600).for_each(|n| log.add(ATTACK + n, THIEF, "POST /api/orders", 201, 900, "Import/1.0"));
    }),
    ("a partner with a name", |log| {
        for n in 0..600 {
            log.named(ATTACK + n, [THIEF, "partner-9"], "POST /api/shipments", 200, 2310, "Sync/2.4");
        }
    }),
    ("an endpoint that asks for a name", |log| {
        for n in 0..600 {
            let (status, sent) = if n == 9 { (401, 30) } else { (200, 2310) };
            log.add(ATTACK + n, THIEF, "POST /api/shipments", status, sent, "Sync/2.4");
        }
    }),
    ("an application in a browser", |log| {
        for n in 0..600 {
            if n % 100 == 0 {
                log.get(ATTACK + n, THIEF, "/assets/app.js", 90_000);
            }
            log.add(ATTACK + n, THIEF, "POST /api/state", 200, 2310, BROWSER);
        }
    }),
    ("somebody who works at a screen", |log| {
        for n in 0..600 {
            let at = ATTACK + n / 30 * 120 + n % 30;
            log.add(at, THIEF, "POST /api/customers/filter", 200, 2310, "DeskApp/4.1");
        }
    }),
];

#[test]
fn a_block_that_comes_late_excuses_nobody() {
    let told = check("blocked", |log| {
        for n in 0..500 {
            let (status, sent) = if n < 400 { (200, 2310) } else { (403, 150) };
            log.add(ATTACK + n, THIEF, "POST /api/preorders", status, sent, "curl/8.5.0");
        }
    });
    assert!(told.findings.iter().any(|one| one.bases == [Basis::Pace]), "{:?}", told.aside.len());
}

#[test]
fn of_programs_that_post_often_nothing_is_said() {
    for (name, acts) in UNTOLD {
        let told = check(name, *acts);
        let shown: Vec<_> = told.findings.iter().map(|one| (&one.signals, &one.doors)).collect();
        assert!(shown.is_empty(), "{name}: {shown:#?}");
    }
}

#[test]
fn what_rests_upon_pace_is_medium_at_most_and_names_it() {
    let (name, _, _, acts) = ATTACKS.iter().find(|(name, ..)| name.starts_with("the founding")).unwrap();
    let finding = &check(name, *acts).findings[0];
    assert_eq!((finding.severity, finding.confidence), (Severity::Medium, Confidence::Medium));
    assert!(finding.innocent.is_some() && finding.at_least == 0);
    assert_eq!(finding.bases, [Basis::Pace]);
    let (name, _, _, acts) =
        ATTACKS.iter().find(|(name, ..)| name.starts_with("the same with four")).unwrap();
    assert_eq!(
        check(name, *acts).findings[0].confidence,
        Confidence::Low,
        "nothing says that it is a script"
    );
}

#[test]
fn a_batch_of_each_night_is_set_aside_and_who_is_none_is_found() {
    let told = check("honest", |_| {});
    let because: Vec<_> = told.aside.iter().map(|one| one.because).collect();
    assert!(because.iter().any(|why| why.contains("batch")), "told, and not silent: {because:?}");
    for (name, acts) in NO_HABIT {
        let mut log = HONEST.clone();
        acts(&mut log);
        assert!(!log.told().findings.is_empty(), "{name}");
    }
}

#[test]
fn five_hundred_addresses_that_share_a_sweep_are_one_finding() {
    let told = check("crowd", |log| {
        for n in 0..500u64 {
            let from = format!("198.18.{}.{}", n / 2 % 256, 1 + n % 2 * 100);
            for k in 0..6 {
                let order = (n * 6 + k) * 7919 % 60_000;
                log.get(ATTACK + n * 10 + k * 600, &from, &format!("/api/orders/{order}"), 600 + order % 90);
            }
        }
    });
    assert!(!told.findings.is_empty(), "{:?}", told.aside.len());
    let words: Vec<_> = told.findings[0].signals.iter().map(|said| said.detector.word()).collect();
    assert!(words.contains(&"endpoint-sweep") || words.contains(&"volume"), "{words:?}");
}
