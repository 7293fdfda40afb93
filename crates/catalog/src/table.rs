//! Rows of tab-separated cells, as `cargo xtask catalog` writes them.
//!
//! A row that lacks cells has empty ones: the tables are our own, and `tests/tables.rs` holds that
//! none does and that each is sorted as the look-ups need it.

/// The cells of one row, taken one after the other.
pub(crate) struct Cells(std::str::Split<'static, char>);

impl Cells {
    pub(crate) fn next(&mut self) -> &'static str {
        self.0.next().unwrap_or_default()
    }
}

/// Reads every row of a table.
pub(crate) fn rows<Row>(text: &'static str, read: impl FnMut(Cells) -> Row) -> Vec<Row> {
    text.lines().map(|line| Cells(line.split('\t'))).map(read).collect()
}

/// The members of a cell that is a list.
pub(crate) fn list(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split(',').filter(|member| !member.is_empty())
}

/// The row with this key, in a table sorted by it.
pub(crate) fn find<'a, Row, Key: Ord>(
    rows: &'a [Row],
    key: &Key,
    of: impl Fn(&Row) -> Key,
) -> Option<&'a Row> {
    rows.binary_search_by(|row| of(row).cmp(key)).ok().and_then(|at| rows.get(at))
}

/// A number as it is written in an id: digits without sign or leading zero.
pub(crate) fn number(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}
