//! What every test needs: a runtime, a ledger in a directory, people and exposures by number.

use std::path::Path;
use std::sync::Arc;

use domain::*;
use ledger::Entry;
use store::testing::FaultyDisk;
use store::{Disk, FoundEntry, Ledger, LedgerReader, LedgerSettings, Opening, Restored};

pub(crate) const DIR: &str = "/ledger";
pub(crate) const DAY: u64 = 86_400;
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

pub(crate) fn later(secs: u64) -> Timestamp {
    NOW.plus(Window::from_secs(secs))
}

/// A digest that only person `n` has.
pub(crate) fn person(n: u64) -> SubjectDigest {
    SubjectDigest::new((u128::from(n) << 64 | 0xfeed).to_be_bytes())
}

pub(crate) fn exposure(nth: u64, at: Timestamp, people: &[u64]) -> Exposure {
    Exposure {
        exchange: ExchangeId::of(9, nth),
        at,
        endpoint: "POST /api/customers".parse().unwrap(),
        operator: None,
        recipient: Recipient {
            kind: "anonymous".into(),
            principal: None,
            role: None,
            client: "192.0.2.7".parse().unwrap(),
        },
        subjects: people
            .iter()
            .map(|n| ExposedSubject {
                digests: [person(*n)].into_iter().collect(),
                classes: [DataClass::Email].into_iter().collect(),
                basis: Basis::Budget,
            })
            .collect(),
    }
}

/// Person `n` reads their own record.
pub(crate) fn own(nth: u64, at: Timestamp, n: u64) -> Exposure {
    let mut exposure = exposure(nth, at, &[n]);
    exposure.subjects[0].basis = Basis::Own;
    exposure.recipient.kind = "verified".into();
    exposure.recipient.principal = Some(person(1_000_000 + n));
    exposure
}

pub(crate) fn open_with(
    disk: &FaultyDisk,
    settings: LedgerSettings,
    now: Timestamp,
) -> (Ledger, Opening, Vec<(Exposure, Completion)>) {
    let mut restored = Vec::new();
    let (ledger, opening) =
        Ledger::open(Path::new(DIR), settings, Arc::new(disk.clone()), now, &mut |found| {
            if let Restored::Exposure(exposure, end) = found {
                restored.push((exposure.clone(), end));
            }
        })
        .unwrap();
    (ledger, opening, restored)
}

/// The spans of which opening said that nobody knows what was charged.
pub(crate) fn lost_spans(disk: &FaultyDisk, now: Timestamp) -> (Opening, Vec<(Timestamp, Timestamp)>) {
    let mut spans = Vec::new();
    let (ledger, opening) =
        Ledger::open(Path::new(DIR), small_segments(), Arc::new(disk.clone()), now, &mut |found| {
            if let Restored::Lost { from, until, .. } = found {
                spans.push((from, until));
            }
        })
        .unwrap();
    ledger.close();
    (opening, spans)
}

pub(crate) fn open(disk: &FaultyDisk, now: Timestamp) -> Ledger {
    open_with(disk, LedgerSettings::default(), now).0
}

/// Small segments, so that a test sees many.
pub(crate) fn small_segments() -> LedgerSettings {
    LedgerSettings { segment_bytes: ByteSize::new(700), ..LedgerSettings::default() }
}

/// Every exposure on disk with its end, read as the command line does.
pub(crate) fn read_all(disk: &dyn Disk) -> Vec<(Exposure, Completion)> {
    let mut all = Vec::new();
    LedgerReader::open(Path::new(DIR), disk)
        .unwrap()
        .scan(&ledger::Filter::default(), &mut |found| {
            if let FoundEntry::Exposure(exposure, end) = found {
                all.push((exposure.clone(), end));
            }
        })
        .unwrap();
    all
}

pub(crate) fn faults(disk: &dyn Disk, anchor: Option<ledger::Head>) -> Vec<store::Fault> {
    LedgerReader::open(Path::new(DIR), disk).unwrap().verify(anchor).unwrap().faults
}

pub(crate) async fn append(ledger: &Ledger, exposure: Exposure) -> store::Durable {
    ledger.append(Entry::Intended(exposure)).await.unwrap()
}

/// Waits until the ledger's own thread has seen to it, at most two seconds.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(2);
    while !is_so() {
        assert!(std::time::Instant::now() < until, "{what} did not come about");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
