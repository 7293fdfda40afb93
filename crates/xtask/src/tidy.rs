//! Checks on the tree that the compiler does not make.
//!
//! - arrows point inwards: a crate depends only on its own ring or a ring further in;
//! - rings 0 and 1 name no clock, socket, file, runtime or randomness (DESIGN.md section 6);
//! - only `net` names hyper and rustls;
//! - every dependency in the workspace has its reason on the same line;
//! - licences of all dependencies are permissive;
//! - a source file over 500 lines carries `// long:` with its reason near the top;
//! - nothing is left for later in the code.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The rooms from the inside out. A crate may depend on its own ring and on rings before it.
const RINGS: &[&[&str]] = &[
    &["domain", "catalog"],
    &[
        "reading",
        "spec",
        "policy",
        "meter",
        "detect",
        "events",
        "sigma",
        "checks",
        "intel",
        "ledger",
        "respond",
        "suggest",
        "learn",
        "hunt",
        "report",
        "countermeasures",
        "stix",
        "graph",
    ],
    &["net", "store", "gateway", "prober", "console", "telemetry", "alert"],
    &["tidegate"],
];
/// Beside the house: what tests and chores use. `tidegate demo` is built on `testkit`.
const BESIDE: &[&str] = &["testkit", "tables", "xtask"];

const PURE_FORBIDS: &[&str] = &[
    "tokio::",
    "hyper::",
    "rusqlite",
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::env",
    "std::thread",
    "getrandom",
    "jiff::Zoned::now",
    "Timestamp::now",
];
const PERMISSIVE: &[&str] = &[
    "Apache-2.0",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "0BSD",
    "OpenSSL",
    "Apache-2.0 WITH LLVM-exception",
    "CDLA-Permissive-2.0",
    "MIT-0",
    "bzip2-1.0.6",
    "BSL-1.0",
];

/// Runs every check and lists all faults at once.
pub(crate) fn run() -> Result<()> {
    let root = root()?;
    let mut faults = Vec::new();
    rings(&root, &mut faults)?;
    sources(&root, &mut faults)?;
    reasons(&root, &mut faults)?;
    licences(&root, &mut faults)?;
    if faults.is_empty() {
        println!("tidy: the house is in order");
        return Ok(());
    }
    for fault in &faults {
        eprintln!("tidy: {fault}");
    }
    bail!("{} faults", faults.len())
}

/// The root of the checkout, two folders above this crate.
pub(crate) fn root() -> Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(here.parent().and_then(Path::parent).context("find the root of the tree")?.to_owned())
}

fn ring_of(name: &str) -> Option<usize> {
    RINGS.iter().position(|ring| ring.contains(&name))
}

fn metadata(root: &Path) -> Result<Value> {
    let output = Command::new("cargo")
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root)
        .output()
        .context("run cargo metadata")?;
    serde_json::from_slice(&output.stdout).context("read cargo metadata")
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn rings(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let metadata = metadata(root)?;
    let ours: Vec<&Value> = list(&metadata, "packages")
        .filter(|package| package.get("source").is_none_or(Value::is_null))
        .collect();
    for package in &ours {
        let name = text(package, "name");
        let Some(ring) = ring_of(name) else {
            if !BESIDE.contains(&name) {
                faults.push(format!(
                    "crate `{name}` has no ring; add it to RINGS in xtask/src/tidy.rs and to ARCHITECTURE.md"
                ));
            }
            continue;
        };
        for dependency in list(package, "dependencies") {
            let other = text(dependency, "name");
            let normal = dependency.get("kind").is_none_or(Value::is_null);
            match ring_of(other) {
                Some(outer) if outer > ring => {
                    faults.push(format!("arrow outwards: `{name}` depends on `{other}`"))
                }
                None if normal && other == "testkit" && name != "tidegate" => {
                    faults.push(format!("`{name}` is built on testkit; only the demo may be"));
                }
                _ => {}
            }
            let names_hyper = other.starts_with("hyper") || other.contains("rustls");
            if normal && names_hyper && name != "net" {
                faults.push(format!("`{name}` depends on `{other}`; only `net` names hyper and rustls"));
            }
        }
    }
    Ok(())
}

fn sources(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    for file in rust_files(&root.join("crates"))? {
        let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        let source = std::fs::read_to_string(&file).with_context(|| format!("read {shown}"))?;
        let lines = source.lines().count();
        if lines > 500 && !source.lines().take(60).any(|line| line.trim_start().starts_with("// long:")) {
            faults.push(format!(
                "{shown}: {lines} lines; split it, or say why near the top in a line `// long: reason`"
            ));
        }
        let later = [
            ["TO", "DO"].concat(),
            ["FIX", "ME"].concat(),
            ["todo", "!("].concat(),
            ["#[ig", "nore"].concat(),
        ];
        for (nth, line) in source.lines().enumerate() {
            if let Some(word) = later.iter().find(|word| line.contains(word.as_str())) {
                faults.push(format!("{shown}:{}: `{word}` leaves something for later", nth + 1));
            }
        }
        let crate_name = shown.split('/').nth(1).unwrap_or_default();
        let in_src = shown.split('/').nth(2) == Some("src");
        if in_src && ring_of(crate_name).is_some_and(|ring| ring < 2) {
            let engine = source.split("#[cfg(test)]").next().unwrap_or_default();
            for (nth, line) in engine.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                if let Some(word) = PURE_FORBIDS.iter().find(|word| code.contains(**word)) {
                    faults.push(format!(
                        "{shown}:{}: `{word}` in rings 0 and 1, which know no clock, socket or file",
                        nth + 1
                    ));
                }
            }
        }
    }
    Ok(())
}

fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn reasons(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).context("read Cargo.toml")?;
    let mut inside = false;
    let mut ours = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if line.starts_with("# ---") {
            ours = line.contains("our own rooms");
        } else if inside && !ours && line.contains('=') && !line.contains("#") {
            faults.push(format!("Cargo.toml: no reason beside `{line}`"));
        }
    }
    Ok(())
}

fn licences(root: &Path, faults: &mut Vec<String>) -> Result<()> {
    let metadata = metadata(root)?;
    for package in list(&metadata, "packages") {
        let licence = text(package, "license");
        if !permissive(licence) {
            faults.push(format!("`{}` has the licence `{licence}`", text(package, "name")));
        }
    }
    Ok(())
}

/// Whether an SPDX expression can be met with permissive licences alone: every `AND` part must have
/// one permissive `OR` alternative. Nested parentheses are read as one level, which is what occurs.
fn permissive(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], "");
    !expression.is_empty()
        && (expression
            .split(" OR ")
            .any(|part| part.split(" AND ").all(|one| PERMISSIVE.contains(&one.trim())))
            || expression
                .split(" AND ")
                .all(|part| part.split(" OR ").any(|one| PERMISSIVE.contains(&one.trim()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_permissive_when_every_part_can_be_met() {
        for (expression, expected) in [
            ("MIT", true),
            ("MIT OR Apache-2.0", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0", false),
            ("GPL-2.0 OR MIT", true),
            ("MIT AND AGPL-3.0", false),
            ("ISC AND (Apache-2.0 OR ISC)", true),
            ("", false),
        ] {
            assert_eq!(permissive(expression), expected, "{expression}");
        }
    }
}
