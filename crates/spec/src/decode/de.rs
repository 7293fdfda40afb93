//! The serde `Deserializer` over a node.

use serde::de::value::{StrDeserializer, U32Deserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use crate::decode::State;
use crate::decode::error::{Error, mismatch};
use crate::decode::spanned;
use crate::tree::{Entry, Node, Span, Value};

/// A node, and the key that it stands under.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) node: &'t Node,
    pub(super) key: Option<Span>,
    pub(super) state: &'t State,
}

impl<'t> Place<'t> {
    /// What to underline where the whole mapping is at fault: its key rather than all its lines.
    fn name(&self) -> Span {
        self.key.unwrap_or_else(|| {
            let first = self.node.entries().next().map(|(key, _)| key.span);
            first.unwrap_or(self.node.span)
        })
    }

    fn wrong_type(&self, wanted: &str) -> Error {
        let found = match &self.node.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Integer(number) => format!("the number `{number}`"),
            Value::Float(number) => format!("the number `{number}`"),
            Value::Text(text) => format!("text `{}`", text.chars().take(60).collect::<String>()),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        };
        let at = match &self.node.value {
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => self.name(),
            _ => self.node.span,
        };
        mismatch(&found, wanted).or_at(at)
    }

    fn entries(&self) -> Option<&'t [Entry]> {
        match &self.node.value {
            Value::Mapping(mapping) => Some(mapping.entries()),
            Value::Null => Some(&[]),
            _ => None,
        }
    }

    fn items(&self) -> Option<&'t [Node]> {
        match &self.node.value {
            Value::Sequence(items) => Some(items),
            Value::Null => Some(&[]),
            _ => None,
        }
    }

    fn map<V: Visitor<'t>>(
        self,
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries = self.entries().ok_or_else(|| self.wrong_type("a mapping"))?;
        visitor
            .visit_map(Entries { rest: entries.iter(), value: None, fields, place: self })
            .map_err(|error| error.or_at(self.name()).or_within(self.node.span))
    }

    fn integer<T: TryFrom<i64>>(&self, wanted: &str) -> Result<T, Error> {
        match self.node.value {
            Value::Integer(number) => T::try_from(number).map_err(|_| self.wrong_type(wanted)),
            _ => Err(self.wrong_type(wanted)),
        }
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty, $wanted:literal;)*) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
            let number: $type = self.integer($wanted)?;
            visitor.$visit(number).map_err(|error: Error| error.or_at(self.node.span))
        }
    )*};
}

impl<'t> Deserializer<'t> for Place<'t> {
    type Error = Error;

    integers! {
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64, "a whole number of at least 0";
        deserialize_i8 visit_i8 i8, "a whole number from -128 to 127";
        deserialize_i16 visit_i16 i16, "a whole number from -32768 to 32767";
        deserialize_i32 visit_i32 i32, "a whole number from -2147483648 to 2147483647";
        deserialize_i64 visit_i64 i64, "a whole number";
    }

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        let at = self.node.span;
        let visited = match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Sequence(_) => return self.deserialize_seq(visitor),
            Value::Mapping(_) => return self.map(None, visitor),
        };
        visited.map_err(|error: Error| error.or_at(at))
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.value {
            Value::Bool(value) => visitor.visit_bool(value),
            _ => Err(self.wrong_type("`true` or `false`")),
        }
    }

    fn deserialize_f64<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        let visited = match self.node.value {
            Value::Float(number) => visitor.visit_f64(number),
            Value::Integer(number) => visitor.visit_i64(number),
            _ => return Err(self.wrong_type("a number")),
        };
        visited.map_err(|error: Error| error.or_at(self.node.span))
    }

    fn deserialize_f32<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Text(text) => {
                visitor.visit_borrowed_str(text).map_err(|error: Error| error.or_at(self.node.span))
            }
            _ => Err(self.wrong_type("text")),
        }
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.value {
            Value::Null => visitor.visit_unit(),
            _ => Err(self.wrong_type("nothing")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == spanned::NAME {
            let span = self.node.span;
            let at = if span.end > span.start { span } else { self.key.unwrap_or(span) };
            return visitor.visit_seq(WithPlace { at, value: self, turn: 0 });
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        let items = self.items().ok_or_else(|| self.wrong_type("a list"))?;
        visitor
            .visit_seq(Items { rest: items.iter(), state: self.state })
            .map_err(|error| error.or_at(self.name()))
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.map(None, visitor)
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.map(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let at = self.node.span;
        let choice = match &self.node.value {
            Value::Text(text) => Choice { word: text, at, value: None },
            Value::Mapping(mapping) => match mapping.entries() {
                [Entry { key, value }] => {
                    let value = Some(Place { node: value, key: Some(key.span), state: self.state });
                    Choice { word: &key.text, at: key.span, value }
                }
                _ => return Err(self.one_of(variants)),
            },
            _ => return Err(self.one_of(variants)),
        };
        visitor.visit_enum(choice).map_err(|error: Error| error.or_at(choice.at))
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_bytes<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }
}

impl Place<'_> {
    fn one_of(&self, variants: &[&str]) -> Error {
        let words: Vec<String> = variants.iter().map(|word| format!("`{word}`")).collect();
        self.wrong_type(&format!("one of {}", words.join(", ")))
    }
}

/// The entries of a mapping. Knows which keys the struct has, and tells of others without stopping.
struct Entries<'t> {
    rest: std::slice::Iter<'t, Entry>,
    value: Option<&'t Entry>,
    fields: Option<&'static [&'static str]>,
    place: Place<'t>,
}

impl<'t> MapAccess<'t> for Entries<'t> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        for entry in self.rest.by_ref() {
            if self.place.state.is_left_out(entry.key.span) {
                continue;
            }
            if let Some(fields) = self.fields
                && !fields.contains(&&*entry.key.text)
            {
                let error = Error::unknown_field(&entry.key.text, fields);
                self.place.state.tell(error.into_fault(entry.key.span));
                continue;
            }
            self.value = Some(entry);
            let key: StrDeserializer<'_, Error> = (&*entry.key.text).into_deserializer();
            return seed
                .deserialize(key)
                .map(Some)
                .map_err(|error| error.or_at(entry.key.span).or_part(entry.key.span));
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let entry = self.value.take().ok_or_else(|| Error::custom("a value without a key"))?;
        let place = Place { node: &entry.value, key: Some(entry.key.span), state: self.place.state };
        seed.deserialize(place).map_err(|error| error.or_at(entry.value.span).or_part(entry.key.span))
    }
}

struct Items<'t> {
    rest: std::slice::Iter<'t, Node>,
    state: &'t State,
}

impl<'t> SeqAccess<'t> for Items<'t> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'t>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(node) = self.rest.by_ref().find(|node| !self.state.is_left_out(node.span)) else {
            return Ok(None);
        };
        seed.deserialize(Place { node, key: None, state: self.state })
            .map(Some)
            .map_err(|error| error.or_at(node.span).or_part(node.span))
    }
}

/// A word of an enum, alone or as the only key of a mapping.
#[derive(Clone, Copy)]
struct Choice<'t> {
    word: &'t str,
    at: Span,
    value: Option<Place<'t>>,
}

impl<'t> EnumAccess<'t> for Choice<'t> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let word: StrDeserializer<'_, Error> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'t> Choice<'t> {
    fn content(&self) -> Result<Place<'t>, Error> {
        self.value.ok_or_else(|| {
            Error::new(format!("`{}` needs a value", self.word))
                .help(format!("write `{}:` and its keys or values below", self.word))
        })
    }
}

impl<'t> VariantAccess<'t> for Choice<'t> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.value {
            None => Ok(()),
            Some(place) if place.node.value == Value::Null => Ok(()),
            Some(_) => Err(Error::new(format!("`{}` takes no value", self.word))
                .help(format!("write `{}` alone", self.word))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'t>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.content()?.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content()?.map(Some(fields), visitor)
    }
}

/// What [`spanned::Spanned`] asks for: the place, then the value.
struct WithPlace<'t> {
    at: Span,
    value: Place<'t>,
    turn: u8,
}

impl<'t> SeqAccess<'t> for WithPlace<'t> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'t>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.turn += 1;
        match self.turn {
            1 => {
                let Span { start, end, line, column } = self.at;
                let numbers = [start, end, line, column].into_iter().map(U32Deserializer::new);
                seed.deserialize(serde::de::value::SeqDeserializer::new(numbers)).map(Some)
            }
            2 => seed.deserialize(self.value).map(Some),
            _ => Ok(None),
        }
    }
}
