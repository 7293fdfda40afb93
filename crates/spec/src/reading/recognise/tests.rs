//! Texts and what they are.

use super::*;

fn kind(name: &str, text: &str) -> Kind {
    recognise(&File { name: name.into(), text: text.into() }).0
}

const NGINX: &str = "server {\n  listen 80;\n  location / { proxy_pass http://app; }\n}\n";
const HAPROXY: &str =
    "frontend web\n  bind :80\n  default_backend app\nbackend app\n  server a 127.0.0.1:80\n";
const CADDY: &str = "example.com {\n\treverse_proxy app:80\n}\n";

#[test]
fn a_text_is_recognised_by_what_it_says_whatever_its_name_is() {
    let html = "<html><head><style>server { listen: 80; }</style></head></html>";
    let cases: &[(Kind, &str, &str)] = &[
        (
            Kind::Nginx,
            "whole",
            "user www;\nworker_processes auto;\nevents { worker_connections 1024; }\nhttp { include mime.types; server { listen 80; } }",
        ),
        (Kind::Nginx, "server", NGINX),
        (
            Kind::Nginx,
            "comment before",
            "# example.com {\n\nserver { listen 443 ssl; server_name a.example; }",
        ),
        (Kind::Nginx, "location", "location /api/ { proxy_pass http://app; auth_basic off; }"),
        (Kind::Nginx, "upstream and server", "upstream app { server 127.0.0.1:80; }\nserver { listen 80; }"),
        (
            Kind::Nginx,
            "zones",
            "limit_req_zone $binary_remote_addr zone=a:1m rate=1r/s;\nmap $a $b { default 0; }",
        ),
        (
            Kind::Nginx,
            "snippet of headers",
            "proxy_set_header Host $host;\nproxy_set_header X-Real-IP $remote_addr;\n",
        ),
        (Kind::Nginx, "byte order mark", "\u{feff}server { listen 80; return 404; }"),
        (Kind::Nginx, "broken", "server {\n listen 80;\n location / { proxy_pass http://app }\n"),
        (
            Kind::Nginx,
            "lua",
            "server { listen 80; location / { access_by_lua_block { if x then return end } proxy_pass http://a; } }",
        ),
        (Kind::HaProxy, "plain", HAPROXY),
        (
            Kind::HaProxy,
            "global first",
            "# made by hand\nglobal\n    daemon\n    maxconn 10\ndefaults\n    mode http\n    timeout client 1s\nlisten a\n    bind :1\n",
        ),
        (
            Kind::HaProxy,
            "acl with braces",
            "frontend a\n  bind :80\n  http-request deny if { path_beg /x }\n",
        ),
        (Kind::Caddy, "site", CADDY),
        (Kind::Caddy, "port", ":8080 {\n\trespond \"hi\" 200\n}"),
        (
            Kind::Caddy,
            "options first",
            "{\n\temail a@example.com\n}\n\nhttp://a.example.com,\nhttps://b.example.com {\n\tfile_server\n}\n",
        ),
        (
            Kind::Caddy,
            "snippet first",
            "(log) {\n\tlog\n}\nlocalhost {\n\timport log\n\tbasicauth /a/* {\n\t\ta b\n\t}\n}\n",
        ),
        (Kind::Caddy, "one site without braces", "localhost\n\nreverse_proxy app:80\nencode gzip\n"),
        (Kind::Caddy, "imports only sites", "import sites/*\n:80 {\n\tredir https://{host}{uri}\n}"),
        (Kind::OpenApi, "yaml", "openapi: 3.1.0\npaths: {}\n"),
        (Kind::OpenApi, "json", "{\"openapi\": \"3.1.0\", \"paths\": {}}"),
        (Kind::Unrecognised, "empty", ""),
        (
            Kind::Unrecognised,
            "prose",
            "Listen, server {name} is down; return later; location / is unknown.\n",
        ),
        (
            Kind::Unrecognised,
            "prose that begins like HAProxy",
            "listen carefully\nThe mode of the server is not to be changed.\nbind nobody\n",
        ),
        (Kind::Unrecognised, "prose with an address", "example.com is a domain.\nImport it with care.\n"),
        (
            Kind::Unrecognised,
            "markdown with nginx in it",
            "# Setup\n\nPut this:\n\n```nginx\nserver { listen 80; }\n```\n",
        ),
        (
            Kind::Unrecognised,
            "markdown with Caddy in it",
            "# Setup\n\n```\nexample.com {\n\treverse_proxy app\n}\n```\n",
        ),
        (Kind::Unrecognised, "shell", "#!/bin/sh\nset -e\nserver() {\n  listen 80;\n}\nreturn 0;\n"),
        (
            Kind::Unrecognised,
            "shell that writes nginx",
            "#!/bin/sh\ncat > a.conf <<EOF\nserver { listen 80; }\nEOF\n",
        ),
        (Kind::Unrecognised, "json", "{\"server\": {\"listen\": 80}, \"location\": \"/\"}"),
        (Kind::Unrecognised, "yaml", "server:\n  listen: 80\nlocation: /\n"),
        (
            Kind::Kubernetes,
            "yaml with nginx in it",
            "apiVersion: v1\nkind: List\ndata:\n  a.conf: |\n    server { listen 80; }\n",
        ),
        (Kind::Unrecognised, "css", "body { color: red; }\n.server { root: 1; }\n@import url(x);\n"),
        (Kind::Unrecognised, "html", html),
        (Kind::Unrecognised, "rust", "use std::io;\nfn main() { return; }\nstruct Server { listen: u16 }\n"),
        (Kind::Unrecognised, "go", "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println()\n}\n"),
        (Kind::Unrecognised, "javascript", "const server = http.createServer();\nserver.listen(80);\n"),
        (
            Kind::Unrecognised,
            "terraform",
            "resource \"aws_x\" \"y\" {\n  listen = 80\n}\nserver {\n  root = 1\n}\n",
        ),
        (Kind::Unrecognised, "gradle", "plugins {\n  id 'x'\n}\nserver {\n  port = 80\n}\n"),
        (Kind::Unrecognised, "ini", "[server]\nlisten = 80\nroot = /srv\n"),
        (
            Kind::Unrecognised,
            "named.conf",
            "options { directory \"/var\"; };\nzone \"a.example\" { type master; };\n",
        ),
        (
            Kind::Unrecognised,
            "nftables",
            "table inet filter {\n chain input {\n  type filter hook input priority 0; policy drop;\n }\n}\n",
        ),
        (Kind::Unrecognised, "dockerfile", "FROM nginx\nCOPY a.conf /etc/nginx/\nUSER www\n"),
        (Kind::Unrecognised, "makefile", "server: a.o\n\tcc -o server a.o\nlisten:\n\t./server\n"),
        (Kind::Unrecognised, "hosts", "127.0.0.1 localhost\n192.0.2.1 example.com\n"),
        (
            Kind::Unrecognised,
            "template",
            "{% for s in servers %}\nserver { listen {{ s.port }}; }\n{% endfor %}\n",
        ),
        (Kind::Unrecognised, "sql", "CREATE TABLE server (id int);\nINSERT INTO server VALUES (1);\n"),
    ];
    for (expected, what, text) in cases {
        for name in ["nginx.conf", "haproxy.cfg", "Caddyfile", "notes.txt"] {
            assert_eq!(kind(name, text), *expected, "{what}, called {name}");
        }
    }
}
