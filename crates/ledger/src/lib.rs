//! The exposure ledger as pure values: keyed digests, the bytes of an entry, the chain that binds
//! entries, and the arithmetic of a leak.
//!
//! It answers what a breach officer asks: how many people at least, how many at most, which data,
//! to whom, through which door, since when, and what stopped it. It opens no file, reads no clock
//! and draws no randomness (see `store`), and it knows people by keyed digest only.
//!
//! ```
//! use domain::Timestamp;
//! use ledger::{Entry, Frame, Header, Mark, Reader, Started, Writer};
//!
//! let header = Header { number: 1, created: Timestamp::from_secs(9), previous: Mark::GENESIS };
//! let started = Entry::Started(Started { at: Timestamp::from_secs(9), cut_bytes: 0, tail_lost: false });
//! let (mut bytes, mut writer) = (Vec::new(), Writer::after(&header));
//! writer.push(&started, &mut bytes)?;
//!
//! let mut reader = Reader::after(&header);
//! let Frame::Whole(entry, used) = reader.next(&bytes) else { unreachable!() };
//! assert_eq!((*entry, used), (started, bytes.len()));
//! assert_eq!(reader.mark(), writer.mark());
//! # Ok::<(), ledger::EntryError>(())
//! ```

mod account;
mod codec;
mod digest;
mod dossier;
mod entry;
mod filter;
mod fold;
mod frame;
mod links;
mod mix;
mod resolve;
mod seal;
mod stops;
mod text_time;
mod verification;
mod wire;

pub use account::{
    Account, AtLeastAtMost, ClassLine, EndpointLine, Ends, OperatorLine, Overflow, Reads, RecipientLine,
    RefusalLine, StopLine,
};
pub use digest::DigestKey;
pub use dossier::{Caveat, Consequence, Dossier, Gap, Stopped, consequence_of};
pub use entry::{Entry, EntryError, Started, Withheld};
pub use filter::Filter;
pub use fold::{AccountBounds, Fold};
pub use frame::{FRAME_BYTES, Frame, HEADER_BYTES, Head, Header, MOST_FRAME_BYTES, Mark, Reader, Writer};
pub use links::Links;
pub use resolve::{Resolved, Resolver};
pub use seal::{ChainKey, Checkpoint};
pub use verification::{Anchor, Fault, Verification};
pub use wire::Malformed;
