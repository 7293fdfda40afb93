//! `hunt.md`: what to look for in logs that are there already: for `tidegate hunt`, grep and SQL.
//!
//! What comes of the report into a command is a path, a pattern or an indicator whose letters were checked,
//! in single quotes; what comes into SQL stands in single quotes too. Everything else is ours.

use std::fmt::Write as _;

use intel::{Observable, ObservableRole, ObservableType};
use report::markup::words;

use crate::Report;
use crate::facts::{Facts, Way};
use crate::rules::Rule;

/// What a query is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A line of a shell that runs Tidegate.
    Tidegate,
    /// A line of a POSIX shell with grep, over a log in Apache's or nginx's combined format.
    Grep,
    /// SQLite, over [`TABLE`].
    Sql,
}

/// A query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What it finds, in our words.
    pub finds: String,
    /// What it is written in.
    pub language: Language,
    /// Its text.
    pub text: String,
}

/// The table that the SQL reads.
pub const TABLE: &str = "CREATE TABLE exchange (at TEXT, client TEXT, method TEXT, path TEXT, query TEXT, status INTEGER, bytes INTEGER);";

/// `text` as one word of a POSIX shell.
#[must_use]
pub fn shell(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-:=,+@%".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// `text` as a string of SQL.
fn sql(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `text` as an extended regular expression that matches it alone.
fn ere(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if "\\^$.|?*+()[]{}".contains(c) {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

/// The queries for `report`.
#[must_use]
pub fn queries(report: &Report<'_>, facts: &Facts, rules: &[Rule]) -> Vec<Query> {
    let mut queries = Vec::new();
    let mut add = |language, finds: &str, text: String| {
        queries.push(Query { finds: finds.to_owned(), language, text });
    };
    add(
        Language::Tidegate,
        "who walked through records, with the evidence",
        "tidegate hunt access.log".to_owned(),
    );
    if !rules.is_empty() {
        add(
            Language::Tidegate,
            "what the rules of this report match, in any log that Tidegate reads",
            "tidegate sigma match sigma access.log".to_owned(),
        );
    }
    for door in &facts.doors {
        let (method, template) = (door.endpoint.method().as_str(), door.endpoint.template().as_str());
        let named = format!("{method} {template}");
        add(
            Language::Tidegate,
            "the same at this door only",
            format!("tidegate hunt access.log --endpoint {}", shell(&named)),
        );
        let literal: Vec<&str> = template.split('/').collect();
        let expression: Vec<String> = literal
            .iter()
            .map(|part| if part.starts_with('{') { "[^/ ?]+".to_owned() } else { ere(part) })
            .collect();
        let expression = format!("\"{method} {}[ ?/]", expression.join("/"));
        add(
            Language::Grep,
            "clients by how often they asked at this door",
            format!(
                "grep -E {} access.log | cut -d ' ' -f 1 | sort | uniq -c | sort -rn | head -n 20",
                shell(&expression)
            ),
        );
        let glob: Vec<&str> =
            literal.iter().map(|part| if part.starts_with('{') { "*" } else { part }).collect();
        add(
            Language::Sql,
            "clients that were served often within an hour at this door",
            often(method, &glob.join("/"), facts),
        );
    }
    for pattern in &facts.patterns {
        let expression = format!("\"[A-Z]+ {}[ ?/]", pattern.text);
        add(
            Language::Grep,
            "requests that match the pattern of the report, by client",
            format!(
                "grep -E {} access.log | cut -d ' ' -f 1 | sort | uniq -c | sort -rn | head -n 20",
                shell(&expression)
            ),
        );
        add(
            Language::Sql,
            "clients that were served at paths of the pattern of the report",
            format!(
                "SELECT client, method, path, count(*) AS requests FROM exchange WHERE path GLOB {} AND status BETWEEN 200 AND 299 GROUP BY client, method, path ORDER BY requests DESC LIMIT 20;",
                sql(&format!("{}*", pattern.text))
            ),
        );
    }
    if facts.ways.contains(&Way::Objects) {
        add(
            Language::Sql,
            "clients that asked one path for many different objects within an hour",
            "SELECT client, path, count(DISTINCT query) AS objects FROM exchange WHERE query <> '' AND status BETWEEN 200 AND 299 GROUP BY client, path, substr(at, 1, 13) HAVING count(DISTINCT query) >= 20 ORDER BY objects DESC LIMIT 20;".to_owned(),
        );
    }
    if facts.ways.contains(&Way::ManySources) || facts.ways.contains(&Way::Anonymous) {
        add(
            Language::Sql,
            "paths that many clients were served at within an hour, which no limit of one client sees",
            "SELECT method, path, substr(at, 1, 13) AS hour, count(DISTINCT client) AS clients, count(*) AS requests FROM exchange WHERE status BETWEEN 200 AND 299 GROUP BY method, path, hour ORDER BY requests DESC LIMIT 20;".to_owned(),
        );
    }
    for one in report.intel.observables.iter().filter(|one| is_indicator(one)) {
        add(
            Language::Grep,
            "lines with an indicator of the report",
            format!("grep -F -e {} access.log", shell(&one.value)),
        );
    }
    queries
}

fn often(method: &str, glob: &str, facts: &Facts) -> String {
    let at_least = facts.requests.map_or(20, |requests| (requests / 25).clamp(10, 60));
    format!(
        "SELECT client, substr(at, 1, 13) AS hour, count(*) AS requests, sum(bytes) AS bytes FROM exchange WHERE method = {} AND path GLOB {} AND status BETWEEN 200 AND 299 GROUP BY client, hour HAVING count(*) >= {at_least} ORDER BY requests DESC LIMIT 20;",
        sql(method),
        sql(glob)
    )
}

/// An indicator that can stand in a log, in printable letters.
fn is_indicator(one: &Observable) -> bool {
    let kind = matches!(
        one.kind,
        ObservableType::Domain | ObservableType::Ipv4 | ObservableType::Ipv6 | ObservableType::UserAgent
    );
    let printable = one.value.chars().all(|c| (' '..='~').contains(&c)) && one.value.len() <= 200;
    kind && one.role == ObservableRole::Indicator && printable
}

/// The page.
#[must_use]
pub fn markdown(report: &Report<'_>, facts: &Facts, queries: &[Query]) -> String {
    let mut out = String::from("# Hunting\n\n");
    out.push_str(
        "Queries are examples over `access.log` (Apache's or nginx's combined format) in the folder of this page; thresholds follow from the report's numbers. Nothing here was run on your logs.\n",
    );
    if facts.doors.is_empty() && facts.patterns.is_empty() {
        out.push_str("\nThe report names no path, so no query can name one: say your door with `--endpoint` to have them.\n");
    }
    let patterns = report.intel.observables.iter().filter(|one| one.role == ObservableRole::Hunting);
    let mut listed = false;
    for one in patterns {
        if !listed {
            out.push_str("\n## What the report says to look for\n\n");
            listed = true;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(out, "- {}: {}", crate::evidence::word(&one.kind), words(&one.value));
    }
    for (language, title, fence) in [
        (Language::Tidegate, "With Tidegate", "sh"),
        (Language::Grep, "With grep", "sh"),
        (Language::Sql, "With SQL", "sql"),
    ] {
        let of: Vec<&Query> = queries.iter().filter(|query| query.language == language).collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {title}\n");
        if language == Language::Sql {
            let _ =
                writeln!(out, "For SQLite, over this table (`at` in RFC 3339):\n\n```sql\n{TABLE}\n```\n");
        }
        for query in of {
            let _ = writeln!(out, "{}:\n\n```{fence}\n{}\n```\n", query.finds, query.text);
        }
    }
    if !facts.left_out.is_empty() {
        let _ = writeln!(out, "## Left out\n\nNo query is made of these:\n");
        for one in &facts.left_out {
            let _ = writeln!(out, "- {}", words(one));
        }
    }
    out.push_str(&crate::evidence::made_from(report));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_shell_stays_one_word_and_a_string_of_sql_one_string() {
        for (text, word) in [
            ("/api/x", "/api/x"),
            ("$(id)", "'$(id)'"),
            ("`id`", "'`id`'"),
            ("a'; id; '", "'a'\\''; id; '\\'''"),
            ("--endpoint", "--endpoint"),
            ("", "''"),
        ] {
            assert_eq!(shell(text), word);
        }
        assert_eq!(sql("a'; DROP TABLE exchange; --"), "'a''; DROP TABLE exchange; --'");
        assert_eq!(ere("/a.b/v[1]"), "/a\\.b/v\\[1\\]");
    }
}
