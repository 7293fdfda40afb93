//! How long a large OpenAPI document takes: a generated one of 300 operations and about 3 MB.
//!
//! `cargo run --release -p spec --example large_spec`: prints milliseconds, the best of nine runs.
//! The document is synthetic: descriptions and examples make up most of it, as in real ones.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "an example"
)]

use std::fmt::Write as _;
use std::time::Instant;

use domain::Method;
use spec::learn::{Bounds, Learner};
use spec::reading::File;
use spec::router::Router;
use spec::tree::{Format, Node, Value, read};

fn main() {
    let yaml = yaml();
    let root = read(&yaml, Format::Yaml).unwrap();
    let json = serde_json::to_string(&json_of(&root)).unwrap();
    let pretty = serde_json::to_string_pretty(&json_of(&root)).unwrap();
    for (name, text, format) in [
        ("YAML", &yaml, Format::Yaml),
        ("JSON", &json, Format::Json),
        ("JSON, indented", &pretty, Format::Json),
        ("the same as YAML", &pretty, Format::Yaml),
    ] {
        let tree = best(|| read(text, format).unwrap());
        println!("{name}: {} KB, tree {tree:.1} ms", text.len() / 1024);
    }
    let serde = best(|| serde_json::from_str::<serde_json::Value>(&json).unwrap());
    println!("serde_json::Value, without places: {serde:.1} ms");
    let whole = best(|| spec::openapi::read(&yaml, "large.yaml").unwrap());
    let reading = spec::openapi::read(&yaml, "large.yaml").unwrap();
    println!(
        "operations from YAML: {} in {whole:.1} ms, {} faults",
        reading.operations.len(),
        reading.faults.len()
    );

    let files = [File { name: "large.yaml".into(), text: yaml.as_str().into() }];
    let facts = best(|| spec::reading::read(&files, &mut |_: &str| Vec::new()));
    let inventory = spec::reading::read(&files, &mut |_: &str| Vec::new());
    let fields: usize = inventory.operations.iter().map(|one| one.answer.fields.len()).sum();
    println!(
        "facts from YAML: {fields} fields of answers, in {facts:.1} ms, {} faults",
        inventory.faults.len()
    );

    let router = Router::new(reading.operations.iter().map(|one| one.endpoint.clone()));
    let paths: Vec<Vec<String>> = (0..150)
        .map(|n| ["api", "v1", &format!("resource{n}"), "4711", "lines"].map(str::to_owned).to_vec())
        .collect();
    let rounds = 2000;
    let routed = best(|| {
        let found = (0..rounds)
            .flat_map(|_| &paths)
            .filter(|path| router.route(&Method::Get, path).is_some())
            .count();
        assert_eq!(found, rounds * paths.len());
    });
    println!("route: {:.0} ns", routed * 1e6 / (rounds * paths.len()) as f64);
    let mut learner = Learner::new(Bounds::default());
    let words: Vec<Vec<&str>> =
        (0..60).map(|n| vec!["api", WORDS[n % WORDS.len()], "4711", "lines"]).collect();
    for path in &words {
        let _ = learner.confirm(&Method::Get, path, 1);
    }
    let peeked = best(|| {
        let known =
            (0..rounds).flat_map(|_| &words).filter(|path| learner.peek(&Method::Get, path).known).count();
        assert_eq!(known, rounds * words.len());
    });
    println!("learned look-up: {:.0} ns", peeked * 1e6 / (rounds * words.len()) as f64);
}

const WORDS: [&str; 6] = ["orders", "customers", "catalogue", "invoices", "addresses", "sessions"];

fn best<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..9 {
        let start = Instant::now();
        let made = work();
        best = best.min(start.elapsed().as_secs_f64() * 1000.0);
        drop(made);
    }
    best
}

fn yaml() -> String {
    let mut text = "openapi: 3.1.0\ninfo:\n  title: Large\n  version: '1'\nservers:\n  - url: https://shop.example/api/v1\nx-tidegate:\n  audience: authenticated\ncomponents:\n  parameters:\n    Id:\n      name: id\n      in: path\n      required: true\n      schema: {type: string}\n  schemas:\n".to_owned();
    for n in 0..300 {
        let _ = writeln!(
            text,
            "    Resource{n}:\n      type: object\n      required: [id, name]\n      properties:"
        );
        for field in 0..20 {
            let _ = writeln!(
                text,
                "        field_{field}:\n          type: string\n          description: The field number {field} of the resource, as the customer knows it.\n          example: \"value {n} {field}\""
            );
        }
    }
    text.push_str("paths:\n");
    for n in 0..150 {
        let _ = writeln!(
            text,
            "  /resource{n}/{{id}}/lines:\n    parameters:\n      - $ref: '#/components/parameters/Id'"
        );
        for method in ["get", "put"] {
            let _ = writeln!(
                text,
                "    {method}:\n      operationId: {method}Resource{n}\n      summary: Reads or writes\n      description: |"
            );
            for _ in 0..75 {
                text.push_str(
                    "        A long description of what the operation does and does not, with examples.\n",
                );
            }
            text.push_str("      x-tidegate:\n        owner: $.customer_id = claim.sub\n      responses:\n");
            for status in [200, 400, 401, 403, 404, 429] {
                let _ = writeln!(
                    text,
                    "        '{status}':\n          description: What is answered\n          content:\n            application/json:\n              schema: {{$ref: '#/components/schemas/Resource{n}'}}"
                );
            }
        }
    }
    text
}

fn json_of(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(text) => (&**text).into(),
        Value::Sequence(items) => items.iter().map(json_of).collect(),
        Value::Mapping(_) => {
            node.entries().map(|(key, value)| (key.text.to_string(), json_of(value))).collect()
        }
    }
}
