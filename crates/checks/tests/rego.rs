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

use checks::Facts;
use checks::rego;
use common::cases::cases;
use common::*;
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
