//! `x-tidegate` at the root, at a path and at an operation.

use domain::Intent;

use crate::decode::{Fault, decode, nearest};
use crate::openapi::INTENT_KEY;
use crate::openapi::document::Document;
use crate::tree::{Entry, Mapping, Node, Span, Value};

/// The intent of an operation: the levels from outside to inside, an inner key overriding an outer.
///
/// `null` at a level drops what the outer levels say. Faults are told; with one, there is no intent.
pub(super) fn read<'t>(document: &mut Document<'t>, levels: [&'t Node; 3]) -> (Option<Intent>, Option<Span>) {
    let mut entries: Vec<Entry> = Vec::new();
    let mut at: Option<(Span, Span)> = None;
    for level in levels {
        let Some(entry) = level.mapping().and_then(|mapping| mapping.get(INTENT_KEY)) else { continue };
        if entry.value.value == Value::Null {
            entries.clear();
            at = None;
            continue;
        }
        let Some(node) = document.resolve(&entry.value) else { return (None, Some(entry.key.span)) };
        let Value::Mapping(mapping) = &node.value else {
            let fault = Fault::new(format!("`{INTENT_KEY}` must be a mapping"), entry.key.span);
            document.decode_fault(&fault.help("write for example `x-tidegate: { audience: authenticated }`"));
            return (None, Some(entry.key.span));
        };
        for inner in mapping.entries() {
            entries.retain(|outer| outer.key.text != inner.key.text);
            entries.push(inner.clone());
        }
        at = Some((entry.key.span, node.span));
    }
    let Some((key, place)) = at else { return (None, None) };
    if !entries.iter().any(|entry| &*entry.key.text == "audience") {
        let fault = Fault::new("this intent says nothing about who may call: `audience` is missing", key);
        let help = "add `audience: authenticated`, or `public`, `partner` or `internal` with what they need";
        document.decode_fault(&fault.help(help));
        return (None, Some(key));
    }
    let merged = Node { value: Value::Mapping(Mapping::new(entries, |_, _| ())), span: place };
    match decode::<Intent>(&merged) {
        Ok(intent) => {
            let faults = contradictions(&intent, key);
            for fault in &faults {
                document.decode_fault(fault);
            }
            (faults.is_empty().then_some(intent), Some(key))
        }
        Err(faults) => {
            for fault in &faults {
                document.decode_fault(fault);
            }
            (None, Some(key))
        }
    }
}

/// What decodes as an intent and cannot be meant: each told at `at`.
///
/// Also for intents that are written elsewhere: `endpoints:` in the configuration.
#[must_use]
pub fn contradictions(intent: &Intent, at: Span) -> Vec<Fault> {
    use domain::Audience;
    let mut faults = Vec::new();
    for limit in &intent.limit {
        if limit.requests.is_some() == limit.distinct.is_some() {
            faults.push(
                Fault::new("a limit must count either `requests` or `distinct` objects", at)
                    .help("write for example `{ requests: 100, per: 1m }`"),
            );
        }
        if limit.requests == Some(0) || limit.distinct == Some(0) || limit.per.millis() == 0 {
            faults.push(Fault::new("a limit of nothing, or within no time, lets no one in", at).help(
                "write at least 1 and a window such as `1m`; to close an operation, use `audience: { internal: [] }`",
            ));
        }
    }
    if intent.budget.iter().any(|budget| budget.per.millis() == 0) {
        faults.push(
            Fault::new("a budget needs a window longer than nothing", at).help("write for example `per: 1h`"),
        );
    }
    match &intent.audience {
        Audience::Public(public) if public.reason.trim().is_empty() || public.owner.trim().is_empty() => {
            faults.push(
                Fault::new("a public operation needs a reason and an owner, and one of them is empty", at)
                    .help("say why it is open to everyone, and who answers for it"),
            );
        }
        Audience::Partner(partners) if partners.is_empty() => {
            faults.push(Fault::new("`partner` names no partner", at).help("write `partner: [name]`"));
        }
        _ => {}
    }
    if intent.stream.as_ref().is_some_and(|reason| reason.trim().is_empty()) {
        faults.push(
            Fault::new("`stream` lets responses pass unmetered and needs a reason", at)
                .help("say why, or remove the key"),
        );
    }
    faults
}

/// Tells of a key that was probably meant to be `x-tidegate`: left alone, it would declare nothing.
pub(super) fn misspelt(document: &mut Document<'_>, node: &Node) {
    for (key, _) in node.entries() {
        if key.text.starts_with("x-t")
            && &*key.text != INTENT_KEY
            && nearest(&key.text, [INTENT_KEY]).is_some()
        {
            let message = format!("unknown key `{}`; did you mean `{INTENT_KEY}`?", key.text);
            document.error("SPEC-011", message, key.span, "as it stands, it declares nothing");
        }
    }
}
