//! No byte of personal data leaves before its exposure is durable: killed under load, many times,
//! the ledger holds everyone whom a client received, and nothing is damaged.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use testkit::client::{Ask, Client};
use testkit::upstream::{Act, Upstream};

use common::{Gate, PATIENCE, email, people, text};

/// Enough for everyone: it is the account that is tested here, not the budget.
const WIDE: &str = "mode: guard\nrespond: {mode: off}\nbudgets:\n  address: [{subjects: 100000, per: 1h}]\n  network: [{subjects: 100000, per: 1h}]\n  \
                    anonymous_endpoint: [{subjects: 100000, per: 1h}]\n  anonymous_everywhere: [{subjects: 100000, per: 1h}]\n";

const ROUNDS: usize = 6;
const CLIENTS: usize = 8;

/// Three people nobody was shown before, on every request.
async fn fresh_people() -> Upstream {
    let next = AtomicUsize::new(0);
    Upstream::start(move |_| {
        let first = next.fetch_add(3, Ordering::Relaxed);
        Act::json(200, &people(first..first + 3))
    })
    .await
    .unwrap()
}

/// Asks until the gateway is gone, and keeps everyone received, also of answers that broke off.
async fn collect(mut client: Client, received: Arc<Mutex<HashSet<String>>>, answers: Arc<AtomicUsize>) {
    while let Ok(answer) = client.send(&Ask::get("/people")).await {
        let body = answer.text();
        let emails = body.split('"').filter(|word| word.contains('@')).map(str::to_owned);
        received.lock().unwrap().extend(emails);
        answers.fetch_add(1, Ordering::Relaxed);
        if !answer.whole {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_received_is_in_the_ledger_however_often_it_is_killed() {
    let upstream = fresh_people().await;
    let received: Arc<Mutex<HashSet<String>>> = Arc::default();
    let mut gate = Gate::configured(upstream.address(), WIDE, &[]).await;
    for round in 0..ROUNDS {
        let answers: Arc<AtomicUsize> = Arc::default();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| tokio::spawn(collect(gate.client(), Arc::clone(&received), Arc::clone(&answers))))
            .collect();
        // Each round is killed at another moment of the traffic.
        while answers.load(Ordering::Relaxed) < 40 + round * 17 {
            tokio::task::yield_now().await;
        }
        gate.process.kill().unwrap();
        for client in clients {
            client.await.unwrap();
        }
        let verified = gate.ledger_text(&["verify"]);
        assert!(verified.status.success(), "round {round}: {}", text(&verified.stdout));
        gate = gate.start_again().await;
    }
    gate.stop().await;

    let verified = gate.ledger_text(&["verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    let received = received.lock().unwrap().clone();
    assert!(received.len() >= ROUNDS * 100, "{} people under load", received.len());

    let entries = gate.exported();
    let exposures: Vec<&Value> = entries.iter().filter(|entry| entry["entry"] == "exposure").collect();
    // Everyone is new on every answer, so that people can be counted by their first digest.
    let accounted: HashSet<&str> = exposures
        .iter()
        .flat_map(|entry| entry["subjects"].as_array().unwrap())
        .map(|subject| subject["digests"][0].as_str().unwrap())
        .collect();
    let (at_least, at_most) = gate.accounted();
    assert_eq!(accounted.len() as u64, at_most);
    assert!(at_most >= received.len() as u64, "{at_most} accounted, {} received", received.len());
    assert!(at_least <= received.len() as u64, "{at_least} surely, {} received", received.len());
    // At most what was in flight at each kill is uncertain.
    let uncertain = exposures.iter().filter(|entry| entry["end"] == "unknown").count();
    assert!(uncertain <= ROUNDS * (CLIENTS + 40), "{uncertain}");

    // One by one: the ledger knows each of a sample by e-mail.
    for one in received.iter().step_by(received.len() / 12) {
        let found = &gate.ledger(&["subject", one])["account"]["subjects"]["at_most"];
        assert_eq!(found, &Value::from(1), "{one}");
    }
    let nobody = &gate.ledger(&["subject", &email(999_999)])["account"]["subjects"]["at_most"];
    assert_eq!(nobody, &Value::from(0));
}

#[tokio::test]
async fn a_head_noted_before_a_kill_is_found_after_it_and_a_cut_tail_is_not_hidden() {
    let upstream = fresh_people().await;
    let mut gate = Gate::configured(upstream.address(), WIDE, &[]).await;
    for _ in 0..5 {
        assert_eq!(gate.get("/people").await.0, 200);
    }
    gate.stop().await;
    let head = gate.log("ledger head").last().unwrap()["hash"].as_str().unwrap().to_owned();
    let mut gate = gate.start_again().await;
    assert_eq!(gate.get("/people").await.0, 200);
    gate.process.kill().unwrap();
    assert_eq!(gate.ledger_text(&["verify", "--anchor", &head]).status.code(), Some(0));

    // Somebody removes everything from the first entry on, as one would to hide it.
    for segment in std::fs::read_dir(gate.state().join("segments")).unwrap() {
        let path = segment.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "seg") {
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(150).unwrap();
        }
    }
    let verified = gate.ledger_text(&["verify", "--anchor", &head]);
    assert_eq!(verified.status.code(), Some(1), "{}", text(&verified.stdout));
}

#[tokio::test]
async fn the_entry_is_on_the_disk_when_the_first_byte_arrives() {
    let upstream = fresh_people().await;
    let gate = Gate::configured(upstream.address(), WIDE, &[]).await;
    let mut client = gate.client();
    for nth in 1..=20 {
        let answer =
            tokio::time::timeout(PATIENCE, client.send(&Ask::get("/people"))).await.unwrap().unwrap();
        assert_eq!(answer.status, 200);
        // Read by another process, while the gateway runs on.
        assert_eq!(gate.accounted().1, nth * 3);
    }
}
