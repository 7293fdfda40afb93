//! Incidents and actions: as text for people, as JSON for programs.
//!
//! The JSON is stable: `{"format": "tidegate.incidents/1", "running": true, "acts": true, "incidents": […], "actions":
//! […], "forgotten": {…}}` for a list, `{"format": "tidegate.incident/1", "incident": {…}, "actions": […]}`
//! for one, `{"format": "tidegate.action/1", "action": {…}, "kept": true, "acts": true}` for what a person did, with the
//! fields of [`respond::Incident`] and [`respond::Action`] under their names, times in milliseconds since
//! 1970, keys of endpoints and upstreams as 16 hexadecimal digits. Fields may be added, none is renamed.

use std::fmt::Write as _;

use domain::Timestamp;
use respond::{
    Action, By, Ended, Happened, Incident, Innocents, Kept, Measure, Moment, Phase, State, Target,
};
use serde::Serialize;

use crate::inert::plain;

/// All incidents that are not closed, then closed ones, the newest first; then what is in force or waits.
#[must_use]
pub fn list_text(kept: &Kept, acts: bool, now: Timestamp) -> String {
    let mut out = String::new();
    let mut incidents: Vec<&Incident> = kept.incidents.iter().collect();
    incidents.sort_by_key(|one| (one.state == State::Closed, std::cmp::Reverse(one.last)));
    if incidents.is_empty() {
        out.push_str("no incidents\n");
    }
    for one in incidents {
        let door = one.doors.first().map_or_else(String::new, |door| plain(&door.shown.to_string()));
        let more = one.doors.len().saturating_sub(1);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(
            out,
            "{}  {:<9}  {:<8}  at least {}, {}  {}  {door}{more}",
            one.id,
            one.state.word(),
            one.severity.to_string(),
            counted(one.people(), "person", "people"),
            counted(one.sources(), "source", "sources"),
            one.last
        );
    }
    let waiting = kept.actions.iter().filter(|action| !is_over(action, now));
    let lines: Vec<String> = waiting.map(|action| action_line(action, kept, acts, now)).collect();
    if !lines.is_empty() {
        out.push_str("\nactions\n");
        lines.iter().for_each(|line| out.push_str(line));
    }
    out
}

/// One incident with its actions.
#[must_use]
pub fn show_text(incident: &Incident, kept: &Kept, acts: bool, now: Timestamp) -> String {
    let mut out = String::new();
    let Incident { id, state, severity, began, first, last, closed, reopened, signals, .. } = incident;
    let _ = writeln!(out, "{id}  {}  {severity}", state.word());
    let _ = writeln!(
        out,
        "  at least {}, {}, {}",
        counted(incident.people(), "person", "people"),
        counted(incident.sources(), "source", "sources"),
        counted(*signals, "signal", "signals")
    );
    let _ = writeln!(out, "  began {began}, first signal {first}, last {last}");
    if let Some(closed) = closed {
        let _ = writeln!(out, "  closed {closed}");
    }
    if *reopened > 0 {
        let _ = writeln!(out, "  came back {}", counted(*reopened, "time", "times"));
    }
    let classes: Vec<String> = incident.classes.iter().map(|class| class.to_string()).collect();
    if !classes.is_empty() {
        let _ = writeln!(out, "  told of {}", classes.join(", "));
    }
    out.push_str("\nendpoints\n");
    for door in &incident.doors {
        let signals = counted(door.signals, "signal", "signals");
        let _ = writeln!(out, "  {}  {signals}", plain(&door.shown.to_string()));
    }
    out.push_str("\nsources\n");
    for party in &incident.parties {
        let people = counted(party.people, "person", "people");
        let signals = counted(party.signals, "signal", "signals");
        let _ = writeln!(out, "  {}  at least {people}, {signals}", party.party);
    }
    if incident.more_parties.0 > 0 {
        let _ = writeln!(out, "  and {} that are not named any more", incident.more_parties.0);
    }
    out.push_str("\ndetectors\n");
    for tally in &incident.tallies {
        let (detector, case) = (tally.detector, plain(&tally.case));
        let people = counted(tally.people, "person", "people");
        let _ = writeln!(out, "  {detector} ({case})  {}, at least {people}", tally.severity);
    }
    out.push_str("\ntimeline\n");
    for moment in incident.timeline.moments() {
        let _ = writeln!(out, "  {}  {}", moment.first, told(moment));
    }
    let about: Vec<&Action> = kept.actions.iter().filter(|action| action.incident == Some(*id)).collect();
    if !about.is_empty() {
        out.push_str("\nactions\n");
        about.iter().for_each(|action| out.push_str(&action_line(action, kept, acts, now)));
    }
    if !incident.notes.is_empty() {
        out.push_str("\nnotes\n");
        for note in &incident.notes {
            let _ = writeln!(out, "  {}  {}: {}", note.at, plain(&note.who), plain(&note.text));
        }
    }
    out
}

/// One action in two lines. `acts`: the gateway refuses and slows; in observe it only tells.
#[must_use]
pub fn action_line(action: &Action, kept: &Kept, acts: bool, now: Timestamp) -> String {
    let by = match &action.by {
        By::Rule => "by itself".to_owned(),
        By::Hand { who } => format!("by {}", plain(who)),
    };
    let measure = match action.measure {
        Measure::Slow { delay_millis, held } => format!("{delay_millis} ms later, at most {held} at a time"),
        Measure::Refuse => "429".to_owned(),
        Measure::Close => "503".to_owned(),
    };
    format!(
        "  {}  {}  {}  {measure}  {by}  {}\n           {}; {}\n",
        action.id,
        action.rung.word(),
        target(action, kept),
        standing(action, acts, now),
        plain(&action.reason),
        innocents(action.innocents),
    )
}

/// Whom an action hits beside those it is meant for.
#[must_use]
pub fn innocents(innocents: Innocents) -> String {
    let Innocents { people, known } = innocents;
    let ground = if known {
        "by the ten minutes before it"
    } else {
        "by those who came lately: too little is known of the time before"
    };
    format!("would hit {} in ten minutes, {ground}", counted(people, "other", "others"))
}

fn standing(action: &Action, acts: bool, now: Timestamp) -> String {
    match &action.phase {
        Phase::Proposed if now >= action.ends => "lapsed".to_owned(),
        Phase::Proposed => {
            format!("proposed until {}: `tidegate incident accept {}`", action.ends, action.id)
        }
        Phase::InForce if now >= action.ends => format!("over since {}", action.ends),
        Phase::InForce if !acts => {
            format!(
                "told only until {}: the gateway's mode is observe, nobody is refused or slowed",
                action.ends
            )
        }
        Phase::InForce if now >= action.until => format!("half-open until {}", action.ends),
        Phase::InForce => format!("in force until {}", action.until),
        Phase::Ended { at, how } => match how {
            Ended::Undone { who } => format!("undone {at} by {}", plain(who)),
            Ended::Declined { who } => format!("turned down {at} by {}", plain(who)),
            Ended::Lifted => format!("lifted {at}: nothing leaked any more"),
            Ended::Expired => format!("expired {at}"),
            Ended::Lapsed => format!("lapsed {at}"),
            Ended::Displaced => format!("displaced {at}: a graver proposal needed its room"),
        },
    }
}

/// A number and what it counts.
fn counted(number: u32, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The target, with its endpoint or upstream by name: that of the action, else of an incident.
fn target(action: &Action, kept: &Kept) -> String {
    let own = action.named.as_deref().map(plain);
    let named = |key: u64| {
        if let Some(name) = &own {
            return name.clone();
        }
        let doors = kept.incidents.iter().flat_map(|incident| &incident.doors);
        doors
            .filter(|door| door.key == key)
            .map(|door| plain(&door.shown.to_string()))
            .next()
            .unwrap_or_else(|| format!("endpoint {key:016x}"))
    };
    match action.target {
        Target::Source { party, door, what } => {
            let at = door.map_or_else(|| "everywhere".to_owned(), |door| format!("at {}", named(door)));
            format!("{party} {at} ({what})")
        }
        Target::Kind { door, callers, what } => format!("{callers} callers at {} ({what})", named(door)),
        Target::Endpoint(door) => named(door),
        Target::Upstream(upstream) => match (&own, action.by.is_automatic()) {
            // The ladder knows an upstream by an endpoint behind it.
            (Some(endpoint), true) => format!("upstream of {endpoint}"),
            (Some(name), false) => format!("upstream {name}"),
            (None, _) => format!("upstream {upstream:016x}"),
        },
    }
}

/// A moment, without when it began.
fn told(moment: &Moment) -> String {
    let what = happened(&moment.what);
    match moment.count {
        1 => what,
        times if moment.last == moment.first => format!("{what} ({times} times)"),
        times => format!("{what} ({times} times, last {})", moment.last),
    }
}

pub(crate) fn happened(what: &Happened) -> String {
    match what {
        Happened::Said { detector, case } => format!("{detector} ({})", plain(case)),
        Happened::Became(severity) => format!("became {severity}"),
        Happened::Went(state) => state.word().to_owned(),
        Happened::ClosedBy(who) => format!("closed by {}", plain(who)),
        Happened::CameBack => "came back".to_owned(),
        Happened::Merged(other) => format!("{other} turned out to be the same"),
        Happened::Proposed(action) => format!("{action} proposed"),
        Happened::Taken(action) => format!("{action} taken"),
        Happened::HalfOpened(action) => format!("{action} half-opened"),
        Happened::Renewed(action) => format!("{action} renewed"),
        Happened::Ended(action) => format!("{action} ended"),
        Happened::Noted => "noted".to_owned(),
    }
}

fn is_over(action: &Action, now: Timestamp) -> bool {
    matches!(action.phase, Phase::Ended { .. }) || now >= action.ends
}

/// All incidents and actions as one JSON value. `running`: a gateway said so, and not its file; `acts`: it
/// refuses and slows, and its mode is not observe.
#[must_use]
pub fn list_json(kept: &Kept, running: bool, acts: bool) -> String {
    #[derive(Serialize)]
    struct Page<'k> {
        format: &'static str,
        running: bool,
        acts: bool,
        incidents: &'k [Incident],
        actions: &'k [Action],
        forgotten: respond::Folded,
    }
    let Kept { version: _, incidents, folded, actions, last_action: _ } = kept;
    crate::json_text(&Page {
        format: "tidegate.incidents/1",
        running,
        acts,
        incidents,
        actions,
        forgotten: *folded,
    })
}

/// One incident and its actions as one JSON value.
#[must_use]
pub fn show_json(incident: &Incident, kept: &Kept) -> String {
    #[derive(Serialize)]
    struct Page<'k> {
        format: &'static str,
        incident: &'k Incident,
        people: u32,
        sources: u32,
        actions: Vec<&'k Action>,
    }
    let actions = kept.actions.iter().filter(|action| action.incident == Some(incident.id)).collect();
    let (people, sources) = (incident.people(), incident.sources());
    crate::json_text(&Page { format: "tidegate.incident/1", incident, people, sources, actions })
}

/// What became of an action by a person's hand.
#[must_use]
pub fn action_json(action: &Action, kept: bool, acts: bool) -> String {
    #[derive(Serialize)]
    struct Page<'k> {
        format: &'static str,
        action: &'k Action,
        kept: bool,
        acts: bool,
    }
    crate::json_text(&Page { format: "tidegate.action/1", action, kept, acts })
}

/// Whom an action would hit, as one JSON value.
#[must_use]
pub fn predicted_json(innocents: Innocents) -> String {
    #[derive(Serialize)]
    struct Page {
        format: &'static str,
        innocents: Innocents,
    }
    crate::json_text(&Page { format: "tidegate.prediction/1", innocents })
}
