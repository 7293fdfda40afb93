//! What the shipped pack costs per line, and what a distinct count costs: `cargo run --release -p sigma --example sigma_bench`.
//!
//! Fails when a distinct count stays below a million events a second, whatever the window.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::as_conversions, reason = "a measurement")]

use domain::Timestamp;
use sigma::{Event, Field, Fields, File};

const BROWSER: &[u8] = b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const COUNT: &str = "title: b\nid: 5f0c2f6e-6c39-4b0f-9c52-5f9d2f6f3c11\nname: b\nlogsource: {category: webserver}\ndetection: {s: {cs-method: GET}, condition: s}\n---\n\
    title: c\ncorrelation: {type: value_count, rules: [b], group-by: [c-ip], timespan: WINDOW, condition: {field: cs-uri-stem, gte: 100000}}\n";

fn main() {
    const LINES: u64 = 2_000_000;
    for target in ["/assets/logo.svg", "/products/lamps?color=red", "/api/v1/orders", "/v1/orders/1234567"] {
        let mut rules = sigma::shipped(7).rules;
        let one = event(target.as_bytes());
        let begun = cpu_nanos();
        let mut found = 0;
        for n in 0..LINES {
            found += rules.matches(&one, Timestamp::from_millis(n)).len();
        }
        println!("{:>5.0} ns a line, {found} matches: {target}", (cpu_nanos() - begun) as f64 / LINES as f64);
        if target == "/products/lamps?color=red" {
            let begun = cpu_nanos();
            let slow = (0..100_000).map(|_| rules.matching_slowly(&one).len()).sum::<usize>();
            println!(
                "{:>5.0} ns a line, {slow} matches: {target} (rsigma rule by rule, without pre-selection)",
                (cpu_nanos() - begun) as f64 / 1e5
            );
        }
    }
    for (values, window) in [(100u64, "1h"), (1_800, "1h"), (1_800, "30d"), (90_000, "30d")] {
        let text = COUNT.replace("WINDOW", window);
        let mut rules = sigma::load(&[File { name: "c.yml", text: &text }], 7).rules;
        let targets: Vec<String> = (0..values).map(|n| format!("/v1/orders/{n}")).collect();
        let begun = cpu_nanos();
        for n in 0..LINES {
            let target = targets.get((n * 7919 % values) as usize).unwrap();
            rules.matches(&event(target.as_bytes()), Timestamp::from_millis(n));
        }
        let rate = LINES as f64 * 1e3 / (cpu_nanos() - begun) as f64;
        println!("{rate:>5.2} million events a second: value_count of {values} values within {window}");
        assert!(rate >= 1.0, "the mark is a million events a second");
    }
    by_rsigma(1_800);
    by_rsigma(9_000);
}

/// rsigma's own correlation on the same rule, for comparison.
fn by_rsigma(values: u64) {
    let collection = rsigma_parser::parse_sigma_yaml(&COUNT.replace("WINDOW", "1h")).unwrap();
    let mut engine = rsigma_eval::CorrelationEngine::new(rsigma_eval::CorrelationConfig::default());
    engine.add_collection(&collection).unwrap();
    let targets: Vec<String> = (0..values).map(|n| format!("/v1/orders/{n}")).collect();
    let begun = cpu_nanos();
    for target in &targets {
        engine.process_event_at(&event(target.as_bytes()), 1);
    }
    println!(
        "{:>5.3} million events a second: value_count of {values} values by rsigma",
        values as f64 * 1e3 / (cpu_nanos() - begun) as f64
    );
}

fn event(target: &[u8]) -> Event<'_> {
    let given = Fields::of(&[
        Field::Method,
        Field::Uri,
        Field::Stem,
        Field::Query,
        Field::Version,
        Field::Client,
        Field::Status,
        Field::Sent,
        Field::Agent,
        Field::Referer,
    ]);
    Event {
        given,
        method: Some(b"GET"),
        target: Some(target),
        version: Some(b"HTTP/1.1"),
        agent: Some(BROWSER),
        referer: Some(b"https://shop.example/products?category=lamps"),
        client: "198.51.100.7".parse().ok(),
        status: Some(200),
        sent: Some(5120),
        ..Event::default()
    }
}

/// Time that this process had a processor: others on the machine do not count.
fn cpu_nanos() -> u64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    told.split(' ').next().unwrap().parse().unwrap()
}
