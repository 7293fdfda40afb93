//! Ways around the guard of a front, through the real readers, beside their mended twins.
// long: a table of configurations, each with its twin
#![allow(clippy::unwrap_used, clippy::panic, dead_code, reason = "tests")]

mod common;

use checks::Options;
use common::NOW;
use spec::reading::{File, read};

const API: &str = "openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.example.com'}]
security: [{bearer: []}]
components: {securitySchemes: {bearer: {type: http, scheme: bearer}}}
paths:
  /orders:
    get:
      operationId: listOrders
      x-tidegate: {audience: authenticated, limit: [{requests: 60, per: 1m}]}
      responses: {'200': {description: ok}, '401': {description: a}, '429': {description: a}}
";

/// One order, whose id is any text.
const ONE: &str = "  /orders/{id}:
    get:
      operationId: readOrder
      x-tidegate: {audience: authenticated, owner: '$.customer_id = claim.sub', limit: [{requests: 60, per: 1m}]}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: ok, content: {application/json: {schema: {type: object, \
additionalProperties: false, properties: {customer_id: {type: string}}}}}}, '401': {description: a}, '429': {description: a}}
";

/// Codes told of `name` before the specification with one order in it, ACH-013 and ACH-016 too.
fn codes(name: &str, text: &str, change: (&str, &str)) -> Vec<String> {
    let file = |name: &str, text: &str| File { name: name.into(), text: text.into() };
    let api = format!("{API}{ONE}").replace(change.0, change.1);
    let inventory = read(&[file(name, text), file("shop.yaml", &api)], &mut |_| Vec::new());
    assert!(!inventory.has_errors(), "{:?}", inventory.faults.first());
    let findings = checks::check(&inventory, Options::default(), NOW);
    let mut blockers: Vec<String> = findings
        .iter()
        .filter(|found| found.is_blocker())
        .map(|found| format!("{} {}", found.check.id, found.subject))
        .collect();
    blockers.sort();
    blockers
}

/// Blockers of `name` before the shop's specification, without what its limit and its TLS come to.
fn told(name: &str, text: &str) -> Vec<String> {
    told_with(name, text, true)
}

fn told_with(name: &str, text: &str, specified: bool) -> Vec<String> {
    let file = |name: &str, text: &str| File { name: name.into(), text: text.into() };
    let mut files = vec![file(name, text)];
    if specified {
        files.push(file("shop.yaml", API));
    }
    let inventory = read(&files, &mut |_| Vec::new());
    assert!(!inventory.has_errors(), "{:?}", inventory.faults.first());
    let findings = checks::check(&inventory, Options::default(), NOW);
    let others = ["ACH-013", "ACH-016", "ACH-017"];
    let blockers = findings.iter().filter(|found| found.is_blocker() && !others.contains(&found.check.id));
    blockers.map(|found| format!("{} {}", found.check.id, found.subject)).collect()
}

/// What is wrong of rows: file name, fault, what is told of it, mended twin, of which nothing is told.
fn check(rows: &[(&str, &str, &str, &str)], specified: bool) {
    let mut wrong = Vec::new();
    for (name, fault, expected, mended) in rows {
        let found = told_with(name, fault, specified);
        if found != [*expected] {
            wrong.push(format!("{expected} expected, {found:?} told of {name}:\n{fault}"));
        }
        let found = told_with(name, mended, specified);
        if !found.is_empty() {
            wrong.push(format!("{found:?} told of the mended {name}:\n{mended}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const OPEN: &str = "ACH-015 GET /orders";

fn nginx(locations: &str) -> String {
    format!("http {{ server {{\n  listen 443 ssl;\n  server_name shop.example.com;\n{locations}\n}} }}\n")
}

fn haproxy(rules: &str) -> String {
    format!(
        "userlist staff\n  user a password b\nfrontend edge\n  mode http\n  bind :443 ssl crt x\n{rules}\n  \
         default_backend app\nbackend app\n  mode http\n  server a 127.0.0.1:80\n"
    )
}

fn ingress(name: &str, annotations: &str, path: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: {name}, namespace: shop, annotations: \
         {{{annotations}}}}}\nspec: {{tls: [{{hosts: [shop.example.com]}}], rules: [{{host: shop.example.com, http: \
         {{paths: [{{path: {path}, pathType: Prefix, backend: {{service: {{name: orders, port: {{number: 80}}}}}}}}]}}}}]}}\n"
    )
}

/// An Envoy with `filter` among its HTTP filters; `overrides` stand on its only virtual host.
fn envoy(filter: &str, overrides: &str, routes: &str) -> String {
    format!(
        r#"static_resources:
  listeners:
  - name: edge
    address: {{socket_address: {{address: 0.0.0.0, port_value: 443}}}}
    filter_chains:
    - transport_socket: {{name: envoy.transport_sockets.tls, typed_config: {{"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext}}}}
      filters:
      - name: hcm
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          http_filters:
          - {filter}
          - {{name: router, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}}}
          route_config:
            virtual_hosts:
            - name: shop
              domains: ["*"]
{overrides}              routes:
{routes}  clusters: [{{name: a, load_assignment: {{cluster_name: a, endpoints: [{{lb_endpoints: [{{endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: 80}}}}}}}}]}}]}}}}]
"#
    )
}

fn jwt(rule: &str, rest: &str) -> String {
    format!(
        r#"{{name: jwt{rest}, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication, providers: {{p: {{issuer: a}}}}, rules: [{{match: {rule}, requires: {{provider_name: p}}}}]}}}}"#
    )
}

const EXT_AUTHZ: &str = r#"{name: authz, typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz}}"#;
const ALL: &str = "              - {match: {prefix: /}, route: {cluster: a}}\n";

#[test]
fn a_guard_that_a_condition_skips_does_not_guard() {
    let off = r#"{"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true}"#;
    let caddy = |inner: &str| format!("shop.example.com {{\n{inner}\n}}\n");
    check(
        &[
            (
                "haproxy.cfg",
                &haproxy("  http-request auth unless { http_auth(staff) } || { hdr(x-debug) 1 }"),
                OPEN,
                &haproxy("  http-request auth unless { http_auth(staff) }"),
            ),
            (
                "haproxy.cfg",
                &haproxy("  http-request deny if { hdr(x-site) shop } !{ http_auth(staff) }"),
                OPEN,
                &haproxy(
                    "  http-request deny if { hdr(x-bad) 1 }\n  http-request deny if !{ http_auth(staff) }",
                ),
            ),
            (
                "haproxy.cfg",
                &haproxy("  http-request allow\n  http-request auth unless { http_auth(staff) }"),
                OPEN,
                &haproxy("  http-request auth unless { http_auth(staff) }\n  http-request allow"),
            ),
            (
                "Caddyfile",
                &caddy(
                    "  @auth not header X-Skip 1\n  basic_auth @auth {\n    bob x\n  }\n  reverse_proxy a:80",
                ),
                OPEN,
                &caddy("  basic_auth {\n    bob x\n  }\n  reverse_proxy a:80"),
            ),
            (
                "Caddyfile",
                &caddy("  route {\n    reverse_proxy a:80\n    basic_auth {\n      bob x\n    }\n  }"),
                OPEN,
                &caddy("  route {\n    basic_auth {\n      bob x\n    }\n    reverse_proxy a:80\n  }"),
            ),
            (
                "envoy.yaml",
                &envoy(
                    &jwt("{prefix: /}", ""),
                    &format!("              typed_per_filter_config: {{jwt: {off}}}\n"),
                    ALL,
                ),
                OPEN,
                &envoy(&jwt("{prefix: /}", ""), "", ALL),
            ),
            (
                "envoy.yaml",
                &envoy(&jwt("{prefix: /}", ", disabled: true"), "", ALL),
                OPEN,
                &envoy(&jwt("{prefix: /}", ", disabled: false"), "", ALL),
            ),
            (
                "envoy.yaml",
                &envoy(&jwt("{prefix: /, headers: [{name: x-internal, present_match: false}]}", ""), "", ALL),
                OPEN,
                &envoy(&jwt("{prefix: /orders}", ""), "", ALL),
            ),
            (
                "nginx.conf",
                &nginx("  auth_basic staff;\n  location / { auth_basic off; proxy_pass http://a; }"),
                OPEN,
                &nginx("  auth_basic staff;\n  location / { proxy_pass http://a; }"),
            ),
        ],
        true,
    );
}

#[test]
fn an_external_authorizer_that_one_route_forgets_is_told_in_every_product() {
    let url = "nginx.ingress.kubernetes.io/auth-url: 'https://auth.example.com'";
    let both =
        |second: &str| format!("{}---\n{}", ingress("shop", url, "/"), ingress("orders", second, "/orders"));
    let traefik = |middlewares: &str| {
        format!(
            "http:\n  routers:\n    all: {{rule: 'Host(`shop.example.com`)', service: a, middlewares: [auth], tls: {{}}}}\n    \
             orders: {{rule: 'Host(`shop.example.com`) && PathPrefix(`/orders`)', service: a, {middlewares}tls: {{}}}}\n  \
             middlewares: {{auth: {{forwardAuth: {{address: 'http://auth'}}}}}}\n  \
             services: {{a: {{loadBalancer: {{servers: [{{url: 'http://127.0.0.1:80'}}]}}}}}}\n"
        )
    };
    let off = r#"typed_per_filter_config: {authz: {"@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute, disabled: true}}"#;
    let orders = |rest: &str| {
        format!("              - {{match: {{prefix: /orders}}, route: {{cluster: a}}{rest}}}\n{ALL}")
    };
    let caddy = |guard: &str| {
        format!(
            "shop.example.com {{\n  handle /orders* {{\n{guard}    reverse_proxy a:80\n  }}\n  handle {{\n    \
             forward_auth auth:9091\n    reverse_proxy a:80\n  }}\n}}\n"
        )
    };
    let apisix = |plugins: &str| {
        format!(
            "routes:\n  - {{id: all, uri: '/*', plugins: {{forward-auth: {{uri: 'http://auth'}}}}, upstream: {{nodes: {{'127.0.0.1:80': 1}}}}}}\n  \
             - {{id: orders, uri: '/orders', {plugins}upstream: {{nodes: {{'127.0.0.1:80': 1}}}}}}\n#END\n"
        )
    };
    let asked = |orders: &str| {
        nginx(&format!(
            "  location / {{ auth_request /auth; proxy_pass http://a; }}\n  location /orders {{ {orders}proxy_pass http://a; }}\n  \
             location = /auth {{ internal; proxy_pass http://auth; }}"
        ))
    };
    check(
        &[
            ("k8s.yaml", &both(""), OPEN, &both(url)),
            ("traefik.yaml", &traefik(""), OPEN, &traefik("middlewares: [auth], ")),
            (
                "envoy.yaml",
                &envoy(EXT_AUTHZ, "", &orders(&format!(", {off}"))),
                OPEN,
                &envoy(EXT_AUTHZ, "", &orders("")),
            ),
            ("Caddyfile", &caddy(""), OPEN, &caddy("    forward_auth auth:9091\n")),
            ("apisix.yaml", &apisix(""), OPEN, &apisix("plugins: {forward-auth: {uri: 'http://auth'}}, ")),
            ("nginx.conf", &asked(""), OPEN, &asked("auth_request /auth; ")),
        ],
        true,
    );
}

#[test]
fn a_request_to_a_location_that_always_says_yes_is_no_authorizer() {
    let asked = |auth: &str, to: &str| {
        nginx(&format!("  location / {{ auth_request {to}; proxy_pass http://a; }}\n  location {auth}"))
    };
    let mended = asked("= /auth { internal; proxy_pass http://auth; }", "/auth");
    check(
        &[
            ("nginx.conf", &asked("= /auth { return 200; }", "/auth"), OPEN, &mended),
            ("nginx.conf", &asked("= /auth { internal; return 204; }", "/auth"), OPEN, &mended),
            ("nginx.conf", &asked("/auth { return 204; }", "/auth?from=x"), OPEN, &mended),
            ("nginx.conf", &asked("/internal/ { return 200; }", "/internal/auth"), OPEN, &mended),
        ],
        true,
    );
}

/// `OUTER` beside a route of the same service that takes its prefix away.
#[test]
fn a_prefix_that_is_taken_away_leads_around_the_guard_of_what_lies_behind() {
    let beside = |inner: &str| {
        nginx(&format!(
            "  auth_basic staff;\n  location / {{ proxy_pass http://a; }}\n  location {inner}\n  location /other/ {{ auth_basic off; proxy_pass http://b/; }}"
        ))
    };
    let named = |inner: &str| {
        let upstreams = ["again", "a"].map(|name| format!("upstream {name} {{ server 192.0.2.5:8080; }}\n"));
        beside(inner).replacen("http { ", &format!("http {{ {}", upstreams.concat()), 1)
    };
    let guarded = beside("/legacy/ { proxy_pass http://a/; }");
    let other = |inner: &str| beside(&format!("{inner} {{ auth_basic off; proxy_pass http://c/; }}"));
    let caddy = |inner: &str| {
        format!(
            "shop.example.com {{\n  handle_path /legacy/* {{\n{inner}    reverse_proxy http://a\n  }}\n  handle {{\n    \
             basic_auth {{\n      bob x\n    }}\n    reverse_proxy a:80\n  }}\n}}\n"
        )
    };
    let kind = "nginx.ingress.kubernetes.io/auth-type: basic";
    let target = "nginx.ingress.kubernetes.io/rewrite-target: /$2";
    let k8s = |annotations: &str| {
        let second = ingress("legacy", annotations, "/legacy(/|$)(.*)");
        format!("{}---\n{}", ingress("shop", kind, "/"), second.replace("Prefix", "ImplementationSpecific"))
    };
    check(
        &[
            ("nginx.conf", &beside("/legacy/ { auth_basic off; proxy_pass http://a/; }"), OPEN, &guarded),
            (
                "nginx.conf",
                &beside("/legacy/ { auth_basic off; proxy_pass http://A:80/; }"),
                OPEN,
                &other("/legacy/"),
            ),
            (
                "nginx.conf",
                &beside("/login/ { auth_basic off; proxy_pass http://a/; }"),
                OPEN,
                &other("/login/"),
            ),
            (
                "nginx.conf",
                &beside("/public/ { auth_basic off; proxy_pass http://a/; }"),
                OPEN,
                &other("/public/"),
            ),
            (
                "nginx.conf",
                &beside("/x/ { auth_basic off; rewrite ^/x/(.*)$ /$1 break; proxy_pass http://a; }"),
                OPEN,
                &beside("/x/ { auth_basic off; rewrite ^/x/(.*)$ /health/$1 break; proxy_pass http://a; }"),
            ),
            (
                "nginx.conf",
                &beside("= /x { auth_basic off; proxy_pass http://a/orders; }"),
                OPEN,
                &beside("= /x { auth_basic off; proxy_pass http://a/health; }"),
            ),
            (
                "nginx.conf",
                &beside("~ ^/x(/.*)$ { auth_basic off; proxy_pass http://a$1; }"),
                OPEN,
                &beside("~ ^/x(/.*)$ { auth_basic off; proxy_pass http://a/health$1; }"),
            ),
            (
                "nginx.conf",
                &beside("~ ^/x/(?<rest>.*)$ { auth_basic off; proxy_pass http://a/$rest$is_args$args; }"),
                OPEN,
                &beside("~ ^/x/(?<rest>.*)$ { auth_basic off; proxy_pass http://c/$rest$is_args$args; }"),
            ),
            (
                "nginx.conf",
                &beside(
                    "/x/ { auth_basic off; set $u http://a; rewrite ^/x(/.*)$ $1 break; proxy_pass $u; }",
                ),
                OPEN,
                &beside(
                    "/x/ { auth_basic off; set $u http://c; rewrite ^/x(/.*)$ $1 break; proxy_pass $u; }",
                ),
            ),
            (
                "nginx.conf",
                &named("/x/ { auth_basic off; proxy_pass http://192.0.2.5:8080/; }"),
                OPEN,
                &named("/x/ { auth_basic off; proxy_pass http://192.0.2.6:8080/; }"),
            ),
            (
                "nginx.conf",
                &named("/x/ { auth_basic off; proxy_pass http://again/; }"),
                OPEN,
                &named("/x/ { proxy_pass http://again/; }"),
            ),
            ("Caddyfile", &caddy(""), OPEN, &caddy("    basic_auth {\n      bob x\n    }\n")),
            ("k8s.yaml", &k8s(target), OPEN, &k8s(&format!("{target}, {kind}"))),
        ],
        true,
    );
    let nature = |name: &str| format!("ACH-009 shop.example.com location {name}");
    check(
        &[
            (
                "nginx.conf",
                &beside("/legacy/ { auth_basic off; proxy_pass http://a/; }"),
                &nature("/legacy/"),
                &guarded,
            ),
            (
                "nginx.conf",
                &beside("/login/ { auth_basic off; proxy_pass http://a/; }"),
                &nature("/login/"),
                &other("/login/"),
            ),
            (
                "nginx.conf",
                &beside("/status/ { auth_basic off; proxy_pass http://a:80/; }"),
                &nature("/status/"),
                &beside("/status { auth_basic off; proxy_pass http://a; }"),
            ),
        ],
        false,
    );
}

#[test]
fn a_backend_that_rewrites_leads_around_the_guard_of_its_frontend() {
    let led = |to: &str, server: &str| {
        haproxy(
            "  http-request auth if { path_beg /orders } !{ http_auth(staff) }\n  use_backend old if { path_beg /old }",
        ) + &format!("backend old\n  mode http\n  {to}\n  server b {server}\n")
    };
    let near = "127.0.0.1:80";
    check(
        &[
            (
                "haproxy.cfg",
                &led("http-request set-path %[path,regsub(^/old,/orders)]", near),
                OPEN,
                &led("http-request set-path %[path,regsub(^/old,/orders)]", "127.0.0.1:81"),
            ),
            (
                "haproxy.cfg",
                &led("http-request set-path %[path,regsub(^/old,)]", near),
                OPEN,
                &led("http-request set-path %[path,regsub(^/old,)]", "127.0.0.1:81"),
            ),
            // A third backend joins two whose servers differ; one that only stands by joins nothing.
            (
                "haproxy.cfg",
                &(led("http-request set-path %[path,regsub(^/old,/orders)]", "127.0.0.1:81")
                    + "backend both\n  mode http\n  server a 127.0.0.1:80\n  server b 127.0.0.1:81\n"),
                OPEN,
                &led(
                    "http-request set-path %[path,regsub(^/old,/orders)]",
                    "127.0.0.1:81\n  server sorry 127.0.0.1:80 backup",
                ),
            ),
            (
                "haproxy.cfg",
                &led(r"http-request replace-uri ^/old(.*) /orders\1", near),
                OPEN,
                &led(r"http-request replace-uri ^/old(.*) /orders\1", "127.0.0.1:81"),
            ),
            (
                "haproxy.cfg",
                &led(r"http-request replace-path ^/old/(.*) /\1", near),
                OPEN,
                &led(
                    "http-request set-header Host other.example.com\n  http-request replace-path ^/old/(.*) /\\1",
                    near,
                ),
            ),
        ],
        true,
    );
}

#[test]
fn what_caddy_does_with_refusals_can_lead_to_what_they_guard() {
    let caddy = |errors: &str| {
        format!("shop.example.com {{\n  basic_auth {{\n    bob x\n  }}\n  reverse_proxy a:80\n{errors}}}\n")
    };
    let refused = |errors: &str| {
        let auth = "@no not header X-Key 1\n  error @no 401\n";
        format!("shop.example.com {{\n  {auth}  reverse_proxy a:80\n{errors}}}\n")
    };
    check(
        &[
            (
                "Caddyfile",
                &caddy("  handle_errors {\n    reverse_proxy a:80\n  }\n"),
                OPEN,
                &caddy("  handle_errors {\n    rewrite * /errors.html\n    reverse_proxy a:80\n  }\n"),
            ),
            (
                "Caddyfile",
                &caddy("  handle_errors 4xx {\n    handle {\n      reverse_proxy a\n    }\n  }\n"),
                OPEN,
                &caddy("  handle_errors 5xx {\n    handle {\n      reverse_proxy a\n    }\n  }\n"),
            ),
            (
                "Caddyfile",
                &caddy("  handle_errors {\n    reverse_proxy /orders* a:80\n  }\n"),
                OPEN,
                &caddy("  handle_errors {\n    reverse_proxy /orders* errors:80\n  }\n"),
            ),
        ],
        true,
    );
    assert_eq!(told("Caddyfile", &refused("")), Vec::<String>::new());
}

#[test]
fn a_policy_for_all_but_some_paths_is_read_as_that() {
    let rbac = |action: &str, rest: &str| {
        let rules = format!(
            "rules: {{action: {action}, policies: {{rest: {{permissions: [{{not_rule: {{url_path: {{path: {{prefix: \
             /jobs}}}}}}}}], principals: [{rest}]}}, jobs: {{permissions: [{{url_path: {{path: {{prefix: /jobs}}}}}}], \
             principals: [{{direct_remote_ip: {{address_prefix: 192.0.2.0, prefix_len: 24}}}}]}}}}}}"
        );
        let filter = format!(
            r#"{{name: rbac, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC, {rules}}}}}"#
        );
        let jobs = API.replace("/orders", "/jobs").replace("listOrders", "run");
        let jobs = jobs.replace("audience: authenticated", "audience: {internal: [192.0.2.0/24]}");
        let file = |name: &str, text: &str| File { name: name.into(), text: text.into() };
        let files =
            [file("envoy.yaml", &envoy(&filter, "", ALL)), file("jobs.yaml", &jobs), file("shop.yaml", API)];
        let findings = checks::check(&read(&files, &mut |_| Vec::new()), Options::default(), NOW);
        let told = findings.iter().filter(|found| matches!(found.check.id, "ACH-014" | "ACH-015"));
        told.map(|found| format!("{} {}", found.check.id, found.subject)).collect::<Vec<_>>()
    };
    let none = Vec::<String>::new();
    assert_eq!(rbac("ALLOW", "{any: true}"), none);
    assert_eq!(rbac("ALLOW", "{authenticated: {}}"), none);
    assert_eq!(rbac("DENY", "{not_id: {authenticated: {}}}"), ["ACH-014 GET /jobs"]);
}

#[test]
fn a_service_that_selects_the_same_workload_by_another_label_leads_around_an_ingress() {
    let url = "nginx.ingress.kubernetes.io/auth-type: basic";
    let services = |tier: &str| {
        let service = |name: &str, rest: &str| {
            format!(
                "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{{rest}}}\n"
            )
        };
        ingress("shop", url, "/")
            + &service("orders", "selector: {app: orders}")
            + &service("public", &format!("type: LoadBalancer, selector: {{tier: {tier}}}"))
            + "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: o, namespace: shop}\nspec: {template: {metadata: {labels: {app: orders, tier: back}}}}\n"
    };
    check(&[("k8s.yaml", &services("back"), OPEN, &services("front"))], true);
}

#[test]
fn an_ingress_that_anybody_satisfies_or_a_snippet_switches_off_does_not_guard() {
    let url = "nginx.ingress.kubernetes.io/auth-url: 'https://auth.example.com'";
    let basic = "nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/satisfy: any";
    let range = "nginx.ingress.kubernetes.io/whitelist-source-range: 0.0.0.0/0";
    let snippet = |text: &str| {
        ingress("shop", &format!("{url}, nginx.ingress.kubernetes.io/configuration-snippet: '{text}'"), "/")
    };
    check(
        &[
            (
                "k8s.yaml",
                &ingress("shop", &format!("{basic}, {range}"), "/"),
                OPEN,
                &ingress("shop", basic, "/"),
            ),
            ("k8s.yaml", &snippet("auth_request off;"), OPEN, &snippet("expires off; # auth_request off;")),
        ],
        true,
    );
    let server = "location /orders { proxy_pass http://orders.shop; }";
    let text =
        ingress("shop", &format!("{url}, nginx.ingress.kubernetes.io/server-snippet: '{server}'"), "/");
    let file = File { name: "k8s.yaml".into(), text: text.into() };
    let inventory = read(&[file], &mut |_| Vec::new());
    let fault = inventory.faults.first().map(|fault| fault.diagnostic.message.to_string());
    assert_eq!(fault.as_deref(), Some("`server-snippet` leads to a service by itself"));
}

#[test]
fn a_guard_that_is_written_and_does_nothing_is_told() {
    let apisix = |plugin: &str| {
        format!(
            "routes:\n  - {{id: all, uri: '/*', plugins: {{{plugin}}}, upstream: {{nodes: {{'127.0.0.1:80': 1}}}}}}\n#END\n"
        )
    };
    let kong = |plugin: &str| {
        format!(
            "_format_version: '3.0'\nservices: [{{name: a, url: 'http://a:80', plugins: [{plugin}], routes: \
             [{{name: r, paths: [/], strip_path: false, protocols: [https]}}]}}]\n"
        )
    };
    let authz = |rest: &str| envoy(&EXT_AUTHZ.replace("ExtAuthz}", &format!("ExtAuthz{rest}}}")), "", ALL);
    let rbac = |rules: &str, action: &str| {
        let rules = format!(
            "{rules}: {{{action}policies: {{a: {{permissions: [{{any: true}}], principals: [{{authenticated: {{}}}}]}}}}}}"
        );
        let filter = format!(
            r#"{{name: rbac, typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC, {rules}}}}}"#
        );
        envoy(&filter, "", ALL)
    };
    let share =
        |of: &str| format!(", filter_enabled: {{default_value: {{numerator: {of}, denominator: HUNDRED}}}}");
    check(
        &[
            (
                "apisix.yaml",
                &apisix("key-auth: {_meta: {disable: true}}"),
                OPEN,
                &apisix("key-auth: {_meta: {disable: false}}"),
            ),
            (
                "apisix.yaml",
                &apisix("key-auth: {_meta: {filter: [[arg_debug, '~=', '1']]}}"),
                OPEN,
                &apisix("key-auth: {_meta: {filter: []}}"),
            ),
            (
                "apisix.yaml",
                &apisix("forward-auth: {uri: 'http://auth', allow_degradation: true}"),
                OPEN,
                &apisix("forward-auth: {uri: 'http://auth', allow_degradation: false}"),
            ),
            (
                "kong.yaml",
                &kong("{name: key-auth, enabled: false}"),
                OPEN,
                &kong("{name: key-auth, enabled: true}"),
            ),
            (
                "kong.yaml",
                &kong("{name: key-auth, protocols: [grpc]}"),
                OPEN,
                &kong("{name: key-auth, protocols: [grpc, https]}"),
            ),
            ("envoy.yaml", &authz(&share("50")), OPEN, &authz(&share("100"))),
            ("envoy.yaml", &authz(", failure_mode_allow: true"), OPEN, &authz(", failure_mode_allow: false")),
            ("envoy.yaml", &rbac("rules", "action: LOG, "), OPEN, &rbac("rules", "action: ALLOW, ")),
            ("envoy.yaml", &rbac("shadow_rules", ""), OPEN, &rbac("rules", "")),
        ],
        true,
    );
}

#[test]
fn an_ending_of_a_path_leads_around_the_guard_where_an_id_may_have_it() {
    let limit = "limit_req_zone $binary_remote_addr zone=a:1m rate=60r/m;\n";
    let nginx = |inner: &str| {
        format!("{limit}upstream app {{ server 10.0.0.5:8080; }}\n").replace('\n', " ")
            + &format!(
                "server {{ listen 443 ssl; server_name shop.example.com; limit_req zone=a; auth_basic a; \
                 location / {{ proxy_pass http://app; }} {inner} }}\n"
            )
    };
    let haproxy = |unless: &str| {
        haproxy(&format!(
            "  stick-table type ip size 1m expire 10m store http_req_rate(1m)\n  http-request track-sc0 src\n  \
             http-request deny deny_status 429 if {{ sc_http_req_rate(0) gt 60 }}\n  \
             http-request auth unless {{ http_auth(staff) }}{unless}"
        ))
    };
    let caddy = |matcher: &str, name: &str| {
        format!(
            "{{\n  order rate_limit before basic_auth\n}}\nshop.example.com {{\n  rate_limit {{\n    zone a {{\n      \
             key {{remote_host}}\n      events 60\n      window 1m\n    }}\n  }}\n{matcher}  basic_auth{name} \
             {{\n    a x\n  }}\n  reverse_proxy 10.0.0.5:8080\n}}\n"
        )
    };
    let open = ["ACH-015 GET /orders/{id}"];
    let pictures = "location ~* \\.(css|js|json)$ { auth_basic off; proxy_pass http://app; }";
    let by_uuid = ("schema: {type: string}}]", "schema: {type: string, format: uuid}}]");
    let as_it_is = ("openapi: 3.1.0", "openapi: 3.1.0");
    for (name, fault, change, expected) in [
        ("nginx.conf", nginx(pictures), as_it_is, &open[..]),
        ("nginx.conf", nginx(pictures), by_uuid, &[]),
        ("nginx.conf", nginx(&pictures.replace("auth_basic off; ", "")), as_it_is, &[]),
        // Pictures are another service.
        ("nginx.conf", nginx(&pictures.replace("http://app", "http://10.0.0.6")), as_it_is, &[]),
        ("haproxy.cfg", haproxy(" || { path_end .json .png }"), as_it_is, &open[..]),
        ("haproxy.cfg", haproxy(" || { path_end .json .png }"), by_uuid, &[]),
        ("haproxy.cfg", haproxy(""), as_it_is, &[]),
        ("Caddyfile", caddy("  @kept not path *.json *.png\n", " @kept"), as_it_is, &open[..]),
        ("Caddyfile", caddy("", ""), as_it_is, &[]),
    ] {
        assert_eq!(codes(name, &fault, change), expected, "{name} {change:?}:\n{fault}");
    }
}

#[test]
fn a_count_by_what_callers_say_is_no_limit_and_nor_is_a_burst_without_end() {
    let nginx = |key: &str, burst: &str| {
        format!(
            "limit_req_zone {key} zone=a:1m rate=60r/m;\nserver {{ listen 443 ssl; server_name shop.example.com; \
             auth_basic a; limit_req zone=a{burst}; location / {{ proxy_pass http://10.0.0.5; }} }}\n"
        )
    };
    let kong = |by: &str| {
        format!(
            "_format_version: '3.0'\nservices: [{{name: a, url: 'http://a:80', plugins: [{{name: jwt}}, {{name: \
             rate-limiting, config: {{minute: 60{by}}}}}], routes: [{{name: r, paths: [/], strip_path: false, \
             protocols: [https]}}]}}]\n"
        )
    };
    let apisix = |plugin: &str| {
        format!(
            "routes: [{{id: a, uri: '/*', upstream_id: u, plugins: {{jwt-auth: {{}}, {plugin}}}}}]\n\
             upstreams: [{{id: u, nodes: {{'a:80': 1}}}}]\n"
        )
    };
    let count = |key: &str| apisix(&format!("limit-count: {{count: 60, time_window: 60{key}}}"));
    let traefik = |limit: &str, auth: &str| {
        format!(
            "http:\n  routers: {{a: {{rule: 'Host(`shop.example.com`)', service: a, entryPoints: [websecure], tls: \
             {{}}, middlewares: [auth, slow]}}}}\n  middlewares: {{auth: {auth}, slow: {{rateLimit: {{average: 60, \
             period: 1m{limit}}}}}}}\n  services: {{a: {{loadBalancer: {{servers: [{{url: 'http://a:80'}}]}}}}}}\n"
        )
    };
    let (basic, by_header) =
        ("{basicAuth: {users: ['a:b']}}", ", sourceCriterion: {requestHeaderName: X-Client}");
    let names = "{forwardAuth: {address: 'http://auth', authResponseHeaders: [x-client]}}";
    let each = "$binary_remote_addr";
    for (name, text, kept) in [
        ("nginx.conf", nginx(each, ""), true),
        ("nginx.conf", nginx("$proxy_add_x_forwarded_for", ""), false),
        ("nginx.conf", nginx(each, " burst=20 nodelay"), true),
        ("nginx.conf", nginx(each, " burst=1000000 nodelay"), false),
        ("nginx.conf", nginx(each, " burst=1000000 delay=5"), false),
        // Calls beyond the rate wait for it.
        ("nginx.conf", nginx(each, " burst=1000000"), true),
        ("kong.yaml", kong(", limit_by: ip"), true),
        ("kong.yaml", kong(", limit_by: header, header_name: X-Client"), false),
        ("apisix.yaml", count(", key: remote_addr"), true),
        ("apisix.yaml", count(", key: http_x_client"), false),
        ("apisix.yaml", count(", key_type: var_combination, key: $consumer_name $arg_client"), false),
        ("apisix.yaml", count(", key_type: var_combination, key: $consumer_name $remote_addr"), true),
        ("apisix.yaml", count(", key_type: constant, key: http_x_client"), true),
        (
            "apisix.yaml",
            apisix("limit-req: {rate: 1, burst: 1000000, nodelay: true, key: remote_addr}"),
            false,
        ),
        ("apisix.yaml", apisix("limit-req: {rate: 1, burst: 1000000, key: remote_addr}"), true),
        ("dynamic.yaml", traefik("", basic), true),
        ("dynamic.yaml", traefik(", burst: 100", basic), true),
        ("dynamic.yaml", traefik(", burst: 1000000", basic), false),
        ("dynamic.yaml", traefik(by_header, basic), false),
        // An authorizer says who it is.
        ("dynamic.yaml", traefik(by_header, names), true),
    ] {
        let told = codes(name, &text, ("", ""));
        assert_eq!(told.is_empty(), kept, "{told:?}\n{text}");
        assert!(told.iter().all(|one| one.starts_with("ACH-016 ")), "{told:?}\n{text}");
    }
}

#[test]
fn two_fronts_to_one_service_guard_it_both_or_neither_without_any_specification() {
    let server = |name: &str, guard: &str, locations: &str| {
        format!("server {{ listen 443 ssl; server_name {name}.example.com; {guard} {locations} }}\n")
    };
    let both = |first: &str, second: &str, guard: &str| {
        let upstreams = "upstream s { server 10.0.0.5:80; }\nupstream t { server 10.0.0.6:80; }\n";
        format!("{upstreams}{}{}", server("shop", "auth_basic a;", first), server("old", guard, second))
    };
    let people = "location /customers/ { proxy_pass http://s; }";
    let all = "location / { proxy_pass http://s; }";
    let function = |auth: &str| {
        format!(
            "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n  F:\n    \
             Type: AWS::Serverless::Function\n    Properties:\n      FunctionUrlConfig: {{AuthType: {auth}}}\n      \
             Events:\n        A: {{Type: Api, Properties: {{Path: '/orders', Method: get, Auth: {{Authorizer: \
             AWS_IAM}}}}}}\n"
        )
    };
    for (name, text, found) in [
        ("nginx.conf", both(people, people, ""), 1),
        ("nginx.conf", both(people, all, ""), 1),
        ("nginx.conf", both(all, people, ""), 1),
        ("nginx.conf", both(people, people, "auth_basic a;"), 0),
        ("nginx.conf", both(people, people, "allow 10.0.0.0/8; deny all;"), 0),
        ("nginx.conf", both(people, &people.replace("//s", "//t"), ""), 0),
        ("nginx.conf", both(people, "location /catalogue/ { proxy_pass http://s; }", ""), 0),
        ("nginx.conf", both(people, &format!("{all} location /customers/ {{ return 404; }}"), ""), 0),
        ("nginx.conf", both(all, "location /healthz { proxy_pass http://s; }", ""), 0),
        ("template.yaml", function("NONE"), 1),
        ("template.yaml", function("AWS_IAM"), 0),
    ] {
        let told = told_with(name, &text, false);
        assert_eq!(told.len(), found, "{told:?}\n{text}");
        assert!(told.iter().all(|told| told.starts_with("ACH-009 ")), "{told:?}");
    }
}

#[test]
fn a_map_that_lets_those_through_who_bring_nothing_is_no_guard() {
    let conf = |map: &str, refused: &str| {
        format!(
            "map $http_x_api_key $ok {{ {map} }}\nlimit_req_zone $binary_remote_addr zone=a:1m rate=60r/m;\n\
             server {{ listen 443 ssl; server_name shop.example.com; limit_req zone=a;\n  location /orders {{ if \
             ({refused}) {{ return 401; }} proxy_pass http://a; }}\n  location / {{ auth_basic b; proxy_pass http://a; \
             }}\n}}\n"
        )
    };
    for (map, refused, open) in [
        (r#"default 0; "secret" 1; "" 1;"#, "$ok = 0", true),
        (r#"default 1; "bad" 0;"#, "$ok = 0", true),
        (r#"default no; "secret" yes; "" yes;"#, "$ok != yes", true),
        (r#"default 0; "secret" 1;"#, "$ok = 0", false),
        (r#"default 0; "secret" 1; "" 0;"#, "$ok = 0", false),
        (r#"default 1; "~^bad" 0; "~^$" 0;"#, "$ok = 0", false),
    ] {
        let found = codes("nginx.conf", &conf(map, refused), ("", ""));
        assert_eq!(!found.is_empty(), open, "{found:?} told of {map} and {refused}");
    }
}

#[test]
fn an_entry_point_of_traefik_that_no_file_defines_is_plain_only_by_the_name_of_the_plain_one() {
    let router = |points: &str, tls: &str| {
        format!(
            "http:\n  routers: {{a: {{rule: 'Host(`shop.example.com`)', service: a, {points}{tls}middlewares: [auth, \
             slow]}}}}\n  middlewares: {{auth: {{basicAuth: {{users: ['a:b']}}}}, slow: {{rateLimit: {{average: 60, \
             period: 1m}}}}}}\n  services: {{a: {{loadBalancer: {{servers: [{{url: 'http://a:80'}}]}}}}}}\n"
        )
    };
    let defined = |http: &str| format!("entryPoints: {{websecure: {{address: ':443', http: {{{http}}}}}}}\n");
    for (text, plain) in [
        (router("entryPoints: [websecure], ", ""), false),
        (router("entryPoints: [websecure], ", "tls: {}, "), false),
        (router("entryPoints: [web], ", ""), true),
        (router("", ""), false),
        (defined("tls: {}") + &router("entryPoints: [websecure], ", ""), false),
        (defined("middlewares: []") + &router("entryPoints: [websecure], ", ""), true),
    ] {
        let told = codes("dynamic.yaml", &text, ("", ""));
        let found = told.iter().any(|one| one.starts_with("ACH-013"));
        assert_eq!(found, plain, "{told:?}\n{text}");
    }
}
