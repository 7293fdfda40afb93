//! The playbook as CACAO 2.0 (OASIS): one chain of actions.
//!
//! Ids are made of what they name, so that the same report gives the same file; steps have ids of version 4
//! by form, as the standard asks for. Commands that a person must fill in or decide are `manual`, all
//! others `bash`.

use serde_json::{Map, Value as Json, json};

use super::line;
use super::steps::{Phase, Step};
use crate::Report;
use crate::tree::uuid;

/// When a report does not say its day, and nobody else did: a fixed instant that is no day of anything.
pub(super) const UNDATED: &str = "1970-01-01T00:00:00.000Z";

/// The file.
#[must_use]
pub fn json(report: &Report<'_>, steps: &[Step]) -> String {
    let digest = report.intel.source.sha256.as_str();
    let id = |kind: &str, parts: &[&str]| {
        let all: Vec<&str> = std::iter::once(kind).chain(parts.iter().copied()).collect();
        format!("{kind}--{}", uuid('4', &all))
    };
    let at = report.published.map_or_else(|| UNDATED.to_owned(), |day| format!("{day}T00:00:00.000Z"));
    let person = id("organization", &["who responds"]);
    let names: Vec<String> = steps
        .iter()
        .enumerate()
        .map(|(nth, step)| id("action", &[digest, &nth.to_string(), &step.name, &step.what]))
        .collect();
    let (start, end) = (id("start", &[digest]), id("end", &[digest]));
    let mut workflow = Map::new();
    let first = names.first().unwrap_or(&end);
    workflow.insert(start.clone(), json!({"type": "start", "on_completion": first}));
    for (nth, (name, step)) in names.iter().zip(steps).enumerate() {
        let next = names.get(nth + 1).unwrap_or(&end);
        workflow.insert(
            name.clone(),
            json!({
                "type": "action",
                "name": step.name,
                "description": format!("{}: {}", step.phase.title(), step.what),
                "commands": [command(step)],
                "agent": person,
                "on_completion": next,
            }),
        );
    }
    workflow.insert(end, json!({"type": "end"}));
    let mut agents = Map::new();
    agents.insert(person, json!({"type": "organization", "name": "whoever operates the service"}));
    let playbook = json!({
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": format!("playbook--{}", uuid('5', &["playbook", digest])),
        "name": "Response to a leak of records through an API",
        "description": format!("Derived by Tidegate from the report with SHA-256 {digest}, held against {}. The duties in it are a checklist and no legal advice.", report.intel.held_against()),
        "playbook_types": ["mitigation", "investigation", "notification", "remediation", "prevention"],
        "playbook_activities": ["restrict-access", "analyze-collected-data", "deliver-content", "eliminate-risk", "configure-systems"],
        "created_by": format!("identity--{}", uuid('5', &["identity", "Tidegate"])),
        "created": at,
        "modified": at,
        "workflow_start": start,
        "workflow": workflow,
        "agent_definitions": agents,
    });
    serde_json::to_string_pretty(&playbook).unwrap_or_default() + "\n"
}

fn command(step: &Step) -> Json {
    let activity = match step.phase {
        Phase::Contain => "restrict-access",
        Phase::Assess => "analyze-collected-data",
        Phase::Notify => "deliver-content",
        Phase::Recover => "eliminate-risk",
        Phase::Learn => "configure-systems",
    };
    match &step.command {
        Some(words) => {
            let fill = |word: &String| {
                word.len() > 2
                    && word.chars().any(|c| c.is_ascii_uppercase())
                    && !word.starts_with("http")
                    && word.bytes().all(|b| b.is_ascii_uppercase() || b"- /".contains(&b))
            };
            let kind = if words.iter().any(fill) { "manual" } else { "bash" };
            json!({"type": kind, "command": line(words), "playbook_activity": activity})
        }
        None => json!({"type": "manual", "command": step.name, "playbook_activity": activity}),
    }
}
