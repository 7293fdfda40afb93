//! HAProxy: `frontend`, `listen`, `backend`, `defaults`.
//!
//! Read: `bind` (addresses, TLS, client certificates), `acl` on path, method, host, address, `http_auth`,
//! certificates, JWT and request counters; `http-request` and `tcp-request` rules that refuse, ask for a
//! credential, answer, redirect, track or rewrite; `use_backend`, `default_backend`, `server`.
//!
//! Not read: ACLs from files and maps, Lua and SPOE (a rule on a variable that only they set is
//! `Auth::Unknown`), response rules, `stats`. What a proxy in TCP mode passes on is a
//! fault, unless all that it leads to is judged here or only this machine reaches it.
//!
//! Source: HAProxy Configuration Manual, chapters 2.4, 4.2, 7 and 11.

mod acl;
mod lines;
mod rules;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::address::{hop, host_of, is_near, listen_reach};
use super::guard::shown;
use super::rules::{Does, Rule, routes};
use super::services::Services;
use super::stream::Pass;
use crate::diagnostic::Diagnostic;
use crate::inventory::{Auth, Front, Hop, Kind, Listener, Precedence, Reach, Upstream};
use crate::reading::{File, Reading};
use lines::{Line, Section};

/// Largest text that is read, in bytes.
const MOST_BYTES: usize = 8 << 20;

/// Reads `file` into the inventory.
pub(super) fn read(file: &File, reading: &mut Reading<'_, '_>) {
    if file.text.len() > MOST_BYTES {
        reading.fault(Diagnostic::error(
            "HAPROXY-004",
            "file is larger than 8 MiB",
            crate::tree::Span::START,
        ));
        return;
    }
    let read = lines::read(&file.text, reading.source);
    let file = Config::new(&read.sections);
    for at in read.unclosed {
        reading.fault(Diagnostic::error("HAPROXY-001", "a quote is not closed on its line", at.span));
    }
    if let Some(section) = file.sections.iter().find(|section| file.defaults(section).len() >= MOST_DEFAULTS)
    {
        let what = format!("{MOST_DEFAULTS} `defaults` or more, one from the other");
        reading.fault(Diagnostic::error("HAPROXY-004", what, section.at.span));
    }
    if let Some(line) = read.stray.first() {
        reading.fault(Diagnostic::error("HAPROXY-001", "line stands before the first section", line.at.span));
    }
    if read.cut {
        let what = format!("more than {} lines", lines::MOST_LINES);
        reading.fault(Diagnostic::error("HAPROXY-004", what, crate::tree::Span::START));
    }
    for section in &read.sections {
        if !matches!(&*section.kind, "frontend" | "listen") {
            continue;
        }
        match file.mode(section) {
            Mode::Http => {
                let front = file.front(section, reading);
                reading.inventory.fronts.push(front);
            }
            mode => reading.pending.streams.extend(file.pass(section, mode)),
        }
    }
}

/// Most `defaults` that one section has, one made from the other.
const MOST_DEFAULTS: usize = 16;

/// How a frontend takes connections.
#[derive(Clone, Copy)]
enum Mode {
    Http,
    Tcp,
    /// TCP, for nothing else is written.
    Unsaid,
}

/// The sections, and what they share.
struct Config<'s> {
    sections: &'s [Section],
    /// For each section the position of the `defaults` that it has: those that it names with `from`, else
    /// the last before it.
    bases: Vec<Option<usize>>,
    tables: BTreeMap<&'s str, rules::Table>,
    services: Services,
}

impl<'s> Config<'s> {
    fn new(sections: &'s [Section]) -> Self {
        let mut tables = BTreeMap::new();
        let mut services = Services::default();
        for section in sections {
            let own: Vec<String> = own_servers(section).map(server_address).collect();
            services.join(own.iter().map(String::as_str));
            for line in section.lines.iter().filter(|line| line.word(0) == "stick-table") {
                tables.insert(&*section.name, rules::Table::read(line));
            }
            for line in section.lines.iter().filter(|line| line.word(0) == "table") {
                tables.insert(line.word(1), rules::Table::read(line));
            }
        }
        let mut named = BTreeMap::new();
        let mut last = None;
        let bases = sections.iter().map(|section| {
            let is_base = &*section.kind == "defaults";
            let base = match &section.from {
                Some(name) => named.get(&**name).copied(),
                None => last.filter(|_| !is_base),
            };
            if is_base {
                last = Some(section.nth);
                named.insert(&*section.name, section.nth);
            }
            base
        });
        let bases = bases.collect();
        Self { sections, bases, tables, services }
    }

    /// The `defaults` that a section has, each behind the one that it is made from.
    fn defaults(&self, section: &Section) -> Vec<&'s Section> {
        let base = |section: &Section| {
            self.bases.get(section.nth).copied().flatten().and_then(|nth| self.sections.get(nth))
        };
        let mut found: Vec<&Section> =
            std::iter::successors(base(section), |section| base(section)).take(MOST_DEFAULTS).collect();
        found.reverse();
        found
    }

    /// The lines of `section` with those of the `defaults` that it has.
    fn lines(&self, section: &'s Section) -> Vec<&'s Line> {
        let inherited = self.defaults(section).into_iter().flat_map(|defaults| &defaults.lines);
        let own: Vec<&Line> = section.lines.iter().collect();
        let has_own = |word: &str| own.iter().any(|line| line.word(0) == word);
        inherited
            .filter(|line| line.word(0) != "default_backend" || !has_own("default_backend"))
            .chain(own.iter().copied())
            .collect()
    }

    /// How a section takes connections. Without `mode` it is TCP, unless the file is only a part of a
    /// configuration, whose `defaults` stand in another.
    fn mode(&self, section: &'s Section) -> Mode {
        let lines = self.lines(section);
        let whole = || self.sections.iter().any(|other| matches!(&*other.kind, "global" | "defaults"));
        match lines.iter().rev().find(|line| line.word(0) == "mode") {
            Some(line) if line.word(1) == "http" => Mode::Http,
            Some(_) => Mode::Tcp,
            None if whole() => Mode::Unsaid,
            None => Mode::Http,
        }
    }

    /// Where a section that is not in HTTP mode passes connections on to; `None`: it takes or passes none.
    fn pass(&self, section: &'s Section, mode: Mode) -> Option<Pass> {
        let lines = self.lines(section);
        let (listeners, _) = listeners(section, &lines);
        let led = lines.iter().filter(|line| matches!(line.word(0), "use_backend" | "default_backend"));
        let names: Vec<&str> = led.map(|line| line.word(1)).collect();
        let address = |line: &Line| shown(&server_address(line));
        let mut targets: Vec<Arc<str>> =
            section.lines.iter().filter(|line| is_server(line)).map(address).collect();
        let mut to: Vec<&str> = if targets.is_empty() { Vec::new() } else { vec![&*section.name] };
        for name in names {
            let is_meant =
                |other: &&Section| matches!(&*other.kind, "backend" | "listen") && &*other.name == name;
            let servers = self.sections.iter().find(is_meant).map(|other| other.lines.iter());
            let before = targets.len();
            targets.extend(servers.into_iter().flatten().filter(|line| is_server(line)).map(address));
            if targets.len() == before {
                targets.push(shown(name));
            }
            to.push(name);
        }
        to.dedup();
        (!listeners.is_empty() && !to.is_empty()).then(|| Pass {
            code: "HAPROXY-005",
            what: match mode {
                Mode::Unsaid => {
                    format!("`{} {}`, which has no `mode http`,", section.kind, shown(&section.name))
                }
                _ => format!("`{} {}`", section.kind, shown(&section.name)),
            },
            to: shown(&to.join(" ")),
            targets,
            inside: listeners.iter().all(|listener| listener.reach == Reach::Inside),
            help: matches!(mode, Mode::Unsaid).then_some(
                "without a mode HAProxy passes TCP on, and `http-request` may do nothing: write `mode http`",
            ),
            at: section.at,
        })
    }

    fn front(&self, section: &'s Section, reading: &mut Reading<'_, '_>) -> Front {
        let lines = self.lines(section);
        let (mut listeners, verified) = listeners(section, &lines);
        let rules = self.proxy(section, &lines, 0);
        let sends_to_https = rules::sends_to_https(&lines);
        for listener in listeners.iter_mut().filter(|listener| !listener.tls) {
            listener.redirects = sends_to_https;
        }
        let plain = listeners.iter().any(|listener| !listener.tls && !listener.redirects);
        let at = section.at;
        let guard = match verified {
            Verified::All if !plain => Auth::Required { by: "verify required".into(), at },
            Verified::None => Auth::Open,
            _ => Auth::Optional { by: "verify, but not on every bind".into(), at },
        };
        let (routes, cut) = routes(&rules.into(), None, guard, at);
        if cut {
            let what =
                format!("the rules of `{}` have more combinations than are followed", shown(&section.name));
            reading.fault(Diagnostic::error("HAPROXY-004", what, at.span));
        }
        Front {
            kind: Kind::HaProxy,
            name: shown(&section.name),
            listeners,
            precedence: Precedence::FirstMatch,
            routes,
            at,
        }
    }

    /// The rules of a proxy, those of the backends that it leads to within.
    fn proxy(&self, section: &'s Section, lines: &[&'s Line], depth: usize) -> Vec<Rule> {
        let mut all = rules::of(section, lines, &self.tables);
        if &*section.kind != "backend" {
            let acls = acl::Acls::new(lines.iter().copied());
            for line in lines.iter().filter(|line| line.word(0) == "use_backend") {
                let when = acls.terms(line.rest(2)).into_iter().map(rules::opened).collect();
                all.push(Rule { when, does: self.backend(line.word(1), line, depth), at: line.at });
            }
            if let Some(line) = lines.iter().rev().find(|line| line.word(0) == "default_backend") {
                all.push(rules::always(self.backend(line.word(1), line, depth), line.at));
            }
        }
        if let Some(upstream) = self.servers(section, lines) {
            let name = shown(&format!("{} {}", section.kind, section.name));
            all.push(rules::always(Does::Pass(name, upstream), section.at));
        }
        all
    }

    /// The servers of a section; sections that share one are one service: what leads to the one leads
    /// around the guards of the other.
    fn servers(&self, section: &'s Section, lines: &[&'s Line]) -> Option<Upstream> {
        let upstream = servers(section, lines)?;
        let mut own = own_servers(section);
        let service = own.find_map(|line| self.services.of(&server_address(line)).map(shown));
        Some(Upstream { service, ..upstream })
    }

    fn backend(&self, name: &str, line: &Line, depth: usize) -> Does {
        let known = self
            .sections
            .iter()
            .find(|section| matches!(&*section.kind, "backend" | "listen") && &*section.name == name);
        match known {
            Some(section) if depth == 0 => {
                let lines = self.lines(section);
                let rules = match &*section.kind {
                    // A `listen` that is used as a backend adds its own rules, not its choice.
                    "listen" => {
                        let mut rules = rules::of(section, &lines, &self.tables);
                        let upstream = self.servers(section, &lines).unwrap_or_else(|| unknown(name, line));
                        rules.push(rules::always(Does::Pass(shown(name), upstream), section.at));
                        rules
                    }
                    _ => self.proxy(section, &lines, depth + 1),
                };
                Does::Hand(Arc::from(rules))
            }
            _ => Does::Pass(shown(&format!("backend {name}")), unknown(name, line)),
        }
    }
}

fn unknown(name: &str, line: &Line) -> Upstream {
    Upstream { service: None, name: shown(name), hop: Hop::Unknown, at: line.at }
}

fn is_server(line: &Line) -> bool {
    matches!(line.word(0), "server" | "server-template")
}

/// The servers that make a section a service. One that only stands by may be that of all, and one that is
/// asked for a host that the section names can be several services.
fn own_servers(section: &Section) -> impl Iterator<Item = &Line> {
    let stands_by = |line: &&Line| line.words.iter().any(|word| &**word == "backup");
    let named = names_host(section);
    section.lines.iter().filter(move |line| !named && is_server(line) && !stands_by(line))
}

fn server_address(line: &Line) -> String {
    let address = line.word(if line.word(0) == "server" { 2 } else { 3 });
    address.trim_start_matches("ipv4@").trim_start_matches("ipv6@").replacen("unix@", "unix:", 1)
}

/// Whether a section names the host that its servers are asked for: one server can be several services.
fn names_host(section: &Section) -> bool {
    section.lines.iter().any(|line| {
        line.word(0) == "http-request"
            && matches!(line.word(1), "set-header" | "replace-header")
            && line.word(2).eq_ignore_ascii_case("host")
    })
}

/// The servers of a backend as one upstream.
fn servers(section: &Section, lines: &[&Line]) -> Option<Upstream> {
    let servers: Vec<&&Line> = lines.iter().filter(|line| is_server(line)).collect();
    let first = servers.first()?;
    let tls = servers.iter().all(|line| line.words.iter().any(|word| &**word == "ssl"));
    let way = if tls {
        Hop::Tls
    } else if servers.iter().all(|line| is_near(host_of(&server_address(line)))) {
        Hop::Near
    } else {
        hop(false, "elsewhere.invalid")
    };
    Some(Upstream { service: None, name: shown(&section.name), hop: way, at: first.at })
}

enum Verified {
    All,
    Some,
    None,
}

fn listeners(section: &Section, lines: &[&Line]) -> (Vec<Listener>, Verified) {
    let mut listeners = Vec::new();
    let (mut tls_binds, mut verified, mut asked) = (0_usize, 0_usize, 0_usize);
    for line in lines.iter().filter(|line| line.word(0) == "bind") {
        let tls = line.words.iter().any(|word| &**word == "ssl");
        let verify = line.words.iter().skip_while(|word| &***word != "verify").nth(1).map_or("", |word| word);
        tls_binds += usize::from(tls);
        verified += usize::from(tls && verify == "required");
        asked += usize::from(tls && matches!(verify, "required" | "optional"));
        for address in line.word(1).split(',') {
            let bare = address.rsplit_once('@').map_or(address, |(_, rest)| rest);
            let reach = match address.starts_with("unix@")
                || address.starts_with("abns@")
                || address.starts_with("fd@")
            {
                true => Reach::Inside,
                false => listen_reach(bare),
            };
            listeners.push(Listener { address: shown(address), tls, redirects: false, reach, at: line.at });
        }
    }
    let verified = match (asked, verified == tls_binds) {
        (0, _) => Verified::None,
        (_, true) => Verified::All,
        (_, false) => Verified::Some,
    };
    let _ = section;
    (listeners, verified)
}
