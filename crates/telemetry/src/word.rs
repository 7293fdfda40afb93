//! The closed sets of words that may stand in a label.

use domain::{Basis, Caller, DetectorId, HintState, Mode, Outcome, PrincipalKind, RefusalKind, Severity};

/// One of a closed set of words: what a metric label may be, and nothing else may.
pub trait Word: Copy + PartialEq + 'static {
    /// Every word, in the order of their counters.
    const ALL: &'static [Self];

    /// The text of the label.
    fn word(self) -> &'static str;

    /// Its place in [`Word::ALL`]. Linear, over at most twenty-one words.
    fn index(self) -> usize {
        Self::ALL.iter().position(|word| *word == self).unwrap_or(usize::MAX)
    }
}

/// Declares an enum whose variants are label words.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    )*};
}

words! {
    /// How an exchange ended, without the kind of refusal (that is counted by itself).
    OutcomeWord {
        /// The upstream's answer went to the client.
        Served = "served",
        /// Refused.
        Refused = "refused",
        /// Served in observe mode; guard would have refused it.
        WouldRefuse = "would-refuse",
        /// The connection broke on the client's side.
        ClientGone = "client-gone",
    }
    /// What is known of a caller, and no more than that.
    CallerWord {
        /// No credential that counts.
        Anonymous = "anonymous",
        /// A credential that nobody vouched for.
        Unverified = "unverified",
        /// A credential that the upstream vouched for.
        Confirmed = "confirmed",
        /// A verified principal.
        Verified = "verified",
        /// A verified partner.
        Partner = "partner",
    }
    /// Of whom a detector speaks.
    SourceWord {
        /// A confirmed or verified principal.
        Principal = "principal",
        /// An address, or the network around it.
        Network = "network",
        /// All callers of an endpoint together.
        Endpoint = "endpoint",
    }
    /// A kind of ledger entry.
    LedgerKind {
        /// An exposure, before its bytes.
        Intended = "intended",
        /// How an exposure ended.
        Completed = "completed",
        /// Own-record reads, added up.
        Repeated = "repeated",
        /// A hint that was confirmed.
        Confirmed = "confirmed",
        /// Anything else: checkpoints, starts, heads.
        Other = "other",
    }
    /// What budgets do about a lost part of the ledger.
    LostBudgets {
        /// Its summary is there, or no budget looks back so far: they are whole.
        Whole = "whole",
        /// Nobody knows what was charged: they count as spent as far as they look back at it.
        Spent = "spent",
    }
    /// Why the ledger cannot make entries durable.
    LedgerFault {
        /// No space left on the device.
        Full = "full",
        /// The disk refused to make written bytes durable.
        Sync = "sync",
        /// The disk refused to write.
        Write = "write",
        /// The queue to the writer is full, or the writer ended.
        Queue = "queue",
    }
    /// Why an upstream gave no usable answer.
    UpstreamFault {
        /// No connection.
        Connect = "connect",
        /// TLS failed: a certificate, a name, a version.
        Tls = "tls",
        /// No answer within the limit.
        Timeout = "timeout",
        /// The connection broke before the answer was complete.
        Reset = "reset",
        /// The answer is no HTTP, or breaks its framing.
        Protocol = "protocol",
        /// The answer is above its size limit.
        TooLarge = "too-large",
        /// Nothing was sent: it did not answer several times in a row.
        LeftAlone = "left-alone",
    }
    /// Why a caller is not known: what is wrong with the credential, without any part of it.
    CredentialFault {
        /// There is none.
        Missing = "missing",
        /// A token or session that nobody here can verify.
        Unverified = "unverified",
        /// The same header carries two.
        Duplicate = "duplicate",
        /// A token and an API key that do not name one principal.
        Conflicting = "conflicting",
        /// A token above its bound.
        TooLarge = "too-large",
        /// No token.
        Malformed = "malformed",
        /// The algorithm is `none`, unknown, not allowed, or not that of the key.
        Algorithm = "algorithm",
        /// No issuer of this name is configured.
        Issuer = "issuer",
        /// The issuer's key set has no such key.
        UnknownKey = "unknown-key",
        /// The issuer's key set is not available.
        KeySet = "key-set",
        /// The signature does not fit.
        Signature = "signature",
        /// The token is meant for somebody else.
        Audience = "audience",
        /// The token has expired, or does not say when it will.
        Expired = "expired",
        /// The token is not valid yet.
        NotYetValid = "not-yet-valid",
        /// The token names no usable principal.
        Claims = "claims",
        /// Nobody holds this API key.
        UnknownApiKey = "unknown-api-key",
    }
    /// Why a key set could not be loaded.
    KeySetFault {
        /// The file cannot be read, or the URL cannot be reached.
        Unreachable = "unreachable",
        /// The server answered with another status than 200.
        Status = "status",
        /// The text is no key set, or larger than 1 MiB.
        Unparsable = "unparsable",
        /// No key in it can verify a token with an allowed algorithm.
        NoUsableKey = "no-usable-key",
    }
    /// How an attempt went.
    Success {
        /// It worked.
        Ok = "ok",
        /// It did not.
        Failed = "failed",
    }
    /// How the upstream vouched for a hint.
    Vouched {
        /// It issued the value.
        Issued = "issued",
        /// It refused the operation without the value and with another one.
        Refused = "refused",
    }
    /// A surface that the program listens on.
    Surface {
        /// Where requests come in.
        Proxy = "proxy",
        /// Where the operator looks in.
        Admin = "admin",
    }
    /// A bounded table whose size is shown.
    Table {
        /// Budgets of distinct subjects.
        Budgets = "budgets",
        /// Request limits.
        Limits = "limits",
        /// Distinct object references.
        Distinct = "distinct",
        /// Confirmed hints.
        Hints = "hints",
        /// Verified tokens.
        Tokens = "tokens",
        /// Learned path templates.
        Templates = "templates",
        /// Parents shown to their owners.
        Parents = "parents",
        /// Sources that detectors hold.
        Sources = "sources",
        /// Incidents that are not closed.
        Incidents = "incidents",
        /// Actions in force.
        Actions = "actions",
    }
    /// What became of an incident.
    IncidentWord {
        /// It opened.
        Opened = "opened",
        /// It became graver, or tells of tenfold the people.
        Grew = "grew",
        /// It went on after it was contained.
        Resumed = "resumed",
        /// It came back after it was closed.
        Reopened = "reopened",
        /// It turned out to be another.
        Merged = "merged",
        /// Something is in force about it, and it was silent.
        Contained = "contained",
        /// It was silent for an hour, or a person closed it.
        Closed = "closed",
        /// There was no room for it any more.
        Forgotten = "forgotten",
    }
    /// What became of an action.
    ActionWord {
        /// It is in force.
        Taken = "taken",
        /// A person must take it.
        Proposed = "proposed",
        /// It lets a trickle through.
        HalfOpened = "half-opened",
        /// The half-open door showed that the leak goes on.
        Renewed = "renewed",
        /// It is over.
        Ended = "ended",
        /// There was no room for it, not even as a proposal.
        NoRoom = "no-room",
    }
    /// What became of an exchange on its way to those who make incidents of signals.
    HeardWord {
        /// It was taken in.
        Taken = "taken",
        /// No room: one exchange less from which innocents are predicted.
        Dropped = "dropped",
        /// No room: signals were lost.
        SignalsDropped = "signals-dropped",
    }
    /// Who decided on an action.
    DecidedWord {
        /// The ladder.
        Rule = "rule",
        /// A person.
        Hand = "hand",
    }
    /// How a receiver of alerts is reached.
    AlertReceiver {
        /// A POST to a URL.
        Webhook = "webhook",
        /// A syslog server.
        Syslog = "syslog",
        /// A program.
        Command = "command",
    }
}

impl CallerWord {
    /// The word for `caller`: the same as [`Caller::word`].
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Anonymous => Self::Anonymous,
            Caller::Hinted(hint) => match hint.state {
                HintState::Unverified => Self::Unverified,
                HintState::Confirmed => Self::Confirmed,
            },
            Caller::Verified(principal) => match principal.kind {
                PrincipalKind::Partner(_) => Self::Partner,
                PrincipalKind::Token | PrincipalKind::ApiKey => Self::Verified,
            },
        }
    }
}

impl OutcomeWord {
    /// The word for `outcome`.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Served => Self::Served,
            Outcome::Refused(_) => Self::Refused,
            Outcome::WouldRefuse(_) => Self::WouldRefuse,
            Outcome::ClientGone => Self::ClientGone,
        }
    }
}

impl Word for Mode {
    const ALL: &'static [Self] = &[Self::Observe, Self::Guard, Self::Enforce];

    fn word(self) -> &'static str {
        Self::word(self)
    }
}

impl Word for DetectorId {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        Self::word(self)
    }
}

impl Word for Severity {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        Self::word(self)
    }
}

impl Word for RefusalKind {
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        Self::word(self)
    }
}

impl Word for Basis {
    const ALL: &'static [Self] =
        &[Self::Own, Self::LookUp, Self::Budget, Self::WouldRefuse, Self::Claimed, Self::Named];

    fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::LookUp => "look-up",
            Self::Budget => "budget",
            Self::WouldRefuse => "would-refuse",
            Self::Claimed => "claimed",
            Self::Named => "named",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::{Claims, Hint, Principal, PrincipalId, SubjectDigest};
    use smallvec::SmallVec;

    use super::*;

    fn distinct<W: Word + std::fmt::Debug>() {
        let mut words: Vec<_> = W::ALL.iter().map(|word| word.word()).collect();
        for (at, word) in W::ALL.iter().enumerate() {
            assert_eq!(word.index(), at, "{word:?}");
            assert!(word.word().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{word:?}");
        }
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), W::ALL.len());
    }

    #[test]
    fn every_word_has_its_own_text_and_counter() {
        distinct::<OutcomeWord>();
        distinct::<CallerWord>();
        distinct::<LedgerKind>();
        distinct::<LedgerFault>();
        distinct::<LostBudgets>();
        distinct::<UpstreamFault>();
        distinct::<KeySetFault>();
        distinct::<CredentialFault>();
        distinct::<Success>();
        distinct::<Vouched>();
        distinct::<Surface>();
        distinct::<Table>();
        distinct::<Mode>();
        distinct::<RefusalKind>();
        distinct::<Basis>();
        distinct::<DetectorId>();
        distinct::<Severity>();
        distinct::<SourceWord>();
        distinct::<AlertReceiver>();
        distinct::<IncidentWord>();
        distinct::<ActionWord>();
        distinct::<HeardWord>();
        distinct::<DecidedWord>();
    }

    #[test]
    fn a_caller_has_the_same_word_in_metrics_and_exchange_log() {
        let verified = |kind| {
            let id = PrincipalId::new("p");
            Caller::Verified(Arc::new(Principal {
                id,
                kind,
                roles: SmallVec::new(),
                claims: Claims::default(),
            }))
        };
        let hint = |state| Caller::Hinted(Hint { digest: SubjectDigest::default(), state });
        for caller in [
            Caller::Anonymous,
            hint(HintState::Unverified),
            hint(HintState::Confirmed),
            verified(PrincipalKind::Token),
            verified(PrincipalKind::ApiKey),
            verified(PrincipalKind::Partner("acme".into())),
        ] {
            assert_eq!(CallerWord::of(&caller).word(), caller.word());
        }
    }

    #[test]
    fn a_basis_has_the_word_that_the_ledger_prints() {
        for basis in <Basis as Word>::ALL {
            let printed = serde_json::to_string(basis).unwrap();
            assert_eq!(printed, format!("\"{}\"", basis.word()));
        }
    }
}
