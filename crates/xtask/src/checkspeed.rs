//! `cargo xtask checkspeed`: what `tidegate check` costs as a command, beside Spectral with its OWASP
//! ruleset.
//!
//! The release binary is run as a process on made documents: a specification of 3 MB with 300 operations
//! in YAML and in JSON, and a folder of 1,000 documents. The contenders take turns within each round.
//! A run that did not judge what it was given fails the command; so does a mark that is missed by the
//! least wall time (the machine may be shared: the median is printed beside it) or by any memory.

mod made;
mod many;
mod spectral;
mod written;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::measured::{self, Reading, least_and_median};
use made::Made;
use spectral::Spectral;

/// Operations of the large specification.
const OPERATIONS: usize = 300;
/// Its least size, in bytes.
const BYTES: usize = 3_000_000;
/// Mark for it: the whole command, in milliseconds and MiB.
const MARK_ONE: (f64, f64) = (150.0, 100.0);
/// Documents in the folder.
const DOCUMENTS: usize = 1_000;
/// Mark for the folder, in milliseconds.
const MARK_MANY: f64 = 10_000.0;
/// Ours about who may call, as [`spectral::OF_AUTHORIZATION`] names theirs.
const OF_AUTHORIZATION: [&str; 12] = [
    "ACH-001", "ACH-002", "ACH-003", "ACH-004", "ACH-005", "ACH-008", "ACH-009", "ACH-010", "ACH-011",
    "ACH-014", "ACH-015", "ACH-101",
];

/// How it is run.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// Rounds of ours on one specification; the folder and Spectral take a third of them.
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Leave Spectral out.
    #[arg(long)]
    without_spectral: bool,
    /// Only write the documents, and say where.
    #[arg(long)]
    only_documents: bool,
}

/// Reads what a contender wrote: findings, and those about authorization.
type Judged = dyn Fn(&Path) -> Result<(usize, usize)>;

/// A contender on one document or folder.
struct Row {
    name: String,
    command: Box<dyn Fn() -> Command>,
    /// Runs in every third round only.
    slow: bool,
    /// Milliseconds and MiB that it may take.
    mark: Option<(f64, f64)>,
    /// Reads what it wrote: findings, findings about authorization.
    judged: Box<Judged>,
    operations: usize,
    readings: Vec<Reading>,
    found: (usize, usize),
}

/// Makes the documents, runs every contender in turn, prints the table.
///
/// # Errors
/// When a run fails or judges less than it was given, or a mark is missed.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    let root = crate::tidy::root()?;
    let work = root.join("target/checkspeed");
    let documents = documents(&work)?;
    if settings.only_documents {
        println!("{}", work.display());
        return Ok(());
    }
    let build = ["build", "--release", "--quiet", "-p", "tidegate"];
    let built = Command::new("cargo").args(build).current_dir(&root).status().context("run cargo")?;
    ensure!(built.success(), "tidegate does not build");
    let mut rows = ours(&root.join("target/release/tidegate"), &documents);
    if !settings.without_spectral {
        match Spectral::install(&work.join("spectral"))? {
            Some(spectral) => rows.extend(theirs(spectral, &documents)),
            None => eprintln!("checkspeed: npm is not here (Debian: nodejs, npm); Spectral is left out"),
        }
    }
    let out = work.join("out.json");
    for round in 0..settings.rounds.max(1) {
        for row in rows.iter_mut().filter(|row| !row.slow || round % 3 == 0) {
            let reading = measured::run(&mut (row.command)(), &out, &[0, 1]);
            row.readings.push(reading.with_context(|| row.name.clone())?);
            row.found = (row.judged)(&out).with_context(|| row.name.clone())?;
        }
    }
    print(&rows, &documents);
    let missed: Vec<&str> = rows.iter().filter(|row| row.misses()).map(|row| row.name.as_str()).collect();
    ensure!(missed.is_empty(), "marks are missed: {}", missed.join(", "));
    Ok(())
}

/// What was made.
struct Documents {
    yaml: PathBuf,
    json: PathBuf,
    /// The folder, its operations and its bytes.
    folder: PathBuf,
    operations: usize,
    bytes: usize,
}

fn documents(work: &Path) -> Result<Documents> {
    let folder = work.join("folder");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).with_context(|| format!("write {}", path.display()))
    };
    let (yaml, json) = (work.join("large.yaml"), work.join("large.json"));
    write(&yaml, &large(written::yaml))?;
    write(&json, &large(|tree| serde_json::to_string_pretty(tree).unwrap_or_default()))?;
    let (mut operations, mut bytes) = (0, 0);
    for nth in 0..DOCUMENTS {
        let document = many::document(nth);
        write(&folder.join(&document.name), &document.text)?;
        operations += document.operations;
        bytes += document.text.len();
    }
    Ok(Documents { yaml, json, folder, operations, bytes })
}

/// The large specification as `written`: with the shortest descriptions that bring it to 3 MB.
fn large(written: impl Fn(&Value) -> String) -> String {
    let mut words = 40;
    loop {
        let made = Made {
            seed: 4,
            collections: OPERATIONS / made::PER_COLLECTION,
            words,
            ending: "",
            host: "api.example.com",
            version: "3.1.0",
        };
        let text = written(&made::specification(made));
        if text.len() >= BYTES {
            return text;
        }
        // A word and its blank have about five bytes.
        words += 1 + (BYTES - text.len()) / (OPERATIONS * 6);
    }
}

fn ours(program: &Path, documents: &Documents) -> Vec<Row> {
    let row = |name: &str, path: &Path, args: &'static [&'static str], mark, expected: (usize, usize)| {
        let (program, path) = (program.to_owned(), path.to_owned());
        let command = move || {
            let mut command = Command::new(&program);
            command.arg("check").arg(&path).args(["--format", "json"]).args(args);
            command
        };
        let judged = move |out: &Path| our_findings(out, expected);
        Row {
            name: name.to_owned(),
            command: Box::new(command),
            slow: expected.0 > 1,
            mark,
            judged: Box::new(judged),
            operations: expected.1,
            readings: Vec::new(),
            found: (0, 0),
        }
    };
    let one = (1, OPERATIONS);
    vec![
        row("tidegate check, YAML", &documents.yaml, &[], Some(MARK_ONE), one),
        row("tidegate check, JSON", &documents.json, &[], Some(MARK_ONE), one),
        row("tidegate check --strict, YAML", &documents.yaml, &["--strict"], Some(MARK_ONE), one),
        row(
            "tidegate check, 1,000 documents",
            &documents.folder,
            &[],
            Some((MARK_MANY, f64::INFINITY)),
            (DOCUMENTS, documents.operations),
        ),
    ]
}

fn theirs(spectral: Spectral, documents: &Documents) -> Vec<Row> {
    let spectral = std::rc::Rc::new(spectral);
    [("Spectral, YAML", &documents.yaml), ("Spectral, JSON", &documents.json)]
        .map(|(name, path)| {
            let (spectral, path) = (spectral.clone(), path.clone());
            let judged = |out: &Path| {
                let rules = spectral::findings(out)?;
                let about = spectral::OF_AUTHORIZATION.iter().filter_map(|rule| rules.get(*rule)).sum();
                Ok((rules.values().sum(), about))
            };
            Row {
                name: name.to_owned(),
                command: Box::new(move || spectral.lint(&path)),
                slow: true,
                mark: None,
                judged: Box::new(judged),
                operations: OPERATIONS,
                readings: Vec::new(),
                found: (0, 0),
            }
        })
        .into()
}

/// What ours wrote to `out`: findings, and those about authorization.
///
/// # Errors
/// When it did not judge `expected` files and operations, all of them.
fn our_findings(out: &Path, expected: (usize, usize)) -> Result<(usize, usize)> {
    let text = std::fs::read_to_string(out).with_context(|| format!("read {}", out.display()))?;
    let told: Value = serde_json::from_str(&text).context("read what check found")?;
    let number = |pointer: &str| {
        told.pointer(pointer).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
    };
    let judged = (number("/summary/files"), number("/summary/operations"), number("/summary/unjudged"));
    let all = (Some(expected.0), Some(expected.1), Some(0));
    ensure!(judged == all, "files, operations and unjudged places are {judged:?}, not {all:?}");
    let findings = told.pointer("/findings").and_then(Value::as_array).context("find the findings")?;
    let about = |finding: &&Value| {
        finding.get("id").and_then(Value::as_str).is_some_and(|id| OF_AUTHORIZATION.contains(&id))
    };
    Ok((findings.len(), findings.iter().filter(about).count()))
}

impl Row {
    fn misses(&self) -> bool {
        let Some((wall, memory)) = self.mark else { return false };
        let most = self.readings.iter().map(Reading::memory_mib).fold(0.0, f64::max);
        least_and_median(&self.readings, Reading::wall_ms).0 >= wall || most >= memory
    }
}

fn print(rows: &[Row], documents: &Documents) {
    println!("machine: {}", crate::bench::machine());
    println!("one specification of 3 MB with {OPERATIONS} operations; a folder of {DOCUMENTS} documents,");
    println!(
        "{} operations, {:.1} MB; least and median over the runs\n",
        documents.operations,
        megabytes(documents.bytes)
    );
    println!(
        "{:<32} {:>5} {:>17} {:>17} {:>9} {:>9} {:>8} {:>14}  mark",
        "", "runs", "wall ms", "CPU ms", "MiB", "findings", "per op.", "authorization"
    );
    for row in rows {
        let (wall, middle) = least_and_median(&row.readings, Reading::wall_ms);
        let (cpu, cpu_middle) = least_and_median(&row.readings, Reading::cpu_ms);
        let (_, memory) = least_and_median(&row.readings, Reading::memory_mib);
        let (findings, about) = row.found;
        let mark = match row.mark {
            Some(_) if row.misses() => "missed",
            Some(_) => "met",
            None => "",
        };
        println!(
            "{:<32} {:>5} {wall:>8.0} {middle:>8.0} {cpu:>8.0} {cpu_middle:>8.0} {memory:>9.0} {findings:>9} {:>8.2} {about:>14}  {mark}",
            row.name,
            row.readings.len(),
            ratio(findings, row.operations),
        );
    }
    println!("\nabout authorization are, of ours: {}", OF_AUTHORIZATION.join(" "));
    println!("of Spectral's: {}", spectral::OF_AUTHORIZATION.join(" "));
    println!("Spectral is {}", spectral::PACKAGES.join(" with "));
}

fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn megabytes(bytes: usize) -> f64 {
    float(bytes) / 1e6
}

fn ratio(findings: usize, operations: usize) -> f64 {
    float(findings) / float(operations.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_of_the_folder_have_the_sizes_of_real_ones_and_are_the_same_every_time() {
        for nth in 0..200 {
            let document = many::document(nth);
            let size = document.text.len();
            assert!((5_000..=60_000).contains(&size), "{} has {size} bytes", document.name);
            assert_eq!(document.text, many::document(nth).text);
        }
    }
}
