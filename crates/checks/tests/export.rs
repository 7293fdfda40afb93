//! What is exported says what the intent says, and runs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code, reason = "tests")]

mod common;

use checks::{Facts, export};
use common::*;
use spec::inventory::{Inventory, Reach};

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

/// Two documents of one port: jobs for the inside, and `orders`.
fn two(orders: &str) -> Inventory {
    let mut made = inventory(
        vec![op("GET /jobs").intent(INTERNAL), op("GET /orders").at(1, 30).intent(orders)],
        vec![],
        vec![],
    );
    made.operations[1].servers = made.operations[0].servers.clone();
    made
}

#[test]
fn a_port_that_two_services_share_is_no_rule() {
    let made = |inventory: &Inventory| export::nftables(&Facts::new(inventory, NOW))[0].1.clone();
    let text = made(&two(r#"{"audience":"authenticated"}"#));
    assert!(!text.contains("drop") && text.contains("has its port, and other callers"), "{text}");
    let text = made(&two(r#"{"audience":{"internal":["192.0.2.0/24"]}}"#));
    assert!(!text.contains("drop") && !text.contains("accept\n\t\ttcp"), "{text}");
    let text = made(&two(INTERNAL));
    assert!(text.contains("drop") && !text.contains("left out"), "{text}");
}

/// `operations` behind a route to the service `shop/orders`, with its labels, and the gateway's Service.
fn cluster(made: Inventory, labels: &[(&str, &str)], gateway: bool) -> Inventory {
    let mut made = made;
    let mut open = route(spec::inventory::PathMatch::Any);
    open.upstream.as_mut().unwrap().name = "shop/orders".into();
    made.fronts = vec![front(vec![open])];
    let mut orders = service("orders", Reach::Inside);
    orders.selector = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    made.services = vec![orders];
    if gateway {
        let mut own = service("tidegate", Reach::World);
        own.namespace = "edge".into();
        own.selector = vec![("app".into(), "gate".into())];
        made.services.push(own);
    }
    made
}

#[test]
fn a_network_policy_selects_the_pods_of_the_service_and_lets_the_gateway_or_the_networks_in() {
    let made = |inventory: &Inventory| export::networkpolicy(&Facts::new(inventory, NOW));
    let policy = |inventory: &Inventory| -> serde_json::Value {
        let made = made(inventory);
        let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["shop.orders.networkpolicy.yaml", "README.md"]);
        assert!(!made[1].1.contains("Left out"), "{}", made[1].1);
        serde_json::from_str(&made[0].1).unwrap()
    };
    let labels = [("app", "jobs"), ("tier", "back")];
    let kept = policy(&cluster(jobs(), &labels, false));
    assert_eq!(kept["spec"]["ingress"][0]["from"][0]["ipBlock"]["cidr"], "10.20.0.0/16");
    assert_eq!(
        kept["spec"]["podSelector"]["matchLabels"],
        serde_json::json!({"app": "jobs", "tier": "back"})
    );
    assert_eq!(kept["metadata"], serde_json::json!({"name": "tidegate-orders", "namespace": "shop"}));
    let from = policy(&cluster(mixed(), &labels, true))["spec"]["ingress"][0]["from"][0].clone();
    assert_eq!(from["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], "edge");
    assert_eq!(from["podSelector"]["matchLabels"], serde_json::json!({"app": "gate"}));
    let bare = inventory(vec![op("GET /a")], vec![], vec![]);
    assert!(made(&bare).is_empty());
}

#[test]
fn a_network_policy_that_the_files_do_not_bear_out_is_listed_with_the_reason() {
    for (inventory, reason) in [
        (mixed(), "no Service of a cluster"),
        (cluster(mixed(), &[], true), "it has no selector"),
        (cluster(mixed(), &[("app", "jobs")], false), "no Service of the gateway"),
    ] {
        let made = export::networkpolicy(&Facts::new(&inventory, NOW));
        let names: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["README.md"], "{reason}");
        assert!(made[0].1.contains("Left out") && made[0].1.contains(reason), "{}", made[0].1);
    }
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
