//! Routes as short lines, for tests.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::inventory::{Auth, Front, Inventory, Kind, PathMatch, Rate, Reach, Route};
use crate::reading::File;

/// Reads `text` as `kind` and shows its fronts: listeners, then routes, then faults.
pub(super) fn shown(kind: Kind, text: &str) -> String {
    shown_with(kind, text, &[])
}

/// As [`shown`], with files that it may include.
pub(super) fn shown_with(kind: Kind, text: &str, others: &[(&str, &str)]) -> String {
    render(&inventory(kind, text, others))
}

pub(super) fn inventory(kind: Kind, text: &str, others: &[(&str, &str)]) -> Inventory {
    let file = File { name: "main.conf".into(), text: text.into() };
    let mut fetch = |wanted: &str| -> Vec<File> {
        let fits = |name: &str| match wanted.split_once('*') {
            Some((before, after)) => name.starts_with(before) && name.ends_with(after),
            None => name == wanted,
        };
        let all = [("main.conf", text)].into_iter().chain(others.iter().copied());
        all.filter(|(name, _)| fits(name))
            .map(|(name, text)| File { name: name.into(), text: text.into() })
            .collect()
    };
    let mut inventory = Inventory::default();
    let source = inventory.add_source(crate::inventory::Source {
        name: file.name.clone(),
        text: file.text.clone(),
        kind,
    });
    let mut pending = super::Pending::default();
    let mut reading = crate::reading::Reading {
        inventory: &mut inventory,
        source,
        fetch: &mut fetch,
        pending: &mut pending,
    };
    super::read(kind, &file, None, &mut reading);
    inventory
}

pub(super) fn render(inventory: &Inventory) -> String {
    let mut out = String::new();
    for front in &inventory.fronts {
        for listener in &front.listeners {
            let tls = if listener.tls { " tls" } else { "" };
            let redirects = if listener.redirects { " redirects" } else { "" };
            let _ = writeln!(out, "listen {}{tls}{redirects} {}", listener.address, reach(&listener.reach));
        }
        for route in &front.routes {
            let _ = writeln!(out, "{}", line(route));
        }
    }
    for fault in &inventory.faults {
        let (at, source) = (fault.diagnostic.at, inventory.source(fault.source).unwrap());
        let (code, message) = (fault.diagnostic.code, &fault.diagnostic.message);
        let _ = writeln!(out, "{}:{}:{} {code} {message}", source.name, at.line, at.column);
    }
    out
}

fn line(route: &Route) -> String {
    let mut line = path(&route.path);
    if !route.hosts.is_empty() {
        let _ = write!(line, " host={}", joined(&route.hosts));
    }
    if !route.methods.is_empty() {
        let _ = write!(line, " {}", joined(&route.methods));
    }
    if route.conditional {
        line.push_str(" perhaps");
    }
    if route.priority != 0 {
        let _ = write!(line, " priority={}", route.priority);
    }
    let to =
        route.upstream.as_ref().map_or_else(|| "itself".to_owned(), |to| format!("{} {:?}", to.name, to.hop));
    let _ = write!(line, " -> {to}");
    if let Some(rewrite) = &route.rewrite {
        let _ = write!(line, " as {rewrite}");
    }
    let auth = match &route.auth {
        Auth::Open => "open".to_owned(),
        Auth::Optional { by, .. } => format!("optional({by})"),
        Auth::Required { by, .. } => format!("required({by})"),
        Auth::Denied { .. } => "denied".to_owned(),
        Auth::External { by, .. } => format!("external({by})"),
        Auth::Unknown { by, .. } => format!("unknown({by})"),
    };
    let rate = match &route.rate {
        Rate::Unlimited => String::new(),
        Rate::Limited { per_hour, .. } => format!(" rate={per_hour}/h"),
        Rate::Unknown { .. } => " rate=?".to_owned(),
    };
    let reach = match reach(&route.reach) {
        world if world == "world" => String::new(),
        other => format!(" reach={other}"),
    };
    let _ = write!(line, " {auth}{rate}{reach}");
    line
}

fn joined(texts: &[Arc<str>]) -> String {
    texts.iter().map(|text| &**text).collect::<Vec<_>>().join(",")
}

fn path(path_match: &PathMatch) -> String {
    match path_match {
        PathMatch::Any => "any".into(),
        PathMatch::Exact(text) => format!("exact {text}"),
        PathMatch::Prefix(text) => format!("prefix {text}"),
        PathMatch::FirmPrefix(text) => format!("firm {text}"),
        PathMatch::Segments(text) => format!("below {text}"),
        PathMatch::Template(text) => format!("template {text}"),
        PathMatch::Regex { pattern, ignore_case, whole } => {
            let flags =
                [(*ignore_case, "i"), (*whole, "w")].iter().filter(|f| f.0).map(|f| f.1).collect::<String>();
            format!("regex/{pattern}/{flags}")
        }
        PathMatch::Within { outer, inner } => format!("{} > {}", path(outer), path(inner)),
        PathMatch::All(parts) => parts.iter().map(path).collect::<Vec<_>>().join(" & "),
        PathMatch::Not(part) => format!("not ({})", path(part)),
    }
}

fn reach(reach: &Reach) -> String {
    match reach {
        Reach::World => "world".into(),
        Reach::Networks { networks } => {
            networks.iter().map(ToString::to_string).collect::<Vec<_>>().join("+")
        }
        Reach::Inside => "inside".into(),
        Reach::Nobody => "nobody".into(),
    }
}

/// The name of the route that answers.
pub(super) fn picked(front: &Front, method: &str, host: &str, path: &str) -> String {
    front.pick(method, host, path).map_or_else(|| "none".to_owned(), |route| route.name.to_string())
}
