//! `kill -9` in the middle: another process of this very test is killed while alerts wait.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests; the victim speaks on stdout"
)]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use alert::Severity;
use common::{Home, notice, until};
use testkit::upstream::{Act, Upstream};

const STATE: &str = "TIDEGATE_TEST_STATE";
const RECEIVER: &str = "TIDEGATE_TEST_RECEIVER";

/// The part of the process that is killed: it tells, says that all of it waits, and goes on for ever.
async fn victim(state: &str, receiver: &str) -> ! {
    let home = Home::new();
    let settings = home.settings(receiver);
    let alerts = alert::Alerts::start(&settings, state.as_ref(), &home.disk, &home.tls, 7).unwrap();
    for group in ["a", "b", "c"] {
        alerts.teller().tell(notice(group, 1, Severity::High, 10));
    }
    alerts.teller().tell(notice("c", 2, Severity::Critical, 10));
    until(&alerts.teller(), |stats| stats.waiting == 3 && stats.failed >= 1).await;
    let files = || std::fs::read_dir(std::path::Path::new(state).join("alerts/webhook-ops")).unwrap();
    let whole = |name: &str| name.ends_with(".alert");
    while files().filter(|file| whole(file.as_ref().unwrap().file_name().to_str().unwrap())).count() != 3 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    println!("\nready");
    std::io::stdout().flush().unwrap();
    std::future::pending().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_minus_nine_everything_that_waited_is_delivered() {
    if let (Ok(state), Ok(receiver)) = (std::env::var(STATE), std::env::var(RECEIVER)) {
        victim(&state, &receiver).await;
    }
    let failing = Upstream::start(|_| Act::json(500, "{}")).await.unwrap();
    let home = Home::new();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "after_kill_minus_nine_everything_that_waited_is_delivered", "--nocapture"])
        .env(STATE, home.folder.path())
        .env(RECEIVER, format!("http://{}/", failing.address()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let ready = tokio::task::spawn_blocking(move || lines.lines().any(|line| line.unwrap() == "ready"));
    assert!(ready.await.unwrap(), "the victim ended by itself");
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));

    let receiver = Upstream::start(|_| Act::json(200, "{}")).await.unwrap();
    let alerts = home.start(&home.settings(&format!("http://{}/", receiver.address())));
    until(&alerts.teller(), |stats| stats.delivered == 3 && stats.waiting == 0).await;
    let recorded = receiver.recorded();
    let ids: Vec<&str> = recorded.iter().map(|request| request.header("idempotency-key").unwrap()).collect();
    assert_eq!(ids, ["c-2", "a-1", "b-1"], "the gravest first, what was overtaken not at all");
}
