//! What to do about a report: pages for people first, then what acts.
//!
//! Every function here is pure: from the claims of a report ([`intel::Intel`]) to the bytes of one file of
//! `tidegate intel REPORT -o DIR`. What the report says is hostile: it enters a page as text, and nothing
//! else. Nothing here reads a report, opens a file, knows the time, or acts.

pub mod errata;
mod evidence;
pub mod page;
pub mod timeline;

use intel::Intel;

/// A report, understood, with what is not in its text.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// What it is called: for people, never a path to open.
    pub name: &'r str,
    /// Its bytes, which all spans point into.
    pub bytes: &'r [u8],
    /// What it says.
    pub intel: &'r Intel,
    /// The day of publication (`2031-05-17`): the report's own, else what was said beside it.
    pub published: Option<&'r str>,
}

impl<'r> Report<'r> {
    /// The report called `name`; `published` counts where it does not say its day itself.
    #[must_use]
    pub fn new(name: &'r str, bytes: &'r [u8], intel: &'r Intel, published: Option<&'r str>) -> Self {
        let own = intel.published.as_deref().filter(|day| is_day(day));
        Self { name, bytes, intel, published: own.or(published) }
    }
}

/// Whether `text` has the form of a whole day, `2031-05-17`.
fn is_day(text: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split('-');
    let whole = |part: Option<&str>, count| part.is_some_and(|part| digits(part, count));
    whole(parts.next(), 4) && whole(parts.next(), 2) && whole(parts.next(), 2) && parts.next().is_none()
}
