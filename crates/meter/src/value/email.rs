//! E-mail addresses, alone or within a text.

use std::ops::Range;

use super::set;

/// The addresses within `text`, from left to right.
pub(crate) fn find(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    memchr::memchr_iter(b'@', text).filter_map(move |at| around(text, at))
}

/// The address around the `@` at `at`: a practical part of RFC 5321 and RFC 6531.
///
/// Left out on purpose: quoted local parts, address literals, hosts without a dot; characters that
/// part fields in texts (`=`, `/`, `|`); masked addresses (`a***n@example.com`); asset names (`logo@2x.png`).
fn around(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = text.get(..at)?;
    let after = text.get(at.checked_add(1)?..)?;
    let left = before.iter().rev().take(MOST_LOCAL.saturating_add(1)).take_while(|b| may(LOCAL, **b)).count();
    let mut start = at.checked_sub(left)?;
    if start.checked_sub(1).and_then(|n| before.get(n)).is_some_and(|b| matches!(b, b'*' | b'@')) {
        return None;
    }
    let local = before.get(start..)?;
    if !local.is_ascii() {
        start = start.checked_add(foreign_prefix(local))?;
    }
    let local = before.get(start..)?;
    let trim = local.iter().take_while(|b| matches!(b, b'.' | b'\'' | b'-' | b'+')).count();
    let local = local.get(trim..)?;
    let right = after.iter().take(MOST_DOMAIN).take_while(|b| may(DOMAIN, **b)).count();
    let mut domain = after.get(..right)?;
    while let Some(rest) = domain.strip_suffix(b".").or_else(|| domain.strip_suffix(b"-")) {
        domain = rest;
    }
    if !domain.is_ascii() {
        domain = without_foreign_suffix(domain);
    }
    let fine = (1..=MOST_LOCAL).contains(&local.len())
        && !local.ends_with(b".")
        && is_host(domain)
        && !matches!(local, b"git" | b"svn" | b"hg");
    let end = at.checked_add(1)?.checked_add(domain.len())?;
    fine.then(|| at.saturating_sub(local.len())..end)
}

const MOST_LOCAL: usize = 64;
const MOST_DOMAIN: usize = 253;

const LOCAL: u8 = 1;
const DOMAIN: u8 = 1 << 1;

/// Which bytes may stand before and behind the `@`.
const PARTS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u8;
    loop {
        let parts = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | 0x80..=0xff => LOCAL | DOMAIN,
            b'_' | b'+' | b'\'' => LOCAL,
            _ => 0,
        };
        set(&mut table, byte, parts);
        if byte == u8::MAX {
            break table;
        }
        byte = byte.saturating_add(1);
    }
};

#[inline]
fn may(part: u8, byte: u8) -> bool {
    PARTS.get(usize::from(byte)).copied().unwrap_or(0) & part != 0
}

/// Bytes of a script without spaces (three and four bytes each) that run into the address: `邮箱ann@x.com`.
fn foreign_prefix(local: &[u8]) -> usize {
    let last = local.iter().rposition(|b| *b >= 0xe0);
    let Some(last) = last else { return 0 };
    let wide = if local.get(last).is_some_and(|b| *b >= 0xf0) { 4_usize } else { 3 };
    let end = last.saturating_add(wide);
    if end < local.len() { end } else { 0 }
}

/// The same on the right: `ann@x.com请`.
fn without_foreign_suffix(domain: &[u8]) -> &[u8] {
    let top = domain.iter().rposition(|b| *b == b'.').map_or(0, |dot| dot.saturating_add(1));
    let label = domain.get(top..).unwrap_or_default();
    if label.first().is_none_or(|b| *b >= 0x80) {
        return domain;
    }
    match label.iter().position(|b| *b >= 0x80) {
        Some(foreign) => domain.get(..top.saturating_add(foreign)).unwrap_or(domain),
        None => domain,
    }
}

fn is_host(domain: &[u8]) -> bool {
    if domain.len() < 4 || domain.len() > MOST_DOMAIN {
        return false;
    }
    let mut labels = 0_usize;
    let mut top: &[u8] = &[];
    for label in domain.split(|b| *b == b'.') {
        if label.is_empty() || label.len() > 63 || label.starts_with(b"-") || label.ends_with(b"-") {
            return false;
        }
        labels = labels.saturating_add(1);
        top = label;
    }
    let is_top = top.len() >= 2
        && (top.iter().all(|b| b.is_ascii_alphabetic() || *b >= 0x80) || top.starts_with(b"xn--"))
        && !is_file_ending(top);
    labels >= 2 && is_top
}

fn is_file_ending(top: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 17] = [
        b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"avif", b"css", b"js", b"mjs", b"json", b"html",
        b"xml", b"woff", b"ttf", b"pdf", b"ico",
    ];
    // The endings of most addresses begin with none of these letters.
    let likely = top.first().is_some_and(|b| b"pjgswacmhxtiPJGSWACMHXTI".contains(b));
    likely && top != b"com" && ENDINGS.iter().any(|ending| top.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text.as_bytes()).map(|range| text.get(range).unwrap()).collect()
    }

    #[test]
    fn an_address_is_found_alone_and_in_texts() {
        for (text, expected) in [
            ("ann@example.com", &["ann@example.com"][..]),
            ("Ann <ann.o'brien+shop@mail.example.co.uk>, call her", &["ann.o'brien+shop@mail.example.co.uk"]),
            ("mailto:a@b.de?subject=x@y.de", &["a@b.de", "x@y.de"]),
            ("write to ann@example.com.", &["ann@example.com"]),
            ("jürgen@exämple.de", &["jürgen@exämple.de"]),
            ("ann@xn--exmple-cua.de", &["ann@xn--exmple-cua.de"]),
            ("邮箱ann@x.com请", &["ann@x.com"]),
            ("?email=ann@x.com&n=1", &["ann@x.com"]),
            ("a@b.de;c@d.fr", &["a@b.de", "c@d.fr"]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        for text in [
            "@ann",
            "ann@",
            "ann@localhost",
            "logo@2x.png",
            "react@18.2.0",
            "@scope/pkg@1.2.3",
            "a***@example.com",
            "a***n@example.com",
            "x@.de",
            "x@a..de",
            "x@-a.de",
            "git@github.com:me/repo",
            "a@b.c",
            "ann@@example.com",
            "",
            "12:30@1.5",
            ".@x.de",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert!(found(&long).is_empty());
    }
}
