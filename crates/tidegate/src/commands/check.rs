//! `tidegate check`: the deployment checklist, as a gate in CI.

mod codes;
mod files;
mod join;
mod mend;
mod pages;
mod policies;
mod traffic;
mod watch;

use std::io::IsTerminal as _;
use std::time::Duration;

use checks::{Gate, Known, Options, Verdict};
use domain::Timestamp;
use report::check::Checked;
use spec::diagnostic::Colour;
use spec::inventory::{Front, Inventory, Kind, Rate, Route};

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
    let (inventory, gates) = read(&args.paths, args, args.baseline.as_deref(), now)?;
    files::tell_left_out(&inventory);
    if inventory.operations.is_empty() && !inventory.fronts.is_empty() {
        unspoken(&checks::Facts::new(&inventory, now));
    }
    if let (Some(kind), Some(out)) = (args.export, &args.out) {
        policies::export(kind, &checks::Facts::new(&inventory, now), out, args.force)?;
        return ending(&inventory, false);
    }
    if args.facts {
        let facts = checks::Facts::new(&inventory, now);
        let text = checks::rego::facts_json(&facts).map_err(anyhow::Error::from)?;
        data(&(text + "\n"))?;
        return ending(&inventory, false);
    }
    if args.fix {
        data(&mend::patch(&inventory, now)?)?;
        return ending(&inventory, false);
    }
    judged(args, (&inventory, &gates), now, |checked| {
        if let Some(path) = &args.write_baseline {
            return mend::write_baseline(path, args, checked.inventory, checked.verdict);
        }
        data(&print(checked, args.format))?;
        ending(checked.inventory, fails(checked.verdict, !checked.widened.is_empty(), args.fail_on))
    })?
}

/// What `tidegate check` prints for these arguments: the same files, the same judgement, the same form.
///
/// For `cargo xtask checkbench`, which asks a few hundred times.
///
/// # Errors
/// When an input is not there, or is none.
pub fn told(args: &Check) -> Result<String, Failure> {
    let now = gateway::now();
    let (inventory, gates) = read(&args.paths, args, args.baseline.as_deref(), now)?;
    judged(args, (&inventory, &gates), now, |checked| print(checked, args.format))
}

/// Judges `inventory`, with the gateways in it, and gives what was found to `then`.
fn judged<T>(
    args: &Check,
    (inventory, gates): (&Inventory, &[Gate]),
    now: Timestamp,
    then: impl FnOnce(&Checked<'_>) -> T,
) -> Result<T, Failure> {
    let own = |inventory: &Inventory| match &args.policy {
        Some(folder) => policies::judge(folder, inventory, now),
        None => Ok(Vec::new()),
    };
    let _bound = args.policy.as_ref().map(|_| watch::bound(Duration::from_secs(args.policy_seconds)));
    let mine = own(inventory)?;
    let older =
        args.base.as_ref().map(|base| read(std::slice::from_ref(base), args, None, now)).transpose()?;
    let widened = older.as_ref().map_or_else(Vec::new, |(older, older_gates)| {
        uncompared(older, inventory, (older_gates.is_empty(), gates.is_empty()));
        let mut widened = checks::widenings(older, inventory, now);
        widened.extend(checks::gate_widenings(older_gates, gates, inventory, now));
        checks::told_once(widened)
    });
    let (widened, answered) = checks::answered(inventory, widened, now);
    let known = match &older {
        Some((older, _)) if args.new_only => Some(Known::of(older, own(older)?, now)),
        _ => None,
    };
    let options = Options { strict: args.strict, table: args.records };
    let verdict = checks::judge(inventory, mine, known.as_ref(), options, now);
    Ok(then(&Checked {
        inventory,
        verdict: &verdict,
        widened: &widened,
        answered,
        compared: older.is_some(),
        table: args.records,
        at: now,
    }))
}

/// Everything below `paths`, with the gateways that configurations of ours make.
fn read(
    paths: &[std::path::PathBuf],
    args: &Check,
    baseline: Option<&std::path::Path>,
    now: Timestamp,
) -> Result<(Inventory, Vec<Gate>), Failure> {
    let mut inventory = files::inventory(paths, &args.exclude, &args.traffic, baseline)?;
    let gates = join::join(&mut inventory, now);
    Ok((inventory, gates))
}

/// Says what the older version has nothing of, so that nothing is compared with it.
fn uncompared(older: &Inventory, inventory: &Inventory, (no_gate, no_gate_now): (bool, bool)) {
    let fronts = |inventory: &Inventory| inventory.fronts.iter().any(|front| front.kind != Kind::Tidegate);
    for (missing, what) in [
        (fronts(inventory) && !fronts(older), "proxy or cluster"),
        (no_gate && !no_gate_now, "configuration of Tidegate and no policy"),
    ] {
        if missing {
            say(&format!("tidegate: `--base` holds no {what}: what those here let through is not compared"));
        }
    }
    for name in gone(older, inventory) {
        say(&format!(
            "tidegate: `{name}` of `--base` is not among the files any more: what it kept out is let through \
             now, unless something else keeps it out"
        ));
    }
    if older.has_errors() {
        say("tidegate: some of `--base` could not be judged: what it let through may be more than is known");
    }
}

/// Fronts of the older version that guard or limit something and of which the newer has neither the name
/// nor another one of the product.
fn gone(older: &Inventory, inventory: &Inventory) -> Vec<String> {
    let keeps = |front: &&Front| {
        let kept = |route: &Route| route.auth.asks() || !matches!(route.rate, Rate::Unlimited);
        front.kind != Kind::Tidegate && front.routes.iter().any(kept)
    };
    let there = |front: &Front| inventory.fronts.iter().any(|other| other.kind == front.kind);
    let gone = older.fronts.iter().filter(keeps).filter(|front| !there(front));
    gone.map(|front| format!("{} {}", front.kind.word(), front.name)).collect()
}

/// Says how many routes let callers in without a credential while no specification says who may call.
fn unspoken(facts: &checks::Facts<'_>) {
    let open = facts.fronts.iter().flat_map(|front| &front.routes);
    let open = open.filter(|route| route.open && route.outside && !route.open_by_nature);
    let open = open.filter(|route| route.guarded_peer.is_none()).count();
    if open > 0 && facts.operations.is_empty() {
        let routes = if open == 1 { "route is" } else { "routes are" };
        say(&format!(
            "tidegate: no specification is among the files: {open} open {routes} not judged, for nothing says \
             who may call"
        ));
    }
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
        FailOn::Error => verdict.blocks() || verdict.ended() || widened,
        FailOn::Warning => !verdict.told.is_empty() || !verdict.idle.is_empty() || widened,
    }
}

/// A gate stays shut on what cannot be judged, whatever else was found.
fn ending(inventory: &Inventory, fails: bool) -> Outcome {
    let judged = inventory.sources.iter().any(|source| source.kind != Kind::Unrecognised);
    if inventory.has_errors() {
        return Err(Failure::Input("error: some of this could not be judged; see above".into()));
    }
    let serves =
        !(inventory.operations.is_empty() && inventory.fronts.is_empty() && inventory.traffic.is_empty());
    if judged && !serves {
        return Err(Failure::Input(
            "error: no operation and no route stands in these files: nothing was judged\n = help: name the \
             specification, or the configuration of the proxy, gateway or cluster, that serves them"
                .into(),
        ));
    }
    if !judged {
        return Err(Failure::Input(
            "error: nothing here can be judged\n = help: name a specification, or the configuration of a \
             proxy, gateway or cluster; `tidegate check --help` says which are read"
                .into(),
        ));
    }
    Ok(if fails { Ending::Findings } else { Ending::Clean })
}
