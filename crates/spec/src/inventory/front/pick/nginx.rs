//! How nginx finds a location (`ngx_http_core_module`, directive `location`).
//!
//! At every level: an exact match ends the search; the longest prefix is remembered and searched
//! within; unless it is marked `^~`, the regular expressions of the level are tried in their order, and
//! the first that matches is searched within and ends the search; else the remembered prefix stays.

use super::fit::{Fit, Fitter};
use super::starts::Starts;
use crate::inventory::{PathMatch, Route};

/// Deepest nesting that is followed; deeper locations count to the one around them.
const MOST_NESTING: usize = 32;

/// The locations of a server as a tree.
#[derive(Debug, Default)]
pub(super) struct Locations {
    root: Location,
}

#[derive(Debug, Default)]
struct Location {
    shape: Option<Shape>,
    /// Positions of its routes, in the order of the text.
    routes: Vec<usize>,
    within: Vec<Location>,
    /// What the paths of `within` begin with.
    starts: Starts,
}

#[derive(Debug)]
struct Shape {
    path: PathMatch,
    fitter: Fitter,
}

/// Locations that were found on the way: only the last may be sure.
pub(super) type Found<'l> = Vec<(Fit, &'l [usize])>;

impl Locations {
    pub(super) fn new(routes: &[Route]) -> Self {
        let mut root = Location::default();
        for (at, route) in routes.iter().enumerate().filter(|(_, route)| route.priority <= 0) {
            let mut location = &mut root;
            let mut path = &route.path;
            for _ in 0..MOST_NESTING {
                match path {
                    PathMatch::Within { outer, inner } => {
                        location = location.child(outer);
                        path = inner;
                    }
                    _ => break,
                }
            }
            match path {
                PathMatch::Any => location.routes.push(at),
                path => location.child(path).routes.push(at),
            }
        }
        Self { root }
    }

    /// The routes of the location that answers `path`, after those that perhaps do.
    pub(super) fn find(&self, path: &str) -> Found<'_> {
        let mut perhaps = Found::new();
        let found = self.root.find(path, &mut perhaps).map_or(&self.root, |(location, _)| location);
        perhaps.push((Fit::Yes, &found.routes));
        perhaps
    }
}

impl Location {
    fn child(&mut self, path: &PathMatch) -> &mut Self {
        let known =
            self.within.iter().position(|l| l.shape.as_ref().is_some_and(|shape| shape.path == *path));
        let at = known.unwrap_or_else(|| {
            let shape = Shape { path: path.clone(), fitter: Fitter::new(path) };
            self.starts.push(path);
            self.within.push(Self { shape: Some(shape), ..Self::default() });
            self.within.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "found, or pushed just before")]
        &mut self.within[at]
    }

    /// The location within this one that answers, and whether the search ends with it.
    fn find<'l>(&'l self, path: &str, perhaps: &mut Found<'l>) -> Option<(&'l Self, bool)> {
        let mut longest: Option<(&Self, usize, bool)> = None;
        let beginning = self.starts.find(path);
        for location in beginning.iter().filter_map(|at| self.within.get(*at)) {
            match location.shape.as_ref().map(|shape| &shape.path) {
                Some(PathMatch::Exact(text)) if &**text == path => return Some((location, true)),
                Some(prefix @ (PathMatch::Prefix(text) | PathMatch::FirmPrefix(text)))
                    if path.starts_with(&**text) && longest.is_none_or(|(_, most, _)| text.len() > most) =>
                {
                    longest = Some((location, text.len(), matches!(prefix, PathMatch::FirmPrefix(_))));
                }
                _ => {}
            }
        }
        let mut remembered = None;
        if let Some((location, _, _)) = longest {
            remembered = Some(location);
            match location.find(path, perhaps) {
                Some((inner, true)) => return Some((inner, true)),
                Some((inner, false)) => remembered = Some(inner),
                None => {}
            }
        }
        if !longest.is_some_and(|(_, _, firm)| firm) {
            for location in beginning.iter().filter_map(|at| self.within.get(*at)) {
                let Some(shape) = &location.shape else { continue };
                if matches!(shape.path, PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::FirmPrefix(_))
                {
                    continue;
                }
                match shape.fitter.fit(path) {
                    Fit::No => {}
                    Fit::Perhaps => perhaps.push((Fit::Perhaps, &location.routes)),
                    Fit::Yes => {
                        let inner = location.find(path, perhaps).map_or(location, |(inner, _)| inner);
                        return Some((inner, true));
                    }
                }
            }
        }
        remembered.map(|location| (location, false))
    }
}
