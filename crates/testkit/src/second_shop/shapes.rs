//! Ten customers in ten shapes, none of which says `email`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::directory::Customer;

/// The shape of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// `{"kunden": {"K-1000001": {...}, ...}}`
    MapById,
    /// `{"spalten": {"nr": [...], "kontakt": [...]}}`
    Columns,
    /// `{"kopf": [...], "zeilen": [[...], [...]]}`
    Rows,
    /// Rows without any head: `[[...], [...]]`
    BareRows,
    /// `{"inhalt": "[{\"courriel\": ...}]"}`
    JsonInString,
    /// `{"data": {"k0": {...}, "k1": {...}}}`, letters escaped
    Aliases,
    /// `numero;nom;courriel;...`
    Csv,
    /// `<kunde nr="..."><ml>...</ml></kunde>`
    Xml,
    /// A table.
    Html,
    /// One object a line.
    Ndjson,
}

/// All shapes.
pub const SHAPES: [Shape; 10] = [
    Shape::MapById,
    Shape::Columns,
    Shape::Rows,
    Shape::BareRows,
    Shape::JsonInString,
    Shape::Aliases,
    Shape::Csv,
    Shape::Xml,
    Shape::Html,
    Shape::Ndjson,
];

impl Shape {
    /// The door that speaks it; pages by `?seite=n`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::MapById => "/kunden",
            Self::Columns => "/kunden/spalten",
            Self::Rows => "/kunden/zeilen",
            Self::BareRows => "/kunden/roh",
            Self::JsonInString => "/kunden/huelle",
            Self::Aliases => "/kunden/graph",
            Self::Csv => "/abonnes.csv",
            Self::Xml => "/kunden.xml",
            Self::Html => "/kunden.html",
            Self::Ndjson => "/kunden.ndjson",
        }
    }

    /// What the shop says it is. For JSON in one shape it says nonsense, as shops do.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Xml => "application/xml",
            Self::Html => "text/html; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
            Self::BareRows => "text/html",
            _ => "application/json",
        }
    }

    /// `people` in this shape.
    pub(super) fn write(self, people: &[Customer]) -> String {
        let number = |one: &Customer| format!("K-{}", one.id);
        let column = |value: fn(&Customer) -> String| people.iter().map(value).collect::<Vec<_>>();
        let rows = || -> Vec<Value> {
            people.iter().map(|one| json!([number(one), one.name(), one.email, one.phone])).collect()
        };
        match self {
            Self::MapById => {
                let map: Map<String, Value> = people
                    .iter()
                    .map(|one| {
                        let card = json!({
                            "vorname": one.given, "nachname": one.family, "mailadresse": one.email,
                            "rufnummer": one.phone, "anschrift": place(one),
                        });
                        (number(one), card)
                    })
                    .collect();
                json!({ "stand": "2026-03-01", "kunden": map }).to_string()
            }
            Self::Columns => json!({ "spalten": {
                "nr": column(|one| format!("K-{}", one.id)), "wer": column(Customer::name),
                "kontakt": column(|one| one.email.clone()), "fon": column(|one| one.phone.clone()),
            }})
            .to_string(),
            Self::Rows => json!({ "kopf": ["nr", "wer", "kontakt", "fon"], "zeilen": rows() }).to_string(),
            Self::BareRows => Value::Array(rows()).to_string(),
            Self::JsonInString => {
                let inner: Vec<Value> = people
                    .iter()
                    .map(|one| json!({ "numero": one.id, "nom": one.name(), "courriel": one.email, "tel": one.phone }))
                    .collect();
                json!({ "version": 3, "inhalt": Value::Array(inner).to_string() }).to_string()
            }
            Self::Aliases => {
                let cards: Vec<String> = people
                    .iter()
                    .enumerate()
                    .map(|(nth, one)| format!("\"k{nth}\":{}", file_card(one)))
                    .collect();
                format!("{{\"data\":{{{}}}}}", cards.join(","))
            }
            Self::Csv => people.iter().fold("numero;nom;courriel;tel;adresse\n".into(), |mut out, one| {
                let _written =
                    writeln!(out, "{};{};{};{};\"{}\"", one.id, one.name(), one.email, one.phone, place(one));
                out
            }),
            Self::Xml => {
                let inner: String = people
                    .iter()
                    .map(|one| {
                        format!(
                            "<kunde nr=\"{}\"><wer>{}</wer><ml>{}</ml><tf>{}</tf></kunde>",
                            number(one),
                            one.name(),
                            one.email.replace('@', "&#64;"),
                            one.phone
                        )
                    })
                    .collect();
                format!("<?xml version=\"1.0\"?><kunden>{inner}</kunden>")
            }
            Self::Html => {
                let inner: String = people
                    .iter()
                    .map(|one| {
                        format!(
                            "<tr><td>{}</td><td>{}</td><td><a href=\"mailto:{}\">Mail</a></td><td>{}</td></tr>",
                            number(one),
                            one.name(),
                            one.email,
                            one.phone
                        )
                    })
                    .collect();
                format!("<!doctype html><html><body><table>{inner}</table></body></html>")
            }
            Self::Ndjson => people.iter().fold(String::new(), |mut out, one| {
                let _written =
                    writeln!(out, "{}", json!({ "nr": number(one), "an": place(one), "ml": one.email }));
                out
            }),
        }
    }
}

/// Name and postal address on one line.
fn place(one: &Customer) -> String {
    format!("{}, {}, {} {}", one.name(), one.street, one.postcode, one.city)
}

/// One customer with abbreviated keys and the `@` escaped, as some serialisers write it.
pub(super) fn file_card(one: &Customer) -> String {
    format!(
        r#"{{"nr":"K-{}","nm":"{}","ml":"{}","tf":"{}"}}"#,
        one.id,
        one.name(),
        one.email.replace('@', "\\u0040"),
        one.phone
    )
}
