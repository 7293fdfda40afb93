//! # Plain http
//!
//! **Sees** a server of a specification that speaks http to a host that is not this machine, and a
//! listener of a front that serves everyone in plain text and does not only send callers on to https.
//!
//! **Matters** because records and credentials can be read on the way (CWE-319).
//!
//! **Misses** TLS that something else ends before the front; then say so by listening on an inside
//! address only.
//!
//! **Mend** with `https://`, TLS at the listener, or a redirect.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-013",
    name: "PlainHttp",
    title: "it is served over plain http",
    many: "operations are served over plain http",
    weight: Weight::Blocker,
    owasp: &["API8:2023"],
    cwe: &["CWE-319"],
    d3fend: &["D3-ACH", "D3-ET"],
    attack: &["T1040", "T1557"],
    needs_intent: false,
    page: page!("plain_http.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = operations(facts, &CHECK, |facts, found| {
        let server = facts.plain_server.as_ref()?;
        let message = format!("`{}` is served over plain http", facts.subject);
        Some(
            found(server.at, message)
                .label(format!("`{}` can be read on the way", server.name))
                .help("name the https address, and let http only redirect to it"),
        )
    });
    let listeners = facts.fronts.iter().flat_map(|front| &front.listeners);
    found.extend(listeners.filter(|listener| listener.plain).map(|listener| {
        let message = format!("`{}` serves everyone over plain http", listener.subject);
        Finding::new(&CHECK, listener.subject.as_str(), listener.listener.at, message)
            .label("can be read on the way")
            .help("listen with TLS here, or only redirect to https")
    }));
    found
}
