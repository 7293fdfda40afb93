//! `tidegate sigma check`: what is wrong with rules, and what is not applicable here.

use std::path::PathBuf;

use serde_json::json;
use sigma::{Field, Loaded};
use spec::diagnostic::{Diagnostic, Severity, Source};

use super::files::{self, RuleFile};
use crate::cli::Format;
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Checks the rules at `paths`.
pub(super) fn run(paths: &[PathBuf], format: Format) -> Outcome {
    let files = files::read(paths)?;
    let loaded = sigma::load(&files::borrowed(&files), 0);
    match format {
        Format::Text => data(&text(&files, &loaded))?,
        Format::Json => data(&super::pretty(&as_json(&files, &loaded)))?,
    }
    let rules = loaded.rules.all();
    let applicable = rules.iter().filter(|rule| rule.is_applicable()).count();
    let (faults, away) = (loaded.faults.len(), rules.len() - applicable);
    say(&format!(
        "tidegate: {} rules in {} files: {applicable} applicable here, {away} not, {faults} faults",
        rules.len(),
        files.len()
    ));
    if loaded.has_errors() {
        return Err(Failure::Input("error: some of these rules could not be read; see above".into()));
    }
    Ok(if faults > 0 { Ending::Findings } else { Ending::Clean })
}

/// Fails with what is wrong, where something cannot be read.
pub(super) fn readable(files: &[RuleFile], loaded: &Loaded) -> Result<(), Failure> {
    if !loaded.has_errors() {
        return Ok(());
    }
    let errors = loaded.faults.iter().filter(|fault| fault.diagnostic.severity == Severity::Error);
    let shown: String = errors.map(|fault| rendered(files, fault.file, &fault.diagnostic)).collect();
    Err(Failure::Input(format!("{shown}error: some of these rules could not be read; see above")))
}

fn rendered(files: &[RuleFile], file: usize, diagnostic: &Diagnostic) -> String {
    let source = files
        .get(file)
        .map_or(Source { name: "", text: "" }, |file| Source { name: &file.name, text: &file.text });
    diagnostic.render(source, super::colour())
}

fn text(files: &[RuleFile], loaded: &Loaded) -> String {
    let mut out = String::new();
    for fault in &loaded.faults {
        out += &rendered(files, fault.file, &fault.diagnostic);
        out.push('\n');
    }
    for rule in loaded.rules.all() {
        let file = files.iter().position(|file| *file.name == *rule.file).unwrap_or(usize::MAX);
        for (reason, at) in &rule.reasons {
            let message = format!("`{}` is not applicable here: {reason}", rule.title);
            let told = Diagnostic::warning("SIGMA-006", message, *at).help(reason.help());
            out += &rendered(files, file, &told);
            out.push('\n');
        }
    }
    out
}

fn as_json(files: &[RuleFile], loaded: &Loaded) -> serde_json::Value {
    let faults = loaded.faults.iter().map(|fault| {
        let one = &fault.diagnostic;
        json!({
            "code": one.code,
            "level": if one.severity == Severity::Error { "error" } else { "warning" },
            "message": one.message,
            "file": files.get(fault.file).map(|file| &file.name),
            "line": one.at.line,
            "column": one.at.column,
            "help": one.help,
        })
    });
    let rules = loaded.rules.all().iter().map(|rule| {
        let mut told = super::rule_json(rule);
        if let Some(told) = told.as_object_mut() {
            told.insert("correlation".into(), rule.is_correlation.into());
            told.insert("told".into(), rule.is_told.into());
            told.insert("applicable".into(), rule.is_applicable().into());
            let reasons = rule.reasons.iter().map(|(reason, at)| {
                json!({"reason": reason.to_string(), "line": at.line, "column": at.column, "help": reason.help()})
            });
            told.insert("reasons".into(), reasons.collect());
        }
        told
    });
    json!({"faults": faults.collect::<Vec<_>>(), "rules": rules.collect::<Vec<_>>()})
}

/// Lists the fields.
pub(super) fn fields(format: Format) -> Outcome {
    let kind = |field: &Field| format!("{:?}", field.kind()).to_lowercase();
    match format {
        Format::Json => {
            let all = Field::ALL
                .iter()
                .map(|field| json!({"name": field.name(), "kind": kind(field), "doc": field.doc()}));
            data(&super::pretty(&all.collect()))?;
        }
        Format::Text => {
            let lines = Field::ALL
                .iter()
                .map(|field| format!("{:<16} {:<8} {}\n", field.name(), kind(field), field.doc()));
            data(&lines.collect::<String>())?;
        }
    }
    Ok(Ending::Clean)
}
