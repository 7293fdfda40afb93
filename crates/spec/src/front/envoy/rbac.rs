//! Envoy's role-based access control, as far as configuration alone decides it.
//!
//! `ALLOW`: the weakest policy that may apply counts, and none means nobody passes. `DENY`: only what is
//! certain counts: a policy for everyone denies, and "everyone who is not X" demands X. `LOG` decides
//! nothing and is an optional guard, so that it is told. Conditions in CEL and `matcher` trees are unknown guards. A header is no credential: anyone
//! can send it.

use crate::front::guard::skipped;
use crate::front::values::{Faults, both, both_reaches, either, reach_of, wider, word_at};
use crate::inventory::{Auth, PathMatch, Place, Reach, SourceId};
use crate::tree::{Node, Value};

use super::matches::{Matched, Relation, method, of_string};

/// Deepest `and` and `or`; deeper ones are unknown.
const MOST_DEPTH: usize = 16;

type Verdict = (Auth, Reach);

/// What `rules` do to the requests of `piece`; `None`: a connection before it is a request.
pub(super) fn verdict(
    rules: Option<&Node>,
    piece: Option<&Matched>,
    source: SourceId,
    faults: &mut Faults,
) -> Verdict {
    let Some(rules) = rules else { return (Auth::Open, Reach::World) };
    let everything = Matched { path: PathMatch::Any, methods: Vec::new(), conditional: false };
    let piece = piece.unwrap_or(&everything);
    let judge = Judge { source };
    let policies = rules.get("policies").into_iter().flat_map(Node::entries).map(|(_, policy)| policy);
    match word_at(rules, &["action"]).as_deref() {
        Some("DENY" | "1") => {
            let mut verdict = (Auth::Open, Reach::World);
            for policy in policies {
                if applies(policy, piece) == Relation::Covers {
                    let more = judge.denied(policy, faults);
                    verdict = (both(verdict.0, more.0), both_reaches(verdict.1, more.1));
                }
            }
            verdict
        }
        Some("LOG" | "2") => (logged(Some(rules), piece, source, faults), Reach::World),
        _ => allowed_by(&judge, rules, piece, faults),
    }
}

/// What rules would ask for that only log: an optional guard, so that it is told.
pub(super) fn logged(rules: Option<&Node>, piece: &Matched, source: SourceId, faults: &mut Faults) -> Auth {
    let Some(rules) = rules else { return Auth::Open };
    match allowed_by(&Judge { source }, rules, piece, faults).0 {
        Auth::Denied { .. } => Auth::Open,
        auth => skipped(auth, "which only logs"),
    }
}

fn allowed_by(judge: &Judge, rules: &Node, piece: &Matched, faults: &mut Faults) -> Verdict {
    let policies = rules.get("policies").into_iter().flat_map(Node::entries).map(|(_, policy)| policy);
    let mut verdict: Option<Verdict> = None;
    for policy in policies {
        if matches!(applies(policy, piece), Relation::Covers | Relation::Unclear) {
            let more = judge.allowed(policy, faults);
            verdict = Some(verdict.map_or(more.clone(), |so_far| any_of(so_far, more)));
        }
    }
    verdict.unwrap_or_else(|| (Auth::Denied { at: judge.place(rules) }, Reach::World))
}

/// The paths and methods that the policies of `rules` name: where pieces of a route are to be cut.
pub(super) fn cuts(rules: Option<&Node>) -> Vec<Matched> {
    let mut cuts = Vec::new();
    let policies = rules.and_then(|rules| rules.get("policies")).into_iter().flat_map(Node::entries);
    for (_, policy) in policies {
        for permission in policy.get("permissions").map(Node::items).unwrap_or_default() {
            collect(permission, &mut cuts, 0);
        }
    }
    cuts
}

fn collect(permission: &Node, cuts: &mut Vec<Matched>, depth: usize) {
    if depth >= MOST_DEPTH || cuts.len() >= 1_000 {
        return;
    }
    if let Some(matched) = of_permission(permission) {
        cuts.push(matched);
    }
    if let Some(rules) = permission.get("and_rules").and_then(|rules| rules.get("rules")) {
        // All at once: a path and a method are one cut.
        let all: Vec<Matched> = rules.items().iter().filter_map(of_permission).collect();
        let mut joined = Matched { path: PathMatch::Any, methods: Vec::new(), conditional: false };
        for one in all {
            if one.path != PathMatch::Any {
                joined.path = one.path;
            }
            joined.methods.extend(one.methods);
        }
        cuts.push(joined);
        rules.items().iter().for_each(|rule| collect(rule, cuts, depth + 1));
    }
    if let Some(inner) = permission.get("not_rule") {
        collect(inner, cuts, depth + 1);
    }
    for rules in ["or_rules"].iter().filter_map(|key| permission.get(key)) {
        let rules = rules.get("rules").map(Node::items).unwrap_or_default();
        rules.iter().for_each(|rule| collect(rule, cuts, depth + 1));
    }
}

fn of_permission(permission: &Node) -> Option<Matched> {
    if let Some(path) = permission.get("url_path").and_then(of_string) {
        return Some(Matched { path, methods: Vec::new(), conditional: false });
    }
    let methods = permission.get("header").and_then(method)?;
    Some(Matched { path: PathMatch::Any, methods, conditional: false })
}

/// How the permissions of a policy relate to a piece.
fn applies(policy: &Node, piece: &Matched) -> Relation {
    let all = policy.get("permissions").map(Node::items).unwrap_or_default();
    any_relation(all.iter().map(|permission| permission_of(permission, piece, 0)))
}

fn any_relation(all: impl Iterator<Item = Relation>) -> Relation {
    let rank = |relation: &Relation| match relation {
        Relation::Covers => 3,
        Relation::Unclear => 2,
        Relation::Narrower => 1,
        Relation::Disjoint => 0,
    };
    all.max_by_key(rank).unwrap_or(Relation::Disjoint)
}

fn permission_of(permission: &Node, piece: &Matched, depth: usize) -> Relation {
    if depth >= MOST_DEPTH {
        return Relation::Unclear;
    }
    if let Some(matched) = of_permission(permission) {
        return matched.relation(piece);
    }
    let inner = |key: &str| permission.get(key).and_then(|rules| rules.get("rules")).map(Node::items);
    if let Some(rules) = inner("and_rules") {
        let all: Vec<Relation> = rules.iter().map(|rule| permission_of(rule, piece, depth + 1)).collect();
        return [Relation::Disjoint, Relation::Narrower, Relation::Unclear]
            .into_iter()
            .find(|relation| all.contains(relation))
            .unwrap_or(Relation::Covers);
    }
    if let Some(rules) = inner("or_rules") {
        return any_relation(rules.iter().map(|rule| permission_of(rule, piece, depth + 1)));
    }
    if let Some(rule) = permission.get("not_rule") {
        return match permission_of(rule, piece, depth + 1) {
            Relation::Covers => Relation::Disjoint,
            // What the rule takes of the piece is a piece of its own, before it.
            Relation::Disjoint | Relation::Narrower => Relation::Covers,
            Relation::Unclear => Relation::Unclear,
        };
    }
    match permission.get("any").map(|any| &any.value) {
        Some(Value::Bool(true)) => Relation::Covers,
        _ => Relation::Unclear,
    }
}

struct Judge {
    source: SourceId,
}

impl Judge {
    const fn place(&self, node: &Node) -> Place {
        Place::new(self.source, node.span)
    }

    fn allowed(&self, policy: &Node, faults: &mut Faults) -> Verdict {
        if policy.get("condition").is_some() || policy.get("checked_condition").is_some() {
            return (Auth::Unknown { by: "rbac condition".into(), at: self.place(policy) }, Reach::World);
        }
        let principals = policy.get("principals").map(Node::items).unwrap_or_default();
        let mut all: Option<Verdict> = None;
        for principal in principals {
            let more = self.principal(principal, faults, 0);
            all = Some(all.map_or(more.clone(), |so_far| any_of(so_far, more)));
        }
        all.unwrap_or_else(|| (Auth::Denied { at: self.place(policy) }, Reach::World))
    }

    /// What is demanded because a policy denies everyone else.
    fn denied(&self, policy: &Node, faults: &mut Faults) -> Verdict {
        let mut verdict = (Auth::Open, Reach::World);
        if policy.get("condition").is_some() || policy.get("checked_condition").is_some() {
            return verdict;
        }
        for principal in policy.get("principals").map(Node::items).unwrap_or_default() {
            if matches!(principal.get("any").map(|any| &any.value), Some(Value::Bool(true))) {
                verdict.0 = Auth::Denied { at: self.place(policy) };
            } else if let Some(demanded) = principal.get("not_id") {
                let more = self.principal(demanded, faults, 0);
                verdict = (both(verdict.0, more.0), both_reaches(verdict.1, more.1));
            }
        }
        verdict
    }

    fn principal(&self, node: &Node, faults: &mut Faults, depth: usize) -> Verdict {
        let at = self.place(node);
        let inner = |key: &str| node.get(key).and_then(|ids| ids.get("ids")).map(Node::items);
        if depth >= MOST_DEPTH {
            return (Auth::Unknown { by: "rbac".into(), at }, Reach::World);
        }
        if let Some(ids) = inner("and_ids") {
            return ids
                .iter()
                .map(|id| self.principal(id, faults, depth + 1))
                .fold((Auth::Open, Reach::World), |(auth, reach), (other, networks)| {
                    (both(auth, other), both_reaches(reach, networks))
                });
        }
        if let Some(ids) = inner("or_ids") {
            let all: Vec<Verdict> = ids.iter().map(|id| self.principal(id, faults, depth + 1)).collect();
            return all.into_iter().reduce(any_of).unwrap_or((Auth::Open, Reach::World));
        }
        for key in ["remote_ip", "direct_remote_ip", "source_ip"] {
            if let Some(block) = node.get(key) {
                return (Auth::Open, self.network(block, faults));
            }
        }
        let auth = if node.get("authenticated").is_some() {
            Auth::Required { by: "rbac authenticated".into(), at }
        } else if let Some(filter) = word_at(node, &["metadata", "filter"]) {
            let verified = filter.contains("jwt_authn");
            let by = format!("rbac {filter}").into();
            if verified { Auth::Required { by, at } } else { Auth::Unknown { by, at } }
        } else if ["filter_state", "sourced_metadata", "custom"].iter().any(|key| node.get(key).is_some()) {
            Auth::Unknown { by: "rbac".into(), at }
        } else {
            Auth::Open
        };
        (auth, Reach::World)
    }

    fn network(&self, block: &Node, faults: &mut Faults) -> Reach {
        let address = word_at(block, &["address_prefix"]).unwrap_or_default();
        let text = match word_at(block, &["prefix_len"]) {
            Some(length) => format!("{address}/{length}"),
            // Without a length it is 0: the whole world (Envoy, `CidrRange.prefix_len`).
            None => format!("{address}/0"),
        };
        let networks = faults.networks(&Node { value: Value::Text(text.into()), span: block.span });
        match reach_of(networks.clone()) {
            // Named by their addresses as long as others may be added to them.
            Reach::Inside => Reach::Networks { networks },
            reach => reach,
        }
    }
}

/// A request passes by one verdict or by the other.
fn any_of(one: Verdict, other: Verdict) -> Verdict {
    if one.1 == other.1 {
        return (either(one.0, other.0), one.1);
    }
    let reach = wider(one.1, other.1);
    let auth = match (one.0, other.0) {
        // From some networks without a credential, from all others with one.
        (Auth::Open, Auth::Required { by, at }) | (Auth::Required { by, at }, Auth::Open) => {
            Auth::Optional { by, at }
        }
        (one, other) => either(one, other),
    };
    (auth, reach)
}
