//! What the readers of YAML and JSON accept, refuse and bound.
// long: golden texts of every refusal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

use expect_test::{Expect, expect};
use proptest::prelude::*;
use spec::diagnostic::{Colour, Source};
use spec::tree::{Format, Node, Span, TreeError, Value, read};

/// The tree in one line, without places.
fn shape(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::Sequence(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(", ")),
        Value::Mapping(mapping) => {
            let one = |entry: &spec::tree::Entry| format!("{:?}: {}", entry.key.text, shape(&entry.value));
            format!("{{{}}}", mapping.entries().iter().map(one).collect::<Vec<_>>().join(", "))
        }
    }
}

fn yaml(text: &str) -> String {
    shape(&read(text, Format::Yaml).unwrap_or_else(|error| panic!("{text:?}: {error}")))
}

fn json(text: &str) -> String {
    shape(&read(text, Format::Json).unwrap_or_else(|error| panic!("{text:?}: {error}")))
}

fn shown(text: &str, format: Format) -> String {
    let error = read(text, format).map(|node| shape(&node)).unwrap_err();
    let name = if format == Format::Yaml { "a.yaml" } else { "a.json" };
    let source = Source { name, text };
    error.diagnostics().iter().map(|fault| fault.render(source, Colour::Never)).collect::<Vec<_>>().join("\n")
}

fn refused(format: Format, table: &[(&str, Expect)]) {
    for (text, expected) in table {
        expected.assert_eq(&shown(text, format));
    }
}

#[test]
fn yaml_is_read_as_its_core_schema_says() {
    for (text, expected) in [
        ("", "null"),
        ("# only a comment\n", "null"),
        (
            "a: 1\nb: [x, 'y', \"z\\n\", 2.5, ~, true]\n",
            r#"{"a": 1, "b": ["x", "y", "z\n", 2.5, null, true]}"#,
        ),
        ("200: ok\nnull: n\n'200x': q\n", r#"{"200": "ok", "null": "n", "200x": "q"}"#),
        ("a: |\n  one\n  two\nb: >-\n  one\n  two\n", r#"{"a": "one\ntwo\n", "b": "one two"}"#),
        ("a: !!str 5\nb: ! 6\nc: !!float 7\n", r#"{"a": "5", "b": "6", "c": 7}"#),
        ("a: yes\nb: 1_000\nc: 2024-01-01\n", r#"{"a": "yes", "b": "1_000", "c": "2024-01-01"}"#),
        ("a: &x {k: 1}\nb: *x\n", r#"{"a": {"k": 1}, "b": {"k": 1}}"#),
        ("d: &d {a: 1, b: 2}\ne:\n  <<: *d\n  b: 3\n", r#"{"d": {"a": 1, "b": 2}, "e": {"b": 3, "a": 1}}"#),
        (
            "d: &d {a: 1}\ne: &e {a: 2, c: 4}\nf:\n  <<: [*d, *e]\n",
            r#"{"d": {"a": 1}, "e": {"a": 2, "c": 4}, "f": {"a": 1, "c": 4}}"#,
        ),
        ("'<<': 1\n", r#"{"<<": 1}"#),
        ("\u{feff}a: 1\n", r#"{"a": 1}"#),
        ("%YAML 1.2\n---\na: 1\n...\n", r#"{"a": 1}"#),
        ("a:\n- x\n- y:\n    z\n", r#"{"a": ["x", {"y": "z"}]}"#),
        ("{\"a\": [1, 2], \"b\": {}}", r#"{"a": [1, 2], "b": {}}"#),
        ("a: 'über'\r\nb: 2\r\n", r#"{"a": "über", "b": 2}"#),
    ] {
        assert_eq!(yaml(text), expected, "{text:?}");
    }
}

#[test]
fn json_is_read_whole_and_strictly() {
    for (text, expected) in [
        ("", "null"),
        (" \t\r\n[1,-0.5e2,true,false,null] \n", "[1, -50.0, true, false, null]"),
        (r#"{"a":"\u00e9\ud83d\ude00\n\/\\\"","b":{}}"#, r#"{"a": "é😀\n/\\\"", "b": {}}"#),
        ("{\n\t\"a\":\t[\n\t]\n}", r#"{"a": []}"#),
        ("9223372036854775807", "9223372036854775807"),
        ("18446744073709551615", "1.8446744073709552e19"),
        ("\u{feff}{}", "{}"),
        ("\"tab\\there\"", r#""tab\there""#),
    ] {
        assert_eq!(json(text), expected, "{text:?}");
    }
    let long_key = format!("{{\"{}\": 1}}", "k".repeat(5000));
    assert!(json(&long_key).ends_with(": 1}"));
}

#[test]
fn every_key_and_value_knows_its_place() {
    let text = "a: 1\n\"ü b\":\n  - x: 'y'\n    zz: [é, q]\n";
    let root = read(text, Format::Yaml).unwrap();
    let at = |span: Span| (&text[span.range()], span.line, span.column);
    let (key, list) = root.entries().nth(1).unwrap();
    assert_eq!(at(key.span), ("\"ü b\"", 2, 1));
    let (x, y) = list.items()[0].entries().next().unwrap();
    assert_eq!(at(x.span), ("x", 3, 5));
    assert_eq!(at(y.span), ("'y'", 3, 8));
    let (zz, flow) = list.items()[0].entries().nth(1).unwrap();
    assert_eq!(at(zz.span), ("zz", 4, 5));
    assert_eq!(at(flow.items()[1].span), ("q", 4, 13));
    let text = "{\n \"ü\": {\"b\": [1, \"é\", true]}}";
    let root = read(text, Format::Json).unwrap();
    let at = |span: Span| (&text[span.range()], span.line, span.column);
    let (key, inner) = root.entries().next().unwrap();
    assert_eq!(at(key.span), ("\"ü\"", 2, 2));
    assert_eq!(at(inner.span), ("{\"b\": [1, \"é\", true]}", 2, 7));
    let (_, list) = inner.entries().next().unwrap();
    assert_eq!(at(list.items()[2].span), ("true", 2, 22));
}

#[test]
fn broken_yaml_is_refused_with_its_place_and_a_cure() {
    refused(
        Format::Yaml,
        &[
            (
                "a: 1\nb: c: d\n",
                expect![[r#"
                error[TEXT-001]: mapping values are not allowed in this context
                 --> a.yaml:2:5
                  |
                2 | b: c: d
                  |     ^
                  |
                  = help: check the indentation, and put text that holds `: ` or ends in `:` in quotes
            "#]],
            ),
            (
                "a:\n\t- b\n",
                expect![[r#"
                error[TEXT-001]: tabs disallowed within this context (block indentation)
                 --> a.yaml:2:2
                  |
                2 |     - b
                  |     ^
                  |
                  = help: indent with spaces: YAML allows no tabs there
            "#]],
            ),
            (
                "a: [1, 2\nb: 3\n",
                expect![[r#"
                error[TEXT-001]: illegal placement of ':' indicator
                 --> a.yaml:2:2
                  |
                2 | b: 3
                  |  ^
                  |
                  = help: check that every `[` and `{` has its `]` and `}`
            "#]],
            ),
            (
                "a: 'open\n",
                expect![[r#"
                error[TEXT-001]: while scanning a quoted scalar, found unexpected end of stream
                 --> a.yaml:1:4
                  |
                1 | a: 'open
                  |    ^
                  |
                  = help: check that the quote is closed; in double quotes a backslash must be doubled
            "#]],
            ),
            (
                "a: *nowhere\n",
                expect![[r#"
                error[TEXT-001]: while parsing node, found unknown anchor
                 --> a.yaml:1:4
                  |
                1 | a: *nowhere
                  |    ^
                  |
                  = help: define the anchor above its use, or put the text in quotes if it is no alias
            "#]],
            ),
            (
                "a: &x [*x]\n",
                expect![[r#"
                error[TEXT-001]: this alias names an anchor that it is part of, or that is none
                 --> a.yaml:1:8
                  |
                1 | a: &x [*x]
                  |        ^^
                  |
                  = help: write out the value
            "#]],
            ),
            (
                "a: `b`\n",
                expect![[r#"
                error[TEXT-001]: text cannot start with this character
                 --> a.yaml:1:4
                  |
                1 | a: `b`
                  |    ^
                  |
                  = help: put the value in quotes: it starts with a sign that YAML keeps for itself
            "#]],
            ),
            (
                "a: !include b.yaml\n",
                expect![[r#"
                error[TEXT-001]: the tag `!include` has no meaning here
                 --> a.yaml:1:4
                  |
                1 | a: !include b.yaml
                  |    ^^^^^^^^^^^^^^^
                  |
                  = help: remove the tag and write the value itself
            "#]],
            ),
            (
                "a: 1\n---\nb: 2\n",
                expect![[r#"
                error[TEXT-001]: a second document starts here
                 --> a.yaml:2:1
                  |
                2 | ---
                  | ^^^
                  |
                  = help: write one document per file
            "#]],
            ),
            (
                "? [a]\n: b\n",
                expect![[r#"
                error[TEXT-001]: a key must be text
                 --> a.yaml:1:3
                  |
                1 | ? [a]
                  |   ^
                  |
                  = help: put the key on one line, in quotes where it holds `{`, `[` or `*`
            "#]],
            ),
            (
                "a: !!int x\n",
                expect![[r#"
                error[TEXT-001]: the tag `!!int` does not fit its value
                 --> a.yaml:1:4
                  |
                1 | a: !!int x
                  |    ^^^^^^^
                  |
                  = help: remove the tag, or correct the value
            "#]],
            ),
            (
                "<<: 5\n",
                expect![[r#"
                error[TEXT-001]: `<<` merges mappings, and this is none
                 --> a.yaml:1:5
                  |
                1 | <<: 5
                  |     ^
                  |
                  = help: name the anchor of a mapping
            "#]],
            ),
        ],
    );
}

#[test]
fn a_key_that_stands_twice_is_told_with_both_places() {
    refused(
        Format::Yaml,
        &[(
            "paths:\n  /a: 1\n  /b: 2\n  /a: 3\n",
            expect![[r#"
        error[TEXT-002]: the key `/a` stands twice in one mapping
         --> a.yaml:4:3
          |
        2 |   /a: 1
          |   -- first here
        3 |   /b: 2
        4 |   /a: 3
          |   ^^ it stands here again
          |
          = help: keep one of them: readers differ on which one counts
    "#]],
        )],
    );
    refused(
        Format::Json,
        &[(
            "{\n  \"a\": 1,\n  \"a\": 2\n}",
            expect![[r#"
        error[TEXT-002]: the key `a` stands twice in one mapping
         --> a.json:3:3
          |
        2 |   "a": 1,
          |   --- first here
        3 |   "a": 2
          |   ^^^ it stands here again
          |
          = help: keep one of them: readers differ on which one counts
    "#]],
        )],
    );
    let many = (0..100).map(|n| format!("k{}: 1\n", n % 10)).collect::<String>();
    let Err(TreeError::DuplicateKeys(told)) = read(&many, Format::Yaml) else { panic!("twins expected") };
    assert_eq!(told.len(), 16);
}

#[test]
fn broken_json_is_refused_with_its_place_and_a_cure() {
    refused(
        Format::Json,
        &[
            (
                "{\"a\": 1,}",
                expect![[r#"
                error[TEXT-001]: a comma before the end of a list or object
                 --> a.json:1:9
                  |
                1 | {"a": 1,}
                  |         ^
                  |
                  = help: remove the comma
            "#]],
            ),
            (
                "{\"a\" 1}",
                expect![[r#"
                error[TEXT-001]: a colon is missing after the key
                 --> a.json:1:6
                  |
                1 | {"a" 1}
                  |      ^
                  |
                  = help: write `"key": value`
            "#]],
            ),
            (
                "{a: 1}",
                expect![[r#"
                error[TEXT-001]: a key is missing here
                 --> a.json:1:2
                  |
                1 | {a: 1}
                  |  ^
                  |
                  = help: write keys in double quotes; JSON has no comments
            "#]],
            ),
            (
                "[1 2]",
                expect![[r#"
                error[TEXT-001]: a comma is missing here
                 --> a.json:1:4
                  |
                1 | [1 2]
                  |    ^
                  |
                  = help: put `,` between values
            "#]],
            ),
            (
                "[1, 2",
                expect![[r#"
                error[TEXT-001]: the text ends inside a list or object
                 --> a.json:1:6
                  |
                1 | [1, 2
                  |      ^
                  |
                  = help: close every `[` and `{`
            "#]],
            ),
            (
                "[1}",
                expect![[r#"
                error[TEXT-001]: the wrong bracket closes here
                 --> a.json:1:3
                  |
                1 | [1}
                  |   ^
                  |
                  = help: close with the bracket that was opened
            "#]],
            ),
            (
                "{} {}",
                expect![[r#"
                error[TEXT-001]: more text after the end of the document
                 --> a.json:1:4
                  |
                1 | {} {}
                  |    ^
                  |
                  = help: write one value per file
            "#]],
            ),
            (
                "\"\\ud83d\"",
                expect![[r#"
                error[TEXT-001]: half of a surrogate pair
                 --> a.json:1:8
                  |
                1 | "\ud83d"
                  |        ^
                  |
                  = help: write both halves, such as `\ud83d\ude00`, or the character itself
            "#]],
            ),
            (
                "\"\\x\"",
                expect![[r#"
                error[TEXT-001]: an unknown escape
                 --> a.json:1:3
                  |
                1 | "\x"
                  |   ^
                  |
                  = help: after a backslash write one of `" \ / b f n r t u`
            "#]],
            ),
            (
                "\"a\nb\"",
                expect![[r#"
                error[TEXT-001]: a control character in a string
                 --> a.json:1:3
                  |
                1 | "a
                  |   ^
                  |
                  = help: write it as an escape, such as `\n`
            "#]],
            ),
            (
                "01",
                expect![[r#"
                error[TEXT-001]: this is no JSON number
                 --> a.json:1:3
                  |
                1 | 01
                  |   ^
                  |
                  = help: write digits without leading zeros
            "#]],
            ),
            (
                "[1, // no\n2]",
                expect![[r#"
                error[TEXT-001]: a value is missing here
                 --> a.json:1:5
                  |
                1 | [1, // no
                  |     ^
                  |
                  = help: JSON has no comments
            "#]],
            ),
            (
                "truely",
                expect![[r#"
                error[TEXT-001]: this is no JSON value
                 --> a.json:1:1
                  |
                1 | truely
                  | ^
                  |
                  = help: write `true`, `false`, `null`, or text in double quotes
            "#]],
            ),
        ],
    );
}

#[test]
fn a_bomb_is_refused_before_it_costs_memory() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for n in 1..12 {
        let uses = vec![format!("*a{}", n - 1); 10].join(", ");
        laughs.push_str(&format!("a{n}: &a{n} [{uses}]\n"));
    }
    assert!(matches!(read(&laughs, Format::Yaml), Err(TreeError::TooManyNodes { .. })));

    let merges = "a: &a {k: &l [1,2,3,4,5,6,7,8]}\n".to_owned()
        + &(0..200_000).map(|n| format!("b{n}: *a\n")).collect::<String>();
    assert!(matches!(read(&merges, Format::Yaml), Ok(_) | Err(TreeError::TooManyNodes { .. })));

    for (text, format) in [
        ("[".repeat(200_000), Format::Json),
        ("[".repeat(200_000), Format::Yaml),
        ("{\"a\":".repeat(1000), Format::Json),
        ("{a: ".repeat(1000), Format::Yaml),
        ("- ".repeat(1000), Format::Yaml),
        ((0..1000).map(|n| format!("{}a:\n", " ".repeat(n))).collect(), Format::Yaml),
    ] {
        assert!(matches!(read(&text, format), Err(TreeError::TooDeep { .. })), "{}", &text[..20]);
    }
    let mut nested = "a0: &a0 [x]\n".to_owned();
    for n in 1..200 {
        nested.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
    }
    assert!(matches!(read(&nested, Format::Yaml), Err(TreeError::TooDeep { .. })));
    assert!(matches!(read(&" ".repeat((64 << 20) + 1), Format::Yaml), Err(TreeError::TooLarge { .. })));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e9f64..1e9).prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        "[a-z:#\\-\\[\\]{}&*!|>'\"%@`, \t\n\u{e9}]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map("[a-z<: \u{fc}]{0,6}", inner, 0..12)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The slow and obvious reading: serde_json's own.
fn oracle(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.to_string(),
            None => format!("{:?}", number.as_f64().unwrap()),
        },
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(oracle).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(map) => {
            let one = |(key, value): (&String, &serde_json::Value)| format!("{key:?}: {}", oracle(value));
            format!("{{{}}}", map.iter().map(one).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn json_is_read_as_serde_json_reads_it(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        prop_assert_eq!(json(&text), oracle(&value));
    }

    #[test]
    fn both_readers_agree_on_json_that_is_yaml_too(value in any_json()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        // DEL and C1 controls may stand raw in JSON, not in YAML.
        prop_assume!(!text.chars().any(|c| c != '\n' && c.is_control()) && !text.contains("\\u"));
        prop_assert_eq!(yaml(&text), json(&text));
    }

    #[test]
    fn mutated_text_is_read_or_refused_and_never_panics(
        seed in prop_oneof![Just(YAML_SEED), Just(JSON_SEED)],
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}:,&*!|>'\"%@` \t\n\r\\-?<~#a0\u{e9}\u{85}\u{feff}\\\\]{0,3}", 0usize..4), 1..6),
    ) {
        let mut text: Vec<char> = seed.chars().collect();
        for (at, insert, remove) in cuts {
            let at = at.index(text.len() + 1).min(text.len());
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        for format in [Format::Yaml, Format::Json] {
            match read(&text, format) {
                Ok(root) => places_are_in_the_text(&root, &text)?,
                Err(error) => {
                    let source = Source { name: "a", text: &text };
                    for fault in error.diagnostics() {
                        prop_assert!(fault.render(source, Colour::Never).contains(&fault.message.replace(char::is_control, "")) || fault.message.contains(char::is_control));
                        prop_assert!(fault.help.is_some());
                    }
                }
            }
        }
    }
}

fn places_are_in_the_text(node: &Node, text: &str) -> Result<(), TestCaseError> {
    prop_assert!(text.get(node.span.range()).is_some(), "{:?}", node.span);
    node.items().iter().try_for_each(|item| places_are_in_the_text(item, text))?;
    node.entries().try_for_each(|(key, value)| {
        prop_assert!(text.get(key.span.range()).is_some(), "{:?}", key);
        places_are_in_the_text(value, text)
    })
}

const YAML_SEED: &str = "openapi: 3.1.0\ninfo: &info {title: 'a b', version: \"1\\t\"}\npaths:\n  /a/{id}: # c\n    get:\n      tags: [x, *info]\n      description: |\n        one\n        two\n      summary: >-\n        über\n      ? key\n      : - 1\n        - ~\n      <<: *info\n";
const JSON_SEED: &str = "{\"openapi\": \"3.0.3\", \"paths\": {\"/a\": {\"get\": {\"x\": [1, 2.5e-3, true, null, \"\\u00e9\\ud83d\\ude00\"]}}}}";

#[test]
fn documents_of_one_text_are_read_each_for_itself_with_the_places_of_the_whole() {
    let text = "# head\n---\na: 1\n--- # two\nb: [\n---\n\n---\nc: |\n  ---\n  über\n...\n---\nd: {ü: 2}\n";
    let shown: Vec<String> = spec::tree::read_all(text, Format::Yaml)
        .iter()
        .map(|document| match document {
            Ok(node) => {
                let (key, value) = node.entries().next().unwrap();
                assert_eq!(&text[key.span.range()], &*key.text, "places are those of the whole text");
                format!("{} at {}:{}, {:?}", key.text, key.span.line, key.span.column, value.value.kind())
            }
            Err(error) => {
                let at = error.diagnostics()[0].at;
                format!("error at {}:{}", at.line, at.column)
            }
        })
        .collect();
    assert_eq!(
        shown,
        ["a at 3:1, \"a whole number\"", "error at 5:4", "c at 9:1, \"text\"", "d at 14:1, \"a mapping\""]
    );
    assert_eq!(spec::tree::read_all("{\"a\": 1}", Format::Json).len(), 1);
}

#[test]
fn aliases_of_many_documents_together_are_bounded() {
    let bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n---\n";
    let documents = spec::tree::read_all(&bomb.repeat(60), Format::Yaml);
    assert!(matches!(documents.last(), Some(Err(spec::tree::TreeError::TooManyNodes { .. }))));
    assert!(documents.len() < 60, "{}", documents.len());
}

#[test]
fn tags_of_an_application_are_functions_where_they_are_asked_for() {
    let text =
        "a: !Ref B\nc: !Sub 'x${D}'\ne: !If [F, !Ref G, {h: !GetAtt I.Arn}]\nj: !Condition K\nl: !!str 5\n";
    let same = "{a: {Ref: B}, c: {'Fn::Sub': 'x${D}'}, e: {'Fn::If': [F, {Ref: G}, {h: {'Fn::GetAtt': I.Arn}}]}, j: {Condition: K}, l: '5'}";
    let value = |node: &spec::tree::Node| oracle_of(node);
    let read_as = spec::tree::read_functions(text, Format::Yaml).unwrap();
    assert_eq!(value(&read_as), value(&read(same, Format::Yaml).unwrap()));
    assert!(read(text, Format::Yaml).is_err(), "elsewhere a tag is an error");
}

fn oracle_of(node: &spec::tree::Node) -> String {
    match &node.value {
        spec::tree::Value::Sequence(items) => {
            format!("[{}]", items.iter().map(oracle_of).collect::<Vec<_>>().join(", "))
        }
        spec::tree::Value::Mapping(_) => {
            let one = |(key, value): (&spec::tree::Key, &spec::tree::Node)| {
                format!("{}: {}", key.text, oracle_of(value))
            };
            format!("{{{}}}", node.entries().map(one).collect::<Vec<_>>().join(", "))
        }
        other => format!("{other:?}"),
    }
}
