//! Own-record reads: the first is durable, the others are counted, and no count is lost.

use std::path::Path;

use domain::*;
use ledger::Filter;
use proptest::prelude::*;
use store::testing::FaultyDisk;
use store::{LedgerReader, LedgerSettings};

use crate::support::*;

const HOUR: u64 = 3600;

fn reads(disk: &FaultyDisk) -> (u64, u64) {
    let (account, _) = LedgerReader::open(Path::new(DIR), disk).unwrap().account(&Filter::default()).unwrap();
    (account.reads.own, account.own_subjects)
}

#[test]
fn ten_reads_within_an_hour_are_two_entries() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        let before = ledger.stats().entries;
        for nth in 0..10 {
            let durable = ledger.append_own(own(nth, later(nth), 1)).await.unwrap();
            assert_eq!(durable.is_repeat(), nth > 0);
            assert_eq!(durable.exchange(), Some(ExchangeId::of(9, nth)));
            ledger.complete(&durable, Completion::Sent, later(nth));
        }
        ledger.close();
        // Intended, Completed of the first, Repeated.
        assert_eq!(ledger.stats().entries - before, 3);
        assert_eq!(ledger.stats().repeats, 9);
        assert_eq!(reads(&disk), (10, 1));
    });
}

#[test]
fn what_differs_is_written() {
    type Change = fn(&mut Exposure);
    let changes: [(&str, Change); 9] = [
        ("another hour", |e| e.at = later(HOUR)),
        ("another subject", |e| e.subjects[0].digests[0] = person(2)),
        ("another key", |e| e.subjects[0].digests.push(person(3))),
        ("another class", |e| e.subjects[0].classes.insert(DataClass::Payment)),
        ("another principal", |e| e.recipient.principal = Some(person(77))),
        ("another address", |e| e.recipient.client = "198.51.100.1".parse().unwrap()),
        ("another door", |e| e.endpoint = "GET /me".parse().unwrap()),
        ("another method", |e| e.endpoint = "GET /api/customers".parse().unwrap()),
        ("one more person, not their own", |e| e.subjects.extend(exposure(1, NOW, &[5]).subjects)),
    ];
    runtime().block_on(async {
        let ledger = open(&FaultyDisk::new(), NOW);
        let _ = ledger.append_own(own(1, NOW, 1)).await.unwrap();
        assert!(ledger.own_is_durable(&own(2, later(1), 1)).is_some());
        for (what, change) in changes {
            let mut changed = own(3, later(2), 1);
            change(&mut changed);
            assert!(ledger.own_is_durable(&changed).is_none(), "{what}");
        }
        let mut fewer = own(4, later(3), 1);
        fewer.subjects[0].classes = ClassSet::EMPTY;
        assert!(ledger.own_is_durable(&fewer).is_some(), "fewer classes are covered by more");
        assert!(ledger.own_is_durable(&exposure(5, NOW, &[1])).is_none(), "not their own");
    });
}

#[test]
fn nothing_is_coalesced_that_is_not_durable() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        disk.fail_syncs(1);
        assert!(ledger.append_own(own(1, NOW, 1)).await.is_err());
        assert!(ledger.own_is_durable(&own(2, NOW, 1)).is_none());
    });
}

#[test]
fn switched_off_every_read_is_written() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let settings = LedgerSettings { coalesce_slots: 0, ..LedgerSettings::default() };
        let (ledger, ..) = open_with(&disk, settings, NOW);
        for nth in 0..10 {
            assert!(!ledger.append_own(own(nth, NOW, 1)).await.unwrap().is_repeat());
        }
        ledger.close();
        assert_eq!(read_all(&disk).len(), 10);
        assert_eq!(reads(&disk), (10, 1));
    });
}

#[test]
fn counts_are_written_when_the_hour_is_over() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        for nth in 0..5 {
            let _ = ledger.append_own(own(nth, NOW, 1)).await.unwrap();
        }
        // Any entry of a later hour moves the ledger's clock.
        let _ = append(&ledger, exposure(9, later(2 * HOUR), &[9])).await;
        eventually("the count", || ledger.stats().entries >= 3);
        disk.crash(11);
        assert_eq!(reads(&disk.next_process()), (5, 1));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    /// However small the table and however the readers mix: reads add up, and each reader is there.
    #[test]
    fn reads_add_up_through_any_eviction(
        readers in prop::collection::vec((0..12_u64, 0..3_u64), 1..80),
        slots in 0..20_usize,
    ) {
        runtime().block_on(async {
            let disk = FaultyDisk::new();
            let settings = LedgerSettings { coalesce_slots: slots, ..LedgerSettings::default() };
            let (ledger, ..) = open_with(&disk, settings, NOW);
            let mut hour = 0;
            for (nth, (reader, hours)) in readers.iter().enumerate() {
                hour += hours / 2;
                let _ = ledger.append_own(own(nth as u64, later(hour * HOUR), *reader)).await.unwrap();
            }
            ledger.close();
            let people: std::collections::HashSet<_> = readers.iter().map(|(reader, _)| reader).collect();
            assert_eq!(reads(&disk), (readers.len() as u64, people.len() as u64));
        });
    }
}

#[test]
fn refusals_are_counted_after_the_first_and_bounded() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    let refuse = |client: u32, subjects: u64| {
        let Exposure { endpoint, operator, mut recipient, .. } = exposure(0, NOW, &[]);
        recipient.client = std::net::Ipv4Addr::from_bits(client).into();
        let kind = RefusalKind::BudgetSpent;
        ledger.refused(ledger::Withheld {
            at: NOW,
            endpoint,
            operator,
            recipient,
            kind,
            subjects,
            count: 1,
            budget: None,
        });
    };
    (0..100).for_each(|_| refuse(1, 10));
    (2..6000).for_each(|client| refuse(client, 1));
    ledger.close();
    let (account, _) =
        LedgerReader::open(Path::new(DIR), &disk).unwrap().account(&Filter::default()).unwrap();
    assert_eq!(account.refusals.len(), 1);
    assert_eq!((account.refusals[0].count, account.refusals[0].subjects), (6098, 6998));
    assert!(!account.refusals[0].at_least, "it was closed: nothing is counted in memory only");
    // 4,096 recipients, the shared line, that all is counted, and each doubling and the rest of the two that
    // had more than one: 6 and 1 of 100, 10 and 1 of 1,903.
    let entries = ledger.stats().entries;
    assert!((4096 + 3..=4096 + 3 + 18).contains(&entries), "{entries}");
}

#[test]
fn of_refusals_that_are_counted_still_half_are_on_record_and_it_is_said() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        let Exposure { endpoint, operator, recipient, .. } = exposure(0, NOW, &[]);
        let mut most = 0;
        for nth in 1..=200_u64 {
            let (endpoint, operator, recipient) = (endpoint.clone(), operator.clone(), recipient.clone());
            let (kind, budget) = (RefusalKind::BudgetSpent, None);
            let (at, subjects, count) = (NOW, 10, 1);
            ledger.refused(ledger::Withheld {
                at,
                endpoint,
                operator,
                recipient,
                kind,
                subjects,
                count,
                budget,
            });
            if nth % 50 != 0 {
                continue;
            }
            // What was noted before is on disk with it.
            let _ = ledger.append_own(own(nth, later(nth), nth)).await.unwrap();
            let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
            let (account, _) = reader.account(&Filter::default()).unwrap();
            let line = &account.refusals[0];
            assert!(line.at_least && line.count <= nth && 2 * line.count > nth, "{} of {nth}", line.count);
            assert_eq!(line.subjects, 10 * line.count);
            most = line.count;
        }
        assert_eq!(most, 128);
        // The next hour vouches for it.
        let _ = ledger.append_own(own(900, later(2 * HOUR), 900)).await.unwrap();
        let _ = ledger.append_own(own(901, later(2 * HOUR + 1), 901)).await.unwrap();
        let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
        let (account, _) = reader.account(&Filter::default()).unwrap();
        let line = &account.refusals[0];
        assert_eq!((line.count, line.at_least), (200, false));
        ledger.close();
    });
}
