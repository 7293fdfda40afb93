//! The shop's holes are open, its locks are locked, and its catalogue leaks nobody.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::HashSet;

use testkit::attacker::ALIASES;
use testkit::client::{Address, Answer, Ask, Client};
use testkit::directory::{Customer, FIRST_ORDER};
use testkit::places::home;
use testkit::shop::{Door, Reached, Shop, keys};
use testkit::truth::Truth;

struct Visit {
    shop: Shop,
    client: Client,
}

impl Visit {
    async fn new() -> Self {
        let shop = Shop::start(7).await.unwrap();
        let client = Client::new(home(1), &Address::new(shop.address()));
        Self { shop, client }
    }

    async fn ask(&mut self, ask: Ask) -> Answer {
        self.client.send(&ask).await.unwrap()
    }

    fn customer(&self, nth: usize) -> Customer {
        self.shop.directory().customers()[nth].clone()
    }

    async fn log_in(&mut self, one: &Customer) -> (String, String) {
        let body = serde_json::json!({ "email": one.email, "password": one.password() });
        let answer = self.ask(Ask::post("/api/login", body.to_string())).await;
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        (token, answer.cookie("session").unwrap().to_owned())
    }
}

#[tokio::test]
async fn every_lock_of_the_shop_is_locked() {
    let mut visit = Visit::new().await;
    let one = visit.customer(1);
    let (token, cookie) = visit.log_in(&one).await;
    let staff = keys::token("staff-1", "staff").unwrap();
    let order = format!("/api/orders/{FIRST_ORDER}");
    let (_, key) = keys::PARTNERS[0];
    for (ask, status) in [
        (Ask::get("/api/me"), 401),
        (Ask::get("/api/me").bearer("made-up"), 401),
        (Ask::get("/api/me").bearer(&token), 200),
        (Ask::get("/api/me").with("cookie", format!("a=b; session={cookie}")), 200),
        (Ask::get("/api/me").with("cookie", "session=made-up"), 401),
        (Ask::get(&order), 401),
        (Ask::get("/api/orders"), 401),
        (Ask::get("/api/staff/customers"), 401),
        (Ask::get("/api/staff/customers").bearer(&token), 403),
        (Ask::get("/api/staff/customers").bearer(&staff), 200),
        (Ask::get("/api/partner/shipments"), 401),
        (Ask::get("/api/partner/shipments").with("x-api-key", "made-up"), 401),
        (Ask::get("/api/partner/shipments").with("x-api-key", key), 200),
        (Ask::post("/api/login", format!(r#"{{"email":"{}","password":"x"}}"#, one.email)), 401),
        (Ask::post("/api/guest/orders", r#"{"email":"nobody@example.com"}"#), 404),
        (Ask::post("/api/guest/orders", format!(r#"{{"email":"{}"}}"#, one.email)), 200),
        (Ask::post("/api/signup", format!(r#"{{"email":"{}","name":"x","password":"x"}}"#, one.email)), 400),
        (Ask::get("/api/nothing"), 404),
    ] {
        assert_eq!(visit.ask(ask.clone()).await.status, status, "{ask:?}");
    }
    assert_eq!(keys::verified(&token).unwrap().sub, one.id.to_string());
}

#[tokio::test]
async fn any_valid_token_reads_any_order_and_the_counters_tell_own_from_foreign() {
    let mut visit = Visit::new().await;
    let one = visit.customer(1);
    let (token, _) = visit.log_in(&one).await;
    let own = visit.shop.directory().orders_of(one.id)[0];
    let foreign = if own == FIRST_ORDER { FIRST_ORDER + 1 } else { FIRST_ORDER };
    for order in [own, foreign] {
        let answer = visit.ask(Ask::get(format!("/api/orders/{order}")).bearer(&token)).await;
        let owner = visit.shop.directory().by_order(order).unwrap().id;
        assert_eq!(answer.json()["customer_id"], owner);
    }
    assert_eq!(visit.shop.counters().at(Door::Order), Reached { requests: 2, own: 1 });
}

#[tokio::test]
async fn every_alias_serves_the_page_and_any_size_is_served() {
    let mut visit = Visit::new().await;
    for alias in ALIASES {
        let answer = visit.ask(Ask::post(alias, r#"{"page":2,"size":10}"#)).await;
        assert_eq!(answer.json()["customers"][0]["id"], visit.customer(10).id, "{alias}");
    }
    let everyone = visit.ask(Ask::post("/api/customers", r#"{"page":1,"size":100000}"#)).await;
    assert_eq!(everyone.json()["customers"].as_array().unwrap().len(), 27_000);
}

#[tokio::test]
async fn the_export_comes_in_ranges_and_packed() {
    let mut visit = Visit::new().await;
    let plain = visit.ask(Ask::get("/api/export.csv")).await;
    assert_eq!(plain.text().lines().count(), 27_001);
    let part = visit.ask(Ask::get("/api/export.csv").with("range", "bytes=100-199")).await;
    assert_eq!((part.status, &part.body[..]), (206, &plain.body[100..200]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 100-199/{}", plain.body.len()).as_str()));
    let packed = visit.ask(Ask::get("/api/export.csv").with("accept-encoding", "gzip")).await;
    assert_eq!((packed.header("content-encoding"), &packed.body), (Some("gzip"), &plain.body));
}

#[tokio::test]
async fn the_catalogue_names_200_sellers_5_service_lines_and_60_authors_and_no_customer() {
    let mut visit = Visit::new().await;
    let truth = Truth::of(visit.shop.directory());
    let (mut sellers, mut lines) = (HashSet::new(), HashSet::new());
    for page in 1..=20 {
        let answer = visit.ask(Ask::get(format!("/catalogue/sellers?page={page}"))).await;
        assert!(truth.find(&answer.body).is_empty());
        let json = answer.json();
        sellers.extend(json["sellers"].as_array().unwrap().iter().map(|one| one["name"].to_string()));
        lines.insert(json["service"].to_string());
    }
    for page in 1..=40 {
        let answer = visit.ask(Ask::get(format!("/catalogue/products?page={page}"))).await;
        assert!(truth.find(&answer.body).is_empty());
        assert_eq!(answer.json()["products"].as_array().unwrap().len(), 10);
        lines.insert(answer.json()["service"].to_string());
    }
    assert_eq!((sellers.len(), lines.len()), (200, 5));
    let script = visit.ask(Ask::get("/assets/app.js")).await;
    assert!(truth.find(&script.body).is_empty());
    assert_eq!(script.text().matches("@example.org>").count(), 60);
    let ids = visit.ask(Ask::get("/api/wishlists?page=1")).await;
    assert_eq!(ids.json()["profiles"].as_array().unwrap().len(), 500);
    assert!(truth.find(&ids.body).is_empty());
    assert!(keys::is_demo_key(&visit.ask(Ask::get("/.well-known/jwks.json")).await.text()));
}

#[tokio::test]
async fn who_signs_up_gets_an_account_of_their_own_and_keeps_it() {
    let mut visit = Visit::new().await;
    let body = |password: &str| {
        serde_json::json!({ "name": "New Person", "email": "new@example.com", "password": password })
            .to_string()
    };
    let first = visit.ask(Ask::post("/api/signup", body("one"))).await;
    assert_eq!((first.status, &first.json()["customer"]["id"]), (201, &2_000_001.into()));
    let again = visit.ask(Ask::post("/api/signup", body("two"))).await;
    assert_eq!(again.json()["customer"]["id"], 2_000_001);
    for (password, status) in [("one", 401), ("two", 200)] {
        assert_eq!(visit.ask(Ask::post("/api/login", body(password))).await.status, status);
    }
    let token = again.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(visit.ask(Ask::get("/api/me").bearer(&token)).await.json()["email"], "new@example.com");
}
