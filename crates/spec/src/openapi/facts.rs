//! Operations of a document with every fact that a check asks for.

use crate::inventory::{Answer, IntentState, Operation, Place, Security};
use crate::reading::Reading;
use crate::tree::Node;

/// Reads the document `root`, which is called `name`, into the inventory.
pub(crate) fn read(root: &Node, name: &str, reading: &mut Reading<'_, '_>) {
    let document = super::of_tree(root, name, None);
    for fault in document.faults {
        reading.fault(fault);
    }
    let source = reading.source;
    for found in document.operations {
        let place = |span| Place::new(source, span);
        let intent = match (found.intent, found.intent_at) {
            (Some(intent), Some(at)) => IntentState::Declared { intent: Box::new(intent), at: place(at) },
            (_, Some(at)) => IntentState::Unreadable { at: place(at) },
            (_, None) => IntentState::Absent,
        };
        reading.inventory.operations.push(Operation {
            intent,
            security: Security::of(&found.security, found.security.span.map(place)),
            parameters: Vec::new(),
            object_refs: Vec::new(),
            page_size: None,
            bulk: Vec::new(),
            answer: Answer::default(),
            statuses: Vec::new(),
            examples: Vec::new(),
            servers: Vec::new(),
            tags: Vec::new(),
            text: String::new(),
            deprecated: found.deprecated,
            at: place(found.span),
            id_at: place(found.id_span),
            endpoint: found.endpoint,
            id: found.id,
        });
    }
}
