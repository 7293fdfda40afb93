//! Connections that are passed on as they are (`stream` of nginx, TCP mode of HAProxy), and what is judged
//! of them.
//!
//! Nothing of a stream is read but where it leads. Where that is an address on this machine on which a
//! front of the same run listens, the front is judged, and a warning says that the stream stands before
//! it; so does one of a stream that only this machine reaches. Anything else is a fault.

use std::sync::Arc;

use super::address::{host_of, listen_reach};
use super::values::UNJUDGED;
use crate::diagnostic::Diagnostic;
use crate::inventory::{Fault, Inventory, Place, Reach};

/// Somewhere that connections are passed on to.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(super) code: &'static str,
    /// What passes them on, as a subject.
    pub(super) what: String,
    /// Where to, for the message.
    pub(super) to: Arc<str>,
    /// The addresses that it can lead to; none: they are not known.
    pub(super) targets: Vec<Arc<str>>,
    /// Whether only this machine reaches it.
    pub(super) inside: bool,
    /// What to do; else the usual.
    pub(super) help: Option<&'static str>,
    pub(super) at: Place,
}

/// Tells of every pass, after the last front was read.
pub(crate) fn finish(passes: Vec<Pass>, inventory: &mut Inventory) {
    for pass in passes {
        let judged = |target: &Arc<str>| {
            let mut listeners = inventory.fronts.iter().flat_map(|front| &front.listeners);
            listeners.any(|listener| {
                is_socket(target) && socket(&listener.address) == socket(target)
                    || is_here(target) && takes(&listener.address, port(target))
            })
        };
        let Pass { code, what, to, help, at, .. } = &pass;
        let diagnostic = if !pass.targets.is_empty() && pass.targets.iter().all(judged) {
            let what = format!("{what} leads to `{to}`, which is judged here");
            Diagnostic::warning(code, what, at.span).help(help.unwrap_or(
                "who comes through it has the address of this machine: use the PROXY protocol on both sides",
            ))
        } else if pass.inside {
            let what = format!("{what} passes connections of this machine on to `{to}`");
            Diagnostic::warning(code, what, at.span).help(help.unwrap_or(UNJUDGED))
        } else {
            let what = format!("{what} passes connections on to `{to}`");
            Diagnostic::error(code, what, at.span).help(help.unwrap_or(UNJUDGED))
        };
        inventory.faults.push(Fault { source: pass.at.source, diagnostic });
    }
}

/// Whether an address is a socket without a port.
fn is_socket(target: &str) -> bool {
    ["unix@", "abns@", "unix:"].iter().any(|start| target.starts_with(start))
}

/// A socket's address in one spelling: HAProxy writes `unix@`, nginx `unix:`.
fn socket(address: &str) -> String {
    address.replacen('@', ":", 1)
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
