//! The declarations that can be inferred, written into the files they belong to.
//!
//! Only operations without any intent, and only what the document itself says. What it does not say is
//! left as a [`Placeholder`]: an empty value that no gate accepts before a person has filled it in. It is a
//! proposal: nobody knows the intent but the people.

use domain::Timestamp;
use serde_json::{Value, json};
use spec::inventory::{IntentState, Inventory, Kind, Place, SourceId};

use crate::facts::{Facts, OperationFacts, words};

/// A file with the declarations in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Which file.
    pub source: SourceId,
    /// Its whole new text.
    pub text: String,
    /// What a person has to fill in, in the order of the text.
    pub placeholders: Vec<Placeholder>,
}

/// An empty value in a declaration: an error until it is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The operation.
    pub subject: String,
    /// The line of its declaration in the new text.
    pub line: usize,
    /// What is to be filled in: `reason and owner`.
    pub needs: &'static str,
}

/// What can be declared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mend {
    /// Every file that declarations are added to, in the order of the inventory.
    pub files: Vec<Mended>,
    /// Operations without intent that are written in a form which is left to people.
    pub left: Vec<(String, Place)>,
}

/// A declaration on its way into a text.
struct Edit {
    at: usize,
    text: String,
    subject: String,
    needs: Option<&'static str>,
}

/// What can be declared of the operations that have no intent.
#[must_use]
pub fn mend(inventory: &Inventory, now: Timestamp) -> Mend {
    let facts = Facts::new(inventory, now);
    let mut mend = Mend::default();
    for (source, id) in inventory.sources.iter().zip((0_u32..).map(SourceId)) {
        if !matches!(source.kind, Kind::OpenApi | Kind::OpenApiPart) {
            continue;
        }
        let bare = facts.operations.iter().filter(|one| {
            one.operation.at.source == id && matches!(one.operation.intent, IntentState::Absent)
        });
        let mut bare: Vec<&OperationFacts<'_>> = bare.collect();
        bare.sort_by_key(|one| one.operation.at.span.start);
        // An operation under several prefixes, or that several paths refer to, stands once.
        bare.dedup_by_key(|one| one.operation.at.span.start);
        let mut edits = Vec::new();
        for one in bare {
            match edit(&source.text, one, now) {
                Some(edit) => edits.push(edit),
                None => mend.left.push((one.subject.clone(), one.operation.at)),
            }
        }
        if !edits.is_empty() {
            mend.files.push(written(id, &source.text, edits));
        }
    }
    mend
}

/// The text with every edit in it.
fn written(source: SourceId, old: &str, edits: Vec<Edit>) -> Mended {
    let mut mended = Mended { source, text: String::with_capacity(old.len()), placeholders: Vec::new() };
    let (mut from, mut line) = (0, 1);
    let lines = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count();
    for edit in edits {
        let before = old.get(from..edit.at).unwrap_or_default();
        let lead = edit.text.len() - edit.text.trim_start().len();
        line += lines(before);
        if let Some(needs) = edit.needs {
            let at = line + lines(edit.text.get(..lead).unwrap_or_default());
            mended.placeholders.push(Placeholder { subject: edit.subject, line: at, needs });
        }
        line += lines(&edit.text);
        mended.text.push_str(before);
        mended.text.push_str(&edit.text);
        from = edit.at;
    }
    mended.text.push_str(old.get(from..).unwrap_or_default());
    mended
}

/// The declaration of `facts` and where it goes; `None` where the text there is none that is changed.
fn edit(text: &str, facts: &OperationFacts<'_>, now: Timestamp) -> Option<Edit> {
    let intent = Intent::of(facts);
    let subject = facts.subject.clone();
    let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let key = facts.operation.at.span.range();
    let line_start = text.get(..key.start)?.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(line_start..)?;
    let indent = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len())?;
    // The span of a key in quotes ends before or behind its quote.
    let rest = text.get(key.end..)?;
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start();
    let value = rest.strip_prefix(':')?;
    let place = |rest: &str| text.len() - rest.len();
    if let Some(inner) = value.trim_start().strip_prefix('{') {
        let empty = inner.trim_start().starts_with('}');
        let breaks = inner.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']);
        let deeper = if indent.contains('\t') { "\t" } else { "  " };
        let lead = if breaks { format!("{eol}{indent}{deeper}") } else { String::new() };
        let end = if empty {
            ""
        } else if breaks {
            ","
        } else {
            ", "
        };
        let text = format!("{lead}\"x-tidegate\": {}{end}", intent.json(now));
        return Some(Edit { at: place(inner), text, subject, needs: intent.needs() });
    }
    // A block mapping begins on a line of its own; a name (`&order`) may stand before it.
    let end = value.find('\n').map_or(value.len(), |end| end + 1);
    let (same_line, next) = value.split_at_checked(end)?;
    let words = same_line.split('#').next()?.trim();
    if !(words.is_empty() || words.starts_with('&') && !words.contains([' ', '{', '['])) {
        return None;
    }
    let first = next.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let depth = first.map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
    // Where nothing is below the method, it has no value yet.
    let inner = if depth > indent.len() { " ".repeat(depth) } else { format!("{indent}  ") };
    let mut block = String::new();
    if !same_line.ends_with('\n') {
        block.push_str(eol);
    }
    block.push_str(&format!("{inner}x-tidegate:{eol}"));
    for line in intent.yaml(now) {
        block.push_str(&format!("{inner}  {line}{eol}"));
    }
    Some(Edit { at: place(next), text: block, subject, needs: intent.needs() })
}

/// What an operation's document says of who may call it.
enum Intent {
    /// Anyone may call it today; only people know why.
    Public { limit: bool },
    /// A partner's key is needed; only people know which partners there are.
    Partner { limit: bool },
    /// Whose records these are is what the names say, or, where they say nothing, for people to say.
    Authenticated { owner: Option<String>, unsaid: Option<&'static str>, limit: bool },
    /// For administrators.
    Admin { limit: bool },
}

impl Intent {
    fn of(facts: &OperationFacts<'_>) -> Self {
        let operation = facts.operation;
        let limit = facts.yields_records && !facts.limited;
        let schemes = &operation.security.schemes;
        let names_partner = |name: &str| words::words(name).iter().any(|word| word.starts_with("partner"));
        if facts.admin.is_some() && !facts.narrowed {
            Self::Admin { limit }
        } else if facts.open {
            Self::Public { limit }
        } else if !schemes.is_empty() && schemes.iter().all(|scheme| names_partner(&scheme.name)) {
            Self::Partner { limit }
        } else {
            let owner = facts.suggested_owner.clone();
            let asked = owner.is_none() && (!operation.object_refs.is_empty() || facts.everybodys);
            // Of a change the answer shows too late whose the record was.
            let unsaid = asked.then_some(if facts.reads {
                "whose record is it, such as $.customer_id = claim.sub? Or: roles: [staff]"
            } else {
                "whose record is it, such as parent GET with the path that shows it? Or: roles: [staff]"
            });
            Self::Authenticated { owner, unsaid, limit }
        }
    }

    const fn needs(&self) -> Option<&'static str> {
        match self {
            Self::Public { .. } => Some("reason and owner, and a look at the day"),
            Self::Partner { .. } => Some("the names of the partners"),
            Self::Authenticated { unsaid: Some(_), .. } => {
                Some("whose record it is (`owner`), or `roles` in its place")
            }
            Self::Authenticated { .. } | Self::Admin { .. } => None,
        }
    }

    const fn limit(&self) -> bool {
        match self {
            Self::Public { limit }
            | Self::Partner { limit }
            | Self::Admin { limit }
            | Self::Authenticated { limit, .. } => *limit,
        }
    }

    fn yaml(&self, now: Timestamp) -> Vec<String> {
        let mut lines = match self {
            Self::Public { .. } => vec![format!(
                "audience: {{public: {{reason: \"\", owner: \"\", expires: {}}}}} # anyone may call it: say why, and who answers for it",
                review_day(now)
            )],
            Self::Partner { .. } => vec!["audience: {partner: []} # which ones?".to_owned()],
            Self::Authenticated { owner, unsaid, .. } => {
                let mut lines = vec!["audience: authenticated".to_owned()];
                lines.extend(owner.as_ref().map(|rule| format!("owner: {rule}")));
                lines.extend(unsaid.map(|hint| format!("owner: \"\" # {hint}")));
                lines
            }
            Self::Admin { .. } => vec!["audience: authenticated".to_owned(), "roles: [admin]".to_owned()],
        };
        if self.limit() {
            lines.push(
                "limit: [{requests: 60, per: 1m}] # a guess: what does one honest caller need?".to_owned(),
            );
        }
        lines
    }

    fn json(&self, now: Timestamp) -> Value {
        let mut intent = match self {
            Self::Public { .. } => {
                let public = json!({ "reason": "", "owner": "", "expires": review_day(now) });
                json!({ "audience": { "public": public } })
            }
            Self::Partner { .. } => json!({ "audience": { "partner": [] } }),
            Self::Authenticated { owner: Some(rule), .. } => {
                json!({ "audience": "authenticated", "owner": rule })
            }
            Self::Authenticated { unsaid: Some(_), .. } => {
                json!({ "audience": "authenticated", "owner": "" })
            }
            Self::Authenticated { .. } => json!({ "audience": "authenticated" }),
            Self::Admin { .. } => json!({ "audience": "authenticated", "roles": ["admin"] }),
        };
        if let Some(intent) = intent.as_object_mut().filter(|_| self.limit()) {
            intent.insert("limit".to_owned(), json!([{ "requests": 60, "per": "1m" }]));
        }
        intent
    }
}

/// A quarter from now: a date that somebody will have to think about.
fn review_day(now: Timestamp) -> String {
    let day = now.plus(domain::Window::from_secs(90 * 86_400)).to_string();
    day.get(..10).unwrap_or(&day).to_owned()
}
