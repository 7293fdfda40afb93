//! CWE: the ontology's copy, with the links to CAPEC and the categories of CWE's own XML.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use quick_xml::events::{BytesStart, Event};

use super::d3fend::Weakness;
use super::row;
use crate::data;

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>> {
    match element.try_get_attribute(name)? {
        Some(value) => Ok(Some(value.unescape_value()?.into_owned())),
        None => Ok(None),
    }
}

/// What only CWE's XML tells, a row a number: kind (`category`, `deprecated`, or empty), the name where
/// there is a kind, and the attack patterns.
pub(super) fn links(path: &Path) -> Result<String> {
    let xml = data::text(path)?;
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut rows: BTreeMap<u16, (String, String, Vec<u16>)> = BTreeMap::new();
    let mut inside = None;
    loop {
        match reader.read_event().with_context(|| format!("read {}", path.display()))? {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => match element.name().as_ref() {
                name @ (b"Weakness" | b"Category") => {
                    let category = name == b"Category";
                    let number: u16 = attribute(&element, "ID")?.context("an entry without ID")?.parse()?;
                    let withdrawn = attribute(&element, "Status")?.as_deref() == Some("Deprecated");
                    let kind = if withdrawn {
                        "deprecated"
                    } else if category {
                        "category"
                    } else {
                        ""
                    };
                    let named = if kind.is_empty() { None } else { attribute(&element, "Name")? };
                    let named = named.unwrap_or_default();
                    rows.insert(number, (kind.to_owned(), named, Vec::new()));
                    inside = Some(number);
                }
                b"Related_Attack_Pattern" => {
                    let pattern: u16 =
                        attribute(&element, "CAPEC_ID")?.context("a pattern without id")?.parse()?;
                    if let Some((_, _, patterns)) = inside.and_then(|number| rows.get_mut(&number)) {
                        patterns.push(pattern);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    let mut text = String::new();
    for (number, (kind, name, mut patterns)) in rows {
        patterns.sort_unstable();
        patterns.dedup();
        if !kind.is_empty() || !patterns.is_empty() {
            text.push_str(&row(&[&number.to_string(), &kind, &name, &join(&patterns)])?);
        }
    }
    Ok(text)
}

fn join(numbers: &[u16]) -> String {
    numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}

/// The table that `catalog` reads: the ontology's weaknesses with the patterns, and the categories and
/// withdrawn entries that the ontology leaves out.
pub(super) fn table(weaknesses: &[Weakness], kept: &str) -> Result<String> {
    let mut rows: BTreeMap<u16, [String; 4]> = BTreeMap::new();
    for weakness in weaknesses {
        let cells = [String::new(), weakness.name.clone(), join(&weakness.parents), String::new()];
        rows.insert(weakness.number, cells);
    }
    for line in kept.lines() {
        let mut cells = line.split('\t');
        let mut next = || cells.next().unwrap_or_default().to_owned();
        let (number, kind, name, patterns) = (next(), next(), next(), next());
        let number: u16 = number.parse().with_context(|| format!("read the row {line:?}"))?;
        match rows.get_mut(&number) {
            Some(cells) => cells[3] = patterns,
            None if kind.is_empty() => {}
            None => {
                rows.insert(number, [kind, name, String::new(), patterns]);
            }
        }
    }
    let mut text = String::new();
    for (number, [kind, name, parents, patterns]) in rows {
        text.push_str(&row(&[&number.to_string(), &kind, &name, &parents, &patterns])?);
    }
    Ok(text)
}
