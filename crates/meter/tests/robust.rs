//! Whatever the bytes: no panic, and the invariants hold.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::{Person, SHAPES, customers, keys, sound};
use meter::split::Splitter;
use meter::strip::strip;
use meter::{Bounds, Plan, Scratch, Shape, Unmeterable, contacts, meter};
use proptest::prelude::*;

fn people_json(numbers: &[u32], shape: usize) -> String {
    let object = |n: &u32| {
        let p = Person::new(*n);
        format!(
            r#"{{"id":{},"first_name":"{}","last_name":"{}","email":"{}","contact":{{"phone":"{}"}},"tags":["a",1,null]}}"#,
            p.id, p.first, p.last, p.email, p.phone
        )
    };
    let all: Vec<_> = numbers.iter().map(object).collect();
    match shape % 4 {
        0 => format!("[{}]", all.join(", ")),
        1 => format!(r#"{{"page":{{"n":1,"of":"2"}},"customers":[{}],"next":null}}"#, all.join(",\n  ")),
        2 => format!(r#"{{"data":{{"items":[{}]}},"total":{}}}"#, all.join(","), all.len()),
        _ => {
            let members: Vec<_> =
                numbers.iter().zip(&all).map(|(n, object)| format!("\"{}\":{object}", 5000 + n)).collect();
            format!(r#"{{"customers":{{{}}}}}"#, members.join(","))
        }
    }
}

fn csv(numbers: &[u32]) -> String {
    let rows = numbers.iter().map(|n| {
        let p = Person::new(*n);
        format!("{},\"{} \"\"x\"\"\n{}\",{},{}\n", p.id, p.first, p.last, p.email, p.phone)
    });
    std::iter::once("id,full_name,email,phone\n".to_owned()).chain(rows).collect()
}

fn xml(numbers: &[u32]) -> String {
    let elements = numbers.iter().map(|n| {
        let p = Person::new(*n);
        format!(
            "<customer id=\"{}\"><name>{} &amp; co</name><email>{}</email></customer>",
            p.id, p.first, p.email
        )
    });
    format!("<?xml version=\"1.0\"?><customers>{}</customers>", elements.collect::<String>())
}

fn documents(numbers: &[u32]) -> Vec<(Shape, String)> {
    let mut all: Vec<_> = (0..4).map(|shape| (Shape::Json, people_json(numbers, shape))).collect();
    all.push((Shape::Ndjson, numbers.iter().map(|n| people_json(&[*n], 0) + "\n").collect()));
    all.push((Shape::Csv, csv(numbers)));
    all.push((Shape::Xml, xml(numbers)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_are_metered_or_refused(body in prop::collection::vec(any::<u8>(), 0..400)) {
        for shape in SHAPES {
            sound(&body, shape, &customers());
            let _ = contacts(&body, shape);
        }
        let _ = Shape::of(None, &body);
    }

    #[test]
    fn text_that_is_nearly_json_is_metered(body in r#"([\{\}\[\],:"\\ ]|"id"|"email":|"a@b\.de"|"customer"|1|null|\\u0040|\\"|"\+4915112345678"|a@b\.de){0,60}"#) {
        for shape in SHAPES {
            sound(body.as_bytes(), shape, &customers());
        }
    }

    #[test]
    fn text_that_is_nearly_xml_is_metered(body in r#"(<a>|</a>|<b c="a@b\.de">|<customer id='1'>|</customer>|&#64;|&x;|<!\[CDATA\[|\]\]>|<!--|-->|a@b\.de|<\?|\?>|<!DOCTYPE a \[|>|"| ){0,40}"#) {
        sound(body.as_bytes(), Shape::Xml, &customers());
        sound(body.as_bytes(), Shape::Html, &customers());
    }

    #[test]
    fn a_body_cut_short_or_changed_still_tells_what_is_left(
        numbers in prop::collection::vec(0_u32..50, 1..12), cut in 0.0_f64..1.0, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)
    ) {
        for (shape, body) in documents(&numbers) {
            let mut bytes = body.clone().into_bytes();
            let whole = sound(&bytes, shape, &customers()).unwrap();
            let length = (bytes.len() as f64 * cut) as usize;
            let part = sound(&bytes[..length], shape, &customers());
            if let Some(part) = part {
                prop_assert!(part.dimensions.emails <= whole.dimensions.emails + 1);
                let seen = numbers.iter().filter(|n| body[..floor(&body, length)].contains(&(Person::new(**n).email + "\""))).count();
                if shape == Shape::Json && seen > 0 {
                    prop_assert!(part.dimensions.emails > 0, "{}", &body[..floor(&body, length)]);
                }
            }
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            sound(&bytes, shape, &customers());
        }
    }

    #[test]
    fn batches_tell_the_same_people_as_the_whole(
        numbers in prop::collection::vec(0_u32..40, 1..30), piece in 1_usize..200, batch in 1_usize..600
    ) {
        for (shape, body) in documents(&numbers) {
            let Some(mut splitter) = Splitter::new(shape, batch, 1 << 20) else { continue };
            let whole = sound(body.as_bytes(), shape, &customers()).unwrap();
            let mut batches = Vec::new();
            for piece in body.as_bytes().chunks(piece) {
                splitter.push(piece).unwrap();
                batches.extend(splitter.batch());
            }
            batches.push(splitter.finish());
            let released: Vec<u8> = batches.iter().flat_map(|batch| batch.released().to_vec()).collect();
            prop_assert_eq!(&released, body.as_bytes());
            let parts: Vec<_> = batches.iter().map(|batch| sound(batch.metered(), shape, &customers()).unwrap()).collect();
            let together = parts.iter().flat_map(keys).collect();
            prop_assert_eq!(keys(&whole), together, "{}", body);
            let records: usize = parts.iter().map(|part| part.records.len()).sum();
            prop_assert_eq!(whole.records.len(), records);
        }
    }

    #[test]
    fn stripping_leaves_a_valid_body_with_only_the_kept(
        numbers in prop::collection::vec(0_u32..40, 1..12), keep in prop::collection::vec(any::<bool>(), 12)
    ) {
        for (shape, body) in documents(&numbers) {
            let found = sound(body.as_bytes(), shape, &customers()).unwrap();
            let kept = |subject: u32| keep[subject as usize % keep.len()];
            let Some(stripped) = strip(body.as_bytes(), shape, &found.records, |record| kept(record.subject)) else {
                prop_assert!(shape == Shape::Html, "{shape:?}");
                continue;
            };
            let text = String::from_utf8(stripped.clone()).unwrap();
            match shape {
                Shape::Json => { serde_json::from_str::<serde_json::Value>(&text).map_err(|e| TestCaseError::fail(format!("{e}: {text}")))?; }
                Shape::Ndjson => for line in text.lines().filter(|line| !line.is_empty()) {
                    serde_json::from_str::<serde_json::Value>(line).map_err(|e| TestCaseError::fail(format!("{e}: {text}")))?;
                },
                _ => {}
            }
            let expected: std::collections::BTreeSet<_> = found.subjects.iter().enumerate()
                .filter(|(nth, _)| kept(*nth as u32))
                .flat_map(|(_, subject)| subject.keys.iter().map(|key| (key.kind.tag(), key.text.to_string())))
                .collect();
            let left = sound(&stripped, shape, &customers()).unwrap();
            prop_assert_eq!(keys(&left), expected, "{}", text);
        }
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn bounds_are_told_and_depth_never_hides_anyone() {
    let deep = format!("{}{}{}", "{\"a\":[".repeat(3000), "\"x\\u0040y.de\"", "]}".repeat(3000));
    assert_eq!(sound(deep.as_bytes(), Shape::Json, &Plan::default()).unwrap().dimensions.emails, 1);
    let mut nested = "{\"email\":\"a@x.de\"}".to_owned();
    for _ in 0..8 {
        nested = serde_json::to_string(&nested).unwrap();
    }
    assert_eq!(sound(nested.as_bytes(), Shape::Json, &Plan::default()).unwrap().dimensions.emails, 1);
    let many = people_json(&(0..50).collect::<Vec<_>>(), 0);
    let few = |bounds: Bounds| {
        meter(many.as_bytes(), Shape::Json, &Plan::default(), &bounds, &mut Scratch::default())
            .map(|d| d.disclosed())
    };
    assert_eq!(
        few(Bounds { records: 49, ..Bounds::default() }),
        Err(Unmeterable::TooManyRecords { most: 49 })
    );
    assert_eq!(
        few(Bounds { values: 100, ..Bounds::default() }),
        Err(Unmeterable::TooManyValues { most: 100 })
    );
    assert_eq!(few(Bounds::default()), Ok(50));
}

#[test]
fn base64_in_more_texts_than_are_read_is_refused_and_hides_nobody() {
    // Base64 of `{"email":"a@x.de","name":"Ann"}`, written by another program; then of itself in JSON.
    let mut text = "eyJlbWFpbCI6ImFAeC5kZSIsIm5hbWUiOiJBbm4ifQ==".to_owned();
    for level in 1..6 {
        let found = meter(
            text.as_bytes(),
            Shape::Text,
            &Plan::default(),
            &Bounds::default(),
            &mut Scratch::default(),
        );
        let expected =
            if level <= Bounds::default().embedded { Ok(1) } else { Err(Unmeterable::TooDeep { most: 3 }) };
        assert_eq!(found.map(|found| found.disclosed()), expected, "{level} {text}");
        text = encoded(&format!("[\"{text}\"]"));
    }
}

fn encoded(text: &str) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let bit = |at: usize| text.as_bytes().get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    (0..(text.len() * 8).div_ceil(6))
        .map(|six| alphabet[(0..6).fold(0, |n, at| n * 2 + bit(six * 6 + at))])
        .collect()
}

#[test]
fn opaque_bodies_are_refused_and_text_in_utf_16_is_read() {
    let refused = |bytes: &[u8], shape| {
        meter(bytes, shape, &Plan::default(), &Bounds::default(), &mut Scratch::default())
            .map(|d| d.disclosed())
    };
    assert_eq!(
        refused(b"\x89PNG....", Shape::of(Some("application/json"), b"\x89PNG")),
        Err(Unmeterable::Opaque)
    );
    assert_eq!(refused(b"a\0b\0\0\0", Shape::Text), Err(Unmeterable::Opaque));
    let wide: Vec<u8> =
        "\u{feff}[{\"email\":\"a@x.de\"}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refused(&wide, Shape::of(Some("application/json"), &wide)), Ok(1));
}

#[test]
fn a_scratch_that_served_one_body_serves_the_next_as_if_new() {
    let mut scratch = Scratch::default();
    for (shape, body) in documents(&[1, 2, 3]).into_iter().chain(documents(&[4])) {
        let fresh = sound(body.as_bytes(), shape, &customers()).unwrap();
        let again = meter(body.as_bytes(), shape, &customers(), &Bounds::default(), &mut scratch).unwrap();
        assert!(fresh == again.into_owned(), "{body}");
    }
}

#[test]
fn personal_data_shows_in_no_debug_text() {
    let body = people_json(&[1], 0);
    let found = sound(body.as_bytes(), Shape::Json, &customers()).unwrap();
    let shown = format!("{found:?} {:?} {:?}", found.subjects, found.records);
    assert!(
        !shown.contains("example.com") && !shown.contains("Miller") && !shown.contains("customer/"),
        "{shown}"
    );
}

#[test]
fn rows_of_columns_without_personal_values_are_no_records() {
    let body = br#"{"id":[1,2,3],"email":["a@x.de",null,"b@x.de"],"first_name":[null,null,"Bob"]}"#;
    let found = sound(body, Shape::Json, &customers()).unwrap();
    assert_eq!((found.disclosed(), found.records.len()), (2, 2));
    let body = br#"{"mail":["a@x.de","b@x.de","b@x.de"],"vorname":["Ann","Bob","Bob"],"n":[1,2,3]}"#;
    assert_eq!(sound(body, Shape::Json, &Plan::default()).unwrap().disclosed(), 2);
}

#[test]
fn hostile_repetition_is_read_in_linear_time_and_memory() {
    let begun = std::time::Instant::now();
    let (n, many) = (200_000, 50_000);
    let bodies: [(Shape, String); 40] = [
        (Shape::Html, "<".repeat(n)),
        (Shape::Html, "<a \"".repeat(n)),
        (Shape::Html, "<script>".repeat(n)),
        (Shape::Xml, "<a>".repeat(n)),
        (Shape::Xml, format!("{}+4915112345678", "<a b='c'>".repeat(n))),
        (Shape::Json, "[".repeat(n)),
        (Shape::Json, "{\"a\":".repeat(n)),
        (Shape::Json, format!("{{\"o\":[{}]}}", "5,".repeat(n))),
        (Shape::Json, format!("[[{}]]", "\"email\",".repeat(n))),
        (Shape::Json, "\"\\\"".repeat(n)),
        (Shape::Text, "a@".repeat(n)),
        (Shape::Text, "+1 ".repeat(n)),
        (Shape::Csv, "\"".repeat(n)),
        (Shape::Form, "a&".repeat(n)),
        // Tables: without end, within each other, of one row, of no rows, of names.
        (Shape::Html, "<table>".repeat(many)),
        (Shape::Html, "<table><tr><td>".repeat(many)),
        (Shape::Html, "<td>".repeat(many)),
        (Shape::Html, "<tr>".repeat(many)),
        (Shape::Html, "<dl><dt>a<dd>".repeat(many)),
        (Shape::Html, format!("<table>{}", "<tr><td>Name<td>b<br>".repeat(many))),
        (Shape::Html, format!("<table><tr>{}</tr>{}", "<th>name".repeat(many), "<tr><td>a".repeat(many))),
        (Shape::Html, format!("<table><tr><td>{}", "&amp;".repeat(many))),
        (Shape::Html, format!("<i a='{}", "={".repeat(many))),
        (Shape::Html, "<i a='{\"b\":1}' c='[[' d=\"[\">".repeat(many / 10)),
        // Scripts: literals that begin within each other and do not end.
        (Shape::Script, "=[".repeat(many)),
        (Shape::Script, "=[\"".repeat(many)),
        (Shape::Script, "={\"a\":".repeat(many)),
        (Shape::Script, format!("=[{}", "\"=[1,\",".repeat(many))),
        (Shape::Script, format!("({}", "[{},(".repeat(many))),
        (Shape::Script, "JSON.parse(\"\\".repeat(many)),
        (Shape::Script, format!("={}", "[".repeat(many))),
        // Base64: of nothing, of brackets, of itself, in lines, cut.
        (Shape::Text, "eyJ".repeat(many)),
        (Shape::Text, "W1tb".repeat(many)),
        (Shape::Text, "W1tbW1tbW1tbW1tb ".repeat(many)),
        (Shape::Text, format!("{}\n", "W1tb".repeat(15)).repeat(many / 60)),
        (Shape::Json, format!("[{}]", "\"eyJhIjoiYiJ9Cg==\",".repeat(many))),
        (Shape::Json, format!("\"{}\"", "IFtb".repeat(many))),
        (Shape::Text, "%2525252540&amp;#64;".repeat(many / 8)),
        (Shape::Text, "\\u0040\\x40".repeat(many)),
        (Shape::Json, format!("{{\"phone\":\"{}\"}}", "\u{ff11}\u{660}".repeat(many))),
    ];
    let plan = Plan { owners: vec!["$.o".parse().unwrap()], ..customers() };
    for (shape, body) in bodies {
        sound(body.as_bytes(), shape, &plan);
    }
    // A second of a slow machine each, where quadratic time would be minutes.
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}

#[test]
fn ids_that_differ_only_in_broken_utf_8_are_one_key() {
    let body = b"[{\"id\":\"\xff1\",\"email\":\"a@x.de\"},{\"id\":\"\xfe1\",\"email\":\"b@x.de\"}]";
    assert_eq!(sound(body, Shape::Json, &customers()).unwrap().disclosed(), 2);
}
