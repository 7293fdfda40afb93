//! The metrics as OpenMetrics text: a snapshot of the atomics, then written by `prometheus-client`.

use std::fmt;
use std::sync::atomic::Ordering;

use domain::Mode;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::Registry;

use crate::metrics::{Count, Counts, Gauges, Histogram, Metrics};
use crate::{CallerWord, OutcomeWord, Word};

pub(crate) fn text(metrics: &Metrics) -> String {
    let mut registry = Registry::with_prefix("tidegate");
    registry.register_collector(Box::new(Snapshot { families: families(metrics) }));
    let mut out = String::with_capacity(16 * 1024);
    // Writing to a `String` cannot fail; were it so, a page without `# EOF` tells the scraper.
    if text::encode(&mut out, &registry).is_err() {
        out.clear();
    }
    out
}

/// Label names and words of one row.
type Labels = Vec<(&'static str, &'static str)>;

#[derive(Debug)]
struct Snapshot {
    families: Vec<Family>,
}

#[derive(Debug)]
struct Family {
    name: &'static str,
    help: &'static str,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Counters(Vec<(Labels, u64)>),
    Gauges(Vec<(Labels, i64)>),
    Seconds(Buckets),
}

#[derive(Debug)]
struct Buckets {
    /// Upper bound in seconds and count, not cumulative; the last bound is "no bound".
    counts: Vec<(f64, u64)>,
    sum: f64,
}

fn families(metrics: &Metrics) -> Vec<Family> {
    let family = |name, help, values| Family { name, help, values };
    let gauge = |value: i64| Values::Gauges(vec![(Vec::new(), value)]);
    vec![
        family("exchanges", "Exchanges by outcome, caller and mode", exchanges(metrics)),
        family("refusals", "Refused exchanges by kind", by("kind", &metrics.refusals)),
        family(
            "would_refuse",
            "Exchanges that observe mode let pass, by the kind that guard would have refused them for",
            by("kind", &metrics.would_refuse),
        ),
        family(
            "disclosed_subjects",
            "Data subjects that left, by why they were allowed to",
            by("basis", &metrics.disclosed_subjects),
        ),
        family("signals", "Signals by detector", by("detector", &metrics.signals)),
        family(
            "signal_groups",
            "Groups of signals that belong together: one for each line `signal`",
            one(&metrics.signal_groups),
        ),
        family("incidents", "Incidents by what became of them", by("change", &metrics.incidents)),
        family("actions", "Actions about incidents by what became of them", by("change", &metrics.actions)),
        family(
            "incidents_kept",
            "1 while incidents and actions can be written to the state folder",
            gauge(metrics.incidents_kept.load(Ordering::Relaxed)),
        ),
        family(
            "incident_exchanges",
            "Exchanges handed to those who make incidents, by whether there was room",
            by("result", &metrics.heard),
        ),
        family("in_flight", "Exchanges in flight", gauge(metrics.in_flight())),
        family("table_entries", "Entries in bounded tables", sizes("table", &metrics.tables)),
        family(
            "upstream_failures",
            "Requests without a usable answer from the upstream",
            by("cause", &metrics.upstream_failures),
        ),
        family(
            "upstream_seconds",
            "From the request sent to the complete answer",
            seconds(&metrics.upstream_latency),
        ),
        family(
            "exchange_seconds",
            "From the complete request to the last byte released",
            seconds(&metrics.exchange_latency),
        ),
        family("ledger_entries", "Ledger entries appended", by("kind", &metrics.ledger_entries)),
        family("ledger_bytes", "Bytes appended to the ledger", one(&metrics.ledger_bytes)),
        family(
            "ledger_wait_seconds",
            "What an exposure waited until it was durable",
            seconds(&metrics.ledger_wait),
        ),
        family("ledger_faults", "Failures to make entries durable", by("cause", &metrics.ledger_faults)),
        family(
            "ledger_healthy",
            "1 while entries become durable",
            gauge(metrics.ledger_healthy.load(Ordering::Relaxed)),
        ),
        family(
            "ledger_losses",
            "Parts of the ledger found damaged or missing, by what budgets do",
            by("budgets", &metrics.ledger_losses),
        ),
        family("alerts_delivered", "Alerts taken by receivers", by("receiver", &metrics.alerts_delivered)),
        family(
            "alerts_failed",
            "Tries to deliver an alert that failed",
            by("receiver", &metrics.alerts_failed),
        ),
        family("alerts_dropped", "Alerts dropped undelivered", by("receiver", &metrics.alerts_dropped)),
        family(
            "alerts_waiting",
            "Alerts that wait for their receivers",
            sizes("receiver", &metrics.alerts_waiting),
        ),
        family("key_set_refreshes", "Loads of key sets", by("result", &metrics.key_set_refreshes)),
        family("key_set_failures", "Failed loads of key sets", by("cause", &metrics.key_set_failures)),
        family("reloads", "Reloads of the configuration", by("result", &metrics.reloads)),
        family("hints_confirmed", "Hints confirmed, by how", by("by", &metrics.hints_confirmed)),
        family("hints_capped", "Hints not confirmed because of a network's cap", one(&metrics.hints_capped)),
        family("shadow_endpoints", "Endpoints seen that nobody declared", one(&metrics.shadow_endpoints)),
        family(
            "proxy_names_nobody",
            "Requests of trusted proxies that name no client",
            one(&metrics.proxy_names_nobody),
        ),
        family("policy_errors", "Policies that failed to evaluate", one(&metrics.policy_errors)),
        family(
            "log_lines_dropped",
            "Log lines lost because stderr was too slow",
            one(&metrics.log_lines_dropped),
        ),
    ]
}

fn exchanges(metrics: &Metrics) -> Values {
    let mut rows = Vec::new();
    for outcome in OutcomeWord::ALL {
        for caller in CallerWord::ALL {
            for mode in <Mode as Word>::ALL {
                let labels =
                    vec![("outcome", outcome.word()), ("caller", caller.word()), ("mode", Word::word(*mode))];
                rows.push((labels, metrics.exchanges(*outcome, *caller, *mode)));
            }
        }
    }
    Values::Counters(rows)
}

fn by<W: Word, const N: usize>(label: &'static str, counts: &Counts<W, N>) -> Values {
    Values::Counters(W::ALL.iter().map(|word| (vec![(label, word.word())], counts.of(*word))).collect())
}

fn sizes<W: Word, const N: usize>(label: &'static str, gauges: &Gauges<W, N>) -> Values {
    let size = |word: &W| i64::try_from(gauges.of(*word)).unwrap_or(i64::MAX);
    Values::Gauges(W::ALL.iter().map(|word| (vec![(label, word.word())], size(word))).collect())
}

fn one(count: &Count) -> Values {
    Values::Counters(vec![(Vec::new(), count.sum())])
}

fn seconds(histogram: &Histogram) -> Values {
    let (counts, sum_micros) = histogram.snapshot();
    let bounds = Histogram::BOUNDS_MICROS.iter().map(|micros| secs(*micros)).chain([f64::MAX]);
    Values::Seconds(Buckets { counts: bounds.zip(counts).collect(), sum: secs(sum_micros) })
}

fn secs(micros: u64) -> f64 {
    std::time::Duration::from_micros(micros).as_secs_f64()
}

impl Collector for Snapshot {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for Family { name, help, values } in &self.families {
            let kind = match values {
                Values::Counters(_) => MetricType::Counter,
                Values::Gauges(_) => MetricType::Gauge,
                Values::Seconds(_) => MetricType::Histogram,
            };
            let mut family = out.encode_descriptor(name, help, None, kind)?;
            match values {
                Values::Counters(rows) => {
                    rows.iter().try_for_each(|(labels, sum)| counter(&mut family, labels, *sum))?;
                }
                Values::Gauges(rows) => {
                    rows.iter().try_for_each(|(labels, value)| gauge(&mut family, labels, *value))?;
                }
                Values::Seconds(Buckets { counts, sum }) => {
                    let count = counts.iter().map(|(_, count)| count).sum();
                    family.encode_histogram::<NoLabelSet>(*sum, count, counts, None)?;
                }
            }
        }
        Ok(())
    }
}

fn counter(family: &mut MetricEncoder<'_>, labels: &Labels, sum: u64) -> Result<(), fmt::Error> {
    /// No exemplars: they would carry ids.
    const NONE: Option<&Exemplar<NoLabelSet, u64>> = None;
    if labels.is_empty() {
        return family.encode_counter(&sum, NONE);
    }
    family.encode_family(labels)?.encode_counter(&sum, NONE)
}

fn gauge(family: &mut MetricEncoder<'_>, labels: &Labels, value: i64) -> Result<(), fmt::Error> {
    if labels.is_empty() {
        return family.encode_gauge(&value);
    }
    family.encode_family(labels)?.encode_gauge(&value)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::{Basis, RefusalKind};

    use super::*;
    use crate::Table;

    #[test]
    fn a_scrape_shows_what_was_counted() {
        let metrics = Metrics::new();
        metrics.refusals.add(RefusalKind::Foreign, 2);
        metrics.disclosed_subjects.add(Basis::LookUp, 7);
        metrics.tables.set(Table::Hints, 12);
        metrics.upstream_latency.observe(Duration::from_micros(300));
        metrics.upstream_latency.observe(Duration::from_secs(60));
        let page = metrics.text();
        for line in [
            "# TYPE tidegate_exchanges counter",
            r#"tidegate_exchanges_total{outcome="served",caller="anonymous",mode="observe"} 0"#,
            r#"tidegate_refusals_total{kind="foreign"} 2"#,
            r#"tidegate_disclosed_subjects_total{basis="look-up"} 7"#,
            r#"tidegate_table_entries{table="hints"} 12"#,
            "tidegate_ledger_healthy 1",
            r#"tidegate_upstream_seconds_bucket{le="0.00025"} 0"#,
            r#"tidegate_upstream_seconds_bucket{le="0.0005"} 1"#,
            r#"tidegate_upstream_seconds_bucket{le="+Inf"} 2"#,
            "tidegate_upstream_seconds_count 2",
            "tidegate_upstream_seconds_sum 60.0003",
        ] {
            assert!(page.lines().any(|have| have == line), "{line}\nin\n{page}");
        }
        assert!(page.ends_with("# EOF\n"));
    }

    #[test]
    fn the_number_of_series_does_not_depend_on_traffic() {
        let metrics = Metrics::new();
        let before = metrics.text().lines().count();
        for kind in RefusalKind::ALL {
            metrics.refusals.add(kind, 3);
        }
        assert_eq!(metrics.text().lines().count(), before);
        assert!(before < 400, "{before}");
    }
}
