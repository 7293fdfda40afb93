//! What a decision is made from: one request, as far as policies can see it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use domain::{Caller, Endpoint, Method, Mode};

use crate::nearest::nearest;

/// Everything that a decision about one request may look at. Borrowed; nothing is copied that no
/// policy of the operation reads.
pub struct RequestFacts<'a> {
    /// The door that the request came to, as the router knows it.
    pub endpoint: &'a Endpoint,
    /// The method on the wire (`HEAD` where the door says `GET`).
    pub method: &'a Method,
    /// The canonical path that goes upstream, without query.
    pub path: &'a str,
    /// Who asks.
    pub caller: &'a Caller,
    /// The client's address.
    pub client: IpAddr,
    /// Whether the request came in by the internal listener.
    pub internal_listener: bool,
    /// The mode that decides what happens with undeclared operations and with refusals.
    pub mode: Mode,
    /// Looks up one attribute of the request. Asked only for names that policies read, and for path
    /// parameters that ownership rules read.
    pub attribute: &'a (dyn Fn(&AttributeName) -> Attribute<'a> + Sync),
}

/// The value of one attribute of a request, by the written rule of [`crate::authorize`].
#[derive(Clone, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// The request does not name it.
    Missing,
    /// It is there, and null: policies do not see it.
    Null,
    /// Exactly one text: a string as it stands, a whole number in decimal, `true` or `false`.
    Text(Cow<'a, str>),
    /// It is there and is no one text: a fractional number, an object, a list, a name given twice,
    /// something beyond a bound. A policy that reads it refuses the request.
    Unusable,
}

impl fmt::Debug for Attribute<'_> {
    /// Never shows the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Null => "Null",
            Self::Text(_) => "Text(..)",
            Self::Unusable => "Unusable",
        })
    }
}

/// Where in a request an attribute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributePlace {
    /// `query.page`: the query.
    Query,
    /// `header.x-tenant`: a header, by its name in small letters.
    Header,
    /// `body.customer.id`: a JSON or form body, by dotted names.
    Body,
    /// `path.id`: a parameter of the path template.
    Path,
}

impl AttributePlace {
    const ALL: [Self; 4] = [Self::Query, Self::Header, Self::Body, Self::Path];

    const fn word(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Header => "header",
            Self::Body => "body",
            Self::Path => "path",
        }
    }
}

/// The name of an attribute as policies write it: `query.page`, `header.x-tenant`,
/// `body.customer.id`, `path.id`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeName {
    place: AttributePlace,
    text: Arc<str>,
}

impl AttributeName {
    /// The parameter `name` of the path template.
    #[must_use]
    pub fn path(name: &str) -> Self {
        Self { place: AttributePlace::Path, text: format!("path.{name}").into() }
    }

    /// Where it stands.
    #[must_use]
    pub const fn place(&self) -> AttributePlace {
        self.place
    }

    /// Its name without the place: `customer.id`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.split_once('.').map_or("", |(_, name)| name)
    }

    /// Its whole text: `body.customer.id`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a text names no attribute that policies may read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` names no attribute of a request: {why}")]
pub struct AttributeNameError {
    text: String,
    why: &'static str,
    /// What to write instead.
    pub help: String,
}

/// Headers that tell who asks: other stations read them, policies never do.
const IDENTITY: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "forwarded", "x-forwarded-for", "x-real-ip"];

impl FromStr for AttributeName {
    type Err = AttributeNameError;

    fn from_str(text: &str) -> Result<Self, AttributeNameError> {
        let wrong =
            |why, help: String| AttributeNameError { text: text.chars().take(80).collect(), why, help };
        let (place, name) = text.split_once('.').unwrap_or((text, ""));
        let Some(place) = AttributePlace::ALL.into_iter().find(|known| known.word() == place) else {
            let near = nearest(place, AttributePlace::ALL.map(AttributePlace::word)).unwrap_or("query");
            return Err(wrong(
                "it must start with `query.`, `header.`, `body.` or `path.`",
                format!("did you mean `{near}.{}`?", if name.is_empty() { "NAME" } else { name }),
            ));
        };
        if name.split('.').any(str::is_empty) && place != AttributePlace::Header {
            return Err(wrong("a name is empty", format!("write `{}.NAME`", place.word())));
        }
        if place == AttributePlace::Header {
            if IDENTITY.iter().any(|header| header.eq_ignore_ascii_case(name)) {
                return Err(wrong(
                    "a claim that nobody verified is no ground for a decision",
                    "use `principal` for who asks and `context.client` for the address".into(),
                ));
            }
            if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                let small = format!("header.{}", name.to_ascii_lowercase());
                return Err(wrong("header names stand in small letters", format!("write `{small}`")));
            }
        }
        Ok(Self { place, text: text.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_name_reads_back_what_it_prints() {
        for (text, place, name) in [
            ("query.page", AttributePlace::Query, "page"),
            ("header.x-tenant", AttributePlace::Header, "x-tenant"),
            ("body.customer.id", AttributePlace::Body, "customer.id"),
            ("path.id", AttributePlace::Path, "id"),
        ] {
            let read: AttributeName = text.parse().unwrap();
            assert_eq!((read.place(), read.name(), read.as_str()), (place, name, text));
        }
    }

    #[test]
    fn a_name_that_no_policy_may_read_says_what_to_write() {
        for (text, help) in [
            ("page", "did you mean `path.NAME`?"),
            ("qery.page", "did you mean `query.page`?"),
            ("body.", "write `body.NAME`"),
            ("body.a..b", "write `body.NAME`"),
            ("header.X-Tenant", "write `header.x-tenant`"),
            ("header.cookie", "use `principal` for who asks and `context.client` for the address"),
        ] {
            assert_eq!(text.parse::<AttributeName>().unwrap_err().help, help, "{text}");
        }
    }

    #[test]
    fn a_value_does_not_show_itself() {
        assert_eq!(format!("{:?}", Attribute::Text("ann@example.com".into())), "Text(..)");
    }
}
