//! The founding incident blocks in whatever shape it comes: customer records for anyone, by any method,
//! under any name, in any schema. What a caller gets back of their own does not.
#![allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "tests")]

mod common;

use checks::Options;
use common::NOW;
use spec::reading::{File, read};

/// A public operation, `METHOD /path`, its name, the schema of its body, its success and the schema of that.
struct Form {
    endpoint: &'static str,
    id: &'static str,
    body: &'static str,
    success: &'static str,
    answer: &'static str,
}

const fn form(
    endpoint: &'static str,
    id: &'static str,
    body: &'static str,
    success: &'static str,
    answer: &'static str,
) -> Form {
    Form { endpoint, id, body, success, answer }
}

const PAGE: &str = "{type: object, properties: {page: {type: integer}}}";
const LIST: &str = "{type: array, maxItems: 10, items: {$ref: '#/components/schemas/Customer'}}";
const ONE: &str = "{$ref: '#/components/schemas/Customer'}";
const SIGN_UP: &str = "{type: object, properties: {name: {type: string}, email: {type: string, format: email}, password: {type: string}}}";
const LOG_IN: &str = "{type: object, properties: {username: {type: string}, password: {type: string}}}";

/// Personal data for anyone.
const LEAKS: &[Form] = &[
    form("POST /customers/search", "searchCustomers", PAGE, "200", LIST),
    form("POST /api/customers", "postCustomers", PAGE, "200", LIST),
    form("POST /api/customers/batch", "post_api_customers_batch", PAGE, "200", LIST),
    form("POST /customers", "submitQuery", PAGE, "200", LIST),
    form("POST /customers/export", "startExport", PAGE, "200", LIST),
    form("POST /customers", "x1", PAGE, "201", LIST),
    form("POST /customers/page", "createCustomerPage", PAGE, "200", LIST),
    form("POST /customers/verify", "x2", PAGE, "200", LIST),
    form("POST /session/customers", "x3", PAGE, "200", LIST),
    form("POST /refresh/customers", "x6", PAGE, "200", LIST),
    form("PUT /customers/batch", "putX", PAGE, "200", LIST),
    form("PATCH /customers/{id}", "patchX", PAGE, "200", ONE),
    form("DELETE /customers/{id}", "delX", PAGE, "200", ONE),
    form("POST /order-status", "x4", PAGE, "200", ONE),
    form("POST /customer", "x5", PAGE, "200", ONE),
    form("POST /login/customer", "logIn", PAGE, "200", ONE),
    form("HEAD /customers", "x11", PAGE, "200", LIST),
    form("GET /customers", "x7", PAGE, "default", LIST),
    form("GET /customers", "x8", PAGE, "2XX", LIST),
    form("QUERY /customers", "x8", PAGE, "200", LIST),
    // What a caller sends of themselves opens no list, and no further classes.
    form("POST /customers", "createCustomer", SIGN_UP, "201", LIST),
    form("POST /customers", "createCustomer", SIGN_UP, "201", ONE),
    form("POST /login", "logIn", LOG_IN, "200", LIST),
    // Keywords of schemas that hold others.
    form(
        "GET /c",
        "x12",
        PAGE,
        "200",
        "{oneOf: [{type: object, properties: {a: {type: integer}}}, {type: array, maxItems: 10, items: {$ref: '#/components/schemas/Customer'}}]}",
    ),
    form(
        "GET /c",
        "x13",
        PAGE,
        "200",
        "{if: {properties: {a: {const: 1}}}, then: {type: array, maxItems: 10, items: {$ref: '#/components/schemas/Customer'}}}",
    ),
    form(
        "GET /c",
        "x14",
        PAGE,
        "200",
        "{type: object, patternProperties: {'^c': {$ref: '#/components/schemas/Customer'}}}",
    ),
    form(
        "GET /c",
        "x15",
        PAGE,
        "200",
        "{type: array, maxItems: 5, prefixItems: [{$ref: '#/components/schemas/Customer'}]}",
    ),
    form("GET /c", "x16", PAGE, "200", "{$dynamicRef: '#/components/schemas/Customer'}"),
    form(
        "GET /c",
        "x17",
        PAGE,
        "200",
        "{type: object, unevaluatedProperties: {$ref: '#/components/schemas/Customer'}}",
    ),
    form(
        "GET /c",
        "x18",
        PAGE,
        "200",
        "{type: object, dependentSchemas: {a: {$ref: '#/components/schemas/Customer'}}}",
    ),
    form(
        "GET /c",
        "x19",
        PAGE,
        "200",
        "{type: string, contentMediaType: application/json, contentSchema: {$ref: '#/components/schemas/Customer'}}",
    ),
    form(
        "GET /c",
        "x24",
        PAGE,
        "200",
        "{type: array, maxItems: 5, unevaluatedItems: {$ref: '#/components/schemas/Customer'}}",
    ),
    form(
        "GET /c",
        "x20",
        PAGE,
        "200",
        "{type: object, properties: {contact: {type: string, examples: ['desk@example.org']}}}",
    ),
];

/// What anyone may have.
const HONEST: &[Form] = &[
    form(
        "POST /customers",
        "createCustomer",
        SIGN_UP,
        "201",
        "{type: object, properties: {id: {type: string}, name: {type: string}, email: {type: string, format: email}}}",
    ),
    form(
        "POST /signup",
        "x",
        SIGN_UP,
        "200",
        "{type: object, properties: {id: {type: string}, email: {type: string, format: email}}}",
    ),
    form(
        "PUT /newsletter",
        "subscribe",
        "{type: object, properties: {email: {type: string}}}",
        "200",
        "{type: object, properties: {email: {type: string}, since: {type: string}}}",
    ),
    // A log-in may return the profile of the one who proved who they are.
    form("POST /login", "logIn", LOG_IN, "200", ONE),
    form(
        "POST /auth/token",
        "logIn",
        LOG_IN,
        "200",
        "{type: object, properties: {access_token: {type: string}}}",
    ),
    form(
        "POST /token/refresh",
        "refresh",
        "{type: object, properties: {refresh_token: {type: string}}}",
        "200",
        ONE,
    ),
    form("POST /verify", "verify", "{type: object, properties: {code: {type: string}}}", "200", ONE),
    form("POST /jobs", "startJob", PAGE, "202", "{type: object, properties: {job: {type: string}}}"),
    form("GET /c", "x20", PAGE, "200", "{type: string}"),
    form("GET /c", "x21", PAGE, "200", "{type: object, properties: {info: {type: string, enum: [a]}}}"),
    form("GET /c", "x22", PAGE, "402", LIST),
    form("GET /c", "x23", PAGE, "302", LIST),
];

/// The blockers.
fn told(form: &Form) -> Vec<&'static str> {
    told_all(form).into_iter().filter(|id| *id < "ACH-100").collect()
}

fn told_all(form: &Form) -> Vec<&'static str> {
    let Form { endpoint, id, body, success, answer } = form;
    let (method, path) = endpoint.split_once(' ').unwrap();
    let method = method.to_ascii_lowercase();
    let text = format!(
        "openapi: 3.2.0
info: {{title: Shop, version: '1'}}
security: [{{bearer: []}}]
components:
  securitySchemes: {{bearer: {{type: http, scheme: bearer}}}}
  schemas:
    Customer:
      type: object
      properties: {{id: {{type: string, format: uuid}}, name: {{type: string}}, email: {{type: string, format: email}}, phone: {{type: string}}, street: {{type: string}}}}
paths:
  {path}:
    {method}:
      operationId: {id}
      security: []
      x-tidegate: {{audience: {{public: {{reason: r, owner: o, expires: 2031-06-30}}}}, limit: [{{requests: 60, per: 1m}}]}}
      requestBody: {{content: {{application/json: {{schema: {body}}}}}}}
      responses:
        '{success}': {{description: ok, content: {{application/json: {{schema: {answer}}}}}}}
        '429': {{description: slow}}
"
    );
    let file = File { name: "shop.yaml".into(), text: text.as_str().into() };
    let inventory = read(&[file], &mut |_| Vec::new());
    assert!(!inventory.has_errors(), "{text}{:?}", inventory.faults.first());
    let findings = checks::check(&inventory, Options::default(), NOW);
    findings.iter().map(|found| found.check.id).collect()
}

#[test]
fn personal_data_for_anyone_blocks_whatever_the_method_the_name_or_the_schema() {
    let passed: Vec<_> =
        LEAKS.iter().filter(|form| told(form) != ["ACH-008"]).map(|form| (form.endpoint, form.id)).collect();
    assert_eq!(passed, []);
}

#[test]
fn what_callers_get_back_of_their_own_is_no_leak() {
    for form in HONEST {
        assert_eq!(told(form), [""; 0], "{} {}", form.endpoint, form.id);
    }
}

#[test]
fn an_open_answer_of_any_fields_is_told() {
    for answer in ["{type: object, additionalProperties: true}", "{}"] {
        let form = form("GET /c", "x9", PAGE, "200", answer);
        let text = told_all(&form);
        assert!(text.contains(&"ACH-104"), "{answer}: {text:?}");
    }
}
