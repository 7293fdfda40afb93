//! `tidegate check`: the deployment checklist, as a gate in CI.

mod files;
mod mend;
mod pages;
mod policies;
mod traffic;
mod watch;

use std::io::IsTerminal as _;

use checks::{Options, Verdict};
use domain::Timestamp;
use report::check::Checked;
use spec::diagnostic::Colour;
use spec::inventory::{Inventory, Kind};

use crate::cli::{Check, CheckFormat, FailOn};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Runs `tidegate check`.
///
/// # Errors
/// When something cannot be judged (exit code 2), after everything else was told.
pub fn run(args: &Check) -> Outcome {
    if args.list {
        return pages::list(args.format);
    }
    if let Some(id) = &args.page {
        return pages::page(id);
    }
    let now = gateway::now();
    let inventory = files::inventory(&args.paths, &args.traffic, args.baseline.as_deref())?;
    if let (Some(kind), Some(out)) = (args.export, &args.out) {
        policies::export(kind, &checks::Facts::new(&inventory, now), out)?;
        return ending(&inventory, false);
    }
    if args.facts {
        let facts = checks::Facts::new(&inventory, now);
        let text = checks::rego::facts_json(&facts).map_err(anyhow::Error::from)?;
        data(&(text + "\n"))?;
        return ending(&inventory, false);
    }
    if args.fix {
        data(&mend::patch(&inventory, now))?;
        return ending(&inventory, false);
    }
    let options = Options { strict: args.strict, table: args.records };
    let mut findings = checks::check(&inventory, options, now);
    if let Some(folder) = &args.policy {
        let _bound = watch::bound(std::time::Duration::from_secs(args.policy_seconds));
        findings.extend(policies::judge(folder, &inventory, now)?);
        // A form that is cut must not lose a blocker to a warning.
        findings.sort_by_key(|finding| !finding.is_blocker());
    }
    let older = args.base.as_deref().map(|base| older(base, args)).transpose()?;
    let widened = older.as_ref().map(|older| checks::widenings(older, &inventory, now)).unwrap_or_default();
    if let (Some(older), true) = (&older, args.new_only) {
        let known = identities(older, options, now);
        findings.retain(|finding| !known.contains(&identity(finding)));
    }
    let verdict = checks::suppress(&inventory, findings, now);
    if let Some(path) = &args.write_baseline {
        return mend::write_baseline(path, args, &inventory, &verdict);
    }
    let checked = Checked {
        inventory: &inventory,
        verdict: &verdict,
        widened: &widened,
        compared: older.is_some(),
        table: args.records,
        at: now,
    };
    data(&print(&checked, args.format))?;
    ending(&inventory, fails(&verdict, !widened.is_empty(), args.fail_on))
}

fn older(base: &std::path::Path, args: &Check) -> Result<Inventory, Failure> {
    files::inventory(&[base.to_owned()], &args.traffic, None)
}

/// What tells a finding from others, whatever folder its file stands in.
fn identity(finding: &checks::Finding) -> (&'static str, std::sync::Arc<str>) {
    (finding.check.id, finding.subject.clone())
}

fn identities(
    older: &Inventory,
    options: Options,
    now: Timestamp,
) -> std::collections::HashSet<(&'static str, std::sync::Arc<str>)> {
    checks::check(older, options, now).iter().map(identity).collect()
}

fn print(checked: &Checked<'_>, format: CheckFormat) -> String {
    match format {
        CheckFormat::Text => report::check::text(checked, colour()),
        CheckFormat::Json => report::check::json(checked),
        CheckFormat::Sarif => report::check::sarif(checked),
        CheckFormat::Junit => report::check::junit(checked),
        CheckFormat::Github => report::check::github(checked),
        CheckFormat::Gitlab => report::check::gitlab(checked),
        CheckFormat::Markdown => report::check::markdown(checked),
    }
}

/// Colours only for a terminal whose user did not set `NO_COLOR` (no-color.org).
fn colour() -> Colour {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if std::io::stdout().is_terminal() && !unwanted { Colour::Always } else { Colour::Never }
}

fn fails(verdict: &Verdict<'_>, widened: bool, from: FailOn) -> bool {
    match from {
        FailOn::Never => false,
        FailOn::Error => verdict.blocks() || widened,
        FailOn::Warning => !verdict.told.is_empty() || !verdict.idle.is_empty() || widened,
    }
}

/// A gate stays shut on what cannot be judged, whatever else was found.
fn ending(inventory: &Inventory, fails: bool) -> Outcome {
    let judged = inventory.sources.iter().any(|source| source.kind != Kind::Unrecognised);
    if inventory.has_errors() {
        return Err(Failure::Input("error: some of this could not be judged; see above".into()));
    }
    if !judged {
        return Err(Failure::Input(
            "error: nothing here can be judged\n = help: name a specification, or the configuration of a \
             proxy, gateway or cluster; `tidegate check --help` says which are read"
                .into(),
        ));
    }
    if inventory.operations.is_empty() && inventory.fronts.is_empty() && inventory.traffic.is_empty() {
        say("tidegate: no operation and no route stands in these files");
    }
    Ok(if fails { Ending::Findings } else { Ending::Clean })
}
