//! The steps: contain, assess, notify, recover, learn.

use domain::{ClassSet, Timestamp};

use crate::facts::{Facts, Way};
use crate::patch::Patch;
use crate::rules::Rule;

/// A part of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Stop it.
    Contain,
    /// Say what left.
    Assess,
    /// Tell those who must be told.
    Notify,
    /// Mend it.
    Recover,
    /// Keep it from happening again.
    Learn,
}

impl Phase {
    /// Its heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Contain => "Contain",
            Self::Assess => "Assess",
            Self::Notify => "Notify",
            Self::Recover => "Recover",
            Self::Learn => "Learn",
        }
    }
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The part that it belongs to.
    pub phase: Phase,
    /// What to do, in a few words.
    pub name: String,
    /// How, and why.
    pub what: String,
    /// The command of Tidegate that does it, word by word. What is in capitals is to be filled in.
    pub command: Option<Vec<String>>,
}

fn step(phase: Phase, name: &str, what: &str, command: &[&str]) -> Step {
    let command = command.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    Step {
        phase,
        name: name.to_owned(),
        what: what.to_owned(),
        command: (!command.is_empty()).then_some(command),
    }
}

/// The steps, in order.
#[must_use]
pub fn steps(facts: &Facts, rules: &[Rule], patches: &[Patch]) -> Vec<Step> {
    let mut steps = contain(facts, patches);
    steps.extend(assess(facts, rules));
    steps.extend(notify(facts));
    steps.extend(recover(facts, patches));
    steps.extend(learn(facts, rules));
    steps
}

fn contain(facts: &Facts, patches: &[Patch]) -> Vec<Step> {
    let phase = Phase::Contain;
    let mut steps = Vec::new();
    if patches.is_empty() {
        steps.push(step(
            phase,
            "Find the door.",
            "The report names none that a patch could close: say yours, and patch and intent are derived for it.",
            &["tidegate", "intel", "REPORT", "-o", "DIR", "--endpoint", "METHOD /PATH"],
        ));
    } else {
        steps.push(step(
            phase,
            "Check patch and intent before they act.",
            "Every file under `patch` is read as the gateway reads it; what does not fit your service has its line.",
            &["tidegate", "config", "validate", "patch/intent.yaml"],
        ));
        steps.push(step(
            phase,
            "Close the door with the patch, and bound what may leave.",
            "The gateway stands before the service; the patch forbids, ends by itself, and the leak budget holds where the patch does not.",
            &["tidegate", "serve", "--config", "patch/intent.yaml", "--upstream", "http://127.0.0.1:8080"],
        ));
        if let Some(patch) = patches.first() {
            let (method, path) = (patch.endpoint.method().as_str(), patch.endpoint.template().as_str());
            steps.push(step(
                phase,
                "See that it refuses.",
                "What a request without any identity meets now.",
                &["tidegate", "explain", method, path, "-c", "patch/intent.yaml"],
            ));
        }
    }
    let door = facts.doors.first().map_or("METHOD /PATH".to_owned(), |door| door.endpoint.to_string());
    steps.push(step(
        phase,
        "Where that takes too long, quarantine the endpoint by hand.",
        "It closes the endpoint for everybody for a short while; it says first whom it would hit.",
        &[
            "tidegate",
            "incident",
            "act",
            "quarantine",
            &door,
            "--for",
            "15m",
            "--reason",
            "records of others leave",
            "--dry-run",
        ],
    ));
    if facts.ways.contains(&Way::ManySources) {
        steps.push(step(
            phase,
            "Do not block addresses one by one.",
            "The report tells of many sources: only what holds for the endpoint as a whole stops them.",
            &[],
        ));
    }
    steps.push(step(
        phase,
        "Keep the logs.",
        "Copy the logs of gateway, firewall and service before they are rotated: they are all that tells who received what before the gateway stood there.",
        &[],
    ));
    steps
}

fn assess(facts: &Facts, rules: &[Rule]) -> Vec<Step> {
    let phase = Phase::Assess;
    let mut steps = vec![step(
        phase,
        "Hunt in the logs of the time before.",
        "Who walked through the records, and since when. `hunt.md` has further queries.",
        &["tidegate", "hunt", "access.log"],
    )];
    if !rules.is_empty() {
        steps.push(step(
            phase,
            "Match the rules of this report.",
            "A rule that can see nothing in a log says what the log lacks.",
            &["tidegate", "sigma", "match", "sigma", "access.log"],
        ));
    }
    let account = ["tidegate", "ledger", "exposure"];
    match facts.doors.first() {
        Some(door) => {
            let endpoint = door.endpoint.to_string();
            let mut words = account.to_vec();
            words.extend(["--endpoint", &endpoint]);
            steps.push(step(phase, "Account for what left.", ACCOUNT, &words));
        }
        None => steps.push(step(phase, "Account for what left.", ACCOUNT, &account)),
    }
    steps.push(step(
        phase,
        "Look at the incident.",
        "Signals, sources, people, and what is done about it.",
        &["tidegate", "incident", "list"],
    ));
    steps
}

const ACCOUNT: &str = "People at least and at most, by class, recipient and endpoint, as far as the ledger reaches back; what left before is in the logs only.";

/// The duties that a leak may bring, from the one table of them.
fn notify(facts: &Facts) -> Vec<Step> {
    let phase = Phase::Notify;
    let exposed: ClassSet = facts.classes.iter().copied().collect();
    let duties = respond::duties(1, exposed, Timestamp::from_secs(0));
    let mut steps: Vec<Step> = duties
        .iter()
        .map(|duty| {
            let what = format!("For: {}. Clock: {}. Source: {}.", duty.holds_for, duty.clock, duty.source);
            step(phase, &format!("{}.", capital(duty.what)), &what, &[])
        })
        .collect();
    steps.push(step(
        phase,
        "Write the dossier.",
        "Timeline, evidence, the account, duties with their clocks, for the file and for those who must be told.",
        &["tidegate", "incident", "dossier", "INC-NAME", "--format", "html"],
    ));
    steps
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn recover(facts: &Facts, patches: &[Patch]) -> Vec<Step> {
    let phase = Phase::Recover;
    let mut mend = String::from("Every operation that returns personal data asks who calls");
    if facts.ways.contains(&Way::Objects) {
        mend.push_str(", and whose object it is");
    }
    if facts.ways.contains(&Way::Pages) || facts.ways.contains(&Way::Volume) {
        mend.push_str(", and bounds how many records one caller receives, not how many requests it makes");
    }
    mend.push_str(". The checklist says where that is missing.");
    let mut steps = vec![
        step(phase, "Mend the service.", &mend, &["tidegate", "check", "."]),
        step(
            phase,
            "Declare the intent of every operation.",
            "From recorded traffic, for a person to review.",
            &["tidegate", "config", "propose", "--exchange-log", "exchanges.ndjson"],
        ),
    ];
    if !patches.is_empty() {
        steps.push(step(
            phase,
            "Take the patch away.",
            "When the service is mended and the intent says the same. It ends by itself on the day that stands in it.",
            &[],
        ));
    }
    steps
}

fn learn(facts: &Facts, rules: &[Rule]) -> Vec<Step> {
    let phase = Phase::Learn;
    let mut steps = vec![step(
        phase,
        "Let the build fail next time.",
        "The checklist in the pipeline, before anything is deployed.",
        &["tidegate", "check", ".", "--format", "sarif"],
    )];
    if !rules.is_empty() {
        steps.push(step(
            phase,
            "Keep the rules, with their samples.",
            "A rule that does not speak on its sample is no rule.",
            &["tidegate", "sigma", "test", "sigma"],
        ));
    }
    if facts.doors.is_empty() {
        return steps;
    }
    steps.push(step(
        phase,
        "List what is served and was never declared.",
        "The next forgotten door is there already.",
        &["tidegate", "inventory"],
    ));
    steps
}
