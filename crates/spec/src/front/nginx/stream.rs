//! `stream` of nginx: where its connections are passed on to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::guard::shown;
use super::super::stream::Pass;
use super::tree::Directive;

/// The passes of a `stream` block.
pub(super) fn passes(directives: &[Directive]) -> Vec<Pass> {
    let named = |name: &'static str| directives.iter().filter(move |d| &*d.name.text == name);
    let upstreams: BTreeMap<&str, Vec<Arc<str>>> = named("upstream")
        .map(|upstream| {
            let servers = upstream.within().iter().filter(|d| &*d.name.text == "server");
            (upstream.arg(0), servers.map(|server| server.arg(0).into()).collect())
        })
        .collect();
    let maps: BTreeMap<&str, Vec<&str>> = named("map")
        .map(|map| {
            let values = map.within().iter().filter(|d| !matches!(&*d.name.text, "hostnames" | "volatile"));
            (map.arg(1), values.map(|value| value.arg(0)).collect())
        })
        .collect();
    let resolve =
        |to: &str| -> Vec<Arc<str>> { upstreams.get(to).cloned().unwrap_or_else(|| vec![to.into()]) };
    named("server")
        .flat_map(Directive::within)
        .filter(|directive| &*directive.name.text == "proxy_pass")
        .map(|pass| {
            let to = pass.arg(0);
            let targets = match maps.get(to) {
                Some(values) => values.iter().flat_map(|value| resolve(value)).collect(),
                None => resolve(to),
            };
            Pass {
                code: "NGINX-006",
                what: "a stream".into(),
                to: shown(to),
                targets,
                inside: false,
                help: None,
                at: pass.at(),
            }
        })
        .collect()
}
