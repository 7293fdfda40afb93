//! `cargo xtask catalog` without building the gateway: `cargo run -p tables --example catalog`.

use clap::Parser;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    settings: tables::catalog::Settings,
}

fn main() -> anyhow::Result<()> {
    tables::catalog::run(&Cli::parse().settings)
}
