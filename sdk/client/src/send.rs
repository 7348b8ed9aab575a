//! What may be said about a transaction that is sent, and what comes back.

use core::time::Duration;

use keel_sdk::events::Event;
use solana_commitment_config::CommitmentConfig;
use solana_message::AddressLookupTableAccount;
use solana_pubkey::Pubkey;
use solana_signature::Signature;

/// How a transaction is sent.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// Price of a compute unit beyond the base fee, in micro-lamports; 0 is none.
    pub priority_fee_micro_lamports: u64,
    /// Compute units to ask for; without them as many as [`keel_sdk::budget`] says.
    pub compute_units: Option<u32>,
    /// Lookup tables that may be used; those that make the message smaller are.
    pub tables: Vec<AddressLookupTableAccount>,
    /// Whether it is simulated first, so that a refusal costs no fee.
    pub simulate: bool,
    /// How far it must be committed to count.
    pub confirm: CommitmentConfig,
    /// Time after which the same transaction is sent again.
    pub resend_after: Duration,
    /// Time after which it is given up as undecided, should the node's chain stand still.
    pub give_up_after: Duration,
}

impl Default for SendOptions {
    /// No priority, simulated first, until it is confirmed.
    fn default() -> Self {
        Self {
            priority_fee_micro_lamports: 0,
            compute_units: None,
            tables: Vec::new(),
            simulate: true,
            confirm: CommitmentConfig::confirmed(),
            resend_after: Duration::from_secs(2),
            give_up_after: Duration::from_secs(150),
        }
    }
}

/// A transaction that was executed.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// Its signature.
    pub signature: Signature,
    /// The slot in which it was executed.
    pub slot: u64,
    /// Compute units that it took; 0 where the node did not tell.
    pub units: u64,
    /// Fee, in lamports; 0 where the node did not tell.
    pub fee: u64,
    /// The exchange's events, in order.
    pub events: Vec<Event>,
    /// Return data of its last instruction that gave any.
    pub return_data: Vec<u8>,
    /// Whether `events` are all that there were: the node had the log, and it was not cut.
    pub is_complete: bool,
    /// A price account whose rent is still to be reclaimed, as that did not fit into the transaction.
    pub unreclaimed: Option<Pubkey>,
}

/// What a transaction would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// Compute units that it would take.
    pub units: u64,
    /// The exchange's events, in order.
    pub events: Vec<Event>,
    /// Return data of its last instruction that gave any.
    pub return_data: Vec<u8>,
    /// Log lines.
    pub logs: Vec<String>,
}
