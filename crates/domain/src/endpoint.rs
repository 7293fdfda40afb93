//! Doors: a method and a path template.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An HTTP method (RFC 9110 section 9). Methods compare by exact text; `get` is no `GET`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`: has the intent of `GET`.
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
    /// `OPTIONS`
    Options,
    /// `TRACE`
    Trace,
    /// Any other token, at most 32 bytes.
    Other(Arc<str>),
}

impl Method {
    /// The method as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Other(text) => text,
        }
    }

    /// The method whose intent decides: `HEAD` has that of `GET`.
    #[must_use]
    pub fn for_intent(&self) -> Self {
        match self {
            Self::Head => Self::Get,
            other => other.clone(),
        }
    }
}

impl FromStr for Method {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        Ok(match text {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            "TRACE" => Self::Trace,
            other if is_token(other) => Self::Other(other.into()),
            other => return Err(EndpointError::Method { text: other.chars().take(32).collect() }),
        })
    }
}

/// RFC 9110 section 5.6.2 `token`, bounded to 32 bytes.
fn is_token(text: &str) -> bool {
    let tchar = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    (1..=32).contains(&text.len()) && text.bytes().all(tchar)
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One part of a path template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Matches exactly this decoded text.
    Literal(Arc<str>),
    /// Matches one non-empty segment; the name is for people and policies, without braces.
    Parameter(Arc<str>),
    /// Matches every remaining segment, also none. Only at the end; written `{*rest}`.
    Rest(Arc<str>),
}

/// A path with named parameters, such as `/v1/orders/{id}`. At most 64 segments and 2,048 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathTemplate {
    text: Arc<str>,
}

impl PathTemplate {
    /// Most segments that a template may have.
    pub const MOST_SEGMENTS: usize = 64;
    /// Most bytes that a template's text may have.
    pub const MOST_BYTES: usize = 2048;

    /// Reads `/v1/orders/{id}`.
    ///
    /// # Errors
    /// When the text does not start with `/`, a brace is not closed or stands inside a segment, a
    /// parameter has no name or a name twice, `{*rest}` is not last, or a bound is exceeded.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let wrong =
            |why: &'static str| EndpointError::Template { text: text.chars().take(80).collect(), why };
        if !text.starts_with('/') {
            return Err(wrong("it must start with `/`"));
        }
        if text.len() > Self::MOST_BYTES || text.split('/').count() > Self::MOST_SEGMENTS + 1 {
            return Err(wrong("it is longer than 2,048 bytes or 64 segments"));
        }
        let mut names: Vec<&str> = Vec::new();
        let mut rest_seen = false;
        for part in text.split('/').skip(1) {
            if rest_seen {
                return Err(wrong("`{*rest}` must be the last segment"));
            }
            let Some(inner) = part.strip_prefix('{') else {
                if part.contains(['{', '}']) {
                    return Err(wrong("a parameter must fill its whole segment"));
                }
                continue;
            };
            let name = inner.strip_suffix('}').ok_or_else(|| wrong("a `{` is not closed by `}`"))?;
            rest_seen = name.starts_with('*');
            let name = name.trim_start_matches('*');
            if name.is_empty() || name.contains(['{', '}', '*']) {
                return Err(wrong("a parameter has no name"));
            }
            if names.contains(&name) {
                return Err(wrong("two parameters have the same name"));
            }
            names.push(name);
        }
        Ok(Self { text: text.into() })
    }

    /// `/{*elsewhere}`: every path, for what has no template of its own.
    #[must_use]
    pub fn elsewhere() -> Self {
        Self { text: "/{*elsewhere}".into() }
    }

    /// The template as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its segments from left to right; `/` alone has one empty literal.
    pub fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        self.text.split('/').skip(1).map(|part| {
            match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                Some(name) => match name.strip_prefix('*') {
                    Some(rest) => Segment::Rest(rest.into()),
                    None => Segment::Parameter(name.into()),
                },
                None => Segment::Literal(part.into()),
            }
        })
    }

    /// Whether any segment is a parameter.
    #[must_use]
    pub fn has_parameters(&self) -> bool {
        self.text.contains('{')
    }

    /// Whether a part is [`PathTemplate::HIDDEN`], alone or with a number: nobody can tell which path it was.
    #[must_use]
    pub fn hides_words(&self) -> bool {
        self.segments().any(|segment| match segment {
            Segment::Parameter(name) => name.trim_end_matches(|c: char| c.is_ascii_digit()) == Self::HIDDEN,
            Segment::Literal(_) | Segment::Rest(_) => false,
        })
    }

    /// The parameter that stands in the place of a word that may be somebody's name.
    pub const HIDDEN: &str = "word";
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}

/// A method and a path template: one door of an API. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    method: Method,
    template: PathTemplate,
}

impl Endpoint {
    /// The door `method template`.
    #[must_use]
    pub const fn new(method: Method, template: PathTemplate) -> Self {
        Self { method, template }
    }

    /// Its method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// Its path template.
    #[must_use]
    pub const fn template(&self) -> &PathTemplate {
        &self.template
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    /// Reads `GET /v1/orders/{id}`.
    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (method, path) = text
            .split_once(' ')
            .ok_or_else(|| EndpointError::Method { text: text.chars().take(32).collect() })?;
        Ok(Self::new(method.parse()?, PathTemplate::parse(path.trim_start())?))
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text names no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The method is no token, or there is none.
    #[error("`{text}` starts with no HTTP method; write for example `GET /v1/orders/{{id}}`")]
    Method {
        /// What stood there.
        text: String,
    },
    /// The path template is malformed.
    #[error("`{text}` is no path template: {why}")]
    Template {
        /// What stood there.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// The name of an operation: `operationId` where a specification gives one, else the endpoint's text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(Arc<str>);

impl OperationId {
    /// The operation called `name`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_reads_back_what_it_prints() {
        for text in ["GET /", "POST /api/customers", "GET /v1/{tenant}/orders/{id}", "PURGE /cache/{*rest}"] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_malformed_door_says_what_is_wrong() {
        for (text, why) in [
            ("/v1", "no HTTP method"),
            ("G@T /v1", "no HTTP method"),
            ("GET v1", "must start with `/`"),
            ("GET /{id", "not closed"),
            ("GET /a{id}", "fill its whole segment"),
            ("GET /{}", "no name"),
            ("GET /{id}/{id}", "same name"),
            ("GET /{*rest}/x", "last segment"),
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_head_request_has_the_intent_of_get() {
        assert_eq!(Method::Head.for_intent(), Method::Get);
        assert_eq!(Method::Post.for_intent(), Method::Post);
    }
}
