//! The configuration file: a struct whose doc comments are the manual.
//!
//! [`load`] reads the file and every file that it names and gives what `serve` is started with, or
//! everything that is wrong, each with its line. It starts nothing and changes nothing. The
//! annotated file that `tidegate config default` prints is [`DEFAULT_TEXT`].
//!
//! Files that are read (`specs`, `policies`, `patches`, key sets, token files) are named relative to
//! the configuration file. What is written or bound (`state`, `exchange_log`, sockets) is named
//! relative to the working directory, as on the command line. Secrets stand in files of their own,
//! never in the configuration; API keys stand here as hashes.

mod alerts;
mod check;
mod doors;
mod files;
mod finding;
mod judge;
mod load;
mod tell;
#[cfg(test)]
mod tests;
mod upstreams;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use domain::{ByteSize, Endpoint, Intent, IpPrefix, Mode, Window};
use gateway::blueprint::ExchangeBounds;
use net::address::ForwardingHeader;
use net::listener::{ListenAddress, ListenerSettings};
use net::upstream::UpstreamSettings;
use serde::{Deserialize, Deserializer};
use spec::decode::Spanned;
use store::LedgerSettings;
use telemetry::log::LogSettings;

pub(crate) use check::EXPIRED_PATCH;
pub use finding::Finding;
pub use judge::{Judged, judge, policy_faults};
pub use load::{Admin, Loaded, load, without_file};

/// A configuration file with every key, its default and its manual.
pub const DEFAULT_TEXT: &str = include_str!("default.yaml");

/// The partners' keys in `examples/tidegate.yaml`.
const EXAMPLE_KEYS: [&str; 2] = ["replace-this-example-key", "replace-this-example-key-too"];

/// SHA-256 digests of the keys in the examples, which everybody can read.
#[must_use]
pub fn example_keys() -> [[u8; 32]; 2] {
    use sha2::Digest;
    EXAMPLE_KEYS.map(|key| sha2::Sha256::digest(key.as_bytes()).into())
}

/// Everything that can be configured. Unknown keys are errors; every key has a default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where clients connect: `127.0.0.1:8090`, `[::]:8090`, or `unix:/run/tidegate/tidegate.sock`.
    /// Port 0 picks a free port, which is printed. Default `127.0.0.1:8090`.
    pub listen: Listen,
    /// `observe` refuses nothing and says what it would refuse; `guard` serves what is undeclared,
    /// within budgets; `enforce` serves declared operations only. Default `observe`.
    pub mode: Mode,
    /// Clients connect without a proxy: the peer's address is the client's. `guard` and `enforce`
    /// need this or `trust`. Default `false`.
    pub direct: bool,
    /// Networks of the proxies whose forwarding header is believed. Default none.
    pub trust: Vec<IpPrefix>,
    /// The one header that these proxies write: `x-forwarded-for` or `forwarded` (RFC 7239).
    /// Default `x-forwarded-for`.
    #[serde(deserialize_with = "forwarding_header")]
    pub forwarding_header: ForwardingHeader,
    /// The services behind the gateway, by name. At least one.
    pub upstreams: BTreeMap<String, UpstreamConfig>,
    /// The upstream of everything that does not name one. Needed where there are several.
    pub upstream: Option<Spanned<String>>,
    /// PEM file with certificates that https upstreams and key sets may be signed by, beside the
    /// system's. Default none.
    pub extra_roots: Option<Spanned<PathBuf>>,
    /// OpenAPI documents (2.0, 3.0, 3.1, 3.2; YAML or JSON) with intent under `x-tidegate`. Default none.
    pub specs: Vec<SpecConfig>,
    /// Intent by endpoint, in the words of `x-tidegate`. Replaces what a document says about the
    /// same endpoint. Default none.
    pub endpoints: BTreeMap<Endpoint, Spanned<Intent>>,
    /// How callers prove who they are.
    pub identify: gateway::identify::Settings,
    /// Cedar policies: files, or folders whose `*.cedar` files are read. A folder must hold one, for
    /// what a lost file forbade would be open. Default none.
    pub policies: Vec<Spanned<PathBuf>>,
    /// Virtual patches: files, or folders whose `*.cedar` files are read; such a folder may be empty.
    /// Default none.
    pub patches: Vec<Spanned<PathBuf>>,
    /// How many people's data a caller may receive.
    pub budgets: policy::budget::Settings,
    /// How many requests a caller may send.
    pub limits: policy::limit::Settings,
    /// What detectors look for in what exchanges add up to. They refuse nobody; what is done about what
    /// they say stands under `respond`.
    pub detect: detect::Settings,
    /// What is done about incidents. In `guard` and `enforce` they act by themselves: a source is refused or
    /// slowed at an endpoint for 15 minutes at a time, more than a source only where it is known whom else
    /// that hits and many sources take part. `mode: propose` leaves it to people, `mode: off` turns it off.
    pub respond: gateway::RespondSettings,
    /// Who is told of incidents, and how (`docs/alerts.md`).
    pub alerts: alert::AlertSettings,
    /// Bounds of one exchange.
    pub exchange: ExchangeBounds,
    /// Bounds of clients' connections.
    pub connections: ListenerSettings,
    /// How the ledger is kept.
    pub ledger: LedgerConfig,
    /// Folder of the ledger and its keys; `tidegate ledger --state` reads it. Default
    /// `./tidegate-state`.
    pub state: PathBuf,
    /// File of the exchange log (OCSF API Activity, one JSON object a line). Default none.
    pub exchange_log: Option<PathBuf>,
    /// Memory for exchanges of late, which `tidegate config propose` asks the running gateway for; the oldest
    /// give way. At most `256MiB`; `0` holds none. Default `8MiB` in `observe`, else `0`.
    pub recent: Option<ByteSize>,
    /// Where health and metrics are asked for.
    pub admin: AdminConfig,
    /// The log on stderr.
    pub log: LogSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::default(),
            mode: Mode::Observe,
            direct: false,
            trust: Vec::new(),
            forwarding_header: ForwardingHeader::XForwardedFor,
            upstreams: BTreeMap::new(),
            upstream: None,
            extra_roots: None,
            specs: Vec::new(),
            endpoints: BTreeMap::new(),
            identify: gateway::identify::Settings::default(),
            policies: Vec::new(),
            patches: Vec::new(),
            budgets: policy::budget::Settings::default(),
            limits: policy::limit::Settings::default(),
            detect: detect::Settings::default(),
            respond: gateway::RespondSettings::default(),
            alerts: alert::AlertSettings::default(),
            exchange: ExchangeBounds::default(),
            connections: ListenerSettings::default(),
            ledger: LedgerConfig::default(),
            state: "./tidegate-state".into(),
            exchange_log: None,
            recent: None,
            admin: AdminConfig::default(),
            log: LogSettings::default(),
        }
    }
}

impl Config {
    /// Memory for exchanges of late, in the mode in force.
    #[must_use]
    pub fn recent(&self) -> ByteSize {
        let default = if self.mode == Mode::Observe { ByteSize::mib(8) } else { ByteSize::new(0) };
        self.recent.unwrap_or(default)
    }
}

/// A service behind the gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamConfig {
    /// `http://host:port` or `https://host:port`, without a path.
    pub url: Spanned<String>,
    /// Who operates it: the account and the dossier group by this name. Default none.
    #[serde(default)]
    pub operator: Option<String>,
    /// Timeouts and bounds of its connections.
    #[serde(default)]
    pub connection: UpstreamSettings,
    /// Whether it gets the credentials of clients: tokens, API keys, cookies. Default: `forward` for the
    /// upstream of everything that names none, `withhold` for every other.
    #[serde(default)]
    pub credentials: Option<Credentials>,
    /// By what Tidegate shows itself to it, so that it can refuse who comes past Tidegate. Default nothing.
    #[serde(default)]
    pub shows: Option<ShownCredential>,
}

/// What becomes of clients' credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// The upstream gets them.
    Forward,
    /// It does not.
    Withhold,
}

/// Tidegate's own credential for an upstream.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownCredential {
    /// The header that carries it. What a client wrote there is replaced.
    pub header: Spanned<String>,
    /// A file with the secret: 16 visible characters or more on one line.
    pub secret_file: Spanned<PathBuf>,
}

/// An OpenAPI document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecConfig {
    /// The file.
    pub file: Spanned<PathBuf>,
    /// The upstream of its operations. Default: the one for everything.
    #[serde(default)]
    pub upstream: Option<Spanned<String>>,
    /// The path prefix of its operations, such as `/v1`, in place of what its `servers` or
    /// `basePath` say. Default: what they say.
    #[serde(default)]
    pub base: Option<Spanned<String>>,
}

/// How the ledger is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerConfig {
    /// A segment that has reached this size is sealed and the next begun. Default `64MiB`.
    pub segment_size: ByteSize,
    /// A segment older than this is sealed too, so that retention has something to remove.
    /// Default `7d`.
    pub segment_age: Window,
    /// Whole segments older than this are removed. At least `31d`: budgets look back 30. Default
    /// `400d`.
    pub retention: Window,
    /// A new digest key comes into use after this time; erasing a key erases its period. Default
    /// `30d`.
    pub key_period: Window,
    /// How long a response waits for the disk before it is refused. Default `5s`.
    pub append_timeout: Window,
    /// Own-record reads remembered so that repeats become one entry with a count, about 400 bytes
    /// each; 0 writes every read. Default 65536.
    pub coalesce: usize,
}

impl Default for LedgerConfig {
    fn default() -> Self {
        let LedgerSettings {
            segment_bytes,
            segment_age,
            retention,
            key_period,
            append_timeout,
            coalesce_slots,
            ..
        } = LedgerSettings::default();
        Self {
            segment_size: segment_bytes,
            segment_age,
            retention,
            key_period,
            append_timeout,
            coalesce: coalesce_slots,
        }
    }
}

impl LedgerConfig {
    /// The settings that the ledger is opened with.
    #[must_use]
    pub fn settings(&self) -> LedgerSettings {
        let Self { segment_size, segment_age, retention, key_period, append_timeout, coalesce } = *self;
        LedgerSettings {
            segment_bytes: segment_size,
            segment_age,
            retention,
            key_period,
            append_timeout,
            coalesce_slots: coalesce,
            ..LedgerSettings::default()
        }
    }
}

/// Where health and metrics are asked for. Never for clients.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Unix socket, for its owner only (0600). Default: `admin.sock` in the state folder.
    pub socket: Option<PathBuf>,
    /// Also an address and port. Needs `token_file`. Default none.
    pub listen: Option<Spanned<SocketAddr>>,
    /// File with the token that requests to `listen` carry as `Authorization: Bearer TOKEN`: at
    /// least 16 characters, readable by its owner only. Default none.
    pub token_file: Option<Spanned<PathBuf>>,
}

/// An address to listen on, as text: `127.0.0.1:8090` or `unix:/path`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen(pub ListenAddress);

impl Default for Listen {
    fn default() -> Self {
        Self(ListenAddress::Tcp(SocketAddr::from(([127, 0, 0, 1], 8090))))
    }
}

impl std::str::FromStr for Listen {
    type Err = String;

    /// # Errors
    /// A sentence that shows the forms.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self(ListenAddress::Unix(path.into())));
        }
        text.parse().map(|address| Self(ListenAddress::Tcp(address))).map_err(|_| {
            let shown: String = text.chars().take(80).collect();
            format!("`{shown}` is no address; write for example `127.0.0.1:8090`, `0.0.0.0:8090` or `unix:/run/tidegate.sock`")
        })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            ListenAddress::Tcp(address) => write!(f, "{address}"),
            ListenAddress::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
    }
}

fn forwarding_header<'de, D: Deserializer<'de>>(input: D) -> Result<ForwardingHeader, D::Error> {
    match String::deserialize(input)?.to_ascii_lowercase().as_str() {
        "x-forwarded-for" => Ok(ForwardingHeader::XForwardedFor),
        "forwarded" => Ok(ForwardingHeader::Forwarded),
        _ => Err(serde::de::Error::custom("a forwarding header is `x-forwarded-for` or `forwarded`")),
    }
}
