//! What a change of proxies and clusters newly lets through is told; what lets nothing more through is not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

// long: one product's configuration above each table of changes to it.

use domain::Timestamp;
use spec::inventory::Inventory;
use spec::reading::File;

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

const API: &str = "openapi: 3.1.0
info: {title: Shop, version: '1'}
security: [{token: []}]
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
paths:
  /orders/{id}:
    get: {operationId: readOrder, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'200': {description: o}}}
    delete: {operationId: dropOrder, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'204': {description: o}}}
  /jobs:
    post: {operationId: runJobs, responses: {'202': {description: begun}}}
";

const NGINX: &str = "events {}
http {
  limit_req_zone $binary_remote_addr zone=slow:1m rate=1r/s;
  server {
    listen 443 ssl;
    server_name shop.example.com;
    ssl_certificate a.pem;
    ssl_certificate_key a.key;
    auth_request /check;
    limit_req zone=slow;
    location /orders/ {
      limit_except GET { deny all; }
      proxy_pass http://127.0.0.1:8080;
    }
    location /jobs { allow 192.0.2.0/24; deny all; proxy_pass http://127.0.0.1:8080; }
    location /products { auth_request off; proxy_pass http://127.0.0.1:8080; }
    location = /check { internal; proxy_pass http://127.0.0.1:9000; }
  }
}
";

const KONG: &str = "_format_version: '3.0'
services:
  - name: shop
    url: http://127.0.0.1:8080
    plugins:
      - name: key-auth
      - name: rate-limiting
        config: {minute: 60, policy: local}
    routes:
      - name: orders
        paths: [/orders]
        methods: [GET]
      - name: jobs
        paths: [/jobs]
        plugins:
          - name: ip-restriction
            config: {allow: [192.0.2.0/24]}
";

const ENVOY: &str = "static_resources:
  listeners:
    - name: edge
      address: {socket_address: {address: 0.0.0.0, port_value: 8443}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                '@type': type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: edge
                route_config:
                  virtual_hosts:
                    - name: shop
                      domains: ['*']
                      routes:
                        - {match: {prefix: /orders}, route: {cluster: shop}}
                http_filters:
                  - name: envoy.filters.http.jwt_authn
                    typed_config:
                      '@type': type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
                      providers: {login: {issuer: https://login.example.com, local_jwks: {inline_string: '{}'}}}
                      rules:
                        - {match: {prefix: /}, requires: {provider_name: login}}
                  - name: envoy.filters.http.router
  clusters:
    - {name: shop, load_assignment: {cluster_name: shop, endpoints: []}}
";

const CLUSTER: &str = "apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec:
  type: ClusterIP
  selector: {app: orders}
  ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/auth-url: http://auth.shop.svc/check
    nginx.ingress.kubernetes.io/whitelist-source-range: 192.0.2.0/24
spec:
  tls: [{hosts: [shop.example.com]}]
  rules:
    - host: shop.example.com
      http:
        paths:
          - {path: /orders, pathType: Prefix, backend: {service: {name: orders, port: {number: 80}}}}
";

fn read(name: &str, text: &str) -> Inventory {
    let file = |name: &str, text: &str| File { name: name.into(), text: text.into() };
    let inventory = spec::reading::read(&[file("api.yaml", API), file(name, text)], &mut |_| Vec::new());
    assert!(!inventory.has_errors(), "{:?}", inventory.faults);
    assert!(!inventory.fronts.is_empty(), "{name} is no front");
    inventory
}

fn told(old: &Inventory, new: &Inventory) -> Vec<String> {
    let found = checks::widenings(old, new, NOW);
    for one in &found {
        assert!(one.at.span.line > 0 && !one.request.is_empty(), "{one:?}");
    }
    found.into_iter().map(|one| one.message).collect()
}

fn changed(text: &str, before: &str, after: &str) -> String {
    assert!(text.contains(before), "{before:?} is not there");
    text.replacen(before, after, 1)
}

#[test]
fn what_a_front_newly_lets_through_is_told_and_taking_it_back_is_not() {
    let rows = [
        (
            "nginx.conf",
            NGINX,
            "    auth_request /check;\n",
            "",
            "anonymous callers can now reach GET /orders/{id} by nginx `shop.example.com",
        ),
        (
            "nginx.conf",
            NGINX,
            "limit_except GET { deny all; }",
            "",
            "callers whom code or another program lets through can now reach DELETE /orders/{id}",
        ),
        (
            "nginx.conf",
            NGINX,
            "limit_except GET { deny all; }",
            "auth_request off;",
            "anonymous callers can now reach DELETE /orders/{id}",
        ),
        (
            "nginx.conf",
            NGINX,
            "    limit_req zone=slow;\n",
            "",
            "one caller can now have any number of instead of 3600 calls an hour of GET /orders/{id}",
        ),
        (
            "nginx.conf",
            NGINX,
            "rate=1r/s",
            "rate=100r/s",
            "360000 instead of 3600 calls an hour of GET /orders/{id}",
        ),
        (
            "nginx.conf",
            NGINX,
            "allow 192.0.2.0/24; deny all; ",
            "",
            "callers whom code or another program lets through can now reach POST /jobs",
        ),
        (
            "nginx.conf",
            NGINX,
            "allow 192.0.2.0/24",
            "allow 192.0.0.0/16",
            "callers whom code or another program lets through from 192.0.0.0/16 can now reach POST /jobs",
        ),
        (
            "nginx.conf",
            NGINX,
            "    location = /check",
            "    location /orders/export { auth_request off; proxy_pass http://127.0.0.1:8080; }\n    location = /check",
            "anonymous callers can now reach GET /orders/export",
        ),
        (
            "nginx.conf",
            NGINX,
            "    location = /check",
            "    location ~ ^/orders/[0-9]+$ { auth_request off; proxy_pass http://127.0.0.1:8080; }\n    location = /check",
            "anonymous callers can now reach GET /orders/{id}",
        ),
        (
            "nginx.conf",
            NGINX,
            "limit_except GET { deny all; }",
            "limit_except GET { deny all; }\n      satisfy any; allow 203.0.113.0/24; deny all;",
            "anonymous callers can now reach GET /orders/{id}",
        ),
        (
            "nginx.conf",
            NGINX,
            "    listen 443 ssl;\n",
            "    listen 443 ssl;\n    listen 80;\n",
            "now speaks plain http to everyone",
        ),
        (
            "kong.yaml",
            KONG,
            "      - name: key-auth\n",
            "",
            "anonymous callers can now reach GET /orders/{id} by Kong",
        ),
        (
            "kong.yaml",
            KONG,
            "      - name: key-auth\n",
            "      - name: key-auth\n        enabled: false\n",
            "anonymous callers can now reach GET /orders/{id} by Kong",
        ),
        (
            "kong.yaml",
            KONG,
            "minute: 60",
            "minute: 600",
            "36000 instead of 3600 calls an hour of GET /orders/{id}",
        ),
        (
            "kong.yaml",
            KONG,
            "        methods: [GET]\n",
            "",
            "callers with a credential can now reach DELETE /orders/{id} by Kong",
        ),
        (
            "kong.yaml",
            KONG,
            "allow: [192.0.2.0/24]",
            "allow: [0.0.0.0/0]",
            "can now reach POST /jobs by Kong",
        ),
        (
            "envoy.yaml",
            ENVOY,
            "requires: {provider_name: login}",
            "requires: {allow_missing: {}}",
            "anonymous callers",
        ),
        (
            "ingress.yaml",
            CLUSTER,
            "    nginx.ingress.kubernetes.io/auth-url: http://auth.shop.svc/check\n",
            "",
            "anonymous callers",
        ),
        (
            "ingress.yaml",
            CLUSTER,
            "192.0.2.0/24",
            "0.0.0.0/0",
            "can now reach GET /orders/{id} by Kubernetes",
        ),
        (
            "ingress.yaml",
            CLUSTER,
            "type: ClusterIP",
            "type: LoadBalancer",
            "everyone can now reach the service `shop/orders` past every front",
        ),
    ];
    let mut wrong = Vec::new();
    for (name, text, before, after, said) in rows {
        let (old, new) = (read(name, text), read(name, &changed(text, before, after)));
        let found = told(&old, &new);
        if !found.iter().any(|message| message.contains(said)) {
            wrong.push(format!("{name}: {before:?} to {after:?}\n  {said:?} is not in {found:#?}"));
        }
        let back = told(&new, &old);
        if !back.is_empty() {
            wrong.push(format!("{name}: {after:?} back to {before:?}\n  {back:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_change_of_a_front_that_lets_nothing_more_through_is_silent() {
    let mut wrong = Vec::new();
    for (name, text, before, after) in [
        ("nginx.conf", NGINX, "events {}\n", "# the edge\nevents { worker_connections 512; }\n"),
        ("nginx.conf", NGINX, "127.0.0.1:8080", "127.0.0.1:8081"),
        ("nginx.conf", NGINX, "rate=1r/s", "rate=60r/m"),
        ("nginx.conf", NGINX, "rate=1r/s", "rate=30r/m"),
        ("nginx.conf", NGINX, "allow 192.0.2.0/24", "allow 192.0.2.0/25; allow 192.0.2.128/25"),
        ("nginx.conf", NGINX, "allow 192.0.2.0/24", "allow 192.0.2.64/26"),
        (
            "nginx.conf",
            NGINX,
            "    location = /check",
            "    location /orders/export { limit_except GET { deny all; } proxy_pass http://127.0.0.1:8080; }\n    location = /check",
        ),
        ("nginx.conf", NGINX, "    location /products { auth_request off;", "    location /products {"),
        ("nginx.conf", NGINX, "auth_request /check;", "auth_request /verify;"),
        ("kong.yaml", KONG, "minute: 60", "hour: 3600"),
        ("kong.yaml", KONG, "name: key-auth", "name: jwt"),
        (
            "kong.yaml",
            KONG,
            "        methods: [GET]\n",
            "        methods: [GET]\n        strip_path: false\n",
        ),
        ("envoy.yaml", ENVOY, "stat_prefix: edge", "stat_prefix: front"),
        ("ingress.yaml", CLUSTER, "192.0.2.0/24", "192.0.2.0/25"),
        ("ingress.yaml", CLUSTER, "ports: [{port: 80}]", "ports: [{port: 80, name: http}]"),
    ] {
        let found = told(&read(name, text), &read(name, &changed(text, before, after)));
        if !found.is_empty() {
            wrong.push(format!("{name}: {before:?} to {after:?}\n  {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_scheme_of_another_kind_and_classes_that_nobody_declares_any_more_are_told_in_words_that_hold() {
    let api = "openapi: 3.1.0
info: {title: Shop, version: '1'}
servers: [{url: 'https://shop.example.com'}]
security: [{token: []}]
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
paths:
  /orders:
    get:
      operationId: listOrders
      x-tidegate: {audience: authenticated, limit: [{requests: 60, per: 1m}], classes: [email]}
      parameters: [{name: X-Version, in: header, required: true, schema: {type: string}, example: v7}]
      responses: {'200': {description: o}}
";
    let read = |text: &str| {
        let inventory =
            spec::reading::read(&[File { name: "shop.yaml".into(), text: text.into() }], &mut |_| Vec::new());
        assert!(!inventory.has_errors(), "{:?}", inventory.faults);
        inventory
    };
    let old = read(api);
    for (before, after, said) in [
        (
            "{type: http, scheme: bearer}",
            "{type: apiKey, in: header, name: X-Key}",
            "callers with `token` of the kind api-key (`X-Key`, header) can now reach GET /orders, which asked for \
             `token` of the kind bearer",
        ),
        (", classes: [email]", "", "nothing says any more which data GET /orders may hand out"),
    ] {
        let new = read(&changed(api, before, after));
        let found = checks::widenings(&old, &new, NOW);
        let told: Vec<&str> = found.iter().map(|one| &*one.message).collect();
        assert_eq!(told, [said]);
        let request = &found[0].request;
        assert!(
            request.ends_with("GET /orders HTTP/1.1\nhost: shop.example.com\nx-version: v7"),
            "{request}"
        );
    }
}
