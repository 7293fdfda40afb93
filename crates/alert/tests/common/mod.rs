//! Alerts with short waits, and receivers on port 0 that record.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests; each test file uses a part"
)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alert::{
    AlertSettings, AlertStats, Alerts, GroupingSettings, Notice, OutletStats, RetrySettings, Severity,
    Teller, WebhookSettings,
};
use domain::{Secret, Timestamp, Window};
use net::upstream::Tls;
use report::finding::{Activity, Finding, Status, line};
use store::{Disk, FileSystem};
use tempfile::TempDir;

pub(crate) const SECRET: &str = "the-secret-of-these-tests";

/// A folder for state and secret, over several lives of the alerts.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) tls: Tls,
}

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), SECRET).unwrap();
        Self { folder, disk: Arc::new(FileSystem), tls: tls() }
    }

    pub(crate) fn secret_file(&self) -> PathBuf {
        self.folder.path().join("secret")
    }

    pub(crate) fn webhook(&self, url: &str) -> WebhookSettings {
        WebhookSettings {
            url: Secret::new(url.into()),
            secret_file: Some(self.secret_file()),
            plain_http: false,
            severity: Severity::Low,
            timeout: Window::from_millis(400),
        }
    }

    /// One webhook `ops`, short waits between tries.
    pub(crate) fn settings(&self, url: &str) -> AlertSettings {
        AlertSettings {
            webhooks: [("ops".to_owned(), self.webhook(url))].into(),
            retry: RetrySettings {
                first: Window::from_millis(40),
                longest: Window::from_millis(160),
                ..RetrySettings::default()
            },
            drain_timeout: Window::from_millis(300),
            ..AlertSettings::default()
        }
    }

    pub(crate) fn start(&self, settings: &AlertSettings) -> Alerts {
        Alerts::start(settings, self.folder.path(), &self.disk, &self.tls, 7).unwrap()
    }
}

/// Trusts a root that signed nothing here. Made once: reading the system's roots takes a while.
pub(crate) fn tls() -> Tls {
    static TLS: std::sync::OnceLock<Tls> = std::sync::OnceLock::new();
    TLS.get_or_init(|| Tls::new(None).unwrap()).clone()
}

/// Every update is told at once.
pub(crate) fn at_once() -> GroupingSettings {
    GroupingSettings { pause: Window::from_millis(1), per_minute: 10_000, ..GroupingSettings::default() }
}

pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap())
}

pub(crate) fn notice(group: &str, sequence: u64, severity: Severity, records: u64) -> Notice {
    let at = now();
    let title = format!("a scrape, state {sequence}");
    let body = line(&Finding {
        uid: group,
        sequence,
        title: &title,
        text: "",
        activity: if sequence == 1 { Activity::Created } else { Activity::Updated },
        severity,
        status: Status::New,
        at,
        first: at,
        last: at,
        count: sequence,
        sources: &[],
        endpoints: &[],
        detectors: &["page-walk"],
        evidence: &[],
        techniques: &[],
        records_at_least: records,
        records_at_most: Some(records),
        classes: Default::default(),
    });
    Notice {
        group: group.parse().unwrap(),
        sequence,
        severity,
        records,
        sources: 1,
        resumed: 0,
        over: false,
        title,
        body: body.into_bytes().into(),
        at,
    }
}

/// Waits until the statistics of the only receiver fit, at most ten seconds.
pub(crate) async fn until(teller: &Teller, fits: impl Fn(&OutletStats) -> bool) -> OutletStats {
    for _ in 0..2000 {
        let AlertStats { outlets, .. } = teller.stats();
        if fits(&outlets[0]) {
            return outlets[0].clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{:?}", teller.stats());
}

pub(crate) async fn within<T>(wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), wanted).await.expect("within ten seconds")
}
