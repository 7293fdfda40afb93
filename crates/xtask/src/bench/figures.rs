//! Load, readings and the table.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::inside;
use super::proxies::{Contender, Running, machine};

/// Readings of one load.
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) secs: f64,
    pub(crate) p50_micros: f64,
    pub(crate) p99_micros: f64,
    pub(crate) not_ok: u64,
    pub(crate) cpu_secs: f64,
    pub(crate) peak_kib: u64,
}

impl Load {
    /// CPU seconds of the proxy per 100,000 requests: the published measure.
    fn cpu_per_100k(&self) -> f64 {
        self.cpu_secs * 100_000.0 / self.requests_f64()
    }

    fn requests_f64(&self) -> f64 {
        f64::from(u32::try_from(self.requests).unwrap_or(u32::MAX))
    }
}

/// One contender in one round.
pub(crate) struct Round {
    pub(crate) contender: Contender,
    pub(crate) load: Load,
}

/// Runs wrk on core 1 against `running` for `secs` seconds and reads the proxy's CPU around it.
pub(crate) fn load(
    running: &Running,
    script: &Path,
    work: &Path,
    secs: u32,
    connections: u32,
) -> Result<Load> {
    let before = running.cpu_secs()?;
    let output = Command::new("taskset")
        .args([
            "-c",
            "1",
            "wrk",
            "-t1",
            "-c",
            &connections.to_string(),
            "-d",
            &format!("{secs}s"),
            "--latency",
            "-s",
        ])
        .arg(script)
        .arg(format!("http://127.0.0.1:{}", running.port()))
        .env("TIDEGATE_BENCH_TOKENS", inside(work, "tokens.txt"))
        .output()
        .context("run wrk")?;
    let cpu_secs = running.cpu_secs()? - before;
    let talk = String::from_utf8_lossy(&output.stdout);
    let line = talk.lines().find_map(|line| line.strip_prefix("figures "));
    let line = line.with_context(|| {
        format!("wrk printed no figures:\n{talk}{}", String::from_utf8_lossy(&output.stderr))
    })?;
    let numbers: Vec<u32> = line.split(' ').filter_map(|number| number.parse().ok()).collect();
    let [requests, micros, p50, p99, not_ok, errors] = numbers.as_slice() else {
        anyhow::bail!("wrk's figures are incomplete: {line}");
    };
    running.count(u64::from(*requests));
    Ok(Load {
        requests: u64::from(*requests),
        secs: f64::from(*micros) / 1e6,
        p50_micros: f64::from(*p50),
        p99_micros: f64::from(*p99),
        not_ok: u64::from(*not_ok) + u64::from(*errors),
        cpu_secs,
        peak_kib: running.peak_kib()?,
    })
}

/// Prints machine, disk, medians and ratios.
#[expect(clippy::print_stdout, reason = "the figures are the data of this command")]
pub(crate) fn print(rounds: &[Round], work: &Path) -> Result<()> {
    let (disk50, disk99) = disk(work)?;
    println!("machine: {}", machine());
    println!("disk: fdatasync of 4 KiB appends p50 {disk50:.0} µs, p99 {disk99:.0} µs");
    println!("load: {} token holders, each reading the own record; every answer 200\n", super::HOLDERS);
    println!(
        "{:<24} {:>9} {:>8} {:>8} {:>13} {:>9} {:>9} {:>8}",
        "", "req/s", "p50 µs", "p99 µs", "CPU s/100k", "x nginx", "x bare", "MiB"
    );
    let of = |contender: Contender, read: fn(&Load) -> f64| median(rounds, contender, read);
    let nginx = of(Contender::Nginx, Load::cpu_per_100k);
    let bare = of(Contender::Bare, Load::cpu_per_100k);
    for contender in Contender::all() {
        let cpu = of(contender, Load::cpu_per_100k);
        println!(
            "{:<24} {:>9.0} {:>8.0} {:>8.0} {:>13.2} {:>9.2} {:>9.2} {:>8.0}",
            contender.word(),
            of(contender, |load| load.requests_f64() / load.secs),
            of(contender, |load| load.p50_micros),
            of(contender, |load| load.p99_micros),
            cpu,
            cpu / nginx,
            cpu / bare,
            of(contender, |load| f64::from(u32::try_from(load.peak_kib).unwrap_or(u32::MAX)) / 1024.0),
        );
    }
    Ok(())
}

fn median(rounds: &[Round], contender: Contender, read: fn(&Load) -> f64) -> f64 {
    let mut values: Vec<f64> =
        rounds.iter().filter(|round| round.contender == contender).map(|round| read(&round.load)).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Median and 99th percentile of `fdatasync` after a 4 KiB append, in microseconds.
fn disk(work: &Path) -> Result<(f64, f64)> {
    let mut file =
        std::fs::File::create(inside(work, "disk")).context("make a file for the disk's figures")?;
    let mut micros = Vec::new();
    for _ in 0..500 {
        file.write_all(&[7; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        micros.push(start.elapsed().as_secs_f64() * 1e6);
    }
    micros.sort_by(f64::total_cmp);
    ensure!(micros.len() == 500, "the disk gave no figures");
    let at = |nth: usize| micros.get(nth).copied().unwrap_or(f64::NAN);
    Ok((at(250), at(495)))
}
