//! `patch/*.cedar`: virtual patches of the doors that the report names, and `patch/intent.yaml`.
//!
//! A patch can only forbid, and it ends. Of the report it holds a path whose letters were checked; its
//! reason is ours. The tree is written by Cedar itself ([`policy::patch::Draft`]).

use domain::Endpoint;

use crate::Report;
use crate::facts::{Door, Facts, Way};
use crate::tree::{Yaml, map, texts};

/// A virtual patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Its `@id`, and the name of its file without ending.
    pub id: String,
    /// Its `@reason`.
    pub reason: String,
    /// What it closes.
    pub endpoint: Endpoint,
    /// Whether signed-in people pass.
    pub users_pass: bool,
    /// The file.
    pub cedar: String,
}

/// The patches for `facts`, which end at `expires` (`2031-05-17`).
///
/// # Errors
/// Cedar refuses a tree: no patch is better than a part of one.
pub fn patches(report: &Report<'_>, facts: &Facts, expires: &str) -> Result<Vec<Patch>, String> {
    facts.doors.iter().map(|door| patch(report, facts, door, expires)).collect()
}

fn patch(report: &Report<'_>, facts: &Facts, door: &Door, expires: &str) -> Result<Patch, String> {
    let digest = report.intel.source.sha256.get(..12).unwrap_or_default();
    let slug: String = door
        .endpoint
        .to_string()
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect::<String>()
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    let id = format!("derived-{}", slug.chars().take(60).collect::<String>().trim_end_matches('-'));
    // Who has an account is who took the records, where the report speaks of no open door: then an identity
    // is no reason to pass.
    let users_pass = facts.ways.contains(&Way::Anonymous) || !facts.ways.contains(&Way::Objects);
    let what = match (facts.ways.contains(&Way::Anonymous), facts.per_call) {
        (true, Some(each)) => format!("records leave without identity, {each} with one request"),
        (true, None) => "records leave without identity".to_owned(),
        (false, _) => "records of others leave".to_owned(),
    };
    let reason = format!("{what} (derived from the report with SHA-256 {digest})");
    let draft = policy::patch::Draft {
        id: &id,
        reason: &reason,
        expires,
        endpoints: std::slice::from_ref(&door.endpoint),
        users_pass,
        only: &[],
    };
    let cedar =
        format!("// Derived by Tidegate, held against {}.\n{}", report.intel.held_against(), draft.text()?);
    Ok(Patch { reason, endpoint: door.endpoint.clone(), users_pass, cedar, id })
}

/// People an hour whose data one caller may receive at a patched door: a hundredth of what was taken, at
/// most 20, at least 5: without a declared owner one's own record counts too.
#[must_use]
pub fn leak_budget(facts: &Facts) -> u64 {
    facts.accessed.map_or(20, |records| (records / 100).clamp(5, 20))
}

/// `patch/intent.yaml`: a configuration for `serve` with the patches, and what the doors should have
/// declared. `None` where the report names no door.
#[must_use]
pub fn intent(facts: &Facts, patches: &[Patch], held_against: &str) -> Option<String> {
    if facts.doors.is_empty() {
        return None;
    }
    let people = leak_budget(facts);
    let classes: Vec<&str> = facts.classes.iter().map(|class| class.word()).collect();
    let endpoints = facts.doors.iter().map(|door| {
        let limit = vec![
            map([("requests", 60.into()), ("per", "1m".into())]),
            map([("distinct", 20.into()), ("per", "1m".into())]),
        ];
        let budget = vec![
            map([("subjects", people.into()), ("per", "1h".into())]),
            map([("subjects", (people * 2).into()), ("per", "24h".into())]),
        ];
        let mut declared = vec![("audience".to_owned(), "authenticated".into())];
        if !classes.is_empty() {
            declared.push(("classes".to_owned(), texts(&classes)));
        }
        declared.push(("limit".to_owned(), Yaml::List(limit)));
        declared.push(("budget".to_owned(), Yaml::List(budget)));
        (door.endpoint.to_string(), Yaml::Map(declared))
    });
    let files: Vec<String> = patches.iter().map(|patch| format!("{}.cedar", patch.id)).collect();
    let tree = Yaml::Map(vec![
        ("mode".to_owned(), "guard".into()),
        ("direct".to_owned(), Yaml::Flag(true)),
        ("upstreams".to_owned(), map([("service", map([("url", "http://127.0.0.1:8080".into())]))])),
        ("patches".to_owned(), texts(&files)),
        ("endpoints".to_owned(), Yaml::Map(endpoints.collect())),
    ]);
    Some(format!(
        "# Derived by Tidegate, held against {held_against}.\n\
         # For `tidegate serve --config intent.yaml`; `tidegate config validate intent.yaml` checks it with the patches\n\
         # beside it, and warns (exit 1) until `identify` says who issues tokens. Before it serves, say: where the\n\
         # service is (`upstreams`), whose word on addresses counts (`direct`, or `trust` with the networks of your\n\
         # proxies), and who issues tokens (`identify`): until then nobody is signed in, and nobody passes. Which field\n\
         # of a record names its owner no report can know: `owner: $.customer_id = claim.sub` lets people read what is\n\
         # theirs, free of budgets.\n{}",
        tree.text()
    ))
}
