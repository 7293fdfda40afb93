//! Cuts a large body at record borders, so that it can be metered and released batch by batch.
//!
//! In JSON the borders are those of the elements of the outermost array whose elements are objects
//! or arrays; in NDJSON, CSV and text rows they are the ends of lines. Each batch carries, in front
//! of the bytes to release, the context that a reader needs to understand them: the way to the array
//! (`{"customers":[`) with what stood before it, or the first row of a table.

use crate::shape::Shape;

/// Part of a body that ends at a record border.
#[derive(Clone, PartialEq, Eq)]
pub struct Batch {
    bytes: Vec<u8>,
    context: usize,
}

impl Batch {
    /// What to hand to [`crate::meter`]: the context, then the bytes to release.
    #[must_use]
    pub fn metered(&self) -> &[u8] {
        &self.bytes
    }

    /// What to hand to the client once its subjects are in the ledger.
    #[must_use]
    pub fn released(&self) -> &[u8] {
        self.bytes.get(self.context..).unwrap_or_default()
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("context", &self.context).field("bytes", &self.bytes.len()).finish()
    }
}

/// A single record is larger than the bound: it cannot be metered, and so must not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one record is larger than {most} bytes")]
pub struct OversizeRecord {
    /// The bound.
    pub most: usize,
}

/// Takes the pieces of a body and gives batches back.
///
/// ```
/// use meter::{Shape, split::Splitter};
/// let mut splitter = Splitter::new(Shape::Json, 8, 1024).unwrap();
/// splitter.push(br#"{"people":[{"id":1},{"id":2},{"i"#)?;
/// let batch = splitter.batch().unwrap();
/// assert_eq!(batch.released(), br#"{"people":[{"id":1},{"id":2},"#);
/// splitter.push(br#"d":3}]}"#)?;
/// let rest = splitter.finish();
/// assert_eq!(rest.metered(), br#"{"people":[{"id":3}]}"#);
/// assert_eq!(rest.released(), br#"{"id":3}]}"#);
/// # Ok::<(), meter::split::OversizeRecord>(())
/// ```
#[derive(Debug)]
pub struct Splitter {
    borders: Borders,
    /// Bytes that were not given back yet.
    held: Vec<u8>,
    /// How many of them the border finder has seen.
    seen: usize,
    /// The last border among them; 0 for none.
    border: usize,
    context: Vec<u8>,
    batch_bytes: usize,
    most: usize,
}

#[derive(Debug)]
enum Borders {
    Lines { quoted: bool, has_header: bool, quotes: bool },
    Json(Json),
}

/// What is known of a JSON text that was read up to here.
#[derive(Debug, Default)]
struct Json {
    /// The containers that are open: `true` for arrays.
    open: Vec<bool>,
    /// How many more are open than are kept.
    beyond: usize,
    in_string: bool,
    escaped: bool,
    /// How many containers are open around the elements that are records.
    records_at: Option<usize>,
}

/// Longest context that is kept word by word; of a longer one only the way to the array remains.
const MOST_CONTEXT: usize = 4096;
const MOST_DEPTH: usize = 1024;

impl Splitter {
    /// A splitter for bodies of `shape`, which gives batches of at least `batch_bytes` where records
    /// allow it, and holds at most `most` bytes. `None` for shapes without borders.
    #[must_use]
    pub fn new(shape: Shape, batch_bytes: usize, most: usize) -> Option<Self> {
        let borders = match shape {
            Shape::Json => Borders::Json(Json::default()),
            Shape::Ndjson => Borders::Lines { quoted: false, has_header: false, quotes: false },
            Shape::Csv | Shape::Tsv => Borders::Lines { quoted: false, has_header: true, quotes: true },
            Shape::Xml | Shape::Html | Shape::Text | Shape::Form | Shape::Script | Shape::Opaque => {
                return None;
            }
        };
        Some(Self { borders, held: Vec::new(), seen: 0, border: 0, context: Vec::new(), batch_bytes, most })
    }

    /// Takes the next piece of the body.
    ///
    /// # Errors
    /// When more than the bound is held without a border in it. Nothing may be released then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), OversizeRecord> {
        self.held.extend_from_slice(bytes);
        self.look();
        if self.held.len() > self.most && self.border == 0 {
            return Err(OversizeRecord { most: self.most });
        }
        Ok(())
    }

    /// The bytes up to the last border, if they are enough for a batch.
    pub fn batch(&mut self) -> Option<Batch> {
        if self.border < self.batch_bytes { None } else { self.early() }
    }

    /// The bytes up to the last border, however few: of a body of which nothing more comes for now.
    pub fn early(&mut self) -> Option<Batch> {
        if self.border == 0 {
            return None;
        }
        let rest = self.held.split_off(self.border.min(self.held.len()));
        let released = std::mem::replace(&mut self.held, rest);
        self.seen = self.seen.saturating_sub(self.border);
        self.border = 0;
        Some(self.with_context(&released))
    }

    /// The end of the body: whatever is left.
    #[must_use]
    pub fn finish(mut self) -> Batch {
        let released = std::mem::take(&mut self.held);
        self.with_context(&released)
    }

    /// How many bytes are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn with_context(&mut self, released: &[u8]) -> Batch {
        let mut bytes = Vec::with_capacity(self.context.len().saturating_add(released.len()));
        bytes.extend_from_slice(&self.context);
        bytes.extend_from_slice(released);
        let batch = Batch { bytes, context: self.context.len() };
        if self.context.is_empty() {
            self.context = match &self.borders {
                Borders::Lines { has_header: true, .. } => first_line(released),
                Borders::Lines { .. } => Vec::new(),
                Borders::Json(json) => {
                    json.records_at.map(|depth| way_to(released, depth)).unwrap_or_default()
                }
            };
        }
        batch
    }

    /// Looks for borders in what was not seen yet.
    fn look(&mut self) {
        let fresh = self.held.get(self.seen..).unwrap_or_default();
        for (at, byte) in fresh.iter().enumerate() {
            let is_border = match &mut self.borders {
                Borders::Lines { quoted, quotes, .. } => {
                    *quoted ^= *quotes && *byte == b'"';
                    *byte == b'\n' && !*quoted
                }
                Borders::Json(json) => json.step(*byte),
            };
            if is_border {
                self.border = self.seen.saturating_add(at).saturating_add(1);
            }
        }
        self.seen = self.held.len();
    }
}

impl Json {
    /// Reads one byte; whether it is the comma after a record.
    fn step(&mut self, byte: u8) -> bool {
        if self.in_string {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.in_string = false;
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => {
                let in_array = self.open.last() == Some(&true);
                if in_array && self.records_at.is_none() {
                    self.records_at = Some(self.open.len());
                }
                if self.open.len() < MOST_DEPTH {
                    self.open.push(byte == b'[');
                } else {
                    self.beyond = self.beyond.saturating_add(1);
                }
            }
            b'}' | b']' if self.beyond > 0 => self.beyond = self.beyond.saturating_sub(1),
            b'}' | b']' => {
                self.open.pop();
            }
            b',' => {
                let at_records = self.records_at == Some(self.open.len());
                return at_records && self.beyond == 0 && self.open.last() == Some(&true);
            }
            _ => {}
        }
        false
    }
}

fn first_line(text: &[u8]) -> Vec<u8> {
    let mut quoted = false;
    let end = text.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b'\n' && !quoted
    });
    let end = end.map_or(text.len(), |end| end.saturating_add(1));
    text.get(..end).unwrap_or_default().to_vec()
}

/// What stands before the first record: word by word if it is short, else the keys on the way.
fn way_to(text: &[u8], depth: usize) -> Vec<u8> {
    let mut json = Json::default();
    // Where each open container's key and bracket begin, and where the last string began.
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut string = 0_usize;
    let mut key = None;
    for (at, byte) in text.iter().enumerate() {
        let (was_string, was) = (json.in_string, json.open.len());
        json.step(*byte);
        if !was_string && json.in_string {
            string = at;
        } else if was_string && !json.in_string {
            key = Some((string, at.saturating_add(1)));
        } else if json.open.len() > was {
            if json.open.len() > depth && json.records_at == Some(depth) {
                let verbatim = text.get(..at).unwrap_or_default();
                return if at <= MOST_CONTEXT { verbatim.to_vec() } else { keys_only(text, &starts) };
            }
            starts.push((key.take().map_or(at, |(start, _)| start), at.saturating_add(1)));
        } else if json.open.len() < was {
            starts.pop();
            key = None;
        } else if *byte == b',' && !json.in_string {
            key = None;
        }
    }
    Vec::new()
}

fn keys_only(text: &[u8], starts: &[(usize, usize)]) -> Vec<u8> {
    let pieces = starts.iter().filter_map(|(start, end)| text.get(*start..*end));
    pieces.flatten().copied().take(MOST_CONTEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(shape: Shape, body: &str, piece: usize, batch_bytes: usize) -> Vec<Batch> {
        let mut splitter = Splitter::new(shape, batch_bytes, 1 << 20).unwrap();
        let mut all = Vec::new();
        for piece in body.as_bytes().chunks(piece) {
            splitter.push(piece).unwrap();
            all.extend(splitter.batch());
        }
        all.push(splitter.finish());
        all
    }

    #[test]
    fn batches_put_together_are_the_body_and_carry_their_context() {
        let json = r#"{"page":{"n":1},"people":[{"id":1,"tags":["a","b"]},{"id":2,"note":"},{"},{"id":3}],"end":[1]}"#;
        let csv = "id,email\n1,\"a\nb\"\n2,c\n3,d\n";
        let ndjson = "{\"id\":1}\n{\"id\":2}\n{\"id\":3}";
        for (shape, body, context) in [
            (Shape::Json, json, r#"{"page":{"n":1},"people":["#),
            (Shape::Csv, csv, "id,email\n"),
            (Shape::Ndjson, ndjson, ""),
        ] {
            for piece in [1, 7, 1000] {
                let all = batches(shape, body, piece, 1);
                let whole: Vec<u8> = all.iter().flat_map(|batch| batch.released().to_vec()).collect();
                assert_eq!(String::from_utf8_lossy(&whole), body, "{shape:?} {piece}");
                assert!(all.len() > 1, "{shape:?} {piece}");
                for batch in all.iter().skip(1) {
                    assert!(batch.metered().starts_with(context.as_bytes()), "{shape:?}");
                }
            }
        }
    }

    #[test]
    fn a_long_context_shrinks_to_the_way() {
        let body = format!(
            r#"{{"head":{{"x":"{}"}},"data":{{"people":[{{"id":1}},{{"id":2}}]}}}}"#,
            "y".repeat(5000)
        );
        let all = batches(Shape::Json, &body, 100_000, 1);
        assert_eq!(String::from_utf8_lossy(all[1].metered()), r#"{"data":{"people":[{"id":2}]}}"#);
    }

    #[test]
    fn a_record_above_the_bound_is_told_and_not_cut() {
        let mut splitter = Splitter::new(Shape::Json, 10, 100).unwrap();
        let record = format!(r#"[{{"note":"{}"}}"#, "x".repeat(200));
        assert_eq!(splitter.push(record.as_bytes()), Err(OversizeRecord { most: 100 }));
        assert!(Splitter::new(Shape::Html, 10, 100).is_none());
    }
}
