//! From text to drafts: every statement parsed, named, and made to show what it reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{Policy, PolicyId};
use domain::Timestamp;

use super::reads::{Hidden, Reads};
use super::rule::{Draft, Rule, Scope};
use super::source::{LoadError, Place, Source, Statement, statements};
use crate::patch;

/// Parses every statement of every file. Patches that have expired go to `left_out`.
pub(super) fn drafts<'s>(
    policies: &'s [Source],
    patches: &'s [Source],
    now: Timestamp,
    left_out: &mut Vec<Rule>,
    errors: &mut Vec<LoadError>,
) -> Vec<Draft<'s>> {
    let mut drafts: Vec<Draft<'s>> = Vec::new();
    let mut places: BTreeMap<Arc<str>, Place> = BTreeMap::new();
    let sources = policies.iter().map(|source| (source, false)).chain(patches.iter().map(|s| (s, true)));
    for (source, is_patch) in sources {
        for statement in statements(source) {
            let rule = match rule(&statement, is_patch) {
                Ok(rule) => rule,
                Err(wrong) => {
                    errors.extend(wrong);
                    continue;
                }
            };
            if let Some(first) = places.insert(rule.id.clone(), rule.at.clone()) {
                let help = format!("the first stands at {first}");
                errors.push(statement.error(format!("two policies are called `{}`", rule.id), help));
                continue;
            }
            match &rule.patch {
                Some(patch) if patch.expired(now) => left_out.push(rule),
                Some(_) | None => drafts.push(Draft { statement, rule }),
            }
        }
    }
    drafts
}

fn rule(statement: &Statement<'_>, is_patch: bool) -> Result<Rule, Vec<LoadError>> {
    let policy = Policy::parse(None, statement.text())
        .map_err(|parse| statement.cedar(&DetailedError::from(&parse)))?;
    let at = statement.place();
    let mut errors = Vec::new();
    let id: Arc<str> = match policy.annotation("id") {
        Some(id) if patch::speakable(id) => id.into(),
        Some("") | None if at.column == 1 => format!("{}:{}", at.file, at.line).into(),
        Some("") | None => at.to_string().into(),
        Some(id) => {
            errors.push(statement.error_on(
                "@id",
                format!("`{}` cannot name a policy", id.chars().take(80).collect::<String>()),
                "use 1 to 80 letters, digits, `.`, `_`, `-`: it stands in logs",
            ));
            "unnamed".into()
        }
    };
    let patch = if is_patch {
        match patch::read(&policy, &id, at.clone()) {
            Ok(patch) => Some(Arc::new(patch)),
            Err(faults) => {
                let fault = |(what, help, word): patch::Fault| statement.error_on(word, what, help);
                errors.extend(faults.into_iter().map(fault));
                None
            }
        }
    } else {
        None
    };
    let policy = policy.new_id(PolicyId::new(&id));
    let (reads, hidden) = match policy.to_pst() {
        Ok(tree) => Reads::of(tree.body()),
        Err(error) => return Err(vec![statement.error(error.to_string(), "write it in plain Cedar")]),
    };
    errors.extend(hidden.into_iter().map(|hidden| unseen(statement, hidden)));
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Rule { id, at, scope: Scope::of(&policy), patch, reads, policy })
}

/// A policy must show what it reads: the attributes that are looked up hang on it.
fn unseen(statement: &Statement<'_>, hidden: Hidden) -> LoadError {
    match hidden {
        Hidden::Name(name, error) => {
            let help = error.help.clone();
            statement.error_on(&format!("\"{name}\""), error.to_string(), help)
        }
        Hidden::BareEntity(attribute) => statement.error_on(
            &attribute,
            format!("`context.{attribute}` is read by name only"),
            format!("write `context.{attribute}.hasTag(\"query.page\")` or `.getTag(\"query.page\")`"),
        ),
        Hidden::WholeContext => statement.error_on(
            "context",
            "the context is read attribute by attribute",
            "write `context.client`, `context.time`, `context.request.getTag(...)` and so on",
        ),
        Hidden::ComputedTag => statement.error_on(
            "Tag(",
            "the name of a tag is computed",
            "write it out, such as `\"query.page\"`: what a policy reads must be known when it loads",
        ),
        Hidden::ForeignTag => statement.error_on(
            "Tag(",
            "only `principal`, `context.request` and `context.numbers` have tags",
            "write for example `principal.hasTag(\"tenant\")`",
        ),
    }
}
