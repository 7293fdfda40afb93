//! A method and decoded path segments to one of some endpoints.
//!
//! A literal beats a pattern, a pattern a parameter, a parameter the rest, segment by segment from
//! the left; an endpoint whose method differs does not hide a wider one that has it. It decodes no
//! path, and it judges nothing.
//!
//! Every branch is visited at most once for a request, because a branch is reached by one way only:
//! the cost is bounded by the number of branches, whatever the path.
//!
//! ```
//! use domain::Method;
//! let doors = ["GET /orders/{id}", "GET /orders/latest", "PUT /files/{*path}"];
//! let router = spec::router::Router::new(doors.map(|door| door.parse().unwrap()));
//! assert_eq!(router.route(&Method::Get, &["orders", "latest"]).unwrap().index, 1);
//! assert_eq!(router.route(&Method::Head, &["orders", "7"]).unwrap().parameters[0].name, "id");
//! assert_eq!(router.route(&Method::Put, &["files", "a", "b"]).unwrap().parameters[0].value, "a/b");
//! assert!(router.route(&Method::Get, &["orders"]).is_none());
//! ```

use std::borrow::Cow;
use std::sync::Arc;

use domain::{Endpoint, Method, Segment};
use smallvec::SmallVec;

use crate::pattern::Pattern;

/// The endpoints as a tree of segments.
#[derive(Debug, Default)]
pub struct Router {
    root: Branch,
    /// The names of each endpoint's parameters from left to right.
    names: Vec<Vec<Arc<str>>>,
    shadowed: Vec<(usize, usize)>,
}

/// An endpoint that a request matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'r, 's> {
    /// Its position among the endpoints that the router was made of.
    pub index: usize,
    /// The values of its path parameters from left to right.
    pub parameters: SmallVec<[Parameter<'r, 's>; 4]>,
}

/// A path parameter of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter<'r, 's> {
    /// Its name, without braces.
    pub name: &'r str,
    /// Its decoded value, never empty; for `{*rest}` the segments joined by `/`, which may be none.
    pub value: Cow<'s, str>,
}

/// One position in the tree.
#[derive(Debug, Default)]
struct Branch {
    /// Sorted by text.
    literals: Vec<(Arc<str>, Branch)>,
    /// The one with the most fixed text first.
    patterns: Vec<(Pattern, Branch)>,
    parameter: Option<Box<Branch>>,
    /// Endpoints that end here.
    ends: Vec<(Method, usize)>,
    /// Endpoints that take whatever follows.
    rests: Vec<(Method, usize)>,
}

impl Router {
    /// The router of `endpoints`. Of two that match the same requests the first one counts.
    pub fn new(endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        let mut router = Self::default();
        for (index, endpoint) in endpoints.into_iter().enumerate() {
            let mut branch = &mut router.root;
            let mut names = Vec::new();
            let mut rest = false;
            for segment in endpoint.template().segments() {
                branch = match segment {
                    Segment::Literal(text) => branch.literal(text),
                    Segment::Parameter(name) => match Pattern::of_name(&name) {
                        Some(pattern) => {
                            names.extend(pattern.names().cloned());
                            branch.pattern(pattern)
                        }
                        None => {
                            names.push(name);
                            branch.parameter.get_or_insert_default()
                        }
                    },
                    Segment::Rest(name) => {
                        names.push(name);
                        rest = true;
                        break;
                    }
                };
            }
            let ends = if rest { &mut branch.rests } else { &mut branch.ends };
            match ends.iter().find(|(method, _)| method == endpoint.method()) {
                Some((_, first)) => router.shadowed.push((*first, index)),
                None => ends.push((endpoint.method().clone(), index)),
            }
            router.names.push(names);
        }
        router
    }

    /// Pairs of endpoints that match the same requests: the one that counts, and the one that never does.
    #[must_use]
    pub fn shadowed(&self) -> &[(usize, usize)] {
        &self.shadowed
    }

    /// The endpoint of a request. `HEAD` has that of `GET`, and its own only where there is no `GET`.
    ///
    /// `segments` are the decoded parts between slashes: `/` is one empty segment, `/a/` is `a` and
    /// an empty one. Allocates only to join the segments of a `{*rest}`, or past four parameters.
    pub fn route<'r, 's, S: AsRef<str>>(
        &'r self,
        method: &Method,
        segments: &'s [S],
    ) -> Option<Match<'r, 's>> {
        let mut values = Values::new();
        let found = match method {
            Method::Head => self
                .root
                .find(&Method::Get, segments, &mut values)
                .or_else(|| self.root.find(&Method::Head, segments, &mut values)),
            other => self.root.find(other, segments, &mut values),
        };
        let index = found?;
        let names = self.names.get(index)?;
        let parameters = names.iter().zip(values).map(|(name, value)| Parameter { name, value }).collect();
        Some(Match { index, parameters })
    }

    /// The methods of every endpoint whose path matches, for `Allow` and for a CORS preflight.
    ///
    /// In the order of the tree, none twice; `HEAD` wherever there is `GET`. Empty: no such path.
    pub fn methods<S: AsRef<str>>(&self, segments: &[S]) -> SmallVec<[Method; 8]> {
        let mut found = SmallVec::new();
        self.root.methods(segments, &mut found);
        if found.contains(&Method::Get) && !found.contains(&Method::Head) {
            found.push(Method::Head);
        }
        found
    }
}

type Values<'s> = SmallVec<[Cow<'s, str>; 4]>;

impl Branch {
    fn literal(&mut self, text: Arc<str>) -> &mut Self {
        let at = match self.literals.binary_search_by(|(known, _)| known.cmp(&text)) {
            Ok(at) => at,
            Err(at) => {
                self.literals.insert(at, (text, Self::default()));
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "`at` was found or filled in the lines above")]
        &mut self.literals[at].1
    }

    fn pattern(&mut self, pattern: Pattern) -> &mut Self {
        let at = match self.patterns.iter().position(|(known, _)| known.shape() == pattern.shape()) {
            Some(at) => at,
            None => {
                let before = |known: &Pattern| known.fixed_bytes() >= pattern.fixed_bytes();
                let at = self.patterns.partition_point(|(known, _)| before(known));
                self.patterns.insert(at, (pattern, Self::default()));
                at
            }
        };
        #[expect(clippy::indexing_slicing, reason = "`at` was found or filled in the lines above")]
        &mut self.patterns[at].1
    }

    /// The best endpoint below. Recurses as deep as templates are long: at most 64.
    fn find<'s, S: AsRef<str>>(
        &self,
        method: &Method,
        segments: &'s [S],
        values: &mut Values<'s>,
    ) -> Option<usize> {
        let of_method = |ends: &[(Method, usize)]| {
            ends.iter().find(|(known, _)| known == method).map(|(_, index)| *index)
        };
        if let Some((first, after)) = segments.split_first() {
            let first = first.as_ref();
            let literal = self.literals.binary_search_by(|(known, _)| (**known).cmp(first)).ok();
            if let Some((_, branch)) = literal.and_then(|at| self.literals.get(at))
                && let Some(found) = branch.find(method, after, values)
            {
                return Some(found);
            }
            let before = values.len();
            for (pattern, branch) in &self.patterns {
                if let Some(captured) = pattern.capture(first) {
                    values.extend(captured.into_iter().map(Cow::Borrowed));
                    if let Some(found) = branch.find(method, after, values) {
                        return Some(found);
                    }
                    values.truncate(before);
                }
            }
            if let Some(branch) = &self.parameter
                && !first.is_empty()
            {
                values.push(Cow::Borrowed(first));
                if let Some(found) = branch.find(method, after, values) {
                    return Some(found);
                }
                values.truncate(before);
            }
        } else if let Some(found) = of_method(&self.ends) {
            return Some(found);
        }
        let found = of_method(&self.rests)?;
        values.push(match segments {
            [] => Cow::Borrowed(""),
            [one] => Cow::Borrowed(one.as_ref()),
            many => Cow::Owned(many.iter().map(AsRef::as_ref).collect::<Vec<_>>().join("/")),
        });
        Some(found)
    }

    fn methods<S: AsRef<str>>(&self, segments: &[S], found: &mut SmallVec<[Method; 8]>) {
        let mut add = |ends: &[(Method, usize)]| {
            for (method, _) in ends {
                if !found.contains(method) {
                    found.push(method.clone());
                }
            }
        };
        add(&self.rests);
        let Some((first, after)) = segments.split_first() else { return add(&self.ends) };
        let first = first.as_ref();
        if let Ok(at) = self.literals.binary_search_by(|(known, _)| (**known).cmp(first))
            && let Some((_, branch)) = self.literals.get(at)
        {
            branch.methods(after, found);
        }
        for (pattern, branch) in &self.patterns {
            if pattern.capture(first).is_some() {
                branch.methods(after, found);
            }
        }
        if let Some(branch) = &self.parameter
            && !first.is_empty()
        {
            branch.methods(after, found);
        }
    }
}
