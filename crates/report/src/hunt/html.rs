//! One page that stands alone: timeline, ids over time, tables. It loads nothing and runs nothing.

use hunt::Finding;
use maud::{Markup, html};

use super::{Report, basis, blind, chart, json::attacks, records, rules, text};
use crate::grouped;
use crate::inert::plain;
use crate::page::{lines, page, row, table};

/// Findings with a picture of their own.
const MOST_PICTURES: usize = 100;
/// Pictures of one finding, and points that make one.
const MOST_PLOTS: usize = 4;
const FEWEST: usize = 3;
/// Rows of a table.
const MOST_ROWS: usize = 200;

/// The page.
#[must_use]
pub fn html(report: &Report<'_>) -> String {
    let Report { told, inputs, command } = report;
    let lines_read: u64 = inputs.iter().map(|input| input.lines).sum();
    let (first, last) = (told.totals.first.unwrap_or_default(), told.totals.last.unwrap_or_default());
    let begun = told.findings.iter().map(|one| one.first).min().unwrap_or(first);
    let ended = told.findings.iter().map(|one| one.last).max().unwrap_or(last);
    let body = html! {
        h1 { "Who walked through the records" }
        p {
            (told.findings.len() + told.stopped.len()) " findings in " (grouped(lines_read)) " lines of "
            (inputs.len()) " logs, from " (first) " to " (last) ". Made by " code { (command) } "."
        }
        h2 { "Findings" }
        @if told.findings.is_empty() {
            p { "None." }
        } @else {
            (chart::timeline(&told.findings, begun, ended))
            (table(&["Finding", "How grave", "How sure", "Who", "What", "Records that left", "When"], told.findings.iter().take(MOST_ROWS).map(|one| {
                vec![
                    one.id.clone(),
                    one.severity.to_string(),
                    one.confidence.word().to_owned(),
                    text::who(one),
                    one.signals.first().map_or_else(String::new, |said| said.detector.to_string()),
                    records(one),
                    lines(one.first, one.last),
                ]
            })))
        }
        // Who only looked around has a row, and no chapter.
        @for finding in told.findings.iter().filter(|one| !text::is_minor(one)).take(MOST_PICTURES) { (one(report, finding)) }
        @if !told.rules.is_empty() {
            h2 { "Sigma rules that matched" }
            (table(&["Rule", "Level", "Title", "Matches", "Who, and where", "When", "Tags", "File"], told.rules.iter().take(MOST_ROWS).map(rules::page_row)))
            p { "Their lines: " code { (report.command) " --explain R-…" } "." }
        }
        @if !told.stopped.is_empty() {
            h2 { "Endpoints that stopped asking for credentials" }
            (table(&["Endpoint", "Refused before", "Answers since without a refusal", "Since"], told.stopped.iter().map(|(endpoint, stopped)| {
                vec![
                    endpoint.to_string(),
                    format!("{} of {}", grouped(stopped.refused.into()), grouped(stopped.answers.into())),
                    grouped(stopped.since.into()),
                    stopped.first.to_string(),
                ]
            })))
        }
        @if !told.storms.is_empty() || !told.unusual.is_empty() {
            h2 { "Hours that were unlike others" }
            (table(&["Endpoint", "Hour", "What"], told.storms.iter().map(|(endpoint, storm)| {
                let errors = grouped(storm.errors.into());
                (endpoint, storm.at, format!("{errors} errors among {} answers", grouped(storm.exchanges.into())))
            }).chain(told.unusual.iter().map(|(endpoint, hour)| {
                let (answers, usual) = (grouped(hour.answers.into()), grouped(hour.usual.into()));
                (endpoint, hour.at, format!("{answers} answers, at most {usual} in that hour of the {} weeks before", hour.weeks))
            })).take(MOST_ROWS).map(|(endpoint, at, what)| vec![plain(&endpoint.to_string()), at.to_string(), what])))
        }
        @if !told.aside.is_empty() {
            h2 { "Set aside after a second look" }
            (table(&["Finding", "Who", "What", "Why it is none"], told.aside.iter().take(MOST_ROWS).map(|aside| {
                let said = aside.finding.signals.first();
                vec![
                    aside.finding.id.clone(),
                    text::who(&aside.finding),
                    said.map_or_else(String::new, |said| said.detector.to_string()),
                    aside.because.to_owned(),
                ]
            })))
        }
        h2 { "What was read" }
        (table(&["Log", "Dialect", "Lines", "Not readable"], inputs.iter().take(MOST_ROWS).map(|input| {
            vec![
                plain(&input.name),
                input.dialect.map_or("none that is known", events::Dialect::word).to_owned(),
                grouped(input.lines),
                grouped(input.unreadable),
            ]
        })))
        h2 { "What these logs cannot show" }
        (table(&["Log", "Cannot be seen", "Would show it"], blind::spots(inputs).take(MOST_ROWS).map(|spot| {
            vec![plain(&spot.input), spot.unseen.to_owned(), spot.remedy]
        }).chain(rules::blind(report).map(|(input, lacks)| vec![input, lacks, "docs/sigma.md".to_owned()]))))
        h2 { "Busiest endpoints" }
        (table(&["Endpoint", "About", "Exchanges", "Good", "401, 403", "Other 4xx", "5xx"], told.doors.iter().take(30).map(|(endpoint, matter, count)| {
            vec![
                plain(&endpoint.to_string()),
                matter.word().to_owned(),
                grouped(count.exchanges),
                grouped(count.good),
                grouped(count.refused),
                grouped(count.faults),
                grouped(count.errors),
            ]
        })))
    };
    page("Tidegate hunt", &body)
}

fn one(report: &Report<'_>, finding: &Finding) -> Markup {
    let agents = finding.agents.iter().take(5).map(|(agent, kind, times)| {
        format!("{} ({}), {} times", plain(&String::from_utf8_lossy(agent)), kind.word(), grouped(*times))
    });
    let said: Vec<String> = finding.signals.iter().map(text::what).collect();
    html! {
        h3 id=(finding.id) { (finding.id) " — " (text::who(finding)) }
        @for (endpoint, points) in finding.plots.iter().take(MOST_PLOTS).filter(|(_, points)| points.len() >= FEWEST) {
            p { code { (plain(&endpoint.to_string())) } " by time: filled circles were answered with success, hollow squares were not." }
            (chart::objects(points))
        }
        dl {
            (row("What", &said.join("; ")))
            (row("Records that left", &records(finding)))
            (row("How sure", &format!("{}: {}", finding.confidence.word(), basis(finding))))
            (row("When", &format!("{} to {}, {}", finding.first, finding.last, text::span(finding.first, finding.last))))
            (row("Called itself", &agents.collect::<Vec<_>>().join("; ")))
            (row("MITRE ATT&CK", &attacks(finding).join(", ")))
            (row("The lines", &format!("{} --explain {}", report.command, finding.id)))
        }
        (table(&["Endpoint", "About", "Exchanges that counted", "Served"], finding.doors.iter().map(|(endpoint, matter, times, good)| {
            vec![plain(&endpoint.to_string()), matter.word().to_owned(), grouped(*times), grouped(*good)]
        })))
    }
}
