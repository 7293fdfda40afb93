//! Whom bodies of every shape disclose, case by case.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use common::check;
use meter::{Bounds, Plan, Scratch, Shape, meter};

#[track_caller]
fn json(path: &str, body: &str, expected: &str) {
    check("application/json", path, body, expected);
}

#[test]
fn objects_in_arrays() {
    json(
        "/customers",
        r#"[{"id":1,"email":"a@x.de"},{"id":2,"email":"b@x.de"}]"#,
        "2 in 2: customer/1 customer/2 | email",
    );
    json(
        "/api",
        r#"{"customers":[{"id":1,"name":"Ann","email":"a@x.de"}],"total":1}"#,
        "1 in 1: customer/1 | name, email",
    );
    json(
        "/api/customers",
        r#"{"data":{"items":[{"id":1,"name":"Ann","phone":"+4915112345678"}]}}"#,
        "1 in 1: customer/1 | name, phone",
    );
    json("/api/x", r#"{"results":[{"mail":"A@X.de"},{"mail":"a@x.de"}]}"#, "1 in 2: a@x.de | email");
}

#[test]
fn a_person_with_parts_is_one_record() {
    json(
        "/customers/{id}",
        r#"{"id":1,"contact":{"email":"a@x.de","phones":[{"type":"home","number":"+4915112345678"}]},"address":{"id":9,"street":"Weg 1","city":"Bonn","zip":"53111"},"name":{"first":"Ann","last":"Miller"}}"#,
        "1 in 1: customer/1 | name, email, phone, postal-address",
    );
    json(
        "/customers",
        r#"{"customers":[{"contact":{"email":"a@x.de"},"id":1},{"contact":{"email":"b@x.de"},"id":2}]}"#,
        "2 in 2: customer/1 customer/2 | email",
    );
    json(
        "/x",
        r#"{"data":{"stammdaten":{"vorname":"Ann","nachname":"M"},"kommunikation":{"mail":"a@x.de"}}}"#,
        "1 in 1: a@x.de | name, email",
    );
    json(
        "/customers/{id}",
        r#"{"id":1,"email":"a@x.de","addresses":[{"id":7,"first_name":"Ann","street":"Weg 1"},{"id":8,"first_name":"Bob","street":"Weg 2"}]}"#,
        "1 in 1: customer/1 | name, email, postal-address",
    );
    json(
        "/x",
        r#"{"data":{"type":"customers","id":"5","attributes":{"email":"a@x.de","name":"Ann"}}}"#,
        "1 in 1: customer/5 | name, email",
    );
}

#[test]
fn different_people_in_one_object() {
    json(
        "/orders/{id}",
        r#"{"id":1,"buyer":{"id":5,"email":"a@x.de"},"recipient":{"name":"Bob","email":"b@x.de"}}"#,
        "2 in 2: buyer/5 b@x.de | name, email",
    );
    json(
        "/x",
        r#"{"a1":{"id":1,"email":"a@x.de"},"a2":{"id":2,"email":"b@x.de"}}"#,
        "2 in 2: a@x.de b@x.de | email",
    );
    json(
        "/graphql",
        r#"{"data":{"a1":{"email":"a@x.de"},"a2":{"email":"b@x.de"},"a3":{"email":"c@x.de"}}}"#,
        "3 in 3: a@x.de b@x.de c@x.de | email",
    );
    json("/x", r#"{"emails":["a@x.de","b@x.de"]}"#, "2 in 1: a@x.de b@x.de | email");
}

#[test]
fn references_name_the_subject() {
    json(
        "/orders",
        r#"{"orders":[{"id":1,"customer_id":5,"email":"a@x.de"},{"id":2,"customer_id":5,"email":"a@x.de"},{"id":3,"customer_id":6,"phone":"+4915112345678"}]}"#,
        "2 in 3: customer/5 customer/6 | email, phone",
    );
    json(
        "/orders",
        r#"[{"id":1,"customer":{"id":5},"shipping":{"name":"Ann","street":"Weg 1"}}]"#,
        "1 in 1: customer/5 | name, postal-address",
    );
    json(
        "/orders",
        r#"[{"id":1,"customer":{"id":5,"email":"a@x.de"},"shipping":{"name":"Ann","street":"Weg 1"}}]"#,
        "1 in 2: customer/5 | name, email, postal-address",
    );
    json(
        "/orders/{id}",
        r#"{"customer_id":5,"deliveries":[{"id":1,"street":"Weg 1"},{"id":2,"street":"Weg 2"}]}"#,
        "1 in 2: customer/5 | postal-address",
    );
    json(
        "/x",
        r#"{"deliveries":[{"id":1,"street":"Weg 1"}],"customer_id":5}"#,
        "1 in 1: customer/5 | postal-address",
    );
    json(
        "/orders",
        r#"[{"id":1,"attributes":{"street":"Weg 1"},"relationships":{"customer":{"data":{"type":"customers","id":"5"}}}}]"#,
        "1 in 1: customer/5 | postal-address",
    );
    // Words about a person that are no ids.
    json(
        "/x",
        r#"[{"email":"a@x.de","client":"web","guest":1,"member":"gold","users":7},{"email":"b@x.de","client":"web","guest":1,"member":"gold","users":7}]"#,
        "2 in 2: a@x.de b@x.de | email",
    );
    json(
        "/x",
        r#"[{"email":"a@x.de","customer_group_id":3},{"email":"b@x.de","customer_group_id":3}]"#,
        "2 in 2: a@x.de b@x.de | email",
    );
    json("/x", r#"{"owner":"u-77","iban":"DE89370400440532013000"}"#, "1 in 1: owner/u-77 | payment");
}

#[test]
fn maps_keyed_by_id() {
    json(
        "/customers",
        r#"{"1001":{"email":"a@x.de"},"1002":{"email":"b@x.de"}}"#,
        "2 in 2: customer/1001 customer/1002 | email",
    );
    json(
        "/x",
        r#"{"kunden":{"1001":{"vorname":"Ann","tel":"015112345678"},"1002":{"vorname":"Bob","tel":"015112345679"}}}"#,
        "2 in 2: kunde/1001 kunde/1002 | name, phone",
    );
    json("/x", r#"{"a@x.de":{"plan":"gold"},"b@x.de":{"plan":"free"}}"#, "2 in 2: a@x.de b@x.de | email");
    json(
        "/x",
        r#"{"a1":{"street":"Weg 1"},"a2":{"street":"Weg 2"}}"#,
        "2 in 2: weg 1 weg 2 | postal-address",
    );
    let long = format!("{}@example.com", "a".repeat(60));
    json("/x", &format!(r#"{{"{long}":1}}"#), &format!("1 in 1: {long} | email"));
    json("/x", r#"{"1001":"a@x.de","1002":"b@x.de"}"#, "2 in 1: a@x.de b@x.de | email");
}

#[test]
fn rows_and_columns() {
    json(
        "/customers",
        r#"[["id","email","first_name"],[1,"a@x.de","Ann"],[2,"b@x.de","Bob"]]"#,
        "2 in 2: customer/1 customer/2 | name, email",
    );
    json("/x", r#"[[1,"a@x.de"],[2,"b@x.de"]]"#, "2 in 2: a@x.de b@x.de | email");
    json(
        "/customers",
        r#"{"columns":["id","mail"],"rows":[[1,"a@x.de"],[2,"b@x.de"]]}"#,
        "2 in 2: customer/1 customer/2 | email",
    );
    json(
        "/customers",
        r#"{"id":[1,2],"email":["a@x.de","b@x.de"],"first_name":["Ann","Bob"]}"#,
        "2 in 2: customer/1 customer/2 | name, email",
    );
    json(
        "/x",
        r#"{"vorname":["Ann","Bob"],"strasse":["Weg 1","Weg 2"]}"#,
        "2 in 2: ann~weg 1 bob~weg 2 | name, postal-address",
    );
}

#[test]
fn json_in_strings() {
    json("/customers", r#"{"payload":"{\"id\":1,\"email\":\"a@x.de\"}"}"#, "1 in 1: customer/1 | email");
    json(
        "/customers",
        r#"{"a":"{\"b\":\"{\\\"id\\\":1,\\\"email\\\":\\\"a@x.de\\\"}\"}"}"#,
        "1 in 1: customer/1 | email",
    );
    json(
        "/customers",
        r#""[{\"id\":1,\"email\":\"a@x.de\"},{\"id\":2,\"email\":\"b@x.de\"}]""#,
        "2 in 2: customer/1 customer/2 | email",
    );
    json(
        "/x",
        r#"{"email":"a\u0040x.de","k":"b%40x.de","h":"c&#64;x.de"}"#,
        "3 in 1: a@x.de b@x.de c@x.de | email",
    );
}

#[test]
fn lines_of_json() {
    check(
        "application/x-ndjson",
        "/customers",
        "{\"id\":1,\"email\":\"a@x.de\"}\n{\"id\":2,\"email\":\"b@x.de\"}\n",
        "2 in 2: customer/1 customer/2 | email",
    );
    check(
        "text/event-stream",
        "/customers",
        "event: x\ndata: {\"id\":1,\"email\":\"a@x.de\"}\n\ndata: {\"id\":2,\"email\":\"b@x.de\"}\n\n",
        "2 in 2: customer/1 customer/2 | email",
    );
    check(
        "application/javascript",
        "/customers",
        "cb({\"id\":1,\"email\":\"a@x.de\"});",
        "1 in 1: customer/1 | email",
    );
    check(
        "text/html",
        "/customers",
        ")]}',\n[{\"id\":1,\"email\":\"a@x.de\"}]",
        "1 in 1: customer/1 | email",
    );
}

#[test]
fn tables() {
    check(
        "text/csv",
        "/customers",
        "id,email,name\n1,a@x.de,Ann\n2,b@x.de,\"Bo \"\"B\"\" b\"\n",
        "2 in 2: customer/1 customer/2 | name, email",
    );
    check("text/csv", "/x", "1;a@x.de;Ann\n2;b@x.de;Bob\n", "2 in 2: a@x.de b@x.de | email");
    check(
        "text/csv",
        "/kunden",
        "KdNr;Vorname;Telefon\r\n7;Ann;0151 12345678\r\n8;Bob;0151 12345679\r\n",
        "2 in 2: 015112345678 015112345679 | name, phone",
    );
    check(
        "text/tab-separated-values",
        "/x",
        "customer_id\tmobile\n5\t+4915112345678\n",
        "1 in 1: customer/5 | phone",
    );
}

#[test]
fn elements() {
    check(
        "application/xml",
        "/x",
        "<customers><customer id=\"1\"><email>a@x.de</email><name>Ann</name></customer><customer id=\"2\"><email>b@x.de</email></customer></customers>",
        "2 in 2: customer/1 customer/2 | name, email",
    );
    check(
        "text/xml",
        "/x",
        "<r><c mail=\"a&#64;x.de\"/><c mail=\"b@x.de\"/></r>",
        "2 in 2: a@x.de b@x.de | email",
    );
    check(
        "text/xml",
        "/x",
        "<!DOCTYPE r [<!ENTITY a \"&b;&b;\"><!ENTITY b \"lol\">]><r>&a;<phone type=\"m\">+49 151 12345678</phone></r>",
        "1 in 1: +4915112345678 | phone",
    );
}

#[test]
fn pages_and_texts() {
    check(
        "text/html",
        "/x",
        "<html><p>Ann: <a href=\"mailto:a@x.de\">mail</a>, <a href='tel:+4915112345678'>call</a></p><script type=\"application/json\">{\"u\":{\"email\":\"b@x.de\"}}</script></html>",
        "2 in 2: b@x.de a@x.de | email, phone",
    );
    check(
        "text/plain",
        "/x",
        "Ann a@x.de +49 151 12345678\nBob b@x.de +49 151 12345679\n",
        "2 in 1: a@x.de b@x.de | email, phone",
    );
    check(
        "application/x-www-form-urlencoded",
        "/x",
        "email=a%40x.de&name=Ann+M",
        "1 in 1: a@x.de | name, email",
    );
}

#[test]
fn what_shops_show_to_everybody_discloses_nobody() {
    json(
        "/products",
        r#"{"items":[{"sku":"4006381333931","name":"T1 Phone","price":"499.00","created_at":"2024-01-15T10:00:00Z","order_number":"1234567890123456","lat":52.520008,"lng":13.404954,"hash":"d41d8cd98f00b204e9800998ecf8427e","version":"1.2.3","image":"icon@2x.png","seller":{"id":7,"name":"Ann Miller"},"stock":5}]}"#,
        "0 in 0:  | none",
    );
    json(
        "/products/{id}",
        r#"{"id":5,"title":"Road bike","description":"Fits 12 people on the street","serial":"0151-23456789","tracking_number":"00340434161094042557","timestamp":1700000000}"#,
        "0 in 0:  | none",
    );
    json(
        "/orders",
        r#"{"orders":[{"id":1,"customer_id":5,"total":19.99,"currency":"EUR"}]}"#,
        "0 in 0:  | none",
    );
    json(
        "/login",
        r#"{"errors":{"password":["must be at least 8 characters"],"email":["is not valid"]}}"#,
        "0 in 0:  | none",
    );
}

#[test]
fn a_hotline_on_every_product_is_one_subject() {
    let products: Vec<_> = (1..=50)
        .map(|n| format!(r#"{{"id":{n},"name":"Phone {n}","price":{n},"hotline":"+49 800 1234567"}}"#))
        .collect();
    json("/products", &format!("[{}]", products.join(",")), "1 in 50: +498001234567 | phone");
    let neutral: Vec<_> =
        (1..=50).map(|n| format!(r#"{{"id":{n},"title":"Phone {n}","phone":"+49 800 1234567"}}"#)).collect();
    json("/x", &format!("[{}]", neutral.join(",")), "1 in 50: +498001234567 | phone");
    let sellers: Vec<_> = (1..=50)
        .map(|n| format!(r#"{{"id":{n},"name":"Seller {n}","service_phone":"+49 800 123456{}"}}"#, n % 5))
        .collect();
    json(
        "/sellers",
        &format!("[{}]", sellers.join(",")),
        "5 in 50: +498001234561 +498001234562 +498001234563 +498001234564 +498001234560 | phone",
    );
}

#[test]
fn ten_orders_of_one_customer_are_one_subject_whatever_their_keys() {
    let orders: Vec<_> = (1..=10)
        .map(|n| {
            format!(r#"{{"nummer":{n},"vorname":"Ann","nachname":"M","mail":"a@x.de","tel":"015112345678"}}"#)
        })
        .collect();
    json("/vorgang", &format!("[{}]", orders.join(",")), "1 in 10: a@x.de | name, email, phone");
    json("/sachen", &format!("[{}]", orders.join(",")), "1 in 10: sachen/1 | name, email, phone");
}

#[test]
fn fifty_people_behind_one_switchboard_are_fifty() {
    let people: Vec<_> = (1..=50)
        .map(|n| format!(r#"{{"id":{n},"full_name":"Person {n} X","phone":"+49 30 123456"}}"#))
        .collect();
    let body = format!("[{}]", people.join(","));
    let plan = Plan { resource: Some("customer".into()), ..Plan::default() };
    let found = meter(body.as_bytes(), Shape::Json, &plan, &Bounds::default(), &mut Scratch::default())
        .map(|d| d.disclosed());
    assert_eq!(found, Ok(50));
}
