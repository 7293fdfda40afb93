//! The exported Rego in OPA, from real documents by the command line; rules of a house of its own.
//!
//! Case by case and over made inventories: `crates/checks/tests/opa.rs`.

use std::collections::BTreeSet;

use super::*;

/// What `query` gives in OPA; none where no OPA is installed.
pub(crate) fn opa(policies: &[&Path], input: &Path, query: &str) -> Option<Value> {
    let program = std::env::var_os("TIDEGATE_OPA").map(PathBuf::from).or_else(|| foreign("bin/opa"))?;
    let mut command = Command::new(program);
    command.args(["eval", "--format", "json"]);
    for policy in policies {
        command.arg("--data").arg(policy);
    }
    let output = command.arg("--input").arg(input).arg(query).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    assert!(answer["errors"].is_null(), "{answer}");
    Some(answer["result"][0]["expressions"][0]["value"].clone())
}

pub(crate) fn texts(set: &Value) -> BTreeSet<String> {
    let text = |one: &Value| one.as_str().or_else(|| one["msg"].as_str()).unwrap().to_owned();
    set.as_array().unwrap().iter().map(text).collect()
}

const INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
    - host: shop.example
      http:
        paths: [{path: /orders, pathType: Prefix, backend: {service: {name: orders, port: {number: 80}}}}]
";

#[test]
fn exported_rego_finds_in_opa_what_the_command_line_tells() {
    let shop = std::fs::read_to_string(root().join("examples/shop.openapi.yaml")).unwrap();
    let nginx =
        "server {\n  listen 80;\n  server_name shop.example;\n  location / { proxy_pass http://app; }\n}\n";
    let folder = folder(&[
        ("open.yaml", OPEN),
        ("guarded.yaml", &guarded()),
        ("hostile.yaml", &hostile()),
        ("shop.yaml", &shop),
        ("many.yaml", &many(40)),
        ("ingress.yaml", INGRESS),
        ("nginx.conf", nginx),
    ]);
    let runs: [&[&str]; 7] = [
        &["open.yaml"],
        &["hostile.yaml"],
        &["shop.yaml"],
        &["many.yaml"],
        &["guarded.yaml", "ingress.yaml"],
        &["guarded.yaml", "nginx.conf"],
        &["guarded.yaml", "shop.yaml", "nginx.conf", "ingress.yaml"],
    ];
    let mut ids = BTreeSet::new();
    for (nth, args) in runs.iter().enumerate() {
        let out = format!("out{nth}");
        let exported = check(folder.path(), &[args, &["--export", "rego", "--out", &out][..]].concat());
        assert_eq!(exported.status.code(), Some(0), "{exported:?}");
        let out = folder.path().join(out);
        let (policy, facts) = (out.join("policy"), out.join("facts.json"));
        let Some(deny) = opa(&[&policy], &facts, "data.main.deny") else { return };
        let warn = opa(&[&policy], &facts, "data.main.warn").unwrap();
        let json = check(folder.path(), &[args, &["--format", "json"][..]].concat());
        let json: Value = serde_json::from_slice(&json.stdout).unwrap();
        for (told, level) in [(deny, "error"), (warn, "warning")] {
            let told = texts(&told);
            let findings = json["findings"].as_array().unwrap().iter().filter(|one| one["level"] == level);
            let mut native = BTreeSet::new();
            for finding in findings {
                let (id, subject) = (finding["id"].as_str().unwrap(), finding["subject"].as_str().unwrap());
                native.insert(id.to_owned());
                let meant =
                    |text: &&String| text.starts_with(id) && text.ends_with(&format!(": `{subject}`"));
                assert!(
                    finding["count"] != 1 || told.iter().any(|text| meant(&text)),
                    "{subject} in {told:?}"
                );
            }
            let by_opa: BTreeSet<String> = told.iter().map(|text| text[..7].to_owned()).collect();
            assert_eq!(by_opa, native, "{args:?}");
            ids.extend(native);
        }
    }
    assert!(ids.len() > 8, "{ids:?}");
}

#[test]
fn the_rule_of_a_house_of_its_own_is_judged_alike_by_opa_and_by_tidegate() {
    let beta = guarded().replace("/orders/{id}:", "/beta/{id}:");
    let folder = folder(&[("beta.yaml", &beta), ("guarded.yaml", &guarded())]);
    let rules = root().join("examples/ci/policy");
    for (file, denied) in [("beta.yaml", true), ("guarded.yaml", false)] {
        let native = check(folder.path(), &[file, "--policy", rules.to_str().unwrap()]);
        assert_eq!(native.status.code(), Some(i32::from(denied)), "{native:?}");
        assert_eq!(String::from_utf8_lossy(&native.stdout).contains("HOUSE-1"), denied, "{native:?}");
        check(folder.path(), &[file, "--export", "rego", "--out", file.trim_end_matches(".yaml")]);
        let out = folder.path().join(file.trim_end_matches(".yaml"));
        let Some(deny) = opa(&[&out.join("policy"), &rules], &out.join("facts.json"), "data.main.deny")
        else {
            return;
        };
        assert_eq!(texts(&deny).iter().any(|text| text.starts_with("HOUSE-1")), denied, "{deny}");
    }
}
