//! What an `http` block defines by name: upstreams, limit zones, variables.
//!
//! [`Tables::class`] says whose value a variable has, which decides whether a limit keyed by it bounds
//! one caller, and whether an `if` on it is a guard.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::services::Services;
use super::tree::Directive;
use crate::inventory::{Place, one_spelling};

/// Most variables that are followed, one defined by another.
const MOST_STEPS: usize = 32;
/// Most variables that are looked at for one text, each as often as it is named.
const MOST_ASKED: usize = 4_096;
/// Most values of one variable, and variables that one is made from.
const MOST_VALUES: usize = 64;
/// Longest text in which variables are still put in place, in bytes.
const MOST_TEXT: usize = 4_096;

/// Definitions of an `http` block.
#[derive(Default)]
pub(super) struct Tables {
    /// Servers of each `upstream`, by its name in one spelling.
    upstreams: BTreeMap<Arc<str>, Vec<Arc<str>>>,
    services: Services,
    pub(super) zones: BTreeMap<Arc<str>, Zone>,
    variables: BTreeMap<Arc<str>, Variable>,
    /// Where a variable is given more values than are followed.
    too_many: Cell<Option<Place>>,
    /// Whether something was asked beyond another bound.
    cut: Cell<bool>,
}

/// `limit_req_zone`.
pub(super) struct Zone {
    pub(super) key: Arc<str>,
    pub(super) per_hour: Option<f64>,
    pub(super) at: Place,
}

enum Variable {
    /// `map $source $variable { ... }`
    Map {
        source: Arc<str>,
        default: Arc<str>,
        others: BTreeSet<Arc<str>>,
        /// The value where the source is empty, unless a regular expression decides it.
        nothing: Option<Arc<str>>,
    },
    /// `geo`: by the caller's address.
    Geo,
    /// `set $variable value`, every value that is set.
    Set(Vec<Arc<str>>),
    /// `auth_request_set`, `auth_jwt_claim_set`: what a guard found out.
    Guarded,
}

/// Whose value a variable, or a text with variables, has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The same for everybody, or one of few.
    Constant,
    /// The caller's address.
    Caller,
    /// Who the caller is, as a guard found out; empty without a guard.
    Identity,
    /// What the caller chooses.
    Chosen,
    /// Empty for some methods.
    SomeMethods,
    /// It is defined nowhere that was read.
    Unknown,
}

impl Tables {
    /// Takes up the definitions among `directives`, also those within servers and locations.
    pub(super) fn read(&mut self, directives: &[Directive]) {
        for directive in directives {
            match &*directive.name.text {
                "upstream" => {
                    let servers = directive.within().iter().filter(|d| &*d.name.text == "server");
                    let addresses: Vec<Arc<str>> = servers
                        .clone()
                        .filter_map(|d| d.args.first())
                        .map(|word| word.text.clone())
                        .collect();
                    self.upstreams.insert(one_spelling(directive.arg(0), false).into(), addresses);
                    // What only stands by may be that of all.
                    let serve = servers.filter(|d| !d.args.iter().any(|word| &*word.text == "backup"));
                    self.services.join(serve.map(|server| server.arg(0)));
                }
                "limit_req_zone" => self.zone(directive),
                "map" => self.map(directive),
                "geo" => {
                    let name = directive.args.last().map_or("", |word| &word.text);
                    let chosen = directive.args.len() > 1 && self.class(directive.arg(0)) == Class::Chosen;
                    let geo =
                        if chosen { Variable::Set(vec![directive.arg(0).into()]) } else { Variable::Geo };
                    self.variables.insert(bare(name).into(), geo);
                }
                "set" => self.set(directive),
                "auth_request_set" | "auth_jwt_claim_set" => {
                    self.variables.insert(bare(directive.arg(0)).into(), Variable::Guarded);
                }
                _ => self.read(directive.within()),
            }
        }
    }

    /// Whether a `map` gives this variable only texts of its own, none of them empty or `word`.
    pub(super) fn is_never(&self, variable: &str, word: &str) -> bool {
        let other = |text: &Arc<str>| !text.is_empty() && !text.contains('$') && **text != *word;
        match self.variables.get(bare(variable)) {
            Some(Variable::Map { default, others, .. }) => other(default) && others.iter().all(other),
            _ => false,
        }
    }

    /// Where there was more than is followed since this was last asked: at a definition, or in `server`.
    pub(super) fn beyond(&self, server: Place) -> Option<Place> {
        let cut = self.cut.take().then_some(server);
        self.too_many.take().or(cut)
    }

    /// `text` with the value in the place of every variable that `set` gives just one.
    pub(super) fn resolved(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut put: Vec<String> = Vec::new();
        loop {
            let is_new = |name: &&str| put.iter().all(|known| known != name);
            let known = variables(&text).filter(is_new).find_map(|name| match self.variables.get(name) {
                Some(Variable::Set(values)) => match values.as_slice() {
                    [value] => Some((name.to_owned(), value)),
                    _ => None,
                },
                _ => None,
            });
            let Some((name, value)) = known else { return text };
            let Some(next) = replaced(&text, &name, value).filter(|_| put.len() < MOST_STEPS) else {
                self.cut.set(true);
                return text;
            };
            text = next;
            put.push(name);
        }
    }

    /// The servers of the upstream that `authority` names.
    pub(super) fn servers(&self, authority: &str) -> Option<&[Arc<str>]> {
        self.upstreams.get(&*one_spelling(authority, false)).map(Vec::as_slice)
    }

    /// The address that stands for the service that `authority` is: an upstream's name, or one of the
    /// servers of any.
    pub(super) fn service(&self, authority: &str) -> Option<&str> {
        let own = self.servers(authority).unwrap_or_default();
        own.iter().find_map(|server| self.services.of(server)).or_else(|| self.services.of(authority))
    }

    fn set(&mut self, directive: &Directive) {
        let (name, value) = (bare(directive.arg(0)), directive.arg(1));
        match self.variables.entry(name.into()).or_insert_with(|| Variable::Set(Vec::new())) {
            Variable::Set(values) if values.iter().any(|known| **known == *value) => {}
            Variable::Set(values) if values.len() < MOST_VALUES => values.push(value.into()),
            Variable::Set(_) => self.too_many.set(Some(directive.at())),
            _ => {}
        }
    }

    fn zone(&mut self, directive: &Directive) {
        let value = |key: &str| directive.args.iter().find_map(|word| word.text.strip_prefix(key));
        let Some(name) = value("zone=").and_then(|zone| zone.split(':').next()) else { return };
        let per_hour = value("rate=").and_then(|rate| {
            let (count, unit) = rate.split_once("r/")?;
            let count: f64 = count.parse::<u32>().ok()?.into();
            match unit {
                "s" => Some(count * 3_600.0),
                "m" => Some(count * 60.0),
                _ => None,
            }
        });
        let zone = Zone { key: directive.arg(0).into(), per_hour, at: directive.at() };
        self.zones.insert(name.into(), zone);
    }

    fn map(&mut self, directive: &Directive) {
        let mut default: Arc<str> = "".into();
        let mut others = BTreeSet::new();
        let (mut empty, mut patterns) = (None, false);
        for value in directive.within() {
            patterns |= value.name.text.starts_with('~');
            if value.name.text.is_empty() {
                empty = Some(Arc::from(value.arg(0)));
            }
            match &*value.name.text {
                "default" => default = value.arg(0).into(),
                "hostnames" | "volatile" if value.args.is_empty() => {}
                _ => {
                    others.insert(value.arg(0).into());
                }
            }
        }
        let nothing = empty.or_else(|| (!patterns).then(|| default.clone()));
        let map = Variable::Map { source: directive.arg(0).into(), default, others, nothing };
        self.variables.insert(bare(directive.arg(1)).into(), map);
    }

    /// Whose value a text with variables has: if a part is the caller's choice, all of it is.
    pub(super) fn class(&self, text: &str) -> Class {
        self.class_within(text, &mut Way::default())
    }

    fn class_within<'v>(&'v self, text: &'v str, way: &mut Way<'v>) -> Class {
        let classes: Vec<Class> = variables(text).map(|name| self.class_of(name, way)).collect();
        [Class::Chosen, Class::Unknown, Class::SomeMethods, Class::Caller, Class::Identity]
            .into_iter()
            .find(|class| classes.contains(class))
            .unwrap_or(Class::Constant)
    }

    fn class_of<'v>(&'v self, name: &'v str, way: &mut Way<'v>) -> Class {
        if way.names.contains(&name) {
            // Made of itself: what it had before.
            return Class::Unknown;
        }
        if way.names.len() >= MOST_STEPS || way.asked >= MOST_ASKED {
            self.cut.set(true);
            return Class::Unknown;
        }
        way.asked += 1;
        way.names.push(name);
        let class = self.class_defined(name, way);
        way.names.pop();
        class
    }

    fn class_defined<'v>(&'v self, name: &'v str, way: &mut Way<'v>) -> Class {
        match self.variables.get(name) {
            Some(Variable::Geo) => Class::Constant,
            Some(Variable::Guarded) => Class::Identity,
            Some(Variable::Set(values)) => {
                let classes: Vec<Class> = values.iter().map(|value| self.class_within(value, way)).collect();
                let first = classes.first().copied().unwrap_or(Class::Unknown);
                if classes.iter().all(|class| *class == first) { first } else { Class::Chosen }
            }
            Some(Variable::Map { source, default, others, .. }) => {
                let all = || others.iter().chain([default]);
                match self.class_within(source, way) {
                    Class::Chosen | Class::Unknown => {
                        let counted = all()
                            .all(|value| !value.is_empty() && self.class_within(value, way) == Class::Caller);
                        if counted { Class::Caller } else { Class::Chosen }
                    }
                    Class::Constant if is_method(source) => match all().any(|value| value.is_empty()) {
                        true => Class::SomeMethods,
                        false => self.class_within(default, way),
                    },
                    _ => self.class_within(default, way),
                }
            }
            None => built_in(name),
        }
    }

    /// Whether the empty text is what everybody gets whom no exception names.
    pub(super) fn is_empty_by_default(&self, key: &str) -> bool {
        let mut names = variables(key);
        match (names.next(), names.next()) {
            (Some(name), None) if key.trim_start_matches(['$', '{']).trim_end_matches('}') == name => {
                matches!(
                    self.variables.get(name),
                    Some(Variable::Map { source, default, .. }) if default.is_empty() && !is_method(source)
                )
            }
            _ => key.is_empty(),
        }
    }

    /// The value of a map of one variable where that variable is empty, as far as it is sure.
    pub(super) fn of_nothing(&self, name: &str) -> Option<&str> {
        match self.variables.get(name)? {
            Variable::Map { source, nothing, .. }
                if source.starts_with('$') && variables(source).eq([bare(source)]) =>
            {
                nothing.as_deref().filter(|value| !value.contains('$'))
            }
            _ => None,
        }
    }

    /// The variables that a map or `set` of `name` is made from, itself included.
    pub(super) fn sources<'t>(&'t self, name: &'t str) -> Vec<&'t str> {
        let mut found = vec![name];
        let mut next = 0;
        while let Some(name) = found.get(next).copied() {
            next += 1;
            let texts: Vec<&str> = match self.variables.get(name) {
                Some(Variable::Map { source, .. }) => vec![source],
                Some(Variable::Set(values)) => values.iter().map(|value| &**value).collect(),
                _ => Vec::new(),
            };
            for inner in texts.into_iter().flat_map(variables) {
                if found.contains(&inner) {
                    continue;
                }
                match found.len() < MOST_VALUES {
                    true => found.push(inner),
                    false => self.cut.set(true),
                }
            }
        }
        found
    }
}

/// The variables between the one that is asked about and the one that is looked at.
#[derive(Default)]
struct Way<'v> {
    names: Vec<&'v str>,
    asked: usize,
}

/// `text` with `value` for `$name` and `${name}`; `None` where it is too long.
fn replaced(text: &str, name: &str, value: &str) -> Option<String> {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let inner = part.strip_prefix('{').unwrap_or(part);
        let rest = inner.strip_prefix(name).and_then(|rest| match inner.len() == part.len() {
            true => {
                Some(rest).filter(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
            }
            false => rest.strip_prefix('}'),
        });
        match rest {
            Some(rest) => out.extend([value, rest]),
            None => out.extend(["$", part]),
        }
        if out.len() > MOST_TEXT {
            return None;
        }
    }
    Some(out)
}

fn is_method(source: &str) -> bool {
    bare(source) == "request_method"
}

/// A variable's name without `$` and braces.
pub(super) fn bare(name: &str) -> &str {
    name.trim_start_matches(['$', '{']).trim_end_matches('}')
}

/// The variables in a text: `$name`, `${name}`.
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|part| {
        let part = part.strip_prefix('{').unwrap_or(part);
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
        part.get(..end).filter(|name| !name.is_empty())
    })
}

fn built_in(name: &str) -> Class {
    match name {
        "remote_addr" | "binary_remote_addr" | "realip_remote_addr" | "proxy_protocol_addr" => Class::Caller,
        "server_name" | "server_addr" | "server_port" | "server_protocol" | "hostname" | "nginx_version"
        | "pid" | "scheme" | "https" | "request_method" | "document_root" | "proxy_host" | "proxy_port" => {
            Class::Constant
        }
        "remote_user"
        | "ssl_client_s_dn"
        | "ssl_client_fingerprint"
        | "ssl_client_serial"
        | "ssl_client_cert"
        | "ssl_client_raw_cert"
        | "ssl_client_escaped_cert"
        | "ssl_client_i_dn"
        | "ssl_client_verify" => Class::Identity,
        _ if name.starts_with("jwt_") || name.starts_with("upstream_http_") => Class::Identity,
        _ if name.starts_with("geoip") => Class::Constant,
        "host"
        | "http_host"
        | "uri"
        | "request_uri"
        | "document_uri"
        | "args"
        | "query_string"
        | "is_args"
        | "request"
        | "request_body"
        | "request_filename"
        | "request_id"
        | "remote_port"
        | "connection"
        | "connection_requests"
        | "msec"
        | "request_length"
        | "content_type"
        | "content_length"
        // What the caller says, with the address behind it.
        | "proxy_add_x_forwarded_for"
        | "realpath_root" => Class::Chosen,
        _ if ["http_", "arg_", "cookie_", "secure_link", "ssl_"]
            .iter()
            .any(|start| name.starts_with(start)) =>
        {
            Class::Chosen
        }
        // Captures of a regular expression over the path.
        _ if name.bytes().all(|byte| byte.is_ascii_digit()) => Class::Chosen,
        _ => Class::Unknown,
    }
}
