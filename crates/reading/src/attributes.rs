//! What a request says, as flat names and texts: the raw material of object references, policy
//! attributes and look-ups.
//!
//! One pass over path parameters, query and a buffered JSON or form body. Names are dotted
//! (`customer.id`); elements of an array share the array's name. At most [`MOST`] attributes and
//! [`DEPTH`] levels are read: beyond that `complete` is false, and a policy that reads the body must
//! not permit on what it cannot see.

use std::borrow::Cow;

use domain::ObjectRefPlace;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Most attributes that are read from one request.
pub const MOST: usize = 1024;
/// Most levels of nesting that are read in a body.
pub const DEPTH: usize = 32;

/// One flat fact of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute<'r> {
    /// Where it stood.
    pub place: ObjectRefPlace,
    /// Its dotted name, without place.
    pub name: Cow<'r, str>,
    /// Its value.
    pub value: AttributeValue<'r>,
}

/// The value of an attribute, by the written rule of DESIGN.md section 5.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue<'r> {
    /// A string, or a whole number in decimal, or `true` / `false`.
    Text(Cow<'r, str>),
    /// Null.
    Null,
    /// A fractional number: it is there, and it equals nothing.
    Unusable,
    /// An object or a list; what is in it follows under names of its own.
    Composite,
}

impl AttributeValue<'_> {
    /// The text, where there is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Unusable | Self::Composite => None,
        }
    }
}

/// The attributes of one request in the order they stood.
#[derive(Debug, Default)]
pub struct Attributes<'r> {
    list: Vec<Attribute<'r>>,
    complete: bool,
}

impl<'r> Attributes<'r> {
    /// No attributes yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new(), complete: true }
    }

    /// The same attributes, owning their texts.
    #[must_use]
    pub fn to_owned(&self) -> Attributes<'static> {
        let list = self.list.iter().map(|attribute| Attribute {
            place: attribute.place,
            name: Cow::Owned(attribute.name.clone().into_owned()),
            value: match &attribute.value {
                AttributeValue::Text(text) => AttributeValue::Text(Cow::Owned(text.clone().into_owned())),
                AttributeValue::Null => AttributeValue::Null,
                AttributeValue::Unusable => AttributeValue::Unusable,
                AttributeValue::Composite => AttributeValue::Composite,
            },
        });
        Attributes { list: list.collect(), complete: self.complete }
    }

    /// All attributes.
    #[must_use]
    pub fn list(&self) -> &[Attribute<'r>] {
        &self.list
    }

    /// Whether everything that the request said was read.
    #[must_use]
    pub const fn complete(&self) -> bool {
        self.complete
    }

    /// Adds one.
    pub fn push(&mut self, place: ObjectRefPlace, name: impl Into<Cow<'r, str>>, value: AttributeValue<'r>) {
        if self.list.len() < MOST {
            self.list.push(Attribute { place, name: name.into(), value });
        } else {
            self.complete = false;
        }
    }

    /// Adds names and values of a query, decoded.
    pub fn query<'q: 'r>(&mut self, pairs: impl Iterator<Item = (&'q str, &'q str)>) {
        for (name, value) in pairs {
            self.push(ObjectRefPlace::Query, name, AttributeValue::Text(value.into()));
        }
    }

    /// Adds the fields of a form. One that has no single reading adds none.
    pub fn form(&mut self, body: &[u8]) {
        for (name, value) in crate::form::decode(body).unwrap_or_default() {
            self.push(ObjectRefPlace::Form, name, AttributeValue::Text(value.into()));
        }
    }

    /// Adds every field of a JSON body, and the literals of GraphQL documents in it.
    pub fn json_and_graphql(&mut self, body: &'r [u8]) {
        self.json(body);
        let documents: Vec<String> = self
            .list()
            .iter()
            .filter(|attribute| attribute.place == ObjectRefPlace::Body && attribute.name == "query")
            .filter_map(|attribute| attribute.value.text().map(str::to_owned))
            .collect();
        documents.iter().for_each(|document| self.graphql(document));
    }

    /// Adds the literals of a GraphQL document.
    pub fn graphql(&mut self, document: &str) {
        crate::graphql::arguments(document, self);
    }

    /// Adds every field of a JSON body. A body that is no JSON leaves `complete` false.
    pub fn json(&mut self, body: &'r [u8]) {
        let mut reader = serde_json::Deserializer::from_slice(body);
        let mut name = String::new();
        let seed = Flatten { into: self, name: &mut name, depth: 0 };
        let read = seed.deserialize(&mut reader).and_then(|()| reader.end());
        if read.is_err() {
            self.complete = false;
        }
    }
}

/// Walks a JSON value and adds its scalars under dotted names.
struct Flatten<'w, 'r> {
    into: &'w mut Attributes<'r>,
    name: &'w mut String,
    depth: usize,
}

impl Flatten<'_, '_> {
    fn add(self, value: AttributeValue<'static>) {
        let name = Cow::Owned(self.name.clone());
        self.into.push(ObjectRefPlace::Body, name, value);
    }
}

impl<'de, 'r> DeserializeSeed<'de> for Flatten<'_, 'r> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de, 'r> Visitor<'de> for Flatten<'_, 'r> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.add(AttributeValue::Text(Cow::Borrowed(if value { "true" } else { "false" })));
        Ok(())
    }
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.add(AttributeValue::Text(Cow::Owned(value.to_string())));
        Ok(())
    }
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.add(AttributeValue::Text(Cow::Owned(value.to_string())));
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.add(AttributeValue::Unusable);
        Ok(())
    }
    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.add(AttributeValue::Text(Cow::Owned(value.to_owned())));
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.add(AttributeValue::Null);
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.depth >= DEPTH {
            self.into.complete = false;
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let (into, name, depth) = (self.into, self.name, self.depth + 1);
        into.push(ObjectRefPlace::Body, Cow::Owned(name.clone()), AttributeValue::Composite);
        while items.next_element_seed(Flatten { into: &mut *into, name: &mut *name, depth })?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        if self.depth >= DEPTH {
            self.into.complete = false;
            while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let (into, name, depth) = (self.into, self.name, self.depth + 1);
        into.push(ObjectRefPlace::Body, Cow::Owned(name.clone()), AttributeValue::Composite);
        while let Some(key) = fields.next_key::<Cow<'de, str>>()? {
            let before = name.len();
            if before > 0 {
                name.push('.');
            }
            name.extend(key.chars().take(128));
            fields.next_value_seed(Flatten { into: &mut *into, name: &mut *name, depth })?;
            name.truncate(before);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(body: &str) -> (String, bool) {
        let mut attributes = Attributes::new();
        attributes.json(body.as_bytes());
        let shown: Vec<String> = attributes
            .list()
            .iter()
            .filter(|attribute| attribute.value != AttributeValue::Composite)
            .map(|attribute| format!("{}={}", attribute.name, attribute.value.text().unwrap_or("?")))
            .collect();
        (shown.join(" "), attributes.complete())
    }

    #[test]
    fn a_body_becomes_dotted_names_and_texts() {
        for (body, expected) in [
            (r#"{"page":3,"size":10}"#, "page=3 size=10"),
            (
                r#"{"customer":{"id":"c1","tags":["a","b"]}}"#,
                "customer.id=c1 customer.tags=a customer.tags=b",
            ),
            (
                r#"{"ids":[1,2,3],"on":true,"none":null,"price":1.5}"#,
                "ids=1 ids=2 ids=3 on=true none=? price=?",
            ),
            (r#"[{"id":1},{"id":2}]"#, "id=1 id=2"),
            (r#""just text""#, "=just text"),
        ] {
            assert_eq!(flat(body), (expected.to_owned(), true));
        }
    }

    #[test]
    fn what_cannot_be_read_whole_says_so() {
        let many = format!("[{}1]", "1,".repeat(MOST));
        let deep = format!("{}1{}", "[".repeat(60), "]".repeat(60));
        for body in ["{", "{\"a\":1} x", many.as_str(), deep.as_str(), ""] {
            assert!(!flat(body).1, "{}", body.chars().take(20).collect::<String>());
        }
    }
}
