//! Every id of ATT&CK, D3FEND, CWE, CAPEC and OWASP that the tree writes down exists and is current.
//!
//! Read are all Markdown files and all Rust sources outside tests, this crate's own apart: doc
//! comments, and the ids in code that reports print. A line that says `revoked` or `deprecated` may name
//! what is withdrawn.

use std::path::{Path, PathBuf};

/// What looks like an id: by its prefix, and how the rest is written.
const SHAPES: [(&str, fn(&str) -> bool); 9] = [
    ("TA", |rest| digits(rest, 4)),
    ("T", |rest| match rest.split_once('.') {
        Some((technique, part)) => digits(technique, 4) && digits(part, 3),
        None => digits(rest, 4),
    }),
    ("M1", |rest| digits(rest, 3)),
    ("G0", |rest| digits(rest, 3)),
    ("C0", |rest| digits(rest, 3)),
    ("D3-", |rest| rest.len() > 1 && rest.bytes().all(|byte| byte.is_ascii_uppercase())),
    ("CWE-", |rest| !rest.is_empty() && digits(rest, rest.len())),
    ("CAPEC-", |rest| !rest.is_empty() && digits(rest, rest.len())),
    ("API", |rest| {
        rest.split_once(':').is_some_and(|(rank, year)| digits(rank, rank.len()) && digits(year, 4))
    }),
];

fn digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The ids in a line.
fn mentions(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !(character.is_ascii_alphanumeric() || "-.:".contains(character)))
        .map(|word| word.trim_matches(|character| "-.:".contains(character)))
        .filter(|word| SHAPES.iter().any(|(prefix, written)| word.strip_prefix(prefix).is_some_and(written)))
}

/// What is wrong with the ids of a text, line by line.
fn faults(shown: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for (nth, line) in text.lines().enumerate() {
        let excused = line.contains("revoked") || line.contains("deprecated");
        for id in mentions(line) {
            let wrong = match catalog::entry(id) {
                None => Some("there is no such id"),
                Some(entry) if entry.is_withdrawn() && !excused => Some("withdrawn"),
                Some(_) => None,
            };
            faults.extend(wrong.map(|wrong| format!("{shown}:{}: {id}: {wrong}", nth + 1)));
        }
    }
    faults
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let hidden = |name: &str| name.starts_with('.') || name == "target" || name == "node_modules";
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            // Tests and their fixtures may name what does not exist.
            if !hidden(&name) && name != "tests" && !path.ends_with("crates/catalog") {
                files(&path, found);
            }
        } else if name.ends_with(".md") || name.ends_with(".rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_id_in_the_tree_exists_and_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut found = Vec::new();
    files(&root, &mut found);
    found.sort();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        seen += text.lines().map(|line| mentions(line).count()).sum::<usize>();
        wrong.extend(faults(&path.strip_prefix(&root).unwrap().display().to_string(), text));
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(seen > 300, "only {seen} ids were seen; the search for them is broken");
}

#[test]
fn a_wrong_or_withdrawn_id_is_seen_and_what_only_looks_like_one_is_not() {
    for (line, expected) in [
        ("(`T1190`, D3-ACH)", 0),
        ("T1190.", 0),
        ("T9999", 1),
        ("T1213.099 and T1190", 1),
        ("T1002", 1),
        ("T1002, revoked by T1560", 0),
        ("D3-XYZ", 1),
        ("CWE-99999", 1),
        ("API11:2023", 1),
        ("API3:2019", 1),
        ("CAPEC-9999", 1),
        ("TA0099 M1999 G0999 C0999", 4),
        ("2026-11-26T12:00:00Z ACH-004 T1 D3 TLS1.3 API v2 G.711 x-T1190y", 0),
    ] {
        assert_eq!(faults("line", line).len(), expected, "{line}");
    }
}
