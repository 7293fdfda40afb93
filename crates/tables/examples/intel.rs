//! `cargo xtask intel-train` and `intelbench tram` without building the gateway:
//! `cargo run --release -p tables --example intel -- train|tram|suggest|corpus`.

use clap::Parser;

#[derive(Parser)]
enum Cli {
    /// Trains and writes the weights.
    Train(tables::intel::Settings),
    /// Measures over five folds.
    Tram(tables::intel::Settings),
    /// Times the embedded weights.
    Suggest(tables::intel::Settings),
    /// Scores `intel` against the labelled reports.
    Corpus(tables::labelled::Settings),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse() {
        Cli::Train(settings) => tables::intel::train(&settings),
        Cli::Tram(settings) => tables::intel::bench(&settings),
        Cli::Suggest(settings) => tables::intel::speed(&settings),
        Cli::Corpus(settings) => tables::labelled::run(&settings),
    }
}
