//! Which blockhashes a transaction may be signed over.
//!
//! The validator knows the last 150 blocks', and blocks follow transactions here: under load those are the ones of less than
//! a second. So the producer looks: a blockhash is valid for 150 periods, as long as on a cluster, however many blocks there
//! were in them. The validator looks only at what the producer does not know. The block height that clients compare with is
//! the number of periods.

use std::collections::{HashMap, VecDeque};

use solana_hash::Hash;

/// Periods for which a blockhash is valid.
const VALID: u64 = 150;

/// The valid blockhashes.
#[derive(Debug, Default)]
pub struct Blockhashes {
    /// Blockhashes in the order in which they were made, with the height then.
    made: VecDeque<(Hash, u64)>,
    /// The height at which each was made.
    heights: HashMap<Hash, u64>,
    height: u64,
}

impl Blockhashes {
    /// The block height: periods that have passed.
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// Another period has passed.
    pub fn pass(&mut self) {
        self.height = self.height.saturating_add(1);
        while let Some((hash, made)) = self.made.front().copied() {
            if made.saturating_add(VALID) >= self.height {
                return;
            }
            self.made.pop_front();
            self.heights.remove(&hash);
        }
    }

    /// A block was made with this hash.
    pub fn add(&mut self, hash: Hash) {
        self.made.push_back((hash, self.height));
        self.heights.insert(hash, self.height);
    }

    /// Whether a transaction may be signed over it.
    pub fn is_valid(&self, hash: &Hash) -> bool {
        self.heights.contains_key(hash)
    }
}
