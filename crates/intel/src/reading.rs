//! A document as sentences of tokens, with the phrases of the lexicon found in them.
//!
//! Purely mechanical: what a sentence says and how it is meant is for `discourse` and what follows it.

mod section;
mod split;
mod token;

use std::ops::Range;

pub(crate) use section::Section;
pub(crate) use token::{Kind, Token};

use crate::lexicon::{Concept, Hit, Stem, lexicon};
use crate::model::Span;
use crate::source::mapped::cut;
use crate::source::{BlockKind, Document};

/// The most tokens of one sentence.
const SENTENCE_TOKENS_MAX: usize = 250;

/// A sentence, or a heading, an item, a row.
#[derive(Clone, Debug)]
pub(crate) struct Sentence {
    /// Bytes of the document's text.
    pub(crate) range: Range<usize>,
    /// Tokens of the reading.
    pub(crate) tokens: Range<usize>,
    pub(crate) kind: BlockKind,
    pub(crate) section: Section,
    /// The block it stands in, counted from 0.
    pub(crate) block: usize,
}

/// A document, read.
pub(crate) struct Reading {
    pub(crate) document: Document,
    pub(crate) tokens: Vec<Token>,
    pub(crate) sentences: Vec<Sentence>,
    /// By first token.
    hits: Vec<Hit>,
    /// For each token the first hit at or after it.
    first_hit: Vec<u32>,
}

impl Reading {
    /// Reads a document.
    pub(crate) fn new(document: Document) -> Self {
        let mut tokens = Vec::new();
        let mut sentences = Vec::new();
        let mut section = Section::Body;
        for (nth, block) in document.blocks.iter().enumerate() {
            let text = &document.text.text;
            if block.kind == BlockKind::Heading {
                section = section::of_heading(cut(text, block.range.clone()), section);
            }
            let here = match block.kind {
                BlockKind::Paragraph | BlockKind::Item => {
                    section::of_run_in(cut(text, block.range.clone()), section)
                }
                _ => section,
            };
            for range in split::sentences(text, block) {
                let from = tokens.len();
                token::tokens(text, range.clone(), &mut tokens);
                // What has no end is read in pieces, so that no rule looks far.
                let mut start = from;
                while start < tokens.len() {
                    let end = (start + SENTENCE_TOKENS_MAX).min(tokens.len());
                    let at = |nth: usize| tokens.get(nth).map(|token: &Token| token.range.clone());
                    let range = at(start).map_or(range.start, |first| first.start)
                        ..at(end - 1).map_or(range.end, |last| last.end);
                    sentences.push(Sentence {
                        range,
                        tokens: start..end,
                        kind: block.kind,
                        section: here,
                        block: nth,
                    });
                    start = end;
                }
            }
        }
        let stems: Vec<Stem> = tokens.iter().map(|token| token.stem).collect();
        let hits: Vec<Hit> = sentences
            .iter()
            .flat_map(|sentence| {
                let from = sentence.tokens.start;
                let part = stems.get(sentence.tokens.clone()).unwrap_or_default();
                lexicon().hits(part).into_iter().map(move |hit| Hit {
                    from: hit.from + from,
                    to: hit.to + from,
                    ..hit
                })
            })
            .collect();
        let mut first_hit = Vec::with_capacity(tokens.len() + 1);
        let mut next = 0_u32;
        let mut rest = hits.iter().peekable();
        for at in 0..=tokens.len() {
            while rest.peek().is_some_and(|hit| hit.from < at) {
                rest.next();
                next = next.saturating_add(1);
            }
            first_hit.push(next);
        }
        Self { document, tokens, sentences, hits, first_hit }
    }

    pub(crate) fn text(&self) -> &str {
        &self.document.text.text
    }

    /// The hits that begin in `tokens`.
    pub(crate) fn hits(&self, tokens: Range<usize>) -> &[Hit] {
        let at = |token: usize| {
            let nth = self.first_hit.get(token).copied().and_then(|nth| usize::try_from(nth).ok());
            nth.unwrap_or(self.hits.len())
        };
        self.hits.get(at(tokens.start)..at(tokens.end)).unwrap_or_default()
    }

    /// The hits of these meanings in `tokens`.
    pub(crate) fn of<'a>(
        &'a self,
        tokens: Range<usize>,
        any: &'a [Concept],
    ) -> impl DoubleEndedIterator<Item = Hit> + 'a {
        self.hits(tokens).iter().copied().filter(move |hit| any.contains(&hit.concept))
    }

    /// The first of these meanings in `tokens`.
    pub(crate) fn first(&self, tokens: Range<usize>, any: &[Concept]) -> Option<Hit> {
        self.hits(tokens).iter().copied().find(|hit| any.contains(&hit.concept))
    }

    /// Whether one of these meanings is in `tokens`.
    pub(crate) fn has(&self, tokens: Range<usize>, any: &[Concept]) -> bool {
        self.first(tokens, any).is_some()
    }

    /// Whether a token has one of these meanings, alone or within a phrase.
    pub(crate) fn is(&self, token: usize, any: &[Concept]) -> bool {
        self.hits(token.saturating_sub(5)..token.saturating_add(1))
            .iter()
            .any(|hit| hit.from <= token && token < hit.to && any.contains(&hit.concept))
    }

    /// The words of a token.
    pub(crate) fn word(&self, token: usize) -> &str {
        self.tokens.get(token).map_or("", |token| cut(self.text(), token.range.clone()))
    }

    /// Whether a token is this word, whatever its case.
    pub(crate) fn says(&self, token: usize, words: &[&str]) -> bool {
        let word = self.word(token);
        words.iter().any(|one| word.eq_ignore_ascii_case(one))
    }

    /// The bytes of the text that tokens stand in.
    pub(crate) fn range(&self, tokens: Range<usize>) -> Range<usize> {
        let start = self.tokens.get(tokens.start).map_or(0, |token| token.range.start);
        let end = tokens
            .end
            .checked_sub(1)
            .and_then(|last| self.tokens.get(last))
            .map_or(start, |token| token.range.end);
        start..end.max(start)
    }

    /// The words of tokens, white space folded.
    pub(crate) fn words(&self, tokens: Range<usize>) -> String {
        folded(cut(self.text(), self.range(tokens)))
    }

    /// The bytes of the report that tokens come from.
    pub(crate) fn span(&self, tokens: Range<usize>) -> Option<Span> {
        self.document.text.span(self.range(tokens))
    }

    /// The sentence that a token stands in.
    pub(crate) fn sentence_of(&self, token: usize) -> Option<usize> {
        self.sentences.partition_point(|sentence| sentence.tokens.start <= token).checked_sub(1)
    }
}

/// Text with its white space folded.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
