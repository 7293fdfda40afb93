//! Everything about alerts that can be configured.

use std::collections::BTreeMap;

use domain::{ByteSize, Window};
use serde::{Deserialize, Serialize};
use store::SpoolLimits;

use crate::backoff::RetrySettings;
use crate::command::CommandSettings;
use crate::group::GroupingSettings;
use crate::syslog::SyslogSettings;
use crate::webhook::WebhookSettings;

/// Who is told, of what, and how hard it is tried. Names of receivers are 1 to 32 lower-case letters,
/// digits and dashes; there are at most 16 receivers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertSettings {
    /// URLs that take alerts, by name. Default none.
    pub webhooks: BTreeMap<String, WebhookSettings>,
    /// Syslog servers, by name. Default none.
    pub syslog: BTreeMap<String, SyslogSettings>,
    /// Programs, by name. Default none.
    pub commands: BTreeMap<String, CommandSettings>,
    /// When an update is worth telling.
    pub grouping: GroupingSettings,
    /// Waits between tries.
    pub retry: RetrySettings,
    /// What may wait, for each receiver.
    pub spool: SpoolSettings,
    /// How long a stop may take to deliver what waits. Default `5s`.
    pub drain_timeout: Window,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            webhooks: BTreeMap::new(),
            syslog: BTreeMap::new(),
            commands: BTreeMap::new(),
            grouping: GroupingSettings::default(),
            retry: RetrySettings::default(),
            spool: SpoolSettings::default(),
            drain_timeout: Window::from_secs(5),
        }
    }
}

/// Bounds of what waits for one receiver, in memory and on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpoolSettings {
    /// Most alerts. At least 1. Default 1,000.
    pub count: usize,
    /// Most bytes. Default `8MiB`.
    pub size: ByteSize,
}

impl Default for SpoolSettings {
    fn default() -> Self {
        Self { count: 1000, size: ByteSize::mib(8) }
    }
}

impl SpoolSettings {
    pub(crate) const fn limits(&self) -> SpoolLimits {
        SpoolLimits { count: self.count, bytes: self.size }
    }
}
