//! What one decision costs: `cargo run --release -p policy --example decide`.
//!
//! Prints microseconds per decision, the median of 21 rounds, for the shapes that matter. Synthetic:
//! one caller, warm caches, one thread; the facts are looked up in a list of four attributes.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "a bench prints, and stops on what it did not expect"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use domain::{
    Audience, Caller, Claims, Intent, Method, Mode, OperationId, Principal, PrincipalId, PrincipalKind,
    RoleName, Timestamp,
};
use policy::authorize::{Attribute, AttributeName, Declared, Policies, RequestFacts, Source};
use policy::own::{OwnerValue, decide_owners};

const NOW: Timestamp = Timestamp::from_secs(1_795_176_000);

fn main() {
    let reads_only_the_principal =
        "permit(principal in Role::\"customer\", action in Action::\"op0\", resource);";
    let reads_a_tag = "forbid(principal, action in Action::\"op0\", resource)
        when { context.request.hasTag(\"path.id\") && context.request.getTag(\"path.id\") == \"0\" };";
    let many: String = (0..100)
        .map(|nth| {
            format!(
                "forbid(principal, action in Action::\"op{nth}\", resource)
                 when {{ context.request.hasTag(\"path.id\") && context.request.getTag(\"path.id\") == \"0\" }};\n"
            )
        })
        .collect();
    let generic: String = (0..10)
        .map(|nth| {
            format!(
                "forbid(principal, action in Action::\"call\", resource)
                 when {{ context.client.isInRange(ip(\"198.51.{nth}.0/24\")) }};\n"
            )
        })
        .collect();
    println!("request, no policy                        {:>8.2} µs", request(""));
    println!("request, 1 policy on a role, kept         {:>8.2} µs", request(reads_only_the_principal));
    println!("request, 1 policy on a path parameter     {:>8.2} µs", request(reads_a_tag));
    println!("request, 100 policies, 1 relevant         {:>8.2} µs", request(&many));
    println!("request, 10 policies on the address       {:>8.2} µs", request(&generic));
    println!("response, 10 own records, natively        {:>8.2} µs", response("", "ann"));
    let shared = "permit(principal is User, action in Action::\"disclose op0\", resource)
        when { [\"c0\",\"c1\",\"c2\",\"c3\",\"c4\",\"c5\",\"c6\",\"c7\",\"c8\",\"c9\"].containsAll(context.owners) };";
    println!("response, 10 foreign owners, by Cedar     {:>8.2} µs", response(shared, "c"));
    let policies: String =
        (0..20).map(|nth| generic.replace("198.51", &format!("198.{}", nth + 20))).collect();
    let start = Instant::now();
    black_box(load(500, &policies));
    println!("load, 500 operations, 200 general policies{:>8.0} ms", start.elapsed().as_secs_f64() * 1e3);
}

fn load(operations: usize, policies: &str) -> Policies {
    let mut intent = Intent::new(Audience::Authenticated);
    intent.owner = Some("$.customer_id = claim.sub".parse().unwrap());
    let intent = Arc::new(intent);
    let inventory: Vec<Declared> = (0..operations)
        .map(|nth| Declared {
            id: OperationId::new(&format!("op{nth}")),
            endpoint: format!("GET /v1/c{nth}/{{id}}").parse().unwrap(),
            intent: Some(intent.clone()),
        })
        .collect();
    Policies::load(&inventory, &[Source::new("bench.cedar", policies)], &[], NOW).unwrap().policies
}

fn caller() -> Caller {
    let mut claims = Claims::default();
    claims.push("sub", "ann");
    claims.push("iss", "https://id.example");
    Caller::Verified(Arc::new(Principal {
        id: PrincipalId::new("https://id.example ann"),
        kind: PrincipalKind::Token,
        roles: [RoleName::new("customer")].into_iter().collect(),
        claims,
    }))
}

fn with_facts<T>(see: impl FnOnce(&RequestFacts<'_>) -> T) -> T {
    let endpoint = "GET /v1/c0/{id}".parse().unwrap();
    let list = [("path.id", "1042"), ("query.page", "3"), ("query.size", "10"), ("header.x-shop", "de")];
    let attribute = |name: &AttributeName| match list.iter().find(|(known, _)| *known == name.as_str()) {
        Some((_, value)) => Attribute::Text((*value).into()),
        None => Attribute::Missing,
    };
    see(&RequestFacts {
        endpoint: &endpoint,
        method: &Method::Get,
        path: "/v1/c0/1042",
        caller: &caller(),
        client: "192.0.2.7".parse().unwrap(),
        internal_listener: false,
        mode: Mode::Enforce,
        attribute: &attribute,
    })
}

fn request(policies: &str) -> f64 {
    let policies = load(100, policies);
    with_facts(|facts| median(|| drop(black_box(policies.authorize(facts, NOW).unwrap()))))
}

fn response(policies: &str, owner: &str) -> f64 {
    let policies = load(100, policies);
    let owners: Vec<String> =
        (0..10).map(|nth| if owner == "ann" { owner.to_owned() } else { format!("{owner}{nth}") }).collect();
    with_facts(|facts| {
        let permit = policies.authorize(facts, NOW).unwrap();
        median(|| {
            let records = owners.iter().map(|owner| [OwnerValue::Text(owner.as_str().into())]);
            drop(black_box(decide_owners(&permit, facts, &|_| false, records, NOW).unwrap()));
        })
    })
}

/// Microseconds per call, the median of 21 rounds of 2,000.
fn median(mut call: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..21)
        .map(|_| {
            let start = Instant::now();
            (0..2000).for_each(|_| call());
            start.elapsed().as_secs_f64() * 1e6 / 2000.0
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(10).copied().unwrap()
}
