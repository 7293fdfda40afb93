//! Suppressions that are written in the files themselves.
//!
//! In a specification, at the root, a path or an operation:
//!
//! ```yaml
//! x-tidegate-ignore:
//!   - { check: ACH-102, reason: the gateway adds 429, owner: api team, expires: 2031-12-31 }
//! ```
//!
//! There it is about all findings of the operation, also those that stand in what it refers to. In any
//! file with `#` comments, for the line itself or the one below:
//!
//! ```text
//! # tidegate-ignore ACH-015: health page of the balancer; owner: platform; until: 2031-12-31
//! ```
//!
//! One without check, reason, owner and expiry is a fault, and suppresses nothing.

use std::sync::Arc;

use domain::Timestamp;
use serde::Deserialize;

use super::Reading;
use crate::decode::{Spanned, decode_what_can_be};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Ignore, Place, Scope};
use crate::tree::{Node, Span, Value};

/// The key under which suppressions stand.
pub const IGNORE_KEY: &str = "x-tidegate-ignore";
const WORD: &str = "tidegate-ignore";
const CODE: &str = "CHECK-002";
/// Most suppressions in comments of one file; further ones suppress nothing.
const MOST_COMMENTS: usize = 10_000;
const FORM: &str = "write `# tidegate-ignore ACH-015: why; owner: team; until: 2031-12-31`";

/// One entry of [`IGNORE_KEY`], and of a baseline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// The check's id.
    pub(super) check: Arc<str>,
    /// Why it is no fault here.
    pub(super) reason: Spanned<Arc<str>>,
    /// Who answers for it.
    pub(super) owner: Arc<str>,
    /// The last day.
    pub(super) expires: Spanned<Arc<str>>,
    /// In a baseline: which finding.
    #[serde(default)]
    pub(super) subject: Option<Arc<str>>,
    /// In a baseline: in which file.
    #[serde(default)]
    pub(super) file: Option<Arc<str>>,
}

/// Reads every [`IGNORE_KEY`] of a specification.
pub(super) fn of_document(root: &Node, reading: &mut Reading<'_, '_>) {
    of_node(root, None, reading);
    root.get("paths").into_iter().for_each(|paths| of_entries(paths, reading));
}

/// Reads every [`IGNORE_KEY`] of a file that documents refer to, two levels deep: of a path, an
/// operation, a component.
pub(super) fn of_part(root: &Node, reading: &mut Reading<'_, '_>) {
    of_node(root, None, reading);
    of_entries(root, reading);
}

fn of_entries(node: &Node, reading: &mut Reading<'_, '_>) {
    let from = |key: Span, value: Span| Some(Span { end: value.end, ..key });
    for (key, item) in node.entries() {
        of_node(item, from(key.span, item.span), reading);
        for (key, operation) in item.entries() {
            of_node(operation, from(key.span, operation.span), reading);
        }
    }
}

/// The suppressions at one node; `scope` is what they are about, `None` for the whole file.
fn of_node(node: &Node, scope: Option<Span>, reading: &mut Reading<'_, '_>) {
    let Some(entry) = node.mapping().and_then(|mapping| mapping.get(IGNORE_KEY)) else { return };
    let whole = Span { start: 0, end: u32::MAX, line: 1, column: 1 };
    let scope = Scope::Within(Place::new(reading.source, scope.unwrap_or(whole)));
    list(&entry.value, entry.key.span, Some(&scope), reading);
}

/// A list of suppressions. Without a scope they are those of a baseline, and each names its own.
pub(super) fn list(list: &Node, at: Span, scope: Option<&Scope>, reading: &mut Reading<'_, '_>) {
    if !matches!(list.value, Value::Sequence(_)) {
        let message = format!("suppressions must be a list, found {}", list.value.kind());
        let help = "start each with `- check:`, and give `reason`, `owner` and `expires`";
        reading.fault(Diagnostic::error(CODE, message, at).help(help));
        return;
    }
    for item in list.items() {
        let (entry, faults) = decode_what_can_be::<Entry>(item);
        let usable = faults.is_empty();
        faults.iter().for_each(|fault| reading.fault(fault.diagnostic(CODE)));
        let Some(entry) = entry.filter(|_| usable) else { continue };
        let scope = match (scope, &entry.subject, &entry.file) {
            (Some(scope), None, None) => scope.clone(),
            (None, Some(subject), Some(file)) => {
                Scope::Subject { subject: subject.clone(), file: file.clone() }
            }
            _ => {
                let message = "`subject` and `file` belong to an entry of a baseline, and only there";
                reading.fault(Diagnostic::error(CODE, message, item.span));
                continue;
            }
        };
        let Entry { check, reason, owner, expires, .. } = entry;
        add(&check, &reason.value, &owner, (&expires.value, expires.span), scope, item.span, reading);
    }
}

/// Whether a text may hold a suppression.
pub(super) fn are_in(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), WORD.as_bytes()).is_some()
}

/// Reads the suppressions in comments.
pub(super) fn of_comments(text: &str, reading: &mut Reading<'_, '_>) {
    let (mut line, mut counted) = (1_usize, 0_usize);
    for found in memchr::memmem::find_iter(text.as_bytes(), WORD).take(MOST_COMMENTS) {
        let Some(before) = text.get(..found) else { continue };
        line += text.get(counted..found).map_or(0, |between| between.matches('\n').count());
        counted = found;
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let lead = before.get(line_start..).unwrap_or_default();
        if !lead.trim_end().ends_with('#') {
            continue;
        }
        let rest = text.get(found + WORD.len()..).unwrap_or_default();
        let said = rest.lines().next().unwrap_or_default();
        let own_end = found + WORD.len() + said.len();
        let below = text.get(own_end + 1..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let alone = lead.trim() == "#";
        let end = if alone { own_end + 1 + below.len() } else { own_end };
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let span = Span { start: number(line_start), end: number(end), line: number(line), column: 1 };
        let at = Span { start: number(found), column: number(lead.chars().count() + 1), ..span };
        comment(said, Scope::Within(Place::new(reading.source, span)), at, reading);
    }
}

fn comment(line: &str, scope: Scope, at: Span, reading: &mut Reading<'_, '_>) {
    let mut parts = line.split(';');
    let first = parts.next().unwrap_or_default().split_once(':');
    let mut named = |name: &str| {
        parts.next().and_then(|part| part.trim().strip_prefix(name)?.trim_start().strip_prefix(':'))
    };
    let (owner, until) = (named("owner"), named("until"));
    match (first, owner, until) {
        (Some((check, reason)), Some(owner), Some(until)) => {
            add(check.trim(), reason.trim(), owner.trim(), (until.trim(), at), scope, at, reading);
        }
        _ => {
            let message = "this suppression lacks its check, reason, owner or last day";
            reading.fault(Diagnostic::error(CODE, message, at).help(FORM));
        }
    }
}

/// Whether a reason or an owner is more than blanks and signs.
#[must_use]
pub fn says_something(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Takes up a suppression whose parts all say something.
fn add(
    check: &str,
    reason: &str,
    owner: &str,
    (expires, expires_at): (&str, Span),
    scope: Scope,
    at: Span,
    reading: &mut Reading<'_, '_>,
) {
    if [check, reason, owner].iter().any(|part| !says_something(part)) {
        let message = "a suppression needs a check, a reason and an owner, and one of them says nothing";
        reading.fault(Diagnostic::error(CODE, message, at).help(FORM));
        return;
    }
    match Timestamp::parse_expiry(expires) {
        Ok(expires) => {
            let at = Place::new(reading.source, at);
            let ignore = Ignore {
                check: check.into(),
                reason: reason.into(),
                owner: owner.into(),
                expires,
                scope,
                at,
            };
            reading.inventory.ignores.push(ignore);
        }
        Err(why) => reading.fault(Diagnostic::error(CODE, why, expires_at)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::inventory::{Inventory, Scope};
    use crate::reading::{File, read};

    fn inventory(name: &str, text: &str) -> Inventory {
        let file = File { name: name.into(), text: Arc::from(text) };
        read(&[file], &mut |_| Vec::new())
    }

    const SHOP: &str = "openapi: 3.1.0
info: {title: Shop, version: '1'}
paths:
  /orders:
    get:
      # tidegate-ignore ACH-006: the mesh limits; owner: platform; until: 2031-12-31
      operationId: listOrders
      x-tidegate-ignore:
        - {check: ACH-102, reason: added by the mesh, owner: api team, expires: 2031-12-31}
      responses: {}
";

    #[test]
    fn a_suppression_is_about_its_operation_or_its_line() {
        let found = inventory("shop.yaml", SHOP);
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        let operation = &found.operations[0];
        let said: Vec<_> = found
            .ignores
            .iter()
            .map(|one| (&*one.check, &*one.owner, one.scope.holds("", operation.id_at, "shop.yaml")))
            .collect();
        assert_eq!(said, [("ACH-102", "api team", true), ("ACH-006", "platform", true)]);
        let before = found.operations[0].at;
        assert!(!found.ignores[1].scope.holds("", before, "shop.yaml"), "only its line and the one below");
    }

    #[test]
    fn one_without_reason_owner_or_last_day_is_a_fault_and_suppresses_nothing() {
        for broken in [
            SHOP.replace("; until: 2031-12-31", ""),
            SHOP.replace("the mesh limits", " "),
            SHOP.replace("the mesh limits", "\u{200b} -"),
            SHOP.replace("; owner: platform", "; owner: "),
            SHOP.replace("until: 2031-12-31", "until: soon"),
            SHOP.replace(", expires: 2031-12-31}", "}"),
            SHOP.replace("reason: added by the mesh", "reason: ''"),
            SHOP.replace("owner: api team", "owner: api team, subject: GET /orders"),
        ] {
            let found = inventory("shop.yaml", &broken);
            assert_eq!((found.ignores.len(), found.has_errors()), (1, true), "{broken}");
        }
    }

    #[test]
    fn a_baseline_names_the_finding_and_its_file() {
        let text = "tidegate-baseline: 1\nfindings:\n- {check: ACH-004, subject: GET /a, file: a.yaml, \
                    reason: r, owner: o, expires: 2031-01-01}\n- {check: ACH-004, reason: r, owner: o, \
                    expires: 2031-01-01}\n";
        let found = inventory("baseline.yaml", text);
        assert_eq!((found.ignores.len(), found.faults.len()), (1, 1));
        let scope = Scope::Subject { subject: "GET /a".into(), file: "a.yaml".into() };
        assert_eq!(found.ignores[0].scope, scope);
        assert!(scope.holds("GET /a", Default::default(), "a.yaml"));
        assert!(!scope.holds("GET /a", Default::default(), "b.yaml"));
    }
}
