//! Every check fires where it should and is silent on the mended twin.
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

use std::collections::BTreeSet;

use common::NOW;
use common::cases::cases;

#[test]
fn every_check_fires_on_its_fault_and_is_silent_on_the_mended_twin() {
    let mut wrong = Vec::new();
    for case in cases() {
        let facts = checks::Facts::new(&case.inventory, NOW);
        let check = checks::CATALOGUE.iter().find(|check| check.id == case.check).unwrap();
        let found = (check.run)(&facts);
        if found.is_empty() == case.fires {
            let told: Vec<_> = found.iter().map(|found| found.message.as_str()).collect();
            wrong.push(format!("{} {}: fires {} expected; {told:?}", case.check, case.name, case.fires));
        }
        for finding in found {
            assert!(!finding.message.ends_with('.'), "{}", finding.message);
            assert!(!finding.help.is_empty() && !finding.label.is_empty(), "{}", finding.message);
            assert!(finding.at.span.line > 0, "{} has no place", finding.message);
            assert!(finding.add.is_empty() || finding.add.ends_with('\n'), "{:?}", finding.add);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_of_the_catalogue_has_both_kinds_of_rows() {
    let rows = |fires: bool| -> BTreeSet<&str> {
        cases().into_iter().filter(|case| case.fires == fires).map(|case| case.check).collect()
    };
    let all: BTreeSet<&str> = checks::CATALOGUE.iter().map(|check| check.id).collect();
    assert_eq!(rows(true), all);
    assert_eq!(rows(false), all);
}
