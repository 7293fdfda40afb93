//! What each mode does with the same requests, and what a declaration changes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use serde_json::{Value, json};
use testkit::client::{Answer, Ask};
use testkit::shop::keys;
use testkit::upstream::{Act, Recorded, Upstream};

use common::{Gate, disclosed, people, person, token, whole};

const ORIGIN: &str = "https://shop.example";

/// A small shop: pages of ten people, orders of customers 7 and 8, a public page with CORS.
async fn shop() -> Upstream {
    Upstream::start(answer).await.unwrap()
}

fn answer(request: &Recorded) -> Act {
    let order = |id: usize, customer: usize| json!({ "order": id, "customer_id": customer, "name": format!("Ada Person{customer}"), "email": common::email(customer) });
    let cors = [
        ("Content-Type", "application/json"),
        ("Access-Control-Allow-Origin", ORIGIN),
        ("Access-Control-Allow-Credentials", "true"),
        ("ETag", "\"v1\""),
    ];
    let with_cors = |body: Value| Act::answer(200, &cors, body.to_string().as_bytes());
    let path = request.target().split('?').next().unwrap();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (request.line.split(' ').next().unwrap(), parts.as_slice()) {
        ("OPTIONS", _) => {
            let allowed = [("Access-Control-Allow-Origin", ORIGIN), ("Access-Control-Allow-Methods", "GET")];
            Act::answer(204, &allowed, b"")
        }
        (_, ["people", page]) => {
            let first = page.parse::<usize>().unwrap() * 10;
            Act::json(200, &people(first..first + 10))
        }
        (_, ["orders", id]) => with_cors(order(id.parse().unwrap(), 7 + id.parse::<usize>().unwrap() % 2)),
        (_, ["orders"]) => with_cors(json!([order(2, 7), order(1, 8), order(4, 7)])),
        (_, ["orders", _, "receiver"]) => with_cors(person(77)),
        _ => with_cors(json!({ "stock": 7 })),
    }
}

fn outcomes(log: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(log).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["unmapped"]["tidegate"]["outcome"].clone()).collect()
}

#[tokio::test]
async fn observe_refuses_nothing_and_writes_down_what_it_would_have_refused() {
    let upstream = shop().await;
    let yaml = "mode: observe\nrespond: {mode: off}\nexchange_log: log.ndjson\nendpoints:\n  GET /orders/{id}: {audience: authenticated}\n";
    let mut gate = Gate::configured(upstream.address(), yaml, &[]).await;
    for page in 0..4 {
        let (status, body) = gate.get(&format!("/people/{page}")).await;
        assert_eq!((status, disclosed(&body)), (200, 10));
    }
    assert_eq!(gate.get("/orders/2").await.0, 200);
    assert_eq!(gate.get("/stock").await.0, 200);
    assert_eq!(gate.metric("tidegate_refusals_total", "").await, 0.0);
    assert_eq!(gate.metric("tidegate_would_refuse_total", r#"kind="budget-spent""#).await, 2.0);
    gate.stop().await;
    let would = |kind: &str| json!({ "would-refuse": kind });
    let expected = [
        json!("served"),
        json!("served"),
        would("budget-spent"),
        would("budget-spent"),
        would("unauthenticated"),
        json!("served"),
    ];
    assert_eq!(outcomes(&gate.folder().join("log.ndjson")), expected);
    assert_eq!(gate.log("exchange would be refused").len(), 3);
    // The order's customer was on the first page.
    assert_eq!(gate.accounted().1, 40, "everything that left is accounted");
}

#[tokio::test]
async fn without_any_word_the_gateway_observes_and_says_so_loudly() {
    let upstream = shop().await;
    let gate = Gate::with(upstream.address(), &[]).await;
    let told = gate.logged("observe mode by default", 1).await;
    assert_eq!(told[0]["level"], "WARN");
    for page in 0..3 {
        assert_eq!(gate.get(&format!("/people/{page}")).await.0, 200);
    }
}

#[tokio::test]
async fn guard_forwards_credentials_untouched_where_nothing_is_declared() {
    let upstream = shop().await;
    let gate = Gate::guard(upstream.address()).await;
    let ask = Ask::get("/stock?api_key=k3y")
        .with("authorization", "Basic YWRhOnNlY3JldA==")
        .with("cookie", "sid=0123456789abcdef; theme=dark")
        .with("x-api-key", "0123456789abcdef")
        .with("x-csrf-token", "t0ken");
    assert_eq!(gate.client().send(&ask).await.unwrap().status, 200);
    let received = &upstream.recorded()[0];
    assert_eq!(received.target(), ask.target);
    for (name, value) in &ask.headers {
        assert_eq!(received.header(name), Some(value.as_str()), "{name}");
    }
    assert!(!gate.process.err().join("\n").contains("0123456789abcdef"), "no credential in the log");
}

/// Intents of the small shop.
const SHOP: &str = "endpoints:
  GET /orders/{id}: {audience: authenticated, owner: $.customer_id = claim.sub}
  GET /orders: {audience: authenticated, owner: $.customer_id = claim.sub, on_foreign: strip}
  GET /orders/{id}/receiver: {audience: authenticated, owner: \"parent GET /orders/{id}\"}
  GET /people/{page}: {audience: authenticated, roles: [staff]}
  GET /stock: {audience: {public: {reason: shop window, owner: web, expires: 2031-12-31}}}
budgets:
  roles: {staff: [{subjects: 25, per: 24h}]}
";

async fn enforcing(upstream: &Upstream) -> Gate {
    Gate::identifying(upstream.address(), &format!("mode: enforce\n{SHOP}"), &[]).await
}

fn is_refusal(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    assert_eq!(body["status"], status);
    assert!(body["instance"].as_str().unwrap().starts_with("urn:exchange:"), "{body}");
    for rule in ["budget", "owner", "claim", "policy", "patch", "ada.", "orders", "foreign"] {
        assert!(!answer.text().contains(rule), "a refusal explains nothing: {}", answer.text());
    }
}

#[tokio::test]
async fn enforce_answers_401_403_or_404_and_tells_no_rule() {
    let upstream = shop().await;
    let gate = enforcing(&upstream).await;
    let mut client = gate.client();
    let mut ask = async |ask: Ask| client.send(&ask).await.unwrap();

    let undeclared = ask(Ask::get("/admin").bearer(&token(7))).await;
    is_refusal(&undeclared, 404);
    is_refusal(&ask(Ask::post("/stock", "{}")).await, 404);
    let without = ask(Ask::get("/orders/2")).await;
    is_refusal(&without, 401);
    assert_eq!(without.header("www-authenticate"), Some("Bearer"));
    for bad in ["made-up", &token(7)[..token(7).len() - 3], &format!("{}x", token(7))] {
        is_refusal(&ask(Ask::get("/orders/2").bearer(bad)).await, 401);
    }
    assert_eq!(upstream.recorded().len(), 0, "none of these reached the upstream");

    let own = ask(Ask::get("/orders/2").bearer(&token(7))).await;
    assert_eq!((own.status, disclosed(&own.text())), (200, 1));
    let foreign = ask(Ask::get("/orders/1").bearer(&token(7)).with("origin", ORIGIN)).await;
    is_refusal(&foreign, 403);
    assert_eq!(foreign.header("access-control-allow-origin"), Some(ORIGIN), "a browser can read the refusal");
    assert_eq!(foreign.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(foreign.header("etag"), None);

    // Refusals before the upstream is asked repeat what the door allowed before, and to nobody else.
    let early = ask(Ask::get("/orders/2").with("origin", ORIGIN)).await;
    is_refusal(&early, 401);
    assert_eq!(early.header("access-control-allow-origin"), Some(ORIGIN));
    let other = ask(Ask::get("/orders/2").with("origin", "https://other.example")).await;
    assert_eq!(other.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn strip_takes_the_records_of_others_out_and_what_was_true_of_the_whole() {
    let upstream = shop().await;
    let gate = enforcing(&upstream).await;
    let answer = gate.client().send(&Ask::get("/orders").bearer(&token(7))).await.unwrap();
    let ids: Vec<u64> =
        answer.json().as_array().unwrap().iter().map(|one| one["order"].as_u64().unwrap()).collect();
    assert_eq!((answer.status, ids), (200, vec![2, 4]));
    assert!(!answer.text().contains(&common::email(8)));
    assert_eq!(answer.header("etag"), None);
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
    assert_eq!(gate.accounted(), (0, 0), "nothing of others left");
}

#[tokio::test]
async fn a_child_is_the_callers_once_its_parent_was_shown_to_be() {
    let upstream = shop().await;
    let gate = enforcing(&upstream).await;
    let mut client = gate.client();
    let mut status =
        async |target: &str| client.send(&Ask::get(target).bearer(&token(7))).await.unwrap().status;
    assert_eq!(status("/orders/2/receiver").await, 403, "nobody has seen the order yet");
    assert_eq!(status("/orders/1").await, 403);
    assert_eq!(status("/orders/1/receiver").await, 403, "a refused parent shows nothing");
    assert_eq!(status("/orders/2").await, 200);
    assert_eq!(status("/orders/2/receiver").await, 200);
    assert_eq!(status("/orders/4/receiver").await, 403, "another order of the same customer");
    let other = gate.client().send(&Ask::get("/orders/2/receiver").bearer(&token(8))).await.unwrap();
    assert_eq!(other.status, 403, "another caller");
}

#[tokio::test]
async fn a_role_reads_others_within_its_own_budget() {
    let upstream = shop().await;
    let gate = enforcing(&upstream).await;
    let staff = keys::token("staff-1", "staff").unwrap();
    let mut client = gate.client();
    let mut page = async |page: usize, token: &str| {
        client.send(&Ask::get(format!("/people/{page}")).bearer(token)).await.unwrap()
    };
    assert_eq!(disclosed(&page(0, &staff).await.text()), 10);
    assert_eq!(disclosed(&page(1, &staff).await.text()), 10);
    let spent = page(2, &staff).await;
    is_refusal(&spent, 429);
    assert!(spent.header("retry-after").unwrap().parse::<u64>().unwrap() > 3600, "a day's budget");
    is_refusal(&page(0, &token(7)).await, 403);
    assert_eq!(
        gate.ledger(&["principal", &format!("{}|staff-1", keys::ISSUER)])["account"]["subjects"]["at_most"],
        20
    );
}

#[tokio::test]
async fn a_public_door_ignores_a_bad_token_and_does_not_pass_it_on() {
    let upstream = shop().await;
    let gate = enforcing(&upstream).await;
    let mut client = gate.client();
    for (bearer, forwarded) in [("made-up", false), (&format!("{}x", token(7)), false), (&*token(7), true)] {
        let answer = client.send(&Ask::get("/stock").bearer(bearer).with("x-other", "1")).await.unwrap();
        assert_eq!(answer.status, 200, "{bearer}");
        let received = upstream.recorded().pop().unwrap();
        assert_eq!(received.header("authorization").is_some(), forwarded, "{bearer}");
        assert_eq!(received.header("x-other"), Some("1"));
    }
}

#[tokio::test]
async fn a_preflight_passes_where_the_path_has_the_method_it_asks_for() {
    let upstream = shop().await;
    let gate = enforcing(&upstream).await;
    let preflight = |target: &str, method: &str| Ask {
        method: "OPTIONS",
        target: target.into(),
        headers: vec![("origin", ORIGIN.into()), ("access-control-request-method", method.into())],
        body: None,
    };
    let mut client = gate.client();
    let passed = client.send(&preflight("/orders/2", "GET")).await.unwrap();
    assert_eq!((passed.status, passed.header("access-control-allow-origin")), (204, Some(ORIGIN)));
    for refused in [preflight("/orders/2", "DELETE"), preflight("/admin", "GET")] {
        is_refusal(&client.send(&refused).await.unwrap(), 404);
    }
    let plain = Ask { method: "OPTIONS", target: "/orders/2".into(), headers: vec![], body: None };
    is_refusal(&client.send(&plain).await.unwrap(), 404);
    // A token on a preflight proves nothing and goes no further.
    let with_token = preflight("/orders/2", "GET").bearer("made-up");
    assert_eq!(client.send(&with_token).await.unwrap().status, 204);
    assert_eq!(upstream.recorded().pop().unwrap().header("authorization"), None);
}

#[tokio::test]
async fn a_virtual_patch_acts_from_the_next_request_on_and_ends_as_it_came() {
    let upstream = shop().await;
    let yaml = "mode: guard\npatches: [patch.cedar]";
    let none = "// nothing yet\n";
    let mut gate = Gate::configured(upstream.address(), yaml, &[("patch.cedar", none)]).await;
    assert_eq!(gate.get("/people/1").await.0, 200);
    let patch = "@id(\"people\")\n@reason(\"pages of people without a token\")\n@expires(\"2031-12-31\")\n\
                 forbid (principal is Anonymous, action in Action::\"GET /people/{page}\", resource);\n";
    assert!(gate.reload(&[("patch.cedar", patch)]).await);
    assert_eq!(gate.log("reloaded").last().unwrap()["patches"], 1);
    for target in ["/people/1", "/people/2", "/people/900", "//people/3", "/People/4"] {
        let answer = gate.client().send(&Ask::get(target)).await.unwrap();
        is_refusal(&answer, 403);
    }
    assert_eq!(gate.get("/stock").await.0, 200, "and nothing else");
    assert_eq!(gate.metric("tidegate_refusals_total", r#"kind="patched""#).await, 5.0);

    let expired = patch.replace("2031-12-31", "2020-01-01");
    assert!(gate.reload(&[("patch.cedar", &expired)]).await);
    assert_eq!(gate.get("/people/1").await.0, 200, "an expired patch no longer forbids");
    assert!(gate.reload(&[("patch.cedar", none)]).await);
    assert_eq!(gate.get("/people/1").await.0, 200);
}

#[tokio::test]
async fn a_reload_changes_the_mode_and_hands_out_no_fresh_budget() {
    let upstream = shop().await;
    let mut gate = Gate::guard(upstream.address()).await;
    assert_eq!((gate.get("/people/1").await.0, gate.get("/people/2").await.0), (200, 200));
    assert_eq!(gate.get("/people/3").await.0, 429);
    let observe = whole(upstream.address(), "mode: observe");
    assert!(gate.reload(&[("tidegate.yaml", &observe)]).await);
    assert_eq!(gate.get("/people/3").await.0, 200);
    let guard = whole(upstream.address(), "mode: guard");
    assert!(gate.reload(&[("tidegate.yaml", &guard)]).await);
    assert_eq!(gate.get("/people/4").await.0, 429);
    assert_eq!(gate.get("/people/1").await.0, 200, "the same people again are free");
}

#[tokio::test]
async fn declared_limits_are_told_and_kept() {
    let upstream = shop().await;
    let limited = "mode: guard\nendpoints:\n  GET /stock:\n    audience: {public: {reason: window, owner: web, expires: 2031-12-31}}\n    limit: [{requests: 3, per: 1h}]\n  \
                   GET /orders/{id}:\n    audience: {public: {reason: test, owner: web, expires: 2031-12-31}}\n    limit: [{distinct: 4, per: 1h}]\n";
    let gate = Gate::configured(upstream.address(), limited, &[]).await;
    let mut client = gate.client();
    for left in [2, 1, 0] {
        let answer = client.send(&Ask::get("/stock")).await.unwrap();
        assert_eq!(answer.status, 200);
        let (policy, now) = (answer.header("ratelimit-policy").unwrap(), answer.header("ratelimit").unwrap());
        assert!(policy.contains(";q=3;w=3600"), "{policy}");
        assert!(now.contains(&format!(";r={left};t=")), "{now}");
    }
    let over = client.send(&Ask::get("/stock")).await.unwrap();
    is_refusal(&over, 429);
    assert!(over.header("ratelimit").unwrap().contains(";r=0;"));
    assert!(over.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    let elsewhere = client.send(&Ask::get("/somewhere")).await.unwrap();
    assert_eq!(
        (elsewhere.status, elsewhere.header("ratelimit")),
        (200, None),
        "nobody declared a limit there"
    );

    // Distinct objects: the same ones again are free, a fifth is not.
    for id in [2, 4, 2, 6, 8, 4] {
        assert_eq!(client.send(&Ask::get(format!("/orders/{id}"))).await.unwrap().status, 200, "{id}");
    }
    let over = client.send(&Ask::get("/orders/10")).await.unwrap();
    is_refusal(&over, 429);
    let wait: u64 = over.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    let now = over.header("ratelimit").unwrap();
    assert!(now.contains(&format!("\"objects\";r=0;t={wait}")), "{now}");
    assert!(
        !over.header("ratelimit-policy").unwrap().contains("objects"),
        "it has no unit that is registered"
    );
    let known = client.send(&Ask::get("/orders/2")).await.unwrap();
    assert_eq!(known.status, 200);
    assert!(!known.header("ratelimit").unwrap().contains("objects"), "what passes is told of requests only");
    assert_eq!(gate.metric("tidegate_refusals_total", r#"kind="distinct-limited""#).await, 1.0);
}

#[tokio::test]
async fn a_partner_and_an_internal_network_come_in_by_their_own_doors() {
    let upstream = shop().await;
    let (name, key) = keys::PARTNERS[0];
    let digest = {
        use sha2::Digest;
        sha2::Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let yaml = format!(
        "mode: enforce\nendpoints:\n  GET /people/{{page}}: {{audience: {{partner: [{name}]}}}}\n  GET /stock: {{audience: {{internal: [127.0.0.9/32]}}}}\n\
         budgets: {{partner: [{{subjects: 30, per: 24h}}]}}\n"
    );
    let api_keys =
        format!("  api_keys:\n    - {{name: {name}, partner: {name}, digest: \"sha256:{digest}\"}}\n");
    let folder_yaml = common::identifying(&yaml) + &api_keys;
    let gate = Gate::by("demo-gateway", upstream.address(), &folder_yaml, &[]).await;
    let mut client = gate.client();
    let mut page = async |ask: Ask| client.send(&ask).await.unwrap();
    for nth in 0..3 {
        assert_eq!(page(Ask::get(format!("/people/{nth}")).with("x-api-key", key)).await.status, 200);
    }
    is_refusal(&page(Ask::get("/people/4").with("x-api-key", key)).await, 429);
    assert_eq!(gate.ledger(&["principal", name])["account"]["subjects"]["at_most"], 30);
    is_refusal(&page(Ask::get("/people/4").with("x-api-key", "made-up")).await, 401);
    is_refusal(&page(Ask::get("/people/4")).await, 401);
    is_refusal(&page(Ask::get("/people/4").bearer(&token(7))).await, 403);
    let outside = page(Ask::get("/stock")).await.status;
    assert!(matches!(outside, 403 | 404), "{outside}");
    let inside = gate.client_from([127, 0, 0, 9].into()).send(&Ask::get("/stock")).await.unwrap();
    assert_eq!(inside.status, 200);
}

#[tokio::test]
async fn the_demo_s_signing_key_is_trusted_by_no_gateway_wherever_it_comes_from() {
    let issuer = Upstream::start(|_| Act::json(200, &keys::key_set())).await.unwrap();
    let upstream = shop().await;
    let yaml = common::identifying(&format!("mode: enforce\n{SHOP}"));
    let yaml = yaml.replace("jwks: jwks.json", &format!("jwks: \"http://{}/jwks.json\"", issuer.address()));
    let gate = Gate::configured(upstream.address(), &yaml, &[]).await;
    assert_eq!(gate.logged("key set not loaded", 1).await[0]["cause"], "no-usable-key");
    assert_eq!(gate.admin("/readyz").await.0, 503);
    is_refusal(&gate.client().send(&Ask::get("/orders/2").bearer(&token(7))).await.unwrap(), 503);
    assert_eq!((issuer.recorded().len(), upstream.recorded().len()), (1, 0));
}

#[tokio::test]
async fn a_gzip_file_is_metered_by_what_is_inside_and_leaves_as_it_came() {
    let packed = |text: &str| {
        let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        file.finish().unwrap()
    };
    let file = packed(&people(0..15));
    let served = file.clone();
    let upstream = Upstream::start(move |request| {
        let kind = request.target().rsplit('=').next().unwrap_or_default().replace('_', "/");
        let body = if request.target().contains("other") { packed(&people(50..60)) } else { served.clone() };
        Act::answer(200, &[("Content-Type", &kind)], &body)
    })
    .await
    .unwrap();
    let gate = Gate::guard(upstream.address()).await;
    for kind in ["application_gzip", "application_octet-stream", "text_csv"] {
        let answer = gate.client().send(&Ask::get(format!("/export?as={kind}"))).await.unwrap();
        assert_eq!((answer.status, answer.body.as_ref()), (200, &file[..]), "{kind}");
    }
    assert_eq!(gate.get("/other?as=application_gzip").await.0, 429, "fifteen people and ten are too many");
    assert_eq!(gate.accounted().1, 15);
}
