//! `cargo xtask leakbench`: attackers and millions of honest days in virtual time, on the detectors,
//! budgets and actions that the gateway uses.
//!
//! The people are [`testkit::days`], the gateway is [`gate`]. Nothing here is timed but [`cost`]: the
//! same seed gives the same figures on every machine.

mod adaptive;
mod alone;
mod attackers;
mod bound;
mod cost;
mod curve;
mod doors;
mod gate;
mod marks;
mod print;
mod quiet;
#[cfg(test)]
mod tests;
mod without;

use anyhow::{Result, bail};
use serde::Serialize;

pub(crate) use attackers::{ALL, Attacker, CUSTOMERS, Plan, address, plans};
pub(crate) use quiet::START;

/// What to play.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Settings {
    /// Honest client-days. The marks of false alarms need ten million and more; below, they are told and
    /// not held.
    #[arg(long, default_value_t = 600_000)]
    client_days: u64,
    /// Days of a town, each with a gateway of its own: more than the month after which budgets forget whom
    /// a caller knows, so that everybody is new to everybody twice.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
    /// The same seed plays the same days.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only one part: `attackers`, `adaptive`, `alone`, `without`, `quiet`, `curve`, `cost`, or one attacker by name.
    #[arg(long)]
    only: Option<String>,
    /// How the figures are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// All figures of one run; a part that was not played is empty.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    seed: u64,
    attackers: Vec<attackers::Row>,
    adaptive: Vec<adaptive::Pace>,
    alone: Vec<alone::Seen>,
    without: Vec<without::Missing>,
    quiet: Option<quiet::Quiet>,
    curve: Vec<curve::Cell>,
    cost: Option<cost::Cost>,
    /// Marks that were missed.
    missed: Vec<marks::Missed>,
}

/// Clients of the town around an attacker.
const AROUND: u32 = 2000;
/// Keys whose memory is measured.
const KEYS: u32 = 1_000_000;

/// Plays, prints, and fails where a mark is missed.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let figures = play(settings)?;
    match settings.format {
        Format::Text => print!("{}", print::text(&figures)),
        Format::Json => println!("{}", serde_json::to_string_pretty(&figures)?),
    }
    let missed = &figures.missed;
    if !missed.is_empty() {
        bail!("{} marks are missed: {missed:?}", missed.len());
    }
    Ok(())
}

fn play(settings: &Settings) -> Result<Figures> {
    let Settings { client_days, days, seed, only, .. } = settings;
    let seed = *seed;
    let part = |name: &str| only.as_deref().is_none_or(|only| only == name);
    let mut figures = Figures { seed, ..Figures::default() };
    // First, while the process is small: its growth is measured.
    if part("cost") {
        figures.cost = Some(cost::measure(KEYS, seed)?);
    }
    let plans: Vec<_> =
        attackers::plans().into_iter().filter(|plan| part("attackers") || part(plan.name)).collect();
    figures.attackers = in_two(&plans, |plan| attackers::play(*plan, AROUND, seed))?;
    if part("adaptive") {
        use adaptive::Way::{Anonymous, Session};
        let ways = [(Anonymous, 1), (Anonymous, 500), (Session, 1), (Session, 500)];
        figures.adaptive = in_two(&ways, |(way, sources)| adaptive::play(*way, *sources, AROUND, seed))?;
    }
    if part("alone") {
        figures.alone = alone::play(seed)?;
    }
    if part("without") {
        figures.without = without::play(seed)?;
    }
    if part("quiet") {
        figures.quiet = Some(quiet::live(*client_days, *days, seed, 2)?);
    }
    if part("curve") {
        figures.curve = curve::play(seed)?;
    }
    let is_known = figures.attackers.len()
        + figures.adaptive.len()
        + figures.alone.len()
        + figures.without.len()
        + figures.curve.len();
    if is_known == 0 && figures.quiet.is_none() && figures.cost.is_none() {
        bail!("there is no part and no attacker of this name: {}", only.as_deref().unwrap_or_default());
    }
    figures.missed = marks::missed(&figures);
    Ok(figures)
}

/// Plays all `plans` on two threads; what came of them in their order.
pub(crate) fn in_two<P: Sync, R: Send>(plans: &[P], play: impl Fn(&P) -> Result<R> + Sync) -> Result<Vec<R>> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, R)>> {
        let mut played = Vec::new();
        loop {
            let nth = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(plan) = plans.get(nth) else { return Ok(played) };
            played.push((nth, play(plan)?));
        }
    };
    let mut all = std::thread::scope(|scope| -> Result<Vec<_>> {
        let other = scope.spawn(work);
        let mut all = work()?;
        all.extend(other.join().map_err(|_| anyhow::anyhow!("a thread of the bench panicked"))??);
        Ok(all)
    })?;
    all.sort_by_key(|(nth, _)| *nth);
    Ok(all.into_iter().map(|(_, played)| played).collect())
}
