//! Every reference of the catalogue stands in `references.tsv`, under its official name.
//!
//! An id of one's own making, or one that was mistyped, is not in the list; whoever adds a reference
//! looks it up in the release that the head of the list names, and reads what it means there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use checks::{CATALOGUE, Check, OWN_RULES};

/// The list: id to official name.
fn known() -> BTreeMap<&'static str, &'static str> {
    let mut known = BTreeMap::new();
    for line in include_str!("references.tsv").lines().filter(|line| !line.starts_with('#')) {
        let (id, name) = line.split_once('\t').unwrap_or_else(|| panic!("no tab in `{line}`"));
        assert!(!name.trim().is_empty(), "{id} has no name");
        assert!(known.insert(id, name).is_none(), "{id} stands twice");
    }
    known
}

fn every_check() -> impl Iterator<Item = &'static Check> {
    CATALOGUE.iter().chain(&OWN_RULES).copied()
}

fn references(check: &Check) -> impl Iterator<Item = &'static str> {
    [check.owasp, check.cwe, check.d3fend, check.attack].into_iter().flatten().copied()
}

/// The ids in running text, such as `CWE-598` or `API1:2023`.
fn named_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.')))
        .map(|word| word.trim_end_matches(['-', ':', '.']))
        .filter(|word| word.starts_with("CWE-") || (word.starts_with("API") && word.ends_with(":2023")))
}

#[test]
fn no_check_refers_to_what_the_list_does_not_know() {
    let known = known();
    let unknown: Vec<_> = every_check()
        .flat_map(|check| references(check).map(move |id| (check.id, id)))
        .filter(|(_, id)| !known.contains_key(id))
        .collect();
    assert!(unknown.is_empty(), "not in references.tsv: {unknown:?}");
}

#[test]
fn no_check_refers_to_the_same_twice() {
    for check in every_check() {
        let distinct: BTreeSet<_> = references(check).collect();
        assert_eq!(distinct.len(), references(check).count(), "{}", check.id);
    }
}

#[test]
fn the_list_holds_nothing_that_no_check_needs() {
    let used: BTreeSet<_> = every_check().flat_map(references).collect();
    // Of the ten risks each has its line on the page, also where no check finds it.
    let idle: Vec<_> =
        known().into_keys().filter(|id| !id.starts_with("API") && !used.contains(id)).collect();
    assert!(idle.is_empty(), "in references.tsv and used by no check: {idle:?}");
}

#[test]
fn a_risk_has_its_official_name_on_the_page() {
    let page = checks::owasp::page();
    let risks: Vec<_> = known().into_iter().filter(|(id, _)| id.starts_with("API")).collect();
    assert_eq!(risks.len(), 10);
    for (id, name) in risks {
        assert!(page.contains(&format!("\n| {id} {name} | ")), "{id} {name}");
    }
}

#[test]
fn what_the_page_of_a_check_names_is_among_its_references() {
    for check in every_check() {
        for id in named_in(check.page) {
            assert!(references(check).any(|reference| reference == id), "{} names {id}", check.id);
        }
    }
}
