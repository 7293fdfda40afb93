//! nginx, Apache and HAProxy themselves, where they are installed: what is read of their lines of text is
//! what was sent to them, hostile requests among it.
//!
//! A program that is not there is left out, said on the error output; then its test proves nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use events::{Dialect, Event, Reader};
use testkit::ports;

/// One request: target, agent, referer, forwarded addresses.
type Sent<'s> = (&'s [u8], &'s [u8], &'s [u8], &'s [u8]);

const LONG: [u8; 6000] = [b'x'; 6000];

/// Plain requests, and hostile ones. `None` beside a header: it is not sent.
const REQUESTS: &[Sent<'_>] = &[
    (
        b"/v1/orders/7?page=2&q=%22%C3%A4",
        b"curl/8.5.0",
        b"https://example.com/",
        b"198.51.100.1, 2001:db8::1",
    ),
    (b"/", b"say \"hi\" \"there\" \\ \\\" \\x22 \\", b"\"", b""),
    (b"/", b"x\" 200 5 \"-\" \"y", b"\" \"", b""),
    (b"/", b"] \"GET /fake HTTP/1.1\" 200 1 \"-\" \"-\"", b"[08/Jun/2020:06:49:01 +0000]", b""),
    (b"/", "ä€😀 latin".as_bytes(), b"caf\xe9 \xff\xfe", b""),
    (b"/", b"tab\there", b"a", b""),
    (b"/a\"b\\c{\"d\":1}'<>|^`#", b"a/1", b"", b""),
    (b"/latin/\xe4\xff?q=\xfe", b"a/1", b"", b""),
    (b"/\\x22/\\n/#22/%5C", b"a/1", b"", b""),
    (&LONG, b"a/1", b"", b""),
];

/// Sends a request; gives the status of the answer.
fn send(host: &str, port: u16, sent: &Sent<'_>) -> u16 {
    let (target, agent, referer, forwarded) = *sent;
    let slash: &[u8] = if target.starts_with(b"/") { b"" } else { b"/" };
    let mut text =
        [b"GET ", slash, target, b" HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n"].concat();
    for (name, value) in [("User-Agent", agent), ("Referer", referer), ("X-Forwarded-For", forwarded)] {
        if !value.is_empty() {
            text.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
    }
    text.extend_from_slice(b"\r\n");
    let mut stream = TcpStream::connect(format!("{host}:{port}")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(&text).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// A program of this test; it ends with it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts `program` in `folder` with its output in `log` and waits for `port`; `None`, said aloud, where it
/// is not installed.
fn start(program: &str, package: &str, arguments: &[&str], folder: &Path, port: u16) -> Option<Running> {
    let log = std::fs::File::create(folder.join("log")).unwrap();
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn();
    let Ok(child) = child else {
        // Not by `println!`, which a test that passes keeps to itself.
        let _ = writeln!(std::io::stderr(), "LEFT OUT: {program} is not installed (Debian: {package})");
        return None;
    };
    let mut running = Running(child);
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = running.0.try_wait().unwrap();
        if ended.is_some() || begun.elapsed() > Duration::from_secs(30) {
            panic!("{program} does not start: {}", std::fs::read_to_string(folder.join("log")).unwrap());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(running)
}

/// Sends everything and holds what `dialect` reads of the log's lines against it, in their order.
/// `headers` says whether the line has agent and referer.
fn hold(dialect: Dialect, port: u16, log: &Path, headers: bool) {
    let before = events(dialect, log).len();
    let hosts = if TcpStream::connect(format!("[::1]:{port}")).is_ok() {
        &["127.0.0.1", "[::1]"][..]
    } else {
        &["127.0.0.1"]
    };
    let mut sent = Vec::new();
    for host in hosts {
        sent.extend(REQUESTS.iter().map(|request| (*host, request, send(host, port, request))));
    }
    let targeted = |event: &Event<'_>| event.target.is_some() || event.status == Some(400);
    let begun = Instant::now();
    let mut told: Vec<_> = events(dialect, log).into_iter().skip(before).filter(targeted).collect();
    while told.len() < sent.len() && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
        told = events(dialect, log).into_iter().skip(before).filter(targeted).collect();
    }
    let raw = std::fs::read(log).unwrap();
    let raw = String::from_utf8_lossy(&raw);
    assert_eq!(told.len(), sent.len(), "{raw}");
    let (mut whole, mut refused) = (0, 0);
    for ((host, request, status), event) in sent.iter().zip(&told) {
        let (target, agent, referer, forwarded) = **request;
        let shown = common::shown(event);
        assert_eq!(event.status, Some(*status), "{shown}\n{raw}");
        let client: std::net::IpAddr = host.trim_matches(['[', ']']).parse().unwrap();
        assert_eq!(event.client, Some(client), "{shown}");
        assert!(event.at.is_some(), "{shown}");
        // What the program refused to read it need not write.
        if *status == 400 || *status == 414 {
            refused += 1;
            continue;
        }
        whole += 1;
        let target = if target.starts_with(b"/") { target.to_vec() } else { [b"/", target].concat() };
        assert_eq!(event.method.as_deref(), Some(&b"GET"[..]), "{shown}");
        assert_eq!(event.target.as_deref(), Some(&*target), "{shown}\n{raw}");
        assert_eq!(event.protocol.as_deref(), Some(&b"HTTP/1.1"[..]), "{shown}");
        if headers {
            let text = |text: &[u8]| (!text.is_empty()).then(|| text.to_vec());
            assert_eq!(event.agent.as_deref().map(<[u8]>::to_vec), text(agent), "{shown}\n{raw}");
            assert_eq!(event.referer.as_deref().map(<[u8]>::to_vec), text(referer), "{shown}\n{raw}");
            assert_eq!(event.forwarded.as_deref().map(<[u8]>::to_vec), text(forwarded), "{shown}\n{raw}");
        }
    }
    let _ = writeln!(
        std::io::stderr(),
        "{}: {whole} requests field by field, {refused} refused by the program",
        dialect.word()
    );
    assert!(whole * 2 >= sent.len(), "{whole} of {}", sent.len());
}

fn events(dialect: Dialect, log: &Path) -> Vec<Event<'static>> {
    let bytes = std::fs::read(log).unwrap_or_default();
    let mut reader = Reader::new(dialect);
    let mut events = Vec::new();
    for line in common::lines(&bytes) {
        let _ = reader.read(line, &mut |event| events.push(event.into_owned()));
    }
    events
}

#[test]
fn lines_of_nginx_tell_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let port = ports::free();
    let config = format!(
        "daemon off; pid pid; error_log stderr; events {{}}\nhttp {{\n  client_body_temp_path b; proxy_temp_path p; \
         fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n  log_format main '$remote_addr - $remote_user \
         [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" \"$http_user_agent\" \
         \"$http_x_forwarded_for\"';\n  access_log access.log main;\n  server {{ listen 127.0.0.1:{port}; listen \
         [::1]:{port}; return 200 'ok'; }}\n}}\n"
    );
    std::fs::write(folder.path().join("nginx.conf"), config).unwrap();
    let prefix = folder.path().to_str().unwrap();
    let Some(_running) =
        start("nginx", "nginx-light", &["-p", prefix, "-c", "nginx.conf"], folder.path(), port)
    else {
        return;
    };
    hold(Dialect::Combined, port, &folder.path().join("access.log"), true);
}

#[test]
fn lines_of_apache_tell_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let port = ports::free();
    let modules = "/usr/lib/apache2/modules";
    let config = format!(
        "ServerRoot {0}\nPidFile {0}/pid\nErrorLog {0}/error.log\nLoadModule mpm_event_module {modules}/mod_mpm_event.so\n\
         LoadModule authz_core_module {modules}/mod_authz_core.so\nUser nobody\nGroup nogroup\nServerName shop.example.com\n\
         Listen 127.0.0.1:{port}\nListen [::1]:{port}\nDocumentRoot {0}\nDefaultRuntimeDir {0}\n\
         LogFormat \"%v:%p %h %l %u %t \\\"%r\\\" %>s %b \\\"%{{Referer}}i\\\" \\\"%{{User-Agent}}i\\\" \\\"%{{X-Forwarded-For}}i\\\"\" vhost\n\
         CustomLog {0}/access.log vhost\n",
        folder.path().display()
    );
    std::fs::write(folder.path().join("apache.conf"), config).unwrap();
    let conf = folder.path().join("apache.conf");
    let arguments = ["-f", conf.to_str().unwrap(), "-DFOREGROUND"];
    let Some(_running) = start("apache2", "apache2-bin", &arguments, folder.path(), port) else { return };
    hold(Dialect::Combined, port, &folder.path().join("access.log"), true);
}

/// HAProxy with an `option` that says how it logs.
fn haproxy(option: &str, dialect: Dialect) {
    let folder = tempfile::tempdir().unwrap();
    let port = ports::free();
    let config = format!(
        "global\n  log stdout len 16000 format raw local0\n  nbthread 1\n  tune.http.logurilen 8000\ndefaults\n  mode http\n  timeout client 5s\n  \
         timeout server 5s\n  timeout connect 5s\n  log global\nfrontend web\n  bind 127.0.0.1:{port}\n  bind ::1:{port}\n  {option}\n  option dontlognull\n  \
         http-request return status 200 content-type text/plain string ok\n"
    );
    std::fs::write(folder.path().join("haproxy.cfg"), config).unwrap();
    let Some(_running) = start("haproxy", "haproxy", &["-f", "haproxy.cfg", "-db"], folder.path(), port)
    else {
        return;
    };
    hold(dialect, port, &folder.path().join("log"), false);
}

#[test]
fn lines_of_haproxy_tell_what_was_sent() {
    haproxy("option httplog", Dialect::Haproxy);
}

#[test]
fn lines_of_haproxy_in_the_common_format_tell_what_was_sent() {
    haproxy("option httplog clf", Dialect::HaproxyClf);
}
