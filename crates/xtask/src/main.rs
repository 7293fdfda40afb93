//! Chores of the house: tidy checks, fuzz smoke runs, benches, the man page.
//!
//! `cargo xtask tidy` reads the tree as text and Cargo's own metadata; it changes nothing.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers talks to them")]

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
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Tidy => tidy::run(),
    }
}
