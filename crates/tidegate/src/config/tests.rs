//! The manual is complete and true, and every fault has its line.

// long: golden texts of every fault of the configuration file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use domain::{Mode, Timestamp};
use expect_test::{Expect, expect};
use spec::decode::decode;
use spec::diagnostic::Colour;
use spec::tree::{Format, Node, Value, read};

use super::{Config, DEFAULT_TEXT, load, without_file};

fn config(text: &str) -> Config {
    let root = read(text, Format::Yaml).unwrap();
    decode(&root).unwrap_or_else(|faults| {
        panic!("{}", faults.iter().map(|f| format!("{}:{}\n", f.at.line, f)).collect::<String>())
    })
}

/// The manual with its examples in force: `#key:` and `#  - item` lines without their sign, and the
/// empty values above them left out.
fn with_examples() -> String {
    let is_setting = |line: &str| {
        let rest = line.trim_start().strip_prefix('#');
        rest.is_some_and(|rest| !rest.is_empty() && (!rest.starts_with(' ') || rest.starts_with("  ")))
    };
    let key = |line: &str| {
        line.trim_start().trim_start_matches('#').split(':').next().unwrap_or_default().to_owned()
    };
    let lines: Vec<&str> = DEFAULT_TEXT.lines().collect();
    let mut out = String::new();
    for (nth, line) in lines.iter().enumerate() {
        let replaced = [": {}", ": []"].iter().any(|empty| line.ends_with(empty))
            && !is_setting(line)
            && lines[nth + 1..].iter().take(2).any(|next| is_setting(next) && key(next) == key(line));
        if is_setting(line) {
            let (indent, rest) = line.split_once('#').unwrap();
            out.push_str(&format!("{indent}{rest}\n"));
        } else if !replaced {
            out.push_str(&format!("{line}\n"));
        }
    }
    out
}

#[test]
fn the_manual_shows_exactly_the_defaults() {
    assert_eq!(format!("{:#?}", config(DEFAULT_TEXT)), format!("{:#?}", Config::default()));
}

#[test]
fn the_manual_names_every_key_and_its_examples_are_right() {
    let text = with_examples();
    let example = config(&text);
    assert_eq!((example.upstreams.len(), example.specs.len(), example.endpoints.len()), (1, 1, 2));
    // A key that nobody knows, put into each mapping in turn, makes the reader list the keys it knows.
    let root = read(&text, Format::Yaml).unwrap();
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for_each_mapping(&root, &mut |mapping: &Node| {
        let Some((first, _)) = mapping.entries().next() else { return };
        let (before, after) = text.split_at(first.span.range().start);
        let flow = before.trim_end().ends_with('{');
        let indent = " ".repeat(usize::try_from(first.span.column).unwrap() - 1);
        let separator = if flow { ", ".to_owned() } else { format!("\n{indent}") };
        let spoilt = format!("{before}zzzz: 1{separator}{after}");
        let faults = decode::<Config>(&read(&spoilt, Format::Yaml).unwrap()).unwrap_err();
        let listed =
            faults.iter().find_map(|fault| fault.help.as_deref()?.strip_prefix("the keys here are "));
        if let Some(listed) = listed {
            let keys = mapping.entries().map(|(key, _)| key.text.to_string());
            named.entry(listed.to_owned()).or_default().extend(keys);
        }
    });
    assert!(named.len() > 20, "only {} kinds of sections were seen", named.len());
    for (listed, named) in named {
        let missing: Vec<_> =
            listed.split('`').skip(1).step_by(2).filter(|key| !named.contains(*key)).collect();
        assert!(missing.is_empty(), "the manual does not name {missing:?} beside {named:?}");
    }
}

fn for_each_mapping(node: &Node, found: &mut impl FnMut(&Node)) {
    if matches!(node.value, Value::Mapping(_)) {
        found(node);
    }
    node.items().iter().for_each(|item| for_each_mapping(item, found));
    node.entries().for_each(|(_, value)| for_each_mapping(value, found));
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Mid 2026.
const NOW: Timestamp = Timestamp::from_secs(1_782_000_000);

fn check(files: &[(&str, &str)], expected: &Expect) {
    let folder = folder(files);
    let shown = match load(&folder.path().join("t.yaml"), |_| {}, &[], NOW) {
        Ok(loaded) => {
            let blueprint = &loaded.blueprint;
            let operations: String = blueprint
                .operations
                .iter()
                .map(|plan| {
                    let audience =
                        plan.declared.intent.as_ref().map(|intent| format!("{:?}", intent.audience));
                    format!(
                        "{} `{}` {} -> {}\n",
                        plan.declared.endpoint,
                        plan.declared.id,
                        audience.unwrap_or_default(),
                        plan.upstream
                    )
                })
                .collect();
            let upstreams: Vec<_> = blueprint.upstreams.iter().map(|plan| plan.name.as_str()).collect();
            let warnings: String =
                loaded.warnings.iter().map(|finding| finding.render(Colour::Never)).collect();
            format!("{} {upstreams:?}\n{operations}{warnings}", blueprint.mode)
        }
        Err(findings) => {
            findings.iter().map(|finding| finding.render(Colour::Never)).collect::<Vec<_>>().join("\n")
        }
    };
    expected.assert_eq(&shown.replace(&folder.path().display().to_string(), "."));
}

const UPSTREAM: &str = "upstreams: {shop: {url: 'http://127.0.0.1:1'}}\n";

#[test]
fn a_whole_configuration_loads_with_every_file_it_names() {
    check(
        &[
            (
                "t.yaml",
                "mode: enforce\ndirect: true\nupstreams:\n  a: {url: 'http://127.0.0.1:1'}\n  shop: {url: 'http://127.0.0.1:2', operator: Shop Ltd}\nupstream: shop\n\
                 specs:\n  - {file: api/shop.yaml, upstream: a, base: /v2}\n\
                 endpoints:\n  GET /v2/orders/{id}: {audience: {internal: [10.0.0.0/8]}}\n  GET /own: {audience: authenticated, roles: [staff]}\n\
                 policies: [policies]\n",
            ),
            (
                "api/shop.yaml",
                "openapi: 3.0.0\nservers: [{url: /v1}]\npaths:\n  /orders/{id}:\n    parameters: [{name: id, in: path, required: true}]\n    get: {operationId: readOrder, x-tidegate: {audience: authenticated}}\n  /open:\n    get: {x-tidegate: {audience: {public: {reason: r, owner: o, expires: '2026-01-01'}}}}\n",
            ),
            ("policies/a.cedar", "permit(principal, action in Action::\"call\", resource);\n"),
            ("policies/readme.txt", "not read"),
        ],
        &expect![[r#"
            enforce ["shop", "a"]
            GET /v2/orders/{id} `readOrder` Internal([IpPrefix { base: 10.0.0.0, length: 8 }]) -> 1
            GET /v2/open `GET /v2/open` Public(PublicDecl { reason: "r", owner: "o", expires: Timestamp(1767311999999) }) -> 1
            GET /own `GET /own` Authenticated -> 0
            warning[POLICY-002]: `./policies/a.cedar:1` permits what every audience permits already, so it has no effect
             --> ./policies/a.cedar:1:1
              |
            1 | permit(principal, action in Action::"call", resource);
              | ^
              |
              = help: remove it, or narrow it to one operation
            warning[CONFIG-011]: `GET /v2/open` was declared public until 2026-01-01T23:59:59.999Z: it is closed
             --> ./api/shop.yaml:8:11
              |
            8 |     get: {x-tidegate: {audience: {public: {reason: r, owner: o, expires: '2026-01-01'}}}}
              |           ^^^^^^^^^^
              |
              = help: renew `expires` where it is still right, or declare another audience
            warning[CONFIG-011]: `GET /own` is for verified callers, and nobody can be verified
              --> ./t.yaml:11:3
               |
            11 |   GET /own: {audience: authenticated, roles: [staff]}
               |   ^^^^^^^^
               |
               = help: add `issuers` or `api_keys` under `identify` in the configuration
            warning[CONFIG-011]: `GET /own` names the role `staff`, which no token or key gives
              --> ./t.yaml:11:3
               |
            11 |   GET /own: {audience: authenticated, roles: [staff]}
               |   ^^^^^^^^
               |
               = help: map a claim to it under `issuers`, `roles`, or add it to a key
        "#]],
    );
}

#[test]
fn an_operation_that_stands_in_two_files_is_told_with_both() {
    let document = |parameter: &str, id: &str| {
        format!(
            "openapi: 3.0.0\npaths:\n  /a/{{{parameter}}}:\n    parameters: [{{name: {parameter}, in: path}}]\n    get: {{operationId: {id}}}\n"
        )
    };
    check(
        &[
            (
                "t.yaml",
                &format!(
                    "{UPSTREAM}specs: [{{file: a.yaml}}, {{file: b.yaml}}, {{file: c.yaml, base: /c}}]\n"
                ),
            ),
            ("a.yaml", &document("x", "one")),
            ("b.yaml", &document("y", "two")),
            ("c.yaml", &document("z", "one")),
        ],
        &expect![[r#"
            error[CONFIG-006]: `GET /a/{y}` matches the same requests as `GET /a/{x}` (./a.yaml:5)
             --> ./b.yaml:5:5
              |
            5 |     get: {operationId: two}
              |     ^^^
              |
              = help: keep one of them; to replace a document's intent, write its path letter by letter

            error[CONFIG-006]: the operation id `one` is that of `GET /a/{x}` too (./a.yaml:5)
             --> ./c.yaml:5:5
              |
            5 |     get: {operationId: one}
              |     ^^^
              |
              = help: policies name operations by id: give each its own `operationId`
        "#]],
    );
}

#[test]
fn who_can_never_call_is_told() {
    check(
        &[(
            "t.yaml",
            &format!(
                "{UPSTREAM}endpoints:\n  GET /a: {{audience: {{partner: [parcels, unknown]}}, roles: [batch, nobody]}}\n\
             identify:\n  api_keys:\n    - {{name: p, digest: 'sha256:{}', partner: parcels, roles: [batch]}}\n",
                "0f".repeat(32)
            ),
        )],
        &expect![[r#"
            observe ["shop"]
            GET /a `GET /a` Partner(["parcels", "unknown"]) -> 0
            warning[CONFIG-011]: `GET /a` is for the partner `unknown`, who has no API key
             --> ./t.yaml:3:3
              |
            3 |   GET /a: {audience: {partner: [parcels, unknown]}, roles: [batch, nobody]}
              |   ^^^^^^
              |
              = help: add a key with `partner: NAME` under `identify`, `api_keys` in the configuration
            warning[CONFIG-011]: the role `batch` has no budget of its own: it has that of any verified caller
             --> ./t.yaml:3:3
              |
            3 |   GET /a: {audience: {partner: [parcels, unknown]}, roles: [batch, nobody]}
              |   ^^^^^^
              |
              = help: name it under `budgets`, `roles`, such as `staff: [{ subjects: 500, per: 24h }]`
            warning[CONFIG-011]: `GET /a` names the role `nobody`, which no token or key gives
             --> ./t.yaml:3:3
              |
            3 |   GET /a: {audience: {partner: [parcels, unknown]}, roles: [batch, nobody]}
              |   ^^^^^^
              |
              = help: map a claim to it under `issuers`, `roles`, or add it to a key
        "#]],
    );
}

#[test]
fn what_is_wrong_in_the_file_itself_is_told_at_once() {
    check(
        &[("t.yaml", "lisen: x\nmode: gard\nbudgets: {adress: []}\nlisten: here\n")],
        &expect![[r#"
            error[CONFIG-002]: unknown key `lisen`; did you mean `listen`?
             --> ./t.yaml:1:1
              |
            1 | lisen: x
              | ^^^^^
              |
              = help: the keys here are `listen`, `mode`, `direct`, `trust`, `forwarding_header`, `upstreams`, `upstream`, `extra_roots`, `specs`, `endpoints`, `identify`, `policies`, `patches`, `budgets`, `limits`, `detect`, `respond`, `alerts`, `exchange`, `connections`, `ledger`, `state`, `exchange_log`, `recent`, `admin` and `log`

            error[CONFIG-002]: unknown value `gard`; did you mean `guard`?
             --> ./t.yaml:2:7
              |
            2 | mode: gard
              |       ^^^^
              |
              = help: use one of `observe`, `guard` and `enforce`

            error[CONFIG-002]: unknown key `adress`; did you mean `address`?
             --> ./t.yaml:3:11
              |
            3 | budgets: {adress: []}
              |           ^^^^^^
              |
              = help: the keys here are `address`, `network`, `confirmed`, `verified`, `partner`, `roles`, `anonymous_endpoint`, `anonymous_everywhere`, `signed_in_endpoint`, `signed_in_address`, `signed_in_network`, `signed_in_first_address`, `signed_in_first_network`, `look_ups`, `keys` and `subjects`

            error[CONFIG-002]: `here` is no address; write for example `127.0.0.1:8090`, `0.0.0.0:8090` or `unix:/run/tidegate.sock`
             --> ./t.yaml:4:9
              |
            4 | listen: here
              |         ^^^^

            error[CONFIG-005]: there is no upstream to send requests to
            --> ./t.yaml
             = help: write `upstreams:` with a name and its `url: http://127.0.0.1:8080`
        "#]],
    );
    check(
        &[("t.yaml", "mode: [\n")],
        &expect![[r#"
            error[TEXT-001]: this is never closed
             --> ./t.yaml:1:7
              |
            1 | mode: [
              |       ^
              |
              = help: close it: every `[` and `{` needs its `]` and `}`
        "#]],
    );
    check(
        &[],
        &expect![[r#"
        error[CONFIG-001]: cannot read `./t.yaml`: no such file or directory
        --> ./t.yaml
         = help: name an existing file; `tidegate config default` prints one to begin with
    "#]],
    );
}

#[test]
fn what_cannot_work_is_told_with_its_cure() {
    check(
        &[("t.yaml", "mode: guard\n")],
        &expect![[r#"
        error[CONFIG-004]: `mode: guard` must know whose address counts
         --> ./t.yaml:1:1
          |
        1 | mode: guard
          | ^^^^
          |
          = help: add `direct: true` where clients connect without a proxy, or `trust:` with the networks of the proxies

        error[CONFIG-005]: there is no upstream to send requests to
        --> ./t.yaml
         = help: write `upstreams:` with a name and its `url: http://127.0.0.1:8080`
    "#]],
    );
    check(
        &[("t.yaml", &format!("mode: guard\ndirect: true\ntrust: [10.0.0.0/8]\n{UPSTREAM}"))],
        &expect![[r#"
        error[CONFIG-004]: `direct` and `trust` exclude each other
         --> ./t.yaml:2:1
          |
        2 | direct: true
          | ^^^^^^
          |
          = help: keep `direct` where clients connect without a proxy, `trust` where they come through one
    "#]],
    );
    check(
        &[("t.yaml", &format!("mode: enforce\ndirect: true\n{UPSTREAM}"))],
        &expect![[r#"
        error[CONFIG-010]: `mode: enforce` would refuse everything: no operation has an intent
         --> ./t.yaml:1:1
          |
        1 | mode: enforce
          | ^^^^
          |
          = help: add `x-tidegate` to a document under `specs:`, or intents under `endpoints:`, or write `mode: guard`
    "#]],
    );
    check(
        &[("t.yaml", "upstreams:\n  a: {url: 'http://127.0.0.1:1'}\n  b: {url: 'ftp://x'}\n")],
        &expect![[r#"
        error[CONFIG-005]: there are several upstreams, and none is the one for everything
         --> ./t.yaml:1:1
          |
        1 | upstreams:
          | ^^^^^^^^^
          |
          = help: add `upstream:` with the name of the one for everything that names none
    "#]],
    );
    check(
        &[("t.yaml", "upstream: c\nupstreams:\n  a: {url: 'http://127.0.0.1:1/v1'}\n")],
        &expect![[r#"
        error[CONFIG-005]: there is no upstream `c`
         --> ./t.yaml:1:11
          |
        1 | upstream: c
          |           ^
          |
          = help: there is `a`
    "#]],
    );
    check(
        &[("t.yaml", "upstreams:\n  a: {url: 'http://127.0.0.1:1/v1'}\n")],
        &expect![[r#"
        error[CONFIG-005]: `http://127.0.0.1:1/v1` is no upstream: it has a path; write for example `http://127.0.0.1:8080`
         --> ./t.yaml:2:12
          |
        2 |   a: {url: 'http://127.0.0.1:1/v1'}
          |            ^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: name scheme, host and port only; paths go through unchanged
    "#]],
    );
    check(
        &[(
            "t.yaml",
            &format!(
                "{UPSTREAM}budgets: {{look_ups: {{address: [{{subjects: 1, per: 60d}}]}}}}\nlimits: {{client: {{requests: 0, per: 1s}}}}\nledger: {{retention: 1d}}\nconnections: {{head_bytes: 100}}\n"
            ),
        )],
        &expect![[r#"
            error[CONFIG-008]: the window `60d` of `look_ups.address` is not between 1s and 30d
             --> ./t.yaml:2:22
              |
            2 | budgets: {look_ups: {address: [{subjects: 1, per: 60d}]}}
              |                      ^^^^^^^
              |
              = help: `tidegate config default` shows every budget with its default

            error[CONFIG-008]: the limit `client` lets no request pass
             --> ./t.yaml:3:10
              |
            3 | limits: {client: {requests: 0, per: 1s}}
              |          ^^^^^^
              |
              = help: write at least 1, or `null` for no limit

            error[CONFIG-008]: a retention of 24h forgets what budgets look back to
             --> ./t.yaml:4:10
              |
            4 | ledger: {retention: 1d}
              |          ^^^^^^^^^
              |
              = help: write at least `31d`

            error[CONFIG-008]: heads of requests need at least 8KiB
             --> ./t.yaml:5:15
              |
            5 | connections: {head_bytes: 100}
              |               ^^^^^^^^^^
              |
              = help: leave it out for its default, `32KiB`
        "#]],
    );
    check(
        &[(
            "t.yaml",
            &format!(
                "{UPSTREAM}endpoints:\n  GET /a:\n    audience: authenticated\n    limit: [{{per: 1m}}]\n    budget: [{{subjects: 1, per: 90d}}]\n"
            ),
        )],
        &expect![[r#"
            error[CONFIG-006]: a limit must count either `requests` or `distinct` objects
             --> ./t.yaml:3:3
              |
            3 |   GET /a:
              |   ^^^^^^
              |
              = help: write for example `{ requests: 100, per: 1m }`

            error[CONFIG-006]: the window `90d` of `budget` is not between 1s and 30d
             --> ./t.yaml:3:3
              |
            3 |   GET /a:
              |   ^^^^^^
        "#]],
    );
}

#[test]
fn a_slip_of_the_pen_is_no_rule() {
    check(
        &[
            (
                "t.yaml",
                &format!(
                    "{UPSTREAM}specs: [{{file: a.yaml}}]\nendpoints:\n  GTE /a: {{audience: authenticated}}\n  get /b: {{audience: authenticated}}\n  ANY /c: {{audience: authenticated}}\n  PURGE /d: {{audience: authenticated}}\n  \
                     GET /customers/{{id}}: {{audience: authenticated, owner: path.nope = claim.sub}}\n  GET /all: {{audience: authenticated, owner: [$.id = claim.sub, path.id = claim.sub]}}\n  \
                     GET /orders/{{id}}: {{audience: authenticated}}\n  GET /orders/{{id}}/lines: {{audience: authenticated, owner: \"parent GET /order/{{id}}\"}}\n  GET /orders/{{id}}/parcels: {{audience: authenticated, owner: \"parent GET /orders/{{id}}\"}}\n"
                ),
            ),
            (
                "a.yaml",
                "openapi: 3.0.0\npaths:\n  /e/{id}:\n    parameters: [{name: id, in: path, required: true}]\n    get:\n      x-tidegate: {audience: authenticated, owner: path.ident = claim.sub}\n",
            ),
        ],
        &expect![[r#"
            error[CONFIG-006]: `ANY` is no HTTP method
             --> ./t.yaml:6:3
              |
            6 |   ANY /c: {audience: authenticated}
              |   ^^^^^^
              |
              = help: write for example `GET /c`; each method is declared by itself

            error[CONFIG-006]: `GTE` is no HTTP method
             --> ./t.yaml:4:3
              |
            4 |   GTE /a: {audience: authenticated}
              |   ^^^^^^
              |
              = help: did you mean `GET /a`?

            error[CONFIG-006]: `get` is no HTTP method
             --> ./t.yaml:5:3
              |
            5 |   get /b: {audience: authenticated}
              |   ^^^^^^
              |
              = help: did you mean `GET /b`?

            error[CONFIG-006]: the path of `GET /e/{id}` has no parameter `ident`: nobody would own anything
             --> ./a.yaml:6:7
              |
            6 |       x-tidegate: {audience: authenticated, owner: path.ident = claim.sub}
              |       ^^^^^^^^^^
              |
              = help: write `path.id = claim.sub`

            error[CONFIG-006]: the path of `GET /all` has no parameter `id`: nobody would own anything
             --> ./t.yaml:9:39
              |
            9 |   GET /all: {audience: authenticated, owner: [$.id = claim.sub, path.id = claim.sub]}
              |                                       ^^^^^
              |
              = help: name a field of its records: `$.customer_id = claim.sub`

            error[CONFIG-006]: the path of `GET /customers/{id}` has no parameter `nope`: nobody would own anything
             --> ./t.yaml:8:50
              |
            8 |   GET /customers/{id}: {audience: authenticated, owner: path.nope = claim.sub}
              |                                                  ^^^^^
              |
              = help: write `path.id = claim.sub`

            error[CONFIG-006]: the parent `GET /order/{id}` is not declared: nobody is ever shown it
              --> ./t.yaml:11:53
               |
            11 |   GET /orders/{id}/lines: {audience: authenticated, owner: "parent GET /order/{id}"}
               |                                                     ^^^^^
               |
               = help: did you mean `parent GET /orders/{id}`? The path is written letter by letter

            error[CONFIG-006]: the parent `GET /orders/{id}` declares no `owner`: nobody is ever shown it as their own
              --> ./t.yaml:12:55
               |
            12 |   GET /orders/{id}/parcels: {audience: authenticated, owner: "parent GET /orders/{id}"}
               |                                                       ^^^^^
               |
               = help: declare there whose its records are, such as `owner: $.customer_id = claim.sub`
        "#]],
    );
    check(
        &[(
            "t.yaml",
            &format!(
                "mode: guard\ndirect: true\n{UPSTREAM}budgets:\n  address: []\n  anonymous_endpoint: []\n"
            ),
        )],
        &expect![[r#"
            error[CONFIG-008]: the budget `address` is empty, which would let everybody's data out
             --> ./t.yaml:5:3
              |
            5 |   address: []
              |   ^^^^^^^
              |
              = help: leave it out for its default; to lift a budget on purpose, write the greatest: `[{ subjects: 1000000, per: 1h }]`
        "#]],
    );
    check(
        &[(
            "t.yaml",
            &format!(
                "{UPSTREAM}budgets:\n  roles:\n    staf: [{{subjects: 100, per: 1h}}]\n    night: [{{subjects: 100, per: 1h}}]\nidentify:\n  api_keys:\n    - {{name: p, digest: 'sha256:{}', roles: [staff]}}\n",
                "0f".repeat(32)
            ),
        )],
        &expect![[r#"
            observe ["shop"]
            warning[CONFIG-011]: nobody has the role `night` of this budget: no token or key gives it
             --> ./t.yaml:5:5
              |
            5 |     night: [{subjects: 100, per: 1h}]
              |     ^^^^^
              |
              = help: map a claim to it under `identify`, `issuers`, `roles`, or add it to a key
            warning[CONFIG-011]: nobody has the role `staf` of this budget: no token or key gives it
             --> ./t.yaml:4:5
              |
            4 |     staf: [{subjects: 100, per: 1h}]
              |     ^^^^
              |
              = help: did you mean `staff`?
        "#]],
    );
}

#[test]
fn the_help_is_about_what_is_wrong() {
    check(
        &[(
            "t.yaml",
            &format!("{UPSTREAM}connections: {{drain_timeout: 10}}\nledger: {{key_period: [1]}}\n"),
        )],
        &expect![[r#"
            error[CONFIG-002]: expected a span of time, such as `10s` or `5m`, found the number `10`
             --> ./t.yaml:2:30
              |
            2 | connections: {drain_timeout: 10}
              |                              ^^

            error[CONFIG-002]: expected a span of time, such as `10s` or `5m`, found a list
             --> ./t.yaml:3:10
              |
            3 | ledger: {key_period: [1]}
              |          ^^^^^^^^^^
        "#]],
    );
    check(
        &[("t.yaml", "mode: guard\nbudgets: {address: [\n\n")],
        &expect![[r#"
        error[TEXT-001]: this is never closed
         --> ./t.yaml:2:20
          |
        2 | budgets: {address: [
          |                    ^
          |
          = help: close it: every `[` and `{` needs its `]` and `}`
    "#]],
    );
    check(
        &[
            (
                "t.yaml",
                &format!(
                    "{UPSTREAM}identify:\n  issuers:\n    - {{issuer: a, audience: x, jwks: a.json}}\n    - issuer: b\n      audience: x\n      jwks: gone.json\n"
                ),
            ),
            (
                "a.json",
                r#"{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","kid":"k","x":"1pdYZXH1_8_ShQJz-9Zt-OZw7TeAASzvsFfEuATgDV4","y":"4YZ4iqODohspovn4lh8lu_DeFUnuaF-A_m7a92w2CwI"}]}"#,
            ),
        ],
        &expect![[r#"
            error[CONFIG-003]: cannot read `./gone.json`: no such file or directory
             --> ./t.yaml:7:13
              |
            7 |       jwks: gone.json
              |             ^^^^^^^^^
              |
              = help: the key set of `b` is named relative to this file
        "#]],
    );
    let folder = folder(&[]);
    let file = folder.path().join("latin.yaml");
    std::fs::write(&file, b"# M\xfcller\n").unwrap();
    let help = load(&file, |_| {}, &[], NOW).unwrap_err()[0].diagnostic.help.clone().unwrap();
    assert!(help.contains("UTF-8"), "{help}");
}

#[test]
fn files_that_are_named_are_read_and_judged() {
    check(
        &[
            (
                "t.yaml",
                &format!(
                    "{UPSTREAM}specs: [{{file: none.yaml}}, {{file: bad.yaml, upstream: nowhere}}]\npolicies: [gone, empty]\nextra_roots: bad.yaml\n"
                ),
            ),
            ("bad.yaml", "paths: [\n"),
            ("empty/x", ""),
        ],
        &expect![[r#"
            error[CONFIG-003]: cannot read `./none.yaml`: no such file or directory
             --> ./t.yaml:2:16
              |
            2 | specs: [{file: none.yaml}, {file: bad.yaml, upstream: nowhere}]
              |                ^^^^^^^^^
              |
              = help: name a file, relative to this one

            error[CONFIG-005]: there is no upstream `nowhere`
             --> ./t.yaml:2:55
              |
            2 | specs: [{file: none.yaml}, {file: bad.yaml, upstream: nowhere}]
              |                                                       ^^^^^^^
              |
              = help: there is `shop`

            error[TEXT-001]: this is never closed
             --> ./bad.yaml:1:8
              |
            1 | paths: [
              |        ^
              |
              = help: close it: every `[` and `{` needs its `]` and `}`

            error[CONFIG-003]: cannot read `./gone`: no such file or directory
             --> ./t.yaml:3:12
              |
            3 | policies: [gone, empty]
              |            ^^^^
              |
              = help: name files or folders under `policies`, relative to this file

            error[CONFIG-003]: the folder `empty` holds no `*.cedar` file
             --> ./t.yaml:3:18
              |
            3 | policies: [gone, empty]
              |                  ^^^^^
              |
              = help: where nothing shall be narrowed or forbidden, remove the folder from `policies`

            error[CONFIG-003]: cannot read root certificates from `./bad.yaml`: it holds no certificate
             --> ./t.yaml:4:14
              |
            4 | extra_roots: bad.yaml
              |              ^^^^^^^^
              |
              = help: name a PEM file with at least one certificate
        "#]],
    );
    check(
        &[
            ("t.yaml", &format!("{UPSTREAM}specs: [{{file: a.yaml}}]\n")),
            ("a.yaml", "openapi: 3.0.0\npaths:\n  /a: {get: {x-tidegate: {audience: authentcated}}}\n"),
        ],
        &expect![[r#"
            error[SPEC-008]: unknown value `authentcated`; did you mean `authenticated`?
             --> ./a.yaml:3:37
              |
            3 |   /a: {get: {x-tidegate: {audience: authentcated}}}
              |                                     ^^^^^^^^^^^^
              |
              = help: use one of `public`, `authenticated`, `partner` and `internal`
        "#]],
    );
    check(
        &[
            ("t.yaml", &format!("{UPSTREAM}policies: [p.cedar]\n")),
            ("p.cedar", "permit(principal, action, resource)\n  when { principle.x };\n"),
        ],
        &expect![[r#"
            error[POLICY-001]: invalid member access `principle.x`, `principle` has no fields or methods
             --> ./p.cedar:2:10
              |
            2 |   when { principle.x };
              |          ^^^^^^^^^^^
        "#]],
    );
    check(
        &[
            (
                "t.yaml",
                &format!("{UPSTREAM}identify: {{issuers: [{{issuer: i, audience: a, jwks: keys.json}}]}}\n"),
            ),
            ("keys.json", "{\"keys\": []}"),
        ],
        &expect![[r#"
            error[CONFIG-009]: none of its 0 keys can verify with an algorithm that is allowed for the issuer
             --> ./keys.json:1:1
              |
            1 | {"keys": []}
              | ^
              |
              = help: a key set is what the issuer serves at its `jwks_uri`
        "#]],
    );
}

#[test]
fn a_folder_stands_ready_for_the_first_patch() {
    check(
        &[("t.yaml", &format!("{UPSTREAM}patches: [patches]\n")), ("patches/readme.txt", "none yet")],
        &expect![[r#"
            observe ["shop"]
        "#]],
    );
}

#[test]
fn an_admin_address_needs_a_token_that_only_its_owner_reads() {
    check(
        &[("t.yaml", &format!("{UPSTREAM}admin: {{listen: '127.0.0.1:0'}}\n"))],
        &expect![[r#"
        error[CONFIG-007]: an admin address needs a token
         --> ./t.yaml:2:17
          |
        2 | admin: {listen: '127.0.0.1:0'}
          |                 ^^^^^^^^^^^^^
          |
          = help: add `token_file:` with a random token, or use the Unix socket alone
    "#]],
    );
    check(
        &[
            ("t.yaml", &format!("{UPSTREAM}admin: {{listen: '127.0.0.1:0', token_file: t}}\n")),
            ("t", "short\n"),
        ],
        &expect![[r#"
        warning[CONFIG-007]: others than its owner can read `./t`
         --> ./t.yaml:2:44
          |
        2 | admin: {listen: '127.0.0.1:0', token_file: t}
          |                                            ^
          |
          = help: run `chmod 600 ./t`

        error[CONFIG-007]: `./t` holds no token: at least 16 visible characters on one line
         --> ./t.yaml:2:44
          |
        2 | admin: {listen: '127.0.0.1:0', token_file: t}
          |                                            ^
          |
          = help: make one: `openssl rand -hex 32 > FILE; chmod 600 FILE`
    "#]],
    );
    let folder = folder(&[
        ("t.yaml", &format!("{UPSTREAM}admin: {{listen: '127.0.0.1:0', token_file: t}}\n")),
        ("t", "0123456789abcdef\n"),
    ]);
    let loaded = load(&folder.path().join("t.yaml"), |_| {}, &[], NOW).unwrap();
    assert!(
        loaded.warnings.iter().any(|finding| finding.diagnostic.message.contains("others than its owner"))
    );
    let (_, token) = loaded.admin.tcp.unwrap();
    assert_eq!(token.expose(), "0123456789abcdef");
    assert_eq!(loaded.admin.socket, Path::new("./tidegate-state/admin.sock"));
}

#[test]
fn the_command_line_alone_is_enough_and_may_change_a_file() {
    let upstream = |config: &mut Config| {
        let text = "upstreams: {shop: {url: 'http://127.0.0.1:1'}}";
        config.upstreams = super::tests::config(text).upstreams;
    };
    let mut alone = Config::default();
    assert!(without_file(alone.clone(), &[], NOW).unwrap_err()[0].diagnostic.message.contains("no upstream"));
    upstream(&mut alone);
    assert_eq!(without_file(alone.clone(), &[], NOW).unwrap().blueprint.mode, Mode::Observe);
    alone.mode = Mode::Guard;
    assert!(
        without_file(alone, &[], NOW).unwrap_err()[0].diagnostic.message.contains("whose address counts")
    );

    let folder = folder(&[("t.yaml", UPSTREAM)]);
    let guarded = |config: &mut Config| {
        config.mode = Mode::Guard;
        config.direct = true;
    };
    let loaded = load(&folder.path().join("t.yaml"), guarded, &[], NOW).unwrap();
    assert_eq!(loaded.blueprint.mode, Mode::Guard);
}

#[test]
fn a_finding_for_programs_has_its_place() {
    let folder = folder(&[("t.yaml", "mode: gard\n")]);
    let findings = load(&folder.path().join("t.yaml"), |_| {}, &[], NOW).unwrap_err();
    let json = findings[0].json();
    assert_eq!(
        (json["severity"].as_str(), json["line"].as_u64(), json["column"].as_u64()),
        (Some("error"), Some(1), Some(7))
    );
    assert_eq!(json["code"], "CONFIG-002");
}

#[test]
fn detectors_that_cannot_be_meant_are_told_with_their_line() {
    let detect =
        "detect:\n  off: [automaton]\n  canaries: [990001]\n  sources: 9\n  partner: {per_hour: 5}\n";
    check(
        &[("t.yaml", &format!("{UPSTREAM}{detect}"))],
        &expect![[r#"
            error[CONFIG-002]: unknown value `automaton`; did you mean `automation`?
             --> ./t.yaml:3:9
              |
            3 |   off: [automaton]
              |         ^^^^^^^^^
              |
              = help: use one of `sequential-ids`, `new-objects`, `page-walk`, `bulk`, `miss-storm`, `anonymous-data`, `foreign`, `volume`, `endpoint-sweep`, `surface-scan`, `session-minting`, `automation`, `canary` and `spent-budget`

            error[CONFIG-002]: expected text, found the number `990001`
             --> ./t.yaml:4:14
              |
            4 |   canaries: [990001]
              |              ^^^^^^
              |
              = help: put the value in quotes

            error[CONFIG-002]: the key `per_day` is missing here
             --> ./t.yaml:6:3
              |
            6 |   partner: {per_hour: 5}
              |   ^^^^^^^
              |
              = help: add `per_day:`

            error[CONFIG-008]: `sources` must be 64 or more
             --> ./t.yaml:5:3
              |
            5 |   sources: 9
              |   ^^^^^^^
              |
              = help: leave it out for its default
        "#]],
    );
    let detect = "detect:\n  canaries: [Canary, eve@example.com]\n  sources: 9\n  roles: {staff: {per_hour: 5, per_day: 9}}\n";
    check(
        &[("t.yaml", &format!("{UPSTREAM}{detect}"))],
        &expect![[r#"
        error[CONFIG-008]: `sources` must be 64 or more
         --> ./t.yaml:4:3
          |
        4 |   sources: 9
          |   ^^^^^^^
          |
          = help: leave it out for its default

        error[CONFIG-008]: the canary `Canary` is nobody
         --> ./t.yaml:3:3
          |
        3 |   canaries: [Canary, eve@example.com]
          |   ^^^^^^^^
          |
          = help: write an e-mail, a phone with its country code, or an id with its resource, such as `customer/990001`

        warning[CONFIG-011]: the role `staff` has no budget of its own, so no exchange is known to be in it
         --> ./t.yaml:5:11
          |
        5 |   roles: {staff: {per_hour: 5, per_day: 9}}
          |           ^^^^^
          |
          = help: give it one under `budgets`, `roles`
    "#]],
    );
}

#[test]
fn what_is_switched_off_is_told_at_every_start() {
    for (sections, warnings) in [
        ("detect: {off: [volume, canary]}", &["`volume`, `canary` is not listened to"][..]),
        ("detect: {enabled: false}", &["no detector looks at anything"]),
        ("respond: {mode: off}", &["signals become no incidents"]),
        ("respond: {off: [quarantine, slow]}", &["`slow`, `quarantine` is neither taken nor proposed"]),
        ("respond: {mode: propose}", &[]),
        ("detect: {off: [bulk]}\nrespond: {mode: off}", &["`bulk` is not", "signals become no incidents"]),
    ] {
        let folder = folder(&[("t.yaml", &format!("{UPSTREAM}{sections}\n"))]);
        let loaded = load(&folder.path().join("t.yaml"), |_| {}, &[], NOW).unwrap();
        let told: String = loaded.warnings.iter().map(|finding| finding.render(Colour::Never)).collect();
        assert_eq!(told.matches("warning[CONFIG-011]").count(), warnings.len(), "{told}");
        assert!(warnings.iter().all(|warning| told.contains(warning)), "{told}");
    }
}

#[test]
fn a_program_that_is_not_there_is_told_before_the_first_alert() {
    let alerts = "alerts:
  commands:
    gone: {argv: [/nowhere/page]}
    text: {argv: [./t.yaml]}
    fine: {argv: [/bin/sh, -c, exit]}
";
    let folder = folder(&[("t.yaml", "")]);
    let path = folder.path().join("t.yaml");
    let written = alerts.replace("./t.yaml", &path.display().to_string());
    std::fs::write(&path, format!("{UPSTREAM}{written}")).unwrap();
    let loaded = load(&path, |_| {}, &[], Timestamp::from_secs(1_800_000_000)).unwrap();
    let told: Vec<_> = loaded
        .warnings
        .iter()
        .map(|finding| {
            (finding.diagnostic.at.line, finding.diagnostic.code, finding.diagnostic.message.clone())
        })
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for ((line, code, message), (at, said)) in told.iter().zip([
        (4, "the program `/nowhere/page` of the command `gone` cannot be started: there is no such file"),
        (5, "of the command `text` cannot be started: it is not executable"),
    ]) {
        assert_eq!((*line, *code), (at, "CONFIG-012"), "{message}");
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn receivers_of_alerts_are_judged_with_their_lines() {
    let alerts = "alerts:
  webhooks:
    Ops: {url: 'https://alerts.example.com/a', secret_file: secret}
    forged: {url: 'https://alerts.example.com/b'}
    lost:
      url: https://alerts.example.com/c
      secret_file: nowhere
    plain:
      url: http://192.0.2.1/d
      secret_file: secret
    meant:
      url: http://192.0.2.1/e
      secret_file: secret
      plain_http: true
  syslog: {siem: {server: logs.example.com}}
  commands: {page: {argv: [page], timeout: 0s}}
  grouping: {growth: 1}
";
    check(
        &[("t.yaml", &format!("{UPSTREAM}{alerts}")), ("secret", "0123456789abcdef\n")],
        &expect![[r#"
        error[CONFIG-012]: `growth` is at least 2
          --> ./t.yaml:18:14
           |
        18 |   grouping: {growth: 1}
           |              ^^^^^^
           |
           = help: leave it out for its default

        error[CONFIG-012]: `timeout` is at least 1s
          --> ./t.yaml:17:35
           |
        17 |   commands: {page: {argv: [page], timeout: 0s}}
           |                                   ^^^^^^^
           |
           = help: leave it out for its default

        error[CONFIG-012]: `Ops` names no receiver of alerts: 1 to 32 lower-case letters, digits and dashes
         --> ./t.yaml:4:5
          |
        4 |     Ops: {url: 'https://alerts.example.com/a', secret_file: secret}
          |     ^^^
          |
          = help: rename it: its alerts wait in a folder of this name

        error[CONFIG-012]: the webhook `lost` cannot be used: the secret cannot be used: cannot read the secret file `./nowhere`: No such file or directory (os error 2)
         --> ./t.yaml:8:7
          |
        8 |       secret_file: nowhere
          |       ^^^^^^^^^^^
          |
          = help: make one: `openssl rand -hex 32 > FILE; chmod 600 FILE`; it is named relative to this file

        error[CONFIG-012]: the webhook `plain` cannot be used: http to another machine can be read on the way; use https, or say `plain_http: true`
         --> ./t.yaml:9:5
          |
        9 |     plain:
          |     ^^^^^
          |
          = help: write for example `url: https://alerts.example.com/hook`

        error[CONFIG-012]: the syslog server `siem` cannot be used: a syslog server is written `udp://host:514`, `tcp://host:601` or `tls://host:6514`
          --> ./t.yaml:16:19
           |
        16 |   syslog: {siem: {server: logs.example.com}}
           |                   ^^^^^^
           |
           = help: write for example `tls://logs.example.com:6514`

        error[CONFIG-012]: the command `page` cannot be used: a command is a list: the whole path of a program, and its arguments
          --> ./t.yaml:17:21
           |
        17 |   commands: {page: {argv: [page], timeout: 0s}}
           |                     ^^^^
           |
           = help: write for example `argv: [/usr/local/bin/page, --quick]`

        warning[CONFIG-012]: others than its owner can read `./secret`
         --> ./t.yaml:4:48
          |
        4 |     Ops: {url: 'https://alerts.example.com/a', secret_file: secret}
          |                                                ^^^^^^^^^^^
          |
          = help: run `chmod 600 ./secret`

        warning[CONFIG-012]: the webhook `forged` has no secret: whoever knows its URL can forge alerts, and who receives them cannot tell
         --> ./t.yaml:5:5
          |
        5 |     forged: {url: 'https://alerts.example.com/b'}
          |     ^^^^^^
          |
          = help: make one, `openssl rand -hex 32 > FILE; chmod 600 FILE`, and add `secret_file: FILE`

        warning[CONFIG-012]: others than its owner can read `./secret`
          --> ./t.yaml:14:7
           |
        14 |       secret_file: secret
           |       ^^^^^^^^^^^
           |
           = help: run `chmod 600 ./secret`

        warning[CONFIG-012]: everyone on the way to the webhook `meant` can read its alerts, addresses of clients included
          --> ./t.yaml:15:7
           |
        15 |       plain_http: true
           |       ^^^^^^^^^^
           |
           = help: use `https://` where you can

        warning[CONFIG-012]: others than its owner can read `./secret`
          --> ./t.yaml:11:7
           |
        11 |       secret_file: secret
           |       ^^^^^^^^^^^
           |
           = help: run `chmod 600 ./secret`
    "#]],
    );
}

#[test]
fn a_syslog_server_without_tls_on_another_machine_is_warned_of() {
    let alerts = "alerts:
  syslog:
    near: {server: 'udp://127.0.0.1:514'}
    relay: {server: 'tcp://[::1]'}
    sure: {server: 'tls://logs.example.com'}
    open: {server: 'udp://logs.example.com'}
    also: {server: 'tcp://192.0.2.1:601'}
";
    check(
        &[("t.yaml", &format!("{UPSTREAM}{alerts}"))],
        &expect![[r#"
            observe ["shop"]
            warning[CONFIG-012]: everyone on the way to the syslog server `also` can read its alerts, addresses of clients included, and forge others
             --> ./t.yaml:8:12
              |
            8 |     also: {server: 'tcp://192.0.2.1:601'}
              |            ^^^^^^
              |
              = help: use `tls://host:6514`, or a relay on this machine that does
            warning[CONFIG-012]: everyone on the way to the syslog server `open` can read its alerts, addresses of clients included, and forge others
             --> ./t.yaml:7:12
              |
            7 |     open: {server: 'udp://logs.example.com'}
              |            ^^^^^^
              |
              = help: use `tls://host:6514`, or a relay on this machine that does
        "#]],
    );
}
