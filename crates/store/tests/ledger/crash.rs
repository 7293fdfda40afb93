//! A disk that forgets, tears and fails: nothing that was promised is lost, nothing is invented.

use std::collections::HashMap;
use std::sync::Arc;

use domain::*;
use ledger::Entry;
use proptest::prelude::*;
use store::testing::FaultyDisk;
use store::{AppendError, LedgerSettings};

use crate::support::*;

#[derive(Clone, Debug)]
enum Step {
    /// So many exposures at once: they share group commits.
    Append(u8),
    /// The end of an earlier exposure.
    Complete(prop::sample::Index, u8),
    FailSyncs(u8),
    Fill(u8),
    Recover,
    Kill,
    Crash(u64),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..9_u8).prop_map(Step::Append),
        4 => (any::<prop::sample::Index>(), 0..4_u8).prop_map(|(which, end)| Step::Complete(which, end)),
        1 => (1..4_u8).prop_map(Step::FailSyncs),
        1 => (0..4_u8).prop_map(Step::Fill),
        1 => Just(Step::Recover),
        1 => Just(Step::Kill),
        3 => any::<u64>().prop_map(Step::Crash),
        1 => Just(Step::Close),
    ]
}

/// What must be true of the disk, whatever happened to it.
#[derive(Default)]
struct Model {
    submitted: Vec<ExchangeId>,
    promised: Vec<ExchangeId>,
    noted: HashMap<ExchangeId, Vec<Completion>>,
}

impl Model {
    fn check(&self, disk: &FaultyDisk, restored: &[(Exposure, Completion)]) {
        let on_disk = read_all(disk);
        let ids: Vec<ExchangeId> = on_disk.iter().map(|(exposure, _)| exposure.exchange).collect();
        for promised in &self.promised {
            assert!(ids.contains(promised), "{promised} was promised and is lost");
        }
        let mut order = ids.iter().map(|id| {
            self.submitted.iter().position(|submitted| submitted == id).expect("an entry that nobody wrote")
        });
        assert!(order.by_ref().is_sorted_by(|a, b| a < b), "out of order or twice: {ids:?}");
        for (exposure, end) in &on_disk {
            let noted = self.noted.get(&exposure.exchange).map(Vec::as_slice).unwrap_or_default();
            assert!(*end == Completion::Unknown || noted.contains(end), "an end that nobody noted");
        }
        // Summaries and tail give budgets exactly what the whole ledger says.
        let charged: Vec<_> = on_disk.into_iter().filter(|(_, end)| *end != Completion::Nothing).collect();
        assert_eq!(restored, charged);
        assert_eq!(faults(disk, None), []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn what_was_promised_survives_and_nothing_is_invented(steps in prop::collection::vec(step(), 1..24)) {
        runtime().block_on(async {
            let mut disk = FaultyDisk::new();
            let mut model = Model::default();
            let mut ledger = Arc::new(open_with(&disk, small_segments(), NOW).0);
            let mut doubtful = false;
            for step in steps.into_iter().chain([Step::Crash(7)]) {
                match step {
                    Step::Append(count) => {
                        let tasks: Vec<_> = (0..count).map(|_| {
                            let nth = model.submitted.len() as u64;
                            let exposure = exposure(nth, later(nth), &[nth, nth + 1]);
                            model.submitted.push(exposure.exchange);
                            let ledger = Arc::clone(&ledger);
                            let exchange = exposure.exchange;
                            tokio::spawn(async move { (exchange, ledger.append(Entry::Intended(exposure)).await) })
                        }).collect();
                        for task in tasks {
                            let (exchange, done) = task.await.unwrap();
                            if let Ok(durable) = done {
                                prop_assert_eq!(durable.exchange(), Some(exchange));
                                model.promised.push(exchange);
                            }
                        }
                    }
                    Step::Complete(which, end) => {
                        if model.submitted.is_empty() { continue }
                        let exchange = *which.get(&model.submitted);
                        let completion = [
                            Completion::Sent, Completion::Partly, Completion::Nothing, Completion::Unknown
                        ][usize::from(end)];
                        model.noted.entry(exchange).or_default().push(completion);
                        ledger.note(Entry::Completed { exchange, completion, at: NOW });
                    }
                    Step::FailSyncs(count) => { disk.fail_syncs(count.into()); doubtful = true; }
                    Step::Fill(after) => disk.fill_after(after.into()),
                    Step::Recover => {
                        disk.make_room();
                        disk.fail_syncs(0);
                        eventually("a fresh segment", || ledger.healthy());
                    }
                    Step::Kill | Step::Crash(_) | Step::Close => {
                        // After a failed sync only a power failure shows what the disk holds: until
                        // then the page cache tells of bytes that may never have arrived.
                        let seed = match step { Step::Crash(seed) => Some(seed), _ if doubtful => Some(1), _ => None };
                        disk.make_room();
                        disk.fail_syncs(0);
                        match (&step, seed) {
                            (_, Some(seed)) => disk.crash(seed),
                            (Step::Close, None) => ledger.close(),
                            _ => disk.kill(),
                        }
                        drop(ledger);
                        doubtful = false;
                        disk = disk.next_process();
                        let restored;
                        (ledger, _, restored) = {
                            let (l, o, r) = open_with(&disk, small_segments(), later(5));
                            (Arc::new(l), o, r)
                        };
                        model.check(&disk, &restored);
                    }
                }
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_full_disk_refuses_and_a_roomy_one_resumes() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        let _ = append(&ledger, exposure(1, NOW, &[1])).await;
        disk.fill_after(0);
        let refused = ledger.append(Entry::Intended(exposure(2, NOW, &[2]))).await.unwrap_err();
        assert!(matches!(refused, AppendError::Disk { .. }), "{refused}");
        assert!(!ledger.healthy());
        let refused = ledger.append(Entry::Intended(exposure(3, NOW, &[3]))).await.unwrap_err();
        assert_eq!(refused, AppendError::Unavailable);
        disk.make_room();
        eventually("health", || ledger.healthy());
        let _ = append(&ledger, exposure(4, NOW, &[4])).await;
        ledger.close();
        let ids: Vec<_> = read_all(&disk).iter().map(|(e, _)| e.exchange).collect();
        assert_eq!(ids, [ExchangeId::of(9, 1), ExchangeId::of(9, 4)]);
        assert_eq!(faults(&disk, Some(ledger.head())), []);
        assert!(ledger.stats().failures >= 1);
    });
}

#[test]
fn a_failed_sync_is_never_believed_later() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        let _ = append(&ledger, exposure(1, NOW, &[1])).await;
        disk.fail_syncs(1);
        assert!(ledger.append(Entry::Intended(exposure(2, NOW, &[2]))).await.is_err());
        eventually("health", || ledger.healthy());
        let _ = append(&ledger, exposure(3, NOW, &[3])).await;
        // Every future of this disk: the promised ones are there, and the chain is whole.
        for seed in 0..64 {
            let future = disk.snapshot();
            future.crash(seed);
            let future = future.next_process();
            let ids: Vec<_> = read_all(&future).iter().map(|(e, _)| e.exchange).collect();
            assert_eq!(ids, [ExchangeId::of(9, 1), ExchangeId::of(9, 3)]);
            assert_eq!(faults(&future, None), []);
        }
    });
}

#[test]
fn notes_of_a_failed_group_are_written_again() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        let durable = append(&ledger, exposure(1, NOW, &[1])).await;
        disk.fail_syncs(1);
        ledger.complete(&durable, Completion::Sent, NOW);
        assert!(ledger.append(Entry::Intended(exposure(2, NOW, &[2]))).await.is_err());
        ledger.close();
        assert_eq!(read_all(&disk)[0].1, Completion::Sent);
    });
}

#[test]
fn a_torn_tail_is_cut_and_reported_and_not_fatal() {
    runtime().block_on(async {
        let disk = FaultyDisk::new();
        let ledger = open(&disk, NOW);
        let _ = append(&ledger, exposure(1, NOW, &[1])).await;
        let segment = ledger.mark().segment;
        disk.kill();
        drop(ledger);
        let disk = disk.next_process();
        let path = std::path::PathBuf::from(format!("{DIR}/segments/{segment:010}.seg"));
        assert!(disk.edit(&path, |bytes| bytes.extend_from_slice(&[40, 0, 0, 0, 1, 2, 3])));
        let (ledger, opening, restored) = open_with(&disk, LedgerSettings::default(), NOW);
        assert_eq!((opening.cut_bytes, restored.len(), opening.lost_tail), (7, 1, None));
        assert_eq!(restored[0].1, Completion::Unknown);
        let _ = append(&ledger, exposure(2, NOW, &[2])).await;
        ledger.close();
        let report =
            store::LedgerReader::open(std::path::Path::new(DIR), &disk).unwrap().verify(None).unwrap();
        assert_eq!((report.faults, report.cuts.len()), (vec![], 1));
    });
}
