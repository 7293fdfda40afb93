//! What would have stopped the findings of a hunt, in the forms in which it is put into force: a virtual
//! patch, a budget, a Sigma rule; each with what it would have refused in the same log.
//!
//! Patches are the dossier's. Sigma and YAML are built as trees ([`Node`]) and written from them: nothing
//! from a log is pasted.

use std::fmt::Write as _;

use domain::{Segment, Timestamp};
use hunt::{Proposal, Refused};
use respond::{Passes, Prevention};
use serde_json::{Value, json};

use crate::grouped;
use crate::incident_dossier::{patch, yaml_text};
use crate::inert::plain;

/// What is written.
pub const FILES: [&str; 4] = ["patch.cedar", "budgets.yaml", "rules.yml", "replay.json"];

/// A proposal with the result of its replay.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// For whom and where.
    pub proposal: Proposal,
    /// What the patch would have refused.
    pub patch: Refused,
    /// Most records that another address was answered with in an hour.
    pub busiest: u32,
    /// The budget: records an hour and caller.
    pub most: u32,
    /// What it would have refused.
    pub budget: Refused,
    /// What the rule would have refused from its first word on.
    pub rule: Refused,
}

/// A tree of YAML.
enum Node {
    Text(String),
    Number(u64),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Node {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Writes it as a block; keys are ours or quoted by whoever made them.
    fn write(&self, indent: usize, out: &mut String) {
        let pad = " ".repeat(indent);
        // Writing to a `String` cannot fail.
        match self {
            Self::Text(text) => out.push_str(&yaml_text(text)),
            Self::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Self::List(items) => {
                for item in items {
                    let _ = write!(out, "\n{pad}- ");
                    item.write(indent + 2, out);
                }
            }
            Self::Map(entries) => {
                for (nth, (key, value)) in entries.iter().enumerate() {
                    if nth > 0 || indent > 0 {
                        let _ = write!(out, "\n{pad}");
                    }
                    let _ = write!(out, "{key}:");
                    if matches!(value, Self::Text(_) | Self::Number(_)) {
                        out.push(' ');
                    }
                    value.write(indent + 2, out);
                }
            }
        }
    }
}

fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// The title of the rule that is told, by which the replay knows it again.
fn title(one: &Proposed) -> String {
    format!(
        "More Than Anybody Else Reads at {} ({})",
        plain(&one.proposal.endpoint.to_string()),
        one.proposal.finding
    )
}

/// Of which proposal the rule with this title is.
#[must_use]
pub fn nth_of(all: &[Proposed], known: &str) -> Option<usize> {
    all.iter().position(|one| title(one) == known)
}

/// The Sigma rules: for each proposal what counts, and how many of it are too many.
#[must_use]
pub fn rules(all: &[Proposed]) -> String {
    let each = all.iter().map(|one| {
        let mut out = comment(&one.rule, "this rule, if each address is refused from its first match on");
        let [counted, told] = rule(one);
        counted.write(0, &mut out);
        out.push_str("\n---\n");
        told.write(0, &mut out);
        out.push('\n');
        out
    });
    each.collect::<Vec<_>>().join("---\n")
}

fn rule(one: &Proposed) -> [Node; 2] {
    let Proposal { endpoint, finding, reason, per_answer, is_hidden, .. } = &one.proposal;
    let name = format!("tidegate_{}", finding.to_ascii_lowercase().replace('-', "_"));
    let served = [200, 201, 203, 206].map(Node::Number).into_iter().collect();
    let counted = map([
        ("title", Node::text(format!("Served at {} ({finding})", plain(&endpoint.to_string())))),
        ("name", Node::text(&name)),
        ("id", Node::text(uuid(finding, 1))),
        ("status", Node::text("experimental")),
        ("description", Node::text("What every use of the endpoint does; counted below and not told.")),
        ("logsource", map([("category", Node::text("webserver"))])),
        (
            "detection",
            map([
                (
                    "served",
                    map([
                        ("cs-method", Node::text(endpoint.method().as_str())),
                        ("cs-uri-stem|re", Node::text(pattern(one))),
                        ("sc-status", Node::List(served)),
                    ]),
                ),
                ("condition", Node::text("served")),
            ]),
        ),
        ("level", Node::text("informational")),
    ]);
    let answers = u64::from(one.most / per_answer.max(&1)) + 1;
    let mut correlation = vec![
        ("type".to_owned(), Node::text(if *is_hidden { "event_count" } else { "value_count" })),
        ("rules".to_owned(), Node::List(vec![Node::text(&name)])),
        ("group-by".to_owned(), Node::List(vec![Node::text("c-ip")])),
        ("timespan".to_owned(), Node::text("1h")),
    ];
    let mut condition = vec![("gte".to_owned(), Node::Number(answers))];
    if !is_hidden {
        condition.insert(0, ("field".to_owned(), Node::text("cs-uri")));
    }
    correlation.push(("condition".to_owned(), Node::Map(condition)));
    let told = map([
        ("title", Node::text(title(one))),
        ("id", Node::text(uuid(finding, 2))),
        ("status", Node::text("experimental")),
        ("description", Node::text(plain(reason))),
        ("tags", Node::List(vec![Node::text("attack.collection"), Node::text("attack.t1119")])),
        ("correlation", Node::Map(correlation)),
        ("level", Node::text("high")),
    ]);
    [counted, told]
}

/// The template as a pattern for paths.
fn pattern(one: &Proposed) -> String {
    let mut out = "^".to_owned();
    for segment in one.proposal.endpoint.template().segments() {
        if matches!(segment, Segment::Rest(_)) {
            return out + "(/.*)?$";
        }
        out.push('/');
        match segment {
            Segment::Literal(text) => {
                for letter in text.chars() {
                    if !letter.is_alphanumeric() && letter.is_ascii() && !"/-_".contains(letter) {
                        out.push('\\');
                    }
                    out.push(letter);
                }
            }
            _ => out.push_str("[^/]+"),
        }
    }
    out + "/?$"
}

/// An id that is the same for the same finding.
fn uuid(finding: &str, nth: u8) -> String {
    let digits: String = finding.chars().filter(char::is_ascii_hexdigit).collect();
    let digits = digits.get(digits.len().saturating_sub(8)..).unwrap_or_default();
    format!("{digits:0>8}-7469-8465-8761-7465{nth:08x}").to_ascii_lowercase()
}

/// The files, by name. Patches end at `until`.
#[must_use]
pub fn files(all: &[Proposed], until: Timestamp) -> [(&'static str, String); 4] {
    let [cedar, budgets, rules, replay] = FILES;
    [(cedar, patches(all, until)), (budgets, yaml(all)), (rules, self::rules(all)), (replay, json(all))]
}

fn patches(all: &[Proposed], until: Timestamp) -> String {
    let mut out = "// Virtual patches proposed by `tidegate hunt --propose`. Nothing of it is in force: read it, then name it under\n// `policies:` of the configuration.\n\n".to_owned();
    for one in all {
        let Proposal { endpoint, networks, is_identified, reason, finding, .. } = &one.proposal;
        out.push_str(&comment(&one.patch, "this patch").replace('#', "//"));
        out.push_str(&patch(&[Prevention {
            endpoint: endpoint.clone(),
            declared: false,
            id: finding.to_ascii_lowercase(),
            reason: plain(reason),
            expires: until,
            passes: match (networks.is_empty(), is_identified) {
                (false, _) => Passes::Others(networks.clone()),
                (true, false) => Passes::Identified,
                (true, true) => Passes::Nobody,
            },
        }]));
    }
    out
}

fn yaml(all: &[Proposed]) -> String {
    let mut out = "# Budgets proposed by `tidegate hunt --propose`, for the configuration of `tidegate serve`. Nothing of it is in force.\n# `audience: authenticated` is the least that closes the door: declare what is so (docs/intent.md).\nendpoints:\n".to_owned();
    let mut known = Vec::new();
    for one in all {
        let endpoint = &one.proposal.endpoint;
        // Two findings at one endpoint share the budget: it depends on the others there.
        if known.contains(&endpoint) {
            continue;
        }
        known.push(endpoint);
        for line in comment(&one.budget, "this budget").lines() {
            let _ = writeln!(out, "  {line}");
        }
        let _ = writeln!(
            out,
            "  # The busiest of all others read {} in an hour; {} is twice that and rounded up, twenty at least.",
            one.busiest, one.most
        );
        let entry = Node::Map(vec![(
            yaml_text(&endpoint.to_string()),
            map([
                ("audience", Node::text("authenticated")),
                (
                    "budget",
                    Node::List(vec![Node::Map(vec![
                        ("subjects".into(), Node::Number(one.most.into())),
                        ("per".into(), Node::text("1h")),
                    ])]),
                ),
            ]),
        )]);
        let mut text = String::new();
        entry.write(2, &mut text);
        out.push_str(text.trim_start_matches('\n'));
        out.push('\n');
    }
    out
}

fn comment(refused: &Refused, what: &str) -> String {
    format!("# In the same log {what} would have refused {}.\n", sentence(refused))
}

fn sentence(refused: &Refused) -> String {
    let Refused { attackers, innocents, innocent_addresses, still_left } = refused;
    format!(
        "{} records of the finding and let {} leave; of others {} records of {} addresses",
        grouped(*attackers),
        grouped(*still_left),
        grouped(*innocents),
        grouped(*innocent_addresses)
    )
}

/// For people.
#[must_use]
pub fn text(all: &[Proposed], folder: &str) -> String {
    let mut out = format!("written into {}: {}\n", plain(folder), FILES.join(", "));
    for one in all {
        let _ = writeln!(out, "\n{}  {}", one.proposal.finding, plain(&one.proposal.endpoint.to_string()));
        let _ = writeln!(out, "  patch   refuses {}", sentence(&one.patch));
        let _ = writeln!(out, "  budget  {} an hour: refuses {}", one.most, sentence(&one.budget));
        let _ = writeln!(out, "  rule    refuses {}, from its first match on", sentence(&one.rule));
    }
    out.push_str(
        "\nRecords are counted at most, as in the report. Nothing is in force: read it, then use it.\n",
    );
    out
}

/// For programs.
#[must_use]
pub fn json(all: &[Proposed]) -> String {
    let refused = |refused: &Refused| {
        json!({
            "attackers_records": refused.attackers,
            "still_left_records": refused.still_left,
            "innocents_records": refused.innocents,
            "innocent_addresses": refused.innocent_addresses,
        })
    };
    let each = all.iter().map(|one| {
        json!({
            "finding": one.proposal.finding,
            "endpoint": one.proposal.endpoint,
            "networks": one.proposal.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "patch": refused(&one.patch),
            "budget": { "per_hour": one.most, "busiest_of_others": one.busiest, "refused": refused(&one.budget) },
            "rule": refused(&one.rule),
        })
    });
    let value = json!({ "format": "tidegate.hunt-proposal/1", "proposals": each.collect::<Vec<Value>>() });
    crate::json_text(&value)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::{Endpoint, Method, PathTemplate};

    use super::*;

    fn hostile() -> Proposed {
        let path = "/a\"b: [x]#*.(?:'/{id}";
        Proposed {
            proposal: Proposal {
                finding: "H-0123abcd".into(),
                endpoint: Endpoint::new(Method::Get, PathTemplate::parse(path).unwrap()),
                networks: vec!["198.51.100.7/32".parse().unwrap(), "2001:db8::/48".parse().unwrap()],
                addresses: HashSet::new(),
                is_identified: false,
                reason: "a \" reason: #\n---".into(),
                per_answer: 1,
                is_hidden: false,
            },
            patch: Refused::default(),
            busiest: 12,
            most: 24,
            budget: Refused::default(),
            rule: Refused::default(),
        }
    }

    #[test]
    fn what_a_client_chose_stays_a_text_in_every_file() {
        let until = Timestamp::from_secs(1_800_000_000);
        let [(_, cedar), (_, budgets), (_, rules), _] = files(&[hostile()], until);
        assert!(cedar.contains("when { context.client.isInRange(ip(\"198.51.100.7/32\")) || context.client.isInRange(ip(\"2001:db8::/48\")) };"));
        for text in [&budgets, &rules] {
            let documents = text.split("\n---\n");
            for document in documents {
                let tree = spec::tree::read(document, spec::tree::Format::Yaml);
                assert!(tree.is_ok(), "{document}");
            }
        }
        assert_eq!(rules.matches("\n---\n").count(), 1, "{rules}");
        assert!(rules.contains(r#"cs-uri-stem|re: "^/a\\\"b\\:"#), "{rules}");
        assert!(budgets.contains(r#"  "GET /a\"b: [x]#*.(?:'/{id}":"#), "{budgets}");
    }
}
