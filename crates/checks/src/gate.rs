//! A gateway of ours as its configuration makes it: what it lets through, as facts for the checks.
//!
//! A [`Gate`] is made by whoever reads configurations; here it becomes a front among the others
//! ([`join`]), with one route for each door that it knows. What a route asks for is not read off the
//! policies but asked of them, as the gateway asks ([`policy::authorize::survey`]).
//!
//! It reads no file, and decides for no request.

mod decide;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use domain::{Audience, Endpoint, Intent, IpPrefix, Mode, OperationId, Segment, Timestamp};
use policy::authorize::{Policies, survey};
use spec::inventory::{
    Answer, Auth, Front, Gated, IntentState, Inventory, Kind, Listener, Named, ObjectRef, Operation, Patch,
    PathMatch, Place, Precedence, Rate, Reach, Replaced, Route, Security, SourceId, Upstream,
};

pub(crate) use decide::decide;

/// A gateway of ours.
#[derive(Debug)]
pub struct Gate {
    /// Its configuration file.
    pub name: Arc<str>,
    /// Where that begins.
    pub at: Place,
    /// How it treats what it would refuse.
    pub mode: Mode,
    /// Its intents and policies.
    pub policies: Policies,
    /// The doors that it knows: those that are declared and those that a patch names.
    pub doors: Vec<Door>,
    /// What its configuration declares of endpoints, in the place of what documents say.
    pub declares: Vec<(Endpoint, Intent, Place)>,
    /// Where everything else goes.
    pub upstream: Option<Upstream>,
    /// Where it listens; `None`: nothing says it.
    pub listener: Option<Listener>,
    /// Whether only this machine reaches it there.
    pub near: bool,
    /// How many requests it lets through.
    pub limits: policy::limit::Settings,
    /// How many people's data it lets through.
    pub budgets: policy::budget::Settings,
    /// The proxies whose word on addresses it believes.
    pub trusts: Vec<IpPrefix>,
    /// The header of theirs that it believes.
    pub forwarding_header: Arc<str>,
    /// What it takes for a proof of who asks, each in words that name it: `tokens of ... for ...`.
    pub believes: Vec<(String, Place)>,
    /// How long after its end a token of each issuer still counts, in milliseconds.
    pub leeways: BTreeMap<String, u64>,
    /// Where keys of the configuration stand: `mode`, `budgets.address`. A key that is left out has no
    /// place.
    pub keys: BTreeMap<String, Place>,
    /// Policy files by the name that a policy's place has.
    pub files: BTreeMap<String, SourceId>,
    /// Its patches, also those that have ended.
    pub patches: Vec<Patch>,
}

/// A door of a gateway.
#[derive(Clone, Debug)]
pub struct Door {
    /// Method and path.
    pub endpoint: Endpoint,
    /// Where it is declared, or a patch names it.
    pub at: Place,
    /// Where it leads.
    pub upstream: Option<Upstream>,
}

impl Gate {
    /// Where `key` of its configuration stands, else the configuration.
    #[must_use]
    pub fn key(&self, key: &str) -> Place {
        self.keys.get(key).copied().unwrap_or(self.at)
    }

    /// The place of a policy, as places of the inventory are.
    #[must_use]
    pub fn place(&self, at: &policy::authorize::Place, text: &str) -> Option<Place> {
        let source = self.files.get(&at.file).copied()?;
        Some(Place::new(source, span(at, text)))
    }

    /// Whether whoever connects is believed about the address: the networks of its proxies are all
    /// addresses there are.
    #[must_use]
    pub fn believes_everyone(&self) -> bool {
        everyone(&self.trusts)
    }

    /// Requests of one caller in an hour to an operation with `intent`; `None`: no bound.
    pub(crate) fn per_hour(&self, intent: Option<&Intent>) -> Option<f64> {
        let hourly = |requests: u32, per: domain::Window| {
            f64::from(requests) * 3_600_000.0 / radius_number(per.millis().max(1))
        };
        let declared = intent.into_iter().flat_map(|intent| &intent.limit);
        let declared =
            declared.filter_map(|limit| Some(hourly(limit.requests.or(limit.distinct)?, limit.per)));
        let own = [self.limits.client, self.limits.principal].into_iter().flatten();
        declared.chain(own.map(|rate| hourly(rate.requests, rate.per))).min_by(f64::total_cmp)
    }
}

#[expect(clippy::as_conversions, reason = "a time for people; the nearest float will do")]
const fn radius_number(count: u64) -> f64 {
    count as f64
}

/// A place in a policy file as a span of one character.
fn span(at: &policy::authorize::Place, text: &str) -> spec::tree::Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let above: usize = text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum();
    let line = text.get(above..).unwrap_or_default();
    let before: usize = line.chars().take(at.column.saturating_sub(1)).map(char::len_utf8).sum();
    let word = line.get(before..).unwrap_or_default();
    let word = word.find(|c: char| !c.is_alphanumeric() && c != '@').unwrap_or(word.len()).max(1);
    let start = above + before;
    spec::tree::Span {
        start: number(start),
        end: number(start + word),
        line: number(at.line),
        column: number(at.column),
    }
}

/// Whether `networks` together hold every address of IPv4 or of IPv6.
#[must_use]
pub fn everyone(networks: &[IpPrefix]) -> bool {
    [true, false].into_iter().any(|four| {
        let bits: u32 = if four { 32 } else { 128 };
        let mut ranges: Vec<(u128, u128)> = networks
            .iter()
            .filter(|network| network.base().is_ipv4() == four)
            .map(|network| {
                let first = match network.base() {
                    IpAddr::V4(address) => u128::from(u32::from(address)),
                    IpAddr::V6(address) => u128::from(address),
                };
                let free = bits.saturating_sub(u32::from(network.length()));
                let last = first | 1_u128.checked_shl(free).map_or(u128::MAX, |size| size - 1);
                (first, last)
            })
            .collect();
        ranges.sort_unstable();
        // The first address that none holds so far; `None`: there is no further one.
        let mut next = Some(0_u128);
        for (first, last) in ranges {
            if next.is_some_and(|at| (first..=last).contains(&at)) {
                next = last.checked_add(1);
            }
        }
        next.is_none_or(|next| four && next > u128::from(u32::MAX))
    })
}

/// Joins `gate` with what is known of the API: its intents take the place of the documents', what only
/// it declares becomes an operation, and it stands among the fronts.
pub fn join(inventory: &mut Inventory, gate: &Gate, now: Timestamp) {
    for (endpoint, intent, at) in &gate.declares {
        let known = inventory.operations.iter_mut().find(|operation| operation.endpoint == *endpoint);
        let declared = IntentState::Declared { intent: Box::new(intent.clone()), at: *at };
        match known {
            Some(operation) => {
                let before = std::mem::replace(&mut operation.intent, declared);
                if let IntentState::Declared { intent, at } = before
                    && operation.gated.replaced.is_none()
                {
                    operation.gated.replaced = Some(Replaced { intent, at });
                }
            }
            None => inventory.operations.push(operation(endpoint, intent, *at)),
        }
    }
    let front = front(inventory, gate, now);
    inventory.fronts.push(front);
    inventory.patches.extend(gate.patches.iter().cloned());
}

/// An operation that no document has: all that is known is its intent.
fn operation(endpoint: &Endpoint, intent: &Intent, at: Place) -> Operation {
    let object = endpoint.template().segments().filter_map(|segment| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter(name) | Segment::Rest(name) => Some(name),
    });
    let object_refs = object
        .last()
        .map(|name| ObjectRef { name: name.as_ref().into(), place: "path".into(), enumerable: None, at })
        .into_iter()
        .collect();
    // There is no document that could open it; what guards it is the gateway.
    let open = matches!(intent.audience, Audience::Public(_) | Audience::Internal(_));
    Operation {
        endpoint: endpoint.clone(),
        id: OperationId::new(&endpoint.to_string()),
        intent: IntentState::Declared { intent: Box::new(intent.clone()), at },
        security: Security { declared: false, open, schemes: Vec::new(), at: None },
        parameters: Vec::new(),
        object_refs,
        page_size: None,
        bulk: Vec::new(),
        answer: Answer::default(),
        statuses: Vec::new(),
        examples: Vec::new(),
        servers: Vec::new(),
        tags: Vec::new(),
        text: String::new(),
        deprecated: false,
        at,
        id_at: at,
        gated: Gated::default(),
    }
}

/// The gateway as a front, and on the way what its policies say of each operation.
fn front(inventory: &mut Inventory, gate: &Gate, now: Timestamp) -> Front {
    let mut routes: Vec<Route> = Vec::with_capacity(gate.doors.len() + 1);
    let most = survey_size(gate.doors.len());
    for door in gate.doors.iter().filter(|_| gate.mode.acts()) {
        let decided = decide(gate, inventory, &door.endpoint, most, now);
        let intent = gate.policies.intent(&door.endpoint);
        if intent.is_none() && decided.by.is_none() {
            // It is served, or not, as everything that nobody declared.
            continue;
        }
        let auth = if !decided.anyone {
            Auth::Denied { at: door.at }
        } else if decided.anonymous {
            Auth::Open
        } else {
            let by = decided.by.as_ref().map_or_else(
                || audience(intent),
                |policy| format!("{} and policy {}", audience(intent), policy.name),
            );
            Auth::Required { by: by.into(), at: decided.by.as_ref().map_or(door.at, |policy| policy.at) }
        };
        let rate = match gate.per_hour(intent) {
            Some(per_hour) => Rate::Limited { per_hour, at: door.at },
            None => Rate::Unlimited,
        };
        let (reach, at) = match decided.networks {
            // Who may say from which address, says one that is let in.
            Some(_) if decided.anyone && gate.believes_everyone() => (Reach::World, gate.key("trust")),
            Some(networks) if decided.anyone => (Reach::Networks { networks }, door.at),
            _ => (Reach::World, door.at),
        };
        routes.push(Route {
            name: door.endpoint.to_string().into(),
            path: path(&door.endpoint),
            methods: vec![door.endpoint.method().as_str().into()],
            auth,
            rate,
            reach,
            upstream: door.upstream.clone(),
            at,
            ..everything_else(gate)
        });
        let known = inventory.operations.iter_mut().find(|known| known.endpoint == door.endpoint);
        if let Some(known) = known.filter(|known| known.gated.narrowed_by.is_none()) {
            known.gated.narrowed_by = decided.narrowed_by;
            known.gated.released_by = decided.released_by;
        }
    }
    // The more exact door first, as the gateway's own router finds it.
    routes.sort_by_cached_key(|route| std::cmp::Reverse(exactness(&route.path)));
    let number = routes.len();
    for (nth, route) in routes.iter_mut().enumerate() {
        route.priority = i64::try_from(number.saturating_sub(nth)).unwrap_or(i64::MAX);
    }
    routes.push(everything_else(gate));
    Front {
        kind: Kind::Tidegate,
        name: "Tidegate".into(),
        listeners: gate.listener.clone().into_iter().collect(),
        precedence: Precedence::Priority,
        routes,
        at: gate.at,
    }
}

/// Questions per door: fewer where there are many doors, for each costs some twenty microseconds.
pub(crate) fn survey_size(doors: usize) -> usize {
    100_000_usize.checked_div(doors.max(1)).unwrap_or(0).clamp(64, 2_048)
}

/// What happens to a request that comes to no declared door.
fn everything_else(gate: &Gate) -> Route {
    let at = gate.key("mode");
    Route {
        name: "everything else".into(),
        hosts: Vec::new(),
        path: PathMatch::Any,
        methods: Vec::new(),
        conditional: false,
        priority: 0,
        auth: if gate.mode == Mode::Enforce { Auth::Denied { at } } else { Auth::Open },
        rate: match gate.per_hour(None).filter(|_| gate.mode.acts()) {
            Some(per_hour) => Rate::Limited { per_hour, at: gate.key("limits") },
            None => Rate::Unlimited,
        },
        reach: Reach::World,
        upstream: gate.upstream.clone(),
        rewrite: None,
        at,
    }
}

fn audience(intent: Option<&Intent>) -> String {
    let word = match intent.map(|intent| &intent.audience) {
        None => return "no audience".to_owned(),
        Some(Audience::Public(_)) => "public",
        Some(Audience::Authenticated) => "authenticated",
        Some(Audience::Partner(_)) => "partner",
        Some(Audience::Internal(_)) => "internal",
    };
    format!("audience {word}")
}

fn path(endpoint: &Endpoint) -> PathMatch {
    let template = endpoint.template();
    let mut open = false;
    let text: String = template
        .segments()
        .map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Parameter(name) => {
                open = true;
                format!("/{{{name}}}")
            }
            Segment::Rest(name) => {
                open = true;
                format!("/{{{name}+}}")
            }
        })
        .collect();
    let text = if text.is_empty() { "/".to_owned() } else { text };
    if open { PathMatch::Template(text.into()) } else { PathMatch::Exact(text.into()) }
}

/// Literals before parameters before the rest of a path, from the left.
fn exactness(path: &PathMatch) -> Vec<u8> {
    let (PathMatch::Exact(text) | PathMatch::Template(text)) = path else { return Vec::new() };
    let weigh = |segment: &str| match (segment.starts_with('{'), segment.ends_with("+}")) {
        (false, _) => 3,
        (true, false) => 2,
        (true, true) => 1,
    };
    text.split('/').skip(1).map(weigh).collect()
}

/// A policy with its place in the inventory.
pub(crate) fn named(gate: &Gate, inventory: &Inventory, id: &str, at: &policy::authorize::Place) -> Named {
    let text = gate.files.get(&at.file).and_then(|source| inventory.source(*source));
    let place = text.and_then(|source| gate.place(at, &source.text));
    Named { name: id.into(), at: place.unwrap_or(gate.at) }
}

/// Whether a caller of this kind holds nothing but a verified token.
pub(crate) const fn is_ordinary(kind: &survey::Kind) -> bool {
    matches!(kind, survey::Kind::SignedIn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_is_whoever_has_an_address_of_one_of_both_protocols() {
        for (networks, all) in [
            (&[][..], false),
            (&["0.0.0.0/0"], true),
            (&["::/0"], true),
            (&["0.0.0.0/1", "128.0.0.0/1"], true),
            (&["128.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2"], true),
            (&["::/1", "8000::/1"], true),
            (&["0.0.0.0/1", "192.0.0.0/2"], false),
            (&["0.0.0.0/1", "8000::/1"], false),
            (&["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "224.0.0.0/4", "240.0.0.0/5"], false),
            (&["255.255.255.255/32", "0.0.0.0/0"], true),
            (&["10.0.0.0/8", "192.168.0.0/16"], false),
        ] {
            let parsed: Vec<IpPrefix> = networks.iter().filter_map(|text| text.parse().ok()).collect();
            assert_eq!(parsed.len(), networks.len());
            assert_eq!(everyone(&parsed), all, "{networks:?}");
        }
    }
}
