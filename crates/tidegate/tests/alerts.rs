//! Alerts of the running gateway: the founding incident reaches a person, signed, once, and in time; no
//! kill and no receiver that is away loses it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use domain::{Secret, Timestamp, Window};
use serde_json::Value;
use testkit::client::Ask;
use testkit::upstream::{Act, Recorded, Upstream};

use common::{Gate, PATIENCE, people, whole};

const SECRET: &str = "the-secret-of-these-tests";

/// A pre-order API that answers anybody with ten customers a page.
async fn shop() -> Upstream {
    let act = |request: &Recorded| {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let first = asked["page"].as_u64().map_or(0, |page| page as usize * 10);
        Act::json(200, &people(first..first + 10))
    };
    Upstream::start(act).await.unwrap()
}

/// A receiver that writes down when each alert came, and is away until it is told to be there.
struct Receiver {
    upstream: Upstream,
    came: Arc<Mutex<Vec<SystemTime>>>,
    is_there: Arc<AtomicBool>,
}

impl Receiver {
    async fn start(is_there: bool) -> Self {
        let (came, is_there) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(is_there)));
        let (book, there) = (Arc::clone(&came), Arc::clone(&is_there));
        let act = move |_: &Recorded| {
            book.lock().unwrap().push(SystemTime::now());
            match there.load(Ordering::Relaxed) {
                true => Act::json(202, "{}"),
                // It breaks off without a word.
                false => Act::WriteAndClose(Vec::new()),
            }
        };
        Self { upstream: Upstream::start(act).await.unwrap(), came, is_there }
    }

    /// `alerts:` with this receiver, and what `more` says.
    fn section(&self, more: &str) -> String {
        let address = self.upstream.address();
        format!(
            "alerts:\n  webhooks:\n    ops: {{url: 'http://{address}/hook', secret_file: ops.secret}}\n{more}"
        )
    }

    async fn until(&self, many: usize) {
        tokio::time::timeout(PATIENCE, self.upstream.until(many)).await.unwrap();
    }

    fn findings(&self) -> Vec<Value> {
        self.upstream.recorded().iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect()
    }

    fn ids(&self) -> Vec<String> {
        let id = |one: &Recorded| one.header("idempotency-key").unwrap().to_owned();
        self.upstream.recorded().iter().map(id).collect()
    }
}

async fn guarded(shop: &Upstream, yaml: &str) -> Gate {
    Gate::configured(shop.address(), &format!("mode: guard\n{yaml}"), &[("ops.secret", SECRET)]).await
}

/// The script of the incident: page by page, as fast as it is answered.
async fn walk(gate: &Gate, pages: std::ops::Range<usize>) {
    let mut client = gate.client();
    for page in pages {
        let ask = Ask::post("/v1/preorders", format!("{{\"page\":{page}}}"));
        client.send(&ask).await.unwrap();
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as u64)
}

/// Milliseconds since 1970 of a line of the log.
fn millis(line: &Value) -> u64 {
    let at: jiff::Timestamp = line["timestamp"].as_str().unwrap().parse().unwrap();
    at.as_millisecond() as u64
}

#[tokio::test]
async fn the_founding_incident_reaches_a_person_within_two_seconds_signed() {
    let (shop, receiver) = (shop().await, Receiver::start(true).await);
    let mut gate = guarded(&shop, &receiver.section("")).await;
    walk(&gate, 0..60).await;
    receiver.until(1).await;

    let high = |line: &&Value| line["severity"] == "high" || line["severity"] == "critical";
    let signals = gate.logged("signal", 1).await;
    let spoke = millis(signals.iter().find(high).unwrap());
    let came = receiver.came.lock().unwrap()[0].duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let took = (came.as_millis() as u64).saturating_sub(spoke);
    assert!(took < 2000, "{took} ms");

    let alert = receiver.upstream.recorded()[0].clone();
    let (secret, header) = (Secret::new(SECRET.into()), alert.header("tidegate-signature").unwrap());
    let tolerance = Window::from_secs(300);
    assert!(alert::sign::verify(&secret, header, &alert.body, now(), tolerance));
    assert!(!alert::sign::verify(&secret, header, b"{}", now(), tolerance));
    let forged = Secret::new("another-secret-of-these".into());
    assert!(!alert::sign::verify(&forged, header, &alert.body, now(), tolerance));

    let finding = &receiver.findings()[0];
    assert_eq!((&finding["class_uid"], &finding["activity_id"]), (&2004.into(), &1.into()));
    assert!(finding["severity_id"].as_u64().unwrap() >= 4, "{finding}");
    assert_eq!(finding["resources"][0]["name"], "POST /v1/preorders");
    assert!(finding["unmapped"]["tidegate"]["records_at_least"].as_u64().unwrap() >= 1, "{finding}");
    // Nobody's data: neither in the alert nor in the log.
    let text = String::from_utf8(alert.body.to_vec()).unwrap();
    for personal in ["Ada", "ada.person", "+49", "mail.example"] {
        assert!(!text.contains(personal), "{text}");
    }
    gate.stop().await;
    let log = gate.process.err().join("\n");
    assert!(!log.contains(SECRET) && !log.contains("127.0.0.1/hook") && !log.contains("/hook"), "{log}");
}

#[tokio::test]
async fn a_scrape_is_one_alert_that_grows_and_not_one_for_each_signal() {
    let (shop, receiver) = (shop().await, Receiver::start(true).await);
    let budgets = "respond: {mode: propose}\nbudgets:\n  address: [{subjects: 9000, per: 1h}]\n  network: [{subjects: 9000, per: 1h}]\n  \
                   anonymous_endpoint: [{subjects: 9000, per: 1h}]\n  anonymous_everywhere: [{subjects: 9000, per: 1h}]\n";
    let yaml = receiver.section("") + budgets;
    let mut gate = guarded(&shop, &yaml).await;
    walk(&gate, 0..20).await;
    receiver.until(1).await;
    walk(&gate, 20..200).await;
    receiver.until(2).await;
    let signals = gate.metric("tidegate_signals_total", "").await;
    gate.stop().await;
    let findings = receiver.findings();
    let uids: BTreeSet<&str> =
        findings.iter().map(|one| one["finding_info"]["uid"].as_str().unwrap()).collect();
    assert_eq!(uids.len(), 1, "{uids:?}");
    // One to begin with, one when it became critical, one for its growth at the stop, within the pause.
    assert!((2..=3).contains(&findings.len()), "{} alerts of {signals} signals", findings.len());
    assert!(signals > 10.0, "{signals}");
    let records = |one: &Value| one["unmapped"]["tidegate"]["records_at_least"].as_u64().unwrap();
    let sequence = |one: &Value| one["metadata"]["sequence"].as_u64().unwrap();
    assert!(findings.is_sorted_by_key(records) && findings.is_sorted_by_key(sequence));
    let (first, last) = (records(&findings[0]), records(findings.last().unwrap()));
    assert!(last >= 2 * first && last >= 100, "{first} then {last}");
    let last = findings.last().unwrap();
    assert_eq!(last["severity"], "Critical");
    // Who: the detectors of sources have spoken by now.
    assert_eq!(last["observables"][0]["value"], "127.0.0.1", "{last}");
}

#[tokio::test]
async fn what_a_killed_gateway_could_not_deliver_is_delivered_after_its_restart() {
    let (shop, receiver) = (shop().await, Receiver::start(false).await);
    let mut gate = guarded(&shop, &receiver.section("")).await;
    walk(&gate, 0..3).await;
    gate.logged("alert not delivered", 1).await;
    let told = receiver.ids();
    gate.process.kill().unwrap();
    assert!(!told.is_empty());

    receiver.is_there.store(true, Ordering::Relaxed);
    receiver.upstream.forget();
    let mut gate = gate.start_again().await;
    receiver.until(1).await;
    let findings = receiver.findings();
    let uid = findings[0]["finding_info"]["uid"].as_str().unwrap();
    assert!(told[0].starts_with(uid), "{uid} after {told:?}");
    assert!(findings[0]["severity_id"].as_u64().unwrap() >= 4);
    // The same state under the same key, or a later one.
    let sequence = findings[0]["metadata"]["sequence"].as_u64().unwrap();
    let before: u64 = told[0].rsplit('-').next().unwrap().parse().unwrap();
    assert!(sequence >= before, "{sequence} after {before}");
    gate.stop().await;
    assert_eq!(gate.log("alerts dropped").len(), 0);
}

#[tokio::test]
async fn the_end_of_an_incident_is_told_after_a_kill_that_came_before_it_was() {
    let (shop, receiver) = (shop().await, Receiver::start(true).await);
    let mut gate = guarded(&shop, &receiver.section("")).await;
    walk(&gate, 0..1).await;
    receiver.until(1).await;
    let uid = receiver.findings()[0]["finding_info"]["uid"].as_str().unwrap().to_owned();
    let state = gate.state().display().to_string();
    let close = ["incident", "close", &uid, "--state", &state, "--who", "ops"];
    assert_eq!(common::tidegate(close).status.code(), Some(0));
    // Within the pause of the group: the receiver has not heard of it.
    gate.process.kill().unwrap();
    let is_over = |one: &Value| one["activity_id"] == 3 && one["finding_info"]["uid"] == *uid;
    assert!(!receiver.findings().iter().any(is_over));
    receiver.upstream.forget();
    let mut gate = gate.start_again().await;
    receiver.until(1).await;
    assert!(receiver.findings().iter().any(is_over), "{:?}", receiver.findings());
    gate.stop().await;
}

#[tokio::test]
async fn an_incident_that_comes_back_is_told_at_once_and_after_a_restart_it_is_an_update() {
    let (shop, receiver) = (shop().await, Receiver::start(true).await);
    let budgets = "respond: {mode: propose}\nbudgets:\n  address: [{subjects: 9000, per: 1h}]\n  network: [{subjects: 9000, per: 1h}]\n  \
                   anonymous_endpoint: [{subjects: 9000, per: 1h}]\n  anonymous_everywhere: [{subjects: 9000, per: 1h}]\n";
    // What is not told at once comes after an hour.
    let section = receiver.section("  grouping: {pause: 100ms, settle: 1h}\n");
    let gate = guarded(&shop, &(section + budgets)).await;
    walk(&gate, 0..1).await;
    receiver.until(1).await;
    assert_eq!(receiver.findings()[0]["activity_id"], 1);
    walk(&gate, 1..200).await;
    let uid = receiver.findings()[0]["finding_info"]["uid"].as_str().unwrap().to_owned();
    let state = gate.state().display().to_string();
    let incident = |work: &[&str]| {
        common::tidegate([&["incident"], work, &["--state", &state, "--who", "ops"]].concat())
    };
    assert_eq!(incident(&["close", &uid]).status.code(), Some(0));
    let told = |wanted: &dyn Fn(&Value) -> bool| receiver.findings().into_iter().find(|one| wanted(one));
    let of_it =
        |one: &Value, activity: u64| one["finding_info"]["uid"] == *uid && one["activity_id"] == activity;
    common::eventually("its end", || told(&|one| of_it(one, 3))).await;
    let severity = receiver.findings().last().unwrap()["severity_id"].clone();

    // The same source walks on, and the incident is no graver than it was.
    receiver.upstream.forget();
    walk(&gate, 200..500).await;
    let back = common::eventually("that it came back", || told(&|one| of_it(one, 2))).await;
    assert_eq!(back["severity_id"], severity, "no graver: {back}");
    assert_ne!(back["status"], "Resolved");
    assert!(back["finding_info"]["title"].as_str().unwrap().starts_with("again: "), "{back}");
    let shown = common::text(&incident(&["show", &uid]).stdout);
    let story = shown.split("timeline").nth(1).unwrap();
    let (closed, came) = (story.find("  closed by ").unwrap(), story.find("  came back\n").unwrap());
    assert!(closed < came, "{shown}");

    receiver.upstream.forget();
    let mut gate = gate.start_again().await;
    receiver.until(1).await;
    let first = &receiver.findings()[0];
    assert!(of_it(first, 2), "its receivers know it: {first}");
    gate.stop().await;
}

#[tokio::test]
async fn a_receiver_that_a_reload_adds_is_told_of_open_incidents() {
    let (shop, receiver) = (shop().await, Receiver::start(true).await);
    let mut gate = guarded(&shop, "").await;
    walk(&gate, 0..3).await;
    gate.logged("signal", 1).await;
    gate.logged("incident opened", 1).await;
    let yaml = whole(shop.address(), &format!("mode: guard\n{}", receiver.section("")));
    assert!(gate.reload(&[("tidegate.yaml", &yaml)]).await);
    receiver.until(1).await;
    assert_eq!(receiver.findings()[0]["resources"][0]["name"], "POST /v1/preorders");
    // A reload that changes no receiver tells nobody again.
    assert!(gate.reload(&[]).await);
    gate.stop().await;
    let ids = receiver.ids();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
}

#[tokio::test]
async fn receivers_that_a_reload_cannot_start_leave_the_old_ones_in_force() {
    let (shop, receiver) = (shop().await, Receiver::start(true).await);
    let mut gate = guarded(&shop, &receiver.section("")).await;
    // What stands where the alerts of the new receiver would wait.
    std::fs::write(gate.state().join("alerts/syslog-siem"), b"").unwrap();
    let section = receiver.section("  syslog: {siem: {server: 'udp://127.0.0.1:9'}}\n");
    let yaml = whole(shop.address(), &format!("mode: guard\n{section}"));
    assert!(gate.reload(&[("tidegate.yaml", &yaml)]).await);
    let line = &gate.logged("alerts not started", 1).await[0];
    assert_eq!((&line["level"], &line["older_in_force"]), (&"ERROR".into(), &true.into()), "{line}");
    walk(&gate, 0..3).await;
    receiver.until(1).await;
    gate.stop().await;

    // At a start it is a failure of ours, told with its cause.
    let file = gate.folder().join("tidegate.yaml").display().to_string();
    let state = gate.state().display().to_string();
    let ran = std::process::Command::new(common::BINARY)
        .args(["serve", "--config", &file, "--state", &state])
        .current_dir(gate.folder())
        .output()
        .unwrap();
    let said = common::text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("start alerts") && said.contains("syslog-siem"), "{said}");
}

#[tokio::test]
async fn a_webhook_without_a_secret_is_warned_of_and_is_told_without_a_signature() {
    let (shop, receiver) = (shop().await, Receiver::start(true).await);
    let section = receiver.section("").replace(", secret_file: ops.secret", "");
    let gate = guarded(&shop, &section).await;
    let warned = &gate.logged("configuration warning", 1).await[0];
    assert_eq!(warned["code"], "CONFIG-012");
    let file = gate.folder().join("tidegate.yaml").display().to_string();
    let ran = common::tidegate(["config", "validate", &file]);
    let said = common::text(&ran.stdout) + &common::text(&ran.stderr);
    assert!(said.contains("the webhook `ops` has no secret"), "{said}");
    walk(&gate, 0..2).await;
    receiver.until(1).await;
    assert_eq!(receiver.upstream.recorded()[0].header("tidegate-signature"), None);
}
