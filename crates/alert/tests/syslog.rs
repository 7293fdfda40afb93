//! Syslog servers that record: datagrams, octet counting, TLS, and servers that are not there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;
#[path = "common/tls.rs"]
mod common_tls;

use std::sync::Arc;
use std::time::{Duration, Instant};

use alert::{AlertSettings, Content, Severity, SyslogSettings};
use common::{Home, notice, until, within};
use domain::Window;
use net::upstream::Tls;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;

use Severity::{High, Low};

fn settings(home: &Home, server: String) -> AlertSettings {
    let syslog = SyslogSettings {
        server,
        facility: 10,
        hostname: "gate.example.com".into(),
        content: Content::Title,
        most_bytes: 2048,
        severity: Low,
        timeout: Window::from_millis(400),
    };
    AlertSettings {
        webhooks: Default::default(),
        syslog: [("siem".into(), syslog)].into(),
        ..home.settings("")
    }
}

/// The message without its time and process.
fn shown(message: &str) -> String {
    let words: Vec<&str> = message.splitn(6, ' ').collect();
    format!("{} {} {} {}", words[0], words[2], words[3], words[5])
}

const EXPECTED: &str = "<82>1 gate.example.com tidegate ALERT [tidegate@32473 group=\"inc-7\" sequence=\"1\" severity=\"high\" records=\"40\"] a scrape, state 1";

/// Everything until the other side closes.
async fn whole(mut stream: impl AsyncRead + Unpin) -> String {
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text).await;
    text
}

/// The messages of octet counting (RFC 6587 section 3.4.1).
fn frames(mut text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    while !text.is_empty() {
        let (length, rest) = text.split_once(' ').unwrap();
        let (frame, rest) = rest.split_at(length.parse().unwrap());
        out.push(frame);
        text = rest;
    }
    out
}

#[tokio::test]
async fn a_datagram_is_one_message() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let home = Home::new();
    let alerts = home.start(&settings(&home, format!("udp://{}", server.local_addr().unwrap())));
    let begun = Instant::now();
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    let mut buffer = vec![0; 4096];
    let length = within(server.recv(&mut buffer)).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(shown(std::str::from_utf8(&buffer[..length]).unwrap()), EXPECTED);
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
}

#[tokio::test]
async fn a_closed_port_of_this_machine_takes_no_datagram() {
    let address = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let home = Home::new();
    let alerts = home.start(&settings(&home, format!("udp://{address}")));
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    until(&alerts.teller(), |stats| stats.failed >= 2 && stats.delivered == 0).await;
    let server = UdpSocket::bind(address).await.unwrap();
    within(server.recv(&mut [0; 4096])).await.unwrap();
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
}

#[tokio::test]
async fn a_stream_carries_counted_octets() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = Home::new();
    let alerts = home.start(&settings(&home, format!("tcp://{}", server.local_addr().unwrap())));
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    let (stream, _) = within(server.accept()).await.unwrap();
    let text = within(whole(stream)).await;
    assert_eq!(frames(&text).into_iter().map(shown).collect::<Vec<_>>(), [EXPECTED]);
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
}

#[tokio::test]
async fn a_server_that_resets_or_is_not_there_gets_the_message_later() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let home = Home::new();
    let alerts = home.start(&settings(&home, format!("tcp://{address}")));
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    for _ in 0..2 {
        let (stream, _) = within(server.accept()).await.unwrap();
        // Closed with the message unread: a reset.
        drop(stream);
    }
    drop(server);
    until(&alerts.teller(), |stats| stats.failed >= 3 && stats.delivered == 0).await;
    let server = TcpListener::bind(address).await.unwrap();
    let (stream, _) = within(server.accept()).await.unwrap();
    assert_eq!(frames(&within(whole(stream)).await).len(), 1);
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
}

#[tokio::test]
async fn a_server_that_never_closes_holds_nothing_up() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let home = Home::new();
    let mut settings = settings(&home, format!("tcp://{}", server.local_addr().unwrap()));
    settings.syslog.get_mut("siem").unwrap().timeout = Window::from_secs(10);
    let alerts = home.start(&settings);
    for group in ["a", "b"] {
        alerts.teller().tell(notice(group, 1, High, 40));
    }
    let begun = Instant::now();
    let _first = within(server.accept()).await.unwrap();
    let _second = within(server.accept()).await.unwrap();
    until(&alerts.teller(), |stats| stats.delivered == 2 && stats.failed == 0).await;
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn over_tls_the_server_is_verified_first() {
    let (acceptor, root) = common_tls::acceptor();
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let (heard, mut hears) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = server.accept().await.unwrap();
            let (acceptor, heard) = (acceptor.clone(), heard.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let text = whole(&mut stream).await;
                let _ = stream.shutdown().await;
                let _ = heard.send(text);
            });
        }
    });
    let home = Home::new();
    let file = home.folder.path().join("root.pem");
    std::fs::write(&file, common_tls::acceptor().1).unwrap();
    let home = Home { tls: Tls::new(Some(&file)).unwrap(), ..home };
    let settings = settings(&home, format!("tls://{address}"));
    let alerts = home.start(&settings);
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    until(&alerts.teller(), |stats| stats.failed >= 2).await;
    assert!(hears.try_recv().is_err(), "nothing was said to a stranger");
    assert_eq!(alerts.stop().await.left, 1);

    std::fs::write(&file, root).unwrap();
    let home = Home { tls: Tls::new(Some(&file)).unwrap(), ..home };
    let alerts = home.start(&settings);
    let text = within(hears.recv()).await.unwrap();
    assert_eq!(frames(&text).into_iter().map(shown).collect::<Vec<_>>(), [EXPECTED]);
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
}

#[tokio::test]
async fn a_finding_that_fits_is_the_message() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let home = Home::new();
    let mut settings = settings(&home, format!("udp://{}", server.local_addr().unwrap()));
    settings.syslog.get_mut("siem").unwrap().content = Content::Finding;
    let alerts = home.start(&settings);
    let told = notice("inc-7", 1, High, 40);
    alerts.teller().tell(told.clone());
    let mut buffer = vec![0; 4096];
    let length = within(server.recv(&mut buffer)).await.unwrap();
    assert!(buffer[..length].ends_with(&told.body), "{:?}", Arc::<[u8]>::from(&buffer[..length]));
}
