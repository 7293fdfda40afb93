//! Paths compared: the collection an operation belongs to, its version, and what stays when the
//! version and the names of parameters are taken away.

use std::collections::HashSet;

use domain::{Endpoint, Segment};
use spec::inventory::Operation;

use super::words;

/// The version that a segment, a host label or a parameter says: `v1`, `v2.1`, `2024-05-01`.
///
/// Comparable: `v2` is 2,000, `v2.1` is 2,001, a date is itself as a number.
pub(crate) fn version_of(text: &str) -> Option<u64> {
    if let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() {
        let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
        return digits
            .iter()
            .all(|digit| digit.is_ascii_digit())
            .then(|| digits.iter().fold(0, |number, digit| number * 10 + u64::from(**digit - b'0')));
    }
    let numbers = text.strip_prefix(['v', 'V'])?;
    let end = numbers.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (numbers, stage) = numbers.split_at(end.unwrap_or(numbers.len()));
    if !matches!(stage, "" | "alpha" | "beta" | "rc") && !is_staged(stage) {
        return None;
    }
    let mut parts = numbers.split('.');
    let major: u64 = parts.next()?.parse().ok().filter(|major| *major < 1_000_000)?;
    let minor: u64 = match parts.next() {
        Some(minor) => minor.parse().ok()?,
        None => 0,
    };
    Some(major * 1000 + minor.min(999))
}

/// `beta1`, `alpha2`.
fn is_staged(stage: &str) -> bool {
    ["alpha", "beta", "rc"].iter().any(|word| {
        stage.strip_prefix(word).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// A path as segments, each parameter as `{}`.
pub(crate) fn shape(endpoint: &Endpoint) -> Vec<String> {
    endpoint
        .template()
        .segments()
        .map(|segment| match segment {
            Segment::Literal(text) => text.to_string(),
            Segment::Parameter(_) => "{}".to_owned(),
            Segment::Rest(_) => "{*}".to_owned(),
        })
        .collect()
}

/// Method and shape as one text: two endpoints that answer the same requests have the same.
pub(crate) fn door(endpoint: &Endpoint) -> String {
    format!("{} /{}", endpoint.method(), shape(endpoint).join("/"))
}

/// Version and door without it. The version may stand in the path, in a server's host name or in the
/// example of a version parameter.
pub(crate) fn versioned(operation: &Operation) -> (Option<u64>, String) {
    let (version, rest) = versioned_door(&operation.endpoint);
    let version = version.or_else(|| host_version(operation)).or_else(|| parameter_version(operation));
    (version, rest)
}

/// Version in the path, and the door without it.
pub(crate) fn versioned_door(endpoint: &Endpoint) -> (Option<u64>, String) {
    let (version, rest) = unversioned(shape(endpoint));
    (version, format!("{} /{}", endpoint.method(), rest.join("/")))
}

/// Takes the first version out of segments.
pub(crate) fn unversioned(mut segments: Vec<String>) -> (Option<u64>, Vec<String>) {
    let found = segments.iter().position(|segment| version_of(segment).is_some());
    let version = found.map(|at| segments.remove(at)).and_then(|segment| version_of(&segment));
    (version, segments)
}

fn host_version(operation: &Operation) -> Option<u64> {
    operation.servers.iter().find_map(|server| {
        let host = server.url.split_once("://")?.1.split(['/', ':']).next()?;
        host.split('.').flat_map(|label| label.split('-')).find_map(version_of)
    })
}

fn parameter_version(operation: &Operation) -> Option<u64> {
    operation.parameters.iter().find_map(|parameter| {
        let name = parameter.name.to_ascii_lowercase();
        let says = matches!(name.as_str(), "version" | "v" | "api-version" | "x-api-version" | "apiversion");
        let value = parameter.example.as_deref().filter(|_| says && &*parameter.place != "body")?;
        version_of(value).or_else(|| version_of(&format!("v{value}")))
    })
}

/// Collections of many operations: the prefixes right before a parameter.
#[derive(Debug, Default)]
pub(crate) struct Collections {
    prefixes: HashSet<String>,
}

impl Collections {
    /// The collections that `operations` have. Bounded by them.
    pub(crate) fn of(operations: &[Operation]) -> Self {
        let mut prefixes = HashSet::new();
        for operation in operations {
            let segments = shape(&operation.endpoint);
            if let Some(end) = first_collection(&segments) {
                prefixes.insert(segments.get(..end).unwrap_or_default().join("/"));
            }
        }
        Self { prefixes }
    }

    /// The collection of an operation: the shortest that its path lies in, else its own path.
    pub(crate) fn family(&self, operation: &Operation) -> String {
        let segments = shape(&operation.endpoint);
        if let Some(end) = first_collection(&segments) {
            return segments.get(..end).unwrap_or_default().join("/");
        }
        (1..=segments.len())
            .map(|end| segments.get(..end).unwrap_or_default().join("/"))
            .find(|prefix| self.prefixes.contains(prefix))
            .unwrap_or_else(|| segments.join("/"))
    }
}

/// Where the first parameter after a telling literal stands.
fn first_collection(segments: &[String]) -> Option<usize> {
    segments
        .windows(2)
        .position(|pair| match pair {
            [before, at] => {
                at == "{}"
                    && !before.starts_with('{')
                    && !before.is_empty()
                    && !words::is_generic(before)
                    && version_of(before).is_none()
            }
            _ => false,
        })
        .map(|before| before + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare() {
        for (text, version) in [
            ("v1", Some(1000)),
            ("V2", Some(2000)),
            ("v2.1", Some(2001)),
            ("v1beta1", Some(1000)),
            ("2024-05-01", Some(20_240_501)),
            ("vendors", None),
            ("1", None),
            ("v", None),
            ("orders", None),
        ] {
            assert_eq!(version_of(text), version, "{text}");
        }
    }

    #[test]
    fn a_door_without_its_version_is_the_same_in_both() {
        let bare = |text: &str| versioned_door(&text.parse().unwrap());
        assert_eq!(bare("GET /api/v1/orders/{id}").1, bare("GET /api/v2/orders/{orderId}").1);
        assert_eq!(bare("GET /api/v1/orders/{id}").0, Some(1000));
        assert_eq!(bare("GET /orders").0, None);
    }

    #[test]
    fn the_first_collection_is_the_family() {
        for (path, end) in [
            ("GET /orders/{id}", Some(1)),
            ("GET /api/v1/orders/{id}/lines/{line}", Some(3)),
            ("GET /api/{tenant}/orders/{id}", Some(3)),
            ("GET /orders", None),
        ] {
            assert_eq!(first_collection(&shape(&path.parse().unwrap())), end, "{path}");
        }
    }
}
