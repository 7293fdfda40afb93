//! The log of a running gateway: one JSON line for each occurrence, with what an operator needs.
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

use serde_json::Value;
use testkit::client::Ask;
use testkit::shop::keys::{self, TokenClaims};
use testkit::upstream::{Act, Recorded, Upstream};

use common::{Gate, people, token, whole};

/// `/people/N` is a page of ten, the rest holds nothing personal.
async fn directory() -> Upstream {
    let page = |request: &Recorded| match request.target().strip_prefix("/people/") {
        Some(number) => {
            let first = number.parse::<usize>().unwrap_or(0) * 10;
            Act::json(200, &people(first..first + 10))
        }
        None => Act::json(200, r#"{"stock":7}"#),
    };
    Upstream::start(page).await.unwrap()
}

fn patch(id: &str, path: &str, expires: &str) -> String {
    format!(
        "@id(\"{id}\")\n@reason(\"test\")\n@expires(\"{expires}\")\nforbid (principal, action in Action::\"GET {path}\", resource);\n"
    )
}

/// Lines of standard error that are no JSON object.
fn other_lines(gate: &Gate) -> Vec<String> {
    let is_object = |line: &String| serde_json::from_str::<Value>(line).is_ok_and(|line| line.is_object());
    gate.process.err().into_iter().filter(|line| !is_object(line)).collect()
}

#[tokio::test]
async fn every_line_of_a_running_gateway_is_one_json_object() {
    let upstream = directory().await;
    let yaml = "mode: guard\nrespond: {mode: off}\npatches: [patches]\nbudgets: {roles: {nobody: [{subjects: 9, per: 1h}]}}\n";
    let files = [("patches/old.cedar", &*patch("old", "/stock", "2026-01-02"))];
    let mut gate = Gate::configured(upstream.address(), yaml, &files).await;
    // What is wrong at a start, and at a reload that fails twice over.
    let warned = gate.logged("configuration warning", 2).await;
    for (said, warned) in ["signals become no incidents", "role `nobody`"].iter().zip(&warned) {
        assert_eq!((warned["code"].as_str(), warned["level"].as_str()), (Some("CONFIG-011"), Some("WARN")));
        assert!(warned["cause"].as_str().unwrap().contains(said) && warned["line"].is_u64(), "{warned}");
    }
    let bad = whole(upstream.address(), yaml).replace("listen:", "lisen:") + "\nmodus: guard\n";
    assert!(!gate.reload(&[("tidegate.yaml", &bad)]).await);
    assert_eq!(gate.log("reload failed")[0]["faults"], 2);
    let other = &gate.log("configuration fault")[0];
    assert!(other["cause"].as_str().unwrap().contains("`modus`"), "{other}");
    assert_eq!(other["help"].as_str().map(|help| help.starts_with("the keys here are")), Some(true));

    assert_eq!(gate.get("/stock").await.0, 200);
    for (page, status) in [(1, 200), (2, 200), (3, 429)] {
        assert_eq!(gate.get(&format!("/people/{page}")).await.0, status);
    }
    assert!(gate.reload(&[("tidegate.yaml", &whole(upstream.address(), yaml))]).await);
    gate.stop().await;
    assert_eq!(other_lines(&gate), Vec::<String>::new());
    let started = gate.process.err().iter().position(|line| line.contains("\"started\"")).unwrap();
    assert!(gate.process.err()[started + 1].contains("\"listening\""), "it has started when it can listen");
}

#[tokio::test]
async fn an_expired_patch_is_told_at_a_start_at_a_reload_and_when_it_is_met() {
    let upstream = directory().await;
    let yaml = "mode: guard\npatches: [p.cedar]\n";
    let text = patch("old", "/stock", "2026-01-02") + &patch("fresh", "/other", "2031-12-31");
    let mut gate = Gate::configured(upstream.address(), yaml, &[("p.cedar", &text)]).await;
    let told = gate.logged("virtual patch expired", 1).await;
    assert_eq!((told[0]["level"].as_str(), told[0]["patch"].as_str()), (Some("WARN"), Some("old")));
    assert!(told[0]["file"].as_str().unwrap().ends_with("p.cedar") && told[0]["line"] == 1, "{}", told[0]);

    assert!(gate.log("request met an expired").is_empty());
    for _ in 0..5 {
        assert_eq!((gate.get("/stock").await.0, gate.get("/other").await.0), (200, 403));
    }
    let met = gate.logged("request met an expired virtual patch", 1).await;
    assert_eq!((met[0]["patch"].as_str(), met[0]["endpoint"].as_str()), (Some("old"), Some("GET /stock")));
    // Once a minute; the test may have seen the turn of one.
    assert!(met.len() <= 2, "{met:?}");

    assert!(gate.reload(&[]).await);
    gate.logged("virtual patch expired", 2).await;
}

#[tokio::test]
async fn a_refused_credential_has_its_cause_in_the_log_and_no_part_of_itself() {
    let upstream = directory().await;
    let yaml = "mode: enforce\nendpoints:\n  GET /people/{page}: {audience: authenticated}\n";
    let gate = Gate::identifying(upstream.address(), yaml, &[]).await;
    let claims = || keys::verified(&token(7)).unwrap();
    let signed = |claims: &TokenClaims| keys::signed(claims).unwrap();
    let fine = token(7);
    let (head, rest) = fine.split_once('.').unwrap();
    let (body, signature) = rest.split_once('.').unwrap();
    let forged = signed(&TokenClaims { sub: "8".into(), ..claims() });
    let forged = forged.split('.').nth(1).unwrap();
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{body}.{signature}");
    let cases = [
        ("missing", None),
        ("expired", Some(signed(&TokenClaims { exp: 1_700_000_000, ..claims() }))),
        ("audience", Some(signed(&TokenClaims { aud: "bank".into(), ..claims() }))),
        ("issuer", Some(signed(&TokenClaims { iss: "https://other.example".into(), ..claims() }))),
        ("signature", Some(format!("{head}.{forged}.{signature}"))),
        ("algorithm", Some(unsigned)),
        ("malformed", Some("e30.e30.e30".to_owned())),
    ];
    for (nth, (cause, token)) in cases.iter().enumerate() {
        let mut ask = Ask::get("/people/1");
        if let Some(token) = token {
            ask = ask.bearer(token);
        }
        assert_eq!(gate.client().send(&ask).await.unwrap().status, 401, "{cause}");
        let lines = gate.logged("exchange refused", nth + 1).await;
        assert_eq!(lines[nth]["cause"], *cause, "{}", lines[nth]);
        assert_eq!(lines[nth]["kind"], "unauthenticated");
    }
    let log = gate.process.err().join("\n");
    let secrets = cases.iter().filter_map(|(_, token)| token.as_deref()).flat_map(|token| token.split('.'));
    for part in secrets.filter(|part| part.len() > 3) {
        assert!(!log.contains(part), "{part}");
    }
}

#[tokio::test]
async fn a_proxy_that_names_no_client_is_told_once() {
    let upstream = directory().await;
    let gate = Gate::with(upstream.address(), &["--guard", "--trust", "127.0.0.1/32"]).await;
    let mut client = gate.client();
    for header in ["192.0.2.7", "192.0.2.8"] {
        let ask = Ask::get("/stock").with("x-forwarded-for", header);
        assert_eq!(client.send(&ask).await.unwrap().status, 200);
    }
    assert!(gate.log("a trusted proxy names no client").is_empty());
    for header in ["", "unknown", "junk, more junk"] {
        let ask = Ask::get("/stock").with("x-forwarded-for", header);
        assert_eq!(client.send(&ask).await.unwrap().status, 200);
    }
    let told = gate.logged("a trusted proxy names no client", 1).await;
    assert_eq!((told.len(), told[0]["level"].as_str()), (1, Some("WARN")));
    assert_eq!(told[0]["header"], "x-forwarded-for");
    assert_eq!(gate.metric("tidegate_proxy_names_nobody_total", "").await, 3.0);
}

#[tokio::test]
async fn what_a_reload_cannot_change_and_what_a_flag_takes_away_is_a_warning() {
    let upstream = directory().await;
    let yaml = "mode: guard\nledger: {coalesce: 9}\n";
    let mut gate = Gate::configured(upstream.address(), yaml, &[]).await;
    assert!(gate.reload(&[]).await);
    assert!(gate.log("settings have changed").is_empty());
    let changed = whole(upstream.address(), "mode: guard\nledger: {coalesce: 10}\n").replace(":0", ":1");
    assert!(gate.reload(&[("tidegate.yaml", &changed)]).await);
    let told = &gate.log("settings have changed that take effect at a start only")[0];
    assert_eq!((told["level"].as_str(), told["keys"].as_str()), (Some("WARN"), Some("listen, ledger")));

    let file = gate.folder().join("tidegate.yaml").display().to_string();
    let gate = Gate::with(upstream.address(), &["--config", &file, "--observe"]).await;
    let told = gate.logged("the command line overrides the configuration file", 2).await;
    let of = |line: &Value| {
        (line["key"].clone(), line["file"].clone(), line["flag"].clone(), line["level"].clone())
    };
    assert_eq!(of(&told[0]), ("mode".into(), "guard".into(), "--observe".into(), "WARN".into()));
    assert_eq!(of(&told[1]), ("upstreams".into(), "shop".into(), "--upstream".into(), "WARN".into()));
}

#[tokio::test]
async fn a_refusal_has_one_line_and_a_source_that_goes_on_has_no_more_warnings() {
    let upstream = directory().await;
    let gate = Gate::guard(upstream.address()).await;
    let lines = |gate: &Gate| -> Vec<Value> {
        let all = gate.process.err();
        let all = all.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        all.filter(|line| line["kind"] == "budget-spent").collect()
    };
    for source in [1, 2] {
        let mut client = gate.client_from(Ipv4Addr::new(127, 0, source, 1));
        for page in 1..=8 {
            let answer = client.send(&Ask::get(format!("/people/{page}"))).await.unwrap();
            assert_eq!(answer.status, if page <= 2 { 200 } else { 429 });
        }
    }
    let told = common::eventually("a line for each refusal", || {
        let told = lines(&gate);
        (told.len() >= 12).then_some(told)
    })
    .await;
    assert_eq!(told.len(), 12, "one line each");
    let exchanges: std::collections::HashSet<_> =
        told.iter().map(|line| line["exchange"].to_string()).collect();
    assert_eq!(exchanges.len(), 12);
    let warned = told.iter().filter(|line| line["level"] == "WARN").count();
    // Once a minute and source; the test may have seen the turn of a minute.
    assert!((2..=3).contains(&warned), "{warned}");
}

#[tokio::test]
async fn a_shadow_endpoint_is_told_once_as_it_is_written() {
    let upstream = directory().await;
    let gate = Gate::guard(upstream.address()).await;
    for word in ["zugaenge", "waren-zeichen", "kunz", "hinz", "stock", "stock"] {
        assert_eq!(gate.get(&format!("/{word}")).await.0, 200);
    }
    gate.logged("shadow endpoint seen", 2).await;
    let told: Vec<_> =
        gate.log("shadow endpoint seen").iter().map(|line| line["endpoint"].to_string()).collect();
    assert_eq!(told, ["\"GET /{word}\"", "\"GET /stock\""]);
    assert_eq!(gate.metric("tidegate_shadow_endpoints_total", "").await, 5.0, "each is counted");
}
