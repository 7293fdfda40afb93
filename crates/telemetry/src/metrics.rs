//! Counters, gauges and histograms as plain atomics.
//!
//! One addition per count: no lock, no allocation, no map. Labels are indices into closed sets, so
//! the number of series is known when the program is compiled.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use domain::{Basis, DetectorId, Mode, RefusalKind};

use crate::{
    ActionWord, AlertReceiver, CallerWord, HeardWord, IncidentWord, KeySetFault, LedgerFault, LedgerKind,
    LostBudgets, OutcomeWord, Success, Table, UpstreamFault, Vouched, Word,
};

static METRICS: Metrics = Metrics::new();

/// The metrics of this process.
#[must_use]
pub fn metrics() -> &'static Metrics {
    &METRICS
}

/// Everything that is counted. [`metrics`] for the process; an own one for tests.
#[derive(Debug)]
pub struct Metrics {
    pub(crate) exchanges: Exchanges,
    pub(crate) refusals: Counts<RefusalKind, 21>,
    pub(crate) would_refuse: Counts<RefusalKind, 21>,
    pub(crate) disclosed_subjects: Counts<Basis, 6>,
    pub(crate) signals: Counts<DetectorId, 14>,
    pub(crate) signal_groups: Count,
    pub(crate) incidents: Counts<IncidentWord, 8>,
    pub(crate) actions: Counts<ActionWord, 6>,
    pub(crate) incidents_kept: AtomicI64,
    /// Exchanges on their way to those who make incidents of signals.
    pub heard: Counts<HeardWord, 3>,
    pub(crate) upstream_failures: Counts<UpstreamFault, 7>,
    pub(crate) key_set_refreshes: Counts<Success, 2>,
    pub(crate) key_set_failures: Counts<KeySetFault, 4>,
    pub(crate) reloads: Counts<Success, 2>,
    pub(crate) hints_confirmed: Counts<Vouched, 2>,
    pub(crate) hints_capped: Count,
    pub(crate) shadow_endpoints: Count,
    pub(crate) proxy_names_nobody: Count,
    pub(crate) policy_errors: Count,
    pub(crate) log_lines_dropped: Count,
    pub(crate) ledger_faults: Counts<LedgerFault, 4>,
    pub(crate) ledger_healthy: AtomicI64,
    pub(crate) ledger_losses: Counts<LostBudgets, 2>,
    pub(crate) alerts_delivered: Counts<AlertReceiver, 3>,
    pub(crate) alerts_failed: Counts<AlertReceiver, 3>,
    pub(crate) alerts_dropped: Counts<AlertReceiver, 3>,
    /// Alerts that wait for their receivers.
    pub alerts_waiting: Gauges<AlertReceiver, 3>,
    /// Ledger entries appended, by kind.
    pub ledger_entries: Counts<LedgerKind, 5>,
    /// Bytes appended to the ledger.
    pub ledger_bytes: Count,
    /// What an exposure waited until it was durable.
    pub ledger_wait: Histogram,
    /// From the complete request sent to the upstream to its complete answer.
    pub upstream_latency: Histogram,
    /// From the complete request to the last byte released.
    pub exchange_latency: Histogram,
    /// Entries in the bounded tables.
    pub tables: Gauges<Table, 10>,
    pub(crate) in_flight: AtomicI64,
}

impl Metrics {
    /// All at zero, the ledger healthy.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "const, for the process-wide static")]
    pub const fn new() -> Self {
        Self {
            exchanges: Exchanges::new(),
            refusals: Counts::new(),
            would_refuse: Counts::new(),
            disclosed_subjects: Counts::new(),
            signals: Counts::new(),
            signal_groups: Count::new(),
            incidents: Counts::new(),
            actions: Counts::new(),
            incidents_kept: AtomicI64::new(1),
            heard: Counts::new(),
            upstream_failures: Counts::new(),
            key_set_refreshes: Counts::new(),
            key_set_failures: Counts::new(),
            reloads: Counts::new(),
            hints_confirmed: Counts::new(),
            hints_capped: Count::new(),
            shadow_endpoints: Count::new(),
            proxy_names_nobody: Count::new(),
            policy_errors: Count::new(),
            log_lines_dropped: Count::new(),
            ledger_faults: Counts::new(),
            ledger_healthy: AtomicI64::new(1),
            ledger_losses: Counts::new(),
            alerts_delivered: Counts::new(),
            alerts_failed: Counts::new(),
            alerts_dropped: Counts::new(),
            alerts_waiting: Gauges::new(),
            ledger_entries: Counts::new(),
            ledger_bytes: Count::new(),
            ledger_wait: Histogram::new(),
            upstream_latency: Histogram::new(),
            exchange_latency: Histogram::new(),
            tables: Gauges::new(),
            in_flight: AtomicI64::new(0),
        }
    }

    /// Counts one exchange as in flight until the answer is dropped.
    #[must_use]
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight { gauge: &self.in_flight }
    }

    /// Exchanges in flight now.
    #[must_use]
    pub fn in_flight(&self) -> i64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How often `outcome` was counted for `caller` in `mode`.
    #[must_use]
    pub fn exchanges(&self, outcome: OutcomeWord, caller: CallerWord, mode: Mode) -> u64 {
        self.exchanges.cell(outcome, caller, mode).map_or(0, |cell| cell.load(Ordering::Relaxed))
    }

    /// How many subjects were disclosed on `basis`.
    #[must_use]
    pub fn disclosed_subjects(&self, basis: Basis) -> u64 {
        self.disclosed_subjects.of(basis)
    }

    /// Everything in the OpenMetrics text format 1.0.
    #[must_use]
    pub fn text(&self) -> String {
        crate::exposition::text(self)
    }
}

/// One exchange in flight; dropping it counts it out, on every path.
#[derive(Debug)]
pub struct InFlight<'a> {
    gauge: &'a AtomicI64,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.gauge.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One counter.
#[derive(Debug)]
pub struct Count(AtomicU64);

impl Count {
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Raises the sum to `total`, which somebody else counted. Never lowers it.
    pub fn raise(&self, total: u64) {
        self.0.fetch_max(total, Ordering::Relaxed);
    }

    /// The sum so far.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One counter per word of a closed set; `N` is the number of words, checked when compiled.
#[derive(Debug)]
pub struct Counts<W, const N: usize> {
    cells: [AtomicU64; N],
    words: PhantomData<fn(W)>,
}

impl<W: Word, const N: usize> Counts<W, N> {
    pub(crate) const fn new() -> Self {
        const { assert!(W::ALL.len() == N, "one counter per word") };
        Self { cells: [const { AtomicU64::new(0) }; N], words: PhantomData }
    }

    /// Adds `n` under `word`.
    pub fn add(&self, word: W, n: u64) {
        if let Some(cell) = self.cells.get(word.index()) {
            cell.fetch_add(n, Ordering::Relaxed);
        }
    }

    /// Raises the sum under `word` to `total`, which somebody else counted. Never lowers it.
    pub fn raise(&self, word: W, total: u64) {
        if let Some(cell) = self.cells.get(word.index()) {
            cell.fetch_max(total, Ordering::Relaxed);
        }
    }

    /// The sum so far under `word`.
    #[must_use]
    pub fn of(&self, word: W) -> u64 {
        self.cells.get(word.index()).map_or(0, |cell| cell.load(Ordering::Relaxed))
    }
}

/// One gauge per word of a closed set.
#[derive(Debug)]
pub struct Gauges<W, const N: usize>(Counts<W, N>);

impl<W: Word, const N: usize> Gauges<W, N> {
    const fn new() -> Self {
        Self(Counts::new())
    }

    /// Sets the value under `word`.
    pub fn set(&self, word: W, value: u64) {
        if let Some(cell) = self.0.cells.get(word.index()) {
            cell.store(value, Ordering::Relaxed);
        }
    }

    /// The value under `word`.
    #[must_use]
    pub fn of(&self, word: W) -> u64 {
        self.0.of(word)
    }
}

/// Exchanges by outcome, caller and mode.
#[derive(Debug)]
pub(crate) struct Exchanges([AtomicU64; 4 * 5 * 3]);

impl Exchanges {
    const fn new() -> Self {
        const {
            assert!(OutcomeWord::ALL.len() * CallerWord::ALL.len() * <Mode as Word>::ALL.len() == 4 * 5 * 3);
        }
        Self([const { AtomicU64::new(0) }; 4 * 5 * 3])
    }

    fn cell(&self, outcome: OutcomeWord, caller: CallerWord, mode: Mode) -> Option<&AtomicU64> {
        let row = outcome.index() * CallerWord::ALL.len() + caller.index();
        self.0.get(row * <Mode as Word>::ALL.len() + mode.index())
    }

    pub(crate) fn add(&self, outcome: OutcomeWord, caller: CallerWord, mode: Mode) {
        if let Some(cell) = self.cell(outcome, caller, mode) {
            cell.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A histogram of durations.
#[derive(Debug)]
pub struct Histogram {
    buckets: [AtomicU64; Self::BOUNDS_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

impl Histogram {
    /// Upper bounds of the buckets in microseconds, 100 µs to 30 s; one more bucket holds the rest.
    pub const BOUNDS_MICROS: [u64; 16] = [
        100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
        5_000_000, 10_000_000, 30_000_000,
    ];

    const fn new() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; Self::BOUNDS_MICROS.len() + 1],
            sum_micros: AtomicU64::new(0),
        }
    }

    /// Counts one duration.
    pub fn observe(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = Self::BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Counts per bucket, not cumulative, the rest last; and the sum in microseconds.
    #[must_use]
    pub fn snapshot(&self) -> ([u64; 17], u64) {
        let mut counts = [0; 17];
        for (count, bucket) in counts.iter_mut().zip(&self.buckets) {
            *count = bucket.load(Ordering::Relaxed);
        }
        (counts, self.sum_micros.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_bucket_that_holds_it() {
        let histogram = Histogram::new();
        for micros in [0, 100, 101, 30_000_000, 30_000_001] {
            histogram.observe(Duration::from_micros(micros));
        }
        let (counts, sum) = histogram.snapshot();
        assert_eq!(counts[0], 2);
        assert_eq!(counts[1], 1);
        assert_eq!(counts[15], 1);
        assert_eq!(counts[16], 1);
        assert_eq!(sum, 60_000_202);
    }

    #[test]
    fn an_exchange_in_flight_is_counted_out_when_it_is_dropped() {
        let metrics = Metrics::new();
        let first = metrics.begin();
        {
            let _second = metrics.begin();
            assert_eq!(metrics.in_flight(), 2);
        }
        drop(first);
        assert_eq!(metrics.in_flight(), 0);
    }

    #[test]
    fn every_combination_of_exchange_labels_has_its_own_counter() {
        let metrics = Metrics::new();
        for outcome in OutcomeWord::ALL {
            for caller in CallerWord::ALL {
                for mode in <Mode as Word>::ALL {
                    metrics.exchanges.add(*outcome, *caller, *mode);
                    assert_eq!(metrics.exchanges(*outcome, *caller, *mode), 1);
                }
            }
        }
    }
}
