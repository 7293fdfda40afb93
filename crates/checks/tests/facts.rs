//! `docs/check-facts.md` names every fact.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use checks::Facts;
use common::NOW;
use common::cases::cases;
use serde_json::Value;

/// Names of objects in the JSON; not those inside an intent, which `docs/intent.md` explains.
fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                into.insert(name.clone());
                if name != "intent" {
                    names(value, into);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

#[test]
fn the_page_about_facts_names_every_fact() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/check-facts.md")).unwrap();
    let mut known = BTreeSet::new();
    for case in cases() {
        let facts = Facts::new(&case.inventory, NOW);
        names(&serde_json::to_value(&facts).unwrap(), &mut known);
    }
    let inline = |name: &str| page.contains(&format!("`{name}`")) || page.contains(&format!("\"{name}\""));
    let missing: Vec<&String> = known.iter().filter(|name| !inline(name)).collect();
    assert!(missing.is_empty(), "docs/check-facts.md does not name {missing:?}");
    assert!(known.len() > 90, "{}", known.len());
}
