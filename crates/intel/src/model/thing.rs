//! Entities, observables, dates and events.

use serde::{Deserialize, Serialize};

use super::{Span, Status};

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityKind {
    /// A company, an authority, a body.
    Organisation,
    /// One person or several.
    Person,
    /// An endpoint, an application, a platform, a data base.
    System,
    /// A program, a standard or a product that is named for reference.
    Tool,
    /// A good or a service of a company.
    Product,
}

/// What an entity is in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityRole {
    /// Whose data or system it was.
    Victim,
    /// Who found it and told, or says so: no threat actor.
    Discoverer,
    /// Who did it to do harm, where the report says so.
    Attacker,
    /// Another company whose platform it may have been.
    ThirdParty,
    /// Whose data it is.
    Affected,
    /// Who must be told, or judges.
    Authority,
    /// What was used to get at the data.
    Target,
    /// Named for reference only.
    Reference,
}

/// Somebody or something in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// The name, or the description of who is not named, in the report's words.
    pub name: String,
    /// What it is.
    pub kind: EntityKind,
    /// What it is in the report.
    pub role: EntityRole,
    /// Whether the name is a name, rather than a description.
    pub is_named: bool,
    /// Industry or nature, in one word, where the report says so: `telecommunications`.
    pub sector: Option<String>,
    /// How it stands in the report.
    pub status: Status,
    /// Who says so, where the status is `claimed`.
    pub by: Option<String>,
    /// Where the report says so. Never empty.
    pub spans: Vec<Span>,
}

/// What an observable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObservableType {
    /// A URL with its scheme.
    Url,
    /// A domain name.
    Domain,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// An e-mail address.
    Email,
    /// An MD5 hash.
    Md5,
    /// A SHA-1 hash.
    Sha1,
    /// A SHA-256 hash.
    Sha256,
    /// A SHA-512 hash.
    Sha512,
    /// The path of a URL, or a pattern of such paths.
    UrlPath,
    /// The path of a file.
    FilePath,
    /// A command line.
    CommandLine,
    /// A user agent.
    UserAgent,
    /// A kind of log to look into.
    LogSource,
    /// A number of a vulnerability.
    Cve,
}

/// What an observable is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObservableRole {
    /// The report says that the attack used it.
    Indicator,
    /// The report says to look for it.
    Hunting,
    /// An illustration, a guess, documentation's own names and addresses.
    Example,
    /// It has a gap to be filled in.
    Placeholder,
    /// It belongs to a reference: a source, an authority, a vendor's page.
    Reference,
}

/// Something that can be looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observable {
    /// The value with its defanging undone.
    pub value: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ObservableType,
    /// What it is for.
    pub role: ObservableRole,
    /// How it stands in the report.
    pub status: Status,
    /// Whether the value is a pattern, such as `/api/v[1-9]/users`.
    pub is_pattern: bool,
    /// Where it stands. Never empty.
    pub spans: Vec<Span>,
}

/// A date of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Date {
    /// As exact as the report is: `2031`, `2031-05`, `2031-05-17`; `--05-17` without a year.
    pub value: String,
    /// What happened then, where its clause tells something.
    pub event: Option<EventKind>,
    /// How it stands in the report.
    pub status: Status,
    /// Where it stands. Never empty.
    pub spans: Vec<Span>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The door came to be open.
    Opened,
    /// It was found.
    Discovered,
    /// Records were taken.
    Accessed,
    /// It stopped.
    Stopped,
    /// The copy was deleted.
    Deleted,
    /// The victim was told.
    Reported,
    /// The victim noticed.
    Detected,
    /// The door was shut or mended.
    Fixed,
    /// It became known.
    Surfaced,
    /// The victim said so.
    Confirmed,
    /// People concerned or authorities were told.
    Notified,
    /// It is being looked into.
    Investigating,
    /// Duties to tell are being examined.
    EvaluatingDuties,
    /// Data was offered, sold or published.
    Published,
    /// Fines, suits, arrests.
    LegalAction,
}

/// An event in the order of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Its place: events with the same are not ordered by the report. From 0.
    pub order: usize,
    /// When, in the form of [`Date::value`]; null where it is only ordered.
    pub date: Option<String>,
    /// The end of a span of time that begins with `date`; null where the report gives one moment.
    #[serde(default)]
    pub until: Option<String>,
    /// Why it stands in this place: `date`, `words of order`, `nature of the event`.
    pub because: String,
    /// It goes on.
    pub is_ongoing: bool,
    /// How it stands in the report.
    pub status: Status,
    /// Where the report says so. Never empty.
    pub spans: Vec<Span>,
}
