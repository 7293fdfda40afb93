//! Which route of a front serves which door.

use domain::Endpoint;
use spec::inventory::{Front, PathMatch, Precedence, Route};

use super::path;

/// The positions of the routes that serve `door`, in the order of the text.
pub(crate) fn routes_of(front: &Front, door: &Endpoint) -> Vec<usize> {
    let sample = format!(
        "/{}",
        path::shape(door)
            .iter()
            .map(|segment| if segment.starts_with('{') { "7" } else { segment })
            .collect::<Vec<_>>()
            .join("/")
    );
    let method = door.method().as_str();
    let fits = |route: &Route| {
        (route.methods.is_empty() || route.methods.iter().any(|known| known.eq_ignore_ascii_case(method)))
            && matches(&route.path, &sample)
    };
    let mut found: Vec<(usize, &Route)> =
        front.routes.iter().enumerate().filter(|(_, route)| fits(route)).collect();
    match front.precedence {
        Precedence::FirstMatch => {}
        Precedence::NginxLocations | Precedence::ExactThenLongest => {
            found.sort_by_key(|(_, route)| std::cmp::Reverse(literal(&route.path).len()));
        }
        Precedence::Priority => {
            found.sort_by_key(|(_, route)| std::cmp::Reverse((route.priority, literal(&route.path).len())));
        }
    }
    let mut serving: Vec<usize> = Vec::new();
    for (position, route) in found {
        serving.push(position);
        if !route.conditional && route.hosts.is_empty() {
            break;
        }
    }
    serving.sort_unstable();
    serving
}

fn matches(path: &PathMatch, sample: &str) -> bool {
    match path {
        PathMatch::Any => true,
        PathMatch::Exact(text) => **text == *sample,
        PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => sample.starts_with(&**text),
        PathMatch::Segments(text) => {
            let text = text.trim_end_matches('/');
            sample.strip_prefix(text).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }
        PathMatch::Template(_) | PathMatch::Regex { .. } => sample.starts_with(&literal(path)),
    }
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
    }
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
