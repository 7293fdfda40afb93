//! What to do about a report: pages for people first, then what acts.
//!
//! Every function here is pure: from the claims of a report ([`intel::Intel`]) to the bytes of one file of
//! `tidegate intel REPORT -o DIR`. What the report says is hostile: it enters a page as text, and nothing
//! else. Nothing here reads a report, opens a file, knows the time, or acts.

pub mod errata;
mod evidence;
pub mod facts;
pub mod hunt;
pub mod page;
pub mod patch;
pub mod playbook;
pub mod replay;
mod replay_page;
pub mod rules;
pub mod timeline;
pub mod tree;

use domain::Endpoint;
use intel::Intel;
use serde_json::json;

use facts::Facts;
use hunt::Query;
use patch::Patch;
use playbook::Step;
use replay::Replay;
use rules::Rule;

/// A report, understood, with what is not in its text.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// What it is called: for people, never a path to open.
    pub name: &'r str,
    /// Its bytes, which all spans point into.
    pub bytes: &'r [u8],
    /// What it says.
    pub intel: &'r Intel,
    /// The day of publication (`2031-05-17`): the report's own, else what was said beside it.
    pub published: Option<&'r str>,
}

impl<'r> Report<'r> {
    /// The report called `name`; `published` counts where it does not say its day itself.
    #[must_use]
    pub fn new(name: &'r str, bytes: &'r [u8], intel: &'r Intel, published: Option<&'r str>) -> Self {
        let own = intel.published.as_deref().filter(|day| is_day(day));
        Self { name, bytes, intel, published: own.or(published) }
    }
}

/// Everything that was derived from one report.
#[derive(Clone, Debug)]
pub struct Measures {
    /// What of the report shaped it.
    pub facts: Facts,
    /// Sigma rules.
    pub rules: Vec<Rule>,
    /// Virtual patches.
    pub patches: Vec<Patch>,
    /// The last day of the patches.
    pub expires: String,
    /// `patch/intent.yaml`.
    pub intent: Option<String>,
    /// Queries.
    pub queries: Vec<Query>,
    /// Steps of the playbook.
    pub steps: Vec<Step>,
    /// What came of running it; `None` where it was left out.
    pub replay: Option<Replay>,
}

impl Measures {
    /// What follows from `report`. `given` are doors of one's own, in place of the report's; patches end
    /// after `expires` (`2031-05-17`). The replay is added by whoever runs it.
    ///
    /// # Errors
    /// Cedar refuses a patch: nothing is derived then.
    pub fn of(report: &Report<'_>, given: &[Endpoint], expires: &str) -> Result<Self, String> {
        let facts = Facts::of(report, given);
        let rules = rules::rules(report, &facts);
        // A patch says why it is there: where the report tells of no way in which records were taken, none is.
        let has_cause = !facts.ways.is_empty();
        let patches = if has_cause { patch::patches(report, &facts, expires)? } else { Vec::new() };
        let intent =
            if has_cause { patch::intent(&facts, &patches, &report.intel.held_against()) } else { None };
        let queries = hunt::queries(report, &facts, &rules);
        let steps = playbook::steps(&facts, &rules, &patches);
        Ok(Self { facts, rules, patches, expires: expires.to_owned(), intent, queries, steps, replay: None })
    }

    /// `countermeasures.json`: what was derived, with everything that another run needs to derive the same.
    #[must_use]
    pub fn json(&self, report: &Report<'_>) -> String {
        let rules: Vec<_> = self
            .rules
            .iter()
            .map(|rule| {
                json!({
                    "file": format!("sigma/{}.yml", rule.name),
                    "title": rule.title,
                    "way": rule.way,
                    "threshold": rule.threshold,
                    "reads_web_logs": rule.reads_web_logs,
                })
            })
            .collect();
        let patches: Vec<_> = self
            .patches
            .iter()
            .map(|patch| {
                json!({
                    "file": format!("patch/{}.cedar", patch.id),
                    "endpoint": patch.endpoint.to_string(),
                    "reason": patch.reason,
                    "users_pass": patch.users_pass,
                })
            })
            .collect();
        let object = json!({
            "schema": "tidegate.countermeasures/1",
            "report": report.intel.source.sha256,
            "knowledge": report.intel.knowledge,
            "published": report.published,
            "expires": self.expires,
            "facts": self.facts,
            "rules": rules,
            "patches": patches,
            "replay": self.replay,
        });
        serde_json::to_string_pretty(&object).unwrap_or_default() + "\n"
    }
}

/// Whether `text` has the form of a whole day, `2031-05-17`.
fn is_day(text: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split('-');
    let whole = |part: Option<&str>, count| part.is_some_and(|part| digits(part, count));
    whole(parts.next(), 4) && whole(parts.next(), 2) && whole(parts.next(), 2) && parts.next().is_none()
}
