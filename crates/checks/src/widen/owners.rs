//! Whose records an operation hands out, before and after: a rule that no longer has to hold.
//!
//! Every part of an ownership rule must hold, so that a rule with more parts is the narrower one. What
//! the new rule leaves out keeps nobody away any more. Names of path parameters are not compared, for a
//! parameter may be renamed; fields are, for nothing says that two names are one value.

use std::sync::Arc;

use domain::{Ownership, Segment};
use spec::inventory::Operation;

use super::{Widening, intent_at, request};
use crate::facts::path;

/// Tells of parts of the old rule that the new one leaves out. Where the new intent has no rule at all,
/// the grants have said so.
pub(super) fn compare(was: &Operation, is: &Operation, found: &mut Vec<Widening>) {
    let rule = |operation: &Operation| operation.intent.declared().and_then(|intent| intent.owner.clone());
    let (Some(old), Some(new)) = (rule(was), rule(is)) else { return };
    let (mut had, mut has) = (Vec::new(), Vec::new());
    parts(was, &old, &mut had);
    parts(is, &new, &mut has);
    let gone: Vec<&str> = had
        .iter()
        .filter(|(part, _)| !has.iter().any(|(kept, _)| kept == part))
        .map(|(_, text)| text.as_str())
        .collect();
    if gone.is_empty() {
        return;
    }
    let message = format!("records of {} are no longer held against `{}`", is.endpoint, gone.join("` and `"));
    found.push(Widening {
        message,
        request: request(is, "a caller for whom the new rule holds and the old one does not"),
        at: intent_at(is),
    });
}

/// Every part of a rule, in a form to compare and as written.
fn parts(operation: &Operation, rule: &Ownership, into: &mut Vec<(String, String)>) {
    let form = match rule {
        Ownership::All(parts) => return parts.iter().for_each(|part| self::parts(operation, part, into)),
        Ownership::Field { .. } => rule.to_string(),
        Ownership::PathParameter { name, claim } => format!("path {:?} = {claim}", position(operation, name)),
        Ownership::Parent { endpoint } => format!("parent {}", path::door(endpoint)),
    };
    into.push((form, rule.to_string()));
}

/// Which parameter of the path is called so.
fn position(operation: &Operation, name: &Arc<str>) -> Option<usize> {
    operation.endpoint.template().segments().position(|segment| match segment {
        Segment::Parameter(known) | Segment::Rest(known) => known == *name,
        Segment::Literal(_) => false,
    })
}
