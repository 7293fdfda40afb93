//! `tidegate check` as a gate: what it says, in every form, and how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const OPEN: &str = "openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: https://shop.example}]
paths:
  /orders/{id}:
    get:
      operationId: readOrder
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      x-tidegate:
        audience: authenticated
      responses:
        '200':
          description: an order
          content: {application/json: {schema: {type: object, properties: {email: {type: string, format: email}}}}}
";

fn guarded() -> String {
    let intent = "audience: authenticated\n        owner: path.id = claim.sub\n        \
                  limit: [{requests: 60, per: 1m}]";
    OPEN.replace("audience: authenticated", intent)
        .replace("paths:", "security: [{token: []}]\ncomponents: {securitySchemes: {token: {type: http, scheme: bearer}}}\npaths:")
}

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1");
    command.output().unwrap()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn the_exit_code_says_whether_to_deploy() {
    let guarded = guarded();
    let folder = folder(&[
        ("open.yaml", OPEN),
        ("guarded.yaml", &guarded),
        ("broken.yaml", "openapi: 3.1.0\npaths: [\n"),
        ("notes.txt", "nothing to judge\n"),
    ]);
    for (args, code, said) in [
        (&["open.yaml"][..], 1, "error[ACH-"),
        (&["guarded.yaml"], 0, "0 blockers"),
        (&["guarded.yaml", "--fail-on", "warning"], 1, "warning[ACH-"),
        (&["open.yaml", "--fail-on", "never"], 0, "error[ACH-"),
        (&["broken.yaml"], 2, "broken.yaml:"),
        (&["broken.yaml", "--fail-on", "never"], 2, "broken.yaml:"),
        (&["notes.txt"], 2, "nothing that is known here"),
        (&["missing.yaml"], 2, "there is no `missing.yaml`"),
        (&["."], 2, "notes.txt"),
        (&[], 64, "required"),
        (&["--page", "ACH-999"], 64, "there is no check"),
        (&["--page", "ACH-004"], 0, "Sees"),
        (&["--list"], 0, "ACH-004"),
        (&["open.yaml", "--new-only"], 64, "--base"),
        (&["open.yaml", "--write-baseline", "b.json"], 64, "--reason"),
    ] {
        let output = check(folder.path(), args);
        let all =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{all}");
        assert!(all.contains(said), "{args:?} does not say {said:?}:\n{all}");
    }
}

#[test]
fn every_form_tells_the_same_findings() {
    let folder = folder(&[("open.yaml", OPEN)]);
    let told = json(&check(folder.path(), &["open.yaml", "--format", "json"]));
    assert_eq!((&told["format"], &told["judged"]), (&"tidegate.check/1".into(), &true.into()));
    let findings = told["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    let sarif = json(&check(folder.path(), &["open.yaml", "--format", "sarif"]));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), findings.len());
    let gitlab = json(&check(folder.path(), &["open.yaml", "--format", "gitlab"]));
    assert_eq!(gitlab.as_array().unwrap().len(), findings.len());
    for (finding, result) in findings.iter().zip(results) {
        assert_eq!(finding["id"], result["ruleId"]);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(finding["line"], region["startLine"]);
        assert!(finding["line"].as_u64().unwrap() > 0);
    }
    for (format, before, after) in [
        ("text", "[", "]"),
        ("junit", "message=\"", ":"),
        ("github", "title=", " "),
        ("markdown", "r ", " |"),
    ] {
        let output = check(folder.path(), &["open.yaml", "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        for finding in findings {
            let id = finding["id"].as_str().unwrap();
            let level = finding["level"].as_str().unwrap();
            let before = match (format, level) {
                ("markdown", "error") => "| blocker ",
                ("markdown", _) => "| warning ",
                ("junit", "warning") => "",
                _ => before,
            };
            assert!(text.contains(&format!("{before}{id}{after}")), "{format} lacks {id}:\n{text}");
        }
    }
}

#[test]
fn what_a_file_says_is_inert_in_every_form() {
    let hostile = OPEN.replace(
        "operationId: readOrder",
        "operationId: \"a<script>x</script>\\n::error::b\\u001b[31m|`c`\"",
    );
    let hostile = hostile.replace("/orders/{id}:", "\"/orders<script>|::x/{id}\":");
    let folder = folder(&[("open.yaml", &hostile)]);
    for format in ["text", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let output = check(folder.path(), &["open.yaml", "--format", format]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains('\u{1b}'), "{format}");
        assert!(!text.lines().any(|line| line.starts_with("::error::b")), "{format}:\n{text}");
        assert!(format != "junit" || !text.contains("<script>"), "{text}");
    }
}

#[test]
fn a_baseline_answers_for_what_is_known_and_for_nothing_new() {
    let folder = folder(&[("open.yaml", OPEN)]);
    let write =
        ["open.yaml", "--write-baseline", "known.json", "--reason", "before the gate", "--owner", "api team"];
    let past = check(folder.path(), &[&write[..], &["--expires", "2020-01-01"]].concat());
    assert_eq!(past.status.code(), Some(64));
    let written = check(folder.path(), &[&write[..], &["--expires", "2099-12-31"]].concat());
    assert_eq!(written.status.code(), Some(0), "{written:?}");
    assert_eq!(check(folder.path(), &["open.yaml", "--baseline", "known.json"]).status.code(), Some(0));

    let more = OPEN.replace("  /orders/{id}:", "  /accounts/{id}:").replace("readOrder", "readAccount")
        + OPEN.split_once("paths:\n").unwrap().1;
    std::fs::write(folder.path().join("open.yaml"), more).unwrap();
    let output = check(folder.path(), &["open.yaml", "--baseline", "known.json", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let subjects: Vec<String> = json(&output)["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["level"] == "error")
        .map(|finding| finding["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(subjects, ["GET /accounts/{id}"]);

    let ended = std::fs::read_to_string(folder.path().join("known.json")).unwrap().replace("2099", "2021");
    std::fs::write(folder.path().join("known.json"), ended).unwrap();
    let output = check(folder.path(), &["open.yaml", "--baseline", "known.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("which is past"));
}

#[test]
fn a_change_that_lets_more_through_is_told_with_a_request_that_shows_it() {
    let old = guarded();
    for (change, said) in [
        (
            old.replace("        owner: path.id = claim.sub\n", ""),
            "any signed-in caller can now read records of others by GET /orders/{id}",
        ),
        (
            old.replace(
                "audience: authenticated\n        owner: path.id = claim.sub",
                "audience: {public: {reason: r, owner: o, expires: 2099-12-31}}",
            ),
            "anonymous callers can now read records of others by GET /orders/{id}",
        ),
        (old.replace("requests: 60", "requests: 600"), "36000 instead of 3600 calls an hour"),
        (old.replace("per: 1m}]", "per: 1m}]\n        roles: [staff]"), "the role `staff` can now"),
        (
            old.replace("properties: {email:", "properties: {phone: {type: string}, email:"),
            "answers of GET /orders/{id} now carry phone",
        ),
    ] {
        let before = folder(&[("shop.yaml", &old)]);
        let after = folder(&[("shop.yaml", &change)]);
        let base = before.path().join("shop.yaml");
        let base = base.to_str().unwrap();
        let output = check(after.path(), &["shop.yaml", "--base", base]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(said), "{said:?} is not in:\n{text}");
        assert!(text.contains("GET /orders/1001 HTTP/1.1"), "{text}");
        assert_eq!(output.status.code(), Some(1));
        // Taking it back is no widening.
        let back =
            check(before.path(), &["shop.yaml", "--base", after.path().join("shop.yaml").to_str().unwrap()]);
        assert!(String::from_utf8_lossy(&back.stdout).contains("0 widenings"), "{said}: {back:?}");
    }
}

#[test]
fn a_snippet_that_nginx_includes_from_its_own_folder_is_found_in_a_whole_folder() {
    let folder = folder(&[("nginx.conf", "events {}\nhttp {\n    include conf.d/*.conf;\n}\n")]);
    for (name, text) in [
        (
            "conf.d/api.conf",
            "server {\n    listen 443 ssl;\n    location /a/ {\n        include snippets/guard.conf;\n        proxy_pass http://app;\n    }\n}\n",
        ),
        ("snippets/guard.conf", "auth_basic staff;\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let output = check(folder.path(), &["."]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    std::fs::remove_file(folder.path().join("snippets/guard.conf")).unwrap();
    let output = check(folder.path(), &["."]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).matches("NGINX-002").count(), 1, "{output:?}");
}

#[test]
fn what_stands_for_many_operations_is_new_where_it_stands_for_more() {
    let bare = |doors: &[&str]| {
        let doors = doors
            .iter()
            .map(|door| format!("  {door}: {{get: {{responses: {{'200': {{description: a}}}}}}}}\n"));
        format!(
            "openapi: 3.0.3\ninfo: {{title: a, version: '1'}}\nsecurity: [{{token: []}}]\ncomponents: {{securitySchemes: {{token: {{type: http, scheme: bearer}}}}}}\npaths:\n{}",
            doors.collect::<String>()
        )
    };
    let (two, three) = (bare(&["/a", "/b"]), bare(&["/a", "/b", "/c"]));
    let (before, after) = (folder(&[("api.yaml", &two)]), folder(&[("api.yaml", &three)]));
    let of = |folder: &tempfile::TempDir, base: &tempfile::TempDir| {
        let base = base.path().join("api.yaml");
        let args = [
            "api.yaml",
            "--new-only",
            "--fail-on",
            "never",
            "--format",
            "json",
            "--base",
            base.to_str().unwrap(),
        ];
        json(&check(folder.path(), &args))["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["id"] == "ACH-001")
            .count()
    };
    assert_eq!(of(&before, &before), 0, "what was there is left out, whatever folder it stood in");
    assert_eq!(of(&after, &before), 1, "a third operation without intent is told");
    assert_eq!(of(&before, &after), 0, "one less is nothing new");
}

#[test]
fn a_fix_is_a_patch_that_makes_a_document_declare_its_intent() {
    let bare = OPEN.replace("      x-tidegate:\n        audience: authenticated\n", "");
    let bare = bare.replace("paths:", "security: [{token: []}]\ncomponents: {securitySchemes: {token: {type: http, scheme: bearer}}}\npaths:");
    let folder = folder(&[("shop.yaml", &bare)]);
    let output = check(folder.path(), &["shop.yaml", "--fix"]);
    let patch = String::from_utf8(output.stdout).unwrap();
    assert!(patch.starts_with("--- a/shop.yaml\n+++ b/shop.yaml\n"), "{patch}");
    for line in [
        "+      x-tidegate:",
        "+        audience: authenticated",
        "+        limit: [{requests: 60, per: 1m}]",
    ] {
        assert!(patch.contains(line), "{patch}");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("shop.yaml")).unwrap(), bare, "no file is changed");
}

#[test]
fn traffic_tells_what_is_served_and_stands_in_no_specification() {
    let line = report::exchange::EXAMPLE.replace('\n', "").replace("\"code\":429", "\"code\":200");
    let line = line.replace("{\"refused\":\"budget-spent\"}", "\"served\"");
    let log = format!("{}not an exchange\n", format!("{line}\n").repeat(99));
    // One line in 100 may be unreadable.
    let broken = format!("{}x\nx\n", format!("{line}\n").repeat(99));
    let folder = folder(&[
        ("guarded.yaml", &guarded()),
        ("exchanges.ndjson", &log),
        ("broken.ndjson", &broken),
        ("none.ndjson", "x\n"),
    ]);
    let output = check(folder.path(), &["guarded.yaml", "--traffic", "exchanges.ndjson", "--format", "json"]);
    let told = json(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let shadow = told["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == "ACH-017");
    let shadow = shadow.unwrap_or_else(|| panic!("no shadow endpoint in {told}"));
    assert_eq!(shadow["subject"], "POST /api/customers");
    assert_eq!((&shadow["file"], &shadow["line"]), (&"exchanges.ndjson".into(), &1.into()));
    assert_eq!(told["faults"][0]["message"], "1 of 100 lines cannot be read, and are left out");
    let broken = check(folder.path(), &["guarded.yaml", "--traffic", "broken.ndjson"]);
    assert_eq!(broken.status.code(), Some(2), "{broken:?}");
    let none = check(folder.path(), &["guarded.yaml", "--traffic", "none.ndjson"]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
}

#[test]
fn nft_takes_the_rules_that_an_internal_audience_implies() {
    let internal = guarded()
        .replace("audience: authenticated", "audience: {internal: [10.20.0.0/16, '2001:db8::/48']}")
        .replace("        owner: path.id = claim.sub\n", "");
    let folder = folder(&[("jobs.yaml", &internal)]);
    let output = check(folder.path(), &["jobs.yaml", "--export", "nftables", "--out", "out"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let rules = folder.path().join("out/tidegate.nft");
    let text = std::fs::read_to_string(&rules).unwrap();
    for line in ["ip saddr { 10.20.0.0/16 } accept", "ip6 saddr { 2001:db8::/48 } accept", "drop"] {
        assert!(text.contains(line), "{text}");
    }
    let nft = |file: &Path| Command::new("nft").args(["-c", "-f"]).arg(file).output();
    let empty = folder.path().join("empty.nft");
    std::fs::write(&empty, "table inet tidegate_probe { }\n").unwrap();
    if !nft(&empty).is_ok_and(|ran| ran.status.success()) {
        eprintln!("skipped: nft is missing or may not check here (Debian: nftables)");
        return;
    }
    let checked = nft(&rules).unwrap();
    assert!(checked.status.success(), "{checked:?}\n{text}");
}

#[test]
fn own_rules_in_rego_are_judged_with_the_rest() {
    let folder = folder(&[("guarded.yaml", &guarded())]);
    std::fs::create_dir(folder.path().join("policy")).unwrap();
    let output = check(folder.path(), &["guarded.yaml", "--policy", "policy"]);
    assert_eq!(output.status.code(), Some(2), "a folder without policies keeps the gate shut: {output:?}");
    std::fs::write(
        folder.path().join("policy/own.rego"),
        "package main\nimport rego.v1\ndeny contains m if {",
    )
    .unwrap();
    let output = check(folder.path(), &["guarded.yaml", "--policy", "policy"]);
    assert_eq!(output.status.code(), Some(2), "a broken policy keeps the gate shut: {output:?}");
    let own = "package main\nimport rego.v1\ndeny contains {\"msg\": \"too many words\"} if { count(input.operations) > 0 }";
    std::fs::write(folder.path().join("policy/own.rego"), own).unwrap();
    let output = check(folder.path(), &["guarded.yaml", "--policy", "policy"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text.contains("too many words"), "{text}");
    for kind in ["rego", "gatekeeper", "nftables", "networkpolicy"] {
        let exported = check(folder.path(), &["guarded.yaml", "--export", kind, "--out", kind]);
        assert_eq!(exported.status.code(), Some(0), "{exported:?}");
        let names = String::from_utf8(exported.stdout).unwrap();
        assert!(names.lines().count() > 0, "{kind}");
        for name in names.lines() {
            assert!(folder.path().join(name).metadata().unwrap().len() > 0, "{name}");
        }
    }
}

#[test]
fn an_export_writes_over_nothing_that_it_was_not_told_to() {
    let folder = folder(&[("guarded.yaml", &guarded())]);
    std::fs::create_dir(folder.path().join("out")).unwrap();
    std::fs::write(folder.path().join("out/README.md"), "ours\n").unwrap();
    let export = |more: &[&str]| {
        let args = ["guarded.yaml", "--export", "rego", "--out", "out"];
        check(folder.path(), &[&args[..], more].concat())
    };
    let refused = export(&[]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"), "{refused:?}");
    let readme = || std::fs::read_to_string(folder.path().join("out/README.md")).unwrap();
    assert_eq!(readme(), "ours\n");
    assert!(!folder.path().join("out/facts.json").exists(), "nothing is written beside it");
    assert_eq!(export(&["--force"]).status.code(), Some(0));
    assert_ne!(readme(), "ours\n");
}

#[test]
fn a_route_is_one_case_of_junit() {
    let text = "http { server {\n  listen 443 ssl;\n  server_name api.example.com;\n  location /a/ { auth_basic x; proxy_pass http://a; \
                location /a/b/ { auth_basic off; proxy_pass http://a; } }\n} }\n";
    let folder = folder(&[("nginx.conf", text)]);
    let output = check(folder.path(), &["nginx.conf", "--format", "junit"]);
    let xml = String::from_utf8(output.stdout).unwrap();
    assert_eq!(xml.matches("location /a/b/\"").count(), 1, "{xml}");
    assert_eq!(xml.matches("<failure").count(), 1, "{xml}");
}

#[test]
fn a_proxy_that_is_gone_and_routes_of_which_no_specification_speaks_are_said() {
    let guard = "server {\n    listen 443 ssl;\n    server_name shop.example.com;\n    auth_basic staff;\n    location / { \
                 proxy_pass http://192.0.2.7; }\n}\n";
    let open = guard.replace("    auth_basic staff;\n", "");
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let before = folder(&[("shop.yaml", OPEN), ("shop.conf", guard)]);
    let base = before.path().to_str().unwrap();
    let gone = "`nginx shop.example.com` of `--base` is not among the files any more";
    let without = folder(&[("shop.yaml", OPEN)]);
    let output = check(without.path(), &[".", "--base", base, "--fail-on", "never"]);
    assert!(said(&output).contains(gone), "{output:?}");
    let output = check(before.path(), &[".", "--base", base, "--fail-on", "never"]);
    assert!(!said(&output).contains(gone), "{output:?}");

    let unspoken = "no specification is among the files: 1 open route is not judged";
    let alone = folder(&[("shop.conf", &open)]);
    assert!(said(&check(alone.path(), &["."])).contains(unspoken));
    for files in [&[("shop.conf", guard)][..], &[("shop.conf", &*open), ("shop.yaml", OPEN)]] {
        let folder = folder(files);
        let output = check(folder.path(), &["."]);
        assert!(!said(&output).contains("no specification is among"), "{output:?}");
    }
}

#[test]
fn recorded_paths_without_a_door_are_one_warning_and_questions_of_browsers_none() {
    let exchange = |door: &str| {
        let method = door.split(' ').next().unwrap_or_default();
        format!(
            r#"{{"metadata":{{"version":"1.3.0","product":{{"name":"Tidegate","vendor_name":"Tidegate","version":"0.1.0"}},"uid":"00000000000000070000000000000002"}},"time":1795000000002,"duration":4,"category_uid":6,"class_uid":6003,"activity_id":1,"type_uid":600301,"severity_id":1,"status_id":1,"api":{{"operation":"{door}"}},"actor":{{"user":{{"name":"anonymous"}}}},"src_endpoint":{{"ip":"198.51.100.7"}},"http_request":{{"http_method":"{method}","url":{{"path":"/"}},"length":0}},"http_response":{{"code":200,"length":180}},"unmapped":{{"tidegate":{{"order":2,"caller":"anonymous","declared":true,"objects":[],"upstream_status":200,"records":0,"disclosed":0,"new_subjects":0,"own_subjects":0,"subjects":[],"classes":[],"outcome":"served","mode":"guard"}}}}}}"#
        ) + "\n"
    };
    let log = exchange("OPTIONS /{*unseen}") + &exchange("GET /{*unseen}") + &exchange("GET /{*unseen}");
    let folder = folder(&[("shop.yaml", OPEN), ("log.ndjson", &log)]);
    let output = check(folder.path(), &["shop.yaml", "--traffic", "log.ndjson", "--format", "json"]);
    let told = json(&output);
    assert!(!told["findings"].to_string().contains("ACH-017"), "{told}");
    let faults = told["faults"].to_string();
    assert!(faults.contains("2 answers are of paths that the gateway knew no door of"), "{faults}");
    assert_eq!(told["judged"], true, "{faults}");
    let browsers = exchange("OPTIONS /{*unseen}");
    std::fs::write(folder.path().join("log.ndjson"), browsers).unwrap();
    let told = json(&check(folder.path(), &["shop.yaml", "--traffic", "log.ndjson", "--format", "json"]));
    assert_eq!(told["faults"].as_array().map(Vec::len), Some(0), "{told}");
}
