//! `tidegate intel REPORT -o DIR`: all files or none, and nobody's work is written over.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const REPORT: &str = "Acme Telecom leaked customer records. On 3 May 2031 an attacker sent POST requests to an API that did not require authentication and downloaded 5,000 records in batches of ten records. Names and phone numbers were exposed; passwords were not.";

fn intel(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.arg("intel").args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_report_becomes_a_folder_whose_sums_hold_and_a_second_run_writes_the_same() {
    let place = tempfile::tempdir().unwrap();
    let report = report(place.path(), "report.txt", REPORT);
    let out = place.path().join("made/here");
    let first =
        intel(&[text(&report), "-o", text(&out), "--published", "2031-05-09", "--expires", "2031-06-09"]);
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert!(first.stdout.is_empty());
    let sums = std::fs::read_to_string(out.join("SHA256SUMS")).unwrap();
    for name in [
        "countermeasures.json",
        "errata.md",
        "hunt.md",
        "intel.json",
        "playbook.json",
        "playbook.md",
        "report.md",
        "timeline.json",
    ] {
        assert!(sums.contains(&format!("  {name}\n")), "{sums}");
    }
    let checked =
        Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&out).output();
    assert!(checked.unwrap().status.success());
    let page = std::fs::read_to_string(out.join("report.md")).unwrap();
    for told in ["5,000 records", "| per call | 10 records |", "published: 2031-05-09", "ATT&amp;CK 18.1"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let again =
        intel(&[text(&report), "-o", text(&out), "--published", "2031-05-09", "--expires", "2031-06-09"]);
    assert_eq!(again.status.code(), Some(0), "{}", said(&again));
    assert_eq!(std::fs::read_to_string(out.join("SHA256SUMS")).unwrap(), sums);
    let left: Vec<_> =
        std::fs::read_dir(out.parent().unwrap()).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(left, ["here"], "nothing is left beside it");
}

#[test]
fn a_folder_that_is_not_ours_or_was_worked_in_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let report = report(place.path(), "report.txt", REPORT);
    let out = place.path().join("out");
    std::fs::create_dir(&out).unwrap();
    assert_eq!(intel(&[text(&report), "-o", text(&out)]).status.code(), Some(0), "an empty one is taken");
    let before = std::fs::read(out.join("report.md")).unwrap();
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    let refused = intel(&[text(&report), "-o", text(&out)]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("`notes.txt`") && said(&refused).contains("help:"), "{}", said(&refused));
    std::fs::remove_file(out.join("notes.txt")).unwrap();
    std::fs::write(out.join("report.md"), "changed").unwrap();
    let refused = intel(&[text(&report), "-o", text(&out)]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("was changed"), "{}", said(&refused));
    std::fs::write(out.join("report.md"), before).unwrap();
    std::fs::remove_file(out.join("SHA256SUMS")).unwrap();
    let refused = intel(&[text(&report), "-o", text(&out)]);
    assert!(said(&refused).contains("not empty"), "{}", said(&refused));
    let refused = intel(&[text(&report), "-o", text(&report)]);
    assert!(said(&refused).contains("it is a file"), "{}", said(&refused));
}

#[test]
fn what_cannot_be_read_writes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let empty = report(place.path(), "empty.txt", "");
    let out = place.path().join("out");
    assert_eq!(intel(&[text(&empty), "-o", text(&out)]).status.code(), Some(2));
    assert!(!out.exists());
    for published in ["yesterday", "2031-02-30", "2031-5-7"] {
        assert_eq!(
            intel(&[text(&empty), "-o", text(&out), "--published", published]).status.code(),
            Some(64)
        );
    }
}

#[test]
fn of_a_folder_each_report_has_its_own_and_a_fault_stops_no_other() {
    let place = tempfile::tempdir().unwrap();
    let reports = place.path().join("reports");
    report(&reports, "a.txt", REPORT);
    report(&reports, "b.txt", "");
    report(&reports, "c.md", "# A leak\n\nNobody knows more.");
    report(&reports.join("below"), "d.txt", REPORT);
    let out = place.path().join("out");
    assert_eq!(intel(&[text(&reports)]).status.code(), Some(64), "stdout is for one report");
    for _ in 0..2 {
        let output = intel(&[text(&reports), "-o", text(&out)]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("b.txt` cannot be read") && said.contains("2 of 3 reports"), "{said}");
        assert!(said.contains("below` is not read"), "{said}");
        assert!(out.join("a.txt/intel.json").is_file() && out.join("c.md/report.md").is_file());
        assert!(!out.join("b.txt").exists());
    }
    std::fs::write(out.join("notes.txt"), "mine").unwrap();
    assert!(said(&intel(&[text(&reports), "-o", text(&out)])).contains("`notes.txt`"));
}
