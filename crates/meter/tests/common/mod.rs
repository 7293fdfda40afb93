//! What the tests of the meter share: invariants, and people to write down.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tests"
)]

use std::collections::BTreeSet;

use domain::PathTemplate;
use meter::{Bounds, Disclosure, MOST_KEYS, Plan, Scratch, Shape, meter};

pub const SHAPES: [Shape; 9] = [
    Shape::Json,
    Shape::Ndjson,
    Shape::Csv,
    Shape::Tsv,
    Shape::Xml,
    Shape::Html,
    Shape::Text,
    Shape::Form,
    Shape::Script,
];

/// A plan for a resource that holds persons.
pub fn customers() -> Plan {
    Plan { resource: Some("customer".into()), ..Plan::default() }
}

/// What every disclosure must keep, whatever the bytes.
pub fn assert_sound(disclosure: &Disclosure<'_>, body: &[u8]) {
    let subjects = disclosure.subjects.len();
    assert_eq!(
        subjects,
        disclosure.dimensions.largest() as usize,
        "one-subject-each: {:?}",
        disclosure.dimensions
    );
    let mut preferred = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for subject in &disclosure.subjects {
        assert!((1..=MOST_KEYS).contains(&subject.keys.len()), "{} keys", subject.keys.len());
        preferred.insert((subject.keys[0].kind.tag(), subject.keys[0].text.to_string()));
        for key in &subject.keys {
            assert!(
                keys.insert((key.kind.tag(), key.text.to_string())),
                "one-key-one-subject: {:?}",
                key.kind
            );
        }
    }
    assert_eq!(preferred.len(), subjects, "preferred keys are equal");
    for record in &disclosure.records {
        assert!((record.subject as usize) < subjects);
        assert!(record.span.start <= record.span.end && record.span.end <= body.len());
        assert!(!record.classes.is_empty());
    }
    assert_eq!(disclosure.records.is_empty(), disclosure.subjects.is_empty());
    assert!(disclosure.issued.len() <= 16);
}

/// Meters `body` and checks what must always hold.
pub fn sound(body: &[u8], shape: Shape, plan: &Plan) -> Option<Disclosure<'static>> {
    let found = meter(body, shape, plan, &Bounds::default(), &mut Scratch::default()).ok()?;
    assert_sound(&found, body);
    Some(found.into_owned())
}

/// `2 in 3: customer/1 customer/2 | name, email`: subjects, records, preferred keys, classes.
fn tell(disclosure: &Disclosure<'_>) -> String {
    let keys: Vec<_> =
        disclosure.subjects.iter().map(|subject| subject.keys[0].text.replace('\u{1f}', "~")).collect();
    format!("{} in {}: {} | {}", keys.len(), disclosure.records.len(), keys.join(" "), disclosure.classes)
}

/// Checks what a body under `path` tells, in the words of [`tell`].
#[track_caller]
pub fn check(content_type: &str, path: &str, body: &str, expected: &str) {
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

/// All keys of all subjects.
pub fn keys(disclosure: &Disclosure<'_>) -> BTreeSet<(u8, String)> {
    let all = disclosure.subjects.iter().flat_map(|subject| &subject.keys);
    all.map(|key| (key.kind.tag(), key.text.to_string())).collect()
}

/// A person as a shop knows one.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: u32,
    pub first: String,
    pub last: String,
    pub email: String,
    pub phone: String,
    pub street: String,
}

impl Person {
    pub fn new(n: u32) -> Self {
        let first = ["Ann", "Bob", "Chloé", "Jürgen", "Özlem", "O'Neil"][n as usize % 6];
        Self {
            id: 1000 + n,
            first: first.into(),
            last: format!("Miller{}", "abcdefghij".chars().nth(n as usize % 10).unwrap()),
            email: format!("p{n}.x@example.com"),
            phone: format!("+49151{:07}", 1_234_567 + n),
            street: format!("Hauptstraße {n}"),
        }
    }
}
