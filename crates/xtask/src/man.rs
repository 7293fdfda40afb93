//! `cargo xtask man FOLDER`: the man pages, from the command line's own definitions.

use std::path::Path;

use anyhow::{Context, Result};
use clap::CommandFactory;

/// Writes `tidegate.1` and a page for each command into `folder`.
pub(crate) fn write(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).context("make the folder")?;
    clap_mangen::generate_to(tidegate::cli::Cli::command(), folder).context("write the man pages")?;
    println!("man: written to {}", folder.display());
    Ok(())
}
