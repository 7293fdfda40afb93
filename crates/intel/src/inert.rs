//! Letters of a report that do something where they are shown.

/// Whether a terminal, an editor or a browser obeys a letter and does not show it: control characters, marks
/// of direction, and what has no width.
#[must_use]
pub fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}
