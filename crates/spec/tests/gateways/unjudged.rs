//! Traffic that is recognised and not judged keeps the gate shut, with a place and what to do.

use super::inventory;
use spec::diagnostic::Severity;

const ENVOY: &str = r#"static_resources:
  listeners:
  - name: raw
    address: {socket_address: {address: 0.0.0.0, port_value: 9000}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, cluster: a}
"#;
const SITE: &str = "http { server { listen 127.0.0.1:8443 ssl; server_name a.example.com; location / { auth_basic x; proxy_pass http://a; } } }\n";

#[test]
fn traffic_that_is_recognised_and_not_judged_is_an_error_with_its_place() {
    let route = |kind: &str| {
        format!(
            "apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: {kind}\nmetadata: {{name: r}}\nspec: {{rules: []}}\n"
        )
    };
    let stream = |to: &str, rest: &str| {
        format!("stream {{\n  {rest}server {{ listen 443; proxy_pass {to}; }}\n}}\n{SITE}")
    };
    let tcp =
        "apiVersion: traefik.io/v1alpha1\nkind: IngressRouteTCP\nmetadata: {name: r}\nspec: {routes: []}\n";
    for (name, text, line, says) in [
        ("envoy.yaml", ENVOY.to_owned(), 7, "passes TCP on"),
        ("r.yaml", route("TCPRoute"), 2, "`TCPRoute` is not read"),
        ("r.yaml", route("TLSRoute"), 2, "`TLSRoute` is not read"),
        ("r.yaml", route("GRPCRoute"), 2, "`GRPCRoute` is not read"),
        ("r.yaml", tcp.to_owned(), 2, "`IngressRouteTCP` is not read"),
        ("tcp.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tcp-services, namespace: ingress-nginx}\ndata:\n  \"9000\": shop/orders:8080\n".into(), 5, "passes port 9000 on to `shop/orders:8080`"),
        ("tcp.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tcp-services, namespace: ingress-nginx}\ndata:\n  \"9000\": shop/orders:8080:PROXY\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: b}\n".into(), 5, "passes port 9000 on"),
        ("tcp.json", "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{\"53\":\"dns/dns:dns\"}}".into(), 1, "passes port 53 on"),
        ("kong.yaml", "_format_version: '3.0'\nservices:\n- name: a\n  url: tcp://a:1\n  routes:\n  - {name: t, protocols: [tcp]}\n".into(), 6, "for streams"),
        ("aws.yaml", "Resources:\n  Chat: {Type: 'AWS::ApiGatewayV2::Api', Properties: {ProtocolType: WEBSOCKET}}\n".into(), 2, "WebSocket"),
        ("traefik.yaml", "http:\n  routers: {b: {rule: 'Path(`/`)', service: a}}\ntcp:\n  routers:\n    a: {rule: 'HostSNI(`*`)', service: a}\n".into(), 5, "passes TCP on"),
        ("traefik.yaml", "udp:\n  routers:\n    a: {service: a}\nhttp:\n  routers: {b: {rule: 'Path(`/`)', service: a}}\n".into(), 3, "passes UDP on"),
        ("traefik.yaml", "tcp:\n  routers:\n    a: {rule: 'HostSNI(`*`)', service: a}\n".into(), 3, "passes TCP on"),
        ("apisix.yaml", "stream_routes:\n  - {server_port: 9100, upstream: {nodes: {'a:80': 1}}}\n#END\n".into(), 2, "for streams"),
        ("sam.yaml", "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      DefinitionUri: s3://bucket/api.yaml\n".into(), 5, "is not here"),
        ("sam.yaml", "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      DefinitionUri: gone.yaml\n".into(), 5, "is not here"),
        ("nginx.conf", stream("10.0.0.1:443", ""), 2, "passes connections on"),
        ("nginx.conf", stream("127.0.0.1:9443", ""), 2, "passes connections on"),
        ("nginx.conf", stream("app:8443", ""), 2, "passes connections on"),
        ("nginx.conf", stream("$to", ""), 2, "passes connections on"),
        ("haproxy.cfg", haproxy("defaults\n  mode tcp\n", "bind :443", "10.0.0.1:443"), 3, "passes connections on"),
        ("haproxy.cfg", haproxy("defaults\n  mode http\n", "bind :443\n  mode tcp", "10.0.0.1:443"), 3, "passes connections on"),
        ("haproxy.cfg", haproxy("defaults\n  mode http\n", "bind :443\n  mode tcp", "127.0.0.1:9443"), 3, "passes connections on"),
        ("haproxy.cfg", haproxy("defaults\n  timeout client 5s\n", "bind :443\n  http-request deny", "127.0.0.1:9443"), 3, "no `mode http`"),
        ("haproxy.cfg", haproxy("", "bind :443\n  mode tcp\n  use_backend %[req.ssl_sni]", "127.0.0.1:8443"), 1, "passes connections on"),
        ("haproxy.cfg", "listen edge\n  mode tcp\n  bind 127.0.0.1:1\n  bind :443\n  server a 10.0.0.1:443\n".into(), 1, "`listen edge` passes connections on"),
        ("haproxy.cfg", format!("defaults pass\n  mode tcp\ndefaults own from pass\ndefaults web\n  mode http\n{}", haproxy("", "bind :443", "a:1").replace("frontend edge", "frontend edge from own")), 6, "passes connections on"),
        ("nginx.conf", stream("$to", "map $ssl_preread_server_name $to { a.example.com 127.0.0.1:8443; default app:8443; } "), 2, "passes connections on"),
    ] {
        let elsewhere = SITE.replace("127.0.0.1:8443", "10.0.0.5:9443");
        let found = inventory(&[(name, &text), ("elsewhere.conf", &elsewhere)]);
        let told: Vec<_> = found.faults.iter().map(|fault| &fault.diagnostic).collect();
        let one = told.iter().find(|fault| fault.message.contains(says));
        let one = one.unwrap_or_else(|| panic!("{says}: {told:?}\n{text}"));
        assert_eq!((one.severity, one.at.line), (Severity::Error, line), "{one:?}\n{text}");
        assert!(one.help.as_deref().is_some_and(|help| !help.is_empty()), "{one:?}");
    }
}

/// A frontend with `rules` behind `head`, that leads to `server`.
fn haproxy(head: &str, rules: &str, server: &str) -> String {
    format!("{head}frontend edge\n  {rules}\n  default_backend app\nbackend app\n  server a {server}\n")
}

#[test]
fn a_haproxy_that_passes_on_to_what_is_judged_or_only_this_machine_reaches_is_a_warning() {
    let inner = |bind: &str| {
        format!(
            "frontend inner\n  mode http\n  bind {bind} accept-proxy\n  http-request auth\n  default_backend web\nbackend web\n  mode http\n  server w a:80\n"
        )
    };
    let web = "defaults\n  mode http\n";
    for (text, site, codes) in [
        (haproxy(web, "bind :443\n  mode tcp", "127.0.0.1:8443"), SITE.to_owned(), &["HAPROXY-005"][..]),
        (
            haproxy(web, "bind :443\n  mode tcp", "unix@/run/in send-proxy") + &inner("unix@/run/in"),
            String::new(),
            &["HAPROXY-005"],
        ),
        (
            haproxy(web, "bind :443\n  mode tcp", "abns@in send-proxy") + &inner("abns@in"),
            String::new(),
            &["HAPROXY-005"],
        ),
        (haproxy(web, "bind 127.0.0.1:3306\n  mode tcp", "10.0.0.9:3306"), String::new(), &["HAPROXY-005"]),
        // It takes none, or is in HTTP mode after all.
        (haproxy(web, "mode tcp", "10.0.0.9:3306"), String::new(), &[]),
        (haproxy("defaults\n  mode tcp\n", "bind :443\n  mode http", "10.0.0.9:3306"), String::new(), &[]),
        (
            haproxy("defaults web\n  mode http\ndefaults pass\n  mode tcp\n", "bind :443", "a:1")
                .replace("frontend edge", "frontend edge from web"),
            String::new(),
            &[],
        ),
        // A part of a configuration, whose `defaults` are elsewhere.
        (haproxy("", "bind :443", "10.0.0.9:3306"), String::new(), &[]),
    ] {
        let files = [("haproxy.cfg", &*text), ("site.conf", &*site)];
        let found = inventory(&files[..1 + usize::from(!site.is_empty())]);
        assert!(!found.has_errors(), "{:?}\n{text}", found.faults);
        let told: Vec<&str> = found.faults.iter().map(|fault| fault.diagnostic.code).collect();
        assert_eq!(told, codes, "{text}");
    }
    let beside = inventory(&[(
        "haproxy.cfg",
        &(haproxy(web, "bind :443\n  mode tcp", "unix@/run/out") + &inner("unix@/run/in")),
    )]);
    assert!(beside.has_errors(), "{:?}", beside.faults);
    let chosen = haproxy(web, "bind :443\n  mode tcp\n  use_backend %[req.ssl_sni]", "127.0.0.1:8443");
    let beside = inventory(&[("haproxy.cfg", &chosen), ("site.conf", SITE)]);
    assert!(beside.has_errors(), "{:?}", beside.faults);
}

#[test]
fn a_stream_to_a_server_that_is_judged_here_is_a_warning() {
    let map = "map $ssl_preread_server_name $to { a.example.com 127.0.0.1:8443; default back; }\n  upstream back { server localhost:8443; }\n";
    for (to, rest) in [("127.0.0.1:8443", ""), ("$to", map), ("back", map)] {
        let stream =
            format!("stream {{\n  {rest}  server {{ listen 443; ssl_preread on; proxy_pass {to}; }}\n}}\n");
        let both: Vec<Vec<(&str, String)>> = vec![
            vec![("nginx.conf", format!("{stream}{SITE}"))],
            vec![("nginx.conf", stream.clone()), ("site.conf", SITE.to_owned())],
        ];
        for files in both {
            let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let found = inventory(&files);
            assert!(!found.has_errors(), "{to}: {:?}", found.faults);
            assert!(found.faults.iter().any(|fault| fault.diagnostic.code == "NGINX-006"), "{to}");
        }
    }
}

#[test]
fn a_config_map_of_anything_else_is_of_no_known_kind() {
    for data in [
        "{a: b}",
        "{}",
        "{'9000': '8080'}",
        "{'9000': 'shop/orders'}",
        "{'9000': 'shop/orders:80', a: b}",
        "{'99999': 'shop/orders:80'}",
    ] {
        let text =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: tcp-services}}\ndata: {data}\n");
        let found = inventory(&[("map.yaml", &text)]);
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        assert!(
            found.sources.iter().all(|source| source.kind == spec::inventory::Kind::Unrecognised),
            "{data}"
        );
    }
}

#[test]
fn an_nginx_of_tables_and_variables_is_recognised() {
    let many = |line: &dyn Fn(usize) -> String| (0..500).map(line).collect::<String>();
    let map = format!("map $uri $to {{\n{}}}\n", many(&|nth| format!("  /old{nth} /new{nth};\n")));
    let set = many(&|nth| format!("set $v{nth} a;\n"));
    for text in [format!("http {{\n{map}{}", &SITE[6..]), SITE.replace("location", &format!("{set}location"))]
    {
        let found = inventory(&[("site", &text)]);
        assert_eq!(found.fronts.len(), 1, "{text:.80}");
    }
}

#[test]
fn what_goes_beyond_a_bound_of_a_front_is_an_error_and_what_stays_within_is_none() {
    let site = |inner: &str| {
        format!("http {{ server {{\n{inner}\n  location / {{ auth_basic x; proxy_pass http://a; }}\n}} }}\n")
    };
    let locations = |count: usize, body: &dyn Fn(usize) -> String| -> String {
        (0..count).map(|nth| format!("  location /n{nth}/ {{ {} }}\n", body(nth))).collect()
    };
    let chain = |count: usize| {
        site(&locations(count, &|nth| format!("rewrite ^/n{nth}/(.*)$ /n{}/$1 last;", nth + 1)))
    };
    let rewrites =
        |count: usize| site(&locations(count, &|nth| format!("rewrite ^/n{nth}/x$ /y{nth} last;")));
    let below = |count: usize| {
        let inner = locations(count, &|_| "proxy_pass http://a;".to_owned());
        site(&format!("{inner}  location /to/ {{ rewrite ^/to/(.*)$ /n$1 last; }}"))
    };
    let tries = |count: usize, last: usize| {
        let inner = locations(count, &|nth| format!("try_files $uri /n{}/;", nth + 1));
        site(&format!("{inner}  location /n{last}/ {{ try_files $uri /n{last}/index.html; }}"))
    };
    let points = |count: usize| {
        let names: Vec<String> = (0..count).map(|nth| format!("p{nth}")).collect();
        let router =
            format!("{{rule: 'Path(`/`)', service: a, tls: {{}}, entryPoints: [{}]}}", names.join(", "));
        format!("http:\n  routers: {{a: {router}}}\n")
    };
    let zoned = |inner: &str| {
        let zone = "limit_req_zone $v0 zone=z:1m rate=1r/s";
        format!(
            "http {{ {zone}; server {{\n{inner}\n  location / {{ limit_req zone=z; proxy_pass http://a$v0; }}\n}} }}\n"
        )
    };
    let values = |count: usize, of: &dyn Fn(usize) -> String| {
        zoned(&(0..count).map(|nth| format!("  set $v0 {};\n", of(nth))).collect::<String>())
    };
    let steps = |count: usize| {
        let step = |nth: usize| format!("  set $v{nth} $v{};\n", nth + 1);
        zoned(&(0..count).map(step).collect::<String>())
    };
    // Each of the variables names three of the next.
    let fans = |depth: usize| {
        let fan = |nth: usize| format!("  set $v{nth} \"$v{0}$v{0}$v{0}\";\n  set $v{nth} b;\n", nth + 1);
        zoned(&(0..depth).map(fan).collect::<String>())
    };
    let grown = |count: usize| zoned(&format!("  set $v0 $v1;\n  set $v1 {};\n", "a".repeat(count)));
    let sources = |count: usize| {
        let texts: String = (0..count).map(|nth| format!("$a{nth}")).collect();
        site(&format!("  set $v0 {texts};\n  if ($v0) {{ return 403; }}"))
    };
    let workloads = |count: usize| -> String {
        let pod = |nth: usize| {
            format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{nth}, labels: {{app: a}}}}\n")
        };
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}}\n";
        service.to_owned() + &(0..count).map(pod).collect::<String>()
    };
    let bases = |count: usize| -> String {
        let more = |nth: usize| format!("defaults d{nth} from d{}\n", nth - 1);
        let text = "defaults d0\n  mode http\n".to_owned() + &(1..count).map(more).collect::<String>();
        format!("{text}frontend edge from d{}\n  bind :1\n", count - 1)
    };
    let handles = |depth: usize| {
        let (open, close) = ("handle /a/* {\n".repeat(depth), "}\n".repeat(depth));
        format!("a.example.com {{\n{open}reverse_proxy a:80\n{close}}}\n")
    };
    for (name, beyond, within) in [
        ("nginx.conf", chain(9), chain(3)),
        ("nginx.conf", rewrites(501), rewrites(100)),
        ("nginx.conf", below(70), below(40)),
        ("nginx.conf", tries(9, 99), tries(2, 99)),
        ("nginx.conf", tries(9, 99), tries(0, 0)),
        ("nginx.conf", values(65, &|nth| nth.to_string()), values(64, &|nth| nth.to_string())),
        // What is made from itself, or set to the same again, is no more of it.
        (
            "nginx.conf",
            values(66, &|nth| format!("\"${{v0}}{nth}\"")),
            values(60, &|nth| format!("\"${{v0}}{nth}\"")),
        ),
        (
            "nginx.conf",
            values(200, &|nth| format!("{}", nth % 70)),
            values(200, &|nth| format!("{}", nth % 60)),
        ),
        ("nginx.conf", steps(40), steps(30)),
        ("nginx.conf", fans(12), fans(5)),
        ("nginx.conf", grown(5_000), grown(3_000)),
        ("nginx.conf", sources(70), sources(60)),
        ("k8s.yaml", workloads(33), workloads(32)),
        ("haproxy.cfg", bases(16), bases(15)),
        ("Caddyfile", handles(22), handles(15)),
        ("traefik.yaml", points(257), points(256)),
    ] {
        let found = inventory(&[(name, &beyond)]);
        assert!(found.has_errors(), "{name}: {:?}\n{beyond:.300}", found.faults);
        let found = inventory(&[(name, &within)]);
        assert!(!found.has_errors(), "{:?}", found.faults);
    }
}
