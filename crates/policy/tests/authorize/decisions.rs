//! Policies against requests.

use domain::{Hint, HintState, Mode, SubjectDigest};
use policy::authorize::Attribute;

use crate::world::*;
use domain::Caller;

fn check(policies: &str, patches: &str, table: &[(Ask, &str)]) {
    let loaded = loaded(policies, patches);
    for (nth, (request, expected)) in table.iter().enumerate() {
        assert_eq!(request.told(&loaded), *expected, "row {nth}: {}", request.endpoint);
    }
}

#[test]
fn without_policies_the_audience_decides_alone() {
    check(
        "",
        "",
        &[
            (ask("GET /products"), "permit"),
            (
                ask("GET /products").at("2027-07-01"),
                "closed-endpoint: audience public: expired 2027-06-30T23:59:59.999Z",
            ),
            (ask("POST /api/customers"), "unauthenticated: audience authenticated: no verified identity"),
            (ask("POST /api/customers").by(user("ann")), "permit"),
            (ask("GET /export").by(user("ann")), "forbidden: audience partner: not a named partner"),
            (ask("GET /export").by(partner("acme")), "permit"),
            (ask("GET /internal/health"), "forbidden: audience internal: not a listed network"),
            (ask("GET /internal/health").from("10.1.2.3"), "permit"),
        ],
    );
}

#[test]
fn what_is_not_declared_is_served_in_guard_and_refused_in_enforce() {
    for door in ["GET /legacy", "GET /shadow"] {
        check(
            "",
            "",
            &[
                (ask(door), "unknown-endpoint: no declared intent"),
                (ask(door).mode(Mode::Guard), "permit"),
                (ask(door).mode(Mode::Observe), "permit"),
            ],
        );
    }
}

#[test]
fn observe_permits_and_notes_what_it_would_have_refused() {
    let request = ask("POST /api/customers").mode(Mode::Observe);
    check(
        "",
        "",
        &[(request, "permit, noted unauthenticated: audience authenticated: no verified identity")],
    );
}

#[test]
fn a_forbid_wins_over_every_permit() {
    check(
        r#"
        @id("staff") permit(principal in Role::"staff", action in Action::"searchCustomers", resource);
        @id("night") forbid(principal, action in Action::"call", resource)
            when { context.time.toTime() < duration("6h") };
        @id("lab") forbid(principal, action, resource) when { context.client.isInRange(ip("198.51.100.0/24")) };
        "#,
        "",
        &[
            (ask("POST /api/customers").by(staff("eve")), "permit"),
            (
                ask("POST /api/customers").by(staff("eve")).at("2026-11-20T05:59:59.999Z"),
                "forbidden: forbidden by night",
            ),
            (ask("POST /api/customers").by(staff("eve")).at("2026-11-20T06:00:00Z"), "permit"),
            (ask("POST /api/customers").by(staff("eve")).from("198.51.100.9"), "forbidden: forbidden by lab"),
            (
                ask("POST /api/customers").by(staff("eve")).from("::ffff:198.51.100.9"),
                "forbidden: forbidden by lab",
            ),
            (
                ask("GET /products").from("198.51.100.9").at("2026-11-20T01:00:00Z"),
                "forbidden: forbidden by lab, night",
            ),
            (ask("GET /shadow").mode(Mode::Guard).from("198.51.100.9"), "forbidden: forbidden by lab"),
        ],
    );
}

#[test]
fn a_permit_narrows_the_operations_it_names_and_no_other() {
    check(
        r#"
        @id("search") permit(principal in Role::"staff", action == Action::"searchCustomers", resource);
        @id("tenant") permit(principal is User, action in Action::"GET /v1/{tenant}/orders/{id}", resource)
            when { context.request.hasTag("path.tenant") && principal.hasTag("tenant")
                && principal.getTag("tenant") == context.request.getTag("path.tenant") };
        @id("root") permit(principal in Role::"root", action in Action::"call", resource);
        "#,
        "",
        &[
            (ask("POST /api/customers").by(user("ann")), "forbidden: not permitted by any of search, root"),
            (ask("POST /api/customers").by(staff("eve")), "permit"),
            (ask("GET /v1/{tenant}/orders/{id}").by(user("ann")), "permit"),
            (
                ask("GET /v1/{tenant}/orders/{id}").by(user("ann")).with("path.tenant", text("south")),
                "forbidden: not permitted by any of tenant, root",
            ),
            // `root` is a way in where something narrows; elsewhere the audience permits already.
            (
                ask("POST /api/customers").by(person(domain::PrincipalKind::ApiKey, "r", &["root"], &[])),
                "permit",
            ),
            (ask("GET /products"), "permit"),
            (ask("GET /export").by(partner("acme")), "permit"),
        ],
    );
}

#[test]
fn a_permit_never_widens_the_audience() {
    check(
        r#"@id("wide") permit(principal, action in [Action::"call", Action::"exportOrders"], resource);"#,
        "",
        &[
            (ask("GET /export").by(user("ann")), "forbidden: audience partner: not a named partner"),
            (ask("POST /api/customers"), "unauthenticated: audience authenticated: no verified identity"),
            (ask("GET /export").by(partner("acme")), "permit"),
        ],
    );
}

#[test]
fn a_permit_can_name_its_operation_by_the_endpoint() {
    check(
        r#"@id("eve") permit(principal == User::"eve", action in Action::"call", resource in Endpoint::"POST /api/customers");"#,
        "",
        &[
            (ask("POST /api/customers").by(user("ann")), "forbidden: not permitted by any of eve"),
            (ask("POST /api/customers").by(user("eve")), "permit"),
            (ask("GET /v1/{tenant}/orders/{id}").by(user("ann")), "permit"),
        ],
    );
}

#[test]
fn an_unverified_credential_is_anonymous_to_cedar_whatever_its_state() {
    let hint = |state| Caller::Hinted(Hint { digest: SubjectDigest::default(), state });
    check(
        r#"@id("known") permit(principal is User, action in Action::"listProducts", resource);"#,
        "",
        &[
            (
                ask("GET /products").by(hint(HintState::Unverified)),
                "forbidden: not permitted by any of known",
            ),
            (ask("GET /products").by(hint(HintState::Confirmed)), "forbidden: not permitted by any of known"),
            (ask("GET /products").by(user("ann")), "permit"),
        ],
    );
}

#[test]
fn an_anonymous_caller_has_no_claims() {
    check(
        r#"@id("north") permit(principal, action in Action::"listProducts", resource)
            when { principal.hasTag("tenant") && principal.getTag("tenant") == "north" };"#,
        "",
        &[
            (ask("GET /products"), "forbidden: not permitted by any of north"),
            (ask("GET /products").by(user("ann")), "permit"),
            (ask("GET /products").by(partner("acme")), "forbidden: not permitted by any of north"),
        ],
    );
}

#[test]
fn a_policy_that_cannot_be_evaluated_refuses() {
    // Cedar alone would skip the `forbid` and let the request pass.
    let policy = r#"@id("pages") forbid(principal, action in Action::"listProducts", resource)
        when { context.numbers.hasTag("query.page") && context.numbers.getTag("query.page") * 1000 > 5000 };"#;
    let page = |page| ask("GET /products").with("query.page", text(page));
    check(
        policy,
        "",
        &[
            (page("2"), "permit"),
            (page("6"), "forbidden: forbidden by pages"),
            (page("9223372036854775807"), "forbidden: cannot be evaluated: pages"),
        ],
    );
    // Nor does an error hide behind a satisfied `permit`.
    check(
        &format!(r#"@id("open") permit(principal, action in Action::"listProducts", resource); {policy}"#),
        "",
        &[(page("9223372036854775807"), "forbidden: cannot be evaluated: pages")],
    );
}

#[test]
fn an_attribute_in_another_spelling_does_not_escape_a_forbid() {
    let patch = r#"@id("sizes") @reason("whole pages of strangers") @expires("2026-12-31")
        forbid(principal, action in Action::"POST /api/customers", resource)
        when { context.numbers.hasTag("body.size") && context.numbers.getTag("body.size") > 1 };"#;
    let size = |value| ask("POST /api/customers").by(user("ann")).with("body.size", value);
    let unreadable = "forbidden: `body.size` is not what its policy reads: sizes";
    check(
        "",
        patch,
        &[
            (size(Attribute::Missing), "permit"),
            (size(Attribute::Null), "permit"),
            (size(text("1")), "permit"),
            (size(text("10")), "patched: forbidden by sizes"),
            (size(text("10.0")), unreadable),
            (size(text(" 10")), unreadable),
            (size(text("+10")), unreadable),
            (size(text("99999999999999999999")), unreadable),
            (size(Attribute::Unusable), unreadable),
            // Where no policy reads it, it is nobody's business.
            (ask("GET /products").with("body.size", Attribute::Unusable), "permit"),
        ],
    );
}

#[test]
fn attributes_of_every_place_reach_a_policy() {
    let policy = r#"@id("all") forbid(principal, action in Action::"readOrder", resource) when {
        context.request.hasTag("query.q") && context.request.getTag("query.q") == "x"
        && context.request.hasTag("header.x-shop") && context.request.getTag("header.x-shop") like "s*"
        && context.request.hasTag("body.a.b") && context.request.getTag("body.a.b") == "true"
        && context.request.hasTag("path.id") && context.request.getTag("path.id") == "1042"
        && context.numbers.hasTag("path.id") && context.numbers.getTag("path.id") == 1042
        && context.method == "GET" && resource.path like "/v1/*/orders/1042" && resource.kind == "orders"
        && resource.id == "1042" && resource.template == "/v1/{tenant}/orders/{id}" && resource.declared
        && principal is User && principal.id == "ann" && principal.claims.contains("groups=audit")
        && !(principal has name) };"#;
    let full = ask("GET /v1/{tenant}/orders/{id}")
        .by(person(domain::PrincipalKind::Token, "ann", &[], &[("groups", "audit"), ("groups", "sales")]))
        .path("/v1/north/orders/1042")
        .with("query.q", text("x"))
        .with("header.x-shop", text("s1"))
        .with("body.a.b", text("true"));
    check(
        policy,
        "",
        &[
            (full.clone(), "forbidden: forbidden by all"),
            (full.clone().with("query.q", text("y")), "permit"),
            (full.clone().with("header.x-shop", Attribute::Missing), "permit"),
            (full.clone().with("body.a.b", Attribute::Null), "permit"),
            (full.clone().by(user("bob")), "permit"),
            (full.path("/v1/north/orders/1043"), "permit"),
        ],
    );
}

#[test]
fn an_object_is_in_its_endpoint() {
    check(
        r#"
        @id("one") forbid(principal, action in Action::"call", resource == Object::"orders/7");
        @id("door") forbid(principal == User::"mallory", action in Action::"call",
            resource in Endpoint::"GET /v1/{tenant}/orders/{id}");
        "#,
        "",
        &[
            (ask("GET /v1/{tenant}/orders/{id}").by(user("ann")), "permit"),
            (
                ask("GET /v1/{tenant}/orders/{id}").by(user("ann")).with("path.id", text("7")),
                "forbidden: forbidden by one",
            ),
            (ask("GET /v1/{tenant}/orders/{id}").by(user("mallory")), "forbidden: forbidden by door"),
            (ask("POST /api/customers").by(user("mallory")), "permit"),
        ],
    );
}

#[test]
fn a_path_parameter_that_is_not_there_is_no_way_round_a_policy() {
    let policy = r#"
        @id("one") forbid(principal, action in Action::"call", resource == Object::"orders/7");
        @id("tree") forbid(principal, action in Action::"call", resource == Object::"files/secret");
    "#;
    check(
        policy,
        "",
        &[
            (
                ask("GET /v1/{tenant}/orders/{id}").by(user("ann")).with("path.id", Attribute::Missing),
                "forbidden: `path.id` is missing, so that the object is not known",
            ),
            (ask("GET /files/{*rest}").mode(Mode::Guard), "permit"),
            (
                ask("GET /files/{*rest}").mode(Mode::Guard).with("path.rest", text("secret")),
                "forbidden: forbidden by tree",
            ),
        ],
    );
}

#[test]
fn a_claim_cannot_pass_for_another() {
    let claims = |name, value| person(domain::PrincipalKind::Token, "ann", &[], &[(name, value)]);
    check(
        r#"@id("odd") forbid(principal is User, action in Action::"listProducts", resource)
            when { principal.claims.contains("a=b=c") };"#,
        "",
        &[
            (ask("GET /products").by(claims("a", "b=c")), "forbidden: forbidden by odd"),
            (ask("GET /products").by(claims("a=b", "c")), "permit"),
        ],
    );
}

#[test]
fn a_patch_closes_a_door_that_nobody_declared() {
    let patches = r#"
        @id("batch") @reason("no check") @expires("2026-12-31")
        forbid(principal is Anonymous, action in Action::"POST /api/batch/{n}", resource);
        @id("seven") @reason("no check") @expires("2026-12-31")
        forbid(principal, action in Action::"DELETE /api/{b}/{c}", resource)
        when { context.numbers.hasTag("path.b") && context.numbers.getTag("path.b") == 7 };
        @id("door") @reason("no check") @expires("2026-12-31")
        forbid(principal, action in Action::"call", resource in Endpoint::"GET /old");
        @id("paths") @reason("no check") @expires("2026-12-31")
        forbid(principal, action in Action::"call", resource) when { resource.path like "/debug/*" };
    "#;
    let guard = |door: &str| ask(door).mode(Mode::Guard);
    check(
        "",
        patches,
        &[
            // Learned under another parameter name: the same door.
            (guard("POST /api/batch/{number}").with("path.number", text("3")), "patched: forbidden by batch"),
            (guard("POST /api/batch/{number}").by(user("ann")).with("path.number", text("3")), "permit"),
            (guard("POST /api/batch"), "permit"),
            (guard("DELETE /api/{a}/{b}").with("path.a", text("8")).with("path.b", text("7")), "permit"),
            (
                guard("DELETE /api/{a}/{b}").with("path.a", text("7")).with("path.b", text("8")),
                "patched: forbidden by seven",
            ),
            (guard("GET /old"), "patched: forbidden by door"),
            (guard("HEAD /old"), "patched: forbidden by door"),
            (guard("POST /old"), "permit"),
            (
                guard("GET /debug/{x}").path("/debug/vars").with("path.x", text("vars")),
                "patched: forbidden by paths",
            ),
            (guard("GET /products").path("/debug/../products"), "patched: forbidden by paths"),
        ],
    );
}

#[test]
fn a_declared_door_is_found_by_its_shape_too() {
    check(
        r#"@id("no") forbid(principal, action in Action::"readOrder", resource);"#,
        "",
        &[
            (ask("HEAD /v1/{tenant}/orders/{id}").by(user("ann")), "forbidden: forbidden by no"),
            (
                ask("GET /v1/{a}/orders/{b}")
                    .with("path.a", text("north"))
                    .with("path.b", text("1042"))
                    .by(user("ann"))
                    .mode(Mode::Guard),
                "forbidden: forbidden by no",
            ),
        ],
    );
}

#[test]
fn a_patch_ceases_at_its_expiry_without_a_reload() {
    let patches = r#"
        @id("first") @reason("hole") @expires("2026-11-21")
        forbid(principal, action in Action::"listProducts", resource);
        @id("second") @reason("hole") @expires("2026-11-22T12:00:00Z")
        forbid(principal, action in Action::"listProducts", resource);
    "#;
    let at = |when| ask("GET /products").at(when);
    check(
        "",
        patches,
        &[
            (at("2026-11-20"), "patched: forbidden by first, second"),
            (at("2026-11-21T23:59:59.999Z"), "patched: forbidden by first, second"),
            (at("2026-11-22T00:00:00Z"), "patched: forbidden by second"),
            (at("2026-11-22T12:00:00Z"), "patched: forbidden by second"),
            (at("2026-11-22T12:00:00.001Z"), "permit"),
        ],
    );
    let policies = loaded("", patches);
    let expired = |when| {
        let now = domain::Timestamp::parse_expiry(when).unwrap();
        policies.expired(now).map(|patch| patch.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(expired("2026-11-21"), [""; 0]);
    assert_eq!(expired("2026-11-22T00:00:00Z"), ["first"]);
}

#[test]
fn the_body_is_buffered_only_where_a_policy_reads_it() {
    let policies = loaded(
        r#"forbid(principal, action in Action::"searchCustomers", resource)
            when { context.request.hasTag("body.q") };"#,
        "",
    );
    assert!(policies.reads_body(&"POST /api/customers".parse().unwrap()));
    assert!(!policies.reads_body(&"GET /products".parse().unwrap()));
}

#[test]
fn a_refusal_tells_policies_and_no_value_of_the_request() {
    let policies = loaded(
        r#"@id("p") forbid(principal, action in Action::"listProducts", resource)
            when { context.numbers.hasTag("query.secret") && context.numbers.getTag("query.secret") * 2 > 0 };"#,
        "",
    );
    for value in ["ann@example.com", "4000000000000000000", "9223372036854775807"] {
        let request = ask("GET /products").by(user("ann@example.com")).with("query.secret", text(value));
        let refusal = request.of(&policies).unwrap_err();
        assert!(!format!("{refusal:?}").contains(value), "{refusal:?}");
    }
}
