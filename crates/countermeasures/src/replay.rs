//! Replay: what is to be run so that a derived patch and rule are tested, and what came of it.
//!
//! The attack is the report's: its door, its batch, its count. Here is only the plan and the result; who runs
//! it, against the demo shop on loopback, is the program.

use std::collections::BTreeMap;

use domain::Endpoint;
use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Way};

/// Most requests of a replay.
pub const MOST_REQUESTS: u64 = 2_700;

/// How the attack asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// `{"page": n, "size": batch}` in the body, or `page=n&size=batch` in the query.
    Pages,
    /// `?id=n`.
    Query,
    /// The parameter of the path.
    Path,
}

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    /// The door.
    pub endpoint: Endpoint,
    /// How it asks.
    pub asks: Asks,
    /// Records with one request.
    pub batch: u64,
    /// How many requests.
    pub requests: u64,
    /// Numbers that the report does not give and that were taken instead.
    pub assumed: Vec<&'static str>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "replay", rename_all = "kebab-case")]
pub enum Replay {
    /// It was run.
    Replayed(Box<Figures>),
    /// It was not, and why.
    NotReplayed {
        /// Why.
        why: String,
    },
}

impl Replay {
    /// What a run says. One in which nobody's records left even without patch and intent proves nothing of
    /// them, and is no result: it is `NotReplayed`, with the reason.
    #[must_use]
    pub fn of(figures: Figures) -> Self {
        if figures.leaked_without > 0 {
            return Self::Replayed(Box::new(figures));
        }
        let asked = match figures.asks {
            Asks::Pages => "asked page by page",
            Asks::Query => "asked with ids in its query string",
            Asks::Path => "asked object by object",
        };
        Self::NotReplayed {
            why: format!(
                "it would prove nothing, because the demo shop gives nobody's records at `{}`, {asked}, even through a \
                 gateway that only looks on ({} requests)",
                figures.endpoint, figures.requests
            ),
        }
    }
}

/// The figures of a replay against the demo shop (27,000 synthetic people).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Where.
    pub endpoint: String,
    /// How it asked.
    pub asks: Asks,
    /// Records with one request.
    pub batch: u64,
    /// Requests of the attack.
    pub requests: u64,
    /// What the report does not give and was taken instead.
    pub assumed: Vec<String>,
    /// People whose records the attacker held, with a gateway that only looks on.
    pub leaked_without: u64,
    /// The same with the patch alone, in guard; null where there is no patch.
    pub leaked_with_patch: Option<u64>,
    /// The same with the declared intent, without the patch.
    pub leaked_with_intent: Option<u64>,
    /// What honest people met with the patch.
    pub innocents_with_patch: Option<Innocents>,
    /// The same with the intent.
    pub innocents_with_intent: Option<Innocents>,
    /// What each derived rule saw in the exchange log of the gateway that only looked on.
    pub rules: Vec<RuleSeen>,
}

/// What honest people met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Innocents {
    /// Their requests that were answered.
    pub requests: u64,
    /// Those of them that were refused.
    pub refused: u64,
    /// Refusals in the exchange log by their reason, and door, such as `patched at GET /orders`.
    pub because: BTreeMap<String, u64>,
}

/// What a rule saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSeen {
    /// The rule's file.
    pub rule: String,
    /// The line of the log at which it spoke first about the attacker; null: never.
    pub line: Option<u64>,
    /// Requests of the attack until then.
    pub requests: Option<u64>,
    /// People whose records had left by then.
    pub leaked: Option<u64>,
    /// Times that it spoke about honest people.
    pub innocents: u64,
}

/// The plan for `facts`, where one of `doors` (method and path template of the shop) is the report's.
///
/// # Errors
/// Why it cannot be replayed, as a sentence.
pub fn plan(facts: &Facts, doors: &[(&str, &str)]) -> Result<Plan, String> {
    if facts.doors.is_empty() {
        return Err("the report names no door".to_owned());
    }
    if facts.ways.is_empty() {
        return Err("the report does not say how records were taken".to_owned());
    }
    let known = |door: &&crate::facts::Door| {
        let endpoint = &door.endpoint;
        doors.iter().any(|(method, path)| {
            *method == endpoint.method().as_str() && shape(path) == shape(endpoint.template().as_str())
        })
    };
    let Some(door) = facts.doors.iter().find(known) else {
        let names: Vec<String> = facts.doors.iter().map(|door| format!("`{}`", door.endpoint)).collect();
        return Err(format!("the demo shop has no door {}", names.join(" or ")));
    };
    let asks = if door.endpoint.template().has_parameters() {
        Asks::Path
    } else if facts.ways.contains(&Way::Objects) && !facts.ways.contains(&Way::Pages) {
        Asks::Query
    } else {
        Asks::Pages
    };
    // An id in a query is asked for with GET: with another method it would run another door than the report's.
    if asks == Asks::Query && *door.endpoint.method() != domain::Method::Get {
        return Err(format!("the demo shop's `{}` takes no id in its query string", door.endpoint));
    }
    let mut assumed = Vec::new();
    let batch = match (asks, facts.per_call) {
        (Asks::Pages, Some(batch)) => batch.clamp(1, 1_000),
        (Asks::Pages, None) => {
            assumed.push("10 records with one request");
            10
        }
        _ => 1,
    };
    let told = facts.accessed.map(|records| records.div_ceil(batch)).or(facts.requests);
    let requests = told.unwrap_or_else(|| {
        assumed.push("500 requests");
        500
    });
    if requests > MOST_REQUESTS {
        assumed.push("at most 2,700 requests");
    }
    Ok(Plan {
        endpoint: door.endpoint.clone(),
        asks,
        batch,
        requests: requests.clamp(1, MOST_REQUESTS),
        assumed,
    })
}

/// A path with its parameters made equal.
fn shape(path: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(leaked_without: u64) -> Figures {
        Figures {
            endpoint: "GET /api/customers".to_owned(),
            asks: Asks::Query,
            batch: 1,
            requests: 500,
            assumed: Vec::new(),
            leaked_without,
            leaked_with_patch: Some(0),
            leaked_with_intent: Some(0),
            innocents_with_patch: None,
            innocents_with_intent: None,
            rules: Vec::new(),
        }
    }

    #[test]
    fn a_run_in_which_nobody_leaks_without_a_patch_is_no_result() {
        assert_eq!(Replay::of(figures(3)), Replay::Replayed(Box::new(figures(3))));
        let Replay::NotReplayed { why } = Replay::of(figures(0)) else { unreachable!("nothing was proved") };
        assert_eq!(
            why,
            "it would prove nothing, because the demo shop gives nobody's records at `GET /api/customers`, asked \
             with ids in its query string, even through a gateway that only looks on (500 requests)"
        );
    }
}
