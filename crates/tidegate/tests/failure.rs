//! What happens when something fails: the rows of `docs/failure.md` that the whole program shows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use testkit::client::Ask;
use testkit::process::Signal;
use testkit::raw::RawClient;
use testkit::shop::keys;
use testkit::upstream::{Act, Recorded, Upstream};

use common::{BINARY, Gate, PATIENCE, disclosed, email, people, person, text, tidegate, token};

/// `/people/N` is a page of ten, `/plain` holds nothing personal.
async fn directory() -> Upstream {
    Upstream::start(page).await.unwrap()
}

fn page(request: &Recorded) -> Act {
    match request.target().strip_prefix("/people/") {
        Some(number) => {
            let first = number.parse::<usize>().unwrap() * 10;
            Act::json(200, &people(first..first + 10))
        }
        None => Act::json(200, r#"{"stock":7}"#),
    }
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_refuses_personal_data_and_nothing_else() {
    for mode in ["--guard --direct ALONE", "--observe --direct ALONE"] {
        let upstream = directory().await;
        let gate = Gate::after("trap '' XFSZ", upstream.address(), mode).await;
        assert_eq!(gate.get("/people/1").await.0, 200);
        assert_eq!(gate.admin("/readyz").await.0, 200);

        room_on_disk(&gate, "0");
        for _ in 0..3 {
            let (status, body) = gate.get("/people/2").await;
            assert_eq!((status, disclosed(&body)), (503, 0), "{mode}");
            assert_eq!(gate.get("/plain").await.0, 200, "{mode}");
        }
        let told = gate.logged("ledger unavailable", 1).await;
        assert_eq!(told[0]["level"], "ERROR");
        let (status, why) = gate.admin("/readyz").await;
        assert_eq!((status, why.as_str()), (503, "the ledger cannot be written\n"));
        assert!(gate.metric("tidegate_refusals_total", r#"kind="ledger-unavailable""#).await >= 3.0);
        assert_eq!(gate.admin("/healthz").await.0, 200);

        // Nothing of the refused pages was charged: the second ten still fit, once there is room again.
        room_on_disk(&gate, "unlimited");
        gate.logged("ledger available again", 1).await;
        assert_eq!(gate.admin("/readyz").await.0, 200);
        let (status, body) = gate.get("/people/2").await;
        assert_eq!((status, disclosed(&body)), (200, 10), "{mode}");
        assert!(gate.ledger_text(&["verify"]).status.success());
    }
}

/// Bounds the size of files that the gateway may write from now on.
fn room_on_disk(gate: &Gate, bytes: &str) {
    let pid = gate.process.id().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status();
    assert!(set.unwrap().success());
}

#[tokio::test]
async fn budgets_survive_a_kill() {
    let upstream = directory().await;
    let mut gate = Gate::guard(upstream.address()).await;
    assert_eq!(gate.get("/people/1").await.0, 200);
    gate.process.kill().unwrap();

    let mut gate = gate.start_again().await;
    let rebuilt = gate.logged("state rebuilt from the ledger", 1).await;
    assert_eq!(rebuilt[0]["entries"], 1);
    assert!(rebuilt[0]["millis"].is_u64(), "{rebuilt:?}");
    assert_eq!(gate.get("/people/1").await.0, 200, "the same people again are free");
    assert_eq!(gate.get("/people/2").await.0, 200);
    assert_eq!(gate.get("/people/3").await.0, 429, "ten before the kill and ten after are all");
    gate.process.kill().unwrap();

    let gate = gate.start_again().await;
    assert_eq!(gate.get("/people/3").await.0, 429);
    assert_eq!(gate.accounted().1, 20);
}

#[tokio::test]
async fn two_gateways_never_share_a_ledger() {
    let upstream = directory().await;
    let gate = Gate::guard(upstream.address()).await;
    let (url, state) = (format!("http://{}", upstream.address()), gate.state().display().to_string());
    let second = tidegate([
        "serve",
        "--upstream",
        &url,
        "--listen",
        "127.0.0.1:0",
        "--guard",
        "--direct",
        "--state",
        &state,
    ]);
    assert_eq!(second.status.code(), Some(3));
    assert!(text(&second.stderr).contains(&state), "{}", text(&second.stderr));
    assert_eq!(gate.get("/people/1").await.0, 200, "the first goes on");
    assert_eq!(gate.admin("/healthz").await.0, 200, "and so does its admin socket");
}

#[test]
fn a_broken_policy_does_not_start() {
    let broken = [
        ("policies: [bad.cedar]", "bad.cedar", "permit (principal, action\n", "bad.cedar:"),
        (
            "patches: [bad.cedar]",
            "bad.cedar",
            "@id(\"x\")\npermit (principal, action, resource);\n",
            "bad.cedar:1:",
        ),
        ("specs: [{file: bad.yaml}]", "bad.yaml", "openapi: 3.1.0\npaths:\n  /a: [\n", "bad.yaml:"),
        ("policies: [gone.cedar]", "other.cedar", "", "tidegate.yaml:"),
    ];
    for (line, name, content, place) in broken {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "mode: guard\nlisten: 127.0.0.1:0\ndirect: true\nupstreams: {{a: {{url: \"http://127.0.0.1:1\"}}}}\n{line}\n"
        );
        common::write(folder.path(), &[("tidegate.yaml", &config), (name, content)]);
        let file = folder.path().join("tidegate.yaml");
        let ran = Command::new(BINARY)
            .args(["serve", "--config"])
            .arg(&file)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let said = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains(place), "{line}: {said}");
        assert!(said.contains("help"), "{line}: {said}");
        assert!(!folder.path().join("tidegate-state").exists(), "it was refused before anything was made");
    }
}

#[tokio::test]
async fn a_bad_reload_leaves_the_old_configuration_in_force() {
    let upstream = directory().await;
    let patch = |path: &str| {
        format!(
            "@id(\"p\")\n@reason(\"test\")\n@expires(\"2031-12-31\")\nforbid (principal, action in Action::\"GET {path}\", resource);\n"
        )
    };
    let yaml = "mode: guard\npatches: [patch.cedar]";
    let first = patch("/plain");
    let mut gate = Gate::configured(upstream.address(), yaml, &[("patch.cedar", &first)]).await;
    assert_eq!((gate.get("/plain").await.0, gate.get("/other").await.0), (403, 200));

    let bad_patch = [("patch.cedar", "forbid (principal, action\n")];
    let bad_key = format!("{}\nmodus: guard\n", common::whole(upstream.address(), yaml));
    for files in [&bad_patch[..], &[("patch.cedar", &first), ("tidegate.yaml", &bad_key)]] {
        assert!(!gate.reload(files).await);
        assert_eq!((gate.get("/plain").await.0, gate.get("/other").await.0), (403, 200));
    }
    let failed = gate.log("reload failed");
    assert!(failed.iter().all(|line| line["level"] == "ERROR"));
    for (line, file, at, code, cause) in [
        (&failed[0], "patch.cedar", 1, "POLICY-001", "unexpected"),
        (&failed[1], "tidegate.yaml", 8, "CONFIG-002", "unknown key `modus`"),
    ] {
        assert!(line["file"].as_str().unwrap().ends_with(file), "{line}");
        assert_eq!((line["line"].as_u64(), line["code"].as_str()), (Some(at), Some(code)), "{line}");
        assert!(line["cause"].as_str().unwrap().contains(cause), "{line}");
    }
    assert!(failed[1]["help"].as_str().unwrap().starts_with("the keys here are"), "{}", failed[1]);

    let good = common::whole(upstream.address(), yaml);
    assert!(gate.reload(&[("tidegate.yaml", &good), ("patch.cedar", &patch("/other"))]).await);
    assert_eq!((gate.get("/plain").await.0, gate.get("/other").await.0), (200, 403));
}

#[tokio::test]
async fn the_last_patch_is_removed_while_the_gateway_runs() {
    let upstream = directory().await;
    let patch = "@id(\"p\")\n@reason(\"test\")\n@expires(\"2031-12-31\")\nforbid (principal, action in Action::\"GET /plain\", resource);\n";
    let yaml = "mode: guard\npatches: [patches]";
    let mut gate = Gate::configured(upstream.address(), yaml, &[("patches/p.cedar", patch)]).await;
    assert_eq!(gate.get("/plain").await.0, 403);
    std::fs::remove_file(gate.folder().join("patches/p.cedar")).unwrap();
    assert!(gate.reload(&[]).await, "{:?}", gate.process.err());
    assert_eq!(gate.get("/plain").await.0, 200);
    assert_eq!(gate.log("reloaded")[0]["patches"], 0);
    assert!(gate.reload(&[("patches/p.cedar", patch)]).await, "and comes back");
    assert_eq!(gate.get("/plain").await.0, 403);
}

#[tokio::test]
async fn an_unreachable_key_set_closes_what_needs_identity() {
    let upstream = directory().await;
    // A port that was free a moment ago: nobody serves a key set there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let yaml = format!(
        "mode: enforce\nendpoints:\n  GET /people/{{page}}: {{audience: authenticated}}\n  GET /plain:\n    audience: {{public: {{reason: stock, owner: web, expires: 2031-12-31}}}}\n\
         identify:\n  issuers:\n    - issuer: https://shop.example\n      audience: shop\n      jwks: http://{nobody}/jwks.json\n"
    );
    let gate = Gate::configured(upstream.address(), &yaml, &[]).await;
    let failed = gate.logged("key set not loaded", 1).await;
    assert_eq!(failed[0]["issuer"], "https://shop.example");
    let (status, why) = gate.admin("/readyz").await;
    assert_eq!((status, why.as_str()), (503, "no key set of https://shop.example\n"));

    let mut client = gate.client();
    let valid = client.send(&Ask::get("/people/1").bearer(&token(7))).await.unwrap();
    assert_eq!((valid.status, disclosed(&valid.text())), (503, 0), "closed, not open and not 401");
    let without = client.send(&Ask::get("/people/1")).await.unwrap();
    assert_eq!(without.status, 401);
    let public = client.send(&Ask::get("/plain").bearer(&token(7))).await.unwrap();
    assert_eq!(public.status, 200);
    assert_eq!(upstream.recorded().len(), 1);
    assert_eq!(upstream.recorded()[0].header("authorization"), None, "served anonymously");
}

#[tokio::test]
async fn a_reload_reads_key_set_files_again_and_a_bad_one_leaves_the_old_in_force() {
    let upstream = directory().await;
    let yaml = "mode: enforce\nendpoints:\n  GET /people/{page}: {audience: authenticated}\n";
    let mut gate = Gate::identifying(upstream.address(), yaml, &[]).await;
    let mut client = gate.client();
    let asked = Ask::get("/people/1").bearer(&token(7));
    let good = keys::key_set();
    let other = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"next","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let after_the_bad = |gate: &Gate| gate.log("reload failed").pop();
    assert_eq!(client.send(&asked).await.unwrap().status, 200);
    for (text, is_read, status) in [
        (other, true, 401),
        (&good, true, 200),
        ("no key set", false, 200),
        (r#"{"keys":[]}"#, false, 200),
        // The same text again: tokens that were verified are not verified anew for nothing.
        (&good, true, 200),
        (other, true, 401),
    ] {
        assert_eq!(gate.reload(&[("jwks.json", text)]).await, is_read, "{text}");
        assert_eq!(client.send(&asked).await.unwrap().status, status, "{text}");
        if !is_read {
            let failed = after_the_bad(&gate).unwrap();
            assert!(failed["file"].as_str().unwrap().ends_with("jwks.json"), "{failed}");
            assert_eq!(failed["code"], "CONFIG-009", "{failed}");
            assert!(!failed["cause"].as_str().unwrap().is_empty(), "{failed}");
        }
    }
    let loaded = gate.log("key set loaded");
    assert_eq!(loaded.last().unwrap()["changed"], true, "{loaded:?}");
}

#[tokio::test]
async fn an_expired_public_declaration_closes_its_operation() {
    let upstream = directory().await;
    let yaml = "mode: guard\nendpoints:\n  GET /plain:\n    audience: {public: {reason: stock, owner: web, expires: 2026-01-02}}\n";
    let gate = Gate::configured(upstream.address(), yaml, &[]).await;
    let told = gate.logged("configuration warning", 1).await;
    assert!(told[0]["cause"].as_str().unwrap().contains("declared public until 2026-01-02"), "{}", told[0]);
    assert_eq!((gate.get("/plain").await.0, gate.get("/other").await.0), (503, 200));
    let met = gate.logged("endpoint closed", 1).await;
    assert_eq!(
        (met[0]["kind"].as_str(), met[0]["endpoint"].as_str()),
        (Some("closed-endpoint"), Some("GET /plain"))
    );
    assert_eq!(upstream.recorded().len(), 1);
}

#[tokio::test]
async fn an_upstream_that_breaks_off_leaks_no_part() {
    let whole = Act::json(200, &people(0..10));
    let chunk = people(0..5);
    let upstream = Upstream::start(move |request| match request.target() {
        "/length" => whole.clone().cut(40),
        "/chunks" => {
            Act::chunked(200, &[("Content-Type", "application/json")], &[chunk.as_bytes(), b"and more"])
                .cut(9)
        }
        "/nothing" => Act::WriteAndClose(Vec::new()),
        "/garbage" => Act::WriteAndClose(b"220 mail.example ESMTP\r\n".to_vec()),
        _ => Act::json(200, "[]"),
    })
    .await
    .unwrap();
    let gate = Gate::guard(upstream.address()).await;
    for target in ["/length", "/chunks", "/nothing", "/garbage"] {
        let (status, body) = gate.get(target).await;
        assert_eq!((status, disclosed(&body)), (502, 0), "{target}");
    }
    assert_eq!(gate.metric("tidegate_refusals_total", r#"kind="upstream-unavailable""#).await, 4.0);
    assert_eq!(gate.get("/fine").await.0, 200);
    assert!(gate.exported().is_empty(), "what did not leave is not in the account");

    let gone = upstream.address();
    drop(upstream);
    let (status, _) = eventually_gone(&gate).await;
    assert_eq!(status, 502, "{gone}");
    let failed = gate.logged("upstream failed", 1).await;
    assert_eq!(failed[0]["level"], "WARN");
    assert_eq!(failed[0]["upstream"], "shop");
}

/// An answer once connections that rested in the pool are gone too.
async fn eventually_gone(gate: &Gate) -> (u16, String) {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = gate.get("/fine").await;
        if answer.0 != 200 || Instant::now() > until {
            return answer;
        }
    }
}

#[tokio::test]
async fn a_slow_upstream_times_out() {
    let upstream = Upstream::start(|request| match request.target() {
        "/head" => Act::Hang,
        "/body" => {
            let Act::Write(bytes) = Act::json(200, &people(0..10)) else { unreachable!() };
            Act::Slowly(bytes, 200, Duration::from_secs(60))
        }
        _ => Act::json(200, "{}"),
    })
    .await
    .unwrap();
    let yaml = "mode: guard\nupstreams:\n  shop:\n    url: UPSTREAM\n    connection: {response_timeout: 300ms, body_idle_timeout: 300ms}\n";
    let gate = Gate::configured(upstream.address(), yaml, &[]).await;
    for target in ["/head", "/body"] {
        let begun = Instant::now();
        let (status, body) = gate.get(target).await;
        assert_eq!((status, disclosed(&body)), (504, 0), "{target}");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    assert_eq!(gate.metric("tidegate_refusals_total", r#"kind="upstream-timeout""#).await, 2.0);
    assert_eq!(gate.log("upstream failed")[0]["cause"], "timeout");
    assert_eq!(gate.get("/quick").await.0, 200);
}

#[tokio::test]
async fn what_cannot_be_metered_does_not_leave() {
    let upstream = Upstream::start(|request| {
        let zip = [("Content-Type", "application/zip")];
        match request.target() {
            "/people" => Act::json(200, &people(0..3)),
            "/people?form=zip" => Act::answer(200, &zip, b"PK\x03\x04 packed people"),
            "/people?form=odd" => Act::answer(200, &[("Content-Encoding", "secret")], b"packed people"),
            "/people?form=bad" => {
                Act::answer(200, &[("Content-Encoding", "gzip"), ("Content-Type", "text/csv")], b"no gzip")
            }
            "/people?form=part" => {
                let part = [("Content-Range", "bytes 0-9/99"), ("Content-Type", "text/csv")];
                Act::answer(206, &part, b"id;name;em")
            }
            _ => Act::answer(200, &zip, b"PK\x03\x04 a picture book"),
        }
    })
    .await
    .unwrap();
    let odd = ["/people?form=zip", "/people?form=odd", "/people?form=bad", "/people?form=part"];
    let gate = Gate::guard(upstream.address()).await;
    assert_eq!(gate.get("/brochure.zip").await.0, 200, "nothing personal is known of this door");
    assert_eq!(gate.get("/people").await.0, 200);
    for target in odd {
        assert_eq!(gate.get(target).await.0, 502, "{target}");
    }
    assert_eq!(gate.metric("tidegate_refusals_total", r#"kind="unmeterable""#).await, 4.0);
    assert_eq!(gate.logged("exchange refused", 4).await[0]["kind"], "unmeterable");

    let gate = Gate::with(upstream.address(), &["--observe", "--direct"]).await;
    assert_eq!(gate.get("/people").await.0, 200);
    for target in ["/people?form=zip", "/people?form=part"] {
        assert!(gate.get(target).await.0 < 300, "{target}");
    }
}

#[tokio::test]
async fn an_oversize_page_is_released_within_the_budget_and_reset() {
    // Eight records or so make a batch.
    let long = |id| format!("{{\"about\":\"{}\",\"who\":{}}}", "so ".repeat(2700), person(id));
    let page = format!("[{}]", (0..60).map(long).collect::<Vec<_>>().join(","));
    let upstream = Upstream::start(move |_| Act::json(200, &page)).await.unwrap();
    let yaml = "mode: guard\nexchange: {buffer: 64KiB}\n";
    let mut gate = Gate::configured(upstream.address(), yaml, &[]).await;
    let answer = gate.client().send(&Ask::get("/people")).await.unwrap();
    let received = disclosed(&answer.text());
    assert!((1..=20).contains(&received), "{received}");
    assert_eq!((answer.status, answer.whole), (200, false), "a part is never taken for the whole");
    assert_eq!(gate.logged("budget of data subjects spent", 1).await[0]["kind"], "budget-spent");
    gate.stop().await;
    let (at_least, at_most) = gate.accounted();
    assert!(
        at_least <= received as u64 && received as u64 <= at_most && at_most <= 20,
        "{at_least} {at_most}"
    );
    let ends: Vec<_> = gate.exported().iter().filter_map(|entry| entry.get("end").cloned()).collect();
    assert!(!ends.is_empty() && ends.iter().all(|end| end == "partly"), "{ends:?}");
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_not_charged() {
    let upstream = Upstream::start(|request| match request.target() {
        "/late" => Act::After(Duration::from_millis(300), Box::new(Act::json(200, &people(100..110)))),
        _ => page(request),
    })
    .await
    .unwrap();
    let mut gate = Gate::guard(upstream.address()).await;
    for nth in 1..=3 {
        let mut client = RawClient::connect(gate.address).await.unwrap();
        client.send(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        upstream.until(nth).await;
    }
    assert_eq!(gate.get("/people/1").await.0, 200);
    assert_eq!(gate.get("/people/2").await.0, 200, "the whole budget of twenty is still there");
    assert_eq!(gate.get("/people/3").await.0, 429);
    gate.stop().await;
    assert_eq!(gate.accounted().1, 20);
}

#[tokio::test]
async fn a_stop_drains_requests_in_flight() {
    let upstream = Upstream::start(|request| match request.target() {
        "/late" => Act::After(Duration::from_millis(500), Box::new(Act::json(200, &person(1).to_string()))),
        _ => Act::Hang,
    })
    .await
    .unwrap();
    let yaml = "mode: guard\nconnections: {drain_timeout: 2s}\n";
    let mut gate = Gate::configured(upstream.address(), yaml, &[]).await;
    let (mut late, mut never) = (gate.client(), gate.client());
    let begun = Instant::now();
    let (late, never, ended) = tokio::join!(
        async { late.send(&Ask::get("/late")).await },
        async { never.send(&Ask::get("/never")).await },
        async {
            upstream.until(2).await;
            gate.process.signal(Signal::Terminate).unwrap();
            gate.logged("draining", 1).await;
            let listening = async { while tokio::net::TcpStream::connect(gate.address).await.is_ok() {} };
            tokio::time::timeout(PATIENCE, listening).await.unwrap();
            gate.process.ended(PATIENCE).await.unwrap()
        }
    );
    assert!(late.unwrap().text().contains(&email(1)), "the request in flight was answered");
    assert!(never.is_err(), "what outlives the drain time is cut off");
    assert!(ended.success());
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    let drained = &gate.log("drained")[0];
    assert_eq!(drained["broken"], 1, "{drained}");
    assert_eq!(gate.log("stopped").len(), 1);
    // The answer that was drained is accounted as sent.
    let exported = gate.exported();
    assert_eq!(exported[0]["end"], "sent", "{exported:?}");
}

#[test]
fn every_row_of_the_manual_that_names_no_other_place_is_a_test_here() {
    let (manual, tests) = (include_str!("../../../docs/failure.md"), include_str!("failure.rs"));
    let rows = manual.lines().filter(|line| line.starts_with("| ")).skip(1);
    let named: Vec<&str> = rows
        .map(|row| row.trim_end_matches('|').rsplit('|').next().unwrap().trim())
        .filter(|cell| !cell.contains(':'))
        .collect();
    assert!(named.len() >= 12, "{named:?}");
    for name in named {
        assert!(tests.contains(&format!("fn {}(", name.trim_matches('`'))), "{name}");
    }
}
