//! As many people as were written into a body are told, whatever the shape, language and escapes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use std::collections::BTreeSet;

use common::{Person, customers, sound};
use domain::DataClass;
use meter::Shape;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Field names: id, first name, last name, e-mail, phone, street; then the list's name.
const LANGUAGES: [[&str; 7]; 8] = [
    ["id", "first_name", "last_name", "email", "phone", "street", "customers"],
    ["customerId", "firstName", "surname", "emailAddress", "mobilePhone", "addressLine1", "users"],
    ["kundennummer", "vorname", "nachname", "mail", "telefon", "straße", "kunden"],
    ["id", "prénom", "nom_famille", "courriel", "téléphone", "rue", "clients"],
    ["id", "nombre", "apellidos", "correo_electronico", "teléfono", "calle", "clientes"],
    ["id", "nome", "cognome", "mail", "cellulare", "indirizzo", "utenti"],
    ["_id", "voornaam", "achternaam", "e-mail", "telefoonnummer", "straat", "klanten"],
    ["f1", "f2", "f3", "f4", "f5", "f6", "f7"],
];

/// The shapes that JSON bodies are tried in.
const SHAPES: usize = 12;

fn record(p: &Person, names: &[&str; 7]) -> Map<String, Value> {
    let values =
        [json!(p.id), json!(p.first), json!(p.last), json!(p.email), json!(p.phone), json!(p.street)];
    names.iter().map(|name| (*name).to_owned()).zip(values).collect()
}

fn body(people: &[Person], names: &[&str; 7], shape: usize) -> Value {
    let all: Vec<Value> = people.iter().map(|p| Value::Object(record(p, names))).collect();
    let nested = |value: &Value| Value::String(serde_json::to_string(value).unwrap());
    match shape {
        0 => json!(all),
        1 => json!({ names[6]: all, "page": 1, "total": all.len() }),
        2 => json!({"data": {"items": all, "next": "/x?page=2"}}),
        3 => {
            json!({ names[6]: people.iter().zip(&all).map(|(p, v)| (p.id.to_string(), v.clone())).collect::<Map<_, _>>() })
        }
        4 => {
            json!({"data": people.iter().zip(&all).map(|(p, v)| (format!("a{}", p.id), v.clone())).collect::<Map<_, _>>() })
        }
        5 => {
            let rows = people.iter().map(|p| json!([p.id, p.first, p.last, p.email, p.phone, p.street]));
            Value::Array(std::iter::once(json!(names[..6])).chain(rows).collect())
        }
        6 => {
            let column = |nth: usize| all.iter().map(|v| v[names[nth]].clone()).collect::<Vec<_>>();
            Value::Object((0..6).map(|nth| (names[nth].to_owned(), Value::Array(column(nth)))).collect())
        }
        7 => json!({"payload": nested(&json!({ names[6]: all }))}),
        8 => json!({"payload": nested(&json!({"inner": nested(&json!(all))}))}),
        9 => json!({"data": [{"type": "things", "key": "k"}], "included": all, "_embedded": {names[6]: all}}),
        10 => {
            json!({"groups": all.chunks(2).map(|chunk| json!({"title": "g", "list": chunk})).collect::<Vec<_>>()})
        }
        _ => json!(all.iter().map(nested).collect::<Vec<_>>()),
    }
}

/// Writes JSON with some characters escaped that need not be, and with blanks.
fn write(value: &Value, escape_every: usize) -> String {
    let plain = serde_json::to_string(value).unwrap();
    if escape_every == 0 {
        return plain;
    }
    let mut out = String::new();
    let (mut in_string, mut escaped) = (false, false);
    for (at, c) in plain.chars().enumerate() {
        if in_string && !escaped && c != '"' && c != '\\' && at % escape_every == 0 {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04X}")));
            continue;
        }
        if !in_string && matches!(c, ',' | ':' | '}') && at % 2 == 0 {
            out.push_str(" \n\t");
        }
        out.push(c);
        if escaped {
            escaped = false;
        } else if in_string && c == '\\' {
            escaped = true;
        } else if c == '"' {
            in_string = !in_string;
        }
    }
    out
}

/// Records as a page shows them: a table with header cells, with plain cells, without end tags, one
/// table or list of definitions per record, and one list for all.
fn html(names: &[&str], rows: &[Vec<String>], style: usize) -> String {
    let escaped = |text: &String| text.replace('&', "&amp;").replace('\'', "&#39;").replace('<', "&lt;");
    let join = |texts: Vec<String>| texts.concat();
    let row = |row: &Vec<String>, begin: &str, end: &str| {
        join(row.iter().take(names.len()).map(|cell| format!("{begin}{}{end}", escaped(cell))).collect())
    };
    let pairs = |row: &Vec<String>, a: &str, b: &str, c: &str| {
        join(names.iter().zip(row).map(|(name, cell)| format!("{a}{name}{b}{}{c}", escaped(cell))).collect())
    };
    let all = |write: &dyn Fn(&Vec<String>) -> String| join(rows.iter().map(write).collect());
    let head =
        |begin: &str, end: &str| join(names.iter().map(|name| format!("{begin}{name}{end}")).collect());
    match style {
        0 => format!(
            "<table><tr>{}</tr>{}</table>",
            head("<th>", "</th>"),
            all(&|r| format!("<tr>{}</tr>", row(r, "<td>", "</td>")))
        ),
        1 => format!(
            "<table><tr>{}</tr>{}</table>",
            head("<td>", "</td>"),
            all(&|r| format!("<tr>{}</tr>", row(r, "<td><b>", "</b> </td>")))
        ),
        2 => format!(
            "<p>a<TABLE><TR>{}{}</TABLE><p>b",
            head("<TH>", ""),
            all(&|r| format!("<TR>{}", row(r, "<TD class='x'>\n", "")))
        ),
        3 => all(&|r| format!("<table>{}</table>", pairs(r, "<tr><th>", ":</th><td>", "</td></tr>"))),
        4 => all(&|r| format!("<dl>{}</dl>", pairs(r, "<dt>", "</dt><dd>", "</dd>"))),
        _ => format!("<dl>{}</dl>", all(&|r| pairs(r, "<dt>", "<dd>", ""))),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn everybody_is_told_once(numbers in prop::collection::btree_set(0_u32..90, 2..12), language in 0..LANGUAGES.len(), escape_every in 0_usize..6) {
        let people: Vec<_> = numbers.iter().map(|n| Person::new(*n)).collect();
        for shape in 0..SHAPES {
            let text = write(&body(&people, &LANGUAGES[language], shape), escape_every);
            let found = sound(text.as_bytes(), Shape::Json, &customers()).unwrap();
            prop_assert_eq!(found.disclosed(), people.len(), "shape {}: {:?}\n{}", shape, found.dimensions, text);
            prop_assert_eq!(found.dimensions.emails as usize, people.len());
            prop_assert_eq!(found.dimensions.phones as usize, people.len());
            prop_assert!(found.classes.contains(DataClass::Email) && found.classes.contains(DataClass::Phone));
            if language < 7 {
                prop_assert!(found.classes.contains(DataClass::Name), "shape {}: {}", shape, text);
                prop_assert!(found.classes.contains(DataClass::PostalAddress), "shape {}: {}", shape, text);
            }
            // Every e-mail is a key of exactly one subject, beside its own phone.
            let pairs: BTreeSet<_> = found.subjects.iter().map(|subject| {
                let of = |tag: u8| subject.keys.iter().filter(|key| key.kind.tag() == tag).map(|key| key.text.to_string()).collect::<Vec<_>>();
                (of(b'e'), of(b'p'))
            }).collect();
            let expected: BTreeSet<_> = people.iter().map(|p| (vec![p.email.clone()], vec![p.phone.clone()])).collect();
            prop_assert_eq!(pairs, expected, "shape {}: {}", shape, text);
        }
    }

    #[test]
    fn a_table_of_a_page_tells_what_the_same_records_in_json_tell(
        rows in prop::collection::vec((0_u32..6, 0_u32..6, 0_u32..6), 1..12), fields in 2_usize..7, style in 0_usize..6
    ) {
        let names = ["first_name", "street", "email", "phone", "order_number", "price"];
        let fields = fields.min(names.len());
        let cells: Vec<Vec<String>> = rows.iter().map(|(who, place, contact)| {
            let (p, at, by) = (Person::new(*who), Person::new(*place), Person::new(*contact));
            vec![p.first, at.street, by.email, by.phone, format!("2024-{who}"), format!("{place}.99")]
        }).collect();
        let objects: Vec<Value> = cells.iter().map(|row| {
            Value::Object(names.iter().zip(row).take(fields).map(|(name, cell)| ((*name).to_owned(), json!(cell))).collect())
        }).collect();
        let page = html(&names[..fields], &cells, style);
        let told = sound(page.as_bytes(), Shape::Html, &meter::Plan::default()).unwrap();
        let expected = sound(json!(objects).to_string().as_bytes(), Shape::Json, &meter::Plan::default()).unwrap();
        prop_assert_eq!(told.dimensions, expected.dimensions, "{}", page);
        prop_assert_eq!(told.classes, expected.classes, "{}", page);
        prop_assert_eq!(told.records.len(), expected.records.len(), "{}", page);
        prop_assert_eq!(common::keys(&told), common::keys(&expected), "{}", page);
    }

    #[test]
    fn many_records_of_few_people_are_few(orders in prop::collection::vec(0_u32..5, 1..30), form in 0..5) {
        let list: Vec<_> = orders.iter().enumerate().map(|(n, who)| {
            let p = Person::new(*who);
            match form {
                0 => json!({"order_id": n, "customer_id": p.id, "email": p.email, "total": 9.99}),
                1 => json!({"id": n, "customer": {"id": p.id}, "shipping": {"name": p.first, "street": p.street}}),
                2 => json!({"id": n, "email": p.email.to_uppercase(), "price": n}),
                3 => json!({"number": n, "customer": {"id": p.id, "email": p.email}, "billing": {"name": p.last, "street": p.street, "zip": "10115", "city": "Berlin"}}),
                _ => json!({"id": n, "user_id": p.id.to_string(), "phone": p.phone, "created_at": "2026-01-01"}),
            }
        }).collect();
        let people: BTreeSet<_> = orders.iter().collect();
        let text = serde_json::to_string(&json!({"orders": list})).unwrap();
        let found = sound(text.as_bytes(), Shape::Json, &meter::Plan::default()).unwrap();
        prop_assert_eq!(found.disclosed(), people.len(), "{:?} {}", found.dimensions, text);
    }
}
