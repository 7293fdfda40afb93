//! APISIX.

use expect_test::expect;

use super::{shown, survives_mutations};

fn route(plugins: &str, rest: &str) -> String {
    let text = format!(
        "routes:\n- {{id: 1, uri: /a/*, plugins: {{{plugins}}}, upstream: {{nodes: {{'orders:80': 1}}}}}}\n{rest}#END\n"
    );
    let shown = shown("apisix.yaml", &text);
    shown.lines().skip(1).map(|line| line.trim().split(" @").next().unwrap()).collect::<Vec<_>>().join(" | ")
}

#[test]
fn plugins_guard_a_route() {
    let on = "prefix /a/ -> orders:80";
    for (plugins, rest, expected) in [
        ("", "", ""),
        ("key-auth: {}", "", " auth=required(key-auth)"),
        ("jwt-auth: {anonymous_consumer: a}", "", " auth=optional(jwt-auth)"),
        ("key-auth: {_meta: {disable: true}}", "", " auth=optional(key-auth, which is switched off)"),
        ("openid-connect: {unauth_action: pass}", "", " auth=optional(openid-connect)"),
        ("openid-connect: {unauth_action: deny}", "", " auth=required(openid-connect)"),
        (
            "key-auth: {anonymous_consumer: a}, consumer-restriction: {whitelist: [b]}",
            "",
            " auth=required(consumer-restriction)",
        ),
        ("forward-auth: {uri: 'http://auth'}", "", " auth=external(forward-auth)"),
        ("serverless-pre-function: {}", "", " auth=unknown(serverless-pre-function)"),
        ("ip-restriction: {whitelist: [10.0.0.0/8]}", "", " reach=10.0.0.0/8"),
        ("ip-restriction: {blacklist: [10.0.0.0/8]}", "", ""),
        ("limit-req: {rate: 2, burst: 1, key: remote_addr}", "", " rate=7200/h"),
        ("limit-count: {count: 30, time_window: 60}", "", " rate=1800/h"),
        ("limit-count: {count: 30, time_window: 60}, limit-req: {rate: 0.1}", "", " rate=360/h"),
        ("limit-count: {}", "", " rate=unknown"),
        ("limit-conn: {conn: 1, burst: 0}", "", ""),
        ("proxy-rewrite: {uri: /b}", "", " rewrite=/b"),
        ("", "global_rules:\n- {id: 1, plugins: {key-auth: {}}}\n", " auth=required(key-auth)"),
    ] {
        assert_eq!(route(plugins, rest), format!("{on}{expected}"), "{plugins} {rest}");
    }
    assert_eq!(route("fault-injection: {abort: {http_status: 503}}", ""), format!("{on} auth=denied"));
    assert_eq!(route("redirect: {uri: /b}", ""), "prefix /a/ -> self");
    assert_eq!(route("redirect: {http_to_https: true}", ""), on);
}

#[test]
fn routes_take_from_services_and_plugin_configurations_what_they_do_not_say() {
    let text = r#"
services:
- {id: s, hosts: [a.example.com], plugins: {key-auth: {}, limit-count: {count: 1, time_window: 1}}, upstream_id: u}
plugin_configs:
- {id: p, plugins: {limit-count: {count: 5, time_window: 3600}}}
upstreams:
- {id: u, name: orders, scheme: https, nodes: [{host: api.example.com, port: 443, weight: 1}]}
routes:
- {id: low, uris: [/a, /b/:id], service_id: s, methods: [GET], vars: [[arg_x, '==', y]]}
- {id: high, uri: /a, priority: 10, service_id: s, plugin_config_id: p, plugins: {key-auth: {anonymous_consumer: x}}}
- {id: off, uri: /off, status: 0}
- {id: lost, uri: /lost, upstream_id: nope}
- {id: local, uri: /local, remote_addr: 127.0.0.1, upstream: {nodes: {'192.0.2.1:80': 1}}}
- {id: none}
- {id: script, uri: /*, script: 'return 1'}
#END
"#;
    expect![[r#"
        apisix (longest) []
          exact /a host=a.example.com p=10 -> orders+tls auth=optional(key-auth) rate=5/h @10
          exact /a GET host=a.example.com if -> orders+tls auth=required(key-auth) rate=3600/h @9
          template /b/{id} GET host=a.example.com if -> orders+tls auth=required(key-auth) rate=3600/h @9
          exact /lost -> self @12
          exact /local -> 192.0.2.1:80+plain reach=inside @13
          any -> self auth=unknown(script) @15
        error APISIX-001 12:39 `nope` is not among `upstreams`
        error APISIX-001 14:3 this route has neither `uri` nor `uris`
    "#]]
    .assert_eq(&shown("apisix.yaml", text));
}

#[test]
fn no_mutation_of_a_configuration_panics() {
    survives_mutations(
        "apisix.yaml",
        "routes:\n- {id: 1, uri: /a/*, plugin_config_id: 1, plugins: {key-auth: {}, limit-req: {rate: 2}}, upstream: {nodes: {'orders:80': 1}}}\nplugin_configs: [{id: 1, plugins: {ip-restriction: {whitelist: [10.0.0.0/8]}}}]\n#END\n",
    );
}
