//! Upstreams are apart: what one does costs the others nothing, and each sees what it is meant to see.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::integer_division,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use std::time::{Duration, Instant};

use sha2::Digest;
use testkit::client::{Answer, Ask};
use testkit::upstream::{Act, Upstream};

use common::{Gate, people};

/// What the vendor's service is called by.
const VENDOR: &str = "openapi: 3.0.3\ninfo: {title: vendor, version: '1'}\npaths:\n  /vendor/{id}:\n    get:\n      parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n      responses: {'200': {description: ok}}\n";

/// The shop, which answers at once, and a vendor of which `vendor` says more.
async fn gate(shop: &Upstream, vendor: &Upstream, more: &str) -> Gate {
    let yaml = format!(
        "mode: guard\nrespond: {{mode: off}}\nupstream: shop\nupstreams:\n  shop: {{url: UPSTREAM}}\n  vendor:\n    url: http://{}\n{more}\nspecs: [{{file: vendor.yaml, upstream: vendor}}]\n",
        vendor.address()
    );
    let files = [("vendor.yaml", VENDOR), ("vendor.credential", "a-secret-of-the-gate-0123456789")];
    Gate::configured(shop.address(), &yaml, &files).await
}

async fn shop() -> Upstream {
    Upstream::start(|_| Act::json(200, r#"{"stock":7}"#)).await.unwrap()
}

async fn send(gate: &Gate, ask: &Ask) -> Answer {
    gate.client().send(ask).await.unwrap()
}

/// So many asks of each gate in one round.
const ASKS: usize = 200;

/// The shop's answers through two gateways by turns, so that what the machine does besides slows both: the
/// durations through each, the shortest first.
async fn by_turns(gates: [&Gate; 2]) -> [Vec<Duration>; 2] {
    let mut clients = gates.map(Gate::client);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ASKS {
        for (client, times) in clients.iter_mut().zip(&mut times) {
            let began = Instant::now();
            assert_eq!(client.send(&Ask::get("/stock")).await.unwrap().status, 200);
            times.push(began.elapsed());
        }
    }
    times.each_mut().map(|times| {
        times.sort();
        std::mem::take(times)
    })
}

/// How many times as long the second takes as the first, at the median and at the 99th of a hundred.
fn dearer([alone, beside]: &[Vec<Duration>; 2]) -> [f64; 2] {
    [50, 99].map(|part| {
        let at = |times: &[Duration]| times[times.len() * part / 100].as_secs_f64();
        at(beside) / at(alone)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_upstream_that_hangs_and_leaks_costs_the_other_nothing() {
    let shop = shop().await;
    let vendor = Upstream::start(|request| match request.target().ends_with("/leak") {
        true => Act::json(200, &people(0..200)),
        false => Act::Hang,
    })
    .await
    .unwrap();
    // It never comes to the breaker: its callers wait, and wait.
    let connection = "    connection: {response_timeout: 20s, concurrent: 40, breaker: {failures: 0}}";
    let (alone, gate) = (gate(&shop, &vendor, connection).await, gate(&shop, &vendor, connection).await);
    let hanging: Vec<_> = (0..60)
        .map(|nth| {
            let mut client = gate.client();
            let path = if nth % 2 == 0 { "/vendor/hang" } else { "/vendor/leak" };
            tokio::spawn(async move { client.send(&Ask::get(path)).await.unwrap().status })
        })
        .collect();
    let vendors = |path: &str| vendor.recorded().iter().filter(|one| one.target() == path).count();
    while vendors("/vendor/hang") < 25 || vendors("/vendor/leak") < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What the vendor costs would show in each of three rounds; what the machine does besides does not.
    let mut rounds = Vec::new();
    for _ in 0..3 {
        rounds.push(dearer(&by_turns([&alone, &gate]).await));
    }
    assert!(hanging.iter().filter(|one| !one.is_finished()).count() >= 20, "the vendor hangs meanwhile");
    let least = [0, 1].map(|part| rounds.iter().map(|round| round[part]).fold(f64::INFINITY, f64::min));
    assert!(
        least[0] < 1.5 && least[1] < 2.0,
        "median and p99 beside the vendor, times those without: {rounds:?}"
    );
    hanging.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(gate.accounted().1 <= 20, "the leak stays within its budget");
}

/// Memory of the process of `gate` in MiB: now, and at most since it began.
fn memory(gate: &Gate) -> [u64; 2] {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gate.process.id())).unwrap();
    ["VmRSS:", "VmHWM:"].map(|key| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_takes_no_more_memory_than_three_buffers_for_each_of_its_places() {
    const MIB: usize = 1 << 20;
    let shop = shop().await;
    let vendor = Upstream::start(|request| {
        let length = if request.target().ends_with("/hang") { 4 * MIB } else { 64 * MIB };
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n[");
        let mut bytes = head.into_bytes();
        // One hangs before its end, within the buffer; one leaks on and on, beyond it.
        let enough = if length > 4 * MIB { length } else { length - MIB / 4 };
        while bytes.len() < enough {
            bytes.extend_from_slice(
                b"{\"id\":7,\"text\":\"nobody is in here, and it is long all the same\"},",
            );
        }
        Act::Write(bytes)
    })
    .await
    .unwrap();
    let connection = "    connection: {response_timeout: 20s, body_idle_timeout: 20s, concurrent: 8, breaker: {failures: 0}}";
    let gate = gate(&shop, &vendor, connection).await;
    // Warm: what it needs anyway is there before it is measured.
    let _ = by_turns([&gate, &gate]).await;
    let [before, _] = memory(&gate);
    // 120 callers who ask and never read: 480 MiB, if each had a buffer of its own.
    let mut callers = Vec::new();
    for nth in 0..120 {
        let path = if nth % 2 == 0 { "/vendor/hang" } else { "/vendor/leak" };
        let mut caller = tokio::net::TcpStream::connect(gate.address).await.unwrap();
        let asked = format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\n\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut caller, asked.as_bytes()).await.unwrap();
        callers.push(caller);
    }
    common::eventually("answers held", || (memory(&gate)[0] >= before + 24).then_some(())).await;
    // Until nothing more is taken in.
    let mut held = 0;
    while memory(&gate)[0] > held + 1 {
        held = memory(&gate)[0];
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let [_, most] = memory(&gate);
    // A place holds what it reads (which grows by half as it does), what is judged, and what waits for its
    // caller; the rest is 120 connections.
    assert!(most < before + 8 * 4 * 3 + 48, "{before} MiB before, {most} MiB at most");
    assert!(vendor.recorded().len() <= 8, "{} asked at a time", vendor.recorded().len());
    drop(callers);
}

#[tokio::test]
async fn an_endpoint_goes_to_the_upstream_that_its_intent_names() {
    let (shop, vendor) = (shop().await, shop().await);
    let spec = VENDOR.replace(
        "    get:\n",
        "    get:\n      x-tidegate: {audience: {public: {reason: a window, owner: web, expires: 2099-01-01}}, upstream: vendor}\n",
    );
    let public = "audience: {public: {reason: a window of the vendor, owner: web team, expires: 2099-01-01}}";
    let yaml = format!(
        "mode: guard\nupstream: shop\nupstreams:\n  shop: {{url: UPSTREAM}}\n  vendor: {{url: 'http://{}'}}\nspecs: [{{file: vendor.yaml}}]\nendpoints:\n  GET /parcels/{{id}}: {{{public}, upstream: vendor}}\n  GET /stock: {{{public}}}\n",
        vendor.address()
    );
    let gate = Gate::configured(shop.address(), &yaml, &[("vendor.yaml", &spec)]).await;
    for path in ["/parcels/7", "/vendor/7", "/stock", "/parcels", "/elsewhere"] {
        assert_eq!(send(&gate, &Ask::get(path)).await.status, 200, "{path}");
    }
    let asked = |upstream: &Upstream| -> Vec<String> {
        upstream.recorded().iter().map(|one| one.target().to_owned()).collect()
    };
    assert_eq!(asked(&vendor), ["/parcels/7", "/vendor/7"]);
    assert_eq!(asked(&shop), ["/stock", "/parcels", "/elsewhere"]);
    // A name that no upstream has is told with its place, at both.
    let wrong = yaml
        .replace("mode: guard", "mode: guard\ndirect: true")
        .replace("upstream: vendor}", "upstream: vendr}")
        .replace("UPSTREAM", "http://127.0.0.1:1");
    common::write(
        gate.folder(),
        &[("wrong.yaml", &wrong), ("vendor.yaml", &spec.replace(": vendor}", ": vendr}"))],
    );
    let ran = common::tidegate(["config", "validate", gate.folder().join("wrong.yaml").to_str().unwrap()]);
    let said = common::text(&ran.stderr);
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert_eq!(said.matches("error[CONFIG-005]: there is no upstream `vendr`").count(), 2, "{said}");
    assert!(said.contains("help: there is `shop`, `vendor`"), "{said}");
    assert!(said.contains("wrong.yaml:9:") && said.contains("vendor.yaml:"), "{said}");
}

#[tokio::test]
async fn an_upstream_that_does_not_answer_is_left_alone_and_tried_again_by_one() {
    let shop = shop().await;
    let vendor = Upstream::start(|request| match request.target() {
        "/vendor/well" => Act::json(200, "{}"),
        _ => Act::Hang,
    })
    .await
    .unwrap();
    let connection = "    connection: {response_timeout: 200ms, breaker: {failures: 3, open: 1s}}";
    let gate = gate(&shop, &vendor, connection).await;
    for _ in 0..3 {
        assert_eq!(send(&gate, &Ask::get("/vendor/1")).await.status, 504);
    }
    let began = Instant::now();
    let answer = send(&gate, &Ask::get("/vendor/1")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(began.elapsed() < Duration::from_millis(150), "nobody waits for it");
    assert_eq!(vendor.recorded().len(), 3, "nothing was sent");
    assert_eq!(send(&gate, &Ask::get("/stock")).await.status, 200, "the shop is not left alone");
    let failed = gate.logged("upstream failed", 4).await;
    assert_eq!((&failed[3]["cause"], &failed[3]["upstream"]), (&"left-alone".into(), &"vendor".into()));

    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(send(&gate, &Ask::get("/vendor/well")).await.status, 200, "the trial");
    assert_eq!(send(&gate, &Ask::get("/vendor/well")).await.status, 200);
    // An answer that says it failed is an answer.
    assert_eq!(gate.metric("tidegate_upstream_failures_total", r#"cause="left-alone""#).await, 1.0);
}

#[tokio::test]
async fn a_clients_credential_goes_only_to_upstreams_that_declare_it() {
    const PLACES: [&str; 6] =
        ["authorization", "cookie", "x-api-key", "apikey", "x-auth-token", "x-access-token"];
    let carried = |request: &testkit::upstream::Recorded| {
        let query = request.target().split_once('?').map(|(_, query)| query.to_owned());
        (PLACES.map(|name| request.header(name).map(str::to_owned)), query)
    };
    let query = "a=1&access_token=of-the-client&api%5Fkey=of-the-client&page=2".to_owned();
    // The target is written anew from what was judged: `%5F` is an underscore.
    let all = (PLACES.map(|_| Some("of=the-client".to_owned())), Some(query.replace("%5F", "_")));
    let none = (PLACES.map(|_| None), Some("a=1&page=2".to_owned()));
    for (more, vendor_sees) in [
        ("    operator: Vendor Ltd", none.clone()),
        ("    credentials: withhold", none.clone()),
        ("    credentials: forward", all.clone()),
    ] {
        let (shop, vendor) = (shop().await, shop().await);
        let gate = gate(&shop, &vendor, more).await;
        for path in ["/stock", "/vendor/1"] {
            let ask = Ask::get(format!("{path}?{query}"));
            let ask = PLACES.iter().fold(ask, |ask, name| ask.with(name, "of=the-client"));
            assert_eq!(send(&gate, &ask).await.status, 200);
        }
        assert_eq!(carried(&shop.recorded()[0]), all, "the upstream of everything, {more}");
        assert_eq!(carried(&vendor.recorded()[0]), vendor_sees, "{more}");
    }
}

#[tokio::test]
async fn tidegate_shows_an_upstream_its_own_credential_whatever_the_client_wrote_there() {
    let (shop, vendor) = (shop().await, shop().await);
    let shows = "    shows: {header: X-Gate-Credential, secret_file: vendor.credential}";
    let gate = gate(&shop, &vendor, shows).await;
    for ask in [Ask::get("/vendor/1"), Ask::get("/vendor/1").with("x-gate-credential", "forged")] {
        assert_eq!(send(&gate, &ask).await.status, 200);
    }
    assert_eq!(send(&gate, &Ask::get("/stock")).await.status, 200);
    for seen in vendor.recorded() {
        assert_eq!(seen.header("x-gate-credential"), Some("a-secret-of-the-gate-0123456789"));
    }
    assert_eq!(shop.recorded()[0].header("x-gate-credential"), None, "it is the vendor's alone");
    let told = gate.log("listening").iter().map(ToString::to_string).collect::<String>();
    assert!(!told.contains("a-secret-of-the-gate"));
}

#[tokio::test]
async fn a_policy_says_which_service_calls_which_operation() {
    let shop = shop().await;
    let digest = |key: &str| {
        let sum = sha2::Sha256::digest(key.as_bytes());
        sum.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let keys: String = ["billing", "shipping"]
        .map(|name| {
            format!("    - {{name: {name}, partner: {name}, digest: 'sha256:{}'}}\n", digest(&key_of(name)))
        })
        .concat();
    let both = "audience: {partner: [billing, shipping]}, budget: [{subjects: 5, per: 1h}]";
    let yaml = format!(
        "mode: enforce\npolicies: [policies]\nidentify:\n  api_keys:\n{keys}endpoints:\n  GET /invoices/{{id}}: {{{both}}}\n  GET /parcels/{{id}}: {{{both}}}\n"
    );
    let policy = "@id(\"invoices\") permit (principal is Partner, action == Action::\"GET /invoices/{id}\", resource) when { principal.name == \"billing\" };";
    let gate = Gate::configured(shop.address(), &yaml, &[("policies/services.cedar", policy)]).await;
    for (service, path, status) in [
        ("billing", "/invoices/1", 200),
        ("shipping", "/invoices/1", 403),
        ("billing", "/parcels/1", 200),
        ("shipping", "/parcels/1", 200),
    ] {
        let ask = Ask::get(path).with("x-api-key", key_of(service));
        assert_eq!(send(&gate, &ask).await.status, status, "{service} {path}");
    }
}

fn key_of(service: &str) -> String {
    format!("a-long-and-random-key-of-{service}")
}
