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
fn a_scope_that_holds_nothing_is_told_and_so_is_a_specification_that_declares_nothing() {
    let folder = folder();
    let log = written(folder.path(), "access.log", walk().as_bytes()).display().to_string();
    for (option, value) in [
        ("--client", "192.0.2.0/24"),
        ("--endpoint", "GET /api/customers/{id}"),
        ("--since", "2027-01-01"),
        ("--until", "2020-01-01"),
    ] {
        let output = tidegate(&["hunt", &log, option, value]);
        let (code, told) = (output.status.code(), text(&output.stderr));
        assert_eq!(code, Some(0), "{option}");
        assert!(told.contains("none of 230 exchanges") && told.contains(value), "{option}: {told}");
    }
    let output = tidegate(&["hunt", &log, "--client", "198.51.100.7"]);
    assert!(!text(&output.stderr).contains("none of"), "{}", text(&output.stderr));
    for junk in ["just words", "openapi: 3.0.0\npaths: {}\n", "{\"a\": [1, 2]}"] {
        let spec = written(folder.path(), "junk.yaml", junk.as_bytes()).display().to_string();
        let output = tidegate(&["hunt", &log, "--spec", &spec]);
        assert_eq!(output.status.code(), Some(2), "{junk}");
        assert!(text(&output.stderr).contains("cannot read specification"), "{}", text(&output.stderr));
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

/// Rules of one's own: one that matches every order, one that counts them, one whose template was learned,
/// one that only remarks; and two that must hold of nothing.
const RULES: &str = "\
title: An Order Is Read
id: 3f0c2b9e-5c0b-4c1e-9a53-0d2f4d6c7a01
name: order_read
tags: [attack.collection, attack.t1213.006]
logsource: {category: webserver}
detection: {order: {cs-uri-stem|startswith: /api/orders/}, condition: order}
level: high
---
title: Many Orders Are Read
id: 3f0c2b9e-5c0b-4c1e-9a53-0d2f4d6c7a02
tags: [attack.t1119]
correlation: {type: event_count, rules: [order_read], group-by: [c-ip], timespan: 10m, condition: {gte: 20}, generate: true}
level: critical
---
title: Template of Orders
id: 3f0c2b9e-5c0b-4c1e-9a53-0d2f4d6c7a03
logsource: {category: api_activity}
detection: {order: {endpoint: '/api/orders/{id}'}, condition: order}
level: low
---
title: Unknown Field
id: 3f0c2b9e-5c0b-4c1e-9a53-0d2f4d6c7a04
logsource: {category: webserver}
detection: {order: {no-such-field: x}, condition: not order}
level: critical
---
title: Unknown Category
id: 3f0c2b9e-5c0b-4c1e-9a53-0d2f4d6c7a05
logsource: {category: process_creation}
detection: {order: {cs-method: GET}, condition: order}
level: critical
---
title: What the Log Does Not Tell
id: 3f0c2b9e-5c0b-4c1e-9a53-0d2f4d6c7a06
logsource: {category: webserver}
detection: {order: {cs-cookie: x}, condition: not order}
level: critical
";

#[test]
fn rules_of_ones_own_are_told_in_every_form_and_what_is_not_known_matches_nothing() {
    let folder = folder();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    written(&rules, "orders.yml", RULES.as_bytes());
    let rules = rules.display().to_string();
    let log = written(folder.path(), "access.log", walk().as_bytes());
    let told = json(&log, &["--rules", &rules]);
    let matched: Vec<(&str, u64)> = told["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| (rule["title"].as_str().unwrap(), rule["matches"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        matched[..2],
        [("Many Orders Are Read", 1), ("An Order Is Read", 30)],
        "the gravest first: {matched:?}"
    );
    assert_eq!(matched.len(), 3, "{matched:?}");
    assert!(matched[2].0 == "Template of Orders" && matched[2].1 >= 25, "{matched:?}");
    let blind = told["blind_rules"][0]["rules"].as_array().unwrap();
    assert_eq!(blind.len(), 1, "{blind:?}");
    assert_eq!(blind[0]["lacks"][0], "cs-cookie");
    assert_eq!(told["rules"][0]["groups"][0]["group"]["c-ip"], "198.51.100.7");
    let ids: Vec<&str> =
        told["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let path = log.display().to_string();
    for format in ["text", "json", "ndjson", "csv", "ocsf", "html"] {
        let out = text(&tidegate(&["hunt", &path, "--rules", &rules, "--format", format]).stdout);
        for part in [ids[0], "Many Orders Are Read", "critical", "T1213.006", "198.51.100.7"] {
            let part = if format == "ocsf" && part == "critical" { "Critical" } else { part };
            assert!(out.contains(part), "{format} {part}: {out}");
        }
        assert!(!out.contains("Unknown "), "{format}: {out}");
    }
    // Of a rule its lines; of a correlation those that it counted, not only the one at which it spoke.
    for id in [ids[1], ids[0], "3f0c2b9e-5c0b-4c1e-9a53-0d2f4d6c7a02"] {
        let output = tidegate(&["hunt", &path, "--rules", &rules, "--explain", id]);
        let lines = text(&output.stdout);
        assert_eq!(lines.lines().count(), 30, "{id}: {lines}");
        assert!(lines.lines().all(|line| line.contains("/api/orders/")));
    }
}

#[test]
fn the_shipped_rules_are_asked_unless_others_are_named_and_a_remark_is_no_finding() {
    let folder = folder();
    let line = "198.51.100.9 - - [26/Nov/2026:11:00:00 +0000] \"GET /app/.env HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n";
    let log = written(folder.path(), "access.log", line.as_bytes());
    let path = log.display().to_string();
    let told = json(&log, &[]);
    assert_eq!(told["rules"][0]["rule"], "92d254d7-fe03-40e4-808f-532c9af26054", "{told}");
    assert_eq!(tidegate(&["hunt", &path]).status.code(), Some(1));
    let told = json(&log, &["--rules", "none"]);
    assert_eq!(
        (told["rules"].as_array().unwrap().len(), &told["blind_rules"]),
        (0, &Value::Array(Vec::new()))
    );
    assert_eq!(tidegate(&["hunt", &path, "--rules", "none"]).status.code(), Some(0));
    let remark = "title: Remark\nlogsource: {category: webserver}\ndetection: {get: {cs-method: GET}, condition: get}\nlevel: informational\n";
    let remark = written(folder.path(), "remark.yml", remark.as_bytes()).display().to_string();
    assert_eq!(json(&log, &["--rules", &remark])["rules"][0]["matches"], 1);
    assert_eq!(tidegate(&["hunt", &path, "--rules", &remark]).status.code(), Some(0));
    assert_eq!(tidegate(&["hunt", &path, "--rules", &remark, "--rules", "shipped"]).status.code(), Some(1));
    assert_eq!(tidegate(&["hunt", &path, "--rules", "none", "--rules", "shipped"]).status.code(), Some(64));
    let broken = written(folder.path(), "broken.yml", b"title: x\n").display().to_string();
    assert_eq!(tidegate(&["hunt", &path, "--rules", &broken]).status.code(), Some(2));
}

#[test]
fn a_scope_holds_for_rules_too() {
    let folder = folder();
    written(folder.path(), "orders.yml", RULES.as_bytes());
    let rules = folder.path().join("orders.yml").display().to_string();
    let log = written(folder.path(), "access.log", walk().as_bytes());
    for scope in [["--client", "203.0.113.0/24"], ["--until", "2026-11-25"], ["--endpoint", "GET /about"]] {
        let told = json(&log, &[&["--rules", &rules], &scope[..]].concat());
        assert_eq!(told["rules"].as_array().unwrap().len(), 0, "{scope:?}");
    }
}

#[test]
fn what_would_have_stopped_it_is_written_with_what_it_would_have_refused() {
    let folder = folder();
    let log = written(folder.path(), "access.log", walk().as_bytes()).display().to_string();
    let out = folder.path().join("proposed");
    let to = out.display().to_string();
    let output = tidegate(&["hunt", &log, "--propose", &to, "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let one = &told["proposals"][0];
    assert_eq!(one["endpoint"], "GET /api/orders/{id}");
    assert_eq!(one["networks"][0], "198.51.100.7/32");
    assert_eq!(one["patch"]["attackers_records"], 30);
    assert_eq!(one["patch"]["innocents_records"], 0);
    assert_eq!(one["budget"]["per_hour"], 20);
    assert_eq!(one["budget"]["refused"]["still_left_records"], 20, "{one}");
    // The rule speaks at the twenty-first; what comes after it would have been refused.
    assert_eq!(
        (&one["rule"]["still_left_records"], &one["rule"]["attackers_records"]),
        (&21.into(), &9.into())
    );
    let cedar = std::fs::read_to_string(out.join("patch.cedar")).unwrap();
    for part in
        ["@id(\"h-", "@reason(\"H-", "@expires(\"", "forbid(principal", "Action::\"GET /api/orders/{id}\""]
    {
        assert!(cedar.contains(part), "{part}: {cedar}");
    }
    assert!(!cedar.contains("permit"));
    // The rule is one that hunts: asked of the same log it names the same client.
    let rules = out.join("rules.yml").display().to_string();
    let hunted = json(Path::new(&log), &["--rules", &rules]);
    assert_eq!(hunted["rules"][0]["addresses"][0]["ip"], "198.51.100.7");
    // What is there is not written over.
    assert_eq!(tidegate(&["hunt", &log, "--propose", &to]).status.code(), Some(2));
    assert_eq!(tidegate(&["hunt", "-", "--propose", "/nowhere"]).status.code(), Some(64));
}

#[test]
fn a_log_is_never_emptied_for_its_rejects() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("access.log");
    std::fs::write(&log, walk()).unwrap();
    let name = log.display().to_string();
    let output = tidegate(&["hunt", &name, "--rejects", &name]);
    assert_eq!(output.status.code(), Some(64), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("would be emptied"), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), walk());
}

#[test]
fn links_to_logs_are_read_and_no_file_twice() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("access.log");
    std::fs::write(&log, walk()).unwrap();
    let links = folder.path().join("containers");
    std::fs::create_dir(&links).unwrap();
    std::os::unix::fs::symlink(&log, links.join("shop.log")).unwrap();
    let linked = tidegate(&["hunt", &links.display().to_string()]);
    assert_eq!(linked.status.code(), Some(1), "{}", text(&linked.stderr));
    let lines = |told: &Value| {
        told["inputs"].as_array().unwrap().iter().map(|one| one["lines"].as_u64().unwrap()).sum::<u64>()
    };
    let once = lines(&json(&log, &[]));
    assert_eq!(lines(&json(&log, &[&folder.path().display().to_string()])), once);
}
