//! What Sigma rules said, in every form.

use std::fmt::Write as _;

use domain::{ClassSet, Severity, Timestamp};
use hunt::{Blind, LineRef, Ruling};
use serde_json::{Value, json};

use super::Report;
use crate::finding::{self, Activity, Source, Status, Technique};
use crate::grouped;
use crate::inert::plain;

/// Most rules that are told in full.
const MOST: usize = 50;
/// Most clients, endpoints and groups of one rule that a person wants to read.
const FEW: usize = 3;

/// ATT&CK techniques that a rule's tags name, as `T1595.002`.
pub(super) fn techniques(ruling: &Ruling) -> Vec<String> {
    let tags = ruling.rule.tags.iter().filter_map(|tag| tag.strip_prefix("attack."));
    let ids = tags.filter(|tag| tag.starts_with('t') && tag.get(1..2).is_some_and(is_digit));
    ids.map(str::to_ascii_uppercase).collect()
}

fn is_digit(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// For people: a block for each rule that matched.
#[must_use]
pub(super) fn text(report: &Report<'_>) -> String {
    let told = report.told;
    let mut out = String::new();
    if !told.rules.is_empty() {
        out.push_str("\nSigma rules\n");
    }
    // Writing to a `String` cannot fail, here and below.
    for one in told.rules.iter().take(MOST) {
        let rule = &one.rule;
        let times = if one.times == 1 { "once".into() } else { format!("{} times", grouped(one.times)) };
        let _ = writeln!(out, "  {}  {:<13}  {}, {times}", one.id, rule.level_word(), plain(&rule.title));
        let _ = writeln!(out, "              {}", whom(one));
        for (group, count) in one.groups.iter().take(FEW) {
            let _ = writeln!(out, "              {} counted{}", grouped(*count), self::group(group));
        }
        let mut tags = techniques(one);
        tags.push(format!("{}:{}", plain(&rule.file), rule.at.line));
        let _ = writeln!(out, "              {} to {}  {}", one.first, one.last, tags.join(" "));
    }
    if let Some(more) = told.rules.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} more: {} --format json", report.command);
    }
    if let Some(first) = told.rules.first() {
        let _ = writeln!(out, "  their lines: {} --explain {}", report.command, first.id);
    }
    if told.untold_matches > 0 {
        let more = grouped(told.untold_matches);
        let _ = writeln!(out, "  {more} matches of more rules are not told: there are too many");
    }
    if told.forgotten_groups > 0 {
        let more = grouped(told.forgotten_groups);
        let _ =
            writeln!(out, "  {more} groups were forgotten while they still counted: too many others came");
    }
    out
}

/// Who matched and where, on one line.
pub(super) fn whom(one: &Ruling) -> String {
    let clients = one.clients.iter().take(FEW);
    let mut parts: Vec<String> =
        clients.map(|(client, times)| format!("{client} ({})", grouped(*times))).collect();
    let more = one.clients.len().saturating_sub(FEW);
    if one.more_clients > 0 {
        parts.push(format!("more than {more} others"));
    } else if more > 0 {
        parts.push(format!("{more} more"));
    }
    let from = if parts.is_empty() { "from nobody that the log names".into() } else { parts.join(", ") };
    match one.endpoints.split_first() {
        Some(((first, _), [])) => format!("{from}; at {}", plain(first)),
        Some(((first, _), rest)) => format!("{from}; at {} and {} more", plain(first), rest.len()),
        None => from,
    }
}

fn group(group: &hunt::Group) -> String {
    group.iter().map(|(name, value)| format!(" {}={}", plain(name), plain(value))).collect()
}

/// How many rules see nothing in a log, and what they lack, for the list of what is not visible.
pub(super) fn blind<'r>(report: &Report<'r>) -> impl Iterator<Item = (String, String)> + use<'r> {
    let inputs = report.inputs;
    report.told.blind.iter().filter(|blind| !blind.rules.is_empty()).map(move |Blind { input, rules }| {
        let name = usize::try_from(*input).ok().and_then(|nth| inputs.get(nth));
        let mut lacks: Vec<&str> = rules.iter().flat_map(|(_, fields)| fields).copied().collect();
        lacks.sort_unstable();
        lacks.dedup();
        let name = name.map_or_else(|| format!("input {input}"), |input| plain(&input.name));
        let many =
            if rules.len() == 1 { "1 Sigma rule".into() } else { format!("{} Sigma rules", rules.len()) };
        (name, format!("what {many} look for: it does not tell {}", lacks.join(", ")))
    })
}

/// For programs.
pub(super) fn json(one: &Ruling) -> Value {
    let rule = &one.rule;
    json!({
        "kind": "rule",
        "id": one.id,
        "title": plain(&rule.title),
        "rule": rule.id,
        "level": rule.level_word(),
        "tags": rule.tags,
        "techniques": techniques(one),
        "d3fend": rule.d3fend,
        "owasp": rule.owasp,
        "file": &*rule.file,
        "line": rule.at.line,
        "matches": one.times,
        "first": one.first,
        "last": one.last,
        "addresses": one.clients.iter().map(|(client, times)| json!({ "ip": client, "matches": times })).collect::<Vec<_>>(),
        "matches_from_more_addresses": one.more_clients,
        "endpoints": one.endpoints.iter().map(|(endpoint, times)| json!({ "endpoint": plain(endpoint), "matches": times })).collect::<Vec<_>>(),
        "groups": one.groups.iter().map(|(group, count)| json!({
            "counted": count,
            "group": group.iter().map(|(name, value)| (name.clone(), json!(plain(value)))).collect::<serde_json::Map<_, _>>(),
        })).collect::<Vec<_>>(),
        "lines": one.lines.iter().chain(&one.last_lines).map(|LineRef { input, line }| json!([input, line])).collect::<Vec<_>>(),
    })
}

/// Which rules see nothing in which input.
pub(super) fn blind_json(report: &Report<'_>) -> Value {
    let each = report.told.blind.iter().map(|blind| {
        let rules = blind.rules.iter().map(|(rule, lacks)| json!({ "rule": rule, "lacks": lacks }));
        json!({ "input": blind.input, "rules": rules.collect::<Vec<_>>() })
    });
    Value::Array(each.collect())
}

/// The cells of a row beside those of findings.
pub(super) fn cells(one: &Ruling) -> [String; 14] {
    [
        one.id.clone(),
        one.rule.level_word().to_owned(),
        String::new(),
        whom(one),
        super::json::addresses(&one.clients),
        format!("sigma {}: {}", one.rule.word(), plain(&one.rule.title)),
        one.endpoints.first().map_or_else(String::new, |(endpoint, _)| endpoint.clone()),
        one.first.to_string(),
        one.last.to_string(),
        one.times.to_string(),
        String::new(),
        String::new(),
        techniques(one).join(" "),
        one.more_clients.to_string(),
    ]
}

/// The cells of a row of the page.
pub(super) fn page_row(one: &Ruling) -> Vec<String> {
    let mut tags = techniques(one);
    tags.extend(one.rule.d3fend.iter().chain(&one.rule.owasp).map(|tag| plain(tag)));
    vec![
        one.id.clone(),
        one.rule.level_word().to_owned(),
        plain(&one.rule.title),
        grouped(one.times),
        whom(one),
        format!("{}\n{}", one.first, one.last),
        tags.join(", "),
        format!("{}:{}", plain(&one.rule.file), one.rule.at.line),
    ]
}

/// The severity that a level comes next to.
fn severity(one: &Ruling) -> Severity {
    match one.rule.gravity() {
        5.. => Severity::Critical,
        4 => Severity::High,
        3 => Severity::Medium,
        _ => Severity::Low,
    }
}

/// For a SIEM.
pub(super) fn ocsf(one: &Ruling, at: Timestamp) -> String {
    let sources: Vec<Source<'_>> = one.clients.iter().map(|(client, _)| Source::Address(*client)).collect();
    let ids = techniques(one);
    let known = ids.iter().filter_map(|id| catalog::attack::current(id));
    let techniques: Vec<Technique<'_>> = known
        .map(|technique| Technique {
            id: technique.id,
            name: technique.name,
            tactic: technique.tactics().next().map(|tactic| (tactic.id, tactic.name)),
        })
        .collect();
    let level = one.rule.level_word();
    let (title, text, word) = (plain(&one.rule.title), plain(&one.rule.description), one.rule.word());
    let endpoint = one.endpoints.first().map_or("", |(endpoint, _)| endpoint.as_str());
    finding::line(&finding::Finding {
        uid: &one.id,
        sequence: 1,
        title: &title,
        text: &text,
        activity: Activity::Created,
        severity: severity(one),
        status: Status::New,
        at,
        first: one.first,
        last: one.last,
        count: one.times,
        sources: &sources,
        endpoints: &[],
        detectors: &["sigma"],
        evidence: &[("rule", word), ("level", level), ("path", endpoint)],
        techniques: &techniques,
        records_at_least: 0,
        records_at_most: None,
        classes: ClassSet::EMPTY,
    })
}

/// Whether a rule says more than that something is so.
pub(super) fn is_alarm(one: &Ruling) -> bool {
    one.rule.gravity() > 1
}

/// All of them, one a line.
pub(super) fn ndjson(report: &Report<'_>) -> String {
    report.told.rules.iter().map(|one| json(one).to_string() + "\n").collect()
}
