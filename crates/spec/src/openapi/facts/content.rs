//! What a body may be: media types, each with its schema and examples, in every version's notation.

use std::sync::Arc;

use super::Facts;
use super::example::{self, Secret};
use super::schema::too_long;
use crate::decode::nearest;
use crate::openapi::Version;
use crate::openapi::document::short;
use crate::openapi::here::{At, Here};

/// Most media types of one body that are read.
pub(super) const MOST_MEDIA: usize = 256;
/// Most named examples of one body.
const MOST_EXAMPLES: usize = 1_000;

/// One media type of a body.
pub(super) struct Media<'t> {
    pub(super) kind: Arc<str>,
    pub(super) schema: Option<Here<'t>>,
    /// Where the schema is named.
    pub(super) schema_at: Option<At>,
    /// Whether the schema is that of one element in a stream of them (`itemSchema`, 3.2).
    pub(super) elements: bool,
    /// Values that are shown.
    pub(super) examples: Vec<Here<'t>>,
}

/// Keys of a schema, which say nothing where no schema is expected.
const OF_SCHEMAS: [&str; 6] = ["properties", "items", "allOf", "oneOf", "anyOf", "additionalProperties"];

/// Tells what stands in `owner` (a response or request body, called `what`) where nobody reads it: a body
/// that is described there is not judged. Whether there was something to tell.
pub(super) fn misplaced(facts: &mut Facts<'_, '_>, what: &str, owner: Here<'_>) -> bool {
    let help = match facts.document.version {
        Version::V2 => "in 2.0 write `schema:`",
        _ => "write `content: {application/json: {schema: ...}}`",
    };
    if !facts.document.expects_mapping(what, owner, help) {
        return true;
    }
    let wrong = |key: &str| {
        let media = key.contains('/') && !key.starts_with("x-");
        let of_other = if facts.document.version == Version::V2 { key == "content" } else { key == "schema" };
        let misspelt =
            key != "content" && facts.document.version != Version::V2 && nearest(key, ["content"]).is_some();
        media || of_other || misspelt || OF_SCHEMAS.contains(&key)
    };
    let found = owner.entries().find(|(key, _)| wrong(&key.text));
    if let Some((key, _)) = found {
        let message = format!("`{}` has no meaning in {what}: the body is not described", short(&key.text));
        facts.document.skipped("SPEC-003", message, owner.spot(key.span), help);
    }
    found.is_some()
}

/// The media types below `content` of a response, request body, parameter or header.
pub(super) fn of<'t>(facts: &mut Facts<'t, '_>, owner: Here<'t>) -> Vec<Media<'t>> {
    let Some(content) = owner.get("content") else { return Vec::new() };
    facts.document.expects_mapping(
        "`content`",
        content,
        "write each media type as a key: `application/json:`",
    );
    let mut all = Vec::new();
    for (nth, (key, media)) in content.entries().enumerate() {
        if nth >= MOST_MEDIA {
            let message = format!("a body has more than {MOST_MEDIA} media types");
            facts.document.beyond(
                message,
                content.spot(key.span),
                "name fewer: those from here on are not judged",
            );
            break;
        }
        let Some(media) = facts.document.resolve(media) else { continue };
        let help = "write `schema:` below the media type";
        facts.document.expects_mapping("a media type", media, help);
        let bare = media.entries().find(|(key, _)| OF_SCHEMAS.contains(&&*key.text));
        if let Some((key, _)) = bare.filter(|_| media.get("schema").is_none()) {
            let message =
                format!("`{}` stands where `schema:` is expected: the body is not described", key.text);
            facts.document.skipped("SPEC-003", message, media.spot(key.span), help);
        }
        let entry = |word| media.mapping().and_then(|mapping| mapping.get(word));
        let elements = entry("schema").is_none() && facts.document.version == Version::V32;
        let named = if elements { entry("itemSchema") } else { entry("schema") };
        all.push(Media {
            kind: key.text.clone(),
            schema: named.map(|named| media.with(&named.value)),
            schema_at: named.map(|named| media.spot(named.key.span)),
            elements: elements && named.is_some(),
            examples: examples(facts, media),
        });
    }
    all
}

/// The values of `example` and `examples`.
pub(super) fn examples<'t>(facts: &mut Facts<'t, '_>, owner: Here<'t>) -> Vec<Here<'t>> {
    let mut values: Vec<Here<'t>> = owner.get("example").into_iter().collect();
    if let Some(named) = owner.get("examples") {
        for (nth, (key, one)) in named.entries().enumerate() {
            if nth >= MOST_EXAMPLES {
                let message = format!("more than {MOST_EXAMPLES} examples of one body");
                facts.document.beyond(
                    message,
                    named.spot(key.span),
                    "give fewer: those from here on are not judged",
                );
                break;
            }
            let Some(one) = facts.document.resolve(one) else { continue };
            values.extend(["value", "dataValue"].iter().find_map(|key| one.get(key)));
        }
    }
    values
}

/// Secrets in examples that stand under `name`.
pub(super) fn secrets(facts: &mut Facts<'_, '_>, examples: &[Here<'_>], name: &str, found: &mut Vec<Secret>) {
    for one in examples {
        if !example::secrets(&mut facts.words, *one, name, found) {
            facts.document.beyond(too_long(), one.at(), "show less: not all of it is judged");
        }
    }
}
