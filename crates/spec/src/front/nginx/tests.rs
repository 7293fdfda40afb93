//! Configurations and the routes they come to.

// long: a table of configurations and what is read of each.

use expect_test::{Expect, expect};

use super::super::shown::{picked, shown, shown_with};
use crate::inventory::Kind;

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown(Kind::Nginx, text));
}

#[test]
fn locations_keep_their_kind_and_their_way() {
    let text = r#"
upstream orders { server 127.0.0.1:8080; server unix:/run/o.sock; }
upstream far { server 192.0.2.7:80 weight=2; }
server {
    listen 443 ssl http2; listen [::1]:8443 ssl;
    server_name api.example.com .example.net;
    location = /health { return 200 "ok"; }
    location ^~ /static/ { root /srv; }
    location ~* \.(php|inc)$ { fastcgi_pass unix:/run/php.sock; }
    location ~ "^/v\d{1,2}/" { proxy_pass https://far; }
    location /orders/ { proxy_pass http://orders/v1/; }
    location /far { proxy_pass http://far; }
    location /var { proxy_pass http://$backend; }
    location /svc { grpc_pass grpc://orders-svc:9000; }
    location /abroad { proxy_pass http://api.example.org:81/x; }
    location /lua { content_by_lua_block { if a then ngx.say("}") end -- } 
    } }
}
"#;
    check(
        text,
        &expect![[r#"
        listen 443 ssl http2 tls world
        listen [::1]:8443 ssl tls inside
        exact /health host=api.example.com,example.net,*.example.net -> itself open
        firm /static/ host=api.example.com,example.net,*.example.net -> itself open
        regex/\.(php|inc)$/i host=api.example.com,example.net,*.example.net -> unix:/run/php.sock Near open
        regex/^/v\d{1,2}// host=api.example.com,example.net,*.example.net -> https://far Tls open
        prefix /orders/ host=api.example.com,example.net,*.example.net -> http://orders/v1/ Near as /v1/ open
        prefix /far host=api.example.com,example.net,*.example.net -> http://far Plain open
        prefix /var host=api.example.com,example.net,*.example.net -> http://$backend Unknown open
        prefix /svc host=api.example.com,example.net,*.example.net -> grpc://orders-svc:9000 Near open
        prefix /abroad host=api.example.com,example.net,*.example.net -> http://api.example.org:81/x Plain as /x open
        prefix /lua host=api.example.com,example.net,*.example.net -> content_by_lua_block Unknown open
        any host=api.example.com,example.net,*.example.net -> itself open
    "#]],
    );
}

#[test]
fn guards_are_inherited_until_a_level_says_otherwise() {
    let text = r#"
server {
    auth_basic "staff"; auth_basic_user_file f;
    allow 10.0.0.0/8; deny all;
    location / { proxy_pass http://app; }
    location /open/ { auth_basic off; proxy_pass http://app; }
    location /all/ { allow all; proxy_pass http://app; location /all/local/ { allow 127.0.0.1; deny all; proxy_pass http://app; } }
    location /asked/ { auth_basic off; auth_request /check; proxy_pass http://app; }
    location = /check { internal; proxy_pass http://auth:9000; }
    location /jwt/ { auth_basic off; auth_jwt "x" token=$cookie_auth; deny 192.0.2.1; proxy_pass http://app; }
    location /closed/ { deny all; proxy_pass http://app; }
    location /lua/ { auth_basic off; access_by_lua_block { local t = { "}" } } proxy_pass http://app; }
    location /njs/ { auth_basic off; js_access main.check; proxy_pass http://app; }
    location /pam/ { auth_basic off; auth_pam "x"; auth_pam_service_name "n"; proxy_pass http://app; }
}
"#;
    check(
        text,
        &expect![[r#"
            listen *:80 world
            prefix / -> http://app Near required(auth_basic staff) reach=10.0.0.0/8
            prefix /open/ -> http://app Near open reach=10.0.0.0/8
            prefix /all/ -> http://app Near required(auth_basic staff)
            prefix /all/ > prefix /all/local/ -> http://app Near required(auth_basic staff) reach=inside
            prefix /asked/ -> http://app Near external(auth_request /check) reach=10.0.0.0/8
            exact /check -> http://auth:9000 Near required(auth_basic staff) reach=nobody
            prefix /jwt/ -> http://app Near required(auth_jwt x)
            prefix /closed/ -> http://app Near required(auth_basic staff) reach=nobody
            prefix /lua/ -> http://app Near unknown(access_by_lua_block) reach=10.0.0.0/8
            prefix /njs/ -> http://app Near unknown(js_access main.check) reach=10.0.0.0/8
            prefix /pam/ -> http://app Near unknown(auth_pam x) reach=10.0.0.0/8
        "#]],
    );
}

#[test]
fn satisfy_any_lets_either_through() {
    let text = r#"
server {
    location /a/ { satisfy any; allow 10.0.0.0/8; deny all; auth_basic x; proxy_pass http://app; }
    location /b/ { satisfy any; deny all; auth_basic x; proxy_pass http://app; }
    location /c/ { satisfy any; allow all; auth_basic x; proxy_pass http://app; }
    location /d/ { satisfy any; auth_basic x; auth_request /q; proxy_pass http://app; }
    location /e/ { satisfy any; allow 10.0.0.0/8; deny all; proxy_pass http://app; }
    location /f/ { satisfy any; access_by_lua_file a.lua; auth_basic x; proxy_pass http://app; }
}
"#;
    check(
        text,
        &expect![[r#"
            listen *:80 world
            prefix /a/ -> http://app Near optional(satisfy any)
            prefix /b/ -> http://app Near required(auth_basic x)
            prefix /c/ -> http://app Near open
            prefix /d/ -> http://app Near external(auth_request /q)
            prefix /e/ -> http://app Near open reach=10.0.0.0/8
            prefix /f/ -> http://app Near unknown(access_by_lua_file)
            any -> itself open
        "#]],
    );
}

#[test]
fn a_limit_counts_when_a_caller_cannot_get_a_fresh_bucket() {
    let text = r#"
limit_req_zone $binary_remote_addr zone=ip:10m rate=10r/s;
limit_req_zone $http_x_api_key zone=key:10m rate=1r/s;
limit_req_zone $server_name zone=all:1m rate=60r/m;
limit_req_zone "$binary_remote_addr$uri" zone=path:1m rate=1r/s;
limit_req_zone $http_x_forwarded_for zone=xff:1m rate=1r/s;
limit_req_zone $remote_user zone=user:1m rate=1r/m;
limit_req_zone $limited zone=geo:1m rate=2r/s;
limit_req_zone $by_agent zone=agent:1m rate=2r/s;
limit_req_zone $posts zone=posts:1m rate=2r/s;
limit_req_zone $never zone=never:1m rate=2r/s;
geo $known { default 1; 10.0.0.0/8 0; }
map $known $limited { 0 ""; 1 $binary_remote_addr; default $binary_remote_addr; }
map $http_user_agent $by_agent { default $binary_remote_addr; ~bot ""; }
map $request_method $posts { default ""; POST $binary_remote_addr; }
map $known $never { default ""; 7 $binary_remote_addr; }
server {
    limit_req zone=ip burst=20 nodelay;
    location /inherits { proxy_pass http://app; }
    location /both { limit_req zone=ip; limit_req zone=all; proxy_pass http://app; }
    location /key { limit_req zone=key; proxy_pass http://app; }
    location /path { limit_req zone=path; proxy_pass http://app; }
    location /xff { limit_req zone=xff; proxy_pass http://app; }
    location /user { limit_req zone=user; proxy_pass http://app; }
    location /known-user { auth_basic x; limit_req zone=user; proxy_pass http://app; }
    location /geo { limit_req zone=geo; proxy_pass http://app; }
    location /agent { limit_req zone=agent; proxy_pass http://app; }
    location /posts { limit_req zone=posts; proxy_pass http://app; }
    location /never { limit_req zone=never; proxy_pass http://app; }
    location /nowhere { limit_req zone=nowhere; proxy_pass http://app; }
    location /dry { limit_req_dry_run on; proxy_pass http://app; }
    location /spoofed { set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For; allow 10.0.0.0/8; deny all; proxy_pass http://app; }
}
"#;
    check(
        text,
        &expect![[r#"
        listen *:80 world
        prefix /inherits -> http://app Near open rate=36000/h
        prefix /both -> http://app Near open rate=3600/h
        prefix /key -> http://app Near open
        prefix /path -> http://app Near open
        prefix /xff -> http://app Near open
        prefix /user -> http://app Near open
        prefix /known-user -> http://app Near required(auth_basic x) rate=60/h
        prefix /geo -> http://app Near open rate=7200/h
        prefix /agent -> http://app Near open
        prefix /posts -> http://app Near open rate=?
        prefix /never -> http://app Near open
        prefix /nowhere -> http://app Near open rate=?
        prefix /dry -> http://app Near open
        prefix /spoofed -> http://app Near open
        any -> itself open rate=36000/h
    "#]],
    );
}

#[test]
fn methods_split_a_location() {
    let text = r#"
server {
    location /except { limit_except GET { auth_basic x; } proxy_pass http://app; }
    location /deny { limit_except GET POST { deny all; } proxy_pass http://app; }
    location /cors { if ($request_method = OPTIONS) { return 204; } auth_request /q; proxy_pass http://app; }
    location /only { if ($request_method !~ ^(GET|POST)$ ) { return 405; } proxy_pass http://app; }
}
"#;
    check(
        text,
        &expect![[r#"
            listen *:80 world
            prefix /except GET,HEAD -> http://app Near open
            prefix /except -> http://app Near required(auth_basic x)
            prefix /deny GET,POST,HEAD -> http://app Near open
            prefix /deny -> http://app Near open reach=nobody
            prefix /cors OPTIONS -> itself open
            prefix /cors -> http://app Near external(auth_request /q)
            prefix /only GET,POST -> http://app Near open
            prefix /only -> itself denied
            any -> itself open
        "#]],
    );
}

#[test]
fn an_if_is_a_guard_only_where_it_asks_for_a_credential() {
    let text = r#"
map $http_x_api_key $known_key { default 0; "k1" 1; }
server {
    listen 443 ssl; ssl_verify_client optional;
    location /presence { if ($http_authorization = "") { return 401; } proxy_pass http://app; }
    location /fixed { if ($http_x_api_key != "k") { return 403; } proxy_pass http://app; }
    location /mapped { if ($known_key = 0) { return 403; } proxy_pass http://app; }
    location /agent { if ($http_user_agent ~ bot) { return 403; } proxy_pass http://app; }
    location /cert { if ($ssl_client_verify != SUCCESS) { return 403; } proxy_pass http://app; }
    location /tainted { set $no 0; if ($cookie_session = "") { set $no 1; } if ($no = 1) { return 401; } proxy_pass http://app; }
    location /beta { if ($arg_beta) { proxy_pass http://beta; } auth_basic x; proxy_pass http://app; }
}
"#;
    check(
        text,
        &expect![[r#"
        listen 443 ssl tls world
        prefix /presence -> http://app Near optional(if ($http_authorization))
        prefix /fixed -> http://app Near required(if ($http_x_api_key))
        prefix /mapped -> http://app Near unknown(if ($known_key))
        prefix /agent -> http://app Near optional(ssl_verify_client optional)
        prefix /cert -> http://app Near required(if ($ssl_client_verify))
        prefix /tainted -> http://app Near unknown(if ($no))
        prefix /beta perhaps -> http://beta Near required(auth_basic x)
        prefix /beta -> http://app Near required(auth_basic x)
        any -> itself optional(ssl_verify_client optional)
    "#]],
    );
}

#[test]
fn certificates_guard_only_listeners_with_tls() {
    let text = r#"
server { listen 443 ssl; ssl_verify_client on; location / { proxy_pass http://app; } }
server { listen 80; listen 443 ssl; ssl_verify_client on; location / { proxy_pass http://app; } }
"#;
    check(
        text,
        &expect![[r#"
        listen 443 ssl tls world
        prefix / -> http://app Near required(ssl_verify_client on)
        listen 80 world
        listen 443 ssl tls world
        prefix / -> http://app Near optional(ssl_verify_client, but not on every listener)
    "#]],
    );
}

#[test]
fn plain_http_that_only_sends_on_is_a_redirecting_listener() {
    let text = r#"
server { listen 80; server_name a.example; return 301 https://$host$request_uri; }
server { listen 80; listen 443 ssl; if ($scheme != https) { return 301 https://$host$request_uri; } location / { proxy_pass http://app; } }
server { listen 8080; location /.well-known/ { root /srv; } location / { return 308 https://$host$request_uri; } }
server { listen 127.0.0.1:80; listen 10.1.2.3:80; listen unix:/x; location / { proxy_pass http://app; } }
server { if ($host = a.example) { return 301 https://$host$request_uri; } listen 80; return 404; }
"#;
    check(
        text,
        &expect![[r#"
        listen 80 redirects world
        any host=a.example priority=1 -> itself open
        listen 80 redirects world
        listen 443 ssl tls world
        prefix / -> http://app Near open
        listen 8080 redirects world
        prefix /.well-known/ -> itself open
        prefix / -> itself open
        listen 127.0.0.1:80 inside
        listen 10.1.2.3:80 10.0.0.0/8
        listen unix:/x inside
        prefix / -> http://app Near open
        listen 80 redirects world
        any priority=1 -> itself denied
    "#]],
    );
}

#[test]
fn a_way_around_a_guard_is_followed() {
    let text = r#"
server {
    location /old/ { auth_basic x; rewrite ^/old/(.*)$ /new/$1 last; proxy_pass http://app; }
    location /some/ { auth_basic x; rewrite ^/some/a(.*)$ /new/$1 last; proxy_pass http://app; }
    location /new/ { proxy_pass http://app; }
    location /kept/ { auth_basic x; rewrite ^/kept/(.*)$ /v2/$1 break; proxy_pass http://app; }
    location /files/ { auth_basic x; try_files $uri @app; }
    location /index/ { try_files $uri /index.php?$args; }
    location ~ \.php$ { auth_basic y; fastcgi_pass 127.0.0.1:9000; }
    location /falls/ { auth_request /true; proxy_pass http://app; }
    location /opens/ { auth_basic x; error_page 401 = @app; proxy_pass http://app; }
    location /login/ { auth_basic x; error_page 401 = @login; proxy_pass http://app; }
    location = /true { internal; return 204; }
    location @app { proxy_pass http://app; }
    location @login { return 302 /login; }
    location /told/ { auth_basic x; return 200 "told"; }
    location /refused/ { return 403; }
}
server { rewrite ^/api/(.*)$ /$1; location / { auth_basic x; proxy_pass http://app; } location /open { proxy_pass http://app; } }
"#;
    check(
        text,
        &expect![[r#"
            listen *:80 world
            prefix /old/ perhaps -> 127.0.0.1:9000 Near as /new/$1 required(auth_basic y)
            prefix /old/ -> http://app Near as /new/$1 open
            prefix /old/ -> http://app Near required(auth_basic x)
            prefix /some/ perhaps -> 127.0.0.1:9000 Near as /new/$1 required(auth_basic y)
            prefix /some/ perhaps -> http://app Near as /new/$1 open
            prefix /some/ -> http://app Near required(auth_basic x)
            prefix /new/ -> http://app Near open
            prefix /kept/ -> http://app Near as /v2/$1 required(auth_basic x)
            prefix /files/ -> http://app Near required(auth_basic x)
            prefix /index/ -> 127.0.0.1:9000 Near required(auth_basic y)
            regex/\.php$/ -> 127.0.0.1:9000 Near required(auth_basic y)
            prefix /falls/ -> http://app Near optional(auth_request /true, which always says yes)
            prefix /opens/ -> http://app Near optional(error_page to @app)
            prefix /login/ -> http://app Near required(auth_basic x)
            exact /true -> itself open reach=nobody
            prefix /told/ -> itself open
            prefix /refused/ -> itself denied
            any -> itself open
            listen *:80 world
            prefix /api/open priority=1 -> http://app Near as /$1 open
            prefix /api/ priority=1 -> http://app Near as /$1 required(auth_basic x)
            prefix / -> http://app Near required(auth_basic x)
            prefix /open -> http://app Near open
        "#]],
    );
}

#[test]
fn included_files_are_read_where_they_stand() {
    let text = "http { include mime.types; include conf.d/*.conf; include missing.conf; include main.conf; }";
    let others = [
        (
            "conf.d/a.conf",
            "server { include /etc/nginx/snippets/auth.conf; location /a { proxy_pass http://app; } }",
        ),
        ("conf.d/b.conf", "server { location /b { include snippets/loop.conf; proxy_pass http://app; } "),
        ("snippets/auth.conf", "auth_basic x;"),
        ("snippets/loop.conf", "include snippets/loop.conf; deny all;"),
    ];
    expect![[r#"
        listen *:80 world
        prefix /a -> http://app Near required(auth_basic x)
        any -> itself required(auth_basic x)
        listen *:80 world
        prefix /b -> http://app Near open reach=nobody
        any -> itself open
        snippets/loop.conf:1:1 NGINX-003 file includes itself
        conf.d/b.conf:1:1 NGINX-001 block is not closed before the end of the file
        main.conf:1:51 NGINX-002 included file `missing.conf` is not found
        main.conf:1:73 NGINX-003 file includes itself
    "#]]
    .assert_eq(&shown_with(Kind::Nginx, text, &others));
}

#[test]
fn an_include_of_nothing_and_one_from_this_machine_are_told() {
    let text = "http { include /etc/nginx/modules-enabled/*.conf; include sites/*.conf; include /srv/a.conf; \
                include /etc/nginx/b.conf; }";
    let others = [
        ("/srv/a.conf", "server { location /a { proxy_pass http://app; } }"),
        // The file of the checkout goes before the one of this machine.
        ("/etc/nginx/b.conf", "server { location /machine { proxy_pass http://app; } }"),
        ("b.conf", "server { location /b { proxy_pass http://app; } }"),
    ];
    expect![[r#"
        listen *:80 world
        prefix /a -> http://app Near open
        any -> itself open
        listen *:80 world
        prefix /b -> http://app Near open
        any -> itself open
        main.conf:1:51 NGINX-002 no file is included by `sites/*.conf`
        main.conf:1:73 NGINX-002 `/srv/a.conf` is read from outside of the folder of `main.conf`
    "#]]
    .assert_eq(&shown_with(Kind::Nginx, text, &others));
}

#[test]
fn a_realm_in_a_variable_asks_for_a_password_where_it_is_never_off() {
    let text = |values: &str| {
        format!(
            "map $host $realm {{ {values} }} server {{ location / {{ auth_basic $realm; proxy_pass http://app; }} }}"
        )
    };
    for (values, guard) in [
        ("default staff; a.example.com desk;", "required(auth_basic $realm)"),
        ("default staff; a.example.com off;", "optional(auth_basic $realm)"),
        ("a.example.com staff;", "optional(auth_basic $realm)"),
        ("default $host;", "optional(auth_basic $realm)"),
    ] {
        let shown = shown(Kind::Nginx, &text(values));
        assert!(shown.contains(&format!("prefix / -> http://app Near {guard}\n")), "{values}: {shown}");
    }
}

#[test]
fn a_broken_file_is_read_as_far_as_possible() {
    let text = r#"
server {
    listen 80
    location /a { proxy_pass http://app; }
    location /b { proxy_pass http://app }
}
}
server { location ~ ^/(?!public) { auth_basic x; proxy_pass http://app; }
    location /c { proxy_pass http://app; }
"#;
    check(
        text,
        &expect![[r#"
        listen 80 world
        prefix /a -> http://app Near open
        prefix /b -> http://app Near open
        any -> itself open
        listen *:80 world
        regex/^/(?!public)/ -> http://app Near required(auth_basic x)
        prefix /c -> http://app Near open
        any -> itself open
        main.conf:3:5 NGINX-001 directive `listen` is not ended by `;`
        main.conf:5:19 NGINX-001 directive `proxy_pass` is not ended by `;`
        main.conf:7:1 NGINX-001 `}` closes nothing
        main.conf:8:1 NGINX-001 block is not closed before the end of the file
        main.conf:8:10 NGINX-005 regular expression `^/(?!public)` cannot be followed
    "#]],
    );
}

#[test]
fn the_server_itself_answers_where_no_location_does() {
    let text = "server { auth_basic x; location /a { proxy_pass http://app; location ~ b$ { proxy_pass http://b; } } }";
    let front = super::super::shown::inventory(Kind::Nginx, text, &[]).fronts.remove(0);
    for (path, name) in
        [("/", "server"), ("/a/b", "location /a > location ~ b$"), ("/a", "location /a"), ("/b", "server")]
    {
        assert_eq!(picked(&front, "GET", "any.example", path), name, "{path}");
    }
}

/// What comparison with nginx itself showed, kept for machines without one.
#[test]
fn what_nginx_does_beside_its_manual_is_read_so() {
    let text = r#"
server {
    location /internal/ { internal; location /internal/too { proxy_pass http://app; } }
    location /keyed/ { if ($http_x_api_key != k) { return 403; } rewrite ^ /to/ last; }
    location /told/ { if ($http_x_api_key != k) { return 403; } return 200 told; }
    location /to/ { proxy_pass http://app; }
    location /any/ { satisfy any; deny 192.0.2.0/24; auth_basic x; proxy_pass http://app; }
    location /hollow/ { satisfy any; auth_basic x; auth_request /yes; proxy_pass http://app; }
    location /except/ { limit_except POST { auth_basic x; } if ($http_x_api_key != k) { return 403; } return 200 told; }
    location /opens/ { auth_basic x; error_page 401 = @app; proxy_pass http://app/x; }
    location = /yes { return 204; }
    location @app { proxy_pass http://app; }
}
"#;
    check(
        text,
        &expect![[r#"
            listen *:80 world
            prefix /internal/ -> itself open reach=nobody
            prefix /internal/ > prefix /internal/too -> http://app Near open reach=nobody
            prefix /keyed/ -> http://app Near as /to/ required(if ($http_x_api_key))
            prefix /keyed/ -> itself required(if ($http_x_api_key))
            prefix /told/ -> itself required(if ($http_x_api_key))
            prefix /to/ -> http://app Near open
            prefix /any/ -> http://app Near required(auth_basic x)
            prefix /hollow/ -> http://app Near optional(auth_request /yes, which always says yes)
            prefix /except/ POST -> itself required(if ($http_x_api_key))
            prefix /except/ -> itself required(auth_basic x)
            prefix /opens/ -> http://app/x Near as /x optional(error_page to @app)
            exact /yes -> itself open
            any -> itself open
        "#]],
    );
}

#[test]
fn a_page_in_the_place_of_a_refusal_is_followed() {
    let text = r#"
server {
    error_page 404 = @app;
    location /files/ { root /srv; }
    location /folders/ { root /srv; error_page 403 = @app; }
    location /tried/ { try_files $uri =404; }
    location /jumps/ { auth_basic x; error_page 418 = @app; return 418; }
    location /told/ { error_page 418 = @app; return 418 told; }
    location /some/ { error_page 418 = @app; if ($arg_x) { return 418; } return 403; }
    location /methods/ { error_page 405 = @guarded; if ($request_method != GET) { return 405; } proxy_pass http://app; }
    location /networks/ { allow 10.0.0.0/8; deny all; error_page 403 = @app; proxy_pass http://app; }
    location /closed/ { deny all; error_page 403 = @guarded; proxy_pass http://app; }
    location /sign-in/ { auth_basic x; error_page 401 /sign-in.html; proxy_pass http://app; }
    location /hidden/ { internal; proxy_pass http://other; }
    location /asked/ { auth_request /hides; proxy_pass http://app; }
    location = /hides { internal; error_page 401 = @app; return 401; }
    location @app { proxy_pass http://app; }
    location @guarded { auth_basic y; proxy_pass http://app; }
}
server {
    location /a/ { auth_basic x; rewrite ^/a/(.*)$ /b/$1 last; }
    location /b/ { auth_basic x; rewrite ^/b/(.*)$ /c/$1 last; }
    location /c/ { internal; proxy_pass http://app; }
}
"#;
    check(
        text,
        &expect![[r#"
            listen *:80 world
            prefix /files/ -> http://app Near open
            prefix /folders/ perhaps -> http://app Near open
            prefix /folders/ -> itself open
            prefix /tried/ -> http://app Near open
            prefix /jumps/ -> http://app Near open
            prefix /told/ -> itself denied
            prefix /some/ perhaps -> http://app Near open
            prefix /some/ -> itself denied
            prefix /methods/ GET -> http://app Near open
            prefix /methods/ -> http://app Near required(auth_basic y)
            prefix /networks/ -> http://app Near open
            prefix /closed/ -> http://app Near required(auth_basic y)
            prefix /sign-in/ -> http://app Near required(auth_basic x)
            prefix /hidden/ -> http://app Near open
            prefix /asked/ -> http://app Near optional(auth_request /hides, which always says yes)
            exact /hides -> itself denied reach=nobody
            any -> http://app Near open
            listen *:80 world
            prefix /a/ perhaps -> itself as /b/$1 required(auth_basic x)
            prefix /a/ -> http://app Near as /b/$1 open
            prefix /a/ -> itself required(auth_basic x)
            prefix /b/ -> http://app Near as /c/$1 open
            prefix /b/ -> itself required(auth_basic x)
            prefix /c/ -> http://app Near open reach=nobody
            any -> itself open
        "#]],
    );
}

#[test]
fn the_first_server_of_an_address_takes_every_host() {
    let text = r#"
http {
    server { listen 80; server_name a.example; return 204; }
    server { listen *:80; listen 81; server_name b.example; return 204; }
    server { listen 0.0.0.0:80; server_name c.example; return 204; }
    server { listen 82; server_name d.example; return 204; }
    server { listen 82 default_server; server_name e.example; return 204; }
}
"#;
    check(
        text,
        &expect![[r#"
        listen 80 world
        any priority=1 -> itself open
        listen *:80 world
        listen 81 world
        any priority=1 -> itself open
        listen 0.0.0.0:80 world
        any host=c.example priority=1 -> itself open
        listen 82 world
        any host=d.example priority=1 -> itself open
        listen 82 default_server world
        any priority=1 -> itself open
    "#]],
    );
}
