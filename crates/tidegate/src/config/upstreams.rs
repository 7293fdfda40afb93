//! Which upstream an operation's requests go to: the one that its own intent names, else its document's,
//! else the one for everything.

use gateway::blueprint::UpstreamPlan;
use policy::authorize::Declared;
use spec::decode::Spanned;
use spec::diagnostic::Diagnostic;

use super::Config;
use super::load::Loader;

impl Loader {
    /// Tells of a name that no upstream has.
    pub(super) fn known_upstream(&mut self, config: &Config, name: &Spanned<String>) {
        if let Some((message, help)) = unknown_upstream(config, &name.value) {
            self.error("CONFIG-005", message, name.span, help);
        }
    }

    /// The upstream that an operation's own intent names; the place of `otherwise` where it names none.
    pub(super) fn own_upstream(
        &mut self,
        config: &Config,
        upstreams: &[UpstreamPlan],
        declared: &Declared,
        otherwise: usize,
    ) -> usize {
        let Some(name) = declared.intent.as_ref().and_then(|intent| intent.upstream.clone()) else {
            return otherwise;
        };
        if let Some((message, help)) = unknown_upstream(config, &name) {
            self.tell_of(&declared.endpoint, |at| Diagnostic::error("CONFIG-005", message, at).help(help));
        }
        upstreams.iter().position(|plan| *plan.name == *name).unwrap_or(otherwise)
    }
}

/// What is said of an upstream that is not there, and what to do.
fn unknown_upstream(config: &Config, name: &str) -> Option<(String, String)> {
    if config.upstreams.contains_key(name) {
        return None;
    }
    let known: Vec<_> = config.upstreams.keys().map(|known| format!("`{known}`")).collect();
    let message = format!("there is no upstream `{}`", name.chars().take(60).collect::<String>());
    let help = if known.is_empty() {
        "name it under `upstreams:`".to_owned()
    } else {
        format!("there is {}", known.join(", "))
    };
    Some((message, help))
}
