//! Who answers for a finding of `tidegate check`, and for how much: suppressions, baselines, older versions.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Operations `/a/{id}`, `/b/{id}`, … that anybody may call and nobody declared.
fn undeclared(paths: &[&str]) -> String {
    let operation = |path: &&str| {
        format!(
            "  /{path}/{{id}}:\n    parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]\n    \
             get:\n      security: []\n      responses:\n        '200': {{description: one, content: {{application/json: {{schema: \
             {{$ref: 'parts.yaml#/Person'}}}}}}}}\n"
        )
    };
    let paths: String = paths.iter().map(operation).collect();
    format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: https://a.example}}]\npaths:\n{paths}"
    )
}

const PARTS: &str = "Person:\n  type: object\n  properties:\n    email: {type: string, format: email}\n";

/// A suppression as an entry of `x-tidegate-ignore`.
fn entry(check: &str) -> String {
    format!("{{check: {check}, reason: known, owner: api team, expires: 2099-12-31}}")
}

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1").output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// `ACH-001 GET /a/{id}` of everything that is told of single operations, and the whole answer.
fn told(folder: &Path, args: &[&str]) -> (Vec<String>, Value) {
    let output = check(folder, &[args, &["--strict", "--format", "json"]].concat());
    let json: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let said = |one: &Value| {
        let subjects = match one["others"].as_array() {
            Some(others) if !others.is_empty() => others.clone(),
            _ => vec![one["subject"].clone()],
        };
        let id = one["id"].as_str().unwrap().to_owned();
        subjects.into_iter().map(move |subject| format!("{id} {}", subject.as_str().unwrap()))
    };
    (json["findings"].as_array().unwrap().iter().flat_map(said).collect(), json)
}

const EXPIRES: [&str; 6] = ["--reason", "before the gate", "--owner", "api team", "--expires", "2099-12-31"];

fn baseline(folder: &Path, paths: &[&str]) {
    let written = check(folder, &[paths, &["--write-baseline", "known.json"], &EXPIRES].concat());
    assert_eq!(written.status.code(), Some(0), "{written:?}");
}

#[test]
fn a_baseline_answers_for_each_operation_by_itself_also_where_many_are_one_finding() {
    let folder = folder(&[("api.yaml", &undeclared(&["a", "b", "c", "d"])), ("parts.yaml", PARTS)]);
    baseline(folder.path(), &["api.yaml"]);
    let clean = check(folder.path(), &["api.yaml", "--baseline", "known.json"]);
    assert_eq!(clean.status.code(), Some(0), "{clean:?}");
    std::fs::write(folder.path().join("api.yaml"), undeclared(&["a", "b", "c", "d", "new"])).unwrap();
    let output = check(folder.path(), &["api.yaml", "--baseline", "known.json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let (told, _) = told(folder.path(), &["api.yaml", "--baseline", "known.json"]);
    assert!(told.contains(&"ACH-001 GET /new/{id}".to_owned()), "{told:?}");
    assert!(told.iter().all(|one| one.ends_with("GET /new/{id}")), "{told:?}");
}

#[test]
fn a_baseline_counts_where_it_is_named_and_not_where_it_lies() {
    let folder = folder(&[("api/api.yaml", &undeclared(&["a"])), ("api/parts.yaml", PARTS)]);
    baseline(folder.path(), &["api/api.yaml"]);
    std::fs::create_dir_all(folder.path().join("api/deep")).unwrap();
    std::fs::rename(folder.path().join("known.json"), folder.path().join("api/deep/lock.json")).unwrap();
    let output = check(folder.path(), &["api"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("`api/deep/lock.json` is a baseline, and counts only with `--baseline`"), "{said}");
    let output = check(folder.path(), &["api", "--baseline", "api/deep/lock.json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_baseline_answers_for_no_file_that_cannot_be_judged_and_makes_nothing_judged() {
    let files = [
        ("api.yaml", &*undeclared(&["a"])),
        ("parts.yaml", PARTS),
        ("broken.yaml", "openapi: 3.1.0\npaths: [\n"),
    ];
    let folder = folder(&files);
    let write = [&["api.yaml", "broken.yaml", "--write-baseline", "known.json"][..], &EXPIRES].concat();
    assert_eq!(check(folder.path(), &write).status.code(), Some(2));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::fs::write(folder.path().join("empty/readme.md"), "nothing\n").unwrap();
    for args in [&["empty"][..], &["empty", "--baseline", "known.json"]] {
        assert_eq!(check(folder.path(), args).status.code(), Some(2), "{args:?}");
    }
    std::fs::write(
        folder.path().join("none.yaml"),
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n",
    )
    .unwrap();
    assert_eq!(check(folder.path(), &["none.yaml"]).status.code(), Some(2), "nothing was judged");
}

#[test]
fn a_suppression_is_about_what_it_stands_at_and_no_more() {
    let whole = undeclared(&["a", "b", "c", "d", "e"]);
    let ignore = |key: &str, check: &str, indent: &str| {
        format!("{key}\n{indent}x-tidegate-ignore: [{}]", entry(check))
    };
    // Where it stands, and of which operations the finding is still told.
    let rows: &[(&str, &str, String, &[&str])] = &[
        (
            "at an operation",
            "ACH-001",
            whole.replacen("    get:", &ignore("    get:", "ACH-001", "      "), 1),
            &["b", "c", "d", "e"],
        ),
        (
            "at a path",
            "ACH-001",
            whole.replace("  /b/{id}:", &ignore("  /b/{id}:", "ACH-001", "    ")),
            &["a", "c", "d", "e"],
        ),
        (
            "at the root",
            "ACH-001",
            whole
                .replace("paths:", &ignore("paths:", "ACH-001", ""))
                .replace("paths:\nx-", "x-")
                .replace("}]\n  /a", "}]\npaths:\n  /a"),
            &[],
        ),
        (
            "about what the operation refers to",
            "ACH-008",
            whole.replacen("    get:", &ignore("    get:", "ACH-008", "      "), 1),
            &["b", "c", "d", "e"],
        ),
        (
            "for a warning that repeats",
            "ACH-103",
            whole.replacen("    get:", &ignore("    get:", "ACH-103", "      "), 1),
            &["b", "c", "d", "e"],
        ),
        (
            "in a comment above the operation",
            "ACH-008",
            whole.replacen(
                "    get:",
                "    # tidegate-ignore ACH-008: known; owner: api team; until: 2099-12-31\n    get:",
                1,
            ),
            &["b", "c", "d", "e"],
        ),
    ];
    for (name, id, text, left) in rows {
        let folder = folder(&[("api.yaml", text), ("parts.yaml", PARTS)]);
        let (told, json) = told(folder.path(), &["api.yaml"]);
        let of: Vec<&str> = told
            .iter()
            .filter_map(|one| one.strip_prefix(id)?.strip_prefix(" GET /")?.strip_suffix("/{id}"))
            .collect();
        assert_eq!(of, *left, "{name}: {told:?}");
        assert_eq!(json["suppressed"].as_array().unwrap().len(), 5 - left.len(), "{name}");
        let output = check(folder.path(), &["api.yaml"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("suppresses nothing"), "{name}: {text}");
    }
}

#[test]
fn what_stood_behind_a_suppressed_blocker_is_told() {
    let text = undeclared(&["a"])
        .replace("    get:", &format!("    get:\n      x-tidegate-ignore: [{}]", entry("ACH-001")));
    let folder = folder(&[("api.yaml", &text), ("parts.yaml", PARTS)]);
    let (told, _) = told(folder.path(), &["api.yaml"]);
    assert!(told.contains(&"ACH-008 GET /a/{id}".to_owned()), "{told:?}");
}

#[test]
fn suppressions_are_read_in_files_that_documents_refer_to() {
    let item = |lines: &str| format!("get:\n{lines}  responses: {{'200': {{description: d}}}}\n");
    let ignored = format!("  x-tidegate-ignore: [{}]\n", entry("ACH-001"));
    let comment =
        "  # tidegate-ignore ACH-001: known; owner: api team; until: 2099-12-31\n  operationId: one\n";
    let broken = "  x-tidegate-ignore: [{check: ACH-001}]\n";
    for (lines, code, left) in [("", 1, 1), (&*ignored, 0, 0), (comment, 0, 0), (broken, 2, 1)] {
        let root = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: https://a.example}]\npaths: {/a: {$ref: paths/a.yaml}}\n";
        let folder = folder(&[("api.yaml", root), ("paths/a.yaml", &item(lines))]);
        let output = check(folder.path(), &["api.yaml"]);
        assert_eq!(output.status.code(), Some(code), "{lines}: {output:?}");
        let (told, _) = told(folder.path(), &["api.yaml"]);
        assert_eq!(told.iter().filter(|one| one.starts_with("ACH-001")).count(), left, "{lines}: {told:?}");
    }
    // At the root of the document: of its parts as well.
    let root = format!(
        "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nx-tidegate-ignore: [{}]\npaths: {{/a: {{$ref: paths/a.yaml}}}}\n",
        entry("ACH-001")
    );
    let folder = folder(&[("api.yaml", &root), ("paths/a.yaml", &item(""))]);
    assert_eq!(
        told(folder.path(), &["api.yaml"]).0.iter().filter(|one| one.starts_with("ACH-001")).count(),
        0
    );
}

#[test]
fn new_only_tells_what_no_older_version_had_and_calls_no_suppression_idle() {
    let (old, new) = (["a", "b", "c", "d"], ["b", "c", "d", "e"]);
    let folder = folder(&[
        ("old/api.yaml", &undeclared(&old)),
        ("old/parts.yaml", PARTS),
        ("new/api.yaml", &undeclared(&new)),
        ("new/parts.yaml", PARTS),
    ]);
    let (found, _) = told(folder.path(), &["new", "--base", "old", "--new-only"]);
    assert!(!found.is_empty() && found.iter().all(|one| one.ends_with("GET /e/{id}")), "{found:?}");
    // One fewer, and another among the riskiest: nothing is new.
    std::fs::write(folder.path().join("new/api.yaml"), undeclared(&["b", "c", "d"])).unwrap();
    let (found, _) = told(folder.path(), &["new", "--base", "old", "--new-only"]);
    assert_eq!(found, [""; 0]);
    baseline(folder.path(), &["new"]);
    let output = check(folder.path(), &["new", "--base", "old", "--new-only", "--baseline", "known.json"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("suppresses nothing"), "{output:?}");
    // A suppression that has ended is told, though the older version had it too.
    let ended = std::fs::read_to_string(folder.path().join("known.json")).unwrap().replace("2099", "2021");
    std::fs::write(folder.path().join("known.json"), ended).unwrap();
    let output = check(folder.path(), &["new", "--base", "old", "--new-only", "--baseline", "known.json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn an_intended_widening_can_be_answered_for() {
    let old = undeclared(&["a"]);
    let new = undeclared(&["a", "b"]);
    let answered =
        new.replace("  /b/{id}:", &format!("  /b/{{id}}:\n    x-tidegate-ignore: [{}]", entry("CHECK-010")));
    let ended = answered.replace("2099", "2021");
    for (text, widened) in [(&new, 1), (&answered, 0), (&ended, 1)] {
        let folder = folder(&[
            ("old/api.yaml", &*old),
            ("old/parts.yaml", PARTS),
            ("new/api.yaml", text),
            ("new/parts.yaml", PARTS),
        ]);
        let (_, json) = told(folder.path(), &["new", "--base", "old"]);
        assert_eq!(json["widened"].as_array().unwrap().len(), widened, "{text}");
        // It is no idle suppression where nothing is compared.
        let (_, json) = told(folder.path(), &["new"]);
        assert!(!json.to_string().contains("suppresses nothing"), "{json}");
    }
}
