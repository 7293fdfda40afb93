//! A key of `paths` to a path template.

use domain::PathTemplate;

use crate::openapi::document::{percent_decoded, short};
use crate::pattern::{Pattern, Piece};

/// What a path key gave: the template, and what was odd about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Converted {
    pub(super) template: PathTemplate,
    pub(super) oddities: Vec<&'static str>,
}

/// Reads `prefix` and the path key `text` as one template.
///
/// `/a%20b` is decoded, for requests are matched decoded. A query or fragment after the path is left
/// out. `{id}.json` becomes a [`Pattern`]; `{proxy+}`, `{path*}` and `{*rest}` at the end take the
/// rest of the path.
///
/// # Errors
/// Why no template can be made of it.
pub(super) fn template(prefix: &str, text: &str) -> Result<Converted, String> {
    let mut oddities = Vec::new();
    let mut path = text;
    // `{?query}` and `{#fragment}` of RFC 6570 are no part of the path either.
    for (sign, oddity) in [
        ("{?", "a query is no part of a path"),
        ("{&", "a query is no part of a path"),
        ("{#", "a fragment is no part of a path"),
        ("?", "a query is no part of a path"),
        ("#", "a fragment is no part of a path"),
    ] {
        if let Some((before, _)) = path.split_once(sign) {
            path = before;
            oddities.push(oddity);
        }
    }
    if !path.starts_with('/') {
        oddities.push("a path starts with `/`");
    }
    let whole = format!("{}/{}", prefix.trim_end_matches('/'), path.strip_prefix('/').unwrap_or(path));
    let mut names = Vec::new();
    let mut parts = Vec::new();
    let count = whole.split('/').skip(1).count();
    for (nth, segment) in whole.split('/').skip(1).enumerate() {
        if segment.len() > 1 && segment.starts_with(':') {
            oddities.push("`:name` is no parameter in OpenAPI, where it is written `{name}`");
        }
        let pieces = pieces(segment)?;
        parts.push(part(pieces, nth + 1 == count, &mut names, &mut oddities)?);
    }
    oddities.dedup();
    let text = format!("/{}", parts.join("/"));
    let template = PathTemplate::parse(&text).map_err(|error| error.to_string())?;
    Ok(Converted { template, oddities })
}

/// Splits a segment at its braces and decodes its fixed text.
fn pieces(segment: &str) -> Result<Vec<Piece>, String> {
    let unbalanced = || format!("the braces in `{}` do not match", short(segment));
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some((fixed, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or_else(unbalanced)?;
        if fixed.contains('}') || name.contains('{') {
            return Err(unbalanced());
        }
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(decoded(fixed)?.into()));
        }
        pieces.push(Piece::Parameter(name.into()));
        rest = after;
    }
    if rest.contains('}') {
        return Err(unbalanced());
    }
    if !rest.is_empty() {
        pieces.push(Piece::Fixed(decoded(rest)?.into()));
    }
    Ok(pieces)
}

fn decoded(fixed: &str) -> Result<String, String> {
    let fine = |text: &String| !text.contains(['/', '\\', '{', '}']) && !text.chars().any(char::is_control);
    percent_decoded(fixed)
        .filter(fine)
        .ok_or_else(|| format!("the escapes in `{}` cannot be matched", short(fixed)))
}

/// One segment of the template's text.
fn part(
    mut pieces: Vec<Piece>,
    last: bool,
    names: &mut Vec<String>,
    oddities: &mut Vec<&'static str>,
) -> Result<String, String> {
    if let [Piece::Parameter(name)] = &pieces[..] {
        let greedy = name.trim_start_matches(['+', '*']).trim_end_matches(['+', '*']);
        if greedy.len() != name.len() && last {
            return Ok(format!("{{*{}}}", unique(greedy, names, oddities)));
        }
    }
    for piece in &mut pieces {
        if let Piece::Parameter(name) = piece {
            *name = unique(name, names, oddities).into();
        }
    }
    match &pieces[..] {
        [] => Ok(String::new()),
        [Piece::Fixed(text)] => Ok(text.to_string()),
        [Piece::Parameter(name)] => Ok(format!("{{{name}}}")),
        several => {
            let several = several.to_vec();
            let pattern =
                Pattern::new(several).ok_or("two parameters stand side by side with nothing between them")?;
            Ok(format!("{{{}}}", pattern.name()))
        }
    }
}

/// A name for a parameter that the template does not have yet.
fn unique(name: &str, names: &mut Vec<String>, oddities: &mut Vec<&'static str>) -> String {
    let mut clean: String =
        name.chars().filter(|c| !"{}*<>+/?#".contains(*c) && !c.is_control()).take(64).collect();
    if clean.is_empty() {
        oddities.push("a parameter has no name");
        clean = "unnamed".to_owned();
    }
    if names.contains(&clean) {
        oddities.push("two parameters of the path have the same name");
        clean = format!("{clean}_{}", names.len() + 1);
    }
    names.push(clean.clone());
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_path_becomes_a_template_or_says_why_not() {
        for (prefix, text, expected) in [
            ("", "/", "/"),
            ("/v1", "/orders/{id}", "/v1/orders/{id}"),
            ("/v1/", "/", "/v1/"),
            ("", "orders", "/orders (a path starts with `/`)"),
            ("", "/a%20b/%C3%BC", "/a b/ü"),
            ("", "/a%2fb", "the escapes in `a%2fb` cannot be matched"),
            ("", "/a%zz", "the escapes in `a%zz` cannot be matched"),
            ("", "/orders?state=open", "/orders (a query is no part of a path)"),
            ("", "/orders{?state,page}", "/orders (a query is no part of a path)"),
            ("", "/orders#list", "/orders (a fragment is no part of a path)"),
            ("", "/files/{id}.json", "/files/{<id>.json}"),
            ("", "/a{id}.json", "/{a<id>.json}"),
            ("", "/repos/{owner}-{name}", "/repos/{<owner>-<name>}"),
            ("", "/Products({key})", "/{Products(<key>)}"),
            ("", "/items/{id}:cancel", "/items/{<id>:cancel}"),
            ("", "/{a}{b}", "two parameters stand side by side with nothing between them"),
            ("", "/files/{path*}", "/files/{*path}"),
            ("", "/{proxy+}", "/{*proxy}"),
            ("", "/{+path}/x", "/{path}/x"),
            ("", "/{id}/{id}", "/{id}/{id_2} (two parameters of the path have the same name)"),
            ("", "/{}", "/{unnamed} (a parameter has no name)"),
            ("", "/{id", "the braces in `{id` do not match"),
            ("", "/id}", "the braces in `id}` do not match"),
            ("", "/{{id}}", "the braces in `{{id}}` do not match"),
            (
                "",
                "/orders/:id",
                "/orders/:id (`:name` is no parameter in OpenAPI, where it is written `{name}`)",
            ),
            ("", "/a<b>{c}", "two parameters stand side by side with nothing between them"),
        ] {
            let shown = match template(prefix, text) {
                Ok(Converted { template, oddities }) if oddities.is_empty() => template.to_string(),
                Ok(Converted { template, oddities }) => format!("{template} ({})", oddities.join(", ")),
                Err(why) => why,
            };
            assert_eq!(shown, expected, "{prefix} {text}");
        }
        let long = "/a".repeat(100);
        assert!(template("", &long).unwrap_err().contains("64 segments"));
    }
}
