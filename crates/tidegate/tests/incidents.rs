//! The gateway acts: a walk is one incident, its leak ends, nobody's own records are withheld, and what a
//! person does holds over a kill.
// long: one shop and one walk stand behind everything that people and the ladder do here
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
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::client::Ask;
use testkit::upstream::{Act, Recorded, Upstream};

use common::{Gate, email, person, text, tidegate, token};

/// Budgets that let everything through: what ends a leak here is an action.
const WIDE: &str = "budgets:
  address: [{ subjects: 100000, per: 1h }]
  network: [{ subjects: 100000, per: 1h }]
  confirmed: [{ subjects: 100000, per: 1h }]
  verified: [{ subjects: 100000, per: 1h }]
  anonymous_endpoint: [{ subjects: 100000, per: 1h }]
  anonymous_everywhere: [{ subjects: 100000, per: 1h }]
";

/// Orders by number, own orders, a list of customers, stock; nothing else is there.
async fn shop() -> Upstream {
    Upstream::start(|request: &Recorded| {
        let target = request.target();
        let parts: Vec<&str> = target.split('?').next().unwrap().split('/').skip(1).collect();
        let number = parts.last().and_then(|last| last.parse::<usize>().ok());
        match (parts.as_slice(), number) {
            (["orders", _], Some(number)) => {
                Act::json(200, &json!({ "id": number, "customer": person(number) }).to_string())
            }
            (["my", "orders", _], Some(number)) => {
                let order =
                    json!({ "id": number, "customer_id": number % 100, "email": email(number % 100) });
                Act::json(200, &order.to_string())
            }
            (["people"], _) => {
                let size =
                    target.split("size=").nth(1).and_then(|size| size.parse::<usize>().ok()).unwrap_or(1);
                let people: Vec<_> = (1..=size).map(person).collect();
                Act::json(200, &json!({ "people": people }).to_string())
            }
            (["stock"], _) => Act::json(200, r#"{"stock":7}"#),
            _ => Act::json(404, r#"{"error":"not found"}"#),
        }
    })
    .await
    .unwrap()
}

/// The `n`th source, each in a /24 of its own.
fn source(n: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 9, n, 1)
}

async fn ask(gate: &Gate, from: u8, target: &str) -> u16 {
    gate.client_from(source(from)).send(&Ask::get(target)).await.unwrap().status
}

/// Walks until it is refused, at most `most` steps: how many records it was told of.
async fn walk(gate: &Gate, from: u8, first: usize, most: usize) -> usize {
    let mut client = gate.client_from(source(from));
    for step in 0..most {
        if client.send(&Ask::get(format!("/orders/{}", first + step))).await.unwrap().status != 200 {
            return step;
        }
        // As fast as a person could click: an answer leaves before its signal is acted upon.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    most
}

/// Runs `tidegate incident WORK` on the gateway's state.
fn incident(gate: &Gate, work: &[&str]) -> Output {
    let state = gate.state().display().to_string();
    tidegate([&["incident"], work, &["--state", &state, "--who", "the one on duty"]].concat())
}

fn incident_json(gate: &Gate, work: &[&str]) -> Value {
    let ran = incident(gate, &[work, &["--format", "json"]].concat());
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{work:?}: {}", text(&ran.stderr)))
}

/// Actions in force, as the list says.
fn in_force(gate: &Gate) -> Vec<Value> {
    let list = incident_json(gate, &["list"]);
    let actions = list["actions"].as_array().unwrap().clone();
    actions.into_iter().filter(|action| action["phase"] == "in-force").collect()
}

async fn started(mode: &str, shop: &Upstream, more: &str) -> Gate {
    Gate::configured(shop.address(), &format!("mode: {mode}\n{WIDE}{more}"), &[]).await
}

#[tokio::test]
async fn a_walk_is_one_incident_whose_leak_ends_until_a_person_undoes_it() {
    let shop = shop().await;
    let mut gate = started("guard", &shop, "").await;
    let told = walk(&gate, 1, 500, 200).await;
    assert!((2..40).contains(&told), "{told} records, and budgets let everything through");
    assert_eq!(ask(&gate, 1, "/orders/900").await, 429, "the source is refused at the endpoint");
    assert_eq!(ask(&gate, 1, "/stock").await, 200, "and only there");
    let answer = gate.client_from(source(1)).send(&Ask::get("/orders/901")).await.unwrap();
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert!(!answer.text().contains("ACT-") && !answer.text().contains("action"), "{}", answer.text());
    let refused = gate.logged("exchange refused", 1).await;
    let by = in_force(&gate)[0].clone();
    assert_eq!(
        (&refused[0]["kind"], &refused[0]["action"], &refused[0]["incident"]),
        (&json!("contained"), &by["id"], &by["incident"]),
        "whoever asks why finds what refused it"
    );
    let taken = gate.logged("action taken", 1).await;
    assert_eq!(taken[0]["named"], "GET /orders/{id}");

    let ran = incident(&gate, &["list"]);
    assert_eq!(ran.status.code(), Some(1), "something is open");
    let list = incident_json(&gate, &["list"]);
    let incidents = list["incidents"].as_array().unwrap();
    assert_eq!((incidents.len(), &list["running"]), (1, &json!(true)), "{incidents:?}");
    let id = incidents[0]["id"].as_str().unwrap().to_owned();
    assert!(text(&ran.stdout).contains(&id) && text(&ran.stdout).contains("GET /orders/{id}"));
    let opened = gate.logged("incident opened", 1).await;
    assert_eq!((opened.len(), opened[0]["incident"].as_str()), (1, Some(&*id)));
    let signal = &gate.log("signal")[0];
    assert_eq!(opened[0]["group"], signal["group"], "the line of the signal has the same group");
    let shown = text(&incident(&gate, &["show", &id]).stdout);
    for part in ["sequential-ids", "127.9.1.1", "GET /orders/{id}", "timeline", "429"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }

    // Undone, and for an hour it is only proposed. One after the other: there may be several.
    for action in in_force(&gate) {
        let ran = incident(&gate, &["undo", action["id"].as_str().unwrap()]);
        assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
        assert!(text(&ran.stdout).contains("undone") && text(&ran.stdout).contains("the one on duty"));
    }
    assert_eq!(ask(&gate, 1, "/orders/902").await, 200);
    assert!(gate.logged("action ended", 1).await.iter().all(|line| line["how"] == "undone"));

    let long = incident(&gate, &["note", &id, &"x".repeat(1001)]);
    assert_eq!(long.status.code(), Some(64));
    assert!(text(&long.stderr).contains("at most 1000 characters"), "{}", text(&long.stderr));
    let noted = incident(&gate, &["note", &id, "a partner's test,\u{1b} they say"]);
    assert_eq!(noted.status.code(), Some(0), "{}", text(&noted.stderr));
    assert!(!text(&noted.stdout).contains('\u{1b}'));
    assert!(text(&incident(&gate, &["show", &id]).stdout).contains("a partner's test"));
    assert_eq!(incident(&gate, &["close", &id]).status.code(), Some(0));
    assert_eq!(incident(&gate, &["list"]).status.code(), Some(0), "nothing is open");
    assert_eq!(incident(&gate, &["close", &id]).status.code(), Some(2));

    gate.stop().await;
    let log = gate.process.err().join("\n");
    for personal in ["127.9.", "ada.person", "partner's test", "on duty"] {
        assert!(!log.contains(personal), "{personal} is in the log");
    }
    // Without a gateway its file is read, and nobody acts.
    let shown = incident(&gate, &["show", &id]);
    assert_eq!(shown.status.code(), Some(0));
    assert!(
        text(&shown.stdout).contains("a partner's test") && text(&shown.stderr).contains("no gateway runs")
    );
    assert!(text(&shown.stdout).contains("closed by "), "{}", text(&shown.stdout));
    assert_eq!(incident_json(&gate, &["list"])["running"], false);
    assert_eq!(incident(&gate, &["close", &id]).status.code(), Some(2));
}

#[tokio::test]
async fn a_page_with_people_shuts_to_nobody_because_somebody_saw_it() {
    let shop = shop().await;
    for size in [2, 3, 10] {
        // Without any configuration: the budgets of `guard` bound what a visitor is told.
        let gate = Gate::after("true", shop.address(), "--guard --direct").await;
        for visitor in 1..=60 {
            assert_eq!(ask(&gate, visitor, "/stock").await, 200);
        }
        for network in 1..=5 {
            for _ in 0..2 {
                let status = ask(&gate, network, &format!("/people?page=1&size={size}")).await;
                assert_eq!(status, 200, "{size} people, network {network}");
                tokio::time::sleep(Duration::from_millis(150)).await;
            }
        }
        let opened = gate.logged("incident opened", 1).await;
        assert_eq!((opened.len(), &opened[0]["detector"]), (1, &json!("anonymous-data")), "{size}");
        assert_eq!(opened[0]["people"], size, "at the first answer");
        assert_eq!(in_force(&gate), Vec::<Value>::new());
        assert_eq!(incident_json(&gate, &["list"])["actions"], json!([]), "{size}: not proposed either");
    }
}

#[tokio::test]
async fn an_automatic_action_ends_by_itself() {
    let shop = shop().await;
    let gate = started("guard", &shop, "respond: {action_span: 10s}\n").await;
    let told = walk(&gate, 1, 500, 200).await;
    assert!(told < 40, "{told}");
    let action = in_force(&gate).into_iter().next().unwrap();
    let (since, until) = (action["since"].as_u64().unwrap(), action["until"].as_u64().unwrap());
    assert_eq!(until - since, 10_000);
    // Half-open it lets one through every ten seconds; until then nobody.
    let began = Instant::now();
    let passed = loop {
        if ask(&gate, 1, "/orders/950").await == 200 {
            break began.elapsed();
        }
        assert!(began.elapsed() < Duration::from_secs(25), "it never ends");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(passed > Duration::from_secs(5), "{passed:?}: in full force for ten seconds");
    assert_eq!(ask(&gate, 1, "/orders/951").await, 429, "the next must wait for the next ten seconds");
    gate.logged("action half-opened", 1).await;
}

#[tokio::test]
async fn a_quarantine_by_hand_is_in_force_again_after_a_kill_and_ends_by_itself() {
    let shop = shop().await;
    let mut gate = started("guard", &shop, "").await;
    assert_eq!(ask(&gate, 1, "/stock").await, 200);
    let act = ["act", "quarantine", "GET /stock", "--for", "12s", "--reason", "a leak is suspected"];
    let dry = incident(&gate, &[&act[..], &["--dry-run"]].concat());
    assert_eq!(dry.status.code(), Some(0));
    assert!(text(&dry.stdout).contains("would hit 1 other "), "{}", text(&dry.stdout));
    assert_eq!(ask(&gate, 1, "/stock").await, 200, "nothing was done");

    let began = Instant::now();
    let ran = incident(&gate, &act);
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    assert!(text(&ran.stderr).contains("would hit 1 other in ten minutes"), "{}", text(&ran.stderr));
    assert!(text(&ran.stdout).contains("ACT-1") && text(&ran.stdout).contains("a leak is suspected"));
    let answer = gate.client().send(&Ask::get("/stock")).await.unwrap();
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!(answer.status == 503 && (1..=12).contains(&wait), "{} {wait}", answer.status);
    assert_eq!(ask(&gate, 1, "/orders/1").await, 200, "other endpoints go on");
    let same = incident(&gate, &act);
    assert_eq!(same.status.code(), Some(2));
    assert!(text(&same.stderr).contains("ACT-1 does the same"), "{}", text(&same.stderr));

    gate.process.kill().unwrap();
    let gate = gate.start_again().await;
    assert_eq!(ask(&gate, 1, "/stock").await, 503, "from the first request on");
    assert_eq!(gate.logged("incidents restored", 1).await[0]["actions"], 1);
    let until = began + Duration::from_secs(30);
    while ask(&gate, 1, "/stock").await == 503 {
        assert!(Instant::now() < until, "it never ends");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(began.elapsed() >= Duration::from_secs(11), "not before its time");
    assert_eq!(gate.logged("action ended", 1).await[0]["how"], "expired");
}

#[tokio::test]
async fn an_upstream_by_its_name_and_a_source_are_closed_by_hand_and_what_makes_no_sense_is_said() {
    let shop = shop().await;
    let gate = started("guard", &shop, "").await;
    let why = ["--for", "1m", "--reason", "drill"];
    let act = |work: &[&str]| incident(&gate, &[&["act"], work, &why].concat());
    assert_eq!([ask(&gate, 4, "/orders/3").await, ask(&gate, 4, "/stock").await], [200, 200]);
    for (work, said) in [
        (&["isolate", "elsewhere"][..], "there is `shop`"),
        (&["quarantine", "stock"], "stock"),
        (&["refuse", "somebody"], "somebody"),
        (&["refuse", "anonymous"], "--endpoint"),
        (&["quarantine", "GET /stock", "--endpoint", "GET /stock"], "slow"),
        (&["quarantine", "GET /stock", "--incident", "INC-000000"], "INC-000000"),
    ] {
        let ran = act(work);
        assert_eq!(ran.status.code(), Some(2), "{work:?}");
        assert!(text(&ran.stderr).contains(said), "{work:?}: {}", text(&ran.stderr));
    }
    // What would do nothing is not done.
    for nowhere in ["GET /nowhere", "GET /nope/{id}"] {
        let unknown = act(&["quarantine", nowhere]);
        assert_eq!(unknown.status.code(), Some(2), "{nowhere}");
        assert!(text(&unknown.stderr).contains("is not declared"), "{}", text(&unknown.stderr));
    }
    // A path stands for the endpoint that it is one of.
    for (path, endpoint, asked) in
        [("GET /orders/3", "GET /orders/{id}", "/orders/4"), ("get /stock", "GET /stock", "/stock")]
    {
        let ran = act(&["quarantine", path]);
        assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
        assert!(
            text(&ran.stderr).contains(&format!("`{path}` is `{endpoint}` here")),
            "{}",
            text(&ran.stderr)
        );
        assert!(text(&ran.stdout).contains(&format!("quarantine  {endpoint}  503")), "{}", text(&ran.stdout));
        assert_eq!(ask(&gate, 4, asked).await, 503, "{path}");
        let done = in_force(&gate).pop().unwrap();
        assert_eq!(done["named"], endpoint);
        assert_eq!(done["target"]["endpoint"].as_str().map(str::len), Some(16), "a key is no number");
        assert_eq!(incident(&gate, &["undo", done["id"].as_str().unwrap()]).status.code(), Some(0));
    }
    assert_eq!(
        incident(&gate, &["act", "refuse", "127.0.0.1"]).status.code(),
        Some(64),
        "no span, no reason"
    );
    // Whom a network holds is said before; nobody need be named for that.
    let state = gate.state().display().to_string();
    let dry = ["incident", "act", "refuse", "127.9.0.0/16", "--dry-run", "--state", &state];
    let dry = std::process::Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .args([&dry[..], &why[..]].concat())
        .env_remove("USER")
        .output()
        .unwrap();
    assert_eq!(dry.status.code(), Some(0), "{}", text(&dry.stderr));
    assert!(text(&dry.stdout).starts_with("would hit 1 other in"), "{}", text(&dry.stdout));

    assert_eq!(act(&["refuse", "127.9.3.0/24"]).status.code(), Some(0));
    assert_eq!([ask(&gate, 3, "/stock").await, ask(&gate, 4, "/stock").await], [429, 200]);
    assert_eq!(act(&["refuse", "anonymous", "--endpoint", "GET /stock"]).status.code(), Some(0));
    assert_eq!([ask(&gate, 4, "/stock").await, ask(&gate, 4, "/orders/1").await], [429, 200]);
    assert_eq!(act(&["isolate", "shop"]).status.code(), Some(0));
    assert_eq!(ask(&gate, 4, "/orders/1").await, 503);
    let slow = Gate::configured(shop.address(), &format!("mode: guard\n{WIDE}"), &[]).await;
    assert_eq!(incident(&slow, &[&["act", "slow", "127.9.5.1"], &why[..]].concat()).status.code(), Some(0));
    let began = Instant::now();
    assert_eq!(ask(&slow, 5, "/stock").await, 200);
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    let kind = ["act", "slow", "anonymous", "--endpoint", "GET /stock"];
    let ran = incident(&slow, &[&kind[..], &why[..]].concat());
    assert_eq!(ran.status.code(), Some(0), "{}", text(&ran.stderr));
    let began = Instant::now();
    assert_eq!(ask(&slow, 6, "/stock").await, 200);
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_a_person_asks_in_vain_is_said_with_its_place_its_cause_and_what_to_do() {
    let shop = shop().await;
    let gate = started("guard", &shop, "").await;
    assert_eq!(ask(&gate, 1, "/stock").await, 200);
    let why = ["--for", "1m", "--reason", "drill"];
    let taken = incident(&gate, &[&["act", "quarantine", "GET /stock"], &why[..]].concat());
    assert_eq!(taken.status.code(), Some(0), "{}", text(&taken.stderr));
    assert_eq!(incident(&gate, &["undo", "ACT-1"]).status.code(), Some(0));
    let long = "x".repeat(201);
    let act = |work: &[&'static str]| [&["act"], work, &["--for", "1m", "--reason", "drill"]].concat();
    let stock = |rest: &[&'static str]| [&["act", "quarantine", "GET /stock"], rest].concat();
    let cases: Vec<(Vec<&str>, i32, &str, &str)> = vec![
        (vec!["undo", "ACT-999"], 2, "there is no ACT-999", "incident list"),
        (vec!["undo", "ACT-1"], 2, "ACT-1 is over", "incident list"),
        (vec!["accept", "ACT-6"], 2, "ACT-6 is no open proposal", "incident list"),
        (vec!["note", "INC-000000", "hm"], 2, "there is no INC-000000", "incident list"),
        (vec!["close", "INC-000000"], 2, "there is no INC-000000", "incident list"),
        (vec!["show", "INC-000000"], 2, "there is no INC-000000", "incident list"),
        (act(&["isolate", "nosuch"]), 2, "no upstream `nosuch`", "there is `shop`"),
        (act(&["quarantine", "GET /nowhere"]), 2, "`GET /nowhere` is not declared", "tidegate inventory"),
        (act(&["quarantine", "stock"]), 2, "stock", "GET /orders/{id}"),
        (act(&["refuse", "192.0.2.0/33"]), 2, "`192.0.2.0/33` is no source", "192.0.2.0/24"),
        (act(&["refuse", "principal:x"]), 2, "`principal:x`", "incident show"),
        (act(&["refuse", "anonymous"]), 2, "at an endpoint", "add `--endpoint"),
        (stock(&["--for", "48h", "--reason", "r"]), 64, "'48h' for '--for", "such as `15m`"),
        (stock(&["--for", "soon", "--reason", "r"]), 64, "'soon' for '--for", "such as `15m`"),
        (stock(&["--for", "1m", "--reason", " "]), 64, "for '--reason", "say why"),
        (vec!["note", "INC-000000", ""], 64, "a note has at least one letter", "the next one"),
        (
            vec!["act", "quarantine", "GET /stock", "--for", "1m", "--reason", &long],
            64,
            "at most 200 characters, and this has 201",
            "say why",
        ),
    ];
    for (work, code, said, help) in cases {
        let ran = incident(&gate, &work);
        let told = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(code), "{work:?}: {told}");
        assert!(told.starts_with("error: ") && told.contains(said), "{work:?}: {told}");
        let helps = told.split("help: ").nth(1).is_some_and(|told| told.contains(help));
        assert!(helps, "{work:?}: {told}");
        assert!(
            !told.contains("would hit") && ran.stdout.is_empty(),
            "judged before anything is said: {told}"
        );
    }
    // Who acts is asked when all else is judged, and before anything is said.
    let state = gate.state().display().to_string();
    let nameless = |target: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_tidegate"))
            .args([&["incident", "act", "quarantine", target, "--state", &state], &why[..]].concat())
            .env_remove("USER")
            .output()
            .unwrap()
    };
    let (nowhere, known) = (nameless("GET /nowhere"), nameless("GET /stock"));
    assert_eq!((nowhere.status.code(), known.status.code()), (Some(2), Some(64)));
    assert!(text(&nowhere.stderr).contains("is not declared"), "{}", text(&nowhere.stderr));
    let told = text(&known.stderr);
    assert!(
        told.contains("help: say who you are with `--who NAME`") && !told.contains("would hit"),
        "{told}"
    );
    assert_eq!(ask(&gate, 1, "/stock").await, 200, "nothing of all that was done");
}

#[tokio::test]
async fn whoever_trips_every_alarm_withholds_nobodys_own_records() {
    let shop = shop().await;
    // Scans are slowed: by little, for the attacker waits for each of its answers.
    let yaml = format!("mode: guard\n{WIDE}respond: {{slow_millis: 20}}\n");
    let gate = Gate::identifying(shop.address(), &yaml, &[]).await;
    let own = |customer: usize, order: usize| {
        Ask::get(format!("/my/orders/{}", order * 100 + customer)).bearer(&token(customer))
    };
    let mut people: Vec<_> = (1..=10).map(|customer| (customer, gate.client_from(source(100)))).collect();
    let (mut sent, mut refused) = (0, Vec::new());
    // The attacker shares the address of everybody, and walks through the very endpoint they use.
    let mut attacker = gate.client_from(source(100));
    for round in 0..30_usize {
        let stranger = Ask::get(format!("/my/orders/{}", 5000 + round));
        attacker.send(&stranger).await.unwrap();
        attacker.send(&Ask::get(format!("/my/orders/{}", 7000 + round)).bearer(&token(77))).await.unwrap();
        attacker.send(&Ask::get(format!("/admin/{round}/.env"))).await.unwrap();
        for (customer, client) in &mut people {
            let answer = client.send(&own(*customer, round % 3)).await.unwrap();
            sent += 1;
            if answer.status != 200 || !answer.text().contains(&email(*customer)) {
                refused.push((round, *customer, answer.status));
            }
        }
    }
    assert!(!in_force(&gate).is_empty(), "the alarms were tripped");
    // Of everybody at this endpoint: the address that all share, or the kind of traffic.
    let of_everybody = |action: &Value| {
        let (source, kind) = (&action["target"]["source"], &action["target"]["kind"]);
        action["measure"] == "refuse"
            && (source["party"]["network"].is_string() || kind["callers"] == "unidentified")
    };
    assert!(in_force(&gate).iter().any(of_everybody), "{:?}", in_force(&gate));
    let status = attacker.send(&Ask::get("/my/orders/9950")).await.unwrap().status;
    assert_eq!(status, 429, "at this very endpoint strangers are refused");
    assert_eq!((sent, refused), (300, Vec::new()));
}

#[tokio::test]
async fn people_behind_one_address_whose_tokens_name_them_are_no_crowd_of_thieves() {
    let shop = shop().await;
    let gate = Gate::identifying(shop.address(), &format!("mode: guard\n{WIDE}"), &[]).await;
    // Nobody declared whose an order is. Each of forty people reads the own one, from one address.
    let mut office = gate.client_from(source(101));
    for customer in 1..=40 {
        let own = Ask::get(format!("/my/orders/{customer}")).bearer(&token(customer));
        assert_eq!(office.send(&own).await.unwrap().status, 200, "customer {customer}");
    }
    assert_eq!(incident_json(&gate, &["list"])["incidents"], json!([]));
    // Forty tokens that each read one order of somebody else are seen.
    let mut thief = gate.client_from(source(102));
    let mut refused = 0;
    for customer in 41..=80 {
        let strange = Ask::get(format!("/my/orders/{}", customer - 20)).bearer(&token(customer));
        refused += usize::from(thief.send(&strange).await.unwrap().status == 429);
    }
    assert!(refused > 0, "{:?}", incident_json(&gate, &["list"]));
}

#[tokio::test]
async fn observe_refuses_nobody_and_says_whom_it_would_have() {
    let shop = shop().await;
    let gate = started("observe", &shop, "").await;
    assert_eq!(walk(&gate, 1, 500, 60).await, 60);
    assert!(!in_force(&gate).is_empty());
    let act = ["act", "quarantine", "GET /stock", "--for", "1m", "--reason", "drill"];
    assert_eq!(ask(&gate, 2, "/stock").await, 200);
    let ran = incident(&gate, &act);
    assert_eq!(ran.status.code(), Some(0));
    for said in [text(&ran.stdout), text(&incident(&gate, &["list"]).stdout)] {
        assert!(said.contains("mode is observe, nobody is refused") && !said.contains("in force"), "{said}");
    }
    assert_eq!(incident_json(&gate, &["list"])["acts"], false);
    assert_eq!(ask(&gate, 2, "/stock").await, 200);
    let told = gate.logged("exchange would be refused", 1).await;
    assert!(
        told.iter().all(|line| line["action"].as_str().is_some_and(|by| by.starts_with("ACT-"))),
        "{told:?}"
    );
    assert!(gate.metric("tidegate_would_refuse_total", r#"kind="contained""#).await >= 1.0);
    assert!(gate.metric("tidegate_would_refuse_total", r#"kind="quarantined""#).await >= 1.0);
    assert_eq!(gate.metric("tidegate_refusals_total", "").await, 0.0);
}

#[tokio::test]
async fn what_is_proposed_acts_once_a_person_takes_it_and_off_makes_no_incidents() {
    let shop = shop().await;
    let mut gate = started("guard", &shop, "respond: {mode: propose}\n").await;
    assert_eq!(walk(&gate, 1, 500, 40).await, 40);
    let proposed = gate.logged("action proposed", 1).await;
    assert!(in_force(&gate).is_empty());
    let list = incident_json(&gate, &["list"]);
    let of_source = |action: &&Value| action["rung"] == "refuse-source";
    let action = list["actions"].as_array().unwrap().iter().find(of_source);
    let id = action.unwrap_or_else(|| panic!("{proposed:?}"))["id"].as_str().unwrap().to_owned();
    assert_eq!(incident(&gate, &["accept", &id]).status.code(), Some(0));
    assert_eq!(ask(&gate, 1, "/orders/900").await, 429);

    let wider = common::whole(shop.address(), &format!("mode: guard\n{WIDE}respond: {{mode: off}}\n"));
    assert!(gate.reload(&[("tidegate.yaml", &wider)]).await);
    let before = incident_json(&gate, &["list"])["incidents"][0]["signals"].clone();
    assert_eq!(walk(&gate, 7, 2000, 40).await, 40);
    let list = incident_json(&gate, &["list"]);
    assert_eq!(list["incidents"].as_array().unwrap().len(), 1);
    assert_eq!(list["incidents"][0]["signals"], before);
}

#[tokio::test]
async fn a_file_of_incidents_that_cannot_be_read_keeps_no_gateway_from_starting() {
    let shop = shop().await;
    let mut gate = started("guard", &shop, "").await;
    walk(&gate, 1, 500, 40).await;
    gate.stop().await;
    assert_eq!(incident_json(&gate, &["list"])["incidents"].as_array().unwrap().len(), 1);
    std::fs::write(gate.state().join("incidents.db"), "no database at all").unwrap();
    let gate = gate.start_again().await;
    let told = gate.logged("file of incidents set aside", 1).await;
    assert_eq!(told[0]["level"], "ERROR");
    assert!(std::fs::exists(told[0]["file"].as_str().unwrap()).unwrap(), "{told:?}");
    assert_eq!(ask(&gate, 2, "/orders/1").await, 200);
    assert_eq!(incident_json(&gate, &["list"])["incidents"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_written_is_in_force_all_the_same_and_said_to_be_lost_with_a_restart() {
    let shop = shop().await;
    let gate = Gate::after("trap '' XFSZ", shop.address(), "--guard --direct").await;
    assert_eq!(ask(&gate, 1, "/stock").await, 200);
    let room = |bytes: &str| {
        let pid = gate.process.id().to_string();
        let bound = format!("--fsize={bytes}:");
        let set = std::process::Command::new("prlimit").args(["--pid", &pid, &bound]).status();
        assert!(set.unwrap().success());
    };
    room("0");
    let ran = incident(&gate, &["act", "quarantine", "GET /stock", "--for", "1h", "--reason", "drill"]);
    assert_eq!(ran.status.code(), Some(3), "{}", text(&ran.stderr));
    assert!(text(&ran.stderr).contains("a restart would not know of it"), "{}", text(&ran.stderr));
    assert_eq!(ask(&gate, 1, "/stock").await, 503);
    assert_eq!(gate.logged("incidents not kept", 1).await[0]["level"], "ERROR");
    assert_eq!(gate.metric("tidegate_incidents_kept", "").await, 0.0);
    room("unlimited");
    gate.logged("incidents kept again", 1).await;
    assert_eq!(gate.metric("tidegate_incidents_kept", "").await, 1.0);
    // Now a restart would: its file has the action.
    let mut gate = gate;
    gate.process.kill().unwrap();
    assert_eq!((in_force(&gate).len(), &incident_json(&gate, &["list"])["running"]), (1, &json!(false)));
}

#[tokio::test]
async fn a_baseline_begins_anew_by_a_person_and_stands_in_the_audit_trail() {
    let shop = shop().await;
    let gate = Gate::configured(shop.address(), &format!("mode: guard\n{WIDE}"), &[]).await;
    assert_eq!(gate.get("/orders/7").await.0, 200);
    let state = gate.state().display().to_string();
    let reset = |endpoint: &str, more: &[&str]| {
        let mut arguments =
            vec!["incident", "baseline", endpoint, "--state", &state, "--who", "ops@example.com"];
        arguments.extend(more);
        tidegate(arguments)
    };
    let unknown = reset("GET /nowhere/{id}", &["--reason", "a sale"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", text(&unknown.stderr));
    assert_eq!(reset("GET /orders/{id}", &[]).status.code(), Some(64), "a reason is asked for");
    assert!(!gate.state().join("audit.ndjson").exists(), "what is not done is not in the trail");
    let done = reset("GET /orders/{id}", &["--reason", "the catalogue has twice the orders now"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(text(&done.stdout).starts_with("the baselines of `GET /orders/{id}` begin anew: 400 "));
    let trail = std::fs::read_to_string(gate.state().join("audit.ndjson")).unwrap();
    let line: Value = serde_json::from_str(trail.trim()).unwrap();
    assert_eq!(
        (&line["did"], &line["who"], &line["reason"], &line["endpoint"]),
        (
            &json!("reset-baseline"),
            &json!("ops@example.com"),
            &json!("the catalogue has twice the orders now"),
            &json!("GET /orders/{id}")
        )
    );
    assert_eq!(gate.logged("baseline reset by hand", 1).await[0]["level"], "WARN");
}
