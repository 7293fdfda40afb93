//! Frames: who did what to what, and what made it possible.

use serde::{Deserialize, Serialize};

use super::{Span, Status};

/// What a statement is about. The first group is what was done, the second what made it possible, the
/// third what came after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameKind {
    /// The door was found by probing, scanning or guessing.
    FoundByProbing,
    /// The door was found in an application, a page or its traffic.
    FoundByInspection,
    /// The door was found by somebody, no matter how.
    Found,
    /// A door open to the world was used.
    ReachedPublicly,
    /// Records were called for.
    Retrieved,
    /// Records came out in pages or batches.
    Paged,
    /// Identifiers were counted through or guessed.
    Enumerated,
    /// A program did it.
    Automated,
    /// Log-in with passwords from elsewhere.
    CredentialStuffing,
    /// Passwords, codes or tokens were guessed.
    BruteForce,
    /// A real account, token or key of somebody else was used.
    UsedCredential,
    /// A key or password was found where it should not lie.
    FoundSecret,
    /// Somebody was tricked.
    SocialEngineering,
    /// A query or a command was smuggled in.
    Injection,
    /// A server was made to call another.
    RequestForgery,
    /// Addresses were rotated, or proxies used.
    ManySources,
    /// Data was altered by who should not.
    Altered,
    /// Data was offered, sold or published.
    Published,
    /// Money was asked for.
    Extorted,

    /// The door asked nobody who they are.
    NoAuthentication,
    /// It asked, but could be deceived.
    BrokenAuthentication,
    /// It did not ask whose object it is.
    NoObjectCheck,
    /// It did not ask whether the caller may do that at all.
    NoFunctionCheck,
    /// It answered with more fields than needed.
    ExcessiveData,
    /// It took fields that nobody should set.
    MassAssignment,
    /// Nothing limited how much or how often.
    NoLimit,
    /// A flow of business could be run by a machine.
    SensitiveFlow,
    /// It was set up wrongly.
    Misconfigured,
    /// It was old, forgotten, undocumented or a test.
    ForgottenDoor,
    /// What another service sent was trusted.
    TrustedThirdParty,
    /// Identifiers could be foretold.
    PredictableIds,
    /// The fault lies, or may lie, with another company's platform.
    ThirdPartyFault,

    /// Personal data could be seen.
    Exposed,
    /// It stopped by itself.
    Stopped,
    /// The copy was deleted.
    Deleted,
    /// The victim or an authority was told of it.
    Reported,
    /// It became known.
    Surfaced,
    /// The victim said so.
    Confirmed,
    /// The victim denied it.
    Denied,
    /// It is being looked into.
    Investigating,
    /// The door was shut or mended.
    Fixed,
    /// The people concerned or an authority were told.
    Notified,
    /// Duties to tell are being examined.
    EvaluatingDuties,
    /// Somebody was fined, sued or arrested.
    LegalAction,
}

impl FrameKind {
    /// Whether it is something that the attacker did.
    #[must_use]
    pub fn is_act(self) -> bool {
        self <= Self::Extorted
    }

    /// Whether it is a fault that made it possible.
    #[must_use]
    pub fn is_fault(self) -> bool {
        self >= Self::NoAuthentication && self <= Self::ThirdPartyFault
    }
}

/// Something that the report tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// What.
    pub kind: FrameKind,
    /// How it stands in the report. `suggested` does not occur.
    pub status: Status,
    /// The report says that it was not so.
    pub is_negated: bool,
    /// Who says so, where the status is `claimed`.
    pub by: Option<String>,
    /// Who did it, in the report's words.
    pub actor: Option<String>,
    /// The words that carry it.
    pub span: Span,
    /// The statement that they stand in, an index of `statements`.
    pub statement: usize,
}
