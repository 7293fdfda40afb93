//! Request matchers of Caddy: inline paths, `@named` sets, `not`.
//!
//! Paths are taken as written; Caddy itself ignores their case, for guards as for what they guard.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::IpPrefix;

use super::super::condition::Condition;
use super::tree::Directive;
use crate::inventory::PathMatch;

/// Most terms of one matcher.
const MOST_TERMS: usize = 64;

/// One way to match: path, method and host, and the caller's networks if they are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    pub(super) scope: Condition,
    /// The networks, and whether the caller must be outside them.
    pub(super) networks: Option<(bool, Vec<IpPrefix>)>,
}

impl Term {
    fn and(&self, other: &Self) -> Option<Self> {
        let mut both = Self { scope: self.scope.and(&other.scope)?, networks: self.networks.clone() };
        match (&self.networks, &other.networks) {
            (_, None) => {}
            (None, networks) => both.networks.clone_from(networks),
            (Some(_), Some(_)) => both.scope.perhaps = true,
        }
        Some(both)
    }

    /// Matches where this does not; `None` where that cannot be said.
    fn not(&self) -> Option<Vec<Self>> {
        let scope = &self.scope;
        if scope.perhaps || scope.hosts.is_some() || scope.methods.is_some() {
            return None;
        }
        let mut terms: Vec<Self> = scope
            .paths
            .iter()
            .map(|path| Self {
                scope: Condition::path(match path {
                    PathMatch::Not(inner) => (**inner).clone(),
                    path => PathMatch::Not(Box::new(path.clone())),
                }),
                networks: None,
            })
            .collect();
        if let Some((outside, networks)) = &self.networks {
            terms.push(Self { scope: Condition::default(), networks: Some((!outside, networks.clone())) });
        }
        Some(terms)
    }
}

/// The named matchers of a site, and those of blocks within.
#[derive(Clone, Default)]
pub(super) struct Matchers {
    named: BTreeMap<Arc<str>, Vec<Term>>,
}

impl Matchers {
    /// These, and those that `directives` define.
    pub(super) fn with(&self, directives: &[Directive]) -> Self {
        let mut all = self.clone();
        for directive in directives.iter().filter(|directive| directive.word(0).starts_with('@')) {
            let one_line = directive.rest(1);
            let mut lines: Vec<(&[Arc<str>], &[Directive])> = Vec::new();
            match one_line.first() {
                Some(word) if &**word == "not" && directive.block.is_some() => {
                    lines.push((one_line, directive.within()));
                }
                Some(_) => lines.push((one_line, directive.within())),
                None => lines.extend(directive.within().iter().map(|line| (&*line.words, line.within()))),
            }
            all.named.insert(directive.word(0).into(), set(&lines));
        }
        all
    }

    /// The matcher of a handler, and how many words it takes.
    pub(super) fn of(&self, directive: &Directive) -> (Vec<Term>, usize) {
        let token = directive.word(1);
        if token == "*" {
            (vec![Term::default()], 1)
        } else if token.starts_with('/') {
            (vec![Term { scope: Condition::path(path(token)), networks: None }], 1)
        } else if token.starts_with('@') {
            let unknown = || vec![Term { scope: Condition::perhaps(), networks: None }];
            (self.named.get(token).cloned().unwrap_or_else(unknown), 1)
        } else {
            (vec![Term::default()], 0)
        }
    }

    /// The only path of a handler's matcher, as Caddy sorts by it; `None` where there is not exactly one.
    pub(super) fn only_path(&self, directive: &Directive, all: &[Directive]) -> Option<Arc<str>> {
        let token = directive.words.get(1)?;
        if token.starts_with('/') {
            return Some(token.clone());
        }
        let definition = all.iter().find(|other| token.starts_with('@') && other.word(0) == &**token)?;
        let own = [definition.rest(1)];
        let within: Vec<&[Arc<str>]> = definition.within().iter().map(|line| &*line.words).collect();
        let lines: &[&[Arc<str>]] = if own.iter().all(|line| line.is_empty()) { &within } else { &own };
        let paths = lines.iter().filter(|line| line.first().is_some_and(|kind| &**kind == "path"));
        let mut paths = paths.flat_map(|line| line.iter().skip(1));
        match (paths.next(), paths.next()) {
            (Some(only), None) => Some(only.clone()),
            _ => None,
        }
    }
}

/// The terms of a set of lines, all of which must match.
pub(super) fn set(lines: &[(&[Arc<str>], &[Directive])]) -> Vec<Term> {
    // Several `path` or `method` lines of one set are one list.
    let mut merged: BTreeMap<&str, Vec<Term>> = BTreeMap::new();
    let mut terms = vec![Term::default()];
    for (words, block) in lines {
        let Some((kind, values)) = words.split_first() else { continue };
        let found = one(kind, values, block);
        match &**kind {
            "path" | "method" | "host" => merged.entry(kind).or_default().extend(found),
            _ => terms = product(&terms, &found),
        }
    }
    for found in merged.values() {
        terms = product(&terms, found);
    }
    terms
}

fn product(ones: &[Term], others: &[Term]) -> Vec<Term> {
    let all: Vec<Term> = ones
        .iter()
        .flat_map(|one| others.iter().filter_map(|other| one.and(other)))
        .take(MOST_TERMS + 1)
        .collect();
    if all.len() > MOST_TERMS {
        return vec![Term { scope: Condition::perhaps(), networks: None }];
    }
    all
}

fn one(kind: &str, values: &[Arc<str>], block: &[Directive]) -> Vec<Term> {
    let scope = |scope: Condition| Term { scope, networks: None };
    let unknown = || vec![scope(Condition::perhaps())];
    match kind {
        "path" => values.iter().take(MOST_TERMS).map(|value| scope(Condition::path(path(value)))).collect(),
        "path_regexp" => match values.last() {
            Some(pattern) => vec![scope(Condition::path(PathMatch::Regex {
                pattern: pattern.clone(),
                ignore_case: false,
                whole: false,
            }))],
            None => unknown(),
        },
        "method" => {
            let methods = values.iter().map(|value| value.to_ascii_uppercase().into()).collect();
            vec![scope(Condition { methods: Some(methods), ..Condition::default() })]
        }
        "host" => vec![scope(Condition { hosts: Some(values.to_vec()), ..Condition::default() })],
        "remote_ip" | "client_ip" if !values.iter().any(|value| &**value == "forwarded") => {
            let mut networks = Vec::new();
            for value in values {
                match &**value {
                    "private_ranges" => networks.extend(
                        ["192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.0/8", "fd00::/8", "::1"]
                            .iter()
                            .filter_map(|range| range.parse::<IpPrefix>().ok()),
                    ),
                    value => match value.parse() {
                        Ok(network) => networks.push(network),
                        Err(_) => return unknown(),
                    },
                }
            }
            vec![Term { scope: Condition::default(), networks: Some((false, networks)) }]
        }
        "not" => {
            let inner = match values {
                [] => set(&block.iter().map(|line| (&*line.words, line.within())).collect::<Vec<_>>()),
                values => set(&[(values, block)]),
            };
            let mut all = vec![Term::default()];
            for term in &inner {
                match term.not() {
                    Some(not) => all = product(&all, &not),
                    None => return unknown(),
                }
            }
            all
        }
        _ => unknown(),
    }
}

/// A path of Caddy: exact, or with `*` at its ends or between.
pub(super) fn path(text: &str) -> PathMatch {
    let inner = text.strip_suffix('*').unwrap_or(text);
    match (inner.contains('*'), inner.len() < text.len()) {
        (false, false) => PathMatch::Exact(text.into()),
        (false, true) if inner.is_empty() || inner == "/" => PathMatch::Any,
        (false, true) => PathMatch::Prefix(inner.into()),
        (true, ends) => {
            let (start, middle) = match inner.strip_prefix('*') {
                Some(rest) => ("", rest),
                None => ("^", inner),
            };
            let middle = regex::escape(middle).replace(r"\*", "[^/]*");
            let pattern = format!("{start}{middle}{}", if ends { "" } else { "$" });
            PathMatch::Regex { pattern: pattern.into(), ignore_case: true, whole: false }
        }
    }
}
