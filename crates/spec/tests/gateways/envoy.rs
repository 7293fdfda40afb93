//! Envoy.

use expect_test::{Expect, expect};

use super::{shown, survives_mutations};

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown("envoy.yaml", text));
}

/// A bootstrap with one manager that has these filters and virtual hosts.
pub(crate) fn bootstrap(filters: &str, hosts: &str) -> String {
    format!(
        "static_resources:\n  listeners:\n  - name: edge\n    address: {{socket_address: {{address: 127.0.0.1, port_value: 0}}}}\n    filter_chains:\n    - filters:\n      - name: envoy.filters.network.http_connection_manager\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n          stat_prefix: edge\n          http_filters:\n{}          - {{name: router, typed_config: {{\"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}}}\n          route_config:\n            virtual_hosts:\n{}",
        indented(filters, 10),
        indented(hosts, 12)
    )
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

pub(crate) const ALL: &str =
    "- name: all\n  domains: ['*']\n  routes:\n  - {match: {prefix: /}, direct_response: {status: 200}}\n";

pub(crate) fn filter(name: &str, kind: &str, rest: &str) -> String {
    format!(
        "- name: {name}\n  typed_config:\n    \"@type\": type.googleapis.com/envoy.extensions.filters.http.{kind}\n{}",
        indented(rest, 4)
    )
}

pub(crate) fn jwt(rules: &str) -> String {
    filter(
        "jwt",
        "jwt_authn.v3.JwtAuthentication",
        &format!(
            "providers:\n  p: {{issuer: a, local_jwks: {{inline_string: '{{\"keys\":[]}}'}}}}\nrules:\n{rules}"
        ),
    )
}

pub(crate) fn rbac(rules: &str) -> String {
    filter("rbac", "rbac.v3.RBAC", &format!("rules: {rules}"))
}

const LIMIT: &str = "stat_prefix: l\ntoken_bucket: {max_tokens: 2, tokens_per_fill: 2, fill_interval: 60s}\n";
const ON: &str =
    "filter_enabled: {default_value: {numerator: 100}}\nfilter_enforced: {default_value: {numerator: 100}}\n";

fn limit(rest: &str) -> String {
    filter("limit", "local_ratelimit.v3.LocalRateLimit", &format!("{LIMIT}{rest}"))
}

/// A limit of two requests a minute, in force or only written down.
pub(crate) fn limited(in_force: bool) -> String {
    limit(if in_force { ON } else { "" })
}

fn routes(filters: &str, hosts: &str) -> String {
    let shown = shown("envoy.yaml", &bootstrap(filters, hosts));
    let line = |line: &str| {
        let line = line.trim();
        line.split_once(" @").map_or(line, |(before, _)| before).replace(" -> self", "")
    };
    shown.lines().skip(1).map(line).collect::<Vec<_>>().join(" | ")
}

#[test]
fn rules_of_jwt_authn_divide_a_route_and_the_first_that_matches_counts() {
    for (rules, expected) in [
        ("- {match: {prefix: /}, requires: {provider_name: p}}", "any auth=required(jwt_authn)"),
        (
            "- {match: {prefix: /api}, requires: {provider_name: p}}",
            "prefix /api auth=required(jwt_authn) | any",
        ),
        (
            "- {match: {prefix: /api/public}}\n- {match: {prefix: /api}, requires: {provider_name: p}}",
            "prefix /api/public | prefix /api auth=required(jwt_authn) | any",
        ),
        (
            "- {match: {prefix: /api}, requires: {provider_name: p}}\n- {match: {prefix: /api/public}}",
            "prefix /api/public auth=required(jwt_authn) | prefix /api auth=required(jwt_authn) | any",
        ),
        (
            "- {match: {prefix: /}, requires: {requires_any: {requirements: [{provider_name: p}, {allow_missing: {}}]}}}",
            "any auth=optional(jwt_authn)",
        ),
        ("- {match: {prefix: /}, requires: {allow_missing_or_failed: {}}}", "any auth=optional(jwt_authn)"),
        (
            "- {match: {prefix: /}, requires: {requires_all: {requirements: [{provider_name: p}, {allow_missing: {}}]}}}",
            "any auth=required(jwt_authn)",
        ),
        (
            "- {match: {prefix: /}, requires: {provider_and_audiences: {provider_name: p, audiences: [a]}}}",
            "any auth=required(jwt_authn)",
        ),
        (
            "- {match: {prefix: /, headers: [{name: x-internal, present_match: true}]}}\n- {match: {prefix: /}, requires: {provider_name: p}}",
            "any",
        ),
        (
            "- {match: {prefix: /, headers: [{name: ':method', string_match: {exact: OPTIONS}}]}}\n- {match: {prefix: /api}, requires: {provider_name: p}}",
            "prefix /api OPTIONS | prefix /api auth=required(jwt_authn) | any OPTIONS | any",
        ),
        ("- {match: {path: /me}, requires: {provider_name: p}}", "exact /me auth=required(jwt_authn) | any"),
        (
            "- {match: {safe_regex: {regex: '/o/[0-9]+'}}, requires: {provider_name: p}}",
            "regex/whole /o/[0-9]+ auth=required(jwt_authn) | any",
        ),
        (
            "- {match: {prefix: /}, requires: {provider_name: q}}",
            "any auth=required(jwt_authn) | error ENVOY-001 18:64 the provider `q` is not among `providers`",
        ),
        (
            "- {match: {prefix: /}, requirement_name: r}",
            "any auth=unknown(jwt_authn) | error ENVOY-001 18:56 the requirement `r` is not in `requirement_map`",
        ),
    ] {
        assert_eq!(routes(&jwt(rules), ALL), expected, "{rules}");
    }
}

#[test]
fn access_by_role_counts_as_its_weakest_policy_that_may_apply() {
    let policy = |permission: &str, principal: &str| {
        format!("{{policies: {{a: {{permissions: [{permission}], principals: [{principal}]}}}}}}")
    };
    let any = "{any: true}";
    let admin = "{url_path: {path: {prefix: /admin}}}";
    for (rules, expected) in [
        (policy(any, any), "any"),
        ("{}".to_owned(), "any auth=denied"),
        (policy(any, "{authenticated: {}}"), "any auth=required(rbac authenticated)"),
        (policy(any, "{remote_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}"), "any reach=10.0.0.0/8"),
        (policy(any, "{remote_ip: {address_prefix: 10.0.0.0}}"), "any"),
        (
            policy(any, "{remote_ip: {address_prefix: 10.0.0.0, prefix_len: 8}}, {authenticated: {}}"),
            "any auth=optional(rbac authenticated)",
        ),
        (policy(any, "{remote_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}"), "any reach=inside"),
        (
            policy(
                any,
                "{remote_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}, {remote_ip: {address_prefix: 192.0.2.0, prefix_len: 24}}",
            ),
            "any reach=127.0.0.0/8+192.0.2.0/24",
        ),
        (policy(any, "{header: {name: x-key, string_match: {exact: a}}}"), "any"),
        (
            policy(
                any,
                "{metadata: {filter: envoy.filters.http.jwt_authn, path: [{key: p}], value: {present_match: true}}}",
            ),
            "any auth=required(rbac envoy.filters.http.jwt_authn)",
        ),
        (policy(admin, any), "prefix /admin | any auth=denied"),
        (
            policy(
                "{and_rules: {rules: [{url_path: {path: {prefix: /a}}}, {header: {name: ':method', string_match: {exact: GET}}}]}}",
                any,
            ),
            "prefix /a GET | prefix /a auth=denied | any GET auth=denied | any auth=denied",
        ),
        (format!("{{action: DENY, {}", &policy(admin, any)[1..]), "prefix /admin auth=denied | any"),
        (
            format!("{{action: DENY, {}", &policy(any, "{not_id: {authenticated: {}}}")[1..]),
            "any auth=required(rbac authenticated)",
        ),
        (
            format!(
                "{{action: DENY, {}",
                &policy(any, "{not_id: {remote_ip: {address_prefix: 192.0.2.0, prefix_len: 24}}}")[1..]
            ),
            "any reach=192.0.2.0/24",
        ),
        (format!("{{action: LOG, {}", &policy(admin, any)[1..]), "prefix /admin | any"),
    ] {
        assert_eq!(routes(&rbac(&rules), ALL), expected, "{rules}");
    }
}

#[test]
fn a_local_limit_limits_only_where_it_is_enabled_and_enforced() {
    for (rest, expected) in [
        (ON, "any rate=120/h"),
        ("", "any"),
        ("filter_enabled: {default_value: {numerator: 100}}\n", "any"),
        (
            "filter_enabled: {default_value: {numerator: 50}}\nfilter_enforced: {default_value: {numerator: 100}}\n",
            "any",
        ),
    ] {
        assert_eq!(routes(&limit(rest), ALL), expected, "{rest}");
    }
    let per_connection = format!("{ON}local_rate_limit_per_downstream_connection: true\n");
    assert_eq!(routes(&limit(&per_connection), ALL), "any rate=unknown");
}

fn overridden(name: &str, kind: &str, rest: &str) -> String {
    format!(
        "- name: all\n  domains: ['*']\n  routes:\n  - match: {{prefix: /open}}\n    direct_response: {{status: 200}}\n    typed_per_filter_config:\n      {name}: {{\"@type\": type.googleapis.com/envoy.{kind}, {rest}}}\n  - {{match: {{prefix: /}}, direct_response: {{status: 200}}}}\n"
    )
}

#[test]
fn an_override_on_a_route_replaces_the_filter() {
    let required = jwt("- {match: {prefix: /}, requires: {provider_name: p}}");
    let denied = rbac("{}");
    let external = filter("ext", "ext_authz.v3.ExtAuthz", "http_service: {}");
    let limited = limit(ON);
    let http = "extensions.filters.http";
    for (filters, name, kind, rest, expected) in [
        (
            &required,
            "jwt",
            format!("{http}.jwt_authn.v3.PerRouteConfig"),
            "disabled: true",
            "prefix /open | any auth=required(jwt_authn)",
        ),
        (
            &denied,
            "rbac",
            format!("{http}.rbac.v3.RBACPerRoute"),
            "rbac: {}",
            "prefix /open | any auth=denied",
        ),
        (
            &denied,
            "rbac",
            format!("{http}.rbac.v3.RBACPerRoute"),
            "rbac: {rules: {policies: {a: {permissions: [{any: true}], principals: [{authenticated: {}}]}}}}",
            "prefix /open auth=required(rbac authenticated) | any auth=denied",
        ),
        (
            &external,
            "ext",
            format!("{http}.ext_authz.v3.ExtAuthzPerRoute"),
            "disabled: true",
            "prefix /open | any auth=external(ext_authz)",
        ),
        (
            &external,
            "ext",
            "config.route.v3.FilterConfig".to_owned(),
            "disabled: true",
            "prefix /open | any auth=external(ext_authz)",
        ),
        (
            &external,
            "other",
            format!("{http}.ext_authz.v3.ExtAuthzPerRoute"),
            "disabled: true",
            "prefix /open auth=external(ext_authz) | any auth=external(ext_authz)",
        ),
        (
            &limited,
            "limit",
            format!("{http}.local_ratelimit.v3.LocalRateLimit"),
            "stat_prefix: x",
            "prefix /open | any rate=120/h",
        ),
    ] {
        assert_eq!(routes(filters, &overridden(name, &kind, rest)), expected, "{name} {kind} {rest}");
    }
}

#[test]
fn filters_that_cannot_be_seen_through_are_unknown_unless_something_stronger_holds() {
    let lua = filter("lua", "lua.v3.Lua", "inline_code: x");
    assert_eq!(routes(&lua, ALL), "any auth=unknown(lua)");
    let both = format!("{}{lua}", jwt("- {match: {prefix: /}, requires: {provider_name: p}}"));
    assert_eq!(routes(&both, ALL), "any auth=required(jwt_authn)");
    let off = lua.replace("- name: lua\n", "- name: lua\n  disabled: true\n");
    assert_eq!(routes(&off, ALL), "any");
}

#[test]
fn virtual_hosts_are_tried_as_envoy_does_and_end_in_a_refusal() {
    let hosts = "- {name: rest, domains: ['*'], routes: [{match: {prefix: /}, route: {cluster: web}}]}\n- {name: wild, domains: ['*.example.com'], routes: [{match: {path_separated_prefix: /a}, route: {cluster: a, prefix_rewrite: /b}}]}\n- {name: one, domains: ['a.example.com:8443'], routes: [{match: {prefix: /x, case_sensitive: false}, redirect: {https_redirect: true}}, {match: {prefix: /}, direct_response: {status: 403}}]}\n";
    check(
        &bootstrap("", hosts),
        &expect![[r#"
        edge (first) [127.0.0.1:0 plain inside]
          regex/i/whole /x.* host=a.example.com -> self @17
          any host=a.example.com -> self auth=denied @17
          segments /a host=*.example.com -> a+? rewrite=/b @16
          any host=*.example.com -> self auth=denied @16
          any -> web+? @15
    "#]],
    );
}

#[test]
fn tls_and_certificates_of_listeners_and_clusters_count() {
    let text = r#"{"static_resources": {"listeners": [{"name": "l", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 443}},
  "filter_chains": [{"transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext", "require_client_certificate": true}},
  "filters": [{"name": "hcm", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
    {"match": {"prefix": "/tls"}, "route": {"cluster": "tls"}}, {"match": {"prefix": "/far"}, "route": {"weighted_clusters": {"clusters": [{"name": "far", "weight": 1}]}}}, {"match": {"prefix": "/"}, "route": {"cluster": "near"}}]}]}}}]}]}],
  "clusters": [{"name": "tls", "transport_socket": {"name": "envoy.transport_sockets.tls"}},
   {"name": "far", "load_assignment": {"endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "api.example.com", "port_value": 80}}}}]}]}},
   {"name": "near", "load_assignment": {"endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "orders", "port_value": 80}}}}]}]}}]}}"#;
    expect![[r#"
        l (first) [0.0.0.0:443 tls world]
          prefix /tls -> tls+tls auth=required(client certificate) @4
          prefix /far -> far+plain auth=required(client certificate) @4
          any -> near auth=required(client certificate) @4
    "#]]
    .assert_eq(&shown("envoy.json", text));
}

#[test]
fn a_plain_listener_that_only_redirects_is_marked() {
    let redirecting =
        "- {name: all, domains: ['*'], routes: [{match: {prefix: /}, redirect: {https_redirect: true}}]}\n";
    let demanding = "- {name: all, domains: ['*'], require_tls: ALL, routes: [{match: {prefix: /}, route: {cluster: a}}]}\n";
    for (hosts, expected) in [(redirecting, true), (demanding, true), (ALL, false)] {
        let shown = shown("e.yaml", &bootstrap("", hosts));
        assert_eq!(shown.lines().next().unwrap().contains("redirects"), expected, "{shown}");
    }
}

#[test]
fn what_a_management_server_sends_and_what_is_broken_is_told_by_line() {
    let text = bootstrap("", ALL);
    check(
        &text.replace("route_config:", "rds: {}\n          unread:"),
        &expect![[r#"
        error ENVOY-001 13:16 the routes of listener `edge` are not in this file
    "#]],
    );
    check(
        "dynamic_resources: {lds_config: {ads: {}}}\n",
        &expect![[r#"
        error ENVOY-001 1:20 listeners come from a management server
    "#]],
    );
    check(
        &bootstrap(
            "",
            "- {name: a, domains: ['*'], routes: [{match: {}, route: {cluster: a}}, {match: {prefix: /b}, route: {cluster: b}}]}\n- text\n",
        ),
        &expect![[r#"
            edge (first) [127.0.0.1:0 plain inside]
              prefix /b -> b+? @15
            error ENVOY-001 16:15 an entry of `virtual_hosts` is text, not a mapping
            error ENVOY-001 15:58 this route matches by something that is not read
        "#]],
    );
}

#[test]
fn no_mutation_of_a_bootstrap_panics() {
    let filters = format!(
        "{}{}{}",
        jwt("- {match: {prefix: /api}, requires: {provider_name: p}}"),
        rbac("{}"),
        limit(ON)
    );
    survives_mutations("e.yaml", &bootstrap(&filters, ALL));
}
