//! Chores of the house: tidy checks, fuzz smoke runs, benches, the man page.
//!
//! `cargo xtask tidy` reads the tree as text and Cargo's own metadata; it changes nothing.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers talks to them")]

mod ablate;
mod bench;
mod checkbench;
mod checkspeed;
mod desk;
mod fuzz;
mod huntbench;
mod leakbench;
mod learnbench;
mod man;
mod measured;
mod tidy;

use clap::{Parser, Subcommand};

/// Chores of the Tidegate tree.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Checks what no compiler checks: rings, licences, reasons for dependencies, length of files.
    Tidy,
    /// Runs scenarios with each station, detector and step of the answer off in turn: one that nobody
    /// misses is not tested.
    Ablate {
        /// Only this station, detector or step; `actions`: all steps.
        #[arg(long, alias = "station", value_name = "NAME")]
        part: Option<String>,
        /// Only detectors and steps, not stations.
        #[arg(long)]
        told: bool,
        /// Every scenario for each, not only until one notices.
        #[arg(long)]
        all: bool,
    },
    /// Makes the tables of ATT&CK, D3FEND and CWE from the data, or compares them (`--check`).
    Catalog(tables::catalog::Settings),
    /// Trains the weights that suggest techniques, from the data, and writes them into the tree.
    IntelTrain(tables::intel::Settings),
    /// Measures what `intel` finds in reports.
    Intelbench {
        /// What to measure.
        #[command(subcommand)]
        what: Intelbench,
    },
    /// Plays faults and widenings that were put in on purpose: what `tidegate check` finds of them, and
    /// what it tells of their mended twins.
    Checkbench(checkbench::Settings),
    /// Plays attackers and millions of honest days in virtual time, on the gateway's own detectors,
    /// budgets and actions: records before containment, false alarms, cost.
    Leakbench(leakbench::Settings),
    /// Hides attacks in logs of a town, in every dialect that is rendered: what `hunt` finds, after how
    /// many records, and what it says of honest people.
    Huntbench(huntbench::Settings),
    /// Records a day in virtual time, proposes from it, loads that, and plays the days after: whom it
    /// refuses, and what attackers get.
    Learnbench(learnbench::Settings),
    /// Writes the man pages into a folder.
    Man {
        /// The folder.
        folder: std::path::PathBuf,
    },
    /// Measures; `bench gateway` is the cost per request beside nginx, HAProxy and a bare proxy, `bench hunt`
    /// the lines a second of a hunt beside `wc` and GoAccess.
    Bench {
        /// What to measure.
        #[command(subcommand)]
        what: Bench,
    },
    /// Measures `tidegate check` as a command: 3 MB, 1,000 documents, beside Spectral.
    Checkspeed(checkspeed::Settings),
    /// Runs every fuzz target for a bounded time, guided by coverage, on the stable compiler.
    Fuzz {
        /// Inputs per target, from a fixed seed; 0 for no bound but the time, from a seed of its own.
        #[arg(long, default_value_t = 20_000)]
        runs: u64,
        /// Most seconds per target.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
        /// Only this target.
        #[arg(long)]
        target: Option<String>,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Cost per request of the gateway, every station on.
    Gateway(bench::Settings),
    /// Lines a second of `tidegate hunt`, all detectors and shipped rules on.
    Hunt(bench::hunt::Settings),
}

#[derive(Subcommand)]
enum Intelbench {
    /// Techniques in the TRAM reports, five folds by report, by weights that did not see them.
    Tram(tables::intel::Settings),
    /// Time of the embedded weights and tables.
    Suggest(tables::intel::Settings),
    /// What `intel` reads against the labels of the reports in `crates/intel/tests/corpus`.
    Corpus(tables::labelled::Settings),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Tidy => tidy::run(),
        Chore::Ablate { part, told, all } => ablate::run(part.as_deref(), all, told),
        Chore::Catalog(settings) => tables::catalog::run(&settings),
        Chore::Intelbench { what: Intelbench::Corpus(settings) } => tables::labelled::run(&settings),
        Chore::Intelbench { what: Intelbench::Suggest(settings) } => tables::intel::speed(&settings),
        Chore::IntelTrain(settings) => tables::intel::train(&settings),
        Chore::Intelbench { what: Intelbench::Tram(settings) } => tables::intel::bench(&settings),
        Chore::Checkbench(settings) => checkbench::run(&settings),
        Chore::Leakbench(settings) => leakbench::run(&settings),
        Chore::Huntbench(settings) => huntbench::run(&settings),
        Chore::Learnbench(settings) => learnbench::run(&settings),
        Chore::Man { folder } => man::write(&folder),
        Chore::Bench { what: Bench::Gateway(settings) } => bench::run(&settings),
        Chore::Bench { what: Bench::Hunt(settings) } => bench::hunt::run(&settings),
        Chore::Checkspeed(settings) => checkspeed::run(&settings),
        Chore::Fuzz { runs, seconds, target } => fuzz::run(runs, seconds, target.as_deref()),
    }
}
