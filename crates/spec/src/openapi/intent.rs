//! `x-tidegate` at the root, at a path and at an operation.

use domain::Intent;

use crate::decode::{Fault, decode, nearest};
use crate::openapi::INTENT_KEY;
use crate::openapi::document::Document;
use crate::openapi::here::{At, Here};
use crate::reading::says_something;
use crate::tree::{Entry, Mapping, Node, Span, Value};

/// The intent of an operation: the levels from outside to inside, an inner key overriding an outer.
///
/// `null` at a level drops what the outer levels say. Faults are told; with one, there is no intent.
pub(super) fn read<'t>(
    document: &mut Document<'t>,
    levels: impl IntoIterator<Item = Here<'t>>,
) -> (Option<Intent>, Option<At>) {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut at: Option<(At, At)> = None;
    for level in levels {
        let Some(entry) = level.mapping().and_then(|mapping| mapping.get(INTENT_KEY)) else { continue };
        let key = level.spot(entry.key.span);
        if entry.value.value == Value::Null {
            entries.clear();
            at = None;
            continue;
        }
        let Some(here) = document.resolve(level.with(&entry.value)) else { return (None, Some(key)) };
        let Value::Mapping(mapping) = &here.node.value else {
            let fault = Fault::new(format!("`{INTENT_KEY}` must be a mapping"), key.span)
                .help("write for example `x-tidegate: { audience: authenticated }`");
            document.decode_fault(key.file, &fault);
            return (None, Some(key));
        };
        for inner in mapping.entries() {
            entries.retain(|(_, outer)| outer.key.text != inner.key.text);
            entries.push((here.file, inner.clone()));
        }
        at = Some((key, here.at()));
    }
    let Some((key, place)) = at else { return (None, None) };
    if !entries.iter().any(|(_, entry)| &*entry.key.text == "audience") {
        let fault =
            Fault::new("this intent says nothing about who may call: `audience` is missing", key.span);
        let help = "add `audience: authenticated`, or `public`, `partner` or `internal` with what they need";
        document.decode_fault(key.file, &fault.help(help));
        return (None, Some(key));
    }
    let (files, entries): (Vec<(usize, Span, Span)>, Vec<Entry>) =
        entries.into_iter().map(|(file, entry)| ((file, entry.key.span, entry.value.span), entry)).unzip();
    let merged = Node { value: Value::Mapping(Mapping::new(entries, |_, _| ())), span: place.span };
    let faults = match decode::<Intent>(&merged) {
        Ok(intent) => {
            let faults = contradictions(&intent, key.span);
            if faults.is_empty() {
                return (Some(intent), Some(key));
            }
            faults
        }
        Err(faults) => faults,
    };
    for fault in &faults {
        let diagnostic = fault.diagnostic("SPEC-008");
        document.tell(file_of(&files, diagnostic.at, [key, place]), diagnostic);
    }
    (None, Some(key))
}

/// The file of a fault at `at`: that of the key under which it stands, for each may come from another.
fn file_of(files: &[(usize, Span, Span)], at: Span, whole: [At; 2]) -> usize {
    if let Some(whole) = whole.iter().find(|whole| whole.span == at) {
        return whole.file;
    }
    files
        .iter()
        .find(|(_, name, value)| {
            at == *name || at.start >= name.start && at.end <= value.end.max(name.end) && at.line >= name.line
        })
        .map(|(file, ..)| *file)
        .unwrap_or_else(|| whole.first().map_or(0, |key| key.file))
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
        Audience::Public(public) if !says_something(&public.reason) || !says_something(&public.owner) => {
            faults.push(
                Fault::new(
                    "a public operation needs a reason and an owner, and one of them says nothing",
                    at,
                )
                .help("say why it is open to everyone, and who answers for it"),
            );
        }
        Audience::Partner(partners) if partners.is_empty() => {
            faults.push(Fault::new("`partner` names no partner", at).help("write `partner: [name]`"));
        }
        _ => {}
    }
    if intent
        .shared
        .as_ref()
        .is_some_and(|shared| !says_something(&shared.reason) || !says_something(&shared.owner))
    {
        faults.push(
            Fault::new("`shared` needs a reason and an owner, and one of them says nothing", at)
                .help("say why every signed-in caller may read all records, and who answers for it"),
        );
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
pub(super) fn misspelt(document: &mut Document<'_>, node: Here<'_>) {
    for (key, _) in node.entries() {
        if key.text.starts_with("x-t")
            && &*key.text != INTENT_KEY
            && nearest(&key.text, [INTENT_KEY]).is_some()
        {
            let message = format!("unknown key `{}`; did you mean `{INTENT_KEY}`?", key.text);
            document.error("SPEC-011", message, node.spot(key.span), "as it stands, it declares nothing");
        }
    }
}
