//! `tidegate intel verify`: what was changed in a folder is found and named, and `--library` names the
//! nearest earlier report.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const REPORT: &str = "Acme Telecom leaks customer records\n\nOn 3 May 2031 an attacker sent HTTP POST requests to /api/customers, which did not require authentication (T1190), and downloaded 5,000 records in batches of ten records. Names and phone numbers were exposed; passwords were not.\n\nIndicators of compromise\n\n198[.]51[.]100[.]7\n";

fn intel(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tidegate")).arg("intel").args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn out(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A report and its folder.
fn written(place: &Path, options: &[&str]) -> (PathBuf, PathBuf) {
    let (report, folder) = (place.join("report.txt"), place.join("out"));
    std::fs::write(&report, REPORT).unwrap();
    let done = intel(&[&[text(&report), "-o", text(&folder), "--no-replay"], options].concat());
    assert_eq!(done.status.code(), Some(0), "{}", out(&done));
    (report, folder)
}

#[test]
fn a_folder_as_it_was_written_follows_from_its_report_under_the_same_options() {
    let place = tempfile::tempdir().unwrap();
    let options = ["--tlp", "green", "--published", "2031-05-09"];
    let (report, folder) = written(place.path(), &options);
    let held = intel(&[&["verify", text(&folder), text(&report)], &options[..]].concat());
    assert_eq!(held.status.code(), Some(0), "{}", out(&held));
    let other = intel(&["verify", text(&folder), text(&report)]);
    assert_eq!(other.status.code(), Some(1), "{}", out(&other));
    assert!(out(&other).contains("bundle.json: "), "{}", out(&other));
}

#[test]
fn what_is_not_read_of_a_long_report_is_told_and_hashed_all_the_same() {
    let place = tempfile::tempdir().unwrap();
    let (report, folder) = (place.path().join("report.txt"), place.path().join("out"));
    let mut bytes = REPORT.as_bytes().to_vec();
    bytes.resize(::intel::REPORT_BYTES_MAX + 1_000, b' ');
    bytes.extend(b"beyond the bound");
    std::fs::write(&report, &bytes).unwrap();
    let told = intel(&[text(&report)]);
    let size = bytes.len();
    let first = out(&told).lines().next().unwrap().to_owned();
    let unread = format!("not all of it: 1016 of {size} bytes were too long");
    assert!(first.starts_with("read ") && first.contains(&unread), "{first}");
    let done = intel(&[text(&report), "-o", text(&folder), "--no-replay"]);
    assert_eq!(done.status.code(), Some(0), "{}", out(&done));
    let page = std::fs::read_to_string(folder.join("report.md")).unwrap();
    assert!(page.lines().take(4).any(|line| line.contains(&unread)), "{page}");
    assert!(page.contains("| left out: too-long | 1 | 1016 |"), "{page}");
    assert!(
        page.contains(&::intel::Whole::of(&bytes).sha256) && page.contains(&format!("{size} bytes")),
        "{page}"
    );
    let held = || intel(&["verify", text(&folder), text(&report)]);
    assert_eq!(held().status.code(), Some(0), "{}", out(&held()));
    assert!(out(&held()).contains(&unread), "{}", out(&held()));
    *bytes.last_mut().unwrap() = b'x';
    std::fs::write(&report, &bytes).unwrap();
    assert_eq!(held().status.code(), Some(1), "a change beyond what is read");
}

#[test]
fn every_kind_of_change_is_found_and_named() {
    let place = tempfile::tempdir().unwrap();
    let (report, folder) = written(place.path(), &[]);
    let files: Vec<PathBuf> = walkdir::WalkDir::new(&folder)
        .into_iter()
        .map(|one| one.unwrap().into_path())
        .filter(|path| path.is_file())
        .collect();
    assert!(files.len() >= 16, "{files:?}");
    for kind in ["yml", "ndjson", "cedar", "yaml", "json", "md"] {
        assert!(files.iter().any(|file| file.extension().is_some_and(|end| end == kind)), "{kind}");
    }
    // Whatever the file: a letter changed, the file gone.
    for file in &files {
        let name = text(file.strip_prefix(&folder).unwrap());
        let right = std::fs::read(file).unwrap();
        let mut wrong = right.clone();
        let at = wrong.iter().position(u8::is_ascii_alphanumeric).unwrap();
        wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
        std::fs::write(file, &wrong).unwrap();
        let held = intel(&["verify", text(&folder), text(&report)]);
        assert_eq!(held.status.code(), Some(1), "{name}: {}", out(&held));
        assert!(out(&held).contains(&format!("{name}: ")), "{name}: {}", out(&held));
        std::fs::remove_file(file).unwrap();
        let held = intel(&["verify", text(&folder), text(&report)]);
        assert_eq!(held.status.code(), Some(1), "{name}");
        assert!(out(&held).contains(&format!("{name}: is missing")), "{}", out(&held));
        std::fs::write(file, &right).unwrap();
    }
    std::fs::write(folder.join("extra.json"), "{}").unwrap();
    let held = intel(&["verify", text(&folder), text(&report)]);
    let told = String::from_utf8_lossy(&held.stdout).into_owned();
    assert_eq!((held.status.code(), told.trim()), (Some(1), "extra.json: is not made from the report"));
}

#[test]
fn what_was_changed_in_a_bundle_is_named_by_object() {
    let place = tempfile::tempdir().unwrap();
    let (report, folder) = written(place.path(), &[]);
    let path = folder.join("bundle.json");
    let right = std::fs::read_to_string(&path).unwrap();
    let objects = |bundle: &Value| bundle["objects"].as_array().unwrap().clone();
    let bundle: Value = serde_json::from_str(&right).unwrap();
    let incident = objects(&bundle).iter().position(|one| one["type"] == "incident").unwrap();
    let id = objects(&bundle)[incident]["id"].as_str().unwrap().to_owned();
    let evidence = stix::EVIDENCE_EXTENSION;
    let held = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut bundle = bundle.clone();
        change(bundle["objects"].as_array_mut().unwrap());
        std::fs::write(&path, format!("{bundle:#}\n")).unwrap();
        let held = intel(&["verify", text(&folder), text(&report), "--format", "json"]);
        assert_eq!(held.status.code(), Some(1), "{}", out(&held));
        let findings: Vec<Value> = serde_json::from_slice(&held.stdout).unwrap();
        findings
    };
    let names = |findings: &[Value], at: &str, what: &str| {
        let found = findings.iter().any(|one| {
            one["file"] == "bundle.json" && one["at"] == at && one["what"].as_str().unwrap().contains(what)
        });
        assert!(found, "{at} {what}: {findings:?}");
    };
    // A number.
    let number = held(&|objects| {
        objects[incident]["extensions"][evidence]["facts"][0]["text"] = "about 9000 records accessed".into();
    });
    names(&number, &id, "9000 records accessed");
    // A place.
    let place = held(&|objects| {
        objects[incident]["extensions"][evidence]["evidence"][0]["start"] = 3.into();
    });
    names(&place, &id, "evidence[0].start is 3");
    names(&place, &id, "say something else");
    // A technique without evidence.
    let added = "attack-pattern--a62a8db3-f23a-4d8f-afd6-9dbc77e7813b";
    let technique = held(&|objects| {
        objects.push(serde_json::json!({ "type": "attack-pattern", "id": added, "name": "Phishing" }));
    });
    names(&technique, added, "does not follow from the report");
    names(&technique, added, "no evidence");
    // An object taken away.
    let gone = held(&|objects| {
        objects.remove(incident);
    });
    names(&gone, &id, "is missing");
}

#[test]
fn figures_of_a_replay_are_measured_again() {
    let place = tempfile::tempdir().unwrap();
    let (report, folder) = (place.path().join("report.txt"), place.path().join("out"));
    std::fs::write(&report, REPORT.replace("5,000", "60")).unwrap();
    let done = intel(&[text(&report), "-o", text(&folder)]);
    assert_eq!(done.status.code(), Some(0), "{}", out(&done));
    let held = intel(&["verify", text(&folder), text(&report)]);
    assert_eq!(held.status.code(), Some(0), "{}", out(&held));
    assert!(out(&held).contains("the replay was run again"), "{}", out(&held));
    // The same wrong figure in both files: they agree with each other, and with nothing that was run.
    let path = folder.join("countermeasures.json");
    let mut said: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let leaked = said["replay"]["leaked_without"].as_u64().unwrap();
    assert_eq!(leaked, 60);
    said["replay"]["leaked_without"] = 59.into();
    std::fs::write(&path, format!("{said:#}\n")).unwrap();
    let page = folder.join("report.md");
    let figure = "| gateway that only looks on | 60 |";
    let wrong = std::fs::read_to_string(&page).unwrap().replace(figure, &figure.replace("60", "59"));
    std::fs::write(&page, wrong).unwrap();
    let held = intel(&["verify", text(&folder), text(&report)]);
    assert_eq!(held.status.code(), Some(1), "{}", out(&held));
    assert!(out(&held).contains("$.replay.leaked_without: is 59, and 60"), "{}", out(&held));
    assert!(out(&held).contains("report.md: line "), "{}", out(&held));
    // Without a run the folder's own figures are taken, and that is said; what they change is held to them.
    let held = intel(&["verify", text(&folder), text(&report), "--no-replay"]);
    assert!(out(&held).contains("not derived again"), "{}", out(&held));
    assert!(!out(&held).contains("leaked_without"), "{}", out(&held));
}

#[test]
fn what_cannot_be_judged_is_no_finding() {
    let place = tempfile::tempdir().unwrap();
    let (report, folder) = written(place.path(), &[]);
    let nothing = place.path().join("nothing");
    for (folder, report) in [(&nothing, &report), (&folder, &nothing)] {
        let held = intel(&["verify", text(folder), text(report)]);
        assert_eq!(held.status.code(), Some(2), "{}", out(&held));
    }
    let empty = place.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    assert_eq!(intel(&["verify", text(&empty), text(&report)]).status.code(), Some(2));
}

#[test]
fn a_library_names_the_nearest_report_with_what_is_shared_and_verify_knows_it() {
    let place = tempfile::tempdir().unwrap();
    let library = place.path().join("library");
    for (name, told) in [
        (
            "near",
            "Bolt Bank's API did not require authentication (T1190). An attacker downloaded 70 records with names and phone numbers.",
        ),
        (
            "far",
            "Attackers logged in with passwords from other breaches. They read the messages of 300 users.",
        ),
    ] {
        let report = place.path().join(format!("{name}.txt"));
        std::fs::write(&report, told).unwrap();
        let done = intel(&[text(&report), "-o", text(&library.join(name))]);
        assert_eq!(done.status.code(), Some(0), "{}", out(&done));
    }
    let (report, folder) = written(place.path(), &["--library", text(&library)]);
    let told: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("correlation.json")).unwrap()).unwrap();
    assert_eq!(told["compared"], 2);
    assert_eq!(told["nearest"][0]["name"], "near/bundle.json");
    let shared = told["nearest"][0]["shared"].as_array().unwrap();
    assert!(
        shared.contains(&"technique T1190".into()) && shared.contains(&"data phone".into()),
        "{shared:?}"
    );
    assert!(told["says"].as_str().unwrap().contains("no attribution"));
    let held = intel(&["verify", text(&folder), text(&report), "--library", text(&library)]);
    assert_eq!(held.status.code(), Some(0), "{}", out(&held));
    let missing = place.path().join("missing");
    let refused = intel(&[text(&report), "-o", text(&place.path().join("x")), "--library", text(&missing)]);
    assert_eq!(refused.status.code(), Some(2), "{}", out(&refused));
}
