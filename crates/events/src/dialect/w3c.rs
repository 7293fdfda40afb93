//! The W3C extended log format as far as IIS and CloudFront share it: directives behind `#`, and a
//! header that names the columns of the rows below it, until the next.

use crate::table::{self, Column, MOST_COLUMNS, of_w3c};
use crate::{Event, Reject, Text};

use super::Memory;

/// Reads a directive or a row.
pub(super) fn read<'l>(
    line: &'l [u8],
    memory: &mut Memory,
    form: &Form,
    each: &mut dyn FnMut(Event<'l>),
) -> Result<(), Reject> {
    if let Some(directive) = line.strip_prefix(b"#") {
        if let Some(names) = directive.strip_prefix(b"Fields:") {
            memory.columns = columns(names, form);
        }
        return Ok(());
    }
    if memory.columns.is_empty() {
        memory.columns = columns(form.usual.as_bytes(), form);
    }
    let event = table::separated(line, form.separator, &memory.columns, form.text)?;
    // Any line with as many spaces has as many cells.
    if event.at.is_none() && event.client.is_none() {
        return Err(Reject::Shape);
    }
    each(event);
    Ok(())
}

fn columns(names: &[u8], form: &Form) -> Vec<Column> {
    let names = names.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty());
    names.take(MOST_COLUMNS).map(|name| of_w3c(name, form.seconds)).collect()
}

/// What a product makes of the format.
pub(super) struct Form {
    /// What stands between cells.
    pub separator: u8,
    /// Whether `time-taken` counts seconds, or milliseconds.
    pub seconds: bool,
    /// The columns that the product writes unless told otherwise, for a file that was cut at its head.
    pub usual: &'static str,
    /// The text of a cell.
    pub text: for<'l> fn(&'l [u8], Column) -> Option<Text<'l>>,
}
