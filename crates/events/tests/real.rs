//! Real lines beside the project, where they are: every one gives an event, or is passed over or rejected
//! for the reason that is written here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use events::{Dialect, Reader};

/// What is read of each line of a file, after its dialect was recognised.
fn read(path: &str, expected: Dialect) -> Option<Vec<String>> {
    let bytes = common::real(path)?;
    let lines = common::lines(&bytes);
    let verdict = Reader::recognise(lines.clone()).unwrap();
    assert_eq!(verdict.dialect, expected, "{path}");
    let mut reader = verdict.reader();
    let mut said: Vec<String> = lines.map(|line| common::read(&mut reader, line)).collect();
    reader.finish(&mut |event| said.push(common::shown(&event))).unwrap();
    Some(said)
}

/// Holds lines by their number against what is read of them; the others must give an event that tells
/// each of `always`.
fn check(path: &str, dialect: Dialect, always: &[&str], lines: &[(usize, &str)]) {
    let Some(said) = read(path, dialect) else { return };
    for (nth, said) in said.iter().enumerate() {
        match lines.iter().find(|(line, _)| *line == nth + 1) {
            Some((_, expected)) => assert_eq!(said, expected, "{path} line {}", nth + 1),
            None => {
                for field in always {
                    let told = said.split(' ').any(|word| word.starts_with(&format!("{field}=")));
                    assert!(told, "{path} line {} tells no {field}: {said}", nth + 1);
                }
            }
        }
    }
    assert!(lines.iter().all(|(line, _)| *line <= said.len()), "{path} has {} lines", said.len());
}

const HTTP: &[&str] = &["time", "client", "method", "target", "status", "bytes-sent"];

#[test]
fn lines_of_apache() {
    check(
        "apache2-logs/apache2-logs.log",
        Dialect::Combined,
        HTTP,
        &[
            (
                4,
                "time=2020-06-08T08:04:43Z client=1.2.3.4 method=GET target=/solr/admin/info/system?wt=json protocol=HTTP/1.1 host=www.crowdsec.net status=500 bytes-sent=803 user-agent=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.108 Safari/537.36",
            ),
            (
                6,
                "time=2021-03-05T08:01:38Z client=116.203.1.1 method=GET target=/test/lists/sip_30d.txt protocol=HTTP/1.0 status=200 bytes-sent=1513",
            ),
            (
                7,
                "time=2021-10-25T09:05:52Z client=1.2.3.4 method=GET target=/web/.well-known protocol=HTTP/1.1 host=website.com:443 status=403 bytes-sent=6963 user-agent=User-agent-string referer=abc.com",
            ),
            // Of the error log: a password that failed, and a handshake. No exchanges.
            (8, "(nothing)"),
            (9, "(nothing)"),
        ],
    );
}

#[test]
fn lines_of_nginx() {
    check(
        "nginx_http-logs/nginx_http-logs.log",
        Dialect::Combined,
        HTTP,
        &[
            (
                6,
                "time=2020-06-08T08:04:43Z client=192.168.1.1 method=GET target=/test/uppercase/extensions.JPG protocol=HTTP/1.1 host=www.crowdsec11.net:80 status=301 bytes-sent=0 user-agent=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0.3904.108 Safari/537.36",
            ),
            (
                7,
                "time=2020-06-08T08:04:43Z client=192.168.1.1 user=user123 method=GET target=/api/login protocol=HTTP/1.1 status=200 bytes-sent=150 user-agent=curl/7.68.0",
            ),
            (
                8,
                "time=2020-06-08T08:04:43Z client=192.168.1.1 method=GET target=/api/test protocol=HTTP/1.1 status=200 bytes-sent=100 user-agent=curl/7.68.0",
            ),
            // Of the error log.
            (9, "(nothing)"),
        ],
    );
}

#[test]
fn lines_of_nginx_proxy_manager() {
    let http = ["time", "client", "method", "target", "status", "bytes-sent", "user-agent"];
    check(
        "nginx-proxy-manager-logs/nginx-proxy-manager-logs.log",
        Dialect::ProxyManager,
        &http,
        &[
            (
                1,
                "time=2022-01-24T16:51:02Z client=1.2.3.4 method=GET target=/sdfdsf scheme=http host=openresty.local status=404 bytes-sent=192 user-agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0.4664.110 Safari/537.36 upstream=openresty",
            ),
            // Of the error log: passwords that failed.
            (5, "(nothing)"),
            (6, "(nothing)"),
            (
                9,
                "time=2025-10-01T14:32:17Z client=203.0.113.45 method=POST target=/v1/data scheme=https host=api.example.com status=500 bytes-sent=567 user-agent=curl/7.68.0 upstream=10.0.0.16:3000",
            ),
            (
                14,
                "time=2025-10-01T14:32:25Z client=203.0.113.89 method=GET target=/admin scheme=https host=secure.example.com status=403 bytes-sent=548 user-agent=python-requests/2.28.1",
            ),
        ],
    );
}

#[test]
fn lines_of_traefik() {
    check(
        "traefik_clf/traefik_clf.log",
        Dialect::TraefikClf,
        &["time", "client", "method", "target", "status", "bytes-sent", "duration", "upstream"],
        &[
            (
                4,
                "time=2021-12-08T13:59:39Z client=172.17.0.1 method=GET target=/index?toto=tata protocol=HTTP/1.1 status=200 bytes-sent=352 duration=1000 user-agent=Nikto upstream=test@docker",
            ),
            // Nobody answered.
            (
                5,
                "time=2022-09-28T13:38:04Z client=172.17.1.1 method=GET target=/mobileadmin/home.cs protocol=HTTP/1.1 duration=0 user-agent=Mozilla/5.00 (Nikto/2.1.5) (Evasions:None) (Test:006607)",
            ),
            (
                7,
                "time=2024-11-24T13:40:15Z client=172.17.1.3 method=GET target=/api/users protocol=HTTP/1.1 status=200 bytes-sent=450 duration=25000 user-agent=curl/7.68.0 upstream=root@docker -> intermediate1@docker -> intermediate2@docker -> leaf@docker",
            ),
        ],
    );
}

#[test]
fn lines_of_haproxy() {
    check(
        "haproxy-logs/haproxy-logs.log",
        Dialect::Haproxy,
        HTTP,
        &[
            (
                1,
                "time=2015-01-14T12:48:57.127Z client=117.136.40.129 method=GET target=/xxx/xxx protocol=HTTP/1.1 scheme=https status=200 bytes-sent=739 duration=173000 upstream=xx_server_https/xxx_node_8002",
            ),
            // Handshakes that failed: connections without a request.
            (3, "(nothing)"),
            (4, "(nothing)"),
            (5, "(nothing)"),
        ],
    );
}

#[test]
fn lines_of_the_application_load_balancer() {
    check(
        "aws-alb-logs/aws-alb-logs.log",
        Dialect::AwsAlb,
        &[
            "time",
            "client",
            "method",
            "target",
            "status",
            "bytes-sent",
            "bytes-received",
            "user-agent",
            "host",
            "id",
        ],
        &[
            (
                4,
                "time=2023-04-26T19:53:46.679Z client=192.168.1.13 method=GET target=https://api.example.com:443/%%32%65%%32%65/ protocol=HTTP/1.1 scheme=https host=api.example.com status=404 bytes-sent=167 bytes-received=204 user-agent=Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/74.0.3729.169 Safari/537.36 id=Root=1-6449814a-01d4cd3e280010e00ac46641",
            ),
            (
                8,
                "time=2018-07-02T22:23:00.186Z client=192.168.131.39 method=GET target=https://www.example.com:443/ protocol=HTTP/1.1 scheme=https host=www.example.com status=200 bytes-sent=57 bytes-received=0 duration=171000 user-agent=curl/7.46.0 upstream=10.0.0.1:80 id=Root=1-58337281-1d84f3d73c47ec4e58577259",
            ),
        ],
    );
}

#[test]
fn lines_of_modsecurity_are_joined_by_request() {
    let Some(said) = read("modsecurity-logs/modsecurity-logs.log", Dialect::ModSecurity) else { return };
    let events: Vec<&str> = said.iter().map(String::as_str).filter(|said| *said != "(nothing)").collect();
    assert_eq!(
        events,
        [
            "time=2021-09-30T13:27:06.009Z client=::1 target=/ host=localhost status=403 rules=930100,930110,930120,932160,949110,980130 blocked=true id=YVW7KjiKxXlACWj0fjsbkgAAAEk",
            "time=2024-06-14T04:48:20.094Z client=192.168.1.1 target=/.git/config host=redacted.com status=403 rules=980170,949110,930130 blocked=true id=ZmwR5AebAO5-Tfs4FnXWuwAAigg",
        ]
    );
}

#[test]
fn a_year_of_a_real_site_is_read_whole() {
    let Some(said) = read("real-web/access.combined.log", Dialect::Combined) else { return };
    let with = |word: &str| said.iter().filter(|line| line.contains(word)).count();
    assert_eq!(said.len(), 22_506);
    assert_eq!((with("client=198.1"), with(" status=")), (22_506, 22_506));
    // The others were TLS, RDP, miners and scanners on a plain port: status 400, mostly, and no target.
    let no_request = said.iter().filter(|line| !line.contains(" method=")).count();
    assert_eq!(
        (with(" method="), with(" target="), no_request),
        (22_506 - no_request, 22_506 - no_request, no_request)
    );
    let odd: Vec<_> = said
        .iter()
        .filter(|line| {
            !line.contains(" method=") && !line.contains("status=400") && !line.contains("status=408")
        })
        .collect();
    assert_eq!((no_request, odd), (307, Vec::<&String>::new()));
}
