//! What is told of what is found: the worst of an operation, once; what repeats, once; the widest first.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    dead_code,
    reason = "tests"
)]

mod common;

use checks::{Options, Weight};
use common::*;
use domain::DataClass;

const OWNED: &str = r#"{"audience":"authenticated","owner":"$.customer_id = claim.sub","classes":["email"],
    "limit":[{"requests":60,"per":"1h"}]}"#;

#[test]
fn an_operation_has_one_blocker_the_worst() {
    // Open, unowned, unlimited, in the URL, over plain http: the first of these is told.
    let operation = op("GET /orders/{id}")
        .intent(r#"{"audience":"authenticated"}"#)
        .names("id", Some("integer"))
        .parameter("token", "query")
        .open()
        .plain();
    let findings = checks::check(&inventory(vec![operation], vec![], vec![]), Options::default(), NOW);
    let blockers: Vec<&str> =
        findings.iter().filter(|found| found.is_blocker()).map(|found| found.check.id).collect();
    assert_eq!(blockers, ["ACH-003"]);
}

#[test]
fn that_a_route_stands_open_is_told_once() {
    let guarded = |path: &str, line| spec::inventory::Route { auth: required(), ..prefix(path, line) };
    // Open beside its family, and the old version of a guarded one.
    let routes = vec![guarded("/v2/orders", 3), guarded("/v1/parcels", 4), prefix("/v1/orders", 5)];
    let findings = checks::check(&inventory(vec![], vec![front(routes)], vec![]), Options::default(), NOW);
    let blockers: Vec<&str> =
        findings.iter().filter(|found| found.is_blocker()).map(|found| found.check.id).collect();
    assert_eq!(blockers, ["ACH-010"]);
}

#[test]
fn warnings_of_different_checks_stand_beside_the_blocker() {
    let operation = op("GET /orders/{id}")
        .intent(r#"{"audience":"authenticated"}"#)
        .names("id", Some("integer"))
        .statuses(&["200"]);
    let told = told(&inventory(vec![operation], vec![], vec![]));
    assert_eq!(
        told,
        [
            "ACH-004 GET /orders/{id}",
            "ACH-102 GET /orders/{id}",
            "ACH-103 GET /orders/{id}",
            "ACH-101 GET /orders/{id}"
        ]
    );
}

#[test]
fn a_document_that_declares_nothing_is_one_finding_with_the_ten_riskiest() {
    let mut operations: Vec<Op> =
        (0..30).map(|nth| op(&format!("GET /things{nth}/{{id}}")).names("id", None)).collect();
    operations
        .push(op("POST /api/customers").unsaid().many(Some(10)).field("[].email", Some(DataClass::Email)));
    let inventory = inventory(operations, vec![], vec![]);
    let findings = checks::check(&inventory, Options::default(), NOW);
    let of_intent: Vec<_> = findings.iter().filter(|found| found.of_intent).collect();
    assert_eq!(of_intent.len(), 1);
    let one = of_intent[0];
    assert_eq!(
        (one.check.id, &*one.subject, one.count, one.others.len()),
        ("ACH-001", "shop.openapi.yaml", 31, 10)
    );
    // The founding incident's operation stands at the top.
    assert_eq!(&*one.others[0], "POST /api/customers");
    assert_eq!(one.at, inventory.operations[30].id_at);
    assert!(one.message.contains("31 operations, of which 1 let anyone in and 30 address records"));

    let strict = checks::check(&inventory, Options { strict: true, ..Options::default() }, NOW);
    assert_eq!(strict.iter().filter(|found| found.check.id == "ACH-001").count(), 31);
}

#[test]
fn what_the_document_itself_shows_is_told_beside_the_intent_that_is_missing() {
    let operations = vec![
        op("GET /orders/{id}").names("id", None),
        op("POST /customers").open().many(Some(10)).field("[].email", Some(DataClass::Email)),
    ];
    assert_eq!(
        told(&inventory(operations, vec![], vec![])),
        ["ACH-001 shop.openapi.yaml", "ACH-008 POST /customers"]
    );
}

#[test]
fn what_repeats_over_a_document_is_one_finding() {
    let bare =
        |nth: usize| op(&format!("GET /a{nth}/{{id}}")).names("id", None).intent(OWNED).statuses(&["200"]);
    for (operations, found) in [(3, 6), (4, 2), (40, 2)] {
        let inventory = inventory((0..operations).map(bare).collect(), vec![], vec![]);
        assert_eq!(checks::check(&inventory, Options::default(), NOW).len(), found, "{operations}");
        let strict = Options { strict: true, ..Options::default() };
        assert_eq!(checks::check(&inventory, strict, NOW).len(), operations * 2, "{operations}");
    }
}

#[test]
fn blockers_of_documents_that_declare_intent_stay_apart_unless_their_place_is_one() {
    let unowned = |nth: usize| {
        op(&format!("GET /a{nth}/{{id}}"))
            .names("id", None)
            .intent(r#"{"audience":"authenticated","limit":[{"requests":1,"per":"1m"}]}"#)
    };
    let told = told(&inventory((0..6).map(unowned).collect(), vec![], vec![]));
    assert_eq!(told.len(), 6);
    // One server for all of them: one place, one finding.
    let plain = |nth: usize| op(&format!("GET /a{nth}")).intent(r#"{"audience":"authenticated"}"#).plain();
    let findings =
        checks::check(&inventory((0..6).map(plain).collect(), vec![], vec![]), Options::default(), NOW);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].check.id, findings[0].count), ("ACH-013", 6));
}

#[test]
fn the_widest_radius_is_told_first_and_what_nobody_bounds_before_it() {
    let limit = |requests: u32| {
        format!(r#"{{"audience":"authenticated","limit":[{{"requests":{requests},"per":"1h"}}]}}"#)
    };
    let operations = vec![
        op("GET /narrow/{id}").names("id", None).intent(&limit(10)),
        op("GET /unbounded/{id}").names("id", None).intent(r#"{"audience":"authenticated"}"#),
        op("GET /wide/{id}").names("id", None).intent(&limit(1000)).page(Some(100)),
    ];
    let findings = checks::check(&inventory(operations, vec![], vec![]), Options::default(), NOW);
    let radii: Vec<_> = findings
        .iter()
        .map(|found| {
            (
                &*found.subject,
                found.radius.unwrap().records_per_hour,
                found.radius.unwrap().seconds_to_empty.map(f64::round),
            )
        })
        .collect();
    assert_eq!(
        radii,
        [
            ("GET /unbounded/{id}", None, None),
            ("GET /wide/{id}", Some(100_000.0), Some(972.0)),
            ("GET /narrow/{id}", Some(10.0), Some(9_720_000.0)),
        ]
    );
}

#[test]
fn a_front_narrows_the_radius_by_its_widest_route() {
    let operation = || op("GET /orders/{id}").names("id", None).intent(r#"{"audience":"authenticated"}"#);
    let radius = |routes| {
        let inventory = inventory(vec![operation()], vec![front(routes)], vec![]);
        let findings = checks::check(&inventory, Options::default(), NOW);
        findings[0].radius.unwrap().records_per_hour
    };
    let slow = spec::inventory::Route { rate: limited(60.0), ..prefix("/orders", 3) };
    let fast = spec::inventory::Route {
        rate: limited(600.0),
        conditional: true,
        ..route(spec::inventory::PathMatch::Exact("/orders/7".into()))
    };
    assert_eq!(radius(vec![slow.clone()]), Some(60.0));
    assert_eq!(radius(vec![slow.clone(), fast]), Some(600.0));
    assert_eq!(radius(vec![slow, prefix("/orders/7", 4)]), None);
}

#[test]
fn the_order_of_findings_is_the_same_in_every_run() {
    let operations = || -> Vec<Op> {
        (0..40)
            .map(|nth| op(&format!("GET /a{nth}/{{id}}")).names("id", Some("integer")).statuses(&["200"]))
            .collect()
    };
    let first = told(&inventory(operations(), vec![], vec![]));
    for _ in 0..20 {
        assert_eq!(told(&inventory(operations(), vec![], vec![])), first);
    }
}

#[test]
fn the_catalogue_is_complete_and_in_the_order_of_ids() {
    let headings = ["**Sees**", "**Matters**", "**Misses**", "**Mend**"];
    let mut last = "";
    for check in checks::CATALOGUE.iter().chain(&checks::OWN_RULES) {
        assert!(check.id > last, "{} after {last}", check.id);
        last = check.id;
        assert!(check.page.starts_with("# "), "{} has no title", check.id);
        for heading in headings {
            assert!(check.page.contains(heading), "{} has no {heading}", check.id);
        }
        assert!(!check.page.contains("//!"), "{}", check.id);
        let number: u32 = check.id.rsplit('-').next().unwrap().parse().unwrap();
        assert_eq!(check.weight == Weight::Blocker, number < 100, "{}", check.id);
        for (ids, form) in
            [(check.owasp, "API"), (check.cwe, "CWE-"), (check.d3fend, "D3-"), (check.attack, "T1")]
        {
            assert!(ids.iter().all(|id| id.starts_with(form)), "{}: {ids:?}", check.id);
        }
    }
    assert_eq!(checks::CATALOGUE.len(), 29);
}

#[test]
fn what_could_leave_counts_what_is_kept_and_what_an_answer_holds() {
    const LIMITED: &str = r#"{"audience":"authenticated","limit":[{"requests":60,"per":"1h"}]}"#;
    const STAFF: &str = r#"{"audience":{"internal":["10.0.0.0/8"]},"limit":[{"requests":60,"per":"1h"}]}"#;
    // The first blocker's radius; `None`: nothing leaves; `Some(None)`: unbounded.
    let radius = |operation: Op, routes: Vec<spec::inventory::Route>| {
        let fronts = if routes.is_empty() { vec![] } else { vec![front(routes)] };
        let findings = checks::check(&inventory(vec![operation], fronts, vec![]), Options::default(), NOW);
        let found = findings.iter().find(|found| found.is_blocker()).unwrap();
        (found.check.id, found.radius.map(|radius| radius.records_per_hour))
    };
    let paced = |per_hour| spec::inventory::Route { rate: limited(per_hour), ..prefix("/", 3) };
    let one = |intent: &str| op("GET /orders").names("id", None).intent(intent);
    let media = |media: &'static str| {
        move |operation: &mut spec::inventory::Operation| operation.answer.media = vec![media.into()]
    };
    let any = |operation: &mut spec::inventory::Operation| operation.answer.open_ended = true;
    let rows = [
        ("a limit that nothing contradicts", one(LIMITED), vec![], ("ACH-004", Some(Some(60.0)))),
        (
            "a front without one",
            one(LIMITED).edit(|o| o.object_refs.clear()),
            vec![prefix("/", 3)],
            ("ACH-016", Some(None)),
        ),
        (
            "a front with a wider one",
            one(LIMITED).edit(|o| o.object_refs.clear()),
            vec![paced(18_000.0)],
            ("ACH-016", Some(Some(18_000.0))),
        ),
        ("an internal one for everyone", one(STAFF), vec![prefix("/", 3)], ("ACH-014", Some(None))),
        ("an internal one behind a pace", one(STAFF), vec![paced(30.0)], ("ACH-014", Some(Some(30.0)))),
        ("a table", one(LIMITED).edit(media("text/csv; charset=utf-8")), vec![], ("ACH-004", Some(None))),
        ("bytes", one(LIMITED).edit(media("application/octet-stream")), vec![], ("ACH-004", Some(None))),
        ("JSON of which nothing is said", one(LIMITED).edit(any), vec![], ("ACH-004", Some(None))),
        (
            "one file by its id",
            op("GET /files/{id}").names("id", None).intent(LIMITED).edit(media("application/octet-stream")),
            vec![],
            ("ACH-004", Some(Some(60.0))),
        ),
        ("nothing", one(LIMITED).statuses(&["204", "401"]), vec![], ("ACH-004", None)),
        ("later", one(LIMITED).statuses(&["202", "401"]), vec![], ("ACH-004", None)),
        ("health", op("GET /health").intent(LIMITED).open(), vec![], ("ACH-003", None)),
        ("a log-in", op("POST /login").intent(LIMITED).open(), vec![], ("ACH-003", None)),
    ];
    for (name, operation, routes, expected) in rows {
        assert_eq!(radius(operation, routes), expected, "{name}");
    }
}
