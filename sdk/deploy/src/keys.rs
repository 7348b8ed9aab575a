//! Keys that sign a deployment.

use anyhow::{Context, Result};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

/// The keys at hand. The deployer pays; it is the program's upgrade authority and the exchange's first admin.
pub struct Keys {
    deployer: Keypair,
    others: Vec<Keypair>,
}

impl core::fmt::Debug for Keys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Keys").field("deployer", &self.deployer.pubkey()).field("all", &self.addresses()).finish()
    }
}

impl Keys {
    /// The deployer's key alone.
    pub const fn new(deployer: Keypair) -> Self {
        Self { deployer, others: Vec::new() }
    }

    /// With another key: the program's own where it is deployed for the first time, or that of the admin who is handed
    /// the exchange.
    #[must_use]
    pub fn with(mut self, key: Keypair) -> Self {
        self.others.push(key);
        self
    }

    /// Who pays.
    pub const fn deployer(&self) -> &Keypair {
        &self.deployer
    }

    /// The addresses of all keys, the deployer's first.
    pub fn addresses(&self) -> Vec<Pubkey> {
        std::iter::once(&self.deployer).chain(&self.others).map(Signer::pubkey).collect()
    }

    /// The key of an address, if it is at hand.
    pub(crate) fn key_of(&self, address: &Pubkey) -> Option<&Keypair> {
        std::iter::once(&self.deployer).chain(&self.others).find(|key| key.pubkey() == *address)
    }

    /// The keys that must sign these instructions, the deployer's first. Errors with the address of one that is not at
    /// hand.
    pub(crate) fn signers(&self, instructions: &[Instruction]) -> Result<Vec<&Keypair>> {
        let mut signers = vec![&self.deployer];
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        for wanted in metas.filter(|meta| meta.is_signer).map(|meta| meta.pubkey) {
            if signers.iter().any(|signer| signer.pubkey() == wanted) {
                continue;
            }
            let found = self.others.iter().find(|key| key.pubkey() == wanted);
            signers.push(found.with_context(|| format!("the key of {wanted} has to sign: bring it"))?);
        }
        Ok(signers)
    }
}
