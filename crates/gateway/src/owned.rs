//! Evidence for ownership rules that nobody declared: which fields of an answer equal a claim of the
//! caller's token.
//!
//! Only where the exchange log is written, a token was verified and no owner is declared. Names and
//! counts come out, never a value; a field's name only where the lexicon knows it as one that names a
//! person or an id, so that a map keyed by names of people tells none of them. It decides nothing:
//! `tidegate config propose` reads it, and a person reads that.
//!
//! What it costs: one search for each claim's text in a body of at most [`MOST_BYTES`]; where one is
//! found, a look at the keys, and the meter once more, so that a field is found as a declared rule would
//! find it.

use domain::{Caller, Claims, FieldPath, OwnerSeen, PrincipalKind, Segment};
use meter::{Bounds, Disclosure, OwnerValue, Plan, Scratch, Shape};
use policy::authorize::{Attribute, AttributeName, Permit, RequestFacts};
use smallvec::SmallVec;

/// Largest body that is looked at.
const MOST_BYTES: usize = 64 * 1024;
/// Most fields that are held against the records of one answer.
const MOST_FIELDS: usize = 6;
/// Most claims that are looked for.
const MOST_CLAIMS: usize = 8;
/// Deepest container that is looked into.
const MOST_DEPTH: usize = 64;
/// Claims that say nothing of who somebody is (RFC 7519 section 4.1 and what is common beside it).
const NOBODYS: [&str; 16] = [
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "typ",
    "sid",
    "nonce",
    "acr",
    "amr",
    "auth_time",
    "scope",
    "scp",
    "ver",
];

/// What is asked about, and by whom.
pub(crate) struct Asked<'q, 'f> {
    pub(crate) permit: &'q Permit,
    pub(crate) facts: &'q RequestFacts<'f>,
    pub(crate) plan: &'q Plan,
    pub(crate) bounds: &'q Bounds,
}

/// The fields and path parameters of an answer that equal a claim.
pub(crate) fn seen(
    asked: &Asked<'_, '_>,
    disclosure: &Disclosure<'_>,
    body: &[u8],
    shape: Shape,
    scratch: &mut Scratch,
) -> SmallVec<[OwnerSeen; 1]> {
    let mut owned = SmallVec::new();
    let Caller::Verified(principal) = asked.permit.caller() else { return owned };
    let is_asked = principal.kind == PrincipalKind::Token
        && !disclosure.records.is_empty()
        && asked.permit.obligations().owner.is_none();
    if !is_asked {
        return owned;
    }
    let of = u32::try_from(disclosure.records.len()).unwrap_or(u32::MAX);
    let claims = telling(&principal.claims);
    for segment in asked.facts.endpoint.template().segments() {
        let Segment::Parameter(name) = segment else { continue };
        let Attribute::Text(value) = (asked.facts.attribute)(&AttributeName::path(&name)) else { continue };
        let equal = claims.iter().filter(|(_, text)| *text == value);
        owned.extend(equal.map(|(claim, _)| OwnerSeen {
            field: format!("path.{name}").into(),
            claim: (*claim).into(),
            equal: of,
            of,
        }));
    }
    if shape == Shape::Json && body.len() <= MOST_BYTES {
        owned.extend(fields(asked, &claims, of, body, scratch));
    }
    owned.truncate(8);
    owned
}

/// Claims that have one text which may be somebody's.
fn telling(claims: &Claims) -> SmallVec<[(&str, &str); MOST_CLAIMS]> {
    let is_telling = |(name, text): &(&str, &str)| {
        !NOBODYS.contains(name)
            && !matches!(*text, "" | "true" | "false")
            && text.len() <= 128
            && claims.single(name).is_some()
    };
    claims.iter().filter(is_telling).take(MOST_CLAIMS).collect()
}

/// Fields of records that equal one of `claims`, counted over the records as a declared rule would.
fn fields(
    asked: &Asked<'_, '_>,
    claims: &[(&str, &str)],
    of: u32,
    body: &[u8],
    scratch: &mut Scratch,
) -> Vec<OwnerSeen> {
    let stands = |text: &str| memchr::memmem::find(body, text.as_bytes()).is_some();
    let claims: SmallVec<[(&str, &str); MOST_CLAIMS]> =
        claims.iter().copied().filter(|(_, text)| stands(text)).collect();
    if claims.is_empty() {
        return Vec::new();
    }
    let paths = candidates(body, &claims);
    if paths.is_empty() {
        return Vec::new();
    }
    let plan = Plan { owners: paths.clone(), ..asked.plan.clone() };
    let Ok(again) = meter::meter(body, Shape::Json, &plan, asked.bounds, scratch) else { return Vec::new() };
    let mut found = Vec::new();
    for (nth, path) in paths.iter().enumerate() {
        for (claim, text) in &claims {
            let is_equal = |record: &&meter::Record<'_>| matches!(record.owners.get(nth), Some(OwnerValue::Text(value)) if value == text);
            let equal = again.records.iter().filter(is_equal).count();
            if equal > 0 {
                let equal = u32::try_from(equal).unwrap_or(u32::MAX).min(of);
                found.push(OwnerSeen { field: path.to_string().into(), claim: (*claim).into(), equal, of });
            }
        }
    }
    found
}

/// Paths of the fields under which the text of a claim stands: by the field's name, and by that of the
/// object that it stands in. Linear; a body that is no JSON gives some paths or none.
fn candidates(body: &[u8], claims: &[(&str, &str)]) -> Vec<FieldPath> {
    let mut paths: Vec<FieldPath> = Vec::new();
    // The name of each open container, and the name that waits for its value.
    let mut open: SmallVec<[Option<&[u8]>; 16]> = SmallVec::new();
    let mut name: Option<&[u8]> = None;
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        let is_value = |text: &[u8]| claims.iter().any(|(_, claim)| claim.as_bytes() == text);
        let mut take = |text: &[u8], name: Option<&[u8]>, open: &[Option<&[u8]>]| {
            let Some(field) = name.filter(|_| is_value(text)).and_then(plain) else { return };
            let around = open.iter().rev().find_map(|name| *name).and_then(plain);
            let texts = [Some(format!("$.{field}")), around.map(|around| format!("$.{around}.{field}"))];
            for path in texts.into_iter().flatten().filter_map(|text| text.parse().ok()) {
                if paths.len() < MOST_FIELDS && !paths.contains(&path) {
                    paths.push(path);
                }
            }
        };
        match first {
            b'"' => {
                let (text, later) = string(after);
                let is_name = later.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                if is_name {
                    name = Some(text);
                } else {
                    take(text, name.take(), &open);
                }
                rest = later;
            }
            b'{' | b'[' => {
                if open.len() >= MOST_DEPTH {
                    return paths;
                }
                open.push(name.take());
                rest = after;
            }
            b'}' | b']' => {
                open.pop();
                name = None;
                rest = after;
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
                let (number, later) = rest.split_at(end);
                take(number, name.take(), &open);
                rest = later;
            }
            _ => rest = after,
        }
    }
    paths
}

/// A string's inside and what follows it.
fn string(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut is_escaped = false;
    let end = bytes.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    });
    let (inside, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (inside, rest.get(1..).unwrap_or_default())
}

/// The name of a field, where the lexicon knows it for one of a person or an id.
fn plain(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name).ok()?;
    let is_name = name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    (is_name && meter::names_owner(name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paths(body: &str) -> Vec<String> {
        candidates(body.as_bytes(), &[("sub", "1042")]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_field_that_holds_the_claim_is_found_where_it_stands() {
        for (body, expected) in [
            (r#"{"id":7,"customer_id":"1042"}"#, vec!["$.customer_id"]),
            (r#"{"id":7,"customer_id":1042}"#, vec!["$.customer_id"]),
            (
                r#"{"orders":[{"customer":{"id":1042,"email":"a@example.com"}}]}"#,
                vec!["$.id", "$.customer.id"],
            ),
            (r#"{"total":1042,"id":7}"#, vec![]),
            (r#"{"customer_id":"10421"}"#, vec![]),
            (r#"["1042",1042]"#, vec![]),
            (r#"{"a\"customer_id":"1042"}"#, vec![]),
        ] {
            assert_eq!(paths(body), expected, "{body}");
        }
    }

    #[test]
    fn names_of_people_as_keys_are_never_told() {
        for body in [r#"{"Ada":"1042"}"#, r#"{"ada.moss@example.com":"1042"}"#, r#"{"Ada Moss":1042}"#] {
            assert_eq!(paths(body), Vec::<String>::new(), "{body}");
        }
    }

    #[test]
    fn broken_and_deep_bodies_end() {
        for body in ["", "\"", "{\"customer_id", "{\"customer_id\":\"1042", "]]]]}}}", &"[".repeat(100_000)] {
            let _ = paths(body);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_body_is_its_names_are_plain(body in prop::collection::vec(prop::sample::select(b"{}[]\":,\\1042 customer_id-e.\n\xff".to_vec()), 0..200)) {
            for path in candidates(&body, &[("sub", "1042"), ("x", "1"), ("y", "")]) {
                prop_assert!(path.names().iter().all(|name| plain(name.as_bytes()).is_some()));
            }
        }
    }

    #[test]
    fn claims_that_are_nobody_s_are_not_looked_for() {
        let mut claims = Claims::default();
        for (name, text) in [("iss", "https://idp.example"), ("active", "true"), ("sub", "1042"), ("g", "a")]
        {
            claims.push(name, text);
        }
        claims.push("g", "b");
        assert_eq!(telling(&claims).as_slice(), &[("sub", "1042")]);
    }
}
