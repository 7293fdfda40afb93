//! A bound on what rules of a user's own may take.
//!
//! Rego always ends, but `numbers.range(1, 10000000000)` ends when the memory does, and the
//! interpreter's own timer does not look inside such a function. So a thread watches from outside and
//! ends the process: the gate stays shut. Nothing else of `check` runs under it; that is bounded by the
//! sizes of what is read.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::exit::say;

/// Most memory that the rules may add to the process, in KiB. Known on Linux only (`VmRSS`, proc(5)).
const MOST_KIB: u64 = 2 << 20;
/// How often it looks.
const EVERY: Duration = Duration::from_millis(20);
/// Exit code of input that cannot be judged.
const UNJUDGED: i32 = 2;

/// Ends the process with exit code 2, unless it is dropped within `limit`.
#[must_use = "dropped, it bounds nothing"]
pub(super) fn bound(limit: Duration) -> Bound {
    let (held, dropped) = channel();
    std::thread::spawn(move || watch(&dropped, limit));
    Bound { _held: held }
}

/// Holds the bound.
pub(super) struct Bound {
    _held: Sender<()>,
}

fn watch(dropped: &Receiver<()>, limit: Duration) {
    let start = Instant::now();
    let before = resident_kib().unwrap_or(0);
    while dropped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        let (wrong, help) = if start.elapsed() >= limit {
            let took = format!("more than {} s", limit.as_secs());
            (took, "make them cheaper, or allow more with `--policy-seconds`")
        } else if resident_kib().is_some_and(|now| now.saturating_sub(before) > MOST_KIB) {
            (format!("more than {} GiB of memory", MOST_KIB >> 20), "make them cheaper, or check fewer files")
        } else {
            continue;
        };
        say(&format!("error: the rules of `--policy` take {wrong}; nothing is judged\n = help: {help}"));
        std::process::exit(UNJUDGED);
    }
}

/// Resident memory of this process.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().split(' ').next()?.parse().ok()
}
