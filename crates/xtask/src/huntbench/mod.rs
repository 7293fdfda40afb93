//! `cargo xtask huntbench`: attacks hidden in logs of a town, in every dialect that is rendered.
//!
//! Requests are made by [`testkit::logs`] from the people of [`testkit::days`]; a renderer for each
//! product writes them, `events` reads them, `hunt` looks, detectors and the shipped rules on. Told is
//! which attacks are found, how many records had left when the first signal was spoken, and how often
//! something is said of honest people. The same seed gives the same figures on every machine.
//!
//! It fails when a mark is missed or when it did not do the work: every dialect must be recognised, every
//! line that was written be read, and the lines of the attack be among them.

mod attacks;
mod print;
mod run;

use anyhow::{Result, bail, ensure};
use serde::Serialize;
use testkit::logs::RENDERERS;

use attacks::Attack;
use run::{Caught, Honest, Quiet};

/// What to play.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Settings {
    /// A version of seconds for `./test`: three dialects, a small town.
    #[arg(long)]
    small: bool,
    /// Clients of the town around an attack.
    #[arg(long, default_value_t = 400)]
    size: u32,
    /// Clients of the town in which nobody attacks, and days in which it is looked at.
    #[arg(long, default_value_t = 3000)]
    quiet_size: u32,
    /// Days of it.
    #[arg(long, default_value_t = 10)]
    quiet_days: u32,
    /// The same seed plays the same days.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this dialect.
    #[arg(long, value_name = "NAME")]
    dialect: Option<String>,
    /// Only this attack.
    #[arg(long, value_name = "NAME")]
    attack: Option<String>,
    /// How the figures are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// All figures of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Figures {
    seed: u64,
    /// Lines of logs that were read.
    lines: u64,
    caught: Vec<Caught>,
    quiet: Vec<Quiet>,
    /// False signals of detectors in a million lines, over all quiet logs.
    false_in_a_million: f64,
    missed: Vec<String>,
}

/// Days of the town around an attack, which begins on the second.
const DAYS: u32 = 3;
/// Records from which a single source must be found.
const FROM: u64 = 30;

/// Plays, prints, and fails where a mark is missed.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let small = settings.small;
    let is_meant = |word: &str| settings.dialect.as_deref().is_none_or(|only| only == word);
    let in_small = ["combined", "caddy", "nginx-json"];
    let renderers: Vec<_> = RENDERERS
        .iter()
        .filter(|one| is_meant(one.word) && (!small || in_small.contains(&one.word)))
        .collect();
    ensure!(!renderers.is_empty(), "no such dialect is rendered");
    let attacks: Vec<Attack> = attacks::all(settings.seed)?
        .into_iter()
        .filter(|one| settings.attack.as_deref().is_none_or(|only| only == one.name))
        .filter(|one| !small || one.is_in_small)
        .collect();
    ensure!(!attacks.is_empty(), "there is no such attack");
    let honest = Honest::live(settings.seed, if small { 120 } else { settings.size }, DAYS);
    let (size, days) = if small { (300, 2) } else { (settings.quiet_size, settings.quiet_days) };
    let everybody = Honest::live(settings.seed + 1, size, days);
    let played = crate::leakbench::in_two(&renderers, |renderer| {
        let caught = attacks.iter().map(|attack| run::play(renderer, attack, &honest));
        Ok((caught.collect::<Result<Vec<_>>>()?, run::quiet(renderer, &everybody)?))
    })?;
    let mut figures = Figures { seed: settings.seed, ..Figures::default() };
    for (caught, quiet) in played {
        figures.caught.extend(caught);
        figures.quiet.push(quiet);
    }
    figures.judge();
    match settings.format {
        Format::Text => print!("{}", print::text(&figures)),
        Format::Json => println!("{}", serde_json::to_string_pretty(&figures)?),
    }
    if !figures.missed.is_empty() {
        bail!("{} marks are missed: {:#?}", figures.missed.len(), figures.missed);
    }
    Ok(())
}

impl Figures {
    fn judge(&mut self) {
        let quiet_lines: u64 = self.quiet.iter().map(|one| one.lines).sum();
        self.lines = quiet_lines + self.caught.iter().map(|one| one.lines).sum::<u64>();
        let said: u32 = self.quiet.iter().map(|one| one.said).sum();
        let millions = f64::from(u32::try_from(quiet_lines / 1000).unwrap_or(u32::MAX)) / 1000.0;
        self.false_in_a_million = if millions > 0.0 { f64::from(said) / millions } else { 0.0 };
        for one in &self.caught {
            if one.is_single && one.is_visible && one.records >= FROM && one.found.is_none() {
                self.missed.push(format!("{} in {}: not found", one.attack, one.dialect));
            }
        }
        // A mark for a million lines is held against a million of them and more.
        if millions >= 1.0 && self.false_in_a_million > 1.0 {
            self.missed.push(format!("{:.2} false signals in a million lines", self.false_in_a_million));
        }
        if millions < 1.0 && said > 0 {
            self.missed.push(format!("{said} false signals in {quiet_lines} lines"));
        }
    }
}
