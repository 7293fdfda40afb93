//! Rules of Traefik's routers, as alternatives: `Host(...) && (Path(...) || PathPrefix(...))`.
//!
//! Understood: `Host`, `HostRegexp`, `Path`, `PathPrefix`, `PathRegexp`, `Method`, `ClientIP`; everything
//! else (`Header`, `Query`, ..., and what is negated) makes an alternative conditional. At most
//! [`MOST_ALTERNATIVES`]; a rule that unfolds to more cannot be read.

use std::sync::Arc;

use crate::front::values::{Faults, prefix, reach_of};
use crate::inventory::{PathMatch, Reach, SourceId};
use crate::tree::{Node, Value};

/// Most alternatives of one rule.
const MOST_ALTERNATIVES: usize = 256;
/// Deepest brackets.
const MOST_DEPTH: usize = 32;

/// One way in which a rule matches: all its parts must hold.
#[derive(Clone, Debug)]
pub(super) struct Alternative {
    pub(super) hosts: Vec<Arc<str>>,
    pub(super) path: PathMatch,
    pub(super) methods: Vec<Arc<str>>,
    pub(super) conditional: bool,
    networks: Vec<Arc<str>>,
}

impl Alternative {
    const fn everything() -> Self {
        Self {
            hosts: Vec::new(),
            path: PathMatch::Any,
            methods: Vec::new(),
            conditional: false,
            networks: Vec::new(),
        }
    }

    /// Whom `ClientIP` lets in.
    pub(super) fn reach(&self, source: SourceId, faults: &mut Faults, rule: &Node) -> Reach {
        if self.networks.is_empty() {
            return Reach::World;
        }
        let text = self.networks.join(",");
        let mut own = Faults::new(source, faults.code);
        let networks = own.networks(&Node { value: Value::Text(text.into()), span: rule.span });
        faults.found.append(&mut own.found);
        reach_of(networks)
    }

    /// Both at once.
    fn and(&self, other: &Self) -> Self {
        let (path, narrowed) = match (&self.path, &other.path) {
            (PathMatch::Any, path) | (path, PathMatch::Any) => (path.clone(), false),
            (exact @ PathMatch::Exact(_), _) | (_, exact @ PathMatch::Exact(_)) => (exact.clone(), true),
            (path, _) => (path.clone(), true),
        };
        let (hosts, fewer) = common(&self.hosts, &other.hosts);
        let (methods, less) = common(&self.methods, &other.methods);
        Self {
            hosts,
            path,
            methods,
            conditional: self.conditional || other.conditional || narrowed || fewer || less,
            networks: if self.networks.is_empty() { other.networks.clone() } else { self.networks.clone() },
        }
    }
}

/// The names of both lists, and whether they contradict each other.
fn common(one: &[Arc<str>], other: &[Arc<str>]) -> (Vec<Arc<str>>, bool) {
    if one.is_empty() || other.is_empty() {
        let all = if one.is_empty() { other } else { one };
        return (all.to_vec(), false);
    }
    let both: Vec<Arc<str>> = one.iter().filter(|name| other.contains(name)).cloned().collect();
    if both.is_empty() { (one.to_vec(), true) } else { (both, false) }
}

/// Reads a rule.
pub(super) fn parse(text: &str) -> Result<Vec<Alternative>, String> {
    let mut parser = Parser { text, at: 0 };
    let alternatives = parser.either(0)?;
    parser.space();
    if parser.rest().is_empty() { Ok(alternatives) } else { Err(parser.unexpected()) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn unexpected(&self) -> String {
        match self.rest().chars().next() {
            Some(sign) => format!("`{sign}` at character {} is not expected", self.at + 1),
            None => "it ends too early".to_owned(),
        }
    }

    fn either(&mut self, depth: usize) -> Result<Vec<Alternative>, String> {
        let mut all = self.all(depth)?;
        while self.take("||") {
            all.extend(self.all(depth)?);
            bounded(&all)?;
        }
        Ok(all)
    }

    fn all(&mut self, depth: usize) -> Result<Vec<Alternative>, String> {
        let mut all = self.one(depth)?;
        while self.take("&&") {
            let more = self.one(depth)?;
            if all.len().saturating_mul(more.len()) > MOST_ALTERNATIVES {
                return Err(format!("it unfolds to more than {MOST_ALTERNATIVES} alternatives"));
            }
            all = all.iter().flat_map(|one| more.iter().map(move |other| one.and(other))).collect();
        }
        Ok(all)
    }

    fn one(&mut self, depth: usize) -> Result<Vec<Alternative>, String> {
        if depth >= MOST_DEPTH {
            return Err(format!("brackets deeper than {MOST_DEPTH}"));
        }
        if self.take("!") {
            // What is left over by a negation is not said in the model: everything, with a condition.
            self.one(depth + 1)?;
            return Ok(vec![Alternative { conditional: true, ..Alternative::everything() }]);
        }
        if self.take("(") {
            let inner = self.either(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err(self.unexpected()) };
        }
        self.space();
        let end = self.rest().find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest().len());
        let name = self.rest().get(..end).filter(|name| !name.is_empty()).ok_or_else(|| self.unexpected())?;
        self.at += end;
        let values = self.values()?;
        matcher(name, &values)
    }

    /// The quoted values between brackets.
    fn values(&mut self) -> Result<Vec<String>, String> {
        if !self.take("(") {
            return Err(self.unexpected());
        }
        let mut values = Vec::new();
        loop {
            if self.take(")") {
                return Ok(values);
            }
            self.space();
            let quote = self.rest().chars().next().filter(|c| matches!(c, '`' | '"' | '\''));
            let quote = quote.ok_or_else(|| self.unexpected())?;
            self.at += 1;
            let end = self.rest().find(quote).ok_or_else(|| "a quote is not closed".to_owned())?;
            let value = self.rest().get(..end).unwrap_or_default();
            values.push(if quote == '"' { value.replace("\\\\", "\\") } else { value.to_owned() });
            self.at += end + 1;
            let more = self.take(",");
            self.space();
            if !more && !self.rest().starts_with(')') {
                return Err(self.unexpected());
            }
        }
    }
}

fn bounded(all: &[Alternative]) -> Result<(), String> {
    if all.len() > MOST_ALTERNATIVES {
        return Err(format!("it unfolds to more than {MOST_ALTERNATIVES} alternatives"));
    }
    Ok(())
}

fn matcher(name: &str, values: &[String]) -> Result<Vec<Alternative>, String> {
    let words = || values.iter().map(|value| Arc::from(value.as_str())).collect::<Vec<Arc<str>>>();
    let each = |path: &dyn Fn(&str) -> PathMatch| {
        let of = |value: &String| Alternative { path: path(value), ..Alternative::everything() };
        let all: Vec<Alternative> = values.iter().map(of).collect();
        bounded(&all).map(|()| all)
    };
    if values.is_empty() {
        return Err(format!("`{name}` without a value"));
    }
    Ok(match name {
        "Host" | "HostHeader" => vec![Alternative { hosts: words(), ..Alternative::everything() }],
        "Method" => vec![Alternative { methods: words(), ..Alternative::everything() }],
        "ClientIP" => vec![Alternative { networks: words(), ..Alternative::everything() }],
        "Path" => each(&path)?,
        "PathPrefix" => each(&path_prefix)?,
        "PathRegexp" => {
            each(&|value| PathMatch::Regex { pattern: value.into(), ignore_case: false, whole: false })?
        }
        "HostRegexp" | "Header" | "HeaderRegexp" | "Headers" | "HeadersRegexp" | "Query" | "QueryRegexp"
        | "HostSNI" | "ALPN" => vec![Alternative { conditional: true, ..Alternative::everything() }],
        other => return Err(format!("`{}` is no matcher", other.chars().take(40).collect::<String>())),
    })
}

/// `/orders/{id}` is a template in the syntax of v2, and text without braces is itself in both.
fn path(value: &str) -> PathMatch {
    if !value.contains('{') {
        return PathMatch::Exact(value.into());
    }
    if value.contains(':') {
        return PathMatch::Regex { pattern: pattern(value).into(), ignore_case: false, whole: true };
    }
    PathMatch::Template(value.into())
}

fn path_prefix(value: &str) -> PathMatch {
    if !value.contains('{') {
        return prefix(value);
    }
    PathMatch::Regex { pattern: format!("^{}", pattern(value)).into(), ignore_case: false, whole: false }
}

/// `/{id:[0-9]+}` as a regular expression.
fn pattern(value: &str) -> String {
    let mut pattern = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('{') {
        pattern.push_str(&crate::front::values::escaped(before));
        let mut depth = 1_u32;
        let mut end = after.len();
        for (at, sign) in after.char_indices() {
            depth = match sign {
                '{' => depth + 1,
                '}' => depth - 1,
                _ => depth,
            };
            if depth == 0 {
                end = at;
                break;
            }
        }
        let inner = after.get(..end).unwrap_or_default();
        match inner.split_once(':') {
            Some((_, own)) => pattern.push_str(&format!("(?:{own})")),
            None => pattern.push_str("[^/]+"),
        }
        rest = after.get(end + 1..).unwrap_or_default();
    }
    pattern.push_str(&crate::front::values::escaped(rest));
    pattern
}
