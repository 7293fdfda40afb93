//! Whom a session was issued for, as far as its log-in told.

use serde::{Deserialize, Serialize};

use crate::{KeyKind, SubjectDigest};

/// The person whom an upstream issued a confirmed hint for: what the log-in or sign-up request
/// brought, and what the upstream's own answer to it told.
///
/// None of it proves who somebody is, and no budget grows by it. It says which records are certainly
/// *not* the caller's: those are counted in the accounts around it from the first one on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Holder {
    /// Digest of the one e-mail; `None` where there was none, or more than one.
    pub email: Option<SubjectDigest>,
    /// Digest of the one phone.
    pub phone: Option<SubjectDigest>,
    /// Digest of the id by which the upstream's answer called its one person. It stood nowhere in
    /// the request, so it is the upstream's word: sessions of one person share a budget by it.
    pub person: Option<SubjectDigest>,
}

/// Whether a record is about the holder of the session that asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Claim {
    /// Nothing that both have can be compared.
    #[default]
    Unknown,
    /// It shows the holder's contact, or is about the holder's id.
    Own,
    /// It shows contacts of the same kind, or an id, and they are others.
    Foreign,
}

impl Holder {
    /// Whether anything is known of the person.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.email.is_some() || self.phone.is_some() || self.person.is_some()
    }

    /// What tells a holder apart from others, if anything: the e-mail, else the phone.
    #[must_use]
    pub fn contact(&self) -> Option<SubjectDigest> {
        self.email.or(self.phone)
    }

    /// Whether a subject with these keys, the preferred one first, is the holder.
    ///
    /// E-mails decide where both have one, else phones: a hotline beside another's e-mail makes
    /// nobody that other. A contact is more than an id, for one person has many ids.
    #[must_use]
    pub fn claim(&self, keys: &[KeyKind], digests: &[SubjectDigest]) -> Claim {
        if self.person.is_some() && self.person == digests.first().copied() {
            return Claim::Own;
        }
        for (kind, mine) in [(KeyKind::Email, self.email), (KeyKind::Phone, self.phone)] {
            let mut shown = keys
                .iter()
                .zip(digests)
                .filter(|(key, _)| **key == kind)
                .map(|(_, digest)| *digest)
                .peekable();
            if let (Some(mine), true) = (mine, shown.peek().is_some()) {
                return if shown.any(|digest| digest == mine) { Claim::Own } else { Claim::Foreign };
            }
        }
        let told_by_id = matches!(keys, [KeyKind::Declared | KeyKind::Reference | KeyKind::OwnId, ..]);
        if self.person.is_some() && told_by_id { Claim::Foreign } else { Claim::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_compared_decides_and_e_mails_before_phones_before_ids() {
        use KeyKind::{Email, Phone, Reference, Values};
        let d = |n: u8| Some(SubjectDigest::new([n; 16]));
        let nobody = Holder::default();
        let mail = Holder { email: d(1), ..nobody };
        let both = Holder { phone: d(2), ..mail };
        let told = Holder { person: d(3), ..mail };
        for (holder, keys, digests, claim) in [
            (nobody, &[Reference, Email][..], &[9, 8][..], Claim::Unknown),
            (mail, &[Reference, Email], &[9, 1], Claim::Own),
            (mail, &[Reference, Email, Email], &[9, 8, 1], Claim::Own),
            (mail, &[Reference, Email], &[9, 8], Claim::Foreign),
            (mail, &[Reference, Phone], &[9, 2], Claim::Unknown),
            (mail, &[Reference], &[9], Claim::Unknown),
            (both, &[Reference, Phone], &[9, 2], Claim::Own),
            (both, &[Reference, Phone], &[9, 8], Claim::Foreign),
            // The hotline in everybody's record, given as one's own phone.
            (both, &[Reference, Email, Phone], &[9, 8, 2], Claim::Foreign),
            (told, &[Reference], &[3], Claim::Own),
            (told, &[Reference, Email], &[3, 8], Claim::Own),
            (told, &[Reference], &[9], Claim::Foreign),
            (told, &[Reference, Email], &[9, 1], Claim::Own),
            (told, &[Values], &[9], Claim::Unknown),
        ] {
            let digests: Vec<SubjectDigest> = digests.iter().map(|n| SubjectDigest::new([*n; 16])).collect();
            assert_eq!(holder.claim(keys, &digests), claim, "{holder:?} {keys:?} {digests:?}");
        }
    }
}
