//! `tidegate config`: the manual, whether a file can be used, and what traffic proposes.

mod propose;

use crate::cli::{ConfigWork, Format};
use crate::commands::serve::render;
use crate::config::{self, DEFAULT_TEXT, Finding};
use crate::exit::{Ending, Failure, Outcome, data};

/// Runs `tidegate config`.
///
/// # Errors
/// When the answer cannot be written; a file that cannot be used is exit code 2.
pub fn run(work: &ConfigWork) -> Outcome {
    match work {
        ConfigWork::Default => {
            data(DEFAULT_TEXT)?;
            Ok(Ending::Clean)
        }
        ConfigWork::Propose(args) => propose::run(args),
        ConfigWork::Validate { file, format } => {
            let (findings, usable) =
                match config::load(file, |_| {}, &super::serve::published_keys(), gateway::now()) {
                    Ok(loaded) => (loaded.warnings, true),
                    Err(findings) => (findings, false),
                };
            tell(&findings, usable, *format, &file.display().to_string())
        }
    }
}

fn tell(findings: &[Finding], usable: bool, format: Format, file: &str) -> Outcome {
    match format {
        Format::Json => {
            let list: Vec<_> = findings.iter().map(Finding::json).collect();
            data(&format!("{}\n", serde_json::json!({ "file": file, "usable": usable, "findings": list })))?;
            return if usable {
                ending(findings)
            } else {
                Err(Failure::Input(format!("{file} cannot be used")))
            };
        }
        Format::Text if usable => {
            if !findings.is_empty() {
                data(&(render(findings) + "\n\n"))?;
            }
            data(&format!("{file} can be used\n"))?;
        }
        Format::Text => return Err(Failure::Input(render(findings))),
    }
    ending(findings)
}

fn ending(findings: &[Finding]) -> Outcome {
    Ok(if findings.is_empty() { Ending::Clean } else { Ending::Findings })
}
