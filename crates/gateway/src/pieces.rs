//! Cuts a large body where no record and no word is cut: the batches that the meter judges.

use std::cmp::Reverse;
use std::collections::HashMap;

use bytes::Bytes;
use meter::Shape;
use meter::split::{Batch, OversizeRecord, Splitter};

/// Bytes of a batch that is worth a ledger entry of its own.
const BATCH_BYTES: usize = 64 * 1024;

/// Names of elements that are told apart when records are looked for.
const MOST_NAMES: usize = 256;
const MOST_DEPTH: usize = 256;

/// A large body on its way, in one shape.
#[derive(Debug)]
pub(crate) enum Pieces {
    /// JSON and rows: cut between records.
    Records(Splitter),
    /// XML: cut after the elements that repeat. Each batch is metered as XML, without what is around it.
    Elements {
        /// What no batch held yet.
        held: Vec<u8>,
        /// The closing tag of a record, once one was seen.
        closing: Option<Vec<u8>>,
        /// Most bytes without a border.
        most: usize,
    },
    /// Server-sent events: cut after the blank line that ends one, for a value may stand in several lines.
    Events {
        /// What no batch held yet.
        held: Vec<u8>,
        /// Most bytes without a border.
        most: usize,
    },
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
#[derive(Debug, Default)]
pub(crate) struct Piece {
    pub(crate) metered: Bytes,
    pub(crate) context: usize,
}

impl Pieces {
    /// For a body of `shape`; at most `most` bytes are held.
    pub(crate) fn new(shape: Shape, most: usize) -> Self {
        match shape {
            Shape::Opaque => return Self::Unread(Vec::new()),
            Shape::Xml => return Self::Elements { held: Vec::new(), closing: None, most },
            _ => {}
        }
        match Splitter::new(shape, BATCH_BYTES, most) {
            Some(splitter) => Self::Records(splitter),
            None => Self::Words { held: Vec::new(), most },
        }
    }

    /// For server-sent events; at most `most` bytes are held.
    pub(crate) const fn of_events(most: usize) -> Self {
        Self::Events { held: Vec::new(), most }
    }

    /// The shape that batches are metered as.
    pub(crate) fn shape(&self, whole: Shape) -> Shape {
        match self {
            Self::Records(_) | Self::Elements { .. } | Self::Events { .. } => whole,
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
            Self::Elements { held, most, .. } | Self::Events { held, most } => {
                held.extend_from_slice(bytes);
                if held.len() > *most { Err(OversizeRecord { most: *most }) } else { Ok(()) }
            }
            Self::Unread(held) => {
                held.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// The next batch, once there is enough for one that is worth an entry.
    pub(crate) fn batch(&mut self) -> Option<Piece> {
        match self {
            Self::Records(splitter) => splitter.batch().map(|batch| piece(&batch)),
            Self::Words { held, .. } | Self::Elements { held, .. } | Self::Events { held, .. }
                if held.len() < BATCH_BYTES =>
            {
                None
            }
            Self::Words { held, .. } => {
                let border = border(held);
                cut(held, border)
            }
            Self::Elements { .. } | Self::Events { .. } | Self::Unread(_) => self.early(),
        }
    }

    /// The next batch, however small: of a body of which nothing more comes for now. A line of a text
    /// is not cut then.
    pub(crate) fn early(&mut self) -> Option<Piece> {
        match self {
            Self::Records(splitter) => splitter.early().map(|batch| piece(&batch)),
            Self::Words { held, .. } => {
                let border = memchr::memrchr(b'\n', held).map(|at| at + 1);
                cut(held, border)
            }
            Self::Elements { held, closing, .. } => {
                let tag = closing.take().or_else(|| record_closing(held))?;
                let border = memchr::memmem::rfind(held, &tag).map(|at| at + tag.len());
                *closing = Some(tag);
                cut(held, border)
            }
            Self::Events { held, .. } => {
                let border = after_event(held);
                cut(held, border)
            }
            Self::Unread(held) => {
                let all = held.len();
                cut(held, Some(all))
            }
        }
    }

    /// The end of the body.
    pub(crate) fn finish(self) -> Piece {
        match self {
            Self::Records(splitter) => piece(&splitter.finish()),
            Self::Words { held, .. }
            | Self::Elements { held, .. }
            | Self::Events { held, .. }
            | Self::Unread(held) => Piece { metered: Bytes::from(held), context: 0 },
        }
    }
}

/// What stands in front of `border`, if anything does.
fn cut(held: &mut Vec<u8>, border: Option<usize>) -> Option<Piece> {
    let border = border.filter(|border| *border > 0 && *border <= held.len())?;
    let rest = held.split_off(border);
    Some(Piece { metered: Bytes::from(std::mem::replace(held, rest)), context: 0 })
}

/// The place after the last blank line. Lines end in LF, CR LF or CR.
fn after_event(held: &[u8]) -> Option<usize> {
    const BLANK: [&[u8]; 3] = [b"\n\n", b"\n\r\n", b"\r\r"];
    BLANK.iter().filter_map(|blank| Some(memchr::memmem::rfind(held, blank)? + blank.len())).max()
}

fn piece(batch: &Batch) -> Piece {
    let context = batch.metered().len() - batch.released().len();
    Piece { metered: Bytes::copy_from_slice(batch.metered()), context }
}

/// The closing tag of the elements that a document repeats: of those with elements in them that
/// closed about as often as any, the outermost.
fn record_closing(document: &[u8]) -> Option<Vec<u8>> {
    // By name: how often it closed with an element in it, and how deep.
    let mut closed: HashMap<&[u8], (usize, Reverse<usize>)> = HashMap::new();
    // Whether each open element has one in it. What is open above the bound is not told apart.
    let mut open: Vec<bool> = Vec::new();
    for start in memchr::memchr_iter(b'<', document) {
        let rest = document.get(start + 1..).unwrap_or_default();
        let Some(end) = memchr::memchr(b'>', rest) else { break };
        let tag = rest.get(..end).unwrap_or_default();
        match tag.first() {
            Some(b'?' | b'!') | None => {}
            Some(b'/') => {
                let name = tag.get(1..).unwrap_or_default().trim_ascii_end();
                if open.pop() == Some(true) && closed.len() < MOST_NAMES {
                    let (times, depth) = closed.entry(name).or_insert((0, Reverse(open.len())));
                    *times += 1;
                    *depth = (*depth).max(Reverse(open.len()));
                }
            }
            Some(_) => {
                if let Some(parent) = open.last_mut() {
                    *parent = true;
                }
                if tag.last() != Some(&b'/') && open.len() < MOST_DEPTH {
                    open.push(false);
                }
            }
        }
    }
    // The document breaks off somewhere in a record, so what is in it may have closed more often.
    let most = closed.values().map(|(times, _)| *times).max()?;
    let often = closed.into_iter().filter(|(_, (times, _))| times.saturating_mul(2) >= most);
    let (name, _) = often.max_by_key(|(_, (times, depth))| (*depth, *times))?;
    Some([b"</", name, b">"].concat())
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
        let xml =
            format!("<?xml?><all>{}</all>", "<one><id>1</id><at><city>B</city></at></one>\n".repeat(20_000));
        let text = "ann@example.com wrote to bob@example.org\n".repeat(20_000);
        for (shape, body) in [
            (Shape::Json, &json),
            (Shape::Xml, &xml),
            (Shape::Text, &text),
            (Shape::Html, &text),
            (Shape::Opaque, &text),
        ] {
            let (out, batches) = cut(shape, body.as_bytes(), 10_007);
            assert!(out == body.as_bytes(), "{shape:?}");
            assert!(batches > 3, "{shape:?} came in {batches} batches");
        }
    }

    #[test]
    fn xml_is_cut_between_its_records_and_each_person_counts() {
        for (head, one) in [
            (
                "<all>",
                "<one><customer_id>N</customer_id><at><street>Lindenweg 1</street><city>Berlin</city></at><name>Ann Meyer</name></one>",
            ),
            (
                "<a><meta><n>1</n></meta><b>",
                "<one>\n <customer_id>N</customer_id>\n <name>Ann Meyer</name>\n <street>Lindenweg 1</street>\n</one>\n",
            ),
        ] {
            let people: Vec<String> = (0..9000).map(|n| one.replace('N', &n.to_string())).collect();
            let body = format!("{head}{}", people.concat());
            let mut pieces = Pieces::new(Shape::Xml, 1 << 20);
            let (mut subjects, mut batches) = (0, 0);
            let mut count = |piece: &Piece| {
                let metered = meter::meter(
                    &piece.metered,
                    Shape::Xml,
                    &meter::Plan::default(),
                    &meter::Bounds::default(),
                    &mut meter::Scratch::default(),
                );
                subjects += metered.unwrap().subjects.len();
                batches += 1;
            };
            for bytes in body.as_bytes().chunks(40_000) {
                pieces.push(bytes).unwrap();
                while let Some(piece) = pieces.batch() {
                    assert!(piece.metered.ends_with(b"</one>"));
                    count(&piece);
                }
            }
            count(&pieces.finish());
            assert_eq!(subjects, 9000);
            assert!(batches > 5);
        }
    }

    #[test]
    fn xml_without_records_is_too_large_to_judge() {
        let mut pieces = Pieces::new(Shape::Xml, 100_000);
        pieces.push(&b"<a>".repeat(30_000)).unwrap();
        assert!(pieces.batch().is_none());
        assert!(pieces.push(&b"<a>".repeat(30_000)).is_err());
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
