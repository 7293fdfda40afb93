//! What is charged, to whom, and the proof that it was.

use domain::{Basis, BudgetDecl, Claim, Holder, IpPrefix, KeyKind, SubjectDigest};
use smallvec::SmallVec;

use super::book::Span;

/// Who pays for a disclosure.
///
/// Networks are the client's blocks, narrowest first, as [`domain::networks_of`] gives them.
#[derive(Clone, Copy, Debug)]
pub enum Payer<'a> {
    /// A caller without a credential, or with a hint that nobody vouched for: its address and the
    /// networks around it. A made-up token buys no budget.
    Networks(&'a [IpPrefix]),
    /// A hint that the upstream was seen to issue.
    Confirmed {
        /// Keyed digest of the hint's value.
        digest: SubjectDigest,
        /// Whom it was issued for, as far as its log-in told.
        holder: Holder,
        /// The client's blocks.
        networks: &'a [IpPrefix],
    },
    /// A verified principal: an account of an issuer, or an API key. Anybody may be able to open an
    /// account, so it is bounded by those around it as a confirmed session is.
    Verified {
        /// Keyed digest of the principal.
        digest: SubjectDigest,
        /// The client's blocks.
        networks: &'a [IpPrefix],
    },
    /// A verified principal in a role with its own budget. A role that the settings do not name
    /// counts as [`Payer::Verified`].
    Role {
        /// The role.
        name: &'a str,
        /// Keyed digest of the principal.
        digest: SubjectDigest,
        /// The client's blocks.
        networks: &'a [IpPrefix],
    },
    /// A partner's key or certificate.
    Partner {
        /// Keyed digest of the principal.
        digest: SubjectDigest,
        /// The client's blocks.
        networks: &'a [IpPrefix],
    },
}

impl<'a> Payer<'a> {
    /// The client's blocks, narrowest first.
    #[must_use]
    pub fn networks(&self) -> &'a [IpPrefix] {
        match *self {
            Self::Networks(networks)
            | Self::Confirmed { networks, .. }
            | Self::Verified { networks, .. }
            | Self::Role { networks, .. }
            | Self::Partner { networks, .. } => networks,
        }
    }
}

/// One response's disclosure.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a> {
    /// Who pays.
    pub payer: Payer<'a>,
    /// The endpoint, numbered from 0 by whoever calls; the same endpoint keeps its number for as
    /// long as the budgets live.
    pub endpoint: u32,
    /// The operation's own budget for one caller. It replaces the caller's default on this
    /// operation, which then stands by itself: what is read here does not count elsewhere. Empty:
    /// the defaults.
    pub declared: &'a [BudgetDecl],
    /// Whom the response discloses.
    pub subjects: &'a [ChargedSubject],
}

/// One disclosed subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargedSubject {
    /// Short digests ([`SubjectDigest::short`]) of its keys, the preferred one first. At most
    /// eight count.
    pub digests: SmallVec<[u64; 3]>,
    /// Which digests are of an e-mail or phone: bit n for the nth.
    pub contacts: u8,
    /// [`domain::ClassSet::weight`]. 0 is free: names alone.
    pub weight: u32,
    /// Why it may leave. [`Basis::Own`] is free; [`Basis::LookUp`] is free when one of its contacts
    /// was granted by [`super::Budgets::look_up_allowed`], and charged as any other otherwise.
    pub basis: Basis,
    /// Whether it is the holder of the session that asks ([`Holder::claim`]), or whom its verified token
    /// names; counts for [`Payer::Confirmed`] and [`Payer::Verified`].
    pub claim: Claim,
}

impl ChargedSubject {
    /// A subject from its keys' kinds and digests, preferred first.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = (KeyKind, SubjectDigest)>, weight: u32, basis: Basis) -> Self {
        let mut subject =
            Self { digests: SmallVec::new(), contacts: 0, weight, basis, claim: Claim::Unknown };
        for (nth, (kind, digest)) in (0u32..8).zip(keys) {
            if matches!(kind, KeyKind::Email | KeyKind::Phone) {
                subject.contacts |= 1u8.checked_shl(nth).unwrap_or(0);
            }
            subject.digests.push(digest.short());
        }
        subject
    }

    /// The contacts by which a caller may know this subject already: all of them together, and only
    /// where the preferred key is a contact itself. A person told by an id is known by that id: a
    /// hotline or a support address in every record must not make strangers known.
    pub(crate) fn known_by(&self) -> impl Iterator<Item = u64> {
        let told_by_contact = self.contacts & 1 == 1;
        self.contact_digests().filter(move |_| told_by_contact)
    }

    /// Digests of e-mails and phones.
    pub(crate) fn contact_digests(&self) -> impl Iterator<Item = u64> {
        let bits = self.contacts;
        (0u32..8)
            .zip(&self.digests)
            .filter(move |(nth, _)| bits.checked_shr(*nth).is_some_and(|bit| bit & 1 == 1))
            .map(|(_, digest)| *digest)
    }
}

/// Proof of a charge, and what it takes to undo it.
///
/// Keep it until the response left or failed; give it to [`super::Budgets::refund`] only if no byte
/// left. Dropping it keeps the charge.
#[derive(Debug, Default)]
#[must_use = "a charge that is neither released nor refunded stays"]
pub struct Receipt {
    /// The payer's own account first.
    pub(crate) tables: SmallVec<[(u64, Span); 4]>,
    pub(crate) totals: SmallVec<[(usize, Span); 2]>,
    pub(crate) new_subjects: u32,
    pub(crate) weight: u32,
    pub(crate) claimed: SmallVec<[usize; 2]>,
    pub(crate) strangers: SmallVec<[usize; 4]>,
}

impl Receipt {
    /// Subjects that were new to the payer.
    #[must_use]
    pub fn new_subjects(&self) -> u32 {
        self.new_subjects
    }

    /// Places, in the charge, of new subjects that were taken for the payer itself and so not charged
    /// to the accounts around it: [`Basis::Claimed`] or [`Basis::Named`] in the ledger.
    #[must_use]
    pub fn claimed(&self) -> &[usize] {
        &self.claimed
    }

    /// Places, in the charge, of new subjects that were not taken for the payer itself; of a verified
    /// payer also of those that were on no evidence, for its token could have named them.
    #[must_use]
    pub fn strangers(&self) -> &[usize] {
        &self.strangers
    }

    /// What was charged to the payer's own account.
    #[must_use]
    pub fn weight(&self) -> u32 {
        self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_told_by_their_kind() {
        let digest = |n: u8| SubjectDigest::new([n; 16]);
        let subject = ChargedSubject::new(
            [(KeyKind::Reference, digest(1)), (KeyKind::Email, digest(2)), (KeyKind::Phone, digest(3))],
            1,
            Basis::Budget,
        );
        assert_eq!(subject.contacts, 0b110);
        let contacts: Vec<u64> = subject.contact_digests().collect();
        assert_eq!(contacts, [digest(2).short(), digest(3).short()]);
    }
}
