//! ACLs of HAProxy: named and anonymous, to terms of what a request is and what a caller proves.
//!
//! A condition becomes a list of terms of which any may hold (bounded; beyond the bound it is not
//! followed). A term is a [`Condition`] on path, method and host, and [`Proof`]s beside it.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::IpPrefix;

use super::super::condition::Condition;
use super::super::guard::shown;
use super::lines::Line;
use crate::inventory::PathMatch;

/// One test of a condition: whether it is negated, what it means, and what its contrary means.
type Literal = (bool, Vec<Term>, Vec<Term>);

/// Most terms of one condition.
const MOST_TERMS: usize = 64;

/// What an ACL tests beside path, method and host.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Proof {
    /// The caller's address is in these networks.
    Address(Vec<IpPrefix>),
    /// A verified credential.
    Credential(Arc<str>),
    /// Some credential is there, verified or not.
    Presence(Arc<str>),
    /// More requests than this in the period that the counter has.
    Over { counter: Counter, most: u32 },
    /// The connection is TLS.
    Tls,
    /// A variable that nothing in the file sets: code does.
    Code(Arc<str>),
    /// Something that is not followed.
    Unknown,
}

/// A counter of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    /// A sticky counter, `sc0`, and the table if the ACL names it.
    Tracked(u32, Option<Arc<str>>),
    /// Straight by the caller's address in this table.
    Source(Option<Arc<str>>),
}

/// One term: all of it holds. A proof is paired with whether it must be absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Term {
    pub(super) scope: Condition,
    pub(super) proofs: Vec<(bool, Proof)>,
}

impl Term {
    fn and(&self, other: &Self) -> Option<Self> {
        let mut proofs = self.proofs.clone();
        proofs.extend(other.proofs.iter().cloned());
        Some(Self { scope: self.scope.and(&other.scope)?, proofs })
    }
}

/// The ACLs of a proxy.
#[derive(Default)]
pub(super) struct Acls<'l> {
    named: BTreeMap<&'l str, Vec<&'l [Arc<str>]>>,
    /// Variables that the file sets.
    set: Vec<&'l str>,
}

impl<'l> Acls<'l> {
    pub(super) fn new(lines: impl Iterator<Item = &'l Line>) -> Self {
        let mut acls = Self::default();
        for line in lines {
            if line.word(0) == "acl" {
                acls.named.entry(line.word(1)).or_default().push(line.rest(2));
            }
            let sets = line.words.iter().filter_map(|word| word.strip_prefix("set-var("));
            acls.set.extend(sets.filter_map(|rest| rest.split([')', ',']).next()));
        }
        acls
    }

    /// The terms of the words behind `if` or `unless`; none of both is always. `None`: never followed.
    pub(super) fn terms(&self, words: &[Arc<str>]) -> Vec<Term> {
        let Some(at) = words.iter().position(|word| matches!(&**word, "if" | "unless")) else {
            return vec![Term::default()];
        };
        let unless = words.get(at).is_some_and(|word| &**word == "unless");
        let unfollowed =
            || vec![Term { scope: Condition::perhaps(), proofs: vec![(unless, Proof::Unknown)] }];
        let mut alternatives: Vec<Vec<Literal>> = vec![Vec::new()];
        let mut negated = false;
        let mut words = words.get(at + 1..).unwrap_or_default();
        while let Some((word, rest)) = words.split_first() {
            words = rest;
            let mut word: &str = word;
            if word == "||" || word == "or" {
                alternatives.push(Vec::new());
                continue;
            }
            if let Some(name) = word.strip_prefix('!') {
                negated = !negated;
                word = name;
            }
            if word.is_empty() {
                continue;
            }
            let (yes, no) = if word == "{" {
                let end = words.iter().position(|word| &**word == "}").unwrap_or(words.len());
                let (inner, rest) = words.split_at(end);
                words = rest.get(1..).unwrap_or_default();
                self.anonymous(inner)
            } else {
                self.named(word)
            };
            if let Some(last) = alternatives.last_mut() {
                last.push((negated, yes, no));
            }
            negated = false;
        }
        let mut all: Vec<Term> = Vec::new();
        if unless {
            // Not any of the alternatives: of each, one part does not hold.
            all.push(Term::default());
            for alternative in &alternatives {
                let mut next = Vec::new();
                for (negated, yes, no) in alternative {
                    product(&all, if *negated { yes } else { no }, &mut next);
                }
                all = next;
                if all.len() > MOST_TERMS {
                    return unfollowed();
                }
            }
        } else {
            for alternative in &alternatives {
                let mut terms = vec![Term::default()];
                for (negated, yes, no) in alternative {
                    let mut next = Vec::new();
                    product(&terms, if *negated { no } else { yes }, &mut next);
                    terms = next;
                    if terms.len() > MOST_TERMS {
                        return unfollowed();
                    }
                }
                all.extend(terms);
            }
        }
        if all.len() > MOST_TERMS { unfollowed() } else { all }
    }

    /// The terms under which a named ACL holds, and under which it does not.
    fn named(&self, name: &str) -> (Vec<Term>, Vec<Term>) {
        if let Some(tests) = self.named.get(name) {
            let mut yes = Vec::new();
            let mut no = vec![Term::default()];
            for test in tests.iter().take(MOST_TERMS) {
                let (holds, fails) = self.anonymous(test);
                yes.extend(holds);
                let mut next = Vec::new();
                product(&no, &fails, &mut next);
                no = next;
            }
            return (yes, no);
        }
        let builtin: &[&str] = match name {
            "METH_GET" => &["method", "GET", "HEAD"],
            "METH_HEAD" => &["method", "HEAD"],
            "METH_POST" => &["method", "POST"],
            "METH_PUT" => &["method", "PUT"],
            "METH_DELETE" => &["method", "DELETE"],
            "METH_OPTIONS" => &["method", "OPTIONS"],
            "METH_PATCH" => &["method", "PATCH"],
            "HTTP_URL_SLASH" => &["path_beg", "/"],
            "LOCALHOST" => &["src", "127.0.0.1/8"],
            "TRUE" | "HTTP" => return (vec![Term::default()], Vec::new()),
            "FALSE" => return (Vec::new(), vec![Term::default()]),
            _ => return proof(Proof::Unknown),
        };
        let words: Vec<Arc<str>> = builtin.iter().map(|word| (*word).into()).collect();
        self.anonymous(&words)
    }

    /// As [`Acls::named`], for the words of a test.
    fn anonymous(&self, words: &[Arc<str>]) -> (Vec<Term>, Vec<Term>) {
        let Some((criterion, rest)) = words.split_first() else { return proof(Proof::Unknown) };
        let (fetch, converters) = split_fetch(criterion);
        let test = Test::read(rest, &converters);
        let (name, argument) = fetch.split_once('(').unwrap_or((fetch, ""));
        let argument = argument.trim_end_matches(')');
        if let Some(kind) = path_kind(name) {
            let kind = test.kind.as_deref().unwrap_or(kind);
            let mut yes = Vec::new();
            for value in &test.values {
                match path_match(kind, value, test.ignore_case) {
                    Some(path) => yes.push(path),
                    None => return proof(Proof::Unknown),
                }
            }
            if test.from_file || yes.is_empty() {
                return proof(Proof::Unknown);
            }
            let paths = yes.iter().map(|path| PathMatch::Not(Box::new(path.clone()))).collect();
            let no = Condition { paths, ..Condition::default() };
            let yes = yes.into_iter().map(|path| scope(Condition::path(path))).collect();
            return (yes, vec![scope(no)]);
        }
        match name {
            "method" if !test.from_file => methods(&test.values),
            "hdr" | "req.hdr" | "req.fhdr" | "hdr_end" | "hdr_dom" | "hdr_beg" | "ssl_fc_sni"
            | "req.hdr_end"
                if name == "ssl_fc_sni"
                    || argument.eq_ignore_ascii_case("host")
                    || argument.starts_with("host,") =>
            {
                hosts(name, &test)
            }
            "src" if !test.from_file => {
                let networks: Vec<Option<IpPrefix>> = test.values.iter().map(|v| v.parse().ok()).collect();
                match networks.into_iter().collect::<Option<Vec<IpPrefix>>>() {
                    Some(networks) if !networks.is_empty() => proof(Proof::Address(networks)),
                    _ => proof(Proof::Unknown),
                }
            }
            "http_auth" | "http_auth_group" => proof(Proof::Credential(shown(fetch))),
            "ssl_c_verify" if test.values.iter().any(|value| &**value == "0") => {
                proof(Proof::Credential("ssl_c_verify".into()))
            }
            "ssl_fc_has_crt" | "ssl_c_used" => proof(Proof::Presence(shown(name))),
            "ssl_fc" => proof(Proof::Tls),
            _ if converters.contains("jwt_verify") => proof(Proof::Credential("jwt_verify".into())),
            "hdr" | "req.hdr" | "req.fhdr" | "req.cook" | "cook" | "hdr_cnt" | "req.hdr_cnt"
            | "http_auth_bearer" | "url_param"
                if matches!(test.kind.as_deref(), Some("found")) || name.ends_with("_cnt") =>
            {
                proof(Proof::Presence(shown(fetch)))
            }
            "var" => match self.set.contains(&argument) {
                true => proof(Proof::Unknown),
                false => proof(Proof::Code(shown(fetch))),
            },
            _ => counter(name, argument, &test).map_or_else(|| proof(Proof::Unknown), proof),
        }
    }
}

fn scope(scope: Condition) -> Term {
    Term { scope, proofs: Vec::new() }
}

fn proof(proof: Proof) -> (Vec<Term>, Vec<Term>) {
    let term = |absent| Term { scope: Condition::default(), proofs: vec![(absent, proof.clone())] };
    (vec![term(false)], vec![term(true)])
}

fn product(ones: &[Term], others: &[Term], out: &mut Vec<Term>) {
    for one in ones {
        for other in others {
            if out.len() <= MOST_TERMS {
                out.extend(one.and(other));
            }
        }
    }
}

/// A fetch without its converters, and these: `path,url_dec` is `path` and `url_dec`.
fn split_fetch(criterion: &str) -> (&str, String) {
    let mut depth = 0_usize;
    for (at, c) in criterion.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                let (fetch, converters) = criterion.split_at(at);
                return (fetch, converters.trim_start_matches(',').to_owned());
            }
            _ => {}
        }
    }
    (criterion, String::new())
}

struct Test {
    /// `-m`.
    kind: Option<Arc<str>>,
    ignore_case: bool,
    from_file: bool,
    values: Vec<Arc<str>>,
}

impl Test {
    fn read(words: &[Arc<str>], converters: &str) -> Self {
        let ignore_case = converters.split(',').any(|name| name == "lower");
        let mut test = Self { kind: None, ignore_case, from_file: false, values: Vec::new() };
        let mut words = words.iter();
        let mut flags = true;
        while let Some(word) = words.next() {
            match &**word {
                "-i" if flags => test.ignore_case = true,
                "-m" if flags => test.kind = words.next().cloned(),
                "-f" | "-M" if flags => {
                    test.from_file = true;
                    words.next();
                }
                "-n" | "-u" if flags => {}
                "--" if flags => flags = false,
                _ => {
                    flags = false;
                    test.values.push(word.clone());
                }
            }
        }
        test
    }
}

/// How a path fetch matches by default.
fn path_kind(name: &str) -> Option<&str> {
    let rest = name
        .strip_prefix("path")
        .or_else(|| name.strip_prefix("url").filter(|rest| !rest.starts_with("_param")))?;
    match rest {
        "" => Some("str"),
        rest => rest
            .strip_prefix('_')
            .filter(|kind| matches!(*kind, "beg" | "end" | "dir" | "reg" | "sub" | "dom" | "len")),
    }
}

fn path_match(kind: &str, value: &str, ignore_case: bool) -> Option<PathMatch> {
    let escaped = regex::escape(value);
    let pattern = match kind {
        "str" if !ignore_case => return Some(PathMatch::Exact(value.into())),
        "beg" if !ignore_case => return Some(PathMatch::Prefix(value.into())),
        "str" => format!("^{escaped}$"),
        "beg" => format!("^{escaped}"),
        "end" => format!("{escaped}$"),
        "sub" => escaped,
        "dir" => format!("(^|/){}(/|$)", regex::escape(value.trim_matches('/'))),
        "reg" => value.to_owned(),
        _ => return None,
    };
    Some(PathMatch::Regex { pattern: pattern.into(), ignore_case, whole: false })
}

fn methods(values: &[Arc<str>]) -> (Vec<Term>, Vec<Term>) {
    const ALL: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];
    let only = |methods: Vec<Arc<str>>| scope(Condition { methods: Some(methods), ..Condition::default() });
    let others = ALL.iter().filter(|method| !values.iter().any(|value| &**value == **method));
    (vec![only(values.to_vec())], vec![only(others.map(|method| (*method).into()).collect())])
}

fn hosts(name: &str, test: &Test) -> (Vec<Term>, Vec<Term>) {
    let kind = test.kind.as_deref().unwrap_or(match name {
        name if name.ends_with("_end") => "end",
        name if name.ends_with("_dom") => "dom",
        name if name.ends_with("_beg") => "beg",
        _ => "str",
    });
    // A pattern with `*` wants something in its place; the text alone matches too.
    let pattern = |value: &Arc<str>| -> Option<Vec<Arc<str>>> {
        match kind {
            "str" => Some(vec![value.clone()]),
            "end" => Some(vec![value.clone(), format!("*{value}").into()]),
            "beg" => Some(vec![value.clone(), format!("{value}*").into()]),
            _ => None,
        }
    };
    let patterns: Option<Vec<Vec<Arc<str>>>> = test.values.iter().map(pattern).collect();
    match patterns.map(|patterns| patterns.concat()) {
        Some(patterns) if !patterns.is_empty() && !test.from_file => {
            let other = scope(Condition::perhaps());
            (vec![scope(Condition { hosts: Some(patterns), ..Condition::default() })], vec![other])
        }
        _ => proof(Proof::Unknown),
    }
}

/// `sc_http_req_rate(0) gt 20`, `sc0_http_req_rate gt 20`, `src_http_req_rate(table) gt 20`.
fn counter(name: &str, argument: &str, test: &Test) -> Option<Proof> {
    let mut values = test.values.iter();
    let most = match (values.next().map(|word| &**word), values.next()) {
        (Some("gt"), Some(most)) => most.parse::<u32>().ok()?,
        (Some("ge"), Some(most)) => most.parse::<u32>().ok()?.saturating_sub(1),
        _ => return None,
    };
    let mut arguments = argument.split(',').map(str::trim).filter(|part| !part.is_empty());
    let counter = if name == "sc_http_req_rate" {
        let nth = arguments.next()?.parse().ok()?;
        Counter::Tracked(nth, arguments.next().map(Into::into))
    } else if name == "src_http_req_rate" {
        Counter::Source(arguments.next().map(Into::into))
    } else {
        let nth = name.strip_prefix("sc")?.strip_suffix("_http_req_rate")?.parse().ok()?;
        Counter::Tracked(nth, arguments.next().map(Into::into))
    };
    Some(Proof::Over { counter, most })
}
