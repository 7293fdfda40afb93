//! `tidegate demo`: the incident on real sockets.
//!
//! A shop with the incident's hole, an attacker that counts what it really received, honest people at
//! the same doors; the gateway is this very program in a process of its own, killed and started again
//! where the scenario says so. Everything is on loopback and in a temporary folder.

pub(crate) mod gateway;
mod show;
mod told;

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Context;
use domain::Mode;
use indicatif::{ProgressBar, ProgressStyle};
use testkit::scenario::{self, Hooks, Row, SCENARIOS, Scenario, Target};
use testkit::shop::Shop;
use tokio::signal::unix::{SignalKind, signal};

use self::gateway::{DemoGateway, Without};
use self::told::told;
use super::serve::{self, PublishedKeys};
use crate::cli::{self, Demo, DemoMode, Format};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Runs the scenarios that were asked for and prints their table.
///
/// # Errors
/// Usage, or what kept the demo from running; a leak is no error but a finding.
pub fn run(demo: &Demo) -> Outcome {
    if demo.list {
        data(&show::list())?;
        return Ok(Ending::Clean);
    }
    let chosen = chosen(demo)?;
    let without = Without::of(&demo.without).map_err(Failure::Usage)?;
    if let Some(path) = &demo.exchange_log {
        // The gateways open it later, after the first attack: what cannot be written is told before.
        store::LineLog::open(path).with_context(|| format!("open the exchange log {}", path.display()))?;
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(play(demo, &chosen, &without))
}

/// Serves as the gateway of a demo run: on loopback, with the demo's published keys.
///
/// # Errors
/// As [`serve::run`].
pub fn gateway(demo: &cli::DemoGateway) -> Outcome {
    if demo.hurry > 1 {
        ::gateway::hurry(demo.hurry);
    }
    serve::run(&demo.serve, PublishedKeys::Demo)
}

/// Scenario and mode of each row.
fn chosen(demo: &Demo) -> Result<Vec<(&'static Scenario, Mode)>, Failure> {
    let name = demo.scenario.as_deref().unwrap_or("post-batches");
    let scenarios: Vec<&'static Scenario> = if demo.all {
        SCENARIOS.iter().collect()
    } else {
        let found = scenario::named(name).ok_or_else(|| {
            Failure::Usage(format!("there is no scenario `{name}`; `tidegate demo --list` names them"))
        })?;
        vec![found]
    };
    let wanted = |mode: Mode| match demo.mode {
        None => true,
        Some(DemoMode::Guard) => mode == Mode::Guard,
        Some(DemoMode::Enforce) => mode == Mode::Enforce,
    };
    let rows: Vec<_> = scenarios
        .iter()
        .flat_map(|scenario| scenario.modes().filter(|mode| wanted(*mode)).map(move |mode| (*scenario, mode)))
        .collect();
    if rows.is_empty() {
        return Err(Failure::Usage(format!("scenario `{name}` does not run in the mode that was asked for")));
    }
    Ok(rows)
}

async fn play(demo: &Demo, chosen: &[(&'static Scenario, Mode)], without: &Without) -> Outcome {
    let shop = Shop::start(demo.seed).await.context("start the shop")?;
    if demo.serve {
        return keep_running(demo, &shop, without).await;
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut account = None;
    let mut straight: Option<(&str, testkit::attacker::Harvest)> = None;
    for (scenario, mode) in chosen {
        let bar = bar(scenario.name, *mode);
        let bounds = testkit::attacker::Bounds::default();
        let alone = match &straight {
            Some((name, harvest)) if *name == scenario.name => *harvest,
            _ => scenario::straight(scenario, &shop, demo.seed, bounds).await.context("attack the shop")?,
        };
        straight = Some((scenario.name, alone));
        let log = demo.exchange_log.as_deref();
        let gateway = DemoGateway::start(&shop, scenario, *mode, without, log).await?;
        let hooks = Hooks { restart: gateway.restart_hook(), ..Hooks::default() };
        let target = Target { shop: &shop, gateway: gateway.address() };
        let progress = hooks.progress.clone();
        let watched = watch(&bar, &progress);
        let row = tokio::select! {
            row = scenario::run_through(scenario, &target, *mode, demo.seed, &hooks, alone) => row,
            () = watched => unreachable_row(),
        };
        let mut row = row.with_context(|| format!("run scenario {}", scenario.name))?;
        bar.finish_and_clear();
        gateway.stop().await?;
        row.told = Some(told(gateway.exchange_log(), &gateway.state())?);
        if account.is_none() {
            account = gateway.account()?;
        }
        rows.push(row);
    }
    match demo.format {
        Format::Json => data(&show::json(&rows)?)?,
        Format::Text => data(&show::table(&rows, account.as_ref()))?,
    }
    let faulty = rows.iter().any(|row| !row.faults().is_empty());
    Ok(if faulty { Ending::Findings } else { Ending::Clean })
}

/// Shows progress until it is dropped; never resolves.
async fn watch(bar: &ProgressBar, progress: &testkit::people::Progress) {
    loop {
        bar.set_length(progress.planned().max(1));
        bar.set_position(progress.done());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn unreachable_row() -> anyhow::Result<Row> {
    anyhow::bail!("the progress bar ended before the scenario")
}

/// A progress bar on a terminal, nothing elsewhere.
fn bar(name: &str, mode: Mode) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("{prefix:>24} {bar:30} {pos}/{len} honest requests") {
        bar.set_style(style);
    }
    bar.set_prefix(format!("{name} ({mode})"));
    bar
}

/// Shop and gateway to play with, until Ctrl-C.
async fn keep_running(demo: &Demo, shop: &Shop, without: &Without) -> Outcome {
    let mode = match demo.mode {
        Some(DemoMode::Enforce) => Mode::Enforce,
        _ => Mode::Guard,
    };
    let first = SCENARIOS.first().context("find a scenario")?;
    let gateway = DemoGateway::start(shop, first, mode, without, demo.exchange_log.as_deref()).await?;
    say(&show::invitation(shop.address(), gateway.address().now(), mode, &gateway.state()));
    // Whoever ends this must not leave a gateway behind that nobody owns.
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("wait for Ctrl-C")?,
        _ = terminate.recv() => {}
    }
    gateway.stop().await?;
    Ok(Ending::Clean)
}
