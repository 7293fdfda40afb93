//! What `check` writes: a patch to review, and a baseline.

use std::path::Path;

use anyhow::Context as _;
use checks::Verdict;
use domain::Timestamp;
use serde_json::json;
use spec::inventory::Inventory;

use crate::cli::Check;
use crate::exit::{Ending, Failure, Outcome, data, say};

/// The declarations that can be inferred, as a unified diff of every file that they belong to, for `git
/// apply` in the folder where this runs. Says on stderr what is left to people.
///
/// # Errors
/// When a file lies where such a patch cannot reach it.
pub(super) fn patch(inventory: &Inventory, now: Timestamp) -> Result<String, Failure> {
    let mend = checks::mend(inventory, now);
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).context("find this folder")?;
    let mut out = String::new();
    let mut placeholders = Vec::new();
    for mended in &mend.files {
        let Some(source) = inventory.source(mended.source) else { continue };
        let name = header(&here, &source.name)?;
        let diff = similar::TextDiff::from_lines(&*source.text, &mended.text);
        let (old, new) = (quoted("a/", &name), quoted("b/", &name));
        out.push_str(&diff.unified_diff().context_radius(3).header(&old, &new).to_string());
        placeholders.extend(mended.placeholders.iter().map(|one| (&source.name, one)));
    }
    if out.is_empty() {
        say("tidegate: nothing is to be declared here: no operation is without intent that can be given one");
    } else {
        say("tidegate: this is a proposal; read every line, then `git apply` it in this folder");
    }
    let lines = placeholders
        .iter()
        .map(|(file, one)| format!("{file}:{}: `{}` needs {}", one.line, one.subject, one.needs))
        .collect();
    named(lines, "of these declarations have something to fill in, and are errors until then");
    let left = mend.left.iter().map(|(subject, at)| {
        let file = inventory.source(at.source).map(|source| source.name.clone()).unwrap_or_default();
        format!("{file}:{}: `{subject}`", at.span.line)
    });
    named(left.collect(), "operations without intent are written in a form that is left to you");
    Ok(out)
}

/// Says how many there are of something, and which.
fn named(lines: Vec<String>, what: &str) {
    const SHOWN: usize = 50;
    if lines.is_empty() {
        return;
    }
    say(&format!("tidegate: {} {what}:", lines.len()));
    lines.iter().take(SHOWN).for_each(|line| say(&format!("  {line}")));
    if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        say(&format!("  and {more} more"));
    }
}

/// The path of a file from the folder `here`, as a patch names it. Links are resolved, for git follows
/// none.
///
/// # Errors
/// When it is not below `here`: `git apply` changes no such file.
fn header(here: &Path, name: &str) -> Result<String, Failure> {
    let real = Path::new(name).canonicalize().map_err(|_| {
        Failure::Input(format!(
            "error: there is no file `{name}` to patch\n = help: `--fix` needs files, not stdin"
        ))
    })?;
    match real.strip_prefix(here).ok().and_then(Path::to_str) {
        Some(path) => Ok(path.to_owned()),
        None => {
            let folder = real.parent().unwrap_or(&real).display();
            let help = format!("run `tidegate check --fix` in `{folder}`, or in a folder around it");
            let wrong =
                format!("error: `{name}` does not lie below this folder, where `git apply` changes files");
            Err(Failure::Input(format!("{wrong}\n = help: {help}")))
        }
    }
}

/// A path in the header of a patch: in quotes where it holds what would end it, and with a tab behind it
/// where it holds a blank, as GNU diff and git write it.
fn quoted(side: &str, path: &str) -> String {
    if path.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7f)) {
        let mut text = format!("\"{side}");
        for c in path.chars() {
            match c {
                '"' | '\\' => text.extend(['\\', c]),
                c if c.is_ascii_control() => text.push_str(&format!("\\{:03o}", u32::from(c))),
                c => text.push(c),
            }
        }
        return text + "\"";
    }
    let tab = if path.contains(' ') { "\t" } else { "" };
    format!("{side}{path}{tab}")
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
