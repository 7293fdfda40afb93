//! One person's visit: steps in order, each with the answer that the shop alone would give.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use tokio::time::Instant;

use super::{Counts, Crowd, Kind, Progress};
use crate::client::{Answer, Ask, Client, Unreachable, all_bytes};
use crate::truth::contains;

/// Somebody with an address, and what they are going to do.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) kind: Kind,
    pub(super) source: Ipv4Addr,
    /// The address that the proxy at `source` names, where there is one.
    pub(super) behind: Option<Ipv6Addr>,
    /// Position in the directory of the customer whose data they may see; sign-ups have none.
    pub(super) own: Option<usize>,
    pub(super) packs: bool,
    pub(super) steps: Vec<Step>,
}

/// One request and what must come back.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) ask: Ask,
    pub(super) papers: Papers,
    pub(super) status: u16,
    /// Texts that the answer must hold.
    pub(super) holds: Vec<String>,
    /// Whether the records of several people are to come (staff, partner).
    pub(super) of_many: bool,
}

/// How a step says who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Papers {
    None,
    /// The answer brings token and cookie for the steps after.
    Earns,
    Token,
    Cookie,
}

#[derive(Debug, Default)]
struct Session {
    token: String,
    cookie: String,
}

/// Carries out `person`'s steps. After a failed log-in the rest is given up.
pub(super) async fn visit(person: &Person, crowd: &Crowd, progress: &Progress) -> (Counts, Vec<String>) {
    let mut counts = Counts::default();
    let mut complaints = Vec::new();
    let mut client = Client::new(person.source, &crowd.server);
    let mut session = Session::default();
    for step in &person.steps {
        let ask = equipped(step, person, &session);
        let Some(answer) = insist(&mut client, &ask, &mut counts, crowd, progress).await else { break };
        counts.sent += 1;
        progress.step();
        let fault = judged(step, person, crowd, &answer);
        match fault {
            Fault::None => {}
            Fault::Refused => counts.refused += 1,
            Fault::Wrong(_) => counts.wrong_content += 1,
        }
        if fault != Fault::None {
            complaints.push(format!(
                "{:?}: {} {} answered {} for {}{}",
                person.kind,
                ask.method,
                ask.target,
                answer.status,
                step.status,
                if let Fault::Wrong(how) = fault { how } else { "" }
            ));
        }
        if step.papers == Papers::Earns {
            let Some(earned) = earned(&answer) else { break };
            session = earned;
        }
    }
    (counts, complaints)
}

/// Token and cookie from a log-in answer of either shop.
fn earned(answer: &Answer) -> Option<Session> {
    let json = answer.json();
    let token = json.get("access_token").or_else(|| json.get("sitzung"))?.as_str()?.to_owned();
    let name = ["session", "sid"].into_iter().find(|name| answer.cookie(name).is_some())?;
    Some(Session { token, cookie: format!("{name}={}", answer.cookie(name)?) })
}

fn equipped(step: &Step, person: &Person, session: &Session) -> Ask {
    let ask = match step.papers {
        Papers::None | Papers::Earns => step.ask.clone(),
        Papers::Token => step.ask.clone().bearer(&session.token),
        Papers::Cookie => step.ask.clone().with("cookie", format!("theme=dark; {}", session.cookie)),
    };
    let ask = if person.packs { ask.with("accept-encoding", "gzip, deflate") } else { ask };
    match person.behind {
        Some(address) => ask.with("x-forwarded-for", address.to_string()),
        None => ask,
    }
}

/// Tries until an answer comes; `None` when none came for too long, to this person or another.
async fn insist(
    client: &mut Client,
    ask: &Ask,
    counts: &mut Counts,
    crowd: &Crowd,
    progress: &Progress,
) -> Option<Answer> {
    let until = Instant::now() + crowd.patience;
    loop {
        match client.send(ask).await {
            Ok(answer) => return Some(answer),
            Err(Unreachable::Unsendable { .. }) => return None,
            Err(_) => counts.unreachable += 1,
        }
        if progress.is_over() || Instant::now() >= until {
            progress.end();
            return None;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Refused,
    /// What is wrong with the answer, to be read after its status.
    Wrong(&'static str),
}

fn judged(step: &Step, person: &Person, crowd: &Crowd, answer: &Answer) -> Fault {
    if answer.status != step.status {
        return if answer.status >= 400 { Fault::Refused } else { Fault::Wrong("") };
    }
    let bytes = all_bytes(answer);
    if !answer.whole {
        return Fault::Wrong(", cut off");
    }
    if !step.holds.iter().all(|text| contains(&bytes, text.as_bytes())) {
        return Fault::Wrong(", without what was asked for");
    }
    let discreet = step.of_many || crowd.truth.find(&bytes).iter().all(|one| Some(*one) == person.own);
    if discreet { Fault::None } else { Fault::Wrong(", with somebody else's data") }
}
