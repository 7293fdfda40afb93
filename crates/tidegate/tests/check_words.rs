//! What `tidegate check` says of itself: every code has a page and a row in the docs, `--policy` says what is
//! wrong with it, and help names what is read.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1").output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every `"SPEC-001"` of the sources that the program is made of.
fn codes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in walkdir::WalkDir::new(crates()).into_iter().map(Result::unwrap) {
        let path = entry.path().to_string_lossy().into_owned();
        let ours = path.contains("/src/") && path.ends_with(".rs") && !path.contains("tests");
        if !ours || path.ends_with("spec/src/diagnostic.rs") || path.ends_with("check/codes.rs") {
            continue;
        }
        for word in std::fs::read_to_string(entry.path()).unwrap().split('"') {
            let Some((family, number)) = word.split_once('-') else { continue };
            let families = ["ACH", "OWN", "D3", "CWE", "CAPEC", "SIGMA", "TIDE", "RFC", "SHA"];
            let is = family.len() > 2
                && family.bytes().all(|byte| byte.is_ascii_uppercase())
                && number.len() == 3
                && number.bytes().all(|byte| byte.is_ascii_digit());
            if is && !families.contains(&family) {
                found.insert(word.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_code_that_is_told_has_a_page_and_a_row_in_the_docs() {
    let docs = std::fs::read_to_string(crates().join("../docs/check-codes.md")).unwrap();
    let codes = codes();
    assert!(codes.len() > 40, "{codes:?}");
    for code in &codes {
        let output = check(Path::new("."), &["--page", code]);
        assert_eq!(output.status.code(), Some(0), "{code}: {}", said(&output));
        let page = said(&output);
        let mut parts = page.split("\n\n").skip(1);
        let (says, mend) = (parts.next().unwrap(), parts.next().unwrap());
        let row = format!("| {code} | {says} | {} |\n", mend.trim_start_matches("To do: ").trim_end());
        assert!(docs.contains(&row), "docs/check-codes.md lacks\n{row}");
    }
    let rows = docs.lines().filter(|line| line.starts_with("| ") && line.contains("-0"));
    let stale: Vec<&str> =
        rows.filter(|row| !codes.iter().any(|code| row.starts_with(&format!("| {code} ")))).collect();
    assert_eq!(stale, [""; 0], "no source tells these any more");
}

#[test]
fn no_page_names_a_command_that_is_not_there() {
    let listed = said(&check(Path::new("."), &["--list"]));
    for id in listed.split_whitespace().filter(|word| word.starts_with("ACH-")) {
        let page = said(&check(Path::new("."), &["--page", id]));
        for words in page.split("`tidegate ").skip(1) {
            let command = words.split(['`', ' ']).next().unwrap();
            let help =
                Command::new(env!("CARGO_BIN_EXE_tidegate")).args([command, "--help"]).output().unwrap();
            assert!(help.status.success(), "{id} names `tidegate {command}`");
        }
    }
}

#[test]
fn own_rules_that_judge_nothing_close_the_gate_and_say_why() {
    const GOOD: &str = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\nservers: [{url: https://a.example}]\npaths:\n  \
                    /health:\n    get:\n      x-tidegate:\n        audience: {public: {reason: health page, owner: platform, \
                    expires: 2099-12-31}}\n      responses: {'204': {description: up}}\n";
    let rule = |head: &str| {
        format!(
            "package house.rules\nimport rego.v1\n{head} contains {{\"msg\": \"a word\", \"rule\": \"HOUSE-3\"}} if {{ input.schema }}\n"
        )
    };
    for (name, files, code, word) in [
        (
            "another name",
            vec![("a.rego", rule("denny"))],
            2,
            "no package of these policies has a rule `deny` or `warn`: house.rules",
        ),
        ("a subfolder", vec![("sub/a.rego", rule("deny"))], 1, "`HOUSE-3`: a word"),
        (
            "one of each",
            vec![("a.rego", rule("violation")), ("sub/b.rego", rule("warn"))],
            0,
            "`HOUSE-3`: a word",
        ),
        ("only tests", vec![("a_test.rego", rule("deny"))], 2, "holds 0 `*.rego` files"),
        ("none", vec![("a.txt", String::new())], 2, "holds 0 `*.rego` files"),
        (
            "holds for nothing",
            vec![("a.rego", "package a\nimport rego.v1\ndeny contains \"b\" if { false }\n".into())],
            0,
            "0 blockers",
        ),
        ("broken", vec![("a.rego", "package a\ndeny contains".into())], 2, "is no Rego"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("good.yaml"), GOOD).unwrap();
        for (file, text) in files {
            let path = folder.path().join("rules").join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let output = check(folder.path(), &["good.yaml", "--policy", "rules"]);
        assert_eq!(output.status.code(), Some(code), "{name}: {}", said(&output));
        assert!(said(&output).contains(word), "{name}: {}", said(&output));
        assert!(code != 2 || said(&output).contains("help:"), "{name}: {}", said(&output));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.yaml"), GOOD).unwrap();
    for (policy, word) in [("nope", "`nope` is not there"), ("good.yaml", "`good.yaml` is no folder")] {
        let output = check(folder.path(), &["good.yaml", "--policy", policy]);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(word), "{}", said(&output));
    }
}

#[test]
fn help_says_what_is_read_and_in_which_form_a_day_is_written() {
    let help = said(&check(Path::new("."), &["--help"]));
    for word in [
        "OpenAPI 2.0 to 3.2",
        "nginx",
        "HAProxy",
        "Envoy",
        "Kong",
        "APISIX",
        "Traefik",
        "Kubernetes",
        "Terraform",
        "YYYY-MM-DD",
    ] {
        assert!(help.contains(word), "{word}");
    }
    assert_eq!(check(Path::new("."), &["a.yaml", "--records", "0"]).status.code(), Some(64));
}
