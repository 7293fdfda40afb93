//! What decodes and cannot work, or is likely not meant.

use std::collections::BTreeSet;

use domain::{Audience, ByteSize, Intent, Mode};
use gateway::blueprint::Blueprint;
use gateway::identify::{Identify, KeySource};
use gateway::{Rules, RulesError};
use net::upstream::Tls;
use policy::authorize::{LoadError, Notice, Place};
use spec::diagnostic::Diagnostic;
use spec::tree::Span;
use store::LedgerSettings;

use super::load::Loader;
use super::{Config, Finding, files};

/// The code of a patch that has expired.
pub(crate) const EXPIRED_PATCH: &str = "POLICY-003";

/// Operations that one message names.
const SHOWN: usize = 3;

/// Settings by themselves.
pub(super) fn settings(loader: &mut Loader, config: &Config) {
    if let Err(error) = config.budgets.check() {
        let text = error.to_string();
        // The setting's name stands in the message: `look_ups.address`, `roles.staff`.
        let dotted = text.split('`').skip(1).step_by(2).find(|word| {
            let names: Vec<&str> = ["budgets"].into_iter().chain(word.split('.')).collect();
            loader.place(&names) != loader.place(&["budgets"])
        });
        let names: Vec<&str> =
            ["budgets"].into_iter().chain(dotted.into_iter().flat_map(|word| word.split('.'))).collect();
        let at = loader.place(&names);
        let help = match error {
            policy::budget::SettingsError::Empty { .. } => {
                "leave it out for its default; to lift a budget on purpose, write the greatest: `[{ subjects: 1000000, per: 1h }]`"
            }
            _ => "`tidegate config default` shows every budget with its default",
        };
        loader.error("CONFIG-008", text.clone(), at, help);
    }
    let rates = [
        ("client", config.limits.client),
        ("principal", config.limits.principal),
        ("endpoint", config.limits.endpoint),
    ];
    for (name, rate) in rates {
        if rate.is_some_and(|rate| rate.requests == 0 || rate.per.millis() == 0 || rate.burst == Some(0)) {
            let at = loader.place(&["limits", name]);
            loader.error(
                "CONFIG-008",
                format!("the limit `{name}` lets no request pass"),
                at,
                "write at least 1, or `null` for no limit",
            );
        }
    }
    detectors(loader, config);
    switched_off(loader, config);
    for (key, help) in config.respond.faults() {
        let at = loader.place(&["respond", key]);
        loader.error("CONFIG-008", format!("`{key}` of `respond` cannot be this"), at, help);
    }
    if config.ledger.retention < LedgerSettings::LEAST_RETENTION {
        let at = loader.place(&["ledger", "retention"]);
        let message = format!("a retention of {} forgets what budgets look back to", config.ledger.retention);
        loader.error("CONFIG-008", message, at, "write at least `31d`");
    }
    if config.recent() > ByteSize::mib(256) {
        let message = format!("`recent` cannot be {}", config.recent());
        let help = "write at most `256MiB`; `exchange_log` holds more";
        loader.error("CONFIG-008", message, loader.place(&["recent"]), help);
    }
    let ledger = &config.ledger;
    for (name, nothing) in [
        ("segment_size", ledger.segment_size.bytes() == 0),
        ("segment_age", ledger.segment_age.millis() == 0),
        ("key_period", ledger.key_period.millis() == 0),
        ("append_timeout", ledger.append_timeout.millis() == 0),
    ] {
        if nothing {
            let at = loader.place(&["ledger", name]);
            loader.error("CONFIG-008", format!("`{name}` cannot be 0"), at, "leave it out for its default");
        }
    }
    if config.connections.head_bytes.bytes() < 8 * 1024 {
        let at = loader.place(&["connections", "head_bytes"]);
        loader.error(
            "CONFIG-008",
            "heads of requests need at least 8KiB",
            at,
            "leave it out for its default, `32KiB`",
        );
    }
    if config.connections.connections == 0 || config.connections.headers == 0 {
        let at = loader.place(&["connections"]);
        loader.error(
            "CONFIG-008",
            "0 connections or header lines let no one in",
            at,
            "leave them out for their defaults",
        );
    }
}

fn detectors(loader: &mut Loader, config: &Config) {
    if let Err(error) = config.detect.check() {
        let at = loader.place(&["detect", error.key]);
        loader.error("CONFIG-008", error.to_string(), at, "leave it out for its default");
    }
    let canaries = &config.detect.canaries;
    let at = loader.place(&["detect", "canaries"]);
    if canaries.len() > 1024 {
        let message = format!("{} canaries are more than the 1024 that are looked for", canaries.len());
        loader.error("CONFIG-008", message, at, "a few in each table are enough: the first touch speaks");
    }
    for canary in canaries.iter().map(|canary| canary.trim()) {
        let is_named = canary.contains(['/', '@']) || canary.starts_with('+');
        if !is_named || canary.len() > 256 {
            loader.error(
                "CONFIG-008",
                format!("the canary `{}` is nobody", canary.chars().take(80).collect::<String>()),
                at,
                "write an e-mail, a phone with its country code, or an id with its resource, such as `customer/990001`",
            );
        }
    }
    for role in config.detect.roles.keys().filter(|role| !config.budgets.roles.contains_key(*role)) {
        let at = loader.place(&["detect", "roles", role.as_str()]);
        loader.warn(
            "CONFIG-011",
            format!("the role `{role}` has no budget of its own, so no exchange is known to be in it"),
            at,
            "give it one under `budgets`, `roles`",
        );
    }
}

/// What would tell of a leak or end it, and is not there: said at every start.
fn switched_off(loader: &mut Loader, config: &Config) {
    let words = |words: Vec<&str>| words.join("`, `");
    let deaf: Vec<&str> = config.detect.off.iter().map(|detector| detector.word()).collect();
    let idle: Vec<&str> = config.respond.off.iter().map(|rung| rung.word()).collect();
    let mut warn = |path: [&str; 2], message: String, help: &str| {
        let at = loader.place(&path);
        loader.warn("CONFIG-011", message, at, help);
    };
    if !config.detect.enabled {
        let message = "no detector looks at anything: no leak is told of, and none is ended by an action";
        warn(["detect", "enabled"], message.into(), "leave it out: detectors refuse nobody by themselves");
    } else if !deaf.is_empty() {
        let message = format!("`{}` is not listened to: what only it sees is told to nobody", words(deaf));
        warn(["detect", "off"], message, "leave it empty, unless a detector is wrong about your traffic");
    }
    if config.respond.mode == gateway::RespondMode::Off {
        let message = "signals become no incidents: no leak is ended by itself, and no alert is sent";
        warn(
            ["respond", "mode"],
            message.into(),
            "`propose` tells of incidents and leaves actions to a person",
        );
    } else if !idle.is_empty() {
        let message = format!("`{}` is neither taken nor proposed by itself", words(idle));
        warn(["respond", "off"], message, "leave it empty; `innocents` and `from` make actions rarer too");
    }
}

/// The budget windows of an intent.
pub(super) fn budget_of(loader: &mut Loader, intent: &Intent, at: Span) {
    if let Err(error) = policy::budget::check_windows("budget", &intent.budget) {
        loader.tell(Diagnostic::error("CONFIG-006", error.to_string(), at));
    }
}

/// Everything together: the gateway's own rules are built of it, and thrown away.
pub(super) fn rules(
    loader: &mut Loader,
    config: &Config,
    blueprint: &Blueprint,
    tls: &Tls,
    published_keys: &[[u8; 32]],
) {
    key_sets(loader, config, published_keys);
    undeclared(loader, blueprint);
    if let Some(rules) = built(loader, config, blueprint, tls, published_keys) {
        for notice in &rules.notices {
            tell_notice(loader, notice, blueprint);
        }
    }
    identities(loader, config, blueprint);
}

/// The gateway's own rules, built of `blueprint`; `None` where they cannot be, and told is why.
pub(super) fn built(
    loader: &mut Loader,
    config: &Config,
    blueprint: &Blueprint,
    tls: &Tls,
    published_keys: &[[u8; 32]],
) -> Option<Rules> {
    match Rules::build(blueprint, tls, None, published_keys) {
        Ok(rules) => Some(rules),
        Err(error) => {
            tell_error(loader, config, blueprint, &error);
            None
        }
    }
}

/// Reads the key sets that are files.
fn key_sets(loader: &mut Loader, config: &Config, published_keys: &[[u8; 32]]) {
    // Faulty settings are told when the rules are built.
    let Ok(identify) = Identify::new(&config.identify, published_keys) else { return };
    for (nth, issuer) in config.identify.issuers.iter().enumerate() {
        let KeySource::File(path) = &issuer.jwks else { continue };
        let at = loader.place_in(&["identify", "issuers"], nth, "jwks");
        match files::read(path) {
            Err(wrong) => {
                let help = format!("the key set of `{}` is named relative to this file", issuer.issuer);
                loader.error("CONFIG-003", wrong, at, help);
            }
            Ok(text) => {
                if let Err(error) = identify.key_sets().replace(&issuer.issuer, &text.text, loader.read_at) {
                    let diagnostic = Diagnostic::error("CONFIG-009", error.to_string(), Span::START)
                        .help("a key set is what the issuer serves at its `jwks_uri`");
                    loader.findings.push(Finding { file: text.name, text: text.text, diagnostic });
                }
            }
        }
    }
}

fn tell_error(loader: &mut Loader, config: &Config, blueprint: &Blueprint, error: &RulesError) {
    match error {
        RulesError::Policies(faults) => {
            for fault in faults {
                loader.findings.push(of_policy(fault, blueprint));
            }
        }
        RulesError::Upstream { name, cause } => {
            let at = config.upstreams.get(name).map_or_else(Span::default, |upstream| upstream.url.span);
            loader.error(
                "CONFIG-005",
                cause.to_string(),
                at,
                "name scheme, host and port only; paths go through unchanged",
            );
        }
        RulesError::Identify(cause) => {
            let at = loader.place(&["identify"]);
            loader.error(
                "CONFIG-009",
                cause.to_string(),
                at,
                "see `tidegate config default` under `identify`",
            );
        }
        RulesError::NothingDeclared => {
            let at = loader.place(&["mode"]);
            let help = "add `x-tidegate` to a document under `specs:`, or intents under `endpoints:`, or write `mode: guard`";
            loader.error(
                "CONFIG-010",
                "`mode: enforce` would refuse everything: no operation has an intent",
                at,
                help,
            );
        }
        other => loader.error("CONFIG-010", other.to_string(), Span::default(), "correct the configuration"),
    }
}

/// A fault of a policy file as a finding in it.
pub(super) fn of_policy(fault: &LoadError, blueprint: &Blueprint) -> Finding {
    let LoadError { at, what, help, line_text: _, width } = fault;
    let (span, text) = placed(at, *width, blueprint);
    let mut diagnostic = Diagnostic::error("POLICY-001", what.clone(), span);
    diagnostic.help.clone_from(help);
    Finding { file: at.file.as_str().into(), text: text.into(), diagnostic }
}

/// A place of `width` characters in a policy file, as a span, and the file's text.
fn placed<'b>(at: &Place, width: usize, blueprint: &'b Blueprint) -> (Span, &'b str) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut sources = blueprint.policies.iter().chain(&blueprint.patches);
    let text = sources.find(|source| source.file == at.file).map_or("", |source| source.text.as_str());
    let above: usize = text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum();
    let line = text.get(above..).unwrap_or_default();
    let bytes = |characters: usize| line.chars().take(characters).map(char::len_utf8).sum::<usize>();
    let (start, end) =
        (above + bytes(at.column.saturating_sub(1)), above + bytes(at.column.saturating_sub(1) + width));
    (Span { start: number(start), end: number(end), line: number(at.line), column: number(at.column) }, text)
}

pub(super) fn tell_notice(loader: &mut Loader, notice: &Notice, blueprint: &Blueprint) {
    let (at, help) = match notice {
        Notice::ExpiredPatch(patch) => (&patch.at, "renew its `@expires`, or remove the file"),
        Notice::UndeclaredDoor { at, .. } => {
            (at, "check the method and the path; a patch may be about any door")
        }
        Notice::IdlePermit { at, .. } => (at, "remove it, or narrow it to one operation"),
        Notice::Warning { at, .. } => (at, "write it so that it cannot be misread"),
        _ => return,
    };
    let (span, text) = placed(at, 1, blueprint);
    // The place stands before the sentence; the picture shows it too.
    let said = notice.to_string();
    let message = said.strip_prefix(&format!("{at}: ")).unwrap_or(&said).to_owned();
    let code = if matches!(notice, Notice::ExpiredPatch(_)) { EXPIRED_PATCH } else { "POLICY-002" };
    let diagnostic = Diagnostic::warning(code, message, span).help(help);
    loader.findings.push(Finding { file: at.file.as_str().into(), text: text.into(), diagnostic });
}

/// Operations that a document describes and enforce answers with 404.
fn undeclared(loader: &mut Loader, blueprint: &Blueprint) {
    if blueprint.mode != Mode::Enforce {
        return;
    }
    let plans = blueprint.operations.iter().map(|plan| &plan.declared);
    let silent: Vec<_> =
        plans.filter(|declared| declared.intent.is_none()).map(|declared| &declared.endpoint).collect();
    let Some(first) = silent.first() else { return };
    let named: Vec<String> = silent.iter().take(SHOWN).map(|endpoint| format!("`{endpoint}`")).collect();
    let more = match silent.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = match silent.len() {
        1 => "1 operation of the documents declares".to_owned(),
        many => format!("{many} operations of documents declare"),
    };
    let message = format!("{count} no intent: {}{more}; `mode: enforce` answers 404 there", named.join(", "));
    let help =
        "add `x-tidegate` to each, or a line under `endpoints:`; what shall stay closed stays so without";
    loader.tell_of(first, |at| Diagnostic::warning("CONFIG-013", message, at).help(help));
}

/// API keys that stand in the examples, each with its line.
pub(super) fn examples(loader: &mut Loader, config: &Config, published_keys: &[[u8; 32]]) {
    let examples = super::example_keys();
    for (nth, key) in config.identify.api_keys.iter().enumerate() {
        if !examples.contains(&key.digest.0) || !published_keys.contains(&key.digest.0) {
            continue;
        }
        let at = loader.place_in(&["identify", "api_keys"], nth, "digest");
        let message =
            format!("the key of `{}` stands in Tidegate's examples, where everybody can read it", key.name);
        let help = "make one, `openssl rand -hex 32`, and write its digest in place of this: `printf %s KEY | sha256sum`";
        loader.error("CONFIG-009", message, at, help);
    }
}

/// Who could never call, and what is open no more.
pub(super) fn identities(loader: &mut Loader, config: &Config, blueprint: &Blueprint) {
    let read_at = loader.read_at;
    let nobody = config.identify.issuers.is_empty() && config.identify.api_keys.is_empty();
    let partners: BTreeSet<&str> =
        config.identify.api_keys.iter().filter_map(|key| key.partner.as_deref()).collect();
    let mut roles: BTreeSet<&str> =
        config.identify.api_keys.iter().flat_map(|key| &key.roles).map(|role| role.as_str()).collect();
    roles.extend(
        config.identify.issuers.iter().flat_map(|issuer| &issuer.roles).map(|mapping| mapping.role.as_str()),
    );
    for role in config.budgets.roles.keys().filter(|role| !roles.contains(role.as_str())) {
        let at = loader.place(&["budgets", "roles", role.as_str()]);
        let message = format!("nobody has the role `{role}` of this budget: no token or key gives it");
        let help = match spec::decode::nearest(role.as_str(), roles.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "map a claim to it under `identify`, `issuers`, `roles`, or add it to a key".to_owned(),
        };
        loader.warn("CONFIG-011", message, at, help);
    }
    let mut told: BTreeSet<String> = BTreeSet::new();
    for plan in &blueprint.operations {
        let Some(intent) = &plan.declared.intent else { continue };
        let endpoint = &plan.declared.endpoint;
        // Each thing is told once, where it is first met.
        let mut warn = |once: String, message: String, help: &str| {
            if told.insert(once) {
                loader.tell_of(endpoint, |at| Diagnostic::warning("CONFIG-011", message, at).help(help));
            }
        };
        match &intent.audience {
            Audience::Authenticated if nobody => warn(
                "nobody".into(),
                format!("`{endpoint}` is for verified callers, and nobody can be verified"),
                "add `issuers` or `api_keys` under `identify` in the configuration",
            ),
            Audience::Partner(names) => {
                for name in names.iter().filter(|name| !partners.contains(&***name)) {
                    warn(
                        format!("partner {name}"),
                        format!("`{endpoint}` is for the partner `{name}`, who has no API key"),
                        "add a key with `partner: NAME` under `identify`, `api_keys` in the configuration",
                    );
                }
            }
            Audience::Public(public) if public.expires < read_at => warn(
                format!("expired {endpoint}"),
                format!("`{endpoint}` was declared public until {}: it is closed", public.expires),
                "renew `expires` where it is still right, or declare another audience",
            ),
            _ => {}
        }
        for role in &intent.roles {
            if !roles.contains(&**role) {
                warn(
                    format!("role {role}"),
                    format!("`{endpoint}` names the role `{role}`, which no token or key gives"),
                    "map a claim to it under `issuers`, `roles`, or add it to a key",
                );
            } else if !config.budgets.roles.keys().any(|known| known.as_str() == &**role) {
                warn(
                    format!("budget {role}"),
                    format!("the role `{role}` has no budget of its own: it has that of any verified caller"),
                    "name it under `budgets`, `roles`, such as `staff: [{ subjects: 500, per: 24h }]`",
                );
            }
        }
    }
}
