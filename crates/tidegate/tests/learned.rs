//! From a day of traffic to a configuration that refuses nobody who works, and no attack becomes normal:
//! the program, real sockets, the demo's people.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use serde_json::Value;
use sha2::Digest as _;
use testkit::attacker::{self, Attack, Bounds, Field, no_restart};
use testkit::client::Address;
use testkit::people::{Crowd, Kind, PATIENCE, Progress, Tally, Town, live};
use testkit::shop::{Shop, keys};
use testkit::truth::Truth;

use common::{Gate, text, tidegate};

/// Who callers are, and that nothing else is declared: the state in which a day is recorded.
fn observing() -> String {
    let key = sha2::Sha256::digest(keys::PARTNERS[0].1.as_bytes());
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "mode: observe\nexchange_log: day.ndjson\nrecent: 64MiB\n{}  api_keys:\n    - {{name: courier, partner: courier, digest: \"sha256:{key}\"}}\n",
        common::identifying("")
    )
}

fn crowd(shop: &Shop, server: SocketAddr, seed: u64, with_staff: bool) -> Crowd {
    Crowd {
        town: Town::Harbour,
        server: Address::new(server),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        seed,
        identified: false,
        with_staff,
        patience: PATIENCE,
        beside: Vec::new(),
        nobody: Vec::new(),
    }
}

async fn attack(shop: &Shop, server: SocketAddr, attack: Attack) -> usize {
    let field = Field {
        server: Address::new(server),
        directory: Arc::clone(shop.directory()),
        truth: Arc::new(Truth::of(shop.directory())),
        signs_up: false,
        seed: 3,
        bounds: Bounds { patience: 60, ..Bounds::default() },
        restart: no_restart(),
        minute: None,
    };
    attacker::run(attack, &field).await.unwrap().customers
}

/// `tidegate config propose` beside the configuration of `gate`.
fn propose(gate: &Gate, more: &[&str]) -> (Output, PathBuf) {
    let file = |name: &str| gate.folder().join(name);
    let out = file("proposed.yaml");
    let ran = tidegate(
        ["config", "propose", "--config", file("tidegate.yaml").to_str().unwrap()]
            .into_iter()
            .chain(["--exchange-log", file("day.ndjson").to_str().unwrap(), "-o", out.to_str().unwrap()])
            .chain(more.iter().copied()),
    );
    (ran, out)
}

/// `tidegate config propose` from what `gate` holds.
fn propose_running(gate: &Gate, more: &[&str]) -> Output {
    let state = gate.state().display().to_string();
    tidegate(["config", "propose", "--state", &state].into_iter().chain(more.iter().copied()))
}

fn refused(tally: &Tally, kinds: &[Kind]) -> u64 {
    kinds.iter().map(|kind| tally.of(*kind).refused).sum()
}

fn value(yaml: &str, key: &str) -> Vec<String> {
    let lines = yaml.lines().map(str::trim);
    lines.filter_map(|line| line.strip_prefix(key)).map(|rest| rest.trim().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_day_taught_refuses_nobody_who_works_and_stops_the_incident() {
    let shop = Shop::start(1).await.unwrap();
    let mut gate = Gate::by("demo-gateway", shop.address(), &observing(), &[]).await;
    let day = live(&crowd(&shop, gate.address, 1, true), &Progress::default()).await;
    assert!(day.of(Kind::Staff).sent >= 12 && day.of(Kind::Partner).sent >= 20, "{day:?}");
    let running =
        propose_running(&gate, &["--config", gate.folder().join("tidegate.yaml").to_str().unwrap()]);
    assert_eq!(running.status.code(), Some(0), "{}", text(&running.stderr));
    gate.stop().await;

    let (ran, out) = propose(&gate, &[]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let yaml = std::fs::read_to_string(&out).unwrap();
    // What the running gateway held of the same day speaks for the same, and says that it is no log.
    let running = text(&running.stdout);
    let body = |yaml: &str| yaml.split_once("\n\n").unwrap().1.to_owned();
    assert_eq!(body(&running), body(&yaml));
    assert!(running.contains("what the running gateway held in memory: all that it had"), "{running}");
    assert!(!yaml.contains("running gateway"), "{yaml}");
    // Three of the staff read a hundred each, the courier two thousand.
    assert_eq!(
        value(&yaml, "\"staff\":"),
        ["[{subjects: 200, per: 1h}, {subjects: 200, per: 24h}]"],
        "{yaml}"
    );
    assert!(yaml.contains("audience: {partner: [\"courier\"]}"), "{yaml}");
    assert!(yaml.contains("budget: [{subjects: 4000, per: 1h}, {subjects: 4000, per: 24h}]"), "{yaml}");
    assert!(yaml.contains("roles: [\"staff\"]"), "{yaml}");
    // Of an order that some read without a verified token a person decides, and is told whose it seems.
    let orders = yaml.split("# decide: GET /api/orders: ").nth(1).unwrap();
    let held = orders.lines().find(|line| line.contains("held for")).unwrap();
    assert!(held.contains("owner `$.customer_id = claim.sub`"), "{held}");

    // A person has read it and switches on.
    let guarding = yaml.replace("mode: observe", "mode: guard").replace("day.ndjson", "next.ndjson");
    let gate =
        Gate::by("demo-gateway", shop.address(), &without_listener(&guarding, shop.address()), &[]).await;
    let next = crowd(&shop, gate.address, 2, true);
    let progress = Progress::default();
    let (next, customers) = tokio::join!(live(&next, &progress), async {
        progress.reached(10).await;
        attack(&shop, gate.address, Attack::PostBatches).await
    });
    assert_eq!(refused(&next, &[Kind::Staff, Kind::Partner]), 0, "{:?}", next.complaints);
    assert_eq!(next.benign().refused, 0, "{:?}", next.complaints);
    assert!(customers <= 20, "{customers} customers left");
    assert!(
        attack(&shop, gate.address, Attack::Stolen).await <= 200 + 50,
        "a stolen staff token, and a key without budget"
    );
}

/// What [`Gate::by`] adds itself.
fn without_listener(yaml: &str, upstream: SocketAddr) -> String {
    let added = common::whole(upstream, "");
    let added: Vec<&str> = added.lines().collect();
    let kept = yaml.lines().filter(|line| !added.contains(line));
    kept.collect::<Vec<_>>().join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attack_in_the_log_is_not_proposed_as_normal() {
    let shop = Shop::start(1).await.unwrap();
    let mut gate = Gate::by("demo-gateway", shop.address(), &observing(), &[]).await;
    let people = crowd(&shop, gate.address, 1, true);
    let progress = Progress::default();
    let (_, customers) = tokio::join!(live(&people, &progress), async {
        progress.reached(10).await;
        attack(&shop, gate.address, Attack::PostBatches).await
    });
    // All of them on a machine that is not busy: observe refuses nothing.
    assert!(customers > 1000, "{customers}");
    gate.stop().await;
    let (ran, out) = propose(&gate, &[]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let yaml = std::fs::read_to_string(&out).unwrap();
    let declared: Vec<&str> = yaml
        .lines()
        .filter(|line| line.trim_start().starts_with('"') && line.contains("/api/customers\""))
        .collect();
    assert!(declared.is_empty(), "{declared:?}");
    assert!(yaml.contains("# decide: POST /api/customers: "), "{yaml}");
    assert!(yaml.contains("# Nothing was learned from "), "{yaml}");
    // Who works is learned all the same.
    assert_eq!(value(&yaml, "\"staff\":"), ["[{subjects: 200, per: 1h}, {subjects: 200, per: 24h}]"]);
}

#[test]
fn the_log_of_the_demo_proposes_no_door_that_its_attack_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("demo.ndjson");
    let log = log.to_str().unwrap();
    let ran = tidegate(["demo", "--scenario", "path-ids-bola", "--mode", "guard", "--exchange-log", log]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let ran = tidegate(["config", "propose", "--exchange-log", log]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let yaml = text(&ran.stdout);
    let orders = yaml.lines().filter(|line| line.contains("GET /api/orders/{"));
    assert!(orders.clone().count() > 0, "{yaml}");
    assert!(orders.into_iter().all(|line| line.trim_start().starts_with("# decide: ")), "{yaml}");
    let file = folder.path().join("proposed.yaml");
    std::fs::write(&file, &yaml).unwrap();
    let ran = tidegate(["config", "validate", file.to_str().unwrap()]);
    assert_ne!(ran.status.code(), Some(2), "{}", text(&ran.stderr));

    let ran = tidegate(["inventory", "--exchange-log", log]);
    assert_eq!(ran.status.code(), Some(1), "shadows are findings: {}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("shadow     GET /api/orders/{"), "{}", text(&ran.stdout));
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop.openapi.yaml");
    let ran =
        tidegate(["inventory", "--exchange-log", log, "--format", "json", "--spec", spec.to_str().unwrap()]);
    let json: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let doors = json["endpoints"].as_array().unwrap();
    let door = |endpoint: &str| {
        doors.iter().find(|door| door["endpoint"].as_str().unwrap().starts_with(endpoint)).unwrap()
    };
    assert_eq!(door("GET /api/orders/{")["state"], "declared");
    assert!(door("GET /api/orders/{")["people"]["at_least"].as_u64().unwrap() > 20);
    assert!(door("GET /api/orders/{")["callers"]["confirmed"].as_u64().unwrap() > 20);
    assert_eq!(door("GET /api/partner/shipments")["last"], Value::Null, "nobody asked there");
}

#[tokio::test]
async fn a_running_gateway_tells_its_doors_and_without_one_the_ledger_does() {
    let shop = Shop::start(1).await.unwrap();
    let mut gate = Gate::with(shop.address(), &[]).await;
    for page in 1..4 {
        assert_eq!(gate.get(&format!("/catalogue/products?page={page}")).await.0, 200);
        let body = format!(r#"{{"page":{page},"size":10}}"#);
        let ask = testkit::client::Ask::post("/api/customers", body);
        assert_eq!(gate.client().send(&ask).await.unwrap().status, 200);
    }
    assert_eq!(gate.get("/nowhere").await.0, 404);
    let state = gate.state().display().to_string();
    let inventory = || -> (Option<i32>, Value) {
        let ran = tidegate(["inventory", "--state", &state, "--format", "json"]);
        (
            ran.status.code(),
            serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{}", text(&ran.stderr))),
        )
    };
    // How an answer ended is in the ledger a little later, and until then nobody is told of for certain.
    let people = |told: &Value| {
        told["endpoints"].as_array().unwrap().iter().any(|door| door["people"]["at_least"] == 30)
    };
    let (code, told) =
        common::eventually("thirty people", || Some(inventory()).filter(|(_, told)| people(told))).await;
    let doors = told["endpoints"].as_array().unwrap();
    let door = |endpoint: &str| doors.iter().find(|door| door["endpoint"] == endpoint).cloned();
    assert_eq!((code, &told["source"]), (Some(1), &"gateway".into()));
    let customers = door("POST /api/customers").unwrap();
    assert_eq!((&customers["state"], &customers["answers"]), (&"shadow".into(), &3.into()));
    assert_eq!(customers["callers"]["anonymous"], 3);
    assert_eq!(customers["people"]["at_least"], 30);
    assert_eq!(door("GET /catalogue/products").unwrap()["answers"], 3);
    assert_eq!(doors.len(), 2, "what is not there is no endpoint: {doors:?}");
    gate.stop().await;
    let (code, told) = inventory();
    assert_eq!((code, &told["source"]), (Some(1), &"ledger".into()));
    let doors = told["endpoints"].as_array().unwrap();
    let customers = doors.iter().find(|door| door["endpoint"] == "POST /api/customers").unwrap();
    assert_eq!(customers["people"]["at_least"], 30);
    assert_eq!(customers["callers"], Value::Null);
}

#[tokio::test]
async fn a_gateway_that_was_started_again_tells_of_what_its_ledger_knows_also_where_it_only_refused_since() {
    let shop = Shop::start(1).await.unwrap();
    let mut gate = Gate::guard(shop.address()).await;
    let ask =
        |page: usize| testkit::client::Ask::post("/api/customers", format!(r#"{{"page":{page},"size":10}}"#));
    for page in 0..9 {
        gate.client().send(&ask(page)).await.unwrap();
    }
    let state = gate.state().display().to_string();
    let inventory = || tidegate(["inventory", "--state", &state, "--format", "json"]);
    let listed = |ran: &std::process::Output| -> Option<Value> {
        let told: Value = serde_json::from_slice(&ran.stdout).ok()?;
        told["endpoints"].as_array()?.iter().find(|door| door["endpoint"] == "POST /api/customers").cloned()
    };
    let people = |ran: &std::process::Output| listed(ran).is_some_and(|door| door["people"]["at_least"] != 0);
    common::eventually("people", || Some(inventory()).filter(people)).await;
    gate.process.kill().unwrap();
    let gate = gate.start_again().await;

    let ran = inventory();
    assert_eq!(
        (ran.status.code(), listed(&ran).map(|door| door["answers"].clone())),
        (Some(1), Some(Value::Null))
    );
    assert_eq!(gate.client().send(&ask(77)).await.unwrap().status, 429, "its budget is spent still");
    let refused = |ran: &std::process::Output| listed(ran).is_some_and(|door| door["refused"] == 1);
    let ran = common::eventually("the refusal", || Some(inventory()).filter(refused)).await;
    let door = listed(&ran).unwrap();
    assert_eq!((ran.status.code(), &door["state"], &door["answers"]), (Some(1), &"shadow".into(), &0.into()));
    assert!(door["people"]["at_least"].as_u64().unwrap() >= 10, "{door}");
    assert!(text(&ran.stderr).contains("counted since the gateway began"), "{}", text(&ran.stderr));
}

#[tokio::test]
async fn a_running_gateway_holds_the_exchanges_of_late_within_a_bound_and_says_what_gave_way() {
    let shop = Shop::start(1).await.unwrap();
    let gate = Gate::with(shop.address(), &[]).await;
    let empty = propose_running(&gate, &[]);
    assert_eq!(empty.status.code(), Some(2), "{}", text(&empty.stdout));
    assert!(text(&empty.stderr).contains("no exchange since it began"), "{}", text(&empty.stderr));
    for page in 0..30 {
        gate.get(&format!("/catalogue/products?page={page}")).await;
    }
    let ran = propose_running(&gate, &["--format", "json"]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let said = text(&ran.stderr);
    assert!(said.contains("from the 30 exchanges that the running gateway holds; 0 earlier"), "{said}");
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((&told["source"], &told["exchanges"]), (&"gateway".into(), &30.into()));

    // In guard none are held, until the configuration says so.
    let mut gate = Gate::configured(shop.address(), "mode: guard\n", &[]).await;
    gate.get("/catalogue/products?page=1").await;
    let none = propose_running(&gate, &[]);
    assert_eq!(none.status.code(), Some(2));
    let said = text(&none.stderr);
    assert!(said.contains("holds no exchanges") && said.contains("help: write `recent: 8MiB`"), "{said}");
    let yaml = common::whole(shop.address(), "mode: guard\nrecent: 16KiB\n");
    assert!(gate.reload(&[("tidegate.yaml", &yaml)]).await);
    for page in 0..200 {
        gate.get(&format!("/catalogue/products?page={page}")).await;
    }
    let ran = propose_running(&gate, &["--format", "json"]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let (held, gone) = (told["exchanges"].as_u64().unwrap(), told["not_held"].as_u64().unwrap());
    assert_eq!(held + gone, 200, "every exchange is counted: {told}");
    assert!((5..50).contains(&held), "{held} exchanges in 16 KiB");
}

#[test]
fn where_nothing_is_proposed_it_is_said_above_and_why_and_nothing_stands_under_other_keys() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let good = report::exchange::EXAMPLE.replace('\n', "") + "\n";
    std::fs::write(file("log.ndjson"), good.repeat(3)).unwrap();
    let mine = "mode: observe\nupstreams: {a: {url: \"http://127.0.0.1:1\"}}\nalerts:\n  drain_timeout: 5s\n";
    std::fs::write(file("mine.yaml"), mine).unwrap();
    let log = file("log.ndjson");
    let ran = tidegate(["config", "propose", "--exchange-log", &log, "--config", &file("mine.yaml")]);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let (yaml, said) = (text(&ran.stdout), text(&ran.stderr));
    let why = "speaks for no intent, and a person must decide";
    assert!(yaml.contains("# NOTHING IS PROPOSED: ") && yaml.contains(why), "{yaml}");
    assert!(said.contains("nothing is proposed: ") && said.contains(why), "{said}");
    assert!(yaml.ends_with(mine), "the configuration as it was given: {yaml}");
    assert!(yaml.find("# decide: ").unwrap() < yaml.find("mode: observe").unwrap(), "{yaml}");
    let ran = tidegate(["config", "propose", "--exchange-log", &log, "--format", "json"]);
    let told: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(told["nothing"].as_str().unwrap().contains(why), "{told}");
}

#[test]
fn what_cannot_be_read_or_written_is_told_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let good = report::exchange::EXAMPLE.replace('\n', "") + "\n";
    let log = file("log.ndjson", &good.repeat(200));
    // A page that everybody reads, and that tells of nobody: something to propose.
    let mut page = report::exchange::parse(good.trim_end()).unwrap();
    (page.classes, page.disclosed, page.outcome) = (domain::ClassSet::EMPTY, 0, domain::Outcome::Served);
    (page.principal, page.caller, page.status) = (None, "anonymous".into(), 200);
    page.signals.clear();
    page.subjects.clear();
    let pages: String = (1..=30_u8)
        .map(|n| {
            page.client = std::net::Ipv4Addr::new(192, 0, 2, n).into();
            report::exchange::line(&page) + "\n"
        })
        .collect();
    let pages = file("pages.ndjson", &pages);
    let some = file("some.ndjson", &(good.repeat(200) + "{\"class_uid\":4002}\nnonsense\n"));
    let many = file("many.ndjson", &(good.repeat(9) + &"x".repeat(3 << 20) + "\nno\n"));
    let none = file("none.ndjson", "nonsense\n");
    let flow = file("flow.yaml", "upstreams: {a: {url: \"http://127.0.0.1:1\"}}\nendpoints: {}\n");
    let bad = file("bad.yaml", "upstreems: {}\n");
    let there = file("there.yaml", "mine\n");
    for (arguments, code, told) in [
        (vec!["inventory", "--exchange-log", "/nowhere/log"], 2, "/nowhere/log"),
        (vec!["inventory", "--exchange-log", &none], 2, "no exchange"),
        (vec!["inventory", "--exchange-log", &some], 0, "2 of 202 lines"),
        (vec!["inventory", "--exchange-log", &many], 2, "2 of 11 lines"),
        (vec!["inventory", "--state", "/nowhere"], 2, "no gateway listens"),
        (vec!["inventory", "--exchange-log", &log, "--state", "x"], 64, "cannot be used with"),
        (vec!["inventory", "--exchange-log", &log, "--spec", &bad], 2, "could not be judged"),
        (vec!["config", "propose", "--state", "/nowhere"], 2, "no gateway listens on /nowhere/admin.sock"),
        (vec!["config", "propose", "--exchange-log", &log, "--state", "x"], 64, "cannot be used with"),
        (vec!["config", "propose", "--exchange-log", "/nowhere"], 2, "help: name an exchange log"),
        (vec!["config", "propose", "--exchange-log", &none], 2, "no exchange"),
        (vec!["config", "propose", "--exchange-log", &some], 0, "2 of 202 lines"),
        (vec!["config", "propose", "--exchange-log", &many], 2, "one line in a hundred"),
        (vec!["config", "propose", "--exchange-log", "/dev/null"], 2, "is no file"),
        (vec!["config", "propose", "--exchange-log", &log, "-c", "/nowhere"], 2, "read /nowhere"),
        (vec!["config", "propose", "--exchange-log", &log, "-c", &bad], 2, "upstreams"),
        (vec!["config", "propose", "--exchange-log", &pages], 0, "1 endpoints and 0 roles proposed"),
        (vec!["config", "propose", "--exchange-log", &pages, "-c", &flow], 2, "line 2: `endpoints`"),
        (vec!["config", "propose", "--exchange-log", &log, "-o", &there], 2, "is there already"),
        (vec!["config", "propose", "--exchange-log", &log, "-c", &there, "-o", &there, "--force"], 2, ""),
        (vec!["config", "propose", "--exchange-log", &log, "-o", &log, "--force"], 2, "name another file"),
        (vec!["config", "propose", "--exchange-log", &log, "--force"], 64, "--out"),
    ] {
        let ran = tidegate(&arguments);
        let said = text(&ran.stderr);
        assert!(
            ran.status.code() == Some(code) && said.contains(told),
            "{arguments:?}: {:?} {said}",
            ran.status
        );
    }
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine\n");
    assert_eq!(std::fs::read_to_string(&log).unwrap().len(), good.len() * 200);
}
