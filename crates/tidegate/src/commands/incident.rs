//! `tidegate incident`: what happened, what is done about it, and what a person does about it.
//!
//! The running gateway is asked over its admin socket. Where none runs, `list`, `show` and `dossier` read the file
//! in the state folder; everything else needs the gateway, for nobody else acts.

mod dossier;
mod socket;

use anyhow::Context;
use domain::{Timestamp, Window};
use gateway::{Answer, Ask, Sentence, Step, Wanted};
use report::incident as shown;
use respond::{Incident as OneIncident, IncidentId, Kept, State};

use self::socket::{Socket, Unanswered};
use crate::cli::{Format, Incident, IncidentStep, IncidentWork};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Runs the command.
///
/// # Errors
/// No gateway, no such incident, or what the gateway does not do.
pub fn run(incident: &Incident) -> Outcome {
    let socket = Socket::at(incident.socket.clone().unwrap_or_else(|| incident.state.join("admin.sock")));
    let now = gateway::now();
    match &incident.work {
        IncidentWork::List { format } => {
            let Known { kept, running, acts } = read(incident, &socket)?;
            data(&match format {
                Format::Text => shown::list_text(&kept, acts, now),
                Format::Json => shown::list_json(&kept, running, acts),
            })?;
            let is_open = kept.incidents.iter().any(|incident| incident.state != State::Closed);
            Ok(if is_open { Ending::Findings } else { Ending::Clean })
        }
        IncidentWork::Show { incident: id, format } => {
            let Known { kept, running: _, acts } = read(incident, &socket)?;
            let one = find(&kept, *id)?;
            data(&match format {
                Format::Text => shown::show_text(one, &kept, acts, now),
                Format::Json => shown::show_json(one, &kept),
            })?;
            Ok(Ending::Clean)
        }
        IncidentWork::Dossier { incident: id, format } => dossier::tell(incident, &socket, *id, *format, now),
        IncidentWork::Undo { action, format } => {
            let ask = Ask::Undo { action: *action, who: who(incident)? };
            told(&socket, &ask, *format, now)
        }
        IncidentWork::Accept { action, format } => {
            let ask = Ask::Accept { action: *action, who: who(incident)? };
            told(&socket, &ask, *format, now)
        }
        IncidentWork::Note { incident: id, text, format } => {
            let ask = Ask::Note { incident: *id, who: who(incident)?, text: text.clone() };
            told(&socket, &ask, *format, now)
        }
        IncidentWork::Baseline { endpoint, reason, format } => {
            let ask =
                Ask::Baseline { endpoint: endpoint.clone(), who: who(incident)?, reason: reason.clone() };
            let Answer::Baseline { endpoint, was: [strangers, beyond] } = asked(&socket, &ask)? else {
                return Err(Failure::Ours(anyhow::anyhow!("the gateway answered another question")));
            };
            data(&match format {
                Format::Text => format!(
                    "the baselines of `{endpoint}` begin anew: {strangers} strangers an hour were borne, {beyond} beyond two of a source\n"
                ),
                Format::Json => format!(
                    "{}\n",
                    serde_json::json!({ "endpoint": endpoint.to_string(), "was": { "strangers": strangers, "beyond": beyond } })
                ),
            })?;
            Ok(Ending::Clean)
        }
        IncidentWork::Close { incident: id, format } => {
            told(&socket, &Ask::Close { incident: *id, who: who(incident)? }, *format, now)
        }
        IncidentWork::Act { step, target, endpoint, span, reason, incident: about, dry_run, format } => {
            let step = match step {
                IncidentStep::Slow => Step::Slow,
                IncidentStep::Refuse => Step::Refuse,
                IncidentStep::Quarantine => Step::Quarantine,
                IncidentStep::Isolate => Step::Isolate,
            };
            let wanted = Wanted {
                step,
                target: target.clone(),
                endpoint: endpoint.clone(),
                span: *span,
                // Named when all else is judged.
                who: String::new(),
                reason: reason.clone(),
                incident: *about,
            };
            act(&socket, wanted, (!dry_run).then_some(incident), *format, now)
        }
    }
}

/// Judges what is wanted, says whom it would hit, then does it in the name of `by`; without one nothing is
/// done.
fn act(socket: &Socket, wanted: Wanted, by: Option<&Incident>, format: Format, now: Timestamp) -> Outcome {
    let Answer::Predicted { innocents, remark } = asked(socket, &Ask::Predict(wanted.clone()))? else {
        return Err(Failure::Ours(anyhow::anyhow!("the gateway answered another question")));
    };
    // Nothing is said before everything is judged.
    let who = by.map(who).transpose()?;
    if let Some(remark) = remark {
        say(&format!("warning: {remark}"));
    }
    let Some(who) = who else {
        data(&match format {
            Format::Text => format!("{}\n", shown::innocents(innocents)),
            Format::Json => shown::predicted_json(innocents),
        })?;
        return Ok(Ending::Clean);
    };
    say(&shown::innocents(innocents));
    told(socket, &Ask::Act(Wanted { who, ..wanted }), format, now)
}

/// Asks for something to be done, and shows it as it stands then.
fn told(socket: &Socket, ask: &Ask, format: Format, now: Timestamp) -> Outcome {
    let kept = match asked(socket, ask)? {
        Answer::Action { action, kept, acts } => {
            data(&match format {
                Format::Text => shown::action_line(&action, &state(socket)?.0, acts, now),
                Format::Json => shown::action_json(&action, kept, acts),
            })?;
            kept
        }
        Answer::Incident { incident, kept } => {
            let (state, acts) = state(socket)?;
            data(&match format {
                Format::Text => shown::show_text(&incident, &state, acts, now),
                Format::Json => shown::show_json(&incident, &state),
            })?;
            kept
        }
        Answer::State { .. } | Answer::Predicted { .. } | Answer::Baseline { .. } => {
            return Err(Failure::Ours(anyhow::anyhow!("the gateway answered another question")));
        }
    };
    if !kept {
        return Err(Failure::Ours(anyhow::anyhow!(
            "it is done, but the gateway could not write it to its state folder: a restart would not know of it"
        )));
    }
    Ok(Ending::Clean)
}

fn asked(socket: &Socket, ask: &Ask) -> Result<Answer, Failure> {
    socket.ask(ask).map_err(|unanswered| match unanswered {
        Unanswered::NoGateway(path) => no_gateway(&path),
        Unanswered::Refused(sentence) => refused(&sentence),
        Unanswered::Broken(error) => Failure::Ours(error),
    })
}

fn refused(sentence: &Sentence) -> Failure {
    let help = sentence.help.as_ref().map_or_else(String::new, |help| format!("\n = help: {help}"));
    Failure::Input(format!("error: {}{help}", sentence.error))
}

fn no_gateway(path: &std::path::Path) -> Failure {
    Failure::Input(format!(
        "error: no gateway listens at {}\n = help: name its state folder with `--state`, or its admin socket with `--socket`; who acts must run",
        path.display()
    ))
}

/// What the gateway knows, and whether it refuses and slows.
fn state(socket: &Socket) -> Result<(Kept, bool), Failure> {
    match asked(socket, &Ask::Read)? {
        Answer::State { state, acts } => Ok((*state, acts)),
        _ => Err(Failure::Ours(anyhow::anyhow!("the gateway answered another question"))),
    }
}

/// What is known, and of whom.
struct Known {
    kept: Kept,
    /// Whether a gateway runs; else its file says so.
    running: bool,
    /// Whether it refuses and slows, as far as anybody can tell.
    acts: bool,
}

/// What the gateway knows, else what its file says.
fn read(incident: &Incident, socket: &Socket) -> Result<Known, Failure> {
    match socket.ask(&Ask::Read) {
        Ok(Answer::State { state, acts }) => return Ok(Known { kept: *state, running: true, acts }),
        Ok(_) => return Err(Failure::Ours(anyhow::anyhow!("the gateway answered another question"))),
        Err(Unanswered::NoGateway(path)) if incident.socket.is_some() => return Err(no_gateway(&path)),
        Err(Unanswered::NoGateway(_)) => {}
        Err(Unanswered::Refused(sentence)) => return Err(refused(&sentence)),
        Err(Unanswered::Broken(error)) => return Err(Failure::Ours(error)),
    }
    let found = store::read_incidents(&incident.state).context("read incidents")?;
    let Some(found) = found else {
        return Err(Failure::Input(format!(
            "error: there are no incidents in {}: no gateway ever ran with this state folder\n = help: name the folder with `--state`",
            incident.state.display()
        )));
    };
    say("no gateway runs here: this is what it wrote last");
    if found.unreadable > 0 {
        say(&format!("warning: {} rows of the file cannot be read", found.unreadable));
    }
    let nothing = Kept {
        version: respond::VERSION,
        incidents: Vec::new(),
        folded: respond::Folded::default(),
        actions: Vec::new(),
        last_action: 0,
    };
    Ok(Known { kept: found.kept.unwrap_or(nothing), running: false, acts: true })
}

fn find(kept: &Kept, id: IncidentId) -> Result<&OneIncident, Failure> {
    let one = kept.incidents.iter().find(|one| one.id == id || one.merged.contains(&id));
    one.ok_or_else(|| {
        Failure::Input(format!("error: there is no {id}\n = help: `tidegate incident list` names them"))
    })
}

/// Who asks: it stands in the incident, so that the others know.
fn who(incident: &Incident) -> Result<String, Failure> {
    let named =
        incident.who.clone().or_else(|| std::env::var("USER").ok()).filter(|name| !name.trim().is_empty());
    named.ok_or_else(|| {
        Failure::Usage(
            "nobody would stand for it\n = help: say who you are with `--who NAME`, or set the variable USER"
                .into(),
        )
    })
}

/// How long an action by hand lasts.
///
/// # Errors
/// A sentence that shows the form and the bounds.
pub(crate) fn span(text: &str) -> Result<Window, String> {
    let most = respond::MOST_BY_HAND;
    let help =
        format!("write a span from `1s` to `{most}`, such as `15m`; whoever needs it longer acts again");
    match text.parse::<Window>() {
        Ok(span) if span >= Window::from_secs(1) && span <= most => Ok(span),
        Ok(_) => Err(format!("an action by hand lasts between 1s and {most}\n = help: {help}")),
        Err(_) => Err(format!("it is no span of time\n = help: {help}")),
    }
}

/// Why something is done.
///
/// # Errors
/// A sentence with the bounds.
pub(crate) fn reason(text: &str) -> Result<String, String> {
    written(
        text,
        respond::MOST_TEXT,
        "a reason",
        "say why: whoever comes next reads it in `tidegate incident show`",
    )
}

/// What is noted.
///
/// # Errors
/// A sentence with the bounds.
pub(crate) fn note(text: &str) -> Result<String, String> {
    written(
        text,
        respond::MOST_NOTE,
        "a note",
        "write what the next one should know, in several notes if need be",
    )
}

fn written(text: &str, most: usize, noun: &str, help: &str) -> Result<String, String> {
    match text.trim().chars().count() {
        0 => Err(format!("{noun} has at least one letter\n = help: {help}")),
        chars if chars > most => {
            Err(format!("{noun} has at most {most} characters, and this has {chars}\n = help: {help}"))
        }
        _ => Ok(text.to_owned()),
    }
}
