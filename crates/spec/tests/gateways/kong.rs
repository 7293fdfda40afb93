//! Kong.

use expect_test::expect;

use super::{shown, survives_mutations};

/// The routes of a configuration without priorities, places and what is the same everywhere.
fn routes(text: &str) -> String {
    let shown = shown("kong.yaml", &format!("_format_version: \"3.0\"\n{text}"));
    let line = |line: &str| {
        let line = line.trim().split(" @").next().unwrap().to_owned();
        line.split(' ')
            .filter(|word| !word.starts_with("p=") && *word != "rewrite=/")
            .collect::<Vec<_>>()
            .join(" ")
    };
    shown.lines().skip(1).map(line).collect::<Vec<_>>().join(" | ")
}

fn with_plugins(on_route: &str, on_service: &str, global: &str) -> String {
    format!(
        "services:\n- name: s\n  url: http://s:80\n  plugins: [{on_service}]\n  routes:\n  - {{name: r, paths: [/a], plugins: [{on_route}]}}\nplugins: [{global}]\nconsumers:\n- {{username: guest}}\n- {{username: shut, plugins: [{{name: request-termination}}]}}\n- {{username: in, acls: [{{group: g}}]}}\n"
    )
}

#[test]
fn the_nearest_instance_of_a_plugin_guards_the_route() {
    for (on_route, on_service, global, expected) in [
        ("", "", "", "prefix /a -> s"),
        ("{name: key-auth}", "", "", "prefix /a -> s auth=required(key-auth)"),
        ("", "{name: jwt}", "", "prefix /a -> s auth=required(jwt)"),
        ("", "", "{name: basic-auth}", "prefix /a -> s auth=required(basic-auth)"),
        ("", "", "{name: key-auth, service: s}", "prefix /a -> s auth=required(key-auth)"),
        ("", "", "{name: key-auth, service: {name: other}}", "prefix /a -> s"),
        ("", "", "{name: key-auth, route: {name: r}}", "prefix /a -> s auth=required(key-auth)"),
        ("", "", "{name: key-auth, consumer: guest}", "prefix /a -> s"),
        ("", "{name: ip-restriction, consumer: guest, config: {allow: [10.0.0.0/8]}}", "", "prefix /a -> s"),
        ("{name: rate-limiting, consumer_group: g, config: {hour: 1}}", "", "", "prefix /a -> s"),
        (
            "{name: key-auth, enabled: false}",
            "",
            "",
            "prefix /a -> s auth=optional(key-auth, which is switched off)",
        ),
        (
            "{name: key-auth, protocols: [grpc]}",
            "",
            "",
            "prefix /a -> s auth=optional(key-auth, which is for other protocols)",
        ),
        (
            "",
            "",
            "{name: key-auth, enabled: false, service: s}",
            "prefix /a -> s auth=optional(key-auth, which is switched off)",
        ),
        ("", "", "{name: key-auth, enabled: false, service: t}", "prefix /a -> s"),
        (
            "{name: key-auth, enabled: false}",
            "{name: key-auth}",
            "",
            "prefix /a -> s auth=required(key-auth)",
        ),
        (
            "{name: key-auth, config: {anonymous: guest}}",
            "",
            "{name: key-auth}",
            "prefix /a -> s auth=optional(key-auth)",
        ),
        ("{name: key-auth, config: {anonymous: shut}}", "", "", "prefix /a -> s auth=required(key-auth)"),
        (
            "{name: key-auth, config: {anonymous: guest}}, {name: jwt}",
            "",
            "",
            "prefix /a -> s auth=required(jwt)",
        ),
        (
            "{name: key-auth, config: {anonymous: guest}}, {name: jwt, config: {anonymous: guest}}",
            "",
            "",
            "prefix /a -> s auth=optional(key-auth)",
        ),
        (
            "{name: key-auth, config: {anonymous: guest}}, {name: acl, config: {allow: [g]}}",
            "",
            "",
            "prefix /a -> s auth=required(key-auth and acl)",
        ),
        (
            "{name: key-auth, config: {anonymous: in}}, {name: acl, config: {allow: [g]}}",
            "",
            "",
            "prefix /a -> s auth=optional(key-auth)",
        ),
        ("{name: acl, config: {allow: [g]}}", "", "", "prefix /a -> s auth=unknown(acl)"),
        ("{name: acl, config: {deny: [g]}}", "", "", "prefix /a -> s"),
        ("{name: pre-function}", "", "", "prefix /a -> s auth=unknown(pre-function)"),
        ("{name: request-termination}", "", "", "prefix /a -> self auth=denied"),
        ("{name: request-termination, config: {trigger: x}}", "", "", "prefix /a -> s"),
        ("{name: ip-restriction, config: {allow: [10.0.0.0/8]}}", "", "", "prefix /a -> s reach=10.0.0.0/8"),
        ("{name: ip-restriction, config: {deny: [10.0.0.0/8]}}", "", "", "prefix /a -> s"),
        ("{name: rate-limiting, config: {minute: 5, hour: 100}}", "", "", "prefix /a -> s rate=100/h"),
        (
            "",
            "{name: rate-limiting, config: {second: 5}}",
            "{name: rate-limiting, config: {hour: 1}}",
            "prefix /a -> s rate=18000/h",
        ),
        (
            "{name: rate-limiting-advanced, config: {limit: [10, 100], window_size: [60, 3600]}}",
            "",
            "",
            "prefix /a -> s rate=100/h",
        ),
        ("{name: rate-limiting, config: {policy: redis}}", "", "", "prefix /a -> s rate=unknown"),
        ("{name: cors}", "", "", "prefix /a -> s"),
    ] {
        assert_eq!(
            routes(&with_plugins(on_route, on_service, global)),
            expected,
            "{on_route} / {on_service} / {global}"
        );
    }
}

#[test]
fn routes_are_preferred_as_the_traditional_router_does() {
    let text = r#"_format_version: "3.0"
services:
- {name: s, protocol: https, host: api.example.com, path: /v2}
- {name: t, host: pool}
upstreams:
- {name: pool, targets: [{target: "orders:80"}, {target: "192.0.2.7:80"}]}
routes:
- {name: plain, service: s, paths: [/a, /a/b], protocols: [https], strip_path: false}
- {name: regex, service: {name: s}, paths: ["~/a/[0-9]+$"], regex_priority: 5}
- {name: host, service: t, hosts: ["*.example.com"], paths: [/a], methods: [GET], headers: {x: [y]}}
- {name: lost, service: nope, paths: [/b]}
- {name: tcp, protocols: [tcp], destinations: [{port: 1}]}
- {name: none, expression: 'http.path == "/"'}
"#;
    expect![[r#"
        kong (priority) [https tls world, http plain world]
          prefix /a p=1000000000000 -> s+tls @8
          prefix /a/b p=1000000000000 -> s+tls @8
          regex ^/a/[0-9]+$ p=1200000500005 -> s+tls rewrite=/v2 @9
          prefix /a GET host=*.example.com if p=4002000000000 -> t+plain rewrite=/ @10
          prefix /b p=1000000000000 -> self rewrite=/ @11
        error KONG-001 11:25 the service `nope` is not in this file
        error KONG-001 12:3 the route `tcp` is for streams
        error KONG-001 13:28 the route `none` matches by an expression
    "#]]
    .assert_eq(&shown("kong.yaml", text));
}

#[test]
fn before_version_3_a_path_with_signs_is_a_regular_expression() {
    let text = "services: [{name: s, url: 'http://s', routes: [{name: r, paths: ['/a/\\d+']}]}]\n";
    let of = |version: &str| shown("kong.yaml", &format!("_format_version: \"{version}\"\n{text}"));
    assert!(of("2.1").contains("regex ^/a/\\d+ "), "{}", of("2.1"));
    assert!(of("3.0").contains("prefix /a/\\d+ "), "{}", of("3.0"));
}

#[test]
fn a_broken_part_is_told_by_line() {
    let text = "_format_version: '3.0'\nservices:\n- text\n- {name: s, url: 'http://s', routes: {}}\n- {name: t, url: 'http://t', routes: [{name: r, paths: [/r], plugins: [{name: ip-restriction, config: {allow: [x]}}]}]}\n";
    expect![[r#"
        kong (priority) [http plain world, https tls world]
          prefix /r p=1000000000000 -> t reach=nobody rewrite=/ @5
        error KONG-001 3:3 an entry of `services` is text, not a mapping
        error KONG-001 4:38 `routes` is a mapping, not a list
        error KONG-001 5:112 `x` is no network; write an address and a length, such as `192.0.2.0/24` or `2001:db8::/48`
    "#]].assert_eq(&shown("kong.yaml", text));
}

#[test]
fn no_mutation_of_a_configuration_panics() {
    survives_mutations(
        "kong.yaml",
        &format!(
            "_format_version: '3.0'\n{}",
            with_plugins(
                "{name: key-auth, config: {anonymous: guest}}",
                "{name: acl, config: {allow: [g]}}",
                "{name: rate-limiting, config: {minute: 5}}"
            )
        ),
    );
}
