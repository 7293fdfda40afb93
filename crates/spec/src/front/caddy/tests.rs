//! Configurations and the routes they come to.

use expect_test::{Expect, expect};

use super::super::shown::{shown, shown_with};
use crate::inventory::Kind;

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown(Kind::Caddy, text));
}

#[test]
fn handlers_run_in_the_order_of_caddy_not_of_the_text() {
    let text = r#"
{
    email a@example.com
}
api.example.com, www.example.com {
    reverse_proxy app:80
    file_server /static/*
    respond /health 200
    basic_auth /admin/* {
        a b
    }
    redir /old /new 301
    handle /api/* {
        reverse_proxy 192.0.2.1:80
        basic_auth
    }
    handle /api/open/* {
        reverse_proxy https://open.example.org
    }
    handle_path /strip/* {
        basic_auth /inner/*
        reverse_proxy unix//run/app.sock
    }
    reverse_proxy /long/path* long:80
}
"#;
    check(
        text,
        &expect![[r#"
        listen api.example.com tls world
        listen www.example.com tls world
        exact /old host=api.example.com,www.example.com -> itself open
        prefix /admin/ host=api.example.com,www.example.com -> app:80 Near required(basic_auth)
        prefix /api/open/ host=api.example.com,www.example.com -> https://open.example.org Tls open
        prefix /strip/inner/ host=api.example.com,www.example.com -> unix//run/app.sock Near as / required(basic_auth)
        prefix /strip/ host=api.example.com,www.example.com -> unix//run/app.sock Near as / open
        prefix /api/ host=api.example.com,www.example.com -> 192.0.2.1:80 Plain required(basic_auth)
        exact /health host=api.example.com,www.example.com -> itself open
        prefix /long/path host=api.example.com,www.example.com -> long:80 Near open
        any host=api.example.com,www.example.com -> app:80 Near open
    "#]],
    );
}

#[test]
fn matchers_by_method_network_and_not_decide_who_comes() {
    let text = r#"
:8080 {
    @outside not remote_ip private_ranges
    @office remote_ip 10.0.0.0/8
    @writes method POST PUT
    @guarded {
        path /a/* /b/*
        not path /a/open
    }
    @beta header X-Beta 1
    respond @outside 403
    handle @office {
        reverse_proxy office:80
    }
    basic_auth @guarded {
        a b
    }
    reverse_proxy @writes writes:80
    reverse_proxy @beta beta:80
    reverse_proxy app:80
}
"#;
    check(
        text,
        &expect![[r#"
        listen :8080 world
        not (exact /a/open) & prefix /a/ perhaps -> office:80 Near required(basic_auth) reach=10.0.0.0/8
        not (exact /a/open) & prefix /a/ POST,PUT -> writes:80 Near required(basic_auth) reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        not (exact /a/open) & prefix /a/ perhaps -> beta:80 Near required(basic_auth) reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        not (exact /a/open) & prefix /a/ -> app:80 Near required(basic_auth) reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        prefix /b/ perhaps -> office:80 Near required(basic_auth) reach=10.0.0.0/8
        prefix /b/ POST,PUT -> writes:80 Near required(basic_auth) reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        prefix /b/ perhaps -> beta:80 Near required(basic_auth) reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        prefix /b/ -> app:80 Near required(basic_auth) reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        any perhaps -> office:80 Near open reach=10.0.0.0/8
        any POST,PUT -> writes:80 Near open reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        any perhaps -> beta:80 Near open reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
        any -> app:80 Near open reach=10.0.0.0/8+127.0.0.0/8+172.16.0.0/12+192.168.0.0/16+::1/128+fd00::/8
    "#]],
    );
}

#[test]
fn route_keeps_its_order_and_forward_auth_guards_what_follows() {
    let text = r#"
http://a.example.com {
    route {
        reverse_proxy /open/* open:80
        forward_auth auth:9000 {
            uri /check
        }
        authorize with policy
        reverse_proxy app:80
    }
}
https://b.example.com {
    bind 127.0.0.1
    tls {
        client_auth {
            mode require_and_verify
            trust_pool file x.pem
        }
    }
    rewrite /public/* /private/data
    uri strip_prefix /v1
    basic_auth /private/*
    rate_limit {
        zone each {
            key {remote_host}
            events 100
            window 1m
        }
        zone chosen {
            key {header.X-Api-Key}
            events 1
            window 1s
        }
        zone posts {
            match {
                method POST
            }
            key static
            events 10
            window 1h
        }
    }
    reverse_proxy {
        to http://127.0.0.1:1 http://localhost:2
    }
}
http://c.example.com {
    redir https://c.example.com{uri}
}
"#;
    check(
        text,
        &expect![[r#"
            listen http://a.example.com world
            prefix /open/ host=a.example.com -> open:80 Near open
            any host=a.example.com -> app:80 Near required(forward_auth auth:9000)
            listen https://b.example.com tls inside
            prefix /public/ host=b.example.com POST -> http://127.0.0.1:1 http://localhost:2 Near as /private/data required(tls client_auth) rate=10/h
            prefix /public/ host=b.example.com -> http://127.0.0.1:1 http://localhost:2 Near as /private/data required(tls client_auth) rate=6000/h
            prefix /v1/private/ host=b.example.com POST -> http://127.0.0.1:1 http://localhost:2 Near as / required(tls client_auth) rate=10/h
            prefix /v1 host=b.example.com POST -> http://127.0.0.1:1 http://localhost:2 Near as / required(tls client_auth) rate=10/h
            prefix /v1/private/ host=b.example.com -> http://127.0.0.1:1 http://localhost:2 Near as / required(tls client_auth) rate=6000/h
            prefix /v1 host=b.example.com -> http://127.0.0.1:1 http://localhost:2 Near as / required(tls client_auth) rate=6000/h
            prefix /private/ host=b.example.com POST -> http://127.0.0.1:1 http://localhost:2 Near required(tls client_auth) rate=10/h
            any host=b.example.com POST -> http://127.0.0.1:1 http://localhost:2 Near required(tls client_auth) rate=10/h
            prefix /private/ host=b.example.com -> http://127.0.0.1:1 http://localhost:2 Near required(tls client_auth) rate=6000/h
            any host=b.example.com -> http://127.0.0.1:1 http://localhost:2 Near required(tls client_auth) rate=6000/h
            listen http://c.example.com redirects world
            any host=c.example.com -> itself open
        "#]],
    );
}

#[test]
fn snippets_and_files_are_read_where_they_are_imported() {
    let text = "(guard) {\n\tbasic_auth {args[0]} {\n\t\ta b\n\t}\n}\nimport sites/*\na.example.com {\n\timport guard /x/*\n\
                \timport parts/app.caddy\n\timport nowhere\n}\n";
    let others = [
        ("sites/b.caddy", "b.example.com {\n\timport guard *\n\treverse_proxy b:80\n}\n"),
        ("parts/app.caddy", "import app.caddy\nreverse_proxy app:80\n"),
    ];
    expect![[r#"
        listen b.example.com tls world
        any host=b.example.com -> b:80 Near required(basic_auth)
        listen a.example.com tls world
        prefix /x/ host=a.example.com -> app:80 Near required(basic_auth)
        any host=a.example.com -> app:80 Near open
        parts/app.caddy:1:1 CADDY-003 file imports itself
        main.conf:10:2 CADDY-002 imported `nowhere` is no snippet above this line and no file
    "#]]
    .assert_eq(&shown_with(Kind::Caddy, text, &others));
}

#[test]
fn one_site_needs_no_braces_and_a_broken_one_is_read_as_far_as_possible() {
    check(
        "localhost:2015\n\nbasic_auth /a/*\nreverse_proxy app:80\n",
        &expect![[r#"
        listen localhost:2015 tls world
        prefix /a/ host=localhost -> app:80 Near required(basic_auth)
        any host=localhost -> app:80 Near open
    "#]],
    );
    check(
        "a.example.com {\n\treverse_proxy app:80\n\thandle /x {\n\t\trespond \"a\n}\n",
        &expect![[r#"
        listen a.example.com tls world
        exact /x host=a.example.com -> itself open
        any host=a.example.com -> app:80 Near open
        main.conf:4:11 CADDY-001 a quote is not closed
        main.conf:3:2 CADDY-001 block is not closed before the end of the file
        main.conf:1:1 CADDY-001 block is not closed before the end of the file
    "#]],
    );
}

#[test]
fn handlers_within_a_wildcard_site_choose_by_host() {
    let text = r#"
http://*.example.com {
    @api host api.example.com
    handle @api {
        reverse_proxy api:80
    }
    @other host www.example.net
    handle @other {
        reverse_proxy never:80
    }
    handle {
        basic_auth
        reverse_proxy web:80
    }
}
"#;
    check(
        text,
        &expect![[r#"
        listen http://*.example.com world
        any host=api.example.com -> api:80 Near open
        any host=*.example.com -> web:80 Near required(basic_auth)
    "#]],
    );
}

#[test]
fn handles_with_one_matcher_act_one_after_the_other_and_in_route_all_do() {
    let text = r#"
http://a.example.com {
    handle /a/* {
        respond /a/told 200
    }
    handle /a/* {
        reverse_proxy second:80
    }
    handle /a/b/* {
        reverse_proxy narrower:80
    }
}
http://b.example.com {
    route {
        handle /a/* {
            respond /a/told 200
        }
        handle /a/b/* {
            reverse_proxy second:80
        }
        reverse_proxy rest:80
    }
}
"#;
    check(
        text,
        &expect![[r#"
            listen http://a.example.com world
            prefix /a/b/ host=a.example.com -> narrower:80 Near open
            exact /a/told host=a.example.com -> itself open
            prefix /a/ host=a.example.com -> second:80 Near open
            listen http://b.example.com world
            exact /a/told host=b.example.com -> itself open
            prefix /a/b/ host=b.example.com -> second:80 Near open
            prefix /a/ host=b.example.com -> rest:80 Near open
            any host=b.example.com -> rest:80 Near open
        "#]],
    );
}
