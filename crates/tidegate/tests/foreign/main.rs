//! What `tidegate check` and `tidegate intel` write, and the rules that Tidegate ships, in the programs of others: their schemas, readers and engines.
//!
//! `./install` beside this file puts them below `target/foreign`; `./test` runs it. A test whose program
//! is not there says so on stderr, past the capture of the test harness, and passes; with
//! `TIDEGATE_FOREIGN=all` it fails, so that no run takes a skipped test for a proof.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod ci;
mod cluster;
mod forges;
mod graph_page;
mod intel_files;
mod junit;
mod noise;
mod printed;
mod rego;
mod sarif;
mod sigma_rules;
mod stix_taxii;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A well-known hole: records by a number, without a credential.
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

/// The same, closed.
fn guarded() -> String {
    let intent = "audience: authenticated\n        owner: path.id = claim.sub\n        \
                  limit: [{requests: 60, per: 1m}]";
    let security = "security: [{token: []}]\ncomponents: {securitySchemes: {token: {type: http, scheme: bearer}}}\npaths:";
    OPEN.replace("audience: authenticated", intent).replace("paths:", security)
}

/// The same with a path that no reader should take for anything but text: markup of HTML, Markdown,
/// XML and workflow commands, a mark of direction, and a character of four bytes.
fn hostile() -> String {
    let path = r#"/a<script>alert(1)</script>|`x`&amp;]]>[l](https://evil.example)::error::b,c:d\u202e![i](x)𝄞/{id}"#;
    OPEN.replace("/orders/{id}:", &format!("\"{path}\":")).replace("readOrder", "\"<b>x</b>\"")
}

/// The same with a path that cannot be judged; what is said of it repeats it.
fn unjudged() -> String {
    let path = r#"/a`<b>`%0A::error::b\u0007\n::warning::e\r[l](https://evil.example)|@x/{id}"#;
    OPEN.replace("/orders/{id}:", &format!("\"{path}\":"))
}

/// An API with so many open operations, each addressed by a number.
fn many(operations: usize) -> String {
    let (head, rest) = OPEN.split_once("  /orders/{id}:\n").unwrap();
    let mut text = head.to_owned();
    for n in 0..operations {
        text.push_str(&format!("  /orders{n}/{{id}}:\n"));
        text.push_str(&rest.replace("readOrder", &format!("read{n}")));
    }
    text
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

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1").output().unwrap()
}

/// Writes what `check` prints to `out` in the folder.
fn written(folder: &Path, args: &[&str], out: &str) -> PathBuf {
    let output = check(folder, args);
    assert!(matches!(output.status.code(), Some(0..=2)), "{output:?}");
    assert!(!output.stdout.is_empty(), "{output:?}");
    let path = folder.join(out);
    std::fs::write(&path, output.stdout).unwrap();
    path
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Something of others that was installed, or a word about what is left out without it.
fn foreign(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("TIDEGATE_FOREIGN_DIR");
    let folder = folder.map_or_else(|| root().join("target/foreign"), PathBuf::from);
    let path = folder.join(name);
    if path.exists() {
        return Some(path);
    }
    left_out(name);
    None
}

fn left_out(name: &str) {
    assert!(std::env::var("TIDEGATE_FOREIGN").as_deref() != Ok("all"), "`{name}` is not installed");
    let test = std::thread::current();
    // Past the capture of the harness: a skipped proof must be seen.
    let _ = writeln!(
        std::io::stderr(),
        "LEFT OUT: `{}`: no `{name}` (crates/tidegate/tests/foreign/install)",
        test.name().unwrap_or_default()
    );
}

/// What a reader of others sees: `read.py WHAT ARGUMENTS`, as JSON. None where no reader is installed.
fn read(what: &str, args: &[&Path]) -> Option<Value> {
    let python = foreign("bin/python")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/read.py");
    let output = Command::new(python).arg("-I").arg(script).arg(what).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}: {said}");
    Some(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{what}: {error}: {said}")))
}
