//! What `check` writes: a patch to review, and a baseline.

use std::path::Path;

use anyhow::Context as _;
use checks::Verdict;
use domain::Timestamp;
use serde_json::json;
use spec::inventory::Inventory;

use crate::cli::Check;
use crate::exit::{Ending, Failure, Outcome, data, say};

/// The declarations that can be inferred, as a unified diff of every file that they belong to.
pub(super) fn patch(inventory: &Inventory, now: Timestamp) -> String {
    let mut out = String::new();
    for mended in checks::mend(inventory, now) {
        let Some(source) = inventory.source(mended.source) else { continue };
        let name = &source.name;
        out.push_str(
            &similar::TextDiff::from_lines(&*source.text, &mended.text)
                .unified_diff()
                .context_radius(3)
                .header(&format!("a/{name}"), &format!("b/{name}"))
                .to_string(),
        );
    }
    if out.is_empty() {
        say("tidegate: nothing can be inferred here");
    } else {
        say("tidegate: this is a proposal; read every line, then `git apply` it");
    }
    out
}

/// Writes what was found to a baseline for which somebody answers.
pub(super) fn write_baseline(
    path: &Path,
    args: &Check,
    inventory: &Inventory,
    verdict: &Verdict<'_>,
) -> Outcome {
    let (Some(reason), Some(owner), Some(expires)) = (&args.reason, &args.owner, &args.expires) else {
        return Err(Failure::Usage("a baseline needs `--reason`, `--owner` and `--expires`".into()));
    };
    let until = Timestamp::parse_expiry(expires).map_err(Failure::Usage)?;
    if until <= gateway::now() {
        return Err(Failure::Usage(format!("`--expires {expires}` is past")));
    }
    if ![reason, owner].into_iter().all(|text| spec::reading::says_something(text)) {
        return Err(Failure::Usage("`--reason` and `--owner` must say something".into()));
    }
    let rows: Vec<_> = verdict
        .each
        .iter()
        .map(|one| {
            let file = inventory.source(one.source).map(|source| source.name.clone()).unwrap_or_default();
            json!({
                "check": one.check, "subject": one.subject, "file": file,
                "reason": reason, "owner": owner, "expires": expires,
            })
        })
        .collect();
    let number = rows.len();
    let text = serde_json::to_string_pretty(&json!({ "tidegate-baseline": 1, "findings": rows }))
        .context("write the baseline")?;
    std::fs::write(path, text + "\n").with_context(|| format!("write {}", path.display()))?;
    data(&format!("{number} findings are answered for until {expires} in {}\n", path.display()))?;
    if inventory.has_errors() {
        return Err(Failure::Input(
            "error: some of this could not be judged, and no baseline answers for that\n = help: run without \
             `--write-baseline` to see what"
                .into(),
        ));
    }
    Ok(Ending::Clean)
}
