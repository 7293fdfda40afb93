//! What an entry costs: `cargo run --release -p store --example ledger_bench [DIR]`.
//!
//! Prints, for the disk that `DIR` (default: the current directory) is on: the disk's own fdatasync,
//! appends a second at several concurrencies, the coalesced path, one digest, bytes per entry, and
//! the time to open. Everything is made up; only the disk is real.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a bench"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::*;
use ledger::{DigestKey, Entry};
use store::{Disk, FileSystem, Ledger, LedgerReader, LedgerSettings};

fn main() {
    let dir = std::env::args().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let dir = dir.join(format!("ledger-bench-{}", std::process::id()));
    println!("machine: {} cores; directory {}", std::thread::available_parallelism().unwrap(), dir.display());
    digest();
    disk(&dir);
    for concurrency in [1, 16, 256] {
        appends(&dir.join(format!("at-{concurrency}")), concurrency);
    }
    coalesced(&dir.join("own"));
    start(&dir.join("start"));
    std::fs::remove_dir_all(&dir).unwrap();
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    format!("p50 {:?} p99 {:?}", at(50), at(99))
}

/// Nanoseconds that this thread was on a processor (Linux): what a busy machine does not distort.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
}

fn digest() {
    let key = DigestKey::new([7; 32]);
    let mail = SubjectKey::new(KeyKind::Email, "ann.example.1042@example.com");
    let begun = cpu();
    const TIMES: u32 = 1_000_000;
    for _ in 0..TIMES {
        std::hint::black_box(key.subject(std::hint::black_box(&mail)));
    }
    println!("digest: {:?} of processor each", (cpu() - begun) / TIMES);
}

fn disk(dir: &Path) {
    FileSystem.create_dir(dir).unwrap();
    let mut file = FileSystem.create(&dir.join("probe")).unwrap();
    let mut times = Vec::new();
    for _ in 0..300 {
        file.append(&[0x5a; 128]).unwrap();
        let begun = Instant::now();
        file.sync_data().unwrap();
        times.push(begun.elapsed());
    }
    println!("disk: fdatasync of 128 appended bytes: {}", percentiles(times));
}

fn exposure(nth: u64, basis: Basis, who: u64) -> Exposure {
    let wide = |tag: u64| SubjectDigest::new(((u128::from(who) << 64) | u128::from(tag)).to_be_bytes());
    Exposure {
        exchange: ExchangeId::of(77, nth),
        at: Timestamp::from_millis(1_800_000_000_000 + nth / 100),
        endpoint: "GET /v1/orders/{id}".parse().unwrap(),
        operator: None,
        recipient: Recipient {
            kind: "verified".into(),
            principal: Some(wide(9)),
            role: None,
            client: "192.0.2.7".parse().unwrap(),
        },
        subjects: vec![ExposedSubject {
            digests: [wide(1), wide(2), wide(3)].into_iter().collect(),
            classes: [DataClass::Email, DataClass::Name].into_iter().collect(),
            basis,
        }],
    }
}

fn open(dir: &Path) -> Arc<Ledger> {
    let now = Timestamp::from_millis(1_800_000_000_000);
    Arc::new(Ledger::open(dir, LedgerSettings::default(), Arc::new(FileSystem), now, &mut |_| {}).unwrap().0)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap()
}

fn appends(dir: &Path, concurrency: u64) {
    let ledger = open(dir);
    let each = (4000 / concurrency).max(200);
    let begun = Instant::now();
    let times: Vec<Duration> = runtime().block_on(async {
        let tasks: Vec<_> = (0..concurrency)
            .map(|task| {
                let ledger = Arc::clone(&ledger);
                tokio::spawn(async move {
                    let mut times = Vec::new();
                    for nth in 0..each {
                        let nth = task * each + nth;
                        let begun = Instant::now();
                        let entry = Entry::Intended(exposure(nth, Basis::Budget, nth));
                        let durable = ledger.append(entry).await.unwrap();
                        times.push(begun.elapsed());
                        ledger.complete(
                            &durable,
                            Completion::Sent,
                            Timestamp::from_millis(1_800_000_000_000),
                        );
                    }
                    times
                })
            })
            .collect();
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await.unwrap());
        }
        times
    });
    let rate = times.len() as f64 / begun.elapsed().as_secs_f64();
    ledger.close();
    let stats = ledger.stats();
    println!(
        "concurrency {concurrency:3}: {rate:7.0} appends/s, {}, {} syncs, {:.1} bytes an entry, {:.0} MB per million exchanges",
        percentiles(times.clone()),
        stats.syncs,
        stats.bytes as f64 / stats.entries as f64,
        stats.bytes as f64 / times.len() as f64,
    );
}

fn coalesced(dir: &Path) {
    let ledger = open(dir);
    runtime().block_on(async {
        let people: Vec<Exposure> = (0..10_000).map(|who| exposure(0, Basis::Own, who)).collect();
        for chunk in people.chunks(1000) {
            let tasks: Vec<_> = chunk
                .iter()
                .cloned()
                .map(|own| {
                    let ledger = Arc::clone(&ledger);
                    tokio::spawn(async move { ledger.append_own(own).await.unwrap().is_repeat() })
                })
                .collect();
            for task in tasks {
                assert!(!task.await.unwrap());
            }
        }
        const ROUNDS: u32 = 100;
        let begun = cpu();
        for _ in 0..ROUNDS {
            for own in &people {
                assert!(ledger.own_is_durable(std::hint::black_box(own)).is_some());
            }
        }
        println!(
            "coalesced: {:?} of processor each over 10,000 token holders (the look-up alone)",
            (cpu() - begun) / (ROUNDS * 10_000)
        );
        let begun = cpu();
        for own in &people {
            assert!(ledger.append_own(own.clone()).await.unwrap().is_repeat());
        }
        println!(
            "coalesced: {:?} of processor each with a cloned exposure, through `append_own`",
            (cpu() - begun) / 10_000
        );
    });
    let before = ledger.stats();
    let begun = Instant::now();
    ledger.close();
    let after = ledger.stats();
    println!(
        "close: {} counts flushed in {:?}, {:.1} bytes each",
        after.entries - before.entries,
        begun.elapsed(),
        (after.bytes - before.bytes) as f64 / (after.entries - before.entries) as f64
    );
}

/// A million exposures to others, killed: what the next start costs without and with summaries.
fn start(dir: &Path) {
    let ledger = open(dir);
    for nth in 0..1_000_000_u64 {
        while ledger.stats().entries + 50_000 < 2 * nth {
            std::thread::sleep(Duration::from_millis(1));
        }
        // One in ten goes to somebody else than its subject.
        let basis = if nth % 10 == 0 { Basis::Budget } else { Basis::Own };
        let exposure = exposure(nth, basis, nth);
        let (exchange, at) = (exposure.exchange, exposure.at);
        ledger.note(Entry::Intended(exposure));
        ledger.note(Entry::Completed { exchange, completion: Completion::Sent, at });
    }
    ledger.close();
    assert_eq!(ledger.stats().dropped_notes, 0);
    for _ in 0..2 {
        let now = Timestamp::from_millis(1_800_000_100_000);
        let (begun, used) = (Instant::now(), cpu());
        let (ledger, opening) =
            Ledger::open(dir, LedgerSettings::default(), Arc::new(FileSystem), now, &mut |_| {}).unwrap();
        println!(
            "open: {:?} ({:?} of processor), {} segments, {} read in full, {} exposures restored",
            begun.elapsed(),
            cpu() - used,
            opening.segments,
            opening.segments_read,
            opening.exposures
        );
        ledger.close();
    }
    let reader = LedgerReader::open(dir, &FileSystem).unwrap();
    let begun = cpu();
    let report = reader.verify(None).unwrap();
    assert!(report.faults.is_empty());
    println!(
        "verify: {} entries, {} bytes in {:?} of processor",
        report.entries,
        report.bytes,
        cpu() - begun
    );
    let begun = cpu();
    let (account, _) = reader.account(&ledger::Filter::default()).unwrap();
    println!("account: {} subjects at most in {:?} of processor", account.subjects.at_most, cpu() - begun);
}
