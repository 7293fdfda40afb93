//! Grouping: what one scrape looks like to a person, the cap, the bound, and a slow model of it all.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use alert::{Due, Grouping, GroupingSettings, Notice, Severity, Summary};
use domain::{Timestamp, Window};
use proptest::prelude::*;

use Severity::{Critical, High, Low, Medium};

fn notice(group: &str, sequence: u64, severity: Severity, records: u64) -> Notice {
    let (title, body, at) = (String::new(), "{}".into(), Timestamp::from_secs(0));
    let (group, sources, resumed, over) = (group.parse().unwrap(), 1, 0, false);
    Notice { group, sequence, severity, records, sources, resumed, over, title, body, at }
}

fn over(notice: Notice) -> Notice {
    Notice { over: true, ..notice }
}

fn of_sources(sources: u64, resumed: u32, notice: Notice) -> Notice {
    Notice { sources, resumed, ..notice }
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1000 + secs)
}

/// What is told, as `second group#sequence`, when each look is made at the given second after offering
/// what is offered then.
fn told(settings: GroupingSettings, offered: &[(u64, Notice)], until: u64) -> Vec<String> {
    let mut grouping = Grouping::new(settings);
    let mut out = Vec::new();
    for second in 0..=until {
        for (_, notice) in offered.iter().filter(|(when, _)| *when == second) {
            grouping.offer(notice.clone(), at(second));
        }
        let Due { notices, summary } = grouping.take_due(at(second));
        out.extend(notices.iter().map(|notice| format!("{second} {}#{}", notice.group, notice.sequence)));
        out.extend(summary.map(|Summary { held_back, groups, lost }| {
            let groups: Vec<&str> = groups.iter().map(alert::GroupId::as_str).collect();
            format!("{second} held back {held_back:?} {} lost {lost}", groups.join(","))
        }));
    }
    out
}

#[test]
fn a_scrape_of_2700_batches_is_one_alert_that_grows() {
    // Ten records every tenth of a second: 4 minutes and a half.
    let batches: Vec<(u64, Notice)> = (1..=2700).map(|n| (n / 10, notice("a", n, High, n * 10))).collect();
    let told = told(GroupingSettings::default(), &batches, 4000);
    assert_eq!(told, ["0 a#9", "60 a#609", "121 a#1219", "241 a#2419", "481 a#2700"]);
}

#[test]
fn an_update_is_told_when_it_is_worth_it() {
    let default = GroupingSettings::default;
    for (name, offered, expected) in [
        ("the first at once", vec![(0, notice("a", 1, Low, 5))], vec!["0 a#1"]),
        (
            "graver at once",
            vec![(0, notice("a", 1, Low, 5)), (3, notice("a", 2, High, 5)), (4, notice("a", 3, Critical, 5))],
            vec!["0 a#1", "3 a#2", "4 a#3"],
        ),
        (
            "twice as many after a minute",
            vec![(0, notice("a", 1, Low, 5)), (3, notice("a", 2, Low, 10))],
            vec!["0 a#1", "60 a#2"],
        ),
        (
            "less than twice as many after two minutes, four, eight and so on, an hour at most",
            (1..=4000).map(|n| (n - 1, notice("a", n, Low, 5000 + n))).collect(),
            vec!["0 a#1", "120 a#121", "360 a#361", "840 a#841", "1800 a#1801", "3720 a#3721"],
        ),
        (
            "twice as many begin the pauses anew",
            vec![
                (0, notice("a", 1, Low, 5)),
                (3, notice("a", 2, Low, 6)),
                (130, notice("a", 3, Low, 7)),
                (400, notice("a", 4, Low, 14)),
                (421, notice("a", 5, Low, 15)),
            ],
            vec!["0 a#1", "120 a#2", "360 a#3", "420 a#4", "540 a#5"],
        ),
        (
            "twice as many sources after a minute",
            vec![
                (0, notice("a", 1, High, 50)),
                (3, of_sources(2, 0, notice("a", 2, High, 51))),
                (61, of_sources(3, 0, notice("a", 3, High, 52))),
            ],
            vec!["0 a#1", "60 a#2", "180 a#3"],
        ),
        (
            "another source after it was contained after a minute, the same one later",
            vec![
                (0, of_sources(3, 0, notice("a", 1, High, 50))),
                (75, of_sources(4, 1, notice("a", 2, High, 51))),
                (150, of_sources(5, 2, notice("a", 3, High, 52))),
                (225, of_sources(5, 3, notice("a", 4, High, 53))),
            ],
            vec!["0 a#1", "75 a#2", "150 a#3", "270 a#4"],
        ),
        (
            "no records, then one",
            vec![(0, notice("a", 1, Low, 0)), (3, notice("a", 2, Low, 1)), (4, notice("a", 3, Low, 2))],
            vec!["0 a#1", "60 a#3"],
        ),
        (
            "its end after a minute, once",
            vec![
                (0, notice("a", 1, Low, 5)),
                (3, over(notice("a", 2, Low, 5))),
                (99, over(notice("a", 3, Low, 5))),
            ],
            vec!["0 a#1", "60 a#2", "180 a#3"],
        ),
        (
            "that it came back at once, though it is no graver",
            vec![
                (0, notice("a", 1, High, 5)),
                (3, over(notice("a", 2, High, 5))),
                (70, notice("a", 3, High, 5)),
                (71, over(notice("a", 4, High, 5))),
            ],
            vec!["0 a#1", "60 a#2", "70 a#3", "130 a#4"],
        ),
        (
            "an end that nobody heard of is no end, and coming back no news",
            vec![
                (0, notice("a", 1, High, 5)),
                (3, over(notice("a", 2, High, 5))),
                (9, notice("a", 3, High, 5)),
            ],
            vec!["0 a#1", "120 a#3"],
        ),
        (
            "milder is no news",
            vec![(0, notice("a", 1, High, 5)), (3, notice("a", 2, Low, 5))],
            vec!["0 a#1", "120 a#2"],
        ),
        (
            "the newest only",
            vec![(0, notice("a", 1, Low, 5)), (3, notice("a", 2, Low, 10)), (50, notice("a", 7, Low, 70))],
            vec!["0 a#1", "60 a#7"],
        ),
        (
            "nothing old",
            vec![(0, notice("a", 5, Low, 5)), (3, notice("a", 4, High, 50)), (4, notice("a", 5, High, 50))],
            vec!["0 a#5"],
        ),
        (
            "each incident by itself, the gravest first",
            vec![(0, notice("a", 1, Low, 5)), (0, notice("c", 1, High, 5)), (0, notice("b", 1, High, 5))],
            vec!["0 b#1", "0 c#1", "0 a#1"],
        ),
    ] {
        assert_eq!(told(default(), &offered, 4000), expected, "{name}");
    }
}

#[test]
fn above_the_cap_the_gravest_go_first_and_a_summary_tells_of_the_others() {
    let settings = GroupingSettings { per_minute: 2, ..GroupingSettings::default() };
    let mut offered = Vec::new();
    for (group, severity) in
        [("a", High), ("b", High), ("c", High), ("d", Critical), ("e", Low), ("f", Low), ("g", Medium)]
    {
        offered.push((0, notice(group, 1, severity, 5)));
    }
    assert_eq!(
        told(settings, &offered, 100),
        [
            "0 d#1",
            "0 a#1",
            "0 g#1",
            "0 e#1",
            "1 held back [1, 0, 2, 0] b,c,f lost 0",
            "60 b#1",
            "60 c#1",
            "60 f#1",
        ]
    );
}

#[test]
fn a_flood_of_high_alerts_leaves_places_for_a_critical_one() {
    let mut grouping = Grouping::new(GroupingSettings::default());
    let mut told_of = |groups: std::ops::Range<u64>, severity, now: u64| {
        for group in groups {
            grouping.offer(notice(&format!("g{group}"), 1, severity, 5), at(now));
        }
        grouping.take_due(at(now)).notices.len()
    };
    assert_eq!(told_of(0..100, High, 0), 20, "two thirds of thirty");
    assert_eq!(told_of(100..101, Critical, 1), 1, "at once, and not a minute later");
    assert_eq!(told_of(101..200, Critical, 2), 9);
}

#[test]
fn summaries_come_once_a_minute() {
    let settings = GroupingSettings { per_minute: 1, ..GroupingSettings::default() };
    let offered: Vec<(u64, Notice)> = (0..4).map(|n| (n, notice(&format!("g{n}"), 1, Low, 1))).collect();
    assert_eq!(
        told(settings, &offered, 200),
        [
            "0 g0#1",
            "11 held back [3, 0, 0, 0] g1,g2,g3 lost 0",
            "60 g1#1",
            "71 held back [2, 0, 0, 0] g2,g3 lost 0",
            "120 g2#1",
            "131 held back [1, 0, 0, 0] g3 lost 0",
            "180 g3#1",
        ]
    );
}

#[test]
fn a_full_table_forgets_the_quiet_first_and_then_loses_the_least_grave() {
    let settings = GroupingSettings { per_minute: 1, groups: 3, ..GroupingSettings::default() };
    let mut grouping = Grouping::new(settings);
    let offer = |grouping: &mut Grouping, group: &str, severity| {
        grouping.offer(notice(group, 1, severity, 1), at(0));
        assert!(grouping.len() <= 3);
    };
    offer(&mut grouping, "told", Low);
    assert_eq!(grouping.take_due(at(0)).notices.len(), 1);
    for (group, severity, lost) in [
        ("low-1", Low, 0),
        ("medium", Medium, 0),
        // Forgets "told".
        ("low-2", Low, 0),
        // Loses "low-1".
        ("low-3", Low, 1),
        // Loses "low-2".
        ("high", High, 2),
        // Loses "low-3", then "medium".
        ("critical", Critical, 3),
        ("high-2", High, 4),
        // Is lost itself.
        ("low-4", Low, 5),
    ] {
        offer(&mut grouping, group, severity);
        assert_eq!(grouping.counts().lost, lost, "{group}");
    }
    let summary = grouping.take_due(at(10)).summary.unwrap();
    assert_eq!((summary.lost, summary.held_back, summary.severity()), (5, [0, 0, 2, 0], High));
    assert_eq!(grouping.take_due(at(200)).summary, None, "what was told as lost is not told again");
}

#[test]
fn before_an_end_what_is_worth_it_is_told_within_the_cap() {
    let mut grouping = Grouping::new(GroupingSettings { per_minute: 3, ..GroupingSettings::default() });
    for (group, severity) in [("a", High), ("b", Critical), ("low", Low)] {
        grouping.offer(notice(group, 1, severity, 10), at(0));
    }
    assert_eq!(grouping.take_due(at(0)).notices.len(), 3);
    // A little more of one that was told is not worth it; twice as much is, without a pause.
    for (group, records) in [("a", 11), ("b", 20), ("c", 1), ("d", 1)] {
        grouping.offer(notice(group, 2, High, records), at(1));
    }
    let Due { notices, summary } = grouping.take_last(at(1));
    let told: Vec<&str> = notices.iter().map(|notice| notice.group.as_str()).collect();
    assert_eq!(told, ["b"]);
    let summary = summary.unwrap();
    assert_eq!((summary.held_back, summary.lost), ([0, 0, 2, 0], 0));
    assert_eq!(summary.groups.iter().map(alert::GroupId::as_str).collect::<Vec<_>>(), ["c", "d"]);
}

/// The rules again, from the whole history and without any state of their own.
#[derive(Default)]
struct Slow {
    offered: Vec<(u64, Notice)>,
    told: Vec<(u64, Notice)>,
}

impl Slow {
    /// What waits of a group at `now`: the newest state and when it may go.
    fn waiting(&self, group: &str, settings: &GroupingSettings) -> Option<(Notice, u64)> {
        let mine = |(_, notice): &&(u64, Notice)| notice.group.as_str() == group;
        let mut newest = 0;
        let mut accepted = Vec::new();
        for (when, notice) in self.offered.iter().filter(mine) {
            if notice.sequence > newest {
                newest = notice.sequence;
                accepted.push((*when, notice));
            }
        }
        let told = self.told.iter().rfind(mine);
        let told_sequence = told.map_or(0, |(_, notice)| notice.sequence);
        let since = accepted.iter().find(|(_, notice)| notice.sequence > told_sequence)?.0;
        let latest = accepted.last()?.1.clone();
        let Some((when, told)) = told else { return Some((latest, since)) };
        let all: Vec<&Notice> = self.told.iter().filter(mine).map(|(_, notice)| notice).collect();
        let small = all.windows(2).rev().take_while(|pair| worth(pair[0], pair[1], settings) == 2).count();
        let due = match worth(told, &latest, settings) {
            0 => since,
            1 => when + settings.pause.millis(),
            _ => when + settings.settle.millis().min(settings.pause.millis() << (small + 1).min(20)),
        };
        Some((latest, due))
    }

    fn take_due(&mut self, now: u64, settings: &GroupingSettings) -> (Vec<Notice>, [u64; 4]) {
        let mut due = Vec::new();
        for group in GROUPS {
            due.extend(self.waiting(group, settings).filter(|(_, at)| *at <= now));
        }
        due.sort_by_key(|(notice, at)| (std::cmp::Reverse(notice.severity), *at, notice.group.clone()));
        let (mut out, mut held_back) = (Vec::new(), [0; 4]);
        for (notice, _) in due {
            let grave = |severity| severity >= High;
            let lately = self
                .told
                .iter()
                .filter(|(when, told)| when + 60_000 > now && grave(told.severity) == grave(notice.severity));
            let lately: Vec<Severity> = lately.map(|(_, told)| told.severity).collect();
            // A third is for what is critical.
            let high = lately.iter().filter(|severity| **severity == High).count();
            let crowded = notice.severity == High && high >= settings.per_minute - settings.per_minute / 3;
            if lately.len() < settings.per_minute && !crowded {
                self.told.push((now, notice.clone()));
                out.push(notice);
            } else {
                held_back[Severity::ALL.iter().position(|one| *one == notice.severity).unwrap()] += 1;
            }
        }
        (out, held_back)
    }
}

/// 0: at once; 1: after a pause; 2: later.
fn worth(told: &Notice, now: &Notice, settings: &GroupingSettings) -> u8 {
    let times = |now: u64, told: u64| now >= settings.growth * told.max(1);
    if now.severity > told.severity || (told.over && !now.over) {
        return 0;
    }
    let grew = times(now.records, told.records) || times(now.sources, told.sources);
    let other = now.resumed > told.resumed && now.sources > told.sources;
    if grew || other || (now.over && !told.over) { 1 } else { 2 }
}

const GROUPS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn offers() -> impl Strategy<Value = Vec<(u64, Notice)>> {
    let severity = prop::sample::select(Severity::ALL.to_vec());
    let figures = (0..200_u64, 1..8_u64, 0..3_u32, prop::bool::weighted(0.1));
    let one = (0..20_000_u64, 0..5_usize, 1..40_u64, severity, figures);
    let one = one.prop_map(|(wait, group, sequence, severity, (records, sources, resumed, over))| {
        let notice = notice(GROUPS[group], sequence, severity, records);
        (wait, Notice { over, ..of_sources(sources, resumed, notice) })
    });
    prop::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn grouping_does_what_the_slow_model_does(offers in offers(), per_minute in 1..6_usize, growth in 2..4_u64) {
        let settings = GroupingSettings {
            growth, per_minute, pause: Window::from_secs(60), settle: Window::from_secs(300), groups: 100,
        };
        let mut fast = Grouping::new(settings.clone());
        let mut slow = Slow::default();
        let mut now = 0;
        let mut summaries: Vec<u64> = Vec::new();
        let mut waited_since = None;
        // In the end a time in which everything may go.
        let end = (4_000_000, None);
        for (wait, offered) in offers.into_iter().map(|(wait, notice)| (wait, Some(notice))).chain([end]) {
            let next_offer = now + wait;
            let mut looks = 0;
            loop {
                let expected = slow.take_due(now, &settings);
                let Due { notices, summary } = fast.take_due(Timestamp::from_millis(now));
                prop_assert_eq!(&notices, &expected.0, "at {}", now);
                let waiting: u64 = expected.1.iter().sum();
                if let Some(summary) = summary {
                    prop_assert!(waiting > 0);
                    prop_assert_eq!(summary.held_back, expected.1);
                    prop_assert!(summaries.last().is_none_or(|last| last + 60_000 <= now));
                    summaries.push(now);
                }
                waited_since = if waiting == 0 { None } else { waited_since.or(Some(now)) };
                if let Some(since) = waited_since {
                    let told = summaries.last().is_some_and(|last| *last + 70_000 > now);
                    prop_assert!(now < since + 10_000 || told, "waits since {} and nobody was told at {}", since, now);
                }
                let next = fast.next_due(Timestamp::from_millis(now)).map(Timestamp::millis);
                prop_assert!(next.is_none_or(|next| next > now), "no look is in vain");
                // Nothing is due before the time that it names.
                let before = next.unwrap_or(u64::MAX).min(next_offer).saturating_sub(1);
                if before > now {
                    prop_assert_eq!(slow.take_due(before, &settings).0, vec![]);
                }
                looks += 1;
                prop_assert!(looks < 10_000);
                match next {
                    Some(next) if next <= next_offer => now = next,
                    _ => break,
                }
            }
            now = next_offer;
            if let Some(notice) = offered {
                slow.offered.push((now, notice.clone()));
                fast.offer(notice, Timestamp::from_millis(now));
            }
        }
        for group in GROUPS {
            prop_assert_eq!(slow.waiting(group, &settings), None, "everything is told in the end");
        }
    }
}
