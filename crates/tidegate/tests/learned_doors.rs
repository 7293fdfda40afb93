//! Doors that nobody declared: their accounts outlive a collapse and a restart, and no word of a path
//! that may be somebody's name is written anywhere.
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
use std::path::Path;

use testkit::client::Ask;
use testkit::upstream::{Act, Recorded, Upstream};

use common::{Gate, person, text};

/// A different person for every path, told by its last number or its length in letters.
fn answer(request: &Recorded) -> Act {
    match request.target() {
        "/lost" => Act::json(404, r#"{"why":"nothing here"}"#),
        target => {
            let last = target.rsplit('/').next().unwrap();
            let number = last.bytes().fold(0_usize, |sum, byte| (sum * 31 + byte as usize) % 999_983);
            Act::json(200, &person(number).to_string())
        }
    }
}

/// A word of no list: two letters for each digit.
fn word(n: usize) -> String {
    let digits = n.to_string();
    let letters: String = digits
        .bytes()
        .map(|digit| format!("{}a", char::from(b"bcdfghklmn"[(digit - b'0') as usize])))
        .collect();
    format!("zu{letters}")
}

/// Thirty people an hour leave by one door, whoever asks.
const THIRTY: &str = "mode: guard\nrespond: {mode: off}\nbudgets:\n  address: [{subjects: 1000, per: 1h}]\n  network: [{subjects: 1000, per: 1h}]\n  \
                      anonymous_endpoint: [{subjects: 30, per: 1h}]\n  anonymous_everywhere: [{subjects: 100000, per: 1h}]\n";

#[tokio::test]
async fn a_collapse_and_a_restart_hand_out_no_fresh_budget() {
    let upstream = Upstream::start(answer).await.unwrap();
    let gate = Gate::configured(upstream.address(), THIRTY, &[]).await;
    // Each path is a door of its own as long as its position has few words; sixty-five are too many.
    for n in 0..30 {
        assert_eq!(gate.get(&format!("/tarife/{}", word(n))).await.0, 200, "{n}");
    }
    for n in 30..80 {
        assert_eq!(gate.get(&format!("/tarife/{}", word(n))).await.0, 429, "{n}");
    }
    for n in 0..30 {
        assert_eq!(gate.get(&format!("/tarife/{}", word(n))).await.0, 200, "{n}: once told of is free");
    }
    assert_eq!(gate.get("/tarife/search").await.0, 200, "a plain word is another door");
    assert_eq!(gate.accounted().1, 31);

    // Killed and started again: the ledger's names are those of the accounts.
    let mut gate = gate.start_again().await;
    assert_eq!(gate.get(&format!("/tarife/{}", word(0))).await.0, 200, "free as before");
    for n in [30, 31, 200] {
        assert_eq!(gate.get(&format!("/tarife/{}", word(n))).await.0, 429, "{n}");
    }
    assert_eq!(gate.get("/tarife/7").await.0, 429, "ids at that position are part of the same account");
    gate.stop().await;
    assert_eq!(gate.accounted().1, 31);
}

#[tokio::test]
async fn a_door_that_was_seen_to_hold_personal_data_is_known_to_after_a_collapse_and_a_restart() {
    let upstream = Upstream::start(|request| match request.target() {
        target if target.ends_with("?form=zip") => {
            Act::answer(200, &[("Content-Type", "application/zip")], b"PK\x03\x04")
        }
        target if target.ends_with(&word(0)) => answer(request),
        _ => Act::json(200, r#"{"stock":7}"#),
    })
    .await
    .unwrap();
    let gate = Gate::guard(upstream.address()).await;
    let unreadable = |n: usize| format!("/tarife/{}?form=zip", word(n));
    assert_eq!(gate.get(&unreadable(0)).await.0, 200, "nothing personal is known yet");
    assert_eq!(gate.get(&format!("/tarife/{}", word(0))).await.0, 200);
    assert_eq!(gate.get(&unreadable(0)).await.0, 502);
    assert_eq!(gate.get(&unreadable(1)).await.0, 200, "another word is another door");
    for n in 2..70 {
        assert_eq!(gate.get(&format!("/tarife/{}", word(n))).await.0, 200);
    }
    assert_eq!(gate.get(&unreadable(1)).await.0, 502, "after the collapse they are one");

    let gate = gate.start_again().await;
    for n in [0, 1, 99] {
        assert_eq!(gate.get(&unreadable(n)).await.0, 502, "{n}: the ledger does not say which word it was");
    }
    assert_eq!(gate.get("/waren.zip?form=zip").await.0, 200, "other doors are not concerned");
}

/// Everything that is written about exchanges: log, metrics, exchange log and ledger, as text and as bytes.
async fn written(gate: &mut Gate) -> Vec<(String, String)> {
    let metrics = gate.admin("/metrics").await.1;
    gate.stop().await;
    let mut all = vec![
        ("metrics".to_owned(), metrics),
        ("log".to_owned(), gate.process.err().join("\n")),
        ("stdout".to_owned(), gate.process.out().join("\n")),
        ("ledger export".to_owned(), text(&gate.ledger_text(&["export"]).stdout)),
        ("ledger exposure".to_owned(), text(&gate.ledger_text(&["exposure"]).stdout)),
        ("ledger dossier".to_owned(), text(&gate.ledger_text(&["dossier"]).stdout)),
    ];
    files(gate.folder(), &mut all);
    all
}

fn files(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if let Ok(bytes) = std::fs::read(&path) {
            all.push((path.display().to_string(), text(&bytes)));
        }
    }
}

#[tokio::test]
async fn a_name_in_a_path_is_written_nowhere_and_a_word_of_the_api_is_once_it_is_known() {
    let upstream = Upstream::start(answer).await.unwrap();
    let yaml = "mode: guard\nlog: {level: debug}\nexchange_log: exchanges.ndjson\n";
    let mut gate = Gate::configured(upstream.address(), yaml, &[]).await;
    let from = |nth: u8| Ipv4Addr::new(127, 0, nth, 1);
    for nth in 1..=9_u8 {
        let mut client = gate.client_from(from(nth));
        for path in [
            "/zugaenge/7",
            "/users/anna-schmidt",
            "/users/7",
            "/users/berta",
            "/api/v1/members/carl.mueller/orders",
            "/lost",
        ] {
            let answer = client.send(&Ask::get(path)).await.unwrap();
            assert!(answer.status < 500, "{path} {}", answer.status);
        }
        // A list of members that many people read: as many words as people, each from many networks.
        for name in ["dora", "emil", "frieda", "gustav", "helga", "igor", "jana", "klaus", "lotte", "moritz"]
        {
            client.send(&Ask::get(format!("/verzeichnis/{name}"))).await.unwrap();
        }
    }
    let all = written(&mut gate).await;
    assert!(
        all.iter().any(|(place, text)| place.ends_with("exchanges.ndjson") && text.lines().count() > 100)
    );
    let names = [
        "anna",
        "schmidt",
        "berta",
        "carl",
        "mueller",
        "dora",
        "emil",
        "frieda",
        "gustav",
        "helga",
        "igor",
        "jana",
        "klaus",
        "lotte",
        "moritz",
        "verzeichnis/d",
    ];
    for (place, text) in &all {
        // Configuration and log name the test's folder, whose name is random.
        let text = text.replace(&gate.folder().display().to_string(), "").to_lowercase();
        for name in names {
            let line = text.lines().find(|line| line.contains(name));
            assert_eq!(line, None, "`{name}` in {place}");
        }
    }
    for place in ["log", "ledger export", "exchanges.ndjson"] {
        let (_, text) = all.iter().find(|(name, _)| name.ends_with(place)).unwrap();
        assert!(text.contains("/zugaenge/{id}"), "five networks know this word of the API: {place}");
        assert!(text.contains("/users/{word}") && text.contains("/api/v1/members/{word}/orders"), "{place}");
    }
}
