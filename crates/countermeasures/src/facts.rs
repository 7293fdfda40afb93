//! What of a report shapes the countermeasures: doors, numbers, kinds of data, how the records were taken.
//!
//! Only what the report asserts counts (`stated`, `claimed`), but for doors: a path that the report gives as
//! a guess or to look for is taken, and stays marked. A path is taken only where its letters are those of
//! paths, so that nothing of a report can become more than a path in a rule, a patch or a query.

use std::collections::BTreeSet;

use domain::{DataClass, Endpoint, Method, PathTemplate};
use intel::{
    Amount, Discourse, FrameKind, NumberRole, Observable, ObservableRole, ObservableType, Span, Status,
};
use serde::{Deserialize, Serialize};

use crate::Report;

/// Most doors of one report.
const MOST_DOORS: usize = 8;
/// Methods that read or change records.
const METHODS: [Method; 5] = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];

/// How records were taken, as rules can see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Page after page, or batch after batch.
    Pages,
    /// Object after object, by its id.
    Objects,
    /// By nobody in particular: without any identity.
    Anonymous,
    /// In a volume that people do not read.
    Volume,
    /// By guessed or reused credentials.
    Guessing,
    /// From many addresses.
    ManySources,
}

/// A door that the report is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Door {
    /// Method and path.
    #[serde(serialize_with = "as_text")]
    pub endpoint: Endpoint,
    /// How the path stands in the report; `stated` where it was given on the command line.
    pub status: Status,
    /// Whether the report names the method; else both reading and posting are meant.
    pub method_told: bool,
    /// The key of the query that names an object, such as `id`.
    pub key: Option<String>,
    /// Where the report names it; empty where it was given on the command line.
    pub spans: Vec<Span>,
}

/// A pattern of paths to look for, in letters that mean the same to grep, to SQLite and to a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PathPattern {
    /// The pattern, such as `/api/v[1-9]/users`.
    pub text: String,
    /// Where the report gives it.
    pub spans: Vec<Span>,
}

/// What shapes the countermeasures of one report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Doors, in the order of the report.
    pub doors: Vec<Door>,
    /// Patterns of paths to look for.
    pub patterns: Vec<PathPattern>,
    /// Paths that were left out, with the reason.
    pub left_out: Vec<String>,
    /// How the records were taken.
    pub ways: BTreeSet<Way>,
    /// Records with one request.
    pub per_call: Option<u64>,
    /// Records taken.
    pub accessed: Option<u64>,
    /// Requests: told, or records taken by records with one request.
    pub requests: Option<u64>,
    /// Records that could be reached.
    pub exposed: Option<u64>,
    /// Kinds of personal data that got out and that Tidegate meters.
    #[serde(serialize_with = "as_words")]
    pub classes: Vec<DataClass>,
}

impl Facts {
    /// The facts of `report`. `given` are doors of one's own, which take the place of the report's.
    #[must_use]
    pub fn of(report: &Report<'_>, given: &[Endpoint]) -> Self {
        let number = |role: NumberRole| largest(report, role);
        let (per_call, accessed) = (smallest(report, NumberRole::PerCall), number(NumberRole::Accessed));
        let by_pages = accessed.zip(per_call).map(|(all, each)| all.div_ceil(each.max(1)));
        let mut facts = Self {
            per_call,
            accessed,
            requests: number(NumberRole::Requests).or(by_pages),
            exposed: number(NumberRole::Exposed).or(number(NumberRole::Exist)),
            classes: classes(report),
            ..Self::default()
        };
        facts.find_doors(report);
        if !given.is_empty() {
            facts.doors = given.iter().map(own_door).collect();
        }
        facts.ways = ways(report, &facts);
        facts
    }

    fn find_doors(&mut self, report: &Report<'_>) {
        let told = methods(report, |role| matches!(role, Discourse::Stated | Discourse::Claimed));
        for one in &report.intel.observables {
            let looked_for = matches!(
                one.role,
                ObservableRole::Indicator | ObservableRole::Hunting | ObservableRole::Example
            );
            let Some(target) = target(one).filter(|_| looked_for) else { continue };
            if one.kind == ObservableType::Url && !stands_so(report, one) {
                self.left_out.push(format!(
                    "`{target}`: of an address that the report defanged, which is no door of yours"
                ));
                continue;
            }
            // A parameter in braces is a door; a class of letters is a pattern.
            if one.is_pattern && (target.contains('[') || path(target).is_none()) {
                match pattern(target) {
                    Some(text) => self.patterns.push(PathPattern { text, spans: one.spans.clone() }),
                    None => self.left_out.push(format!("`{target}`: not a pattern of a path's letters")),
                }
                continue;
            }
            let Some((path, key)) = path(target) else {
                self.left_out.push(format!("`{target}`: not a path of a path's letters"));
                continue;
            };
            let near = near_methods(report, one);
            let (methods, method_told) = match (near.is_empty(), told.is_empty()) {
                (false, _) => (near, true),
                (true, false) => (told.clone(), true),
                (true, true) => (vec![Method::Get, Method::Post], false),
            };
            for method in methods {
                self.door(Endpoint::new(method, path.clone()), one, key.clone(), method_told);
            }
        }
    }

    fn door(&mut self, endpoint: Endpoint, one: &Observable, key: Option<String>, method_told: bool) {
        if let Some(known) = self.doors.iter_mut().find(|door| door.endpoint == endpoint) {
            known.status = known.status.min(one.status);
            known.key = known.key.take().or(key);
            known.spans.extend(&one.spans);
            return;
        }
        if self.doors.len() >= MOST_DOORS {
            self.left_out.push(format!("`{endpoint}`: more than {MOST_DOORS} doors"));
            return;
        }
        let (status, spans) = (one.status, one.spans.clone());
        self.doors.push(Door { endpoint, status, method_told, key, spans });
    }
}

fn own_door(endpoint: &Endpoint) -> Door {
    Door {
        endpoint: endpoint.clone(),
        status: Status::Stated,
        method_told: true,
        key: None,
        spans: Vec::new(),
    }
}

/// Whether the report writes the value just so: an address that it defanged is the attacker's.
fn stands_so(report: &Report<'_>, one: &Observable) -> bool {
    let written = |span: &Span| report.bytes.get(span.start..span.end);
    one.spans.iter().filter_map(written).any(|bytes| bytes == one.value.as_bytes())
}

/// What of an observable a client would ask for: path and query.
fn target(one: &Observable) -> Option<&str> {
    match one.kind {
        ObservableType::UrlPath => Some(&one.value),
        ObservableType::Url => {
            let (_, rest) = one.value.split_once("://")?;
            rest.find('/').and_then(|at| rest.get(at..))
        }
        _ => None,
    }
}

/// A path template of `target`, with numbers and long ids as `{id}`, and the first key of its query.
fn path(target: &str) -> Option<(PathTemplate, Option<String>)> {
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = path.trim_end_matches(['/', '.', ',', ';', ':']);
    let mut parts = path.split('/');
    let rooted = parts.next() == Some("");
    let mut text = String::new();
    let (mut ids, mut names) = (0, 0);
    for part in parts {
        let name = part.strip_prefix(['{', '<', ':']).map(|name| name.trim_end_matches(['}', '>']));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b));
        let is_id = part.bytes().all(|b| b.is_ascii_digit()) || part.len() >= 32;
        if part.is_empty() || part == "." || part == ".." || !plain(name.unwrap_or(part)) {
            return None;
        }
        text.push('/');
        if name.is_some() || is_id {
            ids += 1;
            text.push_str(&if ids == 1 { "{id}".to_owned() } else { format!("{{id{ids}}}") });
        } else {
            names += 1;
            text.push_str(part);
        }
    }
    let key = query.split('&').next().and_then(|pair| pair.split('=').next()).filter(|key| {
        !key.is_empty() && key.len() <= 32 && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    // A path of ids alone would be every path.
    if !rooted || names == 0 || text.len() > 200 {
        return None;
    }
    Some((PathTemplate::parse(&text).ok()?, key.map(str::to_owned)))
}

/// `target` as a pattern: letters of a path, and classes such as `[1-9]`.
fn pattern(target: &str) -> Option<String> {
    let target = target.trim_end_matches(['/', '.', '*']);
    let mut inside = false;
    for (nth, letter) in target.bytes().enumerate() {
        match letter {
            b'[' if !inside => inside = true,
            b']' if inside => inside = false,
            b'/' if !inside => {}
            b'-' | b'_' => {}
            _ if letter.is_ascii_alphanumeric() && nth > 0 => {}
            _ => return None,
        }
    }
    let whole =
        target.starts_with('/') && !inside && (2..=200).contains(&target.len()) && !target.contains("[]");
    whole.then(|| target.to_owned())
}

/// Methods named in statements whose place `fits`, in the order of [`METHODS`].
fn methods(report: &Report<'_>, fits: impl Fn(Discourse) -> bool) -> Vec<Method> {
    let statements = report.intel.statements.iter().filter(|statement| fits(statement.role));
    let texts: Vec<&str> = statements.map(|statement| statement.text.as_str()).collect();
    METHODS.into_iter().filter(|method| texts.iter().any(|text| has_word(text, method.as_str()))).collect()
}

/// Methods named in the very sentences that `one` stands in, where they do not only recommend.
fn near_methods(report: &Report<'_>, one: &Observable) -> Vec<Method> {
    let sentences: BTreeSet<usize> = one
        .spans
        .iter()
        .filter_map(|span| report.statement(*span))
        .filter(|statement| statement.role != Discourse::Recommended)
        .map(|statement| statement.sentence)
        .collect();
    let statements = report.intel.statements.iter().filter(|one| sentences.contains(&one.sentence));
    let texts: Vec<&str> = statements.map(|statement| statement.text.as_str()).collect();
    METHODS.into_iter().filter(|method| texts.iter().any(|text| has_word(text, method.as_str()))).collect()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|part| part == word)
}

fn whole(value: Amount) -> Option<u64> {
    match value {
        Amount::Whole(value) => Some(value),
        Amount::Decimal(_) => None,
    }
}

fn counted<'r>(report: &Report<'r>, role: NumberRole) -> impl Iterator<Item = u64> + use<'r> {
    let asserted =
        report.intel.numbers.iter().filter(move |one| one.role == role && one.status.is_asserted());
    asserted
        .filter(|one| one.unit != "percent" && !one.unit.contains(" per "))
        .filter_map(|one| whole(one.value))
}

fn largest(report: &Report<'_>, role: NumberRole) -> Option<u64> {
    counted(report, role).max().filter(|value| *value > 0)
}

fn smallest(report: &Report<'_>, role: NumberRole) -> Option<u64> {
    counted(report, role).filter(|value| *value > 0).min()
}

fn classes(report: &Report<'_>) -> Vec<DataClass> {
    let told = report.intel.data_classes_exposed.iter().filter(|claim| claim.status.is_asserted());
    let words: Vec<&str> = told.map(|claim| claim.class.word()).collect();
    DataClass::ALL.into_iter().filter(|class| words.contains(&class.word())).collect()
}

fn ways(report: &Report<'_>, facts: &Facts) -> BTreeSet<Way> {
    let told = |kind: FrameKind| {
        let mut frames = report.intel.frames.iter();
        frames.any(|frame| frame.kind == kind && frame.status.is_asserted() && !frame.is_negated)
    };
    if !report.intel.is_incident {
        // Nothing happened: nothing was taken, in whatever way.
        return BTreeSet::new();
    }
    let by_id = facts.doors.iter().any(|door| door.endpoint.template().has_parameters());
    let mut ways = BTreeSet::new();
    let mut add = |way: Way, holds: bool| {
        if holds {
            ways.insert(way);
        }
    };
    add(Way::Pages, facts.per_call.is_some_and(|each| each > 1) || took_pages(report));
    add(
        Way::Objects,
        told(FrameKind::Enumerated)
            || told(FrameKind::PredictableIds)
            || (told(FrameKind::NoObjectCheck) && by_id),
    );
    add(Way::Anonymous, told(FrameKind::NoAuthentication));
    add(
        Way::Volume,
        told(FrameKind::NoLimit)
            || told(FrameKind::Automated)
            || facts.accessed.is_some_and(|records| records >= 100)
            || (told(FrameKind::Retrieved) && facts.exposed.is_some_and(|records| records >= 100)),
    );
    add(Way::Guessing, told(FrameKind::CredentialStuffing) || told(FrameKind::BruteForce));
    add(Way::ManySources, told(FrameKind::ManySources));
    ways
}

/// Whether a sentence that tells of pages or batches also tells that something was taken: a log-in page is
/// none, and no batch of passwords.
fn took_pages(report: &Report<'_>) -> bool {
    let intel = report.intel;
    let sentence = |statement: usize| intel.statements.get(statement).map(|one| one.sentence);
    let told = |kinds: &[FrameKind]| -> BTreeSet<usize> {
        let frames = intel.frames.iter().filter(|one| one.status.is_asserted() && !one.is_negated);
        frames.filter(|one| kinds.contains(&one.kind)).filter_map(|one| sentence(one.statement)).collect()
    };
    let taken = told(&[FrameKind::Retrieved, FrameKind::Automated, FrameKind::Enumerated]);
    told(&[FrameKind::Paged]).intersection(&taken).next().is_some()
}

fn as_text<S: serde::Serializer>(value: &Endpoint, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(value)
}

fn as_words<S: serde::Serializer>(classes: &[DataClass], out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(classes.iter().map(|class| class.word()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_by_its_letters_and_ids_become_parameters() {
        for (target, text, key) in [
            ("/api/customers", "/api/customers", None),
            ("/api/customers?id=1", "/api/customers", Some("id")),
            ("/loyalty/v1/members/{number}", "/loyalty/v1/members/{id}", None),
            ("/api/users/17/orders/4", "/api/users/{id}/orders/{id2}", None),
            ("/api/x.php?VIN=A&x", "/api/x.php", Some("VIN")),
        ] {
            let (path, found) = path(target).unwrap();
            assert_eq!((path.as_str(), found.as_deref()), (text, key), "{target}");
        }
        for target in [
            "/",
            "api",
            "/a b",
            "/a\"];permit",
            "/../etc",
            "/a/$(id)",
            "/a|b",
            "/<script>",
            "/17",
            "/a'--",
            "/\u{202e}x",
        ] {
            assert!(path(target).is_none(), "{target}");
        }
    }

    #[test]
    fn a_pattern_has_letters_and_classes_only() {
        assert_eq!(pattern("/api/v[1-9]/users").as_deref(), Some("/api/v[1-9]/users"));
        assert_eq!(pattern("/api/v[1-9]/orders/*").as_deref(), Some("/api/v[1-9]/orders"));
        for hostile in ["/a(b|c)", "/a'; x", "/[", "/a]", "/a/[]", "a", "/.*", "/a\\d", "/a$(x)"] {
            assert!(pattern(hostile).is_none(), "{hostile}");
        }
    }
}
