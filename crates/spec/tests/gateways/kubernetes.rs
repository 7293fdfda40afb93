//! Kubernetes.

use expect_test::{Expect, expect};

use super::{inventory, print, shown, survives_mutations};

fn ingress(annotations: &str, rest: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: shop\n  annotations: {{{annotations}}}\nspec:\n{rest}"
    )
}

const ORDERS: &str = "  rules:\n  - host: shop.example.com\n    http:\n      paths:\n      - {path: /orders, pathType: Prefix, backend: {service: {name: orders, port: {number: 80}}}}\n      - {path: /health, pathType: Exact, backend: {service: {name: orders, port: {number: 80}}}}\n";

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&shown("shop.yaml", text));
}

#[test]
fn an_ingress_is_open_until_an_annotation_guards_it() {
    let nginx = |key: &str, value: &str| format!("nginx.ingress.kubernetes.io/{key}: {value:?}");
    let of = |annotations: &[(&str, &str)]| {
        let all: Vec<String> = annotations.iter().map(|(key, value)| nginx(key, value)).collect();
        let shown = shown("shop.yaml", &ingress(&all.join(", "), ORDERS));
        shown.lines().nth(1).unwrap().trim().to_owned()
    };
    for (annotations, expected) in [
        (&[][..], "segments /orders host=shop.example.com -> orders @11"),
        (
            &[("auth-type", "basic")],
            "segments /orders host=shop.example.com -> orders auth=required(auth-type basic) @11",
        ),
        (
            &[("auth-url", "http://auth/check")],
            "segments /orders host=shop.example.com -> orders auth=external(auth-url) @11",
        ),
        (
            &[("auth-tls-secret", "ca")],
            "segments /orders host=shop.example.com -> orders auth=required(auth-tls-secret) @11",
        ),
        (
            &[("auth-tls-secret", "ca"), ("auth-tls-verify-client", "optional")],
            "segments /orders host=shop.example.com -> orders auth=optional(auth-tls-secret) @11",
        ),
        (
            &[("configuration-snippet", "add_header X 1; # deny\nproxy_set_header A b;")],
            "segments /orders host=shop.example.com -> orders @11",
        ),
        (
            &[("configuration-snippet", "if ($arg_k = x) { return 403; }")],
            "segments /orders host=shop.example.com -> orders auth=unknown(configuration-snippet) @11",
        ),
        (
            &[("auth-type", "basic"), ("configuration-snippet", "satisfy any; allow all;")],
            "segments /orders host=shop.example.com -> orders auth=unknown(configuration-snippet) @11",
        ),
        (
            &[("whitelist-source-range", "10.0.0.0/8, 192.0.2.0/24")],
            "segments /orders host=shop.example.com -> orders reach=10.0.0.0/8+192.0.2.0/24 @11",
        ),
        (&[("allowlist-source-range", "0.0.0.0/0")], "segments /orders host=shop.example.com -> orders @11"),
        (
            &[("whitelist-source-range", "10.0.0.0/8"), ("auth-type", "basic"), ("satisfy", "any")],
            "segments /orders host=shop.example.com -> orders auth=optional(satisfy any) @11",
        ),
        (&[("limit-rps", "2")], "segments /orders host=shop.example.com -> orders rate=7200/h @11"),
        (
            &[("limit-rps", "2"), ("limit-rpm", "10")],
            "segments /orders host=shop.example.com -> orders rate=600/h @11",
        ),
        (&[("limit-rps", "0")], "segments /orders host=shop.example.com -> orders @11"),
        (&[("limit-rps", "many")], "segments /orders host=shop.example.com -> orders rate=unknown @11"),
        (&[("use-regex", "true")], "regex/i ^/orders host=shop.example.com -> orders @11"),
        (&[("rewrite-target", "/$1")], "regex/i ^/orders host=shop.example.com -> orders rewrite=/$1 @11"),
        (&[("backend-protocol", "HTTPS")], "segments /orders host=shop.example.com -> orders+tls @11"),
        (&[("canary", "true")], "segments /orders host=shop.example.com if -> orders @11"),
        (
            &[("permanent-redirect", "https://example.net")],
            "segments /orders host=shop.example.com -> self @11",
        ),
        (
            &[("server-alias", "a.example.com")],
            "segments /orders host=shop.example.com,a.example.com -> orders @11",
        ),
    ] {
        assert_eq!(of(annotations), expected, "{annotations:?}");
    }
}

#[test]
fn one_regular_expression_makes_all_paths_of_its_host_regular_expressions() {
    let regex =
        ingress("nginx.ingress.kubernetes.io/use-regex: 'true'", ORDERS).replace("name: shop", "name: a");
    let exact = ingress(
        "",
        "  rules:\n  - host: shop.example.com\n    http:\n      paths:\n      - {path: /admin, pathType: Exact, backend: {service: {name: admin, port: {number: 80}}}}\n  - host: other.example.com\n    http:\n      paths:\n      - {path: /admin, pathType: Exact, backend: {service: {name: admin, port: {number: 80}}}}\n",
    );
    check(
        &format!("{exact}---\n{regex}"),
        &expect![[r#"
            ingress (longest) [http plain world]
              regex/i ^/admin host=shop.example.com -> admin @11
              exact /admin host=other.example.com -> admin @15
              regex/i ^/orders host=shop.example.com -> orders @27
              regex/i ^/health host=shop.example.com -> orders @28
        "#]],
    );
}

#[test]
fn plain_http_redirects_only_where_every_host_has_a_certificate() {
    let tls = |hosts: &str| format!("  tls: [{{hosts: [{hosts}], secretName: s}}]\n{ORDERS}");
    for (annotations, rest, listeners) in [
        ("", ORDERS.to_owned(), "[http plain world]"),
        ("", tls("shop.example.com"), "[http plain world redirects, https tls world]"),
        ("", tls("'*.example.com'"), "[http plain world redirects, https tls world]"),
        ("", tls("other.example.com"), "[http plain world, https tls world]"),
        (
            "nginx.ingress.kubernetes.io/ssl-redirect: 'false'",
            tls("shop.example.com"),
            "[http plain world, https tls world]",
        ),
        (
            "nginx.ingress.kubernetes.io/force-ssl-redirect: 'true'",
            ORDERS.to_owned(),
            "[http plain world redirects]",
        ),
        ("kubernetes.io/ingress.allow-http: 'false'", tls("shop.example.com"), "[https tls world]"),
        (
            "kubernetes.io/ingress.class: traefik",
            tls("shop.example.com"),
            "[http plain world, https tls world]",
        ),
        (
            "kubernetes.io/ingress.class: alb",
            ORDERS.to_owned(),
            "[http plain 10.0.0.0/8+172.16.0.0/12+192.168.0.0/16+fc00::/7]",
        ),
        (
            "kubernetes.io/ingress.class: alb, alb.ingress.kubernetes.io/scheme: internet-facing",
            ORDERS.to_owned(),
            "[http plain world]",
        ),
    ] {
        let shown = shown("shop.yaml", &ingress(annotations, &rest));
        assert!(shown.lines().next().unwrap().ends_with(&format!(" {listeners}")), "{annotations}\n{shown}");
    }
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: orders}\nspec: {TYPE, selector: {app: orders}, ports: [{port: 80}]}\n";
const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {podSelector: {SELECTOR}, RULES}\n";

#[test]
fn a_service_is_reached_by_whom_its_type_opens_it_to_less_whom_policies_keep_out() {
    let open = "type: LoadBalancer";
    for (kind, selector, rules, expected) in [
        ("type: ClusterIP", "", "", "ClusterIP reach=inside"),
        ("type: NodePort", "", "", "NodePort reach=world"),
        (open, "", "", "LoadBalancer reach=world"),
        (
            "type: LoadBalancer, loadBalancerSourceRanges: [192.0.2.0/24]",
            "",
            "",
            "LoadBalancer reach=192.0.2.0/24",
        ),
        ("externalIPs: [192.0.2.9]", "", "", "ClusterIP reach=world"),
        (open, "", "policyTypes: [Ingress]", "LoadBalancer reach=nobody policies"),
        (open, "", "ingress: []", "LoadBalancer reach=nobody policies"),
        (open, "", "ingress: [{}]", "LoadBalancer reach=world policies"),
        (open, "", "policyTypes: [Egress]", "LoadBalancer reach=world"),
        (
            open,
            "matchLabels: {app: orders}",
            "ingress: [{from: [{podSelector: {}}]}]",
            "LoadBalancer reach=inside policies",
        ),
        (open, "matchLabels: {app: other}", "ingress: []", "LoadBalancer reach=world"),
        (
            open,
            "",
            "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {namespaceSelector: {}}]}]",
            "LoadBalancer reach=10.0.0.0/8 policies",
        ),
        (
            open,
            "",
            "ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]",
            "LoadBalancer reach=world policies",
        ),
        (
            open,
            "matchExpressions: [{key: app, operator: In, values: [orders, a]}]",
            "ingress: []",
            "LoadBalancer reach=nobody policies",
        ),
        (
            open,
            "matchExpressions: [{key: app, operator: NotIn, values: [orders]}]",
            "ingress: []",
            "LoadBalancer reach=world",
        ),
        (
            open,
            "matchExpressions: [{key: tier, operator: DoesNotExist}]",
            "ingress: []",
            "LoadBalancer reach=nobody policies",
        ),
    ] {
        let mut text = SERVICE.replace("TYPE", kind);
        if !(selector.is_empty() && rules.is_empty()) {
            text = format!("{text}---\n{}", POLICY.replace("SELECTOR", selector).replace("RULES", rules));
        }
        let shown = shown("shop.yaml", &text);
        assert_eq!(shown.trim(), format!("service default/orders {expected}"), "{kind} {selector} {rules}");
    }
}

#[test]
fn labels_that_only_the_pods_have_decide_across_files() {
    let service = SERVICE.replace("TYPE", "type: LoadBalancer");
    let pods = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: o}\nspec: {template: {metadata: {labels: {app: orders, tier: back}}}}\n";
    let policy = POLICY.replace("SELECTOR", "matchLabels: {tier: back}").replace("RULES", "ingress: []");
    let alone = print(&inventory(&[("a.yaml", &service), ("b.yaml", &policy)]));
    let together = print(&inventory(&[("a.yaml", &service), ("b.yaml", &policy), ("c.yaml", pods)]));
    assert_eq!(alone, "service default/orders LoadBalancer reach=world\n");
    assert_eq!(together, "service default/orders LoadBalancer reach=nobody policies\n");
}

#[test]
fn a_port_of_the_node_opens_a_service_as_far_as_policies_let_it() {
    let service = SERVICE.replace("TYPE", "type: ClusterIP");
    let shut = POLICY.replace("SELECTOR", "").replace("RULES", "policyTypes: [Ingress]");
    let pods = |spec: &str| {
        format!(
            "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: o}}\nspec: {{template: {{metadata: {{labels: {{app: orders}}}}, spec: {{{spec}}}}}}}\n"
        )
    };
    let port = |port: &str| {
        pods(&format!("containers: [{{name: a}}, {{name: b, ports: [{{containerPort: 80}}, {{{port}}}]}}]"))
    };
    for (pods, policy, expected) in [
        (port("containerPort: 81"), "", "inside"),
        (port("containerPort: 81, hostPort: 8081"), "", "world"),
        (port("containerPort: 81, hostPort: 8081, hostIP: 127.0.0.1"), "", "inside"),
        (port("containerPort: 81, hostPort: 8081, hostIP: 0.0.0.0"), "", "world"),
        (port("containerPort: 81, hostPort: 8081"), &shut, "nobody policies"),
        (pods("hostNetwork: true"), &shut, "world policies"),
    ] {
        let files: Vec<(&str, &str)> = vec![("a.yaml", &service), ("b.yaml", &pods), ("c.yaml", policy)];
        let kept = if policy.is_empty() { &files[..2] } else { &files[..] };
        assert_eq!(
            print(&inventory(kept)),
            format!("service default/orders ClusterIP reach={expected}\n"),
            "{pods}"
        );
    }
}

#[test]
fn a_path_to_pods_that_nobody_may_reach_reaches_nobody() {
    let policy = POLICY.replace("SELECTOR", "").replace("RULES", "policyTypes: [Ingress]");
    let service = SERVICE.replace("TYPE", "type: ClusterIP");
    let text = format!("{}---\n{service}---\n{policy}", ingress("", ORDERS));
    check(
        &text,
        &expect![[r#"
            ingress (longest) [http plain world]
              segments /orders host=shop.example.com -> orders reach=nobody @11
              exact /health host=shop.example.com -> orders reach=nobody @12
            service default/orders ClusterIP reach=nobody policies
        "#]],
    );
}

const GATEWAY: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: eg
  listeners:
  - {name: web, port: 80, protocol: HTTP}
  - {name: tls, port: 443, protocol: HTTPS, hostname: "*.example.com"}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: to-https, namespace: infra}
spec:
  parentRefs: [{name: edge, sectionName: web}]
  rules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: orders, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: infra, sectionName: tls}]
  hostnames: [shop.example.com, shop.example.net]
  rules:
  - matches:
    - {path: {value: /orders}, method: GET}
    - {path: {type: Exact, value: /orders/all}}
    backendRefs: [{name: orders, port: 80}]
  - matches: [{path: {type: RegularExpression, value: "/o/[0-9]+"}, headers: [{name: x, value: y}]}]
    filters: [{type: ExtensionRef, extensionRef: {kind: AuthFilter, name: jwt}}]
    backendRefs: [{name: orders, port: 80}]
  - matches: [{path: {value: /old/}}]
    filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}}]
    backendRefs: [{name: orders, port: 80}]
"#;

#[test]
fn routes_of_a_gateway_meet_on_their_listeners() {
    check(
        GATEWAY,
        &expect![[r#"
            gateway infra/edge (longest) [web:80 plain world redirects, tls:443 tls world]
              segments /orders GET host=shop.example.com -> shop/orders @26
              exact /orders/all host=shop.example.com -> shop/orders @27
              regex ^(?:/o/[0-9]+) host=shop.example.com if -> shop/orders auth=unknown(AuthFilter jwt) @29
              segments /old host=shop.example.com -> shop/orders rewrite=/new @32
        "#]],
    );
}

#[test]
fn a_policy_attached_to_a_route_is_an_unknown_guard() {
    let policy = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\nmetadata: {name: jwt, namespace: shop}\nspec:\n  targetRefs: [{kind: HTTPRoute, name: orders}]\n";
    let limit = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\nmetadata: {name: rl, namespace: infra}\nspec:\n  targetRef: {kind: Gateway, name: edge}\n  rateLimit: {}\n";
    let found = inventory(&[("g.yaml", GATEWAY), ("p.yaml", policy), ("r.yaml", limit)]);
    let first = print(&found).lines().nth(1).unwrap().to_owned();
    assert_eq!(
        first,
        "  segments /orders GET host=shop.example.com -> shop/orders auth=unknown(SecurityPolicy jwt) rate=unknown @26"
    );
}

#[test]
fn a_security_policy_of_envoy_gateway_says_whether_it_demands_a_credential() {
    for (spec, guard) in [
        ("jwt: {providers: [{name: a}]}", "required(SecurityPolicy jwt)"),
        ("jwt: {optional: true, providers: [{name: a}]}", "optional(SecurityPolicy jwt)"),
        ("basicAuth: {users: {name: u}}", "required(SecurityPolicy jwt)"),
        ("extAuth: {http: {}}", "external(SecurityPolicy jwt)"),
        ("cors: {}", "unknown(SecurityPolicy jwt)"),
    ] {
        let policy = format!(
            "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: SecurityPolicy\nmetadata: {{name: jwt, namespace: shop}}\nspec:\n  targetRefs: [{{kind: HTTPRoute, name: orders}}]\n  {spec}\n"
        );
        let found = print(&inventory(&[("g.yaml", GATEWAY), ("p.yaml", &policy)]));
        let first = found.lines().nth(1).unwrap();
        assert!(first.contains(&format!(" auth={guard} ")), "{spec}: {first}");
    }
}

#[test]
fn annotations_of_another_controller_guard_and_limit_nothing() {
    let annotated = |class: &str| {
        let text = ingress(
            "nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/limit-rps: '2', nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8",
            &format!("  ingressClassName: {class}\n{ORDERS}"),
        );
        shown("shop.yaml", &text).lines().nth(1).unwrap().trim().to_owned()
    };
    assert_eq!(
        annotated("public-nginx"),
        "segments /orders host=shop.example.com -> orders auth=required(auth-type basic) rate=7200/h reach=10.0.0.0/8 @12"
    );
    assert_eq!(
        annotated("traefik"),
        "segments /orders host=shop.example.com -> orders auth=optional(annotations of ingress-nginx on class traefik) @12"
    );
}

#[test]
fn routes_whose_gateway_is_elsewhere_are_judged_all_the_same() {
    let text = GATEWAY.split("---\n").nth(2).unwrap();
    assert!(shown("r.yaml", text).starts_with("gateway infra/edge (longest) []\n  segments /orders GET"));
}

#[test]
fn a_traefik_route_of_a_cluster_finds_its_middlewares() {
    check(
        r#"
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: auth, namespace: shop}
spec: {basicAuth: {secret: users}}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: all, namespace: shop}
spec: {chain: {middlewares: [{name: auth}, {name: slow}]}}
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: {name: slow, namespace: shop}
spec: {rateLimit: {average: 10, period: 1m}}
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: orders, namespace: shop}
spec:
  entryPoints: [websecure]
  tls: {}
  routes:
  - match: Host(`shop.example.com`) && PathPrefix(`/orders`)
    kind: Rule
    middlewares: [{name: all}]
    services: [{name: orders, port: 80}]
  - match: Path(`/open`)
    kind: Rule
    services: [{name: orders, port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations: {traefik.ingress.kubernetes.io/router.middlewares: "shop-auth@kubernetescrd, else@file"}
spec:
  defaultBackend: {service: {name: web}}
"#,
        &expect![[r#"
            ingress (longest) [http plain world]
              any -> web auth=required(basicAuth shop-auth@kubernetescrd) @38
            traefik (priority) [websecure tls world]
              prefix /orders host=shop.example.com p=49 -> shop/orders auth=required(basicAuth shop-auth@kubernetescrd) rate=600/h @24
              exact /open p=13 -> shop/orders @28
            error KUBERNETES-005 36:67 the middleware `else@file` is in none of the files
        "#]],
    );
}

#[test]
fn broken_documents_leave_the_others_whole_and_are_told_by_line() {
    let text = format!(
        "{}---\napiVersion: v1\nkind: Service\nspec: [\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: b}}\nspec:\n  rules:\n  - http:\n      paths:\n      - {{path: /b, pathType: Sometimes}}\n      - {{path: /c, pathType: Prefix, backend: {{service: {{name: c}}}}}}\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {{name: g}}\n",
        ingress("nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/40", ORDERS)
    );
    check(
        &text,
        &expect![[r#"
            ingress (longest) [http plain world]
              segments /orders host=shop.example.com -> orders reach=nobody @11
              exact /health host=shop.example.com -> orders reach=nobody @12
              segments /c -> c @26
            error TEXT-001 16:7 this is never closed
            error KUBERNETES-005 5:69 `10.0.0.0/40` is no network; write an address and a length, such as `192.0.2.0/24` or `2001:db8::/48`
            error KUBERNETES-005 25:30 `Sometimes` is no path type
            error KUBERNETES-002 29:7 `GRPCRoute` is not read
        "#]],
    );
}

#[test]
fn a_template_must_be_rendered_first() {
    check(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {{ .Values.name }}\n  {{- with .Values.x }}\n",
        &expect![[r#"
            error KUBERNETES-001 4:9 this manifest is a template
        "#]],
    );
}

#[test]
fn lists_in_json_are_read_too() {
    let text = r#"{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "a"}, "spec": {"type": "NodePort"}}]}"#;
    assert_eq!(shown("l.json", text), "service default/a NodePort reach=world\n");
}

#[test]
fn no_mutation_of_a_manifest_panics() {
    survives_mutations("g.yaml", GATEWAY);
    survives_mutations("i.yaml", &ingress("a: b", ORDERS));
}

#[test]
fn a_path_of_an_ingress_is_called_once_what_it_is() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: clinic, namespace: prod}\nspec:\n  \
                defaultBackend: {service: {name: a, port: {number: 80}}}\n  \
                rules: [{http: {paths: [{path: /notes, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]\n";
    let found = inventory(&[("i.yaml", text)]);
    let front = &found.fronts[0];
    let names: Vec<String> = front.routes.iter().map(|route| front.subject(route)).collect();
    assert_eq!(names, ["ingress prod/clinic /notes", "ingress prod/clinic"]);
}
