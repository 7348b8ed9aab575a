//! Pyth's signed updates, as its web service Hermes gives them: parsed, proven, and posted on chain in front of a trade.
//!
//! A trade wants a price that is seconds old; the sponsored feeds on chain ([`crate::pyth::feed_account`]) are older. So a
//! client fetches the latest update, posts it by the receiver's `post_update_atomic` into an account that lives for this
//! one transaction, trades against that account, and takes its rent back by `reclaim_rent`.
//!
//! | file | what |
//! |---|---|
//! | `update` | the binary update: one signed root, and messages with their proofs |
//! | `vaa` | the signed root, and how it is cut to a quorum of signatures |
//! | `message` | a price, and the proof that it is under the root |
//! | `receiver` | the programs that take updates, their accounts and instructions |
//!
//! Facts that this rests on, each from a public source:
//!
//! - **Three of five signatures.** Since the upgrade of Pyth Core on 26 August 2026 prices are signed by five routers of
//!   Pyth Pro with the signature scheme of before, and the quorum is 3 of 5 where it was 13 of 19 Wormhole guardians
//!   ("Pyth Core Upgrade" and "How the upgraded Pyth Core works", docs.pyth.network). A signature has 66 bytes.
//! - **Atomic is full now.** `post_update_atomic` verifies whatever signatures there are and writes `Full` for a quorum and
//!   `Partial` below it (pyth-crosschain, `target_chains/solana/programs/pyth-solana-receiver/src/lib.rs`). 13 signatures
//!   never fitted into a transaction beside the rest, so this instruction used to yield `Partial` with about 5 ("Pyth
//!   Solana Receiver", README of `target_chains/solana`), which this exchange refuses. 3 fit, and are `Full`.
//! - **Two generations of programs.** The receiver `rec5EKM..` was upgraded in place; a second one, `rec2HHD..`, was deployed
//!   before the upgrade, with a Wormhole receiver and a push oracle of its own ("Contract Addresses", docs.pyth.network;
//!   the crate `pyth-solana-receiver-sdk`, feature `pro-compatible`). A market pins the one that it trusts.
//! - **Layouts** of updates, messages and proofs are those of the crate `pythnet-sdk` (`wire`, `messages`,
//!   `accumulators/merkle`), those of signed roots Wormhole's VAA version 1.
//!
//! Nothing here is believed because it was fetched: a price is only handed out with a proof that was checked against the
//! root. Signatures are the receiver's to check; without a quorum it writes an update that the exchange refuses.

mod message;
mod receiver;
mod update;
mod vaa;

pub use message::{Hash, PriceMessage, Proven};
pub use receiver::{PostUpdateAtomic, Receiver, ReclaimRent, current_guardian_set, guardians};
pub use update::Update;
pub use vaa::Vaa;

/// Why an update is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HermesError {
    /// The bytes end in the middle of something.
    Truncated,
    /// The bytes are no accumulator update.
    NotAnUpdate,
    /// The update has a layout of a version that came later.
    UnknownVersion(u8),
    /// The signed root is of another kind.
    UnknownRoot,
    /// The proof does not lead from the message to the signed root.
    WrongProof,
    /// The update has no price of that feed.
    NoPrice,
    /// The message is longer than an instruction can say.
    TooLong,
}

impl core::fmt::Display for HermesError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let text = match self {
            Self::Truncated => "the update is cut off: fetch it again",
            Self::NotAnUpdate => "these bytes are no update: check the endpoint and ask for binary data",
            Self::UnknownVersion(version) => {
                return write!(f, "the update's version {version} is unknown: use a later client");
            }
            Self::UnknownRoot => "the update's root is of an unknown kind: use a later client",
            Self::WrongProof => "the price is not under the signed root: use another endpoint",
            Self::NoPrice => "the update has no price of that feed: ask for the market's feed id",
            Self::TooLong => "the update is longer than a transaction: use a later client",
        };
        f.write_str(text)
    }
}

impl core::error::Error for HermesError {}

/// Takes fields off the front of bytes, in the order of the network: the larger end first.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], HermesError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(HermesError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], HermesError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(HermesError::Truncated)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, HermesError> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, HermesError> {
        self.array().map(u16::from_be_bytes)
    }

    fn i64(&mut self) -> Result<i64, HermesError> {
        self.array().map(i64::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, HermesError> {
        self.array().map(u64::from_be_bytes)
    }
}
