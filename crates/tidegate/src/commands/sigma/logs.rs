//! `tidegate sigma match`: rules over logs, one log after the other, in the order of their lines.
//!
//! Logs are files, folders and rotated sets of any dialect that `events` knows, packed or not, as `hunt`
//! reads them; or JSON lines whose keys are fields.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Timestamp;
use events::Dialect;
use hunt::LineRef;
use serde_json::json;
use sigma::{Event, Fields, Line, Matches, RuleIndex, Rules, logged};

use super::files;
use crate::cli::Format;
use crate::commands::logs::{self, Hears, Rejects, Source};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Examples that are kept of each rule.
const MOST_EXAMPLES: usize = 10;

/// Where a rule matched.
struct Example {
    log: String,
    line: u64,
    at: Timestamp,
    count: Option<u64>,
    group: Vec<(String, String)>,
}

/// What was found so far.
#[derive(Default)]
struct Found {
    rules: BTreeMap<RuleIndex, (u64, Vec<Example>)>,
    lines: u64,
    rejected: u64,
    /// Of each log what its source tells; rules that this is not enough for are blind there.
    given: Vec<(String, Fields)>,
    at: Timestamp,
}

/// Matches the rules at `rules` with `logs`.
pub(super) fn run(rules: &Path, logs: &[PathBuf], format: Format) -> Outcome {
    let files = files::read(&[rules])?;
    let loaded = sigma::load(&files::borrowed(&files), super::seed()?);
    super::check::readable(&files, &loaded)?;
    let mut rules = loaded.rules;
    let mut found = Found::default();
    let mut broken = None;
    for log in logs::logs(logs)? {
        let mut source = Source::new(&log, 0, None, Arc::default(), false);
        if let Err(failure) = found.log(&mut source, &mut rules) {
            broken.get_or_insert(failure);
        }
    }
    match format {
        Format::Text => data(&text(&found, &rules))?,
        Format::Json => data(&super::pretty(&as_json(&found, &rules)))?,
    }
    let matches: u64 = found.rules.values().map(|(matches, _)| matches).sum();
    say(&format!(
        "tidegate: {matches} matches of {} rules in {} lines; {} lines could not be read",
        found.rules.len(),
        found.lines,
        found.rejected
    ));
    if rules.forgotten() > 0 {
        say(&format!(
            "tidegate: {} groups were forgotten while they still counted: too many others came",
            rules.forgotten()
        ));
    }
    match broken {
        Some(failure) => Err(failure),
        None if matches > 0 => Ok(Ending::Findings),
        None => Ok(Ending::Clean),
    }
}

fn wrong(name: &str, why: &str) -> Failure {
    Failure::Input(format!(
        "error: cannot read the log `{name}`: {why}\n = help: name a log of a known dialect, packed or not, or JSON lines of fields \
         (`tidegate sigma check --fields`)"
    ))
}

/// A log while it is read: what hears its events.
struct Heard<'f> {
    found: &'f mut Found,
    rules: &'f mut Rules,
    name: String,
    given: Fields,
    product: String,
}

impl Hears for Heard<'_> {
    fn reads(&mut self, _: u32, dialect: Dialect) {
        self.product = dialect.word().split('-').next().unwrap_or_default().to_owned();
        self.given = logged::given(dialect);
        self.found.given.push((self.name.clone(), self.given));
    }

    fn take(&mut self, event: &events::Event<'_>, line: LineRef) {
        let Self { found, rules, name, given, product } = self;
        found.at = event.at.unwrap_or(found.at);
        let matches = rules.matches(&logged::event(event, *given, product), found.at);
        found.keep(matches, (name, line.line));
    }
}

impl Found {
    /// Reads a log to its end.
    ///
    /// # Errors
    /// When a part cannot be read, or no line is of a dialect that is known.
    fn log(&mut self, source: &mut Source, rules: &mut Rules) -> Result<(), Failure> {
        let name = match source.read.name.as_str() {
            "-" => "(standard input)".to_owned(),
            name => name.to_owned(),
        };
        let mut has_line = source.next();
        // What stands before the first line that says something is no line of fields.
        let mut number = 0;
        while has_line && source.line().trim_ascii().is_empty() {
            number += 1;
            has_line = source.next();
        }
        if has_line && of_fields(source.line()) {
            while has_line {
                number += 1;
                source.read.events += u64::from(self.fields(source.line(), (&name, number), rules));
                has_line = source.next();
            }
            self.lines += number;
        } else if has_line {
            let mut heard =
                Heard { found: self, rules, name: name.clone(), given: Fields::NONE, product: String::new() };
            source.read.lines = number;
            while has_line {
                source.judge(&mut heard, &mut Rejects::nowhere())?;
                has_line = source.next();
            }
            source.finish(&mut heard);
            self.lines += source.read.lines;
            self.rejected += source.read.unreadable;
            if source.read.events == 0 && source.read.dialect.is_none() && source.read.broken.is_none() {
                return Err(wrong(&name, "its lines are of no dialect that is known"));
            }
            source.read.warning().iter().for_each(|warning| say(&format!("tidegate: {warning}")));
        }
        match &source.read.broken {
            Some(why) => Err(wrong(&name, why)),
            None => Ok(()),
        }
    }

    /// A line of JSON that has fields under their names; whether it is one.
    fn fields(&mut self, line: &[u8], place: (&str, u64), rules: &mut Rules) -> bool {
        if line.trim_ascii().is_empty() {
            return false;
        }
        let object = serde_json::from_slice::<serde_json::Map<_, _>>(line).ok();
        let Some(line) = object.and_then(|object| Line::read(&object).ok()) else {
            self.rejected += 1;
            return false;
        };
        self.at = line.at().unwrap_or(self.at);
        let matches = rules.matches(&Event::of_line(&line), self.at);
        self.keep(matches, place);
        true
    }

    fn keep(&mut self, matches: Matches, (log, line): (&str, u64)) {
        for found in matches {
            let (count, examples) = self.rules.entry(found.rule).or_default();
            *count += 1;
            if examples.len() < MOST_EXAMPLES {
                let (count, group) = (found.count, found.group);
                examples.push(Example { log: log.to_owned(), line, at: self.at, count, group });
            }
        }
    }
}

/// Whether the line is JSON that has fields of rules under their names.
fn of_fields(line: &[u8]) -> bool {
    let object = serde_json::from_slice::<serde_json::Map<_, _>>(line).ok();
    object
        .and_then(|object| Line::read(&object).ok())
        .is_some_and(|line| line.given().has(sigma::Field::Method))
}

fn text(found: &Found, rules: &Rules) -> String {
    let mut out = String::new();
    for (index, (matches, examples)) in &found.rules {
        let Some(rule) = rules.get(*index) else { continue };
        let tags =
            rule.tags.iter().chain(&rule.d3fend).chain(&rule.owasp).cloned().collect::<Vec<_>>().join(" ");
        out += &format!("{:<13} {} ({matches} times)\n", rule.level_word(), rule.title);
        out += &format!("  --> {}:{}\n  = {tags}\n", rule.file, rule.at.line);
        for one in examples {
            let count = one.count.map(|count| format!(" {count} counted")).unwrap_or_default();
            let group = one
                .group
                .iter()
                .map(|(name, value)| format!(" {name}={}", value.escape_debug()))
                .collect::<String>();
            out += &format!("  {} {}:{}{count}{group}\n", one.at, one.log, one.line);
        }
    }
    for (log, given) in &found.given {
        let blind = rules.blind(*given);
        let told = blind.iter().filter(|(index, _)| rules.get(*index).is_some_and(|rule| rule.is_told));
        let mut lacks: BTreeMap<String, usize> = BTreeMap::new();
        for (_, fields) in told.clone() {
            let names = fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ");
            *lacks.entry(names).or_default() += 1;
        }
        if !lacks.is_empty() {
            out += &format!("not to be seen in {log}: {} rules\n", told.count());
        }
        for (names, count) in lacks {
            out += &format!("  {count}: it does not tell {names}\n");
        }
    }
    out
}

fn as_json(found: &Found, rules: &Rules) -> serde_json::Value {
    let matches = found.rules.iter().filter_map(|(index, (matches, examples))| {
        let mut told = super::rule_json(rules.get(*index)?);
        let examples = examples.iter().map(|one| {
            let group: serde_json::Map<_, _> = one.group.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({"log": one.log, "line": one.line, "at": one.at.to_string(), "count": one.count, "group": group})
        });
        let object = told.as_object_mut()?;
        object.insert("matches".into(), (*matches).into());
        object.insert("examples".into(), examples.collect());
        Some(told)
    });
    let blind = found.given.iter().map(|(log, given)| {
        let blind = rules.blind(*given);
        let each = blind.iter().filter_map(|(index, lacks)| {
            let lacks: Vec<&str> = lacks.iter().map(|field| field.name()).collect();
            Some(json!({"rule": rules.get(*index)?.word(), "lacks": lacks}))
        });
        json!({"log": log, "rules": each.collect::<Vec<_>>()})
    });
    json!({
        "rules": matches.collect::<Vec<_>>(),
        "not_to_be_seen": blind.collect::<Vec<_>>(),
        "lines": found.lines,
        "rejected": found.rejected,
        "forgotten_groups": rules.forgotten(),
    })
}
