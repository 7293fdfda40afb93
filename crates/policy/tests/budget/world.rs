//! Callers, people and charges of the tests.

use std::net::IpAddr;

use domain::{
    Basis, BudgetDecl, Claim, Holder, IpPrefix, Refusal, SubjectDigest, Timestamp, Window, networks_of,
};
use policy::budget::{Budgets, Charge, ChargedSubject, Payer, Receipt, Settings};

/// A Tuesday.
pub(crate) const START: u64 = 1_800_000_000;

pub(crate) fn digest(n: u64) -> SubjectDigest {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    bytes[15] = 1;
    SubjectDigest::new(bytes)
}

/// The key `n` as it stands in the ledger: [`SubjectDigest::short`] gives `n << 8`.
pub(crate) fn key(n: u64) -> SubjectDigest {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&(n << 8).to_be_bytes());
    SubjectDigest::new(bytes)
}

/// Whom the session of a confirmed principal was issued for: nobody knows of the most; those from
/// 10,000 on brought an e-mail, which is the key of their number; those from 20,000 on brought one and
/// were told by the upstream too; those from 30,000 on brought the e-mail of 20,000 before and
/// [`HOTLINE`]; those from 40,000 on a phone only, the key of 40,000 before.
pub(crate) fn holder_of(n: u64) -> Holder {
    let nobody = Holder::default();
    match n {
        0..10_000 => nobody,
        10_000..20_000 => Holder { email: Some(key(n)), ..nobody },
        20_000..30_000 => Holder { email: Some(key(n)), person: Some(key(n - 10_000)), ..nobody },
        30_000..40_000 => Holder { email: Some(key(n - 20_000)), phone: Some(key(HOTLINE)), ..nobody },
        _ => Holder { phone: Some(key(n - 40_000)), ..nobody },
    }
}

/// A phone that stands in many records.
pub(crate) const HOTLINE: u64 = 201;

/// The person numbered `n`, known by a number only.
pub(crate) fn person(n: u64) -> ChargedSubject {
    ChargedSubject {
        digests: [n << 8].into_iter().collect(),
        contacts: 0,
        weight: 1,
        basis: Basis::Budget,
        claim: Claim::Unknown,
    }
}

/// People `from..from + count`.
pub(crate) fn people(from: u64, count: u64) -> Vec<ChargedSubject> {
    (from..from + count).map(person).collect()
}

/// A subject under several keys; `contacts` as in [`ChargedSubject`].
pub(crate) fn keyed(digests: &[u64], contacts: u8) -> ChargedSubject {
    let digests = digests.iter().map(|n| n << 8).collect();
    ChargedSubject { digests, contacts, weight: 1, basis: Basis::Budget, claim: Claim::Unknown }
}

pub(crate) fn windows(bounds: &[(u32, u64)]) -> Vec<BudgetDecl> {
    bounds.iter().map(|&(subjects, secs)| BudgetDecl { subjects, per: Window::from_secs(secs) }).collect()
}

/// Who asks, owning its networks.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Anonymous(IpAddr),
    Confirmed(u64, IpAddr),
    Verified(u64, IpAddr),
    Role(&'static str, u64, IpAddr),
    Partner(u64, IpAddr),
}

pub(crate) fn at(address: &str) -> Who {
    Who::Anonymous(address.parse().unwrap())
}

pub(crate) fn v4(n: u32) -> Who {
    Who::Anonymous(std::net::Ipv4Addr::from_bits(n).into())
}

impl Who {
    pub(crate) fn address(&self) -> IpAddr {
        match *self {
            Self::Anonymous(address)
            | Self::Confirmed(_, address)
            | Self::Verified(_, address)
            | Self::Role(_, _, address)
            | Self::Partner(_, address) => address,
        }
    }

    pub(crate) fn payer<'a>(&self, networks: &'a [IpPrefix]) -> Payer<'a> {
        match *self {
            Self::Anonymous(_) => Payer::Networks(networks),
            Self::Confirmed(n, _) => Payer::Confirmed { digest: digest(n), holder: holder_of(n), networks },
            Self::Verified(n, _) => Payer::Verified { digest: digest(n), networks },
            Self::Role(name, n, _) => Payer::Role { name, digest: digest(n), networks },
            Self::Partner(n, _) => Payer::Partner { digest: digest(n), networks },
        }
    }
}

/// Budgets and a clock.
pub(crate) struct Gate {
    pub(crate) budgets: Budgets,
    pub(crate) now: u64,
}

impl Gate {
    pub(crate) fn new(settings: Settings) -> Self {
        settings.check().unwrap();
        Self { budgets: Budgets::new(settings, 0x5eed), now: START }
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_secs(self.now)
    }

    pub(crate) fn charge(
        &mut self,
        who: &Who,
        endpoint: u32,
        declared: &[BudgetDecl],
        subjects: &[ChargedSubject],
    ) -> Result<Receipt, Refusal> {
        let networks = networks_of(who.address());
        let charge = Charge { payer: who.payer(&networks), endpoint, declared, subjects };
        self.budgets.charge(&charge, self.time())
    }

    /// Whether the gate let `subjects` pass.
    pub(crate) fn tells(&mut self, who: &Who, endpoint: u32, subjects: &[ChargedSubject]) -> bool {
        self.charge(who, endpoint, &[], subjects).is_ok()
    }

    /// How many of `count` new people, page by page, `who` is told of.
    pub(crate) fn scrape(&mut self, who: &Who, endpoint: u32, from: u64, count: u64, page: u64) -> u64 {
        let pages = (from..from + count).step_by(page as usize);
        pages.filter(|&first| self.tells(who, endpoint, &people(first, page))).count() as u64 * page
    }
}

pub(crate) fn guard() -> Gate {
    Gate::new(Settings::default())
}
