//! Faults in real files, through the real readers, beside their mended twins.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "tests")]

mod common;

use checks::Options;
use common::NOW;
use spec::reading::{File, read};

/// Blockers other than missing intent in `files`, as `id subject`.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<File> =
        files.iter().map(|(name, text)| File { name: (*name).into(), text: (*text).into() }).collect();
    let inventory = read(&files, &mut |_| Vec::new());
    assert!(!inventory.has_errors(), "{:?}", inventory.faults.first());
    let findings = checks::check(&inventory, Options::default(), NOW);
    let blockers = findings.iter().filter(|found| found.is_blocker() && found.check.id != "ACH-001");
    blockers.map(|found| format!("{} {}", found.check.id, found.subject)).collect()
}

fn spec(paths: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{title: Shop, version: '1'}}\nservers: [{{url: 'https://api.example.com'}}]\n\
         security: [{{token: []}}]\ncomponents:\n  securitySchemes: {{token: {{type: http, scheme: bearer}}}}\n\
         paths:\n{paths}"
    )
}

const CUSTOMERS: &str = "  /api/customers:\n    post:\n      operationId: listCustomers\n      SECURITY\n      responses:\n        '200': {description: ok, content: {application/json: {schema: {type: array, maxItems: 10, items: {type: object, properties: {name: {type: string}, email: {type: string, format: email}, phone: {type: string}}}}}}}\n";

#[test]
fn the_founding_incident_is_told_from_its_specification() {
    let open = spec(&CUSTOMERS.replace("SECURITY", "security: []"));
    assert_eq!(told(&[("shop.yaml", &open)]), ["ACH-008 POST /api/customers"]);
    let optional = spec(&CUSTOMERS.replace("SECURITY", "security: [{}, {token: []}]"));
    assert_eq!(told(&[("shop.yaml", &optional)]), ["ACH-008 POST /api/customers"]);
    let mended = spec(&CUSTOMERS.replace("SECURITY\n      ", ""));
    assert_eq!(told(&[("shop.yaml", &mended)]), Vec::<String>::new());
}

#[test]
fn ownership_is_held_against_the_answer_that_is_described() {
    let order = |owner: &str| {
        spec(&format!(
            "  /orders/{{id}}:\n    parameters: [{{name: id, in: path, required: true, schema: {{type: string, format: uuid}}}}]\n    get:\n      \
             x-tidegate: {{audience: authenticated, {owner}limit: [{{requests: 60, per: 1m}}]}}\n      responses:\n        \
             '200': {{description: ok, content: {{application/json: {{schema: {{type: object, additionalProperties: false, properties: {{total: {{type: number}}, customer_id: {{type: string}}}}}}}}}}}}\n"
        ))
    };
    assert_eq!(told(&[("a.yaml", &order(""))]), ["ACH-004 GET /orders/{id}"]);
    assert_eq!(
        told(&[("a.yaml", &order("owner: $.customerId = claim.sub, "))]),
        ["ACH-005 GET /orders/{id}"]
    );
    assert_eq!(told(&[("a.yaml", &order("owner: $.customer_id = claim.sub, "))]), Vec::<String>::new());
}

fn nginx(locations: &str) -> String {
    format!("http {{ server {{\n  listen 443 ssl;\n  server_name api.example.com;\n{locations}\n}} }}\n")
}

#[test]
fn a_nested_location_that_loses_the_authentication_is_told() {
    let lost = nginx(
        "  location /api/ {\n    auth_request /check;\n    proxy_pass http://127.0.0.1:9;\n    location /api/export/ {\n      auth_request off;\n      proxy_pass http://127.0.0.1:9;\n    }\n  }",
    );
    let told = |text: &str| -> Vec<String> {
        told(&[("nginx.conf", text)]).iter().map(|line| line.chars().take(7).collect()).collect()
    };
    assert_eq!(told(&lost), ["ACH-009"]);
    assert_eq!(told(&lost.replace("      auth_request off;\n", "")), Vec::<String>::new());
    let plain = nginx("  location / { proxy_pass http://127.0.0.1:9; }").replace("443 ssl", "80");
    assert_eq!(told(&plain), ["ACH-013"]);
}

#[test]
fn drift_between_a_specification_and_nginx_is_told() {
    let orders = spec(
        "  /orders: {get: {responses: {'200': {description: ok}}}}\n  /api/x: {get: {responses: {'200': {description: ok}}}}\n",
    );
    let front = |orders: &str| {
        nginx(&format!(
            "  location /api/ {{ auth_request /check; proxy_pass http://127.0.0.1:9; }}\n  location /orders {{ {orders} proxy_pass http://127.0.0.1:9; }}"
        ))
    };
    assert_eq!(told(&[("a.yaml", &orders), ("nginx.conf", &front(""))]), ["ACH-015 GET /orders"]);
    assert_eq!(
        told(&[("a.yaml", &orders), ("nginx.conf", &front("auth_request /check;"))]),
        Vec::<String>::new()
    );
}
