//! JSON lines that are not samples: other lines of a product, hostile ones, and wrappers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::read;
use events::{Dialect, Reader};

#[test]
fn our_own_line_comes_back_as_the_exchange_that_it_was() {
    let line = events::exchange_line::EXAMPLE.replace('\n', "");
    let mut seen = 0;
    let read = Reader::new(Dialect::ExchangeLog).read(line.as_bytes(), &mut |event| {
        seen += 1;
        assert_eq!(*event.exchange.unwrap(), events::exchange_line::parse(&line).unwrap());
    });
    assert_eq!((read, seen), (Ok(()), 1));
}

#[test]
fn a_products_other_lines_are_passed_over_and_other_products_are_rejected() {
    const OTHERS: &[(&str, &str, &str)] = &[
        (
            "caddy",
            r#"{"level":"debug","ts":1742400753.05,"logger":"http.handlers.reverse_proxy","msg":"selected upstream","dial":"a:80"}"#,
            "(nothing)",
        ),
        (
            "suricata",
            r#"{"timestamp":"2026-11-26T12:46:42.1+0100","flow_id":1,"event_type":"dns","src_ip":"192.0.2.7","dest_ip":"192.0.2.8","dns":{}}"#,
            "(nothing)",
        ),
        (
            "suricata",
            r#"{"timestamp":"2026-11-26T12:46:42.1+0100","event_type":"alert","src_ip":"192.0.2.7","dest_ip":"192.0.2.8","http":{"url":"/","http_method":"GET"}}"#,
            "(nothing)",
        ),
        (
            "zeek-json",
            r#"{"_path":"conn","ts":1795693602.1,"uid":"C1","id.orig_h":"192.0.2.7","id.resp_h":"192.0.2.8","proto":"tcp"}"#,
            "(nothing)",
        ),
        (
            "azure-application-gateway",
            r#"{"category":"ApplicationGatewayFirewallLog","operationName":"ApplicationGatewayFirewall","properties":{"clientIp":"192.0.2.7"}}"#,
            "(nothing)",
        ),
        (
            "ocsf",
            r#"{"class_uid":6003,"time":1795693602123,"src_endpoint":{"ip":"192.0.2.7"},"api":{"operation":"GetObject"}}"#,
            "(nothing)",
        ),
        ("ocsf", r#"{"class_uid":3002,"time":1795693602123}"#, "(not a line of this dialect)"),
        ("tidegate", r#"{"class_uid":4002,"unmapped":{"tidegate":{}}}"#, "(the class cannot be read)"),
        ("tidegate", r#"{"class_uid":6003,"unmapped":{"tidegate":{}}}"#, "(not a line of this dialect)"),
        ("json", r#"{"level":"info","msg":"listening on :8080"}"#, "(not a line of this dialect)"),
        ("json", r#"{"level":"info","method":"GET","path":"/"}"#, "(not a line of this dialect)"),
        (
            "json",
            r#"192.0.2.7 - - [08/Jun/2020:06:49:01 +0000] "GET / HTTP/1.1" 200 5"#,
            "(not a line of this dialect)",
        ),
    ];
    for (word, line, expected) in OTHERS {
        let mut reader = Reader::new(Dialect::named(word).unwrap());
        assert_eq!(read(&mut reader, line.as_bytes()), *expected, "{word}: {line}");
    }
}

/// The dialects of JSON.
fn of_json() -> impl Iterator<Item = Dialect> {
    let last = Dialect::ALL.iter().position(|dialect| *dialect == Dialect::Json).unwrap();
    Dialect::ALL[..=last].iter().copied()
}

fn samples(dialect: Dialect) -> Vec<u8> {
    let path = format!("{}/tests/samples/{}.log", env!("CARGO_MANIFEST_DIR"), dialect.word());
    std::fs::read(path).unwrap()
}

#[test]
fn a_line_alone_is_recognised_as_its_own_product() {
    for dialect in of_json() {
        for line in common::lines(&samples(dialect)) {
            let verdict = Reader::recognise(std::iter::once(line)).unwrap();
            assert_eq!(verdict.dialect, dialect, "{}", String::from_utf8_lossy(line));
        }
    }
}

#[test]
fn real_lines_of_caddy_and_traefik_are_read() {
    for (path, dialect, nth, expected) in [
        (
            "caddy-logs/caddy-logs.log",
            Dialect::Caddy,
            1,
            "time=2023-09-04T15:19:51.756Z client=127.0.0.1 forwarded=127.0.0.1 method=GET target=/ protocol=HTTP/1.0 host=127.0.0.1:8080 bytes-sent=0 bytes-received=0 duration=2 user-agent=curl/7.74.0",
        ),
        (
            "caddy-logs/caddy-logs.log",
            Dialect::Caddy,
            9,
            "time=2024-03-29T19:51:04.947Z client=127.0.0.1 user=Bob method=GET target=/ protocol=HTTP/1.1 host=localhost:9080 status=200 bytes-sent=18630 bytes-received=0 duration=794682 user-agent=curl/7.88.1 response-type=text/html; charset=utf-8",
        ),
        (
            "traefik_json/traefik_json.log",
            Dialect::TraefikJson,
            1,
            "time=2021-12-08T14:02:43.587Z client=172.17.0.1 method=GET target=/594VAEoi.save protocol=HTTP/1.1 scheme=http host=test.docker.localhost status=200 bytes-sent=357 bytes-received=0 duration=357 user-agent=Nikto response-type=text/plain; charset=utf-8 upstream=test@docker",
        ),
    ] {
        let Some(bytes) = common::real(path) else { continue };
        let lines = common::lines(&bytes);
        let verdict = Reader::recognise(lines.clone()).unwrap();
        assert_eq!(verdict.dialect, dialect, "{path}");
        let mut reader = verdict.reader();
        let said: Vec<String> = lines.map(|line| read(&mut reader, line)).collect();
        assert_eq!(said[nth - 1], expected, "{path} line {nth}");
        for said in &said {
            assert!(
                said.contains("method=GET") || said.contains("method=POST") || said == "(nothing)",
                "{said}"
            );
        }
    }
}
