//! A check's page, taken at compile time from the head of its own file.

/// The text of a file's `//!` lines, without the marks.
macro_rules! page {
    ($file:literal) => {{
        const SOURCE: &str = include_str!($file);
        const BYTES: [u8; $crate::catalogue::page::length(SOURCE)] = $crate::catalogue::page::text(SOURCE);
        match ::core::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => "",
        }
    }};
}
pub(crate) use page;

/// How many bytes the page has.
pub(crate) const fn length(source: &str) -> usize {
    walk(source.as_bytes(), &mut []).0
}

/// The page. `N` is its [`length`].
pub(crate) const fn text<const N: usize>(source: &str) -> [u8; N] {
    let mut page = [0; N];
    walk(source.as_bytes(), &mut page);
    page
}

/// Walks over the lines that begin with `//!` and writes what follows to `out`, as far as it reaches.
#[expect(clippy::indexing_slicing, reason = "runs at compile time, where it would be an error of the build")]
const fn walk(source: &[u8], out: &mut [u8]) -> (usize, usize) {
    let (mut at, mut written) = (0, 0);
    while at + 2 < source.len() && source[at] == b'/' && source[at + 1] == b'/' && source[at + 2] == b'!' {
        at += 3;
        if at < source.len() && source[at] == b' ' {
            at += 1;
        }
        while at < source.len() {
            let byte = source[at];
            if written < out.len() {
                out[written] = byte;
            }
            written += 1;
            at += 1;
            if byte == b'\n' {
                break;
            }
        }
    }
    (written, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_the_head_of_its_file_and_nothing_else() {
        let source = "//! # Title\n//!\n//! **Sees** this.\nuse x;\n//! not this\n";
        let page = "# Title\n\n**Sees** this.\n";
        assert_eq!(length(source), page.len());
        assert_eq!(text::<24>(source).as_slice(), page.as_bytes());
        assert_eq!(length("use x;"), 0);
    }
}
