//! What is odd about a request target, in a closed set of words.

use std::fmt;

use smallvec::SmallVec;

/// Something in a request target that two programs could read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `%2F` in the path: one program splits there, another does not.
    EncodedSlash,
    /// `\` in the path: some servers read it as `/`.
    Backslash,
    /// `%5C` in the path.
    EncodedBackslash,
    /// A `.` or `..` segment.
    DotSegment,
    /// A `.` or `..` segment that was percent-encoded.
    EncodedDotSegment,
    /// A percent sign was itself encoded: `%252e`.
    DoubleEncoding,
    /// `//` in the path.
    EmptySegment,
    /// `;` in the path: some servers cut the segment there.
    PathParameters,
    /// A segment ends in dots or spaces, which some file systems drop.
    TrailingDot,
    /// A letter, digit, `-`, `.` or `_` was percent-encoded: nobody needs to.
    NeedlessEncoding,
    /// `;` in the query: some servers split pairs there.
    QuerySemicolon,
    /// `#` and what follows, which no client sends.
    Fragment,
    /// The path ends in `/`.
    TrailingSlash,
    /// Lower-case hexadecimal digits after `%`.
    LowercaseEncoding,
    /// `+` in the query, read as a space.
    PlusForSpace,
    /// A query name stands twice.
    DuplicateQueryKey,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 16] = [
        Self::EncodedSlash,
        Self::Backslash,
        Self::EncodedBackslash,
        Self::DotSegment,
        Self::EncodedDotSegment,
        Self::DoubleEncoding,
        Self::EmptySegment,
        Self::PathParameters,
        Self::TrailingDot,
        Self::NeedlessEncoding,
        Self::QuerySemicolon,
        Self::Fragment,
        Self::TrailingSlash,
        Self::LowercaseEncoding,
        Self::PlusForSpace,
        Self::DuplicateQueryKey,
    ];

    /// The word used in logs, metrics and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::EncodedSlash => "encoded-slash",
            Self::Backslash => "backslash",
            Self::EncodedBackslash => "encoded-backslash",
            Self::DotSegment => "dot-segment",
            Self::EncodedDotSegment => "encoded-dot-segment",
            Self::DoubleEncoding => "double-encoding",
            Self::EmptySegment => "empty-segment",
            Self::PathParameters => "path-parameters",
            Self::TrailingDot => "trailing-dot",
            Self::NeedlessEncoding => "needless-encoding",
            Self::QuerySemicolon => "query-semicolon",
            Self::Fragment => "fragment",
            Self::TrailingSlash => "trailing-slash",
            Self::LowercaseEncoding => "lowercase-encoding",
            Self::PlusForSpace => "plus-for-space",
            Self::DuplicateQueryKey => "duplicate-query-key",
        }
    }

    /// Whether honest clients send it every day: a form's `a+b`, `%c3%a9`, `/orders/`, `ids=1&ids=2`.
    ///
    /// The canonical form settles the first three (one reading is left), so refusing them would
    /// refuse people and stop nobody. A duplicate name stays a fault where policy reads the name.
    #[must_use]
    pub const fn is_ordinary(self) -> bool {
        matches!(
            self,
            Self::TrailingSlash | Self::LowercaseEncoding | Self::PlusForSpace | Self::DuplicateQueryKey
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Each fault at most once, in the order they were met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults(SmallVec<[Fault; 2]>);

impl Faults {
    pub(super) fn note(&mut self, fault: Fault) {
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    pub(super) fn as_slice(&self) -> &[Fault] {
        &self.0
    }
}

/// Why a request target has no canonical form: it is refused in every mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither `/path?query` nor `http://host/path?query` (RFC 9112 section 3.2).
    #[error("the request target is neither a path nor an absolute http URL")]
    Form,
    /// Above [`Target::MOST_BYTES`](super::Target::MOST_BYTES), segments or pairs.
    #[error("the request target is too long")]
    TooLong,
    /// `%` without two hexadecimal digits.
    #[error("the request target has a percent sign without two hexadecimal digits")]
    InvalidPercent,
    /// Bytes that are no UTF-8 once decoded, overlong forms among them.
    #[error("the request target is not UTF-8 once decoded")]
    InvalidUtf8,
    /// A control character, NUL among them.
    #[error("the request target holds a control character")]
    Control,
    /// Percent signs encoded more than twice over.
    #[error("the request target is percent-encoded more than three times over")]
    TooManyEncodings,
    /// `user:password@host`.
    #[error("the request target names a user")]
    UserInfo,
}

impl TargetError {
    /// The word used in logs, metrics and output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Form => "target-form",
            Self::TooLong => "target-too-long",
            Self::InvalidPercent => "invalid-percent",
            Self::InvalidUtf8 => "invalid-utf8",
            Self::Control => "control-character",
            Self::TooManyEncodings => "too-many-encodings",
            Self::UserInfo => "user-info",
        }
    }
}
