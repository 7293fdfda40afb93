//! A folder of made documents as one finds it in a large house: specifications of three versions, and
//! in front of some of them nginx, Kubernetes and Kong.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::made::{Made, PER_COLLECTION, THINGS, specification};
use super::written::{Seed, yaml};

/// A made document.
pub(crate) struct Document {
    /// Its name in the folder.
    pub(crate) name: String,
    /// Its text, 5 to 60 KB.
    pub(crate) text: String,
    /// Operations that it describes.
    pub(crate) operations: usize,
}

/// The `nth` document: of ten, four are OpenAPI 3.0 in YAML, two 3.1 and one 2.0 in JSON, and one each
/// nginx, Kubernetes and Kong before the first three of them.
pub(crate) fn document(nth: usize) -> Document {
    let kind = nth % 10;
    let group = nth - kind;
    // The tree takes more bytes in JSON.
    let size = 1 + (nth / 10 * 7 + kind * 3) % if (4..=6).contains(&kind) { 3 } else { 4 };
    let seed = u64::try_from(nth).unwrap_or(0);
    let served = group + kind.saturating_sub(7);
    let host = host(nth);
    let ending = format!("-{nth}");
    let spec = |version| {
        let words = 15 + 5 * (nth % 4);
        specification(Made { seed, collections: size, words, ending: &ending, host: &host, version })
    };
    let operations = if kind < 7 { size * PER_COLLECTION } else { 0 };
    let (name, text) = match kind {
        0..4 => (format!("service{nth}.yaml"), yaml(&spec("3.0.3"))),
        4 | 5 => (format!("service{nth}.json"), pretty(&spec("3.1.0"))),
        6 => (format!("service{nth}.swagger.json"), pretty(&swagger(spec("2.0"), &host))),
        7 => (format!("front{nth}.conf"), nginx(seed, served, size)),
        8 => (format!("front{nth}.k8s.yaml"), kubernetes(nth, served, size)),
        _ => (format!("front{nth}.kong.yaml"), kong(seed, served, size)),
    };
    Document { name, text, operations }
}

fn host(nth: usize) -> String {
    format!("service{nth}.example.com")
}

fn pretty(tree: &Value) -> String {
    serde_json::to_string_pretty(tree).unwrap_or_default()
}

/// The same document in the words of version 2.0.
fn swagger(mut tree: Value, host: &str) -> Value {
    let definitions = tree.pointer_mut("/components/schemas").map(Value::take).unwrap_or_default();
    let mut responses = tree.pointer_mut("/components/responses").map(Value::take).unwrap_or_default();
    let info = tree.pointer_mut("/info").map(Value::take).unwrap_or_default();
    let mut paths = tree.pointer_mut("/paths").map(Value::take).unwrap_or_default();
    flatten(&mut paths);
    flatten(&mut responses);
    let tree = json!({"swagger": "2.0", "info": info, "host": host, "basePath": "/v1", "schemes": ["https"],
        "consumes": ["application/json"], "produces": ["application/json"],
        "securityDefinitions": {"token": {"type": "apiKey", "in": "header", "name": "X-Token"}},
        "security": [{"token": []}], "paths": paths, "definitions": definitions, "responses": responses});
    let text = tree.to_string().replace("#/components/schemas/", "#/definitions/");
    serde_json::from_str(&text.replace("#/components/responses/", "#/responses/")).unwrap_or_default()
}

/// Lifts the schema out of `content` and of parameters, and a request body into the parameters.
fn flatten(node: &mut Value) {
    match node {
        Value::Object(fields) => {
            if let Some(content) = fields.remove("content") {
                let schema = content.as_object().and_then(|types| types.values().next());
                if let Some(schema) = schema.and_then(|content| content.get("schema")) {
                    fields.insert("schema".to_owned(), schema.clone());
                }
            }
            if fields.get("in").is_some_and(|place| place != "body")
                && let Some(Value::Object(schema)) = fields.remove("schema")
            {
                fields.extend(schema);
            }
            if let Some(body) = fields.remove("requestBody") {
                let schema = body.pointer("/content/application~1json/schema");
                let body = json!([{"name": "body", "in": "body", "required": true, "schema": schema}]);
                fields.insert("parameters".to_owned(), body);
            }
            fields.remove("headers");
            fields.values_mut().for_each(flatten);
        }
        Value::Array(items) => items.iter_mut().for_each(flatten),
        _ => {}
    }
}

/// The `nth` path before the service `served`: its own collections, and then parts of it that its
/// specification does not have.
fn place(nth: usize, served: usize) -> String {
    let thing = THINGS.get(nth % 8).copied().unwrap_or("orders");
    if nth < 5 { format!("/v1/{thing}-{served}") } else { format!("/v1/{thing}-{served}/part{nth}") }
}

fn nginx(seed: u64, served: usize, size: usize) -> String {
    let host = host(served);
    let mut seed = Seed(seed);
    let mut text = format!(
        "# {}\nlimit_req_zone $binary_remote_addr zone=one:10m rate=10r/s;\nupstream app {{ server 192.0.2.10:8080; }}\n\
         server {{\n  listen 443 ssl;\n  server_name {host};\n  location / {{ return 404; }}\n",
        seed.sentences(40)
    );
    for nth in 0..size * 24 {
        let _ = writeln!(text, "  # {}", seed.sentences(10));
        let _ = writeln!(text, "  location {} {{", place(nth, served));
        if nth % 9 != 0 {
            text.push_str("    auth_request /auth;\n");
        }
        if nth % 4 != 0 {
            text.push_str("    limit_req zone=one burst=20 nodelay;\n");
        }
        text.push_str("    proxy_set_header Host $host;\n    proxy_set_header X-Real-IP $remote_addr;\n    proxy_pass http://app;\n  }\n");
    }
    text.push_str("  location = /auth { internal; proxy_pass http://192.0.2.11:9000; }\n}\n");
    text
}

fn kubernetes(nth: usize, served: usize, size: usize) -> String {
    let host = host(served);
    let mut parts = Vec::new();
    for one in 0..size * 9 {
        let name = format!("service-{nth}-{one}");
        let meta = |kind: &str| json!({"name": format!("{name}-{kind}"), "namespace": "shop", "labels": {"app": name}});
        let backend = json!({"service": {"name": format!("{name}-service"), "port": {"number": 80}}});
        parts.push(json!({"apiVersion": "v1", "kind": "Service", "metadata": meta("service"),
            "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}}));
        let mut ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta("ingress"),
            "spec": {"ingressClassName": "nginx", "tls": [{"hosts": [host], "secretName": "tls"}],
                "rules": [{"host": host, "http": {"paths": [
                    {"path": place(one, served), "pathType": "Prefix", "backend": backend}]}}]}});
        if let (Some(meta), true) = (ingress.get_mut("metadata"), one % 3 > 0)
            && let Some(meta) = meta.as_object_mut()
        {
            let auth = "nginx.ingress.kubernetes.io/auth-url";
            meta.insert("annotations".to_owned(), json!({auth: "http://auth.shop.svc.cluster.local/verify"}));
        }
        parts.push(ingress);
        parts.push(
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta("policy"),
            "spec": {"podSelector": {"matchLabels": {"app": name}}, "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}]}]}}),
        );
    }
    parts.iter().map(yaml).collect::<Vec<_>>().join("---\n")
}

fn kong(seed: u64, served: usize, size: usize) -> String {
    let host = host(served);
    let mut seed = Seed(seed);
    let services: Vec<Value> = (0..size * 14)
        .map(|nth| {
            let mut plugins = vec![json!({"name": "rate-limiting", "config": {"minute": 60, "policy": "local"}})];
            if nth % 5 > 0 {
                plugins.push(json!({"name": "jwt", "config": {"claims_to_verify": ["exp"]}}));
            }
            json!({"name": format!("service-{nth}"), "url": "http://192.0.2.12:8080", "tags": [seed.sentences(12)],
                "routes": [{"name": format!("route-{nth}"), "hosts": [host], "protocols": ["https"],
                    "methods": ["GET", "POST"], "paths": [place(nth, served)]}],
                "plugins": plugins})
        })
        .collect();
    yaml(&json!({"_format_version": "3.0", "services": services}))
}
