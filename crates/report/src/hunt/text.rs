//! For people: who, what, how many, since when, how sure, what now.

use std::fmt::Write as _;

use detect::{DetectorId, Severity};
use domain::Timestamp;
use hunt::{Finding, Said, Who};

use super::{Report, basis, records, rules};
use crate::grouped;
use crate::inert::plain;

/// Most addresses, user agents and endpoints of one finding that a person wants to read.
const MOST: usize = 4;
/// Most findings that are told in full.
const MOST_FINDINGS: usize = 50;

/// The report.
#[must_use]
pub fn text(report: &Report<'_>) -> String {
    let Report { told, inputs, .. } = report;
    let mut out = String::new();
    // Writing to a `String` cannot fail, here and below.
    let lines: u64 = inputs.iter().map(|input| input.lines).sum();
    let unreadable: u64 = inputs.iter().map(|input| input.unreadable).sum();
    let found = told.findings.len() + told.stopped.len();
    let matched = match told.rules.len() {
        0 => String::new(),
        many => format!(" and {} that matched", counted(many, "Sigma rule", "Sigma rules")),
    };
    let _ = writeln!(
        out,
        "{}{matched} in {} of {}",
        counted(found, "finding", "findings"),
        counted(usize::try_from(lines).unwrap_or(usize::MAX), "line", "lines"),
        counted(inputs.len(), "log", "logs"),
    );
    if let (Some(first), Some(last)) = (told.totals.first, told.totals.last) {
        let _ = writeln!(out, "from {first} to {last}");
    }
    out.push_str(&findings(report));
    out.push_str(&rules::text(report));
    out.push_str(&notes(report));
    if told.untold > 0 {
        let _ =
            writeln!(out, "\n{} more signals are not told: there are too many cases", grouped(told.untold));
    }
    if !told.aside.is_empty() {
        out.push_str("\nset aside after a second look\n");
        for aside in told.aside.iter().take(MOST_FINDINGS) {
            let _ = writeln!(
                out,
                "  {}  {}  {}: {}",
                aside.finding.id,
                who(&aside.finding),
                aside.finding.signals.first().map_or("", |said| said.detector.word()),
                aside.because
            );
        }
    }
    out.push_str("\nread\n");
    for input in *inputs {
        let dialect = input.dialect.map_or("no dialect that is known", events::Dialect::word);
        let _ = writeln!(
            out,
            "  {}  {dialect}, {} lines, {} not readable",
            plain(&input.name),
            grouped(input.lines),
            grouped(input.unreadable)
        );
    }
    let totals = told.totals;
    let _ = writeln!(
        out,
        "  {} exchanges: {} assets and health checks, {} that counted; {} lines without time, address or target",
        grouped(totals.exchanges),
        grouped(totals.idle),
        grouped(totals.counted),
        grouped(totals.incomplete)
    );
    if totals.marked > 0 {
        let _ = writeln!(
            out,
            "  of {} exchanges that the gateway or this hunt gave a signal, both gave the same to {}",
            grouped(totals.marked),
            grouped(totals.agreed)
        );
    }
    let blind: Vec<_> = super::blind::spots(inputs).collect();
    let blind_rules: Vec<_> = rules::blind(report).collect();
    if !blind.is_empty() || !blind_rules.is_empty() {
        out.push_str("\nnot visible in these logs\n");
        let mut last = None;
        for spot in &blind {
            if last != Some(&spot.input) {
                let _ = writeln!(out, "  {}", plain(&spot.input));
                last = Some(&spot.input);
            }
            let _ = writeln!(out, "    {}\n      {}", spot.unseen, spot.remedy);
        }
        for (input, lacks) in &blind_rules {
            if last.is_none_or(|last| plain(last) != *input) {
                let _ = writeln!(out, "  {input}");
            }
            let _ = writeln!(
                out,
                "    {lacks}\n      docs/sigma.md lists the fields; the exchange log of `tidegate serve` tells all but headers"
            );
        }
    }
    if unreadable > 0 {
        let _ = writeln!(out, "  the lines that could not be read: {} --rejects FILE", report.command);
    }
    out
}

/// What is new in a log that grows: findings, rules that matched, and what became of endpoints.
#[must_use]
pub fn news(report: &Report<'_>) -> String {
    findings(report) + &rules::text(report) + &notes(report)
}

/// Endpoints that stopped asking for credentials, error storms, unusual hours.
fn notes(report: &Report<'_>) -> String {
    let told = report.told;
    let mut out = String::new();
    for (endpoint, stopped) in &told.stopped {
        let _ = writeln!(out, "\n{} stopped asking for credentials", plain(&endpoint.to_string()));
        let _ = writeln!(
            out,
            "  why    {} of {} answers were refusals, and none of the {} since {}",
            stopped.refused, stopped.answers, stopped.since, stopped.first
        );
        let _ = writeln!(
            out,
            "  now    look at what was deployed then; `tidegate check` tells what lets records out"
        );
    }
    if !told.storms.is_empty() {
        out.push_str("\nerror storms\n");
    }
    for (endpoint, storm) in told.storms.iter().take(MOST_FINDINGS) {
        let endpoint = plain(&endpoint.to_string());
        let _ = writeln!(
            out,
            "  {endpoint}  {} errors among {} answers in the hour of {}",
            storm.errors, storm.exchanges, storm.at
        );
    }
    if !told.unusual.is_empty() {
        out.push_str("\nunusual hours of a week\n");
    }
    for (endpoint, hour) in told.unusual.iter().take(MOST_FINDINGS) {
        let _ = writeln!(
            out,
            "  {}  {} answers in the hour of {}, at most {} in that hour of the {} weeks before",
            plain(&endpoint.to_string()),
            grouped(hour.answers.into()),
            hour.at,
            grouped(hour.usual.into()),
            hour.weeks
        );
    }
    out
}

/// The findings alone: those that are no more than a look around, a line each.
fn findings(report: &Report<'_>) -> String {
    let mut out = String::new();
    let (minor, grave): (Vec<_>, Vec<_>) = report.told.findings.iter().partition(|one| is_minor(one));
    for finding in grave.iter().take(MOST_FINDINGS) {
        out.push('\n');
        one(&mut out, report, finding);
    }
    if let Some(more) = grave.len().checked_sub(MOST_FINDINGS).filter(|more| *more > 0) {
        let _ = writeln!(out, "\nand {more} more: {} --format json", report.command);
    }
    if !minor.is_empty() {
        out.push_str("\nlooked around, and nothing left (severity low)\n");
    }
    for finding in minor.iter().take(MOST_FINDINGS) {
        let said = finding.signals.first();
        let kind = finding.agents.first().map_or("", |(_, kind, _)| kind.word());
        let _ = writeln!(
            out,
            "  {}  {}  {} steps, {} exchanges  {} to {}  {}, {kind}",
            finding.id,
            said.map_or("", |said| said.detector.word()),
            grouped(said.map_or(0, |said| u64::from(said.evidence.steps))),
            grouped(finding.exchanges),
            finding.first,
            finding.last,
            who(finding),
        );
    }
    if let Some(more) = minor.len().checked_sub(MOST_FINDINGS).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} more");
    }
    if let Some(first) = minor.first() {
        let _ = writeln!(out, "  their lines: {} --explain {}", report.command, first.id);
    }
    out
}

/// Whether somebody only looked around, and nothing left.
pub(super) fn is_minor(finding: &Finding) -> bool {
    finding.severity == Severity::Low && finding.at_most == Some(0)
}

fn one(out: &mut String, report: &Report<'_>, finding: &Finding) {
    let Finding { id, severity, confidence, first, last, .. } = finding;
    let _ = writeln!(out, "{id}  {severity}, confidence {}", confidence.word());
    let _ = writeln!(out, "  who    {}", who(finding));
    for (agent, kind, times) in finding.agents.iter().take(MOST).filter(|(agent, _, _)| !agent.is_empty()) {
        let agent = plain(&String::from_utf8_lossy(agent));
        let _ = writeln!(out, "         {} as {agent} ({})", grouped(*times), kind.word());
    }
    if let Some(more) = finding.agents.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "         and {more} other names of programs");
    }
    if finding.is_no_browser {
        let _ = writeln!(
            out,
            "         and behaves as no browser does: no style, script or picture was asked for"
        );
    }
    for (nth, said) in finding.signals.iter().enumerate() {
        let _ = writeln!(out, "  {}   {}", if nth == 0 { "what" } else { "    " }, what(said));
    }
    for (nth, (endpoint, _, times, good)) in finding.doors.iter().take(MOST).enumerate() {
        let label = if nth == 0 { "where" } else { "     " };
        let endpoint = plain(&endpoint.to_string());
        let _ = writeln!(out, "  {label}  {endpoint}  {}, {} served", times_of(*times), grouped(*good));
    }
    if let Some(more) = finding.doors.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "         and {more} more endpoints");
    }
    let _ = writeln!(out, "  left   {}", records(finding));
    if let Some(client) = finding.client.filter(|client| client.sent > 0) {
        let (sent, received) = (grouped(client.sent), grouped(client.received));
        let up = if client.received > 0 { format!(", {received} bytes up") } else { String::new() };
        let _ = writeln!(
            out,
            "         {sent} bytes down{up}, in {} exchanges of its busiest address in all",
            grouped(client.exchanges.into())
        );
    }
    let _ = writeln!(out, "  when   {first} to {last}, {}", span(*first, *last));
    let _ = writeln!(out, "  why    {}", basis(finding));
    let _ = writeln!(out, "  now    {} --explain {id}", report.command);
    if let ([(address, _)], true) = (finding.addresses.as_slice(), finding.at_most != Some(0)) {
        let _ = writeln!(out, "         nginx: deny {address};   Apache: Require not ip {address}");
    }
    if finding.at_most != Some(0) {
        let _ = writeln!(
            out,
            "         put the gateway before the service: tidegate serve --upstream URL --guard --direct"
        );
    }
}

/// Who a finding is about.
pub(super) fn who(finding: &Finding) -> String {
    let addresses = finding.addresses.len();
    let from = match (finding.addresses.as_slice(), finding.who) {
        ([], Who::Network(network)) => network.to_string(),
        ([], _) => "nobody in particular".into(),
        ([(only, _)], _) => only.to_string(),
        (_, Who::Network(network)) if finding.more_addresses == 0 => {
            format!("{addresses} addresses of {network}")
        }
        _ => {
            let least = if finding.more_addresses > 0 { "more than " } else { "" };
            let first = finding.addresses.first().map_or_else(String::new, |(first, _)| first.to_string());
            format!("{least}{addresses} addresses, {first} the most")
        }
    };
    match finding.who {
        Who::Principal(digest) => format!("principal {digest} from {from}"),
        Who::Network(_) => from,
        Who::Crowd(_) => format!("an endpoint, to {from}"),
    }
}

/// What a detector said, as a sentence.
pub(super) fn what(said: &Said) -> String {
    let evidence = &said.evidence;
    let stride = evidence.stride.map_or_else(String::new, |stride| format!(", by {stride}"));
    let says = match said.detector {
        DetectorId::SequentialIds => format!("walked through objects one after the other{stride}"),
        DetectorId::NewObjects if evidence.case == "low-and-slow" => {
            "read objects slowly and for long".into()
        }
        DetectorId::NewObjects => "read objects in a burst".into(),
        DetectorId::PageWalk => "turned the pages of a list".into(),
        DetectorId::Bulk => "took many records at once".into(),
        DetectorId::MissStorm => "guessed objects that are not there".into(),
        DetectorId::AnonymousData => "personal data to nobody in particular".into(),
        DetectorId::Foreign => "asked for records of others".into(),
        DetectorId::Volume => "more than this endpoint ever told".into(),
        DetectorId::EndpointSweep => format!("many sources share one sweep{stride}"),
        DetectorId::SurfaceScan => "looked for doors that are not there".into(),
        DetectorId::SessionMinting => "many sessions, one hand".into(),
        DetectorId::Automation => "a clock reads, not a person".into(),
        DetectorId::Canary => "a record that nobody should read was read".into(),
        DetectorId::SpentBudget => "read all that its budget allows, and asked for more".into(),
    };
    let times = if said.times > 1 { format!(", said {} times", said.times) } else { String::new() };
    format!(
        "{says}: {} ({}), {} steps{times}",
        said.detector,
        evidence.case,
        grouped(u64::from(evidence.steps))
    )
}

fn times_of(times: u64) -> String {
    if times == 1 { "once".into() } else { format!("{} times", grouped(times)) }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{} {many}", grouped(u64::try_from(count).unwrap_or(u64::MAX))),
    }
}

/// How long it took, in the unit that a person would say.
pub(super) fn span(first: Timestamp, last: Timestamp) -> String {
    let secs = last.millis_since(first) / 1000;
    let (number, unit) = match secs {
        0..=119 => (secs, "second"),
        120..=7199 => (secs / 60, "minute"),
        7200..=172_799 => (secs / 3600, "hour"),
        _ => (secs / 86_400, "day"),
    };
    if number == 1 { format!("1 {unit}") } else { format!("{} {unit}s", grouped(number)) }
}
