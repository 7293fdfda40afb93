//! The closed schema: fixed words, and one action per operation of the inventory.
//!
//! | action | is |
//! |---|---|
//! | `call` | every request; and the request itself at a door that nobody declared or named |
//! | `POST /api/customers` | requests at this door: a group when the operation has an id of its own, else the request itself |
//! | `createCustomer` | the request itself, in both groups above |
//! | `disclose`, `disclose POST /api/customers`, `disclose createCustomer` | the same for responses that hold records of others |
//!
//! `action in Action::"..."` works for each of them. `==` works only for the last of each row, and
//! what can never match does not load. Who can reach an operation follows from its audience, so a
//! policy about anonymous callers on an operation for partners does not load either.
//!
//! The schema is built as a tree from the names of the inventory, never pasted as text.

use std::collections::BTreeMap;

use cedar_policy::{Schema, SchemaFragment};
use domain::{Audience, Endpoint, Intent, OperationId, Segment};
use serde_json::{Value, json};

/// The fixed words, as printed for users.
pub(super) const WORDS: &str = include_str!("words.cedarschema");

/// The group of all requests.
pub(super) const CALL: &str = "call";
/// The group of all responses, and the prefix of every response action.
pub(super) const DISCLOSE: &str = "disclose";

/// The name of the response action beside the request action `name`.
pub(super) fn disclose(name: &str) -> String {
    format!("{DISCLOSE} {name}")
}

/// A door as the schema knows it.
#[derive(Clone, Debug)]
pub(super) struct Doorway<'o> {
    pub id: &'o OperationId,
    pub endpoint: &'o Endpoint,
    pub intent: Option<&'o Intent>,
}

impl Doorway<'_> {
    /// The types of principals that can get past the audience.
    fn principals(&self) -> &'static [&'static str] {
        match self.intent.map(|intent| &intent.audience) {
            None | Some(Audience::Public(_) | Audience::Internal(_)) => &["User", "Partner", "Anonymous"],
            Some(Audience::Authenticated) => &["User", "Partner"],
            Some(Audience::Partner(_)) => &["Partner"],
        }
    }

    /// All that the type checker knows of its actions but their names.
    pub(super) fn types(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (self.principals(), self.resource())
    }

    fn resource(&self) -> &'static [&'static str] {
        match object_parameter(self.endpoint) {
            Some(_) => &["Object"],
            None => &["Endpoint"],
        }
    }
}

/// The last parameter of the path and the literal before it: what names the object of a request.
pub(super) fn object_parameter(endpoint: &Endpoint) -> Option<(String, String)> {
    let mut literal = String::new();
    let mut found = None;
    for segment in endpoint.template().segments() {
        match segment {
            Segment::Literal(text) => literal = text.to_string(),
            Segment::Parameter(name) | Segment::Rest(name) => {
                found = Some((literal.clone(), name.to_string()));
            }
        }
    }
    found
}

/// The actions of all doors, as a schema of their own.
pub(super) fn actions(doors: &[Doorway<'_>]) -> Value {
    let mut actions: BTreeMap<String, Value> = BTreeMap::new();
    let all = ["User", "Partner", "Anonymous"].as_slice();
    let both = ["Endpoint", "Object"].as_slice();
    for (group, context) in [(CALL, "Call"), (DISCLOSE, "Disclosure")] {
        actions.insert(group.into(), action(None, Some((all, both, context))));
        for door in doors {
            let name = |text: &str| if group == DISCLOSE { disclose(text) } else { text.to_owned() };
            let (id, endpoint) = (name(door.id.as_str()), name(&door.endpoint.to_string()));
            let applies = Some((door.principals(), door.resource(), context));
            if id == endpoint {
                actions.insert(id, action(Some(group), applies));
            } else {
                actions.insert(id, action(Some(&endpoint), applies));
                actions.insert(endpoint, action(Some(group), None));
            }
        }
    }
    json!({ "": { "entityTypes": {}, "actions": actions } })
}

type Applies<'s> = (&'s [&'s str], &'s [&'s str], &'s str);

fn action(parent: Option<&str>, applies: Option<Applies<'_>>) -> Value {
    let parents: Vec<Value> = parent.iter().map(|id| json!({ "id": id })).collect();
    match applies {
        Some((principals, resources, context)) => json!({
            "memberOf": parents,
            "appliesTo": {
                "principalTypes": principals,
                "resourceTypes": resources,
                "context": { "type": context },
            },
        }),
        None => json!({ "memberOf": parents }),
    }
}

/// The whole schema.
///
/// # Errors
/// Cedar's words, where an inventory cannot be a schema. The names were checked before, so that
/// this tells of a fault of ours.
pub(super) fn schema(doors: &[Doorway<'_>]) -> Result<Schema, String> {
    let (words, _) = SchemaFragment::from_cedarschema_str(WORDS).map_err(|error| error.to_string())?;
    let actions = SchemaFragment::from_json_value(actions(doors)).map_err(|error| chain(&error))?;
    Schema::from_schema_fragments([words, actions]).map_err(|error| chain(&error))
}

/// The schema as users read it: the fixed words with their comments, then the actions.
pub(super) fn printed(doors: &[Doorway<'_>]) -> Result<String, String> {
    let actions = SchemaFragment::from_json_value(actions(doors)).map_err(|error| chain(&error))?;
    let actions = actions.to_cedarschema().map_err(|error| error.to_string())?;
    Ok(format!("{WORDS}\n// The actions of this inventory.\n{actions}"))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_the_schema_in_force() {
        let (id, other) = (OperationId::new("read\"Order"), OperationId::new("POST /api/customers"));
        let endpoint: Endpoint = "GET /v1/orders/{id}".parse().unwrap();
        let plain: Endpoint = "POST /api/customers".parse().unwrap();
        let intent = Intent::new(Audience::Authenticated);
        let doors = [
            Doorway { id: &id, endpoint: &endpoint, intent: Some(&intent) },
            Doorway { id: &other, endpoint: &plain, intent: None },
        ];
        let built = schema(&doors).unwrap();
        let (read, _) = Schema::from_cedarschema_str(&printed(&doors).unwrap()).unwrap();
        let actions = |schema: &Schema| {
            let mut names: Vec<_> = schema.actions().map(|uid| uid.id().unescaped().to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(actions(&built), actions(&read));
        assert_eq!(built.actions().count(), 2 + 2 * 3);
        let principals = |name: &str| {
            let uid = built.actions().find(|uid| uid.id().unescaped() == name).unwrap();
            built.principals_for_action(uid).unwrap().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(principals("read\"Order").len(), 2);
        assert_eq!(principals("POST /api/customers").len(), 3);
    }

    #[test]
    fn the_object_of_a_request_is_its_last_parameter() {
        let object = |text: &str| object_parameter(&text.parse().unwrap());
        assert_eq!(object("GET /v1/{tenant}/orders/{id}"), Some(("orders".into(), "id".into())));
        assert_eq!(object("GET /{id}"), Some((String::new(), "id".into())));
        assert_eq!(object("GET /v1/orders"), None);
    }
}
