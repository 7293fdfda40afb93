//! Documents made to cost much, and rules that never come to an end: `tidegate check` answers within a
//! stated time and memory, and the gate stays shut.
#![allow(clippy::unwrap_used, clippy::panic, clippy::as_conversions, reason = "tests")]

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4 as _;

/// Longest answer, in seconds of processor time: the machine may be busy with other things. These tests
/// run a binary without optimisation, which takes about ten times as long as a released one.
const MOST_SECS: u64 = 20;
/// Most memory, in MiB.
const MOST_MIB: u64 = 700;

/// Runs `tidegate check` in `folder`: exit code, everything it said, and its processor time in seconds.
fn check(folder: &Path, args: &[&str], most_mib: u64) -> (Option<i32>, String, u64) {
    let said = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1").stdin(Stdio::null());
    command.stdout(File::create(said.path()).unwrap());
    command.stderr(File::options().append(true).open(said.path()).unwrap());
    let used = command.spawn().unwrap().wait4().unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(said.path()).unwrap()).into_owned();
    let mib = used.rusage.maxrss >> 20;
    assert!(mib < most_mib, "{args:?} took {mib} MiB:\n{}", start(&text));
    (used.status.code(), text, (used.rusage.utime + used.rusage.stime).as_secs())
}

fn start(text: &str) -> String {
    text.chars().take(2_000).collect()
}

/// Ten of the level below at each of twelve levels.
fn aliases(first: &str, level: impl Fn(usize) -> String) -> String {
    let mut text = format!("openapi: 3.0.0\na0: &a0 {first}\n");
    for n in 1..12 {
        text += &format!("a{n}: &a{n} {}\n", level(n - 1));
    }
    text
}

/// `open` so many times, and `close` as often: deeper than any stack.
fn deep(before: &str, open: &str, close: &str) -> String {
    format!("{before}{}{}", open.repeat(100_000), close.repeat(100_000))
}

#[test]
fn what_cannot_be_judged_within_bounds_is_said_and_keeps_the_gate_shut() {
    let many = "x,".repeat(30_000_000);
    for (name, text, said) in [
        (
            "aliases.yaml",
            aliases("[x, x, x]", |n| format!("[{}]", vec![format!("*a{n}"); 10].join(", "))),
            "values",
        ),
        (
            "keys.yaml",
            aliases("{k: x}", |n| {
                format!("{{{}}}", (0..10).map(|k| format!("k{k}: *a{n}")).collect::<Vec<_>>().join(", "))
            }),
            "values",
        ),
        (
            "merged.yaml",
            aliases("{k: x}", |n| {
                format!(
                    "{{<<: [{}], b{n}: *a{n}, c{n}: *a{n}, d{n}: *a{n}, e{n}: *a{n}, f{n}: *a{n}}}",
                    vec![format!("*a{n}"); 10].join(", ")
                )
            }),
            "values",
        ),
        ("self.yaml", "openapi: 3.0.0\npaths: &a {/a: *a}\n".to_owned(), "part of"),
        ("lists.yaml", deep("openapi: 3.0.0\npaths: ", "[", "]"), "deeper than"),
        ("maps.yaml", deep("openapi: 3.0.0\npaths: ", "{a: ", "}"), "deeper than"),
        ("dashes.yaml", deep("openapi: 3.0.0\npaths:\n  ", "- ", ""), "deeper than"),
        ("lists.json", deep("{\"openapi\": \"3.0.0\", \"paths\": ", "[", "]") + "}", "deeper than"),
        ("maps.json", deep("{\"openapi\": \"3.0.0\", \"paths\": ", "{\"a\":", "") + "1", "deeper than"),
        ("wide.yaml", format!("openapi: 3.0.0\nx: [{many}x]\n"), "values"),
        ("wide.json", format!("{{\"openapi\": \"3.0.0\", \"x\": [{}1]}}", "1,".repeat(30_000_000)), "values"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        for args in [[name], ["."]] {
            let (code, told, secs) = check(folder.path(), &args, MOST_MIB);
            assert_eq!(code, Some(2), "{name}: {}", start(&told));
            assert!(told.contains(said) && told.contains(name), "{name}: {}", start(&told));
            assert!(secs < MOST_SECS, "{name} took {secs} s");
        }
    }
}

#[test]
fn a_file_of_100_mb_is_refused_without_being_read_whole() {
    for (name, begins) in [
        ("large.yaml", "openapi: 3.0.0\n"),
        ("large.json", "{\"openapi\": \"3.0.0\""),
        ("large.conf", "server {\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, begins).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(100_000_000).unwrap();
        for args in [[name], ["."]] {
            let (code, told, secs) = check(folder.path(), &args, 200);
            assert_eq!(code, Some(2), "{name}: {}", start(&told));
            assert!(told.contains("larger than 64 MiB"), "{name}: {}", start(&told));
            assert!(secs < 5, "{name} took {secs} s");
        }
    }
}

#[test]
fn references_in_circles_are_followed_once_and_what_hangs_on_them_is_judged() {
    let answer = |schema: &str| {
        format!(
            "responses: {{ '200': {{ description: a, content: {{ application/json: {{ schema: {schema} }} }} }} }}"
        )
    };
    let schema = "components:\n  schemas:\n    A: { allOf: [{ $ref: '#/components/schemas/B' }], properties: { email: { type: string, format: email } } }\n    B: { properties: { c: { $ref: '#/components/schemas/C' } } }\n    C: { type: array, maxItems: 5, items: { $ref: '#/components/schemas/A' } }\n";
    let head = "openapi: 3.0.3\ninfo: { title: a, version: '1' }\nservers: [{ url: https://api.example.com }]\npaths:\n";
    let intent = "x-tidegate: { audience: { public: { reason: r, owner: o, expires: 2099-01-01 } }, limit: [{ requests: 10, per: 1m }] }";
    let read = format!(
        "{head}  /a: {{ get: {{ {intent}, {} }} }}\n{schema}",
        answer("{ $ref: '#/components/schemas/A' }")
    );
    for (files, code, said) in [
        // The personal data behind the circle is found.
        (vec![("a.yaml", read)], 1, "ACH-008"),
        (
            vec![(
                "a.yaml",
                format!("{head}  /a: {{ $ref: '#/paths/~1b' }}\n  /b: {{ $ref: '#/paths/~1a' }}\n"),
            )],
            2,
            "a.yaml:",
        ),
        (
            vec![
                ("a.yaml", format!("{head}  /a: {{ $ref: 'b.yaml#/x' }}\n")),
                ("b.yaml", "x: { $ref: 'c.yaml#/x' }\n".to_owned()),
                ("c.yaml", "x: { $ref: 'b.yaml#/x' }\n".to_owned()),
            ],
            2,
            "a.yaml:",
        ),
        (vec![("a.conf", "http { include a.conf; server { listen 80; } }\n".to_owned())], 2, "a.conf"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let named = files.first().unwrap().0;
        let (ended, told, secs) = check(folder.path(), &[named], MOST_MIB);
        assert_eq!(ended, Some(code), "{files:?}\n{}", start(&told));
        assert!(told.contains(said), "{files:?} does not say {said}:\n{}", start(&told));
        assert!(secs < MOST_SECS, "{files:?} took {secs} s");
    }
}

#[test]
fn rules_of_ones_own_that_do_not_end_keep_the_gate_shut() {
    let specification =
        "openapi: 3.0.3\ninfo: { title: a, version: '1' }\npaths: { /a: { get: { responses: {} } } }\n";
    let counted = (0..12).map(|n| format!("  x{n} := numbers.range(1, 1000)[_]\n")).collect::<String>();
    let nested = format!("  x := {}1{}\n", "[\n".repeat(9_000), "]\n".repeat(9_000));
    for (what, body, said) in [
        ("loops", format!("{counted}  x0 + x1 > 100000\n  m := \"never\"\n"), &["more than 1 s"][..]),
        (
            "memory",
            "  count(numbers.range(1, 100000000000)) > 1\n  m := \"never\"\n".to_owned(),
            &["more than 1 s", "more than 2 GiB"],
        ),
        ("nesting", nested + "  m := \"never\"\n", &["is no Rego"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), specification).unwrap();
        std::fs::create_dir(folder.path().join("own")).unwrap();
        let rule = format!("package main\nimport rego.v1\ndeny contains m if {{\n{body}}}\n");
        std::fs::write(folder.path().join("own/own.rego"), rule).unwrap();
        let begin = Instant::now();
        let (code, told, _) =
            check(folder.path(), &["a.yaml", "--policy", "own", "--policy-seconds", "1"], 3_000);
        assert_eq!(code, Some(2), "{what}: {}", start(&told));
        assert!(said.iter().any(|said| told.contains(said)), "{what}: {}", start(&told));
        assert!(begin.elapsed() < Duration::from_secs(30), "{what} took {:?}", begin.elapsed());
    }
}
