//! How made documents are written: words from a fixed seed, and a tree as YAML in block style.

use std::fmt::Write as _;

use serde_json::Value;

/// A fixed row of pseudo-random numbers (Knuth's MMIX constants): the same documents on every machine.
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from((self.0 >> 33) % bound).unwrap_or(0)
    }

    /// One of `these`.
    pub(crate) fn one<'t>(&mut self, these: &[&'t str]) -> &'t str {
        these.get(self.below(these.len())).copied().unwrap_or("")
    }

    /// So many words, as sentences of about twelve.
    pub(crate) fn sentences(&mut self, words: usize) -> String {
        let mut text = String::new();
        for nth in 0..words {
            let word = self.one(&WORDS);
            if nth % 12 == 0 {
                let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
                let _ = write!(text, "{}{}{rest}", if nth > 0 { ". " } else { "" }, first.to_uppercase());
            } else {
                let _ = write!(text, " {word}");
            }
        }
        text.push('.');
        text
    }
}

const WORDS: [&str; 32] = [
    "the", "order", "is", "returned", "to", "its", "customer", "when", "a", "parcel", "of", "that",
    "delivery", "changes", "state", "and", "may", "be", "sent", "again", "with", "each", "invoice", "before",
    "billing", "ends", "for", "every", "contract", "in", "this", "region",
];

/// `tree` as YAML in block style, quoted only where it must be.
pub(crate) fn yaml(tree: &Value) -> String {
    let mut out = String::new();
    block(tree, 0, &mut out);
    out
}

fn block(node: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match node {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let _ = write!(out, "{indent}{}:", scalar(&Value::String(key.clone())));
                below(value, depth, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(out, "{indent}-");
                below(item, depth, out);
            }
        }
        leaf => {
            let _ = writeln!(out, "{indent}{}", scalar(leaf));
        }
    }
}

/// What stands after a key or a dash: a leaf on the same line, or a block on the next ones.
fn below(value: &Value, depth: usize, out: &mut String) {
    let nests = match value {
        Value::Object(entries) => !entries.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nests {
        out.push('\n');
        block(value, depth + 1, out);
    } else {
        let _ = writeln!(out, " {}", scalar(value));
    }
}

fn scalar(leaf: &Value) -> String {
    match leaf {
        Value::String(text) if is_plain(text) => text.clone(),
        // A text of JSON is a double-quoted scalar of YAML.
        other => other.to_string(),
    }
}

/// Whether YAML reads the bare text as this text: words, no number, no word with a meaning.
fn is_plain(text: &str) -> bool {
    let starts = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '/');
    let only = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '/' | '.' | ','));
    let meant = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    starts && only && !text.ends_with(' ') && !meant.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_as_yaml_is_read_as_the_same_tree() {
        let tree = serde_json::json!({
            "openapi": "3.1.0",
            "info": {"title": "A: b", "version": "1", "on": "yes", "empty": {}, "none": null},
            "list": [1, -2.5, "x", [], ["deep", {"a": [true]}], "line\nbreak", "# no comment", "- dash", ""],
            "paths": {"/orders/{id}": {"get": {"responses": {"200": {"description": "It's \"so\""}}}}},
        });
        let read = spec::tree::read(&yaml(&tree), spec::tree::Format::Yaml).unwrap();
        let again = spec::tree::read(&tree.to_string(), spec::tree::Format::Json).unwrap();
        assert_eq!(shape(&read), shape(&again));
    }

    fn shape(node: &spec::tree::Node) -> String {
        use spec::tree::Value;
        match &node.value {
            Value::Sequence(items) => format!("{:?}", items.iter().map(shape).collect::<Vec<_>>()),
            Value::Mapping(_) => {
                format!(
                    "{:?}",
                    node.entries()
                        .map(|(key, value)| (key.text.to_string(), shape(value)))
                        .collect::<Vec<_>>()
                )
            }
            leaf => format!("{leaf:?}"),
        }
    }
}
