//! Requests that stand for every request to a door.

use domain::{PathTemplate, Segment};

use crate::inventory::{PathMatch, Route};

/// Values that stand for every value of a parameter.
const VALUES: [&str; 3] = ["7", "3f2b8a52-9c1d-4e7f-8a6b-0d5e4c3b2a19", "word"];
/// Most hosts that are tried.
const MOST_HOSTS: usize = 64;
/// Most parameters of which every combination of values is tried; of more, only equal values.
const MOST_COMBINED: usize = 3;

/// One host for every pattern that the routes name, and one that none of them names.
pub(super) fn hosts(routes: &[Route]) -> Vec<String> {
    let mut hosts = vec!["unnamed.invalid".to_owned()];
    for pattern in routes.iter().flat_map(|route| &route.hosts) {
        let host = super::fit::bare_host(&pattern.replace('*', "any"));
        if hosts.len() < MOST_HOSTS && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// Most endings that are tried, and the longest of them.
const MOST_ENDINGS: usize = 16;
const LONGEST_ENDING: usize = 32;

/// Endings of paths that the routes' regular expressions ask for: `.css` and `.js` of `\\.(css|js)$`,
/// `-public` of `-public$`.
pub(super) fn endings(routes: &[Route]) -> Vec<String> {
    let mut endings = Vec::new();
    let mut waiting: Vec<&PathMatch> = routes.iter().map(|route| &route.path).collect();
    while let Some(path) = waiting.pop() {
        match path {
            PathMatch::Regex { pattern, .. } => endings_of(pattern, &mut endings),
            PathMatch::Within { outer, inner } => waiting.extend([&**outer, &**inner]),
            PathMatch::All(parts) => waiting.extend(parts),
            PathMatch::Not(part) => waiting.push(part),
            _ => {}
        }
    }
    endings
}

fn endings_of(pattern: &str, endings: &mut Vec<String>) {
    let mut add = |ending: String| {
        let fits = ending.len() > 1 && ending.len() <= LONGEST_ENDING;
        if fits && endings.len() < MOST_ENDINGS && !endings.contains(&ending) {
            endings.push(ending);
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let word = |text: &str| text.split(|c: char| !plain(c)).next().unwrap_or_default().to_owned();
    for after in pattern.split("\\.").skip(1).chain(pattern.split("[.]").skip(1)) {
        let group = after.strip_prefix("(?:").or_else(|| after.strip_prefix('('));
        match group.and_then(|group| group.split(')').next()) {
            Some(group) => group.split('|').for_each(|one| add(format!(".{}", word(one)))),
            None => add(format!(".{}", word(after))),
        }
    }
    if let Some(before) = pattern.strip_suffix('$') {
        let start = before.rfind(|c: char| !plain(c)).map_or(0, |at| at + 1);
        // A whole segment, or what a class or an escape ends in, is no ending of one.
        let cut = before.get(..start).unwrap_or_default();
        if !cut.is_empty() && !cut.ends_with(['/', '\\', '.']) && !cut.ends_with("[.]") {
            add(before.get(start..).unwrap_or_default().to_owned());
        }
    }
}

/// Paths of `template`, whose last segment is a parameter, with each of `endings`.
pub(super) fn ending(template: &PathTemplate, endings: &[String]) -> Vec<String> {
    let segments: Vec<Segment> = template.segments().collect();
    if !matches!(segments.last(), Some(Segment::Parameter(_) | Segment::Rest(_))) {
        return Vec::new();
    }
    let path = path(&segments, 0, true);
    endings.iter().map(|ending| format!("{path}{ending}")).collect()
}

/// Paths that stand for all paths of `template`.
pub(super) fn paths(template: &PathTemplate) -> Vec<String> {
    let segments: Vec<Segment> = template.segments().collect();
    let open = segments.iter().filter(|segment| !matches!(segment, Segment::Literal(_))).count();
    let combinations = match u32::try_from(open) {
        _ if open > MOST_COMBINED => VALUES.len(),
        Ok(open) => VALUES.len().pow(open),
        Err(_) => VALUES.len(),
    };
    (0..combinations).map(|nth| path(&segments, nth, open > MOST_COMBINED)).collect()
}

fn path(segments: &[Segment], nth: usize, equal: bool) -> String {
    let mut left = nth;
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        match segment {
            Segment::Literal(text) => path.push_str(text),
            Segment::Parameter(_) | Segment::Rest(_) => {
                path.push_str(VALUES.get(left % VALUES.len()).copied().unwrap_or_default());
                if !equal {
                    left /= VALUES.len();
                }
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_read_off_regular_expressions() {
        for (pattern, expected) in [
            (r"\.(css|js)$", vec![".css", ".js"]),
            (r"(?i)\.(?:png|json)$", vec![".png", ".json"]),
            (r"^/files/.*[.]pdf$", vec![".pdf"]),
            (r"\.php", vec![".php"]),
            (r".*-public$", vec!["-public"]),
            (r"^/orders/[0-9]+$", vec![]),
            (r"^/orders$", vec![]),
            (r"\.$", vec![]),
        ] {
            let mut found = Vec::new();
            endings_of(pattern, &mut found);
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
