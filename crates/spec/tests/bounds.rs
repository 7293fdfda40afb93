//! What a specification may have of everything: what is read is judged to its last piece, and what lies
//! beyond a bound is an error with its place. Nothing is left out without a word.
#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string, reason = "tests")]

use std::time::Instant;

use spec::diagnostic::Severity;
use spec::inventory::{Inventory, Operation};
use spec::reading::{File, read};

fn of(text: &str) -> Inventory {
    read(&[File { name: "shop.yaml".into(), text: text.into() }], &mut |_| Vec::new())
}

/// `count` times what `one` makes of a number, with commas between.
fn list(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(", ")
}

fn document(operation: &str, rest: &str) -> String {
    format!("openapi: 3.1.0\npaths:\n  /a:\n    post:\n      {operation}\n{rest}")
}

fn answer(schema: &str) -> String {
    format!("responses: {{ '200': {{ content: {{ application/json: {{ schema: {schema} }} }} }} }}")
}

fn body(schema: &str) -> String {
    format!("requestBody: {{ content: {{ application/json: {{ schema: {schema} }} }} }}")
}

/// A chain of schemas, each an object with the next.
fn chain(levels: usize) -> String {
    let mut text = "s:\n".to_owned();
    for n in 1..levels {
        text += &format!("  S{}: {{ properties: {{ x: {{ $ref: '#/s/S{n}' }} }} }}\n", n - 1);
    }
    text + &format!("  S{}: {{ properties: {{ email: {{ type: string, format: email }} }} }}\n", levels - 1)
}

/// The messages of what is wrong with it.
fn told(inventory: &Inventory) -> Vec<&str> {
    inventory.faults.iter().map(|fault| &*fault.diagnostic.message).take(10).collect()
}

fn leaks(operation: &Operation) -> bool {
    operation.answer.fields.iter().any(|field| field.class.is_some())
}

/// What has a bound: its name, a document with so many, whether the last was seen, numbers that are read
/// and one that is not.
type Row = (&'static str, Box<dyn Fn(usize) -> String>, Box<dyn Fn(&Operation) -> bool>, [usize; 2], usize);

fn rows() -> Vec<Row> {
    let opening = |operation: &Operation| operation.security.open;
    let row = |name, make: fn(usize) -> String, seen: fn(&Operation) -> bool, fit, over| -> Row {
        (name, Box::new(make), Box::new(seen), fit, over)
    };
    vec![
        row("levels", |n| document(&answer("{ $ref: '#/s/S0' }"), &chain(n)), leaks, [11, 60], 70),
        row(
            "fields of an answer",
            |n| {
                let fields = list(n, |n| format!("f{n}: {{ type: string }}"));
                document(&answer(&format!("{{ properties: {{ {fields}, email: {{ type: string }} }} }}")), "")
            },
            leaks,
            [1_001, 12_000],
            20_001,
        ),
        row(
            "fields of one kind",
            |n| {
                let fields = list(n, |n| format!("f{n}: {{ $ref: '#/s/T' }}"));
                let schema = format!("{{ properties: {{ {fields}, email: {{ $ref: '#/s/T' }} }} }}");
                document(&answer(&schema), "s: { T: { type: string } }\n")
            },
            leaks,
            [4, 5_000],
            20_001,
        ),
        row(
            "inputs",
            |n| {
                let fields = list(n, |n| format!("f{n}: {{ type: string }}"));
                document(
                    &body(&format!("{{ properties: {{ {fields}, customer_id: {{ type: integer }} }} }}")),
                    "",
                )
            },
            |operation| operation.object_refs.iter().any(|one| &*one.name == "customer_id"),
            [1_001, 12_000],
            20_001,
        ),
        row(
            "references to records",
            |n| {
                let named = |n| format!("{{ name: customer{n}_id, in: query, schema: {{ type: integer }} }}");
                document(&format!("parameters: [{}]", list(n, named)), "")
            },
            |operation| operation.object_refs.len() == operation.parameters.len(),
            [65, 900],
            1_001,
        ),
        row(
            "security alternatives",
            |n| {
                let all = list(n, |_| "{ k: [] }".into());
                let schemes = "components: { securitySchemes: { k: { type: http, scheme: bearer } } }\n";
                document(&format!("security: [{all}, {{}}]"), schemes)
            },
            opening,
            [32, 250],
            256,
        ),
        row(
            "media types",
            |n| {
                let media = list(n, |n| format!("a/b{n}: {{ schema: {{ type: string }} }}"));
                let last = "a/c: { schema: { properties: { email: { type: string } } } }";
                document(&format!("responses: {{ '200': {{ content: {{ {media}, {last} }} }} }}"), "")
            },
            leaks,
            [16, 250],
            256,
        ),
        row(
            "statuses",
            |n| {
                let all = list(n, |n| format!("'{}': {{ description: a }}", 300 + n));
                let last = "content: { a/b: { schema: { properties: { email: { type: string } } } } }";
                document(&format!("responses: {{ {all}, '200': {{ {last} }} }}"), "")
            },
            leaks,
            [64, 900],
            1_000,
        ),
        row(
            "servers",
            |n| {
                let all = list(n, |n| format!("{{ url: 'https://h{n}.example' }}"));
                document(&format!("servers: [{all}, {{ url: 'http://h.example' }}]"), "")
            },
            |operation| operation.servers.iter().any(|server| server.plain),
            [16, 250],
            256,
        ),
        row(
            "path prefixes",
            |n| {
                let all = list(n, |n| format!("{{ url: 'https://h.example/v{n}' }}"));
                document(&format!("servers: [{all}]"), "")
            },
            |_| true,
            [2, 8],
            9,
        ),
        row(
            "records of an example",
            |n| {
                let all = list(n, |_| "{ a: 1 }".into());
                let example = format!("example: [{all}, {{ email: 'a@example.com' }}]");
                document(&format!("responses: {{ '200': {{ content: {{ a/json: {{ {example} }} }} }} }}"), "")
            },
            leaks,
            [3, 5_000],
            20_000,
        ),
        row(
            "tags",
            |n| document(&format!("tags: [{}]", list(n, |n| format!("t{n}"))), ""),
            |operation| operation.tags.len() > 30,
            [33, 900],
            1_001,
        ),
    ]
}

#[test]
fn what_is_read_is_judged_to_its_last_piece_and_what_is_beyond_is_an_error_with_its_place() {
    for (name, make, seen, fit, over) in rows() {
        for count in fit {
            let inventory = of(&make(count));
            assert_eq!(told(&inventory), [""; 0], "{count} {name}");
            assert!(seen(inventory.operations.first().unwrap()), "{count} {name}: the last is not seen");
        }
        let started = Instant::now();
        let inventory = of(&make(over));
        let told = inventory.faults.iter().find(|fault| fault.diagnostic.severity == Severity::Error);
        let told = &told.unwrap_or_else(|| panic!("{over} {name}: no error")).diagnostic;
        assert!(told.at.line > 1 && told.help.is_some(), "{name}: {told:?}");
        assert!(started.elapsed().as_secs() < 20, "{name}");
    }
}

#[test]
fn a_large_specification_of_many_shared_schemas_is_judged_whole() {
    const SCHEMAS: usize = 800;
    let mut text = "openapi: 3.0.3\npaths:\n".to_owned();
    for n in 0..1_500 {
        let at = n % SCHEMAS;
        let answer = answer(&format!("{{ type: array, items: {{ $ref: '#/s/S{at}' }} }}"));
        text += &format!("  /a{n}: {{ get: {{ {answer} }} }}\n");
    }
    text += "s:\n";
    // Each leads to two below it, and to some of those that all records hold.
    for n in 0..SCHEMAS {
        let below = [2 * n + 1, 2 * n + 2].into_iter().filter(|other| *other < SCHEMAS);
        let below = below.map(|other| format!("S{other}"));
        let held = [n % 7, 7 + n % 5, 12 + n % 3].map(|other| format!("H{other}"));
        let others = below.chain(held).map(|name| format!("r{name}: {{ $ref: '#/s/{name}' }}"));
        let others = others.collect::<Vec<_>>().join(", ");
        let own = list(12, |k| format!("f{n}_{k}: {{ type: string }}"));
        text += &format!("  S{n}: {{ properties: {{ {own}, {others}, e{n}_email: {{ type: string }} }} }}\n");
    }
    for n in 0..15 {
        let own = list(20, |k| format!("h{n}_{k}: {{ type: string }}"));
        text += &format!("  H{n}: {{ properties: {{ {own} }} }}\n");
    }
    let started = Instant::now();
    let inventory = of(&text);
    assert_eq!(told(&inventory), [""; 0]);
    assert_eq!(inventory.operations.len(), 1_500);
    assert!(inventory.operations.iter().all(leaks));
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn a_path_that_refers_to_something_else_and_a_version_that_is_not_read_are_errors() {
    for (name, text, line) in [
        ("text", "openapi: 3.1.0\npaths:\n  /a: { $ref: '#/x/t' }\nx: { t: gone, l: [1] }\n", 3),
        ("list", "openapi: 3.1.0\npaths:\n  /a: { $ref: '#/x/l' }\nx: { t: gone, l: [1] }\n", 3),
        ("4.0.0", "openapi: 4.0.0\npaths: { /a: { get: {} } }\n", 1),
        ("1.2", "swagger: '1.2'\npaths: { /a: { get: {} } }\n", 1),
        (
            "a long pointer",
            &format!("openapi: 3.1.0\npaths:\n  /a: {{ $ref: '#{}' }}\n", "/paths".repeat(99)),
            3,
        ),
    ] {
        let inventory = of(text);
        let lines: Vec<u32> = inventory.faults.iter().map(|fault| fault.diagnostic.at.line).collect();
        assert!(inventory.has_errors() && lines.contains(&line), "{name}: {:?}", told(&inventory));
    }
}
