//! Configurations and the routes they come to.

use expect_test::{Expect, expect};

use super::super::shown::shown;
use crate::inventory::Kind;

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown(Kind::HaProxy, text));
}

#[test]
fn a_frontend_leads_to_backends_by_path_method_and_host() {
    let text = r#"
global
    daemon
defaults
    mode http
    default_backend web
frontend edge
    bind *:80
    bind 127.0.0.1:81,[::1]:82
    bind :443 ssl crt /etc/x.pem
    http-request redirect scheme https code 301 unless { ssl_fc }
    acl is_api path_beg /api/ /v2/
    acl writes method POST PUT
    acl admin hdr(host) -i admin.example.com
    use_backend orders if is_api writes
    use_backend reads if is_api !writes
    use_backend admin if admin
    use_backend beta if { req.cook(beta) -m found }
    use_backend files if { path_reg ^/files/\d+$ } or { path_end .css }
backend orders
    server o1 10.0.0.1:80
    server o2 127.0.0.1:80
backend reads
    server r1 127.0.0.1:80
backend admin
    server a1 192.0.2.1:443 ssl verify none
backend beta
    server b unix@/run/b.sock
backend files
    server f files:80
backend web
    server w web:80
"#;
    check(
        text,
        &expect![[r#"
        listen *:80 redirects world
        listen 127.0.0.1:81 redirects inside
        listen [::1]:82 redirects inside
        listen :443 tls world
        prefix /api/ POST,PUT -> orders Plain open
        prefix /v2/ POST,PUT -> orders Plain open
        prefix /api/ GET,HEAD,PATCH,DELETE,OPTIONS,TRACE -> reads Near open
        prefix /v2/ GET,HEAD,PATCH,DELETE,OPTIONS,TRACE -> reads Near open
        any host=admin.example.com -> admin Tls open
        any perhaps -> beta Near open
        regex/^/files/\d+$/ -> files Near open
        regex/\.css$/ -> files Near open
        any -> web Near open
    "#]],
    );
}

#[test]
fn a_refusal_without_a_proof_is_a_guard() {
    let text = r#"
userlist staff
    user a password b
frontend edge
    bind :443 ssl crt x
    acl open path /health
    acl office src 10.0.0.0/8
    http-request allow if open
    http-request deny if { path_beg /internal } !office
    http-request deny if { path_beg /either } !office !{ http_auth(staff) }
    http-request auth realm x if { path_beg /staff } !{ http_auth(staff) }
    http-request deny if { path_beg /presence } !{ req.hdr(authorization) -m found }
    http-request deny unless { http_auth_bearer,jwt_verify(txn.alg,"/k.pem") 1 } or !{ path_beg /jwt }
    http-request deny if { path_beg /lua } { var(txn.denied) -m bool }
    http-request deny if { path_beg /gone }
    http-request deny if { hdr(x-bad) -m found }
    default_backend app
backend app
    http-request deny if { method TRACE }
    server a 127.0.0.1:80
"#;
    check(
        text,
        &expect![[r#"
        listen :443 tls world
        exact /health TRACE -> itself denied
        exact /health -> app Near open
        prefix /internal TRACE -> itself denied reach=10.0.0.0/8
        prefix /internal -> app Near open reach=10.0.0.0/8
        prefix /either TRACE -> itself denied
        prefix /either -> app Near optional(an address or a credential)
        prefix /staff TRACE -> itself denied
        prefix /staff -> app Near required(http_auth(staff))
        prefix /presence TRACE -> itself denied
        prefix /presence -> app Near optional(req.hdr(authorization))
        prefix /jwt TRACE -> itself denied
        prefix /jwt -> app Near required(jwt_verify)
        prefix /lua TRACE -> itself denied
        prefix /lua -> app Near unknown(var(txn.denied))
        prefix /gone -> itself denied
        any TRACE -> itself denied
        any -> app Near open
    "#]],
    );
}

#[test]
fn a_condition_that_is_divided_twice_leaves_no_route_that_nothing_reaches() {
    let text = r#"
frontend edge
    bind :443 ssl crt x
    acl jobs path_beg /jobs
    http-request deny if jobs !{ src 10.0.0.0/8 }
    http-request deny unless { path /open } or { http_auth(staff) }
    use_backend jobs if jobs
    default_backend app
backend jobs
    server j 127.0.0.1:81
backend app
    server a 127.0.0.1:80
"#;
    let shown = shown(Kind::HaProxy, text);
    assert_eq!(shown.lines().filter(|line| line.contains("prefix /jobs")).count(), 1, "{shown}");
    assert!(
        shown.contains("prefix /jobs -> jobs Near required(http_auth(staff)) reach=10.0.0.0/8"),
        "{shown}"
    );
}

#[test]
fn a_stick_table_limits_where_callers_cannot_choose_the_key() {
    let text = r#"
frontend edge
    bind :443 ssl crt x
    stick-table type ip size 1m expire 10m store http_req_rate(10s)
    http-request track-sc0 src
    http-request track-sc1 req.hdr(x-api-key) table keys
    http-request track-sc2 src table api if { path_beg /tracked }
    http-request deny deny_status 429 if { path_beg /api } { sc_http_req_rate(0) gt 20 }
    http-request deny if { path_beg /keyed } { sc_http_req_rate(1) gt 5 }
    http-request deny if { sc2_http_req_rate gt 60 }
    http-request deny if { path_beg /source } { src_http_req_rate(api) gt 6 }
    http-request deny if { path_beg /office } { sc_http_req_rate(0) gt 10 } !{ src 10.0.0.0/8 }
    default_backend app
backend keys
    stick-table type string size 1m expire 10m store http_req_rate(1m)
backend api
    stick-table type ip size 1m expire 10m store gpc0,http_req_rate(1m)
backend app
    server a 127.0.0.1:80
"#;
    check(
        text,
        &expect![[r#"
        listen :443 tls world
        prefix /api -> app Near open rate=7200/h
        prefix /tracked -> app Near open rate=3600/h
        prefix /source -> app Near open rate=360/h
        prefix /office -> app Near open rate=3600/h
        any -> app Near open
    "#]],
    );
}

#[test]
fn certificates_guard_where_every_bind_asks_for_them() {
    let text = r#"
frontend all
    bind :443 ssl crt x ca-file y verify required
    default_backend app
frontend some
    bind :443 ssl crt x ca-file y verify optional
    default_backend app
listen both
    bind :80
    bind :443 ssl crt x ca-file y verify required
    server a 127.0.0.1:80
backend app
    server a 127.0.0.1:80
"#;
    check(
        text,
        &expect![[r#"
        listen :443 tls world
        any -> app Near required(verify required)
        listen :443 tls world
        any -> app Near optional(verify, but not on every bind)
        listen :80 world
        listen :443 tls world
        any -> both Near optional(verify, but not on every bind)
    "#]],
    );
}

#[test]
fn a_broken_file_is_read_as_far_as_possible() {
    let text =
        "stray line\nfrontend a\n  bind :80\n  use_backend b if { path \"/x }\n  default_backend nowhere\n";
    check(
        text,
        &expect![[r#"
        listen :80 world
        exact /x }
         -> b Unknown open
        any -> nowhere Unknown open
        main.conf:4:3 HAPROXY-001 a quote is not closed on its line
        main.conf:1:1 HAPROXY-001 line stands before the first section
    "#]],
    );
}

#[test]
fn rules_on_hosts_hold_together_where_one_is_within_the_other() {
    let text = r#"
defaults
    mode http
frontend edge
    bind *:80
    acl shop hdr_end(host) -i .example.com
    acl bare hdr_end(host) -i example.net
    use_backend api if { hdr(host) -i api.example.com } shop
    use_backend web if { hdr_beg(host) -i www. } shop
    use_backend bare if bare
    use_backend never if { hdr(host) -i api.example.org } shop
backend api
    server a api:80
backend web
    server w web:80
backend bare
    server b bare:80
backend never
    server n never:80
"#;
    check(
        text,
        &expect![[r#"
        listen *:80 world
        any host=api.example.com -> api Near open
        any host=www.* perhaps -> web Near open
        any host=example.net,*example.net -> bare Near open
    "#]],
    );
}

#[test]
fn each_list_of_rules_is_asked_in_its_turn_wherever_its_lines_stand() {
    let text = r#"
defaults
    mode http
frontend edge
    bind *:80
    http-request allow if { path_beg /open }
    http-request set-path /moved
    redirect location /away if { path /open/away }
    tcp-request content accept if { path_beg /public }
    tcp-request content reject if { path_beg /open/closed } || { path_beg /public/closed }
    http-request deny
    default_backend app
backend app
    server a app:80
"#;
    check(
        text,
        &expect![[r#"
        listen *:80 world
        prefix /public -> itself as /moved denied
        prefix /open/closed -> itself denied
        prefix /public/closed -> itself denied
        exact /open/away -> itself open
        prefix /open -> app Near open
        any -> itself as /moved denied
    "#]],
    );
}
