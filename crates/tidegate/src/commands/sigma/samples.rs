//! `tidegate sigma test`: the samples beside rules.

use std::path::PathBuf;

use serde_json::json;
use sigma::sample::{self, SampleError};

use super::files::{self, RuleFile};
use crate::cli::Format;
use crate::exit::{Ending, Outcome, data, say};

/// What came of one sample.
struct Played<'f> {
    file: String,
    line: usize,
    name: String,
    wanted: &'static str,
    /// What spoke, or why the sample could not be played.
    spoke: Result<Vec<String>, SampleError>,
    passed: bool,
    of: &'f RuleFile,
}

/// Runs the samples of the rules at `paths`.
pub(super) fn run(paths: &[PathBuf], format: Format) -> Outcome {
    let files = files::read(paths)?;
    super::check::readable(&files, &sigma::load(&files::borrowed(&files), 0))?;
    let mut played = Vec::new();
    let mut without = Vec::new();
    for file in &files {
        for (wanted, lines) in [("fires", &file.fires), ("silent", &file.silent)] {
            match lines {
                Some(lines) => played.extend(samples(file, wanted, lines)),
                None => without.push(format!("{}: no `{wanted}` samples", file.name)),
            }
        }
    }
    let failed = played.iter().filter(|one| !one.passed).count();
    match format {
        Format::Text => data(&text(&played))?,
        Format::Json => {
            let all = played.iter().map(|one| {
                json!({
                    "rules": one.of.name, "samples": one.file, "line": one.line, "name": one.name,
                    "wanted": one.wanted, "passed": one.passed,
                    "spoke": one.spoke.as_ref().ok(), "error": one.spoke.as_ref().err().map(ToString::to_string),
                })
            });
            data(&super::pretty(&json!({"samples": all.collect::<Vec<_>>(), "without": &without})))?;
        }
    }
    for line in &without {
        say(&format!("tidegate: {line}"));
    }
    say(&format!("tidegate: {} samples, {failed} failed", played.len()));
    Ok(if failed > 0 { Ending::Findings } else { Ending::Clean })
}

fn samples<'f>(file: &'f RuleFile, wanted: &'static str, lines: &str) -> Vec<Played<'f>> {
    let stem = file.name.rsplit_once('.').map_or(&*file.name, |(stem, _)| stem);
    let name = format!("{stem}.{wanted}.ndjson");
    let numbered = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let each = numbered.map(|(nth, line)| {
        let read = sample::read(line);
        let title = read.as_ref().map(|sample| sample.name.clone()).unwrap_or_default();
        let rule = read.as_ref().ok().and_then(|sample| sample.rule.clone());
        let rules = sigma::File { name: &file.name, text: &file.text };
        let spoke = read.and_then(|sample| sample::play(&rules, &sample));
        let passed = match (&spoke, wanted, rule) {
            (Err(_), _, _) => false,
            (Ok(spoke), "fires", Some(rule)) => spoke.contains(&rule),
            (Ok(spoke), "fires", None) => !spoke.is_empty(),
            (Ok(spoke), _, Some(rule)) => !spoke.contains(&rule),
            (Ok(spoke), _, None) => spoke.is_empty(),
        };
        Played { file: name.clone(), line: nth + 1, name: title, wanted, spoke, passed, of: file }
    });
    each.collect()
}

fn text(played: &[Played<'_>]) -> String {
    let mut out = String::new();
    for one in played.iter().filter(|one| !one.passed) {
        let why = match &one.spoke {
            Err(error) => error.to_string(),
            Ok(spoke) if spoke.is_empty() => "no rule spoke".into(),
            Ok(spoke) => format!("these spoke: {}", spoke.join(", ")),
        };
        out += &format!(
            "error[SIGMA-007]: the sample `{}` ({}) fails: {why}\n --> {}:{}:1\n",
            one.name, one.wanted, one.file, one.line
        );
    }
    out
}
