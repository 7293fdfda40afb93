//! `tidegate explain METHOD URL`: which door, who, which policy, limit and budget decide, and why.

use std::fmt::Write;

use anyhow::Context;
use domain::Mode;
use gateway::Rules;
use gateway::explain::{Explained, RecordsFate, Supposed, explain};
use http::{HeaderMap, HeaderName, HeaderValue};
use policy::authorize::Outcome as Decision;
use policy::budget::Budgets;

use crate::cli::{Explain, Format};
use crate::commands::serve::{demo_keys, render};
use crate::config::{self, Config};
use crate::exit::{Ending, Failure, Outcome, data};

/// Explains one request under the configuration, or under guard with nothing declared.
///
/// # Errors
/// A request or configuration that cannot be read.
pub fn run(args: &Explain) -> Outcome {
    let now = gateway::now();
    let loaded = match &args.config {
        Some(path) => config::load(path, |_| {}, &demo_keys(), now),
        None => config::without_file(undeclared(), &demo_keys(), now),
    };
    let loaded = loaded.map_err(|findings| Failure::Input(render(&findings)))?;
    let rules = Rules::build(&loaded.blueprint, &loaded.tls, None, &demo_keys())
        .map_err(|error| Failure::Input(format!("error: {error}")))?;
    for issuer in &loaded.blueprint.identify.issuers {
        if let gateway::identify::KeySource::File(path) = &issuer.jwks {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("read key set {}", path.display()))?;
            rules
                .identify
                .key_sets()
                .replace(&issuer.issuer, &text, now)
                .map_err(|error| Failure::Input(format!("error: key set {}: {error}", path.display())))?;
        }
    }
    let method =
        args.method.parse().map_err(|error: domain::EndpointError| Failure::Usage(error.to_string()))?;
    let headers = headers(&args.header)?;
    let supposed = Supposed {
        method: &method,
        target: &args.url,
        headers: &headers,
        body: args.body.as_deref().unwrap_or_default().as_bytes(),
        client: args.client,
    };
    let budgets = Budgets::new(loaded.blueprint.budgets.clone(), 0);
    // Digests of this key leave nowhere: nothing is stored or printed.
    let key = ledger::DigestKey::new([0; 32]);
    let explained = explain(&rules, &budgets, &supposed, &key, now).map_err(Failure::Usage)?;
    data(&match args.format {
        Format::Json => serde_json::to_string_pretty(&explained).context("write JSON")? + "\n",
        Format::Text => text(&explained),
    })?;
    let withheld = explained.records == Some(RecordsFate::Refused);
    Ok(if explained.refused.is_some() || withheld { Ending::Findings } else { Ending::Clean })
}

/// Guard without any declaration, as `serve --guard --direct` runs.
fn undeclared() -> Config {
    let url =
        spec::decode::Spanned { value: "http://127.0.0.1:1".to_owned(), span: spec::tree::Span::default() };
    let connection = net::upstream::UpstreamSettings::default();
    let upstream = config::UpstreamConfig { url, operator: None, connection, credentials: None, shows: None };
    Config {
        mode: Mode::Guard,
        direct: true,
        upstreams: [("upstream".to_owned(), upstream)].into(),
        ..Config::default()
    }
}

fn headers(lines: &[String]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let wrong = || Failure::Usage(format!("`{line}` is no header; write `--header 'Name: value'`"));
        let (name, value) = line.split_once(':').ok_or_else(wrong)?;
        let name: HeaderName = name.trim().parse().map_err(|_| wrong())?;
        headers.append(name, HeaderValue::from_str(value.trim()).map_err(|_| wrong())?);
    }
    Ok(headers)
}

fn text(explained: &Explained) -> String {
    let Explained {
        mode,
        target,
        spelling,
        body,
        caller,
        principal,
        roles,
        credential_fault,
        decision,
        limits,
        budgets,
        for_roles,
        records,
        refused,
    } = explained;
    let mut out = String::new();
    let mut say = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<12} {value}");
    };
    say("mode", mode.word());
    say("target", target);
    for fault in spelling.iter().chain(body) {
        say("odd", &format!("{fault}: enforce refuses it, guard forwards the canonical form"));
    }
    let declared = match (decision.declared, decision.audience) {
        (true, Some(_)) => "declared",
        (true, None) => "described, without intent",
        (false, _) => "not declared",
    };
    say("door", &format!("{} ({declared})", decision.endpoint));
    if decision.declared {
        say("operation", decision.operation.as_str());
    }
    if decision.audience.is_none() && *mode == Mode::Enforce {
        say("intent", "none: add `x-tidegate` to its document, or a line under `endpoints:`");
    }
    let has_one = for_roles.iter().any(|wanted| roles.contains(wanted));
    let roles = if roles.is_empty() { String::new() } else { format!(", roles {}", roles.join(", ")) };
    // The one who asks holds the token, and so knows whose it is; a terminal is told it inertly.
    let named = principal.as_ref().map_or_else(String::new, |name| format!(" `{}`", telemetry::Inert(name)));
    say("caller", &format!("{caller}{named}{roles}"));
    if let Some(fault) = credential_fault {
        say("credential", fault);
    }
    if let Some(audience) = decision.audience {
        say(
            "audience",
            &format!("{audience}: {}", if decision.admitted { "admitted" } else { "not admitted" }),
        );
    }
    for policy in &decision.considered {
        let decided = if decision.determined_by.contains(&policy.id) { ", decided" } else { "" };
        let expired = if policy.expired { ", expired" } else { "" };
        say("policy", &format!("{} {} ({}){expired}{decided}", policy.effect, policy.id, policy.at));
    }
    for policy in &decision.on_response {
        say("on answer", &format!("{} {} ({})", policy.effect, policy.id, policy.at));
    }
    if let Some(owner) = &decision.owner {
        say("owner", &owner.to_string());
    }
    if !for_roles.is_empty() {
        let has = if has_one { "has one of them" } else { "has none of them" };
        say("for roles", &format!("{}: the caller {has}", for_roles.join(", ")));
    }
    for limit in limits {
        say("limit", limit);
    }
    // Nothing is charged for what is never forwarded, or has no records left.
    let charged = matches!(records, Some(RecordsFate::Charged | RecordsFate::Held));
    for windows in budgets.chunk_by(|one, next| one.account == next.account).filter(|_| charged) {
        let Some((first, longer)) = windows.split_first() else { continue };
        let mut text = format!("{}: {} people per {}", first.account, first.subjects, first.per);
        for line in longer {
            let _ = write!(text, ", {} per {}", line.subjects, line.per);
        }
        say("budget", &text);
    }
    match (&decision.outcome, refused) {
        (_, Some(refused)) => say("answer", &format!("refused: {refused}")),
        (Decision::Permitted, None) => {
            let is = if mode.acts() { "is" } else { "would be" };
            let then = match records {
                Some(RecordsFate::Refused) => {
                    format!("an answer with anybody's record {is} refused: 403 foreign")
                }
                Some(RecordsFate::Cut) => "records are cut out of what comes back".to_owned(),
                Some(RecordsFate::Held) => {
                    "what comes back is metered, held against its owners, charged and accounted for"
                        .to_owned()
                }
                Some(RecordsFate::Charged) | None => {
                    "what comes back is metered, charged and accounted for".to_owned()
                }
            };
            say("answer", &format!("forwarded; {then}"))
        }
        (Decision::Refused { kind, detail }, None) => say("answer", &format!("refused: {kind}: {detail}")),
    }
    out
}
