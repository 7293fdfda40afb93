//! A configuration as `tidegate check` judges it: what the gateway would let through by it.
//!
//! Read as [`super::load`] reads it, but for what decides nothing about that and need not be where a
//! change is checked: key sets, certificates, tokens, addresses to bind.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use domain::{Endpoint, Timestamp};
use gateway::Rules;
use gateway::blueprint::Blueprint;
use net::upstream::Tls;
use policy::authorize::{Declared, Notice, Policies, Source};
use spec::diagnostic::Diagnostic;
use spec::tree::Span;

use super::files::Text;
use super::load::{Loader, decoded};
use super::{Config, Finding, check};

/// A configuration that could be judged.
pub struct Judged {
    /// As written.
    pub config: Config,
    /// What a gateway would be built from.
    pub blueprint: Blueprint,
    /// The gateway's own rules.
    pub rules: Rules,
    /// Where each operation is declared: a file and a place in it.
    pub declared_at: BTreeMap<Endpoint, (Arc<str>, Span)>,
    /// Where keys stand, by their names from the outside in, dotted: `budgets.address`.
    pub keys: BTreeMap<String, Span>,
    /// What is not wrong and likely not meant.
    pub warnings: Vec<Finding>,
}

/// Keys whose place is asked for; those of roles come beside.
const KEYS: [&str; 7] = ["mode", "listen", "direct", "trust", "policies", "patches", "identify"];
/// Keys within which every key's place is asked for.
const WITHIN: [&str; 3] = ["limits", "budgets", "identify"];

/// Reads the configuration `text`, which is called `name`, and every file that it names.
///
/// # Errors
/// Everything that is wrong, warnings included: then nothing can be said of what it lets through.
pub fn judge(
    name: &Arc<str>,
    text: &Arc<str>,
    published_keys: &[[u8; 32]],
    read_at: Timestamp,
) -> Result<Judged, Vec<Finding>> {
    let text = Text { name: name.clone(), text: text.clone() };
    let (root, mut config, faults) = decoded(&text)?;
    let folder = Path::new(&**name).parent().unwrap_or(Path::new("")).to_owned();
    let mut loader = Loader::new(text, Some(root), folder, read_at);
    loader.findings = faults;
    let blueprint = loader.blueprint(&mut config);
    let tls = Tls::new(None).map_err(|error| {
        loader.tell(Diagnostic::error("CONFIG-003", error.to_string(), Span::default()));
        std::mem::take(&mut loader.findings)
    })?;
    let sound = !loader.findings.iter().any(Finding::is_error);
    let rules = sound.then(|| check::built(&mut loader, &config, &blueprint, &tls, published_keys)).flatten();
    let Some(rules) = rules else { return Err(loader.findings) };
    // Ended patches and declarations are findings of the checklist.
    for notice in rules.notices.iter().filter(|notice| !matches!(notice, Notice::ExpiredPatch(_))) {
        check::tell_notice(&mut loader, notice, &blueprint);
    }
    check::identities(&mut loader, &config, &blueprint);
    let mut keys: BTreeMap<String, Span> = BTreeMap::new();
    for key in KEYS {
        keys.insert(key.to_owned(), loader.place(&[key]));
    }
    for outer in WITHIN {
        loader.keys_within(&mut vec![outer.to_owned()], &mut keys);
    }
    keys.retain(|_, span| span.line > 0);
    let declared_at = loader.declared_at.iter();
    let declared_at = declared_at.map(|(endpoint, (text, at))| (endpoint.clone(), (text.name.clone(), *at)));
    let declared_at = declared_at.collect();
    Ok(Judged { config, blueprint, rules, declared_at, keys, warnings: loader.findings })
}

/// What is wrong with policy files that no configuration names, about these operations.
#[must_use]
pub fn policy_faults(
    declared: &[Declared],
    policies: Vec<Source>,
    patches: Vec<Source>,
    read_at: Timestamp,
) -> (Option<policy::authorize::Loaded>, Vec<Finding>) {
    let blueprint = Blueprint {
        mode: domain::Mode::Guard,
        trust: net::address::Trust::Direct,
        upstreams: Vec::new(),
        operations: Vec::new(),
        policies,
        patches,
        identify: gateway::identify::Settings::default(),
        bounds: gateway::blueprint::ExchangeBounds::default(),
        limits: policy::limit::Settings::default(),
        budgets: policy::budget::Settings::default(),
        detect: detect::Settings::default(),
        respond: gateway::RespondSettings::default(),
        recent: domain::ByteSize::new(0),
        read_at,
    };
    match Policies::load(declared, &blueprint.policies, &blueprint.patches, read_at) {
        Ok(loaded) => (Some(loaded), Vec::new()),
        Err(faults) => (None, faults.iter().map(|fault| check::of_policy(fault, &blueprint)).collect()),
    }
}
