//! Logs as they come: packed ones for `sigma match` too, files that grow, are cut or renamed while they are
//! followed, and what is no log at all.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

fn tidegate(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A line of an access log, `second` seconds after ten.
fn line(second: u64, client: &str, request: &str, status: u16) -> String {
    let (hour, minute, second) = (10 + second / 3600, second / 60 % 60, second % 60);
    format!(
        "{client} - - [26/Nov/2026:{hour:02}:{minute:02}:{second:02} +0000] \"{request} HTTP/1.1\" {status} {} \"-\" \"curl/8.5.0\"\n",
        400 + second
    )
}

fn walk(client: &str, from: u64) -> String {
    (from..from + 40).map(|n| line(n, client, &format!("GET /api/orders/{}", 4000 + n), 200)).collect()
}

fn quiet(from: u64, lines: u64) -> String {
    (from..from + lines).map(|n| line(n, &format!("203.0.113.{}", n % 90), "GET /about", 200)).collect()
}

/// A hunt that follows; its lines of JSON come over a channel.
struct Follows {
    child: Child,
    told: Receiver<Value>,
}

impl Follows {
    fn start(logs: &[&Path]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .arg("hunt")
            .args(logs)
            .args(["--follow", "--format", "ndjson", "--rules", "none"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (give, told) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = give.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, told }
    }

    /// Waits until something is told that `is` it.
    fn until(&self, what: &str, is: impl Fn(&Value) -> bool) {
        let begun = std::time::Instant::now();
        while let Some(rest) = Duration::from_secs(60).checked_sub(begun.elapsed()) {
            if self.told.recv_timeout(rest).is_ok_and(|told| is(&told)) {
                return;
            }
        }
        panic!("{what}: not told within a minute");
    }

    fn until_client(&self, client: &str) {
        self.until(client, |told| told["addresses"][0]["ip"] == client);
    }
}

impl Drop for Follows {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append(path: &Path, text: &str) {
    std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_log_that_is_cut_after_it_grew_is_read_from_its_beginning_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(folder.path(), "access.log", quiet(0, 20).as_bytes());
    let follows = Follows::start(&[&log]);
    append(&log, &walk("198.51.100.7", 100));
    follows.until_client("198.51.100.7");
    // Copytruncate: shorter than what was read, longer than it was when it was opened.
    std::fs::copy(&log, folder.path().join("access.log.1")).unwrap();
    std::fs::write(&log, quiet(200, 25)).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    append(&log, &walk("198.51.100.8", 300));
    follows.until_client("198.51.100.8");
}

#[test]
fn what_is_written_to_a_renamed_log_is_read_beside_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let log = written(folder.path(), "access.log", quiet(0, 20).as_bytes());
    let follows = Follows::start(&[&log]);
    append(&log, &walk("198.51.100.7", 100));
    follows.until_client("198.51.100.7");
    let old = folder.path().join("access.log.1");
    std::fs::rename(&log, &old).unwrap();
    written(folder.path(), "access.log", quiet(200, 5).as_bytes());
    std::thread::sleep(Duration::from_millis(700));
    // The server was not told of the rotation yet.
    append(&old, &walk("198.51.100.8", 300));
    follows.until_client("198.51.100.8");
    append(&log, &walk("198.51.100.9", 400));
    follows.until_client("198.51.100.9");
}

#[test]
fn several_logs_are_followed_side_by_side_and_what_becomes_of_endpoints_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let logs: Vec<PathBuf> =
        ["a.log", "b.log"].iter().map(|name| written(folder.path(), name, quiet(0, 20).as_bytes())).collect();
    let follows = Follows::start(&[&logs[0], &logs[1]]);
    append(&logs[0], &walk("198.51.100.7", 100));
    follows.until_client("198.51.100.7");
    append(&logs[1], &walk("198.51.100.8", 200));
    follows.until_client("198.51.100.8");
    // The last one and the first.
    append(&logs[0], &(300..400).map(|n| line(n, "203.0.113.5", "GET /about", 502)).collect::<String>());
    follows.until("an error storm", |told| told["kind"] == "error-storm" && told["endpoint"] == "GET /about");
    let mut days = String::new();
    for (day, n) in (27..31).flat_map(|day| (0..100).map(move |n| (day, n))).chain((0..400).map(|n| (31, n)))
    {
        let status = if day < 31 && n % 10 == 0 { 401 } else { 200 };
        let line = line(n, &format!("198.18.{}.1", n % 50), "GET /api/team", status);
        let (day, month) = if day == 31 { (1, "Dec") } else { (day, "Nov") };
        days += &line.replace("26/Nov", &format!("{day:02}/{month}"));
    }
    append(&logs[1], &days);
    follows.until("a lock that is off", |told| {
        told["kind"] == "stopped-asking" && told["endpoint"] == "GET /api/team"
    });
}

#[test]
fn packed_and_rotated_logs_are_matched_as_plain_ones() {
    let folder = tempfile::tempdir().unwrap();
    let plain: String = (0..40).map(|n| line(n, "198.51.100.7", "POST /api/customers", 200)).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(plain.as_bytes()).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(plain.as_bytes()).unwrap();
    let zstd =
        ruzstd::encoding::compress_to_vec(plain.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let matched = |path: &Path| {
        let output =
            tidegate(&["sigma", "match", "shipped", &path.display().to_string(), "--format", "json"]);
        let told: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
        (
            output.status.code(),
            told["rules"][0]["title"].clone(),
            told["lines"].clone(),
            told["rejected"].clone(),
        )
    };
    let expected = matched(&written(folder.path(), "plain.log", plain.as_bytes()));
    assert_eq!((expected.0, &expected.2), (Some(1), &Value::from(40)));
    for (name, packed) in
        [("a.gz", gzip.finish().unwrap()), ("b.bz2", bzip2.finish().unwrap()), ("c.zst", zstd)]
    {
        assert_eq!(matched(&written(folder.path(), name, &packed)), expected, "{name}");
    }
    // A rotated set, the older half packed: the count goes on from one part to the other.
    let set = folder.path().join("set");
    std::fs::create_dir(&set).unwrap();
    let half = plain.len() / 40 * 20;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain.as_bytes()[..half]).unwrap();
    written(&set, "access.log.1", &gzip.finish().unwrap());
    written(&set, "access.log", &plain.as_bytes()[half..]);
    assert_eq!(matched(&set), expected);
    // What breaks off is told after everything that was found.
    let mut broken = std::fs::read(folder.path().join("a.gz")).unwrap();
    broken.truncate(broken.len() - 5);
    let broken = written(folder.path(), "broken.gz", &broken);
    let output = tidegate(&["sigma", "match", "shipped", &broken.display().to_string()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("Script Posts to a Collection"), "{}", text(&output.stdout));
}

#[test]
fn what_is_no_log_ends_with_two_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let wide: Vec<u8> =
        format!("\u{feff}{}", walk("198.51.100.7", 0)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = written(folder.path(), "wide.log", &wide).display().to_string();
    let blind = "{\"level\":\"info\",\"message\":\"started\"}\n".repeat(20);
    let blind = written(folder.path(), "app.json", blind.as_bytes()).display().to_string();
    for (log, said) in [
        (wide.as_str(), "iconv -f UTF-16 -t UTF-8"),
        ("/dev/zero", "a line does not end within 256 MiB"),
        (blind.as_str(), "no exchange stands in"),
    ] {
        for command in [vec!["hunt", log], vec!["sigma", "match", "shipped", log]] {
            let output = tidegate(&command);
            let err = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{command:?} {err}");
            let is_sigma = command[0] == "sigma" && log == blind;
            assert!(err.contains(said) || is_sigma, "{command:?} {err}");
        }
    }
}

#[test]
fn junk_without_an_end_is_given_up() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["hunt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let junk = "no line of any log that anybody reads\n".repeat(1000);
    // Until it reads no more.
    let mut written = 0_u32;
    while stdin.write_all(junk.as_bytes()).is_ok() {
        written += 1;
        assert!(written < 1000, "a million lines, and it still reads");
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = text(&output.stderr);
    assert!(err.contains("none of its first 100") && err.contains("lines can be read; given up"), "{err}");
}

#[test]
fn of_a_log_that_is_mostly_unreadable_a_warning_is_given_and_the_rest_is_hunted_in() {
    let folder = tempfile::tempdir().unwrap();
    let log = "what is this line\n".repeat(400) + &walk("198.51.100.7", 0);
    let log = written(folder.path(), "access.log", log.as_bytes()).display().to_string();
    let output = tidegate(&["hunt", &log, "--format", "csv"]);
    let err = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains(" of 440 lines of "), "{err}");
    // The column has the addresses themselves.
    let out = text(&output.stdout);
    let rows: Vec<Vec<&str>> = out.lines().map(|row| row.split(',').collect()).collect();
    let column = rows[0].iter().position(|name| *name == "addresses").unwrap();
    assert_eq!(rows[1][column], "\"198.51.100.7\"", "{out}");
}

#[test]
fn a_log_without_zones_is_said_to_be_read_as_utc() {
    let folder = tempfile::tempdir().unwrap();
    for (name, zone, is_said) in [("a.log", " +0000", false), ("b.log", "", true)] {
        let log = walk("198.51.100.7", 0).replace(" +0000", zone);
        let path = written(folder.path(), name, log.as_bytes()).display().to_string();
        let out = text(&tidegate(&["hunt", &path]).stdout);
        assert_eq!(out.contains("without one and were read as UTC"), is_said, "{out}");
    }
}
