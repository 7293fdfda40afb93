//! The facts that a breach officer needs (GDPR article 33(3)).
//!
//! Facts only: wording and layout are `report`'s. What the ledger cannot know is a [`Caveat`], said
//! aloud and not left out.

use domain::{ClassSet, DataClass, Endpoint, RefusalKind, Timestamp};
use serde::Serialize;

use crate::text_time::rfc3339;
use crate::{Account, Head};

/// Everything known about one leak.
#[derive(Clone, Debug, Serialize)]
pub struct Dossier {
    /// When it was drawn up.
    #[serde(serialize_with = "rfc3339")]
    pub drawn_up: Timestamp,
    /// What was asked for, in the words of the command line.
    pub scope: Vec<String>,
    /// Who received whose data.
    pub account: Account,
    /// Classes that were exposed.
    pub exposed: ClassSet,
    /// Classes of which no record in scope carried anything.
    pub not_exposed: ClassSet,
    /// What stopped it.
    pub stopped: Stopped,
    /// What is likely to follow, heaviest first.
    pub consequences: Vec<Consequence>,
    /// What these figures do not say.
    pub caveats: Vec<Caveat>,
    /// Where the ledger itself is not whole.
    pub gaps: Vec<Gap>,
    /// The head of the ledger that was read: the anchor under these figures.
    pub head: Head,
}

/// What ended the exposures in scope, as far as the ledger shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Stopped {
    /// Nothing left in scope.
    NothingLeft,
    /// Refusals that met recipients of this data after it had left to them: the strongest kind after
    /// the last exposure. See [`crate::StopLine`].
    Refused {
        /// Why they were refused.
        kind: RefusalKind,
        /// Where.
        endpoint: Endpoint,
        /// Recipients that they met, of those in the account.
        recipients: u64,
        /// The first refusal.
        #[serde(serialize_with = "rfc3339")]
        since: Timestamp,
        /// How many.
        refusals: u64,
        /// Whether there may be more ([`crate::RefusalLine`]).
        at_least: bool,
        /// Subjects in the refused answers, summed.
        withheld: u64,
        /// Whether more left afterwards in scope (through another door, or to another recipient).
        but_more_left: bool,
    },
    /// No refusal that met a recipient is on record: it ended by itself, or it goes on.
    NothingOnRecord,
}

/// What is likely to follow when data of some classes is in wrong hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Consequence {
    /// The class that it follows from.
    pub class: DataClass,
    /// What may follow, as a clause.
    pub text: &'static str,
    /// What the people concerned can do.
    pub advice: &'static str,
}

/// A limit of the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Caveat {
    /// Keys that nothing links count twice in `at most`.
    UnlinkedKeys,
    /// Exposures without a known end are in `at most` only.
    UnknownEnds,
    /// Records proved the recipient's own are left out; a stolen token makes them a leak.
    OwnRecordsLeftOut,
    /// The scope spans several periods of digest keys: one person has one digest in each.
    SeveralPeriods,
    /// Tables were full.
    TablesFull,
    /// Part of the scope was pruned by retention.
    Pruned,
    /// `Not exposed` means: not recognised in any answer that was metered.
    NotExposedMeansNotSeen,
    /// An exposure is an entry of the ledger, not a response.
    ExposuresAreEntries,
    /// Addresses and digests may stand for several people, or one person for several of them.
    RecipientsAreNotPersons,
}

impl Caveat {
    /// The caveat as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::UnlinkedKeys => {
                "where nothing links two keys (an id here, an e-mail there), one person counts twice in \"at most\" and may be missing from \"at least\""
            }
            Self::UnknownEnds => {
                "exposures that broke off midway, or whose end nobody saw, are in \"at most\" and not in \"at least\""
            }
            Self::OwnRecordsLeftOut => {
                "records that were proved the recipient's own are left out; if a token was stolen, ask for its principal's own reads too"
            }
            Self::SeveralPeriods => {
                "the scope spans several periods of digest keys: one person seen in two of them counts twice in \"at most\""
            }
            Self::TablesFull => {
                "the tables were full: appearances beyond them count as one more person each in \"at most\""
            }
            Self::Pruned => "retention has removed the oldest part of the scope",
            Self::NotExposedMeansNotSeen => {
                "\"not exposed\" means that no metered answer was seen to carry it; images and encrypted contents are not read"
            }
            Self::ExposuresAreEntries => {
                "an exposure is one entry of the ledger: an answer too large to be judged whole leaves in parts, and each part is an exposure of its own"
            }
            Self::RecipientsAreNotPersons => {
                "a recipient is an address or a credential: several may be one person, and one may be several"
            }
        }
    }
}

/// A place where the ledger is not whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum Gap {
    /// Entries that were known to exist are missing at the end, before a restart at `at`.
    TailLost {
        /// The restart that noticed.
        #[serde(serialize_with = "rfc3339")]
        at: Timestamp,
    },
    /// The ledger was known to reach a place that is not there any more, and no restart has noted it.
    TailMissing {
        /// The segment that it was known to reach.
        segment: u64,
        /// The byte.
        at_byte: u64,
    },
    /// A segment is damaged, altered or missing; what stands after the damage in it is not counted.
    Damaged {
        /// Its number.
        segment: u64,
        /// What is wrong.
        why: String,
    },
}

impl Dossier {
    /// Draws the facts together.
    #[must_use]
    pub fn new(
        drawn_up: Timestamp,
        scope: Vec<String>,
        account: Account,
        periods: usize,
        pruned: bool,
        gaps: Vec<Gap>,
        head: Head,
    ) -> Self {
        let exposed: ClassSet = account.classes.iter().map(|line| line.class).collect();
        let not_exposed = DataClass::ALL.into_iter().filter(|class| !exposed.contains(*class)).collect();
        let ends = account.exposures;
        let mut caveats = vec![
            Caveat::OwnRecordsLeftOut,
            Caveat::NotExposedMeansNotSeen,
            Caveat::ExposuresAreEntries,
            Caveat::RecipientsAreNotPersons,
        ];
        for (applies, caveat) in [
            (account.subjects.at_least < account.subjects.at_most, Caveat::UnlinkedKeys),
            (ends.partly > 0 || ends.unknown > 0, Caveat::UnknownEnds),
            (periods > 1, Caveat::SeveralPeriods),
            (account.overflow != crate::account::Overflow::default(), Caveat::TablesFull),
            (pruned, Caveat::Pruned),
        ] {
            if applies {
                caveats.push(caveat);
            }
        }
        caveats.sort_unstable();
        let stopped = stopped(&account);
        let mut consequences: Vec<_> = exposed.iter().map(consequence_of).collect();
        consequences.sort_by_key(|consequence| std::cmp::Reverse(consequence.class.weight()));
        Self { drawn_up, scope, account, exposed, not_exposed, stopped, consequences, caveats, gaps, head }
    }
}

/// Of the refusals that met recipients, those that held back most.
fn stopped(account: &Account) -> Stopped {
    let Some(last) = account.last else { return Stopped::NothingLeft };
    account.stops.iter().max_by_key(|line| (line.last >= last, line.subjects, line.count)).map_or(
        Stopped::NothingOnRecord,
        |line| Stopped::Refused {
            kind: line.kind,
            endpoint: line.endpoint.clone(),
            recipients: line.recipients,
            since: line.first,
            refusals: line.count,
            at_least: line.at_least,
            withheld: line.subjects,
            but_more_left: last > line.last,
        },
    )
}

/// What is likely to follow when data of `class` is in wrong hands.
#[must_use]
pub const fn consequence_of(class: DataClass) -> Consequence {
    let (text, advice) = match class {
        DataClass::Name => (
            "messages that address the person by name are believed more readily",
            "distrust messages that know your name and ask for more",
        ),
        DataClass::Email => (
            "phishing and spam, and attempts to log in elsewhere with passwords leaked before",
            "expect phishing; use a different password everywhere and a second factor",
        ),
        DataClass::Phone => (
            "fraudulent calls and text messages, and attempts to take the number over (SIM swap)",
            "distrust calls that ask for codes; set a PIN with the telephone company",
        ),
        DataClass::PostalAddress => (
            "letters and parcels in false name, stalking, burglary when the address shows who is away",
            "watch for unknown orders; ask the registry for a blocking notice where at risk",
        ),
        DataClass::BirthDate => (
            "questions of identity checks can be answered by others",
            "do not use the date as a password or proof of identity",
        ),
        DataClass::GovernmentId => (
            "identity theft: contracts, credit and accounts in the person's name",
            "consider a fraud alert or credit freeze; tell the issuing office",
        ),
        DataClass::Payment => (
            "unauthorised payments and debits",
            "watch statements; ask the bank for a new card or account number",
        ),
        DataClass::Credential => (
            "accounts can be taken over at once, here and wherever the password is used again",
            "change the password everywhere; end all sessions",
        ),
    };
    Consequence { class, text, advice }
}
