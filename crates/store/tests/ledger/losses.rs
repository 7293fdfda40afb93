//! Parts of the ledger that are gone: what is told, and what budgets are told.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use domain::{Timestamp, Window};
use ledger::{Filter, Gap};
use store::testing::FaultyDisk;
use store::{Disk, LedgerReader};

use crate::support::*;

fn file(number: u64, ending: &str) -> PathBuf {
    Path::new(DIR).join(format!("segments/{number:010}.{ending}"))
}

/// Thirty people, one a minute, five in each of six segments that all have their summary.
fn scene() -> FaultyDisk {
    let disk = FaultyDisk::new();
    for start in 0..6 {
        let ledger = open(&disk, later(300 * start));
        runtime().block_on(async {
            for nth in 5 * start..5 * (start + 1) {
                let _ = append(&ledger, exposure(nth, later(60 * nth), &[nth])).await;
            }
        });
        ledger.close();
    }
    open(&disk, later(1800)).close();
    disk
}

fn restored(disk: &FaultyDisk) -> usize {
    open_with(&disk.snapshot(), small_segments(), later(1801)).2.len()
}

type Harm = fn(&FaultyDisk);
const REMOVED: Harm = |disk| disk.remove(&file(2, "seg")).unwrap();
const CUT: Harm = |disk| assert!(disk.edit(&file(2, "seg"), |bytes| bytes.truncate(300)));
const TURNED: Harm = |disk| assert!(disk.edit(&file(2, "seg"), |bytes| bytes[300] ^= 1));
const HEADLESS: Harm = |disk| assert!(disk.edit(&file(2, "seg"), |bytes| bytes[20] ^= 1));

/// Finding 4 of the first trial: `rm segments/0000000001.seg`, and a spent principal got 30 more.
#[test]
fn budgets_lose_nothing_with_a_segment_whose_summary_is_there() {
    for (what, harm, why) in [
        ("removed", REMOVED, Some("the file is missing")),
        ("cut", CUT, Some("the file is cut short")),
        ("its header turned", HEADLESS, Some("its header is damaged")),
        ("turned", TURNED, None),
    ] {
        let disk = scene();
        harm(&disk);
        assert_eq!(restored(&disk), 30, "{what}");
        // It is told at every start, until somebody puts the file back.
        for nth in 0..2 {
            let (opening, spans) = lost_spans(&disk, later(1801 + nth));
            assert_eq!(spans, [], "{what}");
            let told: Vec<_> = opening.losses.iter().map(|loss| (loss.segment, loss.why)).collect();
            assert_eq!(told, why.map(|why| (2, why)).into_iter().collect::<Vec<_>>(), "{what}");
            assert!(opening.losses.iter().all(|loss| loss.budgets_known), "{what}");
        }
    }
}

#[test]
fn without_its_summary_the_time_of_a_lost_segment_is_told() {
    for (what, harm) in
        [("removed", REMOVED), ("cut", CUT), ("turned", TURNED), ("its header turned", HEADLESS)]
    {
        let disk = scene();
        let header = |number: u64| {
            let mut created = [0; 8];
            assert!(
                disk.snapshot().edit(&file(number, "seg"), |bytes| created.copy_from_slice(&bytes[24..32]))
            );
            Timestamp::from_millis(u64::from_le_bytes(created))
        };
        let (begun, over) = (header(2), header(3));
        harm(&disk);
        disk.remove(&file(2, "sum")).unwrap();
        assert!((25..30).contains(&restored(&disk)), "{what}");
        for nth in 0..2 {
            let (opening, spans) = lost_spans(&disk, later(1801 + nth));
            let [(from, until)] = spans[..] else { panic!("{what}: {spans:?}") };
            assert_eq!(until, over, "{what}");
            // What could be read narrows it; nothing lost is older than the last entry before.
            assert!(begun.minus(Window::MINUTE) <= from && from < over, "{what}: {from} {begun}");
            let [loss] = &opening.losses[..] else { panic!("{what}: {:?}", opening.losses) };
            assert_eq!((loss.segment, loss.budgets_known), (2, false), "{what}");
            assert_eq!(loss.file, "segments/0000000002.seg");
        }
    }
}

#[test]
fn a_lost_tail_is_a_lost_time_at_every_start_until_nothing_looks_back_at_it() {
    let disk = scene();
    let last = (1..60).rev().find(|number| disk.edit(&file(*number, "seg"), |_| {})).unwrap();
    assert!(disk.edit(&file(last, "seg"), |bytes| bytes.truncate(bytes.len() - 1)));
    for nth in 0..3 {
        let (_, spans) = lost_spans(&disk, later(1801 + nth));
        assert_eq!(spans.iter().map(|(_, until)| *until).collect::<Vec<_>>(), [later(1801)], "{nth}");
    }
    assert_eq!(lost_spans(&disk, later(31 * DAY)).1, []);
}

#[test]
fn what_retention_removed_is_no_loss() {
    let disk = scene();
    let (opening, spans) = lost_spans(&disk, later(500 * DAY));
    assert!(opening.pruned >= 6, "{}", opening.pruned);
    assert_eq!((opening.losses, spans), (vec![], vec![]));
    let (opening, spans) = lost_spans(&disk, later(500 * DAY + 5));
    assert_eq!((opening.losses, spans), (vec![], vec![]));
}

/// A byte that turned where only its summary was read at the start.
#[test]
fn an_examination_finds_what_no_start_reads() {
    let disk = scene();
    TURNED(&disk);
    let (ledger, opening, _) = open_with(&disk, small_segments(), later(1801));
    assert_eq!(opening.losses, []);
    let mut found = Vec::new();
    ledger.examine(&AtomicBool::new(false), &mut |loss| found.push(loss.clone())).unwrap();
    let [loss] = &found[..] else { panic!("{found:?}") };
    assert_eq!((loss.segment, loss.why, loss.budgets_known), (2, "a frame is torn or damaged", true));
    let mut found = 0;
    ledger.examine(&AtomicBool::new(true), &mut |_| found += 1).unwrap();
    assert_eq!(found, 0, "it stops when it is told to");
    ledger.close();
    CUT(&disk);
    let (ledger, opening, _) = open_with(&disk, small_segments(), later(1802));
    assert_eq!(opening.losses.len(), 1);
    ledger.examine(&AtomicBool::new(false), &mut |loss| panic!("told already: {loss:?}")).unwrap();
}

#[test]
fn a_gap_is_no_pruning_and_is_told_for_the_time_that_it_may_concern() {
    for (what, harm) in [("removed", REMOVED), ("turned", TURNED)] {
        let disk = scene();
        harm(&disk);
        let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
        let gaps = |filter: Filter| {
            let (_, reading) = reader.account(&filter).unwrap();
            assert!(!reading.pruned, "{what}");
            reading.gaps
        };
        assert!(matches!(gaps(Filter::default())[..], [Gap::Damaged { segment: 2, .. }]), "{what}");
        let long_after = Filter { since: Some(later(5 * 3600)), ..Filter::default() };
        assert_eq!(gaps(long_after), [], "{what}");
    }
    let disk = scene();
    disk.remove(&file(1, "seg")).unwrap();
    let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
    let (_, reading) = reader.account(&Filter::default()).unwrap();
    assert!(matches!(reading.gaps[..], [Gap::Damaged { segment: 1, .. }]) && !reading.pruned);
}

#[test]
fn a_tail_that_is_gone_is_a_gap_before_any_restart_noted_it() {
    let disk = scene();
    let last = (1..60).rev().find(|number| disk.edit(&file(*number, "seg"), |_| {})).unwrap();
    disk.remove(&file(last, "seg")).unwrap();
    let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
    let (_, reading) = reader.account(&Filter::default()).unwrap();
    assert!(
        matches!(reading.gaps[..], [Gap::TailMissing { segment, .. }] if segment == last),
        "{:?}",
        reading.gaps
    );
}

/// A file that a torn first write leaves is no loss, for nothing followed it; anything else may be one.
#[test]
fn a_file_that_no_write_left_as_it_is_is_told_and_a_torn_beginning_is_not() {
    let copied = |disk: &FaultyDisk| {
        let mut bytes = Vec::new();
        assert!(disk.edit(&file(1, "seg"), |found| bytes.clone_from(found)));
        bytes
    };
    type Made = fn(&[u8]) -> Vec<u8>;
    let cases: [(&str, bool, Made); 8] = [
        ("nothing", false, |_| Vec::new()),
        ("zeros", false, |_| vec![0; 40]),
        ("half a header", false, |segment| segment[..40].to_vec()),
        ("a header with a wrong end", false, |segment| [&segment[..80], &[7; 8]].concat()),
        ("a header with a wrong end and entries", true, |segment| {
            [&segment[..80], &[7; 8], &segment[88..]].concat()
        }),
        ("a copy of another segment", true, |segment| segment.to_vec()),
        ("a note", true, |_| b"not a segment".to_vec()),
        ("zeros without end", true, |_| vec![0; 4096]),
    ];
    for (what, told, make) in cases {
        let disk = scene();
        let bytes = make(&copied(&disk));
        disk.create(&file(40, "seg")).unwrap().append(&bytes).unwrap();
        let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
        let (_, reading) = reader.account(&Filter::default()).unwrap();
        let gaps: Vec<_> =
            reading.gaps.iter().map(|gap| matches!(gap, Gap::Damaged { segment: 40, .. })).collect();
        assert_eq!(gaps, if told { vec![true] } else { vec![] }, "{what}");
        let stray = store::Fault::Stray { segment: 40 };
        assert_eq!(faults(&disk, None), if told { vec![stray] } else { vec![] }, "{what}");
    }
}
