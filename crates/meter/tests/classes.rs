//! Data classes by value and by name, what an answer issues, whose a record is, and what a request brings.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use common::sound;
use meter::{Bounds, Contacts, OwnerValue, Plan, Scratch, Shape, contacts, meter};

fn classes(body: &str) -> String {
    sound(body.as_bytes(), Shape::Json, &Plan::default()).unwrap().classes.to_string()
}

#[test]
fn values_with_a_form_of_their_own_need_no_name() {
    for (value, expected) in [
        ("ann@example.com", "email"),
        ("write to ann@example.com or bob@example.com", "email"),
        ("+49 151 23456789", "phone"),
        ("call +49 151 23456789 after six", "phone"),
        ("(555) 234-5678", "phone"),
        ("0151/23456789", "phone"),
        ("4111 1111 1111 1111", "payment"),
        ("4111111111111111", "payment"),
        ("DE89 3704 0044 0532 0130 00", "payment"),
        ("GB82WEST12345698765432", "payment"),
        ("078-05-1120", "government-id"),
        ("RSSMRA85T10A562S", "government-id"),
        ("529.982.247-25", "government-id"),
        ("12 Main Street, Springfield", "postal-address"),
        ("Hauptstraße 5, 10115 Berlin", "postal-address"),
        ("$2b$12$abcdefghijklmnopqrstuuZ0123456789abcdefghijklmnopqrstu", "credential"),
        ("2024-01-15", "none"),
        ("2024-01-15T10:00:00+02:00", "none"),
        ("1234567890123456", "none"),
        ("12345678901", "none"),
        ("19.99", "none"),
        ("52.520008,13.404954", "none"),
        ("T1-0001-2345", "none"),
        ("4006381333931", "none"),
        ("v1.2.3-rc1", "none"),
        ("192.168.100.200", "none"),
        ("d41d8cd98f00b204e9800998ecf8427e", "none"),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "none"),
        ("logo@2x.png", "none"),
        ("a***@example.com", "none"),
        ("https://example.com/p/1234567890?x=0151", "none"),
        ("SGVsbG8gd29ybGQgSGVsbG8gd29ybGQ=", "none"),
        ("Table 120 x 80 cm, 5 parts", "none"),
    ] {
        let value = serde_json::to_string(value).unwrap();
        assert_eq!(classes(&format!(r#"{{"k":{value}}}"#)), expected, "{value}");
        assert_eq!(classes(&format!(r#"[["x",{value}]]"#)), expected, "{value}");
    }
}

#[test]
fn names_tell_what_values_do_not() {
    for (member, expected) in [
        (r#""phone":"015123456789""#, "phone"),
        (r#""telefon":15123456789"#, "phone"),
        (r#""mobile":{"country":"49","number":"15123456789"}"#, "phone"),
        (r#""phone":"T1 Ultra 512""#, "none"),
        (r#""dob":"1990-02-01""#, "birth-date"),
        (r#""geburtsdatum":"01.02.1990""#, "birth-date"),
        (r#""birthDate":-315619200"#, "birth-date"),
        (r#""birth":{"date":"1990-02-01","place":"Bonn"}"#, "birth-date"),
        (r#""created":"1990-02-01""#, "none"),
        (r#""passport_number":"C01X00T47""#, "government-id"),
        (r#""steuer_id":"12345678911""#, "government-id"),
        (r#""ssn":"***-**-1120""#, "none"),
        (r#""card":{"number":"4111111111111111","exp":"12/30"}"#, "payment"),
        (r#""iban":"DE89370400440532013000""#, "payment"),
        (r#""card_last4":"1111","card_brand":"visa""#, "none"),
        (r#""password":"hunter22""#, "credential"),
        (r#""password_hash":"5f4dcc3b5aa765d61d8327deb882cf99""#, "credential"),
        (r#""password":"required","password_reset":true"#, "none"),
        (r#""recovery_codes":["a1b2-c3d4","e5f6-a7b8"]"#, "credential"),
        (r#""api_key":"sk_live_0123456789abcdef""#, "credential"),
        (r#""first_name":"Ann""#, "name"),
        (r#""customer":"Ann Miller""#, "name"),
        (r#""name":{"given":"Ann","family":"Miller"}"#, "name"),
        (r#""name":"Road bike""#, "none"),
        (r#""company_name":"ACME Ltd","file_name":"a.pdf""#, "none"),
        (r#""strasse":"Weg 1","plz":"53111","ort":"Bonn""#, "postal-address"),
        (r#""address":{"line1":"Weg 1","city":"Bonn"}"#, "postal-address"),
        (r#""address":["Weg 1","53111 Bonn"]"#, "postal-address"),
        (r#""ip_address":"10.0.0.1 x","mac_address":"00:1b:44:11:3a:b7""#, "none"),
        (r#""zip":"53111","city":"Bonn""#, "none"),
        (r#""zip":"53111","city":"Bonn","full_name":"Ann Miller""#, "name, postal-address"),
        (r#""order_number":"0151-23456789","tracking":"+491""#, "none"),
    ] {
        assert_eq!(classes(&format!("{{{member}}}")), expected, "{member}");
    }
}

#[test]
fn what_a_log_in_hands_out_is_told_and_is_no_credential_of_a_person() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    for (body, issued) in [
        (r#"{"access_token":"abcdefgh12345678","token_type":"Bearer","expires_in":3600}"#.to_owned(), vec!["abcdefgh12345678"]),
        (format!(r#"{{"k":"{jwt}"}}"#), vec![jwt]),
        (r#"{"data":{"session":{"id":"0123456789abcdef"}},"sitzung":"fedcba9876543210"}"#.to_owned(), vec!["fedcba9876543210"]),
        (r#"{"session_id":"0123456789abcdef","refreshToken":"r-0123456789"}"#.to_owned(), vec!["0123456789abcdef", "r-0123456789"]),
        (r#"{"next_page_token":"abcdefgh12345678","csrf_token":"abcdefgh12345678","device_token":"abcdefgh12345678"}"#.to_owned(), vec![]),
    ] {
        let found = sound(body.as_bytes(), Shape::Json, &Plan::default()).unwrap();
        assert_eq!(found.issued, issued, "{body}");
        assert!(found.subjects.is_empty(), "{body}");
    }
}

fn owners(body: &str, paths: &[&str]) -> Vec<Vec<OwnerValue<'static>>> {
    let plan = Plan { owners: paths.iter().map(|path| path.parse().unwrap()).collect(), ..Plan::default() };
    let found = sound(body.as_bytes(), Shape::Json, &plan).unwrap();
    found.records.into_iter().map(|record| record.owners.into_vec()).collect()
}

fn text(value: &str) -> OwnerValue<'static> {
    OwnerValue::Text(value.to_owned().into())
}

#[test]
fn whose_a_record_is_stands_in_it_or_around_it() {
    let one = |body: &str, path: &str| {
        owners(body, &[path]).into_iter().map(|mut owners| owners.remove(0)).collect::<Vec<_>>()
    };
    for (body, path, expected) in [
        (r#"{"customer_id":5,"email":"a@x.de"}"#, "$.customer_id", vec![text("5")]),
        (r#"{"email":"a@x.de","customer_id":"u-5"}"#, "$.customer_id", vec![text("u-5")]),
        (r#"{"owner":{"id":5},"email":"a@x.de"}"#, "$.owner.id", vec![text("5")]),
        (
            r#"{"customer_id":5,"orders":[{"email":"a@x.de"},{"email":"b@x.de","customer_id":6}]}"#,
            "$.customer_id",
            vec![text("5"), text("6")],
        ),
        (r#"{"orders":[{"email":"a@x.de"}],"customer_id":5}"#, "$.customer_id", vec![text("5")]),
        (
            r#"{"lines":[{"customer":5},{"customer":5}],"email":"a@x.de"}"#,
            "$.lines[*].customer",
            vec![text("5")],
        ),
        (
            r#"{"lines":[{"customer":5},{"customer":6}],"email":"a@x.de"}"#,
            "$.lines.customer",
            vec![OwnerValue::Unusable],
        ),
        (r#"{"owners":["a","a"],"email":"a@x.de"}"#, "$.owners", vec![text("a")]),
        (r#"{"email":"a@x.de"}"#, "$.customer_id", vec![OwnerValue::Missing]),
        (r#"{"customer_id":null,"email":"a@x.de"}"#, "$.customer_id", vec![OwnerValue::Null]),
        (r#"{"owner":null,"email":"a@x.de"}"#, "$.owner.id", vec![OwnerValue::Null]),
        (r#"{"customer_id":5.0,"email":"a@x.de"}"#, "$.customer_id", vec![OwnerValue::Unusable]),
        (r#"{"customer_id":5e0,"email":"a@x.de"}"#, "$.customer_id", vec![OwnerValue::Unusable]),
        (r#"{"customer_id":true,"email":"a@x.de"}"#, "$.customer_id", vec![OwnerValue::Unusable]),
        (r#"{"customer_id":{"x":5},"email":"a@x.de"}"#, "$.customer_id", vec![OwnerValue::Unusable]),
        (
            r#"{"customer_id":5,"customer_id":6,"email":"a@x.de"}"#,
            "$.customer_id",
            vec![OwnerValue::Unusable],
        ),
        (r#"{"customer_id":5,"customer_id":5,"email":"a@x.de"}"#, "$.customer_id", vec![text("5")]),
        // The nearest object that has the first name decides, even if the way ends there.
        (
            r#"{"owner":{"id":5},"items":[{"owner":{"x":1},"email":"a@x.de"}]}"#,
            "$.owner.id",
            vec![OwnerValue::Missing],
        ),
        (r#"{"owner":{"id":5},"items":[{"email":"a@x.de"}]}"#, "$.owner.id", vec![text("5")]),
        // A sibling's field is nobody else's.
        (r#"[{"customer_id":5,"x":1},{"email":"a@x.de"}]"#, "$.customer_id", vec![OwnerValue::Missing]),
        (
            r#"{"a":{"customer_id":5},"b":{"id":1,"email":"a@x.de"}}"#,
            "$.customer_id",
            vec![OwnerValue::Missing],
        ),
        // An escaped name is the same name.
        (r#"{"customer\u005fid":5,"email":"a@x.de"}"#, "$.customer_id", vec![text("5")]),
        (
            r#"[["customer_id","email"],[5,"a@x.de"],[6,"b@x.de"]]"#,
            "$.customer_id",
            vec![text("5"), text("6")],
        ),
        (r#"{"x":"{\"customer_id\":5,\"email\":\"a@x.de\"}"}"#, "$.customer_id", vec![text("5")]),
    ] {
        assert_eq!(one(body, path), expected, "{body} {path}");
    }
    let both = owners(
        r#"{"tenant":"t1","users":[{"id":1,"email":"a@x.de"},{"id":2,"email":"b@x.de"}]}"#,
        &["$.tenant", "$.id"],
    );
    assert_eq!(both, [vec![text("t1"), text("1")], vec![text("t1"), text("2")]]);
}

#[test]
fn a_declared_subject_is_preferred_and_rows_of_tables_have_owners_too() {
    let plan = Plan {
        subject: Some("$.ref.person".parse().unwrap()),
        owners: vec!["$.tenant".parse().unwrap()],
        ..Plan::default()
    };
    let body = r#"{"tenant":"t","rows":[{"ref":{"person":"p1"},"email":"a@x.de"},{"ref":{"person":"p2"},"email":"a@x.de"}]}"#;
    let found = sound(body.as_bytes(), Shape::Json, &plan).unwrap();
    let keys: Vec<_> = found.subjects.iter().map(|subject| subject.keys[0].text.as_ref()).collect();
    assert_eq!(keys, ["p1", "p2"]);
    assert!(found.records.iter().all(|record| record.owners[..] == [text("t")]));
    let csv = sound(b"tenant,email\nt1,a@x.de\n", Shape::Csv, &plan).unwrap();
    assert_eq!(csv.records[0].owners[..], [text("t1")]);
    let xml = sound(b"<r tenant='t1'><c><email>a@x.de</email></c></r>", Shape::Xml, &plan).unwrap();
    assert_eq!(xml.records[0].owners[..], [text("t1")]);
}

#[test]
fn more_owner_paths_than_are_read_are_missing_and_so_foreign() {
    let paths: Vec<String> = (0..20).map(|n| format!("$.o{n}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let members: Vec<String> = (0..20).map(|n| format!("\"o{n}\":{n}")).collect();
    let found = owners(&format!(r#"{{"email":"a@x.de",{}}}"#, members.join(",")), &paths);
    assert_eq!(found[0].len(), 20);
    assert_eq!((&found[0][14], &found[0][15]), (&text("14"), &OwnerValue::Missing));
}

#[test]
fn a_request_brings_the_contacts_it_names() {
    let told = |bytes: &str, shape| {
        let Contacts { emails, phones } = contacts(bytes.as_bytes(), shape);
        emails.into_iter().chain(phones).map(|text| text.into_owned()).collect::<Vec<_>>()
    };
    for (bytes, shape, expected) in [
        ("email=Ann%40Example.com&order=7", Shape::Form, vec!["ann@example.com"]),
        ("q=ann@example.com", Shape::Form, vec!["ann@example.com"]),
        ("phone=%2B49%20151%2023456789", Shape::Form, vec!["+4915123456789"]),
        ("phone=+4915123456789", Shape::Form, vec!["+4915123456789"]),
        ("tel=0151+23456789", Shape::Form, vec!["015123456789"]),
        (
            r#"{"login":{"email":"ann@example.com","password":"hunter22"}}"#,
            Shape::Json,
            vec!["ann@example.com"],
        ),
        (r#"{"query":"{ user(email: \"ann@example.com\") { id } }"}"#, Shape::Json, vec!["ann@example.com"]),
        ("page=1&size=10&from=2024-01-15", Shape::Form, vec![]),
        ("", Shape::Form, vec![]),
    ] {
        assert_eq!(told(bytes, shape), expected, "{bytes}");
    }
    let many: Vec<String> = (0..17).map(|n| format!("\"p{n}@x.de\"")).collect();
    assert!(contacts(format!("[{}]", many.join(",")).as_bytes(), Shape::Json).is_empty());
}

#[test]
fn static_scripts_carry_nobody_and_others_do() {
    let bundle = b"/* by ann@example.com */ function f(){}";
    let of = |static_asset| {
        let plan = Plan { static_asset, ..Plan::default() };
        meter(bundle, Shape::Script, &plan, &Bounds::default(), &mut Scratch::default()).unwrap().disclosed()
    };
    assert_eq!((of(true), of(false)), (0, 1));
}
