//! What is no report, is too much, or was made to cost: a clear error or a bounded answer.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use intel::{DroppedAs, REPORT_BYTES_MAX, ReadError, understand};

/// Far above what a debug build on a busy machine takes; what is quadratic takes hours.
const BOUND: Duration = Duration::from_secs(120);

#[test]
fn what_is_no_report_is_a_clear_error() {
    for (bytes, error) in [
        (&b""[..], ReadError::Empty),
        (b" \n\t ", ReadError::Empty),
        (b"<html><script>names leaked</script></html>", ReadError::Empty),
        (b"\x7fELF\x02\x01\x01\x00\x00", ReadError::Binary),
        (b"PK\x03\x04\x14\x00\x00", ReadError::Binary),
        (b"[{\"content_text\": \"a\"}, {\"content_text\": \"b\"}]", ReadError::ManyItems(2)),
    ] {
        assert_eq!(understand(bytes, "report").unwrap_err(), error);
    }
}

#[test]
fn broken_encoding_is_read_around_and_counted() {
    let intel = understand(b"Caf\xE9 Sample leaked the names of 5,000 customers\xFF.", "a.txt").unwrap();
    assert_eq!(intel.source.undecodable_bytes, 2);
    assert_eq!(intel.numbers.len(), 1);
}

#[test]
fn only_so_much_of_a_report_is_read_and_the_object_says_so() {
    let mut bytes = b"An attacker downloaded 5,000 records from the API.\n".to_vec();
    bytes.resize(REPORT_BYTES_MAX + 9, b' ');
    let intel = understand(&bytes, "a.txt").unwrap();
    assert_eq!(intel.source.read_only, Some(REPORT_BYTES_MAX));
    assert!(
        intel
            .dropped
            .iter()
            .any(|dropped| dropped.reason == DroppedAs::TooLong && dropped.span.end == bytes.len())
    );
}

#[test]
fn only_so_many_sentences_are_kept_and_the_rest_is_said_to_be_dropped() {
    let told = "An attacker downloaded 5,000 records from the API.";
    for (name, rest) in [
        ("lines", "a\n".repeat(200_000)),
        ("sentences", "A b. ".repeat(100_000)),
        ("items", "- a\n".repeat(100_000)),
        ("markdown", "## A\n\n**b** [a](http://c)\n".repeat(40_000)),
        ("code", format!("# A\n\n## B\n\n```\n{}", "a\n".repeat(200_000))),
        ("html", format!("<html>{}", "<p>a".repeat(100_000))),
        ("comments", format!("<html>{}", "<!-- --> a".repeat(100_000))),
    ] {
        let text = if rest.starts_with("<html>") {
            format!("<html><p>{told}</p>{rest}")
        } else {
            format!("{told}\n\n{rest}")
        };
        let intel = understand(text.as_bytes(), "a").unwrap();
        let sentences = intel.statements.last().map_or(0, |last| last.sentence);
        assert!((1..=20_000).contains(&sentences) || name == "comments", "{name}: {sentences}");
        assert!(intel.dropped.len() <= 20_002, "{name}: {}", intel.dropped.len());
        let last = intel.dropped.last().unwrap_or_else(|| panic!("{name}"));
        assert_eq!(last.reason, DroppedAs::TooLong, "{name}");
        assert!(text[last.span.end..].trim().is_empty(), "{name}: {:?} of {}", last.span, text.len());
    }
}

#[test]
fn hostile_text_costs_its_length() {
    let large = 400_000;
    for (name, text) in [
        ("one sentence without end", "the api did not require authentication and ".repeat(large / 40)),
        ("one word without end", "a".repeat(large)),
        ("signs", "[.(.{.@:/\\".repeat(large / 10)),
        ("brackets", "# a\n".to_owned() + &"[a](".repeat(large / 4)),
        ("tags", "<html>".to_owned() + &"<div><b>x".repeat(large / 9)),
        ("references", "<html>".to_owned() + &"&amp&#x41;&notin".repeat(large / 16)),
        ("commas", "names, emails, no passwords, but ".repeat(large / 33)),
        ("ids", "T1190 T1020.T1190,D3-NTA CWE-639 ".repeat(large / 33)),
        ("labels", "url_pattern/a_log_source".repeat(large / 24)),
        ("dots", "a.B".repeat(large / 3)),
        ("numbers", "27,000 customers of 1.2 million ".repeat(large / 32)),
        ("dates", "on May 5 2031-05-05 17 May 2031 ".repeat(large / 32)),
        ("names", "Acme Sample Company said ".repeat(large / 25)),
    ] {
        let start = Instant::now();
        let read = understand(text.as_bytes(), "a");
        assert!(start.elapsed() < BOUND, "{name}: {:?}", start.elapsed());
        eprintln!("{name}: {:?} {}", start.elapsed(), read.is_ok());
    }
}

#[test]
fn text_from_outside_stays_text() {
    let payloads = [
        "permit(principal, action, resource);",
        "<script>alert(1)</script>",
        "!!python/object:os.system",
        "=cmd|' /C calc'!A0",
    ];
    for payload in payloads {
        let report = format!("Examplia said that {payload} leaked the names of 5,000 customers.");
        let intel = understand(report.as_bytes(), "a.txt").unwrap();
        let text = serde_json::to_string(&intel).unwrap();
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert!(intel.statements.iter().all(|statement| statement.span.end <= report.len()));
    }
}
