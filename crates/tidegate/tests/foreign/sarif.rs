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

#[test]
fn a_run_with_more_findings_than_github_takes_is_cut_and_says_so() {
    // Two documents: one with many findings, one with few that hold long texts which do not pack.
    let mut seed = 7_u64;
    let mut noise = || {
        let letters = (0..60_000).map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from_u32(0x4e00 + (seed >> 33) as u32 % 0x5000).unwrap()
        });
        letters.collect::<String>()
    };
    let (head, rest) = OPEN.split_once("  /orders/{id}:\n").unwrap();
    let mut long = head.to_owned();
    for _ in 0..100 {
        long.push_str(&format!("  \"/{}/{{id}}\":\n{rest}", noise()));
    }
    let folder = folder(&[("many.yaml", &many(2_000)), ("long.yaml", &long)]);
    for (file, most) in [("many.yaml", 5_000), ("long.yaml", 5_000)] {
        let path = written(folder.path(), &[file, "--strict", "--format", "sarif"], "out.sarif");
        let sarif: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let json = written(folder.path(), &[file, "--strict", "--format", "json"], "out.json");
        let json: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
        let found = json["findings"].as_array().unwrap();
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().unwrap();
        let left_out = found.len() - results.len();
        assert!(
            results.len() <= most && (left_out > 0) == (file == "many.yaml"),
            "{file}: {}",
            results.len()
        );
        if left_out > 0 {
            assert_eq!(results.len(), most, "all that GitHub shows");
            let told = run["invocations"][0]["toolExecutionNotifications"].to_string();
            assert!(told.contains(&format!("{left_out} further findings are left out")), "{told}");
        }
        // What is cut is what matters least.
        let level = |one: &Value| one["level"] == "error";
        let (blockers, kept) =
            (found.iter().filter(|one| level(one)).count(), results.iter().filter(|one| level(one)));
        assert_eq!(kept.count(), blockers.min(most), "{file}");
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10, "{rule}");
        }
        for result in results {
            assert!(result["locations"].as_array().unwrap().len() <= 100);
            assert!(result["relatedLocations"].as_array().unwrap().len() <= 100);
        }
        let Some(schema) = foreign("sarif-2.1.0.json") else { return };
        let Some(seen) = read("sarif", &[&schema, &path]) else { return };
        assert_eq!(seen["faults"], serde_json::json!([]), "{file}");
        assert!(seen["packed"].as_u64().unwrap() <= 10_000_000, "{file}: {seen}");
    }
}

#[test]
fn fingerprints_stay_when_lines_move_and_no_two_are_equal() {
    let fingerprints = |files: &[(&str, &str)], format: &str| -> Vec<String> {
        let folder = folder(files);
        let output = check(folder.path(), &[".", "--format", format]);
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let rows = match format {
            "sarif" => &told["runs"][0]["results"],
            "json" => &told["findings"],
            _ => &told,
        };
        let digest = |row: &Value| {
            let row = if format == "sarif" {
                &row["partialFingerprints"]["tidegateFinding/v1"]
            } else {
                &row["fingerprint"]
            };
            row.as_str().unwrap().to_owned()
        };
        rows.as_array().unwrap().iter().map(digest).collect()
    };
    let moved = OPEN.replace("paths:", "# a line\n# and another\n\npaths:");
    let moved_nginx = format!("# a line\n\n{NGINX}");
    for format in ["sarif", "json", "gitlab"] {
        let before = fingerprints(&[("open.yaml", OPEN), ("nginx.conf", NGINX)], format);
        let after = fingerprints(&[("open.yaml", &moved), ("nginx.conf", &moved_nginx)], format);
        assert_eq!(before, after, "{format}");
        // The two servers of one file have the same location, and a finding each.
        assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len(), "{format}: {before:?}");
        let renamed = OPEN.replace("/orders/", "/invoices/");
        let other = fingerprints(&[("open.yaml", &renamed)], format);
        assert!(!other.iter().any(|one| before.contains(one)), "{format}");
    }
}
