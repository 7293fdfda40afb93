//! What decoding accepts, and how it says what it does not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use domain::{ByteSize, Endpoint, Intent, IpPrefix, Window};
use expect_test::{Expect, expect};
use serde::Deserialize;
use spec::decode::{Spanned, decode, decode_what_can_be};
use spec::diagnostic::{Colour, Source};
use spec::tree::{Format, read};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    listen: Spanned<String>,
    workers: u8,
    strict: bool,
    share: f64,
    timeout: Option<Window>,
    size: Option<ByteSize>,
    retries: Option<NonZeroU32>,
    trust: Vec<IpPrefix>,
    kind: Kind,
    upstreams: BTreeMap<String, Upstream>,
    endpoints: BTreeMap<Endpoint, Intent>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "read through Debug")]
enum Kind {
    #[default]
    Plain,
    Pair(u8, u8),
    Named {
        name: String,
    },
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "read through Debug")]
struct Upstream {
    url: String,
    #[serde(default)]
    weight: u16,
}

fn shown(text: &str) -> String {
    let root = read(text, Format::Yaml).unwrap();
    match decode::<Config>(&root) {
        Ok(config) => format!("{config:#?}\n"),
        Err(faults) => faults
            .iter()
            .map(|fault| {
                fault.diagnostic("CONFIG-001").render(Source { name: "c.yaml", text }, Colour::Never)
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown(text));
}

#[test]
fn every_shape_decodes() {
    check(
        "listen: here\nworkers: 3\nstrict: true\nshare: 1\ntimeout: 5s\nsize: 1024\nretries: 2\ntrust: [10.0.0.0/8]\n\
         kind: {named: {name: x}}\nupstreams:\n  shop: {url: 'http://a'}\nendpoints:\n  GET /a/{id}: {audience: authenticated}\n",
        &expect![[r#"
            Config {
                listen: Spanned {
                    value: "here",
                    span: Span {
                        start: 8,
                        end: 12,
                        line: 1,
                        column: 9,
                    },
                },
                workers: 3,
                strict: true,
                share: 1.0,
                timeout: Some(
                    Window {
                        millis: 5000,
                    },
                ),
                size: Some(
                    ByteSize(
                        1024,
                    ),
                ),
                retries: Some(
                    2,
                ),
                trust: [
                    IpPrefix {
                        base: 10.0.0.0,
                        length: 8,
                    },
                ],
                kind: Named {
                    name: "x",
                },
                upstreams: {
                    "shop": Upstream {
                        url: "http://a",
                        weight: 0,
                    },
                },
                endpoints: {
                    Endpoint {
                        method: Get,
                        template: `/a/{id}`,
                    }: Intent {
                        audience: Authenticated,
                        owner: None,
                        on_foreign: Refuse,
                        roles: [],
                        shared: None,
                        subject: None,
                        limit: [],
                        budget: [],
                        classes: ClassSet(
                            0,
                        ),
                        operator: None,
                        stream: None,
                        upstream: None,
                    },
                },
            }
        "#]],
    );
}

#[test]
fn a_section_that_is_written_but_empty_has_its_defaults() {
    let root = read("trust:\nupstreams:\ntimeout:\n", Format::Yaml).unwrap();
    let config: Config = decode(&root).unwrap();
    assert!(config.trust.is_empty() && config.upstreams.is_empty() && config.timeout.is_none());
    assert!(decode::<Config>(&read("", Format::Yaml).unwrap()).is_ok());
}

#[test]
fn unknown_keys_are_told_with_a_near_match_or_the_keys_there_are() {
    check(
        "lisen: a\nupstreams: {shop: {url: b, wieght: 2, colour: red}}\n",
        &expect![[r#"
        error[CONFIG-001]: unknown key `lisen`; did you mean `listen`?
         --> c.yaml:1:1
          |
        1 | lisen: a
          | ^^^^^
          |
          = help: the keys here are `listen`, `workers`, `strict`, `share`, `timeout`, `size`, `retries`, `trust`, `kind`, `upstreams` and `endpoints`

        error[CONFIG-001]: unknown key `wieght`; did you mean `weight`?
         --> c.yaml:2:28
          |
        2 | upstreams: {shop: {url: b, wieght: 2, colour: red}}
          |                            ^^^^^^
          |
          = help: the keys here are `url` and `weight`

        error[CONFIG-001]: unknown key `colour`
         --> c.yaml:2:39
          |
        2 | upstreams: {shop: {url: b, wieght: 2, colour: red}}
          |                                       ^^^^^^
          |
          = help: the keys here are `url` and `weight`
    "#]],
    );
}

#[test]
fn a_value_of_the_wrong_type_is_told_in_plain_words() {
    check(
        "listen: 5\nworkers: 300\nstrict: yes\nshare: lots\ntimeout: 5 minutes\nsize: -1\nretries: 0\ntrust: 10.0.0.0/8\n",
        &expect![[r#"
            error[CONFIG-001]: expected text, found the number `5`
             --> c.yaml:1:9
              |
            1 | listen: 5
              |         ^
              |
              = help: put the value in quotes

            error[CONFIG-001]: expected a whole number from 0 to 255, found the number `300`
             --> c.yaml:2:10
              |
            2 | workers: 300
              |          ^^^

            error[CONFIG-001]: expected `true` or `false`, found text `yes`
             --> c.yaml:3:9
              |
            3 | strict: yes
              |         ^^^
              |
              = help: write `true` or `false`; `yes`, `no`, `on` and `off` are text in YAML 1.2

            error[CONFIG-001]: expected a number, found text `lots`
             --> c.yaml:4:8
              |
            4 | share: lots
              |        ^^^^

            error[CONFIG-001]: `5 minutes` is no span of time; write a whole number and a unit, such as `250ms`, `90s`, `5m`, `1h`, `30d`
             --> c.yaml:5:10
              |
            5 | timeout: 5 minutes
              |          ^^^^^^^^^

            error[CONFIG-001]: a size is not negative
             --> c.yaml:6:7
              |
            6 | size: -1
              |       ^^

            error[CONFIG-001]: expected a whole number of at least 1, found the number `0`
             --> c.yaml:7:10
              |
            7 | retries: 0
              |          ^

            error[CONFIG-001]: expected a list, found text `10.0.0.0/8`
             --> c.yaml:8:8
              |
            8 | trust: 10.0.0.0/8
              |        ^^^^^^^^^^
              |
              = help: write each element on a line of its own that starts with `- `
        "#]],
    );
}

#[test]
fn a_missing_key_is_told_at_the_mapping_that_lacks_it() {
    check(
        "upstreams:\n  shop:\n    weight: 1\n  till: {}\n",
        &expect![[r#"
        error[CONFIG-001]: the key `url` is missing here
         --> c.yaml:2:3
          |
        2 |   shop:
          |   ^^^^
          |
          = help: add `url:`

        error[CONFIG-001]: the key `url` is missing here
         --> c.yaml:4:3
          |
        4 |   till: {}
          |   ^^^^
          |
          = help: add `url:`
    "#]],
    );
}

#[test]
fn a_key_whose_value_is_wrong_is_not_told_as_missing_too() {
    check(
        "upstreams:\n  shop:\n    url: [a]\n",
        &expect![[r#"
        error[CONFIG-001]: expected text, found a list
         --> c.yaml:3:5
          |
        3 |     url: [a]
          |     ^^^
    "#]],
    );
}

#[test]
fn words_of_a_closed_list_are_told_with_the_list() {
    check(
        "kind: plane\n",
        &expect![[r#"
        error[CONFIG-001]: unknown value `plane`; did you mean `plain`?
         --> c.yaml:1:7
          |
        1 | kind: plane
          |       ^^^^^
          |
          = help: use one of `plain`, `pair` and `named`
    "#]],
    );
    check(
        "kind: named\n",
        &expect![[r#"
        error[CONFIG-001]: `named` needs a value
         --> c.yaml:1:7
          |
        1 | kind: named
          |       ^^^^^
          |
          = help: write `named:` and its keys or values below
    "#]],
    );
    check(
        "kind: {plain: 1}\n",
        &expect![[r#"
        error[CONFIG-001]: `plain` takes no value
         --> c.yaml:1:8
          |
        1 | kind: {plain: 1}
          |        ^^^^^
          |
          = help: write `plain` alone
    "#]],
    );
    check(
        "kind: [plain]\n",
        &expect![[r#"
        error[CONFIG-001]: expected one of `plain`, `pair`, `named`, found a list
         --> c.yaml:1:1
          |
        1 | kind: [plain]
          | ^^^^
    "#]],
    );
}

#[test]
fn what_a_domain_type_says_stands_at_its_value() {
    check(
        "trust:\n  - 10.0.0.0/8\n  - 10.0.0.0/99\nendpoints:\n  GET a: {audience: authenticated}\n  GET /a:\n    audience: everyone\n  GET /b:\n    audience: authenticated\n    owner: $.id = sub\n    budget: [{subjects: 5}]\n",
        &expect![[r#"
            error[CONFIG-001]: `10.0.0.0/99` is no network; write an address and a length, such as `192.0.2.0/24` or `2001:db8::/48`
             --> c.yaml:3:5
              |
            3 |   - 10.0.0.0/99
              |     ^^^^^^^^^^^

            error[CONFIG-001]: `a` is no path template: it must start with `/`
             --> c.yaml:5:3
              |
            5 |   GET a: {audience: authenticated}
              |   ^^^^^

            error[CONFIG-001]: unknown value `everyone`
             --> c.yaml:7:15
              |
            7 |     audience: everyone
              |               ^^^^^^^^
              |
              = help: use one of `public`, `authenticated`, `partner` and `internal`

            error[CONFIG-001]: `$.id = sub` is no ownership rule: the right side must be `claim.NAME`; write `$.customer_id = claim.sub`, `path.id = claim.sub` or `parent GET /v1/orders/{id}`
              --> c.yaml:10:12
               |
            10 |     owner: $.id = sub
               |            ^^^^^^^^^^

            error[CONFIG-001]: the key `per` is missing here
              --> c.yaml:11:15
               |
            11 |     budget: [{subjects: 5}]
               |               ^^^^^^^^
               |
               = help: add `per:`
        "#]],
    );
}

#[test]
fn a_document_of_another_kind_altogether_is_one_fault() {
    check(
        "- a\n- b\n",
        &expect![[r#"
        error[CONFIG-001]: expected a mapping, found a list
         --> c.yaml:1:1
          |
        1 | - a
          | ^^^
          |
          = help: write `key: value` lines, indented below
    "#]],
    );
    check(
        "just text\n",
        &expect![[r#"
        error[CONFIG-001]: expected a mapping, found text `just text`
         --> c.yaml:1:1
          |
        1 | just text
          | ^^^^^^^^^
          |
          = help: write `key: value` lines, indented below
    "#]],
    );
}

#[test]
fn what_is_right_can_be_looked_at_beside_the_faults() {
    let root = read("workers: 300\nlisten: x\n", Format::Yaml).unwrap();
    let (config, faults) = decode_what_can_be::<Config>(&root);
    assert_eq!((config.unwrap().listen.value.as_str(), faults.len()), ("x", 1));
}

#[test]
fn a_spanned_value_knows_its_line_and_other_formats_can_read_it_too() {
    let root = read("strict: true\nlisten: here\n", Format::Yaml).unwrap();
    let config: Config = decode(&root).unwrap();
    assert_eq!((config.listen.span.line, config.listen.span.column), (2, 9));
    let spanned: Spanned<u8> = serde_json::from_str("5").unwrap();
    assert_eq!((spanned.value, spanned.span.line), (5, 0));
}

#[test]
fn faults_are_told_up_to_a_bound() {
    let text: String = (0..100).map(|n| format!("k{n}: 1\n")).collect();
    let faults = decode::<Config>(&read(&text, Format::Yaml).unwrap()).unwrap_err();
    assert_eq!(faults.len(), spec::decode::MOST_FAULTS);
    let text = format!("trust: [{}]", vec!["x"; 100].join(","));
    let faults = decode::<Config>(&read(&text, Format::Yaml).unwrap()).unwrap_err();
    assert_eq!(faults.len(), spec::decode::MOST_FAULTS);
}
