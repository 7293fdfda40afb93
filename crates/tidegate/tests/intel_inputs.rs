//! `tidegate intel`: what is given to it, and what comes back where something is amiss.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const REPORT: &str = "Acme Telecom leaked customer records. On 3 May 2031 an attacker sent POST requests to /api/customers, an API that did not require authentication (T1190), and downloaded 300 records in batches of ten records. Names and phone numbers were exposed; passwords were not. Inbound Traffic Filtering (D3-ITF) is recommended.";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.arg("intel").args(arguments).env_remove("TIDEGATE_TAXII_CREDENTIALS");
    command
}

fn intel(arguments: &[&str]) -> Output {
    command(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn file(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The words of `report` as a PDF of one page, a line for each sentence.
fn pdf(report: &str) -> Vec<u8> {
    let lines: Vec<String> =
        report.split_inclusive(". ").map(|line| format!("({}) Tj T*", line.trim())).collect();
    let content = format!("BT /F1 10 Tf 12 TL 50 700 Td {} ET", lines.join("\n"));
    format!(
        "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n\
         2 0 obj << /Type /Pages /Count 1 /Kids [3 0 R] >> endobj\n\
         3 0 obj << /Type /Page /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >> endobj\n\
         4 0 obj << /Length {} >>\nstream\n{content}\nendstream endobj\n\
         5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj\n\
         trailer << /Root 1 0 R >>\n%%EOF\n",
        content.len()
    )
    .into_bytes()
}

#[test]
fn of_a_folder_only_files_are_read_and_everything_else_is_named() {
    let place = tempfile::tempdir().unwrap();
    let (reports, out) = (place.path().join("reports"), place.path().join("out"));
    file(&reports, "a.txt", REPORT);
    file(&reports, ".hidden.txt", REPORT);
    let outside = file(place.path(), "outside.txt", REPORT);
    symlink(&outside, reports.join("link.txt")).unwrap();
    symlink(place.path(), reports.join("way-out")).unwrap();
    assert!(Command::new("mkfifo").arg(reports.join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(reports.join("socket")).unwrap();
    let done = intel(&[text(&reports), "-o", text(&out), "--no-replay"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    for (name, why) in [
        (".hidden.txt", "hidden"),
        ("link.txt", "link"),
        ("way-out", "link"),
        ("pipe", "pipe"),
        ("socket", "socket"),
    ] {
        let line = said(&done).lines().find(|line| line.contains(&format!("/{name}`"))).map(str::to_owned);
        assert!(line.as_ref().is_some_and(|line| line.contains(why)), "{name}: {}", said(&done));
        assert!(!out.join(name).exists());
    }
    assert!(out.join("a.txt/report.md").is_file());
    std::fs::remove_file(reports.join("a.txt")).unwrap();
    assert_eq!(intel(&[text(&reports), "-o", text(&out), "--no-replay"]).status.code(), Some(2));
}

#[test]
fn a_dash_is_standard_input_even_where_a_folder_has_that_name() {
    let place = tempfile::tempdir().unwrap();
    file(&place.path().join("-"), "a.txt", REPORT);
    let mut child = command(&["-", "--format", "json"]);
    let child = child.current_dir(place.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), REPORT.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&done.stdout).contains("tidegate.intel/1"));
    let folder = command(&["./-", "-o", "out", "--no-replay"]).current_dir(place.path()).output().unwrap();
    assert_eq!(folder.status.code(), Some(0), "{}", said(&folder));
    assert!(place.path().join("out/a.txt/report.md").is_file());
}

#[test]
fn a_pdf_is_read_by_its_text_layer_which_stands_beside_what_follows_from_it() {
    let place = tempfile::tempdir().unwrap();
    let report = file(place.path(), "report.pdf", pdf(REPORT));
    let out = place.path().join("out");
    let done = intel(&[text(&report), "-o", text(&out), "--no-replay"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let layer = std::fs::read(out.join("report.txt")).unwrap();
    assert!(String::from_utf8_lossy(&layer).contains("downloaded 300 records in batches of ten records."));
    let object: Value = serde_json::from_slice(&std::fs::read(out.join("intel.json")).unwrap()).unwrap();
    assert_eq!(object["source"]["format"], "pdf");
    assert_eq!(object["source"]["text_layer"]["bytes"], layer.len());
    let place_of =
        |key: &str| usize::try_from(object["numbers"][0]["spans"][0][key].as_u64().unwrap()).unwrap();
    assert_eq!(&layer[place_of("start")..place_of("end")], b"300 records");
    let page = std::fs::read_to_string(out.join("report.md")).unwrap();
    assert!(page.contains("text layer, from 1 page"), "{page}");
    let held = intel(&["verify", text(&out), text(&report)]);
    assert_eq!(held.status.code(), Some(0), "{}", said(&held));
    // A text layer that was changed does not follow from the PDF, and neither does anything from another PDF.
    let text_file = out.join("report.txt");
    std::fs::write(&text_file, String::from_utf8_lossy(&layer).replace("300", "900")).unwrap();
    let held = intel(&["verify", text(&out), text(&report)]);
    assert_eq!(held.status.code(), Some(1));
    assert!(said(&held).contains("report.txt: line 1"), "{}", said(&held));
    std::fs::write(&text_file, &layer).unwrap();
    std::fs::write(&report, pdf(&REPORT.replace("300", "900"))).unwrap();
    assert_eq!(intel(&["verify", text(&out), text(&report)]).status.code(), Some(1));
    let locked = file(place.path(), "locked.pdf", b"%PDF-1.4\ntrailer << /Encrypt 1 0 R >>\n");
    let refused = intel(&[text(&locked)]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("encrypted\n  = help: `pdftotext"), "{}", said(&refused));
}

#[test]
fn options_that_would_do_nothing_are_refused_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let report = file(place.path(), "report.txt", REPORT);
    let out = place.path().join("out");
    for (arguments, word) in [
        (&[text(&report), "--library", text(place.path())][..], "-o DIR"),
        (&[text(&report), "-o", "-"], "--format json"),
        (&[text(&report), "-o", text(&out), "--expires", "2020-01-01"], "in the past"),
    ] {
        let refused = intel(arguments);
        assert_eq!(refused.status.code(), Some(64), "{arguments:?}: {}", said(&refused));
        assert!(said(&refused).contains(word), "{arguments:?}: {}", said(&refused));
    }
    assert!(!out.exists());
}

#[test]
fn a_broken_bundle_of_the_library_is_named_and_the_others_count() {
    let place = tempfile::tempdir().unwrap();
    let library = place.path().join("library");
    let earlier = file(place.path(), "earlier.txt", REPORT.replace("Acme", "Bolt"));
    assert_eq!(
        intel(&[text(&earlier), "-o", text(&library.join("good")), "--no-replay"]).status.code(),
        Some(0)
    );
    file(&library.join("bad"), "bundle.json", "{\"type\": \"bundle\", \"objects\": [");
    file(&library.join("worse"), "bundle.json", "{}");
    file(&library.join("fine"), "other.json", "{}");
    let report = file(place.path(), "report.txt", REPORT);
    let out = place.path().join("out");
    let done = intel(&[text(&report), "-o", text(&out), "--no-replay", "--library", text(&library)]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(
        said(&done).contains("bad/bundle.json` of the library is left out: it is no JSON"),
        "{}",
        said(&done)
    );
    assert!(said(&done).contains("worse/bundle.json` of the library is left out"), "{}", said(&done));
    assert!(!said(&done).contains("other.json"), "{}", said(&done));
    let told = std::fs::read_to_string(out.join("correlation.json")).unwrap();
    assert!(told.contains("\"compared\": 1"), "{told}");
}

#[test]
fn every_file_says_what_ids_were_held_against() {
    let place = tempfile::tempdir().unwrap();
    let report = file(place.path(), "report.txt", REPORT);
    let out = place.path().join("out");
    let done = intel(&[text(&report), "-o", text(&out), "--no-replay", "--library", text(place.path())]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let knowledge = ::intel::understand(REPORT.as_bytes(), "").unwrap().knowledge;
    assert_eq!(knowledge.len(), 5);
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(&out).into_iter().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.file_type().is_file() || name.ends_with(".ndjson") || name == "SHA256SUMS" {
            continue;
        }
        seen += 1;
        let said = std::fs::read_to_string(entry.path()).unwrap().replace("&amp;", "&");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for base in &knowledge {
            let (base, version) = (&base.name, &base.version);
            let whole = format!("{base} {version}");
            let parts = format!("\"name\": \"{base}\", \"version\": \"{version}\"");
            assert!(said.contains(&whole) || said.contains(&parts), "{name}: {base}");
        }
    }
    assert!(seen >= 14, "{seen}");
}

#[test]
fn what_a_terminal_obeys_comes_out_of_no_file_and_no_message() {
    let place = tempfile::tempdir().unwrap();
    let obeyed = ['\u{202e}', '\u{2066}', '\u{9b}', '\u{85}', '\u{200b}', '\u{1b}', '\u{feff}'];
    let marks: String = obeyed.iter().collect();
    let hostile = REPORT
        .replace("Acme Telecom", &format!("Acme{marks} Telecom"))
        .replace("records.", &format!("re{marks}cords."));
    let report = file(place.path(), "re\u{202e}\u{9b}port.md", format!("# Le{marks}ak\n\n{hostile}"));
    let out = place.path().join("out");
    let clean = |name: &str, text: &str| {
        let found = text.chars().find(|letter| obeyed.contains(letter));
        assert_eq!(found, None, "{name}");
    };
    let done = intel(&[text(&report), "-o", text(&out), "--no-replay"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    for entry in walkdir::WalkDir::new(&out).into_iter().map(Result::unwrap) {
        if entry.file_type().is_file() {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            // The library that draws stands behind everything that is of the report, and has signs of its own.
            let text = text.split("<script>").next().unwrap();
            clean(&entry.path().display().to_string(), text);
        }
    }
    let object = intel(&[text(&report), "--format", "json"]);
    clean("--format json", &said(&object));
    assert!(serde_json::from_slice::<Value>(&object.stdout).is_ok());
    clean("text", &said(&intel(&[text(&report)])));
    let broken = file(place.path(), "em\u{202e}\u{9b}pty.txt", "");
    let refused = intel(&[text(&broken)]);
    assert_eq!(refused.status.code(), Some(2));
    clean("an error", &said(&refused));
    clean("verify", &said(&intel(&["verify", text(&out), text(&broken)])));
}
