//! `stream`: connections that are passed on as they are, and what is judged of them.
//!
//! Nothing of a stream is read but where it leads. Where that is an address on this machine on which a
//! front of the same run listens, the front is judged, and a warning says that the stream stands before
//! it; anything else is a fault.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::address::{host_of, listen_reach};
use super::super::guard::shown;
use super::super::values::UNJUDGED;
use super::tree::Directive;
use crate::diagnostic::Diagnostic;
use crate::inventory::{Fault, Inventory, Place, Reach};

/// A `proxy_pass` of a stream.
#[derive(Debug)]
pub(crate) struct Pass {
    to: Arc<str>,
    /// The addresses that it can lead to; none: they are not known.
    targets: Vec<Arc<str>>,
    at: Place,
}

/// The passes of a `stream` block.
pub(super) fn passes(directives: &[Directive]) -> Vec<Pass> {
    let named = |name: &'static str| directives.iter().filter(move |d| &*d.name.text == name);
    let upstreams: BTreeMap<&str, Vec<Arc<str>>> = named("upstream")
        .map(|upstream| {
            let servers = upstream.within().iter().filter(|d| &*d.name.text == "server");
            (upstream.arg(0), servers.map(|server| server.arg(0).into()).collect())
        })
        .collect();
    let maps: BTreeMap<&str, Vec<&str>> = named("map")
        .map(|map| {
            let values = map.within().iter().filter(|d| !matches!(&*d.name.text, "hostnames" | "volatile"));
            (map.arg(1), values.map(|value| value.arg(0)).collect())
        })
        .collect();
    let resolve =
        |to: &str| -> Vec<Arc<str>> { upstreams.get(to).cloned().unwrap_or_else(|| vec![to.into()]) };
    named("server")
        .flat_map(Directive::within)
        .filter(|directive| &*directive.name.text == "proxy_pass")
        .map(|pass| {
            let to = pass.arg(0);
            let targets = match maps.get(to) {
                Some(values) => values.iter().flat_map(|value| resolve(value)).collect(),
                None => resolve(to),
            };
            Pass { to: shown(to), targets, at: pass.at() }
        })
        .collect()
}

/// Tells of every pass, after the last front was read.
pub(crate) fn finish(passes: Vec<Pass>, inventory: &mut Inventory) {
    for pass in passes {
        let judged = |target: &Arc<str>| {
            let listeners = inventory.fronts.iter().flat_map(|front| &front.listeners);
            is_here(target) && listeners.into_iter().any(|listener| takes(&listener.address, port(target)))
        };
        let to = &pass.to;
        let diagnostic = if !pass.targets.is_empty() && pass.targets.iter().all(judged) {
            let what = format!("a stream leads to `{to}`, which is judged here");
            Diagnostic::warning("NGINX-006", what, pass.at.span).help(
                "who comes through it has the address of this machine: use `proxy_protocol` on both sides",
            )
        } else {
            let what = format!("a stream passes connections on to `{to}`");
            Diagnostic::error("NGINX-006", what, pass.at.span).help(UNJUDGED)
        };
        inventory.faults.push(Fault { source: pass.at.source, diagnostic });
    }
}

/// Whether an address is one of this machine, with a port.
fn is_here(target: &str) -> bool {
    port(target).is_some() && listen_reach(host_of(target)) == Reach::Inside
}

/// Whether who listens on `address` takes what comes to a port of this machine.
fn takes(address: &str, wanted: Option<u16>) -> bool {
    let word = address.split_whitespace().find(|word| port(word).is_some()).unwrap_or_default();
    let host = word.rsplit_once(':').map_or("", |(host, _)| host).trim_matches(['[', ']']);
    let here = matches!(host, "" | "*" | "0.0.0.0" | "::") || listen_reach(host) == Reach::Inside;
    here && port(word) == wanted
}

/// The port of `8443 ssl`, `*:8443`, `127.0.0.1:8443`, `web :8443`.
fn port(address: &str) -> Option<u16> {
    let port = |word: &str| word.rsplit_once(':').map_or(word, |(_, port)| port).parse().ok();
    address.split_whitespace().find_map(port)
}
