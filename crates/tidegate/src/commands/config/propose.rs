//! `tidegate config propose`: from recorded traffic, or the exchanges that a running gateway holds, to a configuration for a person to review.
//!
//! What is proposed and why is decided in the crate `learn`; here it is read three times, and the
//! result is held against the reader of configurations before anybody sees it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use domain::ByteSize;
use gateway::RecentHead;
use learn::{Evidence, Proposal, Replay, Suspects};
use policy::budget::Settings;
use report::proposal::Origin;

use crate::cli::{Format, Propose};
use crate::commands::admin::{self, Answered, NoAnswer};
use crate::commands::exchange_log::{Logs, unjudged};
use crate::commands::serve::render;
use crate::config::{self, Finding};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Largest configuration into which a proposal is put.
const MOST_BYTES: u64 = 64 << 20;

/// Runs the command.
///
/// # Errors
/// No exchange, a configuration that cannot be used, or a file that is there already.
pub(super) fn run(args: &Propose) -> Outcome {
    let configuration = args.config.as_deref().map(read).transpose()?;
    let budgets = match &configuration {
        Some((name, text)) => budgets(name, text)?,
        None => Settings::default(),
    };
    if let Some(out) = &args.out {
        refuse_to_write_over(out, args)?;
    }
    let learned = Learned::of(args, &budgets)?;
    let text = match args.format {
        Format::Json => report::proposal::json(&learned.proposal, &learned.replay, learned.origin),
        Format::Text => {
            let before = configuration.as_ref().map(|(_, text)| &**text);
            let Learned { proposal, replay, suspects, origin, .. } = &learned;
            let yaml = report::proposal::yaml(before, proposal, replay, suspects, *origin);
            let yaml = yaml.map_err(|error| {
                let name = configuration.as_ref().map_or("configuration", |(name, _)| name);
                Failure::Input(format!("error: {name}: {error}"))
            })?;
            usable(configuration.as_ref().map_or("proposal.yaml", |(name, _)| name), &yaml)?;
            yaml
        }
    };
    match &args.out {
        None => data(&text)?,
        Some(out) => {
            std::fs::write(out, text).with_context(|| format!("write {}", out.display()))?;
            say(&format!("tidegate: wrote {}: read it, then `tidegate config validate` it", out.display()));
        }
    }
    tell(&learned, args);
    if learned.is_unjudged { Err(unjudged()) } else { Ok(Ending::Clean) }
}

struct Learned {
    proposal: Proposal,
    replay: Replay,
    suspects: Suspects,
    left_out: u64,
    is_unjudged: bool,
    origin: Origin,
}

impl Learned {
    fn of(args: &Propose, budgets: &Settings) -> Result<Self, Failure> {
        let (logs, origin) = if args.exchange_log.is_empty() {
            held(args)?
        } else {
            (Logs::open(&args.exchange_log)?, Origin::Log)
        };
        let mut suspects = Suspects::default();
        let is_unjudged = logs.told(|exchange, _| suspects.take(exchange))?;
        let mut evidence = Evidence::default();
        logs.each(|exchange, _| evidence.take(exchange, &suspects))?;
        let proposal = learn::propose(&evidence, &suspects, budgets);
        let mut replay = Replay::new(&proposal, budgets);
        logs.each(|exchange, _| replay.take(exchange, &suspects))?;
        let left_out = evidence.left_out();
        Ok(Self { proposal, replay, suspects, left_out, is_unjudged, origin })
    }
}

/// What the running gateway holds.
fn held(args: &Propose) -> Result<(Logs, Origin), Failure> {
    let socket = args.socket.clone().unwrap_or_else(|| args.state.join("admin.sock"));
    let answered = admin::ask(&socket, gateway::admin::EXCHANGES, None).map_err(|none| match none {
        NoAnswer::NoGateway => Failure::Input(format!(
            "error: no gateway listens on {}\n = help: name its folder with `--state` or its socket with `--socket`, or a log with `--exchange-log`",
            socket.display()
        )),
        NoAnswer::Broken(error) => Failure::Ours(error),
    })?;
    let Answered { status: Some(200), body, .. } = answered else {
        let first = answered.first_line;
        return Err(Failure::Ours(anyhow::anyhow!(
            "the gateway answered `{first}`; is it of the same version?"
        )));
    };
    let (head, lines) = body.split_once('\n').unwrap_or((&body, ""));
    let RecentHead { held, gone, most_bytes } =
        serde_json::from_str(head).context("read the gateway's answer")?;
    if held == 0 {
        let (why, help) = if most_bytes == 0 {
            (
                "holds no exchanges: it does in `mode: observe`, or where `recent` says so",
                "write `recent: 8MiB` into its configuration and send it SIGHUP, or write a log (`serve --exchange-log FILE`) and name it with `--exchange-log`",
            )
        } else {
            (
                "has seen no exchange since it began",
                "ask again when there was traffic, or name a log with `--exchange-log`",
            )
        };
        return Err(Failure::Input(format!(
            "error: the gateway at {} {why}\n = help: {help}",
            socket.display()
        )));
    }
    say(&format!(
        "tidegate: from the {held} exchanges that the running gateway holds; {gone} earlier ones gave way, for it holds at most {}. A log of a day or more proves more",
        ByteSize::new(most_bytes)
    ));
    Ok((Logs::held(lines.into()), Origin::Gateway { gone }))
}

/// Says how much was found; what stands in the proposal is not repeated.
fn tell(learned: &Learned, args: &Propose) {
    let Proposal { doors, roles, undecided, exchanges, aside, .. } = &learned.proposal;
    say(&format!(
        "tidegate: {exchanges} exchanges, {aside} of them not learned from: {} endpoints and {} roles proposed, {} endpoints to decide",
        doors.len(),
        roles.len(),
        undecided.len()
    ));
    if learned.left_out > 0 {
        say(&format!("tidegate: {} exchanges lie beyond a bound and prove nothing", learned.left_out));
    }
    let nothing = report::proposal::nothing(&learned.proposal);
    if let Some(why) = &nothing {
        say(&format!("tidegate: nothing is proposed: {why}"));
    }
    if nothing.is_some() && args.config.is_none() {
        say(
            "tidegate: without `--config` that names issuers and keys nobody is verified, and little can be proposed",
        );
    }
}

fn read(path: &Path) -> Result<(Arc<str>, Arc<str>), Failure> {
    use std::io::Read as _;
    let name: Arc<str> = path.display().to_string().into();
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
    read.with_context(|| format!("read {name}"))
        .map_err(|error| Failure::Input(format!("error: {error:#}")))?;
    Ok((name, text.into()))
}

/// The budgets of a configuration that can be used.
fn budgets(name: &Arc<str>, text: &Arc<str>) -> Result<Settings, Failure> {
    let judged = config::judge(name, text, &[], gateway::now());
    Ok(judged.map_err(|findings| Failure::Input(render(&findings)))?.config.budgets)
}

/// A proposal that nobody can load is our fault.
fn usable(name: &str, yaml: &str) -> Result<(), Failure> {
    match config::judge(&name.into(), &yaml.into(), &[], gateway::now()) {
        Ok(_) => Ok(()),
        Err(findings) => {
            let faults: Vec<Finding> = findings.into_iter().filter(Finding::is_error).collect();
            Err(Failure::Ours(anyhow::anyhow!("the proposal cannot be loaded:\n{}", render(&faults))))
        }
    }
}

/// A proposal replaces nothing by itself, least of all the configuration in force.
fn refuse_to_write_over(out: &Path, args: &Propose) -> Result<(), Failure> {
    if !out.exists() {
        return Ok(());
    }
    let same = |other: &Path| other.canonicalize().ok() == out.canonicalize().ok();
    let is_own = args.config.as_deref().is_some_and(same) || args.exchange_log.iter().any(|log| same(log));
    if is_own || !args.force {
        let help = if is_own { "name another file" } else { "name another file, or use `--force`" };
        return Err(Failure::Input(format!("error: `{}` is there already\n = help: {help}", out.display())));
    }
    Ok(())
}
