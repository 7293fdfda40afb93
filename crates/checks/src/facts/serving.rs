//! Which route of a front serves which operation, and with what literal text a route's paths begin.

use spec::inventory::{Front, Operation, PathMatch, Picker};

/// For each route of a front the operations that it serves, by position.
pub(crate) fn served(front: &Front, operations: &[Operation]) -> Vec<Vec<usize>> {
    let picker = Picker::new(front);
    let mut serves: Vec<Vec<usize>> = vec![Vec::new(); front.routes.len()];
    for (at, operation) in operations.iter().enumerate() {
        for nth in picker.positions_of(&operation.endpoint) {
            if let Some(list) = serves.get_mut(nth) {
                list.push(at);
            }
        }
    }
    serves
}

/// The text with which every path that a route matches begins, as far as it can be read off.
pub(crate) fn literal(path: &PathMatch) -> String {
    match path {
        PathMatch::Any => String::new(),
        PathMatch::Exact(text)
        | PathMatch::Prefix(text)
        | PathMatch::FirmPrefix(text)
        | PathMatch::Segments(text) => text.to_string(),
        PathMatch::Template(text) => text.split('{').next().unwrap_or_default().to_owned(),
        PathMatch::Regex { pattern, .. } => regex_start(pattern),
        // The inner one is never shorter than the outer one, unless it says nothing.
        PathMatch::Within { outer, inner } => longer(literal(outer), literal(inner)),
        PathMatch::All(parts) => parts.iter().map(literal).fold(String::new(), longer),
        PathMatch::Not(_) => String::new(),
    }
}

fn longer(one: String, other: String) -> String {
    if other.len() > one.len() { other } else { one }
}

/// The literal start of an anchored regular expression; empty where there is none.
fn regex_start(pattern: &str) -> String {
    let Some(rest) = pattern.strip_prefix('^').or_else(|| pattern.strip_prefix('/').map(|_| pattern)) else {
        return String::new();
    };
    let mut start = String::new();
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => match letters.next() {
                Some(escaped) if !escaped.is_alphanumeric() => escaped,
                _ => break,
            },
            '$' | '(' | ')' | '[' | '.' | '|' | '{' | '+' | '*' | '?' => break,
            plain => plain,
        };
        if letters.peek().is_some_and(|next| matches!(next, '*' | '?' | '{')) {
            break;
        }
        start.push(letter);
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_regular_expression_is_read_as_far_as_it_is_sure() {
        for (pattern, start) in [
            (r"^/api/v1/orders/[0-9]+$", "/api/v1/orders/"),
            (r"^/files\.old/", "/files.old/"),
            (r"^/colou?r", "/colo"),
            (r"^/a\d", "/a"),
            (r"\.php$", ""),
        ] {
            assert_eq!(regex_start(pattern), start, "{pattern}");
        }
    }
}
