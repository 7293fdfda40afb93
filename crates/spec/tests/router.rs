//! The router beside a slow and obvious one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use domain::{Endpoint, Method, Segment};
use proptest::prelude::*;
use spec::router::Router;

fn router(doors: &[&str]) -> Router {
    Router::new(doors.iter().map(|door| door.parse::<Endpoint>().unwrap()))
}

fn segments(path: &str) -> Vec<&str> {
    path.split('/').skip(1).collect()
}

fn routed(router: &Router, request: &str) -> String {
    let (method, path) = request.split_once(' ').unwrap();
    let segments = segments(path);
    match router.route(&method.parse().unwrap(), &segments) {
        None => "none".to_owned(),
        Some(found) => {
            let parameters: Vec<_> =
                found.parameters.iter().map(|one| format!(" {}={}", one.name, one.value)).collect();
            format!("{}{}", found.index, parameters.concat())
        }
    }
}

#[test]
fn the_narrowest_endpoint_with_the_method_is_found() {
    let doors = [
        "GET /",
        "GET /orders/{id}",
        "GET /orders/latest",
        "POST /orders/{number}",
        "GET /orders/{id}/lines/{line}",
        "GET /orders/{*rest}",
        "GET /files/{<name>.json}",
        "GET /files/{<name>.min.json}",
        "GET /files/{name}",
        "POST /orders/latest",
        "GET /a/{x}/c",
        "GET /a/b/d",
        "HEAD /only-head",
        "HEAD /orders/{id}",
    ];
    let router = router(&doors);
    for (request, expected) in [
        ("GET /", "0"),
        ("GET /orders/7", "1 id=7"),
        ("GET /orders/latest", "2"),
        ("POST /orders/7", "3 number=7"),
        ("POST /orders/latest", "9"),
        ("HEAD /orders/7", "1 id=7"),
        ("HEAD /only-head", "12"),
        ("GET /orders/7/lines/2", "4 id=7 line=2"),
        ("GET /orders/7/lines", "5 rest=7/lines"),
        ("GET /orders", "5 rest="),
        ("GET /orders/", "5 rest="),
        ("GET /files/a.json", "6 name=a"),
        ("GET /files/a.min.json", "7 name=a"),
        ("GET /files/.json", "8 name=.json"),
        ("GET /a/b/c", "10 x=b"),
        ("GET /a/b/d", "11"),
        ("GET /a/b", "none"),
        ("GET /ORDERS/7", "none"),
        ("DELETE /orders/7", "none"),
    ] {
        assert_eq!(routed(&router, request), expected, "{request}");
    }
    assert!(router.shadowed().is_empty());
}

#[test]
fn the_methods_of_a_path_are_listed_for_a_preflight() {
    let router = router(&["GET /a/{id}", "PUT /a/{id}", "DELETE /a/b", "OPTIONS /{*any}"]);
    let methods = |path: &str| {
        router
            .methods(&segments(path))
            .iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(methods("/a/b"), "DELETE GET HEAD OPTIONS PUT");
    assert_eq!(methods("/a/c"), "GET HEAD OPTIONS PUT");
    assert_eq!(methods("/x"), "OPTIONS");
}

#[test]
fn of_two_endpoints_for_the_same_requests_the_first_counts_and_the_second_is_named() {
    let router = router(&["GET /a/{id}", "GET /a/{name}", "GET /f/{<a>.x}", "GET /f/{<b>.x}"]);
    assert_eq!(router.shadowed(), [(0, 1), (2, 3)]);
    assert_eq!(routed(&router, "GET /a/5"), "0 id=5");
}

/// Every endpoint against every segment: the least by (literal, pattern, parameter, rest) from the left.
fn oracle(doors: &[Endpoint], method: &Method, path: &[&str]) -> Option<(usize, Vec<String>)> {
    let as_method = |wanted: &Method| {
        let ranked = doors.iter().enumerate().filter(|(_, door)| door.method() == wanted);
        let ranked =
            ranked.filter_map(|(nth, door)| rank(door, path).map(|(rank, values)| (rank, nth, values)));
        ranked.min_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1))).map(|(_, nth, values)| (nth, values))
    };
    match method {
        Method::Head => as_method(&Method::Get).or_else(|| as_method(&Method::Head)),
        other => as_method(other),
    }
}

fn rank(door: &Endpoint, path: &[&str]) -> Option<(Vec<u8>, Vec<String>)> {
    let (mut ranks, mut values) = (Vec::new(), Vec::new());
    let mut at = 0;
    for segment in door.template().segments() {
        match segment {
            Segment::Rest(_) => {
                ranks.push(3);
                values.push(path[at..].join("/"));
                return Some((ranks, values));
            }
            _ if at == path.len() => return None,
            Segment::Literal(text) if &*text == path[at] => ranks.push(0),
            Segment::Parameter(name) if name.starts_with('<') => {
                let value = path[at].strip_suffix(".x").filter(|value| !value.is_empty())?;
                ranks.push(1);
                values.push(value.to_owned());
            }
            Segment::Parameter(_) if !path[at].is_empty() => {
                ranks.push(2);
                values.push(path[at].to_owned());
            }
            _ => return None,
        }
        at += 1;
    }
    (at == path.len()).then_some((ranks, values))
}

fn any_door() -> impl Strategy<Value = Endpoint> {
    let segment =
        prop_oneof![Just("a"), Just("b"), Just("a.x"), Just(""), Just("{P}"), Just("{P}"), Just("{<P>.x}")];
    let method = prop_oneof![Just("GET"), Just("HEAD"), Just("POST")];
    (method, proptest::collection::vec(segment, 1..5), any::<bool>()).prop_map(|(method, parts, rest)| {
        let mut path = String::new();
        for (nth, part) in parts.iter().enumerate() {
            path.push('/');
            path.push_str(&part.replace('P', &format!("p{nth}")));
        }
        if rest {
            path.push_str("/{*rest}");
        }
        format!("{method} {path}").parse().unwrap()
    })
}

proptest! {
    #[test]
    fn the_router_finds_what_a_linear_search_finds(
        doors in proptest::collection::vec(any_door(), 0..14),
        paths in proptest::collection::vec(proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c"), Just("a.x"), Just(".x"), Just("")], 0..6), 1..20),
    ) {
        let router = Router::new(doors.iter().cloned());
        for path in &paths {
            for method in [Method::Get, Method::Head, Method::Post, Method::Put] {
                let found = router.route(&method, path);
                let found = found.map(|found| {
                    (found.index, found.parameters.iter().map(|one| one.value.to_string()).collect::<Vec<_>>())
                });
                prop_assert_eq!(found, oracle(&doors, &method, path), "{} {:?} {:?}", method, path, doors);
            }
            let listed: BTreeSet<Method> = router.methods(path).into_iter().collect();
            let mut expected: BTreeSet<Method> =
                doors.iter().filter(|door| rank(door, path).is_some()).map(|door| door.method().clone()).collect();
            if expected.contains(&Method::Get) {
                expected.insert(Method::Head);
            }
            prop_assert_eq!(listed, expected);
        }
    }
}
