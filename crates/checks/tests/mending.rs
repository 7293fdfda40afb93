//! The lines that a finding says to add, pasted where it says: the finding is gone, and the document can
//! still be judged.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "tests"
)]

mod common;

use std::collections::BTreeSet;

use checks::{Finding, Options};
use common::NOW;
use spec::inventory::Inventory;
use spec::reading::{File, read};

const HEAD: &str = "openapi: 3.1.0
info: {title: Clinic, version: '1'}
servers: [{url: 'https://api.example.com/v1'}]
components:
  securitySchemes:
    partnerKey: {type: apiKey, in: header, name: X-Partner}
    session: {type: apiKey, in: cookie, name: sid}
    signedIn: {type: http, scheme: bearer}
  schemas:
    Patient: {type: object, properties: {id: {type: string}, customer_id: {type: string}, email: {type: string, format: email}}}
";

/// Paths, and whether the document asks for a credential at its root.
const DOCUMENTS: &[(&str, bool)] = &[
    // Declared, and open in the document.
    (
        "  /patients:
    post:
      x-tidegate:
        audience: authenticated
      responses:
        '201': {description: made}
  /parcels:
    post:
      x-tidegate:
        audience: {partner: [parcels]}
      responses:
        '201': {description: made}
  /login:
    post:
      x-tidegate:
        audience: authenticated
      responses:
        '200': {description: in}
  /shut:
    post:
      security: []
      x-tidegate:
        audience: authenticated
      responses:
        '200': {description: in}
  /half:
    post:
      security: [{}, {signedIn: []}]
      x-tidegate:
        audience: authenticated
      responses:
        '200': {description: in}
",
        false,
    ),
    // Nothing declared.
    (
        "  /patients/{patientId}:
    parameters: [{name: patientId, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200':
          description: one
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Patient'
    delete:
      responses:
        '204': {description: gone}
  /letters/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      responses:
        '200': {description: ok}
  /admin/users:
    get:
      responses:
        '200': {description: ok}
  /health:
    get:
      responses:
        '200': {description: ok}
  /login:
    post:
      responses:
        '200': {description: ok}
  /open:
    get:
      security: []
      responses:
        '200': {description: ok}
  /parcels:
    get:
      security: [{partnerKey: []}]
      responses:
        '200': {description: ok}
",
        true,
    ),
    // The same, and the document asks for nothing.
    (
        "  /patients/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      responses:
        '200': {description: ok}
  /admin/users:
    get:
      responses:
        '200': {description: ok}
",
        false,
    ),
    // Declared in part.
    (
        "  /patients/{id}:
    parameters:
      - name: id
        in: path
        required: true
        schema:
          type: string
          maxLength: 8
          example: '123456'
    get:
      x-tidegate:
        audience: authenticated
      responses:
        '200':
          description: one
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Patient'
    delete:
      x-tidegate:
        audience: authenticated
        limit: [{requests: 5000, per: 1s}]
        roles: [desk]
      responses:
        '204': {description: gone}
  /notes/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
    get:
      x-tidegate:
        audience: authenticated
        roles: [desk]
      responses:
        '200': {description: ok}
  /letters/{number}:
    parameters: [{name: number, in: path, required: true, schema: {type: integer}}]
    get:
      x-tidegate:
        audience: authenticated
        limit: [{requests: 60, per: 1m}]
      responses:
        '200': {description: ok}
  /patients:
    get:
      x-tidegate:
        audience: authenticated
        roles: [desk]
        limit: [{requests: 60, per: 1m}]
      parameters:
        - name: limit
          in: query
          schema:
            type: integer
      responses:
        '200':
          description: all
          content:
            application/json:
              schema:
                type: array
                items: {$ref: '#/components/schemas/Patient'}
  /people:
    get:
      x-tidegate:
        audience: authenticated
        roles: [desk]
        limit: [{requests: 60, per: 1m}]
      responses:
        '200':
          description: all
          content:
            application/json:
              schema:
                type: array
                items: {$ref: '#/components/schemas/Patient'}
  /mine:
    get:
      security: [{session: []}]
      x-tidegate:
        audience: authenticated
        owner: $.customer_id = claim.sub
        limit: [{requests: 60, per: 1m}]
      responses:
        '200':
          description: one
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Patient'
  /shops:
    get:
      security: []
      x-tidegate:
        audience: {public: {reason: shops, owner: web, expires: 2031-12-31}}
        limit: [{requests: 60, per: 1m}]
      responses:
        '200':
          description: one
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Patient'
  /members:
    get:
      security: []
      x-tidegate:
        audience: {public: {reason: shops, owner: web, expires: 2031-12-31}}
        classes: [phone]
        limit: [{requests: 60, per: 1m}]
      responses:
        '200':
          description: one
          content:
            application/json:
              schema:
                {type: object, properties: {email: {type: string, format: email}}}
  /admin/users:
    get:
      x-tidegate:
        audience: authenticated
      responses:
        '200': {description: ok}
  /vendor:
    get:
      x-tidegate:
        audience: authenticated
        operator: {name: Parcels, contact: security@example.com}
        limit: [{requests: 60, per: 1m}]
      responses:
        '200': {description: ok}
  /any:
    get:
      security: []
      x-tidegate:
        audience: {public: {reason: shops, owner: web, expires: 2031-12-31}}
      responses:
        '200':
          description: any
          content:
            application/json:
              schema:
                type: object
                additionalProperties: true
",
        true,
    ),
];

fn judged(text: &str) -> (Inventory, Vec<Finding>) {
    let file = File { name: "clinic.yaml".into(), text: text.into() };
    let inventory = read(&[file], &mut |_| Vec::new());
    let faults = inventory.faults.first();
    assert!(!inventory.has_errors(), "{text}\n{faults:?}");
    let findings = checks::check(&inventory, Options { strict: true, ..Options::default() }, NOW);
    (inventory, findings)
}

/// The text with the lines of `finding` in their place.
fn pasted(text: &str, finding: &Finding, inventory: &Inventory) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let from = |start: usize, word: &str| {
        start + lines[start..].iter().position(|line| line.trim_start().starts_with(word)).unwrap()
    };
    let position = finding.operation.or_else(|| {
        inventory.operations.iter().position(|operation| *finding.subject == operation.endpoint.to_string())
    });
    let operation = &inventory.operations[position.unwrap_or_else(|| panic!("{}", finding.message))];
    let method = usize::try_from(operation.at.span.line).unwrap() - 1;
    let here = usize::try_from(finding.at.span.line).unwrap() - 1;
    let first = finding.add.split(['\n', ':']).next().unwrap();
    // The line to stand behind, and the indentation.
    let (after, deep) = match first {
        "owner" | "roles" | "limit" | "classes" | "budget" => {
            let declared = from(method, "x-tidegate:");
            (declared, indent(lines[declared]) + 2)
        }
        "security" | "x-tidegate" => (method, indent(lines[method]) + 2),
        "maximum" | "maxItems" | "format" => {
            let schema = from(here, "schema:");
            (schema, indent(lines[schema]) + 2)
        }
        "headers" => {
            let content = (0..here).rev().find(|nth| lines[*nth].trim() == "content:").unwrap();
            (content - 1, indent(lines[content]))
        }
        status if status.starts_with('"') => {
            let responses = from(method, "responses:");
            (responses, indent(lines[responses]) + 2)
        }
        other => panic!("nobody knows where `{other}` belongs: {}", finding.message),
    };
    let added = finding.add.lines().map(|line| format!("{}{line}", " ".repeat(deep)));
    let mut all: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    all.splice(after + 1..after + 1, added);
    all.join("\n") + "\n"
}

#[test]
fn the_lines_to_add_mend_what_they_are_said_for_and_leave_all_to_be_judged() {
    let mut tried = BTreeSet::new();
    for (paths, guarded) in DOCUMENTS {
        let root = if *guarded { "security: [{signedIn: []}]\n" } else { "" };
        let text = format!("{HEAD}{root}paths:\n{paths}");
        let (inventory, findings) = judged(&text);
        for finding in findings.iter().filter(|finding| !finding.add.is_empty()) {
            let mended = pasted(&text, finding, &inventory);
            let (_, after) = judged(&mended);
            let same =
                |other: &&Finding| other.check.id == finding.check.id && other.subject == finding.subject;
            assert!(
                after.iter().find(same).is_none(),
                "{} {} stands still with\n{}",
                finding.check.id,
                finding.subject,
                finding.add
            );
            tried.insert(finding.check.id);
        }
    }
    for id in [
        "ACH-001", "ACH-003", "ACH-004", "ACH-006", "ACH-007", "ACH-008", "ACH-011", "ACH-101", "ACH-102",
        "ACH-103", "ACH-106", "ACH-107", "ACH-108",
    ] {
        assert!(tried.contains(id), "no lines of {id} were tried: {tried:?}");
    }
}

#[test]
fn the_lines_name_what_the_document_has_and_no_log_in_is_told_to_ask_for_a_credential() {
    let add = |document: usize, check: &str, subject: &str| {
        let (paths, guarded) = DOCUMENTS[document];
        let root = if guarded { "security: [{signedIn: []}]\n" } else { "" };
        let (_, findings) = judged(&format!("{HEAD}{root}paths:\n{paths}"));
        let found = findings.into_iter().find(|found| found.check.id == check && &*found.subject == subject);
        let found = found.unwrap_or_else(|| panic!("no {check} {subject}"));
        (found.add, found.help)
    };
    for (document, check, subject, lines, help) in [
        (0, "ACH-003", "POST /v1/patients", "security:\n  - signedIn: []\n", "ask for a credential"),
        (0, "ACH-003", "POST /v1/parcels", "security:\n  - partnerKey: []\n", "ask for a credential"),
        (0, "ACH-003", "POST /v1/login", "", "declare the operation public"),
        (0, "ACH-003", "POST /v1/shut", "", "write `security: [{ signedIn: [] }]` in the place"),
        (0, "ACH-003", "POST /v1/half", "", "take out the alternative"),
        (1, "ACH-001", "GET /v1/health", "", "declare it public"),
        (1, "ACH-001", "POST /v1/login", "", "declare it public"),
        (1, "ACH-001", "GET /v1/parcels", "", "say who may call it"),
        (
            1,
            "ACH-001",
            "GET /v1/admin/users",
            "x-tidegate:\n  audience: authenticated\n  roles: [admin]\n  limit: [{ requests: 60, per: 1m }]\n",
            "say who",
        ),
        (3, "ACH-006", "DELETE /v1/patients/{id}", "", "declare fewer"),
        (3, "ACH-101", "GET /v1/letters/{number}", "", "type: string, format: uuid"),
        (3, "ACH-008", "GET /v1/members", "", "add `email` to its `classes`"),
    ] {
        let (add, said) = add(document, check, subject);
        assert_eq!(add, lines, "{check} {subject}");
        assert!(said.contains(help), "{check} {subject}: {said}");
    }
}

#[test]
fn what_a_caller_does_with_the_records_of_others_is_said_by_the_method() {
    for (method, path, does) in [
        ("get", "/a/{id}", "read any record"),
        ("put", "/a/{id}", "change any record"),
        ("delete", "/a/{id}", "delete any record"),
    ] {
        let text = format!(
            "{HEAD}security: [{{signedIn: []}}]\npaths:\n  {path}:\n    {method}:\n      x-tidegate: {{audience: authenticated}}\n      responses: {{'200': {{description: ok}}}}\n"
        );
        let (_, findings) = judged(&text);
        assert_eq!(findings[0].check.id, "ACH-004");
        assert!(findings[0].label.contains(does), "{}", findings[0].label);
    }
}
