//! A webhook and everything that its receiver may do: refuse, fail, hang, break off, come back; and us:
//! stop, start again, run full.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

// long: one receiver and the ways in which it fails, with the harness of common/.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use alert::{AlertSettings, Alerts, GroupingSettings, Notice, RetrySettings, Severity, SpoolSettings, sign};
use common::{Home, SECRET, at_once, notice, now, until, within};
use domain::{ByteSize, Secret, Window};
use net::upstream::Tls;
use store::testing::FaultyDisk;
use testkit::upstream::{Act, Recorded, Upstream};
use tokio::net::TcpListener;

use Severity::{Critical, High, Low};

fn hook(receiver: &Upstream) -> String {
    format!("http://{}/hooks/tidegate?a=b", receiver.address())
}

fn ok() -> Act {
    Act::json(202, "{}")
}

/// The ids of what came, in order.
fn ids(receiver: &Upstream) -> Vec<String> {
    receiver.recorded().iter().map(|request| request.header("idempotency-key").unwrap().to_owned()).collect()
}

/// A receiver that does `bad` until it is told to take alerts.
async fn failing(bad: Act) -> (Upstream, Arc<AtomicBool>) {
    let fine = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&fine);
    let act = move |_: &Recorded| if asked.load(Ordering::Relaxed) { ok() } else { bad.clone() };
    (Upstream::start(act).await.unwrap(), fine)
}

#[tokio::test]
async fn a_grave_alert_reaches_its_receiver_within_two_seconds_whole_and_signed() {
    let receiver = Upstream::start(|_| ok()).await.unwrap();
    let home = Home::new();
    // As it comes out of the box, but for the receiver.
    let settings =
        AlertSettings { webhooks: home.settings(&hook(&receiver)).webhooks, ..AlertSettings::default() };
    let alerts = home.start(&settings);
    let told = notice("inc-7", 3, High, 40);
    let begun = Instant::now();
    alerts.teller().tell(told.clone());
    within(receiver.until(1)).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());

    let request = receiver.recorded()[0].clone();
    assert_eq!(request.line, "POST /hooks/tidegate?a=b HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("idempotency-key"), Some("inc-7-3"));
    assert_eq!(request.body, told.body);
    let finding: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(finding["class_uid"], 2004);
    let (secret, header) = (Secret::new(SECRET.into()), request.header("tidegate-signature").unwrap());
    assert!(sign::verify(&secret, header, &request.body, now(), Window::from_secs(5)));
    assert!(!sign::verify(&secret, header, b"{}", now(), Window::from_secs(5)));
    let stats = until(&alerts.teller(), |stats| stats.delivered == 1).await;
    assert_eq!((stats.waiting, stats.failed), (0, 0));
}

#[tokio::test]
async fn a_scrape_is_one_alert_that_grows() {
    let receiver = Upstream::start(|_| ok()).await.unwrap();
    let home = Home::new();
    let grouping = GroupingSettings { pause: Window::from_millis(600), ..GroupingSettings::default() };
    let alerts = home.start(&AlertSettings { grouping, ..home.settings(&hook(&receiver)) });
    let teller = alerts.teller();
    for batch in 1..=2700 {
        teller.tell(notice("scrape", batch, High, batch * 10));
        if batch == 100 {
            within(receiver.until(1)).await;
        }
    }
    within(receiver.until(2)).await;
    let stats = alerts.stop().await;
    assert_eq!(stats.left, 0);
    let ids = ids(&receiver);
    assert_eq!(ids.len(), 2, "{ids:?}");
    assert_eq!(ids[1], "scrape-2700");
}

#[tokio::test]
async fn a_receiver_that_fails_is_asked_again_until_it_takes_the_alert() {
    let cut = Act::json(200, "{}").cut(30);
    for (name, bad) in [
        ("500", Act::json(500, "{}")),
        ("503 with a body", Act::answer(503, &[("Retry-After", "3600")], &[b'x'; 100_000])),
        ("429", Act::json(429, "{}")),
        ("hangs", Act::Hang),
        ("too slow", Act::After(Duration::from_millis(600), Box::new(ok()))),
        (
            "a head byte by byte",
            Act::Slowly(b"HTTP/1.1 200 Fine\r\n\r\n".to_vec(), 1, Duration::from_millis(50)),
        ),
        ("breaks off in the head", cut),
        ("closes without a word", Act::WriteAndClose(Vec::new())),
        ("no HTTP", Act::WriteAndClose(b"220 mail.example.com ESMTP\r\n".to_vec())),
        ("redirects", Act::answer(307, &[("Location", "/elsewhere")], b"")),
        ("refuses", Act::json(401, "{}")),
        (
            "a head without end",
            Act::Write([b"HTTP/1.1 200 Fine\r\nX: ".as_slice(), &[b'x'; 70_000]].concat()),
        ),
    ] {
        let (receiver, fine) = failing(bad).await;
        let home = Home::new();
        let alerts = home.start(&home.settings(&hook(&receiver)));
        alerts.teller().tell(notice("inc-7", 1, Low, 40));
        let stats = until(&alerts.teller(), |stats| stats.failed >= 2).await;
        assert_eq!((stats.delivered, stats.waiting), (0, 1), "{name}");
        fine.store(true, Ordering::Relaxed);
        until(&alerts.teller(), |stats| stats.delivered == 1 && stats.waiting == 0).await;
        let recorded = receiver.recorded();
        assert!(
            recorded.iter().all(|request| request.target() == "/hooks/tidegate?a=b"),
            "{name}: no redirect"
        );
        let ids = ids(&receiver);
        assert!(ids.len() >= 3 && ids.iter().all(|id| id == "inc-7-1"), "{name}: {ids:?}");
    }
}

#[tokio::test]
async fn what_a_receiver_answers_is_read_within_bounds() {
    let endless = vec![vec![b'x'; 50_000]; 1000];
    let head = b"HTTP/1.1 200 Fine\r\nContent-Length: 50000000\r\n\r\n".to_vec();
    let pieces: Vec<Vec<u8>> = std::iter::once(head).chain(endless).collect();
    let receiver =
        Upstream::start(move |_| Act::Stream(pieces.clone(), Duration::from_millis(10))).await.unwrap();
    let home = Home::new();
    let alerts = home.start(&home.settings(&hook(&receiver)));
    let begun = Instant::now();
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    let stats = until(&alerts.teller(), |stats| stats.delivered == 1).await;
    assert!(begun.elapsed() < Duration::from_secs(3) && stats.failed == 0);
}

#[tokio::test]
async fn a_receiver_that_is_not_there_gets_the_alert_when_it_is() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let home = Home::new();
    let alerts = home.start(&home.settings(&format!("http://{address}/")));
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    until(&alerts.teller(), |stats| stats.failed >= 2).await;
    let listener = TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 204 Fine\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
}

#[tokio::test]
async fn states_of_an_incident_come_in_order_and_those_overtaken_do_not_come() {
    let (receiver, fine) = failing(Act::json(503, "{}")).await;
    let home = Home::new();
    let settings = AlertSettings { grouping: at_once(), ..home.settings(&hook(&receiver)) };
    let alerts = home.start(&settings);
    for sequence in 1..=6 {
        for group in ["a", "b"] {
            alerts.teller().tell(notice(group, sequence, High, 1 << sequence));
        }
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    until(&alerts.teller(), |stats| stats.failed >= 3 && stats.superseded >= 6).await;
    receiver.forget();
    fine.store(true, Ordering::Relaxed);
    until(&alerts.teller(), |stats| stats.waiting == 0).await;
    let mut delivered = ids(&receiver);
    // A try may have been under way when the receiver came back.
    delivered.retain(|id| id.ends_with("-6"));
    assert_eq!(delivered, ["a-6", "b-6"]);
    let mut last = [0, 0];
    for id in ids(&receiver) {
        let (group, sequence) = id.split_once('-').unwrap();
        let last = &mut last[usize::from(group == "b")];
        let sequence: u64 = sequence.parse().unwrap();
        assert!(sequence >= *last, "{:?}", ids(&receiver));
        *last = sequence;
    }
}

#[tokio::test]
async fn a_grave_alert_does_not_wait_for_the_rest_of_a_receiver_to_end() {
    let (receiver, fine) = failing(Act::json(503, "{}")).await;
    let home = Home::new();
    let retry = RetrySettings {
        first: Window::from_secs(600),
        longest: Window::from_secs(600),
        ..RetrySettings::default()
    };
    let alerts = home.start(&AlertSettings { retry, ..home.settings(&hook(&receiver)) });
    alerts.teller().tell(notice("mild", 1, Low, 1));
    until(&alerts.teller(), |stats| stats.failed == 1).await;
    fine.store(true, Ordering::Relaxed);
    alerts.teller().tell(notice("mild-too", 1, Low, 1));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.recorded().len(), 1, "it is left in peace");
    let begun = Instant::now();
    alerts.teller().tell(notice("grave", 1, High, 1));
    within(receiver.until(2)).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // And it is seen to be back.
    until(&alerts.teller(), |stats| stats.delivered == 3).await;
    assert_eq!(ids(&receiver), ["mild-1", "grave-1", "mild-1", "mild-too-1"]);
}

#[tokio::test]
async fn a_grave_alert_does_not_wait_behind_a_delivery_that_hangs() {
    // The receiver hangs on every mild alert, and takes the others.
    let receiver = Upstream::start(|request: &Recorded| {
        let mild = request.header("idempotency-key").is_some_and(|id| id.starts_with("mild"));
        if mild { Act::Hang } else { ok() }
    });
    let receiver = receiver.await.unwrap();
    let home = Home::new();
    let mut settings = home.settings(&hook(&receiver));
    settings.webhooks.get_mut("ops").unwrap().timeout = Window::from_secs(60);
    let alerts = home.start(&settings);
    alerts.teller().tell(notice("mild", 1, Low, 1));
    within(receiver.until(1)).await;
    let begun = Instant::now();
    alerts.teller().tell(notice("grave", 1, High, 40));
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // What gave way is no failure, waits, and is tried again.
    within(receiver.until(3)).await;
    assert_eq!(ids(&receiver), ["mild-1", "grave-1", "mild-1"]);
    let stats = alerts.teller().stats().outlets[0].clone();
    assert_eq!((stats.failed, stats.waiting), (0, 1));
    // One that is as grave waits its turn: nothing is broken off without end.
    alerts.teller().tell(notice("mild-too", 1, Low, 1));
    alerts.stop().await;
    assert_eq!(ids(&receiver).len(), 3);
}

#[tokio::test]
async fn a_notice_that_is_refused_holds_up_no_other() {
    let receiver = Upstream::start(|request: &Recorded| {
        if request.header("idempotency-key") == Some("bad-1") { Act::json(400, "{}") } else { ok() }
    })
    .await
    .unwrap();
    let home = Home::new();
    let alerts = home.start(&home.settings(&hook(&receiver)));
    alerts.teller().tell(notice("bad", 1, Critical, 1));
    until(&alerts.teller(), |stats| stats.failed >= 1).await;
    for group in ["a", "b", "c"] {
        alerts.teller().tell(notice(group, 1, Low, 1));
    }
    let stats = until(&alerts.teller(), |stats| stats.delivered == 3).await;
    assert_eq!(stats.waiting, 1);
}

#[tokio::test]
async fn what_waits_is_delivered_after_a_restart_under_the_same_id() {
    let (receiver, fine) = failing(Act::json(500, "{}")).await;
    let home = Home::new();
    let alerts = home.start(&home.settings(&hook(&receiver)));
    let told: Vec<Notice> = ["a", "b", "c"].map(|group| notice(group, 9, High, 1)).into();
    told.iter().for_each(|notice| alerts.teller().tell(notice.clone()));
    until(&alerts.teller(), |stats| stats.failed >= 1 && stats.waiting == 3).await;
    let report = alerts.stop().await;
    assert_eq!((report.left, report.late.len(), report.not_durable.len()), (3, 0, 0), "{report:?}");

    receiver.forget();
    fine.store(true, Ordering::Relaxed);
    let alerts = home.start(&home.settings(&hook(&receiver)));
    until(&alerts.teller(), |stats| stats.delivered == 3).await;
    assert_eq!(ids(&receiver), ["a-9", "b-9", "c-9"]);
    assert_eq!(receiver.recorded()[1].body, told[1].body);
    assert_eq!(alerts.stop().await.left, 0);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_receiver_that_hangs() {
    let receiver = Upstream::start(|_| Act::Hang).await.unwrap();
    let home = Home::new();
    let mut settings = home.settings(&hook(&receiver));
    settings.webhooks.get_mut("ops").unwrap().timeout = Window::from_secs(600);
    let alerts = home.start(&settings);
    alerts.teller().tell(notice("a", 1, High, 1));
    within(receiver.until(1)).await;
    alerts.teller().tell(notice("b", 1, High, 1));
    let begun = Instant::now();
    let report = alerts.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!((report.left, report.not_durable.len()), (2, 0), "{report:?}");
    assert!(report.late.is_empty(), "its task ended by itself: {report:?}");
}

#[tokio::test]
async fn a_stop_delivers_what_can_be_delivered() {
    let receiver = Upstream::start(|_| Act::After(Duration::from_millis(20), Box::new(ok()))).await.unwrap();
    let home = Home::new();
    let settings = AlertSettings { drain_timeout: Window::from_secs(5), ..home.settings(&hook(&receiver)) };
    let alerts = home.start(&settings);
    for n in 0..10 {
        alerts.teller().tell(notice(&format!("inc-{n}"), 1, High, 1));
    }
    assert_eq!(alerts.stop().await.left, 0);
    assert_eq!(receiver.recorded().len(), 10);
}

#[tokio::test]
async fn a_full_spool_keeps_the_gravest_and_counts_what_it_drops() {
    let (receiver, fine) = failing(Act::json(500, "{}")).await;
    let home = Home::new();
    let settings = AlertSettings {
        spool: SpoolSettings { count: 3, size: ByteSize::mib(1) },
        grouping: at_once(),
        retry: RetrySettings { first: Window::from_millis(500), ..RetrySettings::default() },
        ..home.settings(&hook(&receiver))
    };
    let alerts = home.start(&settings);
    for (group, severity) in [
        ("low-1", Low),
        ("low-2", Low),
        ("high-1", High),
        ("low-3", Low),
        ("critical", Critical),
        ("high-2", High),
    ] {
        alerts.teller().tell(notice(group, 1, severity, 1));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    until(&alerts.teller(), |stats| stats.dropped == 3 && stats.waiting == 3).await;
    receiver.forget();
    fine.store(true, Ordering::Relaxed);
    until(&alerts.teller(), |stats| stats.delivered == 3).await;
    let mut ids = ids(&receiver);
    ids.dedup();
    assert_eq!(ids, ["critical-1", "high-1-1", "high-2-1"]);
}

#[tokio::test]
async fn a_full_disk_costs_no_alert() {
    let receiver = Upstream::start(|_| ok()).await.unwrap();
    let disk = FaultyDisk::new();
    disk.fill_after(0);
    let home = Home { disk: Arc::new(disk), ..Home::new() };
    let alerts = home.start(&home.settings(&hook(&receiver)));
    alerts.teller().tell(notice("a", 1, High, 1));
    let stats = until(&alerts.teller(), |stats| stats.delivered == 1 && stats.not_durable == 1).await;
    assert_eq!(stats.waiting, 0);
}

#[tokio::test]
async fn what_waited_too_long_is_given_up() {
    let (receiver, _) = failing(Act::json(500, "{}")).await;
    let home = Home::new();
    let mut settings = home.settings(&hook(&receiver));
    settings.retry.give_up = Window::from_secs(3600);
    let alerts = home.start(&settings);
    alerts.teller().tell(Notice { at: now().minus(Window::from_secs(3700)), ..notice("old", 1, High, 1) });
    alerts.teller().tell(notice("young", 1, High, 1));
    let stats = until(&alerts.teller(), |stats| stats.given_up == 1 && stats.failed >= 1).await;
    assert_eq!(stats.waiting, 1);
}

#[tokio::test]
async fn more_than_the_cap_is_told_as_a_number_within_two_seconds() {
    let receiver = Upstream::start(|_| ok()).await.unwrap();
    let home = Home::new();
    let grouping = GroupingSettings { per_minute: 2, ..GroupingSettings::default() };
    let alerts = home.start(&AlertSettings { grouping, ..home.settings(&hook(&receiver)) });
    for n in 0..500 {
        alerts.teller().tell(notice(&format!("inc-{n}"), 1, High, 1));
    }
    let begun = Instant::now();
    within(receiver.until(3)).await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let summary = receiver.recorded()[2].clone();
    assert!(summary.header("idempotency-key").unwrap().starts_with("held-back-"));
    let finding: serde_json::Value = serde_json::from_slice(&summary.body).unwrap();
    assert_eq!(finding["severity"], "High");
    assert_eq!(finding["evidences"][0]["data"]["high"], "498");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(receiver.recorded().len(), 3);
    // A stop is no way around the cap: it says once more how many nobody was told of.
    assert_eq!(alerts.stop().await.left, 0);
    assert_eq!(receiver.recorded().len(), 4);
}

#[tokio::test]
async fn a_receiver_gets_only_what_is_grave_enough_for_it() {
    let (all, grave) = (Upstream::start(|_| ok()).await.unwrap(), Upstream::start(|_| ok()).await.unwrap());
    let home = Home::new();
    let mut settings = home.settings(&hook(&all));
    let pager = alert::WebhookSettings { severity: High, ..home.webhook(&hook(&grave)) };
    settings.webhooks.insert("pager".into(), pager);
    let alerts = home.start(&settings);
    for (group, severity) in [("a", Low), ("b", High)] {
        alerts.teller().tell(notice(group, 1, severity, 1));
        within(all.until(if group == "a" { 1 } else { 2 })).await;
    }
    within(grave.until(1)).await;
    assert_eq!(alerts.stop().await.left, 0);
    assert_eq!((ids(&all), ids(&grave)), (vec!["a-1".into(), "b-1".into()], vec!["b-1".into()]));
}

/// An https server for 127.0.0.1 and the PEM of the root that signed it; it counts what it answers.
async fn secure() -> (std::net::SocketAddr, String, Arc<AtomicUsize>) {
    let (acceptor, root) = common_tls::acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answered);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 Fine\r\ncontent-length: 0\r\n\r\n").await;
                count.fetch_add(1, Ordering::Relaxed);
                let _ = stream.read(&mut [0; 4096]).await;
            });
        }
    });
    (address, root, answered)
}

#[path = "common/tls.rs"]
mod common_tls;

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_gets_nothing() {
    let (address, root, answered) = secure().await;
    let home = Home::new();
    let file = home.folder.path().join("root.pem");
    std::fs::write(&file, &root).unwrap();
    let trusting = Tls::new(Some(&file)).unwrap();
    let other = common_tls::acceptor().1;
    std::fs::write(&file, &other).unwrap();
    let strict = Tls::new(Some(&file)).unwrap();

    let home = Home { tls: strict, ..home };
    let settings = home.settings(&format!("https://{address}/hook"));
    let alerts = home.start(&settings);
    alerts.teller().tell(notice("a", 1, High, 1));
    until(&alerts.teller(), |stats| stats.failed >= 2).await;
    assert_eq!(answered.load(Ordering::Relaxed), 0);
    assert_eq!(alerts.stop().await.left, 1);

    let home = Home { tls: trusting, ..home };
    let alerts = home.start(&settings);
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
    assert_eq!(answered.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_receiver_is_said_without_its_secrets() {
    let home = Home::new();
    std::fs::write(home.folder.path().join("short"), "hunter2").unwrap();
    for (url, secret, says) in [
        ("http://192.0.2.1/hunter2", "secret", "http to another machine"),
        ("ftp://192.0.2.1/hunter2", "secret", "the URL is neither"),
        ("http://ann:hunter2@127.0.0.1/", "secret", "names a user"),
        ("http://127.0.0.1/hunter2", "short", "holds no secret"),
        ("http://127.0.0.1/hunter2", "none", "cannot read the secret file"),
    ] {
        let mut settings = home.settings(url);
        settings.webhooks.get_mut("ops").unwrap().secret_file = Some(home.folder.path().join(secret));
        let Err(error) = Alerts::start(&settings, home.folder.path(), &home.disk, &home.tls, 1) else {
            panic!("{url} is no receiver")
        };
        let mut text = format!("{error:?}: {error}");
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(one) = cause {
            text.push_str(&format!(": {one}"));
            cause = one.source();
        }
        assert!(text.contains(says) && text.contains("`ops`") && !text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn two_processes_never_deliver_the_same_alerts() {
    let home = Home::new();
    let settings = home.settings("http://127.0.0.1:9/");
    let _first = home.start(&settings);
    let second = Alerts::start(&settings, home.folder.path(), &home.disk, &home.tls, 1);
    assert!(matches!(second, Err(alert::StartError::Spool { .. })));
}
