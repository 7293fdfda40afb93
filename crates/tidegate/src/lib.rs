//! The program: command line, configuration, wiring, exit codes. What it decides stands elsewhere.

pub mod cli;
pub mod commands;
pub mod config;
pub mod exit;

use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::cli::{Cli, Command};
use crate::commands::serve::PublishedKeys;

/// Reads the command line, runs the command, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are data; everything else is usage.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(64),
            };
        }
    };
    exit::finish(match &cli.command {
        Command::Demo(demo) => commands::demo::run(demo),
        Command::Serve(serve) => commands::serve::run(serve, PublishedKeys::Refused),
        Command::DemoGateway(demo) => commands::demo::gateway(demo),
        Command::Ledger(ledger) => commands::ledger::run(ledger),
        Command::Incident(incident) => commands::incident::run(incident),
        Command::Explain(explain) => commands::explain::run(explain),
        Command::Inventory(inventory) => commands::inventory::run(inventory),
        Command::Config(config) => commands::config::run(&config.work),
        Command::Check(check) => commands::check::run(check),
        Command::Hunt(hunt) => commands::hunt::run(hunt),
        Command::Intel(intel) => commands::intel::group(intel),
        Command::Sigma(sigma) => commands::sigma::run(&sigma.work),
    })
}
