//! `tidegate serve`: from a configuration to a gateway that listens, and back down in order.
//!
//! Start: read the configuration, open the ledger, start alerts, load key sets, bind, announce, serve.
//! Stop: take no new connection, let exchanges in flight end, write out the ledger, deliver alerts.

mod alerts;
mod tell;

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use domain::Mode;
use gateway::{Gateway, Parts, StartError};
use net::listener::{self, ListenAddress, Listener};
use spec::decode::Spanned;
use telemetry::{Configured, Occurrence, Surface};
use testkit::shop::keys;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use self::alerts::Bell;
use crate::cli::Serve;
use crate::config::{self, Config, Finding, Listen, Loaded, UpstreamConfig};
use crate::exit::{Ending, Failure, Outcome};

/// Whether the published keys of the demo and of the examples may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishedKeys {
    /// They are refused: whoever trusts them trusts everybody.
    Refused,
    /// They are the demo's own, on loopback only.
    Demo,
}

/// Runs the gateway until it is told to stop.
///
/// # Errors
/// Usage, a configuration that cannot be used, or what kept the gateway from running.
pub fn run(serve: &Serve, keys: PublishedKeys) -> Outcome {
    usage(serve)?;
    let loaded = load(serve, keys).map_err(|findings| Failure::Input(render(&findings)))?;
    loopback_only(&loaded.loaded, keys)?;
    let log = telemetry::log::start(loaded.loaded.config.log).context("start the log")?;
    let talk = tell::Talk { json: log.is_json() };
    talk.read(&loaded);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let outcome = runtime.block_on(serve_until_stopped(serve, loaded.loaded, keys, talk));
    drop(runtime);
    drop(log);
    outcome
}

/// What makes no sense whatever the file says.
fn usage(serve: &Serve) -> Result<(), Failure> {
    let names_trust = serve.direct || !serve.trust.is_empty();
    if serve.guard && serve.config.is_none() && !names_trust {
        return Err(Failure::Usage(
            "`--guard` needs to know whose addresses to believe: add `--direct` when clients connect without a \
             proxy, or `--trust CIDR` with the network of your proxies"
                .into(),
        ));
    }
    if let Some(url) = &serve.upstream
        && let Err(error) = net::upstream::check_url(url)
    {
        let shown: String = url.chars().take(200).collect();
        return Err(Failure::Usage(format!("`--upstream {shown}`: {error}")));
    }
    Ok(())
}

/// A configuration, and what the command line took from it.
struct Read {
    loaded: Loaded,
    overrides: Vec<tell::Override>,
}

fn load(serve: &Serve, keys: PublishedKeys) -> Result<Read, Vec<Finding>> {
    let published = published(keys);
    let now = gateway::now();
    let mut overrides = Vec::new();
    let loaded = match &serve.config {
        Some(path) => {
            let change = |config: &mut Config| {
                overrides = tell::overrides(config, serve);
                change(config, serve);
            };
            config::load(path, change, &published, now)
        }
        None => {
            let mut config = Config { direct: true, ..Config::default() };
            change(&mut config, serve);
            config::without_file(config, &published, now)
        }
    };
    Ok(Read { loaded: loaded?, overrides })
}

/// The command line has the last word.
fn change(config: &mut Config, serve: &Serve) {
    if let Some(url) = &serve.upstream {
        let url = Spanned { value: url.clone(), span: spec::tree::Span::default() };
        let upstream = UpstreamConfig {
            url,
            operator: None,
            connection: net::upstream::UpstreamSettings::default(),
            credentials: None,
            shows: None,
        };
        config.upstreams = [("upstream".to_owned(), upstream)].into();
        config.upstream = None;
    }
    if let Some(listen) = serve.listen {
        config.listen = Listen(ListenAddress::Tcp(listen));
    }
    if serve.observe {
        config.mode = Mode::Observe;
    }
    if serve.guard {
        config.mode = Mode::Guard;
    }
    if serve.direct {
        config.direct = true;
        config.trust.clear();
    }
    if !serve.trust.is_empty() {
        config.direct = false;
        config.trust.clone_from(&serve.trust);
    }
    if let Some(state) = &serve.state {
        config.state.clone_from(state);
    }
    if let Some(log) = &serve.exchange_log {
        config.exchange_log = Some(log.clone());
    }
}

/// SHA-256 digests of keys that stand in the demo's sources: its partners' API keys, and the public
/// half of the key that signs its tokens.
#[must_use]
pub fn demo_keys() -> Vec<[u8; 32]> {
    use sha2::Digest;
    let set: serde_json::Value = serde_json::from_str(&keys::key_set()).unwrap_or_default();
    let signing = set.pointer("/keys/0/x").and_then(serde_json::Value::as_str);
    let known = keys::PARTNERS.iter().map(|(_, key)| *key).chain(signing);
    known.map(|key| sha2::Sha256::digest(key.as_bytes()).into()).collect()
}

/// Digests of every key that no gateway but the demo's starts with: of the demo, and of the examples.
#[must_use]
pub fn published_keys() -> Vec<[u8; 32]> {
    let mut keys = demo_keys();
    keys.extend(config::example_keys());
    keys
}

fn published(keys: PublishedKeys) -> Vec<[u8; 32]> {
    match keys {
        PublishedKeys::Refused => published_keys(),
        PublishedKeys::Demo => Vec::new(),
    }
}

fn loopback_only(loaded: &Loaded, keys: PublishedKeys) -> Result<(), Failure> {
    let is_loopback = match &loaded.config.listen.0 {
        ListenAddress::Tcp(address) => address.ip().is_loopback(),
        ListenAddress::Unix(_) => true,
    };
    if keys == PublishedKeys::Demo && !is_loopback {
        return Err(Failure::Usage("the demo's gateway listens on loopback only".into()));
    }
    Ok(())
}

/// Findings as text, one after the other.
#[must_use]
pub fn render(findings: &[Finding]) -> String {
    let texts: Vec<String> =
        findings.iter().map(|finding| finding.render(spec::diagnostic::Colour::Never)).collect();
    texts.join("\n").trim_end().to_owned()
}

async fn serve_until_stopped(
    serve: &Serve,
    loaded: Loaded,
    keys: PublishedKeys,
    talk: tell::Talk,
) -> Outcome {
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    let hang_up = signal(SignalKind::hangup()).context("listen for SIGHUP")?;

    let Loaded { config, blueprint, tls, admin, .. } = loaded;
    let bell = Bell::new(config.state.clone(), tls.clone(), seed()?);
    let gateway = open(&config, &blueprint, tls, keys, bell.hook())?;
    bell.start(&config.alerts).context("start alerts")?;
    gateway.refresh_key_sets().await;

    let listener = bind(&config.listen.0, "choose another with `--listen ADDR` or `listen:`")?;
    let admin_listener =
        bind(&ListenAddress::Unix(admin.socket.clone()), "choose another with `admin.socket`")?;
    let admin_tcp = match admin.tcp {
        None => None,
        Some((address, token)) => {
            let bound = bind(&ListenAddress::Tcp(address), "choose another with `admin.listen`")?;
            Some((bound, Arc::new(token)))
        }
    };
    telemetry::Started {
        version: Configured(env!("CARGO_PKG_VERSION")),
        mode: blueprint.mode,
        declared: count(blueprint.operations.iter().filter(|plan| plan.declared.intent.is_some()).count()),
    }
    .emit();
    if serve.config.is_none() && !serve.observe && !serve.guard {
        telemetry::ObservesByDefault {}.emit();
    }
    announce(&listener, &admin.socket, blueprint.mode, talk);

    let (stop, stopped) = watch::channel(false);
    let settings = config.connections.clone();
    let mut side: tokio::task::JoinSet<()> = tokio::task::JoinSet::new();
    side.spawn(gateway::keep(Arc::clone(&gateway), until(stopped.clone())));
    side.spawn(gateway::attend(Arc::clone(&gateway), until(stopped.clone())));
    let ends = (Arc::clone(&gateway), Arc::clone(&bell));
    side.spawn(look_in(admin_listener, ends.clone(), None, until(stopped.clone())));
    if let Some((listener, token)) = admin_tcp {
        side.spawn(look_in(listener, ends, Some(token), until(stopped.clone())));
    }
    let reloads = Reloads { serve: serve.clone(), keys, talk, started_with: config };
    let ends = (Arc::clone(&gateway), Arc::clone(&bell));
    side.spawn(reload_on(hang_up, reloads, ends, until(stopped.clone())));

    let handler = {
        let gateway = Arc::clone(&gateway);
        move |connection, request| gateway::exchange(Arc::clone(&gateway), connection, request)
    };
    let asked_to_stop = async {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        let in_flight = u64::try_from(telemetry::metrics().in_flight()).unwrap_or(0);
        telemetry::Draining { in_flight }.emit();
    };
    let drained = listener::serve(listener, &settings, handler, asked_to_stop).await;
    telemetry::Drained {
        finished: count(drained.finished),
        broken: count(drained.aborted),
        millis: u64::try_from(drained.took.as_millis()).unwrap_or(u64::MAX),
    }
    .emit();
    // Nobody listens any more when every receiver is gone, which is as good as told.
    let _ = stop.send(true);
    while side.join_next().await.is_some() {}
    let last = Arc::clone(&gateway);
    tokio::task::spawn_blocking(move || last.close()).await.context("write out the ledger")?;
    bell.stop().await;
    telemetry::Stopped {}.emit();
    Ok(Ending::Clean)
}

/// A secret random number.
fn seed() -> anyhow::Result<u64> {
    let mut seed = [0_u8; 8];
    getrandom::fill(&mut seed).context("draw a secret seed")?;
    Ok(u64::from_ne_bytes(seed))
}

fn open(
    config: &Config,
    blueprint: &gateway::blueprint::Blueprint,
    tls: net::upstream::Tls,
    keys: PublishedKeys,
    hook: alerts::Hook,
) -> Result<Arc<Gateway>, Failure> {
    std::fs::create_dir_all(&config.state)
        .with_context(|| format!("create the state folder {}", config.state.display()))?;
    let exchange_log = match &config.exchange_log {
        Some(path) => Some(
            store::LineLog::open(path)
                .with_context(|| format!("open the exchange log {}", path.display()))?,
        ),
        None => None,
    };
    let parts = Parts {
        blueprint,
        tls,
        ledger_dir: &config.state,
        ledger_settings: config.ledger.settings(),
        exchange_log,
        published_keys: published(keys),
        on_incident: Some(hook),
        seed: seed()?,
    };
    let (gateway, opening) = Gateway::open(parts).map_err(start_failure)?;
    telemetry::StateRebuilt {
        entries: opening.exposures + opening.hints,
        millis: u64::try_from(opening.took.as_millis()).unwrap_or(u64::MAX),
    }
    .emit();
    if opening.cut_bytes > 0 {
        telemetry::TornTailCut { bytes: opening.cut_bytes }.emit();
    }
    opening.losses.iter().for_each(gateway::tell_loss);
    if let Some(known) = opening.lost_tail {
        telemetry::LedgerTailMissing { known: known.segment, found: count(opening.segments) }.emit();
    }
    Ok(gateway)
}

/// What is wrong with the input is told apart from what is wrong with us.
fn start_failure(error: StartError) -> Failure {
    match error {
        StartError::Rules(error) => Failure::Input(rules_text(&error)),
        StartError::Ledger(_) => Failure::Ours(anyhow::Error::new(error)),
        error => Failure::Ours(anyhow::Error::new(error)),
    }
}

fn rules_text(error: &gateway::RulesError) -> String {
    if let gateway::RulesError::Policies(faults) = error {
        return faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    }
    format!("error: {:#}", anyhow::Error::msg(error.to_string()))
}

/// Binds `address`; where it is taken, says what else could be done.
fn bind(address: &ListenAddress, otherwise: &str) -> anyhow::Result<Listener> {
    let shown = match address {
        ListenAddress::Tcp(address) => address.to_string(),
        ListenAddress::Unix(path) => path.display().to_string(),
    };
    Listener::bind(address).map_err(|cause| {
        let taken = cause.kind() == std::io::ErrorKind::AddrInUse;
        let help = if taken {
            format!("\n = help: another program listens there; {otherwise}")
        } else {
            String::new()
        };
        anyhow::anyhow!("listen on {shown}: {cause}{help}")
    })
}

/// The address is told in the log, and on a terminal in one plain line too.
fn announce(listener: &Listener, admin: &Path, mode: Mode, talk: tell::Talk) {
    let address = match listener.address() {
        ListenAddress::Tcp(address) => format!("http://{address}"),
        ListenAddress::Unix(path) => format!("unix:{}", path.display()),
    };
    talk.say(&format!("tidegate: listening on {address} ({mode})"));
    telemetry::Listening { surface: Surface::Proxy, address: Configured(&address) }.emit();
    telemetry::Listening { surface: Surface::Admin, address: Configured(&admin.display().to_string()) }
        .emit();
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone has stopped too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Serves the admin surface.
async fn look_in(
    listener: Listener,
    (gateway, bell): (Arc<Gateway>, Arc<Bell>),
    token: Option<Arc<domain::Secret>>,
    stop: impl Future<Output = ()>,
) {
    let settings = listener::ListenerSettings { connections: 64, ..listener::ListenerSettings::default() };
    let handler = move |_, request| {
        bell.measure();
        gateway::admin::answer(Arc::clone(&gateway), token.clone(), request)
    };
    listener::serve(listener, &settings, handler, stop).await;
}

/// What a reload needs.
struct Reloads {
    serve: Serve,
    keys: PublishedKeys,
    talk: tell::Talk,
    /// What listeners, ledger and log were started with: a reload does not change these.
    started_with: Config,
}

/// SIGHUP: the configuration is read again; a bad one leaves the old one in force and says why.
async fn reload_on(
    mut hang_up: Signal,
    reloads: Reloads,
    (gateway, bell): (Arc<Gateway>, Arc<Bell>),
    stop: impl Future<Output = ()>,
) {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            heard = hang_up.recv() => if heard.is_none() { return },
        }
        let Reloads { serve, keys, talk, started_with } = &reloads;
        match load(serve, *keys) {
            Err(findings) => talk.refused(&findings),
            Ok(read) => match gateway.reload(&read.loaded.blueprint) {
                // The reader has built these rules before: what is wrong now came in between.
                Err(error) => talk.failed(&rules_text(&error)),
                Ok(()) => {
                    talk.read(&read);
                    talk.waits_for_a_start(started_with, &read.loaded.config);
                    gateway.refresh_key_sets().await;
                    Arc::clone(&bell).reload(read.loaded.config.alerts).await;
                    let rules = gateway.rules();
                    telemetry::Reloaded {
                        declared: count(rules.declared()),
                        patches: count(rules.patches(gateway::now())),
                    }
                    .emit();
                }
            },
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
