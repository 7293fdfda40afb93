//! The published specification names every door of the shop, and no other.
#![allow(clippy::unwrap_used, reason = "tests")]

use testkit::shop::DOORS;

#[test]
fn every_door_of_the_shop_stands_in_the_specification_with_its_intent() {
    let text = include_str!("../../../examples/shop.openapi.yaml");
    let mut written = Vec::new();
    let mut path = "";
    let mut intents = 0;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("  /").and_then(|rest| rest.strip_suffix(':')) {
            path = name;
        } else if let Some(method @ ("get" | "post")) = line.trim_end_matches(':').strip_prefix("    ") {
            written.push(format!("{} /{path}", method.to_uppercase()));
        } else if line.trim() == "x-tidegate:" {
            intents += 1;
        }
    }
    let mut doors: Vec<String> = DOORS.iter().map(|(door, _, _)| door.name()).collect();
    written.sort();
    doors.sort();
    assert_eq!(written, doors);
    assert_eq!(intents, DOORS.len());
}
