//! Which addresses are one service: those of the servers that some upstream or backend shares.
//!
//! A named upstream is the same service as each of its servers, so that a way to the address leads around
//! the guard before the name. Nothing is looked up; two names of one address are two here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inventory::one_spelling;

/// Addresses by service. As large as the text that has them.
#[derive(Debug, Default)]
pub(super) struct Services {
    known: BTreeMap<Arc<str>, usize>,
    /// For each address its text, one nearer to what stands for all of its service (or itself), and how
    /// many it stands for: the fewer go to the more, so that no way is longer than the logarithm of all.
    all: Vec<(Arc<str>, usize, usize)>,
}

impl Services {
    /// Makes one service of `addresses` and of all that they were one with before.
    pub(super) fn join<'a>(&mut self, addresses: impl IntoIterator<Item = &'a str>) {
        let mut whole = None;
        for address in addresses {
            let own = self.position(address);
            let own = self.root(own);
            let other = whole.map_or(own, |whole| self.root(whole));
            whole = Some(self.united(own, other));
        }
    }

    /// The address that stands for the service of `address`.
    pub(super) fn of(&self, address: &str) -> Option<&str> {
        let position = self.known.get(&*plain(address))?;
        self.all.get(self.root(*position)).map(|(text, _, _)| &**text)
    }

    fn position(&mut self, address: &str) -> usize {
        let address = plain(address);
        if let Some(position) = self.known.get(&*address) {
            return *position;
        }
        let (position, text) = (self.all.len(), Arc::from(address));
        self.known.insert(Arc::clone(&text), position);
        self.all.push((text, position, 1));
        position
    }

    fn root(&self, mut position: usize) -> usize {
        while let Some((_, next, _)) = self.all.get(position).filter(|(_, next, _)| *next != position) {
            position = *next;
        }
        position
    }

    fn united(&mut self, one: usize, other: usize) -> usize {
        let size = |position: usize| self.all.get(position).map_or(0, |(_, _, size)| *size);
        let (few, many) = if size(one) < size(other) { (one, other) } else { (other, one) };
        let sum = size(few) + size(many);
        if few != many {
            if let Some((_, next, _)) = self.all.get_mut(few) {
                *next = many;
            }
            if let Some((_, _, size)) = self.all.get_mut(many) {
                *size = sum;
            }
        }
        many
    }
}

/// An address in one spelling; letters of a socket's path count.
fn plain(address: &str) -> String {
    if address.starts_with("unix:") { address.to_owned() } else { one_spelling(address, false) }
}

#[cfg(test)]
mod tests {
    use super::Services;

    #[test]
    fn services_that_a_third_one_joins_are_one() {
        let mut services = Services::default();
        services.join(["a", "b:8080"]);
        services.join(["c:80"]);
        services.join(["d", "e"]);
        assert_eq!(services.of("a"), services.of("b:8080"));
        assert_ne!(services.of("a"), services.of("c"));
        services.join(["e", "c", "b:8080"]);
        for other in ["b:8080", "c:80", "d", "e"] {
            assert_eq!(services.of("a"), services.of(other), "{other}");
        }
        assert_eq!(services.of("A:80"), services.of("a"));
        assert_eq!(services.of("f"), None);
        assert_eq!(services.of("b"), None);
        services.join(["127.0.0.1:81", "unix:/Run"]);
        assert_eq!(services.of("LOCALHOST:81"), services.of("unix:/Run"));
        assert_eq!(services.of("unix:/run"), None);
    }
}
