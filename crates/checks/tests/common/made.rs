//! Inventories made at random, of few words, so that families, versions and fronts meet.

use domain::DataClass;
use proptest::prelude::*;
use proptest::sample::select;
use spec::inventory::{Inventory, PathMatch, Reach, Route};

use super::*;

const PATHS: &[&str] = &[
    "/orders",
    "/orders/{id}",
    "/orders/{id}/lines",
    "/v1/orders/{id}",
    "/v2/orders/{id}",
    "/v2/orders",
    "/users/{id}",
    "/users/search",
    "/users/{id}/token",
    "/admin/users",
    "/actuator/env",
    "/login",
    "/hooks/pay",
    "/internal/jobs/{id}",
];
const INTENTS: &[&str] = &[
    r#"{"audience":"authenticated"}"#,
    r#"{"audience":"authenticated","owner":"$.customer_id = claim.sub","classes":["email"]}"#,
    r#"{"audience":"authenticated","owner":"path.id = claim.tenant","limit":[{"requests":60,"per":"1m"}]}"#,
    r#"{"audience":"authenticated","owner":"parent GET /orders/{id}","budget":[{"subjects":5,"per":"1h"}]}"#,
    r#"{"audience":"authenticated","roles":["staff"],"operator":{"name":"Parcels"}}"#,
    r#"{"audience":{"partner":["parcels"]},"operator":{"name":"P","contact":"a@example.com"},"classes":["phone"]}"#,
    r#"{"audience":{"internal":["0.0.0.0/0"]},"limit":[{"requests":5000,"per":"1s"}]}"#,
    r#"{"audience":{"internal":["10.0.0.0/8"]},"limit":[{"distinct":5,"per":"1m"}]}"#,
    r#"{"audience":{"public":{"reason":"r","owner":"o","expires":"2031-12-31"}},"classes":["email"]}"#,
    r#"{"audience":{"public":{"reason":"r","owner":"o","expires":"2026-01-31"}}}"#,
];

fn operation(source: u32, line: u32) -> impl Strategy<Value = Op> {
    let what = (select(&["GET", "POST", "PUT"][..]), select(PATHS), proptest::option::of(select(INTENTS)));
    (what, any::<[bool; 12]>(), 0_u8..6, 0_u8..5).prop_map(
        move |((method, path, intent), flags, security, list)| {
            let [page, bound, many, email, phone, many_fields, bare, plain, example, open_ended, old, store] =
                flags;
            let mut operation = Op::new(&format!("{method} {path}"), source, line);
            operation = match security {
                0 => operation.open(),
                1 => operation.unsaid(),
                2 => operation.optional(),
                3 => operation.scheme(key("query", "api_key")),
                4 => operation.scheme(key("cookie", "sid")),
                _ => operation,
            };
            if path.contains('{') {
                operation = operation.names("id", many.then_some("integer"));
            }
            let bound = bound.then_some(100);
            operation = match list {
                0 if page => operation.page(bound).many(None),
                1 if page => operation.bulk(bound),
                _ if many => operation.many(bound),
                _ => operation,
            };
            if email {
                operation = operation.field("data[].email", Some(DataClass::Email));
            }
            if phone {
                operation = operation.field("data[].name", Some(DataClass::Name));
            }
            if many_fields {
                operation = operation.field("data[].customer_id", None);
            }
            if bare {
                operation = operation.statuses(&["200"]);
            }
            if plain {
                operation = operation.plain();
            }
            if example {
                operation = operation.example();
            }
            if store {
                operation = operation.brings(DataClass::Email);
            }
            operation.0.answer.open_ended = open_ended;
            operation.0.answer.no_store = store;
            operation.0.deprecated = old;
            match intent {
                Some(json) => operation.intent(json),
                None => operation,
            }
        },
    )
}

fn route_of(line: u32) -> impl Strategy<Value = Route> {
    let paths = ["/", "/orders", "/orders/", "/v1/", "/v2/", "/admin/", "/users/", "/legacy/", "/internal/"];
    (select(paths.to_vec()), 0_u8..5, 0_u8..4, any::<[bool; 3]>()).prop_map(
        move |(path, auth, reach, [slow, methods, other])| {
            let mut route = prefix(path, line);
            route.auth = match auth {
                0 => Auth::Open,
                1 => Auth::Optional { by: "jwt".into(), at: place(1, line) },
                2 => Auth::Denied { at: place(1, line) },
                _ => required(),
            };
            route.reach = match reach {
                0 => Reach::Networks { networks: vec!["10.0.0.0/9".parse().unwrap()] },
                1 => Reach::Inside,
                _ => Reach::World,
            };
            if slow {
                route.rate = limited(60.0);
            }
            if methods {
                route.methods = vec!["GET".into()];
            }
            if other {
                route.path = PathMatch::Exact(path.into());
            }
            route
        },
    )
}

/// Up to 20 operations in two documents, up to two fronts, some traffic.
pub(crate) fn inventories() -> impl Strategy<Value = Inventory> {
    let operations = proptest::collection::vec((0_u32..2, 0_u32..1), 0..20).prop_flat_map(|places| {
        let operations: Vec<_> = places
            .into_iter()
            .enumerate()
            .map(|(nth, (source, _))| operation(source * 3, 20 + 10 * u32::try_from(nth).unwrap()))
            .collect();
        operations
    });
    let fronts = proptest::collection::vec(
        (proptest::collection::vec((100_u32..900).prop_flat_map(route_of), 0..6), any::<[bool; 2]>()),
        0..3,
    );
    let traffic = proptest::collection::vec((select(PATHS), 0_u64..5, any::<bool>(), 0_u32..50), 0..4);
    (operations, fronts, traffic).prop_map(|(operations, fronts, traffic)| {
        let fronts = fronts.into_iter().map(|(routes, [tls, redirects])| {
            let mut made = front(routes);
            made.listeners = vec![Listener { redirects, ..listener(tls) }];
            made
        });
        let traffic = traffic.into_iter().map(|(path, served, anonymous, line)| {
            seen(
                &format!("GET {}", path.replace("orders", "things")),
                served,
                if anonymous { served } else { 0 },
                line,
            )
        });
        let mut inventory = inventory(operations, fronts.collect(), traffic.collect());
        inventory.add_source(Source {
            name: "other.openapi.yaml".into(),
            text: "".into(),
            kind: Kind::OpenApi,
        });
        inventory
    })
}
