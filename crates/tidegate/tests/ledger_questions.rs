//! Questions to the ledger as people ask them: in their own words, and with keys that are gone.
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

use common::{Gate, email, person, text, token};

/// `/customers/N` is one person.
fn customer(request: &Recorded) -> Act {
    match request.target().rsplit('/').next().map(str::parse) {
        Some(Ok(number)) => Act::json(200, &person(number).to_string()),
        _ => Act::json(404, "{}"),
    }
}

/// Customer 1000 was read by the holder of a token, whose subject is 7.
async fn read_once() -> Gate {
    let upstream = Upstream::start(customer).await.unwrap();
    let mut gate = Gate::identifying(upstream.address(), "mode: guard", &[]).await;
    let asked = Ask::get("/customers/1000").bearer(&token(7));
    assert_eq!(gate.client().send(&asked).await.unwrap().status, 200);
    gate.stop().await;
    gate
}

/// How a question ends, how many people it finds, and what is said beside the answer.
fn ask(gate: &Gate, question: &[&str]) -> (Option<i32>, Option<u64>, String) {
    let ran = gate.ledger_text(&[question, &["--format", "json"]].concat());
    let found = serde_json::from_slice::<serde_json::Value>(&ran.stdout).ok();
    let found = found.and_then(|json| json["account"]["subjects"]["at_most"].as_u64());
    (ran.status.code(), found, text(&ran.stderr))
}

#[tokio::test]
async fn a_person_is_found_however_the_id_is_written() {
    let gate = read_once().await;
    let mail = email(1000);
    for (value, found, said) in [
        ("customer/1000", 1, ""),
        ("customers/1000", 1, ""),
        ("/customers/1000", 1, ""),
        ("https://shop.example/customers/1000?page=1", 1, ""),
        ("1000", 1, "may be different people"),
        (mail.as_str(), 1, ""),
        ("+49 30 1001000", 1, ""),
        ("030 1001000", 0, "country code"),
        ("customers/1001", 0, "nothing is on record under `customers/1001` or `customer/1001`"),
    ] {
        let (code, people, stderr) = ask(&gate, &["subject", value]);
        assert_eq!((code, people), (Some(0), Some(found)), "{value}: {stderr}");
        assert!(stderr.contains(said) && said.is_empty() == stderr.is_empty(), "{value}: {stderr}");
    }
}

#[tokio::test]
async fn a_door_that_is_not_on_record_is_told_beside_the_answer() {
    let gate = read_once().await;
    for (question, found, said) in [
        (&["exposure", "--endpoint", "GET /customers/{id}"][..], Some(1), ""),
        (&["exposure", "--endpoint", "GET /customers/1000"], Some(0), "did you mean `GET /customers/{id}`?"),
        (&["exposure", "--endpoint", "GET /nope"], Some(0), "no entry of the ledger is about `GET /nope`"),
        (&["exposure", "--endpoint", "get /customers/{id}"], Some(0), "did you mean `GET /customers/{id}`?"),
        (&["dossier", "--endpoint", "GET /nope"], None, "no entry of the ledger is about `GET /nope`"),
        (&["export", "--endpoint", "GET /nope"], None, "no entry of the ledger is about `GET /nope`"),
    ] {
        let format = if question[0] == "export" { "ndjson" } else { "json" };
        let ran = gate.ledger_text(&[question, &["--format", format]].concat());
        let (stdout, stderr) = (text(&ran.stdout), text(&ran.stderr));
        assert_eq!(ran.status.code(), Some(0), "{question:?}: {stderr}");
        assert!(stderr.contains(said) && said.is_empty() == stderr.is_empty(), "{question:?}: {stderr}");
        if found.is_some() {
            let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(json["account"]["subjects"]["at_most"].as_u64(), found, "{question:?}");
        }
    }
}

#[tokio::test]
async fn a_file_among_the_segments_that_is_none_is_told_by_every_question() {
    let gate = read_once().await;
    let stray = gate.state().join("segments/0000000009.seg");
    std::fs::write(&stray, "somebody's notes, or a segment whose head is damaged").unwrap();
    let ran = gate.ledger_text(&["verify"]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stdout));
    assert!(text(&ran.stdout).contains("segments/0000000009.seg"), "{}", text(&ran.stdout));
    let ran = gate.ledger_text(&["exposure"]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stdout));
    assert!(text(&ran.stdout).contains("segment 9"), "{}", text(&ran.stdout));
    std::fs::remove_file(&stray).unwrap();
    // No entry has this hash: it is what a ledger begins with.
    let nothing = "0".repeat(64);
    let ran = gate.ledger_text(&["verify", "--anchor", &nothing]);
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stdout));
    assert!(text(&ran.stdout).contains("no entry has the head"), "{}", text(&ran.stdout));
    assert_eq!(gate.ledger_text(&["verify"]).status.code(), Some(0));
}

#[tokio::test]
async fn the_subject_of_a_token_is_found_with_its_issuer_or_with_the_configuration() {
    let gate = read_once().await;
    let file = gate.folder().join("tidegate.yaml").display().to_string();
    let (code, people, said) = ask(&gate, &["principal", "7"]);
    assert_eq!((code, people), (Some(0), Some(0)));
    assert!(said.contains("`https://idp.example|7`") && said.contains("--config"), "{said}");
    for question in [&["principal", "https://shop.example|7"][..], &["principal", "7", "--config", &file]] {
        assert_eq!(ask(&gate, question), (Some(0), Some(1), String::new()), "{question:?}");
    }
    let (_, people, said) = ask(&gate, &["principal", "8", "--config", &file]);
    assert_eq!(people, Some(0));
    assert!(said.contains("with the issuers https://shop.example"), "{said}");
}

#[tokio::test]
async fn without_its_keys_a_ledger_does_not_say_that_nothing_is_on_record() {
    let gate = read_once().await;
    let keys = gate.state().join("keys");
    std::fs::remove_file(keys.join("period-00000001.key")).unwrap();
    let (code, people, said) = ask(&gate, &["subject", "customer/1000"]);
    assert_eq!((code, people), (Some(2), None));
    assert!(said.contains("is gone") && !said.contains("nothing is on record"), "{said}");
    // Callers have a key of their own, and figures need none.
    assert_eq!(ask(&gate, &["principal", "https://shop.example|7"]).1, Some(1));
    assert_eq!(ask(&gate, &["exposure"]), (Some(0), Some(1), String::new()));

    std::fs::remove_file(keys.join("callers.key")).unwrap();
    let (code, people, said) = ask(&gate, &["principal", "https://shop.example|7"]);
    assert_eq!((code, people), (Some(2), None));
    assert!(said.contains("callers.key"), "{said}");
}

/// After an erasure the gateway makes a new key: of what was written before nobody can be looked up.
#[tokio::test]
async fn an_erased_period_is_named_beside_what_is_found_in_the_others() {
    let gate = read_once().await;
    std::fs::remove_file(gate.state().join("keys/period-00000001.key")).unwrap();
    let mut gate = gate.start_again().await;
    gate.stop().await;
    let (code, people, said) = ask(&gate, &["subject", "customer/1000"]);
    assert_eq!((code, people), (Some(2), Some(0)));
    assert!(said.contains("the key of what was written from "), "{said}");
}
