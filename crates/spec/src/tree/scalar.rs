//! What a plain YAML scalar means: the core schema of YAML 1.2 (section 10.3.2).

use crate::tree::Value;

/// The value of a plain scalar. `yes`, `on` and `1_000` are text here, as YAML 1.2 has it.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).unwrap_or_else(|| Value::Text(text.into())),
    }
}

/// The number that `text` spells in YAML's core schema; `None` where it spells none.
pub(super) fn number(text: &str) -> Option<Value> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let negative = text.starts_with('-');
    match unsigned {
        ".inf" | ".Inf" | ".INF" => {
            return Some(Value::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
        }
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(Value::Float(f64::NAN)),
        _ => {}
    }
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !unsigned.is_empty() && digits(unsigned) {
        let parsed = text.strip_prefix('+').unwrap_or(text).parse::<i64>();
        return Some(parsed.map_or_else(|_| Value::Float(text.parse().unwrap_or(f64::NAN)), Value::Integer));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_fine = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fine = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    if !(exponent_fine && mantissa_fine) {
        return None;
    }
    text.parse().ok().map(Value::Float)
}

fn radix(digits: &str, radix: u32) -> Option<Value> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    // Beyond 64 bits it stays text: nothing that we read counts that far in another base than ten.
    i64::from_str_radix(digits, radix).ok().map(Value::Integer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_mean_what_the_core_schema_says() {
        for (text, value) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("True", Value::Bool(true)),
            ("0", Value::Integer(0)),
            ("-12", Value::Integer(-12)),
            ("+12", Value::Integer(12)),
            ("0o14", Value::Integer(12)),
            ("0xC", Value::Integer(12)),
            ("012", Value::Integer(12)),
            ("9223372036854775808", Value::Float(9_223_372_036_854_775_808.0)),
            ("1.5", Value::Float(1.5)),
            (".5", Value::Float(0.5)),
            ("1.", Value::Float(1.0)),
            ("1e3", Value::Float(1000.0)),
            ("-.inf", Value::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
        for text in [
            "yes", "on", "1_000", "1.2.3", ".", "-", "+", "1e", "e3", "0x", "0xg", "--1", "12a", "-.nan",
            "nan", "inf",
        ] {
            assert_eq!(plain(text), Value::Text(text.into()), "{text}");
        }
    }
}
