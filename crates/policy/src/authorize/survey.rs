//! What a whole set of policies lets through: every operation asked for every caller that its intent
//! and its policies can tell apart, about records of its own and of others.
//!
//! The questions are put to [`Policies::authorize`] and [`crate::own::decide_owners`], which decide for
//! the running gateway: what a survey says is what the gateway does. Which questions are worth asking
//! is read off the policies: the roles, networks, claims and values that they name, each with one that
//! they do not name, numbers with their neighbours. What two sets of policies answer differently beyond
//! these (the text that a `like` with several wildcards lets through, a moment in the future) is not
//! seen.
//!
//! It decides nothing for the gateway and reads no clock.

// long: the words, the questions and what is asked of the answers belong together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use cedar_policy::pst::{Clause, Expr, Literal, PatternElem};
use domain::{
    Audience, Caller, Claims, Endpoint, Intent, IpPrefix, Method, Mode, Principal, PrincipalId,
    PrincipalKind, RoleName, Segment, Timestamp,
};

use super::ask::{Answer, Disclosed, ask};
use super::facts::{Attribute, AttributeName, AttributePlace, RequestFacts};
use super::load::Policies;
use super::rule::Rule;
use super::schema::object_parameter;
use crate::own::{OwnerValue, Whose, decide_owners};

/// The caller whom every question is about, unless a policy names another.
const ME: &str = "caller-1";
/// Whom the records of others belong to.
const OTHER: &str = "caller-2";
/// Whom no policy and no claim names.
const STRANGER: &str = "caller-3";
/// An address that no policy names: RFC 5737, TEST-NET-3.
const ELSEWHERE: &str = "203.0.113.77";
/// Most values of one kind that are tried; further ones of a policy are left out.
const MOST_VALUES: usize = 12;

/// What the intent and the policies of an operation can tell apart. Join the words of two sets of
/// policies before they are compared: both must be asked the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    people: BTreeSet<Kind>,
    networks: BTreeSet<IpPrefix>,
    claims: BTreeMap<Arc<str>, BTreeSet<String>>,
    attributes: BTreeMap<AttributeName, BTreeSet<String>>,
    owners: BTreeSet<String>,
    method: bool,
    /// Whether a policy looks at all owners in an answer.
    all_owners: bool,
}

/// A kind of caller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nobody who was verified.
    Anonymous,
    /// Somebody with a verified token and no role.
    SignedIn,
    /// Somebody in this role.
    Role(Arc<str>),
    /// Some partner whom nothing names.
    SomePartner,
    /// The named partner.
    Partner(Arc<str>),
    /// The person or key whom a policy names.
    Named(Arc<str>),
}

/// One caller with one request.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Who asks.
    pub kind: Kind,
    /// From where.
    pub client: IpAddr,
    /// Whether a network that intent or a policy names holds `client`.
    pub network: Option<IpPrefix>,
    /// What its token says beside `sub`.
    pub claims: Vec<(Arc<str>, String)>,
    /// What the request says, where it is not left out.
    pub attributes: Vec<(AttributeName, String)>,
    /// Whether an answer with records of others holds one more, of somebody whom nothing names.
    pub with_stranger: bool,
    method: Method,
    owner: String,
    caller: Caller,
}

impl Words {
    /// Adds what another set of policies can tell apart.
    pub fn join(&mut self, more: Self) {
        let Self { people, networks, claims, attributes, owners, method, all_owners } = more;
        self.people.extend(people);
        self.networks.extend(networks);
        for (name, values) in claims {
            self.claims.entry(name).or_default().extend(values);
        }
        for (name, values) in attributes {
            self.attributes.entry(name).or_default().extend(values);
        }
        self.owners.extend(owners);
        self.method |= method;
        self.all_owners |= all_owners;
    }

    fn of_intent(&mut self, intent: &Intent) {
        self.people.extend(intent.roles.iter().cloned().map(Kind::Role));
        match &intent.audience {
            Audience::Partner(names) => self.people.extend(names.iter().cloned().map(Kind::Partner)),
            Audience::Internal(networks) => self.networks.extend(networks.iter().copied()),
            Audience::Public(_) | Audience::Authenticated => {}
        }
    }

    fn of_rule(&mut self, rule: &Rule, endpoint: &Endpoint) {
        let object = object_parameter(endpoint).map(|(_, name)| AttributeName::path(&name));
        for uid in rule.policy.entity_literals() {
            let id: Arc<str> = uid.id().unescaped().into();
            match uid.type_name().basename() {
                "Role" => drop(self.people.insert(Kind::Role(id))),
                "User" | "Partner" => drop(self.people.insert(Kind::Named(id))),
                "Object" => {
                    if let (Some(name), Some((_, id))) = (&object, id.split_once('/')) {
                        self.attributes.entry(name.clone()).or_default().insert(id.to_owned());
                    }
                }
                _ => {}
            }
        }
        let Ok(tree) = rule.policy.to_pst() else { return };
        let literals = tree.body().clauses().iter().flat_map(|clause| match clause {
            Clause::When(condition) | Clause::Unless(condition) => literals(condition),
        });
        let (mut texts, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for literal in literals {
            match literal {
                Value::Text(text) => drop(texts.insert(text)),
                Value::Number(number) => {
                    numbers.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
                }
            }
        }
        let reads = &rule.reads;
        let is_name = |text: &String| {
            reads.attributes().any(|name| name.as_str() == text) || reads.claims.iter().any(|c| **c == **text)
        };
        texts.retain(|text| !is_name(text));
        self.networks.extend(texts.iter().filter_map(|text| network(text)));
        self.people.extend(texts.iter().map(|text| Kind::Partner(text.as_str().into())).filter(|_| {
            // Only a condition on `principal.name` tells partners apart.
            rule.policy.to_string().contains("principal.name")
                || rule.policy.to_string().contains("[\"name\"]")
        }));
        if rule.policy.to_string().contains("principal.id") {
            self.people.extend(texts.iter().map(|text| Kind::Named(text.as_str().into())));
        }
        let people = [ME.to_owned(), OTHER.to_owned()];
        for name in &reads.texts {
            let known = self.attributes.entry(name.clone()).or_default();
            known.extend(texts.iter().cloned().chain(people.clone()));
        }
        for name in &reads.numbers {
            let known = self.attributes.entry(name.clone()).or_default();
            known.extend(numbers.iter().map(ToString::to_string));
            known.insert("7".to_owned());
        }
        for name in &reads.claims {
            if &**name == "sub" {
                // Who somebody is, is no claim that could be this or that.
                self.people.extend(texts.iter().map(|text| Kind::Named(text.as_str().into())));
                continue;
            }
            let known = self.claims.entry(name.clone()).or_default();
            known.extend(texts.iter().cloned().chain(people.clone()));
        }
        for (name, value) in texts.iter().filter(|_| reads.claim_set).filter_map(|text| text.split_once('='))
        {
            self.claims.entry(name.into()).or_default().insert(value.to_owned());
        }
        if let (true, Some(name)) = (reads.resource, object) {
            self.attributes.entry(name).or_default().extend(texts.iter().cloned());
        }
        self.owners.extend(texts);
        self.method |= reads.method;
        self.all_owners |= rule.policy.to_string().contains("context.owners");
    }

    /// The questions about `endpoint`, at most `most` or so: all combinations where they are that few,
    /// else those that differ in at most two things from the plainest question of each kind of caller.
    #[must_use]
    pub fn probes(&self, endpoint: &Endpoint, most: usize) -> Vec<Probe> {
        let mut kinds = vec![Kind::Anonymous, Kind::SignedIn, Kind::SomePartner];
        kinds.extend(self.people.iter().take(4 * MOST_VALUES).cloned());
        let clients = self.clients();
        let claims: Vec<_> = self.claims.iter().take(MOST_VALUES).map(|(n, v)| (n, values(v))).collect();
        let asked: Vec<_> = self.attributes.iter().take(MOST_VALUES).map(|(n, v)| (n, values(v))).collect();
        let owners: Vec<String> =
            std::iter::once(OTHER.to_owned()).chain(self.owners.iter().take(MOST_VALUES).cloned()).collect();
        let methods: &[Method] = match endpoint.method() {
            Method::Get if self.method => &[Method::Get, Method::Head],
            _ => &[],
        };
        let mut sizes = vec![clients.len(), owners.len(), methods.len().max(1)];
        sizes.extend(claims.iter().map(|(_, values)| values.len()));
        sizes.extend(asked.iter().map(|(_, values)| values.len()));
        sizes.push(if self.all_owners { 2 } else { 1 });
        let choices = combinations(&sizes, most.div_euclid(kinds.len().max(1)).max(8));
        let mut probes = Vec::with_capacity(choices.len().saturating_mul(kinds.len()));
        for kind in &kinds {
            for choice in &choices {
                let mut choice = choice.iter().copied();
                let mut next = || choice.next().unwrap_or(0);
                let Some((client, network)) = clients.get(next()).copied() else { continue };
                let owner = owners.get(next()).cloned().unwrap_or_default();
                let method = methods.get(next()).unwrap_or(endpoint.method()).clone();
                let claims = chosen(&claims, &mut next);
                let attributes = chosen(&asked, &mut next);
                let with_stranger = next() > 0;
                if *kind == Kind::Anonymous && !claims.is_empty() {
                    continue;
                }
                let caller = caller(kind, &claims);
                let kind = kind.clone();
                probes.push(Probe {
                    kind,
                    client,
                    network,
                    claims,
                    attributes,
                    with_stranger,
                    method,
                    owner,
                    caller,
                });
            }
        }
        probes
    }

    /// An address in no network that is named, and one in each.
    fn clients(&self) -> Vec<(IpAddr, Option<IpPrefix>)> {
        let elsewhere = ELSEWHERE.parse().unwrap_or(IpAddr::from([203, 0, 113, 77]));
        let around = self.networks.iter().find(|network| network.contains(elsewhere)).copied();
        let named = self.networks.iter().take(MOST_VALUES);
        let named = named.flat_map(|network| ends(network).map(|client| (client, Some(*network))));
        std::iter::once((elsewhere, around)).chain(named).collect()
    }
}

fn values(known: &BTreeSet<String>) -> Vec<Option<String>> {
    std::iter::once(None).chain(known.iter().take(MOST_VALUES).cloned().map(Some)).collect()
}

fn chosen<N: Clone>(
    named: &[(&N, Vec<Option<String>>)],
    next: &mut impl FnMut() -> usize,
) -> Vec<(N, String)> {
    named
        .iter()
        .filter_map(|(name, values)| Some(((*name).clone(), values.get(next()).cloned().flatten()?)))
        .collect()
}

/// Two addresses of `network`, near its ends: networks that begin alike do not end alike.
#[must_use]
pub fn ends(network: &IpPrefix) -> [IpAddr; 2] {
    let base = network.base();
    let bits = if base.is_ipv4() { 32 } else { 128 } - u32::from(network.length());
    if bits < 2 {
        return [base, base];
    }
    match base {
        IpAddr::V4(base) => {
            let last = u32::from(base) | u32::MAX.checked_shr(32 - bits).unwrap_or(0);
            [IpAddr::V4((u32::from(base) | 1).into()), IpAddr::V4((last ^ 1).into())]
        }
        IpAddr::V6(base) => {
            let last = u128::from(base) | u128::MAX.checked_shr(128 - bits).unwrap_or(0);
            [IpAddr::V6((u128::from(base) | 1).into()), IpAddr::V6((last ^ 1).into())]
        }
    }
}

fn network(text: &str) -> Option<IpPrefix> {
    text.parse().ok().or_else(|| {
        let address: IpAddr = text.parse().ok()?;
        Some(IpPrefix::of(address, if address.is_ipv4() { 32 } else { 128 }))
    })
}

/// Positions in lists of these sizes: every combination, or the first of each list with at most two
/// others. The plainest stands first.
fn combinations(sizes: &[usize], most: usize) -> Vec<Vec<usize>> {
    let all = sizes.iter().fold(1_usize, |all, size| all.saturating_mul((*size).max(1)));
    let plain = vec![0; sizes.len()];
    if all <= most {
        return (0..all)
            .map(|nth| {
                let mut left = nth;
                let digit = |size: &usize| {
                    let digit = left.checked_rem(*size).unwrap_or(0);
                    left = left.checked_div(*size).unwrap_or(left);
                    digit
                };
                sizes.iter().map(digit).collect()
            })
            .collect();
    }
    let single: Vec<(usize, usize)> =
        sizes.iter().enumerate().flat_map(|(at, size)| (1..*size).map(move |value| (at, value))).collect();
    let with = |changes: &[(usize, usize)]| {
        let mut choice = plain.clone();
        for (at, value) in changes {
            if let Some(slot) = choice.get_mut(*at) {
                *slot = *value;
            }
        }
        choice
    };
    let singles = single.iter().map(|one| with(&[*one]));
    let pairs = single.iter().enumerate().flat_map(|(nth, one)| {
        single.iter().skip(nth + 1).filter(|other| other.0 != one.0).map(|other| with(&[*one, *other]))
    });
    std::iter::once(plain.clone()).chain(singles).chain(pairs).take(most).collect()
}

fn caller(kind: &Kind, claims: &[(Arc<str>, String)]) -> Caller {
    let (id, kind, role) = match kind {
        Kind::Anonymous => return Caller::Anonymous,
        Kind::SignedIn => (ME, PrincipalKind::Token, None),
        Kind::Role(role) => (ME, PrincipalKind::Token, Some(RoleName::new(role))),
        Kind::SomePartner => ("partner-1", PrincipalKind::Partner("partner-1".into()), None),
        Kind::Partner(name) => (&**name, PrincipalKind::Partner(name.clone()), None),
        Kind::Named(id) => (&**id, PrincipalKind::Token, None),
    };
    let mut all = Claims::default();
    if !claims.iter().any(|(name, _)| &**name == "sub") {
        all.push("sub", id);
    }
    claims.iter().for_each(|(name, value)| all.push(name, value));
    let roles = role.into_iter().collect();
    Caller::Verified(Arc::new(Principal { id: PrincipalId::new(id), kind, roles, claims: all }))
}

/// Something that a condition compares with.
#[derive(Clone)]
enum Value {
    Text(String),
    Number(i64),
}

fn literals(condition: &Expr) -> Vec<Value> {
    condition.reduce(
        &|expr| match expr {
            Expr::Literal(Literal::String(text)) => Some(vec![Value::Text(text.to_string())]),
            Expr::Literal(Literal::Long(number)) => Some(vec![Value::Number(*number)]),
            Expr::Like { expr, pattern } => {
                let text = pattern.iter().filter_map(|part| match part {
                    PatternElem::Char(letter) => Some(*letter),
                    PatternElem::Wildcard => None,
                });
                let mut found = literals(expr);
                found.push(Value::Text(text.collect()));
                Some(found)
            }
            _ => None,
        },
        &|mut before, after| {
            before.extend(after);
            before
        },
        Vec::new(),
    )
}

impl Policies {
    /// What the intent and the policies of `endpoint` can tell apart.
    #[must_use]
    pub fn words(&self, endpoint: &Endpoint) -> Words {
        let door = self.door(endpoint);
        let mut words = Words::default();
        if let Some(intent) = &door.intent {
            words.of_intent(intent);
        }
        for rule in door.requests.chosen.rules.iter().chain(&door.responses.chosen.rules) {
            words.of_rule(rule, endpoint);
        }
        words
    }

    /// What the owner of `endpoint` declared; `None` where nobody declared it.
    #[must_use]
    pub fn intent(&self, endpoint: &Endpoint) -> Option<&Intent> {
        self.door(endpoint).intent.as_deref()
    }

    /// Whether the gateway, were it to refuse at all, lets `probe` have records by `endpoint`: its own,
    /// or with `foreign` those of somebody else.
    #[must_use]
    pub fn lets_through(
        &self,
        endpoint: &Endpoint,
        probe: &Probe,
        foreign: bool,
        mode: Mode,
        now: Timestamp,
    ) -> bool {
        probe.ask(endpoint, foreign, mode, |facts| {
            let Ok(permit) = self.authorize(facts, now) else { return false };
            if !foreign {
                return true;
            }
            let fields = permit.obligations().owner.map_or(1, |owner| owner.field_paths().len());
            let record = |owner: &str| vec![OwnerValue::Text(owner.to_owned().into()); fields];
            let records = probe.others().map(record);
            decide_owners(&permit, facts, &|_| false, records, now).is_ok_and(|owners| {
                probe.others().enumerate().all(|(nth, _)| owners.of(nth) == Whose::Foreign)
            })
        })
    }

    /// The policies that release records of others to `probe`; none where nothing but the intent does.
    #[must_use]
    pub fn released_by(
        &self,
        endpoint: &Endpoint,
        probe: &Probe,
        mode: Mode,
        now: Timestamp,
    ) -> Vec<Arc<str>> {
        let door = self.door(endpoint);
        let owners: BTreeSet<String> = probe.others().map(str::to_owned).collect();
        let disclosed = Disclosed { owners: &owners, unowned: false };
        probe.ask(endpoint, true, mode, |facts| {
            match ask(door, &door.responses, facts, Some(disclosed), now) {
                Answer::Permitted(ids) => ids,
                _ => Vec::new(),
            }
        })
    }

    /// Why the gateway decides about the request of `probe` as it does.
    #[must_use]
    pub fn why(
        &self,
        endpoint: &Endpoint,
        probe: &Probe,
        foreign: bool,
        mode: Mode,
        now: Timestamp,
    ) -> super::Explanation {
        probe.ask(endpoint, foreign, mode, |facts| self.explain(facts, now))
    }
}

impl Probe {
    /// Whose records an answer about others holds.
    fn others(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.owner.as_str()).chain(self.with_stranger.then_some(STRANGER))
    }

    /// Puts this question: the request as the gateway would see it.
    fn ask<T>(
        &self,
        endpoint: &Endpoint,
        foreign: bool,
        mode: Mode,
        put: impl FnOnce(&RequestFacts<'_>) -> T,
    ) -> T {
        // What a path names, where no policy reads it: one's own object, or another's.
        let path_value = if foreign { OTHER } else { ME };
        let said = |name: &AttributeName| {
            self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let attribute = |name: &AttributeName| match said(name) {
            Some(value) => Attribute::Text(value.to_owned().into()),
            None if name.place() == AttributePlace::Path => Attribute::Text(path_value.into()),
            None => Attribute::Missing,
        };
        let path: String = endpoint
            .template()
            .segments()
            .map(|segment| match segment {
                Segment::Literal(text) => format!("/{text}"),
                Segment::Parameter(name) | Segment::Rest(name) => {
                    format!("/{}", said(&AttributeName::path(&name)).unwrap_or(path_value))
                }
            })
            .collect();
        put(&RequestFacts {
            endpoint,
            method: &self.method,
            path: &path,
            caller: &self.caller,
            client: self.client,
            internal_listener: false,
            mode,
            attribute: &attribute,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_combinations_are_tried_all_and_many_in_pairs() {
        assert_eq!(combinations(&[2, 1, 2], 8), [[0, 0, 0], [1, 0, 0], [0, 0, 1], [1, 0, 1]]);
        let paired = combinations(&[3, 3, 3, 3], 60);
        assert_eq!(paired.len(), 1 + 8 + 24);
        assert!(paired.iter().all(|choice| choice.iter().filter(|at| **at > 0).count() <= 2));
        assert_eq!(paired.iter().collect::<BTreeSet<_>>().len(), paired.len());
        assert_eq!(combinations(&[9, 9, 9, 9], 20).len(), 20);
    }

    #[test]
    fn two_addresses_of_a_network_stand_near_its_ends() {
        for (network, first, last) in [
            ("10.0.0.0/8", "10.0.0.1", "10.255.255.254"),
            ("10.0.0.0/7", "10.0.0.1", "11.255.255.254"),
            ("192.0.2.7/32", "192.0.2.7", "192.0.2.7"),
            ("0.0.0.0/0", "0.0.0.1", "255.255.255.254"),
            ("2001:db8::/32", "2001:db8::1", "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe"),
        ] {
            let ends = ends(&network.parse().unwrap()).map(|address| address.to_string());
            assert_eq!(ends, [first, last], "{network}");
        }
    }
}
