//! What a transaction bids for its place, in micro-lamports for a compute unit.

use std::collections::BTreeSet;

use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

use crate::endpoints::Endpoints;

/// Most addresses that a node takes in this question.
const MOST_ADDRESSES: usize = 128;

/// How the bid is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeePolicy {
    /// Always the same.
    Fixed(u64),
    /// What others paid lately for the accounts that it writes.
    Recent {
        /// Of so many in a hundred it is at least as high.
        percentile: u8,
        /// At least this.
        floor: u64,
        /// At most this.
        cap: u64,
    },
}

/// The fee at a percentile of recent ones, within floor and cap.
pub fn bid(mut recent: Vec<u64>, percentile: u8, floor: u64, cap: u64) -> u64 {
    recent.sort_unstable();
    let last = recent.len().saturating_sub(1);
    let index = last * usize::from(percentile.min(100)) / 100;
    recent.get(index).copied().unwrap_or(floor).max(floor).min(cap)
}

impl FeePolicy {
    /// The bid for a transaction of these instructions. Where no endpoint tells what others paid, the floor.
    pub async fn price(&self, endpoints: &Endpoints, instructions: &[Instruction]) -> u64 {
        match *self {
            Self::Fixed(price) => price,
            Self::Recent { percentile, floor, cap } => {
                let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
                let written: BTreeSet<Pubkey> = metas.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
                let addresses: Vec<Pubkey> = written.into_iter().take(MOST_ADDRESSES).collect();
                let answer = endpoints
                    .call(|rpc| {
                        let addresses = addresses.clone();
                        async move { rpc.get_recent_prioritization_fees(&addresses).await }
                    })
                    .await;
                let recent = answer.unwrap_or_default().into_iter().map(|fee| fee.prioritization_fee).collect();
                bid(recent, percentile, floor, cap)
            }
        }
    }
}
