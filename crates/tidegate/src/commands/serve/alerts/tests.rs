//! Incidents that `respond` makes of signals, told to a receiver on port 0.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use alert::{Notice, WebhookSettings};
use detect::{DetectorId, ErrorBudget, Evidence, Severity, Signal, Source};
use domain::{Endpoint, Timestamp, Window};
use expect_test::expect;
use respond::{Response, Seen, Settings};
use serde_json::Value;
use testkit::upstream::{Act, Upstream};

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// One signal of a walk by 198.51.100.`last`, after so many people.
fn say(response: &mut Response, last: u8, people: u32, at: Timestamp) -> respond::Told {
    let door: Endpoint = "GET /orders/{id}".parse().unwrap();
    let client = format!("198.51.100.{last}");
    let seen = Seen { strangers: 1, ..Seen::quiet(at, client.parse().unwrap(), &door) };
    let signal = Signal {
        detector: DetectorId::SequentialIds,
        source: Source::Network(format!("{client}/32").parse().unwrap()),
        endpoint: detect::endpoint_key(&door),
        severity: Severity::High,
        evidence: Evidence { case: "walk", people, steps: 9, ..Evidence::default() },
        error: ErrorBudget::OneInClientDays(1_000_000),
        first: at,
        last: at,
    };
    response.observe(&[signal], &seen, at)
}

fn the_one(response: &Response) -> Incident {
    response.incidents().iter().next().unwrap().clone()
}

fn told(incident: &Incident, standing: Standing) -> (Notice, Value) {
    let notice = notice(incident, standing, NOW.plus(Window::MINUTE)).unwrap();
    let body = serde_json::from_slice(&notice.body).unwrap();
    (notice, body)
}

#[test]
fn every_state_has_a_greater_number_and_the_same_state_the_same_also_after_a_restart() {
    let mut response = Response::new(Settings::default(), 7);
    let mut last = 0;
    for step in 0..200 {
        say(&mut response, 7, 11 + step, NOW.plus(Window::from_secs(u64::from(step))));
        let (notice, _) = told(&the_one(&response), Standing::Known);
        assert!(notice.sequence > last, "{step}: {} after {last}", notice.sequence);
        last = notice.sequence;
        if step % 50 == 0 {
            let kept = serde_json::to_string(&response.kept()).unwrap();
            let kept = serde_json::from_str(&kept).unwrap();
            response = Response::restore(Settings::default(), 7, kept, NOW).unwrap();
            assert_eq!(told(&the_one(&response), Standing::Known).0.sequence, last);
        }
    }
    let id = the_one(&response).id;
    assert!(response.close(id, "ann", NOW.plus(Window::HOUR)));
    let (notice, body) = told(&the_one(&response), Standing::Known);
    assert!(notice.sequence > last && notice.over);
    assert_eq!((&body["activity_id"], &body["status_id"]), (&3.into(), &4.into()));
    assert!(notice.title.starts_with("over: "), "{}", notice.title);
}

#[test]
fn an_alert_says_what_who_where_and_how_many_at_least() {
    let mut response = Response::new(Settings::default(), 7);
    say(&mut response, 7, 23, NOW);
    let (notice, body) = told(&the_one(&response), Standing::First);
    assert_eq!((notice.severity, notice.records, notice.over), (Severity::High, 23, false));
    let shown = [
        &body["message"],
        &body["activity_id"],
        &body["severity"],
        &body["status"],
        &body["finding_info"]["analytic"]["name"],
        &body["finding_info"]["attacks"][1]["sub_technique"]["uid"],
        &body["evidences"],
        &body["unmapped"]["tidegate"]["records_at_most"],
    ];
    let shown: String = shown.iter().map(|value| format!("{value}\n")).collect();
    expect![[r#"
        "a walk through ids at GET /orders/{id}: at least 23 records left"
        1
        "High"
        "In Progress"
        "sequential-ids"
        "T1213.006"
        [{"src_endpoint":{"ip":"198.51.100.7"},"api":{"operation":"GET /orders/{id}"}},{"data":{"people":"23","signals":"1","sources":"1","cases":"sequential-ids walk","actions taken":"1"}}]
        null
    "#]]
    .assert_eq(&shown);
}

/// Settings with one webhook, and its secret.
fn settings(folder: &Path, receiver: &Upstream) -> AlertSettings {
    let secret = folder.join("secret");
    std::fs::write(&secret, "the-secret-of-these-tests").unwrap();
    let webhook = WebhookSettings {
        url: Secret::new(format!("http://{}/hook", receiver.address())),
        secret_file: Some(secret),
        plain_http: false,
        severity: Severity::Low,
        timeout: Window::from_secs(10),
    };
    AlertSettings { webhooks: [("ops".to_owned(), webhook)].into(), ..AlertSettings::default() }
}

fn ids(receiver: &Upstream) -> Vec<String> {
    receiver.recorded().iter().map(|one| one.header("idempotency-key").unwrap().to_owned()).collect()
}

async fn within<T>(wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), wanted).await.unwrap()
}

#[tokio::test]
async fn what_is_told_before_a_start_or_between_two_receivers_reaches_them() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) =
        (Upstream::start(|_| Act::json(200, "{}")), Upstream::start(|_| Act::json(200, "{}")));
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    let bell = Bell::new(folder.path().to_owned(), Tls::new(None).unwrap(), 7);
    let hook = bell.hook();
    let mut response = Response::new(Settings::default(), 7);
    say(&mut response, 7, 23, NOW);
    let incident = the_one(&response);
    hook(&incident, News::Opened);
    bell.start(&settings(folder.path(), &first)).unwrap();
    within(first.until(1)).await;

    // The same receivers go on; others are told of what is open under the same id.
    Arc::clone(&bell).reload(settings(folder.path(), &first)).await;
    Arc::clone(&bell).reload(settings(folder.path(), &second)).await;
    within(second.until(1)).await;
    assert_eq!(ids(&first), ids(&second));
    let activity = |receiver: &Upstream| {
        let finding: Value = serde_json::from_slice(&receiver.recorded()[0].body).unwrap();
        finding["activity_id"].clone()
    };
    assert_eq!([activity(&first), activity(&second)], [1, 2], "who has heard of it is told of an update");
    bell.stop().await;
    // Nobody can be told now: what ends meanwhile is told by the next ones.
    response.close(incident.id, "ann", NOW);
    hook(&the_one(&response), News::Goes);
    bell.start(&settings(folder.path(), &second)).unwrap();
    within(second.until(2)).await;
    let finding: Value = serde_json::from_slice(&second.recorded()[1].body).unwrap();
    assert_eq!(finding["activity_id"], 3);
    bell.stop().await;
    assert_eq!(first.recorded().len(), 1);
}

#[tokio::test]
async fn a_rotated_secret_signs_after_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Upstream::start(|_| Act::json(200, "{}")).await.unwrap();
    let bell = Bell::new(folder.path().to_owned(), Tls::new(None).unwrap(), 7);
    let settings = settings(folder.path(), &receiver);
    bell.start(&settings).unwrap();
    let mut response = Response::new(Settings::default(), 7);
    say(&mut response, 7, 23, NOW);
    bell.hook()(&the_one(&response), News::Opened);
    within(receiver.until(1)).await;
    std::fs::write(folder.path().join("secret"), "another-secret-of-these").unwrap();
    Arc::clone(&bell).reload(settings).await;
    within(receiver.until(2)).await;
    let holds = |nth: usize, secret: &str| {
        let one = &receiver.recorded()[nth];
        let header = one.header("tidegate-signature").unwrap();
        let tolerance = Window::from_secs(300);
        sign::verify(&Secret::new(secret.into()), header, &one.body, gateway::now(), tolerance)
    };
    assert!(holds(0, "the-secret-of-these-tests") && !holds(0, "another-secret-of-these"));
    assert!(holds(1, "another-secret-of-these") && !holds(1, "the-secret-of-these-tests"));
    bell.stop().await;
}

#[tokio::test]
async fn an_incident_that_turns_out_to_be_another_ends_as_an_alert_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Upstream::start(|_| Act::json(200, "{}")).await.unwrap();
    let bell = Bell::new(folder.path().to_owned(), Tls::new(None).unwrap(), 7);
    let mut settings = settings(folder.path(), &receiver);
    settings.grouping.pause = Window::from_millis(1);
    bell.start(&settings).unwrap();
    let mut response = Response::new(Settings::default(), 7);
    say(&mut response, 7, 23, NOW);
    let mut one = the_one(&response);
    bell.hook()(&one, News::Opened);
    let mut other = Response::new(Settings::default(), 9);
    say(&mut other, 200, 30, NOW.plus(Window::from_secs(3)));
    let other = the_one(&other);
    assert_ne!(one.id, other.id);
    bell.hook()(&other, News::Opened);
    within(receiver.until(2)).await;
    one.merged.push(other.id);
    bell.hook()(&one, News::Goes);
    bell.hook()(&one, News::Goes);
    within(receiver.until(3)).await;
    let last: Value = serde_json::from_slice(&receiver.recorded()[2].body).unwrap();
    assert_eq!(last["finding_info"]["uid"], other.id.to_string());
    assert_eq!(last["activity_id"], 3);
    let title = last["finding_info"]["title"].as_str().unwrap();
    assert!(title.starts_with(&format!("part of {}: ", one.id)), "{title}");
    bell.stop().await;
    // Once.
    assert_eq!(ids(&receiver).iter().filter(|id| id.starts_with(&other.id.to_string())).count(), 2);
}
