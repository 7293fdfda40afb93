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
