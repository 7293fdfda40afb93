//! `tidegate check` over specifications, configurations of Tidegate and Cedar policies together, and what
//! a change of proxies, configurations and policies newly lets through.

// long: four tables of one kind, each row a change as somebody would make it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Orders of customers, a list for staff, a shop window and a job of the house. Nothing is declared here.
const API: &str = "openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: https://shop.example.com}]
security: [{token: []}]
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
paths:
  /orders/{id}:
    get:
      operationId: readOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}]
      responses: &answers
        '200':
          description: an order
          content: {application/json: {schema: {type: object, properties: {customer_id: {type: string}, email: {type: string, format: email}}}}}
        '4XX': {description: refused}
  /staff/customers:
    get:
      operationId: listForStaff
      parameters: [{name: size, in: query, schema: {type: integer, maximum: 100}}]
      responses: *answers
  /products:
    get: {operationId: listProducts, security: [], responses: {'200': {description: products}}}
  /jobs:
    post: {operationId: runJobs, responses: {'202': {description: begun}}}
";

const CONFIG: &str = "mode: enforce
listen: 127.0.0.1:8090
trust: [127.0.0.0/8]
upstreams:
  shop: {url: http://127.0.0.1:8080}
specs:
  - file: api.yaml
endpoints:
  GET /orders/{id}:
    audience: authenticated
    owner: $.customer_id = claim.sub
    limit: [{requests: 60, per: 1m}]
    budget: [{subjects: 5, per: 1h}]
    classes: [email]
  GET /staff/customers:
    audience: authenticated
    limit: [{requests: 60, per: 1m}]
    budget: [{subjects: 50, per: 1h}]
    classes: [email]
  GET /products:
    audience: {public: {reason: shop window, owner: web team, expires: 2099-12-31}}
  POST /jobs:
    audience: {internal: [10.20.0.0/16]}
identify:
  issuers:
    - issuer: https://login.example.com
      audience: [shop]
      jwks: https://login.example.com/keys.json
      roles: [{claim: groups, is: desk, role: staff}]
policies: [policies]
patches: [patches]
budgets:
  roles:
    staff: [{subjects: 200, per: 1h}]
";

const DESK: &str = "@id(\"desk\")
permit (principal in Role::\"staff\", action == Action::\"listForStaff\", resource);
@id(\"pages\")
forbid (principal, action == Action::\"listForStaff\", resource)
when { context.numbers.hasTag(\"query.size\") && context.numbers.getTag(\"query.size\") > 100 };
@id(\"office\")
forbid (principal, action == Action::\"listForStaff\", resource)
unless { context.client.isInRange(ip(\"192.0.2.0/24\")) };
";

/// Asks for an owner: without one there is nobody whose record could be released.
const GUARDIANS: &str = "@id(\"guardians\")
permit (principal is User, action in Action::\"disclose readOrder\", resource)
when { principal.hasTag(\"guardian_of\") && [principal.getTag(\"guardian_of\")].containsAll(context.owners) };
";

const PATCH: &str = "@id(\"old-export\") @reason(\"hands out every order\") @expires(\"2099-12-31\")
forbid (principal, action in Action::\"GET /orders/{id}\", resource)
unless { principal is User };
";

type Files<'f> = &'f [(&'f str, &'f str)];

fn write(files: Files<'_>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1");
    command.output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The shop's files, with `changes` in them: a file, what stands there and what shall.
fn shop(changes: &[(&str, &str, &str)]) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = [
        ("api.yaml", API),
        ("tidegate.yaml", CONFIG),
        ("policies/desk.cedar", DESK),
        ("policies/guardians.cedar", GUARDIANS),
        ("patches/export.cedar", PATCH),
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .into();
    for (file, before, after) in changes {
        let (_, text) = files.iter_mut().find(|(name, _)| name == file).unwrap();
        assert!(text.contains(before), "{before:?} is not in {file}");
        *text = text.replacen(before, after, 1);
    }
    files
}

fn lent(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

/// Blockers and warnings, as `ACH-004 GET /orders/{id}`.
fn found(folder: &Path, args: &[&str]) -> Vec<String> {
    let told = json(&check(folder, &[args, &["--format", "json"]].concat()));
    let findings = told["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|one| format!("{} {}", one["id"].as_str().unwrap(), one["subject"].as_str().unwrap()))
        .collect()
}

/// What the change from `old` to `new` lets through.
fn widened(old: Files<'_>, new: Files<'_>) -> Vec<String> {
    let (before, after) = (write(old), write(new));
    let output = check(after.path(), &[".", "--base", before.path().to_str().unwrap(), "--format", "json"]);
    let told = json(&output);
    assert_eq!(told["judged"], true, "{}", told["faults"]);
    let widened = told["widened"].as_array().unwrap();
    for one in widened {
        assert!(!one["request"].as_str().unwrap().is_empty(), "{one}");
        assert!(one["line"].as_u64().unwrap() > 0, "{one}");
    }
    widened.iter().map(|one| one["message"].as_str().unwrap().to_owned()).collect()
}

/// Files that change: name, before, after.
type Changed<'c> = &'c [(&'c str, &'c str, &'c str)];

/// Every row widens as it says, and taking it back widens nothing but what `back` allows.
fn every_widening_is_told(rows: &[(Changed<'_>, &str)]) {
    let old = shop(&[]);
    for (changes, said) in rows {
        let new = shop(changes);
        let told = widened(&lent(&old), &lent(&new));
        assert!(
            told.iter().any(|message| message.contains(said)),
            "{changes:?}\n{said:?} is not in {told:#?}"
        );
        let back = widened(&lent(&new), &lent(&old));
        assert!(back.is_empty(), "{changes:?} the other way: {back:#?}");
    }
}

fn every_twin_is_silent(rows: &[&[(&str, &str, &str)]]) {
    let old = shop(&[]);
    for changes in rows {
        let told = widened(&lent(&old), &lent(&shop(changes)));
        assert!(told.is_empty(), "{changes:?}: {told:#?}");
    }
}

#[test]
fn a_configuration_its_specifications_and_its_policies_are_judged_together() {
    let bare = write(&[("api.yaml", API)]);
    assert_eq!(
        found(bare.path(), &["api.yaml"])[0],
        "ACH-001 api.yaml",
        "nothing is declared in the document"
    );
    let files = shop(&[]);
    let folder = write(&lent(&files));
    // The specification is the one that the configuration names, and named twice it is read once.
    for args in [&["tidegate.yaml"][..], &["."], &["api.yaml", "tidegate.yaml", "policies", "patches"]] {
        let output = check(folder.path(), args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("0 blockers"), "{text}");
        assert!(text.contains("in 4 operations and 5 routes of 5 files"), "{text}");
    }
}

#[test]
fn the_example_has_no_blocker() {
    let output = check(Path::new(env!("CARGO_MANIFEST_DIR")), &["../../examples"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("0 blockers") && text.contains(" of 5 files"), "{text}");
}

#[test]
fn what_configuration_and_policies_leave_open_is_found() {
    let owner = "    owner: $.customer_id = claim.sub\n";
    let declared = API.replace(
        "      operationId: readOrder",
        "      operationId: readOrder\n      x-tidegate: {audience: authenticated, owner: $.customer_id = claim.sub, limit: [{requests: 60, per: 1m}], classes: [email]}",
    );
    let everybody = "@id(\"all\") permit (principal, action in Action::\"disclose readOrder\", resource);\n";
    let rows: &[(&str, Changed<'_>, &str)] = &[
        (
            "an intent of the configuration is judged as one of the document",
            &[("tidegate.yaml", owner, ""), ("policies/guardians.cedar", GUARDIANS, "// none\n")],
            "ACH-004 GET /orders/{id}",
        ),
        (
            "a declaration that has ended",
            &[("tidegate.yaml", "2099-12-31", "2021-12-31")],
            "ACH-002 GET /products",
        ),
        (
            "an owner that is no field",
            &[("tidegate.yaml", "$.customer_id", "$.customer")],
            "ACH-005 GET /orders/{id}",
        ),
        (
            "a patch that has ended",
            &[("patches/export.cedar", "2099-12-31", "2021-12-31")],
            "ACH-109 old-export",
        ),
        (
            "a policy that releases everything",
            &[("policies/desk.cedar", "@id(\"desk\")", &format!("{everybody}@id(\"desk\")"))],
            "ACH-020 GET /orders/{id}",
        ),
        (
            "a mode that keeps no limit",
            &[("tidegate.yaml", "mode: enforce", "mode: observe")],
            "ACH-016 GET /orders/{id}",
        ),
        (
            "an intent that is taken back",
            &[("api.yaml", API, &declared), ("tidegate.yaml", "requests: 60", "requests: 600")],
            "ACH-019 GET /orders/{id}",
        ),
        (
            "a job of the house in a mode that lets everyone in",
            &[(
                "tidegate.yaml",
                "mode: enforce\nlisten: 127.0.0.1:8090\ntrust: [127.0.0.0/8]",
                "mode: observe\nlisten: 0.0.0.0:8090\ndirect: true",
            )],
            "ACH-014 POST /jobs",
        ),
        (
            "plain text for everyone",
            &[(
                "tidegate.yaml",
                "listen: 127.0.0.1:8090\ntrust: [127.0.0.0/8]",
                "listen: 0.0.0.0:8090\ndirect: true",
            )],
            "ACH-013 Tidegate 0.0.0.0:8090",
        ),
        (
            "a job of the house behind a proxy that nobody knows",
            &[("tidegate.yaml", "mode: enforce", "mode: observe")],
            "ACH-014 POST /jobs",
        ),
        (
            "a job of the house where callers say of themselves that they are in it",
            &[("tidegate.yaml", "trust: [127.0.0.0/8]", "trust: [0.0.0.0/1, 128.0.0.0/1]")],
            "ACH-014 POST /jobs",
        ),
        (
            "plain text for everyone who calls himself a proxy",
            &[(
                "tidegate.yaml",
                "listen: 127.0.0.1:8090\ntrust: [127.0.0.0/8]",
                "listen: 0.0.0.0:8090\ntrust: ['0.0.0.0/0', '::/0']",
            )],
            "ACH-013 Tidegate 0.0.0.0:8090",
        ),
        (
            "plain text for everyone beside the proxy on this machine",
            &[("tidegate.yaml", "listen: 127.0.0.1:8090", "listen: 0.0.0.0:8090")],
            "ACH-013 Tidegate 0.0.0.0:8090",
        ),
        (
            "a house that is the world",
            &[("tidegate.yaml", "internal: [10.20.0.0/16]", "internal: [10.20.0.0/16, '::/0']")],
            "ACH-014 POST /jobs",
        ),
        (
            "a policy that releases everything to every address",
            &[(
                "policies/guardians.cedar",
                "principal.hasTag(\"guardian_of\") && [principal.getTag(\"guardian_of\")].containsAll(context.owners)",
                "context.client.isInRange(ip(\"0.0.0.0/0\"))",
            )],
            "ACH-020 GET /orders/{id}",
        ),
    ];
    for (name, changes, finding) in rows {
        let files = shop(changes);
        let folder = write(&lent(&files));
        let told = found(folder.path(), &["."]);
        assert!(told.iter().any(|one| one == finding), "{name}: {finding} is not in {told:#?}");
    }
}

#[test]
fn a_gateway_behind_proxies_on_other_machines_is_no_plain_listener_for_everyone() {
    let files = shop(&[(
        "tidegate.yaml",
        "listen: 127.0.0.1:8090\ntrust: [127.0.0.0/8]",
        "listen: 0.0.0.0:8090\ntrust: [127.0.0.0/8, 10.30.0.0/16]",
    )]);
    let told = found(write(&lent(&files)).path(), &["."]);
    assert!(!told.iter().any(|one| one.starts_with("ACH-013")), "{told:#?}");
}

/// Blockers with their places.
fn placed(folder: &Path) -> Vec<String> {
    let told = json(&check(folder, &[".", "--format", "json"]));
    let findings = told["findings"].as_array().unwrap().iter().filter(|one| one["level"] == "error");
    let part = |one: &Value, key: &str| one[key].as_str().unwrap().trim_start_matches("./").to_owned();
    findings
        .map(|one| {
            format!("{} {} {}:{}", part(one, "id"), part(one, "subject"), part(one, "file"), one["line"])
        })
        .collect()
}

#[test]
fn the_policy_that_releases_records_is_told_and_not_another_one_of_the_same_door() {
    // In the order of the files the guardians' policy comes first, and it asks whose ward it is.
    let support =
        "@id(\"support\")\npermit (principal is User, action in Action::\"disclose readOrder\", resource);\n";
    let mut files = shop(&[]);
    files.push(("policies/support.cedar".to_owned(), support.to_owned()));
    let told = placed(write(&lent(&files)).path());
    assert_eq!(told, ["ACH-020 GET /orders/{id} policies/support.cedar:1"]);
    // The same of a change.
    let old = write(&lent(&shop(&[])));
    let new = write(&lent(&files));
    let output = check(new.path(), &[".", "--base", old.path().to_str().unwrap(), "--format", "json"]);
    let told = json(&output);
    let file = told["widened"][0]["file"].as_str().unwrap();
    assert!(file.ends_with("policies/support.cedar"), "{told:#}");
}

#[test]
fn a_way_past_the_gateway_is_told_and_one_through_it_is_not() {
    let front = |lines: &str| {
        format!(
            "events {{}}\nhttp {{\n  server {{\n    listen 443 ssl;\n    server_name shop.example.com;\n{lines}  }}\n}}\n"
        )
    };
    let through = "    location / { proxy_pass http://127.0.0.1:8090; }\n";
    let order = "    location /orders/ { proxy_pass http://127.0.0.1:8080; }\n";
    let jobs = "    location = /jobs { proxy_pass http://127.0.0.1:8080; }\n";
    let other = "    location = /jobs { proxy_pass http://127.0.0.1:8090/jobs; }\n";
    let rows: &[(&str, String, &[&str])] = &[
        ("nginx.conf", front(through), &[]),
        ("nginx.conf", front(&format!("{through}{other}")), &[]),
        ("nginx.conf", front(&format!("{through}{order}")), &["ACH-015 GET /orders/{id} nginx.conf:7"]),
        ("nginx.conf", front(&format!("{through}{jobs}")), &["ACH-014 POST /jobs nginx.conf:7"]),
        // The service by another name.
        (
            "nginx.conf",
            front(&format!("{through}{}", order.replace("127.0.0.1:8080", "shop")))
                .replace("http {\n", "http {\n  upstream shop { server localhost:8080; }\n"),
            &["ACH-015 GET /orders/{id} nginx.conf:8"],
        ),
        ("haproxy.cfg", haproxy("127.0.0.1:8080"), &["ACH-015 GET /orders/{id} haproxy.cfg:9"]),
        ("haproxy.cfg", haproxy("127.0.0.1:8081"), &[]),
        // A second gateway before the same service; one before the first is kept by that.
        (
            "second.tidegate.yaml",
            second("http://127.0.0.1:8080"),
            &[
                "ACH-015 second.tidegate.yaml second.tidegate.yaml:1",
                "ACH-014 POST /jobs second.tidegate.yaml:1",
            ],
        ),
        ("second.tidegate.yaml", second("http://127.0.0.1:8090"), &[]),
    ];
    for (name, text, wanted) in rows {
        let mut files = shop(&[]);
        files.push(((*name).to_owned(), text.clone()));
        let told = placed(write(&lent(&files)).path());
        let told: Vec<&String> = told.iter().filter(|one| !one.starts_with("ACH-013")).collect();
        assert_eq!(told, wanted.iter().collect::<Vec<_>>(), "{text}");
    }
}

/// A HAProxy that leads orders to `service`, and all else to the gateway.
fn haproxy(service: &str) -> String {
    format!(
        "defaults\n  mode http\nfrontend edge\n  bind :443 ssl crt x\n  use_backend orders if {{ path_beg /orders/ }}\n  default_backend gate\nbackend gate\n  server a 127.0.0.1:8090\nbackend orders\n  server a {service}\n"
    )
}

/// A gateway that only observes, and leads to `service`.
fn second(service: &str) -> String {
    format!(
        "mode: observe\nlisten: 0.0.0.0:9090\ndirect: true\nupstreams: {{shop: {{url: '{service}'}}}}\nendpoints: {{POST /jobs: {{audience: {{internal: [10.20.0.0/16]}}}}}}\n"
    )
}

#[test]
fn an_internal_door_in_observe_is_the_proxys_to_keep_where_one_is_known() {
    let kept = "events {}\nhttp {\n  server {\n    listen 443 ssl;\n    location / { proxy_pass http://127.0.0.1:8090; }\n    location = /jobs { allow 10.20.0.0/16; deny all; proxy_pass http://127.0.0.1:8090; }\n  }\n}\n";
    let observed = shop(&[("tidegate.yaml", "mode: enforce", "mode: observe")]);
    for (text, told) in [(kept.to_owned(), false), (kept.replace("allow 10.20.0.0/16; deny all; ", ""), true)]
    {
        let mut files = observed.clone();
        files.push(("nginx.conf".to_owned(), text));
        let found = found(write(&lent(&files)).path(), &["."]);
        assert_eq!(found.contains(&"ACH-014 POST /jobs".to_owned()), told, "{found:#?}");
    }
}

#[test]
fn who_is_believed_about_address_and_name_is_compared() {
    for (before, after, said) in [
        (
            "trust: [127.0.0.0/8]",
            "trust: [127.0.0.0/8]\nforwarding_header: forwarded",
            "from which address they come, where the proxies leave `forwarded` as they find it",
        ),
        (
            "audience: [shop]",
            "audience: [shop]\n      subject: email",
            "the claim `email` of `https://login.example.com`, as the caller's name, can now prove who somebody is",
        ),
    ] {
        let (old, new) = (shop(&[]), shop(&[("tidegate.yaml", before, after)]));
        let told = widened(&lent(&old), &lent(&new));
        assert!(told.len() == 1 && told[0].contains(said), "{told:#?}");
        // Neither of the two is the narrower one.
        assert_eq!(widened(&lent(&new), &lent(&old)).len(), 1, "{after}");
    }
}

#[test]
fn an_operation_that_a_policy_keeps_to_known_callers_counts_as_guarded() {
    // The document lets anyone in; the gateway before it does not.
    let open = ("api.yaml", "security: [{token: []}]\n", "");
    let files = shop(&[open]);
    let folder = write(&lent(&files));
    let without = write(&[("api.yaml", &files[0].1.replace("      operationId: readOrder", "      operationId: readOrder\n      x-tidegate: {audience: authenticated, owner: $.customer_id = claim.sub, limit: [{requests: 60, per: 1m}]}"))]);
    assert!(found(without.path(), &["."]).contains(&"ACH-003 GET /orders/{id}".to_owned()));
    let told = found(folder.path(), &["."]);
    assert!(!told.iter().any(|one| one.starts_with("ACH-003")), "{told:#?}");
    // The same by a policy alone, without any configuration.
    let policy = "@id(\"known\") permit (principal is User, action == Action::\"readOrder\", resource);";
    std::fs::write(without.path().join("known.cedar"), policy).unwrap();
    let told = found(without.path(), &["."]);
    assert!(!told.iter().any(|one| one.starts_with("ACH-003")), "{told:#?}");
    // A role that a policy asks for is more than an ordinary credential.
    let staff = shop(&[("policies/desk.cedar", "principal in Role::\"staff\"", "principal")]);
    let told = found(write(&lent(&staff)).path(), &["."]);
    assert!(told.contains(&"ACH-011 GET /staff/customers".to_owned()), "{told:#?}");
}

#[test]
fn what_cannot_be_judged_keeps_the_gate_shut_and_says_where() {
    let rows: &[(Changed<'_>, &str, &str)] = &[
        (
            &[("tidegate.yaml", "audience: authenticated\n    owner", "audiense: authenticated\n    owner")],
            "tidegate.yaml:",
            "audience",
        ),
        (&[("tidegate.yaml", "file: api.yaml", "file: gone.yaml")], "tidegate.yaml:7:", "gone.yaml"),
        (&[("tidegate.yaml", "policies: [policies]", "policies: [rules]")], "tidegate.yaml:", "rules"),
        (&[("tidegate.yaml", "upstreams:\n", "upstreams: [\n")], "tidegate.yaml:", "error"),
        (&[("tidegate.yaml", "trust: [127.0.0.0/8]\n", "")], "tidegate.yaml:1:", "trust"),
        (
            &[("policies/desk.cedar", "Action::\"listForStaff\"", "Action::\"listForStuff\"")],
            "policies/desk.cedar:2:",
            "listForStaff",
        ),
        (&[("policies/desk.cedar", "permit (", "permit ((")], "policies/desk.cedar:2:", "error"),
        (
            &[("patches/export.cedar", "@reason(\"hands out every order\") ", "")],
            "patches/export.cedar:2:",
            "@reason",
        ),
    ];
    for (changes, place, said) in rows {
        let files = shop(changes);
        let output = check(write(&lent(&files)).path(), &["."]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(2), "{changes:?}\n{text}");
        assert!(text.contains(place) && text.contains(said), "{changes:?}: {place} {said}\n{text}");
    }
    // A policy that no configuration names guards nothing.
    let files = shop(&[("tidegate.yaml", "policies: [policies]\n", "")]);
    let output = check(write(&lent(&files)).path(), &["."]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("no configuration names this file"), "{text}");
    assert!(text.contains("policies/desk.cedar"), "{text}");
}

#[test]
fn what_a_configuration_newly_lets_through_is_told() {
    let file = "tidegate.yaml";
    let orders = "GET /orders/{id}:\n    audience: authenticated\n    owner: $.customer_id = claim.sub\n";
    let public = "GET /orders/{id}:\n    audience: {public: {reason: r, owner: o, expires: 2099-12-31}}\n    owner: $.customer_id = claim.sub\n";
    let staff = "GET /orders/{id}:\n    audience: authenticated\n    owner: $.customer_id = claim.sub\n    roles: [staff]\n";
    every_widening_is_told(&[
        (
            &[
                (file, "    owner: $.customer_id = claim.sub\n", ""),
                ("policies/guardians.cedar", GUARDIANS, "// none\n"),
            ],
            "any signed-in caller can now read records of others by GET /orders/{id}",
        ),
        (
            &[
                (file, orders, public),
                ("patches/export.cedar", "principal is User", "principal is User || principal is Anonymous"),
            ],
            "anonymous callers can now read their own records by GET /orders/{id}",
        ),
        (
            &[(file, orders, staff)],
            "callers in the role `staff` can now read records of others by GET /orders/{id}",
        ),
        (
            &[(file, "10.20.0.0/16", "10.0.0.0/8")],
            "callers from 10.0.0.0/8 can now reach records by POST /jobs",
        ),
        (
            &[(file, "requests: 60", "requests: 600")],
            "can now have 36000 instead of 3600 calls an hour by GET /orders/{id}",
        ),
        (
            &[(file, "subjects: 5,", "subjects: 50,")],
            "can now have 50 instead of 5 people an hour by GET /orders/{id}",
        ),
        (&[(file, "mode: enforce", "mode: guard")], "anyone can now reach operations that nobody declared"),
        (&[(file, "mode: enforce", "mode: observe")], "nothing is refused any more"),
        (
            &[(file, "staff: [{subjects: 200, per: 1h}]", "staff: [{subjects: 900, per: 1h}]")],
            "the budget of the role `staff` now lets data of 900 instead of 200 people leave per 1h",
        ),
        (
            &[(file, "  roles:\n    staff", "  address: [{subjects: 5000, per: 1h}]\n  roles:\n    staff")],
            "the budget `budgets.address` now lets data of 5000 instead of 20 people leave per 1h",
        ),
        (
            &[(file, "trust: [127.0.0.0/8]", "trust: [0.0.0.0/0]")],
            "callers from 0.0.0.0/0 can now say of themselves from which address they come",
        ),
        (
            &[(file, "audience: [shop]", "audience: [shop, newsletter]")],
            "tokens of `https://login.example.com` for `newsletter` can now prove who somebody is",
        ),
        (
            &[(
                file,
                "roles: [{claim: groups, is: desk, role: staff}]",
                "roles: [{claim: groups, is: desk, role: staff}, {claim: groups, is: everyone, role: staff}]",
            )],
            "for the role `staff`, can now prove who somebody is",
        ),
        (
            &[(file, "policies: [policies]", "limits: {client: null}\npolicies: [policies]")],
            "any number instead of 7200000 requests an hour",
        ),
        (
            &[(
                file,
                "policies: [policies]",
                "limits: {client: {requests: 2000, per: 1s, burst: 90000}}\npolicies: [policies]",
            )],
            "the limit `limits.client` lets 90000 instead of 4000 requests at once through",
        ),
        (
            &[(file, "listen: 127.0.0.1:8090", "listen: 0.0.0.0:8090")],
            "everyone can now reach the gateway itself, at `0.0.0.0:8090`",
        ),
        (
            &[(
                file,
                "listen: 127.0.0.1:8090\ntrust: [127.0.0.0/8]",
                "listen: 0.0.0.0:8090\ntrust: [127.0.0.0/8, 10.30.0.0/16]",
            )],
            "who goes past the proxies can now reach the gateway itself, at `0.0.0.0:8090`",
        ),
        (
            &[(file, "audience: [shop]", "audience: [shop]\n      leeway: 1h")],
            "can now prove who somebody is until 3600 s after their end, instead of 30 s",
        ),
        (
            &[(
                file,
                "    classes: [email]\n  GET /staff",
                "    classes: [email]\n    stream: live\n  GET /staff",
            )],
            "answers of GET /orders/{id} may now leave unmetered",
        ),
        (
            &[(file, "policies: [policies]", "policies: [policies/guardians.cedar]")],
            "any signed-in caller can now read records of others by GET /staff/customers",
        ),
    ]);
    every_twin_is_silent(&[
        &[(file, "mode: enforce", "# enforce: only what is declared\nmode: enforce")],
        &[(file, "requests: 60", "requests: 30")],
        &[(file, "subjects: 5,", "subjects: 4,")],
        &[(file, "limit: [{requests: 60, per: 1m}]", "limit: [{requests: 3600, per: 1h}]")],
        &[(file, "http://127.0.0.1:8080", "http://127.0.0.1:8081")],
        &[(file, "10.20.0.0/16", "10.20.0.0/17")],
        &[(
            file,
            "    owner: $.customer_id = claim.sub\n",
            "    on_foreign: strip\n    owner: $.customer_id = claim.sub\n",
        )],
        &[(
            file,
            "staff: [{subjects: 200, per: 1h}]",
            "staff: [{subjects: 200, per: 1h}, {subjects: 300, per: 24h}]",
        )],
        &[(file, "trust: [127.0.0.0/8]", "trust: [127.0.0.1/32]")],
        &[(file, "jwks: https://login.example.com/keys.json", "jwks: https://login.example.com/keys2.json")],
    ]);
}

#[test]
fn what_a_policy_newly_lets_through_is_told() {
    let file = "policies/desk.cedar";
    let family = "policies/guardians.cedar";
    let office = "@id(\"office\")\nforbid (principal, action == Action::\"listForStaff\", resource)\nunless { context.client.isInRange(ip(\"192.0.2.0/24\")) };\n";
    let guardian = "[principal.getTag(\"guardian_of\")].containsAll(context.owners)";
    every_widening_is_told(&[
        (
            &[(file, "principal in Role::\"staff\"", "principal")],
            "any signed-in caller can now read records of others by GET /staff/customers",
        ),
        (
            &[(file, "principal in Role::\"staff\"", "principal is User")],
            "any signed-in caller can now read records of others by GET /staff/customers",
        ),
        (
            &[(file, "> 100", "> 1000")],
            "by GET /staff/customers, from 192.0.2.0/24, with `query.size` = `1000`",
        ),
        (
            &[(file, "@id(\"pages\")\nforbid (principal,", "@id(\"pages\")\nforbid (principal is Partner,")],
            "callers in the role `staff` can now read records of others by GET /staff/customers",
        ),
        (
            &[(file, office, "")],
            "callers in the role `staff` can now read records of others by GET /staff/customers",
        ),
        (&[(file, "192.0.2.0/24", "192.0.0.0/16")], "by GET /staff/customers, from 192.0.0.0/16"),
        (
            &[(file, "isInRange(ip(\"192.0.2.0/24\"))", "isIpv4()")],
            "callers in the role `staff` can now read",
        ),
        (
            &[(
                family,
                &format!("principal.hasTag(\"guardian_of\") && {guardian}"),
                "principal.hasTag(\"guardian_of\")",
            )],
            "any signed-in caller can now read records of others by GET /orders/{id}, with the claim `guardian_of`",
        ),
        (
            &[(family, ".containsAll(", ".containsAny(")],
            "can now read records of others by GET /orders/{id}, with the claim `guardian_of` = `caller-2`, beside records of somebody else",
        ),
        (
            &[(family, &format!("when {{ principal.hasTag(\"guardian_of\") && {guardian} }}"), "")],
            "any signed-in caller can now read records of others by GET /orders/{id}",
        ),
        (
            &[(
                file,
                "@id(\"desk\")",
                "@id(\"audit\") permit (principal in Role::\"auditor\", action == Action::\"listForStaff\", resource);\n@id(\"desk\")",
            )],
            "callers in the role `auditor` can now read records of others by GET /staff/customers",
        ),
        (
            &[(
                file,
                "@id(\"desk\")",
                "@id(\"all\") permit (principal, action in Action::\"call\", resource);\n@id(\"desk\")",
            )],
            "any signed-in caller can now read records of others by GET /staff/customers",
        ),
        (
            &[(
                "patches/export.cedar",
                "unless { principal is User }",
                "unless { principal is User || context.request.hasTag(\"query.partner\") }",
            )],
            "any partner can now read their own records by GET /orders/{id}, with `query.partner`",
        ),
        (&[("patches/export.cedar", "2099-12-31", "2021-12-31")], "by GET /orders/{id}"),
    ]);
    every_twin_is_silent(&[
        &[(file, "@id(\"desk\")", "// who works at the desk\n@id(\"service-desk\")")],
        &[(file, "> 100", "> 50")],
        &[(file, "> 100", ">= 101")],
        &[(file, "192.0.2.0/24", "192.0.2.128/25")],
        &[(file, "action == Action::\"listForStaff\"", "action in Action::\"GET /staff/customers\"")],
        &[(file, "principal in Role::\"staff\"", "principal is User in Role::\"staff\"")],
        &[(
            family,
            "principal.hasTag(\"guardian_of\") && ",
            "principal.hasTag(\"guardian_of\") && context.method == \"GET\" && ",
        )],
        &[(
            file,
            "@id(\"desk\")",
            "@id(\"never\") forbid (principal is Partner, action == Action::\"listForStaff\", resource);\n@id(\"desk\")",
        )],
        &[("patches/export.cedar", "hands out every order", "hands out every order of everybody")],
        &[("patches/export.cedar", "2099-12-31", "2098-12-31")],
    ]);
}

#[test]
fn a_configuration_that_cannot_be_used_is_told_as_that_and_not_as_gone() {
    let (old, broken) = (shop(&[]), shop(&[("tidegate.yaml", "mode: enforce", "mode: enforced")]));
    let (before, after) = (write(&lent(&old)), write(&lent(&broken)));
    let output = check(after.path(), &[".", "--base", before.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("CONFIG-") && !said.contains("no gateway stands"), "{said}");
}

#[test]
fn a_new_operation_of_a_role_is_told_once_and_in_words_that_hold() {
    let notes = "  /products:\n    get:";
    let added = "  /staff/notes: {get: {operationId: staffNotes, responses: {'200': {description: a}}}}\n  /products:\n    get:";
    let intent = "  GET /staff/notes: {audience: authenticated, roles: [staff], limit: [{requests: 60, per: 1m}]}\n  GET /products:";
    let new = shop(&[("api.yaml", notes, added), ("tidegate.yaml", "  GET /products:", intent)]);
    let told = widened(&lent(&shop(&[])), &lent(&new));
    assert_eq!(
        told,
        [
            "callers in the role `staff` can now read records by GET /staff/notes, which is new",
            // Its records are for the role; an answer without any is for whoever is signed in.
            "any signed-in caller can now call GET /staff/notes",
        ]
    );
}
