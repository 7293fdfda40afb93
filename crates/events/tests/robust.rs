//! Reading is total and linear: whatever the line, no dialect panics, and one eight times as long takes
//! about eight times as long.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::{Duration, Instant};

use events::{Dialect, MOST_LINE, Prefix, Reader, Reject, Verdict};
use proptest::prelude::*;

/// What a line is filled with: characters that mean something, and openings that nothing closes.
const FILLS: &[&str] = &[
    "a", "\"", "\\", " ", "[", ",", "\t", "\\\"", "\" \"", " [id \"", "%", "#", "|", "\"\"", "- ", "{\"a\":",
    "\u{0}",
];

const SMALL: usize = MOST_LINE / 8;
/// Among lines of this length the worst is looked for.
const SOUGHT: usize = 64 << 10;

fn samples(dialect: Dialect) -> Vec<Vec<u8>> {
    let path = format!("{}/tests/samples/{}.log", env!("CARGO_MANIFEST_DIR"), dialect.word());
    common::lines(&std::fs::read(path).unwrap()).map(<[u8]>::to_vec).collect()
}

/// `before`, and the fill again and again up to `length`.
fn filled(before: &[u8], fill: &str, length: usize) -> Vec<u8> {
    before.iter().copied().chain(fill.bytes().cycle()).take(length).collect()
}

/// How long a reader that knows the samples takes for a line.
fn time(dialect: Dialect, samples: &[Vec<u8>], line: &[u8]) -> Duration {
    let mut reader = Reader::new(dialect);
    for sample in samples {
        let _ = reader.read(sample, &mut |_| ());
    }
    let begun = Instant::now();
    let _ = reader.read(line, &mut |_| ());
    let _ = reader.finish(&mut |_| ());
    begun.elapsed()
}

#[test]
fn the_worst_line_of_every_dialect_takes_time_by_its_length() {
    for &dialect in Dialect::ALL {
        let samples = samples(dialect);
        // After headers; a longer sample has more places to be cut at.
        let whole = samples.iter().max_by_key(|sample| sample.len()).unwrap();
        let mut worst = (Duration::ZERO, &whole[..0], "");
        for fill in FILLS {
            for eighth in [0, 2, 5, 7] {
                let before = &whole[..whole.len() * eighth / 8];
                let took = time(dialect, &samples, &filled(before, fill, SOUGHT));
                worst = worst.max((took, before, fill));
            }
        }
        let (_, before, fill) = worst;
        let quickest = |length: usize| {
            let line = filled(before, fill, length);
            (0..2).map(|_| time(dialect, &samples, &line)).min().unwrap()
        };
        let small = quickest(SMALL);
        assert!(small < Duration::from_secs(1), "{}: {small:?} of {fill:?}", dialect.word());
        let large = quickest(MOST_LINE);
        // Eight times as long; three times that for a machine with other work. Quadratic is sixty-four.
        let bound = small.max(Duration::from_millis(1)) * 24;
        assert!(
            large < bound,
            "{}: {small:?} for {SMALL} bytes, {large:?} for {MOST_LINE}, of {fill:?} after {:?}",
            dialect.word(),
            String::from_utf8_lossy(before)
        );
    }
}

#[test]
fn ten_megabytes_of_one_character_are_rejected_unread() {
    for &dialect in Dialect::ALL {
        for fill in [b'a', b'"', b'{', b' '] {
            let line = vec![fill; 10_000_000];
            let read = Reader::new(dialect).read(&line, &mut |_| ());
            assert_eq!(read, Err(Reject::Long), "{}", dialect.word());
        }
    }
}

fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = Dialect::ALL.iter().flat_map(|&dialect| samples(dialect)).collect();
    let pieces = prop_oneof![
        prop::sample::select(FILLS).prop_map(|fill| fill.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
        prop::sample::select(lines.clone()),
    ];
    (
        prop::sample::select(lines),
        prop::collection::vec((any::<prop::sample::Index>(), 0..20_usize, pieces), 0..4),
    )
        .prop_map(|(mut line, changes)| {
            for (at, removed, put) in changes {
                let at = at.index(line.len() + 1);
                let end = line.len().min(at + removed);
                line.splice(at..end, put);
            }
            line
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_panics_and_no_event_says_more_than_its_line(
        lines in prop::collection::vec(any_line(), 1..6),
        outer in prop::sample::select(&[Prefix::None, Prefix::Docker, Prefix::Cri, Prefix::JournalJson, Prefix::Syslog][..]),
        inner in prop::sample::select(&[Prefix::None, Prefix::Syslog, Prefix::Compose, Prefix::Stamp][..]),
    ) {
        let _ = Reader::recognise(lines.iter().map(Vec::as_slice));
        let most: usize = lines.iter().map(Vec::len).sum();
        for &dialect in Dialect::ALL {
            let mut reader = Verdict { dialect, prefixes: [outer, inner], reads: 0, of: 0 }.reader();
            let mut each = |event: events::Event<'_>| {
                for text in [&event.target, &event.agent, &event.host, &event.user, &event.forwarded, &event.id] {
                    assert!(text.as_ref().map_or(0, |text| text.len()) <= most, "{event:?}");
                }
                assert!(event.rules.len() <= events::MOST_RULES);
            };
            for line in &lines {
                let _ = reader.read(line, &mut each);
            }
            reader.finish(&mut each).ok();
        }
    }
}
