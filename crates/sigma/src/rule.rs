//! A rule as people see it, and why one is not applicable here.

use std::fmt;
use std::sync::Arc;

use rsigma_parser::Level;
use spec::tree::Span;

/// A rule's place in [`crate::Rules::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub(crate) usize);

impl RuleIndex {
    /// Its place.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

/// A rule of a file.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The name of the file, as given to [`crate::load`].
    pub file: Arc<str>,
    /// Where the rule begins.
    pub at: Span,
    /// Its title.
    pub title: String,
    /// Its id, a UUID.
    pub id: Option<String>,
    /// Its name, by which correlations refer to it.
    pub name: Option<String>,
    /// `informational`, `low`, `medium`, `high` or `critical`.
    pub level: Option<Level>,
    /// Tags, such as `attack.t1190`.
    pub tags: Vec<String>,
    /// References.
    pub references: Vec<String>,
    /// D3FEND techniques (the custom field `d3fend`).
    pub d3fend: Vec<String>,
    /// Items of the OWASP API Security Top 10 (the custom field `owasp`).
    pub owasp: Vec<String>,
    /// What it finds.
    pub description: String,
    /// Whether it counts matches of others.
    pub is_correlation: bool,
    /// Whether a match is told by itself; `false` where only a correlation uses it.
    pub is_told: bool,
    /// Why it never matches here, with the places. Empty: it is applicable.
    pub reasons: Vec<(Reason, Span)>,
}

impl Rule {
    /// Id, name or title: the first that it has.
    #[must_use]
    pub fn word(&self) -> &str {
        self.id.as_deref().or(self.name.as_deref()).unwrap_or(&self.title)
    }

    /// The word of its level; `none` where it has none.
    #[must_use]
    pub const fn level_word(&self) -> &'static str {
        match self.level {
            Some(Level::Informational) => "informational",
            Some(Level::Low) => "low",
            Some(Level::Medium) => "medium",
            Some(Level::High) => "high",
            Some(Level::Critical) => "critical",
            None => "none",
        }
    }

    /// Its level as a number: 1 for informational to 5 for critical. Without one it counts as low.
    #[must_use]
    pub const fn gravity(&self) -> u8 {
        match self.level {
            Some(Level::Informational) => 1,
            Some(Level::Low) | None => 2,
            Some(Level::Medium) => 3,
            Some(Level::High) => 4,
            Some(Level::Critical) => 5,
        }
    }

    /// Whether it can match here.
    #[must_use]
    pub const fn is_applicable(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Why a rule is not applicable here.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is for another kind of log.
    Category(String),
    /// It says nothing of a category.
    NoCategory,
    /// It is for a log that holds no exchanges.
    Service(String),
    /// It names something that no event here can have.
    Field {
        /// The name.
        name: String,
        /// A field that is called almost so.
        nearest: Option<&'static str>,
    },
    /// It tests members of lists as an extension of Sigma has it.
    Members,
    /// It counts in a way that is not done here.
    Counting(String),
    /// It builds on a rule that is not applicable.
    Builds(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Category(category) => {
                write!(f, "the category `{category}` is not that of an exchange")
            }
            Self::NoCategory => f.write_str("its log source names no category"),
            Self::Service(service) => write!(f, "the log of the service `{service}` holds no exchanges"),
            Self::Field { name, .. } => write!(f, "no event here can have the field `{name}`"),
            Self::Members => f.write_str("it tests the members of a list one by one"),
            Self::Counting(how) => write!(f, "{how} is not counted here"),
            Self::Builds(rule) => write!(f, "it builds on `{rule}`, which is not applicable"),
        }
    }
}

impl Reason {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Category(_) | Self::NoCategory => {
                "rules of the categories `webserver`, `proxy`, `waf` and `api_activity` match here; \
                 run this one where its log is (docs/sigma.md)"
                    .into()
            }
            Self::Service(_) => "leave `service` out, or write `access`".into(),
            Self::Field { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Field { nearest: None, .. } => {
                "`tidegate sigma check --fields` lists the fields; what is not known matches nothing, not even under `not`"
                    .into()
            }
            Self::Members => "write the test for the whole field: it holds where one member does".into(),
            Self::Counting(_) => {
                "`event_count`, `value_count`, `value_sum`, `value_avg`, `temporal` and `temporal_ordered` are, over \
                 sliding windows with thresholds up to 100,000"
                    .into()
            }
            Self::Builds(_) => "see there".into(),
        }
    }
}
