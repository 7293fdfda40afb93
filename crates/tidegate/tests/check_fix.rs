//! `tidegate check --fix`: a patch that `git apply` takes, after which nothing is unjudged but what it says
//! is to be filled in, and no blocker stands that the declarations themselves made.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1").output().unwrap()
}

fn judged(folder: &Path, args: &[&str]) -> Value {
    let output = check(folder, &[args, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn git_apply(folder: &Path, patch: &[u8]) {
    let held = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(held.path(), patch).unwrap();
    let output = Command::new("git").current_dir(folder).arg("apply").arg(held.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}\n{}", String::from_utf8_lossy(patch));
}

fn blockers(told: &Value) -> Vec<String> {
    let all = told["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] == "error");
    all.map(|finding| format!("{} {}", finding["id"].as_str().unwrap(), finding["subject"].as_str().unwrap()))
        .collect()
}

/// Lines of errors of the files themselves.
fn errors(told: &Value) -> Vec<(String, u64)> {
    let all = told["faults"].as_array().unwrap().iter().filter(|fault| fault["level"] == "error");
    all.map(|fault| (fault["code"].as_str().unwrap().to_owned(), fault["line"].as_u64().unwrap())).collect()
}

/// The numbers of the lines that stderr names: `shop.yaml:12: ...`.
fn named(stderr: &str) -> Vec<u64> {
    let lines = stderr.lines().filter(|line| line.contains(" needs "));
    lines.map(|line| line.split(':').nth(1).unwrap().parse().unwrap()).collect()
}

/// What a person would write into the placeholders.
fn filled_in(text: &str) -> String {
    [
        ("reason: \"\", owner: \"\"", "reason: shop window, owner: web"),
        ("\"owner\":\"\",\"reason\":\"\"", "\"owner\":\"web\",\"reason\":\"shop window\""),
        ("\"reason\":\"\",\"owner\":\"\"", "\"owner\":\"web\",\"reason\":\"shop window\""),
        ("owner: \"\"", "roles: [staff]"),
        ("\"owner\":\"\"", "\"roles\":[\"staff\"]"),
        ("partner: []", "partner: [parcels]"),
        ("\"partner\":[]", "\"partner\":[\"parcels\"]"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (empty, full)| text.replace(empty, full))
}

const HEAD: &str = "openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: https://shop.example}]
security: [{token: []}]
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
    partnerKey: {type: apiKey, in: header, name: x-key}
  schemas:
    Order: {type: object, properties: {id: {type: string, format: uuid}, customerId: {type: string}, email: {type: string}}}
    Parcel: {type: object, properties: {id: {type: string, format: uuid}, weight: {type: integer}}}
paths:
";

const BLOCK: &str = "  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
    get:
      responses: {'200': {description: a, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
    delete:
      # gone
      responses: {'204': {description: a}}
  /patients/{patientId}:
    get: # one of them
      parameters: [{name: patientId, in: path, required: true, schema: {type: string, format: uuid}}]
      responses: {'200': {description: a, content: {application/json: {schema: {$ref: '#/components/schemas/Parcel'}}}}}
  /catalogue:
    get:
      security: []
      responses: {'200': {description: a, content: {application/json: {schema: {$ref: '#/components/schemas/Parcel'}}}}}
  /members:
    get:
      responses: {'200': {description: a, content: {application/json: {schema: {type: array, maxItems: 9, items: {properties: {email: {type: string}}}}}}}}
  /admin/reports:
    get:
      responses: {'200': {description: a, content: {application/json: {schema: {$ref: '#/components/schemas/Parcel'}}}}}
  /parcels/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
    get:
      security: [{partnerKey: []}]
      responses: {'200': {description: a, content: {application/json: {schema: {$ref: '#/components/schemas/Parcel'}}}}}
";

/// A document, how many of its operations have something to fill in, and the blockers that stand when it is.
fn table() -> Vec<(&'static str, String, usize, Vec<&'static str>)> {
    let block = format!("{HEAD}{BLOCK}");
    let quoted = ["get", "delete"]
        .iter()
        .fold(block.clone(), |text, word| text.replace(&format!("    {word}:"), &format!("    \"{word}\":")));
    let flow =
        "  /orders/{id}: {get: {responses: {}}, 'delete': {}}\n  /catalogue: {\"get\" : { security: [] }}\n";
    let pretty = r#"{
	"openapi": "3.0.3", "info": {"title": "a", "version": "1"},
	"components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
	"paths": {
		"/orders/{id}": {
			"get": {
				"security": [{"token": []}],
				"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string", "format": "uuid"}}],
				"responses": {"200": {"description": "a", "content": {"application/json": {"schema": {"properties": {"customer_id": {"type": "string"}}}}}}}
			},
			"put":
			{
			},
			"delete": {}
		}
	}
}
"#;
    let minified = r#"{"openapi":"3.0.3","info":{"title":"a","version":"1"},"paths":{"/a":{"get":{"responses":{}}},"/b":{"get":{}}}}"#;
    let odd = "  /a:
    get: &a
      responses: {}
  /b:
    get: *a
  /c:
    get: null
  /d:
    get:
  /e:
    get:
      responses: {}";
    let open = "swagger: '2.0'
info: {title: Pets, version: '1'}
paths:
  /pets/{id}:
    get:
      parameters: [{name: id, in: path, required: true, type: string, format: uuid}]
      responses: {'200': {description: a, schema: {type: object, properties: {email: {type: string}}}}}
  /admin/pets:
    get: {responses: {'200': {description: a}}}
";
    let open_blockers = vec!["ACH-003 GET /admin/pets", "ACH-008 GET /pets/{id}"];
    vec![
        ("block", block.clone(), 3, vec![]),
        ("keys in quotes", quoted.clone(), 3, vec![]),
        ("CRLF", block.replace('\n', "\r\n"), 3, vec![]),
        ("flow", format!("{HEAD}{flow}"), 3, vec![]),
        ("JSON with tabs", pretty.to_owned(), 2, vec![]),
        ("JSON on one line", minified.to_owned(), 2, vec![]),
        ("names, nothing, no end of line", format!("{HEAD}{odd}"), 0, vec!["ACH-001 GET /c"]),
        ("no credential anywhere", open.to_owned(), 1, open_blockers),
    ]
}

#[test]
fn a_fix_applies_and_leaves_nothing_unjudged_but_what_it_names() {
    for (name, text, places, stand) in table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.yaml");
        std::fs::write(&path, &text).unwrap();
        let before = judged(folder.path(), &["shop.yaml", "--strict"]);
        let fix = check(folder.path(), &["shop.yaml", "--fix"]);
        let said = String::from_utf8(fix.stderr).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{name}: no file is changed");
        git_apply(folder.path(), &fix.stdout);
        let mended = std::fs::read_to_string(&path).unwrap();
        let ends = |text: &str| (text.matches("\r\n").count(), text.matches('\n').count());
        let (crlf, all) = ends(&mended);
        assert!(crlf == 0 || crlf == all, "{name}: mixed ends of lines\n{mended}");
        assert_eq!(named(&said).len(), places, "{name}: {said}\n{mended}");
        let after = judged(folder.path(), &["shop.yaml"]);
        let unjudged = errors(&after);
        assert_eq!(unjudged.len(), places, "{name}: {unjudged:?}\n{mended}");
        for line in named(&said) {
            let is = |(code, at): &&(String, u64)| code == "SPEC-008" && (line..line + 3).contains(at);
            assert!(unjudged.iter().any(|one| is(&one)), "{name}: {line} of {unjudged:?}\n{mended}");
        }
        std::fs::write(&path, filled_in(&mended)).unwrap();
        let filled = judged(folder.path(), &["shop.yaml", "--strict"]);
        assert_eq!(errors(&filled), [], "{name}: {filled:#}");
        assert_eq!(blockers(&filled), stand, "{name}\n{}", filled_in(&mended));
        assert!(stand.len() <= blockers(&before).len(), "{name}: {:?}", blockers(&before));
    }
}

#[test]
fn what_a_document_says_of_its_callers_is_declared() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("shop.yaml"), format!("{HEAD}{BLOCK}")).unwrap();
    let fix = check(folder.path(), &["shop.yaml", "--fix"]);
    git_apply(folder.path(), &fix.stdout);
    let mended = std::fs::read_to_string(folder.path().join("shop.yaml")).unwrap();
    for part in [
        "    get:\n      x-tidegate:\n        audience: authenticated\n        owner: $.customerId = claim.sub\n        limit:",
        "  /members:\n    get:\n      x-tidegate:\n        audience: authenticated\n        owner: \"\" # whose",
        "    delete:\n      x-tidegate:\n        audience: authenticated\n        owner: parent GET",
        "owner: path.patientId = claim.sub\n",
        "audience: {public: {reason: \"\", owner: \"\", expires: 20",
        "audience: authenticated\n        roles: [admin]\n",
        "audience: {partner: []} # which ones?\n",
    ] {
        assert!(mended.contains(part), "{part}\n{mended}");
    }
    let again = check(folder.path(), &["shop.yaml", "--fix"]);
    assert_eq!(String::from_utf8_lossy(&again.stdout), "", "what is there is not declared twice");
}

#[test]
fn a_patch_is_meant_from_the_folder_where_it_is_made_or_is_refused() {
    let outer = tempfile::tempdir().unwrap();
    let text = format!("{HEAD}  /a:\n    get:\n      responses: {{}}\n");
    let inner = outer.path().join("repo/api");
    std::fs::create_dir_all(inner.join("deep er")).unwrap();
    let ran =
        Command::new("git").current_dir(outer.path().join("repo")).args(["init", "-q"]).status().unwrap();
    assert!(ran.success());
    let outside = outer.path().join("elsewhere.yaml");
    std::fs::write(&outside, &text).unwrap();
    let absolute = inner.join("shop.yaml");
    let absolute = absolute.to_str().unwrap();
    std::os::unix::fs::symlink("shop.yaml", inner.join("link.yaml")).unwrap();
    for (name, arg) in [
        ("shop.yaml", "shop.yaml"),
        ("shop.yaml", "./shop.yaml"),
        ("shop.yaml", "."),
        ("shop.yaml", "../api/shop.yaml"),
        ("shop.yaml", "../../repo/api"),
        ("shop.yaml", absolute),
        ("shop.yaml", "link.yaml"),
        ("deep er/my shöp.yaml", "deep er/my shöp.yaml"),
        ("deep er/a\"b\\c.yaml", "deep er/a\"b\\c.yaml"),
    ] {
        let file = inner.join(name);
        std::fs::write(&file, &text).unwrap();
        let fix = check(&inner, &[arg, "--fix"]);
        git_apply(&inner, &fix.stdout);
        assert!(std::fs::read_to_string(&file).unwrap().contains("x-tidegate"), "{arg}: {fix:?}");
        std::fs::remove_file(&file).unwrap();
    }
    for arg in ["../../elsewhere.yaml", outside.to_str().unwrap()] {
        let fix = check(&inner, &[arg, "--fix"]);
        let said = String::from_utf8(fix.stderr).unwrap();
        assert_eq!((fix.status.code(), fix.stdout.len()), (Some(2), 0), "{arg}: {said}");
        assert!(said.contains("does not lie below this folder") && said.contains("help: run"), "{said}");
    }
}
