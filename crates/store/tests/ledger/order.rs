//! In which order the disk is asked: the promise comes after the sync, and many share one.

use std::sync::Arc;

use domain::{Completion, ExchangeId};
use ledger::Entry;
use store::testing::{Asked, FaultyDisk};

use crate::support::*;

#[test]
fn an_append_resolves_after_its_sync_and_never_before() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        for nth in 0..50 {
            disk.remark(format!("ask {nth}"));
            let _ = append(&ledger, exposure(nth, NOW, &[nth])).await;
            disk.remark(format!("promised {nth}"));
        }
        let asked = disk.asked();
        for nth in 0..50 {
            let place = |text: String| asked.iter().position(|a| *a == Asked::Remark(text.clone())).unwrap();
            let between = &asked[place(format!("ask {nth}"))..place(format!("promised {nth}"))];
            let appended = between.iter().position(|a| matches!(a, Asked::Append(..))).unwrap();
            let synced = between.iter().rposition(|a| matches!(a, Asked::Synced(..))).unwrap();
            assert!(appended < synced, "{between:?}");
        }
    });
}

#[test]
fn everything_that_waits_is_one_write_and_one_sync() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = Arc::new(open(&disk, NOW));
        let before = ledger.stats();
        disk.slow_syncs(std::time::Duration::from_millis(20));
        let tasks: Vec<_> = (0..1000)
            .map(|nth| {
                let ledger = Arc::clone(&ledger);
                tokio::spawn(async move { ledger.append(Entry::Intended(exposure(nth, NOW, &[nth]))).await })
            })
            .collect();
        for task in tasks {
            let _ = task.await.unwrap().unwrap();
        }
        let stats = ledger.stats();
        assert_eq!(stats.entries - before.entries, 1000);
        assert!(stats.syncs - before.syncs < 100, "{} syncs for 1000 appends", stats.syncs);
    });
}

#[test]
fn notes_need_no_append_to_become_durable() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    let before = ledger.stats().entries;
    ledger.note(Entry::Intended(exposure(1, NOW, &[1])));
    eventually("the note", || ledger.stats().entries > before);
    disk.crash(3);
    assert_eq!(read_all(&disk.next_process()).len(), 1);
}

/// The fastest of five: a busy machine may be late, a ledger that waits for its tick always is.
#[test]
fn an_end_is_durable_in_a_tenth_of_a_second_although_nothing_else_happens() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    let fastest = (0..5).map(|nth| {
        // Longer than the thread stays alert after its last write.
        std::thread::sleep(std::time::Duration::from_millis(250));
        let (before, begun) = (ledger.stats().entries, std::time::Instant::now());
        ledger.note(Entry::Completed {
            exchange: ExchangeId::of(9, nth),
            completion: Completion::Sent,
            at: NOW,
        });
        eventually("the end", || ledger.stats().entries > before);
        begun.elapsed()
    });
    let fastest = fastest.min().unwrap();
    assert!(fastest < std::time::Duration::from_millis(300), "{fastest:?}");
}

#[test]
fn an_append_whose_caller_went_away_is_still_accounted() {
    let disk = FaultyDisk::new();
    let ledger = open(&disk, NOW);
    runtime().block_on(async {
        let waiting = ledger.append(Entry::Intended(exposure(1, NOW, &[1])));
        // Polled once and dropped.
        let _ = tokio::time::timeout(std::time::Duration::ZERO, waiting).await;
    });
    ledger.close();
    assert_eq!(read_all(&disk).len(), 1);
    runtime().block_on(async {
        let closed = ledger.append(Entry::Intended(exposure(2, NOW, &[2]))).await;
        assert_eq!(closed, Err(store::AppendError::Closed));
    });
}
