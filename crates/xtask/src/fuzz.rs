//! A bounded, coverage-guided fuzz run on the stable compiler.
//!
//! libFuzzer needs the compiler's coverage counters, and those are plain LLVM options; no nightly and
//! no cargo-fuzz is needed. The targets are `fuzz/fuzz_targets/*.rs`, their seeds `fuzz/seeds/NAME/`.
//! For long runs the same targets work with `cargo fuzz run NAME`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Cdebug-assertions -Coverflow-checks";

/// Builds every target and runs each on `runs` inputs, at most for `seconds`; or only the one called
/// `only`. The seed is fixed, so that a run without a kept corpus gives the same result twice; with
/// `runs` 0 it goes on for `seconds` from a seed of its own.
pub(crate) fn run(runs: u64, seconds: u64, only: Option<&str>) -> Result<()> {
    let root = crate::tidy::root()?;
    let folder = root.join("fuzz");
    let target_dir = root.join("target/fuzz");
    let host = "x86_64-unknown-linux-gnu";
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--target", host])
        .current_dir(&folder)
        .env("RUSTFLAGS", COVERAGE)
        .env("CARGO_TARGET_DIR", &target_dir)
        .status()
        .context("run cargo for the fuzz targets")?;
    if !built.success() {
        bail!("the fuzz targets do not build (libFuzzer needs a C++ compiler: Debian package g++)");
    }
    for name in targets(&folder)? {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        one(&folder, &target_dir.join(host).join("release").join(&name), &name, runs, seconds)?;
    }
    Ok(())
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.join("fuzz_targets")).context("list the fuzz targets")? {
        let path = entry?.path();
        if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn one(folder: &Path, binary: &Path, name: &str, runs: u64, seconds: u64) -> Result<()> {
    let corpus = folder.join("corpus").join(name);
    let seeds = folder.join("seeds").join(name);
    std::fs::create_dir_all(&corpus).context("make the corpus folder")?;
    let output = Command::new(binary)
        .arg(&corpus)
        .args(seeds.is_dir().then_some(&seeds))
        .args((runs > 0).then(|| format!("-runs={runs}")))
        .arg(format!("-seed={}", u64::from(runs > 0)))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-max_len=8192", "-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", corpus.display()))
        .output()
        .with_context(|| format!("run fuzz target {name}"))?;
    let talk = String::from_utf8_lossy(&output.stderr);
    let ran = talk
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .map_or("?", str::trim);
    if !output.status.success() {
        eprintln!("{talk}");
        bail!("fuzz target {name} found a fault; its input is in {}", corpus.display());
    }
    if ran.parse::<u64>().unwrap_or(0) < 100 {
        bail!("fuzz target {name} ran {ran} inputs in {seconds} s: it tests nothing, or it hangs");
    }
    println!("fuzz: {name}: {ran} inputs, no fault");
    Ok(())
}
