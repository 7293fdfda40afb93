//! The nearest of several known words, for help lines.

/// The word among `known` that is nearest to `text`, if any is near enough to have been meant.
pub(crate) fn nearest<'k>(text: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(text, word), word))
        .min()
        .filter(|(distance, word)| *distance <= 1 + word.chars().count().max(text.chars().count()) / 3)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_a_stranger_is_not() {
        let known = ["readOrder", "listOrders", "call"];
        assert_eq!(nearest("readOder", known), Some("readOrder"));
        assert_eq!(nearest("deleteEverything", known), None);
    }
}
