//! `tidegate intel verify DIR REPORT`: whether everything in a folder follows from its report.
//!
//! All files are made anew and compared byte by byte; where one differs, what differs in it is named:
//! objects of a bundle by id, values of other JSON by path, lines of text by number. Beside that, the
//! bundle and the flow as they stand are read for statements without evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::files::Understood;
use super::inputs::{Input, shown};
use super::{files, folder, inputs, understood};
use crate::cli::{Format, Intel, IntelVerify, IntelWith};
use crate::exit::{Ending, Failure, Outcome, data, say};

/// The most findings that are told of one file.
const MOST_OF_A_FILE: usize = 50;
/// The most bytes that are read of one file.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// Something that does not follow from the report.
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Finding {
    /// The file, below the folder.
    file: String,
    /// The object by id, the value by path, the line by number; empty where it is the whole file.
    at: String,
    /// What is wrong.
    what: String,
}

/// Runs the command.
///
/// # Errors
/// When the folder or the report cannot be read.
pub(super) fn run(args: &IntelVerify) -> Outcome {
    let IntelVerify { dir, report, with, no_replay, format } = args;
    let unreadable = |why: String| Failure::Input(format!("error: `{}` cannot be read: {why}", shown(dir)));
    let found = folder::below(dir).map_err(unreadable)?;
    if found.is_empty() {
        return Err(unreadable("it is empty".to_owned()));
    }
    let input = inputs::one(report)?;
    let (it, replay) = anew(dir, report, with, *no_replay, &input)?;
    let mut derived = files::all(&it)?;
    derived.push((folder::SUMS.to_owned(), folder::sums(&derived).into_bytes()));
    let derived: BTreeMap<String, Vec<u8>> = derived.into_iter().collect();
    let found: BTreeSet<String> = found.into_iter().collect();
    let mut findings = Vec::new();
    for name in found.iter().filter(|name| !derived.contains_key(*name)) {
        findings.push(finding(name, "", "is not made from the report"));
    }
    for (name, right) in &derived {
        if !found.contains(name) {
            findings.push(finding(name, "", "is missing"));
            continue;
        }
        let there = bytes(&dir.join(name)).map_err(|error| unreadable(format!("{name}: {error}")))?;
        if there != *right {
            findings.extend(differences(name, &there, right));
        }
        if ["bundle.json", "attack-flow.json"].contains(&name.as_str()) {
            let unproven = stix::unproven(&String::from_utf8_lossy(&there), &it.body);
            findings.extend(
                unproven.iter().take(MOST_OF_A_FILE).map(|one| finding(name, &one.object, &one.what)),
            );
        }
    }
    data(&match format {
        Format::Json => files::pretty(&findings),
        Format::Text if findings.is_empty() => {
            format!("{}: {} files follow from {}\n", shown(dir), derived.len(), shown(report))
        }
        Format::Text => findings.iter().map(line).collect(),
    })?;
    say(&format!("tidegate: read of the report: {}; {}", it.intel.how_much_was_read(), replay.word()));
    Ok(if findings.is_empty() { Ending::Clean } else { Ending::Findings })
}

/// What became of the figures of the replay.
#[derive(Clone, Copy)]
enum Again {
    /// The folder has none.
    None,
    /// It was run, and the folder is held to what came of it.
    Run,
    /// They are the folder's own.
    Taken,
}

impl Again {
    const fn word(self) -> &'static str {
        match self {
            Self::None => "it was written without a replay",
            Self::Run => "the replay was run again",
            Self::Taken => {
                "the figures of the replay are the folder's own (`--no-replay`): not derived again"
            }
        }
    }
}

/// The report, understood as when the folder was written. The last day of its patches is what the folder
/// says; so are the figures of the replay, where it is not run again.
fn anew(
    dir: &Path,
    report: &Path,
    with: &IntelWith,
    no_replay: bool,
    input: &Input,
) -> Result<(Understood, Again), Failure> {
    let said: Value = bytes(&dir.join("countermeasures.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let is_day = |day: &&str| day.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == *day);
    let expires = said.get("expires").and_then(Value::as_str).filter(is_day).map(str::to_owned);
    let IntelWith { published, tlp, library, endpoint } = with.clone();
    let args = Intel {
        report: report.to_owned(),
        out: Some(dir.to_owned()),
        published,
        tlp,
        library,
        endpoint,
        expires,
        no_replay: true,
        format: Format::Text,
    };
    let mut it = understood(&args, input)?;
    let replay = said.get("replay").filter(|replay| !replay.is_null());
    let again = match (replay, no_replay) {
        (None, _) => Again::None,
        (Some(_), false) => {
            it.measures.replay = Some(super::replayed(&it.measures)?);
            Again::Run
        }
        (Some(replay), true) => {
            it.measures.replay = serde_json::from_value(replay.clone()).ok();
            Again::Taken
        }
    };
    Ok((it, again))
}

fn finding(file: &str, at: &str, what: &str) -> Finding {
    Finding { file: file.to_owned(), at: at.to_owned(), what: what.to_owned() }
}

/// One line for people.
fn line(finding: &Finding) -> String {
    let Finding { file, at, what } = finding;
    let line = if at.is_empty() { format!("{file}: {what}") } else { format!("{file}: {at}: {what}") };
    report::plain(&line) + "\n"
}

fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What differs in a file; never empty.
fn differences(name: &str, there: &[u8], right: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    let values = (serde_json::from_slice::<Value>(there), serde_json::from_slice::<Value>(right));
    if let (Ok(there), Ok(right)) = &values {
        match (objects(there), objects(right)) {
            (Some(there), Some(right)) => compare_objects(&there, &right, &mut found),
            _ => compare("$", there, right, &mut found),
        }
    } else {
        compare_lines(there, right, &mut found);
    }
    if found.is_empty() {
        found.push((String::new(), "is written otherwise than the report's".to_owned()));
    }
    let more = found.len().saturating_sub(MOST_OF_A_FILE);
    found.truncate(MOST_OF_A_FILE);
    if more > 0 {
        found.push((String::new(), format!("and {more} more")));
    }
    found.into_iter().map(|(at, what)| Finding { file: name.to_owned(), at, what }).collect()
}

/// The objects of a bundle by id; none where it is no bundle, or one with an id twice.
fn objects(bundle: &Value) -> Option<BTreeMap<&str, &Value>> {
    let objects = bundle.get("objects")?.as_array()?;
    let by_id: BTreeMap<&str, &Value> =
        objects.iter().filter_map(|object| Some((object.get("id")?.as_str()?, object))).collect();
    (by_id.len() == objects.len()).then_some(by_id)
}

fn compare_objects(
    there: &BTreeMap<&str, &Value>,
    right: &BTreeMap<&str, &Value>,
    found: &mut Vec<(String, String)>,
) {
    for (id, object) in there {
        match right.get(id) {
            None => found.push(((*id).to_owned(), "does not follow from the report".to_owned())),
            Some(right) => {
                let mut inside = Vec::new();
                compare("$", object, right, &mut inside);
                found.extend(inside.into_iter().map(|(at, what)| ((*id).to_owned(), format!("{at} {what}"))));
            }
        }
    }
    for id in right.keys().filter(|id| !there.contains_key(*id)) {
        found.push(((*id).to_owned(), "is missing".to_owned()));
    }
}

fn compare(at: &str, there: &Value, right: &Value, found: &mut Vec<(String, String)>) {
    match (there, right) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for (key, value) in ours {
                match theirs.get(key) {
                    None => found.push((format!("{at}.{key}"), "does not follow from the report".to_owned())),
                    Some(right) => compare(&format!("{at}.{key}"), value, right, found),
                }
            }
            for key in theirs.keys().filter(|key| !ours.contains_key(*key)) {
                found.push((format!("{at}.{key}"), "is missing".to_owned()));
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for (nth, (value, right)) in ours.iter().zip(theirs).enumerate() {
                compare(&format!("{at}[{nth}]"), value, right, found);
            }
            if ours.len() != theirs.len() {
                let what = format!("has {} members, and {} by the report", ours.len(), theirs.len());
                found.push((at.to_owned(), what));
            }
        }
        _ if there != right => {
            found.push((at.to_owned(), format!("is {}, and {} by the report", short(there), short(right))));
        }
        _ => {}
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 80 { text.chars().take(80).chain(['…']).collect() } else { text }
}

fn compare_lines(there: &[u8], right: &[u8], found: &mut Vec<(String, String)>) {
    let (there, right) = (String::from_utf8_lossy(there), String::from_utf8_lossy(right));
    let (there, right): (Vec<&str>, Vec<&str>) = (there.lines().collect(), right.lines().collect());
    for (nth, (ours, theirs)) in there.iter().zip(&right).enumerate() {
        if ours != theirs {
            let what =
                format!("is {}, and {} by the report", short(&(*ours).into()), short(&(*theirs).into()));
            found.push((format!("line {}", nth + 1), what));
        }
    }
    if there.len() != right.len() {
        found.push((String::new(), format!("has {} lines, and {} by the report", there.len(), right.len())));
    }
}
