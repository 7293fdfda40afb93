//! Declarations that decode, and that no request could ever come to or fulfil.
//!
//! Each fails closed in enforce, for everybody and without a word, or leaves a door undeclared in
//! guard: a slip of the pen must not look like a rule.

use domain::{Endpoint, Intent, Method, Ownership, Segment};
use gateway::blueprint::OperationPlan;
use spec::decode::nearest;
use spec::diagnostic::Diagnostic;
use spec::tree::Span;

use super::Config;
use super::load::Loader;

/// The methods of the IANA HTTP Method Registry, and two that caches made common.
const METHODS: [&str; 40] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "QUERY",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "REBIND",
    "REPORT",
    "SEARCH",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    "BAN",
    "PURGE",
];

/// A method under `endpoints` that nobody sends.
pub(super) fn method(loader: &mut Loader, endpoint: &Endpoint, at: Span) {
    let Method::Other(written) = endpoint.method() else { return };
    if METHODS.contains(&&**written) {
        return;
    }
    let path = endpoint.template();
    let large = written.to_ascii_uppercase();
    let help = match nearest(&large, METHODS) {
        Some(meant) => format!("did you mean `{meant} {path}`?"),
        None => format!("write for example `GET {path}`; each method is declared by itself"),
    };
    loader.error("CONFIG-006", format!("`{written}` is no HTTP method"), at, help);
}

/// Ownership rules that no request could fulfil: every caller would be a stranger.
pub(super) fn owners(loader: &mut Loader, config: &Config, plans: &[OperationPlan]) {
    for plan in plans {
        let endpoint = &plan.declared.endpoint;
        let Some(owner) = plan.declared.intent.as_ref().and_then(|intent| intent.owner.as_ref()) else {
            continue;
        };
        for part in parts(owner) {
            let Some((message, help)) = unfulfilled(part, endpoint, plans) else { continue };
            let make = |at| Diagnostic::error("CONFIG-006", message, at).help(help);
            if config.endpoints.contains_key(endpoint) {
                let at = loader.place(&["endpoints", &endpoint.to_string(), "owner"]);
                loader.tell(make(at));
            } else {
                loader.tell_of(endpoint, make);
            }
        }
    }
}

/// The rule, or those that must all hold.
fn parts(owner: &Ownership) -> Vec<&Ownership> {
    match owner {
        Ownership::All(all) => all.iter().flat_map(parts).collect(),
        one => vec![one],
    }
}

/// What is wrong with one rule of `endpoint`, and what to do.
fn unfulfilled(rule: &Ownership, endpoint: &Endpoint, plans: &[OperationPlan]) -> Option<(String, String)> {
    match rule {
        Ownership::PathParameter { name, claim } => {
            let names: Vec<_> = endpoint
                .template()
                .segments()
                .filter_map(|segment| match segment {
                    Segment::Parameter(name) | Segment::Rest(name) => Some(name),
                    Segment::Literal(_) => None,
                })
                .collect();
            if names.contains(name) {
                return None;
            }
            let known: Vec<_> = names.iter().map(|name| format!("`path.{name} = claim.{claim}`")).collect();
            let help = if known.is_empty() {
                format!("name a field of its records: `$.customer_id = claim.{claim}`")
            } else {
                format!("write {}", known.join(" or "))
            };
            Some((
                format!("the path of `{endpoint}` has no parameter `{name}`: nobody would own anything"),
                help,
            ))
        }
        Ownership::Parent { endpoint: parent } => {
            let declared = |plan: &&OperationPlan| plan.declared.endpoint == *parent;
            match plans.iter().find(declared).map(|plan| plan.declared.intent.as_deref()) {
                Some(Some(Intent { owner: Some(_), .. })) => None,
                Some(_) => Some((
                    format!(
                        "the parent `{parent}` declares no `owner`: nobody is ever shown it as their own"
                    ),
                    "declare there whose its records are, such as `owner: $.customer_id = claim.sub`".into(),
                )),
                None => {
                    let doors: Vec<String> =
                        plans.iter().map(|plan| plan.declared.endpoint.to_string()).collect();
                    let written = parent.to_string();
                    let meant = nearest(
                        &written,
                        doors.iter().map(String::as_str).filter(|door| **door != *endpoint.to_string()),
                    );
                    let help = match meant {
                        Some(meant) => {
                            format!("did you mean `parent {meant}`? The path is written letter by letter")
                        }
                        None => {
                            "declare it with its owner, or write the path letter by letter as it is declared"
                                .into()
                        }
                    };
                    Some((format!("the parent `{parent}` is not declared: nobody is ever shown it"), help))
                }
            }
        }
        Ownership::Field { .. } | Ownership::All(_) => None,
    }
}
