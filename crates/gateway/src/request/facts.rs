//! From a request to the attributes that policies, limits and records see.

use domain::{Endpoint, Method, ObjectRefPlace};
use http::HeaderMap;
use net::json_check::BodyKind;
use net::target::Target;
use policy::authorize::{Attribute, AttributeName, AttributePlace};
use reading::attributes::{AttributeValue, Attributes};

use crate::rules::Rules;

/// Path parameters and query values of a request to `endpoint`.
pub(crate) fn path_and_query<'r>(
    rules: &'r Rules,
    endpoint: &Endpoint,
    method: &Method,
    target: &'r Target,
    segments: &'r [&'r str],
) -> Attributes<'r> {
    let mut attributes = Attributes::new();
    if let Some((_, found)) = rules.route(method, segments) {
        for parameter in found.parameters {
            attributes.push(ObjectRefPlace::Path, parameter.name, AttributeValue::Text(parameter.value));
        }
    } else {
        let template = endpoint.template().segments();
        for (segment, value) in template.zip(segments) {
            if let domain::Segment::Parameter(name) = segment {
                attributes.push(
                    ObjectRefPlace::Path,
                    name.to_string(),
                    AttributeValue::Text((*value).to_owned().into()),
                );
            }
        }
    }
    attributes.query(target.query());
    attributes
}

/// Fields of a JSON or form body; literals of a GraphQL document in it.
pub(crate) fn body<'r>(kind: BodyKind, bytes: &'r [u8], attributes: &mut Attributes<'r>) {
    match kind {
        BodyKind::Json => attributes.json_and_graphql(bytes),
        BodyKind::Form => attributes.form(bytes),
        BodyKind::Empty | BodyKind::Multipart | BodyKind::Other => {}
    }
}

/// One attribute as policies see it: exactly one text, or not one.
pub(crate) fn attribute<'a>(
    name: &AttributeName,
    attributes: &Attributes<'_>,
    headers: &HeaderMap,
) -> Attribute<'a> {
    if name.place() == AttributePlace::Header {
        let mut values = headers.get_all(name.name()).iter();
        return match (values.next(), values.next()) {
            (None, _) => Attribute::Missing,
            (Some(value), None) => match value.to_str() {
                Ok(text) => Attribute::Text(text.to_owned().into()),
                Err(_) => Attribute::Unusable,
            },
            _ => Attribute::Unusable,
        };
    }
    let wanted = |place: ObjectRefPlace| match name.place() {
        AttributePlace::Path => place == ObjectRefPlace::Path,
        AttributePlace::Query => place == ObjectRefPlace::Query,
        _ => matches!(place, ObjectRefPlace::Body | ObjectRefPlace::Form),
    };
    let mut found =
        attributes.list().iter().filter(|attribute| wanted(attribute.place) && attribute.name == name.name());
    match (found.next(), found.next()) {
        (None, _) if attributes.complete() || name.place() != AttributePlace::Body => Attribute::Missing,
        (Some(one), None) => match &one.value {
            AttributeValue::Text(text) => Attribute::Text(text.clone().into_owned().into()),
            AttributeValue::Null => Attribute::Null,
            AttributeValue::Unusable | AttributeValue::Composite => Attribute::Unusable,
        },
        _ => Attribute::Unusable,
    }
}
