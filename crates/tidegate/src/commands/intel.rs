//! `tidegate intel`: a report in, claims with evidence out, and with `-o` a folder of what follows from them.

mod files;
mod folder;
mod indicators;
mod inputs;
mod library;
mod pull;
mod push;
pub mod replay;
mod summary;
mod taxii;
mod verify;

use std::path::Path;

use anyhow::Context;
use countermeasures::{Measures, Report};
use intel::{Given, ReadError};
use report::plain;

use self::files::Understood;
use self::inputs::{Input, shown};
use crate::cli::{Format, Intel as Args, IntelCommand, IntelGroup};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Runs the command, or what stands below it.
///
/// # Errors
/// Those of each.
pub fn group(group: &IntelGroup) -> Outcome {
    match group {
        IntelGroup { command: Some(IntelCommand::Verify(args)), .. } => verify::run(args),
        IntelGroup { command: Some(IntelCommand::Push(args)), .. } => push::run(args),
        IntelGroup { command: Some(IntelCommand::Pull(args)), .. } => pull::run(args),
        IntelGroup { command: None, read: Some(args) } => run(args),
        IntelGroup { command: None, read: None } => {
            Err(Failure::Usage("name a report, or one of verify, push and pull".to_owned()))
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the report cannot be read, or the folder cannot be written.
pub fn run(args: &Args) -> Outcome {
    let is_folder = inputs::is_folder(&args.report);
    if args.out.as_deref().is_some_and(inputs::is_stdin) {
        let text =
            "`-o` names a folder and `-` is none; `--format json` prints one object (`-o ./-` is a folder)";
        return Err(Failure::Usage(text.to_owned()));
    }
    if args.library.is_some() && args.out.is_none() {
        let text = "`--library` writes `correlation.json`, which needs a folder: `-o DIR`";
        return Err(Failure::Usage(text.to_owned()));
    }
    if args.expires.as_ref().is_some_and(|day| *day < today().to_string()) {
        let text = "`--expires` is in the past: a patch that has ended closes nothing";
        return Err(Failure::Usage(text.to_owned()));
    }
    match (&args.out, is_folder) {
        (Some(out), true) => every(args, out),
        (Some(out), false) => {
            let understood = understood(args, &inputs::one(&args.report)?)?;
            folder::write(out, &files::all(&understood)?)?;
            say(&format!(
                "tidegate: written to {}; begin with {}",
                shown(out),
                shown(&out.join("report.md"))
            ));
            Ok(Ending::Clean)
        }
        (None, true) => Err(Failure::Usage("a folder of reports needs `-o DIR` to be written to".to_owned())),
        (None, false) => {
            let Understood { intel, .. } = understood(args, &inputs::one(&args.report)?)?;
            data(&match args.format {
                Format::Text => summary::text(&intel),
                Format::Json => files::pretty(&intel),
            })?;
            Ok(Ending::Clean)
        }
    }
}

fn understood(args: &Args, input: &Input) -> Result<Understood, Failure> {
    let Input { name, bytes, whole } = input;
    let wrong = |error: ReadError| {
        Failure::Input(format!("error: `{}` cannot be read as a report: {error}", plain(name)))
    };
    let given = Given::beginning(bytes, whole.clone()).map_err(wrong)?;
    let intel = intel::understand_given(&given, name).map_err(wrong)?;
    let expires = match &args.expires {
        Some(day) => day.clone(),
        None => in_30_days()?,
    };
    let report = Report::new(name, given.body(), &intel, args.published.as_deref());
    let mut measures = Measures::of(&report, &args.endpoint, &expires)
        .map_err(|error| anyhow::anyhow!("derive a patch: {error}"))?;
    if args.out.is_some() && !args.no_replay {
        measures.replay = Some(replayed(&measures)?);
    }
    let library = args.library.as_deref().map(library::read).transpose()?;
    Ok(Understood {
        name: name.clone(),
        body: given.body().to_vec(),
        is_layer: given.is_layer(),
        intel,
        published: args.published.clone(),
        measures,
        tlp: args.tlp,
        library,
    })
}

/// What comes of running what was derived with this very program.
fn replayed(measures: &Measures) -> anyhow::Result<countermeasures::replay::Replay> {
    let program = std::env::current_exe().context("find this program")?;
    replay::run(&program, measures)
}

fn today() -> jiff::civil::Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A patch without an end is forgotten, so it has one; 30 days are time to mend a service.
fn in_30_days() -> anyhow::Result<String> {
    Ok(today().checked_add(jiff::Span::new().days(30)).context("count 30 days on")?.to_string())
}

/// Every report of a folder, each into a folder of its own; a fault is told and the rest goes on.
fn every(args: &Args, out: &Path) -> Outcome {
    folder::is_for_reports(out)?;
    let reports = inputs::listed(&args.report)?;
    std::fs::create_dir_all(out).with_context(|| format!("make the folder {}", out.display()))?;
    let mut faults = 0;
    for report in &reports {
        let Some(name) = report.file_name() else { continue };
        let done = inputs::one(report)
            .and_then(|input| understood(args, &input))
            .and_then(|understood| folder::write(&out.join(name), &files::all(&understood)?));
        match done {
            Ok(()) => {}
            Err(Failure::Input(text)) => {
                faults += 1;
                say(&text);
            }
            Err(other) => return Err(other),
        }
    }
    let written = reports.len() - faults;
    let told = format!("tidegate: {written} of {} reports written to {}", reports.len(), shown(out));
    if faults > 0 {
        return Err(Failure::Input(told));
    }
    say(&told);
    Ok(Ending::Clean)
}
