//! Whom sessions are taken for: the real program before a shop that issues tokens, over a kill.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use testkit::client::Ask;
use testkit::upstream::{Act, Recorded, Upstream};

use common::Gate;

/// `POST /login` gives out a token for the number in it and says nothing of anybody; `/orders/N` is the
/// order of the customer N, whoever asks; `/numbers/N` is the same without contacts.
fn shop(request: &Recorded) -> Act {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let number = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    match request.target().split_once("/orders/").or_else(|| request.target().split_once("/numbers/")) {
        Some((_, id)) if request.target().starts_with("/orders") => {
            Act::json(200, &format!(r#"{{"customer_id":{id},"email":"c{id}@example.com"}}"#))
        }
        Some((_, id)) => Act::json(
            200,
            &format!(r#"{{"customer_id":{id},"street":"Quay {id}","postcode":"20457","city":"Hamburg"}}"#),
        ),
        None => Act::json(200, &format!(r#"{{"access_token":"{:0>32}"}}"#, number(&body))),
    }
}

async fn log_in(gate: &Gate, field: &str, name: &str) -> String {
    let body = format!(r#"{{"{field}":"{name}"}}"#);
    let answer = gate.client().send(&Ask::post("/login", body)).await.unwrap();
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

async fn reads(gate: &Gate, token: &str, target: &str) -> bool {
    gate.client().send(&Ask::get(target).bearer(token)).await.unwrap().status == 200
}

#[tokio::test]
async fn who_logs_in_anew_for_each_record_is_told_of_fifty_over_doors_and_kills() {
    let upstream = Upstream::start(shop).await.unwrap();
    let mut gate = Gate::guard(upstream.address()).await;
    let mut told = 0;
    for nth in 0..120 {
        if nth == 30 || nth == 60 {
            gate.process.kill().unwrap();
            gate = gate.start_again().await;
        }
        let token = log_in(&gate, "email", &format!("mallory{nth}@example.net")).await;
        told += usize::from(reads(&gate, &token, &format!("/orders/{}", 5000 + nth)).await);
    }
    assert_eq!(told, 50);
    // Its own record is read by everyone all the same, also in a session from before the kill.
    let token = log_in(&gate, "email", "c9001@example.com").await;
    assert!(reads(&gate, &token, "/orders/9001").await);
    gate.process.kill().unwrap();
    let gate = gate.start_again().await;
    assert!(reads(&gate, &token, "/numbers/9001").await, "the number is known by the order");
    assert!(!reads(&gate, &token, "/orders/9002").await);
}

#[tokio::test]
async fn eighty_people_who_log_in_by_name_behind_one_address_read_what_is_theirs_over_a_kill() {
    let upstream = Upstream::start(shop).await.unwrap();
    let mut gate = Gate::guard(upstream.address()).await;
    let mut tokens = Vec::new();
    for nth in 0..80 {
        let token = log_in(&gate, "user", &format!("name{nth}")).await;
        assert!(reads(&gate, &token, &format!("/numbers/{}", 7000 + nth)).await, "{nth}");
        tokens.push(token);
    }
    gate.process.kill().unwrap();
    gate = gate.start_again().await;
    for (nth, token) in tokens.iter().enumerate() {
        assert!(reads(&gate, token, &format!("/orders/{}", 7000 + nth)).await, "{nth}");
    }
    let others =
        async |gate: &Gate, nth: usize| reads(gate, &tokens[nth], &format!("/orders/{}", 8000 + nth)).await;
    let mut told = 0;
    for nth in 0..80 {
        told += usize::from(others(&gate, nth).await);
    }
    assert_eq!(told, 50, "nobody's second person is free");
}

#[tokio::test]
async fn a_new_account_of_an_issuer_for_each_record_is_no_new_budget_over_a_kill() {
    let upstream = Upstream::start(shop).await.unwrap();
    let yaml = "mode: guard\nrespond: {mode: off}\n";
    let mut gate = Gate::identifying(upstream.address(), yaml, &[]).await;
    // Everybody reads whom the own token names: nothing of it counts for those around.
    for nth in 1000..1200 {
        assert!(reads(&gate, &common::token(nth), &format!("/numbers/{nth}")).await, "{nth}");
    }
    // The token says nothing of whom these read: the first of each account, and those around.
    let mut told = 0;
    for nth in 0..260 {
        if nth == 60 || nth == 130 {
            gate.process.kill().unwrap();
            gate = gate.start_again().await;
        }
        told +=
            usize::from(reads(&gate, &common::token(2000 + nth), &format!("/numbers/{}", 5000 + nth)).await);
    }
    assert_eq!(told, 100 + 50);
    let bases: Vec<_> = gate.exported().iter().flat_map(basis).collect();
    let count = |word: &str| bases.iter().filter(|basis| *basis == word).count();
    assert_eq!((count("named"), count("claimed"), count("budget")), (200, 100, 50));
    assert!(reads(&gate, &common::token(9001), "/numbers/9001").await, "nobody's own record waits for it");
}

/// Why the people of a line of the exported ledger left.
fn basis(line: &serde_json::Value) -> Vec<String> {
    let subjects = line["subjects"].as_array().cloned().unwrap_or_default();
    subjects.iter().filter_map(|subject| Some(subject["basis"].as_str()?.to_owned())).collect()
}
