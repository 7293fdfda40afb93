//! The running gateway's detectors: each attack is one group of signals, an honest day is none, and
//! whoever reads the exchange log sees what the gateway saw.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::net::Ipv4Addr;

use detect::{Detectors, Observed, Settings};
use domain::{DetectorId, Exchange, SignalMark};
use serde_json::{Value, json};
use testkit::client::Ask;
use testkit::upstream::{Act, Recorded, Upstream};

use common::{Gate, email, person, token};

/// A shop: products, orders by number, a forgotten list of customers; nothing else is there.
async fn shop() -> Upstream {
    Upstream::start(|request: &Recorded| {
        let target = request.target();
        let path = target.split('?').next().unwrap();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let number = parts.last().and_then(|last| last.parse::<usize>().ok());
        match (parts.as_slice(), number) {
            (["products", _], Some(number)) => {
                Act::json(200, &json!({ "id": number, "title": "Lamp", "cents": 1900 }).to_string())
            }
            (["orders", _], Some(number)) => {
                Act::json(200, &json!({ "id": number, "customer": person(number) }).to_string())
            }
            (["my", "orders", _], Some(number)) => {
                let order =
                    json!({ "id": number, "customer_id": number % 100, "email": email(number % 100) });
                Act::json(200, &order.to_string())
            }
            (["customers"], _) => {
                Act::json(200, &Value::Array((9000..9003).map(person).collect()).to_string())
            }
            _ => Act::json(404, r#"{"error":"not found"}"#),
        }
    })
    .await
    .unwrap()
}

/// The `n`th source, each in a /24 of its own.
fn source(n: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 7, n, 1)
}

async fn ask(gate: &Gate, from: u8, targets: impl IntoIterator<Item = String>) -> Vec<u16> {
    let mut client = gate.client_from(source(from));
    let mut statuses = Vec::new();
    for target in targets {
        statuses.push(client.send(&Ask::get(target)).await.unwrap().status);
    }
    statuses
}

fn orders(numbers: std::ops::Range<usize>) -> impl Iterator<Item = String> {
    numbers.map(|n| format!("/orders/{n}"))
}

/// Doors that are not there, as a word list has them.
fn word_list() -> Vec<String> {
    let words = ["admin", "backup", "old", "test", "dev", "internal", "private", "config", "debug", "export"];
    words.iter().flat_map(|word| words.iter().map(move |other| format!("/{word}/{other}"))).collect()
}

/// Exchanges in the log, in their order.
fn exchanges(gate: &Gate) -> Vec<Exchange> {
    let text = std::fs::read_to_string(gate.folder().join("exchanges.ndjson")).unwrap();
    let mut list: Vec<_> = text.lines().map(|line| report::exchange::parse(line).unwrap()).collect();
    list.sort_by_key(|exchange| exchange.order);
    list
}

/// Groups in the exchange log: detectors of each, in the order in which they first spoke.
fn groups(list: &[Exchange]) -> Vec<(u64, Vec<DetectorId>)> {
    let mut groups: Vec<(u64, Vec<DetectorId>)> = Vec::new();
    for SignalMark { detector, group, .. } in list.iter().flat_map(|exchange| &exchange.signals) {
        match groups.iter_mut().find(|(id, _)| id == group) {
            None => groups.push((*group, vec![*detector])),
            Some((_, detectors)) if !detectors.contains(detector) => detectors.push(*detector),
            Some(_) => {}
        }
    }
    groups
}

async fn started(mode: &str, shop: &Upstream) -> Gate {
    let yaml = format!("mode: {mode}\nrespond: {{mode: off}}\nexchange_log: exchanges.ndjson\n");
    Gate::configured(shop.address(), &yaml, &[]).await
}

#[tokio::test]
async fn a_walk_an_open_list_and_a_scan_are_one_group_each_in_guard_and_in_observe() {
    let shop = shop().await;
    for mode in ["guard", "observe"] {
        let mut gate = started(mode, &shop).await;
        // The scan: no record leaves.
        assert!(ask(&gate, 1, word_list()).await.iter().all(|status| *status == 404));
        // The incident's own sign: its first answer.
        assert_eq!(ask(&gate, 2, ["/customers".to_owned()]).await, [200]);
        // A walk; guard ends it by its budget, and the detector spoke before.
        let statuses = ask(&gate, 3, orders(500..540)).await;
        let told = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(told, if mode == "guard" { 20 } else { 40 });

        let lines = gate.logged("signal", 3).await;
        let of = |line: &Value| (line["detector"].as_str().unwrap().to_owned(), line["level"].clone());
        let spoke: Vec<_> = lines.iter().map(of).collect();
        // The two orders that anonymous callers were told of first are a fact about their endpoint.
        let expected = ["surface-scan", "anonymous-data", "anonymous-data"];
        assert_eq!(spoke, expected.map(|word| (word.to_owned(), "WARN".into())), "{lines:?}");
        let walk = gate.logged("group of signals grew", 1).await;
        assert_eq!(
            (&walk[0]["detector"], &walk[0]["stride"]),
            (&json!("sequential-ids"), &json!(1)),
            "{walk:?}"
        );
        // Eleven records: the first two of them show a stride, nine more keep it.
        assert_eq!((walk[0]["people"].as_u64(), &walk[0]["group"]), (Some(9), &lines[2]["group"]));
        assert!(gate.metric("tidegate_signals_total", r#"detector="sequential-ids""#).await >= 1.0);
        assert_eq!(gate.metric("tidegate_signals_total", r#"detector="canary""#).await, 0.0);
        assert_eq!(gate.metric("tidegate_signal_groups_total", "").await, 3.0);
        gate.stop().await;
        let log = gate.process.err().join("\n");
        assert!(!log.contains("127.7.") && !log.contains("ada.person"), "nothing personal is in the log");

        let list = exchanges(&gate);
        let found = groups(&list);
        assert_eq!(found.len(), 3, "{found:?}");
        assert_eq!(found[0].1, [DetectorId::SurfaceScan]);
        assert_eq!(found[1].1, [DetectorId::AnonymousData]);
        assert_eq!(found[2].1[..2], [DetectorId::AnonymousData, DetectorId::SequentialIds]);
    }
}

#[tokio::test]
async fn staff_at_the_end_of_their_budget_are_told_of_by_the_gateway_and_by_its_log() {
    let shop = shop().await;
    for (mode, status) in [("guard", 429), ("observe", 200)] {
        let yaml = format!(
            "mode: {mode}\nrespond: {{mode: off}}\nexchange_log: exchanges.ndjson\nbudgets: {{roles: {{staff: [{{subjects: 3, per: 1h}}]}}}}\n"
        );
        let mut gate = Gate::identifying(shop.address(), &yaml, &[]).await;
        let staff = testkit::shop::keys::token("9", "staff").unwrap();
        let mut client = gate.client_from(source(1));
        for order in [17, 42, 5] {
            assert_eq!(
                client.send(&Ask::get(format!("/orders/{order}")).bearer(&staff)).await.unwrap().status,
                200
            );
        }
        let beyond = client.send(&Ask::get("/orders/99").bearer(&staff)).await.unwrap();
        assert_eq!(beyond.status, status, "{mode}");
        gate.stop().await;
        let list = exchanges(&gate);
        let spent: Vec<bool> = list.iter().map(|exchange| exchange.spent).collect();
        assert_eq!(spent, [false, false, false, true], "{mode}");
        let marks: Vec<_> =
            list.iter().flat_map(|exchange| &exchange.signals).map(|mark| mark.detector).collect();
        assert_eq!(marks, [DetectorId::SpentBudget], "{mode}");
    }
}

#[tokio::test]
async fn whoever_reads_the_exchange_log_sees_the_same_signals() {
    let shop = shop().await;
    let mut gate = started("observe", &shop).await;
    // Many sources at a time, so that the order is the gateway's own.
    let sources = (1..=8).map(|n| {
        let numbers = usize::from(n) * 1000..usize::from(n) * 1000 + 60;
        ask(&gate, n, orders(numbers).chain(word_list()))
    });
    futures(sources).await;
    gate.stop().await;
    let list = exchanges(&gate);
    assert_eq!(list.len(), 8 * 160);
    let mut offline = Detectors::new(Settings::default(), 1);
    let mut said = 0;
    for exchange in &list {
        let signals = offline.observe(&Observed::of(exchange));
        let here: Vec<_> = signals.iter().map(|signal| (signal.detector, signal.severity)).collect();
        let there: Vec<_> = exchange.signals.iter().map(|mark| (mark.detector, mark.severity)).collect();
        assert_eq!(here, there, "order {}", exchange.order);
        said += here.len();
    }
    assert!(said >= 24, "{said}");
}

/// All of them at a time.
async fn futures<F: Future<Output = Vec<u16>>>(list: impl Iterator<Item = F>) {
    let mut pinned: Vec<_> = list.map(Box::pin).collect();
    std::future::poll_fn(|ctx| {
        pinned.retain_mut(|one| one.as_mut().poll(ctx).is_pending());
        if pinned.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn an_honest_day_at_the_shop_is_silent() {
    let shop = shop().await;
    let yaml = "mode: guard
exchange_log: exchanges.ndjson
endpoints:
  GET /my/orders/{id}: {audience: authenticated, owner: \"$.customer_id = claim.sub\"}
";
    let mut gate = Gate::identifying(shop.address(), yaml, &[]).await;
    for visitor in 1..=12u8 {
        let mut client = gate.client_from(source(visitor));
        // The catalogue, a broken link, the documentation; and again.
        for n in 0..60 {
            let asked = client.send(&Ask::get(format!("/products/{}", n % 40))).await.unwrap();
            assert_eq!(asked.status, 200);
        }
        for target in ["/favicon.ico", "/openapi.json", "/openapi.json", "/products/none"] {
            client.send(&Ask::get(target)).await.unwrap();
        }
        // Own orders in their order, twice.
        let customer = usize::from(visitor);
        for n in (0..30).chain(0..30) {
            let own = Ask::get(format!("/my/orders/{}", 100 * n + customer)).bearer(&token(customer));
            assert_eq!(client.send(&own).await.unwrap().status, 200);
        }
    }
    assert_eq!(gate.metric("tidegate_signals_total", "").await, 0.0);
    gate.stop().await;
    assert!(gate.log("signal").is_empty() && gate.log("group of signals").is_empty());
    assert!(groups(&exchanges(&gate)).is_empty());
}

#[tokio::test]
async fn what_detectors_remember_survives_a_restart() {
    let shop = shop().await;
    let mut gate = started("observe", &shop).await;
    ask(&gate, 3, orders(500..508)).await;
    gate.stop().await;
    assert!(gate.state().join("detectors.state").is_file());
    let mut gate = gate.start_again().await;
    ask(&gate, 3, orders(508..516)).await;
    gate.stop().await;
    let signals: Vec<_> = exchanges(&gate).iter().map(|exchange| exchange.signals.len()).collect();
    let list = exchanges(&gate);
    let walk =
        |exchange: &&Exchange| exchange.signals.iter().any(|mark| mark.detector == DetectorId::SequentialIds);
    assert_eq!(list.iter().filter(walk).count(), 1, "{signals:?}");

    // Damaged, it is told and the gateway serves.
    std::fs::write(gate.state().join("detectors.state"), b"junk").unwrap();
    let gate = gate.start_again().await;
    assert_eq!(gate.logged("state of detectors lost", 1).await[0]["level"], "WARN");
    assert_eq!(gate.get("/products/1").await.0, 200);
}

#[tokio::test]
async fn what_detectors_remember_that_cannot_be_written_is_told() {
    let shop = shop().await;
    let mut gate = started("observe", &shop).await;
    // What stands in the way of the new file, and cannot be removed as one.
    std::fs::create_dir_all(gate.state().join("detectors.state.new/full")).unwrap();
    ask(&gate, 3, orders(500..503)).await;
    gate.stop().await;
    assert_eq!(gate.log("state of detectors not written")[0]["level"], "WARN");
    assert!(!gate.state().join("detectors.state").exists());
}

#[tokio::test]
async fn a_canary_speaks_once_touched_and_a_detector_that_is_off_is_silent() {
    let shop = shop().await;
    let yaml = format!("mode: guard\ndetect:\n  off: [anonymous-data]\n  canaries: [{}]\n", email(777));
    let mut gate = Gate::configured(shop.address(), &yaml, &[]).await;
    ask(&gate, 4, orders(1..4)).await;
    assert_eq!(gate.metric("tidegate_signals_total", "").await, 0.0);
    ask(&gate, 5, ["/orders/777".to_owned()]).await;
    let line = &gate.logged("signal", 1).await[0];
    assert_eq!((line["detector"].as_str(), line["severity"].as_str()), (Some("canary"), Some("critical")));
    assert_eq!(line["case"], "told");
    // Off altogether, by a reload.
    let off = common::whole(shop.address(), "mode: guard\ndetect: {enabled: false}\n");
    assert!(gate.reload(&[("tidegate.yaml", &off)]).await);
    ask(&gate, 6, orders(100..120)).await;
    assert_eq!(gate.metric("tidegate_signals_total", "").await, 1.0);
}

#[tokio::test]
async fn a_canary_is_found_behind_hundreds_of_people() {
    let upstream = Upstream::start(|request: &Recorded| {
        let first = if request.target() == "/known" { 0 } else { 1000 };
        let people: Vec<Value> = (first..first + 400).chain([first + 999]).map(person).collect();
        Act::json(200, &Value::Array(people).to_string())
    })
    .await
    .unwrap();
    let yaml = format!(
        "mode: observe\nrespond: {{mode: off}}\nexchange_log: exchanges.ndjson\ndetect: {{canaries: [{}, {}]}}\n",
        email(999),
        email(1999)
    );
    let mut gate = Gate::configured(upstream.address(), &yaml, &[]).await;
    ask(&gate, 1, ["/list".to_owned()]).await;
    // Twice: the second time nobody of it is a stranger.
    ask(&gate, 2, ["/known".to_owned(), "/known".to_owned()]).await;
    assert_eq!(gate.metric("tidegate_signals_total", r#"detector="canary""#).await, 3.0);
    gate.stop().await;
    let list = exchanges(&gate);
    assert!(list.iter().all(|one| one.disclosed == 401 && one.subjects.len() == 256));
}
