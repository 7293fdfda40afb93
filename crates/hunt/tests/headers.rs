//! Logs whose sizes count the headers of answers too: HAProxy's, as combined lines with a tail of its own.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use events::{Dialect, Reader};
use hunt::{Hunt, LineRef, Settings, Told};

const FROM: &str = "203.0.113.7";

/// A number between 0 and 59 that is another each time.
fn some(nth: u64) -> u64 {
    nth * 37 % 60
}

/// Somebody's posts to `path`, one a minute, answered with as many bytes of body as `body` says and so many of
/// headers, among requests for what is not there.
fn told(path: &str, body: fn(u64) -> u64, headers: u64, says_dialect: bool) -> Told {
    let mut reader = Reader::new(Dialect::HaproxyClf);
    let mut hunt = Hunt::new(Settings::default());
    if says_dialect {
        hunt.reads(0, Dialect::HaproxyClf);
    }
    let mut line = String::new();
    for nth in 0..120u64 {
        let (from, request, status, sent) = match nth % 2 {
            0 => ("198.51.100.9", "GET /old.html".to_owned(), 404, 34),
            _ => (FROM, format!("POST {path}"), 200, body(nth)),
        };
        line.clear();
        write!(
            line,
            "{from} - - [24/Nov/2026:{:02}:{:02}:07 +0000] \"{request} HTTP/1.1\" {status} {} \"\" \"\" 50033 123 \
             \"https-in~\" \"shop\" \"node_1\" 0 0 1 2 3 \"----\" 1 1 0 0 0 0 0 \"\" \"\" \"\" \"\"",
            9 + nth / 60,
            nth % 60,
            sent + headers,
        )
        .unwrap();
        let at = LineRef { input: 0, line: nth + 1 };
        reader.read(line.as_bytes(), &mut |event| hunt.take(&event, at)).unwrap();
    }
    hunt.finish();
    hunt.told()
}

#[test]
fn what_headers_add_makes_no_page_of_a_log_in() {
    let log_in = |nth| 200 + some(nth);
    for headers in [0, 130, 290, 500] {
        let findings = told("/api/login", log_in, headers, true).findings;
        assert!(findings.is_empty(), "{headers}: {findings:#?}");
    }
    let unsaid = told("/api/login", log_in, 290, false).findings;
    assert_eq!(unsaid.len(), 1, "where nobody says what wrote the lines, each is as long as a page");
}

#[test]
fn pages_are_seen_whatever_headers_add() {
    for headers in [0, 130, 290, 500, 900] {
        let findings = told("/api/preorders", |nth| 1834 + 4 * some(nth), headers, true).findings;
        assert_eq!(findings.len(), 1, "{headers}");
    }
}
