//! ATT&CK's rows -> techniques, tactics, mitigations, and who uses what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::row;
use crate::data::json_lines;

/// Short names of the tactics in the order of the Enterprise matrix, which the rows do not tell.
const ORDER: [&str; 14] = [
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
];

#[derive(Deserialize)]
struct Technique {
    id: String,
    stix_id: String,
    name: String,
    tactics: Vec<String>,
    revoked: bool,
    deprecated: bool,
    replaced_by: Option<String>,
    mitigations: Vec<String>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    stix_id: String,
    name: String,
    #[serde(default)]
    shortname: String,
}

#[derive(Deserialize)]
struct Procedure {
    technique: String,
    text: String,
}

pub(super) fn tables(folder: &Path) -> Result<BTreeMap<&'static str, String>> {
    let folder = folder.join("attack");
    let mut techniques: Vec<Technique> = json_lines(&folder.join("techniques.jsonl"))?;
    techniques.sort_by(|left, right| left.id.cmp(&right.id));
    let tactics: Vec<Named> = json_lines(&folder.join("tactics.jsonl"))?;
    let mut mitigations: Vec<Named> = json_lines(&folder.join("mitigations.jsonl"))?;
    mitigations.sort_by(|left, right| left.id.cmp(&right.id));
    let procedures: Vec<Procedure> = json_lines(&folder.join("procedures.jsonl"))?;

    let mut ordered = Vec::new();
    for shortname in ORDER {
        ordered.push(tactics.iter().find(|tactic| tactic.shortname == shortname).context(shortname)?);
    }
    if ordered.len() != tactics.len() {
        bail!("a tactic has no place in the matrix as we know it");
    }
    Ok(BTreeMap::from([
        ("attack-techniques.tsv", technique_rows(&techniques, &ordered)?),
        ("attack-tactics.tsv", named_rows(&ordered, true)?),
        ("attack-mitigations.tsv", named_rows(&mitigations.iter().collect::<Vec<_>>(), false)?),
        ("attack-actors.tsv", actor_rows(&procedures)?),
    ]))
}

fn uuid(stix_id: &str) -> Result<&str> {
    Ok(stix_id.split_once("--").with_context(|| format!("`{stix_id}` is no STIX id"))?.1)
}

fn technique_rows(techniques: &[Technique], tactics: &[&Named]) -> Result<String> {
    let mut text = String::new();
    for technique in techniques {
        let (status, by) = match (technique.revoked, &technique.replaced_by, technique.deprecated) {
            (true, Some(by), _) => ("revoked", by.as_str()),
            (true, None, _) => bail!("{} is revoked by nothing", technique.id),
            (false, _, true) => ("deprecated", ""),
            (false, _, false) => ("", ""),
        };
        let known: Vec<&str> = tactics
            .iter()
            .filter(|tactic| technique.tactics.contains(&tactic.shortname))
            .map(|tactic| tactic.id.as_str())
            .collect();
        if known.len() != technique.tactics.len() {
            bail!("{} has a tactic that is not in the matrix", technique.id);
        }
        let mut mitigations = technique.mitigations.clone();
        mitigations.sort();
        text.push_str(&row(&[
            &technique.id,
            uuid(&technique.stix_id)?,
            &technique.name,
            status,
            by,
            &known.join(","),
            &mitigations.join(","),
        ])?);
    }
    Ok(text)
}

fn named_rows(rows: &[&Named], with_shortname: bool) -> Result<String> {
    let mut text = String::new();
    for named in rows {
        let mut cells = vec![named.id.as_str(), uuid(&named.stix_id)?, named.name.as_str()];
        if with_shortname {
            cells.push(&named.shortname);
        }
        text.push_str(&row(&cells)?);
    }
    Ok(text)
}

/// Groups and campaigns with the techniques of those examples that begin with their name: `[Name](link)
/// ...`, or `During [Campaign](link), ...`. A name further inside a sentence may be there for another
/// reason and is left out.
fn actor_rows(procedures: &[Procedure]) -> Result<String> {
    let mut actors: BTreeMap<&str, (&str, BTreeSet<&str>)> = BTreeMap::new();
    for procedure in procedures {
        let Some((before, link)) = procedure.text.split_once('[') else { continue };
        let Some((name, link)) = link.split_once("](https://attack.mitre.org/") else { continue };
        let Some((target, _)) = link.split_once(')') else { continue };
        let Some((kind, id)) = target.split_once('/') else { continue };
        let opens = match kind {
            "groups" => before.is_empty(),
            "campaigns" => {
                let before = before.trim().trim_end_matches(" the").to_ascii_lowercase();
                ["", "during", "in", "for", "throughout", "as part of"].contains(&before.as_str())
            }
            _ => false,
        };
        if opens {
            let (_, techniques) = actors.entry(id).or_insert((name, BTreeSet::new()));
            techniques.insert(&procedure.technique);
        }
    }
    let mut text = String::new();
    for (id, (name, techniques)) in actors {
        let techniques: Vec<&str> = techniques.into_iter().collect();
        text.push_str(&row(&[id, name, &techniques.join(",")])?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_opens_the_sentence_is_its_actor() {
        let link = |kind: &str, id: &str| format!("[Name {id}](https://attack.mitre.org/{kind}/{id})");
        let example = |text: String| Procedure { technique: "T1190".to_owned(), text };
        let procedures = [
            example(format!("{} did it.", link("groups", "G0001"))),
            example(format!("During {}, {} did it.", link("campaigns", "C0002"), link("groups", "G0003"))),
            example(format!("{} used by {}.", link("software", "S0001"), link("groups", "G0004"))),
            example(format!("Unlike {}, others did.", link("groups", "G0005"))),
            example("No name.".to_owned()),
        ];
        assert_eq!(actor_rows(&procedures).unwrap(), "C0002\tName C0002\tT1190\nG0001\tName G0001\tT1190\n");
    }
}
