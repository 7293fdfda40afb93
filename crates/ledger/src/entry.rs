//! What the ledger remembers: one entry per thing that happened.

use std::sync::Arc;

use domain::{
    Completion, Endpoint, ExchangeId, Exposure, Holder, IpPrefix, Recipient, RefusalKind, SubjectDigest,
    Timestamp, Whose,
};

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Data is about to leave. Durable before its first byte does.
    Intended(Exposure),
    /// How an intended exposure ended. Without one, it ended as [`Completion::Unknown`].
    Completed {
        /// The exchange of the intended exposure.
        exchange: ExchangeId,
        /// How it ended.
        completion: Completion,
        /// When that was known.
        at: Timestamp,
    },
    /// Further reads of the caller's own record within one hour, counted after the first.
    Repeated {
        /// The first read, as it was intended, but `at` is the time of the last repeat.
        exposure: Exposure,
        /// How many reads came after the first.
        count: u32,
    },
    /// The upstream vouched for a hint (DESIGN.md section 3).
    Confirmed {
        /// Keyed digest of the hint's value.
        digest: SubjectDigest,
        /// The network that it was confirmed for.
        network: IpPrefix,
        /// Whom it was issued for. Ledgers of earlier versions do not say.
        holder: Holder,
        /// When.
        at: Timestamp,
    },
    /// An answer that held personal data, or would have, was refused: what stopped a leak.
    Refused(Withheld),
    /// The program opened the ledger: whatever was intended before and not completed is unknown.
    Started(Started),
    /// Every refusal before this time, since the program opened the ledger, is on record: none is counted in
    /// memory only. Ledgers of earlier versions never say so.
    Counted {
        /// The time.
        at: Timestamp,
    },
}

/// A refusal, or many of the same kind to the same recipient within one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The last of them.
    pub at: Timestamp,
    /// The door.
    pub endpoint: Endpoint,
    /// Who operates the upstream behind the door, where intent says so.
    pub operator: Option<Arc<str>>,
    /// Who was refused.
    pub recipient: Recipient,
    /// Why.
    pub kind: RefusalKind,
    /// Subjects in the refused answers, summed and not deduplicated; 0 where none was asked for.
    pub subjects: u64,
    /// How many refusals.
    pub count: u32,
    /// Whose budget was spent, where it was for a budget. Ledgers of earlier versions do not say.
    pub budget: Option<Whose>,
}

/// What was found when the ledger was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// When.
    pub at: Timestamp,
    /// Bytes of a torn tail that were cut.
    pub cut_bytes: u64,
    /// Whether the ledger ended before a head that it was known to have had.
    pub tail_lost: bool,
}

/// Why an entry cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// More than [`crate::MOST_FRAME_BYTES`].
    #[error("an entry of {subjects} subjects is larger than a ledger frame may be; release it in parts")]
    TooLarge {
        /// Subjects in it.
        subjects: usize,
    },
    /// A subject has no digest or more than eight.
    #[error("a subject must have between one and eight digests, not {digests}")]
    Digests {
        /// How many it has.
        digests: usize,
    },
    /// A text (role, operator, kind of recipient) is longer than 4,096 bytes.
    #[error("a text of {bytes} bytes is too long for the ledger; the bound is 4096")]
    Text {
        /// How long it is.
        bytes: usize,
    },
}

impl Entry {
    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Intended(exposure) | Self::Repeated { exposure, .. } => exposure.at,
            Self::Completed { at, .. } | Self::Confirmed { at, .. } | Self::Counted { at } => *at,
            Self::Refused(withheld) => withheld.at,
            Self::Started(started) => started.at,
        }
    }

    /// Whether the entry fits the format. What passes here is encoded without a further error.
    ///
    /// # Errors
    /// When it is too large for a frame or a subject has no digest or more than eight.
    pub fn check(&self) -> Result<(), EntryError> {
        let (recipient, operator) = match self {
            Self::Intended(exposure) | Self::Repeated { exposure, .. } => {
                check_subjects(exposure)?;
                (&exposure.recipient, &exposure.operator)
            }
            Self::Refused(withheld) => (&withheld.recipient, &withheld.operator),
            Self::Completed { .. } | Self::Confirmed { .. } | Self::Started(_) | Self::Counted { .. } => {
                return Ok(());
            }
        };
        let texts = [Some(&recipient.kind), recipient.role.as_ref(), operator.as_ref()];
        match texts.into_iter().flatten().find(|text| text.len() > crate::codec::MOST_TEXT_BYTES) {
            Some(text) => Err(EntryError::Text { bytes: text.len() }),
            None => Ok(()),
        }
    }
}

fn check_subjects(exposure: &Exposure) -> Result<(), EntryError> {
    let mut bytes = crate::codec::MOST_BYTES_WITHOUT_SUBJECTS;
    for subject in &exposure.subjects {
        let digests = subject.digests.len();
        if !(1..=8).contains(&digests) {
            return Err(EntryError::Digests { digests });
        }
        bytes = bytes.saturating_add(2 + 16 * digests);
    }
    if bytes > crate::MOST_FRAME_BYTES {
        return Err(EntryError::TooLarge { subjects: exposure.subjects.len() });
    }
    Ok(())
}
