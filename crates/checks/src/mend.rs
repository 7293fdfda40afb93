//! The declarations that can be inferred, written into the files they belong to.
//!
//! Only operations without any intent, and only what the document itself says: a call that needs no
//! credential becomes a public declaration without reason or owner, which no gate accepts before a
//! person has filled it in; one that needs a credential becomes `authenticated`, with the owner where
//! an answer's field names the holder. It is a proposal: nobody knows the intent but the people.

use domain::Timestamp;
use spec::inventory::{IntentState, Inventory, Kind, Operation, SourceId};

/// A file with the declarations in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Which file.
    pub source: SourceId,
    /// Its whole new text.
    pub text: String,
}

/// Answer fields that name the holder of a record, the likeliest first.
const HOLDERS: [&str; 8] =
    ["customer_id", "customerId", "user_id", "userId", "account_id", "accountId", "owner_id", "ownerId"];

/// Every file that declarations can be added to, in the order of the inventory.
#[must_use]
pub fn mend(inventory: &Inventory, now: Timestamp) -> Vec<Mended> {
    let mut all = Vec::new();
    for (number, source) in inventory.sources.iter().enumerate() {
        let Ok(number) = u32::try_from(number) else { break };
        let id = SourceId(number);
        if !matches!(source.kind, Kind::OpenApi | Kind::OpenApiPart) {
            continue;
        }
        // From the end to the beginning, so that earlier places stay where they are.
        let mut bare: Vec<&Operation> = inventory
            .operations
            .iter()
            .filter(|operation| operation.at.source == id && matches!(operation.intent, IntentState::Absent))
            .collect();
        bare.sort_by_key(|operation| std::cmp::Reverse(operation.at.span.start));
        bare.dedup_by_key(|operation| operation.at.span.start);
        let mut text = source.text.to_string();
        let mut changed = false;
        for operation in bare {
            changed |= insert(&mut text, operation, now);
        }
        if changed {
            all.push(Mended { source: id, text });
        }
    }
    all
}

/// Puts the declaration of `operation` on the lines below its method; whether there is room for it.
fn insert(text: &mut String, operation: &Operation, now: Timestamp) -> bool {
    let key = operation.at.span.range();
    let Some(before) = text.get(..key.start) else { return false };
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let indent: String =
        text.get(line_start..).unwrap_or_default().chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let Some(after) = text.get(key.end..) else { return false };
    let in_quotes = before.ends_with('"')
        || after.starts_with('"')
        || text.get(key.clone()).is_some_and(|key| key.starts_with('"'));
    if in_quotes {
        let Some(brace) = after.find('{') else { return false };
        let at = key.end + brace + 1;
        let line = json_line(operation, now);
        let empty = text.get(at..).is_some_and(|rest| rest.trim_start().starts_with('}'));
        text.insert_str(at, &format!("\n{indent}  {line}{}", if empty { "\n" } else { "," }));
        return true;
    }
    // A block mapping begins on the next line; a flow mapping on the same line is left to people.
    let rest = after.trim_start_matches(':');
    let Some(end) = rest.find('\n') else { return false };
    let same_line = rest.get(..end).unwrap_or_default().trim();
    if !(same_line.is_empty() || same_line.starts_with('#')) {
        return false;
    }
    let next = rest.get(end + 1..).unwrap_or_default();
    let first = next.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let deeper = first.map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
    if deeper <= indent.len() {
        return false;
    }
    let at = text.len() - next.len();
    let inner = " ".repeat(deeper);
    let mut block = format!("{inner}x-tidegate:\n");
    for line in yaml_lines(operation, now) {
        block.push_str(&format!("{inner}  {line}\n"));
    }
    text.insert_str(at, &block);
    true
}

/// The field of the answer that names the holder, as an ownership rule.
fn owner(operation: &Operation) -> Option<String> {
    HOLDERS.iter().find_map(|holder| {
        let field = operation
            .answer
            .fields
            .iter()
            .find(|field| field.path.rsplit(['.', ']']).next().is_some_and(|last| last == *holder))?;
        let inner = field.path.rsplit("[]").next().unwrap_or(&field.path).trim_start_matches('.');
        let plain = inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
        plain.then(|| format!("$.{inner} = claim.sub"))
    })
}

fn is_open(operation: &Operation) -> bool {
    operation.security.declared && operation.security.open
}

/// A quarter from now: a date that somebody will have to think about.
fn review_day(now: Timestamp) -> String {
    let day = now.plus(domain::Window::from_secs(90 * 86_400)).to_string();
    day.get(..10).unwrap_or(&day).to_owned()
}

fn yaml_lines(operation: &Operation, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if is_open(operation) {
        lines.push(format!(
            "audience: {{public: {{reason: \"\", owner: \"\", expires: {}}}}} # say why, and who answers for it",
            review_day(now)
        ));
    } else {
        lines.push("audience: authenticated".to_owned());
        match owner(operation) {
            Some(rule) => lines.push(format!("owner: {rule}")),
            None if !operation.object_refs.is_empty() || operation.answer.many => {
                lines.push("# owner: $.customer_id = claim.sub   (whose records are these?)".to_owned());
            }
            None => {}
        }
    }
    lines.push("limit: [{requests: 60, per: 1m}] # a guess: what does one honest caller need?".to_owned());
    lines
}

fn json_line(operation: &Operation, now: Timestamp) -> String {
    let mut intent = serde_json::Map::new();
    if is_open(operation) {
        let public =
            serde_json::json!({ "public": { "reason": "", "owner": "", "expires": review_day(now) } });
        intent.insert("audience".into(), public);
    } else {
        intent.insert("audience".into(), "authenticated".into());
        if let Some(rule) = owner(operation) {
            intent.insert("owner".into(), rule.into());
        }
    }
    intent.insert("limit".into(), serde_json::json!([{ "requests": 60, "per": "1m" }]));
    format!("\"x-tidegate\": {}", serde_json::Value::Object(intent))
}
