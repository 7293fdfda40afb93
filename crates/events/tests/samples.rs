//! Sample lines of every dialect, `tests/samples/WORD.log`, and what is read of them,
//! `tests/samples/WORD.events`. `UPDATE_EXPECT=1 cargo test -p events --test samples` writes the latter
//! anew; then read the difference.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use std::path::PathBuf;

use events::{Dialect, Event, Field, Prefix, Reader};

fn path(dialect: Dialect, ending: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    folder.join(format!("{}.{ending}", dialect.word()))
}

fn samples(dialect: Dialect) -> Vec<u8> {
    let path = path(dialect, "log");
    std::fs::read(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

/// Everything read of `lines`, owned.
fn events<'l>(mut reader: Reader, lines: impl Iterator<Item = &'l [u8]>) -> Vec<Event<'static>> {
    let mut events = Vec::new();
    for line in lines {
        let _ = reader.read(line, &mut |event| events.push(event.into_owned()));
    }
    reader.finish(&mut |event| events.push(event.into_owned())).unwrap();
    events
}

#[test]
fn sample_lines_of_every_dialect_are_read_as_written_down() {
    for &dialect in Dialect::ALL {
        let bytes = samples(dialect);
        let mut reader = Reader::new(dialect);
        let mut said: Vec<String> =
            common::lines(&bytes).map(|line| common::read(&mut reader, line)).collect();
        reader.finish(&mut |event| said.push(format!("at the end: {}", common::shown(&event)))).unwrap();
        expect_test::expect_file![path(dialect, "events")].assert_eq(&(said.join("\n") + "\n"));
    }
}

#[test]
fn a_dialect_tells_the_fields_it_says_it_tells_and_no_others() {
    for &dialect in Dialect::ALL {
        let bytes = samples(dialect);
        let events = events(Reader::new(dialect), common::lines(&bytes));
        let told = |field: &Field| events.iter().any(|event| field.is_told(event));
        let told: Vec<Field> = Field::ALL.iter().copied().filter(told).collect();
        assert_eq!(told, dialect.tells(), "{}", dialect.word());
    }
}

#[test]
fn samples_are_recognised_as_their_own_dialect() {
    for &dialect in Dialect::ALL {
        let bytes = samples(dialect);
        let verdict =
            Reader::recognise(common::lines(&bytes)).unwrap_or_else(|| panic!("{}", dialect.word()));
        assert_eq!((verdict.dialect, verdict.prefixes), (dialect, [Prefix::None; 2]));
        assert_eq!(Dialect::named(dialect.word()), Some(dialect));
        assert!(dialect.source().starts_with("https://"), "{}", dialect.word());
    }
}

#[test]
fn samples_are_recognised_and_read_the_same_behind_every_prefix() {
    for &dialect in Dialect::ALL {
        let bytes = samples(dialect);
        let plain = events(Reader::new(dialect), common::lines(&bytes));
        for (prefixes, wrap) in wraps() {
            let wrapped: Vec<Vec<u8>> = common::lines(&bytes).flat_map(wrap).collect();
            let lines = wrapped.iter().map(Vec::as_slice);
            let what = format!("{} behind {}", dialect.word(), prefixes[0].word());
            let verdict = Reader::recognise(lines.clone()).expect(&what);
            assert_eq!((verdict.dialect, verdict.prefixes), (dialect, prefixes), "{what}");
            let mut read = events(verdict.reader(), lines);
            // A line without a time has its carrier's.
            for (read, plain) in read.iter_mut().zip(&plain) {
                if plain.at.is_none() {
                    read.at = None;
                }
            }
            assert_eq!(read, plain, "{what}");
        }
    }
}

type Wrap = fn(&[u8]) -> Vec<Vec<u8>>;

/// Every prefix, and how it is put before a line: one line, or pieces.
fn wraps() -> Vec<([Prefix; 2], Wrap)> {
    fn before(prefix: &str, line: &[u8]) -> Vec<u8> {
        [prefix.as_bytes(), line].concat()
    }
    fn docker(line: &[u8]) -> Vec<Vec<u8>> {
        let (one, two) = std::str::from_utf8(line).unwrap().split_at(line.len() / 2);
        let object = |log: String| {
            let object =
                serde_json::json!({"log": log, "stream": "stdout", "time": "2026-11-26T11:42:06.1Z"});
            object.to_string().into_bytes()
        };
        vec![object(one.to_owned()), object(format!("{two}\n"))]
    }
    vec![
        ([Prefix::Syslog, Prefix::None], |line| {
            vec![before("<190>1 2026-11-26T11:42:06.003Z web app 8 - [x@1 a=\"]\\\"\"] ", line)]
        }),
        ([Prefix::Syslog, Prefix::None], |line| vec![before("<190>Nov 26 11:42:06 web nginx: ", line)]),
        ([Prefix::Syslog, Prefix::None], |line| vec![before("Nov  6 11:42:06 web haproxy[8]: ", line)]),
        ([Prefix::Docker, Prefix::None], docker),
        ([Prefix::Cri, Prefix::None], |line| {
            let (one, two) = line.split_at(line.len() / 2);
            let time = "2026-11-26T11:42:06.123456789+01:00";
            vec![
                before(&format!("{time} stdout P "), one),
                before(&format!("{time} stderr F "), b"something else"),
                before(&format!("{time} stdout F "), two),
            ]
        }),
        ([Prefix::JournalJson, Prefix::None], |line| {
            let object =
                serde_json::json!({"_PID": "8", "MESSAGE": line, "__REALTIME_TIMESTAMP": "1764157326123456"});
            vec![object.to_string().into_bytes()]
        }),
        ([Prefix::Compose, Prefix::None], |line| vec![before("web-1  | ", line)]),
        ([Prefix::Stamp, Prefix::None], |line| vec![before("2026-11-26T11:42:06.123456789Z ", line)]),
        ([Prefix::Docker, Prefix::Syslog], |line| docker(&before("<134>Nov 26 11:42:06 haproxy[8]: ", line))),
    ]
}
