//! One case, played through the command and held against what it must tell.

use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Parser as _;
use serde::Deserialize;
use tidegate::cli::{Cli, Command};
use tidegate::exit::Failure;

use super::case::{Case, Files, Known, Sort};

/// What came of a case.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Why it does not count as found.
    pub(crate) missed: Option<String>,
    /// What was told of the twin and should not have been.
    pub(crate) false_told: Vec<String>,
    /// What was told of the fault.
    told: Vec<String>,
}

impl Outcome {
    /// What to say of it.
    pub(crate) fn lines(&self, all: bool) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        if let Some(missed) = &self.missed {
            lines.push(format!("MISSED: {missed}"));
        }
        if all || self.missed.is_some() {
            lines.extend(self.told.iter().map(|told| format!("  told: {told}")));
        }
        lines.extend(self.false_told.iter().map(|told| format!("FALSE: {told}")));
        lines
    }

    /// Whether it is other than its case says.
    pub(crate) fn is_wrong(&self, case: &Case) -> bool {
        self.missed.is_some() != case.missed.is_some() || !self.false_told.is_empty()
    }
}

/// What `--format json` says, as far as the bench asks.
#[derive(Deserialize)]
struct Told {
    judged: bool,
    findings: Vec<Finding>,
    widened: Vec<Widened>,
    faults: Vec<FileFault>,
}

#[derive(Deserialize)]
struct Finding {
    id: String,
    level: String,
    subject: String,
    message: String,
    file: String,
    line: u32,
    /// Operations of a finding that stands for many.
    others: Vec<String>,
}

#[derive(Deserialize)]
struct Widened {
    message: String,
    request: String,
}

#[derive(Deserialize)]
struct FileFault {
    level: String,
    message: String,
    file: String,
    line: u32,
}

/// Plays `case` in `folder`.
pub(crate) fn judge(case: &Case, folder: &Path) -> Result<Outcome> {
    let part = |name: &str, files: &Files| -> Result<std::path::PathBuf> {
        let part = folder.join(name);
        write(&part, files)?;
        Ok(part)
    };
    let (fault, twin) = (part("fault", &case.fault)?, part("twin", &case.twin)?);
    let base = (case.sort == Sort::Widening).then(|| part("base", &case.base)).transpose()?;
    let of_fault = tell(case, &fault, base.as_deref())?;
    let of_twin = tell(case, &twin, base.as_deref())?;
    let (missed, false_told) = match case.sort {
        Sort::Fault => (missed_fault(case, &of_fault), false_findings(case, &of_twin)),
        Sort::Widening => (missed_widening(case, &of_fault), false_widenings(&of_twin)),
    };
    let told = match case.sort {
        Sort::Fault => of_fault.findings.iter().filter(|one| one.is_blocker()).map(Finding::shown).collect(),
        Sort::Widening => of_fault.widened.iter().map(Widened::shown).collect(),
    };
    Ok(Outcome { missed, false_told, told })
}

fn write(folder: &Path, files: &Files) -> Result<()> {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).context("make a folder for a case")?;
        std::fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// `tidegate check FOLDER --format json`, without a process of its own.
fn tell(case: &Case, folder: &Path, base: Option<&Path>) -> Result<Told> {
    let mut line: Vec<std::ffi::OsString> =
        ["tidegate", "check", "--format", "json"].iter().map(Into::into).collect();
    line.push(folder.into());
    if let Some(base) = base {
        line.extend(["--base".into(), base.into()]);
    }
    if let Some(traffic) = &case.traffic {
        line.extend(["--traffic".into(), folder.join(traffic).into()]);
    }
    let cli = Cli::try_parse_from(line).context("read our own command line")?;
    let Command::Check(args) = cli.command else { bail!("not `check`") };
    let text = match tidegate::commands::check::told(&args) {
        Ok(text) => text,
        Err(Failure::Usage(said) | Failure::Input(said)) => bail!("{}: {said}", folder.display()),
        Err(Failure::Ours(error)) => return Err(error),
    };
    let mut told: Told = serde_json::from_str(&text).context("read what was told")?;
    let prefix = format!("{}/", folder.display());
    for file in told
        .findings
        .iter_mut()
        .flat_map(|one| [&mut one.file, &mut one.subject])
        .chain(told.faults.iter_mut().map(|one| &mut one.file))
    {
        *file = file.replacen(&prefix, "", 1);
    }
    Ok(told)
}

fn missed_fault(case: &Case, told: &Told) -> Option<String> {
    let of_check: Vec<&Finding> = told.findings.iter().filter(|one| one.id == case.check).collect();
    let of_subject: Vec<&&Finding> = of_check.iter().filter(|one| one.is_of(&case.subject)).collect();
    let (file, line) = &case.place;
    if of_subject.iter().any(|one| one.file == *file && one.line == *line) {
        None
    } else if !of_subject.is_empty() {
        Some(format!("{} is told at another line than {file}:{line}", case.check))
    } else if !of_check.is_empty() {
        Some(format!("{} is told of another operation than {}", case.check, case.subject))
    } else if told.judged {
        Some(format!("{} is not told of {}", case.check, case.subject))
    } else {
        Some(format!("cannot be judged: {}", told.unread()))
    }
}

/// Blockers of the twin, and what could not be judged in it.
fn false_findings(case: &Case, told: &Told) -> Vec<String> {
    let known = |one: &Finding| case.known.as_ref().is_some_and(|known| is_known(case, known, one));
    let wrong = |one: &&Finding| (one.is_blocker() || one.id == case.check) && !known(one);
    let mut shown: Vec<String> = told.findings.iter().filter(wrong).map(Finding::shown).collect();
    if !told.judged {
        shown.extend(told.faults.iter().map(FileFault::shown));
    }
    shown
}

/// Whether `finding` of the twin is the blocker that the base has.
fn is_known(case: &Case, known: &Known, finding: &Finding) -> bool {
    let lines = case.twin.get(&finding.file).map(|text| text.lines().zip(1_u32..));
    let first = |wanted: &str| lines.into_iter().flatten().find(|(line, _)| line.contains(wanted));
    known.check == finding.id
        && known.subject == finding.subject
        && known.text.as_ref().is_none_or(|text| first(text).is_some_and(|(_, line)| line == finding.line))
}

fn missed_widening(case: &Case, told: &Told) -> Option<String> {
    if !told.judged {
        return Some(format!("cannot be judged: {}", told.unread()));
    }
    let said: Vec<&Widened> = told.widened.iter().filter(|one| one.message.contains(&case.say)).collect();
    if said.is_empty() {
        return Some(format!("nobody says `{}`", case.say));
    }
    let shows = |one: &&Widened| one.request.lines().any(|line| line.contains(&case.request));
    (!said.iter().any(shows)).then(|| format!("no request has `{}`", case.request))
}

fn false_widenings(told: &Told) -> Vec<String> {
    let mut shown: Vec<String> = told.widened.iter().map(Widened::shown).collect();
    if !told.judged {
        shown.extend(told.faults.iter().map(FileFault::shown));
    }
    shown
}

impl Told {
    /// What could not be read.
    fn unread(&self) -> String {
        self.faults.iter().map(FileFault::shown).collect::<Vec<_>>().join("; ")
    }
}

impl Finding {
    fn is_of(&self, subject: &str) -> bool {
        self.subject == subject || self.others.iter().any(|other| other == subject)
    }

    fn is_blocker(&self) -> bool {
        self.level == "error"
    }

    fn shown(&self) -> String {
        format!("{} {} ({}:{}): {}", self.id, self.subject, self.file, self.line, self.message)
    }
}

impl Widened {
    fn shown(&self) -> String {
        format!("{} [{}]", self.message, self.request.lines().collect::<Vec<_>>().join(" / "))
    }
}

impl FileFault {
    fn shown(&self) -> String {
        format!("{}: {}:{} {}", self.level, self.file, self.line, self.message)
    }
}
