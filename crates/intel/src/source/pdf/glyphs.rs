//! Letters by the codes and names that PDF writers use for them (ISO 32000-1, annex D; Adobe Glyph List).

use std::collections::BTreeMap;

/// Windows-1252 from 0x80 on.
const WINDOWS: &str = "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ\u{A0}¡¢£¤¥¦§¨©ª«¬\u{AD}®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ";
/// Mac OS Roman from 0x80 on.
const MAC: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{A0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{F8FF}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// Adobe's standard encoding from 0xA1 on.
const STANDARD: &str =
    "¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\u{FFFD}–†‡·\u{FFFD}¶•‚„”»…‰\u{FFFD}¿\u{FFFD}`´ˆ˜¯˘˙¨\u{FFFD}˚¸\u{FFFD}˝˛ˇ—";

/// Names of letters that are not made of the letter itself.
const NAMES: &str = "exclam ! quotedbl \" numbersign # dollar $ percent % ampersand & quotesingle ' quoteright ’ \
quoteleft ‘ parenleft ( parenright ) asterisk * plus + comma , hyphen - minus − period . slash / zero 0 one 1 two 2 \
three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 colon : semicolon ; less < equal = greater > question ? at @ \
bracketleft [ backslash \\ bracketright ] asciicircum ^ underscore _ grave ` braceleft { bar | braceright } \
asciitilde ~ exclamdown ¡ cent ¢ sterling £ currency ¤ yen ¥ brokenbar ¦ section § dieresis ¨ copyright © \
ordfeminine ª guillemotleft « logicalnot ¬ registered ® macron ¯ degree ° plusminus ± acute ´ mu µ paragraph ¶ \
periodcentered · cedilla ¸ ordmasculine º guillemotright » onequarter ¼ onehalf ½ threequarters ¾ questiondown ¿ \
AE Æ ae æ OE Œ oe œ Eth Ð eth ð Thorn Þ thorn þ germandbls ß multiply × divide ÷ Oslash Ø oslash ø dotlessi ı \
Lslash Ł lslash ł fi fi fl fl ff ff ffi ffi ffl ffl endash – emdash — quotedblleft “ quotedblright ” \
quotesinglbase ‚ quotedblbase „ guilsinglleft ‹ guilsinglright › dagger † daggerdbl ‡ bullet • ellipsis … \
perthousand ‰ florin ƒ fraction ⁄ circumflex ˆ tilde ˜ breve ˘ dotaccent ˙ ring ˚ hungarumlaut ˝ ogonek ˛ caron ˇ \
Euro € trademark ™ sfthyphen - arrowright → arrowleft ← checkmark ✓ lessequal ≤ greaterequal ≥ \
notequal ≠ infinity ∞ approxequal ≈";

/// Accents that names end in: letters, each before itself with the accent.
const ACCENTS: [(&str, &str); 10] = [
    ("acute", "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćNŃnńSŚsśZŹzźLĹlĺRŔrŕ"),
    ("grave", "AÀEÈIÌOÒUÙaàeèiìoòuù"),
    ("circumflex", "AÂEÊIÎOÔUÛaâeêiîoôuû"),
    ("tilde", "AÃNÑOÕaãnñoõ"),
    ("dieresis", "AÄEËIÏOÖUÜYŸaäeëiïoöuüyÿ"),
    ("ring", "AÅUŮaåuů"),
    ("cedilla", "CÇSŞcçsş"),
    ("caron", "CČSŠZŽEĚRŘNŇcčsšzžeěrřnň"),
    ("ogonek", "AĄEĘaąeę"),
    ("macron", "AĀEĒIĪOŌUŪaāeēiīoōuū"),
];

/// Widths of Helvetica from the space to `~`, in thousandths of an em (Adobe's metrics of the 14 fonts).
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Meanings of bytes in the encoding called `name`.
pub(super) fn base(name: &[u8]) -> BTreeMap<u8, String> {
    let mut letters: BTreeMap<u8, String> =
        (b' '..=b'~').map(|byte| (byte, char::from(byte).to_string())).collect();
    let (from, upper) = match name {
        b"MacRomanEncoding" => (0x80, MAC),
        b"StandardEncoding" => {
            letters.insert(b'\'', "’".to_owned());
            letters.insert(b'`', "‘".to_owned());
            (0xA1, STANDARD)
        }
        _ => (0x80, WINDOWS),
    };
    for (byte, letter) in (from..=u8::MAX).zip(upper.chars()) {
        match letter {
            '\u{FFFD}' => {}
            'ﬁ' => drop(letters.insert(byte, "fi".to_owned())),
            'ﬂ' => drop(letters.insert(byte, "fl".to_owned())),
            letter => drop(letters.insert(byte, letter.to_string())),
        }
    }
    letters
}

/// The letter that a name stands for: one of [`NAMES`], `eacute`, `uni20AC`, `u1F600`, the letter itself.
pub(super) fn named(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    // What stands after a dot is a variant of the same letter: `a.sc`.
    let name = name.split('.').next().filter(|name| !name.is_empty())?;
    let mut letters = name.chars();
    let first = letters.next()?;
    if letters.as_str().is_empty() {
        return Some(first.to_string());
    }
    if matches!(name, "space" | "nbspace") {
        return Some(" ".to_owned());
    }
    let mut parts = NAMES.split_ascii_whitespace();
    while let (Some(known), Some(letter)) = (parts.next(), parts.next()) {
        if known == name {
            return Some(letter.to_owned());
        }
    }
    let digits = name.strip_prefix("uni").or_else(|| name.strip_prefix('u')).filter(|rest| rest.len() >= 4);
    if let Some(letter) =
        digits.and_then(|digits| u32::from_str_radix(digits.get(..digits.len().min(6))?, 16).ok())
    {
        return char::from_u32(letter).filter(|letter| !letter.is_control()).map(String::from);
    }
    let (_, pairs) = ACCENTS.iter().find(|(accent, _)| letters.as_str() == *accent)?;
    let mut pairs = pairs.chars();
    while let (Some(plain), Some(accented)) = (pairs.next(), pairs.next()) {
        if plain == first {
            return Some(accented.to_string());
        }
    }
    None
}

/// Widths of the font called `name`, whose widths the file leaves to the reader, in ems, by code.
pub(super) fn widths(name: Option<&[u8]>) -> Vec<(u32, u32, f64)> {
    let is_fixed = name.is_some_and(|name| name.windows(7).any(|part| part == b"Courier"));
    let is_narrow = name.is_some_and(|name| name.windows(5).any(|part| part == b"Times"));
    let width = |helvetica: u16| match (is_fixed, is_narrow) {
        (true, _) => 0.6,
        (_, true) => f64::from(helvetica) * 0.0009,
        _ => f64::from(helvetica) * 0.001,
    };
    (32..).zip(HELVETICA.map(width)).map(|(code, width)| (code, code, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_have_their_letters() {
        for (name, letter) in [
            ("A", Some("A")),
            ("space", Some(" ")),
            ("quoteright", Some("’")),
            ("fi", Some("fi")),
            ("eacute", Some("é")),
            ("uni20AC", Some("€")),
            ("u1F600", Some("\u{1F600}")),
            ("a.sc", Some("a")),
            ("g42", None),
            (".notdef", None),
            ("exclam", Some("!")),
            ("approxequal", Some("≈")),
        ] {
            assert_eq!(named(name.as_bytes()).as_deref(), letter, "{name}");
        }
        for (encoding, code, letter) in [
            ("WinAnsiEncoding", 0x92, "’"),
            ("WinAnsiEncoding", 0xE9, "é"),
            ("MacRomanEncoding", 0x8E, "é"),
            ("MacRomanEncoding", 0xDE, "fi"),
            ("StandardEncoding", 0x27, "’"),
            ("StandardEncoding", 0xAE, "fi"),
            ("StandardEncoding", 0xD0, "—"),
        ] {
            let letters = base(encoding.as_bytes());
            assert_eq!(letters.get(&code).map(String::as_str), Some(letter), "{encoding} {code:x}");
        }
        assert_eq!(WINDOWS.chars().count(), 128);
        assert_eq!(MAC.chars().count(), 128);
    }
}
