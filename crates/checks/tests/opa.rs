//! The exported Rego in OPA itself: the same findings, case by case, as the native checks.
//!
//! The program is `TIDEGATE_OPA`, else what `crates/tidegate/tests/foreign/install` put below
//! `target/foreign`. Without either the test says so past the capture of the harness and passes; with
//! `TIDEGATE_FOREIGN=all` it fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    dead_code,
    reason = "tests"
)]

mod common;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use checks::{Facts, export, rego};
use common::cases::cases;
use common::made::inventories;
use common::*;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use spec::inventory::Inventory;

/// What the library finds and tells of each case, and what conftest would print of it.
const QUERY: &str = "[told | some facts in input.cases; told := {
    \"found\": data.tidegate.checks.blockers | data.tidegate.checks.warnings,
    \"told\": data.tidegate.checks.told_blockers | data.tidegate.checks.told_warnings,
    \"printed\": data.main.deny | data.main.warn,
} with input as facts]";

fn opa() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TIDEGATE_OPA") {
        return Some(named.into());
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/foreign");
    let installed = std::env::var_os("TIDEGATE_FOREIGN_DIR").map_or(root, PathBuf::from).join("bin/opa");
    if installed.exists() {
        return Some(installed);
    }
    assert!(std::env::var("TIDEGATE_FOREIGN").as_deref() != Ok("all"), "OPA is not installed");
    let _ = writeln!(
        std::io::stderr(),
        "LEFT OUT: the exported Rego in OPA: no `opa` (TIDEGATE_OPA=PROGRAM, or \
         crates/tidegate/tests/foreign/install)"
    );
    None
}

fn judged(program: &PathBuf, inventories: &[Inventory]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let mut cases = Vec::new();
    for inventory in inventories {
        let made = export::rego(&Facts::new(inventory, NOW)).unwrap();
        for (name, text) in &made {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        cases.push(serde_json::from_str::<Value>(&made[2].1).unwrap());
    }
    let input = folder.path().join("cases.json");
    std::fs::write(&input, json!({ "cases": cases }).to_string()).unwrap();
    let mut command = Command::new(program);
    command.args(["eval", "--format", "json", "--data"]).arg(folder.path().join("policy"));
    let output = command.arg("--input").arg(&input).arg(QUERY).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let told = answer["result"][0]["expressions"][0]["value"].as_array();
    told.unwrap_or_else(|| panic!("{answer}")).clone()
}

/// Check, subject and place of each finding; what a place does not have is null.
fn row(id: &str, subject: &str, at: &Value) -> String {
    let number = |name: &str| at[name].as_u64().unwrap_or_default();
    let [source, line, column] = ["source", "line", "column"].map(number);
    format!("{id} {subject} at {source}:{line}:{column}")
}

fn rows(findings: &Value) -> Vec<String> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let findings = findings.as_array().unwrap().iter();
    let mut rows: Vec<String> =
        findings.map(|one| row(&text(one, "id"), &text(one, "subject"), &one["at"])).collect();
    rows.sort();
    rows.dedup();
    rows
}

fn native(inventory: &Inventory) -> Vec<String> {
    let facts = Facts::new(inventory, NOW);
    let found = checks::CATALOGUE.iter().flat_map(|check| (check.run)(&facts));
    let mut rows: Vec<String> = found
        .map(|finding| {
            let span = finding.at.span;
            let at = json!({ "source": finding.at.source.0, "line": span.line, "column": span.column });
            row(finding.check.id, &finding.subject, &at)
        })
        .collect();
    rows.sort();
    rows.dedup();
    rows
}

fn held(program: &PathBuf, named: &[(String, Inventory)]) {
    let inventories: Vec<Inventory> = named.iter().map(|(_, inventory)| inventory.clone()).collect();
    let judged = judged(program, &inventories);
    assert_eq!(judged.len(), named.len());
    let mut fired = 0;
    for ((name, inventory), judged) in named.iter().zip(judged) {
        let native = native(inventory);
        fired += native.len();
        assert_eq!(rows(&judged["found"]), native, "{name}");
        // What is told, by the engine that the property tests hold against the native checks.
        let mut told: Vec<String> =
            rego::told(&Facts::new(inventory, NOW)).unwrap().into_iter().map(|(_, text)| text).collect();
        let texts = |value: &Value, of: fn(&Value) -> &Value| -> Vec<String> {
            let list = value.as_array().unwrap().iter();
            let mut texts: Vec<String> = list.map(|one| of(one).as_str().unwrap().to_owned()).collect();
            texts.sort();
            texts.dedup();
            texts
        };
        told.sort();
        told.dedup();
        assert_eq!(texts(&judged["told"], |one| &one["msg"]), told, "{name}");
        assert_eq!(texts(&judged["printed"], |one| one), told, "{name}: `deny` and `warn` of conftest");
    }
    assert!(fired > named.len() / 2, "the equality would say little: {fired} findings");
}

#[test]
fn opa_finds_in_every_row_what_the_native_checks_find() {
    let Some(program) = opa() else { return };
    let rows = cases().into_iter().map(|case| (format!("{} {}", case.check, case.name), case.inventory));
    held(&program, &rows.collect::<Vec<_>>());
}

#[test]
fn opa_finds_in_made_inventories_what_the_native_checks_find() {
    let Some(program) = opa() else { return };
    let mut runner = TestRunner::deterministic();
    let made =
        (0..96).map(|nth| (format!("made {nth}"), inventories().new_tree(&mut runner).unwrap().current()));
    held(&program, &made.collect::<Vec<_>>());
}
