//! A proposal as a configuration to review: commented YAML, put into the one that there is.
//!
//! Each line of the proposal stands below what speaks for it and what it would have refused. What a
//! person must decide stands as a comment. Text from outside (templates, names of roles and partners)
//! is written as a quoted scalar, or inert in a comment.

mod splice;

use std::fmt::Write as _;

use domain::{Audience, BudgetDecl, Endpoint};
use learn::{
    Busiest, DoorProposal, MOST_A_DAY, MOST_AN_HOUR, Proposal, Refused, Replay, RoleProposal, Seen, Suspects,
};

use crate::inert::plain;
use crate::inventory::by_kind;
use crate::{grouped, json_text};

pub use splice::SpliceError;

/// Where exchanges come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Exchange logs.
    Log,
    /// The memory of the running gateway.
    Gateway {
        /// Exchanges that gave way to later ones.
        gone: u64,
    },
}

/// What a configuration needs before anything can be proposed for it.
const BARE: &str = "# Where clients connect, and the service behind: write your own.
listen: 127.0.0.1:8090
mode: observe
upstreams:
  service:
    url: http://127.0.0.1:8080
";

/// `configuration` with the proposal in it; without one, a configuration that observes.
///
/// # Errors
/// Where `endpoints:` or `budgets:` stand in a form into which no line can be put.
pub fn yaml(
    configuration: Option<&str>,
    proposal: &Proposal,
    replay: &Replay,
    suspects: &Suspects,
    origin: Origin,
) -> Result<String, SpliceError> {
    let text = configuration.unwrap_or(BARE);
    let mut head = head(proposal, suspects, origin);
    let text = if proposal.doors.is_empty() {
        // What a person must decide stands above: below there is nothing that it could be about.
        for line in endpoints(proposal, replay, 0) {
            put(&mut head, format_args!("{line}"));
        }
        text.to_owned()
    } else {
        splice::endpoints(text, |indent| endpoints(proposal, replay, indent))?
    };
    let text = splice::roles(&text, |indent| roles(proposal, replay, indent))?;
    if head.ends_with('\n') && !head.ends_with("\n\n") {
        head.push('\n');
    }
    Ok(head + &text)
}

/// Why nothing is proposed, in a sentence; `None` where something is.
#[must_use]
pub fn nothing(proposal: &Proposal) -> Option<String> {
    let Proposal { exchanges, aside, doors, roles, undecided, declared, .. } = proposal;
    if !doors.is_empty() || !roles.is_empty() {
        return None;
    }
    Some(if !undecided.is_empty() {
        let endpoints = many(grouped_len(undecided.len()), "endpoint");
        format!("what was seen of {endpoints} speaks for no intent, and a person must decide")
    } else if *exchanges > 0 && aside == exchanges {
        let exchanges = many(grouped(*exchanges), "exchange");
        format!("{exchanges} came from callers under signal or above a budget, and nothing else was seen")
    } else if *declared > 0 {
        "every endpoint that was seen is declared already, and no role reads more than the defaults let it"
            .into()
    } else {
        "no endpoint answered anybody with success".into()
    })
}

/// What stands before everything else.
fn head(proposal: &Proposal, suspects: &Suspects, origin: Origin) -> String {
    let Proposal { from, until, exchanges, aside, declared, .. } = proposal;
    let mut out = String::new();
    put(
        &mut out,
        format_args!("# Proposed by `tidegate config propose` from {} exchanges,", grouped(*exchanges)),
    );
    match nothing(proposal) {
        None => {
            put(
                &mut out,
                format_args!("# {from} to {until}. Nothing of it is in force: read it line by line,"),
            );
            put(
                &mut out,
                format_args!("# change what is not so, then `tidegate config validate` it and use it."),
            );
        }
        Some(why) => {
            put(&mut out, format_args!("# {from} to {until}."));
            put(&mut out, format_args!("# NOTHING IS PROPOSED: {why}."));
            put(&mut out, format_args!("# What follows is the configuration as it was given."));
        }
    }
    if let Origin::Gateway { gone } = origin {
        let gone = match gone {
            0 => "all that it had since it began".to_owned(),
            gone => format!("{} earlier ones had given way", grouped(gone)),
        };
        put(&mut out, format_args!("# They are what the running gateway held in memory: {gone}."));
        put(&mut out, format_args!("# That is less than a log of a day or more, and proves less."));
    }
    if *declared > 0 {
        put(&mut out, format_args!("# {declared} endpoints are declared already, and stay as they are."));
    }
    if *aside > 0 {
        put(
            &mut out,
            format_args!(
                "# Nothing was learned from {} exchanges of callers under signal or above a budget.",
                grouped(*aside)
            ),
        );
    }
    let spoke: Vec<String> = suspects
        .detectors()
        .iter()
        .map(|(detector, many)| format!("{detector} {}", grouped(*many)))
        .collect();
    if !spoke.is_empty() {
        put(&mut out, format_args!("# Signals in this log: {}.", spoke.join(", ")));
    }
    if nothing(proposal).is_none() {
        out.push_str(
            "# Head-room: twice the busiest clock hour and day, rounded up to two digits, never above\n",
        );
        let (hour, day) = (grouped(MOST_AN_HOUR.into()), grouped(MOST_A_DAY.into()));
        put(&mut out, format_args!("# {hour} people an hour and {day} a day."));
    }
    out
}

fn endpoints(proposal: &Proposal, replay: &Replay, indent: usize) -> Vec<String> {
    let mut lines = Lines::new(indent);
    for door in &proposal.doors {
        self::door(door, replay.at(&door.endpoint), &mut lines);
    }
    for undecided in &proposal.undecided {
        lines.comment(&format!("decide: {}: {}", undecided.endpoint, undecided.why));
        lines.seen(&undecided.seen);
        if let Some((rule, [held, of])) = &undecided.owner {
            lines.comment(&format!(
                "  owner `{rule}` held for {} of {} verified callers",
                grouped_len(*held),
                grouped_len(*of)
            ));
        }
        for role in &undecided.roles {
            lines.comment(&format!("  the role {role} reads others here"));
        }
        for name in &undecided.partners {
            lines.comment(&format!("  the partner {name} reads more here than its default budget lets it"));
        }
        lines.comment("  undeclared, guard serves it within the default budgets, and enforce refuses it");
    }
    lines.into()
}

fn door(door: &DoorProposal, refused: Refused, lines: &mut Lines) {
    let DoorProposal { endpoint, intent, seen, owner, busiest, is_capped, strangers } = door;
    lines.seen(seen);
    if let Some([held, of]) = owner {
        lines.comment(&format!(
            "the owner rule held for {} of {} callers",
            grouped_len(*held),
            grouped_len(*of)
        ));
    }
    if let Some(busiest) = busiest {
        lines.busiest(*busiest, *is_capped);
    }
    if *strangers > 0 {
        lines.comment(&format!(
            "REVIEW: {} answers told verified callers of others, and no owner or role explains it: they",
            grouped(*strangers)
        ));
        lines.comment("have the default budget. Declare `owner` or `roles`");
    }
    if matches!(intent.audience, Audience::Public(_)) {
        lines.comment("REVIEW: say why it is public, and who answers for it");
    }
    lines.refused(refused);
    lines.line(0, &format!("{}:", quoted(&endpoint.to_string())));
    match &intent.audience {
        Audience::Authenticated => lines.line(1, "audience: authenticated"),
        Audience::Partner(names) => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            lines.line(1, &format!("audience: {{partner: [{}]}}", names.join(", ")));
        }
        Audience::Internal(networks) => {
            let networks: Vec<String> = networks.iter().map(|network| quoted(&network.to_string())).collect();
            lines.line(1, &format!("audience: {{internal: [{}]}}", networks.join(", ")));
        }
        Audience::Public(public) => {
            lines.line(1, "audience:");
            lines.line(2, "public:");
            lines.line(3, &format!("reason: {}", quoted(&public.reason)));
            lines.line(3, &format!("owner: {}", quoted(&public.owner)));
            let day: String = public.expires.to_string().chars().take(10).collect();
            lines.line(3, &format!("expires: {day}"));
        }
    }
    if let Some(owner) = &intent.owner {
        lines.line(1, &format!("owner: {}", quoted(&owner.to_string())));
    }
    if !intent.roles.is_empty() {
        let roles: Vec<String> = intent.roles.iter().map(|role| quoted(role)).collect();
        lines.line(1, &format!("roles: [{}]", roles.join(", ")));
    }
    if !intent.budget.is_empty() {
        lines.line(1, &format!("budget: {}", budget(&intent.budget)));
    }
    if !intent.classes.is_empty() {
        let classes: Vec<&str> = intent.classes.iter().map(domain::DataClass::word).collect();
        lines.line(1, &format!("classes: [{}]", classes.join(", ")));
    }
}

fn roles(proposal: &Proposal, replay: &Replay, indent: usize) -> Vec<String> {
    let mut lines = Lines::new(indent);
    for role in &proposal.roles {
        let RoleProposal { busiest, is_capped, exchanges, callers, caller_days, unlike, signalled, .. } =
            role;
        lines.comment(&format!(
            "{} exchanges of {} callers; somebody was read on {} caller-days",
            grouped(*exchanges),
            grouped_len(*callers),
            grouped_len(*caller_days)
        ));
        lines.busiest(*busiest, *is_capped);
        match (*unlike, *caller_days) {
            (0, few) if few < 5 => {
                lines.comment("REVIEW: too few caller-days to say whether one is unlike the others");
            }
            (0, _) => {}
            (unlike, _) => lines.comment(&format!(
                "REVIEW: {} caller-days read more than four times the median, and are left out: a stolen token?",
                grouped_len(unlike)
            )),
        }
        if let (1.., readers) = *signalled {
            lines.comment(&format!(
                "{} of {} readers were under a signal that such work explains: check that it was they",
                signalled.0, readers
            ));
        }
        lines.refused(replay.of_role(&role.role));
        lines.line(0, &format!("{}: {}", quoted(&role.role), budget(&role.budget())));
    }
    lines.into()
}

/// Lines at a depth.
struct Lines {
    indent: usize,
    lines: Vec<String>,
}

impl Lines {
    fn new(indent: usize) -> Self {
        Self { indent, lines: Vec::new() }
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{}{text}", " ".repeat(self.indent + 2 * depth)));
    }

    fn comment(&mut self, text: &str) {
        self.line(0, &format!("# {}", plain(text)));
    }

    fn seen(&mut self, seen: &Seen) {
        let Seen {
            exchanges,
            callers,
            more_callers,
            days,
            kinds,
            classes,
            aside,
            aside_callers,
            aside_classes,
            aside_names,
        } = seen;
        let least = if *more_callers { "at least " } else { "" };
        let told = if classes.is_empty() { "nobody's data".to_owned() } else { classes.to_string() };
        if *exchanges > 0 {
            let callers = many(grouped_len(*callers), "caller");
            let days = many(grouped_len(*days), "day");
            let answers = many(grouped(*exchanges), "answer");
            self.comment(&format!("{answers} to {least}{callers} on {days} ({}): {told}", by_kind(kinds)));
        }
        if *aside > 0 {
            let told =
                if aside_classes.is_empty() { "nobody's data".to_owned() } else { aside_classes.to_string() };
            self.comment(&format!(
                "not learned from: {} of {} set aside: {told}",
                many(grouped(*aside), "exchange"),
                many(grouped_len(*aside_callers), "caller")
            ));
        }
        for name in aside_names {
            self.comment(&format!(
                "REVIEW: {name} was set aside, so nothing here lets it in; add it if it was fine"
            ));
        }
    }

    fn busiest(&mut self, busiest: Busiest, is_capped: bool) {
        let (hour, day) = (grouped(busiest.hour.into()), grouped(busiest.day.into()));
        self.comment(&format!("at most {hour} people in an hour and {day} in a day by one caller"));
        if is_capped {
            self.comment("REVIEW: that is too many for head-room below the cap: is all of it needed?");
        }
    }

    fn refused(&mut self, Refused { learned, aside }: Refused) {
        let aside =
            if aside > 0 { format!(", and {} of those set aside", grouped(aside)) } else { String::new() };
        self.comment(&format!("would have refused {} of these answers{aside}", grouped(learned)));
    }
}

impl From<Lines> for Vec<String> {
    fn from(lines: Lines) -> Self {
        lines.lines
    }
}

fn budget(windows: &[BudgetDecl]) -> String {
    let windows: Vec<String> = windows
        .iter()
        .map(|BudgetDecl { subjects, per }| format!("{{subjects: {subjects}, per: {per}}}"))
        .collect();
    format!("[{}]", windows.join(", "))
}

/// A scalar in double quotes; JSON's are YAML's (YAML 1.2, chapter 1.3), and escaped besides is what could
/// act on a terminal.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => put_escape(&mut out, c),
        }
    }
    out.push('"');
    out
}

fn put_escape(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, "\\U{:08x}", u32::from(c));
}

/// `1 caller`, `2 callers`.
fn many(number: String, noun: &str) -> String {
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn grouped_len(number: usize) -> String {
    grouped(u64::try_from(number).unwrap_or(u64::MAX))
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(line);
    out.push('\n');
}

/// The proposal in numbers, for programs.
#[must_use]
pub fn json(proposal: &Proposal, replay: &Replay, origin: Origin) -> String {
    let refused =
        |refused: Refused| serde_json::json!({ "learned": refused.learned, "set_aside": refused.aside });
    let doors: Vec<_> = proposal
        .doors
        .iter()
        .map(|door| {
            serde_json::json!({
                "endpoint": door.endpoint,
                "intent": door.intent,
                "answers": door.seen.exchanges,
                "callers": door.seen.callers,
                "days": door.seen.days,
                "would_have_refused": refused(replay.at(&door.endpoint)),
            })
        })
        .collect();
    let roles: Vec<_> = proposal
        .roles
        .iter()
        .map(|role| {
            serde_json::json!({
                "role": role.role,
                "budget": role.budget(),
                "busiest_hour": role.busiest.hour,
                "busiest_day": role.busiest.day,
                "callers": role.callers,
                "caller_days": role.caller_days,
                "left_out": role.unlike,
                "would_have_refused": refused(replay.of_role(&role.role)),
            })
        })
        .collect();
    let undecided: Vec<_> = proposal
        .undecided
        .iter()
        .map(|undecided| {
            let endpoint: &Endpoint = &undecided.endpoint;
            serde_json::json!({ "endpoint": endpoint, "why": undecided.why, "answers": undecided.seen.exchanges })
        })
        .collect();
    json_text(&serde_json::json!({
        "format": "tidegate.proposal/1",
        "source": match origin { Origin::Log => "exchange-log", Origin::Gateway { .. } => "gateway" },
        "not_held": match origin { Origin::Log => 0, Origin::Gateway { gone } => gone },
        "nothing": nothing(proposal),
        "exchanges": proposal.exchanges,
        "set_aside": proposal.aside,
        "endpoints": doors,
        "roles": roles,
        "undecided": undecided,
    }))
}
