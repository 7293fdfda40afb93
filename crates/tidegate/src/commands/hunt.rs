//! `tidegate hunt`: reads logs that people have and says who walked through the records.

mod explain;
mod follow;
mod progress;
mod propose;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Timestamp;
use events::Dialect;
use hunt::{Hunt, Scope, Settings};
use report::hunt::{Input, Report};

use super::logs::{self, Read, Rejects, Source};
use crate::cli::{Hunt as Args, HuntFormat};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Lines of one finding that `--explain` prints at most, half of them from its end.
const EXPLAINED: usize = 50_000;
/// Addresses of one finding that `--propose` tells from others.
const PROPOSED: usize = 4096;
/// Most bytes of a specification.
const MOST_SPEC: u64 = 32 << 20;

/// The dialect with this word, for the command line.
///
/// # Errors
/// A sentence with all words.
pub fn dialect(word: &str) -> Result<Dialect, String> {
    Dialect::named(word).ok_or_else(|| {
        let words: Vec<&str> = Dialect::ALL.iter().map(|dialect| dialect.word()).collect();
        format!("the dialects are {}", words.join(", "))
    })
}

/// Runs the hunt.
///
/// # Errors
/// When nothing can be read, or the report cannot be written.
pub fn run(args: &Args) -> Outcome {
    let logs = logs::logs(&args.inputs)?;
    if args.inputs.iter().any(|path| path.as_os_str() == "-") {
        let again = [("--explain", args.explain.is_some()), ("--propose", args.propose.is_some())];
        if let Some((option, _)) = again.iter().find(|(_, is_given)| *is_given) {
            let why = format!("`{option}` reads a log again, which standard input cannot be");
            return Err(Failure::Usage(why));
        }
    }
    if let Some(folder) = &args.propose {
        propose::is_free(folder)?;
    }
    let mut hunt = Hunt::new(settings(args)?);
    if let Some(rules) = rules(args)? {
        hunt = hunt.with_rules(rules);
    }
    if args.follow {
        return follow::run(args, &logs, &mut hunt);
    }
    let mut rejects = Rejects::open(args.rejects.as_deref(), &logs)?;
    let progress = progress::Progress::new(&logs);
    let mut sources: Vec<Source> = logs
        .iter()
        .zip(0..)
        .map(|(log, nth)| Source::new(log, nth, args.dialect, Arc::clone(&progress.read), false))
        .collect();
    logs::all(&mut sources, &mut hunt, &mut rejects, |_| {
        progress.tick();
        Ok(())
    })?;
    progress.finish();
    rejects.finish()?;
    hunt.finish();
    let read: Vec<Read> = sources.into_iter().map(|source| source.read).collect();
    read.iter().filter_map(Read::warning).for_each(|warning| say(&format!("tidegate: {warning}")));
    let told = hunt.told();
    if let Some(why) = nothing(&read, &told) {
        let names: Vec<String> = args.inputs.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(Failure::Input(format!(
            "error: no exchange stands in {}{why}\n = help: `--dialect` says what its lines are; `--rejects FILE` keeps those that cannot be read",
            names.join(", ")
        )));
    }
    let totals = hunt.totals();
    if totals.exchanges == 0 && totals.outside > 0 {
        say(&format!(
            "tidegate: none of {} exchanges is inside of {}: nothing was looked at",
            totals.outside,
            scope(args).join(" ")
        ));
    }
    if let Some(id) = &args.explain {
        return explain::run(args, &logs, &told, id);
    }
    if let Some(folder) = &args.propose {
        return propose::run(args, &logs, &told, folder);
    }
    let inputs: Vec<Input> = read
        .into_iter()
        .enumerate()
        .map(|(nth, log)| Input {
            name: log.name,
            dialect: log.dialect,
            lines: log.lines,
            unreadable: log.unreadable,
            fields: hunt.fields().get(nth).copied().unwrap_or_default(),
        })
        .collect();
    let command = command(args);
    let report = Report { told: &told, inputs: &inputs, command: &command };
    data(&match args.format {
        HuntFormat::Text => report::hunt::text(&report),
        HuntFormat::Json => report::hunt::json(&report),
        HuntFormat::Ndjson => report::hunt::ndjson(&report),
        HuntFormat::Csv => report::hunt::csv(&report),
        HuntFormat::Ocsf => report::hunt::ocsf(&report, now()),
        HuntFormat::Html => report::hunt::html(&report),
    })?;
    Ok(if report.is_found() { Ending::Findings } else { Ending::Clean })
}

/// Why nothing can be said, where nothing that was read is an exchange with time, address and target.
fn nothing(read: &[Read], told: &hunt::Told) -> Option<String> {
    let totals = told.totals;
    if read.iter().all(|log| log.events == 0) {
        let broken: Vec<&str> = read.iter().filter_map(|log| log.broken.as_deref()).collect();
        return Some(if broken.is_empty() { String::new() } else { format!("; {}", broken.join("; ")) });
    }
    let is_blind = totals.exchanges == 0 && totals.outside == 0 && totals.incomplete > 0;
    (is_blind && told.rules.is_empty())
        .then(|| format!(": none of {} lines tells time, address and target", totals.incomplete))
}

/// The Sigma rules that are asked for.
fn rules(args: &Args) -> Result<Option<sigma::Rules>, Failure> {
    let is_none = |path: &PathBuf| path.as_os_str() == "none";
    if !args.rules.iter().any(is_none) {
        return super::sigma::loaded(&args.rules).map(Some);
    }
    if args.rules.iter().all(is_none) {
        return Ok(None);
    }
    Err(Failure::Usage("`--rules none` goes with no other rules".into()))
}

fn settings(args: &Args) -> Result<Settings, Failure> {
    let time = |text: &Option<String>, begin: bool| {
        text.as_deref().map(|text| moment(text, begin)).transpose().map_err(Failure::Usage)
    };
    let mut declared = Vec::new();
    for path in &args.spec {
        declared.extend(endpoints(path)?);
    }
    Ok(Settings {
        detect: detect::Settings::default(),
        declared,
        scope: Scope {
            since: time(&args.since, true)?,
            until: time(&args.until, false)?,
            clients: args.client.clone(),
            endpoint: args.endpoint.clone(),
        },
        lines: if args.explain.is_some() { EXPLAINED } else { Settings::default().lines },
        addresses: if args.propose.is_some() { PROPOSED } else { Settings::default().addresses },
        explained: args.explain.clone(),
    })
}

/// A day or time; a day is its first moment or its last.
fn moment(text: &str, begin: bool) -> Result<Timestamp, String> {
    let at = Timestamp::parse_expiry(text)?;
    // A day is read as its last millisecond.
    Ok(if begin && text.len() == 10 {
        Timestamp::from_millis(at.millis().saturating_sub(86_399_999))
    } else {
        at
    })
}

fn endpoints(path: &Path) -> Result<Vec<domain::Endpoint>, Failure> {
    let name = path.display().to_string();
    let unreadable =
        |why: String| Failure::Input(format!("error: cannot read specification `{name}`: {why}"));
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > MOST_SPEC {
        return Err(unreadable("it is longer than 32 MiB".into()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let reading = spec::openapi::read(&text, &name).map_err(|error| unreadable(error.to_string()))?;
    if reading.operations.is_empty() {
        return Err(unreadable("no operation stands under `paths`".into()));
    }
    Ok(reading.operations.into_iter().map(|operation| operation.endpoint).collect())
}

/// The options that narrow what is looked at, as they were given.
fn scope(args: &Args) -> Vec<String> {
    let times = [("--since", &args.since), ("--until", &args.until)];
    let times = times.into_iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_deref()?)));
    let clients = args.client.iter().map(|client| format!("--client {client}"));
    times.chain(clients).chain(args.endpoint.iter().map(|one| format!("--endpoint \"{one}\""))).collect()
}

/// The command as it was given, without what a next one adds to it.
fn command(args: &Args) -> String {
    let mut out = "tidegate hunt".to_owned();
    let mut add = |text: &str| {
        out.push(' ');
        let is_plain = !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@=+,".contains(&byte));
        if is_plain {
            out.push_str(text);
        } else {
            out.push('\'');
            out.push_str(&text.replace('\'', "'\\''"));
            out.push('\'');
        }
    };
    args.inputs.iter().for_each(|path| add(&path.display().to_string()));
    if let Some(dialect) = args.dialect {
        add("--dialect");
        add(dialect.word());
    }
    for (name, value) in [("--since", &args.since), ("--until", &args.until)] {
        if let Some(value) = value {
            add(name);
            add(value);
        }
    }
    for client in &args.client {
        add("--client");
        add(&client.to_string());
    }
    if let Some(endpoint) = &args.endpoint {
        add("--endpoint");
        add(&endpoint.to_string());
    }
    for path in &args.spec {
        add("--spec");
        add(&path.display().to_string());
    }
    for path in args.rules.iter().filter(|path| args.rules.len() > 1 || path.as_os_str() != "shipped") {
        add("--rules");
        add(&path.display().to_string());
    }
    out
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
