//! Lines per second of one core (of time on it), all detectors on, without and with the shipped rules; beside it what
//! reading the dialect costs alone.
//!
//! `cargo run --release -p hunt --example hunt_bench -- FILE`: the file is read from memory, so that disks
//! and decompression play no part. Fails when it read nothing.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a bench"
)]

use std::hint::black_box;

use events::Reader;
use hunt::{Hunt, LineRef, Settings};

/// Nanoseconds that this process was on a core: on a shared machine the clock on the wall tells of others.
fn on_cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    stat.split_ascii_whitespace().next().unwrap().parse().unwrap()
}

/// Lines as the command finds them.
fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    let mut from = 0;
    let lines = ends.map(move |end| &text[std::mem::replace(&mut from, end + 1).min(end)..end]);
    lines.filter(|line| !line.is_empty())
}

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let text = std::fs::read(&path).unwrap();
    let lines = || split(&text);
    let count = lines().count();
    let timed = |name: &str, run: &mut dyn FnMut()| {
        let start = on_cpu();
        run();
        let secs = (on_cpu() - start) as f64 / 1e9;
        println!(
            "{name:<32} {:>12.0} lines/s {:>8.0} ns/line",
            count as f64 / secs,
            secs * 1e9 / count as f64
        );
    };
    let verdict = Reader::recognise(lines()).expect("a dialect");
    timed("lines alone", &mut || {
        black_box(lines().map(<[u8]>::len).sum::<usize>());
    });
    timed("dialect alone", &mut || {
        let mut reader = verdict.reader();
        let mut events = 0;
        for line in lines() {
            let _ = reader.read(line, &mut |event| {
                black_box(&event);
                events += 1;
            });
        }
        assert!(events > 0);
    });
    let mut alone = Hunt::new(Settings::default());
    timed("hunt without rules", &mut || {
        let mut reader = verdict.reader();
        for (line, nth) in lines().zip(1..) {
            let _ = reader.read(line, &mut |event| alone.take(&event, LineRef { input: 0, line: nth }));
        }
    });
    let mut hunt = Hunt::new(Settings::default()).with_rules(sigma::shipped(7).rules);
    hunt.reads(0, verdict.reader().dialect());
    timed("hunt with the shipped rules", &mut || {
        let mut reader = verdict.reader();
        for (line, nth) in lines().zip(1..) {
            let _ = reader.read(line, &mut |event| hunt.take(&event, LineRef { input: 0, line: nth }));
        }
    });
    hunt.finish();
    let (totals, told) = (hunt.totals(), hunt.told());
    println!("{totals:?}");
    println!(
        "{} findings, {} set aside, {} rules matched",
        told.findings.len(),
        told.aside.len(),
        told.rules.len()
    );
    assert!(totals.exchanges > 0);
}
