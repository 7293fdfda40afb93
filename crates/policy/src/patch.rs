//! Virtual patches: Cedar `forbid` policies with an id, a reason and an expiry.
//!
//! A patch closes a hole in front of an application that cannot be mended at once. It can only
//! forbid, it says why, and it ends by itself:
//!
//! ```text
//! @id("2026-11-preorder-batches")
//! @reason("POST /api/customers returns other customers' records without a token")
//! @expires("2026-12-31")
//! forbid(principal is Anonymous, action in Action::"POST /api/customers", resource);
//! ```
//!
//! It loads beside the policies (see [`crate::authorize::Policies::load`]), also while the gateway
//! runs: a new snapshot takes the place of the old one. Unlike a policy it may name a door that
//! nobody declared. An expired patch is left out and reported; one that expires later stops acting
//! at its expiry by itself.

use std::sync::Arc;

use cedar_policy::{Effect, Policy};
use domain::Timestamp;
use serde_json::json;

use crate::authorize::Place;

/// A virtual patch that is in force, or was.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Patch {
    /// Its `@id`.
    pub id: Arc<str>,
    /// Its `@reason`, on one line.
    pub reason: Arc<str>,
    /// Its `@expires`: the last moment at which it acts.
    #[serde(serialize_with = "as_text")]
    pub expires: Timestamp,
    /// Where it stands.
    pub at: Place,
}

impl Patch {
    /// Whether it has ceased to act at `now`.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> bool {
        now > self.expires
    }
}

/// A patch that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'d> {
    /// Its `@id`.
    pub id: &'d str,
    /// Its `@reason`, on one line.
    pub reason: &'d str,
    /// Its `@expires`.
    pub expires: &'d str,
    /// What it closes. Not empty.
    pub endpoints: &'d [domain::Endpoint],
    /// Whether signed-in people pass.
    pub users_pass: bool,
    /// The only addresses and networks that it is against. Empty: everybody.
    pub only: &'d [String],
}

impl Draft<'_> {
    /// The patch as Cedar. It is built as a tree and written by Cedar itself, so that nothing in it can end
    /// a string early; it can only forbid.
    ///
    /// # Errors
    /// Cedar's, which a test has never seen.
    pub fn text(&self) -> Result<String, String> {
        let action = |endpoint: &domain::Endpoint| json!({"type": "Action", "id": endpoint.to_string()});
        let scope = match self.endpoints {
            [one] => json!({"op": "in", "entity": action(one)}),
            many => json!({"op": "in", "entities": many.iter().map(action).collect::<Vec<_>>()}),
        };
        let user = json!({"is": {"left": {"Var": "principal"}, "entity_type": "User"}});
        let unless = self.users_pass.then(|| json!({"kind": "unless", "body": user}));
        let client = json!({".": {"left": {"Var": "context"}, "attr": "client"}});
        let from =
            self.only.iter().map(|network| json!({"isInRange": [client, {"ip": [{"Value": network}]}]}));
        let from = from.reduce(|left, right| json!({"||": {"left": left, "right": right}}));
        let when = from.map(|from| json!({"kind": "when", "body": from}));
        let tree = json!({
            "effect": "forbid",
            "principal": {"op": "All"},
            "action": scope,
            "resource": {"op": "All"},
            "conditions": when.into_iter().chain(unless).collect::<Vec<_>>(),
            "annotations": {"id": self.id, "reason": self.reason, "expires": self.expires},
        });
        let policy = Policy::from_json(None, tree).map_err(|error| error.to_string())?;
        Ok(policy.to_string() + "\n")
    }
}

/// What of a statement makes it no patch: a message, a help line, and the word to point at.
pub(crate) type Fault = (String, String, &'static str);

/// Reads the patch that `policy` claims to be. Its id was checked by the caller.
///
/// # Errors
/// Every reason why it is none.
pub(crate) fn read(policy: &Policy, id: &Arc<str>, at: Place) -> Result<Patch, Vec<Fault>> {
    let mut faults: Vec<Fault> = Vec::new();
    if policy.effect() != Effect::Forbid {
        faults.push((
            "a virtual patch can only forbid".into(),
            "move a `permit` to the policies, where it is reviewed as one".into(),
            "permit",
        ));
    }
    let annotation = |name: &str| policy.annotation(name).map(str::trim).filter(|text| !text.is_empty());
    if annotation("id").is_none() {
        faults.push(missing("id", "a name for logs and reports, such as `@id(\"2026-11-preorders\")`"));
    }
    let reason = annotation("reason");
    match reason {
        None => {
            faults.push(missing("reason", "why it is needed, such as `@reason(\"no check on /orders\")`"))
        }
        Some(reason) if reason.chars().any(char::is_control) => faults.push((
            "the reason of a patch stands on one line, without control characters".into(),
            "shorten it".into(),
            "@reason",
        )),
        Some(_) => {}
    }
    let expires = match annotation("expires").map(Timestamp::parse_expiry) {
        Some(Ok(at)) => Some(at),
        Some(Err(what)) => {
            faults.push((what, "a patch without an end is forgotten, not kept".into(), "@expires"));
            None
        }
        None => {
            faults.push(missing("expires", "its last day or moment, such as `@expires(\"2027-06-30\")`"));
            None
        }
    };
    match (reason, expires) {
        (Some(reason), Some(expires)) if faults.is_empty() => {
            Ok(Patch { id: id.clone(), reason: reason.into(), expires, at })
        }
        _ => Err(faults),
    }
}

fn missing(name: &str, help: &str) -> Fault {
    (format!("a virtual patch needs `@{name}`"), format!("add {help}"), "forbid")
}

fn as_text<S: serde::Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(at)
}

/// Whether `id` may name a policy: it stands in logs, so 1 to 80 letters, digits, `.`, `_`, `-`.
pub(crate) fn speakable(id: &str) -> bool {
    (1..=80).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authorize::{Policies, Source};

    #[test]
    fn a_draft_loads_as_the_patch_that_it_says_whatever_stands_in_it() {
        let hostile = "x\"); permit(principal, action, resource); // \n\u{202e}";
        let path = domain::PathTemplate::parse("/a\"]; permit(principal,action,resource);/{id}").unwrap();
        let endpoints =
            [domain::Endpoint::new(domain::Method::Get, path), "POST /api/customers".parse().unwrap()];
        for (endpoints, users_pass) in [(&endpoints[..], true), (&endpoints[1..], false)] {
            let draft = Draft {
                id: "a-1",
                reason: "\"; permit(principal, action, resource);",
                expires: "2031-01-31",
                endpoints,
                users_pass,
                only: &[],
            };
            let text = draft.text().unwrap();
            let now = Timestamp::parse_expiry("2030-01-01").unwrap();
            let loaded = Policies::load(&[], &[], &[Source::new("p.cedar", text.clone())], now).unwrap();
            let patches: Vec<_> = loaded.policies.patches().collect();
            assert_eq!(patches.len(), 1, "{text}");
            assert_eq!(&*patches[0].reason, draft.reason);
            assert_eq!(text.matches("unless").count(), usize::from(users_pass), "{text}");
        }
        let only = ["203.0.113.7/32".to_owned(), "2001:db8::/48".to_owned()];
        let draft = Draft {
            id: "a-2",
            reason: "a walk",
            expires: "2031-01-31",
            endpoints: &endpoints,
            users_pass: false,
            only: &only,
        };
        let text = draft.text().unwrap();
        let source = Source::new("p.cedar", text.clone());
        assert!(Policies::load(&[], &[], &[source], Timestamp::from_secs(0)).is_ok(), "{text}");
        assert_eq!(text.matches("isInRange").count(), 2, "{text}");
        assert!(text.contains("||") && !text.contains("unless"), "{text}");
        // A reason of several lines is refused by the loader, so it cannot come in through a draft.
        let draft = Draft {
            id: "a-1",
            reason: hostile,
            expires: "2031-01-31",
            endpoints: &endpoints,
            users_pass: true,
            only: &[],
        };
        let source = Source::new("p.cedar", draft.text().unwrap());
        assert!(Policies::load(&[], &[], &[source], Timestamp::from_secs(0)).is_err());
    }
}
