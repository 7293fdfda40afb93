//! What is kept and what goes: rotation, retention, keys, locks, and a tail that somebody removed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::*;
use ledger::Filter;
use store::testing::FaultyDisk;
use store::{Disk, Fault, FileSystem, Ledger, LedgerReader, LedgerSettings, OpenError, erase_period};

use crate::support::*;

fn segment(number: u64) -> PathBuf {
    PathBuf::from(format!("{DIR}/segments/{number:010}.seg"))
}

/// One start a day, one exposure each.
fn many_days(disk: &FaultyDisk, days: std::ops::Range<u64>, settings: LedgerSettings) -> ledger::Head {
    let mut head = ledger::Head::GENESIS;
    for day in days {
        let (ledger, ..) = open_with(disk, settings, later(day * DAY));
        let _ = runtime().block_on(append(&ledger, exposure(day, later(day * DAY), &[day])));
        ledger.close();
        head = ledger.head();
    }
    head
}

#[test]
fn retention_removes_whole_segments_and_verify_goes_on_from_the_checkpoint() {
    let disk = FaultyDisk::new();
    let settings = LedgerSettings { retention: Window::from_secs(40 * DAY), ..LedgerSettings::default() };
    let early = many_days(&disk, 0..30, settings);
    let head = many_days(&disk, 30..60, settings);
    let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
    let report = reader.verify(Some(head)).unwrap();
    assert_eq!(report.faults, []);
    let checkpoint = report.checkpoint.unwrap();
    assert!((17..=19).contains(&checkpoint.segments), "{checkpoint:?}");
    assert_eq!(read_all(&disk).len() as u64, 60 - checkpoint.segments);
    let (_, reading) = reader.account(&Filter::default()).unwrap();
    assert!(reading.pruned && reading.gaps.is_empty());
    assert_eq!(faults(&disk, Some(checkpoint.through.head)), []);
    // Thirty days are remembered for budgets, from summaries but for the last segment.
    let (_, opening, restored) = open_with(&disk, settings, later(60 * DAY));
    assert_eq!(restored.len(), 30);
    assert_eq!(opening.segments_read, 1);
    // A head of another ledger is not found; one from half-way is.
    assert!(matches!(
        faults(&disk, Some("aa".repeat(32).parse().unwrap()))[..],
        [Fault::AnchorNotFound { .. }]
    ));
    assert_eq!(faults(&disk, Some(early)), []);
    // The checkpoint cannot be moved to hide more.
    assert!(disk.edit(&Path::new(DIR).join("checkpoint.json"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replacen("\"segments\":1", "\"segments\":2", 1).into_bytes();
    }));
    assert!(faults(&disk, None).contains(&Fault::ForgedCheckpoint));
    let (_, opening, _) = open_with(&disk.next_process(), settings, later(61 * DAY));
    assert!(opening.forged_checkpoint);
    assert_eq!(opening.pruned, 0);
}

#[test]
fn pruning_that_was_cut_short_is_finished_later() {
    let disk = FaultyDisk::new();
    let settings = LedgerSettings { retention: Window::from_secs(40 * DAY), ..LedgerSettings::default() };
    many_days(&disk, 0..60, settings);
    // Removals are not promised until the directory is synced: crash and look.
    for seed in 0..16 {
        let future = disk.snapshot();
        let (ledger, ..) = open_with(&future, settings, later(90 * DAY));
        future.crash(seed);
        drop(ledger);
        let future = future.next_process();
        assert_eq!(faults(&future, None), []);
        let (_, opening, _) = open_with(&future, settings, later(91 * DAY));
        assert_eq!(opening.losses, []);
        assert_eq!(faults(&future, None), []);
    }
}

#[test]
fn a_full_disk_does_not_open_and_harms_nothing() {
    let disk = FaultyDisk::new();
    let head = many_days(&disk, 0..3, LedgerSettings::default());
    for appends in 0..3 {
        disk.fill_after(appends);
        let opened = Ledger::open(
            Path::new(DIR),
            LedgerSettings::default(),
            Arc::new(disk.clone()),
            later(4 * DAY),
            &mut |_| {},
        );
        // Without room for a summary it goes on, without room for a segment it does not.
        assert_eq!(opened.is_err(), appends < 2, "{appends}");
        drop(opened);
        disk.make_room();
    }
    assert_eq!(faults(&disk, Some(head)), []);
    assert_eq!(open_with(&disk, LedgerSettings::default(), later(4 * DAY)).2.len(), 3);
}

#[test]
fn a_segment_is_sealed_by_size_and_by_age() {
    let disk = FaultyDisk::new();
    let (ledger, ..) = open_with(&disk, small_segments(), NOW);
    runtime().block_on(async {
        for nth in 0..40 {
            let _ = append(&ledger, exposure(nth, NOW, &[nth])).await;
        }
        let by_size = ledger.mark().segment;
        assert!(by_size > 3, "{by_size}");
        let _ = append(&ledger, exposure(40, later(8 * DAY), &[1])).await;
        assert_eq!(ledger.mark().segment, by_size + 1);
    });
    ledger.close();
    assert_eq!(read_all(&disk).len(), 41);
    assert_eq!(faults(&disk, Some(ledger.head())), []);
}

#[test]
fn a_removed_tail_is_found_at_opening_and_ever_after() {
    let disk = FaultyDisk::new();
    let (ledger, ..) = open_with(&disk, small_segments(), NOW);
    runtime().block_on(async {
        for nth in 0..20 {
            let _ = append(&ledger, exposure(nth, NOW, &[nth])).await;
        }
    });
    ledger.close();
    let (head, last) = (ledger.head(), ledger.mark().segment);
    type Harm = fn(&FaultyDisk, u64);
    let harms: [(&str, Harm); 4] = [
        ("every segment removed", |disk, last| (1..=last).for_each(|n| disk.remove(&segment(n)).unwrap())),
        ("the last segment removed", |disk, last| disk.remove(&segment(last)).unwrap()),
        ("two segments removed", |disk, last| {
            disk.remove(&segment(last)).unwrap();
            disk.remove(&segment(last - 1)).unwrap();
        }),
        ("the last segment cut", |disk, last| {
            assert!(disk.edit(&segment(last), |bytes| bytes.truncate(bytes.len() - 1)));
        }),
    ];
    for (what, harm) in harms {
        let disk = disk.snapshot();
        harm(&disk, last);
        let found = faults(&disk, Some(head));
        assert!(found.iter().any(|fault| matches!(fault, Fault::TailLost { .. })), "{what}: {found:?}");
        assert!(found.iter().any(|fault| matches!(fault, Fault::AnchorNotFound { .. })), "{what}: {found:?}");
        let (ledger, opening, _) = open_with(&disk, small_segments(), later(9));
        assert_eq!(opening.lost_tail.map(|mark| mark.head), Some(head), "{what}");
        assert!(ledger.mark().segment > last, "a number is never used twice");
        ledger.close();
        let found = faults(&disk, None);
        assert!(matches!(found[..], [Fault::TailLostBefore { .. }]), "{what}: {found:?}");
    }
}

#[test]
fn an_edited_or_missing_segment_is_found_at_its_place() {
    let disk = FaultyDisk::new();
    let (ledger, ..) = open_with(&disk, small_segments(), NOW);
    runtime().block_on(async {
        for nth in 0..30 {
            let _ = append(&ledger, exposure(nth, NOW, &[nth])).await;
        }
    });
    ledger.close();
    let edited = disk.snapshot();
    assert!(edited.edit(&segment(2), |bytes| bytes[200] ^= 1));
    let found = faults(&edited, Some(ledger.head()));
    assert!(matches!(found[..], [Fault::Damaged { segment: 2, .. }]), "{found:?}");
    let gaps =
        LedgerReader::open(Path::new(DIR), &edited).unwrap().account(&Filter::default()).unwrap().1.gaps;
    assert_eq!(gaps.len(), 1);

    let missing = disk.snapshot();
    missing.remove(&segment(2)).unwrap();
    let found = faults(&missing, None);
    assert!(matches!(found[..], [Fault::Missing { segment: 2 }]), "{found:?}");
    assert!(read_all(&missing).len() < 30, "the rest is still read");

    let headless = disk.snapshot();
    headless.remove(&segment(1)).unwrap();
    assert!(matches!(faults(&headless, None)[..], [Fault::Missing { segment: 1 }]));
}

#[test]
fn bytes_that_nobody_wrote_behind_a_sealed_segment_are_found() {
    let disk = FaultyDisk::new();
    let (ledger, ..) = open_with(&disk, small_segments(), NOW);
    runtime().block_on(async {
        for nth in 0..30 {
            let _ = append(&ledger, exposure(nth, NOW, &[nth])).await;
        }
    });
    ledger.close();
    let last = ledger.mark().segment;
    open(&disk, later(5)).close();
    // One that was sealed when it was full, and one by the next start.
    for sealed in [2, last] {
        let disk = disk.snapshot();
        assert_eq!(faults(&disk, None), []);
        assert!(disk.edit(&segment(sealed), |bytes| bytes.extend([0x5a; 35])));
        let found = faults(&disk, None);
        assert!(
            matches!(found[..], [Fault::Appended { segment, bytes: 35, .. }] if segment == sealed),
            "{sealed}: {found:?}"
        );
    }
}

#[test]
fn one_ledger_has_one_writer_and_any_number_of_readers() {
    let state = tempfile::tempdir().unwrap();
    let open =
        || Ledger::open(state.path(), LedgerSettings::default(), Arc::new(FileSystem), NOW, &mut |_| {});
    let (first, _) = open().unwrap();
    assert!(matches!(open(), Err(OpenError::Locked { .. })));
    let _ = runtime().block_on(append(&first, exposure(1, NOW, &[1])));
    let reader = LedgerReader::open(state.path(), &FileSystem).unwrap();
    let (account, _) = reader.account(&Filter::default()).unwrap();
    assert_eq!((account.subjects.at_least, account.subjects.at_most), (0, 1));
    assert_eq!(reader.verify(Some(first.head())).unwrap().faults, []);
    first.close();
    assert!(open().is_ok());
}

#[cfg(unix)]
#[test]
fn keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let open = || {
        Ledger::open(state.path(), LedgerSettings::default(), Arc::new(FileSystem), NOW, &mut |_| {})
            .map(|(ledger, _)| ledger)
    };
    drop(open().unwrap());
    let keys: Vec<_> =
        std::fs::read_dir(state.path().join("keys")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(keys.len(), 3);
    for key in &keys {
        assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::set_permissions(&keys[0], std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(open().err().unwrap().to_string().contains("chmod 600"));
    std::fs::set_permissions(&keys[0], std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = std::fs::read_to_string(&keys[0]).unwrap();
    std::fs::write(&keys[0], file.trim_end_matches('}')).unwrap();
    let error = open().err().unwrap().to_string();
    assert!(
        error.contains("no ledger key")
            && !file.split('"').any(|part| part.len() == 64 && error.contains(part)),
        "{error}"
    );
}

#[test]
fn a_value_is_found_in_every_period_until_its_key_is_erased() {
    let disk = FaultyDisk::new();
    let ann = SubjectKey::new(KeyKind::Email, "ann@example.com");
    let mut digests = Vec::new();
    for day in [0, 31, 62] {
        let now = later(day * DAY);
        let ledger = open(&disk, now);
        let digest = ledger.digest_key().subject(&ann);
        digests.push(digest);
        let mut exposure = exposure(day, now, &[1]);
        exposure.subjects[0].digests[0] = digest;
        let _ = runtime().block_on(append(&ledger, exposure));
        ledger.close();
    }
    assert!(digests[0] != digests[1] && digests[1] != digests[2]);
    let about_ann = || {
        let reader = LedgerReader::open(Path::new(DIR), &disk).unwrap();
        let subjects = Some(reader.subject_digests(std::slice::from_ref(&ann)));
        reader.account(&Filter { subjects, ..Filter::default() }).unwrap().0.reads.budget
    };
    assert_eq!(about_ann(), 3);
    erase_period(&disk, Path::new(DIR), 1).unwrap();
    assert_eq!(about_ann(), 2);
    assert_eq!(read_all(&disk).len(), 3, "the entries stay; only nobody can say whose they are");
    assert!(erase_period(&disk, Path::new(DIR), 1).unwrap_err().to_string().contains("no key for period 1"));
    assert!(erase_period(&disk, Path::new(DIR), 3).unwrap_err().to_string().contains("current"));
    // Long after, retention has erased the others too.
    drop(open(&disk, later(600 * DAY)));
    assert_eq!(LedgerReader::open(Path::new(DIR), &disk).unwrap().periods().len(), 1);
}

#[test]
fn a_running_ledger_turns_its_key_and_callers_keep_their_digests() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    let before = ledger.digest_key();
    let _ = runtime().block_on(append(&ledger, exposure(1, later(31 * DAY), &[1])));
    eventually("the new key", || ledger.digest_key().digest(b'i', "1") != before.digest(b'i', "1"));
    let id = PrincipalId::new("c1");
    assert_eq!(ledger.digest_key().principal(&id), before.principal(&id));
}

#[test]
fn a_retention_shorter_than_budgets_look_back_is_refused() {
    let settings = LedgerSettings { retention: Window::from_secs(30 * DAY), ..LedgerSettings::default() };
    let refused =
        Ledger::open(Path::new(DIR), settings, Arc::new(FaultyDisk::new()), NOW, &mut |_| {}).err().unwrap();
    assert!(refused.to_string().contains("31d"), "{refused}");
}
