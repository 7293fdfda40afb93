//! Requests that stand for every request to a door.

use domain::{PathTemplate, Segment};

use crate::inventory::Route;

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
