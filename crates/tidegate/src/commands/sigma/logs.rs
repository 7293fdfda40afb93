//! `tidegate sigma match`: rules over logs, in the order of their lines.
//!
//! Logs are plain files of any dialect that `events` knows, or JSON lines whose keys are fields.
//! Compressed and rotated files are what `hunt` reads.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use domain::Timestamp;
use events::{MOST_LINE, Reader};
use serde_json::json;
use sigma::{Event, Fields, Line, Matches, RuleIndex, Rules, logged};

use super::files;
use crate::cli::Format;
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Lines from which a dialect is recognised.
const FIRST: usize = 64;
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
    for log in logs {
        let name = log.display().to_string();
        if name == "-" {
            found.log("(standard input)", &mut BufReader::new(std::io::stdin().lock()), &mut rules)?;
        } else {
            let opened = std::fs::File::open(log).map_err(|error| wrong(&name, &error.to_string()))?;
            found.log(&name, &mut BufReader::with_capacity(1 << 18, opened), &mut rules)?;
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
    Ok(if matches > 0 { Ending::Findings } else { Ending::Clean })
}

fn wrong(name: &str, why: &str) -> Failure {
    Failure::Input(format!(
        "error: cannot read the log `{name}`: {why}\n = help: name a plain log of a known dialect, or JSON lines of fields \
         (`tidegate sigma check --fields`)"
    ))
}

/// How the lines of a log are read.
enum How {
    Dialect(Box<Reader>, Fields, String),
    Fields,
}

impl Found {
    fn log(&mut self, name: &str, input: &mut dyn BufRead, rules: &mut Rules) -> Result<(), Failure> {
        let mut first = Vec::new();
        while first.len() < FIRST
            && let Some(line) = line(input, name)?
        {
            first.push(line);
        }
        if first.is_empty() {
            return Ok(());
        }
        let mut how = if first.iter().find(|line| !line.is_empty()).is_some_and(|line| of_fields(line)) {
            How::Fields
        } else {
            let verdict = Reader::recognise(first.iter().map(Vec::as_slice));
            let reader =
                verdict.ok_or_else(|| wrong(name, "its lines are of no dialect that is known"))?.reader();
            let word = reader.dialect().word();
            let product = word.split('-').next().unwrap_or_default().to_owned();
            let given = logged::given(reader.dialect());
            self.given.push((name.to_owned(), given));
            How::Dialect(Box::new(reader), given, product)
        };
        let mut number = 0;
        let mut early = first.into_iter();
        while let Some(line) = match early.next() {
            Some(line) => Some(line),
            None => self::line(input, name)?,
        } {
            number += 1;
            self.lines += 1;
            self.line(&mut how, &line, (name, number), rules);
        }
        if let How::Dialect(reader, given, product) = &mut how {
            let rest = reader.finish(&mut |event| self.event(&event, *given, product, (name, number), rules));
            self.rejected += u64::from(rest.is_err());
        }
        Ok(())
    }

    fn line(&mut self, how: &mut How, line: &[u8], place: (&str, u64), rules: &mut Rules) {
        match how {
            How::Dialect(reader, given, product) => {
                let read = reader.read(line, &mut |event| self.event(&event, *given, product, place, rules));
                self.rejected += u64::from(read.is_err());
            }
            How::Fields if line.trim_ascii().is_empty() => {}
            How::Fields => {
                let object = serde_json::from_slice::<serde_json::Map<_, _>>(line).ok();
                let Some(line) = object.and_then(|object| Line::read(&object).ok()) else {
                    self.rejected += 1;
                    return;
                };
                self.at = line.at().unwrap_or(self.at);
                let matches = rules.matches(&Event::of_line(&line), self.at);
                self.keep(matches, place);
            }
        }
    }

    fn event(
        &mut self,
        event: &events::Event<'_>,
        given: Fields,
        product: &str,
        place: (&str, u64),
        rules: &mut Rules,
    ) {
        self.at = event.at.unwrap_or(self.at);
        let matches = rules.matches(&logged::event(event, given, product), self.at);
        self.keep(matches, place);
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

/// The next line without its line feed; a longer one than [`MOST_LINE`] comes in one piece that is
/// too long to be read, and the rest of it is skipped.
fn line(input: &mut dyn BufRead, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    let fault = |error: std::io::Error| wrong(name, &error.to_string());
    let most = u64::try_from(MOST_LINE).unwrap_or(u64::MAX).saturating_add(2);
    let mut line = Vec::new();
    if (&mut *input).take(most).read_until(b'\n', &mut line).map_err(fault)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else {
        input.skip_until(b'\n').map_err(fault)?;
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
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
