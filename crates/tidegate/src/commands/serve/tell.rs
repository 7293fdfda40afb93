//! What `serve` says of its configuration: lines of the log, and pictures for people beside them.
//!
//! Where the log is JSON, nothing else stands on stderr while the gateway runs. On a terminal a fault is
//! shown with its line of the file too.

use domain::Mode;
use spec::diagnostic::Severity;
use telemetry::{Configured, Occurrence};

use super::{Read, render};
use crate::cli::Serve;
use crate::config::{Config, EXPIRED_PATCH, Finding};
use crate::exit::say;

/// Most lines about one configuration: the first fault is the one to mend.
const MOST_LINES: usize = 20;

/// How `serve` talks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Talk {
    /// Whether stderr is for programs.
    pub(super) json: bool,
}

/// A key of the file on which a flag has the last word.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Override {
    pub(super) key: &'static str,
    pub(super) file: String,
    pub(super) flag: &'static str,
}

impl Talk {
    /// Says `text` to people.
    pub(super) fn say(self, text: &str) {
        if !self.json {
            say(text);
        }
    }

    /// A configuration was read and is put into force.
    pub(super) fn read(self, read: &Read) {
        for Override { key, file, flag } in &read.overrides {
            telemetry::CommandLineOverrides {
                key: Configured(key),
                file: Configured(file),
                flag: Configured(flag),
            }
            .emit();
        }
        self.warnings(&read.loaded.warnings);
    }

    fn warnings(self, warnings: &[Finding]) {
        if !warnings.is_empty() {
            self.say(&render(warnings));
        }
        // The gateway tells of expired patches itself, at their reading and for as long as it runs.
        let others = warnings.iter().filter(|finding| finding.diagnostic.code != EXPIRED_PATCH);
        for finding in others.take(MOST_LINES) {
            let Place { file, line, code, cause, help } = Place::of(finding);
            telemetry::ConfigurationWarning { file, line, code, cause, help }.emit();
        }
    }

    /// A configuration cannot be used: the one before it stays in force.
    pub(super) fn refused(self, findings: &[Finding]) {
        self.say(&render(findings));
        let (faults, warnings): (Vec<&Finding>, Vec<_>) =
            findings.iter().partition(|finding| finding.diagnostic.severity == Severity::Error);
        for finding in warnings.into_iter().take(MOST_LINES) {
            let Place { file, line, code, cause, help } = Place::of(finding);
            telemetry::ConfigurationWarning { file, line, code, cause, help }.emit();
        }
        for finding in faults.iter().skip(1).take(MOST_LINES) {
            let Place { file, line, code, cause, help } = Place::of(finding);
            telemetry::ConfigurationFault { file, line, code, cause, help }.emit();
        }
        let Some(first) = faults.first() else { return self.failed("it cannot be used") };
        let Place { file, line, code, cause, help } = Place::of(first);
        let faults = u64::try_from(faults.len()).unwrap_or(u64::MAX);
        telemetry::ReloadFailed { file: Some(file), line, code: Some(code), cause, help, faults }.emit();
    }

    /// A reload failed for another reason than the files.
    pub(super) fn failed(self, why: &str) {
        self.say(why);
        telemetry::ReloadFailed {
            file: None,
            line: None,
            code: None,
            cause: Configured(why),
            help: None,
            faults: 1,
        }
        .emit();
    }

    /// Names settings of `now` that differ from those that the gateway was `started` with and that a
    /// reload does not change.
    pub(super) fn waits_for_a_start(self, started: &Config, now: &Config) {
        let keys = start_only(started, now);
        if !keys.is_empty() {
            telemetry::RestartNeeded { keys: Configured(&keys.join(", ")) }.emit();
        }
    }
}

/// A finding as fields of a line.
struct Place<'f> {
    file: Configured<'f>,
    line: Option<u32>,
    code: Configured<'f>,
    cause: Configured<'f>,
    help: Option<Configured<'f>>,
}

impl<'f> Place<'f> {
    fn of(finding: &'f Finding) -> Self {
        let Finding { file, diagnostic, .. } = finding;
        Self {
            file: Configured(file),
            line: (diagnostic.at.line > 0).then_some(diagnostic.at.line),
            code: Configured(diagnostic.code),
            cause: Configured(&diagnostic.message),
            help: diagnostic.help.as_deref().map(Configured),
        }
    }
}

/// What the flags of `serve` take from the file's `config`: a stricter mode, and its upstreams.
pub(super) fn overrides(config: &Config, serve: &Serve) -> Vec<Override> {
    let flag = match (serve.guard, serve.observe) {
        (true, _) => Some((Mode::Guard, "--guard")),
        (_, true) => Some((Mode::Observe, "--observe")),
        _ => None,
    };
    let mut overrides = Vec::new();
    if let Some((mode, flag)) = flag
        && strictness(mode) < strictness(config.mode)
    {
        overrides.push(Override { key: "mode", file: config.mode.to_string(), flag });
    }
    if serve.upstream.is_some() && !config.upstreams.is_empty() {
        let names: Vec<&str> = config.upstreams.keys().map(String::as_str).collect();
        overrides.push(Override { key: "upstreams", file: names.join(", "), flag: "--upstream" });
    }
    overrides
}

const fn strictness(mode: Mode) -> u8 {
    match mode {
        Mode::Observe => 0,
        Mode::Guard => 1,
        Mode::Enforce => 2,
    }
}

/// Keys of the settings that only a start puts into force and that differ.
fn start_only(started: &Config, now: &Config) -> Vec<&'static str> {
    let admin = |config: &Config| {
        let admin = &config.admin;
        let listen = admin.listen.as_ref().map(|listen| listen.value);
        (admin.socket.clone(), listen, admin.token_file.as_ref().map(|file| file.value.clone()))
    };
    let roots = |config: &Config| config.extra_roots.as_ref().map(|roots| roots.value.clone());
    [
        ("listen", started.listen != now.listen),
        ("state", started.state != now.state),
        ("ledger", started.ledger != now.ledger),
        ("exchange_log", started.exchange_log != now.exchange_log),
        ("extra_roots", roots(started) != roots(now)),
        ("admin", admin(started) != admin(now)),
        ("log", started.log != now.log),
        ("connections", started.connections != now.connections),
        ("budgets.keys", started.budgets.keys != now.budgets.keys),
        ("budgets.subjects", started.budgets.subjects != now.budgets.subjects),
        ("budgets.look_ups.keys", started.budgets.look_ups.keys != now.budgets.look_ups.keys),
        ("detect.sources", started.detect.sources != now.detect.sources),
        ("detect.endpoints", started.detect.endpoints != now.detect.endpoints),
        ("limits.keys", started.limits.keys != now.limits.keys),
        ("identify.tokens_cached", started.identify.tokens_cached != now.identify.tokens_cached),
        ("identify.hints_confirmed", started.identify.hints_confirmed != now.identify.hints_confirmed),
    ]
    .into_iter()
    .filter_map(|(key, differs)| differs.then_some(key))
    .collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn config(text: &str) -> Config {
        let root = spec::tree::read(text, spec::tree::Format::Yaml).unwrap();
        spec::decode::decode(&root).unwrap()
    }

    fn serve(flags: &[&str]) -> Serve {
        let words = ["tidegate", "serve", "--config", "t.yaml"].iter().chain(flags);
        match Cli::try_parse_from(words).unwrap().command {
            Command::Serve(serve) => serve,
            _ => unreachable!(),
        }
    }

    #[test]
    fn a_flag_that_takes_protection_away_is_told_and_one_that_adds_some_is_not() {
        let enforce = config("mode: enforce\nupstreams: {a: {url: 'http://127.0.0.1:1'}}\n");
        for (flags, told) in [
            (&["--observe"][..], &[("mode", "enforce", "--observe")][..]),
            (&["--guard", "--direct"], &[("mode", "enforce", "--guard")]),
            (&["--upstream", "http://127.0.0.1:2"], &[("upstreams", "a", "--upstream")]),
            (&["--listen", "127.0.0.1:0"], &[]),
            (&[], &[]),
        ] {
            let overrides = overrides(&enforce, &serve(flags));
            let found: Vec<_> = overrides.iter().map(|o| (o.key, o.file.as_str(), o.flag)).collect();
            assert_eq!(found, told, "{flags:?}");
        }
        assert_eq!(overrides(&config("mode: observe"), &serve(&["--guard", "--direct"])), []);
    }

    #[test]
    fn settings_that_wait_for_a_start_are_named() {
        let started = config("listen: 127.0.0.1:1\nadmin: {listen: '127.0.0.1:2', token_file: t}\n");
        for (text, keys) in [
            // The same, in other lines.
            ("# moved\n\nadmin:\n  listen: '127.0.0.1:2'\n  token_file: t\nlisten: 127.0.0.1:1\n", &[][..]),
            ("listen: 127.0.0.1:1\nadmin: {listen: '127.0.0.1:3', token_file: t}\nmode: guard", &["admin"]),
            (
                "listen: 127.0.0.1:9\nadmin: {listen: '127.0.0.1:2', token_file: t}\nbudgets: {keys: 99}\nlog: {level: warn}",
                &["listen", "log", "budgets.keys"],
            ),
        ] {
            assert_eq!(start_only(&started, &config(text)), keys, "{text}");
        }
    }
}
