//! Resources of a CloudFormation template.

use std::sync::Arc;

use crate::front::values::{word, word_at};
use crate::tree::{Node, Value};

use super::model::Resource;

/// The resources of a template, in the order of the text.
pub(super) fn resources(root: &Node) -> Vec<Resource<'_>> {
    let entries = root.get("Resources").into_iter().flat_map(Node::entries);
    entries
        .filter_map(|(key, node)| {
            Some(Resource {
                kind: word_at(node, &["Type"])?,
                id: key.text.clone(),
                values: node.get("Properties").unwrap_or(node),
                links: None,
                span: key.span,
            })
        })
        .collect()
}

/// The logical id that a value names: `{Ref: A}`, `{Fn::GetAtt: [A, Id]}` or `A.Id`, `{Fn::Sub: "${A}"}`.
pub(super) fn target(value: &Node) -> Option<Arc<str>> {
    if let Some(name) = value.get("Ref").and_then(word) {
        return Some(name);
    }
    if let Some(attribute) = value.get("Fn::GetAtt") {
        return match &attribute.value {
            Value::Sequence(parts) => parts.first().and_then(word),
            Value::Text(text) => text.split('.').next().map(Arc::from),
            _ => None,
        };
    }
    let text = match value.get("Fn::Sub") {
        Some(sub) if sub.text().is_some() => sub.text()?,
        Some(sub) => sub.items().first()?.text()?,
        None => match value.get("Fn::Join").map(Node::items) {
            Some([_, parts]) => return parts.items().iter().find_map(target),
            _ => return None,
        },
    };
    // Pseudo parameters (`${AWS::Region}`) are no resources.
    text.split("${").skip(1).filter_map(|part| part.split('}').next()).find_map(|name| {
        let name = name.split('.').next().unwrap_or_default();
        (!name.contains("::") && !name.is_empty()).then(|| Arc::from(name))
    })
}
