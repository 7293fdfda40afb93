//! Where in a document something stands that rsigma names without its place.

use spec::tree::{Node, Span, Value};

/// The place of a path such as `/detection/selection/0`; of what is not there, the nearest that is.
pub(crate) fn of_path(node: &Node, path: &str) -> Span {
    let mut here = node;
    let mut at = first_key(node);
    for step in path.split('/').filter(|step| !step.is_empty()) {
        if let Some((key, value)) = here.entries().find(|(key, _)| &*key.text == step) {
            (here, at) = (value, key.span);
        } else if let Some(item) = step.parse::<usize>().ok().and_then(|nth| here.items().get(nth)) {
            (here, at) = (item, item.span);
        } else {
            break;
        }
    }
    at
}

/// The key of `field` below `detection`, with or without modifiers.
pub(crate) fn of_field(node: &Node, field: &str) -> Span {
    let is_field = |key: &str| key.split('|').next() == Some(field) || key.split('[').next() == Some(field);
    let found = node.get("detection").or_else(|| node.get("filter")).and_then(|below| find(below, &is_field));
    found.or_else(|| find(node, &|word| word == field)).unwrap_or_else(|| first_key(node))
}

/// The first word of `message` in quotes that stands in the document.
pub(crate) fn of_message(node: &Node, message: &str) -> Span {
    let quoted = ['`', '\'', '"'].into_iter().flat_map(|quote| message.split(quote).skip(1).step_by(2));
    let named = message.rsplit(": ").next().into_iter();
    let words = quoted.chain(named).map(str::trim).filter(|word| word.len() > 1);
    for word in words {
        if let Some(at) = find(node, &|text| text == word || text.split('|').any(|part| part == word)) {
            return at;
        }
    }
    let section = ["condition", "detection", "correlation", "logsource", "filter"].into_iter();
    let told = section.filter(|word| message.to_ascii_lowercase().contains(word));
    told.filter_map(|word| find(node, &|text| text == word)).next().unwrap_or_else(|| first_key(node))
}

fn first_key(node: &Node) -> Span {
    node.entries().next().map_or(node.span, |(key, _)| key.span)
}

/// The first key or text of which `is` holds.
fn find(node: &Node, is: &dyn Fn(&str) -> bool) -> Option<Span> {
    match &node.value {
        Value::Text(text) => is(text).then_some(node.span),
        Value::Mapping(_) => node
            .entries()
            .find_map(|(key, value)| if is(&key.text) { Some(key.span) } else { find(value, is) }),
        Value::Sequence(items) => items.iter().find_map(|item| find(item, is)),
        _ => None,
    }
}

/// A message with a small first letter and without a full stop, as the house has it.
pub(crate) fn small(message: &str) -> String {
    let message = message.trim().trim_end_matches('.');
    let mut letters = message.chars();
    match letters.next() {
        // `YAML` stays.
        Some(first) if letters.clone().next().is_none_or(|second| !second.is_uppercase()) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => message.to_owned(),
    }
}
