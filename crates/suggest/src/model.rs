//! The weights.
//!
//! File: `TGS2`; number of classes; the two thresholds and the weights of a report's figures; per class its
//! id, bias, scale and offset; the rarity of each bucket in a byte; then for each bucket its number of weights and each
//! as class and signed byte. Numbers are little-endian. A file that is not whole is no model.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::features::{BUCKETS, Bag, Block};
use crate::tally::SIGNS;

/// Rarities are kept in sixteenths.
const RARITY_STEP: f32 = 16.0;

/// What is known of one technique beside its weights.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Its id as the training data names it.
    pub technique: String,
    /// Added to its score.
    pub bias: f32,
    /// What a weight of one byte is multiplied with.
    pub scale: f32,
    /// Added to what its figures in a report come to: see [`Model::in_report`].
    pub offset: f32,
}

/// The weights.
#[derive(Debug)]
pub struct Model {
    classes: Vec<Figures>,
    current: Vec<Option<&'static str>>,
    /// Of each class the buckets of its name's words and pairs.
    names: Vec<Vec<u32>>,
    likely: f32,
    confident: f32,
    signs: [f32; SIGNS],
    rarity: Vec<u8>,
    /// Of each bucket the byte of `weights` at which its own begin, and of one more the end.
    starts: Vec<u32>,
    /// Class and signed byte, as they stand in the file; between buckets a byte that says how many follow.
    weights: Cow<'static, [u8]>,
}

static EMBEDDED: &[u8] = include_bytes!("../data/weights.bin");

impl Model {
    /// The weights that the program carries. Read at the first call, which takes about a millisecond.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static MODEL: LazyLock<Model> = LazyLock::new(|| {
            // A file of ours that is not whole suggests nothing; a test holds that it is whole.
            Model::of(Cow::Borrowed(EMBEDDED)).unwrap_or_else(|| Model {
                classes: Vec::new(),
                current: Vec::new(),
                names: Vec::new(),
                likely: 1.0,
                confident: 1.0,
                signs: [0.0; SIGNS],
                rarity: Vec::new(),
                starts: Vec::new(),
                weights: Cow::Borrowed(&[]),
            })
        });
        &MODEL
    }

    /// Reads weights as [`Model::write`] writes them; `None` if they are not whole.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::of(Cow::Owned(bytes.to_vec()))
    }

    fn of(bytes: Cow<'static, [u8]>) -> Option<Self> {
        let mut rest = bytes.strip_prefix(b"TGS2")?;
        let [count] = take::<1>(&mut rest)?;
        let likely = float(&mut rest)?;
        let confident = float(&mut rest)?;
        let mut signs = [0.0; SIGNS];
        for sign in &mut signs {
            *sign = float(&mut rest)?;
        }
        let mut classes = Vec::new();
        for _ in 0..count {
            let [length] = take::<1>(&mut rest)?;
            let (id, after) = rest.split_at_checked(usize::from(length))?;
            rest = after;
            classes.push(Figures {
                technique: std::str::from_utf8(id).ok()?.to_owned(),
                bias: float(&mut rest)?,
                scale: float(&mut rest)?,
                offset: float(&mut rest)?,
            });
        }
        let (rarity, after) = rest.split_at_checked(BUCKETS)?;
        rest = after;
        let mut starts = Vec::with_capacity(BUCKETS + 1);
        let mut at = 0_usize;
        for _ in 0..BUCKETS {
            let here = usize::from(*rest.get(at)?) * 2;
            starts.push(u32::try_from(at + 1).ok()?);
            at += 1 + here;
        }
        // The byte before the end that a next bucket would have.
        starts.push(u32::try_from(at + 1).ok()?);
        let is_whole = at == rest.len();
        let begins = bytes.len() - rest.len();
        let current = classes
            .iter()
            .map(|class| catalog::attack::current(&class.technique).map(|technique| technique.id))
            .collect();
        let names = classes.iter().map(|class| name(&class.technique)).collect();
        let rarity = rarity.to_vec();
        let weights = match bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(begins..)?),
            Cow::Owned(bytes) => Cow::Owned(bytes.get(begins..)?.to_vec()),
        };
        is_whole.then_some(Self {
            classes,
            current,
            names,
            likely,
            confident,
            signs,
            rarity,
            starts,
            weights,
        })
    }

    /// Writes weights: thresholds of a report's probability for *likely* and *confident*, weights of its
    /// figures, classes, the rarity of each bucket, and for each bucket its weights by class.
    #[must_use]
    pub fn write(
        thresholds: [f32; 2],
        signs: [f32; SIGNS],
        classes: &[Figures],
        rarity: &[f32],
        weights: &[Vec<(u8, i8)>],
    ) -> Vec<u8> {
        let byte = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        let mut bytes = b"TGS2".to_vec();
        bytes.push(byte(classes.len()));
        bytes.extend(thresholds.iter().chain(&signs).flat_map(|figure| figure.to_le_bytes()));
        for class in classes {
            bytes.push(byte(class.technique.len()));
            bytes.extend(class.technique.as_bytes());
            let Figures { technique: _, bias, scale, offset } = class;
            for figure in [bias, scale, offset] {
                bytes.extend(figure.to_le_bytes());
            }
        }
        bytes.extend(rarity.iter().map(|rarity| quantised(*rarity)));
        for here in weights {
            bytes.push(byte(here.len()));
            bytes.extend(here.iter().flat_map(|(class, weight)| [*class, weight.to_le_bytes()[0]]));
        }
        bytes
    }

    /// The rarity that a bucket has after it was written and read.
    #[must_use]
    pub fn as_written(rarity: f32) -> f32 {
        f32::from(quantised(rarity)) / RARITY_STEP
    }

    /// The techniques it knows, as the training data names them.
    #[must_use]
    pub fn classes(&self) -> &[Figures] {
        &self.classes
    }

    /// Current ids of the techniques it knows.
    pub fn techniques(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.current.iter().copied().flatten()
    }

    /// From this probability in a report on, a suggestion is more useful than none (best F1).
    #[must_use]
    pub fn likely(&self) -> f32 {
        self.likely
    }

    /// From this probability in a report on, nine of ten suggestions were right.
    #[must_use]
    pub fn confident(&self) -> f32 {
        self.confident
    }

    /// The current id of a class.
    pub(crate) fn current(&self, class: usize) -> Option<&'static str> {
        self.current.get(class).copied().flatten()
    }

    /// Whether a sentence names a class.
    pub(crate) fn names(&self, class: usize, sentence: &Bag) -> bool {
        self.names.get(class).is_some_and(|name| sentence.holds(name))
    }

    /// The probability that a report with these figures of a class shows it.
    pub(crate) fn in_report(&self, class: usize, signs: &[f32; SIGNS]) -> f32 {
        let offset = self.classes.get(class).map_or(f32::NEG_INFINITY, |class| class.offset);
        let value: f32 = self.signs.iter().zip(signs).map(|(weight, sign)| weight * sign).sum();
        1.0 / (1.0 + (-value - offset).exp())
    }

    pub(crate) fn rarity(&self, bucket: u32) -> f32 {
        let byte = usize::try_from(bucket).ok().and_then(|at| self.rarity.get(at)).copied();
        f32::from(byte.unwrap_or_default()) / RARITY_STEP
    }

    /// Class and weight of a bucket. What is of no class counts for nothing.
    pub(crate) fn weights(&self, bucket: u32) -> impl Iterator<Item = (u8, i8)> + '_ {
        let place = |at: usize| self.starts.get(at).and_then(|start| usize::try_from(*start).ok());
        let here = usize::try_from(bucket)
            .ok()
            .and_then(|at| self.weights.get(place(at)?..place(at + 1)?.checked_sub(1)?))
            .unwrap_or_default();
        here.chunks_exact(2).filter_map(|weight| match weight {
            [class, weight] => Some((*class, i8::from_le_bytes([*weight]))),
            _ => None,
        })
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of the byte right before"
)]
fn quantised(rarity: f32) -> u8 {
    (rarity * RARITY_STEP).round().clamp(0.0, 255.0) as u8
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

fn float(rest: &mut &[u8]) -> Option<f32> {
    take::<4>(rest).map(f32::from_le_bytes)
}

/// The words and pairs of a technique's own name, a withdrawn one's too.
fn name(technique: &str) -> Vec<u32> {
    let mut bag = Bag::default();
    bag.read(catalog::attack::technique(technique).map_or("", |technique| technique.name));
    bag.counts(Block::Words).map(|(bucket, _)| bucket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_weights_are_whole_and_know_techniques_of_today() {
        let model = Model::read(EMBEDDED).unwrap();
        assert_eq!(model.classes().len(), 50);
        assert_eq!(model.techniques().count(), 50);
        assert!(0.0 < model.likely() && model.likely() < model.confident() && model.confident() < 1.0);
        assert!(EMBEDDED.len() < 3 << 20, "{} bytes", EMBEDDED.len());
    }

    #[test]
    fn weights_that_are_not_whole_are_no_model() {
        for length in [0, 3, 4, 5, 40, BUCKETS, EMBEDDED.len() - 1] {
            assert!(Model::read(&EMBEDDED[..length]).is_none(), "{length}");
        }
        assert!(Model::read(&[EMBEDDED, &[0]].concat()).is_none());
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        let figures = Figures { technique: "T1190".to_owned(), bias: -0.5, scale: 0.25, offset: -3.0 };
        let mut weights = vec![Vec::new(); BUCKETS];
        let mut bag = Bag::default();
        bag.read("exploited");
        for (bucket, _) in bag.counts(crate::Block::Words) {
            weights[usize::try_from(bucket).unwrap()].push((0, 100));
        }
        // The second figure and the next to last count a quarter, the others nothing.
        let signs = [0.0, 0.25, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0];
        let bytes = Model::write([0.4, 0.8], signs, &[figures], &vec![1.0; BUCKETS], &weights);
        let model = Model::read(&bytes).unwrap();
        assert_eq!((model.likely(), model.confident()), (0.4, 0.8));
        assert!((model.in_report(0, &[9.0, 8.0, 9.0, 9.0, 9.0, 9.0, 4.0, 9.0]) - 0.5).abs() < 1e-6);
        let mut reader = crate::Reader::new(&model);
        // One word, whose weight is 100 quarters, less the bias.
        assert!((reader.scores("exploited")[0] - 24.5).abs() < 0.01);
        assert_eq!(reader.report(["exploited"])[0].technique, "T1190");
        assert_eq!(reader.report(["something else"]), []);
    }

    #[test]
    fn every_class_has_a_name_to_look_for_a_withdrawn_one_too() {
        let model = Model::embedded();
        let class = model.classes().iter().position(|class| class.technique == "T1574.002").unwrap();
        let mut bag = Bag::default();
        bag.read("Technique: DLL side-loading");
        assert!(model.names(class, &bag));
        bag.read("Technique: DLL");
        assert!(!model.names(class, &bag), "what it is a part of today");
        assert!(model.names.iter().all(|name| !name.is_empty()));
    }
}
