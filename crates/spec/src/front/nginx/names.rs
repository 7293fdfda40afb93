//! What a server listens on, which names it takes, what its locations and rewrites match, and what names of
//! included files say.

use std::sync::Arc;

use super::super::address::listen_reach;
use super::super::guard::shown;
use super::tree::Directive;
use crate::inventory::{Listener, PathMatch, Place, Reach};

/// Where a server that begins at `at` listens.
pub(super) fn listeners(directives: &[Directive], at: Place) -> Vec<Listener> {
    let old_style = directives.iter().any(|d| &*d.name.text == "ssl" && d.arg(0) == "on");
    let listens = directives.iter().filter(|d| &*d.name.text == "listen");
    let mut listeners: Vec<Listener> = listens
        .map(|d| Listener {
            address: shown(&d.line()),
            tls: old_style || d.args.iter().skip(1).any(|word| matches!(&*word.text, "ssl" | "quic")),
            redirects: false,
            reach: match d.arg(0) {
                port if port.bytes().all(|byte| byte.is_ascii_digit()) => Reach::World,
                address => listen_reach(address),
            },
            at: d.at(),
        })
        .collect();
    if listeners.is_empty() {
        listeners.push(Listener {
            address: "*:80".into(),
            tls: old_style,
            redirects: false,
            reach: Reach::World,
            at,
        });
    }
    listeners
}

/// Host patterns; none where the server takes every host, or one that a pattern cannot say.
pub(super) fn hosts(names: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut hosts: Vec<Arc<str>> = Vec::new();
    for name in names {
        if name.starts_with('~') || name.contains('$') || matches!(&**name, "_" | "" | "*") {
            return Vec::new();
        }
        match name.strip_prefix('.') {
            Some(domain) => hosts.extend([domain.into(), format!("*.{domain}").into()]),
            None => hosts.push(name.clone()),
        }
    }
    hosts
}

/// `path` within `outer`, which may itself be within another.
pub(super) fn nested(outer: &PathMatch, path: PathMatch) -> PathMatch {
    match outer {
        PathMatch::Within { outer, inner } => {
            PathMatch::Within { outer: outer.clone(), inner: Box::new(nested(inner, path)) }
        }
        outer => PathMatch::Within { outer: Box::new(outer.clone()), inner: Box::new(path) },
    }
}

/// The name and the match of a location.
pub(super) fn matched(directive: &Directive) -> Option<(String, PathMatch)> {
    let first = directive.arg(0);
    let (modifier, text) = match (first, directive.args.get(1)) {
        ("=" | "^~" | "~" | "~*", Some(text)) => (first, &*text.text),
        (_, None) => {
            // nginx also reads `location =/a` and `location ~\.php$`.
            let modifier = ["^~", "~*", "~", "="].into_iter().find(|modifier| first.starts_with(modifier));
            (modifier.unwrap_or(""), first.strip_prefix(modifier.unwrap_or("")).unwrap_or(first))
        }
        _ => return None,
    };
    let name =
        if modifier.is_empty() { shown(text).to_string() } else { format!("{modifier} {}", shown(text)) };
    let path = match modifier {
        "=" => PathMatch::Exact(text.into()),
        "^~" => PathMatch::FirmPrefix(text.into()),
        "~" | "~*" => PathMatch::Regex { pattern: text.into(), ignore_case: modifier == "~*", whole: false },
        _ => PathMatch::Prefix(text.into()),
    };
    Some((name, path))
}

/// Whether `pattern` of a `rewrite` surely matches every path of a location.
pub(super) fn covers(pattern: &str, path: &PathMatch) -> bool {
    let everything = |rest: &str| {
        matches!(rest, "" | "(.*)" | "(.*)$" | ".*" | ".*$" | "?(.*)" | "?(.*)$" | "(?<rest>.*)$")
    };
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    if everything(pattern) || pattern.strip_prefix('/').is_some_and(everything) {
        return true;
    }
    match path {
        PathMatch::Prefix(text) | PathMatch::FirmPrefix(text) | PathMatch::Exact(text) => {
            let text = regex::escape(text);
            pattern.strip_prefix(&*text).is_some_and(everything)
        }
        _ => false,
    }
}

/// Files that only load modules.
pub(super) fn is_module(wanted: &str) -> bool {
    wanted.contains("modules-enabled/") || wanted.contains("share/nginx/modules/")
}

/// Whether an included file lies on another absolute path than below the folder of the main file.
pub(super) fn is_elsewhere(main: &str, name: &str) -> bool {
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    name.starts_with('/') && (folder.is_empty() || !name.starts_with(&format!("{folder}/")))
}

/// Files of every nginx package that only set types, parameters or TLS versions.
pub(super) fn is_parameters(wanted: &str) -> bool {
    let name = wanted.rsplit('/').next().unwrap_or_default();
    matches!(
        name,
        "mime.types"
            | "fastcgi_params"
            | "fastcgi.conf"
            | "fastcgi-php.conf"
            | "uwsgi_params"
            | "scgi_params"
            | "proxy_params"
            | "options-ssl-nginx.conf"
            | "koi-utf"
            | "koi-win"
            | "win-utf"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewrite_covers_a_location_when_nothing_in_it_can_escape_the_pattern() {
        let prefix = PathMatch::Prefix("/old/".into());
        for (pattern, covered) in [
            ("^", true),
            ("^/old/(.*)$", true),
            ("^(.*)$", true),
            ("^/old/(\\d+)$", false),
            ("^/old/a(.*)$", false),
            ("/new", false),
        ] {
            assert_eq!(covers(pattern, &prefix), covered, "{pattern}");
        }
    }
}
