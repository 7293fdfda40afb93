//! One question to Cedar: entities and context made from facts, the answer read back.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    ParseErrors, PolicyId, Request, RestrictedExpression,
};
use domain::{Caller, Endpoint, PrincipalKind, Segment, Timestamp};

use super::door::{Door, Slice};
use super::facts::{Attribute, AttributeName, AttributePlace, RequestFacts};

/// The names of the schema's types, parsed once.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    authorizer: Authorizer,
    user: EntityTypeName,
    partner: EntityTypeName,
    role: EntityTypeName,
    endpoint: EntityTypeName,
    object: EntityTypeName,
    action: EntityTypeName,
    anonymous: EntityUid,
    request: EntityUid,
    numbers: EntityUid,
}

impl Vocabulary {
    /// # Errors
    /// None, as long as the names below are Cedar names.
    pub(super) fn new() -> Result<Self, Box<ParseErrors>> {
        let kind = |name: &str| name.parse::<EntityTypeName>().map_err(Box::new);
        let only = |kind: EntityTypeName, id: &str| uid(&kind, id);
        Ok(Self {
            authorizer: Authorizer::new(),
            user: kind("User")?,
            partner: kind("Partner")?,
            role: kind("Role")?,
            endpoint: kind("Endpoint")?,
            object: kind("Object")?,
            action: kind("Action")?,
            anonymous: only(kind("Anonymous")?, "anonymous"),
            request: only(kind("Request")?, "this"),
            numbers: only(kind("Numbers")?, "this"),
        })
    }

    pub(super) fn action(&self, name: &str) -> EntityUid {
        uid(&self.action, name)
    }
}

/// What Cedar made of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing forbids, and these permit; empty where nothing narrows.
    Permitted(Vec<Arc<str>>),
    /// These forbid.
    Forbidden(Vec<Arc<str>>),
    /// One of several policies would have to permit, and none does.
    NotPermitted,
    /// These could not be evaluated. Cedar alone would skip them, a `forbid` as well.
    Failed(Vec<Arc<str>>),
    /// The request gives this attribute, but not as what a policy reads it as.
    Unreadable(AttributeName),
    /// The facts do not fit Cedar's types.
    Unspeakable(&'static str),
}

/// What a response adds to a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disclosed<'d> {
    pub owners: &'d BTreeSet<String>,
    pub unowned: bool,
}

/// Asks the policies of `slice` about one request, or its response.
pub(super) fn ask(
    door: &Door,
    slice: &Slice,
    facts: &RequestFacts<'_>,
    disclosed: Option<Disclosed<'_>>,
    now: Timestamp,
) -> Answer {
    let (request, entities) = match question(door, slice, facts, disclosed, now) {
        Ok(question) => question,
        Err(answer) => return answer,
    };
    let response = door.vocabulary.authorizer.is_authorized(&request, &slice.chosen.in_force(now), &entities);
    let named = |id: &PolicyId| {
        let text: &str = id.as_ref();
        slice.chosen.rules.iter().find(|rule| &*rule.id == text).map(|rule| rule.id.clone())
    };
    let mut reasons: Vec<_> = response.diagnostics().reason().filter_map(named).collect();
    reasons.sort();
    let errors: BTreeSet<_> = response.diagnostics().errors().map(failing).map(named).collect();
    match response.decision() {
        // A `forbid` that stands is the better reason, but any error refuses.
        Decision::Deny if !reasons.is_empty() => Answer::Forbidden(reasons),
        _ if !errors.is_empty() => Answer::Failed(errors.into_iter().flatten().collect()),
        Decision::Deny => Answer::NotPermitted,
        Decision::Allow => Answer::Permitted(reasons),
    }
}

fn failing(error: &AuthorizationError) -> &PolicyId {
    match error {
        AuthorizationError::PolicyEvaluationError(error) => error.policy_id(),
    }
}

/// The same question as Cedar's own types, for the tests that hold slices against all policies.
pub(super) fn question(
    door: &Door,
    slice: &Slice,
    facts: &RequestFacts<'_>,
    disclosed: Option<Disclosed<'_>>,
    now: Timestamp,
) -> Result<(Request, Entities), Answer> {
    let words = &*door.vocabulary;
    let reads = &slice.chosen.reads;
    let mut entities = Vec::with_capacity(5);
    entities.push(slice.action.clone());
    let mut context = Vec::with_capacity(6);

    let (principal, entity) = principal(words, slice, facts.caller)?;
    entities.extend(entity);
    let (resource, entity) = resource(words, door, slice, facts)?;
    entities.extend(entity);

    if reads.client {
        let address = facts.client.to_canonical().to_string();
        context.push(("client".to_owned(), RestrictedExpression::new_ip(address)));
    }
    if reads.time {
        // Whole seconds: Cedar takes no fraction of other than three digits.
        let second = Timestamp::from_secs(now.secs()).to_string();
        context.push(("time".to_owned(), RestrictedExpression::new_datetime(second)));
    }
    if reads.method {
        context.push(("method".to_owned(), text(facts.method.as_str())));
    }
    if !reads.texts.is_empty() {
        entities.push(tagged(&words.request, texts(door, facts, &reads.texts)?)?);
        context.push(("request".to_owned(), RestrictedExpression::new_entity_uid(words.request.clone())));
    }
    if !reads.numbers.is_empty() {
        entities.push(tagged(&words.numbers, numbers(door, facts, &reads.numbers)?)?);
        context.push(("numbers".to_owned(), RestrictedExpression::new_entity_uid(words.numbers.clone())));
    }
    if let Some(Disclosed { owners, unowned }) = disclosed {
        let owners = RestrictedExpression::new_set(owners.iter().map(|owner| text(owner)));
        context.push(("owners".to_owned(), owners));
        context.push(("unowned".to_owned(), RestrictedExpression::new_bool(unowned)));
    }

    let context = Context::from_pairs(context)
        .map_err(|_| Answer::Unspeakable("the time or address is out of range"))?;
    let request = Request::new(principal, slice.action.uid(), resource, context, None)
        .map_err(|_| Answer::Unspeakable("the request does not fit the schema"))?;
    let entities = Entities::from_entities(entities, None)
        .map_err(|_| Answer::Unspeakable("the entities do not fit together"))?;
    Ok((request, entities))
}

type Tags = Vec<(String, RestrictedExpression)>;

fn principal(
    words: &Vocabulary,
    slice: &Slice,
    caller: &Caller,
) -> Result<(EntityUid, Option<Entity>), Answer> {
    let Caller::Verified(principal) = caller else {
        return Ok((words.anonymous.clone(), None));
    };
    let (kind, name) = match &principal.kind {
        PrincipalKind::Token | PrincipalKind::ApiKey => (&words.user, None),
        PrincipalKind::Partner(name) => (&words.partner, Some(name)),
    };
    let id = uid(kind, principal.id.as_str());
    let mut attributes = vec![("id".to_owned(), text(principal.id.as_str()))];
    attributes.extend(name.map(|name| ("name".to_owned(), text(name))));
    if slice.chosen.reads.claim_set {
        // A name with `=` could pass for another claim.
        let plain = principal.claims.iter().filter(|(name, _)| !name.contains('='));
        let claims = plain.map(|(name, value)| text(&format!("{name}={value}")));
        attributes.push(("claims".to_owned(), RestrictedExpression::new_set(claims)));
    }
    let claims = slice
        .chosen
        .reads
        .claims
        .iter()
        .filter_map(|name| principal.claims.single(name).map(|value| (name.to_string(), text(value))));
    let roles = principal.roles.iter().map(|role| uid(&words.role, role.as_str()));
    let entity = Entity::new_with_tags(id.clone(), attributes, roles, claims)
        .map_err(|_| Answer::Unspeakable("the principal does not fit the schema"))?;
    Ok((id, Some(entity)))
}

fn resource(
    words: &Vocabulary,
    door: &Door,
    slice: &Slice,
    facts: &RequestFacts<'_>,
) -> Result<(EntityUid, Option<Entity>), Answer> {
    let endpoint: &Endpoint = door.named.as_ref().map_or(facts.endpoint, |(_, endpoint)| endpoint);
    let here = uid(&words.endpoint, &endpoint.to_string());
    let of_this_request;
    let object = match &door.named {
        Some(_) => door.object.as_ref(),
        None => {
            of_this_request = super::schema::object_parameter(facts.endpoint);
            of_this_request.as_ref()
        }
    };
    let mut attributes = Vec::new();
    let (id, parents) = match object {
        None => (here, Vec::new()),
        Some((kind, parameter)) => {
            let name = AttributeName::path(parameter);
            let value = match attribute(door, facts, &name) {
                Attribute::Text(value) => value,
                // `{*rest}` may match nothing; any other parameter that is not there is a fault.
                Attribute::Missing
                    if endpoint.template().as_str().ends_with(&format!("{{*{parameter}}}")) =>
                {
                    "".into()
                }
                Attribute::Missing | Attribute::Null | Attribute::Unusable => {
                    return Err(Answer::Unreadable(name));
                }
            };
            attributes.push(("kind".to_owned(), text(kind)));
            attributes.push(("id".to_owned(), text(&value)));
            (uid(&words.object, &format!("{kind}/{value}")), vec![here])
        }
    };
    if !slice.chosen.reads.resource_entity {
        return Ok((id, None));
    }
    attributes.push(("method".to_owned(), text(endpoint.method().as_str())));
    attributes.push(("template".to_owned(), text(endpoint.template().as_str())));
    attributes.push(("path".to_owned(), text(facts.path)));
    attributes.push(("declared".to_owned(), RestrictedExpression::new_bool(door.declared)));
    let entity = Entity::new_with_tags(id.clone(), attributes, parents, [])
        .map_err(|_| Answer::Unspeakable("the resource does not fit the schema"))?;
    Ok((id, Some(entity)))
}

/// Looks up an attribute. A door that was found by its shape may call its path parameters otherwise
/// than the router does: what a patch calls `path.n` is then the parameter at the same place.
fn attribute<'f>(door: &Door, facts: &RequestFacts<'f>, name: &AttributeName) -> Attribute<'f> {
    let renamed = match &door.named {
        Some((_, written)) if name.place() == AttributePlace::Path && written != facts.endpoint => {
            let place = parameters(written).position(|parameter| *parameter == *name.name());
            place.and_then(|place| parameters(facts.endpoint).nth(place))
        }
        Some(_) | None => None,
    };
    match renamed {
        Some(parameter) => (facts.attribute)(&AttributeName::path(&parameter)),
        None => (facts.attribute)(name),
    }
}

fn parameters(endpoint: &Endpoint) -> impl Iterator<Item = Arc<str>> {
    endpoint.template().segments().filter_map(|segment| match segment {
        Segment::Literal(_) => None,
        Segment::Parameter(name) | Segment::Rest(name) => Some(name),
    })
}

fn texts(door: &Door, facts: &RequestFacts<'_>, names: &BTreeSet<AttributeName>) -> Result<Tags, Answer> {
    let mut tags = Vec::with_capacity(names.len());
    for name in names {
        match attribute(door, facts, name) {
            Attribute::Missing | Attribute::Null => {}
            Attribute::Text(value) => tags.push((name.to_string(), text(&value))),
            Attribute::Unusable => return Err(Answer::Unreadable(name.clone())),
        }
    }
    Ok(tags)
}

fn numbers(door: &Door, facts: &RequestFacts<'_>, names: &BTreeSet<AttributeName>) -> Result<Tags, Answer> {
    let mut tags = Vec::with_capacity(names.len());
    for name in names {
        let number = match attribute(door, facts, name) {
            Attribute::Missing | Attribute::Null => continue,
            Attribute::Text(value) => whole_number(&value),
            Attribute::Unusable => None,
        };
        let number = number.ok_or_else(|| Answer::Unreadable(name.clone()))?;
        tags.push((name.to_string(), RestrictedExpression::new_long(number)));
    }
    Ok(tags)
}

/// A whole number of 64 bits in its only spelling: no sign but `-`, no leading zero, no space.
fn whole_number(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|number| number.to_string() == text)
}

fn tagged(id: &EntityUid, tags: Tags) -> Result<Entity, Answer> {
    Entity::new_with_tags(id.clone(), [], [], tags)
        .map_err(|_| Answer::Unspeakable("an attribute does not fit the schema"))
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(whole_number("100"), Some(100));
        assert_eq!(whole_number("-7"), Some(-7));
        assert_eq!(whole_number("0"), Some(0));
        for text in ["", "+1", "007", "-0", " 1", "1.0", "1e3", "1_000", "9223372036854775808", "١"] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }
}
