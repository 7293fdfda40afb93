//! The handlers of a site, in the order in which Caddy runs them, to rules.

use std::cell::Cell;
use std::sync::Arc;

use super::super::address::{hop, host_of, is_near};
use super::super::condition::{Condition, View};
use super::super::guard::{reach_of, shown};
use super::super::rules::{Does, Rule};
use super::matcher::{Matchers, Term, set};
use super::tree::Directive;
use crate::inventory::{Auth, Hop, PathMatch, Place, Rate, Upstream};

/// Caddy's order of directives, as far as it matters here; what is not named has no place in it.
/// `rate_limit` stands where its documentation says to put it.
const ORDER: [&str; 21] = [
    "redir",
    "method",
    "rewrite",
    "uri",
    "try_files",
    "rate_limit",
    "basic_auth",
    "forward_auth",
    "request_header",
    "encode",
    "templates",
    "invoke",
    "handle",
    "route",
    "abort",
    "error",
    "respond",
    "metrics",
    "reverse_proxy",
    "php_fastcgi",
    "file_server",
];

/// Deepest handlers within handlers, named routes included; deeper ones are a fault.
const MOST_DEPTH: usize = 20;

/// What a site's rules are made from.
pub(super) struct Site<'s> {
    /// `order ONE before OTHER` of the global options.
    pub(super) orders: Vec<(&'s str, &'s str, &'s str)>,
    /// Named routes: `&(name) { ... }`.
    pub(super) named: Vec<(&'s str, &'s [Directive])>,
    /// Whether handlers stand deeper than is followed.
    pub(super) cut: Cell<bool>,
}

impl Site<'_> {
    /// The rules of a block; `sorted` as Caddy does everywhere but in `route`.
    pub(super) fn rules(
        &self,
        directives: &[Directive],
        outer: &Matchers,
        sorted: bool,
        depth: usize,
    ) -> Vec<Rule> {
        if depth > MOST_DEPTH {
            self.cut.set(true);
            return Vec::new();
        }
        let matchers = outer.with(directives);
        let mut handlers: Vec<&Directive> =
            directives.iter().filter(|d| !d.word(0).starts_with('@')).collect();
        if sorted {
            let order = self.order();
            let place = |d: &Directive| order.iter().position(|name| *name == name_of(d));
            handlers.retain(|d| place(d).is_some() || is_code(d.word(0)));
            handlers.sort_by(|one, other| {
                let before =
                    |d: &Directive| place(d).or_else(|| order.iter().position(|name| *name == "basic_auth"));
                before(one).cmp(&before(other)).then_with(|| specific(&matchers, directives, one, other))
            });
        }
        let mut rules: Vec<Rule> = Vec::new();
        let mut handles: Vec<usize> = Vec::new();
        let mut left = handlers.as_slice();
        while let Some((directive, rest)) = left.split_first() {
            let before = rules.len();
            // Neighbours with one matcher are one handler to Caddy, and act one after the other.
            let joined = rest.iter().take_while(|next| sorted && is_joined(directive, next)).count();
            let (joined, rest) = rest.split_at(joined);
            self.handler(directive, joined, &matchers, depth, &mut rules);
            // Where nothing is sorted, nothing excludes one another either.
            if sorted && name_of(directive) == "handle" {
                handles.extend(before..rules.len());
            }
            left = rest;
        }
        // Of the `handle` blocks of one level only the first that matches runs.
        let group = |at: usize| handles.contains(&at);
        let after: Vec<usize> = (0..rules.len())
            .map(|at| {
                if group(at) {
                    (at..=rules.len()).find(|next| !group(*next)).unwrap_or(at + 1)
                } else {
                    at + 1
                }
            })
            .collect();
        for (rule, after) in rules.iter_mut().zip(after) {
            if let Does::Within(_, then) = &mut rule.does {
                *then = after;
            }
        }
        rules
    }

    fn order(&self) -> Vec<&str> {
        let mut order: Vec<&str> = ORDER.to_vec();
        for (name, relation, other) in &self.orders {
            let name = if *name == "basicauth" { "basic_auth" } else { name };
            order.retain(|known| *known != name);
            let other = order.iter().position(|known| known == other);
            let at = match (*relation, other) {
                ("before", Some(at)) => at,
                ("after", Some(at)) => at + 1,
                ("first", _) => 0,
                _ => order.len(),
            };
            order.insert(at, name);
        }
        order
    }

    fn handler(
        &self,
        directive: &Directive,
        joined: &[&Directive],
        matchers: &Matchers,
        depth: usize,
        rules: &mut Vec<Rule>,
    ) {
        let (terms, taken) = matchers.of(directive);
        let arguments = directive.rest(1 + taken);
        let first = arguments.first().map_or("", |word| word);
        let at = directive.at;
        let name = directive.word(0);
        match name {
            "basic_auth" | "basicauth" => {
                guard(&terms, Auth::Required { by: "basic_auth".into(), at }, at, rules)
            }
            "forward_auth" => {
                let by = shown(&format!("forward_auth {first}"));
                guard(&terms, Auth::External { by, at }, at, rules);
            }
            name if is_code(name) => guard(&terms, Auth::Unknown { by: shown(name), at }, at, rules),
            "rate_limit" => limits(directive, &terms, at, rules),
            "respond" | "error" | "abort" => {
                let status =
                    arguments.iter().rev().find_map(|word| word.parse::<u16>().ok().filter(|n| *n >= 100));
                let told = shown(&directive.words.join(" "));
                match (name, status) {
                    ("respond", None | Some(..400)) => open(&terms, Does::Answer(told), at, rules),
                    _ => refuse(&terms, told, at, rules),
                }
            }
            "redir" => open(&terms, Does::Answer(shown(&directive.words.join(" "))), at, rules),
            "file_server" => open(&terms, Does::Answer("file_server".into()), at, rules),
            "reverse_proxy" | "php_fastcgi" => {
                let to = upstream(directive, arguments);
                open(&terms, Does::Pass(shown(&directive.words.join(" ")), to), at, rules);
            }
            "handle" | "route" | "handle_path" => {
                let mut inner = Vec::new();
                for (nth, block) in [directive].iter().chain(joined).enumerate() {
                    if block.word(0) == "handle_path" {
                        let prefix = block.word(1).trim_end_matches('*').trim_end_matches('/');
                        let view = match nth {
                            0 => View::Stripped(prefix.into()),
                            // A second time it takes away what is there by chance.
                            _ => View::Unknown,
                        };
                        inner.push(always(Does::View(view, Some("/".into())), block.at));
                    }
                    let ahead = inner.len();
                    inner.extend(self.rules_behind(block.within(), matchers, name != "route", depth, ahead));
                }
                open(&terms, Does::Within(inner.into(), 0), at, rules);
            }
            "invoke" => {
                if let Some((_, block)) = self.named.iter().find(|(named, _)| *named == first) {
                    let inner = self.rules(block, matchers, true, depth + 1);
                    open(&terms, Does::Within(inner.into(), 0), at, rules);
                }
            }
            "rewrite" => {
                let to = arguments.last().map_or("", |word| word);
                let view = match to.contains('{') {
                    true => View::Unknown,
                    false => View::Fixed(to.split('?').next().unwrap_or_default().into()),
                };
                open(&terms, Does::View(view, Some(to.into())), at, rules);
            }
            "uri" => match (first, arguments.get(1)) {
                ("strip_prefix", Some(prefix)) => {
                    // Text, not segments: of `/ab` it leaves `b`, which no path of a matcher is.
                    let within =
                        Term { scope: Condition::path(PathMatch::Prefix(prefix.clone())), networks: None };
                    let terms: Vec<Term> = terms
                        .iter()
                        .filter_map(|term| {
                            Some(Term {
                                scope: term.scope.and(&within.scope)?,
                                networks: term.networks.clone(),
                            })
                        })
                        .collect();
                    let does = Does::View(View::Stripped(prefix.clone()), Some("/".into()));
                    open(&terms, does, at, rules);
                }
                ("query", _) => {}
                _ => open(&terms, Does::View(View::Unknown, None), at, rules),
            },
            _ => {}
        }
    }

    /// As [`Site::rules`], for rules that stand behind `ahead` others in their list.
    fn rules_behind(
        &self,
        directives: &[Directive],
        outer: &Matchers,
        sorted: bool,
        depth: usize,
        ahead: usize,
    ) -> Vec<Rule> {
        let mut rules = self.rules(directives, outer, sorted, depth + 1);
        for rule in &mut rules {
            if let Does::Within(_, then) = &mut rule.does {
                *then += ahead;
            }
        }
        rules
    }
}

/// The name under which Caddy sorts a directive.
fn name_of(directive: &Directive) -> &str {
    match directive.word(0) {
        "handle_path" => "handle",
        "basicauth" => "basic_auth",
        name => name,
    }
}

/// Whether two `handle` blocks have the same matcher.
fn is_joined(one: &Directive, other: &Directive) -> bool {
    name_of(one) == "handle" && name_of(other) == "handle" && one.words.get(1) == other.words.get(1)
}

/// Modules whose own configuration decides who passes.
fn is_code(name: &str) -> bool {
    matches!(
        name,
        "authorize" | "authenticate" | "authp" | "jwt" | "jwtauth" | "webauthn" | "oidc" | "http_signature"
    )
}

/// Of two handlers with the same name: the longer single path first, then the one that has a matcher.
fn specific(
    matchers: &Matchers,
    all: &[Directive],
    one: &Directive,
    other: &Directive,
) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    match (matchers.only_path(one, all), matchers.only_path(other, all)) {
        (Some(a), Some(b)) if a.trim_end_matches('*') == b.trim_end_matches('*') => a.len().cmp(&b.len()),
        (Some(a), Some(b)) => b.len().cmp(&a.len()),
        _ => {
            let has = |d: &Directive| matches!(d.word(1).chars().next(), Some('/' | '@'));
            match (has(one), has(other)) {
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                _ => Ordering::Equal,
            }
        }
    }
}

pub(super) fn always(does: Does, at: Place) -> Rule {
    Rule { when: vec![Condition::default()], does, at }
}

/// A guard under `terms`: from some networks only, it lets the others pass.
fn guard(terms: &[Term], auth: Auth, at: Place, rules: &mut Vec<Rule>) {
    for term in terms {
        let auth = match (&term.networks, &auth) {
            (Some(_), Auth::Required { by, at } | Auth::External { by, at } | Auth::Unknown { by, at }) => {
                Auth::Optional { by: shown(&format!("{by}, but not from everywhere")), at: *at }
            }
            (_, auth) => auth.clone(),
        };
        rules.push(Rule { when: vec![term.scope.clone()], does: Does::Guard(auth), at });
    }
}

/// A refusal under `terms`: of callers outside some networks, it says who can come.
fn refuse(terms: &[Term], told: Arc<str>, at: Place, rules: &mut Vec<Rule>) {
    for term in terms {
        let does = match &term.networks {
            None => Does::Refuse(told.clone()),
            Some((true, networks)) => Does::Reach(reach_of(networks.clone())),
            Some((false, _)) => continue,
        };
        rules.push(Rule { when: vec![term.scope.clone()], does, at });
    }
}

/// A way under `terms`; one for some networks only is conditional, and reached from these.
fn open(terms: &[Term], does: Does, at: Place, rules: &mut Vec<Rule>) {
    for term in terms {
        let (does, perhaps) = match &term.networks {
            None => (does.clone(), term.scope.perhaps),
            Some((outside, networks)) => {
                let mut inner = Vec::new();
                if !outside {
                    inner.push(always(Does::Reach(reach_of(networks.clone())), at));
                }
                let next = inner.len() + 1;
                inner.push(always(
                    match &does {
                        Does::Within(rules, _) => Does::Within(rules.clone(), next),
                        does => does.clone(),
                    },
                    at,
                ));
                (Does::Within(inner.into(), 0), true)
            }
        };
        rules.push(Rule { when: vec![Condition { perhaps, ..term.scope.clone() }], does, at });
    }
}

/// The zones of the `rate_limit` module.
fn limits(directive: &Directive, terms: &[Term], at: Place, rules: &mut Vec<Rule>) {
    for zone in directive.within().iter().filter(|inner| inner.word(0) == "zone") {
        let value =
            |name: &str| zone.within().iter().find(|inner| inner.word(0) == name).map_or("", |d| d.word(1));
        let key = value("key");
        let by_caller = match key {
            "{remote_host}" | "{http.request.remote.host}" | "{client_ip}" | "{http.vars.client_ip}" => true,
            // One bucket for everybody bounds each caller too; a value that callers choose does not.
            key => !key.contains('{'),
        };
        if !by_caller {
            continue;
        }
        let figures = value("events").parse::<u32>().ok().zip(seconds(value("window")));
        let rate = match figures {
            Some((events, window)) => Rate::Limited { per_hour: f64::from(events) * 3_600.0 / window, at },
            None => Rate::Unknown { at },
        };
        let matched = zone.within().iter().find(|inner| inner.word(0) == "match");
        let inner = match matched {
            Some(block) => set(&block.within().iter().map(|d| (&*d.words, d.within())).collect::<Vec<_>>()),
            None => vec![Term::default()],
        };
        for term in terms {
            for inner in inner.iter().filter(|inner| inner.networks.is_none() && term.networks.is_none()) {
                if let Some(scope) = term.scope.and(&inner.scope) {
                    rules.push(Rule { when: vec![scope], does: Does::Limit(rate.clone()), at });
                }
            }
        }
    }
}

fn seconds(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let count: f64 = text.get(..digits)?.parse::<u32>().ok()?.into();
    let unit = match text.get(digits..)? {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    (count > 0.0).then_some(count * unit)
}

pub(super) fn upstream(directive: &Directive, arguments: &[Arc<str>]) -> Upstream {
    let listed =
        directive.within().iter().filter(|inner| inner.word(0) == "to").flat_map(|inner| inner.rest(1));
    let targets: Vec<&Arc<str>> = arguments.iter().chain(listed).collect();
    let transport = directive.within().iter().find(|inner| inner.word(0) == "transport");
    let over_tls = transport
        .is_some_and(|transport| transport.within().iter().any(|inner| inner.word(0).starts_with("tls")));
    let tls = over_tls || !targets.is_empty() && targets.iter().all(|target| target.starts_with("https://"));
    let host = |target: &str| -> String {
        let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
        match rest.strip_prefix("unix/") {
            Some(_) => "unix:".to_owned(),
            None => host_of(rest).to_owned(),
        }
    };
    let way = match targets.first() {
        _ if tls => Hop::Tls,
        None => Hop::Unknown,
        Some(_) if targets.iter().any(|target| target.contains('{')) => Hop::Unknown,
        Some(_) if targets.iter().all(|target| is_near(&host(target))) => Hop::Near,
        Some(target) => match hop(false, &host(target)) {
            Hop::Near => Hop::Plain,
            way => way,
        },
    };
    let name = targets.iter().map(|target| &***target).collect::<Vec<_>>().join(" ");
    Upstream { service: None, name: shown(&name), hop: way, at: directive.at }
}
