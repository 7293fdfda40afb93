//! One reading of a request target.
//!
//! A [`Target`] is what the gateway judges *and* what the upstream receives, byte for byte: two
//! spellings of one resource become one text, and a text that has no single reading becomes a
//! [`TargetError`]. What was odd about the spelling stays known as [`Fault`]s, so that enforce mode
//! can refuse it and guard mode can count it to the same endpoint. It decides nothing itself.
//!
//! ```
//! use reading::target::{Fault, Target};
//! let target = Target::parse("/api//%63ustomers/./7?b=x+y").unwrap();
//! assert_eq!(target.path_and_query().as_str(), "/api/customers/7?b=x%20y");
//! assert_eq!(target.segments().as_slice(), ["api", "customers", "7"]);
//! assert!(target.faults().contains(&Fault::EmptySegment));
//! ```

mod fault;
mod path;
mod plain;
mod query;
mod text;

use std::fmt;

use http::Uri;
use http::uri::{Authority, PathAndQuery};
use smallvec::SmallVec;

use self::fault::Faults;
pub use self::fault::{Fault, TargetError};
pub use self::plain::Plain;

/// The canonical form of a request target, and its decoded parts.
///
/// INVARIANT (one reading): reading the canonical form again gives the same form and parts, and no
/// fault but a trailing slash or a duplicate query name; decoding it once or twice, cutting at `;`,
/// joining slashes and resolving dots all leave its segments as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    canonical: PathAndQuery,
    authority: Option<Authority>,
    /// Texts whose canonical form is encoded, decoded, one after the other.
    decoded: String,
    segments: SmallVec<[Part; 8]>,
    query: SmallVec<[Pair; 4]>,
    faults: Faults,
}

/// Where a decoded text stands: in the canonical form itself, or decoded beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    decoded: bool,
    start: u16,
    end: u16,
}

impl Part {
    /// INVARIANT (places fit): a raw target has at most [`Target::MOST_BYTES`], each of which becomes
    /// at most three, and three times 16 KiB is below 64 KiB.
    fn new(decoded: bool, start: usize, end: usize) -> Self {
        let place = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        Self { decoded, start: place(start), end: place(end) }
    }
}

/// One query pair; `assigned` tells `a=` from `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    name: Part,
    value: Part,
    assigned: bool,
}

/// The canonical text while it is written.
#[derive(Default)]
struct Draft {
    text: String,
    decoded: String,
}

impl Draft {
    /// Appends `text`, encoded, and says where its decoded form stands.
    fn push(&mut self, text: &str, plain: &[bool; 256]) -> Part {
        let start = self.text.len();
        text::encode(text, plain, &mut self.text);
        if self.text.len() - start == text.len() {
            return Part::new(false, start, self.text.len());
        }
        let start = self.decoded.len();
        self.decoded.push_str(text);
        Part::new(true, start, self.decoded.len())
    }
}

impl Target {
    /// Longest raw target in bytes.
    pub const MOST_BYTES: usize = 16 * 1024;
    /// Most path segments, as in a path template.
    pub const MOST_SEGMENTS: usize = 64;
    /// Most query pairs.
    pub const MOST_PAIRS: usize = 1024;

    /// Reads the target of a parsed request line: origin-form or absolute-form.
    ///
    /// Allocates nothing when the target is already canonical. A fragment is cut off before we see
    /// it (the `http` crate does); what is judged and forwarded is what remains.
    ///
    /// # Errors
    /// When there is no single reading; see [`TargetError`].
    pub fn read(uri: &Uri) -> Result<Self, TargetError> {
        let authority = match (uri.scheme_str(), uri.authority()) {
            (None, None) => None,
            (Some("http" | "https"), Some(authority)) => Some(authority.clone()),
            _ => return Err(TargetError::Form),
        };
        let given = uri.path_and_query().ok_or(TargetError::Form)?;
        Self::build(given.as_str(), Some(given), authority, Faults::default())
    }

    /// Reads a raw target as it stands on a request line; also sees a fragment.
    ///
    /// # Errors
    /// When there is no single reading; see [`TargetError`].
    pub fn parse(raw: &str) -> Result<Self, TargetError> {
        if raw.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(TargetError::Control);
        }
        let mut faults = Faults::default();
        let raw = match raw.split_once('#') {
            Some((before, _)) => {
                faults.note(Fault::Fragment);
                before
            }
            None => raw,
        };
        if raw.starts_with('/') {
            return Self::build(raw, None, None, faults);
        }
        let scheme_end = raw.find("://").ok_or(TargetError::Form)?;
        let (scheme, rest) = raw.split_at(scheme_end);
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(TargetError::Form);
        }
        let rest = rest.get(3..).unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?', '\\']).unwrap_or(rest.len()));
        let authority = authority.parse::<Authority>().map_err(|_| TargetError::Form)?;
        match path.strip_prefix('?') {
            Some(query) => Self::build(&format!("/?{query}"), None, Some(authority), faults),
            None if path.is_empty() => Self::build("/", None, Some(authority), faults),
            None => Self::build(path, None, Some(authority), faults),
        }
    }

    fn build(
        raw: &str,
        given: Option<&PathAndQuery>,
        authority: Option<Authority>,
        mut faults: Faults,
    ) -> Result<Self, TargetError> {
        if raw.len() > Self::MOST_BYTES {
            return Err(TargetError::TooLong);
        }
        if authority.as_ref().is_some_and(|host| host.as_str().contains('@')) {
            return Err(TargetError::UserInfo);
        }
        let (raw_path, raw_query) = match raw.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (raw, None),
        };
        if !raw_path.starts_with(['/', '\\']) {
            return Err(TargetError::Form);
        }
        let keep =
            given.filter(|_| path::is_canonical(raw_path) && raw_query.is_none_or(query::is_canonical));
        if let Some(given) = keep {
            return Ok(Self {
                canonical: given.clone(),
                authority,
                decoded: String::new(),
                segments: path::split(raw_path, &mut faults)?,
                query: query::split(raw_query.unwrap_or_default(), raw_path.len() + 1, &mut faults)?,
                faults,
            });
        }
        let mut draft = Draft { text: String::with_capacity(raw.len()), decoded: String::new() };
        let segments = path::rebuild(raw_path, &mut draft, &mut faults)?;
        let query = query::rebuild(raw_query.unwrap_or_default(), &mut draft, &mut faults)?;
        Ok(Self {
            canonical: PathAndQuery::try_from(draft.text).map_err(|_| TargetError::Form)?,
            authority,
            decoded: draft.decoded,
            segments,
            query,
            faults,
        })
    }

    /// Exactly what the upstream gets. A cheap clone.
    #[must_use]
    pub fn path_and_query(&self) -> &PathAndQuery {
        &self.canonical
    }

    /// The canonical path, encoded, as the upstream gets it.
    #[must_use]
    pub fn path(&self) -> &str {
        self.canonical.path()
    }

    /// The path's segments, decoded; `/` alone has none. A trailing slash adds none.
    #[must_use]
    pub fn segments(&self) -> SmallVec<[&str; 8]> {
        self.segments.iter().map(|part| self.text(*part)).collect()
    }

    /// Whether the canonical path ends in a slash after its last segment. It is kept because some
    /// frameworks redirect to it; both spellings have the same segments.
    #[must_use]
    pub fn has_trailing_slash(&self) -> bool {
        self.path().len() > 1 && self.path().ends_with('/')
    }

    /// Query names and values, decoded, in order; a name without `=` has an empty value.
    pub fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|pair| (self.text(pair.name), self.text(pair.value)))
    }

    /// The host of an absolute-form target.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// What was odd about the spelling, each fault once.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        self.faults.as_slice()
    }

    /// The same target without the query pairs called `name`, such as `_method`.
    ///
    /// # Errors
    /// None that [`Target::read`] did not give before; the type says so for safety.
    pub fn without_query(&self, name: &str) -> Result<Self, TargetError> {
        let mut draft = Draft { text: self.path().to_owned(), decoded: String::new() };
        let kept = self.query.iter().filter(|pair| self.text(pair.name) != name);
        for (nth, pair) in kept.enumerate() {
            query::write(self.text(pair.name), self.text(pair.value), pair.assigned, nth == 0, &mut draft);
        }
        Self::build(&draft.text, None, self.authority.clone(), self.faults.clone())
    }

    fn text(&self, part: Part) -> &str {
        let home = if part.decoded { self.decoded.as_str() } else { self.canonical.as_str() };
        home.get(usize::from(part.start)..usize::from(part.end)).unwrap_or_default()
    }
}

impl fmt::Debug for Target {
    /// The faults only: paths and queries hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("faults", &self.faults).finish_non_exhaustive()
    }
}
