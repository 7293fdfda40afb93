//! # A sibling left open
//!
//! **Sees** an operation without declared intent that lets anyone in while most of its family (the
//! same collection) asks for a credential; readers are compared with readers. Also a route of a front
//! that is open while the route around it, beside it or on the same path asks for a credential: a
//! nested `location` that loses the outer authentication, a method that `limit_except` leaves out, a
//! prefix that is taken away before the service is asked, a second front beside one that guards the way to
//! the same service and paths.
//!
//! **Matters** because one door forgotten in a row of shut ones is how records get out, and is found
//! by trying the neighbours (OWASP API2:2023, API5:2023).
//!
//! **Misses** families where most doors are open; log-in, web hooks and health, which stand open by
//! their nature.
//!
//! **Mend** by asking for the same credential, or declare the operation public with reason, owner and
//! expiry.

use spec::inventory::IntentState;

use super::{operations, routes, security_at};
use crate::catalogue::page::page;
use crate::catalogue::{Check, Weight};
use crate::facts::Facts;
use crate::finding::Finding;

pub(crate) static CHECK: Check = Check {
    id: "ACH-009",
    name: "OpenSibling",
    title: "the operation is open while its siblings ask for a credential",
    many: "operations are open while their siblings ask for a credential",
    weight: Weight::Blocker,
    owasp: &["API2:2023", "API5:2023"],
    cwe: &["CWE-306", "CWE-425"],
    d3fend: &["D3-ACH", "D3-AA"],
    attack: &["T1190", "T1595.003"],
    needs_intent: false,
    page: page!("open_sibling.rs"),
    run,
};

fn run(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = operations(facts, &CHECK, |facts, found| {
        let operation = facts.operation;
        let peer = facts.guarded_peer.as_ref()?;
        (matches!(operation.intent, IntentState::Absent) && facts.open).then(|| {
            let message = format!("`{}` is open while its siblings are not", operation.endpoint);
            found(security_at(operation), message)
                .label("lets everyone in")
                .also(peer.at, format!("`{}` asks for a credential", peer.subject))
                .help("ask for the same credential, or declare it public with reason, owner and expiry")
                .add(super::declaration(facts))
        })
    });
    found.extend(routes(facts, |route| {
        let peer = route.guarded_peer.as_ref().filter(|_| !route.spoken_for && !route.open_by_nature)?;
        let message = format!("`{}` is open while `{}` asks for a credential", route.subject, peer.subject);
        Some(
            Finding::new(&CHECK, route.subject.as_str(), route.route.at, message)
                .label("a call without a credential gets through here")
                .also(peer.at, "asks for a credential")
                .help("repeat here what guards the other: this route does not have it"),
        )
    }));
    found
}
