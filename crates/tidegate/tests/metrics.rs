//! Every metric is moved by what it says it counts: a small workload through the real program, and a
//! metric that nothing moves fails.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::zombie_processes,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;
use testkit::client::{Address, Ask, Client};
use testkit::upstream::{Act, Recorded, Upstream};

use common::{BINARY, Gate, identifying, people, token, whole};

/// Declared doors, a policy that overflows for large numbers, one confirmed session an hour, and an
/// issuer that nobody can reach.
const CONFIGURATION: &str = "mode: guard
policies: [sums.cedar]
respond: {mode: propose}
ledger: {coalesce: 1}
endpoints:
  GET /orders/{id}: {audience: authenticated, owner: $.customer_id = claim.sub}
  GET /orders/{id}/receiver: {audience: authenticated, owner: \"parent GET /orders/{id}\"}
  GET /items/{id}: {audience: {public: {reason: window, owner: web, expires: 2031-12-31}}, limit: [{distinct: 4, per: 1h}]}
  GET /sums: {audience: {public: {reason: window, owner: web, expires: 2031-12-31}}}
";

const SUMS: &str = "@id(\"sums\")
forbid (principal, action == Action::\"GET /sums\", resource)
when { context.numbers.hasTag(\"query.n\") && context.numbers.getTag(\"query.n\") * 4611686018427387904 == 7 };
";

async fn upstream() -> Upstream {
    Upstream::start(answer).await.unwrap()
}

fn answer(request: &Recorded) -> Act {
    let target = request.target();
    let order = |id: usize| json!({ "id": id, "customer_id": id.to_string(), "email": common::email(id) });
    match target.split('/').collect::<Vec<_>>().as_slice() {
        [_, "people", page] => {
            let first = page.parse::<usize>().unwrap() * 10;
            Act::json(200, &people(first..first + 10))
        }
        [_, "orders", id, ..] => Act::json(200, &order(id.parse().unwrap()).to_string()),
        [_, "login"] => {
            let token = format!("issued-{}-0123456789abcdef", request.body.len());
            let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let user = json!({ "id": request.body.len(), "email": asked["email"] });
            Act::json(200, &json!({ "access_token": token, "user": user }).to_string())
        }
        [_, "broken"] => Act::WriteAndClose(b"HTTP/1.1 200 Fine\r\nContent-Length: 9\r\n\r\n{".to_vec()),
        [_, "slow"] => Act::Hang,
        _ => Act::json(200, r#"{"stock":7}"#),
    }
}

/// Sums by metric, and by metric and label where there is one label.
type Moved = BTreeMap<String, f64>;

/// Adds what a page of `/metrics` says, each metric under its name without the ending of its samples.
fn add(moved: &mut Moved, page: &str) {
    let families: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let (sample, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
        let family = ["_total", "_count", ""].iter().find_map(|ending| {
            let family = name.strip_suffix(ending)?;
            families.contains(family).then_some(family)
        });
        let Some(family) = family else { continue };
        let value: f64 = value.parse().unwrap();
        *moved.entry(family.to_owned()).or_default() += value;
        *moved.entry(format!("{family}{{{labels}")).or_default() += value;
    }
}

/// Guard mode with everything declared that can be: who, whose, how often.
async fn a_day_at_the_shop(moved: &mut Moved) {
    let upstream = upstream().await;
    let yaml = identifying(CONFIGURATION)
        + "    - {issuer: \"https://gone.example\", audience: shop, jwks: \"http://127.0.0.1:1/jwks.json\"}\n  confirmed_per_network_and_hour: 1\n";
    let mut gate = Gate::by("demo-gateway", upstream.address(), &yaml, &[("sums.cedar", SUMS)]).await;
    let mut client = gate.client();
    // Verified tokens are forgotten at a reload, so it comes first.
    assert!(gate.reload(&[]).await);
    let mut ask = async |ask: Ask| client.send(&ask).await.unwrap().status;
    // There is little room for counts of repeated reads: later ones push earlier ones out to the disk.
    for id in 1..=60 {
        for _ in 0..2 {
            assert_eq!(ask(Ask::get(format!("/orders/{id}")).bearer(&token(id))).await, 200);
        }
    }
    assert_eq!(ask(Ask::get("/orders/1/receiver").bearer(&token(1))).await, 200);
    assert_eq!(ask(Ask::get("/items/1")).await, 200);
    assert_eq!(ask(Ask::get("/sums?n=1")).await, 200);
    assert_eq!(ask(Ask::get("/sums?n=4")).await, 403, "the policy cannot be evaluated");
    // A door is learned from its first answer.
    assert_eq!(ask(Ask::post("/login", "{}")).await, 200);
    for name in ["ann", "berta"] {
        let body = json!({ "email": format!("{name}@mail.example"), "password": "p" }).to_string();
        assert_eq!(ask(Ask::post("/login", body)).await, 200);
    }
    for page in 1..=3 {
        assert_eq!(ask(Ask::get(format!("/people/{page}"))).await, if page < 3 { 200 } else { 429 });
    }
    assert_eq!(ask(Ask::get("/broken")).await, 502);
    gate.logged("budget of data subjects spent", 1).await;
    gate.logged("policy failed to evaluate", 1).await;
    // Notes, such as ends of exposures and counts of reads, are written within a second.
    let written = |text: &str| {
        ["intended", "completed", "repeated", "confirmed", "other"].iter().all(|kind| {
            let sample = format!("tidegate_ledger_entries_total{{kind=\"{kind}\"}} ");
            text.lines().any(|line| line.strip_prefix(&sample).is_some_and(|value| value != "0"))
        })
    };
    let (mut slow, asked) = (gate.client(), Ask::get("/slow"));
    let hanging = slow.send(&asked);
    let looking = async {
        let until = tokio::time::Instant::now() + common::PATIENCE / 3;
        loop {
            let page = gate.admin("/metrics").await.1;
            if written(&page) && !page.contains("tidegate_in_flight 0") {
                break page;
            }
            assert!(tokio::time::Instant::now() < until, "{page}");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let page = tokio::select! {
        page = looking => page,
        answer = hanging => panic!("{answer:?}"),
    };
    add(moved, &page);
}

/// Observe mode on a disk that is full.
async fn a_full_disk(moved: &mut Moved) {
    let upstream = upstream().await;
    let gate = Gate::after("trap '' XFSZ", upstream.address(), "--observe --direct").await;
    for page in 1..=3 {
        assert_eq!(gate.get(&format!("/people/{page}")).await.0, 200);
    }
    let pid = gate.process.id().to_string();
    assert!(Command::new("prlimit").args(["--pid", &pid, "--fsize=0:"]).status().unwrap().success());
    assert_eq!(gate.get("/people/9").await.0, 503);
    gate.logged("ledger unavailable", 1).await;
    let page = gate.admin("/metrics").await.1;
    assert!(page.contains("\ntidegate_ledger_healthy 0\n"), "{page}");
    add(moved, &page);
}

/// A ledger of which a sealed part is gone.
async fn a_lost_segment(moved: &mut Moved) {
    let upstream = upstream().await;
    let gate = Gate::guard(upstream.address()).await;
    assert_eq!(gate.get("/people/1").await.0, 200);
    let mut gate = gate.start_again().await;
    gate.stop().await;
    std::fs::remove_file(gate.state().join("segments/0000000001.seg")).unwrap();
    let gate = gate.start_again().await;
    gate.logged("a part of the ledger is lost", 1).await;
    add(moved, &gate.admin("/metrics").await.1);
}

/// A proxy that does not say whom it asks for.
async fn a_silent_proxy(moved: &mut Moved) {
    let upstream = upstream().await;
    let gate = Gate::with(upstream.address(), &["--guard", "--trust", "127.0.0.0/8"]).await;
    for _ in 0..2 {
        assert_eq!(gate.get("/stock").await.0, 200);
    }
    let page = gate.admin("/metrics").await.1;
    assert!(page.contains("\ntidegate_proxy_names_nobody_total 2\n"), "{page}");
    add(moved, &page);
}

/// Alerts of two incidents: one receiver takes them, one is not there, and has room for one.
async fn alerts_that_arrive_and_that_do_not(moved: &mut Moved) {
    let (upstream, receiver) = (upstream().await, Upstream::start(|_| Act::json(202, "{}")).await.unwrap());
    let alerts = format!(
        "alerts:\n  webhooks:\n    there: {{url: 'http://{}/'}}\n    gone: {{url: 'http://127.0.0.1:1/'}}\n  spool: {{count: 1}}\n",
        receiver.address()
    );
    let gate = Gate::configured(upstream.address(), &format!("mode: guard\n{alerts}"), &[]).await;
    // Two incidents: nothing relates them.
    for (network, door) in [(1, "people"), (2, "orders")] {
        let mut client = gate.client_from([127, 0, network, 1].into());
        for id in 1..=4 {
            client.send(&Ask::get(format!("/{door}/{id}"))).await.unwrap();
        }
    }
    // A third walks: it is refused for it.
    let mut client = gate.client_from([127, 0, 3, 1].into());
    for id in 30..=48 {
        client.send(&Ask::get(format!("/orders/{id}"))).await.unwrap();
    }
    gate.logged("action taken", 1).await;
    gate.logged("alerts dropped", 1).await;
    receiver.until(1).await;
    add(moved, &gate.admin("/metrics").await.1);
}

/// A standard error that nobody reads holds nothing up: lines are dropped, and counted.
async fn a_stopped_log(moved: &mut Moved) {
    let upstream = upstream().await;
    let folder = tempfile::tempdir().unwrap();
    let yaml = whole(upstream.address(), "mode: observe\nlog: {level: debug}\n");
    common::write(folder.path(), &[("tidegate.yaml", &yaml)]);
    let mut child = Command::new(BINARY)
        .args(["serve", "--config", "tidegate.yaml"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = lines.find_map(|line| testkit::process::listening(&line.unwrap())).unwrap();
    let asks = (0..4).map(|_| async move {
        let mut client = Client::new([127, 0, 0, 1].into(), &Address::new(address));
        // Above what a queue of 8,192 lines and a pipe hold.
        for _ in 0..2_600 {
            assert_eq!(client.send(&Ask::get("/stock")).await.unwrap().status, 200);
        }
    });
    let asks: Vec<_> = asks.map(tokio::spawn).collect();
    for one in asks {
        one.await.unwrap();
    }
    let page = common::admin(&folder.path().join("tidegate-state"), "/metrics").await.1;
    child.kill().unwrap();
    child.wait().unwrap();
    add(moved, &page);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_is_in_the_manual_and_moved_by_what_it_counts() {
    let mut moved = Moved::new();
    a_day_at_the_shop(&mut moved).await;
    a_full_disk(&mut moved).await;
    a_lost_segment(&mut moved).await;
    a_silent_proxy(&mut moved).await;
    alerts_that_arrive_and_that_do_not(&mut moved).await;
    a_stopped_log(&mut moved).await;

    let families: BTreeSet<&str> =
        moved.keys().filter(|name| !name.contains('{')).map(String::as_str).collect();
    let manual: BTreeSet<&str> = include_str!("../../../docs/operating.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|name| name.starts_with("tidegate_"))
        .map(|name| name.trim_end_matches("_total"))
        .collect();
    assert_eq!(manual, families, "docs/operating.md and /metrics");

    let still: Vec<&str> = families.iter().copied().filter(|name| moved[*name] <= 0.0).collect();
    assert!(still.is_empty(), "nothing moves {still:?}");
    // Where each word of a label has a part of the program behind it, each must have moved.
    let words = |family: &str| -> Vec<(&String, f64)> {
        let own = format!("{family}{{");
        moved.iter().filter(|(name, _)| name.starts_with(&own)).map(|(name, value)| (name, *value)).collect()
    };
    for (family, many) in [
        ("tidegate_table_entries", 7),
        ("tidegate_ledger_entries", 5),
        ("tidegate_reloads", 1),
        ("tidegate_key_set_refreshes", 2),
        ("tidegate_disclosed_subjects", 4),
    ] {
        let still: Vec<_> = words(family).into_iter().filter(|(_, value)| *value <= 0.0).collect();
        let moving = words(family).len() - still.len();
        assert!(moving >= many, "{family}: nothing moves {still:?}");
    }
    // Plausible: an answer took the upstream some time, and no longer than the whole exchange.
    for name in ["tidegate_upstream_seconds", "tidegate_exchange_seconds", "tidegate_ledger_wait_seconds"] {
        assert!(moved[name] >= 10.0, "{name} {}", moved[name]);
    }
    assert!(moved["tidegate_upstream_seconds"] <= moved["tidegate_exchange_seconds"]);
    assert!(moved["tidegate_ledger_bytes"] >= 60.0 * moved["tidegate_ledger_entries{kind=\"intended\"}"]);
}
