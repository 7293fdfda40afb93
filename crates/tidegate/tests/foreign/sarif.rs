//! SARIF: valid by the schema of OASIS, clean in Microsoft's multitool with GitHub's rules, within
//! GitHub's limits, and with fingerprints that stay.

use std::collections::BTreeSet;
use std::process::Command;

use super::*;

const NGINX: &str = "server {\n  listen 80;\n  location / { proxy_pass http://app; }\n}\n\
                     server {\n  listen 81;\n  location / { proxy_pass http://app; }\n}\n";

/// Every form that a result takes: findings, two places, suppressions of both kinds, faults, widenings.
fn reports() -> (tempfile::TempDir, Vec<PathBuf>) {
    let ignored = OPEN.replace(
        "info:",
        "x-tidegate-ignore:\n  - {check: ACH-103, reason: r, owner: o, expires: 2099-12-31}\ninfo:",
    );
    let folder = folder(&[
        ("open.yaml", OPEN),
        ("ignored.yaml", &ignored),
        ("hostile.yaml", &hostile()),
        ("unjudged.yaml", &unjudged()),
        ("guarded.yaml", &guarded()),
        ("a folder/ü+1%.yaml", OPEN),
        ("nginx.conf", NGINX),
        ("broken.yaml", "openapi: 3.1.0\npaths: [\n"),
        ("empty.yaml", "openapi: 3.1.0\ninfo: {title: Empty, version: '1'}\npaths: {}\n"),
    ]);
    let baseline = ["open.yaml", "--write-baseline", "known.json", "--reason", "r", "--owner", "o"];
    check(folder.path(), &[&baseline[..], &["--expires", "2099-12-31"]].concat());
    let runs: [&[&str]; 8] = [
        &["open.yaml"],
        &["ignored.yaml"],
        &["hostile.yaml"],
        &["a folder"],
        &["nginx.conf", "open.yaml"],
        &["broken.yaml", "empty.yaml", "unjudged.yaml"],
        &["open.yaml", "--baseline", "known.json"],
        &["open.yaml", "--base", "guarded.yaml"],
    ];
    let mut paths = Vec::new();
    for (nth, args) in runs.iter().enumerate() {
        let args = [args, &["--format", "sarif"][..]].concat();
        paths.push(written(folder.path(), &args, &format!("{nth}.sarif")));
    }
    (folder, paths)
}

#[test]
fn sarif_is_valid_by_the_schema_of_oasis() {
    let Some(schema) = foreign("sarif-2.1.0.json") else { return };
    let (folder, paths) = reports();
    for path in &paths {
        let Some(seen) = read("sarif", &[&schema, path]) else { return };
        assert_eq!(seen["faults"], serde_json::json!([]), "{}", path.display());
    }
    // The schema does judge: a result without its message is refused.
    let broken = std::fs::read_to_string(&paths[0]).unwrap().replace("\"message\"", "\"massage\"");
    let path = folder.path().join("broken.sarif");
    std::fs::write(&path, broken).unwrap();
    assert_ne!(read("sarif", &[&schema, &path]).unwrap()["faults"], serde_json::json!([]));
}

#[test]
fn microsofts_multitool_finds_nothing_wrong_with_sarif_by_its_rules_for_github() {
    let program = "node/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";
    let Some(multitool) = foreign(program) else { return };
    let (folder, paths) = reports();
    let judge = |path: &Path| -> BTreeSet<(String, String)> {
        let verdict = folder.path().join("verdict.json");
        let mut command = Command::new(&multitool);
        command.args(["validate", "--rule-kind", "Sarif;Ghas", "--log", "ForceOverwrite", "--output"]);
        command.arg(&verdict).arg(path).env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
        let output = command.env("DOTNET_BUNDLE_EXTRACT_BASE_DIR", folder.path()).output().unwrap();
        let text = std::fs::read(&verdict).unwrap_or_else(|_| panic!("{output:?}"));
        let verdict: Value = serde_json::from_slice(&text).unwrap();
        let results = verdict["runs"][0]["results"].as_array().unwrap().iter();
        let text = |value: &Value, or: &str| value.as_str().unwrap_or(or).to_owned();
        results.map(|one| (text(&one["ruleId"], ""), text(&one["level"], "warning"))).collect()
    };
    // There is no page about Tidegate to name yet.
    let known = BTreeSet::from([("SARIF2005".to_owned(), "warning".to_owned())]);
    for path in &paths {
        let told = judge(path);
        assert!(told.is_subset(&known), "{}: {told:?}", path.display());
    }
    let broken = std::fs::read_to_string(&paths[0]).unwrap().replace("\"ruleIndex\": ", "\"ruleIndex\": 7");
    let path = folder.path().join("broken.sarif");
    std::fs::write(&path, broken).unwrap();
    assert!(judge(&path).iter().any(|(_, level)| level == "error"), "the multitool judges");
}

/// Text that hardly packs: letters of three bytes, at random.
fn noise(letters: usize, mut seed: u64) -> String {
    let letter = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_u32(0x4e00 + u32::try_from((seed >> 33) % 0x5000).unwrap()).unwrap()
    };
    (0..letters).map(letter).collect()
}

/// A rule with 2,500 findings of 3,000 letters each; no two that stand close together are alike.
fn wordy() -> String {
    let parts: String = (0..311).map(|n| format!("    \"{}\",\n", noise(300, n))).collect();
    format!(
        "package main\nimport rego.v1\nparts := [\n{parts}]\ndeny contains msg if {{\n    \
         some n in numbers.range(0, 2499)\n    \
         words := concat(\"\", [parts[((n * 71) + (i * 37)) % 311] | some i in numbers.range(0, 9)])\n    \
         msg := sprintf(\"%d %s\", [n, words])\n}}\n"
    )
}

#[test]
fn a_run_with_more_than_github_takes_is_cut_and_says_so() {
    // Operations at paths that are too long to be judged; what is said of one repeats a part of it.
    let long = |file: u64| {
        let operation = "{get: {responses: {'200': {description: d}}}}";
        let paths = (0..60).map(|n| format!("  ? \"/{}\"\n  : {operation}\n", noise(3_000, file * 60 + n)));
        format!("openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\npaths:\n{}", paths.collect::<String>())
    };
    let long: Vec<(String, String)> = (0..5).map(|n| (format!("long/{n}.yaml"), long(n))).collect();
    let (many, wordy) = (many(2_000), wordy());
    let mut files = vec![("many.yaml", many.as_str()), ("open.yaml", OPEN), ("wordy/rule.rego", &wordy)];
    files.extend(long.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let folder = folder(&files);
    let runs: [(&[&str], &str); 3] = [
        (&["many.yaml", "--strict"], "findings"),
        (&["open.yaml", "--policy", "wordy"], "findings"),
        (&["long"], "notifications"),
    ];
    for (args, cut) in runs {
        let path = written(folder.path(), &[args, &["--format", "sarif"]].concat(), "out.sarif");
        let sarif: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let json = written(folder.path(), &[args, &["--format", "json"]].concat(), "out.json");
        let json: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
        let (found, faults) = (json["findings"].as_array().unwrap(), json["faults"].as_array().unwrap());
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().unwrap();
        let notifications = run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        let left_out = match cut {
            "findings" => found.len() - results.len(),
            _ => faults.len() - (notifications.len() - 1),
        };
        assert!(left_out > 0 && results.len() <= 5_000, "{args:?}: {} of {}", results.len(), found.len());
        let told = notifications.last().unwrap()["message"]["text"].as_str().unwrap();
        assert_eq!(told, format!("{left_out} further {cut} are left out"));
        // What is cut is what matters least.
        let blockers = |list: &[Value]| list.iter().filter(|one| one["level"] == "error").count();
        assert_eq!(blockers(results), blockers(found).min(results.len()), "{args:?}");
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10, "{rule}");
        }
        for result in results {
            assert!(result["locations"].as_array().unwrap().len() <= 100);
            assert!(result["relatedLocations"].as_array().unwrap().len() <= 100);
        }
        let Some(schema) = foreign("sarif-2.1.0.json") else { continue };
        let Some(seen) = read("sarif", &[&schema, &path]) else { continue };
        assert_eq!(seen["faults"], serde_json::json!([]), "{args:?}");
        assert!(seen["packed"].as_u64().unwrap() <= 10_000_000, "{args:?}: {seen}");
    }
}

/// Two findings of one check about one operation of one file.
const TWICE: &str = "package main
import rego.v1
deny contains {\"msg\": msg, \"operation\": op.position, \"at\": op.at} if {
    some op in input.operations
    some msg in [\"first\", \"second\"]
}
";

#[test]
fn fingerprints_stay_when_lines_move_and_no_two_are_equal() {
    let fingerprints = |text: &str, format: &str| -> Vec<String> {
        let folder = folder(&[("open.yaml", text), ("policy/twice.rego", TWICE)]);
        let output = check(folder.path(), &["open.yaml", "--policy", "policy", "--format", format]);
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let rows = match format {
            "sarif" => &told["runs"][0]["results"],
            "json" => &told["findings"],
            _ => &told,
        };
        let digest = |row: &Value| {
            let prints = if format == "sarif" { &row["partialFingerprints"] } else { row };
            let name = if format == "sarif" { "tidegateFinding/v1" } else { "fingerprint" };
            prints[name].as_str().unwrap().to_owned()
        };
        rows.as_array().unwrap().iter().map(digest).collect()
    };
    let moved = OPEN.replace("paths:", "# a line\n# and another\n\npaths:");
    for format in ["sarif", "json", "gitlab"] {
        let before = fingerprints(OPEN, format);
        assert_eq!(before, fingerprints(&moved, format), "{format}");
        assert!(before.len() > 3, "{before:?}");
        assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len(), "{format}: {before:?}");
        let other = fingerprints(&OPEN.replace("/orders/", "/invoices/"), format);
        assert!(!other.iter().any(|one| before.contains(one)), "{format}");
    }
}
