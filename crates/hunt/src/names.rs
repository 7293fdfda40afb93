//! User agents by hash, so that a case can say what called itself what.
//!
//! Bound: [`MOST`] texts of at most 200 bytes, and as many kinds. Eviction rule: what comes later has its
//! kind and no text.

use std::collections::HashMap;

use crate::agents::AgentKind;

const MOST: usize = 8192;
const LONGEST: usize = 200;

/// User agents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    kinds: HashMap<u64, AgentKind>,
    texts: HashMap<u64, Box<[u8]>>,
}

impl Names {
    /// Texts, and the places of both maps, which may be twice as many as are taken.
    pub(crate) const MOST_BYTES: usize =
        MOST * (LONGEST + 2 * size_of::<(u64, Box<[u8]>)>() + 2 * size_of::<(u64, AgentKind)>());

    /// The kind of a user agent; looked at once for each text.
    pub(crate) fn kind(&mut self, hash: u64, agent: &[u8]) -> AgentKind {
        if let Some(kind) = self.kinds.get(&hash) {
            return *kind;
        }
        let kind = AgentKind::of(agent);
        if self.kinds.len() < MOST {
            self.kinds.insert(hash, kind);
        }
        kind
    }

    /// Remembers the text of one that did something that counts.
    pub(crate) fn see(&mut self, hash: u64, agent: &[u8]) {
        if self.texts.len() < MOST && !self.texts.contains_key(&hash) {
            self.texts.insert(hash, agent.get(..agent.len().min(LONGEST)).unwrap_or_default().into());
        }
    }

    pub(crate) fn text(&self, hash: u64) -> Option<&[u8]> {
        self.texts.get(&hash).map(|text| &**text)
    }
}
