//! Request heads: what is odd about them, and what must not pass from one hop to the next.
//!
//! Order of use: [`head_faults`] judges the head as it came; [`remove_hop_by_hop`] and
//! [`remove_overrides`] clean it; [`set_forwarding`] and [`set_trace`] write it anew. Responses need
//! [`remove_hop_by_hop`] only. Message framing itself (lengths, chunks) is hyper's: what reaches the
//! upstream is always written anew, never copied.

mod clean;
mod fault;
mod forwarding;
mod trace;

use http::HeaderValue;

pub use self::clean::{remove_hop_by_hop, remove_overrides};
pub use self::fault::{HeadFault, head_faults};
pub use self::forwarding::{Origin, origin, set_forwarding};
pub use self::trace::set_trace;

/// RFC 9110 section 7.2: `host [":" port]`, no user, no path. Empty is allowed there, not here.
fn is_host(text: &[u8]) -> bool {
    let fine = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'-' | b'.'
                    | b'_'
                    | b'~'
                    | b'!'
                    | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b','
                    | b';'
                    | b'='
                    | b':'
                    | b'['
                    | b']'
                    | b'%'
            )
    };
    !text.is_empty() && text.len() <= 255 && text.iter().all(fine)
}

/// The options of one `Connection` line.
fn options(value: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests;
