//! What many networks were told of, or asked for in vain: a hotline in every page, a picture that is
//! missing on every page. Neither says anything of whoever meets it next.
//!
//! Bound: a fixed number of cells of 8 bytes. Eviction rule: each newcomer to a taken cell wears its
//! count down by one and takes it at nothing, so that what many meet stays. Only exchanges that count
//! touch a cell, once per caller and month; the same network twice in a row counts once.
//!
//! No seed: digests are keyed, so nobody outside can choose two that meet, and whoever reads the log
//! with the same digests finds the same cells.

use crate::codec::{Reader, Writer};
use crate::hash::{mix, upper};

/// Networks that make a thing common.
const MANY: u64 = 5;
const MOST: u64 = 255;
/// Sets these hashes apart from others of the same digests.
const KIND: u64 = 0x636f_6d6d_6f6e;

/// The cells: tag in the upper half, network in the next 16 bits, count in the lowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Common {
    cells: Vec<u64>,
}

impl Common {
    pub(crate) fn new(cells: usize) -> Self {
        Self { cells: vec![0; cells.max(1)] }
    }

    /// Notes that `network` met `digest`; whether many did before.
    pub(crate) fn meet(&mut self, digest: u64, network: u64) -> bool {
        let key = mix(digest, KIND);
        let cells = u64::try_from(self.cells.len()).unwrap_or(u64::MAX);
        let place = usize::try_from(key.checked_rem(cells).unwrap_or(0)).unwrap_or(0);
        let Some(cell) = self.cells.get_mut(place) else { return false };
        let tag = u64::from(upper(key)).max(1);
        let (held, last, count) = (*cell >> 32, *cell >> 16 & 0xffff, *cell & MOST);
        let network = network >> 48;
        let packed = |tag: u64, network: u64, count: u64| tag << 32 | network << 16 | count;
        *cell = if held == tag {
            packed(tag, network, (count + u64::from(last != network)).min(MOST))
        } else if count > 1 {
            packed(held, last, count - 1)
        } else {
            packed(tag, network, 1)
        };
        held == tag && count >= MANY
    }

    pub(crate) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Some cells; nothing where none is taken.
    pub(crate) fn save(&self, from: usize, to: usize, out: &mut Writer) {
        let taken = self.cells.iter().enumerate().take(to).skip(from).filter(|(_, cell)| **cell != 0);
        let count = taken.clone().count();
        if count > 0 {
            out.count(count);
        }
        for (place, cell) in taken {
            out.count(place);
            out.u64(*cell);
        }
    }

    /// Reads what [`Common::save`] wrote; whether more may follow.
    pub(crate) fn load(&mut self, from: &mut Reader<'_>) -> Option<bool> {
        let count = from.count()?;
        for _ in 0..count {
            let (place, cell) = (usize::try_from(from.u32()?).ok()?, from.u64()?);
            *self.cells.get_mut(place)? = cell;
        }
        Some(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_five_networks_met_is_common_and_one_network_makes_nothing_so() {
        let network = |n: u64| n << 48;
        let mut people = Common::new(1024);
        assert!((0..50).all(|_| !people.meet(1, network(1))));
        let met: Vec<bool> = (1..=7).map(|n| people.meet(2, network(n))).collect();
        assert_eq!(met, [false, false, false, false, false, true, true]);
    }

    #[test]
    fn newcomers_wear_a_cell_down_before_they_take_it() {
        let mut people = Common::new(1);
        for n in 1..=5 {
            people.meet(1, n << 48);
        }
        assert!(!people.meet(2, 1 << 48) && !people.meet(3, 1 << 48));
        assert!(!people.meet(1, 9 << 48), "three are left");
        assert!(!people.meet(1, 8 << 48) && people.meet(1, 7 << 48));
    }
}
