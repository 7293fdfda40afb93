//! Memory of a hunt through ten million lines of a million clients, printed; fails above 200 MB.
//!
//! `cargo run --release -p hunt --example hunt_memory`. The worst that a log can be: every line names an
//! object that nobody asked for before, at an endpoint about people, so that every client is remembered,
//! most of them more than once.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::as_conversions, reason = "a bench")]

use std::net::Ipv4Addr;

use domain::Timestamp;
use events::Event;
use hunt::{Hunt, LineRef, Settings};

const LINES: u64 = 10_000_000;
const CLIENTS: u64 = 1_000_000;
const MOST_KB: u64 = 200_000;

fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

fn main() {
    let mut hunt = Hunt::new(Settings::default());
    println!("empty        {:>8} KB", peak_kb());
    let mut target = String::new();
    let start = std::time::Instant::now();
    for n in 0..LINES {
        use std::fmt::Write as _;
        let client = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % CLIENTS;
        target.clear();
        write!(target, "/api/orders/{}", n.wrapping_mul(2_654_435_761) % 1_000_000_000).unwrap();
        let event = Event {
            at: Some(Timestamp::from_millis(1_795_000_000_000 + n * 9)),
            client: Some(Ipv4Addr::from_bits(0x0b00_0000 + client as u32 * 7).into()),
            method: Some(b"GET"[..].into()),
            target: Some(target.as_bytes().into()),
            status: Some(if n % 10 == 0 { 404 } else { 200 }),
            sent: Some(500),
            agent: Some(b"Mozilla/5.0"[..].into()),
            ..Event::default()
        };
        hunt.take(&event, LineRef { input: 0, line: n });
    }
    hunt.finish();
    let peak = peak_kb();
    println!(
        "at the end   {peak:>8} KB, {:.0} ns a line",
        start.elapsed().as_secs_f64() * 1e9 / LINES as f64
    );
    println!("{:?}, {} findings", hunt.totals(), hunt.told().findings.len());
    assert!(hunt.totals().counted > LINES / 20 && peak < MOST_KB);
}
