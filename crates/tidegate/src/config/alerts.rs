//! What is wrong with receivers of alerts, and what is likely not meant.

use std::error::Error;
use std::path::Path;

use alert::{AlertSettings, StartError, WebhookError};
use net::upstream::Tls;
use spec::tree::Span;

use super::load::Loader;
use super::{Config, files};

const CODE: &str = "CONFIG-012";

/// Resolves files against the configuration's folder `folder`.
pub(super) fn resolve(settings: &mut AlertSettings, folder: &Path) {
    for webhook in settings.webhooks.values_mut() {
        if let Some(file) = &mut webhook.secret_file {
            *file = folder.join(&*file);
        }
    }
}

/// Tells what keeps alerts from being started, and of receivers that prove or protect too little. Reads
/// the secrets.
pub(super) fn check(loader: &mut Loader, config: &Config, tls: &Tls) {
    let settings = &config.alerts;
    bounds(loader, settings);
    for fault in alert::faults(settings, tls) {
        let (at, help) = place(loader, settings, &fault);
        loader.error(CODE, sentence(&fault), at, help);
    }
    for (name, webhook) in &settings.webhooks {
        let place = |loader: &Loader, key: &str| loader.place(&["alerts", "webhooks", name, key]);
        match &webhook.secret_file {
            None => {
                let at = loader.place(&["alerts", "webhooks", name]);
                let message = format!(
                    "the webhook `{name}` has no secret: whoever knows its URL can forge alerts, and who receives them cannot tell"
                );
                let help =
                    "make one, `openssl rand -hex 32 > FILE; chmod 600 FILE`, and add `secret_file: FILE`";
                loader.warn(CODE, message, at, help);
            }
            Some(file) if files::others_may_read(file) => {
                let at = place(loader, "secret_file");
                let message = format!("others than its owner can read `{}`", file.display());
                loader.warn(CODE, message, at, format!("run `chmod 600 {}`", file.display()));
            }
            Some(_) => {}
        }
        if webhook.plain_http && webhook.url.expose().starts_with("http://") {
            let at = place(loader, "plain_http");
            let message = format!(
                "everyone on the way to the webhook `{name}` can read its alerts, addresses of clients included"
            );
            loader.warn(CODE, message, at, "use `https://` where you can");
        }
    }
    for (name, syslog) in &settings.syslog {
        if syslog.is_readable_on_the_way() {
            let at = loader.place(&["alerts", "syslog", name, "server"]);
            let message = format!(
                "everyone on the way to the syslog server `{name}` can read its alerts, addresses of clients included, and forge others"
            );
            let help = "use `tls://host:6514`, or a relay on this machine that does";
            loader.warn(CODE, message, at, help);
        }
    }
    for (name, command) in &settings.commands {
        let Some(program) = command.argv.first().map(Path::new).filter(|program| program.is_absolute())
        else {
            continue;
        };
        if let Some(why) = files::not_started(program) {
            let at = loader.place(&["alerts", "commands", name, "argv"]);
            let message = format!(
                "the program `{}` of the command `{name}` cannot be started: {why}",
                program.display()
            );
            loader.warn(CODE, message, at, "name a program that is there and that may be executed");
        }
    }
}

/// Numbers that would mean nothing.
fn bounds(loader: &mut Loader, settings: &AlertSettings) {
    let AlertSettings { webhooks, syslog, commands, grouping, retry, spool, drain_timeout: _ } = settings;
    let mut faults: Vec<(Vec<&str>, &str)> = Vec::new();
    for (group, key, wrong, least) in [
        ("grouping", "growth", grouping.growth < 2, "2"),
        ("grouping", "per_minute", grouping.per_minute == 0, "1"),
        ("grouping", "groups", grouping.groups == 0, "1"),
        ("retry", "first", retry.first.millis() == 0, "1s"),
        ("retry", "longest", retry.longest.millis() == 0, "1s"),
        ("retry", "give_up", retry.give_up.millis() == 0, "1s"),
        ("spool", "count", spool.count == 0, "1"),
        ("spool", "size", spool.size.bytes() == 0, "1B"),
    ] {
        if wrong {
            faults.push((vec!["alerts", group, key], least));
        }
    }
    let timeouts = webhooks.iter().map(|(name, one)| ("webhooks", name, one.timeout));
    let timeouts = timeouts.chain(syslog.iter().map(|(name, one)| ("syslog", name, one.timeout)));
    let timeouts = timeouts.chain(commands.iter().map(|(name, one)| ("commands", name, one.timeout)));
    let nothing = timeouts.filter(|(.., timeout)| timeout.millis() == 0);
    faults.extend(nothing.map(|(kind, name, _)| (vec!["alerts", kind, name, "timeout"], "1s")));
    for (path, least) in faults {
        let at = loader.place(&path);
        let key = path.last().copied().unwrap_or_default();
        let help = "leave it out for its default";
        loader.error(CODE, format!("`{key}` is at least {least}"), at, help);
    }
}

/// Where `fault` stands, and what to do.
fn place(loader: &Loader, settings: &AlertSettings, fault: &StartError) -> (Span, &'static str) {
    let at = |kind: &str, name: &str, key: &str| loader.place(&["alerts", kind, name, key]);
    match fault {
        StartError::TooMany => (loader.place(&["alerts"]), "one receiver can hand them on to others"),
        StartError::Webhook { name, cause: WebhookError::Secret(_) } => (
            at("webhooks", name, "secret_file"),
            "make one: `openssl rand -hex 32 > FILE; chmod 600 FILE`; it is named relative to this file",
        ),
        // Not at the URL: the line that is shown may hold a secret.
        StartError::Webhook { name, cause: _ } => (
            loader.place(&["alerts", "webhooks", name]),
            "write for example `url: https://alerts.example.com/hook`",
        ),
        StartError::Syslog { name, cause: alert::SyslogError::Facility } => {
            (at("syslog", name, "facility"), "leave it out for its default, 16")
        }
        StartError::Syslog { name, cause: _ } => {
            (at("syslog", name, "server"), "write for example `tls://logs.example.com:6514`")
        }
        StartError::Command { name, cause: _ } => {
            (at("commands", name, "argv"), "write for example `argv: [/usr/local/bin/page, --quick]`")
        }
        StartError::Name { name } => {
            let AlertSettings { webhooks, syslog, commands, .. } = settings;
            let long = |known: &&String| known.starts_with(name);
            let kinds = [
                ("webhooks", webhooks.keys().find(long)),
                ("syslog", syslog.keys().find(long)),
                ("commands", commands.keys().find(long)),
            ];
            let found = kinds.iter().find_map(|(kind, name)| Some(loader.place(&["alerts", kind, (*name)?])));
            (found.unwrap_or_default(), "rename it: its alerts wait in a folder of this name")
        }
        _ => (loader.place(&["alerts"]), "see docs/alerts.md"),
    }
}

/// An error with its causes, as one sentence.
fn sentence(fault: &StartError) -> String {
    let mut text = fault.to_string();
    let mut cause = fault.source();
    while let Some(one) = cause {
        text.push_str(&format!(": {one}"));
        cause = one.source();
    }
    text
}
