//! `tidegate intel pull`: the reports of a TAXII 2.1 server as bundles in a folder.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, anyhow};
use serde_json::{Value, json};

use super::files::pretty;
use super::taxii::{Purpose, Server, block_on};
use crate::cli::TaxiiPull;
use crate::exit::{Ending, Failure, Outcome, say};

/// The most objects, bytes and pages of one collection.
const MOST_OBJECTS: usize = 100_000;
const MOST_BYTES: usize = 256 * 1024 * 1024;
const MOST_PAGES: usize = 10_000;

/// Runs the command.
///
/// # Errors
/// When the server does not do its part, or the folder cannot be written.
pub(super) fn run(args: &TaxiiPull) -> Outcome {
    let after = args.added_after.as_deref().map(stix::published).transpose();
    let after = after.map_err(|error| Failure::Usage(format!("`--added-after`: {error}")))?;
    let objects = block_on(&args.server, async {
        let server = Server::open(&args.server, Purpose::Read).await?;
        everything(&server, after.as_deref()).await
    })?;
    let bundles = bundles(&objects);
    std::fs::create_dir_all(&args.dir).with_context(|| format!("make the folder {}", args.dir.display()))?;
    for (name, bundle) in &bundles {
        let path = args.dir.join(name);
        std::fs::write(&path, pretty(bundle)).with_context(|| format!("write {}", path.display()))?;
    }
    let (count, files) = (objects.len(), bundles.len());
    say(&format!("tidegate: {count} objects in {files} files written to {}", args.dir.display()));
    Ok(Ending::Clean)
}

/// All objects of the collection, page by page; of each the newest version.
async fn everything(server: &Server, after: Option<&str>) -> Result<BTreeMap<String, Value>, Failure> {
    let mut objects: BTreeMap<String, Value> = BTreeMap::new();
    let mut next: Option<String> = None;
    let mut last: Vec<Value> = Vec::new();
    let mut bytes = 0_usize;
    for _ in 0..MOST_PAGES {
        let mut query = String::from("limit=100");
        if let Some(after) = after {
            query.push_str("&added_after=");
            query.push_str(&escaped(after));
        }
        if let Some(next) = &next {
            query.push_str("&next=");
            query.push_str(&escaped(next));
        }
        let page = server.get(&server.objects(), &query).await?;
        let listed = page.get("objects").and_then(Value::as_array).cloned().unwrap_or_default();
        if !listed.is_empty() && listed == last {
            return Err(anyhow!("the TAXII server sends the same page again").into());
        }
        last.clone_from(&listed);
        for object in listed {
            bytes = bytes.saturating_add(object.to_string().len());
            let Some(id) = object.get("id").and_then(Value::as_str).filter(|id| is_id(id)) else {
                return Err(anyhow!("the server sends an object without an id of STIX").into());
            };
            let id = id.to_owned();
            if objects.get(&id).is_none_or(|held| version(held) < version(&object)) {
                objects.insert(id, object);
            }
        }
        if objects.len() > MOST_OBJECTS || bytes > MOST_BYTES {
            return Err(anyhow!(
                "the collection has more than 100,000 objects or 256 MiB; ask for less with --added-after"
            )
            .into());
        }
        let more = page.get("more").and_then(Value::as_bool).unwrap_or(false);
        let following = page.get("next").and_then(Value::as_str).map(str::to_owned);
        // The name of what follows may stay the same: some servers count pages for themselves.
        if !more || following.is_none() || last.is_empty() {
            return Ok(objects);
        }
        next = following;
    }
    Err(anyhow!("the collection has more than {MOST_PAGES} pages").into())
}

/// Times of STIX are ordered as texts, once their fractions are equally long.
fn version(object: &Value) -> String {
    let text =
        object.get("modified").or_else(|| object.get("created")).and_then(Value::as_str).unwrap_or_default();
    let (whole, fraction) =
        text.trim_end_matches('Z').split_once('.').unwrap_or((text.trim_end_matches('Z'), ""));
    format!("{whole}.{fraction:0<9}")
}

/// `kind--uuid`: what can name a file too.
fn is_id(id: &str) -> bool {
    let Some((kind, uuid)) = id.split_once("--") else { return false };
    let kind_fits =
        !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let uuid_fits = uuid.len() == 36 && uuid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    kind_fits && uuid_fits && kind.len() <= 60
}

/// Everything but letters, digits and `-._~` escaped for a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match char::from(byte) {
            letter if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_' | '~') => {
                escaped.push(letter)
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// A bundle for each report, with what it names; and one for what belongs to no report.
fn bundles(objects: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut bundles = BTreeMap::new();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for (id, report) in objects.iter().filter(|(id, _)| id.starts_with("report--")) {
        let mut members: BTreeSet<&str> = BTreeSet::from([id.as_str()]);
        let refs = report.get("object_refs").and_then(Value::as_array);
        members.extend(refs.into_iter().flatten().filter_map(Value::as_str));
        // What those refer to: who made them, markings, extensions.
        for id in members.clone() {
            members.extend(objects.get(id).map(refers).unwrap_or_default());
        }
        for id in members.clone() {
            members.extend(objects.get(id).map(refers).unwrap_or_default());
        }
        members.retain(|id| objects.contains_key(*id));
        named.extend(&members);
        bundles.insert(format!("{id}.json"), bundle(id, &members, objects));
    }
    let other: BTreeSet<&str> = objects.keys().map(String::as_str).filter(|id| !named.contains(id)).collect();
    if !other.is_empty() {
        bundles.insert("other.json".to_owned(), bundle("other", &other, objects));
    }
    bundles
}

/// Who made an object, how it is marked, and what its extensions are.
fn refers(object: &Value) -> Vec<&str> {
    let one = object.get("created_by_ref").and_then(Value::as_str);
    let marks = object.get("object_marking_refs").and_then(Value::as_array);
    let extensions = object.get("extensions").and_then(Value::as_object);
    one.into_iter()
        .chain(marks.into_iter().flatten().filter_map(Value::as_str))
        .chain(extensions.into_iter().flat_map(|all| all.keys().map(String::as_str)))
        .collect()
}

fn bundle(name: &str, members: &BTreeSet<&str>, objects: &BTreeMap<String, Value>) -> Value {
    let members: Vec<&Value> = members.iter().filter_map(|id| objects.get(*id)).collect();
    // The same members have the same id: the report's own, under another kind.
    let id = match name.split_once("--") {
        Some((_, uuid)) => format!("bundle--{uuid}"),
        None => "bundle--00000000-0000-4000-8000-000000000000".to_owned(),
    };
    json!({ "type": "bundle", "id": id, "objects": members })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_report_becomes_a_bundle_with_what_it_names_and_nothing_is_lost() {
        let id = |kind: &str, n: u8| format!("{kind}--00000000-0000-4000-8000-0000000000{n:02}");
        let objects: BTreeMap<String, Value> = [
            json!({ "id": id("report", 1), "object_refs": [id("note", 2), id("note", 9)], "created_by_ref": id("identity", 3) }),
            json!({ "id": id("note", 2), "object_marking_refs": [id("marking-definition", 4)] }),
            json!({ "id": id("identity", 3) }),
            json!({ "id": id("marking-definition", 4), "created_by_ref": id("identity", 6) }),
            json!({ "id": id("note", 5) }),
            json!({ "id": id("identity", 6) }),
        ]
        .into_iter()
        .map(|object| (object.get("id").unwrap().as_str().unwrap().to_owned(), object))
        .collect();
        let bundles = bundles(&objects);
        let members =
            |name: &str| bundles.get(name).unwrap().get("objects").unwrap().as_array().unwrap().len();
        assert_eq!(bundles.len(), 2);
        assert_eq!(members(&format!("{}.json", id("report", 1))), 5);
        assert_eq!(members("other.json"), 1);
    }

    #[test]
    fn an_id_that_is_none_names_no_file() {
        for (id, fits) in [
            ("report--00000000-0000-4000-8000-000000000001", true),
            ("../../report--00000000-0000-4000-8000-000000000001", false),
            ("report--../../../../../../../../../../../../x", false),
            ("report--", false),
            ("report", false),
        ] {
            assert_eq!(is_id(id), fits, "{id}");
        }
    }

    #[test]
    fn the_newer_version_is_told_by_its_time() {
        let of = |text: &str| version(&json!({ "modified": text }));
        assert!(of("2031-05-17T00:00:00Z") < of("2031-05-17T00:00:00.001Z"));
        assert!(of("2031-05-17T00:00:00.1Z") > of("2031-05-17T00:00:00.001Z"));
        assert!(of("2031-05-17T00:00:00.100000Z") == of("2031-05-17T00:00:00.1Z"));
    }
}
