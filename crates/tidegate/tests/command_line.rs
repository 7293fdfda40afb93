//! The command line: exit codes, what is said with them, and what goes where.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use testkit::shop::keys;

use common::{BINARY, identifying, text, tidegate, write};

/// The repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Runs `serve --config` in a folder with `files`; it must end by itself.
fn serve(files: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    in_folder(folder.path(), &["serve", "--config", "tidegate.yaml"])
}

fn in_folder(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).current_dir(folder).output().unwrap()
}

/// A configuration that is fine but for `more`.
fn config(more: &str) -> String {
    format!(
        "listen: 127.0.0.1:0\ndirect: true\nupstreams:\n  shop: {{url: \"http://127.0.0.1:1\"}}\n{more}\n"
    )
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let up = ["--upstream", "http://127.0.0.1:1"];
    let guard = [&["serve", "--guard"], &up[..]].concat();
    let both = [&["serve", "--guard", "--observe"], &up[..]].concat();
    let trusts = [&["serve", "--guard", "--direct", "--trust", "10.0.0.0/8"], &up[..]].concat();
    let cases: [(&[&str], &str); 18] = [
        (&guard, "add `--direct`"),
        (&both, "cannot be used with"),
        (&trusts, "cannot be used with"),
        (&["serve"], "--upstream"),
        (&["serve", "--upstream", "http://127.0.0.1:1", "--listen", "8090"], "such as `127.0.0.1:8090`"),
        (&["serve", "--upstream", "http://127.0.0.1:1", "--trust", "10.0.0.0/99"], "--trust"),
        (&["serve", "--upstream", "ftp://127.0.0.1:1"], "neither `http` nor `https`"),
        (&["serve", "--upstream", "127.0.0.1:8080"], "`--upstream 127.0.0.1:8080`"),
        (&["ledger", "subject", " ", "--state", "STATE"], "an empty value names nobody"),
        (&[], "Usage"),
        (&["nonsense"], "unrecognized subcommand"),
        (&["ledger"], "Usage"),
        (&["ledger", "verify", "--anchor", "xyz", "--state", "STATE"], "--anchor"),
        (&["ledger", "exposure", "--since", "yesterday", "--state", "STATE"], "yesterday"),
        (
            &["ledger", "exposure", "--since", "2026-12-01", "--until", "2026-11-01", "--state", "STATE"],
            "is after",
        ),
        (&["ledger", "verify", "--state", "FILE"], "`--state FILE` is a file"),
        (&["explain", "GET"], "<URL>"),
        (&["explain", "GET", "/a", "--header", "nonsense"], "is no header"),
    ];
    let folder = tempfile::tempdir().unwrap();
    empty_ledger(&folder.path().join("STATE"));
    write(folder.path(), &[("FILE", "")]);
    for (arguments, said) in cases {
        let ran = in_folder(folder.path(), arguments);
        assert_eq!(ran.status.code(), Some(64), "{arguments:?}: {}", text(&ran.stderr));
        assert!(text(&ran.stderr).contains(said), "{arguments:?}: {}", text(&ran.stderr));
        assert!(ran.stdout.is_empty(), "{arguments:?}");
    }
}

/// A ledger without any exposure, as a gateway leaves it.
fn empty_ledger(state: &Path) {
    let opened = store::Ledger::open(
        state,
        store::LedgerSettings::default(),
        std::sync::Arc::new(store::FileSystem),
        gateway::now(),
        &mut |_| {},
    );
    opened.unwrap().0.close();
}

#[test]
fn a_configuration_that_cannot_be_used_is_told_with_file_and_line() {
    let key = keys::PARTNERS[0].1;
    let digest = hex_digest(key);
    let demo_key = config(&format!(
        "identify:\n  api_keys:\n    - {{name: courier, partner: courier, digest: \"sha256:{digest}\"}}"
    ));
    let demo_set = identifying(&config("mode: guard"));
    let doors = "endpoints:\n  GET /a: {audience: authenticated}";
    let cases = [
        ("an unknown key", config("mod: guard"), "tidegate.yaml:5:1", "did you mean `mode`"),
        ("a wrong value", config("mode: gard"), "tidegate.yaml:5:7", "guard"),
        ("no YAML", config("mode: ["), "tidegate.yaml:", "error"),
        (
            "a bad upstream",
            "upstreams:\n  shop: {url: \"ftp://x\"}\ndirect: true\n".into(),
            "tidegate.yaml:2:",
            "http",
        ),
        ("nothing declared", config("mode: enforce"), "tidegate.yaml", "x-tidegate"),
        ("a missing document", config("specs: [{file: gone.yaml}]"), "tidegate.yaml:5:", "gone.yaml"),
        (
            "guard that trusts nobody",
            config("mode: guard").replace("direct: true\n", ""),
            "tidegate.yaml",
            "direct",
        ),
        ("a demo API key", demo_key, "tidegate.yaml:5:", "everybody"),
        ("the demo's key set", demo_set, "jwks.json", "everybody"),
        (
            "a public door without reason",
            config(&doors.replace("authenticated", "{public: {owner: a}}")),
            "tidegate.yaml:6:",
            "reason",
        ),
    ];
    for (what, yaml, place, said) in cases {
        let ran = serve(&[("tidegate.yaml", &yaml), ("jwks.json", &keys::key_set())]);
        let err = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{what}: {err}");
        assert!(err.contains(place) && err.contains(said), "{what}: {err}");
        assert!(ran.stdout.is_empty() && !err.contains(key), "{what}: {err}");
    }
}

#[test]
fn the_demo_s_own_gateway_listens_on_loopback_only() {
    let ran = tidegate(["demo-gateway", "--upstream", "http://127.0.0.1:1", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.status.code(), Some(64));
    assert!(text(&ran.stderr).contains("loopback"), "{}", text(&ran.stderr));
}

fn hex_digest(key: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_default_configuration_is_data_and_can_be_used() {
    let printed = tidegate(["config", "default"]);
    assert!(printed.status.success() && printed.stderr.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let yaml =
        text(&printed.stdout).replace("upstreams: {}", "upstreams: {a: {url: \"http://127.0.0.1:1\"}}");
    write(folder.path(), &[("tidegate.yaml", &yaml)]);
    let ran = in_folder(folder.path(), &["config", "validate", "tidegate.yaml"]);
    assert_eq!(ran.status.code(), Some(0), "{}{}", text(&ran.stdout), text(&ran.stderr));
    assert!(text(&ran.stdout).contains("can be used"));
}

#[test]
fn the_examples_can_be_used_and_a_bad_file_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(ROOT).join("examples");
    let lines = format!(
        "mode: guard\nspecs: [{{file: \"{0}/shop.openapi.yaml\"}}]\npolicies: [\"{0}/policies\"]\npatches: [\"{0}/patches\"]",
        examples.display()
    );
    write(folder.path(), &[("tidegate.yaml", &config(&lines)), ("bad.yaml", &config("mod: guard"))]);
    let ran = in_folder(folder.path(), &["config", "validate", "tidegate.yaml", "--format", "json"]);
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(json["usable"], true, "{json}");
    // Nobody can be verified in it: findings, each with its place.
    assert_eq!(ran.status.code(), Some(1));
    for finding in json["findings"].as_array().unwrap() {
        assert_eq!(finding["severity"], "warning", "{finding}");
    }
    for format in ["text", "json"] {
        let ran = in_folder(folder.path(), &["config", "validate", "bad.yaml", "--format", format]);
        assert_eq!(ran.status.code(), Some(2), "{format}");
    }
    let ran = in_folder(folder.path(), &["config", "validate", "gone.yaml"]);
    assert_eq!(ran.status.code(), Some(2), "{}", text(&ran.stderr));
    assert!(text(&ran.stderr).contains("gone.yaml"));
}

#[test]
fn explain_says_door_caller_budget_and_answer() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = config(
        "mode: enforce\nendpoints:\n  GET /orders/{id}: {audience: authenticated, owner: $.customer_id = claim.sub, limit: [{requests: 9, per: 1m}]}\n  \
         GET /shop: {audience: {public: {reason: window, owner: web, expires: 2031-12-31}}}",
    );
    write(folder.path(), &[("tidegate.yaml", &yaml)]);
    let explain = |request: &[&str]| {
        let with_config = [&["explain"], request, &["--config", "tidegate.yaml"]].concat();
        in_folder(folder.path(), &with_config)
    };
    let cases: [(&[&str], i32, &str); 4] = [
        (&["GET", "/orders/7"], 1, "401"),
        (&["GET", "/nowhere"], 1, "404"),
        (&["GET", "//shop"], 1, "400"),
        (&["GET", "/shop"], 0, "forwarded"),
    ];
    for (request, code, said) in cases {
        let ran = explain(request);
        assert_eq!(ran.status.code(), Some(code), "{request:?}: {}", text(&ran.stdout));
        assert!(text(&ran.stdout).contains(said), "{request:?}: {}", text(&ran.stdout));
    }
    let said = text(&explain(&["GET", "/orders/7"]).stdout);
    for line in ["GET /orders/{id} (declared)", "anonymous", "$.customer_id = claim.sub", "9 requests per"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let json = explain(&["GET", "/shop", "--format", "json"]);
    assert_eq!(serde_json::from_slice::<Value>(&json.stdout).unwrap()["mode"], "enforce");
    // Without a configuration: guard, nothing declared.
    let plain = tidegate(["explain", "GET", "/api/orders/7"]);
    assert_eq!(plain.status.code(), Some(0));
    assert!(text(&plain.stdout).contains("GET /api/orders/{id} (not declared)"), "{}", text(&plain.stdout));
    let json = tidegate(["explain", "GET", "/api/orders/7", "--format", "json"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["mode"], &json["budgets"][0]["subjects"]), (&"guard".into(), &20.into()), "{json}");
}

#[test]
fn explain_says_that_records_are_for_roles_that_the_caller_has_not() {
    let folder = tempfile::tempdir().unwrap();
    let digest = |key: &str| hex_digest(key);
    let yaml = config(&format!(
        "mode: enforce\nendpoints:\n  GET /search: {{audience: authenticated, roles: [staff]}}\n  \
         GET /own: {{audience: authenticated, roles: [staff], owner: $.customer_id = claim.sub}}\n  \
         GET /window: {{audience: {{public: {{reason: window, owner: web, expires: 2031-12-31}}}}, roles: [staff]}}\n  \
         GET /cut: {{audience: authenticated, roles: [staff], on_foreign: strip}}\n\
         identify:\n  api_keys:\n    - {{name: desk, roles: [staff], digest: 'sha256:{}'}}\n    - {{name: nightly, digest: 'sha256:{}'}}",
        digest("k3y-of-the-desk"),
        digest("k3y-of-the-night"),
    ));
    write(folder.path(), &[("tidegate.yaml", &yaml)]);
    let (desk, nightly) = ("x-api-key: k3y-of-the-desk", "x-api-key: k3y-of-the-night");
    for (path, key, code, roles, answer) in [
        (
            "/search",
            nightly,
            1,
            "has none of them",
            "an answer with anybody's record is refused: 403 foreign",
        ),
        ("/search", desk, 0, "the caller has one of them", "metered, charged"),
        ("/own", nightly, 0, "has none of them", "held against its owners"),
        ("/window", "x: y", 1, "has none of them", "an answer with anybody's record is refused: 403 foreign"),
        ("/cut", nightly, 0, "has none of them", "records are cut out"),
    ] {
        let ran =
            in_folder(folder.path(), &["explain", "GET", path, "--header", key, "--config", "tidegate.yaml"]);
        let said = text(&ran.stdout);
        assert_eq!(ran.status.code(), Some(code), "{path} {key}: {said}");
        let line = said.lines().find(|line| line.starts_with("for roles")).unwrap_or_default();
        assert!(line.contains("staff") && line.contains(roles), "{path} {key}: {said}");
        assert!(said.lines().last().unwrap().contains(answer), "{path} {key}: {said}");
    }
    let json = in_folder(
        folder.path(),
        &["explain", "GET", "/search", "--header", nightly, "-c", "tidegate.yaml", "--format", "json"],
    );
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&json["for_roles"][0], &json["refused"]), (&"staff".into(), &Value::Null), "{json}");
    assert_eq!(json["records"], "refused", "{json}");
}

#[test]
fn what_a_document_describes_and_nobody_declares_is_told_before_enforce_answers_404() {
    let folder = tempfile::tempdir().unwrap();
    let operations: String =
        ["a", "b", "c", "d", "e"].map(|name| format!("  /{name}: {{get: {{responses: {{}}}}}}\n")).concat();
    let document = format!("openapi: 3.0.0\ninfo: {{title: t, version: '1'}}\npaths:\n{operations}");
    let declared = "endpoints:\n  GET /a: {audience: {public: {reason: window, owner: web, expires: 2031-12-31}}}\nspecs: [{file: api.yaml}]\n";
    for (mode, code, said) in [
        (
            "enforce",
            1,
            "4 operations of documents declare no intent: `GET /b`, `GET /c`, `GET /d` and 1 more",
        ),
        ("guard", 0, "can be used"),
    ] {
        write(
            folder.path(),
            &[("api.yaml", &document), ("tidegate.yaml", &config(&format!("mode: {mode}\n{declared}")))],
        );
        let ran = in_folder(folder.path(), &["config", "validate", "tidegate.yaml"]);
        let shown = text(&ran.stdout);
        assert_eq!(ran.status.code(), Some(code), "{mode}: {shown}{}", text(&ran.stderr));
        assert!(shown.contains(said), "{mode}: {shown}");
        assert_eq!(shown.contains("CONFIG-013"), mode == "enforce", "{shown}");
        let ran = in_folder(folder.path(), &["explain", "GET", "/b", "--config", "tidegate.yaml"]);
        let shown = text(&ran.stdout);
        assert!(shown.contains("door         GET /b (described, without intent)"), "{shown}");
        assert_eq!(shown.contains("404 unknown-endpoint"), mode == "enforce", "{shown}");
    }
}

#[test]
fn the_keys_of_the_examples_are_refused_wherever_they_stand_and_all_else_of_them_works() {
    let folder = tempfile::tempdir().unwrap();
    let example = std::fs::read_to_string(Path::new(ROOT).join("examples/tidegate.yaml")).unwrap();
    let examples = Path::new(ROOT).join("examples").display().to_string();
    let absolute = example
        .replace("shop.openapi.yaml", &format!("{examples}/shop.openapi.yaml"))
        .replace("[policies]", &format!("[\"{examples}/policies\"]"))
        .replace("[patches]", &format!("[\"{examples}/patches\"]"))
        .replace("127.0.0.1:8090", "127.0.0.1:0");
    let own = absolute
        .replace(&hex_digest("replace-this-example-key"), &hex_digest("own-1"))
        .replace(&hex_digest("replace-this-example-key-too"), &hex_digest("own-2"));
    assert_ne!(absolute, own, "the digests in the example are those of the keys that its comment names");
    write(folder.path(), &[("example.yaml", &absolute), ("own.yaml", &own)]);
    for command in [&["config", "validate", "example.yaml"][..], &["serve", "--config", "example.yaml"]] {
        let ran = in_folder(folder.path(), command);
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{command:?}: {}{said}", text(&ran.stdout));
        for key in ["courier", "lockers"] {
            let message = format!("error[CONFIG-009]: the key of `{key}` stands in Tidegate's examples");
            assert!(said.contains(&message) && said.contains("example.yaml:"), "{command:?}: {said}");
        }
    }
    let ran = in_folder(folder.path(), &["config", "validate", "own.yaml"]);
    assert_eq!(ran.status.code(), Some(0), "{}{}", text(&ran.stdout), text(&ran.stderr));
    // An example is there to be asked about.
    let ask = ["explain", "POST", "/api/customers", "--config", "example.yaml"];
    let ran = in_folder(folder.path(), &ask);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("401 unauthenticated"), "{}", text(&ran.stdout));
}

#[test]
fn help_and_version_are_data() {
    let ran = tidegate(["--help"]);
    assert!(ran.status.success() && ran.stderr.is_empty());
    let help = text(&ran.stdout);
    for command in ["demo", "serve", "ledger", "explain", "config"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
        let own = tidegate([command, "--help"]);
        assert!(own.status.success() && text(&own.stdout).contains("Usage: tidegate"), "{command}");
    }
    assert!(!help.contains("demo-gateway"));
    assert!(text(&tidegate(["--version"]).stdout).starts_with("tidegate "));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    empty_ledger(&state);
    for arguments in
        [&["config", "default"][..], &["demo", "--list"], &["ledger", "export", "--format", "csv"]]
    {
        let mut command = Command::new(BINARY);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        if arguments[0] == "ledger" {
            command.arg("--state").arg(&state);
        }
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let ran = child.wait_with_output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {}", text(&ran.stderr));
        assert!(ran.stderr.is_empty(), "{arguments:?}: {}", text(&ran.stderr));
    }
}

#[test]
fn a_ledger_that_is_not_there_cannot_be_judged() {
    let folder = tempfile::tempdir().unwrap();
    for question in [&["exposure"][..], &["verify"], &["export"], &["dossier"], &["subject", "a@b.example"]] {
        let ran = in_folder(folder.path(), &[&["ledger"], question].concat());
        assert_eq!(ran.status.code(), Some(2), "{question:?}: {}", text(&ran.stderr));
        assert!(text(&ran.stderr).contains("tidegate-state"), "{}", text(&ran.stderr));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a reader makes nothing");
    }
}

#[test]
fn an_empty_ledger_answers_every_question() {
    let folder = tempfile::tempdir().unwrap();
    empty_ledger(&folder.path().join("tidegate-state"));
    for question in [
        &["exposure"][..],
        &[
            "exposure",
            "--since",
            "2026-01-01",
            "--until",
            "2030-12-31",
            "--endpoint",
            "GET /a",
            "--operator",
            "x",
        ],
        &["verify"],
        &["export"],
        &["dossier"],
        &["dossier", "--format", "html"],
        &["subject", "a@b.example"],
        &["client", "192.0.2.0/24"],
        &["principal", "ann"],
    ] {
        let ran = in_folder(folder.path(), &[&["ledger"], question].concat());
        assert_eq!(ran.status.code(), Some(0), "{question:?}: {}", text(&ran.stderr));
    }
    let gone = "ab".repeat(32);
    let ran = in_folder(folder.path(), &["ledger", "verify", "--anchor", &gone]);
    assert_eq!(ran.status.code(), Some(1), "a head that was noted and is not there is a finding");
}

#[test]
fn what_keeps_a_gateway_from_listening_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let up = ["--upstream", "http://127.0.0.1:1", "--guard", "--direct"];
    let ran = tidegate([&["serve", "--listen", &address], &up[..]].concat());
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains(&address) && said.contains("choose another with `--listen ADDR`"), "{said}");
    assert!(!said.contains("\"started\""), "it has not: {said}");
}

#[test]
fn an_exchange_log_that_cannot_be_written_ends_the_demo_before_it_begins() {
    let begun = std::time::Instant::now();
    let ran = tidegate(["demo", "--exchange-log", "/nowhere/at/all/exchanges.ndjson"]);
    let said = text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.starts_with("error: open the exchange log /nowhere/at/all"), "{said}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn explain_says_whom_a_key_names() {
    let folder = tempfile::tempdir().unwrap();
    // SHA-256 of `k3y-of-the-parcel-service`.
    let digest = {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(b"k3y-of-the-parcel-service");
        digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let yaml = config(&format!(
        "endpoints:\n  GET /batch: {{audience: {{partner: [parcels]}}}}\nidentify:\n  api_keys:\n    - {{name: night-batch, partner: parcels, digest: 'sha256:{digest}'}}"
    ));
    write(folder.path(), &[("tidegate.yaml", &yaml)]);
    let key = ["--header", "x-api-key: k3y-of-the-parcel-service"];
    let explain = [&["explain", "GET", "/batch", "--config", "tidegate.yaml"], &key[..]].concat();
    let ran = in_folder(folder.path(), &explain);
    assert!(text(&ran.stdout).contains("partner `key|night-batch`"), "{}", text(&ran.stdout));
    let ran = in_folder(folder.path(), &[&explain[..], &["--format", "json"]].concat());
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(json["principal"], "key|night-batch");
}
