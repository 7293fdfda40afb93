//! A real process on a real disk, killed in the middle of its work.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::*;
use ledger::{Entry, Filter};
use store::{FileSystem, FoundEntry, Ledger, LedgerReader, LedgerSettings};

use crate::support::*;

const CHILD_DIR: &str = "LEDGER_KILL_TEST_DIR";
const CHILD_RUN: &str = "LEDGER_KILL_TEST_RUN";

/// The process to kill: appends from eight tasks and prints what was promised, until it dies. Without
/// its variables (in an ordinary test run) it has no ledger and nothing to do.
#[test]
fn the_process_to_kill() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let run: u64 = std::env::var(CHILD_RUN).unwrap().parse().unwrap();
    let settings = LedgerSettings { segment_bytes: ByteSize::new(20_000), ..LedgerSettings::default() };
    let (ledger, _) =
        Ledger::open(Path::new(&dir), settings, Arc::new(FileSystem), later(run), &mut |_| {}).unwrap();
    let ledger = Arc::new(ledger);
    runtime().block_on(async {
        let tasks: Vec<_> = (0..8_u64)
            .map(|task| {
                let ledger = Arc::clone(&ledger);
                tokio::spawn(async move {
                    for nth in 0.. {
                        let mut exposure = exposure(nth * 8 + task, later(run), &[nth]);
                        exposure.exchange = ExchangeId::of(run, nth * 8 + task);
                        let durable = ledger.append(Entry::Intended(exposure)).await.unwrap();
                        let promised = durable.exchange().unwrap();
                        writeln!(std::io::stdout(), "promised {promised}").unwrap();
                        ledger.complete(&durable, Completion::Sent, later(run));
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn no_promise_is_lost_when_the_process_is_killed() {
    let state = tempfile::tempdir().unwrap();
    let mut promised: Vec<ExchangeId> = Vec::new();
    let begun = Instant::now();
    let mut run = 1;
    while run <= 12 && begun.elapsed() < Duration::from_secs(6) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["kill::the_process_to_kill", "--exact", "--nocapture", "--test-threads=1"])
            .env(CHILD_DIR, state.path())
            .env(CHILD_RUN, run.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let most = 20 + 37 * usize::try_from(run).unwrap();
        let mut seen = 0;
        for line in lines.map_while(Result::ok) {
            if let Some(id) = line.strip_prefix("promised ").filter(|id| id.len() == 32) {
                promised.push(id.parse().unwrap());
                seen += 1;
            }
            if seen == most {
                child.kill().unwrap();
            }
        }
        assert!(!child.wait().unwrap().success(), "it was killed, it did not end");
        assert!(seen >= most, "the process made {seen} promises");
        run += 1;
    }
    assert!(run > 3, "too slow to say anything");

    let reader = LedgerReader::open(state.path(), &FileSystem).unwrap();
    let mut on_disk = std::collections::HashSet::new();
    reader
        .scan(&Filter::default(), &mut |found| {
            if let FoundEntry::Exposure(exposure, _) = found {
                assert!(on_disk.insert(exposure.exchange), "twice");
            }
        })
        .unwrap();
    let lost: Vec<_> = promised.iter().filter(|id| !on_disk.contains(id)).collect();
    assert!(lost.is_empty(), "{} of {} promises lost", lost.len(), promised.len());
    assert_eq!(reader.verify(None).unwrap().faults, []);
}
