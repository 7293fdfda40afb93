//! Each precedence against a slow model that asks every pair of routes which comes first.

use proptest::prelude::*;

use super::*;
use crate::inventory::{Auth, Kind, Place, Rate, Reach};

fn route(nth: usize, path: PathMatch) -> Route {
    Route {
        name: nth.to_string().into(),
        hosts: Vec::new(),
        path,
        methods: Vec::new(),
        conditional: false,
        priority: 0,
        auth: Auth::Open,
        rate: Rate::Unlimited,
        reach: Reach::World,
        upstream: None,
        rewrite: None,
        at: Place::default(),
    }
}

fn front(precedence: Precedence, routes: Vec<Route>) -> Front {
    Front {
        kind: Kind::Nginx,
        name: "t".into(),
        listeners: Vec::new(),
        precedence,
        routes,
        at: Place::default(),
    }
}

fn name(route: Option<&Route>) -> String {
    route.map_or_else(|| "none".to_owned(), |route| route.name.to_string())
}

/// Whether a path matches, said once more and without a regular expression.
fn plainly_fits(path: &PathMatch, asked: &str) -> bool {
    match path {
        PathMatch::Any => true,
        PathMatch::Exact(text) => &**text == asked,
        PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => asked.starts_with(&**text),
        PathMatch::Segments(text) => {
            let (want, have): (Vec<&str>, Vec<&str>) =
                (text.trim_end_matches('/').split('/').collect(), asked.split('/').collect());
            have.len() >= want.len() && have[..want.len()] == want[..]
        }
        PathMatch::Template(text) => {
            let (want, have): (Vec<&str>, Vec<&str>) =
                (text.split('/').collect(), asked.split('/').collect());
            want.len() == have.len()
                && want
                    .iter()
                    .zip(&have)
                    .all(|(w, h)| if w.starts_with('{') { !h.is_empty() } else { w == h })
        }
        PathMatch::Regex { pattern, .. } => match &**pattern {
            "^/a" => asked.starts_with("/a"),
            "b$" => asked.ends_with('b'),
            "/b" => asked.contains("/b"),
            other => panic!("no plain meaning for {other}"),
        },
        PathMatch::Within { outer, inner } => plainly_fits(outer, asked) && plainly_fits(inner, asked),
        PathMatch::All(parts) => parts.iter().all(|part| plainly_fits(part, asked)),
        PathMatch::Not(part) => !plainly_fits(part, asked),
    }
}

fn method_fits(route: &Route, method: &str) -> bool {
    route.methods.is_empty() || route.methods.iter().any(|allowed| &**allowed == method)
}

/// The slow model: of all routes that fit, the one that no other comes before.
fn slowly(front: &Front, method: &str, path: &str) -> String {
    let fits: Vec<(usize, &Route)> = front
        .routes
        .iter()
        .enumerate()
        .filter(|(_, route)| plainly_fits(&route.path, path) && method_fits(route, method))
        .collect();
    let text = |route: &Route| match &route.path {
        PathMatch::Exact(t)
        | PathMatch::Prefix(t)
        | PathMatch::FirmPrefix(t)
        | PathMatch::Segments(t)
        | PathMatch::Template(t) => t.len(),
        PathMatch::Regex { pattern, .. } => pattern.len(),
        _ => 0,
    };
    let rank = |route: &Route| match &route.path {
        PathMatch::Exact(_) => 0,
        PathMatch::Prefix(_) | PathMatch::FirmPrefix(_) | PathMatch::Segments(_) | PathMatch::Template(_) => {
            1
        }
        PathMatch::Regex { .. } => 2,
        _ => 3,
    };
    let before = |(one_at, one): (usize, &Route), (other_at, other): (usize, &Route)| match front.precedence {
        Precedence::FirstMatch => one_at < other_at,
        Precedence::Priority => {
            (-one.priority, usize::MAX - text(one), one_at)
                < (-other.priority, usize::MAX - text(other), other_at)
        }
        Precedence::ExactThenLongest => {
            (rank(one), usize::MAX - text(one), one.methods.is_empty(), one_at)
                < (rank(other), usize::MAX - text(other), other.methods.is_empty(), other_at)
        }
        Precedence::NginxLocations => unreachable!("has a model of its own"),
    };
    let first = fits.iter().find(|one| fits.iter().all(|other| one.0 == other.0 || before(**one, *other)));
    name(first.map(|(_, route)| *route))
}

/// nginx without nesting, in the words of its manual.
fn slowly_as_nginx(front: &Front, path: &str) -> String {
    let fits: Vec<&Route> = front.routes.iter().filter(|route| plainly_fits(&route.path, path)).collect();
    if let Some(exact) = fits.iter().find(|route| matches!(route.path, PathMatch::Exact(_))) {
        return name(Some(exact));
    }
    let mut longest: Option<(&Route, usize, bool)> = None;
    for route in &fits {
        let (text, firm) = match &route.path {
            PathMatch::Prefix(text) => (text, false),
            PathMatch::FirmPrefix(text) => (text, true),
            _ => continue,
        };
        if longest.is_none_or(|(_, most, _)| text.len() > most) {
            longest = Some((route, text.len(), firm));
        }
    }
    let regex = fits.iter().find(|route| matches!(route.path, PathMatch::Regex { .. }));
    match (longest, regex) {
        (Some((route, _, true)), _) => name(Some(route)),
        (_, Some(regex)) => name(Some(regex)),
        (Some((route, _, false)), None) => name(Some(route)),
        (None, None) => "none".to_owned(),
    }
}

fn text() -> impl Strategy<Value = String> {
    "(/(a|b|ab|1)){1,3}/?"
}

fn path_match() -> impl Strategy<Value = PathMatch> {
    let regex = prop::sample::select(vec!["^/a", "b$", "/b"]).prop_map(|pattern| PathMatch::Regex {
        pattern: pattern.into(),
        ignore_case: false,
        whole: false,
    });
    prop_oneof![
        text().prop_map(|t| PathMatch::Exact(t.into())),
        text().prop_map(|t| PathMatch::Prefix(t.into())),
        text().prop_map(|t| PathMatch::Segments(t.into())),
        text().prop_map(|t| PathMatch::Template(t.replace("ab", "{x}").into())),
        regex,
        Just(PathMatch::Any),
        text().prop_map(|t| PathMatch::Not(Box::new(PathMatch::Prefix(t.into())))),
    ]
}

fn precedence() -> impl Strategy<Value = Precedence> {
    prop::sample::select(vec![Precedence::FirstMatch, Precedence::Priority, Precedence::ExactThenLongest])
}

proptest! {
    #[test]
    fn every_precedence_picks_what_the_slow_model_picks(
        precedence in precedence(),
        parts in prop::collection::vec((path_match(), 0_i64..3, any::<Option<bool>>()), 0..8),
        asked in prop::collection::vec((text(), prop::sample::select(vec!["GET", "POST"])), 1..12),
    ) {
        let routes = parts.into_iter().enumerate().map(|(nth, (path, priority, method))| Route {
            priority,
            methods: method.map(|get| if get { "GET".into() } else { "POST".into() }).into_iter().collect(),
            ..route(nth, path)
        });
        let front = front(precedence, routes.collect());
        let picker = Picker::new(&front);
        for (path, method) in asked {
            prop_assert_eq!(name(picker.pick(method, "any.example", &path)), slowly(&front, method, &path));
        }
    }

    #[test]
    fn locations_side_by_side_are_picked_as_the_manual_of_nginx_says(
        parts in prop::collection::vec((path_match(), any::<bool>()), 0..8),
        asked in prop::collection::vec(text(), 1..12),
    ) {
        let mut routes: Vec<Route> = Vec::new();
        for (path, firm) in parts {
            let path = match path {
                PathMatch::Prefix(text) if firm => PathMatch::FirmPrefix(text),
                PathMatch::Exact(_) | PathMatch::Prefix(_) | PathMatch::Regex { .. } => path,
                _ => continue,
            };
            // nginx refuses two prefixes of one text.
            let text = |path: &PathMatch| match path {
                PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) => Some(text.clone()),
                _ => None,
            };
            let twice = routes.iter().any(|r| r.path == path || text(&path).is_some() && text(&r.path) == text(&path));
            if !twice {
                routes.push(route(routes.len(), path));
            }
        }
        let front = front(Precedence::NginxLocations, routes);
        let picker = Picker::new(&front);
        for path in asked {
            prop_assert_eq!(name(picker.pick("GET", "any.example", &path)), slowly_as_nginx(&front, &path));
        }
    }
}

#[test]
fn hosts_fit_by_name_wildcard_and_port() {
    for (pattern, host, fits) in [
        ("a.example", "A.example:8080", true),
        ("a.example", "a.example.", true),
        ("*.example", "a.example", true),
        ("*.example", "a.b.example", true),
        ("*.example", "example", false),
        ("a.*", "a.example", true),
        ("a.*", "b.example", false),
        ("*", "anything", true),
        ("a.example", "b.example", false),
    ] {
        let routes = vec![Route { hosts: vec![pattern.into()], ..route(0, PathMatch::Any) }];
        let front = front(Precedence::FirstMatch, routes);
        assert_eq!(front.pick("GET", host, "/").is_some(), fits, "{host} by {pattern}");
    }
}

#[test]
fn the_more_exact_host_comes_first_in_a_cluster() {
    let hosts = |nth, host: &str| Route { hosts: vec![host.into()], ..route(nth, PathMatch::Any) };
    let routes = vec![route(0, PathMatch::Exact("/a".into())), hosts(1, "*.example"), hosts(2, "a.example")];
    let front = front(Precedence::ExactThenLongest, routes);
    for (host, expected) in [("a.example", "2"), ("b.example", "1"), ("other.test", "0")] {
        assert_eq!(name(front.pick("GET", host, "/a")), expected, "{host}");
    }
}

#[test]
fn a_condition_is_no_match_and_hides_nothing_behind_it() {
    let unreadable = PathMatch::Regex { pattern: "^/(?!b)".into(), ignore_case: false, whole: false };
    let routes = vec![
        Route { conditional: true, ..route(0, PathMatch::Any) },
        route(1, unreadable),
        route(2, PathMatch::Prefix("/a".into())),
        route(3, PathMatch::Any),
    ];
    let front = front(Precedence::FirstMatch, routes);
    let picker = Picker::new(&front);
    let names =
        |path| picker.may_serve("GET", "h", path).iter().map(|r| &*r.name).collect::<Vec<_>>().join(" ");
    assert_eq!(names("/a"), "0 1 2");
    assert_eq!(names("/b"), "0 1 3");
    assert_eq!(name(picker.pick("GET", "h", "/a")), "2");
    let only = super::super::Front { routes: front.routes[..1].to_vec(), ..front.clone() };
    assert_eq!(name(only.pick("GET", "h", "/a")), "0", "what perhaps answers is better than nothing");
}

#[test]
fn a_door_is_served_by_every_route_that_some_value_of_its_parameters_reaches() {
    let digits = PathMatch::Regex { pattern: "^/o/[0-9]+$".into(), ignore_case: false, whole: false };
    let uuid = PathMatch::Regex { pattern: "^/o/[0-9a-f-]{36}$".into(), ignore_case: false, whole: false };
    let routes = vec![
        route(0, digits),
        route(1, uuid),
        route(2, PathMatch::Exact("/o/export".into())),
        Route { hosts: vec!["*.example".into()], ..route(3, PathMatch::Prefix("/o/".into())) },
        route(4, PathMatch::Prefix("/".into())),
        Route { methods: vec!["POST".into()], ..route(5, PathMatch::Any) },
    ];
    let front = front(Precedence::FirstMatch, routes);
    let names = |door: &str| {
        let door = door.parse().unwrap();
        front.routes_of(&door).iter().map(|route| route.name.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("GET /o/{id}"), "0 1 3 4");
    assert_eq!(names("GET /other"), "4");
    assert_eq!(names("GET /o/export"), "2");
    assert_eq!(names("GET /o/{id}/lines/{line}"), "3 4");
}

#[test]
fn head_is_served_by_what_serves_get() {
    let front = front(
        Precedence::FirstMatch,
        vec![Route { methods: vec!["GET".into()], ..route(0, PathMatch::Any) }],
    );
    assert_eq!(name(front.pick("HEAD", "h", "/")), "0");
    assert_eq!(name(front.pick("POST", "h", "/")), "none");
}
