//! Every fact that is read from specifications, version by version, and where it stands.
// long: golden facts of whole documents.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::as_conversions,
    reason = "tests"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Instant;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use spec::inventory::{IntentState, Inventory, Operation, Place};
use spec::reading::{File, read};

fn inventory(files: &[(&str, &str)]) -> Inventory {
    let all: HashMap<&str, &str> = files.iter().copied().collect();
    let file = |name: &str| all.get(name).map(|text| File { name: name.into(), text: (*text).into() });
    let first = file(files[0].0).unwrap();
    read(&[first], &mut |wanted: &str| file(wanted).into_iter().collect())
}

fn of(text: &str) -> Inventory {
    inventory(&[("shop.yaml", text)])
}

/// `name:line` of a place.
fn spot(inventory: &Inventory, at: Place) -> String {
    let source = inventory.source(at.source).unwrap();
    let name = if at.source.0 == 0 { String::new() } else { format!("{}:", source.name) };
    format!("{name}{}", at.span.line)
}

fn shown(inventory: &Inventory) -> String {
    let mut out = String::new();
    for operation in &inventory.operations {
        show(inventory, operation, &mut out);
    }
    for fault in &inventory.faults {
        let diagnostic = &fault.diagnostic;
        let at = Place::new(fault.source, diagnostic.at);
        let _ = writeln!(
            out,
            "{:?}[{}] {} @{}",
            diagnostic.severity,
            diagnostic.code,
            diagnostic.message,
            spot(inventory, at)
        );
    }
    out
}

fn show(inventory: &Inventory, operation: &Operation, out: &mut String) {
    let at = |place| spot(inventory, place);
    let _ = writeln!(out, "{} @{}", operation.endpoint, at(operation.at));
    match &operation.intent {
        IntentState::Absent => {}
        IntentState::Unreadable { at: place } => {
            let _ = writeln!(out, "  intent unreadable @{}", at(*place));
        }
        IntentState::Declared { intent, at: place } => {
            let _ = writeln!(out, "  intent {} @{}", serde_json::to_string(intent).unwrap(), at(*place));
        }
    }
    let security = &operation.security;
    if security.declared {
        let schemes: Vec<_> =
            security.schemes.iter().map(|one| format!("{}:{}", one.name, one.kind)).collect();
        let _ = writeln!(out, "  security open={} [{}]", security.open, schemes.join(" "));
    }
    for one in &operation.parameters {
        let mut more = String::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = write!(more, " {name}={value}");
            }
        };
        add("format", one.format.as_deref().map(Into::into));
        add("pattern", one.pattern.as_deref().map(Into::into));
        add("max", one.maximum.map(|n| n.to_string()));
        add("length", one.max_length.map(|n| n.to_string()));
        add("items", one.max_items.map(|n| n.to_string()));
        add("enum", one.is_enum.then(String::new));
        add("example", one.example.as_deref().map(Into::into));
        let _ = writeln!(
            out,
            "  {} {}{}: {}{more} @{}",
            one.place,
            one.name,
            if one.required { "!" } else { "" },
            one.kind.as_deref().unwrap_or("?"),
            at(one.at)
        );
    }
    for one in &operation.object_refs {
        let why = one.enumerable.as_deref().map_or(String::new(), |why| format!(" ({why})"));
        let _ = writeln!(out, "  names a record: {} {}{why} @{}", one.place, one.name, at(one.at));
    }
    if let Some(page) = &operation.page_size {
        let _ =
            writeln!(out, "  page size: {} {} most={:?} @{}", page.place, page.name, page.most, at(page.at));
    }
    for one in &operation.bulk {
        let _ = writeln!(out, "  bulk: {} most={:?} @{}", one.name, one.most, at(one.at));
    }
    let answer = &operation.answer;
    if answer.described {
        let _ = writeln!(
            out,
            "  answers {}{}{}{} @{}",
            answer.media.join(" "),
            if answer.many { format!(" many most={:?}", answer.most) } else { String::new() },
            if answer.open_ended { " open-ended" } else { "" },
            if answer.no_store { " no-store" } else { "" },
            answer.at.map_or("-".into(), at)
        );
    }
    for field in &answer.fields {
        let _ = writeln!(
            out,
            "    {}: {}{}{} @{}",
            field.path,
            field.kind.as_deref().unwrap_or("?"),
            field.format.as_deref().map_or(String::new(), |format| format!(" {format}")),
            field.class.map_or(String::new(), |class| format!(" {class:?}")),
            at(field.at)
        );
    }
    let statuses = operation.statuses.join(" ");
    let _ = writeln!(out, "  statuses {statuses}");
    for one in &operation.examples {
        let _ = writeln!(out, "  secret: {} @{}", one.what, at(one.at));
    }
    for one in &operation.servers {
        let _ =
            writeln!(out, "  server {}{} @{}", one.url, if one.plain { " plain" } else { "" }, at(one.at));
    }
    if !operation.tags.is_empty() || !operation.text.is_empty() {
        let _ = writeln!(out, "  tags {:?} text {:?}", operation.tags, operation.text);
    }
}

fn check(files: &[(&str, &str)], expected: &Expect) {
    let inventory = inventory(files);
    places_are_sound(&inventory);
    expected.assert_eq(&shown(&inventory));
}

/// Every place lies in its file, at its line and column, and a named thing's place covers its name.
fn places_are_sound(inventory: &Inventory) {
    let covered = |at: Place| {
        let text = &inventory.source(at.source).expect_place().text;
        let range = at.span.range();
        let covered = text.get(range.clone()).unwrap_or_else(|| panic!("{at:?} is not in its file"));
        let before = &text[..range.start];
        assert_eq!(before.matches('\n').count() + 1, at.span.line as usize, "{at:?}");
        covered.trim_matches(['"', '\'']).to_owned()
    };
    for operation in &inventory.operations {
        let method = operation.endpoint.method().as_str().to_ascii_lowercase();
        let word = covered(operation.at).to_ascii_lowercase();
        assert!(word == method || word.starts_with("x-amazon"), "{word} is not {method}");
        covered(operation.id_at);
        let leaf = |name: &str| {
            let leaf =
                name.trim_end_matches("[]").rsplit('.').next().unwrap().trim_end_matches("[]").to_owned();
            (!leaf.is_empty() && leaf != "*").then_some(leaf)
        };
        for one in &operation.parameters {
            let text = covered(one.at);
            if let Some(leaf) = leaf(&one.name) {
                let ok = text == leaf || text.contains(&format!("{{{leaf}"));
                assert!(ok, "`{text}` is not `{}`", one.name);
            }
        }
        let named = operation.object_refs.iter().map(|one| (&one.name, one.at));
        let bulk = operation.bulk.iter().map(|one| (&one.name, one.at));
        for (name, at) in named.chain(bulk).chain(operation.page_size.iter().map(|one| (&one.name, one.at))) {
            let text = covered(at);
            if let Some(leaf) = leaf(name) {
                assert!(text == leaf || text.contains(&format!("{{{leaf}")), "`{text}` is not `{name}`");
            }
        }
        for field in &operation.answer.fields {
            let text = covered(field.at);
            if let Some(leaf) = leaf(&field.path) {
                assert!(text == leaf, "`{text}` is not `{}`", field.path);
            }
        }
        for server in &operation.servers {
            let text = covered(server.at);
            assert!(server.url.contains(text.as_str()) || text.contains(&*server.url), "`{text}`");
        }
        operation.examples.iter().for_each(|one| assert!(!covered(one.at).is_empty()));
        operation.answer.at.iter().for_each(|at| assert!(!covered(*at).is_empty()));
        operation.security.at.iter().for_each(|at| assert!(!covered(*at).is_empty()));
        match &operation.intent {
            IntentState::Declared { at, .. } | IntentState::Unreadable { at } => {
                assert_eq!(covered(*at), "x-tidegate");
            }
            IntentState::Absent => {}
        }
    }
    for fault in &inventory.faults {
        covered(Place::new(fault.source, fault.diagnostic.at));
    }
}

trait ExpectPlace<T> {
    fn expect_place(self) -> T;
}

impl<T> ExpectPlace<T> for Option<T> {
    fn expect_place(self) -> T {
        self.unwrap_or_else(|| panic!("a place without a file"))
    }
}

#[test]
fn a_document_of_2_0_gives_every_fact() {
    check(
        &[(
            "shop.yaml",
            r"swagger: '2.0'
host: api.example.com
basePath: /v1
schemes: [https, http]
produces: [application/json]
securityDefinitions:
  key: { type: apiKey, in: header, name: X-Key }
security: [{ key: [] }]
parameters:
  limit: { name: limit, in: query, type: integer, maximum: 100, default: 20 }
paths:
  /customers/{customerId}/orders:
    parameters:
      - { name: customerId, in: path, required: true, type: integer }
    get:
      summary: Lists
      description: All of them.
      tags: [orders]
      parameters:
        - $ref: '#/parameters/limit'
        - { name: page, in: query, type: integer }
        - { name: status, in: query, type: string, enum: [open, done] }
      responses:
        200:
          description: ok
          schema:
            type: array
            items: { $ref: '#/definitions/Order' }
        404: { description: none }
    post:
      consumes: [application/json]
      parameters:
        - name: order
          in: body
          required: true
          schema: { $ref: '#/definitions/Order' }
      responses:
        201: { description: made }
  /upload:
    post:
      parameters:
        - { name: file, in: formData, type: file }
        - { name: customer_id, in: formData, type: string, format: uuid }
      responses:
        default:
          description: ok
          schema: { type: object }
          examples:
            application/json: { email: ann@example.com }
definitions:
  Order:
    type: object
    required: [id, lines]
    properties:
      id: { type: integer, readOnly: true }
      name: { type: string }
      buyer: { $ref: '#/definitions/Buyer' }
      lines:
        type: array
        maxItems: 50
        items: { type: object, properties: { sku: { type: string, example: A-1 } } }
  Buyer:
    type: object
    properties:
      name: { type: string, maxLength: 80 }
      email: { type: string, format: email }
      orders: { type: array, items: { $ref: '#/definitions/Order' } }
",
        )],
        &expect![[r#"
            GET /v1/customers/{customerId}/orders @15
              security open=false [key:api-key]
              query limit: integer max=100 example=20 @10
              query page: integer @21
              query status: string enum= @22
              path customerId!: integer @14
              names a record: path customerId (integer) @14
              page size: query limit most=Some(100) @10
              answers application/json many most=None @26
                [].id: integer @55
                [].name: string @56
                [].buyer.name: string Name @65
                [].buyer.email: string email Email @66
                [].lines[].sku: string @61
              statuses 200 404
              server https://api.example.com/v1 @4
              server http://api.example.com/v1 plain @4
              tags ["orders"] text "Lists\nAll of them."
            POST /v1/customers/{customerId}/orders @30
              security open=false [key:api-key]
              body name: string @56
              body buyer.name: string length=80 @65
              body buyer.email: string format=email @66
              body lines[].sku: string example=A-1 @61
              path customerId!: integer @14
              names a record: path customerId (integer) @14
              statuses 201
              server https://api.example.com/v1 @4
              server http://api.example.com/v1 plain @4
            POST /v1/upload @40
              security open=false [key:api-key]
              form file: file @42
              form customer_id: string format=uuid @43
              names a record: form customer_id @43
              answers application/json open-ended @47
                email: ? Email @49
              statuses default
              server https://api.example.com/v1 @4
              server http://api.example.com/v1 plain @4
        "#]],
    );
}

#[test]
fn a_document_of_3_0_gives_every_fact() {
    check(
        &[(
            "shop.yaml",
            r#"openapi: 3.0.3
servers:
  - url: http://{host}.example.com/api
    variables: { host: { default: shop } }
components:
  securitySchemes:
    token: { type: http, scheme: bearer }
  responses:
    Customers:
      description: ok
      headers:
        Cache-Control: { schema: { type: string, example: 'private, no-store' } }
      content:
        application/json:
          schema:
            type: object
            properties:
              data: { type: array, maxItems: 10, items: { $ref: '#/components/schemas/Customer' } }
              total: { type: integer }
  schemas:
    Person:
      type: object
      properties:
        vorname: { type: string }
        geburtsdatum: { type: string, format: date }
    Customer:
      allOf:
        - $ref: '#/components/schemas/Person'
        - type: object
          properties:
            kontakt: { type: object, properties: { telefon: { type: string } } }
            state: { type: string, enum: [new, old] }
            meta: { type: object, additionalProperties: { type: string } }
paths:
  /customers/search:
    post:
      security: [{ token: [read] }, {}]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [filter]
              properties:
                filter:
                  type: object
                  required: [customer_id]
                  properties:
                    customer_id: { type: string, pattern: '^[0-9]{6}$' }
                    email: { type: string, format: email }
                limit: { type: integer }
      responses:
        '200': { $ref: '#/components/responses/Customers' }
        '401': { description: no }
  /customers/bulk:
    delete:
      parameters:
        - { name: ids, in: query, schema: { type: array, items: { type: integer } } }
        - { name: X-Request-Id, in: header, schema: { type: string } }
        - { name: X-Customer-Id, in: header, schema: { type: string, format: uuid } }
      responses: { '204': { description: gone } }
    post:
      requestBody:
        content:
          application/json:
            schema: { type: array, maxItems: 500, items: { $ref: '#/components/schemas/Customer' } }
            examples:
              one: { value: [{ password: 'hX9!vk2#Lq' }] }
      responses: { '202': { description: later } }
  /login:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: { type: object, properties: { email: { type: string }, password: { type: string } } }
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: { type: object, properties: { access_token: { type: string, example: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NyJ9.c2lnbmF0dXJl } } }
"#,
        )],
        &expect![[r#"
            POST /api/customers/search @36
              security open=true [token:bearer]
              body limit: integer @51
              body filter.customer_id!: string pattern=^[0-9]{6}$ @49
              body filter.email: string format=email @50
              names a record: body filter.customer_id (short-digits) @49
              names a record: body filter.email (email) @50
              page size: body limit most=None @51
              answers application/json many most=Some(10) no-store @15
                total: integer @19
                data[].vorname: string Name @24
                data[].geburtsdatum: string date BirthDate @25
                data[].state: string @32
                data[].kontakt.telefon: string Phone @31
                data[].meta.*: string @33
              statuses 200 401
              server http://{host}.example.com/api plain @3
            DELETE /api/customers/bulk @56
              query ids: array @58
              header X-Request-Id: string @59
              header X-Customer-Id: string format=uuid @60
              names a record: query ids (integer) @58
              names a record: header X-Customer-Id @60
              bulk: ids most=None @58
              statuses 204
              server http://{host}.example.com/api plain @3
            POST /api/customers/bulk @62
              body [].vorname: string @24
              body [].geburtsdatum: string format=date @25
              body [].state: string enum= @32
              body [].kontakt.telefon: string @31
              body [].meta.*: string @33
              bulk: [] most=Some(500) @66
              statuses 202
              secret: a password or key @68
              server http://{host}.example.com/api plain @3
            POST /api/login @71
              form email: string @75
              form password: string @75
              answers application/json @81
                access_token: string @81
              statuses 200
              secret: a JSON Web Token @81
              server http://{host}.example.com/api plain @3
        "#]],
    );
}

#[test]
fn a_document_of_3_1_and_3_2_gives_every_fact() {
    check(
        &[(
            "shop.yaml",
            r##"openapi: 3.2.0
$self: https://shop.example.com/api.yaml
paths:
  /people/{name}:
    query:
      requestBody:
        content: { application/json: { schema: { type: object, properties: { email: { type: [string, 'null'] } } } } }
      responses:
        '200':
          content:
            application/jsonl:
              itemSchema:
                $ref: 'https://shop.example.com/api.yaml#/components/schemas/Person'
                properties: { phone: { type: string, examples: ['+4915123456789'] } }
    additionalOperations:
      COPY:
        responses: { '200': { content: { application/json: { schema: true } } } }
components:
  schemas:
    Person:
      type: object
      properties:
        name: { type: string }
        either:
          oneOf: [{ type: string }, { type: object, properties: { iban: { type: string } } }]
        self: { $ref: '#/components/schemas/Person' }
"##,
        )],
        &expect![[r#"
            QUERY /people/{name} @5
              path name!: ? @4
              body email: string @7
              names a record: path name (user-name) @4
              answers application/jsonl many most=None @12
                [].phone: string Phone @14
                [].name: string Name @23
                [].either: string @24
                [].either.iban: string Payment @25
              statuses 200
            COPY /people/{name} @16
              path name!: ? @4
              names a record: path name (user-name) @4
              answers application/json open-ended @17
              statuses 200
            Warning[SPEC-009] the path parameter `name` is not described @4
        "#]],
    );
}

#[test]
fn an_answer_whose_patterns_let_every_name_through_may_hold_any_field() {
    let rows = [
        (r"patternProperties: { '.*': {} }", true),
        (r"additionalProperties: false, patternProperties: { '^.+$': {} }", true),
        (r"patternProperties: { '': {} }", true),
        (r"patternProperties: { '^x-': {} }", false),
        (r"patternProperties: { '.*': { type: string } }", false),
        (r"additionalProperties: false", false),
    ];
    for (said, open) in rows {
        let text = format!(
            "openapi: 3.1.0\npaths:\n  /a:\n    get:\n      responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ id: {{ type: string }} }}, {said} }} }} }} }} }}\n"
        );
        assert_eq!(of(&text).operations[0].answer.open_ended, open, "{said}");
    }
}

/// The answer of `GET /customers` with this content, as `path Class` of its fields.
fn answered(version: &str, content: &str, schemas: &str) -> String {
    let text = format!(
        "openapi: {version}\npaths:\n  /things:\n    get:\n      responses:\n        '200':\n          content: {content}\ncomponents:\n  schemas:\n{schemas}"
    );
    let inventory = of(&text);
    let faults: Vec<_> = inventory.faults.iter().map(|fault| &fault.diagnostic.message).collect();
    assert!(faults.is_empty(), "{faults:?} in\n{text}");
    let answer = &inventory.operations[0].answer;
    let fields = answer.fields.iter().map(|field| match field.class {
        Some(class) => format!("{} {class:?}", field.path),
        None => field.path.to_string(),
    });
    let mut told: Vec<String> = fields.collect();
    told.sort();
    told.extend(answer.many.then(|| "many".to_owned()));
    told.extend(answer.file.then(|| "file".to_owned()));
    told.join(", ")
}

#[test]
fn what_only_a_discriminator_names_is_in_the_answer() {
    let kinds = "    Party: { type: object, discriminator: { propertyName: kind, mapping: MAPPING }, properties: { kind: { type: string } } }\n    Person: { allOf: [ { $ref: '#/components/schemas/Party' }, { type: object, properties: { email: { type: string } } } ] }\n    Firm: { allOf: [ { $ref: '#/components/schemas/Party' }, { type: object, properties: { turnover: { type: number } } } ] }\n";
    for (mapping, schema, expected) in [
        ("{ p: '#/components/schemas/Person', f: Firm }", "Party", "email Email, kind, turnover"),
        ("{ p: Person }", "Party", "email Email, kind"),
        // A firm is a party and no person.
        ("{ p: Person, f: Firm }", "Firm", "kind, turnover"),
        ("{}", "Party", "kind"),
    ] {
        let content =
            format!("{{ application/json: {{ schema: {{ $ref: '#/components/schemas/{schema}' }} }} }}");
        let told = answered("3.0.3", &content, &kinds.replace("MAPPING", mapping));
        assert_eq!(told, expected, "{mapping} of {schema}");
    }
    let lost = format!(
        "openapi: 3.1.0\npaths: {{ /a: {{ get: {{ responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Party' }} }} }} }} }} }} }} }}\ncomponents:\n  schemas:\n{}",
        kinds.replace("MAPPING", "{ a: Nobody, b: '#/components/schemas/Nobody' }")
    );
    let told: Vec<String> =
        of(&lost).faults.iter().map(|fault| fault.diagnostic.message.to_string()).collect();
    assert_eq!(
        told,
        ["there is no schema `Nobody`", "the reference `#/components/schemas/Nobody` leads nowhere"]
    );
    let split = inventory(&[
        (
            "shop.yaml",
            "openapi: 3.1.0\npaths: { /a: { get: { responses: { '200': { content: { application/json: { schema: { type: object, discriminator: { propertyName: kind, mapping: { p: person.yaml } } } } } } } } } }\n",
        ),
        ("person.yaml", "type: object\nproperties: { email: { type: string } }\n"),
    ]);
    assert_eq!(&*split.operations[0].answer.fields[0].path, "email", "kinds stand in other files too");
}

#[test]
fn an_example_written_as_text_or_a_title_tells_what_names_do_not() {
    for (content, expected) in [
        (r#"{ application/json: { example: '[{"email": "ann@example.com"}]' } }"#, "[].email Email, many"),
        (
            r#"{ application/json: { example: { data: [ { email: ann@example.com } ] } } }"#,
            "data[].email Email, many",
        ),
        (
            r#"{ application/json: { schema: { type: string, example: '{"email": "ann@example.com"}' } } }"#,
            ", email Email",
        ),
        (
            r#"{ application/json: { schema: { type: object, properties: { raw: { type: string, example: '{"phone": "x"}' } } } } }"#,
            "raw, raw.phone Phone",
        ),
        (
            r#"{ text/csv: { example: "name,email\nAnn,ann@example.com\n" } }"#,
            "[].email Email, [].name, many, file",
        ),
        (
            r#"{ text/csv: { schema: { type: string, example: "id;telefon\n1;x\n" } } }"#,
            ", [].id, [].telefon Phone, many, file",
        ),
        (
            r#"{ application/xml: { example: "<all><customer><email>a@example.com</email></customer><customer/></all>" } }"#,
            "all.customer[].email Email, many",
        ),
        (r#"{ text/plain: { example: "Dear Ann, thank you.\nYours" } }"#, ""),
        (
            r#"{ application/json: { schema: { type: object, properties: { f1: { type: string, title: E-Mail Address }, f2: { type: string, title: The text that is shown to Ann by phone } } } } }"#,
            "f1 Email, f2",
        ),
        (
            r#"{ application/json: { schema: { title: Customer, type: object, properties: { name: { type: string } } } } }"#,
            "name Name",
        ),
        (
            r#"{ application/json: { schema: { title: Product, type: object, properties: { name: { type: string } } } } }"#,
            "name",
        ),
    ] {
        assert_eq!(answered("3.1.0", content, "    None: {}\n"), expected, "{content}");
    }
}

#[test]
fn a_body_that_may_hold_any_number_of_records_is_a_file() {
    for (content, file) in [
        ("{ text/csv: {} }", true),
        ("{ text/csv: { schema: { type: string } } }", true),
        ("{ application/octet-stream: { schema: { type: string, format: binary } } }", true),
        ("{ application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: {} }", true),
        ("{ application/x-download: { schema: { type: string, format: binary } } }", true),
        ("{ application/zip: {} }", true),
        ("{ application/x-ndjson: {} }", true),
        ("{ '*/*': {} }", true),
        ("{ '*/*': { schema: { type: object, properties: { id: { type: string } } } } }", false),
        ("{ '*/*': { example: { id: 1 } } }", false),
        ("{ application/json: {} }", false),
        ("{ text/plain: { schema: { type: string } } }", false),
        ("{ image/png: { schema: { type: string, format: binary } } }", false),
        ("{ application/pdf: {} }", false),
    ] {
        let told = answered("3.0.3", content, "    None: {}\n");
        assert_eq!(told.ends_with("file"), file, "{content}");
    }
    let text = "swagger: '2.0'\npaths: { /a: { get: { produces: [application/json], responses: { '200': { description: a, schema: { type: file } } } } } }\n";
    assert!(of(text).operations[0].answer.file, "type: file of 2.0");
}

#[test]
fn a_scheme_that_asks_for_nothing_opens_the_door() {
    for (scheme, open) in [
        ("{ type: http, scheme: none }", true),
        ("{ type: http, scheme: None }", true),
        ("{ type: http, scheme: anonymous }", true),
        ("{ type: none }", true),
        ("{ type: http, scheme: bearer }", false),
    ] {
        let text = format!(
            "openapi: 3.0.3\nsecurity: [ {{ door: [] }} ]\npaths: {{ /a: {{ get: {{ responses: {{}} }} }} }}\ncomponents: {{ securitySchemes: {{ door: {scheme} }} }}\n"
        );
        assert_eq!(of(&text).operations[0].security.open, open, "{scheme}");
    }
}

#[test]
fn a_body_that_is_nothing_but_names_takes_any_number() {
    for (items, bulk) in [
        ("{ type: string }", true),
        ("{ type: integer }", true),
        ("{ type: number }", false),
        ("{ type: string, enum: [a, b] }", false),
    ] {
        let text = format!(
            "openapi: 3.0.3\npaths: {{ /a: {{ post: {{ requestBody: {{ content: {{ application/json: {{ schema: {{ type: array, items: {items} }} }} }} }}, responses: {{}} }} }} }}\n"
        );
        assert_eq!(!of(&text).operations[0].bulk.is_empty(), bulk, "{items}");
    }
}

#[test]
fn documents_split_over_files_are_one_and_keep_their_places() {
    check(
        &[
            (
                "api/shop.yaml",
                r"openapi: 3.0.3
x-tidegate: { audience: authenticated }
paths:
  /orders/{id}:
    $ref: paths/order.yaml
    x-tidegate: { $ref: 'intent.yaml#/order' }
  /orders:
    get:
      parameters: [{ $ref: 'common.yaml#/parameters/~1limit' }]
      responses:
        '200': { $ref: 'common.yaml#/responses/orders' }
        '404': { $ref: 'missing.yaml#/none' }
  /broken:
    get:
      responses:
        '200': { content: { application/json: { schema: { $ref: broken.yaml } } } }
        '500': { $ref: 'https://example.com/errors.yaml#/e' }
",
            ),
            ("api/intent.yaml", "order: { owner: $.customer_id = claim.sub }\n"),
            (
                "api/paths/order.yaml",
                r"parameters:
  - { name: id, in: path, required: true, schema: { type: integer } }
get:
  operationId: readOrder
  responses:
    '200': { content: { application/json: { schema: { $ref: ../schemas/order.json } } } }
",
            ),
            (
                "api/schemas/order.json",
                "{\"type\": \"object\", \"properties\": {\"buyer\": {\"$ref\": \"person.yaml#/Person\"}}}",
            ),
            (
                "api/schemas/person.yaml",
                "Person: { type: object, properties: { email: { type: string }, order: { $ref: order.json } } }\n",
            ),
            (
                "api/common.yaml",
                r"parameters:
  /limit: { name: limit, in: query, schema: { type: integer } }
responses:
  orders:
    content: { application/json: { schema: { type: array, items: { $ref: 'schemas/order.json' } } } }
",
            ),
            ("api/broken.yaml", "a: [\n"),
        ],
        &expect![[r#"
            GET /orders/{id} @api/paths/order.yaml:3
              intent {"audience":"authenticated","owner":"$.customer_id = claim.sub","on_foreign":"refuse","classes":[]} @6
              path id!: integer @api/paths/order.yaml:2
              names a record: path id (integer) @api/paths/order.yaml:2
              answers application/json @api/paths/order.yaml:6
                buyer.email: string Email @api/schemas/person.yaml:1
              statuses 200
            GET /orders @8
              intent {"audience":"authenticated","on_foreign":"refuse","classes":[]} @2
              query limit: integer @api/common.yaml:2
              page size: query limit most=None @api/common.yaml:2
              answers application/json many most=None @api/common.yaml:5
                [].buyer.email: string Email @api/schemas/person.yaml:1
              statuses 200 404
            GET /broken @14
              intent {"audience":"authenticated","on_foreign":"refuse","classes":[]} @2
              answers application/json @16
              statuses 200 500
            Error[TEXT-001] this is never closed @api/broken.yaml:1
            Error[SPEC-004] the reference `missing.yaml#/none` leads to a file that is not there @12
            Error[SPEC-004] the reference `broken.yaml` leads to a file that cannot be read @16
            Error[SPEC-004] the reference `https://example.com/errors.yaml#/e` leads into the network, where nothing is followed @17
        "#]],
    );
}

#[test]
fn aws_extensions_say_who_may_call() {
    check(
        &[(
            "shop.yaml",
            r"openapi: 3.0.1
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: x-api-key }
    iam: { type: apiKey, in: header, name: Authorization, x-amazon-apigateway-authtype: awsSigv4 }
    pool:
      type: apiKey
      in: header
      name: Authorization
      x-amazon-apigateway-authtype: cognito_user_pools
      x-amazon-apigateway-authorizer: { type: cognito_user_pools }
paths:
  /a:
    get: { security: [{ key: [] }], x-amazon-apigateway-auth: { type: NONE }, responses: {} }
    put: { security: [{ iam: [] }], responses: {} }
    post: { security: [{ pool: [] }], responses: {} }
    delete: { x-amazon-apigateway-auth: { type: AWS_IAM }, responses: {} }
  /{proxy+}:
    x-amazon-apigateway-any-method: { responses: {} }
",
        )],
        &expect![[r#"
            GET /a @14
              security open=true [key:api-key]
              statuses 
            PUT /a @15
              security open=false [iam:aws-sigv4]
              statuses 
            POST /a @16
              security open=false [pool:aws-cognito]
              statuses 
            DELETE /a @17
              security open=false [x-amazon-apigateway-auth:aws-sigv4]
              statuses 
            ANY /{*proxy} @19
              path proxy!: ? @18
              statuses 
            Warning[SPEC-009] the path parameter `proxy` is not described @18
        "#]],
    );
}

/// The references, page size and bulk lists of one operation, whose inputs are `inputs` (query
/// parameters and path) and `body` (properties).
fn asked(method: &str, path: &str, query: &str, body: &str) -> String {
    let text = format!(
        "openapi: 3.0.3\npaths:\n  {path}:\n    {method}:\n      parameters: [{query}]\n      requestBody: {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{{body}}} }} }} }} }}\n      responses: {{}}\n"
    );
    let inventory = of(&text);
    let operation = &inventory.operations[0];
    let mut parts: Vec<String> = operation
        .object_refs
        .iter()
        .map(|one| match &one.enumerable {
            Some(why) => format!("{} ({why})", one.name),
            None => one.name.to_string(),
        })
        .collect();
    parts.extend(operation.page_size.iter().map(|page| format!("page {}<={:?}", page.name, page.most)));
    parts.extend(operation.bulk.iter().map(|one| format!("bulk {}<={:?}", one.name, one.most)));
    parts.join(", ")
}

#[test]
fn an_input_names_a_record_or_a_page_or_neither() {
    let q = |name: &str, kind: &str| format!("{{name: {name}, in: query, schema: {{type: {kind}}}}}");
    for (method, path, query, body, expected) in [
        ("get", "/orders/{order}", String::new(), "", "order"),
        ("get", "/shops/{shop_id}/orders/{id}", String::new(), "", "shop_id, id"),
        ("get", "/customers/{username}", String::new(), "", "username (user-name)"),
        ("get", "/{lang}/pages/{version}", String::new(), "", ""),
        ("get", "/reports/{year}/{month}", String::new(), "", ""),
        ("get", "/countries/{code}", String::new(), "", ""),
        ("get", "/tickets/{number}", String::new(), "", "number"),
        ("get", "/v1/{tenant}/health", String::new(), "", ""),
        ("get", "/orders", q("customerId", "integer"), "", "customerId (integer)"),
        ("get", "/orders", q("email", "string"), "", "email (email)"),
        ("get", "/orders", q("request_id", "string"), "", ""),
        ("get", "/orders", q("locale_id", "integer"), "", ""),
        ("get", "/orders", q("currencyCode", "string"), "", ""),
        ("get", "/orders", q("sort", "string"), "", ""),
        ("get", "/orders", q("number", "integer"), "", ""),
        ("get", "/orders", q("product_id", "integer"), "", ""),
        (
            "get",
            "/oauth/authorize",
            format!("{}, {}", q("client_id", "string"), q("redirect_uri", "string")),
            "",
            "",
        ),
        ("get", "/orders", q("limit", "integer"), "", "page limit<=None"),
        (
            "get",
            "/orders",
            "{name: per_page, in: query, schema: {type: integer, maximum: 50}}".into(),
            "",
            "page per_page<=Some(50)",
        ),
        (
            "get",
            "/orders",
            "{name: pageSize, in: query, schema: {type: integer, enum: [10, 20]}}".into(),
            "",
            "page pageSize<=Some(20)",
        ),
        (
            "get",
            "/orders",
            "{name: $top, in: query, schema: {type: integer, exclusiveMaximum: 101}}".into(),
            "",
            "page $top<=Some(100)",
        ),
        ("get", "/shirts", q("size", "string"), "", ""),
        (
            "get",
            "/orders",
            format!("{}, {}", q("page", "integer"), q("size", "integer")),
            "",
            "page size<=None",
        ),
        ("post", "/orders", String::new(), "customer_id: {type: integer}", "customer_id (integer)"),
        ("post", "/orders", String::new(), "product_id: {type: integer}, quantity: {type: integer}", ""),
        ("post", "/customers", String::new(), "email: {type: string}, name: {type: string}", ""),
        ("post", "/login", String::new(), "email: {type: string}, password: {type: string}", ""),
        ("post", "/preorders/lookup", String::new(), "email: {type: string}", "email (email)"),
        ("put", "/orders/{id}", String::new(), "id: {type: string}, note: {type: string}", "id"),
        (
            "post",
            "/orders/status",
            String::new(),
            "id: {type: string, pattern: '^[0-9]{6}$'}",
            "id (short-digits)",
        ),
        (
            "post",
            "/orders/search",
            String::new(),
            "pagination: {type: object, properties: {limit: {type: integer}}}",
            "page pagination.limit<=None",
        ),
        (
            "post",
            "/orders/export",
            String::new(),
            "order_ids: {type: array, items: {type: string}, maxItems: 9}",
            "order_ids[], bulk order_ids<=Some(9)",
        ),
        (
            "post",
            "/orders",
            String::new(),
            "note: {type: string}, lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}",
            "",
        ),
        (
            "post",
            "/orders/import",
            String::new(),
            "orders: {type: array, items: {type: object, properties: {sku: {type: string}}}}",
            "bulk orders<=None",
        ),
        ("post", "/posts", String::new(), "tags: {type: array, items: {type: string}}", ""),
    ] {
        assert_eq!(asked(method, path, &query, body), expected, "{method} {path} {query} {body}");
    }
}

#[test]
fn schemas_that_multiply_stay_bounded() {
    let mut text = "openapi: 3.1.0\npaths:\n".to_owned();
    for n in 0..200 {
        let _ = writeln!(
            text,
            "  /a{n}/{{id}}:\n    get: {{ parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}], responses: {{ '200': {{ content: {{ application/json: {{ schema: {{ type: object, properties: {{ x: {{ $ref: '#/components/schemas/S0' }} }} }} }} }} }} }} }}"
        );
    }
    text.push_str("components:\n  schemas:\n");
    for n in 0..40 {
        let next = (n + 1) % 40;
        let all = (0..10)
            .map(|_| format!("{{ $ref: '#/components/schemas/S{next}' }}"))
            .collect::<Vec<_>>()
            .join(", ");
        let _ = writeln!(
            text,
            "    S{n}: {{ allOf: [{all}], properties: {{ back: {{ $ref: '#/components/schemas/S0' }}, all: {{ $ref: '#/components/schemas/All' }} }} }}"
        );
    }
    let every = (0..40)
        .map(|n| format!("p{n}: {{ $ref: '#/components/schemas/S{n}' }}"))
        .collect::<Vec<_>>()
        .join(", ");
    let _ = writeln!(text, "    All: {{ properties: {{ {every}, email: {{ type: string }} }} }}");
    let start = Instant::now();
    let inventory = of(&text);
    let took = start.elapsed();
    assert_eq!(inventory.operations.len(), 200);
    assert!(inventory.operations[0].answer.fields.iter().any(|field| &*field.path == "x.all.email"));
    assert!(took.as_secs() < 20, "{took:?} in a debug build");
}

#[test]
fn what_is_referred_to_a_thousand_times_hides_nothing_behind_it() {
    let mut text = "openapi: 3.1.0\npaths: { /a: { get: { responses: { '200': { content: { a/json: { schema: { $ref: '#/s/S0' } } } } } } } }\ns:\n".to_owned();
    for n in 0..8 {
        let all = vec![format!("{{ $ref: '#/s/S{}' }}", n + 1); 10].join(", ");
        let _ = writeln!(text, "  S{n}: {{ allOf: [{all}] }}");
    }
    text.push_str("  S8: { properties: { email: { type: string } } }\n");
    let inventory = of(&text);
    assert_eq!(inventory.faults, []);
    assert_eq!(inventory.operations[0].answer.fields.len(), 1);
}

#[test]
fn a_document_that_multiplies_beyond_the_bound_closes_the_gate() {
    let mut text = "openapi: 3.1.0\npaths:\n".to_owned();
    for n in 0..700 {
        let _ = writeln!(
            text,
            "  /a{n}: {{ get: {{ responses: {{ '200': {{ content: {{ a/json: {{ schema: {{ properties: {{ x: {{ $ref: '#/s/All' }} }} }} }} }} }} }} }} }}"
        );
    }
    let every = (0..900).map(|n| format!("p{n}: {{ $ref: '#/s/One' }}")).collect::<Vec<_>>().join(", ");
    let two = (0..4).map(|n| format!("q{n}: {{ $ref: '#/s/Wide' }}")).collect::<Vec<_>>().join(", ");
    let wide = (0..999).map(|n| format!("w{n}: {{ type: string }}")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        text,
        "s:\n  One: {{ type: string }}\n  Wide: {{ properties: {{ {wide} }} }}\n  All: {{ properties: {{ {two}, {every} }} }}"
    );
    let inventory = of(&text);
    assert_eq!(inventory.operations.len(), 700);
    let codes: Vec<_> = inventory.faults.iter().map(|fault| fault.diagnostic.code).collect();
    assert!(inventory.has_errors() && codes.contains(&"SPEC-012"), "{codes:?}");
}

#[test]
fn bombs_are_answered_and_close_the_gate() {
    let mut aliases = "openapi: 3.0.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let _ = writeln!(aliases, "a{n}: &a{n} [{}]", vec![format!("*a{}", n - 1); 10].join(", "));
    }
    let deep = format!("openapi: 3.0.0\npaths: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = format!("openapi: 3.0.0\n# {}\n", "x".repeat(spec::tree::MOST_BYTES));
    for (what, text) in
        [("aliases", aliases), ("depth", deep), ("size", large), ("syntax", "openapi: [\n".into())]
    {
        let start = Instant::now();
        let inventory = of(&text);
        assert!(inventory.has_errors() && inventory.operations.is_empty(), "{what}");
        assert!(start.elapsed().as_secs() < 10, "{what}");
    }
}

#[test]
fn files_that_refer_to_each_other_without_end_are_bounded() {
    let root =
        File { name: "0.yaml".into(), text: "openapi: 3.0.0\npaths: { /a: { $ref: 1.yaml } }\n".into() };
    let mut fetched = 0;
    let inventory = read(&[root], &mut |wanted: &str| {
        fetched += 1;
        let n: u32 = wanted.trim_end_matches(".yaml").parse().unwrap();
        let text = format!("get: {{ responses: {{}} }}\nx: {{ $ref: {}.yaml }}\n", n + 1);
        vec![File { name: wanted.into(), text: text.into() }]
    });
    assert_eq!(inventory.operations.len(), 1);
    assert_eq!(fetched, spec::reading::MOST_REFERRED);
}

#[test]
fn a_part_that_was_read_with_its_document_is_not_read_again() {
    let files = [
        File {
            name: "./api/shop.yaml".into(),
            text: "openapi: 3.0.0\npaths: { /a: { $ref: part.yaml } }\n".into(),
        },
        File { name: "./api/part.yaml".into(), text: "get: { responses: {} }\n".into() },
    ];
    let inventory = read(&files, &mut |wanted: &str| {
        files.iter().filter(|file| file.name.trim_start_matches("./") == wanted).cloned().collect()
    });
    let kinds: Vec<_> = inventory.sources.iter().map(|source| source.kind.word()).collect();
    assert_eq!(kinds, ["OpenAPI", "part of an OpenAPI document"]);
    assert_eq!(inventory.operations.len(), 1);
}

/// A sound document of every notation, to be broken.
const SEED: &str = include_str!("../../../fuzz/seeds/openapi/shop.yaml");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Cut, doubled and exchanged lines: an inventory comes out, and every place is in its file.
    #[test]
    fn broken_documents_give_sound_places(
        edits in prop::collection::vec((0_usize..400, 0_usize..400, 0_u8..4), 1..6),
    ) {
        let mut lines: Vec<String> = SEED.lines().map(Into::into).collect();
        for (one, other, how) in edits {
            let (one, other) = (one % lines.len(), other % lines.len());
            match how {
                0 => { lines.remove(one); }
                1 => lines.swap(one, other),
                2 => { let copy = lines[one].clone(); lines.insert(other, copy); }
                _ => { let cut = lines[one].chars().take(other % 20).collect(); lines[one] = cut; }
            }
            if lines.is_empty() { lines.push(String::new()); }
        }
        let text = lines.join("\n");
        let inventory = of(&text);
        for operation in &inventory.operations {
            let fields = operation.answer.fields.iter().map(|field| field.at);
            let inputs = operation.parameters.iter().map(|one| one.at);
            for at in fields.chain(inputs).chain([operation.at, operation.id_at]) {
                prop_assert!(text.get(at.span.range()).is_some(), "{at:?}");
            }
        }
    }
}

/// What is told of a document of one operation, as `severity code`.
fn told_of(version: &str, operation: &str) -> Vec<String> {
    let text = format!("{version}\npaths: {{ /customer: {{ post: {operation} }} }}\n");
    let inventory = of(&text);
    inventory
        .faults
        .iter()
        .map(|fault| format!("{:?} {}", fault.diagnostic.severity, fault.diagnostic.code))
        .collect()
}

#[test]
fn a_part_of_the_wrong_shape_is_an_error_and_no_silence() {
    const V2: &str = "swagger: '2.0'";
    const V3: &str = "openapi: 3.0.3";
    let wrong = ["Error SPEC-003"];
    let parameter = ["Error SPEC-009"];
    let media = "application/json: { schema: { type: object, properties: { email: { type: string } } } }";
    for (version, operation, told) in [
        (V3, "{ responses: { '200': { description: a, schema: { type: string } } } }".to_owned(), &wrong[..]),
        (V3, format!("{{ responses: [{{ description: a, content: {{ {media} }} }}] }}"), &wrong),
        (V3, format!("{{ responses: {{ '200': {{ description: a, {media} }} }} }}"), &wrong),
        (V3, format!("{{ responses: {{ '200': {{ description: a, contents: {{ {media} }} }} }} }}"), &wrong),
        (V3, "{ responses: { '200': all } }".to_owned(), &wrong),
        (V3, "{ responses: { '200': { content: [application/json] } } }".to_owned(), &wrong),
        (V3, "{ responses: { '200': { content: { application/json: { type: object, properties: { a: {} } } } } } }".to_owned(), &wrong),
        (V3, "{ responses: { '200': { content: { application/json: { schema: { properties: [{ email: {} }] } } } } } }".to_owned(), &wrong),
        (V3, "{ responses: { '200': { content: { application/json: { schema: Customer } } } } }".to_owned(), &wrong),
        (V3, format!("{{ requestBody: {{ {media} }} }}"), &wrong),
        (V3, "{ requestBody: { required: true } }".to_owned(), &wrong),
        (V3, "{ requestBody: { schema: { type: object } } }".to_owned(), &wrong),
        (V3, format!("{{ requestBody: [{{ content: {{ {media} }} }}] }}"), &wrong),
        (V3, "{ requestBody: { content: { application/json: { properties: { id: { type: integer } } } } } }".to_owned(), &wrong),
        (V2, format!("{{ requestBody: {{ content: {{ {media} }} }} }}"), &wrong),
        (V2, format!("{{ responses: {{ '200': {{ content: {{ {media} }} }} }} }}"), &wrong),
        (V3, "{ parameters: { customer_id: { in: query } } }".to_owned(), &parameter),
        (V3, "{ parameters: [{ name: customer_id }] }".to_owned(), &parameter),
        (V3, "{ parameters: [{ name: customer_id, in: Query }] }".to_owned(), &parameter),
        (V3, "{ parameters: [{ in: query }] }".to_owned(), &parameter),
        (V3, "{ parameters: [customer_id] }".to_owned(), &parameter),
        (V3, "{ parameters: [{ name: customer_id, in: body, schema: {} }] }".to_owned(), &parameter),
        // Sound, and short.
        (V3, "{ responses: { '204': { description: gone, headers: {}, links: {}, x-a/b: 1 } } }".to_owned(), &[]),
        (V3, "{ responses: { '200': { content: { application/json: {} } } } }".to_owned(), &[]),
        (V3, "{ responses: { '200': { content: { application/json: { schema: true } } } } }".to_owned(), &[]),
        (V3, format!("{{ requestBody: {{ required: true, description: a, content: {{ {media} }} }} }}"), &[]),
        (V2, "{ responses: { '200': { description: a, schema: { type: string } } } }".to_owned(), &[]),
        (V2, "{ parameters: [{ name: a, in: body, schema: { type: object } }] }".to_owned(), &[]),
    ] {
        assert_eq!(told_of(version, &operation), told, "{version} {operation}");
    }
}

#[test]
fn a_security_scheme_of_no_type_guards_nothing_that_is_known() {
    let of_type = |kind: &str| {
        let text = format!(
            "openapi: 3.0.3\nsecurity: [{{ t: [] }}]\ncomponents: {{ securitySchemes: {{ t: {{ type: {kind}, scheme: bearer }} }} }}\npaths: {{ /a: {{ get: {{}} }} }}\n"
        );
        of(&text).has_errors()
    };
    assert!(of_type("bearer"));
    assert!(!of_type("http"));
}

#[test]
fn a_bound_in_quotes_is_none_and_a_server_variable_has_all_its_values() {
    let text = |bound: &str, schemes: &str| {
        of(&format!(
            "openapi: 3.1.0\nservers: [{{ url: '{{scheme}}://api.example.com', variables: {{ scheme: {{ default: https, enum: {schemes} }} }} }}]\npaths: {{ /a: {{ get: {{ parameters: [{{ name: limit, in: query, schema: {{ type: integer, maximum: {bound} }} }}] }} }} }}\n"
        ))
    };
    let page = |inventory: &Inventory| inventory.operations[0].page_size.as_ref().and_then(|page| page.most);
    assert_eq!(page(&text("100", "[https]")), Some(100));
    assert_eq!(page(&text("'100'", "[https]")), None);
    assert!(text("1", "[https, http]").operations[0].servers[0].plain);
    assert!(!text("1", "[https, wss]").operations[0].servers[0].plain);
}

#[test]
fn what_stands_before_a_fault_in_the_text_is_judged_and_the_fault_stays() {
    const SOUND: &str = "openapi: 3.0.3\npaths:\n  /a/{id}:\n    get:\n      security: []\n";
    for (broken, operations) in [
        ("  /b:\n   get: [\n", vec!["GET /a/{id}"]),
        ("  /b:\n    get:\n      responses: {'200': {description: ok}\n", vec!["GET /a/{id}", "GET /b"]),
        ("  /a/{id}: {}\n", vec!["GET /a/{id}"]),
        ("components: [\n", vec!["GET /a/{id}"]),
    ] {
        let inventory = of(&format!("{SOUND}{broken}"));
        let read: Vec<String> =
            inventory.operations.iter().map(|operation| operation.endpoint.to_string()).collect();
        assert_eq!(read, operations, "{broken}");
        assert!(inventory.has_errors(), "{broken}");
    }
}

#[test]
fn a_record_may_be_named_by_what_it_is() {
    let named = |path: &str, method: &str, rest: &str| {
        let inventory = of(&format!(
            "openapi: 3.0.3\npaths:\n  /invoices/{{id}}: {{ delete: {{}} }}\n  /orders: {{ delete: {{}} }}\n  /ratings: {{ delete: {{}} }}\n  {path}: {{ {method}: {{ {rest} }} }}\n"
        ));
        let operation = inventory.operations.last().unwrap();
        operation.object_refs.iter().map(|object| object.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    let query = |name: &str, schema: &str| {
        format!("parameters: [{{ name: {name}, in: query, schema: {{ type: {schema} }} }}]")
    };
    let none = String::new();
    for (path, method, rest, found) in [
        ("/files/{filename}", "get", none.clone(), "filename"),
        ("/docs/{filename}", "get", none.clone(), ""),
        ("/invoices/download", "get", query("invoice", "integer"), "invoice"),
        ("/orders/download", "get", query("order", "string"), "order"),
        ("/contract", "get", query("contract", "string"), "contract"),
        ("/pdf", "get", query("invoice", "integer"), "invoice"),
        // Elsewhere a text is a word to look for.
        ("/pdf", "get", query("invoice", "string"), ""),
        ("/pdf", "get", query("invoice", "'integer', enum: [1, 2]"), ""),
        ("/pdf", "get", query("rating", "integer"), ""),
        ("/pdf", "get", query("nothing", "integer"), ""),
        (
            "/statement",
            "post",
            "requestBody: { content: { application/json: { schema: { type: object, properties: { order: { type: integer }, note: { type: string } } } } } }".to_owned(),
            "order",
        ),
    ] {
        assert_eq!(named(path, method, &rest), found, "{method} {path} {rest}");
    }
}
