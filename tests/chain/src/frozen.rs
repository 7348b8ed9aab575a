//! Every byte that a refused transaction must leave alone: all accounts of the program and of the token program, and
//! whatever else the instruction named, with owner and lamports.

use std::collections::BTreeMap;

use keel_embedded::Chain;
use keel_embedded::snapshot::Snapshot;
use solana_account::Account;
use solana_instruction::Instruction;
use solana_pubkey::Pubkey;

/// The present of everything that an instruction could reach.
pub struct Frozen {
    all: Snapshot,
    named: BTreeMap<Pubkey, Option<Account>>,
}

impl Frozen {
    /// The present.
    pub fn take(chain: &Chain, instructions: &[Instruction]) -> Self {
        let named = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let named = named.map(|meta| (meta.pubkey, chain.account(&meta.pubkey))).collect();
        Self { all: Snapshot::take(chain), named }
    }

    /// Panics with the addresses that have changed.
    #[track_caller]
    pub fn assert_unchanged(&self, chain: &Chain, context: &str) {
        let differing = self.all.differences(&Snapshot::take(chain));
        assert!(differing.is_empty(), "{context}: changed accounts {differing:?}");
        for (address, before) in &self.named {
            assert_eq!(*before, chain.account(address), "{context}: {address} changed");
        }
    }
}
