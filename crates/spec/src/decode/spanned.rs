//! A decoded value that knows its place.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

use crate::tree::Span;

/// A value and its place in the document.
///
/// Decoded by anything but [`crate::decode`], or built in code, its place is not known (line 0).
/// Two of them are equal when their values are.
#[derive(Clone, Debug, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value` at no known place.
    pub fn nowhere(value: T) -> Self {
        Self { value, span: Span::default() }
    }
}

impl<T> From<T> for Spanned<T> {
    fn from(value: T) -> Self {
        Self::nowhere(value)
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// The name by which our deserializer knows that a place is asked for.
pub(super) const NAME: &str = "$spec::Spanned";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct WithPlace<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for WithPlace<T> {
            type Value = Spanned<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, input: D) -> Result<Spanned<T>, D::Error> {
                T::deserialize(input).map(Spanned::nowhere)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Spanned<T>, A::Error> {
                let missing = || serde::de::Error::custom("a value without a place");
                let (start, end, line, column) = parts.next_element()?.ok_or_else(missing)?;
                let value = parts.next_element()?.ok_or_else(missing)?;
                Ok(Spanned { value, span: Span { start, end, line, column } })
            }
        }
        input.deserialize_newtype_struct(NAME, WithPlace(PhantomData))
    }
}
