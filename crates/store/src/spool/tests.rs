use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::FileSystem;
use crate::testing::FaultyDisk;

const PATIENCE: Duration = Duration::from_secs(10);

fn limits(count: usize, bytes: u64) -> SpoolLimits {
    SpoolLimits { count, bytes: ByteSize::new(bytes) }
}

fn notice(group: &str, sequence: u64, rank: u8, body: &str) -> Spooled {
    Spooled {
        group: group.into(),
        sequence,
        rank,
        title: "a \"title\"\nof two lines".into(),
        records: 40,
        at: Timestamp::from_secs(sequence),
        body: body.as_bytes().into(),
    }
}

fn on(disk: &FaultyDisk, limits: SpoolLimits) -> (Spool, SpoolOpening) {
    Spool::open(&dir(), Arc::new(disk.clone()), limits).unwrap()
}

fn dir() -> PathBuf {
    PathBuf::from("/state/alerts/a")
}

/// Group and sequence of everything, in the order of delivery.
fn drain(spool: &mut Spool) -> Vec<(String, u64)> {
    let mut out = Vec::new();
    while let Some((id, notice)) = spool.take(|_, _| true) {
        out.push((notice.group.to_string(), notice.sequence));
        spool.done(id);
    }
    out
}

fn names(rows: &[(&str, u64)]) -> Vec<(String, u64)> {
    rows.iter().map(|(group, sequence)| ((*group).to_owned(), *sequence)).collect()
}

#[test]
fn the_gravest_goes_first_and_of_these_the_one_that_waits_longest() {
    let (mut spool, _) = on(&FaultyDisk::new(), limits(10, 1000));
    for (group, rank) in [("a", 0), ("b", 2), ("c", 1), ("d", 2)] {
        spool.put(notice(group, 1, rank, "x"));
    }
    assert_eq!(drain(&mut spool), names(&[("b", 1), ("d", 1), ("c", 1), ("a", 1)]));
}

#[test]
fn of_one_group_the_newest_waits_in_the_place_of_the_first() {
    let (mut spool, _) = on(&FaultyDisk::new(), limits(10, 1000));
    for (group, sequence) in [("a", 1), ("b", 1), ("a", 2), ("a", 5)] {
        assert!(!spool.put(notice(group, sequence, 1, "xx")).stale);
    }
    for sequence in [4, 5] {
        assert!(spool.put(notice("a", sequence, 3, "xx")).stale);
    }
    assert_eq!((spool.len(), spool.bytes()), (2, 4));
    assert_eq!(drain(&mut spool), names(&[("a", 5), ("b", 1)]));
    assert_eq!((spool.len(), spool.bytes()), (0, 0));
}

#[test]
fn what_is_under_way_is_not_superseded_until_it_failed() {
    let (mut spool, _) = on(&FaultyDisk::new(), limits(10, 1000));
    spool.put(notice("a", 1, 1, "x"));
    let (id, _) = spool.take(|_, _| true).unwrap();
    assert!(!spool.put(notice("a", 2, 1, "x")).superseded);
    assert!(spool.put(notice("a", 3, 1, "x")).superseded);
    assert_eq!(spool.len(), 2);
    assert!(!spool.put_back(id), "the newer one stands for it");
    assert_eq!(drain(&mut spool), names(&[("a", 3)]));

    spool.put(notice("b", 1, 1, "x"));
    let (id, _) = spool.take(|_, _| true).unwrap();
    assert!(spool.put_back(id) && spool.holds(id));
}

#[test]
fn without_room_the_oldest_of_the_least_grave_goes() {
    for (limits, kept) in [
        (limits(3, 1000), names(&[("high", 1), ("mid", 1), ("low-2", 1)])),
        (limits(100, 25), names(&[("high", 1), ("mid", 1)])),
        (limits(0, 1000), names(&[("high", 1)])),
        (limits(10, 5), vec![]),
    ] {
        let (mut spool, _) = on(&FaultyDisk::new(), limits);
        let mut dropped = 0;
        for (group, rank) in [("low-1", 0), ("high", 2), ("mid", 1), ("low-2", 0)] {
            dropped += spool.put(notice(group, 1, rank, "ten bytes.")).dropped;
        }
        assert_eq!(usize::try_from(dropped).unwrap(), 4 - kept.len());
        assert_eq!(drain(&mut spool), kept);
    }
}

#[test]
fn a_notice_under_way_is_not_dropped_for_want_of_room() {
    let (mut spool, _) = on(&FaultyDisk::new(), limits(1, 1000));
    spool.put(notice("low", 1, 0, "x"));
    let (id, _) = spool.take(|_, _| true).unwrap();
    assert_eq!(spool.put(notice("high", 1, 2, "x")).dropped, 1);
    assert!(spool.holds(id));
}

#[test]
fn after_a_kill_everything_that_waited_is_there_and_nothing_that_was_done() {
    let disk = FaultyDisk::new();
    let (mut spool, _) = on(&disk, limits(10, 1000));
    for (group, sequence) in [("a", 1), ("b", 1), ("a", 2), ("c", 9)] {
        spool.put(notice(group, sequence, 1, "body\nof two lines"));
    }
    let (id, _) = spool.take(|_, notice| &*notice.group == "b").unwrap();
    spool.done(id);
    // Under way when it is killed: delivered again.
    spool.take(|_, notice| &*notice.group == "c").unwrap();
    assert!(spool.flush(PATIENCE));
    disk.kill();

    let (mut spool, opening) = on(&disk.next_process(), limits(10, 1000));
    assert_eq!(opening, SpoolOpening { waiting: 2, ..SpoolOpening::default() });
    let (_, first) = spool.take(|_, _| true).unwrap();
    assert_eq!(first, notice("a", 2, 1, "body\nof two lines"));
    spool.put(notice("d", 1, 1, "x"));
    assert_eq!(drain(&mut spool), names(&[("a", 2), ("c", 9), ("d", 1)]));
}

#[test]
fn a_disk_that_is_full_costs_durability_and_no_notice() {
    let disk = FaultyDisk::new();
    let (mut spool, _) = on(&disk, limits(10, 1000));
    disk.fill_after(0);
    spool.put(notice("a", 1, 1, "x"));
    assert!(!spool.flush(PATIENCE));
    assert_eq!(spool.not_durable(), 1);
    disk.make_room();
    spool.put(notice("b", 1, 1, "x"));
    assert!(!spool.flush(PATIENCE), "the first one is still not there");
    let (id, _) = spool.take(|_, notice| &*notice.group == "a").unwrap();
    spool.done(id);
    assert!(spool.flush(PATIENCE));
    assert_eq!(drain(&mut spool), names(&[("b", 1)]));
}

#[test]
fn an_older_notice_stays_on_disk_while_the_newer_one_cannot_be_written() {
    let disk = FaultyDisk::new();
    let (mut spool, _) = on(&disk, limits(10, 1000));
    spool.put(notice("a", 1, 1, "x"));
    assert!(spool.flush(PATIENCE));
    disk.fill_after(0);
    spool.put(notice("a", 2, 1, "x"));
    spool.put(notice("a", 3, 1, "x"));
    assert!(!spool.flush(PATIENCE));
    disk.kill();
    let (mut spool, _) = on(&disk.next_process(), limits(10, 1000));
    assert_eq!(drain(&mut spool), names(&[("a", 1)]));
}

#[test]
fn a_damaged_file_is_removed_and_counted_and_the_others_are_read() {
    let disk = FaultyDisk::new();
    let (mut spool, _) = on(&disk, limits(10, 1000));
    for group in ["a", "b", "c"] {
        spool.put(notice(group, 1, 1, "body"));
    }
    assert!(spool.flush(PATIENCE));
    disk.kill();
    assert!(disk.edit(&dir().join(file::name(2)), |bytes| bytes[40] ^= 1));
    assert!(disk.edit(&dir().join(file::name(3)), Vec::clear));
    let (mut spool, opening) = on(&disk.next_process(), limits(10, 1000));
    assert_eq!(opening, SpoolOpening { waiting: 1, damaged: 2, dropped: 0 });
    assert_eq!(drain(&mut spool), names(&[("a", 1)]));
}

#[test]
fn tighter_bounds_after_a_restart_hold() {
    let disk = FaultyDisk::new();
    let (mut spool, _) = on(&disk, limits(10, 1000));
    for (group, rank) in [("a", 0), ("b", 2), ("c", 1)] {
        spool.put(notice(group, 1, rank, "body"));
    }
    assert!(spool.flush(PATIENCE));
    disk.kill();
    let (mut spool, opening) = on(&disk.next_process(), limits(2, 1000));
    assert_eq!(opening, SpoolOpening { waiting: 2, damaged: 0, dropped: 1 });
    assert_eq!(drain(&mut spool), names(&[("b", 1), ("c", 1)]));
}

#[test]
fn two_processes_never_share_a_spool() {
    let disk = FaultyDisk::new();
    let (_spool, _) = on(&disk, limits(10, 1000));
    let second = Spool::open(&dir(), Arc::new(disk), limits(10, 1000));
    assert!(matches!(second, Err(SpoolError::Held)));
}

#[test]
fn a_closed_spool_can_be_opened_again_at_once() {
    let disk = FaultyDisk::new();
    let (mut spool, _) = on(&disk, limits(10, 1000));
    spool.put(notice("a", 1, 1, "x"));
    assert!(spool.close(PATIENCE));
    assert_eq!(on(&disk, limits(10, 1000)).1.waiting, 1);
}

#[test]
fn old_notices_go_and_are_counted() {
    let (mut spool, _) = on(&FaultyDisk::new(), limits(10, 1000));
    for (group, sequence) in [("a", 10), ("b", 20), ("c", 30)] {
        spool.put(notice(group, sequence, 1, "x"));
    }
    assert_eq!(spool.drop_older(Timestamp::from_secs(20)), 1);
    assert_eq!(drain(&mut spool), names(&[("b", 20), ("c", 30)]));
}

#[test]
fn files_are_for_their_owner_only_and_gone_when_done() {
    use std::os::unix::fs::PermissionsExt as _;
    let state = tempfile::tempdir().unwrap();
    let dir = state.path().join("alerts/a");
    let (mut spool, _) = Spool::open(&dir, Arc::new(FileSystem), limits(10, 1000)).unwrap();
    spool.put(notice("a", 1, 1, "x"));
    assert!(spool.flush(PATIENCE));
    let file = dir.join(file::name(1));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(drain(&mut spool).len(), 1);
    assert!(spool.flush(PATIENCE));
    assert!(!file.exists());
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u64, u8),
    Deliver,
    Fail,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..4_u8, 1..30_u64, 0..4_u8).prop_map(|(group, sequence, rank)| Step::Put(group, sequence, rank)),
        1 => Just(Step::Deliver),
        1 => Just(Step::Fail),
    ];
    prop::collection::vec(step, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens and wherever the power fails: what was flushed and not delivered is there or
    /// superseded by something newer, sequences of a group never go back, and nothing is half there.
    #[test]
    fn a_crash_loses_nothing_that_was_durable(before in steps(), after in steps(), seed: u64) {
        let disk = FaultyDisk::new();
        let (mut spool, _) = on(&disk, limits(100, 100_000));
        let mut delivered: BTreeMap<String, u64> = BTreeMap::new();
        run(&mut spool, &before, &mut delivered)?;
        prop_assert!(spool.flush(PATIENCE));
        let durable: Vec<Spooled> = spool.waiting.values().map(|waiting| waiting.notice.clone()).collect();
        run(&mut spool, &after, &mut delivered)?;
        disk.crash(seed);
        let (spool, _) = on(&disk.next_process(), limits(100, 100_000));
        for notice in durable {
            let here = spool.waiting.values().find(|waiting| waiting.notice.group == notice.group);
            let here = here.map_or(0, |waiting| waiting.notice.sequence);
            let newest = here.max(delivered.get(&*notice.group).copied().unwrap_or(0));
            prop_assert!(newest >= notice.sequence, "{:?} is lost", notice);
        }
        for waiting in spool.waiting.values() {
            prop_assert_eq!(&waiting.notice, &notice(&waiting.notice.group, waiting.notice.sequence, waiting.notice.rank, "body"));
        }
    }
}

fn run(
    spool: &mut Spool,
    steps: &[Step],
    delivered: &mut BTreeMap<String, u64>,
) -> Result<(), TestCaseError> {
    for step in steps {
        match step {
            Step::Put(group, sequence, rank) => {
                let group = format!("g{group}");
                // As the sender does: nothing older than what was delivered.
                if delivered.get(&group).is_none_or(|last| last < sequence) {
                    spool.put(notice(&group, *sequence, *rank, "body"));
                }
            }
            Step::Deliver => {
                if let Some((id, notice)) = spool.take(|_, _| true) {
                    let last = delivered.insert(notice.group.to_string(), notice.sequence);
                    prop_assert!(
                        last.is_none_or(|last| last < notice.sequence),
                        "{:?} after {:?}",
                        notice,
                        last
                    );
                    spool.done(id);
                }
            }
            Step::Fail => {
                if let Some((id, _)) = spool.take(|_, _| true) {
                    spool.put_back(id);
                }
            }
        }
        let bytes: u64 = spool.waiting.values().map(|waiting| length(&waiting.notice)).sum();
        prop_assert_eq!(bytes, spool.bytes());
    }
    Ok(())
}
