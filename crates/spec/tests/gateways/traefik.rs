//! Traefik.

use expect_test::{Expect, expect};

use super::{inventory, print, shown, survives_mutations};

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown("traefik.yaml", text));
}

fn rule(rule: &str) -> String {
    let text = format!("http:\n  routers:\n    r: {{rule: {rule:?}, priority: 7, service: s}}\n");
    let shown = shown("t.yaml", &text);
    shown.lines().skip(1).map(|line| line.trim().trim_end_matches(" @3")).collect::<Vec<_>>().join(" | ")
}

#[test]
fn a_rule_is_read_as_alternatives() {
    for (text, expected) in [
        ("Host(`a.example.com`)", "any host=a.example.com p=7 -> s+?"),
        ("Host(`a`) && PathPrefix(`/x`)", "prefix /x host=a p=7 -> s+?"),
        ("Host(`a`) || Host(`b`) && Path(`/x`)", "any host=a p=7 -> s+? | exact /x host=b p=7 -> s+?"),
        ("(Host(`a`) || Host(`b`)) && Path(`/x`)", "exact /x host=a p=7 -> s+? | exact /x host=b p=7 -> s+?"),
        (
            "PathPrefix(`/a`, `/b`) && Method(`GET`, `PUT`)",
            "prefix /a GET,PUT p=7 -> s+? | prefix /b GET,PUT p=7 -> s+?",
        ),
        ("Path(`/a`) && Header(`x`, `y`)", "exact /a if p=7 -> s+?"),
        ("Path(`/a`) && !Method(`GET`)", "exact /a if p=7 -> s+?"),
        ("Path(`/orders/{id:[0-9]+}`)", "regex/whole /orders/(?:[0-9]+) p=7 -> s+?"),
        ("PathRegexp(`^/a/[0-9]+$`)", "regex ^/a/[0-9]+$ p=7 -> s+?"),
        ("PathPrefix(`/`) && ClientIP(`10.0.0.0/8`)", "any p=7 -> s+? reach=10.0.0.0/8"),
        ("Path(\"/a\")", "exact /a p=7 -> s+?"),
        ("Nope(`/a`)", "error TRAEFIK-001 3:15 the rule cannot be read: `Nope` is no matcher"),
        ("Path(`/a`", "error TRAEFIK-001 3:15 the rule cannot be read: it ends too early"),
        (
            "Path(`/a`) Path(`/b`)",
            "error TRAEFIK-001 3:15 the rule cannot be read: `P` at character 12 is not expected",
        ),
        ("", "error TRAEFIK-001 3:15 the rule cannot be read: it ends too early"),
    ] {
        let shown = rule(text);
        assert_eq!(shown, expected, "{text}");
    }
    let bomb = vec!["(Host(`a`) || Host(`b`))"; 40].join(" && ");
    assert!(rule(&bomb).contains("unfolds to more than 256 alternatives"));
    let deep = "(".repeat(100_000);
    assert!(rule(&deep).contains("brackets deeper than 32"));
}

#[test]
fn middlewares_guard_a_router_also_through_chains_and_from_other_files() {
    let routers = r#"
http:
  routers:
    open: {rule: "PathPrefix(`/open`)", service: s, entryPoints: [web]}
    basic: {rule: "PathPrefix(`/basic`)", service: s, middlewares: [auth@file], entryPoints: [websecure], tls: {}}
    chained: {rule: "PathPrefix(`/chained`)", service: s, middlewares: [all]}
    forward: {rule: "PathPrefix(`/f`)", service: s, middlewares: [forward]}
    missing: {rule: "PathPrefix(`/m`)", service: s, middlewares: [nope]}
    foreign: {rule: "PathPrefix(`/d`)", service: s, middlewares: [auth@docker]}
    round: {rule: "PathPrefix(`/r`)", service: s, middlewares: [round]}
    stripped: {rule: "PathPrefix(`/v1`)", service: s, middlewares: [strip], priority: 50}
  services:
    s: {loadBalancer: {servers: [{url: "https://a.example.com"}, {url: "http://b.example.com"}]}}
"#;
    let middlewares = r#"
http:
  middlewares:
    auth: {basicAuth: {users: ["a:b"]}}
    all: {chain: {middlewares: [lan, slow, auth]}}
    lan: {ipAllowList: {sourceRange: [10.0.0.0/8]}}
    slow: {rateLimit: {average: 100, period: 1m30s}}
    forward: {forwardAuth: {address: "http://auth"}}
    round: {chain: {middlewares: [round, round]}}
    strip: {stripPrefix: {prefixes: [/v1]}}
"#;
    let entry = "entryPoints:\n  web: {address: ':80', http: {redirections: {entryPoint: {to: websecure, scheme: https}}}}\n  websecure: {address: '127.0.0.1:443'}\n";
    let found = inventory(&[("r.yaml", routers), ("m.yaml", middlewares), ("e.yaml", entry)]);
    expect![[r#"
        traefik (priority) [web :80 plain world redirects, websecure 127.0.0.1:443 tls inside]
          prefix /open p=19 -> s+plain @4
          prefix /basic p=20 -> s+plain auth=required(basicAuth auth) @5
          prefix /chained p=22 -> s+plain auth=required(basicAuth auth) rate=4000/h reach=10.0.0.0/8 @6
          prefix /f p=16 -> s+plain auth=external(forwardAuth forward) @7
          prefix /m p=16 -> s+plain auth=unknown(middleware nope) @8
          prefix /d p=16 -> s+plain auth=unknown(middleware auth@docker) @9
          prefix /r p=16 -> s+plain auth=unknown(a chain without end) @10
          prefix /v1 p=50 -> s+plain rewrite=/ @11
        error TRAEFIK-001 8:66 the middleware `nope` is in none of the files
        warning TRAEFIK-001 9:66 the middleware `auth@docker` is in none of the files
    "#]]
    .assert_eq(&print(&found));
}

#[test]
fn a_broken_file_is_told_by_line() {
    check(
        "http:\n  routers:\n    a: {rule: 'Path(`/a`)'\n    b: x\n",
        &expect![[r#"
        error TEXT-001 4:5 invalid indentation in flow construct
    "#]],
    );
    check(
        "http:\n  routers:\n    a: text\n    b: {service: s}\n    c: {rule: 'Path(`/c`)', service: s}\n",
        &expect![[r#"
            traefik (priority) []
              exact /c p=10 -> s+? @5
            error TRAEFIK-001 3:8 the router `a` is text, not a mapping
            error TRAEFIK-001 4:8 the router `b` has no rule
        "#]],
    );
}

#[test]
fn no_mutation_of_a_rule_panics() {
    survives_mutations(
        "t.yaml",
        "http:\n  routers:\n    r: {rule: 'Host(`a`) && (Path(`/x/{id:[0-9]{2}}`) || !Query(`a`, `b`))', priority: 7, middlewares: [a]}\n  middlewares:\n    a: {chain: {middlewares: [a, b]}}\n",
    );
}
