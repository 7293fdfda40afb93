//! One `server` block to a front.

use std::sync::Arc;

use super::super::address::listen_reach;
use super::super::guard::shown;
use super::condition::{Rewrite, Rewrites};
use super::settings::{Guards, Settings, Surroundings};
use super::tables::Tables;
use super::tree::Directive;
use super::{later, upstream};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Auth, Fault, Front, Kind, Listener, PathMatch, Place, Precedence, Reach, Route};

/// Most routes of one server.
pub(super) const MOST_ROUTES: usize = 5_000;

/// A route with what is settled only when all routes of the server are known.
pub(super) struct Built {
    pub(super) route: Route,
    /// Where it goes on inside the server: the last argument of `try_files`, a named location.
    pub(super) goes_on: Option<Arc<str>>,
    /// Where a refusal goes on.
    pub(super) refused_to: Option<Arc<str>>,
    /// The directive `rewrite` that sends it elsewhere in the server.
    pub(super) rewritten: Option<(Arc<str>, Arc<str>)>,
}

/// A server under reading.
pub(super) struct Server<'t> {
    around: Surroundings<'t>,
    hosts: Vec<Arc<str>>,
    pub(super) built: Vec<Built>,
    /// Named locations.
    pub(super) named: Vec<Built>,
    faults: Vec<Fault>,
    redirects: bool,
}

/// Reads the server `directives`, which begins at `at`, inside a block with `outer` settings.
pub(super) fn read(
    directives: &[Directive],
    at: Place,
    outer: &Settings,
    tables: &Tables,
    file: &str,
) -> (Front, Vec<Fault>) {
    let settings = outer.within(directives);
    let names = directives.iter().filter(|d| &*d.name.text == "server_name").flat_map(|d| &d.args);
    let names: Vec<Arc<str>> = names.map(|word| word.text.clone()).collect();
    let mut listeners = listeners(directives, at);
    let is_default = directives
        .iter()
        .filter(|d| &*d.name.text == "listen")
        .any(|d| d.args.iter().any(|word| matches!(&*word.text, "default_server" | "default")));
    let mut server = Server {
        around: Surroundings {
            tables,
            plain: listeners.iter().any(|listener| !listener.tls),
            hollow: hollow(directives),
        },
        hosts: if is_default { Vec::new() } else { hosts(&names) },
        built: Vec::new(),
        named: Vec::new(),
        faults: Vec::new(),
        redirects: false,
    };
    server.level(directives, &settings, at);
    let redirects = server.redirects;
    let Server { built, named, faults, .. } = server;
    let name = names.iter().find(|name| &***name != "_" && !name.is_empty()).map_or(file, |name| name);
    let mut front = Front {
        kind: Kind::Nginx,
        name: shown(name),
        listeners: Vec::new(),
        precedence: Precedence::NginxLocations,
        routes: Vec::new(),
        at,
    };
    later::settle(&mut front, built, &named);
    for listener in &mut listeners {
        listener.redirects = redirects && !listener.tls;
    }
    front.listeners = listeners;
    (front, faults)
}

/// The names of locations that do nothing but answer 2xx.
fn hollow(directives: &[Directive]) -> Vec<Arc<str>> {
    let answers = |d: &Directive| {
        !d.within().iter().any(|inner| &*inner.name.text == "if")
            && d.within().iter().find(|inner| matches!(&*inner.name.text, "return" | "rewrite")).is_some_and(
                |first| {
                    &*first.name.text == "return" && (200..300).contains(&super::condition::status(first))
                },
            )
    };
    let locations = directives.iter().filter(|d| &*d.name.text == "location" && answers(d));
    locations.filter_map(|d| d.args.last()).map(|word| word.text.clone()).collect()
}

fn listeners(directives: &[Directive], at: Place) -> Vec<Listener> {
    let old_style = directives.iter().any(|d| &*d.name.text == "ssl" && d.arg(0) == "on");
    let listens = directives.iter().filter(|d| &*d.name.text == "listen");
    let mut listeners: Vec<Listener> = listens
        .map(|d| Listener {
            address: shown(&d.line()),
            tls: old_style || d.args.iter().skip(1).any(|word| matches!(&*word.text, "ssl" | "quic")),
            redirects: false,
            reach: match d.arg(0) {
                port if port.bytes().all(|byte| byte.is_ascii_digit()) => Reach::World,
                address => listen_reach(address),
            },
            at: d.at(),
        })
        .collect();
    if listeners.is_empty() {
        listeners.push(Listener {
            address: "*:80".into(),
            tls: old_style,
            redirects: false,
            reach: Reach::World,
            at,
        });
    }
    listeners
}

/// Host patterns; none where the server takes every host, or one that a pattern cannot say.
fn hosts(names: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut hosts: Vec<Arc<str>> = Vec::new();
    for name in names {
        if name.starts_with('~') || name.contains('$') || matches!(&**name, "_" | "" | "*") {
            return Vec::new();
        }
        match name.strip_prefix('.') {
            Some(domain) => hosts.extend([domain.into(), format!("*.{domain}").into()]),
            None => hosts.push(name.clone()),
        }
    }
    hosts
}

/// A location being read.
struct Level<'d> {
    name: Arc<str>,
    path: PathMatch,
    directives: &'d [Directive],
    at: Place,
}

impl Server<'_> {
    /// The server's own level: what answers before a location is chosen, the locations, and what
    /// answers where there is none.
    fn level(&mut self, directives: &[Directive], settings: &Settings, at: Place) {
        let rewrites = Rewrites::read(directives, settings.asks_certificate(), self.around.tables);
        self.redirects |= rewrites.to_https;
        for rewrite in &rewrites.rewrites {
            let pattern = rewrite.directive.arg(0);
            let path = PathMatch::Regex { pattern: pattern.into(), ignore_case: false, whole: false };
            let mut built = self.plain_route("server rewrite".into(), path, rewrite.directive.at());
            built.route.priority = 1;
            self.rewritten(built, rewrite, rewrite.conditional);
        }
        let guard = rewrites.guard.clone().unwrap_or(Auth::Open);
        if let Some((code, directive)) = rewrites.returns {
            let mut built = self.plain_route("server return".into(), PathMatch::Any, directive.at());
            built.route.priority = 1;
            self.answer(&mut built, code, directive.at(), guard);
            self.redirects |= (300..400).contains(&code) && directive.line().contains("https://");
            self.push(built);
            return;
        }
        for (methods, code, at) in &rewrites.answered {
            let mut built = self.plain_route("server if".into(), PathMatch::Any, *at);
            built.route.priority = 1;
            built.route.methods = methods.clone();
            self.answer(&mut built, *code, *at, Auth::Open);
            self.push(built);
        }
        if let Some((methods, at)) = &rewrites.only {
            // "Every other method" cannot be said in words of methods, so each location is narrowed and
            // followed by a refusal.
            self.narrowed(directives, settings, &guard, methods, *at);
        } else {
            self.locations(directives, settings, None, &guard);
        }
        let has_root =
            self.built.iter().any(|built| matches!(&built.route.path, PathMatch::Prefix(p) if &**p == "/"));
        if !has_root {
            let level = Level { name: "server".into(), path: PathMatch::Any, directives, at };
            self.location(&level, settings, guard, true);
        }
    }

    fn narrowed(
        &mut self,
        directives: &[Directive],
        settings: &Settings,
        guard: &Auth,
        only: &[Arc<str>],
        at: Place,
    ) {
        let before = self.built.len();
        self.locations(directives, settings, None, guard);
        let read = self.built.split_off(before);
        for mut built in read {
            let path = built.route.path.clone();
            if built.route.methods.is_empty() {
                built.route.methods = only.to_vec();
            } else {
                built.route.methods.retain(|method| only.contains(method));
            }
            let name = built.route.name.clone();
            if !built.route.methods.is_empty() {
                self.push(built);
            }
            let mut refused = self.plain_route(name, path, at);
            self.answer(&mut refused, 405, at, Auth::Open);
            self.push(refused);
        }
    }

    fn locations(
        &mut self,
        directives: &[Directive],
        outer: &Settings,
        within: Option<(&PathMatch, &str)>,
        guard: &Auth,
    ) {
        for directive in directives.iter().filter(|d| &*d.name.text == "location" && d.block.is_some()) {
            let Some((name, path)) = matched(directive) else { continue };
            if let PathMatch::Regex { pattern, .. } = &path
                && !crate::inventory::readable_pattern(pattern)
            {
                let what = format!("regular expression `{}` cannot be followed", shown(pattern));
                let fault = Diagnostic::error("NGINX-005", what, directive.at().span)
                    .why("it looks around, refers back or is too large: what the location matches is not known")
                    .help("write it without look-around and back references");
                self.faults.push(Fault { source: directive.at().source, diagnostic: fault });
            }
            let settings = outer.within(directive.within());
            let shown_name = match within {
                Some((_, outer)) => format!("{outer} > location {name}"),
                None => format!("location {name}"),
            };
            let path = match within {
                Some((outer, _)) => nested(outer, path),
                None => path,
            };
            if self.built.iter().any(|built| built.route.path == path && built.route.priority == 0) {
                continue;
            }
            let level = Level {
                name: shown_name.as_str().into(),
                path: path.clone(),
                directives: directive.within(),
                at: directive.at(),
            };
            if name.starts_with('@') {
                let before = self.built.len();
                self.location(&level, &settings, guard.clone(), false);
                let mut read = self.built.split_off(before);
                if let Some(mut last) = read.pop() {
                    last.route.name = name.as_str().into();
                    self.named.push(last);
                }
                continue;
            }
            let inner = self.location(&level, &settings, guard.clone(), false);
            self.locations(directive.within(), &settings, Some((&path, &shown_name)), &inner);
        }
    }

    /// The routes of one location; gives the guard of its rewrite phase, which nested ones do not have.
    fn location(&mut self, level: &Level<'_>, settings: &Settings, guard: Auth, is_server: bool) -> Auth {
        let rewrites = match is_server {
            true => Rewrites::default(),
            false => Rewrites::read(level.directives, settings.asks_certificate(), self.around.tables),
        };
        let outer = guard.clone();
        let guard = match &rewrites.guard {
            Some(inner) => super::super::guard::both(guard, inner.clone()),
            None => guard,
        };
        let except = level.directives.iter().find(|d| &*d.name.text == "limit_except");
        let start = self.built.len();
        for (methods, code, at) in &rewrites.answered {
            let mut built = self.level_route(level);
            built.route.methods = methods.clone();
            self.answer(&mut built, *code, *at, Auth::Open);
            self.push(built);
        }
        for rewrite in rewrites.rewrites.iter().filter(|rewrite| rewrite.directive.arg(2) != "break") {
            let mut built = self.level_route(level);
            built.route.at = rewrite.directive.at();
            let conditional = rewrite.conditional || !covers(rewrite.directive.arg(0), &level.path);
            self.rewritten(built, rewrite, conditional);
        }
        for pass in &rewrites.passes {
            let mut built = self.level_route(level);
            built.route.conditional = true;
            let (to, replaced) = upstream::of(pass, self.around.tables);
            built.route.upstream = Some(to);
            built.route.rewrite = replaced;
            guard_route(&mut built, settings.guards(guard.clone(), &self.around), settings);
            self.push(built);
        }
        let mut main = self.level_route(level);
        guard_route(&mut main, settings.guards(guard.clone(), &self.around), settings);
        if let Some(pass) = level.directives.iter().find(|d| upstream::is_pass(&d.name.text)) {
            let (to, replaced) = upstream::of(pass, self.around.tables);
            main.route.upstream = Some(to);
            main.route.rewrite = replaced;
        }
        let others = except.map(|except| self.others(&main, except, settings, outer.clone()));
        if main.route.upstream.is_none()
            && let Some(files) = level.directives.iter().find(|d| &*d.name.text == "try_files")
        {
            let last = files.args.last().map_or("", |word| &word.text);
            main.goes_on = last.starts_with(['@', '/']).then(|| last.into());
        }
        for rewrite in
            rewrites.rewrites.iter().filter(|one| !one.conditional && one.directive.arg(2) == "break")
        {
            main.route.rewrite = Some(rewrite.directive.arg(1).into());
        }
        let everything = matches!(&level.path, PathMatch::Prefix(path) if &**path == "/");
        if let Some((code, directive)) = rewrites.returns {
            main.route.upstream = None;
            self.answer(&mut main, code, directive.at(), guard);
            self.redirects |=
                everything && (300..400).contains(&code) && directive.line().contains("https://");
        }
        self.redirects |= rewrites.to_https && everything;
        if let Some((methods, at)) = rewrites.only {
            let mut refused = self.level_route(level);
            self.answer(&mut refused, 405, at, Auth::Open);
            main.route.methods = methods;
            self.push(main);
            self.push(refused);
        } else {
            self.push(main);
        }
        if let Some((named, others)) = others {
            // Under `limit_except` nothing of the location's rewrite phase is done for other methods.
            let read = self.built.split_off(start.min(self.built.len()));
            for mut built in read {
                built.route.methods = match built.route.methods.as_slice() {
                    [] => named.clone(),
                    methods => methods.iter().filter(|method| named.contains(method)).cloned().collect(),
                };
                if !built.route.methods.is_empty() {
                    self.push(built);
                }
            }
            self.push(others);
        }
        if settings.internal {
            for built in self.built.iter_mut().skip(start) {
                built.route.reach = Reach::Nobody;
            }
        }
        outer
    }

    /// What `limit_except GET { ... }` does for the methods that it does not name: the named ones, and the
    /// route of the others with the guards of its block.
    fn others(
        &self,
        main: &Built,
        except: &Directive,
        settings: &Settings,
        guard: Auth,
    ) -> (Vec<Arc<str>>, Built) {
        let mut named: Vec<Arc<str>> = except.args.iter().map(|word| word.text.clone()).collect();
        if named.iter().any(|method| &**method == "GET") {
            named.push("HEAD".into());
        }
        let inner = settings.within(except.within());
        let mut others = Built::new(main.route.clone());
        guard_route(&mut others, inner.guards(guard, &self.around), &inner);
        others.route.at = except.at();
        (named, others)
    }

    /// A request that goes on as another one, behind the guards that stand before the `rewrite`.
    fn rewritten(&mut self, mut built: Built, rewrite: &Rewrite<'_>, conditional: bool) {
        let (pattern, replacement) = (rewrite.directive.arg(0), rewrite.directive.arg(1));
        built.route.conditional = conditional;
        built.route.auth = rewrite.guard.clone();
        built.route.methods = rewrite.methods.clone();
        built.rewritten = Some((pattern.into(), replacement.into()));
        self.push(built);
    }

    /// The rewrite phase answers before any guard of the access phase; only `guard` stands before it.
    fn answer(&self, built: &mut Built, code: u16, at: Place, guard: Auth) {
        built.goes_on = None;
        built.refused_to = None;
        built.route.reach = Reach::World;
        built.route.auth = if code >= 400 { Auth::Denied { at } } else { guard };
    }

    fn push(&mut self, built: Built) {
        if self.built.len() < MOST_ROUTES {
            self.built.push(built);
        } else if self.built.len() == MOST_ROUTES && self.faults.len() < MOST_ROUTES {
            let at = built.route.at;
            let what = format!("more than {MOST_ROUTES} routes in one server");
            let fault =
                Fault { source: at.source, diagnostic: Diagnostic::error("NGINX-004", what, at.span) };
            if !self.faults.contains(&fault) && self.faults.len() < 2 {
                self.faults.push(fault);
            }
        }
    }

    fn level_route(&self, level: &Level<'_>) -> Built {
        self.plain_route(level.name.clone(), level.path.clone(), level.at)
    }

    fn plain_route(&self, name: Arc<str>, path: PathMatch, at: Place) -> Built {
        Built::new(Route {
            name,
            hosts: self.hosts.clone(),
            path,
            methods: Vec::new(),
            conditional: false,
            priority: 0,
            auth: Auth::Open,
            rate: crate::inventory::Rate::Unlimited,
            reach: Reach::World,
            upstream: None,
            rewrite: None,
            at,
        })
    }
}

impl Built {
    fn new(route: Route) -> Self {
        Self { route, goes_on: None, refused_to: None, rewritten: None }
    }
}

fn guard_route(built: &mut Built, guards: Guards, settings: &Settings) {
    built.route.auth = guards.auth;
    built.route.rate = guards.rate;
    built.route.reach = guards.reach;
    built.refused_to = settings.refused_to.clone();
}

/// `path` within `outer`, which may itself be within another.
fn nested(outer: &PathMatch, path: PathMatch) -> PathMatch {
    match outer {
        PathMatch::Within { outer, inner } => {
            PathMatch::Within { outer: outer.clone(), inner: Box::new(nested(inner, path)) }
        }
        outer => PathMatch::Within { outer: Box::new(outer.clone()), inner: Box::new(path) },
    }
}

/// The name and the match of a location.
fn matched(directive: &Directive) -> Option<(String, PathMatch)> {
    let first = directive.arg(0);
    let (modifier, text) = match (first, directive.args.get(1)) {
        ("=" | "^~" | "~" | "~*", Some(text)) => (first, &*text.text),
        (_, None) => {
            // nginx also reads `location =/a` and `location ~\.php$`.
            let modifier = ["^~", "~*", "~", "="].into_iter().find(|modifier| first.starts_with(modifier));
            (modifier.unwrap_or(""), first.strip_prefix(modifier.unwrap_or("")).unwrap_or(first))
        }
        _ => return None,
    };
    let name =
        if modifier.is_empty() { shown(text).to_string() } else { format!("{modifier} {}", shown(text)) };
    let path = match modifier {
        "=" => PathMatch::Exact(text.into()),
        "^~" => PathMatch::FirmPrefix(text.into()),
        "~" | "~*" => PathMatch::Regex { pattern: text.into(), ignore_case: modifier == "~*", whole: false },
        _ => PathMatch::Prefix(text.into()),
    };
    Some((name, path))
}

/// Whether `pattern` of a `rewrite` surely matches every path of a location.
fn covers(pattern: &str, path: &PathMatch) -> bool {
    let everything = |rest: &str| {
        matches!(rest, "" | "(.*)" | "(.*)$" | ".*" | ".*$" | "?(.*)" | "?(.*)$" | "(?<rest>.*)$")
    };
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    if everything(pattern) || pattern.strip_prefix('/').is_some_and(everything) {
        return true;
    }
    match path {
        PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) | PathMatch::Exact(text) => {
            let text = regex::escape(text);
            pattern.strip_prefix(&*text).is_some_and(everything)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewrite_covers_a_location_when_nothing_in_it_can_escape_the_pattern() {
        let prefix = PathMatch::Prefix("/old/".into());
        for (pattern, covered) in [
            ("^", true),
            ("^/old/(.*)$", true),
            ("^(.*)$", true),
            ("^/old/(\\d+)$", false),
            ("^/old/a(.*)$", false),
            ("/new", false),
        ] {
            assert_eq!(covers(pattern, &prefix), covered, "{pattern}");
        }
    }
}
