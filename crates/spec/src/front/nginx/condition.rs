//! `if (...)` of nginx, as far as it decides who is served.
//!
//! An `if` that answers or refuses by method splits a location by method. One that refuses by a
//! credential is a guard. One that sends plain http on to https makes a redirecting listener. Of every
//! other `if` only what it opens counts: a refusal that depends on something unknown guards nothing.

use std::sync::Arc;

use super::super::guard::{both, shown};
use super::tables::{Tables, bare, variables};
use super::tree::Directive;
use crate::inventory::{Auth, Place};

/// What the directives of the rewrite phase at one level do, in order.
#[derive(Default)]
pub(super) struct Rewrites<'d> {
    /// Guards by credential.
    pub(super) guard: Option<Auth>,
    /// Methods that are answered here and now.
    pub(super) answered: Vec<(Vec<Arc<str>>, Answer)>,
    /// Answers under conditions that are not followed, and the guard before them.
    pub(super) perhaps: Vec<(Answer, Auth)>,
    /// The only methods that go on, if only some do; and what the others get.
    pub(super) only: Option<(Vec<Arc<str>>, Answer)>,
    /// Where plain http is sent on to https.
    pub(super) to_https: bool,
    /// `return` for everything that comes so far.
    pub(super) returns: Option<(Answer, &'d Directive)>,
    /// `rewrite` that stays in the server.
    pub(super) rewrites: Vec<Rewrite<'d>>,
    /// `proxy_pass` and its like under a condition.
    pub(super) passes: Vec<&'d Directive>,
}

/// A `return`.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) code: u16,
    /// Whether it has a text of its own, so that no `error_page` takes its place.
    pub(super) told: bool,
    pub(super) at: Place,
}

impl Answer {
    pub(super) fn of(directive: &Directive) -> Self {
        let told = directive.args.get(1).is_some_and(|text| !text.text.is_empty());
        Self { code: status(directive), told, at: directive.at() }
    }
}

/// A `rewrite`, with what stands before it.
pub(super) struct Rewrite<'d> {
    pub(super) directive: &'d Directive,
    /// Whether it stands under a condition.
    pub(super) conditional: bool,
    pub(super) guard: Auth,
    /// The only methods that come so far; none: all.
    pub(super) methods: Vec<Arc<str>>,
}

impl<'d> Rewrites<'d> {
    /// Reads `directives`; `certificate` says that the server asks for one.
    pub(super) fn read(directives: &'d [Directive], certificate: bool, tables: &Tables) -> Self {
        let mut found = Self::default();
        let mut tainted: Vec<&str> = Vec::new();
        for directive in directives {
            match &*directive.name.text {
                "return" => {
                    found.returns = Some((Answer::of(directive), directive));
                    break;
                }
                "rewrite" => found.rewrite(directive, false),
                "if" => found.condition(directive, certificate, tables, &mut tainted),
                _ => {}
            }
        }
        found
    }

    fn rewrite(&mut self, directive: &'d Directive, conditional: bool) {
        if matches!(directive.arg(2), "redirect" | "permanent") || is_address(directive.arg(1)) {
            return;
        }
        let guard = self.guard.clone().unwrap_or(Auth::Open);
        let methods = self.only.as_ref().map(|(methods, _)| methods.clone()).unwrap_or_default();
        self.rewrites.push(Rewrite { directive, conditional, guard, methods });
    }

    fn condition(
        &mut self,
        d: &'d Directive,
        certificate: bool,
        tables: &Tables,
        tainted: &mut Vec<&'d str>,
    ) {
        let condition = Condition::of(d);
        let refusal = d.within().iter().find(|inner| &*inner.name.text == "return");
        for inner in d.within() {
            match &*inner.name.text {
                "rewrite" => self.rewrite(inner, true),
                "set" if condition.names_credential(tables, tainted) => tainted.push(bare(inner.arg(0))),
                name if super::upstream::is_pass(name) => self.passes.push(inner),
                _ => {}
            }
        }
        let Some(refusal) = refusal else { return };
        let at = d.at();
        let answer = Answer { at, ..Answer::of(refusal) };
        let status = answer.code;
        if (300..400).contains(&status) && condition.is_plain_http() && refusal.line().contains("https://") {
            self.to_https = true;
        } else if let Some(methods) = condition.methods() {
            match condition.negated {
                false => self.answered.push((methods, answer)),
                true if status >= 400 => {
                    let kept = match self.only.take() {
                        Some((before, _)) => before.into_iter().filter(|m| methods.contains(m)).collect(),
                        None => methods,
                    };
                    self.only = Some((kept, answer));
                }
                true => {}
            }
        } else if status >= 400 {
            self.perhaps.push((answer, self.guard.clone().unwrap_or(Auth::Open)));
            if let Some(auth) = condition.guard(certificate, tables, tainted, at) {
                self.guard = Some(match self.guard.take() {
                    Some(before) => both(before, auth),
                    None => auth,
                });
            }
        }
    }
}

fn is_address(replacement: &str) -> bool {
    ["http://", "https://", "$scheme"].iter().any(|start| replacement.starts_with(start))
}

/// The status of a `return`: `return 403`, `return https://...` is 302.
pub(super) fn status(directive: &Directive) -> u16 {
    directive.arg(0).parse().unwrap_or(302)
}

struct Condition {
    variable: Arc<str>,
    /// `=`, `~`, `~*`; empty: the variable alone.
    operator: Arc<str>,
    negated: bool,
    value: Arc<str>,
}

impl Condition {
    fn of(directive: &Directive) -> Self {
        let line = directive.line();
        let inner = line.trim().trim_start_matches('(').trim();
        let inner = inner.strip_suffix(')').unwrap_or(inner).trim();
        let (variable, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        let rest = rest.trim();
        let (operator, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (negated, operator) = match operator.strip_prefix('!') {
            Some(operator) => (true, operator),
            None => (false, operator),
        };
        Self {
            variable: bare(variable).into(),
            operator: operator.into(),
            negated,
            value: value.trim().trim_matches(['"', '\'']).into(),
        }
    }

    fn is_plain_http(&self) -> bool {
        match (&*self.variable, self.negated, &*self.value) {
            ("scheme", negated, value) => negated == (value == "https"),
            ("https", negated, value) => negated == (value == "on"),
            ("http_x_forwarded_proto", negated, value) => negated == (value == "https"),
            // certbot writes one such line for every name of the server.
            ("host", false, _) => true,
            _ => false,
        }
    }

    /// The methods that a condition on `$request_method` names.
    fn methods(&self) -> Option<Vec<Arc<str>>> {
        if &*self.variable != "request_method" || self.operator.is_empty() {
            return None;
        }
        let named: Vec<Arc<str>> = self
            .value
            .split(|c: char| !c.is_ascii_alphabetic())
            .filter(|word| !word.is_empty())
            .map(
                |word| {
                    if self.operator.contains('*') { word.to_ascii_uppercase().into() } else { word.into() }
                },
            )
            .collect();
        (!named.is_empty()).then_some(named)
    }

    /// Whether a map surely keeps the refusal from callers who bring nothing at all.
    fn passes_nothing(&self, tables: &Tables) -> bool {
        let Some(value) = tables.of_nothing(&self.variable) else { return false };
        match &*self.operator {
            "" => matches!(value, "" | "0"),
            "=" if !self.value.contains('$') => value.eq_ignore_ascii_case(&self.value) == self.negated,
            _ => false,
        }
    }

    fn names_credential(&self, tables: &Tables, tainted: &[&str]) -> bool {
        tainted.contains(&&*self.variable)
            || tables.sources(&self.variable).into_iter().any(is_credential)
            || variables(&self.value).any(is_credential)
    }

    /// What a refusal under this condition guards.
    fn guard(&self, certificate: bool, tables: &Tables, tainted: &[&str], at: Place) -> Option<Auth> {
        let by = shown(&format!("if (${})", self.variable));
        if &*self.variable == "ssl_client_verify" {
            let verified = (self.negated && &*self.value == "SUCCESS") && certificate;
            return verified.then_some(Auth::Required { by, at });
        }
        if tainted.contains(&&*self.variable) {
            return Some(Auth::Unknown { by, at });
        }
        if !self.names_credential(tables, tainted) {
            return None;
        }
        let direct = tables.sources(&self.variable).len() == 1;
        let nothing = self.value.is_empty() || matches!(&*self.value, "^$" | "." | ".+" | ".*" | "^(?!.+$)");
        if self.passes_nothing(tables) {
            return Some(Auth::Optional { by, at });
        }
        Some(match direct {
            // Any value at all passes: something is asked for, nothing is verified.
            true if nothing => Auth::Optional { by, at },
            true if self.negated && &*self.operator == "=" && !self.value.contains('$') => {
                Auth::Required { by, at }
            }
            _ => Auth::Unknown { by, at },
        })
    }
}

/// Whether a built-in variable carries what a caller proves itself with.
fn is_credential(name: &str) -> bool {
    const NEVER: [&str; 12] = [
        "http_user_agent",
        "http_referer",
        "http_host",
        "http_origin",
        "http_accept",
        "http_upgrade",
        "http_accept_encoding",
        "http_accept_language",
        "http_x_forwarded_for",
        "http_x_forwarded_proto",
        "http_via",
        "http_content_type",
    ];
    let carries = ["http_", "cookie_", "arg_", "jwt_", "secure_link", "ssl_client_", "upstream_http_"];
    !NEVER.contains(&name) && (carries.iter().any(|start| name.starts_with(start)) || name == "remote_user")
}
