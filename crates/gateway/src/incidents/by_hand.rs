//! What people ask of incidents over the admin socket, as data: `tidegate incident` sends an [`Ask`] and
//! reads an [`Answer`], both JSON.

use domain::{Endpoint, IpPrefix, SubjectDigest, Window};
use respond::{
    ActError, Action, ActionId, ByHand, Callers, Incident, IncidentId, Innocents, Kept, Party, Rung, Target,
    UndoError, What,
};
use serde::{Deserialize, Serialize};

use crate::Gateway;

/// A question or a wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ask {
    /// All incidents and actions.
    Read,
    /// Whom an action would hit.
    Predict(Wanted),
    /// Takes an action.
    Act(Wanted),
    /// Ends an action, or turns a proposal down.
    Undo {
        /// Which.
        action: ActionId,
        /// Who asks.
        who: String,
    },
    /// Takes a proposal.
    Accept {
        /// Which.
        action: ActionId,
        /// Who asks.
        who: String,
    },
    /// Adds a note.
    Note {
        /// To which.
        incident: IncidentId,
        /// Who writes.
        who: String,
        /// What.
        text: String,
    },
    /// Lets the baselines of an endpoint begin anew.
    Baseline {
        /// Of which.
        endpoint: Endpoint,
        /// Who asks.
        who: String,
        /// Why.
        reason: String,
    },
    /// Closes an incident.
    Close {
        /// Which.
        incident: IncidentId,
        /// Who asks.
        who: String,
    },
}

/// Steps that a person may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Delays a source.
    Slow,
    /// 429 to a source or a kind of traffic.
    Refuse,
    /// 503 to an endpoint.
    Quarantine,
    /// 503 to all that an upstream answers.
    Isolate,
}

/// An action as a person writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// What is done.
    pub step: Step,
    /// Of `slow` and `refuse` an address, a network, `principal:DIGEST`, `anonymous` or `everybody`; of
    /// `quarantine` an endpoint; of `isolate` the name of an upstream.
    pub target: String,
    /// Of `slow` and `refuse`: only there.
    pub endpoint: Option<Endpoint>,
    /// For how long.
    pub span: Window,
    /// Who asks.
    pub who: String,
    /// Why.
    pub reason: String,
    /// The incident it is about.
    pub incident: Option<IncidentId>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "kebab-case")]
pub enum Answer {
    /// All incidents and actions.
    State {
        /// As they are kept.
        state: Box<Kept>,
        /// Whether the gateway refuses and slows: in observe it only tells.
        acts: bool,
    },
    /// Whom an action would hit.
    Predicted {
        /// So many.
        innocents: Innocents,
        /// What is likely not meant.
        remark: Option<String>,
    },
    /// An action as it stands now.
    Action {
        /// It.
        action: Box<Action>,
        /// Whether it is on disk: in force again after a restart.
        kept: bool,
        /// Whether the gateway refuses and slows: in observe it only tells.
        acts: bool,
    },
    /// Baselines began anew.
    Baseline {
        /// Of which.
        endpoint: Endpoint,
        /// Strangers an hour that were borne, and those beyond the first two of each source.
        was: [u32; 2],
    },
    /// An incident as it stands now.
    Incident {
        /// It.
        incident: Box<Incident>,
        /// Whether it is on disk.
        kept: bool,
    },
}

/// Why something was not done, for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// One sentence.
    pub error: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Sentence {
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self { error: text.into(), help: None }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

impl From<ActError> for Sentence {
    fn from(error: ActError) -> Self {
        let help = match &error {
            ActError::Nameless => "say why with `--reason TEXT`, and who you are with `--who NAME`".to_owned(),
            ActError::Span { .. } => "write a span such as `15m`".to_owned(),
            ActError::Mismatch { .. } => "`refuse` and `slow` take a source, or callers at an `--endpoint`; `quarantine` an endpoint, `isolate` an upstream".to_owned(),
            ActError::Same(id) => format!("`tidegate incident undo {id}` ends it"),
            ActError::Full => "`tidegate incident list` names them, `tidegate incident undo ACT-…` ends one".to_owned(),
            ActError::NotProposed(_) => NAMED.to_owned(),
            _ => "`tidegate incident act --help` says what can be done".to_owned(),
        };
        Self::of(error.to_string()).help(help)
    }
}

impl From<UndoError> for Sentence {
    fn from(error: UndoError) -> Self {
        Self::of(error.to_string()).help(NAMED)
    }
}

/// An incident of this name is not there.
pub(super) fn unknown(id: IncidentId) -> Sentence {
    Sentence::of(format!("there is no {id}")).help("`tidegate incident list` names them")
}

/// Where actions are named.
pub(super) const NAMED: &str = "`tidegate incident list` names the actions that are in force or proposed";

impl Wanted {
    /// As the engine takes it, and what is likely not meant.
    pub(super) fn read(self, gateway: &Gateway) -> Result<(ByHand, Option<String>), Sentence> {
        let Self { step, target, endpoint, span, who, reason, incident } = self;
        let text = target.trim();
        let mut remark = None;
        let mut meant = |endpoint: &Endpoint| -> Result<Endpoint, Sentence> {
            let found = gateway.meant(endpoint).ok_or_else(|| {
                Sentence::of(format!(
                    "`{endpoint}` is not declared, no request went there since the start, and the ledger has nothing of it: an action on it would do nothing"
                ))
                .help("write it as `tidegate inventory` and the log show it, or a path to it")
            })?;
            if found != *endpoint {
                remark = Some(format!("`{endpoint}` is `{found}` here: it is done to all of that"));
            }
            Ok(found)
        };
        let (rung, target, named) = match step {
            Step::Quarantine | Step::Isolate if endpoint.is_some() => {
                return Err(Sentence::of("an endpoint belongs to `slow` and `refuse` only")
                    .help("leave `--endpoint` out: what is closed is the target"));
            }
            Step::Isolate => {
                let upstream = Target::Upstream(gateway.upstream_number(text)?);
                (Rung::Isolate, upstream, Some(text.to_owned()))
            }
            Step::Quarantine => {
                let door = text.parse::<Endpoint>().map_err(|error| {
                    Sentence::of(error.to_string())
                        .help("write a method and a path, such as `GET /orders/{id}`")
                })?;
                let door = meant(&door)?;
                (Rung::Quarantine, Target::Endpoint(detect::endpoint_key(&door)), Some(door.to_string()))
            }
            Step::Slow | Step::Refuse => {
                let endpoint = endpoint.as_ref().map(&mut meant).transpose()?;
                let door = endpoint.as_ref().map(detect::endpoint_key);
                let (rung, target) = match (callers(text), door) {
                    (Some(callers), Some(door)) => {
                        (Rung::RefuseKind, Target::Kind { door, callers, what: What::Any })
                    }
                    (Some(_), None) => {
                        return Err(Sentence::of("a kind of traffic is refused or slowed at an endpoint")
                            .help("add `--endpoint \"GET /orders/{id}\"`"));
                    }
                    (None, door) => {
                        (Rung::RefuseSource, Target::Source { party: party(text)?, door, what: What::Any })
                    }
                };
                let rung = if step == Step::Slow { Rung::Slow } else { rung };
                (rung, target, endpoint.map(|endpoint| endpoint.to_string()))
            }
        };
        Ok((ByHand { rung, target, named, span, who, reason, incident }, remark))
    }
}

fn callers(text: &str) -> Option<Callers> {
    match text {
        "anonymous" => Some(Callers::Unidentified),
        "everybody" => Some(Callers::Anyone),
        _ => None,
    }
}

/// How a source is written.
const SOURCE: &str = "write an address (`192.0.2.7`), a network (`192.0.2.0/24`, `2001:db8::/48`), or `principal:` and its digest as `tidegate incident show` prints it";

/// What a person wrote, as far as it fits into a sentence.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

fn party(text: &str) -> Result<Party, Sentence> {
    if let Some(digest) = text.strip_prefix("principal:") {
        let digest = digest
            .parse::<SubjectDigest>()
            .map_err(|error| Sentence::of(format!("`{}`: {error}", shown(text))).help(SOURCE))?;
        return Ok(Party::Principal(digest));
    }
    let wrong = |_| Sentence::of(format!("`{}` is no source", shown(text))).help(SOURCE);
    let prefix = text.parse::<IpPrefix>().map_err(wrong)?;
    // One IPv6 address is what its owner has 2^64 of.
    let is_host = !prefix.base().is_ipv4() && prefix.length() == 128;
    Ok(Party::Network(if is_host { IpPrefix::of(prefix.base(), 64) } else { prefix }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_as_people_write_it() {
        let shown = |text: &str| party(text).map(|party| party.to_string()).map_err(|error| error.error);
        assert_eq!(shown("192.0.2.7").as_deref(), Ok("192.0.2.7/32"));
        assert_eq!(shown("192.0.2.0/24").as_deref(), Ok("192.0.2.0/24"));
        assert_eq!(shown("2001:db8::7").as_deref(), Ok("2001:db8::/64"));
        let principal = format!("principal:{}", "ab".repeat(16));
        assert_eq!(shown(&principal).as_deref(), Ok(&*principal));
        for text in ["", "somebody", "192.0.2.0/33", "principal:x"] {
            assert!(party(text).is_err(), "{text}");
        }
    }
}
