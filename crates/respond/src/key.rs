//! Keys of endpoints and upstreams as they are kept and shown: 16 hexadecimal digits. They are numbers above
//! 2^53, which many readers of JSON do not hold. As numbers they are read too: so they were kept before.

use std::fmt;

use serde::{Deserialize, Deserializer, Serializer, de};

struct Key;

impl de::Visitor<'_> for Key {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("16 hexadecimal digits")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        let digits = Some(text).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        number.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
pub(crate) fn serialize<S: Serializer>(key: &u64, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(&format_args!("{key:016x}"))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u64, D::Error> {
    input.deserialize_any(Key)
}

/// The same of a key that may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    struct Held(#[serde(with = "super")] u64);

    #[expect(clippy::ref_option, reason = "as serde calls it")]
    pub(crate) fn serialize<S: Serializer>(key: &Option<u64>, out: S) -> Result<S::Ok, S::Error> {
        match key {
            Some(key) => super::serialize(key, out),
            None => out.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<u64>, D::Error> {
        Ok(Option::<Held>::deserialize(input)?.map(|Held(key)| key))
    }
}

#[cfg(test)]
mod tests {
    use crate::target::{Target, What};

    #[test]
    fn a_key_is_written_as_hexadecimal_digits_and_read_as_a_number_too() {
        let target = Target::Endpoint(u64::MAX - 1);
        let text = serde_json::to_string(&target).unwrap();
        assert_eq!(text, r#"{"endpoint":"fffffffffffffffe"}"#);
        assert_eq!(serde_json::from_str::<Target>(&text).unwrap(), target);
        let before = r#"{"endpoint":18446744073709551614}"#;
        assert_eq!(serde_json::from_str::<Target>(before).unwrap(), target);

        let party = "{\"network\":\"192.0.2.7/32\"}";
        for (door, expected) in [("null", None), ("17", Some(17)), (r#""0000000000000011""#, Some(17))] {
            let text = format!(r#"{{"source":{{"party":{party},"door":{door},"what":"any"}}}}"#);
            let read = serde_json::from_str::<Target>(&text).unwrap();
            assert!(
                matches!(read, Target::Source { door, what: What::Any, .. } if door == expected),
                "{text}"
            );
        }
        assert!(serde_json::from_str::<Target>(r#"{"endpoint":"GET /"}"#).is_err());
    }
}
