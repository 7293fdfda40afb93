//! What the owner of an operation declared about it: `x-tidegate` and `endpoints:`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{ClassSet, Endpoint, IpPrefix, Timestamp, Window};

/// The declaration of one operation. The same words in OpenAPI and in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    /// Who may call: `authenticated`, or `public`, `partner`, `internal` with what they need.
    pub audience: Audience,
    /// How a record's owner is told: `$.customer_id = claim.sub`, `path.id = claim.sub`,
    /// `parent GET /v1/orders/{id}`, or a list, all of which must hold. Without it every record
    /// counts as foreign and is charged to the caller's budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Ownership>,
    /// What happens to a response with foreign records. Default `refuse`.
    #[serde(default)]
    pub on_foreign: OnForeign,
    /// Roles that may read records of others here, within their role's budget. Where roles are
    /// listed and no owner is, records are for these roles only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Arc<str>>,
    /// Why every signed-in caller may read all records here, and who answers for it: reference data, a
    /// catalogue. Only `check` asks; the gateway meters what is personal in the answers as ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedDecl>,
    /// Where a record names its subject, when the built-in rule picks the wrong key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<FieldPath>,
    /// Request limits. Default none beyond the gateway's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limit: Vec<LimitDecl>,
    /// Budgets of distinct data subjects for one caller on this operation. Default: the gateway's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub budget: Vec<BudgetDecl>,
    /// Data classes that the operation is declared to return. Empty: none declared.
    #[serde(default)]
    pub classes: ClassSet,
    /// Who operates the upstream behind this operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
    /// The reason why this operation's responses may pass unmetered. Absent: they may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The upstream that its requests go to, by its name in the configuration of the gateway. Absent: that of
    /// its document, else the one for everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Arc<str>>,
}

impl Intent {
    /// An intent with `audience` and defaults for the rest.
    #[must_use]
    pub const fn new(audience: Audience) -> Self {
        Self {
            audience,
            owner: None,
            on_foreign: OnForeign::Refuse,
            roles: Vec::new(),
            shared: None,
            subject: None,
            limit: Vec::new(),
            budget: Vec::new(),
            classes: ClassSet::EMPTY,
            operator: None,
            stream: None,
            upstream: None,
        }
    }
}

/// Who may call an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Everyone, for a reason, until a day.
    Public(PublicDecl),
    /// Every verified principal.
    Authenticated,
    /// The named partners, by verified key or certificate.
    Partner(Vec<Arc<str>>),
    /// Callers from the listed networks only.
    Internal(Vec<IpPrefix>),
}

/// Why an operation is open to everyone, who answers for it, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicDecl {
    /// Why it is public.
    pub reason: String,
    /// The team or person who answers for it.
    pub owner: String,
    /// The last day on which the declaration holds, `2027-06-30` (UTC), or an RFC 3339 time.
    #[serde(with = "expiry_text")]
    pub expires: Timestamp,
}

/// Why records are nobody's own, and who answers for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedDecl {
    /// Why every signed-in caller may read them.
    pub reason: String,
    /// The team or person who answers for it.
    pub owner: String,
}

/// What happens to a response with foreign records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnForeign {
    /// The whole response is refused.
    #[default]
    Refuse,
    /// Foreign records are cut out of the response.
    Strip,
}

/// A bound on requests, or on distinct objects that requests name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitDecl {
    /// Requests per `per` for one caller. At least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u32>,
    /// Distinct object references per `per` for one caller. At least 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<u32>,
    /// The window.
    pub per: Window,
}

/// A bound on distinct data subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetDecl {
    /// Distinct subjects, weighted by data class. 0 forbids any.
    pub subjects: u32,
    /// The window.
    pub per: Window,
}

/// Who operates an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The name under which the account groups its endpoints.
    pub name: Arc<str>,
    /// How to reach them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

/// How it is told whether a record is the caller's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The value at `path` in the record equals the claim.
    Field {
        /// Where in the record, or in the objects around it.
        path: FieldPath,
        /// The claim's dotted name.
        claim: Arc<str>,
    },
    /// A path parameter of the request equals the claim; then every record is the caller's.
    PathParameter {
        /// The parameter's name.
        name: Arc<str>,
        /// The claim's dotted name.
        claim: Arc<str>,
    },
    /// The object that the path names was shown to the caller at `endpoint` before, as its own.
    Parent {
        /// The door that shows the parent.
        endpoint: Endpoint,
    },
    /// Every one of these holds. Never empty.
    All(Vec<Ownership>),
}

impl Ownership {
    /// The field paths that the meter must read from each record, in order.
    #[must_use]
    pub fn field_paths(&self) -> Vec<&FieldPath> {
        match self {
            Self::Field { path, .. } => vec![path],
            Self::PathParameter { .. } | Self::Parent { .. } => Vec::new(),
            Self::All(parts) => parts.iter().flat_map(Self::field_paths).collect(),
        }
    }
}

/// Why a text is no ownership rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no ownership rule: {why}; write `$.customer_id = claim.sub`, `path.id = claim.sub` or `parent GET /v1/orders/{{id}}`"
)]
pub struct OwnershipError {
    text: String,
    why: String,
}

impl FromStr for Ownership {
    type Err = OwnershipError;

    fn from_str(text: &str) -> Result<Self, OwnershipError> {
        let wrong = |why: &dyn fmt::Display| OwnershipError {
            text: text.chars().take(80).collect(),
            why: why.to_string(),
        };
        let trimmed = text.trim();
        if let Some(door) = trimmed.strip_prefix("parent ") {
            let endpoint = door.trim().parse().map_err(|error| wrong(&error))?;
            return Ok(Self::Parent { endpoint });
        }
        let (left, right) = trimmed.split_once('=').ok_or_else(|| wrong(&"there is no `=`"))?;
        let (left, right) =
            (left.trim().trim_end_matches('=').trim(), right.trim().trim_start_matches('=').trim());
        let claim = right
            .strip_prefix("claim.")
            .filter(|name| !name.is_empty() && name.split('.').all(|part| !part.is_empty()))
            .ok_or_else(|| wrong(&"the right side must be `claim.NAME`"))?;
        if let Some(name) = left.strip_prefix("path.") {
            if name.is_empty() {
                return Err(wrong(&"the path parameter has no name"));
            }
            return Ok(Self::PathParameter { name: name.into(), claim: claim.into() });
        }
        let path = left.parse().map_err(|error| wrong(&error))?;
        Ok(Self::Field { path, claim: claim.into() })
    }
}

impl fmt::Display for Ownership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { path, claim } => write!(f, "{path} = claim.{claim}"),
            Self::PathParameter { name, claim } => write!(f, "path.{name} = claim.{claim}"),
            Self::Parent { endpoint } => write!(f, "parent {endpoint}"),
            Self::All(parts) => {
                let parts: Vec<_> = parts.iter().map(ToString::to_string).collect();
                f.write_str(&parts.join(" and "))
            }
        }
    }
}

impl Serialize for Ownership {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All(parts) => out.collect_seq(parts),
            one => out.collect_str(one),
        }
    }
}

impl<'de> Deserialize<'de> for Ownership {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct OneOrAll;
        impl<'de> serde::de::Visitor<'de> for OneOrAll {
            type Value = Ownership;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an ownership rule such as `$.customer_id = claim.sub`, or a list of them")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Ownership, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut parts: A) -> Result<Ownership, A::Error> {
                let mut all: Vec<Ownership> = Vec::new();
                while let Some(text) = parts.next_element::<String>()? {
                    all.push(text.parse().map_err(serde::de::Error::custom)?);
                }
                if all.is_empty() {
                    return Err(serde::de::Error::custom(
                        "an empty list of ownership rules would own everything",
                    ));
                }
                Ok(Ownership::All(all))
            }
        }
        input.deserialize_any(OneOrAll)
    }
}

/// Where in a record a value stands: `$.customer_id`, `$.owner.id`, `$.lines[*].customer`.
///
/// `$` is the record, or the nearest object around it that has the first name. `[*]` means every
/// element and may be left out: arrays on the way are always entered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath {
    names: Vec<Arc<str>>,
}

impl FieldPath {
    /// The names from the record inwards. At least one, at most 16.
    #[must_use]
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }
}

/// Why a text is no field path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no field path; write `$.name` or `$.outer.inner`, at most 16 names")]
pub struct FieldPathError {
    text: String,
}

impl FromStr for FieldPath {
    type Err = FieldPathError;

    fn from_str(text: &str) -> Result<Self, FieldPathError> {
        let wrong = || FieldPathError { text: text.chars().take(80).collect() };
        let inner = text.trim().strip_prefix("$.").ok_or_else(wrong)?;
        let names: Vec<Arc<str>> =
            inner.split('.').map(|name| name.strip_suffix("[*]").unwrap_or(name).into()).collect();
        let fine = |name: &Arc<str>| !name.is_empty() && !name.contains(['[', ']', '$', ' ', '=', '*']);
        if names.is_empty() || names.len() > 16 || !names.iter().all(fine) {
            return Err(wrong());
        }
        Ok(Self { names })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.names.iter().try_for_each(|name| write!(f, ".{name}"))
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldPath {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An expiry as a day (its last millisecond, UTC) or an RFC 3339 time.
mod expiry_text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Timestamp, D::Error> {
        Timestamp::parse_expiry(&String::deserialize(input)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_reads_what_the_manual_shows() {
        let intent: Intent = serde_json::from_str(
            r#"{"audience":{"public":{"reason":"shop window","owner":"web team","expires":"2027-06-30"}},
                "owner":["$.tenant = claim.tenant","path.user = claim.sub"],
                "limit":[{"distinct":20,"per":"1m"}],"budget":[{"subjects":0,"per":"1h"}]}"#,
        )
        .unwrap();
        let Audience::Public(public) = &intent.audience else { panic!("public expected") };
        assert_eq!(public.expires.to_string(), "2027-06-30T23:59:59.999Z");
        assert_eq!(intent.owner.unwrap().to_string(), "$.tenant = claim.tenant and path.user = claim.sub");
        assert_eq!(intent.on_foreign, OnForeign::Refuse);
        let plain: Intent = serde_json::from_str(r#"{"audience":"authenticated"}"#).unwrap();
        assert_eq!(plain, Intent::new(Audience::Authenticated));
    }

    #[test]
    fn an_ownership_rule_reads_back_what_it_prints() {
        for text in [
            "$.customer_id = claim.sub",
            "$.owner.id = claim.realm.user",
            "path.id = claim.sub",
            "parent GET /v1/orders/{id}",
        ] {
            assert_eq!(text.parse::<Ownership>().unwrap().to_string(), text);
        }
        assert_eq!("$.a == claim.b".parse::<Ownership>().unwrap().to_string(), "$.a = claim.b");
    }

    #[test]
    fn a_rule_that_would_own_nothing_or_everything_is_refused() {
        for text in [
            "",
            "$.a",
            "$.a = sub",
            "$.a = claim.",
            "$ = claim.sub",
            "path. = claim.sub",
            "parent x",
            "$..a = claim.b",
        ] {
            assert!(text.parse::<Ownership>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<Ownership>("[]").is_err());
    }
}
