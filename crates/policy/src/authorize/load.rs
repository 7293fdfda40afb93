//! From files to a snapshot: parse, check, validate strictly, slice by operation.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use cedar_policy::ffi::DetailedError;
use cedar_policy::{EntityUid, Policy, PolicyId, PolicySet, ValidationMode, ValidationWarning, Validator};
use domain::{Endpoint, OperationId, Timestamp};

use super::ask::Vocabulary;
use super::door::{Door, Selection, Slice};
use super::facts::AttributePlace;
use super::inventory::{Declared, Inventory, shape};
use super::reads::{Hidden, Reads};
use super::rule::{Draft, Names, Phase, Rule, Scope, action_name, group};
use super::schema::{self, Doorway, object_parameter};
use super::source::{LoadError, Place, Source, Statement, statements};
use crate::nearest::nearest;
use crate::patch::{self, Patch};

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
        let mut notices = Vec::new();
        let mut inventory = Inventory::new(inventory)?;
        let mut errors = Vec::new();
        let drafts = drafts(policies, patches, now, &mut notices, &mut errors);

        for draft in drafts.iter().filter(|draft| draft.rule.patch.is_some()) {
            inventory.admit_doors_of(draft);
        }
        for draft in &drafts {
            let unknown = inventory.unknown_names(draft);
            if unknown.is_empty() {
                errors.extend(misuses(draft, &inventory));
            }
            errors.extend(unknown);
        }
        if errors.is_empty() {
            errors.extend(invalid(&drafts, &inventory, &mut notices));
        }
        if errors.is_empty() {
            errors.extend(drafts.iter().flat_map(|draft| unseen_parameters(draft, &inventory)));
        }
        if !errors.is_empty() {
            // Cedar says the same once per operation: the first at each place is enough.
            errors.sort();
            errors.dedup_by(|next, first| next.at == first.at && alike(&next.what, &first.what));
            return Err(errors);
        }
        notices.extend(undeclared_doors(&drafts, &inventory));
        let policies = snapshot(&drafts, inventory, answers).map_err(|what| vec![ours(what)])?;
        notices.extend(policies.idle_permits());
        Ok(Loaded { policies, notices })
    }

    /// The door at which a request to `endpoint` is judged.
    pub(super) fn door(&self, endpoint: &Endpoint) -> &Arc<Door> {
        self.declared.get(endpoint).or_else(|| self.shapes.get(&shape(endpoint))).unwrap_or(&self.elsewhere)
    }

    /// Patches in this snapshot, also those that expired since it was loaded.
    pub fn patches(&self) -> impl Iterator<Item = &Patch> {
        self.patches.iter().map(|patch| &**patch)
    }

    /// Patches that expired since this snapshot was loaded: they act no more, and should be told.
    pub fn expired(&self, now: Timestamp) -> impl Iterator<Item = &Patch> {
        self.patches().filter(move |patch| patch.expired(now))
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

/// Whether two messages differ in the action that they name at most.
fn alike(one: &str, other: &str) -> bool {
    let head = |text: &str| text.split_once("Action::\"").map_or(text.len(), |(head, _)| head.len());
    one == other || (head(one) < one.len() && one.get(..head(one)) == other.get(..head(other)))
}

/// Parses every statement of every file.
fn drafts<'s>(
    policies: &'s [Source],
    patches: &'s [Source],
    now: Timestamp,
    notices: &mut Vec<Notice>,
    errors: &mut Vec<LoadError>,
) -> Vec<Draft<'s>> {
    let mut drafts: Vec<Draft<'s>> = Vec::new();
    let mut places: BTreeMap<Arc<str>, Place> = BTreeMap::new();
    let sources = policies.iter().map(|source| (source, false)).chain(patches.iter().map(|s| (s, true)));
    for (source, is_patch) in sources {
        for statement in statements(source) {
            let rule = match rule(&statement, is_patch) {
                Ok(rule) => rule,
                Err(wrong) => {
                    errors.extend(wrong);
                    continue;
                }
            };
            if let Some(first) = places.insert(rule.id.clone(), rule.at.clone()) {
                let help = format!("the first stands at {first}");
                errors.push(statement.error(format!("two policies are called `{}`", rule.id), help));
                continue;
            }
            match &rule.patch {
                Some(patch) if patch.expired(now) => notices.push(Notice::ExpiredPatch((**patch).clone())),
                Some(_) | None => drafts.push(Draft { statement, rule }),
            }
        }
    }
    drafts
}

fn rule(statement: &Statement<'_>, is_patch: bool) -> Result<Rule, Vec<LoadError>> {
    let policy = Policy::parse(None, statement.text())
        .map_err(|parse| statement.cedar(&DetailedError::from(&parse)))?;
    let at = statement.place();
    let mut errors = Vec::new();
    let id: Arc<str> = match policy.annotation("id") {
        Some(id) if patch::speakable(id) => id.into(),
        Some("") | None => format!("{}:{}", at.file, at.line).into(),
        Some(id) => {
            errors.push(statement.error_on(
                "@id",
                format!("`{}` cannot name a policy", id.chars().take(80).collect::<String>()),
                "use 1 to 80 letters, digits, `.`, `_`, `-`: it stands in logs",
            ));
            "unnamed".into()
        }
    };
    let patch = if is_patch {
        match patch::read(&policy, &id, at.clone()) {
            Ok(patch) => Some(Arc::new(patch)),
            Err(faults) => {
                let fault = |(what, help, word): patch::Fault| statement.error_on(word, what, help);
                errors.extend(faults.into_iter().map(fault));
                None
            }
        }
    } else {
        None
    };
    let policy = policy.new_id(PolicyId::new(&id));
    let (reads, hidden) = match policy.to_pst() {
        Ok(tree) => Reads::of(tree.body()),
        Err(error) => return Err(vec![statement.error(error.to_string(), "write it in plain Cedar")]),
    };
    errors.extend(hidden.into_iter().map(|hidden| unseen(statement, hidden)));
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Rule { id, at, scope: Scope::of(&policy), patch, reads, policy })
}

/// A policy must show what it reads: the attributes that are looked up hang on it.
fn unseen(statement: &Statement<'_>, hidden: Hidden) -> LoadError {
    match hidden {
        Hidden::Name(name, error) => {
            let help = error.help.clone();
            statement.error_on(&format!("\"{name}\""), error.to_string(), help)
        }
        Hidden::BareEntity(attribute) => statement.error_on(
            &attribute,
            format!("`context.{attribute}` is read by name only"),
            format!("write `context.{attribute}.hasTag(\"query.page\")` or `.getTag(\"query.page\")`"),
        ),
        Hidden::WholeContext => statement.error_on(
            "context",
            "the context is read attribute by attribute",
            "write `context.client`, `context.time`, `context.request.getTag(...)` and so on",
        ),
        Hidden::ComputedTag => statement.error_on(
            "Tag(",
            "the name of a tag is computed",
            "write it out, such as `\"query.page\"`: what a policy reads must be known when it loads",
        ),
        Hidden::ForeignTag => statement.error_on(
            "Tag(",
            "only `principal`, `context.request` and `context.numbers` have tags",
            "write for example `principal.hasTag(\"tenant\")`",
        ),
    }
}

/// Scopes that Cedar takes and that mean something else than they seem to.
fn misuses(draft: &Draft<'_>, inventory: &Inventory) -> Vec<LoadError> {
    let (statement, rule) = (&draft.statement, &draft.rule);
    let mut errors = Vec::new();
    if rule.permits() && rule.scope.any_action() {
        errors.push(statement.error_on(
            "action",
            "a `permit` without action would also release other people's records",
            "write `action in Action::\"call\"` for requests, `action in Action::\"disclose\"` for responses",
        ));
    }
    if let Some(name) = rule.scope.exactly()
        && !inventory.is_request(name)
    {
        let what = format!("no request is itself `{name}`, which is a group");
        errors.push(statement.error_on("action", what, format!("write `action in Action::\"{name}\"`")));
    }
    if rule.permits() {
        let ownerless = inventory.declared.iter().find(|operation| {
            let (id, door) = (operation.id.as_str(), operation.endpoint.to_string());
            let names = Names { door: Some((id, &door)), object: None };
            let owned = operation.intent.as_ref().is_some_and(|intent| intent.owner.is_some());
            !owned && rule.scope.names(Phase::Response, names)
        });
        if let Some(operation) = ownerless {
            errors.push(statement.error_on(
                "action",
                format!("no record of `{}` has an owner that could be permitted", operation.id),
                "declare `owner:` in its intent, such as `$.customer_id = claim.sub`",
            ));
        }
    }
    errors
}

/// What Cedar's validator says in strict mode.
fn invalid(drafts: &[Draft<'_>], inventory: &Inventory, notices: &mut Vec<Notice>) -> Vec<LoadError> {
    let literals = drafts.iter().flat_map(|draft| draft.rule.policy.entity_literals());
    let schema = match schema::schema(&told_apart(inventory.doors(), literals)) {
        Ok(schema) => schema,
        Err(what) => return vec![ours(what)],
    };
    let set = match PolicySet::from_policies(drafts.iter().map(|draft| draft.rule.policy.clone())) {
        Ok(set) => set,
        Err(error) => return vec![ours(error.to_string())],
    };
    let by_id: BTreeMap<&str, &Draft<'_>> = drafts.iter().map(|draft| (&*draft.rule.id, draft)).collect();
    let of = |id: &PolicyId| -> Option<&Draft<'_>> {
        let id: &str = id.as_ref();
        by_id.get(id).copied()
    };
    let validator = Validator::new(schema);
    let result = validator.validate(&set, ValidationMode::Strict);
    let mut errors = Vec::new();
    for error in result.validation_errors() {
        let Some(draft) = of(error.policy_id()) else { return vec![ours(error.to_string())] };
        errors.extend(draft.statement.cedar(&DetailedError::from(error)));
    }
    let wrong: BTreeSet<&PolicyId> = result.validation_errors().map(|error| error.policy_id()).collect();
    for warning in result.validation_warnings() {
        let Some(draft) = of(warning.policy_id()) else { continue };
        match warning {
            // It follows from an error, where there is one.
            ValidationWarning::ImpossiblePolicy(_) if wrong.contains(warning.policy_id()) => {}
            ValidationWarning::ImpossiblePolicy(_) => errors.push(draft.statement.error(
                "this policy can never apply",
                "no caller that its operations admit gets this far: look at the audience, the types and the scope",
            )),
            other => notices.push(Notice::Warning { what: other.to_string(), at: draft.rule.at.clone() }),
        }
    }
    errors
}

/// The doors that a policy could tell apart: those that one names, and one of each kind of the
/// others. Cedar checks every policy against every action of its scope; five hundred operations with
/// the same types, none of them named, give the same answer five hundred times.
pub(super) fn told_apart(
    doors: Vec<Doorway<'_>>,
    literals: impl Iterator<Item = EntityUid>,
) -> Vec<Doorway<'_>> {
    let named: BTreeSet<String> = literals
        .map(|uid| {
            let name = uid.id().unescaped();
            name.strip_prefix("disclose ").unwrap_or(name).to_owned()
        })
        .collect();
    let mut kinds = BTreeSet::new();
    doors
        .into_iter()
        .filter(|door| {
            named.contains(door.id.as_str())
                || named.contains(&door.endpoint.to_string())
                || kinds.insert(door.types())
        })
        .collect()
}

/// `path.NAME` where no operation in scope has such a parameter.
fn unseen_parameters(draft: &Draft<'_>, inventory: &Inventory) -> Vec<LoadError> {
    let doors = inventory.doors();
    let parameters: BTreeSet<String> = doors
        .iter()
        .filter(|door| {
            let text = door.endpoint.to_string();
            let names = Names { door: Some((door.id.as_str(), &text)), object: None };
            [Phase::Request, Phase::Response].iter().any(|phase| draft.rule.scope.covers(*phase, names))
        })
        .flat_map(|door| door.endpoint.template().segments().collect::<Vec<_>>())
        .filter_map(|segment| match segment {
            domain::Segment::Literal(_) => None,
            domain::Segment::Parameter(name) | domain::Segment::Rest(name) => Some(name.to_string()),
        })
        .collect();
    let reads = draft.rule.reads.attributes().filter(|name| name.place() == AttributePlace::Path);
    reads
        .filter(|name| !parameters.contains(name.name()))
        .map(|name| {
            let help = match nearest(name.name(), parameters.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `path.{near}`?"),
                None if parameters.is_empty() => "its paths have none".to_owned(),
                None => {
                    let known: Vec<_> = parameters.iter().map(|known| format!("`path.{known}`")).collect();
                    format!("there is {}", known.join(", "))
                }
            };
            let what = format!("no operation in this scope has a path parameter `{}`", name.name());
            draft.statement.error_on(&format!("\"{name}\""), what, help)
        })
        .collect()
}

fn undeclared_doors(drafts: &[Draft<'_>], inventory: &Inventory) -> Vec<Notice> {
    let mut notices = Vec::new();
    for (id, endpoint) in inventory.patched.values() {
        let says = |draft: &&Draft<'_>| {
            draft.rule.policy.entity_literals().iter().any(|uid| {
                let name = uid.id().unescaped();
                name.strip_prefix("disclose ").unwrap_or(name) == id.as_str()
            })
        };
        notices.extend(drafts.iter().find(says).map(|draft| Notice::UndeclaredDoor {
            id: draft.rule.id.clone(),
            endpoint: endpoint.clone(),
            at: draft.rule.at.clone(),
        }));
    }
    notices
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
    Ok(Policies { declared, shapes, elsewhere: door(None, None, false)?, patches, schema })
}

/// A fault of ours, in the shape of the user's errors.
fn ours(what: String) -> LoadError {
    let at = Place { file: "inventory".into(), line: 1, column: 1 };
    let help = Some("this is a fault of Tidegate: please report it with the inventory".into());
    LoadError { at, what, help, line_text: String::new(), width: 1 }
}
