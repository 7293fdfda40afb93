//! One `server` block to a front.

// long: what one server does with a request is one list of phases, in the order of nginx.

use std::sync::Arc;

use super::super::guard::shown;
use super::condition::{Answer, Rewrite, Rewrites};
use super::names::{covers, hosts, listeners, matched, nested};
use super::settings::{Guards, Settings, Surroundings};
use super::tables::Tables;
use super::tree::Directive;
use super::{later, upstream};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Auth, Fault, Front, Kind, PathMatch, Place, Precedence, Reach, Route};

/// Most routes of one server.
pub(super) const MOST_ROUTES: usize = 5_000;

/// A route with what is settled only when all routes of the server are known.
pub(super) struct Built {
    pub(super) route: Route,
    /// Where it goes on inside the server: the last argument of `try_files`, a named location.
    pub(super) goes_on: Option<Arc<str>>,
    /// Where it goes on for want of a file.
    pub(super) missing_to: Option<Arc<str>>,
    /// Where it goes on without a credential.
    pub(super) refused_to: Option<Arc<str>>,
    /// Where it goes on from other networks than those that it is for.
    pub(super) shut_to: Option<Arc<str>>,
    /// Where its own refusal goes on, and the guard before that.
    pub(super) failed_to: Option<(Arc<str>, Auth)>,
    /// As `failed_to`, for who asks for an `internal` location.
    pub(super) kept_out: Option<(Arc<str>, Auth)>,
    /// Whom an `internal` location lets in by address when it is gone on to.
    inside: Option<Reach>,
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

/// Reads the server `directives`, which begins at `at`, inside a block with `outer` settings; `any_host`
/// says that it answers what no other server names.
pub(super) fn read(
    directives: &[Directive],
    at: Place,
    outer: &Settings,
    tables: &Tables,
    file: &str,
    any_host: bool,
) -> (Front, Vec<Fault>) {
    let settings = outer.within(directives);
    let names = directives.iter().filter(|d| &*d.name.text == "server_name").flat_map(|d| &d.args);
    let names: Vec<Arc<str>> = names.map(|word| word.text.clone()).collect();
    let mut listeners = listeners(directives, at);
    let any_host = any_host
        || directives
            .iter()
            .filter(|d| &*d.name.text == "listen")
            .any(|d| d.args.iter().any(|word| matches!(&*word.text, "default_server" | "default")));
    let mut server = Server {
        around: Surroundings {
            tables,
            plain: listeners.iter().any(|listener| !listener.tls),
            hollow: hollow(directives, &settings),
        },
        hosts: if any_host { Vec::new() } else { hosts(&names) },
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

/// The names of locations that answer 2xx whoever asks: by `return`, or because an `error_page = ...`
/// takes the place of what they refuse.
fn hollow(directives: &[Directive], settings: &Settings) -> Vec<Arc<str>> {
    let answers = |d: &Directive| {
        let inner = settings.within(d.within());
        let first = d.within().iter().find(|inner| matches!(&*inner.name.text, "return" | "rewrite"));
        if d.within().iter().any(|inner| &*inner.name.text == "if") {
            return false;
        }
        match first.map(|first| (&*first.name.text, Answer::of(first))) {
            Some(("return", Answer { code: 200..300, .. })) => true,
            Some(("return", Answer { code, told: false, .. })) => inner.hides(&[code]),
            Some(_) => false,
            None => inner.intercepts && inner.hides(&[401, 403]),
        }
    };
    let locations = directives.iter().filter(|d| &*d.name.text == "location" && answers(d));
    locations.filter_map(|d| d.args.last()).map(|word| word.text.clone()).collect()
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
        for (methods, answer) in &rewrites.answered {
            let mut built = self.plain_route("server if".into(), PathMatch::Any, answer.at);
            built.route.priority = 1;
            built.route.methods = methods.clone();
            self.answer(&mut built, *answer, Auth::Open, settings);
            self.push(built);
        }
        for (answer, guard) in &rewrites.perhaps {
            let built = self.plain_route("server if".into(), PathMatch::Any, answer.at);
            self.perhaps(built, *answer, guard, settings, 1);
        }
        if let Some((answer, directive)) = rewrites.returns {
            let mut built = self.plain_route("server return".into(), PathMatch::Any, directive.at());
            built.route.priority = 1;
            self.answer(&mut built, answer, guard, settings);
            self.redirects |= (300..400).contains(&answer.code) && directive.line().contains("https://");
            self.push(built);
            return;
        }
        if let Some((methods, answer)) = &rewrites.only {
            // "Every other method" cannot be said in words of methods, so each location is narrowed and
            // followed by a refusal.
            self.narrowed(directives, settings, &guard, methods, *answer);
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
        others: Answer,
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
            let mut refused = self.plain_route(name, path, others.at);
            self.answer(&mut refused, others, Auth::Open, settings);
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
        for (methods, answer) in &rewrites.answered {
            let mut built = self.level_route(level);
            built.route.methods = methods.clone();
            self.answer(&mut built, *answer, outer.clone(), settings);
            self.push(built);
        }
        for (answer, before) in &rewrites.perhaps {
            let built = self.level_route(level);
            let before = super::super::guard::both(outer.clone(), before.clone());
            self.perhaps(built, *answer, &before, settings, 0);
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
            match last.strip_prefix('=').map(str::parse) {
                Some(code) => main.missing_to = settings.page(&[code.unwrap_or(404)]),
                None => main.goes_on = last.starts_with(['@', '/']).then(|| last.into()),
            }
        } else if main.route.upstream.is_none() {
            // A file that is not there; or one that is a folder, or a method that files do not have.
            main.missing_to = settings.page(&[404]);
            let some = settings
                .page(&[403, 405])
                .filter(|_| main.missing_to.is_none() && rewrites.returns.is_none());
            if some.is_some() {
                let mut perhaps = Built { missing_to: some, ..Built::new(main.route.clone()) };
                perhaps.route.conditional = true;
                self.push(perhaps);
            }
        }
        for rewrite in
            rewrites.rewrites.iter().filter(|one| !one.conditional && one.directive.arg(2) == "break")
        {
            main.route.rewrite = Some(rewrite.directive.arg(1).into());
        }
        let everything = matches!(&level.path, PathMatch::Prefix(path) if &**path == "/");
        if let Some((answer, directive)) = rewrites.returns {
            main.route.upstream = None;
            self.answer(&mut main, answer, guard, settings);
            self.redirects |=
                everything && (300..400).contains(&answer.code) && directive.line().contains("https://");
        }
        self.redirects |= rewrites.to_https && everything;
        if let Some((methods, answer)) = rewrites.only {
            let mut refused = self.level_route(level);
            self.answer(&mut refused, answer, outer.clone(), settings);
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
                built.inside.get_or_insert_with(|| built.route.reach.clone());
                built.route.reach = Reach::Nobody;
                // Who asks for it from outside is answered 404, before anything that it says.
                built.kept_out = settings.page(&[404]).map(|to| (to, outer.clone()));
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
        if others.route.upstream.is_none() {
            others.missing_to = inner.page(&[404]);
        }
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
    fn answer(&self, built: &mut Built, answer: Answer, guard: Auth, settings: &Settings) {
        let Answer { code, told, at } = answer;
        built.goes_on = None;
        built.missing_to = None;
        built.refused_to = None;
        built.shut_to = None;
        built.inside = None;
        built.route.reach = Reach::World;
        if code < 400 {
            built.route.auth = guard;
        } else {
            built.route.auth = Auth::Denied { at };
            built.failed_to = settings.page(&[code]).filter(|_| !told).map(|to| (to, guard));
        }
    }

    /// A refusal under a condition that is not followed: it closes nothing, but where an `error_page`
    /// takes its place it opens a way.
    fn perhaps(
        &mut self,
        mut built: Built,
        answer: Answer,
        guard: &Auth,
        settings: &Settings,
        priority: i64,
    ) {
        self.answer(&mut built, answer, guard.clone(), settings);
        if built.failed_to.is_some() {
            built.route.conditional = true;
            built.route.priority = priority;
            self.push(built);
        }
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
        Self {
            route,
            goes_on: None,
            missing_to: None,
            refused_to: None,
            shut_to: None,
            failed_to: None,
            kept_out: None,
            inside: None,
            rewritten: None,
        }
    }

    pub(super) const fn is_internal(&self) -> bool {
        self.inside.is_some()
    }

    /// The route as it is for a request that goes on to it from within the server.
    pub(super) fn inside(&self) -> Route {
        let reach = self.inside.clone().unwrap_or_else(|| self.route.reach.clone());
        Route { reach, ..self.route.clone() }
    }
}

fn guard_route(built: &mut Built, guards: Guards, settings: &Settings) {
    built.route.auth = guards.auth;
    built.route.rate = guards.rate;
    built.route.reach = guards.reach;
    built.refused_to = settings.page(&[401, 403]);
    built.inside = settings.internal.then_some(guards.inside);
    built.shut_to = settings.page(&[403]);
}
