//! The same checks as Rego find the same: id, subject and place.
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

use std::collections::BTreeMap;

use checks::rego::{self, Policy};
use checks::{Facts, Options};
use common::cases::cases;
use common::made::inventories;
use common::*;
use proptest::prelude::*;
use spec::inventory::{Inventory, Place};

fn native(inventory: &Inventory) -> Vec<(String, String, Place)> {
    let facts = Facts::new(inventory, NOW);
    let mut found: Vec<_> = checks::CATALOGUE
        .iter()
        .flat_map(|check| (check.run)(&facts))
        .map(|finding| (finding.check.id.to_owned(), finding.subject.to_string(), finding.at))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn as_rego(inventory: &Inventory) -> Vec<(String, String, Place)> {
    rego::library(&Facts::new(inventory, NOW)).unwrap()
}

#[test]
fn rego_finds_what_the_native_checks_find_in_every_row() {
    let mut ids = std::collections::BTreeSet::new();
    for case in cases() {
        let found = native(&case.inventory);
        ids.extend(found.iter().map(|(id, ..)| id.clone()));
        assert_eq!(as_rego(&case.inventory), found, "{} {}", case.check, case.name);
    }
    // Otherwise the equality would say nothing about some check.
    assert_eq!(ids.len(), checks::CATALOGUE.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn rego_finds_what_the_native_checks_find_in_any_inventory(inventory in inventories()) {
        prop_assert_eq!(as_rego(&inventory), native(&inventory));
    }

    /// Grouping what repeats is for people; how often each check is told is the same.
    #[test]
    fn rego_tells_what_is_told_natively(inventory in inventories()) {
        let mut told: BTreeMap<String, usize> = BTreeMap::new();
        for finding in checks::check(&inventory, Options::default(), NOW) {
            let blocker = finding.is_blocker();
            let count = if finding.of_intent && finding.operation.is_none() { 1 } else { finding.count };
            // A finding of intent that stands for a document is one; the rest counts its operations.
            let count = if blocker && finding.check.id != "ACH-001" { finding.count } else { count };
            *told.entry(finding.check.id.to_owned()).or_default() += if blocker { count } else { 0 };
        }
        told.retain(|_, count| *count > 0);
        let mut as_rego: BTreeMap<String, usize> = BTreeMap::new();
        let facts = Facts::new(&inventory, NOW);
        for (id, _) in rego::told(&facts).unwrap().into_iter().filter(|(id, _)| id.as_str() < "ACH-100") {
            *as_rego.entry(id).or_default() += 1;
        }
        prop_assert_eq!(as_rego, told);
    }
}

#[test]
fn a_rule_of_ones_own_points_at_its_operation() {
    let inventory = inventory(vec![op("GET /beta/x"), op("GET /orders")], vec![], vec![]);
    let facts = Facts::new(&inventory, NOW);
    let findings = rego::own(&[policy(OWN)], &facts).unwrap();
    let told: Vec<_> = findings
        .iter()
        .map(|found| (found.check.id, &*found.subject, found.message.as_str(), found.at.span.line))
        .collect();
    assert_eq!(
        told,
        [
            ("OWN-001", "GET /beta/x", "`no-beta`: nothing under /beta is deployed", 10),
            ("OWN-101", "house.warn", "`house.warn`: 2 operations have no intent", 0),
        ]
    );
}

const OWN: &str = r#"
package house
import rego.v1
import data.tidegate.checks

deny contains {"rule": "no-beta", "msg": "nothing under /beta is deployed", "operation": op.position, "at": op.at} if {
    some op in input.operations
    startswith(op.subject, "GET /beta/")
}

warn contains sprintf("%d operations have no intent", [n]) if {
    n := count([found | some found in checks.blockers; found.id == "ACH-001"])
    n > 0
}
"#;

fn policy(text: &str) -> Policy {
    Policy { name: "house.rego".into(), text: text.into() }
}

#[test]
fn a_rule_that_cannot_judge_is_an_error_and_no_silence() {
    let inventory = inventory(vec![op("GET /a")], vec![], vec![]);
    let facts = Facts::new(&inventory, NOW);
    for (text, error) in [
        ("package house\ndeny contains {", "`house.rego` is no Rego"),
        ("package house\nallow := true\ndeny_all := true", "has a rule `deny` or `warn`: house"),
        ("package house\ndeny := 7", "`data.house.deny` gives `7`"),
        (
            "package house\nimport rego.v1\ndeny contains {\"text\": 1} if true",
            "an object with the text `msg`",
        ),
        (
            "package house\nimport rego.v1\ndeny contains nowhere(1) if true",
            "`data.house.deny` cannot be evaluated",
        ),
    ] {
        let told = rego::own(&[policy(text)], &facts).unwrap_err().to_string();
        assert!(told.contains(error), "{told}");
    }
    let silent = policy("package house\nimport rego.v1\ndeny contains \"a\" if false");
    assert!(rego::own(&[silent], &facts).unwrap().is_empty());
}
