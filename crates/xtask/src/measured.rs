//! One process: how long, how much processor, how much memory, by `wait4`.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use wait4::Wait4 as _;

/// What one run of a command cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// From before it was started until it was gone.
    pub(crate) wall: Duration,
    /// Its processor time, in itself and in the system.
    pub(crate) cpu: Duration,
    /// Its largest resident memory, in bytes.
    pub(crate) memory: u64,
}

/// Runs `command` with its output in `out`.
///
/// # Errors
/// When it cannot be run, or ends otherwise than with one of `codes`.
pub(crate) fn run(command: &mut Command, out: &Path, codes: &[i32]) -> Result<Reading> {
    let program = command.get_program().to_string_lossy().into_owned();
    let stdout = File::create(out).with_context(|| format!("make {}", out.display()))?;
    let talk = out.with_extension("stderr");
    let stderr = File::create(&talk).with_context(|| format!("make {}", talk.display()))?;
    let start = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn();
    let used = child.with_context(|| format!("start {program}"))?.wait4().context("wait for it")?;
    let wall = start.elapsed();
    if !used.status.code().is_some_and(|code| codes.contains(&code)) {
        let said = std::fs::read_to_string(&talk).unwrap_or_default();
        bail!("{program} ended with {}: {}", used.status, said.chars().take(500).collect::<String>());
    }
    Ok(Reading { wall, cpu: used.rusage.utime + used.rusage.stime, memory: used.rusage.maxrss })
}

/// Least and median of what `read` takes from the readings.
pub(crate) fn least_and_median(readings: &[Reading], read: fn(&Reading) -> f64) -> (f64, f64) {
    let mut values: Vec<f64> = readings.iter().map(read).collect();
    values.sort_by(f64::total_cmp);
    let at = |nth: usize| values.get(nth).copied().unwrap_or(f64::NAN);
    (at(0), at(values.len() / 2))
}

impl Reading {
    /// Wall time in milliseconds.
    pub(crate) fn wall_ms(&self) -> f64 {
        self.wall.as_secs_f64() * 1e3
    }

    /// Processor time in milliseconds.
    pub(crate) fn cpu_ms(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3
    }

    /// Memory in MiB.
    pub(crate) fn memory_mib(&self) -> f64 {
        f64::from(u32::try_from(self.memory >> 10).unwrap_or(u32::MAX)) / 1024.0
    }
}
