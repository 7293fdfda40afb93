//! Which exposures a question is about.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use domain::{Basis, Endpoint, Exposure, IpPrefix, Recipient, SubjectDigest, Timestamp};

use crate::Withheld;

/// A question to the ledger: every condition that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
    /// Through one of these doors; empty: through any.
    pub endpoints: Vec<Endpoint>,
    /// From an upstream that this operator runs.
    pub operator: Option<Arc<str>>,
    /// To a client in this network.
    pub client: Option<IpPrefix>,
    /// To one of these principals or hints.
    pub principals: Option<HashSet<SubjectDigest>>,
    /// About one of these subjects; an exposure is narrowed to them.
    pub subjects: Option<HashSet<SubjectDigest>>,
    /// Leave out what was proved the recipient's own; an exposure is narrowed to the rest.
    pub foreign_only: bool,
}

impl Filter {
    /// The part of `exposure` that is asked for; `None` when nothing of it is.
    #[must_use]
    pub fn narrow<'e>(&self, exposure: &'e Exposure) -> Option<Cow<'e, Exposure>> {
        if !self.holds(exposure.at, &exposure.endpoint, exposure.operator.as_ref(), &exposure.recipient) {
            return None;
        }
        let wanted = |subject: &domain::ExposedSubject| {
            !(self.foreign_only && subject.basis == Basis::Own)
                && self
                    .subjects
                    .as_ref()
                    .is_none_or(|wanted| subject.digests.iter().any(|digest| wanted.contains(digest)))
        };
        match exposure.subjects.iter().filter(|subject| wanted(subject)).count() {
            0 => None,
            all if all == exposure.subjects.len() => Some(Cow::Borrowed(exposure)),
            _ => Some(Cow::Owned(Exposure {
                subjects: exposure.subjects.iter().filter(|subject| wanted(subject)).cloned().collect(),
                exchange: exposure.exchange,
                at: exposure.at,
                endpoint: exposure.endpoint.clone(),
                operator: exposure.operator.clone(),
                recipient: exposure.recipient.clone(),
            })),
        }
    }

    /// Whether a refusal is asked for. It names no subject: a question about one has no refusals.
    #[must_use]
    pub fn asks_for(&self, refusal: &Withheld) -> bool {
        self.subjects.is_none()
            && self.holds(refusal.at, &refusal.endpoint, refusal.operator.as_ref(), &refusal.recipient)
    }

    fn holds(
        &self,
        at: Timestamp,
        endpoint: &Endpoint,
        operator: Option<&Arc<str>>,
        recipient: &Recipient,
    ) -> bool {
        self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at <= until)
            && (self.endpoints.is_empty() || self.endpoints.contains(endpoint))
            && self.operator.as_ref().is_none_or(|wanted| Some(wanted) == operator)
            && self.client.is_none_or(|network| network.contains(recipient.client))
            && self
                .principals
                .as_ref()
                .is_none_or(|wanted| recipient.principal.is_some_and(|digest| wanted.contains(&digest)))
    }
}
