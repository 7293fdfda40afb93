//! Which names policies may use: those of the declared operations, and doors that patches add.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::EntityUid;
use domain::{Endpoint, Intent, OperationId, Segment};

use super::rule::Draft;
use super::schema::{CALL, DISCLOSE, Doorway};
use super::source::{LoadError, Place};
use crate::nearest::nearest;

/// One operation of the inventory, as a specification or the configuration declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// Its name.
    pub id: OperationId,
    /// Its door.
    pub endpoint: Endpoint,
    /// What its owner declared; `None` where the specification says nothing about it.
    pub intent: Option<Arc<Intent>>,
}

/// Declared operations and the doors that only patches name.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub declared: Vec<Declared>,
    /// By [`shape`].
    pub patched: BTreeMap<String, (OperationId, Endpoint)>,
    shapes: BTreeMap<String, Endpoint>,
}

/// A door without the names of its parameters: `GET /v1/orders/{}`. What traffic taught and what a
/// person wrote are the same door when their shapes are.
pub(super) fn shape(endpoint: &Endpoint) -> String {
    let mut text = endpoint.method().for_intent().to_string();
    text.push(' ');
    for segment in endpoint.template().segments() {
        text.push('/');
        match segment {
            Segment::Literal(literal) => text.push_str(&literal),
            Segment::Parameter(_) => text.push_str("{}"),
            Segment::Rest(_) => text.push_str("{*}"),
        }
    }
    text
}

impl Inventory {
    /// # Errors
    /// When two operations share an id or a door, or one has the name of a group.
    pub(super) fn new(declared: &[Declared]) -> Result<Self, Vec<LoadError>> {
        let mut errors = Vec::new();
        let mut wrong = |what: String, help: &str| {
            let at = Place { file: "inventory".into(), line: 1, column: 1 };
            errors.push(LoadError { at, what, help: Some(help.into()), line_text: String::new(), width: 1 });
        };
        let mut shapes = BTreeMap::new();
        let mut ids: BTreeMap<&str, &Endpoint> = BTreeMap::new();
        for operation in declared {
            let (id, endpoint) = (operation.id.as_str(), &operation.endpoint);
            if let Some(twin) = shapes.insert(shape(endpoint), endpoint.clone()) {
                wrong(format!("`{endpoint}` and `{twin}` are one door"), "declare it once");
            }
            if let Some(twin) = ids.insert(id, endpoint) {
                wrong(format!("`{endpoint}` and `{twin}` have the same operation id `{id}`"), "rename one");
            }
            let is_other_door = id.parse::<Endpoint>().is_ok() && *id != endpoint.to_string();
            if id == CALL || id == DISCLOSE || id.starts_with("disclose ") || is_other_door {
                wrong(format!("the operation id `{id}` means something else to policies"), "rename it");
            }
        }
        if errors.is_empty() {
            Ok(Self { declared: declared.to_vec(), patched: BTreeMap::new(), shapes })
        } else {
            Err(errors)
        }
    }

    pub(super) fn doors(&self) -> Vec<Doorway<'_>> {
        let declared = self.declared.iter().map(|operation| Doorway {
            id: &operation.id,
            endpoint: &operation.endpoint,
            intent: operation.intent.as_deref(),
        });
        let patched = self.patched.values().map(|(id, endpoint)| Doorway { id, endpoint, intent: None });
        declared.chain(patched).collect()
    }

    fn knows_action(&self, name: &str) -> bool {
        let name = name.strip_prefix("disclose ").unwrap_or(name);
        name == CALL || name == DISCLOSE || self.is_operation(name) || self.is_door(name)
    }

    fn is_operation(&self, name: &str) -> bool {
        self.declared.iter().any(|operation| operation.id.as_str() == name)
    }

    fn is_door(&self, name: &str) -> bool {
        self.doors().iter().any(|door| door.endpoint.to_string() == name)
    }

    /// Whether `name` is an action that a request itself can have, and so can stand after `==`.
    pub(super) fn is_request(&self, name: &str) -> bool {
        let name = name.strip_prefix("disclose ").unwrap_or(name);
        self.is_operation(name) || self.patched.values().any(|(id, _)| id.as_str() == name)
    }

    /// Adds the doors that the patch `draft` names and nobody knows under any name.
    pub(super) fn admit_doors_of(&mut self, draft: &Draft<'_>) {
        for uid in draft.rule.policy.entity_literals() {
            let Some(name) = door_name(&uid) else { continue };
            let Ok(endpoint) = name.parse::<Endpoint>() else { continue };
            let shape = shape(&endpoint);
            if !self.shapes.contains_key(&shape) {
                self.shapes.insert(shape.clone(), endpoint.clone());
                self.patched.insert(shape, (OperationId::new(name), endpoint));
            }
        }
    }

    /// The shape of the door that an action or endpoint literal names, if it names one.
    pub(super) fn shape_named(&self, uid: &EntityUid) -> Option<String> {
        let name = door_name(uid)?;
        let operation = self.declared.iter().find(|operation| operation.id.as_str() == name);
        operation.map(|operation| shape(&operation.endpoint)).or_else(|| Some(shape(&name.parse().ok()?)))
    }

    /// Names of operations and doors in `draft` that nobody knows.
    pub(super) fn unknown_names(&self, draft: &Draft<'_>) -> Vec<LoadError> {
        let mut errors = Vec::new();
        for uid in draft.rule.policy.entity_literals() {
            let name = uid.id().unescaped();
            let (known, kind) = match uid.type_name().basename() {
                "Action" => (self.knows_action(name), "operation"),
                "Endpoint" => (self.is_door(name), "door"),
                _ => continue,
            };
            if known {
                continue;
            }
            let plain = name.strip_prefix("disclose ").unwrap_or(name);
            let ids = self.declared.iter().map(|o| o.id.as_str().to_owned()).filter(|_| kind == "operation");
            let doors: Vec<String> =
                ids.chain(self.doors().iter().map(|door| door.endpoint.to_string())).collect();
            let twin = plain.parse().ok().and_then(|endpoint| self.shapes.get(&shape(&endpoint)));
            let near = twin
                .map(ToString::to_string)
                .or_else(|| nearest(plain, doors.iter().map(String::as_str)).map(str::to_owned));
            let help = near.map_or_else(
                || "name an operation id or a door such as `GET /v1/orders/{id}` of the inventory".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            errors.push(draft.statement.error_on(name, format!("no {kind} is called `{name}`"), help));
        }
        errors
    }
}

/// The text of an action or endpoint literal, without the prefix of responses.
fn door_name(uid: &EntityUid) -> Option<&str> {
    let name = uid.id().unescaped();
    match uid.type_name().basename() {
        "Action" => Some(name.strip_prefix("disclose ").unwrap_or(name)),
        "Endpoint" => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(id: &str, door: &str) -> Declared {
        Declared { id: OperationId::new(id), endpoint: door.parse().unwrap(), intent: None }
    }

    #[test]
    fn a_door_is_the_same_whatever_its_parameters_are_called() {
        let shape = |door: &str| shape(&door.parse().unwrap());
        assert_eq!(shape("GET /v1/orders/{id}"), shape("HEAD /v1/orders/{order}"));
        assert_ne!(shape("GET /v1/orders/{id}"), shape("GET /v1/orders/{*id}"));
    }

    #[test]
    fn an_inventory_that_could_be_misread_is_refused() {
        let wrong = |operations: &[Declared]| {
            Inventory::new(operations).unwrap_err().first().map(|error| error.what.clone()).unwrap()
        };
        let plain = declared("a", "GET /a/{x}");
        assert!(wrong(&[plain.clone(), declared("b", "GET /a/{y}")]).contains("one door"));
        assert!(wrong(&[plain.clone(), declared("a", "GET /b")]).contains("same operation id"));
        for id in ["call", "disclose", "disclose a", "GET /b"] {
            assert!(wrong(&[declared(id, "GET /c")]).contains("means something else"), "{id}");
        }
        assert!(Inventory::new(&[plain, declared("GET /c", "GET /c")]).is_ok());
    }
}
