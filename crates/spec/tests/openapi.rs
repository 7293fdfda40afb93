//! What is read from OpenAPI documents of every generation, sound and broken.
// long: golden readings and faults of whole documents.
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
use spec::openapi::{Operation, Reading, read, read_at};

fn line(operation: &Operation) -> String {
    let mut line = format!("{} `{}`", operation.endpoint, operation.id);
    if let Some(intent) = &operation.intent {
        line.push_str(&format!(" intent={}", serde_json::to_string(intent).unwrap()));
    }
    let security = &operation.security;
    if security.declared {
        let all = |all: &Vec<spec::openapi::Requirement>| {
            let one = |one: &spec::openapi::Requirement| match &one.kind {
                Some(kind) => format!("{}:{kind:?}{:?}", one.scheme, one.scopes),
                None => format!("{}:?", one.scheme),
            };
            all.iter().map(one).collect::<Vec<_>>().join("+")
        };
        let alternatives: Vec<_> = security.alternatives.iter().map(all).collect();
        line.push_str(&format!(
            " security=[{}]{}",
            alternatives.join(" | "),
            if security.is_optional() { " optional" } else { "" }
        ));
    }
    for parameter in &operation.parameters {
        line.push_str(&format!(
            " {:?}:{}{}",
            parameter.place,
            parameter.name,
            if parameter.required { "!" } else { "" }
        ));
    }
    if operation.deprecated {
        line.push_str(" deprecated");
    }
    format!("{line} @{}:{}", operation.span.line, operation.span.column)
}

fn shown(text: &str) -> String {
    let source = Source { name: "shop.yaml", text };
    match read(text, "shop.yaml") {
        Err(error) => error.diagnostics().iter().map(|fault| fault.render(source, Colour::Never)).collect(),
        Ok(reading) => shown_reading(&reading, source),
    }
}

fn shown_reading(reading: &Reading, source: Source<'_>) -> String {
    let lines: String = reading.operations.iter().map(|operation| line(operation) + "\n").collect();
    let faults: Vec<_> = reading.faults.iter().map(|fault| fault.render(source, Colour::Never)).collect();
    format!("{lines}{}", faults.join("\n"))
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown(text));
}

#[test]
fn a_document_of_2_0() {
    check(
        r#"
swagger: "2.0"
info: {title: Shop, version: "1"}
basePath: /v1/
securityDefinitions:
  key: {type: apiKey, in: header, name: X-Key}
  login: {type: basic}
  oauth: {type: oauth2, flow: implicit}
security: [{key: []}]
parameters:
  Page: {name: page, in: query, type: integer}
paths:
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, type: string}]
    get:
      operationId: readOrder
      security: [{oauth: [read, write], key: []}, {login: []}]
      parameters: [{$ref: '#/parameters/Page'}, {name: X-Trace, in: header, type: string}]
      responses: {200: {description: ok}}
    delete: {security: [], deprecated: true}
  /orders:
    post:
      parameters: [{name: order, in: body, required: true}, {name: file, in: formData}]
"#,
        &expect![[r#"
            GET /v1/orders/{id} `readOrder` security=[oauth:OAuth2["read", "write"]+key:ApiKey { place: "header", name: "X-Key" }[] | login:Http("basic")[]] Query:page Header:X-Trace Path:id! @15:5
            DELETE /v1/orders/{id} `DELETE /v1/orders/{id}` security=[] optional Path:id! deprecated @20:5
            POST /v1/orders `POST /v1/orders` security=[key:ApiKey { place: "header", name: "X-Key" }[]] Body:order! Form:file @22:5
        "#]],
    );
}

#[test]
fn a_document_of_3_0_with_servers_and_inherited_intent() {
    check(
        r#"
openapi: 3.0.3
info: {title: Shop}
servers:
  - url: https://{region}.shop.example/{base}/
    variables:
      region: {default: eu, enum: [eu, us]}
      base: {default: v1, enum: [v1, v2]}
  - url: https://other.example/v1
x-tidegate:
  audience: authenticated
  on_foreign: strip
  classes: [email, phone]
paths:
  /orders/{id}:
    x-tidegate: {owner: $.customer_id = claim.sub}
    parameters: [{name: id, in: path, required: true}]
    get: {operationId: readOrder}
    put:
      operationId: writeOrder
      x-tidegate: {on_foreign: refuse, budget: [{subjects: 5, per: 1h}]}
    servers: [{url: /orders-service}]
  /catalogue:
    get:
      operationId: list
      servers: [{url: ''}]
      x-tidegate: {$ref: '#/x-intents/open'}
  /health:
    get: {x-tidegate: null}
x-intents:
  open: {audience: {public: {reason: shop window, owner: web, expires: '2027-06-30'}}, classes: null}
"#,
        &expect![[r#"
            GET /orders-service/orders/{id} `readOrder` intent={"audience":"authenticated","owner":"$.customer_id = claim.sub","on_foreign":"strip","classes":["email","phone"]} Path:id! @18:5
            PUT /orders-service/orders/{id} `writeOrder` intent={"audience":"authenticated","owner":"$.customer_id = claim.sub","on_foreign":"refuse","budget":[{"subjects":5,"per":"1h"}],"classes":["email","phone"]} Path:id! @19:5
            GET /catalogue `list` intent={"audience":{"public":{"reason":"shop window","owner":"web","expires":"2027-06-30T23:59:59.999Z"}},"on_foreign":"strip","classes":[]} @24:5
            GET /v1/health `GET /v1/health` @29:5
            GET /v2/health `GET /v2/health` @29:5
        "#]],
    );
}

#[test]
fn a_document_of_3_1_with_references() {
    check(
        r##"{
  "openapi": "3.1.0",
  "components": {
    "securitySchemes": {"token": {"type": "http", "scheme": "Bearer"}, "cert": {"type": "mutualTLS"}, "oidc": {"$ref": "#/components/securitySchemes/real"}, "real": {"type": "openIdConnect"}},
    "parameters": {"Id": {"$ref": "#/components/parameters/RealId"}, "RealId": {"name": "id", "in": "path", "required": true}},
    "pathItems": {"order": {"get": {"operationId": "readOrder", "parameters": [{"$ref": "#/components/parameters/Id"}]}, "put": {"operationId": "hidden"}}}
  },
  "security": [{"token": []}, {}],
  "paths": {
    "/orders/{id}": {"$ref": "#/components/pathItems/order", "put": {"operationId": "ownPut", "security": [{"oidc": [], "cert": []}]}},
    "/files/{name}.json": {"get": {"parameters": [{"name": "name", "in": "path", "required": true}]}},
    "/escaped~1x": {"get": {"$ref": "#/paths/~1files~1%7Bname%7D.json/get"}}
  },
  "webhooks": {"newOrder": {"post": {}}}
}"##,
        &expect![[r##"
            PUT /orders/{id} `ownPut` security=[oidc:OpenIdConnect[]+cert:MutualTls[]] @10:62
            GET /orders/{id} `readOrder` security=[token:Http("bearer")[] | ] optional Path:id! @6:29
            GET /files/{<name>.json} `GET /files/{<name>.json}` security=[token:Http("bearer")[] | ] optional Path:name! @11:28
            GET /escaped~1x `GET /escaped~1x` security=[token:Http("bearer")[] | ] optional Path:name! @12:21
            warning[SPEC-009]: the path parameter `id` is not described
              --> shop.yaml:10:5
               |
            10 |     "/orders/{id}": {"$ref": "#/components/pathItems/order", "put": {"operationId": "ownPut", "security": [{"oidc": [], "cert": []}]}},
               |     ^^^^^^^^^^^^^^
               |
               = help: add `- { name: id, in: path, required: true }`

            warning[SPEC-009]: the path has no parameter `name`
              --> shop.yaml:11:60
               |
            11 |     "/files/{name}.json": {"get": {"parameters": [{"name": "name", "in": "path", "required": true}]}},
               |                                                            ^^^^^^
               |
               = help: the path is `/escaped~1x`
        "##]],
    );
}

#[test]
fn faults_are_told_with_their_lines_and_the_rest_is_read() {
    check(
        r#"
openapi: 3.0.0
components:
  securitySchemes:
    token: {type: http, scheme: bearer}
  parameters:
    Loop: {$ref: '#/components/parameters/Loop'}
paths:
  orders:
    get: {operationId: list, security: [{tokn: []}]}
  /orders/{id}:
    gett: {}
    get:
      operationId: list
      x-tidegate:
        audience: authentcated
        ownr: $.id = claim.sub
    x-tidgate: {audience: authenticated}
  /orders/{number}:
    get: {}
    put: just text
    post: {x-tidegate: {owner: $.id = claim.sub}}
  /a/{b}{c}: {get: {}}
  /r: {$ref: '#/paths/~1nowhere'}
  /e: {$ref: 'other.yaml#/paths/~1e'}
  /p:
    get: {parameters: [{$ref: '#/components/parameters/Loop'}, {name: x, in: qery}, {in: query}]}
  /l: [1]
"#,
        &expect![[r#"
            GET /orders `list` security=[tokn:?] @10:5
            GET /orders/{id} `GET /orders/{id}` @13:5
            POST /orders/{number} `POST /orders/{number}` @22:5
            GET /p `GET /p` @27:5
            warning[SPEC-002]: odd path `orders`: a path starts with `/`
             --> shop.yaml:9:3
              |
            9 |   orders:
              |   ^^^^^^
              |
              = help: it is read as `/orders`

            error[SPEC-007]: the security scheme `tokn` is not declared; did you mean `token`?
              --> shop.yaml:10:42
               |
            10 |     get: {operationId: list, security: [{tokn: []}]}
               |                                          ^^^^
               |
               = help: declare it under `components.securitySchemes`

            warning[SPEC-009]: the path parameter `id` is not described
              --> shop.yaml:11:3
               |
            11 |   /orders/{id}:
               |   ^^^^^^^^^^^^
               |
               = help: add `- { name: id, in: path, required: true }`

            error[SPEC-011]: unknown key `gett` in a path; did you mean `get`?
              --> shop.yaml:12:5
               |
            12 |     gett: {}
               |     ^^^^
               |
               = help: methods are written in small letters: `get`, `post`

            error[SPEC-006]: the operation id `list` stands twice
              --> shop.yaml:14:20
               |
            10 |     get: {operationId: list, security: [{tokn: []}]}
               |                        ---- first here
            ...
            14 |       operationId: list
               |                    ^^^^
               |
               = help: name it otherwise; until then this one is called `GET /orders/{id}`

            error[SPEC-008]: unknown value `authentcated`; did you mean `authenticated`?
              --> shop.yaml:16:19
               |
            16 |         audience: authentcated
               |                   ^^^^^^^^^^^^
               |
               = help: use one of `public`, `authenticated`, `partner` and `internal`

            error[SPEC-008]: unknown key `ownr`; did you mean `owner`?
              --> shop.yaml:17:9
               |
            17 |         ownr: $.id = claim.sub
               |         ^^^^
               |
               = help: the keys here are `audience`, `owner`, `on_foreign`, `roles`, `shared`, `subject`, `limit`, `budget`, `classes`, `operator`, `stream` and `upstream`

            error[SPEC-011]: unknown key `x-tidgate`; did you mean `x-tidegate`?
              --> shop.yaml:18:5
               |
            18 |     x-tidgate: {audience: authenticated}
               |     ^^^^^^^^^
               |
               = help: as it stands, it declares nothing

            warning[SPEC-009]: the path parameter `number` is not described
              --> shop.yaml:19:3
               |
            19 |   /orders/{number}:
               |   ^^^^^^^^^^^^^^^^
               |
               = help: add `- { name: number, in: path, required: true }`

            error[SPEC-005]: `GET /orders/{number}` stands twice
              --> shop.yaml:20:5
               |
            13 |     get:
               |     --- this one counts
            ...
            20 |     get: {}
               |     ^^^ the same requests as above
               |
               = help: keep one of them: parameter names do not tell requests apart

            error[SPEC-003]: an operation must be a mapping, found text
              --> shop.yaml:21:5
               |
            21 |     put: just text
               |     ^^^
               |
               = help: write `responses:` and the rest as keys below

            error[SPEC-008]: this intent says nothing about who may call: `audience` is missing
              --> shop.yaml:22:12
               |
            22 |     post: {x-tidegate: {owner: $.id = claim.sub}}
               |            ^^^^^^^^^^
               |
               = help: add `audience: authenticated`, or `public`, `partner` or `internal` with what they need

            error[SPEC-002]: `/a/{b}{c}` is no path: two parameters stand side by side with nothing between them
              --> shop.yaml:23:3
               |
            23 |   /a/{b}{c}: {get: {}}
               |   ^^^^^^^^^
               |
               = help: its operations count as undeclared

            error[SPEC-004]: the reference `#/paths/~1nowhere` leads nowhere
              --> shop.yaml:24:14
               |
            24 |   /r: {$ref: '#/paths/~1nowhere'}
               |              ^^^^^^^^^^^^^^^^^^^
               |
               = help: define it, or correct the reference

            error[SPEC-004]: the reference `other.yaml#/paths/~1e` leads out of this document
              --> shop.yaml:25:14
               |
            25 |   /e: {$ref: 'other.yaml#/paths/~1e'}
               |              ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: bundle the documents into one (`npx @redocly/cli bundle FILE -o BUNDLE`); the gateway follows no other files

            error[SPEC-004]: a reference leads in a circle
              --> shop.yaml:27:24
               |
            27 |     get: {parameters: [{$ref: '#/components/parameters/Loop'}, {name: x, in: qery}, {in: query}]}
               |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: let one of the references name a definition

            warning[SPEC-009]: `qery` is no place of a parameter
              --> shop.yaml:27:64
               |
            27 |     get: {parameters: [{$ref: '#/components/parameters/Loop'}, {name: x, in: qery}, {in: query}]}
               |                                                                ^^^^^^^^^^^^^^^^^^
               |
               = help: write `in: path`, `query`, `header` or `cookie`

            warning[SPEC-009]: a parameter has no `name`
              --> shop.yaml:27:85
               |
            27 |     get: {parameters: [{$ref: '#/components/parameters/Loop'}, {name: x, in: qery}, {in: query}]}
               |                                                                                     ^^^^^^^^^^
               |
               = help: add `name:` and `in:`

            error[SPEC-003]: the path `/l` must be a mapping, found a list
              --> shop.yaml:28:3
               |
            28 |   /l: [1]
               |   ^^
               |
               = help: write its methods as keys: `get:`
        "#]],
    );
}

#[test]
fn an_intent_that_cannot_be_meant_is_no_intent() {
    check(
        r#"
openapi: 3.0.0
paths:
  /a: {get: {x-tidegate: {audience: authenticated, limit: [{per: 1m}, {requests: 0, per: 1m}]}}}
  /b: {get: {x-tidegate: {audience: {public: {reason: '', owner: web, expires: '2027-01-01'}}}}}
  /c: {get: {x-tidegate: {audience: {partner: []}, stream: ' '}}}
  /d: {get: {x-tidegate: all}}
"#,
        &expect![[r#"
            GET /a `GET /a` @4:8
            GET /b `GET /b` @5:8
            GET /c `GET /c` @6:8
            GET /d `GET /d` @7:8
            error[SPEC-008]: a limit must count either `requests` or `distinct` objects
             --> shop.yaml:4:14
              |
            4 |   /a: {get: {x-tidegate: {audience: authenticated, limit: [{per: 1m}, {requests: 0, per: 1m}]}}}
              |              ^^^^^^^^^^
              |
              = help: write for example `{ requests: 100, per: 1m }`

            error[SPEC-008]: a limit of nothing, or within no time, lets no one in
             --> shop.yaml:4:14
              |
            4 |   /a: {get: {x-tidegate: {audience: authenticated, limit: [{per: 1m}, {requests: 0, per: 1m}]}}}
              |              ^^^^^^^^^^
              |
              = help: write at least 1 and a window such as `1m`; to close an operation, use `audience: { internal: [] }`

            error[SPEC-008]: a public operation needs a reason and an owner, and one of them says nothing
             --> shop.yaml:5:14
              |
            5 |   /b: {get: {x-tidegate: {audience: {public: {reason: '', owner: web, expires: '2027-01-01'}}}}}
              |              ^^^^^^^^^^
              |
              = help: say why it is open to everyone, and who answers for it

            error[SPEC-008]: `partner` names no partner
             --> shop.yaml:6:14
              |
            6 |   /c: {get: {x-tidegate: {audience: {partner: []}, stream: ' '}}}
              |              ^^^^^^^^^^
              |
              = help: write `partner: [name]`

            error[SPEC-008]: `stream` lets responses pass unmetered and needs a reason
             --> shop.yaml:6:14
              |
            6 |   /c: {get: {x-tidegate: {audience: {partner: []}, stream: ' '}}}
              |              ^^^^^^^^^^
              |
              = help: say why, or remove the key

            error[SPEC-008]: `x-tidegate` must be a mapping
             --> shop.yaml:7:14
              |
            7 |   /d: {get: {x-tidegate: all}}
              |              ^^^^^^^^^^
              |
              = help: write for example `x-tidegate: { audience: authenticated }`
        "#]],
    );
}

#[test]
fn what_is_no_document_says_so() {
    check(
        "- a\n",
        &expect![[r#"
        error[SPEC-001]: this is no OpenAPI document: expected a mapping, found a list
         --> shop.yaml:1:1
          |
        1 | - a
          | ^
          |
          = help: a document starts with `openapi: 3.1.0` and has `paths:`
    "#]],
    );
    check(
        "title: x\n",
        &expect![[r#"
        error[SPEC-001]: neither `openapi` nor `swagger` says which version this is
         --> shop.yaml:1:1
          |
        1 | title: x
          | ^^^^^
          |
          = help: start with `openapi: 3.1.0`

        error[SPEC-001]: the document has no `paths`
         --> shop.yaml:1:1
          |
        1 | title: x
          | ^^^^^
          |
          = help: add `paths:` with at least one operation
    "#]],
    );
    check(
        "openapi: 4.0.0\npaths: [a]\n",
        &expect![[r#"
            error[SPEC-001]: `openapi: 4.0.0` is no version that is read
             --> shop.yaml:1:10
              |
            1 | openapi: 4.0.0
              |          ^^^^^
              |
              = help: write 2.0, 3.0.x, 3.1.x or 3.2.x; what is told here is read as the nearest of them

            error[SPEC-001]: `paths` must be a mapping, found a list
             --> shop.yaml:2:1
              |
            2 | paths: [a]
              | ^^^^^
              |
              = help: write each path as a key: `/orders:`
        "#]],
    );
    check("openapi: 3.1.0\nwebhooks: {}\n", &expect![[""]]);
    check(
        "a: [\n",
        &expect![[r#"
            error[TEXT-001]: this is never closed
             --> shop.yaml:1:4
              |
            1 | a: [
              |    ^
              |
              = help: close it: every `[` and `{` needs its `]` and `}`
        "#]],
    );
}

#[test]
fn a_given_base_path_replaces_the_documents_own() {
    let text = "openapi: 3.0.0\nservers: [{url: /v1}]\npaths:\n  /a:\n    servers: [{url: /v2}]\n    get: {servers: [{url: /v3}]}\n";
    let reading = read_at(text, "a.yaml", Some("/shop")).unwrap();
    assert_eq!(reading.operations[0].endpoint.to_string(), "GET /shop/a");
    assert_eq!(read(text, "a.yaml").unwrap().operations[0].endpoint.to_string(), "GET /v3/a");
}

#[test]
fn bombs_of_references_and_operations_are_bounded() {
    let hops: String =
        (0..100).map(|n| format!("    p{n}: {{$ref: '#/components/parameters/p{}'}}\n", n + 1)).collect();
    let text = format!(
        "openapi: 3.0.0\ncomponents:\n  parameters:\n{hops}    p100: {{name: a, in: query}}\npaths:\n  /a: {{get: {{parameters: [{{$ref: '#/components/parameters/p0'}}]}}}}\n"
    );
    let reading = read(&text, "a.yaml").unwrap();
    assert!(reading.faults[0].message.contains("circle"));

    let paths: String = (0..6000).map(|n| format!("  /a{n}: *item\n")).collect();
    let text = format!(
        "openapi: 3.0.0\nx-item: &item {{get: {{}}, put: {{}}, post: {{}}, patch: {{}}}}\npaths:\n{paths}"
    );
    let reading = read(&text, "a.yaml").unwrap();
    assert_eq!(reading.operations.len(), spec::openapi::MOST_OPERATIONS);
    assert!(reading.has_errors());

    let paths: String = (0..3000).map(|n| format!("  /a{n}: {{gt: 1}}\n")).collect();
    let reading = read(&format!("openapi: 3.0.0\npaths:\n{paths}"), "a.yaml").unwrap();
    assert_eq!(reading.faults.len(), spec::openapi::MOST_FAULTS);
}

const SEED: &str = r#"openapi: 3.0.3
info: {title: Shop}
servers: [{url: 'https://x/{b}', variables: {b: {default: v1}}}]
security: [{token: []}]
x-tidegate: {audience: authenticated}
components:
  securitySchemes: {token: {type: http, scheme: bearer}}
  parameters: {Id: {name: id, in: path, required: true}}
paths:
  /orders/{id}:
    parameters: [{$ref: '#/components/parameters/Id'}]
    get: {operationId: readOrder, x-tidegate: {owner: $.a = claim.sub, limit: [{requests: 5, per: 1m}]}}
  /files/{name}.json: {$ref: '#/paths/~1orders~1%7Bid%7D'}
"#;

proptest! {
    #[test]
    fn a_mutated_document_is_read_or_refused_and_never_panics(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), "[\\[\\]{}:,#$/~%'\" \na0\u{e9}]{0,3}", 0usize..6), 1..6),
    ) {
        let mut text: Vec<char> = SEED.chars().collect();
        for (at, insert, remove) in cuts {
            let at = at.index(text.len() + 1).min(text.len());
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        let source = Source { name: "a.yaml", text: &text };
        if let Ok(reading) = read(&text, "a.yaml") {
            for fault in &reading.faults {
                prop_assert!(fault.at.line > 0, "{fault:?}");
                prop_assert!(!fault.render(source, Colour::Always).is_empty());
            }
            let router = spec::router::Router::new(reading.operations.iter().map(|one| one.endpoint.clone()));
            prop_assert!(router.shadowed().is_empty(), "{:?}", reading.operations);
            let mut ids: Vec<_> = reading.operations.iter().map(|one| one.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), reading.operations.len());
        }
    }
}
