//! What other tools can keep of the declared intent: Rego, Gatekeeper, nftables, NetworkPolicy.
//!
//! Pure functions from facts to texts with the names of their files. Nothing is pasted into a language
//! without being quoted for it, and what a tool cannot hold is listed as left out rather than weakened.

mod cluster;
mod nftables;

use std::collections::BTreeMap;

use domain::{Audience, IpPrefix};

use crate::facts::{Facts, OperationFacts};
use crate::rego::{self, RegoError};

pub use cluster::{TEMPLATE, gatekeeper, networkpolicy};
pub use nftables::nftables;

/// A file to be written: its name and its text.
pub type Made = (String, String);

/// The checks as Rego with the facts of this run, for conftest or OPA.
///
/// # Errors
/// Where a fact has no form in JSON.
pub fn rego(facts: &Facts<'_>) -> Result<Vec<Made>, RegoError> {
    Ok(vec![
        ("policy/tidegate.rego".to_owned(), rego::LIBRARY.to_owned()),
        ("policy/conftest.rego".to_owned(), rego::CONFTEST.to_owned()),
        ("facts.json".to_owned(), rego::facts_json(facts)?),
        ("README.md".to_owned(), README.to_owned()),
    ])
}

const README: &str = "\
# The checks of Tidegate as Rego

- `policy/tidegate.rego`: the library, package `tidegate.checks`: `blockers`, `warnings`, and what is
  told of them, `told_blockers` and `told_warnings`.
- `policy/conftest.rego`: `deny` and `warn` for conftest: `conftest test facts.json`
- `facts.json`: the facts that the run judged; `docs/check-facts.md` explains the names.

In OPA 1.20.2 both find the same as the native checks, which a test holds. In conftest itself they are
unproven there.
";

/// A document of which every operation is for internal callers, or not.
struct Service<'f, 'i> {
    /// Its file's name without folder and endings, as letters, digits and `-`.
    slug: String,
    operations: Vec<&'f OperationFacts<'i>>,
    /// The networks, where every operation is internal; sorted, each once.
    internal: Option<Vec<IpPrefix>>,
}

/// Documents with any declared intent, in the order of their names.
fn services<'f, 'i>(facts: &'f Facts<'i>) -> Vec<Service<'f, 'i>> {
    let mut by_source: BTreeMap<u32, Vec<&OperationFacts<'i>>> = BTreeMap::new();
    for operation in facts.operations.iter().filter(|operation| operation.document_declares) {
        by_source.entry(operation.operation.at.source.0).or_default().push(operation);
    }
    let services = by_source.into_iter().map(|(source, operations)| {
        let name = usize::try_from(source).ok().and_then(|source| facts.sources.get(source));
        let networks: Option<Vec<Vec<IpPrefix>>> =
            operations.iter().map(|operation| internal_networks(operation).map(<[_]>::to_vec)).collect();
        let internal = networks.map(|networks| {
            let mut networks: Vec<IpPrefix> = networks.into_iter().flatten().collect();
            networks.sort_by_key(|network| (network.base(), network.length()));
            networks.dedup();
            networks
        });
        Service { slug: slug(name.map_or("api", |source| source.name)), operations, internal }
    });
    services.collect()
}

fn internal_networks<'f>(operation: &'f OperationFacts<'_>) -> Option<&'f [IpPrefix]> {
    match operation.operation.intent.declared().map(|intent| &intent.audience) {
        Some(Audience::Internal(networks)) => Some(networks),
        _ => None,
    }
}

/// `deploy/shop.openapi.yaml` is `shop`. At most 40 characters; never empty.
fn slug(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.split('.').next().unwrap_or(name);
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let slug: String = name.chars().map(plain).take(40).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "api".to_owned() } else { slug.to_owned() }
}

/// A text on one line of a comment: no control characters, at most 200 characters.
fn comment(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}
