//! Lines per second on one core: `cargo run --release -p events --example lines -- FILE [TIMES]`, beside
//! `wc -l FILE`. Every line is read, and every field of every event is looked at once.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::as_conversions,
    reason = "a measurement for developers"
)]

use std::time::Instant;

use events::Reader;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a file");
    let times: u32 = arguments.next().map_or(10, |times| times.parse().expect("a number"));
    let bytes = std::fs::read(&path).expect("a readable file");
    let lines = || bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let verdict = Reader::recognise(lines()).expect("a dialect that reads it");
    let counted = Instant::now();
    let mut count = 0;
    for _ in 0..times {
        count += memchr::memchr_iter(b'\n', std::hint::black_box(&bytes)).count();
    }
    let counted = counted.elapsed();
    let begun = Instant::now();
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
    let spent = begun.elapsed();
    let per_second = |elapsed: std::time::Duration| count as f64 / elapsed.as_secs_f64() / 1e6;
    println!(
        "{}: {events} events, {rejects} rejects, weight {weight}: {:.2} million lines/s; counting alone {:.1}",
        verdict.dialect.word(),
        per_second(spent),
        per_second(counted)
    );
}
