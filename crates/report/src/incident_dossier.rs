//! The dossier of an incident: what happened, who received whose data, what was done, what is to be done.
//!
//! The incident is the gateway's, the account is the ledger's: everybody who received records of others at
//! the incident's endpoints from its beginning to its end, whether a signal spoke of them or not. The JSON
//! is stable: `{"format": "tidegate.incident-dossier/1", "incident": {…}, "actions": […], "dossier": {…},
//! "caveat_sentences": […], "duties": […], "prevention": {"patch": "…", "intent": "…"}}`, with the fields of
//! [`respond::Incident`], [`respond::Action`], [`ledger::Dossier`] and [`respond::Duty`] under their names.
//! The page loads nothing and runs nothing.

use std::fmt::Write as _;

use domain::Timestamp;
use ledger::{Caveat, Dossier};
use maud::{Markup, html};
use policy::patch::Draft;
use respond::{Action, Duty, Incident, Kept, Passes, Prevention};
use serde::Serialize;

use crate::incident::{action_line, happened, show_text};
use crate::inert::plain;
use crate::page::{lines, page, row, table};

/// All that is known of one incident.
#[derive(Clone, Copy, Debug)]
pub struct IncidentDossier<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// The state it stands in, with its actions.
    pub kept: &'a Kept,
    /// Whether actions act: not where the gateway's mode is observe.
    pub acts: bool,
    /// The account of its endpoints and its time.
    pub account: &'a Dossier,
    /// What may have to be done, the shortest clock first.
    pub duties: &'a [Duty],
    /// What would have prevented it.
    pub prevention: &'a [Prevention],
}

/// The duties are a checklist, said with each of them.
const NO_ADVICE: &str = "A checklist and no legal advice. Clocks count from the first signal; when somebody became aware in the sense of a law is for a lawyer.";
const NO_DUTIES: &str = "No data of others is on record as having left in this scope: no clock runs. Document what happened all the same.";
const NO_DOORS: &str = "Nobody's record left, or no endpoint is named: what is in force held, and nothing is proposed in its place.";

impl IncidentDossier<'_> {
    /// As text.
    #[must_use]
    pub fn text(&self, now: Timestamp) -> String {
        let mut out = show_text(self.incident, self.kept, self.acts, now);
        out.push_str("\nthe account: who received whose data at these endpoints meanwhile\n");
        out.push_str(&crate::dossier::text(self.account));
        out.push_str("\nduties\n");
        if self.duties.is_empty() {
            let _ = writeln!(out, "  {NO_DUTIES}");
        } else {
            let _ = writeln!(out, "  {NO_ADVICE}");
        }
        for duty in self.duties {
            let Duty { what, holds_for, source, clock, due: _ } = duty;
            let _ = writeln!(out, "  [ ] {what}\n      {clock}{}; {holds_for}; {source}", until(duty));
        }
        if self.prevention.is_empty() {
            let _ = writeln!(out, "\nwhat would have prevented it\n  {NO_DOORS}");
            return out;
        }
        out.push_str("\nwhat would have prevented it: a virtual patch for now (a file under `patches:`)\n\n");
        out.push_str(&patch(self.prevention));
        out.push_str("\nand intent for good (in the specification, or the configuration)\n\n");
        out.push_str(&intent(self.prevention));
        out
    }

    /// As one JSON value.
    #[must_use]
    pub fn json(&self) -> String {
        #[derive(Serialize)]
        struct Page<'a> {
            format: &'static str,
            incident: &'a Incident,
            people: u32,
            sources: u32,
            actions: Vec<&'a Action>,
            dossier: &'a Dossier,
            caveat_sentences: Vec<&'static str>,
            duties: &'a [Duty],
            prevention: Cures,
        }
        #[derive(Serialize)]
        struct Cures {
            patch: String,
            intent: String,
        }
        crate::json_text(&Page {
            format: "tidegate.incident-dossier/1",
            incident: self.incident,
            people: self.incident.people(),
            sources: self.incident.sources(),
            actions: self.actions().collect(),
            dossier: self.account,
            caveat_sentences: self.account.caveats.iter().copied().map(Caveat::sentence).collect(),
            duties: self.duties,
            prevention: Cures { patch: patch(self.prevention), intent: intent(self.prevention) },
        })
    }

    /// As a page that stands alone.
    #[must_use]
    pub fn html(&self, now: Timestamp) -> String {
        let Incident { id, state, severity, began, first, last, signals, .. } = self.incident;
        let title = format!("Dossier of incident {id}");
        let body = html! {
            h1 { (title) }
            dl {
                (row("State", state.word()))
                (row("Severity", &severity.to_string()))
                (row("People and sources", &format!("at least {} people, {} sources", self.incident.people(), self.incident.sources())))
                (row("Signals", &signals.to_string()))
                (row("Began", &began.to_string()))
                (row("First and last signal", &format!("{first} to {last}")))
            }
            h2 { "Timeline" }
            (table(&["When", "What"], self.incident.timeline.moments().iter().map(|moment| {
                let times = if moment.count > 1 { format!(" ({} times)", moment.count) } else { String::new() };
                vec![lines(moment.first, moment.last), happened(&moment.what) + &times]
            })))
            h2 { "Evidence" }
            (table(&["Detector", "Severity", "Signals", "People", "When"], self.incident.tallies.iter().map(|tally| {
                vec![format!("{} ({})", tally.detector, plain(&tally.case)), tally.severity.to_string(),
                     tally.signals.to_string(), format!("at least {}", tally.people), lines(tally.first, tally.last)]
            })))
            h2 { "Sources" }
            (table(&["Source", "Signals", "People"], self.incident.parties.iter().map(|party| {
                vec![party.party.to_string(), party.signals.to_string(), format!("at least {}", party.people)]
            })))
            @if self.incident.more_parties.0 > 0 { p { "And " (self.incident.more_parties.0) " that are not named." } }
            h2 { "Actions" }
            @let taken: Vec<&Action> = self.actions().collect();
            @if taken.is_empty() { p { "None." } }
            @for action in taken { pre { (action_line(action, self.kept, self.acts, now)) } }
            @if !self.incident.notes.is_empty() {
                h2 { "Notes" }
                (table(&["When", "Who", "What"], self.incident.notes.iter().map(|note| {
                    vec![note.at.to_string(), plain(&note.who), plain(&note.text)]
                })))
            }
            h2 { "The account" }
            p { "Who received whose data at these endpoints meanwhile." }
            (crate::dossier::body(self.account))
            h2 { "Duties" }
            (self.checklist())
            h2 { "What would have prevented it" }
            @if self.prevention.is_empty() { p { (NO_DOORS) } } @else {
                p { "A virtual patch for now: a file under “patches:”." }
                pre { (patch(self.prevention)) }
                p { "Intent for good: in the specification, or the configuration." }
                pre { (intent(self.prevention)) }
            }
        };
        page(&title, &body)
    }

    fn checklist(&self) -> Markup {
        html! {
            @if self.duties.is_empty() { p { (NO_DUTIES) } } @else {
                p { (NO_ADVICE) }
                (table(&["Done", "Duty", "Clock", "Whom it concerns", "Source"], self.duties.iter().map(|duty| {
                    vec!["☐".to_owned(), duty.what.to_owned(), format!("{}{}", duty.clock, until(duty)),
                         duty.holds_for.to_owned(), duty.source.to_owned()]
                })))
            }
        }
    }

    fn actions(&self) -> impl Iterator<Item = &Action> {
        let id = self.incident.id;
        self.kept.actions.iter().filter(move |action| {
            action.incident.is_some_and(|about| about == id || self.incident.merged.contains(&about))
        })
    }
}

fn until(duty: &Duty) -> String {
    duty.due.map_or_else(String::new, |due| format!(" (by {due})"))
}

/// The patches as one Cedar file.
pub(crate) fn patch(prevention: &[Prevention]) -> String {
    let mut out = String::new();
    for Prevention { endpoint, declared: _, id, reason, expires, passes } in prevention {
        let (why, only) = match passes {
            Passes::Identified => ("Signed-in people pass, nobody else.", Vec::new()),
            Passes::Others(networks) => (
                "Whoever took the records is refused, nobody else.",
                networks.iter().map(ToString::to_string).collect(),
            ),
            Passes::Nobody => (
                "Signed-in callers took part: it closes the endpoint for everybody, until intent says who may read.",
                Vec::new(),
            ),
        };
        let draft = Draft {
            id,
            reason,
            expires: &expires.to_string(),
            endpoints: std::slice::from_ref(endpoint),
            users_pass: *passes == Passes::Identified,
            only: &only,
        };
        let _ = match draft.text() {
            Ok(cedar) => writeln!(out, "// {why}\n{cedar}"),
            Err(error) => writeln!(out, "// No patch could be written: {}", plain(&error)),
        };
    }
    out
}

/// The intent as lines of a configuration; of what is declared already a remark only.
fn intent(prevention: &[Prevention]) -> String {
    let mut out = String::new();
    for one in prevention.iter().filter(|one| one.declared) {
        let name = yaml_text(&one.endpoint.to_string());
        let _ = writeln!(
            out,
            "# {name} is declared, and what is declared stays. People left all the same: look at whom its\n# audience and roles let read, and add what it lacks: an owner, `limit`, a `budget`."
        );
    }
    if prevention.iter().any(|one| !one.declared) {
        out.push_str("endpoints:\n");
    }
    for one in prevention.iter().filter(|one| !one.declared) {
        let name = yaml_text(&one.endpoint.to_string());
        let _ = write!(
            out,
            "  {name}:\n    audience: authenticated\n    # Which field of a record holds its owner, and which claim is equal to it? Until this is said,\n    # records count as foreign and leave within the budget.\n    # owner: $.customer_id = claim.sub\n    limit: [{{requests: 60, per: 1m}}, {{distinct: 20, per: 1m}}]\n",
        );
    }
    out
}

/// A string of YAML: one of JSON, with everything beyond ASCII escaped.
pub(crate) fn yaml_text(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::{Endpoint, Method, PathTemplate};

    use super::*;

    fn hostile() -> Prevention {
        let path = "/a\"]; permit(principal,action,resource);//<script>\u{1F600}/{id}";
        Prevention {
            endpoint: Endpoint::new(Method::Get, PathTemplate::parse(path).unwrap()),
            declared: false,
            id: "inc-000007-1".into(),
            reason: "\"; # <b>".into(),
            expires: Timestamp::from_secs(1_800_000_000),
            passes: Passes::Identified,
        }
    }

    #[test]
    fn what_is_declared_is_named_and_nothing_is_given_in_its_place() {
        let declared = Prevention { declared: true, ..hostile() };
        let yaml = intent(&[declared]);
        assert!(yaml.lines().all(|line| line.starts_with("# ")) && yaml.contains("stays"), "{yaml}");
        let both = intent(&[Prevention { declared: true, ..hostile() }, hostile()]);
        assert_eq!(both.lines().filter(|line| line.starts_with("  \"GET ")).count(), 1, "{both}");
    }

    #[test]
    fn a_hostile_path_stays_within_its_quotes() {
        let cedar = patch(&[hostile()]);
        let action = cedar.lines().find(|line| line.contains("action in")).unwrap();
        assert_eq!(
            action,
            "forbid(principal, action in Action::\"GET /a\\\"]; permit(principal,action,resource);//<script>\u{1F600}/{id}\", resource) unless { principal is User };"
        );
        let yaml = intent(&[hostile()]);
        let name = yaml.lines().nth(1).unwrap();
        assert_eq!(name, r#"  "GET /a\"]; permit(principal,action,resource);//<script>\ud83d\ude00/{id}":"#);
    }
}
