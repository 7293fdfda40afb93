//! Which route of a front answers a request.
//!
//! [`Picker`] compiles a front once and is asked many times; [`Front::pick`] and [`Front::routes_of`]
//! are short for one question. A path is taken as it stands, without its query; nothing is decoded.
//!
//! What cannot be known is never taken for a match: a route with further conditions, or with a regular
//! expression that the linear engine does not read (a look-around, a back reference), *perhaps*
//! answers, and what stands behind it perhaps does too.

mod fit;
mod nginx;
mod sample;
mod starts;

use domain::{Endpoint, Method};

use super::{Front, PathMatch, Precedence, Route};
use fit::{Fit, Fitter};
use starts::Starts;

pub(crate) use fit::{host_fits, path_fits, readable_pattern};

/// A front, made ready for many questions. Costs one compilation of every regular expression, of which
/// each may take 256 KiB.
#[derive(Debug)]
pub struct Picker<'f> {
    front: &'f Front,
    paths: Vec<Fitter>,
    /// Positions of the routes, the one that is asked first in front; with `locations` only those that
    /// are asked before all locations.
    order: Vec<usize>,
    /// What the paths of `order` begin with.
    starts: Starts,
    locations: Option<nginx::Locations>,
    /// Hosts that stand for all hosts, bare.
    hosts: Vec<String>,
    /// Endings of paths that regular expressions of the routes ask for.
    endings: Vec<String>,
}

/// What can answer a path, whatever the method and the host.
struct AtPath<'p> {
    path: &'p str,
    /// Positions of routes, in their order.
    ahead: Vec<usize>,
    located: nginx::Found<'p>,
}

impl Front {
    /// The route that answers such a request, if any does: the first, in the product's order, that
    /// matches without further conditions; where there is none, the first that perhaps matches.
    #[must_use]
    pub fn pick(&self, method: &str, host: &str, path: &str) -> Option<&Route> {
        Picker::new(self).pick(method, host, path)
    }

    /// The routes that can serve a door, in the order of the text.
    ///
    /// Tried with every host that the routes name, and for each parameter with a number, a UUID and a
    /// word.
    #[must_use]
    pub fn routes_of(&self, door: &Endpoint) -> Vec<&Route> {
        Picker::new(self).routes_of(door)
    }
}

impl<'f> Picker<'f> {
    /// Makes `front` ready.
    #[must_use]
    pub fn new(front: &'f Front) -> Self {
        let paths: Vec<Fitter> = front.routes.iter().map(|route| Fitter::new(&route.path)).collect();
        let mut order: Vec<usize> = (0..front.routes.len()).collect();
        match front.precedence {
            Precedence::FirstMatch | Precedence::NginxLocations => {}
            Precedence::ExactThenLongest => order.sort_by_key(|at| front.routes.get(*at).map(exactness)),
            Precedence::Priority => order.sort_by_key(|at| {
                let route = front.routes.get(*at);
                route.map(|route| (std::cmp::Reverse(route.priority), std::cmp::Reverse(length(&route.path))))
            }),
        }
        let nginx = front.precedence == Precedence::NginxLocations;
        if nginx {
            order.retain(|at| front.routes.get(*at).is_some_and(|route| route.priority > 0));
        }
        let starts =
            Starts::new(order.iter().filter_map(|at| front.routes.get(*at)).map(|route| &route.path));
        let locations = nginx.then(|| nginx::Locations::new(&front.routes));
        let (hosts, endings) = (sample::hosts(&front.routes), sample::endings(&front.routes));
        Self { front, paths, order, starts, locations, hosts, endings }
    }

    /// As [`Front::pick`].
    #[must_use]
    pub fn pick(&self, method: &str, host: &str, path: &str) -> Option<&'f Route> {
        let candidates = self.candidates(method, &fit::bare_host(host), &self.at_path(path));
        let (sure, at) = candidates.last().copied()?;
        let at = if sure == Fit::Yes { at } else { candidates.first()?.1 };
        self.front.routes.get(at)
    }

    /// Every route that can answer such a request: those that perhaps match, in the product's order, up
    /// to the first that surely does.
    #[must_use]
    pub fn may_serve(&self, method: &str, host: &str, path: &str) -> Vec<&'f Route> {
        let candidates = self.candidates(method, &fit::bare_host(host), &self.at_path(path));
        candidates.iter().filter_map(|(_, at)| self.front.routes.get(*at)).collect()
    }

    /// As [`Front::routes_of`].
    #[must_use]
    pub fn routes_of(&self, door: &Endpoint) -> Vec<&'f Route> {
        self.positions_of(door).into_iter().filter_map(|at| self.front.routes.get(at)).collect()
    }

    /// As [`Front::routes_of`], by position. Costs what the door has of paths, times the routes that may
    /// match these, times the hosts; routes on other paths cost nothing.
    #[must_use]
    pub fn positions_of(&self, door: &Endpoint) -> Vec<usize> {
        self.positions(door, sample::paths(door.template()))
    }

    /// The routes that serve a door whose last segment is any text, where this text ends as regular
    /// expressions of the front ask (`/orders/17.json` at `\.json$`), by position.
    #[must_use]
    pub fn positions_by_ending(&self, door: &Endpoint) -> Vec<usize> {
        self.positions(door, sample::ending(door.template(), &self.endings))
    }

    fn positions(&self, door: &Endpoint, paths: Vec<String>) -> Vec<usize> {
        let mut serving = Vec::new();
        for path in paths {
            let at_path = self.at_path(&path);
            if at_path.ahead.is_empty() && at_path.located.iter().all(|(_, routes)| routes.is_empty()) {
                continue;
            }
            for host in &self.hosts {
                let found = self.candidates(door.method().as_str(), host, &at_path);
                serving.extend(found.into_iter().map(|(_, at)| at));
            }
            serving.sort_unstable();
            serving.dedup();
        }
        serving
    }

    fn at_path<'p>(&'p self, path: &'p str) -> AtPath<'p> {
        let ahead = self.starts.find(path).into_iter().filter_map(|rank| self.order.get(rank).copied());
        let located = self.locations.as_ref().map(|locations| locations.find(path));
        AtPath { path, ahead: ahead.collect(), located: located.unwrap_or_default() }
    }

    /// Positions of the routes that can answer at a bare host; only the last may be sure.
    fn candidates(&self, method: &str, host: &str, at_path: &AtPath<'_>) -> Vec<(Fit, usize)> {
        let routes = &self.front.routes;
        let mut found = Vec::new();
        for at in &at_path.ahead {
            let (Some(route), Some(fitter)) = (routes.get(*at), self.paths.get(*at)) else { continue };
            let mut fit = beside_path(route, method, host);
            if fit != Fit::No {
                fit = fit.and(fitter.fit(at_path.path));
            }
            if fit != Fit::No {
                found.push((fit, *at));
            }
            if fit == Fit::Yes {
                return found;
            }
        }
        for (place, located) in &at_path.located {
            if found.last().is_some_and(|(fit, _)| *fit == Fit::Yes) {
                break;
            }
            for at in *located {
                let Some(route) = routes.get(*at) else { continue };
                let fit = beside_path(route, method, host).and(*place);
                if fit != Fit::No {
                    found.push((fit, *at));
                }
                if fit == Fit::Yes {
                    break;
                }
            }
        }
        found
    }
}

/// Whether everything but the path matches.
fn beside_path(route: &Route, method: &str, host: &str) -> Fit {
    let method_fits = route.methods.is_empty()
        || route.methods.iter().any(|allowed| &**allowed == method)
        // RFC 9110 section 9.3.2: HEAD is GET without the content.
        || method == Method::Head.as_str() && route.methods.iter().any(|allowed| &**allowed == "GET");
    let host_fits = route.hosts.is_empty() || route.hosts.iter().any(|pattern| fit::host_fits(pattern, host));
    match method_fits && host_fits {
        false => Fit::No,
        true if route.conditional => Fit::Perhaps,
        true => Fit::Yes,
    }
}

/// The key of [`Precedence::ExactThenLongest`]; the smallest is asked first.
fn exactness(route: &Route) -> impl Ord + use<> {
    let host =
        route.hosts.iter().map(|host| (u8::from(host.starts_with('*')), usize::MAX - host.len())).min();
    let (kind, length) = (kind(&route.path), length(&route.path));
    (host.unwrap_or((2, 0)), kind, std::cmp::Reverse(length), route.methods.is_empty(), !route.conditional)
}

fn kind(path: &PathMatch) -> u8 {
    match path {
        PathMatch::Exact(_) => 0,
        PathMatch::Prefix(_) | PathMatch::FirmPrefix(_) | PathMatch::Segments(_) | PathMatch::Template(_) => {
            1
        }
        PathMatch::Within { inner, .. } => kind(inner),
        PathMatch::All(parts) => parts.iter().map(kind).min().unwrap_or(3),
        PathMatch::Regex { .. } => 2,
        PathMatch::Any | PathMatch::Not(_) => 3,
    }
}

fn length(path: &PathMatch) -> usize {
    match path {
        PathMatch::Exact(text)
        | PathMatch::Prefix(text)
        | PathMatch::FirmPrefix(text)
        | PathMatch::Segments(text)
        | PathMatch::Template(text)
        | PathMatch::Regex { pattern: text, .. } => text.len(),
        PathMatch::Within { inner, .. } => length(inner),
        PathMatch::All(parts) => parts.iter().map(length).max().unwrap_or(0),
        PathMatch::Any | PathMatch::Not(_) => 0,
    }
}

#[cfg(test)]
mod tests;
