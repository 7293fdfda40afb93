//! The signed checkpoint that pruning leaves behind.

use domain::Timestamp;
use hmac::Mac;
use serde::{Deserialize, Serialize};

use crate::digest::keyed;
use crate::frame::Mark;
use crate::text_time::{from_rfc3339, rfc3339};

/// Where a pruned ledger begins: everything up to `through` was removed by retention, at `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The end of the last segment that was removed.
    pub through: Mark,
    /// When it was removed.
    #[serde(serialize_with = "rfc3339", deserialize_with = "from_rfc3339")]
    pub at: Timestamp,
    /// Segments removed so far.
    pub segments: u64,
    /// Bytes removed so far.
    pub bytes: u64,
}

/// The key that signs checkpoints.
pub struct ChainKey([u8; 32]);

impl ChainKey {
    /// The key of these bytes.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// HMAC-SHA-256 over every field of `checkpoint`, in 64 hexadecimal digits.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let tag: [u8; 32] = self.mac(checkpoint).finalize().into_bytes().into();
        tag.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `signature` is this key's over `checkpoint`; compared in constant time.
    #[must_use]
    pub fn signed(&self, checkpoint: &Checkpoint, signature: &str) -> bool {
        use subtle::ConstantTimeEq;
        self.sign(checkpoint).as_bytes().ct_eq(signature.as_bytes()).into()
    }

    fn mac(&self, checkpoint: &Checkpoint) -> hmac::Hmac<sha2::Sha256> {
        let Checkpoint { through: Mark { segment, length, head }, at, segments, bytes } = checkpoint;
        let mut mac = keyed(self.0);
        mac.update(b"tidegate ledger checkpoint 1");
        for number in [segment, length, &at.millis(), segments, bytes] {
            mac.update(&number.to_le_bytes());
        }
        mac.update(head.bytes());
        mac
    }
}

impl std::fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChainKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Head;

    #[test]
    fn no_field_of_a_checkpoint_can_be_changed_under_its_signature() {
        let key = ChainKey::new([5; 32]);
        let true_one = Checkpoint {
            through: Mark { segment: 3, length: 900, head: Head::GENESIS },
            at: Timestamp::from_secs(7),
            segments: 3,
            bytes: 2700,
        };
        let signature = key.sign(&true_one);
        assert!(key.signed(&true_one, &signature));
        let mut forged = [true_one; 6];
        forged[0].through.segment = 4;
        forged[1].through.length = 901;
        forged[2].through.head = "11".repeat(32).parse().unwrap();
        forged[3].at = Timestamp::from_secs(8);
        forged[4].segments = 2;
        forged[5].bytes = 1;
        assert!(forged.iter().all(|forged| !key.signed(forged, &signature)));
        assert!(!ChainKey::new([6; 32]).signed(&true_one, &signature));
        assert!(!key.signed(&true_one, ""));
    }
}
