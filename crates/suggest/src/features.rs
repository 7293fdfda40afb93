//! Text -> counts of hashed features.
//!
//! Two blocks, each of length one once weighed: words with pairs of neighbours, and runs of three to
//! five bytes within a padded word. Letters of ASCII are read as small ones.

/// Number of buckets; hashes that meet share one.
pub const BUCKETS: usize = 1 << 18;
/// Bytes of a word that are read; the rest of a longer one is passed over.
const WORD: usize = 48;

/// Which block a feature belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Words and pairs of words.
    Words,
    /// Runs of bytes within words.
    Runs,
}

/// The features of one sentence, reused from sentence to sentence.
#[derive(Debug, Default)]
pub struct Bag {
    words: Vec<u32>,
    runs: Vec<u32>,
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

/// The bucket of a hash: its high bits after one more multiplication, since FNV's are weak.
fn bucket(hash: u64) -> u32 {
    let spread = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(spread >> 46).unwrap_or_default()
}

impl Bag {
    /// Reads a sentence in place of what was read before.
    pub fn read(&mut self, text: &str) {
        self.words.clear();
        self.runs.clear();
        self.read_words(text);
        for word in text.split_ascii_whitespace() {
            self.read_runs(word);
        }
        self.words.sort_unstable();
        self.runs.sort_unstable();
    }

    fn read_words(&mut self, text: &str) {
        let (mut hash, mut length, mut before) = (SEED, 0_usize, None);
        // The space at the end closes the last word.
        for byte in text.bytes().chain(Some(b' ')) {
            if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 {
                hash = mix(hash, byte.to_ascii_lowercase());
                length += 1;
                continue;
            }
            if length >= 2 {
                self.words.push(bucket(hash));
                if let Some(before) = before {
                    let pair: u64 = hash ^ u64::rotate_left(before, 23);
                    self.words.push(bucket(mix(pair, b'+')));
                }
                before = Some(hash);
            }
            (hash, length) = (SEED, 0);
        }
    }

    fn read_runs(&mut self, word: &str) {
        // The last five bytes, the newest lowest: enough for every run that ends here.
        let mut window = 0_u64;
        let bytes = word.bytes().take(WORD);
        for (nth, byte) in Some(b' ').into_iter().chain(bytes).chain(Some(b' ')).enumerate() {
            window = (window << 8) | u64::from(byte.to_ascii_lowercase());
            for length in 3..=5_u32 {
                if u32::try_from(nth).is_ok_and(|nth| nth + 1 >= length) {
                    let run = window & ((1_u64 << (8 * length)) - 1);
                    let hash = (run ^ (u64::from(length) << 56)).wrapping_mul(0xff51_afd7_ed55_8ccd);
                    self.runs.push(bucket(hash));
                }
            }
        }
    }

    /// Every bucket of a block with its count, by bucket.
    pub fn counts(&self, block: Block) -> impl Iterator<Item = (u32, u32)> + '_ {
        let sorted = match block {
            Block::Words => &self.words,
            Block::Runs => &self.runs,
        };
        sorted
            .chunk_by(|left, right| left == right)
            .filter_map(|same| Some((*same.first()?, u32::try_from(same.len()).unwrap_or(u32::MAX))))
    }

    /// Whether all of these words and pairs, by bucket, are in the sentence. Of none: no.
    pub(crate) fn holds(&self, words: &[u32]) -> bool {
        !words.is_empty() && words.iter().all(|bucket| self.words.binary_search(bucket).is_ok())
    }

    /// Every bucket with its weight, given the weight of each bucket's rarity (0 leaves it out): the
    /// logarithm of its count times its rarity, each block of length one.
    pub fn weighed(&self, rarity: impl Fn(u32) -> f32, mut take: impl FnMut(u32, f32)) {
        for block in [Block::Words, Block::Runs] {
            let weight = |bucket: u32, count: u32| {
                let count = f32::from(u16::try_from(count).unwrap_or(u16::MAX));
                (1.0 + count.ln()) * rarity(bucket)
            };
            let square: f32 = self.counts(block).map(|(bucket, count)| weight(bucket, count).powi(2)).sum();
            if square > 0.0 {
                let scale = square.sqrt().recip();
                for (bucket, count) in self.counts(block) {
                    let value = weight(bucket, count) * scale;
                    if value > 0.0 {
                        take(bucket, value);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Counts = Vec<(u32, u32)>;

    fn bag(text: &str) -> (Counts, Counts) {
        let mut bag = Bag::default();
        bag.read("what stood here before");
        bag.read(text);
        (bag.counts(Block::Words).collect(), bag.counts(Block::Runs).collect())
    }

    #[test]
    fn case_and_marks_between_words_do_not_matter_to_words_and_order_does() {
        assert_eq!(bag("Dumped LSASS memory").0, bag("dumped, lsass (memory)").0);
        assert_ne!(bag("dumped lsass").0, bag("lsass dumped").0);
        assert_eq!(bag("lsass lsass").0.iter().map(|(_, count)| count).sum::<u32>(), 3);
    }

    #[test]
    fn a_word_has_as_many_runs_as_its_padded_length_allows() {
        // " abc ": three runs of three, two of four, one of five.
        assert_eq!(bag("abc").1.len(), 6);
        assert_eq!(bag("").1.len() + bag("").0.len(), 0);
    }

    #[test]
    fn a_name_is_held_by_a_sentence_with_its_words_side_by_side() {
        let (name, _) = bag("Process Injection");
        let words: Vec<u32> = name.iter().map(|(bucket, _)| *bucket).collect();
        for (text, expected) in
            [("used process injection.", true), ("injection into a process", false), ("process", false)]
        {
            let mut bag = Bag::default();
            bag.read(text);
            assert_eq!(bag.holds(&words), expected, "{text}");
            assert!(!bag.holds(&[]));
        }
    }

    #[test]
    fn each_block_has_length_one() {
        let mut bag = Bag::default();
        bag.read("the loader wrote a run key run key");
        let mut square = 0.0;
        bag.weighed(|_| 2.5, |_, value| square += value * value);
        assert!((square - 2.0).abs() < 1e-4, "{square}");
    }

    #[test]
    fn any_text_gives_buckets_within_the_table() {
        for text in ["\u{0}\u{fffd}\u{10ffff}", &"x".repeat(100_000), &"\u{e9} ".repeat(1000)] {
            let (words, runs) = bag(text);
            assert!(words.iter().chain(&runs).all(|(bucket, _)| usize::try_from(*bucket).unwrap() < BUCKETS));
        }
    }
}
