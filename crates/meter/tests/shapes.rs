//! Whom bodies of every shape disclose, case by case.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

use domain::PathTemplate;
use meter::{Bounds, Disclosure, Plan, Scratch, Shape, meter};

/// `2 in 3: customer/1 customer/2 | name, email`: subjects, records, preferred keys, classes.
fn tell(disclosure: &Disclosure<'_>) -> String {
    let keys: Vec<_> =
        disclosure.subjects.iter().map(|subject| subject.keys[0].text.replace('\u{1f}', "~")).collect();
    format!("{} in {}: {} | {}", keys.len(), disclosure.records.len(), keys.join(" "), disclosure.classes)
}

#[track_caller]
fn check(content_type: &str, path: &str, body: &str, expected: &str) {
    let shape = Shape::of(Some(content_type), body.as_bytes());
    let plan = Plan { resource: Plan::resource_of(&PathTemplate::parse(path).unwrap()), ..Plan::default() };
    let disclosure =
        meter(body.as_bytes(), shape, &plan, &Bounds::default(), &mut Scratch::default()).unwrap();
    assert_eq!(tell(&disclosure), expected, "{body}\n{:?}", disclosure.dimensions);
    assert_eq!(u32::try_from(disclosure.disclosed()).unwrap(), disclosure.dimensions.largest());
    let mut preferred: Vec<_> =
        disclosure.subjects.iter().map(|s| (s.keys[0].kind.tag(), &s.keys[0].text)).collect();
    preferred.sort();
    preferred.dedup();
    assert_eq!(preferred.len(), disclosure.disclosed(), "preferred keys differ");
}

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
fn tables_and_lists_of_a_page_are_records() {
    for (page, expected) in [
        (
            "<table><tr><th>Name<th>Address</tr><tr><td>Ann M</td><td>Weg 1, Bonn</td></tr><tr><td>Bob</td><td>Weg 2, Bonn</td></tr></table>",
            "2 in 2: ann m~weg 1 bonn bob~weg 2 bonn | name, postal-address",
        ),
        (
            "<table><tr><th>Customer ID<th>Stra&szlig;e</tr><tr><td>7</td><td>Weg&nbsp;1</td></tr></table>",
            "1 in 1: customer/7 | postal-address",
        ),
        (
            "<table><tr><td>Name</td><td>Ann</td></tr><tr><td>E-Mail</td><td><a href='mailto:a@x.de'>a@x.de</a></td></tr></table>",
            "1 in 1: a@x.de | name, email",
        ),
        (
            "<table><tr><th>Name<td>Ann<td>Bob<tr><th>Street<td>Weg 1<td>Weg 2</table>",
            "2 in 2: ann~weg 1 bob~weg 2 | name, postal-address",
        ),
        (
            "<dl><dt>Name<dd>Ann<dt>Street<dd>Weg 1<dt>Name<dd>Bob<dt>Street<dd>Weg 2</dl>",
            "2 in 2: ann~weg 1 bob~weg 2 | name, postal-address",
        ),
        (
            "<dl><dt>Ann</dt><dd>Hauptstraße 1, Bonn</dd><dt>Bob</dt><dd>Hauptstraße 2, Bonn</dd></dl>",
            "2 in 2: ann~hauptstraße 1 bonn bob~hauptstraße 2 bonn | name, postal-address",
        ),
        (
            "<tr><td>Ann</td><td>Tel. 0151 23456789</td></tr><tr><td>Bob</td><td>Tel. 0151 23456780</td></tr>",
            "2 in 2: 015123456789 015123456780 | phone",
        ),
        // What stands around and within a table is read too.
        (
            "a@x.de<table><caption>b@x.de</caption><tr><td>c@x.de<table><tr><td>d@x.de</td></tr></table>e@x.de</td></tr></table>",
            "5 in 3: d@x.de c@x.de a@x.de e@x.de b@x.de | email",
        ),
    ] {
        let page = format!("<!doctype html><body>{page}</body>");
        check("text/html", "/x", &page, expected);
    }
}

#[test]
fn what_a_page_or_an_encoding_carries_is_metered_as_itself() {
    let json =
        r#"{"customers":[{"id":1,"name":"Ann","street":"Weg 1"},{"id":2,"name":"Bob","street":"Weg 2"}]}"#;
    // `base64 -w0` of the same.
    let encoded = "eyJjdXN0b21lcnMiOlt7ImlkIjoxLCJuYW1lIjoiQW5uIiwic3RyZWV0IjoiV2VnIDEifSx7ImlkIjoyLCJuYW1lIjoiQm9iIiwic3RyZWV0IjoiV2VnIDIifV19";
    let expected = "2 in 2: customer/1 customer/2 | name, postal-address";
    let quoted = json.replace('"', "\\\"");
    let entities = json.replace('"', "&quot;");
    for (content_type, body) in [
        ("text/html", format!("<html><script type=application/json>{json}</script>")),
        ("text/html", format!("<html><script>window.__STATE__ = {json};</script>")),
        ("text/html", format!("<html><script>if(a=={{}})x={{b:1}};render( {json} )</script>")),
        ("text/html", format!("<html><script>S=JSON.parse(\"{quoted}\")</script>")),
        ("text/html", format!("<html><script>S=JSON.parse(atob('{encoded}'))</script>")),
        ("text/html", format!("<html><div data-page=\"{entities}\">")),
        ("application/javascript", format!("export default d={json};")),
        ("text/plain", format!("cb({json})")),
        ("text/plain", encoded.to_owned()),
        ("application/json", format!("{{\"next\":\"{encoded}\",\"page\":2}}")),
        ("application/json", format!("\"data:application/json;base64,{encoded}\"")),
        ("application/json", format!("[[1,\"{encoded}\"]]")),
        ("application/x-www-form-urlencoded", format!("a=1&b={encoded}")),
        ("text/csv", format!("page,payload\n1,{encoded}\n")),
        ("application/xml", format!("<r><payload>{encoded}</payload></r>")),
    ] {
        check(content_type, "/x", &body, expected);
    }
}

#[test]
fn pages_scripts_and_tokens_of_everyday_disclose_nobody() {
    for (content_type, body) in [
        (
            "text/html",
            "<table><tr><th>Name</th><th>SKU</th><th>Price</th><th>Stock</th></tr><tr><td>Road bike</td><td>4006381333931</td><td>499.00</td><td>5</td></tr></table>",
        ),
        (
            "text/html",
            "<table><tr><th>Order</th><th>Date</th><th>Total</th></tr><tr><td>1234567890123456</td><td>2024-01-15 10:00</td><td>19.99</td></tr></table>",
        ),
        (
            "text/html",
            "<table><tr><th>Name</th><td>T1 Phone</td></tr><tr><th>Weight</th><td>200 g</td></tr><tr><th>Display</th><td>6.1 in, 120 Hz</td></tr></table>",
        ),
        (
            "text/html",
            "<table><tr><td>Monday</td><td>08:00 - 18:00</td></tr><tr><td>Address line</td><td>required</td></tr></table>",
        ),
        (
            "text/html",
            "<dl><dt>Delivery</dt><dd>2 to 3 days</dd><dt>Name</dt><dd>Road bike</dd><dt>Price</dt><dd>499.00</dd></dl>",
        ),
        (
            "text/html",
            "<script>!function(e,t){var n=t[\"a\"],r={\"b\":1};for(var i=0;i<12;i++)n[i]=[1234567890,\"x\"];e={\"version\":\"1.2.3\",\"built\":\"2024-01-15\"}}(window,[])</script>",
        ),
        (
            "text/html",
            "<script type=application/ld+json>{\"@type\":\"Product\",\"name\":\"Road bike\",\"sku\":\"4006381333931\",\"offers\":{\"price\":\"499.00\"}}</script>",
        ),
        (
            "application/json",
            r#"{"cursor":"eyJpZCI6MTAwMCwiY3JlYXRlZCI6IjIwMjQtMDEtMTUifQ==","etag":"d41d8cd98f00b204e9800998ecf8427e","sig":"MEUCIQDx5b2FzZGZhc2RmYXNkZmFzZGZhc2RmYXNkZg=="}"#,
        ),
        (
            "application/json",
            r#"{"image":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ","text":"SGVsbG8gd29ybGQsIGhvdyBhcmUgeW91IHRvZGF5Pw=="}"#,
        ),
        (
            "text/plain",
            "integrity sha512-V8vJ6zA1Jg0CJmYtKzTQ1NnYzJ0Zk5hYzYwNzQ5ZGVmZ2hpamtsbW5vcA== and AdministrationOfEverything",
        ),
    ] {
        check(content_type, "/products", body, "0 in 0:  | none");
    }
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
