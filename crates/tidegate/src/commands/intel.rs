//! `tidegate intel`: a report in, claims with evidence out.

mod summary;

use std::io::Read;

use anyhow::Context;

use crate::cli::{Format, Intel as Args};
use crate::exit::{Ending, Failure, Outcome, data};

/// Runs the command.
///
/// # Errors
/// When the report cannot be read.
pub fn run(args: &Args) -> Outcome {
    let name = args.report.display().to_string();
    let bytes = bytes(args)?;
    let intel = intel::understand(&bytes, &name)
        .map_err(|error| Failure::Input(format!("error: `{name}` cannot be read as a report: {error}")))?;
    data(&match args.format {
        Format::Text => summary::text(&intel),
        Format::Json => serde_json::to_string_pretty(&intel).context("write the object")? + "\n",
    })?;
    Ok(Ending::Clean)
}

/// The report, at most one byte more than is read of one: enough to say that there is more.
fn bytes(args: &Args) -> Result<Vec<u8>, Failure> {
    let bound = u64::try_from(intel::REPORT_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = if args.report.as_os_str() == "-" {
        std::io::stdin().lock().take(bound).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(&args.report).and_then(|file| file.take(bound).read_to_end(&mut bytes))
    };
    read.map_err(|error| {
        Failure::Input(format!("error: `{}` cannot be read: {error}", args.report.display()))
    })?;
    Ok(bytes)
}
