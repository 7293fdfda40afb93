//! What a policy looks at, read from its syntax tree.
//!
//! Three things hang on it: only attributes that a policy reads are looked up; an attribute that is
//! there but is no one text refuses the request when a policy reads it; and an answer that depends
//! on nothing but the principal is cached. So the names of tags must be written out, and context is
//! read attribute by attribute: whatever else would load could read more than is known here.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::pst::{BinaryOp, Clause, EntityOrSlot, Expr, Literal, ResourceConstraint, Template, Var};

use super::facts::{AttributeName, AttributeNameError};

/// What one policy, or several, look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Attributes read as text.
    pub texts: BTreeSet<AttributeName>,
    /// Attributes read as a whole number.
    pub numbers: BTreeSet<AttributeName>,
    /// Claims read by name.
    pub claims: BTreeSet<Arc<str>>,
    /// `principal.claims`
    pub claim_set: bool,
    /// `context.client`
    pub client: bool,
    /// `context.time`
    pub time: bool,
    /// `context.method`
    pub method: bool,
    /// The resource beyond what is the same for every request of the operation.
    pub resource: bool,
    /// The resource in any way that needs it in the entity store.
    pub resource_entity: bool,
}

impl Reads {
    /// Whether the answer is the same for every request of the same principal on the same operation.
    pub(super) fn only_the_principal(&self) -> bool {
        let Self {
            texts,
            numbers,
            claims: _,
            claim_set: _,
            client,
            time,
            method,
            resource,
            resource_entity: _,
        } = self;
        texts.is_empty() && numbers.is_empty() && !(*client || *time || *method || *resource)
    }

    /// Every attribute that is read, as text or as number.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &AttributeName> {
        self.texts.union(&self.numbers)
    }

    pub(super) fn extend(&mut self, more: &Self) {
        self.texts.extend(more.texts.iter().cloned());
        self.numbers.extend(more.numbers.iter().cloned());
        self.claims.extend(more.claims.iter().cloned());
        self.claim_set |= more.claim_set;
        self.client |= more.client;
        self.time |= more.time;
        self.method |= more.method;
        self.resource |= more.resource;
        self.resource_entity |= more.resource_entity;
    }

    /// What `policy` looks at, and what it does that hides what it looks at.
    pub(super) fn of(policy: &Template) -> (Self, Vec<Hidden>) {
        let touches = policy.clauses().iter().flat_map(|clause| match clause {
            Clause::When(condition) | Clause::Unless(condition) => touches(condition),
        });
        let (mut reads, mut hidden) = (Self::default(), Vec::new());
        for touch in touches {
            reads.touched(touch, &mut hidden);
        }
        reads.resource |= match &policy.resource {
            ResourceConstraint::Any | ResourceConstraint::Is(_) => false,
            ResourceConstraint::Eq(named)
            | ResourceConstraint::In(named)
            | ResourceConstraint::IsIn(_, named) => names_object(named),
        };
        reads.resource_entity |= match &policy.resource {
            ResourceConstraint::Any | ResourceConstraint::Is(_) | ResourceConstraint::Eq(_) => false,
            ResourceConstraint::In(_) | ResourceConstraint::IsIn(..) => true,
        };
        (reads, hidden)
    }

    fn touched(&mut self, touch: Touch, hidden: &mut Vec<Hidden>) {
        match touch {
            Touch::Text(name) => match name.parse() {
                Ok(name) => drop(self.texts.insert(name)),
                Err(error) => hidden.push(Hidden::Name(name, error)),
            },
            Touch::Number(name) => match name.parse() {
                Ok(name) => drop(self.numbers.insert(name)),
                Err(error) => hidden.push(Hidden::Name(name, error)),
            },
            Touch::Claim(name) => drop(self.claims.insert(name.into())),
            Touch::Context(attribute) => match attribute.as_str() {
                "client" => self.client = true,
                "time" => self.time = true,
                "method" => self.method = true,
                "request" | "numbers" => hidden.push(Hidden::BareEntity(attribute)),
                _ => {}
            },
            Touch::WholeContext => hidden.push(Hidden::WholeContext),
            Touch::ComputedTag => hidden.push(Hidden::ComputedTag),
            Touch::ForeignTag => hidden.push(Hidden::ForeignTag),
            Touch::Resource => (self.resource, self.resource_entity) = (true, true),
            Touch::ResourceSame => self.resource_entity = true,
            Touch::ClaimSet => self.claim_set = true,
        }
    }
}

/// What keeps us from knowing what a policy reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// A tag that names no attribute.
    Name(String, AttributeNameError),
    /// `context.request` other than as receiver of `hasTag` or `getTag`.
    BareEntity(String),
    /// `context` other than `context.NAME`.
    WholeContext,
    /// A tag whose name is computed.
    ComputedTag,
    /// A tag of something else than `principal`, `context.request`, `context.numbers`.
    ForeignTag,
}

/// One look of a condition at the request.
#[derive(Clone)]
enum Touch {
    Text(String),
    Number(String),
    Claim(String),
    ClaimSet,
    Context(String),
    WholeContext,
    ComputedTag,
    ForeignTag,
    Resource,
    /// An attribute of the resource that is the same for every request of the operation.
    ResourceSame,
}

fn touches(condition: &Expr) -> Vec<Touch> {
    condition.reduce(
        &|expr| match expr {
            Expr::BinaryOp { op: BinaryOp::HasTag | BinaryOp::GetTag, left, right } => {
                let Expr::Literal(Literal::String(tag)) = &**right else {
                    return Some(vec![Touch::ComputedTag]);
                };
                let tag = tag.to_string();
                Some(vec![match &**left {
                    Expr::Var(Var::Principal) => Touch::Claim(tag),
                    Expr::GetAttr { expr, attr } if matches!(**expr, Expr::Var(Var::Context)) => {
                        match attr.as_str() {
                            "request" => Touch::Text(tag),
                            "numbers" => Touch::Number(tag),
                            _ => Touch::ForeignTag,
                        }
                    }
                    _ => Touch::ForeignTag,
                }])
            }
            Expr::GetAttr { expr, attr } => match &**expr {
                Expr::Var(Var::Context) => Some(vec![Touch::Context(attr.to_string())]),
                Expr::Var(Var::Resource) => {
                    let same = matches!(attr.as_str(), "method" | "template" | "declared" | "kind");
                    Some(vec![if same { Touch::ResourceSame } else { Touch::Resource }])
                }
                Expr::Var(Var::Principal) => {
                    Some(if attr == "claims" { vec![Touch::ClaimSet] } else { Vec::new() })
                }
                _ => None,
            },
            // Where only the principal's identity, type or roles are asked, its claims are not read.
            Expr::BinaryOp { op: BinaryOp::In | BinaryOp::Eq | BinaryOp::NotEq, left, right }
                if matches!(**left, Expr::Var(Var::Principal)) =>
            {
                Some(touches(right))
            }
            Expr::Is { expr, in_expr, .. } if matches!(**expr, Expr::Var(Var::Principal)) => {
                Some(in_expr.as_deref().map_or_else(Vec::new, touches))
            }
            Expr::Var(Var::Principal) => Some(vec![Touch::ClaimSet]),
            Expr::Var(Var::Context) => Some(vec![Touch::WholeContext]),
            Expr::Var(Var::Resource) => Some(vec![Touch::Resource]),
            Expr::HasAttr { expr, attrs } if matches!(**expr, Expr::Var(Var::Principal)) => {
                let claims = attrs.iter().any(|attr| attr == "claims");
                Some(if claims { vec![Touch::ClaimSet] } else { Vec::new() })
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

fn names_object(named: &EntityOrSlot) -> bool {
    match named {
        EntityOrSlot::Entity(uid) => uid.ty.to_string() != "Endpoint",
        EntityOrSlot::Slot(_) => true,
    }
}
