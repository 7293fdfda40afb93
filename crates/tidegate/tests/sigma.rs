//! `tidegate sigma`: what it says of rules, logs and samples, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn sigma(folder: &Path, args: &[&str]) -> (Output, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let output = command.current_dir(folder).arg("sigma").args(args).env("NO_COLOR", "1").output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const GOOD: &str = "title: Orders Are Read by curl
id: 5f0c2f6e-6c39-4b0f-9c52-5f9d2f6f3c11
status: experimental
description: Somebody reads orders with curl
author: nobody
level: low
logsource:
  category: webserver
detection:
  selection:
    cs-uri-stem|contains: /orders
    cs-user-agent|startswith: curl/
  condition: selection
";

const ELSEWHERE: &str = "title: A Program Is Started
id: 0d3c4a53-6d0f-4d0e-8f3e-0f0f3c1f6a22
status: experimental
description: Somebody starts a program
author: nobody
level: low
logsource:
  category: process_creation
detection:
  selection:
    CommandLine|contains: curl
  condition: selection
";

#[test]
fn check_ends_as_what_it_found_and_says_where() {
    let away = "`A Program Is Started` is not applicable here: the category `process_creation`";
    for (text, code, said, place) in [
        (GOOD.to_owned(), 0, "1 rules in 1 files: 1 applicable here", ""),
        (ELSEWHERE.to_owned(), 0, away, "r.yml:8:3"),
        (GOOD.replace("cs-user-agent|", "cs-user-agnt|"), 0, "did you mean `cs-user-agent`?", "r.yml:12:5"),
        (GOOD.replace("level: low\n", ""), 1, "missing_level", "r.yml:1:1"),
        (GOOD.replace("|contains", "|contians"), 2, "unknown modifier 'contians'", "r.yml:11:5"),
        (GOOD.replace("condition: selection", "condition: selection and"), 2, "condition", "r.yml:13:"),
        ("title: [\n".to_owned(), 2, "error[TEXT-001]", "r.yml:1:8"),
    ] {
        let folder = folder(&[("r.yml", &text)]);
        let (output, out, err) = sigma(folder.path(), &["check", "r.yml"]);
        assert_eq!(output.status.code(), Some(code), "{out}{err}");
        let both = format!("{out}{err}");
        assert!(both.contains(said) && both.contains(place), "{said} {place}\n{both}");
        let (output, out, _) = sigma(folder.path(), &["check", "r.yml", "--format", "json"]);
        assert_eq!(output.status.code(), Some(code));
        let json: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["faults"].as_array().unwrap().is_empty(), code == 0, "{out}");
    }
}

#[test]
fn what_is_not_there_or_holds_no_rules_is_an_error_with_help() {
    let folder = folder(&[("log.txt", "x\n"), ("r.yml", GOOD)]);
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    for args in [["check", "gone.yml"], ["check", "empty"], ["test", "gone"], ["test", "empty"]] {
        let (output, _, err) = sigma(folder.path(), &args);
        assert!(output.status.code() == Some(2) && err.contains("help"), "{args:?} {err}");
    }
    for args in [["match", "gone", "log.txt"], ["match", "r.yml", "log.txt"], ["match", "r.yml", "gone"]] {
        let (output, _, err) = sigma(folder.path(), &args);
        assert!(output.status.code() == Some(2) && err.contains("help"), "{args:?} {err}");
    }
}

/// The incident as a reverse proxy logs it: batches of customers by a script, and people beside it.
fn incident() -> String {
    let mut log = String::new();
    for n in 0..40 {
        let time = format!("26/Nov/2026:12:{:02}:{:02} +0000", n / 60, n % 60);
        log += &format!(
            "198.51.100.7 - - [{time}] \"POST /api/customers HTTP/1.1\" 200 2911 \"-\" \"curl/8.14.1\"\n"
        );
        log += &format!(
            "203.0.113.{n} - - [{time}] \"GET /products/{n} HTTP/1.1\" 200 911 \"https://shop.example/\" \"Mozilla/5.0 (X11) Firefox/140.0\"\n"
        );
    }
    log + "what is this\n"
}

#[test]
fn the_shipped_pack_finds_the_incident_in_a_combined_log_and_nobody_else() {
    let folder = folder(&[("access.log", &incident())]);
    let (output, out, err) = sigma(folder.path(), &["match", "shipped", "access.log"]);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(
        out.starts_with("high          Script Posts to a Collection Again and Again (1 times)\n"),
        "{out}"
    );
    assert!(out.contains("access.log:39 20 counted c-ip=198.51.100.7"), "{out}");
    assert!(out.contains("not to be seen in access.log"), "{out}");
    assert!(err.contains("1 matches of 1 rules in 81 lines; 1 lines could not be read"), "{err}");
    let (_, out, _) = sigma(folder.path(), &["match", "shipped", "access.log", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["rules"][0]["examples"][0]["group"]["c-ip"], "198.51.100.7", "{out}");
    assert_eq!(json["rejected"], 1);
}

#[test]
fn lines_of_fields_are_matched_and_a_field_that_a_line_does_not_tell_matches_nothing_under_not() {
    let rule = GOOD.replace(
        "condition: selection",
        "filter:\n    cs-referer|contains: shop\n  condition: selection and not filter",
    );
    let line = |referer: &str| {
        format!("{{\"cs-method\":\"GET\",\"cs-uri\":\"/orders/7\",\"cs-user-agent\":\"curl/8\"{referer}}}\n")
    };
    let log = [
        line(""),
        line(",\"cs-referer\":null"),
        line(",\"cs-referer\":\"https://shop.example\""),
        "\n{}\n".into(),
    ]
    .concat();
    let folder = folder(&[("r.yml", &rule), ("log.ndjson", &log)]);
    let (output, out, err) = sigma(folder.path(), &["match", "r.yml", "log.ndjson"]);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("(1 times)") && out.contains("log.ndjson:2"), "{out}");
    assert!(err.contains("1 lines could not be read"), "{err}");
}

#[test]
fn samples_pass_for_the_pack_and_a_wrong_one_is_told_with_its_line() {
    let here = tempfile::tempdir().unwrap();
    let (output, out, err) = sigma(here.path(), &["test", "shipped"]);
    assert_eq!((output.status.code(), &*out), (Some(0), ""), "{err}");
    let fires = "{\"name\":\"by curl\",\"events\":[{\"cs-uri\":\"/orders\",\"cs-user-agent\":\"curl/8\"}]}\n\
                 {\"name\":\"by a browser\",\"events\":[{\"cs-uri\":\"/orders\",\"cs-user-agent\":\"Mozilla/5.0\"}]}\n";
    let folder = folder(&[("r.yml", GOOD), ("r.fires.ndjson", fires)]);
    let (output, out, err) = sigma(folder.path(), &["test", "r.yml"]);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("`by a browser` (fires) fails: no rule spoke\n --> r.fires.ndjson:2:1"), "{out}");
    assert!(err.contains("r.yml: no `silent` samples") && err.contains("2 samples, 1 failed"), "{err}");
    let (_, out, _) = sigma(folder.path(), &["test", "r.yml", "--format", "json"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&json["samples"][0]["passed"], &json["samples"][1]["passed"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
}

#[test]
fn the_fields_are_listed_as_the_manual_has_them() {
    let (output, out, _) = sigma(Path::new("."), &["check", "--fields"]);
    assert_eq!(output.status.code(), Some(0));
    let manual =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sigma.md")).unwrap();
    for field in sigma::Field::ALL {
        assert!(out.contains(field.doc()), "{field}");
        let row = format!(
            "| `{}` | {} | {} |",
            field.name(),
            format!("{:?}", field.kind()).to_lowercase(),
            field.doc()
        );
        assert!(manual.contains(&row), "docs/sigma.md lacks the row\n{row}");
    }
}
