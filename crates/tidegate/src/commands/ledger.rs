//! `tidegate ledger`: who received whose data. Reads while a gateway writes.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::{Context, Error};
use domain::{Endpoint, Method, Timestamp};
use ledger::{Filter, Head};
use report::account::Ground;
use report::export::{CSV_HEAD, Line};
use spec::decode::nearest;
use spec::router::Router;
use store::{FileSystem, FoundEntry, LedgerReader, ReadError, Reading};

use crate::cli::{DossierFormat, ExportFormat, Format, Ledger, Part, Question};
use crate::commands::look_up;
use crate::exit::{Ending, Failure, Outcome, data, say};

/// Lines of recipients and doors that the text form shows.
const MOST_LINES: usize = 50;

/// Answers one question.
///
/// # Errors
/// No ledger, a wrong value, or a disk that refuses.
pub fn run(ledger: &Ledger) -> Outcome {
    let disk = FileSystem;
    if ledger.state.is_file() {
        return Err(Failure::Usage(format!(
            "`--state {}` is a file; name the folder that the gateway keeps its state in",
            ledger.state.display()
        )));
    }
    let reader = LedgerReader::open(&ledger.state, &disk).map_err(read_failure)?;
    if let Question::Subject { value, .. } | Question::Principal { value, .. } = &ledger.question
        && value.trim().is_empty()
    {
        return Err(Failure::Usage("an empty value names nobody".into()));
    }
    if let Question::Exposure { part, .. } | Question::Export { part, .. } | Question::Dossier { part, .. } =
        &ledger.question
        && let Some(endpoint) = filter(part)?.endpoints.into_iter().next()
        && !reader.has_endpoint(&endpoint).map_err(read_failure)?
    {
        say(&no_endpoint(&endpoint, &reader.endpoints().map_err(read_failure)?));
    }
    match &ledger.question {
        Question::Subject { value, format } => {
            let gone = reader.without_key().map_err(read_failure)?;
            if reader.periods().is_empty() && !gone.is_empty() {
                return Err(Failure::Input(look_up::key_gone(&gone)));
            }
            let readings = look_up::readings(value, &reader.endpoints().map_err(read_failure)?);
            let digests = reader.subject_digests(&readings.keys);
            let digests = reader.linked(digests).map_err(read_failure)?;
            let filter = Filter { subjects: Some(digests), ..Filter::default() };
            let told = account(&reader, &filter, *format)?;
            for remark in readings.remarks(told.received == Received::Something) {
                say(&remark);
            }
            // What was found is at least so much; the question as a whole is not answered.
            if gone.is_empty() { Ok(told.ending) } else { Err(Failure::Input(look_up::key_gone(&gone))) }
        }
        Question::Client { value, format } => {
            Ok(account(&reader, &Filter { client: Some(*value), ..Filter::default() }, *format)?.ending)
        }
        Question::Principal { value, config, format } => {
            if !reader.knows_callers() {
                return Err(Failure::Input(
                    "error: the key `keys/callers.key` is gone: nobody can say what this principal received\n  help: restore it from a backup and ask again".into(),
                ));
            }
            let issuers = config.as_deref().map(issuers).transpose()?.unwrap_or_default();
            let with_issuer = issuers.iter().map(|issuer| format!("{issuer}|{value}"));
            let names = with_issuer.chain([value.clone()]);
            let principals = Some(names.flat_map(|name| reader.principal_digests(&name)).collect());
            let told = account(&reader, &Filter { principals, ..Filter::default() }, *format)?;
            if told.received == Received::Nothing && !value.contains('|') {
                say(&no_principal(value, &issuers));
            }
            Ok(told.ending)
        }
        Question::Exposure { part, format } => Ok(account(&reader, &filter(part)?, *format)?.ending),
        Question::Verify { anchor, format } => verify(&reader, anchor.as_deref(), *format),
        Question::Export { part, format } => export(&reader, &filter(part)?, *format),
        Question::Dossier { part, format } => {
            let dossier =
                reader.dossier(&filter(part)?, scope(part), gateway::now()).map_err(read_failure)?;
            data(&match format {
                DossierFormat::Text => report::dossier::text(&dossier),
                DossierFormat::Json => report::dossier::json(&dossier),
                DossierFormat::Html => report::dossier::html(&dossier),
            })?;
            Ok(ending(&dossier.gaps))
        }
    }
}

/// A ledger that is not whole is a finding, whatever was asked.
pub(super) fn ending(gaps: &[ledger::Gap]) -> Ending {
    if gaps.is_empty() { Ending::Clean } else { Ending::Findings }
}

/// The issuers that a configuration trusts: a token's subject stands in the ledger with its issuer.
fn issuers(path: &std::path::Path) -> Result<Vec<String>, Failure> {
    let loaded = crate::config::load(path, |_| {}, &[], gateway::now());
    let loaded = loaded.map_err(|findings| Failure::Input(crate::commands::serve::render(&findings)))?;
    let issuers = &loaded.config.identify.issuers;
    Ok(issuers.iter().map(|issuer| issuer.issuer.to_string()).collect())
}

/// Nothing stands under a bare name: said with the form that would find it.
fn no_principal(name: &str, issuers: &[String]) -> String {
    let tried = match issuers {
        [] => String::new(),
        issuers => format!(" with the issuers {}", issuers.join(", ")),
    };
    let shown: String = name.chars().take(40).collect();
    format!(
        "nothing is on record under this name{tried}; the subject of a token stands with its issuer: ask for `https://idp.example|{shown}`, or name the configuration with `--config` to try its issuers"
    )
}

/// Nothing stands under a door: said with the one that may be meant.
fn no_endpoint(asked: &Endpoint, doors: &BTreeSet<Endpoint>) -> String {
    let written = asked.to_string();
    let doors: Vec<&Endpoint> = doors.iter().collect();
    let router = Router::new(doors.iter().map(|door| (*door).clone()));
    let segments: Vec<&str> = asked.template().as_str().split('/').skip(1).collect();
    let method: Option<Method> = asked.method().as_str().to_ascii_uppercase().parse().ok();
    let routed = method.and_then(|method| Some(router.route(&method, &segments)?.index));
    let routed = routed.and_then(|index| doors.get(index)).map(ToString::to_string);
    let names: Vec<String> = doors.iter().map(ToString::to_string).collect();
    let meant = routed.or_else(|| nearest(&written, names.iter().map(String::as_str)).map(str::to_owned));
    let help = match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`tidegate ledger exposure` names the doors on record, as templates".to_owned(),
    };
    format!("no entry of the ledger is about `{written}`; {help}")
}

fn filter(part: &Part) -> Result<Filter, Failure> {
    let since = part.since.as_deref().map(since).transpose()?;
    let until = part.until.as_deref().map(Timestamp::parse_expiry).transpose().map_err(Failure::Usage)?;
    if let (Some(since), Some(until)) = (since, until)
        && since > until
    {
        return Err(Failure::Usage(format!(
            "`--since` ({since}) is after `--until` ({until}): that is no time"
        )));
    }
    let endpoint = part.endpoint.as_deref().map(str::parse).transpose();
    let endpoint = endpoint.map_err(|error: domain::EndpointError| Failure::Usage(error.to_string()))?;
    let operator = part.operator.as_deref().map(Into::into);
    let endpoints = endpoint.into_iter().collect();
    Ok(Filter { since, until, endpoints, operator, client: part.client, ..Filter::default() })
}

/// A day begins with its first millisecond.
fn since(text: &str) -> Result<Timestamp, Failure> {
    let at = Timestamp::parse_expiry(text).map_err(Failure::Usage)?;
    let is_day = text.len() == 10;
    Ok(if is_day { Timestamp::from_millis(at.millis().saturating_sub(86_399_999)) } else { at })
}

/// The scope of a dossier in words.
fn scope(part: &Part) -> Vec<String> {
    let Part { since, until, endpoint, operator, client } = part;
    let words = [
        since.as_ref().map(|since| format!("since {since}")),
        until.as_ref().map(|until| format!("until {until}")),
        endpoint.as_ref().map(|endpoint| format!("endpoint {endpoint}")),
        operator.as_ref().map(|operator| format!("operator {operator}")),
        client.as_ref().map(|client| format!("client {client}")),
    ];
    words.into_iter().flatten().collect()
}

/// Whether an account has anything in it.
#[derive(PartialEq, Eq)]
enum Received {
    Something,
    Nothing,
}

/// What came of telling an account.
struct Told {
    received: Received,
    ending: Ending,
}

fn account(reader: &LedgerReader<'_>, filter: &Filter, format: Format) -> Result<Told, Failure> {
    let (account, reading) = reader.account(filter).map_err(read_failure)?;
    let ground = ground(&reading);
    data(&match format {
        Format::Text => report::account::text(&account, ground, MOST_LINES),
        Format::Json => report::account::json(&account, ground),
    })?;
    let is_empty = account.subjects.at_most == 0 && account.own_subjects == 0;
    let received = if is_empty { Received::Nothing } else { Received::Something };
    Ok(Told { received, ending: ending(&reading.gaps) })
}

fn ground(reading: &Reading) -> Ground<'_> {
    Ground { gaps: &reading.gaps, pruned: reading.pruned, head: reading.head }
}

fn verify(reader: &LedgerReader<'_>, anchor: Option<&str>, format: Format) -> Outcome {
    let anchor = anchor.map(str::parse::<Head>).transpose().map_err(|error| {
        Failure::Usage(format!("`--anchor`: {error}; it is the hash of a `ledger head` line in the log"))
    })?;
    let found = reader.verify(anchor).map_err(read_failure)?;
    data(&match format {
        Format::Text => report::verification::text(&found),
        Format::Json => report::verification::json(&found),
    })?;
    Ok(if found.faults.is_empty() { Ending::Clean } else { Ending::Findings })
}

fn export(reader: &LedgerReader<'_>, filter: &Filter, format: ExportFormat) -> Outcome {
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut written = match format {
        ExportFormat::Csv => out.write_all(CSV_HEAD.as_bytes()),
        ExportFormat::Ndjson => Ok(()),
    };
    let mut rows = String::new();
    let reading = reader.scan(filter, &mut |found| {
        if written.is_err() {
            return;
        }
        let line = match found {
            FoundEntry::Exposure(exposure, end) => Line::Exposure(exposure, end),
            FoundEntry::Repeated(exposure, count) => Line::Repeated(exposure, count),
            FoundEntry::Refused(withheld) => Line::Refused(withheld),
            _ => return,
        };
        rows.clear();
        match format {
            ExportFormat::Csv => report::export::csv(line, &mut rows),
            ExportFormat::Ndjson => {
                rows.push_str(&report::export::ndjson(line));
                rows.push('\n');
            }
        }
        written = out.write_all(rows.as_bytes());
    });
    written.and_then(|()| out.flush()).context("write the export")?;
    let reading = reading.map_err(read_failure)?;
    Ok(ending(&reading.gaps))
}

/// What is not there is the input's fault, what the disk refuses is not.
pub(super) fn read_failure(error: ReadError) -> Failure {
    match error {
        ReadError::NoLedger { .. } => Failure::Input(format!("error: {error}")),
        error => Failure::Ours(Error::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_from_its_beginning_to_its_end() {
        assert_eq!(since("2026-11-01").unwrap().to_string(), "2026-11-01T00:00:00Z");
        assert_eq!(since("2026-11-01T08:00:00Z").unwrap().to_string(), "2026-11-01T08:00:00Z");
        assert!(since("yesterday").is_err());
    }
}
