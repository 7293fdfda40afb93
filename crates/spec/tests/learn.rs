//! What a learner makes of honest traffic, and of an attacker's.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use domain::{Endpoint, Method};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use spec::learn::{Bounds, Learner, confirms, shape};

fn split(path: &str) -> Vec<&str> {
    path.split('/').skip(1).collect()
}

fn confirm(learner: &mut Learner, request: &str) -> (u32, String) {
    let (method, path) = request.split_once(' ').unwrap();
    let segments = split(path);
    let learned = learner.confirm(&method.parse().unwrap(), &segments, 1);
    (learned.id, learned.endpoint.to_string())
}

fn doors(learner: &Learner) -> String {
    let all: BTreeSet<String> = learner.endpoints().map(|(_, endpoint)| endpoint.to_string()).collect();
    all.into_iter().map(|door| door + "\n").collect()
}

fn check(requests: impl IntoIterator<Item = String>, expected: &Expect) -> Learner {
    let mut learner = Learner::new(Bounds::default());
    for request in requests {
        confirm(&mut learner, &request);
    }
    expected.assert_eq(&doors(&learner));
    learner
}

#[test]
fn a_shop_is_learned_as_its_owner_would_describe_it() {
    let requests = [
        "GET /",
        "GET /api/v1/products?page",
        "GET /api/v1/products/17",
        "GET /api/v1/products/18/reviews",
        "GET /api/v1/customers/123e4567-e89b-12d3-a456-426614174000",
        "GET /api/v1/customers/ann@example.com/orders/7",
        "POST /api/v1/customers",
        "POST /api/v1/login",
        "GET /assets/app.3f2a9c.js",
        "GET /static/logo.png",
        "PURGE /cache",
        "FLUSH /cache",
    ];
    check(
        requests.map(|request| request.split('?').next().unwrap().to_owned()),
        &expect![[r#"
            GET /
            GET /api/v1/customers/{uuid}
            GET /api/v1/customers/{uuid}/orders/{id}
            GET /api/v1/products
            GET /api/v1/products/{id}
            GET /api/v1/products/{id}/reviews
            GET /assets/{id}
            GET /static/logo.png
            OTHER /cache
            POST /api/v1/customers
            POST /api/v1/login
        "#]],
    );
}

#[test]
fn every_way_to_ask_for_a_record_is_one_endpoint() {
    let mut learner = Learner::new(Bounds::default());
    let (id, door) = confirm(&mut learner, "GET /customers/7");
    assert_eq!(door, "GET /customers/{id}");
    for alias in [
        "GET /customers/8",
        "HEAD /customers/8",
        "GET /Customers/8",
        "GET //customers///8/",
        "GET /customers/123e4567-e89b-12d3-a456-426614174000",
        "GET /customers/ann@example.com",
        "GET /customers/8.json",
        "GET /customers/8;session=x",
        "GET /customers;x=y/8",
        "GET /customers/d41d8cd98f00b204",
        "GET /customers/Müller",
    ] {
        assert_eq!(confirm(&mut learner, alias), (id, door.clone()), "{alias}");
    }
}

#[test]
fn paths_that_do_not_exist_create_nothing_and_share_one_door() {
    let mut learner = Learner::new(Bounds::default());
    confirm(&mut learner, "GET /orders/7");
    let before = (doors(&learner), learner.nodes());
    let ids: BTreeSet<u32> = (0..10_000)
        .map(|n| {
            let path = format!("/probe{}/{n}", ["a", "b", "c", "d"][n % 4].repeat(n % 30));
            let segments = split(&path);
            let seen = learner.peek(&Method::Get, &segments);
            assert!(!seen.known && seen.endpoint.to_string() == "GET /{*unseen}");
            seen.id
        })
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!((doors(&learner), learner.nodes()), before);
    assert_ne!(learner.peek(&Method::Post, &["x"]).id, *ids.first().unwrap());
    assert!(confirms(200) && confirms(206) && confirms(304));
    assert!([301, 302, 401, 403, 404, 405, 429, 500].iter().all(|status| !confirms(*status)));
}

fn word(n: usize) -> String {
    let letters = b"bcdfghklmn";
    let digits = n.to_string();
    digits.bytes().map(|digit| format!("{}a", char::from(letters[usize::from(digit - b'0')]))).collect()
}

#[test]
fn a_position_with_too_many_words_collapses_and_its_endpoints_move() {
    let mut learner = Learner::new(Bounds::default());
    let mut totals: BTreeMap<u32, u32> = BTreeMap::new();
    for n in 0..500 {
        for request in [format!("GET /users/{}", word(n)), format!("GET /users/{}/orders/5", word(n))] {
            let (id, _) = confirm(&mut learner, &request);
            for moved in learner.take_moves() {
                let total = totals.remove(&moved.from).unwrap_or_default();
                *totals.entry(moved.to).or_default() += total;
                assert_eq!(learner.current(moved.from), learner.current(moved.to));
            }
            *totals.entry(id).or_default() += 1;
        }
    }
    expect![[r#"
        GET /users/{slug}
        GET /users/{slug}/orders/{id}
    "#]]
    .assert_eq(&doors(&learner));
    assert_eq!(totals.into_values().collect::<Vec<_>>(), [500, 500], "no total is lost");
}

#[test]
fn junk_under_a_wildcard_does_not_take_a_busy_endpoint_down() {
    let mut learner = Learner::new(Bounds::default());
    let mut busy = (0, String::new());
    for _ in 0..64 {
        busy = confirm(&mut learner, "GET /api/orders/7");
    }
    for n in 0..5000 {
        confirm(&mut learner, &format!("GET /{}", word(n)));
        confirm(&mut learner, &format!("GET /api/{}", word(n)));
        confirm(&mut learner, &format!("GET /api/orders/{}", word(n)));
    }
    assert_eq!(confirm(&mut learner, "GET /api/orders/8"), busy);
    expect![[r#"
        GET /api/orders/{id}
        GET /api/{slug}
        GET /{slug}
    "#]]
    .assert_eq(&doors(&learner));
}

#[test]
fn a_deep_path_is_cut_and_a_full_table_folds() {
    let mut learner = Learner::new(Bounds { depth: 3, ..Bounds::default() });
    assert_eq!(confirm(&mut learner, "GET /a/b/c").1, "GET /a/b/c");
    assert_eq!(confirm(&mut learner, "GET /a/b/c/d/e").1, "GET /a/b/c/{*rest}");
    assert_eq!(confirm(&mut learner, "GET /a/b/c/x").1, "GET /a/b/c/{*rest}");

    let mut learner = Learner::new(Bounds { nodes: 4, ..Bounds::default() });
    confirm(&mut learner, "GET /orders/7");
    confirm(&mut learner, "GET /users");
    assert_eq!(confirm(&mut learner, "GET /late").1, "GET /{*unseen}");
    assert_eq!(confirm(&mut learner, "GET /orders/latest").1, "GET /orders/{id}");
    assert_eq!(confirm(&mut learner, "GET /users/7").1, "GET /{*unseen}");
    assert_eq!(confirm(&mut learner, "GET /orders/8").1, "GET /orders/{id}");
}

#[test]
fn what_was_learned_is_learned_again_after_a_restart() {
    let mut learner = Learner::new(Bounds::default());
    for n in 0..100 {
        confirm(&mut learner, &format!("GET /users/{}/orders/{n}", word(n)));
        confirm(&mut learner, &format!("POST /a/b/{}", "x/".repeat(20)));
    }
    let mut again = Learner::new(Bounds::default());
    for (_, endpoint) in learner.endpoints() {
        assert!(again.restore(endpoint), "{endpoint}");
    }
    assert_eq!(doors(&again), doors(&learner));
    assert_eq!(confirm(&mut again, "GET /users/zzz/orders/5").1, "GET /users/{slug}/orders/{id}");
    assert!(!again.restore(&"GET /{whatever}".parse::<Endpoint>().unwrap()));
}

fn shown_after(requests: &[(&str, u64)]) -> String {
    let mut learner = Learner::new(Bounds::default());
    let mut shown = String::new();
    for (path, neighbourhood) in requests {
        shown = learner.confirm(&Method::Get, &split(path), *neighbourhood).shown.to_string();
    }
    shown
}

#[test]
fn a_word_that_may_be_a_name_is_shown_only_when_it_is_known_to_be_the_apis() {
    let from = |many: u64, path: &'static str| (1..=many).map(|n| (path, n)).collect::<Vec<_>>();
    for (case, requests, expected) in [
        ("a plain word", from(1, "/users/search"), "GET /users/search"),
        ("a name, seen once", from(1, "/users/anna-schmidt"), "GET /users/{word}"),
        ("two names", from(1, "/users/anna/friends/bert"), "GET /users/{word}/friends/{word2}"),
        ("beside an ending", from(1, "/users/schmidt.json"), "GET /users/{word}"),
        ("from one neighbourhood, often", vec![("/zugaenge", 7); 50], "GET /{word}"),
        ("from four", from(4, "/zugaenge/7"), "GET /{word}/{id}"),
        ("from five", from(5, "/zugaenge/7"), "GET /zugaenge/{id}"),
        ("two words, from many", from(50, "/users/anna-schmidt"), "GET /users/{word}"),
        ("where ids stand too", [from(1, "/users/7"), from(50, "/users/anna")].concat(), "GET /users/{word}"),
    ] {
        assert_eq!(shown_after(&requests), expected, "{case}");
    }
    let names: Vec<String> = (0..10).map(|n| format!("/mitglieder/{}", word(n + 100))).collect();
    let many: Vec<(&str, u64)> = names.iter().flat_map(|name| (1..=9).map(|n| (name.as_str(), n))).collect();
    assert_eq!(shown_after(&many), "GET /mitglieder/{word}", "a list of members is no list of doors");
}

#[test]
fn a_shown_word_shows_in_every_template_below_it_and_after_a_restart() {
    let mut learner = Learner::new(Bounds::default());
    for path in ["/zugaenge/offen", "/zugaenge/7/orders", "/zugaenge/a/b/c/d/e/f/g/h/i/j/k/l/m"] {
        learner.confirm(&Method::Get, &split(path), 1);
    }
    for neighbourhood in 2..=5 {
        learner.confirm(&Method::Post, &["zugaenge"], neighbourhood);
    }
    let shown = |learner: &Learner| -> BTreeSet<String> {
        learner.endpoints().map(|(id, _)| learner.named(id).unwrap().1.to_string()).collect()
    };
    let before = shown(&learner);
    for door in ["GET /zugaenge/{word}", "GET /zugaenge/{id}/orders", "POST /zugaenge"] {
        assert!(before.contains(door), "{door} {before:?}");
    }
    assert!(before.iter().all(|door| door.contains(" /zugaenge")), "{before:?}");
    let mut again = Learner::new(Bounds::default());
    for door in &before {
        let door: Endpoint = door.parse().unwrap();
        assert_eq!(again.restore(&door), !door.template().hides_words(), "{door}");
    }
    assert_eq!(again.peek(&Method::Post, &["zugaenge"]).shown.to_string(), "POST /zugaenge");
    assert_eq!(
        again.peek(&Method::Get, &["zugaenge", "9", "orders"]).shown.to_string(),
        "GET /zugaenge/{id}/orders"
    );
}

#[test]
fn a_name_that_an_earlier_version_wrote_is_written_no_more() {
    for (door, path, shown) in [
        ("GET /users/anna-schmidt", ["users", "anna-schmidt"], "GET /users/{word}"),
        ("GET /users/search", ["users", "search"], "GET /users/search"),
    ] {
        let mut again = Learner::new(Bounds::default());
        assert!(again.restore(&door.parse::<Endpoint>().unwrap()));
        assert_eq!(again.peek(&Method::Get, &path).shown.to_string(), shown);
    }
}

#[test]
fn what_stands_beside_a_restored_word_counts_in_whatever_order_it_comes() {
    let names: Vec<String> = (0..20).map(|n| format!("GET /mitglieder/{}", word(n + 100))).collect();
    let list = |many: usize| names.iter().take(many).map(String::as_str).collect::<Vec<_>>();
    for (case, doors, hidden) in [
        ("few words", list(8), false),
        ("a list of members", list(20), true),
        ("an id behind", vec!["GET /users/anna", "GET /users/{id}"], true),
        ("an id before", vec!["GET /users/{id}", "GET /users/anna"], true),
        ("ids below", vec!["GET /users/anna/orders/{id}"], false),
        ("below a hidden one", vec!["GET /users/anna/friends/bert", "GET /users/{uuid}"], true),
    ] {
        let mut again = Learner::new(Bounds::default());
        for door in &doors {
            assert!(again.restore(&door.parse::<Endpoint>().unwrap()), "{case}");
        }
        for door in doors.iter().filter(|door| !door.ends_with("users/{id}") && !door.ends_with("{uuid}")) {
            let path = door.strip_prefix("GET ").unwrap().replace("{id}", "7");
            let shown = again.peek(&Method::Get, &split(&path)).shown;
            assert_eq!(shown.template().hides_words(), hidden, "{case}: {shown}");
        }
    }
}

#[test]
fn a_word_that_was_restored_and_hidden_again_is_learned_as_any_other() {
    let mut again = Learner::new(Bounds::default());
    for door in ["GET /anna/orders", "GET /{id}"] {
        assert!(again.restore(&door.parse::<Endpoint>().unwrap()));
    }
    for neighbourhood in 0..50 {
        let learned = again.confirm(&Method::Get, &["anna", "orders"], neighbourhood);
        assert_eq!(learned.shown.to_string(), "GET /{word}/orders");
        assert_eq!(learned.endpoint.to_string(), "GET /anna/orders");
    }
}

#[test]
fn a_position_that_cannot_collapse_takes_no_more_words_than_its_bound() {
    for (beside, fold) in [(None, "GET /{slug}"), (Some("GET /7"), "GET /{id}")] {
        let mut learner = Learner::new(Bounds { ids: 512, ..Bounds::default() });
        for n in 0..300 {
            let places = ["orders", "carts", "users", "news", "mail", "posts"];
            confirm(&mut learner, &format!("GET /{}/{}", places[n % 6], word(n / 6)));
        }
        let _ = beside.map(|request| confirm(&mut learner, request));
        for n in 0..2000 {
            let request = format!("GET /{}", word(n + 10_000));
            let (id, door) = confirm(&mut learner, &request);
            assert_eq!(door == fold, n >= 64, "{request} is {door}");
            assert_eq!(confirm(&mut learner, &request), (id, door));
        }
        assert!(learner.take_moves().is_empty(), "nothing merged");
        assert_eq!(learner.endpoints().count(), 300 + 64 + 1, "{fold}");
    }
}

#[test]
fn a_confirm_costs_the_same_however_many_words_stand_beside() {
    let many = 2_000;
    let mut learner = Learner::new(Bounds { nodes: 2 * many, literals: many, ..Bounds::default() });
    for n in 0..many {
        confirm(&mut learner, &format!("GET /{}", word(n + 10_000)));
    }
    let begun = std::time::Instant::now();
    for n in 0..many {
        // One that is shown, and one that is hidden.
        confirm(&mut learner, "GET /orders");
        confirm(&mut learner, &format!("GET /{}", word(n + 10_000)));
    }
    // Less than a second on a slow machine, where a look at each word takes twenty seconds.
    assert!(begun.elapsed().as_secs() < 3, "{:?}", begun.elapsed());
}

#[test]
fn a_plain_word_keeps_its_own_door_in_a_flood_of_others() {
    let mut learner = Learner::new(Bounds::default());
    let orders = confirm(&mut learner, "GET /x/orders");
    for n in 0..500 {
        confirm(&mut learner, &format!("GET /x/{}", word(n)));
    }
    assert_eq!(confirm(&mut learner, "GET /x/orders"), orders);
    assert_eq!(confirm(&mut learner, "GET /x/invoices").1, "GET /x/invoices");
    // Nor can plain words, which can be run together without end, make doors without end.
    for n in 0..500 {
        let words = ["order", "user", "cart", "page", "card", "mail", "news", "post"];
        let word: String = [n % 8, n / 8 % 8, n / 64 % 8, 0].map(|nth| words[nth]).concat();
        confirm(&mut learner, &format!("GET /x/{word}"));
    }
    assert!(learner.endpoints().count() <= 66, "{}", learner.endpoints().count());
    assert_eq!(confirm(&mut learner, "GET /x/orders"), orders);
}

/// The slow and obvious account: what every confirmed request's id has become.
fn attack() -> impl Strategy<Value = Vec<String>> {
    let part =
        prop_oneof!["[a-d]{1,2}", "[a-zA-Z0-9._~$:;@ -]{0,6}", "[0-9]{1,3}", Just("orders".to_owned())];
    let path = proptest::collection::vec(part, 0..6).prop_map(|parts| format!("/{}", parts.join("/")));
    let method = prop_oneof![Just("GET"), Just("HEAD"), Just("POST"), Just("MAKEUP")];
    proptest::collection::vec((method, path).prop_map(|(method, path)| format!("{method} {path}")), 1..400)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn no_traffic_breaks_the_bounds_or_loses_an_account(requests in attack(), literals in 1usize..6, nodes in 2usize..60, ids in 8usize..80) {
        let bounds = Bounds { nodes, literals, depth: 4, ids, established: 5 };
        let mut learner = Learner::new(bounds);
        let mut totals: BTreeMap<u32, usize> = BTreeMap::new();
        let mut given: BTreeMap<String, u32> = BTreeMap::new();
        for request in &requests {
            let (method, path) = request.split_once(' ').unwrap();
            let (method, segments): (Method, _) = (method.parse().unwrap(), split(path));
            let confirmed = learner.confirm(&method, &segments, u64::try_from(totals.len()).unwrap()).id;
            let peeked = learner.peek(&method, &segments);
            prop_assert_eq!(peeked.id, confirmed);
            let names: BTreeSet<_> = peeked.parameters.iter().map(|(name, _)| name.clone()).collect();
            prop_assert_eq!(names.len(), peeked.parameters.len());
            for moved in learner.take_moves() {
                let total = totals.remove(&moved.from).unwrap_or_default();
                *totals.entry(moved.to).or_default() += total;
                // The accounts of both are the same.
                let (from, to) = (learner.named(moved.from).unwrap().0, learner.named(moved.to).unwrap().0);
                prop_assert_eq!(shape(from), shape(to), "{} {}", from, to);
            }
            let (endpoint, shown) = (&peeked.endpoint, &peeked.shown);
            prop_assert_eq!(shape(endpoint), shape(shown), "{} shown as {}", endpoint, shown);
            *totals.entry(confirmed).or_default() += 1;
            given.insert(request.clone(), confirmed);
            prop_assert!(learner.nodes() <= nodes.max(2), "{} nodes", learner.nodes());
            prop_assert!(learner.endpoints().count() <= ids);
        }
        prop_assert_eq!(totals.values().sum::<usize>(), requests.len());
        for id in totals.keys() {
            prop_assert_eq!(learner.current(*id), *id, "a total stands at an id that is given no more");
        }
        let templates: Vec<_> = learner.endpoints().map(|(_, door)| door.to_string()).collect();
        prop_assert_eq!(templates.iter().collect::<BTreeSet<_>>().len(), templates.len());
    }
}
