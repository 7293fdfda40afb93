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

/// Inputs, as lines of an operation, that name a record, and the like of them that do not.
const NAMES_A_RECORD: &[(&str, &str, bool)] = &[
    ("/p/{id}", "get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}]", true),
    ("/p", "get: {parameters: [{name: X-Customer, in: header, schema: {type: string}}]", true),
    ("/p", "get: {parameters: [{name: X-Customer-Id, in: header, schema: {type: string}}]", true),
    ("/p", "get: {parameters: [{name: X-Request-Id, in: header, schema: {type: string}}]", false),
    ("/p", "get: {parameters: [{name: X-Client-Version, in: header, schema: {type: string}}]", false),
    ("/p", "get: {parameters: [{name: userId, in: cookie, schema: {type: string}}]", true),
    ("/p", "get: {parameters: [{name: session_id, in: cookie, schema: {type: string}}]", false),
    ("/p", "get: {parameters: [{name: theme, in: cookie, schema: {type: string}}]", false),
    ("/p", "get: {parameters: [{name: ssn, in: query, schema: {type: string}}]", true),
    ("/p/by-ref", "get: {parameters: [{name: reference, in: query, schema: {type: string}}]", true),
    ("/p", "get: {parameters: [{name: reference, in: query, schema: {type: string}}]", false),
    (
        "/p",
        "post: {requestBody: {content: {application/json: {schema: {type: array, maxItems: 5, items: {type: integer}}}}}",
        true,
    ),
    (
        "/p",
        "post: {requestBody: {content: {application/json: {schema: {type: array, maxItems: 5, items: {type: string, format: uuid}}}}}",
        true,
    ),
    (
        "/p",
        "post: {requestBody: {content: {application/json: {schema: {type: array, maxItems: 5, items: {type: string}}}}}",
        false,
    ),
    (
        "/p",
        "post: {requestBody: {content: {application/xml: {schema: {type: object, properties: {kundennummer: {type: string}}}}}}",
        true,
    ),
    (
        "/p",
        "post: {requestBody: {content: {application/xml: {schema: {type: object, properties: {farbe: {type: string}}}}}}",
        false,
    ),
    (
        "/graphql",
        "post: {requestBody: {content: {application/json: {schema: {type: object, properties: {query: {type: string}, variables: {type: object}}}}}}",
        true,
    ),
    (
        "/p",
        "post: {requestBody: {content: {application/json: {schema: {type: object, properties: {query: {type: string}}}}}}",
        false,
    ),
];

#[test]
fn an_input_that_names_a_record_is_seen_wherever_it_travels() {
    for (path, operation, names) in NAMES_A_RECORD {
        let text = spec(&format!(
            "  {path}:\n    {operation}, x-tidegate: {{audience: authenticated, limit: [{{requests: 60, per: 1m}}]}}, \
             responses: {{'200': {{description: ok}}}}}}\n"
        ));
        let told = told(&[("a.yaml", &text)]);
        assert_eq!(
            told.iter().any(|line| line.starts_with("ACH-004")),
            *names,
            "{path} {operation}: {told:?}"
        );
    }
}

#[test]
fn a_parent_is_offered_with_the_prefix_of_its_server() {
    let text = spec(
        "  /orders/{id}/lines:\n    get: {x-tidegate: {audience: authenticated, owner: 'parent GET /orders/{id}', limit: [{requests: 60, per: 1m}]}, \
         responses: {'200': {description: ok}}}\n  /orders/{key}:\n    get: {x-tidegate: {audience: authenticated, owner: 'path.key = claim.sub', \
         limit: [{requests: 60, per: 1m}]}, responses: {'200': {description: ok}}}\n",
    )
    .replace("https://api.example.com", "https://api.example.com/v1");
    let file = File { name: "a.yaml".into(), text: text.into() };
    let findings = checks::check(&read(&[file], &mut |_| Vec::new()), Options::default(), NOW);
    let found = findings.iter().find(|found| found.check.id == "ACH-005").unwrap();
    assert!(found.help.contains("parent GET /v1/orders/{key}"), "{}", found.help);
}

const INGRESS: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: a, annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: '10.0.0.0/8'}}
spec: {ingressClassName: nginx, tls: [{hosts: [api.example.com]}], rules: [{host: api.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}
---
apiVersion: v1
kind: Service
metadata: {name: a, namespace: a}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
";

#[test]
fn another_way_to_the_pods_of_an_internal_operation_is_told() {
    let jobs = spec(
        "  /jobs:\n    get: {x-tidegate: {audience: {internal: [10.0.0.0/8]}}, responses: {'200': {description: ok}, '401': {description: a}}}\n",
    );
    let service = |spec: &str| {
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: b, namespace: a}}\nspec: {spec}\n")
    };
    let pods = |spec: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: a}}\nspec: {{template: {{metadata: {{labels: {{app: a}}}}, spec: {spec}}}}}\n"
        )
    };
    for (other, is_told) in [
        (service("{type: LoadBalancer, selector: {app: a}, ports: [{port: 80}]}"), true),
        (service("{type: NodePort, selector: {app: a, tier: web}, ports: [{port: 80}]}"), true),
        (service("{type: LoadBalancer, selector: {app: b}, ports: [{port: 80}]}"), false),
        (service("{type: ClusterIP, selector: {app: a}, ports: [{port: 80}]}"), false),
        (pods("{hostNetwork: true, containers: []}"), true),
        (pods("{containers: []}"), false),
    ] {
        let told = told(&[("jobs.yaml", &jobs), ("shop.yaml", &format!("{INGRESS}{other}"))]);
        assert_eq!(told.contains(&"ACH-014 GET /jobs".to_owned()), is_told, "{other}: {told:?}");
    }
}

#[test]
fn an_object_that_another_part_describes_is_not_one_of_any_fields() {
    let bare = "{type: object, properties: {station: {type: object}}}";
    let described =
        "{type: object, properties: {station: {type: object, properties: {name: {type: string}}}}}";
    for (schema, open_ended) in [
        (format!("{{allOf: [{bare}, {described}]}}"), false),
        (format!("{{allOf: [{described}, {bare}]}}"), false),
        (format!("{{oneOf: [{bare}, {described}]}}"), true),
        (format!("{{allOf: [{bare}, {{oneOf: [{described}, {{type: object}}]}}]}}"), true),
        (bare.to_owned(), true),
    ] {
        let text = spec(&format!(
            "  /trips/{{id}}:\n    get: {{responses: {{'200': {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}}}}}\n"
        ));
        let file = File { name: "a.yaml".into(), text: text.into() };
        let findings = checks::check(&read(&[file], &mut |_| Vec::new()), Options::default(), NOW);
        assert_eq!(findings.iter().any(|found| found.check.id == "ACH-104"), open_ended, "{schema}");
    }
}
