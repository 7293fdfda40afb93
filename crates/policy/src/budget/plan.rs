//! Which accounts a charge goes to, and what bounds them.

use domain::{BudgetDecl, IpPrefix, SubjectDigest, Window};
use smallvec::SmallVec;

use super::book::Book;
use super::charge::{Charge, Payer};
use super::clock::{LONGEST_SECS, secs};
use super::keys::{Keys, Scope};
use super::lost::Lost;
use super::settings::Settings;

/// A declared budget is for one caller. The networks around an address may hold this many callers,
pub(crate) const CALLERS_PER_NETWORK: u32 = 5;
/// and an operation this many before the totals over everybody act, if the defaults are lower.
pub(crate) const CALLERS_PER_ENDPOINT: u32 = 20;
/// Endpoints with totals of their own; those numbered beyond share one.
pub(crate) const ENDPOINTS: u32 = 4096;

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the table, under this key.
    Table(u64),
    /// Among the totals, which are never evicted.
    Total(usize),
}

/// Windows and what they allow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) windows: &'a [BudgetDecl],
    times: u32,
    at_least: u32,
}

impl<'a> Rule<'a> {
    pub(crate) fn of(windows: &'a [BudgetDecl]) -> Self {
        Self { windows, times: 1, at_least: 0 }
    }

    fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    fn at_least(self, at_least: u32) -> Self {
        Self { at_least, ..self }
    }

    fn limit(&self, decl: &BudgetDecl) -> u32 {
        decl.subjects.saturating_mul(self.times).max(self.at_least)
    }

    /// Seconds of the longest window; of 30 days where there is none.
    pub(crate) fn longest(&self) -> u32 {
        self.windows.iter().map(|decl| secs(decl.per)).max().unwrap_or(LONGEST_SECS)
    }

    /// Above this nothing fits into any window.
    pub(crate) fn most(&self) -> u32 {
        self.windows.iter().map(|decl| self.limit(decl)).max().unwrap_or(u32::MAX)
    }

    /// The window in which `need` more does not fit for the longest time.
    pub(crate) fn refuses(&self, book: &Book, need: u32, now: u32) -> Option<Full> {
        self.refuses_beside(&Lost::default(), book, need, now)
    }

    /// The same, where what was charged in `lost` times counts as charged.
    pub(crate) fn refuses_beside(&self, lost: &Lost, book: &Book, need: u32, now: u32) -> Option<Full> {
        let full = |decl: &BudgetDecl| {
            let (span, limit) = (secs(decl.per), self.limit(decl));
            let used = book.sum(now.saturating_sub(span));
            let fits = used.saturating_add(need) <= limit;
            let gone = self.lost(lost, span, limit, now);
            let wait = match limit.checked_sub(need) {
                Some(_) if fits && used.saturating_add(gone).saturating_add(need) <= limit => return None,
                Some(_) if fits => lost.leaves_in(now, span).max(1),
                Some(room) => book.frees_in(now, span, room).max(1),
                None => span,
            };
            Some(Full { wait, limit, per: decl.per, is_lost: fits })
        };
        self.windows.iter().filter_map(full).max_by_key(|full| full.wait)
    }

    /// The most that one account can have been charged, of what a window of `span` seconds still sees
    /// of the lost spans: every window of the rule, filled as often as it fits into them.
    fn lost(&self, lost: &Lost, span: u32, limit: u32, now: u32) -> u32 {
        let within = |secs_lost: u32| {
            let most = |decl: &BudgetDecl| {
                let times = secs_lost.checked_div(secs(decl.per)).unwrap_or(0).saturating_add(1);
                self.limit(decl).saturating_mul(times)
            };
            self.windows.iter().map(most).min().unwrap_or(0)
        };
        lost.reaching(now.saturating_sub(span)).map(within).fold(0, u32::saturating_add).min(limit)
    }

    /// Use and limit of every window; what is lost counts as used.
    pub(crate) fn standing(
        &self,
        book: &Book,
        now: u32,
        lost: &Lost,
    ) -> impl Iterator<Item = (u32, u32, Window)> {
        self.windows.iter().map(move |decl| {
            let (span, limit) = (secs(decl.per), self.limit(decl));
            let used = book.sum(now.saturating_sub(span));
            let gone = self.lost(lost, span, limit, now);
            (used.max(used.saturating_add(gone).min(limit)), limit, decl.per)
        })
    }
}

/// A window that has no room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Full {
    /// Seconds until there is room; the whole window where there can be none.
    pub(crate) wait: u32,
    pub(crate) limit: u32,
    pub(crate) per: Window,
    /// It would have room, but for what is lost.
    pub(crate) is_lost: bool,
}

/// One account that a charge goes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account<'a> {
    pub(crate) place: Place,
    pub(crate) rule: Rule<'a>,
    /// For refusals and `explain`.
    pub(crate) name: &'static str,
}

/// All accounts of one charge.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// The payer's own: what it holds already is free everywhere.
    pub(crate) own: Account<'a>,
    /// Those around it, which count only what is new to the payer.
    pub(crate) around: SmallVec<[Account<'a>; 5]>,
    /// Whom a signed-in principal may be taken for, whom the accounts around it do not count.
    pub(crate) holder: Option<HolderPlan<'a>>,
    /// Where the look-ups stand that make a subject free.
    pub(crate) look_ups: Option<u64>,
}

/// Whom a session may be taken for, and what bounds that.
#[derive(Debug)]
pub(crate) struct HolderPlan<'a> {
    /// The account that holds the keys of the one person. Sessions of one contact at one address
    /// share it, and those of a person whom the upstream named, so that another log-in is not another
    /// person. Nobody's budget can be spent or raised from elsewhere by naming a contact.
    pub(crate) own: u64,
    /// The account of those who show the contact of the log-in, one for all of the widest network:
    /// a contact that stands in everybody's record is worth the same few people from all of it.
    pub(crate) shown: Option<u64>,
    /// Whether people taken for the holder on no evidence are strangers all the same. A verified token
    /// could have named them; a session names nobody.
    pub(crate) guessed_are_strangers: bool,
    /// Those of the networks that count people taken for the holder on no evidence.
    pub(crate) firsts: SmallVec<[Account<'a>; 3]>,
}

/// What keeps principals of different kinds apart in keys.
const CONFIRMED: u8 = 1;
const VERIFIED: u8 = 2;
const PARTNER: u8 = 3;
const ROLE: u8 = 4;
const PERSON: u8 = 5;

/// The network of a client whose address is not known: one account for all of them.
fn nowhere() -> IpPrefix {
    IpPrefix::of(std::net::Ipv4Addr::UNSPECIFIED.into(), 0)
}

/// Whose total of an endpoint it is. Free sessions spend nothing of what verified accounts have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Together {
    Anonymous,
    Confirmed,
    Verified,
}

/// The places of totals: anonymous everywhere, then the three of each endpoint.
pub(crate) fn total_of(endpoint: u32, of: Together) -> Place {
    let endpoint = usize::try_from(endpoint.min(ENDPOINTS)).unwrap_or(usize::MAX);
    let nth = match of {
        Together::Anonymous => 1,
        Together::Confirmed => 2,
        Together::Verified => 3,
    };
    Place::Total(endpoint.saturating_mul(3).saturating_add(nth))
}

/// Which accounts `charge` goes to.
pub(crate) fn plan<'a>(settings: &'a Settings, keys: Keys, charge: &Charge<'a>) -> Plan<'a> {
    let Charge { payer, endpoint, declared, subjects: _ } = *charge;
    let networks = payer.networks();
    let own_scope = if declared.is_empty() { Scope::Everywhere } else { Scope::Endpoint(endpoint) };
    let own_rule =
        |default: &'a Vec<BudgetDecl>| Rule::of(if declared.is_empty() { default } else { declared });
    let principal =
        |kind: u8, digest: SubjectDigest, default: &'a Vec<BudgetDecl>, name: &'static str| Account {
            place: Place::Table(keys.principal(digest, kind, own_scope)),
            rule: own_rule(default),
            name,
        };
    let most_declared = declared.iter().map(|decl| decl.subjects).max().unwrap_or(0);
    let total = |place: Place, windows: &'a Vec<BudgetDecl>, name: &'static str| Account {
        place,
        rule: Rule::of(windows).at_least(most_declared.saturating_mul(CALLERS_PER_ENDPOINT)),
        name,
    };

    let address = networks.first().copied().unwrap_or_else(nowhere);
    let mut around: SmallVec<[Account<'a>; 5]> = SmallVec::new();
    // Where those are kept whom a signed-in principal is taken for, and who shows its contact.
    let mut signed_in: Option<(u64, Option<u64>)> = None;
    let own = match payer {
        Payer::Networks(_) => {
            for prefix in networks.iter().skip(1) {
                around.push(Account {
                    place: Place::Table(keys.network(*prefix, own_scope)),
                    rule: if declared.is_empty() {
                        Rule::of(&settings.network)
                    } else {
                        Rule::of(declared).times(CALLERS_PER_NETWORK)
                    },
                    name: "network of the client",
                });
            }
            around.push(total(
                total_of(endpoint, Together::Anonymous),
                &settings.anonymous_endpoint,
                "everyone without identity on this operation",
            ));
            if declared.is_empty() {
                around.push(Account {
                    place: Place::Total(0),
                    rule: Rule::of(&settings.anonymous_everywhere),
                    name: "everyone without identity on all operations",
                });
            }
            Account {
                place: Place::Table(keys.network(address, own_scope)),
                rule: own_rule(&settings.address),
                name: "address of the client",
            }
        }
        Payer::Confirmed { digest, holder, .. } => {
            // Sessions of a person whom the upstream named are one principal.
            let (kind, digest) = holder.person.map_or((CONFIRMED, digest), |person| (PERSON, person));
            let own = match holder.contact() {
                Some(contact) => keys.within(contact, address, Scope::Holder),
                None => keys.principal(digest, kind, Scope::Holder),
            };
            let shown = holder.contact().map(|contact| {
                keys.within(contact, networks.last().copied().unwrap_or_else(nowhere), Scope::Shown)
            });
            signed_in = Some((own, shown));
            principal(kind, digest, &settings.confirmed, "confirmed principal")
        }
        Payer::Verified { digest, .. } => {
            signed_in = Some((keys.principal(digest, VERIFIED, Scope::Holder), None));
            principal(VERIFIED, digest, &settings.verified, "verified principal")
        }
        Payer::Role { name, digest, .. } => match role(settings, name) {
            Some(windows) => Account {
                place: Place::Table(keys.principal(digest, ROLE, Scope::Everywhere)),
                rule: Rule::of(windows),
                name: "principal in its role",
            },
            None => {
                signed_in = Some((keys.principal(digest, VERIFIED, Scope::Holder), None));
                principal(VERIFIED, digest, &settings.verified, "verified principal")
            }
        },
        Payer::Partner { digest, .. } => principal(PARTNER, digest, &settings.partner, "partner"),
    };
    let holder = signed_in.map(|(own, shown)| {
        let scope = if declared.is_empty() { Scope::Beyond } else { Scope::BeyondAt(endpoint) };
        let lists = std::iter::once(&settings.signed_in_address)
            .chain(std::iter::repeat(&settings.signed_in_network));
        around.extend(networks.iter().zip(lists).map(|(prefix, windows)| Account {
            place: Place::Table(keys.network(*prefix, scope)),
            rule: Rule::of(windows).at_least(most_declared.saturating_mul(CALLERS_PER_NETWORK)),
            name: "signed-in principals in the network of the client",
        }));
        let (together, name) = match payer {
            Payer::Confirmed { .. } => (Together::Confirmed, "all confirmed principals on this operation"),
            _ => (Together::Verified, "all verified principals on this operation"),
        };
        around.push(total(total_of(endpoint, together), &settings.signed_in_endpoint, name));
        let lists = std::iter::once(&settings.signed_in_first_address)
            .chain(std::iter::repeat(&settings.signed_in_first_network));
        let first = |(prefix, windows): (&IpPrefix, &'a Vec<BudgetDecl>)| Account {
            place: Place::Table(keys.network(*prefix, Scope::Firsts)),
            rule: Rule::of(windows),
            name: "people taken for signed-in principals in the network of the client",
        };
        let guessed_are_strangers = !matches!(payer, Payer::Confirmed { .. });
        HolderPlan {
            own,
            shown,
            guessed_are_strangers,
            firsts: networks.iter().zip(lists).map(first).collect(),
        }
    });
    around.retain(|account| !account.rule.windows.is_empty());
    let look_ups = looks_up(payer).then(|| keys.network(address, Scope::LookUps(endpoint)));
    Plan { own, around, holder, look_ups }
}

/// Whether look-ups make a subject free. Staff and partners are named: what they look up counts as what they
/// list.
pub(crate) fn looks_up(payer: Payer<'_>) -> bool {
    match payer {
        Payer::Networks(_) | Payer::Confirmed { .. } | Payer::Verified { .. } => true,
        Payer::Role { .. } | Payer::Partner { .. } => false,
    }
}

fn role<'a>(settings: &'a Settings, name: &str) -> Option<&'a Vec<BudgetDecl>> {
    settings.roles.iter().find(|(role, _)| role.as_str() == name).map(|(_, windows)| windows)
}
