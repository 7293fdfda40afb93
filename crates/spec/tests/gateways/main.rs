//! What is read from configurations of gateways and clusters: small texts and their routes.
#![allow(
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod apisix;
mod aws;
mod envoy;
mod kong;
mod kubernetes;
mod oracle;
mod traefik;
mod unjudged;

use spec::inventory::{Auth, Front, Hop, Inventory, PathMatch, Precedence, Rate, Reach, Route};
use spec::reading::{File, read};

/// The inventory of texts, named by `--- name` lines where there are several.
pub fn inventory(files: &[(&str, &str)]) -> Inventory {
    let files: Vec<File> =
        files.iter().map(|(name, text)| File { name: (*name).into(), text: (*text).into() }).collect();
    read(&files, &mut |_| Vec::new())
}

/// Everything that was read from one text, a line each.
pub fn shown(name: &str, text: &str) -> String {
    print(&inventory(&[(name, text)]))
}

/// Everything that an inventory holds, a line each.
pub fn print(inventory: &Inventory) -> String {
    let mut lines = Vec::new();
    for front in &inventory.fronts {
        lines.push(front_line(front));
        lines.extend(front.routes.iter().map(|route| format!("  {}", route_line(route))));
    }
    for service in &inventory.services {
        lines.push(format!(
            "service {}/{} {} reach={}{}",
            service.namespace,
            service.name,
            service.exposure,
            reach(&service.reach),
            if service.policies.is_empty() { "" } else { " policies" }
        ));
    }
    for operation in &inventory.operations {
        lines.push(format!("operation {}", operation.endpoint));
    }
    for fault in &inventory.faults {
        let d = &fault.diagnostic;
        let severity = format!("{:?}", d.severity).to_lowercase();
        lines.push(format!("{severity} {} {}:{} {}", d.code, d.at.line, d.at.column, d.message));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn front_line(front: &Front) -> String {
    let listeners: Vec<String> = front
        .listeners
        .iter()
        .map(|l| {
            let tls = if l.tls { "tls" } else { "plain" };
            let redirects = if l.redirects { " redirects" } else { "" };
            format!("{} {tls} {}{redirects}", l.address, reach(&l.reach))
        })
        .collect();
    let order = match front.precedence {
        Precedence::FirstMatch => "first",
        Precedence::NginxLocations => "nginx",
        Precedence::ExactThenLongest => "longest",
        Precedence::Priority => "priority",
    };
    format!("{} ({order}) [{}]", front.name, listeners.join(", "))
}

fn route_line(route: &Route) -> String {
    let path = match &route.path {
        PathMatch::Any => "any".to_owned(),
        made @ (PathMatch::Within { .. } | PathMatch::All(_) | PathMatch::Not(_)) => format!("{made:?}"),
        PathMatch::Exact(path) => format!("exact {path}"),
        PathMatch::Prefix(path) => format!("prefix {path}"),
        PathMatch::FirmPrefix(path) => format!("firm {path}"),
        PathMatch::Segments(path) => format!("segments {path}"),
        PathMatch::Template(path) => format!("template {path}"),
        PathMatch::Regex { pattern, ignore_case, whole } => format!(
            "regex{}{} {pattern}",
            if *ignore_case { "/i" } else { "" },
            if *whole { "/whole" } else { "" }
        ),
    };
    let mut line = path;
    if !route.methods.is_empty() {
        line.push_str(&format!(" {}", route.methods.join(",")));
    }
    if !route.hosts.is_empty() {
        line.push_str(&format!(" host={}", route.hosts.join(",")));
    }
    if route.conditional {
        line.push_str(" if");
    }
    if route.priority != 0 {
        line.push_str(&format!(" p={}", route.priority));
    }
    match &route.upstream {
        None => line.push_str(" -> self"),
        Some(upstream) => {
            let way = match upstream.hop {
                Hop::Tls => "+tls",
                Hop::Near => "",
                Hop::Plain => "+plain",
                Hop::Unknown => "+?",
            };
            line.push_str(&format!(" -> {}{way}", upstream.name));
        }
    }
    match &route.auth {
        Auth::Open => {}
        Auth::Optional { by, .. } => line.push_str(&format!(" auth=optional({by})")),
        Auth::Required { by, .. } => line.push_str(&format!(" auth=required({by})")),
        Auth::Denied { .. } => line.push_str(" auth=denied"),
        Auth::External { by, .. } => line.push_str(&format!(" auth=external({by})")),
        Auth::Unknown { by, .. } => line.push_str(&format!(" auth=unknown({by})")),
    }
    match &route.rate {
        Rate::Unlimited => {}
        Rate::Limited { per_hour, .. } => line.push_str(&format!(" rate={}/h", per_hour.round())),
        Rate::Unknown { .. } => line.push_str(" rate=unknown"),
    }
    if route.reach != Reach::World {
        line.push_str(&format!(" reach={}", reach(&route.reach)));
    }
    if let Some(rewrite) = &route.rewrite {
        line.push_str(&format!(" rewrite={rewrite}"));
    }
    format!("{line} @{}", route.at.span.line)
}

fn reach(reach: &Reach) -> String {
    match reach {
        Reach::World => "world".to_owned(),
        Reach::Networks { networks } => {
            networks.iter().map(ToString::to_string).collect::<Vec<_>>().join("+")
        }
        Reach::Inside => "inside".to_owned(),
        Reach::Nobody => "nobody".to_owned(),
    }
}

/// Every prefix of a text, and texts with a byte changed: nothing panics, and what is broken is told.
pub fn survives_mutations(name: &str, text: &str) {
    let mut state = 1_u64;
    for round in 0..400_usize {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(state >> 33).unwrap() % text.len();
        let mut bytes = text.as_bytes().to_vec();
        match round % 4 {
            0 => bytes.truncate(at),
            1 => bytes[at] = b"[]{}:-\"' \n"[at % 10],
            2 => {
                bytes.remove(at);
            }
            _ => bytes.insert(at, b"[]{}:!*&\"\n"[at % 10]),
        }
        let _ = inventory(&[(name, &String::from_utf8_lossy(&bytes))]);
    }
}
