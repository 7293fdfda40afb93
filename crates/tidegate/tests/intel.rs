//! `tidegate intel`: a report in, one object out; what is no report is exit 2.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const REPORT: &str = "An attacker sent POST requests to an API that did not require authentication and downloaded 5,000 records in batches of ten records. Names and phone numbers were exposed; passwords were not.";

/// Runs the command with `input` on stdin.
fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    let mut child = command
        .arg("intel")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command line that is refused reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn a_report_is_one_object_from_a_file_as_from_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    std::fs::write(&path, REPORT).unwrap();
    let from_file = run(&[path.to_str().unwrap(), "--format", "json"], b"");
    let from_stdin = run(&["-", "--format", "json"], REPORT.as_bytes());
    assert_eq!(from_file.status.code(), Some(0), "{}", String::from_utf8_lossy(&from_file.stderr));
    assert_eq!(from_file.stdout, from_stdin.stdout);
    let object: Value = serde_json::from_slice(&from_file.stdout).unwrap();
    assert_eq!(object["schema"], "tidegate.intel/1");
    assert_eq!(object["is_incident"], true);
    let numbers: Vec<(u64, &str)> = object["numbers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|number| (number["value"].as_u64().unwrap(), number["role"].as_str().unwrap()))
        .collect();
    assert_eq!(numbers, [(5_000, "accessed"), (10, "per_call")]);
    let text = run(&["-"], REPORT.as_bytes());
    assert!(String::from_utf8(text.stdout).unwrap().contains("5000 records (accessed)"));
}

#[test]
fn what_is_no_report_says_why() {
    let cases: [(&[u8], &str); 3] =
        [(b"", "empty"), (b"\x7fELF\0\0\0", "binary"), (b"<html></html>", "empty")];
    for (input, why) in cases {
        let output = run(&["-"], input);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why) && output.stdout.is_empty(), "{said}");
    }
    let missing = run(&["/nonexistent/report.txt"], b"");
    assert_eq!(missing.status.code(), Some(2));
    assert_eq!(run(&[], b"").status.code(), Some(64));
}
