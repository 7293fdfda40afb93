//! `tidegate inventory`: the doors that there are, by what was declared and what was seen.

use std::collections::BTreeMap;

use anyhow::Context;
use domain::{ClassSet, Endpoint, Timestamp};
use gateway::DoorState;
use learn::Doors;
use ledger::Filter;
use report::inventory::{self as shown, Line, State, Traffic};
use spec::inventory::{IntentState, Inventory, Kind, Place, Seen, Source, SourceId};
use spec::tree::Span;
use store::{FileSystem, LedgerReader};

use crate::cli::{Format, Inventory as Args};
use crate::commands::admin::{self, Answered, NoAnswer};
use crate::commands::check;
use crate::commands::exchange_log::{Logs, unjudged};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Runs the command.
///
/// # Errors
/// When there is nothing to read, or a part of it cannot be judged.
pub fn run(args: &Args) -> Outcome {
    let now = gateway::now();
    let named: Vec<_> = args.spec.iter().chain(&args.config).cloned().collect();
    let mut inventory = match named.as_slice() {
        [] => Inventory::default(),
        named => check::documents(named, now)?,
    };
    let (doors, source, is_unjudged) = if args.exchange_log.is_empty() {
        let (doors, source) = of_state(args)?;
        (doors, source, false)
    } else {
        let mut doors = Doors::default();
        let is_unjudged =
            Logs::open(&args.exchange_log)?.told(|exchange, line| doors.take(exchange, line))?;
        if doors.left_out() > 0 {
            say(&format!("tidegate: {} exchanges are of endpoints beyond the bound", doors.left_out()));
        }
        (doors.sorted().iter().map(Found::of).collect::<Vec<_>>(), "exchange-log", is_unjudged)
    };
    let has_documents = !inventory.operations.is_empty();
    let traffic = Source { name: source.into(), text: "".into(), kind: Kind::Traffic };
    let source_id = inventory.add_source(traffic);
    inventory.traffic = doors.iter().map(|door| door.seen(source_id)).collect();
    let facts = checks::Facts::new(&inventory, now);
    let mut told: Vec<Line> = Vec::new();
    let mut met: Vec<&Endpoint> = Vec::new();
    for (door, facts) in doors.iter().zip(&facts.traffic) {
        let operation = facts.operation;
        met.extend(operation.map(|operation| &operation.endpoint));
        let is_declared = operation.is_some_and(|operation| declares(&operation.intent));
        let state = match (&facts.newer, operation) {
            (Some(_), _) => State::Zombie,
            (None, Some(_)) if is_declared => State::Declared,
            (None, None) if facts.seen.declared => State::Declared,
            (None, Some(_)) => State::Specified,
            (None, None) => State::Shadow,
        };
        // What was only ever refused, or not found, is no endpoint of the service.
        if state == State::Shadow && door.served() == 0 {
            continue;
        }
        told.push(Line {
            endpoint: facts.subject.clone(),
            state,
            newer: facts.newer.as_ref().map(|newer| newer.subject.clone()),
            traffic: door.traffic,
            classes: facts.seen.classes,
            people: door.people,
            last: Some(facts.seen.last),
        });
    }
    for operation in inventory.operations.iter().filter(|operation| !met.contains(&&operation.endpoint)) {
        told.push(Line {
            endpoint: operation.endpoint.to_string(),
            state: if declares(&operation.intent) { State::Declared } else { State::Specified },
            newer: None,
            traffic: None,
            classes: ClassSet::EMPTY,
            people: None,
            last: None,
        });
    }
    data(&match args.format {
        Format::Text => shown::text(&told),
        Format::Json => shown::json(&told, source),
    })?;
    if source == "gateway" {
        say(
            "tidegate: answers and refusals are counted since the gateway began, people as long as the ledger goes back",
        );
    }
    if !has_documents {
        say("tidegate: old versions are known by `--spec` or `--config` only");
    }
    if is_unjudged {
        return Err(unjudged());
    }
    let found = told.iter().any(|line| matches!(line.state, State::Shadow | State::Zombie));
    Ok(if found { Ending::Findings } else { Ending::Clean })
}

const fn declares(intent: &IntentState) -> bool {
    matches!(intent, IntentState::Declared { .. })
}

/// A door, as a source tells of it.
struct Found {
    endpoint: Endpoint,
    is_declared: bool,
    traffic: Option<Traffic>,
    classes: ClassSet,
    people: Option<(u64, bool)>,
    last: Timestamp,
}

impl Found {
    fn of(door: &learn::DoorSeen) -> Self {
        let people = u64::try_from(door.told.len()).unwrap_or(u64::MAX);
        Self {
            endpoint: door.endpoint.clone(),
            is_declared: door.declared,
            traffic: Some(Traffic { answers: door.served, refused: door.refused, callers: door.callers }),
            classes: door.classes,
            people: Some((people, door.told.has_more())),
            last: door.last,
        }
    }

    /// Answers, at least: the gateway counts since it began, and whatever the ledger knows of was served.
    fn served(&self) -> u64 {
        let is_told = self.people.is_none_or(|(many, more)| many > 0 || more);
        self.traffic.map_or(1, |traffic| traffic.answers).max(u64::from(is_told))
    }

    /// For the facts of checks.
    fn seen(&self, source: SourceId) -> Seen {
        let [anonymous, unverified, ..] = self.traffic.unwrap_or_default().callers;
        Seen {
            endpoint: self.endpoint.clone(),
            served: self.served(),
            anonymous: anonymous.saturating_add(unverified),
            classes: self.classes,
            declared: self.is_declared,
            last: self.last,
            at: Place::new(source, Span::START),
        }
    }
}

/// What the running gateway and the ledger in its state folder know; without a gateway, the ledger alone.
fn of_state(args: &Args) -> Result<(Vec<Found>, &'static str), Failure> {
    let socket = args.socket.clone().unwrap_or_else(|| args.state.join("admin.sock"));
    let (states, source) = match admin::ask(&socket, gateway::admin::INVENTORY, None) {
        Ok(Answered { status: Some(200), body, .. }) => {
            let states: Vec<DoorState> = serde_json::from_str(&body).context("read the gateway's answer")?;
            (states, "gateway")
        }
        Ok(Answered { first_line, .. }) => {
            return Err(Failure::Ours(anyhow::anyhow!(
                "the gateway answered `{first_line}`; is it of the same version?"
            )));
        }
        Err(NoAnswer::Broken(error)) => return Err(Failure::Ours(error)),
        Err(NoAnswer::NoGateway) => {
            say(&format!(
                "tidegate: no gateway listens on {}: this is what the ledger knows, endpoints that told of people",
                socket.display()
            ));
            (Vec::new(), "ledger")
        }
    };
    let mut doors: BTreeMap<Endpoint, Found> = BTreeMap::new();
    for DoorState { endpoint, declared, callers, refused, classes, last } in states {
        let answers = callers.iter().fold(0_u64, |sum, many| sum.saturating_add(*many));
        let found = doors.entry(endpoint.clone()).or_insert_with(|| Found {
            endpoint,
            is_declared: declared,
            traffic: Some(Traffic::default()),
            classes: ClassSet::EMPTY,
            people: Some((0, false)),
            last,
        });
        // Several doors may be written alike, for what may be a name is hidden.
        if let Some(traffic) = &mut found.traffic {
            traffic.answers = traffic.answers.saturating_add(answers);
            traffic.refused = traffic.refused.saturating_add(refused);
            for (sum, many) in traffic.callers.iter_mut().zip(callers) {
                *sum = sum.saturating_add(many);
            }
        }
        found.classes = found.classes.union(classes);
        found.last = found.last.max(last);
    }
    let reader = LedgerReader::open(&args.state, &FileSystem);
    let reader = match reader {
        Ok(reader) => reader,
        Err(_) if source == "gateway" => return Ok((doors.into_values().collect(), source)),
        Err(error) => return Err(super::ledger::read_failure(error)),
    };
    let (account, _) = reader.account(&Filter::default()).map_err(super::ledger::read_failure)?;
    for line in account.endpoints {
        let people = (line.subjects.at_least, line.subjects.at_most > line.subjects.at_least);
        let found = doors.entry(line.endpoint.clone()).or_insert_with(|| Found {
            endpoint: line.endpoint,
            is_declared: false,
            traffic: None,
            classes: ClassSet::EMPTY,
            people: None,
            last: line.last,
        });
        found.people = Some(people);
        found.classes = found.classes.union(line.classes);
        found.last = found.last.max(line.last);
    }
    Ok((doors.into_values().collect(), source))
}
