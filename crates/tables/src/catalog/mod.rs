//! Writes the tables of the crate `catalog`: ids, names and links, no sentence.
//!
//! Sources: `attack/` and `d3fend/` of the data. The links of CWE to CAPEC, and its categories, stand in
//! neither; they come from CWE's own XML (`--cwe`), and without it they stay as they are committed.

mod attack;
mod cwe;
mod d3fend;
pub mod turtle;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::data;

/// What the chore needs to know.
#[derive(Debug, Default, clap::Args)]
pub struct Settings {
    /// The folder of the data; `../shared/data` from the root of the tree if it is not given.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// CWE as MITRE publishes it (XML), for the links to CAPEC and the categories.
    #[arg(long, value_name = "FILE")]
    pub cwe: Option<PathBuf>,
    /// Compares instead of writing, and fails on a difference.
    #[arg(long)]
    pub check: bool,
}

/// The files that the tables are made from, below the data.
const SOURCES: [&str; 5] = [
    "attack/techniques.jsonl",
    "attack/tactics.jsonl",
    "attack/mitigations.jsonl",
    "attack/procedures.jsonl",
    "d3fend/d3fend-protege.ttl",
];
/// The table that is made from `--cwe` and otherwise kept.
const KEPT: &str = "cwe-capec.tsv";

/// The folder of the committed tables.
pub fn home() -> Result<PathBuf> {
    Ok(data::root()?.join("crates/catalog/data"))
}

/// Makes the tables and writes or compares them.
pub fn run(settings: &Settings) -> Result<()> {
    let Some(folder) = data::folder(settings.data.as_deref()) else {
        bail!("no data at ../shared/data from the root of the tree; name its folder with --data");
    };
    let home = home()?;
    let tables = make(&folder, &home, settings.cwe.as_deref())?;
    if settings.check {
        let stale = differences(&tables, &home)?;
        if !stale.is_empty() {
            bail!("{} differ from what the data gives; run `cargo xtask catalog`", stale.join(", "));
        }
        println!("catalog: {} tables are what the data gives", tables.len());
        return Ok(());
    }
    for (name, text) in &tables {
        std::fs::write(home.join(name), text).with_context(|| format!("write {name}"))?;
        println!("{name}: {} rows, {} bytes", text.lines().count(), text.len());
    }
    Ok(())
}

/// Every table by its file name, the manifest among them.
pub fn make(folder: &Path, home: &Path, cwe_xml: Option<&Path>) -> Result<BTreeMap<&'static str, String>> {
    let mut tables = attack::tables(folder)?;
    let ontology = d3fend::Ontology::read(&folder.join("d3fend/d3fend-protege.ttl"))?;
    tables.extend(ontology.tables()?);
    let kept = match cwe_xml {
        Some(path) => cwe::links(path)?,
        None => data::text(&home.join(KEPT))?,
    };
    tables.insert("cwe.tsv", cwe::table(&ontology.weaknesses(), &kept)?);
    tables.insert(KEPT, kept);
    let manifest = manifest(&tables, folder)?;
    tables.insert("MANIFEST.tsv", manifest);
    Ok(tables)
}

/// Names of the tables whose committed text is another one.
pub fn differences(tables: &BTreeMap<&'static str, String>, home: &Path) -> Result<Vec<&'static str>> {
    let mut stale = Vec::new();
    for (name, text) in tables {
        if data::text(&home.join(name))? != *text {
            stale.push(*name);
        }
    }
    Ok(stale)
}

/// Rows, bytes and digest of each table and of all together; digests of the sources.
fn manifest(tables: &BTreeMap<&'static str, String>, folder: &Path) -> Result<String> {
    let mut lines = String::new();
    let mut all = String::new();
    let mut line = |what: &str, text: &str| {
        let rows = text.lines().count();
        lines.push_str(&format!("{what}\t{rows}\t{}\t{}\n", text.len(), data::digest(text.as_bytes())));
    };
    for (name, text) in tables {
        line(name, text);
        all.push_str(text);
    }
    line("all", &all);
    for name in SOURCES {
        line(&format!("source {name}"), &data::text(&folder.join(name))?);
    }
    Ok(lines)
}

/// Puts cells into a row; a cell with a tab or a line break would break the table.
fn row(cells: &[&str]) -> Result<String> {
    if let Some(cell) = cells.iter().find(|cell| cell.contains(['\t', '\n', '\r'])) {
        bail!("a cell holds a tab or a line break: {cell:?}");
    }
    Ok(format!("{}\n", cells.join("\t")))
}
