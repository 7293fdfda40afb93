//! `tidegate serve`: from a configuration to a gateway that listens, and back down in order.
//!
//! Start: read the configuration, open the ledger, load key sets, bind, announce, serve. Stop: take no
//! new connection, let exchanges in flight end, write out the ledger.

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

use crate::cli::Serve;
use crate::config::{self, Config, Finding, Listen, Loaded, UpstreamConfig};
use crate::exit::{Ending, Failure, Outcome, say};

/// Whether the demo's published keys may be used.
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
    let loaded = load(serve, keys)?;
    loopback_only(&loaded, keys)?;
    let log = telemetry::log::start(loaded.config.log).context("start the log")?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let outcome = runtime.block_on(serve_until_stopped(serve, loaded, keys));
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
    Ok(())
}

fn load(serve: &Serve, keys: PublishedKeys) -> Result<Loaded, Failure> {
    let published = published(keys);
    let now = gateway::now();
    let loaded = match &serve.config {
        Some(path) => config::load(path, |config| change(config, serve), &published, now),
        None => {
            let mut config = Config { direct: true, ..Config::default() };
            change(&mut config, serve);
            config::without_file(config, &published, now)
        }
    };
    let loaded = loaded.map_err(|findings| Failure::Input(render(&findings)))?;
    for warning in &loaded.warnings {
        say(warning.render(spec::diagnostic::Colour::Never).trim_end());
    }
    Ok(loaded)
}

/// The command line has the last word.
fn change(config: &mut Config, serve: &Serve) {
    if let Some(url) = &serve.upstream {
        let url = Spanned { value: url.clone(), span: spec::tree::Span::default() };
        let upstream =
            UpstreamConfig { url, operator: None, connection: net::upstream::UpstreamSettings::default() };
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

fn published(keys: PublishedKeys) -> Vec<[u8; 32]> {
    match keys {
        PublishedKeys::Refused => demo_keys(),
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

async fn serve_until_stopped(serve: &Serve, loaded: Loaded, keys: PublishedKeys) -> Outcome {
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    let hang_up = signal(SignalKind::hangup()).context("listen for SIGHUP")?;

    let Loaded { config, blueprint, tls, admin, .. } = loaded;
    telemetry::Started {
        version: Configured(env!("CARGO_PKG_VERSION")),
        mode: blueprint.mode,
        declared: count(blueprint.operations.iter().filter(|plan| plan.declared.intent.is_some()).count()),
    }
    .emit();
    if serve.config.is_none() && !serve.observe && !serve.guard {
        telemetry::ObservesByDefault {}.emit();
    }
    let gateway = open(&config, &blueprint, tls, keys)?;
    gateway.refresh_key_sets().await;

    let listener =
        Listener::bind(&config.listen.0).with_context(|| format!("listen on {}", config.listen))?;
    let admin_listener = Listener::bind(&ListenAddress::Unix(admin.socket.clone()))
        .with_context(|| format!("listen on {}", admin.socket.display()))?;
    let admin_tcp = match admin.tcp {
        None => None,
        Some((address, token)) => {
            let bound = Listener::bind(&ListenAddress::Tcp(address))
                .with_context(|| format!("listen on {address}"))?;
            Some((bound, Arc::new(token)))
        }
    };
    announce(&listener, &admin.socket, blueprint.mode);

    let (stop, stopped) = watch::channel(false);
    let settings = config.connections;
    let mut side: tokio::task::JoinSet<()> = tokio::task::JoinSet::new();
    side.spawn(gateway::keep(Arc::clone(&gateway), until(stopped.clone())));
    side.spawn(look_in(admin_listener, Arc::clone(&gateway), None, until(stopped.clone())));
    if let Some((listener, token)) = admin_tcp {
        side.spawn(look_in(listener, Arc::clone(&gateway), Some(token), until(stopped.clone())));
    }
    side.spawn(reload_on(hang_up, serve.clone(), Arc::clone(&gateway), keys, until(stopped.clone())));

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
    telemetry::Stopped {}.emit();
    Ok(Ending::Clean)
}

fn open(
    config: &Config,
    blueprint: &gateway::blueprint::Blueprint,
    tls: net::upstream::Tls,
    keys: PublishedKeys,
) -> Result<Arc<Gateway>, Failure> {
    let mut seed = [0_u8; 8];
    getrandom::fill(&mut seed).context("draw a secret seed")?;
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
        seed: u64::from_ne_bytes(seed),
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

/// The address is told on stderr in one plain line, for people and for scripts, and in the log.
fn announce(listener: &Listener, admin: &Path, mode: Mode) {
    let address = match listener.address() {
        ListenAddress::Tcp(address) => format!("http://{address}"),
        ListenAddress::Unix(path) => format!("unix:{}", path.display()),
    };
    say(&format!("tidegate: listening on {address} ({mode})"));
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
    gateway: Arc<Gateway>,
    token: Option<Arc<domain::Secret>>,
    stop: impl Future<Output = ()>,
) {
    let settings = listener::ListenerSettings { connections: 64, ..listener::ListenerSettings::default() };
    let handler = move |_, request| gateway::admin::answer(Arc::clone(&gateway), token.clone(), request);
    listener::serve(listener, &settings, handler, stop).await;
}

/// SIGHUP: the configuration is read again; a bad one leaves the old one in force and says why.
async fn reload_on(
    mut hang_up: Signal,
    serve: Serve,
    gateway: Arc<Gateway>,
    keys: PublishedKeys,
    stop: impl Future<Output = ()>,
) {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            heard = hang_up.recv() => if heard.is_none() { return },
        }
        match reload(&serve, &gateway, keys) {
            Ok(()) => {
                gateway.refresh_key_sets().await;
                let rules = gateway.rules();
                telemetry::Reloaded {
                    declared: count(rules.declared()),
                    patches: count(rules.patches(gateway::now())),
                }
                .emit();
            }
            Err(why) => {
                say(&why);
                telemetry::ReloadFailed { cause: Configured(why.lines().next().unwrap_or_default()) }.emit();
            }
        }
    }
}

fn reload(serve: &Serve, gateway: &Gateway, keys: PublishedKeys) -> Result<(), String> {
    let loaded = load(serve, keys).map_err(|failure| match failure {
        Failure::Usage(text) | Failure::Input(text) => text,
        Failure::Ours(error) => format!("{error:#}"),
    })?;
    gateway.reload(&loaded.blueprint).map_err(|error| rules_text(&error))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
