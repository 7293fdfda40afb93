//! How fast a body is metered, beside `serde_json::from_slice::<Value>` in the same run.
//!
//! `cargo run --release -p meter --example bench`. The bodies are synthetic: customers with ten fields
//! each, no white space. Prints, per body, the best of five rounds, in nanoseconds of the processor where
//! Linux tells them (a busy neighbour then changes little), else of the wall clock. With an argument,
//! `own`, `ten`, `thousand` or `products`, it only meters that body 2,000 times, for a profiler; a second
//! one says how often.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]

use std::hint::black_box;
use std::time::Instant;

use meter::{Bounds, Plan, Scratch, Shape, meter};

fn record(n: u32) -> String {
    format!(
        concat!(
            r#"{{"id":{},"first_name":"Annabel","last_name":"Miller{}","email":"annabel.miller{}@example.com","#,
            r#""phone":"+491511{:07}","address":{{"street":"Hauptstrasse {}","city":"Springfield","postal_code":"{:05}"}},"#,
            r#""status":"active","created_at":"2026-01-15T10:00:00Z","orders":{},"newsletter":true}}"#
        ),
        n,
        n,
        n,
        n,
        n % 200,
        n % 99_999,
        n % 7
    )
}

/// Nanoseconds that this thread has spent on a processor.
fn cpu_nanos(begun: Instant) -> f64 {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    match schedstat.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()) {
        Some(nanos) => nanos,
        None => begun.elapsed().as_secs_f64() * 1e9,
    }
}

/// The best nanoseconds per call over five rounds of a tenth of a second; the clock is read once per `calls` calls.
fn best(calls: usize, mut call: impl FnMut() -> usize) -> f64 {
    let origin = Instant::now();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let begun = cpu_nanos(origin);
        let mut done = 0.0_f64;
        let mut spent = 0.0_f64;
        while spent < 1e8 {
            for _ in 0..calls {
                black_box(call());
                done += 1.0;
            }
            spent = cpu_nanos(origin) - begun;
        }
        best = best.min(spent / done);
    }
    best
}

fn main() {
    let own = record(4711);
    let ten: Vec<_> = (0..10).map(record).collect();
    let thousand: Vec<_> = (0..1000).map(record).collect();
    let catalogue: Vec<_> = (0..200)
        .map(|n| format!(r#"{{"id":{n},"sku":"T1-{n:04}","title":"Phone case number {n}","price":"19.99","currency":"EUR","stock":{n},"tags":["case","phone","t1"],"image":"https://cdn.example.com/i/{n}.webp"}}"#))
        .collect();
    let mut scratch = Scratch::default();
    let plan = Plan { resource: Some("customer".into()), ..Plan::default() };
    let only = std::env::args().nth(1);
    let bodies = [
        ("own", "own record", own),
        ("ten", "10 records", format!(r#"{{"customers":[{}]}}"#, ten.join(","))),
        ("thousand", "1,000 records", format!(r#"{{"customers":[{}]}}"#, thousand.join(","))),
        ("products", "200 products, nobody", format!(r#"{{"products":[{}]}}"#, catalogue.join(","))),
    ];
    if let Some((_, _, body)) = bodies.iter().find(|(short, ..)| Some(*short) == only.as_deref()) {
        let times = std::env::args().nth(2).and_then(|times| times.parse().ok()).unwrap_or(2000_u32);
        for _ in 0..times {
            black_box(meter(body.as_bytes(), Shape::Json, &plan, &Bounds::default(), &mut scratch).is_ok());
        }
        return;
    }
    println!(
        "{:<28}{:>9}{:>12}{:>9}{:>9}{:>14}",
        "body", "bytes", "ns/body", "ns/byte", "MB/s", "x serde_json"
    );
    for (_, name, body) in bodies {
        let bytes = body.as_bytes();
        let calls = 400_000_usize.checked_div(bytes.len()).unwrap_or(0).max(1);
        let ours = best(calls, || {
            meter(bytes, Shape::Json, &plan, &Bounds::default(), &mut scratch)
                .map_or(0, |found| found.disclosed())
        });
        let theirs = best(calls, || {
            serde_json::from_slice::<serde_json::Value>(bytes).map_or(0, |v| usize::from(v.is_object()))
        });
        let length = f64::from(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        println!(
            "{name:<28}{:>9}{ours:>12.0}{:>9.2}{:>9.0}{:>14.2}",
            bytes.len(),
            ours / length,
            length / ours * 1e3,
            theirs / ours
        );
    }
}
