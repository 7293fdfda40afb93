use proptest::prelude::*;

use super::*;

#[test]
fn each_fault_of_a_body_is_named() {
    let json = Some("application/json");
    let form = Some("application/x-www-form-urlencoded");
    for (content_type, body, kind, fault) in [
        (json, &br#"{"a":1,"b":{"a":[1,{"a":null}]}}"#[..], BodyKind::Json, None),
        (Some("application/json; charset=UTF-8"), br#" [1.5e3, -0, "x", true] "#, BodyKind::Json, None),
        (Some("Application/Problem+JSON"), b"7", BodyKind::Json, None),
        (json, b"", BodyKind::Empty, None),
        (json, br#"{"a":1,"a":2}"#, BodyKind::Json, Some(BodyFault::DuplicateKey)),
        (json, br#"{"b":{"x":[{"id":1,"\u0069d":2}]}}"#, BodyKind::Json, Some(BodyFault::DuplicateKey)),
        (json, br#"{"a\u0000":1}"#, BodyKind::Json, Some(BodyFault::Nul)),
        (json, b"{\"a\0\":1}", BodyKind::Json, Some(BodyFault::Nul)),
        (json, b"{\"a\":1}\0", BodyKind::Json, Some(BodyFault::Malformed)),
        (json, br#"{"a":1}{"a":2}"#, BodyKind::Json, Some(BodyFault::Malformed)),
        (json, br#"{"a":1,}"#, BodyKind::Json, Some(BodyFault::Malformed)),
        (json, br#"{'a':1}"#, BodyKind::Json, Some(BodyFault::Malformed)),
        (json, br#"{"a":01}"#, BodyKind::Json, Some(BodyFault::Malformed)),
        (json, br#"{"a":NaN}"#, BodyKind::Json, Some(BodyFault::Malformed)),
        (json, b"{\"a\":1}//x", BodyKind::Json, Some(BodyFault::Malformed)),
        (json, b"\xef\xbb\xbf{}", BodyKind::Json, Some(BodyFault::Malformed)),
        (json, b"{\"a\":\"\xff\"}", BodyKind::Json, Some(BodyFault::Malformed)),
        (json, br#"{"\ud800":1}"#, BodyKind::Json, Some(BodyFault::Malformed)),
        (json, b"a=1", BodyKind::Json, Some(BodyFault::Malformed)),
        (Some("application/json; charset=utf-16"), b"{}", BodyKind::Json, Some(BodyFault::Charset)),
        (form, b"a=1&b=2", BodyKind::Form, None),
        (form, b"a=1&a=2", BodyKind::Form, Some(BodyFault::DuplicateField)),
        (form, br#"{"a":1}"#, BodyKind::Form, Some(BodyFault::WrongType)),
        (form, b"a=%00", BodyKind::Form, Some(BodyFault::Nul)),
        (form, b"a=%zz", BodyKind::Form, Some(BodyFault::Malformed)),
        (
            Some("application/x-www-form-urlencoded; charset=utf-7"),
            b"a=1",
            BodyKind::Form,
            Some(BodyFault::Charset),
        ),
        (Some("multipart/form-data; boundary=x"), b"--x--", BodyKind::Multipart, None),
        (None, br#"{"a":1}"#, BodyKind::Other, Some(BodyFault::WrongType)),
        (Some("text/plain"), b" [1]", BodyKind::Other, Some(BodyFault::WrongType)),
        (Some("image/png"), br#"{"a":1}"#, BodyKind::Other, Some(BodyFault::WrongType)),
        (Some("text/plain"), br#"{"a":1,"a":2}"#, BodyKind::Other, Some(BodyFault::DuplicateKey)),
        (Some("text/plain"), b"[draft] hello", BodyKind::Other, None),
        (Some("application/x-ndjson"), br#"{"a":1}"#, BodyKind::Other, None),
        (Some("application/octet-stream"), b"\x00\x01", BodyKind::Other, None),
    ] {
        let shown = String::from_utf8_lossy(body);
        assert_eq!(check_body(content_type, body), (kind, fault), "{content_type:?} {shown}");
    }
}

#[test]
fn nesting_is_bounded_and_not_by_our_stack() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert_eq!(check_json(deep(64).as_bytes(), 64), Ok(()));
    assert_eq!(check_json(deep(65).as_bytes(), 64), Err(BodyFault::TooDeep));
    assert_eq!(check_json("[".repeat(1 << 20).as_bytes(), usize::MAX), Err(BodyFault::Malformed));
    assert_eq!(check_json(r#"{"a":"#.repeat(65).as_bytes(), 64), Err(BodyFault::TooDeep));
}

#[test]
fn many_keys_cost_time_in_proportion() {
    let object: Vec<String> = (0..20_000).map(|n| format!("\"k{n}\":{n}")).collect();
    let body = format!("{{{}}}", object.join(","));
    assert_eq!(check_json(body.as_bytes(), 64), Ok(()));
    let twice = format!("{{{},\"k19\":1}}", object.join(","));
    assert_eq!(check_json(twice.as_bytes(), 64), Err(BodyFault::DuplicateKey));
}

/// The slow way: serde_json's own grammar, with an object type that refuses a key twice.
fn slow(body: &[u8]) -> bool {
    struct Unique;
    impl<'de> serde::Deserialize<'de> for Unique {
        fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
            input.deserialize_any(Unique)
        }
    }
    impl<'de> serde::de::Visitor<'de> for Unique {
        type Value = Unique;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }
        fn visit_unit<E>(self) -> Result<Unique, E> {
            Ok(Unique)
        }
        fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
            Ok(Unique)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
            Ok(Unique)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
            Ok(Unique)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
            Ok(Unique)
        }
        fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
            Ok(Unique)
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut parts: A) -> Result<Unique, A::Error> {
            while parts.next_element::<Unique>()?.is_some() {}
            Ok(Unique)
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut parts: A) -> Result<Unique, A::Error> {
            let mut seen = std::collections::BTreeSet::new();
            while let Some((key, _)) = parts.next_entry::<String, Unique>()? {
                if key.contains('\0') || !seen.insert(key) {
                    return Err(serde::de::Error::custom("twice"));
                }
            }
            Ok(Unique)
        }
    }
    serde_json::from_slice::<Unique>(body).is_ok()
}

proptest! {
    #[test]
    fn the_pass_agrees_with_the_slow_way(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"\\u0061\"", "\"\\ud83d\\ude00\"", "1", "-1.5e2", "0", "00",
        "true", "null", " ", "\"\\n\"", "\"a\":", "\"b\":1", "{\"a\":1}", "\"\\ud800\":1", "\"", "\\", "1.", "é",
    ]), 0..14)) {
        let body = pieces.concat();
        let fine = check_json(body.as_bytes(), 64).is_ok();
        // serde_json accepts a lone surrogate in a value that it skips, and refuses numbers out of range.
        prop_assert_eq!(fine, slow(body.as_bytes()), "{}", body);
    }

    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = check_json(&body, 8);
        for kind in ["application/json", "application/x-www-form-urlencoded", "text/plain"] {
            let _ = check_body(Some(kind), &body);
        }
    }
}
