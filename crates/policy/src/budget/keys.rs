//! Names of accounts as keyed hashes.

use std::net::IpAddr;

use domain::{IpPrefix, SubjectDigest, Window};

/// Hashes the name of an account to 64 bits under a secret seed, so that nobody outside can choose
/// addresses whose accounts meet. Two of a million accounts meet by chance once in 37 million
/// fillings of the table; then two callers share one budget.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keys {
    seed: u64,
}

/// The low bits of a key name its region: the same for all networks of one large network (IPv4 /16,
/// IPv6 /32), any for principals. Regions keep one provider's flood from everybody else.
pub(crate) const REGION: u64 = 0x3f;
/// Number of regions.
pub(crate) const REGIONS: usize = 64;

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All operations without a budget of their own.
    Everywhere,
    /// One operation that declares a budget.
    Endpoint(u32),
    /// Whom a session was taken for: the keys of the holder, as records showed them.
    Holder,
    /// Who shows the contact of a log-in, over all of a network.
    Shown,
    /// People that sessions of a network were taken for without a word of theirs or the upstream's.
    Firsts,
    /// What an address's confirmed principals received beyond their first subjects.
    Beyond,
    /// The same, on one operation that declares a budget.
    BeyondAt(u32),
    /// Look-ups at an operation.
    LookUps(u32),
    /// Look-ups at all operations.
    LookUpsEverywhere,
    /// Look-ups that the upstream answered with its own failure.
    Failures,
    /// Object references at an operation, for the nth declared window.
    Objects { endpoint: u32, nth: u8 },
    /// Requests, of one operation or all.
    Requests(Option<u32>),
    /// Requests under a declared limit of an operation.
    Declared { endpoint: u32, window: Window },
}

impl Scope {
    /// Kind, endpoint, and one more number where a scope has one.
    fn numbers(self) -> (u64, u64) {
        let (kind, endpoint, more) = match self {
            Self::Everywhere => (1u64, 0, 0),
            Self::Endpoint(endpoint) => (2, endpoint, 0),
            Self::Holder => (3, 0, 0),
            Self::Beyond => (4, 0, 0),
            Self::BeyondAt(endpoint) => (5, endpoint, 0),
            Self::LookUps(endpoint) => (6, endpoint, 0),
            Self::LookUpsEverywhere => (7, 0, 0),
            Self::Failures => (8, 0, 0),
            Self::Objects { endpoint, nth } => (9, endpoint, u64::from(nth)),
            Self::Requests(None) => (10, 0, 0),
            Self::Requests(Some(endpoint)) => (11, endpoint, 0),
            Self::Declared { endpoint, window } => (12, endpoint, window.millis()),
            Self::Firsts => (13, 0, 0),
            Self::Shown => (14, 0, 0),
        };
        (kind << 32 | u64::from(endpoint), more)
    }
}

impl Keys {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed: seed ^ 0x243f_6a88_85a3_08d3 }
    }

    /// The account of a network.
    pub(crate) fn network(self, prefix: IpPrefix, scope: Scope) -> u64 {
        let (bits, family, provider) = match prefix.base() {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()), 4u64, u128::from(v4.to_bits() >> 16)),
            IpAddr::V6(v6) => (v6.to_bits(), 6, v6.to_bits() >> 96),
        };
        let key = self.hash(bits, scope, u64::from(prefix.length()) << 40 | family << 48);
        let region = self.hash(provider, Scope::Everywhere, 1 << 54 | family << 48);
        key & !REGION | region & REGION
    }

    /// The account of a principal; `kind` keeps confirmed, verified and partner principals apart.
    pub(crate) fn principal(self, digest: SubjectDigest, kind: u8, scope: Scope) -> u64 {
        self.hash(u128::from_be_bytes(*digest.bytes()), scope, 1 << 55 | u64::from(kind) << 56)
    }

    /// The account of somebody within one network: a contact that a log-in from there brought.
    pub(crate) fn within(self, digest: SubjectDigest, prefix: IpPrefix, scope: Scope) -> u64 {
        let place = u128::from(self.network(prefix, scope));
        self.hash(u128::from_be_bytes(*digest.bytes()) ^ place, scope, 1 << 55)
    }

    /// An account that belongs to no caller, or to one of whom nothing is known.
    pub(crate) fn nobody(self, scope: Scope) -> u64 {
        self.hash(0, scope, 0)
    }

    fn hash(self, id: u128, scope: Scope, who: u64) -> u64 {
        let ([high, low], (scope, more)) = (halves(id), scope.numbers());
        let name = fold(high ^ self.seed, low ^ 0x1319_8a2e_0370_7344);
        let name = fold(name ^ 0xa409_3822_299f_31d0, (scope | who) ^ self.seed.rotate_left(29));
        fold(name ^ self.seed.rotate_left(47), more ^ 0x9e37_79b9_7f4a_7c15)
    }
}

fn halves(wide: u128) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, low @ ..] = wide.to_be_bytes();
    [u64::from_be_bytes([a, b, c, d, e, f, g, h]), u64::from_be_bytes(low)]
}

/// The full product of both, folded: every bit of the result depends on every bit of both.
fn fold(a: u64, b: u64) -> u64 {
    let [high, low] = halves(u128::from(a).wrapping_mul(u128::from(b)));
    high ^ low
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_that_differ_in_one_word_are_other_accounts() {
        let keys = Keys::new(7);
        let prefix = |text: &str| text.parse::<IpPrefix>().unwrap();
        let digest = |n: u8| SubjectDigest::new([n; 16]);
        let mut seen = HashSet::new();
        for scope in [Scope::Everywhere, Scope::Endpoint(0), Scope::Endpoint(1), Scope::Holder, Scope::Beyond]
        {
            for text in ["10.0.0.0/32", "10.0.0.0/24", "::/64", "::/48", "::a00:0/128", "10.0.0.1"] {
                assert!(seen.insert(keys.network(prefix(text), scope)), "{text} {scope:?}");
            }
            for kind in 0..3 {
                assert!(seen.insert(keys.principal(digest(kind), 1, scope)));
                assert!(seen.insert(keys.principal(digest(kind), 2, scope)));
                for text in ["10.0.0.0/32", "10.0.0.1"] {
                    assert!(seen.insert(keys.within(digest(kind), prefix(text), scope)));
                }
            }
        }
        assert!(!seen.contains(&Keys::new(8).network(prefix("10.0.0.0/32"), Scope::Everywhere)));
    }

    #[test]
    fn a_million_neighbours_do_not_meet_and_fill_the_halves_evenly() {
        let keys = Keys::new(42);
        let mut seen = HashSet::new();
        let mut high = [0u32; 16];
        for n in 0..200_000u32 {
            let key =
                keys.network(IpPrefix::of(std::net::Ipv4Addr::from_bits(n).into(), 32), Scope::Everywhere);
            assert!(seen.insert(key));
            high[usize::try_from(key >> 60).unwrap()] += 1;
        }
        assert!(high.iter().all(|&count| (12_000..13_000).contains(&count)), "{high:?}");
    }
}
