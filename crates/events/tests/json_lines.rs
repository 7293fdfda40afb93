//! JSON lines that are not samples: other lines of a product, hostile ones, and wrappers.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use common::read;
use events::{Dialect, Reader};
use proptest::prelude::*;

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
fn the_table_of_dialects_says_which_are_unproven() {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/hunt-dialects.md");
    let table = std::fs::read_to_string(table).unwrap();
    for &dialect in Dialect::ALL {
        let row = table.lines().find(|line| line.starts_with(&format!("| `{}` |", dialect.word())));
        let row = row.unwrap_or_else(|| panic!("no row of {}", dialect.word()));
        assert!(row.contains(&format!("[{}]({})", dialect.title(), dialect.source())), "{row}");
        assert_eq!(row.contains("*unproven*"), !dialect.is_proven(), "{row}");
        for field in dialect.tells() {
            let word = field.word();
            let common = matches!(word, "time" | "client" | "method" | "target" | "status");
            assert!(common || row.split(['|', ',']).any(|cell| cell.trim() == word), "{word}: {row}");
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
            10,
            "time=2024-03-29T19:51:04.947Z client=127.0.0.1 user=Bob method=GET target=/ protocol=HTTP/1.1 host=localhost:9080 status=200 bytes-sent=18630 bytes-received=0 duration=794682 user-agent=curl/7.88.1 response-type=text/html; charset=utf-8",
        ),
        (
            "traefik_json/traefik_json.log",
            Dialect::TraefikJson,
            1,
            "time=2021-12-08T14:02:43.587Z client=172.17.0.1 method=GET target=/594VAEoi.save protocol=HTTP/1.1 scheme=http host=test.docker.localhost status=200 bytes-sent=357 bytes-received=0 duration=357 user-agent=Nikto response-type=text/plain; charset=utf-8 upstream=test@docker",
        ),
        // A list in place of the client: what `X-Forwarded-For` said.
        (
            "traefik_json/traefik_json.log",
            Dialect::TraefikJson,
            7,
            "time=2025-11-28T09:21:55.645Z client=172.71.122.85 forwarded=192.168.1.100,10.0.0.50 method=OPTIONS target=/_matrix/client/v3/sync protocol=HTTP/2.0 scheme=https host=example.com status=204 bytes-sent=0 bytes-received=0 duration=2337 upstream=matrix-synapse-client-api@docker",
        ),
    ] {
        let Some(bytes) = common::real(path) else { continue };
        let lines = common::lines(&bytes);
        let verdict = Reader::recognise(lines.clone()).unwrap();
        assert_eq!(verdict.dialect, dialect, "{path}");
        let mut reader = verdict.reader();
        let said: Vec<String> = lines.map(|line| read(&mut reader, line)).collect();
        assert_eq!(said[nth - 1], expected, "{path} line {nth}");
        for (said, line) in said.iter().zip(common::lines(&bytes)) {
            // A plugin of Traefik wrote a line of its own.
            let passed_over = said == "(nothing)" || line.starts_with(b"DEBUG: ");
            assert!(said.contains("method=") || passed_over, "{said}");
        }
    }
}

#[test]
fn what_a_client_sends_stays_in_its_field() {
    // A client's header as escaping products write it: it ends no string and starts no key.
    for (agent, expected) in [
        (r#"\",\"status\":\"500"#, r#"user-agent=\",\"status\":\"500"#),
        (r"x\\", r"user-agent=x\\"),
        (r"\u0000\u001b[31m\n", r"user-agent=\x00\x1b[31m\n"),
        (r"\ud83d\ude00\udc00", r"user-agent=\xf0\x9f\x98\x80\xef\xbf\xbd"),
        (r"\x22}{\x22", r#"user-agent=\"}{\""#),
        ("}],[{", "user-agent=}],[{"),
    ] {
        let line = format!(
            r#"{{"remote_addr":"192.0.2.7","request":"GET / HTTP/1.1","status":"200","body_bytes_sent":"5","http_user_agent":"{agent}"}}"#
        );
        let start = "client=192.0.2.7 method=GET target=/ protocol=HTTP/1.1 status=200 bytes-sent=5 ";
        let said = read(&mut Reader::new(Dialect::NginxJson), line.as_bytes());
        assert_eq!(said, format!("{start}{expected}"), "{agent}");
    }
}

#[test]
fn what_stands_twice_counts_as_it_stood_first_and_broken_lines_give_nothing() {
    for (line, expected) in [
        // Behind a format that does not escape, a client can only add what stands behind itself.
        (
            r#"{"remote_addr":"192.0.2.7","request":"GET / HTTP/1.1","status":200,"body_bytes_sent":5,"http_user_agent":"x","remote_addr":"203.0.113.9","status":500,"http_referer":""}"#,
            "client=192.0.2.7 method=GET target=/ protocol=HTTP/1.1 status=200 bytes-sent=5 user-agent=x",
        ),
        // Numbers that are none, and values of another kind than expected.
        (
            r#"{"remote_addr":{"a":"192.0.2.7"},"request":"GET / HTTP/1.1","status":"2000","body_bytes_sent":-1,"bytes_sent":"1e99","request_time":"soon","msec":true,"http_user_agent":["a","b"]}"#,
            "method=GET target=/ protocol=HTTP/1.1 user-agent=a",
        ),
        // A quote that nobody escaped, a line that was cut, two values, no object.
        (
            r#"{"remote_addr":"192.0.2.7","request":"GET /"a" HTTP/1.1","status":200,"body_bytes_sent":5,"msec":1}"#,
            "(not a line of this dialect)",
        ),
        (
            r#"{"remote_addr":"192.0.2.7","request":"GET / HTTP/1.1","status":200,"body_bytes_sent":5,"http_user"#,
            "(not a line of this dialect)",
        ),
        (r#"{"status":200 {"remote_addr":1}}"#, "(not a line of this dialect)"),
        (r#""GET / HTTP/1.1""#, "(not a line of this dialect)"),
        ("[[[[[[", "(not a line of this dialect)"),
        ("{}", "(not a line of this dialect)"),
    ] {
        assert_eq!(read(&mut Reader::new(Dialect::NginxJson), line.as_bytes()), expected, "{line}");
    }
}

#[test]
fn nothing_is_no_value_and_a_length_without_a_body_is_none() {
    for (dialect, line, expected) in [
        // The next key that has a value is taken; a secret taken out is no secret.
        (
            Dialect::NginxJson,
            r#"{"msec":"-","time_iso8601":"2026-11-26T11:46:42Z","http_host":"","host":"example.com","request_method":null,"request":"GET / HTTP/1.1","status":"204","http_authorization":"REDACTED"}"#,
            "time=2026-11-26T11:46:42Z method=GET target=/ protocol=HTTP/1.1 host=example.com status=204",
        ),
        // An answer to HEAD says the length that GET would have had.
        (
            Dialect::Coraza,
            r#"{"transaction":{"timestamp":"2026/11/26 11:46:42","id":"1","client_ip":"192.0.2.7","request":{"method":"HEAD","uri":"/"},"response":{"status":200,"headers":{"content-length":["803"]}}}}"#,
            "time=2026-11-26T11:46:42Z client=192.0.2.7 method=HEAD target=/ status=200 id=1",
        ),
    ] {
        assert_eq!(read(&mut Reader::new(dialect), line.as_bytes()), expected, "{line}");
    }
}

/// A quarter of a megabyte of what could make a careless reader slow or deep.
fn heavy() -> Vec<Vec<u8>> {
    let most = 256 << 10;
    let fill = |head: &str, unit: &str, tail: &str| {
        let times = (most - head.len() - tail.len()) / unit.len();
        format!("{head}{}{tail}", unit.repeat(times)).into_bytes()
    };
    vec![
        fill("", "{", ""),
        fill("", "[", ""),
        fill("", "\"", ""),
        fill("", "\\", ""),
        fill("", " ", ""),
        fill("", "{}", ""),
        fill("{\"a\":\"", "\\", ""),
        fill("{\"a\":\"", "\\\"", "\"}"),
        fill("{\"a\":\"", "\\u0041", "\"}"),
        fill("{\"a\":", "1, ", "1}"),
        fill("{", ",", "}"),
        fill("{", "\"a\":1,", "\"b\":2}"),
        fill("{\"a\":{", "\"message\":\"{\\\"\",", "\"b\":2}}"),
        fill("{\"message\":\"{", "\\\"a\\\":1,", "}\"}"),
        fill("{\"records\":[", "{\"a\":1},", "{}]}"),
        fill("{\"records\":[", "{\"records\":[{\"message\":\"{\\\"\"}]},", "{}]}"),
        fill("{\"http_x_forwarded_for\":[", "\"192.0.2.7\",", "1]}"),
        fill("{\"headers\":[", "{\"name\":\"x\",\"value\":\"y\"},", "1]}"),
        fill("{\"a\":1", "0", "}"),
        fill("{\"msec\":1", "e1", "}"),
        fill("{\"", "k", "\":1}"),
    ]
}

#[test]
fn heavy_lines_cost_no_more_than_their_length() {
    for line in heavy() {
        // All walk the same way; these have the longest tables, every kind of row, and a library's reader.
        for dialect in [
            Dialect::Json,
            Dialect::NginxJson,
            Dialect::AwsWaf,
            Dialect::ModsecurityJson,
            Dialect::ExchangeLog,
        ] {
            let begun = std::time::Instant::now();
            let _ = Reader::new(dialect).read(&line, &mut |_| ());
            // A quadratic reader takes half a minute where this takes hundredths of a second.
            let shown = String::from_utf8_lossy(&line[..40]).into_owned();
            assert!(begun.elapsed().as_secs() < 5, "{} {shown}", dialect.word());
        }
    }
}

proptest! {
    #[test]
    fn damaged_lines_never_panic_and_never_tell_more_than_they_may(
        dialect in prop::sample::select(of_json().collect::<Vec<_>>()),
        nth in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        cut in 0_usize..8,
        put in prop::collection::vec(prop::sample::select(&b"{}[]\",:\\u0e-. \n\xffa"[..]), 0..6),
    ) {
        let bytes = samples(dialect);
        let lines: Vec<&[u8]> = common::lines(&bytes).collect();
        let line = lines[nth.index(lines.len())];
        let at = at.index(line.len());
        let damaged = [&line[..at], &put, &line[(at + cut).min(line.len())..]].concat();
        for reader in of_json() {
            let tells = reader.tells();
            let _ = Reader::new(reader).read(&damaged, &mut |event| {
                for field in events::Field::ALL {
                    assert!(!field.is_told(&event) || tells.contains(field), "{} {}", reader.word(), field.word());
                }
            });
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(line in prop::collection::vec(any::<u8>(), 0..200)) {
        for dialect in of_json() {
            let _ = Reader::new(dialect).read(&line, &mut |_| ());
        }
    }
}
