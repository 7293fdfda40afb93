//! What is exported says what the intent says, and runs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code, reason = "tests")]

mod common;

use checks::{Facts, export};
use common::*;
use spec::inventory::Inventory;

const INTERNAL: &str = r#"{"audience":{"internal":["10.20.0.0/16","2001:db8::/32"]}}"#;

fn jobs() -> Inventory {
    inventory(vec![op("GET /jobs/{id}").intent(INTERNAL), op("GET /jobs").intent(INTERNAL)], vec![], vec![])
}

fn mixed() -> Inventory {
    let shop = op("GET /orders").intent(r#"{"audience":"authenticated"}"#);
    inventory(vec![op("GET /jobs/{id}").intent(INTERNAL), shop], vec![], vec![])
}

#[test]
fn a_service_for_the_inside_is_filtered_by_its_networks_and_a_mixed_one_is_listed() {
    let made = |inventory: &Inventory| export::nftables(&Facts::new(inventory, NOW))[0].1.clone();
    let text = made(&jobs());
    for line in [
        "tcp dport { 443 } ip saddr { 10.20.0.0/16 } accept",
        "tcp dport { 443 } ip6 saddr { 2001:db8::/32 } accept",
        "tcp dport { 443 } drop",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let text = made(&mixed());
    assert!(text.contains("# left out: GET /jobs/{id}") && !text.contains("drop"), "{text}");
}

#[test]
fn a_network_policy_lets_only_the_gateway_or_the_networks_in() {
    let from = |inventory: &Inventory| -> serde_json::Value {
        let made = export::networkpolicy(&Facts::new(inventory, NOW));
        assert_eq!((made.len(), made[0].0.as_str()), (1, "shop.networkpolicy.yaml"));
        let policy: serde_json::Value = serde_json::from_str(&made[0].1).unwrap();
        policy["spec"]["ingress"][0]["from"].clone()
    };
    assert_eq!(from(&jobs())[0]["ipBlock"]["cidr"], "10.20.0.0/16");
    assert_eq!(from(&mixed())[0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"], "tidegate");
    let bare = inventory(vec![op("GET /a")], vec![], vec![]);
    assert!(export::networkpolicy(&Facts::new(&bare, NOW)).is_empty());
}

#[test]
fn gatekeeper_refuses_a_route_to_an_internal_path_and_plain_http() {
    let inventory = mixed();
    let made = export::gatekeeper(&Facts::new(&inventory, NOW));
    let constraint: serde_json::Value = serde_json::from_str(&made[1].1).unwrap();
    let parameters = constraint["spec"]["parameters"].clone();
    assert_eq!(parameters["internal"], serde_json::json!(["/jobs/"]));
    for (object, expected) in [
        (ingress("/jobs", true), vec!["ACH-014"]),
        (ingress("/jobs/x", true), vec!["ACH-014"]),
        (ingress("/", false), vec!["ACH-013", "ACH-014"]),
        (ingress("/orders", true), vec![]),
    ] {
        let mut engine = regorus::Engine::new();
        engine.set_rego_v0(true);
        engine.add_policy("template.rego".into(), export::TEMPLATE.into()).unwrap();
        let input = serde_json::json!({ "review": { "object": object }, "parameters": parameters });
        engine.set_input_json(&input.to_string()).unwrap();
        let found = engine.eval_rule("data.tidegate.violation".into()).unwrap();
        let mut ids: Vec<String> = found
            .as_set()
            .unwrap()
            .iter()
            .map(|one| one["msg"].as_string().unwrap().chars().take(7).collect())
            .collect();
        ids.sort();
        assert_eq!(ids, expected, "{object}");
    }
    assert!(made[2].1.contains("- ACH-001 ") && !made[2].1.contains("- ACH-014 "));
}

fn ingress(path: &str, tls: bool) -> serde_json::Value {
    let mut spec = serde_json::json!({ "rules": [{ "http": { "paths": [{ "path": path }] } }] });
    if tls {
        spec["tls"] = serde_json::json!([{ "hosts": ["api.example.com"] }]);
    }
    serde_json::json!({ "kind": "Ingress", "metadata": { "name": "shop" }, "spec": spec })
}

#[test]
fn the_export_for_conftest_is_whole() {
    let inventory = mixed();
    let made = export::rego(&Facts::new(&inventory, NOW)).unwrap();
    let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["policy/tidegate.rego", "policy/conftest.rego", "facts.json", "README.md"]);
    let facts: serde_json::Value = serde_json::from_str(&made[2].1).unwrap();
    assert_eq!(facts["operations"][0]["subject"], "GET /jobs/{id}");
}
