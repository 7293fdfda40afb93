//! The last few things of one kind: fixed room, the oldest leaves.

use crate::codec::{Reader, Writer};

/// The last `N` numbers; 0 stands for nothing, and is held as 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ring<T, const N: usize> {
    held: [T; N],
    next: u8,
}

impl<T: Copy + Default, const N: usize> Default for Ring<T, N> {
    fn default() -> Self {
        Self { held: [T::default(); N], next: 0 }
    }
}

impl<T, const N: usize> Ring<T, N>
where
    T: Copy + Default + Ord + From<u8> + Into<u64> + TryFrom<u64>,
{
    /// Adds `number` unless it is held already; whether it was new.
    pub(crate) fn add(&mut self, number: T) -> bool {
        if self.has(number) {
            return false;
        }
        let place = usize::from(self.next);
        if let Some(slot) = self.held.get_mut(place) {
            *slot = number.max(T::from(1));
        }
        self.next = if place + 1 < N { self.next + 1 } else { 0 };
        true
    }

    /// Whether `number` is held.
    pub(crate) fn has(&self, number: T) -> bool {
        self.held.contains(&number.max(T::from(1)))
    }

    /// All that are held, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.held.into_iter().filter(|number| *number != T::default())
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        for number in self.held {
            out.u64(number.into());
        }
        out.u8(self.next);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Option<Self> {
        let mut ring = Self::default();
        for slot in &mut ring.held {
            *slot = T::try_from(from.u64()?).ok()?;
        }
        ring.next = from.u8()?;
        (usize::from(ring.next) < N).then_some(ring)
    }
}
