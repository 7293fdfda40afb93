//! From files to a snapshot: parsed, checked, sliced by operation.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use cedar_policy::{Policy, PolicyId};
use domain::{Endpoint, OperationId, Timestamp};

use super::ask::Vocabulary;
use super::check::{faults, ours, undeclared_doors};
use super::door::{Door, Selection, Slice};
use super::facts::AttributePlace;
use super::inventory::{Declared, Inventory, shape};
use super::parse::drafts;
use super::rule::{Draft, Names, Phase, Rule, action_name, group};
use super::schema::{self, object_parameter};
use super::source::{LoadError, Place, Source};
use crate::patch::Patch;

/// Most principals over all operations whose answers are kept.
const MOST_ANSWERS: usize = 65_536;

/// The id of the policy that stands for the audience where nothing narrows it.
const AUDIENCE: &str = "tidegate:audience";

/// All policies and patches in force, sorted by operation. An immutable snapshot: to change
/// anything, load another and swap it.
pub struct Policies {
    /// Declared operations by their door as written: the way of almost every request.
    declared: HashMap<Endpoint, Arc<Door>>,
    /// Declared operations and doors that patches name, by [`shape`].
    shapes: BTreeMap<String, Arc<Door>>,
    elsewhere: Arc<Door>,
    patches: Vec<Arc<Patch>>,
    /// Doors that patches name, also those left out, by [`shape`]: whom to tell of when they act no more.
    named_by_patches: BTreeMap<String, Vec<Arc<Patch>>>,
    /// The last moment at which all patches of `named_by_patches` acted.
    all_acted: Timestamp,
    schema: String,
}

/// A snapshot, and what the operator should know about it.
#[derive(Debug)]
pub struct Loaded {
    /// The snapshot.
    pub policies: Policies,
    /// What is not wrong and not in force either.
    pub notices: Vec<Notice>,
}

/// Something in the files that has no effect, or may surprise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Notice {
    /// A patch that has expired: it was left out.
    #[error("{}: patch `{}` expired {} and was left out", .0.at, .0.id, .0.expires)]
    ExpiredPatch(Patch),
    /// A patch about a door that nobody declared.
    #[error("{at}: patch `{id}` is about `{endpoint}`, which is not declared")]
    UndeclaredDoor {
        /// The patch.
        id: Arc<str>,
        /// The door it names.
        endpoint: Endpoint,
        /// Where.
        at: Place,
    },
    /// A `permit` about all operations, where no policy narrows any: the audience permits already.
    #[error("{at}: `{id}` permits what every audience permits already, so it has no effect")]
    IdlePermit {
        /// The policy.
        id: Arc<str>,
        /// Where.
        at: Place,
    },
    /// What Cedar warns about, such as letters of several scripts in one name.
    #[error("{at}: {what}")]
    Warning {
        /// Cedar's words.
        what: String,
        /// Where.
        at: Place,
    },
}

impl fmt::Debug for Policies {
    /// The doors with the ids of their policies.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.shapes.values()).entry(&self.elsewhere).finish()
    }
}

impl Policies {
    /// Reads `policies` and `patches` about the operations of `inventory`.
    ///
    /// # Errors
    /// Every fault of every file, in order of place. Nothing is in force then: the caller keeps the
    /// snapshot it has, or does not start.
    pub fn load(
        inventory: &[Declared],
        policies: &[Source],
        patches: &[Source],
        now: Timestamp,
    ) -> Result<Loaded, Vec<LoadError>> {
        Self::load_remembering(inventory, policies, patches, now, MOST_ANSWERS)
    }

    /// [`Policies::load`] with a bound on kept answers; 0 keeps none.
    pub(super) fn load_remembering(
        inventory: &[Declared],
        policies: &[Source],
        patches: &[Source],
        now: Timestamp,
        answers: usize,
    ) -> Result<Loaded, Vec<LoadError>> {
        let mut inventory = Inventory::new(inventory)?;
        let (mut left_out, mut errors) = (Vec::new(), Vec::new());
        let drafts = drafts(policies, patches, now, &mut left_out, &mut errors);
        let expired = left_out.iter().filter_map(|rule| rule.patch.as_deref());
        let mut notices: Vec<Notice> = expired.map(|patch| Notice::ExpiredPatch(patch.clone())).collect();

        for draft in drafts.iter().filter(|draft| draft.rule.patch.is_some()) {
            inventory.admit_doors_of(draft);
        }
        let errors = faults(&drafts, &inventory, &mut notices, errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        notices.extend(undeclared_doors(&drafts, &inventory));
        let named = named_by_patches(drafts.iter().map(|draft| &draft.rule).chain(&left_out), &inventory);
        let mut policies = snapshot(&drafts, inventory, answers).map_err(|what| vec![ours(what)])?;
        policies.all_acted =
            named.values().flatten().map(|patch| patch.expires).min().unwrap_or(policies.all_acted);
        policies.named_by_patches = named;
        notices.extend(policies.idle_permits());
        Ok(Loaded { policies, notices })
    }

    /// The door at which a request to `endpoint` is judged.
    pub(super) fn door(&self, endpoint: &Endpoint) -> &Arc<Door> {
        self.declared.get(endpoint).or_else(|| self.shapes.get(&shape(endpoint))).unwrap_or(&self.elsewhere)
    }

    /// Doors that only patches name, as they wrote them: a router must find them before any traffic
    /// has shown that they exist, or a patch would let the first request pass.
    pub fn patched_doors(&self) -> impl Iterator<Item = &Endpoint> {
        let named = self.shapes.values().filter(|door| !door.declared).filter_map(|door| door.named.as_ref());
        named.map(|(_, endpoint)| endpoint)
    }

    /// Patches in this snapshot, also those that expired since it was loaded.
    pub fn patches(&self) -> impl Iterator<Item = &Patch> {
        self.patches.iter().map(|patch| &**patch)
    }

    /// Patches that expired since this snapshot was loaded: they act no more, and should be told.
    pub fn expired(&self, now: Timestamp) -> impl Iterator<Item = &Patch> {
        self.patches().filter(move |patch| patch.expired(now))
    }

    /// A patch about `endpoint` that acts no more: a request to it should be told of. Costs a comparison
    /// while every patch acts.
    #[must_use]
    pub fn expired_about(&self, endpoint: &Endpoint, now: Timestamp) -> Option<&Patch> {
        if now <= self.all_acted {
            return None;
        }
        let about = self.named_by_patches.get(&shape(endpoint))?;
        about.iter().map(|patch| &**patch).find(|patch| patch.expired(now))
    }

    /// The schema in force, as text for people: fixed words, then one action per operation.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Whether a decision about a request to `endpoint` reads its body, so that it must be buffered
    /// first.
    #[must_use]
    pub fn reads_body(&self, endpoint: &Endpoint) -> bool {
        let door = self.door(endpoint);
        let reads =
            |slice: &Slice| slice.chosen.reads.attributes().any(|name| name.place() == AttributePlace::Body);
        reads(&door.requests) || reads(&door.responses)
    }

    fn idle_permits(&self) -> Vec<Notice> {
        let doors = || self.shapes.values().chain(std::iter::once(&self.elsewhere));
        let busy: BTreeSet<&str> = doors()
            .filter(|door| door.requests.chosen.narrowed)
            .flat_map(|door| door.requests.chosen.rules.iter())
            .chain(doors().flat_map(|door| door.responses.chosen.rules.iter()))
            .map(|rule| &*rule.id)
            .collect();
        let idle: BTreeMap<&str, &Rule> = doors()
            .flat_map(|door| door.requests.chosen.rules.iter())
            .filter(|rule| rule.permits() && !busy.contains(&*rule.id))
            .map(|rule| (&*rule.id, rule))
            .collect();
        idle.into_values()
            .map(|rule| Notice::IdlePermit { id: rule.id.clone(), at: rule.at.clone() })
            .collect()
    }
}

/// The doors that each patch names, by operation id or as a door. One about all doors is about none
/// of them in particular.
fn named_by_patches<'r>(
    rules: impl Iterator<Item = &'r Rule>,
    inventory: &Inventory,
) -> BTreeMap<String, Vec<Arc<Patch>>> {
    let mut named: BTreeMap<String, Vec<Arc<Patch>>> = BTreeMap::new();
    for rule in rules {
        let Some(patch) = &rule.patch else { continue };
        let shapes: BTreeSet<String> =
            rule.policy.entity_literals().iter().filter_map(|uid| inventory.shape_named(uid)).collect();
        for shape in shapes {
            named.entry(shape).or_default().push(patch.clone());
        }
    }
    named
}

/// Sorts the rules by operation.
fn snapshot(drafts: &[Draft<'_>], inventory: Inventory, answers: usize) -> Result<Policies, String> {
    let schema = schema::printed(&inventory.doors())?;
    let vocabulary = Arc::new(Vocabulary::new().map_err(|error| error.to_string())?);
    let base = Policy::parse(Some(PolicyId::new(AUDIENCE)), "permit(principal, action, resource);")
        .map_err(|error| error.to_string())?;
    let doors = inventory.declared.len() + inventory.patched.len() + 1;
    let each = answers.checked_div(doors).map_or(0, |each| if answers == 0 { 0 } else { each.max(16) });

    // Most operations have the same policies: by the numbers of the rules and whether they narrow.
    let mut chosen: BTreeMap<(Vec<usize>, bool, Phase), Arc<Selection>> = BTreeMap::new();
    let mut slice = |phase: Phase, names: Names<'_>| {
        let covering = drafts.iter().map(|draft| &draft.rule).enumerate();
        let covering: Vec<_> = covering.filter(|(_, rule)| rule.scope.covers(phase, names)).collect();
        let narrowed = covering.iter().any(|(_, rule)| rule.permits() && rule.scope.names(phase, names));
        let key = (covering.iter().map(|(nth, _)| *nth).collect(), narrowed, phase);
        let selection = match chosen.entry(key) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => {
                let rules = covering.into_iter().map(|(_, rule)| rule.clone()).collect();
                // On responses nothing permits by itself: a record of someone else is no audience's matter.
                let base = (phase == Phase::Request && !narrowed).then(|| base.clone());
                new.insert(Arc::new(Selection::new(rules, narrowed, base)?)).clone()
            }
        };
        let group = vocabulary.action(group(phase));
        let action = match names.door {
            None => (group, HashSet::new()),
            Some((id, door)) => {
                let action = vocabulary.action(&action_name(phase, id));
                let groups = [vocabulary.action(&action_name(phase, door)), group];
                (action.clone(), groups.into_iter().filter(|uid| *uid != action).collect())
            }
        };
        Ok::<_, String>(Slice::new(action, selection, if phase == Phase::Request { each } else { 0 }))
    };
    let mut door = |named: Option<(&OperationId, &Endpoint)>, intent, declared| {
        let object = named.and_then(|(_, endpoint)| object_parameter(endpoint));
        let text = named.map(|(id, endpoint)| (id.as_str(), endpoint.to_string()));
        let names = Names {
            door: text.as_ref().map(|(id, endpoint)| (*id, endpoint.as_str())),
            object: named.map(|_| object.is_some()),
        };
        Ok::<_, String>(Arc::new(Door {
            named: named.map(|(id, endpoint)| (id.clone(), endpoint.clone())),
            intent,
            declared,
            requests: slice(Phase::Request, names)?,
            responses: slice(Phase::Response, names)?,
            object,
            vocabulary: vocabulary.clone(),
        }))
    };

    let mut declared = HashMap::with_capacity(inventory.declared.len());
    let mut shapes = BTreeMap::new();
    for operation in &inventory.declared {
        let named = Some((&operation.id, &operation.endpoint));
        let built = door(named, operation.intent.clone(), true)?;
        shapes.insert(shape(&operation.endpoint), built.clone());
        declared.insert(operation.endpoint.clone(), built);
    }
    for (shape, (id, endpoint)) in &inventory.patched {
        shapes.insert(shape.clone(), door(Some((id, endpoint)), None, false)?);
    }
    let patches = drafts.iter().filter_map(|draft| draft.rule.patch.clone()).collect();
    Ok(Policies {
        declared,
        shapes,
        elsewhere: door(None, None, false)?,
        patches,
        named_by_patches: BTreeMap::new(),
        all_acted: Timestamp::from_millis(u64::MAX),
        schema,
    })
}
