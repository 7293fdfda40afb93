//! One row per way in which a check fires or is silent, built by hand. The same rows are judged
//! natively and as Rego.

// long: one table: each check with rows where it fires and rows where it is silent.

use domain::{ClassSet, DataClass};
use spec::inventory::{Inventory, PathMatch, Reach, Route};

use super::*;

/// An inventory, and whether the check finds something in it.
pub(crate) struct Case {
    pub check: &'static str,
    pub name: &'static str,
    pub fires: bool,
    pub inventory: Inventory,
}

const AUTHENTICATED: &str = r#"{"audience":"authenticated"}"#;
const LIMITED: &str = r#"{"audience":"authenticated","limit":[{"requests":60,"per":"1m"}]}"#;
const OWNED: &str = r#"{"audience":"authenticated","owner":"$.customer_id = claim.sub",
    "limit":[{"requests":60,"per":"1m"}]}"#;
const PUBLIC: &str =
    r#"{"audience":{"public":{"reason":"shop window","owner":"web team","expires":"2031-12-31"}}}"#;
const PUBLIC_EMAIL: &str = r#"{"audience":{"public":{"reason":"shops","owner":"web team","expires":"2031-12-31"}},
    "classes":["email"]}"#;
const ENDED: &str =
    r#"{"audience":{"public":{"reason":"campaign","owner":"web team","expires":"2026-01-31"}}}"#;
const INTERNAL: &str = r#"{"audience":{"internal":["10.20.0.0/16"]}}"#;
const EVERYONE: &str = r#"{"audience":{"internal":["0.0.0.0/0","::/0"]}}"#;
const PARTNER: &str = r#"{"audience":{"partner":["parcels"]},"limit":[{"requests":60,"per":"1m"}]}"#;
const STAFF: &str = r#"{"audience":"authenticated","roles":["staff"],"limit":[{"requests":60,"per":"1m"}]}"#;

const STAFF_UNLIMITED: &str = r#"{"audience":"authenticated","roles":["staff"]}"#;

fn owner(rule: &str) -> String {
    format!(r#"{{"audience":"authenticated","owner":"{rule}","limit":[{{"requests":60,"per":"1m"}}]}}"#)
}

fn spec(operations: Vec<Op>) -> Inventory {
    inventory(operations, vec![], vec![])
}

fn fronted(operations: Vec<Op>, routes: Vec<Route>) -> Inventory {
    inventory(operations, vec![front(routes)], vec![])
}

fn guard(path: &str, line: u32) -> Route {
    Route { auth: required(), ..prefix(path, line) }
}

/// `application/json: {}`.
fn undescribed(operation: Op) -> Op {
    operation.edit(|operation| operation.answer.open_ended = true)
}

/// `200: {description: answer}`.
fn silent(operation: Op) -> Op {
    operation.edit(|operation| operation.answer = Answer::default())
}

/// `text/csv: {}`.
fn file(operation: Op) -> Op {
    operation.edit(|operation| {
        operation.answer.file = true;
        operation.answer.media = vec!["text/csv".into()];
    })
}

fn mail(operation: Op) -> Op {
    operation.field("[].email", Some(DataClass::Email)).many(Some(10))
}

fn name(operation: Op) -> Op {
    operation.field("[].name", Some(DataClass::Name)).many(Some(10))
}

/// Every row.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut row = |check, fires, name, inventory| cases.push(Case { check, name, fires, inventory });
    blockers_of_intent(&mut row);
    blockers_of_documents(&mut row);
    blockers_of_fronts(&mut row);
    blockers_of_traffic(&mut row);
    of_gateway(&mut row);
    warnings(&mut row);
    cases
}

/// Our gateway as a front.
fn ours(routes: Vec<Route>) -> spec::inventory::Front {
    spec::inventory::Front { kind: Kind::Tidegate, name: "Tidegate".into(), ..front(routes) }
}

fn of_gateway(row: &mut Row<'_>) {
    let replaced = |before: &str, now: &str| {
        let replaced = spec::inventory::Replaced {
            intent: Box::new(serde_json::from_str(before).unwrap()),
            at: place(0, 14),
        };
        op("GET /orders").field("customer_id", None).intent(now).edit(|operation| {
            operation.gated.replaced = Some(replaced);
        })
    };
    row("ACH-019", true, "the owner is gone", spec(vec![replaced(OWNED, LIMITED)]));
    row(
        "ACH-019",
        true,
        "the limit is gone",
        spec(vec![replaced(OWNED, &owner("$.customer_id = claim.sub").replace("60", "600"))]),
    );
    row("ACH-019", false, "the same", spec(vec![replaced(OWNED, OWNED)]));
    row("ACH-019", false, "narrower", spec(vec![replaced(LIMITED, OWNED)]));
    row("ACH-019", false, "declared once", spec(vec![op("GET /orders").intent(LIMITED)]));
    let policy = |line| Some(spec::inventory::Named { name: "desk".into(), at: place(1, line) });
    row("ACH-020", true, "a policy for everybody", {
        spec(vec![
            op("GET /orders").intent(LIMITED).edit(|operation| operation.gated.released_by = policy(4)),
        ])
    });
    row("ACH-020", false, "none", spec(vec![op("GET /orders").intent(LIMITED)]));
    row("ACH-004", false, "a policy keeps ordinary callers out", {
        spec(vec![op("GET /orders/{id}").names("id", None).intent(LIMITED).edit(|operation| {
            operation.gated.narrowed_by = policy(4);
        })])
    });
    let patched = |secs| {
        let mut inventory = spec(vec![op("GET /b").intent(AUTHENTICATED)]);
        inventory.patches.push(spec::inventory::Patch {
            id: "batches".into(),
            reason: "ten strangers per page".into(),
            expires: domain::Timestamp::from_secs(secs),
            at: place(1, 8),
        });
        inventory
    };
    row("ACH-109", true, "its day is past", patched(1_780_000_000));
    row("ACH-109", false, "its day is to come", patched(1_800_000_000));
}

type Row<'r> = dyn FnMut(&'static str, bool, &'static str, Inventory) + 'r;

fn blockers_of_intent(row: &mut Row<'_>) {
    row("ACH-001", true, "one operation of a document that declares others", {
        spec(vec![op("GET /a"), op("GET /b").intent(AUTHENTICATED)])
    });
    row("ACH-001", false, "every operation declares", spec(vec![op("GET /b").intent(AUTHENTICATED)]));
    row("ACH-001", false, "what cannot be read has a fault of its own", {
        spec(vec![op("GET /b").edit(|operation| {
            operation.intent = IntentState::Unreadable { at: operation.at };
        })])
    });
    row("ACH-002", true, "the day is past", spec(vec![op("GET /b").intent(ENDED)]));
    row("ACH-002", false, "the day is to come", spec(vec![op("GET /b").intent(PUBLIC)]));
    row("ACH-003", true, "an empty list", spec(vec![op("GET /b").intent(AUTHENTICATED).open()]));
    row("ACH-003", true, "an optional credential", spec(vec![op("GET /b").intent(AUTHENTICATED).optional()]));
    row("ACH-003", true, "nothing said", spec(vec![op("GET /b").intent(PARTNER).unsaid()]));
    row("ACH-003", false, "a credential is needed", spec(vec![op("GET /b").intent(AUTHENTICATED)]));
    row("ACH-003", false, "declared public", spec(vec![op("GET /b").intent(PUBLIC).open()]));
    row("ACH-003", false, "the front asks for it", {
        fronted(vec![op("GET /b").intent(AUTHENTICATED).unsaid()], vec![guard("/", 3)])
    });
    row("ACH-004", true, "an id and no owner", {
        spec(vec![op("GET /orders/{id}").names("id", None).intent(LIMITED)])
    });
    row("ACH-004", false, "an owner", spec(vec![op("GET /orders/{id}").names("id", None).intent(OWNED)]));
    row("ACH-004", false, "roles", spec(vec![op("GET /orders/{id}").names("id", None).intent(STAFF)]));
    row("ACH-004", false, "no id", spec(vec![op("GET /orders").intent(LIMITED)]));
    row("ACH-004", true, "everybody's in one list", spec(vec![mail(op("GET /orders")).intent(LIMITED)]));
    row("ACH-004", false, "the list of the caller", {
        spec(vec![mail(op("GET /me/orders")).intent(LIMITED)])
    });
    row("ACH-004", false, "a list for a role", spec(vec![mail(op("GET /orders")).intent(STAFF)]));
    row("ACH-004", false, "a list with an owner", spec(vec![mail(op("GET /orders")).intent(OWNED)]));
    row("ACH-004", true, "the names of all", spec(vec![name(op("GET /patients")).intent(LIMITED)]));
    row("ACH-004", true, "what all suffer from", {
        spec(vec![op("GET /patients").field("[].diagnosis", None).many(Some(9)).intent(LIMITED)])
    });
    row("ACH-004", false, "names of things", spec(vec![name(op("GET /goods")).intent(LIMITED)]));
    row("ACH-004", true, "a list in what only sounds like one's own", {
        spec(vec![mail(op("GET /self-service/orders")).intent(LIMITED)])
    });
    row("ACH-004", false, "the one profile of the caller", {
        spec(vec![mail(op("GET /v1/profile")).intent(LIMITED)])
    });
    row("ACH-004", true, "the profiles below an id", {
        spec(vec![mail(op("GET /tenants/{tenant}/profile")).intent(LIMITED)])
    });
    row(
        "ACH-004",
        true,
        "a file of everybody",
        spec(vec![file(op("GET /customers/export")).intent(LIMITED)]),
    );
    row("ACH-004", true, "people of whom nothing is said", {
        spec(vec![undescribed(op("GET /customers")).intent(LIMITED)])
    });
    row("ACH-004", true, "people in an answer that is not mentioned", {
        spec(vec![silent(op("GET /customers")).intent(LIMITED)])
    });
    row(
        "ACH-004",
        false,
        "a number of people",
        spec(vec![undescribed(op("GET /users/count")).intent(LIMITED)]),
    );
    let shared = r#"{"audience":"authenticated","shared":{"reason":"airports","owner":"data team"},
        "limit":[{"requests":60,"per":"1m"}]}"#;
    let reference = |operation: Op| operation.names("id", None).field("title", None).intent(shared);
    row("ACH-004", false, "reference data that is shared", spec(vec![reference(op("GET /airports/{id}"))]));
    row("ACH-004", true, "shared, and personal", {
        spec(vec![reference(op("GET /airports/{id}")).field("email", Some(DataClass::Email))])
    });
    row("ACH-004", true, "shared, and a change", spec(vec![reference(op("DELETE /airports/{id}"))]));
    row("ACH-004", true, "shared, and anything may be in it", {
        spec(vec![undescribed(reference(op("GET /airports/{id}")))])
    });
    row("ACH-005", true, "a deletion, whose owner no answer shows", {
        spec(vec![silent(op("DELETE /orders/{id}").names("id", None)).statuses(&["204"]).intent(OWNED)])
    });
    row("ACH-005", true, "a change, whose owner the answer shows too late", {
        spec(vec![op("PUT /orders/{id}").names("id", None).field("customer_id", None).intent(OWNED)])
    });
    row("ACH-005", false, "a change by a rule over the path", {
        spec(vec![op("PUT /users/{id}").names("id", None).intent(&owner("path.id = claim.sub"))])
    });
    row("ACH-005", false, "a change of what was shown before", {
        let rule = owner("parent GET /orders/{id}");
        let read = op("GET /orders/{id}").names("id", None).field("customer_id", None).intent(OWNED);
        spec(vec![op("DELETE /orders/{id}").names("id", None).intent(&rule), read])
    });
    row("ACH-005", false, "a change of one's own", {
        spec(vec![op("PUT /me").field("customer_id", None).intent(OWNED)])
    });
    row("ACH-005", true, "a field that is not in the answer", {
        let operation = op("GET /orders").field("data[].customerId", None);
        spec(vec![operation.intent(OWNED)])
    });
    row("ACH-005", true, "a parameter that is not in the path", {
        spec(vec![op("GET /users/{id}").intent(&owner("path.user = claim.sub"))])
    });
    row("ACH-005", true, "a parent that nobody specified", {
        spec(vec![op("GET /orders/{id}/lines").intent(&owner("parent GET /orders/{id}"))])
    });
    row("ACH-005", true, "a claim that a key cannot carry", {
        let operation = op("GET /orders").scheme(key("header", "X-Key"));
        spec(vec![operation.intent(&owner("$.tenant = claim.tenant"))])
    });
    row("ACH-005", true, "a claim that no issuer of the gateway gives", {
        let operation = op("GET /orders").intent(&owner("$.tenant = claim.tenant"));
        spec(vec![operation.field("tenant", None).edit(|operation| operation.gated.only_subject = true)])
    });
    row("ACH-005", false, "the subject, which every credential has", {
        let operation = op("GET /orders").intent(OWNED).field("customer_id", None);
        spec(vec![operation.edit(|operation| operation.gated.only_subject = true)])
    });
    row("ACH-005", false, "a field in the answer, within lists", {
        let operation = op("GET /orders").field("data[].customer_id", None);
        spec(vec![operation.intent(OWNED)])
    });
    row("ACH-005", false, "an answer that may hold anything", {
        let operation =
            op("GET /orders").field("id", None).edit(|operation| operation.answer.open_ended = true);
        spec(vec![operation.intent(OWNED)])
    });
    row("ACH-005", false, "a parent with other names of parameters", {
        spec(vec![
            op("GET /orders/{id}/lines").intent(&owner("parent GET /orders/{order}")),
            op("GET /orders/{key}").intent(OWNED),
        ])
    });
    row("ACH-006", true, "records and no limit", {
        spec(vec![
            op("GET /orders/{id}")
                .names("id", None)
                .intent(r#"{"audience":"authenticated","owner":"$.customer_id = claim.sub"}"#),
        ])
    });
    row("ACH-006", false, "a limit", spec(vec![op("GET /orders/{id}").names("id", None).intent(OWNED)]));
    row("ACH-006", false, "a budget", {
        spec(vec![
            mail(op("GET /orders"))
                .intent(r#"{"audience":"authenticated","budget":[{"subjects":5,"per":"1h"}]}"#),
        ])
    });
    row("ACH-006", false, "the front limits", {
        let routes = vec![Route { rate: limited(60.0), ..prefix("/", 3) }];
        fronted(vec![mail(op("GET /orders")).intent(AUTHENTICATED)], routes)
    });
    row(
        "ACH-006",
        false,
        "nothing that anyone would take",
        spec(vec![op("GET /health").intent(PUBLIC).open()]),
    );
    row(
        "ACH-006",
        true,
        "anything to everyone",
        spec(vec![undescribed(op("POST /search")).intent(PUBLIC).open()]),
    );
    row(
        "ACH-006",
        false,
        "health to everyone",
        spec(vec![undescribed(op("GET /health")).intent(PUBLIC).open()]),
    );
    row(
        "ACH-006",
        false,
        "a log-in to everyone",
        spec(vec![undescribed(op("POST /login")).intent(PUBLIC).open()]),
    );
    row("ACH-006", true, "anything to those who signed in", {
        spec(vec![undescribed(op("GET /orders")).intent(STAFF_UNLIMITED)])
    });
    row("ACH-006", false, "an undescribed answer to a change", {
        spec(vec![undescribed(op("PUT /orders")).intent(STAFF_UNLIMITED)])
    });
    row("ACH-006", true, "a whole file", spec(vec![file(op("GET /prices")).intent(STAFF_UNLIMITED)]));
    row("ACH-006", false, "a file of a page", spec(vec![file(op("GET /fonts/a")).intent(PUBLIC).open()]));
    row("ACH-006", true, "for inside networks that are everyone", {
        spec(vec![mail(op("GET /orders")).intent(EVERYONE)])
    });
    row("ACH-006", true, "a limit that limits nobody", {
        let wide = OWNED.replace("60", "1000000").replace("1m", "1s");
        spec(vec![op("GET /orders/{id}").names("id", None).intent(&wide)])
    });
    row("ACH-006", true, "a year's limit that may be spent at once", {
        let wide = OWNED.replace("60", "1000000000").replace("1m", "365d");
        spec(vec![op("GET /orders/{id}").names("id", None).intent(&wide)])
    });
    row("ACH-006", true, "a front's limit that limits nobody", {
        let routes = vec![Route { rate: limited(3.7e6), ..prefix("/", 3) }];
        fronted(vec![mail(op("GET /orders")).intent(AUTHENTICATED)], routes)
    });
    row("ACH-006", false, "our gateway, which keeps budgets beside its pace", {
        let gateway = ours(vec![Route { rate: limited(7.2e6), ..guard("/", 7) }]);
        inventory(vec![mail(op("GET /orders")).intent(AUTHENTICATED)], vec![gateway], vec![])
    });
    row("ACH-006", false, "for the inside", spec(vec![mail(op("GET /orders")).intent(INTERNAL)]));
}

fn blockers_of_documents(row: &mut Row<'_>) {
    row("ACH-007", true, "people of whom nothing is said, to everyone", {
        spec(vec![undescribed(op("POST /api/customers")).intent(PUBLIC).open()])
    });
    row("ACH-007", false, "people of whom nothing is said, to the staff", {
        spec(vec![undescribed(op("POST /api/customers")).intent(STAFF)])
    });
    row("ACH-007", false, "things of which nothing is said", {
        spec(vec![undescribed(op("GET /prices")).intent(PUBLIC).open()])
    });
    row("ACH-007", true, "a file of people", spec(vec![file(op("GET /customers/export")).intent(STAFF)]));
    row("ACH-007", true, "a file of all people, by its summary", {
        let all = |operation: &mut Operation| operation.text = "Download all users".into();
        spec(vec![file(op("GET /table")).intent(STAFF).edit(all)])
    });
    row("ACH-007", true, "a file of one tenant's people", {
        spec(vec![file(op("GET /tenants/{tenant}/customers")).intent(STAFF)])
    });
    row("ACH-007", false, "a file of one person's people", {
        spec(vec![file(op("GET /customers/{id}/contacts")).intent(STAFF)])
    });
    row("ACH-007", false, "the export of one person", {
        spec(vec![file(op("GET /customers/{id}/export")).intent(STAFF)])
    });
    row("ACH-007", true, "the export of a project", {
        spec(vec![file(op("GET /projects/{id}/export")).intent(STAFF)])
    });
    row("ACH-007", false, "a file with the number of people, by its id", {
        spec(vec![file(op("GET /table").id("countUsers")).intent(STAFF)])
    });
    row("ACH-007", true, "people below a word of pages", {
        spec(vec![file(op("GET /status/customers")).intent(STAFF)])
    });
    row("ACH-007", true, "all names without pages", {
        spec(vec![op("GET /patients").field("[].name", Some(DataClass::Name)).many(None).intent(STAFF)])
    });
    row("ACH-007", false, "names of things without pages", {
        spec(vec![op("GET /goods").field("[].name", Some(DataClass::Name)).many(None).intent(STAFF)])
    });
    row("ACH-007", false, "a file of prices", spec(vec![file(op("GET /prices")).intent(STAFF)]));
    row("ACH-007", false, "the file of one", spec(vec![file(op("GET /customers/{id}")).intent(STAFF)]));
    row("ACH-007", false, "a file for a page", spec(vec![file(op("GET /customers/images")).intent(STAFF)]));
    row("ACH-007", false, "the caller's own file", spec(vec![file(op("GET /me/export")).intent(LIMITED)]));
    row("ACH-007", true, "a page size without maximum", spec(vec![op("GET /orders").many(None).page(None)]));
    row("ACH-007", true, "a page that is no bound", {
        spec(vec![op("GET /orders").many(None).page(Some(1_000_000_000)).intent(STAFF)])
    });
    row("ACH-007", true, "a list in the request that is no bound", {
        spec(vec![op("POST /orders/batch").bulk(Some(1_000_000_000))])
    });
    row("ACH-007", true, "an answer that is no bound", {
        spec(vec![mail(op("GET /people")).many(Some(1_000_000_000)).intent(STAFF)])
    });
    row("ACH-007", true, "a list in the request", spec(vec![op("POST /orders/batch").bulk(None)]));
    row("ACH-007", true, "a list of people without pages", {
        spec(vec![mail(op("GET /people")).many(None)])
    });
    row("ACH-007", false, "a largest page", spec(vec![op("GET /orders").many(None).page(Some(100))]));
    row("ACH-007", false, "a longest list", spec(vec![op("POST /orders/batch").bulk(Some(50))]));
    row("ACH-007", false, "a short list of things", spec(vec![op("GET /tags").many(None)]));
    row("ACH-007", false, "the caller's own", {
        spec(vec![mail(op("GET /people")).many(None).intent(OWNED)])
    });
    row("ACH-007", false, "one record in the envelope of a list", {
        let one = op("GET /people/{id}").field("data[].email", Some(DataClass::Email)).many(None);
        spec(vec![one, mail(op("GET /people"))])
    });
    row("ACH-007", true, "a list within one record", {
        let one = op("GET /teams/{id}").field("members[].email", Some(DataClass::Email)).many(None);
        spec(vec![one, mail(op("GET /teams"))])
    });
    row("ACH-007", true, "a list by an id that is not its own", {
        spec(vec![mail(op("GET /people/by-team/{id}")).many(None), mail(op("GET /people"))])
    });
    row("ACH-008", true, "declared public", spec(vec![mail(op("GET /shops")).intent(PUBLIC).open()]));
    row("ACH-008", true, "opened by the document, read by POST", {
        spec(vec![op("GET /x/{id}"), mail(op("POST /api/customers")).open()])
    });
    row("ACH-008", true, "nested", {
        spec(vec![
            op("GET /x"),
            op("GET /posts").open().field("data[].author.contact.phone", Some(DataClass::Phone)),
        ])
    });
    row("ACH-008", true, "seen to leave", {
        let mut traffic = seen("GET /shops", 10, 10, 4);
        traffic.classes = [DataClass::Email].into_iter().collect::<ClassSet>();
        inventory(vec![op("GET /shops").intent(PUBLIC).open()], vec![], vec![traffic])
    });
    row("ACH-008", false, "declared classes", spec(vec![mail(op("GET /shops")).intent(PUBLIC_EMAIL).open()]));
    row("ACH-008", false, "names alone", {
        spec(vec![op("GET /sellers").field("[].name", Some(DataClass::Name)).intent(PUBLIC).open()])
    });
    row("ACH-008", true, "the names of all customers", {
        spec(vec![name(op("GET /customers")).intent(PUBLIC).open()])
    });
    row("ACH-008", true, "what patients suffer from", {
        spec(vec![op("GET /patients").field("[].diagnosis", None).many(Some(9)).intent(PUBLIC).open()])
    });
    row("ACH-008", true, "what somebody with a name suffers from", {
        let one = op("GET /cases/{id}").field("name", Some(DataClass::Name)).field("icd10Code", None);
        spec(vec![one.intent(PUBLIC).open()])
    });
    row("ACH-008", false, "what one may suffer from", {
        spec(vec![op("GET /illnesses").field("[].diagnosis", None).many(Some(9)).intent(PUBLIC).open()])
    });
    row("ACH-008", false, "the name of one customer", {
        let one = op("GET /customers/{id}").field("name", Some(DataClass::Name));
        spec(vec![one.intent(PUBLIC).open()])
    });
    row("ACH-008", false, "a credential from the log-in", {
        let login = op("POST /login").field("access_token", Some(DataClass::Credential));
        spec(vec![login.intent(PUBLIC).open()])
    });
    row("ACH-008", false, "what one has just written", {
        let create = op("POST /accounts").field("email", Some(DataClass::Email)).statuses(&["201"]);
        spec(vec![create.id("createUser").brings(DataClass::Email).intent(PUBLIC).open()])
    });
    row("ACH-008", true, "a write that returns what was not sent", {
        let create = op("POST /accounts").field("phone", Some(DataClass::Phone)).statuses(&["201"]);
        spec(vec![create.id("createUser").brings(DataClass::Email).intent(PUBLIC).open()])
    });
    row("ACH-008", true, "a write that returns a list", {
        let create = mail(op("POST /accounts")).statuses(&["201"]);
        spec(vec![create.id("createUsers").brings(DataClass::Email).intent(PUBLIC).open()])
    });
    row("ACH-008", true, "a way to sign in that asks for nothing", {
        let login = op("POST /session/customers").field("email", Some(DataClass::Email));
        spec(vec![login.parameter("page", "body").intent(PUBLIC).open()])
    });
    row("ACH-008", true, "a way to sign in where a credential may be left out", {
        let login = op("POST /session/customers").field("email", Some(DataClass::Email));
        spec(vec![login.parameter("page", "body").intent(PUBLIC).optional()])
    });
    row("ACH-008", true, "a verification of which nothing is said", {
        let verify = op("POST /customers/verify").field("email", Some(DataClass::Email));
        spec(vec![verify.intent(PUBLIC).open()])
    });
    row("ACH-008", false, "a log-in of which nothing is said", {
        let login = op("POST /login").field("email", Some(DataClass::Email));
        spec(vec![login.intent(PUBLIC).open()])
    });
    row("ACH-008", false, "the profile of the one who signs in", {
        let login = op("POST /session").field("email", Some(DataClass::Email));
        spec(vec![login.parameter("password", "body").intent(PUBLIC).open()])
    });
    row("ACH-008", true, "for inside networks that are everyone", {
        spec(vec![mail(op("GET /shops")).intent(EVERYONE).open()])
    });
    row("ACH-008", false, "for signed-in callers", spec(vec![mail(op("GET /shops")).intent(OWNED)]));
    row("ACH-009", true, "one of three readers", {
        spec(vec![op("GET /orders"), op("GET /orders/{id}"), op("GET /orders/{id}/lines").open()])
    });
    row("ACH-009", true, "a writer beside a guarded one", {
        spec(vec![op("PUT /orders/{id}"), op("DELETE /orders/{id}").unsaid()])
    });
    row("ACH-009", false, "all readers are open, writers are not", {
        spec(vec![op("GET /orders/{id}").open(), op("PUT /orders/{id}"), op("POST /orders")])
    });
    row("ACH-009", false, "most readers are open", {
        spec(vec![op("GET /orders").open(), op("GET /orders/{id}").open(), op("GET /orders/{id}/lines")])
    });
    row("ACH-009", false, "declared public", {
        spec(vec![op("GET /orders/{id}"), op("GET /orders/{id}/lines").open().intent(PUBLIC)])
    });
    row("ACH-009", false, "a web hook", {
        spec(vec![op("PUT /pay/{id}"), op("POST /pay/{id}/webhook").open()])
    });
    row("ACH-010", true, "v1 open, v2 guarded", {
        spec(vec![op("GET /v1/orders/{id}").open(), op("GET /v2/orders/{order}")])
    });
    row("ACH-010", true, "no version before v2", {
        spec(vec![op("GET /orders").open(), op("GET /v2/orders")])
    });
    row("ACH-010", true, "versions in host names", {
        let host = |url: &'static str| {
            move |operation: &mut Operation| {
                operation.servers.iter_mut().for_each(|server| server.url = url.into());
            }
        };
        spec(vec![
            op("GET /orders").open().edit(host("https://v1.api.example.com")),
            op("GET /orders").edit(host("https://v2.api.example.com")),
        ])
    });
    row("ACH-010", false, "both guarded", spec(vec![op("GET /v1/orders"), op("GET /v2/orders")]));
    row("ACH-010", false, "the newer is open too", {
        spec(vec![op("GET /v1/orders").open(), op("GET /v2/orders").open()])
    });
    row("ACH-010", false, "the older is declared public", {
        spec(vec![op("GET /v1/orders").open().intent(PUBLIC), op("GET /v2/orders").intent(OWNED)])
    });
    row("ACH-011", true, "by path", spec(vec![op("GET /admin/users").intent(LIMITED)]));
    for path in ["GET /_internal/x", "GET /adm/x", "GET /backup", "GET /db/dump"] {
        row("ACH-011", true, "by other words of paths", spec(vec![op(path).intent(LIMITED)]));
    }
    row("ACH-011", false, "a backup within a trade", spec(vec![op("GET /sites/backup").intent(LIMITED)]));
    row("ACH-011", true, "by tag", spec(vec![op("GET /reports").tag("Admin").intent(LIMITED)]));
    row(
        "ACH-011",
        true,
        "by name",
        spec(vec![op("POST /users/{id}/as").id("impersonateUser").intent(LIMITED)]),
    );
    row("ACH-011", true, "an export of everything", {
        spec(vec![op("GET /orders/export").many(Some(9)).intent(LIMITED)])
    });
    row(
        "ACH-011",
        true,
        "open, and nothing declared",
        spec(vec![op("GET /a"), op("GET /actuator/env").open()]),
    );
    row("ACH-011", false, "roles", spec(vec![op("GET /admin/users").intent(STAFF)]));
    row("ACH-011", false, "a network", spec(vec![op("GET /metrics").intent(INTERNAL)]));
    row("ACH-011", false, "a scope", {
        let scoped = Scheme { scopes: vec!["orders:admin".into()], ..scheme("oauth", "oauth2") };
        spec(vec![op("GET /admin/users").scheme(scoped).intent(LIMITED)])
    });
    row(
        "ACH-011",
        false,
        "an innocent word",
        spec(vec![op("GET /authors/administrators-guide-none").intent(LIMITED)]),
    );
    row("ACH-011", false, "one's own export", {
        spec(vec![op("GET /orders/export").many(Some(9)).intent(OWNED)])
    });
    row("ACH-012", true, "a key in the query", spec(vec![op("GET /a").scheme(key("query", "api_key"))]));
    row("ACH-012", true, "a token parameter", spec(vec![op("GET /a").parameter("access_token", "query")]));
    for name in ["apiToken", "x-api-key", "subscription-key", "credentials"] {
        row("ACH-012", true, "a credential by another name", {
            spec(vec![op("GET /a").parameter(name, "query")])
        });
    }
    row(
        "ACH-012",
        true,
        "a session in the path",
        spec(vec![op("GET /s/{sessionId}").parameter("sessionId", "path")]),
    );
    row("ACH-012", false, "a key in a header", spec(vec![op("GET /a").scheme(key("header", "X-Key"))]));
    row("ACH-012", false, "a page token", spec(vec![op("GET /a").parameter("pageToken", "query")]));
    row("ACH-012", false, "a link that is good once", {
        spec(vec![op("GET /users/verify").parameter("token", "query")])
    });
    row("ACH-013", true, "a server", spec(vec![op("GET /a").plain()]));
    row("ACH-013", true, "a listener", {
        let mut front = front(vec![prefix("/", 3)]);
        front.listeners = vec![listener(false)];
        inventory(vec![], vec![front], vec![])
    });
    row("ACH-013", false, "https", spec(vec![op("GET /a")]));
    row("ACH-013", false, "a listener that redirects, one for the inside", {
        let mut front = front(vec![prefix("/", 3)]);
        front.listeners = vec![
            Listener { redirects: true, ..listener(false) },
            Listener { reach: Reach::Inside, ..listener(false) },
        ];
        inventory(vec![], vec![front], vec![])
    });
}

fn blockers_of_fronts(row: &mut Row<'_>) {
    let networks = |list: &[&str]| Reach::Networks {
        networks: list.iter().map(|network| network.parse().unwrap()).collect(),
    };
    row("ACH-009", true, "a nested location loses the outer authentication", {
        fronted(vec![], vec![guard("/api/", 3), prefix("/api/export/", 5)])
    });
    row("ACH-009", true, "a method that the guard leaves out", {
        let get = Route { methods: vec!["GET".into()], ..prefix("/api/", 3) };
        let rest = Route { methods: vec!["POST".into(), "PUT".into()], ..guard("/api/", 4) };
        fronted(vec![], vec![get, rest])
    });
    row("ACH-009", false, "health within", {
        fronted(vec![], vec![guard("/api/", 3), prefix("/api/health", 5)])
    });
    row("ACH-009", false, "what is open is specified as public", {
        fronted(
            vec![op("GET /api/shops").open().intent(PUBLIC)],
            vec![guard("/api/", 3), prefix("/api/shops", 5)],
        )
    });
    row("ACH-009", false, "it answers by itself", {
        let page = Route { upstream: None, ..prefix("/api/page", 5) };
        fronted(vec![], vec![guard("/api/", 3), page])
    });
    row(
        "ACH-010",
        true,
        "an older route",
        fronted(vec![], vec![prefix("/v1/orders", 3), guard("/v2/orders", 5)]),
    );
    row(
        "ACH-010",
        false,
        "both routes guarded",
        fronted(vec![], vec![guard("/v1/orders", 3), guard("/v2/orders", 5)]),
    );
    row(
        "ACH-011",
        true,
        "an open route to an administrator's path",
        fronted(vec![], vec![prefix("/actuator/", 3)]),
    );
    row("ACH-011", false, "one for a network", {
        fronted(vec![], vec![Route { reach: networks(&["10.0.0.0/8"]), ..prefix("/actuator/", 3) }])
    });
    row("ACH-014", true, "a front for everyone", {
        fronted(vec![op("GET /jobs").intent(INTERNAL)], vec![prefix("/", 3)])
    });
    row("ACH-014", true, "a front for more networks", {
        let wide = Route { reach: networks(&["10.20.0.0/16", "192.0.2.0/24"]), ..prefix("/", 3) };
        fronted(vec![op("GET /jobs").intent(INTERNAL)], vec![wide])
    });
    row("ACH-014", false, "a front for some of the networks", {
        let narrow = Route { reach: networks(&["10.20.3.0/24"]), ..prefix("/", 3) };
        fronted(vec![op("GET /jobs").intent(INTERNAL)], vec![narrow])
    });
    row("ACH-014", true, "its own networks are everyone", spec(vec![op("GET /jobs").intent(EVERYONE)]));
    row("ACH-014", true, "its own networks are everyone, in two halves", {
        let halves = r#"{"audience":{"internal":["0.0.0.0/1","128.0.0.0/1"]}}"#;
        spec(vec![op("GET /jobs").intent(halves)])
    });
    row("ACH-014", false, "an address of one's own in the Internet", {
        spec(vec![op("GET /jobs").intent(r#"{"audience":{"internal":["203.0.113.0/24","10.0.0.0/8"]}}"#)])
    });
    let labelled = |name: &str, reach: Reach, labels: &[(&str, &str)]| {
        let selector = labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        spec::inventory::Service { selector, ..service(name, reach) }
    };
    let behind = |services: Vec<spec::inventory::Service>| {
        let within = Route { reach: networks(&["10.20.0.0/16"]), ..prefix("/", 3) };
        let mut inventory = fronted(vec![op("GET /jobs").intent(INTERNAL)], vec![within]);
        inventory.services = services;
        inventory
    };
    row("ACH-014", true, "a second service leads to the same pods", {
        behind(vec![
            labelled("http://app", Reach::Inside, &[("app", "jobs")]),
            labelled("public", Reach::World, &[("app", "jobs")]),
        ])
    });
    row("ACH-014", false, "a second service leads to other pods", {
        behind(vec![
            labelled("http://app", Reach::Inside, &[("app", "jobs")]),
            labelled("public", Reach::World, &[("app", "shop")]),
            labelled("outer", Reach::World, &[]),
        ])
    });
    row("ACH-014", false, "no front leads there", {
        fronted(vec![op("GET /jobs").intent(INTERNAL)], vec![prefix("/api", 3)])
    });
    row("ACH-015", true, "one route open, others guarded", {
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![guard("/", 3), prefix("/api/", 5)])
    });
    row("ACH-015", true, "by the document alone", {
        fronted(vec![op("GET /api/x")], vec![guard("/", 3), prefix("/api/", 5)])
    });
    row("ACH-015", false, "a front that guards nothing", {
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![prefix("/", 3), prefix("/api/", 5)])
    });
    let to_gate = |mut route: Route| {
        route.upstream.iter_mut().for_each(|upstream| upstream.name = "http://gate".into());
        route
    };
    row("ACH-015", false, "another front on the way guards", {
        let outer = front(vec![guard("/other", 3), to_gate(prefix("/", 4))]);
        inventory(vec![op("GET /api/x").intent(LIMITED)], vec![outer, front(vec![guard("/", 7)])], vec![])
    });
    row("ACH-015", true, "a second front to the same service guards nothing", {
        let second = front(vec![prefix("/", 4)]);
        inventory(vec![op("GET /api/x").intent(LIMITED)], vec![second, front(vec![guard("/", 7)])], vec![])
    });
    row("ACH-015", false, "the second front is for the inside", {
        let mut second = front(vec![prefix("/", 4)]);
        second.listeners = vec![Listener { reach: Reach::Inside, ..listener(true) }];
        inventory(vec![op("GET /api/x").intent(LIMITED)], vec![second, front(vec![guard("/", 7)])], vec![])
    });
    row("ACH-015", true, "the only guard lets callers without a credential pass", {
        let auth = Auth::Optional { by: "jwt_authn".into(), at: place(1, 90) };
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![Route { auth, ..prefix("/", 3) }])
    });
    row("ACH-015", true, "a service of the cluster is reached past its front", {
        let mut inventory = fronted(vec![op("GET /api/x").intent(LIMITED)], vec![guard("/", 3)]);
        inventory.services = vec![service("http://app", Reach::World)];
        inventory
    });
    row("ACH-015", false, "the service is for the cluster only", {
        let mut inventory = fronted(vec![op("GET /api/x").intent(LIMITED)], vec![guard("/", 3)]);
        inventory.services = vec![service("http://app", Reach::Inside)];
        inventory
    });
    row("ACH-014", true, "a service of the cluster is reached past its front", {
        let within = Route { reach: networks(&["10.20.0.0/16"]), ..prefix("/", 3) };
        let mut inventory = fronted(vec![op("GET /jobs").intent(INTERNAL)], vec![within]);
        inventory.services = vec![service("http://app", Reach::World)];
        inventory
    });
    row("ACH-015", false, "declared public", {
        let operation = op("GET /api/x").open().intent(PUBLIC);
        fronted(vec![operation], vec![guard("/", 3), prefix("/api/", 5)])
    });
    row("ACH-016", true, "the front has no limit", {
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![guard("/", 3)])
    });
    row("ACH-016", false, "it has one", {
        let slow = Route { rate: limited(9.0), ..guard("/", 3) };
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![slow])
    });
    row("ACH-016", false, "our gateway keeps it", {
        let gateway = ours(vec![Route { rate: limited(3600.0), ..guard("/api/x", 7) }]);
        inventory(vec![op("GET /api/x").intent(LIMITED)], vec![front(vec![guard("/", 3)]), gateway], vec![])
    });
    row("ACH-016", true, "our gateway only observes", {
        let gateway = ours(vec![prefix("/", 7)]);
        inventory(vec![op("GET /api/x").intent(LIMITED)], vec![front(vec![guard("/", 3)]), gateway], vec![])
    });
    row("ACH-016", true, "the front lets more through than is declared", {
        let fast = Route { rate: limited(36_000.0), ..guard("/", 3) };
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![fast])
    });
    row("ACH-016", false, "another front keeps it as declared", {
        let fast = Route { rate: limited(36_000.0), ..guard("/", 3) };
        let slow = Route { rate: limited(3_600.0), ..guard("/", 4) };
        inventory(vec![op("GET /api/x").intent(LIMITED)], vec![front(vec![fast]), front(vec![slow])], vec![])
    });
    row("ACH-017", true, "a route to the same service", {
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![guard("/api/", 3), guard("/legacy/", 5)])
    });
    row("ACH-017", false, "a route to another service", {
        let mut other = guard("/legacy/", 5);
        other.upstream.as_mut().unwrap().name = "http://other".into();
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![guard("/api/", 3), other])
    });
    row("ACH-017", false, "assets", {
        fronted(vec![op("GET /api/x").intent(LIMITED)], vec![guard("/api/", 3), prefix("/static/", 5)])
    });
    row("ACH-018", true, "a route to an old version", {
        fronted(vec![op("GET /v2/orders").intent(LIMITED)], vec![guard("/v2/", 3), guard("/v1/", 5)])
    });
    row("ACH-018", false, "both versions are specified", {
        fronted(
            vec![op("GET /v2/orders").intent(LIMITED), op("GET /v1/orders").intent(LIMITED)],
            vec![guard("/v2/", 3), guard("/v1/", 5)],
        )
    });
    let exact = Route { auth: required(), ..route(PathMatch::Exact("/v2/orders".into())) };
    row("ACH-018", false, "an unversioned route", {
        fronted(vec![op("GET /v2/orders").intent(LIMITED)], vec![exact, guard("/orders", 5)])
    });
}

fn blockers_of_traffic(row: &mut Row<'_>) {
    let with = |operations, traffic| inventory(operations, vec![], traffic);
    row("ACH-015", true, "anonymous callers were served, others verified", {
        with(
            vec![op("GET /a").intent(LIMITED), op("GET /b").intent(LIMITED)],
            vec![seen("GET /a", 9, 9, 3), seen("GET /b", 9, 0, 4)],
        )
    });
    row("ACH-015", true, "nobody was verified anywhere", {
        with(vec![op("GET /a").intent(LIMITED)], vec![seen("GET /a", 9, 9, 3)])
    });
    row("ACH-015", false, "callers of a public one", {
        with(vec![op("GET /a").intent(PUBLIC).open()], vec![seen("GET /a", 9, 9, 3)])
    });
    row("ACH-015", false, "all were verified", {
        with(vec![op("GET /a").intent(LIMITED)], vec![seen("GET /a", 9, 0, 3)])
    });
    row("ACH-017", true, "seen and not specified", {
        with(vec![op("GET /a").intent(LIMITED)], vec![seen("GET /hidden/{id}", 9, 0, 3)])
    });
    row("ACH-017", false, "seen with other names of parameters, or one of a template's paths", {
        with(
            vec![op("GET /a/{id}").intent(OWNED)],
            vec![seen("GET /a/{a1}", 9, 0, 3), seen("GET /a/7", 1, 0, 4)],
        )
    });
    row("ACH-017", false, "never answered with success", {
        with(vec![op("GET /a").intent(LIMITED)], vec![seen("GET /hidden", 0, 0, 3)])
    });
    for (what, endpoint) in [
        ("questions of browsers", "OPTIONS /{*unseen}"),
        ("a question of a browser at a door", "OPTIONS /hidden"),
        ("paths without a door", "GET /{*unseen}"),
        ("the head of what is specified", "HEAD /a"),
        ("what stands open by its nature", "GET /favicon.ico"),
        ("a sign of life", "GET /health"),
        ("what a page is made of", "GET /assets/{file}"),
    ] {
        row("ACH-017", false, what, with(vec![op("GET /a").intent(LIMITED)], vec![seen(endpoint, 9, 9, 3)]));
    }
    row("ACH-017", true, "the head of what nobody specified", {
        with(vec![op("GET /a").intent(LIMITED)], vec![seen("HEAD /hidden", 9, 0, 3)])
    });
    row("ACH-017", true, "personal data left where health is told", {
        let mut traffic = seen("GET /health/{id}", 9, 9, 3);
        traffic.classes = [DataClass::Email].into_iter().collect::<ClassSet>();
        with(vec![op("GET /a").intent(LIMITED)], vec![traffic])
    });
    row("ACH-018", false, "a question of a browser at an old version", {
        with(vec![op("GET /v2/a").intent(LIMITED)], vec![seen("OPTIONS /v1/a", 9, 0, 3)])
    });
    row("ACH-017", false, "there is no specification", with(vec![], vec![seen("GET /hidden", 9, 0, 3)]));
    row("ACH-018", true, "an old version in traffic", {
        with(vec![op("GET /v2/a/{id}").intent(OWNED)], vec![seen("GET /v1/a/{id}", 9, 0, 3)])
    });
    row("ACH-018", true, "a deprecated one", {
        let old = op("GET /v1/a").intent(LIMITED).edit(|operation| operation.deprecated = true);
        with(vec![old, op("GET /v2/a").intent(LIMITED)], vec![seen("GET /v1/a", 9, 0, 3)])
    });
    row("ACH-018", false, "both are kept", {
        with(
            vec![op("GET /v1/a").intent(LIMITED), op("GET /v2/a").intent(LIMITED)],
            vec![seen("GET /v1/a", 9, 0, 3)],
        )
    });
}

fn warnings(row: &mut Row<'_>) {
    row(
        "ACH-101",
        true,
        "integers",
        spec(vec![op("GET /a/{id}").names("id", Some("integer")).intent(STAFF)]),
    );
    row("ACH-101", false, "random ids", spec(vec![op("GET /a/{id}").names("id", None).intent(STAFF)]));
    row(
        "ACH-101",
        false,
        "an owner",
        spec(vec![op("GET /a/{id}").names("id", Some("integer")).intent(OWNED)]),
    );
    row("ACH-102", true, "neither 401 nor 403", spec(vec![op("GET /a").statuses(&["200"]).intent(LIMITED)]));
    row(
        "ACH-102",
        false,
        "a default",
        spec(vec![op("GET /a").statuses(&["200", "default"]).intent(LIMITED)]),
    );
    row("ACH-102", false, "open", spec(vec![op("GET /a").statuses(&["200"]).open().intent(PUBLIC)]));
    row(
        "ACH-103",
        true,
        "no 429",
        spec(vec![op("GET /a").many(Some(9)).statuses(&["200", "401"]).intent(LIMITED)]),
    );
    row(
        "ACH-103",
        false,
        "4XX",
        spec(vec![op("GET /a").many(Some(9)).statuses(&["200", "4XX"]).intent(LIMITED)]),
    );
    row(
        "ACH-103",
        false,
        "nothing to take",
        spec(vec![op("GET /a").statuses(&["200", "401"]).intent(LIMITED)]),
    );
    let open_ended = |operation: &mut Operation| operation.answer.open_ended = true;
    row("ACH-104", true, "any field", {
        spec(vec![op("GET /a/{id}").names("id", None).edit(open_ended).intent(STAFF)])
    });
    row("ACH-104", true, "any field for everyone", {
        spec(vec![op("GET /a").edit(open_ended).open().intent(PUBLIC)])
    });
    row("ACH-104", false, "health", spec(vec![op("GET /health").edit(open_ended).open().intent(PUBLIC)]));
    row("ACH-104", false, "about nobody", spec(vec![op("GET /a").edit(open_ended).intent(LIMITED)]));
    row("ACH-105", true, "a token", spec(vec![op("GET /a").example().intent(LIMITED)]));
    row("ACH-105", false, "no example", spec(vec![op("GET /a").intent(LIMITED)]));
    row("ACH-106", true, "a cookie", {
        spec(vec![mail(op("GET /me")).scheme(key("cookie", "sid")).intent(OWNED)])
    });
    row("ACH-106", false, "Authorization", spec(vec![mail(op("GET /me")).intent(OWNED)]));
    row("ACH-106", false, "no-store", {
        let operation = mail(op("GET /me")).scheme(key("cookie", "sid"));
        spec(vec![operation.edit(|operation| operation.answer.no_store = true).intent(OWNED)])
    });
    let vendor = |rest: &str| {
        format!(r#"{{"audience":"authenticated","limit":[{{"requests":9,"per":"1m"}}],{rest}}}"#)
    };
    row("ACH-107", true, "no contact", {
        spec(vec![op("GET /a").intent(&vendor(
            r#""operator":{"name":"Parcels"},"classes":["email"],"budget":[{"subjects":5,"per":"1h"}]"#,
        ))])
    });
    row("ACH-107", true, "no budget", {
        spec(vec![op("GET /a").intent(&vendor(
            r#""operator":{"name":"Parcels","contact":"security@example.com"},"classes":["email"]"#,
        ))])
    });
    row("ACH-107", false, "all said", {
        spec(vec![op("GET /a").intent(&vendor(
            r#""operator":{"name":"Parcels","contact":"security@example.com"},"classes":["email"],
               "budget":[{"subjects":5,"per":"1h"}]"#,
        ))])
    });
    row("ACH-108", true, "no classes", spec(vec![mail(op("GET /me")).intent(OWNED)]));
    row("ACH-108", true, "neither owner nor budget", {
        spec(vec![mail(op("GET /me")).intent(&vendor(r#""roles":["staff"],"classes":["email"]"#))])
    });
    row("ACH-108", false, "classes and an owner", {
        let owned = vendor(r#""owner":"path.id = claim.sub","classes":["email"]"#);
        spec(vec![mail(op("GET /users/{id}")).intent(&owned)])
    });
    row("ACH-108", false, "nothing personal", spec(vec![op("GET /a").intent(LIMITED)]));
}
