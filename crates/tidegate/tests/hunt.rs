//! `tidegate hunt` as people run it: the demo's own log gives the gateway's own signals, packed and rotated
//! logs read as plain ones, and every way to end has its exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn tidegate(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(path: &Path, more: &[&str]) -> Value {
    let path = path.display().to_string();
    let output = tidegate(&[&["hunt", &path, "--format", "json"], more].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// A walk of thirty orders among visitors of pages, as nginx writes it.
fn walk() -> String {
    let mut lines = String::new();
    for n in 0..200 {
        let (minute, second) = (n / 60, n % 60);
        let time = format!("26/Nov/2026:10:{minute:02}:{second:02} +0000");
        let page = format!(
            "203.0.113.{} - - [{time}] \"GET /about HTTP/1.1\" 200 5120 \"-\" \"Mozilla/5.0\"\n",
            n % 90
        );
        lines.push_str(&page);
        if (100..130).contains(&n) {
            let order = format!(
                "198.51.100.7 - - [{time}] \"GET /api/orders/{} HTTP/1.1\" 200 {} \"-\" \"curl/8.5.0\"\n",
                4000 + n,
                400 + n
            );
            lines.push_str(&order);
        }
    }
    lines
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_same_exchanges_give_the_same_signals_as_in_the_gateway() {
    let folder = folder();
    for scenario in ["post-batches", "query-ids", "many-addresses-50"] {
        let log = folder.path().join(format!("{scenario}.ndjson"));
        let path = log.display().to_string();
        let run = tidegate(&["demo", "--scenario", scenario, "--mode", "guard", "--exchange-log", &path]);
        assert!(run.status.success(), "{scenario}: {}", text(&run.stderr));
        let told = json(&log, &[]);
        let marked =
            text(&std::fs::read(&log).unwrap()).lines().filter(|line| line.contains("\"signals\":[")).count();
        assert!(marked > 0, "{scenario}: the gateway spoke");
        assert_eq!(
            told["totals"]["marked"], marked,
            "{scenario}: nothing is said that the gateway did not say"
        );
        assert_eq!(told["totals"]["agreed"], marked, "{scenario}: all is said that the gateway said");
        assert!(!told["findings"].as_array().unwrap().is_empty(), "{scenario}");
    }
}

#[test]
fn a_walk_is_told_with_who_what_how_many_and_the_next_command() {
    let folder = folder();
    let log = written(folder.path(), "access.log", walk().as_bytes());
    let path = log.display().to_string();
    let output = tidegate(&["hunt", &path]);
    assert_eq!(output.status.code(), Some(1));
    let out = text(&output.stdout);
    for part in [
        "1 finding in 230 lines of 1 log",
        "who    198.51.100.7",
        "sequential-ids",
        "GET /api/orders/{id}",
        "at least 28, at most ",
        "when   2026-11-26T10:01:42Z to 2026-11-26T10:02:09Z",
        &format!("now    tidegate hunt {path} --explain H-"),
        "not visible in these logs",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let id = json(&log, &[])["findings"][0]["id"].as_str().unwrap().to_owned();
    let lines = text(&tidegate(&["hunt", &path, "--explain", &id]).stdout);
    assert_eq!(lines.lines().count(), 28, "the first two may be its own: {lines}");
    assert!(lines.lines().all(|line| line.starts_with("198.51.100.7 ") && walk().contains(line)));
}

#[test]
fn packed_and_rotated_parts_are_one_log_in_the_order_of_time() {
    let (folder, whole) = (folder(), walk());
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let part = |from: usize, to: usize| lines[from..to].concat();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(part(0, 80).as_bytes()).unwrap();
    let zstd = |plain: &str| {
        ruzstd::encoding::compress_to_vec(plain.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)
    };
    written(folder.path(), "access.log.10.gz", &gzip.finish().unwrap());
    written(folder.path(), "access.log.2.zst", &zstd(&part(80, 120)));
    written(folder.path(), "access.log.1", part(120, 150).as_bytes());
    written(folder.path(), "access.log", part(150, lines.len()).as_bytes());
    let plain = written(tempfile::tempdir().unwrap().keep().as_path(), "access.log", whole.as_bytes());
    let (rotated, once) = (json(folder.path(), &[]), json(&plain, &[]));
    assert_eq!(rotated["findings"], once["findings"]);
    assert_eq!(rotated["inputs"].as_array().unwrap().len(), 1);
}

#[test]
fn two_logs_of_the_same_days_are_read_side_by_side() {
    // By turns two lines to one server and two to another: alone each shows every other order.
    let (folder, alone, whole) = (folder(), folder(), walk());
    for (name, rest) in [("a.log", 0), ("b.log", 1)] {
        let lines = whole.split_inclusive('\n').enumerate().filter(|(n, _)| n / 2 % 2 == rest);
        let lines: String = lines.map(|(_, line)| line).collect();
        written(folder.path(), name, lines.as_bytes());
    }
    let told = json(folder.path(), &[]);
    let once = json(&written(alone.path(), "access.log", whole.as_bytes()), &[]);
    assert_eq!(told["findings"][0]["signals"], once["findings"][0]["signals"]);
    assert_eq!(told["findings"][0]["first"], 1_795_687_302_000_u64, "the third order; two may be its own");
}

#[test]
fn every_ending_has_its_exit_code() {
    let folder = folder();
    let quiet: String =
        walk().lines().filter(|line| !line.contains("orders")).map(|line| format!("{line}\n")).collect();
    let path = |name: &str, text: &str| written(folder.path(), name, text.as_bytes()).display().to_string();
    let (walk, quiet, prose) =
        (path("walk.log", &walk()), path("quiet.log", &quiet), path("prose.txt", "no log\nat all\n"));
    for (args, code) in [
        (vec!["hunt", &walk], 1),
        (vec!["hunt", &quiet], 0),
        (vec!["hunt", &prose], 2),
        (vec!["hunt", "/nowhere/access.log"], 2),
        (vec!["hunt"], 64),
        (vec!["hunt", &walk, "--dialect", "cuneiform"], 64),
        (vec!["hunt", &walk, "--since", "yesterday"], 64),
        (vec!["hunt", &walk, "--client", "203.0.113.0/24"], 0),
        (vec!["hunt", &walk, "--until", "2026-11-25"], 0),
        (vec!["hunt", &walk, "--endpoint", "GET /api/orders/{id}"], 1),
        (vec!["hunt", &walk, "--explain", "H-00000000"], 2),
        (vec!["hunt", "-", "--explain", "H-00000000"], 64),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_tidegate")).args(&args).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn lines_that_cannot_be_read_are_counted_kept_and_stop_nothing() {
    let folder = folder();
    let log = written(folder.path(), "access.log", format!("{}broken \u{1} line\n", walk()).as_bytes());
    let rejects = folder.path().join("rejects");
    let told = json(&log, &["--rejects", &rejects.display().to_string()]);
    assert_eq!(told["totals"]["unreadable"], 1);
    assert_eq!(told["findings"].as_array().unwrap().len(), 1);
    assert_eq!(std::fs::read_to_string(rejects).unwrap(), "broken \u{1} line\n");
}

#[test]
fn a_log_that_grows_is_followed_and_its_walk_told_while_it_goes_on() {
    use std::io::{BufRead as _, BufReader};
    let (folder, whole) = (folder(), walk());
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let log = written(folder.path(), "access.log", lines[..100].concat().as_bytes());
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args(["hunt", &log.display().to_string(), "--follow", "--format", "ndjson"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    // Half a line first: it is no line until the rest of it came.
    let rest = lines[100..].concat();
    let (half, other) = rest.split_at(50);
    file.write_all(half.as_bytes()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    file.write_all(other.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let finding: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(finding["addresses"][0]["ip"], "198.51.100.7");
}

#[test]
fn what_a_client_calls_itself_is_inert_in_every_form() {
    let folder = folder();
    let hostile = r#"=cmd()|\x1b[31m<script src=//198.51.100.9></script>"#;
    let log = walk().replace("curl/8.5.0", hostile);
    let path = written(folder.path(), "access.log", log.as_bytes()).display().to_string();
    for format in ["text", "json", "ndjson", "csv", "ocsf", "html"] {
        let output = tidegate(&["hunt", &path, "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}: {}", text(&output.stderr));
        let out = text(&output.stdout);
        assert!(out.contains("198.51.100.7"), "{format}");
        assert!(!out.contains('\u{1b}') && !out.contains(",=cmd"), "{format}: {out}");
        if format == "html" {
            assert!(!out.contains("<script") && !out.contains("src=\"") && !out.contains("href="), "{out}");
            assert!(out.contains("<circle ") && out.contains("T1119") && out.contains("default-src 'none'"));
        }
        if matches!(format, "ndjson" | "ocsf") {
            assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{format}");
        }
    }
}

#[test]
fn a_specification_names_the_endpoints() {
    let folder = folder();
    let log = written(folder.path(), "access.log", walk().as_bytes());
    let spec = "openapi: 3.0.0\ninfo: {title: Shop, version: '1'}\npaths:\n  /api/orders/{orderNumber}:\n    get: {responses: {'200': {description: ok}}}\n";
    let spec = written(folder.path(), "shop.yaml", spec.as_bytes()).display().to_string();
    let told = json(&log, &["--spec", &spec]);
    assert_eq!(told["findings"][0]["endpoints"][0]["endpoint"], "GET /api/orders/{orderNumber}");
}
