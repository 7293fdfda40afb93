//! Distinct counts cost the same whatever the window holds: a recount at every event would cost a thousand
//! times as much with a thousand times the values.
#![allow(clippy::unwrap_used, clippy::as_conversions, reason = "tests")]

use domain::Timestamp;
use sigma::{Event, Field, Fields, File, Rules};

const EVENTS: u64 = 60_000;

fn rules(window: &str) -> Rules {
    let text = format!(
        "title: b\nname: b\nlogsource: {{category: webserver}}\ndetection: {{s: {{cs-method: GET}}, condition: s}}\n---\n\
         title: c\ncorrelation: {{type: value_count, rules: [b], group-by: [c-ip], timespan: {window}, condition: {{field: cs-uri-stem, gte: 100000}}}}\n"
    );
    let loaded = sigma::load(&[File { name: "c.yml", text: &text }], 7);
    assert!(loaded.rules.all().iter().all(sigma::Rule::is_applicable));
    loaded.rules
}

/// Nanoseconds on a core for each event: `values` targets by turns, one event each millisecond, after a
/// round that brought all of them in.
fn cost(values: u64, window: &str) -> f64 {
    let mut rules = rules(window);
    let targets: Vec<String> = (0..values).map(|n| format!("/v1/orders/{n}")).collect();
    let given = Fields::of(&[Field::Method, Field::Uri, Field::Stem, Field::Query, Field::Client]);
    let mut feed = |nth: u64| {
        let target = targets.get(usize::try_from(nth % values).unwrap()).unwrap().as_bytes();
        let client = "198.51.100.7".parse().ok();
        let event = Event { given, method: Some(b"GET"), target: Some(target), client, ..Event::default() };
        assert!(rules.matches(&event, Timestamp::from_millis(nth)).is_empty());
    };
    (0..values).for_each(&mut feed);
    let begun = on_core();
    (values..values + EVENTS).for_each(&mut feed);
    (on_core() - begun) as f64 / EVENTS as f64
}

/// Nanoseconds that this thread was on a core: others on the machine do not count.
fn on_core() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    told.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn ninety_thousand_values_cost_hardly_more_than_ninety_and_a_month_no_more_than_an_hour() {
    let few = cost(90, "30d");
    for (values, window) in [(1_800, "1h"), (1_800, "30d"), (90_000, "1h"), (90_000, "30d")] {
        let many = cost(values, window);
        // Caches are missed more often; a recount would be 1,000 times as dear with 90,000 values.
        assert!(many < few * 12.0, "{values} values within {window}: {many:.0} ns, 90 values: {few:.0} ns");
    }
}
