//! Kinds of data that a report can say got out.

use serde::{Deserialize, Serialize};

use super::{Span, Status};

/// A kind of data. The first eight are those of `domain::DataClass`, by the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Names of persons.
    Name,
    /// E-mail addresses.
    Email,
    /// Telephone numbers.
    Phone,
    /// Postal addresses.
    PostalAddress,
    /// Dates of birth.
    BirthDate,
    /// Numbers that a state gave: social security, passport, driving licence, tax.
    GovernmentId,
    /// Card and account numbers.
    Payment,
    /// Passwords, their hashes, tokens, keys, secret answers.
    Credential,
    /// Balances, income, transactions, credit history.
    Financial,
    /// Diagnoses, treatments, insurance of the sick, test results.
    Health,
    /// Where somebody was or is.
    Location,
    /// Fingerprints, faces, voices.
    Biometric,
    /// Messages and their contents.
    Message,
    /// Photographs, videos, recordings.
    Photo,
    /// Orders, purchases, bookings.
    Order,
    /// User names, account numbers within the service, profile data.
    Account,
    /// IP addresses, device numbers, IMEI, advertising ids.
    Device,
    /// Sex, ethnicity, religion, politics, marital status.
    Demographic,
    /// Employer, title, salary, curriculum vitae.
    Employment,
    /// Vehicles, their plates and identification numbers.
    Vehicle,
    /// Documents: contracts, invoices, scans.
    Document,
}

impl Class {
    /// Every class, in order.
    pub const ALL: [Self; 21] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::PostalAddress,
        Self::BirthDate,
        Self::GovernmentId,
        Self::Payment,
        Self::Credential,
        Self::Financial,
        Self::Health,
        Self::Location,
        Self::Biometric,
        Self::Message,
        Self::Photo,
        Self::Order,
        Self::Account,
        Self::Device,
        Self::Demographic,
        Self::Employment,
        Self::Vehicle,
        Self::Document,
    ];

    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::PostalAddress => "postal-address",
            Self::BirthDate => "birth-date",
            Self::GovernmentId => "government-id",
            Self::Payment => "payment",
            Self::Credential => "credential",
            Self::Financial => "financial",
            Self::Health => "health",
            Self::Location => "location",
            Self::Biometric => "biometric",
            Self::Message => "message",
            Self::Photo => "photo",
            Self::Order => "order",
            Self::Account => "account",
            Self::Device => "device",
            Self::Demographic => "demographic",
            Self::Employment => "employment",
            Self::Vehicle => "vehicle",
            Self::Document => "document",
        }
    }

    /// What a person's data of this kind weighs in [`super::Risk`]: 3 cannot be changed or opens doors,
    /// 2 intimate or lasting, 1 contact, 0 a name alone.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self {
            Self::Name => 0,
            Self::GovernmentId | Self::Payment | Self::Credential | Self::Health | Self::Biometric => 3,
            Self::BirthDate
            | Self::Financial
            | Self::Location
            | Self::Message
            | Self::Photo
            | Self::Demographic
            | Self::Document => 2,
            Self::Email
            | Self::Phone
            | Self::PostalAddress
            | Self::Order
            | Self::Account
            | Self::Device
            | Self::Employment
            | Self::Vehicle => 1,
        }
    }
}

/// A kind of data with what the report says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassClaim {
    /// The kind.
    pub class: Class,
    /// The words of the report, such as `phone numbers`, the first time.
    pub words: String,
    /// How it stands in the report.
    pub status: Status,
    /// Who says so, where the status is `claimed`.
    pub by: Option<String>,
    /// Where the report says so. Never empty.
    pub spans: Vec<Span>,
}
