//! Lines per second on one core: `cargo run --release -p events --example lines -- FILE [TIMES]`, beside
//! `wc -l FILE`. Every line is read and its event looked at. Time is what this process had of a core,
//! where the system tells (Linux): other work on the machine does not count.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::as_conversions,
    reason = "a measurement for developers"
)]

use std::time::{Duration, Instant};

use events::Reader;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a file");
    let times: u32 = arguments.next().map_or(10, |times| times.parse().expect("a number"));
    let bytes = std::fs::read(&path).expect("a readable file");
    let lines = || bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let verdict = Reader::recognise(lines()).expect("a dialect that reads it");
    let start = Instant::now();
    let now = || on_core().unwrap_or_else(|| start.elapsed());
    let counted = now();
    let mut count = 0;
    for _ in 0..times {
        count += memchr::memchr_iter(b'\n', std::hint::black_box(&bytes)).count();
    }
    let counted = now() - counted;
    let begun = now();
    let (mut events, mut rejects, mut weight) = (0_u64, 0_u64, 0_u64);
    for _ in 0..times {
        let mut reader = verdict.reader();
        let mut from = 0;
        for at in memchr::memchr_iter(b'\n', &bytes) {
            let line = bytes.get(from..at).unwrap_or_default();
            from = at + 1;
            let read = reader.read(line, &mut |event| {
                events += 1;
                weight += event.target.as_ref().map_or(0, |text| text.len() as u64)
                    + u64::from(event.status.unwrap_or(0));
            });
            rejects += u64::from(read.is_err());
        }
    }
    let spent = now() - begun;
    let per_second = |elapsed: Duration| count as f64 / elapsed.as_secs_f64() / 1e6;
    println!(
        "{}: {events} events, {rejects} rejects, weight {weight}: {:.2} million lines/s; counting alone {:.1}",
        verdict.dialect.word(),
        per_second(spent),
        per_second(counted)
    );
}

/// What this process had of a core.
fn on_core() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split(' ').next()?.parse().ok()?))
}
