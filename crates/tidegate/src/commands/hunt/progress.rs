//! How far it is, on a terminal only: bytes of the files as they lie on disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::logs::Log;

/// Less than this is read before anybody looks.
const LEAST_BYTES: u64 = 32 << 20;

/// The bar, and the bytes read so far.
pub(super) struct Progress {
    bar: ProgressBar,
    pub(super) read: Arc<AtomicU64>,
}

impl Progress {
    pub(super) fn new(logs: &[Log]) -> Self {
        let parts = logs.iter().flat_map(|log| &log.parts);
        let bytes: u64 = parts.filter_map(|part| std::fs::metadata(part).ok()).map(|found| found.len()).sum();
        let is_shown = bytes >= LEAST_BYTES && std::io::IsTerminal::is_terminal(&std::io::stderr());
        let bar = if is_shown {
            let style =
                ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta}");
            let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(4));
            style.map_or(bar.clone(), |style| bar.with_style(style))
        } else {
            ProgressBar::hidden()
        };
        Self { bar, read: Arc::default() }
    }

    /// To be told now and then.
    pub(super) fn tick(&self) {
        self.bar.set_position(self.read.load(Ordering::Relaxed));
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
