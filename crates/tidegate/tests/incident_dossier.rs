//! The dossier of an incident: the account behind it, the clocks, and a patch that would have prevented it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use std::process::Output;

use serde_json::{Value, json};
use testkit::client::Ask;
use testkit::upstream::{Act, Upstream};

use common::{Gate, person, text, tidegate, write};

/// A gateway before a list of people, six of whom somebody was told of before an incident closed it.
async fn leaked() -> (Gate, Upstream, String) {
    let shop = Upstream::start(|request| {
        let number = request.target().rsplit('/').next().and_then(|last| last.parse::<usize>().ok());
        match number {
            Some(number) => Act::json(200, &json!({ "id": number, "customer": person(number) }).to_string()),
            None => Act::json(200, r#"{"stock":7}"#),
        }
    })
    .await
    .unwrap();
    let gate = Gate::configured(shop.address(), "mode: guard\n", &[]).await;
    let mut client = gate.client();
    for order in 500..540 {
        client.send(&Ask::get(format!("/orders/{order}"))).await.unwrap();
    }
    gate.logged("incident opened", 1).await;
    let list = incident(&gate, &["list", "--format", "json"]);
    let list: Value = serde_json::from_slice(&list.stdout).unwrap();
    let id = list["incidents"][0]["id"].as_str().unwrap().to_owned();
    (gate, shop, id)
}

fn incident(gate: &Gate, work: &[&str]) -> Output {
    let state = gate.state().display().to_string();
    tidegate([&["incident"], work, &["--state", &state]].concat())
}

fn dossier(gate: &Gate, id: &str, format: &str) -> String {
    let ran = incident(gate, &["dossier", id, "--format", format]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    text(&ran.stdout)
}

#[tokio::test]
async fn a_dossier_tells_the_incident_and_the_ledgers_account_of_it_in_three_forms() {
    let (mut gate, _shop, id) = leaked().await;
    let told: Value = serde_json::from_str(&dossier(&gate, &id, "json")).unwrap();
    let people = &told["dossier"]["account"]["subjects"]["at_most"];
    assert_eq!(people, &json!(gate.accounted().1), "the ledger's own figure");
    assert!(people.as_u64().unwrap() > 1);
    assert_eq!(told["format"], "tidegate.incident-dossier/1");
    assert_eq!(told["incident"]["id"], json!(id));
    let first = told["incident"]["first"].as_u64().unwrap();
    let due: Vec<u64> =
        told["duties"].as_array().unwrap().iter().filter_map(|duty| duty["due_millis"].as_u64()).collect();
    assert!(due.contains(&(first + 72 * 3_600_000)), "{due:?}");

    let shown = dossier(&gate, &id, "text");
    for part in
        [&*id, "sequential-ids", "timeline", "recipients", "127.0.0.1", "72 hours", "@expires", "forbid"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let page = dossier(&gate, &id, "html");
    for part in [&*id, "sequential-ids", "The account", "72 hours", "GET /orders/{id}"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("<script"));

    // The gateway is gone: its file and its ledger tell the same.
    gate.stop().await;
    let later: Value = serde_json::from_str(&dossier(&gate, &id, "json")).unwrap();
    assert_eq!(&later["dossier"]["account"]["subjects"]["at_most"], people);
}

#[tokio::test]
async fn the_patch_of_a_dossier_would_have_prevented_the_leak() {
    let (gate, shop, id) = leaked().await;
    let told: Value = serde_json::from_str(&dossier(&gate, &id, "json")).unwrap();
    let (patch, intent) = (&told["prevention"]["patch"], &told["prevention"]["intent"]);
    let yaml =
        format!("mode: guard\nrespond: {{mode: off}}\npatches: [patches]\n{}", intent.as_str().unwrap());
    let files = [("patches/incident.cedar", patch.as_str().unwrap())];
    // Its patch alone, and its intent alone: either closes the endpoint to somebody without a token.
    let patched =
        Gate::configured(shop.address(), "mode: guard\nrespond: {mode: off}\npatches: [patches]\n", &files)
            .await;
    let meant = Gate::configured(shop.address(), &yaml.replace("patches: [patches]\n", ""), &[]).await;
    for (gate, status) in [(&patched, 403), (&meant, 401)] {
        assert_eq!(gate.get("/orders/500").await.0, status);
        assert_eq!(gate.get("/stock").await.0, 200, "and nothing else");
        assert_eq!(gate.accounted().1, 0, "nobody's record left");
    }
}

#[tokio::test]
async fn an_incident_without_a_ledger_and_one_that_is_not_there_are_the_inputs_fault() {
    let (mut gate, _shop, id) = leaked().await;
    let ran = incident(&gate, &["dossier", "INC-000000"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(text(&ran.stderr).contains("tidegate incident list"), "{}", text(&ran.stderr));
    gate.stop().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let database = std::fs::read(gate.state().join("incidents.db")).unwrap();
    std::fs::write(elsewhere.path().join("incidents.db"), database).unwrap();
    write(elsewhere.path(), &[]);
    let state = elsewhere.path().display().to_string();
    let ran = tidegate(["incident", "dossier", &id, "--state", &state]);
    assert_eq!(ran.status.code(), Some(2), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).is_empty(), "no half of a dossier");
}
