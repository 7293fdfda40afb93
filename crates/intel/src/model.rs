//! What a report says, as data: the object that `tidegate intel REPORT --format json` prints.
//!
//! Everything in it is bound to evidence: [`Span`]s are byte ranges of the report as it was given, and
//! `because` names the rule that made the claim out of them (`docs/intel.md` lists the rules). Derived
//! claims name what they were derived from. Nothing here knows how a report is read, or how a claim
//! becomes STIX, a rule or a page.
//!
//! The JSON is stable: fields may be added, none is renamed or removed within [`SCHEMA`].

mod claim;
mod class;
mod erratum;
mod extent;
mod frame;
mod quantity;
mod risk;
mod statement;
mod thing;

use serde::{Deserialize, Serialize};

pub use claim::{Claim, Notification, NotificationState, Notified, Origin, Status, TechniqueClaim};
pub use class::{Class, ClassClaim};
pub use erratum::{Erratum, ErratumKind, Place};
pub use frame::{Frame, FrameKind};
pub use quantity::{Amount, Bound, Derived, Number, NumberRole};
pub use risk::{Factor, Level, Risk};
pub use statement::{Discourse, Dropped, DroppedAs, Repair, RepairKind, Statement};
pub use thing::{
    Date, Entity, EntityKind, EntityRole, Event, EventKind, Observable, ObservableRole, ObservableType,
};

/// Name and number of the format.
pub const SCHEMA: &str = "tidegate.intel/1";

/// A range of bytes of the report as it was given (of a PDF: of its text layer), end exclusive. Never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One after the last byte.
    pub end: usize,
}

impl Span {
    /// Whether `other` lies within this span.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// How the bytes of the report were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportFormat {
    /// Plain text.
    Text,
    /// Markdown: text with headings, lists, tables, code.
    Markdown,
    /// HTML.
    Html,
    /// An item of a JSON feed (or a whole feed with one item).
    JsonFeed,
    /// The text layer of a PDF.
    Pdf,
}

/// Which report it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// How it was read.
    pub format: ReportFormat,
    /// Its size.
    pub bytes: usize,
    /// SHA-256 of all its bytes in hexadecimal: what the spans belong to, unless there is a text layer.
    pub sha256: String,
    /// Of a PDF: the text that was read out of it, which all spans point into.
    pub text_layer: Option<TextLayer>,
    /// Bytes that are no UTF-8 and were read as U+FFFD.
    pub undecodable_bytes: usize,
    /// The report is longer than what is read; only this many bytes of it were. Null: all of it.
    pub read_only: Option<usize>,
}

/// The text of a PDF, as it was read out of it: UTF-8, a line of a page in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextLayer {
    /// Its size.
    pub bytes: usize,
    /// SHA-256 of its bytes in hexadecimal: what the spans belong to.
    pub sha256: String,
    /// Pages that it was read from.
    pub pages: usize,
    /// Pages, or ends of pages, that were not read: too many, or too much in them.
    pub pages_unread: usize,
}

/// Versions of the knowledge that ids were held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knowledge {
    /// Name, such as `ATT&CK`.
    pub name: String,
    /// Version, such as `18.1`.
    pub version: String,
}

/// A report, understood. All lists are in the order of the report unless their field says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intel {
    /// [`SCHEMA`].
    pub schema: String,
    /// The report that all spans point into.
    pub source: Source,
    /// What ids were held against.
    pub knowledge: Vec<Knowledge>,
    /// The headline, where the report has one.
    pub title: Option<Claim>,
    /// When the report was published, where it says so itself, in the form of [`Date::value`].
    pub published: Option<String>,
    /// Whether it tells of something that happened, rather than of what might, of advice or of a product.
    pub is_incident: bool,
    /// The statements that make it one. Empty where it is none.
    pub is_incident_because: Vec<Span>,
    /// ATT&CK techniques: asserted by the report (`stated`, `claimed`), marked as uncertain by it
    /// (`hypothetical`), or by Tidegate only (`suggested`). By id.
    pub techniques: Vec<TechniqueClaim>,
    /// Techniques that the report names as what may follow. They are no part of the incident.
    pub consequences: Vec<TechniqueClaim>,
    /// Tactics that the report names by id or that its techniques belong to. By id.
    pub tactics: Vec<Claim>,
    /// OWASP API Security Top 10 2023, by OWASP's own definitions from what the report says happened.
    pub owasp: Vec<Claim>,
    /// The same list as the report labels it; labels of 2019 keep their year.
    pub owasp_stated: Vec<Claim>,
    /// Weaknesses: named by the report (`stated`), else by definition from what happened.
    pub cwe: Vec<Claim>,
    /// Attack patterns that the report names.
    pub capec: Vec<Claim>,
    /// Defences by D3FEND id: named by id, by name (`origin`), or suggested.
    pub d3fend: Vec<Claim>,
    /// ATT&CK mitigations: named by id, or near to what the report recommends.
    pub mitigations: Vec<Claim>,
    /// Vulnerabilities by number.
    pub cves: Vec<Claim>,
    /// Numbers with what they count. One entry for each value, unit and role.
    pub numbers: Vec<Number>,
    /// Numbers that follow from them, with the arithmetic.
    pub derived: Vec<Derived>,
    /// Kinds of personal data that got out. In the order of [`Class`].
    pub data_classes_exposed: Vec<ClassClaim>,
    /// Kinds of data that the report, or whom it quotes, says did not get out.
    pub data_classes_not_exposed: Vec<ClassClaim>,
    /// Persons, organisations, systems, tools.
    pub entities: Vec<Entity>,
    /// Addresses, paths, hashes, patterns, command lines.
    pub observables: Vec<Observable>,
    /// Dates.
    pub dates: Vec<Date>,
    /// What happened, in order as far as the report orders it.
    pub timeline: Vec<Event>,
    /// What was done, and what made it possible.
    pub frames: Vec<Frame>,
    /// Where the report contradicts itself, the knowledge bases or arithmetic.
    pub errata: Vec<Erratum>,
    /// Who was or must be told.
    pub notification: Notification,
    /// Likelihood and impact, with the arithmetic. Null where it tells of no incident.
    pub risk: Option<Risk>,
    /// Every clause of the report with its place in the discourse.
    pub statements: Vec<Statement>,
    /// What was left out as navigation, biography, slogans or mark-up that is not shown.
    pub dropped: Vec<Dropped>,
    /// What was mended in the text to read it: cells run together, lost beginnings.
    pub repairs: Vec<Repair>,
}
