//! # A credential in the URL
//!
//! **Sees** an API key that goes in the query, and query or path parameters that carry a token, a
//! password or a session.
//!
//! **Matters** because URLs are written down everywhere: access logs, browser histories, `Referer`
//! headers, link previews (CWE-598). Who reads a log has the key.
//!
//! **Misses** credentials under a name that does not say so. Links that are good once (confirm, reset,
//! invite) are left out: their token is made for the URL.
//!
//! **Mend** by taking it in a header: `in: header`, or an HTTP scheme.

use super::operations;
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-012",
    name: "CredentialInUrl",
    title: "a credential travels in the URL",
    many: "operations take a credential in the URL",
    weight: Weight::Blocker,
    owasp: &["API2:2023"],
    cwe: &["CWE-598"],
    d3fend: &["D3-ACH", "D3-CTS"],
    attack: &["T1552", "T1078"],
    needs_intent: false,
    page: page!("credential_in_url.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    operations(facts, &CHECK, |facts, found| {
        let credential = facts.url_credentials.first()?;
        let message = format!("`{}` takes the credential `{}` in the URL", facts.subject, credential.name);
        Some(
            found(credential.at, message)
                .label("is written to every log on the way")
                .help("take it in a header"),
        )
    })
}
