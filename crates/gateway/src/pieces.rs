//! Cuts a large body where no record and no word is cut: the batches that the meter judges.

use bytes::Bytes;
use meter::Shape;
use meter::split::{Batch, OversizeRecord, Splitter};

/// Bytes of a batch that is worth a ledger entry of its own.
const BATCH_BYTES: usize = 64 * 1024;

/// A large body on its way, in one shape.
#[derive(Debug)]
pub(crate) enum Pieces {
    /// JSON and rows: cut between records.
    Records(Splitter),
    /// Other text: cut after a line, a tag or a word. Each batch is metered as plain text.
    Words {
        /// What no batch held yet.
        held: Vec<u8>,
        /// Most bytes without a border.
        most: usize,
    },
    /// What nobody can read: it is judged as a whole by what is known of its door.
    Unread(Vec<u8>),
}

/// A batch: what to meter, and how much in front of it is context that does not leave.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) metered: Bytes,
    pub(crate) context: usize,
}

impl Pieces {
    /// For a body of `shape`; at most `most` bytes are held.
    pub(crate) fn new(shape: Shape, most: usize) -> Self {
        if shape == Shape::Opaque {
            return Self::Unread(Vec::new());
        }
        match Splitter::new(shape, BATCH_BYTES, most) {
            Some(splitter) => Self::Records(splitter),
            None => Self::Words { held: Vec::new(), most },
        }
    }

    /// The shape that batches are metered as.
    pub(crate) fn shape(&self, whole: Shape) -> Shape {
        match self {
            Self::Records(_) => whole,
            Self::Words { .. } => Shape::Text,
            Self::Unread(_) => Shape::Opaque,
        }
    }

    /// Takes the next piece of the body.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), OversizeRecord> {
        match self {
            Self::Records(splitter) => splitter.push(bytes),
            Self::Words { held, most } => {
                held.extend_from_slice(bytes);
                if held.len() > *most && border(held).is_none() {
                    return Err(OversizeRecord { most: *most });
                }
                Ok(())
            }
            Self::Unread(held) => {
                held.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// The next batch, once there is enough for one.
    pub(crate) fn batch(&mut self) -> Option<Piece> {
        match self {
            Self::Records(splitter) => splitter.batch().map(|batch| piece(&batch)),
            Self::Words { held, .. } if held.len() >= BATCH_BYTES => {
                let rest = held.split_off(border(held)?);
                Some(Piece { metered: Bytes::from(std::mem::replace(held, rest)), context: 0 })
            }
            Self::Words { .. } => None,
            Self::Unread(held) => {
                let metered = Bytes::from(std::mem::take(held));
                (!metered.is_empty()).then_some(Piece { metered, context: 0 })
            }
        }
    }

    /// The end of the body.
    pub(crate) fn finish(self) -> Piece {
        match self {
            Self::Records(splitter) => piece(&splitter.finish()),
            Self::Words { held, .. } | Self::Unread(held) => Piece { metered: Bytes::from(held), context: 0 },
        }
    }
}

fn piece(batch: &Batch) -> Piece {
    let context = batch.metered().len() - batch.released().len();
    Piece { metered: Bytes::copy_from_slice(batch.metered()), context }
}

/// The place after the last line, tag or word: no e-mail and no phone number lies across it, but for
/// numbers written with spaces, which is why lines come first.
fn border(held: &[u8]) -> Option<usize> {
    let after = |wanted: &[u8]| held.iter().rposition(|byte| wanted.contains(byte)).map(|at| at + 1);
    after(b"\n").or_else(|| after(b">")).or_else(|| after(b" \t;,"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(shape: Shape, body: &[u8], step: usize) -> (Vec<u8>, usize) {
        let mut pieces = Pieces::new(shape, 1 << 20);
        let (mut out, mut batches) = (Vec::new(), 0);
        let mut add = |piece: &Piece| {
            out.extend_from_slice(&piece.metered[piece.context..]);
            batches += 1;
        };
        for bytes in body.chunks(step) {
            pieces.push(bytes).unwrap();
            while let Some(piece) = pieces.batch() {
                add(&piece);
            }
        }
        add(&pieces.finish());
        (out, batches)
    }

    #[test]
    fn batches_put_together_are_the_body() {
        let json = format!("[{}]", vec![r#"{"id":1,"email":"ann@example.com"}"#; 20_000].join(","));
        let text = "ann@example.com wrote to bob@example.org\n".repeat(20_000);
        for (shape, body) in
            [(Shape::Json, &json), (Shape::Text, &text), (Shape::Html, &text), (Shape::Opaque, &text)]
        {
            let (out, batches) = cut(shape, body.as_bytes(), 10_007);
            assert!(out == body.as_bytes(), "{shape:?}");
            assert!(batches > 3, "{shape:?} came in {batches} batches");
        }
    }

    #[test]
    fn a_text_is_not_cut_in_the_middle_of_an_address() {
        let text = "ann@example.com\n".repeat(20_000);
        let mut pieces = Pieces::new(Shape::Text, 1 << 20);
        pieces.push(text.as_bytes()).unwrap();
        let piece = pieces.batch().unwrap();
        assert!(piece.metered.ends_with(b".com\n"));
    }

    #[test]
    fn a_text_without_any_border_is_too_large_to_judge() {
        let mut pieces = Pieces::new(Shape::Text, 1000);
        assert!(pieces.push(&[b'x'; 2000]).is_err());
    }
}
