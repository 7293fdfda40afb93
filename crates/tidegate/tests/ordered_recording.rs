//! An ordered recording of the whole program: the system's own record of its calls proves that each
//! person's entry was written and synced before the first byte about that person went to a client.
//!
//! `strace` records writes, syncs and their ends in the order in which they happened. Ledger frames
//! are found in the segment by their lengths, people in what was written to clients' sockets. Without
//! `strace`, or where it may not trace, nothing is proved and the test says so.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use ledger::{Entry, Frame, HEADER_BYTES, Header, Reader};
use testkit::client::Ask;
use testkit::upstream::{Act, Upstream};

use common::{Gate, email, eventually, person};

/// Budgets for everyone: it is the order that is tested here. A small buffer, so that pages are streamed.
const WIDE: &str = "mode: guard
respond: {mode: off}
exchange: {buffer: 64KiB}
budgets:
  address: [{subjects: 100000, per: 1h}]
  network: [{subjects: 100000, per: 1h}]
  anonymous_endpoint: [{subjects: 100000, per: 1h}]
  anonymous_everywhere: [{subjects: 100000, per: 1h}]
";

const CLIENTS: usize = 24;
const ASKS: usize = 6;
/// The people of the streamed page.
const STREAMED: std::ops::Range<usize> = 5000..5060;

/// Whether this machine lets us record.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    tried.is_ok_and(|ran| ran.status.success())
}

/// What happened, in its order.
#[derive(Debug)]
enum Event {
    /// So many bytes were appended to a segment of the ledger.
    Append(PathBuf, u64),
    /// A sync of a segment came to its end with success.
    Synced(PathBuf),
    /// A write to a client's socket began; the call's text with what was written.
    ToClient(String),
}

/// Reads the recording. A call that others interrupt stands in two lines: what matters of an append or a
/// sync is its end, of a write to a client its beginning.
fn events(trace: &str, port: u16) -> Vec<Event> {
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut events = Vec::new();
    let from_us = format!("127.0.0.1:{port}->");
    for line in trace.lines() {
        let Some((pid, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let is_end = call.starts_with("<... ");
        let whole = if is_end { begun.remove(pid).unwrap_or("") } else { call };
        let is_begun = call.ends_with("<unfinished ...>");
        if is_begun {
            begun.insert(pid, call);
        }
        if whole.contains(&from_us) && !is_end && !whole.starts_with("fdatasync") {
            events.push(Event::ToClient(whole.to_owned()));
        }
        let Some((_, file)) = whole.split_once('<').filter(|(_, file)| file.contains(".seg>")) else {
            continue;
        };
        if is_begun {
            continue;
        }
        let file = PathBuf::from(file.split_once('>').unwrap().0);
        let result = call.rsplit_once("= ").map(|(_, result)| result.split(' ').next().unwrap());
        match (whole.split('(').next().unwrap(), result.and_then(|result| result.parse::<i64>().ok())) {
            ("write", Some(bytes)) if bytes > 0 => events.push(Event::Append(file, bytes as u64)),
            ("fdatasync", Some(0)) => events.push(Event::Synced(file)),
            other => panic!("an unknown call on a segment: {other:?} {line}"),
        }
    }
    events
}

/// When (as a place in `events`) each byte of each segment was durable: lengths and places, rising.
fn durable(events: &[Event]) -> BTreeMap<PathBuf, Vec<(u64, usize)>> {
    let mut length: HashMap<&Path, u64> = HashMap::new();
    let mut durable: BTreeMap<PathBuf, Vec<(u64, usize)>> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        match event {
            Event::Append(file, bytes) => *length.entry(file).or_default() += bytes,
            Event::Synced(file) => {
                durable
                    .entry(file.clone())
                    .or_default()
                    .push((length.get(&**file).copied().unwrap_or(0), place));
            }
            Event::ToClient(_) => {}
        }
    }
    durable
}

/// The exposures of a segment in order: exchange, number of people, and where each ends in the file.
fn exposures(segment: &Path) -> Vec<(String, usize, u64)> {
    let bytes = std::fs::read(segment).unwrap();
    let mut reader = Reader::after(&Header::decode(&bytes[..HEADER_BYTES]).unwrap());
    let (mut at, mut found) = (HEADER_BYTES, Vec::new());
    while let Frame::Whole(entry, length) = reader.next(&bytes[at..]) {
        at += length;
        if let Entry::Intended(exposure) = *entry {
            found.push((exposure.exchange.to_string(), exposure.subjects.len(), at as u64));
        }
    }
    assert_eq!(at, bytes.len(), "the whole segment is read");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_entry_is_synced_before_the_first_byte_goes_to_its_client() {
    if !can_trace() {
        eprintln!("skipped: strace is missing or may not trace here (Debian: strace); nothing was proved");
        return;
    }
    let long = |id| format!("{{\"about\":\"{}\",\"who\":{}}}", "so ".repeat(2700), person(id));
    let page = format!("[{}]", STREAMED.map(long).collect::<Vec<_>>().join(","));
    let upstream = Upstream::start(move |request| match request.target().strip_prefix("/people/") {
        Some(number) => Act::json(200, &person(number.parse().unwrap()).to_string()),
        None => Act::json(200, &page),
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let mut gate = Gate::traced(upstream.address(), WIDE, &trace).await;

    // Many at once, so that many entries share one sync.
    let clients = (0..CLIENTS).map(|nth| {
        let mut client = gate.client();
        tokio::spawn(async move {
            for ask in 0..ASKS {
                let id = nth * ASKS + ask;
                let answer = client.send(&Ask::get(format!("/people/{id}"))).await.unwrap();
                assert!(answer.status == 200 && answer.text().contains(&email(id)), "{id}");
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    // Above the buffer's bound: batch by batch.
    let streamed = gate.client().send(&Ask::get("/everyone")).await.unwrap();
    assert!(streamed.whole && streamed.text().contains(&email(STREAMED.end - 1)));
    let port = gate.address.port();
    gate.stop().await;
    let recorded = eventually("the end of the recording", || {
        let text = std::fs::read_to_string(&trace).ok()?;
        let main = format!("{} ", gate.process.id());
        text.lines()
            .rev()
            .take(200)
            .any(|line| line.starts_with(&main) && line.contains("+++ exited with 0"))
            .then_some(text)
    })
    .await;

    let events = events(&recorded, port);
    let durable = durable(&events);
    let segments: Vec<&PathBuf> = durable.keys().collect();
    assert_eq!(segments.len(), 1, "{segments:?}");
    let syncs = &durable[segments[0]];
    let exposures = exposures(segments[0]);
    let synced_at = |end: u64| syncs.iter().find(|(length, _)| *length >= end).map(|(_, place)| *place);

    // Whose entry ends where: the upstream was told each exchange's id.
    let mut ends: BTreeMap<usize, u64> = BTreeMap::new();
    for request in upstream.recorded() {
        let id = request.header("x-request-id").unwrap().to_owned();
        let nth = exposures.iter().position(|(exchange, ..)| *exchange == id).unwrap();
        match request.target().strip_prefix("/people/") {
            Some(number) => {
                assert_eq!(exposures[nth].1, 1);
                ends.insert(number.parse().unwrap(), exposures[nth].2);
            }
            // Further batches have ids of their own; nobody else was served at that time.
            None => {
                let mut people = STREAMED;
                for (_, many, end) in &exposures[nth..] {
                    ends.extend(people.by_ref().take(*many).map(|one| (one, *end)));
                }
                assert!(exposures.len() - nth > 3 && people.is_empty(), "{} batches", exposures.len() - nth);
            }
        }
    }
    assert_eq!(ends.len(), CLIENTS * ASKS + STREAMED.len());

    for (one, end) in &ends {
        let mark = email(*one);
        let told = |event: &Event| matches!(event, Event::ToClient(text) if text.contains(&mark));
        let first = events.iter().position(told).unwrap_or_else(|| panic!("nobody was told of {one}"));
        let synced = synced_at(*end).unwrap_or_else(|| panic!("the entry of {one} was never synced"));
        assert!(synced < first, "person {one}: written to a client at {first}, durable only at {synced}");
    }
    // Entries did share syncs: the order holds for groups too, not for lonely entries only.
    let places: BTreeSet<_> = exposures.iter().map(|(.., end)| synced_at(*end)).collect();
    assert!(places.len() < exposures.len(), "no two of {} entries shared a sync", exposures.len());
}
